/* SPDX-License-Identifier: Apache-2.0 */
/* Counting what a capture holds. How it is shown is summary_show.c. */
#include "print/summary.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "print/summary_int.h"
#include "schema/event.h"
#include "schema/ids.h"

int eyas_summary_new(struct eyas_summary **ret_summary)
{
	struct eyas_summary *summary = calloc(1, sizeof(*summary));

	if (!summary)
		return -ENOMEM;
	/* As events without a thread: whose they are is not known. */
	summary->other.tid = summary->other.pid = UINT64_MAX;
	*ret_summary = summary;
	return 0;
}

void eyas_summary_free(struct eyas_summary *summary)
{
	if (!summary)
		return;
	eyas_map_fini(&summary->by_tid);
	free(summary->threads);
	free(summary->names);
	free(summary);
}

/* The record of a thread, made when there is none. NULL = no memory. */
static struct summary_thread *thread_get(struct eyas_summary *summary, uint64_t tid)
{
	uint32_t index = eyas_map_find(&summary->by_tid, tid);
	struct summary_thread *threads;
	uint32_t cap;

	if (index != EYAS_MAP_NONE)
		return &summary->threads[index];
	if (summary->nthreads == SUMMARY_THREADS_MAX)
		return &summary->other;
	if (summary->nthreads == summary->threads_cap) {
		cap = summary->threads_cap ? summary->threads_cap * 2 : 64;
		threads = realloc(summary->threads, cap * sizeof(*threads));
		if (!threads)
			return NULL;
		summary->threads = threads;
		summary->threads_cap = cap;
	}
	if (eyas_map_add(&summary->by_tid, tid, summary->nthreads))
		return NULL;
	threads = &summary->threads[summary->nthreads++];
	*threads = (struct summary_thread){ .tid = tid, .pid = tid };
	return threads;
}

static void set_comm(struct summary_thread *thread, const char *comm, size_t len)
{
	if (len >= sizeof(thread->comm))
		len = sizeof(thread->comm) - 1;
	memcpy(thread->comm, comm, len);
	thread->comm[len] = '\0';
}

static int on_machine(void *ctx, const struct eyas_machine *machine)
{
	struct eyas_summary *summary = ctx;

	summary->machine = *machine;
	summary->machine_set = true;
	return 0;
}

static int on_thread(void *ctx, const struct eyas_thread_entry *entry)
{
	struct summary_thread *thread = thread_get(ctx, entry->tid);

	if (!thread)
		return -ENOMEM;
	if (thread == &((struct eyas_summary *)ctx)->other)
		return 0;
	thread->pid = entry->pid;
	set_comm(thread, entry->comm.data, entry->comm.len);
	return 0;
}

void eyas_summary_loader(struct eyas_summary *summary, struct eyas_loader *ret_loader)
{
	*ret_loader =
		(struct eyas_loader){ .ctx = summary, .machine = on_machine, .thread = on_thread };
}

/* clone, fork and exec tell who a thread is from now on. */
static void learn(struct summary_thread *thread, const struct eyas_event *event)
{
	struct eyas_param param;
	const char *comm;
	uint64_t pid;
	size_t len;

	if (eyas_event_param_find(event, "pid", &param) && !eyas_param_uint(&param, &pid))
		thread->pid = pid;
	if (eyas_event_param_find(event, "comm", &param) && !eyas_param_str(&param, &comm, &len))
		set_comm(thread, comm, len);
}

static bool tells_identity(unsigned type)
{
	return type == EYAS_EV_SYSCALL_CLONE_20_X || type == EYAS_EV_SYSCALL_FORK_20_X ||
	       type == EYAS_EV_SYSCALL_VFORK_20_X || type == EYAS_EV_SYSCALL_CLONE3_X ||
	       type == EYAS_EV_SYSCALL_EXECVE_19_X || type == EYAS_EV_SYSCALL_EXECVEAT_X;
}

/* Count under a name that only the event knows (async events of plugins). */
static int count_name(struct eyas_summary *summary, const char *name, size_t len)
{
	struct summary_name *names;
	unsigned i;

	if (len >= sizeof(names->name))
		len = sizeof(names->name) - 1;
	for (i = 0; i < summary->nnames; i++)
		if (strlen(summary->names[i].name) == len &&
		    !memcmp(summary->names[i].name, name, len))
			break;
	if (i == SUMMARY_NAMES_MAX) {
		summary->by_type[EYAS_EV_ASYNCEVENT_E]++;
		return 0;
	}
	if (i == summary->nnames) {
		names = realloc(summary->names, (i + 1) * sizeof(*names));
		if (!names)
			return -ENOMEM;
		summary->names = names;
		memcpy(names[i].name, name, len);
		names[i].name[len] = '\0';
		names[i].count = 0;
		summary->nnames++;
	}
	summary->names[i].count++;
	return 0;
}

int eyas_summary_event(struct eyas_summary *summary, const struct eyas_event *event, bool shown)
{
	struct summary_thread *thread;
	struct eyas_param param;
	const char *name;
	uint64_t code;
	size_t len;

	if (!shown) {
		summary->hidden++;
		return 0;
	}
	summary->shown++;
	if (event->ts_ns) {
		if (!summary->first_ns || event->ts_ns < summary->first_ns)
			summary->first_ns = event->ts_ns;
		if (event->ts_ns > summary->last_ns)
			summary->last_ns = event->ts_ns;
	}
	thread = thread_get(summary, event->tid);
	if (!thread)
		return -ENOMEM;
	thread->count++;
	if (thread != &summary->other && tells_identity(event->type))
		learn(thread, event);
	if (event->type == EYAS_EV_ASYNCEVENT_E) {
		name = eyas_event_name(event, &len);
		return count_name(summary, name, len);
	}
	if (event->type <= EYAS_EV_GENERIC_X && eyas_event_param(event, 0, &param) &&
	    !eyas_param_uint(&param, &code) && code < EYAS_SYSCALL_CODES)
		summary->by_syscall[code]++;
	else
		summary->by_type[event->type]++;
	return 0;
}
