/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The structs of sysflow.h as a table: which fields a record has, in the order of the schema, and
 * where in memory each lies. From it follow the programs that decode records, what is missing in
 * old files, copies, and records as JSON.
 */
#ifndef SYSFLOW_LAYOUT_H
#define SYSFLOW_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <sysflow.h>

enum sf_kind {
	SF_INT,	    /* int32_t */
	SF_LONG,    /* int64_t */
	SF_BOOL,    /* bool */
	SF_TEXT,    /* const char *; NULL only if optional */
	SF_ENUM,    /* int32_t */
	SF_FIXED,   /* bytes, of a size */
	SF_RECORD,  /* a struct with a layout of its own */
	SF_TEXTS,   /* struct sysflow_strings */
	SF_NUMBERS, /* struct sysflow_numbers */
	SF_LABELS,  /* const struct sysflow_label *; Avro's map */
	SF_RECORDS  /* a pointer to structs with a layout */
};

struct sf_layout;

struct sf_field {
	const char *name; /* in the schema */
	uint8_t kind;	  /* enum sf_kind */
	bool optional;	  /* null is a value */
	uint8_t size;	  /* FIXED */
	uint16_t offset;
	uint16_t extra; /* LABELS, RECORDS: of the count; optional FIXED and RECORD: of the flag */
	const struct sf_layout *layout; /* RECORD, RECORDS */
	const char *const *symbols;	/* ENUM; ends with NULL */
	const char *blank;		/* TEXT: what is missing; NULL = "" */
};

struct sf_layout {
	const char *name; /* without the namespace */
	const struct sf_field *fields;
	size_t count;
	size_t size; /* of the struct */
};

/* By enum sysflow_type. Offsets count from the union of struct sysflow_record. */
extern const struct sf_layout sf_layouts[SYSFLOW_TYPES];

/* All fields as they are when a file has none of them. */
void sf_layout_blank(const struct sf_layout *layout, void *ret);

/*
 * Bytes of all that a struct points to; and a copy of the struct, with copies of these in memory of
 * that size that is aligned for any type.
 */
size_t sf_layout_copy_size(const struct sf_layout *layout, const void *from);
void sf_layout_copy(const struct sf_layout *layout, const void *from, void *to, void *rest);

#endif
