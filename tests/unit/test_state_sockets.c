/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sockets: both sides of connections, connects that wait or fail, datagrams and the peers they
 * tell of, unix sockets, and descriptors passed in messages.
 */
#include "unit/feed.h"

enum { UNIX = 1, INET = 2, INET6 = 10, NETLINK = 16, PACKET = 17 };
enum { STREAM = 1, DGRAM = 2, RAW = 3 };
enum { L4_TCP = 2, L4_UDP = 3, L4_ICMP = 4, L4_RAW = 5 };

static void open_socket(struct feed *f, int64_t fd, int family, int type, int protocol)
{
	FEED(f, 100, SOCKET_SOCKET_X, I(fd), I(family), I(type), I(protocol), I(0));
}

static void check_ports(const struct eyas_fd *fd, uint16_t sport, uint16_t dport)
{
	CHECK_INT(fd->u.ip.sport, sport);
	CHECK_INT(fd->u.ip.dport, dport);
}

TEST(kinds_and_protocols)
{
	static const struct {
		int family, type, protocol;
		uint8_t kind, l4;
	} rows[] = {
		{ UNIX, STREAM, 0, EYAS_FD_UNIX, 0 },
		{ INET, STREAM, 0, EYAS_FD_IPV4_SOCK, L4_TCP },
		{ INET, STREAM | 0x800, 6, EYAS_FD_IPV4_SOCK, L4_TCP },
		{ INET, DGRAM, 0, EYAS_FD_IPV4_SOCK, L4_UDP },
		{ INET6, DGRAM | 0x80000, 17, EYAS_FD_IPV6_SOCK, L4_UDP },
		{ INET, DGRAM, 1, EYAS_FD_IPV4_SOCK, L4_ICMP },
		{ INET6, DGRAM, 58, EYAS_FD_IPV6_SOCK, L4_ICMP },
		{ INET, RAW, 1, EYAS_FD_IPV4_SOCK, L4_RAW },
		{ INET, RAW | 0x800, 255, EYAS_FD_IPV4_SOCK, L4_RAW },
		{ INET, STREAM, 132, EYAS_FD_IPV4_SOCK, 0 },
		{ NETLINK, RAW, 0, EYAS_FD_NETLINK, 0 },
		{ PACKET, RAW, 0, EYAS_FD_UNKNOWN, 0 },
		{ 99999, 99999, 99999, EYAS_FD_UNKNOWN, 0 },
	};
	struct feed f;
	size_t i;

	feed_start(&f);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		open_socket(&f, 3, rows[i].family, rows[i].type, rows[i].protocol);
		CHECK_INT(f.context.fd_num, 3);
		CHECK_INT(f.context.fd->kind, rows[i].kind);
		CHECK_INT(f.context.fd->l4, rows[i].l4);
		CHECK_STR(f.context.fd->name->text, "");
		CHECK_INT(f.context.fd->bits & FD_CLOSE_ON_EXEC, !!(rows[i].type & 0x80000));
	}
	open_socket(&f, -97, INET, STREAM, 0);
	CHECK_INT(f.context.fd_num, -1);
	FEED(&f, 100, SOCKET_SOCKET_X, I(4), I(INET), I(STREAM), I(0), I(1 << 12));
	CHECK_INT(f.context.fd->bits, FD_CLOSE_ON_EXEC);
	feed_end(&f);
}

TEST(a_server)
{
	struct eyas_sock addr = feed_ip("10.0.0.1", 80, NULL, 0);
	struct eyas_sock tuple = feed_ip("10.0.0.2", 5000, "10.0.0.1", 80);
	struct feed f;

	feed_start(&f);
	open_socket(&f, 3, INET, STREAM, 0);
	FEED(&f, 100, SOCKET_BIND_X, I(0), ADDR(&addr), I(3));
	CHECK_INT(f.context.fd->kind, EYAS_FD_IPV4_SERVER);
	CHECK_INT(f.context.fd->bits, FD_BOUND | FD_ROLE_SERVER);
	CHECK_INT(f.context.fd->l4, L4_TCP);
	CHECK(f.context.bits & CONTEXT_FD_NAME_CHANGED);
	check_ports(f.context.fd, 80, 0);
	CHECK_FD_NAME(&f, 100, 3, "10.0.0.1:80");
	FEED(&f, 100, SOCKET_LISTEN_X, I(0), I(3), I(5));
	CHECK_INT(f.context.fd->bits, FD_BOUND | FD_ROLE_SERVER | FD_LISTENING);
	FEED(&f, 100, SOCKET_ACCEPT4_6_X, I(4), TUPLE(&tuple), I(0), I(0), I(5), I(0x1000));
	CHECK_INT(f.context.fd_num, 4);
	CHECK_FD_NAME(&f, 100, 4, "10.0.0.2:5000->10.0.0.1:80");
	CHECK_INT(f.context.fd->bits, FD_ROLE_SERVER | FD_CONNECTED | FD_CLOSE_ON_EXEC);
	CHECK_INT(f.context.fd->l4, L4_TCP);
	CHECK(!(f.context.bits & CONTEXT_FD_NAME_CHANGED));
	check_ports(f.context.fd, 5000, 80);
	FEED(&f, 100, SOCKET_ACCEPT_5_X, I(-11), N, I(0), I(0), I(5));
	CHECK_INT(f.context.fd_num, -1);
	CHECK(!f.context.fd);
	feed_end(&f);
}

TEST(bind_that_makes_no_server)
{
	struct eyas_sock any_port = feed_ip("127.0.0.1", 0, NULL, 0);
	struct eyas_sock path = feed_unix(0, 0, "/run/\x01sock");
	struct eyas_sock port = feed_ip("127.0.0.1", 80, NULL, 0);
	struct feed f;

	feed_start(&f);
	open_socket(&f, 3, INET, STREAM, 0);
	FEED(&f, 100, SOCKET_BIND_X, I(0), ADDR(&any_port), I(3));
	CHECK_INT(f.context.fd->kind, EYAS_FD_IPV4_SOCK);
	CHECK_INT(f.context.fd->bits, FD_BOUND);
	CHECK_FD_NAME(&f, 100, 3, "127.0.0.1:0");
	open_socket(&f, 3, UNIX, STREAM, 0);
	FEED(&f, 100, SOCKET_BIND_X, I(0), ADDR(&path), I(3));
	/* Kept as it is; printing makes it safe. */
	CHECK_FD_NAME(&f, 100, 3, "/run/\x01sock");
	open_socket(&f, 3, INET, STREAM, 0);
	FEED(&f, 100, SOCKET_BIND_X, I(-98), ADDR(&port), I(3));
	CHECK_INT(f.context.fd->bits, 0);
	FEED(&f, 100, SOCKET_BIND_X, I(0), N, I(3));
	CHECK_FD_NAME(&f, 100, 3, "");
	FEED(&f, 100, SOCKET_BIND_X, I(0), ADDR(&port), I(77));
	CHECK(!f.context.fd);
	feed_end(&f);
}

TEST(ipv4_within_ipv6)
{
	struct eyas_sock addr = feed_ip("::ffff:10.0.0.1", 80, NULL, 0);
	struct eyas_sock any = feed_ip("::", 81, NULL, 0);
	struct eyas_sock tuple = feed_ip("::ffff:10.0.0.2", 5000, "::ffff:10.0.0.1", 80);
	struct eyas_sock half = feed_ip("::1", 5000, "::ffff:10.0.0.1", 80);
	struct feed f;

	feed_start(&f);
	open_socket(&f, 3, INET6, STREAM, 0);
	FEED(&f, 100, SOCKET_BIND_X, I(0), ADDR(&addr), I(3));
	CHECK_INT(f.context.fd->kind, EYAS_FD_IPV4_SERVER);
	CHECK_INT(f.context.fd->u.ip.src[0], 10);
	open_socket(&f, 3, INET6, STREAM, 0);
	FEED(&f, 100, SOCKET_BIND_X, I(0), ADDR(&any), I(3));
	CHECK_INT(f.context.fd->kind, EYAS_FD_IPV4_SERVER);
	CHECK_FD_NAME(&f, 100, 3, ":::81");
	FEED(&f, 100, SOCKET_ACCEPT_5_X, I(4), TUPLE(&tuple), I(0), I(0), I(0));
	CHECK_INT(f.context.fd->kind, EYAS_FD_IPV4_SOCK);
	CHECK_INT(f.context.fd->u.ip.dst[3], 1);
	CHECK_FD_NAME(&f, 100, 4, "10.0.0.2:5000->10.0.0.1:80");
	FEED(&f, 100, SOCKET_ACCEPT_5_X, I(4), TUPLE(&half), I(0), I(0), I(0));
	CHECK_INT(f.context.fd->kind, EYAS_FD_IPV6_SOCK);
	feed_end(&f);
}

/* Of a family that events do not describe only the number is known. */
TEST(accept_of_another_family)
{
	struct feed f;

	feed_start(&f);
	feed_open(&f, 100, 4, "/a");
	FEED(&f, 100, SOCKET_ACCEPT_5_X, I(4), N, I(0), I(0), I(0));
	CHECK_INT(f.context.fd_num, 4);
	CHECK(!feed_has_fd(&f, 100, 4));
	feed_open(&f, 100, 4, "/a");
	FEED(&f, 100, SOCKET_ACCEPT_5_X, I(4), B("\x28", 1), I(0), I(0), I(0));
	CHECK(!f.context.fd);
	feed_end(&f);
}

/* ---- the client's side ---- */

TEST(a_client)
{
	struct eyas_sock tuple = feed_ip("10.0.0.2", 5000, "10.0.0.1", 80);
	struct feed f;

	feed_start(&f);
	open_socket(&f, 3, INET, STREAM, 0);
	FEED(&f, 100, SOCKET_CONNECT_X, I(0), TUPLE(&tuple), I(3), N);
	CHECK_FD_NAME(&f, 100, 3, "10.0.0.2:5000->10.0.0.1:80");
	CHECK_INT(f.context.fd->bits, FD_ROLE_CLIENT | FD_CONNECTED);
	CHECK(f.context.bits & CONTEXT_FD_NAME_CHANGED);
	check_ports(f.context.fd, 5000, 80);
	FEED(&f, 100, SOCKET_SHUTDOWN_X, I(0), I(3), I(1));
	CHECK_INT(f.context.fd->bits, FD_ROLE_CLIENT | FD_CONNECTED);
	/* Of an unknown descriptor. */
	FEED(&f, 100, SOCKET_CONNECT_X, I(0), TUPLE(&tuple), I(9), N);
	CHECK(!f.context.fd);
	feed_end(&f);
}

TEST(a_connect_that_failed)
{
	struct eyas_sock addr = feed_ip("10.0.0.1", 80, NULL, 0);
	struct eyas_sock tuple = feed_ip("10.0.0.2", 5000, "10.0.0.1", 80);
	struct feed f;

	feed_start(&f);
	open_socket(&f, 3, INET, STREAM, 0);
	FEED(&f, 100, SOCKET_CONNECT_E, I(3), ADDR(&addr));
	CHECK_INT(f.context.fd_num, 3);
	FEED(&f, 100, SOCKET_CONNECT_X, I(-111), TUPLE(&tuple), I(3), ADDR(&addr));
	CHECK_INT(f.context.fd->bits, FD_CONNECT_FAILED);
	CHECK_FD_NAME(&f, 100, 3, "");
	FEED(&f, 100, SOCKET_CONNECT_X, I(0), TUPLE(&tuple), I(3), ADDR(&addr));
	CHECK_INT(f.context.fd->bits, FD_CONNECTED | FD_ROLE_CLIENT);
	feed_end(&f);
}

TEST(a_connect_that_does_not_wait)
{
	struct eyas_sock tuple = feed_ip("10.0.0.2", 5000, "10.0.0.1", 80);
	struct feed f;

	feed_start(&f);
	open_socket(&f, 3, INET, STREAM, 0);
	FEED(&f, 100, SOCKET_CONNECT_X, I(-115), TUPLE(&tuple), I(3), N);
	CHECK_INT(f.context.fd->bits, FD_CONNECT_PENDING | FD_ROLE_CLIENT);
	CHECK_FD_NAME(&f, 100, 3, "10.0.0.2:5000->10.0.0.1:80");
	/* Another option, and one that failed, say nothing. */
	FEED(&f, 100, SOCKET_GETSOCKOPT_X, I(0), I(3), I(1), I(5), DYN(1, 0), I(4));
	FEED(&f, 100, SOCKET_GETSOCKOPT_X, I(-9), I(3), I(1), I(4), DYN(1, 0), I(4));
	CHECK(f.context.fd->bits & FD_CONNECT_PENDING);
	FEED(&f, 100, SOCKET_GETSOCKOPT_X, I(0), I(3), I(1), I(4), DYN(1, 0), I(4));
	CHECK_INT(f.context.fd->bits, FD_CONNECTED | FD_ROLE_CLIENT);
	/* An error asked for later is not of the connect. */
	FEED(&f, 100, SOCKET_GETSOCKOPT_X, I(0), I(3), I(1), I(4), DYN(1, -104), I(4));
	CHECK(f.context.fd->bits & FD_CONNECTED);
	FEED(&f, 100, SOCKET_CONNECT_X, I(-115), TUPLE(&tuple), I(3), N);
	FEED(&f, 100, SOCKET_GETSOCKOPT_X, I(0), I(3), I(1), I(4), DYN(1, -111), I(4));
	CHECK_INT(f.context.fd->bits, FD_CONNECT_FAILED | FD_ROLE_CLIENT);
	/* Or traffic says that it is connected. */
	FEED(&f, 100, SOCKET_CONNECT_X, I(-115), TUPLE(&tuple), I(3), N);
	FEED(&f, 100, SYSCALL_WRITE_X, I(-11), N, I(3), I(1));
	CHECK(f.context.fd->bits & FD_CONNECT_PENDING);
	FEED(&f, 100, SYSCALL_WRITE_X, I(1), S("x"), I(3), I(1));
	CHECK_INT(f.context.fd->bits, FD_CONNECTED | FD_ROLE_CLIENT);
	feed_end(&f);
}

TEST(a_datagram_socket_connects_again_and_away)
{
	struct eyas_sock first = feed_ip("10.0.0.2", 5000, "10.0.0.1", 53);
	struct eyas_sock second = feed_ip("10.0.0.2", 5000, "10.0.0.9", 53);
	struct feed f;

	feed_start(&f);
	open_socket(&f, 3, INET, DGRAM, 0);
	FEED(&f, 100, SOCKET_CONNECT_X, I(0), TUPLE(&first), I(3), N);
	FEED(&f, 100, SOCKET_CONNECT_X, I(0), TUPLE(&second), I(3), N);
	CHECK_FD_NAME(&f, 100, 3, "10.0.0.2:5000->10.0.0.9:53");
	FEED(&f, 100, SOCKET_CONNECT_X, I(0), TUPLE(&second), I(3), B("", 1));
	CHECK_FD_NAME(&f, 100, 3, "10.0.0.2:5000->0.0.0.0:0");
	CHECK_INT(f.context.fd->bits, FD_ROLE_CLIENT);
	feed_end(&f);
}

TEST(unix_sockets)
{
	struct eyas_sock tuple = feed_unix(0xffff8800, 0x12, "/dev/log");
	struct feed f;

	feed_start(&f);
	open_socket(&f, 3, UNIX, STREAM, 0);
	FEED(&f, 100, SOCKET_CONNECT_X, I(0), TUPLE(&tuple), I(3), N);
	CHECK_FD_NAME(&f, 100, 3, "ffff8800->12 /dev/log");
	CHECK_INT(f.context.fd->u.un.src, 0xffff8800);
	CHECK_INT(f.context.fd->u.un.dst, 0x12);
	CHECK_INT(f.context.fd->bits, FD_ROLE_CLIENT | FD_CONNECTED);
	FEED(&f, 100, SOCKET_ACCEPT_5_X, I(4), TUPLE(&tuple), I(0), I(0), I(0));
	CHECK_INT(f.context.fd->kind, EYAS_FD_UNIX);
	CHECK_FD_NAME(&f, 100, 4, "ffff8800->12 /dev/log");
	FEED(&f, 100, SOCKET_SOCKETPAIR_X, I(0), I(5), I(6), I(0xa), I(0xb), I(UNIX), I(STREAM),
	     I(0));
	CHECK_INT(f.context.fd_num, 6);
	CHECK_INT(feed_fd(&f, 100, 5)->u.un.src, 0xa);
	CHECK_INT(feed_fd(&f, 100, 5)->u.un.dst, 0xb);
	CHECK_INT(feed_fd(&f, 100, 6)->u.un.src, 0xb);
	CHECK_INT(feed_fd(&f, 100, 6)->u.un.dst, 0xa);
	CHECK_INT(feed_fd(&f, 100, 6)->bits, FD_CONNECTED);
	FEED(&f, 100, SOCKET_SOCKETPAIR_X, I(0), I(7), I(7), I(0xa), I(0xb), I(UNIX), I(STREAM),
	     I(0));
	FEED(&f, 100, SOCKET_SOCKETPAIR_X, I(-24), I(7), I(8), I(0xa), I(0xb), I(UNIX), I(STREAM),
	     I(0));
	CHECK(!feed_has_fd(&f, 100, 7));
	feed_end(&f);
}

/* ---- datagrams ---- */

TEST(sending_makes_a_client)
{
	struct eyas_sock first = feed_ip("10.0.0.2", 5000, "10.0.0.1", 53);
	struct eyas_sock second = feed_ip("10.0.0.2", 5000, "10.0.0.9", 54);
	struct feed f;

	feed_start(&f);
	open_socket(&f, 3, INET, DGRAM, 0);
	FEED(&f, 100, SOCKET_SENDTO_X, I(1), S("x"), I(3), I(1), TUPLE(&first));
	CHECK_FD_NAME(&f, 100, 3, "10.0.0.2:5000->10.0.0.1:53");
	CHECK_INT(f.context.fd->bits, FD_ROLE_CLIENT | FD_CONNECTED);
	CHECK(f.context.bits & CONTEXT_FD_NAME_CHANGED);
	FEED(&f, 100, SOCKET_SENDMSG_X, I(1), S("x"), I(3), I(1), TUPLE(&first));
	CHECK(!(f.context.bits & CONTEXT_FD_NAME_CHANGED));
	/* The answer has its sender first. */
	first = feed_ip("10.0.0.1", 53, "10.0.0.2", 5000);
	FEED(&f, 100, SOCKET_RECVFROM_X, I(1), S("x"), TUPLE(&first), I(3), I(1));
	CHECK(!(f.context.bits & CONTEXT_FD_NAME_CHANGED));
	CHECK_FD_NAME(&f, 100, 3, "10.0.0.2:5000->10.0.0.1:53");
	FEED(&f, 100, SOCKET_SENDMMSG_X, I(1), I(3), I(1), S("x"), TUPLE(&second));
	CHECK_FD_NAME(&f, 100, 3, "10.0.0.2:5000->10.0.0.9:54");
	CHECK(f.context.bits & CONTEXT_FD_NAME_CHANGED);
	/* From the second peer, while the first one is what is known. */
	FEED(&f, 100, SOCKET_RECVMSG_X, I(1), I(1), S("x"), TUPLE(&first), N, I(3));
	CHECK_FD_NAME(&f, 100, 3, "10.0.0.2:5000->10.0.0.1:53");
	/* One that failed says nothing. */
	FEED(&f, 100, SOCKET_SENDTO_X, I(-1), N, I(3), I(1), TUPLE(&second));
	CHECK_FD_NAME(&f, 100, 3, "10.0.0.2:5000->10.0.0.1:53");
	feed_end(&f);
}

TEST(receiving_makes_a_server)
{
	struct eyas_sock tuple = feed_ip("10.0.0.2", 5000, "10.0.0.1", 53);
	struct eyas_sock answer = feed_ip("10.0.0.1", 53, "10.0.0.7", 5001);
	struct eyas_sock tuple6 = feed_ip("fe80::2", 5000, "fe80::1", 53);
	struct eyas_sock addr = feed_ip("10.0.0.1", 53, NULL, 0);
	struct feed f;

	feed_start(&f);
	open_socket(&f, 3, INET, DGRAM, 0);
	FEED(&f, 100, SOCKET_RECVFROM_X, I(1), S("x"), TUPLE(&tuple), I(3), I(1));
	CHECK_FD_NAME(&f, 100, 3, "10.0.0.2:5000->10.0.0.1:53");
	CHECK(f.context.fd->bits & FD_ROLE_SERVER);
	/* It answers another client. */
	FEED(&f, 100, SOCKET_SENDTO_X, I(1), S("x"), I(3), I(1), TUPLE(&answer));
	CHECK_FD_NAME(&f, 100, 3, "10.0.0.7:5001->10.0.0.1:53");
	open_socket(&f, 4, INET6, DGRAM, 0);
	FEED(&f, 100, SOCKET_RECVMMSG_X, I(1), I(4), I(1), S("x"), TUPLE(&tuple6), N);
	CHECK_FD_NAME(&f, 100, 4, "fe80::2:5000->fe80::1:53");
	CHECK(f.context.fd->bits & FD_ROLE_SERVER);
	/* Bound before: a server whatever it does first. */
	open_socket(&f, 5, INET, DGRAM, 0);
	FEED(&f, 100, SOCKET_BIND_X, I(0), ADDR(&addr), I(5));
	FEED(&f, 100, SOCKET_SENDTO_X, I(1), S("x"), I(5), I(1), TUPLE(&answer));
	CHECK_INT(f.context.fd->kind, EYAS_FD_IPV4_SOCK);
	CHECK_FD_NAME(&f, 100, 5, "10.0.0.7:5001->10.0.0.1:53");
	feed_end(&f);
}

/* A socket bound to no address has the one it is spoken to by. */
TEST(ends_without_an_address)
{
	const struct eyas_iface ifaces[] = {
		{ .type = 1, .addr = { 127, 0, 0, 1 }, .mask = { 255 } },
		{ .type = 1, .addr = { 10, 0, 0, 1 }, .mask = { 255, 255, 255 } },
		{ .type = 1, .addr = { 192, 168, 0, 1 }, .mask = { 255, 255 } },
		{ .type = 2, .addr = { 0xfe, 0x80, [15] = 9 } },
	};
	struct eyas_sock tuple = feed_ip("192.168.5.5", 5000, "0.0.0.0", 53);
	struct eyas_loader loader;
	struct feed f;
	size_t i;

	feed_start(&f);
	eyas_state_loader(f.state, &loader);
	for (i = 0; i < 4; i++)
		CHECK_INT(loader.iface(loader.ctx, &ifaces[i]), 0);
	open_socket(&f, 3, INET, DGRAM, 0);
	FEED(&f, 100, SOCKET_RECVFROM_X, I(1), S("x"), TUPLE(&tuple), I(3), I(1));
	CHECK_FD_NAME(&f, 100, 3, "192.168.5.5:5000->192.168.0.1:53");
	FEED(&f, 100, SOCKET_RECVFROM_X, I(1), S("x"), TUPLE(&tuple), I(3), I(1));
	CHECK(!(f.context.bits & CONTEXT_FD_NAME_CHANGED));
	/* Nobody asked whose it is. */
	tuple = feed_ip("0.0.0.0", 0, "0.0.0.0", 53);
	FEED(&f, 100, SOCKET_RECVFROM_X, I(1), S("x"), TUPLE(&tuple), I(3), I(1));
	CHECK_FD_NAME(&f, 100, 3, "192.168.5.5:5000->192.168.0.1:53");
	/* One of our own, then one of no network of ours. */
	tuple = feed_ip("10.0.0.1", 5000, "0.0.0.0", 53);
	FEED(&f, 100, SOCKET_RECVFROM_X, I(1), S("x"), TUPLE(&tuple), I(3), I(1));
	CHECK_FD_NAME(&f, 100, 3, "10.0.0.1:5000->10.0.0.1:53");
	tuple = feed_ip("8.8.8.8", 5000, "0.0.0.0", 53);
	FEED(&f, 100, SOCKET_RECVFROM_X, I(1), S("x"), TUPLE(&tuple), I(3), I(1));
	CHECK_FD_NAME(&f, 100, 3, "8.8.8.8:5000->10.0.0.1:53");
	open_socket(&f, 4, INET6, DGRAM, 0);
	tuple = feed_ip("::", 5000, "fe80::5", 53);
	FEED(&f, 100, SOCKET_SENDTO_X, I(1), S("x"), I(4), I(1), TUPLE(&tuple));
	CHECK_FD_NAME(&f, 100, 4, "fe80::9:5000->fe80::5:53");
	feed_end(&f);
}

TEST(a_tcp_socket_has_one_peer)
{
	struct eyas_sock tuple = feed_ip("10.0.0.2", 5000, "10.0.0.1", 80);
	struct eyas_sock other = feed_ip("10.0.0.3", 5000, "10.0.0.1", 80);
	struct feed f;

	feed_start(&f);
	open_socket(&f, 3, INET, STREAM, 0);
	FEED(&f, 100, SOCKET_CONNECT_X, I(0), TUPLE(&tuple), I(3), N);
	FEED(&f, 100, SOCKET_SEND_X, I(1), S("x"), I(3), I(1), TUPLE(&other));
	CHECK_FD_NAME(&f, 100, 3, "10.0.0.2:5000->10.0.0.1:80");
	/* Its connect was missed. */
	open_socket(&f, 4, INET, STREAM, 0);
	FEED(&f, 100, SOCKET_SEND_X, I(1), S("x"), I(4), I(1), TUPLE(&tuple));
	CHECK_FD_NAME(&f, 100, 4, "10.0.0.2:5000->10.0.0.1:80");
	CHECK_INT(f.context.fd->l4, L4_TCP);
	feed_end(&f);
}

TEST(a_socket_that_is_not_known)
{
	struct eyas_sock tuple = feed_ip("10.0.0.2", 5000, "10.0.0.1", 53);
	struct eyas_sock path = feed_unix(1, 2, "/x");
	struct feed f;

	feed_start(&f);
	FEED(&f, 100, SOCKET_SENDTO_X, I(1), S("x"), I(3), I(1), TUPLE(&tuple));
	CHECK_FD_NAME(&f, 100, 3, "10.0.0.2:5000->10.0.0.1:53");
	CHECK_INT(f.context.fd->l4, L4_UDP);
	CHECK(f.context.fd->bits & FD_GUESSED);
	FEED(&f, 100, SOCKET_SENDTO_X, I(1), S("x"), I(4), I(1), TUPLE(&path));
	FEED(&f, 100, SOCKET_SENDTO_X, I(-1), N, I(5), I(1), TUPLE(&tuple));
	FEED(&f, 100, SOCKET_SENDTO_X, I(1), S("x"), N, I(1), TUPLE(&tuple));
	FEED(&f, 100, SOCKET_RECVFROM_X, I(1), S("x"), TUPLE(&tuple), I(6), I(1));
	CHECK(!f.context.fd);
	CHECK_INT(feed_thread(&f, 100)->fds->count, 1);
	feed_end(&f);
}

TEST(datagrams_of_unix_sockets)
{
	struct eyas_sock tuple = feed_unix(0xa, 0, "\x01\xff");
	struct feed f;

	feed_start(&f);
	open_socket(&f, 3, UNIX, DGRAM, 0);
	FEED(&f, 100, SOCKET_RECVFROM_X, I(1), S("x"), TUPLE(&tuple), I(3), I(1));
	CHECK_FD_NAME(&f, 100, 3, "a->0 \x01\xff");
	CHECK(f.context.bits & CONTEXT_FD_NAME_CHANGED);
	FEED(&f, 100, SOCKET_RECVFROM_X, I(1), S("x"), TUPLE(&tuple), I(3), I(1));
	CHECK(!(f.context.bits & CONTEXT_FD_NAME_CHANGED));
	/* A tuple on what is no socket: events win. */
	feed_open(&f, 100, 4, "/a");
	FEED(&f, 100, SOCKET_RECVFROM_X, I(1), S("x"), TUPLE(&tuple), I(4), I(1));
	CHECK_INT(f.context.fd->kind, EYAS_FD_UNIX);
	feed_end(&f);
}

/* ---- descriptors in messages ---- */

struct control {
	uint64_t len;
	int32_t level, type;
	int32_t fds[6];
};

static void receive_control(struct feed *f, const void *control, size_t len)
{
	FEED(f, 100, SOCKET_RECVMSG_X, I(1), I(1), S("x"), N, B(control, len), I(3));
}

TEST(passed_descriptors_take_their_numbers)
{
	struct control control = { 16 + 8, 1, 1, { 7, 8 } };
	struct feed f;

	feed_start(&f);
	open_socket(&f, 3, UNIX, STREAM, 0);
	feed_open(&f, 100, 7, "/old");
	receive_control(&f, &control, 16 + 8);
	CHECK_STR(feed_fd(&f, 100, 7)->name->text, "");
	CHECK_INT(feed_fd(&f, 100, 7)->bits, FD_GUESSED);
	CHECK_INT(feed_fd(&f, 100, 8)->kind, EYAS_FD_UNKNOWN);
	CHECK_INT(f.context.fd_num, 3);
	CHECK(f.context.fd == feed_fd(&f, 100, 3));
	FEED(&f, 100, SOCKET_RECVMMSG_X, I(1), I(3), I(1), S("x"), N, B(&control, 16 + 8));
	CHECK(feed_has_fd(&f, 100, 8));
	feed_end(&f);
}

TEST(control_messages_of_every_shape)
{
	/* Credentials, padded, then descriptors. */
	struct {
		struct control other;
		struct control rights;
	} two = { { 16 + 12, 1, 2, { 90, 91, 92 } }, { 16 + 4, 1, 1, { 7 } } };
	struct control control = { 16 + 4, 1, 1, { 7 } };
	struct feed f;
	size_t len;

	feed_start(&f);
	open_socket(&f, 3, UNIX, STREAM, 0);
	two.other.len = sizeof(struct control);
	receive_control(&f, &two, sizeof(struct control) + 20);
	CHECK(feed_has_fd(&f, 100, 7));
	CHECK(!feed_has_fd(&f, 100, 90));
	/* Cut anywhere, lengths that lie, numbers that cannot be. */
	for (len = 0; len <= sizeof(two); len++)
		receive_control(&f, &two, len);
	control.len = UINT64_MAX;
	receive_control(&f, &control, sizeof(control));
	control.len = 15;
	receive_control(&f, &control, sizeof(control));
	control.len = 0;
	receive_control(&f, &control, sizeof(control));
	control = (struct control){ 16 + 4, 1, 1, { -1 } };
	receive_control(&f, &control, 20);
	control = (struct control){ 16 + 4, 2, 1, { 50 } };
	receive_control(&f, &control, 20);
	CHECK(!feed_has_fd(&f, 100, 50));
	/* The socket itself is replaced. */
	control = (struct control){ 16 + 4, 1, 1, { 3 } };
	receive_control(&f, &control, 20);
	CHECK(f.context.fd == feed_fd(&f, 100, 3));
	CHECK_INT(f.context.fd->kind, EYAS_FD_UNKNOWN);
	/* Only unix sockets pass descriptors. */
	control.fds[0] = 60;
	open_socket(&f, 3, INET, DGRAM, 0);
	receive_control(&f, &control, 20);
	CHECK(!feed_has_fd(&f, 100, 60));
	feed_end(&f);
}

/* ---- from a dump ---- */

static struct eyas_fd *bind_socket(struct feed *f, int64_t fd, int family, int type,
				   const char *addr, uint16_t port)
{
	struct eyas_sock sock = feed_ip(addr, port, NULL, 0);

	open_socket(f, fd, family, type, 0);
	FEED(f, 100, SOCKET_BIND_X, I(0), ADDR(&sock), I(fd));
	return f->context.fd;
}

/* The state that a reader of a dump of f has. */
static struct eyas_state *dumped(const struct feed *f)
{
	struct eyas_loader loader;
	struct eyas_state *state;

	CHECK_INT(eyas_state_new(NULL, &state, NULL), 0);
	eyas_state_loader(state, &loader);
	CHECK_INT(eyas_state_dump(f->state, &loader), 0);
	load_finish(state);
	return state;
}

TEST(sockets_out_of_a_dump)
{
	/* What a capture has no place for. */
	const uint16_t lost = FD_CONNECT_FAILED, server_lost = FD_ROLE_SERVER | FD_LISTENING;
	struct eyas_sock far = feed_ip("10.0.0.2", 5000, "10.0.0.1", 53);
	struct eyas_sock out = feed_ip("10.0.0.1", 4000, "10.0.0.2", 80);
	struct eyas_sock peer = feed_ip("10.0.0.2", 80, NULL, 0);
	const struct eyas_fd *want, *got;
	struct eyas_state *other;
	uint16_t ignored;
	struct feed f;
	int64_t num;

	feed_start(&f);
	open_socket(&f, 3, INET, STREAM, 0);
	open_socket(&f, 4, INET6, STREAM, 0);
	open_socket(&f, 5, INET, RAW, 1);
	bind_socket(&f, 6, INET6, DGRAM, "2001::1", 53);
	bind_socket(&f, 7, INET, DGRAM, "10.0.0.1", 53);
	bind_socket(&f, 8, INET, STREAM, "10.0.0.1", 80);
	bind_socket(&f, 9, INET, DGRAM, "10.0.0.1", 0);
	bind_socket(&f, 10, INET6, STREAM, "::", 0);
	bind_socket(&f, 11, INET, STREAM, "0.0.0.0", 0);
	open_socket(&f, 12, INET, STREAM, 0);
	FEED(&f, 100, SOCKET_CONNECT_X, I(-111), TUPLE(&out), I(12), ADDR(&peer));
	open_socket(&f, 13, INET, DGRAM, 0);
	FEED(&f, 100, SOCKET_CONNECT_X, I(0), TUPLE(&out), I(13), ADDR(&peer));
	FEED(&f, 100, SOCKET_SOCKETPAIR_X, I(0), I(14), I(15), I(7), I(8), I(UNIX), I(STREAM),
	     I(0));
	feed_settle(&f);
	other = dumped(&f);
	for (num = 3; num <= 15; num++) {
		want = feed_fd(&f, 100, num);
		got = fd_table_find(eyas_state_find(other, 100)->fds, num);
		ignored = eyas_fd_is_ip_server(want) ? lost | server_lost : lost;
		CHECK_STR(got->name->text, want->name->text);
		CHECK_INT(got->kind, want->kind);
		CHECK_INT(got->l4, want->l4);
		CHECK_INT(got->bits & ~ignored, want->bits & ~ignored);
		CHECK(!memcmp(&got->u, &want->u, sizeof(got->u)));
	}
	eyas_state_free(other);
	/* One that answers, beside another that is bound to the same port. */
	FEED(&f, 100, SOCKET_RECVFROM_X, I(1), S("x"), TUPLE(&far), I(7), I(1));
	bind_socket(&f, 16, INET, DGRAM, "10.0.0.1", 53);
	CHECK_FD_NAME(&f, 100, 7, "10.0.0.2:5000->10.0.0.1:53");
	other = dumped(&f);
	got = fd_table_find(eyas_state_find(other, 100)->fds, 7);
	CHECK_STR(got->name->text, "10.0.0.2:5000->10.0.0.1:53");
	eyas_state_free(other);
	feed_end(&f);
}
