/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Output formats: literal text mixed with %fields (reference/filter_language.md section 5). Used
 * by the printer, and by include/eyas/filter.h with a network of its own.
 */
#ifndef FILTER_FORMAT_H
#define FILTER_FORMAT_H

#include "base/json.h"
#include "filter/network.h"

struct eyas_layout;

/* What becomes of bytes in values that would disturb a reader. Literal text stays as it is. */
enum format_escape {
	FORMAT_EXACT,	/* nothing */
	FORMAT_LINE,	/* control bytes are escaped, so that an event is one line */
	FORMAT_TERMINAL /* as eyas_str_safe() does it: also C1 controls and what is not UTF-8 */
};

/*
 * Compile a format into a network, whose fields it shares with the filters there. opts are those
 * of the network, lent for as long as the format lives. Errors have the place of the % that is
 * wrong: EYAS_E_FORMAT, EYAS_E_USAGE, EYAS_E_LIMIT, -ENOMEM.
 */
int eyas_layout_new(struct eyas_network *network, const struct field_opts *opts, const char *text,
		    size_t len, struct eyas_layout **ret_format, struct eyas_err *reterr);
/*
 * Another member of the JSON form: a key, and the text that a second format of the same network
 * yields, which is the layout's from now on, also on failure. A member of that key gives way.
 * -ENOMEM.
 */
int eyas_layout_add_text(struct eyas_layout *format, const char *key, struct eyas_layout *text);
/* NULL is fine. */
void eyas_layout_free(struct eyas_layout *format);

/*
 * The current event of the network: appends and returns true, or false (nothing appended) when a
 * value is missing and the format does not begin with '*'. What the buffer modes break into
 * lines stays so.
 */
bool eyas_layout_put_text(struct eyas_layout *format, struct eyas_str *out,
			  enum format_escape escape);
/* One object, keys sorted bytewise, one for each plain field. */
bool eyas_layout_put_json(const struct eyas_layout *format, struct eyas_str *out);

#endif
