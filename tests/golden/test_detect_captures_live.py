#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Captures that alerts on this machine begin: who did what before, though it is gone by then.

Needs the rights and the kernel that the probe needs. What a capture of an alert says is compared
with what the capture of all events of the same run says.
"""
import glob
import os
import shutil
import signal
import subprocess
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from harness import Cases, ENVIRONMENT, EYAS, in_temp, run_eyas, skip  # noqa: E402

PATIENCE = 60  # seconds after which something that should have happened has not
FORMAT = ("*%evt.rawtime %evt.cpu %thread.tid %evt.type %evt.args|%proc.name %proc.pid %proc.cmdline "
          "%proc.exepath %proc.pname %proc.aname[2] %proc.cwd %user.name %container.id %fd.num "
          "%fd.name %fd.type")
RULE = """- rule: marked
  desc: somebody looks at the marker
  condition: evt.type in (open, openat) and fd.name=%s
  output: marked
  priority: WARNING
  capture: true
  capture_duration: %d
"""

cases = Cases()


def lines(path):
    status, out, err = run_eyas(["read", "-r", path, "-p", FORMAT])
    cases.check(status == 0, "eyas read -r " + path, err)
    return out.splitlines()


class Detection:
    """eyas detect, which has seen something by the time it is made."""

    def __init__(self, tmp, duration_ms, *args):
        self.tmp = tmp
        self.marker = os.path.join(tmp, "marker")
        rules = os.path.join(tmp, "rules.yaml")
        with open(self.marker, "w", encoding="ascii"), open(rules, "w", encoding="utf-8") as out:
            out.write(RULE % (self.marker, duration_ms))
        self.all = os.path.join(tmp, "all.scap")
        self.process = subprocess.Popen(
            [EYAS, "detect", "-R", rules, "--syscalls", "default", "-w", self.all,
             "--capture-prefix", os.path.join(tmp, "c"), *args],
            env=ENVIRONMENT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE)
        self.wait_for(lambda: os.path.exists(self.all + ".part"), "the beginning")

    def wait_for(self, condition, what):
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end and self.process.poll() is None:
            if condition():
                return True
            time.sleep(0.02)
        return cases.check(False, "waited for " + what)

    def mark(self):
        subprocess.run(["cat", self.marker], check=True)
        self.process.stdout.readline()

    def captures(self, ending=".scap"):
        return sorted(glob.glob(os.path.join(self.tmp, "c_*" + ending)))

    def end(self, signum=signal.SIGTERM):
        self.process.send_signal(signum)
        _, err = self.process.communicate(timeout=PATIENCE)
        cases.equal((self.process.returncode, err), (0, b""), "status")


def compare(detection, path, what):
    """Is it a part of what the capture of all events says?"""
    whole, part = lines(detection.all), lines(path)
    if not cases.check(part and part[0] in whole, what + ": begins with an event of all",
                       part[:1]):
        return part
    first = whole.index(part[0])
    whole = whole[first:first + len(part)]
    differ = [pair for pair in zip(part, whole) if pair[0] != pair[1]]
    cases.check(len(whole) == len(part) and not differ, what + ": says the same", differ[:2])
    return part


def test_before(tmp):
    # A program of its own name, so that it can be found, whose parent ends before it, too.
    culprit = os.path.join(tmp, "culprit")
    secret = os.path.join(tmp, "secret")
    shutil.copy("/bin/cat", culprit)
    with open(secret, "w", encoding="ascii") as out:
        out.write("x")
    detection = Detection(tmp, 200, "--capture-before", "30")
    subprocess.run(["sh", "-c", "cd %s; %s secret >/dev/null; :" % (tmp, culprit)], check=True)
    time.sleep(0.1)
    detection.mark()
    detection.wait_for(detection.captures, "the end of the capture")
    cases.equal(len(detection.captures()), 1, "one capture, over by itself")
    detection.end()
    part = compare(detection, detection.captures()[0], "before")
    reads = [line for line in part if b" read " in line and b"|culprit " in line
             and secret.encode() in line]
    cases.check(reads, "who read it before the alert")
    cases.check(all(b" sh " in line for line in reads), "and whose child that was", reads[:1])
    cases.check(any(detection.marker.encode() in line for line in part), "the alert")
    cases.end_group("what came before")


def test_signal(tmp):
    detection = Detection(tmp, 100000)
    detection.mark()
    detection.wait_for(lambda: detection.captures(".part"), "a capture")
    cases.equal(detection.captures(), [], "not over")
    subprocess.run(["cat", "/etc/hostname"], check=True, stdout=subprocess.DEVNULL)
    detection.end()
    cases.equal((len(detection.captures()), detection.captures(".part")), (1, []), "whole")
    part = compare(detection, detection.captures()[0], "signal")
    cases.check(any(b"/etc/hostname" in line for line in part), "up to the end")
    cases.end_group("a signal")


def test_hangup(tmp):
    """A new file of all events, as eyas record has it; captures of alerts go on."""
    detection = Detection(tmp, 100000)
    detection.mark()
    detection.process.send_signal(signal.SIGHUP)
    detection.wait_for(lambda: os.path.exists(detection.all), "the first file")
    subprocess.run(["cat", "/etc/hostname"], check=True, stdout=subprocess.DEVNULL)
    detection.end()
    cases.check(os.path.exists(detection.all + "1"), "the second file", os.listdir(tmp))
    cases.check(any(b"/etc/hostname" in line for line in lines(detection.captures()[0])),
                "one capture over both")
    cases.end_group("a hangup")


def main():
    if os.geteuid():
        skip("not root")
    status, _, err = run_eyas(["probe", "-o", "json"])
    if status:
        skip("the probe does not work here: " + err.decode().strip())
    for test in (test_before, test_signal, test_hangup):
        in_temp(test)
    cases.done()


main()
