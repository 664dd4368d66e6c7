/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All that a source says while it reads, metadata, events and damage, written down in one string
 * that a test compares with what it expects; and captures to read.
 */
#ifndef TESTS_DIARY_H
#define TESTS_DIARY_H

#include "unit/rawcap.h"

#include <stdarg.h>

#include <eyas/capture.h>

#define S UINT64_C(1000000000)

struct diary {
	struct eyas_str text; /* NUL-terminated by read_files() */
	struct eyas_source_stats stats;
	struct eyas_err err;
	int res;	     /* what ended the reading */
	const char *stop_at; /* loader function that returns stop_with */
	int stop_with;
};

static inline void note(struct diary *diary, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
static inline void note(struct diary *diary, const char *fmt, ...)
{
	char line[700];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	eyas_str_puts(&diary->text, line);
	eyas_str_putc(&diary->text, '\n');
}

static inline int answer(const struct diary *diary, const char *function)
{
	return diary->stop_at && !strcmp(diary->stop_at, function) ? diary->stop_with : 0;
}

#define BYTES(b) (int)(b).len, (b).data

static inline int on_section(void *ctx)
{
	note(ctx, "section");
	return answer(ctx, "section");
}

static inline int on_machine(void *ctx, const struct eyas_machine *m)
{
	note(ctx, "machine cpus=%u mem=%llu pid=%llu host=%s boot=%llu flags=%llu %llu %llu",
	     m->num_cpus, (unsigned long long)m->memory_bytes, (unsigned long long)m->max_pid,
	     m->hostname, (unsigned long long)m->boot_ts_ns, (unsigned long long)m->flags,
	     (unsigned long long)m->reserved[0], (unsigned long long)m->reserved[1]);
	return answer(ctx, "machine");
}

static inline int on_iface(void *ctx, const struct eyas_iface *f)
{
	note(ctx, "iface %u %.*s %u.%u %u.%u %u.%u %llu", f->type, BYTES(f->name), f->addr[0],
	     f->addr[15], f->mask[0], f->mask[15], f->bcast[0], f->bcast[15],
	     (unsigned long long)f->linkspeed);
	return answer(ctx, "iface");
}

static inline int on_user(void *ctx, const struct eyas_user *u)
{
	note(ctx, "user %u %u %.*s %.*s %.*s", u->uid, u->gid, BYTES(u->name), BYTES(u->home),
	     BYTES(u->shell));
	return answer(ctx, "user");
}

static inline int on_group(void *ctx, const struct eyas_group *g)
{
	note(ctx, "group %u %.*s", g->gid, BYTES(g->name));
	return answer(ctx, "group");
}

static inline int on_thread(void *ctx, const struct eyas_thread_entry *t)
{
	note(ctx,
	     "thread %llu %llu %llu %lld %lld %lld %lld %lld %.*s %.*s %.*s %.*s %.*s %.*s %.*s "
	     "%.*s",
	     (unsigned long long)t->tid, (unsigned long long)t->pid, (unsigned long long)t->ptid,
	     (long long)t->sid, (long long)t->vpgid, (long long)t->pgid, (long long)t->vtid,
	     (long long)t->vpid, BYTES(t->comm), BYTES(t->exe), BYTES(t->exepath), BYTES(t->args),
	     BYTES(t->cwd), BYTES(t->env), BYTES(t->cgroups), BYTES(t->root));
	note(ctx, " %llu %u %u %u %u %u %u %llu %llu %llu %u %d %llx %llx %llx",
	     (unsigned long long)t->fdlimit, t->flags, t->uid, t->gid, t->vmsize_kb, t->vmrss_kb,
	     t->vmswap_kb, (unsigned long long)t->pfmajor, (unsigned long long)t->pfminor,
	     (unsigned long long)t->pidns_init_start_ts_ns, t->tty, (int)t->loginuid,
	     (unsigned long long)t->cap_inheritable, (unsigned long long)t->cap_permitted,
	     (unsigned long long)t->cap_effective);
	note(ctx, " %llu %llu %llu %u %u %u %u '%.*s'", (unsigned long long)t->exe_ino,
	     (unsigned long long)t->exe_ino_ctime_ns, (unsigned long long)t->exe_ino_mtime_ns,
	     t->exe_writable, t->exe_upper_layer, t->exe_lower_layer, t->exe_from_memfd,
	     BYTES(t->tail));
	return answer(ctx, "thread");
}

static inline int on_fd_list(void *ctx, uint64_t tid)
{
	note(ctx, "fds of %llu", (unsigned long long)tid);
	return answer(ctx, "fd_list");
}

static inline int on_fd(void *ctx, uint64_t tid, const struct eyas_fd_entry *f)
{
	note(ctx,
	     "fd %llu %lld kind=%u ino=%llu %.*s l4=%u %u.%u:%u %u.%u:%u %llx %llx %x %x '%.*s'",
	     (unsigned long long)tid, (long long)f->fd, f->kind, (unsigned long long)f->ino,
	     BYTES(f->name), f->l4, f->src[0], f->src[15], f->sport, f->dst[0], f->dst[15],
	     f->dport, (unsigned long long)f->unix_src, (unsigned long long)f->unix_dst,
	     f->open_flags, f->dev, BYTES(f->tail));
	return answer(ctx, "fd");
}

/* Paths begin with a directory that is another one in every run. */
static inline void on_damage(void *ctx, const struct eyas_err *err)
{
	const char *name = strrchr(err->text, '/');

	CHECK(name && !strncmp(err->text, test_tmpdir(), strlen(test_tmpdir())));
	note(ctx, "damage %d at %llu: %s", err->code, (unsigned long long)err->offset, name + 1);
}

static inline struct eyas_source_opts opts_of(struct diary *diary, const struct eyas_loader *loader)
{
	return (struct eyas_source_opts){ .size = sizeof(struct eyas_source_opts),
					  .loader = loader,
					  .damage = on_damage,
					  .damage_ctx = diary };
}

static inline struct eyas_loader loader_of(struct diary *diary)
{
	return (struct eyas_loader){ diary,    on_section, on_machine, on_iface, on_user,
				     on_group, on_thread,  on_fd_list, on_fd };
}

static inline void note_event(struct diary *diary, const struct eyas_event *event)
{
	/* How an event was stored is the converter's to tell, whose tests look at that. */
	const uint32_t known = EYAS_EVENT_HIDDEN | EYAS_EVENT_STATE_ONLY | EYAS_EVENT_NO_ENTER |
			       EYAS_EVENT_OLD_TYPE;

	note(diary, "%llu %s t=%llu tid=%lld cpu=%u%s%s%s", (unsigned long long)event->num,
	     event->info->constant, (unsigned long long)event->ts_ns, (long long)event->tid,
	     event->cpu, event->flags & EYAS_EVENT_HIDDEN ? " hidden" : "",
	     event->flags & EYAS_EVENT_STATE_ONLY ? " state" : "",
	     event->flags & ~known ? " ?" : "");
}

/* Read to the end; opts NULL = the defaults with the diary's loader. */
static inline void read_files(struct diary *diary, const struct eyas_source_opts *opts,
			      const char *const *paths, size_t count)
{
	struct eyas_loader loader = loader_of(diary);
	struct eyas_source_opts own = opts_of(diary, &loader);
	const struct eyas_event *event;
	struct eyas_source *source;

	memset(&diary->err, 0, sizeof(diary->err));
	if (eyas_source_open_files(paths, count, opts ? opts : &own, &source, &diary->err))
		test_fail(__FILE__, __LINE__, "%s", diary->err.text);
	/* The options were copied. */
	memset(&loader, 0xee, sizeof(loader));
	memset(&own, 0xee, sizeof(own));
	diary->text.len = 0;
	while ((diary->res = eyas_source_next(source, &event, &diary->err)) == 1)
		note_event(diary, event);
	eyas_source_stats(source, &diary->stats);
	eyas_source_close(source);
	eyas_str_putc(&diary->text, '\0');
	CHECK(!diary->text.nomem);
}

static inline void read_raw(struct diary *diary, const struct eyas_str *capture)
{
	const char *path = raw_store("x.scap", capture->data, capture->len);

	read_files(diary, NULL, &path, 1);
}

static inline void is(const struct diary *diary, int res, const char *text)
{
	CHECK_STR(diary->text.data, text);
	if (diary->res != res)
		test_fail(__FILE__, __LINE__, "ends with %d, not %d: %s", diary->res, res,
			  diary->err.text);
	if (res != EYAS_E_END && diary->err.code)
		CHECK_INT(diary->err.code, res);
}

static inline void done(struct diary *diary, struct eyas_str *capture)
{
	eyas_str_fini(&diary->text);
	eyas_str_fini(capture);
}

static inline void machine_block(struct eyas_str *out)
{
	size_t at = raw_begin(out, 0x201);

	raw_u32(out, 4);
	eyas_str_zero(out, 176);
	raw_end(out, at);
}

/* Everything a loader can be told, once. */
static inline void full_capture(struct eyas_str *out)
{
	size_t at;

	raw_section(out);
	machine_block(out);
	at = raw_begin(out, 0x219);
	raw_u32(out, 2 + 2 + 12 + 8 + 1);
	raw_u16(out, 1);
	raw_u16(out, 1);
	eyas_str_zero(out, 20);
	eyas_str_puts(out, "i");
	raw_end(out, at);
	at = raw_begin(out, 0x220);
	raw_u32(out, 4 + 1 + 8 + 6);
	eyas_str_zero(out, 15);
	raw_u32(out, 4 + 1 + 4 + 2);
	raw_u8(out, 1);
	eyas_str_zero(out, 6);
	raw_end(out, at);
	at = raw_begin(out, 0x214);
	eyas_str_zero(out, 5 * 8 + 5 * 2 + 8 + 3 * 4 + 3 * 4 + 2 * 8 + 2 + 2 * 8 + 2 + 2);
	raw_end(out, at);
	at = raw_begin(out, 0x218);
	raw_u64(out, 1);
	raw_u32(out, 4 + 8 + 8 + 1 + 2);
	eyas_str_zero(out, 16);
	raw_u8(out, EYAS_FD_EVENT);
	raw_u16(out, 0);
	raw_end(out, at);
	raw_close(out, 5, 1, 3);
}

#endif
