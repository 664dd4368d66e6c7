#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Avro's own library for Python reads the files of every codec and schema, and finds in them what
our decoder does; with the original's schema as the reader's, too, which is how its consumers work.
"""
import ipaddress
import json
import os
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import harness  # noqa: E402
import sysflow  # noqa: E402

PYTHON = "/usr/bin/python3"  # of the distribution, which is where its packages are seen
SAMPLE = os.path.join("tests", "data", "sample.scap")
CODECS = ("null", "deflate", "snappy")
SCHEMAS = (5, 6)
ALL = ["--file-read-mode", "0", "--file-only", "no", "--process-flow", "no"]
NEW_FIELDS = ("sip6", "dip6")

# FILE [SCHEMA]: a line of JSON for each record, fixed values in hexadecimal.
READER = r"""
import json, sys, warnings
warnings.simplefilter("ignore")
import avro.datafile, avro.io, avro.schema
def plain(value):
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    return [plain(inner) for inner in value] if isinstance(value, list) else value
schema = avro.schema.parse(open(sys.argv[2]).read()) if len(sys.argv) > 2 else None
for record in avro.datafile.DataFileReader(open(sys.argv[1], "rb"),
                                           avro.io.DatumReader(readers_schema=schema)):
    print(json.dumps(plain(record)["rec"]))
"""


def python_has(*modules):
    return os.path.exists(PYTHON) and subprocess.run(
        [PYTHON, "-c", "import " + ", ".join(modules)], check=False,
        stderr=subprocess.DEVNULL).returncode == 0


def read_by_avro(cases, path, what, schema=None):
    """The records as Avro's library has them, which does not say of which type they are."""
    done = subprocess.run([PYTHON, "-c", READER, path] + ([schema] if schema else []),
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    cases.check(done.returncode == 0, what + ": Avro's library reads it", done.stderr[-400:])
    return [json.loads(line) for line in done.stdout.decode("utf-8").splitlines()]


def without_new(records):
    return [{name: value for name, value in fields.items() if name not in NEW_FIELDS}
            for _, fields in records]


def doc_less(node):
    """A schema without what readers may ignore."""
    if isinstance(node, list):
        return [doc_less(inner) for inner in node]
    if not isinstance(node, dict):
        return node
    return {key: doc_less(inner) for key, inner in node.items() if key not in ("doc", "logicalType")}


def names_qualified(node, namespace=""):
    """With every name in full, since they may be written either way."""
    if isinstance(node, list):
        return [names_qualified(inner, namespace) for inner in node]
    if isinstance(node, str):
        return "%s.%s" % (namespace, node) if node[:1].isupper() and namespace else node
    if not isinstance(node, dict):
        return node
    node = dict(node)
    if node.get("type") in ("record", "enum", "fixed"):
        space, _, name = node["name"].rpartition(".")
        space = space or node.get("namespace", namespace)
        node.pop("namespace", None)
        node["name"] = "%s.%s" % (space, name)
        if "fields" in node:
            node["fields"] = [dict(field, type=names_qualified(field["type"], space))
                              for field in node["fields"]]
        return node
    return {key: names_qualified(inner, namespace) if key in ("type", "items", "values") else inner
            for key, inner in node.items()}


def same_schema(one, other):
    return names_qualified(doc_less(json.loads(one))) == names_qualified(doc_less(json.loads(other)))


def convert(cases, capture, target, options, what):
    status, _, err = harness.run_eyas(["flow", "-q", "-r", capture, "-w", target] + ALL + options)
    cases.equal(status, 0, what + ": status, with %s" % err[-300:])
    return sysflow.load(target)


def check_file(cases, folder, capture, codec, schema, reference):
    name = os.path.basename(capture)
    what = "%s, %s, schema %d" % (name, codec, schema)
    target = os.path.join(folder, "out.sf")
    ours = convert(cases, capture, target, ["--codec", codec, "--schema", str(schema)], what)
    cases.equal(ours.codec, codec, what + ": codec")
    cases.equal(ours.records[0][1]["version"], schema, what + ": version")
    values = [fields for _, fields in ours.records]
    if codec == "snappy" and not python_has("snappy"):
        cases.skip("Avro's library cannot read snappy without python3-snappy: " + name)
    else:
        cases.equal(read_by_avro(cases, target, what), values, what + ": the same records")
        if reference:
            cases.equal(read_by_avro(cases, target, what + ", the original's schema", reference),
                        without_new(ours.records), what + ": by the original's schema")
    return ours


def check_schemas(cases, folder, captures, reference):
    for capture in captures:
        seen = {}
        for schema in SCHEMAS:
            for codec in CODECS:
                ours = check_file(cases, folder, capture, codec, schema, reference)
                seen.setdefault(schema, ours.records)
                cases.equal(ours.records, seen[schema], "%s: records do not depend on the codec" %
                            capture)
                if reference and schema == 5:
                    with open(reference, "r", encoding="utf-8") as source:
                        cases.check(same_schema(source.read(), ours.schema_text),
                                    "%s: the schema that is embedded" % capture)
        # What schema 5 has room for is the same in schema 6.
        old = sysflow.counted((kind, fields) for (kind, _), fields in
                              zip(seen[5], without_new(seen[5])) if kind != "SFHeader")
        new = sysflow.counted((kind, fields) for (kind, _), fields in
                              zip(seen[6], without_new(seen[6])) if kind != "SFHeader")
        cases.equal(list((old - new).elements()), [], capture + ": all of schema 5 is in schema 6")
        cases.end_group(os.path.basename(capture))


def check_ipv6(cases, folder):
    """The capture of a client that talks IPv6: schema 5 has no room for it."""
    capture = harness.capture_path("test_ipv6_client")
    if not os.path.isfile(capture):
        cases.skip("no capture of IPv6")
        return
    target = os.path.join(folder, "six.sf")
    old = convert(cases, capture, target, ["--schema", "5"], "IPv6, schema 5").records
    cases.equal([kind for kind, _ in old if kind == "NetworkFlow"], [], "IPv6 in schema 5")
    flows = [fields for kind, fields in
             convert(cases, capture, target, ["--schema", "6"], "IPv6, schema 6").records
             if kind == "NetworkFlow"]
    cases.check(flows, "IPv6 in schema 6")
    for flow in flows:
        cases.equal((flow["sip"], flow["dip"]), (0, 0), "IPv6: the places of IPv4 are empty")
        for name in NEW_FIELDS:
            address = ipaddress.IPv6Address(bytes.fromhex(flow[name]))
            cases.check(not address.ipv4_mapped, "IPv6: an address", address)
    cases.end_group("IPv6: %d flows" % len(flows))


def run(folder):
    cases = harness.Cases()
    captures = [SAMPLE] + [harness.capture_path(name) for name in harness.captures()
                           if name in ("setns", "nginx", "test_ipv6_client", "files")]
    reference = harness.data_path("data", "sysflow", "schema", "SysFlow.avsc")
    if not os.path.isfile(reference):
        cases.skip("no schema in $EYAS_TESTDATA/data/sysflow/schema")
        reference = None
    check_schemas(cases, folder, captures, reference)
    check_ipv6(cases, folder)
    cases.done()


if not python_has("avro"):
    harness.skip("%s has no module avro (python3-avro)" % PYTHON)
harness.in_temp(run)
