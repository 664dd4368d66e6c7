/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a configuration appends to the output of rules, and to the fields that alerts have as JSON,
 * for all rules, or those of a name, a source, with tags; and the texts it has fields for.
 */
#include "rules/rules_int.h"

#include <errno.h>
#include <string.h>

static bool has_tags(const struct rules_tags *tags, const struct rules_append *append)
{
	size_t i;
	uint32_t k;

	for (i = 0; i < append->ntags; i++) {
		for (k = 0; k < tags->count; k++)
			if (!strcmp(tags->rows[k], append->tags[i]))
				break;
		if (k == tags->count)
			return false;
	}
	return true;
}

bool rules_append_meant(const struct rules_append *append, const struct rules_rule *rule)
{
	return (!append->rule || !strcmp(append->rule, rule->def.name)) &&
	       (!append->source || !*append->source || !strcmp(append->source, rule->source)) &&
	       has_tags(&rule->tags, append);
}

bool rules_append_is_extra(const struct rules_append *append, const struct rules_rule *rule)
{
	return append->key && rules_append_meant(append, rule);
}

const char *rules_append_extra_text(const struct rules_append *append, struct eyas_arena *arena)
{
	struct eyas_str text = EYAS_STR_INIT;
	const char *copy = NULL;

	if (append->format)
		return append->format;
	eyas_str_putc(&text, '%');
	eyas_str_puts(&text, append->key);
	if (!text.nomem)
		copy = eyas_arena_text(arena, text.data, text.len);
	eyas_str_fini(&text);
	return copy;
}

static int add_text(struct eyas_rules *rules, const struct rules_append *append,
		    struct eyas_layout *layout)
{
	struct eyas_str text = EYAS_STR_INIT;
	struct eyas_layout *member;
	int res;

	eyas_str_putc(&text, '*');
	eyas_str_puts(&text, append->format);
	res = text.nomem ? -ENOMEM
			 : eyas_layout_new(rules->program->network, &rules->fields, text.data,
					   text.len, &member, NULL);
	eyas_str_fini(&text);
	return res < 0 ? res : eyas_layout_add_text(layout, append->key, member);
}

int rules_append_extras(struct eyas_rules *rules, const struct rules_rule *rule,
			struct eyas_layout *layout)
{
	uint32_t i;
	int res = 0;

	for (i = 0; i < rules->program->nappends && !res; i++)
		if (rules_append_is_extra(&rules->appends[i], rule) && rules->appends[i].format)
			res = add_text(rules, &rules->appends[i], layout);
	return res;
}

/* ---- the public functions ---- */

/* The text in the arena; NULL stays NULL. Sets *nomem. */
static const char *copy(struct eyas_rules *rules, const char *text, bool *nomem)
{
	const char *to = text ? eyas_arena_text(&rules->arena, text, strlen(text)) : NULL;

	*nomem |= text && !to;
	return to;
}

static int append(struct eyas_rules *rules, const struct rules_append *what)
{
	const char **tags = eyas_arena_get(&rules->arena, (what->ntags + 1) * sizeof(*tags));
	struct rules_append *rows;
	bool nomem = !tags;
	size_t i;

	rows = rules_grow(rules->appends, &rules->appends_cap, rules->nappends, sizeof(*rows));
	if (!rows)
		return -ENOMEM;
	rules->appends = rows;
	for (i = 0; tags && i < what->ntags; i++)
		tags[i] = copy(rules, what->tags[i], &nomem);
	rows[rules->nappends] = (struct rules_append){
		.key = copy(rules, what->key, &nomem),
		.format = copy(rules, what->format, &nomem),
		.rule = copy(rules, what->rule, &nomem),
		.source = copy(rules, what->source, &nomem),
		.tags = tags,
		.ntags = what->ntags,
	};
	if (nomem)
		return -ENOMEM;
	rules->nappends++;
	return 0;
}

int eyas_rules_append_output(struct eyas_rules *rules, const char *format, const char *rule,
			     const char *source, const char *const *tags, size_t ntags)
{
	const struct rules_append what = {
		.format = format, .rule = rule, .source = source, .tags = tags, .ntags = ntags
	};

	return append(rules, &what);
}

int eyas_rules_append_field(struct eyas_rules *rules, const char *key, const char *format,
			    const char *rule, const char *source, const char *const *tags,
			    size_t ntags)
{
	const struct rules_append what = { .key = key,
					   .format = format,
					   .rule = rule,
					   .source = source,
					   .tags = tags,
					   .ntags = ntags };

	return key[0] ? append(rules, &what) : EYAS_E_USAGE;
}

int eyas_rules_add_static(struct eyas_rules *rules, const char *key, const char *value)
{
	size_t count = rules->fields.nstatics, i;
	struct field_static *rows;
	bool nomem = false;

	for (i = 0; i < count; i++)
		if (!strcmp(rules->fields.statics[i].key, key))
			return EYAS_E_USAGE;
	if (!key[0])
		return EYAS_E_USAGE;
	/* What was compiled goes on with those that there were then. */
	rows = eyas_arena_get(&rules->arena, (count + 1) * sizeof(*rows));
	if (!rows)
		return -ENOMEM;
	if (count)
		memcpy(rows, rules->fields.statics, count * sizeof(*rows));
	rows[count] = (struct field_static){ copy(rules, key, &nomem), copy(rules, value, &nomem) };
	if (nomem)
		return -ENOMEM;
	rules->fields.statics = rows;
	rules->fields.nstatics = count + 1;
	return 0;
}
