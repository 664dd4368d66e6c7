/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inside of a reader.
 *
 *   reader.c       the public handle: options, statistics, what records refer to
 *   reader_file.c  records of container files
 *   packets.c      records of sockets
 */
#ifndef SYSFLOW_READER_INT_H
#define SYSFLOW_READER_INT_H

#include "sysflow/decode.h"
#include "sysflow/entities.h"

/*
 * Where records come from, and what they refer to there: a file, or one connection. A header begins
 * anew: whoever writes one says every entity again.
 */
struct sf_origin {
	struct sf_entities entities;
	struct sysflow_record *header; /* a copy in one piece; NULL = none yet */
	struct sysflow_record record;  /* the one that was decoded last */
	struct eyas_arena arena;       /* its arrays */
	/*
	 * What the last event or flow referred to: most often the next one does, too. Good until
	 * the next entity.
	 */
	bool cached;
	struct sysflow_oid oid;
	const struct sysflow_process *process;
	const struct sysflow_container *container;
};

void sf_origin_init(struct sf_origin *origin, const struct sysflow_reader_opts *opts);
void sf_origin_fini(struct sf_origin *origin);

/* The kinds of readers. Each embeds struct sysflow_reader. */
struct sf_reader_ops {
	/*
	 * As sysflow_reader_next(): the origin holds the record. Counts blocks, bytes, losses.
	 */
	int (*next)(struct sysflow_reader *reader, struct sf_origin **ret_origin,
		    struct eyas_err *reterr);
	int (*wait)(struct sysflow_reader *reader, int timeout_ms);
	/* What is counted elsewhere. */
	void (*stats)(const struct sysflow_reader *reader, struct sysflow_reader_stats *stats);
	/* Everything but the reader itself. */
	void (*close)(struct sysflow_reader *reader);
};

struct sysflow_reader {
	const struct sf_reader_ops *ops;
	char *name; /* of the file or socket, for messages */
	struct sysflow_reader_opts opts;
	struct sysflow_reader_stats stats;
	struct sf_origin *origin; /* of the last record */
	struct sysflow_refs refs;
};

/*
 * A reader of size bytes, its first member set up; NULL and words when there is no memory or the
 * options make no sense, with the code in *ret_code.
 */
void *sf_reader_new(size_t size, const struct sf_reader_ops *ops, const char *name,
		    const struct sysflow_reader_opts *opts, int *ret_code, struct eyas_err *reterr);

/* One datum into the origin: as sf_decode(). */
int sf_origin_decode(struct sysflow_reader *reader, struct sf_origin *origin,
		     struct sf_decoder *decoder, const struct sf_program *program);

/* What went wrong with a datum: words, with what the place is called in front. Returns code. */
int sf_reader_datum_failed(const struct sf_decoder *decoder, int code, const char *place,
			   uint64_t offset, struct eyas_err *reterr);

#endif
