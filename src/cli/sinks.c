/* SPDX-License-Identifier: Apache-2.0 */
/* Sinks as the command line names them. */
#include "cli/sinks.h"

#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum type { TYPE_BOOL, TYPE_TEXT, TYPE_NUMBER, TYPE_SIZE, TYPE_SECONDS };

/* Options of a sink, for --sink-opt. */
static const struct {
	const char *key;
	enum type type;
	unsigned kinds; /* that have it: bits of enum output_sink_kind */
	size_t offset;
} keys[] = {
#define ALL 31
#define OF(kind) (1U << (kind))
#define AT(member) offsetof(struct output_sink_opts, member)
	{ "keep-alive", TYPE_BOOL,
	  OF(OUTPUT_SINK_FILE) | OF(OUTPUT_SINK_PROGRAM) | OF(OUTPUT_SINK_HTTP), AT(keep_alive) },
	{ "queue-lines", TYPE_NUMBER, ALL, AT(queue_lines) },
	{ "queue-bytes", TYPE_SIZE, ALL, AT(queue_bytes) },
	{ "timeout", TYPE_SECONDS, ALL, AT(timeout_ns) },
	{ "retries", TYPE_NUMBER, ALL, AT(retries) },
	{ "retry-pause", TYPE_SECONDS, ALL, AT(retry_ns) },
	{ "grace", TYPE_SECONDS, OF(OUTPUT_SINK_PROGRAM), AT(grace_ns) },
	{ "ident", TYPE_TEXT, OF(OUTPUT_SINK_SYSLOG), AT(ident) },
	{ "user-agent", TYPE_TEXT, OF(OUTPUT_SINK_HTTP), AT(http.user_agent) },
	{ "insecure", TYPE_BOOL, OF(OUTPUT_SINK_HTTP), AT(http.insecure) },
	{ "ca", TYPE_TEXT, OF(OUTPUT_SINK_HTTP), AT(http.ca_file) },
	{ "ca-path", TYPE_TEXT, OF(OUTPUT_SINK_HTTP), AT(http.ca_path) },
	{ "cert", TYPE_TEXT, OF(OUTPUT_SINK_HTTP), AT(http.client_cert) },
	{ "key", TYPE_TEXT, OF(OUTPUT_SINK_HTTP), AT(http.client_key) },
	{ "compress", TYPE_BOOL, OF(OUTPUT_SINK_HTTP), AT(http.compress) },
	{ "echo", TYPE_BOOL, OF(OUTPUT_SINK_HTTP), AT(http.echo) },
	{ "request-timeout", TYPE_SECONDS, OF(OUTPUT_SINK_HTTP), AT(http.request_ns) },
};

enum { NKEYS = sizeof(keys) / sizeof(keys[0]) };

/* The kind that a text up to len names, OUTPUT_SINK_KINDS = none. */
static unsigned find_kind(const char *text, size_t len)
{
	unsigned kind = 0;
	const char *name;

	while ((name = output_sink_kind_name(kind))) {
		if (strlen(name) == len && !memcmp(name, text, len))
			break;
		kind++;
	}
	return kind;
}

int cli_sink_add(struct cli_sinks *sinks, const struct cli_command *command, const char *arg)
{
	const char *value = strchr(arg, '=');
	unsigned kind = find_kind(arg, value ? (size_t)(value - arg) : strlen(arg));
	struct output_sink_opts *sink = &sinks->sinks[sinks->count];

	if (kind == OUTPUT_SINK_KINDS)
		return cli_usage(command,
				 "--sink '%s': expected stdout, file=PATH, syslog, program=COMMAND "
				 "or http=URL",
				 arg);
	if (kind == OUTPUT_SINK_STDOUT ? !!value
				       : kind != OUTPUT_SINK_SYSLOG && !(value && value[1]))
		return cli_usage(command, "--sink '%s': %s", arg,
				 kind == OUTPUT_SINK_STDOUT ? "stdout has nothing behind it"
							    : "what is it? NAME=VALUE");
	if (sinks->count == CLI_SINKS_MAX)
		return cli_usage(command, "--sink: no more than %d", CLI_SINKS_MAX);
	output_sink_opts_init(sink, kind);
	sink->target = value ? value + 1 : NULL;
	sinks->count++;
	return CLI_OK;
}

/* false: it is none, or not one that can be waited for. 0 would be the default. */
static bool read_seconds(const char *text, uint64_t *ret_ns)
{
	char *end;
	double seconds = strtod(text, &end);

	if (end == text || *end || !isfinite(seconds) || seconds < 1e-3 || seconds > 1e6)
		return false;
	*ret_ns = (uint64_t)(seconds * 1e9);
	return true;
}

static bool read_bool(const char *text, bool *ret)
{
	*ret = !strcmp(text, "yes");
	return *ret || !strcmp(text, "no");
}

/* retries is the only number of 32 bits. */
static bool read_number(const char *text, const char *key, void *at)
{
	bool is_retries = !strcmp(key, "retries");
	uint64_t number;

	if (is_retries && !strcmp(text, "forever"))
		number = OUTPUT_FOREVER;
	else if (!cli_number(text, is_retries ? OUTPUT_FOREVER : SIZE_MAX, &number) ||
		 (!number && !is_retries))
		return false;
	if (is_retries)
		*(uint32_t *)at = (uint32_t)number;
	else
		*(size_t *)at = (size_t)number;
	return true;
}

static bool read_value(unsigned i, const char *text, struct output_sink_opts *sink)
{
	void *at = (char *)sink + keys[i].offset;
	uint64_t size;

	switch (keys[i].type) {
	case TYPE_BOOL:
		return read_bool(text, at);
	case TYPE_TEXT:
		*(const char **)at = text;
		return *text;
	case TYPE_NUMBER:
		return read_number(text, keys[i].key, at);
	case TYPE_SIZE:
		if (!cli_size(text, &size) || !size || size > SIZE_MAX)
			return false;
		*(size_t *)at = (size_t)size;
		return true;
	case TYPE_SECONDS:
		return read_seconds(text, at);
	}
	return false;
}

int cli_sink_set(struct cli_sinks *sinks, const struct cli_command *command, const char *arg)
{
	const char *value = strchr(arg, '=');
	size_t len = value ? (size_t)(value - arg) : 0;
	struct output_sink_opts *sink;
	unsigned i = 0;

	if (!sinks->count)
		return cli_usage(command, "--sink-opt stands behind the --sink that it is of");
	sink = &sinks->sinks[sinks->count - 1];
	while (i < NKEYS && (strlen(keys[i].key) != len || memcmp(keys[i].key, arg, len)))
		i++;
	if (i == NKEYS)
		return cli_usage(command, "--sink-opt '%s': there is no such option", arg);
	if (!(keys[i].kinds >> sink->kind & 1))
		return cli_usage(command, "--sink-opt '%s': %s has no such option", arg,
				 output_sink_kind_name(sink->kind));
	if (!read_value(i, value + 1, sink))
		return cli_usage(command, "--sink-opt '%s': it cannot have that value", arg);
	return CLI_OK;
}
