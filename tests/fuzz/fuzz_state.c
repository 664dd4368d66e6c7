/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any history of a machine: the input becomes events of the types that change the state, and
 * entries as a capture begins with them, about so few threads and descriptors that they meet.
 * The state is small, so that its limits are met, too. In between it must be sound.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "state/state_int.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
	MAX_THREADS = 12,
	MAX_FDS = 48,
	MAX_FDS_PROCESS = 16,
	CHECK_EVERY = 16,
	MISSING = 255 /* in place of a value */
};

#define MAX_STRING_BYTES (16 << 10)
#define SECOND_NS UINT64_C(1000000000)

#define MUST(cond) \
	do { \
		if (!(cond)) \
			abort(); \
	} while (0)

struct input {
	const uint8_t *p, *end;
};

static uint8_t take(struct input *in)
{
	return in->p < in->end ? *in->p++ : 0;
}

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

static const char *const texts[] = {
	"",	    "/",      "a",     "/usr/bin/a", "../b", "/dir/",
	"./c/../d", "/a//b/", "@unix", "/tmp/x",     "name", "/dir/sub/..",
};

static const char *const lists[] = {
	"",
	"a\0",
	"-x\0y z\0\0",
	"cpu=/\0memory=/default/box\0",
	"cpu=/docker/3ad7b26ded6d8e7b23da7d48fe889434573036c27ae5a74837233de441c3601e\0",
};
static const uint8_t list_lens[] = { 0, 2, 8, 27, 77 };

static const char *take_text(struct input *in)
{
	return texts[take(in) % (sizeof(texts) / sizeof(texts[0]))];
}

static struct eyas_bytes take_bytes(struct input *in)
{
	const char *text = take_text(in);

	return (struct eyas_bytes){ text, (uint32_t)strlen(text) };
}

static struct eyas_bytes take_list(struct input *in)
{
	size_t i = take(in) % (sizeof(lists) / sizeof(lists[0]));

	return (struct eyas_bytes){ lists[i], list_lens[i] };
}

/* An id, or an error in its place. */
static int64_t take_small(struct input *in)
{
	return take(in) % 20 - 4;
}

/* One bit, or some of the low ones. */
static uint64_t take_flags(struct input *in)
{
	uint8_t b = take(in);

	return b & 0x80 ? UINT64_C(1) << (b & 31) : (uint64_t)(b & 0x7f) << (b & 1 ? 0 : 7);
}

static void take_sock(struct input *in, struct eyas_sock *sock)
{
	static const uint8_t families[] = { 1, 2, 10, 2 };
	uint8_t b = take(in);

	*sock = (struct eyas_sock){ .family = families[b & 3] };
	sock->src.addr[0] = sock->dst.addr[0] = 127;
	sock->src.addr[3] = b >> 2 & 3;
	sock->dst.addr[3] = b >> 4 & 3;
	sock->src.port = (uint16_t)(b >> 6);
	sock->dst.port = (uint16_t)(b >> 2);
	sock->src.ptr = b;
	if (sock->family == 1) {
		sock->path = take_text(in);
		sock->path_len = strlen(sock->path);
	}
}

static bool is_id(const struct eyas_param_info *info)
{
	return info->type == EYAS_PT_UID || info->type == EYAS_PT_GID;
}

static void put_number(struct input *in, struct eyas_encoder *enc,
		       const struct eyas_param_info *info, const struct eyas_type_info *type)
{
	uint64_t max = UINT64_MAX >> (64 - 8 * type->size);

	if (type->kind == EYAS_KIND_SINT)
		eyas_put_int(enc, take_small(in));
	else
		eyas_put_uint(enc, (is_id(info) ? take(in) % 4u : take_flags(in)) & max);
}

static void put_value(struct input *in, struct eyas_encoder *enc,
		      const struct eyas_param_info *info)
{
	const struct eyas_type_info *type = eyas_type_info(info->type);
	struct eyas_pollfd poll;
	struct eyas_bytes bytes;
	struct eyas_sock sock;
	uint8_t addr[16] = { 10 }, raw[64];
	size_t i, len;

	if (in->p < in->end && *in->p == MISSING) {
		take(in);
		eyas_put_missing(enc);
		return;
	}
	switch (type->kind) {
	case EYAS_KIND_SINT:
	case EYAS_KIND_UINT:
		put_number(in, enc, info, type);
		break;
	case EYAS_KIND_DOUBLE:
		eyas_put_double(enc, take(in));
		break;
	case EYAS_KIND_STRING:
		eyas_put_str(enc, take_text(in));
		break;
	case EYAS_KIND_BYTES:
		/* Control messages, above all, which have a format of their own. */
		len = take(in) % sizeof(raw);
		for (i = 0; i < len; i++)
			raw[i] = take(in);
		eyas_put_bytes(enc, raw, len);
		break;
	case EYAS_KIND_SOCKADDR:
		take_sock(in, &sock);
		eyas_put_sockaddr(enc, &sock);
		break;
	case EYAS_KIND_SOCKTUPLE:
		take_sock(in, &sock);
		eyas_put_socktuple(enc, &sock);
		break;
	case EYAS_KIND_FDLIST:
		poll = (struct eyas_pollfd){ .fd = take_small(in), .events = 1 };
		eyas_put_fdlist(enc, &poll, 1);
		break;
	case EYAS_KIND_ADDR:
		eyas_put_addr(enc, addr, take(in) & 1 ? 4 : 16);
		break;
	case EYAS_KIND_DYN:
		eyas_put_dyn_int(enc, take(in) % 4, take_small(in));
		break;
	default:
		bytes = take_list(in);
		eyas_put_bytes(enc, bytes.data, bytes.len);
		break;
	}
}

/* Of any type that a handler waits for, or that is about a descriptor. */
static unsigned take_type(struct input *in)
{
	static uint16_t types[EYAS_EVENT_TYPES];
	static unsigned count;
	const struct eyas_event_info *info;
	unsigned i;

	for (i = count ? EYAS_EVENT_TYPES : 0; i < EYAS_EVENT_TYPES; i++) {
		info = eyas_event_info(i);
		if (state_handlers[i] ||
		    (!(info->flags & EYAS_EF_OLD_VERSION) && info->flags & EYAS_EF_USES_FD))
			types[count++] = (uint16_t)i;
	}
	return types[(take(in) | (unsigned)(take(in) & 1) << 8) % count];
}

static void one_event(struct input *in, struct eyas_state *state, uint64_t ts_ns)
{
	uint8_t buf[4096];
	struct eyas_encoder enc;
	const struct eyas_context *context;
	struct eyas_event event;
	unsigned i;
	int len;

	eyas_encoder_begin(&enc, buf, sizeof(buf), take_type(in), ts_ns,
			   (uint64_t)(int64_t)(take(in) % 16 - 1));
	for (i = 0; i < enc.info->nparams; i++)
		put_value(in, &enc, &enc.info->params[i]);
	len = eyas_encoder_end(&enc);
	/* Only what the check has passed reaches a state. */
	if (len < 0 || eyas_event_view(buf, (size_t)len, &event, NULL) ||
	    eyas_event_check(&event, NULL))
		return;
	event.cpu = take(in) % 4;
	context = eyas_state_take(state, &event);
	MUST(context->event == &event);
	if (context->thread)
		MUST(eyas_state_find(state, context->thread->tid) == context->thread);
	if (context->fd)
		MUST(context->fd->name);
}

static void one_thread(struct input *in, const struct eyas_loader *loader)
{
	struct eyas_thread_entry entry = { .tid = (uint64_t)take_small(in) };

	entry.pid = (uint64_t)take_small(in);
	entry.ptid = (uint64_t)take_small(in);
	entry.vpid = take_small(in);
	entry.vtid = take_small(in);
	entry.flags = (uint32_t)take_flags(in);
	entry.comm = take_bytes(in);
	entry.exe = take_bytes(in);
	entry.cwd = take_bytes(in);
	entry.args = take_list(in);
	entry.cgroups = take_list(in);
	entry.uid = take(in) % 4u;
	(void)loader->thread(loader->ctx, &entry);
}

static void one_fd(struct input *in, const struct eyas_loader *loader)
{
	struct eyas_fd_entry entry = { .fd = take_small(in) };
	uint64_t tid = (uint64_t)take_small(in);
	uint8_t b = take(in);

	entry.kind = b % (EYAS_FD_KINDS + 1);
	entry.l4 = b & 7;
	entry.sport = b & 3;
	entry.dport = b >> 2 & 3;
	entry.name = take_bytes(in);
	(void)loader->fd(loader->ctx, tid, &entry);
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
