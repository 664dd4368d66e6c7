/* SPDX-License-Identifier: Apache-2.0 */
/* Blocks of Avro files as they were before compression: a row for each codec. */
#ifndef SYSFLOW_UNPACK_H
#define SYSFLOW_UNPACK_H

#include <stddef.h>
#include <stdint.h>

#include <eyas/err.h>

/*
 * Where blocks are unpacked to, one after another. Zero-initialised is empty; state is what a codec
 * keeps for the next block. The buffer grows with what really comes out, up to max_bytes.
 */
struct sf_unpacker {
	const struct sf_codec *codec; /* NULL = null: blocks are what they are */
	void *state;
	uint8_t *data;
	size_t len, cap, max_bytes;
};

/* The codec of a name, as avro.codec has it. EYAS_E_FORMAT with the names that are known. */
int sf_unpacker_init(struct sf_unpacker *unpacker, const char *codec, size_t len, size_t max_bytes,
		     struct eyas_err *reterr);
/*
 * Unpack a block into data and len. EYAS_E_FORMAT, EYAS_E_LIMIT or -ENOMEM. With codec null, data
 * is what came in.
 */
int sf_unpack(struct sf_unpacker *unpacker, uint8_t *packed, size_t size, uint8_t **ret_data,
	      size_t *ret_len, struct eyas_err *reterr);
void sf_unpacker_fini(struct sf_unpacker *unpacker);

#endif
