/* SPDX-License-Identifier: Apache-2.0 */
/* What the words of a configuration stand for, and which values do not go together. */
#include "compat/falco_config_int.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <strings.h>

#include <eyas/rules.h>

#include "base/err.h"

#define MS UINT64_C(1000000)

struct checking {
	struct falco_config *config;
	const char *path;
	struct eyas_err *reterr;
};

static int fault(const struct checking *c, const char *text)
{
	return eyas_err_set(c->reterr, EYAS_E_USAGE, "Error reading config file (%.200s): %s",
			    c->path ? c->path : "none", text);
}

static int bad_word(const struct checking *c, const char *what, const char *word, const char *known)
{
	return eyas_err_set(
		c->reterr, EYAS_E_USAGE,
		"Error reading config file (%.200s): Unknown %s \"%.100s\": must be one of %s",
		c->path ? c->path : "none", what, word, known);
}

/* ---- durations ---- */

/* Units in the order that they may have, each once at most. */
bool falco_duration(const char *text, uint64_t *ret_ns)
{
	static const struct {
		const char *unit;
		uint64_t ns;
	} units[] = { { "y", 365 * (86400000 * MS) },
		      { "w", 7 * (86400000 * MS) },
		      { "d", 86400000 * MS },
		      { "h", 3600000 * MS },
		      { "ms", MS },
		      { "m", 60000 * MS },
		      { "s", 1000 * MS } };
	static const uint8_t places[] = { 0, 1, 2, 3, 6, 4, 5 }; /* y w d h m s ms */
	uint64_t sum = 0, number, product;
	int last = -1;
	size_t i;

	if (!*text)
		return false;
	while (*text) {
		/* Between two parts, not around them all. */
		while (last >= 0 && *text == ' ')
			text++;
		if (*text < '0' || *text > '9')
			return false;
		for (number = 0; *text >= '0' && *text <= '9'; text++)
			if (__builtin_mul_overflow(number, 10, &number) ||
			    __builtin_add_overflow(number, (uint64_t)(*text - '0'), &number))
				return false;
		for (i = 0; i < sizeof(units) / sizeof(units[0]); i++)
			if (!strncmp(text, units[i].unit, strlen(units[i].unit)))
				break;
		if (i == sizeof(units) / sizeof(units[0]) || places[i] <= last)
			return false;
		last = places[i];
		text += strlen(units[i].unit);
		if (__builtin_mul_overflow(number, units[i].ns, &product) ||
		    __builtin_add_overflow(sum, product, &sum))
			return false;
	}
	*ret_ns = sum;
	return true;
}

/* ---- words ---- */

static int check_words(const struct checking *c)
{
	static const char *const levels[] = { "emergency", "alert",  "critical", "error",
					      "warning",   "notice", "info",	 "debug" };
	struct falco_config *config = c->config;

	if (eyas_rules_priority_find(config->priority) < 0)
		return bad_word(c, "priority", config->priority,
				"emergency, alert, critical, error, warning, notice, "
				"informational, debug");
	config->match_all = !strcasecmp(config->rule_matching, "all");
	if (!config->match_all && strcasecmp(config->rule_matching, "first") != 0)
		return bad_word(c, "rule matching strategy", config->rule_matching, "first, all");
	config->capture.all_rules = !strcmp(config->capture.mode, "all_rules");
	if (!config->capture.all_rules && strcmp(config->capture.mode, "rules") != 0)
		return eyas_err_set(
			c->reterr, EYAS_E_USAGE,
			"Error reading config file (%.200s): capture.mode '%.100s' is not "
			"a valid mode: rules, all_rules",
			c->path ? c->path : "none", config->capture.mode);
	for (config->log_severity = 0; config->log_severity < 8; config->log_severity++)
		if (!strcasecmp(config->log_level, levels[config->log_severity]))
			return 0;
	return bad_word(c, "log level", config->log_level,
			"emergency, alert, critical, error, warning, notice, info, debug");
}

static int check_engine(const struct checking *c)
{
	static const char *const kinds[] = { [FALCO_ENGINE_KMOD] = "kmod",
					     [FALCO_ENGINE_MODERN_EBPF] = "modern_ebpf",
					     [FALCO_ENGINE_REPLAY] = "replay",
					     [FALCO_ENGINE_NODRIVER] = "nodriver" };
	const char *text = c->config->engine.kind_text;
	unsigned kind = 0;

	while (kind <= FALCO_ENGINE_NODRIVER && strcmp(text, kinds[kind]) != 0)
		kind++;
	if (kind > FALCO_ENGINE_NODRIVER)
		return eyas_err_set(
			c->reterr, EYAS_E_USAGE,
			"Error reading config file (%.200s): engine.kind '%.100s' is not "
			"a valid kind: kmod, modern_ebpf, replay, nodriver",
			c->path ? c->path : "none", text);
	c->config->engine.kind = kind;
	if (kind == FALCO_ENGINE_REPLAY && !c->config->engine.capture_file[0])
		return fault(c, "engine.kind is 'replay' but no engine.replay.capture_file "
				"specified");
	if (kind == FALCO_ENGINE_KMOD) {
		c->config->engine.buf_size_preset = c->config->engine.kmod.buf_size_preset;
		c->config->engine.drop_failed_exit = c->config->engine.kmod.drop_failed_exit;
	} else {
		c->config->engine.buf_size_preset = c->config->engine.modern_ebpf.buf_size_preset;
		c->config->engine.drop_failed_exit = c->config->engine.modern_ebpf.drop_failed_exit;
		c->config->engine.disable_iterators =
			c->config->engine.modern_ebpf.disable_iterators;
	}
	return 0;
}

/* ---- outputs ---- */

/* Quotes around the URL are not part of it. */
static void strip_quotes(const char **text, struct eyas_arena *arena)
{
	size_t len = strlen(*text);
	char first = (*text)[0];

	if (len > 1 && (first == '"' || first == '\'') && (*text)[len - 1] == first)
		*text = eyas_arena_text(arena, *text + 1, len - 2);
}

static int check_outputs(const struct checking *c)
{
	struct falco_config *config = c->config;

	if (config->file_output.enabled && !config->file_output.filename[0])
		return fault(c, "file output enabled but no filename in configuration block");
	if (config->program_output.enabled && !config->program_output.program[0])
		return fault(c, "program output enabled but no program in configuration block");
	strip_quotes(&config->http_output.url, &config->arena);
	if (!config->http_output.url)
		return eyas_err_set(c->reterr, -ENOMEM, "%s", eyas_strerror(-ENOMEM));
	if (config->http_output.enabled && !config->http_output.url[0])
		return fault(c, "http output enabled but no url in configuration block");
	return 0;
}

/* ---- figures and losses ---- */

static int check_action(const struct checking *c, const char *word, bool *ignore)
{
	bool log = !strcmp(word, "log"), alert = !strcmp(word, "alert");

	if ((log || alert) && *ignore)
		return eyas_err_set(c->reterr, EYAS_E_USAGE,
				    "Error reading config file (%.200s): syscall event drop action "
				    "\"%s\" does not make sense with the \"ignore\" action",
				    c->path ? c->path : "none", word);
	if (log)
		c->config->drops.log = true;
	else if (alert)
		c->config->drops.alert = true;
	else if (!strcmp(word, "exit"))
		c->config->drops.exit = true;
	else if (!strcmp(word, "ignore"))
		*ignore = true;
	else
		return fault(c,
			     "available actions for syscall event drops are \"ignore\", \"log\", "
			     "\"alert\", and \"exit\"");
	return 0;
}

static int check_drops(const struct checking *c)
{
	struct falco_config *config = c->config;
	bool ignore = false;
	size_t i;
	int res = 0;

	for (i = 0; !res && i < config->drops.actions_text.count; i++)
		res = check_action(c, config->drops.actions_text.texts[i], &ignore);
	if (res)
		return res;
	if (!(config->drops.threshold >= 0 && config->drops.threshold <= 1))
		return fault(c,
			     "syscall event drops threshold must be a double in the range [0, 1]");
	if (!config->max_consecutive_timeouts)
		return fault(c, "the maximum consecutive timeouts without an event must be an "
				"unsigned integer > 0");
	return 0;
}

/* "5000", the default, is none: it matters to who wants figures only. */
static int take_interval(const struct checking *c)
{
	struct falco_config *config = c->config;

	if (!falco_duration(config->metrics.interval, &config->metrics.interval_ns))
		config->metrics.interval_ns = 0;
	return 0;
}

int falco_config_check_metrics(const struct falco_config *config, struct eyas_err *reterr)
{
	if (!config->metrics.enabled)
		return 0;
	if (config->metrics.interval_ns < 100 * MS)
		return eyas_err_set(reterr, EYAS_E_USAGE,
				    "metrics.interval '%.100s' has to be a duration like 1h30m or "
				    "500ms, of 100ms or more",
				    config->metrics.interval);
	if (!config->metrics.output_rule && !config->metrics.output_file[0] &&
	    !(config->webserver.enabled && config->webserver.prometheus_metrics_enabled))
		return eyas_err_set(reterr, EYAS_E_USAGE,
				    "metrics are enabled with no output: metrics.output_rule, "
				    "metrics.output_file, or webserver.enabled with "
				    "webserver.prometheus_metrics_enabled");
	return 0;
}

/* ---- the web server ---- */

/* A scope may stand behind an address of IPv6. */
static bool is_address(const char *text)
{
	unsigned char bytes[16];
	char copy[INET6_ADDRSTRLEN];
	const char *scope = strchr(text, '%');
	size_t len = scope && scope[1] ? (size_t)(scope - text) : strlen(text);

	if (inet_pton(AF_INET, text, bytes) == 1)
		return true;
	if (len >= sizeof(copy))
		return false;
	memcpy(copy, text, len);
	copy[len] = '\0';
	return inet_pton(AF_INET6, copy, bytes) == 1;
}

/* Blanks around the address are not part of it. */
static int check_webserver(const struct checking *c)
{
	const char *address = c->config->webserver.listen_address;
	size_t len;

	address += strspn(address, " \t\n");
	for (len = strlen(address); len && strchr(" \t\n", address[len - 1]);)
		len--;
	address = eyas_arena_text(&c->config->arena, address, len);
	if (!address)
		return eyas_err_set(c->reterr, -ENOMEM, "%s", eyas_strerror(-ENOMEM));
	c->config->webserver.listen_address = address;
	if (is_address(address))
		return 0;
	return eyas_err_set(
		c->reterr, EYAS_E_USAGE,
		"Error reading config file (%.200s): webserver listen address \"%.100s\" "
		"is not a valid IP address",
		c->path ? c->path : "none", address);
}

int falco_config_check(struct falco_config *config, const char *path, struct eyas_err *reterr)
{
	static int (*const checks[])(const struct checking *) = { check_words,	 check_engine,
								  check_outputs, check_drops,
								  take_interval, check_webserver };
	const struct checking c = { .config = config, .path = path, .reterr = reterr };
	size_t i;
	int res = 0;

	for (i = 0; !res && i < sizeof(checks) / sizeof(checks[0]); i++)
		res = checks[i](&c);
	return res;
}
