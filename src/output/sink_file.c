/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A sink that appends lines to a file. What hinders it, a full disk or a folder that is gone, may
 * pass: it is tried again for ever, and the queue holds what there is room for.
 */
#include "output/sink_stream.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"

struct file_state {
	struct output_sink *sink;
	struct sink_stream stream;
};

static int file_open(struct output_sink *sink, void **ret_state, struct eyas_err *reterr)
{
	struct file_state *state;

	if (!sink_opts(sink)->target)
		return eyas_err_set(reterr, EYAS_E_USAGE, "a file as output needs a path");
	state = calloc(1, sizeof(*state));
	if (!state)
		return eyas_err_set(reterr, -ENOMEM, "%s", eyas_strerror(-ENOMEM));
	state->sink = sink;
	state->stream.fd = -1;
	*ret_state = state;
	return 0;
}

static void shut(struct file_state *state)
{
	if (state->stream.fd >= 0)
		close(state->stream.fd);
	state->stream.fd = -1;
}

/* Not blocking: a FIFO that nobody reads is an error like others. */
static int make_open(struct file_state *state)
{
	const int flags = O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
	struct stat st;

	/* Removed meanwhile, perhaps with its folder: nobody would find the lines. */
	if (state->stream.fd >= 0 && !fstat(state->stream.fd, &st) && !st.st_nlink)
		shut(state);
	if (state->stream.fd >= 0)
		return 0;
	state->stream.fd = open(sink_opts(state->sink)->target, flags, 0666);
	if (state->stream.fd < 0)
		return -errno;
	sink_count(state->sink, SINK_STARTS, 1);
	return 0;
}

static int file_put(void *ctx, const struct sink_batch *batch, struct eyas_err *reterr)
{
	struct file_state *state = ctx;
	struct sink_batch first = *batch;
	int res = make_open(state);

	if (res < 0)
		return eyas_err_set(reterr, res, "%s", eyas_strerror(res));
	if (!sink_opts(state->sink)->keep_alive)
		first.count = 1;
	res = sink_stream_put(state->sink, &state->stream, &first, reterr);
	/* Opened again after a failure, too: it may be one of this very file. */
	if (res < 0 || !sink_opts(state->sink)->keep_alive)
		shut(state);
	/* Whoever read a FIFO comes back, perhaps. */
	return res == -EPIPE ? -ENXIO : res;
}

static void file_reopen(void *ctx)
{
	struct file_state *state = ctx;

	shut(state);
	state->stream.torn = false;
}

static void file_close(void *ctx)
{
	shut(ctx);
	free(ctx);
}

const struct sink_backend sink_file = { .open = file_open,
					.put = file_put,
					.reopen = file_reopen,
					.close = file_close,
					.retries = OUTPUT_FOREVER };
