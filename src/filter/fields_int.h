/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the classes of fields share: how a row is written and how a value is handed back. For
 * fields*.c, and for those who have fields of their own (field_bind_fn); everyone else looks fields
 * up through filter/field.h.
 *
 *   fields.c            the registry: looking names up, arguments, the nearest name
 *   fields_evt.c        evt: both tables, and what the head of an event tells
 *   fields_evt_time.c     times; fields_evt_arg.c parameters; fields_evt_io.c results, sizes, opens
 *   fields_proc.c       process: the table, and what is a member of a thread
 *   fields_proc_chain.c   parents and leaders; fields_proc_text.c texts; fields_thread.c thread.*
 *   fields_owner.c      user and group
 *   fields_fd.c         fd: the table; fields_fd_net.c sockets
 *   fields_path.c       fs.path
 *   fields_fdlist.c     fdlist: the descriptors of poll
 *   fields_util.c       util: counting
 *   fields_static.c     static: texts of a configuration
 *   fields_container.c  container, and k8s, which has no values
 *
 * Getters that two files share are declared in fields_evt.h and fields_state.h.
 *
 * A class is one static const array of rows, sorted by name as strcmp() has it, because names
 * are looked up by bisection, and one struct field_class that points to it.
 */
#ifndef FILTER_FIELDS_INT_H
#define FILTER_FIELDS_INT_H

#include <string.h>

#include "filter/field.h"

/* The classes, in the order in which they are looked at. */
extern const struct field_class eyas_fields_evt;     /* "evt (all event types)" */
extern const struct field_class eyas_fields_evt_sys; /* "evt (syscall events)" */
extern const struct field_class eyas_fields_process; /* proc and thread */
extern const struct field_class eyas_fields_user;
extern const struct field_class eyas_fields_group;
extern const struct field_class eyas_fields_fd;
extern const struct field_class eyas_fields_fspath;
extern const struct field_class eyas_fields_util; /* hidden */
extern const struct field_class eyas_fields_fdlist;
extern const struct field_class eyas_fields_container;

/* A row: FIELD("evt.num", UINT64, ID, 0, get_num, 0, "place of the event"). */
#define FIELD(name, type, fmt, flags, get, tag, help) \
	FIELD_ROW(name, type, fmt, flags, FIELD_SINGLE, get, NULL, tag, help)
/* With all there is: how several values are compared, and what digests the argument. */
#define FIELD_ROW(name, type, fmt, flags, multi, get, bind, tag, help) \
	{ \
		name, EYAS_PT_##type, EYAS_FMT_##fmt, flags, multi, help, get, bind, tag \
	}

#define FIELD_COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

/* Hand a value back; each returns true, so that a getter ends with "return field_num(...);". */
static inline bool field_num(const struct field_ref *ref, uint64_t num, struct eyas_value *ret)
{
	*ret = (struct eyas_value){ .type = ref->type, .fmt = ref->fmt, .u.num = num };
	return true;
}

/* Text or bytes that live until the next event. */
static inline bool field_bytes(const struct field_ref *ref, const void *data, size_t len,
			       struct eyas_value *ret)
{
	*ret = (struct eyas_value){
		.type = ref->type, .fmt = ref->fmt, .len = (uint32_t)len, .u.data = data
	};
	return true;
}

static inline bool field_text(const struct field_ref *ref, const char *text, struct eyas_value *ret)
{
	return field_bytes(ref, text, strlen(text), ret);
}

static inline bool field_istr(const struct field_ref *ref, const struct eyas_istr *str,
			      struct eyas_value *ret)
{
	return field_bytes(ref, str->text, str->len, ret);
}

static inline bool field_real(const struct field_ref *ref, double real, struct eyas_value *ret)
{
	*ret = (struct eyas_value){ .type = ref->type, .fmt = ref->fmt, .u.real = real };
	return true;
}

/* An address: 4 or 16 bytes in network order. */
static inline bool field_addr(const struct field_ref *ref, const uint8_t *addr, size_t len,
			      struct eyas_value *ret)
{
	return field_bytes(ref, addr, len, ret);
}

/* Items that live until the next event, in the arena or in the state. */
static inline bool field_list(const struct field_ref *ref, const struct eyas_value *items,
			      size_t count, struct eyas_value *ret)
{
	*ret = (struct eyas_value){ .type = ref->type,
				    .fmt = ref->fmt,
				    .list = true,
				    .len = (uint32_t)count,
				    .u.items = items };
	return true;
}

/* A fresh scratch for a text that is put together, which eyas_field_scratch() then hands back. */
static inline struct eyas_str *field_begin(const struct field_eval *eval)
{
	eval->scratch->len = 0;
	return eval->scratch;
}

/*
 * The protocol of a descriptor as fields and parameters say it: the peers know it of a raw socket
 * and of one that is a client or a server, not of one that may still become either.
 */
static inline uint8_t field_l4(const struct eyas_fd *fd)
{
	enum { L4_UNKNOWN = 0, L4_RAW = 5 };

	if (fd->l4 == L4_RAW || fd->bits & (FD_ROLE_CLIENT | FD_ROLE_SERVER) ||
	    eyas_fd_is_ip_server(fd))
		return fd->l4;
	return L4_UNKNOWN;
}

/* What was put into eval->scratch, copied to the arena; false when there is no memory. */
bool eyas_field_scratch(const struct field_eval *eval, const struct field_ref *ref,
			struct eyas_value *ret);
/* The same with len bytes of it. */
bool eyas_field_slice(const struct field_eval *eval, const struct field_ref *ref, size_t from,
		      size_t len, struct eyas_value *ret);

/* The getter of fields that never have a value (FIELD_NO_VALUE). */
bool eyas_field_missing(const struct field_eval *eval, struct field_ref *ref,
			struct eyas_value *ret);

#endif
