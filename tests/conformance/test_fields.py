#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""29 fields of every event of the outside captures, as the newest libsinsp sees them.

Each capture is read with the very format the reference was printed with, and every line must be
the same. `--escape never` leaves control bytes as they are, as libsinsp does. The differences that
remain stand in DIFFERENCES, each by its events, its values on both sides, and the reason.

The default line is then compared with the layout that the manual says it is.
"""
import gzip
import os
import re
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import harness  # noqa: E402

UNSET = "4294967295"
SETRESUID = "setresuid() leaves an id of -1 as it is; libsinsp takes it as the new one"
IPV6_ROLE = "a peer of a UDP socket that is heard first is the client; libsinsp knows for IPv4 only"
SERVED, CONNECTED = "::1:37467->::1:41848", "::1:41848->::1:37467"
SERVED_0, CONNECTED_0 = "::1:37467->::1:0", "::1:0->::1:37467"


def in_args(theirs, ours):
    """A difference inside of evt.args."""
    return ("evt.args", theirs, ours)


def ports(client, server):
    """The two ends of one connection the other way round."""
    return [("fd.cport", server, client), ("fd.sport", client, server)]


# (capture, thread, first and last event, [(field, theirs, ours), ...], reason)
DIFFERENCES = [
    ("setns", "8082", 1470, 1471, [("user.uid", UNSET, "501")], SETRESUID),
    ("setns", "8082", 1598, 1909, [("user.uid", UNSET, "0")], SETRESUID),
    ("newest-schema", "159", 2569, 2569,
     [("fd.name", SERVED, CONNECTED), in_args(SERVED, CONNECTED)] + ports("41848", "37467"),
     IPV6_ROLE),
    ("newest-schema", "159", 2574, 2576,
     [("fd.name", SERVED_0, CONNECTED_0), in_args(SERVED_0, CONNECTED_0)] + ports("0", "37467"),
     IPV6_ROLE),
]

# eyas-read(1). The line has no blank at its end where an event has no parameters.
DEFAULT_LINE = "*%evt.num %evt.outputtime %evt.cpu %proc.name (%thread.tid) %evt.dir %evt.type" \
    " %evt.info"

RECORD = re.compile(r"\d+\|\d+\|\d+\|[a-z0-9_]+\|-?\d+\|")


def records(text):
    """The records of a text; a value with a newline continues its record."""
    record = ""
    for line in text.split("\n")[:-1]:
        line += "\n"
        if RECORD.match(line) and record:
            yield record[:-1]
            record = ""
        record += line
    if record:
        yield record[:-1]


def expected_text(name):
    path = harness.data_path("data", "expected", name + ".fields.gz")
    with gzip.open(path, "rt", encoding="utf-8", errors="surrogateescape", newline="\n") as lines:
        return lines.read()


class Differences:
    """The list above for one capture, with a count of how often each was met."""

    def __init__(self, capture, columns):
        self.columns = columns
        self.rows = [row for row in DIFFERENCES if row[0] == capture]
        self.met = [0] * len(self.rows)

    def apply(self, record):
        """The record as it is expected from the command."""
        number, _, _, _, tid, _ = record.split("|", 5)
        for index, (_, thread, first, last, fields, _) in enumerate(self.rows):
            if thread == tid and first <= int(number) <= last:
                changed = self.change(record, fields)
                self.met[index] += changed != record
                record = changed
        return record

    def change(self, record, fields):
        values = record.split("|", len(self.columns) - 1)
        for field, theirs, ours in fields:
            index = self.columns.index(field)
            if field == "evt.args":
                values[index] = values[index].replace(theirs, ours)
            elif values[index] == theirs:
                values[index] = ours
        return "|".join(values)


def difference(columns, theirs, ours):
    """Which fields of two records differ."""
    pairs = zip(columns, theirs.split("|", len(columns) - 1), ours.split("|", len(columns) - 1))
    return "; ".join("%s: libsinsp %.200r, eyas %.200r" % pair for pair in pairs
                     if pair[1] != pair[2])


def check_capture(cases, name, layout):
    columns = [part.lstrip("*%") for part in layout.split("|")]
    status, out, err = harness.run_eyas(["read", "--escape", "never", "-p", layout,
                                         "-r", harness.capture_path(name)])
    cases.equal((status, err), (0, b""), name + ": eyas read")
    theirs = list(records(expected_text(name)))
    ours = list(records(out.decode("utf-8", "surrogateescape")))
    cases.equal(len(ours), len(theirs), name + ": events")
    differences = Differences(name, columns)
    for their, our in zip(theirs, ours):
        their = differences.apply(their)
        cases.check(their == our, "%s: event %s" % (name, their.split("|", 1)[0]),
                    difference(columns, their, our))
    for row, count in zip(differences.rows, differences.met):
        cases.check(count > 0, "%s: a difference is listed that there is not" % name, row)
    cases.end_group("%s: %d events, %d other than libsinsp" % (name, len(ours),
                                                               sum(differences.met)))


def check_default_line(cases, name):
    args = ["read", "--escape", "never", "-r", harness.capture_path(name)]
    lines = [harness.run_eyas(args + more)[1].split(b"\n") for more in ([], ["-p", DEFAULT_LINE])]
    cases.equal(len(lines[0]), len(lines[1]), name + ": default lines")
    for line, layout in zip(*lines):
        cases.check(layout in (line, line + b" "), name + ": default line", (line, layout))
    cases.end_group("%s: %d default lines" % (name, len(lines[0]) - 1))


def main():
    names = harness.need_captures()
    with open(harness.data_path("data", "expected", "FORMAT"), encoding="utf-8") as text:
        layout = text.read().strip()
    cases = harness.Cases()
    for name in names:
        check_capture(cases, name, layout)
        check_default_line(cases, name)
    cases.done()


main()
