#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The alerts of the official rules on every outside capture: those that Falco printed, by eyas detect
and by eyas as falco.

Its container plugin was a reduced one, so that what container.* and k8s.* say is not compared."""
import json
import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import harness  # noqa: E402

STABLE = ["falco_rules.yaml"]
ALL = STABLE + ["falco-incubating_rules.yaml", "falco-sandbox_rules.yaml"]

# Where `eyas detect` differs, and why: a user that only the host knows has that name in a container,
# too, as sysdig has it, so that a capture of an alert shows what was seen live.
OURS_ONLY = {("detect", "mpm-event_full_capture", "Non sudo setuid")}


def expected(name, kind):
    """Alerts as Falco printed them; no file is no alert."""
    path = harness.data_path("data", "alerts", "%s.%s.json" % (name, kind))
    if not os.path.exists(path):
        return []
    with open(path, encoding="utf-8") as lines:
        return [line.rstrip("\n") for line in lines]


def detect(name, files):
    args = ["detect", "--matching", "all", "--hostname", "testhost", "-o", "json"]
    for file in files:
        args += ["-R", harness.data_path("data", "rules", file)]
    status, out, err = harness.run_eyas(args + ["-r", harness.capture_path(name)])
    return status, err, out.decode("utf-8").splitlines()


def as_falco(name, files):
    """What it says of losses, and its statistics, do not count."""
    args = ["as", "falco", "-c", "/dev/null", "-e", harness.capture_path(name)]
    for option in ("rule_matching=all", "json_output=true", "stdout_output.enabled=true",
                   "log_syslog=false", "watch_config_files=false"):
        args += ["-o", option]
    for file in files:
        args += ["-r", harness.data_path("data", "rules", file)]
    status, out, err = harness.run_eyas(args, env=dict(harness.ENVIRONMENT,
                                                       FALCO_HOSTNAME="testhost"))
    lines = out.decode("utf-8").splitlines()
    alerts = [line for line in lines if line.startswith("{")]
    if lines[len(alerts):len(alerts) + 1] != ["Events detected: %d" % len(alerts)]:
        err += b"alerts and statistics differ\n"
    said = b"".join(line for line in err.splitlines(True)
                    if b"event drop" not in line and b"actions taken: 0" not in line)
    return status, said, alerts


def foreign(key):
    return key.startswith(("container.", "k8s."))


def comparable(line):
    """Order of the keys counts, so the line itself is compared where all of it may be."""
    alert = json.loads(line)
    if not any(foreign(key) for key in alert["output_fields"]):
        return line
    fields = {key: value for key, value in alert["output_fields"].items() if not foreign(key)}
    return alert["rule"], alert["time"], alert["priority"], list(alert), fields


def check(cases, run, name, kind, files):
    status, err, lines = run(name, files)
    lines = [line for line in lines
             if (run.__name__, name, json.loads(line)["rule"]) not in OURS_ONLY]
    want = expected(name, kind)
    what = "%s, %s rules, %s" % (name, kind, run.__name__)
    cases.equal(status, 0, what + ": exit status")
    cases.equal(err, b"", what + ": standard error")
    cases.equal([comparable(line) for line in lines], [comparable(line) for line in want],
                what + ": alerts")
    cases.end_group("%s: %d alerts" % (what, len(want)))


def main():
    cases = harness.Cases()
    names = harness.need_captures()
    if not os.path.isfile(harness.data_path("data", "rules", STABLE[0])):
        harness.skip("no rules in $EYAS_TESTDATA/data/rules")
    for name in names:
        check(cases, detect, name, "stable", STABLE)
        check(cases, detect, name, "all", ALL)
        check(cases, as_falco, name, "all", ALL)
    cases.done()


main()
