#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""eyas detect: what is done about losses, on a capture with losses that are made up."""
import json
import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import harness  # noqa: E402

SAMPLE = "tests/data/sample.scap"


def detect(*args):
    return harness.run_eyas(["detect", "-r", SAMPLE, "--rate", "0.001", "--max-burst", "1", *args])


def internal(out):
    return [alert for alert in map(json.loads, out.splitlines()) if alert["source"] == "internal"]


def losses(cases):
    status, out, err = detect("-o", "json", "--simulate-drops", "--drop-rate", "0.0001")
    alerts = internal(out)
    cases.equal(status, 0, "status")
    cases.equal([alert["rule"] for alert in alerts], ["Eyas internal: syscall event drop"],
                "alerts")
    cases.equal([alert["output_fields"]["n_drops"] for alert in alerts], ["1"], "lost")
    cases.equal(err.count(b"syscall event drop: 1 of 0"), 1, "log")


def actions(cases):
    for chosen, status, alerts, logged in (("ignore", 0, 0, False), ("log", 0, 0, True),
                                           ("alert", 0, 1, False), ("exit", 1, 0, True),
                                           ("exit,alert", 1, 1, True)):
        got, out, err = detect("-o", "json", "--simulate-drops", "--drop-rate", "0.0001",
                               "--drop-actions", chosen)
        cases.equal(got, status, chosen + ": status")
        cases.equal(len(internal(out)), alerts, chosen + ": alerts")
        cases.equal(b"syscall event drop" in err, logged, chosen + ": logged")
        cases.equal(b"to end the run" in err, "exit" in chosen, chosen + ": said")


def usage(cases):
    for args in (("--drop-actions", "log,"), ("--drop-actions", "logs"), ("--drop-actions", ""),
                 ("--drop-threshold", "1.1"), ("--drop-threshold", "x"),
                 ("--drop-rate", "0"), ("--drop-burst", "nan")):
        status, out, err = detect(*args)
        cases.equal((status, out, args[0].encode() in err), (2, b"", True), " ".join(args))


def main():
    cases = harness.Cases()
    for check in (losses, actions, usage):
        check(cases)
        cases.end_group(check.__name__)
    cases.done()


main()
