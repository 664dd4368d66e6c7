/* SPDX-License-Identifier: Apache-2.0 */
/* All there is to say about rules, macros and lists as one object, keys in order. */
#include "rules/describe.h"

#include <errno.h>
#include <string.h>

#include "base/json.h"
#include "schema/ids.h"

struct describing {
	struct eyas_rules *rules;
	struct rules_scope scope;
	struct eyas_json json;
	struct rules_words fields, operators, macros, lists, words;
	struct eyas_arena arena; /* of one entry */
};

static void member(struct describing *d, const char *key, const char *text)
{
	eyas_json_key(&d->json, key);
	eyas_json_cstr(&d->json, text);
}

static void member_bool(struct describing *d, const char *key, bool value)
{
	eyas_json_key(&d->json, key);
	eyas_json_bool(&d->json, value);
}

static void member_words(struct describing *d, const char *key, struct rules_words *words)
{
	uint32_t i;

	rules_words_sort(words);
	eyas_json_key(&d->json, key);
	eyas_json_array(&d->json);
	for (i = 0; i < words->count; i++)
		eyas_json_cstr(&d->json, words->rows[i]);
	eyas_json_end(&d->json);
	d->json.out->nomem |= words->nomem;
}

static void member_tree(struct describing *d, const char *key, const struct ast *ast)
{
	struct eyas_str text = EYAS_STR_INIT;

	eyas_ast_print(ast, &text);
	eyas_json_key(&d->json, key);
	eyas_json_str(&d->json, text.len ? text.data : "", text.len);
	d->json.out->nomem |= text.nomem;
	eyas_str_fini(&text);
}

static void begin_entry(struct describing *d)
{
	rules_words_clear(&d->fields);
	rules_words_clear(&d->operators);
	rules_words_clear(&d->macros);
	rules_words_clear(&d->lists);
	eyas_arena_reset(&d->arena);
	eyas_json_object(&d->json);
	eyas_json_key(&d->json, "details");
	eyas_json_object(&d->json);
}

/* Names of the events in a set, of which those of old versions and unused ones are no news. */
static void member_events(struct describing *d, const struct ast *ast)
{
	const struct eyas_event_info *info;
	struct event_set set;
	unsigned i;

	rules_words_clear(&d->words);
	if (eyas_ast_infer(ast, &set, NULL))
		memset(&set, 0, sizeof(set));
	for (i = 0; i < EYAS_EVENT_TYPES; i++) {
		info = eyas_event_info(i);
		if (event_set_has(&set, i) && i > EYAS_EV_GENERIC_X &&
		    !(info->flags & EYAS_EF_UNUSED))
			rules_words_add(&d->words, info->name, strlen(info->name));
	}
	/* System calls that share a type are named when there are only some of them. */
	for (i = 0; event_set_has(&set, EYAS_EV_GENERIC_X) && i < EYAS_SYSCALL_CODES; i++) {
		const struct eyas_syscall_info *call = eyas_syscall_info(i);

		if (call && event_set_has_syscall(&set, i) && call->kind == EYAS_SC_SYSCALL &&
		    call->exit == EYAS_EV_GENERIC_X)
			rules_words_add(&d->words, call->name, strlen(call->name));
	}
	/* Rules are compared with all events of plugins, and so is what becomes part of them. */
	rules_words_add(&d->words, "asyncevent", strlen("asyncevent"));
	member_words(d, "events", &d->words);
}

/* The table that has the fields of the container plugin. */
static const struct field_class *container_fields(void)
{
	const struct field_class *class = NULL;
	unsigned i = 0;

	do
		class = eyas_field_class(i++);
	while (class && strcmp(class->prefix, "container") != 0);
	return class;
}

/* Is the field, behind whose name there may be an argument, one of those? */
static bool is_container_field(const char *text)
{
	const struct field_class *class = container_fields();
	size_t len = strcspn(text, "["), i;

	/* These are in the same table, but another plugin's. */
	if (!strncmp(text, "k8smeta.", 8))
		return false;
	for (i = 0; class && i < class->count; i++)
		if (!strncmp(class->fields[i].name, text, len) && !class->fields[i].name[len])
			return true;
	return false;
}

/* Fields of the container plugin need it, built in or not. */
static void member_plugins(struct describing *d, const struct rules_words *fields)
{
	bool needed = false;
	uint32_t i;

	for (i = 0; i < fields->count; i++)
		needed |= is_container_field(fields->rows[i]);
	rules_words_clear(&d->words);
	if (needed)
		rules_words_add(&d->words, "container", strlen("container"));
	member_words(d, "plugins", &d->words);
}

/* What belongs to no source needs no plugin: only a rule that it becomes part of may. */
static void member_no_plugins(struct describing *d)
{
	rules_words_clear(&d->words);
	member_words(d, "plugins", &d->words);
}

static int find_names(struct describing *d, const struct rules_text *condition)
{
	const struct ast_limits limits = rules_scope_limits(d->rules, SCOPE_DEPTH);
	struct ast *ast;
	int res = eyas_ast_parse(condition->data, condition->len, &limits, &d->arena, &ast, NULL);

	if (!res)
		rules_find_names(d->rules, ast, &d->macros, &d->lists);
	return res;
}

/* ---- rules ---- */

static void find_entry(const struct rules_node *node, struct rules_words *words)
{
	const char *text = node->text;
	size_t len = node->len;
	uint32_t i;

	if (node->kind == NODE_SCALAR) {
		rules_trim(&text, &len);
		rules_words_add(words, text, len);
	}
	for (i = 0; node->kind == NODE_SEQUENCE && i < node->count; i++)
		find_entry(node->items[i], words);
}

static void put_exceptions(struct describing *d, const struct rules_rule *rule)
{
	struct rules_words fields = { 0 }, names = { 0 }, operators = { 0 };
	uint32_t i;

	for (i = 0; i < rule->nexceptions; i++) {
		const struct rules_exception *exception = rule->exceptions[i];

		rules_words_add(&names, exception->name, strlen(exception->name));
		find_entry(exception->fields, &fields);
		if (exception->comps)
			find_entry(exception->comps, &operators);
		else if (exception->fields->kind == NODE_SCALAR)
			rules_words_add(&operators, "in", 2);
		else
			rules_words_add(&operators, "=", 1);
	}
	member_words(d, "exception_fields", &fields);
	member_words(d, "exception_names", &names);
	member_words(d, "exception_operators", &operators);
	rules_words_fini(&fields);
	rules_words_fini(&names);
	rules_words_fini(&operators);
}

/* Fields of alerts that are texts; there is no such key without any. */
static void put_extras(struct describing *d, const struct rules_rule *rule)
{
	const struct rules_append *append;
	bool any = false;
	uint32_t i;

	for (i = 0; i < d->rules->program->nappends; i++) {
		append = &d->rules->appends[i];
		if (!rules_append_is_extra(append, rule) || !append->format)
			continue;
		if (!any) {
			eyas_json_key(&d->json, "extra_output_formatted_fields");
			eyas_json_object(&d->json);
		}
		any = true;
		eyas_json_key_len(&d->json, append->key, strlen(append->key));
		eyas_json_cstr(&d->json, append->format);
	}
	if (any)
		eyas_json_end(&d->json);
}

/* The fields of an output: where a % is followed by one. */
static void find_output_fields(struct describing *d, const char *output)
{
	struct ast_operand *operand;
	size_t len;

	rules_words_clear(&d->words);
	while ((output = strchr(output, '%'))) {
		output++;
		output += strspn(output, "0123456789");
		if (!eyas_ast_parse_operand(output, strlen(output), &d->arena, &operand, &len,
					    NULL))
			rules_find_fields(operand, &d->words);
	}
}

static int put_rule_details(struct describing *d, const struct rules_rule *rule)
{
	struct scope_owner owner = { &rule->def, ITEM_RULE_CONDITION, &rule->condition };
	struct scope_tree tree = { 0 };
	const char *output;
	bool removed;
	uint32_t i;
	int res;

	res = find_names(d, &rule->condition);
	if (!res)
		res = rules_scope_condition(&d->scope, &owner, &tree);
	output = rules_output_text(d->rules, rule, &d->arena, &removed);
	if (res < 0)
		return res;
	if (!output)
		return -ENOMEM;
	/* What exceptions look at is part of the condition, and listed apart as well. */
	res = rules_scope_exceptions(&d->scope, &owner, rule, &tree);
	if (res < 0)
		return res;
	rules_find_used(tree.ast, &d->fields, &d->operators);
	member_tree(d, "condition_compiled", tree.ast);
	member_words(d, "condition_fields", &d->fields);
	member_words(d, "condition_operators", &d->operators);
	member_events(d, tree.ast);
	put_exceptions(d, rule);
	put_extras(d, rule);
	member_words(d, "lists", &d->lists);
	member_words(d, "macros", &d->macros);
	member(d, "output_compiled", output);
	find_output_fields(d, output);
	member_words(d, "output_fields", &d->words);
	for (i = 0; i < d->words.count; i++)
		rules_words_add(&d->fields, d->words.rows[i], strlen(d->words.rows[i]));
	member_plugins(d, &d->fields);
	return 0;
}

static int put_rule(struct describing *d, const struct rules_rule *rule)
{
	uint32_t i;
	int res;

	begin_entry(d);
	res = put_rule_details(d, rule);
	eyas_json_end(&d->json);
	eyas_json_key(&d->json, "info");
	eyas_json_object(&d->json);
	member_bool(d, "capture", rule->capture);
	eyas_json_key(&d->json, "capture_duration");
	eyas_json_u64(&d->json, rule->capture_duration_ms);
	member(d, "condition", rule->condition.data);
	member(d, "description", rule->desc.data);
	member_bool(d, "enabled", rule->enabled);
	member(d, "name", rule->def.name);
	member(d, "output", rule->output.data);
	member(d, "priority", eyas_rules_priority_name(rule->priority));
	member(d, "source", rule->source);
	eyas_json_key(&d->json, "tags");
	eyas_json_array(&d->json);
	for (i = 0; i < rule->tags.count; i++)
		eyas_json_cstr(&d->json, rule->tags.rows[i]);
	eyas_json_end(&d->json);
	eyas_json_end(&d->json);
	eyas_json_end(&d->json);
	return res;
}

static int put_rules(struct describing *d, const char *only)
{
	const struct rules_rule *rule;
	uint32_t i;
	int res = 0;

	eyas_json_key(&d->json, "rules");
	eyas_json_array(&d->json);
	for (i = 0; i < d->rules->rules.count && !res; i++) {
		rule = (const struct rules_rule *)d->rules->rules.rows[i];
		if (rules_is_loaded(d->rules, i) && (!only || !strcmp(only, rule->def.name)))
			res = put_rule(d, rule);
	}
	eyas_json_end(&d->json);
	return res;
}

/* ---- macros and lists ---- */

static int put_macro(struct describing *d, uint32_t row)
{
	const struct rules_macro *macro = (const struct rules_macro *)d->rules->macros.rows[row];
	const struct ast *tree = d->scope.macros[row].shared.tree;
	int res;

	begin_entry(d);
	res = find_names(d, &macro->condition);
	rules_find_used(tree, &d->fields, &d->operators);
	member_tree(d, "condition_compiled", tree);
	member_words(d, "condition_fields", &d->fields);
	member_words(d, "condition_operators", &d->operators);
	member_events(d, tree);
	member_words(d, "lists", &d->lists);
	member_words(d, "macros", &d->macros);
	member_no_plugins(d);
	member_bool(d, "used", d->scope.macros[row].used);
	eyas_json_end(&d->json);
	eyas_json_key(&d->json, "info");
	eyas_json_object(&d->json);
	member(d, "condition", macro->condition.data);
	member(d, "name", macro->def.name);
	eyas_json_end(&d->json);
	eyas_json_end(&d->json);
	return res;
}

static void put_list(struct describing *d, uint32_t row)
{
	const struct rules_list *list = (const struct rules_list *)d->rules->lists.rows[row];
	const struct scope_list *values = &d->scope.lists[row];
	const struct rules_node *item;
	uint32_t i;

	begin_entry(d);
	eyas_json_key(&d->json, "items_compiled");
	eyas_json_array(&d->json);
	for (i = 0; values->state == SCOPE_READY && i < values->count; i++)
		eyas_json_str(&d->json, values->values[i].text, values->values[i].len);
	eyas_json_end(&d->json);
	for (i = 0; i < list->items.count; i++) {
		item = list->items.rows[i].node;
		if (rules_scope_list(&d->scope, item->text, item->len))
			rules_words_add(&d->lists, item->text, item->len);
	}
	member_words(d, "lists", &d->lists);
	member_no_plugins(d);
	member_bool(d, "used", values->used);
	eyas_json_end(&d->json);
	eyas_json_key(&d->json, "info");
	eyas_json_object(&d->json);
	eyas_json_key(&d->json, "items");
	eyas_json_array(&d->json);
	for (i = 0; i < list->items.count; i++) {
		item = list->items.rows[i].node;
		/* Other lists are told of above. */
		if (!rules_scope_list(&d->scope, item->text, item->len))
			eyas_json_str(&d->json, item->text, item->len);
	}
	eyas_json_end(&d->json);
	member(d, "name", list->def.name);
	eyas_json_end(&d->json);
	eyas_json_end(&d->json);
}

/* ---- requirements ---- */

static void put_plugin(struct describing *d, const struct rules_plugin *plugin)
{
	member(d, "name", plugin->name);
	member(d, "version", plugin->version_text);
	eyas_json_end(&d->json);
}

static void put_requirement(struct describing *d, const struct rules_requirement *requirement)
{
	uint32_t i;

	eyas_json_object(&d->json);
	eyas_json_key(&d->json, "alternatives");
	eyas_json_array(&d->json);
	for (i = 1; i < requirement->count; i++) {
		eyas_json_object(&d->json);
		put_plugin(d, &requirement->alternatives[i]);
	}
	eyas_json_end(&d->json);
	put_plugin(d, &requirement->alternatives[0]);
}

static void put_required(struct describing *d)
{
	const struct eyas_rules *rules = d->rules;
	struct eyas_str text = EYAS_STR_INIT;
	uint32_t i;

	eyas_str_printf(&text, "%u.%u.%u", rules->required.major, rules->required.minor,
			rules->required.patch);
	eyas_json_key(&d->json, "required_engine_version");
	eyas_json_str(&d->json, text.len ? text.data : "", text.len);
	eyas_str_fini(&text);
	eyas_json_key(&d->json, "required_plugin_versions");
	eyas_json_array(&d->json);
	for (i = 0; i < rules->nrequirements; i++)
		put_requirement(d, &rules->requirements[i]);
	eyas_json_end(&d->json);
}

/* What is used by what is only known when all conditions were gone over. */
static int resolve_all(struct describing *d)
{
	const struct rules_defs *rules = &d->rules->rules;
	struct scope_tree tree;
	uint32_t i;
	int res;

	rules_scope_mark_lists(&d->scope);
	res = rules_scope_lists(&d->scope);
	if (!res)
		res = rules_scope_macros(&d->scope);
	for (i = 0; i < rules->count && !res; i++) {
		const struct rules_rule *rule = (const struct rules_rule *)rules->rows[i];
		struct scope_owner owner = { &rule->def, ITEM_RULE_CONDITION, &rule->condition };

		if (!rules_source_known(rule->source))
			continue;
		res = rules_scope_condition(&d->scope, &owner, &tree);
		if (!res)
			res = rules_scope_exceptions(&d->scope, &owner, rule, &tree);
		/* Of one that was left out for its output, the condition may be anything. */
		if (res < 0 && res != -ENOMEM && !rules_is_loaded(d->rules, i))
			res = 0;
	}
	return res;
}

static int put_all(struct describing *d, const char *only)
{
	uint32_t i;
	int res = 0;

	eyas_json_object(&d->json);
	if (only) {
		res = put_rules(d, only);
		eyas_json_end(&d->json);
		return res;
	}
	eyas_json_key(&d->json, "lists");
	eyas_json_array(&d->json);
	for (i = 0; i < d->rules->lists.count; i++)
		put_list(d, i);
	eyas_json_end(&d->json);
	eyas_json_key(&d->json, "macros");
	eyas_json_array(&d->json);
	for (i = 0; i < d->rules->macros.count && !res; i++)
		res = put_macro(d, i);
	eyas_json_end(&d->json);
	put_required(d);
	if (!res)
		res = put_rules(d, NULL);
	eyas_json_end(&d->json);
	return res;
}

int rules_describe_json(struct eyas_rules *rules, const char *only, struct eyas_str *out)
{
	struct describing d = { .rules = rules };
	int res;

	eyas_json_init(&d.json, out);
	res = rules_scope_init(&d.scope, rules, NULL);
	if (!res)
		res = resolve_all(&d);
	if (!res)
		res = put_all(&d, only);
	rules_scope_fini(&d.scope);
	rules_words_fini(&d.fields);
	rules_words_fini(&d.operators);
	rules_words_fini(&d.macros);
	rules_words_fini(&d.lists);
	rules_words_fini(&d.words);
	eyas_arena_fini(&d.arena);
	return res;
}
