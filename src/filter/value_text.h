/* SPDX-License-Identifier: Apache-2.0 */
/* Values of fields as text and as JSON (reference/filter_language.md section 5). */
#ifndef FILTER_VALUE_TEXT_H
#define FILTER_VALUE_TEXT_H

#include "base/json.h"
#include "filter/field.h"

/* As -p prints it: text types as they are (no escapes), numbers by their format. */
void eyas_value_put_text(struct eyas_str *out, const struct eyas_value *value,
			 const struct field_opts *opts);
/* Native type: number, string, boolean, array. field may be NULL; times become integers. */
void eyas_value_put_json(struct eyas_json *json, const struct eyas_value *value,
			 const struct field_ref *field, const struct field_opts *opts);

/*
 * Bytes by the options: their mode, and no more than max_bytes. As dots, the last three of those
 * are "..." when there are more; the other modes have no place for a mark.
 */
void eyas_buffer_put_opts(struct eyas_str *out, const void *data, size_t len,
			  const struct field_opts *opts);
/* len bytes in one of the buffer modes. */
void eyas_buffer_put(struct eyas_str *out, const void *data, size_t len, enum buffer_mode mode);

#endif
