/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the scan of /proc costs: for each process, thread and descriptor, in microseconds and in
 * system calls. The machine is scanned as it is, then with idle processes of our own that have
 * nothing, threads, open files or sockets; the difference is what those cost. For root, the same
 * machine also by the kernel's iterators, in turns with /proc: what takes a snapshot's place.
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

#include <eyas/live.h>

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

/* Processes that have something, ready and waiting. */
static void start(void (*have)(void), pid_t pids[static PROCESSES])
{
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
}

static void end(const pid_t pids[static PROCESSES])
{
	int i;

	for (i = 0; i < PROCESSES; i++) {
		kill(pids[i], SIGKILL);
		waitpid(pids[i], NULL, 0);
	}
}

static struct cost scan_with(void (*have)(void))
{
	uint64_t threads, fds;
	pid_t pids[PROCESSES];
	struct cost cost;

	start(have, pids);
	cost = scan(&threads, &fds);
	end(pids);
	return cost;
}

/* ---- iterators ---- */

static struct eyas_source *open_live(void)
{
	struct eyas_codes none = { { 0 } };
	struct eyas_live_opts opts = { .size = sizeof(opts), .codes = &none };
	struct eyas_source *source;
	struct eyas_err err;

	if (eyas_source_open_live(&opts, &source, &err)) {
		printf("iterators: %s\n", err.text);
		return NULL;
	}
	return source;
}

/* One way of filling a state; source NULL = /proc. */
static double fill_us(struct eyas_source *source, uint64_t *ret_processes)
{
	struct eyas_state_stats stats;
	struct eyas_loader loader;
	struct eyas_state *state;
	struct eyas_err err;
	double start_us;
	int64_t res = eyas_state_new(NULL, &state, &err);

	start_us = cpu_us();
	if (!res && source) {
		eyas_state_loader(state, &loader);
		res = eyas_live_snapshot(source, &loader, &err);
	} else if (!res) {
		res = eyas_state_scan_processes(state, NULL, &err);
	}
	start_us = cpu_us() - start_us;
	if (res < 0) {
		fprintf(stderr, "bench_scan: %s\n", err.text);
		exit(1);
	}
	eyas_state_stats(state, &stats);
	*ret_processes = stats.groups;
	eyas_state_free(state);
	return start_us;
}

/* The best of some rounds in turns. */
static void compare(struct eyas_source *source, const char *what)
{
	double proc = 1e18, kernel = 1e18, us;
	uint64_t processes = 0;
	int round;

	for (round = 0; round < ROUNDS; round++) {
		us = fill_us(NULL, &processes);
		proc = us < proc ? us : proc;
		us = fill_us(source, &processes);
		kernel = us < kernel ? us : kernel;
	}
	printf("%-8s %llu processes: /proc %.1f ms, %.0f/s; iterators %.1f ms, %.0f/s\n", what,
	       (unsigned long long)processes, proc / 1e3, (double)processes / proc * 1e6,
	       kernel / 1e3, (double)processes / kernel * 1e6);
}

static void compare_all(void)
{
	pid_t pids[PROCESSES], more[4][PROCESSES];
	struct eyas_source *source = open_live();
	int i;

	if (!source)
		return;
	compare(source, "as it is");
	start(have_nothing, pids);
	compare(source, "idle");
	end(pids);
	start(have_files, pids);
	compare(source, "files");
	end(pids);
	start(have_sockets, pids);
	compare(source, "sockets");
	end(pids);
	start(have_threads, pids);
	compare(source, "threads");
	end(pids);
	for (i = 0; i < 4; i++)
		start(have_nothing, more[i]);
	compare(source, "many");
	for (i = 0; i < 4; i++)
		end(more[i]);
	eyas_source_close(source);
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
	compare_all();
	return 0;
}
