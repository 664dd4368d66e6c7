#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Rules files that are made to be too much: each ends with a message, its place, and soon."""
import os
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import harness  # noqa: E402
import rules_cases  # noqa: E402

RULE = "- {rule: R%d, desc: d, condition: '%s', output: o, priority: INFO}\n"


def rule(condition, number=1):
    return RULE % (number, condition)


def macros(first, condition, count):
    return "- {macro: m0, condition: %s}\n" % first + "".join(
        "- {macro: m%d, condition: %s}\n" % (i, condition.replace("M", "m%d" % (i - 1)))
        for i in range(1, count)) + rule("m%d" % (count - 1))


def several(form, count):
    return "".join(form.replace("N", str(i)).replace("P", str(i + 1)) for i in range(count))


def exceptions(count):
    return ("- rule: R\n  desc: d\n  condition: evt.type = open\n  output: o\n  priority: INFO\n"
            "  exceptions:\n" + several("    - {name: eN, fields: proc.name}\n", count))


YAML, VALIDATE, CONDITION = ("LOAD_ERR_YAML_PARSE", "LOAD_ERR_VALIDATE",
                             "LOAD_ERR_COMPILE_CONDITION")

# What it is, the file, and the first finding; None = it is valid.
ROWS = (
    ("an open bracket, very often", "- " + "[" * 100000, YAML + " 1:66 nested more than 64 deep"),
    ("a sequence in a sequence, very often", "".join(" " * i + "- \n" for i in range(300)),
     YAML + " 65:65 nested more than 64 deep"),
    ("aliases that double what they stand for", "- a: &a0 [x]\n" + "".join(
        "- {a: &a%d [*a%d, *a%d]}\n" % (i, i - 1, i - 1) for i in range(1, 100)), None),
    ("more anchors than are kept apart", several("- {list: lN, items: &aN [x]}\n", 1001),
     YAML + " 1001:33 a document has more than 1000 anchors"),
    ("a value of two million bytes", "- macro: m\n  condition: " + "a" * 2000000,
     YAML + " 2:14 a value has more than 1048576 bytes"),
    ("a NUL byte in a value", '- list: "a\\0b"\n  items: []\n',
     YAML + " 1:9 a value has a NUL byte"),
    ("UTF-16", "- list: a\n".encode("utf-16").decode("latin-1"), YAML + " "),
    ("parentheses in parentheses", rule("(" * 2000 + "evt.type=open" + ")" * 2000),
     CONDITION + " 1:235 nested too deeply"),
    ("macros that double each other", macros("evt.type = open", "M and M", 70),
     VALIDATE + " 19:35 with its macros, the condition has more than 1000000 comparisons"),
    ("macros that are nothing but another macro", macros("evt.type = open", "M", 5000),
     VALIDATE + " 1002:29 with its macros, the condition is nested more than 1000 deep"),
    ("macros that are nested in each other", macros("evt.type = open", "not (M or %s)" % (
        "(" * 90 + "evt.type = close" + ")" * 90), 600),
     VALIDATE + " 335:"),
    ("lists that double each other",
     several("- {list: lN, items: [lP, lP]}\n", 70) +
     "- {list: l70, items: [x]}\n" + rule("evt.type = open and proc.name in (l0)"),
     VALIDATE + " 50:28 with all that it refers to, the list has more than 1048576 values"),
    ("lists that name the next one", several("- {list: lN, items: [lP]}\n", 5000) +
     rule("evt.type = open and proc.name in (l0)"),
     VALIDATE + " 101:24 more than 100 lists refer to each other"),
    ("a large list, very often", "- {list: l, items: [%s]}\n" % several("itemN,", 50000) +
     "".join(rule("evt.type = open and proc.name in (l, x%d)" % i, i) for i in range(100)),
     VALIDATE + " 85:66 the conditions have more than 4194304 values in lists"),
    ("appended until it is too long", rule("evt.type = open") + several(
        "- {rule: R1, condition: and proc.name != %s, override: {condition: append}}\n" %
        ("x" * 4000), 300),
     VALIDATE + " 262:25 with this, the text has more than 1048576 bytes"),
    ("more exceptions than are told apart", exceptions(10001),
     VALIDATE + " 10007:7 the rule has more than 10000 exceptions"),
    ("ten thousand rules", "".join(rule("evt.type = open and proc.name = p%d" % i, i)
                                   for i in range(10000)), None),
)


def check(cases, folder, row):
    name, text, want = row
    case = rules_cases.Case(name)
    case.files[0].lines = text.split("\n")
    findings, _, status = rules_cases.run(folder, case)
    errors = [found for found in findings[0] if found.startswith("LOAD_ERR")]
    cases.equal(status, int(want is not None), name + ": exit status")
    if want is None:
        cases.equal(errors, [], name)
    else:
        cases.check(errors and errors[0].startswith(want), name, "got %.200r" % errors[:1])


def too_many_findings(cases, folder):
    case = rules_cases.Case("findings")
    case.files[0].lines = ["- {thing%d: x}" % i for i in range(5000)]
    _, paths, _ = rules_cases.run(folder, case)
    _, out, _ = harness.run_eyas(["rules", "check", "-v"] + paths)
    lines = out.decode("utf-8").splitlines()
    cases.equal(lines[1], "5000 Warnings:", "all findings are counted")
    cases.check("4000 more" in lines, "not all are shown", lines[-1])
    # What the schema says of the same keys stands behind them.
    cases.equal(lines[-1], "4900 more", "nor all of the schema's")


def too_long_a_line(cases, folder):
    case = rules_cases.Case("a line")
    case.files[0].lines = [rule("evt.type = open and proc.name in (%s b) and proc.pid = abc" %
                                ("a, " * 100000))]
    _, paths, _ = rules_cases.run(folder, case)
    _, out, _ = harness.run_eyas(["rules", "check"] + paths)
    lines = out.decode("utf-8").splitlines()
    cases.equal(len(lines), 11, "a long line is one line")
    cases.check(len(lines[7]) <= 160, "only a part of it is shown")
    cases.equal(lines[7][lines[8].index("^"):][:3], "abc", "the mark is below the place")


def main():
    cases = harness.Cases()
    with tempfile.TemporaryDirectory() as folder:
        for row in ROWS:
            check(cases, folder, row)
        cases.end_group("too much of something: %d files" % len(ROWS))
        too_many_findings(cases, folder)
        too_long_a_line(cases, folder)
        cases.end_group("what is shown of it")
    cases.done()


main()
