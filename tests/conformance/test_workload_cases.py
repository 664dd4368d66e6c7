#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The official rules on what they are for, live: each case has a rule that it must set off."""
import os
import re
import subprocess
import sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "detect"), os.path.join(HERE, "..", "lib")]
import harness  # noqa: E402
import stage  # noqa: E402
import triggers  # noqa: E402

FILES = ["falco_rules.yaml", "falco-incubating_rules.yaml", "falco-sandbox_rules.yaml"]

# (rule, shell)
CASES = [
    ("Directory traversal monitored file read", "py one \"run('cat', '/etc/../etc/../etc/hosts')\""),
    ("Read sensitive file trusted after startup",
     "py nginx \"import time; time.sleep(6); open('/etc/shadow')\""),
    ("Read sensitive file untrusted", "cat /etc/shadow"),
    ("Run shell untrusted", "py nginx \"os.system('ls')\""),
    ("System user interactive", "py sshd \"subprocess.run(['id'], user='daemon')\""),
    ("Terminal shell in container", "inside py runc \"import pty; pty.spawn(['sh', '-c', ':'])\""),
    ("Netcat Remote Code Execution in Container", "inside fake nc -e /bin/sh 127.0.0.1 9"),
    ("Search Private Keys or Passwords", "grep -r 'BEGIN RSA PRIVATE' $BIN"),
    ("Clear Log Activities", ": > /var/log/zz.log"),
    ("Remove Bulk Data from Disk", ": > $BIN/z; shred -u $BIN/z"),
    ("Create Symlink Over Sensitive Files", "ln -s /etc/shadow $BIN/zl"),
    ("Create Hardlink Over Sensitive Files", "ln /etc/shadow /etc/zz-hard"),
    ("Packet socket created in container", "inside py one \"socket.socket(17, 3)\""),
    ("Redirect STDOUT/STDIN to Network Connection in Container",
     "inside py one \"a, b = pair(); os.dup2(b.fileno(), 1)\""),
    ("Linux Kernel Module Injection Detected", "inside py one \"call(175, 105, None, 0, b'')\""),
    ("Detect release_agent File Container Escapes", "inside sh -c ': > $BIN/release_agent'"),
    ("PTRACE attached to process", "py one \"C.ptrace(0x4206, 0x3fffff, 0, 0)\""),
    ("PTRACE anti-debug attempt", "py one \"C.ptrace(0, 0, 0, 0)\""),
    ("Find AWS Credentials", "grep -r aws_secret_access_key $BIN"),
    ("Execution from /dev/shm", "cp /bin/true /dev/shm/zzx; /dev/shm/zzx; rm /dev/shm/zzx"),
    ("Fileless execution via memfd_create", """py one "m = os.memfd_create('m')
os.write(m, open('/bin/true', 'rb').read()); os.execve('/proc/self/fd/%d' % m, ['x'], {})" """),
    ("Modify Shell Configuration File", "py one \"open('/root/.bashrc', 'a')\""),
    ("Schedule Cron Jobs", "py one \"open('/etc/cron.d/zz', 'w')\""),
    ("Read ssh information", "ls /root/.ssh"),
    ("DB program spawned process", "py mysqld \"run('ls')\""),
    ("Change thread namespace", "py one \"C.setns(os.open('/proc/self/ns/uts', 0), 0)\""),
    ("Program run with disallowed http proxy env", "HTTP_PROXY=http://x:1 fake curl --version"),
    ("Unexpected UDP Traffic", "py one \"socket.socket(2, 2).connect(('203.0.113.9', 5353))\""),
    ("Non sudo setuid", "py one \"os.setuid(5); os.setuid(5)\""),
    ("User mgmt binaries", "outside bash -c \"$BIN/groupadd --help; :\""),
    ("Create files below dev", ": > /dev/zz-eyas; rm /dev/zz-eyas"),
    ("Launch Package Management Process in Container", "inside fake apt-get --version"),
    ("Launch Suspicious Network Tool in Container", "inside fake nmap --version"),
    ("Launch Suspicious Network Tool on Host", "outside fake nc -h"),
    ("Delete or rename shell history", ": > $BIN/.bash_history; rm $BIN/.bash_history"),
    ("Set Setuid or Setgid bit", ": > $BIN/s; chmod u+s $BIN/s"),
    ("Launch Remote File Copy Tools in Container", "inside fake rsync --version"),
    ("Launch Ingress Remote File Copy Tools in Container", "inside fake wget --version"),
    ("Read environment variable from /proc files", "inside cat /proc/self/environ"),
    ("Exfiltrating Artifacts via Kubernetes Control Plane",
     "echo 1 > $BIN/e; inside py runc \"os.setsid(); run('tar', 'cf', '$BIN/e.tar', '$BIN/e')\""),
    ("Adding ssh keys to authorized_keys", "echo k >> /root/.ssh/authorized_keys"),
    ("Potential Local Privilege Escalation via Environment Variables Misuse",
     "GLIBC_TUNABLES=glibc.malloc.check=1 /bin/true"),
    ("Backdoored library loaded into SSHD (CVE-2024-3094)",
     ": > $BIN/liblzma.so.5.6.1; py sshd \"open('$BIN/liblzma.so.5.6.1')\""),
    ("BPF Program Not Profiled", "py one \"call(321, 280, 5, None, 0)\""),
    ("Read Shell Configuration File", "cat /root/.bashrc"),
    ("Update Package Repository", "py one \"open('/etc/apt/sources.list.d/zz.list', 'w')\""),
    ("Write below binary dir", "cp /bin/true /usr/bin/zz"),
    ("Write below monitored dir", "touch /usr/lib/zz"),
    ("Write below etc", "touch /etc/zz"),
    ("Write below root", "touch /root/zz"),
    ("Write below rpm database", "mkdir -p /var/lib/rpm; touch /var/lib/rpm/zz"),
    ("Modify binary dirs", "mv /usr/bin/zz /usr/bin/zz2"),
    ("Mkdir binary dirs", "mkdir /usr/bin/zzd"),
    ("Create Hidden Files or Directories", "mkdir $BIN/.zz"),
    ("Detect crypto miners using the Stratum protocol", "/bin/echo stratum+tcp://pool:1"),
    ("Container Drift Detected (chmod)", "inside sh -c ': > $BIN/d; chmod +x $BIN/d'"),
    ("Container Drift Detected (open+create)",
     "inside py one \"os.open('$BIN/d2', os.O_CREAT | os.O_WRONLY, 0o755)\""),
    ("Sudo Potential Privilege Escalation", "fake sudo -s 'a\\'"),
    ("Unprivileged Delegation of Page Faults Handling to a Userspace Process",
     "py one \"os.setuid(5); call(323, 282, 1)\""),
    ("Polkit Local Privilege Escalation Vulnerability (CVE-2021-4034)", "fake pkexec"),
    ("Java Process Class File Download", """py java "a, b = pair()
b.send(bytes.fromhex('cafebabe')); a.recv(9)" """),
    ("Decoding Payload in Container", "inside sh -c 'echo aGk= | base64 -d'"),
    ("Basic Interactive Reconnaissance", "py one \"import pty; pty.spawn(['whoami'])\""),
    ("Netcat/Socat Remote Code Execution on Host", "outside fake socat EXEC:true -"),
    ("Network Tool Executed During NPM Package Install", "inside py npm \"run('$BIN/nc', '-h')\""),
    ("Known Cryptominer Process Executed", "fake xmrig"),
    ("Web Server Spawned Shell", "py nginx \"run('bash', '-c', 'ls')\""),
    ("Web Server Spawned Suspicious Child Process", "py nginx \"run('id')\""),
    ("Reverse Shell from Web Server", "py nginx \"run('cat', '/dev/tcp/x')\""),
    ("Container Access to Host Sensitive Paths", "mkdir /host && : > /host/x; (inside cat /host/x); rm /host/x; rmdir /host"),
]

NETWORK = "needs a network that answers or is silent on a public address"
RUNTIME = "needs a container runtime that tells of the container"
# Rules without a case, and why.
EXCEPTIONS = {
    "Contact K8S API Server From Container": NETWORK,
    "Debugfs Launched in Privileged Container": RUNTIME,
    "Drop and execute new binary in container": "needs a container on an overlay",
    "Disallowed SSH Connection Non Standard Port": NETWORK,
    "Change namespace privileges via unshare": "needs a container without CAP_SYS_ADMIN",
    "Launch Privileged Container": RUNTIME,
    "Launch Excessively Capable Container": "needs a process 1 of a container",
    "System procs network activity": NETWORK,
    "Contact EC2 Instance Metadata Service From Container": NETWORK,
    "Contact cloud metadata service from container": NETWORK,
    "Network Connection outside Local Subnet": "its list of namespaces is empty: it never fires",
    "Mount Launched in Privileged Container": RUNTIME,
    "Unexpected inbound connection source": NETWORK,
    "Launch Sensitive Mount Container": RUNTIME,
    "Launch Disallowed Container": "every container is allowed unless a macro is overridden",
    "Interpreted procs inbound network activity": NETWORK,
    "Interpreted procs outbound network activity": NETWORK,
    "Unexpected K8s NodePort Connection": NETWORK,
    "Detect outbound connections to common miner pool ports": NETWORK,
    "Kubernetes Client Tool Launched in Container": RUNTIME,
    "Container Run as Root User": "needs a process 1 of a container",
    "Modify Container Entrypoint": "needs a write through a descriptor of process 1",
    "Privileged Container Device Access": "needs a disk of a known name",
}


def rule_names(files):
    names = set()
    for file in files:
        with open(file, encoding="utf-8") as lines:
            names |= set(re.findall(r"^- rule: (.*?)\s*$", lines.read(), re.M))
    return names


def test_cases(cases, tmp, cgroup, files):
    environment = stage.environment(tmp, cgroup)

    def prepare():
        stage.copy_directories(tmp)
        stage.make_files(triggers.FILES + ["/etc/apt/sources.list.d/x"])
        for name in ("groupadd", "nc"):
            stage.copy_program(os.path.join(tmp, "bin", name))
    options = [word for file in files for word in ("-R", file)] + ["--enable", "*"]
    steps = [stage.step(text, environment) for _, text in CASES]
    times, results, _ = stage.watch(tmp, steps, prepare, options)
    if not cases.check(times, "the steps ran"):
        return
    cases.equal(results[0][0::2], (0, b""), "detect ends well")
    alerts = stage.alerts_of(results[0][1])
    for (rule, _), when in zip(CASES, times):
        told = stage.within(alerts, when)
        cases.check(rule in told, rule, sorted(told))
    cases.end_group("live")


def main():
    cases = harness.Cases()
    files = [harness.data_path("data", "rules", name) for name in FILES]
    if not os.path.exists(files[0]):
        harness.skip("no rules in $EYAS_TESTDATA/data/rules")
    have = {name for name, _ in CASES} | set(EXCEPTIONS)
    cases.equal(rule_names(files) - have, set(), "each rule has a case or a reason")
    cases.end_group("the files")
    if os.getuid():
        harness.skip("needs root")
    stage.with_cgroup(lambda cgroup: harness.in_temp(
        lambda tmp: test_cases(cases, tmp, cgroup, files)))
    cases.done()


main()
