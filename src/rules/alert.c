/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is said when a rule matches: one line of text, or one object whose keys are in the order
 * of their bytes. Asked for from within eyas_rules_process(), where the event is the current one.
 */
#include "rules/rules_int.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "schema/text.h"

/* What stands in front of the message; a '*': missing values are no reason to say nothing. */
static void put_head(struct eyas_str *text, const struct rules_compiled *rule,
		     enum rules_layout kind)
{
	bool iso = kind == RULES_LAYOUT_ISO || kind == RULES_LAYOUT_FIELDS_ISO;

	eyas_str_putc(text, '*');
	if (kind != RULES_LAYOUT_MESSAGE)
		eyas_str_printf(text, "%%%s: %s ", iso ? "evt.time.iso8601" : "evt.time",
				eyas_rules_priority_name(rule->def->priority));
	/* A star of the rule says the same. */
	eyas_str_puts(text, rule->output + (rule->output[0] == '*'));
}

/* The fields that are to be in output_fields, but not in the output. */
static void put_extras(struct eyas_str *text, const struct eyas_rules *rules,
		       const struct rules_rule *rule)
{
	const struct rules_append *append = rules->appends;
	uint32_t i;

	for (i = 0; i < rules->program->nappends; i++, append++)
		if (rules_append_is_extra(append, rule) && !append->format)
			eyas_str_printf(text, " %%%s", append->key);
}

static int make_layout(struct eyas_rules *rules, struct rules_compiled *rule,
		       enum rules_layout kind, struct eyas_layout **ret_layout)
{
	bool fields = kind == RULES_LAYOUT_FIELDS_TIME || kind == RULES_LAYOUT_FIELDS_ISO;
	struct eyas_str text = EYAS_STR_INIT;
	struct eyas_layout *layout = NULL;
	int res;

	put_head(&text, rule, kind);
	if (fields)
		put_extras(&text, rules, rule->def);
	res = text.nomem ? -ENOMEM
			 : eyas_layout_new(rules->program->network, &rules->fields, text.data,
					   text.len, &layout, NULL);
	eyas_str_fini(&text);
	if (!res && fields)
		res = rules_append_extras(rules, rule->def, layout);
	if (res < 0) {
		eyas_layout_free(layout);
		return res;
	}
	*ret_layout = layout;
	return 0;
}

/* A layout of the alerts of a rule, made for the first one. */
static int get_layout(struct eyas_rules *rules, struct rules_compiled *rule, enum rules_layout kind,
		      struct eyas_layout **ret_layout)
{
	int res = 0;

	if (!rule->layouts[kind])
		res = make_layout(rules, rule, kind, &rule->layouts[kind]);
	*ret_layout = rule->layouts[kind];
	return res;
}

static void put_hostname(struct eyas_json *json, const char *hostname)
{
	char name[256] = "";

	if (!hostname && gethostname(name, sizeof(name) - 1) == 0)
		hostname = name;
	eyas_json_member(json, "hostname", hostname ? hostname : "");
}

/* A value that is an object of its own, which is written behind a key as it is. */
static void put_fields(struct eyas_json *json, struct eyas_layout *layout)
{
	eyas_json_key(json, "output_fields");
	eyas_layout_put_json(layout, json->out);
	json->comma = true;
}

static void put_layout(struct eyas_json *json, const char *key, struct eyas_layout *layout)
{
	struct eyas_str text = EYAS_STR_INIT;

	eyas_layout_put_text(layout, &text, FORMAT_EXACT);
	eyas_json_key(json, key);
	eyas_json_str(json, text.len ? text.data : "", text.len);
	json->out->nomem |= text.nomem;
	eyas_str_fini(&text);
}

static void put_tags(struct eyas_json *json, const struct rules_rule *rule)
{
	uint32_t i;

	eyas_json_key(json, "tags");
	eyas_json_array(json);
	for (i = 0; i < rule->tags.count; i++)
		eyas_json_cstr(json, rule->tags.rows[i]);
	eyas_json_end(json);
}

/* What an alert is made of. */
struct layouts {
	struct eyas_layout *output, *fields;
	struct eyas_layout *message; /* NULL = it is not wanted */
};

static void put_json(const struct rules_compiled *rule, const struct layouts *layouts,
		     const struct eyas_rules_alert_opts *opts, uint64_t ts_ns, struct eyas_str *out)
{
	struct eyas_json json;

	eyas_json_init(&json, out);
	eyas_json_object(&json);
	put_hostname(&json, opts->hostname);
	if (layouts->message)
		put_layout(&json, "message", layouts->message);
	if (opts->output)
		put_layout(&json, "output", layouts->output);
	if (opts->fields)
		put_fields(&json, layouts->fields);
	eyas_json_member(&json, "priority", eyas_rules_priority_name(rule->def->priority));
	eyas_json_member(&json, "rule", rule->def->def.name);
	eyas_json_member(&json, "source", rule->def->source);
	if (opts->tags)
		put_tags(&json, rule->def);
	eyas_text_utc_member(&json, "time", ts_ns);
	eyas_json_end(&json);
}

/* Escaped as a string of JSON, without the quotes: one line, whatever the fields hold. */
static void put_text(struct eyas_layout *layout, struct eyas_str *out)
{
	struct eyas_str text = EYAS_STR_INIT;
	struct eyas_json json;

	eyas_layout_put_text(layout, &text, FORMAT_EXACT);
	eyas_json_init(&json, out);
	eyas_json_str(&json, text.len ? text.data : "", text.len);
	if (!out->nomem) {
		memmove(out->data, out->data + 1, out->len - 2);
		out->len -= 2;
	}
	out->nomem |= text.nomem;
	eyas_str_fini(&text);
}

static int get_layouts(struct eyas_rules *rules, struct rules_compiled *rule,
		       const struct eyas_rules_alert_opts *opts, struct layouts *ret)
{
	int res = get_layout(rules, rule, opts->iso ? RULES_LAYOUT_ISO : RULES_LAYOUT_TIME,
			     &ret->output);

	ret->fields = ret->output;
	if (res >= 0 && opts->json && opts->fields && rule->has_extra)
		res = get_layout(rules, rule,
				 opts->iso ? RULES_LAYOUT_FIELDS_ISO : RULES_LAYOUT_FIELDS_TIME,
				 &ret->fields);
	if (res >= 0 && opts->json && opts->message)
		res = get_layout(rules, rule, RULES_LAYOUT_MESSAGE, &ret->message);
	return res;
}

int eyas_rules_alert(struct eyas_rules *rules, size_t rule,
		     const struct eyas_rules_alert_opts *opts, const char **ret_text,
		     size_t *ret_len)
{
	struct rules_program *program = rules->program;
	struct eyas_str *out = &rules->out;
	struct layouts layouts = { NULL, NULL, NULL };
	int res;

	if (!program || !rules->current || rule >= program->nrules ||
	    !program->rules[rule].output || opts->size != sizeof(*opts))
		return EYAS_E_USAGE;
	res = get_layouts(rules, &program->rules[rule], opts, &layouts);
	if (res < 0)
		return res;
	out->len = 0;
	out->nomem = false;
	if (opts->json)
		put_json(&program->rules[rule], &layouts, opts, rules->current->event->ts_ns, out);
	else
		put_text(layouts.output, out);
	eyas_str_putc(out, '\0');
	if (out->nomem)
		return -ENOMEM;
	*ret_text = out->data;
	*ret_len = out->len - 1;
	return 0;
}
