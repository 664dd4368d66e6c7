#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""SysFlow records of the outside captures are those of the original collector.

`eyas as sysporter` with the settings of the original's own tests against what version 0.7.0 of the
collector made of the same captures (peer-recorded-all) and against the files its project keeps
(golden), and with its defaults against peer-defaults; all as multisets, because the order of what
is written at the end is that of a hash table. Each difference that is allowed stands below with its
reason; one that does not occur any more fails.
"""
import json
import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import harness  # noqa: E402
import sysflow  # noqa: E402
from sysflow import Allowance  # noqa: E402

ALL = {"ENABLE_DROP_MODE": "0", "ENABLE_PROC_FLOW": "0", "FILE_ONLY": "0", "FILE_READ_MODE": "0"}

# What the original reads; none of it may come from who runs the test.
VARIABLES = ("ENABLE_DROP_MODE", "ENABLE_PROC_FLOW", "FILE_ONLY", "FILE_READ_MODE", "NODE_IP",
             "ENABLE_STATS", "DRIVER_LOG", "SF_K8S_API_URL", "SF_K8S_API_CERT", "HOST_ROOT")


def oid(created, pid):
    return {"createTS": created, "hpid": pid}


# ---- what the golden files have otherwise than version 0.7.0 ----

BLANKS = "trailing blanks of arguments are cut off by another version of libs"
DIRECTORY = ("version 0.7.0 names the directory of mkdirat and unlinkat, where the golden file "
             "names what was made in it")
NAMESPACE = ("a process made in a pid namespace was created with its parent's clone, and is with "
             "its own in version 0.7.0")
PARENT = "a parent that the capture does not know was made up, and is left out in version 0.7.0"
STALE = "the name of a user that the capture does not know was looked up anew after setuid"
SCHEMA = "the golden file is of an older schema"

TESTING_DIR = "916afa22696236e887df5f1e5025c2adee44e3c9"
DIRFD_NAME = "8c393341f53683eee209137292b19ded935cbedb"


def at_event(ts, op, file_oid):
    """A FileEvent of filesat that names its file otherwise."""
    return Allowance("FileEvent", {"ts": ts, "opFlags": op, "fileOID": file_oid},
                     {"fileOID": DIRFD_NAME}, 1, DIRECTORY)


RUNC = oid(1555011816575383601, 10310)
RUNC_NOW = oid(1555011816575567972, 10310)
RUNC_PARENT = oid(1555011816574023069, 10309)
UNKNOWN_PARENT = oid(0, 10301)

FULL_CAPTURE = [
    Allowance("Process", {"oid": UNKNOWN_PARENT}, None, 1, PARENT),
    Allowance("Process", {"oid": RUNC_PARENT, "poid": UNKNOWN_PARENT}, {"poid": None}, 1, PARENT),
    # Its parent has ended by the time it is created.
    Allowance("Process", {"oid": RUNC, "poid": RUNC_PARENT}, {"oid": RUNC_NOW, "poid": None}, 5,
              NAMESPACE),
    Allowance("Process", {"poid": RUNC}, {"poid": RUNC_NOW}, 8, NAMESPACE),
    Allowance("ProcessEvent", {"procOID": RUNC}, {"procOID": RUNC_NOW}, 18, NAMESPACE),
    Allowance("FileEvent", {"procOID": RUNC}, {"procOID": RUNC_NOW}, 26, NAMESPACE),
    Allowance("FileFlow", {"procOID": RUNC}, {"procOID": RUNC_NOW}, 4337, NAMESPACE),
    Allowance("Process", {"state": "MODIFIED", "uid": 1, "userName": "<NA>", "groupName": "<NA>"},
              {"userName": "root", "groupName": "root"}, 3, STALE),
]

GOLDEN = {
    "files": [Allowance("Process", {"oid": oid(0, 723), "exeArgs": ""}, {"exeArgs": " "}, 1,
                        BLANKS)],
    "filesat": [
        Allowance("Process", {"oid": oid(0, 723), "exeArgs": ""}, {"exeArgs": " "}, 1, BLANKS),
        at_event(1554931790950575033, 0x8000, TESTING_DIR),
        at_event(1554931790951531751, 0x40000, "2a90715de04f0ae48baab3992e229dc5f6377cd2"),
        at_event(1554931790951856578, 0x40000, "e634780553c4def939930a88946066e0fcd4fd0e"),
        at_event(1554931790952074761, 0x40000, "1e0e52a6ef35b3b347bed2265deaa4c4493b6e02"),
        # It is first named by an event that comes later.
        Allowance("File", {"oid": TESTING_DIR, "ts": 1554931790950575033},
                  {"ts": 1554931790950923256}, 1, DIRECTORY),
    ],
    "tcp-client-server": [
        Allowance("Process", {"oid": oid(0, pid), "exeArgs": blanks}, {"exeArgs": blanks + " "}, 1,
                  BLANKS)
        for pid, blanks in ((7951, " "), (7954, "  "), (7126, " "), (7129, "  "))],
    "mpm-event_full_capture": FULL_CAPTURE,
    "nginx": [
        Allowance("SFHeader", {"version": 1001}, {"version": 5}, 1, SCHEMA),
        Allowance("Process", {"userName": "", "groupName": ""},
                  {"userName": "<NA>", "groupName": "<NA>"}, 2,
                  "names of users that the capture does not know were empty"),
    ],
}

# What Eyas has otherwise than version 0.7.0, by folder and capture.
PEER = {}


def our_records(cases, folder, name, settings):
    """The records that the command makes of a capture."""
    target = os.path.join(folder, name + ".sf")
    env = {key: value for key, value in harness.ENVIRONMENT.items() if key not in VARIABLES}
    env.update(settings)
    status, out, err = harness.run_eyas(["as", "sysporter", "-r", harness.capture_path(name),
                                         "-w", target, "-e", "tests"], env=env)
    cases.equal(status, 0, "%s: status, with %s" % (name, err[-300:]))
    cases.equal(out, b"", name + ": nothing on standard output")
    if not cases.check(os.path.isfile(target), name + ": there is a file"):
        return []
    try:
        container = sysflow.load(target, raw_text=True)
    except sysflow.Malformed as error:
        cases.check(False, name + ": a file of Avro", error)
        return []
    cases.equal(container.codec, "deflate", name + ": codec")
    cases.equal(container.records[0][1].get("filename"), target, name + ": name in the header")
    cases.equal(sysflow.check_references(container.records)[:3], [],
                name + ": entities before what refers to them")
    return container.records


def same_fields(ours, container):
    """Our records without the fields that an older schema lacks, theirs without those it gave up."""
    theirs = []
    now = {kind: fields for kind, fields in ours}
    for kind, fields in container.records:
        theirs.append((kind, {name: value for name, value in fields.items()
                              if kind not in now or name in now[kind]}))
    return [(kind, {name: value for name, value in fields.items()
                    if name in container.schema.fields.get(kind, fields)})
            for kind, fields in ours], theirs


def compare_with(cases, folder, name, ours, allowances):
    path = harness.data_path("data", "sysflow", folder, name + ".sf")
    if not os.path.isfile(path):
        return 0
    ours, theirs = same_fields(ours, sysflow.load(path))
    sysflow.compare(cases, "%s/%s" % (folder, name), ours, theirs, allowances)
    return 1


def check_reading(cases, folder, name):
    """`eyas flow print` has every record of a file of theirs, and no field otherwise."""
    path = harness.data_path("data", "sysflow", folder, name)
    status, out, err = harness.run_eyas(["flow", "print", "--entities", "-o", "records", path])
    cases.equal((status, err), (0, b""), "print %s/%s: status" % (folder, name))
    printed = [json.loads(line) for line in out.decode("utf-8").splitlines()]
    theirs = sysflow.load(path)
    # What a schema of before lacks has a default; what it gave up is not shown.
    shown = [(line["type"], {field: line["rec"][field]
                             for field in theirs.schema.fields[line["type"]]
                             if field in line["rec"]}) for line in printed]
    given = [(kind, {field: value for field, value in fields.items() if field in line["rec"]})
             for (kind, fields), line in zip(theirs.records, printed)]
    cases.equal(len(shown), len(theirs.records), "print %s/%s: records" % (folder, name))
    cases.check(shown == given, "print %s/%s: the same records" % (folder, name),
                [pair for pair in zip(shown, given) if pair[0] != pair[1]][:1])


def run(folder):
    cases = harness.Cases()
    compared = 0
    for kind in ("golden", "peer-recorded-all", "peer-defaults"):
        for name in sorted(os.listdir(harness.data_path("data", "sysflow", kind))):
            check_reading(cases, kind, name)
    cases.end_group("files of the original, printed")
    for name in NAMES:
        ours = our_records(cases, folder, name, ALL)
        for kind, table in (("peer-recorded-all", {}), ("golden", GOLDEN)):
            # What is ours on purpose is so against both.
            allowed = table.get(name, []) + PEER.get(("peer-recorded-all", name), [])
            compared += compare_with(cases, kind, name, ours, allowed)
        ours = our_records(cases, folder, name, {})
        compared += compare_with(cases, "peer-defaults", name, ours,
                                 PEER.get(("peer-defaults", name), []))
        cases.end_group(name)
    cases.check(compared >= 20, "files compared", compared)
    cases.done()


if not os.path.isdir(harness.data_path("data", "sysflow")):
    harness.skip("no files in $EYAS_TESTDATA/data/sysflow")
NAMES = harness.need_captures()
harness.in_temp(run)
