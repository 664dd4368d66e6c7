#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Captures that alerts of eyas detect begin, and the one that holds all events (-w)."""
import glob
import json
import os
import re
import signal
import subprocess
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import harness  # noqa: E402
import scap  # noqa: E402

SAMPLE = "tests/data/sample.scap"
# What depends on the state, behind the time and what the event itself says.
FORMAT = ("*%evt.rawtime %evt.cpu %thread.tid %evt.type %evt.args|%proc.name %proc.pid %proc.cmdline "
          "%proc.exepath %proc.pname %proc.aname[2] %proc.aname[3] %proc.cwd %user.name %group.name "
          "%container.id %proc.env %fd.num %fd.name %fd.type %fd.cip %fd.sport %fd.is_server "
          "%fd.ino %proc.nchilds %proc.nthreads")

RULE = """- rule: %s
  desc: a rule of this test
  condition: %s
  output: "%%evt.num"
  priority: WARNING
"""


def rule(name, condition, capture=None, duration=None):
    text = RULE % (name, condition)
    if capture is not None:
        text += "  capture: %s\n" % capture
    if duration is not None:
        text += "  capture_duration: %d\n" % duration
    return text


SHADOW = rule("shadow", "evt.type=openat and fd.name=/etc/shadow", "true", 600)
CONNECT = rule("connect", "evt.type=connect and fd.sport=80", "true", 2000)
ACCEPT = rule("accept", "evt.type=accept4", "true", 1)


def lines(path, *args):
    """What is shown of a capture, by time: (time, all of it)."""
    status, out, err = harness.run_eyas(["read", "-r", path, "-p", FORMAT, *args])
    if status:
        sys.exit("eyas read %s: %s" % (path, err.decode()))
    return [(int(line.split(b" ")[0]), line) for line in out.splitlines()]


ALL = lines(SAMPLE)
TIMES = {int(number): int(time) for number, time in
         (line.split() for line in harness.run_eyas(
             ["read", "-r", SAMPLE, "-p", "*%evt.num %evt.rawtime"])[1].splitlines())}


def time_of(number):
    return TIMES[number]


class Run:
    """A run of eyas detect in a folder of its own."""

    def __init__(self, folder, name, rules, *args, inputs=(SAMPLE,)):
        self.folder = os.path.join(folder, name)
        os.mkdir(self.folder)
        self.rules = os.path.join(self.folder, "rules.yaml")
        with open(self.rules, "w", encoding="utf-8") as out:
            out.write(rules)
        given = [word for path in inputs for word in ("-r", path)]
        self.args = ["detect", "-R", self.rules, "-o", "json", *given, *args]
        if not any(str(arg).startswith("--capture-prefix") for arg in args):
            self.args += ["--capture-prefix", os.path.join(self.folder, "c")]
        self.status, self.out, self.err = harness.run_eyas(self.args)

    def alerts(self):
        return [json.loads(line) for line in self.out.splitlines()]

    def numbers(self):
        """Of the events that rules matched."""
        return [int(alert["output"].rsplit(" ", 1)[1]) for alert in self.alerts()
                if alert["source"] == "syscall"]

    def files(self):
        return sorted(glob.glob(os.path.join(self.folder, "c_*.scap")))


def between(first, last):
    return [line for time, line in ALL if first <= time <= last]


def shown(path):
    return [line for _, line in lines(path)]


def check_run(cases, run, files, what):
    """Files as (number of the event that began it, its lines)."""
    cases.equal(run.status, 0, what + ": status")
    cases.equal(run.err, b"", what + ": errors")
    wanted = ["c_%020d_%020d.scap" % (time_of(number), number) for number, _ in files]
    cases.equal([os.path.basename(path) for path in run.files()], wanted, what + ": names")
    cases.equal(glob.glob(run.folder + "/*.part"), [], what + ": left over")
    for path, (number, expected) in zip(run.files(), files):
        cases.equal(shown(path), expected, "%s: %d" % (what, number))
        with open(path, "rb") as capture:
            cases.equal(capture.read(2), b"\x1f\x8b", what + ": gzip")


def around(cases, folder):
    """Events before, at and behind the alert, with the names they had."""
    at = time_of(42)
    for before in (0, 0.000001, 0.95, 5):
        run = Run(folder, "around%s" % before, SHADOW, "--capture-before", before)
        first = at - int(before * 1e9)
        check_run(cases, run, [(42, between(first, at + 600 * 10 ** 6))], "before %s" % before)
        cases.equal(run.numbers(), [42], "alerts")
    # By default: five seconds on both sides, which is all there is.
    run = Run(folder, "default", rule("shadow", "fd.name=/etc/shadow", "true"))
    check_run(cases, run, [(42, [line for _, line in ALL])], "default")
    run = Run(folder, "seconds", rule("shadow", "evt.num=42", "true"),
              "--capture-seconds", "0.000012", "--capture-before", "0")
    check_run(cases, run, [(42, between(at, at + 12000))], "no duration in the rule")


def several(cases, folder):
    """Alerts while a file is open make it last longer, at most as long as each says."""
    run = Run(folder, "longer", SHADOW + CONNECT, "--capture-before", "0")
    check_run(cases, run, [(42, between(time_of(42), time_of(54) + 2 * 10 ** 9))], "longer")
    both = rule("long", "evt.num=42", "true", 600) + rule("short", "evt.num=43", "true", 1)
    run = Run(folder, "shorter", both, "--capture-before", "0")
    check_run(cases, run, [(42, between(time_of(42), time_of(42) + 600 * 10 ** 6))], "shorter")
    # Those behind its end begin files of their own, each with what came before.
    starts = [time_of(number) for number in (1, 11, 21, 31, 67)]
    run = Run(folder, "apart", ACCEPT, "--capture-before", "0.002")
    check_run(cases, run, [(number, between(time - 2 * 10 ** 6, time + 10 ** 6))
                           for number, time in zip((1, 11, 21, 31, 67), starts)], "apart")
    rules = rule("first", "evt.num=42", "true", 1) + rule("second", "evt.num=42", "true", 600)
    run = Run(folder, "at once", rules, "--matching", "all", "--capture-before", "0")
    check_run(cases, run, [(42, between(time_of(42), time_of(42) + 600 * 10 ** 6))], "at once")
    cases.equal(run.numbers(), [42, 42], "at once: alerts")


def modes(cases, folder):
    """Which alerts begin captures."""
    rules = (rule("silent", "evt.num=42", "false") + rule("none", "evt.num=31") +
             rule("off", "evt.num=1", "true"))
    run = Run(folder, "rules", rules, "--disable", "off")
    cases.equal((run.status, run.files(), run.numbers()), (0, [], [31, 42]), "none has one")
    cases.check(b"no rule has 'capture: true'" in run.err, "said", run.err)
    run = Run(folder, "all", rules, "--disable", "off", "--capture-mode", "all",
              "--capture-before", "0", "--capture-seconds", "0.000001")
    check_run(cases, run, [(number, between(time_of(number), time_of(number) + 1000))
                           for number in (31, 42)], "all")
    run = Run(folder, "quiet", SHADOW, "-q", "--capture-before", "0")
    cases.equal((run.out, len(run.files())), (b"", 1), "without alerts")


def filtered(cases, folder):
    """What a filter leaves out is not shown, but names depend on it."""
    run = Run(folder, "filtered", SHADOW, "proc.name in (cat, bash)")
    wanted = [line for _, line in lines(SAMPLE, "proc.name in (cat, bash)")]
    check_run(cases, run, [(42, wanted)], "filter")
    run = Run(folder, "ranged", SHADOW, "--from", "@%d.%09d" % divmod(time_of(38), 10 ** 9))
    check_run(cases, run, [(42, between(time_of(38), time_of(42) + 600 * 10 ** 6))], "range")


def fat(cases, folder):
    """In front of a range are events that only keep the state, which not everybody is told of."""
    source = os.path.join(folder, "fat.scap")
    harness.run_eyas(["record", "-q", "--fatfile", "-r", SAMPLE, "--from", "43", "-w", source])
    # Only of what stands in front of all of them, everybody is.
    with open(source, "rb") as file:
        data = file.read()
    at = scap.event_times(data)[0][0]
    user = scap.Event(354, [scap.u32(33), scap.u32(33)] +
                      [scap.cstr(text) for text in (b"u", b"/", b"/bin/sh", b"0123456789ab")],
                      time_of(1) - 1, 2 ** 64 - 1)
    with open(source, "wb") as file:
        file.write(data[:at] + scap.event(user) + data[at:])
    numbers = [int(number) for number in harness.run_eyas(
        ["read", "-r", source, "-p", "*%evt.num"])[1].split()]
    for number in numbers[1:10:4]:
        start = ["--from", "%d" % number]
        wanted = [line for _, line in lines(source, *start)]
        run = Run(folder, "fat%d" % number, rule("last", "evt.num=%d" % numbers[-1], "true"),
                  *start, "--capture-before", "60", inputs=(source,))
        cases.equal((run.status, len(run.files())), (0, 1), "%d: a capture" % number)
        cases.equal(shown(run.files()[0]), wanted, "%d: says the same" % number)


def memory(cases, folder):
    """What does not find room leaves first."""
    run = Run(folder, "memory", rule("last", "evt.num=75", "true", 0), "--capture-memory", "64K",
              "--capture-before", "100", "-v")
    cases.equal((run.status, len(run.files())), (0, 1), "status")
    events = shown(run.files()[0])
    cases.equal(events, [line for _, line in ALL][:len(events)], "all fit")
    big = os.path.join(folder, "big.scap")
    with open(SAMPLE, "rb") as sample, open(big, "wb") as out:
        out.write(scap.repeat(sample.read(), 300))
    everything = lines(big)
    run = Run(folder, "little", rule("late", "evt.num=22000", "true", 1000), "--capture-memory",
              "64K", "--capture-before", "10000", "-v", inputs=(big,))
    events = shown(run.files()[0])
    at = [line for _, line in lines(big, "evt.num=22000")][0]
    whole = [line for _, line in everything]
    end = whole.index(events[0]) + len(events)
    cases.equal(events, whole[end - len(events):end], "the last ones")
    before = events.index(at)
    cases.check(100 < before < 1000, "as many as there was room for", before)
    cases.check(re.search(rb"events too early out of memory 2[012]\d\d\d\n", run.err), "counted", run.err[-300:])


def size(cases, folder):
    """A file ends before it is too large; that is alerted of."""
    for extra in ((), ("--capture-before", "0")):
        run = Run(folder, "size%d" % len(extra), SHADOW + CONNECT + ACCEPT,
                  "--capture-max-size", "4000", *extra)
        cases.equal(run.status, 0, "status")
        sizes = [os.path.getsize(path) for path in run.files()]
        cases.check(sizes and max(sizes) <= 4000, "sizes", sizes)
        for path in run.files():
            got = [line for line in shown(path)]
            at = [line for _, line in ALL].index(got[0])
            cases.equal(got, [line for _, line in ALL][at:at + len(got)], "in a row")
    limit = Run(folder, "limit", rule("first", "evt.num=1", "true", 60000),
                "--capture-max-size", "3500")
    internal = [alert for alert in limit.alerts() if alert["source"] == "internal"]
    cases.equal([alert["rule"] for alert in internal],
                ["Eyas internal: capture size limit reached"], "alert")
    cases.equal(internal[0]["output_fields"],
                {"max_file_size_mb": 0, "written_bytes": os.path.getsize(limit.files()[0])},
                "fields")
    cases.equal(internal[0]["priority"], "Informational", "priority")


def failures(cases, folder):
    """Captures that cannot be written are no reason to detect nothing any more."""
    for name, prefix in (("nowhere", "/nonexistent/c"), ("folder", SAMPLE + "/c")):
        run = Run(folder, name, ACCEPT, "--capture-prefix", prefix)
        cases.equal((run.status, run.numbers()), (1, [1, 11, 21, 31, 67]), name + ": alerts")
        cases.equal(run.err.count(b"capture: " + prefix.encode()), 1, name + ": said once")
        cases.check(b"5 captures failed" in run.err, name + ": counted", run.err)
    # A disk that is full.
    full = os.path.join(folder, "full")
    os.mkdir(full)
    os.symlink("/dev/full", "%s/c_%020d_%020d.scap" % (full, time_of(42), 42))
    run = Run(folder, "disk", SHADOW + ACCEPT, "--capture-prefix", full + "/c",
              "--capture-before", "0")
    cases.equal((run.status, run.numbers()), (1, [1, 11, 21, 31, 42, 67]), "full: alerts")
    cases.check(b"No space left" in run.err and b"1 captures failed" in run.err, "full", run.err)
    cases.equal(len(glob.glob(full + "/*.scap")), 5, "full: others")
    run = Run(folder, "max", ACCEPT, "--capture-max-files", "2", "--capture-before", "0")
    cases.equal((run.status, len(run.files()), run.numbers()), (0, 2, [1, 11, 21, 31, 67]), "max")
    cases.check(b"3 alerts have no capture" in run.err, "max: counted", run.err)


def sections(cases, folder):
    """Captures one after another: what is known of one is not true of the next."""
    run = Run(folder, "sections", SHADOW, inputs=(SAMPLE, SAMPLE))
    wanted = between(0, time_of(42) + 600 * 10 ** 6)
    cases.equal((run.status, len(run.files())), (0, 2), "two")
    for path in run.files():
        cases.equal(shown(path), wanted, os.path.basename(path))


def wait_asleep(pid):
    """Until a process waits for something: a signal now ends that."""
    while True:
        with open("/proc/%d/stat" % pid, encoding="latin-1") as file:
            if file.read().rpartition(")")[2].split()[0] == "S":
                return
        time.sleep(0.01)


def stopped(cases, folder):
    """A signal in between leaves a whole file."""
    run = Run(folder, "stopped", SHADOW)
    path = run.files()[0]
    os.unlink(path)
    args = [arg if arg != SAMPLE else "-" for arg in run.args]
    with subprocess.Popen([harness.EYAS, *args], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, env=harness.ENVIRONMENT) as child, \
            open(SAMPLE, "rb") as sample:
        # All up to a place within the last event.
        child.stdin.write(sample.read()[:-20])
        child.stdin.flush()
        child.stdout.readline()
        wait_asleep(child.pid)
        child.send_signal(signal.SIGTERM)
        child.stdin.close()
        cases.equal(child.wait(60), 0, "status")
        child.stderr.read()
    got = shown(path)
    cases.check(got and got == [line for _, line in ALL][:len(got)], "whole", len(got))
    cases.equal(glob.glob(run.folder + "/*.part"), [], "left over")


def compat(cases, folder):
    """For an older reader: no more than it takes, and what is left out is counted."""
    run = Run(folder, "compat", SHADOW, "--compat", "sysdig-0.29", "-w",
              os.path.join(folder, "all.scap"))
    plain = os.path.join(folder, "plain.scap")
    harness.run_eyas(["record", "-q", "-r", SAMPLE, "-w", plain, "--compat", "sysdig-0.29"])
    cases.equal(run.status, 0, "status")
    cases.equal([time for time, _ in lines(run.files()[0])],
                [time for time, _ in lines(plain) if time <= time_of(42) + 600 * 10 ** 6], "events")


def everything(cases, folder):
    """-w: all events, as eyas record writes them."""
    for args in ((), ("-z",), ("--compress", "zstd")):
        ours, other = os.path.join(folder, "d.scap"), os.path.join(folder, "r.scap")
        run = Run(folder, "write" + "".join(args), SHADOW, "-w", ours, *args)
        cases.equal((run.status, run.err, run.numbers()), (0, b"", [42]), "status")
        harness.run_eyas(["record", "-q", "-r", SAMPLE, "-w", other, *args])
        with open(ours, "rb") as one, open(other, "rb") as two:
            cases.check(one.read() == two.read(), "as record %s" % (args,))
    run = Run(folder, "rotated", SHADOW, "-w", os.path.join(folder, "x"), "-e", "30", "-W", "2")
    cases.equal(run.status, 0, "rotation")
    kept = [shown(path) for path in glob.glob(folder + "/x*")]
    cases.equal(len(kept), 2, "two are kept")
    kept = sorted(line for events in kept for line in events)
    cases.equal(kept, [line for _, line in ALL][-len(kept):], "the last ones")
    run = Run(folder, "fullw", SHADOW + ACCEPT, "-w", "/dev/full")
    cases.equal((run.status, run.numbers()), (1, [1, 11, 21, 31, 42, 67]), "full: alerts")
    cases.equal(run.err.count(b"No space left"), 1, "full: said once")
    run = Run(folder, "nodir", SHADOW, "-w", "/nonexistent/x")
    cases.equal((run.status, run.out), (1, b""), "no folder")


def figures(cases, folder):
    """What becomes of captures is among the figures of a detection."""
    stats = os.path.join(folder, "stats")
    run = Run(folder, "figures", ACCEPT, "--capture-max-files", "2", "--stats-file", stats)
    cases.equal(run.status, 0, "status")
    with open(stats, encoding="utf-8") as lines_:
        last = json.loads(lines_.read().splitlines()[-1])["output_fields"]
    ours = {key: value for key, value in last.items() if "captures" in key and value}
    cases.check(ours.pop("eyas.captures_events", 0) > 15, "events", ours)
    cases.equal(last.get("eyas.captures_kept_mb"), 0.0, "kept, a few kilobytes")
    cases.equal(ours, {"eyas.captures": 2, "eyas.captures_refused": 3}, "figures")


def usage(cases, folder):
    rules = os.path.join(folder, "rules.yaml")
    with open(rules, "w", encoding="utf-8") as out:
        out.write(SHADOW)
    for args in (("--capture-mode", "all"), ("--capture-before", "1"), ("--capture-prefix", ""),
                 ("--capture-prefix", "x", "--capture-mode", "any"),
                 ("--capture-prefix", "x", "--capture-seconds", "-1"),
                 ("--capture-prefix", "x", "--capture-seconds", "nan"),
                 ("--capture-prefix", "x", "--capture-before", "1s"),
                 ("--capture-prefix", "x", "--capture-memory", "1K"),
                 ("--capture-prefix", "x", "--capture-max-size", "0"),
                 ("--capture-prefix", "x", "--capture-max-files", "0"),
                 ("-w", "-"), ("-w", "x", "-C", "0"), ("-w", "-", "-e", "5", "-q"),
                 ("-w", "x", "--compress", "rar")):
        status, out, err = harness.run_eyas(["detect", "-R", rules, "-r", SAMPLE, *args])
        cases.equal((status, out), (2, b""), " ".join(args))
        cases.check(b"eyas: " in err, " ".join(args) + ": said", err)
    for name in ("x", "x.part"):
        cases.check(not os.path.exists(name), name)


def main():
    cases = harness.Cases()
    for check in (around, several, modes, filtered, fat, memory, size, failures, sections, stopped,
                  compat, everything, figures, usage):
        harness.in_temp(lambda folder, check=check: check(cases, folder))
        cases.end_group(check.__name__)
    cases.done()


main()
