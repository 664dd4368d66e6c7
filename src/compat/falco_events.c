/* SPDX-License-Identifier: Apache-2.0 */
/*
 * falco --list-events and -i: the events that rules can be about, with their parameters, and the
 * system calls that are left out because there are so many of them.
 */
#include "compat/falco_oneshot.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/json.h"
#include "compat/falco_out.h"
#include "schema/ids.h"

/* ---- system calls that are left out ---- */

bool falco_syscall_ignored(unsigned code)
{
	const struct eyas_syscall_info *info = eyas_syscall_info(code);

	return info && info->sets & EYAS_SET_IO && !(info->sets & EYAS_SET_STATE);
}

/* Calls of one kind go by the name of their event: pread64 is pread. */
static const char *event_name(const struct eyas_syscall_info *info)
{
	int type = info->exit;

	if (type < 0 && info->nevents)
		type = info->events[info->nevents - 1];
	return type > EYAS_EV_GENERIC_X ? eyas_event_info((unsigned)type)->name : info->name;
}

struct names {
	const char *rows[EYAS_SYSCALL_CODES];
	size_t count;
};

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* In the order of their bytes, each once. */
static void sort_names(struct names *names)
{
	size_t i, n = 0;

	qsort(names->rows, names->count, sizeof(names->rows[0]), by_text);
	for (i = 0; i < names->count; i++)
		if (!n || strcmp(names->rows[i], names->rows[n - 1]) != 0)
			names->rows[n++] = names->rows[i];
	names->count = n;
}

/* Calls that read or write: those that are left out, or those that are not. */
static void find_io(bool ignored, struct names *names)
{
	const struct eyas_syscall_info *info;
	unsigned code;

	names->count = 0;
	for (code = 0; code < EYAS_SYSCALL_CODES; code++) {
		info = eyas_syscall_info(code);
		if (info && info->sets & EYAS_SET_IO && falco_syscall_ignored(code) == ignored)
			names->rows[names->count++] = event_name(info);
	}
	sort_names(names);
}

int falco_list_ignored(FILE *to, struct eyas_err *reterr)
{
	struct eyas_str out = EYAS_STR_INIT;
	struct names names;
	size_t i;

	find_io(true, &names);
	eyas_str_puts(&out, "Ignored syscall(s):\n");
	for (i = 0; i < names.count; i++)
		eyas_str_printf(&out, "- %s\n", names.rows[i]);
	find_io(false, &names);
	eyas_str_puts(&out, "\nNot ignored, as connections become known by them:");
	for (i = 0; i < names.count; i++)
		eyas_str_printf(&out, "%s %s", i ? "," : "", names.rows[i]);
	eyas_str_putc(&out, '\n');
	return falco_out(&out, to, reterr);
}

/* ---- events ---- */

static const struct category {
	const char *title;
	uint16_t origin;
} categories[] = {
	{ "Syscall events", EYAS_EC_SYSCALL },
	{ "Tracepoint events", EYAS_EC_TRACEPOINT },
	{ "Plugin events", EYAS_EC_PLUGIN },
	{ "Metaevents", EYAS_EC_METAEVENT },
};

enum { CATEGORIES = sizeof(categories) / sizeof(categories[0]) };

struct listing {
	enum falco_format format;
	struct eyas_str out;
	struct eyas_json json;
	bool left_out[EYAS_EVENT_TYPES];
};

static bool is_listed(unsigned type, const struct eyas_event_info *info)
{
	return type > EYAS_EV_GENERIC_X &&
	       !(info->flags & (EYAS_EF_OLD_VERSION | EYAS_EF_UNUSED)) &&
	       (info->category & EYAS_EC_CLASS_MASK) != EYAS_EC_UNKNOWN;
}

static bool has_flags(const struct eyas_param_info *param)
{
	switch (param->type) {
	case EYAS_PT_FLAGS8:
	case EYAS_PT_FLAGS16:
	case EYAS_PT_FLAGS32:
	case EYAS_PT_ENUMFLAGS8:
	case EYAS_PT_ENUMFLAGS16:
	case EYAS_PT_ENUMFLAGS32:
		return param->has_table == 1;
	default:
		return false;
	}
}

static void text_param(const struct eyas_param_info *param, const char *mark, struct eyas_str *out)
{
	uint32_t i;

	eyas_str_printf(out, "%s **%s**", eyas_type_info(param->type)->name, param->name);
	for (i = 0; has_flags(param) && i < param->table.flags->count; i++)
		eyas_str_printf(out, "%s%s%s%s", i ? ", " : ": ", mark,
				param->table.flags->flags[i].name, mark);
}

static void text_event(struct listing *listing, unsigned type, const char *name)
{
	const struct eyas_event_info *info = eyas_event_info(type);
	bool markdown = listing->format == FALCO_MARKDOWN;
	struct eyas_str *out = &listing->out;
	char dir = type % 2 ? '<' : '>';
	unsigned i;

	if (markdown)
		eyas_str_printf(out, "%s | `%c` | `%s` | ", listing->left_out[type] ? "No" : "Yes",
				dir, name);
	else
		eyas_str_printf(out, "%c %s(", dir, name);
	for (i = 0; i < info->nparams; i++) {
		if (i)
			eyas_str_puts(out, ", ");
		text_param(&info->params[i], markdown ? "*" : "", out);
	}
	eyas_str_puts(out, markdown ? "\n" : ")\n");
}

static void json_param(const struct eyas_param_info *param, struct eyas_json *json)
{
	uint32_t i;

	eyas_json_object(json);
	if (has_flags(param)) {
		eyas_json_key(json, "flags");
		eyas_json_array(json);
		for (i = 0; i < param->table.flags->count; i++)
			eyas_json_cstr(json, param->table.flags->flags[i].name);
		eyas_json_end(json);
	}
	eyas_json_member(json, "name", param->name);
	eyas_json_member(json, "type", eyas_type_info(param->type)->name);
	eyas_json_end(json);
}

static void json_event(struct listing *listing, unsigned type, const char *name)
{
	const struct eyas_event_info *info = eyas_event_info(type);
	struct eyas_json *json = &listing->json;
	unsigned i;

	eyas_json_object(json);
	eyas_json_key(json, "available");
	eyas_json_bool(json, !listing->left_out[type]);
	eyas_json_member(json, "dir", type % 2 ? "<" : ">");
	eyas_json_member(json, "name", name);
	eyas_json_key(json, "params");
	eyas_json_array(json);
	for (i = 0; i < info->nparams; i++)
		json_param(&info->params[i], json);
	eyas_json_end(json);
	eyas_json_end(json);
}

static void put_event(struct listing *listing, unsigned type, const char *name)
{
	if (listing->format == FALCO_JSON)
		json_event(listing, type, name);
	else
		text_event(listing, type, name);
}

/* System calls without an event of their own are told of by name. */
static void put_generic(struct listing *listing)
{
	const struct eyas_syscall_info *info;
	struct names names = { .count = 0 };
	unsigned code;
	size_t i;

	for (code = 0; code < EYAS_SYSCALL_CODES; code++) {
		info = eyas_syscall_info(code);
		if (info && info->kind == EYAS_SC_SYSCALL && info->exit == EYAS_EV_GENERIC_X)
			names.rows[names.count++] = info->name;
	}
	sort_names(&names);
	for (i = 0; i < names.count; i++)
		put_event(listing, EYAS_EV_GENERIC_X, names.rows[i]);
}

static void begin_category(struct listing *listing, const struct category *category)
{
	if (listing->format == FALCO_JSON) {
		eyas_json_key(&listing->json, category->title);
		eyas_json_array(&listing->json);
		return;
	}
	eyas_str_printf(&listing->out, "## %s\n\n", category->title);
	if (listing->format == FALCO_MARKDOWN)
		eyas_str_puts(&listing->out, "Default | Dir | Name | Params\n"
					     ":-------|:----|:-----|:-----\n");
}

static void put_category(struct listing *listing, const struct category *category)
{
	const struct eyas_event_info *info;
	unsigned type;

	begin_category(listing, category);
	for (type = 0; type < EYAS_EVENT_TYPES; type++) {
		info = eyas_event_info(type);
		if (is_listed(type, info) && info->category & category->origin)
			put_event(listing, type, info->name);
	}
	if (category->origin == EYAS_EC_SYSCALL)
		put_generic(listing);
	if (listing->format == FALCO_JSON)
		eyas_json_end(&listing->json);
	else
		eyas_str_putc(&listing->out, '\n');
}

/* Event types of system calls that are left out unless asked for. */
static void mark_left_out(bool *left_out)
{
	const struct eyas_syscall_info *info;
	unsigned code, i;

	for (code = 0; code < EYAS_SYSCALL_CODES; code++) {
		info = eyas_syscall_info(code);
		for (i = 0; falco_syscall_ignored(code) && i < info->nevents; i++)
			left_out[info->events[i]] = true;
	}
}

int falco_list_events(enum falco_format format, FILE *to, struct eyas_err *reterr)
{
	struct listing listing = { .format = format, .out = EYAS_STR_INIT };
	size_t i;

	mark_left_out(listing.left_out);
	eyas_json_init(&listing.json, &listing.out);
	if (format == FALCO_JSON)
		eyas_json_object(&listing.json);
	else
		eyas_str_printf(&listing.out, "Events of *Schema Version*: %s\n",
				falco_schema_version());
	for (i = 0; i < CATEGORIES; i++)
		put_category(&listing, &categories[i]);
	if (format == FALCO_JSON) {
		eyas_json_member(&listing.json, "schema_version", falco_schema_version());
		eyas_json_end(&listing.json);
		eyas_str_putc(&listing.out, '\n');
	}
	return falco_out(&listing.out, to, reterr);
}
