/* SPDX-License-Identifier: Apache-2.0 */
/* Messages in pieces, several at once, with control data; and socket options. */
#include "live/live.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

static struct sockaddr_in loopback(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET };

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

/* Two datagram sockets; the first is connected to the second. */
static void datagrams(long fds[2], struct sockaddr_in *ret_to)
{
	*ret_to = loopback();
	fds[0] = MUST(SYS(socket, AF_INET, SOCK_DGRAM, 0));
	fds[1] = MUST(SYS(socket, AF_INET, SOCK_DGRAM, 0));
	MUST(SYS(bind, fds[1], ret_to, sizeof(*ret_to)));
	ret_to->sin_port = htons((uint16_t)port_of(fds[1]));
	MUST(SYS(connect, fds[0], ret_to, sizeof(*ret_to)));
}

#define TUPLE(fds) TUPLE4("127.0.0.1", port_of((fds)[0]), "127.0.0.1", port_of((fds)[1]))
/* What a socket without a peer knows of where a message came from, when nobody asked. */
#define TUPLE_UNKNOWN(fds) TUPLE4("0.0.0.0", 0, "127.0.0.1", port_of((fds)[1]))

ROW(sendmsg_ok)
{
	struct sockaddr_in to, from;
	struct iovec iov[] = { { "first ", 6 }, { "second", 6 } };
	struct msghdr msg = { .msg_iov = iov, .msg_iovlen = 2 };
	char buf[50];
	struct iovec in[] = { { buf, 5 }, { buf + 10, 40 } };
	struct msghdr got = { &from, sizeof(from), in, 2, NULL, 0, 0 };
	long fds[2];

	datagrams(fds, &to);
	CHECK_INT(CALL(sendmsg, fds[0], &msg, 0), 12);
	EXPECT(SOCKET_SENDMSG_X, INT(12), DATA("first second"), INT(fds[0]), INT(12), TUPLE(fds));
	CHECK_INT(CALL(recvmsg, fds[1], &got, 0), 12);
	EXPECT(SOCKET_RECVMSG_X, INT(12), INT(12), DATA("first second"), TUPLE(fds), NONE,
	       INT(fds[1]));
}

ROW(sendmsg_name)
{
	struct sockaddr_in to;
	struct iovec iov = { "x", 1 };
	struct msghdr msg = { &to, sizeof(to), &iov, 1, NULL, 0, 0 };
	long fds[2], fd = MUST(SYS(socket, AF_INET, SOCK_DGRAM, 0));

	datagrams(fds, &to);
	CHECK_INT(CALL(sendmsg, fd, &msg, 0), 1);
	EXPECT(SOCKET_SENDMSG_X, INT(1), DATA("x"), INT(fd), INT(1),
	       TUPLE4("0.0.0.0", port_of(fd), "127.0.0.1", port_of(fds[1])));
}

ROW1(sendmsg_bad, SOCKET_SENDMSG_X, CALL(sendmsg, -1, BADPTR, 0), INT(-EBADF), NONE, INT(-1),
     INT(0), NONE)

ROW(sendmsg_fails)
{
	struct iovec iov = { "lost", 4 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };

	CALL(sendmsg, -1, &msg, 0);
	EXPECT(SOCKET_SENDMSG_X, INT(-EBADF), DATA("lost"), INT(-1), INT(4), NONE);
}

ROW1(recvmsg_bad, SOCKET_RECVMSG_X, CALL(recvmsg, -1, BADPTR, 0), INT(-EBADF), INT(0), NONE, NONE,
     NONE, INT(-1))

/* A descriptor is sent along, and the event of the receiver has the control message. */
ROW(recvmsg_control)
{
	int pair[2];
	char byte = 'c', out[CMSG_SPACE(sizeof(int))], in[CMSG_SPACE(sizeof(int))];
	struct iovec iov = { &byte, 1 };
	struct msghdr msg = { NULL, 0, &iov, 1, out, sizeof(out), 0 };
	struct msghdr got = { NULL, 0, &iov, 1, in, sizeof(in), 0 };
	struct cmsghdr *head = (struct cmsghdr *)out;

	memset(out, 0, sizeof(out));
	memset(in, 0, sizeof(in));
	head->cmsg_len = CMSG_LEN(sizeof(int));
	head->cmsg_level = SOL_SOCKET;
	head->cmsg_type = SCM_RIGHTS;
	CHECK_INT(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	CHECK_INT(CALL(sendmsg, pair[0], &msg, 0), 1);
	EXPECT(SOCKET_SENDMSG_X, INT(1), DATA("c"), INT(pair[0]), INT(1), UNIX(1, 1, ""));
	CHECK_INT(CALL(recvmsg, pair[1], &got, 0), 1);
	EXPECT(SOCKET_RECVMSG_X, INT(1), INT(1), DATA("c"), UNIX(1, 1, ""),
	       BYTES(in, got.msg_controllen), INT(pair[1]));
}

/* One event for each message. */
ROW(sendmmsg_three)
{
	struct sockaddr_in to;
	struct iovec out[] = { { "m1", 2 }, { "msg2", 4 }, { "message3", 8 } };
	struct mmsghdr msgs[3] = { 0 }, got[3] = { 0 };
	char buf[3][20];
	struct iovec in[] = { { buf[0], 20 }, { buf[1], 20 }, { buf[2], 20 } };
	long fds[2];

	for (int i = 0; i < 3; i++) {
		msgs[i].msg_hdr.msg_iov = &out[i];
		msgs[i].msg_hdr.msg_iovlen = 1;
		got[i].msg_hdr.msg_iov = &in[i];
		got[i].msg_hdr.msg_iovlen = 1;
	}
	datagrams(fds, &to);
	CHECK_INT(CALL(sendmmsg, fds[0], msgs, 3, 0), 3);
	EXPECT(SOCKET_SENDMMSG_X, INT(2), INT(fds[0]), INT(2), DATA("m1"), TUPLE(fds));
	EXPECT(SOCKET_SENDMMSG_X, INT(4), INT(fds[0]), INT(4), DATA("msg2"), TUPLE(fds));
	EXPECT(SOCKET_SENDMMSG_X, INT(8), INT(fds[0]), INT(8), DATA("message3"), TUPLE(fds));
	CHECK_INT(CALL(recvmmsg, fds[1], got, 3, 0, NULL), 3);
	EXPECT(SOCKET_RECVMMSG_X, INT(2), INT(fds[1]), INT(2), DATA("m1"), TUPLE_UNKNOWN(fds),
	       NONE);
	EXPECT(SOCKET_RECVMMSG_X, INT(4), INT(fds[1]), INT(4), DATA("msg2"), TUPLE_UNKNOWN(fds),
	       NONE);
	EXPECT(SOCKET_RECVMMSG_X, INT(8), INT(fds[1]), INT(8), DATA("message3"), TUPLE_UNKNOWN(fds),
	       NONE);
}

/* An event for each of the first sixteen. */
ROW(sendmmsg_20)
{
	struct sockaddr_in to;
	struct iovec out[20];
	struct mmsghdr msgs[20] = { 0 };
	static char text[] = "abcdefghijklmnopqrst";
	long fds[2];

	for (int i = 0; i < 20; i++) {
		out[i] = (struct iovec){ text, (size_t)i + 1 };
		msgs[i].msg_hdr.msg_iov = &out[i];
		msgs[i].msg_hdr.msg_iovlen = 1;
	}
	datagrams(fds, &to);
	CHECK_INT(CALL(sendmmsg, fds[0], msgs, 20, 0), 20);
	for (int i = 1; i <= 16; i++)
		EXPECT(SOCKET_SENDMMSG_X, INT(i), INT(fds[0]), INT(i), BYTES(text, i), TUPLE(fds));
}

/* Other families have no tuple, but data. */
ROW(sendto_netlink)
{
	uint32_t head[4] = { 16, 3, 0, 0 };
	long fd = MUST(SYS(socket, AF_NETLINK, SOCK_RAW, 0)), n;

	n = CALL(sendto, fd, head, sizeof(head), 0, NULL, 0);
	CHECK_INT(n, sizeof(head));
	EXPECT(SOCKET_SENDTO_X, INT(n), BYTES(head, sizeof(head)), INT(fd), INT(sizeof(head)),
	       NONE);
}

/* Who sent a datagram between unix sockets with names. */
ROW(recvfrom_unix_path)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX }, b = a, from;
	socklen_t len = sizeof(from);
	long fds[2];
	char buf[10];

	strcpy(a.sun_path, live_path("a"));
	strcpy(b.sun_path, live_path("b"));
	fds[0] = MUST(SYS(socket, AF_UNIX, SOCK_DGRAM, 0));
	fds[1] = MUST(SYS(socket, AF_UNIX, SOCK_DGRAM, 0));
	MUST(SYS(bind, fds[0], &a, sizeof(a)));
	MUST(SYS(bind, fds[1], &b, sizeof(b)));
	MUST(SYS(sendto, fds[0], "dg", 2, 0, &b, sizeof(b)));
	CHECK_INT(CALL(recvfrom, fds[1], buf, sizeof(buf), 0, &from, &len), 2);
	EXPECT(SOCKET_RECVFROM_X, INT(2), DATA("dg"), UNIX(1, 0, b.sun_path), INT(fds[1]),
	       INT(sizeof(buf)));
}

ROW1(sendmmsg_bad, SOCKET_SENDMMSG_X, CALL(sendmmsg, -1, BADPTR, 2, 0), INT(-EBADF), INT(-1),
     INT(0), NONE, NONE)
ROW1(recvmmsg_bad, SOCKET_RECVMMSG_X, CALL(recvmmsg, -1, BADPTR, 2, 0, NULL), INT(-EBADF), INT(-1),
     INT(0), NONE, NONE, NONE)

/* ---- options: the variant of val depends on the option ---- */

static long stream(void)
{
	return MUST(SYS(socket, AF_INET, SOCK_STREAM, 0));
}

ROW(setsockopt_int)
{
	long fd = stream();
	int one = 1;

	CALL(setsockopt, fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	EXPECT(SOCKET_SETSOCKOPT_X, INT(0), INT(fd), FLAGS("SOL_SOCKET"), FLAGS("SO_REUSEADDR"),
	       DYN4(2, 1), INT(4));
}

ROW(setsockopt_time)
{
	long fd = stream();
	struct timeval tv = { 3, 250000 };

	CALL(setsockopt, fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv));
	EXPECT(SOCKET_SETSOCKOPT_X, INT(0), INT(fd), FLAGS("SOL_SOCKET"), FLAGS("SO_RCVTIMEO"),
	       DYN8(4, 3250000000ll), INT(sizeof(tv)));
}

ROW(setsockopt_bytes)
{
	long fd = stream();
	struct linger linger = { 1, 5 };

	CALL(setsockopt, fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
	EXPECT(SOCKET_SETSOCKOPT_X, INT(0), INT(fd), FLAGS("SOL_SOCKET"), FLAGS("SO_LINGER"),
	       DYNBYTES(0, &linger, sizeof(linger)), INT(sizeof(linger)));
}

/* Other levels have their own numbers of options, which have no names. */
ROW(setsockopt_tcp)
{
	long fd = stream();
	int one = 1;

	CALL(setsockopt, fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	EXPECT(SOCKET_SETSOCKOPT_X, INT(0), INT(fd), FLAGS("SOL_TCP"), FLAGS("UNKNOWN"),
	       DYNBYTES(0, &one, sizeof(one)), INT(4));
}

ROW1(setsockopt_bad, SOCKET_SETSOCKOPT_X, CALL(setsockopt, -1, SOL_SOCKET, SO_KEEPALIVE, BADPTR, 4),
     INT(-EBADF), INT(-1), FLAGS("SOL_SOCKET"), FLAGS("SO_KEEPALIVE"), ANY, INT(4))

ROW(getsockopt_int)
{
	long fd = stream();
	int value = 0;
	socklen_t len = sizeof(value);

	CALL(getsockopt, fd, SOL_SOCKET, SO_TYPE, &value, &len);
	EXPECT(SOCKET_GETSOCKOPT_X, INT(0), INT(fd), FLAGS("SOL_SOCKET"), FLAGS("SO_TYPE"),
	       DYN4(2, SOCK_STREAM), INT(4));
}

/* The error of a socket is shown as one: negative. */
ROW(getsockopt_error)
{
	struct sockaddr_in to;
	long fds[2];
	int value = 0;
	socklen_t len = sizeof(value);

	datagrams(fds, &to);
	close((int)fds[1]);
	CHECK_INT(SYS(sendto, fds[0], "x", 1, 0, NULL, 0), 1);
	CALL(getsockopt, fds[0], SOL_SOCKET, SO_ERROR, &value, &len);
	CHECK_INT(value, ECONNREFUSED);
	EXPECT(SOCKET_GETSOCKOPT_X, INT(0), INT(fds[0]), FLAGS("SOL_SOCKET"), FLAGS("SO_ERROR"),
	       DYN8(1, -ECONNREFUSED), INT(4));
}

ROW(getsockopt_time)
{
	long fd = stream();
	struct timeval tv = { 2, 0 };
	socklen_t len = sizeof(tv);

	MUST(SYS(setsockopt, fd, SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof(tv)));
	CALL(getsockopt, fd, SOL_SOCKET, SO_SNDTIMEO, &tv, &len);
	EXPECT(SOCKET_GETSOCKOPT_X, INT(0), INT(fd), FLAGS("SOL_SOCKET"), FLAGS("SO_SNDTIMEO"),
	       DYN8(4, 2000000000ll), INT(sizeof(tv)));
}

ROW(getsockopt_cookie)
{
	long fd = stream();
	uint64_t cookie = 0;
	socklen_t len = sizeof(cookie);

	CALL(getsockopt, fd, SOL_SOCKET, 57, &cookie, &len);
	EXPECT(SOCKET_GETSOCKOPT_X, INT(0), INT(fd), FLAGS("SOL_SOCKET"), FLAGS("SO_COOKIE"),
	       DYN8(3, cookie), INT(8));
}

ROW(getsockopt_cred)
{
	int pair[2];
	int cred[3];
	socklen_t len = sizeof(cred);

	CHECK_INT(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	CALL(getsockopt, pair[0], SOL_SOCKET, SO_PEERCRED, cred, &len);
	EXPECT(SOCKET_GETSOCKOPT_X, INT(0), INT(pair[0]), FLAGS("SOL_SOCKET"), FLAGS("SO_PEERCRED"),
	       DYNBYTES(0, cred, sizeof(cred)), INT(sizeof(cred)));
}

ROW1(getsockopt_bad, SOCKET_GETSOCKOPT_X,
     CALL(getsockopt, -1, SOL_SOCKET, SO_KEEPALIVE, BADPTR, BADPTR), INT(-EBADF), INT(-1),
     FLAGS("SOL_SOCKET"), FLAGS("SO_KEEPALIVE"), ANY, INT(0))
