# SPDX-License-Identifier: Apache-2.0
"""What the test scripts share: running the command, reporting, finding outside data."""
import array
import fcntl
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import termios
import time

EYAS = os.path.abspath(os.environ.get("EYAS", "build/eyas"))
DATA = os.environ.get("EYAS_TESTDATA", "../shared")
SKIP_STATUS = 77
ADDRESS_SPACE = 256 << 20
MESSAGES_SHOWN = 10


def has_asan(path):
    """Whether a program was built with AddressSanitizer, which maps terabytes."""
    if "EYAS_ASAN" in os.environ:
        return os.environ["EYAS_ASAN"] == "1"
    with open(path, "rb") as program:
        return b"__asan_init" in program.read()


def limit_memory():
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))


def environment():
    """Of the command: one time zone, plain messages, sanitizers that end with a signal."""
    env = dict(os.environ, TZ="UTC", LC_ALL="C")
    env["ASAN_OPTIONS"] = "abort_on_error=1:detect_leaks=1:" + env.get("ASAN_OPTIONS", "")
    env["UBSAN_OPTIONS"] = "halt_on_error=1:abort_on_error=1:" + env.get("UBSAN_OPTIONS", "")
    return env


ENVIRONMENT = environment()


def run_eyas(args, input_=None, limited=False, timeout=120, **options):
    """Run the command: (status, stdout, stderr). A status below 0 is a death by that signal."""
    if input_ is None:
        options.setdefault("stdin", subprocess.DEVNULL)
    else:
        options["input"] = input_
    options.setdefault("stdout", subprocess.PIPE)
    options.setdefault("stderr", subprocess.PIPE)
    options.setdefault("env", ENVIRONMENT)
    done = subprocess.run([EYAS] + [str(arg) for arg in args], timeout=timeout,
                          preexec_fn=limit_memory if limited else None, check=False, **options)
    return done.returncode, done.stdout, done.stderr


def text(data):
    """Output for a person to read."""
    return data.decode("utf-8", "replace")


def wait_until(condition, seconds=60):
    """What the condition gives once that is true; its last answer if it does not become so."""
    end = time.monotonic() + seconds
    found = condition()
    while not found and time.monotonic() < end:
        time.sleep(0.02)
        found = condition()
    return found


def write_text(path, content):
    with open(path, "w", encoding="utf-8") as file:
        file.write(content)


def unread(pipe):
    """Bytes in a pipe that its reader has not taken."""
    count = array.array("i", [0])
    fcntl.ioctl(pipe, termios.FIONREAD, count)
    return count[0]


def info(args, input_=None):
    """`eyas info -o json`: (status, the object, stderr)."""
    status, out, err = run_eyas(["info", "-o", "json"] + list(args), input_)
    return status, json.loads(out.decode("utf-8")) if out else None, err


def skip(reason):
    """End the script as skipped."""
    print("skipped: " + reason)
    sys.exit(SKIP_STATUS)


def data_path(*parts):
    return os.path.join(DATA, *parts)


def captures():
    """Names of the outside captures, [] where there are none."""
    folder = data_path("data", "captures")
    if not os.path.isdir(folder):
        return []
    return sorted(name[:-5] for name in os.listdir(folder) if name.endswith(".scap"))


def capture_path(name):
    return data_path("data", "captures", name + ".scap")


def need_captures():
    """Names of the outside captures, or the end of the script."""
    names = captures()
    if not names:
        skip("no captures in $EYAS_TESTDATA/data/captures")
    return names


def need_reference():
    folder = data_path("reference")
    if not os.path.isfile(os.path.join(folder, "events.tsv")):
        skip("no tables in $EYAS_TESTDATA/reference")
    return folder


def in_temp(function):
    """Run a function in a folder of its own that is gone afterwards."""
    folder = tempfile.mkdtemp(prefix="eyas-test-")
    try:
        return function(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class Cases:
    """Counts checks by group. Leaving a group prints its line; done() ends the script."""

    def __init__(self):
        self.passed = self.failed = self.skipped = 0
        self.group_passed = self.group_failed = 0

    def check(self, good, what, detail=""):
        """One check; a failed one is printed with its detail."""
        if good:
            self.passed += 1
            self.group_passed += 1
            return True
        self.failed += 1
        self.group_failed += 1
        if self.group_failed <= MESSAGES_SHOWN:
            print("FAILED: %s%s" % (what, ": %s" % (detail,) if detail != "" else ""))
        elif self.group_failed == MESSAGES_SHOWN + 1:
            print("FAILED: there are more of this group")
        return False

    def equal(self, got, expected, what):
        return self.check(got == expected, what, "got %.300r, expected %.300r" % (got, expected))

    def wait_for(self, condition, what):
        """Until it is true; a false end of the wait is a failed check."""
        return wait_until(condition) or self.check(False, "waited for " + what)

    def skip(self, reason):
        self.skipped += 1
        print("skipped: " + reason)

    def end_group(self, title):
        print("%s: %d checks, %d failed" % (title, self.group_passed + self.group_failed,
                                            self.group_failed))
        sys.stdout.flush()
        self.group_passed = self.group_failed = 0

    def done(self):
        print("%d passed, %d failed, %d skipped" % (self.passed, self.failed, self.skipped),
              file=sys.stderr)
        sys.exit(1 if self.failed else 0)
