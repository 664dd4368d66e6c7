/* SPDX-License-Identifier: Apache-2.0 */
/* Events in, SysFlow records out: runs it with settled options, and says what became of it. */
#include "cli/flow.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* The numbers of a run that are told with -v; those of losses always. */
enum { LINE_BYTES = 28 };

static const char *const type_names[SYSFLOW_TYPES] = {
	[SYSFLOW_HEADER] = "header",
	[SYSFLOW_CONTAINER] = "container",
	[SYSFLOW_PROCESS] = "process",
	[SYSFLOW_FILE] = "file",
	[SYSFLOW_PROCESS_EVENT] = "process event",
	[SYSFLOW_NETWORK_FLOW] = "network flow",
	[SYSFLOW_FILE_FLOW] = "file flow",
	[SYSFLOW_FILE_EVENT] = "file event",
	[SYSFLOW_NETWORK_EVENT] = "network event",
	[SYSFLOW_PROCESS_FLOW] = "process flow",
	[SYSFLOW_POD] = "pod",
	[SYSFLOW_K8S_EVENT] = "Kubernetes event",
};

void cli_flow_job_init(struct cli_flow_job *job)
{
	memset(job, 0, sizeof(*job));
	job->input.source = CLI_CAPTURES_OR_MACHINE;
	job->session.no_mmap = true;
	job->session.flow.file_only = true;
	job->session.flow.file_read_mode = 2;
	job->session.flow.process_flow = true;
	job->session.flow.schema = 5;
}

/* ---- what to capture ---- */

/* Does the filter look into what was read or written? */
static bool looks_at_data(const struct eyas_network *network)
{
	static const char *const fields[] = { "evt.buf", "evt.arg", "evt.rawarg", "evt.info" };
	uint32_t slot, count = network ? eyas_network_slots(network) : 0;
	struct slot_info info;
	size_t i;

	for (slot = 0; slot < count; slot++) {
		eyas_network_slot(network, slot, &info);
		for (i = 0; info.field && i < sizeof(fields) / sizeof(fields[0]); i++)
			if (!strncmp(info.field->info->name, fields[i], strlen(fields[i])))
				return true;
	}
	return false;
}

/* A new file, if one was asked for; whoever else wants to look. */
static bool on_look(void *ctx)
{
	struct cli_flow_job *job = ctx;

	if (job->running && cli_hangup_taken())
		session_flow_next(job->running);
	if (job->look)
		job->look(job->look_ctx);
	return false;
}

/* Of this machine, what makes records; --syscalls chooses from that. */
static void settle_live(struct cli_flow_job *job)
{
	struct cli_live *live = &job->input.live;
	struct eyas_codes codes;
	size_t i;

	session_flow_codes(&job->session, &codes);
	for (i = 0; live->has_chosen && i < sizeof(codes.bits) / sizeof(codes.bits[0]); i++)
		codes.bits[i] &= live->chosen.bits[i];
	live->chosen = codes;
	live->has_chosen = true;
	live->wants_state = true;
	live->ended = on_look;
	live->ended_ctx = job;
	cli_catch_hangup();
	if (!live->opts.snap_bytes && !looks_at_data(job->input.network))
		live->opts.no_data = 1;
}

/* When a new file begins, and what files are called. */
static void settle_writer(struct cli_flow_job *job)
{
	struct sf_writer_opts *writer = &job->session.writer;
	bool strict = job->session.flow.strict_compat, live = job->input.live.on;
	size_t len = writer->path ? strlen(writer->path) : 0;
	uint64_t seconds = job->rotate_s;

	/* The peer has a default, and none of it counts when it reads a capture. */
	if (!seconds && (strict || (len && writer->path[len - 1] == '/')))
		seconds = CLI_FLOW_ROTATE_S;
	if (strict && !live)
		seconds = 0;
	writer->rotate_ns = seconds * UINT64_C(1000000000);
	writer->suffix = strict && live;
	writer->wall_clock = strict || live;
	writer->raw_strings = strict;
	writer->schema = job->session.flow.schema;
}

/* ---- what became of it ---- */

static void show_count(const char *what, uint64_t count)
{
	if (count)
		fprintf(stderr, "  %-*s %llu\n", LINE_BYTES, what, (unsigned long long)count);
}

static uint64_t total_records(const struct flow_stats *stats)
{
	uint64_t total = 0;
	size_t i;

	for (i = 0; i < SYSFLOW_TYPES; i++)
		total += stats->records[i];
	return total;
}

static void show_summary(const struct session_flow_stats *stats)
{
	const struct sf_writer_stats *writer = &stats->writer;
	size_t i;

	fprintf(stderr, "eyas: %llu SysFlow records\n",
		(unsigned long long)total_records(&stats->flow));
	for (i = 0; i < SYSFLOW_TYPES; i++)
		show_count(type_names[i], stats->flow.records[i]);
	show_count("flows of reads left out", stats->flow.flows_read_only);
	show_count("flows that fell idle", stats->flow.flows_expired);
	show_count("events of IPv6 left out", stats->flow.ipv6_left_out);
	show_count("files", writer->files);
	show_count("bytes before compression", writer->bytes);
	show_count("records sent", writer->socket_records);
	show_count("connections to the socket", writer->socket_connects);
}

/* What is missing is told, whatever was asked for; CLI_FAILED if records are. */
static int show_losses(const struct cli_flow_job *job, const struct session_flow_stats *stats)
{
	const struct sf_writer_stats *writer = &stats->writer;
	int status = CLI_OK;

	if (writer->file_lost) {
		cli_error("%llu records could not be written",
			  (unsigned long long)writer->file_lost);
		status = CLI_FAILED;
	}
	if (writer->socket_lost) {
		cli_error("%s: %llu of %llu records were lost: nobody took them in time",
			  job->session.writer.socket_path, (unsigned long long)writer->socket_lost,
			  (unsigned long long)(writer->socket_lost + writer->socket_records));
		status = CLI_FAILED;
	}
	if (stats->flow.flows_refused) {
		cli_error("%llu flows found no room and are missing",
			  (unsigned long long)stats->flow.flows_refused);
		status = CLI_FAILED;
	}
	if (stats->flow.ipv6_left_out && !job->input.quiet)
		cli_error(
			"connections over IPv6 are left out, for which schema 5 has no room (%llu "
			"events)%s",
			(unsigned long long)stats->flow.ipv6_left_out,
			job->session.flow.strict_compat ? "" : "; --schema 6 has");
	return status;
}

/* A failure, unless it is the one that ended the run. */
static void tell(const struct cli_flow_job *job, const struct eyas_err *err)
{
	if (strcmp(job->failure.text, err->text) != 0)
		cli_error("%s", err->text);
}

static void on_write_failure(void *ctx, const struct eyas_err *err)
{
	struct cli_flow_job *job = ctx;

	tell(job, err);
	job->write_failed = true;
}

/* ---- the run ---- */

static int run_session(struct cli_flow_job *job)
{
	struct session_flow *running = job->running;
	struct session_flow_stats stats;
	struct eyas_err err;
	int status, losses;

	status = cli_session_run(&job->input, session_flow_session(running), &job->failure);
	/* Whatever ended the run: what is open is written, or fails as the run did. */
	if (session_flow_finish(running, &err)) {
		tell(job, &err);
		status = CLI_FAILED;
	}
	session_flow_stats(running, &stats);
	losses = show_losses(job, &stats);
	if (job->input.verbose) {
		show_summary(&stats);
		cli_session_summary(session_flow_session(running));
	}
	if (status == CLI_OK && job->write_failed)
		status = CLI_FAILED;
	return status == CLI_OK ? losses : status;
}

int cli_flow_job_run(struct cli_flow_job *job)
{
	struct eyas_err err;
	int status = cli_filter_compile(&job->input);

	if (status != CLI_OK)
		return status;
	settle_writer(job);
	if (job->input.live.on)
		settle_live(job);
	status = cli_session_prepare(&job->input);
	if (status != CLI_OK)
		return status;
	job->session.session = job->input.session;
	job->session.failure = on_write_failure;
	job->session.failure_ctx = job;
	if (session_flow_open(&job->session, &job->running, &err)) {
		cli_error("%s", err.text);
		return CLI_FAILED;
	}
	status = run_session(job);
	session_flow_close(job->running);
	return status;
}
