/* SPDX-License-Identifier: Apache-2.0 */
/* How much of the data an event has when that depends on what the data is (dynamic_snap). */
#include "live/live.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#define FULL_PORT 47113
#define SOME_PORT 47114

static void dynamic(struct eyas_live_opts *opts)
{
	opts->dynamic_snap = 1;
	opts->fullcapture_port_min = FULL_PORT;
	opts->fullcapture_port_max = FULL_PORT;
	opts->statsd_port = 47115;
}

static struct sockaddr_in loopback(unsigned port)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return a;
}

static unsigned port_of(long fd)
{
	struct sockaddr_in a;
	socklen_t len = sizeof(a);

	CHECK_INT(getsockname((int)fd, (struct sockaddr *)&a, &len), 0);
	return ntohs(a.sin_port);
}

/* Text in front, some filling behind; large enough for every limit. */
static char text[40000];

static void fill(const char *front, size_t len)
{
	memset(text, 'f', sizeof(text));
	memcpy(text, front, len);
}

/* A datagram to a port, of which the event has that many bytes. */
static void send_to_port(unsigned port, size_t len, size_t snap)
{
	struct sockaddr_in to = loopback(port);
	long fd = MUST(SYS(socket, AF_INET, SOCK_DGRAM, 0));

	MUST(SYS(connect, fd, &to, sizeof(to)));
	CHECK_INT(CALL(sendto, fd, text, len, 0, NULL, 0), len);
	EXPECT(SOCKET_SENDTO_X, INT(len), BYTES(text, snap), INT(fd), INT(len),
	       TUPLE4("127.0.0.1", port_of(fd), "127.0.0.1", port));
}

ROW_WITH(snap_plain, dynamic)
{
	fill("plain", 5);
	send_to_port(SOME_PORT, 3000, 80);
}

ROW_WITH(snap_full_port, dynamic)
{
	fill("plain", 5);
	send_to_port(FULL_PORT, 30000, 16000);
}

ROW_WITH(snap_statsd, dynamic)
{
	fill("plain", 5);
	send_to_port(47115, 3000, 2000);
}

ROW_WITH(snap_dns, dynamic)
{
	fill("plain", 5);
	send_to_port(53, 3000, 512);
}

ROW_WITH(snap_http_get, dynamic)
{
	fill("GET / HTTP/1.1", 14);
	send_to_port(SOME_PORT, 3000, 2000);
}

ROW_WITH(snap_http_answer, dynamic)
{
	fill("HTTP/1.1 200", 12);
	send_to_port(SOME_PORT, 3000, 2000);
}

/* Too short to be anything, or nearly like it. */
ROW_WITH(snap_not_http, dynamic)
{
	fill("GETS / HTTP", 11);
	text[0] = 'g';
	send_to_port(SOME_PORT, 3000, 80);
}

ROW_WITH(snap_mysql, dynamic)
{
	fill("\x10\0\0\0\x03select", 11);
	send_to_port(3306, 3000, 2000);
}

ROW_WITH(snap_postgres, dynamic)
{
	fill("Q\0\0\0\x10select", 11);
	send_to_port(5432, 3000, 2000);
}

ROW_WITH(snap_mongodb_port, dynamic)
{
	fill("plain", 5);
	send_to_port(27017, 3000, 2000);
}

ROW_WITH(snap_mongodb_code, dynamic)
{
	fill("\x40\0\0\0\1\0\0\0\0\0\0\0\xd4\x07\0\0", 16);
	send_to_port(SOME_PORT, 3000, 2000);
}

/* A port that is only in the call, not in the socket. */
ROW_WITH(snap_port_of_name, dynamic)
{
	struct sockaddr_in to = loopback(FULL_PORT);
	long fd = MUST(SYS(socket, AF_INET, SOCK_DGRAM, 0));

	fill("plain", 5);
	CHECK_INT(CALL(sendto, fd, text, 20000, 0, &to, sizeof(to)), 20000);
	EXPECT(SOCKET_SENDTO_X, INT(20000), BYTES(text, 16000), INT(fd), INT(20000),
	       TUPLE4("0.0.0.0", port_of(fd), "127.0.0.1", FULL_PORT));
}

/* Data of vectors is not looked at, their ports are. */
ROW_WITH(snap_vector, dynamic)
{
	struct sockaddr_in to = loopback(SOME_PORT);
	long fd = MUST(SYS(socket, AF_INET, SOCK_DGRAM, 0));
	struct iovec iov[] = { { text, 1000 }, { text + 1000, 1000 } };

	fill("GET / HTTP/1.1", 14);
	MUST(SYS(connect, fd, &to, sizeof(to)));
	CHECK_INT(CALL(writev, fd, iov, 2), 2000);
	EXPECT(SYSCALL_WRITEV_X, INT(2000), BYTES(text, 80), INT(fd), INT(2000));
	to = loopback(FULL_PORT);
	MUST(SYS(connect, fd, &to, sizeof(to)));
	SYS(writev, fd, iov, 2);
	CALL(writev, fd, iov, 2);
	EXPECT(SYSCALL_WRITEV_X, ANY, BYTES(text, 2000), INT(fd), INT(2000));
}

/* What is no socket has no protocol. */
ROW_WITH(snap_file, dynamic)
{
	int pair[2];

	fill("GET / HTTP/1.1", 14);
	CHECK_INT(pipe(pair), 0);
	CHECK_INT(CALL(write, pair[1], text, 3000), 3000);
	EXPECT(SYSCALL_WRITE_X, INT(3000), BYTES(text, 80), INT(pair[1]), INT(3000));
}
