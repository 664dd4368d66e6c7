/* SPDX-License-Identifier: Apache-2.0 */
/* A live source as input of a command: its options, what it has to capture, what it lost. */
#include <errno.h>
#include <linux/magic.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "cli/cli.h"

enum { SNAPLEN_MAX = 65000, SAMPLING_MAX = 128 };

/* ---- options ---- */

static int parse_id(const struct cli_command *command, const char *option, const char *arg,
		    uint32_t *ret)
{
	uint64_t number;

	if (!cli_number(arg, INT32_MAX, &number) || !number)
		return cli_usage(command, "%s '%s': expected the id of a process", option, arg);
	*ret = (uint32_t)number;
	return CLI_OK;
}

static int parse_user(struct eyas_live_tests *tests, const struct cli_command *command,
		      const char *arg)
{
	const struct passwd *user;
	uint64_t number;

	if (!cli_number(arg, UINT32_MAX - 1, &number)) {
		user = getpwnam(arg);
		if (!user)
			return cli_usage(command, "--uid '%s': there is no such user", arg);
		number = user->pw_uid;
	}
	tests->uid = (uint32_t)number;
	tests->has_uid = 1;
	return CLI_OK;
}

/* The id of a cgroup is the number of its directory. */
static bool cgroup_id(const char *path, uint64_t *ret)
{
	struct statfs fs;
	struct stat dir;

	if (stat(path, &dir) || !S_ISDIR(dir.st_mode) || statfs(path, &fs) ||
	    fs.f_type != CGROUP2_SUPER_MAGIC)
		return false;
	*ret = dir.st_ino;
	return true;
}

/* A directory, or the path within the hierarchy, as /proc/PID/cgroup has it behind "0::". */
static int parse_cgroup(struct eyas_live_tests *tests, const struct cli_command *command,
			const char *arg)
{
	static const char *const mounts[] = { "", "/sys/fs/cgroup/", "/sys/fs/cgroup/unified/" };
	char path[4096];
	size_t i;

	for (i = 0; i < sizeof(mounts) / sizeof(mounts[0]); i++) {
		if (snprintf(path, sizeof(path), "%s%s", mounts[i], arg) < (int)sizeof(path) &&
		    cgroup_id(path, &tests->cgroup_id))
			return CLI_OK;
	}
	return cli_usage(command, "--cgroup '%s': there is no such directory of a cgroup v2", arg);
}

static int parse_syscalls(struct cli_live *live, const struct cli_command *command, const char *arg)
{
	const char *bad;
	size_t len;

	if (!live_codes_parse(arg, &live->chosen, &bad, &len))
		return cli_usage(command,
				 "--syscalls: '%.*s' is no system call and no tracepoint; 'eyas "
				 "list syscalls' has them",
				 len < 100 ? (int)len : 100, bad);
	live->has_chosen = true;
	return CLI_OK;
}

static int parse_snaplen(struct eyas_live_opts *opts, const struct cli_command *command,
			 const char *arg)
{
	uint64_t number;

	if (!cli_number(arg, SNAPLEN_MAX, &number))
		return cli_usage(command, "--snaplen '%s': expected a number from 0 to %d", arg,
				 SNAPLEN_MAX);
	opts->snap_bytes = (uint32_t)number;
	opts->no_data = !number;
	return CLI_OK;
}

static int parse_duration(uint64_t *ret_ns, const struct cli_command *command, const char *arg)
{
	char *end;
	double seconds = strtod(arg, &end);

	if (end == arg || *end || !(seconds > 0 && seconds < 1e9))
		return cli_usage(command, "--duration '%s': expected a number of seconds", arg);
	*ret_ns = (uint64_t)(seconds * 1e9);
	return CLI_OK;
}

static int parse_sampling(struct eyas_live_opts *opts, const struct cli_command *command,
			  const char *arg)
{
	uint64_t number;

	/* The numbers that a capture can tell its readers. */
	if (!cli_number(arg, SAMPLING_MAX, &number) || !number || (number & (number - 1)))
		return cli_usage(command, "--sampling '%s': expected 1, 2, 4, 8, 16, 32, 64 or 128",
				 arg);
	opts->sampling = (uint32_t)number;
	return CLI_OK;
}

/* What the option is called when it is refused. */
static const char *option_name(int opt)
{
	static const struct option longs[] = { CLI_LIVE_LONG, { NULL, 0, NULL, 0 } };
	const struct option *o;

	for (o = longs; o->name; o++)
		if (o->val == opt)
			return o->name;
	return NULL;
}

int cli_live_option(struct cli_input *input, const struct cli_command *command, int opt,
		    const char *arg)
{
	struct cli_live *live = &input->live;
	struct eyas_live_opts *opts = &live->opts;
	const char *name = option_name(opt);

	if (!name)
		return -1;
	live->used = name;
	switch (opt) {
	case 's':
		return parse_snaplen(opts, command, arg);
	case 'M':
		return parse_duration(&input->session.duration_ns, command, arg);
	case CLI_OPT_RING_SIZE:
		if (cli_size(arg, &opts->ring_bytes))
			return CLI_OK;
		return cli_usage(command, "--ring-size '%s': expected a size like 16M", arg);
	case CLI_OPT_SAMPLING:
		return parse_sampling(opts, command, arg);
	case CLI_OPT_SYSCALLS:
		return parse_syscalls(live, command, arg);
	case CLI_OPT_FOLLOW:
		return parse_id(command, "--follow", arg, &opts->tests.follow_pid);
	case CLI_OPT_PID:
		return parse_id(command, "--pid", arg, &opts->tests.pid);
	case CLI_OPT_CGROUP:
		return parse_cgroup(&opts->tests, command, arg);
	case CLI_OPT_UID:
		return parse_user(&opts->tests, command, arg);
	case CLI_OPT_DROP_FAILED:
		opts->drop_failed = 1;
		return CLI_OK;
	case CLI_OPT_ENTER_EVENTS:
		opts->enter_events = 1;
		return CLI_OK;
	case CLI_OPT_DYNAMIC_SNAPLEN:
		opts->dynamic_snap = 1;
		return CLI_OK;
	case CLI_OPT_STATS:
		live->stats = true;
		return CLI_OK;
	case CLI_OPT_STRICT:
		live->strict = true;
		return CLI_OK;
	default:
		live->no_iterators = true;
		return CLI_OK;
	}
}

/* ---- what to capture ---- */

static bool has_tests(const struct eyas_live_tests *tests)
{
	return tests->pid || tests->follow_pid || tests->cgroup_id || tests->has_uid;
}

/* Tests of the filter beside those of the user; where both have one, the filter sees to it. */
static void add_tests(struct eyas_live_tests *tests, const struct eyas_live_tests *filter)
{
	/*
	 * With tests of the user's own the events of other processes are not wanted, not even for
	 * the state: nothing would tell them from those that are.
	 */
	tests->keep_state = filter->keep_state && !has_tests(tests);
	if (!tests->pid)
		tests->pid = filter->pid;
	tests->failed_only = filter->failed_only;
	tests->succeeded_only = filter->succeeded_only;
}

int cli_live_prepare(struct cli_input *input)
{
	struct eyas_session_opts *session = &input->session;
	struct cli_live *live = &input->live;
	struct live_wish wish = {
		.filter_text = input->filter_text,
		.filter = session->filter,
		.useful = live->useful,
		.chosen = live->has_chosen ? &live->chosen : NULL,
		.tested = has_tests(&live->opts.tests),
	};
	struct eyas_err err;

	wish.state = live->wants_state ||
		     (input->network && live_fields_need_state(input->network));
	if (live_plan(&wish, &live->plan, &err)) {
		cli_error("%s", err.text);
		return CLI_FAILED;
	}
	add_tests(&live->opts.tests, &live->plan.tests);
	live->opts.size = sizeof(live->opts);
	live->opts.codes = &live->plan.codes;
	session->live = &live->opts;
	session->follow |= wish.state;
	session->scan = wish.state;
	session->state.live = wish.state;
	session->no_iterators = live->no_iterators;
	if (live->has_chosen)
		session->show = &live->plan.show;
	return CLI_OK;
}

/* ---- what was lost ---- */

static void put_loss(char *text, size_t size, const char *why, uint64_t count)
{
	size_t len = strlen(text);

	if (count)
		snprintf(text + len, size - len, "%s%s %llu", len ? ", " : "", why,
			 (unsigned long long)count);
}

/* "open 12, other 3, too big 1" */
static void losses(const struct eyas_live_stats *stats, char *text, size_t size)
{
	unsigned kind;

	text[0] = '\0';
	for (kind = 0; kind < EYAS_DROP_KINDS; kind++)
		put_loss(text, size, eyas_drop_name(kind), stats->dropped_full[kind]);
	put_loss(text, size, "too big", stats->dropped_too_big);
	put_loss(text, size, "nested", stats->dropped_nested);
	put_loss(text, size, "on a new CPU", stats->dropped_no_ring);
}

static bool get_stats(const struct eyas_session *session, struct eyas_live_stats *ret_stats)
{
	return !eyas_live_stats(eyas_session_source(session), -1, ret_stats, NULL);
}

int cli_live_report(const struct cli_input *input, const struct eyas_session *session)
{
	struct eyas_live_stats stats;
	char text[512];

	if (!get_stats(session, &stats))
		return CLI_OK;
	if (input->live.stats)
		fprintf(stderr, "eyas: %llu events of %u CPUs, %llu lost, %llu left out\n",
			(unsigned long long)stats.events, (unsigned)stats.ncpus,
			(unsigned long long)stats.dropped, (unsigned long long)stats.tests_failed);
	if (input->live.stats && stats.sums_refused)
		fprintf(stderr, "eyas: %llu reads and writes found no room among the sums\n",
			(unsigned long long)stats.sums_refused);
	if (!stats.dropped)
		return CLI_OK;
	losses(&stats, text, sizeof(text));
	/* Also with --quiet: what is missing is no detail. */
	cli_error("%llu of %llu events were lost (%s); a larger --ring-size or a narrower filter "
		  "helps",
		  (unsigned long long)stats.dropped, (unsigned long long)stats.events, text);
	return input->live.strict ? CLI_FAILED : CLI_OK;
}

void cli_live_stats(struct cli_input *input, const struct eyas_session *session, double now)
{
	struct cli_live *live = &input->live;
	struct eyas_live_stats stats;

	if (!live->stats || now < live->next_stats || !get_stats(session, &stats))
		return;
	if (live->next_stats > 0)
		fprintf(stderr, "eyas: %llu events/s, %llu lost/s, rings up to %.0f %% full\n",
			(unsigned long long)(stats.events - live->last.events),
			(unsigned long long)(stats.dropped - live->last.dropped),
			stats.ring_bytes ? 100.0 * (double)stats.ring_used_max * stats.ncpus /
						   (double)stats.ring_bytes
					 : 0.0);
	live->last = stats;
	/* From the second that is due, so that being late now does not make the next one shorter. */
	live->next_stats = live->next_stats > 0 && now - live->next_stats < 1 ? live->next_stats + 1
									      : now + 1;
}
