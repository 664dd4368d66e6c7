#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The commands that make SysFlow records, on captures: eyas flow, eyas as sysporter.

What is wrong use, where records go, what becomes of damage, full disks, signals. Files are read by
tests/lib/sysflow.py, which shares nothing with what wrote them.
"""
import json
import os
import resource
import signal
import socket
import struct
import subprocess
import sys
import threading
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import scap  # noqa: E402
import sysflow  # noqa: E402
from harness import Cases, ENVIRONMENT, EYAS, in_temp, run_eyas, text, unread  # noqa: E402

SAMPLE = "tests/data/sample.scap"
SECOND = 10 ** 9
START = 1700000001  # the second of the first event
PATIENCE = 60
# Everything there is a record for.
ALL = ["--file-only", "no", "--file-read-mode", "0", "--process-flow", "no"]
OPEN, CLOSE, READ, WRITE = 0x80, 0x400, 0x100, 0x200
TRUNCATE = 0x800
PEER_ALL = {"ENABLE_DROP_MODE": "0", "ENABLE_PROC_FLOW": "0", "FILE_ONLY": "0",
            "FILE_READ_MODE": "0"}

# Of the bundled capture.
SAMPLE_COUNTS = {"SFHeader": 1, "Process": 10, "File": 5, "ProcessEvent": 13, "FileFlow": 7,
                 "NetworkFlow": 6, "FileEvent": 1}

cases = Cases()


# ---- captures ----

class Work:
    """A capture of one process that works on files: 10 bytes read and 20 written each."""

    def __init__(self, tid=100):
        self.tid = tid
        self.events = []

    def add(self, type_, when, *params):
        self.events.append(scap.Event(type_, params, int(when * SECOND), self.tid, 0))

    def open(self, when, fd, path):
        self.add(3, when, scap.s64(fd), scap.cstr(path.encode()), scap.u32(3), scap.u32(0o644),
                 scap.u32(1), struct.pack("<Q", fd))

    def use(self, when, fd):
        self.add(7, when, scap.s64(10), b"0123456789", scap.s64(fd), scap.u32(10))
        self.add(9, when, scap.s64(20), b"01234567890123456789", scap.s64(fd), scap.u32(20))

    def close(self, when, fd):
        self.add(5, when, scap.s64(0), scap.s64(fd))

    def file(self, when, name):
        self.open(when, 50, "/srv/" + name)
        self.use(when + 0.1, 50)
        self.close(when + 0.2, 50)

    def capture(self):
        return scap.capture(self.events, *scap.sample_meta())


def write(folder, name, data):
    path = os.path.join(folder, name)
    with open(path, "wb") as out:
        out.write(data)
    return path


def files_capture(folder, count, step=1.0):
    work = Work()
    for i in range(count):
        work.file(START + i * step, "file%d" % i)
    return write(folder, "files.scap", work.capture())


def many_files(count, before=()):
    """A capture of many files, one after another, ten thousand of them a second."""
    work = Work()
    work.events += before
    for i in range(count):
        when = START + 1 + i / 10000
        work.open(when, 50, "/srv/file%d" % i)
        work.use(when, 50)
        work.close(when, 50)
    return work.capture()


# ---- runs ----

def flow(args, what, input_=None, status=0):
    """`eyas flow` that ends with a status: (stdout, stderr)."""
    got, out, err = run_eyas(["flow"] + args, input_)
    cases.check(got == status, what, (got, text(err)[:500]))
    return out, text(err)


class Records:
    """Records by their types."""

    def __init__(self, records):
        self.records = records

    def counts(self):
        counts = {}
        for kind, _ in self.records:
            counts[kind] = counts.get(kind, 0) + 1
        return counts

    def of(self, kind):
        return [fields for name, fields in self.records if name == kind]


def load(path, what):
    """The records of a file, which has to be whole; None if it is not."""
    try:
        return Records(sysflow.records(path))
    except (OSError, sysflow.Malformed, KeyError, ValueError) as fault:
        cases.check(False, "%s: %s is whole" % (what, path), repr(fault))
        return None


def convert(folder, capture, args, what):
    """The records of a capture."""
    path = os.path.join(folder, "out.sf")
    flow(["-r", capture, "-w", path] + args, what)
    return load(path, what)


def check_references(got, what):
    wrong = sysflow.check_references(got.records)
    cases.check(not wrong, what, wrong[:3])


# ---- wrong use ----

def test_usage(tmp):
    out = os.path.join(tmp, "out")
    base = ["-r", SAMPLE, "-w", out]
    wrong = (
        (["-r", SAMPLE], "-w OUT"),
        (base + ["-w", ""], "-w ''"),
        (["-r", SAMPLE, "-u", ""], "-u ''"),
        (base + ["-G", "0"], "-G '0'"),
        (base + ["-G", "x"], "-G 'x'"),
        (base + ["-G", "-1"], "-G '-1'"),
        (base + ["-G", "99999999999999999999"], "-G '9999"),
        (base + ["--mode", "all"], "--mode 'all'"),
        (base + ["--file-read-mode", "3"], "--file-read-mode '3'"),
        (base + ["--file-read-mode", ""], "--file-read-mode ''"),
        (base + ["--file-only", "1"], "--file-only '1'"),
        (base + ["--process-flow", "on"], "--process-flow 'on'"),
        (base + ["--schema", "4"], "--schema '4'"),
        (base + ["--schema", "7"], "--schema '7'"),
        (base + ["--strict-compat", "--schema", "6"], "--schema 5"),
        (base + ["--codec", "lzma"], "--codec 'lzma'"),
        (base + ["--max-flows", "0"], "--max-flows '0'"),
        (base + ["--cri-timeout", "0"], "--cri-timeout '0'"),
        (base + ["--drop-mode", "3"], "--drop-mode '3'"),
        (base + ["--drop-mode", "256"], "--drop-mode '256'"),
        (base + ["--raw-schema"], "--raw-schema"),
        (base + ["-o", "xml"], "-o 'xml'"),
        (base + ["-c", "nosuch"], "nosuch"),
        (["-r", SAMPLE, "-w", "-", "-j"], "standard output"),
        (base + ["--nosuch"], "'--nosuch'"),
        (base + ["-Z"], "'-Z'"),
        (base + ["--pid", "1"], "--pid needs a live source"),
        (base + ["--drop-mode", "1"], "--drop-mode needs a live source"),
        (base + ["--no-kernel-aggregation"], "--no-kernel-aggregation needs a live source"),
        (base + ["proc.nosuch=1"], "proc.nosuch"),
        (base + ["-F", "fd.num=1", "evt.num=1"], "already"),
        (["-w"], "option '-w'"),
    )
    for args, pattern in wrong:
        status, printed, err = run_eyas(["flow"] + args)
        cases.check(status == 2 and pattern in text(err) and not printed,
                    "flow %s" % " ".join(args), (status, text(err)))
    cases.check(not os.path.exists(out), "nothing is written for wrong use")
    status, printed, err = run_eyas(["flow", "-h"])
    cases.check(status == 0 and b"--no-kernel-aggregation" in printed and not err, "flow -h")
    cases.end_group("wrong use")


def test_tools(tmp):
    out = os.path.join(tmp, "out")
    status, printed, err = run_eyas(["as"])
    cases.check(status == 2 and "sysporter" in text(err), "as, alone", text(err))
    status, printed, err = run_eyas(["as", "nosuch"])
    cases.check(status == 2 and "'nosuch'" in text(err) and "sysporter" in text(err),
                "as nosuch", text(err))
    status, printed, err = run_eyas(["as", "-h"])
    cases.check(status == 0 and b"sysporter" in printed, "as -h")
    wrong = (
        ([], "-w PATH or -u PATH"),
        (["-r", SAMPLE], "-w PATH or -u PATH"),
        (["-r", SAMPLE, "-w", ""], "-w"),
        (["-r", SAMPLE, "-u", ""], "-u"),
        (["-r", SAMPLE, "-w", out, "-k", "kmod"], "-k"),
        (["-w", out, "-k", "module"], "-k 'module'"),
        (["-r", SAMPLE, "-w", out, "-G", "0"], "-G '0'"),
        (["-r", SAMPLE, "-w", out, "-G", "1x"], "-G '1x'"),
        (["-r", SAMPLE, "-w", out, "-s", "x"], "-s 'x'"),
        (["-r", SAMPLE, "-w", out, "-s", "2000000000"], "-s '2000000000'"),
        (["-r", SAMPLE, "-w", out, "-t", "0"], "-t '0'"),
        (["-r", SAMPLE, "-w", out, "-m", "consumer"], "-m 'consumer'"),
        (["-r", SAMPLE, "-w", out, "-Z"], "-Z"),
        (["-r", SAMPLE, "-w"], "-w"),
        (["-r", SAMPLE, "-w", out, "-f", "proc.name="], "filter"),
        (["-r", out + ".absent", "-w", out], "absent"),
    )
    for args, pattern in wrong:
        status, printed, err = run_eyas(["as", "sysporter"] + args)
        cases.check(status == 1 and pattern in text(err), "sysporter %s" % " ".join(args),
                    (status, text(err)))
    for option, pattern in ("-h", "usage: sysporter"), ("-v", "schema 5"):
        status, printed, err = run_eyas(["as", "sysporter", option])
        cases.check(status == 0 and not printed and pattern in text(err), "sysporter " + option,
                    text(err))
    cases.end_group("eyas as")


# ---- what is written ----

def test_sample(tmp):
    got = convert(tmp, SAMPLE, ALL, "the sample")
    if got:
        cases.equal(got.counts(), SAMPLE_COUNTS, "records of the sample")
        check_references(got, "the sample is self-contained")
        header = got.of("SFHeader")[0]
        cases.equal((header["version"], header["exporter"], header["filename"]),
                    (5, "eyrie", os.path.join(tmp, "out.sf")), "header")
        shadow = [f for f in got.of("File") if f["path"] == "/etc/shadow"]
        flows = [f for f in got.of("FileFlow") if shadow and f["fileOID"] == shadow[0]["oid"]]
        cases.equal([(f["numRRecvOps"], f["numRRecvBytes"], f["opFlags"]) for f in flows],
                    [(1, 27, OPEN | READ | CLOSE)], "the read of /etc/shadow")
    cases.end_group("the sample")


def test_options(tmp):
    capture = files_capture(tmp, 4)
    plain = convert(tmp, capture, [], "no option")
    if not plain:
        return
    cases.equal(plain.counts().get("FileFlow"), 4, "flows")
    for fields in plain.of("FileFlow"):
        cases.equal((fields["opFlags"], fields["numRRecvBytes"], fields["numWSendBytes"],
                     fields["numRRecvOps"], fields["numWSendOps"]),
                    (OPEN | CLOSE | READ | WRITE, 10, 20, 1, 1), "a flow")
    cases.equal(convert(tmp, capture, ["-e", "me"], "-e").of("SFHeader")[0]["exporter"], "me",
                "--exporter")
    cases.equal(convert(tmp, capture, ["--node-ip", "10.1.2.3"], "ip").of("SFHeader")[0]["ip"],
                "10.1.2.3", "--node-ip")
    got = convert(tmp, capture, ["--mode", "nofiles"], "--mode nofiles")
    cases.check(not got.of("FileFlow") and not got.of("File"), "--mode nofiles", got.counts())
    got = convert(tmp, capture, ["--mode", "consumer"], "--mode consumer")
    cases.equal([f["opFlags"] for f in got.of("FileFlow")], [OPEN] * 4, "--mode consumer")
    got = convert(tmp, capture, ["--codec", "null"], "--codec null")
    cases.equal(got.counts(), plain.counts(), "--codec null")
    cases.equal(sysflow.load(os.path.join(tmp, "out.sf")).codec, "null", "--codec null")
    got = convert(tmp, capture, ["--schema", "6"], "--schema 6")
    cases.equal((got.of("SFHeader")[0]["version"], got.counts()), (6, plain.counts()),
                "--schema 6")
    got = convert(tmp, capture, ["--containers"], "--containers")
    cases.equal(got.counts(), {"SFHeader": 1}, "--containers on the host")
    got = convert(tmp, capture, ["fd.name=/srv/file2"], "a filter")
    cases.equal([f["path"] for f in got.of("File")], ["/srv/file2"], "a filter")
    got = convert(tmp, capture, ["-n", "6"], "-n")
    cases.equal(len(got.of("FileFlow")), 2, "-n counts events")
    cases.equal([f["opFlags"] & TRUNCATE != 0 for f in got.of("FileFlow")], [False, True],
                "what is open at the end of -n")
    got = convert(tmp, capture, ["--from", "5", "--to", "8"], "a range")
    cases.equal([f["path"] for f in got.of("File")], ["/srv/file1"], "--from, --to")
    out, err = flow(["-r", capture, "-w", os.path.join(tmp, "v.sf"), "-v"], "-v")
    cases.check("file flow" in err and " 4\n" in err and "eyas: " in err, "-v", err)
    out, err = flow(["-q", "-r", capture, "-w", os.path.join(tmp, "q.sf")], "-q")
    cases.equal((out, err), (b"", ""), "-q")
    cases.end_group("options")


def test_stdout(tmp):
    capture = files_capture(tmp, 4)
    out, _ = flow(["-r", capture, "-w", "-"], "-w -")
    cases.equal(Records(sysflow.Container(out).records).counts().get("FileFlow"), 4, "-w -")
    with open(capture, "rb") as data:
        out, _ = flow(["-r", "-", "-w", "-"], "-r - -w -", data.read())
    cases.equal(Records(sysflow.Container(out).records).counts().get("FileFlow"), 4,
                "a pipe in, a pipe out")
    # Nobody reads to the end: no crash, no endless run.
    many = write(tmp, "many.scap", many_files(20000))
    with subprocess.Popen([EYAS, "flow", "-r", many, "-w", "-"], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, env=ENVIRONMENT) as process:
        process.stdout.read(100)
        process.stdout.close()
        status = process.wait(PATIENCE)
    cases.check(status in (1, -signal.SIGPIPE), "a reader that goes away", status)
    cases.end_group("standard output")


def test_rotation(tmp):
    capture = files_capture(tmp, 12)
    for name, begin in ("dir/", "dir/%d"), ("pre", "pre.%d"):
        path = os.path.join(tmp, name)
        if name.endswith("/"):
            os.mkdir(path)
        flow(["-r", capture, "-w", path, "-G", "5"], "rotation to " + name)
        flows = 0
        for i in range(3):
            file = os.path.join(tmp, begin % (START + 5 * i))
            got = load(file, "rotation")
            if not got:
                continue
            check_references(got, "each file is self-contained")
            cases.equal(got.of("SFHeader")[0]["filename"], file, "its header")
            flows += len(got.of("FileFlow"))
        cases.equal(flows, 12, "flows in all files of " + name)
    cases.equal(len(os.listdir(os.path.join(tmp, "dir"))), 3, "files in a directory")
    # The collector never begins a new file when it reads a capture, and takes today's time.
    os.mkdir(os.path.join(tmp, "peer"))
    before = int(time.time())
    status, _, err = run_eyas(["as", "sysporter", "-r", capture, "-w",
                               os.path.join(tmp, "peer") + "/", "-G", "5"])
    names = os.listdir(os.path.join(tmp, "peer"))
    cases.check(status == 0 and len(names) == 1 and before <= int(names[0]) <= time.time(),
                "sysporter makes one file of a capture", (status, names, err))
    cases.end_group("rotation")


def test_text(tmp):
    """Records as lines; alone, or besides a file."""
    capture, out = files_capture(tmp, 4), os.path.join(tmp, "text.sf")
    printed, _ = flow(["-r", capture, "-o", "json", "-w", out], "-o json")
    lines = [json.loads(line) for line in printed.splitlines()]
    cases.equal([(line["type"], line["file"]["path"], line["flow"]["wbytes"]) for line in lines],
                [("FF", "/srv/file%d" % i, 20) for i in range(4)], "-o json")
    got = load(out, "-o json and -w")
    cases.check(got and len(got.of("FileFlow")) == 4, "-o json and -w")
    printed, _ = flow(["-r", capture, "-o", "csv", "-c", "file.path,flow.rbytes"], "-o csv -c")
    cases.equal(text(printed).splitlines(),
                ["file.path,flow.rbytes"] + ["/srv/file%d,10" % i for i in range(4)], "-o csv -c")
    status, printed, err = run_eyas(["flow", "print", out])
    cases.check(status == 0 and text(printed).count("/srv/file") == 4, "flow print", text(err))
    status, printed, err = run_eyas(["help", "flow", "print"])
    cases.check(status == 0 and b"usage: eyas flow print" in printed, "help flow print")
    with open("/dev/full", "wb") as full:
        status, _, err = run_eyas(["flow", "-r", capture, "-j"], stdout=full)
    cases.check(status == 1 and "No space left" in text(err), "-j to a full disk", text(err))
    master, slave = os.openpty()
    status, _, err = run_eyas(["flow", "-r", capture], stdout=slave)
    os.close(slave)
    cases.check(status == 0 and b"/srv/file3" in os.read(master, 1 << 16), "a terminal",
                (status, text(err)))
    os.close(master)
    cases.end_group("text")


class Consumer:
    """A peer on a socket: takes packets until the other side goes away."""

    def __init__(self, path):
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.listener.bind(path)
        self.listener.listen(1)
        self.listener.settimeout(PATIENCE)
        self.packets = []
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        peer, _ = self.listener.accept()
        peer.settimeout(PATIENCE)
        while True:
            packet = peer.recv(1 << 20)
            if not packet:
                return
            self.packets.append(packet)

    def records(self, schema):
        self.thread.join(PATIENCE)
        self.listener.close()
        return [schema.packet(packet) for packet in self.packets]


def test_socket(tmp):
    capture = files_capture(tmp, 40)
    path, out = os.path.join(tmp, "sock"), os.path.join(tmp, "out.sf")
    consumer = Consumer(path)
    flow(["-r", capture, "-u", path, "-w", out], "-u and -w")
    got = load(out, "-u and -w")
    if not got:
        return
    schema = sysflow.load(out).schema
    cases.equal(consumer.records(schema), got.records, "packets and file are the same")
    consumer = Consumer(path + "2")
    flow(["-r", capture, "-u", path + "2"], "-u")
    records = consumer.records(schema)
    cases.equal(len(records), len(got.records), "-u alone")
    cases.equal(records[0][1]["filename"], "", "no name in the header")
    _, err = flow(["-r", capture, "-u", path + "3"], "nobody listens", status=1)
    cases.check("lost" in err and err.count("connect:") == 1, "what nobody takes is told once",
                err)
    cases.end_group("socket")


# ---- as sysporter ----

def sysporter(args, environment=None):
    env = dict(ENVIRONMENT, **(environment or {}))
    done = subprocess.run([EYAS, "as", "sysporter"] + args, env=env, capture_output=True,
                          check=False, timeout=PATIENCE, stdin=subprocess.DEVNULL)
    return done.returncode, text(done.stderr)


def test_environment(tmp):
    work = Work()
    work.open(START, 50, "/srv/a")
    work.use(START, 50)
    work.close(START, 50)
    work.open(START + 1, 50, "/usr/lib/b")
    work.add(7, START + 1, scap.s64(10), b"0123456789", scap.s64(50), scap.u32(10))
    work.close(START + 1, 50)
    work.use(START + 2, 7)  # a pipe, of the metadata
    capture = write(tmp, "env.scap", work.capture())
    out = os.path.join(tmp, "env.sf")

    def paths(environment, args=()):
        status, err = sysporter(["-r", capture, "-w", out] + list(args), environment)
        cases.check(status == 0, "sysporter with %s" % environment, err)
        got = load(out, "sysporter")
        files = {f["oid"]: f["path"] for f in got.of("File")}
        return sorted(files[f["fileOID"]] for f in got.of("FileFlow")), got.of("SFHeader")[0]

    cases.equal(paths({})[0], ["/srv/a"], "defaults")
    cases.equal(paths({"FILE_READ_MODE": "0"})[0], ["/srv/a", "/usr/lib/b"], "FILE_READ_MODE=0")
    cases.equal(paths({"FILE_READ_MODE": "x"})[0], ["/srv/a"], "FILE_READ_MODE=x")
    cases.equal(len(paths({"FILE_ONLY": "0"})[0]), 2, "FILE_ONLY=0")
    cases.equal(len(paths({"FILE_ONLY": "yes"})[0]), 2, "FILE_ONLY=yes is off, too")
    cases.equal(len(paths(PEER_ALL)[0]), 3, "all")
    cases.equal(paths({"NODE_IP": "10.0.0.9"})[1]["ip"], "10.0.0.9", "NODE_IP")
    cases.equal(paths({"NODE_IP": ""})[1]["ip"], "", "NODE_IP=")
    cases.equal(paths({})[1]["ip"], "", "no NODE_IP")
    cases.equal(paths({}, ["-e", "host1"])[1]["exporter"], "host1", "-e")
    for name in ("ENABLE_DROP_MODE", "ENABLE_PROC_FLOW", "FALCO_BPF_PROBE", "SF_K8S_API_CERT",
                 "GLOG_logtostderr", "HOST_ROOT"):
        cases.equal(paths({name: "1"})[0], ["/srv/a"], name)
    for environment in {"ENABLE_STATS": "1"}, {"DRIVER_LOG": "1"}, {"GLOG_v": "1"}:
        _, err = sysporter(["-r", capture, "-w", out], environment)
        cases.check("records" in err, "a summary for %s" % environment, err)
    status, err = sysporter(["-r", capture, "-w", out, "-d"])
    cases.check(status == 0 and "records" in err, "-d", err)
    status, err = sysporter(["-r", capture, "-w", out])
    cases.equal((status, err), (0, ""), "nothing to tell")
    work = Work()
    work.add(260, START, scap.cstr(b'{"type":"ADDED","kind":"Pod"}'))
    work.file(START + 1, "a")
    capture = write(tmp, "k8s.scap", work.capture())
    added = [("K8S_PODS", "K8S_COMPONENT_ADDED")]
    for environment, expected in ({}, []), ({"SF_K8S_API_URL": "x"}, added):
        status, err = sysporter(["-r", capture, "-w", out], environment)
        cases.equal([(e["kind"], e["action"]) for e in load(out, "k8s").of("K8sEvent")], expected,
                    "events of Kubernetes with %s" % environment)
    # Called by the tool's name.
    link = os.path.join(tmp, "sysporter")
    os.symlink(EYAS, link)
    done = subprocess.run([link, "-r", capture, "-w", out, "-c", "-p", "/x", "-t", "5", "-l", "f"],
                          capture_output=True, check=False, env=ENVIRONMENT)
    cases.equal((done.returncode, done.stderr), (0, b""), "a link called sysporter")
    cases.equal(load(out, "link").counts(), {"SFHeader": 1}, "sysporter -c")
    cases.end_group("environment of sysporter")


# ---- damage and ends ----

def test_truncated(tmp):
    work = Work()
    work.open(START, 60, "/srv/open")
    work.use(START, 60)
    for i in range(10):
        work.file(START + 1 + i, "file%d" % i)
    data = work.capture()
    whole = convert(tmp, write(tmp, "whole.scap", data), [], "a whole capture")
    cut = write(tmp, "cut.scap", data[:-20])
    for args in ["flow"], ["as", "sysporter"]:
        out = os.path.join(tmp, "cut.sf")
        status, _, err = run_eyas(args + ["-r", cut, "-w", out])
        cases.check(status == 1 and "cut.scap" in text(err), "a truncated capture is told",
                    (status, text(err)))
        got = load(out, "of a truncated capture")
        if not got or not whole:
            continue
        cases.equal(len(got.of("FileFlow")), len(whole.of("FileFlow")),
                    "every flow of it, also the open ones")
        cases.equal(sum(f["opFlags"] & TRUNCATE != 0 for f in got.of("FileFlow")), 2,
                    "what was open ended with it")
    garbage = write(tmp, "garbage.scap", b"no capture at all")
    status, _, err = run_eyas(["flow", "-r", garbage, "-w", os.path.join(tmp, "g.sf")])
    cases.check(status == 1 and "garbage.scap" in text(err), "no capture", text(err))
    status, _, err = run_eyas(["flow", "-r", os.path.join(tmp, "absent"), "-w",
                               os.path.join(tmp, "a.sf")])
    cases.check(status == 1 and "absent" in text(err), "an absent capture", text(err))
    cases.check(not os.path.exists(os.path.join(tmp, "a.sf")), "nothing is written for it")
    cases.end_group("damage")


def test_full(tmp):
    capture = files_capture(tmp, 4)
    many = write(tmp, "many.scap", many_files(20000))
    for args in ["flow"], ["as", "sysporter"]:
        for data in capture, many:
            status, _, err = run_eyas(args + ["-r", data, "-w", "/dev/full"])
            cases.check(status == 1 and "No space left" in text(err), "/dev/full", text(err))
    status, _, err = run_eyas(["flow", "-r", capture, "-w", os.path.join(tmp, "no", "where")])
    cases.check(status == 1 and "where" in text(err), "no such directory", text(err))
    status, _, err = run_eyas(["flow", "-r", capture, "-w", os.path.join(tmp, "nodir") + "/"])
    cases.check(status == 1 and "nodir" in text(err), "no such directory for files", text(err))
    status, _, err = run_eyas(["flow", "-r", capture, "-w", tmp])
    cases.check(status == 1 and "directory" in text(err), "a directory as a file", text(err))
    # A limit of the size of files is a disk that is full from there on.
    path = os.path.join(tmp, "small.sf")
    done = subprocess.run([EYAS, "flow", "-r", many, "-w", path, "--codec", "null"],
                          capture_output=True, check=False, env=ENVIRONMENT, timeout=PATIENCE,
                          preexec_fn=limit_files)
    cases.check(done.returncode == 1 and "too large" in text(done.stderr),
                "a file that cannot grow", (done.returncode, text(done.stderr)))
    got = load(path, "what there was room for")
    cases.check(got and len(got.records) > 1000, "what there was room for",
                got and len(got.records))
    cases.end_group("full disk")


def limit_files():
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (300000, 300000))


def test_signals(tmp):
    work = Work()
    work.open(START, 60, "/srv/open")
    work.use(START, 60)
    data = many_files(20000, work.events)
    for name in "SIGINT", "SIGTERM":
        for args in ["flow"], ["as", "sysporter"]:
            out = os.path.join(tmp, name)
            with subprocess.Popen([EYAS] + args + ["-r", "-", "-w", out], stdin=subprocess.PIPE,
                                  stderr=subprocess.PIPE, env=ENVIRONMENT) as process:
                process.stdin.write(data)
                process.stdin.flush()
                cases.wait_for(lambda: not unread(process.stdin) and
                         os.path.getsize(out) > 10000, "the records before the signal")
                process.send_signal(getattr(signal, name))
                status = process.wait(PATIENCE)
                err = process.stderr.read()
            cases.equal((status, err), (0, b""), "%s: %s" % (args, name))
            got = load(out, name)
            if got:
                cases.check(len(got.of("FileFlow")) > 1000, "records before %s" % name)
                cases.equal([(f["opFlags"], f["numWSendBytes"]) for f in got.of("FileFlow")
                             if f["fd"] == 60], [(OPEN | READ | WRITE | TRUNCATE, 20)],
                            "what was open at %s" % name)
            os.unlink(out)
    cases.end_group("signals")


def test_two_at_once(tmp):
    many = write(tmp, "many.scap", many_files(5000))
    names = [os.path.join(tmp, "two%d.sf" % i) for i in range(2)]
    runs = [subprocess.Popen([EYAS, "flow", "-r", many, "-w", name], env=ENVIRONMENT)
            for name in names]
    cases.equal([run.wait(PATIENCE) for run in runs], [0, 0], "two at once")
    first, second = (load(name, "two at once") for name in names)
    if first and second:
        cases.equal(first.records[1:], second.records[1:], "both have all")
    cases.end_group("two at once")


def main():
    for test in (test_usage, test_tools, test_sample, test_options, test_stdout, test_text,
                 test_rotation, test_socket, test_environment, test_truncated, test_full,
                 test_signals, test_two_at_once):
        in_temp(test)
    cases.done()


if __name__ == "__main__":
    main()
