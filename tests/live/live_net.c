/* SPDX-License-Identifier: Apache-2.0 */
/* Sockets: addresses, tuples, queues, data. Options are in live_sockopt.c. */
#include "live/live.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

union addr {
	struct sockaddr sa;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
	struct sockaddr_un un;
};

static union addr in4(const char *ip, unsigned port)
{
	union addr a = { .in = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) } };

	inet_pton(AF_INET, ip, &a.in.sin_addr);
	return a;
}

static union addr in6(const char *ip, unsigned port)
{
	union addr a = { .in6 = { .sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port) } };

	inet_pton(AF_INET6, ip, &a.in6.sin6_addr);
	return a;
}

static union addr un(const char *path)
{
	union addr a = { .un = { .sun_family = AF_UNIX } };

	strncpy(a.un.sun_path, path, sizeof(a.un.sun_path) - 1);
	return a;
}

static union addr name_of(long fd)
{
	union addr a;
	socklen_t len = sizeof(a);

	if (getsockname((int)fd, &a.sa, &len) < 0)
		FAIL("getsockname: %s", strerror(errno));
	return a;
}

static unsigned port_of(long fd)
{
	union addr a = name_of(fd);

	return ntohs(a.in.sin_port);
}

static long sock(int family, int type)
{
	long fd = SYS(socket, family, type, 0);

	if (fd == -EAFNOSUPPORT)
		live_skip("no sockets of family %d", family);
	return MUST(fd);
}

/* A socket of one's own machine on a free port; a listening one if it is a stream. */
static long server(int family, int type)
{
	long fd = sock(family, type);
	union addr a = family == AF_INET ? in4("127.0.0.1", 0) : in6("::1", 0);

	if (bind((int)fd, &a.sa, sizeof(a)) < 0)
		live_skip("no address of one's own in family %d: %s", family, strerror(errno));
	if (type == SOCK_STREAM)
		MUST(SYS(listen, fd, 4));
	return fd;
}

/* Two ends of a connection over the loopback device; ret[0] is the client. */
static void connected(int family, int type, long ret[2])
{
	long fd = server(family, type);
	union addr a = name_of(fd);

	ret[0] = sock(family, type);
	MUST(SYS(connect, ret[0], &a, sizeof(a)));
	if (type == SOCK_STREAM) {
		ret[1] = MUST(SYS(accept, fd, NULL, NULL));
	} else {
		a = name_of(ret[0]);
		MUST(SYS(connect, fd, &a, sizeof(a)));
		ret[1] = fd;
	}
}

/* The tuple as both ends see it: from the client, with its port, to the server. */
#define IP(family) ((family) == AF_INET ? "127.0.0.1" : "::1")

static struct live_want tuple(int family, const char *sip, unsigned sport, const char *dip,
			      unsigned dport)
{
	return family == AF_INET ? TUPLE4(sip, sport, dip, dport) : TUPLE6(sip, sport, dip, dport);
}

static struct live_want tuple_of(int family, long client, long server_end)
{
	return tuple(family, IP(family), port_of(client), IP(family), port_of(server_end));
}

/* ---- socket ---- */

ROW(socket_inet)
{
	long fd = CALL(socket, AF_INET, SOCK_STREAM, 0);

	EXPECT(SOCKET_SOCKET_X, INT(fd), FLAGS("AF_INET"), INT(SOCK_STREAM), INT(0), INT(0));
}

ROW(socket_flags)
{
	long fd = CALL(socket, AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	EXPECT(SOCKET_SOCKET_X, INT(fd), INT(AF_UNIX),
	       INT(SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK), INT(0),
	       FLAGS("O_CLOEXEC|O_NONBLOCK"));
}

ROW(socket_netlink)
{
	long fd = CALL(socket, AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);

	EXPECT(SOCKET_SOCKET_X, INT(fd), INT(16), INT(SOCK_RAW), INT(0), INT(0));
}

ROW(socket_inet6_udp)
{
	long fd = CALL(socket, AF_INET6, SOCK_DGRAM, IPPROTO_UDP);

	EXPECT(SOCKET_SOCKET_X, INT(fd), FLAGS("AF_INET6"), INT(SOCK_DGRAM), INT(17), INT(0));
}

ROW(socket_bad_family)
{
	long fd = CALL(socket, 44, SOCK_STREAM, 0);

	EXPECT(SOCKET_SOCKET_X, INT(fd), INT(0), INT(SOCK_STREAM), INT(0), INT(0));
}

ROW1(socket_bad_type, SOCKET_SOCKET_X, CALL(socket, AF_INET, 15, 99), INT(-EINVAL),
     FLAGS("AF_INET"), INT(15), INT(99), INT(0))

/* ---- bind, listen, shutdown ---- */

ROW(bind_inet)
{
	long fd = sock(AF_INET, SOCK_STREAM);
	union addr a = in4("127.0.0.1", 0);

	CALL(bind, fd, &a, sizeof(a.in));
	EXPECT(SOCKET_BIND_X, INT(0), SOCK4("127.0.0.1", 0), INT(fd));
}

ROW(bind_inet_fails)
{
	long fd = sock(AF_INET, SOCK_STREAM);
	union addr a = in4("192.0.2.1", 4711);

	CHECK_INT(CALL(bind, fd, &a, sizeof(a.in)), -EADDRNOTAVAIL);
	EXPECT(SOCKET_BIND_X, INT(-EADDRNOTAVAIL), SOCK4("192.0.2.1", 4711), INT(fd));
}

ROW(bind_inet6)
{
	long fd = sock(AF_INET6, SOCK_DGRAM), ret;
	union addr a = in6("::1", 0);

	ret = CALL(bind, fd, &a, sizeof(a.in6));
	EXPECT(SOCKET_BIND_X, INT(ret), SOCK6("::1", 0), INT(fd));
}

ROW(bind_unix)
{
	long fd = sock(AF_UNIX, SOCK_STREAM);
	const char *path = live_path("sock");
	union addr a = un(path);

	CALL(bind, fd, &a, sizeof(a.un));
	EXPECT(SOCKET_BIND_X, INT(0), SOCKUN(path), INT(fd));
}

/* The NUL in front of an abstract name is left out. */
ROW(bind_unix_abstract)
{
	long fd = sock(AF_UNIX, SOCK_DGRAM);
	union addr a = { .un = { .sun_family = AF_UNIX } };

	strcpy(a.un.sun_path + 1, "eyas-live");
	CALL(bind, fd, &a, sizeof(sa_family_t) + 1 + 9);
	EXPECT(SOCKET_BIND_X, INT(0), SOCKUN("eyas-live"), INT(fd));
}

/* All 108 bytes may be used, so that there is no NUL. */
ROW(bind_unix_108)
{
	long fd = sock(AF_UNIX, SOCK_STREAM), ret;
	union addr a = { .un = { .sun_family = AF_UNIX } };
	char want[109] = "";

	memset(a.un.sun_path, 'u', 108);
	memcpy(a.un.sun_path, "/no/", 4);
	memcpy(want, a.un.sun_path, 108);
	ret = CALL(bind, fd, &a, sizeof(a.un));
	EXPECT(SOCKET_BIND_X, INT(ret), SOCKUN(want), INT(fd));
}

ROW(bind_netlink)
{
	long fd = MUST(SYS(socket, AF_NETLINK, SOCK_RAW, NETLINK_ROUTE));
	struct sockaddr_nl a = { .nl_family = AF_NETLINK };

	CALL(bind, fd, &a, sizeof(a));
	EXPECT(SOCKET_BIND_X, INT(0), NONE, INT(fd));
}

ROW1(bind_bad, SOCKET_BIND_X, CALL(bind, -1, BADPTR, 16), INT(-EBADF), NONE, INT(-1))

ROW(bind_null)
{
	long fd = sock(AF_INET, SOCK_STREAM), ret = CALL(bind, fd, NULL, 0);

	EXPECT(SOCKET_BIND_X, INT(ret), NONE, INT(fd));
}

ROW(listen_ok)
{
	long fd = sock(AF_INET, SOCK_STREAM);

	CALL(listen, fd, 7);
	EXPECT(SOCKET_LISTEN_X, INT(0), INT(fd), INT(7));
}

ROW1(listen_bad, SOCKET_LISTEN_X, CALL(listen, -1, -5), INT(-EBADF), INT(-1), INT(-5))

ROW(shutdown_ok)
{
	long fds[2];

	connected(AF_INET, SOCK_STREAM, fds);
	CALL(shutdown, fds[0], SHUT_WR);
	EXPECT(SOCKET_SHUTDOWN_X, INT(0), INT(fds[0]), FLAGS("SHUT_WR"));
}

ROW1(shutdown_bad, SOCKET_SHUTDOWN_X, CALL(shutdown, -1, SHUT_RDWR), INT(-EBADF), INT(-1),
     FLAGS("SHUT_RDWR"))

/* ---- connect ---- */

static void connect_row(int family, int type)
{
	long fd = server(family, type), client = sock(family, type);
	union addr a = name_of(fd);

	MUST(CALL(connect, client, &a, family == AF_INET ? sizeof(a.in) : sizeof(a.in6)));
	EXPECT(SOCKET_CONNECT_X, INT(0), tuple_of(family, client, fd), INT(client),
	       family == AF_INET ? SOCK4("127.0.0.1", port_of(fd)) : SOCK6("::1", port_of(fd)));
}

ROW(connect_tcp4)
{
	connect_row(AF_INET, SOCK_STREAM);
}

ROW(connect_tcp6)
{
	connect_row(AF_INET6, SOCK_STREAM);
}

ROW(connect_udp4)
{
	connect_row(AF_INET, SOCK_DGRAM);
}

ROW(connect_udp6)
{
	connect_row(AF_INET6, SOCK_DGRAM);
}

ROW(connect_refused)
{
	long fd = server(AF_INET, SOCK_STREAM), client = sock(AF_INET, SOCK_STREAM);
	union addr a = name_of(fd);
	unsigned port = port_of(fd);

	close((int)fd);
	CHECK_INT(CALL(connect, client, &a, sizeof(a.in)), -ECONNREFUSED);
	EXPECT(SOCKET_CONNECT_X, INT(-ECONNREFUSED), NONE, INT(client), SOCK4("127.0.0.1", port));
}

/* Not refused and not there yet: the tuple is known. */
ROW(connect_in_progress)
{
	long fd = server(AF_INET, SOCK_STREAM);
	long client = sock(AF_INET, SOCK_STREAM | SOCK_NONBLOCK), ret;
	union addr a = name_of(fd);

	ret = CALL(connect, client, &a, sizeof(a.in));
	CHECK_INT(ret, -EINPROGRESS);
	EXPECT(SOCKET_CONNECT_X, INT(-EINPROGRESS), tuple_of(AF_INET, client, fd), INT(client),
	       SOCK4("127.0.0.1", port_of(fd)));
}

ROW(connect_unix)
{
	const char *path = live_path("sock");
	long fd = sock(AF_UNIX, SOCK_STREAM), client = sock(AF_UNIX, SOCK_STREAM);
	union addr a = un(path);

	CHECK_INT(bind((int)fd, &a.sa, sizeof(a.un)), 0);
	CHECK_INT(listen((int)fd, 3), 0);
	CALL(connect, client, &a, sizeof(a.un));
	EXPECT(SOCKET_CONNECT_X, INT(0), UNIX(1, 1, path), INT(client), SOCKUN(path));
}

ROW(connect_unix_missing)
{
	long client = sock(AF_UNIX, SOCK_STREAM);
	union addr a = un("/no/such");

	CALL(connect, client, &a, sizeof(a.un));
	EXPECT(SOCKET_CONNECT_X, INT(-ENOENT), NONE, INT(client), SOCKUN("/no/such"));
}

ROW1(connect_bad, SOCKET_CONNECT_X, CALL(connect, -1, BADPTR, 16), INT(-EBADF), NONE, INT(-1), NONE)

ROW(connect_no_socket)
{
	int pair[2];
	union addr a = in4("127.0.0.1", 80);

	CHECK_INT(pipe(pair), 0);
	CALL(connect, pair[0], &a, sizeof(a.in));
	EXPECT(SOCKET_CONNECT_X, INT(-ENOTSOCK), NONE, INT(pair[0]), SOCK4("127.0.0.1", 80));
}

/* With enter events on, there is what was asked for before anybody could change it. */
static void with_enter_events(struct eyas_live_opts *opts)
{
	opts->enter_events = 1;
}

ROW_WITH(connect_enter, with_enter_events)
{
	long client = sock(AF_INET, SOCK_STREAM);
	union addr a = in4("127.0.0.1", 1);
	long ret = CALL(connect, client, &a, sizeof(a.in));

	EXPECT(SOCKET_CONNECT_E, INT(client), SOCK4("127.0.0.1", 1));
	EXPECT(SOCKET_CONNECT_X, INT(ret), NONE, INT(client), SOCK4("127.0.0.1", 1));
}

ROW_WITH(open_enter, with_enter_events)
{
	CALL(open, "/no/such", O_RDWR | O_CREAT, 0604);
	EXPECT(SYSCALL_OPEN_E, STR("/no/such"), FLAGS("O_RDWR|O_CREAT"), INT(0604));
	EXPECT(SYSCALL_OPEN_X, INT(-ENOENT), STR("/no/such"), FLAGS("O_RDWR|O_CREAT"), INT(0604),
	       INT(0), INT(0));
}

ROW_WITH(openat_enter, with_enter_events)
{
	CALL(openat, AT_FDCWD, "/no/such", O_RDONLY | O_CLOEXEC, 0);
	EXPECT(SYSCALL_OPENAT_2_E, INT(-100), STR("/no/such"), FLAGS("O_RDONLY|O_CLOEXEC"), INT(0));
	EXPECT(SYSCALL_OPENAT_2_X, INT(-ENOENT), INT(-100), STR("/no/such"),
	       FLAGS("O_RDONLY|O_CLOEXEC"), INT(0), INT(0), INT(0));
}

ROW_WITH(openat2_enter, with_enter_events)
{
	uint64_t how[3] = { O_RDWR, 0, 4 };

	CALL(openat2, AT_FDCWD, "/no/such", how, 24);
	EXPECT(SYSCALL_OPENAT2_E, INT(-100), STR("/no/such"), FLAGS("O_RDWR"), INT(0),
	       FLAGS("RESOLVE_NO_SYMLINKS"));
	EXPECT(SYSCALL_OPENAT2_X, INT(-ENOENT), INT(-100), STR("/no/such"), FLAGS("O_RDWR"), INT(0),
	       FLAGS("RESOLVE_NO_SYMLINKS"), INT(0), INT(0));
}

ROW_WITH(creat_enter, with_enter_events)
{
	CALL(creat, "/no/such", 0600);
	EXPECT(SYSCALL_CREAT_E, STR("/no/such"), INT(0600));
	EXPECT(SYSCALL_CREAT_X, INT(-ENOENT), STR("/no/such"), INT(0600), INT(0), INT(0), INT(0));
}

ROW_WITH(no_other_enter, with_enter_events)
{
	CALL(close, -1);
	EXPECT(SYSCALL_CLOSE_X, INT(-EBADF), INT(-1));
}

/* ---- accept ---- */

/* accept4 has them in a plain number, hence without names: O_CLOEXEC, O_NONBLOCK. */
enum { FLAG_NONBLOCK = 64, FLAG_CLOEXEC = 4096 };

static void accept_row(int family, int call4)
{
	long fd = server(family, SOCK_STREAM), client = sock(family, SOCK_STREAM), got;
	long other = sock(family, SOCK_STREAM);
	union addr a = name_of(fd), peer;
	socklen_t len = sizeof(peer);
	struct live_want want;

	/* Two wait and one is taken, either of them: one of four is left. */
	MUST(SYS(connect, client, &a, sizeof(a)));
	MUST(SYS(connect, other, &a, sizeof(a)));
	got = MUST(call4 ? CALL(accept4, fd, NULL, NULL, SOCK_CLOEXEC)
			 : CALL(accept, fd, NULL, NULL));
	CHECK_INT(getpeername((int)got, &peer.sa, &len), 0);
	want = tuple(family, IP(family), ntohs(peer.in.sin_port), IP(family), port_of(fd));
	if (call4)
		EXPECT(SOCKET_ACCEPT4_6_X, INT(got), want, INT(25), INT(1), INT(4),
		       INT(FLAG_CLOEXEC));
	else
		EXPECT(SOCKET_ACCEPT_5_X, INT(got), want, INT(25), INT(1), INT(4));
}

ROW(accept_tcp4)
{
	accept_row(AF_INET, 0);
}

ROW(accept_tcp6)
{
	accept_row(AF_INET6, 0);
}

ROW(accept4_tcp4)
{
	accept_row(AF_INET, 1);
}

ROW(accept4_tcp6)
{
	accept_row(AF_INET6, 1);
}

/* A client of version 4 at a socket of version 6. */
ROW(accept_mapped)
{
	long fd = sock(AF_INET6, SOCK_STREAM), client = sock(AF_INET, SOCK_STREAM), got;
	union addr a = in6("::", 0);

	if (bind((int)fd, &a.sa, sizeof(a.in6)) < 0)
		live_skip("no IPv6: %s", strerror(errno));
	MUST(SYS(listen, fd, 2));
	a = in4("127.0.0.1", port_of(fd));
	MUST(SYS(connect, client, &a, sizeof(a.in)));
	got = MUST(CALL(accept, fd, NULL, NULL));
	EXPECT(SOCKET_ACCEPT_5_X, INT(got),
	       TUPLE6("::ffff:127.0.0.1", port_of(client), "::ffff:127.0.0.1", port_of(fd)), INT(0),
	       INT(0), INT(2));
}

ROW(accept_unix)
{
	const char *path = live_path("sock");
	long fd = sock(AF_UNIX, SOCK_STREAM), client = sock(AF_UNIX, SOCK_STREAM), got;
	union addr a = un(path);

	CHECK_INT(bind((int)fd, &a.sa, sizeof(a.un)), 0);
	CHECK_INT(listen((int)fd, 3), 0);
	MUST(SYS(connect, client, &a, sizeof(a.un)));
	got = MUST(CALL(accept4, fd, NULL, NULL, SOCK_NONBLOCK));
	EXPECT(SOCKET_ACCEPT4_6_X, INT(got), UNIX(1, 1, path), INT(0), INT(0), INT(3),
	       INT(FLAG_NONBLOCK));
}

ROW(accept_nobody)
{
	long fd = server(AF_INET, SOCK_STREAM | SOCK_NONBLOCK);

	MUST(SYS(listen, fd, 4));
	CHECK_INT(CALL(accept, fd, NULL, NULL), -EAGAIN);
	EXPECT(SOCKET_ACCEPT_5_X, INT(-EAGAIN), NONE, INT(0), INT(0), INT(0));
}

ROW1(accept4_bad, SOCKET_ACCEPT4_6_X, CALL(accept4, -1, NULL, NULL, 0), INT(-EBADF), NONE, INT(0),
     INT(0), INT(0), INT(0))

/* ---- names, pairs ---- */

ROW(getsockname)
{
	long fd = sock(AF_INET, SOCK_STREAM);
	union addr a;
	socklen_t len = sizeof(a);

	CALL(getsockname, fd, &a, &len);
	EXPECT_EMPTY(SOCKET_GETSOCKNAME_X);
	CALL(getpeername, fd, &a, &len);
	EXPECT_EMPTY(SOCKET_GETPEERNAME_X);
}

ROW(socketpair_ok)
{
	int pair[2];

	CALL(socketpair, AF_UNIX, SOCK_STREAM, 0, pair);
	EXPECT(SOCKET_SOCKETPAIR_X, INT(0), INT(pair[0]), INT(pair[1]), ANY, ANY, INT(1),
	       INT(SOCK_STREAM), INT(0));
}

ROW(socketpair_bad)
{
	int pair[2];
	long ret = CALL(socketpair, AF_UNIX, SOCK_DGRAM, 5, pair);

	EXPECT(SOCKET_SOCKETPAIR_X, INT(ret), INT(-1), INT(-1), INT(0), INT(0), INT(1),
	       INT(SOCK_DGRAM), INT(5));
}

/* ---- sendto, recvfrom ---- */

static void send_receive(int family, int type)
{
	long fds[2];
	char buf[100];

	connected(family, type, fds);
	CHECK_INT(CALL(sendto, fds[0], "some data", 9, 0, NULL, 0), 9);
	EXPECT(SOCKET_SENDTO_X, INT(9), DATA("some data"), INT(fds[0]), INT(9),
	       tuple_of(family, fds[0], fds[1]));
	CHECK_INT(CALL(recvfrom, fds[1], buf, sizeof(buf), 0, NULL, NULL), 9);
	EXPECT(SOCKET_RECVFROM_X, INT(9), DATA("some data"), tuple_of(family, fds[0], fds[1]),
	       INT(fds[1]), INT(sizeof(buf)));
}

ROW(sendto_tcp4)
{
	send_receive(AF_INET, SOCK_STREAM);
}

ROW(sendto_tcp6)
{
	send_receive(AF_INET6, SOCK_STREAM);
}

ROW(sendto_udp4)
{
	send_receive(AF_INET, SOCK_DGRAM);
}

ROW(sendto_udp6)
{
	send_receive(AF_INET6, SOCK_DGRAM);
}

/* Without a connection the other end is what the call names. */
static void send_to_name(int family)
{
	long fd = server(family, SOCK_DGRAM), client = sock(family, SOCK_DGRAM);
	union addr a = name_of(fd), from;
	socklen_t len = sizeof(from);
	char buf[10];
	const char *any = family == AF_INET ? "0.0.0.0" : "::";

	CHECK_INT(CALL(sendto, client, "x", 1, 0, &a,
		       family == AF_INET ? sizeof(a.in) : sizeof(a.in6)),
		  1);
	EXPECT(SOCKET_SENDTO_X, INT(1), DATA("x"), INT(client), INT(1),
	       tuple(family, any, port_of(client), IP(family), port_of(fd)));
	CHECK_INT(CALL(recvfrom, fd, buf, sizeof(buf), 0, &from, &len), 1);
	EXPECT(SOCKET_RECVFROM_X, INT(1), DATA("x"), tuple_of(family, client, fd), INT(fd),
	       INT(sizeof(buf)));
}

ROW(sendto_name4)
{
	send_to_name(AF_INET);
}

ROW(sendto_name6)
{
	send_to_name(AF_INET6);
}

ROW(sendto_unix_path)
{
	const char *path = live_path("sock");
	long fd = sock(AF_UNIX, SOCK_DGRAM), client = sock(AF_UNIX, SOCK_DGRAM);
	union addr a = un(path);

	CHECK_INT(bind((int)fd, &a.sa, sizeof(a.un)), 0);
	CHECK_INT(CALL(sendto, client, "dg", 2, 0, &a, sizeof(a.un)), 2);
	EXPECT(SOCKET_SENDTO_X, INT(2), DATA("dg"), INT(client), INT(2), UNIX(0, 1, path));
}

ROW(sendto_large)
{
	long fds[2];
	char *buf = malloc(20000);

	memset(buf, 'L', 20000);
	connected(AF_INET, SOCK_STREAM, fds);
	CHECK_INT(CALL(sendto, fds[0], buf, 20000, 0, NULL, 0), 20000);
	EXPECT(SOCKET_SENDTO_X, INT(20000), BYTES(buf, 80), INT(fds[0]), INT(20000),
	       tuple_of(AF_INET, fds[0], fds[1]));
}

ROW1(sendto_bad, SOCKET_SENDTO_X, CALL(sendto, -1, "lost", 4, 0, NULL, 0), INT(-EBADF),
     DATA("lost"), INT(-1), INT(4), NONE)

ROW(recvfrom_nothing)
{
	long fd = server(AF_INET, SOCK_DGRAM);
	char buf[10];

	CHECK_INT(CALL(recvfrom, fd, buf, sizeof(buf), MSG_DONTWAIT, NULL, NULL), -EAGAIN);
	EXPECT(SOCKET_RECVFROM_X, INT(-EAGAIN), NONE, NONE, INT(fd), INT(sizeof(buf)));
}

/* The other side has closed: there is no data, and no tuple either. */
ROW(recvfrom_end)
{
	long fds[2];
	char buf[10];

	connected(AF_INET, SOCK_STREAM, fds);
	close((int)fds[0]);
	CHECK_INT(CALL(recvfrom, fds[1], buf, sizeof(buf), 0, NULL, NULL), 0);
	EXPECT(SOCKET_RECVFROM_X, INT(0), NONE, NONE, INT(fds[1]), INT(sizeof(buf)));
}

/* read() and write() of sockets are like those of files. */
ROW(read_socket)
{
	long fds[2];
	char buf[10];

	connected(AF_INET, SOCK_STREAM, fds);
	CHECK_INT(CALL(write, fds[0], "abc", 3), 3);
	EXPECT(SYSCALL_WRITE_X, INT(3), DATA("abc"), INT(fds[0]), INT(3));
	CHECK_INT(CALL(read, fds[1], buf, sizeof(buf)), 3);
	EXPECT(SYSCALL_READ_X, INT(3), DATA("abc"), INT(fds[1]), INT(10));
}
