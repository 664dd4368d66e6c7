/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The text format of Prometheus. Where Falco's own output does not keep to it, this one does: what
 * a family is, is said once, in front of its first sample, and values of labels are escaped. Names,
 * units and labels are the same, so that dashboards need not know who is asked.
 */
#include "detect/prometheus.h"

#include <string.h>

#define PEER_HELP "https://falco.org/docs/metrics/"
#define HELP "docs/metrics.md of Eyas"

/* The word behind the name. */
static const char *const words[METRICS_UNITS] = {
	[METRICS_COUNT] = "total",
	[METRICS_RATIO] = "ratio",
	[METRICS_PERCENT] = "ratio",
	[METRICS_BYTES] = "bytes",
	[METRICS_KIBIBYTES] = "bytes",
	[METRICS_NS] = "nanoseconds",
	[METRICS_SECONDS] = "seconds",
	[METRICS_NS_COUNT] = "nanoseconds_total",
	[METRICS_SECONDS_COUNT] = "seconds_total",
	[METRICS_TIMESTAMP_NS] = "timestamp_nanoseconds",
};

/* What names bring along of their unit, and lose for the word. */
static const char *const suffixes[] = { "_kb",	  "_bytes", "_mb", "_percentage", "_perc",
					"_ratio", "_ns",    "_ts", "_sec",	  "_total" };

static size_t bare_len(const char *name)
{
	size_t len = strlen(name), i, n;

	for (i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
		n = strlen(suffixes[i]);
		if (len > n && !memcmp(name + len - n, suffixes[i], n))
			return len - n;
	}
	return len;
}

/* Letters, digits, '_', and of names of families ':'; the first one no digit. */
static void put_plain(struct eyas_str *out, const char *text, size_t len, bool colon)
{
	size_t i;
	char c;

	if (len && text[0] >= '0' && text[0] <= '9')
		eyas_str_putc(out, '_');
	for (i = 0; i < len; i++) {
		c = text[i];
		if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9') &&
		    !(colon && c == ':'))
			c = '_';
		eyas_str_putc(out, c);
	}
}

static void put_family(struct eyas_str *out, const struct metrics_row *row)
{
	bool info = row->kind == METRICS_TEXT;
	size_t len = info ? strlen(row->family) : bare_len(row->family);

	put_plain(out, row->family, len, true);
	eyas_str_putc(out, '_');
	eyas_str_puts(out, info ? "info" : words[row->unit]);
}

static void put_escaped(struct eyas_str *out, const char *text)
{
	size_t len = strlen(text), i;
	unsigned n;

	for (i = 0; i < len; i += n ? n : 1) {
		n = eyas_utf8_len(text + i, len - i);
		if (text[i] == '\n')
			eyas_str_puts(out, "\\n");
		else if (text[i] == '"' || text[i] == '\\')
			eyas_str_printf(out, "\\%c", text[i]);
		else if (n)
			eyas_str_add(out, text + i, n);
		else
			eyas_str_puts(out, "\xef\xbf\xbd");
	}
}

static void put_labels(struct eyas_str *out, const struct metrics_row *row)
{
	size_t i;

	if (!row->nlabels)
		return;
	eyas_str_putc(out, '{');
	for (i = 0; i < row->nlabels; i++) {
		if (i)
			eyas_str_putc(out, ',');
		put_plain(out, row->labels[i].name, strlen(row->labels[i].name), false);
		eyas_str_puts(out, "=\"");
		put_escaped(out, row->labels[i].value);
		eyas_str_putc(out, '"');
	}
	eyas_str_putc(out, '}');
}

static void put_value(struct eyas_str *out, const struct metrics_row *row)
{
	double scale = row->unit == METRICS_KIBIBYTES ? 1024
		       : row->unit == METRICS_PERCENT ? 0.01
						      : 1;
	bool memory = row->unit == METRICS_KIBIBYTES || row->unit == METRICS_BYTES;

	if (row->kind == METRICS_TEXT)
		eyas_str_putc(out, '1');
	else if (row->kind == METRICS_REAL)
		eyas_str_printf(out, "%f", row->value.real * scale);
	else if (memory)
		eyas_str_printf(out, "%f", (double)row->value.whole * scale);
	else
		eyas_str_u64(out, row->value.whole);
}

static bool same_sample(const struct metrics_row *a, const struct metrics_row *b)
{
	size_t i;

	if (a->nlabels != b->nlabels)
		return false;
	for (i = 0; i < a->nlabels; i++)
		if (strcmp(a->labels[i].name, b->labels[i].name) != 0 ||
		    strcmp(a->labels[i].value, b->labels[i].value) != 0)
			return false;
	return true;
}

/* A file that was read twice would be the same sample twice, which nobody may send. */
static bool was_said(const struct metrics_row *family, const struct metrics_row *row)
{
	if (row->kind != METRICS_TEXT)
		return false;
	for (; family < row; family++)
		if (same_sample(family, row))
			return true;
	return false;
}

static void put_head(struct eyas_str *out, const struct metrics_row *row)
{
	bool peer = !strncmp(row->family, METRICS_PEER, strlen(METRICS_PEER));

	eyas_str_puts(out, "# HELP ");
	put_family(out, row);
	eyas_str_printf(out, " %s\n# TYPE ", peer ? PEER_HELP : HELP);
	put_family(out, row);
	eyas_str_puts(out, row->monotonic ? " counter\n" : " gauge\n");
}

void prometheus_put(struct eyas_str *out, const struct metrics_set *set)
{
	const struct metrics_row *row = set->rows, *end = row + set->count, *family = NULL;

	for (; row < end; row++) {
		if (!row->family)
			continue;
		if (!family || strcmp(family->family, row->family) != 0) {
			family = row;
			put_head(out, row);
		}
		if (was_said(family, row))
			continue;
		put_family(out, row);
		put_labels(out, row);
		eyas_str_putc(out, ' ');
		put_value(out, row);
		eyas_str_putc(out, '\n');
	}
}
