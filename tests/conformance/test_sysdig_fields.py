#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Fields of threads, users and descriptors on the outside captures, as sysdig 0.29 prints them.

Both print the same fields of the same file. sysdig shows old events as they are, enter and exit,
where the command shows them folded into one, so events are matched by time, CPU, thread and type
rather than by number. Where the two differ, one of RULES must say why, with a condition on both
values; a rule that nothing needs is a failure.
"""
import os
import shutil
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import harness  # noqa: E402
import peer  # noqa: E402

FIELDS = """
    proc.exe proc.args proc.env proc.cmdline proc.exeline proc.pcmdline proc.nthreads proc.nchilds
    proc.apid[0] proc.apid[1] proc.apid[2] proc.apid[3] proc.aname[0] proc.aname[1]
    proc.aname[3] proc.loginshellid proc.duration proc.fdopencount proc.fdlimit proc.fdusage
    proc.vmsize proc.vmrss proc.vmswap proc.sname proc.tty proc.vpgid proc.is_exe_writable
    thread.pfmajor thread.pfminor thread.ismain thread.exectime thread.cgroups
    thread.cgroup.cpu thread.cgroup.memory thread.vtid thread.cpu thread.cpu.user thread.cpu.system
    thread.vmsize thread.vmrss
    user.name user.homedir user.shell user.loginuid user.loginname group.gid group.name
    container.id container.type
    fd.typechar fd.directory fd.filename fd.lip fd.rip fd.lport fd.rport fd.sockfamily fd.is_server
    fd.uid fd.containername fd.containerdirectory fd.cproto fd.sproto fd.lproto fd.rproto
    fd.connected fd.name_changed fd.dev fd.dev.major fd.dev.minor
    fdlist.nums fdlist.names fdlist.cips fdlist.sips fdlist.cports fdlist.sports
""".split()

# Asked for alone: 0.29 gives up at the first new container when it is asked for this one.
FRAGILE = ["thread.totexectime"]

# Events that 0.29 calls otherwise.
RENAMED = {"accept4": "accept"}

# What tells which event it is, and what rules look at besides the values.
KEY = ["evt.rawtime", "evt.cpu", "thread.tid", "evt.type"]
CONTEXT = ["proc.sid", "proc.ppid", "fd.name", "fd.type"]

# Captures that sysdig cannot read: their list of descriptors has kinds that it does not know.
UNREADABLE = {"newest-schema"}

# Events that belong to no thread; 0.29 makes one up for each of them.
NO_THREAD = {"container"}

MISSING = peer.MISSING_FIELD
# Exit events that say in their parameters which descriptor they are about, since the enter event
# is folded into them; in 0.29 only the enter event did.
FOLDED = {"mmap", "mkdirat", "symlinkat", "unlinkat"}
# Connections of UDP sockets that had another peer before; 0.29 keeps the first.
RECONNECTED = {"1534551451397771971", "1534551451397773899", "1534551451399186231",
               "1554493624363691057", "1554493624363694813", "1554493624363697065"}
# They begin with bash's terminal open, one descriptor of a limit of 1024.
CHILDREN_OF_BASH = {"8082", "8083", "8084"}
CLOSE_OF_CLOSED = "1554493624369065626"


def no_session(event):
    """Is its process known from an old process list, or execve event with few parameters?"""
    return event["proc.sid"] == "-1"


def in_container(event):
    return event["container.id"] != "host"


def in_pid_namespace(event):
    return event["thread.vtid"] != event["thread.tid"]


# name -> (fields, condition on (their value, our value, our event), reason)
RULES = {
    "folded": (
        {field for field in FIELDS if field.startswith("fd.")},
        lambda theirs, ours, event: theirs == MISSING and event["evt.type"] in FOLDED,
        "the exit event has a descriptor today"),
    "setsockopt": (
        {field for field in FIELDS if field.startswith("fd.")},
        lambda theirs, ours, event: event["evt.type"] == "setsockopt",
        "0.29 looks for its descriptor where the event has its result"),
    "threads": (
        {"proc.nchilds"},
        lambda theirs, ours, event: (theirs, str(int(ours) + 1)) == ("0", event["proc.nthreads"]),
        "0.29 counted threads for the main thread only"),
    "gid": (
        {"group.gid"},
        lambda theirs, ours, event: int(theirs) & 0xffffffff == int(ours),
        "0.29 prints 64 bits of a number of 32"),
    "vtid": (
        {"thread.vtid"},
        lambda theirs, ours, event: (theirs, ours) == (MISSING, event["thread.tid"]),
        "an id that an old event lacks is that of the host, as in today's libsinsp"),
    "no session": (
        {"proc.sname"},
        lambda theirs, ours, event: ours == "" and no_session(event),
        "without a session id there is no leader; 0.29 has the eldest ancestor without one"),
    "writable": (
        {"proc.is_exe_writable"},
        lambda theirs, ours, event: (theirs, ours) == ("true", "false"),
        "0.29 reads a flag that an old execve event does not have"),
    "login": (
        {"user.loginuid", "user.loginname"},
        lambda theirs, ours, event: (theirs, ours) in {("0", "-1"), ("root", MISSING)},
        "a login that no event tells of is none; 0.29 says that it is root's"),
    "session of a namespace": (
        {"proc.sname"},
        lambda theirs, ours, event: theirs == "systemd" and event["proc.sid"] == "1" and
        in_pid_namespace(event),
        "an id of another pid namespace is not looked for on the host"),
    "child of a namespace": (
        {"proc.duration", "proc.fdopencount", "thread.pfminor"},
        lambda theirs, ours, event: in_pid_namespace(event) and int(theirs) > int(ours),
        "a child in another pid namespace begins with its own event, not with its parent's"),
    "unknown parent": (
        {"proc.pcmdline", "proc.apid[1]", "proc.aname[1]"},
        lambda theirs, ours, event: ours == MISSING == event["proc.ppid"],
        "today's libsinsp does not know this parent, either (test_fields.py)"),
    "beginning of CPU times": (
        {"thread.cpu.user", "thread.cpu.system"},
        lambda theirs, ours, event: (theirs, ours) == ("0.0", "1.0"),
        "a time of 0 is measured from, too; 0.29 takes it for one that it does not know"),
    "close on exec": (
        {"proc.fdopencount", "proc.fdusage"},
        lambda theirs, ours, event: event["thread.tid"] in CHILDREN_OF_BASH and
        round(float(theirs) - float(ours), 1) in {1, 0.1},
        "0.29 keeps a descriptor of the process list that closes on exec; libsinsp does not today"),
    "closed on exec": (
        {field for field in FIELDS if field.startswith("fd.")},
        lambda theirs, ours, event: event["evt.rawtime"] == CLOSE_OF_CLOSED,
        "the same: a close() that says EBADF"),
    "runtime": (
        {"container.type"},
        lambda theirs, ours, event: ours == MISSING and in_container(event),
        "a container's type comes from its runtime"),
    "container address": (
        {"fd.is_server"},
        lambda theirs, ours, event: (theirs, ours) == ("true", "false") and in_container(event),
        "a container's own address comes from its runtime"),
    "no address": (
        {"fd.is_server"},
        lambda theirs, ours, event: (theirs, ours) == ("true", "false") and not event["fd.name"],
        "0.29 looks at an address that is not set yet"),
    "setpgid": (
        {"proc.vpgid"},
        lambda theirs, ours, event: (theirs, ours) in {("5637", "8082"), ("8082", "8084"),
                                                       ("1", "6"), ("1", "7"), ("-1", "1")},
        "0.29 does not follow setpgid()"),
    "empty port": (
        {"fd.cproto"},
        lambda theirs, ours, event: (theirs, ours) == ("", MISSING),
        "where there is no client there is no port; 0.29 says that it is empty"),
    "listening port": (
        {"fd.sproto"},
        lambda theirs, ours, event: theirs == "" and event["fd.name"].endswith(":" + ours),
        "0.29 forgets the port of a listening socket"),
    "relative": (
        {"fd.filename"},
        lambda theirs, ours, event: theirs == "/" and ours == event["fd.name"],
        "a name without a slash is the whole name; 0.29 says /"),
    "device": (
        {"fd.dev", "fd.dev.major", "fd.dev.minor"},
        lambda theirs, ours, event: ours == "0" and event["fd.type"] != "file",
        "only files are on a device; 0.29 prints memory that was never set"),
    "pair": (
        {"fd.connected"},
        lambda theirs, ours, event: event["fd.type"] == "unix" and not event["fd.name"],
        "both ends of a socketpair() are connected, to each other"),
    "not connected": (
        {"fd.containername"},
        lambda theirs, ours, event: event["fd.type"] == "unix" and not event["fd.name"],
        "a connect() that fails gives no name, as in today's libsinsp"),
    "reconnected": (
        {"fd.lip", "fd.rip", "fd.rport", "fd.sproto", "fd.rproto", "fd.is_server",
         "fd.containername", "fd.name_changed"},
        lambda theirs, ours, event: event["evt.rawtime"] in RECONNECTED,
        "a UDP socket can be connected again; 0.29 keeps the first peer"),
}


def key_of(event, type_):
    return tuple(event[field] for field in KEY[:-1]) + (type_,)


def their_events(path, fields):
    """Their events by key. An exit event comes behind the enter event of the same instant."""
    events = peer.field_events(["sysdig", "-D", "-r", path], KEY + CONTEXT + fields)
    return {key_of(event, event["evt.type"]): event for event in events}


class Compare(peer.Fields):
    def capture(self, name, fields):
        path = harness.capture_path(name)
        theirs = their_events(path, fields)
        ours = peer.field_events([harness.EYAS, "read", "--escape", "never", "-r", path],
                                 KEY + CONTEXT + fields)
        compared = 0
        for event in ours:
            type_ = event["evt.type"]
            their = theirs.get(key_of(event, type_)) or \
                theirs.get(key_of(event, RENAMED.get(type_, type_)))
            if not their or type_ in NO_THREAD:
                continue
            compared += 1
            for field in fields:
                self.value("%s: event at %s" % (name, event["evt.rawtime"]), field, their[field],
                           event[field], event)
        self.cases.check(compared > 100, name + ": events that both have", compared)
        self.cases.end_group("%s: %d of %d events compared, %d fields" %
                             (name, compared, len(ours), len(fields)))


def main():
    names = harness.need_captures()
    if not shutil.which("sysdig"):
        harness.skip("sysdig is not installed")
    cases = harness.Cases()
    compare = Compare(cases, RULES)
    for name in names:
        if name not in UNREADABLE:
            compare.capture(name, FIELDS)
            compare.capture(name, FRAGILE)
    compare.all_used(FIELDS + FRAGILE)
    cases.done()


main()
