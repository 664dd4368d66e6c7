#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What the reader of a live source manages: a program floods the machine with system calls on one
CPU, `eyas watch` reads them on another. Prints events a second of its CPU time, what was lost and
whether the counts add up, its memory, and how long it takes to begin; and what a copy of single
bytes costs while flows are recorded. Needs root.

  EYAS=build/eyas FLOOD=build/bench/flood python3 bench/bench_live.py
"""
import os
import re
import resource
import signal
import statistics
import subprocess
import sys
import tempfile
import time

EYAS = os.environ.get("EYAS", "build/eyas")
FLOOD = os.environ.get("FLOOD", "build/bench/flood")
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "5"))
SECONDS = 2.0
COPIED = int(os.environ.get("BENCH_COPIED", "5000000"))
FORMAT = "%evt.num %evt.time %evt.cpu %proc.name %thread.tid %evt.type %fd.name"


def pinned(cpu, first=False):
    """For a child: its CPU, and whether it goes before other programs of the machine."""
    def run():
        os.sched_setaffinity(0, {cpu % os.cpu_count()})
        if first:
            os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(5))
    return run


def number(pattern, text):
    found = re.search(pattern, text)
    return int(found.group(1)) if found else 0


class Watch:
    """One run of `eyas watch`, or of another command, ended by a signal."""

    def __init__(self, args, command=("watch", "--stats")):
        self.err = tempfile.TemporaryFile("w+")
        self.out = tempfile.TemporaryFile()
        begin = time.monotonic()
        self.process = subprocess.Popen(
            [EYAS, *command, "-v", "--no-progress"] + args, stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=self.err, preexec_fn=pinned(0, True))
        self.wait_for_begin()
        self.begin_s = time.monotonic() - begin

    def wait_for_begin(self):
        """Until it maps rings and sleeps in its loop: the memory it has is then what it needs."""
        status = "/proc/%d/status" % self.process.pid
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            with open("/proc/%d/maps" % self.process.pid) as maps, open(status) as state:
                if "bpf-map" in maps.read() and "State:\tS" in state.read():
                    time.sleep(0.5)
                    return
            time.sleep(0.01)
        sys.exit("bench_live: eyas watch does not begin")

    def memory_kib(self):
        """Resident memory without the rings."""
        total = rings = 0
        in_ring = False
        with open("/proc/%d/smaps" % self.process.pid) as smaps:
            for line in smaps:
                if re.match(r"[0-9a-f]+-[0-9a-f]+ ", line):
                    in_ring = "bpf-map" in line
                elif line.startswith("Rss:"):
                    total += int(line.split()[1])
                    rings += int(line.split()[1]) if in_ring else 0
        return total - rings

    def cpu_s(self):
        with open("/proc/%d/schedstat" % self.process.pid) as stat:
            return int(stat.read().split()[0]) / 1e9

    def end(self):
        self.process.send_signal(signal.SIGINT)
        self.process.wait(60)
        self.err.seek(0)
        text = self.err.read()
        return {"handed": number(r"(\d+) in the input", text),
                "attempts": number(r"(\d+) events of \d+ CPUs", text),
                "lost": number(r"events of \d+ CPUs, (\d+) lost", text) or
                number(r"(\d+) of \d+ events were lost", text)}


def flood(what, seconds=SECONDS):
    done = subprocess.run([FLOOD, what, str(seconds)], stdout=subprocess.PIPE, check=True,
                          preexec_fn=pinned(1, True))
    calls, took = done.stdout.split()
    return int(calls), float(took)


def throughput(title, what, args):
    rates, speeds, lost, total = [], [], 0, 0
    for _ in range(ROUNDS):
        watch = Watch(args)
        before = watch.cpu_s()
        calls, took = flood(what)
        time.sleep(0.3)
        used = watch.cpu_s() - before
        counts = watch.end()
        rates.append((counts["attempts"] - counts["lost"]) / used)
        speeds.append(calls / took)
        lost += counts["lost"]
        total += counts["attempts"]
    print("%-44s %6.2f M calls/s made, %6.2f M events in a second of CPU, %d of %d lost" %
          (title, statistics.median(speeds) / 1e6, statistics.median(rates) / 1e6, lost, total))


def burst():
    """The reader is stopped for a second: what does not fit into the rings is counted."""
    watch = Watch(["-q", "proc.name=nosuch"])
    watch.process.send_signal(signal.SIGSTOP)
    calls, took = flood("getppid", 1.0)
    watch.process.send_signal(signal.SIGCONT)
    time.sleep(0.5)
    counts = watch.end()
    print("a second without reader: %d calls (%.2f M/s); %d events, %d lost, %d handed on: %s" %
          (calls, calls / took / 1e6, counts["attempts"], counts["lost"], counts["handed"],
           "adds up" if abs(counts["attempts"] - counts["lost"] - counts["handed"]) <= 64 and
           counts["attempts"] >= calls else "DOES NOT ADD UP"))


def copy():
    """What a copy of single bytes takes, by the call."""
    done = subprocess.run(["dd", "bs=1", "count=%d" % COPIED, "if=/dev/zero", "of=/dev/null"],
                          stderr=subprocess.PIPE, check=True, preexec_fn=pinned(1, True))
    seconds = re.search(rb"copied, ([0-9.]+) s", done.stderr).group(1)
    return float(seconds) * 1e9 / COPIED / 2


def copying():
    """dd under `eyas flow`, with reads and writes summed up in the kernel, and without."""
    for title, args in (("without a probe", None), ("flows, with sums", []),
                        ("flows, every call an event", ["--no-kernel-aggregation"])):
        spans, handed, lost = [], 0, 0
        for _ in range(ROUNDS):
            with tempfile.TemporaryDirectory() as folder:
                watch = args is not None and Watch(
                    args + ["-w", os.path.join(folder, "out"), "--file-only", "no"], ("flow",))
                spans.append(copy())
                if watch:
                    counts = watch.end()
                    handed += counts["handed"]
                    lost += counts["lost"]
        print("dd of %.0f million bytes, %-28s %5.0f ns a call, %d events, %d lost" %
              (COPIED / 1e6, title, statistics.median(spans), handed, lost))


def beginning():
    begins, memory = [], []
    for _ in range(ROUNDS):
        watch = Watch(["-q", "proc.name=nosuch"])
        begins.append(watch.begin_s - 0.5)
        memory.append(watch.memory_kib())
        watch.end()
    print("begin, with the state of the machine: %.0f ms; resident without rings: %.1f MiB" %
          (statistics.median(begins) * 1e3, statistics.median(memory) / 1024))
    out = subprocess.run([EYAS, "probe"], stdout=subprocess.PIPE, check=True).stdout.decode()
    print("".join(line for line in out.splitlines(True) if "loaded and attached" in line), end="")


def main():
    if os.geteuid():
        sys.exit("bench_live: only root can watch this machine")
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    beginning()
    throughput("filter by process, getppid", "getppid", ["-q", "proc.name=nosuch"])
    throughput("filter by process, openat-read-close", "files", ["-q", "proc.name=nosuch"])
    throughput("filter by descriptor, openat-read-close", "files", ["-q", "fd.name contains /nosuch"])
    throughput("printed, getppid", "getppid", [])
    throughput("printed, openat-read-close", "files", [])
    throughput("seven fields printed, openat-read-close", "files", ["-p", FORMAT])
    burst()
    copying()


main()
