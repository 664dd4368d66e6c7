/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the scan of /proc costs: for each process, thread and descriptor, in microseconds and in
 * system calls. The machine is scanned as it is, then with idle processes of our own that have
 * nothing, threads, open files or sockets; the difference is what those cost.
 *
 *   bench_scan
 */
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "state/proc_int.h"

enum { PROCESSES = 200, EACH = 50, ROUNDS = 5 };

struct cost {
	double us;
	struct proc_counts counts;
};

static double cpu_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (double)ts.tv_sec * 1e6 + (double)ts.tv_nsec / 1e3;
}

/* The best of some scans; CPU time, that of the kernel included. */
static struct cost scan(uint64_t *ret_threads, uint64_t *ret_fds)
{
	struct cost best = { .us = 1e18 };
	struct eyas_state_stats stats;
	struct eyas_state *state;
	struct eyas_err err;
	double start;
	int round;

	for (round = 0; round < ROUNDS; round++) {
		start = cpu_us();
		if (eyas_state_new(NULL, &state, &err) || eyas_state_scan(state, &err) < 0) {
			fprintf(stderr, "bench_scan: %s\n", err.text);
			exit(1);
		}
		start = cpu_us() - start;
		if (start < best.us)
			best = (struct cost){ start, state->proc->counts };
		eyas_state_stats(state, &stats);
		*ret_threads = stats.threads;
		*ret_fds = stats.fds;
		eyas_state_free(state);
	}
	return best;
}

static void *idle(void *arg)
{
	for (;;)
		pause();
	return arg;
}

static void have_nothing(void)
{
}

static void have_threads(void)
{
	pthread_t thread;
	int i;

	for (i = 0; i < EACH; i++)
		if (pthread_create(&thread, NULL, idle, NULL))
			exit(1);
}

static void have_files(void)
{
	int i;

	for (i = 0; i < EACH; i++)
		if (open("/dev/null", O_RDONLY) < 0)
			exit(1);
}

static void have_sockets(void)
{
	int i, pair[2];

	for (i = 0; i < EACH; i += 2)
		if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair))
			exit(1);
}

static struct cost scan_with(void (*have)(void))
{
	uint64_t threads, fds;
	pid_t pids[PROCESSES];
	struct cost cost;
	int i, ready[2];
	char c;

	if (pipe(ready))
		exit(1);
	for (i = 0; i < PROCESSES; i++) {
		pids[i] = fork();
		if (pids[i] < 0)
			exit(1);
		if (!pids[i]) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			have();
			if (write(ready[1], "x", 1) != 1)
				_exit(1);
			idle(NULL);
		}
	}
	for (i = 0; i < PROCESSES; i++)
		if (read(ready[0], &c, 1) != 1)
			exit(1);
	close(ready[0]);
	close(ready[1]);
	cost = scan(&threads, &fds);
	for (i = 0; i < PROCESSES; i++) {
		kill(pids[i], SIGKILL);
		waitpid(pids[i], NULL, 0);
	}
	return cost;
}

static double each(uint64_t more, uint64_t less, double count)
{
	return ((double)more - (double)less) / count;
}

static void print(const char *what, const struct cost *more, const struct cost *less, double count)
{
	printf("%-8s %6.1f us: %.2f opened, %.2f reads, %.2f links, %.2f asked about\n", what,
	       (more->us - less->us) / count, each(more->counts.opens, less->counts.opens, count),
	       each(more->counts.reads, less->counts.reads, count),
	       each(more->counts.links, less->counts.links, count),
	       each(more->counts.stats, less->counts.stats, count));
}

int main(void)
{
	uint64_t threads, fds;
	struct cost before = scan(&threads, &fds), process, other;

	printf("scan     %6.1f ms for %llu threads with %llu descriptors\n", before.us / 1e3,
	       (unsigned long long)threads, (unsigned long long)fds);
	process = scan_with(have_nothing);
	print("process", &process, &before, PROCESSES);
	other = scan_with(have_threads);
	print("thread", &other, &process, PROCESSES * EACH);
	other = scan_with(have_files);
	print("file", &other, &process, PROCESSES * EACH);
	other = scan_with(have_sockets);
	print("socket", &other, &process, PROCESSES * EACH);
	return 0;
}
