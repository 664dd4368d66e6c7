#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Each rule of our own tells of its trigger and not of its twin, live and from a capture."""
import os
import re
import sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "lib")]
import harness  # noqa: E402
import stage  # noqa: E402
import triggers  # noqa: E402

RULES = os.path.join(HERE, "..", "..", "rules", "eyas_rules.yaml")


def rule_names():
    with open(RULES, encoding="utf-8") as lines:
        return re.findall(r"^- rule: (.*)$", lines.read(), re.M)


def test_file(cases):
    status, out, _ = harness.run_eyas(["rules", "check", RULES])
    cases.equal((status, out.endswith(b": Ok\n")), (0, True), "the rules load without warnings")
    names = rule_names()
    cases.check(len(names) >= 40, "there are 40 rules")
    cases.equal([row[0] for row in triggers.TRIGGERS], names, "each rule has its triggers, in order")
    cases.end_group("the file")


def without_time(alerts, begin):
    """Both probes take the time of an event themselves."""
    return sorted((alert["rule"], alert["output"].split(": ", 1)[1]) for alert in alerts
                  if stage.nanoseconds(alert) >= begin)


def test_triggers(cases, tmp, cgroup):
    environment = stage.environment(tmp, cgroup)

    def prepare():
        stage.copy_directories(tmp)
        stage.make_files(triggers.FILES)
    # Twins first: some make what their trigger changes.
    texts = [text for row in triggers.TRIGGERS for text in (row[2], row[1])]
    times, results, capture = stage.watch(
        tmp, [stage.step(text, environment) for text in texts], prepare)
    if not cases.check(times, "the steps ran"):
        return
    for (status, _, err), name in zip(results, ("detect", "record")):
        cases.equal((status, err), (0, b""), name + " ends well")
    alerts = stage.alerts_of(results[0][1])
    for i, (rule, _, _) in enumerate(triggers.TRIGGERS):
        cases.check(rule not in stage.within(alerts, times[2 * i]), rule + ": not of its twin")
        told = stage.within(alerts, times[2 * i + 1])
        cases.check(rule in told, rule + ": of its trigger", sorted(told))
    cases.end_group("live")
    status, out, err = harness.run_eyas(["detect", "-o", "json", "--matching", "all", "-r", capture])
    cases.equal((status, err), (0, b""), "replay ends well")
    again = without_time(stage.alerts_of(out), times[0][0])
    live = without_time(alerts, times[0][0])
    for alert in live:
        if alert in again:
            again.remove(alert)
        else:
            cases.check(False, "the capture has every alert", alert)
    cases.equal(again, [], "the capture has no other alert")
    cases.end_group("from a capture: %d alerts" % len(live))


def main():
    cases = harness.Cases()
    test_file(cases)
    if os.getuid():
        for name in rule_names():
            cases.skip(name + ": needs root")
    else:
        stage.with_cgroup(lambda cgroup: harness.in_temp(
            lambda tmp: test_triggers(cases, tmp, cgroup)))
    cases.done()


main()
