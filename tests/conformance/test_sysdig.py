#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What sysdig 0.29 reads from `eyas record --compat sysdig-0.29` is what `eyas read` reads.

Every outside capture is recorded for sysdig and printed by both, in the same format. sysdig is told
to show internal events (-D), which it hides otherwise: procinfo, drop and the like are then in both
outputs. Only the container events at the very beginning it takes as state when it opens a file, and
never prints. It is told not to cut buffers (-v). What stands in parentheses behind descriptors,
processes, users and paths is not compared: for calls without an enter event 0.29 does not follow
descriptors. test_sysdig_fields.py compares that on captures which have them. The other differences
stand in the tables below, each with its reason.
"""
import os
import re
import shutil
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import harness  # noqa: E402
import tables  # noqa: E402

FORMAT = "*%evt.num|%evt.rawtime|%evt.cpu|%thread.tid|%evt.dir|%evt.type|%evt.args"
RECORD = re.compile(r"\d+\|\d+\|\d+\|-?\d+\|[<>]\|[a-zA-Z0-9_]+\|")
LEFT_OUT = re.compile(rb"left out for --compat: (\d+) events")
DECLARED = re.compile(r"([<>]) (\S+)\((.*)\)\Z")

# Events with another name than today's. What the writer stores is an event that sysdig knows.
RENAMED_EVENTS = {
    "accept": ("accept", "accept4"),  # accept4 without flags, event 249, is called so
}

# Parameters with another name than today's, by event.
RENAMED = {
    ("execve", "pgid"): "vpgid",  # it always was the group in the namespace, and is called so now
}

# Parameters whose type is another one today, by event, and how the old one printed the value.
RETYPED = {
    ("mmap", "res"): lambda value: "%X" % (int(value.split("(")[0]) % 2 ** 64),  # was hexadecimal
    ("execve", "loginuid"): lambda value: value.split("(")[0],  # was a number
}

# Names of bits that are newer than sysdig 0.29, which prints nothing for them.
NEWER_FLAGS = ("O_F_CREATED", "CLONE_CHILD_IN_PIDNS", "EXE_FROM_MEMFD")

# What stands behind a value of a type from what is known about the process, in our text.
RESOLVED = {
    "FD": re.compile(r"(?<=\d)\(<.*\Z", re.DOTALL),
    "PID": re.compile(r"(?<=\d)\(.*\Z", re.DOTALL),
    "UID": re.compile(r"(?<=\d)\(.*\Z", re.DOTALL),
    "GID": re.compile(r"(?<=\d)\(.*\Z", re.DOTALL),
    "FSPATH": re.compile(r"\(/.*\)\Z", re.DOTALL),
    "FSRELPATH": re.compile(r"\(/.*\)\Z", re.DOTALL),
}

# A byte that is no UTF-8, which sysdig leaves out of a path.
NOT_UTF8 = re.compile("[\udc80-\udcff]")

# What a value that is missing looks like: sysdig prints a buffer as empty and an address as NULL.
MISSING = {"NULL": ("", "NULL"), "<NA>": ("<NA>", "NULL")}


def sysdig_table():
    """(direction, name) -> the longest list of parameter names and types among its versions."""
    out = subprocess.run(["sysdig", "-L"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                         check=True).stdout.decode("utf-8")
    table = {}
    for line in out.splitlines():
        direction, name, text = DECLARED.match(line).groups()
        params = [tuple(part.split(" ", 1)) for part in text.split(", ")] if text else []
        if len(params) >= len(table.get((direction, name), [])):
            table[direction, name] = params
    return table


def records(command, path):
    """[num, ns, cpu, tid, direction, type, args] of every event a command prints; its status."""
    done = subprocess.run(command + ["-p", FORMAT, "-r", path], check=False,
                          env=harness.ENVIRONMENT, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    text = done.stdout.decode("utf-8", "surrogateescape")
    result, record = [], ""
    for line in text.split("\n")[:-1]:
        line += "\n"
        if RECORD.match(line) and record:
            result.append(record[:-1].split("|", 6))
            record = ""
        record += line
    if record:
        result.append(record[:-1].split("|", 6))
    return result, done.returncode


def sysdig_records(path):
    return records(["sysdig", "-v", "-D"], path)


def our_records(path):
    """Events that only keep state included."""
    return records([harness.EYAS, "read", "--all", "--escape", "never"], path)


def without_newer(value):
    """The text of flags without the names that are newer than sysdig."""
    number, _, names = value.partition("(")
    names = [name for name in names[:-1].split("|") if name and name not in NEWER_FLAGS]
    return "%s(%s)" % (number, "|".join(names)) if names else number


def value_pattern(event, type_, name, value):
    """What sysdig may print for our value of one of its parameters."""
    if (event, name) in RETYPED:
        value = RETYPED[event, name](value)
    if value in MISSING:
        return "(?:" + "|".join(re.escape(text) for text in MISSING[value]) + ")"
    if type_.startswith("FLAGS"):
        value = without_newer(value)
    if type_ == "FDLIST":
        # The letter behind a number is the type of the descriptor.
        return re.sub(r"(\d+):.", r"\1:[0-9A-Za-z?]", value)
    if type_ in RESOLVED:
        return re.escape(NOT_UTF8.sub("", RESOLVED[type_].sub("", value))) + r"(?:\(.*?\))?"
    return re.escape(value)


def split_args(args, names):
    """Values of "name=value name=value"; None if the names are not those."""
    if not names:
        return [] if not args else None
    match = re.fullmatch(" ".join(re.escape(name) + "=(.*?)" for name in names), args, re.DOTALL)
    return list(match.groups()) if match else None


class Compare:
    """Events of both sides, one by one."""

    def __init__(self, schema, table):
        self.schema, self.table = schema, table

    def our_params(self, direction, event, args):
        """[(type, name, value), ...] of our text."""
        if not args:
            return []
        for type_ in self.schema.versions(event, int(direction == "<")):
            names = [row["name"] for row in self.schema.params[type_]]
            for count in range(len(names), -1, -1):
                values = split_args(args, names[:count])
                if values is not None:
                    return [(row["type"][3:], row["name"], value)
                            for row, value in zip(self.schema.params[type_], values)]
        return None

    def args(self, direction, event, their_event, theirs, ours):
        """"" or what differs."""
        params = self.our_params(direction, event, ours)
        if params is None:
            return "not the parameters of the table: %r" % ours
        # What the list of sysdig does not have, internal events, must be as ours.
        known = self.table.get((direction, their_event), [param[:2] for param in params])
        params = [(type_, name, value) for (type_, name), (_, mine, value) in zip(known, params)
                  if RENAMED.get((event, name), name) == mine]
        for count in range(len(params), -1, -1):
            # The writer takes off missing parameters at the end; nothing else may lack.
            if not all(value in MISSING for _, _, value in params[count:]):
                break
            parts = [re.escape(name) + "=" + value_pattern(event, type_, name, value)
                     for type_, name, value in params[:count]]
            if re.fullmatch(" ".join(parts), theirs, re.DOTALL):
                return ""
        return "sysdig %r, eyas %r" % (theirs, ours)

    def event(self, theirs, ours):
        """"" or what differs."""
        names = RENAMED_EVENTS.get(theirs[5], (theirs[5],))
        if theirs[:5] != ours[:5] or ours[5] not in names:
            return "sysdig %r, eyas %r" % (theirs[:6], ours[:6])
        their_args, our_args = ("" if args == "<NA>" else args for args in (theirs[6], ours[6]))
        # sysdig ends a list with a blank.
        their_args = their_args[:-1] if their_args.endswith(" ") else their_args
        return self.args(ours[4], ours[5], theirs[5], their_args, our_args)


def check_capture(cases, compare, name, folder):
    path = os.path.join(folder, name + ".scap")
    status, _, err = harness.run_eyas(["record", "--compat", "sysdig-0.29", "-r",
                                       harness.capture_path(name), "-w", path])
    cases.equal(status, 0, name + ": record: " + err.decode())
    left_out = LEFT_OUT.search(err)
    theirs, status = sysdig_records(path)
    cases.equal(status, 0, name + ": exit status of sysdig")
    ours, status = our_records(path)
    cases.equal(status, 0, name + ": eyas read")
    everything, _ = our_records(harness.capture_path(name))
    cases.equal(len(everything) - len(ours), int(left_out.group(1)) if left_out else 0,
                name + ": events left out")
    state = 0
    while ours[state][5] == "container":
        state += 1
    ours = ours[state:]
    cases.equal(len(theirs), len(ours), name + ": events")
    for their, our in zip(theirs, ours):
        difference = compare.event(their, our)
        cases.check(not difference, "%s: event %s %s" % (name, our[0], our[5]), difference)
    cases.end_group("%s: %d events, %d taken as state" % (name, len(ours), state))
    os.unlink(path)


def main():
    names = harness.need_captures()
    if not shutil.which("sysdig"):
        harness.skip("sysdig is not installed")
    schema = tables.Schema(harness.need_reference())
    cases = harness.Cases()
    compare = Compare(schema, sysdig_table())

    def run(folder):
        for name in names:
            check_capture(cases, compare, name, folder)

    harness.in_temp(run)
    cases.done()


main()
