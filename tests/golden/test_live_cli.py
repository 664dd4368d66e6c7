# SPDX-License-Identifier: Apache-2.0
"""The commands that watch this machine: eyas watch, eyas record without -r, eyas probe.

Needs the rights and the kernel that the probe needs. Everything is looked for by names that only
this run uses, since the machine has other things to do at the same time.
"""
import json
import os
import shutil
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from harness import Cases, ENVIRONMENT, EYAS, in_temp, run_eyas, skip, text, unread  # noqa: E402

PATIENCE = 60  # seconds after which something that should have happened has not
NOBODY = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"]

cases = Cases()


def touch(path):
    """An open that can be found again."""
    subprocess.run(["cat", path], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                   check=False)


class Background:
    """A command that runs meanwhile."""

    def __init__(self, args, **options):
        options.setdefault("stdout", subprocess.PIPE)
        self.process = subprocess.Popen([EYAS] + [str(arg) for arg in args], env=ENVIRONMENT,
                                        stdin=subprocess.DEVNULL, stderr=subprocess.PIPE,
                                        **options)

    def end(self, signum=None):
        """(status, stdout, stderr)"""
        if signum:
            self.process.send_signal(signum)
        try:
            out, err = self.process.communicate(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            out, err = self.process.communicate()
            cases.check(False, "%s did not end" % self.process.args)
        return self.process.returncode, text(out or b""), text(err)


def recorder(path, *args):
    """A recording that has begun: the file is there once the probe is attached."""
    background = Background(["record", "-w", path, *args])
    cases.wait_for(lambda: os.path.exists(path + ".part") or background.process.poll() is not None,
             path + ".part")
    return background


def watcher(*args):
    """A watch whose first line was seen: a call of a process of ours is printed at once."""
    return Background(["watch", *args])


def lines_of(path, *args):
    """What eyas read prints of a capture."""
    status, out, err = run_eyas(["read", "-r", path, *args])
    cases.check(status == 0, "eyas read -r %s" % path, text(err))
    return text(out).splitlines()


def saw(path, marker):
    """Does the capture have the open of the marker?"""
    return any(marker in line for line in lines_of(path, "evt.type=openat"))


# ---- a command ----

def test_command(tmp):
    path = os.path.join(tmp, "a.scap")
    absent = os.path.join(tmp, "absent")
    status, out, err = run_eyas(["record", "-q", "-w", path, "--", "sh", "-c",
                                 "cat /etc/hostname; cat %s; exit 7" % absent])
    cases.equal(status, 7, "the status of the command")
    with open("/etc/hostname", "rb") as file:
        cases.equal(out, file.read(), "the output of the command")
    cases.check("absent" in text(err), "the messages of the command", text(err))
    shown = lines_of(path, "-p", "%proc.pname %proc.name %evt.type %evt.res %fd.name",
                     "fd.name startswith /etc and proc.name=cat")
    cases.check("sh cat openat SUCCESS /etc/hostname" in shown, "who opened what", shown)
    cases.check("sh cat close SUCCESS /etc/hostname" in shown, "who closed what", shown)
    shown = lines_of(path, "-p", "%proc.name %evt.type %evt.res %evt.arg.name",
                     "evt.type=openat and evt.failed=true and proc.name=cat")
    cases.check("cat openat ENOENT " + absent in shown, "what failed", shown)
    names = set(lines_of(path, "-p", "%proc.name"))
    cases.check({"sh", "cat"} <= names <= {"eyas", "sh", "cat"}, "nobody else is in it", names)
    ancestors = lines_of(path, "-p", "%proc.aname[1] %proc.aname[2]", "proc.name=cat")
    cases.check(ancestors and set(ancestors) == {"sh eyas"}, "ancestors", set(ancestors))
    execs = lines_of(path, "-p", "%proc.exepath %proc.cmdline", "evt.type=execve")
    cases.check(any(line.endswith("cat /etc/hostname") for line in execs), "execs", execs)
    status, info, err = run_eyas(["info", "-o", "json", path])
    cases.check(json.loads(text(info))["state"]["threads"] > 1 if status == 0 else False,
                "the state of the machine is in it", text(info)[:300])
    cases.end_group("record -- COMMAND")


def test_command_ends(tmp):
    path = os.path.join(tmp, "b.scap")
    status, _, err = run_eyas(["record", "-q", "-w", path, "--", "sh", "-c", "kill -9 $$"])
    cases.equal(status, 128 + signal.SIGKILL, "a command that was killed")
    os.unlink(path)
    status, _, err = run_eyas(["record", "-w", path, "--", "no-such-command-anywhere"])
    cases.equal(status, 127, "a command that is not there")
    cases.check("command not found" in text(err), "it is said", text(err))
    cases.check(not os.path.exists(path) and not os.path.exists(path + ".part"),
                "nothing is written for it")
    plain = os.path.join(tmp, "plain")
    with open(plain, "w", encoding="ascii"):
        pass
    status, _, err = run_eyas(["record", "-w", path, "--", plain])
    cases.equal(status, 126, "a file that is no program")
    status, out, err = run_eyas(["record", "-q", "-w", path, "--", "cat"], b"through\n")
    cases.equal((status, out), (0, b"through\n"), "input and output of the command")
    status, out, err = run_eyas(["record", "-q", "-w", path, "-n", "5", "--", "sh", "-c",
                                 "cat /etc/hostname >/dev/null; exit 4"])
    cases.equal(status, 4, "the status behind a limit")
    cases.equal(len(lines_of(path)), 5, "events of a limit")
    # Nobody but the command gets the signal; it decides.
    background = Background(["record", "-q", "-w", path, "--", "sh", "-c",
                             "trap 'exit 9' TERM; while :; do sleep 0.05; done"])
    cases.wait_for(lambda: os.path.exists(path + ".part"), "the recording")
    time.sleep(0.3)
    cases.equal(background.end(signal.SIGTERM)[0], 9, "a signal is passed on")
    lines_of(path)
    cases.end_group("how commands end")


def test_compat(tmp):
    if not shutil.which("sysdig"):
        cases.skip("no sysdig")
        return
    path = os.path.join(tmp, "compat.scap")
    status, _, err = run_eyas(["record", "-q", "--compat", "sysdig-0.29", "-w", path, "--", "sh",
                               "-c", "cat /etc/hostname >/dev/null; :"])
    cases.equal(status, 0, "record --compat")
    done = subprocess.run(["sysdig", "-r", path, "-p", "%proc.pname %proc.name %evt.type %fd.name",
                           "fd.name=/etc/hostname and evt.type=openat"], check=False,
                          capture_output=True, timeout=PATIENCE)
    cases.check("sh cat openat /etc/hostname" in text(done.stdout).splitlines(),
                "sysdig sees who opened what", text(done.stdout + done.stderr)[:500])
    cases.end_group("--compat")


# ---- signals ----

def test_signals(tmp):
    for name in "SIGINT", "SIGTERM":
        path = os.path.join(tmp, name)
        marker = os.path.join(tmp, "marker-" + name)
        background = recorder(path)
        touch(marker)
        status, _, err = background.end(getattr(signal, name))
        cases.equal(status, 0, name)
        cases.check(os.path.exists(path) and not os.path.exists(path + ".part"),
                    "the file has its name after " + name, err)
        cases.check(saw(path, marker), "what happened just before %s is in it" % name)
    cases.end_group("SIGINT and SIGTERM")


def test_hangup(tmp):
    path = os.path.join(tmp, "hup")
    first, second = os.path.join(tmp, "before-hup"), os.path.join(tmp, "after-hup")
    background = recorder(path)
    touch(first)
    time.sleep(0.3)
    background.process.send_signal(signal.SIGHUP)
    cases.wait_for(lambda: os.path.exists(path), "the first file")
    touch(second)
    cases.equal(background.end(signal.SIGTERM)[0], 0, "the end behind a SIGHUP")
    cases.check(saw(path, first) and not saw(path, second), "the file before")
    cases.check(saw(path + "1", second) and not saw(path + "1", first), "the file behind")
    status, info, _ = run_eyas(["info", "-o", "json", path + "1"])
    cases.check(status == 0 and json.loads(text(info))["state"]["threads"] > 1,
                "the file behind has the state", text(info)[:300])
    cases.end_group("SIGHUP")


def test_crash(tmp):
    path = os.path.join(tmp, "crash")
    marker = os.path.join(tmp, "marker-crash")
    # Of few events, so that no buffer runs over by itself.
    background = recorder(path, "--follow", os.getpid())
    touch(marker)
    time.sleep(2.5)  # what happened reaches the file every second
    cases.equal(background.end(signal.SIGKILL)[0], -signal.SIGKILL, "it was killed")
    _, out, _ = run_eyas(["read", "-r", path + ".part", "evt.type=openat"])
    cases.check(marker in text(out), "what it left is readable")
    cases.end_group("kill -9")


# ---- limits ----

def test_limits(tmp):
    status, out, err = run_eyas(["watch", "-n", "5", "-M", str(PATIENCE)])
    cases.equal((status, len(out.splitlines())), (0, 5), "-n")
    status, out, err = run_eyas(["watch", "-M", "0.3", "-q"])
    cases.equal((status, out), (0, b""), "--duration, --quiet")
    path = os.path.join(tmp, "short")
    status, out, err = run_eyas(["record", "-M", "0.3", "-q", "-w", path])
    cases.equal(status, 0, "record --duration")
    lines_of(path)
    status, out, err = run_eyas(["watch", "-M", "2.5", "--stats", "-o", "json"])
    cases.check(text(err).count("events/s") >= 1 and " left out" in text(err), "--stats",
                text(err))
    for line in out.splitlines()[:1000]:
        json.loads(text(line))
    cases.end_group("limits")


def lose(*args):
    """A watch that nobody reads from while more happens than its rings can hold."""
    background = Background(["watch", "-M", "2", "-o", "json", "--ring-size", "512K", *args])
    flood = subprocess.Popen(["dd", "if=/dev/zero", "of=/dev/null", "bs=1"],
                             stderr=subprocess.DEVNULL)
    # Until its output is more than a pipe holds, and some more.
    cases.wait_for(lambda: unread(background.process.stdout) > 32768 or
                   background.process.poll() is not None, "a pipe is full")
    time.sleep(1)
    flood.kill()
    flood.wait()
    return background.end()


def test_losses(_tmp):
    status, _, err = lose()
    cases.check("were lost" in err and "other " in err, "losses are told", err)
    cases.equal(status, 0, "a loss is no failure")
    status, _, err = lose("--strict")
    cases.check("were lost" in err, "losses are told again", err)
    cases.equal(status, 1, "--strict")
    cases.end_group("losses")


def test_full_disk(tmp):
    status, _, err = run_eyas(["record", "-M", str(PATIENCE), "-w", "/dev/full"])
    cases.check(status == 1 and "No space left" in text(err), "/dev/full", text(err))
    folder = os.path.join(tmp, "small")
    os.mkdir(folder)
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "none", folder], check=False,
                      capture_output=True).returncode:
        cases.skip("no tmpfs can be mounted here")
        return
    try:
        path = os.path.join(folder, "a.scap")
        status, _, err = run_eyas(["record", "-w", path, "--", "sh", "-c",
                                   "dd if=/dev/zero of=/dev/null bs=1 count=100000 2>/dev/null"])
        cases.check(status == 1 and "No space left" in text(err), "a full disk", text(err))
        cases.check(os.path.exists(path + ".part"), "what there was room for stays")
        _, out, _ = run_eyas(["read", "-r", path + ".part"])
        cases.check(len(out.splitlines()) > 10, "and can be read", len(out))
    finally:
        subprocess.run(["umount", folder], check=False)
    cases.end_group("full disk")


# ---- who is watched ----

def watched(marker, *args):
    """The lines a watch prints while somebody opens the marker, until it did so."""
    background = watcher("-p", "%proc.name %proc.pid %evt.arg.name", *args, "evt.type=openat")
    os.set_blocking(background.process.stdout.fileno(), False)
    seen = b""
    end = time.monotonic() + PATIENCE
    while marker.encode() not in seen and time.monotonic() < end:
        touch(marker)
        time.sleep(0.05)
        seen += background.process.stdout.read() or b""
    os.set_blocking(background.process.stdout.fileno(), True)
    _, out, _ = background.end(signal.SIGINT)
    return (text(seen) + out).splitlines()


def test_two_at_once(tmp):
    marker = os.path.join(tmp, "marker-two")
    first = recorder(os.path.join(tmp, "two-a"))
    second = recorder(os.path.join(tmp, "two-b"))
    touch(marker)
    cases.equal(first.end(signal.SIGINT)[0], 0, "the first of two")
    cases.equal(second.end(signal.SIGINT)[0], 0, "the second of two")
    cases.check(saw(os.path.join(tmp, "two-a"), marker), "the first sees it")
    cases.check(saw(os.path.join(tmp, "two-b"), marker), "the second sees it")
    cases.end_group("two at once")


def test_whom(tmp):
    marker = os.path.join(tmp, "marker-follow")
    lines = watched(marker, "--follow", str(os.getpid()))
    cases.check(any(line.startswith("cat ") and marker in line for line in lines), "--follow",
                lines[:5])
    cases.equal({line.split()[0] for line in lines} - {"cat", "python3"}, set(),
                "--follow: nobody else")
    marker = os.path.join(tmp, "marker-filter")
    lines = watched(marker, "--uid", str(os.getuid()))
    cases.check(any(marker in line for line in lines), "--uid", lines[:5])
    status, out, err = run_eyas(["watch", "-M", "1", "--pid", "1", "-p", "%proc.pid"])
    cases.check(status == 0 and set(text(out).split()) <= {"1"}, "--pid", text(out)[:200])
    status, out, err = run_eyas(["watch", "-n", "20", "-M", "3", "--syscalls", "openat,close",
                                 "-p", "%evt.type"])
    cases.check(status == 0 and set(text(out).split()) <= {"openat", "close"}, "--syscalls",
                text(out)[:200])
    status, out, err = run_eyas(["watch", "-n", "20", "-M", "3", "--drop-failed", "-p",
                                 "%evt.failed"])
    cases.check(status == 0 and set(text(out).split()) <= {"false"}, "--drop-failed",
                text(out)[:200])
    status, out, err = run_eyas(["watch", "-n", "20", "-M", "3", "-p", "%evt.res",
                                 "evt.failed=true"])
    cases.check(status == 0 and "SUCCESS" not in text(out), "evt.failed=true", text(out)[:200])
    status, out, err = run_eyas(["watch", "-M", "0.3", "--cgroup", "/sys/fs/cgroup/nosuch"])
    cases.equal(status, 2, "--cgroup of no cgroup")
    cases.end_group("who is watched")


# ---- the probe ----

def programs_left():
    """Programs in the kernel by this run, if there is a tool that tells."""
    if not shutil.which("bpftool"):
        return None
    done = subprocess.run(["bpftool", "-j", "prog", "show"], check=False, capture_output=True)
    try:
        found = json.loads(text(done.stdout))
    except ValueError:
        return None
    return [one for one in found
            if any(owner.get("comm") == "eyas" for owner in one.get("pids", []))]


def test_probe(_tmp):
    status, out, err = run_eyas(["probe"])
    cases.check(status == 0 and "events arrive" in text(out), "probe", text(out + err)[-500:])
    cases.check("\033" not in text(out), "no colours in a pipe")
    status, out, err = run_eyas(["probe", "--run", "0.5", "-o", "json"])
    report = json.loads(text(out))
    cases.check(status == 0 and report["loaded"] and report["events_arrive"], "probe -o json")
    cases.check(report["features"] and all(row["verdict"] in ("ok", "worse", "missing")
                                           for row in report["features"]), "features")
    cases.check(any(row["run_count"] > 0 for row in report["programs"]), "programs that ran")
    cases.check(report["events"] > 0 and report["run_seconds"] >= 0.5, "the run", report["events"])
    cases.end_group("probe")


def test_rights(tmp):
    if not shutil.which("setpriv"):
        cases.skip("no setpriv")
        return
    os.chmod(tmp, 0o777)
    # Where nobody may enter, the command is out of reach.
    program = os.path.join(tmp, "eyas")
    shutil.copy(EYAS, program)
    for args in ["watch", "-n", "1"], ["record", "-w", os.path.join(tmp, "x")], ["probe"]:
        done = subprocess.run(NOBODY + [program] + args, check=False, capture_output=True,
                              stdin=subprocess.DEVNULL, timeout=PATIENCE, env=ENVIRONMENT)
        cases.check(done.returncode == 1 and "CAP_BPF" in text(done.stderr),
                    "%s without rights says which" % args[0], text(done.stderr))
    cases.check(not os.path.exists(os.path.join(tmp, "x.part")), "nothing is left behind")
    cases.end_group("rights")


def main():
    if os.geteuid():
        skip("not root")
    status, out, err = run_eyas(["probe", "-o", "json"])
    if status:
        skip("the probe does not work here: " + text(err).strip())
    for test in (test_command, test_command_ends, test_compat, test_signals, test_hangup,
                 test_crash, test_limits, test_losses, test_full_disk, test_two_at_once,
                 test_whom, test_probe, test_rights):
        in_temp(test)
    cases.done()


if __name__ == "__main__":
    main()
