#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""eyas as falco: what is printed in place of a run: lists, versions, descriptions, validation."""
import json
import os
import re
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import harness  # noqa: E402

CONFIG = "log_syslog: false\nlog_stderr: true\nstdout_output:\n  enabled: true\n"
JSON = ("-o", "json_output=true")
VERSION = r"[0-9]+\.[0-9]+\.[0-9]+"

GOOD = """
- required_engine_version: 0.11.0
- list: cat_binaries
  items: [cat]
- list: cat_capable_binaries
  items: [cat_binaries]
- macro: is_cat
  condition: proc.name in (cat_capable_binaries)
- rule: open_from_cat
  desc: A process named cat does an open
  condition: evt.type=open and is_cat
  output: "An open was seen (command=%proc.cmdline)"
  priority: WARNING
- rule: second
  desc: >
    A rule whose description is so long that it does not fit into a line of the second column, so
    that it goes on in another one below.
  condition: evt.type = close
  output: closed
  priority: INFO
"""

WARNED = """
- list: unused
  items: [a]
"""

WRONG = """- rule: R
  desc: d
  condition: evt.type = open and proc.nme = cat
  output: o
  priority: INFO
"""


class Falco:
    """The command with a configuration and rules files of its own."""

    def __init__(self, cases, folder):
        self.cases = cases
        self.folder = folder
        self.config = self.write("falco.yaml", CONFIG)

    def write(self, name, text):
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def run(self, *args):
        """(status, stdout, stderr), both as text."""
        status, out, err = harness.run_eyas(["as", "falco", "-c", self.config, *args])
        return status, out.decode("utf-8"), err.decode("utf-8")

    def good(self, *args):
        """What a run that succeeds prints."""
        status, out, err = self.run(*args)
        self.cases.equal(status, 0, "%s: status, %s" % (" ".join(args), err[-300:]))
        return out

    def json(self, *args):
        return json.loads(self.good(*args))

    def fails(self, *args):
        """What a run that fails says."""
        status, _, err = self.run(*args)
        self.cases.equal(status, 1, " ".join(args) + ": status")
        self.cases.check("Error: " in err, " ".join(args) + ": an error", err[-300:])
        return err


# ---- fields ----

def list_text(cases, falco, names):
    out = falco.good("--list")
    cases.check(max(map(len, out.splitlines())) <= 120, "lines fit")
    cases.equal(re.findall(r"^Field Class: {18}(\S+)", out, re.M),
                ["evt", "evt", "process", "user", "group", "fd", "fs.path", "fdlist",
                 "container"], "classes")
    fields = re.findall(r"^([a-z0-9_]+\.\S+)\s", out, re.M)
    cases.equal(fields, names, "fields")
    cases.check(re.search(r"^proc\.aname {20}\(ARG_ALLOWED,EPF_NO_RHS,EPF_NO_TRANSFORMER\) \S",
                          out, re.M), "tags")
    cases.check("(Type: " not in out, "no types")
    out = falco.good("--list", "-v")
    cases.check(re.search(r"^proc\.name {21}\(Type: CHARBUF\) \S", out, re.M), "types")


def list_markdown(cases, falco, names):
    out = falco.good("--list", "--format", "markdown")
    cases.equal(out, falco.good("--list", "--markdown"), "the old option")
    cases.equal(re.findall(r"^`(\S+)` \| \S+ \| \S", out, re.M), names, "fields")
    sections = re.split(r"^## Field Class: ", out, flags=re.M)[1:]
    cases.check("Event Sources" not in sections[0], "evt is for all sources")
    fd = [part for part in sections if part.startswith("fd\n")]
    cases.check(len(fd) == 1 and "\nEvent Sources: syscall\n" in fd[0], "fd is for syscall")
    cases.check("\nName | Type | Description\n:----|:-----|:-----------\n" in fd[0], "table")
    cases.check(re.search(r"^`fs\.path\.name` \| FSPATH \| ", out, re.M) or
                re.search(r"^`fs\.path\.name` \| CHARBUF \| ", out, re.M), "type")


def list_json(cases, falco, names):
    classes = falco.json("--list", "--format", "json")["fieldclasses"]
    cases.equal([field["name"] for row in classes for field in row["fields"]], names, "fields")
    for row in classes:
        cases.equal(set(row) - {"shortdesc"}, {"name", "desc", "event_sources", "fields"},
                    "keys of a class")
        for field in row["fields"]:
            cases.equal(set(field), {"name", "type", "desc", "is_list", "argument"},
                        "keys of " + field["name"])
    fields = {field["name"]: field for row in classes for field in row["fields"]}
    cases.equal(fields["evt.num"]["argument"], None, "no argument")
    cases.equal(fields["proc.aname"]["argument"], {"required": False, "type": ["INDEX"]},
                "an argument")
    cases.equal(fields["evt.arg"]["argument"], {"required": True, "type": ["INDEX", "KEY"]},
                "an argument that is required")
    cases.check(any(field["is_list"] for field in fields.values()), "lists")
    cases.equal(falco.json("--list", "-N", "--format", "json"), {"fieldnames": names},
                "names alone")


def fields(cases, falco):
    names = falco.good("--list", "-N").splitlines()
    cases.check(len(names) > 200 and len(set(names)) > 200, "names")
    for name in ("evt.dir", "evt.latency", "evt.outputtime", "util.cnt"):
        cases.check(name not in names, name + " is not told of")
    list_text(cases, falco, names)
    list_markdown(cases, falco, names)
    list_json(cases, falco, names)
    cases.equal(falco.good("--list=syscall", "-N").splitlines(), names, "of a source")
    cases.check("k8s_audit" in falco.fails("--list=k8s_audit"), "of one that there is not")
    falco.fails("--list", "--format", "yaml")
    falco.fails("--list", "--format", "json", "--markdown")


# ---- events ----

TITLES = ["Syscall events", "Tracepoint events", "Plugin events", "Metaevents"]


def text_events(out):
    """Rows of each category by the title of the category."""
    parts = re.split(r"^## (.*)$", out, flags=re.M)[1:]
    return {title: [row for row in body.splitlines() if row and not row.startswith(":--")
                    and not row.startswith("Default |")]
            for title, body in zip(parts[::2], parts[1::2])}


def events(cases, falco):
    ignored = re.findall(r"^- (\S+)$", falco.good("-i"), re.M)
    table = falco.json("--list-events", "--format", "json")
    cases.equal(sorted(table), sorted(TITLES + ["schema_version"]), "keys")
    cases.check(re.fullmatch(VERSION, table["schema_version"]), "version of the schema")
    text = text_events(falco.good("--list-events"))
    markdown = text_events(falco.good("--list-events", "--format", "markdown"))
    for title in TITLES:
        names = [(row["dir"], row["name"]) for row in table[title]]
        cases.equal([tuple(row.split("(")[0].split(" ", 1)) for row in text[title]], names,
                    title + ": text")
        cases.equal([tuple(re.findall(r"`(\S+)`", row)[:2]) for row in markdown[title]], names,
                    title + ": Markdown")
        cases.equal([row.split(" ")[0] for row in markdown[title]],
                    ["Yes" if row["available"] else "No" for row in table[title]],
                    title + ": by default")
    calls = table["Syscall events"]
    cases.equal(sorted({row["name"] for row in calls if not row["available"]}), ignored,
                "what -i leaves out")
    cases.check("< shutdown(ERRNO **res**, FD **fd**, ENUMFLAGS8 **how**: SHUT_UNKNOWN, SHUT_RDWR, "
                "SHUT_WR, SHUT_RD)" in text["Syscall events"], "a row of text")
    cases.check("Yes | `<` | `shutdown` | ERRNO **res**, FD **fd**, ENUMFLAGS8 **how**: "
                "*SHUT_UNKNOWN*, *SHUT_RDWR*, *SHUT_WR*, *SHUT_RD*" in
                markdown["Syscall events"], "a row of Markdown")
    shutdown = [row for row in calls if row["name"] == "shutdown"][0]
    cases.equal(shutdown["params"][1:], [
        {"name": "fd", "type": "FD"},
        {"name": "how", "type": "ENUMFLAGS8",
         "flags": ["SHUT_UNKNOWN", "SHUT_RDWR", "SHUT_WR", "SHUT_RD"]}], "a row of JSON")
    # Without an event of its own, and only in old captures.
    cases.check([row for row in calls if row["name"] == "syncfs"], "a generic call")
    cases.check(not [row for row in calls if row["name"] in ("NA", "syscall")], "no other names")


def ignored_calls(cases, falco):
    out = falco.good("-i")
    cases.check(out.startswith("Ignored syscall(s):\n- "), "title", out[:40])
    listed = re.findall(r"^- (\S+)$", out, re.M)
    cases.equal(listed, sorted(listed), "order")
    for name in ("read", "write", "pread", "pwrite", "readv", "writev", "preadv", "pwritev",
                 "send", "recv", "sendfile"):
        cases.check(name in listed, name)
    for name in ("sendto", "recvfrom", "sendmsg", "recvmsg", "sendmmsg", "recvmmsg"):
        cases.check(name not in listed and name in out, name + " is told of as kept")


# ---- versions ----

def versions(cases, falco):
    out = falco.good("--version")
    rows = ("Falco version:", "Libs version:", "Plugin API:", "Engine:", "Driver:", "API version:",
            "Schema version:", "Default driver:", "Eyas version:")
    found = re.findall(r"^ *([A-Z][A-Za-z ]+:)", out, re.M)
    cases.equal(tuple(found), rows, "rows")
    for row in ("Falco version:", "Plugin API:", "Engine:", "API version:", "Schema version:"):
        cases.check(re.search(row + r"\s+" + VERSION + r"$", out, re.M), row)
    table = falco.json("--version", *JSON)
    cases.equal(sorted(table), [
        "default_driver_version", "driver_api_version", "driver_schema_version", "engine_version",
        "engine_version_semver", "eyas_version", "falco_version", "libs_version",
        "plugin_api_version", "plugin_versions"], "keys")
    cases.equal(table["engine_version"], table["engine_version_semver"].split(".")[1],
                "the engine's version in two forms")
    cases.check("container" in table["plugin_versions"], "the plugin that is built in")
    cases.check(table["falco_version"] in out and table["engine_version_semver"] in out,
                "the same as text")


def support(cases, falco):
    rules = falco.write("good.yaml", GOOD)
    table = falco.json("--support", "-r", rules, "-o", "falco_libs.snaplen=5")
    cases.equal(sorted(table), ["cmdline", "config", "engine_info", "rules_files", "system_info",
                                "version"], "keys")
    cases.equal(json.loads(table["config"]),
                {"log_syslog": "false", "log_stderr": "true", "stdout_output": {"enabled": "true"},
                 "falco_libs": {"snaplen": "5"}}, "configuration")
    cases.equal(table["rules_files"], [{"name": rules, "variants": [{"content": GOOD}]}],
                "rules files")
    cases.equal(table["system_info"]["machine"], os.uname().machine, "machine")
    cases.check(table["cmdline"].endswith("--support -r " + rules + " -o falco_libs.snaplen=5"), "command line")
    cases.equal(table["engine_info"], falco.json("--version", *JSON), "versions")


def page_size(cases, falco):
    _, out, err = falco.run("--page-size")
    cases.check("page size is: %d bytes" % os.sysconf("SC_PAGESIZE") in err + out, "page size")


# ---- plugins ----

PLUGINS = """
plugins:
  - name: container
    library_path: libcontainer.so
  - name: json
    library_path: libjson.so
load_plugins: [%s]
"""

INFO = (r"Name: container\nDescription: .+\nContact: .+\nVersion: " + VERSION +
        r"\nCapabilities:\s+- Field Extraction\s+- Event Parsing\s+- Async Events\n")


def plugins(cases, falco):
    one = falco.write("one.yaml", CONFIG + PLUGINS % "container")
    out = falco.good("-c", one, "--list-plugins")
    cases.check(re.match(r"1 Plugins Loaded:\n\n" + INFO, out), "list", out)
    out = falco.good("-c", one, "--plugin-info=container")
    cases.check(re.match(INFO + r"\nInit config schema type: Not available", out), "info", out)
    cases.equal(falco.good("-c", one, "--plugin-info=container"),
                falco.good("-c", one, "--plugin-info", "container"), "two spellings")
    falco.fails("-c", one, "--plugin-info=none")


# ---- descriptions ----

def describe(cases, falco):
    rules = falco.write("good.yaml", GOOD)
    out = falco.good("-L", "-r", rules)
    cases.equal(out, (
        "Rule                                               Description\n"
        "----                                               -----------\n"
        "open_from_cat                                      A process named cat does an open\n"
        "second                                             A rule whose description is so long "
        "that it does not fit\n" + " " * 51 + "into a line of the second column, so that it goes "
        "on in\n" + " " * 51 + "another one below.\n"), "-L")
    table = falco.json("-L", "-r", rules, *JSON)
    cases.equal(list(table), ["lists", "macros", "required_engine_version",
                              "required_plugin_versions", "rules"], "-L: keys")
    cases.equal(table["required_engine_version"], "0.11.0", "-L: required version")
    cases.equal([row["info"] for row in table["lists"]], [
        {"name": "cat_binaries", "items": ["cat"]}, {"name": "cat_capable_binaries", "items": []}],
        "-L: lists")
    cases.equal(table["lists"][1]["details"], {
        "items_compiled": ["cat"], "lists": ["cat_binaries"], "plugins": [], "used": True},
        "-L: details of a list")
    macro = table["macros"][0]["details"]
    cases.check("open" in macro["events"], "-L: events of a macro")
    del macro["events"]
    cases.equal(macro, {
        "condition_compiled": "proc.name in (cat)", "condition_fields": ["proc.name"],
        "condition_operators": ["in"], "lists": ["cat_capable_binaries"], "macros": [],
        "plugins": [], "used": True}, "-L: details of a macro")
    one = falco.json("-l", "open_from_cat", "-r", rules, *JSON)
    cases.equal(one, {"rules": table["rules"][:1]}, "-l is the part of -L")
    check_rule(cases, one["rules"][0])
    cases.check(re.fullmatch(r"Rule +Description\n---- +-----------\nsecond +A rule [^R]*",
                             falco.good("-l", "second", "-r", rules)), "-l as text")
    cases.check("none" in falco.fails("-l", "none", "-r", rules), "-l: no such rule")
    falco.fails("-L", "-r", falco.write("wrong.yaml", WRONG))


APPENDING = """
append_output:
  - match:
      rule: second
    extra_output: on %evt.cpu
    extra_fields:
      - proc.pid
      - told: pid %proc.pid
  - suggested_output: true
plugins:
  - name: container
    library_path: libcontainer.so
"""


def appended(cases, falco):
    rules = falco.write("good.yaml", GOOD)
    config = falco.write("appending.yaml", CONFIG + APPENDING)
    first, second = falco.json("-c", config, "-L", "-r", rules, *JSON)["rules"]
    suggested = (" container_id=%container.id container_name=%container.name "
                 "container_image_repository=%container.image.repository "
                 "container_image_tag=%container.image.tag k8s_pod_name=%k8s.pod.name "
                 "k8s_ns_name=%k8s.ns.name")
    cases.equal(first["details"]["output_compiled"],
                "An open was seen (command=%proc.cmdline)" + suggested, "suggested")
    cases.equal(second["details"]["output_compiled"], "closed on %evt.cpu" + suggested, "extra")
    cases.equal(second["details"]["extra_output_formatted_fields"], {"told": "pid %proc.pid"},
                "fields")
    cases.check("extra_output_formatted_fields" not in first["details"], "not for all rules")
    cases.equal(first["details"]["plugins"], ["container"], "plugins")
    cases.equal(first["info"]["output"], "An open was seen (command=%proc.cmdline)", "as written")
    out = falco.good("-c", config, "-r", rules, "-o", "engine.kind=replay", "-o",
                     "engine.replay.capture_file=tests/data/sample.scap", *JSON)
    alerts = [json.loads(line) for line in out.splitlines() if line.startswith("{")]
    alerts = [alert["output_fields"] for alert in alerts if alert["rule"] == "second"]
    cases.check(alerts and all(fields["told"] == "pid %d" % fields["proc.pid"] and
                               "evt.cpu" in fields and list(fields) == sorted(fields)
                               for fields in alerts), "alerts", str(alerts[:2]))
    # Without the plugin there is nothing to suggest.
    config = falco.write("none.yaml", CONFIG + APPENDING[:APPENDING.index("plugins:")])
    first = falco.json("-c", config, "-L", "-r", rules, *JSON)["rules"][0]
    cases.equal(first["details"]["output_compiled"], first["info"]["output"], "no plugin")
    config = falco.write("bad.yaml", CONFIG + "append_output: [{extra_fields: [no.such]}]\n")
    cases.check("no.such" in falco.fails("-c", config, "-L", "-r", rules), "no such field")
    result = falco.json("-V", rules, "-o", 'append_output[]={"extra_output": "%evt.latency"}',
                        *JSON)["falco_load_results"][0]
    cases.check(["LOAD_DEPRECATED_ITEM"] == [row["code"] for row in result["warnings"]
                                             if "evt.latency" in row["message"]][:1],
                "deprecated", json.dumps(result)[:300])
    rules = falco.write("may_go.yaml", rule() + "  skip-if-unknown-filter: true\n")
    for extra, code in (
            ('{"extra_output": "%no.such"}', "LOAD_UNKNOWN_FILTER"),
            ('{"extra_fields": [{"k": "in %no.such"}]}', "LOAD_ERR_COMPILE_OUTPUT"),
            ('{"extra_fields": [{"k": "after %evt.latency.ns"}]}', "LOAD_DEPRECATED_ITEM")):
        status, out, _ = falco.run("-V", rules, "-o", "append_output[]=" + extra, *JSON)
        result = json.loads(out)["falco_load_results"][0]
        places = [row["context"]["locations"][-1] for row in result["errors"] + result["warnings"]
                  if row["code"] == code]
        cases.equal((status, [(place["item_type"], place["position"]["column"])
                              for place in places]),
                    (int(code == "LOAD_ERR_COMPILE_OUTPUT"),
                     [("rule output expression", 10)] * (1 + (code == "LOAD_DEPRECATED_ITEM"))),
                    "a rule that may go: " + extra)


def static_fields(cases, falco):
    rules = falco.write("static.yaml", "- {rule: S, desc: d, condition: evt.type = close and "
                        "static.where = here, output: at %static.where, priority: INFO}\n")
    config = falco.write("statics.yaml", CONFIG + "static_fields: {where: here, a.b: c}\n"
                         "append_output: [{suggested_output: true}]\n")
    rule = falco.json("-c", config, "-L", "-r", rules, *JSON)["rules"][0]
    cases.equal(rule["details"]["output_compiled"],
                "at %static.where static_a_b=%static.a.b static_where=%static.where", "suggested")
    cases.equal(rule["details"]["condition_fields"], ["evt.type", "static.where"], "condition")
    out = falco.good("-c", config, "-r", rules, "-o", "engine.kind=replay", "-o",
                     "engine.replay.capture_file=tests/data/sample.scap")
    cases.check(": Informational at here static_a_b=c static_where=here\n" in out, "alert",
                out[:300])
    names = falco.good("-c", config, "--list", "-N").splitlines()
    cases.equal(names[-2:], ["static.a.b", "static.where"], "--list")
    cases.check("\nField Class:                  static\n" in falco.good("-c", config, "--list"),
                "--list: class")
    falco.json("-c", config, "--list", "--format", "json")
    cases.check("static.where" in falco.fails("-V", rules), "unknown without the configuration")


def check_rule(cases, rule):
    cases.equal(rule["info"], {
        "capture": False, "capture_duration": 0, "condition": "evt.type=open and is_cat",
        "description": "A process named cat does an open", "enabled": True,
        "name": "open_from_cat", "output": "An open was seen (command=%proc.cmdline)",
        "priority": "Warning", "source": "syscall", "tags": []}, "-l: info")
    cases.equal(rule["details"], {
        "condition_compiled": "(evt.type = open and proc.name in (cat))",
        "condition_fields": ["evt.type", "proc.name"], "condition_operators": ["=", "in"],
        "events": ["asyncevent", "open"], "exception_fields": [], "exception_names": [],
        "exception_operators": [], "lists": [], "macros": ["is_cat"],
        "output_compiled": "An open was seen (command=%proc.cmdline)",
        "output_fields": ["proc.cmdline"], "plugins": []}, "-l: details")


# ---- validation ----

def validate_text(cases, falco, good, warned, wrong):
    status, out, err = falco.run("-V", good)
    cases.equal((status, out), (0, good + ": Ok\n"), "valid")
    cases.check("Validating rules file(s)" in err and good in err, "log", err[-300:])
    status, out, err = falco.run("-V", warned)
    cases.equal((status, out), (0, warned + ": Ok, with warnings\n"), "with a warning")
    cases.check("LOAD_UNUSED_LIST (Unused list): " in err, "warnings are in the log", err[-300:])
    status, out, err = falco.run("-V", good, "-V", wrong)
    cases.equal(status, 1, "invalid: status")
    cases.equal(out[:out.index("------")], (
        good + ": Ok\n" + wrong + ": Invalid\n1 Errors:\n"
        "In rules content: (" + wrong + ":0:0)\n    rule 'R': (" + wrong + ":0:2)\n"
        "    rule condition: (" + wrong + ":2:13)\n"
        "    condition expression: (\"evt.type = open a...\":3:34)\n"), "invalid")
    cases.check("LOAD_ERR_COMPILE_CONDITION (Error compiling condition): " in out, "what is wrong")
    cases.check("Error: " + out.rstrip("\n") in err, "the summary is said again", err[-600:])


def validate_json(cases, falco, good, warned, wrong):
    status, out, err = falco.run("-V", warned, "-V", wrong, *JSON)
    cases.equal(status, 1, "invalid: status")
    table = json.loads(out)
    cases.equal(list(table), ["falco_load_results"], "keys")
    first, second = table["falco_load_results"]
    cases.equal((first["name"], first["successful"], first["errors"]), (warned, True, []), "first")
    cases.equal([row["code"] for row in first["warnings"]], ["LOAD_UNUSED_LIST"], "warning")
    cases.equal((second["name"], second["successful"]), (wrong, False), "second")
    error = second["errors"][0]
    cases.equal((error["code"], error["codedesc"]),
                ("LOAD_ERR_COMPILE_CONDITION", "Error compiling condition"), "error")
    cases.equal([row["item_type"] for row in error["context"]["locations"]],
                ["rules content", "rule", "rule condition", "condition expression"], "places")
    cases.equal(error["context"]["locations"][1], {
        "item_name": "R", "item_type": "rule",
        "position": {"name": wrong, "line": 0, "column": 2, "offset": 2}}, "a place")
    cases.check("proc.nme" in error["context"]["snippet"], "snippet")
    cases.check("Error: " + warned + ": Ok, with warnings\n" in err, "summary", err[-300:])
    status, out, _ = falco.run("-V", good, "-L", *JSON)
    table = json.loads(out)
    cases.equal((status, list(table)), (0, ["falco_describe_results", "falco_load_results"]),
                "with -L")
    cases.equal(table["falco_describe_results"], falco.json("-L", "-r", good, *JSON), "-L")
    status, out, _ = falco.run("-V", good, "-l", "second")
    cases.check(out.startswith(good + ": Ok\n\nRule ") and "open_from_cat" not in out, "with -l")


def validate(cases, falco):
    good = falco.write("good.yaml", GOOD)
    warned = falco.write("warned.yaml", WARNED)
    wrong = falco.write("wrong.yaml", WRONG)
    validate_text(cases, falco, good, warned, wrong)
    validate_json(cases, falco, good, warned, wrong)
    # Each file is judged by what stands before it.
    macro = falco.write("macro.yaml", "- {macro: m, condition: proc.name = a}\n")
    uses = falco.write("uses.yaml", WRONG.replace("proc.nme = cat", "m"))
    cases.equal(falco.run("-V", macro, "-V", uses)[0], 0, "a macro of an earlier file")
    cases.equal(falco.run("-V", uses, "-V", macro)[0], 1, "a macro of a later file")
    status, out, err = falco.run("-V", falco.config)
    cases.check(status == 1 and "--dry-run" in out and "--dry-run" in err, "a configuration", out)
    status, out, err = falco.run("-V", falco.config, *JSON)
    cases.check("--dry-run" not in out and "--dry-run" in err, "a configuration, JSON", out)
    cases.check("nowhere.yaml" in falco.fails("-V", "/nowhere.yaml"), "no such file")
    cases.equal(falco.run("-V", falco.write("any.name", GOOD))[0], 0, "a name of another kind")

RULE = """- rule: R
  desc: d
  condition: %s
  output: %s
  priority: INFO
"""


def rule(condition="evt.type = open", output="o"):
    return RULE % (condition, output)


def exception(text):
    return "  exceptions:\n    - {%s}\n" % text


APPEND = "- rule: R\n  append: true\n"

# Files, and what is found in the last one: code, item, its name or None, message as Falco has it.
WORDS = (
    (["a: b\n"], "LOAD_ERR_YAML_VALIDATE", "rules content", None,
     "Rules content is not yaml array of objects"),
    (["a word\n"], "LOAD_ERR_YAML_VALIDATE", "rules content", None, "Rules content is not yaml"),
    (["- a word\n"], "LOAD_ERR_YAML_VALIDATE", "rules content item", None,
     "Unexpected element type. Each element should be a yaml associative array."),
    (["word : is : none\n"], "LOAD_ERR_YAML_PARSE", "rules content", None,
     "yaml-cpp: error at line 1, column 11: illegal map value"),
    (["- required_engine_version: newest\n"], "LOAD_ERR_YAML_VALIDATE", "required_engine_version",
     None, "Unable to parse engine version 'newest' as a semver string. Expected \"x.y.z\" semver "
     "format."),
    (["- list:\n  items: [a]\n"], "LOAD_ERR_YAML_VALIDATE", "list", None,
     "Mapping for key 'list' is empty"),
    (["- macro:\n  condition: a\n"], "LOAD_ERR_YAML_VALIDATE", "macro", None,
     "Mapping for key 'macro' is empty"),
    ([rule().replace(" R", "")], "LOAD_ERR_YAML_VALIDATE", "rule", None,
     "Mapping for key 'rule' is empty"),
    (["- list: l\n"], "LOAD_ERR_YAML_VALIDATE", "list", "l", "Item has no mapping for key 'items'"),
    (["- macro: m\n"], "LOAD_ERR_YAML_VALIDATE", "macro", "m",
     "Item has no mapping for key 'condition'"),
    ([rule().replace("  output: o\n", "")], "LOAD_ERR_YAML_VALIDATE", "rule", "R",
     "Item has no mapping for key 'output'"),
    ([rule() + rule("gone")], "LOAD_ERR_VALIDATE", "rule", "R",
     "Undefined macro 'gone' used in filter."),
    (["- {macro: m, condition: gone}\n"], "LOAD_ERR_VALIDATE", "macro", "m",
     "Undefined macro 'gone' used in filter."),
    (["- {macro: m, condition: evt.type = open}\n",
      "- {macro: m, condition: m, override: {condition: append}}\n"],
     "LOAD_ERR_COMPILE_CONDITION", "macro", "m",
     "unexpected token after 'open', expecting 'or', 'and'"),
    ([rule(), APPEND + "  condition: x\n"], "LOAD_ERR_COMPILE_CONDITION", "rule", "R",
     "unexpected token after 'open', expecting 'or', 'and'"),
    (["- {macro: m, condition: evt.type = open}\n- {macro: n, condition: m}\n"
      "- {macro: m, condition: not n}\n"], "LOAD_ERR_VALIDATE", "macro", "m",
     "reference loop in macro 'n'"),
    (["- {macro: m, condition: evt.type = open or}\n"], "LOAD_ERR_COMPILE_CONDITION", "macro", "m",
     "expected blank or '(' after 'or'"),
    ([rule("not (evt.type = open")], "LOAD_ERR_COMPILE_CONDITION", "rule", "R",
     "expected a ')' token"),
    ([rule("evt.type = open and =")], "LOAD_ERR_COMPILE_CONDITION", "rule", "R",
     "expected a '(' token, a field check, or an identifier"),
    ([rule(output="80%")], "LOAD_ERR_COMPILE_OUTPUT", "rule", "R",
     "invalid formatting syntax: formatting cannot end with a %"),
    ([rule("proc.none = a")], "LOAD_ERR_COMPILE_CONDITION", "rule", "R",
     "filter_check called with nonexistent field proc.none"),
    ([rule("evt.type = none")], "LOAD_ERR_COMPILE_CONDITION", "rule", "R",
     "unknown event type none"),
    ([rule(output="'%none'")], "LOAD_ERR_COMPILE_OUTPUT", "rule", "R",
     "invalid formatting token none"),
    ([rule(output="'%proc.none'")], "LOAD_ERR_COMPILE_OUTPUT", "rule", "R",
     "invalid formatting token proc.none"),
    ([rule(), APPEND + "  desc: x\n"], "LOAD_ERR_VALIDATE", "rule", "R",
     "Appended rule must have exceptions or condition property"),
    ([rule(), APPEND + exception("name: e, values: [[a]]")], "LOAD_ERR_VALIDATE", "exception", "e",
     "Rule exception must have fields property with a list of fields"),
    ([rule() + exception("name: e, fields: [not.there], values: [[a]]")], "LOAD_ERR_VALIDATE",
     "exception", "e", "'not.there' is not a supported filter field"),
    ([rule() + exception("name: e, fields: [proc.name], comps: [is]")], "LOAD_ERR_VALIDATE",
     "exception", "e", "'is' is not a supported comparison operator"),
    ([rule() + exception("name: e, fields: [fd.num], comps: ['<= allof']")], "LOAD_ERR_VALIDATE",
     "exception", "e", "'<= allof' is not a supported comparison operator"),
    ([rule() + exception("name: e, fields: fd.name, comps: like")], "LOAD_ERR_VALIDATE",
     "exception", "e",
     "When fields is a single value, comps must be one of (in, pmatch, intersects)"),
    ([rule() + exception("name: e, fields: [proc.name], comps: [=, =]")], "LOAD_ERR_VALIDATE",
     "exception", "e", "Fields and comps lists must have equal length"),
    ([rule() + exception("name: e, fields: [proc.name], values: [[a, b]]")], "LOAD_ERR_VALIDATE",
     "exception", "e", "Fields and values lists must have equal length"),
    ([rule() + exception("values: [[a]]")], "LOAD_ERR_YAML_VALIDATE", "exception", None,
     "Item has no mapping for key 'name'"),
    ([rule() + exception("name: e")], "LOAD_ERR_YAML_VALIDATE", "exception", "e",
     "Item has no mapping for key 'fields'"),
    (["- {list: l, items: [a], override: {items: append}}\n"], "LOAD_ERR_VALIDATE", "list", "l",
     "List uses 'append' or 'override.items: append' but no list by that name already exists"),
    ([rule() + "- {rule: R, priority: ERROR, override: {priority: append}}\n"],
     "LOAD_ERR_YAML_VALIDATE", "rule", "R",
     "Key 'priority' cannot be appended to, use 'replace' instead"),
    ([rule() + "- {rule: R, desc: more, override: {desc: replace, output: append}}\n"],
     "LOAD_ERR_YAML_VALIDATE", "rule", "R",
     "An append override for 'output' was specified but 'output' is not defined"),
    ([rule() + "- {rule: R, desc: more, override: {desc: append, enabled: replace}}\n"],
     "LOAD_ERR_YAML_VALIDATE", "rule", "R",
     "An replace override for 'enabled' was specified but 'enabled' is not defined"),
    (["- {rule: R, desc: more, tags: [a], override: {desc: replace, tags: append}}\n"],
     "LOAD_ERR_VALIDATE", "rule", "R",
     "Rule uses 'append' or 'override.<key>: append' but no rule by that name already exists"),
    ([rule() + exception("name: e, fields: [fd.name], comps: ['!='], values: [['fd.cip ']]")],
     "LOAD_COMPILE_CONDITION", "rule condition", None,
     "'fd.cip ' may be a valid field misused as a const string value"),
    ([rule("fd.name = 'len( fd.name)' and evt.type = open")],
     "LOAD_COMPILE_CONDITION", "rule condition", None,
     "'len( fd.name)' may be a valid field transformer misused as a const string value"),
    (["- {macro: m, conditoin: x, condition: evt.type = open}\n"], "LOAD_UNKNOWN_KEY", "macro", "m",
     "Unknown key 'conditoin'"),
    ([rule(output="'%evt.wait_latency'")], "LOAD_DEPRECATED_ITEM", "rule", "R",
     "usage of deprecated field 'evt.wait_latency' has been detected in the rule output"),
    (["- {macro: m, condition: evt.type = open}\n"], "LOAD_UNUSED_MACRO", "macro", "m",
     "Macro not referred to by any other rule/macro"),
    ([rule("proc.name = a")], "LOAD_NO_EVTTYPE", "rule", "R",
     "Rule matches too many evt.type values. This has a significant performance penalty."),
    ([rule() + "  source: mine\n"], "LOAD_UNKNOWN_SOURCE", "rule", "R",
     "Unknown source mine, skipping"),
    ([rule("evt.type = none") + "  skip-if-unknown-filter: true\n"], "LOAD_UNKNOWN_FILTER", "rule",
     "R", "unknown event type none"),
    ([rule(output="'%proc.none'") + "  skip-if-unknown-filter: true\n"], "LOAD_UNKNOWN_FILTER",
     "rule", "R", "invalid formatting token proc.none"),
)


def words(cases, falco):
    """Messages by which scripts around Falco know what is wrong; ours stand beside them."""
    for texts, code, item, name, message in WORDS:
        args = []
        for i, text in enumerate(texts):
            args += ["-V", falco.write("words%d.yaml" % i, text)]
        _, out, _ = falco.run(*args, *JSON)
        results = json.loads(out)["falco_load_results"]
        cases.check(all(row["successful"] for row in results[:-1]), message + ": files before")
        found = [row for row in results[-1]["errors"] + results[-1]["warnings"]
                 if row["code"] == code and row["message"] == message and row["eyas_message"]]
        places = [(place["item_type"], place["item_name"] or None) for row in found
                  for place in row["context"]["locations"]]
        cases.check((item, name) in places, message, json.dumps(results[-1])[:600])
        if code.startswith("LOAD_ERR"):
            cases.equal(len(results[-1]["errors"]), 1, message + ": errors")
    status, out, _ = falco.run("-V", falco.write("words.yaml", rule("proc.none = a")))
    cases.check(status == 1 and "): filter_check called with nonexistent field proc.none (unknown "
                "field 'proc.none'" in out, "both as text", out)
    for condition, name in (("gone", '"gone"'), ("evt.type=open or no", '"evt.type=open or no"'),
                            ("evt.type=open or non", '"evt.type=open or non"'),
                            ("evt.type=open or none", '"evt.type=open or ..."'),
                            ('"proc.name=a or\\nno"', '"proc.name=a or no"')):
        _, out, _ = falco.run("-V", falco.write("words.yaml", rule(condition)), *JSON)
        found = json.loads(out)["falco_load_results"][0]["errors"][0]["context"]["locations"][-1]
        cases.equal(found["position"]["name"], name, "the name of a condition")



def check(folder):
    cases = harness.Cases()
    for part in (fields, events, ignored_calls, versions, support, page_size, plugins, describe,
                 appended, static_fields, validate, words):
        part(cases, Falco(cases, folder))
        cases.end_group(part.__name__)
    cases.done()


harness.in_temp(check)
