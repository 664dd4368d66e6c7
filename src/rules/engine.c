/* SPDX-License-Identifier: Apache-2.0 */
/* The public handle: made and freed, given files, asked which rules an event matches. */
#include "rules/rules_int.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "rules/index.h"

static const char *const priorities[EYAS_PRIORITIES] = {
	[EYAS_PRIORITY_EMERGENCY] = "Emergency",
	[EYAS_PRIORITY_ALERT] = "Alert",
	[EYAS_PRIORITY_CRITICAL] = "Critical",
	[EYAS_PRIORITY_ERROR] = "Error",
	[EYAS_PRIORITY_WARNING] = "Warning",
	[EYAS_PRIORITY_NOTICE] = "Notice",
	[EYAS_PRIORITY_INFORMATIONAL] = "Informational",
	[EYAS_PRIORITY_DEBUG] = "Debug",
};

const char *eyas_rules_priority_name(unsigned priority)
{
	return priority < EYAS_PRIORITIES ? priorities[priority] : NULL;
}

int eyas_rules_priority_find(const char *name)
{
	int i;

	for (i = 0; i < EYAS_PRIORITIES; i++)
		if (!strcasecmp(name, priorities[i]))
			return i;
	return strcasecmp(name, "info") ? -EINVAL : EYAS_PRIORITY_INFORMATIONAL;
}

static int no_memory(struct eyas_err *reterr)
{
	return eyas_err_set(reterr, -ENOMEM, "out of memory");
}

/* ---- new and free ---- */

int eyas_rules_new(const struct eyas_rules_opts *opts, struct eyas_rules **ret_rules,
		   struct eyas_err *reterr)
{
	const char *priority = opts && opts->min_priority ? opts->min_priority : "debug";
	int number = eyas_rules_priority_find(priority), res;
	struct eyas_rules *rules;

	if (opts && opts->size != sizeof(*opts))
		return eyas_err_set(reterr, -EINVAL, "options of another version of the library");
	if (number < 0)
		return eyas_err_set(reterr, EYAS_E_USAGE, "there is no priority '%.64s'", priority);
	rules = calloc(1, sizeof(*rules));
	if (!rules)
		return no_memory(reterr);
	rules->min_priority = (uint8_t)number;
	rules->next_index = 1;
	rules->sampling_ratio = 1;
	rules->falco_reports = opts && opts->falco_reports;
	rules->fields = (struct field_opts){ .outputtime = 'h',
					     .raw_text = true,
					     .hostname = opts ? opts->hostname : NULL };
	res = eyas_rules_ruleset(rules, EYAS_RULES_DEFAULT_RULESET);
	if (!res)
		res = eyas_rules_add_plugin(rules, "container", EYAS_RULES_CONTAINER_VERSION, NULL);
	if (res < 0) {
		eyas_rules_free(rules);
		return no_memory(reterr);
	}
	*ret_rules = rules;
	return 0;
}

void eyas_rules_free(struct eyas_rules *rules)
{
	uint32_t i;

	if (!rules)
		return;
	rules_program_free(rules->program);
	for (i = 0; i < rules->nrulesets; i++)
		rules_ruleset_free(rules->rulesets[i]);
	free(rules->rulesets);
	rules_defs_fini(&rules->lists);
	rules_defs_fini(&rules->macros);
	rules_defs_fini(&rules->rules);
	free(rules->requirements);
	free(rules->plugins);
	free(rules->appends);
	eyas_str_fini(&rules->out);
	eyas_arena_fini(&rules->arena);
	free(rules);
}

/* ---- loading ---- */

/* What the first error of a report says, with its file. */
static void tell_error(const struct eyas_rules_report *report, int code, struct eyas_err *reterr)
{
	struct eyas_rules_finding finding;

	if (!reterr || !eyas_rules_report_finding(report, 0, &finding))
		return;
	eyas_err_set(reterr, code, "%.128s: %s", finding.file, finding.message);
	reterr->line = finding.line;
	reterr->column = finding.column;
	reterr->offset = finding.offset;
}

static int finish_load(struct eyas_rules *rules, struct eyas_rules_report *report, int res,
		       struct eyas_rules_report **ret_report, struct eyas_err *reterr)
{
	/* A report that lacks findings is none. */
	if (report->nomem)
		res = -ENOMEM;
	if (res < 0)
		rules->failed = true;
	if (res == -ENOMEM) {
		eyas_rules_report_free(report);
		return no_memory(reterr);
	}
	if (res < 0)
		tell_error(report, res, reterr);
	if (ret_report)
		*ret_report = report;
	else
		eyas_rules_report_free(report);
	return res;
}

int eyas_rules_load(struct eyas_rules *rules, const char *name, const char *text, size_t len,
		    struct eyas_rules_report **ret_report, struct eyas_err *reterr)
{
	struct rules_program *program = NULL;
	struct eyas_rules_report *report;
	int res;

	if (rules_report_new(name, &report)) {
		rules->failed = true;
		return no_memory(reterr);
	}
	report->falco_reports = rules->falco_reports;
	res = rules_load_text(rules, report, name, text, len);
	if (!res)
		res = rules_compile(rules, report, &program);
	if (!res) {
		rules_program_free(rules->program);
		rules->program = program;
		rules->stats = (struct eyas_rules_stats){ 0 };
		res = rules_rulesets_reset(rules);
	}
	return finish_load(rules, report, res, ret_report, reterr);
}

/* ---- files ---- */

static int read_all(int fd, struct eyas_str *out)
{
	ssize_t n;
	char *to;

	while (out->len <= RULES_MAX_BYTES) {
		to = eyas_str_reserve(out, 65536);
		if (!to)
			return -ENOMEM;
		n = read(fd, to, 65536);
		if (n < 0 && errno != EINTR)
			return -errno;
		if (!n)
			break;
		out->len += n > 0 ? (size_t)n : 0;
	}
	return 0;
}

static int read_file(const char *path, struct eyas_str *out)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), res;

	if (fd < 0)
		return -errno;
	res = read_all(fd, out);
	close(fd);
	return res;
}

/* A file that cannot be read has a report as well. */
static int report_unreadable(struct eyas_rules *rules, const char *path, int code,
			     struct eyas_rules_report **ret_report, struct eyas_err *reterr)
{
	struct rules_source source = { .name = path };
	struct rules_context context = { .source = &source, .item = ITEM_CONTENT, .name = "" };
	struct eyas_rules_report *report;

	if (rules_report_new(path, &report))
		return no_memory(reterr);
	report->falco_reports = rules->falco_reports;
	rules_report_add(report, EYAS_LOAD_ERR_FILE_READ, &context, "%s", eyas_strerror(code));
	return finish_load(rules, report, code, ret_report, reterr);
}

static int load_file(struct eyas_rules *rules, const char *path, eyas_rules_report_fn fn, void *ctx,
		     struct eyas_err *reterr)
{
	struct eyas_rules_report *report = NULL;
	struct eyas_str text = EYAS_STR_INIT;
	int res;

	res = read_file(path, &text);
	if (res < 0 && res != -ENOMEM)
		res = report_unreadable(rules, path, res, &report, reterr);
	else if (!res)
		res = eyas_rules_load(rules, path, text.len ? text.data : "", text.len, &report,
				      reterr);
	else
		res = no_memory(reterr);
	eyas_str_fini(&text);
	if (report && fn)
		fn(ctx, report);
	eyas_rules_report_free(report);
	return res < 0 ? res : 1;
}

static bool is_rules_file(const char *name)
{
	const char *dot = strrchr(name, '.');

	return dot && (!strcmp(dot, ".yaml") || !strcmp(dot, ".yml"));
}

static int only_rules_files(const struct dirent *entry)
{
	return is_rules_file(entry->d_name);
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int load_entry(struct eyas_rules *rules, const char *dir, const char *name,
		      eyas_rules_report_fn fn, void *ctx, struct eyas_err *reterr)
{
	struct eyas_str path = EYAS_STR_INIT;
	struct stat info;
	int res = 0;

	eyas_str_printf(&path, "%s/%s", dir, name);
	eyas_str_putc(&path, '\0');
	if (path.nomem)
		res = no_memory(reterr);
	else if (stat(path.data, &info) < 0 || S_ISREG(info.st_mode))
		res = load_file(rules, path.data, fn, ctx, reterr);
	eyas_str_fini(&path);
	return res;
}

static int load_dir(struct eyas_rules *rules, const char *path, eyas_rules_report_fn fn, void *ctx,
		    struct eyas_err *reterr)
{
	struct dirent **entries;
	int n = scandir(path, &entries, only_rules_files, by_name), i, res = 0, count = 0;

	if (n < 0)
		return eyas_err_set(reterr, -errno, "%.200s: %s", path, eyas_strerror(-errno));
	for (i = 0; i < n; i++) {
		if (res >= 0)
			res = load_entry(rules, path, entries[i]->d_name, fn, ctx, reterr);
		count += res > 0;
		free(entries[i]);
	}
	free(entries);
	return res < 0 ? res : count;
}

int eyas_rules_load_path(struct eyas_rules *rules, const char *path, eyas_rules_report_fn fn,
			 void *ctx, struct eyas_err *reterr)
{
	struct stat info;

	if (!stat(path, &info) && S_ISDIR(info.st_mode))
		return load_dir(rules, path, fn, ctx, reterr);
	return is_rules_file(path) ? load_file(rules, path, fn, ctx, reterr) : 0;
}

/* ---- what is loaded ---- */

size_t eyas_rules_count(const struct eyas_rules *rules)
{
	return rules->rules.count;
}

int eyas_rules_get(const struct eyas_rules *rules, size_t index, struct eyas_rule_info *ret_info)
{
	const struct rules_rule *rule;

	if (index >= rules->rules.count)
		return 0;
	rule = (const struct rules_rule *)rules->rules.rows[index];
	*ret_info = (struct eyas_rule_info){ .name = rule->def.name,
					     .description = rule->desc.data,
					     .source = rule->source,
					     .output = rule->output.data,
					     .condition = rule->condition.data,
					     .priority = rule->priority,
					     .tags = rule->tags.rows,
					     .ntags = rule->tags.count,
					     .enabled = rule->enabled,
					     .capture = rule->capture,
					     .capture_duration_ms = rule->capture_duration_ms };
	if (rules->program && index < rules->program->nrules)
		ret_info->matches = rules->program->rules[index].matches;
	return 1;
}

static const char *name_of(const struct rules_defs *defs, size_t index)
{
	return index < defs->count ? defs->rows[index]->name : NULL;
}

const char *eyas_rules_list_name(const struct eyas_rules *rules, size_t index)
{
	return name_of(&rules->lists, index);
}

const char *eyas_rules_macro_name(const struct eyas_rules *rules, size_t index)
{
	return name_of(&rules->macros, index);
}

/* ---- events ---- */

void eyas_rules_sampling(struct eyas_rules *rules, uint32_t ratio, double multiplier)
{
	rules->sampling_ratio = ratio;
	rules->sampling_multiplier = multiplier;
}

/* A number from 0 up to, but not, 1: the next of a sequence (splitmix64). */
static double next_chance(struct eyas_rules *rules)
{
	uint64_t x = rules->chance += UINT64_C(0x9e3779b97f4a7c15);

	x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
	return (double)((x ^ (x >> 31)) >> 11) / (double)(UINT64_C(1) << 53);
}

static bool is_sampled_out(struct eyas_rules *rules)
{
	double odds = rules->sampling_multiplier * rules->sampling_ratio;

	if (rules->sampling_multiplier == 0 || rules->sampling_ratio == 1)
		return false;
	return next_chance(rules) >= 1.0 / odds;
}

static void count_match(struct eyas_rules *rules, struct rules_compiled *compiled)
{
	compiled->matches++;
	rules->stats.matches++;
	rules->stats.by_priority[compiled->def->priority]++;
}

int eyas_rules_process(struct eyas_rules *rules, unsigned ruleset,
		       const struct eyas_context *context, enum eyas_rules_matching matching,
		       eyas_rules_match_fn fn, void *ctx)
{
	const struct rules_ruleset *set;
	struct rules_index *index;
	const uint32_t *found;
	uint32_t count, i;

	if (rules->failed)
		return EYAS_E_USAGE;
	rules->stats.events++;
	if (!rules->program)
		return 0;
	set = rules_ruleset_get(rules, ruleset);
	if (!set)
		return ruleset < rules->nrulesets ? -ENOMEM : EYAS_E_USAGE;
	if (is_sampled_out(rules)) {
		rules->stats.sampled++;
		return 0;
	}
	index = rules_ruleset_index(set, context->event->type);
	if (!index)
		return 0;
	eyas_network_begin(rules->program->network, context);
	count = rules_index_match(index, rules->program->network, matching == EYAS_MATCHING_ALL,
				  &found);
	rules->current = context;
	for (i = 0; i < count; i++) {
		count_match(rules, &rules->program->rules[found[i]]);
		if (fn)
			fn(ctx, rules, found[i]);
	}
	rules->current = NULL;
	return (int)count;
}

void eyas_rules_stats(const struct eyas_rules *rules, struct eyas_rules_stats *ret_stats)
{
	*ret_stats = rules->stats;
}

const char *eyas_rules_stats_text(struct eyas_rules *rules)
{
	static const char *const names[EYAS_PRIORITIES] = { "EMERGENCY", "ALERT",   "CRITICAL",
							    "ERROR",	 "WARNING", "NOTICE",
							    "INFO",	 "DEBUG" };
	struct eyas_str *out = &rules->out;
	uint32_t i;

	out->len = 0;
	out->nomem = false;
	eyas_str_printf(out, "Events detected: %llu\nRule counts by severity:\n",
			(unsigned long long)rules->stats.matches);
	for (i = 0; i < EYAS_PRIORITIES; i++)
		if (rules->stats.by_priority[i])
			eyas_str_printf(out, "   %s: %llu\n", names[i],
					(unsigned long long)rules->stats.by_priority[i]);
	eyas_str_puts(out, "Triggered rules by rule name:\n");
	for (i = 0; rules->program && i < rules->program->nrules; i++) {
		const struct rules_compiled *rule = &rules->program->rules[i];

		if (!rule->matches)
			continue;
		eyas_str_puts(out, "   ");
		eyas_str_safe(out, rule->def->def.name, rule->def->def.name_len);
		eyas_str_printf(out, ": %llu\n", (unsigned long long)rule->matches);
	}
	eyas_str_putc(out, '\0');
	return out->nomem ? NULL : out->data;
}
