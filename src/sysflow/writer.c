/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The sink of an engine: a record is encoded once and goes to the files (writer_files.c), to the
 * socket (output/packet.c) and, as it is, to the callback. None of them disturbs the others: what
 * one of them cannot take is counted, and the engine hears of nothing but that it should say
 * everything anew.
 */
#include "sysflow/writer.h"

#include <errno.h>
#include <stdlib.h>

#include "base/err.h"
#include "sysflow/encode.h"
#include "sysflow/writer_files.h"
#include "output/packet.h"

#define SECOND_NS 1000000000ULL
#define RETRY_NS (10 * SECOND_NS)
#define RETRY_MAX_NS (80 * SECOND_NS)
/* A peer that takes nothing for so long is not waited for any longer; at the end of a live run. */
#define STALL_NS (10 * SECOND_NS)
#define LAST_STALL_NS (1 * SECOND_NS)
/* More memory than that is not kept for the next record. */
enum { QUEUE_BYTES = 8 * 1024 * 1024, KEEP_BYTES = 256 * 1024 };

struct sf_writer {
	struct sf_files *files;	      /* or NULL */
	struct output_packet *packet; /* or NULL */
	sf_callback callback;	      /* or NULL */
	void *callback_ctx;
	int schema;
	bool raw, live, begun;
	size_t queue_bytes;
	uint64_t rotate_ns, period_ns; /* without files: when the next period begins */
	uint64_t due_ns;	       /* the engine's view */
	struct eyas_str data;	       /* the record in hand */
	/*
	 * The peer knows what it needs for the next record: the header came, and whatever it refers
	 * to. Not so after it connected, and (gap) after records were lost.
	 */
	bool synced, gap;
	uint64_t encode_lost;
	bool packet_failing, packet_untold;
	struct eyas_err packet_err;
};

static void packet_failed(struct sf_writer *writer, const struct eyas_err *err)
{
	if (writer->packet_failing)
		return;
	writer->packet_failing = true;
	writer->packet_untold = true;
	writer->packet_err = *err;
}

static int open_outputs(struct sf_writer *writer, const struct sf_writer_opts *opts,
			struct eyas_err *reterr)
{
	struct output_packet_opts packet = {
		.path = opts->socket_path,
		.queue_bytes = writer->queue_bytes,
		.retry_ns = opts->retry_ns ? opts->retry_ns : RETRY_NS,
		.retry_max_ns = opts->retry_max_ns ? opts->retry_max_ns : RETRY_MAX_NS,
	};
	int code = 0;

	if (opts->path)
		code = sf_files_open(opts, &writer->files, reterr);
	if (!code && opts->socket_path)
		code = output_packet_new(&packet, &writer->packet, reterr);
	return code;
}

int sf_writer_open(const struct sf_writer_opts *opts, struct sf_writer **ret_writer,
		   struct eyas_err *reterr)
{
	struct sf_writer *writer;
	int code;

	if (!opts->path && !opts->socket_path && !opts->callback)
		return eyas_err_set(reterr, -EINVAL, "nowhere to write to");
	if (opts->schema != 5 && opts->schema != 6)
		return eyas_err_set(reterr, -EINVAL, "schema %d, known are 5 and 6", opts->schema);
	writer = calloc(1, sizeof(*writer));
	if (!writer)
		return eyas_err_set(reterr, -ENOMEM, "%s", eyas_strerror(-ENOMEM));
	writer->callback = opts->callback;
	writer->callback_ctx = opts->callback_ctx;
	writer->schema = opts->schema;
	writer->raw = opts->raw_strings;
	writer->live = opts->live;
	writer->rotate_ns = opts->rotate_ns;
	writer->queue_bytes = opts->queue_bytes ? opts->queue_bytes : QUEUE_BYTES;
	code = open_outputs(writer, opts, reterr);
	if (code) {
		sf_writer_close(writer, NULL);
		return code;
	}
	*ret_writer = writer;
	return 0;
}

/* The engine looks at this before each event. */
static void set_due(struct sf_writer *writer, bool anew)
{
	if (anew)
		writer->due_ns = 0;
	else if (writer->files && sf_files_due(writer->files) < writer->period_ns)
		writer->due_ns = sf_files_due(writer->files);
	else
		writer->due_ns = writer->period_ns;
}

/* ---- the socket ---- */

/* 1: there is a new peer that knows nothing yet. */
static int connect_packet(struct sf_writer *writer, struct eyas_err *reterr)
{
	struct eyas_err err;
	int code = output_packet_connect(writer->packet, &err);

	if (code > 0) {
		writer->synced = false;
		writer->gap = false;
		writer->packet_failing = false;
	} else if (code < 0) {
		packet_failed(writer, &err);
		if (reterr)
			*reterr = err;
	}
	return code;
}

/* Records lost on the way: the queue must have emptied before they are worth saying anew. */
static void mind_gap(struct sf_writer *writer)
{
	struct output_packet_stats stats;

	if (!writer->gap)
		return;
	output_packet_stats(writer->packet, &stats);
	if (stats.waiting_bytes)
		return;
	writer->gap = false;
	writer->packet_failing = false;
	set_due(writer, true);
}

static void put_packet(struct sf_writer *writer, bool header)
{
	struct eyas_err err;
	int code;

	if (!output_packet_connected(writer->packet) && connect_packet(writer, NULL) > 0)
		set_due(writer, true);
	if (header)
		writer->synced = true;
	if (!output_packet_connected(writer->packet) || !writer->synced) {
		output_packet_lose(writer->packet);
		return;
	}
	if (!writer->live &&
	    output_packet_drain(writer->packet, writer->queue_bytes / 2, STALL_NS, &err))
		packet_failed(writer, &err);
	code = output_packet_put(writer->packet, writer->data.data, writer->data.len, &err);
	if (code)
		packet_failed(writer, &err);
	/* One that is too large is no reason to say everything anew: it would not help. */
	if (code == -ENOBUFS)
		writer->gap = true;
	mind_gap(writer);
}

/* ---- records ---- */

static bool for_callback(enum sysflow_type type)
{
	switch (type) {
	case SYSFLOW_PROCESS_EVENT:
	case SYSFLOW_NETWORK_FLOW:
	case SYSFLOW_FILE_FLOW:
	case SYSFLOW_FILE_EVENT:
	case SYSFLOW_NETWORK_EVENT:
	case SYSFLOW_PROCESS_FLOW:
	case SYSFLOW_K8S_EVENT:
		return true;
	case SYSFLOW_HEADER:
	case SYSFLOW_CONTAINER:
	case SYSFLOW_PROCESS:
	case SYSFLOW_FILE:
	case SYSFLOW_POD:
		break;
	}
	return false;
}

int sf_writer_record(void *ctx, const struct sysflow_record *record,
		     const struct sysflow_refs *refs, struct eyas_err *reterr)
{
	struct sf_writer *writer = ctx;
	bool header = record->type == SYSFLOW_HEADER;
	int code;

	if (writer->callback && for_callback(record->type))
		writer->callback(writer->callback_ctx, record, refs);
	if (!writer->files && !writer->packet)
		return 0;
	writer->data.len = 0;
	code = sf_encode(record, writer->schema, writer->raw, &writer->data);
	if (code == -ENOMEM) {
		eyas_str_fini(&writer->data);
		writer->encode_lost++;
		return 0;
	}
	if (code)
		return eyas_err_set(reterr, code, "a record of type %d", (int)record->type);
	if (writer->files) {
		sf_files_put(writer->files, writer->data.data, writer->data.len, header);
		if (sf_files_anew(writer->files))
			set_due(writer, true);
	}
	if (writer->packet)
		put_packet(writer, header);
	if (writer->data.cap > KEEP_BYTES)
		eyas_str_fini(&writer->data);
	return 0;
}

int sf_writer_begin(void *ctx, uint64_t now_ns, const char **ret_filename, struct eyas_err *reterr)
{
	struct sf_writer *writer = ctx;
	int code;

	if (writer->files) {
		code = sf_files_begin(writer->files, now_ns, reterr);
		if (code)
			return code;
	}
	if (writer->packet && !writer->begun && connect_packet(writer, reterr) < 0 && !writer->live)
		return writer->packet_err.code;
	if (!writer->begun || now_ns >= writer->period_ns)
		writer->period_ns = writer->rotate_ns && (writer->packet || writer->callback)
					    ? now_ns + writer->rotate_ns
					    : UINT64_MAX;
	writer->begun = true;
	set_due(writer, false);
	*ret_filename = writer->files ? sf_files_name(writer->files) : "";
	return 0;
}

const uint64_t *sf_writer_due(const struct sf_writer *writer)
{
	return &writer->due_ns;
}

void sf_writer_next(struct sf_writer *writer)
{
	if (!writer->files || !writer->begun)
		return;
	sf_files_next(writer->files);
	set_due(writer, true);
}

int sf_writer_idle(struct sf_writer *writer, uint64_t now_ns, struct eyas_err *reterr)
{
	struct eyas_err err;

	(void)now_ns;
	(void)reterr;
	if (!writer->begun)
		return 0;
	if (writer->files) {
		sf_files_idle(writer->files);
		if (sf_files_anew(writer->files))
			set_due(writer, true);
	}
	if (!writer->packet)
		return 0;
	if (output_packet_pump(writer->packet, &err) < 0)
		packet_failed(writer, &err);
	if (!output_packet_connected(writer->packet) && connect_packet(writer, NULL) > 0)
		set_due(writer, true);
	mind_gap(writer);
	return 0;
}

int sf_writer_failure(struct sf_writer *writer, struct eyas_err *reterr)
{
	if (writer->files && sf_files_failure(writer->files, reterr))
		return 1;
	if (!writer->packet_untold)
		return 0;
	writer->packet_untold = false;
	if (reterr)
		*reterr = writer->packet_err;
	return 1;
}

void sf_writer_stats(const struct sf_writer *writer, struct sf_writer_stats *ret_stats)
{
	struct output_packet_stats packet;

	*ret_stats = (struct sf_writer_stats){ 0 };
	if (writer->files) {
		sf_files_stats(writer->files, ret_stats);
		ret_stats->file_lost += writer->encode_lost;
	}
	if (writer->packet) {
		output_packet_stats(writer->packet, &packet);
		ret_stats->socket_records = packet.sent;
		ret_stats->socket_lost = packet.lost + writer->encode_lost;
		ret_stats->socket_connects = packet.connects;
		ret_stats->socket_waiting_bytes = packet.waiting_bytes;
	}
}

int sf_writer_finish(struct sf_writer *writer, struct eyas_err *reterr)
{
	struct eyas_err err;
	int code = 0, last;

	if (writer->files)
		code = sf_files_finish(writer->files, reterr);
	if (!writer->packet)
		return code;
	last = output_packet_drain(writer->packet, 0, writer->live ? LAST_STALL_NS : STALL_NS,
				   &err);
	if (last && !code && reterr)
		*reterr = err;
	return code ? code : last;
}

int sf_writer_close(struct sf_writer *writer, struct eyas_err *reterr)
{
	int code;

	if (!writer)
		return 0;
	code = sf_writer_finish(writer, reterr);
	sf_files_free(writer->files);
	output_packet_free(writer->packet);
	eyas_str_fini(&writer->data);
	free(writer);
	return code;
}
