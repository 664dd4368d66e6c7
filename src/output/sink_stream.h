/* SPDX-License-Identifier: Apache-2.0 */
/* Lines into a descriptor: whole ones, whatever happens on the way. */
#ifndef OUTPUT_SINK_STREAM_H
#define OUTPUT_SINK_STREAM_H

#include "output/sink_int.h"

struct sink_stream {
	int fd;	   /* -1 = none */
	bool torn; /* ends within a line: a newline has to come first */
};

/*
 * As the put of a backend. Of a line that did not get out as a whole nothing stays, where that can
 * be done.
 */
int sink_stream_put(struct output_sink *sink, struct sink_stream *stream,
		    const struct sink_batch *batch, struct eyas_err *reterr);

#endif
