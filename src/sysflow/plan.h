/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How records of a file get into our structs: the writer's schema is compiled, by the names of
 * records and fields, to a step for each field in the order of the bytes, or for each row of
 * numbers, of which there are many. What we do not know is a step that skips; what the file does not
 * have stays blank.
 */
#ifndef SYSFLOW_PLAN_H
#define SYSFLOW_PLAN_H

#include "sysflow/layout.h"
#include "sysflow/types.h"

enum sf_step_code {
	SF_STEP_SKIP,
	SF_STEP_NOTHING, /* null: stays blank */
	SF_STEP_INT,
	SF_STEP_LONG,
	SF_STEP_BOOL,
	SF_STEP_TEXT,
	SF_STEP_ENUM,
	SF_STEP_FIXED,
	SF_STEP_RECORD,
	SF_STEP_TEXTS,
	SF_STEP_NUMBERS,
	SF_STEP_LABELS,
	SF_STEP_RECORDS,
	SF_STEP_UNION,
	SF_STEP_MISFIT /* a branch of a union that is of a type the field cannot be */
};

struct sf_plan;

struct sf_step {
	uint8_t code; /* enum sf_step_code */
	bool flagged; /* extra is a flag to set */
	uint8_t size; /* FIXED */
	uint16_t offset, extra;
	uint32_t count; /* INT, LONG: so many side by side; UNION: branches, ENUM: symbols */
	const char *const *names;   /* of the fields: as many as INT and LONG have, else one */
	const struct sf_type *type; /* SKIP */
	union {
		const struct sf_plan *plan;	/* RECORD, RECORDS */
		const int32_t *numbers;		/* ENUM: our number for the writer's */
		const struct sf_step *branches; /* UNION */
	} u;
};

struct sf_plan {
	const struct sf_layout *layout;
	const struct sf_step *steps;
	uint32_t count;
	const void *blank; /* a struct with all that is missing */
};

/* One branch of the union that SysFlow is. */
struct sf_branch {
	const struct sf_plan *plan; /* NULL = of no record we know: to skip */
	enum sysflow_type type;
	const struct sf_type *writer;
};

struct sf_program {
	/* What stands around the union in the record that holds it; nothing, up to schema 6. */
	const struct sf_type_field *before, *after;
	uint32_t nbefore, nafter;
	struct sf_branch *branches;
	uint32_t nbranches;
};

/*
 * The program for a schema, in the arena; so must be its types. EYAS_E_FORMAT: it is none of
 * SysFlow, or a field has a type that its values cannot be taken from.
 */
int sf_program_new(const struct sf_type *schema, struct eyas_arena *arena,
		   struct sf_program **ret_program, struct eyas_err *reterr);

#endif
