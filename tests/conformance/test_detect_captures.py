#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Captures that alerts begin say of their events what the capture says that they were cut out of.

For every outside capture, alerts at some of its events, with all that is a matter of the state
before and behind them. What captures have no place for is left out: the device of a directory.
"""
import glob
import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import harness  # noqa: E402

FORMAT = "*" + "\t".join((
    "%evt.rawtime %evt.cpu %thread.tid %evt.type", "%evt.args", "%proc.name", "%proc.pid",
    "%proc.vpid", "%proc.exe", "%proc.exepath", "%proc.args", "%proc.cwd", "%proc.env",
    "%proc.pname", "%proc.aname[2]", "%proc.aname[3]", "%proc.sid", "%proc.sname", "%proc.tty",
    "%proc.pgid", "%proc.nchilds", "%proc.nthreads", "%proc.fdopencount", "%proc.exe_ino",
    "%proc.is_exe_writable", "%thread.cap_permitted", "%user.name", "%user.loginuid",
    "%group.name", "%container.id", "%fd.num", "%fd.name", "%fd.type", "%fd.nameraw", "%fd.ino",
    "%fd.cip", "%fd.sip", "%fd.cport", "%fd.sport", "%fd.is_server", "%fd.l4proto"))
RULE = """- rule: some events
  desc: some events of a capture
  condition: evt.num in (%s)
  output: "%%evt.num"
  priority: WARNING
  capture: true
  capture_duration: 50
"""


def lines(path):
    status, out, err = harness.run_eyas(["read", "-r", path, "-p", FORMAT])
    if status:
        sys.exit("eyas read %s: %s" % (path, err.decode()))
    return out.splitlines()


def check_capture(cases, name, folder):
    path = harness.capture_path(name)
    rules = os.path.join(folder, "rules.yaml")
    numbers = harness.run_eyas(["read", "-r", path, "-p", "*%evt.num"])[1].split()
    chosen = [numbers[len(numbers) * part // 8].decode() for part in range(1, 8, 2)]
    with open(rules, "w", encoding="ascii") as out:
        out.write(RULE % ", ".join(chosen))
    status, _, err = harness.run_eyas(["detect", "-q", "-R", rules, "-r", path, "--capture-prefix",
                                       os.path.join(folder, name), "--capture-before", "0.1"])
    cases.equal((status, err), (0, b""), name + ": status")
    whole = lines(path)
    files = sorted(glob.glob(os.path.join(folder, name + "_*.scap")))
    cases.check(files, name + ": captures")
    for file in files:
        part = lines(file)
        # Where they begin, by the time and the thread alone.
        heads = [line.split(b"\t")[0] for line in whole]
        first = heads.index(part[0].split(b"\t")[0])
        differ = [pair for pair in zip(part, whole[first:]) if pair[0] != pair[1]]
        cases.check(not differ, os.path.basename(file), differ[:1])
    cases.end_group(name)


def main():
    names = harness.need_captures()
    cases = harness.Cases()
    for name in names:
        harness.in_temp(lambda folder, name=name: check_capture(cases, name, folder))
    cases.done()


main()
