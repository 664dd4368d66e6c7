#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Figures of a detection: their file, their alerts, the web server that serves them."""
import hashlib
import http.client
import json
import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import harness  # noqa: E402
import prometheus  # noqa: E402

SAMPLE = "tests/data/sample.scap"
RULES = """
- rule: Opened "it"
  desc: a test
  condition: evt.type in (open, openat)
  output: opened %fd.name
  priority: NOTICE
  tags: [b-c, b_c, a]
- rule: Opened (it)
  desc: another whose name is the same key
  condition: evt.type in (open, openat)
  output: opened
  priority: DEBUG
- rule: Never
  desc: a test
  condition: evt.type = open and proc.name = nobody
  output: opened
  priority: NOTICE
"""
ALWAYS = {
    "evt.hostname": str, "evt.source": str, "evt.time": int, "falco.cpu_usage_perc": float,
    "falco.duration_sec": int, "falco.host_boot_ts": int, "falco.host_cpu_usage_perc": float,
    "falco.host_memory_used_mb": float, "falco.host_num_cpus": int, "falco.host_open_fds": int,
    "falco.kernel_release": str, "falco.memory_pss_mb": float, "falco.memory_rss_mb": float,
    "falco.memory_vsz_mb": float, "falco.n_added_threads": int, "falco.n_threads": int,
    "falco.num_evts": int, "falco.num_evts_prev": int, "falco.outputs_queue_num_drops": int,
    "falco.reload_ts": int, "falco.rules.matches_total": int,
    "falco.sha256_rules_file.r_1_yaml": str, "falco.start_ts": int, "falco.version": str,
    "scap.engine_name": str, "scap.n_drops_perc": float,
}
# What there may be, depending on the machine and on what the events did.
MAYBE = re.compile(r"falco\.(host_netinfo\.interfaces\..+\.protocols\.ipv[46]\.addresses|"
                   r"host_procs_running|container_memory_used_mb|evts_rate_sec|rules\.Opened_it|"
                   r"n_(fds|(added|removed)_fds|removed_threads|failed_(fd|thread)_lookups|"
                   r"(stored|retrieved)_evts|(store|retrieve)_evts_drops|drops_full_threadtable))\Z"
                   r"|plugins\.container\.n_(containers|missing_container_images)\Z"
                   r"|eyas\.(alerts(_limited)?|outputs_(written|lost|retries|timeouts|waiting)|"
                   r"state_(mb|(fds|strings|owners|lookups)_refused|lookups_failed|clones_missed)|"
                   r"events_filtered|parts_damaged)\Z")


class Figures:
    def __init__(self, cases, folder):
        self.cases, self.folder = cases, folder
        self.rules = os.path.join(folder, "r-1.yaml")
        self.hash = hashlib.sha256(RULES.encode()).hexdigest()
        with open(self.rules, "w", encoding="utf-8") as file:
            file.write(RULES)
        with open(SAMPLE, "rb") as file:
            self.capture = file.read()

    def args(self, *more):
        return ["detect", "-R", self.rules, "--hostname", "me", "--matching", "all"] + list(more)

    def detect(self, *more, **options):
        return harness.run_eyas(self.args("-r", SAMPLE, *more), **options)


def check_fields(figures, fields, what):
    cases = figures.cases
    cases.equal(list(fields), sorted(fields), what + ": order of keys")
    for key, kind in ALWAYS.items():
        cases.check(isinstance(fields.get(key), kind), what + ": " + key, repr(fields.get(key)))
    cases.equal([key for key in fields if key not in ALWAYS and not MAYBE.match(key)], [],
                what + ": other keys")
    cases.equal(fields["falco.sha256_rules_file.r_1_yaml"], figures.hash, what + ": hash")
    cases.equal((fields["evt.hostname"], fields["evt.source"], fields["scap.engine_name"]),
                ("me", "syscall", "savefile"), what + ": texts")
    version = harness.run_eyas(["version"])[1].decode().split()[1]
    cases.equal(fields["falco.version"], version, what + ": version")


def file_and_alerts(figures):
    cases = figures.cases
    path = os.path.join(figures.folder, "figures")
    status, out, err = figures.detect("--stats-file", path, "--stats-interval", "1s500ms",
                                      "--stats-alerts", "-j")
    cases.equal((status, err), (0, b""), "file: status")
    with open(path, encoding="utf-8") as file:
        lines = [json.loads(line) for line in file]
    cases.equal([list(line) for line in lines], [["output_fields", "sample"]] * len(lines), "lines")
    cases.equal([line["sample"] for line in lines], list(range(1, len(lines) + 1)), "samples")
    cases.check(len(lines) >= 3, "several samples", len(lines))
    alerts = [json.loads(line) for line in out.decode().splitlines()]
    ours = [alert for alert in alerts if alert["source"] == "internal"]
    rules = [alert for alert in alerts if alert["source"] != "internal"]
    cases.equal([alert["output_fields"] for alert in ours], [line["output_fields"] for line in lines],
                "alerts have the same fields")
    cases.equal({(alert["rule"], alert["output"], alert["priority"]) for alert in ours},
                {("Eyas internal: metrics snapshot", "Eyas metrics snapshot", "Informational")},
                "alerts")
    before = 0
    for line in lines:
        fields = line["output_fields"]
        check_fields(figures, fields, "sample %d" % line["sample"])
        cases.equal(fields["falco.num_evts_prev"], before, "events before")
        cases.equal("falco.evts_rate_sec" in fields, before > 0, "rate from the second on")
        before = fields["falco.num_evts"]
    cases.equal((fields["falco.rules.matches_total"], fields["falco.rules.Opened_it"]),
                (len(rules), len(rules)), "matches")
    # Another run goes on in the same file; in text, fields stand in brackets.
    status, out, _ = figures.detect("--stats-file", path, "--stats-interval", "1d", "--stats-alerts")
    line = [line for line in out.decode().splitlines() if "metrics" in line]
    cases.equal(len(line), 1, "one sample at the end")
    cases.check(': Informational Eyas metrics snapshot (evt.hostname="me" evt.source="syscall" '
                "evt.time=" in line[0], "alert as text", line[0])
    with open(path, encoding="utf-8") as file:
        cases.equal(len(list(file)), len(lines) + 1, "appended")
    cases.end_group("file and alerts")


def losses(figures):
    cases = figures.cases
    status, _, err = figures.detect("-q", "--stats-file", "/dev/full", "--stats-interval", "1s")
    cases.equal(status, 1, "full disk: status")
    cases.equal(err.count(b"No space left"), 1, "full disk: told once: %r" % err)
    cases.check(b"'/dev/full': 3 lines of figures are lost" in err, "full disk: counted", err)
    status, out, err = figures.detect("--stats-file", "/nowhere/x")
    cases.equal((status, out, err), (1, b"", b"eyas: '/nowhere/x': No such file or directory\n"),
                "no folder")
    cases.end_group("losses")


def bad_options(figures):
    for args in (["--stats-interval", "1s"], ["--listen-cert", "x"],
                 ["--stats-file", "x", "--stats-interval", "5"],
                 ["--stats-file", "x", "--stats-interval", "1m1h"],
                 ["--stats-file", "x", "--stats-interval", "99ms"],
                 ["--stats-file", "x", "--stats-interval", "1s1s"],
                 ["--stats-file", "x", "--stats-interval", "-1s"],
                 ["--stats-file", "x", "--stats-interval", "1x"],
                 ["--stats-file", "x", "--stats-interval", ""],
                 ["--stats-file", "x", "--stats-interval", "99999999999999999999d"],
                 ["--listen", "x"], ["--listen", "1:2:3"], ["--listen", ":1"],
                 ["--listen", "127.0.0.1:65536"], ["--listen", "localhost:1"],
                 ["--listen", "[::1:1"], ["--listen", "127.0.0.1:"]):
        status, out, _ = figures.detect(*args)
        figures.cases.equal((status, out), (2, b""), " ".join(args))
    figures.cases.end_group("bad options")


class Running:
    """A detection with a web server, on events that come as long as feeding is on."""

    def __init__(self, figures, *more, certificate=None, feeding=True):
        args = figures.args("-q", "-r", "-", "--listen", "0", *more)
        if certificate:
            args += ["--listen-cert", certificate]
        self.context = ssl.create_default_context(cafile=certificate) if certificate else None
        self.process = subprocess.Popen([harness.EYAS] + args, stdin=subprocess.PIPE,
                                        stderr=subprocess.PIPE, env=harness.ENVIRONMENT)
        self.capture, self.feeding = figures.capture, feeding
        line = self.process.stderr.readline().decode()
        if "libmicrohttpd" in line:
            harness.skip(line)
        self.port = int(re.match(r"eyas: listening on 127\.0\.0\.1 port (\d+)\n", line).group(1))
        self.over = threading.Event()
        self.feeder = threading.Thread(target=self.feed)
        self.feeder.start()

    def feed(self):
        """The capture, over and over."""
        try:
            while not self.over.is_set():
                if self.feeding:
                    self.process.stdin.write(self.capture)
                    self.process.stdin.flush()
                self.over.wait(0.01)
        except BrokenPipeError:
            pass

    def __enter__(self):
        return self

    def __exit__(self, *args):
        self.over.set()
        self.feeder.join()
        try:
            self.process.stdin.close()
        except BrokenPipeError:
            pass
        self.rest = self.process.stderr.read()
        self.process.stderr.close()
        self.status = self.process.wait(60)

    def connect(self):
        if self.context:
            return http.client.HTTPSConnection("localhost", self.port, timeout=60,
                                               context=self.context)
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)

    def ask(self, path, method="GET", body=None):
        connection = self.connect()
        connection.request(method, path, body)
        answer = connection.getresponse()
        data = answer.read()
        connection.close()
        return answer.status, answer.headers["Content-Type"], data


def families(figures, data):
    try:
        return prometheus.parse(data)
    except prometheus.Error as error:
        figures.cases.check(False, "Prometheus' format", error)
        return {}


def check_text(figures, data):
    cases = figures.cases
    found = families(figures, data)

    def value(name, **labels):
        return found.get("falcosecurity_" + name, (None, {}))[1].get(tuple(sorted(labels.items())))

    cases.equal([name for name in found if not name.startswith(("falcosecurity_", "eyas_"))], [],
                "prefix")
    cases.check(found["eyas_state_bytes"][1][()] > 1000, "memory of the state")
    cases.equal(value("falco_sha256_rules_files_info", file_name="r-1.yaml", sha256=figures.hash),
                1.0, "hash")
    cases.equal(value("scap_engine_name_info", engine_name="savefile", evt_source="syscall"), 1.0,
                "engine")
    cases.equal(value("evt_hostname_info", hostname="me"), 1.0, "hostname")
    cases.check(value("falco_memory_rss_bytes") > 1 << 20, "memory")
    cases.check(0 <= value("falco_host_cpu_usage_ratio") <= 1, "CPU of the machine")
    cases.check(value("falco_start_timestamp_nanoseconds") > 1.6e18, "start")
    matches = found["falcosecurity_falco_rules_matches_total"]
    cases.equal(matches[0], "counter", "matches only grow")
    cases.equal([dict(labels) for labels in matches[1]],
                [{"priority": "5", "rule_name": 'Opened "it"', "source": "syscall",
                  "tag_a": "true", "tag_b_c": "true"},
                 {"priority": "7", "rule_name": "Opened (it)", "source": "syscall"}], "rules")
    for name, kind in (("falco_duration_seconds_total", "counter"),
                       ("falco_host_num_cpus_total", "gauge"),
                       ("falco_outputs_queue_num_drops_total", "counter"),
                       ("falco_host_open_fds_total", "gauge"), ("scap_n_threads_total", "gauge"),
                       ("scap_n_added_threads_total", "counter"),
                       ("plugins_container_n_containers_total", "gauge")):
        cases.equal(found.get("falcosecurity_" + name, (None,))[0], kind, name)


def pages(figures):
    cases = figures.cases
    with Running(figures) as web:
        cases.equal(web.ask("/healthz"), (200, "application/json", b'{"status": "ok"}'), "healthz")
        status, kind, data = web.ask("/versions")
        cases.equal((status, kind), (200, "application/json"), "versions")
        cases.equal(sorted(json.loads(data)), ["engine_version_semver", "eyas_version"], "versions")
        cases.equal(web.ask("/healthz", "HEAD"), (200, "application/json", b""), "HEAD")
        cases.equal(web.ask("/nothing")[0], 404, "404")
        cases.equal(web.ask("/healthz", "POST", b"x" * 100000)[0], 405, "405")
        for _ in range(1000):
            status, kind, data = web.ask("/metrics")
            if status == 200 and b"rules_matches" in data:
                break
            time.sleep(0.02)
        cases.equal((status, kind), (200, "text/plain; version=0.0.4"), "metrics")
        check_text(figures, data)
        taken = harness.run_eyas(figures.args("-r", SAMPLE, "--listen", "127.0.0.1:%d" % web.port))
        cases.equal(taken[0], 1, "port in use")
        cases.check(b"cannot listen on 127.0.0.1 port %d: Address already in use" % web.port
                    in taken[2], "port in use", taken[2])
        many(cases, web)
    cases.equal((web.status, web.rest), (0, b""), "the end")
    cases.end_group("pages")


def many(cases, web):
    """A hundred connections at a time, all asking before any of them listens."""
    connections = [web.connect() for _ in range(100)]
    for number, connection in enumerate(connections):
        connection.request("GET", "/metrics" if number % 2 else "/healthz")
    answers = [connection.getresponse() for connection in connections]
    cases.equal({answer.status for answer in answers}, {200}, "a hundred connections")
    for connection in connections:
        connection.close()
    # Others that say nothing, or nonsense, keep nobody from an answer.
    strangers = [socket.create_connection(("127.0.0.1", web.port)) for _ in range(100)]
    for number, stranger in enumerate(strangers):
        try:
            stranger.sendall((b"GET /metrics HT", b"\0\1\2\r\n\r\n", b"")[number % 3])
        except ConnectionError:
            pass
    status = None
    for _ in range(1000):
        try:
            status = web.ask("/healthz")[0]
            break
        except (ConnectionError, http.client.HTTPException):
            time.sleep(0.02)  # the server has not seen the end of the others yet
    cases.equal(status, 200, "with a hundred strangers")
    for stranger in strangers:
        stranger.close()


def silence(figures):
    """No events: there is an answer about health, and one that says that there are no figures."""
    cases = figures.cases
    with Running(figures, feeding=False) as web:
        waiting = web.connect()
        waiting.request("GET", "/metrics")
        cases.equal(web.ask("/healthz")[0], 200, "healthz meanwhile")
        answer = waiting.getresponse()
        cases.equal((answer.status, answer.read()), (503, b"the detection does not answer\n"),
                    "no figures")
        waiting.close()
        web.process.send_signal(signal.SIGTERM)
        web.feeding = True
    cases.equal(web.status, 0, "the end")
    cases.end_group("silence")


def tls(figures):
    cases = figures.cases
    if not shutil.which("openssl"):
        cases.skip("no openssl")
        return
    for kind in (["rsa:2048"], ["ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"]):
        path = os.path.join(figures.folder, "one.pem")
        subprocess.run(["openssl", "req", "-x509", "-newkey"] + kind +
                       ["-nodes", "-days", "2", "-subj", "/CN=localhost", "-addext",
                        "subjectAltName=DNS:localhost", "-keyout", path, "-out", path + ".crt"],
                       check=True, capture_output=True)
        with open(path, "a", encoding="utf-8") as both, open(path + ".crt",
                                                             encoding="utf-8") as cert:
            both.write(cert.read())
        with Running(figures, certificate=path) as web:
            cases.equal(web.ask("/healthz"), (200, "application/json", b'{"status": "ok"}'),
                        "TLS: " + kind[0])
            plain = socket.create_connection(("127.0.0.1", web.port))
            plain.sendall(b"GET /healthz HTTP/1.0\r\n\r\n")
            cases.check(b"200" not in plain.recv(100), "no TLS, no answer")
            plain.close()
        cases.equal((web.status, web.rest), (0, b""), "TLS: the end")
    status, out, err = figures.detect("--listen", "0", "--listen-cert", path + ".crt")
    cases.equal((status, out), (1, b""), "no key")
    cases.check(b"the web server does not start: " in err, "no key", err)
    cases.end_group("TLS")


def falco(figures):
    """By Falco's configuration, with an engine that brings no events."""
    cases = figures.cases
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    config = os.path.join(figures.folder, "falco.yaml")
    with open(config, "w", encoding="utf-8") as file:
        json.dump({"rules_files": [figures.rules], "log_syslog": False, "json_output": True,
                   "stdout_output": {"enabled": True}}, file)
    args = [harness.EYAS, "as", "falco", "-c", config]
    for option in ("engine.kind=nodriver", "metrics.enabled=true", "metrics.output_rule=true",
                   "metrics.interval=100ms", "metrics.rules_counters_enabled=false",
                   "webserver.enabled=true", "webserver.listen_port=%d" % port,
                   "webserver.prometheus_metrics_enabled=true"):
        args += ["-o", option]
    process = subprocess.Popen(args, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, env=harness.ENVIRONMENT)
    data = None
    while process.poll() is None and not data:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
            connection.request("GET", "/metrics")
            answer = connection.getresponse()
            data = answer.read() if answer.status == 200 else None
            connection.close()
        except OSError:
            time.sleep(0.02)
    found = families(figures, data or b"")
    cases.equal([name for name in found if not name.startswith("falcosecurity_")], [], "names")
    cases.equal(list(found.get("falcosecurity_scap_engine_name_info", (None, {}))[1]),
                [(("engine_name", "nodriver"), ("evt_source", "syscall"))], "engine")
    cases.equal(sorted(dict(labels)["file_name"] for kind in ("rules", "config") for labels in
                       found.get("falcosecurity_falco_sha256_%s_files_info" % kind, (0, {}))[1]),
                ["falco.yaml", "r-1.yaml"], "files")
    line = process.stdout.readline()
    process.send_signal(signal.SIGTERM)
    process.communicate()
    cases.equal(process.returncode, 0, "the end")
    alert = json.loads(line)
    cases.equal((alert["rule"], alert["output"]),
                ("Falco internal: metrics snapshot", "Falco metrics snapshot"), "alert")
    cases.check("falco.rules.matches_total" not in alert["output_fields"], "what is switched off")
    cases.end_group("eyas as falco")


def reopen(figures):
    """The file is opened anew, so that it can be rotated."""
    cases = figures.cases
    path = os.path.join(figures.folder, "rotated")
    with Running(figures, "--stats-file", path, "--stats-interval", "100ms") as web:
        for _ in range(1000):
            if os.path.exists(path) and os.path.getsize(path):
                break
            time.sleep(0.02)
        os.rename(path, path + ".1")
        web.process.send_signal(signal.SIGUSR1)
    cases.equal(web.status, 0, "the end")
    old, new = (sum(1 for _ in open(name, encoding="utf-8")) for name in (path + ".1", path))
    cases.check(old and new, "lines in both files", (old, new))
    cases.end_group("opened anew")


def main():
    def run(folder):
        figures = Figures(harness.Cases(), folder)
        for part in file_and_alerts, losses, bad_options, pages, silence, tls, reopen, falco:
            part(figures)
        return figures.cases
    harness.in_temp(run).done()


if __name__ == "__main__":
    main()
