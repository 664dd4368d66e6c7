// SPDX-License-Identifier: Apache-2.0
// The first process of a test machine: makes the file systems and the loopback network that a
// Linux user expects, runs the commands of a list one after another and reports how each ended.
//
//   /vm/modules    paths of modules to load, one a line
//   /vm/commands   lines "SECONDS NAME COMMAND LINE"; a shell reads the command line
//   /dev/ttyS1     gets the report; the kernel's messages go to the console, /dev/ttyS0
//
// The report: VM-UP, then for each command VM-BEGIN NAME, its output, VM-END NAME and how it
// ended: "exit STATUS", "signal NUMBER" or "timeout SECONDS"; then VM-DONE. Output comes as
// "VM-OUT LENGTH" and that many bytes, so that no output can be taken for a report.
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#define REPORT_TTY "/dev/ttyS1"
#define MODULES "/vm/modules"
#define COMMANDS "/vm/commands"

static int report_fd = 2;

static void write_all(const char *buf, size_t len)
{
	while (len > 0) {
		ssize_t n = write(report_fd, buf, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return;
		buf += n;
		len -= (size_t)n;
	}
}

// Raw, so that the lengths in the report stay true.
static void open_report(void)
{
	struct termios mode;
	int fd = open(REPORT_TTY, O_RDWR | O_NOCTTY | O_CLOEXEC);

	if (fd < 0)
		return;
	if (tcgetattr(fd, &mode) == 0) {
		cfmakeraw(&mode);
		tcsetattr(fd, TCSANOW, &mode);
	}
	report_fd = fd;
}

__attribute__((format(printf, 1, 2))) static void report(const char *format, ...)
{
	char line[512];
	va_list args;

	va_start(args, format);
	vsnprintf(line, sizeof(line) - 1, format, args);
	va_end(args);
	strcat(line, "\n");
	write_all(line, strlen(line));
}

static const struct {
	const char *type, *path;
} mounts[] = {
	{ "proc", "/proc" },	  { "sysfs", "/sys" },
	{ "devtmpfs", "/dev" },	  { "devpts", "/dev/pts" },
	{ "tmpfs", "/dev/shm" },  { "tmpfs", "/tmp" },
	{ "tmpfs", "/run" },	  { "cgroup2", "/sys/fs/cgroup" },
	{ "bpf", "/sys/fs/bpf" }, { "tracefs", "/sys/kernel/tracing" },
};

// Where the report goes is known only when /dev is there, so the failures are told afterwards.
static void mount_all(int errors[])
{
	for (size_t i = 0; i < sizeof(mounts) / sizeof(mounts[0]); i++) {
		mkdir(mounts[i].path, 0755);
		errors[i] = 0;
		if (mount(mounts[i].type, mounts[i].path, mounts[i].type, 0, NULL) < 0)
			errors[i] = errno;
	}
	chmod("/tmp", 01777);
	chmod("/dev/shm", 01777);
	symlink("/proc/self/fd", "/dev/fd");
}

static void report_mounts(const int errors[])
{
	for (size_t i = 0; i < sizeof(mounts) / sizeof(mounts[0]); i++) {
		if (errors[i] != 0)
			report("VM-WARN mount %s: %s", mounts[i].path, strerror(errors[i]));
	}
}

static void loopback_up(void)
{
	struct ifreq request = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &request) < 0)
		report("VM-WARN loopback: %s", strerror(errno));
	if (fd >= 0)
		close(fd);
}

static void load_modules(void)
{
	char path[256];
	FILE *list = fopen(MODULES, "re");

	if (list == NULL)
		report("VM-WARN %s: %s", MODULES, strerror(errno));
	while (list != NULL && fgets(path, sizeof(path), list) != NULL) {
		int fd;

		path[strcspn(path, "\n")] = '\0';
		fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd < 0 || syscall(SYS_finit_module, fd, "", 0) < 0)
			report("VM-WARN module %s: %s", path, strerror(errno));
		if (fd >= 0)
			close(fd);
	}
	if (list != NULL)
		fclose(list);
}

static long long now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

// Passes one piece of what a command printed on; false when there was none.
static int pass_output(int fd)
{
	char buf[8192];
	ssize_t n = read(fd, buf, sizeof(buf));

	if (n <= 0)
		return 0;
	report("VM-OUT %zd", n);
	write_all(buf, (size_t)n);
	return 1;
}

// Collects whoever has ended; true once that was `child`, whose status is then in *ret_status.
static int reap(pid_t child, int *ret_status)
{
	int status, found = 0;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (pid == child) {
			*ret_status = status;
			found = 1;
		}
	}
	return found;
}

static void start_command(const char *line, int output)
{
	sigset_t none;
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	setsid();
	dup2(null, 0);
	dup2(output, 1);
	dup2(output, 2);
	execl("/bin/sh", "sh", "-c", line, (char *)NULL);
	dprintf(2, "/bin/sh: %s\n", strerror(errno));
	_exit(127);
}

// Passes the output of `child` on until it has ended or its time is up: true if it ended.
static int watch_command(pid_t child, int output, int signals, int seconds, int *ret_status)
{
	struct pollfd fds[2] = { { .fd = signals, .events = POLLIN },
				 { .fd = output, .events = POLLIN } };
	long long deadline = now_ms() + seconds * 1000LL;

	for (;;) {
		long long left = deadline - now_ms();
		struct signalfd_siginfo info;

		if (left <= 0)
			return 0;
		if (poll(fds, 2, (int)left) <= 0)
			continue;
		if (fds[1].revents != 0 && !pass_output(output))
			fds[1].fd = -1;
		if (fds[0].revents != 0 && read(signals, &info, sizeof(info)) > 0 &&
		    reap(child, ret_status))
			return 1;
	}
}

static void run_command(const char *name, const char *line, int seconds, int signals)
{
	int output[2], status = 0, ended;
	pid_t child;

	report("VM-BEGIN %s", name);
	if (pipe2(output, O_CLOEXEC) < 0 || (child = fork()) < 0) {
		report("VM-END %s exit 127", name);
		return;
	}
	if (child == 0)
		start_command(line, output[1]);
	close(output[1]);
	ended = watch_command(child, output[0], signals, seconds, &status);

	// Nothing of a command outlives it: whatever still runs here but this process is its.
	kill(-1, SIGKILL);
	while (waitpid(-1, NULL, 0) > 0)
		;
	fcntl(output[0], F_SETFL, O_NONBLOCK);
	while (pass_output(output[0]))
		;
	close(output[0]);

	if (!ended)
		report("VM-END %s timeout %d", name, seconds);
	else if (WIFSIGNALED(status))
		report("VM-END %s signal %d", name, WTERMSIG(status));
	else
		report("VM-END %s exit %d", name, WEXITSTATUS(status));
}

static void run_all(FILE *commands, int signals)
{
	char *line = NULL, name[64];
	size_t size = 0;
	int seconds, start;

	while (getline(&line, &size, commands) > 0) {
		line[strcspn(line, "\n")] = '\0';
		if (sscanf(line, "%d %63s %n", &seconds, name, &start) == 2)
			run_command(name, line + start, seconds, signals);
		else
			report("VM-WARN not a command: %.200s", line);
	}
	free(line);
}

int main(void)
{
	int errors[sizeof(mounts) / sizeof(mounts[0])];
	FILE *commands;
	sigset_t mask;

	mount_all(errors);
	open_report();
	report("VM-UP");
	report_mounts(errors);
	loopback_up();
	load_modules();
	sethostname("vm", 2);

	// The kernel starts init with next to no environment.
	clearenv();
	setenv("PATH", "/vm/bin:/usr/bin:/bin:/usr/sbin:/sbin", 1);
	setenv("HOME", "/root", 1);
	setenv("LC_ALL", "C", 1);

	sigemptyset(&mask);
	sigaddset(&mask, SIGCHLD);
	sigprocmask(SIG_BLOCK, &mask, NULL);
	commands = fopen(COMMANDS, "re");
	if (commands != NULL) {
		run_all(commands, signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK));
		fclose(commands);
	} else {
		report("VM-WARN %s: %s", COMMANDS, strerror(errno));
	}
	report("VM-DONE");
	tcdrain(report_fd);

	// The machine is started with -no-reboot, which makes a reset the end of it.
	reboot(RB_AUTOBOOT);
	return 1;
}
