/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Records of a unix socket: we listen, collectors connect and send one bare datum a packet. There
 * is no schema in the stream; the header record says which version it is in, and is the same in
 * all of them.
 */
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "base/err.h"
#include "sysflow/reader_int.h"
#include "sysflow/schema.h"

enum {
	CONNECTIONS = 16,  /* at once; others wait to be accepted */
	ACCEPT_EVERY = 64, /* packets, while they come without a pause */
	BACKLOG = 8,
	PACKET_BYTES = 1 << 20, /* more than a socket takes unless its owner is root */
	SCHEMA_FIRST = 5,
	SCHEMA_LAST = 6,
	SCHEMAS = SCHEMA_LAST - SCHEMA_FIRST + 1
};

struct connection {
	int fd;
	struct sf_origin origin;
	const struct sf_program *program;
	uint64_t packets;
};

struct packet_reader {
	struct sysflow_reader reader;
	int fd; /* listening */
	struct connection *connections[CONNECTIONS];
	unsigned open, turn; /* turn: whom to ask first */
	unsigned calls;
	struct eyas_arena schemas;
	struct sf_program *programs[SCHEMAS];
	struct sf_decoder decoder;
	uint8_t *packet;
	size_t packet_bytes;
};

static struct packet_reader *self(struct sysflow_reader *reader)
{
	return (struct packet_reader *)reader;
}

/* ---- connections ---- */

static void hang_up(struct packet_reader *packets, unsigned i)
{
	struct connection *connection = packets->connections[i];

	/* The last record may be lent from there, until the next call, which this is. */
	if (packets->reader.origin == &connection->origin)
		packets->reader.origin = NULL;
	close(connection->fd);
	packets->reader.stats.entities_evicted += connection->origin.entities.evicted;
	sf_origin_fini(&connection->origin);
	free(connection);
	packets->connections[i] = packets->connections[--packets->open];
}

/* As many as there is room for. */
static int accept_all(struct packet_reader *packets, struct eyas_err *err)
{
	struct connection *connection;
	int fd;

	while (packets->open < CONNECTIONS) {
		fd = accept4(packets->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
		if (fd < 0)
			break;
		connection = calloc(1, sizeof(*connection));
		if (!connection) {
			close(fd);
			return eyas_err_set(err, -ENOMEM, "no memory for a connection");
		}
		connection->fd = fd;
		connection->program = packets->programs[0];
		sf_origin_init(&connection->origin, &packets->reader.opts);
		packets->connections[packets->open++] = connection;
		packets->reader.stats.connections++;
	}
	return 0;
}

/* ---- packets ---- */

/* What the header says of those that follow. */
static int use_schema(struct packet_reader *packets, struct connection *connection,
		      struct eyas_err *err)
{
	int64_t version = connection->origin.record.u.header.version;

	if (version < SCHEMA_FIRST || version > SCHEMA_LAST)
		return eyas_err_set(err, EYAS_E_VERSION,
				    "the header says schema %lld, expected %d or %d",
				    (long long)version, SCHEMA_FIRST, SCHEMA_LAST);
	connection->program = packets->programs[version - SCHEMA_FIRST];
	return 0;
}

/* 1 with a record, 0 for one that is not ours, a failure. */
static int decode(struct packet_reader *packets, struct connection *connection, size_t size,
		  struct eyas_err *err)
{
	struct sf_decoder *decoder = &packets->decoder;
	char place[64];
	int res;

	snprintf(place, sizeof(place), "packet %llu of %zu bytes",
		 (unsigned long long)connection->packets, size);
	*decoder = (struct sf_decoder){ .at = packets->packet, .end = packets->packet + size };
	res = sf_origin_decode(&packets->reader, &connection->origin, decoder, connection->program);
	if (res >= 0 && decoder->at != decoder->end) {
		decoder->why = "bytes follow the record";
		res = EYAS_E_FORMAT;
	}
	if (res < 0) {
		packets->reader.stats.lost_records++;
		return sf_reader_datum_failed(decoder, res, place, 0, err);
	}
	if (res && connection->origin.record.type == SYSFLOW_HEADER)
		res = use_schema(packets, connection, err) ? EYAS_E_VERSION : 1;
	return res;
}

/*
 * One packet of a connection: as decode(), -EAGAIN if there is none, EYAS_E_END when the other side
 * has gone.
 */
static int receive(struct packet_reader *packets, struct connection *connection,
		   struct eyas_err *err)
{
	ssize_t size = recv(connection->fd, packets->packet, packets->packet_bytes,
			    MSG_TRUNC | MSG_DONTWAIT);

	if (size < 0 && errno != EAGAIN && errno != EINTR)
		return EYAS_E_END;
	if (size < 0)
		return -errno;
	if (!size)
		return EYAS_E_END;
	connection->packets++;
	packets->reader.stats.bytes += (uint64_t)size;
	if ((size_t)size <= packets->packet_bytes)
		return decode(packets, connection, (size_t)size, err);
	packets->reader.stats.lost_records++;
	return eyas_err_set(err, EYAS_E_LIMIT,
			    "packet %llu has %zd bytes, more than the limit of %zu",
			    (unsigned long long)connection->packets, size, packets->packet_bytes);
}

static int named(const struct packet_reader *packets, int code, struct eyas_err *err)
{
	if (err && code != -EINTR)
		eyas_err_prefix(err, packets->reader.name);
	return code;
}

/* The connection whose turn it is: as decode(), -EAGAIN if it has nothing. */
static int ask(struct packet_reader *packets, struct sf_origin **ret_origin, struct eyas_err *err)
{
	unsigned i = packets->turn % packets->open;
	struct connection *connection = packets->connections[i];
	int res = receive(packets, connection, err);

	if (res == EYAS_E_END || res == EYAS_E_VERSION)
		hang_up(packets, i);
	else
		packets->turn = i + 1;
	if (res == 1)
		*ret_origin = &connection->origin;
	return res;
}

/* Each in turn, so that a busy one does not keep the others waiting. */
static int packets_next(struct sysflow_reader *reader, struct sf_origin **ret_origin,
			struct eyas_err *reterr)
{
	struct packet_reader *packets = self(reader);
	unsigned idle = 0;
	int res = packets->calls++ % ACCEPT_EVERY ? 0 : accept_all(packets, reterr);

	while (!res) {
		if (idle >= packets->open) {
			unsigned before = packets->open;

			res = accept_all(packets, reterr);
			if (res || packets->open == before)
				break;
			idle = 0;
		}
		res = ask(packets, ret_origin, reterr);
		if (!res)
			return 0; /* of a type that is not known; wait() returns at once */
		idle += res == -EAGAIN;
		if (res == -EAGAIN || res == EYAS_E_END)
			res = 0;
	}
	return res < 0 ? named(packets, res, reterr) : res;
}

static int packets_wait(struct sysflow_reader *reader, int timeout_ms)
{
	struct packet_reader *packets = self(reader);
	struct pollfd fds[CONNECTIONS + 1];
	unsigned i, n = packets->open;
	int res;

	for (i = 0; i < n; i++)
		fds[i] = (struct pollfd){ .fd = packets->connections[i]->fd, .events = POLLIN };
	if (n < CONNECTIONS)
		fds[n++] = (struct pollfd){ .fd = packets->fd, .events = POLLIN };
	res = poll(fds, n, timeout_ms);
	return res < 0 ? -errno : res > 0;
}

static void packets_stats(const struct sysflow_reader *reader, struct sysflow_reader_stats *stats)
{
	const struct packet_reader *packets = (const struct packet_reader *)reader;
	unsigned i;

	for (i = 0; i < packets->open; i++) {
		const struct sf_entities *entities = &packets->connections[i]->origin.entities;

		stats->entities += entities->count;
		stats->entity_bytes += entities->bytes;
		stats->entities_evicted += entities->evicted;
	}
	stats->connections_open = packets->open;
}

static void packets_close(struct sysflow_reader *reader)
{
	struct packet_reader *packets = self(reader);

	while (packets->open)
		hang_up(packets, 0);
	if (packets->fd >= 0) {
		close(packets->fd);
		unlink(reader->name);
	}
	free(packets->packet);
	eyas_arena_fini(&packets->schemas);
}

static const struct sf_reader_ops packet_ops = { packets_next, packets_wait, packets_stats,
						 packets_close };

/* ---- listening ---- */

static int compile_schemas(struct packet_reader *packets, struct eyas_err *err)
{
	const struct sf_type *type;
	const char *text;
	int i, res = 0;

	for (i = 0; !res && i < SCHEMAS; i++) {
		text = sf_schema_text(SCHEMA_FIRST + i);
		res = sf_types_read(text, strlen(text), &packets->schemas, &type, err);
		if (!res)
			res = sf_program_new(type, &packets->schemas, &packets->programs[i], err);
	}
	return res;
}

/* A socket nobody listens at is left over from somebody who crashed. */
static bool is_left_over(const struct sockaddr_un *addr)
{
	struct stat st;
	int fd, res, err;

	if (lstat(addr->sun_path, &st) || !S_ISSOCK(st.st_mode))
		return false;
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return false;
	res = connect(fd, (const struct sockaddr *)addr, sizeof(*addr));
	err = errno;
	close(fd);
	return res && err == ECONNREFUSED;
}

static int bind_socket(const char *path, int *ret_fd, struct eyas_err *err)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd, code;

	if (strlen(path) >= sizeof(addr.sun_path))
		return eyas_err_set(err, -ENAMETOOLONG,
				    "%.200s: a socket's path has less than %zu bytes", path,
				    sizeof(addr.sun_path));
	strcpy(addr.sun_path, path);
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return eyas_err_set(err, -errno, "cannot make a socket: %s", strerror(errno));
	if (is_left_over(&addr))
		unlink(path);
	/* The mode of the socket is that of its file: set before there is one. */
	if (!fchmod(fd, S_IRUSR | S_IWUSR) &&
	    !bind(fd, (const struct sockaddr *)&addr, sizeof(addr)) && !listen(fd, BACKLOG)) {
		*ret_fd = fd;
		return 0;
	}
	code = -errno;
	close(fd);
	return eyas_err_set(err, code, "%.200s: cannot listen: %s", path, strerror(-code));
}

int sysflow_reader_listen(const char *path, const struct sysflow_reader_opts *opts,
			  struct sysflow_reader **ret_reader, struct eyas_err *reterr)
{
	struct packet_reader *packets;
	int res;

	packets = sf_reader_new(sizeof(*packets), &packet_ops, path, opts, &res, reterr);
	if (!packets)
		return res;
	packets->fd = -1;
	packets->packet_bytes = packets->reader.opts.max_block_bytes < PACKET_BYTES
					? (size_t)packets->reader.opts.max_block_bytes
					: PACKET_BYTES;
	packets->packet = malloc(packets->packet_bytes);
	res = packets->packet ? compile_schemas(packets, reterr)
			      : eyas_err_set(reterr, -ENOMEM, "no memory to read");
	if (!res)
		res = bind_socket(path, &packets->fd, reterr);
	if (res)
		sysflow_reader_close(&packets->reader);
	else
		*ret_reader = &packets->reader;
	return res;
}
