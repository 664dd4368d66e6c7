/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A sink that is the system's log: a message for each line, over the socket that the C library's
 * syslog() uses. That function says neither whether a message got out nor where to, and blocks.
 */
#include "output/sink_int.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "base/err.h"
#include "base/str.h"

/* The facility "user", in the place where it stands in front of a message. */
#define FACILITY (1 << 3)

struct syslog_state {
	struct output_sink *sink;
	struct sockaddr_un addr;
	int fd;
	bool stream; /* messages end with a NUL */
	struct eyas_str message;
};

static int syslog_open(struct output_sink *sink, void **ret_state, struct eyas_err *reterr)
{
	const char *path = sink_opts(sink)->target;
	struct syslog_state *state = calloc(1, sizeof(*state));

	if (!state)
		return eyas_err_set(reterr, -ENOMEM, "%s", eyas_strerror(-ENOMEM));
	path = path ? path : "/dev/log";
	if (strlen(path) >= sizeof(state->addr.sun_path)) {
		free(state);
		return eyas_err_set(reterr, -ENAMETOOLONG,
				    "syslog: the path is too long for a socket");
	}
	state->sink = sink;
	state->fd = -1;
	state->addr.sun_family = AF_UNIX;
	strcpy(state->addr.sun_path, path);
	*ret_state = state;
	return 0;
}

static void disconnect(struct syslog_state *state)
{
	if (state->fd >= 0)
		close(state->fd);
	state->fd = -1;
}

static int try_connect(struct syslog_state *state, int type)
{
	int code = 0;

	state->fd = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (state->fd < 0)
		return -errno;
	if (connect(state->fd, (const struct sockaddr *)&state->addr, sizeof(state->addr))) {
		code = -errno;
		disconnect(state);
	}
	return code;
}

static int reconnect(struct syslog_state *state)
{
	int code;

	if (state->fd >= 0)
		return 0;
	state->stream = false;
	code = try_connect(state, SOCK_DGRAM);
	if (code == -EPROTOTYPE) {
		state->stream = true;
		code = try_connect(state, SOCK_STREAM);
	}
	if (!code)
		sink_count(state->sink, SINK_STARTS, 1);
	return code;
}

/* "<14>Nov 30 21:40:00 eyas[123]: text", in the C locale whatever the process's is. */
static void make_message(struct syslog_state *state, const struct sink_batch *batch)
{
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	const char *ident = sink_opts(state->sink)->ident;
	time_t now = time(NULL);
	struct tm tm = { 0 };

	localtime_r(&now, &tm);
	state->message.len = 0;
	eyas_str_printf(&state->message,
			"<%u>%.3s %2d %02d:%02d:%02d %s[%d]: ", FACILITY | batch->lines[0].severity,
			months + 3 * (tm.tm_mon % 12), tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec,
			ident ? ident : "eyas", (int)getpid());
	eyas_str_add(&state->message, batch->text, batch->lines[0].len - 1);
	if (state->stream)
		eyas_str_putc(&state->message, '\0');
}

/* What is sent of a stream before it fails is a piece of a message that nobody ends. */
static int send_message(struct syslog_state *state)
{
	size_t done = 0;
	ssize_t n;
	int code;

	while (done < state->message.len) {
		code = sink_wait_writable(state->sink, state->fd);
		if (code < 0)
			return code;
		n = send(state->fd, state->message.data + done, state->message.len - done,
			 MSG_NOSIGNAL);
		if (n >= 0)
			done += (size_t)n;
		else if (errno != EINTR && errno != EAGAIN)
			return -errno;
	}
	return 0;
}

static int syslog_put(void *ctx, const struct sink_batch *batch, struct eyas_err *reterr)
{
	struct syslog_state *state = ctx;
	int code = reconnect(state);

	if (!code) {
		make_message(state, batch);
		code = state->message.nomem ? -ENOMEM : send_message(state);
		if (state->message.nomem)
			eyas_str_fini(&state->message);
		/* The line is too long for the socket, which is as good as before. */
		if (code == -EMSGSIZE)
			return eyas_err_set(reterr, -EBADMSG, "%s", eyas_strerror(code));
		if (code < 0)
			disconnect(state);
	}
	if (code < 0)
		return eyas_err_set(reterr, code == -EPIPE ? -ENOTCONN : code, "%s",
				    eyas_strerror(code));
	return 1;
}

static void syslog_reopen(void *ctx)
{
	disconnect(ctx);
}

static void syslog_close(void *ctx)
{
	struct syslog_state *state = ctx;

	disconnect(state);
	eyas_str_fini(&state->message);
	free(state);
}

const struct sink_backend sink_syslog = { .open = syslog_open,
					  .put = syslog_put,
					  .reopen = syslog_reopen,
					  .close = syslog_close,
					  .retries = OUTPUT_FOREVER };
