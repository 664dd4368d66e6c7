#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""eyas as falco: its options, the order of what it does, exit statuses, signals and restarts."""
import http.server
import json
import os
import signal
import subprocess
import sys
import threading
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import harness  # noqa: E402

SAMPLE = os.path.abspath("tests/data/sample.scap")
WAIT_S = 60

RULES = """\
- list: page_files
  items: [/var/www/html/index.html]
- rule: Page opened
  desc: the page of the web server was opened
  condition: evt.type in (open, openat) and fd.name in (page_files)
  output: opened (file=%fd.name)
  priority: WARNING
  tags: [web, files]
- rule: Program started
  desc: a program was started
  condition: evt.type = execve
  output: started %proc.name
  priority: INFO
  tags: [programs]
- rule: Shadow opened
  desc: passwords were looked at
  condition: evt.type in (open, openat) and fd.name = /etc/shadow
  output: shadow read by %proc.name
  priority: CRITICAL
  enabled: false
"""

CONFIG = """\
rules_files: [rules.yaml, not_there.yaml]
stdout_output: {enabled: true}
log_stderr: true
log_syslog: false
log_level: debug
"""


def write_bytes(path, data):
    with open(path, "wb") as file:
        file.write(data)


def falco(*args, **options):
    """Run it: (status, stdout, stderr), as text."""
    status, out, err = harness.run_eyas(["as", "falco", *args], **options)
    return status, out.decode(), err.decode()


def replay(*args):
    return falco("-c", "falco.yaml", "-e", SAMPLE, *args)


def counts(out):
    """The rules that matched, from the statistics at the end."""
    lines = out.split("Triggered rules by rule name:\n")[1].splitlines()
    return {name: int(n) for name, n in (line.strip().rsplit(": ", 1) for line in lines)}


class Running:
    """A run without events that goes on until it is told to end."""

    def __init__(self, *args):
        # pylint: disable-next=consider-using-with
        self.process = subprocess.Popen(
            [harness.EYAS, "as", "falco", "-c", "falco.yaml", "--nodriver", *args],
            stdin=subprocess.DEVNULL, stdout=open("out.txt", "wb"), stderr=open("err.txt", "wb"),
            env=harness.ENVIRONMENT)

    def wait_for(self, text, count=1, path="err.txt"):
        """Is the text there so many times, sooner or later?"""
        end = time.monotonic() + WAIT_S
        while time.monotonic() < end:
            if read(path).count(text) >= count:
                return True
            if self.process.poll() is not None:
                return read(path).count(text) >= count
            time.sleep(0.02)
        return False

    def kill(self, signum):
        self.process.send_signal(signum)

    def end(self, signum=signal.SIGTERM):
        if self.process.poll() is None:
            self.process.send_signal(signum)
        return self.process.wait(WAIT_S)


def read(path):
    if not os.path.exists(path):
        return ""
    with open(path, encoding="utf-8", errors="replace") as file:
        return file.read()


READY = "Opening 'syscall' source with no driver"


# ---- what is printed instead of a run ----

def printing(cases):
    for args, text in ((("-h",), "falco [OPTION...]"), (("--help",), "Usage:"),
                       (("--config-schema",), '"$schema"'), (("--rule-schema",), '"macro"'),
                       (("-i",), "Ignored syscall(s)"), (("--list-events",), "Syscall events"),
                       (("--version",), "Falco version:"), (("--list",), "Field Class:"),
                       (("--list", "syscall", "-N"), "proc.name"),
                       (("--list=syscall", "-N"), "proc.name")):
        named = ("-c", "falco.yaml") if args[0].startswith("--list") else ()
        status, out, err = falco(*args, *named)
        cases.equal((status, text in out), (0, True), " ".join(args) + ": " + err)
    os.symlink(harness.EYAS, "falco")
    done = subprocess.run(["./falco", "--version"], stdout=subprocess.PIPE, check=False)
    cases.equal((done.returncode, done.stdout.startswith(b"Falco version:")), (0, True), "a link")
    status, out, err = falco("-c", "falco.yaml", "--page-size")
    cases.equal((status, out, "page size" in err), (0, "", True), "--page-size")
    status, out, err = falco("-c", "falco.yaml", "--support")
    support = json.loads(out)
    cases.equal((status, "rules_files" in json.loads(support["config"]),
                 support["rules_files"][0]["name"]), (0, True, "rules.yaml"), "--support")
    status, out, err = falco("-c", "falco.yaml", "-L")
    cases.equal((status, "Program started" in out, "Events detected" in out), (0, True, False),
                "-L")
    status, out, err = falco("-c", "falco.yaml", "-l", "Page opened")
    cases.equal((status, "Program started" in out), (0, False), "-l")
    cases.equal(falco("-c", "falco.yaml", "-l", "No such")[0], 1, "-l of no rule")
    status, out, err = falco("-c", "falco.yaml", "--list-plugins")
    cases.equal((status, out.startswith("0 Plugins Loaded")), (0, True), "--list-plugins")


def order(cases):
    """Help comes before faults of the configuration, which come before those of rules."""
    harness.write_text("bad.yaml", "- rule: {\n")
    for args, status, text in (
            (("-h", "-c", "falco.yaml", "-o", "engine.kind=nothing"), 0, ""),
            (("-c", "falco.yaml", "-o", "engine.kind=nothing", "--version"), 1, "engine"),
            (("-c", "falco.yaml", "-r", "bad.yaml", "--version"), 0, ""),
            (("-c", "falco.yaml", "-r", "bad.yaml", "--list"), 0, ""),
            (("-c", "falco.yaml", "-r", "bad.yaml", "--disable-source", "x"), 1, "event source"),
            (("-c", "falco.yaml", "-r", "bad.yaml", "-V", "rules.yaml"), 0, ""),
            (("-c", "falco.yaml", "-r", "bad.yaml", "--support"), 1, "LOAD_ERR_YAML_PARSE"),
            (("-c", "falco.yaml", "-o", "stdout_output.enabled=false", "--support"), 0, ""),
            (("-c", "falco.yaml", "-o", "stdout_output.enabled=false", "--dry-run"), 1,
             "No output configured")):
        got, _, err = falco(*args)
        last = err.split("Error: ")[1] if got else ""
        cases.equal((got, text in last), (status, True), " ".join(args) + ": " + err[-300:])


def faults(cases):
    for args, text in (
            (("--nope",), "Option 'nope' does not exist"), (("-c",), "missing an argument"),
            (("-Q",), "Option 'Q' does not exist"), (("-M", "x"), "failed to parse"),
            (("-c", "nowhere.yaml"), "Could not find configuration file at nowhere.yaml"),
            (("-c", "falco.yaml", "-t", "a", "-T", "b"), "both disabled (-D/-T) and enabled (-t)"),
            (("-c", "falco.yaml", "-e", SAMPLE, "--nodriver"), "more than one of"),
            (("-c", "falco.yaml", "-e", SAMPLE, "-w", "-"), "-w takes a file"),
            (("-c", "falco.yaml", "--list", "--format", "xml"), "--format"),
            (("-c", "falco.yaml", "--list", "--markdown", "--format", "text"), "--markdown"),
            (("-c", "falco.yaml", "-r", "missing.yaml", "--dry-run"), "missing.yaml"),
            (("-c", "falco.yaml", "-e", "missing.scap"), "missing.scap"),
            (("-c", "falco.yaml", "--enable-source", "k8s_audit", "--nodriver"),
             "Attempted enabling an unknown event source: k8s_audit"),
            (("-c", "falco.yaml", "--disable-source", "syscall", "--nodriver"),
             "Must enable at least one event source"),
            (("-c", "falco.yaml", "--enable-source", "syscall", "--disable-source", "syscall"),
             "You can not mix"),
            (("-c", "falco.yaml", "-o", "rules_files=", "--dry-run"),
             "You must specify at least one rules file"),
            (("-c", "plugins.yaml", "--dry-run"), "json"),
            (("-c", "falco.yaml", "--nodriver", "-s", "/nowhere/at/all"), "/nowhere/at/all"),
            (("-c", "falco.yaml", "--nodriver", "-s", "s.txt", "--stats-interval", "99"),
             "100 milliseconds")):
        status, out, err = falco(*args)
        # Once there are outputs, the statistics are printed in any case.
        stats = "Events detected: 0\n" if "-s" in args or "missing.scap" in args else ""
        cases.equal((status, out[:len("Events detected: 0\n")], text in err.split("Error: ")[-1],
                     "Error: " in err), (1, stats, True, True),
                    " ".join(args) + ": " + err[-300:])
    status, _, err = falco("-c", "falco.yaml", "-e", SAMPLE, "-P", "/nowhere/at/all")
    cases.equal((status, "Could not write pid to pidfile" in err), (255, True), "-P")


def validation(cases):
    harness.write_text("broken.yaml", "- rule: no more than a name\n")
    status, out, err = falco("-c", "falco.yaml", "-V", "rules.yaml")
    cases.equal((status, out), (0, "rules.yaml: Ok\n"), "-V of good rules")
    status, out, err = falco("-c", "falco.yaml", "-V", "rules.yaml", "-V", "broken.yaml")
    cases.equal((status, "broken.yaml: Invalid" in out, "broken.yaml: Invalid" in err),
                (1, True, True), "-V of bad rules")
    status, out, err = falco("-c", "falco.yaml", "-o", "json_output=true", "-V", "broken.yaml")
    results = json.loads(out)["falco_load_results"]
    cases.equal((status, [result["successful"] for result in results]), (1, [False]), "as JSON")


# ---- runs ----

def detections(cases):
    status, out, err = replay()
    cases.equal((status, counts(out)), (0, {"Page opened": 4, "Program started": 3}), "a run")
    cases.check("Replaying events from the capture file" in err, "the capture is told of")
    cases.check("Syscall event drop monitoring:\n   - event drop detected: 0 occurrences\n"
                "   - num times actions taken: 0\n" in err, "losses at the end")
    cases.equal(out.splitlines()[0],
                "00:00:00.001572548: Warning opened (file=/var/www/html/index.html)", "an alert")
    cases.check("Elapsed time" not in err and "Elapsed time" in replay("-v")[2], "-v")
    status, out, err = falco("-c", "falco.yaml", "-o", "engine.kind=replay",
                             "-o", "engine.replay.capture_file=" + SAMPLE,
                             "-o", "json_output=true")
    alerts = [json.loads(line) for line in out.splitlines() if line.startswith("{")]
    cases.equal((status, len(alerts), alerts[0]["rule"], alerts[0]["priority"]),
                (0, 7, "Page opened", "Warning"), "as JSON")
    status, out, err = replay("--dry-run")
    cases.equal((status, out), (0, ""), "--dry-run")
    begin = time.monotonic()
    cases.equal(counts(replay("-M", "1")[1]), {"Page opened": 3}, "-M: of events")
    cases.check(time.monotonic() - begin >= 1, "-M: and of this machine")
    with open(SAMPLE, "rb") as file:
        write_bytes("damaged.scap", file.read()[:-40])
    status, out, err = falco("-c", "falco.yaml", "-e", "damaged.scap")
    cases.equal((status, "Page opened" in out, "Error: damaged.scap: offset" in err),
                (1, True, True), "a damaged capture: " + err[-300:])


def selection(cases):
    for args, expected in (
            (("-D", "opened"), {"Program started"}), (("-D", "Page", "-D", "gram"), set()),
            (("-T", "files"), {"Program started"}), (("-T", "web", "-T", "programs"), set()),
            (("-t", "files"), {"Page opened"}),
            (("-t", "files", "-t", "programs"), {"Page opened", "Program started"}),
            (("-o", "priority=warning"), {"Page opened"}),
            (("-o", 'rules[]={"disable": {"rule": "*"}}', "-o",
              'rules[]={"enable": {"rule": "Shad*"}}'), {"Shadow opened"}),
            (("-o", 'rules[]={"disable": {"tag": "web"}}'), {"Program started"})):
        status, out, err = replay(*args)
        cases.equal((status, set(counts(out))), (0, expected), " ".join(args) + ": " + err[-300:])
    os.makedirs("folder", exist_ok=True)
    harness.write_text("folder/b.yaml", RULES)
    harness.write_text("folder/a.yml", "- rule: All\n  desc: x\n  condition: evt.type = close\n"
                       "  output: x\n  priority: DEBUG\n")
    harness.write_text("folder/c.txt", "- nothing")
    status, out, err = replay("-r", "folder")
    cases.equal((status, "Page opened" in counts(out), "All" in counts(out)), (0, True, True),
                "-r of a folder")
    cases.check("rules.txt is no rules file" in replay("-r", "rules.txt")[2], "another name")
    at = [err.find("folder/" + name) for name in ("a.yml", "b.yaml", "c.txt")]
    cases.check(0 < at[0] < at[1] and at[2] == -1, "its files in their order", err)


FILTERS = ("evt.type=connect or evt.type=accept or evt.type=accept4 or evt.type=umount2",
           "evt.type in (open, ptrace, mmap, execve, read)",
           "evt.type in (open, execve, mprotect) and not evt.type=mprotect")
OF_RULES = set("connect accept accept4 umount2 open ptrace mmap execve".split())
REPAIR = set("clone clone3 fork vfork execve execveat fchdir chdir chroot capset setgid setpgid "
             "setresgid setresuid setsid setuid prctl".split())


def selected(*args):
    """The system calls that would be captured, and what is said on standard error besides."""
    options = [word for arg in args for word in ("-o", "base_syscalls." + arg)]
    status, _, err = falco("-c", "falco.yaml", "-r", "calls.yaml", "--nodriver", "--dry-run",
                           *options)
    line = err.split("syscalls selected in total (final set): ")[1].split("\n")[0]
    return (set(line.split(", ")), err) if not status else (set(), err)


def syscalls(cases):
    """Which system calls are captured: section 9 of the reference."""
    rules = ("- rule: R%d\n  desc: x\n  condition: %s\n  output: x\n  priority: INFO\n" % rule
             for rule in enumerate(FILTERS))
    harness.write_text("calls.yaml", "".join(rules))
    usual, err = selected()
    cases.check(OF_RULES | {"clone", "clone3", "fork", "socket", "bind", "close"} <= usual,
                "rules and the state", usual)
    cases.check("read" not in usual and "unsupported-evttype): read\n" in err,
                "reads are left out, which is told of", err[-300:])
    every, err = selected("all=true")
    cases.equal((every - usual, "unsupported-evttype" in err), ({"read"}, False), "all")
    cases.equal(selected("all=true", "custom_set[]=syncfs", "custom_set[]=!accept")[0],
                OF_RULES - {"accept", "accept4"} | {"read", "syncfs", "procexit"},
                "a name, and another one less")
    cases.equal(selected("all=true", "custom_set[]=syncfs", "custom_set[]=accept",
                         "custom_set[]=!accept")[0],
                OF_RULES - {"accept", "accept4"} | {"read", "syncfs", "procexit"},
                "what is taken away wins")
    cases.equal(selected("custom_set[]=!accept")[0], usual - {"accept", "accept4"},
                "one name less")
    cases.equal(selected("custom_set[]=read")[0], OF_RULES | {"procexit"},
                "reads stay out without all")
    repaired, err = selected("repair=true")
    cases.check(OF_RULES | REPAIR | {"socket", "getsockopt", "close", "bind", "procexit"} <=
                repaired < usual | {"setpgid"}, "repair", repaired)
    got, err = selected("repair=true", "custom_set[]=openat")
    cases.check("openat" in got and REPAIR <= got and "repaired syscalls" in err,
                "repair of names", got)
    got, err = selected("custom_set[]=nonsense", "custom_set[]=!nowhere")
    cases.equal(got, usual, "names that there are not")
    cases.check("Invalid (positive) syscall names: warning (base_syscalls override): nonsense\n"
                in err and "Invalid (negative) syscall names: warning (base_syscalls override): "
                "nowhere\n" in err, "are told of")


def losses(cases):
    """Losses that are made up: one in each second that an event comes after."""
    base = ("-o", "syscall_event_drops.simulate_drops=true",
            "-o", "syscall_event_drops.max_burst=10")
    told = "Falco internal: syscall event drop. 1 system calls dropped in last second."
    for action, status, seen, taken, logged, alerts in (
            ("ignore", 0, 2, 2, False, 0), ("log", 0, 2, 2, True, 0), ("alert", 0, 2, 2, False, 2),
            ("exit", 1, 1, 1, True, 0)):
        got, out, err = replay(*base, "-o", "syscall_event_drops.actions[0]=" + action,
                               "-o", "syscall_event_drops.actions[1]=" + action)
        cases.equal((got, "event drop detected: %d occurrences" % seen in err,
                     "num times actions taken: %d" % taken in err,
                     "Falco internal: syscall event drop" in err, told in err,
                     out.count(told)),
                    (status, True, True, logged, logged, alerts), action + ": " + err)


def outputs(cases):
    channels = ("-o", "file_output.enabled=true", "-o", "file_output.filename=alerts.txt",
                "-o", "program_output.enabled=true",
                "-o", "program_output.program=cat >> program.txt",
                "-o", "program_output.keep_alive=true")
    status, out, err = replay(*channels)
    lines = [line for line in out.splitlines() if " Warning " in line or " Informational " in line]
    cases.equal((status, len(lines), read("alerts.txt").splitlines(),
                 read("program.txt").splitlines()), (0, 7, lines, lines), "channels: " + err[-300:])
    env = dict(harness.ENVIRONMENT, FALCO_HOSTNAME="somebody")
    status, out, err = falco("-c", "falco.yaml", "-e", SAMPLE, "-o", "json_output=true", env=env)
    cases.equal(json.loads(out.splitlines()[0])["hostname"], "somebody", "FALCO_HOSTNAME")
    status, out, err = replay("-p", "by %proc.pid", "-o", "time_format_iso_8601=true")
    cases.check(" by " in out.splitlines()[0] and out.startswith("2026-01-01T00:00:00."), "-p")
    cases.check(err.splitlines()[-4].startswith("20") and "+0000: " in err, "ISO times in the log")
    cases.equal(replay("-pc")[1], replay()[1], "-pc is of no effect")
    status, out, err = replay("-o", "log_level=warning", "-k", "http://x", "--cri", "/x", "-u",
                              "word")
    cases.equal([line.split(": ")[1] for line in err.splitlines() if "no effect here" in line],
                [what + " is of no effect here" for what in ("-k", "--cri", "-u", "word")],
                "options of earlier releases, and words, are told of")
    harness.write_text("lower.yaml", "- rule: low\n  desc: d\n  condition: evt.num=0\n  output: o\n"
                       "  priority: debug\n")
    status, out, err = replay("-r", "rules.yaml", "-r", "lower.yaml")
    cases.equal([status] + [line.split("    ", 1)[1] for line in err.splitlines()
                 if ".yaml | " in line and "falco.yaml" not in line],
                [0, "rules.yaml | schema validation: ok",
                 "lower.yaml | schema validation: failed for lower.yaml:5:13: priority: "
                 "expected a priority in capitals"], "rules files and their schema: " + err)
    status, out, err = replay("-w", "all.scap", "-P", "pid.txt")
    cases.equal((status, read("pid.txt").isdigit()), (0, True), "-P")
    cases.equal(harness.info(["-r", "all.scap"])[1]["events"],
                harness.info(["-r", SAMPLE])[1]["events"], "-w")


class Receiver(http.server.BaseHTTPRequestHandler):
    """Keeps what is posted to it."""
    posted = []

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.posted.append((self.headers["Content-Type"], self.headers["User-Agent"], body))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *args):
        pass


def posting(cases):
    server = http.server.HTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    status, out, err = replay("-o", "http_output.enabled=true", "-o", "json_output=true", "-o",
                              "http_output.url=http://127.0.0.1:%d/x" % server.server_port)
    server.shutdown()
    server.server_close()
    lines = [line.encode() for line in out.splitlines() if line.startswith("{")]
    cases.equal((status, [body for _, _, body in Receiver.posted]), (0, lines),
                "each alert: " + err[-300:])
    cases.equal({kind[:2] for kind in Receiver.posted},
                {("application/json", "falcosecurity/falco")}, "its type, who sends it")


# ---- signals ----

def ending(cases):
    for signum in (signal.SIGINT, signal.SIGTERM):
        run = Running("-s", "stats.txt", "--stats-interval", "100")
        cases.check(run.wait_for(READY) and run.wait_for('"sample":2', path="stats.txt"),
                    "it runs", read("err.txt"))
        cases.equal(run.end(signum), 0, "status after %s" % signum.name)
        cases.check("SIGINT received, exiting..." in read("err.txt"), "told of")
        cases.check("Events detected: 0" in read("out.txt"), "statistics at the end")
        lines = [json.loads(line) for line in read("stats.txt").splitlines()]
        os.remove("stats.txt")
        cases.equal([sorted(line) for line in lines][0],
                    ["cur", "delta", "drop_pct", "sample"], "-s")
    status, out, _ = falco("-c", "falco.yaml", "--nodriver", "-M", "1")
    cases.equal((status, "Events detected: 0" in out), (0, True), "-M without events")


def reopening(cases):
    run = Running("-o", "file_output.enabled=true", "-o", "file_output.filename=kept.txt",
                  "-o", "file_output.keep_alive=true")
    cases.check(run.wait_for(READY), "it runs")
    run.kill(signal.SIGUSR1)
    cases.check(run.wait_for("SIGUSR1 received, reopening outputs..."), "told of")
    cases.equal(run.end(), 0, "status")


def restarting(cases):
    for what in ("signal", "file"):
        harness.write_text("rules.yaml", RULES)
        watched = ("-o", "watch_config_files=%s" % ("true" if what == "file" else "false"))
        run = Running("-o", "json_output=true", *watched)
        cases.check(run.wait_for(READY), "it runs", read("err.txt"))
        harness.write_text("rules.yaml", RULES + "- rule: broken\n")
        if what == "signal":
            run.kill(signal.SIGHUP)
        cases.check(run.wait_for("hot restart failure", path="out.txt"), what + ": a fault is told",
                    read("err.txt"))
        alert = json.loads(read("out.txt").splitlines()[0])
        cases.equal((alert["rule"], alert["priority"], alert["source"], alert["output_fields"]),
                    ("Falco internal: hot restart failure", "Critical", "internal", {}), "as alert")
        cases.check("restarting..." not in read("err.txt"), what + ": no restart")
        harness.write_text("rules.yaml", RULES)
        if what == "signal":
            run.kill(signal.SIGHUP)
        cases.check(run.wait_for("SIGHUP received, restarting...") and run.wait_for(READY, 2),
                    what + ": restart", read("err.txt"))
        cases.equal(run.end(), 0, what + ": status")


def vanishing(cases):
    """A file that is replaced by another one of its name, or is gone for a while."""
    harness.write_text("rules.yaml", RULES)
    run = Running()
    cases.check(run.wait_for(READY), "it runs", read("err.txt"))
    harness.write_text("new.yaml", RULES)
    os.rename("new.yaml", "rules.yaml")
    cases.check(run.wait_for(READY, 2), "restart after a rename", read("err.txt"))
    os.remove("rules.yaml")
    cases.check(run.wait_for("hot restart failure", path="out.txt"), "without it, none",
                read("err.txt"))
    harness.write_text("rules.yaml", RULES)
    cases.check(run.wait_for(READY, 3), "restart when it is there again", read("err.txt"))
    cases.equal(run.end(), 0, "status")


def background(cases):
    here = os.path.abspath(".")
    status, out, err = falco("-c", here + "/falco.yaml", "-r", here + "/rules.yaml", "-d",
                             "-P", here + "/daemon.pid", "--nodriver",
                             "-o", "file_output.enabled=true",
                             "-o", "file_output.filename=" + here + "/daemon.txt")
    cases.equal((status, read("daemon.pid").isdigit()), (0, True), "-d: " + err[-300:])
    pid = int(read("daemon.pid"))
    cases.check(os.getsid(pid) != os.getsid(0), "in a session of its own")
    os.kill(pid, signal.SIGTERM)
    end = time.monotonic() + WAIT_S
    while time.monotonic() < end:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            break
        # Whose parent is gone may stay as a zombie where nobody waits for it.
        if " Z " in read("/proc/%d/stat" % pid):
            break
        time.sleep(0.02)
    cases.check(time.monotonic() < end, "ends by SIGTERM")
    status, out, err = falco("-c", "falco.yaml", "-d", "-P", "")
    cases.equal((status, "pid file must also be provided" in err), (1, True), "-d without a file")


def main(folder):
    os.chdir(folder)
    harness.write_text("rules.yaml", RULES)
    harness.write_text("falco.yaml", CONFIG)
    harness.write_text("plugins.yaml", CONFIG +
                       "plugins: [{name: json, library_path: libjson.so}]\n"
                       "load_plugins: [json]\n")
    cases = harness.Cases()
    for check in (printing, order, faults, validation, detections, selection, syscalls, losses,
                  outputs, posting, ending, reopening, restarting, vanishing, background):
        check(cases)
        cases.end_group(check.__name__)
    cases.done()


harness.in_temp(main)
