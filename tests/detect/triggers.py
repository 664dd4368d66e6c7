# SPDX-License-Identifier: Apache-2.0
"""For each rule of rules/eyas_rules.yaml a piece of shell that it must tell of, and one that it must
not. They run as root where nothing they write lasts (stage.py). What shells share is PRELUDE."""

PRELUDE = r"""
# A program of that name that does nothing: fake NAME ARGS
fake() { f=$BIN/$1; [ -e $f ] || cp /bin/true $f; shift; $f "$@"; }
# Python under another name: py NAME CODE ARGS
py() { f=$BIN/$1; [ -e $f ] || cp $PYTHON $f; shift; PYTHONHOME=$HOME_OF_PYTHON $f -S -c "$CALLS
$1" "$@"; }
# The same in a container, as far as cgroups say.
inside() { echo $$ > $CGROUP/cgroup.procs; "$@"; }
# The same outside of any, also where all of this runs in a container.
outside() { for f in /sys/fs/cgroup/*/cgroup.procs /sys/fs/cgroup/cgroup.procs; do
[ ! -w $f ] || echo $$ > $f; done; "$@"; }
"""

# What system calls Python has no function for; attempts are enough for most rules.
CALLS = r"""
import ctypes, os, socket, subprocess, sys
C = ctypes.CDLL(None)
ARM = os.uname().machine == 'aarch64'
def call(x86, arm, *args): return C.syscall(arm if ARM else x86, *args)
def run(*args): return subprocess.run(args, stdin=subprocess.DEVNULL)
def pair(port=0):
    server = socket.socket(); server.setsockopt(1, 2, 1)
    server.bind(('127.0.0.1', port)); server.listen()
    client = socket.socket(); client.connect(server.getsockname())
    return client, server.accept()[0]
"""


def write(path):
    return ": >> " + path


# What must be there before, made in the stage's own file systems.
FILES = """/root/.ssh/id_rsa /root/.ssh/id_rsa.pub /root/.aws/credentials /root/.aws/config
/run/secrets/kubernetes.io/serviceaccount/token /run/secrets/kubernetes.io/other
/root/.mozilla/firefox/x/logins.json /root/.mozilla/firefox/x/prefs.js /root/.bash_history
/root/.bash_other /var/log/zz.log /var/log/zz2.log /var/cache/zz.log /etc/cron.d/zz""".split()

SHELL_ON_SOCKET = """a, b = pair()
subprocess.run(['sh', '-c', ':'], stdin=%s, stdout=%s)"""

# (rule, what it tells of, what it does not tell of)
TRIGGERS = [
    ("Shell started by a server program", "py nginx \"run('sh', '-c', ':')\"",
     "py builder \"run('sh', '-c', ':')\""),
    ("Reconnaissance by a server program", "py nginx \"run('id')\"", "py builder \"run('id')\""),
    ("Server program writes a script", "py nginx \"open('/var/zz.php', 'w')\"",
     "py nginx \"open('/var/zz.txt', 'w')\""),
    ("Shell on a network socket", "py one \"" + SHELL_ON_SOCKET % ("b", "b") + "\"",
     "py one \"" + SHELL_ON_SOCKET % ("subprocess.DEVNULL", "subprocess.DEVNULL") + "\""),
    ("Standard stream put on a network socket", "py one \"a, b = pair(); os.dup2(b.fileno(), 0)\"",
     "py one \"a, b = pair(); os.dup2(b.fileno(), 77)\""),
    ("Shell told to use a network device", "sh -c ': /dev/tcp/127.0.0.1/9'", "sh -c ': /dev/tcpx'"),
    ("Network relay that runs a program", "fake ncat -e /bin/true 127.0.0.1 9; fake socat EXEC:true -",
     "fake ncat -l 9; fake socat - -"),
    ("Interpreter with a shell over a socket",
     "py python3 \"'socket dup2 /bin/sh'\"", "/bin/true 'socket dup2 /bin/sh'"),
    ("Download run by a shell", "sh -c ': curl http://127.0.0.1/x | sh' || :",
     "sh -c ': curl http://127.0.0.1/x -o x'"),
    ("Encoded command run by a shell", "sh -c 'echo Og== | base64 -d | sh'",
     "sh -c 'echo Og== | base64 -d > /dev/null'"),
    ("Terminal shell in a container",
     "inside py one \"import pty; pty.spawn(['sh', '-c', ':'])\"",
     "inside sh -c :"),
    ("Program run from memory", """py one "m = os.memfd_create('m')
os.write(m, open('/bin/true', 'rb').read()); os.execve('/proc/self/fd/%d' % m, ['x'], {})" """,
     "/bin/true"),
    ("Program removed its own file", "py gone \"os.unlink('$BIN/gone')\"",
     ": > $BIN/other; py two \"os.unlink('$BIN/other')\""),
    ("Program run by an open descriptor",
     "py one \"os.execve('/proc/self/fd/%d' % os.open('/bin/true', 0), ['x'], {})\"",
     "py one \"os.execve('/bin/true', ['x'], {})\""),
    ("Program run from shared memory", "cp /bin/true /dev/shm/zz; /dev/shm/zz; rm /dev/shm/zz",
     "fake zz"),
    ("Hidden program run from a temporary directory", "cp /bin/true /tmp/.eyas-zz; /tmp/.eyas-zz; rm /tmp/.eyas-zz",
     "cp /bin/true /tmp/eyas-zz; /tmp/eyas-zz; rm /tmp/eyas-zz"),
    ("Program that calls itself a kernel thread", "py one \"os.execve('/bin/true', ['[kworker/0:1]'], {})\"",
     "py one \"os.execve('/bin/true', ['kworker'], {})\""),
    ("Process renamed to a kernel thread", "py one \"C.prctl(15, b'kworker/u4:1', 0, 0, 0)\"",
     "py one \"C.prctl(15, b'worker', 0, 0, 0)\""),
    ("Library preloaded from a temporary directory", "LD_PRELOAD=/tmp/none.so /bin/true",
     "LD_PRELOAD=/usr/lib/none.so /bin/true"),
    ("Password hashes read", "cat /etc/shadow > /dev/null", "cat /etc/passwd > /dev/null"),
    ("Private SSH key read", "cat /root/.ssh/id_rsa", "cat /root/.ssh/id_rsa.pub"),
    ("Cloud credentials read", "cat /root/.aws/credentials", "cat /root/.aws/config"),
    ("Token of a service account read", "cat /run/secrets/kubernetes.io/serviceaccount/token",
     "cat /run/secrets/kubernetes.io/other"),
    ("Saved passwords of a browser read", "cat /root/.mozilla/firefox/x/logins.json",
     "cat /root/.mozilla/firefox/x/prefs.js"),
    ("Environment of a process read", "cat /proc/$$/environ > /dev/null",
     "cat /proc/self/environ > /dev/null"),
    ("Memory map of a process read", "cat /proc/$$/maps > /dev/null", "cat /proc/self/maps > /dev/null"),
    ("Memory of a process opened", ": < /proc/$$/mem", ": < /proc/$$/stat"),
    ("Search for secrets", "grep id_rsa /dev/null", "grep other /dev/null"),
    ("Shell history read", "cat /root/.bash_history", "cat /root/.bash_other"),
    ("Scheduled job changed", write("/etc/cron.d/zz") + "; mv /etc/zz.new /etc/crontab", write("/etc/zz.new")),
    ("Service changed", write("/etc/systemd/system/zz.service"), write("/etc/systemd/zz")),
    ("Login script changed", write("/root/.bashrc"), write("/root/.other")),
    ("Autostart of a desktop changed", write("/root/autostart/zz.desktop"), write("/root/zz.desktop")),
    ("Preloaded library changed", write("/etc/ld.so.preload"), write("/etc/ld.so.other")),
    ("Login key added", write("/root/.ssh/authorized_keys"), write("/root/.ssh/known_hosts")),
    ("Device rule changed", write("/etc/udev/rules.d/zz.rules"), write("/etc/udev/zz")),
    ("Login module changed", write("/etc/pam.d/zz"), write("/etc/pam.zz")),
    ("Accounts changed by hand", write("/etc/passwd"), write("/etc/passwd.txt")),
    ("Account command run", "fake usermod -aG sudo zz", "fake groups zz"),
    ("Rules of sudo changed", write("/etc/sudoers.d/zz"), write("/etc/sudo.conf")),
    ("Program of the system replaced", write("/usr/bin/zz"), write("/usr/share/zz")),
    ("Set-user-ID bit set", "cp /bin/true $BIN/s; chmod 4755 $BIN/s", "cp /bin/true $BIN/s; chmod 755 $BIN/s"),
    ("Process becomes root", "py one \"os.setuid(0)\"", "py one \"os.setuid(1)\""),
    ("Capabilities given to a file", "fake setcap cap_net_raw+ep x", "fake setcap -r x"),
    ("User namespace made", "py one \"C.unshare(0x10000000)\"", "py one \"C.unshare(0x04000000)\""),
    ("Page faults handled by a user's process", "py one \"os.setuid(1); call(323, 282, 1)\"",
     "py one \"call(323, 282, 1)\""),
    ("Namespace entered", "py one \"C.setns(os.open('/proc/self/ns/uts', 0), 0)\"", "py one \"C.setns(-1, 0)\""),
    ("Namespaces of init entered", "fake nsenter -t 1 -m true", "fake nsenter -t 12 -m true"),
    ("Mount by an unexpected program", "py one \"C.mount(b'n', b'/mnt', b'tmpfs', 0, None)\"",
     "mount -t tmpfs n /mnt"),
    ("Mount in a container", "inside py one \"C.mount(b'n', b'/mnt', b'tmpfs', 0, None)\"",
     "inside py dockerd \"C.mount(b'n', b'/mnt', b'tmpfs', 0, None)\""),
    ("Tool for escapes run in a container", "inside fake debugfs", "inside fake dd"),
    ("Package manager run in a container", "inside fake apk add x", "inside fake app add x"),
    ("Release agent of a cgroup written", write("$BIN/release_agent"), write("$BIN/release_agents")),
    ("Helper program of the kernel changed", write("/proc/sys/kernel/core_pattern"),
     "cat /proc/sys/kernel/core_pattern > /dev/null"),
    ("Magic system request", write("/proc/sysrq-trigger"), write("/proc/self/comm")),
    ("Container engine asked by another program", """py one "s = socket.socket(socket.AF_UNIX)
s.connect_ex('$BIN/docker.sock')" """, """py one "s = socket.socket(socket.AF_UNIX)
s.connect_ex('$BIN/other.sock')" """),
    ("File opened by a handle", "py one \"C.open_by_handle_at(-1, None, 0)\"",
     "py one \"os.open('/', os.O_PATH)\""),
    ("Disk or memory device opened for writing", "unshare -m sh -c 'mount -t tmpfs d /dev; : >> /dev/sdzz'",
     write("/dev/null")),
    ("Device node made", "py one \"os.mknod('$BIN/n%d' % os.getpid(), 0o60600, 0)\"",
     "py one \"os.mkfifo('$BIN/p%d' % os.getpid())\""),
    ("Log removed", "rm /var/log/zz.log", "rm /var/cache/zz.log"),
    ("Log emptied", "echo x >> /var/log/zz2.log; : > /var/log/zz2.log",
     ": > /var/log/zz6.log; echo x >> /var/log/zz6.log"),
    ("Log truncated by a command", "fake truncate -s 0 /var/log/wtmp", "fake truncate -s 0 /tmp/disk"),
    ("Files shredded", "fake shred -u x", "fake cat x"),
    ("Shell history emptied", ": > /root/.bash_history", ": >> /root/.bash_history"),
    ("Shell without a history", "HISTFILE=/dev/null sh -c :", "HISTFILE=/root/.h sh -c :"),
    ("Watching switched off", "fake systemctl stop auditd; fake auditctl -e 0", "fake systemctl status auditd"),
    ("Firewall emptied", "fake iptables -F", "fake iptables -L"),
    ("Times of a file made up", "touch -t 200001010000 $BIN/t", "touch $BIN/t"),
    ("File made immutable", "fake chattr +i x", "fake chattr -V x"),
    ("Clock set", "py one \"call(164, 170, None, None)\"", "py one \"call(96, 169, None, None)\""),
    ("Kernel module loaded", "py one \"call(175, 105, None, 0, None); call(313, 273, -1, None, 0)\"",
     "py modprobe \"call(313, 273, -1, None, 0)\""),
    ("Kernel module removed", "py one \"call(176, 106, b'none', 0)\"", "py rmmod \"call(176, 106, b'none', 0)\""),
    ("Program loaded into the kernel", "py one \"call(321, 280, 5, None, 0)\"", "py one \"call(321, 280, 0, None, 0)\""),
    ("Another kernel loaded", "py one \"call(246, 104, 0, 99, None, 0)\"", "py kexec \"call(246, 104, 0, 99, None, 0)\""),
    ("Machine stopped by an unexpected program", "py one \"C.reboot(1); C.swapoff(b'/none')\"",
     "py swapoff \"C.swapoff(b'/none')\""),
    ("Process taken over by a tracer", "py one \"C.ptrace(16, 0x3fffff, 0, 0)\"", "py gdb \"C.ptrace(16, 0x3fffff, 0, 0)\""),
    ("Memory of a process written", "py one \"C.process_vm_writev(os.getpid(), None, 0, None, 0, 0)\"",
     "py gdb \"C.process_vm_writev(os.getpid(), None, 0, None, 0, 0)\""),
    ("Memory of a process read", "py one \"C.process_vm_readv(os.getpid(), None, 0, None, 0, 0)\"",
     "py gdb \"C.process_vm_readv(os.getpid(), None, 0, None, 0, 0)\""),
    ("Descriptor of a process taken", "py one \"call(438, 438, -1, 0, 0)\"", "py gdb \"call(438, 438, -1, 0, 0)\""),
    ("Ring of requests made", "py one \"call(425, 425, 0, None)\"", "py cmake \"call(425, 425, 0, None)\""),
    ("Raw socket made", "py one \"socket.socket(socket.AF_INET, socket.SOCK_RAW, 1); socket.socket(17, 3, 0)\"",
     "py one \"socket.socket(socket.AF_INET, socket.SOCK_DGRAM); socket.socket(16, 3, 0)\""),
    ("Packet capture run", "fake tcpdump -i lo", "fake tcpdumpx"),
    ("Network scanned", "fake nmap 127.0.0.1", "fake nmapx"),
    ("Tunnel opened", "fake ssh -R 1:127.0.0.1:2 x", "fake ssh x true"),
    ("File sent by a transfer program", "fake curl --upload-file x http://127.0.0.1/", "fake curl http://127.0.0.1/"),
    ("Metadata of the cloud asked", """py one "s = socket.socket(2, 2)
s.connect_ex(('169.254.169.254', 80))" """, """py one "s = socket.socket(2, 2)
s.connect_ex(('127.0.0.1', 80))" """),
    ("Command line of a miner", "/bin/true stratum+tcp://127.0.0.1:1", "/bin/true tcp://127.0.0.1:1"),
    ("Connection to a port of mining pools", "py one \"pair(3333)\"",
     "py one \"pair(33)\""),
    ("Link to a file with secrets", "ln -s /etc/shadow $BIN/l; ln /etc/shadow /etc/zz.hard",
     "ln -s /etc/passwd $BIN/l2"),
]
