#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Work as usual, a build and a web server among it, sets off no rule of our own that is a warning or
more urgent."""
import os
import shutil
import subprocess
import sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "lib")]
import harness  # noqa: E402
import stage  # noqa: E402

URGENT = ("Emergency", "Alert", "Critical", "Error", "Warning")

# (what, the programs it takes, shell that runs in a directory of its own)
WORK = [
    ("a build", ["cmake", "make", "cc"], """
for i in 1 2 3; do echo "int f$i(void) { return $i; }" > f$i.c; done
echo 'int main(void) { return 0; }' > main.c
printf 'cmake_minimum_required(VERSION 3.10)\nproject(x C)\nadd_executable(x main.c f1.c f2.c f3.c)\n' \
    > CMakeLists.txt
cmake -B build && make -C build && build/x && touch main.c && make -C build"""),
    ("a web server", ["curl"], """
mkdir www; echo hello > www/index.html
$PYTHON -m http.server --bind 127.0.0.1 --directory www 18733 & server=$!
$PYTHON -c '
import time, urllib.request
for i in range(300):
    try:
        urllib.request.urlopen("http://127.0.0.1:18733/").read()
    except OSError:
        time.sleep(0.1)'
curl -s http://127.0.0.1:18733/ > page
kill $server; wait $server; cat page"""),
    ("packages", ["dpkg", "dpkg-deb"], """
mkdir -p p/DEBIAN p/usr/bin p/etc/cron.d; cp /bin/true p/usr/bin/eyas-quiet
echo '# nothing' > p/etc/cron.d/eyas-quiet
printf 'Package: eyas-quiet\nVersion: 1\nArchitecture: all\nMaintainer: x <x@example.org>\nDescription: x\n' \
    > p/DEBIAN/control
dpkg-deb --build p x.deb && dpkg --force-not-root -i x.deb && dpkg --purge eyas-quiet"""),
    ("archives", ["tar", "gzip"], """
mkdir a; for i in 1 2 3 4 5; do echo $i > a/$i; done
tar czf a.tgz a && rm -r a && tar xzf a.tgz && cp -rp a b && chmod -R u+w b && mv b c && rm -r c"""),
    ("git", ["git"], """
export HOME=$PWD GIT_CONFIG_GLOBAL=$PWD/.gitconfig
git init -q r && cd r && git config user.email x@example.org && git config user.name x
echo 1 > f && git add f && git commit -qm 1 && git checkout -q -b other && echo 2 > f
git commit -qam 2 && git log > log && git diff HEAD~1 > diff && git gc -q && git clone -q . ../s"""),
    ("a login", ["su"], "su -s /bin/sh nobody -c 'id; ls /; echo $HOME'; bash -lc 'id; ps ax | head; df'"),
    ("scheduled scripts", ["find"], """
cat > job <<'END'
#!/bin/sh
find . -name '*.old' -delete
date > stamp
df > disk; ps ax > processes; hostname; uptime
grep -c root /etc/passwd
END
chmod +x job; ./job; ./job; sh -c 'sleep 0.1 &'"""),
    ("logs", ["logrotate"], """
rm -f /var/log/eyas-quiet.log; echo x > /var/log/eyas-quiet.log
printf '/var/log/eyas-quiet.log {\n rotate 1\n nocreate\n su root root\n}\n' > conf
logrotate -f -s state conf"""),
    ("a script", [], """
$PYTHON -c '
import os, subprocess, tempfile, threading, sqlite3
with tempfile.TemporaryDirectory() as d:
    sqlite3.connect(d + "/db").execute("create table t(a)")
    subprocess.run(["sort"], input=b"b\\na\\n", stdout=subprocess.DEVNULL)
    t = threading.Thread(target=os.listdir); t.start(); t.join()'"""),
]


def step(tmp, index, text):
    folder = os.path.join(tmp, "work%d" % index)
    environment = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                   "HOME": "/root", "PYTHON": os.path.realpath(sys.executable)}

    def run():
        os.mkdir(folder)
        with open(os.path.join(tmp, "said%d" % index), "wb") as said:
            done = subprocess.run(["sh", "-c", text], env=environment, check=False, cwd=folder,
                                  stdin=subprocess.DEVNULL, stdout=said, stderr=said, timeout=120)
            said.write(b"\nstatus %d\n" % done.returncode)
    return run


def test_work(cases, tmp):
    work = []
    for row in WORK:
        missing = [name for name in row[1] if not shutil.which(name)]
        if missing:
            cases.skip("%s: there is no %s" % (row[0], missing[0]))
        else:
            work.append(row)
    steps = [step(tmp, i, row[2]) for i, row in enumerate(work)]
    times, results, _ = stage.watch(tmp, steps, lambda: stage.copy_directories(tmp))
    if not cases.check(times, "the steps ran"):
        return
    cases.equal((results[0][0], results[0][2]), (0, b""), "detect ends well")
    alerts = stage.alerts_of(results[0][1])
    for i, (what, _, _) in enumerate(work):
        with open(os.path.join(tmp, "said%d" % i), "rb") as said:
            words = said.read()
        cases.check(words.endswith(b"\nstatus 0\n"), what + " works", words[-500:])
        told = [alert["output"] for alert in alerts if alert["priority"] in URGENT
                and times[i][0] <= stage.nanoseconds(alert) <= times[i][1]]
        cases.equal(told, [], what)
    cases.end_group("work as usual")


def main():
    cases = harness.Cases()
    if os.getuid():
        harness.skip("needs root")
    harness.in_temp(lambda tmp: test_work(cases, tmp))
    cases.done()


main()
