/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any history of a machine: the input becomes events of the types that change the state, and
 * entries as a capture begins with them, about so few threads and descriptors that they meet.
 * The state is small, so that its limits are met, too. In between it must be sound.
 */
#include "fuzz/history.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MAX_THREADS = 12, MAX_FDS = 48, MAX_FDS_PROCESS = 16, CHECK_EVERY = 16 };

#define MAX_STRING_BYTES (16 << 10)

/* ---- is the state sound? ---- */

struct tables {
	const struct fd_table *rows[2 * MAX_THREADS + 1];
	uint32_t users[2 * MAX_THREADS + 1];
	size_t count;
};

static void count_table(struct tables *tables, const struct fd_table *table)
{
	size_t i;

	for (i = 0; i < tables->count && tables->rows[i] != table; i++)
		;
	MUST(i < sizeof(tables->rows) / sizeof(tables->rows[0]));
	if (i == tables->count) {
		tables->rows[tables->count++] = table;
		tables->users[i] = 0;
	}
	tables->users[i]++;
}

static void check_tables(const struct eyas_state *state, const struct tables *tables)
{
	const struct fd_table *table;
	uint64_t fds = 0;
	uint32_t k;
	size_t i;

	for (i = 0; i < tables->count; i++) {
		table = tables->rows[i];
		MUST(table->refs == tables->users[i]);
		MUST(table->count <= MAX_FDS_PROCESS);
		for (k = 0; k < table->count; k++) {
			MUST(fd_table_find(table, table->fds[k].num) == &table->fds[k]);
			MUST(table->fds[k].name && table->fds[k].name->refs);
		}
		fds += table->count;
	}
	MUST(fds == state->live_fds && fds <= MAX_FDS);
	MUST(tables->count == state->live_tables);
}

static void check_group(const struct eyas_thread *thread)
{
	const struct thread_group *group = thread->group;
	const struct eyas_thread *one;
	uint32_t alive = 0, met = 0, all = 0;

	/* One whose process is not known has none. */
	if (!group) {
		MUST(thread->pid < 0);
		return;
	}
	for (one = group->first; one; one = one->group_next) {
		MUST(one->group == group);
		MUST(++all <= MAX_THREADS);
		alive += !(one->bits & THREAD_DEAD);
		met += one == thread;
	}
	MUST(met == 1);
	MUST(alive == group->alive);
}

static void check_family(struct eyas_state *state, struct eyas_thread *thread)
{
	const struct eyas_thread *one;
	uint32_t steps = 0;

	for (one = thread->children; one; one = one->sibling_next) {
		MUST(one->parent == thread);
		MUST(++steps <= MAX_THREADS);
	}
	if (thread->parent)
		MUST(eyas_state_find(state, thread->parent->tid) == thread->parent);
	/* The walk that fields take ends. Links of threads that lead nothing may go in circles. */
	for (one = thread, steps = 0; one; one = eyas_thread_parent(one))
		MUST(++steps <= MAX_THREADS);
}

static void check_thread(struct eyas_state *state, struct eyas_thread *thread)
{
	const struct eyas_istr *const strings[] = { thread->comm,	 thread->exe,
						    thread->exepath,	 thread->args,
						    thread->env,	 thread->cgroups,
						    thread->container_id };
	size_t i;

	MUST(eyas_state_find(state, thread->tid) == thread);
	MUST(thread->fds && thread->fs && thread->fs->cwd && thread->fs->root);
	for (i = 0; i < sizeof(strings) / sizeof(strings[0]); i++)
		MUST(strings[i] && strings[i]->refs && !strings[i]->text[strings[i]->len]);
	check_group(thread);
	check_family(state, thread);
}

struct dumped {
	uint64_t threads, fds;
};

static int dump_thread(void *ctx, const struct eyas_thread_entry *entry)
{
	struct dumped *dumped = ctx;

	(void)entry;
	dumped->threads++;
	return 0;
}

static int dump_fd(void *ctx, uint64_t tid, const struct eyas_fd_entry *entry)
{
	struct dumped *dumped = ctx;

	(void)tid;
	(void)entry;
	dumped->fds++;
	return 0;
}

static void check_state(struct eyas_state *state)
{
	struct dumped dumped = { 0 };
	struct eyas_loader to = { .ctx = &dumped, .thread = dump_thread, .fd = dump_fd };
	struct tables tables = { .count = 0 };
	struct eyas_state_stats stats;
	struct eyas_thread *thread;
	uint64_t threads = 0;
	size_t i;

	for (i = 0; state->threads.used && i < (size_t)1 << state->threads.bits; i++) {
		thread = state->threads.rows[i].value;
		if (!thread)
			continue;
		threads++;
		check_thread(state, thread);
		count_table(&tables, thread->fds);
	}
	if (state->pending.close_table)
		count_table(&tables, state->pending.close_table);
	check_tables(state, &tables);
	eyas_state_stats(state, &stats);
	MUST(stats.threads == threads && threads <= MAX_THREADS);
	MUST(stats.string_bytes <= MAX_STRING_BYTES + 4096);
	MUST(!eyas_state_dump(state, &to));
	MUST(dumped.threads == threads);
}

/* ---- what happens ---- */

static void one_event(struct input *in, struct eyas_state *state, uint64_t ts_ns)
{
	const struct eyas_context *context;
	struct eyas_event event;
	uint8_t buf[4096];

	if (!make_event(in, ts_ns, buf, sizeof(buf), &event))
		return;
	context = eyas_state_take(state, &event);
	MUST(context->event == &event);
	if (context->thread)
		MUST(eyas_state_find(state, context->thread->tid) == context->thread);
	if (context->fd)
		MUST(context->fd->name);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct eyas_state_opts opts = {
		.size = sizeof(opts),
		.max_threads = MAX_THREADS,
		.max_fds = MAX_FDS,
		.max_fds_process = MAX_FDS_PROCESS,
		.max_string_bytes = MAX_STRING_BYTES,
		.idle_ns = 60 * SECOND_NS,
	};
	struct input in = { data, data + size };
	uint64_t ts_ns = SECOND_NS;
	struct eyas_loader loader;
	struct eyas_state *state;
	unsigned steps = 0;
	uint8_t step;

	MUST(!eyas_state_new(&opts, &state, NULL));
	eyas_state_loader(state, &loader);
	while (in.p < in.end) {
		step = take(&in);
		ts_ns += step;
		if (step < 16)
			one_thread(&in, &loader);
		else if (step < 32)
			one_fd(&in, &loader);
		else if (step == 32)
			(void)loader.section(loader.ctx);
		else if (step == 33)
			ts_ns += take(&in) * SECOND_NS;
		else
			one_event(&in, state, ts_ns);
		if (++steps % CHECK_EVERY == 0)
			check_state(state);
	}
	check_state(state);
	eyas_state_free(state);
	return 0;
}
