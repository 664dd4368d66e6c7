/* SPDX-License-Identifier: Apache-2.0 */
/* What the backends of sinks share: writing that can be cancelled, counting, telling. */
#include "output/sink_state.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"

const struct output_sink_opts *sink_opts(const struct output_sink *sink)
{
	return &sink->opts;
}

int sink_cancel_fd(const struct output_sink *sink)
{
	return sink->cancel_fd;
}

bool sink_cancelled(const struct output_sink *sink)
{
	return atomic_load(&sink->cancel);
}

size_t sink_batch_bytes(const struct sink_batch *batch)
{
	size_t bytes = 0, i;

	for (i = 0; i < batch->count; i++)
		bytes += batch->lines[i].len;
	return bytes;
}

int sink_wait_writable(const struct output_sink *sink, int fd)
{
	struct pollfd fds[2] = { { .fd = fd, .events = POLLOUT },
				 { .fd = sink->cancel_fd, .events = POLLIN } };

	while (poll(fds, 2, -1) < 0)
		if (errno != EINTR && errno != EAGAIN)
			return -errno;
	/* Also with POLLERR and POLLHUP: the write says what is wrong. */
	return fds[0].revents ? 0 : -ECANCELED;
}

int sink_write(const struct output_sink *sink, int fd, const char *data, size_t len,
	       size_t *ret_done)
{
	struct stat st;
	/* Of what is no file, so much fits in when poll says that it is writable. */
	size_t piece = !fstat(fd, &st) && S_ISREG(st.st_mode) ? len : PIPE_BUF;
	size_t done = 0;
	int code = 0;
	ssize_t n;

	while (done < len && !code) {
		code = sink_wait_writable(sink, fd);
		if (code < 0)
			break;
		n = write(fd, data + done, len - done < piece ? len - done : piece);
		if (n > 0)
			done += (size_t)n;
		else if (n == 0)
			code = -EIO;
		else if (errno != EINTR && errno != EAGAIN)
			code = -errno;
	}
	*ret_done = done;
	return code;
}

void sink_count(struct output_sink *sink, enum sink_count what, uint64_t by)
{
	pthread_mutex_lock(&sink->lock);
	if (what == SINK_STARTS)
		sink->stats.starts += by;
	else if (what == SINK_REFUSED)
		sink->stats.refused += by;
	else
		sink->stats.unread_bytes += by;
	pthread_mutex_unlock(&sink->lock);
}

void sink_note(struct output_sink *sink, unsigned severity, const char *fmt, ...)
{
	struct eyas_err words;
	va_list ap;

	va_start(ap, fmt);
	eyas_err_vset(&words, 0, fmt, ap);
	va_end(ap);
	pthread_mutex_lock(&sink->lock);
	sink_say(sink, severity, "%s: %s", sink->name, words.text);
	pthread_mutex_unlock(&sink->lock);
}
