#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What sysdig 0.29 reads from `eyas record --compat sysdig-0.29` is what `eyas read` reads.

Every outside capture is recorded for sysdig and printed by both, in the same format. sysdig is told
to show internal events (-D), which it hides otherwise: procinfo, drop and the like are then in both
outputs. Only the container events at the very beginning it takes as state when it opens a file, and
never prints. It is told not to cut buffers (-v). It also gets enter events that were made of the
exit events, which the command reads as one again; those are compared with what they were made of.
What stands in parentheses behind descriptors, processes, users and paths is not compared:
test_sysdig_fields.py does that. The other differences stand in the tables of peer.py, each with
its reason.
"""
import os
import re
import shutil
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import harness  # noqa: E402
import peer  # noqa: E402
import tables  # noqa: E402

LEFT_OUT = re.compile(rb"left out for --compat: (\d+) events")


# Enter events made for sysdig that are events today, too.
MADE = ("connect", "execve", "open", "creat", "openat", "openat2")


def enter_events(records):
    return sum(record[4] == ">" and record[5] in MADE for record in records)


def check_capture(cases, compare, name, folder):
    path = os.path.join(folder, name + ".scap")
    status, _, err = harness.run_eyas(["record", "--compat", "sysdig-0.29", "-r",
                                       harness.capture_path(name), "-w", path])
    cases.equal(status, 0, name + ": record: " + err.decode())
    left_out = LEFT_OUT.search(err)
    theirs, status = peer.sysdig_records(path)
    cases.equal(status, 0, name + ": exit status of sysdig")
    ours, status = peer.our_records(path)
    cases.equal(status, 0, name + ": eyas read")
    everything, _ = peer.our_records(harness.capture_path(name))
    more = enter_events(ours) - enter_events(everything)
    cases.equal(len(everything) - len(ours) + more, int(left_out.group(1)) if left_out else 0,
                name + ": events left out")
    state = 0
    while ours[state][5] == "container":
        state += 1
    ours = ours[state:]
    made = []
    theirs = compare.without_made(theirs, ours, made)
    cases.equal(len(theirs), len(ours), name + ": events")
    for their, our in made:
        difference = compare.enter(their, our) if our else "no event follows"
        cases.check(not difference, "%s: enter event %s %s" % (name, their[0], their[5]),
                    difference)
    for their, our in zip(theirs, ours):
        difference = compare.event(their, our)
        cases.check(not difference, "%s: event %s %s" % (name, our[0], our[5]), difference)
    cases.end_group("%s: %d events, %d enter events made, %d taken as state" %
                    (name, len(ours), len(made), state))
    os.unlink(path)


def main():
    names = harness.need_captures()
    if not shutil.which("sysdig"):
        harness.skip("sysdig is not installed")
    schema = tables.Schema(harness.need_reference())
    cases = harness.Cases()
    compare = peer.Args(schema, peer.sysdig_table())

    def run(folder):
        for name in names:
            check_capture(cases, compare, name, folder)

    harness.in_temp(run)
    cases.done()


main()
