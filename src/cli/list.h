/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of `eyas list`: for cmd_list.c and the tables that have a file of their own. */
#ifndef CLI_LIST_H
#define CLI_LIST_H

#include "base/json.h"

/*
 * One row. Text and JSON are two ways to write the same columns, whose names are those of the
 * reference tables.
 */
struct cli_row {
	struct eyas_str *out;
	struct eyas_json json;
	bool as_json;
};

void cli_row_begin(struct cli_row *row);
void cli_row_end(struct cli_row *row);
/* One column: at least width characters as text, of which there are none at the end of a line. */
void cli_row_str(struct cli_row *row, const char *key, const char *text, int width);

/* list_fields.c: the fields of filters and formats, class by class. */
void cli_list_fields(struct cli_row *row);

#endif
