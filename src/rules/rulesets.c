/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which rules are enabled, and which of them an event of some type is to be compared with. The
 * index by type is made anew when it is first needed after a change.
 */
#include "rules/rules_int.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "filter/set.h"
#include "rules/index.h"
#include "schema/ids.h"

struct rules_ruleset {
	char *name;
	uint8_t *enabled; /* by place of the rule */
	uint32_t *order;  /* the enabled ones, as they became so */
	uint32_t count, nrules;
	bool indexed;
	/* Of each type; several types have the same. NULL = no rule is about the type. */
	struct rules_index *by_type[EYAS_EVENT_TYPES];
	struct rules_index **indexes;
	uint32_t nindexes, indexes_cap;
	struct event_set set;
};

static void free_indexes(struct rules_ruleset *ruleset)
{
	uint32_t i;

	for (i = 0; i < ruleset->nindexes; i++)
		rules_index_free(ruleset->indexes[i]);
	ruleset->nindexes = 0;
	memset(ruleset->by_type, 0, sizeof(ruleset->by_type));
}

void rules_ruleset_free(struct rules_ruleset *ruleset)
{
	if (!ruleset)
		return;
	free(ruleset->name);
	free(ruleset->enabled);
	free(ruleset->order);
	free_indexes(ruleset);
	free(ruleset->indexes);
	free(ruleset);
}

int eyas_rules_ruleset(struct eyas_rules *rules, const char *name)
{
	uint32_t n = rules->nrulesets, i;
	struct rules_ruleset **rows, *ruleset;

	for (i = 0; i < n; i++)
		if (!strcmp(rules->rulesets[i]->name, name))
			return (int)i;
	rows = rules_grow(rules->rulesets, &rules->rulesets_cap, n, sizeof(struct rules_ruleset *));
	if (!rows)
		return -ENOMEM;
	rules->rulesets = rows;
	ruleset = calloc(1, sizeof(*ruleset));
	if (ruleset)
		ruleset->name = strdup(name);
	if (!ruleset || !ruleset->name) {
		free(ruleset);
		return -ENOMEM;
	}
	rows[rules->nrulesets++] = ruleset;
	return (int)n;
}

static struct rules_ruleset *find(const struct eyas_rules *rules, unsigned number)
{
	return number < rules->nrulesets ? rules->rulesets[number] : NULL;
}

/* As many places as there are rules now. */
static int make_room(struct rules_ruleset *ruleset, uint32_t nrules)
{
	uint8_t *enabled;
	uint32_t *order;

	if (ruleset->nrules >= nrules)
		return 0;
	enabled = realloc(ruleset->enabled, nrules);
	if (!enabled)
		return -ENOMEM;
	ruleset->enabled = enabled;
	order = realloc(ruleset->order, nrules * sizeof(*order));
	if (!order)
		return -ENOMEM;
	ruleset->order = order;
	memset(enabled + ruleset->nrules, 0, nrules - ruleset->nrules);
	ruleset->nrules = nrules;
	return 0;
}

/* ---- the index ---- */

static bool matches_type(const struct eyas_rules *rules, uint32_t rule, unsigned type)
{
	return event_set_has(&rules->program->rules[rule].set, type);
}

static void add_set(struct event_set *set, const struct event_set *other)
{
	size_t i;

	for (i = 0; i < sizeof(set->types) / sizeof(set->types[0]); i++)
		set->types[i] |= other->types[i];
	for (i = 0; i < sizeof(set->syscalls) / sizeof(set->syscalls[0]); i++)
		set->syscalls[i] |= other->syscalls[i];
}

/* Types of many names each, of which a rule may be about some. */
static bool has_many_names(unsigned type)
{
	return type <= EYAS_EV_GENERIC_X || type == EYAS_EV_ASYNCEVENT_E;
}

/* The enabled rules that can match a type, in their order. */
static uint32_t list_rules(const struct eyas_rules *rules, const struct rules_ruleset *ruleset,
			   unsigned type, struct rules_indexed *list)
{
	uint32_t i, n = 0, rule;

	for (i = 0; i < ruleset->count; i++) {
		rule = ruleset->order[i];
		if (matches_type(rules, rule, type))
			list[n++] =
				(struct rules_indexed){ rule, rules->program->rules[rule].root };
	}
	return n;
}

/* Rules for one type, and which types before had which. */
struct type_lists {
	struct rules_indexed *now;
	struct eyas_map seen; /* hash of a list to the type that had it first */
};

static int index_type(const struct eyas_rules *rules, struct rules_ruleset *ruleset, unsigned type,
		      struct type_lists *lists)
{
	uint32_t n = list_rules(rules, ruleset, type, lists->now), first;
	bool typed = !has_many_names(type);
	struct rules_index **rows;
	uint64_t hash;

	if (!n)
		return 0;
	hash = eyas_filter_hash(typed, lists->now, n * sizeof(*lists->now));
	first = eyas_map_find(&lists->seen, hash);
	if (first != EYAS_MAP_NONE &&
	    rules_index_is(ruleset->by_type[first], lists->now, n, typed)) {
		ruleset->by_type[type] = ruleset->by_type[first];
		return 0;
	}
	rows = rules_grow(ruleset->indexes, &ruleset->indexes_cap, ruleset->nindexes,
			  sizeof(struct rules_index *));
	if (!rows)
		return -ENOMEM;
	ruleset->indexes = rows;
	if (rules_index_new(rules->program->network, lists->now, n, typed, &ruleset->by_type[type]))
		return -ENOMEM;
	rows[ruleset->nindexes++] = ruleset->by_type[type];
	return first == EYAS_MAP_NONE ? eyas_map_add(&lists->seen, hash, type) : 0;
}

static int make_index(const struct eyas_rules *rules, struct rules_ruleset *ruleset)
{
	struct type_lists lists = { .now = NULL };
	unsigned type;
	uint32_t i;
	int res = 0;

	free_indexes(ruleset);
	memset(&ruleset->set, 0, sizeof(ruleset->set));
	for (i = 0; i < ruleset->count; i++)
		add_set(&ruleset->set, &rules->program->rules[ruleset->order[i]].set);
	lists.now = malloc(((size_t)ruleset->count + 1) * sizeof(*lists.now));
	if (!lists.now)
		return -ENOMEM;
	for (type = 0; type < EYAS_EVENT_TYPES && !res; type++)
		if (event_set_has(&ruleset->set, type))
			res = index_type(rules, ruleset, type, &lists);
	free(lists.now);
	eyas_map_fini(&lists.seen);
	ruleset->indexed = !res;
	return res;
}

const struct rules_ruleset *rules_ruleset_get(const struct eyas_rules *rules, unsigned number)
{
	struct rules_ruleset *ruleset = find(rules, number);

	if (!ruleset || (!ruleset->indexed && make_index(rules, ruleset) < 0))
		return NULL;
	return ruleset;
}

const struct event_set *rules_ruleset_set(const struct rules_ruleset *ruleset)
{
	return &ruleset->set;
}

struct rules_index *rules_ruleset_index(const struct rules_ruleset *ruleset, unsigned event_type)
{
	return ruleset->by_type[event_type];
}

/* ---- enabling ---- */

/* Was it compiled, and is it urgent enough? */
static bool can_be_enabled(const struct eyas_rules *rules, uint32_t rule)
{
	const struct rules_compiled *compiled = &rules->program->rules[rule];

	return compiled->output && compiled->def->priority <= rules->min_priority;
}

static void enable(struct rules_ruleset *ruleset, uint32_t rule)
{
	if (ruleset->enabled[rule])
		return;
	ruleset->enabled[rule] = 1;
	ruleset->order[ruleset->count++] = rule;
	ruleset->indexed = false;
}

/* Rules that are marked with 2 go. */
static void drop_marked(struct rules_ruleset *ruleset)
{
	uint32_t i, n = 0;

	for (i = 0; i < ruleset->count; i++) {
		uint32_t rule = ruleset->order[i];

		if (ruleset->enabled[rule] == 2)
			ruleset->enabled[rule] = 0;
		else
			ruleset->order[n++] = rule;
	}
	ruleset->indexed &= n == ruleset->count;
	ruleset->count = n;
}

int rules_rulesets_reset(struct eyas_rules *rules)
{
	struct rules_ruleset *ruleset;
	uint32_t i, k;

	for (i = 0; i < rules->nrulesets; i++) {
		ruleset = rules->rulesets[i];
		if (make_room(ruleset, rules->rules.count))
			return -ENOMEM;
		if (ruleset->nrules)
			memset(ruleset->enabled, 0, ruleset->nrules);
		ruleset->count = 0;
		ruleset->indexed = false;
		for (k = 0; !i && k < rules->rules.count; k++)
			if (((const struct rules_rule *)rules->rules.rows[k])->enabled &&
			    can_be_enabled(rules, k))
				enable(ruleset, k);
	}
	return 0;
}

typedef bool (*chosen_fn)(const struct rules_rule *rule, const void *ctx);

static int choose(struct eyas_rules *rules, unsigned number, chosen_fn chosen, const void *ctx,
		  bool on)
{
	struct rules_ruleset *ruleset = find(rules, number);
	uint32_t i;
	int count = 0;

	if (!ruleset)
		return EYAS_E_USAGE;
	if (make_room(ruleset, rules->rules.count))
		return -ENOMEM;
	for (i = 0; rules->program && i < rules->program->nrules; i++) {
		if (!chosen(rules->program->rules[i].def, ctx))
			continue;
		count++;
		if (on && can_be_enabled(rules, i))
			enable(ruleset, i);
		else if (!on && ruleset->enabled[i])
			ruleset->enabled[i] = 2;
	}
	if (!on)
		drop_marked(ruleset);
	return count;
}

/* ---- names ---- */

struct pattern {
	const char *text;
	enum eyas_rules_match_kind kind;
};

/* Each piece between stars is taken where it is found first, so "*ab" is not "abxab". */
static bool matches_wildcard(const char *name, const char *pattern)
{
	const char *end = strchrnul(pattern, '*');
	size_t len = (size_t)(end - pattern);
	const char *found;

	if (strncmp(name, pattern, len) != 0)
		return false;
	name += len;
	while (*end) {
		pattern = end + 1;
		end = strchrnul(pattern, '*');
		len = (size_t)(end - pattern);
		found = len ? memmem(name, strlen(name), pattern, len) : name;
		if (!found)
			return false;
		name = found + len;
	}
	/* A star at the end takes the rest. */
	return !*name || (len == 0 && end[0] == '\0' && pattern[-1] == '*');
}

static bool has_name(const struct rules_rule *rule, const void *ctx)
{
	const struct pattern *pattern = ctx;

	if (!*pattern->text)
		return true;
	switch (pattern->kind) {
	case EYAS_MATCH_EXACT:
		return !strcmp(rule->def.name, pattern->text);
	case EYAS_MATCH_SUBSTRING:
		return strstr(rule->def.name, pattern->text);
	case EYAS_MATCH_WILDCARD:
		break;
	}
	if (!strchr(pattern->text, '*'))
		return !strcmp(rule->def.name, pattern->text);
	return matches_wildcard(rule->def.name, pattern->text);
}

int eyas_rules_select(struct eyas_rules *rules, unsigned ruleset, const char *pattern,
		      enum eyas_rules_match_kind kind, int on)
{
	struct pattern what = { pattern, kind };

	return choose(rules, ruleset, has_name, &what, on);
}

/* ---- tags ---- */

struct words {
	const char *const *rows;
	size_t count;
};

static bool has_tag(const struct rules_rule *rule, const void *ctx)
{
	const struct words *words = ctx;
	uint32_t i;
	size_t k;

	for (i = 0; i < rule->tags.count; i++)
		for (k = 0; k < words->count; k++)
			if (!strcmp(rule->tags.rows[i], words->rows[k]))
				return true;
	return false;
}

int eyas_rules_select_tags(struct eyas_rules *rules, unsigned ruleset, const char *const *tags,
			   size_t ntags, int on)
{
	struct words words = { tags, ntags };

	return choose(rules, ruleset, has_tag, &words, on);
}

/* ---- asking ---- */

int eyas_rules_enabled(const struct eyas_rules *rules, unsigned ruleset, size_t index)
{
	const struct rules_ruleset *set = find(rules, ruleset);

	return set && index < set->nrules && set->enabled[index];
}

int eyas_rules_wants(const struct eyas_rules *rules, unsigned ruleset, unsigned event_type)
{
	const struct rules_ruleset *set = rules->program ? rules_ruleset_get(rules, ruleset) : NULL;

	return set && event_type < EYAS_EVENT_TYPES && event_set_has(&set->set, event_type);
}

int eyas_rules_wants_syscall(const struct eyas_rules *rules, unsigned ruleset, unsigned code)
{
	const struct rules_ruleset *set = rules->program ? rules_ruleset_get(rules, ruleset) : NULL;

	return set && code < EYAS_SYSCALL_CODES && event_set_has_syscall(&set->set, code);
}
