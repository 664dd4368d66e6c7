/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The Avro object container in memory: the head of a file, and blocks of encoded records. Who puts
 * them into a file is told whole pieces only, and can take a piece back that did not fit.
 */
#ifndef SYSFLOW_AVRO_OUT_H
#define SYSFLOW_AVRO_OUT_H

#include <stddef.h>
#include <stdint.h>

#include <eyas/err.h>

/* A block is due when it has so many bytes uncompressed, as in the original's files. */
enum { SF_AVRO_BLOCK = 80000 };
/* The largest record there is room for. */
enum { SF_AVRO_RECORD_MAX = 4 * 1024 * 1024 };

struct sf_avro;

/* codec: "null", "deflate", "snappy". One of these does for any number of files. */
int sf_avro_new(int schema, const char *codec, struct sf_avro **ret_avro, struct eyas_err *reterr);
/* A new file begins: a new sync marker. What was not taken of the last one is dropped. */
int sf_avro_begin(struct sf_avro *avro, struct eyas_err *reterr);
/* The head of the file; valid until the next begin. */
void sf_avro_head(const struct sf_avro *avro, const void **ret_data, size_t *ret_len);
/* Add a record to the block: 0 or -errno. Take the block first if there is no room behind it. */
int sf_avro_add(struct sf_avro *avro, const void *data, size_t len);
/* Records and bytes in the block that is being filled. */
uint64_t sf_avro_records(const struct sf_avro *avro);
size_t sf_avro_bytes(const struct sf_avro *avro);
/*
 * Finish the block; the bytes are valid until the next call. On failure its records are gone, or
 * stay in the block: sf_avro_records() knows.
 */
int sf_avro_take(struct sf_avro *avro, const void **ret_data, size_t *ret_len);
/* NULL is fine. */
void sf_avro_free(struct sf_avro *avro);

#endif
