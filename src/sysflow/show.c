/* SPDX-License-Identifier: Apache-2.0 */
/* Which rows are shown, in which columns, and how they get out. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "sysflow/show_int.h"

enum { FLUSH_BYTES = 64 << 10, COLUMNS_MAX = 500, SHOWN = 60 };

static const char default_columns[] = "ts,type,opflags,ret,proc.pid,proc.tid,proc.exe,flow.rbytes,"
				      "flow.wbytes,container.id,res,proc.args";

static int no_memory(struct eyas_err *err)
{
	return eyas_err_set(err, -ENOMEM, "no memory to show records");
}

/* ---- columns ---- */

static int add_column(struct sf_show *show, const struct sf_attr *attr, struct eyas_err *err)
{
	const struct ast_operand operand = {
		.kind = OPERAND_FIELD,
		.value = { .text = attr->field.name, .len = (uint32_t)strlen(attr->field.name) },
	};
	struct show_column *column = &show->columns[show->ncolumns];
	int res;

	if (show->ncolumns == COLUMNS_MAX)
		return eyas_err_set(err, EYAS_E_LIMIT, "more than %d columns", COLUMNS_MAX);
	column->attr = attr;
	res = eyas_network_add_operand(show->network, &operand, NETWORK_FORMAT, &column->slot, err);
	if (!res)
		show->ncolumns++;
	return res;
}

static int add_all(struct sf_show *show, bool extra, struct eyas_err *err)
{
	const struct sf_attr *attr;
	size_t i;
	int res = 0;

	for (i = 0; !res && (attr = sf_attr_at(i)); i++)
		if (extra || !attr->extra)
			res = add_column(show, attr, err);
	return res;
}

static int add_named(struct sf_show *show, const char *name, size_t len, struct eyas_err *err)
{
	const struct sf_attr *attr = sf_attr_find(name, len);
	const char *nearest;

	if (len == 3 && !memcmp(name, "all", 3))
		return add_all(show, true, err);
	if (attr)
		return add_column(show, attr, err);
	nearest = sf_attr_nearest(name, len);
	return eyas_err_set(err, EYAS_E_USAGE, "unknown attribute '%.*s'%s%s%s",
			    len < SHOWN ? (int)len : SHOWN, name, nearest ? "; did you mean '" : "",
			    nearest ? nearest : "", nearest ? "'?" : "");
}

static int add_columns(struct sf_show *show, const char *names, struct eyas_err *err)
{
	size_t len;
	int res = 0;

	for (; !res; names += len + 1) {
		len = strcspn(names, ",");
		res = add_named(show, names, len, err);
		if (!names[len])
			break;
	}
	return res;
}

static size_t group_len(const struct show_column *column)
{
	return strcspn(column->attr->field.name + SF_ATTR_PREFIX, ".");
}

static bool same_group(const struct show_column *a, const struct show_column *b)
{
	const char *name = a->attr->field.name + SF_ATTR_PREFIX;
	size_t len = group_len(a);

	return name[len] == '.' && len == group_len(b) &&
	       !memcmp(name, b->attr->field.name + SF_ATTR_PREFIX, len);
}

/* In nested objects, what is in one group stands together, where the first of it was asked for. */
static void group_columns(struct sf_show *show)
{
	struct show_column *columns = show->columns, moved;
	size_t i, j, behind;

	for (i = 0; i < show->ncolumns; i = behind) {
		behind = i + 1;
		for (j = behind; j < show->ncolumns; j++) {
			if (!same_group(&columns[i], &columns[j]))
				continue;
			moved = columns[j];
			memmove(&columns[behind + 1], &columns[behind],
				(j - behind) * sizeof(moved));
			columns[behind++] = moved;
		}
	}
}

/* Objects have a key once. */
static void drop_repeated(struct sf_show *show)
{
	size_t i, j, kept = 0;

	for (i = 0; i < show->ncolumns; i++) {
		for (j = 0; j < kept && show->columns[j].attr != show->columns[i].attr; j++)
			;
		if (j == kept)
			show->columns[kept++] = show->columns[i];
	}
	show->ncolumns = kept;
}

static bool is_json(const struct sf_show *show)
{
	return show->opts.format == SF_SHOW_JSON || show->opts.format == SF_SHOW_FLAT;
}

static int settle_columns(struct sf_show *show, struct eyas_err *err)
{
	int res;

	show->columns = calloc(COLUMNS_MAX, sizeof(*show->columns));
	if (!show->columns)
		return no_memory(err);
	if (show->opts.columns)
		res = add_columns(show, show->opts.columns, err);
	else if (is_json(show))
		res = add_all(show, false, err);
	else
		res = add_columns(show, default_columns, err);
	if (!res && is_json(show)) {
		drop_repeated(show);
		group_columns(show);
	}
	return res;
}

/* ---- the filter ---- */

static int settle_filter(struct sf_show *show, struct eyas_err *err)
{
	const char *text = show->opts.filter;
	struct eyas_arena arena = { .blocks = NULL };
	struct ast *ast;
	int res;

	if (!text)
		return 0;
	res = eyas_ast_parse(text, strlen(text), NULL, &arena, &ast, err);
	if (!res)
		res = eyas_network_add(show->network, ast, NULL, NULL, &show->root, err);
	eyas_arena_fini(&arena);
	return res;
}

int sf_show_new(const struct sf_show_opts *opts, struct sf_show **ret_show, struct eyas_err *reterr)
{
	struct sf_show *show = calloc(1, sizeof(*show));
	int res;

	if (!show)
		return no_memory(reterr);
	show->opts = *opts;
	res = eyas_network_new_over(sf_attr_bind, &show->network);
	if (res)
		no_memory(reterr);
	if (!res)
		res = settle_columns(show, reterr);
	/* A column is no place in a text that could be pointed at. */
	if (res && reterr)
		reterr->line = reterr->column = 0;
	if (!res)
		res = settle_filter(show, reterr);
	if (res)
		sf_show_free(show);
	else
		*ret_show = show;
	return res;
}

void sf_show_free(struct sf_show *show)
{
	if (!show)
		return;
	eyas_network_free(show->network);
	eyas_str_fini(&show->out);
	eyas_str_fini(&show->cells);
	free(show->columns);
	free(show->ends);
	free(show);
}

/* ---- rows ---- */

static int write_out(struct sf_show *show)
{
	size_t done = 0;
	ssize_t n;
	int err = show->out.nomem || show->cells.nomem ? -ENOMEM : 0;

	while (!err && done < show->out.len) {
		n = write(show->opts.fd, show->out.data + done, show->out.len - done);
		if (n >= 0)
			done += (size_t)n;
		else if (errno != EINTR)
			err = -errno;
	}
	show->out.len = 0;
	return err;
}

int sf_show_flush(struct sf_show *show)
{
	if (show->opts.format == SF_SHOW_TABLE)
		show_table_flush(show);
	return write_out(show);
}

static bool is_entity(enum sysflow_type type)
{
	return type == SYSFLOW_HEADER || type == SYSFLOW_CONTAINER || type == SYSFLOW_PROCESS ||
	       type == SYSFLOW_FILE || type == SYSFLOW_POD;
}

static bool put_row(struct sf_show *show, const struct sf_row *row)
{
	switch (show->opts.format) {
	case SF_SHOW_TABLE:
		return show_table_row(show, row);
	case SF_SHOW_CSV:
		show_csv_row(show, row);
		break;
	case SF_SHOW_JSON:
	case SF_SHOW_FLAT:
		show_json_row(show, row);
		break;
	case SF_SHOW_RECORDS:
		show_record_row(show, row->record);
		break;
	}
	return true;
}

int sf_show_row(struct sf_show *show, const struct sf_row *row)
{
	int err;

	if (is_entity(row->record->type) && !show->opts.entities)
		return 0;
	eyas_network_begin_over(show->network, row);
	if (show->opts.filter && !eyas_network_match(show->network, show->root))
		return 0;
	if (!put_row(show, row))
		return -ENOMEM;
	if (show->out.len < FLUSH_BYTES)
		return 1;
	err = write_out(show);
	return err ? err : 1;
}
