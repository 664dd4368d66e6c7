// SPDX-License-Identifier: Apache-2.0
// A CPU that comes while the machine is watched: its events are counted as lost until it has a
// ring, and then they arrive. Takes a CPU off line, hence only in a virtual machine.
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <eyas/event.h>
#include <eyas/live.h>

#define CPU 1
#define SECONDS 60
#define GETPPID_CODE 41 // of the schema

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

static void set_online(const char *value)
{
	FILE *file = fopen("/sys/devices/system/cpu/cpu1/online", "w");

	if (!file || fputs(value, file) < 0 || fclose(file))
		fail("cpu1/online");
}

// Makes calls on the CPU without end.
static pid_t start_caller(void)
{
	pid_t pid = fork();
	cpu_set_t cpus;

	if (pid < 0)
		fail("fork");
	if (pid)
		return pid;
	CPU_ZERO(&cpus);
	CPU_SET(CPU, &cpus);
	if (sched_setaffinity(0, sizeof(cpus), &cpus))
		fail("sched_setaffinity");
	for (;;) {
		syscall(SYS_getppid);
		usleep(1000);
	}
}

int main(void)
{
	struct eyas_live_opts opts = { .size = sizeof(opts) };
	struct eyas_codes codes = { { 0 } };
	const struct eyas_event *event;
	struct eyas_live_stats stats;
	struct eyas_source *source;
	struct eyas_err err = { 0 };
	time_t begin = time(NULL);
	int res, seen = 0;
	pid_t pid;

	eyas_codes_add(&codes, GETPPID_CODE);
	opts.codes = &codes;
	set_online("0");
	if (eyas_source_open_live(&opts, &source, &err)) {
		fprintf(stderr, "%s\n", err.text);
		return 1;
	}
	set_online("1");
	pid = start_caller();
	while (!seen && time(NULL) - begin < SECONDS) {
		res = eyas_source_next(source, &event, &err);
		if (res < 0) {
			fprintf(stderr, "%s\n", err.text);
			break;
		}
		seen = res == 1 && event->cpu == CPU && event->tid == (uint64_t)pid;
	}
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	if (eyas_live_stats(source, -1, &stats, &err))
		return 1;
	printf("%llu lost without a ring, %u rings, events of the new CPU: %s\n",
	       (unsigned long long)stats.dropped_no_ring, stats.ncpus, seen ? "yes" : "no");
	eyas_source_close(source);
	return !seen || !stats.dropped_no_ring || stats.ncpus != 2;
}
