#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""SysFlow records of captures that are damaged, cut, or repeated.

Whatever the capture: no death by a signal, a file of Avro that is whole, entities before what
refers to them. What stands before a cut is there, as if the capture had ended there.
"""
import collections
import gzip
import os
import random
import re
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import harness  # noqa: E402
import scap  # noqa: E402
import sysflow  # noqa: E402

SEED = 20190410
LIMITED = not harness.has_asan(harness.EYAS)
# Sanitizers take their time: with them, a part of it.
CUTS = FLIPS = 100 if LIMITED else 30
FLIPPED_BYTES = (1, 1, 2, 8, 40)
REPEATS = 3
# Everything that happened becomes a record of its own.
ALL = ["--file-read-mode", "0", "--file-only", "no", "--process-flow", "no"]
MODES = ((), ("--strict-compat",))
EVENTS = ("ProcessEvent", "FileEvent")
# Said of what schema 5 has no room for, which is no damage.
LEFT_OUT = re.compile(rb"eyas: connections over IPv6 are left out, .*\n")


class Flows:
    """Captures by way of the command."""

    def __init__(self, cases, folder):
        self.cases = cases
        self.source = os.path.join(folder, "in.scap")
        self.target = os.path.join(folder, "out.sf")

    def convert(self, data, options, what):
        """(status, records); None for what is no file of SysFlow, which is a failed check."""
        with open(self.source, "wb") as out:
            out.write(data)
        if os.path.exists(self.target):
            os.unlink(self.target)
        status, _, err = harness.run_eyas(["flow", "-r", self.source, "-w", self.target] +
                                          ALL + list(options), limited=LIMITED)
        self.cases.check(status in (0, 1) and (status == 1) == bool(LEFT_OUT.sub(b"", err)),
                         what + ": status and words", (status, err[-300:]))
        if not os.path.exists(self.target):
            # Without anything that could be read there is nothing to write.
            self.cases.check(status == 1 and not data.startswith(scap.section()[:12]),
                             what + ": no file", err[-300:])
            return status, None
        try:
            records = sysflow.records(self.target, "--strict-compat" in options)
        except sysflow.Malformed as error:
            self.cases.check(False, what + ": a file of Avro", error)
            return status, None
        self.cases.equal(sysflow.check_references(records)[:2], [], what + ": references")
        return status, records


def happened(records, until=None):
    """Events, which are there whatever comes after them."""
    return sysflow.counted(record for record in records
                           if record[0] in EVENTS and (until is None or record[1]["ts"] < until))


def cut_places(captures, rng):
    """{name: offsets}: most of them among the events, each capture in turn."""
    result = collections.defaultdict(list)
    for i in range(CUTS):
        name = sorted(captures)[i % len(captures)]
        data = captures[name]
        first = scap.event_times(data)[0][0]
        low = first if i % 10 else 0
        result[name].append(rng.randrange(low, len(data)))
    return result


def check_cut(cases, flows, name, data, at, mode, full):
    blocks = scap.block_offsets(data)
    whole = max(offset for offset in blocks + [len(data)] if offset <= at)
    what = "%s cut at %d%s" % (name, at, " (strict)" if mode else "")
    status, records = flows.convert(data[:at], mode, what)
    cases.equal(status, int(whole != at or at == 0), what + ": status")
    if records is None:
        return
    # As if the capture had ended with the last whole block.
    if whole != at and whole:
        _, clean = flows.convert(data[:whole], mode, what + ", cleanly")
        if clean is not None:
            cases.equal(sysflow.difference(records, clean), ([], []), what + ": as a clean end")
    # And what happened before is what happens in the whole capture.
    times = [ts for _, end, ts in scap.event_times(data[:whole]) if ts] if whole else []
    until = times[-1] if times else 0
    cases.equal(happened(records, until), happened(full, until), what + ": events up to there")


def check_cuts(cases, flows, captures):
    for name, places in sorted(cut_places(captures, random.Random(SEED)).items()):
        for mode in MODES:
            _, full = flows.convert(captures[name], mode, name)
            for at in places:
                check_cut(cases, flows, name, captures[name], at, mode, full or [])
        cases.end_group("%s: cut at %d places" % (name, len(places)))


def flipped(data, rng):
    out = bytearray(data)
    for _ in range(rng.choice(FLIPPED_BYTES)):
        out[rng.randrange(len(out))] ^= 1 << rng.randrange(8)
    return bytes(out)


def check_flips(cases, flows, captures):
    rng = random.Random(SEED)
    names = sorted(captures, key=lambda name: len(captures[name]))[:6]
    for i in range(FLIPS):
        name = names[i % len(names)]
        data = flipped(captures[name], rng)
        for mode in MODES:
            _, records = flows.convert(data, mode, "%s, flip %d" % (name, i))
            # The head is damaged seldom enough that this can be asked of most of them.
            if records is not None:
                cases.equal(records[0][0], "SFHeader", "%s, flip %d: header" % (name, i))
    cases.end_group("bits flipped, %d times" % FLIPS)


def check_repeats(cases, flows, captures):
    """Round after round the same happens, but for what the first one has changed."""
    for name in sorted(captures):
        data = scap.repeat(captures[name], REPEATS)
        for mode in MODES:
            what = "%s %d times" % (name, REPEATS)
            status, records = flows.convert(data, mode, what)
            _, once = flows.convert(captures[name], mode, name)
            cases.equal(status, 0, what + ": status")
            if records is None or once is None:
                continue
            kinds, kinds_once = (collections.Counter(kind for kind, _ in some)
                                 for some in (records, once))
            cases.equal(kinds["ProcessEvent"], REPEATS * kinds_once["ProcessEvent"],
                        what + ": process events")
            cases.check(kinds["SFHeader"] == 1, what + ": one header")
            for kind in ("FileFlow", "NetworkFlow"):
                cases.check(kinds[kind] >= kinds_once[kind], what + ": flows",
                            (kinds, kinds_once))
    cases.end_group("captures repeated")


def run(folder):
    cases = harness.Cases()
    flows = Flows(cases, folder)
    captures = {}
    for name in NAMES:
        with open(harness.capture_path(name), "rb") as source:
            data = source.read()
        captures[name] = gzip.decompress(data) if data.startswith(b"\x1f\x8b") else data
    check_cuts(cases, flows, captures)
    check_flips(cases, flows, captures)
    check_repeats(cases, flows, captures)
    cases.done()


NAMES = harness.need_captures()
harness.in_temp(run)
