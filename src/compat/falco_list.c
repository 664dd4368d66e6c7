/* SPDX-License-Identifier: Apache-2.0 */
/*
 * falco --list: the fields of conditions and outputs, class by class, as text, as the tables of a
 * Markdown page, or as JSON. Fields that only tables show, that only outputs may have, and that
 * are deprecated are not told of.
 */
#include "compat/falco_oneshot.h"

#include <string.h>

#include "base/err.h"
#include "base/json.h"
#include "compat/falco_out.h"
#include "filter/field.h"

enum { INDENT = 30, WIDTH = 120 };

/* What Falco's listing calls our classes, by the name they have in the table of fields. */
static const struct class_words {
	const char *class, *name, *brief, *help;
	bool syscall; /* of that source alone; else of all there are */
	bool plugin;  /* that are deprecated, too: plugins have no way to say so */
} classes[] = {
	{ "evt (all event types)", "evt", "All event types", "What events of every source have.",
	  false, false },
	{ "evt (syscall events)", "evt", "Syscall events",
	  "What events of system calls have. Each argument of a call can be had by its name, too: "
	  "evt.arg.flags.",
	  true, false },
	{ "process", "process", "", "The process and the thread that an event is about.", true,
	  false },
	{ "user", "user", "", "The user whose process it is.", true, false },
	{ "group", "group", "", "The group whose process it is.", true, false },
	{ "fd", "fd", "", "The file descriptor that a call opens, closes or uses.", true, false },
	{ "fs.path", "fs.path", "",
	  "Paths of the calls that work on names, whether they succeed or fail.", true, false },
	{ "fdlist", "fdlist", "", "The descriptors that a call to poll() waits for.", true, false },
	{ "container (plugin)", "container", "",
	  "The container and the pod that a process is in. Built in, in place of the plugin.", true,
	  true },
};

static const struct class_words *words_of(const struct field_class *class)
{
	size_t i;

	for (i = 0; i < sizeof(classes) / sizeof(classes[0]); i++)
		if (!strcmp(classes[i].class, class->name))
			return &classes[i];
	return NULL;
}

static bool is_listed(const struct class_words *words, const struct field_info *info)
{
	/* In the table of the container plugin, but those of another one that is not there. */
	if (!strncmp(info->name, "k8smeta.", 8))
		return false;
	if (info->flags & FIELD_DEPRECATED && !words->plugin)
		return false;
	return !(info->flags & (FIELD_TABLE_ONLY | FIELD_PRINT_ONLY));
}

static const char *type_name(const struct field_info *info)
{
	return eyas_type_info(info->type)->name;
}

/* ---- text ---- */

/* In the order of their names. */
static const struct {
	uint16_t flag;
	const char *name;
} tags[] = {
	{ FIELD_ARG_ALLOWED, "ARG_ALLOWED" },
	{ FIELD_ARG_REQUIRED, "ARG_REQUIRED" },
	{ FIELD_LIST, "EPF_IS_LIST" },
	{ FIELD_NO_RHS, "EPF_NO_RHS" },
	{ FIELD_NO_TRANSFORMER, "EPF_NO_TRANSFORMER" },
	{ FIELD_FILTER_ONLY, "FILTER_ONLY" },
};

static void put_tags(const struct field_info *info, struct eyas_str *out)
{
	bool any = false;
	size_t i;

	for (i = 0; i < sizeof(tags) / sizeof(tags[0]); i++)
		if (info->flags & tags[i].flag) {
			eyas_str_printf(out, "%s%s", any ? "," : "(", tags[i].name);
			any = true;
		}
	if (any)
		eyas_str_puts(out, ") ");
}

/* A name, and text that begins at the same column in all rows. */
static void put_row(const char *name, const char *text, struct eyas_str *out)
{
	if (strlen(name) >= INDENT)
		eyas_str_printf(out, "%s\n%*s", name, INDENT, "");
	else
		eyas_str_printf(out, "%-*s", INDENT, name);
	eyas_str_wrap(out, text, INDENT, WIDTH);
	eyas_str_putc(out, '\n');
}

static void text_class(const struct class_words *words, struct eyas_str *out)
{
	eyas_str_puts(out, "-------------------------------\n");
	eyas_str_printf(out, "%-*s%s", INDENT, "Field Class:", words->name);
	if (words->brief[0])
		eyas_str_printf(out, " (%s)", words->brief);
	eyas_str_putc(out, '\n');
	put_row("Description:", words->help, out);
	if (words->syscall)
		put_row("Event Sources:", "syscall", out);
	eyas_str_putc(out, '\n');
}

static void text_field(const struct field_info *info, bool verbose, struct eyas_str *out)
{
	struct eyas_str text = EYAS_STR_INIT;

	if (verbose)
		eyas_str_printf(&text, "(Type: %s) ", type_name(info));
	put_tags(info, &text);
	eyas_str_puts(&text, info->help);
	eyas_str_putc(&text, '\0');
	if (!text.nomem)
		put_row(info->name, text.data, out);
	out->nomem |= text.nomem;
	eyas_str_fini(&text);
}

/* ---- Markdown ---- */

static void markdown_class(const struct class_words *words, struct eyas_str *out)
{
	eyas_str_printf(out, "## Field Class: %s\n\n%s\n\n", words->name, words->help);
	if (words->syscall)
		eyas_str_puts(out, "Event Sources: syscall\n\n");
	eyas_str_puts(out, "Name | Type | Description\n:----|:-----|:-----------\n");
}

static void markdown_field(const struct field_info *info, struct eyas_str *out)
{
	bool list = info->flags & FIELD_LIST;

	eyas_str_printf(out, "`%s` | %s%s%s | %s\n", info->name, list ? "LIST(" : "",
			type_name(info), list ? ")" : "", info->help);
}

/* ---- JSON ---- */

static void json_class(const struct class_words *words, struct eyas_json *json)
{
	eyas_json_object(json);
	eyas_json_member(json, "desc", words->help);
	eyas_json_key(json, "event_sources");
	eyas_json_array(json);
	if (words->syscall)
		eyas_json_cstr(json, "syscall");
	eyas_json_end(json);
	eyas_json_key(json, "fields");
	eyas_json_array(json);
}

static void json_class_end(const struct class_words *words, struct eyas_json *json)
{
	eyas_json_end(json);
	eyas_json_member(json, "name", words->name);
	if (words->brief[0])
		eyas_json_member(json, "shortdesc", words->brief);
	eyas_json_end(json);
}

static void json_argument(const struct field_info *info, struct eyas_json *json)
{
	eyas_json_key(json, "argument");
	if (!(info->flags & (FIELD_ARG_REQUIRED | FIELD_ARG_ALLOWED))) {
		eyas_json_null(json);
		return;
	}
	eyas_json_object(json);
	eyas_json_key(json, "required");
	eyas_json_bool(json, info->flags & FIELD_ARG_REQUIRED);
	eyas_json_key(json, "type");
	eyas_json_array(json);
	if (info->flags & FIELD_ARG_INDEX)
		eyas_json_cstr(json, "INDEX");
	/* evt.arg.fd: a name, if not in brackets. */
	if (info->flags & (FIELD_ARG_KEY | FIELD_ARG_DOT))
		eyas_json_cstr(json, "KEY");
	eyas_json_end(json);
	eyas_json_end(json);
}

static void json_field(const struct field_info *info, struct eyas_json *json)
{
	eyas_json_object(json);
	json_argument(info, json);
	eyas_json_member(json, "desc", info->help);
	eyas_json_key(json, "is_list");
	eyas_json_bool(json, info->flags & FIELD_LIST);
	eyas_json_member(json, "name", info->name);
	eyas_json_member(json, "type", type_name(info));
	eyas_json_end(json);
}

/* ---- all of it ---- */

struct listing {
	const struct falco_list_opts *opts;
	struct eyas_str out;
	struct eyas_json json;
};

static void put_field(struct listing *listing, const struct field_info *info)
{
	const struct falco_list_opts *opts = listing->opts;

	if (opts->names_only && opts->format == FALCO_JSON)
		eyas_json_cstr(&listing->json, info->name);
	else if (opts->names_only)
		eyas_str_printf(&listing->out, "%s\n", info->name);
	else if (opts->format == FALCO_JSON)
		json_field(info, &listing->json);
	else if (opts->format == FALCO_MARKDOWN)
		markdown_field(info, &listing->out);
	else
		text_field(info, opts->verbose, &listing->out);
}

static void begin_class(struct listing *listing, const struct class_words *words)
{
	if (listing->opts->names_only)
		return;
	if (listing->opts->format == FALCO_JSON)
		json_class(words, &listing->json);
	else if (listing->opts->format == FALCO_MARKDOWN)
		markdown_class(words, &listing->out);
	else
		text_class(words, &listing->out);
}

static void end_class(struct listing *listing, const struct class_words *words)
{
	if (listing->opts->names_only)
		return;
	if (listing->opts->format == FALCO_JSON)
		json_class_end(words, &listing->json);
	else
		eyas_str_putc(&listing->out, '\n');
}

static void put_class(struct listing *listing, const struct field_class *class)
{
	const struct class_words *words = words_of(class);
	size_t i;

	if (class->hidden || !words)
		return;
	begin_class(listing, words);
	for (i = 0; i < class->count; i++)
		if (is_listed(words, &class->fields[i]))
			put_field(listing, &class->fields[i]);
	end_class(listing, words);
}

/* Those of the configuration, as fields of a class of their own. */
static void put_statics(struct listing *listing)
{
	static const struct class_words words = {
		"", "static", "", "Texts of the configuration (static_fields).", false, false
	};
	struct field_info info = { .type = EYAS_PT_CHARBUF, .help = "a text of the configuration" };
	struct eyas_str name = EYAS_STR_INIT;
	size_t i;

	begin_class(listing, &words);
	for (i = 0; i < listing->opts->nstatics; i++) {
		name.len = 0;
		eyas_str_printf(&name, "static.%s", listing->opts->statics[i]);
		eyas_str_putc(&name, '\0');
		info.name = name.data;
		if (!name.nomem)
			put_field(listing, &info);
		listing->out.nomem |= name.nomem;
	}
	end_class(listing, &words);
	eyas_str_fini(&name);
}

int falco_list_fields(const struct falco_list_opts *opts, FILE *to, struct eyas_err *reterr)
{
	struct listing listing = { .opts = opts, .out = EYAS_STR_INIT };
	const struct field_class *class;
	unsigned i;

	if (opts->source && opts->source[0] && strcmp(opts->source, "syscall") != 0)
		return eyas_err_set(reterr, EYAS_E_USAGE,
				    "--list: there is no valid source type '%.64s', but syscall",
				    opts->source);
	eyas_json_init(&listing.json, &listing.out);
	if (opts->format == FALCO_JSON) {
		eyas_json_object(&listing.json);
		eyas_json_key(&listing.json, opts->names_only ? "fieldnames" : "fieldclasses");
		eyas_json_array(&listing.json);
	}
	for (i = 0; (class = eyas_field_class(i)); i++)
		put_class(&listing, class);
	if (opts->nstatics)
		put_statics(&listing);
	if (opts->format == FALCO_JSON) {
		eyas_json_end(&listing.json);
		eyas_json_end(&listing.json);
		eyas_str_putc(&listing.out, '\n');
	}
	return falco_out(&listing.out, to, reterr);
}
