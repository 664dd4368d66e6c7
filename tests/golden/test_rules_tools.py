#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""eyas rules explain, profile and test: counts are those of eyas detect; wrong use is said."""
import collections
import json
import os
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import harness  # noqa: E402

RULES = "tests/rules/sample.yaml"
CAPTURE = "tests/data/sample.scap"
INPUT = ["-R", RULES, "-r", CAPTURE, "-o", "json"]


def objects(arguments):
    status, out, err = harness.run_eyas(arguments)
    if status:
        raise RuntimeError(err)
    return [json.loads(line) for line in out.decode("utf-8").splitlines()]


def check_counts(cases):
    """Of each enabled rule, as many matches as there are alerts; nothing is left unexplained."""
    alerts = collections.Counter(
        alert["rule"] for alert in objects(["detect", "--matching", "all"] + INPUT))
    profile = objects(["rules", "profile"] + INPUT)[0]
    for row in profile["rules"]:
        events = objects(["rules", "explain", row["rule"]] + INPUT)
        total = events.pop()
        cases.equal(row["matches"], alerts[row["rule"]], row["rule"] + ": matches, measured")
        cases.equal(total["matched"], alerts[row["rule"]], row["rule"] + ": matches, explained")
        cases.equal(total["looked_at"], row["events"], row["rule"] + ": events looked at")
        cases.equal(len(events), total["looked_at"], row["rule"] + ": lines")
        cases.equal(sum(row["count"] for row in total["stopped"]),
                    total["looked_at"] - total["matched"], row["rule"] + ": events stopped")
    cases.equal(sum(row["matches"] for row in profile["rules"]), sum(alerts.values()), "alerts")
    cases.equal(profile["ns"], sum(row["ns"] for row in profile["rules"]), "time of the rules")
    cases.equal(profile["ns"], sum(row["ns"] for row in profile["comparisons"]),
                "time of the comparisons")
    cases.equal([row["ns"] for row in profile["comparisons"]],
                sorted((row["ns"] for row in profile["comparisons"]), reverse=True), "order")


def check_use(cases):
    for arguments, status, words in (
            (["explain"], 2, "the name of a rule comes first"),
            (["explain", "-R", RULES], 2, "the name of a rule comes first"),
            (["explain", "Connection accepted", "-r", CAPTURE], 1, "there is no rule"),
            (["explain", "None", "-R", RULES, "-r", CAPTURE], 1, "there is no rule 'None'"),
            (["explain", "None", "-R", CAPTURE, "-r", CAPTURE], 1, "no rules file"),
            (["explain", "None", "-R", "tests/rules/broken.yaml", "-r", CAPTURE], 1, "broken"),
            (["explain", "Connection accepted", "-R", RULES, "-r", "none.scap"], 1, "none.scap"),
            (["explain", "Connection accepted", "-R", RULES, "-r", CAPTURE, "--raw-schema"], 2,
             "--raw-schema"),
            (["explain", "Connection accepted", "-o", "xml"], 2, "expected text or json"),
            (["test"], 2, "expected one file"),
            (["test", "a", "b"], 2, "expected one file"),
            (["test", "-o", "text", "a"], 2, "expected tap or json"),
            (["test", "none.yaml"], 1, "none.yaml"),
            (["profile", "-R", RULES, "-r", CAPTURE, "--top", "0"], 2, "from 1 on"),
            (["profile", "-R", "tests/rules/broken.yaml", "-r", CAPTURE], 1, "broken")):
        got, out, err = harness.run_eyas(["rules"] + arguments)
        said = err if isinstance(err, str) else err.decode("utf-8")
        cases.equal(got, status, " ".join(arguments) + ": exit status")
        cases.equal(words in said, True, " ".join(arguments) + ": words: " + said)
        cases.equal(out, b"", " ".join(arguments) + ": output")


def check_specs(cases):
    """Faults in a file of eyas rules test are told with their places."""
    test = "tests:\n- name: x\n  capture: a.scap\n"
    events = "tests:\n- name: x\n  events: "
    threads = events + "[{type: open}]\n  threads: "
    fds = threads + "[{tid: 1, descriptors: ["
    whole = "rules: a.yaml\n" + test + "  alerts: []\n"
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "spec.yaml")
        for text, words in (
                ("", "expected one document"),
                ("a: [", "spec.yaml:2:1: "),
                ("- x", ":1:1: expected keys with values"),
                ("rules: a.yaml\n", ":1:1: rules and tests have to be there"),
                (whole + "more: 1\n", ":6:1: there is no such key"),
                (whole + "  more: 1\n", ":6:3: there is no such key"),
                ("rules: {a: b}\n", ":1:8: expected a text or a list of texts"),
                ("rules: [a, []]\n", ":1:12: expected a text"),
                ("rules: a\ntests: []\n", ":2:8: expected a list of tests"),
                ("tests:\n- capture: x\n  alerts: []\n", ":2:3: the test lacks its name"),
                ("tests:\n- name: x\n  alerts: []\n", ":2:3: the test lacks its capture"),
                (test, ":2:3: the test lacks its alerts"),
                (test + "  events: []\n  alerts: []\n", ":4:11: the test has a capture already"),
                (events + "{}", ":3:11: expected a list of events"),
                (events + "[]", ":3:11: expected a list of events"),
                (events + "[x]", ":3:12: expected an event"),
                (events + "[{}]", ":3:12: the event lacks its type"),
                (events + "[{type: opn}]", ":3:19: there is no such type"),
                (events + "[{type: SYSCALL_EXECVE_8_X}]", ":3:19: there is no such type"),
                (events + "[{type: open, x: 1}]", ":3:25: there is no such key"),
                (events + "[{type: open, tid: -1}]", ":3:30: the number does not fit"),
                (events + "[{type: open, time: x}]", ":3:31: expected a number"),
                (events + "[{type: open, params: x}]", ":3:33: expected parameters"),
                (events + "[{type: open, params: {x: 1}}]", ":3:34: the event has no such"),
                (events + "[{type: open, params: {fd: x}}]", ":3:38: this is no number"),
                (events + "[{type: open, params: {flags: O_X}}]", ":3:41: this is no number"),
                (events + "[{type: open, params: {mode: -1}}]", ":3:40: the value does not"),
                (events + "[{type: open, params: {name: []}}]", ":3:40: expected a text"),
                (events + "[{type: connect, params: {addr: 1.2.3.4}}]", ":3:43: expected ADDR"),
                (events + "[{type: poll, params: {fds: 1}}]", ":3:39: parameters of this kind"),
                ("tests:\n- name: x\n  threads: []\n", ":3:12: threads go with events"),
                (threads + "x", ":4:12: expected a list of threads"),
                (threads + "[x]", ":4:13: expected a thread"),
                (threads + "[{comm: a}]", ":4:13: the thread lacks its tid"),
                (threads + "[{tid: a}]", ":4:19: expected a number"),
                (threads + "[{tid: 1, more: 1}]", ":4:22: there is no such key"),
                (threads + "[{tid: 1, comm: {}}]", ":4:28: expected a text or a list"),
                (threads + "[{tid: 1, descriptors: 1}]", ":4:35: expected a list of"),
                (fds + "{fd: 1}]}]", ":4:36: the descriptor lacks"),
                (fds + "{file: /a}]}]", ":4:36: the descriptor lacks"),
                (fds + "{fd: 1, x: a}]}]", ":4:44: there is no such key"),
                (fds + "{fd: 1, protocol: x}]}]", ":4:54: expected tcp or udp"),
                (fds + "{fd: 1, server: x}]}]", ":4:52: expected ADDRESS:PORT"),
                (fds + '{fd: 1, connection: "1.1.1.1:1->[::1]:1"}]}]', ":4:56: expected ADDR"),
                (fds + "{fd: 1, file: a, pipe: b}]}]", ":4:53: there is no such key, or"),
                (test + "  only: 3\n", ":4:9: expected true or false"),
                (test + "  alerts: x\n", ":4:11: expected a list of alerts"),
                (test + "  alerts: [{count: 1}]\n", ":4:12: the alert lacks its rule"),
                (test + "  alerts: [{count: -1}]\n", ":4:20: expected a number from 0 on"),
                (test + "  alerts: [{fields: 1}]\n", ":4:21: expected fields"),
                (test + "  alerts: [{fields: {a: []}}]\n", ":4:25: expected the value"),
                (test + "  alerts: [{more: 1}]\n", ":4:13: there is no such key")):
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
            status, out, err = harness.run_eyas(["rules", "test", path])
            said = err if isinstance(err, str) else err.decode("utf-8")
            cases.equal((status, out), (1, b""), "status and output for " + text)
            cases.equal(words in said, True, "words for %s: %s" % (text, said))
    # Without -R, the rules that come with the command.
    for arguments, words in ((["list"], b"Password hashes read"),
                             (["describe", "--rule", "Log emptied"], b"Log emptied"),
                             (["profile", "-r", CAPTURE], b"Password hashes read"),
                             (["explain", "Log emptied", "-r", CAPTURE], b"Log emptied")):
        status, out, _ = harness.run_eyas(["rules"] + arguments)
        cases.equal((status, words in out), (0, True), " ".join(arguments))
    for name, status in (("sample", 0), ("events", 0), ("failing", 1)):
        cases.equal(harness.run_eyas(["rules", "test", "tests/rules/%s_test.yaml" % name])[0],
                    status, name + ": exit status")


def main():
    cases = harness.Cases()
    check_counts(cases)
    cases.end_group("counts")
    check_use(cases)
    cases.end_group("wrong use")
    check_specs(cases)
    cases.end_group("files of tests")
    cases.done()


main()
