#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Boots a kernel of Debian's in an emulated machine and runs commands in it.

    tests/vm/run.py --kernel 6.1                      what tests/vm/commands lists
    tests/vm/run.py --kernel 6.1 --only bpf           one of these
    tests/vm/run.py --kernel 6.12 -- PROGRAM ARG...   this command

A PROGRAM that is a file goes into the machine with the libraries it is linked to; other names
are left to the shell there, which is busybox. The machine has nothing but that, no disk and no
network but its own loopback, and every run starts it anew.

Kernels are unpacked from packages that apt-get downloads into $XDG_CACHE_HOME/eyas/kernels
(~/.cache); nothing is installed. Exit status: 0 all good, 1 not, 2 wrong usage, 77 skipped.
"""
import argparse
import collections
import ctypes
import fcntl
import lzma
import os
import platform
import re
import shlex
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
SKIP_STATUS = 77
QEMU = "qemu-system-x86_64"

# How often an older package is tried where the newest cannot be downloaded, because the package
# lists are older than what the server still has.
PACKAGES_TRIED = 3

# What the kernel need not spend emulated cycles on: measuring delays, testing its timers and
# ciphers, guarding against faults of real processors, moving itself about. Watchdogs would take
# the slowness of emulation for a fault. A fault ends the machine instead of one process.
KERNEL_OPTIONS = ("console=ttyS0 reboot=t panic=-1 oops=panic tsc=reliable no_timer_check "
                  "lpj=8000000 nokaslr mitigations=off cryptomgr.notests nowatchdog "
                  "rcupdate.rcu_cpu_stall_suppress=1")
# One thread for both processors: while one translates code that the other patches, which the
# kernel does whenever a tracepoint is attached, the emulation may go on with a half-patched
# instruction for ever. Two machines side by side use two processors as well.
MACHINE = ["-accel", "tcg,thread=single", "-cpu", "max", "-smp", "2", "-m", "1024", "-M", "pc",
           "-nodefaults", "-no-user-config", "-no-reboot", "-display", "none"]

# The machine is slow to start when others want the processor too.
BOOT_LIMIT = 120
COMMAND_LIMIT = 120

# What tests need that the kernels have as modules, which init loads.
MODULES = ["overlay"]

# What a kernel says of itself that no test may cause, even if it goes on.
COMPLAINT = re.compile(r"\] (WARNING: CPU|BUG: |Oops: |INFO: task .* blocked)")
CONSOLE_SHOWN = 40

Command = collections.namedtuple("Command", "name seconds files line")
Outcome = collections.namedtuple("Outcome", "output ending")


class Skip(Exception):
    """Why nothing can be run."""


class Wrong(Exception):
    """What is wrong with the arguments or the lists."""


# Kernels


def kernel_patterns(path=os.path.join(HERE, "kernels")):
    """The list of kernels: {name: regular expression of its package}."""
    patterns = {}
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            if line.strip() and not line.startswith("#"):
                name, pattern = line.split()
                patterns[name] = re.compile(pattern)
    return patterns


def by_version(name):
    """Sorts what differs in numbers by these: 6.1.0-9 before 6.1.0-10."""
    return [int(number) for number in re.findall("[0-9]+", name)]


def cache_folder():
    base = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    return os.path.join(base, "eyas", "kernels")


def packages_known(kernel, pattern):
    """Names of the packages that apt knows, newest first."""
    try:
        listed = subprocess.run(["apt-cache", "pkgnames", "linux-image-" + kernel],
                                stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)
    except FileNotFoundError:
        return []
    names = listed.stdout.decode().split()
    return sorted(filter(pattern.fullmatch, names), key=by_version, reverse=True)


def is_complete(folder):
    """Whether a kernel in the cache has all that is wanted of it."""
    return all(os.path.exists(os.path.join(folder, name))
               for name in ["vmlinuz"] + [module_file(name) for name in MODULES])


def packages_cached(cache, pattern):
    names = [name for name in os.listdir(cache)
             if pattern.fullmatch(name) and is_complete(os.path.join(cache, name))]
    return sorted(names, key=by_version, reverse=True)


def module_file(name):
    return os.path.join("modules", name.replace("-", "_") + ".ko")


def find_modules(root):
    """The modules of an unpacked package: {name: path}."""
    found = {}
    for folder, _, names in os.walk(os.path.join(root, "lib", "modules")):
        for name in names:
            match = re.fullmatch(r"(.*)\.ko(\.xz)?", name)
            if match:
                found[match.group(1).replace("-", "_")] = os.path.join(folder, name)
    return found


def needs_of_module(content):
    """Names of the modules that one needs, by what it says itself."""
    found = re.search(rb"\0depends=([^\0]*)\0", content)
    names = found.group(1).decode() if found else ""
    return [name.replace("-", "_") for name in names.split(",") if name]


def keep_module(name, found, folder):
    """Copy a module, after what it needs; None, or the name of one that is not there."""
    target = os.path.join(folder, module_file(name))
    if os.path.exists(target):
        return None
    if name not in found:
        return name
    content = read_file(found[name])
    if found[name].endswith(".xz"):
        content = lzma.decompress(content)
    for need in needs_of_module(content):
        missing = keep_module(need, found, folder)
        if missing is not None:
            return missing
    with open(target, "wb") as file:
        file.write(content)
    return None


def module_paths(folder):
    """Modules of a kernel in the cache, each after what it needs."""
    paths = []

    def add(name):
        path = os.path.join(folder, module_file(name))
        if path not in paths:
            for need in needs_of_module(read_file(path)):
                add(need)
            paths.append(path)

    for name in MODULES:
        add(name)
    return paths


def download(package, cache):
    """Get the kernel of a package into the cache; None, or why that failed."""
    with tempfile.TemporaryDirectory(prefix=".download-", dir=cache) as folder:
        got = subprocess.run(["apt-get", "download", "-q", package], cwd=folder, check=False,
                             stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                             stderr=subprocess.STDOUT)
        debs = [name for name in os.listdir(folder) if name.endswith(".deb")]
        if got.returncode != 0 or len(debs) != 1:
            errors = [line for line in got.stdout.decode(errors="replace").splitlines()
                      if line.startswith("E: ")]
            return "%s: %s" % (package, errors[0][3:] if errors else "apt-get download failed")
        root = os.path.join(folder, "root")
        subprocess.run(["dpkg-deb", "-x", os.path.join(folder, debs[0]), root], check=True)
        boot = os.path.join(root, "boot")
        images = [name for name in os.listdir(boot) if name.startswith("vmlinuz")]
        if len(images) != 1:
            return "%s: has %d kernels" % (package, len(images))
        kept = os.path.join(folder, "kept")
        os.mkdir(kept)
        os.rename(os.path.join(boot, images[0]), os.path.join(kept, "vmlinuz"))
        os.mkdir(os.path.join(kept, "modules"))
        found = find_modules(root)
        for name in MODULES:
            missing = keep_module(name, found, kept)
            if missing is not None:
                return "%s: has no module %s" % (package, missing)
        # One that lacks what is wanted today may be there.
        shutil.rmtree(os.path.join(cache, package), ignore_errors=True)
        os.rename(kept, os.path.join(cache, package))
    return None


def find_kernel(kernel):
    """(name of the package, folder with its kernel), the newest that can be had."""
    patterns = kernel_patterns()
    if kernel not in patterns:
        raise Wrong("no kernel %s; there are %s" % (kernel, ", ".join(patterns)))
    pattern = patterns[kernel]
    cache = cache_folder()
    os.makedirs(cache, exist_ok=True)
    with open(os.path.join(cache, ".lock"), "w", encoding="utf-8") as lock:
        # Tests start side by side.
        fcntl.flock(lock, fcntl.LOCK_EX)
        cached = packages_cached(cache, pattern)
        problem = "apt knows no package %s" % pattern.pattern
        for package in packages_known(kernel, pattern)[:PACKAGES_TRIED]:
            if package in cached:
                break
            why = download(package, cache)
            if why is None:
                break
            problem = why
        cached = packages_cached(cache, pattern)
        if not cached:
            raise Skip("no kernel %s: %s" % (kernel, problem))
        for old in cached[1:]:
            shutil.rmtree(os.path.join(cache, old))
    return cached[0], os.path.join(cache, cached[0])


# The root file system


class Archive:
    """A cpio archive in the format newc, which the kernel unpacks as its root."""

    def __init__(self):
        self.data = bytearray()
        self.paths = set()

    def add(self, path, mode, content=b"", device=(0, 0)):
        name = path.strip("/")
        if name in self.paths:
            return
        parent = os.path.dirname(name)
        if parent:
            self.add(parent, stat.S_IFDIR | 0o755)
        self.paths.add(name)
        self.record(name, mode, content, device)

    def record(self, name, mode, content=b"", device=(0, 0)):
        encoded = name.encode() + b"\0"
        fields = [len(self.paths), mode, 0, 0, 1, 0, len(content), 0, 0, device[0], device[1],
                  len(encoded), 0]
        self.data += b"070701" + b"".join(b"%08X" % field for field in fields) + encoded
        self.pad()
        self.data += content
        self.pad()

    def pad(self):
        self.data += bytes(-len(self.data) % 4)

    def add_text(self, path, text):
        self.add(path, stat.S_IFREG | 0o644, text.encode())

    def add_link(self, path, target):
        self.add(path, stat.S_IFLNK | 0o777, target.encode())

    def add_file(self, path, source):
        with open(source, "rb") as file:
            self.add(path, stat.S_IFREG | (os.stat(source).st_mode & 0o777), file.read())

    def add_program(self, path, source):
        """A program and, at their own paths, the libraries it is linked to."""
        self.add_file(path, source)
        listed = subprocess.run(["ldd", source], stdout=subprocess.PIPE,
                                stderr=subprocess.DEVNULL, check=False)
        for line in listed.stdout.decode().splitlines():
            # "libc.so.6 => /lib/... (0x...)", or the loader's path alone; linux-vdso has none
            found = re.search(r"(?:^|=>)\s*(/\S+) \(0x", line)
            if found:
                self.add_file(found.group(1), found.group(1))
            elif "not found" in line:
                raise Wrong("%s: %s" % (source, line.strip()))

    def finish(self):
        self.record("TRAILER!!!", 0)
        return bytes(self.data)


def guest_line(command):
    """A line of the list that init reads."""
    if "\n" in command.line:
        raise Wrong("a command is one line: %r" % command.line)
    passed_on = "export EYAS_NO_SKIP=1; " if os.environ.get("EYAS_NO_SKIP") == "1" else ""
    return "%d %s %s%s\n" % (command.seconds, command.name, passed_on, command.line)


def make_root(init, busybox, modules, commands):
    archive = Archive()
    for folder in ("dev", "proc", "root", "run", "sys", "tmp", "var"):
        archive.add(folder, stat.S_IFDIR | 0o755)
    archive.add("dev/console", stat.S_IFCHR | 0o600, device=(5, 1))
    archive.add_text("etc/passwd", "root:x:0:0:root:/root:/bin/sh\n"
                                   "nobody:x:65534:65534:nobody:/:/bin/sh\n")
    archive.add_text("etc/group", "root:x:0:\nnogroup:x:65534:\n")
    archive.add_text("etc/hosts", "127.0.0.1 localhost vm\n::1 localhost\n")
    archive.add_text("vm/modules", "".join("/vm/%s\n" % os.path.basename(path)
                                           for path in modules))
    for path in modules:
        archive.add_file("vm/" + os.path.basename(path), path)
    archive.add_text("vm/commands", "".join(map(guest_line, commands)))
    archive.add_program("init", init)
    archive.add_program("bin/busybox", busybox)
    applets = subprocess.run([busybox, "--list"], stdout=subprocess.PIPE, check=True)
    for applet in applets.stdout.decode().split():
        archive.add_link("bin/" + applet, "busybox")
    archive.add_link("usr/bin/env", "/bin/busybox")
    for command in commands:
        for file in command.files:
            archive.add_program("vm/bin/" + os.path.basename(file), file)
    return archive.finish()


# Commands


def read_commands(path, build, only):
    """The commands of a list, or only those named, and the names of those that are left out."""
    commands, left_out, known = [], [], set()
    with open(path, encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            if not line.strip() or line.startswith("#"):
                continue
            columns = line.split(None, 3)
            if len(columns) != 4 or not columns[1].isdigit():
                raise Wrong("%s:%d: not NAME SECONDS PROGRAMS COMMAND" % (path, number))
            name, seconds, programs, text = columns
            known.add(name)
            if only and name not in only:
                continue
            words = [] if programs == "-" else programs.lstrip("?").split(",")
            files = [os.path.join(build, word) for word in words]
            missing = [file for file in files if not os.path.isfile(file)]
            if missing and programs.startswith("?"):
                left_out.append((name, missing[0]))
            elif missing:
                raise Wrong("%s: no %s" % (name, missing[0]))
            else:
                commands.append(Command(name, int(seconds), files, text.strip()))
    unknown = set(only) - known
    if unknown:
        raise Wrong("no command %s" % ", ".join(sorted(unknown)))
    return commands, left_out


def command_of_words(words, files, seconds):
    """The command after "--": its first word, if a file, goes into the machine."""
    files = list(files)
    if os.path.isfile(words[0]):
        files.append(words[0])
        words = [os.path.basename(words[0])] + words[1:]
    elif os.path.dirname(words[0]):
        raise Wrong("no file %s" % words[0])
    return Command("command", seconds, files, shlex.join(words))


# Running


def parse_report(data):
    """What init reported: ({name: Outcome}, [warnings], the name of what began last, done)."""
    outcomes, warnings, output = {}, [], bytearray()
    current, done, offset = None, False, 0
    while offset < len(data):
        end = data.find(b"\n", offset)
        if end < 0:
            break
        words = data[offset:end].decode(errors="replace").split(" ", 2)
        offset = end + 1
        if words[0] == "VM-OUT":
            output += data[offset:offset + int(words[1])]
            offset += int(words[1])
        elif words[0] == "VM-BEGIN":
            current, output = words[1], bytearray()
        elif words[0] == "VM-END":
            outcomes[words[1]] = Outcome(bytes(output), words[2])
            current, output = None, bytearray()
        elif words[0] == "VM-WARN":
            warnings.append(" ".join(words[1:]))
        elif words[0] == "VM-DONE":
            done = True
    if current is not None:
        outcomes[current] = Outcome(bytes(output), None)
    return outcomes, warnings, done


def read_file(path):
    try:
        with open(path, "rb") as file:
            return file.read()
    except FileNotFoundError:
        return b""


PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None, use_errno=True)


def die_with_parent():
    """No machine outlives a test that was killed."""
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


class Boot:
    """One run of the machine: its report, its console, and whether it had to be stopped."""

    def __init__(self, image, root, limit):
        with tempfile.TemporaryDirectory(prefix="eyas-vm-") as folder:
            initrd = os.path.join(folder, "initrd")
            with open(initrd, "wb") as file:
                file.write(root)
            report = os.path.join(folder, "report")
            console = os.path.join(folder, "console")
            errors = os.path.join(folder, "errors")
            self.started = time.monotonic()
            self.up_seconds = None
            with open(errors, "wb") as stderr:
                machine = subprocess.Popen(
                    [QEMU] + MACHINE + ["-kernel", image, "-initrd", initrd,
                                        "-append", KERNEL_OPTIONS,
                                        "-serial", "file:" + console,
                                        "-serial", "file:" + report],
                    stdin=subprocess.DEVNULL, stdout=stderr, stderr=stderr,
                    preexec_fn=die_with_parent)
            try:
                self.stopped = not self.wait(machine, report, limit)
            finally:
                machine.kill()
                machine.wait()
            self.seconds = time.monotonic() - self.started
            self.report = read_file(report)
            self.console = read_file(console).decode(errors="replace").replace("\r", "")
            self.errors = read_file(errors).decode(errors="replace")
            self.status = machine.returncode

    def wait(self, machine, report, limit):
        """Until the machine has ended or its time is up: whether it ended by itself."""
        while machine.poll() is None:
            elapsed = time.monotonic() - self.started
            if self.up_seconds is None and read_file(report):
                self.up_seconds = elapsed
            elif elapsed > limit or self.up_seconds is None and elapsed > BOOT_LIMIT:
                return False
            time.sleep(0.05)
        return True

    def is_up(self):
        return self.report.startswith(b"VM-UP")

    def death(self):
        """How a machine ended that did not report its end."""
        if self.stopped:
            return "the machine hung and was stopped after %d s" % self.seconds
        if "Kernel panic" in self.console:
            return "the kernel panicked"
        return "the machine ended early, %s with status %d" % (QEMU, self.status)

    def complaints(self):
        """What the kernel complained about once init ran."""
        lines = self.console[self.console.find("Run /init"):].splitlines()
        return [line for line in lines if COMPLAINT.search(line)]


def find_tool(name):
    path = shutil.which(name)
    if path is None:
        raise Skip("%s is missing" % name)
    return path


def boot_commands(kernel, build, commands, limit):
    """Boot once: (name of the package, Boot)."""
    find_tool(QEMU)
    busybox = find_tool("busybox")
    init = os.path.join(build, "tests", "vm", "vm_init")
    if not os.path.isfile(init):
        raise Wrong("no %s; build first, or name the folder with --build" % init)
    package, folder = find_kernel(kernel)
    image = os.path.join(folder, "vmlinuz")
    root = make_root(init, busybox, module_paths(folder), commands)
    boot = Boot(image, root, limit)
    if not boot.is_up() and not boot.stopped:
        # What dies before anything of ours has run may be the emulation's doing.
        print("%s: %s before init, once more" % (kernel, boot.death()))
        boot = Boot(image, root, limit)
    return package, boot


def verdict(outcome):
    """(word, reason) of one command."""
    if outcome is None:
        return "FAILED", "never ran"
    if outcome.ending is None:
        return "FAILED", "the machine ended meanwhile"
    if outcome.ending == "exit 0":
        return "ok", ""
    if outcome.ending == "exit %d" % SKIP_STATUS and os.environ.get("EYAS_NO_SKIP") != "1":
        return "skipped", ""
    if outcome.ending.startswith("timeout"):
        return "FAILED", "killed after %s s" % outcome.ending.split()[1]
    return "FAILED", outcome.ending


def rerun(args, name):
    words = ["tests/vm/run.py", "--kernel", args.kernel]
    if os.path.abspath(args.build) != os.path.join(TOP, "build-dev"):
        words += ["--build", args.build]
    if args.words:
        for file in args.add:
            words += ["--add", file]
        return shlex.join(words + ["--"] + args.words)
    if os.path.abspath(args.commands) != os.path.join(HERE, "commands"):
        words += ["--commands", args.commands]
    return shlex.join(words + ["--only", name])


def show(args, package, boot, commands):
    """Print what happened; the exit status."""
    outcomes, warnings, done = parse_report(boot.report)
    counts = collections.Counter()
    print("%s: %s, init after %.1f s" % (args.kernel, package, boot.up_seconds or boot.seconds))
    for warning in warnings:
        print("warning: " + warning)
    for command in commands:
        outcome = outcomes.get(command.name)
        word, reason = verdict(outcome)
        counts[word] += 1
        print("== %s: %s" % (command.name, command.line))
        sys.stdout.flush()
        if outcome is not None and outcome.output:
            sys.stdout.buffer.write(outcome.output)
            if not outcome.output.endswith(b"\n"):
                sys.stdout.buffer.write(b"\n")
            sys.stdout.buffer.flush()
        print("%-7s %s%s" % (word, command.name, ": " + reason if reason else ""))
        if word == "FAILED":
            print("again:  " + rerun(args, command.name))
    if not done:
        counts["FAILED"] += 1
        tail = boot.console.splitlines()[-CONSOLE_SHOWN:] + boot.errors.splitlines()
        print("== console, its last lines\n%s" % "\n".join(tail))
        print("FAILED  %s: %s" % (args.kernel, boot.death()))
    complaints = boot.complaints()
    if complaints:
        counts["FAILED"] += 1
        after = boot.console[boot.console.find(complaints[0]):].splitlines()
        print("== console, from its first complaint\n%s" % "\n".join(after[:CONSOLE_SHOWN]))
        print("FAILED  %s: the kernel complained" % args.kernel)
    print("%s: %.1f s, %d passed, %d failed, %d skipped" %
          (args.kernel, boot.seconds, counts["ok"], counts["FAILED"], counts["skipped"]))
    if counts["FAILED"]:
        return 1
    return 0 if counts["ok"] else SKIP_STATUS


def arguments(argv):
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kernel", required=True, help="a name of tests/vm/kernels")
    parser.add_argument("--build", default=os.path.join(TOP, "build-dev"), help="build folder")
    parser.add_argument("--commands", default=os.path.join(HERE, "commands"), help="their list")
    parser.add_argument("--only", action="append", default=[], help="only this command of the list")
    parser.add_argument("--add", action="append", default=[], help="a file the command needs")
    parser.add_argument("--seconds", type=int, default=COMMAND_LIMIT,
                        help="limit of the command after --")
    parser.add_argument("--limit", type=int, help="limit of everything, in seconds")
    parser.add_argument("--console", help="save what the kernel said in this file")
    words = []
    if "--" in argv:
        split = argv.index("--")
        argv, words = argv[:split], argv[split + 1:]
    args = parser.parse_args(argv)
    args.words = words
    return args


def chosen_commands(args):
    if args.words:
        return [command_of_words(args.words, args.add, args.seconds)]
    commands, left_out = read_commands(args.commands, args.build, args.only)
    for name, file in left_out:
        print("left out: %s, there is no %s" % (name, file))
    return commands


def main(argv):
    args = arguments(argv)
    try:
        if platform.machine() != "x86_64":
            raise Skip("the kernels are for x86_64")
        commands = chosen_commands(args)
        limit = args.limit or BOOT_LIMIT + sum(command.seconds for command in commands)
        package, boot = boot_commands(args.kernel, args.build, commands, limit)
    except Skip as reason:
        print("skipped: %s" % reason)
        return SKIP_STATUS
    except (Wrong, OSError) as error:
        print("run.py: %s" % error, file=sys.stderr)
        return 2
    if args.console:
        with open(args.console, "w", encoding="utf-8") as file:
            file.write(boot.console)
    return show(args, package, boot, commands)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
