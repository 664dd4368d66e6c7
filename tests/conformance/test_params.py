#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every shown event of the outside captures, parameter by parameter, as libsinsp prints it.

What libsinsp takes from its process table is not compared: the part in parentheses behind
descriptors, processes, users and paths, and the letter of a descriptor's type in a poll list.
Everything else must be the same text, unless it stands in ESCAPED with its reason.
"""
import gzip
import os
import re
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import harness  # noqa: E402
import tables  # noqa: E402

# What may follow a value of a type, because it is known to the process table only.
DESCRIPTOR = r"(?:\(<.*?>.*?\))?"
ANYTHING = r"(?:\(.*?\))?"
STATE_PARTS = {"PT_FD": DESCRIPTOR, "PT_FD32": DESCRIPTOR, "PT_PID": ANYTHING,
               "PT_PID32": ANYTHING, "PT_UID": ANYTHING, "PT_GID": ANYTHING,
               "PT_FSPATH": ANYTHING, "PT_FSRELPATH": ANYTHING}

# Events with bytes that are not safe on a terminal. libsinsp prints them as they are, the command
# prints an escape, so that an event is one line of valid text: (capture, number) -> (byte, escape).
ESCAPED = {
    ("mpm-event_full_capture", "504"): ("\n", "\\n"),  # container JSON ends with a newline
    ("nginx", "21166"): ("\n", "\\n"),  # the same
    ("newest-schema", "3414"): ("\udcff", "\\xff"),  # openat of a name that is no UTF-8
    ("newest-schema", "3440"): ("\udcff", "\\xff"),  # newfstatat of the same name
}

RECORD = re.compile(r"\d+\|\d+\|\d+\|[a-z0-9_]+\|-?\d+\|")
LINE = re.compile(r"(\d+) (\d+)\.(\d{9}) (\d+) \((-?\d+)\) ([<>]) (\S+)(?: (.*))?\Z", re.DOTALL)


def expected_records(name, columns):
    """Records of the reference as dictionaries; a value with a newline continues its record."""
    path = harness.data_path("data", "expected", name + ".fields.gz")
    with gzip.open(path, "rt", encoding="utf-8", errors="surrogateescape", newline="\n") as lines:
        record = ""
        for line in lines:
            if RECORD.match(line) and record:
                yield dict(zip(columns, record[:-1].split("|", len(columns) - 1)))
                record = ""
            record += line
        yield dict(zip(columns, record[:-1].split("|", len(columns) - 1)))


def reference_columns():
    with open(harness.data_path("data", "expected", "FORMAT"), encoding="utf-8") as text:
        return [part.lstrip("*%") for part in text.read().strip().split("|")]


def our_lines(name):
    status, out, err = harness.run_eyas(["read", "-o", "text", "-t", "a",
                                         harness.capture_path(name)])
    if status or err:
        return None, "status %d, %r" % (status, err[:200])
    return out.decode("utf-8", "surrogateescape").split("\n")[:-1], ""


def split_args(text, names):
    """["value", ...] of "name=value name=value"; None if the names are not those."""
    if not names:
        return [] if not text else None
    pattern = " ".join(re.escape(name) + "=(.*?)" for name in names)
    match = re.fullmatch(pattern, text, re.DOTALL)
    return list(match.groups()) if match else None


def param_pattern(value, type_):
    """What libsinsp may print for our value."""
    if type_ == "PT_FDLIST":
        # Where we have "?" for a type that is not known, it may have any letter, or "?", too.
        return re.sub(r":\\\?", ":[0-9A-Za-z?]", re.escape(value))
    if value.startswith("/"):
        return re.escape(value)  # there is nothing to resolve
    return re.escape(value) + STATE_PARTS.get(type_, "")


class Compare:
    """One capture's events against the reference."""

    def __init__(self, schema):
        self.schema = schema

    @staticmethod
    def same_args(params, values, expected):
        """Whether the text of libsinsp is that of our values."""
        parts = [re.escape(param["name"]) + "=" + param_pattern(value, param["type"])
                 for param, value in zip(params, values)]
        return re.fullmatch(" ".join(parts), expected, re.DOTALL) is not None

    def params_of(self, name, exit_, args):
        """The parameters of the event type that our line must be of."""
        for type_ in self.schema.versions(name, exit_):
            params = self.schema.params[type_]
            names = [param["name"] for param in params]
            for count in range(len(names), -1, -1):
                values = split_args(args, names[:count])
                if values is not None:
                    return params[:count], values
        return None, None

    def args(self, name, exit_, args, expected):
        """"" or what differs."""
        if not args or not expected:
            return "" if args == expected else "got %r, expected %r" % (args, expected)
        params, values = self.params_of(name, exit_, args)
        if params is None:
            return "not the parameters of the table: %r" % args
        if self.same_args(params, values, expected):
            return ""
        return "got %r, expected %r" % (args, expected)

    def event(self, line, record, escape):
        """"" or what differs."""
        match = LINE.match(line)
        if not match:
            return "not a line of an event: %r" % line
        num, seconds, ns, cpu, tid, direction, name, args = match.groups()
        got = (num, str(int(seconds) * 10 ** 9 + int(ns)), cpu, tid, name)
        expected = tuple(record[key] for key in ("evt.num", "evt.rawtime", "evt.cpu", "thread.tid",
                                                 "evt.type"))
        if got != expected:
            return "got %r, expected %r" % (got, expected)
        expected = "" if record["evt.args"] == "<NA>" else record["evt.args"]
        if escape:
            if escape[0] not in expected:
                return "listed as escaped, but has nothing to escape"
            expected = expected.replace(*escape)
        return self.args(name, int(direction == "<"), args or "", expected)


def check_capture(cases, schema, name, columns):
    lines, failure = our_lines(name)
    if not cases.check(lines is not None, name + ": eyas read", failure):
        return
    records = list(expected_records(name, columns))
    cases.equal(len(lines), len(records), name + ": events")
    compare = Compare(schema)
    for line, record in zip(lines, records):
        difference = compare.event(line, record, ESCAPED.get((name, record["evt.num"])))
        cases.check(not difference, "%s: event %s %s" % (name, record["evt.num"],
                                                           record["evt.type"]), difference)
    cases.end_group("%s: %d events" % (name, len(lines)))


def main():
    names = harness.need_captures()
    schema = tables.Schema(harness.need_reference())
    cases = harness.Cases()
    for name in names:
        check_capture(cases, schema, name, reference_columns())
    cases.done()


main()
