/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whom is a socket for, and whose side is ours? Called for the exit events of socket, socketpair,
 * bind, connect, listen, accept and getsockopt.
 *
 * The source of a tuple is the client's end, whichever side the descriptor is on; the role says
 * which side that is. Until the role is known there is no client and no server.
 */
#include "state/on.h"

#include <string.h>

#include "schema/ids.h"
#include "schema/text.h"

enum { FAMILY_UNSPEC = 0, FAMILY_NETLINK = 16 };
enum { TYPE_STREAM = 1, TYPE_DGRAM = 2, TYPE_RAW = 3, TYPE_MASK = 0xff };
enum { PROTO_IP = 0, PROTO_ICMP = 1, PROTO_TCP = 6, PROTO_UDP = 17, PROTO_ICMPV6 = 58 };

/* ---- names and ends ---- */

void on_rename_socket(struct eyas_state *state, struct eyas_context *context,
		      const struct eyas_sock *sock, bool tuple)
{
	struct eyas_str *text = scratch_begin(&state->scratch);

	if (sock->family != EYAS_AF_UNIX) {
		if (tuple)
			eyas_text_socktuple(text, sock);
		else
			eyas_text_sockaddr(text, sock);
	} else {
		if (tuple) {
			eyas_str_hex(text, sock->src.ptr, false);
			eyas_str_puts(text, "->");
			eyas_str_hex(text, sock->dst.ptr, false);
			eyas_str_putc(text, ' ');
		}
		/* As it is: whoever prints it makes it safe. */
		if (sock->path)
			eyas_str_add(text, sock->path, sock->path_len);
	}
	if (!text->nomem)
		on_rename_fd(state, context, text->data, text->len);
}

void on_rename_by_tuple(struct eyas_state *state, struct eyas_context *context)
{
	struct eyas_istr *before = istr_ref(context->fd->name);

	fd_name_from_tuple(state, context->fd);
	if (context->fd->name != before)
		context->bits |= CONTEXT_FD_NAME_CHANGED;
	istr_put(&state->strings, before);
}

/* ---- new sockets ---- */

static uint8_t kind_of(uint64_t family)
{
	switch (family) {
	case EYAS_AF_UNIX:
		return EYAS_FD_UNIX;
	case EYAS_AF_INET:
		return EYAS_FD_IPV4_SOCK;
	case EYAS_AF_INET6:
		return EYAS_FD_IPV6_SOCK;
	case FAMILY_NETLINK:
		return EYAS_FD_NETLINK;
	default:
		return EYAS_FD_UNKNOWN;
	}
}

static uint8_t l4_of(uint64_t type, uint64_t protocol)
{
	type &= TYPE_MASK;
	if (type == TYPE_RAW)
		return FD_L4_RAW;
	switch (protocol) {
	case PROTO_TCP:
		return FD_L4_TCP;
	case PROTO_UDP:
		return FD_L4_UDP;
	case PROTO_ICMP:
	case PROTO_ICMPV6:
		return FD_L4_ICMP;
	case PROTO_IP:
		return type == TYPE_STREAM  ? FD_L4_TCP
		       : type == TYPE_DGRAM ? FD_L4_UDP
					    : FD_L4_UNKNOWN;
	default:
		return FD_L4_UNKNOWN;
	}
}

void on_socket(struct eyas_state *state, struct eyas_context *context)
{
	enum { FD, DOMAIN, TYPE, PROTOCOL, FLAGS };
	const struct eyas_event *event = context->event;
	uint64_t type = on_uint(event, TYPE, 0);
	struct eyas_fd *fd;

	fd = on_new_fd(state, context, on_int(event, FD, -1), kind_of(on_uint(event, DOMAIN, 0)));
	if (!fd)
		return;
	if (eyas_fd_is_ip(fd))
		fd->l4 = l4_of(type, on_uint(event, PROTOCOL, 0));
	on_set_bit(&fd->bits, FD_CLOSE_ON_EXEC,
		   (type & ON_KERNEL_CLOEXEC) || (on_uint(event, FLAGS, 0) & PPM_O_CLOEXEC));
}

void on_socketpair(struct eyas_state *state, struct eyas_context *context)
{
	enum { RES, FD1, FD2, SOURCE, PEER, DOMAIN, TYPE };
	const struct eyas_event *event = context->event;
	int64_t ends[2] = { on_int(event, FD1, -1), on_int(event, FD2, -1) };
	uint64_t addrs[2] = { on_uint(event, SOURCE, 0), on_uint(event, PEER, 0) };
	struct eyas_fd *fd;
	unsigned i;

	if (on_int(event, RES, -1) < 0 || ends[0] == ends[1])
		return;
	for (i = 0; i < 2; i++) {
		fd = on_new_fd(state, context, ends[i], EYAS_FD_UNIX);
		if (!fd)
			continue;
		fd->u.un.src = addrs[i];
		fd->u.un.dst = addrs[1 - i];
		fd->bits |= FD_CONNECTED;
		on_set_bit(&fd->bits, FD_CLOSE_ON_EXEC,
			   on_uint(event, TYPE, 0) & ON_KERNEL_CLOEXEC);
	}
}

/* ---- the server's side ---- */

void on_bind(struct eyas_state *state, struct eyas_context *context)
{
	enum { RES, ADDR };
	const struct eyas_event *event = context->event;
	struct eyas_fd *fd = context->fd;
	struct eyas_sock sock;

	if (!fd || on_int(event, RES, -1) < 0 || !on_sock(event, ADDR, &sock))
		return;
	fd->bits |= FD_BOUND;
	/* Port 0 asks for any: clients do that. */
	if (!sock.src.port) {
		fd_set_bound(fd, &sock);
	} else if (sock.family == EYAS_AF_INET || sock.family == EYAS_AF_INET6) {
		fd_set_server(fd, &sock);
		fd->bits |= FD_ROLE_SERVER;
	}
	on_rename_socket(state, context, &sock, false);
}

void on_listen(struct eyas_state *state, struct eyas_context *context)
{
	(void)state;
	if (context->fd && on_int(context->event, 0, -1) >= 0)
		context->fd->bits |= FD_LISTENING;
}

void on_accept(struct eyas_state *state, struct eyas_context *context)
{
	enum { FD, TUPLE, FLAGS = 5 };
	const struct eyas_event *event = context->event;
	int64_t num = on_int(event, FD, -1);
	struct eyas_sock sock;
	struct eyas_fd *fd;

	if (num < 0)
		return;
	if (!on_sock(event, TUPLE, &sock) || kind_of(sock.family) == EYAS_FD_UNKNOWN) {
		/* A family that events do not describe: all that is known is the number. */
		fd_remove(state, context->thread->fds, num);
		on_set_fd(context, num, NULL);
		return;
	}
	fd = on_new_fd(state, context, num, EYAS_FD_UNKNOWN);
	if (!fd)
		return;
	fd_set_tuple(fd, &sock);
	if (eyas_fd_is_ip(fd))
		fd->l4 = FD_L4_TCP;
	fd->bits |= FD_ROLE_SERVER | FD_CONNECTED;
	on_set_bit(&fd->bits, FD_CLOSE_ON_EXEC,
		   event->type == EYAS_EV_SOCKET_ACCEPT4_6_X &&
			   (on_int(event, FLAGS, 0) & PPM_O_CLOEXEC));
	on_rename_socket(state, context, &sock, true);
	/* It had no name before this event. */
	context->bits &= ~(uint32_t)CONTEXT_FD_NAME_CHANGED;
}

/* ---- the client's side ---- */

enum { CONNECTION_BITS = FD_CONNECTED | FD_CONNECT_PENDING | FD_CONNECT_FAILED };

static void set_connection(struct eyas_fd *fd, uint16_t bit)
{
	fd->bits = (uint16_t)((fd->bits & ~CONNECTION_BITS) | bit);
}

/* connect() to no address takes the peer of a datagram socket away. */
static void dissolve(struct eyas_state *state, struct eyas_context *context)
{
	struct eyas_fd *fd = context->fd;

	fd->bits &= (uint16_t)~CONNECTION_BITS;
	if (!eyas_fd_is_connection(fd))
		return;
	memset(fd->u.ip.dst, 0, sizeof(fd->u.ip.dst));
	fd->u.ip.dport = 0;
	on_rename_by_tuple(state, context);
}

static void connect_to(struct eyas_state *state, struct eyas_context *context,
		       const struct eyas_sock *sock)
{
	struct eyas_fd *fd = context->fd;

	if (kind_of(sock->family) == EYAS_FD_UNKNOWN)
		return;
	fd_set_tuple(fd, sock);
	if (eyas_fd_is_ip(fd)) {
		/* A datagram server that answers on a connected socket: we are the tuple's source. */
		if ((fd->bits & FD_ROLE_SERVER) && fd->l4 == FD_L4_UDP)
			fd_swap_ends(fd);
		on_rename_by_tuple(state, context);
	} else {
		on_rename_socket(state, context, sock, true);
	}
	if (!(fd->bits & (FD_ROLE_CLIENT | FD_ROLE_SERVER)))
		fd->bits |= FD_ROLE_CLIENT;
}

void on_connect(struct eyas_state *state, struct eyas_context *context)
{
	enum { RES, TUPLE, FD, ADDR };
	enum { IN_PROGRESS = -115 };
	const struct eyas_event *event = context->event;
	int64_t res = on_int(event, RES, -1);
	struct eyas_sock sock;

	if (!context->fd)
		return;
	if (res < 0 && res != IN_PROGRESS) {
		set_connection(context->fd, FD_CONNECT_FAILED);
		return;
	}
	if (on_sock(event, ADDR, &sock) && sock.family == FAMILY_UNSPEC) {
		dissolve(state, context);
		return;
	}
	set_connection(context->fd, res < 0 ? FD_CONNECT_PENDING : FD_CONNECTED);
	if (on_sock(event, TUPLE, &sock))
		connect_to(state, context, &sock);
}

/* How a connect() that did not wait has ended is asked with SO_ERROR. */
void on_getsockopt(struct eyas_state *state, struct eyas_context *context)
{
	enum { RES, FD, LEVEL, OPTION, VALUE };
	enum { LEVEL_SOCKET = 1, OPTION_ERROR = 4 };
	const struct eyas_event *event = context->event;
	struct eyas_param_info info;
	struct eyas_param param, value;
	int64_t error;

	(void)state;
	if (!context->fd || !(context->fd->bits & FD_CONNECT_PENDING) ||
	    on_int(event, RES, -1) < 0 || on_uint(event, LEVEL, 0) != LEVEL_SOCKET ||
	    on_uint(event, OPTION, 0) != OPTION_ERROR)
		return;
	eyas_event_param(event, VALUE, &param);
	if (eyas_param_variant(&param, &info, &value) || eyas_param_int(&value, &error))
		return;
	set_connection(context->fd, error ? FD_CONNECT_FAILED : FD_CONNECTED);
}
