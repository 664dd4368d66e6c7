/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Attributes: what records are shown and filtered by, with the names that SysFlow's own tools have
 * (sf.proc.exe). They are fields of the filter language over records in place of events.
 */
#ifndef SYSFLOW_ATTR_H
#define SYSFLOW_ATTR_H

#include <sysflow.h>

#include "filter/field.h"

/* A record as attributes look at it: the subject of their network. */
struct sf_row {
	const struct sysflow_record *record;
	const struct sysflow_refs *refs;
	struct sysflow_reader *reader; /* for parents and pods; NULL = they are not known */
};

/* How a value is shown, where that does not follow from its type. */
enum sf_look {
	SF_LOOK_PLAIN,
	SF_LOOK_TIME,	   /* nanoseconds since 1970 */
	SF_LOOK_OPFLAGS,   /* a number as the short form, in JSON as names */
	SF_LOOK_OPENFLAGS, /* a number as names */
	SF_LOOK_SERVICES   /* of a pod; the value is their number */
};

struct sf_attr {
	struct field_info field; /* its name begins with "sf." */
	const char *title;	 /* of its column */
	uint8_t look;		 /* enum sf_look */
	bool right;		 /* of the column: numbers */
	bool extra;		 /* not among those that are shown when none are chosen */
};

enum { SF_ATTR_PREFIX = 3 }; /* "sf." */

/* The i-th attribute, NULL past the last. */
const struct sf_attr *sf_attr_at(size_t i);
/* By its name, with "sf." or without; NULL = there is none. */
const struct sf_attr *sf_attr_find(const char *name, size_t len);
/* The name that is most like it, NULL if none is near. Static. */
const char *sf_attr_nearest(const char *name, size_t len);
/* What a network over rows binds its fields with. */
int sf_attr_bind(const char *text, size_t len, struct eyas_arena *arena, struct field_ref *ret,
		 struct eyas_err *reterr);

/* The flags of operations in SysFlow's short form: "EXEC", or "O  WR   C  " for flows. */
void sf_put_opflags(struct eyas_str *out, uint32_t flags);

enum { SF_FLAG_NAMES = 32 };

/* Reading and writing are called so of files, receiving and sending of connections. */
enum sf_op_names { SF_OP_NAMES_FILE = 1, SF_OP_NAMES_NET = 2, SF_OP_NAMES_ALL = 3 };

/* The names of flags into an array of SF_FLAG_NAMES; returns how many. */
size_t sf_opflag_names(uint32_t flags, enum sf_op_names which, const char **ret_names);
size_t sf_openflag_names(uint32_t flags, const char **ret_names);
/* Short names of the types of records: "PE". */
const char *sf_type_code(enum sysflow_type type);
/* The name of the value of an enum in the schema: "REUP"; NULL if it has none. */
const char *sf_symbol(enum sysflow_type type, const char *field, int32_t value);

#endif
