#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""SysFlow records over a unix socket: each packet is one record.

A reader takes every packet apart and compares with the file written at the same time. Readers that
were never there, go away and come back, or are too slow lose records, and the command says how many.
"""
import os
import re
import socket
import subprocess
import sys
import threading
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import harness  # noqa: E402
import scap  # noqa: E402
import sysflow  # noqa: E402

PATIENCE_S = 90
PACKET_BYTES = 1 << 20
SAMPLE = os.path.join("tests", "data", "sample.scap")
ALL = ["--file-read-mode", "0", "--file-only", "no", "--process-flow", "no"]


class Reader:
    """Takes packets until the other side hangs up, or until there are enough; with over, also of those
    who connect before that event."""

    def __init__(self, path, enough=None, begin=None, over=None):
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.listener.bind(path)
        self.listener.listen(4)
        self.listener.settimeout(PATIENCE_S)
        self.path, self.enough, self.begin, self.over = path, enough, begin, over
        self.packets, self.begins, self.error = [], [], None
        self.connected = threading.Event()
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def run(self):
        try:
            peer, _ = self.listener.accept()
            self.connected.set()
            if self.begin:
                self.begin.wait(PATIENCE_S)
            self.take(peer)
            if self.over:
                self.take_others()
        except OSError as error:
            self.error = error
        finally:
            self.listener.close()
            os.unlink(self.path)

    def take(self, peer):
        peer.settimeout(PATIENCE_S)
        self.begins.append(len(self.packets))
        with peer:
            while self.enough is None or len(self.packets) < self.enough:
                data, _, flags, _ = peer.recvmsg(PACKET_BYTES)
                if not data:
                    return
                if flags & socket.MSG_TRUNC:
                    self.error = "a packet of more than %d bytes" % PACKET_BYTES
                self.packets.append(data)

    def take_others(self):
        self.listener.settimeout(0.1)
        while True:
            last = self.over.is_set()
            try:
                peer, _ = self.listener.accept()
            except socket.timeout:
                if last:
                    return
                continue
            self.take(peer)

    def end(self, cases, what):
        """The packets."""
        self.thread.join(PATIENCE_S)
        cases.check(not self.thread.is_alive() and self.error is None, what + ": the reader ends",
                    self.error)
        return self.packets


def decoded(cases, schema, packets, what):
    """Every packet is exactly one record."""
    result = []
    for number, packet in enumerate(packets):
        try:
            result.append(schema.packet(packet))
        except sysflow.Malformed as error:
            cases.check(False, "%s: packet %d" % (what, number), (error, packet[:60]))
    return result


def numbers(err):
    """What the command says of records: made, sent, lost."""
    text = err.decode("utf-8", "replace")
    made, sent, lost = (re.search(pattern, text) for pattern in (
        r"eyas: (\d+) SysFlow records", r"records sent +(\d+)", r"(\d+) of \d+ records were lost"))
    return tuple(int(found.group(1)) if found else 0 for found in (made, sent, lost))


def flow(args, **options):
    return harness.run_eyas(["flow", "-v", "--no-progress"] + ALL + args, **options)


def check_together(cases, folder, capture, schema_number):
    """A file and a socket."""
    what = "%s, schema %d" % (os.path.basename(capture), schema_number)
    path, target = os.path.join(folder, "sock"), os.path.join(folder, "out.sf")
    reader = Reader(path)
    status, _, err = flow(["-r", capture, "-w", target, "-u", path, "--schema",
                           str(schema_number)])
    packets = reader.end(cases, what)
    cases.equal(status, 0, "%s: status, with %s" % (what, err[-300:]))
    container = sysflow.load(target)
    got = decoded(cases, container.schema, packets, what)
    cases.equal(len(got), len(container.records), what + ": as many packets as records")
    cases.check(got == container.records, what + ": the same records in the same order",
                sysflow.describe(*sysflow.difference(got, container.records)))
    cases.equal(numbers(err), (len(got), len(got), 0), what + ": what the command says")
    reader = Reader(path)
    status, _, err = flow(["-r", capture, "-u", path, "--schema", str(schema_number)])
    alone = decoded(cases, container.schema, reader.end(cases, what), what + ", no file")
    cases.equal(status, 0, "%s: status without a file, with %s" % (what, err[-300:]))
    cases.equal(alone[0][1]["filename"] if alone else None, "", what + ": no name in the header")
    cases.equal(sysflow.difference(sysflow.without_filename(alone),
                                   sysflow.without_filename(container.records)), ([], []),
                what + ": the same records without a file")


def check_nobody(cases, folder):
    """A socket that does not exist, and one that nobody listens on any more."""
    absent, left, target = (os.path.join(folder, name) for name in ("absent", "left", "out.sf"))
    gone = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    gone.bind(left)
    gone.close()
    stream = os.path.join(folder, "stream")
    other = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    other.bind(stream)
    other.listen(1)
    for path, what in ((absent, "no socket"), (left, "nobody listens"),
                       (stream, "a socket of another kind")):
        for more in ([], ["-w", target]):
            status, _, err = flow(["-r", SAMPLE, "-u", path] + more)
            made, sent, lost = numbers(err)
            cases.equal((status, sent), (1, 0), "%s: status, records sent, with %s" %
                        (what, err[-300:]))
            cases.check(made > 0 and lost == made, what + ": all of them lost", (made, lost))
            cases.check(path.encode() in err, what + ": named", err[-300:])
            if more:
                cases.equal(len(sysflow.records(target)), made, what + ": the file has them")
    other.close()
    cases.end_group("nobody to read")


def large_capture(folder):
    """Some 10 MB of records: more than waits for a reader."""
    path = os.path.join(folder, "large.scap")
    source = harness.capture_path("mpm-event_full_capture")
    with open(source, "rb") as capture, open(path, "wb") as out:
        out.write(scap.repeat(capture.read(), 40))
    return path


def check_slow(cases, folder, capture):
    """One that does not read before the command has ended, or has waited long enough."""
    path, begin, over = os.path.join(folder, "sock"), threading.Event(), threading.Event()
    target = os.path.join(folder, "out.sf")
    # Who is given up may be tried again, and is sent more before it has read anything.
    reader = Reader(path, begin=begin, over=over)
    process = subprocess.Popen([harness.EYAS, "flow", "-v", "--no-progress"] + ALL +
                               ["-r", capture, "-w", target, "-u", path],
                               env=harness.ENVIRONMENT, stdin=subprocess.DEVNULL,
                               stderr=subprocess.PIPE)
    # It may wait at its end for the reader, or not.
    try:
        process.wait(30)
    except subprocess.TimeoutExpired:
        pass
    begin.set()
    _, err = process.communicate(timeout=PATIENCE_S)
    over.set()
    packets = reader.end(cases, "slow")
    made, sent, lost = numbers(err)
    cases.check(lost > 0 and process.returncode == 1, "slow: records are lost",
                (process.returncode, err[-300:]))
    cases.equal(sent + lost, made, "slow: sent and lost are all that were made")
    cases.equal(len(packets), sent, "slow: what was sent has arrived")
    container = sysflow.load(target)
    cases.equal(len(container.records), made, "slow: the file has all of them")
    got = decoded(cases, container.schema, packets, "slow")
    ends = reader.begins[1:] + [len(got)]
    kept = iter(container.records)
    cases.check(all(record in kept for record in got[:ends[0]]), "slow: in order, a part of them")
    # A second time, it is told anew what records refer to.
    for start, end in zip(ends, ends[1:]):
        again = [record for record in got[start:end]
                 if record[0] not in ("SFHeader", "Container", "Process", "File")]
        cases.equal(got[start][0], "SFHeader", "slow: header, once more")
        cases.check({repr(record) for record in again} <=
                    {repr(record) for record in container.records if record[0] != "File"},
                    "slow: of the same records")
    cases.end_group("a slow reader: %d of %d lost" % (lost, made))


def check_return(cases, folder, capture):
    """One that reads a hundred records, goes, and comes back, while events go on coming."""
    what = "coming back"
    path, enough = os.path.join(folder, "sock"), 100
    with open(capture, "rb") as source:
        data = source.read()
    first = Reader(path, enough=enough)
    process = subprocess.Popen([harness.EYAS, "flow", "-v", "--no-progress"] + ALL +
                               ["-r", "-", "-u", path], env=harness.ENVIRONMENT,
                               stdin=subprocess.PIPE, stderr=subprocess.PIPE)
    half = len(data) // 2
    process.stdin.write(data[:half])
    process.stdin.flush()
    one = first.end(cases, what)
    second = Reader(path)
    # A piece from time to time, until it has tried again.
    at, end = half, time.monotonic() + PATIENCE_S
    while not second.connected.is_set() and time.monotonic() < end and at < len(data) * 3 // 4:
        process.stdin.write(data[at:at + 4096])
        process.stdin.flush()
        at += 4096
        time.sleep(0.3)
    cases.check(second.connected.is_set(), what + ": it is connected again")
    process.stdin.write(data[at:])
    process.stdin.close()
    err = process.stderr.read()
    process.wait(PATIENCE_S)
    two = second.end(cases, what)
    made, sent, lost = numbers(err)
    cases.equal(made, sent + lost, what + ": sent and lost are all that were made")
    # What was in the socket when the first one went is gone, but was sent.
    cases.check(len(one) + len(two) <= sent, what + ": no more has arrived than was sent",
                (len(one), len(two), sent))
    schema = schema_of(folder)
    for number, packets in enumerate((one, two)):
        got = decoded(cases, schema, packets, what)
        cases.equal(got[0][0] if got else None, "SFHeader", "%s: header, %d" % (what, number))
        cases.equal(sysflow.check_references(got, parents=not number)[:2], [], "%s: entities, %d" % (what, number))
    cases.check(len(two) > 10, what + ": records afterwards", len(two))
    cases.end_group("a reader that comes back")


def schema_of(folder):
    """That of our files."""
    target = os.path.join(folder, "schema.sf")
    harness.run_eyas(["flow", "-q", "-r", SAMPLE, "-w", target])
    return sysflow.load(target).schema


def run(folder):
    cases = harness.Cases()
    captures = [SAMPLE] + [harness.capture_path(name) for name in harness.captures()
                           if name in ("setns", "alpine", "mpm-event_full_capture")]
    for capture in captures:
        for schema in (5, 6):
            check_together(cases, folder, capture, schema)
        cases.end_group(os.path.basename(capture))
    check_nobody(cases, folder)
    if len(captures) > 1:
        large = large_capture(folder)
        check_slow(cases, folder, large)
        check_return(cases, folder, large)
    else:
        cases.skip("no captures in $EYAS_TESTDATA/data/captures for slow readers")
    cases.done()


harness.in_temp(run)
