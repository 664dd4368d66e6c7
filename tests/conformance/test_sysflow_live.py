#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""SysFlow records of this machine: every number of a workload that counts what it does.

flow_workload.c writes down each descriptor's reads, writes and bytes; for each there must be one
flow with exactly these, whether the kernel sums them up or every call is an event. Files that
follow each other add up, and what is open at the end is written.
"""
import collections
import os
import re
import shutil
import signal
import socket
import struct
import subprocess
import sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
import harness  # noqa: E402
import sysflow  # noqa: E402

PATIENCE_S = 60
ALL = ["--file-read-mode", "0", "--file-only", "no", "--process-flow", "no", "--drop-mode", "off",
       "--schema", "6"]
WAYS = {"summed up by the kernel": [], "every call an event": ["--no-kernel-aggregation"]}
PROTOCOLS = {"tcp": 6, "udp": 17}
NO_SUMS = (0, 0, 0, 0)


def build(folder):
    """The workload's program, or the end of the script."""
    compiler = os.environ.get("CC", "cc").split()
    if not shutil.which(compiler[0]):
        harness.skip("no C compiler")
    program = os.path.join(folder, "flow_workload")
    subprocess.run(compiler + ["-std=c11", "-D_GNU_SOURCE", "-O1", "-o", program,
                               os.path.join(HERE, "flow_workload.c"), "-lpthread"], check=True)
    return program


# ---- what the workload says it did ----

FileFact = collections.namedtuple("FileFact", "path tid fd sums ops")
NetFact = collections.namedtuple("NetFact", "proto family sip sport dip dport tid fd sums ops")


class Facts:
    def __init__(self, where):
        self.where = where
        self.files, self.nets, self.children, self.threads = [], [], {}, []
        with open(os.path.join(where, "facts"), "r", encoding="ascii") as source:
            for line in source:
                self.take(*line.split())

    def take(self, kind, *words):
        if kind == "file":
            path, tid, fd, *sums = words[:-1]
            self.files.append(FileFact(path, int(tid), int(fd), tuple(map(int, sums)),
                                       ops_of(words[-1])))
        elif kind == "net":
            proto, family, sip, sport, dip, dport, tid, fd, *sums = words[:-1]
            self.nets.append(NetFact(proto, family, sip, int(sport), dip, int(dport), int(tid),
                                     int(fd), tuple(map(int, sums)), ops_of(words[-1])))
        elif kind == "child":
            self.children[int(words[0])] = int(words[1])
        elif kind == "thread":
            self.threads.append(int(words[0]))
        elif kind == "setuid":
            self.setuid = int(words[0]), int(words[1])
        else:
            self.pid = int(words[0])


def ops_of(text):
    return frozenset(name for name in text.split(",") if name)


# ---- what was recorded ----


def sums_of(fields):
    return (fields["numRRecvOps"], fields["numWSendOps"], fields["numRRecvBytes"],
            fields["numWSendBytes"])


class Recorded:
    """Records of one run, those of the workload's processes only."""

    def __init__(self, cases, what, paths, program):
        self.cases, self.what = cases, what
        self.files, self.records, self.processes = {}, [], {}
        for path in paths:
            container = sysflow.load(path)
            cases.equal(sysflow.check_references(container.records, parents=False)[:2], [],
                        "%s: references in %s" % (what, os.path.basename(path)))
            cases.equal(container.records[0][1]["filename"], path, what + ": name in the header")
            for record in container.records:
                self.take(record)
        names = {program, os.path.realpath(program)}
        self.oids = {oid for oid, fields in self.processes.items()
                     if any(one["exe"] in names for one in fields)}

    def take(self, record):
        kind, fields = record
        if kind == "File":
            self.files[fields["oid"]] = fields
        elif kind == "Process":
            self.processes.setdefault(sysflow.oid(fields["oid"]), []).append(fields)
        else:
            self.records.append(record)

    def of(self, kind):
        return [fields for one, fields in self.records
                if one == kind and sysflow.oid(fields["procOID"]) in self.oids]

    def flows(self, kind, pid):
        """Without what the process did before it became the workload."""
        begin = min(event["ts"] for event in self.of("ProcessEvent")
                    if event["tid"] == pid and sysflow.ops(event["opFlags"]) == {"EXEC"})
        return [flow for flow in self.of(kind) if flow["ts"] > begin]

    def path(self, fields):
        return self.files[fields["fileOID"]]["path"]


def relative(path, where):
    """As the facts name files."""
    if path.startswith(where + "/"):
        return path[len(where) + 1:]
    if "->" in path and path.endswith(" socket"):
        return "@"
    return "|" if path == "" or path.startswith("pipe:") else path


def check_files(cases, what, facts, recorded):
    found = collections.Counter(
        (relative(recorded.path(flow), facts.where), flow["tid"], flow["fd"], sums_of(flow),
         frozenset(sysflow.ops(flow["opFlags"])))
        for flow in recorded.flows("FileFlow", facts.pid))
    wanted = collections.Counter(tuple(fact) for fact in facts.files)
    names = {fact.path for fact in facts.files}
    mine = collections.Counter({key: times for key, times in found.items() if key[0] in names})
    cases.equal(sorted((mine - wanted).elements(), key=str), [], what + ": only recorded")
    cases.equal(sorted((wanted - mine).elements(), key=str), [], what + ": not recorded")
    for flow in recorded.of("FileFlow"):
        cases.check(0 < flow["ts"] <= flow["endTs"], what + ": times of a flow", flow)


def addresses(flow):
    if flow.get("sip6") is not None:
        return tuple(socket.inet_ntop(socket.AF_INET6, bytes.fromhex(flow[name]))
                     for name in ("sip6", "dip6"))
    return tuple(socket.inet_ntoa(struct.pack("<i", flow[name])) for name in ("sip", "dip"))


def check_nets(cases, what, facts, recorded):
    found = collections.Counter()
    for flow in recorded.flows("NetworkFlow", facts.pid):
        sip, dip = addresses(flow)
        found[flow["proto"], sip, flow["sport"], dip, flow["dport"], flow["tid"], flow["fd"],
              sums_of(flow), frozenset(sysflow.ops(flow["opFlags"]))] += 1
    for fact in facts.nets:
        key = (PROTOCOLS[fact.proto], fact.sip, fact.sport, fact.dip, fact.dport, fact.tid,
               fact.fd, fact.sums, fact.ops)
        cases.equal(found[key], 1, "%s: %s over %s" % (what, fact.proto, fact.family))
        if not found[key]:
            near = [one for one in found if one[2] == fact.sport or one[4] == fact.dport]
            cases.check(False, "wanted %s" % (key,), "there are %s" % near)


def check_processes(cases, what, facts, recorded):
    events = [(event["procOID"]["hpid"], event["tid"], frozenset(sysflow.ops(event["opFlags"])),
               event["ret"]) for event in recorded.of("ProcessEvent")]
    count = collections.Counter(events)
    clone, exit_, exec_ = frozenset(["CLONE"]), frozenset(["EXIT"]), frozenset(["EXEC"])
    cases.equal(count[facts.pid, facts.pid, exit_, 0], 1, what + ": the workload ends")
    cases.equal(count[facts.pid, facts.pid, exec_, 0], 1, what + ": and begins")
    for pid, status in facts.children.items():
        cases.equal(count[facts.pid, facts.pid, clone, pid], 1, what + ": clone in the parent")
        cases.equal(count[pid, pid, clone, 0], 1, what + ": clone in the child")
        cases.equal(count[pid, pid, exit_, status], 1, what + ": exit of a child")
    execs = sum(times for (pid, _, ops, _), times in count.items()
                if ops == exec_ and pid in facts.children)
    cases.equal(execs, 1, what + ": exec of a child")
    for tid in facts.threads:
        cases.equal(count[facts.pid, tid, clone, 0], 1, what + ": clone of a thread")
        cases.equal(count[facts.pid, tid, exit_, 0], 1, what + ": exit of a thread")
    pid, uid = facts.setuid
    cases.equal(count[pid, pid, frozenset(["SETUID"]), 0], 1, what + ": setuid")
    last = [fields for (_, hpid), some in recorded.processes.items() if hpid == pid
            for fields in some][-1]
    cases.equal((last["state"], last["uid"]), ("MODIFIED", uid), what + ": its process")


# Operation, restype and path of the file, path of the new one, result.
EVENTS = [
    ("MKDIR", "dir", None, 0), ("RENAME", "one", "dir/moved", 0),
    ("LINK", "dir/moved", "dir/hard", 0), ("SYMLINK", "dir/moved", "soft", 0),
    ("UNLINK", "dir/hard", None, 0), ("UNLINK", "dir/moved", None, 0), ("RMDIR", "dir", None, 0),
    ("RMDIR", "absent", None, -2)]


def check_file_events(cases, what, facts, recorded):
    found = collections.Counter()
    for event in recorded.of("FileEvent"):
        paths = [None if event[name] is None else
                 relative(recorded.files[event[name]]["path"], facts.where)
                 for name in ("fileOID", "newFileOID")]
        op, = sysflow.ops(event["opFlags"])
        found[(op, *paths, event["ret"])] += 1
    cases.equal(found, collections.Counter(EVENTS), what + ": file events")


# ---- runs ----


class Recording:
    """eyas flow in the background; it has begun when this is made."""

    def __init__(self, cases, what, target, way, *more):
        self.cases, self.what = cases, what
        self.process = subprocess.Popen(
            [harness.EYAS, "flow", "-v", "--no-progress", "-w", target] + ALL + WAYS[way] +
            list(more), env=harness.ENVIRONMENT, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        cases.check(harness.wait_until(self.is_waiting), what + ": it begins")

    def is_waiting(self):
        """Does it sleep with the rings of the probe mapped? Or is it gone?"""
        if self.process.poll() is not None:
            return True
        path = "/proc/%d/" % self.process.pid
        with open(path + "maps", "rb") as maps, open(path + "status", "rb") as state:
            return b"bpf-map" in maps.read() and b"State:\tS" in state.read()

    def end(self, signum=signal.SIGINT):
        self.process.send_signal(signum)
        try:
            _, err = self.process.communicate(timeout=PATIENCE_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            _, err = self.process.communicate()
            self.cases.check(False, self.what + ": it ends")
        self.cases.equal(self.process.returncode, 0, "%s: status, with %s" %
                         (self.what, err[-600:]))
        return err


def new_folder(folder, name):
    path = os.path.join(os.path.realpath(folder), name)
    os.mkdir(path)
    return path


def run_workload(cases, folder, number, program, way):
    where = new_folder(folder, "run%d" % number)
    target = os.path.join(where, "out.sf")
    recording = Recording(cases, way, target, way)
    subprocess.run([program, where], check=True, timeout=PATIENCE_S)
    recording.end()
    facts = Facts(where)
    recorded = Recorded(cases, way, [target], program)
    check_files(cases, way, facts, recorded)
    check_nets(cases, way, facts, recorded)
    check_processes(cases, way, facts, recorded)
    check_file_events(cases, way, facts, recorded)
    cases.end_group(way)


def check_sums(cases, folder, program):
    """That the kernel does sum up: the writes of one file are hardly any events, then."""
    shown = []
    for number, way in enumerate(WAYS):
        where = new_folder(folder, "sums%d" % number)
        recording = Recording(cases, way, os.path.join(where, "out.sf"), way,
                              "proc.name=flow_workload")
        subprocess.run([program, where], check=True, timeout=PATIENCE_S)
        found = re.search(rb"(\d+) events shown", recording.end())
        shown.append(int(found.group(1)) if found else -1)
    writes = sum(sum(fact.sums[:2]) for fact in Facts(where).files)
    cases.check(shown[1] > writes > 8000, "all events: more than reads and writes", (shown, writes))
    cases.check(0 < shown[0] < shown[1] - writes // 2, "sums: half of them at most",
                (shown, writes))
    cases.end_group("sums save events: %d instead of %d" % tuple(shown))


def check_rotation(cases, folder, number, program, way):
    """A new file each second: every one can be read alone, together they have all."""
    what = "rotation, " + way
    where = new_folder(folder, "rotation%d" % number)
    out = new_folder(where, "out")
    recording = Recording(cases, what, out + "/", way, "-G", "1")
    subprocess.run([program, where, "steady", "3500"], check=True, timeout=PATIENCE_S)
    recording.end()
    names = sorted(os.listdir(out))
    cases.check(len(names) >= 4 and all(name.isdigit() for name in names),
                what + ": files named by seconds", names)
    recorded = Recorded(cases, what, [os.path.join(out, name) for name in names], program)
    fact, = (fact for fact in Facts(where).files if fact.path == "steady")
    flows = [flow for flow in recorded.of("FileFlow") if recorded.path(flow).endswith("/steady")]
    cases.equal(tuple(map(sum, zip(NO_SUMS, *map(sums_of, flows)))), fact.sums,
                what + ": the sum of all")
    cases.end_group(what)


def check_signal(cases, folder, number, program, way, signum):
    """Files that are open when the recording ends."""
    what = "%s, %s" % (signal.Signals(signum).name, way)
    where = new_folder(folder, "signal%d" % number)
    target = os.path.join(where, "out.sf")
    recording = Recording(cases, what, target, way)
    work = subprocess.Popen([program, where, "hold"], stdin=subprocess.PIPE,
                            stdout=subprocess.PIPE)
    cases.equal(work.stdout.readline(), b"held\n", what + ": the workload holds its file")
    recording.end(signum)
    work.communicate(b"\n", timeout=PATIENCE_S)
    recorded = Recorded(cases, what, [target], program)
    flows = [(relative(recorded.path(flow), where), flow["tid"], flow["fd"], sums_of(flow),
              frozenset(sysflow.ops(flow["opFlags"]))) for flow in recorded.of("FileFlow")
             if recorded.path(flow).endswith("/held")]
    cases.equal(flows, [tuple(fact) for fact in Facts(where).files], what + ": what was open")
    cases.end_group(what)


def run(folder):
    cases = harness.Cases()
    os.chmod(folder, 0o755)
    program = build(folder)
    for number, way in enumerate(WAYS):
        run_workload(cases, folder, number, program, way)
        check_rotation(cases, folder, number, program, way)
        check_signal(cases, folder, number, program, way,
                     signal.SIGTERM if number else signal.SIGINT)
    check_sums(cases, folder, program)
    cases.done()


def main():
    if os.geteuid():
        harness.skip("not root")
    status, _, err = harness.run_eyas(["probe", "-o", "json"])
    if status:
        harness.skip("the probe does not work here: " + err.decode("utf-8", "replace").strip())
    harness.in_temp(run)


main()
