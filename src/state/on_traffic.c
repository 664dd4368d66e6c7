/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What does traffic tell about a descriptor? The peer of a datagram socket, which may be another
 * one with every message, and descriptors that come with a message. Called for the exit events of
 * reads, writes, sends and receives.
 */
#include "state/on.h"

#include <string.h>

#include "base/le.h"
#include "schema/ids.h"

/* Where each of the types has what; 0 = it has none. */
struct traffic_layout {
	uint16_t type;
	uint8_t tuple, fd, control;
};

/* clang-format off */
static const struct traffic_layout layouts[] = {
	{ EYAS_EV_SOCKET_SEND_X,     4, 2, 0 },
	{ EYAS_EV_SOCKET_SENDTO_X,   4, 2, 0 },
	{ EYAS_EV_SOCKET_SENDMSG_X,  4, 2, 0 },
	{ EYAS_EV_SOCKET_SENDMMSG_X, 4, 1, 0 },
	{ EYAS_EV_SOCKET_RECV_X,     4, 2, 0 },
	{ EYAS_EV_SOCKET_RECVFROM_X, 2, 3, 0 },
	{ EYAS_EV_SOCKET_RECVMSG_X,  3, 5, 4 },
	{ EYAS_EV_SOCKET_RECVMMSG_X, 4, 1, 5 },
};
/* clang-format on */

static const struct traffic_layout *layout_of(uint16_t type)
{
	const struct traffic_layout *layout = layouts;

	while (layout->type != type)
		layout++;
	return layout;
}

/* ---- addresses ---- */

static bool is_any(const uint8_t *addr, size_t len)
{
	static const uint8_t any[16];

	return !memcmp(addr, any, len);
}

/* An end of the new tuple that has no address is the one we have. */
static bool same_end(const uint8_t *have, uint16_t have_port, const uint8_t *got, uint16_t got_port,
		     size_t len)
{
	return have_port == got_port && (is_any(got, len) || !memcmp(have, got, len));
}

/* Is it what is known of the descriptor already, in this or the other direction? */
static bool same_tuple(const struct eyas_fd *have, const struct eyas_fd *got)
{
	size_t len = eyas_fd_addr_len(got);

	if (have->kind != got->kind || !have->name->len)
		return false;
	return (same_end(have->u.ip.src, have->u.ip.sport, got->u.ip.src, got->u.ip.sport, len) &&
		same_end(have->u.ip.dst, have->u.ip.dport, got->u.ip.dst, got->u.ip.dport, len)) ||
	       (same_end(have->u.ip.src, have->u.ip.sport, got->u.ip.dst, got->u.ip.dport, len) &&
		same_end(have->u.ip.dst, have->u.ip.dport, got->u.ip.src, got->u.ip.sport, len));
}

/* An end that is not bound to one address has the one of the network its peer is on. */
static void complete_end(const struct eyas_state *state, uint8_t *addr, const uint8_t *peer,
			 size_t len)
{
	if (!is_any(addr, len))
		return;
	if (eyas_state_is_local(state, peer, len))
		memcpy(addr, peer, len);
	else
		(void)owners_source_addr(state, peer, len, addr);
}

static void complete(const struct eyas_state *state, struct eyas_fd *fd)
{
	size_t len = eyas_fd_addr_len(fd);

	complete_end(state, fd->u.ip.src, fd->u.ip.dst, len);
	complete_end(state, fd->u.ip.dst, fd->u.ip.src, len);
}

/* ---- the peer ---- */

/*
 * It says nothing: a datagram was received, nobody asked whose it is, and the kernel knows no peer
 * of the socket, nor the address that it has on this side.
 */
static bool is_nobody(const struct eyas_fd *got, bool incoming)
{
	size_t len = eyas_fd_addr_len(got);

	return incoming && !got->u.ip.sport && is_any(got->u.ip.src, len) &&
	       is_any(got->u.ip.dst, len);
}

/* The tuple of an event has its sender as the source; ours has the client there. */
static void take_ip_tuple(struct eyas_state *state, struct eyas_context *context,
			  const struct eyas_sock *sock, bool incoming)
{
	struct eyas_fd *fd = context->fd, got = { .kind = EYAS_FD_UNKNOWN };

	fd_set_tuple(&got, sock);
	if (is_nobody(&got, incoming) || same_tuple(fd, &got))
		return;
	fd->kind = got.kind;
	fd->u = got.u;
	/* TCP has one peer for life and would not be here. */
	if (fd->l4 == FD_L4_UNKNOWN)
		fd->l4 = FD_L4_UDP;
	complete(state, fd);
	/* A server begins by receiving, a client by sending. */
	if (!(fd->bits & (FD_ROLE_CLIENT | FD_ROLE_SERVER)))
		fd->bits |= incoming ? FD_ROLE_SERVER : FD_ROLE_CLIENT;
	if (fd->bits & (incoming ? FD_ROLE_CLIENT : FD_ROLE_SERVER))
		fd_swap_ends(fd);
	on_rename_by_tuple(state, context);
}

static bool is_settled(const struct eyas_fd *fd)
{
	return fd->name->len && fd->l4 == FD_L4_TCP &&
	       (fd->bits & (FD_ROLE_CLIENT | FD_ROLE_SERVER));
}

static void take_tuple(struct eyas_state *state, struct eyas_context *context, unsigned index,
		       bool incoming)
{
	struct eyas_sock sock;

	if (is_settled(context->fd) || !on_sock(context->event, index, &sock))
		return;
	if (sock.family == EYAS_AF_INET || sock.family == EYAS_AF_INET6) {
		take_ip_tuple(state, context, &sock, incoming);
	} else if (sock.family == EYAS_AF_UNIX) {
		fd_set_tuple(context->fd, &sock);
		on_rename_socket(state, context, &sock, true);
	}
}

static void mark_connected(struct eyas_fd *fd)
{
	if (eyas_fd_is_connection(fd))
		fd->bits = (uint16_t)((fd->bits & ~(FD_CONNECT_PENDING | FD_CONNECT_FAILED)) |
				      FD_CONNECTED);
}

void on_transfer(struct eyas_state *state, struct eyas_context *context)
{
	(void)state;
	if (context->fd && eyas_fd_is_connection(context->fd) && on_int(context->event, 0, -1) >= 0)
		mark_connected(context->fd);
}

/* Its opening was missed: a message with an address on a number that is not known. */
static void guess_socket(struct eyas_state *state, struct eyas_context *context,
			 const struct traffic_layout *layout)
{
	struct eyas_sock sock;
	struct eyas_fd *fd;

	if (!on_sock(context->event, layout->tuple, &sock) ||
	    (sock.family != EYAS_AF_INET && sock.family != EYAS_AF_INET6))
		return;
	fd = on_new_fd(state, context, on_int(context->event, layout->fd, -1),
		       sock.family == EYAS_AF_INET ? EYAS_FD_IPV4_SOCK : EYAS_FD_IPV6_SOCK);
	if (!fd)
		return;
	fd->l4 = FD_L4_UDP;
	fd->bits |= FD_GUESSED;
}

void on_send(struct eyas_state *state, struct eyas_context *context)
{
	const struct traffic_layout *layout = layout_of(context->event->type);

	if (on_int(context->event, 0, -1) < 0)
		return;
	if (!context->fd)
		guess_socket(state, context, layout);
	if (!context->fd)
		return;
	mark_connected(context->fd);
	take_tuple(state, context, layout->tuple, false);
}

/* ---- descriptors in messages ---- */

/* As the kernel has it in memory: length with this head, level, type; then aligned to 8. */
enum { CONTROL_HEAD = 16, CONTROL_ALIGN = 8, LEVEL_SOCKET = 1, SCM_RIGHTS_TYPE = 1 };

/*
 * A descriptor of another process under a number of ours: /proc knows what it is, an event does
 * not, but what had the number before is gone for certain.
 */
static void take_passed(struct eyas_state *state, struct eyas_thread *thread, int32_t num)
{
	struct eyas_fd *fd;

	if (num < 0)
		return;
	fd_remove(state, thread->fds, num);
	if (state->opts.live && proc_lookup_fd(state, thread, num))
		return;
	fd = fd_insert(state, thread->fds, num);
	if (fd)
		fd->bits |= FD_GUESSED;
}

static void take_rights(struct eyas_state *state, struct eyas_thread *thread, const uint8_t *data,
			size_t len)
{
	for (; len >= 4; data += 4, len -= 4)
		take_passed(state, thread, (int32_t)eyas_le32(data));
}

static void take_control(struct eyas_state *state, struct eyas_context *context, unsigned index)
{
	struct eyas_param param;
	const uint8_t *at;
	uint64_t left, len;

	eyas_event_param(context->event, index, &param);
	at = param.data;
	left = param.len;
	while (left >= CONTROL_HEAD) {
		len = eyas_le64(at);
		if (len < CONTROL_HEAD || len > left)
			break;
		if (eyas_le32(at + 8) == LEVEL_SOCKET && eyas_le32(at + 12) == SCM_RIGHTS_TYPE)
			take_rights(state, context->thread, at + CONTROL_HEAD,
				    (size_t)len - CONTROL_HEAD);
		len = (len + CONTROL_ALIGN - 1) & ~(uint64_t)(CONTROL_ALIGN - 1);
		if (len > left)
			break;
		at += len;
		left -= len;
	}
	/* The table may have moved. */
	context->fd = fd_table_find(context->thread->fds, context->fd_num);
}

void on_receive(struct eyas_state *state, struct eyas_context *context)
{
	const struct traffic_layout *layout = layout_of(context->event->type);

	if (!context->fd || on_int(context->event, 0, -1) < 0)
		return;
	mark_connected(context->fd);
	take_tuple(state, context, layout->tuple, true);
	if (layout->control && context->fd->kind == EYAS_FD_UNIX)
		take_control(state, context, layout->control);
}
