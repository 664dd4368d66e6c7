#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the seeds of the fuzz targets into tests/fuzz/corpus: small captures of every version,
each event of the bundled capture, old events for the converter, histories with options. Crashes that fuzzing found lie
beside them under names of their own and are left alone.
"""
import gzip
import os
import struct
import subprocess
import sys

sys.dont_write_bytecode = True
TOP = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(TOP, "..", "lib"))
import avrofile  # noqa: E402
import scap  # noqa: E402


def write(target, name, data):
    folder = os.path.join(TOP, "corpus", target)
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, "seed-" + name), "wb") as out:
        out.write(data)


def old_events(version):
    """Enter and exit events as captures had them when they still came in pairs."""
    pairs = [(4, (scap.s64(3),)), (5, (scap.s64(0),)),
             (6, (scap.s64(3), scap.u32(5))), (7, (scap.s64(5), b"hello")),
             (102, (scap.s64(-100), scap.cstr(b"a/b"), scap.u32(1), scap.u32(0))),
             (103, (scap.s64(4),)), (24, (scap.s64(3), scap.u32(5))), (25, (scap.s64(0),)),
             (10, (scap.u32(4096),)), (11, (struct.pack("<Q", 8192),)),
             (228, (scap.cstr(b"id"), scap.u32(1), scap.cstr(b"name"), scap.cstr(b"image")))]
    return [scap.Event(type_, params, ts=10 ** 18 + i, tid=100 + i // 2 % 2, version=version)
            for i, (type_, params) in enumerate(pairs)]


def captures():
    """(name, bytes) of small captures: every version of every block."""
    users, groups = scap.sample_users()
    for version in range(1, 10):
        old = 2 if version == 9 else 1
        yield "v%d" % version, scap.capture(
            old_events(old), scap.machine(scap.sample_machine()),
            scap.ifaces(scap.sample_ifaces(), old), scap.users(users, groups, old),
            scap.threads([scap.sample_thread(100)], version),
            scap.fds(100, [scap.sample_fd(i, kind) for i, kind in enumerate((2, 3, 6, 8, 16))], old))
    today = scap.capture(scap.sample_events(12), *scap.sample_meta())
    yield "today", today
    yield "sections", today + scap.capture(old_events(2))
    yield "gzip", gzip.compress(today, mtime=0)
    for tool in ("zstd", "lz4"):
        yield tool, subprocess.run([tool, "-q", "-c"], input=today, stdout=subprocess.PIPE,
                                   check=True).stdout


def converter_input(events):
    """Events in the terms of fuzz_convert.c: type, count, thread, then length and value of each."""
    out = bytearray()
    for event in events:
        out += struct.pack("<HBB", event.type, len(event.params), event.tid & 3)
        for param in event.params:
            out += bytes([min(len(param), 63)]) + param[:63]
    return bytes(out)


def ring_input(*rings):
    """Events as they lie in rings, in the terms of fuzz_ring.c: heads, then halves."""
    datas = []
    for events in rings:
        data = b""
        for event in events:
            data += scap.event_bytes(event)
            data += bytes(-len(data) % 8)
        datas.append(data)
    half = max(len(data) for data in datas)
    return (struct.pack("<%dH" % len(datas), *(len(data) for data in datas)) +
            b"".join(data.ljust(half, b"\0") for data in datas))


def flow_inputs():
    """Histories of fuzz_state.c behind options of fuzz_flow.c, each with others."""
    folder = os.path.join(TOP, "corpus", "fuzz_state")
    for i, name in enumerate(sorted(name for name in os.listdir(folder) if "seed-" in name)):
        with open(os.path.join(folder, name), "rb") as seed:
            # Every third: a smaller corpus covers as much.
            if i % 3 == 0:
                yield name[5:], bytes([i * 37 & 0xFF, i * 91 & 0x7F]) + seed.read()


def sysflow_inputs():
    """Files and packets in the terms of fuzz_sysflow.c: a byte that tells which, then these."""
    for version in 5, 6:
        sample = avrofile.sample(version)
        for codec in b"null", b"deflate":
            yield ("file-v%d-%s" % (version, codec.decode()),
                   b"\0" + avrofile.container(sample, codec, version, 5))
        yield "packets-v%d" % version, bytes([version == 6 and 3 or 1]) + b"".join(
            struct.pack("<H", len(data)) + data for data in sample)
    # Small ones, with the schema of a few records only.
    for kind in "Process", "Pod", "FileEvent":
        data = [avrofile.num(0) + datum[1:] for datum in avrofile.sample()
                if datum[0] == 2 * avrofile.NAMES.index(kind)]
        yield "only-" + kind, (b"\0" + avrofile.head(text=avrofile.schema(5, [kind])) +
                               avrofile.block(data))


def main():
    for name, data in sysflow_inputs():
        write("fuzz_sysflow", name, data)
    for name, data in flow_inputs():
        write("fuzz_flow", name, data)
    for name, data in captures():
        write("fuzz_capture", name, data)
    with open(os.path.join(TOP, "..", "data", "sample.scap"), "rb") as sample:
        events = {event.type: event for event in scap.events_of(sample.read())}
    for type_, event in sorted(events.items()):
        write("fuzz_event", str(type_), scap.event_bytes(event))
    some = [event for event in events.values() if len(scap.event_bytes(event)) < 200]
    for i in range(0, len(some), 8):
        write("fuzz_ring", "%02d" % (i // 8), ring_input(some[i:i + 4], some[i + 4:i + 8]))
    write("fuzz_convert", "pairs", converter_input(old_events(2)))


main()
