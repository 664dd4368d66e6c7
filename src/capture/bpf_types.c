/* SPDX-License-Identifier: Apache-2.0 */
/* A part of the kernel's types (BTF), taken out of the whole in one pass. */
#include "capture/bpf_types.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <bpf/btf.h>
#include <linux/btf.h>

#include "base/map.h"
#include "base/str.h"

enum {
	NAMES_MAX = 1024,
	/* Types are nested in one another so deep at most; only a damaged file has more. */
	DEPTH_MAX = 64,
	FIRST_READ = 6 << 20,
	POINTER_ID = 1 /* of the only pointer there is, to nothing */
};

struct types {
	struct eyas_str whole;
	const struct btf_header *head;
	const char *strings;
	uint32_t *at; /* by id: where the type begins, from head */
	uint32_t *to; /* by id: the new one; 0 = none yet */
	uint32_t count, cap;
	uint32_t nnew;
	struct eyas_str types, texts; /* of the part */
	const char *names[NAMES_MAX];
	uint32_t name_lens[NAMES_MAX];
	uint32_t nnames;
	struct eyas_map by_hash; /* of a name to an index in names; the rest are compared */
};

static const struct btf_type *type_of(const struct types *types, uint32_t id)
{
	return (const void *)((const char *)types->head + types->at[id]);
}

/* ---- names ---- */

static uint64_t hash_of(const char *name, size_t len)
{
	uint64_t hash = 1469598103934665603u;
	size_t i;

	for (i = 0; i < len; i++)
		hash = (hash ^ (uint8_t)name[i]) * 1099511628211u;
	return hash;
}

/* What stands behind three underscores is not part of a name. */
static size_t name_len(const char *name)
{
	const char *end = strstr(name, "___");

	return end && end > name ? (size_t)(end - name) : strlen(name);
}

static int add_name(struct types *types, const char *name)
{
	size_t len = name_len(name);
	uint64_t hash = hash_of(name, len);

	if (!len || eyas_map_find(&types->by_hash, hash) != EYAS_MAP_NONE)
		return 0;
	if (types->nnames == NAMES_MAX)
		return -E2BIG;
	types->names[types->nnames] = name;
	types->name_lens[types->nnames] = (uint32_t)len;
	return eyas_map_add(&types->by_hash, hash, types->nnames++);
}

static bool is_named(const struct types *types, const char *name)
{
	size_t len = name_len(name);
	uint32_t i = eyas_map_find(&types->by_hash, hash_of(name, len));

	return i != EYAS_MAP_NONE && types->name_lens[i] == len &&
	       !memcmp(types->names[i], name, len);
}

/* Kinds that programs name; others come with these. */
static bool is_root_kind(uint32_t kind)
{
	return kind == BTF_KIND_STRUCT || kind == BTF_KIND_UNION || kind == BTF_KIND_ENUM ||
	       kind == BTF_KIND_TYPEDEF;
}

static int add_names(struct types *types, const struct btf *object)
{
	uint32_t id, count = btf__type_cnt(object);
	const struct btf_type *type;
	int err = 0;

	for (id = 1; !err && id < count; id++) {
		type = btf__type_by_id(object, id);
		if (is_root_kind(btf_kind(type)))
			err = add_name(types, btf__name_by_offset(object, type->name_off));
	}
	return err;
}

/* ---- the whole ---- */

static int read_whole(struct types *types)
{
	int fd = open("/sys/kernel/btf/vmlinux", O_RDONLY | O_CLOEXEC);
	ssize_t len = 1;
	char *to;

	if (fd < 0)
		return -errno;
	while (len > 0) {
		to = eyas_str_reserve(&types->whole, FIRST_READ);
		if (!to) {
			close(fd);
			return -ENOMEM;
		}
		len = read(fd, to, FIRST_READ);
		types->whole.len += len > 0 ? (size_t)len : 0;
	}
	close(fd);
	return len < 0 ? -EIO : 0;
}

/* Bytes of a type; 0 for a kind that is not known. */
static size_t bytes_of(const struct btf_type *type)
{
	size_t n = btf_vlen(type);

	switch (btf_kind(type)) {
	case BTF_KIND_PTR:
	case BTF_KIND_FWD:
	case BTF_KIND_TYPEDEF:
	case BTF_KIND_VOLATILE:
	case BTF_KIND_CONST:
	case BTF_KIND_RESTRICT:
	case BTF_KIND_FUNC:
	case BTF_KIND_FLOAT:
	case BTF_KIND_TYPE_TAG:
		return sizeof(*type);
	case BTF_KIND_INT:
	case BTF_KIND_VAR:
	case BTF_KIND_DECL_TAG:
		return sizeof(*type) + 4;
	case BTF_KIND_ARRAY:
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
	case BTF_KIND_DATASEC:
	case BTF_KIND_ENUM64:
		return sizeof(*type) + 12 * (btf_kind(type) == BTF_KIND_ARRAY ? 1 : n);
	case BTF_KIND_ENUM:
	case BTF_KIND_FUNC_PROTO:
		return sizeof(*type) + 8 * n;
	default:
		return 0;
	}
}

static int add_place(struct types *types, uint32_t at)
{
	uint32_t cap = types->cap ? 2 * types->cap : 1 << 17;
	uint32_t *bigger;

	if (types->count == types->cap) {
		bigger = realloc(types->at, cap * sizeof(*bigger));
		if (!bigger)
			return -ENOMEM;
		types->at = bigger;
		types->cap = cap;
	}
	types->at[types->count++] = at;
	return 0;
}

/* Where each type begins. Number 0 is void. */
static int find_places(struct types *types)
{
	const struct btf_header *head = (const void *)types->whole.data;
	size_t len = types->whole.len, at, end, bytes;
	int err = add_place(types, 0);

	if (err)
		return err;
	if (len < sizeof(*head) || head->magic != BTF_MAGIC || head->hdr_len < sizeof(*head) ||
	    head->hdr_len > len || head->type_off > len || head->type_len > len ||
	    head->str_off > len || head->str_len > len || !head->str_len ||
	    (uint64_t)head->hdr_len + head->type_off + head->type_len > len ||
	    (uint64_t)head->hdr_len + head->str_off + head->str_len > len)
		return -EINVAL;
	types->head = head;
	types->strings = types->whole.data + head->hdr_len + head->str_off;
	if (types->strings[head->str_len - 1])
		return -EINVAL;
	at = head->hdr_len + head->type_off;
	for (end = at + head->type_len; !err && at < end; at += bytes) {
		if (end - at < sizeof(struct btf_type))
			return -EINVAL;
		bytes = bytes_of((const void *)(types->whole.data + at));
		if (!bytes || bytes > end - at)
			return -EINVAL;
		err = add_place(types, (uint32_t)at);
	}
	return err;
}

static const char *name_of(const struct types *types, uint32_t off)
{
	return off < types->head->str_len ? types->strings + off : "";
}

/* ---- the part ---- */

/* The same name among the texts of the part. */
static uint32_t new_name(struct types *types, uint32_t off)
{
	const char *name = name_of(types, off);
	uint32_t at = (uint32_t)types->texts.len;

	if (!*name)
		return 0;
	eyas_str_add(&types->texts, name, strlen(name) + 1);
	return at;
}

/* The head of a type; what is behind it follows. */
static uint32_t begin_type(struct types *types, uint32_t name_off, uint32_t info,
			   uint32_t size_or_type)
{
	const struct btf_type type = { .name_off = new_name(types, name_off),
				       .info = info,
				       .size = size_or_type };

	eyas_str_add(&types->types, &type, sizeof(type));
	return ++types->nnew;
}

static int take(struct types *types, uint32_t id, unsigned depth, uint32_t *ret_id);

static int take_members(struct types *types, const struct btf_type *from, unsigned depth,
			uint32_t *ret_id)
{
	const struct btf_member *members = btf_members(from);
	struct btf_member member;
	uint32_t i, id = 0;
	int err;

	/* Those first of which it is made. */
	for (i = 0; i < btf_vlen(from); i++) {
		err = take(types, members[i].type, depth + 1, &id);
		if (err)
			return err;
	}
	*ret_id = begin_type(types, from->name_off, from->info, from->size);
	for (i = 0; i < btf_vlen(from); i++) {
		(void)take(types, members[i].type, depth + 1, &id); /* known by now */
		member = (struct btf_member){ .name_off = new_name(types, members[i].name_off),
					      .type = id,
					      .offset = members[i].offset };
		eyas_str_add(&types->types, &member, sizeof(member));
	}
	return 0;
}

static int take_array(struct types *types, const struct btf_type *from, unsigned depth,
		      uint32_t *ret_id)
{
	struct btf_array array = *btf_array(from);
	int err = take(types, array.type, depth + 1, &array.type);

	if (!err)
		err = take(types, array.index_type, depth + 1, &array.index_type);
	if (err)
		return err;
	*ret_id = begin_type(types, 0, from->info, 0);
	eyas_str_add(&types->types, &array, sizeof(array));
	return 0;
}

static uint32_t take_values(struct types *types, const struct btf_type *from)
{
	uint32_t id = begin_type(types, from->name_off, from->info, from->size), i;
	struct btf_enum value;

	for (i = 0; i < btf_vlen(from); i++) {
		value = btf_enum(from)[i];
		value.name_off = new_name(types, value.name_off);
		eyas_str_add(&types->types, &value, sizeof(value));
	}
	return id;
}

static int take_new(struct types *types, const struct btf_type *from, unsigned depth,
		    uint32_t *ret_id)
{
	uint32_t kind = btf_kind(from), id;
	int err;

	switch (kind) {
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		return take_members(types, from, depth, ret_id);
	case BTF_KIND_ARRAY:
		return take_array(types, from, depth, ret_id);
	case BTF_KIND_TYPEDEF:
	case BTF_KIND_VOLATILE:
	case BTF_KIND_CONST:
	case BTF_KIND_RESTRICT:
	case BTF_KIND_TYPE_TAG:
		err = take(types, from->type, depth + 1, &id);
		if (!err)
			*ret_id = begin_type(types, from->name_off, from->info, id);
		return err;
	case BTF_KIND_INT:
		*ret_id = begin_type(types, from->name_off, from->info, from->size);
		eyas_str_add(&types->types, from + 1, sizeof(uint32_t));
		return 0;
	case BTF_KIND_ENUM:
		*ret_id = take_values(types, from);
		return 0;
	case BTF_KIND_ENUM64:
		/* Values are not asked for. */
		*ret_id = begin_type(types, from->name_off, kind << 24, from->size);
		return 0;
	case BTF_KIND_PTR:
		*ret_id = POINTER_ID;
		return 0;
	default:
		*ret_id = begin_type(types, from->name_off, from->info, from->size);
		return 0;
	}
}

/* The number that a type has in the part. */
static int take(struct types *types, uint32_t id, unsigned depth, uint32_t *ret_id)
{
	int err = 0;

	if (id >= types->count || depth > DEPTH_MAX)
		return -EINVAL;
	if (id && !types->to[id])
		err = take_new(types, type_of(types, id), depth, &types->to[id]);
	*ret_id = types->to[id];
	return err;
}

/* What numbers the kernel has for structs that were asked for. */
static void note_id(const struct types *types, uint32_t id, struct bpf_type_id *ids, size_t nids)
{
	const char *name = name_of(types, type_of(types, id)->name_off);
	size_t i;

	for (i = 0; i < nids; i++)
		if (!*ids[i].ret_id && !strcmp(ids[i].name, name))
			*ids[i].ret_id = id;
}

static int take_named(struct types *types, struct bpf_type_id *ids, size_t nids)
{
	const struct btf_type *type;
	uint32_t id, unused;
	int err = 0;

	types->to = calloc(types->count, sizeof(*types->to));
	if (!types->to)
		return -ENOMEM;
	eyas_str_putc(&types->texts, '\0');
	begin_type(types, 0, BTF_KIND_PTR << 24, 0);
	for (id = 1; !err && id < types->count; id++) {
		type = type_of(types, id);
		if (is_root_kind(btf_kind(type)) && type->name_off &&
		    is_named(types, name_of(types, type->name_off)))
			err = take(types, id, 0, &unused);
		if (btf_kind(type) == BTF_KIND_STRUCT && types->to[id])
			note_id(types, id, ids, nids);
	}
	return types->types.nomem || types->texts.nomem ? -ENOMEM : err;
}

static int write_all(int fd, const void *data, size_t len)
{
	const char *at = data;
	ssize_t done;

	for (; len; at += done, len -= (size_t)done) {
		done = write(fd, at, len);
		if (done < 0)
			return -errno;
	}
	return 0;
}

static int write_part(const struct types *types, int fd)
{
	const struct btf_header head = { .magic = BTF_MAGIC,
					 .version = BTF_VERSION,
					 .hdr_len = sizeof(head),
					 .type_len = (uint32_t)types->types.len,
					 .str_off = (uint32_t)types->types.len,
					 .str_len = (uint32_t)types->texts.len };
	int err = write_all(fd, &head, sizeof(head));

	if (!err)
		err = write_all(fd, types->types.data, types->types.len);
	return err ? err : write_all(fd, types->texts.data, types->texts.len);
}

int bpf_types_write(const struct btf *object, int fd, struct bpf_type_id *ids, size_t nids)
{
	struct types types = { 0 };
	int err = add_names(&types, object);

	if (!err)
		err = read_whole(&types);
	if (!err)
		err = find_places(&types);
	if (!err)
		err = take_named(&types, ids, nids);
	if (!err)
		err = write_part(&types, fd);
	eyas_str_fini(&types.whole);
	eyas_str_fini(&types.types);
	eyas_str_fini(&types.texts);
	eyas_map_fini(&types.by_hash);
	free(types.at);
	free(types.to);
	return err;
}

int bpf_types_file(char path[static 32])
{
	int fd = memfd_create("eyas_types", MFD_CLOEXEC);

	if (fd < 0)
		return -errno;
	snprintf(path, 32, "/proc/self/fd/%d", fd);
	return fd;
}
