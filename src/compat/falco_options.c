/* SPDX-License-Identifier: Apache-2.0 */
/* Falco's options, one row each, and what of them does not go together. */
#include "compat/falco_options.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"

enum kind {
	FLAG,	   /* --name or --name=true, --name=false */
	TEXT,	   /* the last one counts */
	WORDS,	   /* all of them count */
	SECONDS,   /* a number */
	IGNORED,   /* a flag that is of no effect */
	IGNORED_OF /* an option with a value that is of no effect */
};

/* Options without a letter, and those whose value may be missing. */
enum {
	OPT_CONFIG_SCHEMA = 256,
	OPT_RULE_SCHEMA,
	OPT_DISABLE_SOURCE,
	OPT_ENABLE_SOURCE,
	OPT_DRY_RUN,
	OPT_LIST,
	OPT_LIST_EVENTS,
	OPT_LIST_PLUGINS,
	OPT_MARKDOWN,
	OPT_FORMAT,
	OPT_PLUGIN_INFO,
	OPT_SUPPORT,
	OPT_VERSION,
	OPT_PAGE_SIZE,
	OPT_STATS_INTERVAL,
	OPT_MODERN_BPF,
	OPT_NODRIVER,
	OPT_CRI,
	OPT_DISABLE_CRI_ASYNC,
	OPT_K8S_NODE,
	OPT_GVISOR_GENERATE,
	OPT_GVISOR_ROOT
};

static const struct option longs[] = {
	{ "help", optional_argument, NULL, 'h' },
	{ "config-schema", optional_argument, NULL, OPT_CONFIG_SCHEMA },
	{ "rule-schema", optional_argument, NULL, OPT_RULE_SCHEMA },
	{ "disable-source", required_argument, NULL, OPT_DISABLE_SOURCE },
	{ "enable-source", required_argument, NULL, OPT_ENABLE_SOURCE },
	{ "dry-run", optional_argument, NULL, OPT_DRY_RUN },
	{ "list", optional_argument, NULL, OPT_LIST },
	{ "list-events", optional_argument, NULL, OPT_LIST_EVENTS },
	{ "list-syscall-events", optional_argument, NULL, OPT_LIST_EVENTS },
	{ "list-plugins", optional_argument, NULL, OPT_LIST_PLUGINS },
	{ "markdown", optional_argument, NULL, OPT_MARKDOWN },
	{ "format", required_argument, NULL, OPT_FORMAT },
	{ "option", required_argument, NULL, 'o' },
	{ "plugin-info", required_argument, NULL, OPT_PLUGIN_INFO },
	{ "print", required_argument, NULL, 'p' },
	{ "pidfile", required_argument, NULL, 'P' },
	{ "support", optional_argument, NULL, OPT_SUPPORT },
	{ "unbuffered", optional_argument, NULL, 'U' },
	{ "validate", required_argument, NULL, 'V' },
	{ "version", optional_argument, NULL, OPT_VERSION },
	{ "page-size", optional_argument, NULL, OPT_PAGE_SIZE },
	/* Of earlier releases. */
	{ "ignored-events", optional_argument, NULL, 'i' },
	{ "print-base64", optional_argument, NULL, 'b' },
	{ "daemon", optional_argument, NULL, 'd' },
	{ "snaplen", required_argument, NULL, 'S' },
	{ "stats-interval", required_argument, NULL, OPT_STATS_INTERVAL },
	{ "stats_interval", required_argument, NULL, OPT_STATS_INTERVAL },
	{ "writefile", required_argument, NULL, 'w' },
	{ "modern-bpf", optional_argument, NULL, OPT_MODERN_BPF },
	{ "nodriver", optional_argument, NULL, OPT_NODRIVER },
	{ "userspace", optional_argument, NULL, 'u' },
	{ "cri", required_argument, NULL, OPT_CRI },
	{ "disable-cri-async", optional_argument, NULL, OPT_DISABLE_CRI_ASYNC },
	{ "k8s-api", required_argument, NULL, 'k' },
	{ "k8s-api-cert", required_argument, NULL, 'K' },
	{ "k8s-node", required_argument, NULL, OPT_K8S_NODE },
	{ "mesos-api", required_argument, NULL, 'm' },
	{ "gvisor-config", required_argument, NULL, 'g' },
	{ "gvisor-generate-config", optional_argument, NULL, OPT_GVISOR_GENERATE },
	{ "gvisor-root", required_argument, NULL, OPT_GVISOR_ROOT },
	{ NULL, 0, NULL, 0 },
};

#define SHORTS ":hc:Abde:g:G:iD:K:k:Ll:M:m:No:p:P:r:s:S:t:T:Uuvw:V:"

/* Where an option's value goes. */
static const struct row {
	int opt;
	enum kind kind;
	size_t at;
	const char *name; /* of one that is of no effect: how it is told of */
} rows[] = {
#define AT(member) offsetof(struct falco_options, member)
	{ 'h', FLAG, AT(help), NULL },
	{ OPT_VERSION, FLAG, AT(version), NULL },
	{ OPT_PAGE_SIZE, FLAG, AT(page_size), NULL },
	{ OPT_CONFIG_SCHEMA, FLAG, AT(config_schema), NULL },
	{ OPT_RULE_SCHEMA, FLAG, AT(rule_schema), NULL },
	{ OPT_SUPPORT, FLAG, AT(support), NULL },
	{ 'i', FLAG, AT(list_ignored), NULL },
	{ OPT_LIST_EVENTS, FLAG, AT(list_events), NULL },
	{ OPT_LIST_PLUGINS, FLAG, AT(list_plugins), NULL },
	{ 'L', FLAG, AT(describe_all), NULL },
	{ 'l', TEXT, AT(describe_rule), NULL },
	{ OPT_PLUGIN_INFO, TEXT, AT(plugin_info), NULL },
	{ 'V', WORDS, AT(validate), NULL },
	{ OPT_MARKDOWN, FLAG, AT(markdown), NULL },
	{ 'N', FLAG, AT(names_only), NULL },
	{ OPT_FORMAT, TEXT, AT(format), NULL },
	{ 'c', TEXT, AT(config), NULL },
	{ 'o', WORDS, AT(overrides), NULL },
	{ 'r', WORDS, AT(rules), NULL },
	{ OPT_ENABLE_SOURCE, WORDS, AT(enable_sources), NULL },
	{ OPT_DISABLE_SOURCE, WORDS, AT(disable_sources), NULL },
	{ 'D', WORDS, AT(disabled_rules), NULL },
	{ 'T', WORDS, AT(disabled_tags), NULL },
	{ 't', WORDS, AT(enabled_tags), NULL },
	{ 'p', TEXT, AT(print), NULL },
	{ 'P', TEXT, AT(pidfile), NULL },
	{ 'e', TEXT, AT(capture), NULL },
	{ 'w', TEXT, AT(write), NULL },
	{ 's', TEXT, AT(stats), NULL },
	{ 'M', SECONDS, AT(seconds), NULL },
	{ 'S', SECONDS, AT(snaplen), NULL },
	{ OPT_STATS_INTERVAL, SECONDS, AT(stats_ms), NULL },
	{ 'v', FLAG, AT(verbose), NULL },
	{ 'U', FLAG, AT(unbuffered), NULL },
	{ OPT_DRY_RUN, FLAG, AT(dry_run), NULL },
	{ 'd', FLAG, AT(daemon), NULL },
	{ 'A', FLAG, AT(all_events), NULL },
	{ 'b', FLAG, AT(base64), NULL },
	{ OPT_MODERN_BPF, FLAG, AT(modern_bpf), NULL },
	{ OPT_NODRIVER, FLAG, AT(nodriver), NULL },
	{ 'u', IGNORED, 0, "-u" },
	{ 'G', IGNORED_OF, 0, "-G" },
	{ OPT_CRI, IGNORED_OF, 0, "--cri" },
	{ OPT_DISABLE_CRI_ASYNC, IGNORED, 0, "--disable-cri-async" },
	{ 'k', IGNORED_OF, 0, "-k" },
	{ 'K', IGNORED_OF, 0, "-K" },
	{ OPT_K8S_NODE, IGNORED_OF, 0, "--k8s-node" },
	{ 'm', IGNORED_OF, 0, "-m" },
	{ 'g', IGNORED_OF, 0, "-g" },
	{ OPT_GVISOR_GENERATE, IGNORED, 0, "--gvisor-generate-config" },
	{ OPT_GVISOR_ROOT, IGNORED_OF, 0, "--gvisor-root" },
#undef AT
};

enum { ROWS = sizeof(rows) / sizeof(rows[0]) };

static int no_memory(struct eyas_err *reterr)
{
	return eyas_err_set(reterr, -ENOMEM, "%s", eyas_strerror(-ENOMEM));
}

/* ---- values ---- */

static int take_flag(bool *to, const char *name, const char *arg, struct eyas_err *reterr)
{
	*to = !arg || !strcmp(arg, "true") || !strcmp(arg, "1") || !strcmp(arg, "t") ||
	      !strcmp(arg, "T") || !strcmp(arg, "True");
	if (*to || !strcmp(arg, "false") || !strcmp(arg, "0") || !strcmp(arg, "f") ||
	    !strcmp(arg, "F") || !strcmp(arg, "False"))
		return 0;
	return eyas_err_set(reterr, EYAS_E_USAGE,
			    "Argument '%.200s' of option '%s' failed to parse", arg, name);
}

static int take_number(uint64_t *to, const char *name, const char *arg, struct eyas_err *reterr)
{
	char *end;
	unsigned long long value;

	errno = 0;
	value = strtoull(arg, &end, 10);
	if (*arg < '0' || *arg > '9' || *end || errno || value > UINT32_MAX)
		return eyas_err_set(reterr, EYAS_E_USAGE,
				    "Argument '%.200s' of option '%s' failed to parse", arg, name);
	*to = value;
	return 0;
}

static int take_value(struct falco_options *options, const struct row *row, const char *name,
		      const char *arg, struct eyas_err *reterr)
{
	void *to = (char *)options + row->at;
	struct falco_words *words = to;

	switch (row->kind) {
	case FLAG:
		return take_flag(to, name, arg, reterr);
	case TEXT:
		*(const char **)to = arg;
		return 0;
	case WORDS:
		words->words[words->count++] = arg;
		return 0;
	case SECONDS:
		options->has_snaplen |= row->opt == 'S';
		return take_number(to, name, arg, reterr);
	case IGNORED:
	case IGNORED_OF:
		options->ignored.words[options->ignored.count++] = row->name;
		return 0;
	}
	return 0;
}

/* What the option is called: "V", "validate". Of the command line, or of the table. */
static const char *option_name(int opt, int index, char letter[2])
{
	if (index >= 0)
		return longs[index].name;
	letter[0] = (char)opt;
	letter[1] = '\0';
	return letter;
}

/* "--list" alone lists all fields; a word behind it that is no option is a source. */
static void take_list(struct falco_options *options, const char *arg, char *const *argv)
{
	options->list_fields = true;
	if (!arg && argv[optind] && argv[optind][0] != '-')
		arg = argv[optind++];
	options->list_source = arg;
}

static int take_option(struct falco_options *options, int opt, const char *name,
		       struct eyas_err *reterr)
{
	size_t i;

	for (i = 0; i < ROWS; i++)
		if (rows[i].opt == opt)
			return take_value(options, &rows[i], name, optarg, reterr);
	return 0;
}

/* ---- the whole ---- */

/* Each word of the command line is in at most one list, and each list has room for all. */
static bool make_room(struct falco_options *options, int argc)
{
	struct falco_words *const lists[] = {
		&options->validate,	  &options->overrides,	     &options->rules,
		&options->enable_sources, &options->disable_sources, &options->disabled_rules,
		&options->disabled_tags,  &options->enabled_tags,    &options->ignored,
	};
	const size_t nlists = sizeof(lists) / sizeof(lists[0]), each = (size_t)argc * 2;
	const char **memory = calloc(nlists * each, sizeof(*memory));
	size_t i;

	options->memory = memory;
	for (i = 0; memory && i < nlists; i++)
		lists[i]->words = memory + i * each;
	return memory;
}

static bool join_words(struct falco_options *options, int argc, char **argv)
{
	size_t size = 1;
	char *to;
	int i;

	for (i = 0; i < argc; i++)
		size += strlen(argv[i]) + 1;
	to = options->cmdline = malloc(size);
	if (!to)
		return false;
	for (i = 0; i < argc; i++) {
		if (i)
			*to++ = ' ';
		to = stpcpy(to, argv[i]);
	}
	*to = '\0';
	return true;
}

static int fit_together(const struct falco_options *options, struct eyas_err *reterr)
{
	if ((options->disabled_rules.count || options->disabled_tags.count) &&
	    options->enabled_tags.count)
		return eyas_err_set(reterr, EYAS_E_USAGE,
				    "You can not specify both disabled (-D/-T) and enabled (-t) "
				    "rules");
	if ((options->capture != NULL) + options->modern_bpf + options->nodriver > 1)
		return eyas_err_set(reterr, EYAS_E_USAGE,
				    "You can not specify more than one of -e, --modern-bpf and "
				    "--nodriver");
	if (options->markdown && options->format)
		return eyas_err_set(reterr, EYAS_E_USAGE,
				    "You can not specify both --markdown and --format");
	if (options->write && !strcmp(options->write, "-"))
		return eyas_err_set(reterr, EYAS_E_USAGE,
				    "-w takes a file: standard output is for alerts");
	if (options->daemon && options->pidfile && !options->pidfile[0])
		return eyas_err_set(reterr, EYAS_E_USAGE,
				    "If -d is provided, a pid file must also be provided");
	return 0;
}

static int bad_option(int opt, char *const *argv, struct eyas_err *reterr)
{
	if (optopt > 0 && optopt < 256)
		return eyas_err_set(reterr, EYAS_E_USAGE,
				    opt == ':' ? "Option '%c' is missing an argument"
					       : "Option '%c' does not exist",
				    optopt);
	return eyas_err_set(reterr, EYAS_E_USAGE,
			    opt == ':' ? "Option '%.200s' is missing an argument"
				       : "Option '%.200s' does not exist",
			    argv[optind - 1] + strspn(argv[optind - 1], "-"));
}

int falco_options_parse(struct falco_options *options, int argc, char **argv,
			struct eyas_err *reterr)
{
	int opt, index = -1, err = 0;
	char letter[2];

	*options = (struct falco_options){ .stats_ms = 5000 };
	if (!make_room(options, argc) || !join_words(options, argc, argv))
		return no_memory(reterr);
	opterr = 0;
	optind = 0; /* begin anew, also when a restart comes here again */
	while (!err && (opt = getopt_long(argc, argv, SHORTS, longs, &index)) != -1) {
		if (opt == '?' || opt == ':')
			return bad_option(opt, argv, reterr);
		if (opt == OPT_LIST)
			take_list(options, optarg, argv);
		else
			err = take_option(options, opt, option_name(opt, index, letter), reterr);
		index = -1;
	}
	/* Falco passes over words that belong to no option. */
	for (; !err && optind < argc; optind++)
		options->ignored.words[options->ignored.count++] = argv[optind];
	return err ? err : fit_together(options, reterr);
}

void falco_options_fini(struct falco_options *options)
{
	free(options->cmdline);
	free(options->memory);
	*options = (struct falco_options){ .cmdline = NULL };
}

/* ---- help ---- */

const char *falco_options_help(void)
{
	return "Falco's options, done by eyas; see eyas-as-falco(1)\n"
	       "Usage:\n"
	       "  falco [OPTION...]\n"
	       "\n"
	       "  -h, --help                   this text\n"
	       "  -c <path>                    configuration file (default " FALCO_CONFIG_PATH ")\n"
	       "      --config-schema          the JSON schema of the configuration\n"
	       "      --rule-schema            the JSON schema of rules files\n"
	       "      --disable-source <name>  no events of this source; again for more\n"
	       "      --enable-source <name>   events of this source alone; again for more\n"
	       "      --dry-run                everything up to the first event\n"
	       "  -i                           system calls that are left out by default\n"
	       "  -L                           names and descriptions of all rules\n"
	       "  -l <rule>                    of one rule\n"
	       "      --list[=<source>]        fields; -N: names only, -v: with types\n"
	       "      --list-events            events and their parameters\n"
	       "      --list-plugins           plugins that are configured\n"
	       "      --plugin-info <name>     one of them\n"
	       "      --format <format>        text, markdown or json, for --list and\n"
	       "                               --list-events\n"
	       "      --markdown               the same as --format markdown\n"
	       "  -N                           with --list, names only\n"
	       "  -M <num_seconds>             end after so many seconds of events\n"
	       "  -o, --option <opt>=<val>     a value of the configuration; again for more\n"
	       "  -p, --print <format>         text that is appended to the output of all rules\n"
	       "  -P, --pidfile <pid_file>     file for the id of the process\n"
	       "  -r <rules_file>              rules file or directory, instead of those of the\n"
	       "                               configuration; again for more\n"
	       "      --support                versions, configuration and rules, as JSON\n"
	       "  -U, --unbuffered             write each alert at once\n"
	       "  -V, --validate <rules_file>  report on rules files; again for more\n"
	       "  -v                           more about rules and the run, on standard error\n"
	       "      --version                versions\n"
	       "      --page-size              the size of memory pages\n"
	       "\n"
	       "Of earlier releases:\n"
	       "  -A                           base_syscalls.all\n"
	       "  -b, --print-base64           buffer_format_base64\n"
	       "  -D <substring>               disable rules with this in their names\n"
	       "  -d, --daemon                 in the background; -P names the file for its id\n"
	       "  -e <events_file>             replay this capture\n"
	       "      --modern-bpf, --nodriver engine.kind\n"
	       "  -S, --snaplen <len>          falco_libs.snaplen\n"
	       "  -s <stats_file>              numbers of events and losses, a line each\n"
	       "      --stats-interval <msec>  so many milliseconds (default 5000)\n"
	       "  -T <tag>                     disable rules with this tag\n"
	       "  -t <tag>                     only rules with this tag\n"
	       "  -w, --writefile <file>       write all events to a capture, too\n"
	       "\n"
	       "Accepted and of no effect: --cri, --disable-cri-async, -G, -g, --gvisor-config,\n"
	       "--gvisor-root, -K, -k, --k8s-api, --k8s-api-cert, --k8s-node, -m, --mesos-api,\n"
	       "-u, --userspace.\n";
}
