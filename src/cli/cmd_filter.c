/* SPDX-License-Identifier: Apache-2.0 */
/* eyas filter check: what a filter means, what it can match, what it costs, what is odd in it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/json.h"
#include "cli/cli.h"
#include "filter/ast.h"
#include "filter/filter.h"

/* Names listed in text; -v and JSON have all of them. */
enum { NAMES_SHOWN = 16, LINTS_MAX = 64 };

struct lint {
	uint32_t line, column; /* 0 = about the whole filter */
	char text[600];
};

struct check {
	const char *text;
	bool json, verbose;
	struct eyas_arena arena;
	struct ast *ast;
	struct field_opts fields;
	struct eyas_network *network;
	struct filter filter;
	struct lint lints[LINTS_MAX];
	unsigned nlints, lints_lost;
};

static const struct option long_options[] = {
	{ "output", required_argument, NULL, 'o' },
	{ "filter", required_argument, NULL, 'F' },
	{ "verbose", no_argument, NULL, 'v' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

/* ---- what is odd ---- */

static void add_lint(struct check *check, uint32_t line, uint32_t column, const char *text,
		     const char *about)
{
	struct lint *lint = &check->lints[check->nlints];

	if (check->nlints == LINTS_MAX) {
		check->lints_lost++;
		return;
	}
	check->nlints++;
	lint->line = line;
	lint->column = column;
	snprintf(lint->text, sizeof(lint->text), "%s%s", about, text);
}

static void on_warning(void *ctx, const struct eyas_err *warning)
{
	add_lint(ctx, warning->line, warning->column, warning->text, "");
}

static void lint_field(struct check *check, const struct ast_operand *operand)
{
	struct eyas_str text = EYAS_STR_INIT;
	struct field_ref ref;
	const char *about;

	eyas_ast_print_operand(operand, &text);
	if (!text.nomem && !eyas_field_bind(text.data, text.len, &check->arena, &ref, NULL)) {
		about = ref.info->name;
		if (ref.info->flags & FIELD_DEPRECATED)
			add_lint(check, operand->pos.line, operand->pos.column,
				 " is deprecated: its value says nothing any more", about);
		else if (ref.info->flags & FIELD_NO_VALUE)
			add_lint(check, operand->pos.line, operand->pos.column,
				 " never has a value: it would come from a container runtime",
				 about);
	}
	eyas_str_fini(&text);
}

/* The parser bounds the depth of a tree, and with it these two. */
static void lint_operand(struct check *check, const struct ast_operand *operand)
{
	uint32_t i;

	if (!operand)
		return;
	if (operand->kind == OPERAND_FIELD)
		lint_field(check, operand);
	for (i = 0; i < operand->nitems; i++)
		lint_operand(check, operand->items[i]);
}

static void lint_tree(struct check *check, const struct ast *ast)
{
	uint32_t i;

	lint_operand(check, ast->left);
	lint_operand(check, ast->right_operand);
	for (i = 0; i < ast->nchildren; i++)
		lint_tree(check, ast->children[i]);
}

static void lint_events(struct check *check, unsigned types)
{
	if (!types)
		add_lint(check, 0, 0, "it never matches: no event type satisfies it", "");
	else if (types == EYAS_EVENT_TYPES)
		add_lint(
			check, 0, 0,
			"it is evaluated for every event: a condition on evt.type makes it cheaper",
			"");
}

/* ---- which events ---- */

static unsigned count_types(const struct event_set *set)
{
	unsigned type, n = 0;

	for (type = 0; type < EYAS_EVENT_TYPES; type++)
		n += event_set_has(set, type);
	return n;
}

/*
 * The index-th event type in the set whose name none before it has, NULL past the last. Types
 * that share a name are versions and directions of one event.
 */
static const char *next_name(const struct event_set *set, unsigned *type)
{
	const char *name;
	unsigned i;

	for (; *type < EYAS_EVENT_TYPES; ++*type) {
		const struct eyas_event_info *info = eyas_event_info(*type);

		name = info->name;
		if (!event_set_has(set, *type) || info->flags & EYAS_EF_UNUSED)
			continue;
		for (i = 0; i < *type; i++)
			if (event_set_has(set, i) && !strcmp(eyas_event_info(i)->name, name))
				break;
		if (i < *type)
			continue;
		++*type;
		return name;
	}
	return NULL;
}

/* System calls that only a generic event reports, when not all of them can match. */
static const char *next_syscall(const struct event_set *set, unsigned *code)
{
	const struct eyas_syscall_info *info;

	for (; *code < EYAS_SYSCALL_CODES; ++*code) {
		info = eyas_syscall_info(*code);
		if (!info || !event_set_has_syscall(set, *code) || info->kind != EYAS_SC_SYSCALL ||
		    info->exit != 1)
			continue;
		++*code;
		return info->name;
	}
	return NULL;
}

typedef const char *(*next_fn)(const struct event_set *set, unsigned *position);

static unsigned count_names(const struct event_set *set, next_fn next)
{
	unsigned position = 0, n = 0;

	while (next(set, &position))
		n++;
	return n;
}

static void put_names(struct check *check, const char *what, next_fn next, struct eyas_str *out)
{
	unsigned count = count_names(&check->filter.set, next), position = 0, n = 0;
	const char *name;

	if (count_types(&check->filter.set) == EYAS_EVENT_TYPES) {
		eyas_str_printf(out, "%-10s all\n", what);
		return;
	}
	eyas_str_printf(out, "%-10s %u", what, count);
	while ((n < NAMES_SHOWN || check->verbose) && (name = next(&check->filter.set, &position)))
		eyas_str_printf(out, "%s %s", n++ ? "," : ":", name);
	eyas_str_puts(out, n < count ? ", ...\n" : "\n");
}

/* ---- showing ---- */

static void put_tree(const struct ast *ast, unsigned depth, struct eyas_str *out)
{
	static const char *const words[] = { "and", "or", "not" };
	uint32_t i;

	eyas_str_printf(out, "%*s", (int)(11 + 2 * depth), "");
	if (ast->kind > AST_NOT) {
		struct eyas_str text = EYAS_STR_INIT;

		eyas_ast_print(ast, &text);
		eyas_str_safe(out, text.data, text.len);
		eyas_str_fini(&text);
	} else {
		eyas_str_puts(out, words[ast->kind]);
	}
	eyas_str_putc(out, '\n');
	for (i = 0; i < ast->nchildren; i++)
		put_tree(ast->children[i], depth + 1, out);
}

static void put_cost(const struct check *check, struct eyas_str *out)
{
	unsigned types = count_types(&check->filter.set);
	struct network_size size;

	eyas_network_size(check->network, &size);
	eyas_str_printf(out,
			"%-10s %u of %u event types evaluate%s %u field%s in %u comparison%s\n",
			"cost", types, EYAS_EVENT_TYPES, types == 1 ? "s" : "", size.fields,
			size.fields == 1 ? "" : "s", size.checks, size.checks == 1 ? "" : "s");
}

static void show_text(struct check *check, struct eyas_str *out)
{
	unsigned i;

	eyas_str_puts(out, "tree\n");
	put_tree(check->ast, 0, out);
	put_names(check, "events", next_name, out);
	if (event_set_has(&check->filter.set, 1))
		put_names(check, "generic", next_syscall, out);
	put_cost(check, out);
	for (i = 0; i < check->nlints; i++) {
		const struct lint *lint = &check->lints[i];

		if (lint->line)
			eyas_str_printf(out, "%-10s line %u, column %u: ", "warning", lint->line,
					lint->column);
		else
			eyas_str_printf(out, "%-10s ", "note");
		eyas_str_safe(out, lint->text, strlen(lint->text));
		eyas_str_putc(out, '\n');
	}
	if (check->lints_lost)
		eyas_str_printf(out, "%-10s %u more\n", "warning", check->lints_lost);
}

/* At most three levels for each parenthesis, of which the parser allows some 18. */
static void json_tree(const struct ast *ast, struct eyas_json *json)
{
	static const char *const words[] = { "and", "or", "not" };
	struct eyas_str text = EYAS_STR_INIT;
	uint32_t i;

	if (ast->kind > AST_NOT) {
		eyas_ast_print(ast, &text);
		eyas_json_str(json, text.data, text.len);
		eyas_str_fini(&text);
		return;
	}
	eyas_json_object(json);
	eyas_json_key(json, words[ast->kind]);
	if (ast->kind != AST_NOT)
		eyas_json_array(json);
	for (i = 0; i < ast->nchildren; i++)
		json_tree(ast->children[i], json);
	if (ast->kind != AST_NOT)
		eyas_json_end(json);
	eyas_json_end(json);
}

static void json_names(struct check *check, const char *key, next_fn next, struct eyas_json *json)
{
	unsigned position = 0;
	const char *name;

	eyas_json_key(json, key);
	eyas_json_array(json);
	while ((name = next(&check->filter.set, &position)))
		eyas_json_cstr(json, name);
	eyas_json_end(json);
}

static void show_json(struct check *check, struct eyas_str *out)
{
	struct eyas_str text = EYAS_STR_INIT;
	struct network_size size;
	struct eyas_json json;
	unsigned i;

	eyas_network_size(check->network, &size);
	eyas_ast_print(check->ast, &text);
	eyas_json_init(&json, out);
	eyas_json_object(&json);
	eyas_json_key(&json, "valid");
	eyas_json_bool(&json, true);
	eyas_json_key(&json, "filter");
	eyas_json_str(&json, text.data, text.len);
	eyas_str_fini(&text);
	eyas_json_key(&json, "tree");
	json_tree(check->ast, &json);
	eyas_json_key(&json, "event_types");
	eyas_json_u64(&json, count_types(&check->filter.set));
	json_names(check, "events", next_name, &json);
	json_names(check, "generic", next_syscall, &json);
	eyas_json_key(&json, "fields");
	eyas_json_u64(&json, size.fields);
	eyas_json_key(&json, "comparisons");
	eyas_json_u64(&json, size.checks);
	eyas_json_key(&json, "warnings");
	eyas_json_array(&json);
	for (i = 0; i < check->nlints; i++) {
		const struct lint *lint = &check->lints[i];

		eyas_json_object(&json);
		eyas_json_key(&json, "line");
		eyas_json_u64(&json, lint->line);
		eyas_json_key(&json, "column");
		eyas_json_u64(&json, lint->column);
		eyas_json_key(&json, "text");
		eyas_json_str(&json, lint->text, strlen(lint->text));
		eyas_json_end(&json);
	}
	eyas_json_end(&json);
	eyas_json_end(&json);
	eyas_str_putc(out, '\n');
}

static void show_invalid(const struct check *check, const struct eyas_err *err)
{
	struct eyas_str out = EYAS_STR_INIT;
	struct eyas_json json;

	if (!check->json) {
		cli_show_error("filter", check->text, err);
		return;
	}
	eyas_json_init(&json, &out);
	eyas_json_object(&json);
	eyas_json_key(&json, "valid");
	eyas_json_bool(&json, false);
	eyas_json_key(&json, "line");
	eyas_json_u64(&json, err->line);
	eyas_json_key(&json, "column");
	eyas_json_u64(&json, err->column);
	eyas_json_key(&json, "error");
	eyas_json_str(&json, err->text, strlen(err->text));
	eyas_json_end(&json);
	eyas_str_putc(&out, '\n');
	fwrite(out.data, 1, out.len, stdout);
	eyas_str_fini(&out);
}

/* ---- the command ---- */

static int run_check(struct check *check)
{
	struct eyas_str out = EYAS_STR_INIT;
	struct eyas_err err;
	int code;

	err.line = err.column = 0;
	code = eyas_network_new(&check->fields, &check->network);
	if (code)
		eyas_err_set(&err, code, "no memory");
	if (!code)
		code = eyas_filter_add(check->network, check->text, on_warning, check,
				       &check->filter, &err);
	/* For its tree; that it parses is known. */
	if (!code)
		code = eyas_ast_parse(check->text, strlen(check->text), NULL, &check->arena,
				      &check->ast, &err);
	if (code) {
		show_invalid(check, &err);
		return CLI_FAILED;
	}
	lint_tree(check, check->ast);
	lint_events(check, count_types(&check->filter.set));
	if (check->json)
		show_json(check, &out);
	else
		show_text(check, &out);
	if (out.nomem)
		cli_error("no memory");
	else
		fwrite(out.data, 1, out.len, stdout);
	code = out.nomem ? CLI_FAILED : CLI_OK;
	eyas_str_fini(&out);
	return code;
}

static int parse_options(struct check *check, int argc, char **argv, bool *ret_done)
{
	int opt;

	*ret_done = true;
	while ((opt = getopt_long(argc, argv, ":o:F:vh", long_options, NULL)) != -1)
		switch (opt) {
		case 'o':
			check->json = !strcmp(optarg, "json");
			if (!check->json && strcmp(optarg, "text") != 0)
				return cli_usage(&cli_filter, "-o '%s': expected text or json",
						 optarg);
			break;
		case 'F':
			check->text = optarg;
			break;
		case 'v':
			check->verbose = true;
			break;
		case 'h':
			cli_help(&cli_filter);
			return CLI_OK;
		default:
			return cli_bad_option(&cli_filter, argv);
		}
	*ret_done = false;
	return CLI_OK;
}

static int run_filter(int argc, char **argv)
{
	struct check check = { 0 };
	char *words = NULL;
	bool done;
	int status;

	status = parse_options(&check, argc, argv, &done);
	if (done)
		return status;
	if (optind == argc || strcmp(argv[optind], "check") != 0)
		return cli_usage(&cli_filter, "filter: expected 'check' and a filter");
	optind++;
	if (check.text && optind < argc)
		return cli_usage(&cli_filter, "'%s': there is a filter already, from -F",
				 argv[optind]);
	if (!check.text && optind == argc)
		return cli_usage(&cli_filter, "filter check: the filter is missing");
	if (!check.text) {
		words = cli_join_words(argv + optind);
		if (!words)
			return CLI_FAILED;
		check.text = words;
	}
	status = run_check(&check);
	eyas_network_free(check.network);
	eyas_arena_fini(&check.arena);
	free(words);
	return status;
}

const struct cli_command cli_filter = {
	"filter", run_filter, "check and explain a filter",
	"usage: eyas filter check [OPTIONS] FILTER\n"
	"\n"
	"Parse and compile a filter, and tell what it means: its tree, the events it can match,\n"
	"what it costs, and what looks like a mistake. Exit status 1 if it is not valid.\n"
	"\n"
	"  -o, --output FORMAT   text (default) or json\n"
	"  -F, --filter EXPR     the filter, instead of the last words\n"
	"  -v, --verbose         list all events, not only the first ones\n"
	"  -h, --help            this text\n"
};
