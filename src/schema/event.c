/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading an event in place: the bounds are checked once, when the view is made, and every
 * accessor stays within them.
 */
#include "schema/event.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/hint.h"
#include "schema/ids.h"

/*
 * Everything about the view but its values: header, place of the lengths. The number of lengths
 * goes to ret_nparams; those beyond what the type has count as well.
 */
static inline int view_head(const uint8_t *b, size_t size, struct eyas_event *ret_event,
			    uint32_t *ret_nparams, struct eyas_err *reterr)
{
	const struct eyas_event_info *info;
	uint32_t len, nparams;
	unsigned type, len_size;
	uint64_t head;

	if (size < EYAS_EVENT_HEADER_SIZE)
		return eyas_err_set(reterr, EYAS_E_TRUNC,
				    "event of %zu bytes, a header alone takes %d", size,
				    EYAS_EVENT_HEADER_SIZE);
	len = eyas_le32(b + 16);
	type = eyas_le16(b + 20);
	nparams = eyas_le32(b + 22);
	if (len < EYAS_EVENT_HEADER_SIZE || len > size)
		return eyas_err_set(reterr, EYAS_E_TRUNC,
				    "event says it has %u bytes, expected %d to %zu", len,
				    EYAS_EVENT_HEADER_SIZE, size);
	info = eyas_event_info(type);
	if (!info)
		return eyas_err_set(reterr, EYAS_E_VERSION, "event type %u, known are 0 to %d",
				    type, EYAS_EVENT_TYPES - 1);
	len_size = eyas_len_size(info);
	head = EYAS_EVENT_HEADER_SIZE + (uint64_t)nparams * len_size;
	if (head > len)
		return eyas_err_set(reterr, EYAS_E_TRUNC,
				    "%s event says it has %u parameters, too many for its %u bytes",
				    info->name, nparams, len);
	ret_event->info = info;
	ret_event->bytes = b;
	ret_event->values = b + head;
	ret_event->ts_ns = eyas_le64(b);
	ret_event->tid = eyas_le64(b + 8);
	ret_event->num = 0;
	ret_event->offset = 0;
	ret_event->len = len;
	ret_event->flags = 0;
	ret_event->type = (uint16_t)type;
	ret_event->cpu = 0;
	ret_event->nparams = (uint16_t)(nparams < info->nparams ? nparams : info->nparams);
	ret_event->len_size = (uint16_t)len_size;
	*ret_nparams = nparams;
	return 0;
}

/* The last step of a view: do the values lie within the event? */
static inline int view_values(struct eyas_event *event, uint64_t sum, struct eyas_err *reterr)
{
	uint64_t room = event->len - (uint64_t)(event->values - event->bytes);

	if (sum > room)
		return eyas_err_set(reterr, EYAS_E_TRUNC,
				    "parameters of %s event take %llu bytes, it has %llu for them",
				    event->info->name, (unsigned long long)sum,
				    (unsigned long long)room);
	event->values_len = (uint32_t)sum;
	return 0;
}

int eyas_event_view(const void *bytes, size_t size, struct eyas_event *ret_event,
		    struct eyas_err *reterr)
{
	struct eyas_event event;
	uint32_t nparams = 0, i;
	uint64_t sum = 0;
	int err = view_head(bytes, size, &event, &nparams, reterr);

	if (err)
		return err;
	for (i = 0; i < nparams; i++)
		sum += eyas_event_len(&event, i);
	err = view_values(&event, sum, reterr);
	if (!err)
		*ret_event = event;
	return err;
}

/* Any event, with words for what is wrong. */
static EYAS_COLD int view_checked_slow(const uint8_t *b, size_t size, struct eyas_event *ret_event,
				       struct eyas_err *reterr)
{
	int err = eyas_event_view(b, size, ret_event, reterr);

	return err ? err : eyas_event_check(ret_event, reterr);
}

/*
 * Nearly all events have lengths of two bytes, no more of them than their type, and values of the
 * size that the type says. They pass here in a straight line: this is a good part of what reading
 * costs. Any other takes the way above.
 */
int eyas_event_view_checked(const void *bytes, size_t size, struct eyas_event *ret_event,
			    struct eyas_err *reterr)
{
	const uint8_t *b = bytes, *lens = b + EYAS_EVENT_HEADER_SIZE, *checks;
	const struct eyas_event_info *info;
	uint32_t len, nparams, sum = 0, i, n;
	unsigned type;

	if (size < EYAS_EVENT_HEADER_SIZE)
		goto slow;
	len = eyas_le32(b + 16);
	type = eyas_le16(b + 20);
	nparams = eyas_le32(b + 22);
	info = eyas_event_info(type);
	if (len > size || !info || nparams > info->nparams || info->flags & EYAS_EF_LARGE_PAYLOAD)
		goto slow;
	if (len < EYAS_EVENT_HEADER_SIZE + 2 * nparams)
		goto slow;
	checks = eyas_event_checks[type];
	for (i = 0; i < nparams; i++) {
		n = eyas_le16(lens + 2 * (size_t)i);
		sum += n;
		if (n == checks[i] && n != EYAS_CHECK_CONTENT)
			continue;
		/* Else it is missing, or of any length, or has to be looked at. */
		if (n && checks[i])
			goto slow;
	}
	if (len - EYAS_EVENT_HEADER_SIZE - 2 * nparams < sum)
		goto slow;
	ret_event->info = info;
	ret_event->bytes = b;
	ret_event->values = lens + 2 * (size_t)nparams;
	ret_event->ts_ns = eyas_le64(b);
	ret_event->tid = eyas_le64(b + 8);
	ret_event->num = 0;
	ret_event->offset = 0;
	ret_event->len = len;
	ret_event->values_len = sum;
	ret_event->flags = 0;
	ret_event->type = (uint16_t)type;
	ret_event->cpu = 0;
	ret_event->nparams = (uint16_t)nparams;
	ret_event->len_size = 2;
	return 0;
slow:
	return view_checked_slow(b, size, ret_event, reterr);
}

int eyas_event_param(const struct eyas_event *event, unsigned index, struct eyas_param *ret_param)
{
	const uint8_t *value = event->values;
	unsigned i;

	ret_param->info = index < event->info->nparams ? &event->info->params[index] : NULL;
	ret_param->data = value;
	ret_param->len = 0;
	if (index >= event->nparams)
		return 0;
	for (i = 0; i < index; i++)
		value += eyas_event_len(event, i);
	ret_param->data = value;
	ret_param->len = eyas_event_len(event, index);
	return ret_param->len != 0;
}

int eyas_event_param_find(const struct eyas_event *event, const char *name,
			  struct eyas_param *ret_param)
{
	unsigned i;

	for (i = 0; i < event->info->nparams; i++)
		if (!strcmp(event->info->params[i].name, name))
			break;
	return eyas_event_param(event, i, ret_param);
}

void eyas_param_iter_init(struct eyas_param_iter *iter, const struct eyas_event *event)
{
	iter->event = event;
	iter->value = event->values;
	iter->index = 0;
}

int eyas_param_iter_next(struct eyas_param_iter *iter, struct eyas_param *ret_param)
{
	const struct eyas_event *event = iter->event;

	if (iter->index >= event->info->nparams)
		return 0;
	ret_param->info = &event->info->params[iter->index];
	ret_param->data = iter->value;
	ret_param->len = iter->index < event->nparams ? eyas_event_len(event, iter->index) : 0;
	iter->value += ret_param->len;
	iter->index++;
	return 1;
}

static int int_bits(const struct eyas_param *param, uint64_t *ret_bits)
{
	if (eyas_param_bits(param, ret_bits))
		return 0;
	if (!param->info)
		return -ENOENT;
	return !eyas_type_ints[param->info->type] || param->len ? EYAS_E_PARAM : -ENOENT;
}

int eyas_param_int(const struct eyas_param *param, int64_t *ret_value)
{
	uint64_t bits;
	int err = int_bits(param, &bits);

	if (!err)
		*ret_value = (int64_t)bits;
	return err;
}

int eyas_param_uint(const struct eyas_param *param, uint64_t *ret_value)
{
	return int_bits(param, ret_value);
}

int eyas_param_str(const struct eyas_param *param, const char **ret_str, size_t *ret_len)
{
	if (!param->info)
		return -ENOENT;
	if (eyas_type_info(param->info->type)->kind != EYAS_KIND_STRING)
		return EYAS_E_PARAM;
	if (!param->len)
		return -ENOENT;
	*ret_str = (const char *)param->data;
	*ret_len = strnlen((const char *)param->data, param->len);
	return 0;
}

int eyas_param_variant(const struct eyas_param *param, struct eyas_param_info *ret_info,
		       struct eyas_param *ret_value)
{
	const struct eyas_variant_table *table;

	if (!param->info)
		return -ENOENT;
	if (param->info->type != EYAS_PT_DYN || param->info->has_table != 2)
		return EYAS_E_PARAM;
	if (!param->len)
		return -ENOENT;
	table = param->info->table.variants;
	if (param->data[0] >= table->count)
		return EYAS_E_PARAM;
	*ret_info = (struct eyas_param_info){ .name = param->info->name,
					      .type = table->variants[param->data[0]].type,
					      .fmt = table->variants[param->data[0]].fmt,
					      .dirfd = -1 };
	*ret_value = (struct eyas_param){ ret_info, param->data + 1, param->len - 1 };
	return 0;
}

/* One end of a tuple: address, then port. */
static const uint8_t *take_endpoint(const uint8_t *p, size_t addr_len, struct eyas_endpoint *end)
{
	memcpy(end->addr, p, addr_len);
	end->port = eyas_le16(p + addr_len);
	return p + addr_len + 2;
}

static void take_path(const uint8_t *p, size_t len, struct eyas_sock *sock)
{
	if (!len)
		return;
	sock->path = (const char *)p;
	sock->path_len = strnlen((const char *)p, len);
}

int eyas_param_sock(const struct eyas_param *param, struct eyas_sock *ret_sock)
{
	const uint8_t *p = param->data;
	struct eyas_sock sock;
	size_t addr_len;
	int kind;

	if (!param->info)
		return -ENOENT;
	kind = eyas_type_info(param->info->type)->kind;
	if (kind != EYAS_KIND_SOCKADDR && kind != EYAS_KIND_SOCKTUPLE)
		return EYAS_E_PARAM;
	if (!param->len)
		return -ENOENT;
	memset(&sock, 0, sizeof(sock));
	sock.family = *p++;
	switch (sock.family) {
	case EYAS_AF_INET:
	case EYAS_AF_INET6:
		addr_len = sock.family == EYAS_AF_INET ? 4 : 16;
		if (param->len != 1 + (addr_len + 2) * (kind == EYAS_KIND_SOCKTUPLE ? 2 : 1))
			return EYAS_E_PARAM;
		p = take_endpoint(p, addr_len, &sock.src);
		if (kind == EYAS_KIND_SOCKTUPLE)
			take_endpoint(p, addr_len, &sock.dst);
		break;
	case EYAS_AF_UNIX:
		if (kind == EYAS_KIND_SOCKTUPLE) {
			if (param->len < 17)
				return EYAS_E_PARAM;
			sock.src.ptr = eyas_le64(p);
			sock.dst.ptr = eyas_le64(p + 8);
			p += 16;
		}
		take_path(p, param->len - (size_t)(p - param->data), &sock);
		break;
	default:
		break;
	}
	*ret_sock = sock;
	return 0;
}

static int bad_size(struct eyas_err *reterr, const struct eyas_event *event,
		    const struct eyas_param *param, const char *expected)
{
	return eyas_err_set(reterr, EYAS_E_PARAM,
			    "parameter %s of %s event has %u bytes, type %s takes %s",
			    param->info->name, event->info->name, param->len,
			    eyas_type_info(param->info->type)->name, expected);
}

static int check_variant(const struct eyas_event *event, const struct eyas_param *param,
			 struct eyas_err *reterr)
{
	const struct eyas_variant_table *table = param->info->table.variants;
	unsigned index = param->data[0], size;

	if (!table || index >= table->count)
		return eyas_err_set(reterr, EYAS_E_PARAM,
				    "parameter %s of %s event has variant %u, known are 0 to %u",
				    param->info->name, event->info->name, index,
				    table ? table->count - 1 : 0);
	size = eyas_type_info(table->variants[index].type)->size;
	if (size && param->len != 1 + size)
		return bad_size(reterr, event, param, "the size of its variant and one byte");
	return 0;
}

/* The types whose length varies; fixed ones were compared with their size before. */
static int check_varying(const struct eyas_event *event, const struct eyas_param *param,
			 struct eyas_err *reterr)
{
	struct eyas_sock sock;

	switch ((enum eyas_kind)eyas_type_info(param->info->type)->kind) {
	case EYAS_KIND_SOCKADDR:
	case EYAS_KIND_SOCKTUPLE:
		if (eyas_param_sock(param, &sock) < 0)
			return bad_size(reterr, event, param, "another size for its family");
		return 0;
	case EYAS_KIND_FDLIST:
		if (param->len < 2 || param->len != 2 + 10 * (uint32_t)eyas_le16(param->data))
			return bad_size(reterr, event, param, "2 and 10 for each descriptor");
		return 0;
	case EYAS_KIND_ADDR:
		if (param->len != 4 && param->len != 16)
			return bad_size(reterr, event, param, "4 or 16");
		return 0;
	case EYAS_KIND_DYN:
		return check_variant(event, param, reterr);
	case EYAS_KIND_NONE:
	case EYAS_KIND_SINT:
	case EYAS_KIND_UINT:
	case EYAS_KIND_DOUBLE:
	case EYAS_KIND_STRING:
	case EYAS_KIND_BYTES:
	case EYAS_KIND_STRINGS:
	case EYAS_KIND_PAIRS:
		break;
	}
	return 0;
}

int eyas_param_check(const struct eyas_event *event, const struct eyas_param *param,
		     struct eyas_err *reterr)
{
	unsigned size = eyas_type_size(param->info);
	char expected[24];

	if (!size)
		return check_varying(event, param, reterr);
	if (param->len == size)
		return 0;
	snprintf(expected, sizeof(expected), "%u", size);
	return bad_size(reterr, event, param, expected);
}

int eyas_event_check(const struct eyas_event *event, struct eyas_err *reterr)
{
	struct eyas_param_iter iter;
	struct eyas_param param;
	int err = 0;

	eyas_param_iter_init(&iter, event);
	while (!err && iter.index < event->nparams && eyas_param_iter_next(&iter, &param))
		if (param.len)
			err = eyas_param_check(event, &param, reterr);
	return err;
}

int eyas_event_is_exit(const struct eyas_event *event)
{
	return (event->type & 1) || !(event->info->category & EYAS_EC_SYSCALL);
}

const char *eyas_event_name(const struct eyas_event *event, size_t *ret_len)
{
	const struct eyas_syscall_info *syscall;
	struct eyas_param param;
	const char *name = event->info->name;
	uint64_t code;

	if (event->type <= EYAS_EV_GENERIC_X) {
		eyas_event_param(event, 0, &param);
		if (!eyas_param_uint(&param, &code)) {
			syscall = eyas_syscall_info((unsigned)code);
			if (syscall)
				name = syscall->name;
		}
	} else if (event->type == EYAS_EV_ASYNCEVENT_E) {
		eyas_event_param(event, 1, &param);
		if (!eyas_param_str(&param, &name, ret_len) && *ret_len)
			return name;
		name = event->info->name;
	}
	*ret_len = strlen(name);
	return name;
}
