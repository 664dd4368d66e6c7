/* SPDX-License-Identifier: Apache-2.0 */
/*
 * eyas list fields: every field of filters and formats with what it takes and yields. The manual
 * page eyas-fields(7) is made from its JSON (tools/fields_man.py).
 */
#include "cli/list.h"

#include <stdio.h>

#include "filter/field.h"

/* Names of flags as the reference table has them. */
static const struct {
	uint16_t flag;
	const char *name;
} flag_names[] = {
	{ FIELD_LIST, "is_list" },
	{ FIELD_TABLE_ONLY, "table_only" },
	{ FIELD_PRINT_ONLY, "print_only" },
	{ FIELD_FILTER_ONLY, "filter_only" },
	{ FIELD_ARG_REQUIRED, "arg_required" },
	{ FIELD_ARG_ALLOWED, "arg_allowed" },
	{ FIELD_NO_RHS, "no_rhs" },
	{ FIELD_NO_TRANSFORMER, "no_transformer" },
	{ FIELD_DEPRECATED, "deprecated" },
	{ FIELD_SUGGESTED, "format_suggested" },
	{ FIELD_NO_VALUE, "no_value" },
};

static const struct {
	uint16_t flag;
	const char *form;
} argument_forms[] = {
	{ FIELD_ARG_DOT, ".name" },
	{ FIELD_ARG_INDEX, "[int]" },
	{ FIELD_ARG_KEY, "[key]" },
};

/* Appends to text, which has size bytes, and returns the new length. */
static size_t append(char *text, size_t size, size_t len, const char *separator, const char *word)
{
	int n = len < size ? snprintf(text + len, size - len, "%s%s", len ? separator : "", word)
			   : 0;

	return n > 0 ? len + (size_t)n : len;
}

static void put_flags(struct cli_row *row, uint16_t flags)
{
	char text[160] = "";
	size_t i, len = 0;

	for (i = 0; i < sizeof(flag_names) / sizeof(flag_names[0]); i++)
		if (flags & flag_names[i].flag)
			len = append(text, sizeof(text), len, ",", flag_names[i].name);
	cli_row_str(row, "flags", text, 46);
}

static void put_argument(struct cli_row *row, uint16_t flags)
{
	char text[80] = "";
	size_t i, len = 0;

	for (i = 0; i < sizeof(argument_forms) / sizeof(argument_forms[0]); i++)
		if (flags & argument_forms[i].flag)
			len = append(text, sizeof(text), len, " or ", argument_forms[i].form);
	if (len)
		append(text, sizeof(text), len, " ",
		       flags & FIELD_ARG_REQUIRED ? "required" : "optional");
	cli_row_str(row, "argument", text, 25);
}

static void put_field(struct cli_row *row, const struct field_class *class,
		      const struct field_info *info)
{
	char type[32];

	snprintf(type, sizeof(type), "PT_%s", eyas_type_info(info->type)->name);
	cli_row_begin(row);
	cli_row_str(row, "name", info->name, 39);
	if (row->as_json)
		cli_row_str(row, "class", class->name, 0);
	cli_row_str(row, "type", type, 11);
	if (row->as_json) {
		eyas_json_key(&row->json, "list");
		eyas_json_bool(&row->json, info->flags & FIELD_LIST);
	}
	put_flags(row, info->flags);
	put_argument(row, info->flags);
	cli_row_str(row, "description", info->help, 0);
	cli_row_end(row);
}

void cli_list_fields(struct cli_row *row)
{
	const struct field_class *class;
	unsigned i;
	size_t j;

	for (i = 0; (class = eyas_field_class(i)); i++) {
		if (class->hidden && !row->as_json)
			continue;
		if (!row->as_json)
			eyas_str_printf(row->out, "%s# %s\n", i ? "\n" : "", class->name);
		for (j = 0; j < class->count; j++)
			if (row->as_json || !(class->fields[j].flags & FIELD_TABLE_ONLY))
				put_field(row, class, &class->fields[j]);
	}
}
