/* SPDX-License-Identifier: Apache-2.0 */
/* Falco's configuration: defaults, files and their merging, the environment, -o, what is wrong. */
#include <sys/stat.h>

#include "compat/falco_keys.h"
#include "unit/falco_config.h"

/* ---- defaults and values ---- */

TEST(defaults)
{
	GOOD("");
	CHECK(config.watch_config_files);
	CHECK_INT(config.rules_files.count, 0);
	CHECK_INT(config.rules.count, 0);
	CHECK_INT(config.append_output.count, 0);
	CHECK_INT(config.static_fields.count, 0);
	CHECK_INT(config.plugins.count, 0);
	CHECK_STR(config.engine.kind_text, "kmod");
	CHECK_INT(config.engine.kind, FALCO_ENGINE_KMOD);
	CHECK_INT(config.engine.buf_size_preset, 4);
	CHECK_INT(config.engine.kmod.buf_size_preset, 4);
	CHECK_INT(config.engine.modern_ebpf.buf_size_preset, 4);
	CHECK(!config.engine.drop_failed_exit);
	CHECK(!config.engine.disable_iterators);
	CHECK_STR(config.engine.capture_file, "");
	CHECK(!config.capture.enabled);
	CHECK_STR(config.capture.path_prefix, "/tmp/falco");
	CHECK_STR(config.capture.mode, "rules");
	CHECK(!config.capture.all_rules);
	CHECK_INT(config.capture.default_duration_ms, 5000);
	CHECK_INT(config.capture.max_file_size_mb, 0);
	CHECK_INT(config.capture.before_ms, 0);
	CHECK(!config.time_format_iso_8601);
	CHECK(!config.buffer_format_base64);
	CHECK_STR(config.priority, "debug");
	CHECK(!config.json_output);
	CHECK(config.json_include_output_property);
	CHECK(!config.json_include_message_property);
	CHECK(config.json_include_output_fields_property);
	CHECK(config.json_include_tags_property);
	CHECK(!config.match_all);
	CHECK_INT(config.outputs_queue_capacity, 0);
	CHECK(config.outputs_rate == 0);
	CHECK_INT(config.outputs_max_burst, 1000);
	CHECK(!config.stdout_output.enabled);
	CHECK(!config.syslog_output.enabled);
	CHECK(!config.file_output.enabled);
	CHECK(!config.file_output.keep_alive);
	CHECK_STR(config.file_output.filename, "");
	CHECK(!config.program_output.enabled);
	CHECK_STR(config.program_output.program, "");
	CHECK(config.log_syslog);
	CHECK(!config.log_stderr);
	CHECK_INT(config.log_severity, 6);
	CHECK_INT(config.output_timeout_ms, 2000);
	CHECK_INT(config.max_consecutive_timeouts, 1000);
}

TEST(defaults_of_groups)
{
	GOOD("");
	CHECK(!config.http_output.enabled);
	CHECK_STR(config.http_output.url, "");
	CHECK_STR(config.http_output.user_agent, "falcosecurity/falco");
	CHECK_STR(config.http_output.ca_path, "/etc/ssl/certs");
	CHECK_STR(config.http_output.client_cert, "/etc/ssl/certs/client.crt");
	CHECK_STR(config.http_output.client_key, "/etc/ssl/certs/client.key");
	CHECK_INT(config.http_output.max_consecutive_timeouts, 5);
	CHECK(!config.webserver.enabled);
	CHECK_INT(config.webserver.threadiness, 0);
	CHECK_INT(config.webserver.listen_port, 8765);
	CHECK_STR(config.webserver.listen_address, "0.0.0.0");
	CHECK_STR(config.webserver.k8s_healthz_endpoint, "/healthz");
	CHECK_STR(config.webserver.ssl_certificate, "/etc/falco/falco.pem");
	CHECK(config.drops.threshold == .1);
	CHECK(config.drops.rate == .03333);
	CHECK_INT(config.drops.max_burst, 1);
	CHECK(!config.drops.log && !config.drops.alert && !config.drops.exit);
	CHECK(!config.metrics.enabled);
	CHECK_STR(config.metrics.interval, "5000");
	CHECK_INT(config.metrics.interval_ns, 0);
	CHECK(!config.metrics.output_rule);
	CHECK(config.metrics.rules_counters && config.metrics.resource_utilization);
	CHECK(config.metrics.state_counters && config.metrics.kernel_event_counters);
	CHECK(config.metrics.kernel_event_counters_per_cpu && config.metrics.libbpf_stats);
	CHECK(config.metrics.plugins_metrics && config.metrics.kernel_iter_event_counters);
	CHECK(config.metrics.convert_memory_to_mb && !config.metrics.include_empty_values);
	CHECK(!config.base_syscalls.all && !config.base_syscalls.repair);
	CHECK_INT(config.base_syscalls.custom_set.count, 0);
	CHECK_INT(config.falco_libs.thread_table_size, 262144);
	CHECK_INT(config.falco_libs.purging_timeout_s, 300);
	CHECK_INT(config.falco_libs.snaplen, 0);
}

/* Without a file there is nothing but the options. */
TEST(no_file)
{
	static const char *const overrides[] = { "json_output=true", "priority=WARNING" };
	const struct falco_config_opts opts = { .overrides = overrides, .noverrides = 2 };

	CHECK_INT(falco_config_load(&opts, &config, &err), 0);
	CHECK(config.json_output);
	CHECK_STR(config.priority, "WARNING");
	CHECK_INT(config.loaded_files.count, 0);
	falco_config_fini(&config);
}

TEST(values)
{
	GOOD("json_output: yes\nwatch_config_files: Off\nbuffer_format_base64: Y\n"
	     "output_timeout: 0x10\nfalco_libs:\n  snaplen: 010\n  thread_table_size: '7'\n"
	     "syscall_event_drops: {threshold: 1e-1, rate: 5, max_burst: 2}\n"
	     "engine: {kind: modern_ebpf, modern_ebpf: {buf_size_preset: 9, disable_iterators: on},"
	     " kmod: {buf_size_preset: 3}}\n"
	     "outputs: {rate: 1.5, max_burst: 3}\n"
	     "capture: {enabled: true, mode: all_rules, max_file_size_mb: 1048576}\n"
	     "rule_matching: ALL\nlog_level: Error\n");
	CHECK(config.json_output && !config.watch_config_files && config.buffer_format_base64);
	CHECK_INT(config.output_timeout_ms, 16);
	CHECK_INT(config.falco_libs.snaplen, 8);
	CHECK_INT(config.falco_libs.thread_table_size, 7);
	CHECK(config.drops.threshold == .1 && config.drops.rate == 5);
	CHECK_INT(config.engine.kind, FALCO_ENGINE_MODERN_EBPF);
	CHECK_INT(config.engine.buf_size_preset, 9);
	CHECK_INT(config.engine.kmod.buf_size_preset, 3);
	CHECK(config.engine.disable_iterators);
	CHECK(config.outputs_rate == 1.5);
	CHECK_INT(config.outputs_max_burst, 3);
	CHECK(config.capture.all_rules && config.match_all);
	CHECK_INT(config.log_severity, 3);
}

/* A text for a key that is not its default; NULL: only some texts will do. */
static const char *other_value(const struct falco_key *key, const struct falco_config *defaults)
{
	const void *member = (const char *)defaults + key->offset;
	static char text[32];

	switch (key->type) {
	case TYPE_BOOL:
		return *(const bool *)member ? "no" : "yes";
	case TYPE_INT:
		snprintf(text, sizeof(text), "%lld",
			 (long long)*(const int64_t *)member + (key->integer < key->most ? 1 : -1));
		return text;
	case TYPE_NUMBER:
		return "0.5";
	case TYPE_TEXTS:
		return strstr(key->path, "actions") ? "exit" : "x";
	default:
		return strstr("engine.kind priority rule_matching log_level capture.mode "
			      "webserver.listen_address",
			      key->path)
			       ? NULL
			       : "x";
	}
}

static bool has_value(const struct falco_key *key, const char *text)
{
	const void *member = (const char *)&config + key->offset;

	switch (key->type) {
	case TYPE_BOOL:
		return *(const bool *)member == !strcmp(text, "yes");
	case TYPE_INT:
		return *(const int64_t *)member == atoll(text);
	case TYPE_NUMBER:
		return *(const double *)member == .5;
	case TYPE_TEXTS:
		return !strcmp(text_of(member), text);
	default:
		return !strcmp(*(const char *const *)member, text);
	}
}

/* Each key of the table has a member of its own, takes values, and is in the schema. */
TEST(each_key)
{
	/* Without which outputs cannot be enabled. */
	static const char outputs[] = "file_output: {filename: f}\nhttp_output: {url: u}\n"
				      "program_output: {program: p}\n";
	struct falco_config defaults;
	size_t count, i, j, seen = 0;
	const struct falco_key *keys = falco_keys(&count);
	char option[128];
	const char *text;

	GOOD("");
	defaults = config;
	for (i = 0; i < count; i++) {
		if (keys[i].type >= TYPE_TREE)
			continue;
		for (j = 0; j < i; j++)
			if (keys[j].type < TYPE_TREE && keys[i].offset == keys[j].offset)
				test_fail(__FILE__, __LINE__, "%s is %s", keys[i].path,
					  keys[j].path);
		text = other_value(&keys[i], &defaults);
		if (!text)
			continue;
		snprintf(option, sizeof(option), "%s=%s", keys[i].path, text);
		if (load(outputs, option, NULL) || !has_value(&keys[i], text) || says("-o "))
			test_fail(__FILE__, __LINE__, "%s: %s", option, err.text);
		seen++;
	}
	CHECK(seen > 80);
}

/* The result is what it is without the key; somebody is told. */
TEST(wrong_types)
{
	GOOD("json_output: maybe\nlog_syslog: []\npriority: {a: b}\noutput_timeout: 12s\n"
	     "webserver:\n  listen_port: 123456\nsyscall_event_drops:\n  rate: nan\n"
	     "  threshold: 0x1\nhttp_output:\n  max_consecutive_timeouts: 256\n"
	     "falco_libs:\n  snaplen: -1\n");
	CHECK(!config.json_output && config.log_syslog);
	CHECK_STR(config.priority, "debug");
	CHECK_INT(config.output_timeout_ms, 2000);
	CHECK_INT(config.webserver.listen_port, 8765);
	CHECK(config.drops.rate == .03333 && config.drops.threshold == .1);
	CHECK_INT(config.http_output.max_consecutive_timeouts, 5);
	CHECK_INT(config.falco_libs.snaplen, 0);
	CHECK(says("4 json_output: 'maybe'"));
	CHECK(says("4 priority: '{...}'"));
	CHECK(says("4 syscall_event_drops.rate: 'nan'"));
	GOOD("json_output:\nengine:\nhttp_output: ~\npriority: null\n");
	CHECK(!says("default is taken"));
	CHECK_STR(config.priority, "debug");
}

/* As in Falco, a key that is there twice has the first value. */
TEST(twice)
{
	GOOD("priority: error\npriority: alert\n");
	CHECK_STR(config.priority, "error");
}

TEST(group_is_text)
{
	BAD("Config error at key \"falco_libs.thread_table_size\"", "falco_libs: 512\n");
	BAD("Config error at key \"engine.kind\"", "engine: kmod\n");
	GOOD("falco_libs: [1]\n");
	CHECK_INT(config.falco_libs.thread_table_size, 262144);
}

TEST(texts)
{
	GOOD("rules_files: [a.yaml, 'b c', ~, 3]\nbase_syscalls:\n  custom_set: open\n");
	CHECK_STR(text_of(&config.rules_files), "a.yaml|b c|3");
	CHECK_STR(text_of(&config.base_syscalls.custom_set), "open");
	BAD("rules_files: an element is no text", "rules_files: [{a: b}]\n");
	GOOD("rules_file: old.yaml\n");
	CHECK_STR(text_of(&config.rules_files), "old.yaml");
	CHECK(says("4 Using deprecated config key 'rules_file'"));
	BAD("both 'rules_files' and 'rules_file'", "rules_file: a\nrules_files: [b]\n");
}

/* ---- YAML ---- */

TEST(not_yaml)
{
	BAD("line 2, column", "a: b\n  c: d\n");
	BAD("expected keys with values", "- a\n");
	BAD("expected keys with values", "a text\n");
	BAD("a key is no text", "? [a]\n: b\n");
	CHECK(strstr(err.text, "main.yaml): line 1, column 3: "));
	GOOD("# nothing\n");
	GOOD("--- \n~\n");
}

TEST(missing_main)
{
	const struct falco_config_opts opts = { .path = path_of("nowhere.yaml") };

	CHECK(falco_config_load(&opts, &config, &err) < 0);
	CHECK(strstr(err.text, "nowhere.yaml"));
}

/* A few hundred bytes that stand for a million values. */
TEST(aliases)
{
	struct eyas_str text = EYAS_STR_INIT;
	unsigned i;

	eyas_str_puts(&text, "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
	for (i = 1; i < 9; i++)
		eyas_str_printf(&text, "a%u: &a%u [*a%u, *a%u, *a%u, *a%u, *a%u, *a%u]\n", i, i,
				i - 1, i - 1, i - 1, i - 1, i - 1, i - 1);
	eyas_str_putc(&text, '\0');
	BAD("more than 262144 values", text.data);
	/* Long texts instead of many. */
	text.len = 0;
	eyas_str_puts(&text, "a: &a '");
	for (i = 0; i < 100000; i++)
		eyas_str_puts(&text, "12345678");
	eyas_str_puts(&text, "'\nb: [");
	for (i = 0; i < 100; i++)
		eyas_str_puts(&text, "*a, ");
	eyas_str_add(&text, "]\n", 3);
	BAD("too much text", text.data);
	eyas_str_fini(&text);
}

TEST(size)
{
	char *text = malloc((3 << 20) + 1);

	CHECK(text);
	memset(text, ' ', 3 << 20);
	text[3 << 20] = '\0';
	BAD("the limit is", text);
	free(text);
}

TEST(depth)
{
	char text[256];

	memset(text, '[', 100);
	text[100] = '\0';
	BAD("nested more than", text);
}

/* ---- the environment ---- */

static const char *expanded(const char *text)
{
	GOOD(made("priority: error\nhttp_output:\n  user_agent: %s\n", text));
	return config.http_output.user_agent;
}

TEST(environment)
{
	setenv("EYAS_ONE", "one", 1);
	setenv("EYAS_INNER", "<${EYAS_ONE}>", 1);
	setenv("EYAS_EMPTY", "", 1);
	setenv("EYAS_TRUE", "true", 1);
	unsetenv("EYAS_NONE");
	CHECK_STR(expanded("${EYAS_ONE}"), "one");
	CHECK_STR(expanded("'${EYAS_ONE}'"), "one");
	CHECK_STR(expanded("\"${EYAS_ONE} \""), "one ");
	CHECK_STR(expanded("/x/${EYAS_ONE}/${EYAS_ONE}${EYAS_ONE}/y"), "/x/one/oneone/y");
	CHECK_STR(expanded("${EYAS_INNER}!"), "<one>!");
	CHECK_STR(expanded("$EYAS_ONE"), "$EYAS_ONE");
	CHECK_STR(expanded("$$EYAS_ONE"), "$$EYAS_ONE");
	CHECK_STR(expanded("$${EYAS_ONE}"), "${EYAS_ONE}");
	CHECK_STR(expanded("$${EYAS_ONE}$${EYAS_ONE}"), "${EYAS_ONE}${EYAS_ONE}");
	CHECK_STR(expanded("$${EYAS_ONE}${EYAS_ONE}"), "${EYAS_ONE}one");
	CHECK_STR(expanded("$${${EYAS_ONE}}"), "${one}");
	CHECK_STR(expanded("a ${EYAS_NONE}b"), "a b");
	CHECK_STR(expanded("a${EYAS_EMPTY}"), "a");
	CHECK_STR(expanded("'${EYAS_NONE}'"), "");
	CHECK_STR(expanded("${EYAS_ONE"), "${EYAS_ONE");
	CHECK_STR(expanded("${EYAS_ONE} ${EYAS_ONE"), "one ${EYAS_ONE");
	/* As in Falco, a '$' of no use ends the search. */
	CHECK_STR(expanded("${EYAS_ONE} $1 ${EYAS_ONE}"), "one $1 ${EYAS_ONE}");
	GOOD("json_output: ${EYAS_TRUE}\nlog_syslog: ${EYAS_NONE}\n");
	CHECK(config.json_output && config.log_syslog);
}

/* Neither keys nor options. */
TEST(environment_elsewhere)
{
	setenv("EYAS_KEY", "priority", 1);
	GOOD("${EYAS_KEY}: error\n", "http_output.user_agent=${EYAS_KEY}",
	     "append_output[]={extra_output: \"${EYAS_KEY}\"}");
	CHECK_STR(config.priority, "debug");
	CHECK_STR(config.http_output.user_agent, "${EYAS_KEY}");
	CHECK_STR(config.append_output.entries[0].output, "${EYAS_KEY}");
}

TEST(environment_for_ever)
{
	setenv("EYAS_SELF", "x${EYAS_SELF}", 1);
	setenv("EYAS_DOUBLE", "${EYAS_DOUBLE}${EYAS_DOUBLE}", 1);
	BAD("variables of the environment", "priority: ${EYAS_SELF}\n");
	BAD("line 1, column 11", "priority: ${EYAS_DOUBLE}\n");
}

/* ---- files ---- */

static const char *include_of(const char *name)
{
	return made("config_files: [%s]\nrules_files: [one]\npriority: error\n", path_of(name));
}

TEST(include)
{
	write_file("two.yaml", "rules_files: [two]\npriority: alert\njson_output: true\n");
	GOOD(include_of("two.yaml"));
	CHECK_STR(text_of(&config.rules_files), "one|two");
	CHECK_STR(config.priority, "alert");
	CHECK(config.json_output);
	CHECK_INT(config.loaded_files.count, 2);
	CHECK(says("main.yaml | schema validation: ok"));
	CHECK(says("two.yaml | schema validation: ok"));
}

/* A whole top-level key is replaced. */
TEST(include_replaces)
{
	write_file("two.yaml", "falco_libs:\n  snaplen: 3\n");
	write_file("main.yaml", "");
	GOOD("falco_libs: {thread_table_size: 5, snaplen: 4}\n");
	CHECK_INT(config.falco_libs.thread_table_size, 5);
	GOOD(made("falco_libs: {thread_table_size: 5, snaplen: 4}\nconfig_files: %s\n",
		  path_of("two.yaml")));
	CHECK_INT(config.falco_libs.thread_table_size, 262144);
	CHECK_INT(config.falco_libs.snaplen, 3);
}

static void include_by(const char *strategy)
{
	GOOD(made("config_files:\n- path: %s\n  strategy: %s\nrules_files: [one]\n"
		  "priority: error\n",
		  path_of("two.yaml"), strategy));
}

TEST(strategies)
{
	write_file("two.yaml", "rules_files: [two]\npriority: alert\njson_output: true\n");
	include_by("append");
	CHECK_STR(text_of(&config.rules_files), "one|two");
	CHECK_STR(config.priority, "alert");
	include_by("override");
	CHECK_STR(text_of(&config.rules_files), "two");
	CHECK_STR(config.priority, "alert");
	include_by("add-only");
	CHECK_STR(text_of(&config.rules_files), "one");
	CHECK_STR(config.priority, "error");
	CHECK(config.json_output);
	include_by("wrong");
	CHECK_STR(text_of(&config.rules_files), "one|two");
	CHECK(says("main.yaml | schema validation: failed for config_files[].strategy"));
}

/* In the order of their names, nothing below, whatever their names end in. */
TEST(include_folder)
{
	CHECK(!mkdir(path_of("conf.d"), 0700) && !mkdir(path_of("conf.d/sub"), 0700));
	write_file("conf.d/b.yaml", "rules_files: [b]\npriority: alert\n");
	write_file("conf.d/a.txt", "rules_files: [a]\npriority: critical\n");
	write_file("conf.d/sub/c.yaml", "rules_files: [c]\n");
	write_file("conf.d/readme", "Some words, of which no key comes.\n");
	GOOD(include_of("conf.d"));
	CHECK_STR(text_of(&config.rules_files), "one|a|b");
	CHECK_STR(config.priority, "alert");
	CHECK_INT(config.loaded_folders.count, 1);
	CHECK(says("readme | schema validation: failed"));
}

TEST(include_nothing)
{
	GOOD(include_of("nowhere.yaml"));
	CHECK_INT(config.loaded_files.count, 1);
	GOOD("config_files:\n");
	GOOD("config_files: []\n");
	GOOD("config_files: [~]\n");
	BAD("an entry has no path", "config_files: [{strategy: append}]\n");
}

TEST(include_errors)
{
	BAD("main config file", include_of("main.yaml"));
	write_file("two.yaml", "config_files: [three.yaml]\n");
	BAD("'config_files' directive in included config file", include_of("two.yaml"));
	CHECK(strstr(err.text, "two.yaml"));
	write_file("two.yaml", "a: [\n");
	BAD("two.yaml): line 2, column", include_of("two.yaml"));
	write_file("two.yaml", "[a]\n");
	BAD("expected keys with values", include_of("two.yaml"));
}

/* A pipe would never be read to its end. */
TEST(include_pipe)
{
	CHECK(!mkfifo(path_of("pipe"), 0600));
	GOOD(include_of("pipe"));
	CHECK_INT(config.loaded_files.count, 1);
}

TEST(include_by_option)
{
	write_file("two.yaml", "rules_files: [two]\npriority: alert\n");
	/* Files come before options, wherever they stand. */
	GOOD("rules_files: [one]\n", "priority=error",
	     made("config_files=%s", path_of("two.yaml")));
	CHECK_STR(text_of(&config.rules_files), "one|two");
	CHECK_STR(config.priority, "error");
	GOOD("rules_files: [one]\nconfig_files: [nowhere]\n",
	     made("config_files[]=%s", path_of("two.yaml")));
	CHECK_STR(text_of(&config.rules_files), "one|two");
	GOOD("rules_files: [one]\n",
	     made("config_files[]={path: %s, strategy: override}", path_of("two.yaml")));
	CHECK_STR(text_of(&config.rules_files), "two");
}

/* ---- -o ---- */

TEST(options)
{
	GOOD("http_output: {user_agent: a}\nrules_files: [x]\n", "http_output.user_agent=b=c",
	     "json_output=on", "rules_files[]=y", "rules_files[0]=z", "falco_libs.snaplen=9",
	     "syscall_event_drops.actions[0]=log", "syscall_event_drops.actions[1]=exit");
	CHECK_STR(config.http_output.user_agent, "b=c");
	CHECK(config.json_output);
	CHECK_STR(text_of(&config.rules_files), "z|y");
	CHECK_INT(config.falco_libs.snaplen, 9);
	CHECK(config.drops.log && config.drops.exit && !config.drops.alert);
	/* The last one counts; quotes are part of the text. */
	GOOD("", "priority=error", "priority=alert", "http_output.user_agent=\"q\"",
	     "capture.path_prefix=");
	CHECK_STR(config.priority, "alert");
	CHECK_STR(config.http_output.user_agent, "\"q\"");
	CHECK_STR(config.capture.path_prefix, "");
	GOOD("", "rules_files={a: b}", "load_plugins[0]=x", "plugins[0].name=x",
	     "plugins[0].library_path=/x");
	CHECK_STR(config.plugins.entries[0].name, "x");
}

TEST(option_escapes)
{
	GOOD("", "static_fields.a\\.b=1", "static_fields.c\\[0\\]=2", "static_fields.d\\\\=3",
	     "static_fields.e\\f=4");
	CHECK_INT(config.static_fields.count, 4);
	CHECK_STR(config.static_fields.fields[0].key, "a.b");
	CHECK_STR(config.static_fields.fields[1].key, "c[0]");
	CHECK_STR(config.static_fields.fields[2].key, "d\\");
	CHECK_STR(config.static_fields.fields[3].key, "e\\f");
}

TEST(option_errors)
{
	BAD("Error parsing config option \"json_output\"", "", "json_output");
	BAD("Config error at key \"a..b\"", "", "a..b=c");
	BAD("Config error at key \"\"", "", "=c");
	BAD("Config error at key \"a[x]\"", "", "a[x]=c");
	BAD("Config error at key \"a[1]\"", "", "a[1]=c");
	BAD("Config error at key \"a[0\"", "", "a[0=c");
	BAD("Config error at key \"a[0]b\"", "", "a[0]b=c");
	BAD("Config error at key \"priority.x\"", "priority: error\n", "priority.x=c");
	BAD("Config error at key \"priority[]\"", "priority: error\n", "priority[]=c");
	BAD("Error parsing config option", "", "a={b: [}");
	CHECK(strstr(err.text, "line 1, column"));
}

TEST(option_deep)
{
	char option[1024] = "a";
	unsigned i;

	for (i = 0; i < 200; i++)
		strcat(option, ".a");
	strcat(option, "=1");
	BAD("more than 64 names", "", option);
}

TEST(option_unknown)
{
	GOOD("", "no_such_key=1", "metrics.output_rules=true");
	CHECK(says("4 -o no_such_key: there is no such key"));
	CHECK(says("4 -o metrics.output_rules: there is no such key"));
	GOOD("", "json_output=true", "rules[].enable.tag=a",
	     "plugins[]={name: a, library_path: /b}", "rules_files=x",
	     "append_output[].suggested_output=true", "plugins[0].name=b");
	CHECK(!says("-o "));
}

TEST(merged)
{
	setenv("EYAS_VALUE", "v", 1);
	write_file("two.yaml", "rules_files: [two]\n");
	GOOD(made("config_files: [%s]\nrules_files: [one]\npriority: ${EYAS_NONE}error\n",
		  path_of("two.yaml")),
	     "falco_libs.snaplen=5");
	CHECK_STR(config.merged,
		  made("{\"config_files\": [\"%s\"], \"rules_files\": [\"one\", \"two\"], "
		       "\"priority\": \"error\", \"falco_libs\": {\"snaplen\": \"5\"}}",
		       path_of("two.yaml")));
	setenv("EYAS_BYTES", "\xff", 1);
	GOOD("http_output: {user_agent: '${EYAS_BYTES}'}\n");
	CHECK_STR(config.merged, "");
}

/* ---- the schema ---- */

static bool fails(const char *text, const char *words)
{
	CHECK_INT(load(text, NULL), 0);
	return says(
		made("4    %s | schema validation: failed for %s", path_of("main.yaml"), words));
}

TEST(schema)
{
	GOOD("falco_libs:\n  thread_table_size: 50\n");
	CHECK(says("main.yaml | schema validation: ok"));
	CHECK(fails("falco_libss:\n  thread_table_size: 50\n",
		    "falco_libss: there is no such key"));
	CHECK(fails("falco_libs:\n  thread_table_sizeee: 50\n", "falco_libs.thread_table_sizeee"));
	CHECK(fails("json_output: 5\n", "json_output: expected a value of type boolean"));
	CHECK(fails("falco_libs.snaplen: 5\n", "falco_libs.snaplen"));
	CHECK(fails("append_output[]: 5\n", "append_output[]: there is no such key"));
	CHECK(fails("append_output: [{match: {tag: x}}]\n", "append_output[].match.tag"));
	CHECK(fails("append_output: [{match: x}]\n", "append_output[].match"));
	CHECK(fails("rules_files: {a: b}\n", "rules_files"));
	CHECK(fails("metrics: [a]\n", "metrics: expected keys"));
	CHECK(fails("plugins: [{name: a, library_path: /a}, {name: b}]\nload_plugins: [a]\n",
		    "plugins[].library_path: it has to be there"));
	CHECK(fails("webserver: {listen_port: 70000}\n", "webserver.listen_port"));
	GOOD("append_output: [{match: {tags: [x]}, extra_fields: [a.b, {c: d}]}]\n"
	     "static_fields: {a: b}\nplugins: [{name: a, library_path: /b, init_config: {c: d}}]\n"
	     "load_plugins: []\nrules: [{enable: {rule: x}}]\n");
	CHECK(says("schema validation: ok"));
}

/* Accepted, and said to be without effect. */
TEST(ignored)
{
	GOOD("grpc: {enabled: true, bind_address: unix:///x}\ngrpc_output: {enabled: true}\n"
	     "engine: {ebpf: {probe: /x}, gvisor: {config: y}}\nsyscall_buf_size_preset: 3\n"
	     "syscall_drop_failed_exit: true\nmodern_bpf: {cpus_for_each_syscall_buffer: 2}\n"
	     "container_engines: {docker: {enabled: true}}\nmetadata_download: {max_mb: 100}\n"
	     "libs_logger: {enabled: true, severity: info}\nplugins_hostinfo: true\n"
	     "rule_files: [a]\nbuffered_outputs: true\n");
	CHECK(says("main.yaml | schema validation: ok"));
	CHECK(says("accepted, without effect here: grpc: "));
	CHECK(says("accepted, without effect here: grpc_output: "));
	CHECK(says("accepted, without effect here: engine.ebpf: "));
	CHECK(says("accepted, without effect here: engine.gvisor: "));
	CHECK(says("accepted, without effect here: syscall_buf_size_preset: "));
	CHECK(says("accepted, without effect here: syscall_drop_failed_exit: "));
	CHECK(says("accepted, without effect here: modern_bpf: "));
	CHECK(says("accepted, without effect here: container_engines: "));
	CHECK(says("accepted, without effect here: metadata_download: "));
	CHECK(says("accepted, without effect here: libs_logger.severity: "));
	CHECK(says("accepted, without effect here: plugins_hostinfo: "));
	CHECK(says("accepted, without effect here: rule_files: "));
	CHECK(says("accepted, without effect here: buffered_outputs: "));
	GOOD("json_output: true\n");
	CHECK(!says("without effect"));
}

/* ---- what contradicts itself ---- */

TEST(words)
{
	BAD("Unknown rule matching strategy \"some\"", "rule_matching: some\n");
	BAD("Unknown priority \"high\"", "priority: high\n");
	BAD("Unknown log level \"loud\"", "log_level: loud\n");
	BAD("engine.kind 'ebpf' is not a valid kind", "engine: {kind: ebpf}\n");
	BAD("engine.kind is 'replay' but no engine.replay.capture_file",
	    "engine: {kind: replay}\n");
	BAD("capture.mode 'none' is not a valid mode", "capture: {mode: none}\n");
	BAD("capture.max_file_size_mb: expected a number from 0 to 1048576, not 1048577",
	    "capture: {max_file_size_mb: 1048577}\n");
	BAD("capture.max_file_size_mb", "capture: {max_file_size_mb: -1}\n");
	GOOD("engine: {kind: replay}\n", "engine.replay.capture_file=x");
	CHECK_INT(config.engine.kind, FALCO_ENGINE_REPLAY);
	GOOD("engine: {kind: nodriver}\npriority: INFO\n");
	CHECK_INT(config.engine.kind, FALCO_ENGINE_NODRIVER);
}

TEST(outputs)
{
	BAD("file output enabled but no filename", "file_output: {enabled: true}\n");
	BAD("program output enabled but no program", "program_output: {enabled: true}\n");
	BAD("http output enabled but no url", "http_output: {enabled: true}\n");
	GOOD("http_output: {enabled: true}\n", "http_output.url='http://x/'");
	CHECK_STR(config.http_output.url, "http://x/");
	GOOD("http_output: {enabled: true}\n", "http_output.url=\"http://x/");
	CHECK_STR(config.http_output.url, "\"http://x/");
}

TEST(drops)
{
	BAD("syscall event drop action \"log\" does not make sense with the \"ignore\" action",
	    "syscall_event_drops: {actions: [ignore, log]}\n");
	BAD("\"alert\" does not make sense", "syscall_event_drops: {actions: [ignore, alert]}\n");
	BAD("available actions for syscall event drops", "syscall_event_drops: {actions: [run]}\n");
	BAD("syscall event drops threshold must be a double in the range",
	    "syscall_event_drops: {threshold: -1}\n");
	BAD("syscall event drops threshold must be a double in the range",
	    "syscall_event_drops: {threshold: 1.5}\n");
	BAD("must be an unsigned integer > 0", "syscall_event_timeouts: {max_consecutives: 0}\n");
	GOOD("syscall_event_drops: {actions: [ignore, exit], threshold: 1}\n");
	CHECK(config.drops.exit && !config.drops.log);
	GOOD("syscall_event_drops: {actions: [log, alert]}\n");
	CHECK(config.drops.log && config.drops.alert);
}

TEST(webserver)
{
	BAD("webserver listen address \"localhost\" is not a valid IP address",
	    "webserver: {listen_address: localhost}\n");
	BAD("is not a valid IP address", "webserver: {listen_address: 1.2.3}\n");
	BAD("is not a valid IP address", "webserver: {listen_address: ''}\n");
	BAD("is not a valid IP address", "webserver: {listen_address: 'fe80::1%'}\n");
	GOOD("webserver: {listen_address: '::1'}\n");
	GOOD("webserver: {listen_address: 'fe80::1%eth0'}\n");
	GOOD("webserver: {listen_address: 127.0.0.1}\n");
	GOOD("webserver: {listen_address: ' ::1  '}\n");
	CHECK_STR(config.webserver.listen_address, "::1");
}

TEST(metrics)
{
	GOOD("metrics: {enabled: true, interval: 1h}\n");
	CHECK(falco_config_check_metrics(&config, &err) < 0);
	CHECK(strstr(err.text, "no output"));
	GOOD("metrics: {enabled: true, interval: 1h, output_rule: true}\n");
	CHECK_INT(falco_config_check_metrics(&config, &err), 0);
	CHECK_INT(config.metrics.interval_ns, 3600000000000);
	GOOD("metrics: {enabled: true, interval: 1h, output_file: x}\n");
	CHECK_INT(falco_config_check_metrics(&config, &err), 0);
	GOOD("metrics: {enabled: true, interval: 1h}\n"
	     "webserver: {enabled: true, prometheus_metrics_enabled: true}\n");
	CHECK_INT(falco_config_check_metrics(&config, &err), 0);
	GOOD("metrics: {enabled: true, output_rule: true}\n");
	CHECK(falco_config_check_metrics(&config, &err) < 0);
	CHECK(strstr(err.text, "metrics.interval '5000'"));
	GOOD("metrics: {enabled: true, interval: 99ms, output_rule: true}\n");
	CHECK(falco_config_check_metrics(&config, &err) < 0);
	GOOD("metrics: {interval: 99ms}\n");
	CHECK_INT(falco_config_check_metrics(&config, &err), 0);
}

TEST(durations)
{
	static const struct {
		const char *text;
		uint64_t ms; /* 0 = it is none */
	} cases[] = { { "100ms", 100 },
		      { "1s", 1000 },
		      { "5m", 300000 },
		      { "1h30m", 5400000 },
		      { "1d", 86400000 },
		      { "1w", 604800000 },
		      { "1y", 31536000000 },
		      { "1y2w3d4h5m6s7ms", UINT64_C(31536000000) + 1209600000 + 259200000 +
						   14400000 + 300000 + 6000 + 7 },
		      { "3h 20m", 12000000 },
		      { "1d  2h 1s", 93601000 },
		      { "", 0 },
		      { "5000", 0 },
		      { "h", 0 },
		      { "1x", 0 },
		      { "1m1h", 0 },
		      { "1s1s", 0 },
		      { "1ms1s", 0 },
		      { "1m 1h", 0 },
		      { "-1s", 0 },
		      { "1.5h", 0 },
		      { " 1h", 0 },
		      { "1h ", 0 },
		      { "99999999999999999999s", 0 },
		      { "999999999999999y", 0 } };
	uint64_t ns;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		ns = 0;
		if (falco_duration(cases[i].text, &ns) != (cases[i].ms != 0) ||
		    ns != cases[i].ms * 1000000)
			test_fail(__FILE__, __LINE__, "'%s' is %llu", cases[i].text,
				  (unsigned long long)ns);
	}
}
