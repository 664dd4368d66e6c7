/* SPDX-License-Identifier: Apache-2.0 */
/* The events of a test, each with its type, its time, its thread and its parameters by name. */
#include "cli/rules_events.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "schema/event.h"

enum { EVENT_MAX = 256 * 1024 }; /* bytes of one */

#define FIRST_TS_NS UINT64_C(1700000000000000000) /* unless a time is given */
#define STEP_NS UINT64_C(1000000)

int spec_fail(struct spec_writing *w, const struct rules_node *node, const char *what)
{
	int res = eyas_err_set(w->err, EYAS_E_FORMAT, "%.200s:%u:%u: %s", w->name, node->line,
			       node->column, what);

	if (w->err) {
		w->err->line = node->line;
		w->err->column = node->column;
	}
	return res;
}

int spec_no_memory(struct spec_writing *w)
{
	return eyas_err_set(w->err, -ENOMEM, "out of memory");
}

/* ---- values ---- */

static bool is_number(const struct rules_node *node, int64_t *ret)
{
	char *end;

	if (node->kind != NODE_SCALAR || !node->len)
		return false;
	errno = 0;
	*ret = strtoll(node->text, &end, 0);
	return !errno && !*end;
}

int spec_int(struct spec_writing *w, const struct rules_node *node, int64_t min, int64_t max,
	     int64_t *ret)
{
	if (!is_number(node, ret))
		return spec_fail(w, node, "expected a number");
	if (*ret < min || *ret > max)
		return spec_fail(w, node, "the number does not fit");
	return 0;
}

int spec_texts(struct spec_writing *w, const struct rules_node *node, struct eyas_bytes *ret)
{
	size_t len = 0;
	uint32_t i;
	char *to;

	if (node->kind == NODE_SCALAR) {
		*ret = (struct eyas_bytes){ node->text, node->len };
		return 0;
	}
	if (node->kind != NODE_SEQUENCE)
		return spec_fail(w, node, "expected a text or a list of texts");
	for (i = 0; i < node->count; i++) {
		if (node->items[i]->kind != NODE_SCALAR)
			return spec_fail(w, node->items[i], "expected a text");
		len += node->items[i]->len + (size_t)1;
	}
	if (len > EVENT_MAX)
		return spec_fail(w, node, "the texts are too long");
	to = eyas_arena_zero(w->arena, len + 1);
	if (!to)
		return spec_no_memory(w);
	*ret = (struct eyas_bytes){ to, (uint32_t)len };
	for (i = 0; i < node->count; i++) {
		memcpy(to, node->items[i]->text, node->items[i]->len);
		to += node->items[i]->len + 1;
	}
	return 0;
}

/* One end of a connection, up to len; its family, 0 = it is none. */
static uint8_t read_end(const char *text, size_t len, struct eyas_endpoint *ret)
{
	char whole[INET6_ADDRSTRLEN + 8]; /* with brackets and a port */
	char *port, *end;
	unsigned long value;
	bool six;

	if (len >= sizeof(whole))
		return 0;
	memcpy(whole, text, len);
	whole[len] = '\0';
	port = strrchr(whole, ':');
	if (!port || port[1] < '0' || port[1] > '9')
		return 0;
	*port = '\0';
	value = strtoul(port + 1, &end, 10);
	if (*end || value > UINT16_MAX)
		return 0;
	six = whole[0] == '[' && port[-1] == ']';
	if (six)
		port[-1] = '\0';
	ret->port = (uint16_t)value;
	if (inet_pton(six ? AF_INET6 : AF_INET, whole + six, ret->addr) != 1)
		return 0;
	return six ? 10 : 2;
}

bool spec_sock(const char *text, bool tuple, struct eyas_sock *ret)
{
	const char *arrow = strstr(text, "->");

	memset(ret, 0, sizeof(*ret));
	if (text[0] == '/') {
		ret->family = 1;
		ret->path = text;
		ret->path_len = strlen(text);
		return true;
	}
	if (tuple != (arrow != NULL))
		return false;
	if (!tuple) {
		ret->family = read_end(text, strlen(text), &ret->src);
		return ret->family != 0;
	}
	ret->family = read_end(text, (size_t)(arrow - text), &ret->src);
	return ret->family && read_end(arrow + 2, strlen(arrow + 2), &ret->dst) == ret->family;
}

/* ---- parameters ---- */

static bool flag_value(const struct eyas_flag_table *table, const char *name, size_t len,
		       int64_t *ret)
{
	uint32_t i;

	for (i = 0; i < table->count; i++)
		if (strlen(table->flags[i].name) == len &&
		    !memcmp(table->flags[i].name, name, len)) {
			*ret = table->flags[i].value;
			return true;
		}
	return false;
}

/* Names of flags with "|" in between. */
static bool flag_values(const struct eyas_flag_table *table, const char *text, int64_t *ret)
{
	size_t len;
	int64_t one;

	for (*ret = 0;; text += len + 1) {
		len = strcspn(text, "|");
		if (!flag_value(table, text, len, &one))
			return false;
		*ret |= one;
		if (!text[len])
			return true;
	}
}

/* A result by the name of an errno, a signal, or the directory that a process is in. */
static bool known_name(const char *text, int64_t *ret)
{
	enum { NUMBERS = 1024 };
	const char *name;
	unsigned i;

	*ret = EYAS_AT_FDCWD;
	if (!strcmp(text, "AT_FDCWD"))
		return true;
	for (i = 1; i < NUMBERS; i++) {
		name = eyas_errno_name(i);
		*ret = -(int64_t)i;
		if (name && !strcmp(name, text))
			return true;
		name = eyas_signal_name(i);
		*ret = i;
		if (name && !strcmp(name, text))
			return true;
	}
	return false;
}

static int put_number(struct spec_writing *w, struct eyas_encoder *enc,
		      const struct eyas_param_info *info, const struct rules_node *node)
{
	int64_t value;

	if (node->kind != NODE_SCALAR)
		return spec_fail(w, node, "expected a number or names");
	if (!is_number(node, &value) &&
	    !(info->has_table == 1 && flag_values(info->table.flags, node->text, &value)) &&
	    !known_name(node->text, &value))
		return spec_fail(w, node, "this is no number, and no name that this value has");
	eyas_put_int(enc, value);
	return 0;
}

static int put_real(struct spec_writing *w, struct eyas_encoder *enc, const struct rules_node *node)
{
	double value;
	char *end;

	if (node->kind != NODE_SCALAR || !node->len)
		return spec_fail(w, node, "expected a number");
	value = strtod(node->text, &end);
	if (*end)
		return spec_fail(w, node, "expected a number");
	eyas_put_double(enc, value);
	return 0;
}

static int put_text(struct spec_writing *w, struct eyas_encoder *enc, const struct rules_node *node)
{
	if (node->kind != NODE_SCALAR)
		return spec_fail(w, node, "expected a text");
	eyas_put_str(enc, node->text);
	return 0;
}

/* A list has its NULs; a single text that stands for a list has one, too. */
static int put_bytes(struct spec_writing *w, struct eyas_encoder *enc,
		     const struct rules_node *node, bool strings)
{
	struct eyas_bytes bytes;
	int res = spec_texts(w, node, &bytes);

	if (res)
		return res;
	if (strings && node->kind == NODE_SCALAR)
		bytes.len++;
	eyas_put_bytes(enc, bytes.data, bytes.len);
	return 0;
}

static int put_addr(struct spec_writing *w, struct eyas_encoder *enc, const struct rules_node *node)
{
	uint8_t addr[16];

	if (node->kind == NODE_SCALAR && inet_pton(AF_INET, node->text, addr) == 1)
		eyas_put_addr(enc, addr, 4);
	else if (node->kind == NODE_SCALAR && inet_pton(AF_INET6, node->text, addr) == 1)
		eyas_put_addr(enc, addr, 16);
	else
		return spec_fail(w, node, "expected an address");
	return 0;
}

static int put_sock(struct spec_writing *w, struct eyas_encoder *enc, const struct rules_node *node,
		    bool tuple)
{
	struct eyas_sock sock;

	if (node->kind != NODE_SCALAR || !spec_sock(node->text, tuple, &sock))
		return spec_fail(w, node,
				 tuple ? "expected ADDRESS:PORT->ADDRESS:PORT or a path"
				       : "expected ADDRESS:PORT or a path");
	if (tuple)
		eyas_put_socktuple(enc, &sock);
	else
		eyas_put_sockaddr(enc, &sock);
	return 0;
}

static int put_value(struct spec_writing *w, struct eyas_encoder *enc,
		     const struct eyas_param_info *info, const struct rules_node *node)
{
	switch ((enum eyas_kind)eyas_type_info(info->type)->kind) {
	case EYAS_KIND_SINT:
	case EYAS_KIND_UINT:
		return put_number(w, enc, info, node);
	case EYAS_KIND_DOUBLE:
		return put_real(w, enc, node);
	case EYAS_KIND_STRING:
		return put_text(w, enc, node);
	case EYAS_KIND_BYTES:
		return put_bytes(w, enc, node, false);
	case EYAS_KIND_STRINGS:
		return put_bytes(w, enc, node, true);
	case EYAS_KIND_ADDR:
		return put_addr(w, enc, node);
	case EYAS_KIND_SOCKADDR:
		return put_sock(w, enc, node, false);
	case EYAS_KIND_SOCKTUPLE:
		return put_sock(w, enc, node, true);
	case EYAS_KIND_NONE:
	case EYAS_KIND_PAIRS:
	case EYAS_KIND_FDLIST:
	case EYAS_KIND_DYN:
		break;
	}
	return spec_fail(w, node, "parameters of this kind cannot be written here");
}

/* What is left out is missing, but a call succeeds unless it is said not to. */
static int put_params(struct spec_writing *w, struct eyas_encoder *enc,
		      const struct rules_node *params)
{
	const struct eyas_event_info *info = enc->info;
	const struct rules_node *node;
	unsigned i;
	int res;

	for (i = 0; i < info->nparams; i++) {
		node = params ? rules_node_get(params, info->params[i].name) : NULL;
		if (node) {
			res = put_value(w, enc, &info->params[i], node);
			if (!res && enc->err)
				res = spec_fail(w, node,
						enc->err == -ENOSPC
							? "the event is too long"
							: "the value does not fit the parameter");
			if (res)
				return res;
		} else if (!strcmp(info->params[i].name, "res") &&
			   eyas_type_info(info->params[i].type)->kind == EYAS_KIND_SINT) {
			eyas_put_int(enc, 0);
		} else {
			eyas_put_missing(enc);
		}
	}
	return 0;
}

static int check_names(struct spec_writing *w, const struct eyas_event_info *info,
		       const struct rules_node *params)
{
	uint32_t i;
	unsigned k;

	if (!params)
		return 0;
	if (params->kind != NODE_MAPPING)
		return spec_fail(w, params, "expected parameters with their values");
	for (i = 0; i + 1 < params->count; i += 2) {
		for (k = 0; k < info->nparams; k++)
			if (params->items[i]->kind == NODE_SCALAR &&
			    !strcmp(params->items[i]->text, info->params[k].name))
				break;
		if (k == info->nparams)
			return spec_fail(w, params->items[i], "the event has no such parameter");
	}
	return 0;
}

/* ---- events ---- */

/* Of today's types that have a name, the one that is made when the call returns. -1 = none. */
static int find_type(const char *name)
{
	int type = eyas_event_type_find(name), best = -1;
	const struct eyas_event_info *info;
	unsigned i;

	if (type >= 0)
		return eyas_event_info((unsigned)type)->flags & EYAS_EF_OLD_VERSION ? -1 : type;
	for (i = 0; i < EYAS_EVENT_TYPES; i++) {
		info = eyas_event_info(i);
		if (info->flags & (EYAS_EF_OLD_VERSION | EYAS_EF_UNUSED) ||
		    strcmp(info->name, name) != 0)
			continue;
		if (i & 1)
			return (int)i;
		best = (int)i;
	}
	return best;
}

struct event {
	const struct rules_node *type, *params;
	int64_t ts_ns, tid;
};

static int read_event(struct spec_writing *w, const struct rules_node *node, struct event *ret)
{
	uint32_t i;
	int res = 0;

	if (node->kind != NODE_MAPPING)
		return spec_fail(w, node, "expected an event: keys with values");
	for (i = 0; i + 1 < node->count && !res; i += 2) {
		const struct rules_node *key = node->items[i], *value = node->items[i + 1];
		const char *name = key->kind == NODE_SCALAR ? key->text : "";

		if (!strcmp(name, "type"))
			ret->type = value;
		else if (!strcmp(name, "params"))
			ret->params = value;
		else if (!strcmp(name, "time"))
			res = spec_int(w, value, 0, INT64_MAX, &ret->ts_ns);
		else if (!strcmp(name, "tid"))
			res = spec_int(w, value, 0, INT64_MAX, &ret->tid);
		else
			res = spec_fail(w, key, "there is no such key");
	}
	if (!res && (!ret->type || ret->type->kind != NODE_SCALAR))
		res = spec_fail(w, node, "the event lacks its type");
	return res;
}

static int write_event(struct spec_writing *w, const struct rules_node *node, void *buf,
		       struct event *event)
{
	struct eyas_encoder enc;
	struct eyas_event view;
	int type, len, res = read_event(w, node, event);

	if (res)
		return res;
	type = find_type(event->type->text);
	if (type < 0)
		return spec_fail(w, event->type, "there is no such type of events today");
	eyas_encoder_begin(&enc, buf, EVENT_MAX, (unsigned)type, (uint64_t)event->ts_ns,
			   (uint64_t)event->tid);
	res = check_names(w, enc.info, event->params);
	if (!res)
		res = put_params(w, &enc, event->params);
	if (res)
		return res;
	len = eyas_encoder_end(&enc);
	if (len < 0)
		return spec_fail(w, node, "the event is too long");
	if (!w->writer)
		return 0;
	res = eyas_event_view(buf, (size_t)len, &view, w->err);
	return res ? res : eyas_writer_event(w->writer, &view, w->err);
}

/* Times and threads that are not given follow from the event before. */
int rules_events_write(struct spec_writing *w, const struct spec_events *events)
{
	struct event event = { .ts_ns = FIRST_TS_NS, .tid = 1 };
	void *buf;
	uint32_t i;
	int res = 0;

	if (events->threads)
		res = rules_threads_write(w, events->threads);
	if (res)
		return res;
	if (events->events->kind != NODE_SEQUENCE || !events->events->count)
		return spec_fail(w, events->events, "expected a list of events");
	buf = malloc(EVENT_MAX);
	if (!buf)
		return spec_no_memory(w);
	for (i = 0; i < events->events->count && !res; i++) {
		res = write_event(w, events->events->items[i], buf, &event);
		event.type = event.params = NULL;
		if (event.ts_ns < INT64_MAX - (int64_t)STEP_NS)
			event.ts_ns += STEP_NS;
	}
	free(buf);
	return res;
}
