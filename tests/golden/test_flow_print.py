#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`eyas flow print`: what it shows of files, folders and sockets, and how it ends."""
import csv
import io
import json
import os
import random
import signal
import socket
import stat
import subprocess
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import avrofile  # noqa: E402
import harness  # noqa: E402

SAMPLE = "tests/data/sample.sf"
PATIENCE_S = 30
SEED = 42
MUTATIONS = 300
LIMITED = not harness.has_asan(harness.EYAS)

cases = harness.Cases()


def flow_print(args, input_=None, **options):
    return harness.run_eyas(["flow", "print"] + list(args), input_, **options)


def good(args, what, input_=None):
    """Standard output of a run without anything to say."""
    status, out, err = flow_print(args, input_)
    cases.equal((status, err), (0, b""), what + ": status and messages")
    return out.decode("utf-8")


def objects(args, what):
    return [json.loads(line) for line in good(["-j"] + list(args), what).splitlines()]


def bad(args, status, words, what):
    got, _, err = flow_print(args)
    cases.equal(got, status, what + ": status")
    cases.check(words in err.decode("utf-8"), what + ": message", err)


def write(path, data):
    with open(path, "wb") as out:
        out.write(data)
    return path


# ---- formats and columns ----


def check_sample():
    with open(SAMPLE, "rb") as source:
        cases.check(source.read() == avrofile.container(avrofile.sample(6), b"null", 6),
                    "the bundled file is what tests/lib/avrofile.py makes")
    cases.end_group("the bundled file")


def nested(flat):
    result = {}
    for key, value in flat.items():
        group, _, name = key.rpartition(".")
        if group:
            result.setdefault(group, {})[name] = value
        else:
            result[name] = value
    return result


def check_formats(folder):
    rows = objects([SAMPLE], "json")
    flat = [json.loads(line) for line in good(["-o", "flatjson", SAMPLE], "flat").splitlines()]
    cases.equal([nested(row) for row in flat], rows, "flatjson is json without its objects")
    cases.equal([row["type"] for row in rows],
                ["PE", "PE", "FF", "FE", "NF", "PF", "KE", "NF"], "types in the order of the file")
    table = good([SAMPLE], "text").splitlines()
    cases.equal(len(table), 9, "a row for each, and titles")
    columns = "type,proc.exe,res,proc.args,net.port"
    text = good(["-o", "csv", "-c", columns, SAMPLE], "csv")
    read = list(csv.reader(io.StringIO(text)))
    cases.equal(read[0], columns.split(","), "csv: titles")
    cases.equal(read[4], ["FE", "/usr/bin/wget", "/etc/hosts, /tmp/out", "-q http://x/", ""],
                "csv: a comma in a value")
    cases.equal(len(read), 9, "csv: rows")
    records = [json.loads(line) for line in good(["-o", "records", SAMPLE], "records").splitlines()]
    cases.equal([line["type"] for line in records][:5],
                ["SFHeader", "Pod", "Container", "Process", "Process"], "records: all of them")
    cases.equal(records[1]["rec"]["services"][0]["portList"],
                [{"port": 80, "targetPort": 8080, "nodePort": 0, "proto": "TCP"}], "records: nested")
    cases.equal(records[-1]["rec"]["dip6"], "20010db8000000000000000000000002", "records: IPv6")
    cases.equal(records[-4]["rec"]["sip6"], None, "records: no IPv6")
    path = os.path.join(folder, "flags.sf")
    write(path, avrofile.container([
        avrofile.datum("ProcessFlow", opFlags=flags)
        for flags in (0, 0x7FF0, 0x200000, 0x200005, 0x1F800F)]))
    cases.equal(good(["-c", "opflags,opflags_bitmap", "-o", "csv", path], "flags").splitlines()[1:],
                ['"           ",0', 'OACWRNMSCTD,32752', '"           0x200000",2097152',
                 "CLONE|EXIT|0x200000,2097157",
                 "MKDIR|RMDIR|LINK|SYMLINK|UNLINK|RENAME|CLONE|EXEC|EXIT|SETUID,2064399"],
                "flags: none, all letters, unknown ones, all words")
    cases.equal(len(objects(["--entities", SAMPLE], "entities")), len(avrofile.sample(6)),
                "entities are shown on request")
    cases.end_group("formats")


def check_columns():
    listed = json.loads(good(["--list", "-j"], "list"))
    names = [row["name"] for row in listed]
    cases.check(len(names) > 70 and all(name.startswith("sf.") for name in names), "names", names)
    text = good(["--list"], "list as text").splitlines()
    cases.equal([line.split()[0] for line in text], names, "both lists have the same")
    for name in names:
        row = objects(["-c", name, "--entities", SAMPLE], name)
        cases.check(any(one != nested({name[3:]: None}) for one in row),
                    name + ": the sample has a value of it")
        cases.equal(row, objects(["-c", name[3:], "--entities", SAMPLE], name),
                    name + ": without sf., too")
    cases.equal(good(["-c", "all", SAMPLE], "all").splitlines()[0].split()[0], "T", "all of them")
    row = objects(["-c", "file.path,type,file.fd,type", "-n", "1", SAMPLE, "sf.type", "=", "FF"],
                  "groups")[0]
    cases.equal(list(row.items()), [("file", {"path": "/etc/hosts", "fd": 3}), ("type", "FF")],
                "a group stands together, and a name once")
    bad(["-c", "proc.exee", SAMPLE], 2, "did you mean 'proc.exe'?", "unknown column")
    bad(["-c", "", SAMPLE], 2, "unknown attribute ''", "empty column")
    times = objects(["-c", "ts,ts_uts,endts", "--times", "ns", "-n", "1", SAMPLE], "ns")[0]
    cases.equal(times, {"ts": 1600000000123456789, "ts_uts": 1600000000123456789, "endts": None},
                "times as numbers")
    times = objects(["-c", "ts", "-n", "1", SAMPLE], "iso")[0]
    cases.equal(times, {"ts": "2020-09-13T12:26:40.123456789Z"}, "times as text")
    cases.end_group("columns")


# Filters, and how many records of the sample they match, entities included.
FILTERS = [
    ("sf.type = PE", 2), ("sf.type in (FF, NF)", 3), ("sf.type != PE", 13),
    ("sf.opflags = READ", 3), ("sf.opflags = RECV and sf.opflags = CLOSE", 3),
    ("sf.opflags in (EXEC, RENAME)", 2), ("sf.opflags_bitmap = 2", 1), ("not sf.opflags exists", 8),
    ("sf.ret = -1", 1), ("sf.ret < 0", 1), ("sf.ts > 1600000000000000000", 12),
    ("sf.endts exists", 4), ("sf.event.args = 1000", 1), ("sf.state = REUP", 2),
    ("sf.proc.pid = 7", 8), ("sf.proc.tid = 8", 6), ("sf.proc.user = me", 8),
    ("sf.proc.exe endswith wget", 8), ("sf.proc.name = wget", 8), ("sf.proc.name = init", 1),
    ("sf.proc.cmdline = '/usr/bin/wget -q http://x/'", 8), ("sf.proc.tty = true", 8),
    ("sf.proc.tty = false", 1), ("sf.proc.env = 'LANG=C'", 8), ("sf.proc.env contains HOME", 8),
    ("sf.proc.oid = 11:7", 8), ("sf.proc.apid = 1", 9), ("sf.proc.aname contains init", 9),
    ("sf.proc.aname = /usr/bin/wget", 8), ("sf.pproc.name = init", 8), ("sf.pproc.pid = 1", 8),
    ("sf.proc.cwd pmatch (/tmp, /var)", 8), ("sf.proc.exe icontains WGET", 8),
    ("sf.proc.exe glob '/usr/*/w?et'", 8), ("sf.proc.exe regex '/usr/.*t'", 8),
    ("tolower(sf.proc.exe) = /usr/bin/wget", 8), ("sf.proc.args = val(sf.proc.args)", 9),
    ("sf.file.path = /etc/hosts", 3), ("sf.file.newpath startswith /tmp", 1),
    ("sf.file.name = hosts", 3), ("sf.file.directory = /etc", 3), ("sf.file.type = f", 3),
    ("sf.file.is_open_read = true", 1), ("sf.file.is_open_write = true", 0),
    ("sf.file.openflags = RDONLY", 1), ("sf.file.fd = 3", 1),
    ("sf.file.oid startswith 61000000", 3), ("sf.file.newoid exists", 1),
    ("sf.net.ip = 192.0.2.7", 1), ("sf.net.ip != 192.0.2.7", 1), ("sf.net.sip = ::1", 1),
    ("sf.net.net = 192.0.2.0/24", 1), ("sf.net.net = 2001:db8::/32", 1),
    ("sf.net.port = 80", 2), ("sf.net.port != 80", 0), ("sf.net.dport < 1024", 2),
    ("sf.net.proto = 6", 2), ("sf.res contains 192.0.2.7:80", 1),
    ("sf.flow.rbytes >= 300", 2), ("sf.flow.wops = 2", 2), ("sf.pf.nthreads = 4", 1),
    ("sf.container.name = web", 9), ("sf.container.type = CT_DOCKER", 9),
    ("sf.container.privileged = false", 9), ("sf.pod.name = web-0", 10),
    ("sf.pod.internalip = 10.1.0.2", 10), ("sf.pod.services > 0", 10),
    ("sf.k8s.kind = K8S_PODS", 1), ("sf.k8s.msg contains MODIFIED", 1),
    ("sf.node.id = host", 15), ("sf.node.ip = 10.0.0.1", 15), ("sf.schema = 6", 15),
    ("sf.filename = f.sf", 15), ("(sf.type = PE or sf.type = FE) and not sf.ret = 0", 1),
]


def check_filters():
    for text, count in FILTERS:
        rows = objects(["--entities", "-F", text, "-c", "type", SAMPLE], text)
        cases.equal(len(rows), count, text)
    words = objects([SAMPLE, "sf.type", "in", "(PE,", "FE)"], "words")
    cases.equal(len(words), 3, "a filter as the last words")
    words = objects([SAMPLE, "proc.exe", "endswith", "wget"], "words")
    cases.equal(len(words), 7, "a filter as the last words, without sf.")
    cases.equal(len(objects(["-n", "2", SAMPLE], "count")), 2, "-n")
    bad(["-F", "sf.proc.exee = a", SAMPLE], 2, "did you mean 'sf.proc.exe'?", "unknown attribute")
    bad(["-F", "sf.type =", SAMPLE], 2, "line 1, column 10", "syntax")
    bad(["-F", "sf.proc.pid contains 3", SAMPLE], 2, "'contains' does not go with INT64", "operator")
    bad(["-F", "sf.proc.pid = x", SAMPLE], 2, "'x' is not a decimal number", "constant")
    bad(["-F", "sf.proc.pid[3] = 3", SAMPLE], 2, "takes no argument", "argument")
    bad(["-F", "sf.type = PE", SAMPLE, "sf.type = FE"], 2, "there is a filter already", "two filters")
    cases.end_group("filters")


# ---- inputs and ends ----


def check_statuses(folder):
    bad([], 2, "expected a file, a folder or a socket", "nothing")
    bad(["-o", "xml", SAMPLE], 2, "expected text, json, flatjson, csv or records", "format")
    bad(["-n", "0", SAMPLE], 2, "expected a number from 1 on", "count")
    bad(["--times", "x", SAMPLE], 2, "expected iso or ns", "times")
    bad(["--max-block", "0", SAMPLE], 2, "expected a size", "size")
    bad(["--nonsense", SAMPLE], 2, "Try 'eyas help flow print'.", "unknown option")
    bad(["--listen", "x", SAMPLE], 2, "reads no files besides", "listen and a file")
    bad([os.path.join(folder, "absent.sf")], 1, "absent.sf: No such file or directory", "no file")
    bad(["README.md"], 1, "README.md: offset 0: not an Avro file", "another file")
    bad(["--max-block", "100", SAMPLE], 1, "more than the limit of 100", "--max-block")
    cases.equal(flow_print(["-q", SAMPLE]), (0, b"", b""), "quiet")
    status, out, err = flow_print(["-q", "-v", SAMPLE])
    cases.check((status, out) == (0, b"") and b"records   15, 0 shown" in err, "verbose", err)
    with open("/dev/full", "wb") as full:
        status, _, err = flow_print([SAMPLE], stdout=full)
    cases.check(status == 1 and b"cannot write to standard output" in err, "a full disk", err)
    for words in (["flow", "print", "-h"], ["help", "flow", "print"]):
        status, out, _ = harness.run_eyas(words)
        cases.check(status == 0 and out.startswith(b"usage: eyas flow print"), " ".join(words), out)
    with open(SAMPLE, "rb") as source:
        data = source.read()
    cases.equal(len(good(["-", "-o", "records"], "standard input", data).splitlines()), 15,
                "standard input")
    status, out, err = flow_print(["-j", write(os.path.join(folder, "cut.sf"), data[:-1])])
    cases.check(status == 1 and b"offset" in err and b"the file ends in a block" in err,
                "a file that is cut", (status, err))
    # A reader that goes away ends the command without a word.
    big = write(os.path.join(folder, "big.sf"), avrofile.container(
        avrofile.sample() * 3000, b"deflate"))
    reader, writer = os.pipe()
    process = subprocess.Popen([harness.EYAS, "flow", "print", big], stdout=writer,
                               stderr=subprocess.PIPE, env=harness.ENVIRONMENT)
    os.close(writer)
    os.read(reader, 100)
    os.close(reader)
    _, err = process.communicate(timeout=PATIENCE_S)
    cases.equal((process.returncode, err), (-signal.SIGPIPE, b""), "nobody reads on")
    cases.end_group("statuses")


def one_event(pid, text="x"):
    return [avrofile.datum("SFHeader", version=5, exporter=text),
            avrofile.datum("Process", oid=(1, pid), exe="/" + text),
            avrofile.datum("ProcessEvent", procOID=(1, pid), ts=pid, tid=pid, opFlags=2)]


def pids(text):
    return [json.loads(line)["proc"]["pid"] for line in text.splitlines()]


def check_folders(folder):
    path = os.path.join(folder, "flows")
    os.mkdir(path)
    for pid, name in ((1, "9"), (2, "10"), (3, "x.99"), (4, "x.100")):
        write(os.path.join(path, name), avrofile.container(one_event(pid)))
    write(os.path.join(path, ".hidden"), b"no")
    os.mkdir(os.path.join(path, "5"))
    out = good(["-j", "-c", "proc.pid", path], "a folder")
    cases.equal(pids(out), [1, 2, 3, 4], "files in the order of their numbers")
    out = good(["-j", "-c", "proc.pid", "-n", "5", path, SAMPLE], "a folder and a file")
    cases.equal(pids(out), [1, 2, 3, 4, 7], "one after another")
    write(os.path.join(path, "11"), b"no")
    status, out, err = flow_print(["-j", "-c", "proc.pid", path])
    cases.check(status == 1 and b"flows/11: offset 0: not an Avro file" in err, "another file", err)
    cases.equal(pids(out.decode("utf-8")), [1, 2, 3, 4], "the others are read")
    # Entities are of a file: none of an earlier one is mistaken for that of a later.
    for name in os.listdir(path):
        if name != "5":
            os.unlink(os.path.join(path, name))
    write(os.path.join(path, "1"), avrofile.container(one_event(1)))
    write(os.path.join(path, "2"), avrofile.container(one_event(1)[2:]))
    rows = objects(["-c", "proc.exe", path], "without its process")
    cases.equal(rows, [{"proc": {"exe": "/x"}}, {"proc": {"exe": None}}], "files stand alone")
    cases.end_group("folders")


class Running:
    """The command while it waits for more."""

    def __init__(self, args):
        self.process = subprocess.Popen(
            [harness.EYAS, "flow", "print", "-j", "-c", "proc.pid"] + args, env=harness.ENVIRONMENT,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.lines = []

    def wait_for(self, count, what):
        while len(self.lines) < count:
            line = self.process.stdout.readline()
            if not line:
                break
            self.lines.append(json.loads(line)["proc"]["pid"])
        cases.equal(len(self.lines), count, what)

    def catches(self, signum):
        """Wait until the signal would not just kill it, and for what it does then."""
        mask = 1 << (signum - 1)
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            with open("/proc/%d/status" % self.process.pid, encoding="ascii") as status:
                caught = [line.split()[1] for line in status if line.startswith("SigCgt")]
            if int(caught[0], 16) & mask:
                break
            time.sleep(0.02)
        time.sleep(0.3)

    def end(self, signum, what, err=b"", status=0):
        self.process.send_signal(signum)
        out, errors = self.process.communicate(timeout=PATIENCE_S)
        cases.equal((self.process.returncode, out), (status, b""), what + ": ends cleanly")
        cases.check(err in errors and bool(err) == bool(errors), what + ": messages", errors)


def append(path, data):
    with open(path, "ab") as out:
        out.write(data)


def check_following(folder):
    path = write(os.path.join(folder, "grows.sf"), avrofile.head(b"null"))
    running = Running(["--follow", path])
    for pid in (1, 2):
        data = avrofile.block(one_event(pid))
        append(path, data[:30])
        time.sleep(0.15)
        append(path, data[30:])
        running.wait_for(pid, "record %d of a file that grows" % pid)
    os.truncate(path, 100)
    _, err = running.process.communicate(timeout=PATIENCE_S)
    cases.check(running.process.returncode == 1 and b"became shorter while it was read" in err,
                "a file that is cut", err)
    running = Running(["--follow", write(path, avrofile.container(one_event(1)))])
    running.wait_for(1, "a file that does not grow")
    running.end(signal.SIGINT, "a file")

    pipe = os.path.join(folder, "pipe")
    os.mkfifo(pipe)
    running = Running(["--follow", pipe])
    running.catches(signal.SIGINT)
    running.end(signal.SIGINT, "a pipe that nobody writes to")
    running = Running(["--follow", pipe])
    with open(pipe, "wb") as writer:
        writer.write(avrofile.container(one_event(1)))
    running.wait_for(1, "a pipe")
    running.process.communicate(timeout=PATIENCE_S)
    cases.equal(running.process.returncode, 0, "a pipe ends, also when it is followed")

    path = os.path.join(folder, "rotates")
    os.mkdir(path)
    running = Running(["--follow", path])
    for second in (9, 10):
        name = os.path.join(path, str(second))
        write(name, b"")
        for pid in (second, second + 100):
            append(name, (avrofile.head(b"null") if pid == second else b"") +
                   avrofile.block(one_event(pid)))
            running.wait_for(2 * (second - 9) + 1 + (pid > 100), "record of %d" % pid)
    write(os.path.join(path, "11"), avrofile.container(one_event(11)))
    write(os.path.join(path, "12"), avrofile.container(one_event(12)))
    running.wait_for(6, "files that are whole at once")
    cases.equal(running.lines, [9, 109, 10, 110, 11, 12], "files in their order")
    append(os.path.join(path, "12"), avrofile.block(one_event(13))[:20])
    time.sleep(0.3)
    write(os.path.join(path, "13"), avrofile.container(one_event(14)))
    running.wait_for(7, "the file behind one that is not whole")
    running.end(signal.SIGTERM, "a folder", b"12: the file ends in a block", 1)
    cases.end_group("following")


def connect(path):
    client = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            client.connect(path)
            return client
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)


def send(client, data):
    for datum in data:
        client.send(datum)


def check_sockets(folder):
    path = os.path.join(folder, "socket")
    running = Running(["--listen", path])
    first, second = connect(path), connect(path)
    cases.equal(stat.S_IMODE(os.stat(path).st_mode), 0o600, "for its owner only")
    send(first, one_event(1))
    running.wait_for(1, "a record")
    send(second, one_event(2)[::2])
    running.wait_for(2, "a record of another, who knows other processes")
    cases.equal(running.lines, [1, None], "processes are of a connection")
    first.send(b"\x04\x02")
    first.send(avrofile.datum("ProcessEvent", procOID=(1, 1)) + b"\0")
    send(first, [avrofile.datum("SFHeader", version=6), avrofile.datum("Process", oid=(1, 3)),
                 avrofile.datum("NetworkFlow", 6, procOID=(1, 3), sip6=b"\1")])
    running.wait_for(3, "a record of schema 6, behind packets that are damaged")
    second.close()
    third = connect(path)
    send(third, [avrofile.datum("SFHeader", version=99)])
    first.send(one_event(3)[2])
    running.wait_for(4, "a record behind a header of a schema that is not known")
    cases.equal(third.recv(1), b"", "whose connection is over")
    bad(["--listen", path], 1, "cannot listen: Address already in use", "two who listen")
    running.end(signal.SIGINT, "a socket",
                b"socket: packet 4 of 2 bytes: Process.oid.createTS: a number is cut off", 1)
    cases.check(not os.path.exists(path), "the socket is removed")

    left = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    left.bind(path)
    left.close()
    running = Running([path])
    send(connect(path), one_event(5))
    running.wait_for(1, "a socket that was left over, as a word")
    running.end(signal.SIGTERM, "a socket that was left over")
    write(path, b"a file")
    bad(["--listen", path], 1, "cannot listen: Address already in use", "a file in its place")
    cases.check(os.path.isfile(path), "the file is still there")
    cases.end_group("sockets")


# ---- hostile input ----


def check_escapes(folder):
    evil = b"a\x1b[31m\nb\r\t\x7f\xc2\x9b\xe2\x80\xaec\xff,\"d"
    data = [avrofile.datum("SFHeader", version=5, exporter=evil),
            avrofile.datum("Container", id=evil, name=evil),
            avrofile.datum("Process", oid=(1, 1), exe=evil, exeArgs=evil, env=[evil],
                           userName=evil, containerId=evil),
            avrofile.datum("File", oid=avrofile.foid("a"), path=evil),
            avrofile.datum("FileFlow", procOID=(1, 1), fileOID=avrofile.foid("a"))]
    path = write(os.path.join(folder, evil.replace(b"/", b"").decode("utf-8", "surrogateescape")),
                 avrofile.container(data))
    for form in ("text", "csv"):
        _, out, err = flow_print(["-o", form, "-c", "all", "--entities", path])
        cases.check(err == b"" and all(byte >= 0x20 or byte == 0x0A for byte in out) and
                    b"\x7f" not in out and b"\xc2\x9b" not in out and b"\xff" not in out and
                    out.count(b"\n") == 6, form + ": nothing that a terminal obeys", out)
    for form in ("json", "flatjson", "records"):
        lines = good(["-o", form, path], form).splitlines()
        cases.check(all(json.loads(line) for line in lines), form + ": valid")
    rows = list(csv.reader(io.StringIO(good(["-o", "csv", "-c", "proc.exe", path], "csv"))))
    cases.check(rows[1][0].endswith(',"d'), "csv: quotes", rows)
    status, _, err = flow_print([write(path + "x", b"no")])
    cases.check(status == 1 and all(byte >= 0x20 or byte == 0x0A for byte in err) and
                err.count(b"\n") == 1, "names of files", err)
    cases.end_group("what a terminal would obey")


def mutated(data, rng):
    out = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 10))):
        at = rng.randrange(len(out))
        what = rng.randrange(4)
        if what == 0:
            out[at] ^= 1 << rng.randrange(8)
        elif what == 1:
            out[at] = rng.choice((0, 1, 0x7F, 0x80, 0xFF))
        elif what == 2:
            del out[at:at + rng.randrange(1, 30)]
        else:
            out[at:at] = bytes(rng.choice((0, 0x80, 0xFF)) for _ in range(rng.randrange(1, 12)))
        if not out:
            out = bytearray(b"O")
    return bytes(out)


def check_mutations(folder):
    rng = random.Random(SEED)
    sources = [avrofile.container(avrofile.sample(version), codec, version, 5)
               for version in (5, 6) for codec in (b"null", b"deflate")]
    forms = ("text", "json", "flatjson", "csv", "records")
    path = os.path.join(folder, "mutated.sf")
    for i in range(MUTATIONS):
        write(path, mutated(rng.choice(sources), rng))
        status, out, err = flow_print(["--entities", "-c", "all", "-o", forms[i % 5], path],
                                      limited=LIMITED)
        cases.check(status in (0, 1) and (status == 0 or err), "mutation %d" % i, (status, err))
        for line in err.splitlines():
            cases.check(line.startswith(b"eyas: "), "mutation %d: messages" % i, err)
        if forms[i % 5] in ("json", "flatjson", "records"):
            cases.check(all(json.loads(line) for line in out.splitlines()),
                        "mutation %d: valid" % i)
    cases.end_group("%d mutations" % MUTATIONS)


def run(folder):
    check_sample()
    check_formats(folder)
    check_columns()
    check_filters()
    check_statuses(folder)
    check_folders(folder)
    check_following(folder)
    check_sockets(folder)
    check_escapes(folder)
    check_mutations(folder)
    cases.done()


harness.in_temp(run)
