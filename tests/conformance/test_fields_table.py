#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`eyas list fields` has every field of the reference, and the manual page has what it lists."""
import json
import os
import subprocess
import sys

sys.dont_write_bytecode = True
TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
sys.path.insert(0, os.path.join(TOP, "tests", "lib"))
import harness  # noqa: E402
import tables  # noqa: E402

# Who provides the fields of the reference that must be there.
PROVIDERS = {"builtin", "plugin container"}
# Flags that say how the peers store a value, or that arguments have words for here.
NOT_FLAGS = {"", "-", "no_ptr_stability", "arg_index", "arg_key"}
# Flags of ours that the reference has no word for.
OWN_FLAGS = {"no_value"}
# (field, column): the cell here, with the reason.
DIFFERENT = {
    # Its argument may be left out, as the reference itself says in words.
    ("evt.abspath", "flags"): {"arg_allowed"},
    ("evt.abspath", "argument"): ({"."}, False),
}


def flags_of(text):
    """"deprecated(text)" is the reference's word for what only its help calls deprecated."""
    return {flag.replace("(text)", "") for flag in text.split(",")} - NOT_FLAGS


def argument_of(text):
    """Forms of an argument and whether it must be there, out of words like "[int] required"."""
    forms = set()
    if text.startswith(".") or " ." in text:
        forms.add(".")
    if "[int]" in text or "[u64]" in text:
        forms.add("[int]")
    if "[NAME]" in text or "[key]" in text:
        forms.add("[key]")
    return forms, "required" in text


def expected(row, column, value):
    return DIFFERENT.get((row["name"], column), value)


def check_row(cases, row, mine):
    name = row["name"]
    if not mine:
        cases.equal("missing", "listed", name)
        return
    flags = flags_of(row["flags"])
    cases.equal(mine["type"], row["type"], name + ": type")
    cases.equal(mine["class"], row["class"], name + ": class")
    cases.equal(mine["list"], "is_list" in flags, name + ": list")
    cases.equal(flags_of(mine["flags"]) - OWN_FLAGS, expected(row, "flags", flags),
                name + ": flags")
    cases.equal(argument_of(mine["argument"]),
                expected(row, "argument", argument_of(row["argument"])), name + ": argument")
    cases.equal(bool(mine["description"]), True, name + ": description")


def check_reference(cases, listed):
    folder = harness.need_reference()
    rows = [row for row in tables.rows(os.path.join(folder, "fields.tsv"))
            if row["provider"] in PROVIDERS]
    by_name = {field["name"]: field for field in listed}
    cases.equal(len(by_name), len(listed), "names are unique")
    for row in rows:
        check_row(cases, row, by_name.get(row["name"]))
    cases.end_group("list fields: %d of the reference" % len(rows))


def check_text(cases, listed):
    """As text: a line for each field that is not kept for old scripts only."""
    status, out, err = harness.run_eyas(["list", "fields"])
    cases.equal((status, err), (0, b""), "text: status, standard error")
    names = [line.split()[0] for line in out.decode("utf-8").splitlines()
             if line and not line.startswith("#")]
    shown = [field["name"] for field in listed
             if "table_only" not in field["flags"].split(",") and "hidden" not in field["class"]]
    cases.equal(names, shown, "text: names")
    cases.end_group("list fields: %d as text" % len(names))


def check_manual(cases):
    """The page is what its program makes of the list."""
    done = subprocess.run([sys.executable, os.path.join(TOP, "tools", "fields_man.py"),
                           harness.EYAS], stdout=subprocess.PIPE, check=True)
    with open(os.path.join(TOP, "man", "eyas-fields.7"), "rb") as page:
        cases.equal(page.read() == done.stdout, True,
                    "man/eyas-fields.7 is what tools/fields_man.py prints")
    cases.end_group("eyas-fields(7) is up to date")


def main():
    cases = harness.Cases()
    status, out, err = harness.run_eyas(["list", "-o", "json", "fields"])
    cases.equal((status, err), (0, b""), "JSON: status, standard error")
    listed = json.loads(out.decode("utf-8"))
    check_text(cases, listed)
    check_manual(cases)
    check_reference(cases, listed)
    cases.done()


main()
