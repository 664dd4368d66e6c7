#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every version of every block is read to the same metadata and events; old events become current.

Captures are built with tests/lib/scap.py and go through `eyas record`, whose output is parsed with
scap.py again. The conversion of old events is compared with a model of the rules written from
their description, which knows nothing of src/capture/convert.c.
"""
import json
import os
import struct
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import harness  # noqa: E402
import scap  # noqa: E402
import tables  # noqa: E402

TS = 1700000001 * 10 ** 9


def record(data, *options):
    """What `eyas record` makes of a capture: (status, sections, stderr)."""
    args = ["record", "-q", "-r", "-", "-w", "-"] + list(options)
    status, out, err = harness.run_eyas(args, data)
    return status, scap.read(out) if status == 0 else None, err


def info(data):
    _, got, _ = harness.info(["-r", "-"], data)
    return got


def clean(got):
    """Nothing damaged, nothing skipped."""
    return got["damaged"] == 0 and got["skipped"] == 0 and got["error"] is None


def same_section(cases, data, expected, what):
    """A capture must be recorded as the metadata and events expected, and counted so."""
    status, sections, err = record(data)
    if not cases.check(status == 0 and not err, what + ": record", (status, err[:200])):
        return None
    got = sections[0]
    cases.equal(len(sections), 1, what + ": sections")
    for key in ("machine", "ifaces", "users", "groups", "threads", "fds"):
        mine, wanted = getattr(got, key), getattr(expected, key)
        cases.equal(mine, wanted, "%s: %s" % (what, key))
    cases.equal(got.events, expected.events, what + ": events")
    counted = info(data)
    cases.check(clean(counted), what + ": info", counted)
    cases.equal(counted["state"], {"threads": len(expected.threads),
                                   "fds": sum(len(fds) for _, fds in expected.fds),
                                   "users": len(expected.users), "groups": len(expected.groups),
                                   "interfaces": len(expected.ifaces)}, what + ": state")
    return got


def expect(machine=None, ifaces=(), users=(), groups=(), threads=(), fds=(), events=()):
    section = scap.Section()
    section.machine = machine
    section.ifaces, section.users, section.groups = list(ifaces), list(users), list(groups)
    section.threads, section.fds, section.events = list(threads), list(fds), list(events)
    return section


# ---- metadata ----


def check_machine(cases):
    machine = scap.sample_machine()
    for old in (False, True):
        data = scap.capture(scap.sample_events(1), scap.machine(machine, old))
        same_section(cases, data, expect(machine, events=scap.sample_events(1)),
                     "machine, old number" if old else "machine")
    machine = dict(machine, hostname=b"h" * 128, flags=3, reserved=(5, 6))
    data = scap.capture([], scap.machine(machine))
    same_section(cases, data, expect(machine), "machine, all fields in use")
    cases.end_group("machine info")


def check_ifaces(cases):
    for version, types, old in ((2, (1, 2), False), (1, (1, 2, 3, 4), False), (1, (1, 4), True),
                                (2, (3, 4), False)):
        entries = scap.sample_ifaces(types)
        data = scap.capture([], scap.ifaces(entries, version, old))
        # Types 3 and 4 are not written any more: 1 and 2 with a link speed of 0 say the same.
        expected = [dict(entry, type=(entry["type"] - 1) % 2 + 1) for entry in entries]
        same_section(cases, data, expect(ifaces=expected),
                     "interfaces v%d of types %r" % (version, types))
    cases.end_group("interface lists")


def check_users(cases):
    users, groups = scap.sample_users()
    users.append(dict(users[0], uid=scap.NONE32, name=b"", home=b"n" * 300, shell=b"s" * 255))
    for version, old in ((1, False), (2, False), (1, True)):
        data = scap.capture([], scap.users(users, groups, version, old))
        same_section(cases, data, expect(users=users, groups=groups), "users v%d" % version)
    cases.end_group("user lists")


def thread_of_version(thread, version, groups=0, pre_0_10=False):
    """What can be known of a thread from an entry of a version: defaults for the rest."""
    result = {name: thread[name] if version >= since else default
              for name, _, since, default in scap.THREAD_FIELDS}
    for index, group in enumerate(scap.THREAD_TAIL):
        there = version >= 9 and index < groups and not (pre_0_10 and index == 0)
        result.update((name, thread[name] if there else default) for name, _, default in group)
    result["tail"] = b""
    return result


def check_threads(cases):
    threads = [scap.sample_thread(100), scap.sample_thread(2 ** 40, comm=b"", args=b"x" * 4096)]
    for version in range(1, 9):
        for old in (False, True):
            if old and scap.THREADS[version] not in scap.OLD_NUMBERS:
                continue
            data = scap.capture([], scap.threads(threads, version, old))
            expected = expect(threads=[thread_of_version(t, version) for t in threads])
            same_section(cases, data, expected, "threads v%d%s" % (version, " old" * old))
    cases.end_group("process lists v1 to v8")
    for groups in range(len(scap.THREAD_TAIL) + 1):
        tail = b"".join(bytes(struct.calcsize("<" + code))
                        for group in scap.THREAD_TAIL[:groups] for _, code, _ in group)
        # An entry that ends within the first 29 bytes is taken for an old one: see below.
        if 0 < len(tail) <= scap.PRE_0_10_TAIL:
            continue
        data = scap.capture([], scap.threads(threads, 9, tail_groups=groups))
        expected = expect(threads=[thread_of_version(t, 9, groups) for t in threads])
        same_section(cases, data, expected, "threads v9, %d parts of the tail" % groups)
    cases.end_group("process lists v9 with every tail")
    for groups in range(1, 5):
        data = scap.capture([], scap.threads(threads, 9, tail_groups=groups, pre_0_10=True))
        expected = expect(threads=[thread_of_version(t, 9, groups, True) for t in threads])
        same_section(cases, data, expected, "threads v9 before libs 0.10, %d parts" % groups)
    cases.end_group("process lists v9 of writers before libs 0.10")


def check_fds(cases):
    for version, kinds, old in ((2, scap.FD_KINDS, False), (1, scap.FD_KINDS, False),
                                (1, scap.FD_KINDS[:15], True)):
        fds = [scap.sample_fd(i, kind) for i, kind in enumerate(kinds)]
        expected = [dict(fd, dev=0) if version == 1 and fd["kind"] == 16 else fd for fd in fds]
        data = scap.capture([], scap.fds(100, fds, version, old), scap.fds(7, [], version, old))
        same_section(cases, data, expect(fds=[(100, expected), (7, [])]), "fds v%d" % version)
    fd = dict(scap.sample_fd(3, 16), dev=None)
    data = scap.capture([], scap.fds(1, [fd]))
    same_section(cases, data, expect(fds=[(1, [dict(fd, dev=0)])]), "file without its device")
    cases.end_group("descriptor lists, every kind")


def check_padding(cases):
    """Bodies of every length modulo four, so that there are none to three bytes of padding."""
    for n in range(4):
        users = [{"gid": n, "name": b"g" * n}]
        data = scap.capture([], scap.users([], users))
        same_section(cases, data, expect(groups=users), "%d bytes more" % n)
    events = [scap.Event(1, [struct.pack("<H", 3)] * 2, TS)]
    data = scap.section(options=b"12345678") + scap.event(events[0], tail=b"behind")
    same_section(cases, data, expect(events=events), "section with options")
    cases.end_group("padding, options of the section header")


# ---- events ----


def check_events(cases):
    plain = scap.sample_events(12)
    flagged = [scap.Event(e.type, e.params, e.ts, e.tid, e.cpu, 1) for e in plain]
    for what, events in (("plain", plain), ("with flags", flagged)):
        same_section(cases, scap.capture(events), expect(events=events), "events v2 " + what)
        old = [scap.Event(e.type, e.params, e.ts, e.tid, e.cpu, e.flags, 1) for e in events]
        same_section(cases, scap.capture(old), expect(events=events), "events v1 " + what)
    small = [e for e in plain if e.type not in scap.LARGE_TYPES]
    data = scap.section() + b"".join(
        scap.event(scap.Event(e.type, e.params, e.ts, e.tid, e.cpu, 0, 1), old=True) for e in small)
    same_section(cases, data, expect(events=small), "events v1, old number")
    # The type decides how wide lengths are, not the block.
    swap = {scap.EVENT_V2: scap.EVENT_LARGE, scap.EVENT_LARGE: scap.EVENT_V2}
    data = scap.section() + b"".join(scap.event(e, swap[scap.event_block(e)]) for e in plain)
    same_section(cases, data, expect(events=plain), "large and other blocks swapped")
    cases.end_group("event blocks")


def check_large(cases):
    events = [scap.Event(402, (scap.u32(1), b"big\0", b"\xa5" * (1 << 20)), TS, 1)]
    same_section(cases, scap.capture(events), expect(events=events), "event of 1 MiB")
    events = [scap.Event(7, (scap.s64(65000), b"d" * 65000, scap.s64(1), scap.u32(65000)), TS, 1)]
    same_section(cases, scap.capture(events), expect(events=events), "event of 64 KiB")
    cases.end_group("large events")


def check_v1_padding_bug(cases):
    """Types 280 and 286 of old writers have a length that is three too large."""
    for type_, params in ((280, (b"id\0", b"text\0")), (286, (b"s\0", b"n\0", b"d\0", b"sc\0"))):
        value = scap.Event(type_, params, TS, 5, 0, 0, 1)
        raw = scap.event_bytes(value)
        raw = raw[:16] + struct.pack("<I", len(raw) + 3) + raw[20:] + b"\0\0\0"
        data = scap.section() + scap.block(scap.EVENT_V1, struct.pack("<H", 0) + raw)
        same_section(cases, data, expect(events=[value]), "event v1 of type %d" % type_)
    cases.end_group("events v1 with three bytes too many")


# ---- newer than we are ----


def check_newer(cases):
    known = scap.sample_events(3)
    more = scap.Event(5, (scap.s64(0), scap.s64(3), b"new!"), TS, 1)
    data = scap.section() + scap.block(0x300, b"unknown") + scap.event(known[0]) + \
        scap.event(scap.Event(454, (b"1234",), TS)) + scap.event(scap.Event(60001, (), TS)) + \
        scap.event(scap.Event(500, (), TS, version=1)) + \
        scap.event(known[1]) + scap.block(0x7777, b"") + scap.event(more)
    status, sections, err = record(data)
    cases.equal(status, 0, "newer events, unknown blocks: status")
    cases.equal([e.params[:2] for e in sections[0].events],
                [known[0].params[:2], known[1].params[:2], more.params[:2]], "newer: events")
    got = info(data)
    cases.equal((got["stored"]["newer"], got["blocks_skipped"], got["skipped"], got["damaged"],
                 got["stored"]["longer"], got["events"]), (3, 2, 5, 0, 1, 3), "newer: counts")
    status, _, err = harness.run_eyas(["record", "-r", "-", "-w", os.devnull], data)
    cases.check(status == 0 and b"3 events" in err, "newer: record tells what it left out", err)
    cases.end_group("newer event types, more parameters, unknown blocks")


def check_longer_entries(cases):
    users, groups = scap.sample_users()
    ifaces = scap.sample_ifaces()
    thread = scap.sample_thread(9)
    fds = [scap.sample_fd(i, kind) for i, kind in enumerate(scap.FD_KINDS)]
    unknown = struct.pack("<qQB", 77, 5, 99) + b"what is this"
    data = scap.section() + scap.ifaces(ifaces, more=b"newer") + \
        scap.users(users, groups, more=b"newer") + scap.threads([thread], more=b"newer") + \
        scap.fds(9, fds, more=b"newer") + \
        scap.block(scap.FDS[2], struct.pack("<Q", 9) + scap.sized(unknown))
    status, sections, _ = record(data)
    cases.equal(status, 0, "longer entries: status")
    section = sections[0]
    cases.equal((section.ifaces, section.users, section.groups), (ifaces, users, groups),
                "longer entries: interfaces, users, groups")
    cases.equal(section.threads, [dict(thread, tail=b"newer")], "longer entries: thread")
    # The device of a file is known, what follows it is not.
    kept = [fd for _, entries in section.fds for fd in entries]
    cases.equal(kept[:-1], [dict(fd, tail=b"newer") for fd in fds], "longer entries: fds")
    cases.equal(kept[-1:], [{"fd": 77, "ino": 5, "kind": 99, "tail": b"what is this"}],
                "descriptor of an unknown kind")
    got = info(data)
    cases.equal((got["damaged"], got["error"]), (0, None), "longer entries: damaged")
    cases.equal(got["entries_longer"],
                len(ifaces) + len(users) + len(groups) + 1 + len(fds) + 1, "longer entries: count")
    machine = scap.machine(scap.sample_machine())
    longer = scap.block(scap.MACHINE, machine[8:-4] + bytes(8))
    status, sections, _ = record(scap.section() + longer)
    cases.equal(info(scap.section() + longer)["entries_longer"], 1, "longer machine info: count")
    cases.equal((status, sections[0].machine), (0, scap.sample_machine()), "longer machine info")
    cases.end_group("longer list entries")


def check_sections(cases):
    """A section header starts all state anew, also the enter events kept for their exits."""
    enter = scap.Event(6, (scap.s64(3), scap.u32(8)), TS, 1)
    exit_ = scap.Event(7, (scap.s64(8), b"datadata"), TS + 1, 1)
    first = scap.capture([enter], *scap.sample_meta())
    second = scap.capture([exit_], scap.threads([scap.sample_thread(5)]))
    status, sections, _ = record(first + second)
    cases.equal((status, len(sections)), (0, 2), "two sections")
    cases.equal([len(s.threads) for s in sections], [2, 1], "two sections: threads")
    cases.equal([e.params for s in sections for e in s.events],
                [(scap.s64(8), b"datadata", scap.s64(0), scap.u32(0))],
                "two sections: an enter event does not reach into the next")
    cases.end_group("sections")


# ---- conversion: the model ----

UID_TYPES = ("PT_UID", "PT_GID")


class Model:
    """Section 'Conversion of old events' of scap_format.md, literally.

    What we do otherwise on purpose: a value narrower than the new type is widened by its sign,
    the enter event stays for the whole chain of one exit, of a variant the value goes over without
    its index, and the container JSON of event 228 is an object inside "container", escaped as JSON
    asks for.
    """

    def __init__(self, schema):
        self.schema = schema
        self.stored = {}

    def size(self, type_):
        """Bytes of a parameter type, 0 when they vary."""
        text = self.schema.types[type_]["size"]
        return int(text) if text.isdigit() else 0

    def default(self, type_):
        return (b"\xff" if type_ in UID_TYPES else b"\0") * self.size(type_)

    def copy(self, value, old_type, new_type):
        size = self.size(new_type)
        if old_type == "PT_DYN" and new_type != "PT_DYN":
            value = value[1:]
        if not size or not value or len(value) == size:
            return value
        if len(value) > size:
            return value[:size]
        if not self.size(old_type):
            return b""
        signed = self.schema.types[old_type]["encoding"].startswith("signed")
        sign = b"\xff" if signed and value[-1] & 0x80 else b"\0"
        return value + sign * (size - len(value))

    @staticmethod
    def container_json(event):
        text = [p.rstrip(b"\0").decode() for p in event.params]
        return json.dumps({"container": {
            "id": text[0], "type": struct.unpack("<I", event.params[1])[0], "name": text[2],
            "image": text[3]}}, separators=(",", ":"), ensure_ascii=False).encode() + b"\0"

    def value(self, word, event, enter, new_type):
        """One instruction."""
        word, _, if_missing = word.partition("?")
        kind, _, index = word.rstrip("]").partition("[")
        if kind == "old":
            return self.copy(event.params[int(index)],
                             self.schema.param_types(event.type)[int(index)], new_type)
        if kind == "enter" and enter is not None:
            return self.copy(enter.params[int(index)],
                             self.schema.param_types(enter.type)[int(index)], new_type)
        if kind == "callback":
            return self.container_json(event)
        if kind == "empty" or if_missing == "empty":
            return b""
        return self.default(new_type)

    def lookup(self, event):
        """"drop", "pass" or the row of the table."""
        flags = self.schema.flags(event.type)
        if "EF_UNUSED" in flags:
            return "drop"
        old, known = "EF_OLD_VERSION" in flags, self.schema.nparams(event.type)
        if "EF_CONVERTER_MANAGED" not in flags:
            if not old:
                return "pass"
            if event.type % 2 == 0:
                return "drop"
        elif event.type % 2 and not old and len(event.params) >= known:
            return "pass"
        return self.schema.rules[event.type, len(event.params)]

    def convert(self, event):
        """The current event, None when nothing is delivered."""
        enter = None
        for _ in range(50):
            row = self.lookup(event)
            if row == "drop":
                break
            if row == "pass" or row["action"] == "PASS":
                self.drop_used(event, enter)
                return event
            if row["action"].startswith("STORE"):
                self.stored[event.tid] = event
                return event if row["action"] == "STORE_AND_PASS" else None
            words = row["instructions"].split()
            if any(word.startswith("enter") for word in words):
                enter = self.stored.get(event.tid)
            fits = enter if enter and enter.type + 1 == event.type else None
            if row["action"] == "ADD_PARAMS":
                type_, params = event.type, list(event.params)
            else:
                type_, params = self.schema.ids[row["new_type"]], []
            types = self.schema.param_types(type_)
            for word in words:
                params.append(self.value(word, event, fits, types[len(params)]))
            event = scap.Event(type_, params, event.ts, event.tid, event.cpu, event.flags)
        return None

    def drop_used(self, event, enter):
        """The slot is free once its exit took the enter event."""
        if enter is not None:
            self.stored.pop(event.tid, None)


def param_value(schema, type_, seed):
    """A legal value of a type that tells parameters and negative numbers apart."""
    text = schema.types[type_]["size"]
    if text.isdigit():
        size = int(text)
        value = bytes((seed * 7 + i) % 251 + 1 for i in range(size))
        return value[:-1] + b"\xf3" if size and seed % 2 else value
    if type_ == "PT_SOCKADDR":
        return struct.pack("<B4sH", 2, bytes([127, 0, 0, seed]), 80)
    if type_ == "PT_SOCKTUPLE":
        return struct.pack("<B4sH4sH", 2, bytes([10, 0, 0, seed]), 1, bytes([10, 0, 0, 2]), 2)
    if type_ == "PT_FDLIST":
        return struct.pack("<Hqh", 1, seed, 1)
    if type_ == "PT_DYN":
        return struct.pack("<BQ", 0, seed)
    if type_ in ("PT_BYTEBUF", "PT_CHARBUFARRAY", "PT_CHARBUF_PAIR_ARRAY"):
        return b"bytes%d\0more" % seed
    return b"/a \"quoted\\%d\"\n\0" % seed


def event_of(schema, type_, count, tid, ts):
    types = schema.param_types(type_)[:count]
    return scap.Event(type_, [param_value(schema, t, i + 1) for i, t in enumerate(types)], ts, tid)


def enter_count(schema, type_):
    """How many parameters the enter event of a pair has: the most that a rule stores."""
    counts = [n for (id_, n), row in schema.rules.items()
              if id_ == type_ and row["action"].startswith("STORE")]
    return max(counts) if counts else schema.nparams(type_)


def conversion_events(schema, key, with_enter, tid):
    type_, count = key
    events = []
    if type_ % 2 and with_enter and "EF_UNUSED" not in schema.flags(type_ - 1):
        events.append(event_of(schema, type_ - 1, enter_count(schema, type_ - 1), tid, TS + tid))
    events.append(event_of(schema, type_, count, tid, TS + tid + 1))
    return events


def expected_conversions(schema, events):
    """What the model delivers."""
    model = Model(schema)
    converted = [model.convert(event) for event in events]
    return [event for event in converted if event is not None]


def conversion_rows(schema, with_enter, version):
    """(row of the table, events that run into it); a thread of its own for each."""
    for number, key in enumerate(sorted(schema.rules)):
        events = conversion_events(schema, key, with_enter, 10 * number + 10)
        for event in events:
            event.version = version
        yield key, events


def run_conversions(cases, schema, with_enter, version):
    """All rows in one capture."""
    what = "%s enter events, v%d" % ("with" if with_enter else "without", version)
    rows = list(conversion_rows(schema, with_enter, version))
    cases.equal(len(rows), 253, what + ": rows of the table")
    status, sections, err = record(scap.capture([event for _, pair in rows for event in pair]))
    cases.check(status == 0, what + ": status", (status, err[:500]))
    got = {}
    for event in sections[0].events if sections else ():
        got.setdefault(event.tid, []).append(event)
    for key, pair in rows:
        cases.equal(got.get(pair[0].tid, []), expected_conversions(schema, pair),
                    "%s: event %d with %d parameters" % (what, key[0], key[1]))
    cases.end_group("conversion %s: %d rows" % (what, len(rows)))


def check_foreign_enter(cases, schema):
    """The enter event of another call is not taken for this one's."""
    enter = event_of(schema, 8, 2, 5, TS)
    exit_ = event_of(schema, 7, 2, 5, TS + 1)
    expected = [scap.Event(7, exit_.params + (bytes(8), bytes(4)), TS + 1, 5)]
    status, sections, _ = record(scap.capture([enter, exit_]))
    cases.equal((status, sections[0].events), (0, expected), "enter event of another call")
    # One slot a thread: the second enter event replaces the first.
    enters = [scap.Event(6, (scap.s64(i), scap.u32(i)), TS, 5) for i in (1, 2)]
    expected = [scap.Event(7, exit_.params + enters[1].params, TS + 1, 5)]
    status, sections, _ = record(scap.capture(enters + [exit_]))
    cases.equal((status, sections[0].events), (0, expected), "two enter events in a row")
    # Freed by its exit: a second exit has none.
    expected.append(scap.Event(7, exit_.params + (bytes(8), bytes(4)), TS + 1, 5))
    status, sections, _ = record(scap.capture(enters + [exit_, exit_]))
    cases.equal((status, sections[0].events), (0, expected), "two exits in a row")
    got = info(scap.capture(enters + [exit_, exit_]))
    cases.equal((got["stored"]["enters_folded"], got["stored"]["enters_missing"]), (2, 1),
                "counts of enter events")
    cases.end_group("enter events that do not fit")


def check_many_threads(cases):
    """Enter events of more threads than memory is set aside for: the newest are kept."""
    count = 3000
    enters = [scap.Event(8, (scap.s64(tid), scap.u32(tid)), TS, tid) for tid in range(1, count)]
    exits = [scap.Event(9, (scap.s64(1), b"x"), TS + 1, tid) for tid in range(1, count)]
    data = scap.capture(enters + exits)
    _, sections, _ = record(data)
    cases.equal([event.params[2:] for event in sections[0].events],
                [(scap.s64(tid), scap.u32(tid)) for tid in range(1, count)], "all enters kept")
    status, sections, _ = record(data, "--max-stored", "16K")
    found = [event.params[2:] == (scap.s64(event.tid), scap.u32(event.tid))
             for event in sections[0].events]
    none = [event.params[2:] == (scap.s64(0), scap.u32(0)) for event in sections[0].events]
    cases.equal((status, len(found)), (0, count - 1), "small memory: events")
    cases.check(all(a or b for a, b in zip(found, none)) and any(found) and any(none),
                "small memory: the right enter event or none")
    cases.end_group("memory for enter events")


def check_raw_schema(cases):
    """--raw-schema: as stored."""
    events = [scap.Event(6, (scap.s64(3), scap.u32(8)), TS, 1),
              scap.Event(7, (scap.s64(8), b"datadata"), TS + 1, 1)]
    status, sections, _ = record(scap.capture(events), "--raw-schema")
    cases.equal((status, sections[0].events), (0, events), "--raw-schema")
    cases.end_group("--raw-schema")


def main():
    cases = harness.Cases()
    for check in (check_machine, check_ifaces, check_users, check_threads, check_fds,
                  check_padding, check_events, check_large, check_v1_padding_bug, check_newer,
                  check_longer_entries, check_sections, check_many_threads, check_raw_schema):
        check(cases)
    folder = harness.data_path("reference")
    if os.path.isfile(os.path.join(folder, "events.tsv")):
        schema = tables.Schema(folder)
        for with_enter in (True, False):
            for version in (1, 2):
                run_conversions(cases, schema, with_enter, version)
        check_foreign_enter(cases, schema)
    else:
        cases.skip("conversions: no tables in $EYAS_TESTDATA/reference")
    cases.done()


main()
