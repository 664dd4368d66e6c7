# SPDX-License-Identifier: Apache-2.0
"""The capture format once more, independent of src/capture: tests read and build captures with it.

Reading is strict: what is not exactly as the format says raises FormatError. Building knows every
block version. Entries of lists are dictionaries with the field names of THREAD_FIELDS and the like;
events are Event objects whose parameters are byte strings (b"" = missing).
"""
import struct

SECTION = 0x0A0D0D0A
MAGIC = 0x1A2B3C4D
MACHINE = 0x201
THREADS = {1: 0x202, 2: 0x207, 3: 0x209, 4: 0x210, 5: 0x211, 6: 0x212, 7: 0x213, 8: 0x214,
           9: 0x215}
FDS = {1: 0x203, 2: 0x218}
IFACES = {1: 0x205, 2: 0x219}
USERS = {1: 0x206, 2: 0x220}
EVENT_V1, EVENT_FLAGS_V1 = 0x204, 0x208
EVENT_V2, EVENT_FLAGS_V2 = 0x216, 0x217
EVENT_LARGE, EVENT_FLAGS_LARGE = 0x221, 0x222
EVENT_BLOCKS = (EVENT_V1, EVENT_FLAGS_V1, EVENT_V2, EVENT_FLAGS_V2, EVENT_LARGE, EVENT_FLAGS_LARGE)

# What the first tools wrote, by today's number.
OLD_NUMBERS = {0x201: 0x8002ABCD, 0x202: 0x8000ABCD, 0x203: 0x8001ABCD, 0x204: 0x8010ABCD,
               0x205: 0x8011ABCD, 0x206: 0x8012ABCD, 0x207: 0x8013ABCD, 0x209: 0x8014ABCD}
NEW_NUMBERS = {old: new for new, old in OLD_NUMBERS.items()}

# Types whose lengths take four bytes: plugin, container JSON, async.
LARGE_TYPES = (322, 324, 402)
EVENT_TYPES = 454

NONE32 = 0xFFFFFFFF

# Process list: name, struct code or "s" for a string, first version, default.
THREAD_FIELDS = (
    ("tid", "Q", 1, 0), ("pid", "Q", 1, 0), ("ptid", "Q", 1, 0), ("sid", "q", 6, -1),
    ("vpgid", "q", 8, -1), ("comm", "s", 1, b""), ("exe", "s", 1, b""), ("exepath", "s", 7, b""),
    ("args", "s", 1, b""), ("cwd", "s", 1, b""), ("fdlimit", "Q", 1, 0), ("flags", "I", 1, 0),
    ("uid", "I", 1, 0), ("gid", "I", 1, 0), ("vmsize_kb", "I", 2, 0), ("vmrss_kb", "I", 2, 0),
    ("vmswap_kb", "I", 2, 0), ("pfmajor", "Q", 2, 0), ("pfminor", "Q", 2, 0), ("env", "s", 3, b""),
    ("vtid", "q", 4, -1), ("vpid", "q", 4, -1), ("cgroups", "s", 4, b""), ("root", "s", 5, b""),
)
# What version 9 may go on with, in this order; fields of one group come together.
THREAD_TAIL = (
    (("pidns_init_start_ts", "Q", 0), ("tty", "I", 0)),
    (("loginuid", "I", NONE32),),
    (("exe_writable", "B", 0),),
    (("cap_inheritable", "Q", 0), ("cap_permitted", "Q", 0), ("cap_effective", "Q", 0)),
    (("exe_upper_layer", "B", 0),),
    (("exe_ino", "Q", 0), ("exe_ino_ctime", "Q", 0), ("exe_ino_mtime", "Q", 0)),
    (("exe_from_memfd", "B", 0),),
    (("exe_lower_layer", "B", 0),),
    (("pgid", "q", -1),),
)
# Bytes behind the root of a writer older than libs 0.10: loginuid to capabilities.
PRE_0_10_TAIL = 29

FD_NAME_KINDS = (1, 2, 7, 9, 10, 11, 12, 13, 14, 15, 17, 18, 19, 20, 21)
FD_KINDS = tuple(range(1, 22))
SOCK_FIELDS = {3: (4, False), 4: (16, False), 5: (4, True), 6: (16, True)}


class FormatError(Exception):
    """The bytes are not a capture as the format describes it."""


class Event:
    """One event. Parameters are byte strings; version 1 and 2 differ only on disk."""

    def __init__(self, type_, params=(), ts=0, tid=0, cpu=0, flags=0, version=2):
        self.type = type_
        self.params = tuple(bytes(p) for p in params)
        self.ts = ts
        self.tid = tid
        self.cpu = cpu
        self.flags = flags
        self.version = version
        self.block = None
        self.extra = b""

    def key(self):
        """What makes two events the same, whatever they were stored as."""
        return (self.ts, self.tid, self.type, self.cpu, self.flags, self.params)

    def __eq__(self, other):
        return isinstance(other, Event) and self.key() == other.key()

    def __hash__(self):
        return hash(self.key())

    def __repr__(self):
        return "Event(%d, %r, ts=%d, tid=%d, cpu=%d, flags=%d)" % (
            self.type, self.params, self.ts, self.tid, self.cpu, self.flags)


class Section:
    """What lies between one section header and the next."""

    def __init__(self):
        self.machine = None
        self.ifaces, self.users, self.groups, self.threads = [], [], [], []
        self.fds = []  # (tid, [descriptor, ...]) in file order
        self.events = []
        self.unknown = []  # types of blocks that are none of these
        self.versions = set()  # of metadata blocks, by their number

    def meta(self):
        """All metadata, to compare with another section's."""
        return (self.machine, self.ifaces, self.users, self.groups, self.threads, self.fds)


# ---- reading ----


class Cursor:
    """Takes fields off bytes."""

    def __init__(self, data):
        self.data, self.at = data, 0

    def left(self):
        return len(self.data) - self.at

    def raw(self, size):
        if self.left() < size:
            raise FormatError("%d bytes wanted, %d left" % (size, self.left()))
        self.at += size
        return self.data[self.at - size:self.at]

    def take(self, code):
        if code == "s":
            return self.raw(self.take("H"))
        return struct.unpack("<" + code, self.raw(struct.calcsize("<" + code)))[0]


def blocks(data):
    """(offset, type, body with padding) of every block; checks lengths and trailers."""
    at = 0
    while at < len(data):
        if len(data) - at < 12:
            raise FormatError("block head cut at %d" % at)
        type_, total = struct.unpack_from("<II", data, at)
        if total < 12 or total % 4 or at + total > len(data):
            raise FormatError("block length %d at %d" % (total, at))
        if struct.unpack_from("<I", data, at + total - 4)[0] != total:
            raise FormatError("trailer of the block at %d" % at)
        yield at, type_, data[at + 8:at + total - 4]
        at += total


def block_offsets(data):
    """Where blocks begin."""
    return [at for at, _, _ in blocks(data)]


def read_event(type_, body):
    """The Event in the body of an event block."""
    cursor = Cursor(body)
    cpu = cursor.take("H")
    flags = cursor.take("I") if type_ in (EVENT_FLAGS_V1, EVENT_FLAGS_V2, EVENT_FLAGS_LARGE) else 0
    version = 1 if type_ in (EVENT_V1, EVENT_FLAGS_V1) else 2
    if version == 1:
        raise FormatError("an event v1 cannot be read without the tables")
    start = cursor.at
    ts, tid = cursor.take("Q"), cursor.take("Q")
    size, event, count = cursor.take("I"), cursor.take("H"), cursor.take("I")
    code = "I" if event in LARGE_TYPES else "H"
    lens = [cursor.take(code) for _ in range(count)]
    params = [cursor.raw(n) for n in lens]
    result = Event(event, params, ts, tid, cpu, flags, version)
    result.block = type_
    if cursor.at - start > size:
        raise FormatError("parameters reach beyond their event")
    result.extra = body[cursor.at:start + size]
    return result


def read_machine(body):
    cursor = Cursor(body)
    machine = {"num_cpus": cursor.take("I"), "memory_bytes": cursor.take("Q"),
               "max_pid": cursor.take("Q"), "hostname": cursor.raw(128).split(b"\0")[0],
               "boot_ts": cursor.take("Q"), "flags": cursor.take("Q"),
               "reserved": (cursor.take("Q"), cursor.take("Q"))}
    if cursor.left():
        raise FormatError("machine info of %d bytes" % len(body))
    return machine


def read_thread(cursor, version):
    """An entry of a process list; cursor holds just it from version 9 on."""
    thread = {name: default for name, _, _, default in THREAD_FIELDS}
    thread.update((name, default) for group in THREAD_TAIL for name, _, default in group)
    thread["tail"] = b""
    for name, code, since, _ in THREAD_FIELDS:
        if version >= since:
            thread[name] = cursor.take(code)
    if version < 9:
        return thread
    groups = THREAD_TAIL if cursor.left() > PRE_0_10_TAIL else THREAD_TAIL[1:]
    for group in groups:
        if cursor.left() < sum(struct.calcsize("<" + code) for _, code, _ in group):
            break
        for name, code, _ in group:
            thread[name] = cursor.take(code)
    thread["tail"] = cursor.raw(cursor.left())
    return thread


def read_fd(cursor, version):
    """An entry of a descriptor list."""
    entry = {"fd": cursor.take("q"), "ino": cursor.take("Q"), "kind": cursor.take("B")}
    kind = entry["kind"]
    if kind in SOCK_FIELDS:
        size, server = SOCK_FIELDS[kind]
        entry["src"] = cursor.raw(size)
        entry["dst"] = b"" if server else cursor.raw(size)
        entry["sport"] = cursor.take("H")
        entry["dport"] = 0 if server else cursor.take("H")
        entry["l4"] = cursor.take("B")
    elif kind == 8:
        entry["unix_src"], entry["unix_dst"] = cursor.take("Q"), cursor.take("Q")
        entry["name"] = cursor.take("s")
    elif kind == 16:
        entry["open_flags"], entry["name"] = cursor.take("I"), cursor.take("s")
        entry["dev"] = cursor.take("I") if version >= 2 and cursor.left() >= 4 else 0
    elif kind in FD_NAME_KINDS:
        entry["name"] = cursor.take("s")
    elif version < 2:
        raise FormatError("descriptor kind %d" % kind)
    entry["tail"] = cursor.raw(cursor.left()) if version >= 2 else b""
    return entry


def read_iface(cursor, _version):
    kind, name_len = cursor.take("H"), cursor.take("H")
    if kind not in (1, 2, 3, 4):
        raise FormatError("interface type %d" % kind)
    size = 4 if kind & 1 else 16
    iface = {"type": kind, "addr": cursor.raw(size), "mask": cursor.raw(size),
             "bcast": cursor.raw(size), "linkspeed": cursor.take("Q") if kind <= 2 else 0}
    iface["name"] = cursor.raw(name_len)
    return iface


def read_user(cursor, _version):
    """("user" or "group", entry)"""
    if cursor.take("B"):
        return "group", {"gid": cursor.take("I"), "name": cursor.take("s")}
    return "user", {"uid": cursor.take("I"), "gid": cursor.take("I"), "name": cursor.take("s"),
                    "home": cursor.take("s"), "shell": cursor.take("s")}


def read_list(cursor, version, sized_from, counts_itself, parse):
    """Entries until fewer than four bytes remain."""
    entries = []
    while cursor.left() >= 4:
        if version < sized_from:
            entries.append(parse(cursor, version))
            continue
        size = cursor.take("I") - (4 if counts_itself else 0)
        entries.append(parse(Cursor(cursor.raw(size)), version))
    return entries


def version_of(table, type_):
    """The version a block type stands for in one of THREADS, FDS, ...; None = it is not there."""
    for version, number in table.items():
        if number == NEW_NUMBERS.get(type_, type_):
            return version
    return None


def read_meta(section, type_, body):
    """Add a metadata block to its section; False = it is none."""
    cursor = Cursor(body)
    if NEW_NUMBERS.get(type_, type_) == MACHINE:
        section.machine = read_machine(body)
    elif version_of(THREADS, type_):
        section.threads += read_list(cursor, version_of(THREADS, type_), 9, True, read_thread)
    elif version_of(IFACES, type_):
        section.ifaces += read_list(cursor, version_of(IFACES, type_), 2, False, read_iface)
    elif version_of(FDS, type_):
        tid = cursor.take("Q")
        fds = read_list(cursor, version_of(FDS, type_), 2, True, read_fd)
        section.fds.append((tid, fds))
    elif version_of(USERS, type_):
        for kind, entry in read_list(cursor, version_of(USERS, type_), 2, True, read_user):
            (section.users if kind == "user" else section.groups).append(entry)
    else:
        return False
    section.versions.add(type_)
    return True


def read(data):
    """All sections of a capture."""
    sections = []
    for at, type_, body in blocks(data):
        if type_ == SECTION:
            if struct.unpack_from("<IH", body) != (MAGIC, 1):
                raise FormatError("section header at %d" % at)
            sections.append(Section())
        elif not sections:
            raise FormatError("does not begin with a section header")
        elif type_ in EVENT_BLOCKS:
            sections[-1].events.append(read_event(type_, body))
        elif not read_meta(sections[-1], type_, body):
            sections[-1].unknown.append(type_)
    return sections


def read_one(data):
    """The only section of a capture."""
    sections = read(data)
    if len(sections) != 1:
        raise FormatError("%d sections, expected one" % len(sections))
    return sections[0]


def events_of(data):
    """Events of all sections."""
    return [event for section in read(data) for event in section.events]


# ---- building ----


def block(type_, body):
    """A block with padding and trailer."""
    total = (8 + len(body) + 4 + 3) & ~3
    return struct.pack("<II", type_, total) + body + bytes(total - 12 - len(body)) + \
        struct.pack("<I", total)


def section(magic=MAGIC, major=1, minor=2, options=b""):
    return block(SECTION, struct.pack("<IHHQ", magic, major, minor, 2 ** 64 - 1) + options)


def string(value):
    return struct.pack("<H", len(value)) + value


def field(code, value):
    return string(value) if code == "s" else struct.pack("<" + code, value)


def machine(values, old=False):
    body = struct.pack("<IQQ", values["num_cpus"], values["memory_bytes"], values["max_pid"])
    body += values["hostname"].ljust(128, b"\0")
    body += struct.pack("<QQQQ", values["boot_ts"], values["flags"], *values["reserved"])
    return block(number(MACHINE, old), body)


def number(type_, old):
    """A block type, or the unofficial one that was written before it."""
    return OLD_NUMBERS[type_] if old else type_


def sized(body, counts_itself=True):
    return struct.pack("<I", len(body) + (4 if counts_itself else 0)) + body


def thread(values, version=9, tail_groups=len(THREAD_TAIL), pre_0_10=False, more=b""):
    """An entry; tail_groups of THREAD_TAIL follow, pre_0_10 leaves out the first of them."""
    body = b"".join(field(code, values[name]) for name, code, since, _ in THREAD_FIELDS
                    if version >= since)
    if version < 9:
        return body
    for group in THREAD_TAIL[1 if pre_0_10 else 0:tail_groups]:
        body += b"".join(field(code, values[name]) for name, code, _ in group)
    return sized(body + more)


def threads(values, version=9, old=False, **tail):
    return block(number(THREADS[version], old),
                 b"".join(thread(value, version, **tail) for value in values))


def fd(values, version=2, more=b""):
    """An entry of a descriptor list. A key "dev" that is None leaves the device out."""
    body = struct.pack("<qQB", values["fd"], values["ino"], values["kind"])
    kind = values["kind"]
    if kind in SOCK_FIELDS:
        server = SOCK_FIELDS[kind][1]
        body += values["src"] + (b"" if server else values["dst"])
        body += struct.pack("<H", values["sport"])
        body += b"" if server else struct.pack("<H", values["dport"])
        body += struct.pack("<B", values["l4"])
    elif kind == 8:
        body += struct.pack("<QQ", values["unix_src"], values["unix_dst"]) + string(values["name"])
    elif kind == 16:
        body += struct.pack("<I", values["open_flags"]) + string(values["name"])
        if version >= 2 and values["dev"] is not None:
            body += struct.pack("<I", values["dev"])
    elif kind in FD_NAME_KINDS:
        body += string(values["name"])
    return sized(body + more) if version >= 2 else body


def fds(tid, values, version=2, old=False, more=b""):
    return block(number(FDS[version], old),
                 struct.pack("<Q", tid) + b"".join(fd(value, version, more) for value in values))


def iface(values, version=2, more=b""):
    body = struct.pack("<HH", values["type"], len(values["name"]))
    body += values["addr"] + values["mask"] + values["bcast"]
    if values["type"] <= 2:
        body += struct.pack("<Q", values["linkspeed"])
    body += values["name"] + more
    return sized(body, False) if version >= 2 else body


def ifaces(values, version=2, old=False, more=b""):
    return block(number(IFACES[version], old),
                 b"".join(iface(value, version, more) for value in values))


def user(values, version=2, more=b""):
    body = struct.pack("<BII", 0, values["uid"], values["gid"])
    body += string(values["name"]) + string(values["home"]) + string(values["shell"]) + more
    return sized(body) if version >= 2 else body


def group(values, version=2, more=b""):
    body = struct.pack("<BI", 1, values["gid"]) + string(values["name"]) + more
    return sized(body) if version >= 2 else body


def users(user_values, group_values, version=2, old=False, more=b""):
    return block(number(USERS[version], old),
                 b"".join(user(value, version, more) for value in user_values) +
                 b"".join(group(value, version, more) for value in group_values))


def event_bytes(event, nparams=None):
    """An event without its block; nparams is what the header says instead of the truth."""
    lens = b"".join(struct.pack("<I" if event.type in LARGE_TYPES else "<H", len(param))
                    for param in event.params)
    if event.version == 1:
        lens = b"".join(struct.pack("<H", len(param)) for param in event.params)
    size = (22 if event.version == 1 else 26) + len(lens) + sum(map(len, event.params))
    head = struct.pack("<QQIH", event.ts, event.tid, size, event.type)
    if event.version != 1:
        head += struct.pack("<I", len(event.params) if nparams is None else nparams)
    return head + lens + b"".join(event.params)


def event_block(event):
    """The block type an event is written as."""
    if event.version == 1:
        return EVENT_FLAGS_V1 if event.flags else EVENT_V1
    if event.type in LARGE_TYPES:
        return EVENT_FLAGS_LARGE if event.flags else EVENT_LARGE
    return EVENT_FLAGS_V2 if event.flags else EVENT_V2


def event(value, type_=None, old=False, tail=b""):
    """An event in its block, tail behind it."""
    type_ = event_block(value) if type_ is None else type_
    body = struct.pack("<H", value.cpu)
    if type_ in (EVENT_FLAGS_V1, EVENT_FLAGS_V2, EVENT_FLAGS_LARGE):
        body += struct.pack("<I", value.flags)
    return block(number(type_, old), body + event_bytes(value) + tail)


def capture(events, *meta):
    """A whole capture: section header, blocks of metadata, events."""
    return section() + b"".join(meta) + b"".join(event(value) for value in events)


# ---- values to build from ----


def sample_machine():
    return {"num_cpus": 4, "memory_bytes": 8 << 30, "max_pid": 4194304, "hostname": b"testhost",
            "boot_ts": 1700000000 * 10 ** 9, "flags": 0, "reserved": (0, 0)}


def sample_thread(tid, **values):
    """A thread whose every field has a value of its own."""
    entry = {"tid": tid, "pid": tid, "ptid": 1, "sid": tid + 1, "vpgid": tid + 2,
             "comm": b"comm%d" % tid, "exe": b"exe%d" % tid, "exepath": b"/bin/exe%d" % tid,
             "args": b"-a\0-b\0", "cwd": b"/home/me/", "fdlimit": 1024, "flags": 0x10, "uid": 1000,
             "gid": 1001, "vmsize_kb": 11, "vmrss_kb": 12, "vmswap_kb": 13, "pfmajor": 14,
             "pfminor": 15, "env": b"A=1\0B=2\0", "vtid": tid + 3, "vpid": tid + 4,
             "cgroups": b"cpu=/a\0memory=/b\0", "root": b"/", "pidns_init_start_ts": 16, "tty": 17,
             "loginuid": 18, "exe_writable": 1, "cap_inheritable": 19, "cap_permitted": 20,
             "cap_effective": 21, "exe_upper_layer": 1, "exe_ino": 22, "exe_ino_ctime": 23,
             "exe_ino_mtime": 24, "exe_from_memfd": 1, "exe_lower_layer": 1, "pgid": tid + 5,
             "tail": b""}
    entry.update(values)
    return entry


def sample_fd(number_, kind):
    """A descriptor of a kind, every field of which has a value of its own."""
    entry = {"fd": number_, "ino": 1000 + number_, "kind": kind}
    if kind in SOCK_FIELDS:
        size, server = SOCK_FIELDS[kind]
        entry.update(src=bytes(range(1, 1 + size)), sport=4000 + number_, l4=2)
        entry.update(dst=b"" if server else bytes(range(31, 31 + size)))
        entry.update(dport=0 if server else 443)
    elif kind == 8:
        entry.update(unix_src=0xFFFF888000000000 + number_, unix_dst=0xFFFF888000001000,
                     name=b"/run/sock%d" % number_)
    elif kind == 16:
        entry.update(open_flags=0x1003, name=b"/etc/file%d" % number_, dev=0x800001)
    elif kind in FD_NAME_KINDS:
        entry["name"] = b"name%d" % number_
    entry["tail"] = b""
    return entry


def sample_ifaces(types=(1, 2)):
    result = []
    for kind in types:
        size = 4 if kind & 1 else 16
        result.append({"type": kind, "addr": bytes(range(size)), "mask": b"\xff" * size,
                       "bcast": bytes(range(100, 100 + size)), "linkspeed": 7 if kind <= 2 else 0,
                       "name": b"eth%d" % kind})
    return result


def sample_users():
    return ([{"uid": 0, "gid": 0, "name": b"root", "home": b"/root", "shell": b"/bin/sh"},
             {"uid": 1000, "gid": 1001, "name": b"me", "home": b"/home/me", "shell": b""}],
            [{"gid": 0, "name": b"root"}, {"gid": 1001, "name": b"users"}])


def sample_meta():
    """Metadata blocks of today's versions: machine, interfaces, users, two threads, their fds."""
    user_values, group_values = sample_users()
    return [machine(sample_machine()), ifaces(sample_ifaces()), users(user_values, group_values),
            threads([sample_thread(100), sample_thread(200)]),
            fds(100, [sample_fd(i, kind) for i, kind in enumerate(FD_KINDS)]), fds(200, [])]


def s64(value):
    return struct.pack("<q", value)


def u32(value):
    return struct.pack("<I", value)


def cstr(value):
    return value + b"\0"


def sample_events(count, start_ts=1700000001 * 10 ** 9, step=1000000, tids=(100, 200)):
    """Current events of several types, shapes and threads."""
    makers = (
        lambda i: (5, (s64(0), s64(i))),
        lambda i: (7, (s64(i % 50), b"x" * (i % 50), s64(3), u32(i % 50 + 1))),
        lambda i: (3, (s64(3), cstr(b"/tmp/file%d" % i), u32(0x41), u32(0o644), u32(1),
                       struct.pack("<Q", i))),
        lambda i: (9, (s64(-9), b"", s64(-1), u32(0))),
        lambda i: (402, (u32(0), cstr(b"alert"), b"data%d" % i)),
        lambda i: (1, (struct.pack("<H", 3), struct.pack("<H", 100 + i % 100))),
    )
    result = []
    for i in range(count):
        type_, params = makers[i % len(makers)](i)
        result.append(Event(type_, params, start_ts + i * step, tids[i % len(tids)], i % 4))
    return result


# ---- whole captures, changed ----

# Where the time of an event stands in its block.
EVENT_TIME_AT = {EVENT_V1: 10, EVENT_FLAGS_V1: 14, EVENT_V2: 10, EVENT_FLAGS_V2: 14,
                 EVENT_LARGE: 10, EVENT_FLAGS_LARGE: 14}


def event_times(data):
    """(offset, end, ns since 1970) of every event block; the time 0 if there is none."""
    result = []
    for at, type_, body in blocks(data):
        if type_ in EVENT_BLOCKS:
            ts, = struct.unpack_from("<Q", data, at + EVENT_TIME_AT[type_])
            result.append((at, at + 12 + len(body), ts if ts < 1 << 63 else 0))
    return result


def repeat(data, times):
    """The events several times, one round after the other in time."""
    events = event_times(data)
    known = [ts for _, _, ts in events if ts]
    step = max(known) - min(known) + 10 ** 6
    out = bytearray(b"".join(data[at:at + 12 + len(body)] for at, type_, body in blocks(data)
                             if type_ not in EVENT_BLOCKS))
    for round_ in range(times):
        for at, end, ts in events:
            block_ = bytearray(data[at:end])
            if ts:
                type_, = struct.unpack_from("<I", block_)
                struct.pack_into("<Q", block_, EVENT_TIME_AT[type_], ts + round_ * step)
            out += block_
    return bytes(out)
