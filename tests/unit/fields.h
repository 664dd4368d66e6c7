/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A small machine and one event on it, for the tests of fields that read the state: processes
 * 1 systemd, 100 bash, 200 make, 300 cc with the thread 301, each the child of the one before.
 * The event's context is filled in by hand, so that a test depends on no handler of the state.
 */
#ifndef TESTS_FIELDS_H
#define TESTS_FIELDS_H

#include "unit/harness.h"

#include <string.h>

#include "filter/fields_int.h"
#include "filter/value_text.h"
#include "schema/ids.h"
#include "state/state.h"

#define MISSING "(missing)"

struct machine {
	struct eyas_state *state;
	struct eyas_loader loader;
	struct eyas_arena arena, bound;
	struct eyas_str scratch, text;
	struct eyas_event event;
	struct eyas_context context;
	struct field_opts opts;
	struct field_eval eval;
	struct eyas_encoder encoder;
	uint8_t bytes[4096];
};

static inline struct eyas_bytes bytes_of(const char *text, size_t len)
{
	return (struct eyas_bytes){ text, (uint32_t)len };
}

#define BYTES(text) bytes_of(text, sizeof(text) - 1)

/* A thread of a process that began as comm with one argument, "-x". */
static inline void add_thread(struct machine *m, uint64_t tid, uint64_t pid, uint64_t ptid,
			      const char *comm)
{
	struct eyas_thread_entry entry = {
		.tid = tid,
		.pid = pid,
		.ptid = ptid,
		.sid = 100,
		.vpgid = 200,
		.pgid = 200,
		.vtid = (int64_t)tid,
		.vpid = (int64_t)pid,
		.comm = bytes_of(comm, strlen(comm)),
		.exe = BYTES("./prog"),
		.exepath = BYTES("/bin/prog"),
		.args = BYTES("-x\0"),
		.env = BYTES("HOME=/root\0LANG=C\0"),
		.cwd = BYTES("/desk/"),
		.root = BYTES("/"),
		.cgroups = BYTES("cpu=/system.slice\0memory=/\0"),
		.fdlimit = 10,
		.uid = 1000,
		.gid = 1000,
		.loginuid = UINT32_MAX,
		.vmsize_kb = 4,
		.vmrss_kb = 2,
	};

	CHECK_INT(m->loader.thread(m->loader.ctx, &entry), 0);
}

/* A descriptor of process 300. */
static inline void add_fd(struct machine *m, const struct eyas_fd_entry *entry)
{
	CHECK_INT(m->loader.fd(m->loader.ctx, 300, entry), 0);
}

static inline struct eyas_thread *thread_of(struct machine *m, int64_t tid)
{
	struct eyas_thread *thread = eyas_state_find(m->state, tid);

	CHECK(thread);
	return thread;
}

/* Begin an event of the thread; put its parameters into m->encoder, then call end_event(). */
static inline void begin_event(struct machine *m, unsigned type, uint64_t tid)
{
	eyas_encoder_begin(&m->encoder, m->bytes, sizeof(m->bytes), type, 5000, tid);
	m->context = (struct eyas_context){ .event = &m->event, .state = m->state, .fd_num = -1 };
	m->context.thread = eyas_state_find(m->state, (int64_t)tid);
}

static inline void end_event(struct machine *m)
{
	int len = eyas_encoder_end(&m->encoder);

	CHECK(len > 0);
	CHECK_INT(eyas_event_view(m->bytes, (size_t)len, &m->event, NULL), 0);
	if (m->event.info->flags & (EYAS_EF_CREATES_FD | EYAS_EF_USES_FD | EYAS_EF_DESTROYS_FD))
		m->context.bits |= CONTEXT_USES_FD;
}

/* An event without parameters. */
static inline void set_event(struct machine *m, unsigned type, uint64_t tid)
{
	begin_event(m, type, tid);
	end_event(m);
}

static inline void start_machine(struct machine *m)
{
	static const struct eyas_machine info = { .num_cpus = 2 };
	static const struct eyas_iface iface = { .type = 1,
						 .addr = { 10, 0, 0, 1 },
						 .mask = { 255, 255, 255, 0 } };

	*m = (struct machine){ .eval = { 0 } };
	CHECK_INT(eyas_state_new(NULL, &m->state, NULL), 0);
	eyas_state_loader(m->state, &m->loader);
	CHECK_INT(m->loader.section(m->loader.ctx), 0);
	CHECK_INT(m->loader.machine(m->loader.ctx, &info), 0);
	CHECK_INT(m->loader.iface(m->loader.ctx, &iface), 0);
	add_thread(m, 1, 1, 0, "systemd");
	add_thread(m, 100, 100, 1, "bash");
	add_thread(m, 200, 200, 100, "make");
	add_thread(m, 300, 300, 200, "cc");
	add_thread(m, 301, 300, 200, "cc-worker");
	m->eval = (struct field_eval){
		.context = &m->context, .arena = &m->arena, .scratch = &m->scratch, .opts = &m->opts
	};
	/* What is loaded is linked when the first event comes. */
	begin_event(m, EYAS_EV_SCHEDSWITCH_6_E, 1);
	end_event(m);
	eyas_state_event(m->state, &m->event, &m->context);
	set_event(m, EYAS_EV_PROCINFO_E, 300);
}

static inline void stop_machine(struct machine *m)
{
	eyas_state_free(m->state);
	eyas_arena_fini(&m->arena);
	eyas_arena_fini(&m->bound);
	eyas_str_fini(&m->scratch);
	eyas_str_fini(&m->text);
}

static inline bool get_field(struct machine *m, const char *name, struct field_ref *ref,
			     struct eyas_value *ret)
{
	struct eyas_err err;

	eyas_arena_reset(&m->arena);
	if (eyas_field_bind(name, strlen(name), &m->bound, ref, &err))
		test_fail(__FILE__, __LINE__, "%s: %s", name, err.text);
	return ref->info->get(&m->eval, ref, ret);
}

/* The value of a field as a format prints it. */
static inline const char *show(struct machine *m, const char *name)
{
	struct eyas_value value;
	struct field_ref ref;

	m->eval.for_filter = false;
	if (!get_field(m, name, &ref, &value))
		return MISSING;
	CHECK_INT(value.type, ref.type);
	m->text.len = 0;
	eyas_value_put_text(&m->text, &value, &m->opts);
	eyas_str_putc(&m->text, '\0');
	CHECK(!m->text.nomem);
	return m->text.data;
}

/* What a filter compares: a list in braces, or one value. */
static inline const char *show_filter(struct machine *m, const char *name)
{
	struct eyas_value value;
	struct field_ref ref;

	m->eval.for_filter = true;
	if (!get_field(m, name, &ref, &value))
		return MISSING;
	m->text.len = 0;
	if (!value.list) {
		eyas_value_put_text(&m->text, &value, &m->opts);
	} else {
		eyas_str_putc(&m->text, '{');
		for (uint32_t i = 0; i < value.len; i++) {
			if (i)
				eyas_str_putc(&m->text, ' ');
			eyas_value_put_text(&m->text, &value.u.items[i], &m->opts);
		}
		eyas_str_putc(&m->text, '}');
	}
	eyas_str_putc(&m->text, '\0');
	return m->text.data;
}

#define SHOWS(m, name, want) CHECK_STR(show(m, name), want)
#define COMPARES(m, name, want) CHECK_STR(show_filter(m, name), want)

/* A class is looked up by bisection, and each row has all that a row must have. */
static inline void check_class(const struct field_class *class)
{
	for (size_t i = 0; i < class->count; i++) {
		const struct field_info *info = &class->fields[i];

		if (i && strcmp(class->fields[i - 1].name, info->name) >= 0)
			test_fail(__FILE__, __LINE__, "%s is out of order", info->name);
		CHECK(info->get);
		CHECK(info->help && info->help[0]);
		CHECK(info->type < EYAS_PT_COUNT);
	}
}

#endif
