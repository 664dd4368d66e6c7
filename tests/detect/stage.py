# SPDX-License-Identifier: Apache-2.0
"""A place for triggers: a process whose directories of the system are copies that nobody else sees,
and `eyas` watching it and its children."""
import calendar
import ctypes
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import time

import harness
import triggers

CLONE_NEWNS, MS_REC, MS_PRIVATE = 0x20000, 0x4000, 0x40000
COPIED = ["/etc", "/root", "/var", "/usr", "/mnt"]
READY_SECONDS, QUIET_SECONDS = 60, 1.5
# An argument that a rule tells of, by which a stage shows that it is seen.
SIGN = "stratum+tcp:ready"
GROUPS = ["/sys/fs/cgroup/memory", "/sys/fs/cgroup/pids", "/sys/fs/cgroup"]


def mount(what, where, kind, flags=0, data=None):
    libc = ctypes.CDLL(None, use_errno=True)
    text = [None if t is None else t.encode() for t in (what, where, kind, data)]
    if libc.mount(text[0], text[1], text[2], ctypes.c_ulong(flags), text[3]):
        raise OSError(ctypes.get_errno(), "mount of " + where)


def copy_directories(tmp):
    """What is written to the directories of the system from here on is this process's own."""
    if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNS):
        raise OSError(ctypes.get_errno(), "unshare")
    mount("none", "/", None, MS_REC | MS_PRIVATE)
    layers = os.path.join(tmp, "layers")
    os.mkdir(layers)
    mount("layers", layers, "tmpfs")
    for name in COPIED:
        upper, work = (layers + name.replace("/", "/" + kind) for kind in ("upper", "work"))
        os.mkdir(upper)
        os.mkdir(work)
        mount("copy", name, "overlay", 0, "lowerdir=%s,upperdir=%s,workdir=%s" % (name, upper, work))
    mount("run", "/run", "tmpfs")
    for name in ("/root/autostart", "/etc/cron.d", "/etc/systemd/system", "/etc/udev/rules.d",
                 "/etc/pam.d", "/etc/sudoers.d", "/var/spool/cron", "/var/log"):
        os.makedirs(name, exist_ok=True)


def make_files(names):
    for name in names:
        os.makedirs(os.path.dirname(name), exist_ok=True)
        with open(name, "a", encoding="utf-8"):
            pass


def make_cgroup():
    """A cgroup that is called like a container's, or None."""
    for place in GROUPS:
        if not os.path.exists(place + "/cgroup.procs"):
            continue
        path = "%s/docker-%s.scope" % (place, ("%016x" % os.getpid()) * 4)
        try:
            os.makedirs(path)
            return path
        except OSError:
            continue
    return None


def with_cgroup(function):
    """Run a function with the path of such a cgroup."""
    path = make_cgroup()
    try:
        function(path or "/nowhere")
    finally:
        if path:
            os.rmdir(path)


def environment(tmp, cgroup):
    """What the shell of triggers needs, and the directory where it keeps its programs."""
    files = os.path.join(tmp, "bin")
    os.mkdir(files)
    return {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "BIN": files, "CGROUP": cgroup,
            "PYTHON": os.path.realpath(sys.executable), "HOME_OF_PYTHON": sys.base_prefix,
            "CALLS": triggers.CALLS}


def copy_program(path):
    """A program of that name that does nothing."""
    shutil.copy("/bin/true", path)


def step(text, variables):
    """A step that is a piece of shell."""
    def run():
        subprocess.run(["sh", "-c", triggers.PRELUDE + text], env=variables, check=False,
                       stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL, cwd="/", timeout=30)
    return run


class Stage:
    """A child that waits for its watchers, then runs steps and says when each began and ended."""

    def __init__(self, tmp, steps, prepare):
        self.read_end, told = os.pipe()
        held, self.go = os.pipe()
        self.pid = os.fork()
        if self.pid:
            os.close(told)
            os.close(held)
            return
        status = 1
        try:
            prepare()
            while not select.select([held], [], [], 0.1)[0]:
                subprocess.run(["/bin/true", SIGN], check=False)
            result = []
            for step in steps:
                begun = time.time_ns()
                step()
                result.append((begun, time.time_ns()))
                time.sleep(0.001)
            os.write(told, json.dumps(result).encode())
            status = 0
        except Exception as error:  # pylint: disable=broad-except
            print("the stage: %s" % error, file=sys.stderr)
        finally:
            os._exit(status)

    def run(self):
        """The times of the steps."""
        os.write(self.go, b"x")
        data = b""
        while True:
            more = os.read(self.read_end, 65536)
            if not more:
                break
            data += more
        os.waitpid(self.pid, 0)
        return json.loads(data) if data else None


class Watcher:
    def __init__(self, tmp, name, args):
        self.out, self.err = (open(os.path.join(tmp, name + end), "wb+") for end in (".out", ".err"))
        self.process = subprocess.Popen([harness.EYAS] + args, stdin=subprocess.DEVNULL,
                                        stdout=self.out, stderr=self.err, env=harness.ENVIRONMENT)

    def said(self, text):
        with open(self.out.name, "rb") as out:
            return text.encode() in out.read()

    def end(self):
        """Exit status, output, messages."""
        self.process.send_signal(signal.SIGINT)
        status = self.process.wait(60)
        self.out.seek(0)
        self.err.seek(0)
        return status, self.out.read(), self.err.read()


def wait_until(condition):
    end = time.monotonic() + READY_SECONDS
    while not condition() and time.monotonic() < end:
        time.sleep(0.1)


def watch(tmp, steps, prepare, options=()):
    """Run steps under detection and recording: times, lines of alerts, messages, the capture."""
    stage = Stage(tmp, steps, prepare)
    capture = os.path.join(tmp, "steps.scap")
    follow = ["--follow", str(stage.pid), "--ring-size", "32M"]
    watchers = [Watcher(tmp, "detect", ["detect", "-o", "json", "--matching", "all", *options] + follow),
                Watcher(tmp, "record", ["record", "-w", capture] + follow)]
    wait_until(lambda: watchers[0].said(SIGN) and os.path.exists(capture + ".part"))
    times = stage.run()
    time.sleep(QUIET_SECONDS)
    results = [watcher.end() for watcher in watchers]
    return times, results, capture


def alerts_of(out):
    return [json.loads(line) for line in out.decode("utf-8").splitlines()]


def nanoseconds(alert):
    """The time of an alert, which ends with Z and has nine digits behind the dot."""
    whole, part = alert["time"].rstrip("Z").split(".")
    return calendar.timegm(time.strptime(whole, "%Y-%m-%dT%H:%M:%S")) * 10 ** 9 + int(part)


def within(alerts, times):
    """Names of the rules that told of a step."""
    return {alert["rule"] for alert in alerts if times[0] <= nanoseconds(alert) <= times[1]}
