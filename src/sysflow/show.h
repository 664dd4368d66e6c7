/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Records for people and for programs: the rows that a filter lets through, in columns that are
 * attributes, as a table, JSON or CSV; or whole records as JSON.
 */
#ifndef SYSFLOW_SHOW_H
#define SYSFLOW_SHOW_H

#include "sysflow/attr.h"

enum sf_show_format {
	SF_SHOW_TABLE,
	SF_SHOW_JSON, /* an object a line, proc.exe in an object proc */
	SF_SHOW_FLAT, /* likewise, with the key proc.exe */
	SF_SHOW_CSV,
	SF_SHOW_RECORDS /* an object a line: type and record, with the fields of the schema */
};

struct sf_show_opts {
	enum sf_show_format format;
	const char *columns; /* names separated by commas, "all"; NULL = a choice */
	const char *filter;  /* NULL = none */
	bool entities;	     /* rows of headers, containers, processes and files, too */
	bool ns_times;	     /* as numbers, not as ISO 8601 */
	int fd;		     /* where to */
};

struct sf_show;

/*
 * EYAS_E_USAGE for columns; failures of the filter as eyas_filter_compile() has them, with line and
 * column, which are 0 for all others; -ENOMEM.
 */
int sf_show_new(const struct sf_show_opts *opts, struct sf_show **ret_show,
		struct eyas_err *reterr);
/* 1 if it was shown, 0 if it is not wanted; -errno when it cannot be written. */
int sf_show_row(struct sf_show *show, const struct sf_row *row);
/* What was shown so far gets out. */
int sf_show_flush(struct sf_show *show);
/* NULL is fine. Flush first. */
void sf_show_free(struct sf_show *show);

#endif
