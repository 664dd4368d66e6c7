/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inside of showing.
 *
 *   show.c          options, filter, output
 *   show_value.c    one value as text and as JSON
 *   show_table.c    aligned columns; CSV
 *   show_json.c     objects
 *   show_record.c   whole records
 */
#ifndef SYSFLOW_SHOW_INT_H
#define SYSFLOW_SHOW_INT_H

#include "base/json.h"
#include "filter/network.h"
#include "sysflow/show.h"

struct show_column {
	const struct sf_attr *attr;
	uint32_t slot; /* in the network */
	size_t width;  /* of the table so far */
};

/* The text of a minute is kept: neighbours share it. */
struct show_clock {
	int64_t minute; /* since 1970; text is empty before the first */
	char text[24];	/* "2026-11-30T20:15:" */
};

struct sf_show {
	struct sf_show_opts opts;
	struct eyas_network *network;
	uint32_t root; /* of the filter */
	struct show_column *columns;
	size_t ncolumns;
	struct show_clock clock;
	struct eyas_str out;   /* lines */
	struct eyas_str cells; /* TABLE: of rows that wait for their widths */
	size_t *ends;	       /* of the cells, in cells */
	size_t nends, ends_cap;
	bool headed; /* the titles are out */
};

/* The value of a column for the current row, NULL = it has none. */
static inline const struct eyas_value *show_value(struct sf_show *show,
						  const struct show_column *column)
{
	return eyas_network_value(show->network, column->slot);
}

/* show_value.c; text is escaped, so that a terminal does not obey it. */
void show_put_text(struct sf_show *show, const struct show_column *column, const struct sf_row *row,
		   const struct eyas_value *value, struct eyas_str *out);
void show_put_json(struct sf_show *show, const struct show_column *column, const struct sf_row *row,
		   const struct eyas_value *value, struct eyas_json *json);

/* A row in each format; false when there is no memory. */
bool show_table_row(struct sf_show *show, const struct sf_row *row);
void show_table_flush(struct sf_show *show);
void show_csv_row(struct sf_show *show, const struct sf_row *row);
void show_json_row(struct sf_show *show, const struct sf_row *row);
void show_record_row(struct sf_show *show, const struct sysflow_record *record);

#endif
