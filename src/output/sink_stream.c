/* SPDX-License-Identifier: Apache-2.0 */
/* Lines into a descriptor, and the sink that is standard output. */
#include "output/sink_stream.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/err.h"
#include "output/file.h"

/* How many whole lines bytes are; *ret_excess: what is left over. */
static size_t whole_lines(const struct sink_batch *batch, size_t bytes, size_t *ret_excess)
{
	size_t n = 0;

	while (n < batch->count && batch->lines[n].len <= bytes)
		bytes -= batch->lines[n++].len;
	*ret_excess = bytes;
	return n;
}

int sink_stream_put(struct output_sink *sink, struct sink_stream *stream,
		    const struct sink_batch *batch, struct eyas_err *reterr)
{
	size_t done = 0, excess, lines;
	int code = 0;

	if (stream->torn) {
		code = sink_write(sink, stream->fd, "\n", 1, &done);
		stream->torn = code < 0;
	}
	done = 0;
	if (!code)
		code = sink_write(sink, stream->fd, batch->text, sink_batch_bytes(batch), &done);
	if (!code)
		return (int)batch->count;
	lines = whole_lines(batch, done, &excess);
	if (excess)
		stream->torn = !output_file_take_back(stream->fd, excess);
	if (lines)
		return (int)lines;
	return eyas_err_set(reterr, code, "%s", eyas_strerror(code));
}

/* ---- standard output ---- */

struct stdout_state {
	struct output_sink *sink;
	struct sink_stream stream;
};

static int stdout_open(struct output_sink *sink, void **ret_state, struct eyas_err *reterr)
{
	struct stdout_state *state = calloc(1, sizeof(*state));

	if (!state)
		return eyas_err_set(reterr, -ENOMEM, "%s", eyas_strerror(-ENOMEM));
	state->sink = sink;
	state->stream.fd = STDOUT_FILENO;
	*ret_state = state;
	return 0;
}

/* Nobody who reads is found later: -EPIPE is for good. */
static int stdout_put(void *ctx, const struct sink_batch *batch, struct eyas_err *reterr)
{
	struct stdout_state *state = ctx;

	return sink_stream_put(state->sink, &state->stream, batch, reterr);
}

const struct sink_backend sink_stdout = {
	.open = stdout_open, .put = stdout_put, .close = free, .retries = 0
};
