#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The events of every outside capture, counted: as many of each type as libsinsp sees."""
import gzip
import os
import re
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import harness  # noqa: E402

RECORD = re.compile(rb"\d+\|(\d+)\|\d+\|")


def expected_types(name):
    with open(harness.data_path("data", "expected", name + ".types"), encoding="utf-8") as rows:
        return {key: int(count) for key, count in (row.rstrip("\n").split("\t") for row in rows)}


def expected_times(name):
    """Times of the first and the last event; a value with a newline continues a record."""
    first = last = None
    with gzip.open(harness.data_path("data", "expected", name + ".fields.gz")) as lines:
        for line in lines:
            match = RECORD.match(line)
            if match:
                last = int(match.group(1))
                first = last if first is None else first
    return first, last


def check_capture(cases, name):
    status, got, err = harness.info([harness.capture_path(name)])
    types = expected_types(name)
    cases.equal(status, 0, name + ": exit status")
    cases.equal(err, b"", name + ": standard error")
    cases.equal(got["damaged"], 0, name + ": damaged")
    cases.equal(got["skipped"], 0, name + ": skipped")
    cases.equal(got["by_type"], types, name + ": by_type")
    cases.equal(got["events"], sum(types.values()), name + ": events")
    cases.equal((got["first_ts"], got["last_ts"]), expected_times(name), name + ": times")
    cases.end_group("%s: %d events of %d types" % (name, got["events"], len(got["by_type"])))


def main():
    cases = harness.Cases()
    for name in harness.need_captures():
        check_capture(cases, name)
    cases.done()


main()
