/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the live probe adds to each system call of a watched program. A worker on one CPU makes
 * calls while this process, on another, reads the events; probe off, an empty program on the same
 * tracepoint (what any probe there costs), and the probe in several moods take turns, round by
 * round, so that all see the same machine. Prints medians and ratios to the empty program.
 *
 *	bench_probe [ROUNDS [CALLS]]
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <eyas/live.h>

enum { ROUNDS = 15, CALLS = 50000, ROUNDS_MAX = 1000 };

enum mood { OFF, EMPTY, IDLE, TRACING, FILTERED, NO_DATA, SUMS, MOODS };
static const char *const mood_names[MOODS] = {
	[OFF] = "off",
	[EMPTY] = "empty program",
	[IDLE] = "probe, not interested",
	[TRACING] = "probe, all",
	[FILTERED] = "probe, other process",
	[NO_DATA] = "probe, all, no data",
	[SUMS] = "the same with sums",
};

enum work { GETPPID, OPEN_READ_CLOSE, PIPE, ZERO_TO_NULL, WORKS };
static const struct {
	const char *name;
	unsigned calls; /* in one turn of the loop */
} works[WORKS] = {
	[GETPPID] = { "getppid", 1 },
	[OPEN_READ_CLOSE] = { "open, read, close", 3 },
	[PIPE] = { "1-byte pipe write, read", 2 },
	[ZERO_TO_NULL] = { "1 byte from /dev/zero to /dev/null", 2 },
};

static double now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static void pin(int cpu)
{
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	CPU_SET(cpu, &cpus);
	sched_setaffinity(0, sizeof(cpus), &cpus);
}

static void die(const char *what, const char *why)
{
	fprintf(stderr, "bench_probe: %s: %s\n", what, why);
	exit(1);
}

/* ---- the worker ---- */

static void turn(enum work work, const int *fds)
{
	char byte = 'x', buf[64];
	int fd;

	switch (work) {
	case GETPPID:
		syscall(SYS_getppid);
		break;
	case OPEN_READ_CLOSE:
		fd = (int)syscall(SYS_open, "/etc/passwd", O_RDONLY);
		if (syscall(SYS_read, fd, buf, sizeof(buf)) < 0)
			exit(1);
		syscall(SYS_close, fd);
		break;
	case ZERO_TO_NULL:
		if (syscall(SYS_read, fds[2], &byte, 1) != 1 ||
		    syscall(SYS_write, fds[3], &byte, 1) != 1)
			exit(1);
		break;
	default:
		if (syscall(SYS_write, fds[1], &byte, 1) != 1 ||
		    syscall(SYS_read, fds[0], &byte, 1) != 1)
			exit(1);
	}
}

/* Takes orders (enum work and a count) from one pipe and answers with ns a call. */
static void worker(int orders, int answers)
{
	unsigned order[2], i;
	double begin, answer;
	int fds[4];
	struct sched_param first = { .sched_priority = 10 };

	pin(1);
	/* Other programs of the machine wait while it works. */
	sched_setscheduler(0, SCHED_FIFO, &first);
	fds[2] = open("/dev/zero", O_RDONLY);
	fds[3] = open("/dev/null", O_WRONLY);
	if (pipe(fds) || fds[2] < 0 || fds[3] < 0)
		exit(1);
	while (read(orders, order, sizeof(order)) == sizeof(order)) {
		for (i = 0; i < order[1] / 10; i++)
			turn(order[0], fds);
		begin = now_ns();
		for (i = 0; i < order[1]; i++)
			turn(order[0], fds);
		answer = (now_ns() - begin) / order[1] / works[order[0]].calls;
		if (write(answers, &answer, sizeof(answer)) != sizeof(answer))
			exit(1);
	}
	exit(0);
}

/* ---- moods ---- */

static int load_empty(void)
{
	static const struct bpf_insn nothing[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	LIBBPF_OPTS(bpf_prog_load_opts, opts, .expected_attach_type = BPF_TRACE_RAW_TP);
	int fd = libbpf_find_vmlinux_btf_id("sys_exit", BPF_TRACE_RAW_TP);

	if (fd < 0)
		die("BTF of sys_exit", strerror(-fd));
	opts.attach_btf_id = (unsigned)fd;
	fd = bpf_prog_load(BPF_PROG_TYPE_TRACING, "empty", "GPL", nothing, 2, &opts);
	if (fd < 0)
		die("empty program", strerror(-fd));
	return fd;
}

static struct eyas_source *open_probe(enum mood mood)
{
	struct eyas_live_opts opts = { .size = sizeof(opts), .wait_ms = 1 };
	struct eyas_codes codes = { { 0 } };
	struct eyas_source *source;
	struct eyas_err err;

	if (mood == IDLE) {
		eyas_codes_add_type(&codes, (unsigned)eyas_event_type_find("SYSCALL_EXECVE_19_X"));
		opts.codes = &codes;
	} else if (mood == FILTERED) {
		opts.tests.pid = 1;
	}
	opts.no_data = mood == NO_DATA || mood == SUMS;
	opts.sum_io = mood == SUMS;
	if (eyas_source_open_live(&opts, &source, &err))
		die("probe", err.text);
	return source;
}

/* Let the worker work, reading what it makes meanwhile. */
static double measure(const int *pipes, enum work work, unsigned calls, struct eyas_source *source)
{
	unsigned order[2] = { work, calls };
	const struct eyas_event *event;
	struct eyas_err err;
	double answer;

	if (write(pipes[0], order, sizeof(order)) != sizeof(order))
		die("worker", strerror(errno));
	for (;;) {
		ssize_t len = read(pipes[1], &answer, sizeof(answer));

		if (len == sizeof(answer))
			return answer;
		if (len == 0 || errno != EAGAIN)
			die("worker", "is gone");
		if (!source)
			usleep(1000);
		else if (eyas_source_next(source, &event, &err) < 0)
			die("source", err.text);
	}
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double quantile(double *samples, unsigned count, double part)
{
	qsort(samples, count, sizeof(*samples), compare);
	return samples[(unsigned)((count - 1) * part)];
}

static double samples[MOODS][WORKS][ROUNDS_MAX];
static uint64_t events[MOODS][WORKS], lost[MOODS][WORKS];

static void report(unsigned rounds, enum work work)
{
	double off = quantile(samples[OFF][work], rounds, 0.5);
	double off_low = quantile(samples[OFF][work], rounds, 0.1);
	double empty = quantile(samples[EMPTY][work], rounds, 0.5) - off;
	double empty_low = quantile(samples[EMPTY][work], rounds, 0.1) - off_low;
	unsigned mood;

	printf("%s: %.0f ns a call without a probe; added, median and lowest tenth:\n",
	       works[work].name, off);
	for (mood = EMPTY; mood < MOODS; mood++) {
		double added = quantile(samples[mood][work], rounds, 0.5) - off;
		double low = quantile(samples[mood][work], rounds, 0.1) - off_low;

		printf("  %-24s %6.0f ns %5.2f x empty   %6.0f ns %5.2f x %10llu events, %llu "
		       "lost\n",
		       mood_names[mood], added, added / empty, low, low / empty_low,
		       (unsigned long long)events[mood][work],
		       (unsigned long long)lost[mood][work]);
	}
}

/* One mood of a round: all kinds of work. */
static void run_mood(enum mood mood, unsigned round, const int *pipes, unsigned calls, int empty)
{
	struct eyas_source *source = NULL;
	struct eyas_live_stats before = { 0 }, after;
	int link = -1;
	unsigned work;

	if (mood == EMPTY)
		link = bpf_raw_tracepoint_open(NULL, empty);
	else if (mood != OFF)
		source = open_probe(mood);
	for (work = 0; work < WORKS; work++) {
		samples[mood][work][round] = measure(pipes, work, calls, source);
		if (!source || eyas_live_stats(source, -1, &after, NULL))
			continue;
		events[mood][work] += after.events - before.events;
		lost[mood][work] += after.dropped - before.dropped;
		before = after;
	}
	if (link >= 0)
		close(link);
	eyas_source_close(source);
}

int main(int argc, char **argv)
{
	unsigned rounds = argc > 1 ? (unsigned)atoi(argv[1]) : ROUNDS;
	unsigned calls = argc > 2 ? (unsigned)atoi(argv[2]) : CALLS;
	int to[2], from[2], pipes[2], empty = load_empty();
	struct sched_param first = { .sched_priority = 5 };
	unsigned round, mood, work;
	pid_t pid;

	if (rounds < 1 || rounds > ROUNDS_MAX || pipe(to) || pipe(from))
		die("arguments", "rounds from 1 to 1000");
	pid = fork();
	if (!pid) {
		close(to[1]);
		worker(to[0], from[1]);
	}
	/* The reader keeps up, whatever else runs. */
	pin(0);
	sched_setscheduler(0, SCHED_FIFO, &first);
	pipes[0] = to[1];
	pipes[1] = from[0];
	fcntl(from[0], F_SETFL, O_NONBLOCK);
	for (round = 0; round < rounds; round++) {
		for (mood = 0; mood < MOODS; mood++)
			run_mood(mood, round, pipes, calls, empty);
	}
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	for (work = 0; work < WORKS; work++)
		report(rounds, work);
	return 0;
}
