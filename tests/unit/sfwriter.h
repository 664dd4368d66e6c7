/* SPDX-License-Identifier: Apache-2.0 */
/* Driving a writer as an engine does, for its tests. */
#ifndef TESTS_SFWRITER_H
#define TESTS_SFWRITER_H

#include "unit/harness.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flow/flow.h"
#include "sysflow/encode.h"
#include "sysflow/writer.h"
#include "unit/sffile.h"
#include "unit/sfrecords.h"

#define SECOND 1000000000ULL

struct rig {
	struct sf_writer *writer;
	struct flow_sink sink;
	const char *filename;
	struct eyas_err err;
	struct eyas_str sent; /* every record handed over, encoded */
	uint64_t records;
	int schema;
};

/* A name in the test's directory; there is room for a few of them. */
static inline char *in_tmpdir(const char *name)
{
	static char paths[8][256];
	static unsigned next;
	char *path = paths[next++ % 8];

	CHECK(snprintf(path, sizeof(paths[0]), "%s/%s", test_tmpdir(), name) <
	      (int)sizeof(paths[0]));
	return path;
}

static inline struct flow_sink sink_of(struct sf_writer *writer)
{
	return (struct flow_sink){ .ctx = writer,
				   .record = sf_writer_record,
				   .due_ns = sf_writer_due(writer),
				   .begin = sf_writer_begin };
}

static inline void rig_open(struct rig *rig, const struct sf_writer_opts *opts)
{
	memset(rig, 0, sizeof(*rig));
	if (sf_writer_open(opts, &rig->writer, &rig->err))
		test_fail(__FILE__, __LINE__, "%s", rig->err.text);
	rig->sink = sink_of(rig->writer);
	rig->schema = opts->schema;
}

static inline void rig_put(struct rig *rig, const struct sysflow_record *record)
{
	CHECK_INT(rig->sink.record(rig->sink.ctx, record, NULL, &rig->err), 0);
	CHECK_INT(sf_encode(record, rig->schema, false, &rig->sent), 0);
	rig->records++;
}

/* begin() and the header, which are what an engine does next. */
static inline void rig_begin(struct rig *rig, uint64_t now_ns)
{
	struct sysflow_record record = sf_records[0].record;

	if (rig->sink.begin(rig->sink.ctx, now_ns, &rig->filename, &rig->err))
		test_fail(__FILE__, __LINE__, "%s", rig->err.text);
	record.u.header.filename = rig->filename;
	rig_put(rig, &record);
}

/* Flows, 30 bytes and more each, that are told apart by their number. */
static inline void rig_flows(struct rig *rig, uint64_t count)
{
	struct sysflow_record record = sf_records[8].record;
	uint64_t i;

	for (i = 0; i < count; i++) {
		record.u.file_flow.ts = 1600000000000000000 + (int64_t)rig->records;
		rig_put(rig, &record);
	}
}

static inline struct sf_writer_stats rig_stats(const struct rig *rig)
{
	struct sf_writer_stats stats;

	sf_writer_stats(rig->writer, &stats);
	return stats;
}

/* The file holds these bytes of the records that were sent. */
static inline void check_file(const char *path, const struct eyas_str *sent, size_t from,
			      uint64_t records)
{
	struct sffile file;

	sf_read(&file, path);
	CHECK_INT(file.records, records);
	CHECK(file.data.len <= sent->len - from);
	CHECK(!file.data.len || !memcmp(file.data.data, sent->data + from, file.data.len));
	sf_free(&file);
}

static inline void rig_close(struct rig *rig)
{
	if (sf_writer_close(rig->writer, &rig->err))
		test_fail(__FILE__, __LINE__, "%s", rig->err.text);
	eyas_str_fini(&rig->sent);
}

/* The same when the writer has something to complain of. */
static inline void rig_close_failing(struct rig *rig)
{
	CHECK(sf_writer_close(rig->writer, &rig->err) < 0);
	CHECK(rig->err.text[0]);
	eyas_str_fini(&rig->sent);
}

/* One failure, with these words in it, and no other. */
static inline void check_told(struct rig *rig, const char *words)
{
	struct eyas_err err;

	CHECK_INT(sf_writer_failure(rig->writer, &err), 1);
	if (!strstr(err.text, words))
		test_fail(__FILE__, __LINE__, "\"%s\" is not in \"%s\"", words, err.text);
	CHECK_INT(sf_writer_failure(rig->writer, &err), 0);
}

static inline void check_untold(struct rig *rig)
{
	struct eyas_err err;

	if (sf_writer_failure(rig->writer, &err))
		test_fail(__FILE__, __LINE__, "told \"%s\"", err.text);
}

#endif
