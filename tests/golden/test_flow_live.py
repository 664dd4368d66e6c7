#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""SysFlow records of this machine: who did what, with exact numbers of calls and bytes.

Needs the rights and the kernel that the probe needs. Everything is looked for by names that only
this run uses, since the machine has other things to do at the same time.
"""
import os
import signal
import socket
import struct
import subprocess
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import sysflow  # noqa: E402
from harness import Cases, ENVIRONMENT, EYAS, in_temp, run_eyas, skip, text  # noqa: E402

PATIENCE = 60  # seconds after which something that should have happened has not
ALL = ["--file-only", "no", "--file-read-mode", "0", "--process-flow", "no"]
CLONE, EXEC, EXIT = 0x1, 0x2, 0x4
ACCEPT, CONNECT, OPEN, READ, WRITE, CLOSE, TRUNCATE = 0x20, 0x40, 0x80, 0x100, 0x200, 0x400, 0x800
UNLINK, MKDIR, RENAME = 0x40000, 0x8000, 0x100000
LOCALHOST = struct.unpack("<i", socket.inet_aton("127.0.0.1"))[0]

cases = Cases()


def run(*args, **options):
    return subprocess.run(args, check=True, stdin=subprocess.DEVNULL, capture_output=True,
                          timeout=PATIENCE, **options)


class Recording:
    """A command that records meanwhile, and has begun to."""

    def __init__(self, args, begun):
        self.process = subprocess.Popen([EYAS] + args, env=ENVIRONMENT, stdin=subprocess.DEVNULL,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        cases.wait_for(lambda: begun() or self.process.poll() is not None, "the recording")

    def end(self, signum=signal.SIGTERM):
        """It ends well and has nothing to tell."""
        if self.process.poll() is None:
            self.process.send_signal(signum)
        try:
            _, err = self.process.communicate(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            _, err = self.process.communicate()
            cases.check(False, "%s did not end" % self.process.args)
        cases.check(self.process.returncode == 0 and "lost" not in text(err),
                    "the end of %s" % self.process.args[1:], (self.process.returncode, text(err)))
        return text(err)


def start(path, *args):
    """Of the whole machine, with room for what else it does."""
    return Recording(["flow", "-w", path, "--ring-size", "32M", *args],
                     lambda: os.path.exists(path))


def start_here(path, *args):
    """Of what is started from here alone."""
    return start(path, "--follow", str(os.getpid()), *args)


class Records:
    """The records of files, by what they refer to."""

    def __init__(self, *paths):
        self.records, self.processes, self.files = [], {}, {}
        for path in paths:
            try:
                self.records += sysflow.records(path)
            except (OSError, sysflow.Malformed, KeyError, ValueError) as fault:
                cases.check(False, "%s is whole" % path, repr(fault))
        for kind, fields in self.records:
            if kind == "Process":
                self.processes[sysflow.oid(fields["oid"])] = fields
            elif kind == "File":
                self.files[fields["oid"]] = fields["path"]

    def process(self, fields):
        return self.processes.get(sysflow.oid(fields["procOID"]), {"exe": "?", "exeArgs": "?"})

    def of(self, kind):
        return [fields for name, fields in self.records if name == kind]

    def on_file(self, path, kind="FileFlow"):
        return [f for f in self.of(kind) if self.files.get(f["fileOID"]) == path]

    def on_port(self, port):
        return [f for f in self.of("NetworkFlow") if f["dport"] == port]

    def events(self, pid):
        return [f for f in self.of("ProcessEvent") if f["procOID"]["hpid"] == pid]


def total(flows, name):
    return sum(f[name] for f in flows)


def operations(flows):
    flags = 0
    for fields in flows:
        flags |= fields["opFlags"]
    return flags


# ---- files ----

def test_files(tmp):
    """Bytes and calls of dd, of every size, with sums of the kernel and without."""
    for how in [], ["--no-kernel-aggregation"]:
        out = os.path.join(tmp, "files.sf")
        recording = start_here(out, *ALL, *how)
        for size, count in (1, 50000), (4096, 300), (100000, 7):
            run("dd", "if=/dev/zero", "of=%s/dd%d" % (tmp, size), "bs=%d" % size,
                "count=%d" % count)
        run("sh", "-c", "cat '%s/dd100000' >'%s/copy'" % (tmp, tmp))
        recording.end()
        records = Records(out)
        for size, count in (1, 50000), (4096, 300), (100000, 7):
            what = "dd bs=%d count=%d %s" % (size, count, how)
            flows = records.on_file("%s/dd%d" % (tmp, size))
            flows = [f for f in flows if records.process(f)["exe"].endswith("/dd")]
            cases.equal((total(flows, "numWSendOps"), total(flows, "numWSendBytes"),
                         total(flows, "numRRecvOps")), (count, size * count, 0), what)
            cases.equal(operations(flows), OPEN | WRITE | CLOSE, what + ": operations")
            pids = {f["procOID"]["hpid"] for f in flows}
            zero = [f for f in records.on_file("/dev/zero") if f["procOID"]["hpid"] in pids]
            cases.equal((total(zero, "numRRecvOps"), total(zero, "numRRecvBytes")),
                        (count, size * count), what + ": what it read")
        flows = [f for f in records.on_file(tmp + "/dd100000")
                 if records.process(f)["exe"].endswith("/cat")]
        cases.equal((total(flows, "numRRecvBytes"), operations(flows)),
                    (700000, OPEN | READ | CLOSE), "what cat read")
        cases.check(flows and all(f["endTs"] >= f["ts"] > 0 for f in flows), "times")
        copy = records.on_file(tmp + "/copy")
        cases.equal(total(copy, "numWSendBytes"), 700000, "what cat wrote")
        os.unlink(out)
    cases.end_group("files")


def test_file_events(tmp):
    out = os.path.join(tmp, "events.sf")
    recording = start(out)
    run("mkdir", tmp + "/made")
    run("touch", tmp + "/made/a")
    run("mv", tmp + "/made/a", tmp + "/made/b")
    run("rm", tmp + "/made/b")
    recording.end()
    records = Records(out)
    for name, path, flag in ("mkdir", "/made", MKDIR), ("rm", "/made/b", UNLINK):
        found = [f for f in records.on_file(tmp + path, "FileEvent")
                 if records.process(f)["exe"].endswith(name)]
        cases.equal([(f["opFlags"], f["ret"]) for f in found], [(flag, 0)], name)
    moved = [(f["opFlags"], records.files.get(f["newFileOID"]))
             for f in records.on_file(tmp + "/made/a", "FileEvent") if f["ret"] == 0]
    cases.equal(moved, [(RENAME, tmp + "/made/b")], "mv")
    cases.end_group("file events")


WRITER = """
import os, sys
fd = os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT)
while os.getppid() == int(sys.argv[2]):
    os.write(fd, b"x")
"""


def test_busy_before(tmp):
    """Processes that are busy with open files when the recording begins, and all the time."""
    for how in [], ["--no-kernel-aggregation"]:
        paths = [os.path.join(tmp, "busy%d" % i) for i in range(4)]
        writers = [subprocess.Popen([sys.executable, "-c", WRITER, path, str(os.getpid())])
                   for path in paths]
        cases.wait_for(lambda: all(os.path.exists(path) and os.path.getsize(path) for path in paths),
                 "the writers")
        out = os.path.join(tmp, "busy.sf")
        recording = start(out, *how)
        first = [os.path.getsize(path) for path in paths]
        time.sleep(1)
        last = [os.path.getsize(path) for path in paths]
        recording.end()
        for writer in writers:
            writer.kill()
            writer.wait()
        records = Records(out)
        for path, low, high in zip(paths, first, last):
            flows = records.on_file(path)
            written = total(flows, "numWSendBytes")
            # One of them may have been in the middle of a call.
            cases.check(high - low - 1 <= written <= os.path.getsize(path),
                        "what was written by who was busy before",
                        (how, high - low, written, os.path.getsize(path)))
            cases.equal(total(flows, "numWSendOps"), written, "calls of who was busy before")
            os.unlink(path)
        os.unlink(out)
    cases.end_group("busy before")


# ---- processes ----

def test_processes(tmp):
    out = os.path.join(tmp, "processes.sf")
    recording = start(out, *ALL)
    shell = subprocess.Popen(["sh", "-c", "/bin/echo marker-%d; exit 3" % os.getpid()],
                             stdout=subprocess.DEVNULL)
    shell.wait(PATIENCE)
    recording.end()
    records = Records(out)
    echo = [p for p in records.of("Process") if p["exeArgs"] == "marker-%d" % os.getpid()]
    cases.check(echo and echo[-1]["exe"].endswith("/echo"), "the process", echo)
    if echo:
        cases.equal(echo[-1]["poid"] and echo[-1]["poid"]["hpid"], shell.pid, "its parent")
        flags = [e["opFlags"] for e in records.events(echo[-1]["oid"]["hpid"])]
        cases.equal(flags, [CLONE, EXEC, EXIT], "its life")
    ends = [e["ret"] for e in records.events(shell.pid) if e["opFlags"] == EXIT]
    cases.equal(ends, [3 << 8], "the status of the shell")
    line, place = [], echo[-1]["oid"] if echo else None
    while place and sysflow.oid(place) in records.processes and len(line) < 100:
        line.append(place["hpid"])
        place = records.processes[sysflow.oid(place)]["poid"]
    cases.check(place is None and shell.pid in line and os.getpid() in line, "its ancestors",
                (line, place))
    cases.end_group("processes")


# ---- connections ----

CLIENT = """
import socket, sys
peer = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
for _ in range(int(sys.argv[2])):
    peer.sendall(b"x" * int(sys.argv[3]))
peer.shutdown(socket.SHUT_WR)
got = 0
while True:
    data = peer.recv(65536)
    if not data:
        break
    got += len(data)
print(got)
"""


def serve(listener, answer):
    """In a child: take all of one connection, answer."""
    child = os.fork()
    if not child:
        try:
            peer, _ = listener.accept()
            while peer.recv(65536):
                pass
            peer.sendall(answer)
            peer.close()
        finally:
            os._exit(0)
    return child


def test_connections(tmp):
    out = os.path.join(tmp, "connections.sf")
    for count, size in (20000, 1), (50, 40000):
        recording = start_here(out)
        listener = socket.socket()
        listener.bind(("127.0.0.1", 0))
        listener.listen(1)
        port = listener.getsockname()[1]
        server = serve(listener, b"y" * 1234)
        client = subprocess.Popen([sys.executable, "-c", CLIENT, str(port), str(count), str(size)],
                                  stdout=subprocess.PIPE)
        got, _ = client.communicate(timeout=PATIENCE)
        os.waitpid(server, 0)
        listener.close()
        cases.equal(got, b"1234\n", "the transfer")
        recording.end()
        records = Records(out)
        flows = records.on_port(port)
        cases.equal({(f["sip"], f["dip"], f["proto"]) for f in flows}, {(LOCALHOST, LOCALHOST, 6)},
                    "addresses")
        mine = [f for f in flows if f["procOID"]["hpid"] == client.pid]
        theirs = [f for f in flows if f["procOID"]["hpid"] == server]
        cases.equal((total(mine, "numWSendBytes"), total(mine, "numRRecvBytes")),
                    (count * size, 1234), "bytes of the client")
        cases.equal((total(theirs, "numRRecvBytes"), total(theirs, "numWSendBytes")),
                    (count * size, 1234), "bytes of the server")
        cases.check(total(mine, "numWSendOps") >= count, "calls of the client",
                    total(mine, "numWSendOps"))
        cases.check(operations(mine) & (CONNECT | READ | WRITE) == CONNECT | READ | WRITE,
                    "operations of the client", operations(mine))
        cases.check(operations(theirs) & (ACCEPT | READ | WRITE | CLOSE) ==
                    ACCEPT | READ | WRITE | CLOSE, "operations of the server",
                    operations(theirs))
        cases.check(mine and "python" in records.process(mine[0])["exe"], "whose they are")
        os.unlink(out)
    cases.end_group("connections")


# ---- ends, files ----

def test_signals(tmp):
    """What is open at the end is written, with what happened just before."""
    for name in "SIGINT", "SIGTERM":
        out, path = os.path.join(tmp, name), os.path.join(tmp, "open-" + name)
        recording = start(out)
        with open(path, "wb", buffering=0) as file:
            for _ in range(1000):
                file.write(b"z" * 11)
            recording.end(getattr(signal, name))
        flows = Records(out).on_file(path)
        cases.equal((total(flows, "numWSendOps"), total(flows, "numWSendBytes")), (1000, 11000),
                    "what was written before " + name)
        cases.equal(operations(flows), OPEN | WRITE | TRUNCATE, "the end by " + name)
    cases.end_group("signals")


def test_rotation(tmp):
    folder = os.path.join(tmp, "dir") + "/"
    os.mkdir(folder)
    recording = Recording(["flow", "-w", folder, "-G", "1"], lambda: os.listdir(folder))
    path = os.path.join(tmp, "long")
    with open(path, "wb", buffering=0) as file:
        for i in range(35):
            file.write(b"z")
            time.sleep(0.1)
    recording.end()
    names = sorted(os.listdir(folder))
    cases.check(len(names) >= 3 and all(name.isdigit() for name in names), "files", names)
    paths = [os.path.join(folder, name) for name in names]
    flows = Records(*paths).on_file(path)
    cases.equal((total(flows, "numWSendOps"), total(flows, "numWSendBytes")), (35, 35),
                "nothing is lost between files")
    for name in paths:
        records = Records(name)
        cases.equal(records.of("SFHeader")[0]["filename"], name, "header")
        wrong = sysflow.check_references(records.records)
        cases.check(not wrong, "each file is self-contained", wrong[:3])
    cases.end_group("rotation")


def test_hangup(tmp):
    """A file is moved away, and the next one has the rest."""
    out, path = os.path.join(tmp, "hup.sf"), os.path.join(tmp, "hup")
    recording = start(out)
    with open(path, "wb", buffering=0) as file:
        file.write(b"z" * 3)
        file.write(b"z" * 4)
        os.rename(out, out + ".old")
        recording.process.send_signal(signal.SIGHUP)
        cases.wait_for(lambda: os.path.exists(out), "the next file")
        file.write(b"z" * 5)
        file.write(b"z" * 6)
    recording.end()
    old, new = Records(out + ".old"), Records(out)
    cases.equal(total(old.on_file(path) + new.on_file(path), "numWSendBytes"), 18,
                "nothing is lost between files")
    cases.check(total(new.on_file(path), "numWSendBytes") >= 11, "what the next file has")
    for records in old, new:
        wrong = sysflow.check_references(records.records)
        cases.check(records.of("SFHeader") and not wrong, "each file is self-contained", wrong[:3])
    cases.end_group("SIGHUP")


def test_two_at_once(tmp):
    first, second = os.path.join(tmp, "one.sf"), os.path.join(tmp, "two.sf")
    recordings = [start(first), start(second, "--no-kernel-aggregation")]
    run("dd", "if=/dev/zero", "of=%s/both" % tmp, "bs=10", "count=3000")
    for recording in recordings:
        recording.end()
    for path in first, second:
        flows = Records(path).on_file(tmp + "/both")
        cases.equal((total(flows, "numWSendOps"), total(flows, "numWSendBytes")), (3000, 30000),
                    "two at once")
    cases.end_group("two at once")


def test_limits(tmp):
    out = os.path.join(tmp, "limit.sf")
    status, _, err = run_eyas(["flow", "-w", out, "-M", "0.5", "-v"])
    cases.check(status == 0 and "SysFlow records" in text(err), "--duration", text(err))
    Records(out)
    status, _, err = run_eyas(["flow", "-M", str(PATIENCE), "-w", "/dev/full"])
    cases.check(status == 1 and "No space left" in text(err), "/dev/full", text(err))
    status, _, err = run_eyas(["flow", "-M", str(PATIENCE), "-w", os.path.join(tmp, "no", "dir")])
    cases.check(status == 1 and "No such file" in text(err), "no directory", text(err))
    marker = os.path.join(tmp, "marker")
    recording = start(out + "2", "fd.name=" + marker)
    run("sh", "-c", "echo x >'%s'; echo y >'%s2'" % (marker, marker))
    recording.end()
    records = Records(out + "2")
    cases.equal(sorted(records.files.values()), [marker], "a filter")
    cases.equal(total(records.on_file(marker), "numWSendBytes"), 2, "flows of a filter")
    cases.end_group("limits")


def test_sysporter(tmp):
    prefix = os.path.join(tmp, "peer")

    def files():
        return [os.path.join(tmp, name) for name in os.listdir(tmp) if name.startswith("peer.")]

    recording = Recording(["as", "sysporter", "-w", prefix, "-k", "ebpf-core", "-e", "me"], files)
    run("dd", "if=/dev/zero", "of=%s/peer-dd" % tmp, "bs=10", "count=100")
    recording.end()
    cases.equal(len(files()), 1, "a file called after its second")
    records = Records(*files())
    cases.equal([h["exporter"] for h in records.of("SFHeader")], ["me"], "-e")
    cases.equal(total(records.on_file(tmp + "/peer-dd"), "numWSendBytes"), 1000, "its records")
    cases.end_group("as sysporter")


def main():
    if os.geteuid():
        skip("not root")
    status, _, err = run_eyas(["probe", "-o", "json"])
    if status:
        skip("the probe does not work here: " + text(err).strip())
    for test in (test_files, test_busy_before, test_file_events, test_processes, test_connections,
                 test_signals, test_rotation, test_hangup, test_two_at_once, test_limits, test_sysporter):
        in_temp(test)
    cases.done()


if __name__ == "__main__":
    main()
