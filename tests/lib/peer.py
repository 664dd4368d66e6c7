# SPDX-License-Identifier: Apache-2.0
"""What sysdig 0.29 prints of a capture, what `eyas read` does, and how the two are compared.

Values of events, parameter by parameter (Args), and of fields, where rules say why they may differ
(Fields).
"""
import collections
import re
import subprocess

import harness

FORMAT = "*%evt.num|%evt.rawtime|%evt.cpu|%thread.tid|%evt.dir|%evt.type|%evt.args"
RECORD = re.compile(r"\d+\|\d+\|\d+\|-?\d+\|[<>]\|[a-zA-Z0-9_]+\|")
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

# Second names of a value, of which sysdig 0.29 prints the first only.
SECOND_NAMES = ("AF_UNIX", "AF_NETLINK")

# What stands behind a value of a type from what is known about the process, in our text.
RESOLVED = {
    "FD": re.compile(r"(?<=\d)\(<.*\Z", re.DOTALL),
    "PID": re.compile(r"(?<=\d)\(.*\Z", re.DOTALL),
    "UID": re.compile(r"(?<=\d)\(.*\Z", re.DOTALL),
    "GID": re.compile(r"(?<=\d)\(.*\Z", re.DOTALL),
    "FSPATH": re.compile(r"\(/.*\)\Z", re.DOTALL),
    "FSRELPATH": re.compile(r"\((?:/|<UNKNOWN>).*\)\Z", re.DOTALL),
}

# A byte that is not ASCII, which sysdig leaves out of a path.
NOT_ASCII = re.compile("[^\0-\x7f]")

# A tuple of IPv6 without addresses, which it takes for one of IPv4.
NO_ADDRESSES = re.compile(r":::(\d+)->:::(\d+)")

# What a value that is missing looks like: sysdig prints a buffer as empty and an address as NULL.
MISSING = {"NULL": ("", "NULL"), "<NA>": ("<NA>", "NULL")}


# Parameters of enter events with another name than today's exit event has for them.
ENTER_NAMES = {
    ("dup", "fd"): "oldfd",
    ("dup2", "fd"): "oldfd",
    ("dup3", "fd"): "oldfd",
    ("sendfile", "offset"): None,  # today's is the one after the call
}

# What an enter event that was made says where the exit event does not know.
ENTER_UNKNOWN = {"UINT64": "0"}


def sysdig_table():
    """(direction, name) -> the longest list of parameter names and types among its versions; for
    enter events the last one, which is what the writer makes."""
    out = subprocess.run(["sysdig", "-L"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                         check=True).stdout.decode("utf-8")
    table = {}
    for line in out.splitlines():
        direction, name, text = DECLARED.match(line).groups()
        params = [tuple(part.split(" ", 1)) for part in text.split(", ")] if text else []
        if direction == ">" or len(params) >= len(table.get((direction, name), [])):
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
    names = [name for name in names[:-1].split("|")
             if name and name not in NEWER_FLAGS + SECOND_NAMES]
    return "%s(%s)" % (number, "|".join(names)) if names else number


def value_pattern(event, type_, name, value):
    """What sysdig may print for our value of one of its parameters."""
    if (event, name) in RETYPED:
        value = RETYPED[event, name](value)
    if value in MISSING:
        return "(?:" + "|".join(re.escape(text) for text in MISSING[value]) + ")"
    if type_.startswith("FLAGS"):
        value = without_newer(value)
    if type_ == "SOCKTUPLE":
        value = NO_ADDRESSES.sub(r"0.0.0.0:\1->0.0.0.0:\2", value)
    if type_ == "FDLIST":
        # The letter behind a number is the type of the descriptor.
        return re.sub(r"(\d+):.", r"\1:[0-9A-Za-z?]", value)
    if type_ in RESOLVED:
        return re.escape(NOT_ASCII.sub("", RESOLVED[type_].sub("", value))) + r"(?:\(.*?\))?"
    return re.escape(value)


def split_args(args, names):
    """Values of "name=value name=value"; None if the names are not those."""
    if not names:
        return [] if not args else None
    match = re.fullmatch(" ".join(re.escape(name) + "=(.*?)" for name in names), args, re.DOTALL)
    return list(match.groups()) if match else None


class Args:
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

    def enter(self, theirs, ours):
        """"" or what differs of an enter event that was made of our exit event."""
        if theirs[1:4] != ours[1:4] or ours[5] not in RENAMED_EVENTS.get(theirs[5], (theirs[5],)):
            return "sysdig %r, eyas %r" % (theirs[:6], ours[:6])
        params = self.our_params(ours[4], ours[5], "" if ours[6] == "<NA>" else ours[6])
        if params is None:
            return "not the parameters of the table: %r" % ours
        values = {name: value for _, name, value in params}
        parts = []
        for type_, name in self.table[">", theirs[5]]:
            value = values.get(ENTER_NAMES.get((ours[5], name), name), "<NA>")
            if value == "<NA>" and type_ in ENTER_UNKNOWN:
                parts.append(re.escape(name) + "=" + ENTER_UNKNOWN[type_])
            else:
                parts.append(re.escape(name) + "=" + value_pattern(ours[5], type_, name, value))
        if re.fullmatch(" ".join(parts), theirs[6].removesuffix(" "), re.DOTALL):
            return ""
        return "sysdig %r, eyas %r" % (theirs[5:], ours[5:])

    def without_made(self, theirs, ours, made):
        """Their events without the enter events that the writer made, which go to made with the
        event of ours they were made of."""
        result, at = [], 0
        for event in theirs:
            if event[4] == ">" and (at == len(ours) or ours[at][1:5] != event[1:5]):
                made.append((event, ours[at] if at < len(ours) else None))
                continue
            result.append(event)
            at += 1
        return result

    def event(self, theirs, ours):
        """"" or what differs."""
        names = RENAMED_EVENTS.get(theirs[5], (theirs[5],))
        if theirs[1:5] != ours[1:5] or ours[5] not in names:
            return "sysdig %r, eyas %r" % (theirs[:6], ours[:6])
        their_args, our_args = ("" if args == "<NA>" else args for args in (theirs[6], ours[6]))
        # sysdig ends a list with a blank.
        their_args = their_args[:-1] if their_args.endswith(" ") else their_args
        return self.args(ours[4], ours[5], theirs[5], their_args, our_args)


# ---- fields ----

MISSING_FIELD = "<NA>"


def field_events(command, columns):
    """The events a command prints: a list of the values of columns by name."""
    # Bytes that no value has part them; lines do not, because values may have several.
    layout = "*\x1e" + "\x1f".join("%" + field for field in columns)
    done = subprocess.run(command + ["-p", layout], check=False, env=harness.ENVIRONMENT,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL)
    text = done.stdout.decode("utf-8", "surrogateescape")
    return [dict(zip(columns, event[:-1].split("\x1f"))) for event in text.split("\x1e")[1:]]


class Fields:
    """Values of fields on both sides. Where they differ, one of the rules must say why:
    name -> (fields, condition on (their value, our value, our event), reason)."""

    def __init__(self, cases, rules):
        self.cases, self.rules = cases, rules
        self.used = collections.Counter()
        self.seen = set()

    def explain(self, field, theirs, ours, event):
        """The rule that explains a difference, "" if there is none."""
        for name, (fields, condition, _) in self.rules.items():
            if field in fields and condition(theirs, ours, event):
                return name
        return ""

    def value(self, what, field, theirs, ours, event):
        rule = "" if theirs == ours else self.explain(field, theirs, ours, event)
        self.used[rule] += 1
        if theirs == ours and ours != MISSING_FIELD:
            self.seen.add(field)
        self.cases.check(theirs == ours or rule, "%s: %s" % (what, field),
                         "sysdig %.200r, eyas %.200r" % (theirs, ours))

    def all_used(self, fields, but=()):
        """Every rule was needed, and every field had a value that both agreed on."""
        for name, (_, _, reason) in self.rules.items():
            self.cases.check(self.used[name] or name in but,
                             "no difference needs rule '%s': %s" % (name, reason))
        self.cases.equal(sorted(set(fields) - self.seen), [],
                         "fields that never had the same value")
        self.cases.end_group("%d fields, %d values with a listed difference" %
                             (len(fields), sum(self.used.values()) - self.used[""]))
