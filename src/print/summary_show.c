/* SPDX-License-Identifier: Apache-2.0 */
/* A summary as text for people or as one JSON object. */
#include "print/summary.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "print/clock.h"
#include "print/summary_int.h"

struct row {
	const char *name;
	uint64_t count;
};

struct process {
	uint64_t pid, count;
	const char *comm; /* "" = not known */
	bool leader;	  /* the name is that of the thread whose id is pid */
};

static int row_by_name(const void *a, const void *b)
{
	return strcmp(((const struct row *)a)->name, ((const struct row *)b)->name);
}

static int row_by_count(const void *a, const void *b)
{
	const struct row *x = a, *y = b;

	if (x->count != y->count)
		return x->count < y->count ? 1 : -1;
	return row_by_name(a, b);
}

/* Names with their counts, by name; types of one name are one row. NULL = no memory. */
static struct row *type_rows(const struct eyas_summary *summary, size_t *ret_count)
{
	size_t max = EYAS_EVENT_TYPES + EYAS_SYSCALL_CODES + summary->nnames, n = 0, merged = 0, i;
	struct row *rows = malloc(max * sizeof(*rows));
	const struct eyas_syscall_info *syscall;

	if (!rows)
		return NULL;
	for (i = 0; i < EYAS_EVENT_TYPES; i++)
		if (summary->by_type[i])
			rows[n++] = (struct row){ eyas_event_info((unsigned)i)->name,
						  summary->by_type[i] };
	for (i = 0; i < EYAS_SYSCALL_CODES; i++) {
		syscall = eyas_syscall_info((unsigned)i);
		if (summary->by_syscall[i])
			rows[n++] = (struct row){ syscall ? syscall->name : "syscall",
						  summary->by_syscall[i] };
	}
	for (i = 0; i < summary->nnames; i++)
		rows[n++] = (struct row){ summary->names[i].name, summary->names[i].count };
	qsort(rows, n, sizeof(*rows), row_by_name);
	for (i = 0; i < n; i++) {
		if (merged && !strcmp(rows[merged - 1].name, rows[i].name))
			rows[merged - 1].count += rows[i].count;
		else
			rows[merged++] = rows[i];
	}
	*ret_count = merged;
	return rows;
}

static int process_by_pid(const void *a, const void *b)
{
	const struct process *x = a, *y = b;

	if (x->pid != y->pid)
		return x->pid < y->pid ? -1 : 1;
	return (int)y->leader - (int)x->leader;
}

static int process_by_count(const void *a, const void *b)
{
	const struct process *x = a, *y = b;

	if (x->count != y->count)
		return x->count < y->count ? 1 : -1;
	return process_by_pid(a, b);
}

/* Processes with the events of all their threads, most first. NULL = no memory. */
static struct process *process_rows(const struct eyas_summary *summary, size_t *ret_count)
{
	struct process *rows = malloc(((size_t)summary->nthreads + 1) * sizeof(*rows));
	const struct summary_thread *thread;
	size_t n = 0, i, merged = 0;

	if (!rows)
		return NULL;
	for (i = 0; i < summary->nthreads; i++) {
		thread = &summary->threads[i];
		if (thread->count || thread->tid == thread->pid)
			rows[n++] = (struct process){ thread->pid, thread->count, thread->comm,
						      thread->tid == thread->pid };
	}
	if (summary->other.count)
		rows[n++] = (struct process){ summary->other.pid, summary->other.count, "", false };
	qsort(rows, n, sizeof(*rows), process_by_pid);
	for (i = 0; i < n; i++) {
		if (merged && rows[merged - 1].pid == rows[i].pid) {
			rows[merged - 1].count += rows[i].count;
			if (!rows[merged - 1].comm[0])
				rows[merged - 1].comm = rows[i].comm;
		} else {
			rows[merged++] = rows[i];
		}
	}
	qsort(rows, merged, sizeof(*rows), process_by_count);
	for (n = 0; n < merged && rows[n].count; n++)
		;
	*ret_count = n;
	return rows;
}

static uint64_t duration_ns(const struct eyas_summary *summary)
{
	return summary->last_ns - summary->first_ns;
}

/* Events per second over the whole capture, 0 when all lie in one instant. */
static uint64_t event_rate(const struct eyas_summary *summary)
{
	uint64_t ns = duration_ns(summary);

	return ns ? (uint64_t)((double)summary->shown * 1e9 / (double)ns) : 0;
}

/* What is in the file and was not understood, but is no damage. */
static uint64_t skipped(const struct eyas_source_stats *stats)
{
	return stats->events_newer + stats->blocks_skipped;
}

static uint64_t damaged(const struct eyas_summary_file *file)
{
	return file->stats->damaged + (file->failure != NULL);
}

/* ---- text ---- */

static void put_label(struct eyas_str *out, const char *label)
{
	eyas_str_printf(out, "%-18s ", label);
}

static void put_count(struct eyas_str *out, const char *label, uint64_t count)
{
	put_label(out, label);
	eyas_str_u64(out, count);
	eyas_str_putc(out, '\n');
}

/* A row that is of interest only when there is something. */
static void put_some(struct eyas_str *out, const char *label, uint64_t count)
{
	if (count)
		put_count(out, label, count);
}

static void put_time(struct eyas_str *out, const char *label, uint64_t ns)
{
	struct print_clock clock;

	put_label(out, label);
	eyas_print_clock_init(&clock, EYAS_TIME_ISO);
	if (ns)
		eyas_print_clock_put(&clock, ns, out);
	else
		eyas_str_putc(out, '-');
	eyas_str_putc(out, '\n');
}

static void put_machine(const struct eyas_summary *summary, struct eyas_str *out)
{
	const struct eyas_machine *machine = &summary->machine;

	if (!summary->machine_set)
		return;
	put_label(out, "host");
	eyas_str_safe(out, machine->hostname, strlen(machine->hostname));
	eyas_str_putc(out, '\n');
	put_count(out, "cpus", machine->num_cpus);
	put_count(out, "memory (MiB)", machine->memory_bytes >> 20);
	if (machine->boot_ts_ns)
		put_time(out, "booted", machine->boot_ts_ns);
}

static void put_file(const struct eyas_summary_file *file, struct eyas_str *out)
{
	const struct eyas_source_stats *stats = file->stats;

	put_label(out, "file");
	eyas_str_safe(out, file->path, strlen(file->path));
	eyas_str_putc(out, '\n');
	put_label(out, "format");
	eyas_str_printf(out, "scap %u.%u, events v%u, threads v%u, compression %s\n",
			stats->version_major, stats->version_minor, stats->event_version,
			stats->thread_version,
			eyas_compression_name((enum eyas_compression)stats->compression));
	put_count(out, "bytes", stats->bytes_in);
	if (stats->compression)
		put_count(out, "bytes, plain", stats->bytes);
	put_count(out, "sections", stats->sections);
	put_count(out, "blocks", stats->blocks);
}

static void put_rows(const struct eyas_summary *summary, unsigned top, const struct row *rows,
		     size_t nrows, const struct process *procs, size_t nprocs, struct eyas_str *out)
{
	size_t i;

	eyas_str_puts(out, "\nevents by type\n");
	for (i = 0; i < nrows; i++) {
		eyas_str_printf(out, "%12llu %5.1f%%  ", (unsigned long long)rows[i].count,
				100.0 * (double)rows[i].count / (double)summary->shown);
		eyas_str_safe(out, rows[i].name, strlen(rows[i].name));
		eyas_str_putc(out, '\n');
	}
	eyas_str_puts(out, "\nevents by process\n");
	for (i = 0; i < nprocs && i < top; i++) {
		eyas_str_printf(out, "%12llu %5.1f%%  %lld ", (unsigned long long)procs[i].count,
				100.0 * (double)procs[i].count / (double)summary->shown,
				(long long)procs[i].pid);
		if (procs[i].comm[0])
			eyas_str_safe(out, procs[i].comm, strlen(procs[i].comm));
		else
			eyas_str_puts(out, "<NA>");
		eyas_str_putc(out, '\n');
	}
	if (nprocs > top)
		eyas_str_printf(out, "             and %zu more\n", nprocs - top);
}

int eyas_summary_text(struct eyas_summary *summary, const struct eyas_summary_file *file,
		      unsigned top, struct eyas_str *out)
{
	const struct eyas_source_stats *stats = file->stats;
	size_t nrows = 0, nprocs = 0;
	struct row *rows = type_rows(summary, &nrows);
	struct process *procs = process_rows(summary, &nprocs);

	if (rows && procs) {
		qsort(rows, nrows, sizeof(*rows), row_by_count);
		put_file(file, out);
		put_machine(summary, out);
		put_time(out, "first event", summary->first_ns);
		put_time(out, "last event", summary->last_ns);
		put_label(out, "duration (s)");
		eyas_str_printf(out, "%.9f\n", (double)duration_ns(summary) / 1e9);
		put_count(out, "events", summary->shown);
		put_count(out, "events/s", event_rate(summary));
		put_some(out, "state events", summary->hidden);
		put_some(out, "stored events", stats->events == summary->shown ? 0 : stats->events);
		put_some(out, "converted", stats->events_converted);
		put_some(out, "newer, skipped", skipped(stats));
		put_some(out, "longer, cut", stats->events_longer + stats->entries_longer);
		put_some(out, "enters missing", stats->enters_missing);
		put_some(out, "enters given up", stats->enters_evicted);
		put_count(out, "damaged parts", damaged(file));
		put_label(out, "state");
		eyas_str_printf(out,
				"%llu threads, %llu descriptors, %llu users, %llu groups, "
				"%llu interfaces\n",
				(unsigned long long)stats->threads, (unsigned long long)stats->fds,
				(unsigned long long)stats->users, (unsigned long long)stats->groups,
				(unsigned long long)stats->ifaces);
		if (summary->shown)
			put_rows(summary, top, rows, nrows, procs, nprocs, out);
	}
	out->nomem |= !rows || !procs;
	free(rows);
	free(procs);
	return out->nomem ? -ENOMEM : 0;
}

/* ---- JSON ---- */

static void json_count(struct eyas_json *json, const char *key, uint64_t count)
{
	eyas_json_key(json, key);
	eyas_json_u64(json, count);
}

static void json_machine(const struct eyas_summary *summary, struct eyas_json *json)
{
	const struct eyas_machine *machine = &summary->machine;

	eyas_json_key(json, "machine");
	if (!summary->machine_set) {
		eyas_json_null(json);
		return;
	}
	eyas_json_object(json);
	eyas_json_key(json, "hostname");
	eyas_json_cstr(json, machine->hostname);
	json_count(json, "num_cpus", machine->num_cpus);
	json_count(json, "memory_bytes", machine->memory_bytes);
	json_count(json, "max_pid", machine->max_pid);
	json_count(json, "boot_ts", machine->boot_ts_ns);
	eyas_json_end(json);
}

static void json_time(struct eyas_json *json, const char *key, uint64_t ns)
{
	eyas_json_key(json, key);
	if (ns)
		eyas_json_u64(json, ns);
	else
		eyas_json_null(json);
}

static void json_stats(const struct eyas_source_stats *stats, struct eyas_json *json)
{
	eyas_json_key(json, "stored");
	eyas_json_object(json);
	json_count(json, "events", stats->events);
	json_count(json, "enters_folded", stats->events_stored);
	json_count(json, "converted", stats->events_converted);
	json_count(json, "without_meaning", stats->events_dropped);
	json_count(json, "newer", stats->events_newer);
	json_count(json, "longer", stats->events_longer);
	json_count(json, "enters_missing", stats->enters_missing);
	json_count(json, "enters_evicted", stats->enters_evicted);
	eyas_json_end(json);
	json_count(json, "blocks", stats->blocks);
	json_count(json, "blocks_skipped", stats->blocks_skipped);
	json_count(json, "entries_longer", stats->entries_longer);
	json_count(json, "sections", stats->sections);
	eyas_json_key(json, "state");
	eyas_json_object(json);
	json_count(json, "threads", stats->threads);
	json_count(json, "fds", stats->fds);
	json_count(json, "users", stats->users);
	json_count(json, "groups", stats->groups);
	json_count(json, "interfaces", stats->ifaces);
	eyas_json_end(json);
}

static void json_file(const struct eyas_summary_file *file, struct eyas_json *json)
{
	const struct eyas_source_stats *stats = file->stats;

	eyas_json_key(json, "file");
	eyas_json_cstr(json, file->path);
	eyas_json_key(json, "format");
	eyas_json_object(json);
	json_count(json, "major", stats->version_major);
	json_count(json, "minor", stats->version_minor);
	json_count(json, "events", stats->event_version);
	json_count(json, "threads", stats->thread_version);
	eyas_json_end(json);
	eyas_json_key(json, "compression");
	eyas_json_cstr(json, eyas_compression_name((enum eyas_compression)stats->compression));
	json_count(json, "bytes", stats->bytes_in);
	json_count(json, "bytes_plain", stats->bytes);
}

static void json_processes(struct eyas_json *json, const struct process *procs, size_t nprocs,
			   unsigned top)
{
	size_t i;

	eyas_json_key(json, "by_process");
	eyas_json_array(json);
	for (i = 0; i < nprocs && i < top; i++) {
		eyas_json_object(json);
		eyas_json_key(json, "pid");
		eyas_json_i64(json, (int64_t)procs[i].pid);
		eyas_json_key(json, "comm");
		if (procs[i].comm[0])
			eyas_json_cstr(json, procs[i].comm);
		else
			eyas_json_null(json);
		json_count(json, "events", procs[i].count);
		eyas_json_end(json);
	}
	eyas_json_end(json);
	json_count(json, "processes", nprocs);
}

int eyas_summary_json(struct eyas_summary *summary, const struct eyas_summary_file *file,
		      unsigned top, struct eyas_str *out)
{
	size_t nrows = 0, nprocs = 0, i;
	struct row *rows = type_rows(summary, &nrows);
	struct process *procs = process_rows(summary, &nprocs);
	struct eyas_json json;

	if (rows && procs) {
		eyas_json_init(&json, out);
		eyas_json_object(&json);
		json_file(file, &json);
		json_machine(summary, &json);
		json_count(&json, "events", summary->shown);
		json_count(&json, "state_events", summary->hidden);
		json_time(&json, "first_ts", summary->first_ns);
		json_time(&json, "last_ts", summary->last_ns);
		json_count(&json, "duration_ns", duration_ns(summary));
		json_count(&json, "rate", event_rate(summary));
		eyas_json_key(&json, "by_type");
		eyas_json_object(&json);
		for (i = 0; i < nrows; i++) {
			eyas_json_key_len(&json, rows[i].name, strlen(rows[i].name));
			eyas_json_u64(&json, rows[i].count);
		}
		eyas_json_end(&json);
		json_processes(&json, procs, nprocs, top);
		json_stats(file->stats, &json);
		json_count(&json, "skipped", skipped(file->stats));
		json_count(&json, "damaged", damaged(file));
		eyas_json_key(&json, "error");
		if (file->failure)
			eyas_json_cstr(&json, file->failure->text);
		else
			eyas_json_null(&json);
		eyas_json_end(&json);
		eyas_str_putc(out, '\n');
	}
	out->nomem |= !rows || !procs;
	free(rows);
	free(procs);
	return out->nomem ? -ENOMEM : 0;
}
