/* SPDX-License-Identifier: Apache-2.0 */
/* Events as JSON lines. */
#include "print/print_json.h"

#include <string.h>

#include "base/json.h"
#include "base/le.h"
#include "filter/param_text.h"
#include "filter/value_text.h"
#include "schema/text.h"

/* What every value of one event is written with. */
struct writer {
	struct eyas_json json;
	const struct eyas_context *context;
	const struct field_opts *opts;
	struct eyas_str *scratch;
};

/* Strings separated or terminated by NUL. */
static void put_strings(struct eyas_json *json, const uint8_t *data, size_t len)
{
	const char *p = (const char *)data, *end = p + len;
	size_t n;

	eyas_json_array(json);
	while (p < end) {
		n = strnlen(p, (size_t)(end - p));
		eyas_json_str(json, p, n);
		p += n + 1;
	}
	eyas_json_end(json);
}

static void put_fdlist(struct eyas_json *json, const uint8_t *data, size_t len)
{
	unsigned count = len >= 2 ? eyas_le16(data) : 0, i;

	eyas_json_array(json);
	for (i = 0; i < count && 2 + 10 * ((size_t)i + 1) <= len; i++) {
		eyas_json_object(json);
		eyas_json_key(json, "fd");
		eyas_json_i64(json, (int64_t)eyas_le64(data + 2 + 10 * (size_t)i));
		eyas_json_key(json, "events");
		eyas_json_u64(json, eyas_le16(data + 10 + 10 * (size_t)i));
		eyas_json_end(json);
	}
	eyas_json_end(json);
}

/* Buffers that hold lists of strings, as opposed to data that was read or written. */
static bool is_string_list(const struct eyas_param *param)
{
	const char *name = param->info->name;

	return !strcmp(name, "args") || !strcmp(name, "env") || !strcmp(name, "cgroups");
}

static void put_scratch(struct writer *w)
{
	eyas_json_str(&w->json, w->scratch->data, w->scratch->len);
}

/* Dots would lose what the buffer holds, so the mode that prints them is every byte here. */
static void put_buffer(struct writer *w, const struct eyas_param *param)
{
	if (w->opts->buffers == BUFFER_DOTS) {
		eyas_json_bytes(&w->json, param->data, param->len);
		return;
	}
	w->scratch->len = 0;
	eyas_buffer_put(w->scratch, param->data, param->len, w->opts->buffers);
	put_scratch(w);
}

/* A number or a string; false if it is neither, or damaged. */
static bool put_scalar(struct eyas_json *json, enum eyas_kind kind, const struct eyas_param *param)
{
	uint64_t number;
	int64_t signed_number;
	const char *str;
	size_t len;
	double real;

	switch (kind) {
	case EYAS_KIND_SINT:
		if (eyas_param_int(param, &signed_number))
			return false;
		eyas_json_i64(json, signed_number);
		return true;
	case EYAS_KIND_UINT:
		if (eyas_param_uint(param, &number))
			return false;
		eyas_json_u64(json, number);
		return true;
	case EYAS_KIND_DOUBLE:
		if (param->len != sizeof(real))
			return false;
		memcpy(&real, param->data, sizeof(real));
		eyas_json_double(json, real);
		return true;
	case EYAS_KIND_STRING:
		if (eyas_param_str(param, &str, &len))
			return false;
		eyas_json_str(json, str, len);
		return true;
	default:
		return false;
	}
}

static void put_value(struct writer *w, const struct eyas_param *param)
{
	enum eyas_kind kind = (enum eyas_kind)eyas_type_info(param->info->type)->kind;
	struct eyas_param_info variant_info;
	struct eyas_param variant;

	if (!param->len) {
		eyas_json_null(&w->json);
	} else if (put_scalar(&w->json, kind, param)) {
		return;
	} else if (kind == EYAS_KIND_STRINGS ||
		   (kind == EYAS_KIND_BYTES && is_string_list(param))) {
		put_strings(&w->json, param->data, param->len);
	} else if (kind == EYAS_KIND_BYTES) {
		put_buffer(w, param);
	} else if (kind == EYAS_KIND_FDLIST) {
		put_fdlist(&w->json, param->data, param->len);
	} else if (kind == EYAS_KIND_DYN && !eyas_param_variant(param, &variant_info, &variant)) {
		put_value(w, &variant);
	} else {
		/* What has no form of its own in JSON is the text of the other formats. */
		w->scratch->len = 0;
		eyas_text_raw(w->scratch, param);
		put_scratch(w);
	}
}

static void put_params(struct writer *w)
{
	struct eyas_param_iter iter;
	struct eyas_param param;

	eyas_json_key(&w->json, "params");
	eyas_json_object(&w->json);
	eyas_param_iter_init(&iter, w->context->event);
	while (eyas_param_iter_next(&iter, &param)) {
		eyas_json_key(&w->json, param.info->name);
		put_value(w, &param);
	}
	eyas_json_end(&w->json);
}

/* Only parameters that mean more than their value get a key, and only if there are any. */
static void put_meanings(struct writer *w)
{
	struct eyas_param_iter iter;
	struct eyas_param param;
	bool any = false;

	eyas_param_iter_init(&iter, w->context->event);
	while (eyas_param_iter_next(&iter, &param)) {
		w->scratch->len = 0;
		eyas_param_put_meaning(w->scratch, w->context, &param, w->opts);
		if (!w->scratch->len)
			continue;
		if (!any) {
			eyas_json_key(&w->json, "text");
			eyas_json_object(&w->json);
			any = true;
		}
		eyas_json_key(&w->json, param.info->name);
		put_scratch(w);
	}
	if (any)
		eyas_json_end(&w->json);
}

/* ---- what the state knows ---- */

static void member_str(struct eyas_json *json, const char *key, const struct eyas_istr *str)
{
	eyas_json_key(json, key);
	eyas_json_str(json, str->text, str->len);
}

static void member_i64(struct eyas_json *json, const char *key, int64_t number)
{
	eyas_json_key(json, key);
	eyas_json_i64(json, number);
}

static void put_process(struct eyas_json *json, const struct eyas_thread *thread)
{
	const struct eyas_thread *parent = eyas_thread_parent(thread);

	member_str(json, "proc.name", thread->comm);
	member_i64(json, "proc.pid", thread->pid);
	if (parent)
		member_i64(json, "proc.ppid", parent->pid);
	if (thread->uid != UINT32_MAX)
		member_i64(json, "user.uid", thread->uid);
	eyas_json_key(json, "container.id");
	if (thread->container_id->len)
		eyas_json_str(json, thread->container_id->text, thread->container_id->len);
	else
		eyas_json_cstr(json, "host");
}

static void put_fd(struct eyas_json *json, const struct eyas_fd *fd)
{
	const char *type = eyas_fd_type_name(fd->kind);

	member_i64(json, "fd.num", fd->num);
	member_str(json, "fd.name", fd->name);
	if (type) {
		eyas_json_key(json, "fd.type");
		eyas_json_cstr(json, type);
	}
}

void eyas_print_json(const struct eyas_context *context, const struct field_opts *opts,
		     struct print_clock *clock, struct eyas_str *out, struct eyas_str *scratch)
{
	struct writer w = { .context = context, .opts = opts, .scratch = scratch };
	const struct eyas_event *event = context->event;
	size_t name_len;
	const char *name = eyas_event_name(event, &name_len);

	eyas_json_init(&w.json, out);
	eyas_json_object(&w.json);
	eyas_json_key(&w.json, "num");
	eyas_json_u64(&w.json, event->num);
	eyas_json_key(&w.json, "ts");
	eyas_json_u64(&w.json, event->ts_ns);
	eyas_json_key(&w.json, "time");
	scratch->len = 0;
	eyas_print_clock_put(clock, event->ts_ns, scratch);
	put_scratch(&w);
	eyas_json_key(&w.json, "cpu");
	eyas_json_u64(&w.json, event->cpu);
	eyas_json_key(&w.json, "tid");
	eyas_json_i64(&w.json, (int64_t)event->tid);
	eyas_json_key(&w.json, "dir");
	eyas_json_cstr(&w.json, event->type & 1 ? "<" : ">");
	eyas_json_key(&w.json, "type");
	eyas_json_str(&w.json, name, name_len);
	/* Of a thread that was made up nothing is known. */
	if (context->thread && context->thread->pid >= 0)
		put_process(&w.json, context->thread);
	if (context->fd)
		put_fd(&w.json, context->fd);
	put_params(&w);
	put_meanings(&w);
	eyas_json_end(&w.json);
	eyas_str_putc(out, '\n');
	out->nomem |= scratch->nomem;
}
