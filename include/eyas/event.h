/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One event: a view of bytes in the current wire layout, and how to read, build and print it.
 *
 * Wire layout (reference/types.tsv), little endian, packed: u64 time in ns since the epoch,
 * u64 thread id, u32 length of the whole event, u16 type, u32 number of parameters; then one
 * length per parameter (u16, or u32 for types with EYAS_EF_LARGE_PAYLOAD); then the values
 * back to back. A length of 0 means that the parameter is missing.
 *
 * Everything here is thread-safe as long as no two threads share a struct.
 */
#ifndef EYAS_EVENT_H
#define EYAS_EVENT_H

#include <stddef.h>
#include <stdint.h>
#include <eyas/err.h>
#include <eyas/schema.h>

#ifdef __cplusplus
extern "C" {
#endif

#define EYAS_EVENT_HEADER_SIZE 26

/* Flags of an event. The low 16 bits are those of the capture file. */
enum eyas_event_bit {
	EYAS_EVENT_STATE_ONLY = 1,   /* updates state, not shown to users (a "fat" capture) */
	EYAS_EVENT_LARGE = 4,	     /* parameter lengths are u32; never stored in a file */
	EYAS_EVENT_HIDDEN = 1 << 16, /* an enter event kept for state, or part of the prologue */
	/* No event at all: a sum of reads and writes, for those who ask for them (live.h). */
	EYAS_EVENT_SUMS = 1 << 17,
	EYAS_EVENT_NO_ENTER = 1 << 18, /* its enter event was missing; defaults take its place */
	EYAS_EVENT_OLD_TYPE = 1 << 19  /* was stored as an older type */
};

/*
 * A lent view: bytes belong to the source and stay valid until its next call.
 * Invariant, set up by eyas_event_view(): header, lengths and values lie within len bytes.
 */
struct eyas_event {
	const struct eyas_event_info *info;
	const uint8_t *bytes;  /* header, lengths, values */
	const uint8_t *values; /* the first value */
	uint64_t ts_ns;	       /* since the epoch */
	uint64_t tid;	       /* UINT64_MAX = none */
	uint64_t num;	       /* place among the events the source delivered, from 1 */
	uint64_t offset;       /* of its block in the decompressed input */
	uint32_t len;	       /* of bytes */
	uint32_t values_len;   /* of all values together */
	uint32_t flags;	       /* enum eyas_event_bit */
	uint16_t type;
	uint16_t cpu;
	uint16_t nparams;  /* that can be read: never more than info->nparams */
	uint16_t len_size; /* bytes of one length: 2 or 4 */
};

/* One parameter of an event, lent like the event. */
struct eyas_param {
	const struct eyas_param_info *info;
	const uint8_t *data; /* not aligned; of no meaning when missing */
	uint32_t len;	     /* 0 = missing */
};

/*
 * Set up a view of size bytes in the current layout. cpu, num, offset and flags are set to 0.
 * More parameters than the type has are allowed (a newer writer); those are not reachable.
 * Returns 0; EYAS_E_TRUNC if the lengths do not lie within the bytes; EYAS_E_VERSION for an
 * event type that this library does not know. bytes is borrowed.
 */
EYAS_API EYAS_MUST_USE int eyas_event_view(const void *bytes, size_t size,
					   struct eyas_event *ret_event, struct eyas_err *reterr);

/*
 * Check that every present parameter fits its type: sizes, address families, counts, variant
 * indexes. Returns 0 or EYAS_E_PARAM, with the parameter's name and the expected size in reterr.
 */
EYAS_API EYAS_MUST_USE int eyas_event_check(const struct eyas_event *event,
					    struct eyas_err *reterr);

/*
 * The index-th parameter. Returns 1 if it is present, 0 if it is missing (len 0, info set when
 * the type has such a parameter, else NULL). Never reads outside the event. Costs a sum over
 * the lengths before it; to read all, iterate.
 */
EYAS_API int eyas_event_param(const struct eyas_event *event, unsigned index,
			      struct eyas_param *ret_param);

/* The same by name: the first parameter called so. */
EYAS_API int eyas_event_param_find(const struct eyas_event *event, const char *name,
				   struct eyas_param *ret_param);

/* All parameters in order, the missing ones included. */
struct eyas_param_iter {
	const struct eyas_event *event;
	const uint8_t *value;
	unsigned index;
};
EYAS_API void eyas_param_iter_init(struct eyas_param_iter *iter, const struct eyas_event *event);
/* 1 with a parameter, 0 after the last one that the type has. */
EYAS_API int eyas_param_iter_next(struct eyas_param_iter *iter, struct eyas_param *ret_param);

/*
 * A parameter as a number; integers are widened by their sign. Returns 0, -ENOENT if it is
 * missing, EYAS_E_PARAM if it is no integer or its length is not that of its type.
 */
EYAS_API EYAS_MUST_USE int eyas_param_int(const struct eyas_param *param, int64_t *ret_value);
EYAS_API EYAS_MUST_USE int eyas_param_uint(const struct eyas_param *param, uint64_t *ret_value);
/*
 * A string or path without its NUL. Borrowed, NOT NUL-terminated when the writer left the NUL
 * out, hence the length. Errors as above.
 */
EYAS_API EYAS_MUST_USE int eyas_param_str(const struct eyas_param *param, const char **ret_str,
					  size_t *ret_len);

/*
 * The value inside a DYN parameter, which has the type of its variant. ret_info is storage for
 * the description ret_value points at. 0, -ENOENT if it is missing, EYAS_E_PARAM if it is no
 * dynamic parameter or the variant is unknown.
 */
EYAS_API EYAS_MUST_USE int eyas_param_variant(const struct eyas_param *param,
					      struct eyas_param_info *ret_info,
					      struct eyas_param *ret_value);

/* Socket address or tuple in parts (reference/types.tsv, PT_SOCKADDR, PT_SOCKTUPLE). */
struct eyas_endpoint {
	uint8_t addr[16]; /* network order; IPv4 uses the first four */
	uint16_t port;	  /* host order */
	uint64_t ptr;	  /* kernel address of a unix socket */
};
struct eyas_sock {
	uint8_t family; /* PPM_AF_*: 1 unix, 2 IPv4, 10 IPv6, others have no address */
	struct eyas_endpoint src, dst; /* an address alone is in src */
	const char *path;	       /* unix path, not NUL-terminated; NULL = none */
	size_t path_len;
};
EYAS_API EYAS_MUST_USE int eyas_param_sock(const struct eyas_param *param,
					   struct eyas_sock *ret_sock);

/*
 * The name a user knows an event by: the system call's for generic events, the asynchronous
 * event's own for async events, else the type's. Not always NUL-terminated, hence ret_len.
 * Valid as long as the event.
 */
EYAS_API const char *eyas_event_name(const struct eyas_event *event, size_t *ret_len);

/* 1 for an exit event or one without a pair, 0 for an enter event. */
EYAS_API int eyas_event_is_exit(const struct eyas_event *event);

/* ---- building events ---- */

/*
 * Builds one event into memory of the caller. Put the parameters in order with the eyas_put_*
 * functions, one call each; those not put are missing. The first failure sticks and is what
 * eyas_encoder_end() returns: EYAS_E_PARAM for a value that does not fit the type of the next
 * parameter, -ENOSPC when the buffer or a length field is too small, EYAS_E_USAGE for one
 * parameter too many.
 */
struct eyas_encoder {
	const struct eyas_event_info *info;
	uint8_t *buf;
	size_t size, len;
	unsigned index, len_size;
	int err;
};
EYAS_API void eyas_encoder_begin(struct eyas_encoder *enc, void *buf, size_t size, unsigned type,
				 uint64_t ts_ns, uint64_t tid);
EYAS_API void eyas_put_missing(struct eyas_encoder *enc);
/* Any integer type; the value must fit into it. */
EYAS_API void eyas_put_int(struct eyas_encoder *enc, int64_t value);
EYAS_API void eyas_put_uint(struct eyas_encoder *enc, uint64_t value);
EYAS_API void eyas_put_double(struct eyas_encoder *enc, double value);
/* String and path types; the NUL is added. NULL = missing. */
EYAS_API void eyas_put_str(struct eyas_encoder *enc, const char *str);
/* Bytes as they are; any type of varying length. */
EYAS_API void eyas_put_bytes(struct eyas_encoder *enc, const void *data, size_t len);
/* Strings separated (BYTEBUF) or terminated (CHARBUFARRAY) by NUL. */
EYAS_API void eyas_put_strs(struct eyas_encoder *enc, const char *const *strs, size_t count);
/* IPV4ADDR, IPV6ADDR, IPADDR: len 4 or 16, network order. */
EYAS_API void eyas_put_addr(struct eyas_encoder *enc, const void *addr, size_t len);
EYAS_API void eyas_put_sockaddr(struct eyas_encoder *enc, const struct eyas_sock *sock);
EYAS_API void eyas_put_socktuple(struct eyas_encoder *enc, const struct eyas_sock *sock);
struct eyas_pollfd {
	int64_t fd;
	int16_t events; /* PPM_POLL* bits */
};
EYAS_API void eyas_put_fdlist(struct eyas_encoder *enc, const struct eyas_pollfd *fds,
			      size_t count);
/* DYN parameters: choose a variant, then its value as a number or as bytes. */
EYAS_API void eyas_put_dyn_int(struct eyas_encoder *enc, unsigned variant, int64_t value);
EYAS_API void eyas_put_dyn_bytes(struct eyas_encoder *enc, unsigned variant, const void *data,
				 size_t len);
/* Finish: parameters not put are missing. Returns the event's length in bytes or an error. */
EYAS_API EYAS_MUST_USE int eyas_encoder_end(struct eyas_encoder *enc);

/* ---- values as text ---- */

/* What a parameter is printed as. */
enum eyas_text {
	EYAS_TEXT_RAW,	    /* the value itself: "-2", "4097", "/etc/passwd" */
	EYAS_TEXT_RESOLVED, /* what it means: "ENOENT", "O_RDONLY|O_CLOEXEC"; may be empty */
	EYAS_TEXT_BOTH	    /* "-2(ENOENT)": raw, then resolved in parentheses if there is any */
};

/*
 * A parameter as text, as evt.arg prints it (reference/filter_language.md section 5): control
 * bytes of strings are shown as escapes, bytes of buffers that do not print as dots, so the
 * text is safe for a terminal. Like snprintf: returns the length the whole text has, writes at
 * most size bytes with the NUL.
 */
EYAS_API size_t eyas_param_text(const struct eyas_param *param, enum eyas_text form, char *buf,
				size_t size);

#ifdef __cplusplus
}
#endif

#endif /* EYAS_EVENT_H */
