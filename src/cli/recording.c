/* SPDX-License-Identifier: Apache-2.0 */
/* How commands write the events they get to captures. */
#include "cli/recording.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* How long a capture that grows slowly may be behind what has happened. */
#define FLUSH_SECONDS 1.0

/* ---- options ---- */

static int parse_compression(const struct cli_command *command, const char *arg, uint32_t *ret)
{
	static const enum eyas_compression known[] = { EYAS_COMPRESS_NONE, EYAS_COMPRESS_GZIP,
						       EYAS_COMPRESS_ZSTD };
	size_t i;

	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (!strcmp(arg, eyas_compression_name(known[i]))) {
			*ret = known[i];
			return CLI_OK;
		}
	return cli_usage(command, "--compress '%s': expected none, gzip or zstd", arg);
}

/* A number of 1 or more, times a factor. */
static int parse_positive(const struct cli_command *command, char opt, const char *arg,
			  uint64_t factor, uint64_t max, uint64_t *ret)
{
	uint64_t value;

	if (!cli_number(arg, max / factor, &value) || !value)
		return cli_usage(command, "-%c '%s': expected a number from 1 to %llu", opt, arg,
				 (unsigned long long)(max / factor));
	*ret = value * factor;
	return CLI_OK;
}

static int rotation_option(struct eyas_dump_opts *dump, const struct cli_command *command, int opt,
			   const char *arg)
{
	uint64_t number;
	int status;

	switch (opt) {
	case 'C':
		return parse_positive(command, 'C', arg, 1000000, UINT64_MAX, &dump->rotate_bytes);
	case 'G':
		return parse_positive(command, 'G', arg, 1000000000, UINT64_MAX, &dump->rotate_ns);
	case 'e':
		return parse_positive(command, 'e', arg, 1, UINT64_MAX, &dump->rotate_events);
	case 'W':
		status = parse_positive(command, 'W', arg, 1, 1000000, &number);
		if (status == CLI_OK)
			dump->keep_files = (unsigned)number;
		return status;
	default:
		return -1;
	}
}

int cli_recording_option(struct cli_recording *recording, const struct cli_command *command,
			 int opt, const char *arg)
{
	struct eyas_dump_opts *dump = &recording->dump;
	uint64_t number;

	switch (opt) {
	case 'w':
		dump->path = arg;
		return CLI_OK;
	case 'z':
		dump->writer.compression = EYAS_COMPRESS_GZIP;
		return CLI_OK;
	case CLI_OPT_COMPRESS:
		return parse_compression(command, arg, &dump->writer.compression);
	case CLI_OPT_LEVEL:
		if (!cli_number(arg, 22, &number) || !number)
			return cli_usage(command, "--level '%s': expected 1 to 22", arg);
		dump->writer.level = (int)number;
		return CLI_OK;
	case CLI_OPT_COMPAT:
		if (strcmp(arg, "sysdig-0.29") != 0)
			return cli_usage(command, "--compat '%s': expected sysdig-0.29", arg);
		dump->writer.compat = EYAS_COMPAT_SYSDIG_0_29;
		return CLI_OK;
	case CLI_OPT_FATFILE:
		recording->fat = true;
		return CLI_OK;
	default:
		return rotation_option(dump, command, opt, arg);
	}
}

/* ---- the consumer ---- */

/* Events that are no system calls tell of users and containers: part of the state, as metadata. */
static bool is_prologue(const struct eyas_event *event)
{
	return event->flags & EYAS_EVENT_HIDDEN && !(event->info->category & EYAS_EC_SYSCALL);
}

/* A failure, or that of a recording that others do not depend on: said, and over. */
static int fail(struct cli_recording *recording, int err, struct eyas_err *reterr)
{
	if (!err || !recording->aside)
		return err;
	cli_error("%s", reterr->text);
	recording->failed = true;
	return 0;
}

static int on_event(void *ctx, enum eyas_session_event what, const struct eyas_context *context,
		    struct eyas_err *reterr)
{
	struct cli_recording *recording = ctx;
	const struct eyas_event *event = context->event;
	struct eyas_event state;

	if (recording->failed)
		return 0;
	if (!(what & (EYAS_SHOWN | EYAS_HIDDEN)) && !is_prologue(event)) {
		/* A fat capture: what led to the state of those shown, marked as not to be. */
		if (!recording->fat || !(event->info->flags & EYAS_EF_MODIFIES_STATE))
			return 0;
		state = *event;
		state.flags |= EYAS_EVENT_STATE_ONLY;
		event = &state;
	}
	return fail(recording, eyas_dump_event(recording->to, event, reterr), reterr);
}

/*
 * A live source has nothing right now: a new file, if one was asked for; and what there is reaches
 * the file, so that a reader, or whoever finds it after a crash, has nearly all.
 */
static int on_idle(void *ctx, struct eyas_err *reterr)
{
	struct cli_recording *recording = ctx;
	double now;

	if (recording->failed)
		return 0;
	if (recording->dump.rotate_on_demand && cli_hangup_taken())
		return fail(recording, eyas_dump_rotate(recording->to, reterr), reterr);
	now = cli_seconds_now();
	if (now < recording->next_flush)
		return 0;
	recording->next_flush = now + FLUSH_SECONDS;
	return fail(recording, eyas_dump_flush(recording->to, reterr), reterr);
}

static int loader_failure(void *ctx, struct eyas_err *reterr)
{
	const struct cli_recording *recording = ctx;

	return eyas_dump_flush(recording->to, reterr);
}

/* ---- the run ---- */

static bool rotates(const struct eyas_dump_opts *dump)
{
	return dump->rotate_bytes || dump->rotate_ns || dump->rotate_events;
}

void cli_recording_settle(struct cli_recording *recording, struct cli_input *input)
{
	recording->dump.cut = input->session.from && !recording->fat;
	if (recording->dump.cut || rotates(&recording->dump))
		input->session.follow = !input->session.source.raw_schema;
	/* Standard output cannot be divided; a hangup ends that recording. */
	if (input->live.on && strcmp(recording->dump.path, "-") != 0) {
		recording->dump.rotate_on_demand = true;
		cli_catch_hangup();
	}
}

int cli_recording_begin(struct cli_recording *recording, struct eyas_session *session)
{
	struct eyas_consumer consumer = {
		.ctx = recording, .event = on_event, .idle = on_idle, .failure = loader_failure
	};
	struct eyas_err err;

	recording->dump.state = eyas_session_state(session);
	if (eyas_dump_open(&recording->dump, &recording->to, &err)) {
		cli_error("%s", err.text);
		return err.code == -EINVAL ? CLI_USAGE : CLI_FAILED;
	}
	recording->next_flush = cli_seconds_now() + FLUSH_SECONDS;
	consumer.wants = EYAS_SHOWN | EYAS_HIDDEN | EYAS_FILTERED |
			 (recording->fat ? EYAS_BEFORE : 0);
	eyas_dump_loader(recording->to, &consumer.loader);
	return eyas_session_add(session, &consumer) ? CLI_FAILED : CLI_OK;
}

int cli_recording_end(struct cli_recording *recording, int status,
		      struct eyas_dump_stats *ret_stats)
{
	struct eyas_dump *dump = recording->to;
	struct eyas_err err;

	if (!dump)
		return status;
	recording->to = NULL;
	if (recording->failed)
		status = CLI_FAILED;
	if (eyas_dump_flush(dump, &err)) {
		/* The run reported this failure, if it came from there. */
		if (status == CLI_OK)
			cli_error("%s", err.text);
		status = CLI_FAILED;
	}
	if (ret_stats)
		eyas_dump_stats(dump, ret_stats);
	if (eyas_dump_close(dump, &err) && status == CLI_OK) {
		cli_error("%s", err.text);
		status = CLI_FAILED;
	}
	return status;
}

/* What the reader asked for with --compat cannot take is never left out silently. */
static void show_left_out(const struct eyas_dump_stats *stats)
{
	if (stats->writer.events_left_out || stats->writer.fds_left_out)
		cli_error("left out for --compat: %llu events, %llu descriptors",
			  (unsigned long long)stats->writer.events_left_out,
			  (unsigned long long)stats->writer.fds_left_out);
}

void cli_recording_show(const struct cli_recording *recording, const struct cli_input *input,
			const struct eyas_dump_stats *stats)
{
	if (input->quiet)
		return;
	show_left_out(stats);
	if (!input->verbose && !isatty(STDERR_FILENO))
		return;
	fprintf(stderr, "eyas: %s: %llu events, %llu bytes", recording->dump.path,
		(unsigned long long)stats->writer.events,
		(unsigned long long)stats->writer.bytes_out);
	if (stats->files > 1)
		fprintf(stderr, " in %llu files", (unsigned long long)stats->files);
	if (stats->files_removed)
		fprintf(stderr, ", %llu of them removed", (unsigned long long)stats->files_removed);
	fputc('\n', stderr);
}
