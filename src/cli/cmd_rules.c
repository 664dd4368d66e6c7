/* SPDX-License-Identifier: Apache-2.0 */
/* eyas rules: check rules files, list and describe what is in them. */
#include <stdio.h>
#include <string.h>

#include <eyas/rules.h>

#include "base/json.h"
#include "cli/cmd_rules.h"

enum { OPT_RULE = CLI_OPT_OWN, OPT_PRIORITY };

struct rules_opts {
	bool json, verbose;
	const char *rule; /* describe only this one */
	const char *priority;
	struct eyas_rules *rules;
	bool invalid; /* a file of those that were loaded by the last call */
};

static const struct option long_options[] = {
	{ "output", required_argument, NULL, 'o' },
	{ "verbose", no_argument, NULL, 'v' },
	{ "rule", required_argument, NULL, OPT_RULE },
	{ "priority", required_argument, NULL, OPT_PRIORITY },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

/* ---- check ---- */

static void on_report(void *ctx, struct eyas_rules_report *report)
{
	struct rules_opts *opts = ctx;
	bool ok = eyas_rules_report_ok(report);
	const char *text;

	opts->invalid |= !ok;
	text = eyas_rules_report_text(report, opts->json	     ? EYAS_REPORT_JSON
					      : !ok || opts->verbose ? EYAS_REPORT_VERBOSE
								     : EYAS_REPORT_SUMMARY);
	if (text)
		printf("%s\n", text);
}

/* What comes behind an invalid file may still say what is wrong with it itself. */
static int check_all(struct rules_opts *opts, char **paths)
{
	struct eyas_rules_opts how = { .size = sizeof(how), .min_priority = opts->priority };
	struct eyas_err err = { 0 };
	bool failed = false, said = false;
	int res;

	if (eyas_rules_new(&how, &opts->rules, &err)) {
		cli_error("%s", err.text);
		return err.code == EYAS_E_USAGE ? CLI_USAGE : CLI_FAILED;
	}
	for (; *paths; paths++) {
		err = (struct eyas_err){ 0 };
		opts->invalid = false;
		res = eyas_rules_load_path(opts->rules, *paths, on_report, opts, &err);
		if (!res)
			cli_error("'%s': no rules file: its name does not end in .yaml or .yml",
				  *paths);
		else if (res < 0 && !opts->invalid && !said)
			cli_error("%s", err.text);
		said |= res < 0;
		failed |= res <= 0;
	}
	return failed ? CLI_FAILED : CLI_OK;
}

/* ---- list ---- */

static void put_tags(const struct eyas_rule_info *info, struct eyas_str *out)
{
	size_t i;

	for (i = 0; i < info->ntags; i++) {
		eyas_str_putc(out, i ? ',' : ' ');
		eyas_str_safe(out, info->tags[i], strlen(info->tags[i]));
	}
}

static void list_text(const struct rules_opts *opts, struct eyas_str *out)
{
	struct eyas_rule_info info;
	size_t i, pad;

	eyas_str_printf(out, "%-13s %-8s %-7s %-60s TAGS\n", "PRIORITY", "SOURCE", "ENABLED",
			"RULE");
	for (i = 0; eyas_rules_get(opts->rules, i, &info); i++) {
		eyas_str_printf(out, "%-13s ", eyas_rules_priority_name(info.priority));
		eyas_str_safe(out, info.source, strlen(info.source));
		pad = strlen(info.source);
		eyas_str_printf(out, "%*s %-7s ", pad < 8 ? (int)(8 - pad) : 0, "",
				info.enabled ? "yes" : "no");
		eyas_str_safe(out, info.name, strlen(info.name));
		pad = eyas_utf8_count(info.name, strlen(info.name));
		if (info.ntags)
			eyas_str_printf(out, "%*s", pad < 60 ? (int)(60 - pad) : 0, "");
		put_tags(&info, out);
		eyas_str_putc(out, '\n');
	}
}

static void json_names(struct eyas_json *json, const char *key, const struct eyas_rules *rules,
		       const char *(*name_of)(const struct eyas_rules *rules, size_t index))
{
	const char *name;
	size_t i;

	eyas_json_key(json, key);
	eyas_json_array(json);
	for (i = 0; (name = name_of(rules, i)); i++)
		eyas_json_cstr(json, name);
	eyas_json_end(json);
}

static void json_rule(struct eyas_json *json, const struct eyas_rule_info *info)
{
	size_t i;

	eyas_json_object(json);
	eyas_json_key(json, "enabled");
	eyas_json_bool(json, info->enabled);
	eyas_json_key(json, "name");
	eyas_json_cstr(json, info->name);
	eyas_json_key(json, "priority");
	eyas_json_cstr(json, eyas_rules_priority_name(info->priority));
	eyas_json_key(json, "source");
	eyas_json_cstr(json, info->source);
	eyas_json_key(json, "tags");
	eyas_json_array(json);
	for (i = 0; i < info->ntags; i++)
		eyas_json_cstr(json, info->tags[i]);
	eyas_json_end(json);
	eyas_json_end(json);
}

static void list_json(const struct rules_opts *opts, struct eyas_str *out)
{
	struct eyas_rule_info info;
	struct eyas_json json;
	size_t i;

	eyas_json_init(&json, out);
	eyas_json_object(&json);
	json_names(&json, "lists", opts->rules, eyas_rules_list_name);
	json_names(&json, "macros", opts->rules, eyas_rules_macro_name);
	eyas_json_key(&json, "rules");
	eyas_json_array(&json);
	for (i = 0; eyas_rules_get(opts->rules, i, &info); i++)
		json_rule(&json, &info);
	eyas_json_end(&json);
	eyas_json_end(&json);
	eyas_str_putc(out, '\n');
}

static int run_list(struct rules_opts *opts)
{
	struct eyas_str out = EYAS_STR_INIT;
	bool nomem;

	if (opts->json)
		list_json(opts, &out);
	else
		list_text(opts, &out);
	nomem = out.nomem;
	if (nomem)
		cli_error("no memory");
	else
		fwrite(out.data, 1, out.len, stdout);
	eyas_str_fini(&out);
	return nomem ? CLI_FAILED : CLI_OK;
}

/* ---- describe ---- */

static int run_describe(struct rules_opts *opts)
{
	struct eyas_err err = { 0 };
	const char *text;
	size_t len;

	if (eyas_rules_describe(opts->rules, opts->rule,
				opts->json ? EYAS_DESCRIBE_JSON : EYAS_DESCRIBE_TEXT, &text, &len,
				&err)) {
		cli_error("%s", err.text);
		return CLI_FAILED;
	}
	fwrite(text, 1, len, stdout);
	if (opts->json)
		putchar('\n');
	return CLI_OK;
}

/* ---- the command ---- */

static int parse_options(struct rules_opts *opts, int argc, char **argv, bool *ret_done)
{
	int opt;

	*ret_done = true;
	while ((opt = getopt_long(argc, argv, ":o:vh", long_options, NULL)) != -1)
		switch (opt) {
		case 'o':
			opts->json = !strcmp(optarg, "json");
			if (!opts->json && strcmp(optarg, "text") != 0)
				return cli_usage(&cli_rules, "-o '%s': expected text or json",
						 optarg);
			break;
		case 'v':
			opts->verbose = true;
			break;
		case OPT_RULE:
			opts->rule = optarg;
			break;
		case OPT_PRIORITY:
			opts->priority = optarg;
			break;
		case 'h':
			cli_help(&cli_rules);
			return CLI_OK;
		default:
			return cli_bad_option(&cli_rules, argv);
		}
	*ret_done = false;
	return CLI_OK;
}

/* What is done with rules that were loaded: those of the files, or those of the command. */
static int run_loaded(struct rules_opts *opts, int argc, char **argv,
		      int (*run)(struct rules_opts *opts))
{
	const struct cli_rules_wanted wanted = { .files = (const char *const *)argv + optind,
						 .nfiles = (size_t)(argc - optind),
						 .priority = opts->priority };
	int status = cli_rules_load(&wanted, &opts->rules);

	return status == CLI_OK ? run(opts) : status;
}

static int run_rules(int argc, char **argv)
{
	static const struct {
		const char *name;
		int (*run)(struct rules_opts *opts); /* NULL = checking is all there is to do */
	} actions[] = {
		{ "check", NULL },
		{ "list", run_list },
		{ "describe", run_describe },
	};
	struct rules_opts opts = { 0 };
	size_t i;
	bool done;
	int status;

	/* These have options of their own. */
	if (argc > 1 && !strcmp(argv[1], "explain"))
		return cli_rules_explain.run(argc - 1, argv + 1);
	if (argc > 1 && !strcmp(argv[1], "profile"))
		return cli_rules_profile.run(argc - 1, argv + 1);
	if (argc > 1 && !strcmp(argv[1], "test"))
		return cli_rules_test.run(argc - 1, argv + 1);
	status = parse_options(&opts, argc, argv, &done);
	if (done)
		return status;
	for (i = 0; optind < argc && i < sizeof(actions) / sizeof(actions[0]); i++)
		if (!strcmp(argv[optind], actions[i].name))
			break;
	if (optind == argc || i == sizeof(actions) / sizeof(actions[0]))
		return cli_usage(&cli_rules, "rules: expected 'check', 'list', 'describe', "
					     "'explain', 'profile' or 'test'");
	if (opts.rule && strcmp(actions[i].name, "describe") != 0)
		return cli_usage(&cli_rules, "--rule goes with 'describe' only");
	if (++optind == argc && !actions[i].run)
		return cli_usage(&cli_rules, "rules check: the files are missing");
	if (actions[i].run)
		status = run_loaded(&opts, argc, argv, actions[i].run);
	else
		status = check_all(&opts, argv + optind);
	eyas_rules_free(opts.rules);
	return status;
}

const struct cli_command cli_rules = {
	"rules", run_rules, "check, list and describe rules files",
	"usage: eyas rules check [OPTIONS] FILE...\n"
	"       eyas rules list [OPTIONS] [FILE...]\n"
	"       eyas rules describe [OPTIONS] [FILE...]\n"
	"       eyas rules explain RULE [OPTIONS] [-R RULES] -r FILE [FILTER]\n"
	"       eyas rules profile [OPTIONS] [-R RULES] -r FILE [FILTER]\n"
	"       eyas rules test [OPTIONS] FILE\n"
	"\n"
	"Load rules files one after another, as a detection does that uses them all. A directory\n"
	"stands for the .yaml and .yml files in it. Without a file, list and describe are of the "
	"rules\n"
	"that come with the command.\n"
	"\n"
	"check     say of each file whether it is valid, and what is wrong with it; status 1 if\n"
	"          one is not\n"
	"list      the rules with their priority, source and tags\n"
	"describe  the rules with their descriptions; as JSON, also conditions, fields and "
	"events,\n"
	"          macros and lists\n"
	"explain   why events do not match a rule; see 'eyas help rules explain'\n"
	"profile   what rules and comparisons cost; see 'eyas help rules profile'\n"
	"test      do rules give the alerts they should; see 'eyas help rules test'\n"
	"\n"
	"  -o, --output FORMAT   text (default) or json\n"
	"  -v, --verbose         check: the warnings with their places, too\n"
	"      --rule NAME       describe: only this rule\n"
	"      --priority NAME   rules that are less urgent are checked, but never enabled\n"
	"  -h, --help            this text\n"
};
