#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""eyas as falco: --list, --list-events and -i have what the reference tables have."""
import json
import os
import re
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import harness  # noqa: E402
import tables  # noqa: E402

PROVIDERS = {"builtin", "plugin container"}
HIDDEN = {"table_only", "print_only", "deprecated"}
ORIGINS = {"EC_SYSCALL": "Syscall events", "EC_TRACEPOINT": "Tracepoint events",
           "EC_PLUGIN": "Plugin events", "EC_METAEVENT": "Metaevents"}
FLAG_TYPES = {"FLAGS8", "FLAGS16", "FLAGS32", "ENUMFLAGS8", "ENUMFLAGS16", "ENUMFLAGS32"}


def falco(*args):
    status, out, err = harness.run_eyas(["as", "falco", *args])
    if status:
        raise RuntimeError(err.decode("utf-8"))
    return out.decode("utf-8")


def fields(cases, folder):
    config = os.path.join(folder, "falco.yaml")
    with open(config, "w", encoding="utf-8") as file:
        file.write("log_syslog: false\nstdout_output:\n  enabled: true\n")
    classes = json.loads(falco("-c", config, "--list", "--format", "json"))["fieldclasses"]
    found = {field["name"]: (field["type"], field["is_list"], row["name"], row["event_sources"])
             for row in classes for field in row["fields"]}
    expected = {}
    for row in tables.rows(os.path.join(harness.need_reference(), "fields.tsv")):
        flags = set(row["flags"].split(","))
        if row["provider"] in PROVIDERS and not flags & HIDDEN and "(hidden)" not in row["class"]:
            sources = [] if row["source"] == "any" else ["syscall"]
            expected[row["name"]] = (row["type"].replace("PT_", ""), "is_list" in flags,
                                     re.sub(r" \(.*", "", row["class"]), sources)
    cases.equal(sorted(found), sorted(expected), "names")
    for name in sorted(set(found) & set(expected)):
        cases.equal(found[name], expected[name], name)
    cases.end_group("fields")


def flag_names(folder):
    names = {}
    for row in tables.rows(os.path.join(folder, "flags.tsv")):
        names.setdefault(row["table"], []).append(row["symbol"])
    return names


def reference_events(folder):
    """Rows of each category, those without an event of their own left out."""
    flags = flag_names(folder)
    params = {}
    for row in tables.rows(os.path.join(folder, "event_params.tsv")):
        param = {"name": row["name"], "type": row["type"].replace("PT_", "")}
        if param["type"] in FLAG_TYPES and row["info"].startswith("flags:"):
            param["flags"] = flags[row["info"][6:]]
        params.setdefault(row["event_id"], []).append(param)
    events = {title: [] for title in ORIGINS.values()}
    for row in tables.rows(os.path.join(folder, "events.tsv")):
        _, _, origin = row["category"].partition("|")
        if origin not in ORIGINS or int(row["id"]) < 2 or \
                set(row["flags"].split("|")) & {"EF_OLD_VERSION", "EF_UNUSED"}:
            continue
        events[ORIGINS[origin]].append({
            "name": row["name"], "dir": "<" if int(row["id"]) % 2 else ">",
            "params": params.get(row["id"], [])})
    return events


def events(cases):
    folder = harness.need_reference()
    found = json.loads(falco("--list-events", "--format", "json"))
    expected = reference_events(folder)
    generic = sorted(row["name"] for row in tables.rows(os.path.join(folder, "syscalls.tsv"))
                     if row["kind"] == "syscall" and row["exit_event"] == "1")
    for title in ORIGINS.values():
        rows = [{key: row[key] for key in ("name", "dir", "params")} for row in found[title]]
        if title == "Syscall events":
            cases.equal([row["name"] for row in rows[len(expected[title]):]], generic, "generic")
            rows = rows[:len(expected[title])]
        cases.equal(rows, expected[title], title)
    cases.end_group("events")


def ignored(cases):
    folder = harness.need_reference()
    expected = set()
    for row in tables.rows(os.path.join(folder, "syscalls.tsv")):
        sets = set(row["sets"].split(","))
        if "io" in sets and "state" not in sets:
            expected.add(re.sub("64$", "", row["name"]))
    cases.equal(set(re.findall(r"^- (\S+)$", falco("-i"), re.M)), expected, "names")
    cases.end_group("ignored system calls")


def check(folder):
    cases = harness.Cases()
    fields(cases, folder)
    events(cases)
    ignored(cases)
    cases.done()


harness.need_reference()
harness.in_temp(check)
