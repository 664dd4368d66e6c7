# SPDX-License-Identifier: Apache-2.0
"""SysFlow files and packets as the test scripts see them: a decoder of Avro's object container that
believes nothing, and the comparison of records as multisets.

A record is a pair (name of its type, fields); fields are a dict in the order of the schema. Enums
are their names, fixed values are hexadecimal text, unions are what they hold.
"""
import collections
import copy
import json
import zlib

MAGIC = b"Obj\x01"
SYNC_BYTES = 16


class Malformed(Exception):
    """Bytes that are no Avro, or not of the schema they come with."""


# ---- values ----


class Bytes:
    """A place in bytes from which Avro's primitive values are taken."""

    def __init__(self, data, at=0, errors="strict"):
        self.data, self.at, self.errors = data, at, errors

    def left(self):
        return len(self.data) - self.at

    def raw(self, size):
        if size < 0 or size > self.left():
            raise Malformed("%d bytes at %d, where %d are left" % (size, self.at, self.left()))
        self.at += size
        return self.data[self.at - size:self.at]

    def number(self, bits=64):
        """A zig-zag number, in no more bytes than it needs."""
        value = shift = 0
        while True:
            if self.at == len(self.data):
                raise Malformed("the bytes end within a number at %d" % self.at)
            byte = self.data[self.at]
            self.at += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if not byte & 0x80:
                break
            if shift >= 70:
                raise Malformed("a number of more than ten bytes at %d" % self.at)
        if shift > 7 and byte == 0:
            raise Malformed("a number with bytes that add nothing at %d" % self.at)
        value = (value >> 1) ^ -(value & 1)
        if not -(1 << bits - 1) <= value < 1 << bits - 1:
            raise Malformed("%d is no number of %d bits" % (value, bits))
        return value

    def sized(self):
        return self.raw(self.number())

    def text(self):
        raw = self.sized()
        try:
            return raw.decode("utf-8", self.errors)
        except UnicodeDecodeError:
            raise Malformed("text that is not UTF-8: %r" % raw[:60]) from None

    def blocks(self, item):
        """Items of an array or map."""
        result = []
        while True:
            count = self.number()
            if count == 0:
                return result
            if count < 0:
                count, size = -count, self.number()
                if size < 0 or size > self.left():
                    raise Malformed("a block of %d bytes at %d" % (size, self.at))
            if count > self.left() + 1:
                raise Malformed("%d items at %d, where %d bytes are left" %
                                (count, self.at, self.left()))
            result += [item(self) for _ in range(count)]


def read_boolean(source):
    byte = source.raw(1)
    if byte not in (b"\0", b"\1"):
        raise Malformed("a boolean of %r" % byte)
    return byte == b"\1"


PRIMITIVES = {
    "null": lambda source: None,
    "boolean": read_boolean,
    "int": lambda source: source.number(32),
    "long": lambda source: source.number(64),
    "string": lambda source: source.text(),
    "bytes": lambda source: source.sized().hex(),
}


class Schema:
    """The reader of a schema's datums. The root is the record SysFlow, whose one field is a union."""

    def __init__(self, text):
        self.json = json.loads(text)
        self.readers, self.fields = {}, {}
        if self.json.get("name", "").rpartition(".")[2] != "SysFlow":
            raise Malformed("the schema's root is not SysFlow")
        namespace = self.json.get("namespace", "")
        rec, = self.json["fields"]
        branches = rec["type"]
        self.names = [branch["name"].rpartition(".")[2] if isinstance(branch, dict) else branch
                      for branch in branches]
        self.branches = [self.reader(branch, namespace) for branch in branches]

    def reader(self, node, namespace):
        if isinstance(node, list):
            return self.union([self.reader(branch, namespace) for branch in node])
        if isinstance(node, str):
            return self.named(node, namespace)
        kind = node["type"]
        if kind in ("record", "enum", "fixed"):
            return self.definition(kind, node, namespace)
        if kind == "array":
            item = self.reader(node["items"], namespace)
            return lambda source: source.blocks(item)
        if kind == "map":
            value = self.reader(node["values"], namespace)
            return lambda source: dict(source.blocks(lambda s: (s.text(), value(s))))
        return self.reader(kind, namespace)

    def named(self, name, namespace):
        if name in PRIMITIVES:
            return PRIMITIVES[name]
        for full in (name, namespace + "." + name):
            if full in self.readers:
                return lambda source: self.readers[full](source)
        raise Malformed("the schema does not define %s" % name)

    @staticmethod
    def union(branches):
        def read(source):
            index = source.number()
            if not 0 <= index < len(branches):
                raise Malformed("branch %d of a union of %d" % (index, len(branches)))
            return branches[index](source)
        return read

    def definition(self, kind, node, namespace):
        full = node["name"] if "." in node["name"] else "%s.%s" % (
            node.get("namespace", namespace), node["name"])
        inner = full.rpartition(".")[0]
        if kind == "record":
            self.readers[full] = None  # may be named within
            fields = [(field["name"], self.reader(field["type"], inner))
                      for field in node["fields"]]
            self.fields[full.rpartition(".")[2]] = [name for name, _ in fields]
            self.readers[full] = lambda source: {name: read(source) for name, read in fields}
        elif kind == "enum":
            symbols = node["symbols"]

            def read(source):
                index = source.number(32)
                if not 0 <= index < len(symbols):
                    raise Malformed("%d is none of %s" % (index, full))
                return symbols[index]
            self.readers[full] = read
        else:
            size = node["size"]
            self.readers[full] = lambda source: source.raw(size).hex()
        return self.readers[full]

    def read(self, source):
        index = source.number()
        if not 0 <= index < len(self.branches):
            raise Malformed("record of branch %d" % index)
        return self.names[index], self.branches[index](source)

    def packet(self, data):
        """The one record of a packet."""
        source = Bytes(data)
        record = self.read(source)
        if source.left():
            raise Malformed("%d bytes behind the record of a packet" % source.left())
        return record


# ---- containers ----


def unpack_snappy(data):
    source = Bytes(data)
    size = shift = 0
    while True:
        byte = source.raw(1)[0]
        size |= (byte & 0x7F) << shift
        shift += 7
        if not byte & 0x80:
            break
    out = bytearray()
    while source.left():
        tag = source.raw(1)[0]
        kind, length = tag & 3, tag >> 2
        if kind == 0:
            if length >= 60:
                length = int.from_bytes(source.raw(length - 59), "little")
            out += source.raw(length + 1)
            continue
        if kind == 1:
            length, back = (length & 7) + 4, (tag >> 5) << 8 | source.raw(1)[0]
        else:
            length, back = length + 1, int.from_bytes(source.raw(2 if kind == 2 else 4), "little")
        if not 0 < back <= len(out):
            raise Malformed("snappy: a copy from %d back, of %d" % (back, len(out)))
        for _ in range(length):
            out.append(out[-back])
    if len(out) != size:
        raise Malformed("snappy: %d bytes, not %d" % (len(out), size))
    return bytes(out)


def unpack_snappy_block(data):
    """With the big-endian CRC-32 that Avro puts behind."""
    if len(data) < 4:
        raise Malformed("a snappy block of %d bytes" % len(data))
    result = unpack_snappy(data[:-4])
    if zlib.crc32(result) != int.from_bytes(data[-4:], "big"):
        raise Malformed("the checksum of a snappy block")
    return result


def unpack_deflate(data):
    unpacker = zlib.decompressobj(-15)
    try:
        result = unpacker.decompress(data) + unpacker.flush()
    except zlib.error as error:
        raise Malformed("deflate: %s" % error) from None
    if not unpacker.eof or unpacker.unused_data:
        raise Malformed("deflate: the stream does not end with its block")
    return result


CODECS = {"null": bytes, "deflate": unpack_deflate, "snappy": unpack_snappy_block}


class Container:
    """A whole file; Malformed if any byte of it is wrong. With raw_text, texts may be any bytes, as
    the original writes them."""

    def __init__(self, data, raw_text=False):
        self.errors = "backslashreplace" if raw_text else "strict"
        source = Bytes(data)
        if source.raw(4) != MAGIC:
            raise Malformed("no object container")
        meta = source.blocks(lambda s: (s.text(), s.sized()))
        self.meta = dict(meta)
        if len(meta) != len(self.meta) or "avro.schema" not in self.meta:
            raise Malformed("metadata: %s" % [key for key, _ in meta])
        self.codec = self.meta.get("avro.codec", b"null").decode("ascii")
        if self.codec not in CODECS:
            raise Malformed("codec %s" % self.codec)
        self.schema_text = self.meta["avro.schema"].decode("utf-8")
        self.schema = Schema(self.schema_text)
        self.sync = source.raw(SYNC_BYTES)
        self.block_counts, self.records = [], []
        while source.left():
            self.block(source)

    def block(self, source):
        count, data = source.number(), source.sized()
        if count <= 0:
            raise Malformed("a block of %d records" % count)
        if source.raw(SYNC_BYTES) != self.sync:
            raise Malformed("not the sync marker at %d" % (source.at - SYNC_BYTES))
        inner = Bytes(CODECS[self.codec](data), errors=self.errors)
        self.records += [self.schema.read(inner) for _ in range(count)]
        if inner.left():
            raise Malformed("%d bytes behind the last record of a block" % inner.left())
        self.block_counts.append(count)

    def of(self, kind):
        """The fields of the records of a type."""
        return [fields for one, fields in self.records if one == kind]

    def counts(self):
        """How many records there are of each type."""
        return dict(collections.Counter(kind for kind, _ in self.records))


def load(path, raw_text=False):
    with open(path, "rb") as source:
        return Container(source.read(), raw_text)


def records(path, raw_text=False):
    return load(path, raw_text).records


# ---- what records mean ----

OPS = ("CLONE", "EXEC", "EXIT", "SETUID", "SETNS", "ACCEPT", "CONNECT", "OPEN", "READ_RECV",
       "WRITE_SEND", "CLOSE", "TRUNCATE", "SHUTDOWN", "MMAP", "DIGEST", "MKDIR", "RMDIR", "LINK",
       "UNLINK", "SYMLINK", "RENAME")
OP = {name: 1 << bit for bit, name in enumerate(OPS)}
FLOWS = ("FileFlow", "NetworkFlow", "ProcessFlow")


def ops(flags):
    """{"OPEN", "CLOSE"} of a number."""
    return {name for name, bit in OP.items() if flags & bit}


def oid(value):
    return (value["createTS"], value["hpid"]) if value else None


def check_references(file_records, parents=True):
    """Every record of a file refers to entities that stand before it; what is wrong, as texts.
    Without parents, these may lack: they may have ended before the file began."""
    wrong, seen = [], {"Container": set(), "Process": set(), "File": set()}

    def need(kind, value, record):
        if value is not None and value not in seen[kind]:
            wrong.append("no %s %s before %s" % (kind, value, record))

    for number, (kind, fields) in enumerate(file_records):
        if (kind == "SFHeader") != (number == 0):
            wrong.append("record %d is a %s" % (number, kind))
        if kind in seen:
            need("Container", fields.get("containerId"), (kind, fields))
            if kind == "Process" and parents:
                need("Process", oid(fields["poid"]), (kind, fields))
            key = oid(fields["oid"]) if kind == "Process" else fields.get("oid", fields.get("id"))
            seen[kind].add(key)
        if "procOID" in fields:
            need("Process", oid(fields["procOID"]), (kind, fields))
        for name in ("fileOID", "newFileOID"):
            need("File", fields.get(name), (kind, fields))
    return wrong


# ---- comparing ----


def text_of(record):
    return json.dumps(record, sort_keys=True)


def counted(some_records):
    return collections.Counter(text_of(record) for record in some_records)


def difference(ours, theirs):
    """(records only of ours, records only of theirs), as multisets."""
    left, right = counted(ours), counted(theirs)
    return tuple([tuple(json.loads(text)) for text in sorted(more.elements())]
                 for more in (left - right, right - left))


def without_filename(some_records):
    """Copies, without what says only where the file is."""
    result = copy.deepcopy(some_records)
    for kind, fields in result:
        if kind == "SFHeader":
            fields.pop("filename", None)
    return result


def nearest(record, others):
    """The record of the others that differs in the fewest fields, and those fields' names."""
    best = None
    for other in others:
        if other[0] == record[0]:
            names = [name for name in sorted(set(record[1]) | set(other[1]))
                     if record[1].get(name) != other[1].get(name)]
            if best is None or len(names) < len(best[1]):
                best = (other, names)
    return best


def describe(only_ours, only_theirs, limit=8):
    """The differences in words, records that belong together side by side."""
    lines, rest = [], list(only_theirs)
    for record in only_ours:
        match = nearest(record, rest)
        if match is None or len(match[1]) > 3:
            lines.append("only ours: %s %.600s" % (record[0], json.dumps(record[1])))
            continue
        rest.remove(match[0])
        lines.append("%s of %s: %s" % (record[0], key_of(record[1]), "; ".join(
            "%s is %.200r, theirs %.200r" % (name, record[1].get(name), match[0][1].get(name))
            for name in match[1])))
    lines += ["only theirs: %s %.600s" % (kind, json.dumps(fields)) for kind, fields in rest]
    more = ["... %d more" % (len(lines) - limit)] if len(lines) > limit else []
    return "\n  ".join([""] + lines[:limit] + more)


def key_of(fields):
    return {name: fields[name] for name in ("oid", "procOID", "ts", "path", "tid", "fd", "opFlags")
            if name in fields}


class Allowance:
    """A known difference: in `times` records of theirs of this type whose fields have the values
    `theirs`, ours have the values `ours` instead; ours = None: there is no such record."""

    def __init__(self, kind, theirs, ours, times, reason):
        self.kind, self.theirs, self.ours, self.times = kind, theirs, ours, times
        self.reason = reason

    def matches(self, record):
        return record[0] == self.kind and all(
            name in record[1] and record[1][name] == value for name, value in self.theirs.items())

    def apply(self, some_records):
        """The records as ours must be, and to how many it applied."""
        result, count = [], 0
        for record in some_records:
            if not self.matches(record):
                result.append(record)
                continue
            count += 1
            if self.ours is not None:
                result.append((record[0], dict(record[1], **self.ours)))
        return result, count


def compare(cases, what, ours, theirs, allowances=()):
    """Checks that ours are theirs but for the allowances, each of which must occur as often as it
    says."""
    ours, theirs = without_filename(ours), without_filename(theirs)
    for allowance in allowances:
        theirs, count = allowance.apply(theirs)
        cases.equal(count, allowance.times, "%s: records with: %s" % (what, allowance.reason))
    only_ours, only_theirs = difference(ours, theirs)
    cases.check(not only_ours and not only_theirs, "%s: the same records" % what,
                "%d only ours, %d only theirs%s" % (len(only_ours), len(only_theirs),
                                                    describe(only_ours, only_theirs)))
