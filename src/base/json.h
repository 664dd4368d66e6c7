/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writing JSON into a string, compact and always valid: what is not UTF-8 becomes U+FFFD. Only
 * writing: it is on the way of every event with -o json and must not build a tree.
 */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

enum { EYAS_JSON_DEPTH = 63 };

/* Commas and brackets are kept track of; the caller opens, closes and names in order. */
struct eyas_json {
	struct eyas_str *out;
	uint64_t arrays; /* bit i: level i is an array */
	unsigned depth;
	bool comma; /* the next value needs one in front */
};

void eyas_json_init(struct eyas_json *json, struct eyas_str *out);
void eyas_json_object(struct eyas_json *json);
void eyas_json_array(struct eyas_json *json);
/* Close the innermost object or array. */
void eyas_json_end(struct eyas_json *json);
/* Name of the next value; plain ASCII of our own, not escaped. */
void eyas_json_key(struct eyas_json *json, const char *key);
/* Name of the next value, foreign text. */
void eyas_json_key_len(struct eyas_json *json, const char *key, size_t len);
void eyas_json_str(struct eyas_json *json, const char *text, size_t len);
/* Bytes as a string of one character (U+0000 to U+00FF) each, so that nothing is lost. */
void eyas_json_bytes(struct eyas_json *json, const void *data, size_t len);
void eyas_json_cstr(struct eyas_json *json, const char *text);
/* A key and a text. */
void eyas_json_member(struct eyas_json *json, const char *key, const char *text);
void eyas_json_u64(struct eyas_json *json, uint64_t value);
void eyas_json_i64(struct eyas_json *json, int64_t value);
void eyas_json_double(struct eyas_json *json, double value);
void eyas_json_bool(struct eyas_json *json, bool value);
void eyas_json_null(struct eyas_json *json);

#endif
