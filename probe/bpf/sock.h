/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * Sockets: the one behind a descriptor, addresses in the caller's memory, and who talks to whom.
 * Addresses are stored in network order, ports in the machine's.
 */
#ifndef PROBE_SOCK_H
#define PROBE_SOCK_H

#include "bpf/event.h"
#include "bpf/file.h"

#define AF_UNSPEC 0
#define AF_UNIX 1
#define AF_INET 2
#define AF_INET6 10

/* Without its NUL. */
#define UNIX_PATH_BYTES 108
/* The longest addresses of these families are sockaddr_un and sockaddr_in6. */
#define SOCKADDR_BYTES (2 + UNIX_PATH_BYTES)
/* Bounds of the parameters: family, two pointers, path; family and path. */
#define PUT_TUPLE_MAX (1 + 16 + UNIX_PATH_BYTES + 1)
#define PUT_SOCKADDR_MAX (1 + UNIX_PATH_BYTES + 1)

/* An address in the caller's memory, as the call has it. */
struct user_addr {
	const void *at; /* may be NULL */
	u64 bytes;
};

/* The parts of sockaddr_in and sockaddr_in6 that matter here. */
struct ip_addr {
	u16 family;
	u16 port;
	u32 v4; /* the flow label of IPv6 */
	u8 v6[16];
};

static __always_inline u16 swap_port(u16 port)
{
	return __builtin_bswap16(port);
}

/*
 * The socket behind a descriptor; NULL if there is none. A file of another kind is told from a
 * socket's by asking what its private data would know if it were one: the way back to the file.
 */
static __always_inline struct sock *sock_of_fd(const struct task_struct *task, s32 fd)
{
	const struct file *file = file_of_fd(task, fd);
	const struct socket *socket;

	if (!file)
		return NULL;
	socket = KREAD(struct file, file, private_data);
	if (!socket || KREAD(struct socket, socket, file) != file)
		return NULL;
	return KREAD(struct socket, socket, sk);
}

static __always_inline u16 sock_family(const struct sock *sk)
{
	return sk ? KREAD(struct sock, sk, __sk_common.skc_family) : AF_UNSPEC;
}

/* Ports in the machine's order; 0 where there is none. */
struct sock_ports {
	u16 local, remote;
};

/*
 * What an IP socket is bound and connected to. An address given in the call counts without peer.
 */
static __always_inline void sock_ports(struct eyas_wire_ring *ring, const struct sock *sk,
				       const struct user_addr *addr, struct sock_ports *ports)
{
	u16 family = sock_family(sk), given[2] = { 0 };
	u32 both = 0;

	if (family == AF_INET || family == AF_INET6) {
		given[1] = KREAD(struct sock, sk, __sk_common.skc_dport);
		if (!given[1] && addr->at && addr->bytes >= sizeof(given))
			bpf_probe_read_user(given, sizeof(given), addr->at);
		both = KREAD(struct inet_sock, sk, inet_sport) | (u32)given[1] << 16;
	}
	both = event_forget(ring, both);
	ports->local = swap_port(both);
	ports->remote = swap_port(both >> 16);
}

/* ---- unix paths ---- */

/*
 * A unix address of len bytes with its family lies in the scratch and becomes text at place, with
 * a NUL. An abstract name begins with a NUL that is left out. Returns the bytes of the text.
 */
static __always_inline u32 unix_path(struct eyas_wire_ring *ring, char *place, u64 len)
{
	const u8 *path = ring->scratch + 2;
	long bytes;

	len = at_most(len, SOCKADDR_BYTES);
	/* Neither an abstract name nor a path that fills its room ends with a NUL. */
	ring->scratch[len] = 0;
	if (len > 3 && !path[0])
		path++;
	bytes = bpf_probe_read_kernel_str(place, UNIX_PATH_BYTES + 1, path);
	if (bytes > 0)
		return bytes & 0x7f;
	*place = 0;
	return 1;
}

/* The path a unix socket is bound to; false if it has none. */
static __always_inline bool unix_bound_path(struct eyas_wire_ring *ring, const struct sock *sk,
					    char *place, u32 *ret_bytes)
{
	const struct unix_address *addr = NULL;
	int len;

	if (sk)
		addr = KREAD(struct unix_sock, sk, addr);
	if (!addr)
		return false;
	len = KREAD(struct unix_address, addr, len);
	if (len <= 2)
		return false;
	bpf_probe_read_kernel(ring->scratch, SOCKADDR_BYTES,
			      (const char *)addr +
				      bpf_core_field_offset(struct unix_address, name));
	*ret_bytes = unix_path(ring, place, len);
	return true;
}

/* ---- parameters ---- */

/* An address in the caller's memory (SOCKADDR). Missing if it is none, or of another family. */
static __always_inline void put_sockaddr(struct event *ev, const struct user_addr *addr)
{
	struct eyas_wire_ring *ring = ev->ring;
	const struct ip_addr *ip = (const void *)ring->scratch;
	char *place = event_place(ev);
	u64 len = at_most(addr->bytes, SOCKADDR_BYTES);
	u32 bytes = 0;

	if (len < 2 || bpf_probe_read_user(ring->scratch, len, addr->at)) {
		put_missing(ev);
		return;
	}
	*place = ip->family;
	if (ip->family == AF_INET && len >= 8) {
		*(u32 *)(place + 1) = ip->v4;
		*(u16 *)(place + 5) = swap_port(ip->port);
		bytes = 7;
	} else if (ip->family == AF_INET6 && len >= 24) {
		__builtin_memcpy(place + 1, ip->v6, 16);
		*(u16 *)(place + 17) = swap_port(ip->port);
		bytes = 19;
	} else if (ip->family == AF_UNIX) {
		bytes = 1 + unix_path(ring, place + 1, len);
	}
	event_took(ev, bytes);
}

/* The address a call gave, for a socket without a peer; of zeros if it gave none that fits. */
static __always_inline void read_ip_addr(struct ip_addr *ip, const struct user_addr *addr)
{
	u64 len = at_most(addr->bytes, sizeof(*ip));

	if (addr->at && len >= 8)
		bpf_probe_read_user(ip, len, addr->at);
}

static __always_inline u32 put_tuple4(char *place, const struct sock *sk, bool outbound,
				      const struct user_addr *addr)
{
	char *local = place + (outbound ? 1 : 7), *remote = place + (outbound ? 7 : 1);
	u16 remote_port = KREAD(struct sock, sk, __sk_common.skc_dport);

	*(u32 *)local = KREAD(struct inet_sock, sk, inet_saddr);
	*(u16 *)(local + 4) = swap_port(KREAD(struct inet_sock, sk, inet_sport));
	if (remote_port) {
		*(u32 *)remote = KREAD(struct sock, sk, __sk_common.skc_daddr);
	} else {
		struct ip_addr ip = {};

		read_ip_addr(&ip, addr);
		/* Sending takes an address of no family for one of its own. */
		if (ip.family != AF_INET && ip.family != AF_UNSPEC)
			ip.v4 = ip.port = 0;
		*(u32 *)remote = ip.v4;
		remote_port = ip.port;
	}
	*(u16 *)(remote + 4) = swap_port(remote_port);
	return 13;
}

static __always_inline u32 put_tuple6(char *place, const struct sock *sk, bool outbound,
				      const struct user_addr *addr)
{
	char *local = place + (outbound ? 1 : 19), *remote = place + (outbound ? 19 : 1);
	const struct ipv6_pinfo *pinet6 = KREAD(struct inet_sock, sk, pinet6);
	u16 remote_port = KREAD(struct sock, sk, __sk_common.skc_dport);

	bpf_core_read(local, 16, &pinet6->saddr);
	*(u16 *)(local + 16) = swap_port(KREAD(struct inet_sock, sk, inet_sport));
	if (remote_port) {
		bpf_core_read(remote, 16, &sk->__sk_common.skc_v6_daddr);
	} else {
		struct ip_addr ip = {};

		read_ip_addr(&ip, addr);
		if (ip.family == AF_INET) {
			/* Such a socket talks IPv4, too, and calls it so. */
			__builtin_memset(ip.v6, 0, 10);
			ip.v6[10] = ip.v6[11] = 0xff;
			*(u32 *)(ip.v6 + 12) = ip.v4;
		} else if (ip.family != AF_INET6 || addr->bytes < sizeof(ip)) {
			__builtin_memset(&ip, 0, sizeof(ip));
		}
		__builtin_memcpy(remote, ip.v6, 16);
		remote_port = ip.port;
	}
	*(u16 *)(remote + 16) = swap_port(remote_port);
	return 37;
}

/* The path is that of the side that was called: what the client connects or sends to. */
static __always_inline u32 put_tuple_unix(struct eyas_wire_ring *ring, char *place,
					  const struct sock *sk, bool outbound,
					  const struct user_addr *addr)
{
	const struct sock *peer = KREAD(struct unix_sock, sk, peer);
	u64 len;
	u32 bytes = 1;

	*(u64 *)(place + 1) = outbound ? (u64)peer : (u64)sk;
	*(u64 *)(place + 9) = outbound ? (u64)sk : (u64)peer;
	place += 17;
	if (unix_bound_path(ring, outbound ? peer : sk, place, &bytes))
		return 17 + bytes;
	*place = 0;
	if (!outbound || peer || !addr->at)
		return 18;
	len = at_most(addr->bytes, SOCKADDR_BYTES);
	if (len < 3 || bpf_probe_read_user(ring->scratch, len, addr->at) ||
	    *(u16 *)ring->scratch != AF_UNIX)
		return 18;
	return 17 + unix_path(ring, place, len);
}

/*
 * Both ends of a socket (SOCKTUPLE), the client's first: this one if it calls out, else the other.
 * A datagram socket without a peer has the address given in the call. Missing for other families.
 */
static __always_inline void put_tuple(struct event *ev, const struct sock *sk, bool outbound,
				      const struct user_addr *addr)
{
	char *place = event_place(ev);
	u16 family = sock_family(sk);
	u32 bytes = 0;

	*place = family;
	if (family == AF_INET)
		bytes = put_tuple4(place, sk, outbound, addr);
	else if (family == AF_INET6)
		bytes = put_tuple6(place, sk, outbound, addr);
	else if (family == AF_UNIX)
		bytes = put_tuple_unix(ev->ring, place, sk, outbound, addr);
	event_took(ev, bytes);
}

#endif
