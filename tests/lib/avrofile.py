# SPDX-License-Identifier: Apache-2.0
"""SysFlow files and packets made by hand: what an encoder of Avro does, and as much of the schema as
tests need. Values that are left out are zero, empty or null.
"""
import json
import struct
import zlib

SYNC = bytes(range(16))

OID = {"type": "record", "name": "OID", "namespace": "sysflow.type",
       "fields": [{"name": "createTS", "type": "long"}, {"name": "hpid", "type": "long"}]}
FOID = {"type": "fixed", "name": "FOID", "namespace": "sysflow.type", "size": 20}
STATE = {"type": "enum", "name": "SFObjectState", "namespace": "sysflow.type",
         "symbols": ["CREATED", "MODIFIED", "REUP"]}
CONTAINER_TYPE = {"type": "enum", "name": "ContainerType", "namespace": "sysflow.type",
                  "symbols": ["CT_DOCKER", "CT_LXC", "CT_LIBVIRT_LXC", "CT_MESOS", "CT_RKT",
                              "CT_CUSTOM", "CT_CRI", "CT_CONTAINERD", "CT_CRIO", "CT_BPM"]}
TEXTS = {"type": "array", "items": "string"}
LONGS = {"type": "array", "items": "long"}
LABELS = {"type": "map", "values": "string"}
PORT = {"type": "record", "name": "Port", "namespace": "sysflow.entity",
        "fields": [{"name": "port", "type": "int"}, {"name": "targetPort", "type": "int"},
                   {"name": "nodePort", "type": "int"}, {"name": "proto", "type": "string"}]}
SERVICE = {"type": "record", "name": "Service", "namespace": "sysflow.entity",
           "fields": [{"name": "name", "type": "string"}, {"name": "id", "type": "string"},
                      {"name": "namespace", "type": "string"},
                      {"name": "portList", "type": {"type": "array", "items": PORT}},
                      {"name": "clusterIP", "type": LONGS}]}
IP6 = {"type": "fixed", "name": "IP6", "namespace": "sysflow.type", "size": 16}


def optional(type_):
    return ["null", type_]


WHO = [("procOID", OID), ("ts", "long"), ("tid", "long"), ("opFlags", "int")]
TUPLE = [("sip", "int"), ("sport", "int"), ("dip", "int"), ("dport", "int"), ("proto", "int")]
SUMS = [("numRRecvOps", "long"), ("numWSendOps", "long"), ("numRRecvBytes", "long"),
        ("numWSendBytes", "long")]
# In the order of the union.
RECORDS = {
    "SFHeader": [("version", "long"), ("exporter", "string"), ("ip", "string"),
                 ("filename", "string")],
    "Container": [("id", "string"), ("name", "string"), ("image", "string"),
                  ("imageid", "string"), ("type", CONTAINER_TYPE), ("privileged", "boolean"),
                  ("podId", optional("string"))],
    "Process": [("state", STATE), ("oid", OID), ("poid", optional(OID)), ("ts", "long"),
                ("exe", "string"), ("exeArgs", "string"), ("uid", "int"), ("userName", "string"),
                ("gid", "int"), ("groupName", "string"), ("tty", "boolean"),
                ("containerId", optional("string")), ("entry", "boolean"), ("cwd", "string"),
                ("env", TEXTS)],
    "File": [("state", STATE), ("oid", FOID), ("ts", "long"), ("restype", "int"),
             ("path", "string"), ("containerId", optional("string"))],
    "ProcessEvent": WHO + [("args", TEXTS), ("ret", "int")],
    "NetworkFlow": WHO + [("endTs", "long")] + TUPLE + [("fd", "int")] + SUMS,
    "FileFlow": WHO + [("openFlags", "int"), ("endTs", "long"), ("fileOID", FOID), ("fd", "int")] +
    SUMS,
    "FileEvent": WHO + [("fileOID", FOID), ("ret", "int"), ("newFileOID", optional(FOID))],
    "NetworkEvent": WHO + TUPLE + [("ret", "int")],
    "ProcessFlow": [("procOID", OID), ("ts", "long"), ("numThreadsCloned", "long"),
                    ("opFlags", "int"), ("endTs", "long"), ("numThreadsExited", "long"),
                    ("numCloneErrors", "long")],
    "Pod": [("ts", "long"), ("id", "string"), ("name", "string"), ("nodeName", "string"),
            ("hostIP", LONGS), ("internalIP", LONGS), ("namespace", "string"),
            ("restartCount", "long"), ("labels", LABELS), ("selectors", LABELS),
            ("services", {"type": "array", "items": SERVICE})],
    "K8sEvent": [("kind", {"type": "enum", "name": "K8sComponent", "namespace": "sysflow.type",
                           "symbols": ["K8S_NODES", "K8S_NAMESPACES", "K8S_PODS"]}),
                 ("action", {"type": "enum", "name": "K8sAction", "namespace": "sysflow.type",
                             "symbols": ["K8S_COMPONENT_ADDED", "K8S_COMPONENT_MODIFIED"]}),
                 ("ts", "long"), ("message", "string")],
}
IPV6 = [("sip6", optional(IP6)), ("dip6", optional(IP6))]
NAMES = list(RECORDS)


def fields_of(kind, version):
    return RECORDS[kind] + (IPV6 if version == 6 and kind.startswith("Network") else [])


def schema(version=5, kinds=None):
    """The JSON of a schema; named types are defined where they first occur."""
    seen = set()

    def once(type_):
        if isinstance(type_, list):
            return [once(branch) for branch in type_]
        if not isinstance(type_, dict):
            return type_
        if "name" not in type_:
            return {key: once(value) if key in ("items", "values") else value
                    for key, value in type_.items()}
        full = type_["namespace"] + "." + type_["name"]
        if full in seen:
            return full
        seen.add(full)
        if "fields" not in type_:
            return type_
        return dict(type_, fields=[dict(field, type=once(field["type"]))
                                   for field in type_["fields"]])

    union = [{"type": "record", "name": kind, "namespace": "sysflow",
              "fields": [{"name": name, "type": once(type_)}
                         for name, type_ in fields_of(kind, version)]}
             for kind in kinds or NAMES]
    return json.dumps({"type": "record", "name": "SysFlow", "namespace": "sysflow",
                       "fields": [{"name": "rec", "type": union}]}, separators=(",", ":")).encode()


# ---- bytes ----


def num(value):
    value = (value << 1 ^ value >> 63) & (1 << 64) - 1
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def sized(data):
    return num(len(data)) + data


def raw(text):
    return text if isinstance(text, bytes) else text.encode("utf-8", "surrogateescape")


def items(encoded):
    return (num(len(encoded)) + b"".join(encoded) if encoded else b"") + num(0)


def value(type_, given):
    """One value of a type; given None is the one that says nothing."""
    if isinstance(type_, list):
        return num(0) if given is None else num(1) + value(type_[1], given)
    if type_ in ("int", "long"):
        return num(given or 0)
    if type_ == "string":
        return sized(raw(given or ""))
    if type_ == "boolean":
        return b"\1" if given else b"\0"
    kind = type_["type"]
    if kind == "record":
        given = given or {}
        if isinstance(given, tuple):
            given = dict(zip((field["name"] for field in type_["fields"]), given))
        return b"".join(value(field["type"], given.get(field["name"]))
                        for field in type_["fields"])
    if kind == "enum":
        return num(given or 0)
    if kind == "fixed":
        return (given or b"").ljust(type_["size"], b"\0")
    if kind == "array":
        return items([value(type_["items"], item) for item in given or []])
    return items([sized(raw(key)) + value(type_["values"], item)
                  for key, item in (given or {}).items()])


def datum(record, schema_=5, /, **given):
    """A record as it is in a block or packet."""
    fields = fields_of(record, schema_)
    unknown = set(given) - {name for name, _ in fields}
    assert not unknown, unknown
    return num(NAMES.index(record)) + b"".join(value(type_, given.get(name))
                                             for name, type_ in fields)


def head(codec=b"null", text=None):
    return (b"Obj\1" + num(2) + sized(b"avro.codec") + sized(codec) + sized(b"avro.schema") +
            sized(text or schema()) + num(0) + SYNC)


def block(data, codec=b"null"):
    packed = b"".join(data)
    if codec == b"deflate":
        deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
        packed = deflate.compress(packed) + deflate.flush()
    return num(len(data)) + sized(packed) + SYNC


def container(data, codec=b"deflate", version=5, per_block=1000):
    """A file of data in blocks."""
    return head(codec, schema(version)) + b"".join(
        block(data[i:i + per_block], codec) for i in range(0, len(data), per_block))


# ---- records that go together ----


def ipv4(text):
    """An address as flows have it."""
    return struct.unpack("<i", bytes(int(part) for part in text.split(".")))[0]


def foid(name):
    return raw(name).ljust(20, b"\0")[:20]


def sample(version=5):
    """One of each kind that occurs, with what it refers to."""
    ts = 1600000000123456789
    who = {"procOID": (11, 7), "ts": ts, "tid": 8}
    net = dict(who, opFlags=0x40 | 0x100 | 0x200 | 0x400, endTs=ts + 10 ** 9, sport=40000,
               dport=80, proto=6, fd=5, numRRecvOps=1, numWSendOps=2, numRRecvBytes=300,
               numWSendBytes=4000)
    data = [
        datum("SFHeader", version=version, exporter="host", ip="10.0.0.1", filename="f.sf"),
        datum("Pod", ts=ts, id="pod1", name="web-0", nodeName="node", hostIP=[ipv4("10.0.0.1")],
              internalIP=[ipv4("10.1.0.1"), ipv4("10.1.0.2")], namespace="shop", restartCount=3,
              labels={"app": "web"}, services=[{"name": "front", "namespace": "shop",
                                                "portList": [(80, 8080, 0, "TCP")]}]),
        datum("Container", id="c0ffee", name="web", image="nginx:1", imageid="sha", podId="pod1"),
        datum("Process", state=2, oid=(10, 1), exe="/sbin/init", uid=0, userName="root"),
        datum("Process", state=0, oid=(11, 7), poid=(10, 1), ts=ts, exe="/usr/bin/wget",
              exeArgs="-q http://x/", uid=1000, userName="me", gid=100, groupName="users",
              tty=True, containerId="c0ffee", cwd="/tmp/", env=["HOME=/root", "LANG=C"]),
        datum("File", state=2, oid=foid("a"), ts=ts, restype=ord("f"), path="/etc/hosts"),
        datum("File", state=0, oid=foid("b"), ts=ts, restype=ord("?"), path="/tmp/out"),
        datum("ProcessEvent", opFlags=0x2, ret=0, **who),
        datum("ProcessEvent", opFlags=0x8, ret=-1, args=["1000"], **who),
        datum("FileFlow", opFlags=0x80 | 0x100 | 0x400, openFlags=1, endTs=ts + 5,
              fileOID=foid("a"), fd=3, numRRecvOps=1, numRRecvBytes=220, **who),
        datum("FileEvent", opFlags=0x100000, fileOID=foid("a"), newFileOID=foid("b"), ret=0, **who),
        datum("NetworkFlow", version, sip=ipv4("10.1.0.1"), dip=ipv4("192.0.2.7"), **net),
        datum("ProcessFlow", procOID=(11, 7), ts=ts, endTs=ts + 9, opFlags=0x5,
              numThreadsCloned=4, numThreadsExited=3, numCloneErrors=1),
        datum("K8sEvent", kind=2, action=1, ts=ts, message='{"type":"MODIFIED"}'),
    ]
    if version == 6:
        data.append(datum("NetworkFlow", version, sip6=bytes(15) + b"\1",
                          dip6=bytes.fromhex("20010db8") + bytes(11) + b"\2", **net))
    return data
