#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Rules files: every finding with its place, and what conditions become (tests/rules/cases)."""
import json
import os
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import harness  # noqa: E402
import rules_cases  # noqa: E402


def described(paths):
    """(names in order, what is known of each rule by name), or None when that fails."""
    status, out, _ = harness.run_eyas(["rules", "describe", "-o", "json"] + paths)
    if status:
        return None
    rules = json.loads(out.decode("utf-8"))["rules"]
    return [rule["info"]["name"] for rule in rules], {
        rule["info"]["name"]: {
            "compiled": rule["details"].get("condition_compiled"),
            "output": rule["details"].get("output_compiled"),
            "enabled": "yes" if rule["info"]["enabled"] else "no",
            "priority": rule["info"]["priority"],
            "tags": ",".join(rule["info"]["tags"]),
        } for rule in rules}


def check_about(cases, case, paths):
    found = described(paths)
    if found is None:
        cases.equal("files that do not load", "rules", case.name)
        return
    names, rules = found
    for key, value in case.about:
        if key == "names":
            cases.equal(",".join(names), value, case.name + ": names")
            continue
        separator = " = " if key in ("compiled", "output") else " "
        rule, want = value.split(separator, 1)
        cases.equal(rules[rule][key], want, "%s: %s of %s" % (case.name, key, rule))


def check_case(cases, folder, case):
    findings, paths, status = rules_cases.run(folder, case)
    for i, file in enumerate(case.files):
        cases.equal(findings[i], file.expected, "%s: findings of file %d" % (case.name, i + 1))
    failed = any(row.startswith("LOAD_ERR") for rows in findings for row in rows)
    cases.equal(status, int(failed), case.name + ": exit status")
    if case.about:
        check_about(cases, case, paths)


def main():
    cases = harness.Cases()
    codes = set()
    with tempfile.TemporaryDirectory() as folder:
        for path, rows in rules_cases.read_all().items():
            for case in rows:
                check_case(cases, folder, case)
                codes.update(row.split()[0] for file in case.files for row in file.expected)
            cases.end_group("%s: %d cases" % (os.path.basename(path), len(rows)))
    # Those of embedders' items, which there are none of, and of files that cannot be read, below.
    status, out, _ = harness.run_eyas(["rules", "check", "-o", "json", "/nowhere/rules.yaml"])
    codes.add(json.loads(out.decode())["errors"][0]["code"])
    cases.equal(status, 1, "an unreadable file: exit status")
    cases.equal(len(codes), 20, "every code there is has a case: " + " ".join(sorted(codes)))
    cases.end_group("codes: %d" % len(codes))
    cases.done()


main()
