#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Damaged and hostile captures, and outputs that fail.

Whatever the input: no death by a signal, exit status 1 with a message that names the file and the
offset, the events before the damage are there, JSON stays JSON, and memory stays bounded (256 MiB
of address space, where the sanitizers allow to ask for it). The same script runs on both builds.

Thousands of files go through a command in batches; `eyas info -o json` has a line for each.
"""
import json
import os
import random
import re
import shutil
import signal
import struct
import subprocess
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import harness  # noqa: E402
import scap  # noqa: E402

TS = 1700000001 * 10 ** 9
LIMITED = not harness.has_asan(harness.EYAS)
BATCH = 250
MUTATIONS = 1000
SEED = 20231114
WAIT_SECONDS = 60

# What may stand on standard error. Everything else is a surprise.
PLACED = re.compile(rb"eyas: (.+?): offset (\d+): .+")
OTHER_MESSAGES = (re.compile(rb"eyas: there is more damage, which is counted but not shown"),
                  re.compile(rb"eyas: \d+ parts of the input were damaged"),
                  re.compile(rb"eyas: left out, of types this version does not know: \d+ events"),
                  re.compile(rb"eyas: left out for --compat: \d+ events, \d+ descriptors"))


def run(args, input_=None, **options):
    return harness.run_eyas(args, input_, limited=LIMITED, **options)


def small_capture():
    """A small capture with an entry of every list and events of several shapes; its blocks."""
    fds = [scap.sample_fd(i, kind) for i, kind in enumerate((3, 6, 8, 16, 2))]
    users, groups = scap.sample_users()
    meta = [scap.machine(scap.sample_machine()), scap.ifaces(scap.sample_ifaces()),
            scap.users(users[1:], groups[1:]), scap.threads([scap.sample_thread(100)]),
            scap.fds(100, fds)]
    return scap.capture(events_of_shapes(), *meta)


# ptrace has parameters of several variants: an address, then a signal.
PTRACE = (scap.s64(0), struct.pack("<BQ", 0, 5), b"\1\5", struct.pack("<H", 1), scap.s64(101))


def events_of_shapes():
    """Current events with every kind of parameter."""
    tuple_ = struct.pack("<B4sH4sH", 2, b"\x7f\0\0\1", 1, b"\x7f\0\0\2", 2)
    return [
        scap.Event(3, (scap.s64(3), b"/etc/passwd\0", scap.u32(1), scap.u32(0), scap.u32(8),
                       scap.s64(9)), TS, 100, 1),
        scap.Event(23, (scap.s64(0), tuple_, scap.s64(5), struct.pack("<B4sH", 2, b"abcd", 80)),
                   TS + 1, 100),
        scap.Event(81, (scap.s64(1), struct.pack("<Hqh", 1, 3, 1), scap.s64(-1)), TS + 2, 100),
        scap.Event(169, PTRACE, TS + 3, 100),
        scap.Event(402, (scap.u32(1), b"alert\0", b"data"), TS + 4, 100, 2, 1),
        scap.Event(9, (scap.s64(4), b"\x1b[1m", scap.s64(1), scap.u32(4)), TS + 5, 100),
    ]


def old_capture():
    """Old blocks: lists without entry lengths, events v1 that wait for conversion."""
    thread = scap.sample_thread(100)
    fds = [scap.sample_fd(i, kind) for i, kind in enumerate((1, 3, 8, 16))]
    meta = [scap.machine(scap.sample_machine(), True), scap.ifaces(scap.sample_ifaces((3, 4)), 1),
            scap.users(*scap.sample_users(), version=1), scap.threads([thread], 8),
            scap.fds(100, fds, 1)]
    events = []
    for i in range(3):
        events += [scap.Event(6, (scap.s64(3), scap.u32(8)), TS + i, 100, 0, 0, 1),
                   scap.Event(7, (scap.s64(8), b"datadata"), TS + i, 100, 0, 0, 1),
                   scap.Event(13, (scap.s64(0), b"ls\0", b"-l\0") + (scap.s64(100),) * 3 +
                              (b"/\0", scap.s64(1024)), TS + i, 100, 0, 0, 1),
                   scap.Event(228, (b"id\0", scap.u32(0), b"name\0", b"image\0"), TS + i, 100)]
    return scap.capture(events, *meta)


def event_blocks(data):
    """(offset, end) of every event block, in a capture that is whole."""
    return [(at, at + 12 + len(body)) for at, type_, body in scap.blocks(data)
            if type_ in scap.EVENT_BLOCKS]


# ---- batches ----


class Batch:
    """Files for one command, written to one folder under their number."""

    def __init__(self, cases, folder, what):
        self.cases, self.folder, self.what = cases, folder, what
        self.files = []

    def add(self, data, least=None, error=None):
        """A capture; least = events that must be found, error = whether there must be one."""
        path = os.path.join(self.folder, "%d" % len(self.files))
        with open(path, "wb") as out:
            out.write(data)
        self.files.append((path, least, error))
        if len(self.files) == BATCH:
            self.run()

    def messages(self, err, status, args):
        """Every line of standard error is a message we know, and names a file of the batch."""
        names = {path.encode() for path, _, _ in self.files}
        good = True
        for line in err.splitlines():
            match = PLACED.fullmatch(line)
            good = good and (match is not None and match.group(1) in names or
                             any(other.fullmatch(line) for other in OTHER_MESSAGES))
        self.cases.check(good, "%s: messages of %s" % (self.what, args[0]), err[:300])
        self.cases.check(status in (0, 1) and (status == 1) == damage_told(err),
                         "%s: status of %s" % (self.what, args[0]), (status, err[-300:]))

    def run(self):
        """All files through info, read and record."""
        paths = [path for path, _, _ in self.files]
        if not paths:
            return
        self.check_info(paths)
        for args in (["read", "--all"], ["read", "-o", "json"],
                     ["record", "--raw-schema", "-w", os.devnull],
                     ["record", "--compat", "sysdig-0.29", "-w", os.devnull]):
            status, out, err = run(args + paths)
            self.messages(err, status, args)
            if args[0] == "read":
                self.check_output(out, args[-1] == "json")
        self.files = []

    def check_info(self, paths):
        status, out, err = run(["info", "-o", "json"] + paths)
        self.messages(err, status, ["info"])
        rows = json_lines(out)
        if not self.cases.check(rows is not None and len(rows) == len(paths),
                                self.what + ": info has a JSON line for each file", out[-300:]):
            return
        for row, (path, least, error) in zip(rows, self.files):
            self.cases.check(row["file"] == path, self.what + ": order of info")
            found = row["stored"]["events"]
            self.cases.check(least is None or found >= least, self.what + ": events before it",
                             (path, found, least))
            bad = row["damaged"] > 0
            self.cases.check(error is None or bad == error, self.what + ": error or none",
                             (row["error"], row["damaged"], error))

    def check_output(self, out, is_json):
        """Lines are valid text without control characters, JSON where asked for."""
        self.cases.check(not out or out.endswith(b"\n"), self.what + ": last line of read")
        self.cases.check(json_lines(out) is not None if is_json else not CONTROL.search(out),
                         self.what + ": output of read", out[:200])


CONTROL = re.compile(rb"[\x00-\x09\x0b-\x1f\x7f]")


def json_lines(out):
    """The objects, None if a line is no JSON."""
    try:
        return [json.loads(line.decode("utf-8")) for line in out.splitlines()]
    except ValueError:
        return None


def damage_told(err):
    return PLACED.search(err) is not None


# ---- truncation ----


def check_truncation(cases, folder):
    for name, data in (("small", small_capture()), ("old", old_capture())):
        batch = Batch(cases, folder, "truncation of the %s capture" % name)
        ends = {at for at, _ in event_blocks(data)} | set(scap.block_offsets(data))
        events = event_blocks(data)
        for size in range(len(data)):
            whole = sum(1 for _, end in events if end <= size)
            # Between two blocks a capture may end; before the first there is no capture.
            batch.add(data[:size], whole, size not in ends or size == 0)
        batch.run()
    cases.end_group("truncation at every byte")


def check_truncated_read(cases, folder):
    """One at a time: the lines before the damage, the message, the status."""
    data = small_capture()
    path = os.path.join(folder, "cut")
    with open(path, "wb") as out:
        out.write(data)
    _, full, _ = run(["read", "--all", path])
    lines = full.splitlines()
    for at, end in event_blocks(data)[1:]:
        for size in (at + 1, at + 8, end - 4, end - 1):
            os.truncate(path, size)
            status, out, err = run(["read", "--all", path])
            whole = sum(1 for _, stop in event_blocks(data) if stop <= size)
            cases.equal((status, out.splitlines()), (1, lines[:whole]), "cut at %d" % size)
            match = PLACED.fullmatch(err.rstrip(b"\n"))
            cases.check(match and match.group(1) == path.encode() and
                        int(match.group(2)) == at and b"ends" in err, "message of it", err)
            with open(path, "wb") as out:
                out.write(data)
    cases.end_group("truncated captures: what is read before")


def packers(cases):
    """(name, function) for each compression that can be made here."""
    result = []
    for name in ("gzip", "zstd", "lz4"):
        if shutil.which(name):
            result.append((name, lambda data, name=name: subprocess.run(
                [name, "-c"], input=data, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                check=True).stdout))
        else:
            cases.skip("%s is not installed" % name)
    return result


def check_compressed(cases, folder):
    """Cut, flipped and followed by garbage."""
    data = small_capture() + scap.capture(scap.sample_events(500))
    for name, pack in packers(cases):
        packed = pack(data)
        rng = random.Random(SEED)
        offsets = sorted(set(list(range(1, 40)) + rng.sample(range(40, len(packed)), 120) +
                             list(range(len(packed) - 12, len(packed)))))
        batch = Batch(cases, folder, name + " cut")
        for size in offsets:
            batch.add(packed[:size], None, True)
        batch.run()
        batch = Batch(cases, folder, name + " with a bit flipped")
        for _ in range(200):
            at = rng.randrange(4, len(packed))
            batch.add(flip(packed, at, rng.randrange(8)))
        batch.run()
        batch = Batch(cases, folder, name + " and garbage behind")
        for garbage in (b"\1", b"garbage that is long enough to be looked at", data[:100],
                        packed[:20], b"\xff" * 70000):
            batch.add(packed + garbage, 500, True)
        batch.run()
        cases.end_group("%s: cut, flipped, garbage" % name)


def flip(data, at, bit):
    return data[:at] + bytes([data[at] ^ 1 << bit]) + data[at + 1:]


def check_bomb(cases, folder):
    """Zeros that decompress to much more than memory: not a capture after a few bytes."""
    for name, pack in packers(cases):
        path = os.path.join(folder, name)
        with open(path, "wb") as out:
            out.write(pack(bytes(300 << 20)))
        status, _, err = run(["info", path])
        cases.check(status == 1 and b"offset 0" in err, name + ": zeros", (status, err))
        head = scap.section() + struct.pack("<II", 0x7777, 0xFFFFFFF0)
        with open(path, "wb") as out:
            out.write(pack(head + bytes(300 << 20)))
        status, _, err = run(["info", path])
        cases.check(status == 1 and b"offset 28" in err, name + ": a block that lies",
                    (status, err))
    cases.end_group("small files that decompress to 300 MiB")


# ---- wrong values ----


def check_every_field(cases, folder):
    """Every place of two captures set to 0, 1 and huge, in two widths: so is every length."""
    for name, data in (("small", small_capture()), ("old", old_capture())):
        batch = Batch(cases, folder, "field of the %s capture" % name)
        events = event_blocks(data)
        for at in range(0, len(data) - 4):
            whole = sum(1 for _, end in events if end <= at)
            for value in (b"\xff" * 4, b"\0" * 4, b"\1\0\0\0", b"\xff\xff", b"\xff\x7f"):
                changed = data[:at] + value + data[at + len(value):]
                if changed != data and (len(value) == 4 or at % 2 == 0):
                    batch.add(changed, whole)
        batch.run()
    cases.end_group("every field: 0, 1, huge")


def one_event(event, **options):
    return scap.section() + scap.event(event, **options)


def raw_event(raw, type_=scap.EVENT_V2):
    return scap.section() + scap.block(type_, struct.pack("<H", 0) + raw)


def wrong_events():
    """(what, capture, words that the message must have)"""
    good = events_of_shapes()
    raw = scap.event_bytes(good[0])
    connect = good[1].params

    def with_param(event, index, value):
        params = list(event.params)
        params[index] = value
        return one_event(scap.Event(event.type, params, TS, 1))

    def with_nparams(count):
        return raw_event(raw[:22] + struct.pack("<I", count) + raw[26:])

    def with_len(length):
        return raw_event(raw[:16] + struct.pack("<I", length) + raw[20:])

    yield "nparams 2^32-1", with_nparams(2 ** 32 - 1), b"4294967295 parameters"
    yield "nparams 2^31", with_nparams(2 ** 31), b"parameters"
    yield "nparams too many by one", with_nparams(7), b"parameters"
    for count in (1, 3, 4):
        header = struct.pack("<QQIHI", TS, 1, 26, 5, count)
        yield "a header that promises %d parameters" % count, raw_event(header), b"too many"
    yield "length 0", with_len(0), b"expected 26 to"
    yield "length 25", with_len(25), b"expected 26 to"
    yield "length too large by one block", with_len(len(raw) + 8), b"expected 26 to"
    yield "length 2^32-1", with_len(2 ** 32 - 1), b"expected 26 to"
    yield "event of 3 bytes", raw_event(b"abc"), b"header alone takes 26"
    yield "event of no bytes", scap.section() + scap.block(scap.EVENT_V2, b""), b"expected"
    yield "parameter of a wrong size", with_param(good[0], 0, b"123"), b"parameter fd of open"
    yield "parameter of a larger size", with_param(good[0], 2, bytes(8)), b"parameter flags of"
    yield "tuple too short", with_param(good[1], 1, connect[1][:-1]), b"parameter tuple of connect"
    yield "tuple too long", with_param(good[1], 1, connect[1] + b"\0"), b"parameter tuple of"
    yield "tuple of IPv6, IPv4 size", with_param(good[1], 1, b"\x0a" + connect[1][1:]), b"tuple"
    yield "unix tuple without pointers", with_param(good[1], 1, b"\1abc"), b"parameter tuple of"
    yield "address too short", with_param(good[1], 3, b"\2ab"), b"parameter addr of connect"
    yield "address of IPv6, empty", with_param(good[1], 3, b"\x0a"), b"parameter addr of"
    yield "poll list count", with_param(good[2], 1, struct.pack("<Hqh", 2, 3, 1)), b"fds"
    yield "poll list of one byte", with_param(good[2], 1, b"\1"), b"fds"
    yield "variant 255", with_param(good[3], 1, b"\xff123"), b"variant 255"
    yield "variant of a wrong size", with_param(good[3], 1, b"\0" + bytes(7)), b"variant"
    yield "no such version", one_event(scap.Event(7, (scap.s64(0), ), TS, 1)), b"1 parameters"
    yield "v1 whose lengths do not add up", \
        one_event(scap.Event(7, (scap.s64(0), b"x", b"y", b"z", b"w", b"v"), TS, 1, 0, 0, 1)), \
        b"do not add up"


def wrong_streams():
    """(what, capture, words)"""
    section = scap.section()
    yield "empty", b"", b"empty"
    yield "one byte", b"\n", b"ends after"
    yield "text", b"#!/bin/sh\necho hello world\n", b"not a capture"
    yield "pcap", struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1), b"not a capture"
    yield "wrong magic", scap.section(0x12345678), b"expected 0x1a2b3c4d"
    yield "byte-swapped magic", scap.section(0x4D3C2B1A), b"byte-swapped"
    yield "version 2.0", scap.section(major=2, minor=0), b"capture format 2.0"
    yield "no section header", scap.machine(scap.sample_machine()), b"expected a section header"
    yield "block of 0 bytes", section + struct.pack("<II", 0x216, 0), b"expected 12 or more"
    yield "block of 11 bytes", section + struct.pack("<II", 0x777, 11) + bytes(20), b"expected 12"
    yield "block of 4 GiB", section + struct.pack("<II", 0x777, 2 ** 32 - 1) + bytes(9), b"ends"
    yield "event of 4 GiB", section + struct.pack("<II", 0x216, 2 ** 32 - 1) + bytes(9), b"expected"
    yield "event of 100 MiB, cut", section + struct.pack("<II", 0x221, 100 << 20) + bytes(9), \
        b"ends after"
    yield "short section header", scap.block(scap.SECTION, struct.pack("<IH", scap.MAGIC, 1)), \
        b"section header"


def wrong_lists():
    """(what, capture, words): entries that lie about their length."""
    section = scap.section()
    users, groups = scap.sample_users()
    thread = scap.sample_thread(9)

    def lying(type_, head, entry, length):
        return section + scap.block(type_, head + struct.pack("<I", length) + entry[4:])

    entries = (("thread", scap.THREADS[9], b"", scap.thread(thread)),
               ("fd", scap.FDS[2], scap.s64(9), scap.fd(scap.sample_fd(3, 16))),
               ("interface", scap.IFACES[2], b"", scap.iface(scap.sample_ifaces()[1])),
               ("user", scap.USERS[2], b"", scap.user(users[1])),
               ("group", scap.USERS[2], b"", scap.group(groups[1])))
    for what, type_, head, entry in entries:
        for length in (0, 1, 3, 5, len(entry) // 2, len(entry) + 9, 2 ** 31, 2 ** 32 - 1,
                       2 ** 32 - 4):
            if what == "interface" and length == 0:
                continue  # it does not count itself: 0 is an entry without its fields
            data = lying(type_, head, entry, length)
            yield "%s of %d bytes" % (what, length), data, b"list entry"
    for version in range(1, 9):
        # Up to three bytes that are missing are made up for by the padding.
        entry = scap.thread(thread, version)[:-5]
        yield "threads v%d" % version, section + scap.block(scap.THREADS[version], entry), \
            b"list entry"
    yield "machine of 100 bytes", section + scap.block(scap.MACHINE, bytes(100)), b"180 bytes"
    yield "fds without a thread", section + scap.block(scap.FDS[2], b"1234"), b"thread id"
    yield "fd v1 of an unknown kind", section + scap.block(
        scap.FDS[1], scap.s64(1) + struct.pack("<qQB", 1, 1, 77) + bytes(40)), b"list entry"
    yield "trailer", section + scap.machine(scap.sample_machine())[:-4] + scap.u32(7), b"ends with"


def check_wrong(cases, folder):
    """Each has its own message; what follows the damage is read where the blocks are intact."""
    behind = scap.event(events_of_shapes()[5])
    path = os.path.join(folder, "wrong")
    for title, makers, goes_on in (("events", wrong_events(), True), ("lists", wrong_lists(), True),
                                   ("streams", wrong_streams(), False)):
        for what, data, words in makers:
            with open(path, "wb") as out:
                out.write(data + (behind if goes_on else b""))
            status, out, err = run(["read", path])
            match = PLACED.match(err)
            cases.check(status == 1 and match and match.group(1) == path.encode() and
                        words in err, what, (status, err))
            cases.check(int(match.group(2)) <= len(data) if match else False, what + ": offset")
            if goes_on:
                cases.equal(out.count(b"\n"), 1, what + ": the event behind it")
            status, out, _ = run(["info", "-o", "json", path])
            rows = json_lines(out)
            cases.check(status == 1 and rows and rows[0]["damaged"] >= 1, what + ": info",
                        out[:200])
        cases.end_group("wrong " + title)


def check_names(cases, folder):
    """System calls and flags without a name, generic events of every code."""
    events = [scap.Event(1, (struct.pack("<H", code), struct.pack("<H", code)), TS + code, 1)
              for code in list(range(600)) + [65535]]
    path = os.path.join(folder, "codes")
    with open(path, "wb") as out:
        out.write(scap.capture(events))
    for args in (["read"], ["read", "-o", "json"], ["info"], ["info", "-o", "json"],
                 ["record", "-q", "-w", os.devnull],
                 ["record", "-q", "--compat", "sysdig-0.29", "-w", os.devnull]):
        status, out, err = run(args + [path])
        cases.check((status, err) == (0, b""), "codes of system calls: " + " ".join(args),
                    (status, err))
        if args[0] == "read":
            cases.equal(out.count(b"\n"), len(events), "codes of system calls: events")
    cases.end_group("system call codes without a name")


def check_large_block(cases, folder):
    """64 MiB in one event: read in bounded memory, refused cleanly where the user says so."""
    path = os.path.join(folder, "large")
    event = scap.Event(402, (scap.u32(0), b"big\0", bytes(64 << 20)), TS, 1)
    after = events_of_shapes()[0]
    with open(path, "wb") as out:
        out.write(scap.capture([event, after]))
    status, got, err = harness.info([path])
    cases.equal((status, got["events"], err), (0, 2, b""), "64 MiB: info")
    status, _, err = run(["record", "-q", "-r", path, "-w", os.devnull])
    cases.equal((status, err), (0, b""), "64 MiB: record")
    status, out, err = run(["read", "--print-bytes", "40", path])
    cases.equal((status, out.count(b"\n"), err), (0, 2, b""), "64 MiB: read")
    status, out, err = run(["read", "--max-block", "1M", path])
    cases.check(status == 1 and b"expected" in err and b"1048576" in err and
                PLACED.match(err) is not None, "64 MiB: --max-block 1M", (status, err))
    cases.equal(out.count(b"\n"), 1, "64 MiB: the event behind it")
    cases.end_group("an event of 64 MiB")


def check_many_enters(cases, folder):
    """An enter event of every thread there is: memory stays bounded."""
    params = (scap.s64(1), scap.u32(1))
    data = b"".join(scap.event(scap.Event(6, params, TS, tid)) for tid in range(70000))
    path = os.path.join(folder, "enters")
    with open(path, "wb") as out:
        out.write(scap.section() + data)
    status, got, err = harness.info([path])
    cases.equal((status, err, got["events"], got["stored"]["events"]), (0, b"", 0, 70000),
                "enter events")
    cases.check(got["stored"]["enters_evicted"] > 0, "some were given up", got["stored"])
    cases.end_group("enter events of 70000 threads")


STATE_LOSSES = ("threads without room", "descriptors without room", "strings without room",
                "threads made up", "parents that made a circle", "uses of unknown descriptors")


def open_event(fd, tid):
    values = (scap.s64(fd), b"/%d\0" % fd, scap.u32(1), scap.u32(0), scap.u32(1), bytes(8))
    return scap.Event(3, values, TS, tid)


def fork_event(tid, ptid):
    """The child's side."""
    values = (scap.s64(0), b"sh\0", b"", scap.s64(tid), scap.s64(tid), scap.s64(ptid), b"\0",
              scap.s64(9), bytes(8), bytes(8), scap.u32(0), scap.u32(0), scap.u32(0), b"sh\0", b"",
              scap.u32(0), scap.u32(0), scap.u32(0), scap.s64(tid), scap.s64(tid), bytes(8))
    return scap.Event(223, values, TS, tid)


def check_state_limits(cases, folder):
    """Descriptors and threads without end, parents in a circle: a bound, and counted."""
    path = os.path.join(folder, "in")
    for what, events, expected in (
            ("descriptors", [open_event(fd, 1) for fd in range(70000)],
             {"descriptors without room": 69000, "threads made up": 1}),
            ("descriptors of many", [open_event(n % 20, 1 + n // 20) for n in range(2400)],
             {"descriptors without room": 1000, "threads without room": 400,
              "threads made up": 100}),
            ("threads", [fork_event(tid, 1) for tid in range(2, 1001)],
             {"threads without room": 900, "threads made up": 1}),
            ("a circle", [fork_event(2, 4), fork_event(3, 2), fork_event(4, 3)],
             {"threads made up": 1, "parents that made a circle": 1})):
        with open(path, "wb") as out:
            out.write(scap.capture(events))
        status, _, err = run(["read", "-v", "--max-threads", "100", "--max-fds", "1000", "-r", path,
                              "proc.aname = none or fd.name = none"])
        rows = [line.rsplit(None, 1) for line in err.decode().splitlines()]
        got = {name.strip(): int(count) for name, count in rows
               if name.strip() in STATE_LOSSES}
        cases.equal((status, got), (0, expected), what)
    cases.end_group("limits of the state")


def mutate(rng, data):
    """A few random changes of a capture."""
    data = bytearray(data)
    for _ in range(rng.randint(1, 6)):
        at = rng.randrange(len(data))
        kind = rng.randrange(6)
        if kind == 0:
            data[at] ^= 1 << rng.randrange(8)
        elif kind == 1:
            data[at] = rng.randrange(256)
        elif kind == 2:
            data[at:at + 4] = struct.pack("<I", rng.choice((0, 1, 12, 0x7FFFFFFF, 0xFFFFFFFF,
                                                             len(data), rng.randrange(2 ** 16))))
        elif kind == 3:
            del data[at:at + rng.randint(1, 16)]
        elif kind == 4:
            data[at:at] = bytes(rng.randrange(256) for _ in range(rng.randint(1, 16)))
        else:
            source = rng.randrange(len(data))
            data[at:at] = data[source:source + rng.randint(1, 64)]
        if not data:
            return b""
    return bytes(data)


def check_random(cases, folder):
    rng = random.Random(SEED)
    seeds = [small_capture(), old_capture(), scap.capture(scap.sample_events(12)),
             scap.capture([], *scap.sample_meta())]
    batch = Batch(cases, folder, "random mutation")
    for i in range(MUTATIONS):
        batch.add(mutate(rng, seeds[i % len(seeds)]))
    batch.run()
    cases.end_group("%d random mutations, seed %d" % (MUTATIONS, SEED))


# ---- files that are none ----


def drop_privileges():
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)


def check_files(cases, folder):
    for what, path, words in (
            ("a directory", folder, b"directory"),
            ("a missing file", os.path.join(folder, "missing"), b"No such file"),
            ("a file below a file", os.path.join(folder, "plain", "x"), b"Not a directory"),
            (os.devnull, os.devnull, b"empty")):
        with open(os.path.join(folder, "plain"), "wb") as out:
            out.write(b"plain")
        for command in (["read"], ["info"], ["info", "-o", "json"],
                        ["record", "-w", os.path.join(folder, "out")]):
            status, out, err = run(command + [path])
            cases.check(status == 1 and path.encode() in err and words in err,
                        "%s: %s" % (what, " ".join(command[:1])), (status, err))
            cases.check(json_lines(out) is not None if "json" in command else
                        not out or command == ["info"], what + ": standard output", out[:100])
    check_permission(cases, folder)
    cases.end_group("directories, missing files, devices")


def check_permission(cases, folder):
    path = os.path.join(folder, "secret")
    with open(path, "wb") as out:
        out.write(small_capture())
    os.chmod(path, 0)
    command = [shutil.which("cat"), path]
    drop = drop_privileges if os.geteuid() == 0 else None
    os.chmod(folder, 0o755)
    allowed = subprocess.run(command, preexec_fn=drop, stdout=subprocess.DEVNULL,
                             stderr=subprocess.DEVNULL, check=False).returncode == 0
    reachable = subprocess.run([harness.EYAS, "version"], preexec_fn=drop, check=False,
                               stdout=subprocess.DEVNULL).returncode == 0 \
        if os.access(harness.EYAS, os.X_OK) else False
    if allowed or not reachable:
        cases.skip("no permission: rights cannot be dropped")
        return
    done = subprocess.run([harness.EYAS, "read", path], preexec_fn=drop, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=harness.ENVIRONMENT)
    cases.check(done.returncode == 1 and b"Permission denied" in done.stderr, "no permission",
                (done.returncode, done.stderr))


def check_several(cases, folder):
    """One bad file among good ones: the others are read, the status tells."""
    good, bad = os.path.join(folder, "good"), os.path.join(folder, "bad")
    data = small_capture()
    for path, content in ((good, data), (bad, data[:-5])):
        with open(path, "wb") as out:
            out.write(content)
    count = len(event_blocks(data)) - 1  # one is hidden
    for files, events in (((bad, good), 2 * count - 1), ((good, bad), 2 * count - 1),
                          ((good, os.path.join(folder, "missing")), count)):
        status, out, err = run(["read"] + list(files))
        cases.check(status == 1 and out.count(b"\n") == events, "one of two is bad",
                    (files, status, out.count(b"\n"), events, err))
        status, out, err = run(["info", "-o", "json"] + list(files))
        cases.check(status == 1 and json_lines(out), "info of two", (status, out[:100]))
    status, out, _ = run(["read", "--merge", bad, good])
    cases.equal((status, out.count(b"\n")), (1, 2 * count - 1), "one of two merged is bad")
    cases.end_group("one bad file among several")


# ---- outputs ----


def check_full(cases, folder):
    path = os.path.join(folder, "in")
    with open(path, "wb") as out:
        out.write(scap.capture(scap.sample_events(3000), *scap.sample_meta()))
    if not os.path.exists("/dev/full"):
        cases.skip("there is no /dev/full")
        return
    for command in (["read"], ["read", "-o", "json"], ["info"], ["info", "-o", "json"],
                    ["record", "-w", "-"], ["record", "-z", "-w", "-"], ["list", "events"],
                    ["help"], ["version"]):
        words = command + ([path] if command[0] in ("read", "info", "record") else [])
        with open("/dev/full", "wb") as full:
            status, _, err = run(words, stdout=full)
        cases.check(status == 1 and b"eyas: " in err and
                    (b"No space left" in err or b"standard output" in err),
                    "full output of " + " ".join(command), (status, err))
    for compression in ("none", "gzip", "zstd"):
        status, _, err = run(["record", "--compress", compression, "-r", path, "-w", "/dev/full"])
        cases.check(status == 1 and b"/dev/full" in err and b"No space left" in err,
                    "record to /dev/full, " + compression, (status, err))
    cases.end_group("a full disk")


def check_closed(cases, folder):
    """Standard descriptors that are closed: nothing of ours takes their place."""
    path, out = os.path.join(folder, "in"), os.path.join(folder, "out")
    data = small_capture()
    with open(path, "wb") as file:
        file.write(data)
    for command in (["read", path], ["info", path], ["list", "types"],
                    ["record", "-r", path, "-w", "-"]):
        status, err = run_closed(command, 1)
        cases.check(status == 1 and b"eyas: " in err, "closed stdout: " + command[0],
                    (status, err))
    status, _ = run_closed(["record", "-r", "-", "-w", out], 2, data[:-5])
    with open(out, "rb") as file:
        written = file.read()
    cases.check(status == 1 and is_capture(written),
                "closed stderr: no message gets into the capture", (status, written[-200:]))
    status, err = run_closed(["record", "-r", "-", "-w", out], 0)
    cases.check(status == 1 and b"empty" not in err, "closed stdin: it is not the output",
                (status, err))
    cases.end_group("closed standard descriptors")


def run_closed(args, fd, input_=b""):
    """Run with one standard descriptor closed: (status, stderr)."""
    command = 'exec "$@" %d%s&-' % (fd, "<" if fd == 0 else ">")
    done = subprocess.run(["sh", "-c", command, "sh", harness.EYAS] + args, check=False,
                          env=harness.ENVIRONMENT, input=input_,
                          stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    return done.returncode, done.stderr


def is_capture(data):
    """Whether the bytes are a whole capture."""
    try:
        scap.read(data)
    except (scap.FormatError, struct.error):
        return False
    return True


def check_output_names(cases, folder):
    path = os.path.join(folder, "in")
    data = small_capture()
    with open(path, "wb") as out:
        out.write(data)
    for what, name, words in (
            ("missing directory", os.path.join(folder, "no", "out"), b"No such file"),
            ("a directory", folder, b""), ("an empty name", "", b"empty"),
            ("a name too long", os.path.join(folder, "x" * 300), b"too long")):
        status, _, err = run(["record", "-r", path, "-w", name])
        cases.check(status in (1, 2) and name.encode() in err and words in err,
                    "output: " + what, (status, err))
    cases.equal(sorted(os.listdir(folder)), ["in"], "nothing is left behind")
    status, _, err = run(["record", "-q", "-r", path, "-w", path])
    with open(path, "rb") as file:
        cases.check((status, err, file.read()) == (0, b"", data), "a capture onto itself",
                    (status, err))
    cases.end_group("output names")


# ---- signals ----


def start(arguments, stdout):
    return subprocess.Popen([harness.EYAS] + arguments, stdin=subprocess.PIPE, stdout=stdout,
                            stderr=subprocess.PIPE, env=harness.ENVIRONMENT)


def start_record(out):
    return start(["record", "-q", "-r", "-", "-w", out], subprocess.DEVNULL)


def wait_idle(process):
    """Until it has read all it was given and waits for more. False = it never did."""
    deadline = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            return False
        with open("/proc/%d/stat" % process.pid, encoding="ascii", errors="replace") as stat:
            state = stat.read().rpartition(")")[2].split()[0]
        if harness.unread(process.stdin) == 0 and state == "S":
            return True
        os.sched_yield()
    return False


def end_of(process):
    """Exit status and messages of a process that must end while its input stays open."""
    try:
        process.wait(timeout=WAIT_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
    _, err = process.communicate()
    return process.returncode, err


def check_signals(cases, folder):
    """A signal ends the recording in order: all events so far are in the file, under its name."""
    events = scap.sample_events(400)
    data = scap.capture(events, *scap.sample_meta())
    out = os.path.join(folder, "out")
    for number in (signal.SIGINT, signal.SIGTERM):
        for cut in (0, 1, 9, 100):
            process = start_record(out)
            process.stdin.write(data[:len(data) - cut])
            process.stdin.flush()
            if not cases.check(wait_idle(process), "record waits for more input"):
                process.kill()
                process.communicate()
                continue
            process.send_signal(number)
            status, err = end_of(process)
            cases.equal((status, err), (0, b""), "%s, %d bytes missing: exit" % (number, cut))
            with open(out, "rb") as file:
                got = file.read()
            whole = sum(1 for _, end in event_blocks(data) if end <= len(data) - cut)
            cases.check(is_capture(got) and scap.events_of(got) == events[:whole],
                        "%s, %d bytes missing: events" % (number, cut))
            cases.equal(os.listdir(folder), ["out"], "%s: names" % number)
            os.unlink(out)
    check_reader_gone(cases, folder, data)
    cases.end_group("SIGINT and SIGTERM")


def check_signals_of_readers(cases, folder):
    """What was read until the signal is printed or counted."""
    data = scap.capture(scap.sample_events(400), *scap.sample_meta())
    path = os.path.join(folder, "out")
    for number in (signal.SIGINT, signal.SIGTERM):
        for arguments in (["read", "-r", "-", "-p", "%evt.num", "evt.num<100000"],
                          ["read", "-r", "-", "-j"],
                          ["info", "--top", "evt.type", "-o", "json", "-"]):
            _, whole, _ = run(arguments, data)
            with open(path, "wb") as out:
                process = start(arguments, out)
            process.stdin.write(data)
            process.stdin.flush()
            idle = wait_idle(process)
            process.send_signal(number)
            status, err = end_of(process)
            with open(path, "rb") as out:
                cases.check(idle and out.read() == whole != b"", "%s: %s" % (number, arguments))
            cases.equal((status, err), (0, b""), "%s: %s, exit" % (number, arguments))
    cases.end_group("SIGINT and SIGTERM while reading")


def check_reader_gone(cases, folder, data):
    """Who reads our output may leave: then SIGPIPE is the end, or an error."""
    path = os.path.join(folder, "in")
    with open(path, "wb") as file:
        file.write(data)
    process = subprocess.Popen([harness.EYAS, "read", path, path, path, path, path],
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                               env=harness.ENVIRONMENT)
    process.stdout.close()
    process.stderr.read()
    process.stderr.close()
    cases.check(process.wait() in (1, -signal.SIGPIPE), "the reader is gone", process.returncode)
    os.unlink(path)


def check_two_writers(cases, folder):
    """The second run is told that somebody writes the file; the first one's is what stays."""
    first, second = scap.sample_events(300), scap.sample_events(7, TS + 10 ** 15)
    out = os.path.join(folder, "out")
    process = start_record(out)
    data = scap.capture(first)
    process.stdin.write(data[:-30])
    process.stdin.flush()
    cases.check(wait_idle(process), "the first run waits for more input")
    status, _, err = run(["record", "-q", "-r", "-", "-w", out], scap.capture(second))
    cases.check(status == 1 and out.encode() in err and b"another process" in err,
                "the second run is refused", (status, err))
    cases.check(not os.path.exists(out), "an unfinished file does not have its name")
    _, err = process.communicate(data[-30:])
    cases.equal((process.returncode, err), (0, b""), "the first run")
    with open(out, "rb") as file:
        cases.equal(scap.events_of(file.read()), first, "what stays")
    cases.equal(os.listdir(folder), ["out"], "names")
    cases.end_group("two runs write one file")


def main():
    cases = harness.Cases()
    for check in (check_truncation, check_truncated_read, check_compressed, check_bomb,
                  check_every_field, check_wrong, check_names, check_large_block, check_many_enters,
                  check_state_limits, check_random, check_files, check_several, check_full,
                  check_closed, check_output_names, check_signals, check_signals_of_readers,
                  check_two_writers):
        harness.in_temp(lambda folder, check=check: check(cases, folder))
    cases.done()


main()
