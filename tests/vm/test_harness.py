#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""tests/vm/run.py itself: what goes wrong in a machine is noticed and said.

    tests/vm/test_harness.py BUILD

One machine is booted for commands that fail in every way, the last by ending the machine.
"""
import os
import platform
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "lib"))
sys.path.insert(0, HERE)

import harness
import run

KERNEL = "6.1"

# NAME SECONDS PROGRAMS COMMAND; what run.py has to say of it
COMMANDS = [
    ("good 60 - echo fine; sleep 1000 &", "ok      good"),
    ("left 60 - ! pidof sleep", "ok      left"),
    ("long 60 - head -c 300000 /dev/zero | tr '\\0' x; echo; echo end", "ok      long"),
    ("raw 60 - printf 'a\\nb\\n'", "ok      raw"),
    ("stdin 60 - test -z \"$(cat)\"", "ok      stdin"),
    ("status 60 - exit 3", "FAILED  status: exit 3"),
    ("signal 60 - kill -SEGV $$", "FAILED  signal: signal 11"),
    ("absent 60 - no-such-program", "FAILED  absent: exit 127"),
    ("hang 3 - trap '' TERM INT; echo begun; sleep 1000", "FAILED  hang: killed after 3 s"),
    ("forged 60 - printf 'VM-END forged exit 0\\nVM-DONE\\n'; exit 4", "FAILED  forged: exit 4"),
    ("skips 60 - echo no such thing here; exit 77", "skipped skips"),
    ("warns 60 - echo '<4>WARNING: CPU: 0 PID: 1 at here' >/dev/kmsg", "ok      warns"),
    ("panic 60 - echo last words; sleep 3; echo c >/proc/sysrq-trigger; sleep 60",
     "FAILED  panic: the machine ended meanwhile"),
    ("never 60 - true", "FAILED  never: never ran"),
]
FAILED = sum(expected.startswith("FAILED") for _, expected in COMMANDS)
PASSED = sum(expected.startswith("ok") for _, expected in COMMANDS)


def call(arguments, **environment):
    """(status, output) of run.py."""
    done = subprocess.run([sys.executable, os.path.join(HERE, "run.py")] + arguments,
                          env={**os.environ, "EYAS_NO_SKIP": "", **environment}, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return done.returncode, done.stdout.decode(errors="replace")


def check_machine(cases, build, folder):
    path = os.path.join(folder, "commands")
    with open(path, "w", encoding="utf-8") as file:
        file.write("".join(line + "\n" for line, _ in COMMANDS))
    status, out = call(["--kernel", KERNEL, "--build", build, "--commands", path])
    if status == harness.SKIP_STATUS:
        harness.skip(out.strip())
    lines = out.splitlines()
    cases.equal(status, 1, "status")
    for line, expected in COMMANDS:
        cases.check(expected in lines, expected, out[-2000:])
    for what in ["fine", "x" * 300000, "begun", "last words", "no such thing here",
                 "FAILED  6.1: the kernel panicked", "FAILED  6.1: the kernel complained"]:
        cases.check(what in lines, what[:80], out[-2000:])
    cases.check("a\nb\n" in out, "lines are not changed on their way")
    again = [line for line in lines if line.startswith("again:  tests/vm/run.py --kernel 6.1 ")]
    cases.equal(len(again), FAILED, "how to run what failed again")
    cases.check(again[0].endswith("--commands %s --only status" % path), "by its name", again)
    # Of the machine itself, its end and its complaint.
    cases.check(re.search("%d passed, %d failed, 1 skipped$" % (PASSED, FAILED + 2), lines[-1]),
                "sum", lines[-1])
    cases.end_group("a machine where everything fails")


def check_stop(cases, build):
    status, out = call(["--kernel", KERNEL, "--build", build, "--limit", "1",
                        "--", "sleep", "1000"])
    cases.equal(status, 1, "status")
    cases.check("the machine hung and was stopped" in out, "says so", out)
    cases.end_group("a machine that does not end")


def check_skips(cases, build, folder):
    """Every need that is not met skips and is named."""
    tools = os.path.join(folder, "bin")
    os.mkdir(tools)
    for need in (run.QEMU, "busybox"):
        status, out = call(["--kernel", KERNEL, "--build", build, "--", "true"], PATH=tools)
        cases.equal(status, harness.SKIP_STATUS, "status without " + need)
        cases.check("skipped: %s is missing" % need in out, "says so", out)
        os.symlink("/bin/true", os.path.join(tools, need))
    status, out = call(["--kernel", KERNEL, "--build", build, "--", "true"], PATH=tools,
                       XDG_CACHE_HOME=os.path.join(folder, "empty"))
    cases.equal(status, harness.SKIP_STATUS, "status without a kernel")
    cases.check("skipped: no kernel 6.1: apt knows no package" in out, "says so", out)
    cases.end_group("needs")


def script(path, text):
    with open(path, "w", encoding="utf-8") as file:
        file.write("#!/bin/sh\n" + text)
    os.chmod(path, 0o755)


def check_kernels(cases, folder):
    """Which kernel is taken, with a make-believe apt."""
    tools = os.path.join(folder, "apt")
    cache = os.path.join(folder, "cache")
    os.mkdir(tools)
    script(os.path.join(tools, "apt-cache"),
           "for n in 8 9 10 11 10-dbg; do echo linux-image-6.1.0-$n-cloud-amd64; done\n"
           "echo linux-image-6.1.0-12-amd64\n")
    # The newest is no longer on the server.
    script(os.path.join(tools, "apt-get"),
           'case $3 in *-11-*) echo "E: 404"; exit 100;; esac\n>"$3.deb"\n')
    script(os.path.join(tools, "dpkg-deb"),
           'mkdir -p "$3/boot" "$3/lib/modules/x/fs"; echo "$2" >"$3/boot/vmlinuz-x"\n'
           'cd "$3/lib/modules/x/fs"\n'
           "printf 'a\\0depends=needed-too\\0b' | xz >overlay.ko.xz\n"
           "printf 'a\\0depends=\\0b' >needed-too.ko\n")
    saved = dict(os.environ)
    try:
        os.environ.update(PATH=tools + ":" + saved["PATH"], XDG_CACHE_HOME=cache)
        package, folder = run.find_kernel("6.1")
        cases.equal(package, "linux-image-6.1.0-10-cloud-amd64", "the newest there is")
        cases.check(os.path.isfile(os.path.join(folder, "vmlinuz")), "its kernel")
        modules = run.module_paths(folder)
        cases.equal([os.path.basename(path) for path in modules],
                    ["needed_too.ko", "overlay.ko"], "its modules, in the order of their needs")
        cases.equal(run.read_file(modules[1]), b"a\0depends=needed-too\0b", "unpacked")
        os.remove(modules[1])
        cases.equal(run.find_kernel("6.1")[0], package, "without its module")
        cases.check(os.path.isfile(modules[1]), "it is got again")
        script(os.path.join(tools, "apt-get"), ">\"$3.deb\"\n")
        package, _ = run.find_kernel("6.1")
        cases.equal(package, "linux-image-6.1.0-11-cloud-amd64", "a newer one")
        cases.equal(run.packages_cached(run.cache_folder(), re.compile(".*")), [package],
                    "the older one goes")
        script(os.path.join(tools, "apt-get"), "exit 100\n")
        cases.equal(run.find_kernel("6.1")[0], package, "no download of what is there")
        script(os.path.join(tools, "apt-cache"), "exit 100\n")
        cases.equal(run.find_kernel("6.1")[0], package, "offline")
    finally:
        os.environ.clear()
        os.environ.update(saved)
    cases.end_group("choice of the kernel")


def check_lists(cases, build, folder):
    """Mistakes in a list are errors, not commands that silently do not run."""
    path = os.path.join(folder, "list")
    for text, only, expected in [("a 10 -\n", "a", "not NAME SECONDS PROGRAMS COMMAND"),
                                 ("a ten - true\n", "a", "not NAME SECONDS PROGRAMS COMMAND"),
                                 ("a 10 no/such true\n", "a", "a: no "),
                                 ("a 10 - true\n", "b", "no command b")]:
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        status, out = call(["--kernel", KERNEL, "--build", build, "--commands", path,
                            "--only", only])
        cases.equal(status, 2, text)
        cases.check(expected in out, expected, out)
    with open(path, "w", encoding="utf-8") as file:
        file.write("a 10 ?no/such true\nb 20 - echo  x \n")
    cases.equal(run.read_commands(path, build, []),
                ([run.Command("b", 20, [], "echo  x")], [("a", build + "/no/such")]), "optional")
    status, out = call(["--kernel", KERNEL, "--build", build, "--", "no/such"])
    cases.equal(status, 2, "no program")
    cases.check("no file no/such" in out, "says so", out)
    status, out = call(["--kernel", "5.0", "--build", build])
    cases.equal(status, 2, "unknown kernel")
    cases.check("no kernel 5.0; there are 6.1" in out, "says so", out)
    cases.end_group("lists")


def check_report(cases):
    outcomes, warnings, done = run.parse_report(
        b"VM-UP\nVM-WARN mount /x: no\nVM-BEGIN a\nVM-OUT 7\nVM-DONEVM-END a exit 0\n"
        b"VM-BEGIN b\nVM-OUT 100\ncut off")
    cases.equal(outcomes, {"a": run.Outcome(b"VM-DONE", "exit 0"),
                           "b": run.Outcome(b"cut off", None)}, "outcomes")
    cases.equal(warnings, ["mount /x: no"], "warnings")
    cases.equal(done, False, "not done")
    cases.equal(run.parse_report(b"VM-UP\nVM-DONE\n"), ({}, [], True), "done")
    cases.end_group("reports")


def main(build):
    if platform.machine() != "x86_64":
        harness.skip("the kernels are for x86_64")
    cases = harness.Cases()

    def check(folder):
        check_report(cases)
        check_lists(cases, build, folder)
        check_kernels(cases, folder)
        check_skips(cases, build, folder)
        check_machine(cases, build, folder)
        check_stop(cases, build)

    harness.in_temp(check)
    cases.done()


main(os.path.abspath(sys.argv[1]))
