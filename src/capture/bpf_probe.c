/* SPDX-License-Identifier: Apache-2.0 */
/* The probe as a whole: its rings, what is attached, its settings. */
#include "capture/bpf_probe.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "base/err.h"
#include "bpf/eyas.skel.h"
#include "capture/bpf_load.h"
#include "capture/bpf_sums.h"

#define RING_BYTES_DEFAULT (UINT64_C(8) << 20)
#define RING_BYTES_MIN (UINT64_C(512) << 10)
#define RING_BYTES_MAX (UINT64_C(1) << 30)
/* Before Linux 6.6 a value of an array map could not be larger. */
#define RING_BYTES_OLD (UINT64_C(4) << 20)

static size_t sums_bytes(const struct bpf_probe *probe)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	size_t bytes = probe->sum_buckets * sizeof(struct eyas_wire_sum_bucket);

	return (bytes + page - 1) / page * page;
}

/* ---- rings ---- */

static int map_ring(struct bpf_probe *probe, unsigned cpu, struct eyas_err *reterr)
{
	LIBBPF_OPTS(bpf_map_create_opts, opts, .map_flags = BPF_F_MMAPABLE);
	struct bpf_ring *ring = &probe->rings[cpu];
	int err, fd;
	void *at;

	fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, "eyas_ring", sizeof(uint32_t),
			    (uint32_t)probe->map_bytes, 1, &opts);
	if (fd < 0)
		return eyas_err_set(reterr, fd,
				    "no ring of %zu bytes for CPU %u: %s; try a smaller one",
				    probe->map_bytes, cpu, strerror(-fd));
	at = mmap(NULL, probe->map_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (at == MAP_FAILED) {
		err = -errno;
		close(fd);
		return eyas_err_set(reterr, err, "the ring of CPU %u cannot be mapped: %s", cpu,
				    strerror(-err));
	}
	ring->head = at;
	ring->data = (uint8_t *)at + EYAS_WIRE_HEAD_BYTES;
	ring->fd = fd;
	probe->nrings++;
	return 0;
}

/* Let programs find it. */
static int enter_ring(struct bpf_probe *probe, unsigned cpu, struct eyas_err *reterr)
{
	int err = bpf_map_update_elem(bpf_map__fd(probe->skel->maps.rings), &cpu,
				      &probe->rings[cpu].fd, BPF_ANY);

	return err ? eyas_err_set(reterr, err, "the ring of CPU %u cannot be entered: %s", cpu,
				  strerror(-err))
		   : 0;
}

static int add_ring(struct bpf_probe *probe, unsigned cpu, struct eyas_err *reterr)
{
	int err = map_ring(probe, cpu, reterr);

	return err ? err : enter_ring(probe, cpu, reterr);
}

/* "0-3,8": calls add for each CPU in the list. */
static int for_each_online(struct bpf_probe *probe, struct eyas_err *reterr)
{
	FILE *file = fopen("/sys/devices/system/cpu/online", "re");
	unsigned first, last, cpu;
	int err = 0, sep = 0;

	if (!file)
		return eyas_err_set(reterr, -errno, "/sys/devices/system/cpu/online: %s",
				    strerror(errno));
	while (!err && fscanf(file, "%u", &first) == 1) {
		last = first;
		sep = fgetc(file);
		if (sep == '-') {
			if (fscanf(file, "%u", &last) != 1)
				break;
			sep = fgetc(file);
		}
		for (cpu = first; !err && cpu <= last && cpu < probe->ncpus; cpu++)
			if (!probe->rings[cpu].head)
				err = add_ring(probe, cpu, reterr);
		if (sep != ',')
			break;
	}
	fclose(file);
	return err;
}

int bpf_probe_map_sums(struct bpf_probe *probe, struct eyas_err *reterr)
{
	void *at = mmap(NULL, sums_bytes(probe), PROT_READ | PROT_WRITE, MAP_SHARED,
			bpf_map__fd(probe->skel->maps.sums), 0);

	if (at == MAP_FAILED)
		return eyas_err_set(reterr, -errno, "the table of sums cannot be mapped: %s",
				    strerror(errno));
	probe->sums = at;
	return 0;
}

int bpf_probe_add_rings(struct bpf_probe *probe, struct eyas_err *reterr)
{
	return for_each_online(probe, reterr);
}

/* Can an array map have a value of so many bytes? */
static bool ring_fits(uint64_t bytes)
{
	LIBBPF_OPTS(bpf_map_create_opts, opts, .map_flags = BPF_F_MMAPABLE);
	int fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, "eyas_trial", sizeof(uint32_t), (uint32_t)bytes,
				1, &opts);

	if (fd >= 0)
		close(fd);
	return fd != -E2BIG;
}

static int choose_ring_size(struct bpf_probe *probe, const struct eyas_live_opts *opts,
			    struct eyas_err *reterr)
{
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	uint64_t bytes = opts->ring_bytes ? opts->ring_bytes : RING_BYTES_DEFAULT;

	if (bytes < RING_BYTES_MIN || bytes > RING_BYTES_MAX)
		return eyas_err_set(reterr, -EINVAL,
				    "a ring of %llu bytes: expected from 512 KiB to 1 GiB",
				    (unsigned long long)bytes);
	bytes = (bytes + page - 1) / page * page;
	if (bytes > RING_BYTES_OLD && !ring_fits(bytes)) {
		if (opts->ring_bytes)
			return eyas_err_set(reterr, -E2BIG,
					    "a ring of %llu bytes: this kernel allows 4 MiB",
					    (unsigned long long)bytes);
		bytes = RING_BYTES_OLD;
	}
	probe->map_bytes = bytes;
	probe->ring_bytes = (uint32_t)(bytes - EYAS_WIRE_HEAD_BYTES - EYAS_WIRE_SLACK_BYTES) & ~7u;
	return 0;
}

/* ---- opening ---- */

static int count_cpus(struct bpf_probe *probe, struct eyas_err *reterr)
{
	int cpus = libbpf_num_possible_cpus();

	if (cpus < 1)
		return eyas_err_set(reterr, cpus, "the number of CPUs is not known");
	probe->ncpus = (unsigned)cpus;
	probe->rings = calloc(probe->ncpus, sizeof(*probe->rings));
	return probe->rings ? 0 : eyas_err_set(reterr, -ENOMEM, "no memory for the rings");
}

int bpf_probe_open(struct bpf_probe *probe, const struct eyas_live_opts *opts,
		   const struct eyas_codes *codes, struct eyas_err *reterr)
{
	int err;

	memset(probe, 0, sizeof(*probe));
	probe->stats_fd = -1;
	probe->loadable = *codes;
	if (opts->sum_io)
		probe->sum_buckets = bpf_sums_buckets(opts->sum_places);
	err = choose_ring_size(probe, opts, reterr);
	if (!err)
		err = count_cpus(probe, reterr);
	if (!err)
		err = bpf_load(probe, opts, codes, reterr);
	if (!err)
		err = for_each_online(probe, reterr);
	return err;
}

/* ---- attaching ---- */

static int attach_program(struct bpf_probe *probe, struct bpf_program *program,
			  struct eyas_err *reterr)
{
	struct bpf_link *link = bpf_program__attach(program);

	if (!link)
		return eyas_err_set(reterr, -errno, "%s cannot be attached: %s",
				    bpf_program__section_name(program), strerror(errno));
	probe->links[probe->nlinks++] = link;
	return 0;
}

int bpf_probe_attach(struct bpf_probe *probe, struct eyas_err *reterr)
{
	struct bpf_program *program;
	size_t count = 0;
	int err = 0;

	bpf_object__for_each_program(program, probe->skel->obj) count++;
	probe->links = calloc(count, sizeof(struct bpf_link *));
	if (!probe->links)
		return eyas_err_set(reterr, -ENOMEM, "no memory for the links");
	bpf_object__for_each_program(program, probe->skel->obj)
	{
		if (err || !bpf_load_is_attached(program))
			continue;
		err = attach_program(probe, program, reterr);
	}
	return err;
}

void bpf_probe_detach(struct bpf_probe *probe)
{
	while (probe->nlinks)
		bpf_link__destroy(probe->links[--probe->nlinks]);
}

void bpf_probe_close(struct bpf_probe *probe)
{
	unsigned cpu;

	bpf_probe_detach(probe);
	free(probe->links);
	for (cpu = 0; probe->rings && cpu < probe->ncpus; cpu++) {
		if (!probe->rings[cpu].head)
			continue;
		munmap(probe->rings[cpu].head, probe->map_bytes);
		close(probe->rings[cpu].fd);
	}
	free(probe->rings);
	if (probe->sums)
		munmap(probe->sums, sums_bytes(probe));
	eyas_bpf__destroy(probe->skel);
	if (probe->stats_fd >= 0)
		close(probe->stats_fd);
}

/* ---- settings ---- */

struct eyas_wire_config *bpf_probe_config(const struct bpf_probe *probe)
{
	return &probe->skel->bss->config;
}

uint64_t bpf_probe_no_ring(const struct bpf_probe *probe)
{
	return probe->skel->bss->dropped_no_ring;
}

int bpf_probe_follow(struct bpf_probe *probe, uint32_t pid, struct eyas_err *reterr)
{
	uint8_t yes = 1;
	int err = bpf_map_update_elem(bpf_map__fd(probe->skel->maps.followed), &pid, &yes, BPF_ANY);

	return err ? eyas_err_set(reterr, err, "process %u cannot be followed: %s", pid,
				  strerror(-err))
		   : 0;
}
