/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Building one event in the caller's memory. Every eyas_put_* call first asks for the type of
 * the next parameter, then for room; the first refusal sticks in err and silences the rest, so
 * that a caller checks once.
 */
#include <eyas/event.h>

#include <errno.h>
#include <limits.h>
#include <string.h>

#include "base/le.h"
#include "schema/event.h"
#include "schema/ids.h"

/* sun_path of a socket address; the leading NUL of an abstract name counts. */
#define UNIX_PATH_MAX 108

/* The first failure sticks: after it next_type() keeps every call from getting here again. */
static void fail(struct eyas_encoder *enc, int code)
{
	enc->err = code;
}

/* Type of the next parameter; NULL after a failure or when there is none. */
static const struct eyas_type_info *next_type(struct eyas_encoder *enc)
{
	if (enc->err)
		return NULL;
	if (enc->index >= enc->info->nparams) {
		fail(enc, EYAS_E_USAGE);
		return NULL;
	}
	return eyas_type_info(enc->info->params[enc->index].type);
}

/* The same if it is of the kind that the caller can write; a wrong kind is a failure. */
static const struct eyas_type_info *next_of_kind(struct eyas_encoder *enc, enum eyas_kind kind)
{
	const struct eyas_type_info *type = next_type(enc);

	if (!type || type->kind == kind)
		return type;
	fail(enc, EYAS_E_PARAM);
	return NULL;
}

/* Room for the next parameter, whose length is set; NULL after a failure. */
static uint8_t *take_room(struct eyas_encoder *enc, size_t len)
{
	uint8_t *length, *value;

	if (!next_type(enc))
		return NULL;
	if (len > (enc->len_size == 2 ? UINT16_MAX : UINT32_MAX) || len > enc->size - enc->len ||
	    len > INT_MAX - enc->len) {
		fail(enc, -ENOSPC);
		return NULL;
	}
	length = enc->buf + EYAS_EVENT_HEADER_SIZE + (size_t)enc->index * enc->len_size;
	if (enc->len_size == 2)
		eyas_put_le16(length, (uint16_t)len);
	else
		eyas_put_le32(length, (uint32_t)len);
	value = enc->buf + enc->len;
	enc->len += len;
	enc->index++;
	return value;
}

static void put_data(struct eyas_encoder *enc, const void *data, size_t len)
{
	uint8_t *to = take_room(enc, len);

	if (to && len)
		memcpy(to, data, len);
}

void eyas_encoder_begin(struct eyas_encoder *enc, void *buf, size_t size, unsigned type,
			uint64_t ts_ns, uint64_t tid)
{
	memset(enc, 0, sizeof(*enc));
	enc->info = eyas_event_info(type);
	if (!enc->info) {
		fail(enc, EYAS_E_USAGE);
		return;
	}
	enc->buf = buf;
	enc->size = size;
	enc->len_size = eyas_len_size(enc->info);
	enc->len = EYAS_EVENT_HEADER_SIZE + (size_t)enc->info->nparams * enc->len_size;
	if (enc->len > size) {
		fail(enc, -ENOSPC);
		return;
	}
	memset(enc->buf, 0, enc->len);
	eyas_put_le64(enc->buf, ts_ns);
	eyas_put_le64(enc->buf + 8, tid);
	eyas_put_le16(enc->buf + 20, (uint16_t)type);
	eyas_put_le32(enc->buf + 22, enc->info->nparams);
}

void eyas_put_missing(struct eyas_encoder *enc)
{
	take_room(enc, 0);
}

static int fits_signed(int64_t value, unsigned size)
{
	unsigned shift = 64 - 8 * size;

	return value >= INT64_MIN >> shift && value <= INT64_MAX >> shift;
}

static int fits_unsigned(uint64_t value, unsigned size)
{
	return value <= UINT64_MAX >> (64 - 8 * size);
}

/* The low bytes of a number that is known to fit. */
static void put_bits(struct eyas_encoder *enc, uint64_t bits, unsigned size)
{
	uint8_t le[8];

	eyas_put_le64(le, bits);
	put_data(enc, le, size);
}

void eyas_put_int(struct eyas_encoder *enc, int64_t value)
{
	const struct eyas_type_info *type = next_type(enc);
	int fits = 0;

	if (!type)
		return;
	if (type->kind == EYAS_KIND_SINT)
		fits = fits_signed(value, type->size);
	else if (type->kind == EYAS_KIND_UINT)
		fits = value >= 0 && fits_unsigned((uint64_t)value, type->size);
	if (fits)
		put_bits(enc, (uint64_t)value, type->size);
	else
		fail(enc, EYAS_E_PARAM);
}

void eyas_put_uint(struct eyas_encoder *enc, uint64_t value)
{
	const struct eyas_type_info *type = next_type(enc);
	int fits = 0;

	if (!type)
		return;
	if (type->kind == EYAS_KIND_UINT)
		fits = fits_unsigned(value, type->size);
	else if (type->kind == EYAS_KIND_SINT)
		fits = value <= INT64_MAX && fits_signed((int64_t)value, type->size);
	if (fits)
		put_bits(enc, value, type->size);
	else
		fail(enc, EYAS_E_PARAM);
}

void eyas_put_double(struct eyas_encoder *enc, double value)
{
	const struct eyas_type_info *type = next_of_kind(enc, EYAS_KIND_DOUBLE);
	uint64_t bits;

	if (!type)
		return;
	memcpy(&bits, &value, sizeof(bits));
	put_bits(enc, bits, type->size);
}

void eyas_put_str(struct eyas_encoder *enc, const char *str)
{
	if (next_of_kind(enc, EYAS_KIND_STRING))
		put_data(enc, str, str ? strlen(str) + 1 : 0);
}

void eyas_put_bytes(struct eyas_encoder *enc, const void *data, size_t len)
{
	const struct eyas_type_info *type = next_type(enc);

	if (!type)
		return;
	if (type->size || type->kind == EYAS_KIND_NONE)
		fail(enc, EYAS_E_PARAM);
	else
		put_data(enc, data, len);
}

void eyas_put_strs(struct eyas_encoder *enc, const char *const *strs, size_t count)
{
	const struct eyas_type_info *type = next_type(enc);
	size_t len = 0, n, i;
	uint8_t *to;

	if (!type)
		return;
	if (type->kind != EYAS_KIND_BYTES && type->kind != EYAS_KIND_STRINGS) {
		fail(enc, EYAS_E_PARAM);
		return;
	}
	for (i = 0; i < count; i++)
		len += strlen(strs[i]) + 1;
	/* A list that is separated has no NUL at its end. */
	if (count && type->kind == EYAS_KIND_BYTES)
		len--;
	to = take_room(enc, len);
	if (!to)
		return;
	for (i = 0; i < count; i++) {
		n = strlen(strs[i]) + (i + 1 < count || type->kind == EYAS_KIND_STRINGS);
		memcpy(to, strs[i], n);
		to += n;
	}
}

void eyas_put_addr(struct eyas_encoder *enc, const void *addr, size_t len)
{
	const struct eyas_type_info *type = next_of_kind(enc, EYAS_KIND_ADDR);

	if (!type)
		return;
	if ((len != 4 && len != 16) || (type->size && type->size != len))
		fail(enc, EYAS_E_PARAM);
	else
		put_data(enc, addr, len);
}

/* Path of a unix socket as the wire has it. Negative if it cannot be there. */
static int unix_path(const struct eyas_sock *sock, const char **ret_path, size_t *ret_len)
{
	const char *path = sock->path;
	size_t len = sock->path_len;

	if (len > UNIX_PATH_MAX)
		return EYAS_E_PARAM;
	if (path && len && !path[0]) {
		path++;
		len--;
	}
	/* A NUL further on would end the name for every reader. */
	if (path && memchr(path, 0, len))
		return EYAS_E_PARAM;
	*ret_path = path;
	*ret_len = len;
	return 0;
}

/* head: the bytes between the family and the path. */
static void put_unix(struct eyas_encoder *enc, const struct eyas_sock *sock, const void *head,
		     size_t head_len)
{
	const char *path;
	size_t len;
	uint8_t *to;
	int err = unix_path(sock, &path, &len);

	if (err) {
		fail(enc, err);
		return;
	}
	to = take_room(enc, 1 + head_len + (path ? len + 1 : 0));
	if (!to)
		return;
	*to++ = sock->family;
	if (head_len)
		memcpy(to, head, head_len);
	to += head_len;
	if (path) {
		memcpy(to, path, len);
		to[len] = '\0';
	}
}

static uint8_t *store_endpoint(uint8_t *to, const struct eyas_endpoint *end, size_t addr_len)
{
	memcpy(to, end->addr, addr_len);
	eyas_put_le16(to + addr_len, end->port);
	return to + addr_len + 2;
}

static void put_inet(struct eyas_encoder *enc, const struct eyas_sock *sock, int ends)
{
	size_t addr_len = sock->family == EYAS_AF_INET ? 4 : 16;
	uint8_t value[1 + 2 * (16 + 2)], *to = value;

	*to++ = sock->family;
	to = store_endpoint(to, &sock->src, addr_len);
	if (ends == 2)
		to = store_endpoint(to, &sock->dst, addr_len);
	put_data(enc, value, (size_t)(to - value));
}

void eyas_put_sockaddr(struct eyas_encoder *enc, const struct eyas_sock *sock)
{
	if (!next_of_kind(enc, EYAS_KIND_SOCKADDR))
		return;
	if (sock->family == EYAS_AF_UNIX)
		put_unix(enc, sock, NULL, 0);
	else if (sock->family == EYAS_AF_INET || sock->family == EYAS_AF_INET6)
		put_inet(enc, sock, 1);
	else
		eyas_put_missing(enc); /* as the wire has it for every other family */
}

void eyas_put_socktuple(struct eyas_encoder *enc, const struct eyas_sock *sock)
{
	uint8_t ptrs[16];

	if (!next_of_kind(enc, EYAS_KIND_SOCKTUPLE))
		return;
	if (sock->family == EYAS_AF_UNIX) {
		eyas_put_le64(ptrs, sock->src.ptr);
		eyas_put_le64(ptrs + 8, sock->dst.ptr);
		put_unix(enc, sock, ptrs, sizeof(ptrs));
	} else if (sock->family == EYAS_AF_INET || sock->family == EYAS_AF_INET6) {
		put_inet(enc, sock, 2);
	} else {
		eyas_put_missing(enc);
	}
}

void eyas_put_fdlist(struct eyas_encoder *enc, const struct eyas_pollfd *fds, size_t count)
{
	uint8_t *to;
	size_t i;

	if (!next_of_kind(enc, EYAS_KIND_FDLIST))
		return;
	if (count > UINT16_MAX) {
		fail(enc, EYAS_E_PARAM);
		return;
	}
	to = take_room(enc, 2 + 10 * count);
	if (!to)
		return;
	eyas_put_le16(to, (uint16_t)count);
	to += 2;
	for (i = 0; i < count; i++, to += 10) {
		eyas_put_le64(to, (uint64_t)fds[i].fd);
		eyas_put_le16(to + 8, (uint16_t)fds[i].events);
	}
}

/* Type of a variant of the next parameter; NULL after a failure. */
static const struct eyas_type_info *variant_type(struct eyas_encoder *enc, unsigned variant)
{
	const struct eyas_variant_table *table;

	if (!next_of_kind(enc, EYAS_KIND_DYN))
		return NULL;
	table = enc->info->params[enc->index].table.variants;
	if (!table || variant >= table->count) {
		fail(enc, EYAS_E_PARAM);
		return NULL;
	}
	return eyas_type_info(table->variants[variant].type);
}

void eyas_put_dyn_int(struct eyas_encoder *enc, unsigned variant, int64_t value)
{
	const struct eyas_type_info *type = variant_type(enc, variant);
	uint8_t bytes[9];
	int fits = 0;

	if (!type)
		return;
	/* Eight bytes without a sign take any value: no other call writes 2^63 and above. */
	if (type->kind == EYAS_KIND_SINT)
		fits = fits_signed(value, type->size);
	else if (type->kind == EYAS_KIND_UINT)
		fits = type->size == 8 ||
		       (value >= 0 && fits_unsigned((uint64_t)value, type->size));
	if (!fits) {
		fail(enc, EYAS_E_PARAM);
		return;
	}
	bytes[0] = (uint8_t)variant;
	eyas_put_le64(bytes + 1, (uint64_t)value);
	put_data(enc, bytes, 1 + (size_t)type->size);
}

void eyas_put_dyn_bytes(struct eyas_encoder *enc, unsigned variant, const void *data, size_t len)
{
	const struct eyas_type_info *type = variant_type(enc, variant);
	uint8_t *to;

	if (!type)
		return;
	if (type->size && type->size != len) {
		fail(enc, EYAS_E_PARAM);
		return;
	}
	if (len == SIZE_MAX) {
		fail(enc, -ENOSPC);
		return;
	}
	to = take_room(enc, 1 + len);
	if (!to)
		return;
	*to = (uint8_t)variant;
	if (len)
		memcpy(to + 1, data, len);
}

int eyas_encoder_end(struct eyas_encoder *enc)
{
	if (enc->err)
		return enc->err;
	eyas_put_le32(enc->buf + 16, (uint32_t)enc->len);
	return (int)enc->len;
}
