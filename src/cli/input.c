/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Events as input of a command, from captures or this machine: options, the session over them,
 * damage, progress. What only a live source has is in live_input.c.
 */
#include <ctype.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/cli.h"

/* Damage is counted without end, but told of so many times only. */
enum { DAMAGE_SHOWN = 10 };

bool cli_number(const char *text, uint64_t max, uint64_t *ret)
{
	char *end;
	unsigned long long value;

	if (!isdigit((unsigned char)text[0]))
		return false;
	errno = 0;
	value = strtoull(text, &end, 10);
	if (errno || *end || value > max)
		return false;
	*ret = value;
	return true;
}

bool cli_size(const char *text, uint64_t *ret_bytes)
{
	static const char units[] = "KMGT";
	const char *unit;
	double value;
	char *end;

	if (!isdigit((unsigned char)text[0]))
		return false;
	value = strtod(text, &end);
	if (*end) {
		unit = strchr(units, toupper((unsigned char)*end));
		if (!unit || (end[1] && strcmp(end + 1, "iB") != 0 && strcmp(end + 1, "B") != 0))
			return false;
		value *= (double)(UINT64_C(1) << (10 * (unit - units + 1)));
	}
	if (!(value >= 1 && value < 1e18))
		return false;
	*ret_bytes = (uint64_t)value;
	return true;
}

void cli_input_fini(struct cli_input *input)
{
	eyas_network_free(input->network);
	free(input->filter_words);
	free(input->paths);
}

static int positive(const struct cli_command *command, const char *option, const char *arg,
		    uint64_t *ret)
{
	if (cli_number(arg, UINT32_MAX, ret) && *ret)
		return CLI_OK;
	return cli_usage(command, "%s '%s': expected a number, 1 or more", option, arg);
}

/* Options of captures. */
static int capture_option(struct cli_input *input, const struct cli_command *command, int opt,
			  const char *arg)
{
	struct eyas_session_opts *session = &input->session;

	switch (opt) {
	case 'r':
		input->paths[input->npaths++] = arg;
		return CLI_OK;
	case CLI_OPT_MERGE:
		session->source.merge = 1;
		return CLI_OK;
	case CLI_OPT_FROM:
		session->from = arg;
		return CLI_OK;
	case CLI_OPT_TO:
		session->to = arg;
		return CLI_OK;
	case CLI_OPT_RAW_SCHEMA:
		session->source.raw_schema = 1;
		return CLI_OK;
	case CLI_OPT_MAX_BLOCK:
		if (!cli_size(arg, &session->source.max_block_bytes))
			return cli_usage(command, "--max-block '%s': expected a size like 64M",
					 arg);
		return CLI_OK;
	case CLI_OPT_MAX_STORED:
		if (!cli_size(arg, &session->source.max_stored_bytes))
			return cli_usage(command, "--max-stored '%s': expected a size like 4M",
					 arg);
		return CLI_OK;
	default:
		return -1;
	}
}

/* Options of all commands with events to read. */
static int common_option(struct cli_input *input, const struct cli_command *command, int opt,
			 const char *arg)
{
	struct eyas_session_opts *session = &input->session;

	switch (opt) {
	case 'n':
		if (!cli_number(arg, UINT64_MAX, &session->limit) || !session->limit)
			return cli_usage(command, "-n '%s': expected a number of events, 1 or more",
					 arg);
		return CLI_OK;
	case 'F':
		if (input->filter_text)
			return cli_usage(command, "-F is there twice: join the filters by 'and'");
		input->filter_text = arg;
		return CLI_OK;
	case 'q':
		input->quiet = true;
		return CLI_OK;
	case 'v':
		input->verbose = true;
		return CLI_OK;
	case CLI_OPT_MAX_THREADS:
		return positive(command, "--max-threads", arg, &session->state.max_threads);
	case CLI_OPT_MAX_FDS:
		return positive(command, "--max-fds", arg, &session->state.max_fds);
	case CLI_OPT_NO_PROGRESS:
		input->no_progress = true;
		return CLI_OK;
	default:
		return -1;
	}
}

char *cli_join_words(char *const *words)
{
	size_t len = 1;
	char *const *word;
	char *text, *end;

	for (word = words; *word; word++)
		len += strlen(*word) + 1;
	text = malloc(len);
	if (!text) {
		cli_error("no memory");
		return NULL;
	}
	end = text;
	for (word = words; *word; word++) {
		if (word != words)
			*end++ = ' ';
		end = stpcpy(end, *word);
	}
	*end = '\0';
	return text;
}

int cli_filter_words(struct cli_input *input, const struct cli_command *command, char **words)
{
	if (input->filter_text)
		return cli_usage(command, "'%s': there is a filter already, from -F", words[0]);
	input->filter_words = cli_join_words(words);
	input->filter_text = input->filter_words;
	return input->filter_words ? CLI_OK : CLI_FAILED;
}

static int input_option(struct cli_input *input, const struct cli_command *command, int opt,
			const char *arg)
{
	int status = common_option(input, command, opt, arg);

	if (status == -1 && input->source != CLI_MACHINE)
		status = capture_option(input, command, opt, arg);
	if (status == -1 && input->source != CLI_CAPTURES)
		status = cli_live_option(input, command, opt, arg);
	return status;
}

/* Options of captures, which mean nothing to a live source. */
static int refuse_capture_options(const struct cli_input *input, const struct cli_command *command)
{
	const struct eyas_session_opts *session = &input->session;

	if (session->from || session->to || session->source.merge || session->source.raw_schema ||
	    session->source.max_block_bytes || session->source.max_stored_bytes)
		return cli_usage(command,
				 "%s: --from, --to, --merge, --raw-schema, --max-block and "
				 "--max-stored need captures to read (-r FILE)",
				 command->name);
	return CLI_OK;
}

/* The words behind the options of a live source. */
static int live_words(struct cli_input *input, const struct cli_command *command, int argc,
		      char **argv)
{
	int status = refuse_capture_options(input, command);

	input->live.on = true;
	if (status != CLI_OK || optind == argc)
		return status;
	if (argc - optind == 1 && !access(argv[optind], F_OK))
		return cli_usage(command, "'%s' is a file: captures are read by 'eyas read'",
				 argv[optind]);
	return cli_filter_words(input, command, argv + optind);
}

/*
 * Is each of the words the name of a file? There is none called "evt.type=open"; and no filter
 * begins like a path, whether that exists or not.
 */
static bool are_files(int argc, char **argv)
{
	int i;

	for (i = optind; i < argc; i++)
		if (argv[i][0] != '/' && argv[i][0] != '.' && strcmp(argv[i], "-") != 0 &&
		    access(argv[i], F_OK))
			return false;
	return optind < argc;
}

static bool reads_machine(const struct cli_input *input, int argc, char **argv)
{
	if (input->source != CLI_CAPTURES_OR_MACHINE || input->npaths)
		return input->source == CLI_MACHINE;
	return !are_files(argc, argv);
}

/* The words behind the options. */
static int input_words(struct cli_input *input, const struct cli_command *command, int argc,
		       char **argv)
{
	int i;

	if (reads_machine(input, argc, argv))
		return live_words(input, command, argc, argv);
	if (input->live.used)
		return cli_usage(command, "--%s needs a live source, without -r", input->live.used);
	if (input->npaths && optind < argc)
		return cli_filter_words(input, command, argv + optind);
	for (i = optind; i < argc; i++)
		input->paths[input->npaths++] = argv[i];
	if (!input->npaths)
		return cli_usage(command, "%s: no capture is named", command->name);
	return CLI_OK;
}

int cli_input_parse(struct cli_input *input, const struct cli_command *command, int argc,
		    char **argv, const char *shorts, const struct option *longs, cli_option_fn own,
		    void *ctx, bool *ret_done)
{
	enum cli_source source = input->source;
	int opt, status = CLI_OK;

	memset(input, 0, sizeof(*input));
	input->source = source;
	*ret_done = true;
	/* Each word names one capture at most. */
	input->paths = calloc((size_t)argc, sizeof(*input->paths));
	if (!input->paths) {
		cli_error("no memory");
		return CLI_FAILED;
	}
	while (status == CLI_OK && (opt = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
		if (opt == 'h') {
			cli_help(command);
			return CLI_OK;
		}
		status = input_option(input, command, opt, optarg);
		if (status == -1)
			status = own(ctx, opt, optarg);
		if (status == -1)
			status = cli_bad_option(command, argv);
	}
	if (status == CLI_OK)
		status = input_words(input, command, argc, argv);
	*ret_done = status != CLI_OK;
	return status;
}

struct eyas_network *cli_network(struct cli_input *input)
{
	if (!input->network && eyas_network_new(&input->fields, &input->network))
		cli_error("no memory");
	input->session.network = input->network;
	input->session.follow = true;
	return input->network;
}

static void show_warning(void *ctx, const struct eyas_err *warning)
{
	cli_show_error("warning", ctx, warning);
}

int cli_filter_compile(struct cli_input *input)
{
	char *text = (char *)(uintptr_t)input->filter_text; /* not written to: a context */
	struct eyas_err err;

	if (!text)
		return CLI_OK;
	if (input->session.source.raw_schema) {
		cli_error("a filter needs events of today's schema: it does not go with "
			  "--raw-schema");
		return CLI_USAGE;
	}
	if (!cli_network(input))
		return CLI_FAILED;
	if (eyas_filter_add(input->network, text, input->quiet ? NULL : show_warning, text,
			    &input->filter, &err)) {
		cli_show_error("filter", text, &err);
		return CLI_USAGE;
	}
	input->session.filter = &input->filter;
	return CLI_OK;
}

static void clear_progress(const struct cli_input *input)
{
	if (input->session.progress)
		fputs("\r\033[K", stderr);
}

static void show_damage(void *ctx, const struct eyas_err *err)
{
	struct cli_input *input = ctx;

	input->damage_seen++;
	clear_progress(input);
	if (input->damage_seen <= DAMAGE_SHOWN)
		cli_error("%s", err->text);
	else if (input->damage_seen == DAMAGE_SHOWN + 1)
		cli_error("there is more damage, which is counted but not shown");
}

double cli_seconds_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* One line on stderr, a few times a second, once the work has lasted a second. */
static void show_progress(void *ctx, const struct eyas_source_stats *stats)
{
	struct cli_input *input = ctx;
	double now = cli_seconds_now(), seconds = now - input->started;

	if (now < input->next_progress)
		return;
	input->next_progress = now + 0.2;
	fprintf(stderr, "\r\033[K%llu events, %.1f M/s", (unsigned long long)stats->events,
		(double)stats->events / seconds / 1e6);
	if (stats->bytes_total)
		fprintf(stderr, ", %.0f %% read",
			100.0 * (double)stats->bytes_in / (double)stats->bytes_total);
	if (stats->damaged)
		fprintf(stderr, ", %llu damaged", (unsigned long long)stats->damaged);
	fflush(stderr);
}

/* A few times a second of a live source. */
static int on_tick(void *ctx)
{
	struct cli_input *input = ctx;

	if (input->running)
		cli_live_stats(input, input->running, cli_seconds_now());
	return input->live.ended && input->live.ended(input->live.ended_ctx);
}

int cli_session_prepare(struct cli_input *input)
{
	if (input->live.on && cli_live_prepare(input) != CLI_OK)
		return CLI_FAILED;
	/* The lines of --stats stand in the place of those of the progress. */
	input->no_progress |= input->live.stats;
	input->session.tick = on_tick;
	input->session.tick_ctx = input;

	input->session.paths = input->paths;
	input->session.npaths = input->npaths;
	input->session.source.damage = show_damage;
	input->session.source.damage_ctx = input;
	input->session.stop = &cli_stop;
	input->started = cli_seconds_now();
	input->next_progress = input->started + 1;
	if (!input->quiet && !input->no_progress && isatty(STDERR_FILENO)) {
		input->session.progress = show_progress;
		input->session.progress_ctx = input;
	}
	cli_catch_signals();
	return CLI_OK;
}

struct eyas_session *cli_session_open(struct cli_input *input)
{
	struct eyas_session *session;
	struct eyas_err err;

	if (cli_session_prepare(input) != CLI_OK)
		return NULL;
	if (eyas_session_open(&input->session, &session, &err)) {
		cli_error("%s", err.text);
		return NULL;
	}
	return session;
}

int cli_session_run(struct cli_input *input, struct eyas_session *session,
		    struct eyas_err *ret_failure)
{
	struct eyas_session_stats stats;
	int res, status = CLI_OK;
	struct eyas_err err;

	input->running = session;
	err.text[0] = '\0';
	res = eyas_session_run(session, &err);
	clear_progress(input);
	eyas_session_stats(session, &stats);
	if (res) {
		if (!err.text[0])
			snprintf(err.text, sizeof(err.text), "%s", eyas_strerror(res));
		cli_error("%s", err.text);
		err.code = res;
		if (ret_failure)
			*ret_failure = err;
	}
	if (stats.source.damaged > DAMAGE_SHOWN)
		cli_error("%llu parts of the input were damaged",
			  (unsigned long long)stats.source.damaged);
	if (input->live.on)
		status = cli_live_report(input, session);
	return res || stats.source.damaged ? CLI_FAILED : status;
}

static void summary_line(const char *what, uint64_t count)
{
	if (count)
		fprintf(stderr, "  %-28s %llu\n", what, (unsigned long long)count);
}

/* What the state could not keep or did not get to know. */
static void state_summary(const struct eyas_state *state)
{
	struct eyas_state_stats s;

	eyas_state_stats(state, &s);
	summary_line("threads without room", s.threads_refused);
	summary_line("descriptors without room", s.fds_refused);
	summary_line("strings without room", s.strings_refused);
	summary_line("users without room", s.owners_refused);
	summary_line("threads given up as idle", s.threads_expired);
	summary_line("threads made up", s.threads_guessed);
	summary_line("uses of unknown descriptors", s.fds_unknown);
	summary_line("parents that made a circle", s.loops_cut);
}

void cli_session_summary(const struct eyas_session *session)
{
	const struct eyas_state *state = eyas_session_state(session);
	struct eyas_session_stats s;

	eyas_session_stats(session, &s);
	fprintf(stderr, "eyas: %llu events shown, %llu in the input\n", (unsigned long long)s.shown,
		(unsigned long long)s.source.events);
	summary_line("kept for state only", s.hidden);
	summary_line("before the range", s.before);
	summary_line("behind the range", s.behind);
	summary_line("not matched by the filter", s.filtered);
	summary_line("during the scan", s.overlapping);
	if (s.scanned >= 0)
		fprintf(stderr, "  %-28s %lld, in %.1f ms\n", "threads found running",
			(long long)s.scanned, (double)s.scan_ns / 1e6);
	summary_line("enters folded into exits", s.source.events_stored);
	summary_line("converted from old versions", s.source.events_converted);
	summary_line("old ones without a meaning", s.source.events_dropped);
	summary_line("of newer, unknown types", s.source.events_newer);
	summary_line("with newer parameters", s.source.events_longer);
	summary_line("exits without their enter", s.source.enters_missing);
	summary_line("enters given up for memory", s.source.enters_evicted);
	summary_line("unknown blocks skipped", s.source.blocks_skipped);
	summary_line("damaged parts", s.source.damaged);
	if (state)
		state_summary(state);
}
