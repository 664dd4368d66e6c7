/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A history of a machine out of any bytes, for the targets that feed a state: events of the types
 * that change it, and entries as a capture begins with them, about so few threads and descriptors
 * that they meet.
 */
#ifndef FUZZ_HISTORY_H
#define FUZZ_HISTORY_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "state/state_int.h"

enum { MISSING = 255 /* in place of a value */ };

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

/* Write an event to buf; false if it would be one that no source hands on. */
static bool make_event(struct input *in, uint64_t ts_ns, uint8_t *buf, size_t size,
		       struct eyas_event *ret_event)
{
	struct eyas_encoder enc;
	unsigned i;
	int len;

	eyas_encoder_begin(&enc, buf, size, take_type(in), ts_ns,
			   (uint64_t)(int64_t)(take(in) % 16 - 1));
	for (i = 0; i < enc.info->nparams; i++)
		put_value(in, &enc, &enc.info->params[i]);
	len = eyas_encoder_end(&enc);
	/* Only what the check has passed reaches a state. */
	if (len < 0 || eyas_event_view(buf, (size_t)len, ret_event, NULL) ||
	    eyas_event_check(ret_event, NULL))
		return false;
	ret_event->cpu = take(in) % 4;
	return true;
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

#endif
