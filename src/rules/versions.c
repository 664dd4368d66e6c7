/* SPDX-License-Identifier: Apache-2.0 */
/* What a file requires: a version of the engine, plugins and their versions. */
#include "rules/rules_int.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"

static bool take_number(const char **text, uint32_t *ret)
{
	const char *at = *text;
	uint64_t number = 0;

	for (; *at >= '0' && *at <= '9' && number <= UINT32_MAX; at++)
		number = number * 10 + (uint64_t)(*at - '0');
	if (at == *text || number > UINT32_MAX)
		return false;
	*text = at;
	*ret = (uint32_t)number;
	return true;
}

bool rules_version_parse(const char *text, struct rules_version *ret)
{
	struct rules_version version;

	if (!take_number(&text, &version.major) || *text++ != '.' ||
	    !take_number(&text, &version.minor) || *text++ != '.' ||
	    !take_number(&text, &version.patch) || (*text && *text != '-' && *text != '+'))
		return false;
	*ret = version;
	return true;
}

int rules_version_order(const struct rules_version *a, const struct rules_version *b)
{
	if (a->major != b->major)
		return a->major < b->major ? -1 : 1;
	if (a->minor != b->minor)
		return a->minor < b->minor ? -1 : 1;
	return a->patch < b->patch ? -1 : a->patch > b->patch;
}

bool rules_version_suits(const struct rules_version *provided, const struct rules_version *needed)
{
	return provided->major == needed->major && rules_version_order(provided, needed) >= 0;
}

/* ---- the engine ---- */

int rules_load_engine_version(struct rules_load *load, const struct rules_node *item)
{
	struct rules_context context =
		rules_context_of(load->content, ITEM_ENGINE_VERSION, "", item);
	struct eyas_rules *rules = load->rules;
	struct rules_version needed = { 0 }, ours = { 0 };
	struct rules_item_keys keys;
	const struct rules_node *value;
	uint64_t number;
	int res;

	res = rules_decode(load, KIND_ENGINE_VERSION, item, &context, &keys);
	if (res < 0)
		return res;
	value = keys.values[ENGINE_KEY_VERSION];
	if (rules_node_uint(value, UINT32_MAX, &number))
		needed.minor = (uint32_t)number;
	else if (!rules_version_parse(value->text, &needed))
		return rules_fail(load->report, EYAS_LOAD_ERR_YAML_VALIDATE, &context,
				  "'%.64s' is no version; expected a number, or three: 0.63.0",
				  value->text);
	if (!rules_version_parse(EYAS_RULES_ENGINE_VERSION, &ours) ||
	    !rules_version_suits(&ours, &needed))
		return rules_fail(load->report, EYAS_LOAD_ERR_VALIDATE, &context,
				  "the file needs engine version %u.%u.%u; this one "
				  "is " EYAS_RULES_ENGINE_VERSION,
				  needed.major, needed.minor, needed.patch);
	if (!rules->has_required || rules_version_order(&needed, &rules->required) > 0)
		rules->required = needed;
	rules->has_required = true;
	return 0;
}

/* ---- plugins ---- */

/* A plugin with its version, from an entry or an alternative of it. */
static int read_plugin(struct rules_load *load, enum item_kind kind, const struct rules_node *node,
		       const struct rules_context *parent, struct rules_item_keys *ret_keys,
		       struct rules_plugin *ret_plugin)
{
	enum rules_item what = kind == KIND_PLUGIN_ENTRY ? ITEM_PLUGIN_ENTRY
							 : ITEM_PLUGIN_ALTERNATIVE;
	struct rules_context context;
	struct rules_plugin plugin;
	int res;

	res = rules_decode_name(load, kind, PLUGIN_KEY_NAME, node, what, parent, &plugin.name);
	if (res < 0)
		return res;
	context = rules_context_of(parent, what, plugin.name, node);
	res = rules_decode(load, kind, node, &context, ret_keys);
	if (!res)
		res = rules_decode_require(load, ret_keys, PLUGIN_KEY_VERSION, &context);
	if (res < 0)
		return res;
	plugin.version_text = ret_keys->values[PLUGIN_KEY_VERSION]->text;
	if (!rules_version_parse(plugin.version_text, &plugin.version))
		return rules_fail(load->report, EYAS_LOAD_ERR_VALIDATE, &context,
				  "'%.64s' is no version; expected three numbers: 1.2.3",
				  plugin.version_text);
	*ret_plugin = plugin;
	return 0;
}

static const struct rules_plugin *find_plugin(const struct rules_plugin *plugins, uint32_t count,
					      const char *name)
{
	uint32_t i;

	for (i = 0; i < count; i++)
		if (!strcmp(plugins[i].name, name))
			return &plugins[i];
	return NULL;
}

/* The first of the alternatives that is there decides. */
static int check_requirement(struct rules_load *load, const struct rules_requirement *requirement,
			     const struct rules_context *context)
{
	const struct eyas_rules *rules = load->rules;
	const struct rules_plugin *first = requirement->alternatives, *plugin;
	uint32_t i;

	for (i = 0; i < requirement->count; i++) {
		plugin = find_plugin(rules->plugins, rules->nplugins, first[i].name);
		if (!plugin)
			continue;
		if (rules_version_suits(&plugin->version, &first[i].version))
			return 0;
		return rules_fail(load->report, EYAS_LOAD_ERR_VALIDATE, context,
				  "the file needs plugin '%.64s' in version %.32s; it is there in "
				  "version %.32s",
				  plugin->name, first[i].version_text, plugin->version_text);
	}
	return rules_fail(load->report, EYAS_LOAD_ERR_VALIDATE, context,
			  "the file needs plugin '%.64s' in version %.32s%s, which is not there",
			  first->name, first->version_text,
			  requirement->count > 1 ? " or one of its alternatives" : "");
}

static int load_entry(struct rules_load *load, const struct rules_node *entry,
		      const struct rules_context *parent)
{
	struct eyas_rules *rules = load->rules;
	struct rules_item_keys keys, inner;
	struct rules_requirement *rows;
	const struct rules_node *others;
	struct rules_context context;
	struct rules_plugin *plugins, first;
	uint32_t i, count = 1;
	int res;

	res = read_plugin(load, KIND_PLUGIN_ENTRY, entry, parent, &keys, &first);
	if (res < 0)
		return res;
	context = rules_context_of(parent, ITEM_PLUGIN_ENTRY, first.name, entry);
	others = keys.values[PLUGIN_KEY_ALTERNATIVES];
	plugins = eyas_arena_get(&rules->arena,
				 ((others ? others->count : 0) + 1) * sizeof(*plugins));
	if (!plugins)
		return rules_no_memory(load);
	plugins[0] = first;
	for (i = 0; others && i < others->count; i++) {
		res = read_plugin(load, KIND_PLUGIN_ALTERNATIVE, others->items[i], &context, &inner,
				  &plugins[count]);
		if (res < 0)
			return res;
		if (find_plugin(plugins, count, plugins[count].name))
			return rules_fail(load->report, EYAS_LOAD_ERR_VALIDATE, &context,
					  "plugin '%.64s' is there twice", plugins[count].name);
		count++;
	}
	rows = rules_grow(rules->requirements, &rules->requirements_cap, rules->nrequirements,
			  sizeof(*rows));
	if (!rows)
		return rules_no_memory(load);
	rules->requirements = rows;
	rows[rules->nrequirements] = (struct rules_requirement){ plugins, count };
	return check_requirement(load, &rows[rules->nrequirements++], &context);
}

int rules_load_plugin_versions(struct rules_load *load, const struct rules_node *item)
{
	struct rules_context outer = rules_context_of(load->content, ITEM_CONTENT_ITEM, "", item);
	struct rules_context context;
	const struct rules_node *entries;
	struct rules_item_keys keys;
	uint32_t i;
	int res;

	res = rules_decode(load, KIND_PLUGIN_VERSIONS, item, &outer, &keys);
	if (res < 0)
		return res;
	entries = keys.values[PLUGINS_KEY_VERSIONS];
	context = rules_context_of(load->content, ITEM_PLUGIN_VERSIONS, "", entries);
	for (i = 0; i < entries->count && !res; i++)
		res = load_entry(load, entries->items[i], &context);
	return res;
}

int eyas_rules_add_plugin(struct eyas_rules *rules, const char *name, const char *version,
			  struct eyas_err *reterr)
{
	struct rules_plugin plugin = { 0 }, *rows;

	if (!rules_version_parse(version, &plugin.version))
		return eyas_err_set(reterr, EYAS_E_USAGE, "'%s' is no version", version);
	plugin.name = eyas_arena_text(&rules->arena, name, strlen(name));
	plugin.version_text = eyas_arena_text(&rules->arena, version, strlen(version));
	rows = rules_grow(rules->plugins, &rules->plugins_cap, rules->nplugins, sizeof(*rows));
	if (rows)
		rules->plugins = rows;
	if (!rows || !plugin.name || !plugin.version_text)
		return eyas_err_set(reterr, -ENOMEM, "out of memory");
	rows[rules->nplugins++] = plugin;
	return 0;
}
