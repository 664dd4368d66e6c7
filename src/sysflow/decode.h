/* SPDX-License-Identifier: Apache-2.0 */
/* From the bytes of one datum to a record, by a program; every byte is hostile. */
#ifndef SYSFLOW_DECODE_H
#define SYSFLOW_DECODE_H

#include "base/arena.h"
#include "sysflow/plan.h"

/*
 * Bytes that are decoded in place: a text is moved onto its length, so that there is room for a
 * NUL behind it, and records point into the bytes. They can be read once.
 */
struct sf_decoder {
	uint8_t *at, *end;
	struct eyas_arena *arena; /* for arrays of a record */
	uint64_t nuls;		  /* bytes 0 in texts, which became 0x1a (SUB) */
	size_t kept_bytes;	  /* of the arrays of this record */
	unsigned depth;
	uint32_t nth; /* of the numbers of a step, the one that failed */
	/* Of a failure: the record, the field, what is wrong there. */
	const char *record, *field, *why;
};

/*
 * One datum: 1 and the record; 0 for one of a type that is not ours, which is skipped;
 * EYAS_E_FORMAT, EYAS_E_LIMIT or -ENOMEM, with the place and the reason in the decoder.
 */
int sf_decode(struct sf_decoder *decoder, const struct sf_program *program,
	      struct sysflow_record *ret_record);

#endif
