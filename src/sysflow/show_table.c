/* SPDX-License-Identifier: Apache-2.0 */
/* Rows as columns that are aligned, or separated by commas. */
#include <stdlib.h>
#include <string.h>

#include "sysflow/show_int.h"

enum {
	BATCH_ROWS = 256,      /* these are as wide as the widest of them */
	BATCH_BYTES = 1 << 20, /* or so many, if they are long */
	WIDTH_MAX = 60	       /* what is longer stands out, and does not widen the others */
};

static const char *title_of(const struct show_column *column)
{
	return column->attr->title;
}

/* ---- the table ---- */

static void put_cell(struct eyas_str *out, const struct show_column *column, const char *text,
		     size_t len)
{
	size_t chars = eyas_utf8_count(text, len), pad;
	char *to;

	pad = chars < column->width ? column->width - chars : 0;
	to = eyas_str_reserve(out, len + pad + 1);
	if (!to)
		return;
	if (column->attr->right) {
		memset(to, ' ', pad);
		to += pad;
	}
	if (len)
		memcpy(to, text, len);
	to += len;
	if (!column->attr->right) {
		memset(to, ' ', pad);
		to += pad;
	}
	*to++ = ' ';
	out->len = (size_t)(to - out->data);
}

/* Without blanks at its end. */
static void end_line(struct eyas_str *out)
{
	while (out->len && out->data[out->len - 1] == ' ')
		out->len--;
	eyas_str_putc(out, '\n');
}

static void put_titles(struct sf_show *show)
{
	size_t i;

	for (i = 0; i < show->ncolumns; i++)
		put_cell(&show->out, &show->columns[i], title_of(&show->columns[i]),
			 strlen(title_of(&show->columns[i])));
	end_line(&show->out);
	show->headed = true;
}

/* Columns only get wider, so that a table does not dance. */
static void widen(struct sf_show *show)
{
	size_t i, start = 0, width;
	struct show_column *column;

	for (i = 0; i < show->ncolumns && !show->headed; i++)
		show->columns[i].width = strlen(title_of(&show->columns[i]));
	for (i = 0; i < show->nends; i++) {
		column = &show->columns[i % show->ncolumns];
		width = eyas_utf8_count(show->cells.data + start, show->ends[i] - start);
		if (width <= WIDTH_MAX && width > column->width)
			column->width = width;
		start = show->ends[i];
	}
}

void show_table_flush(struct sf_show *show)
{
	size_t i, start = 0, column;

	if (!show->nends)
		return;
	widen(show);
	if (!show->headed)
		put_titles(show);
	for (i = 0; i < show->nends; i++) {
		column = i % show->ncolumns;
		put_cell(&show->out, &show->columns[column], show->cells.data + start,
			 show->ends[i] - start);
		if (column + 1 == show->ncolumns)
			end_line(&show->out);
		start = show->ends[i];
	}
	show->nends = 0;
	show->cells.len = 0;
}

static bool room_for_ends(struct sf_show *show)
{
	size_t cap = BATCH_ROWS * show->ncolumns;

	if (!show->ends)
		show->ends = calloc(cap, sizeof(*show->ends));
	show->ends_cap = show->ends ? cap : 0;
	return show->ends;
}

bool show_table_row(struct sf_show *show, const struct sf_row *row)
{
	const struct eyas_value *value;
	size_t i;

	if (!room_for_ends(show) || !eyas_str_reserve(&show->cells, 1))
		return false;
	for (i = 0; i < show->ncolumns; i++) {
		value = show_value(show, &show->columns[i]);
		if (value)
			show_put_text(show, &show->columns[i], row, value, &show->cells);
		show->ends[show->nends++] = show->cells.len;
	}
	if (show->cells.nomem)
		return false;
	if (show->nends == show->ends_cap || show->cells.len > BATCH_BYTES)
		show_table_flush(show);
	return true;
}

/* ---- CSV ---- */

static void put_quoted(struct eyas_str *out, const char *text, size_t len)
{
	size_t i;

	eyas_str_putc(out, '"');
	for (i = 0; i < len; i++) {
		if (text[i] == '"')
			eyas_str_putc(out, '"');
		eyas_str_putc(out, text[i]);
	}
	eyas_str_putc(out, '"');
}

static bool needs_quotes(const char *text, size_t len)
{
	return len && (memchr(text, ',', len) || memchr(text, '"', len) || text[0] == ' ' ||
		       text[len - 1] == ' ');
}

static void csv_titles(struct sf_show *show)
{
	size_t i;

	for (i = 0; i < show->ncolumns; i++) {
		if (i)
			eyas_str_putc(&show->out, ',');
		eyas_str_puts(&show->out, show->columns[i].attr->field.name + SF_ATTR_PREFIX);
	}
	eyas_str_putc(&show->out, '\n');
	show->headed = true;
}

void show_csv_row(struct sf_show *show, const struct sf_row *row)
{
	struct eyas_str *cell = &show->cells, *out = &show->out;
	const struct eyas_value *value;
	size_t i;

	if (!show->headed)
		csv_titles(show);
	for (i = 0; i < show->ncolumns; i++) {
		if (i)
			eyas_str_putc(out, ',');
		value = show_value(show, &show->columns[i]);
		if (!value)
			continue;
		cell->len = 0;
		show_put_text(show, &show->columns[i], row, value, cell);
		if (needs_quotes(cell->data, cell->len))
			put_quoted(out, cell->data, cell->len);
		else
			eyas_str_add(out, cell->data, cell->len);
	}
	eyas_str_putc(out, '\n');
}
