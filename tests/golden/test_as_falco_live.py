#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""
eyas as falco on this machine: alerts, what it captures, its end by -M and by signals, restarts.
Needs the rights and the kernel that the probe needs.
"""
import json
import os
import signal
import subprocess
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import harness  # noqa: E402

WAIT_S = 60
MARK = "eyas-as-falco-mark"
READY = "Opening 'syscall' source with modern BPF probe."
ENABLED = "Enabled event sources: syscall"

RULES = """\
- rule: Mark opened
  desc: the file of this test was opened
  condition: evt.type in (open, openat, openat2) and fd.name endswith /%s
  output: opened (file=%%fd.name by=%%proc.name)
  priority: WARNING
""" % MARK

CONFIG = """\
rules_files: [rules.yaml]
engine: {kind: modern_ebpf, modern_ebpf: {buf_size_preset: 3}}
stdout_output: {enabled: true}
json_output: true
log_stderr: true
log_syslog: false
log_level: debug
"""


def read(path):
    with open(path, encoding="utf-8", errors="replace") as file:
        return file.read()


class Running:
    def __init__(self, *args):
        # pylint: disable-next=consider-using-with
        self.process = subprocess.Popen(
            [harness.EYAS, "as", "falco", "-c", "falco.yaml", *args],
            stdin=subprocess.DEVNULL, stdout=open("out.txt", "wb"), stderr=open("err.txt", "wb"),
            env=harness.ENVIRONMENT)

    def wait_until(self, condition):
        end = time.monotonic() + WAIT_S
        while time.monotonic() < end and self.process.poll() is None:
            if condition():
                return True
            time.sleep(0.02)
        return condition()

    def wait_for(self, text, count=1):
        return self.wait_until(lambda: read("err.txt").count(text) >= count)

    def sees(self, name, count=1):
        """Does an alert come of a file that is opened again and again?"""
        def seen():
            with open(name, encoding="utf-8"):
                pass
            return sum(name in line and "Mark opened" in line
                       for line in read("out.txt").splitlines()) >= count
        return self.wait_until(seen)

    def end(self, signum=signal.SIGTERM):
        if self.process.poll() is None:
            self.process.send_signal(signum)
        return self.process.wait(WAIT_S)


def alerts(cases):
    run = Running("-v", "-w", "all.scap", "-o", "falco_libs.snaplen=40")
    if not run.wait_for(READY) or run.process.poll() is not None:
        harness.skip("no live events here: " + read("err.txt").splitlines()[-1])
    cases.check("syscall buffer dimension is: 4194304 bytes (4 MBs)" in read("err.txt"), "rings",
                read("err.txt"))
    if not run.sees(MARK):
        if run.process.poll() is not None:
            harness.skip("no live events here: " + read("err.txt").splitlines()[-1])
        cases.check(False, "an alert", read("err.txt"))
    cases.equal(run.end(), 0, "status")
    alert = json.loads(read("out.txt").splitlines()[0])
    cases.equal((alert["rule"], alert["priority"], alert["source"]),
                ("Mark opened", "Warning", "syscall"), "an alert")
    cases.check(alert["output_fields"]["fd.name"].endswith("/" + MARK), "its fields")
    err = read("err.txt")
    for text in ("Driver Events:", "Driver Drops:", "(syscall) Elapsed time: ",
                 "Syscall event drop monitoring:", "SIGINT received, exiting..."):
        cases.check(text in err, text, err)
    status, info, err = harness.info(["-r", "all.scap"])
    cases.check(status == 0 and info["events"] > 0, "-w", err)


def lasting(cases):
    run = Running("-M", "1", "-o", "base_syscalls.repair=true")
    cases.equal(run.process.wait(WAIT_S), 0, "-M: status")
    cases.check("Events detected: " in read("out.txt"), "-M: statistics")


def restarting(cases):
    run = Running("-w", "parts.scap")
    cases.check(run.sees(MARK), "before the restart", read("err.txt"))
    harness.write_text("rules.yaml", RULES.replace("Mark opened", "Mark opened anew"))
    cases.check(run.wait_for("SIGHUP received, restarting...") and run.wait_for(ENABLED, 2),
                "restart", read("err.txt"))
    cases.check(run.wait_until(lambda: run.sees(MARK, 1) and "opened anew" in read("out.txt")),
                "alerts of the new rules", read("err.txt"))
    cases.equal(run.end(signal.SIGINT), 0, "status")
    cases.check(os.path.exists("parts.scap") and os.path.exists("parts.scap1"),
                "what was captured before stays", os.listdir("."))


def main(folder):
    os.chdir(folder)
    harness.write_text(MARK, "")
    harness.write_text("rules.yaml", RULES)
    harness.write_text("falco.yaml", CONFIG)
    cases = harness.Cases()
    for check in (alerts, lasting, restarting):
        check(cases)
        cases.end_group(check.__name__)
    cases.done()


harness.in_temp(main)
