#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""
Figures of a detection on this machine: those of the probe, of a process that does nothing else, by
eyas detect and by eyas as falco. Needs the rights and the kernel that the probe needs.
"""
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import harness  # noqa: E402
import prometheus  # noqa: E402

PATIENCE = 60
RULES = "- {rule: Never, desc: d, condition: evt.type = open and proc.name = no, output: o, priority: INFO}\n"
DROPS = ("clone_fork", "execve", "connect", "open", "dir_file", "other_interest", "close", "proc")
SWITCH = "/proc/sys/kernel/bpf_stats_enabled"


def ask(port, path):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    connection.request("GET", path)
    answer = connection.getresponse()
    data = answer.read()
    connection.close()
    return answer.status, data


def lines_of(path):
    if not os.path.exists(path):
        return []
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file.read().splitlines(True) if line.endswith("\n")]


def check_kernel(cases, data):
    found = prometheus.parse(data)

    def samples(name):
        return found.get("falcosecurity_" + name, (None, {}))[1]

    def value(name, **labels):
        return samples(name).get(tuple(sorted(labels.items())))

    events = value("scap_n_evts_total")
    cases.check(events is not None, "events of the kernel")
    cases.check(samples("scap_n_evts_cpu_total"), "of each CPU")
    cases.equal(set(samples("scap_n_evts_cpu_total")), set(samples("scap_n_drops_cpu_total")),
                "the same CPUs")
    for kind in DROPS:
        cases.check(value("scap_n_drops_buffer_total", dir="exit", drop=kind) is not None, kind)
    cases.equal(value("scap_engine_name_info", engine_name="modern_bpf", evt_source="syscall"), 1.0,
                "engine")
    cases.check(value("scap_n_threads_total") > 0, "threads")
    cases.check(found["eyas_rings_bytes"][1][()] > 0, "rings")
    cases.check(any(name.endswith("_run_cnt_total") for name in found) == (switch() == "1"),
                "programs are told of while the kernel counts their runs")


def switch():
    try:
        with open(SWITCH, encoding="ascii") as file:
            return file.read().strip()
    except OSError:
        return "0"


def quiet(cases, folder):
    """Only a process that sleeps is followed: nothing happens, and yet there are figures."""
    rules, path = os.path.join(folder, "rules.yaml"), os.path.join(folder, "figures")
    with open(rules, "w", encoding="utf-8") as file:
        file.write(RULES)
    sleeper = subprocess.Popen(["sleep", "1000"])
    before = switch()
    try:
        with open(SWITCH, "w", encoding="ascii") as file:
            file.write("1")
    except OSError:
        pass
    process = subprocess.Popen(
        [harness.EYAS, "detect", "-q", "-R", rules, "--pid", str(sleeper.pid), "--stats-file", path,
         "--stats-interval", "200ms", "--listen", "0"],
        stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, env=harness.ENVIRONMENT)
    try:
        line = process.stderr.readline().decode()
        found = re.match(r"eyas: listening on 127\.0\.0\.1 port (\d+)\n", line)
        if not found:
            harness.skip("no detection on this machine: " + line)
        port = int(found.group(1))
        if not harness.wait_until(lambda: process.poll() is not None or ask(port, "/metrics")[0] == 200):
            cases.check(False, "figures")
        if process.poll() is not None:
            harness.skip("no detection on this machine: " + process.stderr.read().decode())
        harness.wait_until(lambda: len(lines_of(path)) > 2)
        check_kernel(cases, ask(port, "/metrics")[1])
    finally:
        process.send_signal(signal.SIGTERM)
        rest = process.stderr.read()
        cases.equal((process.wait(PATIENCE), rest), (0, b""), "the end")
        sleeper.kill()
        sleeper.wait()
        if switch() != before:
            with open(SWITCH, "w", encoding="ascii") as file:
                file.write(before)
    lines = lines_of(path)
    cases.check(len(lines) > 2, "a quiet machine has figures", len(lines))
    fields = lines[1]["output_fields"]
    for key in ("scap.n_evts", "scap.n_evts_prev", "scap.n_drops", "scap.n_drops_prev",
                "scap.evts_rate_sec", "scap.evts_drop_rate_sec", "scap.n_drops_perc"):
        cases.check(key in fields, key)
    cases.equal(fields["scap.engine_name"], "modern_bpf", "engine")
    apart = lines[2]["output_fields"]["evt.time"] - fields["evt.time"]
    cases.check(apart > 0, "by the machine's clock", apart)
    cases.end_group("eyas detect")


def free_port():
    """One that nobody has, as far as one can know."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def falco(cases, folder):
    """The same by falco.yaml: alerts, a file, the server with a path of its own."""
    config, path = os.path.join(folder, "falco.yaml"), os.path.join(folder, "falco.jsonl")
    port = free_port()
    with open(config, "w", encoding="utf-8") as file:
        json.dump({"rules_files": [os.path.join(folder, "rules.yaml")], "json_output": True,
                   "stdout_output": {"enabled": True}, "log_syslog": False,
                   "engine": {"kind": "modern_ebpf"},
                   "webserver": {"enabled": True, "listen_address": "127.0.0.1",
                                 "listen_port": port, "k8s_healthz_endpoint": "/well",
                                 "prometheus_metrics_enabled": True},
                   "metrics": {"enabled": True, "interval": "200ms", "output_rule": True,
                               "output_file": path, "convert_memory_to_mb": False,
                               "state_counters_enabled": False}}, file)
    process = subprocess.Popen([harness.EYAS, "as", "falco", "-c", config], stdin=subprocess.DEVNULL,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                               env=harness.ENVIRONMENT)
    harness.wait_until(lambda: process.poll() is not None or len(lines_of(path)) > 2)
    if process.poll() is None:
        cases.equal(ask(port, "/well"), (200, b'{"status": "ok"}'), "healthz")
        cases.equal(ask(port, "/healthz")[0], 404, "another path")
        cases.check("falco_version" in json.loads(ask(port, "/versions")[1]), "versions")
        found = prometheus.parse(ask(port, "/metrics")[1])
        cases.check("falcosecurity_falco_sha256_config_files_info" in found, "configuration")
        cases.check("falcosecurity_scap_n_threads_total" not in found, "what is switched off")
        cases.check(found["falcosecurity_scap_n_evts_total"][1][()] > 0, "events of the kernel")
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=PATIENCE)
    cases.equal(process.returncode, 0, "the end: %r" % err[-300:])
    # A busy machine may have lost events, and alerts tell of that.
    alerts = [json.loads(line) for line in out.decode().splitlines() if line.startswith("{")]
    alerts = [alert for alert in alerts if alert["rule"] == "Falco internal: metrics snapshot"]
    lines = lines_of(path)
    cases.equal({(alert["output"], alert["priority"]) for alert in alerts},
                {("Falco metrics snapshot", "Informational")}, "alerts")
    cases.equal([alert["output_fields"] for alert in alerts],
                [line["output_fields"] for line in lines], "the same fields")
    fields = lines[0]["output_fields"]
    cases.check("falco.memory_rss_kb" in fields and "falco.memory_rss_mb" not in fields, "units")
    cases.check("falco.n_threads" not in fields, "what is switched off")
    cases.equal(fields["falco.version"], "0.44.0", "version")
    cases.end_group("eyas as falco")


def main():
    if os.geteuid() != 0:
        harness.skip("not root")

    def run(folder):
        cases = harness.Cases()
        quiet(cases, folder)
        falco(cases, folder)
        return cases
    harness.in_temp(run).done()


if __name__ == "__main__":
    main()
