/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A schema that somebody else wrote, from its JSON to a graph of types: what the bytes of a file
 * are, whoever wants them. Nothing here knows of SysFlow.
 */
#ifndef SYSFLOW_TYPES_H
#define SYSFLOW_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <eyas/err.h>

#include "base/arena.h"

enum sf_type_kind {
	SF_T_NULL,
	SF_T_BOOLEAN,
	SF_T_INT,
	SF_T_LONG,
	SF_T_FLOAT,
	SF_T_DOUBLE,
	SF_T_BYTES,
	SF_T_STRING,
	SF_T_PRIMITIVES,
	SF_T_RECORD = SF_T_PRIMITIVES,
	SF_T_ENUM,
	SF_T_FIXED,
	SF_T_ARRAY,
	SF_T_MAP,
	SF_T_UNION
};

struct sf_type;

struct sf_type_field {
	const char *name;
	const struct sf_type *type;
};

/*
 * Types refer to each other, also in circles: a record may hold an array of itself. Invariant: a
 * value of an empty type takes no bytes, a value of any other takes one or more. A record has no
 * fields of empty types; they are left out, so that going over a record costs no more than its
 * bytes.
 */
struct sf_type {
	uint8_t kind; /* enum sf_type_kind */
	bool empty;
	const char *name; /* of a RECORD, ENUM, FIXED: its last part; else of the kind */
	const char *full; /* with the namespace */
	uint32_t count;	  /* of fields, symbols or branches */
	uint32_t size;	  /* FIXED */
	const struct sf_type_field *fields;
	const char *const *symbols;
	const struct sf_type *const *branches;
	const struct sf_type *items; /* ARRAY, MAP */
};

/*
 * Read a schema; the types are the arena's. EYAS_E_FORMAT with what is wrong and where,
 * EYAS_E_LIMIT, -ENOMEM.
 */
int sf_types_read(const char *json, size_t len, struct eyas_arena *arena,
		  const struct sf_type **ret_type, struct eyas_err *reterr);

#endif
