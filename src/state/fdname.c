/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is a descriptor called? Types in words, addresses taken over out of events, and the name
 * of a socket made from them. Called by the loader, the scan of /proc and the handlers of
 * socket events.
 */
#include "state/on.h"

#include <string.h>

#include "schema/ids.h"
#include "schema/text.h"

/* clang-format off */
static const struct {
	const char *name; /* NULL = it has none */
	char typechar;
} kinds[EYAS_FD_KINDS] = {
	[EYAS_FD_UNKNOWN]     = { NULL,          'o' },
	[EYAS_FD_FILE]        = { "file",        'f' },
	[EYAS_FD_DIRECTORY]   = { "directory",   'd' },
	[EYAS_FD_IPV4_SOCK]   = { "ipv4",        '4' },
	[EYAS_FD_IPV6_SOCK]   = { "ipv6",        '6' },
	[EYAS_FD_IPV4_SERVER] = { "ipv4",        '4' },
	[EYAS_FD_IPV6_SERVER] = { "ipv6",        '6' },
	[EYAS_FD_FIFO]        = { "pipe",        'p' },
	[EYAS_FD_UNIX]        = { "unix",        'u' },
	[EYAS_FD_EVENT]       = { "event",       'e' },
	[EYAS_FD_UNSUPPORTED] = { NULL,          'X' },
	[EYAS_FD_SIGNALFD]    = { "signalfd",    's' },
	[EYAS_FD_EVENTPOLL]   = { "eventpoll",   'l' },
	[EYAS_FD_INOTIFY]     = { "inotify",     'i' },
	[EYAS_FD_TIMERFD]     = { "timerfd",     't' },
	[EYAS_FD_NETLINK]     = { "netlink",     'n' },
	[EYAS_FD_FILE_V2]     = { "file",        'f' },
	[EYAS_FD_BPF]         = { "bpf",         'b' },
	[EYAS_FD_USERFAULTFD] = { "userfaultfd", 'u' },
	[EYAS_FD_IO_URING]    = { "io_uring",    'r' },
	[EYAS_FD_MEMFD]       = { "memfd",       'm' },
	[EYAS_FD_PIDFD]       = { "pidfd",       'P' },
};
/* clang-format on */

char eyas_fd_typechar(uint8_t kind)
{
	return kind < EYAS_FD_KINDS ? kinds[kind].typechar : '?';
}

const char *eyas_fd_type_name(uint8_t kind)
{
	return kind < EYAS_FD_KINDS ? kinds[kind].name : NULL;
}

/*
 * An IPv4 address within an IPv6 one. The address "::" counts as well, as the peers have it: a
 * socket for both families that is not bound shows it as its own end.
 */
static bool holds_ipv4(const uint8_t *addr)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	static const uint8_t any[16];

	return !memcmp(addr, mapped, sizeof(mapped)) || !memcmp(addr, any, sizeof(any));
}

static void set_addr(uint8_t *to, const uint8_t *from, bool ipv4, bool mapped)
{
	memset(to, 0, 16);
	memcpy(to, mapped ? from + 12 : from, ipv4 ? 4 : 16);
}

void fd_set_tuple(struct eyas_fd *fd, const struct eyas_sock *sock)
{
	bool mapped, ipv4;

	if (sock->family == EYAS_AF_UNIX) {
		fd->kind = EYAS_FD_UNIX;
		fd->u.un.src = sock->src.ptr;
		fd->u.un.dst = sock->dst.ptr;
		return;
	}
	if (sock->family != EYAS_AF_INET && sock->family != EYAS_AF_INET6)
		return;
	mapped = sock->family == EYAS_AF_INET6 && holds_ipv4(sock->src.addr) &&
		 holds_ipv4(sock->dst.addr);
	ipv4 = mapped || sock->family == EYAS_AF_INET;
	fd->kind = ipv4 ? EYAS_FD_IPV4_SOCK : EYAS_FD_IPV6_SOCK;
	set_addr(fd->u.ip.src, sock->src.addr, ipv4, mapped);
	set_addr(fd->u.ip.dst, sock->dst.addr, ipv4, mapped);
	fd->u.ip.sport = sock->src.port;
	fd->u.ip.dport = sock->dst.port;
}

void fd_set_server(struct eyas_fd *fd, const struct eyas_sock *sock)
{
	bool mapped = sock->family == EYAS_AF_INET6 && holds_ipv4(sock->src.addr);
	bool ipv4 = mapped || sock->family == EYAS_AF_INET;

	if (sock->family != EYAS_AF_INET && sock->family != EYAS_AF_INET6)
		return;
	memset(&fd->u, 0, sizeof(fd->u));
	fd->kind = ipv4 ? EYAS_FD_IPV4_SERVER : EYAS_FD_IPV6_SERVER;
	set_addr(fd->u.ip.src, sock->src.addr, ipv4, mapped);
	fd->u.ip.sport = sock->src.port;
}

void fd_set_bound(struct eyas_fd *fd, const struct eyas_sock *sock)
{
	bool ipv4 = fd->kind == EYAS_FD_IPV4_SOCK;

	if (!eyas_fd_is_connection(fd) || sock->family != (ipv4 ? EYAS_AF_INET : EYAS_AF_INET6))
		return;
	memset(&fd->u, 0, sizeof(fd->u));
	set_addr(fd->u.ip.src, sock->src.addr, ipv4, false);
}

static bool is_zero(const uint8_t addr[static 16])
{
	static const uint8_t zero[16];

	return !memcmp(addr, zero, sizeof(zero));
}

bool fd_has_tuple(const struct eyas_fd *fd)
{
	return eyas_fd_is_connection(fd) &&
	       (fd->u.ip.sport || fd->u.ip.dport || !is_zero(fd->u.ip.dst) ||
		(!(fd->bits & FD_BOUND) && !is_zero(fd->u.ip.src)));
}

void fd_swap_ends(struct eyas_fd *fd)
{
	uint8_t addr[16];
	uint16_t port = fd->u.ip.sport;

	memcpy(addr, fd->u.ip.src, sizeof(addr));
	memcpy(fd->u.ip.src, fd->u.ip.dst, sizeof(addr));
	memcpy(fd->u.ip.dst, addr, sizeof(addr));
	fd->u.ip.sport = fd->u.ip.dport;
	fd->u.ip.dport = port;
}

static void endpoint(struct eyas_endpoint *to, const uint8_t *addr, uint16_t port)
{
	memcpy(to->addr, addr, sizeof(to->addr));
	to->port = port;
	to->ptr = 0;
}

void fd_name_from_tuple(struct eyas_state *state, struct eyas_fd *fd)
{
	struct eyas_str *text;
	struct eyas_sock sock;

	if (!eyas_fd_is_ip(fd))
		return;
	text = scratch_begin(&state->scratch);
	sock.family = eyas_fd_addr_len(fd) == 4 ? EYAS_AF_INET : EYAS_AF_INET6;
	sock.path = NULL;
	sock.path_len = 0;
	endpoint(&sock.src, fd->u.ip.src, fd->u.ip.sport);
	endpoint(&sock.dst, fd->u.ip.dst, fd->u.ip.dport);
	if (eyas_fd_is_ip_server(fd)) {
		eyas_text_sockaddr(text, &sock);
	} else if (fd->l4 == FD_L4_ICMP || fd->l4 == FD_L4_RAW) {
		/* Protocols without ports. */
		eyas_text_addr(text, fd->u.ip.src, eyas_fd_addr_len(fd));
		eyas_str_puts(text, "->");
		eyas_text_addr(text, fd->u.ip.dst, eyas_fd_addr_len(fd));
	} else {
		eyas_text_socktuple(text, &sock);
	}
	if (!text->nomem)
		state_set_str(state, &fd->name, text->data, text->len);
}
