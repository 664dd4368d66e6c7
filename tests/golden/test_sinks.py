#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Alerts on their way: options of --sink, servers of HTTP that answer, refuse, hang, want TLS."""
import gzip
import http.server
import json
import os
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import threading

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import harness  # noqa: E402

SAMPLE = "tests/data/sample.scap"
RULES = """
- rule: Opened
  desc: a test
  condition: evt.type in (open, openat)
  output: "*opened \\"%fd.name\\" by %proc.name"
  priority: NOTICE
  tags: [b, a]
"""


class Server:
    """Answers requests with the statuses that are given, the last one again and again."""

    def __init__(self, statuses=(200,), context=None, hang=False):
        outer = self
        self.requests = []
        self.go = threading.Event()

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                number = min(len(outer.requests), len(statuses) - 1)
                outer.requests.append((dict(self.headers), body))
                if hang:
                    outer.go.wait()
                self.send_response(statuses[number])
                self.end_headers()
                self.wfile.write(b"answer\n")

            def log_message(self, *args):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.server.handle_error = lambda *args: None
        if context:
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.url = "%s://localhost:%d/x" % ("https" if context else "http",
                                            self.server.server_address[1])
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *args):
        self.go.set()
        self.server.shutdown()
        self.server.server_close()


class Sinks:
    def __init__(self, cases, folder):
        self.cases, self.folder = cases, folder
        self.rules = os.path.join(folder, "rules.yaml")
        with open(self.rules, "w", encoding="utf-8") as file:
            file.write(RULES)
        status, out, _ = self.detect()
        self.lines = out.decode().splitlines()
        cases.equal((status, len(self.lines) > 1), (0, True), "standard output")

    def detect(self, *args, **options):
        return harness.run_eyas(["detect", "-R", self.rules, "--hostname", "me", "-r", SAMPLE]
                                + list(args), **options)

    def post(self, server, *settings, more=()):
        args = ["--sink", "http=" + server.url, "--sink-opt", "retry-pause=0.001"]
        for setting in settings:
            args += ["--sink-opt", setting]
        return self.detect(*args, *more)

    def check_lost(self, result, count, words, what):
        status, _, err = result
        self.cases.equal(status, 1, what + ": exit status")
        self.cases.equal("%d alerts are lost" % count in err.decode(), True, what + ": " + repr(err))
        self.cases.equal(words in err.decode(), True, what + ": " + repr(err))


def json_keys(sinks):
    cases = sinks.cases
    _, out, _ = sinks.detect("-o", "json", "--message")
    alert = json.loads(out.decode().splitlines()[0])
    cases.equal(list(alert), ["hostname", "message", "output", "output_fields", "priority", "rule",
                              "source", "tags", "time"], "all keys in order")
    cases.equal(alert["message"].startswith('opened "'), True, "message")
    cases.equal(alert["output"].endswith(": Notice " + alert["message"]), True, "output")
    cases.equal(alert["tags"], ["a", "b"], "tags")
    _, out, _ = sinks.detect("-o", "json", "--no-text", "--no-fields", "--no-tags")
    cases.equal(list(json.loads(out.decode().splitlines()[0])),
                ["hostname", "priority", "rule", "source", "time"], "fewest keys")
    cases.equal(': Notice opened \\"' in sinks.lines[0], True, "text is escaped")
    status, out, err = sinks.detect("--rate", "0.000001", "--max-burst", "1")
    cases.equal((status, len(out.splitlines())), (0, 1), "rate")
    cases.equal(("%d alerts are left out" % (len(sinks.lines) - 1)).encode() in err, True, "rate")
    cases.end_group("formats")


def plain_sinks(sinks):
    cases, count = sinks.cases, len(sinks.lines)
    path, other = (os.path.join(sinks.folder, name) for name in ("file", "program"))
    status, out, err = sinks.detect(
        "-v", "--sink", "file=" + path, "--sink", "program=cat > " + other,
        "--sink-opt", "keep-alive=yes", "--sink-opt", "grace=60", "--sink", "stdout")
    cases.equal((status, out.decode().splitlines()), (0, sinks.lines), "three sinks")
    for name in path, other:
        with open(name, encoding="utf-8") as file:
            cases.equal(file.read().splitlines(), sinks.lines, name)
    cases.equal(("file %s: alerts %d, written %d," % (path, count, count)).encode() in err, True,
                "counters")
    sinks.check_lost(sinks.detect("--sink", "file=/nowhere/x", "--sink-opt", "retry-pause=0.001"),
                     count, "No such file or directory", "no folder")
    with open("/dev/full", "wb") as full:
        sinks.check_lost(sinks.detect(stdout=full), count, "No space left", "full disk")
    cases.end_group("files and programs")


def bad_options(sinks):
    for args in (["--sink", "nothing"], ["--sink", "file="], ["--sink", "file"],
                 ["--sink", "stdout=x"], ["--sink-opt", "retries=1"],
                 ["--sink", "stdout", "--sink-opt", "ident=x"],
                 ["--sink", "stdout", "--sink-opt", "what=x"],
                 ["--sink", "stdout", "--sink-opt", "retries"],
                 ["--sink", "stdout", "--sink-opt", "retries=-1"],
                 ["--sink", "stdout", "--sink-opt", "timeout=0"],
                 ["--sink", "http=http://x", "--sink-opt", "insecure=maybe"],
                 ["--rate", "0"], ["--max-burst", "x"], ["--sink", "stdout"] * 17):
        status, out, _ = sinks.detect(*args)
        sinks.cases.equal((status, out), (2, b""), " ".join(args))
    for args in (["--sink", "http=ftp://x/"],
                 ["--sink", "http=https://x/", "--sink-opt", "ca=/nowhere"]):
        sinks.cases.equal(sinks.detect(*args)[0], 1, " ".join(args))
    sinks.cases.end_group("bad options")


def servers(sinks):
    cases, lines = sinks.cases, sinks.lines
    with Server() as server:
        cases.equal(sinks.post(server)[:2], (0, b""), "HTTP: status, no echo")
        cases.equal([body.decode() for _, body in server.requests], lines, "HTTP: bodies")
        head = server.requests[0][0]
        cases.equal(head["Content-Type"], "text/plain", "HTTP: type")
        cases.equal(head["User-Agent"].split("/")[0], "eyas", "HTTP: agent")
    with Server() as server:
        result = sinks.post(server, "compress=yes", "user-agent=me/1", "echo=yes", "keep-alive=yes",
                            more=["-o", "json"])
        cases.equal(result[:2], (0, b"answer\n" * len(lines)), "HTTP: echo")
        head, body = server.requests[0]
        cases.equal((head["Content-Type"], head["User-Agent"], head["Content-Encoding"]),
                    ("application/json", "me/1", "gzip"), "HTTP: headers")
        cases.equal(json.loads(gzip.decompress(body))["rule"], "Opened", "HTTP: gzip")
    with Server((503, 500, 200)) as server:
        cases.equal(sinks.post(server)[0], 0, "HTTP 503, then better")
        cases.equal(len(server.requests), len(lines) + 2, "HTTP 503: requests")
    with Server((500,)) as server:
        sinks.check_lost(sinks.post(server, "retries=2"), len(lines), "status 500", "HTTP 500")
        cases.equal(len(server.requests), len(lines) + 2, "HTTP 500: requests")
    with Server((404,)) as server:
        sinks.check_lost(sinks.post(server), len(lines), "status 404", "HTTP 404")
        cases.equal(len(server.requests), len(lines), "HTTP 404 is not tried again")
    with Server(hang=True) as server:
        sinks.check_lost(sinks.post(server, "retries=1", "request-timeout=0.05", "timeout=0.01"),
                         len(lines), "timed out", "HTTP: hangs")
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        args = ["--sink", "http=http://127.0.0.1:%d/" % closed.getsockname()[1],
                "--sink-opt", "retries=0"]
        sinks.check_lost(sinks.detect(*args), len(lines), "connect", "HTTP: closed")
    cases.end_group("servers")


def certificates(folder):
    """An authority's certificate, and one by it for the server and the client each."""
    def openssl(*args):
        subprocess.run(["openssl"] + list(args), cwd=folder, check=True, capture_output=True)
    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=authority",
            "-keyout", "ca.key", "-out", "ca.pem")
    with open(os.path.join(folder, "names"), "w", encoding="utf-8") as file:
        file.write("subjectAltName=DNS:localhost\n")
    for name in "server", "client":
        openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=" + name,
                "-keyout", name + ".key", "-out", name + ".csr")
        openssl("x509", "-req", "-in", name + ".csr", "-CA", "ca.pem", "-CAkey", "ca.key",
                "-CAcreateserial", "-days", "2", "-extfile", "names", "-out", name + ".pem")


def tls(sinks):
    cases, lines = sinks.cases, sinks.lines
    if not shutil.which("openssl"):
        print("skipped: TLS, for want of openssl")
        return
    certificates(sinks.folder)
    path = {name: os.path.join(sinks.folder, name) for name in
            ("ca.pem", "server.pem", "server.key", "client.pem", "client.key")}
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path["server.pem"], path["server.key"])
    with Server(context=context) as server:
        sinks.check_lost(sinks.post(server, "retries=0"), len(lines), "ertificate", "TLS: unknown")
        cases.equal(server.requests, [], "TLS: nothing goes to a stranger")
        cases.equal(sinks.post(server, "insecure=yes")[0], 0, "TLS: insecure")
        cases.equal(sinks.post(server, "ca=" + path["ca.pem"])[0], 0, "TLS: authority")
        cases.equal(len(server.requests), 2 * len(lines), "TLS: requests")
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(path["ca.pem"])
    with Server(context=context) as server:
        ca = "ca=" + path["ca.pem"]
        status = sinks.post(server, ca, "retries=0")[0]
        cases.equal((status, server.requests), (1, []), "mTLS: without a certificate")
        status = sinks.post(server, ca, "cert=" + path["client.pem"], "key=" + path["client.key"])[0]
        cases.equal((status, len(server.requests)), (0, len(lines)), "mTLS: with one")
    cases.end_group("TLS")


def reopens(sinks):
    """SIGUSR1 once the input is open, when it is caught."""
    path = os.path.join(sinks.folder, "rotated")
    fifo = os.path.join(sinks.folder, "fifo")
    os.mkfifo(fifo)
    with subprocess.Popen([harness.EYAS, "detect", "-R", sinks.rules, "-r", fifo, "--sink",
                           "file=" + path, "--sink-opt", "keep-alive=yes"],
                          env=harness.ENVIRONMENT) as process:
        with open(fifo, "wb") as to, open(SAMPLE, "rb") as sample:
            process.send_signal(signal.SIGUSR1)
            to.write(sample.read())
        sinks.cases.equal(process.wait(60), 0, "SIGUSR1 is no end")
    with open(path, encoding="utf-8") as file:
        sinks.cases.equal(file.read().splitlines(), sinks.lines, "SIGUSR1 loses nothing")
    sinks.cases.end_group("signals")


def main():
    cases = harness.Cases()
    with tempfile.TemporaryDirectory() as folder:
        sinks = Sinks(cases, folder)
        json_keys(sinks)
        plain_sinks(sinks)
        bad_options(sinks)
        servers(sinks)
        tls(sinks)
        reopens(sinks)
    cases.done()


main()
