/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The built-in fields (reference/fields.tsv): one table says what they are, one function each
 * says what they yield for an event. fields.c looks names up; fields_*.c hold a class each.
 */
#ifndef FILTER_FIELD_H
#define FILTER_FIELD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/str.h"
#include "filter/value.h"
#include "state/state.h"

enum field_flag {
	FIELD_LIST = 1,	      /* is_list */
	FIELD_TABLE_ONLY = 2, /* not in listings, works all the same */
	FIELD_PRINT_ONLY = 4,
	FIELD_FILTER_ONLY = 8,
	FIELD_NO_RHS = 16,
	FIELD_NO_TRANSFORMER = 32,
	FIELD_DEPRECATED = 64,
	FIELD_SUGGESTED = 128, /* format_suggested */
	FIELD_ARG_REQUIRED = 256,
	FIELD_ARG_ALLOWED = 512,
	FIELD_ARG_INDEX = 1024, /* [number] */
	FIELD_ARG_KEY = 2048,	/* [text] */
	FIELD_ARG_DOT = 4096,	/* .text behind the name: evt.arg.fd */
	FIELD_NO_VALUE = 8192,	/* never has a value here: what needs a container runtime */
	FIELD_TIME = 16384	/* an instant as text: in JSON it is the number own.u64[0] */
};

/* How a filter compares a field that stands for several values at once (fd.ip, proc.aname). */
enum field_multi {
	FIELD_SINGLE,
	FIELD_ANY,    /* some value satisfies the operator, != included: ancestors */
	FIELD_ANY_ALL /* some value; for != all of them: both ends of a connection */
};

/* Where output that differs by option is decided; of the format or printer that asks. */
enum buffer_mode {
	BUFFER_DOTS, /* what does not print is a dot */
	BUFFER_HEX,
	BUFFER_HEX_ASCII,
	BUFFER_ASCII, /* line ends and what prints, without the rest */
	BUFFER_BASE64
};

struct field_static {
	const char *key, *value;
};

struct field_opts {
	enum buffer_mode buffers;
	uint32_t max_bytes;   /* of a buffer in evt.args, 0 = no limit */
	char outputtime;      /* evt.outputtime: 'h', 'a', 'r', 'd', 'D' */
	bool raw_text;	      /* strings as they are; else made safe for a terminal in evt.args */
	const char *hostname; /* evt.hostname, NULL = the machine's */
	const struct field_static *statics; /* static.KEY; lent */
	size_t nstatics;
};

/* What a field is evaluated in: an event, and memory that lives until the next one. */
struct field_eval {
	const struct eyas_context *context; /* NULL in a network over something else */
	const void *subject;		    /* what such a network is over */
	struct eyas_arena *arena;
	struct eyas_str *scratch; /* for putting text together before it goes to the arena */
	const struct field_opts *opts;
	bool for_filter; /* a multi-valued field yields its values as a list */
};

struct field_ref;

struct field_info {
	const char *name;
	uint8_t type; /* enum eyas_type */
	uint8_t fmt;  /* enum eyas_fmt */
	uint16_t flags;
	uint8_t multi; /* enum field_multi */
	const char *help;
	/*
	 * 1 with a value, 0 when it is missing. A field with multi yields a list when
	 * eval->for_filter.
	 */
	bool (*get)(const struct field_eval *eval, struct field_ref *ref, struct eyas_value *ret);
	/* Check and digest the argument when a field is bound; NULL = nothing to do. */
	int (*bind)(struct field_ref *ref, struct eyas_err *reterr);
	uint32_t tag; /* for get: which of several fields that share the function */
};

struct field_class {
	const char *name;   /* "evt (all event types)", as fields.tsv has it */
	const char *prefix; /* "evt", "proc", for grouping in listings */
	const struct field_info *fields;
	size_t count;
	bool hidden;
};

/* All classes in the order in which names are looked up; NULL past the last. */
const struct field_class *eyas_field_class(unsigned index);

/* One mention of a field in a filter or format. Mentions that are equal share one. */
struct field_ref {
	const struct field_info *info;
	const char *text; /* as it is written: name and argument; NUL-terminated */
	const char *arg;  /* NULL = none; without brackets or the dot */
	size_t arg_len;
	bool arg_is_index;
	int64_t arg_index;
	uint8_t type; /* info's, or what the argument makes of it (evt.rawarg) */
	uint8_t fmt;
	union { /* what bind found out, and what get remembers from event to event */
		uint64_t u64[2];
		uint32_t u32[4];
		const void *ptr[2];
	} own;
};

/*
 * Look a field up by its whole text, "proc.aname[2]" or "evt.arg.fd", as the language says:
 * first class that has a prefix of it, longest name in that class, nothing left over. Memory is
 * the arena's. EYAS_E_USAGE with words (unknown field and the nearest one, argument missing or
 * wrong); -ENOMEM.
 */
int eyas_field_bind(const char *text, size_t len, struct eyas_arena *arena, struct field_ref *ret,
		    struct eyas_err *reterr);

/*
 * The same for a field static.KEY of the options. 1 if it is one, 0 if there is none of that name,
 * -ENOMEM.
 */
int eyas_field_bind_static(const struct field_opts *opts, const char *text, size_t len,
			   struct eyas_arena *arena, struct field_ref *ret);

/* How a network finds its fields: as eyas_field_bind() does. */
typedef int (*field_bind_fn)(const char *text, size_t len, struct eyas_arena *arena,
			     struct field_ref *ret, struct eyas_err *reterr);

/* The name that is most like text, NULL if none is near. Static. */
const char *eyas_field_nearest(const char *text, size_t len);

#endif
