/* SPDX-License-Identifier: Apache-2.0 */
/* A client of a unix socket that takes packets, with a queue and a connection that heals. */
#include "output/packet.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/le.h"

enum { LENGTH = 4, FIRST_QUEUE = 64 * 1024, LOOK_MS = 20 };

/*
 * The queue holds packets one after another, each behind its length, from head to tail. It grows
 * up to the limit, and is given back when it is empty and has grown.
 */
struct output_packet {
	struct sockaddr_un address;
	int fd;
	uint64_t retry_ns, retry_max_ns;
	uint64_t pause_ns, next_ns; /* until and at the next attempt, of CLOCK_MONOTONIC */
	uint8_t *queue;
	size_t head, tail, cap, max;
	uint64_t waiting; /* packets in the queue */
	uint64_t sent, lost, connects;
};

static int fail(const struct output_packet *packet, int code, const char *what,
		struct eyas_err *reterr)
{
	return eyas_err_set(reterr, code, "%s: %s: %s", packet->address.sun_path, what,
			    eyas_strerror(code));
}

int output_packet_new(const struct output_packet_opts *opts, struct output_packet **ret_packet,
		      struct eyas_err *reterr)
{
	size_t len = strlen(opts->path);
	struct output_packet *packet;

	if (!len)
		return eyas_err_set(reterr, -EINVAL, "the path of the socket is empty");
	if (len >= sizeof(packet->address.sun_path))
		return eyas_err_set(reterr, -ENAMETOOLONG,
				    "the path of a socket has at most %zu bytes: %s",
				    sizeof(packet->address.sun_path) - 1, opts->path);
	packet = calloc(1, sizeof(*packet));
	if (!packet)
		return eyas_err_set(reterr, -ENOMEM, "%s", eyas_strerror(-ENOMEM));
	packet->address.sun_family = AF_UNIX;
	memcpy(packet->address.sun_path, opts->path, len + 1);
	packet->fd = -1;
	packet->retry_ns = packet->pause_ns = opts->retry_ns;
	packet->retry_max_ns = opts->retry_max_ns;
	packet->max = opts->queue_bytes;
	*ret_packet = packet;
	return 0;
}

static void queue_empty(struct output_packet *packet)
{
	packet->head = packet->tail = 0;
	packet->waiting = 0;
	if (packet->cap > FIRST_QUEUE) {
		free(packet->queue);
		packet->queue = NULL;
		packet->cap = 0;
	}
}

/* The next attempt has its time, and later ones have more and more of it. */
static void postpone(struct output_packet *packet)
{
	packet->next_ns = eyas_clock_ns(CLOCK_MONOTONIC) + packet->pause_ns;
	packet->pause_ns *= 2;
	if (packet->pause_ns > packet->retry_max_ns)
		packet->pause_ns = packet->retry_max_ns;
}

static void disconnect(struct output_packet *packet)
{
	close(packet->fd);
	packet->fd = -1;
	packet->lost += packet->waiting;
	queue_empty(packet);
	packet->pause_ns = packet->retry_ns;
	postpone(packet);
}

int output_packet_connect(struct output_packet *packet, struct eyas_err *reterr)
{
	int fd, code;

	if (packet->fd >= 0 || eyas_clock_ns(CLOCK_MONOTONIC) < packet->next_ns)
		return 0;
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	/* Of this kind of socket, connect() has a result at once: there is no EINPROGRESS. */
	if (fd < 0 || connect(fd, (struct sockaddr *)&packet->address, sizeof(packet->address))) {
		code = fail(packet, -errno, "connect", reterr);
		if (fd >= 0)
			close(fd);
		postpone(packet);
		return code;
	}
	packet->fd = fd;
	packet->connects++;
	return 1;
}

bool output_packet_connected(const struct output_packet *packet)
{
	return packet->fd >= 0;
}

/* Room at the end of the queue, within its limit. */
static bool queue_room(struct output_packet *packet, size_t need)
{
	size_t used = packet->tail - packet->head, cap = packet->cap ? packet->cap : FIRST_QUEUE;
	uint8_t *queue;

	if (need > packet->max || used > packet->max - need)
		return false;
	if (packet->tail + need <= packet->cap)
		return true;
	while (cap < used + need)
		cap *= 2;
	/* Moving is worth it only when that makes much room; else it would happen for each packet. */
	if (cap <= packet->cap && packet->head < packet->cap / 2)
		cap *= 2;
	if (cap > packet->cap) {
		queue = malloc(cap);
		if (!queue)
			return false;
		if (used)
			memcpy(queue, packet->queue + packet->head, used);
		free(packet->queue);
		packet->queue = queue;
		packet->cap = cap;
	} else {
		memmove(packet->queue, packet->queue + packet->head, used);
	}
	packet->head = 0;
	packet->tail = used;
	return true;
}

static int queue_add(struct output_packet *packet, const void *data, size_t len)
{
	if (len > UINT32_MAX || !queue_room(packet, LENGTH + len))
		return -ENOBUFS;
	eyas_put_le32(packet->queue + packet->tail, (uint32_t)len);
	if (len)
		memcpy(packet->queue + packet->tail + LENGTH, data, len);
	packet->tail += LENGTH + len;
	packet->waiting++;
	return 0;
}

/* 1 = sent, 0 = not now, -EMSGSIZE: never, other: the peer is gone. */
static int send_one(struct output_packet *packet, const void *data, size_t len)
{
	ssize_t n;

	do {
		n = send(packet->fd, data, len, MSG_NOSIGNAL | MSG_DONTWAIT);
	} while (n < 0 && errno == EINTR);
	if (n >= 0) {
		packet->sent++;
		return 1;
	}
	/* No memory in the kernel passes, too. */
	return errno == EAGAIN || errno == ENOBUFS || errno == ENOMEM ? 0 : -errno;
}

/* Send from the queue. -EMSGSIZE of a packet: it is lost, and the others go on. */
static int queue_send(struct output_packet *packet, struct eyas_err *reterr)
{
	int code = 0, sent;
	uint32_t len;

	while (packet->waiting) {
		len = eyas_le32(packet->queue + packet->head);
		sent = send_one(packet, packet->queue + packet->head + LENGTH, len);
		if (!sent)
			return code;
		if (sent == -EMSGSIZE) {
			packet->lost++;
			code = fail(packet, -EMSGSIZE, "send", reterr);
		} else if (sent < 0) {
			disconnect(packet);
			return fail(packet, sent, "send", reterr);
		}
		packet->head += LENGTH + len;
		packet->waiting--;
	}
	queue_empty(packet);
	return code;
}

int output_packet_put(struct output_packet *packet, const void *data, size_t len,
		      struct eyas_err *reterr)
{
	int code = 0, sent = 0;

	if (packet->fd < 0) {
		packet->lost++;
		return fail(packet, -ENOTCONN, "send", reterr);
	}
	if (packet->waiting) {
		code = queue_send(packet, reterr);
		if (packet->fd < 0) {
			packet->lost++;
			return code;
		}
	}
	if (!packet->waiting)
		sent = send_one(packet, data, len);
	if (!sent)
		sent = queue_add(packet, data, len);
	if (sent >= 0)
		return code;
	packet->lost++;
	if (sent != -EMSGSIZE && sent != -ENOBUFS)
		disconnect(packet);
	return fail(packet, sent, "send", reterr);
}

void output_packet_lose(struct output_packet *packet)
{
	packet->lost++;
}

int output_packet_pump(struct output_packet *packet, struct eyas_err *reterr)
{
	struct pollfd pfd = { .fd = packet->fd };

	if (packet->fd < 0)
		return 0;
	if (packet->waiting)
		return queue_send(packet, reterr);
	if (poll(&pfd, 1, 0) > 0 && pfd.revents & (POLLHUP | POLLERR)) {
		disconnect(packet);
		return fail(packet, -EPIPE, "the peer is gone", reterr);
	}
	return 0;
}

int output_packet_drain(struct output_packet *packet, size_t bytes, uint64_t stall_ns,
			struct eyas_err *reterr)
{
	struct pollfd pfd = { .events = POLLOUT };
	uint64_t until = eyas_clock_ns(CLOCK_MONOTONIC) + stall_ns, now, before;
	int code;

	while (packet->waiting && packet->tail - packet->head > bytes) {
		before = packet->waiting;
		code = queue_send(packet, reterr);
		if (packet->fd < 0)
			return code;
		now = eyas_clock_ns(CLOCK_MONOTONIC);
		if (packet->waiting < before) {
			until = now + stall_ns;
		} else if (now >= until) {
			disconnect(packet);
			return fail(packet, -ETIMEDOUT, "the peer takes nothing", reterr);
		}
		pfd.fd = packet->fd;
		/* A socket is called writable only when a good part of it is free: look earlier, too. */
		if (packet->waiting)
			poll(&pfd, 1, LOOK_MS);
	}
	return 0;
}

void output_packet_stats(const struct output_packet *packet, struct output_packet_stats *ret_stats)
{
	ret_stats->sent = packet->sent;
	ret_stats->lost = packet->lost;
	ret_stats->connects = packet->connects;
	ret_stats->waiting_bytes = packet->tail - packet->head;
}

void output_packet_free(struct output_packet *packet)
{
	if (!packet)
		return;
	if (packet->fd >= 0)
		close(packet->fd);
	free(packet->queue);
	free(packet);
}
