/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who is this thread, what is this descriptor, of which no event has said where it comes from?
 * Asked while events of a running machine arrive; /proc knows, unless it is too late.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

#include "state/proc_int.h"

bool proc_may_look_up(struct eyas_state *state)
{
	uint64_t second = state->last_ts_ns / UINT64_C(1000000000);

	if (!state->opts.live)
		return false;
	if (second != state->lookup_second) {
		state->lookup_second = second;
		state->lookups = 0;
	}
	if (state->lookups >= state->opts.max_lookups_s) {
		state->stats.lookups_refused++;
		return false;
	}
	state->lookups++;
	return true;
}

/* Who began the pid namespace: the process itself, or as its parent has it. */
static void set_pidns_start(struct eyas_state *state, struct proc_process *process)
{
	struct eyas_thread_entry *entry = &process->entry;
	const struct eyas_thread *parent;

	if (entry->pidns_init_start_ts_ns)
		return;
	parent = eyas_state_find(state, (int64_t)entry->ptid);
	if (entry->vpid == 1)
		entry->pidns_init_start_ts_ns = process->start_ts_ns;
	else if (parent && parent->vpid != parent->pid)
		entry->pidns_init_start_ts_ns = parent->pidns_init_start_ts_ns;
}

static struct eyas_thread *load_leader(struct eyas_state *state, struct proc_reader *reader,
				       struct proc_process *process)
{
	struct eyas_thread *leader;

	set_pidns_start(state, process);
	leader = load_thread_entry(state, &process->entry);
	if (!leader)
		return NULL;
	proc_complete(leader, process->start_ts_ns, process);
	leader->bits |= THREAD_FROM_PROC;
	if (!proc_load_fds(state, reader, process, leader))
		return leader;
	thread_remove(state, leader, NULL);
	return NULL;
}

static struct eyas_thread *load_other(struct eyas_state *state, struct proc_reader *reader,
				      struct proc_process *process, int64_t tid)
{
	struct eyas_thread_entry entry;
	struct eyas_thread *thread;
	uint64_t start_ts_ns;

	if (proc_read_thread(reader, process, tid, &entry, &start_ts_ns))
		return NULL;
	thread = load_thread_entry(state, &entry);
	if (!thread)
		return NULL;
	proc_complete(thread, start_ts_ns, process);
	thread->bits |= THREAD_FROM_PROC;
	return thread;
}

/* The id of the process a thread belongs to; 0 = there is no such thread. */
static int64_t process_of(struct proc_reader *reader, int64_t tid)
{
	struct proc_status status;
	char path[40];

	snprintf(path, sizeof(path), "%lld/status", (long long)tid);
	if (proc_read_status(reader, reader->root, path, &status))
		return 0;
	return (int64_t)status.tgid;
}

static struct eyas_thread *look_up_thread(struct eyas_state *state, int64_t tid)
{
	struct proc_reader *reader = proc_reader_get(state);
	struct eyas_thread *thread = NULL;
	struct proc_process process;
	int64_t pid;

	if (!reader)
		return NULL;
	pid = process_of(reader, tid);
	if (!pid || proc_process_open(reader, pid, &process))
		return NULL;
	if (!eyas_state_find(state, pid))
		thread = load_leader(state, reader, &process);
	if (tid != pid && eyas_state_find(state, pid))
		thread = load_other(state, reader, &process, tid);
	proc_process_close(&process);
	return thread;
}

struct eyas_thread *proc_lookup_thread(struct eyas_state *state, int64_t tid)
{
	struct eyas_thread *thread;

	if (tid <= 0 || !proc_may_look_up(state))
		return NULL;
	thread = look_up_thread(state, tid);
	if (thread)
		state->stats.threads_looked_up++;
	else
		state->stats.lookups_failed++;
	return thread;
}

struct eyas_fd *proc_lookup_fd(struct eyas_state *state, struct eyas_thread *thread, int64_t num)
{
	struct proc_process process = { .files = -1 };
	struct proc_reader *reader;
	struct eyas_fd *fd = NULL;
	char name[24];

	if (num < 0 || !proc_may_look_up(state))
		return NULL;
	reader = proc_reader_get(state);
	snprintf(name, sizeof(name), "%lld", (long long)thread->tid);
	process.dir = reader ? proc_open(reader, reader->root, name, O_DIRECTORY) : -ENOENT;
	if (process.dir >= 0) {
		process.files = process.dir;
		process.status.tgid = (uint64_t)(thread->pid > 0 ? thread->pid : thread->tid);
		fd = proc_load_fd(state, reader, &process, thread, num);
		proc_process_close(&process);
	}
	if (fd)
		state->stats.fds_looked_up++;
	else
		state->stats.lookups_failed++;
	return fd;
}

bool proc_exists(struct eyas_state *state, int64_t tid)
{
	struct proc_reader *reader = proc_reader_get(state);
	struct proc_status status;
	char path[40];

	snprintf(path, sizeof(path), "%lld/status", (long long)tid);
	return reader && !proc_read_status(reader, reader->root, path, &status) &&
	       !proc_is_dead(&status);
}
