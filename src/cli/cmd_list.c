/* SPDX-License-Identifier: Apache-2.0 */
/* eyas list: the fields and the tables of the schema, as text or JSON. */
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/list.h"

void cli_row_begin(struct cli_row *row)
{
	if (row->as_json)
		eyas_json_object(&row->json);
}

void cli_row_end(struct cli_row *row)
{
	if (row->as_json) {
		eyas_json_end(&row->json);
		return;
	}
	/* No blanks at the end of a line. */
	while (row->out->len && row->out->data[row->out->len - 1] == ' ')
		row->out->len--;
	eyas_str_putc(row->out, '\n');
}

void cli_row_str(struct cli_row *row, const char *key, const char *text, int width)
{
	if (row->as_json) {
		eyas_json_key(&row->json, key);
		eyas_json_cstr(&row->json, text);
	} else {
		eyas_str_printf(row->out, "%-*s ", width, text[0] ? text : "-");
	}
}

static void put_int(struct cli_row *row, const char *key, int64_t value, int width)
{
	if (row->as_json) {
		eyas_json_key(&row->json, key);
		eyas_json_i64(&row->json, value);
	} else {
		eyas_str_printf(row->out, "%*lld ", width, (long long)value);
	}
}

/* A number that may be missing; -1 stands for that in the tables. */
static void put_optional(struct cli_row *row, const char *key, int value, int width)
{
	if (value >= 0) {
		put_int(row, key, value, width);
	} else if (row->as_json) {
		eyas_json_key(&row->json, key);
		eyas_json_null(&row->json);
	} else {
		eyas_str_printf(row->out, "%*s ", width, "-");
	}
}

/* "PREFIX_A|PREFIX_B" of the bits set in value; none = what stands for zero. */
static void put_bits(struct cli_row *row, const char *key, unsigned value, const char *prefix,
		     const char *none, const char *separator, const char *(*name_of)(unsigned),
		     int width)
{
	char text[256];
	size_t len = 0;
	unsigned bit;

	snprintf(text, sizeof(text), "%s", none);
	for (bit = 1; bit && bit <= value; bit <<= 1)
		if (value & bit)
			len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%s%s",
						len ? separator : "", prefix, name_of(bit));
	cli_row_str(row, key, text, width);
}

static void put_category(struct cli_row *row, const struct eyas_event_info *info)
{
	unsigned origin = info->category & ~(unsigned)EYAS_EC_CLASS_MASK;
	char text[64];

	snprintf(text, sizeof(text), "EC_%s%s%s",
		 eyas_category_name(info->category & EYAS_EC_CLASS_MASK), origin ? "|EC_" : "",
		 origin ? eyas_origin_name(origin) : "");
	cli_row_str(row, "category", text, 28);
}

static const char *prefixed(char *buf, size_t size, const char *prefix, const char *name)
{
	snprintf(buf, size, "%s%s", prefix, name);
	return buf;
}

static void put_prefixed(struct cli_row *row, const char *key, const char *prefix, const char *name,
			 int width)
{
	char text[96];

	cli_row_str(row, key, prefixed(text, sizeof(text), prefix, name), width);
}

static void put_param(struct cli_row *row, const struct eyas_param_info *info)
{
	char text[96] = "";

	cli_row_str(row, "name", info->name, 22);
	put_prefixed(row, "type", "PT_", eyas_type_info(info->type)->name, 22);
	put_prefixed(row, "format", "PF_", eyas_fmt_name(info->fmt), 8);
	if (info->has_table == 1)
		prefixed(text, sizeof(text), "flags:", info->table.flags->name);
	else if (info->has_table == 2)
		snprintf(text, sizeof(text), "dyn:%s_dynamic_param", info->table.variants->name);
	else if (info->dirfd >= 0)
		snprintf(text, sizeof(text), "dirfd_param:%d", info->dirfd);
	cli_row_str(row, "info", text, 0);
	if (row->as_json)
		put_int(row, "ninfo", info->has_table == 2 ? info->table.variants->count : 0, 0);
}

static void list_events(struct cli_row *row)
{
	const struct eyas_event_info *info;
	unsigned id, i;

	for (id = 0; (info = eyas_event_info(id)); id++) {
		cli_row_begin(row);
		put_int(row, "id", id, 3);
		put_prefixed(row, "constant", "PPME_", info->constant, 40);
		cli_row_str(row, "name", info->name, 24);
		put_category(row, info);
		put_int(row, "nparams", info->nparams, 2);
		put_bits(row, "flags", info->flags, "EF_", "EF_NONE", "|", eyas_event_flag_name, 0);
		if (row->as_json) {
			put_int(row, "category_bits", info->category, 0);
			put_int(row, "flags_bits", info->flags, 0);
			eyas_json_key(&row->json, "params");
			eyas_json_array(&row->json);
			for (i = 0; i < info->nparams; i++) {
				cli_row_begin(row);
				put_param(row, &info->params[i]);
				cli_row_end(row);
			}
			eyas_json_end(&row->json);
		}
		cli_row_end(row);
	}
}

static void list_params(struct cli_row *row)
{
	const struct eyas_event_info *info;
	unsigned id, i;

	for (id = 0; (info = eyas_event_info(id)); id++)
		for (i = 0; i < info->nparams; i++) {
			cli_row_begin(row);
			put_int(row, "event_id", id, 3);
			put_prefixed(row, "constant", "PPME_", info->constant, 40);
			put_int(row, "index", i, 2);
			put_param(row, &info->params[i]);
			cli_row_end(row);
		}
}

static void list_flags(struct cli_row *row)
{
	const struct eyas_flag_table *table;
	unsigned index, i;
	char hex[16];

	for (index = 0; (table = eyas_flag_table(index)); index++)
		for (i = 0; i < table->count; i++) {
			cli_row_begin(row);
			cli_row_str(row, "table", table->name, 26);
			cli_row_str(row, "symbol", table->flags[i].name, 36);
			put_int(row, "value", table->flags[i].value, 10);
			snprintf(hex, sizeof(hex), "0x%x", table->flags[i].value);
			cli_row_str(row, "hex", hex, 0);
			cli_row_end(row);
		}
}

static void put_event_const(struct cli_row *row, const char *key, int id)
{
	if (id >= 0)
		put_prefixed(row, key, "PPME_", eyas_event_info((unsigned)id)->constant, 36);
	else
		cli_row_str(row, key, "", 36);
}

static void list_syscalls(struct cli_row *row)
{
	const struct eyas_syscall_info *info;
	unsigned code, i;

	for (code = 0; code < EYAS_SYSCALL_CODES; code++) {
		info = eyas_syscall_info(code);
		if (!info)
			continue;
		cli_row_begin(row);
		put_int(row, "sc", code, 3);
		cli_row_str(row, "name", info->name, 28);
		cli_row_str(row, "kind", info->kind == EYAS_SC_SYSCALL ? "syscall" : "tracepoint",
			    10);
		put_optional(row, "nr_x86_64", info->x86_64, 4);
		put_optional(row, "nr_aarch64", info->aarch64, 4);
		put_optional(row, "enter_event", info->enter, 3);
		put_optional(row, "exit_event", info->exit, 3);
		put_bits(row, "uf_flags", info->flags, "UF_", "UF_NONE", "|",
			 eyas_syscall_flag_name, 27);
		put_bits(row, "sets", info->sets, "", "", ",", eyas_syscall_set_name, 0);
		if (row->as_json) {
			put_prefixed(row, "constant", "PPM_SC_", info->constant, 0);
			put_event_const(row, "enter_const", info->enter);
			put_event_const(row, "exit_const", info->exit);
			eyas_json_key(&row->json, "generic");
			eyas_json_bool(&row->json, info->enter == 0 || info->exit == 1);
			eyas_json_key(&row->json, "all_mapped_events");
			eyas_json_array(&row->json);
			for (i = 0; i < info->nevents; i++)
				eyas_json_u64(&row->json, info->events[i]);
			eyas_json_end(&row->json);
		}
		cli_row_end(row);
	}
}

static const char *kind_name(unsigned kind)
{
	/* In the order of enum eyas_kind; the words of the reference tables. */
	static const char *const names[] = { "none",	  "int",     "int",    "float", "string",
					     "bytes",	  "strings", "pairs",  "addr",	"sockaddr",
					     "socktuple", "fdlist",  "variant" };

	return names[kind];
}

static void list_types(struct cli_row *row)
{
	const struct eyas_type_info *info;
	unsigned id;

	for (id = 0; (info = eyas_type_info(id)); id++) {
		cli_row_begin(row);
		put_int(row, "id", id, 2);
		put_prefixed(row, "type", "PT_", info->name, 22);
		cli_row_str(row, "kind", kind_name(info->kind), 10);
		if (info->size || info->kind == EYAS_KIND_NONE)
			put_int(row, "size", info->size, 3);
		else
			cli_row_str(row, "size", "var", 3);
		if (info->kind == EYAS_KIND_SINT)
			cli_row_str(row, "sign", "signed", 0);
		cli_row_end(row);
	}
}

static const struct {
	const char *name;
	void (*list)(struct cli_row *row);
} tables[] = {
	{ "fields", cli_list_fields }, { "events", list_events },     { "params", list_params },
	{ "flags", list_flags },       { "syscalls", list_syscalls }, { "types", list_types },
};

static int list_table(const char *name, bool as_json)
{
	struct eyas_str out = EYAS_STR_INIT;
	struct cli_row row = { .out = &out, .as_json = as_json };
	bool nomem;
	size_t i;

	for (i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		if (!strcmp(tables[i].name, name))
			break;
	if (i == sizeof(tables) / sizeof(tables[0]))
		return cli_usage(&cli_list, "list: there is no table '%s'", name);
	eyas_json_init(&row.json, &out);
	if (as_json)
		eyas_json_array(&row.json);
	tables[i].list(&row);
	if (as_json) {
		eyas_json_end(&row.json);
		eyas_str_putc(&out, '\n');
	}
	fwrite(out.data, 1, out.len, stdout);
	nomem = out.nomem;
	if (nomem)
		cli_error("no memory for the table");
	eyas_str_fini(&out);
	return nomem ? CLI_FAILED : CLI_OK;
}

static int run_list(int argc, char **argv)
{
	static const struct option long_options[] = {
		{ "output", required_argument, NULL, 'o' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	bool as_json = false;
	int opt;

	while ((opt = getopt_long(argc, argv, ":o:h", long_options, NULL)) != -1) {
		switch (opt) {
		case 'o':
			as_json = !strcmp(optarg, "json");
			if (!as_json && strcmp(optarg, "text") != 0)
				return cli_usage(&cli_list, "-o '%s': expected text or json",
						 optarg);
			break;
		case 'h':
			cli_help(&cli_list);
			return CLI_OK;
		default:
			return cli_bad_option(&cli_list, argv);
		}
	}
	if (argc - optind != 1)
		return cli_usage(&cli_list, "list: expected the name of one table");
	return list_table(argv[optind], as_json);
}

const struct cli_command cli_list = {
	"list", run_list, "the tables: fields, events, params, flags, syscalls, types",
	"usage: eyas list [-o text|json] fields|events|params|flags|syscalls|types\n"
	"\n"
	"Print a table: the fields of filters and formats, or one of the schema: event types, "
	"their\n"
	"parameters, the names of flags, system calls and tracepoints, wire types. Keys in JSON "
	"are\n"
	"the columns of the libscap tables. Fields kept for old scripts are in JSON only.\n"
	"\n"
	"  -o, --output FORMAT   text (default) or json (one array)\n"
	"  -h, --help            this text\n"
};
