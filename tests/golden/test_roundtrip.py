#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What `eyas record` writes is what it read: whole, cut, joined, merged, compressed, rotated.

Runs on captures built with tests/lib/scap.py, and on the outside captures where there are any.
"""
import json
import os
import shutil
import struct
import subprocess
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import harness  # noqa: E402
import scap  # noqa: E402

SECOND = 10 ** 9
# 2023-11-14 22:13:21 UTC, the zone that the command runs in.
START = 1700000001 * SECOND
MODIFIES_STATE = (3, 5)  # open and close exits, among the types of sample_events()
TOOLS = {"gzip": (["gzip", "-c"], "gzip"), "zstd": (["zstd", "-q", "-c"], "zstd"),
         "lz4": (["lz4", "-q", "-c"], "lz4")}


def record(cases, args, what, input_=None):
    """`eyas record` that must succeed; its standard output."""
    status, out, err = harness.run_eyas(["record", "-q"] + args, input_)
    cases.check(status == 0 and not err, what, (status, err[:300]))
    return out


def write(folder, name, data):
    path = os.path.join(folder, name)
    with open(path, "wb") as out:
        out.write(data)
    return path


def load(path):
    with open(path, "rb") as data:
        return data.read()


def events_from(cases, args, what, input_=None):
    """Events of the capture that `eyas record ... -w -` makes."""
    return scap.events_of(record(cases, args + ["-w", "-"], what, input_))


def sample(count=240, start=START, step=SECOND // 20, tids=(100, 200)):
    """A capture of twelve seconds and its events."""
    events = scap.sample_events(count, start, step, tids)
    return scap.capture(events, *scap.sample_meta()), events


def counted(path):
    """`info` without what depends on the file's name and size."""
    _, got, _ = harness.info([path])
    return {key: value for key, value in got.items()
            if key not in ("file", "bytes", "bytes_plain", "compression", "blocks")}


def inputs(folder):
    """(name, path) of all captures to go through."""
    data, _ = sample()
    result = [("sample", write(folder, "sample.scap", data))]
    result.append(("no events", write(folder, "empty.scap", scap.capture([], *scap.sample_meta()))))
    result.append(("header only", write(folder, "header.scap", scap.section())))
    result.append(("two sections", write(folder, "two.scap", data + data)))
    return result + [(name, harness.capture_path(name)) for name in harness.captures()]


# ---- the same again ----


def check_fixpoint(cases, folder):
    """record -> record is byte-identical; nothing is lost by the first one either."""
    for name, path in inputs(folder):
        first, second = os.path.join(folder, "first"), os.path.join(folder, "second")
        record(cases, ["-r", path, "-w", first], name + ": first")
        record(cases, ["-r", first, "-w", second], name + ": second")
        cases.check(load(first) == load(second), name + ": record of a record differs")
        before, after = counted(path), counted(first)
        for key in ("events", "state_events", "by_type", "by_process", "machine", "state",
                    "first_ts", "last_ts", "sections"):
            cases.equal(after[key], before[key], "%s: %s" % (name, key))
        reads = [harness.run_eyas(["read", "--all", file])[1:] for file in (path, first)]
        # procexit has parameters today that old files lack: they are there, and missing.
        if name in ("sample", "no events", "header only", "two sections", "newest-schema"):
            cases.check(reads[0] == reads[1], name + ": events read")
    cases.end_group("record of a record")


def check_sample(cases, folder):
    """The built capture comes out as it went in, metadata included."""
    data, events = sample()
    path = write(folder, "in", data)
    out = record(cases, ["-r", path, "-w", "-"], "sample")
    got, expected = scap.read_one(out), scap.read_one(data)
    cases.equal(got.events, events, "sample: events")
    cases.equal(got.meta(), expected.meta(), "sample: metadata")
    cases.check(out == data, "sample: bytes")
    cases.end_group("a capture of today's format is copied byte by byte")


# ---- compression ----


def check_compression(cases, folder):
    data, events = sample()
    plain = write(folder, "plain", data)
    for tool, (command, name) in TOOLS.items():
        if not shutil.which(tool):
            cases.skip("compression by %s: not installed" % tool)
            continue
        packed = subprocess.run(command, input=data, stdout=subprocess.PIPE, check=True).stdout
        path = write(folder, tool, packed)
        _, got, _ = harness.info([path])
        cases.equal((got["compression"], got["bytes"], got["bytes_plain"]),
                    (name, len(packed), len(data)), tool + ": info")
        cases.equal(counted(path), counted(plain), tool + ": counts")
        cases.check(record(cases, ["-r", path, "-w", "-"], tool) == data, tool + ": record")
        cases.check(record(cases, ["-r", "-", "-w", "-"], tool, packed) == data, tool + ": pipe")
        # Frames may follow each other, and sections within them.
        twice = record(cases, ["-r", "-", "-w", "-"], tool + " twice", packed + packed)
        cases.equal(len(scap.events_of(twice)), 2 * len(events), tool + ": two frames")
    for name in ("gzip", "zstd"):
        for level in ([], ["--level", "1"], ["--level", "9"]):
            what = "--compress %s %s" % (name, " ".join(level))
            out = record(cases, ["-r", plain, "-w", "-", "--compress", name] + level, what)
            cases.check(len(out) < len(data), what + ": smaller")
            cases.check(record(cases, ["-r", "-", "-w", "-"], what, out) == data, what + ": back")
            if shutil.which(name):
                back = subprocess.run([name, "-d", "-c"], input=out, stdout=subprocess.PIPE,
                                      check=False)
                cases.check(back.returncode == 0 and back.stdout == data, what + ": its tool")
    out = record(cases, ["-r", plain, "-w", "-", "-z"], "-z")
    cases.equal(out[:2], b"\x1f\x8b", "-z is gzip")
    cases.end_group("compression")


def check_pipe(cases, folder):
    data, events = sample()
    path = write(folder, "in", data)
    for feed in (1, 7, 4096):
        process = subprocess.Popen([harness.EYAS, "record", "-q", "-r", "-", "-w", "-"],
                                   stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                   env=harness.ENVIRONMENT)
        head = data[:600]
        for at in range(0, len(head), feed):
            process.stdin.write(head[at:at + feed])
            process.stdin.flush()
        out, _ = process.communicate(data[600:])
        cases.check(process.returncode == 0 and out == data, "pipe in pieces of %d" % feed)
    reads = [harness.run_eyas(["read", "-r", "-"], data), harness.run_eyas(["read", path])]
    cases.equal(reads[0], reads[1], "read of a pipe")
    cases.equal(len(reads[0][1].splitlines()), len(events), "lines of a pipe")
    _, got, _ = harness.info(["-r", "-"], data)
    cases.equal(got["events"], len(events), "info of a pipe")
    cases.end_group("pipes")


# ---- several inputs ----


def check_concatenation(cases, folder):
    one, first = sample(50)
    two, second = sample(70, START + 100 * SECOND)
    paths = [write(folder, "one", one), write(folder, "two", two)]
    joined = write(folder, "joined", one + two)
    cases.equal(events_from(cases, ["-r", joined], "cat a b"), first + second, "cat a b")
    several = ["-r", paths[0], "-r", paths[1]]
    out = record(cases, several + ["-w", "-"], "-r a -r b")
    cases.check(out == one + two, "-r a -r b: a section each")
    cases.equal(events_from(cases, paths, "words"), first + second, "captures as words")
    _, got, _ = harness.info(several[:2])
    cases.equal(got["events"], 50, "info of one")
    status, out, _ = harness.run_eyas(["info", "-o", "json"] + several)
    rows = [json.loads(line) for line in out.decode().splitlines()]
    cases.equal((status, [row["events"] for row in rows]), (0, [50, 70]), "info of several")
    # The first event numbers are those of the first file, and go on in the second.
    _, out, _ = harness.run_eyas(["read"] + several)
    numbers = [int(line.split(b" ", 1)[0]) for line in out.splitlines()]
    cases.equal(numbers, list(range(1, 121)), "read of several: numbers")
    cases.end_group("concatenation and several inputs")


def check_merge(cases, folder):
    """By time; the order of the command line decides between equal times, and within a file the
    order of the file stands even where its times step back."""
    _, a = sample(40, START, 3000, (1, 2))
    _, b = sample(60, START + 1000, 2000, (3, 4))
    _, c = sample(30, START, 3000, (5, 6))
    paths = [write(folder, name, scap.capture(events, *meta)) for name, events, meta in
             (("a", a, scap.sample_meta()), ("b", b, ()), ("c", c, ()))]
    for order in ((0, 1, 2), (2, 1, 0), (1, 0, 2)):
        args = ["--merge"] + [word for i in order for word in ("-r", paths[i])]
        lists = [(a, b, c)[i] for i in order]
        expected = sorted((e for events in lists for e in events), key=lambda e: e.ts)
        out = record(cases, args + ["-w", "-"], "merge")
        cases.equal(scap.events_of(out), expected, "merge in order %r" % (order,))
        cases.equal(len(scap.read(out)), 1, "merge: sections")
    _, got, _ = harness.info(["--merge"] + paths)
    cases.equal((got["events"], got["first_ts"], got["last_ts"]),
                (130, START, max(e.ts for e in a + b + c)), "info --merge")
    back = [scap.Event(5, (scap.s64(0), scap.s64(i)), START + ts, 9)
            for i, ts in enumerate((10, 5, 20))]
    other = [scap.Event(5, (scap.s64(0), scap.s64(9)), START + 7, 8)]
    args = ["--merge", write(folder, "d", scap.capture(back)),
            write(folder, "e", scap.capture(other))]
    cases.equal(events_from(cases, args, "steps back"), [other[0]] + back, "time steps back")
    cases.end_group("--merge")


# ---- parts ----


def check_range(cases, folder):
    """--from and --to in every form; both ends belong to the range."""
    data, events = sample()
    path = write(folder, "in", data)

    def between(low, high):
        return [e for e in events if low <= e.ts <= high]

    forms = (
        (["--from", "100"], events[99:]),
        (["--to", "100"], events[:100]),
        (["--from", "100", "--to", "100"], events[99:100]),
        (["--from", "10000"], []),
        (["--from", "1", "--to", "0"], []),
        (["--from", "+2"], between(START + 2 * SECOND, 2 ** 63)),
        (["--from", "+2.5", "--to", "+2.5"], between(START + 5 * SECOND // 2,
                                                     START + 5 * SECOND // 2)),
        (["--from", "+0.049999999", "--to", "+0.05"], events[1:2]),
        (["--from", "@1700000004"], between(START + 3 * SECOND, 2 ** 63)),
        (["--to", "@1700000004.1"], between(0, START + 3 * SECOND + SECOND // 10)),
        (["--from", "22:13:23", "--to", "22:13:25.05"],
         between(START + 2 * SECOND, START + 4 * SECOND + SECOND // 20)),
        (["--from", "2023-11-14T22:13:23Z"], between(START + 2 * SECOND, 2 ** 63)),
        (["--from", "2023-11-14T22:13:23", "--to", "2023-11-14T22:13:24.000000001"],
         between(START + 2 * SECOND, START + 3 * SECOND + 1)),
        (["--from", "2023-11-14 22:13:23.5", "--to", "150"],
         [e for e in events[:150] if e.ts >= START + 5 * SECOND // 2]),
        (["--from", "2024-01-01T00:00:00Z"], []),
    )
    for args, expected in forms:
        cases.equal(events_from(cases, args + ["-r", path], " ".join(args)), expected,
                    " ".join(args))
        _, out, _ = harness.run_eyas(["read"] + args + [path])
        numbers = [int(line.split(b" ", 1)[0]) for line in out.splitlines()]
        cases.equal(numbers, [events.index(e) + 1 for e in expected], "read " + " ".join(args))
    for bad in ("", "x", "-1", "+", "@", "+1x", "25:00:00", "2023-13-01T00:00:00", "1:2", "12:00",
                "2023-11-14", "99999999999999999999", "@99999999999999999999"):
        status, _, err = harness.run_eyas(["read", "--from", bad, path])
        cases.check(status in (1, 2) and b"expected an event number" in err,
                    "--from %r is refused" % bad, (status, err))
    check_range_metadata(cases, path)
    cases.end_group("--from, --to")


def check_range_metadata(cases, path):
    """A part begins with the state of its first event."""
    whole = scap.read_one(load(path))
    for first in (1, 2, 3, 44, 101, len(whole.events)):
        part = scap.read_one(record(cases, ["-r", path, "-w", "-", "--from", str(first)], "part"))
        check_head(cases, part, whole, first - 1, "part from %d" % first)


def check_count(cases, folder):
    data, events = sample()
    path = write(folder, "in", data)
    for n in (1, 7, len(events), len(events) + 1):
        cases.equal(events_from(cases, ["-n", str(n), path], "-n"), events[:n], "-n %d" % n)
    cases.equal(events_from(cases, ["-n", "5", "--from", "+1", path], "-n --from"),
                events[20:25], "-n 5 --from +1")
    for bad in ("0", "-1", "x", ""):
        status, _, _ = harness.run_eyas(["read", "-n", bad, path])
        cases.equal(status, 2, "-n %r" % bad)
    cases.end_group("-n")


def check_fatfile(cases, folder):
    """Events before the range that change state are kept, hidden; hidden ones stay hidden."""
    data, events = sample()
    path = write(folder, "in", data)
    fat = record(cases, ["--fatfile", "--from", "101", "-r", path, "-w", "-"], "--fatfile")
    got = scap.events_of(fat)
    before = [e for e in events[:100] if e.type in MODIFIES_STATE]
    cases.equal([e.flags for e in got], [1] * len(before) + [0] * (len(events) - 100), "--fatfile: flags")
    cases.equal([e.params for e in got], [e.params for e in before + events[100:]], "--fatfile: events")
    _, out, _ = harness.run_eyas(["read", "-r", "-"], fat)
    cases.equal(len(out.splitlines()), len(events) - 100, "--fatfile: shown by read")
    _, out, _ = harness.run_eyas(["read", "--all", "-r", "-"], fat)
    cases.equal(len(out.splitlines()), len(got), "--fatfile: shown by read --all")
    again = record(cases, ["-r", "-", "-w", "-"], "--fatfile again", fat)
    cases.check(again == fat, "--fatfile: hidden events stay hidden")
    _, counts, _ = harness.info(["-r", "-"], fat)
    cases.equal((counts["events"], counts["state_events"]), (len(events) - 100, len(before)),
                "--fatfile: info")
    cases.end_group("--fatfile")


# ---- state at the beginning of a file ----


OPEN, CLOSE, CLONE, PROCEXIT, CHDIR = 3, 5, 223, 186, 95


def initial_state(section):
    """tid -> its entry with "fds", number -> entry; as the metadata of a capture has it."""
    fds = dict(section.fds)
    return {entry["tid"]: dict(entry, fds={fd["fd"]: fd for fd in fds.get(entry["tid"], [])})
            for entry in section.threads}


def param(event, index, code):
    return struct.unpack("<" + code, event.params[index])[0]


def model_open(state, event):
    number = param(event, 0, "q")
    dev, ino = param(event, 4, "I"), param(event, 5, "Q")
    flags = param(event, 2, "I")
    state[event.tid]["fds"][number] = {
        "fd": number, "ino": ino, "kind": 16, "open_flags": flags,
        "name": event.params[1].rstrip(b"\0"), "dev": dev, "tail": b""}


def model_end(state, event):
    """What an event ends: what it ends is there while the event is looked at."""
    if event.type == CLOSE and param(event, 0, "q") == 0:
        state[event.tid]["fds"].pop(param(event, 1, "q"), None)
    elif event.type == PROCEXIT:
        state.pop(event.tid)


def model_state(section, events):
    """The state in which the last of the events is looked at: a model of a few types of events."""
    state = initial_state(section)
    for index, event in enumerate(events):
        if event.type == OPEN:
            model_open(state, event)
        if index + 1 < len(events):
            model_end(state, event)
    return state


def normal_fd(entry):
    """Files are written with what only the newer of their two kinds has."""
    return dict(entry, kind=16, open_flags=0, dev=0) if entry["kind"] == 1 else entry


def normal(state):
    """Entries as they are written: a directory has no slash at its end."""
    return {tid: dict(entry, cwd=entry["cwd"].rstrip(b"/"),
                      fds={number: normal_fd(fd) for number, fd in entry["fds"].items()})
            for tid, entry in state.items()}


def check_head(cases, section, whole, first, what):
    """A file whose first event is that of index first in the whole begins with the state then."""
    for name in ("machine", "ifaces", "users", "groups"):
        cases.equal(getattr(section, name), getattr(whole, name), "%s: %s" % (what, name))
    got = normal(initial_state(section))
    expected = normal(model_state(whole, whole.events[:first + 1]))
    cases.equal(sorted(got), sorted(expected), what + ": threads")
    for tid in set(got) & set(expected):
        cases.equal(sorted(got[tid]["fds"].items()), sorted(expected[tid]["fds"].items()),
                    "%s: descriptors of %d" % (what, tid))
        cases.equal(got[tid], expected[tid], "%s: thread %d" % (what, tid))


# ---- rotation ----


def rotate(cases, path, folder, options, name="out"):
    """Files of a rotation by name, in the order of their events."""
    shutil.rmtree(folder, ignore_errors=True)
    os.mkdir(folder)
    record(cases, ["-r", path, "-w", os.path.join(folder, name)] + options, " ".join(options))
    files = {file: load(os.path.join(folder, file)) for file in os.listdir(folder)}
    sections = {file: scap.read_one(data) for file, data in files.items()}
    order = sorted(files, key=lambda file: [e.ts for e in sections[file].events[:1]])
    return [(file, sections[file], files[file]) for file in order]


def check_files(cases, files, whole, what, skipped=0):
    """Together they hold the events behind those skipped, and each stands alone."""
    events = [e for _, section, _ in files for e in section.events]
    cases.equal(events, whole.events[skipped:], what + ": union")
    if not skipped:
        cases.equal(files[0][1].meta(), whole.meta(), what + ": metadata of the first")
    first = skipped
    for file, section, _ in files:
        check_head(cases, section, whole, first, "%s: %s" % (what, file))
        cases.check(section.events, "%s: %s has events" % (what, file))
        first += len(section.events)


def check_rotation(cases, folder):
    data, events = sample()
    path, out = write(folder, "in", data), os.path.join(folder, "out")
    whole = scap.read_one(data)
    files = rotate(cases, path, out, ["-e", "50"])
    check_files(cases, files, whole, "-e 50")
    cases.equal([(file, len(s.events)) for file, s, _ in files],
                [("out0", 50), ("out1", 50), ("out2", 50), ("out3", 50), ("out4", 40)], "-e 50")
    files = rotate(cases, path, out, ["-G", "5"])
    check_files(cases, files, whole, "-G 5")
    cases.equal([(file, len(s.events)) for file, s, _ in files],
                [("out0", 100), ("out1", 100), ("out2", 40)], "-G 5")
    files = rotate(cases, path, out, ["-G", "5"], "at-%H%M%S")
    check_files(cases, files, whole, "-G 5 by time")
    cases.equal([file for file, _, _ in files], ["at-221321", "at-221326", "at-221331"],
                "-G 5: names by time")
    files = rotate(cases, path, out, ["-e", "1"])
    check_files(cases, files, whole, "-e 1")
    cases.equal(len(files), len(events), "-e 1: files")
    cases.end_group("rotation by events and seconds")


def check_rotation_size(cases, folder):
    events = [scap.Event(402, (scap.u32(0), b"n\0", b"d" * 100000), START + i, 1)
              for i in range(60)]
    data = scap.capture(events, *scap.sample_meta())
    path, out = write(folder, "in", data), os.path.join(folder, "out")
    files = rotate(cases, path, out, ["-C", "1"])
    check_files(cases, files, scap.read_one(data), "-C 1")
    cases.check(all(len(data) <= 10 ** 6 for _, _, data in files), "-C 1: sizes",
                [len(data) for _, _, data in files])
    cases.check(all(len(data) > 880000 for _, _, data in files[:-1]), "-C 1: full", len(files))
    big = [scap.Event(402, (scap.u32(0), b"n\0", b"d" * 1500000), START + i, 1) for i in range(3)]
    files = rotate(cases, write(folder, "big", scap.capture(big)), out, ["-C", "1"])
    cases.equal([len(s.events) for _, s, _ in files], [1, 1, 1], "-C 1: one event is larger")
    cases.end_group("rotation by size")


def check_ring(cases, folder):
    data, events = sample()
    path, out = write(folder, "in", data), os.path.join(folder, "out")
    files = rotate(cases, path, out, ["-e", "20", "-W", "3"])
    check_files(cases, files, scap.read_one(data), "-e 20 -W 3", len(events) - 60)
    cases.equal(sorted(file for file, _, _ in files), ["out0", "out1", "out2"], "-W 3: names")
    files = rotate(cases, path, out, ["-e", "20", "-W", "11"])
    cases.equal(sorted(file for file, _, _ in files), ["out%02d" % i for i in range(11)],
                "-W 11: names sort")
    for bad in (["-W", "3"], ["-e", "0"], ["-C", "x"], ["-G", "-1"], ["-W", "0", "-e", "1"]):
        status, _, _ = harness.run_eyas(["record", "-r", path, "-w",
                                         os.path.join(folder, "bad")] + bad)
        cases.equal((status, os.path.exists(os.path.join(folder, "bad"))), (2, False),
                    "refused: " + " ".join(bad))
    status, _, _ = harness.run_eyas(["record", "-r", path, "-w", "-", "-e", "5"])
    cases.equal(status, 2, "rotation of standard output is refused")
    cases.end_group("ring of files")


# What a reader of a file sees of processes and descriptors. What a capture has no place for is not
# among it: close-on-exec of pipes and sockets, the devices of directories.
SEEN = """
    evt.rawtime evt.cpu evt.type evt.args thread.tid thread.vtid thread.cgroups
    proc.pid proc.ppid proc.name proc.exe proc.exepath proc.cmdline proc.env proc.cwd proc.pname
    proc.aname[2] proc.sid proc.vpgid proc.vpid proc.tty proc.fdlimit proc.nthreads
    user.uid user.name user.loginuid group.gid container.id
    fd.num fd.type fd.name fd.ino fd.l4proto fd.cip fd.cport fd.sip fd.sport fd.is_server
    fd.connected fdlist.names
""".split()


def seen(data):
    """A record for every shown event of a capture: the values of SEEN."""
    layout = "*\x1e" + "\x1f".join("%" + field for field in SEEN)
    _, out, _ = harness.run_eyas(["read", "--escape", "never", "-p", layout, "-r", "-"], data)
    return out.split(b"\x1e")[1:]


# By event, a field and what the piece has: of a socket that was found bound nobody knows that it is
# a server until it accepts; one with a peer is taken for connected.
LOST = {b"listen": ("fd.sip", b"<NA>"), b"recvfrom": ("fd.connected", b"true")}


def different(event, other):
    """The fields of two records that should be the same and are not."""
    values, others = event.split(b"\x1f"), other.split(b"\x1f")
    lost = LOST.get(values[SEEN.index("evt.type")])
    return ["%s: %r, in the whole %r" % row for row in zip(SEEN, values, others)
            if row[1] != row[2] and row[:2] != lost]


def check_seen(cases, pieces, whole, what):
    """The pieces of a capture read like the whole."""
    got = [event for data in pieces for event in seen(data)]
    expected = seen(whole)[-len(got):] if got else []
    cases.equal(len(got), len(expected), what + ": events")
    for event, other in zip(got, expected):
        rows = different(event, other)
        cases.check(not rows, what + ": event seen", rows)


def process_events():
    """A shell with a child that opens, changes its directory, and exits."""
    def clone(res, pid, ptid, tid, ts):
        values = [scap.s64(res), scap.cstr(b"sh"), scap.cstr(b"-c"), scap.s64(tid), scap.s64(pid),
                  scap.s64(ptid), b"\0", scap.s64(1024), struct.pack("<Q", 0),
                  struct.pack("<Q", 0), scap.u32(1), scap.u32(2), scap.u32(3), scap.cstr(b"sh"),
                  scap.cstr(b"cpu=/"), scap.u32(0), scap.u32(1000), scap.u32(1001),
                  scap.s64(tid), scap.s64(pid), struct.pack("<Q", 0)]
        return scap.Event(CLONE, values, ts, tid)

    def opened(fd, name, tid, ts):
        return scap.Event(OPEN, (scap.s64(fd), scap.cstr(name), scap.u32(1), scap.u32(0),
                                 scap.u32(1), struct.pack("<Q", fd)), ts, tid)

    def chdir(name, tid, ts):
        return scap.Event(CHDIR, (scap.s64(0), scap.cstr(name)), ts, tid)

    def closed(fd, tid, ts):
        return scap.Event(CLOSE, (scap.s64(0), scap.s64(fd)), ts, tid)

    makers = (
        lambda ts: opened(40, b"a", 100, ts),
        lambda ts: clone(300, 100, 1, 100, ts),
        lambda ts: closed(40, 100, ts),
        lambda ts: clone(0, 300, 100, 300, ts),
        lambda ts: chdir(b"sub", 300, ts),
        lambda ts: opened(41, b"b", 300, ts),
        lambda ts: chdir(b"../other", 300, ts),
        lambda ts: closed(40, 300, ts),
        lambda ts: opened(42, b"c", 300, ts),
        lambda ts: closed(42, 300, ts),
        lambda ts: scap.Event(PROCEXIT, [scap.s64(0)] * 2 + [b"\0", b"\0", scap.s64(0)], ts, 300),
        lambda ts: opened(43, b"d", 100, ts),
    )
    return [maker(START + i) for i, maker in enumerate(makers)]


def s32(value):
    return struct.pack("<i", value)


def u64(value):
    return struct.pack("<Q", value)


def ipv4(addr, port):
    return bytes(int(part) for part in addr.split(".")) + struct.pack("<H", port)


def sock(*ends):
    """An IPv4 address, or with two ends a tuple."""
    return b"\x02" + b"".join(ipv4(*end) for end in ends)


def exec_event(tid, comm, path):
    values = [scap.s64(0), scap.cstr(comm), b"-x\0", scap.s64(tid), scap.s64(tid), scap.s64(1),
              b"\0", u64(256), u64(1), u64(2), scap.u32(3), scap.u32(4), scap.u32(5),
              scap.cstr(comm), b"cpu=/b\0", b"A=2\0", scap.u32(34816), scap.s64(tid), scap.u32(7),
              scap.u32(0), u64(1), u64(2), u64(3), u64(77), u64(1000), u64(2000), scap.u32(5), path,
              scap.s64(tid), scap.u32(6), scap.cstr(b"tool")]
    return 293, values


def changing_events():
    """What processes and descriptors are changed by, each as the first event of a file."""
    here, there, far = ("10.0.0.1", 53), ("10.0.0.2", 80), ("10.0.0.3", 5000)
    out = ("10.0.0.1", 4000)
    ok = scap.s64(0)
    rows = (
        (OPEN, [scap.s64(20), b"a\0", scap.u32(1), scap.u32(0), scap.u32(1), u64(20)]),
        (367, [scap.s64(21), scap.s64(20)]),  # dup
        (363, [scap.s64(22), scap.s64(20), scap.s64(22)]),  # dup2
        (365, [scap.s64(23), scap.s64(20), scap.s64(23), scap.u32(1 << 12)]),  # dup3
        (151, [scap.s64(24), scap.s64(20), b"\x01", u64(0)]),  # fcntl: F_DUPFD
        (151, [ok, scap.s64(24), b"\x03", u64(1)]),  # fcntl: F_SETFD
        (61, [ok, scap.s64(25), scap.s64(26), u64(99)]),  # pipe
        (43, [ok, scap.s64(27), scap.s64(28), u64(7), u64(8), scap.u32(1), scap.u32(1),
              scap.u32(0)]),  # socketpair
        (405, [scap.s64(29), b"mem\0", scap.u32(0)]),  # memfd_create
        (409, [scap.s64(30), scap.s64(100), scap.u32(0)]),  # pidfd_open
        (19, [scap.s64(31), scap.u32(2), scap.u32(1), scap.u32(0), scap.u32(0)]),  # socket
        (23, [ok, sock(out, there), scap.s64(31), sock(there)]),  # connect
        (9, [scap.s64(1), b"x", scap.s64(31), scap.u32(1)]),  # write
        (19, [scap.s64(32), scap.u32(2), scap.u32(1), scap.u32(0), scap.u32(0)]),
        (21, [ok, sock(("10.0.0.1", 0)), scap.s64(32)]),  # bind
        (25, [ok, scap.s64(32), s32(5)]),  # listen
        (19, [scap.s64(33), scap.u32(2), scap.u32(1), scap.u32(0), scap.u32(0)]),
        (21, [ok, sock(here), scap.s64(33)]),
        (25, [ok, scap.s64(33), s32(5)]),
        (247, [scap.s64(34), sock(far, here), b"\0", scap.u32(0), scap.u32(5)]),  # accept
        (9, [scap.s64(1), b"x", scap.s64(34), scap.u32(1)]),
        (19, [scap.s64(35), scap.u32(2), scap.u32(2), scap.u32(0), scap.u32(0)]),
        (21, [ok, sock(here), scap.s64(35)]),
        (35, [scap.s64(1), b"x", sock(far, here), scap.s64(35), scap.u32(1)]),  # recvfrom
        (9, [scap.s64(1), b"x", scap.s64(35), scap.u32(1)]),
        (295, [ok, scap.s64(0), scap.s64(0)]),  # setpgid
        (275, [scap.s64(100)]),  # setsid
        (401, [ok, scap.u32(36), b"", scap.s64(1)]),  # prctl: PR_SET_CHILD_SUBREAPER
        (353, [ok, u64(5), u64(6), u64(7)]),  # capset
        (145, [ok, scap.s64(77), scap.s64(78), scap.s64(1), scap.s64(2), scap.s64(0),
               b"\x07"]),  # prlimit: files
        (199, [ok, scap.u32(1001)]),  # setuid
        (267, [ok, b"jail\0"]),  # chroot
        (285, [ok, scap.u32(1)]),  # unshare: files
        (451, [ok, scap.u32(25), scap.u32(26), scap.u32(0)]),  # close_range
        (9, [scap.s64(1), b"x", scap.s64(25), scap.u32(1)]),
        exec_event(100, b"tool", b""),
        (9, [scap.s64(1), b"x", scap.s64(23), scap.u32(1)]),
        exec_event(100, b"other", b"/bin/other\0"),
        (CLOSE, [ok, scap.s64(20)]),
    )
    return [scap.Event(type_, values, START + i, 100) for i, (type_, values) in enumerate(rows)]


def check_seen_sample(cases, folder):
    """Every cut of captures in which processes come, go, and change."""
    for name, events in (("processes", process_events()), ("changes", changing_events())):
        check_seen_cuts(cases, os.path.join(folder, name), events)
    cases.end_group("cuts read like the whole")


def check_seen_cuts(cases, folder, events):
    os.mkdir(folder)
    thread = scap.sample_thread(100, vtid=100, vpid=100)
    data = scap.capture(events, *scap.sample_meta()[:3], scap.threads([thread]))
    path = write(folder, "in", data)
    for number in range(1, len(events) + 1):
        what = "cut at %d" % number
        piece = record(cases, ["-r", path, "-w", "-", "--from", str(number)], what)
        check_seen(cases, [piece], data, what)
    files = rotate(cases, path, os.path.join(folder, "out"), ["-e", "1"])
    check_seen(cases, [piece for _, _, piece in files], data, "a file for each event")


def check_seen_captures(cases, folder):
    """The same with two of the outside captures, which have long lists."""
    for name in ("newest-schema", "tcp-client-server"):
        if name not in harness.captures():
            cases.skip("rotation of outside captures: there is no " + name)
            continue
        path = harness.capture_path(name)
        whole = record(cases, ["-r", path, "-w", "-"], name)
        section = scap.read_one(whole)
        files = rotate(cases, path, os.path.join(folder, "out"),
                       ["-e", str(len(section.events) // 5 + 1)])
        cases.equal(len(files), 5, name + ": files")
        cases.equal([e for _, part, _ in files for e in part.events], section.events,
                    name + ": union")
        cases.equal(files[0][1].meta(), section.meta(), name + ": metadata of the first")
        check_seen(cases, [piece for _, _, piece in files], load(path), name)
        cases.end_group("rotation of " + name)


def main():
    os.environ["TZ"] = "UTC"
    time.tzset()
    cases = harness.Cases()
    for check in (check_sample, check_fixpoint, check_compression, check_pipe,
                  check_concatenation, check_merge, check_range, check_count, check_fatfile,
                  check_rotation, check_rotation_size, check_ring, check_seen_sample,
                  check_seen_captures):
        harness.in_temp(lambda folder, check=check: check(cases, folder))
    cases.done()


main()
