/* SPDX-License-Identifier: Apache-2.0 */
/* Figures of the machine and of this process. What cannot be read is 0. */
#include "detect/metrics_host.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/clock.h"

enum { PATH_ROOM = 4096 };

/* A figure of a file of lines: what stands behind a key. */
struct wanted {
	const char *key;
	uint64_t *value;
};

static void read_keys(const char *root, const char *name, const struct wanted *wanted, size_t n)
{
	char path[PATH_ROOM], *line = NULL;
	size_t size = 0, i;
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", root, name);
	file = fopen(path, "re");
	if (!file)
		return;
	while (getline(&line, &size, file) > 0)
		for (i = 0; i < n; i++)
			if (!strncmp(line, wanted[i].key, strlen(wanted[i].key)))
				*wanted[i].value = strtoull(line + strlen(wanted[i].key), NULL, 10);
	free(line);
	fclose(file);
}

/* The first line of a file, without its newline; "" if there is none. */
static void read_line(const char *path, char *line, size_t size)
{
	FILE *file = fopen(path, "re");

	if (!file || !fgets(line, (int)size, file))
		*line = '\0';
	if (file)
		fclose(file);
	line[strcspn(line, "\n")] = '\0';
}

static double round1(double value)
{
	return round(value * 10) / 10;
}

/* ---- this process ---- */

/* When it began, in seconds since the machine did; behind the name, which may have any character. */
static double own_start(void)
{
	char line[1024], *at;
	unsigned field;

	read_line("/proc/self/stat", line, sizeof(line));
	at = strrchr(line, ')');
	for (field = 2; at && field < 22; field++)
		at = strchr(at + 1, ' ');
	return at ? strtod(at + 1, NULL) / (double)sysconf(_SC_CLK_TCK) : 0;
}

static double seconds(const struct timeval *time)
{
	return (double)time->tv_sec + (double)time->tv_usec / 1e6;
}

/* As ps tells it: of all the time since the process began, in percent of one CPU. */
static double own_cpu(void)
{
	double lived = (double)eyas_clock_ns(CLOCK_BOOTTIME) / 1e9 - own_start();
	struct rusage usage;

	if (lived <= 0 || getrusage(RUSAGE_SELF, &usage))
		return 0;
	return round1(100 * (seconds(&usage.ru_utime) + seconds(&usage.ru_stime)) / lived);
}

static uint64_t number_of(const char *path)
{
	char line[64];

	read_line(path, line, sizeof(line));
	return strtoull(line, NULL, 10);
}

/* Of the cgroup of version 1 that is mounted here, as in a container; else of version 2. */
static uint64_t cgroup_memory(const struct metrics_host_opts *opts)
{
	char line[PATH_ROOM], path[PATH_ROOM + 64];
	uint64_t bytes;

	if (opts->cgroup_memory)
		return number_of(opts->cgroup_memory);
	bytes = number_of("/sys/fs/cgroup/memory/memory.usage_in_bytes");
	if (bytes)
		return bytes;
	read_line("/proc/self/cgroup", line, sizeof(line));
	if (strncmp(line, "0::/", 4) != 0)
		return 0;
	snprintf(path, sizeof(path), "/sys/fs/cgroup%s/memory.current", line + 3);
	return number_of(path);
}

static void put_own(struct metrics_set *set, const struct metrics_host_opts *opts)
{
	uint64_t rss = 0, vsz = 0, pss = 0;
	const struct wanted status[] = { { "VmRSS:", &rss }, { "VmSize:", &vsz } };
	const struct wanted rollup[] = { { "Pss:", &pss } };

	read_keys("/proc/self", "status", status, 2);
	read_keys("/proc/self", "smaps_rollup", rollup, 1);
	metrics_set_real(set, METRICS_OWN, "cpu_usage_perc", METRICS_PERCENT, own_cpu());
	metrics_set_whole(set, METRICS_OWN, "memory_rss_kb", METRICS_KIBIBYTES, rss);
	metrics_set_whole(set, METRICS_OWN, "memory_vsz_kb", METRICS_KIBIBYTES, vsz);
	metrics_set_whole(set, METRICS_OWN, "memory_pss_kb", METRICS_KIBIBYTES, pss);
	metrics_set_whole(set, METRICS_OWN, "container_memory_used_bytes", METRICS_BYTES,
			  cgroup_memory(opts));
}

/* ---- the machine ---- */

/* Since it began; idle is the fourth of the first seven columns. */
static double host_cpu(const struct metrics_host_opts *opts)
{
	uint64_t column[7] = { 0 }, sum = 0;
	char path[PATH_ROOM], line[512], *at;
	size_t i;

	snprintf(path, sizeof(path), "%s/stat", opts->proc_root);
	read_line(path, line, sizeof(line));
	at = strncmp(line, "cpu ", 4) ? line + strlen(line) : line + 4;
	for (i = 0; i < 7; i++) {
		column[i] = strtoull(at, &at, 10);
		sum += column[i];
	}
	return sum ? round1(100 - 100 * (double)column[3] / (double)sum) : 0;
}

static uint64_t memory_used(const struct metrics_host_opts *opts)
{
	uint64_t total = 0, unused = 0, buffers = 0, cached = 0, rest;
	const struct wanted rows[] = { { "MemTotal:", &total },
				       { "MemFree:", &unused },
				       { "Buffers:", &buffers },
				       { "Cached:", &cached } };

	read_keys(opts->proc_root, "meminfo", rows, 4);
	rest = unused + buffers + cached;
	return total > rest ? total - rest : 0;
}

static uint64_t open_files(const struct metrics_host_opts *opts)
{
	char path[PATH_ROOM];

	snprintf(path, sizeof(path), "%s/sys/fs/file-nr", opts->proc_root);
	return number_of(path);
}

void metrics_host_usage(struct metrics_set *set, const struct metrics_host_opts *opts)
{
	uint64_t running = 0;
	const struct wanted rows[] = { { "procs_running ", &running } };

	put_own(set, opts);
	read_keys(opts->proc_root, "stat", rows, 1);
	metrics_set_real(set, METRICS_OWN, "host_cpu_usage_perc", METRICS_PERCENT, host_cpu(opts));
	metrics_set_whole(set, METRICS_OWN, "host_memory_used_kb", METRICS_KIBIBYTES,
			  memory_used(opts));
	metrics_set_whole(set, METRICS_OWN, "host_procs_running", METRICS_COUNT, running);
	metrics_set_whole(set, METRICS_OWN, "host_open_fds", METRICS_COUNT, open_files(opts));
}

void metrics_host_facts(const struct metrics_host_opts *opts, struct metrics_host_facts *ret_facts)
{
	struct metrics_host_facts facts = { 0 };
	uint64_t boot_s = 0;
	const struct wanted rows[] = { { "btime ", &boot_s } };
	long ncpus = sysconf(_SC_NPROCESSORS_ONLN);
	struct utsname name;

	read_keys(opts->proc_root, "stat", rows, 1);
	facts.boot_ns = boot_s * UINT64_C(1000000000);
	facts.ncpus = ncpus > 0 ? (uint64_t)ncpus : 1;
	if (!uname(&name))
		snprintf(facts.kernel_release, sizeof(facts.kernel_release), "%s", name.release);
	*ret_facts = facts;
}
