/* SPDX-License-Identifier: Apache-2.0 */
/* Steps of Falco's start that print something and end it, and the small ones between them. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/err.h"
#include "compat/falco_log.h"
#include "compat/falco_oneshot.h"
#include "compat/falco_run.h"

#define SOURCE "syscall" /* the only one that there is */
#define DAEMON_PIDFILE "/var/run/falco.pid"

enum { EXIT_PIDFILE = 255 };

/* ---- what needs no configuration ---- */

static int put_text(const char *text, size_t len, struct eyas_err *reterr)
{
	if (fwrite(text, 1, len, stdout) != len || fflush(stdout))
		return eyas_err_set(reterr, -errno, "cannot write to standard output: %s",
				    strerror(errno));
	return FALCO_DONE;
}

static int print_schema(bool (*schema)(struct eyas_str *), struct eyas_err *reterr)
{
	struct eyas_str out = EYAS_STR_INIT;
	int res = -ENOMEM;

	if (schema(&out)) {
		if (!out.len || out.data[out.len - 1] != '\n')
			eyas_str_putc(&out, '\n');
		if (!out.nomem)
			res = put_text(out.data, out.len, reterr);
	}
	eyas_str_fini(&out);
	return res == -ENOMEM ? eyas_err_set(reterr, res, "%s", eyas_strerror(res)) : res;
}

/* The format of --list and --list-events. */
static int get_format(const struct falco_options *options, int *ret_format, struct eyas_err *reterr)
{
	*ret_format = options->markdown ? FALCO_MARKDOWN : FALCO_TEXT;
	if (options->format)
		*ret_format = falco_format_find(options->format);
	if (*ret_format >= 0)
		return 0;
	return eyas_err_set(reterr, EYAS_E_USAGE,
			    "--format '%.100s': expected text, markdown or json", options->format);
}

static int done(int res)
{
	return res < 0 ? res : FALCO_DONE;
}

int falco_print_first(struct falco *falco, struct eyas_err *reterr)
{
	const struct falco_options *options = falco->options;
	const char *help = falco_options_help();
	int format, res;

	if (options->help)
		return put_text(help, strlen(help), reterr);
	if (options->config_schema)
		return print_schema(falco_config_schema, reterr);
	if (options->rule_schema)
		return print_schema(falco_rule_schema, reterr);
	if (options->list_ignored)
		return done(falco_list_ignored(stdout, reterr));
	res = get_format(options, &format, reterr);
	if (res || !options->list_events)
		return res;
	return done(falco_list_events((enum falco_format)format, stdout, reterr));
}

/* ---- the configuration ---- */

/* What is written differently today. */
static void apply_options(struct falco *falco)
{
	const struct falco_options *options = falco->options;
	struct falco_config *config = &falco->config;

	if (options->capture) {
		config->engine.kind = FALCO_ENGINE_REPLAY;
		config->engine.capture_file = options->capture;
	}
	if (options->nodriver)
		config->engine.kind = FALCO_ENGINE_NODRIVER;
	if (options->modern_bpf && config->engine.kind != FALCO_ENGINE_MODERN_EBPF) {
		config->engine.kind = FALCO_ENGINE_MODERN_EBPF;
		config->engine.buf_size_preset = config->engine.modern_ebpf.buf_size_preset;
		config->engine.drop_failed_exit = config->engine.modern_ebpf.drop_failed_exit;
		config->engine.disable_iterators = config->engine.modern_ebpf.disable_iterators;
	}
	config->base_syscalls.all |= options->all_events;
	config->buffer_format_base64 |= options->base64;
	if (options->has_snaplen)
		config->falco_libs.snaplen = (int64_t)options->snaplen;
}

static void tell_ignored(const struct falco_options *options)
{
	size_t i;

	for (i = 0; i < options->ignored.count; i++)
		falco_log(FALCO_WARNING, "%s is of no effect here", options->ignored.words[i]);
}

static void tell_machine(void)
{
	struct utsname name;

	if (!uname(&name))
		falco_log(FALCO_INFO, "System info: %s %s %s %s", name.sysname, name.release,
			  name.version, name.machine);
}

/* Warnings of the configuration come before it says where they go to: kept until then. */
struct kept {
	struct eyas_str lines; /* a severity, a text, a NUL */
};

static void keep(void *ctx, unsigned severity, const char *text)
{
	struct kept *kept = ctx;

	eyas_str_putc(&kept->lines, (char)severity);
	eyas_str_add(&kept->lines, text, strlen(text) + 1);
}

static void tell_kept(struct kept *kept)
{
	const char *at = kept->lines.data, *end = at + kept->lines.len;

	if (!kept->lines.nomem)
		for (; at < end; at += strlen(at) + 1)
			falco_log_text(NULL, (unsigned char)*at, at + 1);
	eyas_str_fini(&kept->lines);
}

static void begin_log(const struct falco_config *config)
{
	const struct falco_log_opts how = { .level = config->log_severity,
					    .to_stderr = config->log_stderr,
					    .to_syslog = config->log_syslog,
					    .iso = config->time_format_iso_8601 };

	falco_log_init(&how);
}

/* "" when none was named and the usual one is not there: what only prints can do without. */
static int find_config(struct falco *falco, struct eyas_err *reterr)
{
	const char *path = falco->options->config;

	falco->config_path = path ? path : FALCO_CONFIG_PATH;
	if (!access(falco->config_path, R_OK))
		return 0;
	if (path)
		return eyas_err_set(reterr, -errno, "Could not find configuration file at %s",
				    path);
	falco->config_path = "";
	return 0;
}

int falco_load_config(struct falco *falco, struct eyas_err *reterr)
{
	const struct falco_options *options = falco->options;
	struct kept kept = { EYAS_STR_INIT };
	struct falco_config_opts how = { .overrides = options->overrides.words,
					 .noverrides = options->overrides.count,
					 .log = keep,
					 .log_ctx = &kept };
	int res = find_config(falco, reterr);

	if (res)
		return res;
	how.path = falco->config_path[0] ? falco->config_path : NULL;
	res = falco_config_load(&how, &falco->config, reterr);
	/* A trial does not change how the run that goes on is told of. */
	if (!res && !falco->trial)
		begin_log(&falco->config);
	if (!res) {
		falco_log(FALCO_INFO, "Falco version: %s (eyas %s)", falco_version_text(),
			  eyas_version());
		falco_log(FALCO_DEBUG, "CLI args: %s", options->cmdline);
		if (falco->config_path[0])
			falco_log(FALCO_INFO, "Falco initialized with configuration files:");
	}
	tell_kept(&kept);
	if (res)
		return res;
	apply_options(falco);
	tell_ignored(options);
	tell_machine();
	return 0;
}

int falco_print_versions(struct falco *falco, struct eyas_err *reterr)
{
	const struct falco_options *options = falco->options;
	struct eyas_str text = EYAS_STR_INIT;

	if (options->version)
		return done(falco_version(falco->config.json_output, stdout, reterr));
	if (options->page_size) {
		falco_page_size(&text);
		eyas_str_putc(&text, '\0');
		if (!text.nomem)
			falco_log_text(NULL, FALCO_INFO, text.data);
		eyas_str_fini(&text);
		return FALCO_DONE;
	}
	if (falco->config_path[0])
		return 0;
	return eyas_err_set(reterr, EYAS_E_USAGE,
			    "You must create a config file at " FALCO_CONFIG_PATH
			    " or by passing -c");
}

/* ---- plugins and sources ---- */

static int print_plugins(const struct falco *falco, struct eyas_err *reterr)
{
	const size_t count = falco->config.plugins.count;
	struct falco_plugin *plugins = calloc(count + 1, sizeof(*plugins));
	size_t i;
	int res;

	if (!plugins)
		return eyas_err_set(reterr, -ENOMEM, "%s", eyas_strerror(-ENOMEM));
	for (i = 0; i < count; i++) {
		plugins[i].name = falco->config.plugins.entries[i].name;
		plugins[i].library_path = falco->config.plugins.entries[i].library_path;
	}
	res = falco->options->plugin_info
		      ? falco_plugin_info(plugins, count, falco->options->plugin_info, stdout,
					  reterr)
		      : falco_list_plugins(plugins, count, stdout, reterr);
	free(plugins);
	return done(res);
}

int falco_check_plugins(struct falco *falco, struct eyas_err *reterr)
{
	const struct falco_config_plugin *plugin;
	size_t i;

	if (falco->options->plugin_info || falco->options->list_plugins)
		return print_plugins(falco, reterr);
	for (i = 0; i < falco->config.plugins.count; i++) {
		plugin = &falco->config.plugins.entries[i];
		if (strcmp(plugin->name, "container") != 0)
			return eyas_err_set(reterr, EYAS_E_USAGE,
					    "Cannot load plugin '%.100s' (%.200s): this build has "
					    "no plugin but 'container', which is a part of it",
					    plugin->name,
					    plugin->library_path ? plugin->library_path
								 : "no library");
		falco_log(FALCO_INFO, "Plugin 'container' is built in");
	}
	return 0;
}

int falco_print_fields(struct falco *falco, struct eyas_err *reterr)
{
	const struct falco_options *options = falco->options;
	struct falco_list_opts how = { .source = options->list_source,
				       .names_only = options->names_only,
				       .verbose = options->verbose };
	const size_t count = falco->config.static_fields.count;
	const char **statics;
	int format, res;
	size_t i;

	if (!options->list_fields)
		return 0;
	res = get_format(options, &format, reterr);
	if (res)
		return res;
	statics = calloc(count + 1, sizeof(*statics));
	if (!statics)
		return eyas_err_set(reterr, -ENOMEM, "%s", eyas_strerror(-ENOMEM));
	for (i = 0; i < count; i++)
		statics[i] = falco->config.static_fields.fields[i].key;
	how.statics = statics;
	how.nstatics = count;
	how.format = (enum falco_format)format;
	res = falco_list_fields(&how, stdout, reterr);
	free(statics);
	return done(res);
}

static int check_sources(const struct falco_words *sources, const char *what,
			 struct eyas_err *reterr)
{
	size_t i;

	for (i = 0; i < sources->count; i++)
		if (strcmp(sources->words[i], SOURCE) != 0)
			return eyas_err_set(reterr, EYAS_E_USAGE,
					    "Attempted %s an unknown event source: %.200s", what,
					    sources->words[i]);
	return 0;
}

int falco_select_sources(struct falco *falco, struct eyas_err *reterr)
{
	const struct falco_options *options = falco->options;
	int res;

	/* A capture has what it has. */
	if (falco->config.engine.kind == FALCO_ENGINE_REPLAY)
		return 0;
	if (options->enable_sources.count && options->disable_sources.count)
		return eyas_err_set(reterr, EYAS_E_USAGE,
				    "You can not mix --enable-source and --disable-source");
	res = check_sources(&options->enable_sources, "enabling", reterr);
	if (!res)
		res = check_sources(&options->disable_sources, "disabling", reterr);
	if (!res && options->disable_sources.count)
		return eyas_err_set(reterr, EYAS_E_USAGE, "Must enable at least one event source");
	return res;
}

/* ---- later steps ---- */

int falco_print_support(struct falco *falco, struct eyas_err *reterr)
{
	const struct falco_support_opts how = {
		.cmdline = falco->options->cmdline,
		.config = falco->config.merged,
		.rules_paths = (const char *const *)falco->rules_files.paths,
		.nrules_paths = falco->rules_files.count
	};

	return falco->options->support ? done(falco_support(&how, stdout, reterr)) : 0;
}

static void write_pid_file(const char *path, pid_t pid)
{
	FILE *file = fopen(path, "we");
	bool written = file && fprintf(file, "%ld", (long)pid) > 0;

	if (file && fclose(file))
		written = false;
	if (written)
		return;
	falco_log(FALCO_ERROR, "Could not write pid to pidfile %s. Exiting.", path);
	exit(EXIT_PIDFILE);
}

/* The parent leaves the id of the child behind; the child goes on without a terminal. */
static int go_to_background(const char *path, struct eyas_err *reterr)
{
	pid_t pid;
	int null;

	fflush(NULL);
	pid = fork();
	if (pid < 0)
		return eyas_err_set(reterr, -errno, "Could not fork: %s", strerror(errno));
	if (pid > 0) {
		write_pid_file(path, pid);
		_exit(EXIT_SUCCESS);
	}
	if (setsid() < 0)
		return eyas_err_set(reterr, -errno, "Could not set session id: %s",
				    strerror(errno));
	umask(027);
	if (chdir("/"))
		return eyas_err_set(reterr, -errno, "Could not change working directory to '/': %s",
				    strerror(errno));
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(null, STDOUT_FILENO) < 0 ||
	    dup2(null, STDERR_FILENO) < 0)
		return eyas_err_set(reterr, -errno, "Could not leave the terminal: %s",
				    strerror(errno));
	close(null);
	return 0;
}

int falco_daemonize(struct falco *falco, struct eyas_err *reterr)
{
	const struct falco_options *options = falco->options;

	if (!options->daemon || falco_is_dry(falco))
		return 0;
	return go_to_background(options->pidfile ? options->pidfile : DAEMON_PIDFILE, reterr);
}

int falco_write_pid(struct falco *falco, struct eyas_err *reterr)
{
	const char *path = falco->options->pidfile;

	(void)reterr;
	if (falco_is_dry(falco))
		falco_log(FALCO_DEBUG, "Skipping pidfile creation in dry-run");
	else if (path && path[0] && !falco->options->daemon)
		write_pid_file(path, getpid());
	return 0;
}
