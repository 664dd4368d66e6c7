/* SPDX-License-Identifier: Apache-2.0 */
/* Fields of sockets: addresses and ports of their ends, by role and by place. */
#include "filter/fields_state.h"

/* One end of a connection, or the address of a listening socket. */
struct endpoint {
	const uint8_t *addr; /* eyas_fd_addr_len() bytes */
	uint16_t port;
};

static struct endpoint source_of(const struct eyas_fd *fd)
{
	return (struct endpoint){ fd->u.ip.src, fd->u.ip.sport };
}

static struct endpoint destination_of(const struct eyas_fd *fd)
{
	return (struct endpoint){ fd->u.ip.dst, fd->u.ip.dport };
}

static bool is_local(const struct field_eval *eval, const struct eyas_fd *fd, const uint8_t *addr)
{
	return eyas_state_is_local(eval->context->state, addr, eyas_fd_addr_len(fd));
}

/* Is it known which end is the client's? */
static bool has_role(const struct eyas_fd *fd)
{
	return fd->bits & (FD_ROLE_CLIENT | FD_ROLE_SERVER);
}

/*
 * The end of this kind; false if there is none or if it is not known. The source of a tuple is
 * the client.
 */
static bool find_end(const struct field_eval *eval, const struct eyas_fd *fd, enum fd_end end,
		     struct endpoint *ret_end)
{
	if (!eyas_fd_is_ip(fd))
		return false;
	if (eyas_fd_is_ip_server(fd)) {
		*ret_end = source_of(fd);
		return end == FD_SERVER;
	}
	if (!has_role(fd))
		return false;
	if (end == FD_LOCAL || end == FD_REMOTE)
		end = is_local(eval, fd, fd->u.ip.src) == (end == FD_LOCAL) ? FD_CLIENT : FD_SERVER;
	*ret_end = end == FD_CLIENT ? source_of(fd) : destination_of(fd);
	return true;
}

/* The descriptor of the event, NULL if there is none. */
static const struct eyas_fd *event_fd(const struct field_eval *eval)
{
	return fd_used(eval) ? eval->context->fd : NULL;
}

/* Both ends without a word on roles, into items; returns how many there are: 2, 1 or 0. */
static size_t both_ends(const struct eyas_fd *fd, struct endpoint items[2])
{
	if (!eyas_fd_is_ip(fd))
		return 0;
	items[0] = source_of(fd);
	items[1] = destination_of(fd);
	return eyas_fd_is_ip_server(fd) ? 1 : 2;
}

/* A list of both ends as values; put makes one of them. */
static bool list_ends(const struct field_eval *eval, struct field_ref *ref,
		      void (*put)(const struct eyas_fd *fd, const struct field_ref *ref,
				  const struct endpoint *end, struct eyas_value *ret),
		      struct eyas_value *ret)
{
	const struct eyas_fd *fd = event_fd(eval);
	struct endpoint ends[2];
	struct eyas_value *items;
	size_t count;

	if (!fd)
		return false;
	items = eyas_arena_get(eval->arena, 2 * sizeof(*items));
	if (!items)
		return false;
	count = both_ends(fd, ends);
	for (size_t i = 0; i < count; i++)
		put(fd, ref, &ends[i], &items[i]);
	return field_list(ref, items, count, ret);
}

static void put_addr(const struct eyas_fd *fd, const struct field_ref *ref,
		     const struct endpoint *end, struct eyas_value *ret)
{
	field_addr(ref, end->addr, eyas_fd_addr_len(fd), ret);
}

static void put_port(const struct eyas_fd *fd, const struct field_ref *ref,
		     const struct endpoint *end, struct eyas_value *ret)
{
	(void)fd;
	field_num(ref, end->port, ret);
}

bool eyas_fd_get_ip(const struct field_eval *eval, struct field_ref *ref, struct eyas_value *ret)
{
	const struct eyas_fd *fd;
	struct endpoint end;

	if (ref->info->tag == FD_BOTH_ENDS)
		return list_ends(eval, ref, put_addr, ret);
	fd = event_fd(eval);
	/* The address of a socket that was bound before the capture began has no role. */
	if (!fd || !has_role(fd) || !find_end(eval, fd, ref->info->tag, &end))
		return false;
	put_addr(fd, ref, &end, ret);
	return true;
}

bool eyas_fd_get_port(const struct field_eval *eval, struct field_ref *ref, struct eyas_value *ret)
{
	const struct eyas_fd *fd;
	struct endpoint end;

	if (ref->info->tag == FD_BOTH_ENDS)
		return list_ends(eval, ref, put_port, ret);
	fd = event_fd(eval);
	if (!fd || !find_end(eval, fd, ref->info->tag, &end))
		return false;
	put_port(fd, ref, &end, ret);
	return true;
}

bool eyas_fd_get_port_text(const struct field_eval *eval, struct field_ref *ref,
			   struct eyas_value *ret)
{
	const struct eyas_fd *fd = event_fd(eval);
	struct endpoint end;

	if (!fd || !find_end(eval, fd, ref->info->tag, &end))
		return false;
	eyas_str_u64(field_begin(eval), end.port);
	return eyas_field_scratch(eval, ref, ret);
}

/* Numbers of struct eyas_fd.l4. */
enum { L4_UNKNOWN, L4_NONE, L4_TCP, L4_UDP, L4_ICMP, L4_RAW, L4_COUNT };

bool eyas_fd_get_l4proto(const struct field_eval *eval, struct field_ref *ref,
			 struct eyas_value *ret)
{
	static const char *const names[L4_COUNT] = {
		[L4_UNKNOWN] = "<NA>", [L4_NONE] = "<NA>", [L4_TCP] = "tcp",
		[L4_UDP] = "udp",      [L4_ICMP] = "icmp", [L4_RAW] = "raw"
	};
	const struct eyas_fd *fd = event_fd(eval);
	uint8_t l4;

	if (!fd)
		return false;
	l4 = field_l4(fd);
	return field_text(ref, names[l4 < L4_COUNT ? l4 : L4_UNKNOWN], ret);
}

bool eyas_fd_get_sockfamily(const struct field_eval *eval, struct field_ref *ref,
			    struct eyas_value *ret)
{
	const struct eyas_fd *fd = event_fd(eval);

	if (!fd)
		return false;
	if (eyas_fd_is_ip(fd))
		return field_text(ref, "ip", ret);
	return fd->kind == EYAS_FD_UNIX && field_text(ref, "unix", ret);
}

bool eyas_fd_get_is_server(const struct field_eval *eval, struct field_ref *ref,
			   struct eyas_value *ret)
{
	const struct eyas_fd *fd = event_fd(eval);

	if (!fd)
		return false;
	if (!eyas_fd_is_ip(fd) || eyas_fd_is_ip_server(fd))
		return field_num(ref, eyas_fd_is_ip_server(fd), ret);
	return field_num(ref, is_local(eval, fd, fd->u.ip.dst), ret);
}
