/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of Falco's configuration that are lists: append_output, rules, plugins; its schemas. */
#include <errno.h>
#include <jansson.h>

#include "unit/falco_config.h"

/* ---- append_output ---- */

static const struct falco_append *entry(size_t index)
{
	CHECK(index < config.append_output.count);
	return &config.append_output.entries[index];
}

TEST(append_output)
{
	GOOD("append_output:\n"
	     "- match: {source: syscall, tags: [persistence], rule: some rule}\n"
	     "  extra_output: parent=%proc.aname[2]\n"
	     "- match: {tags: [a, b]}\n"
	     "  extra_fields:\n"
	     "  - proc.aname[2]: '%proc.aname[2]'\n"
	     "  - ka.verb\n"
	     "  - fixed: some text\n"
	     "- suggested_output: true\n");
	CHECK_INT(config.append_output.count, 3);
	CHECK_STR(entry(0)->source, "syscall");
	CHECK_STR(entry(0)->rule, "some rule");
	CHECK_STR(text_of(&entry(0)->tags), "persistence");
	CHECK_STR(entry(0)->output, "parent=%proc.aname[2]");
	CHECK_INT(entry(0)->nfields, 0);
	CHECK(says("4 An append_output entry has both a rule (some rule) and tags (persistence)"));
	CHECK(!entry(1)->source && !entry(1)->rule && !entry(1)->output);
	CHECK_STR(text_of(&entry(1)->tags), "a|b");
	CHECK_INT(entry(1)->nfields, 3);
	CHECK_STR(entry(1)->fields[0].key, "proc.aname[2]");
	CHECK_STR(entry(1)->fields[0].format, "%proc.aname[2]");
	CHECK_STR(entry(1)->fields[1].key, "ka.verb");
	CHECK(!entry(1)->fields[1].format);
	CHECK_STR(entry(1)->fields[2].format, "some text");
	CHECK(!entry(1)->suggested && entry(2)->suggested);
}

TEST(append_output_by_option)
{
	GOOD("append_output: [{extra_output: first}]\n",
	     "append_output[]={\"match\": {\"source\": \"syscall\", \"tags\": [\"a\"]}, "
	     "\"extra_fields\": [\"x.y\", {\"k\": \"%x.z\"}]}",
	     "append_output[].extra_output=third", "append_output[0].match.rule=r");
	CHECK_INT(config.append_output.count, 3);
	CHECK_STR(entry(0)->rule, "r");
	CHECK_STR(entry(0)->output, "first");
	CHECK_STR(entry(1)->source, "syscall");
	CHECK_STR(entry(1)->fields[0].key, "x.y");
	CHECK_STR(entry(1)->fields[1].format, "%x.z");
	CHECK_STR(entry(2)->output, "third");
}

TEST(append_output_errors)
{
	BAD("append_output[0]: expected keys", "append_output: [a]\n");
	BAD("append_output: expected a sequence", "append_output: a\n");
	BAD("extra_fields: expected a sequence", "append_output: [{extra_fields: a.b}]\n");
	BAD("expected a field, or one key", "append_output: [{extra_fields: [{a: b, c: d}]}]\n");
	BAD("expected a field, or one key", "append_output: [{extra_fields: [{a: [b]}]}]\n");
	BAD("expected a field, or one key", "append_output: [{extra_fields: [[a]]}]\n");
	BAD("has a key twice", "append_output: [{extra_fields: [{a: b}, {a: c}]}]\n");
	BAD("has a key twice", "append_output: [{extra_fields: [{a.b: b}, a.b]}]\n");
	BAD("append_output[1]: extra_fields has a key twice",
	    "append_output: [{}, {extra_fields: [a.b, {a.b: b}]}]\n");
	BAD("suggested_output: expected true or false",
	    "append_output: [{suggested_output: perhaps}]\n");
	BAD("match.tags: expected texts", "append_output: [{match: {tags: [{a: b}]}}]\n");
	BAD("extra_output: expected a text", "append_output: [{extra_output: [a]}]\n");
	/* The same field again is the same field. */
	GOOD("append_output: [{extra_fields: [a.b, a.b, c.d]}]\n");
	CHECK_INT(entry(0)->nfields, 2);
	CHECK_STR(entry(0)->fields[1].key, "c.d");
}

TEST(static_fields)
{
	GOOD("static_fields:\n  zone: 5\n  host: a b\n  none:\n");
	CHECK_INT(config.static_fields.count, 3);
	CHECK_STR(config.static_fields.fields[0].key, "host");
	CHECK_STR(config.static_fields.fields[0].value, "a b");
	CHECK_STR(config.static_fields.fields[1].value, "");
	CHECK_STR(config.static_fields.fields[2].value, "5");
	GOOD("static_fields: {a: b, c: [d]}\n");
	CHECK_INT(config.static_fields.count, 0);
	CHECK(says("4 static_fields: a value is no text"));
	GOOD("static_fields: [a]\n");
	CHECK_INT(config.static_fields.count, 0);
}

/* ---- rules ---- */

static void check_switch(size_t index, bool on, bool by_tag, const char *pattern)
{
	CHECK(index < config.rules.count);
	CHECK_INT(config.rules.entries[index].on, on);
	CHECK_INT(config.rules.entries[index].by_tag, by_tag);
	CHECK_STR(config.rules.entries[index].pattern, pattern);
}

TEST(rules)
{
	GOOD("rules:\n- enable: {rule: Some rule}\n- disable: {tag: t}\n- enable: {rule: 'x*'}\n"
	     "- disable: {tag: u, rule: y}\n",
	     "rules[].disable.tag=v", "rules[].enable.rule=Last one");
	CHECK_INT(config.rules.count, 7);
	check_switch(0, true, false, "Some rule");
	check_switch(1, false, true, "t");
	check_switch(2, true, false, "x*");
	check_switch(3, false, false, "y");
	check_switch(4, false, true, "u");
	check_switch(5, false, true, "v");
	check_switch(6, true, false, "Last one");
	BAD("rules[1]: expected enable or disable",
	    "rules: [{enable: {tag: t}}, {on: {tag: t}}]\n");
	BAD("rules[0]: expected", "rules: [{enable: {}}]\n");
	BAD("rules[0]: expected", "rules: [{enable: all}]\n");
	BAD("rules[0]: expected", "rules: [{enable: {rule: ''}}]\n");
	BAD("rules[0]: expected", "rules: [all]\n");
	BAD("rules: expected a sequence", "rules: all\n");
}

/* ---- plugins ---- */

#define TWO_PLUGINS \
	"plugins:\n- {name: a, library_path: liba.so}\n- {name: b, library_path: /x/libb.so}\n"

TEST(plugins)
{
	GOOD(TWO_PLUGINS);
	CHECK_INT(config.plugins.count, 2);
	CHECK_STR(config.plugins.entries[0].name, "a");
	CHECK_STR(config.plugins.entries[0].library_path, "/usr/share/falco/plugins/liba.so");
	CHECK_STR(config.plugins.entries[0].init_config, "");
	CHECK_STR(config.plugins.entries[0].open_params, "");
	CHECK_STR(config.plugins.entries[1].library_path, "/x/libb.so");
	GOOD(TWO_PLUGINS "load_plugins: [b, a]\n");
	CHECK_STR(config.plugins.entries[0].name, "b");
	CHECK_STR(config.plugins.entries[1].name, "a");
	GOOD(TWO_PLUGINS "load_plugins: []\n");
	CHECK_INT(config.plugins.count, 0);
	GOOD(TWO_PLUGINS "load_plugins:\n");
	CHECK_INT(config.plugins.count, 0);
	GOOD(TWO_PLUGINS, "load_plugins=b");
	CHECK_INT(config.plugins.count, 1);
	CHECK_STR(config.plugins.entries[0].name, "b");
	GOOD(TWO_PLUGINS, "load_plugins[0]=a");
	CHECK_STR(config.plugins.entries[0].name, "a");
	BAD("Cannot load plugin 'c': plugin config not found for given name",
	    TWO_PLUGINS "load_plugins: [a, c]\n");
}

TEST(plugin_errors)
{
	BAD("could not load plugins config: plugins[0]", "plugins: [{name: a}]\n");
	BAD("could not load plugins config: plugins[0]", "plugins: [{library_path: a}]\n");
	BAD("could not load plugins config: plugins[0]", "plugins: [a]\n");
	BAD("plugins: expected a sequence", "plugins: a\n");
	BAD("leads out of", "plugins: [{name: a, library_path: ../a.so}]\n");
	BAD("leads out of", "plugins: [{name: a, library_path: b/.././../a.so}]\n");
	BAD("init_config: expected", "plugins: [{name: a, library_path: /a, init_config: [b]}]\n");
	GOOD("plugins: [{name: a, library_path: b/../a.so}]\n");
	/* One that is not loaded need not be right. */
	GOOD("plugins: [{name: a}, {name: b, library_path: /b}]\nload_plugins: [b]\n");
}

static const char *init_of(const char *text)
{
	GOOD(made("plugins:\n- name: a\n  library_path: /a\n  %s\n", text));
	return config.plugins.entries[0].init_config;
}

TEST(init_config)
{
	CHECK_STR(init_of("init_config: some text"), "some text");
	CHECK_STR(init_of("init_config: '{\"a\":1}'"), "{\"a\":1}");
	CHECK_STR(init_of("init_config:"), "");
	CHECK_STR(init_of("init_config: {}"), "{}");
	CHECK_STR(init_of("init_config: {b: 1, a: -2, c: 0x10, d: '7'}"),
		  "{\"a\":-2,\"b\":1,\"c\":16,\"d\":7}");
	CHECK_STR(init_of("init_config: {a: 1.5, b: 3000000000, c: 0.1}"),
		  "{\"a\":1.5,\"b\":3000000000.0,\"c\":0.1}");
	CHECK_STR(init_of("init_config: {a: yes, b: Off, c: nan, d: inf, e: 0x1p3}"),
		  "{\"a\":true,\"b\":false,\"c\":\"nan\",\"d\":\"inf\",\"e\":\"0x1p3\"}");
	CHECK_STR(init_of("init_config: {a: [1, x, {y: ~}], b: {c: d\"e}}"),
		  "{\"a\":[1,\"x\",{\"y\":null}],\"b\":{\"c\":\"d\\\"e\"}}");
	setenv("EYAS_VALUE", "12", 1);
	CHECK_STR(init_of("init_config: {a: '${EYAS_VALUE}'}"), "{\"a\":12}");
	init_of("open_params: \"  a b\\n\"");
	CHECK_STR(config.plugins.entries[0].open_params, "a b");
	init_of("open_params: ~");
	CHECK_STR(config.plugins.entries[0].open_params, "");
}

/* What the environment brings may be no UTF-8, as no file is. */
TEST(init_config_bytes)
{
	setenv("EYAS_BYTES", "\xff\xfe", 1);
	BAD("init_config: it is no UTF-8",
	    "plugins: [{name: a, library_path: /a, init_config: {a: '${EYAS_BYTES}'}}]\n");
}

/* ---- limits ---- */

static void too_many(const char *before, const char *each, const char *behind, const char *words)
{
	struct eyas_str text = EYAS_STR_INIT;
	unsigned i;

	eyas_str_puts(&text, before);
	for (i = 0; i < 10001; i++)
		eyas_str_puts(&text, each);
	eyas_str_puts(&text, behind);
	eyas_str_putc(&text, '\0');
	BAD(words, text.data);
	eyas_str_fini(&text);
}

TEST(entries)
{
	too_many("rules: [", "{enable: {tag: x}},", "]\n", "rules: more than 10000 entries");
	too_many("append_output: [", "{},", "]\n", "append_output: more than 10000 entries");
	too_many("append_output: [{extra_fields: [", "x,", "]}]\n",
		 "extra_fields: more than 10000 entries");
	too_many("plugins: [", "x,", "]\n", "plugins: more than 10000 entries");
	too_many("load_plugins: [", "x,", "]\n", "load_plugins: more than 10000 entries");
}

/* ---- no memory ---- */

/* The sanitizer has an allocator of its own, which cannot be told to fail. */
#if !defined(__SANITIZE_ADDRESS__)

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);

static bool counting;
static unsigned long allocations, fail_at;

static bool must_fail(void)
{
	return counting && ++allocations == fail_at;
}

/* Visible, so that the libraries below call these, too. */
#	define VISIBLE __attribute__((visibility("default")))

VISIBLE void *malloc(size_t size)
{
	return must_fail() ? NULL : __libc_malloc(size);
}

VISIBLE void *calloc(size_t count, size_t size)
{
	return must_fail() ? NULL : __libc_calloc(count, size);
}

VISIBLE void *realloc(void *old, size_t size)
{
	return must_fail() ? NULL : __libc_realloc(old, size);
}

/* Nothing is left out of what loads. */
static void check_all(void)
{
	CHECK_STR(text_of(&config.rules_files), "a|b|c");
	CHECK_INT(config.append_output.count, 2);
	CHECK_STR(text_of(&entry(0)->tags), "t");
	CHECK_STR(entry(0)->fields[1].format, "d");
	CHECK_STR(entry(1)->output, "o");
	CHECK_INT(config.rules.count, 1);
	CHECK_INT(config.static_fields.count, 1);
	CHECK_STR(config.plugins.entries[0].init_config, "{\"b\":[1,{\"c\":\"one\"}],\"d\":true}");
	CHECK_STR(config.http_output.user_agent, "one two");
}

TEST(every_failing_allocation_is_told)
{
	struct falco_config_opts opts = { .noverrides = 2 };
	char *main_path = strdup(path_of("main.yaml"));
	const char *overrides[] = { "append_output[]={extra_output: o}", "rules_files[]=c" };
	int res;

	CHECK(main_path);
	setenv("EYAS_ONE", "one", 1);
	setenv("EYAS_TWO", "${EYAS_ONE} two", 1);
	write_file("two.yaml", "rules_files: [b]\nstatic_fields: {k: v}\n");
	write_file("main.yaml",
		   made("config_files: [%s]\nrules_files: a\nhttp_output: {user_agent: "
			"'${EYAS_TWO}'}\n"
			"append_output: [{match: {tags: [t]}, extra_fields: [a.b, {c: d}]}]\n"
			"plugins: [{name: a, library_path: a, init_config: "
			"{b: [1, {c: '${EYAS_ONE}'}], d: yes}}]\nrules: [{enable: {tag: t}}]\n",
			path_of("two.yaml")));
	opts.path = main_path;
	opts.overrides = overrides;
	fail_at = 0;
	do {
		fail_at++;
		allocations = 0;
		counting = true;
		res = falco_config_load(&opts, &config, &err);
		counting = false;
		if (res && (res != -ENOMEM || !err.text[0]))
			test_fail(__FILE__, __LINE__, "%lu: %d, %s", fail_at, res, err.text);
		if (!res)
			check_all();
		falco_config_fini(&config);
	} while (allocations >= fail_at);
	CHECK(fail_at > 100);
	free(main_path);
}

#endif

/* ---- schemas ---- */

static json_t *schema_of(bool (*make)(struct eyas_str *))
{
	struct eyas_str text = EYAS_STR_INIT;
	json_error_t why;
	json_t *schema;

	CHECK(make(&text));
	schema = json_loadb(text.data, text.len, JSON_REJECT_DUPLICATES, &why);
	if (!schema)
		test_fail(__FILE__, __LINE__, "%d:%d: %s", why.line, why.column, why.text);
	eyas_str_fini(&text);
	return schema;
}

/* "a.b[].c" below a schema of objects. */
static json_t *schema_at(json_t *schema, const char *path)
{
	const char *end = path + strcspn(path, ".");
	size_t len = (size_t)(end - path);
	bool array = len > 2 && !strncmp(end - 2, "[]", 2);

	schema = json_object_getn(json_object_get(schema, "properties"), path,
				  array ? len - 2 : len);
	if (array)
		schema = json_object_get(schema, "items");
	return *end && schema ? schema_at(schema, end + 1) : schema;
}

static const char *type_at(json_t *schema, const char *path)
{
	const char *type = json_string_value(json_object_get(schema_at(schema, path), "type"));

	return type ? type : "none";
}

TEST(config_schema)
{
	json_t *schema = schema_of(falco_config_schema);

	CHECK_STR(type_at(schema, "json_output"), "boolean");
	CHECK_STR(type_at(schema, "engine"), "object");
	CHECK_STR(type_at(schema, "engine.kmod.buf_size_preset"), "integer");
	CHECK_STR(type_at(schema, "engine.ebpf"), "object");
	CHECK_STR(type_at(schema, "syscall_event_drops.threshold"), "number");
	CHECK_STR(type_at(schema, "rules_files"), "array");
	CHECK_STR(type_at(schema, "append_output[].match.tags"), "array");
	CHECK_STR(type_at(schema, "rules[].disable.tag"), "string");
	CHECK_STR(type_at(schema, "plugins[].name"), "string");
	CHECK_STR(type_at(schema, "static_fields"), "object");
	CHECK(json_is_false(json_object_get(schema, "additionalProperties")));
	CHECK(json_is_false(json_object_get(schema_at(schema, "metrics"), "additionalProperties")));
	CHECK_INT(json_array_size(json_object_get(schema_at(schema, "plugins[]"), "required")), 2);
	CHECK_INT(json_array_size(json_object_get(
			  json_object_get(schema_at(schema, "config_files"), "items"), "anyOf")),
		  2);
	json_decref(schema);
}

TEST(rule_schema)
{
	json_t *schema = schema_of(falco_rule_schema), *kinds;

	CHECK_STR(json_string_value(json_object_get(schema, "type")), "array");
	kinds = json_object_get(json_object_get(schema, "items"), "anyOf");
	CHECK_INT(json_array_size(kinds), 5);
	CHECK_STR(type_at(json_array_get(kinds, 4), "condition"), "string");
	json_decref(schema);
}
