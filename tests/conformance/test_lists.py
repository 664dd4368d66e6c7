#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`eyas list` prints the reference tables: row by row, column by column."""
import json
import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import harness  # noqa: E402
import tables  # noqa: E402

# Columns that are numbers in JSON. Empty = null where the command has one, "" where it has none.
INTEGERS = {"id", "nparams", "event_id", "index", "ninfo", "value", "sc", "nr_x86_64",
            "nr_aarch64", "enter_event", "exit_event"}
HEX_INTEGERS = {"category_bits", "flags_bits"}

# The reference table of each list and how many rows it has.
LISTS = {"events": ("events", 454), "params": ("event_params", 1345), "flags": ("flags", 606),
         "syscalls": ("syscalls", 453), "types": ("types", 49)}

# Columns of the reference that the command does not print, with the reason.
NOT_PRINTED = {
    ("types", "uses_in_event_table"): "a count of rows in another table",
    ("types", "encoding"): "prose",
}
# Cells that differ, with the reason: (list, row, column) -> what the command prints.
# Nets are a way to compare, never the type of a parameter, so they have no layout at all.
DIFFERENT = {
    ("types", "PT_IPV4NET", "size"): 0, ("types", "PT_IPV4NET", "kind"): "none",
    ("types", "PT_IPV6NET", "size"): 0, ("types", "PT_IPV6NET", "kind"): "none",
}


def different(name, row, column, value):
    """What the command prints for a cell of the reference."""
    if column == "uf_flags" and value == "":
        # The reference has no flags for what has no number on x86-64 and arm64: none there.
        return "UF_NONE" if row["nr_x86_64"] is row["nr_aarch64"] is None else value
    return DIFFERENT.get((name, row.get("type"), column), value)


def number(text):
    return int(text, 0) if text else None


def value_of(column, text):
    """A cell as JSON should have it."""
    if column in INTEGERS:
        return number(text)
    if column in HEX_INTEGERS:
        return int(text, 16)
    if column == "all_mapped_events":
        return [int(part) for part in text.split(",")] if text else []
    if column == "generic":
        return text == "1"
    return text


def expected_rows(name, folder):
    reference = tables.rows(os.path.join(folder, LISTS[name][0] + ".tsv"))
    if name == "types":
        # The last row is the count of types, no type.
        reference = [row for row in reference if row["type"] != "PT_MAX"]
    return [{column: value_of(column, text) for column, text in row.items()
             if (name, column) not in NOT_PRINTED} for row in reference]


def adapt_types(rows):
    """The table's words for sizes, and the sign, which it has as the first word of the encoding."""
    for row in rows:
        row["size"] = {"-": "var", "4|16": "var", "var": "var"}.get(row["size"], row["size"])
        row["size"] = row["size"] if row["size"] == "var" else int(row["size"])
    return rows


def check_json(cases, name, folder):
    status, out, err = harness.run_eyas(["list", "-o", "json", name])
    cases.equal((status, err), (0, b""), name + ": status, standard error")
    got = json.loads(out.decode("utf-8")) if status == 0 else []
    expected = expected_rows(name, folder)
    if name == "types":
        adapt_types(expected)
    cases.equal(len(got), LISTS[name][1], name + ": rows")
    cases.equal(len(expected), LISTS[name][1], name + ": rows of the reference")
    for mine, row in zip(got, expected):
        for column, value in row.items():
            cases.equal(mine.get(column), different(name, row, column, value),
                        "%s: %s, row %r" % (name, column, list(row.values())[:2]))
    return got


def check_text(cases, name):
    status, out, err = harness.run_eyas(["list", name])
    cases.equal((status, err), (0, b""), name + " as text: status, standard error")
    cases.equal(len(out.splitlines()), LISTS[name][1], name + " as text: lines")


def check_signs(cases, rows, folder):
    """Signed types say so."""
    for row, mine in zip(tables.rows(os.path.join(folder, "types.tsv")), rows):
        signed = row["encoding"].startswith("signed")
        cases.equal(mine.get("sign") == "signed", signed, "types: sign of " + row["type"])


def check_nested(cases, events, params):
    """The parameters inside events are those of the list of parameters."""
    nested = [dict(param, event_id=event["id"], index=i, constant=event["constant"])
              for event in events for i, param in enumerate(event["params"])]
    cases.equal(len(nested), len(params), "events: parameters")
    for mine, row in zip(nested, params):
        cases.equal(mine, row, "events: parameter of " + row["constant"])


def main():
    folder = harness.need_reference()
    cases = harness.Cases()
    got = {}
    for name in LISTS:
        got[name] = check_json(cases, name, folder)
        check_text(cases, name)
        cases.end_group("list %s: %d rows" % (name, len(got[name])))
    check_signs(cases, got["types"], folder)
    cases.end_group("list types: signs")
    check_nested(cases, got["events"], got["params"])
    cases.end_group("list events: parameters inside events")
    cases.done()


main()
