#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What sysdig 0.29 reads of a live recording is what we read of it, and it is what happened.

live_workload.c and some commands of a shell are recorded. The recording is written once more for
sysdig, and another run is recorded for sysdig at once. Both are read by both, and every event is
compared in every field of FIELDS and, parameter by parameter, in its arguments. Where the two
differ, one of RULES must say why, with a condition on the values and the event; a rule that nothing
needs is a failure. The second half compares our reading with what is known otherwise: the workload
writes down its ids, ports and sums, and strace tells which calls it makes.

Needs root, the probe, sysdig 0.29 and a C compiler.
"""
import collections
import os
import re
import shutil
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import harness  # noqa: E402
import peer  # noqa: E402
import tables  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
PATIENCE = 60
MISSING = peer.MISSING_FIELD

FIELDS = """
    evt.type evt.res evt.rawres evt.failed evt.io_dir evt.is_io evt.is_io_read evt.is_io_write
    evt.is_wait evt.is_open_read evt.is_open_write evt.is_open_exec evt.is_syslog evt.category
    evt.buflen evt.buffer evt.count evt.cpu evt.abspath evt.abspath.src evt.abspath.dst
    fd.num fd.name fd.type fd.typechar fd.directory fd.filename fd.cip fd.sip fd.lip fd.rip fd.cport
    fd.sport fd.lport fd.rport fd.l4proto fd.sockfamily fd.is_server fd.uid fd.containername
    fd.containerdirectory fd.cproto fd.sproto fd.lproto fd.rproto fd.connected fd.name_changed
    fd.dev fd.dev.major fd.dev.minor fdlist.nums fdlist.names
    proc.pid proc.name proc.exe proc.exepath proc.ppid proc.pname proc.args proc.env proc.cmdline
    proc.exeline proc.cwd proc.pcmdline proc.nthreads proc.nchilds proc.sid proc.sname proc.apid[0]
    proc.apid[1] proc.apid[2] proc.aname[0] proc.aname[1] proc.aname[2] proc.loginshellid
    proc.duration proc.fdopencount proc.fdlimit proc.vmsize proc.vmrss proc.vmswap proc.tty
    proc.vpgid proc.is_exe_writable
    thread.tid thread.vtid proc.vpid thread.pfmajor thread.pfminor thread.ismain thread.exectime
    thread.cgroups thread.cgroup.cpu thread.cgroup.memory
    user.uid user.name user.homedir user.shell user.loginuid user.loginname group.gid group.name
    container.id container.name container.type
""".split()
FD_FIELDS = {field for field in FIELDS if field.startswith("fd.")}

PATHS = {"evt.abspath", "evt.abspath.src", "evt.abspath.dst"}

KEY = ["evt.rawtime", "evt.dir", "thread.tid"]

# Fields that agree on nothing but missing values here: where nobody is in a container or has a
# login or a terminal, say. Whether they do depends on the machine.
BY_MACHINE = {"user.loginname", "container.id", "container.name", "container.type",
              "fd.containername", "fd.containerdirectory", "thread.cgroup.cpu",
              "thread.cgroup.memory"}

# Calls that had no type of their own in the time of 0.29, and what they were recorded as.
RECORDED_AS = {"dup2": "dup", "dup3": "dup", "pipe2": "pipe", "eventfd2": "eventfd",
               "signalfd4": "signalfd", "umount2": "umount", "accept4": "accept"}

# Calls whose only parameter is an id.
IDS_ONLY = {"getuid", "geteuid", "getgid", "getegid"}

# Calls that are about a descriptor by a parameter of their exit event. 0.29 knows only those of
# enter events, and looks at none for these.
NOT_BY_ENTER = {"mmap", "fchmod", "fchmodat", "symlinkat", "mkdirat", "unlinkat"}


# Processes whose parent ended before them, and those parents; filled from what the runs wrote down.
ORPHANS, ENDED = set(), set()


def in_container(event):
    return event["container.id"] != "host"


def behind_colon(text):
    return text.partition(":")[2]


def is_unix(event):
    return event["fd.type"] == "unix"


def dots(text):
    """As 0.29 prints bytes that are not ASCII."""
    return "".join(c if c < "\x7f" else "." * len(c.encode("utf-8", "surrogateescape"))
                   for c in text)


# name -> (fields, condition on (their value, our value, our event), reason)
RULES = {
    "recorded as": (
        {"evt.type"},
        lambda theirs, ours, event: RECORDED_AS.get(ours) == theirs,
        "a call that has a type of its own today was recorded as another one then"),
    "ids": (
        {"evt.res", "evt.rawres"},
        lambda theirs, ours, event: theirs == MISSING and event["evt.type"] in IDS_ONLY,
        "the id is the result; 0.29 looks for a parameter of that name"),
    "no result": (
        {"evt.failed"},
        lambda theirs, ours, event: (theirs, ours, event["evt.rawres"]) ==
        ("false", MISSING, MISSING),
        "what has no result neither failed nor succeeded"),
    "category": (
        {"evt.category"},
        lambda theirs, ours, event: ours == "other" and event["evt.rawres"] == MISSING,
        "the type of a generic event has a category, not the call in it"),
    "nothing read": (
        {"evt.buffer"},
        lambda theirs, ours, event: (theirs, ours) == ("", MISSING) and
        int(event["evt.rawres"]) <= 0,
        "0.29 prints a buffer that is missing as an empty one"),
    "by exit": (
        FD_FIELDS,
        lambda theirs, ours, event: theirs == MISSING and event["evt.type"] in NOT_BY_ENTER,
        "the exit event has a descriptor today"),
    "new kinds": (
        FD_FIELDS | {"evt.buflen"},
        lambda theirs, ours, event: event["fd.type"] in ("memfd", "eventpoll"),
        "0.29 knows no event that makes such a descriptor"),
    "directory": (
        FD_FIELDS,
        lambda theirs, ours, event: event["evt.type"] == "openat" and
        "dirfd=-100" not in event["evt.args"] and int(event["evt.rawres"]) >= 0,
        "0.29 shows the directory that a relative path begins at"),
    "accept": (
        FD_FIELDS,
        lambda theirs, ours, event: event["evt.type"] == "accept" and event["fd.num"] == "-1",
        "0.29 shows the descriptor of the call before"),
    "pair": (
        {"fd.connected"},
        lambda theirs, ours, event: (theirs, ours) == ("false", "true") and is_unix(event) and
        not event["fd.name"],
        "both ends of a socketpair() are connected, to each other"),
    "in progress": (
        {"fd.connected"},
        lambda theirs, ours, event: (theirs, ours) == ("true", "false") and
        event["evt.res"] == "EINPROGRESS",
        "a connection that is being made is not made"),
    "no port": (
        {"fd.cport", "fd.cproto"},
        lambda theirs, ours, event: theirs in ("0", "") and ours == MISSING,
        "where there is no client there is no port"),
    "failed": (
        {"fd.name", "fd.containername"},
        lambda theirs, ours, event: theirs in ("NULL", ":NULL") and not behind_colon(ours) and
        event["evt.type"] == "connect" and event["evt.failed"] == "true",
        "a connect() that fails gives no name"),
    "not connected": (
        {"fd.name", "fd.containername"},
        lambda theirs, ours, event: is_unix(event) and not event["fd.name"] and
        event["evt.type"] == "close",
        "the same"),
    "server without name": (
        {"fd.is_server"},
        lambda theirs, ours, event: (theirs, ours) == ("true", "false") and
        not event["fd.name"],
        "0.29 looks at an address that is not set yet"),
    "server of IPv6": (
        {"fd.is_server"},
        lambda theirs, ours, event: (theirs, ours) == ("true", "false") and
        event["fd.type"] == "ipv6",
        "0.29 looks at such an address as at one of IPv4"),
    "nobody": (
        FD_FIELDS,
        lambda theirs, ours, event: event["evt.type"] == "recvfrom" and
        re.search(r"tuple=(0\.0\.0\.0|::):0->", event["evt.args"]),
        "0.29 forgets the peer when a call does not ask whose a message is"),
    "datagrams of IPv6": (
        FD_FIELDS,
        lambda theirs, ours, event: event["fd.type"] == "ipv6" and
        event["fd.l4proto"] == "udp",
        "0.29 does not know which end is here, and takes no address for one of IPv4"),
    "same name": (
        {"fd.name_changed"},
        lambda theirs, ours, event: (theirs, ours) == ("true", "false") and
        event["fd.l4proto"] == "udp",
        "a name that is the same did not change"),
    "device": (
        {"fd.dev", "fd.dev.major", "fd.dev.minor"},
        lambda theirs, ours, event: ours == "0" and event["fd.type"] != "file",
        "only files are on a device; 0.29 prints memory that was never set"),
    "not ASCII": (
        {"fd.name", "fd.filename", "fd.containername"} | PATHS,
        lambda theirs, ours, event: behind_colon(theirs) == behind_colon(dots(ours))
        if ":" in ours else theirs == dots(ours),
        "0.29 prints a dot for bytes that are not ASCII"),
    "no path": (
        {"fd.name", "fd.containername", "fd.directory", "fd.containerdirectory"} | PATHS,
        lambda theirs, ours, event: event["evt.res"] == "EFAULT",
        "0.29 takes a missing path for one"),
    "program": (
        {"proc.exepath"},
        lambda theirs, ours, event: os.path.realpath(theirs) == ours or
        theirs.endswith("/script") and ours == os.path.realpath("/bin/sh"),
        "what execve() was called with, which may be a link or a script"),
    "address": (
        {"evt.res"},
        lambda theirs, ours, event: event["evt.type"] == "mmap" and theirs.startswith("FFFF") and
        event["evt.failed"] == "true",
        "0.29 prints the result of mmap() as an address whatever it is"),
    "closed on exec": (
        {"proc.fdopencount"},
        lambda theirs, ours, event: int(theirs) - int(ours) == 1 and
        event["proc.name"] in ("ls", "tr", "echo", "script", "true"),
        "0.29 does not close a descriptor that closes on exec"),
    "count of new kinds": (
        {"proc.fdopencount"},
        lambda theirs, ours, event: int(ours) - int(theirs) == 1 and
        (event["fd.type"] in ("memfd", "eventpoll") or event["evt.type"].startswith("epoll_")),
        "0.29 knows no event that makes such a descriptor"),
    "children": (
        {"proc.nchilds"},
        lambda theirs, ours, event: (theirs, str(int(ours) + 1)) == ("0", event["proc.nthreads"]),
        "0.29 counts threads for the main thread only"),
    "parent of a thread": (
        {"proc.pname", "proc.pcmdline"},
        lambda theirs, ours, event: event["thread.ismain"] == "false" and
        theirs in (event["proc.name"], event["proc.cmdline"]),
        "the parent of a process, to each of its threads; 0.29 says that it is the process"),
    "gid": (
        {"group.gid"},
        lambda theirs, ours, event: int(theirs) & 0xffffffff == int(ours),
        "0.29 prints 64 bits of a number of 32"),
    "setpgid": (
        {"proc.vpgid"},
        lambda theirs, ours, event: ours == event["proc.pid"],
        "0.29 does not follow setpgid() and setsid()"),
    "orphan": (
        {"proc.ppid", "proc.apid[1]", "proc.apid[2]"},
        lambda theirs, ours, event: event["thread.tid"] in ORPHANS and theirs in ENDED,
        "0.29 does not know that a parent has ended"),
    "container": (
        {"container.id", "container.name", "container.type"},
        lambda theirs, ours, event: theirs == "host" and in_container(event),
        "0.29 knows fewer shapes of cgroups"),
    "container of a file": (
        {"fd.containername", "fd.containerdirectory"},
        lambda theirs, ours, event: behind_colon(theirs) == behind_colon(ours) and
        in_container(event),
        "the same"),
}

# Of these, some are needed only where the test itself runs in a container.
IN_CONTAINER = {"container", "container of a file"}

SCRIPT = """
"$0" .
test $? = 7 || exit 1
cat two | tr x y >piped
(exit 3)
for i in 1 2; do /bin/true $i; done
mkdir -p a/b/c
cp two a/b
mv a/b/two a/c
rm -r a
ls -la >listing
exit 6
"""


def build(folder):
    """The workload's program, or the end of the script."""
    compiler = os.environ.get("CC", "cc").split()
    if not shutil.which(compiler[0]):
        harness.skip("no C compiler")
    program = os.path.join(folder, "live_workload")
    subprocess.run(compiler + ["-std=c11", "-D_GNU_SOURCE", "-O1", "-o", program,
                               os.path.join(HERE, "live_workload.c"), "-lpthread"], check=True)
    return program


def prepare(folder, name):
    """A folder for one run of the workload; nobody may enter it, too."""
    path = os.path.join(folder, name)
    os.mkdir(path)
    script = os.path.join(path, "script")
    with open(script, "w", encoding="ascii") as file:
        file.write("#!/bin/sh\nexit 5\n")
    os.chmod(script, 0o755)
    os.chmod(path, 0o755)
    return path


def facts_of(path):
    with open(os.path.join(path, "facts"), encoding="ascii") as file:
        return {name: int(value) for name, value in map(str.split, file)}


def record(cases, program, where, *options):
    status, _, err = harness.run_eyas(["record", *options, "--", "sh", "-c", SCRIPT, program],
                                      cwd=where)
    cases.equal(status, 6, "the workload's status: " + err.decode("utf-8", "replace"))
    cases.check(b"lost" not in err, "no losses", err)
    return err


# ---- the two readers ----

def by_key(events):
    return {tuple(event[field] for field in KEY): event for event in events}


def compare_events(cases, fields, args, title, theirs_of, ours_of, left_out):
    """Their reading of one capture and ours of another, or the same, event by event."""
    columns = KEY + FIELDS + ["evt.args"]
    theirs = by_key(peer.field_events(["sysdig", "-v", "-r", theirs_of], columns))
    ours = peer.field_events([harness.EYAS, "read", "--escape", "never", "-r", ours_of], columns)
    compared = 0
    for our in ours:
        their = theirs.get(tuple(our[field] for field in KEY))
        if not their:
            continue
        compared += 1
        what = "%s: %s of %s at %s" % (title, our["evt.type"], our["thread.tid"],
                                       our["evt.rawtime"])
        for field in FIELDS:
            fields.value(what, field, their[field], our[field], our)
        text = their["evt.args"].removesuffix(" ")
        difference = args.args(our["evt.dir"], our["evt.type"], their["evt.type"],
                               "" if text == MISSING else text,
                               "" if our["evt.args"] == MISSING else our["evt.args"])
        cases.check(not difference, what, difference)
    cases.check(compared > 1000, title + ": events that both have", compared)
    cases.equal(len(ours) - compared, left_out, title + ": events that only we have")
    cases.end_group("%s: %d events compared in %d fields" % (title, compared, len(FIELDS)))


# ---- what is known otherwise ----

def number(event, field):
    return int(event[field])


def wrote(events, condition):
    """Bytes written by the events that meet a condition."""
    return sum(max(0, number(event, "evt.rawres")) for event in events
               if event["evt.is_io_write"] == "true" and condition(event))


def read(events, condition):
    return sum(max(0, number(event, "evt.rawres")) for event in events
               if event["evt.is_io_read"] == "true" and condition(event))


def check_files(cases, events, where):
    """What was written to a file is in it."""
    for name in ["facts", "piped", "listing"] + ["thread-%d" % i for i in range(3)]:
        path = os.path.join(where, name)
        cases.equal(wrote(events, lambda event, path=path: event["fd.name"] == path),
                    os.path.getsize(path), "bytes written to " + name)
    cases.equal(wrote(events, lambda event: event["fd.name"] == os.path.join(where, "one")),
                300 + 6 + 30, "bytes written to a file that was renamed")
    cases.end_group("sizes of files")


def check_sockets(cases, events, facts):
    main = [event for event in events if number(event, "proc.pid") == facts["main"]]
    for name in "tcp4", "tcp4-nonblocking", "tcp6":
        ends = [str(facts["client-" + name]), str(facts["port-" + name])]

        def mine(event, ends=ends):
            return [event["fd.cport"], event["fd.sport"]] == ends

        cases.equal((wrote(main, mine), read(main, mine)), (facts["sent-" + name],) * 2,
                    "bytes sent and received by " + name)
        types = {event["evt.type"] for event in main if mine(event)}
        cases.check({"connect", "sendto", "recvfrom", "sendmsg", "recvmsg", "close"} <= types and
                    types & {"accept", "accept4"}, "calls on " + name, types)
        cases.equal({event["fd.l4proto"] for event in main if mine(event)}, {"tcp"}, name)
        loopback = "::1" if name == "tcp6" else "127.0.0.1"
        cases.equal({(event["fd.cip"], event["fd.sip"]) for event in main if mine(event)},
                    {(loopback, loopback)}, "addresses of " + name)
    for name in "udp4", "udp6":
        mine = [event for event in main if event["fd.sport"] == str(facts["port-" + name]) and
                event["fd.l4proto"] == "udp"]
        cases.equal(wrote(mine, lambda event: True), 8 + 6 + 7 + 9, "bytes sent by " + name)
        cases.equal(read(mine, lambda event: True), 8 + 6 + 7 + 9, "bytes received by " + name)
    unix = [event for event in main if event["fd.type"] == "unix" and event["fd.name"]]
    cases.equal((wrote(unix, lambda event: True), read(unix, lambda event: True)),
                (facts["sent-unix"],) * 2, "bytes sent and received by unix")
    cases.end_group("sockets")


def check_processes(cases, events, facts, where):
    def of(name):
        return [event for event in events if number(event, "proc.pid") == facts[name]]

    def exit_of(name):
        return [event["evt.args"] for event in of(name) if event["evt.type"] == "procexit"]

    program = [event for event in of("exec") if event["proc.name"] == "echo"]
    cases.equal({(event["proc.exe"], event["proc.args"], event["proc.env"], event["proc.exepath"],
                  event["proc.cwd"], event["proc.ppid"]) for event in program},
                {("renamed", "one argument  last", "FIRST=1 SECOND=with space",
                  os.path.realpath("/bin/echo"), where + "/", str(facts["main"]))},
                "the program of an execve()")
    cases.equal({event["proc.exepath"] for event in of("script")
                 if event["proc.name"] == "script"}, {os.path.realpath("/bin/sh")},
                "the interpreter of a script")
    for name, status in ("exec", 0), ("script", 5 << 8), ("vfork", 0), ("nobody", 3 << 8), \
            ("killed", 15):
        text = "status=%d" % status
        cases.check(len(exit_of(name)) == 1 and exit_of(name)[0].split()[0] == text,
                    "the end of " + name, exit_of(name))
    cases.check("sig=15" in exit_of("killed")[0], "the signal of a killed process")
    denied = [event for event in of("nobody") if event["evt.type"] == "openat"]
    cases.equal([(event["evt.res"], event["user.uid"], event["group.gid"]) for event in denied],
                [("EACCES", "65534", "65534")], "a call of another user")
    told = [event for event in of("main") if event["evt.type"] == "write" and
            event["evt.buffer"].startswith("descriptors ")]
    cases.equal([event["proc.fdopencount"] for event in told], [str(facts["descriptors"])],
                "open descriptors")
    threads = [event for event in of("main") if event["evt.type"] == "openat" and
               event["thread.ismain"] == "false"]
    cases.equal(collections.Counter(number(event, "thread.tid") for event in threads),
                {facts["thread-%d" % i]: 10 for i in range(3)}, "calls of threads")
    cases.equal({event["evt.type"] for event in of("orphan")} & {"chdir", "procexit"},
                {"chdir", "procexit"}, "a process whose parent is gone is still recorded")
    # Nobody is in it that the workload did not start.
    known = {number(event, "proc.pid") for event in events if event["evt.type"] == "procexit"}
    cases.equal({number(event, "proc.pid") for event in events} - known, set(),
                "processes without an end")
    cases.check(all(event["proc.name"] and event["proc.name"] != MISSING for event in events),
                "everybody has a name")
    cases.end_group("processes")


def check_descriptors(cases, events):
    """Nobody uses a descriptor that nothing is known of, but for those that are not open."""
    unknown = [(event["proc.name"], event["evt.type"], event["evt.args"]) for event in events
               if event["fd.type"] == MISSING and event["fd.num"] not in (MISSING, "-1", "-100") and
               event["evt.res"] in ("SUCCESS", MISSING)]
    cases.equal(unknown, [], "unknown descriptors")
    cases.end_group("descriptors")


# ---- strace ----

TRACED = re.compile(r"(\w+)\((.*)\) += (0x[0-9a-f]+|-?\d+|\?)(?: (E[A-Z]+))?")
# Names that strace has otherwise.
STRACE_NAMES = {"pread64": "pread", "pwrite64": "pwrite", "prlimit64": "prlimit"}
# What they do depends on how fast the others are, or on what the machine is like.
UNSTEADY = {"futex", "brk", "restart_syscall", "exit_group", "exit", "rt_sigreturn"}
FORKS = {"clone", "clone3", "fork", "vfork"}
# Results that differ from run to run: ids and addresses.
UNSTEADY_RESULTS = FORKS | {"mmap", "wait4", "getpid", "gettid", "set_tid_address", "setsid"}


def traced_calls(path, is_thread):
    """[(name, result)] of a file by strace, and the numbers its forks returned. The threads open
    their files in any order, so that their descriptors can be any of three."""
    calls, forked = [], []
    with open(path, encoding="utf-8", errors="replace") as lines:
        for line in lines:
            match = TRACED.match(line)
            if not match:
                continue
            name, args, result, error = match.groups()
            name = STRACE_NAMES.get(name, name)
            if result.startswith("0x"):
                result = str(int(result, 16))
            if name in FORKS and not error:
                forked.append(result)
            if name not in UNSTEADY:
                steady = name not in UNSTEADY_RESULTS and result != "?" and \
                    not (name == "write" and args.startswith("3,")) and \
                    not (name == "openat" and is_thread)
                calls.append((name, error or result if steady else ""))
    return calls, forked


def our_calls(events, tid, traced):
    """The same of our events, with no result where they or strace have none."""
    mine = [event for event in events if event["thread.tid"] == tid]
    started = [i for i, event in enumerate(mine) if event["evt.type"] == "execve" and
               event["evt.dir"] == "<"] if traced and traced[0][0] == "execve" else []
    calls, forked = [], []
    for event in mine[started[0] if started else 0:]:
        name, result = event["evt.type"], event["evt.rawres"]
        if name in FORKS and result == "0" or event["evt.dir"] == ">" or name in UNSTEADY:
            continue
        if name in FORKS and not result.startswith("-"):
            forked.append(result)
        if event["evt.failed"] == "true":
            result = event["evt.res"]
        calls.append((name, result))
    return [(name, "" if theirs[1] == "" or result == MISSING or name in IDS_ONLY else result)
            for (name, result), theirs in zip(calls, traced + [("", "")] * len(calls))], forked


def check_strace(cases, program, events, facts, folder):
    if not shutil.which("strace"):
        cases.skip("no strace")
        return
    where = prepare(folder, "traced")
    logs = os.path.join(folder, "log")
    done = subprocess.run(["strace", "-ff", "-o", logs, program, "."], cwd=where, check=False,
                          stdin=subprocess.DEVNULL, capture_output=True, timeout=PATIENCE,
                          env=dict(os.environ, PWD=where))
    if done.returncode != 7:
        cases.skip("strace does not work here")
        return
    traced = facts_of(where)
    pairs = [(str(traced["main"]), str(facts["main"]))]
    compared = 0
    while pairs:
        theirs, ours = pairs.pop(0)
        if int(theirs) == traced["killed"]:
            continue
        calls, forked = traced_calls(logs + "." + theirs,
                                     int(theirs) in [traced["thread-%d" % i] for i in range(3)])
        mine, our_forked = our_calls(events, ours, calls)
        calls = [(name, "" if i < len(mine) and mine[i][1] == "" else result)
                 for i, (name, result) in enumerate(calls)]
        cases.equal(len(forked), len(our_forked), "processes that %s made" % theirs)
        pairs += zip(forked, our_forked)
        compared += len(calls)
        for i, (call, our) in enumerate(zip(calls, mine)):
            if not cases.equal(our, call, "call %d of %s, %s to strace" % (i, ours, theirs)):
                break
        cases.equal(len(mine), len(calls), "calls of %s, %s to strace" % (ours, theirs))
    cases.check(compared > 300, "calls compared", compared)
    cases.end_group("strace: %d calls" % compared)


# ---- all of it ----

def note_orphans(facts):
    ORPHANS.add(str(facts["orphan"]))
    ENDED.add(str(facts["ended"]))


def left_out_of(err):
    match = re.search(rb"left out for --compat: (\d+) events", err)
    return int(match.group(1)) if match else 0


def run(folder):
    cases = harness.Cases()
    os.chmod(folder, 0o755)
    program = build(folder)
    fields = peer.Fields(cases, RULES)
    args = peer.Args(tables.Schema(harness.need_reference()), peer.sysdig_table())
    full, compat, direct = (os.path.join(folder, name + ".scap")
                            for name in ("full", "compat", "direct"))
    where = prepare(folder, "first")
    record(cases, program, where, "-w", full)
    status, _, err = harness.run_eyas(["record", "-r", full, "-w", compat, "--compat",
                                       "sysdig-0.29"])
    cases.equal(status, 0, "record -r: %s" % err)
    facts = facts_of(where)
    note_orphans(facts)
    compare_events(cases, fields, args, "converted", compat, full, left_out_of(err))
    second = prepare(folder, "second")
    record(cases, program, second, "--compat", "sysdig-0.29", "-w", direct)
    note_orphans(facts_of(second))
    compare_events(cases, fields, args, "recorded for sysdig", direct, direct, 0)
    fields.all_used(set(FIELDS) - BY_MACHINE, IN_CONTAINER)
    events = peer.field_events([harness.EYAS, "read", "--escape", "never", "-r", full],
                               KEY + FIELDS + ["evt.args"])
    check_files(cases, events, where)
    check_sockets(cases, events, facts)
    check_processes(cases, events, facts, where)
    check_descriptors(cases, events)
    check_strace(cases, program, events, facts, folder)
    cases.done()


def main():
    if os.geteuid():
        harness.skip("not root")
    if not shutil.which("sysdig"):
        harness.skip("sysdig is not installed")
    status, _, err = harness.run_eyas(["probe", "-o", "json"])
    if status:
        harness.skip("the probe does not work here: " + err.decode("utf-8", "replace").strip())
    harness.in_temp(run)


main()
