/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All definitions as one program: a network of which each rule is a root. Called after each file;
 * what does not compile is a finding of that file, whichever file it was defined in.
 */
#include "rules/scope.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "filter/filter.h"
#include "schema/ids.h"

/* A rule while it is compiled. */
struct compiling {
	struct rules_scope *scope;
	struct rules_program *program;
	const struct rules_rule *rule;
	struct scope_owner owner;
	struct scope_tree tree;
	bool nomem; /* a warning found no memory */
};

bool rules_source_known(const char *source)
{
	return !strcmp(source, "syscall");
}

void rules_program_free(struct rules_program *program)
{
	uint32_t i;
	int kind;

	if (!program)
		return;
	for (i = 0; i < program->nrules; i++)
		for (kind = 0; kind < RULES_LAYOUTS; kind++)
			eyas_layout_free(program->rules[i].layouts[kind]);
	eyas_network_free(program->network);
	eyas_arena_fini(&program->arena);
	free(program);
}

/* ---- findings ---- */

static int find_at(struct compiling *c, enum eyas_rules_code code, uint64_t offset,
		   const char *format, const char *words)
{
	struct scope_context storage;
	const struct rules_context *context =
		rules_scope_context(c->scope, &c->owner, offset, &storage);

	/* Formats of ours, with one %s for the words. */
	if (!format)
		return rules_report_add(c->scope->report, code, context, "%s", words);
	return rules_report_add(c->scope->report, code, context, "'%.64s' %s", words, format);
}

static void on_warning(void *ctx, const struct ast_pos *pos, const char *text)
{
	struct compiling *c = ctx;

	if (find_at(c, EYAS_LOAD_COMPILE_CONDITION, pos->offset, NULL, text) < 0)
		c->nomem = true;
}

/* ---- conditions ---- */

/*
 * Does the rule ask for something that another version, or a plugin, may have? Only the words of
 * the error tell that from an operator that does not fit.
 */
static bool is_unknown(const struct eyas_err *err)
{
	static const char *const beginnings[] = { "unknown field", "unknown event type" };
	size_t i;

	for (i = 0; i < sizeof(beginnings) / sizeof(beginnings[0]); i++)
		if (!strncmp(err->text, beginnings[i], strlen(beginnings[i])))
			return true;
	return false;
}

/* A condition that does not compile: 1 if the rule wants to be left out then. */
static int condition_failed(struct compiling *c, int code, const struct eyas_err *err)
{
	int res;

	if (code == -ENOMEM)
		return rules_scope_no_memory(c->scope);
	if (!c->rule->skip_unknown || !is_unknown(err))
		return find_at(c, EYAS_LOAD_ERR_COMPILE_CONDITION, err->offset, NULL, err->text);
	res = find_at(c, EYAS_LOAD_UNKNOWN_FILTER, err->offset, NULL, err->text);
	return res < 0 ? res : 1;
}

static unsigned count_types(const struct event_set *set)
{
	unsigned type, count = 0;

	for (type = 0; type < EYAS_EVENT_TYPES; type++)
		count += event_set_has(set, type);
	return count;
}

static int warn_notes(struct compiling *c)
{
	const struct scope_notes *notes = &c->tree.notes;
	int res = 0;

	if (notes->deprecated)
		res = find_at(c, EYAS_LOAD_DEPRECATED_ITEM, notes->deprecated_at,
			      "is deprecated: it has no value any more", notes->deprecated);
	if (!res && notes->unsafe)
		res = find_at(c, EYAS_LOAD_UNSAFE_NA_CHECK, notes->unsafe_at,
			      "is compared with the text <NA>; ask whether it exists instead",
			      notes->unsafe);
	return res;
}

static int warn_types(struct compiling *c, const struct event_set *set)
{
	if (!c->rule->warn_evttypes || count_types(set) <= RULES_MANY_TYPES)
		return 0;
	return rules_report_add(c->scope->report, EYAS_LOAD_NO_EVTTYPE, &c->rule->def.context,
				"the condition is looked at for more than %d event types; with "
				"one on evt.type it costs less",
				RULES_MANY_TYPES);
}

/* 0, or 1 when the rule is to be left out. */
static int compile_condition(struct compiling *c, struct rules_compiled *compiled)
{
	struct eyas_err err = { 0 };
	int res;

	res = rules_scope_condition(c->scope, &c->owner, &c->tree);
	if (!res)
		res = rules_scope_exceptions(c->scope, &c->owner, c->rule, &c->tree);
	if (!res)
		res = warn_notes(c);
	if (res < 0)
		return res;
	res = eyas_ast_infer(c->tree.ast, &compiled->set, &err);
	if (!res)
		res = eyas_network_add(c->program->network, c->tree.ast, on_warning, c,
				       &compiled->root, &err);
	if (c->nomem)
		return rules_scope_no_memory(c->scope);
	if (res < 0)
		return condition_failed(c, res, &err);
	res = warn_types(c, &compiled->set);
	/* Asynchronous events of plugins may be about anything. */
	compiled->set.types[EYAS_EV_ASYNCEVENT_E / 64] |= UINT64_C(1)
							  << (EYAS_EV_ASYNCEVENT_E % 64);
	return res;
}

/* ---- outputs ---- */

/* Plugins say more about a container by themselves. */
static const char container_info[] = "%container.info";

const char *rules_output_text(const struct eyas_rules *rules, const struct rules_rule *rule,
			      struct eyas_arena *arena, bool *ret_removed)
{
	struct eyas_str text = EYAS_STR_INIT;
	const char *from = rule->output.data, *found;
	char *copy = NULL;
	uint32_t i;

	*ret_removed = strstr(from, container_info) != NULL;
	while ((found = strstr(from, container_info))) {
		eyas_str_add(&text, from, (size_t)(found - from));
		from = found + sizeof(container_info) - 1;
	}
	eyas_str_puts(&text, from);
	for (i = 0; i < rules->nappends; i++)
		if (!rules->appends[i].key && rules_append_meant(&rules->appends[i], rule)) {
			eyas_str_putc(&text, ' ');
			eyas_str_puts(&text, rules->appends[i].format);
		}
	if (!text.nomem)
		copy = eyas_arena_text(arena, text.len ? text.data : "", text.len);
	eyas_str_fini(&text);
	return copy;
}

/* The context of a place in the output; what was appended lies at its beginning. */
static struct rules_context output_context(const struct compiling *c, uint64_t offset,
					   struct rules_context *parent)
{
	const struct rules_text *output = &c->rule->output;
	struct rules_place place =
		rules_text_place(output, offset < output->len ? (uint32_t)offset : 0);
	const struct rules_part *first = &output->parts[0];

	*parent = rules_context_of(&c->rule->def.context, ITEM_RULE_OUTPUT, "", first->node);
	parent->source = first->source;
	return (struct rules_context){ parent,	    place.source, ITEM_OUTPUT_EXPRESSION,
				       "",	    place.line,	  place.column,
				       place.offset };
}

/*
 * Deprecated fields are looked for as texts, wherever they come from: one whose name goes on is
 * another one as well, as it is for Falco.
 */
static int warn_deprecated(struct compiling *c, const char *text, bool extra)
{
	const struct rules_text *own = &c->rule->output;
	struct rules_context parent, context;
	const char *name, *found;
	size_t i;
	int res = 0;

	for (i = 0; !res && (name = rules_deprecated_field(i)); i++) {
		found = extra ? NULL : strstr(own->data, name);
		if (!found && !strstr(text, name))
			continue;
		context = output_context(c, found ? (uint64_t)(found - own->data) : own->len,
					 &parent);
		res = rules_report_add(c->scope->report, EYAS_LOAD_DEPRECATED_ITEM, &context,
				       "'%s' is deprecated: it has no value any more", name);
	}
	return res;
}

static int warn_removed(struct compiling *c)
{
	const char *text = c->rule->output.data;
	struct rules_context parent, context;

	context = output_context(c, (uint64_t)(strstr(text, container_info) - text), &parent);
	return rules_report_add(c->scope->report, EYAS_LOAD_DEPRECATED_ITEM, &context,
				"%%container.info is deprecated and left out");
}

/* Where a place of what is left of the output lies in the file's. */
static uint64_t own_offset(const struct compiling *c, uint64_t offset)
{
	const char *text = c->rule->output.data, *found = text;

	while ((found = strstr(found, container_info)) && (uint64_t)(found - text) <= offset) {
		offset += sizeof(container_info) - 1;
		found += sizeof(container_info) - 1;
	}
	return offset;
}

/* extra: a field of the configuration's, which is wrong whatever the rule says of its own. */
static int output_failed(struct compiling *c, bool extra, int code, const struct eyas_err *err)
{
	uint64_t offset = err->offset ? err->offset - 1 : 0; /* the '*' in front is ours */
	struct rules_context parent, context;
	int res;

	if (code == -ENOMEM)
		return rules_scope_no_memory(c->scope);
	context = output_context(c, extra ? 0 : own_offset(c, offset), &parent);
	res = rules_report_add(c->scope->report,
			       !extra && c->rule->skip_unknown && is_unknown(err)
				       ? EYAS_LOAD_UNKNOWN_FILTER
				       : EYAS_LOAD_ERR_COMPILE_OUTPUT,
			       &context, "%s", err->text);
	return res < 0 ? res : 1;
}

/* Can it be made? What a text looks at is part of the network from now on. */
static int try_layout(struct compiling *c, const char *text, bool extra)
{
	struct eyas_str lenient = EYAS_STR_INIT;
	struct eyas_layout *layout = NULL;
	struct eyas_err err = { 0 };
	int res;

	eyas_str_putc(&lenient, '*');
	eyas_str_puts(&lenient, text);
	res = lenient.nomem ? -ENOMEM
			    : eyas_layout_new(c->program->network, &c->scope->rules->fields,
					      lenient.data, lenient.len, &layout, &err);
	eyas_str_fini(&lenient);
	eyas_layout_free(layout);
	return res < 0 ? output_failed(c, extra, res, &err) : 0;
}

static int compile_extras(struct compiling *c, struct rules_compiled *compiled)
{
	const struct eyas_rules *rules = c->scope->rules;
	const char *text;
	uint32_t i;
	int res = 0;

	for (i = 0; i < rules->nappends && !res; i++) {
		if (!rules_append_is_extra(&rules->appends[i], c->rule))
			continue;
		compiled->has_extra = true;
		text = rules_append_extra_text(&rules->appends[i], &c->program->arena);
		res = text ? try_layout(c, text, true) : rules_scope_no_memory(c->scope);
		if (!res)
			res = warn_deprecated(c, text, true);
	}
	return res;
}

/* Layouts are made to see that they can be, and made again for an alert: most rules have none. */
static int compile_output(struct compiling *c, struct rules_compiled *compiled,
			  const char **ret_output)
{
	const char *output;
	bool removed;
	int res = 0;

	output = rules_output_text(c->scope->rules, c->rule, &c->program->arena, &removed);
	if (!output)
		return rules_scope_no_memory(c->scope);
	if (removed)
		res = warn_removed(c);
	if (!res)
		res = try_layout(c, output, false);
	if (!res)
		res = warn_deprecated(c, output, false);
	if (!res)
		res = compile_extras(c, compiled);
	*ret_output = output;
	return res;
}

/* ---- rules ---- */

static int compile_rule(struct rules_scope *scope, struct rules_program *program,
			const struct rules_rule *rule, struct rules_compiled *compiled)
{
	struct compiling c = { .scope = scope,
			       .program = program,
			       .rule = rule,
			       .owner = { &rule->def, ITEM_RULE_CONDITION, &rule->condition } };
	const char *output = NULL;
	int res;

	compiled->def = rule;
	/* Told where it was defined. */
	if (!rules_source_known(rule->source))
		return 0;
	/* Of a rule that is left out for its output, the condition may be anything. */
	res = compile_output(&c, compiled, &output);
	if (!res)
		res = compile_condition(&c, compiled);
	if (!res)
		compiled->output = output;
	return res < 0 ? res : 0;
}

static int warn_unused(struct rules_scope *scope)
{
	const struct eyas_rules *rules = scope->rules;
	uint32_t i;
	int res = 0;

	rules_scope_mark_lists(scope);
	for (i = 0; i < rules->macros.count && !res; i++)
		if (!scope->macros[i].used)
			res = rules_report_add(scope->report, EYAS_LOAD_UNUSED_MACRO,
					       &rules->macros.rows[i]->context,
					       "no rule and no macro refers to it");
	for (i = 0; i < rules->lists.count && !res; i++)
		if (!scope->lists[i].used)
			res = rules_report_add(scope->report, EYAS_LOAD_UNUSED_LIST,
					       &rules->lists.rows[i]->context,
					       "no condition and no list refers to it");
	return res;
}

static int compile_all(struct rules_scope *scope, struct rules_program *program)
{
	const struct rules_defs *rules = &scope->rules->rules;
	uint32_t i;
	int res;

	res = rules_scope_macros(scope);
	for (i = 0; i < rules->count && !res; i++)
		res = compile_rule(scope, program, (const struct rules_rule *)rules->rows[i],
				   &program->rules[i]);
	return res < 0 ? res : warn_unused(scope);
}

int rules_compile(struct eyas_rules *rules, struct eyas_rules_report *report,
		  struct rules_program **ret_program)
{
	struct rules_program *program = calloc(1, sizeof(*program));
	struct rules_scope scope;
	int res;

	res = rules_scope_init(&scope, rules, report);
	if (!program || res < 0)
		goto out;
	res = -ENOMEM;
	program->rules = eyas_arena_zero(&program->arena,
					 (rules->rules.count + 1) * sizeof(*program->rules));
	if (!program->rules || eyas_network_new(&rules->fields, &program->network) < 0)
		goto out;
	program->nrules = rules->rules.count;
	program->nappends = rules->nappends;
	res = compile_all(&scope, program);
out:
	rules_scope_fini(&scope);
	if (!program)
		res = -ENOMEM;
	if (res < 0)
		rules_program_free(program);
	else
		*ret_program = program;
	return res;
}
