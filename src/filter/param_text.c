/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Parameters as text with what the state knows: whose descriptor 3 is, where a relative path
 * leads, who thread 42 is. What needs no state is left to schema/text.h. Runs for every
 * parameter of every printed event.
 */
#include "filter/param_text.h"

#include <string.h>

#include "base/le.h"
#include "filter/fields_int.h"
#include "filter/value_text.h"
#include "schema/event.h"
#include "schema/ids.h"
#include "schema/text.h"

struct put {
	struct eyas_str *out;
	const struct eyas_context *context;
	const struct field_opts *opts;
	bool only_known; /* an owner without a name has no text */
};

/* Names and paths come from outside: escaped unless the caller wants them as they are. */
static void put_foreign(const struct put *put, const char *text, size_t len)
{
	if (put->opts->raw_text)
		eyas_str_add(put->out, text, len);
	else
		eyas_str_safe(put->out, text, len);
}

static void put_istr(const struct put *put, const struct eyas_istr *str)
{
	put_foreign(put, str->text, str->len);
}

static const struct eyas_fd *find_fd(const struct put *put, int64_t num)
{
	const struct eyas_thread *thread = put->context->thread;

	return thread ? fd_table_find(thread->fds, num) : NULL;
}

/* "<4t>10.0.0.1:5000->10.0.0.2:80": type, protocol of an IP socket, name. */
static void put_fd(const struct put *put, int64_t num)
{
	static const char l4_letters[] = { 0, 0, 't', 'u', 'i', 'r' };
	const struct eyas_fd *fd = find_fd(put, num);
	uint8_t l4;

	if (!fd)
		return;
	eyas_str_putc(put->out, '<');
	eyas_str_putc(put->out, eyas_fd_typechar(fd->kind));
	l4 = eyas_fd_is_ip(fd) ? field_l4(fd) : 0;
	if (l4 < sizeof(l4_letters) && l4_letters[l4])
		eyas_str_putc(put->out, l4_letters[l4]);
	eyas_str_putc(put->out, '>');
	put_istr(put, fd->name);
}

static void put_comm(const struct put *put, int64_t tid)
{
	const struct eyas_state *state = put->context->state;
	const struct eyas_thread *thread = state ? eyas_state_find(state, tid) : NULL;

	if (thread)
		put_istr(put, thread->comm);
}

/* Names belong to the container of the thread: the same id is another user in another one. */
static void put_owner(const struct put *put, uint32_t id, bool is_group)
{
	const struct eyas_thread *thread = put->context->thread;
	const struct eyas_state *state = put->context->state;
	const struct state_group *group;
	const struct state_user *user;
	const struct eyas_istr *name = NULL;

	if (!thread)
		return;
	if (is_group) {
		group = eyas_state_group(state, thread->container_id, id);
		name = group ? group->name : NULL;
	} else {
		user = eyas_state_user(state, thread->container_id, id);
		name = user ? user->name : NULL;
	}
	if (name)
		put_istr(put, name);
	else if (!id && thread->container_id->len)
		eyas_str_add(put->out, "root", 4); /* whoever names the others */
	else if (!put->only_known)
		eyas_str_add(put->out, "<NA>", 4);
}

/* The directory a path is relative to: the descriptor its row in the schema points at. */
static int64_t dirfd_of(const struct eyas_event *event, const struct eyas_param *param)
{
	struct eyas_param dir;
	int64_t num;

	if (param->info->dirfd < 0 ||
	    eyas_event_param(event, (unsigned)param->info->dirfd, &dir) != 1 ||
	    eyas_param_int(&dir, &num) < 0)
		return EYAS_AT_FDCWD;
	return num;
}

void eyas_param_put_abspath(struct eyas_str *out, const struct eyas_context *context,
			    const struct eyas_param *param)
{
	struct eyas_str scratch = EYAS_STR_INIT;
	const char *path, *base;
	size_t len, base_len;

	if (eyas_param_str(param, &path, &len) < 0)
		return;
	eyas_path_base(context, dirfd_of(context->event, param), &scratch, &base, &base_len);
	/* Directories end so; what stands for an unknown one does not. */
	if (base_len && base[base_len - 1] != '/') {
		scratch.len = 0;
		eyas_str_add(&scratch, base, base_len);
		eyas_str_putc(&scratch, '/');
		base = scratch.data;
		base_len = scratch.len;
	}
	eyas_path_join(out, base, base_len, path, len);
	eyas_str_fini(&scratch);
}

/* Only a relative path means another one. */
static void put_path(const struct put *put, const struct eyas_param *param)
{
	struct eyas_str joined = EYAS_STR_INIT;

	if (!put->context->thread || param->data[0] == '/' || !param->data[0])
		return;
	if (put->opts->raw_text) {
		eyas_param_put_abspath(put->out, put->context, param);
		return;
	}
	eyas_param_put_abspath(&joined, put->context, param);
	put->out->nomem |= joined.nomem;
	eyas_str_safe(put->out, joined.data, joined.len);
	eyas_str_fini(&joined);
}

/* Descriptors of a poll with their letters and the bits of the events. */
static void put_fdlist(const struct put *put, const struct eyas_param *param)
{
	const struct eyas_fd *fd;
	const uint8_t *at = param->data + 2;
	uint32_t i, count;

	if (param->len < 2 || param->len != 2 + 10 * (uint32_t)eyas_le16(param->data)) {
		eyas_text_raw(put->out, param);
		return;
	}
	count = eyas_le16(param->data);
	for (i = 0; i < count; i++, at += 10) {
		if (i)
			eyas_str_putc(put->out, ' ');
		fd = find_fd(put, (int64_t)eyas_le64(at));
		/* Unsigned, and sixteen bits with their sign in 32, as the peers print them. */
		eyas_str_u64(put->out, eyas_le64(at));
		eyas_str_putc(put->out, ':');
		eyas_str_putc(put->out, fd ? eyas_fd_typechar(fd->kind) : '?');
		eyas_str_hex(put->out, (uint32_t)(int16_t)eyas_le16(at + 8), false);
	}
}

static void put_raw(const struct put *put, const struct eyas_param *param)
{
	const char *text;
	size_t len;

	switch (param->len ? param->info->type : EYAS_PT_NONE) {
	case EYAS_PT_CHARBUF:
	case EYAS_PT_FSPATH:
	case EYAS_PT_FSRELPATH:
		if (!eyas_param_str(param, &text, &len))
			put_foreign(put, text, len);
		return;
	case EYAS_PT_BYTEBUF:
		eyas_buffer_put_opts(put->out, param->data, param->len, put->opts);
		return;
	case EYAS_PT_FDLIST:
		put_fdlist(put, param);
		return;
	default:
		eyas_text_raw(put->out, param);
		return;
	}
}

static void put_resolved(const struct put *put, const struct eyas_param *param)
{
	int64_t num = -1;

	switch (param->len ? param->info->type : EYAS_PT_NONE) {
	case EYAS_PT_FD:
	case EYAS_PT_FD32:
		if (!eyas_param_int(param, &num) && num >= 0) {
			put_fd(put, num);
			return;
		}
		break;
	case EYAS_PT_PID:
	case EYAS_PT_PID32:
		if (!eyas_param_int(param, &num))
			put_comm(put, num);
		return;
	case EYAS_PT_UID:
	case EYAS_PT_GID:
		if (!eyas_param_int(param, &num) && (uint32_t)num != UINT32_MAX) {
			put_owner(put, (uint32_t)num, param->info->type == EYAS_PT_GID);
			return;
		}
		break;
	case EYAS_PT_FSPATH:
	case EYAS_PT_FSRELPATH:
		put_path(put, param);
		return;
	default:
		break;
	}
	eyas_text_resolved(put->out, param);
}

/* What schema/text.h cannot say alone, because the state or the options matter. */
static bool needs_state(unsigned type)
{
	switch (type) {
	case EYAS_PT_FD:
	case EYAS_PT_FD32:
	case EYAS_PT_PID:
	case EYAS_PT_PID32:
	case EYAS_PT_UID:
	case EYAS_PT_GID:
	case EYAS_PT_FSPATH:
	case EYAS_PT_FSRELPATH:
	case EYAS_PT_CHARBUF:
	case EYAS_PT_BYTEBUF:
	case EYAS_PT_FDLIST:
		return true;
	default:
		return false;
	}
}

static void put_both(const struct put *put, const struct eyas_param *param)
{
	struct eyas_str *out = put->out;
	size_t end;

	if (!param->len || !needs_state(param->info->type)) {
		eyas_text_param(out, param, put->opts->max_bytes);
		return;
	}
	put_raw(put, param);
	end = out->len;
	eyas_str_putc(out, '(');
	put_resolved(put, param);
	if (out->len > end + 1)
		eyas_str_putc(out, ')');
	else
		out->len = end;
}

/* A dynamic parameter is its variant's value, which may be a descriptor. */
static void put_param(const struct put *put, const struct eyas_param *param,
		      void (*form)(const struct put *put, const struct eyas_param *param))
{
	struct eyas_param_info info;
	struct eyas_param inner;

	if (param->len && param->info->type == EYAS_PT_DYN &&
	    !eyas_param_variant(param, &info, &inner))
		form(put, &inner);
	else
		form(put, param);
}

void eyas_param_put(struct eyas_str *out, const struct eyas_context *context,
		    const struct eyas_param *param, const struct field_opts *opts)
{
	struct put put = { out, context, opts, .only_known = false };

	put_param(&put, param, put_both);
}

void eyas_param_put_raw(struct eyas_str *out, const struct eyas_context *context,
			const struct eyas_param *param, const struct field_opts *opts)
{
	struct put put = { out, context, opts, .only_known = false };

	put_param(&put, param, put_raw);
}

void eyas_param_put_resolved(struct eyas_str *out, const struct eyas_context *context,
			     const struct eyas_param *param, const struct field_opts *opts)
{
	struct put put = { out, context, opts, .only_known = false };

	put_param(&put, param, put_resolved);
}

void eyas_param_put_meaning(struct eyas_str *out, const struct eyas_context *context,
			    const struct eyas_param *param, const struct field_opts *opts)
{
	struct put put = { out, context, opts, .only_known = true };

	put_param(&put, param, put_resolved);
}

void eyas_params_put(struct eyas_str *out, const struct eyas_context *context,
		     const struct field_opts *opts)
{
	struct put put = { out, context, opts, .only_known = false };
	struct eyas_param_iter iter;
	struct eyas_param param;
	unsigned i;

	if (context->event->type <= EYAS_EV_GENERIC_X)
		return;
	eyas_param_iter_init(&iter, context->event);
	/* Old events have fewer parameters than their type; those are not there, not missing. */
	for (i = 0; i < context->event->nparams && eyas_param_iter_next(&iter, &param); i++) {
		if (i)
			eyas_str_putc(out, ' ');
		eyas_str_puts(out, param.info->name);
		eyas_str_putc(out, '=');
		put_param(&put, &param, put_both);
	}
}
