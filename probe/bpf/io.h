/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* Data that calls move: how much of it an event takes, from one buffer or from many. */
#ifndef PROBE_IO_H
#define PROBE_IO_H

#include "bpf/call.h"
#include "bpf/sock.h"

#define DATA_MAX 65000
#define IOVECS 32

/* ---- how much ---- */

/* What is known about the data of a call. */
struct data_hint {
	s32 fd;
	u64 bytes;	       /* at most so many can be taken */
	const void *at;	       /* where they begin; NULL = only ports tell the protocol */
	struct user_addr addr; /* of the other end, if the call gives one */
};

#define PORT_DNS 53
#define PORT_MYSQL 3306
#define PORT_POSTGRES 5432
#define PORT_MONGODB 27017

static __always_inline bool has_port(const struct sock_ports *ports, u16 port)
{
	return ports->local == port || ports->remote == port;
}

static __always_inline bool is_http(u32 first4, u8 fifth)
{
#define WORD(a, b, c, d) ((u32)(a) | (u32)(b) << 8 | (u32)(c) << 16 | (u32)(d) << 24)
	switch (first4) {
	case WORD('G', 'E', 'T', ' '):
	case WORD('P', 'O', 'S', 'T'):
	case WORD('P', 'U', 'T', ' '):
	case WORD('D', 'E', 'L', 'E'):
	case WORD('T', 'R', 'A', 'C'):
	case WORD('C', 'O', 'N', 'N'):
	case WORD('O', 'P', 'T', 'I'):
		return true;
	case WORD('H', 'T', 'T', 'P'):
		return fifth == '/';
	default:
		return false;
	}
#undef WORD
}

/* Do the first bytes look like a protocol of which the beginning of a message tells a lot? */
static __always_inline bool is_known_protocol(const struct data_hint *hint,
					      const struct sock_ports *ports)
{
	union {
		u8 byte[16];
		u32 word[4];
	} first = {};
	u64 len = at_most(hint->bytes, sizeof(first));

	if (len < 5 || bpf_probe_read_user(&first, len, hint->at))
		return false;
	if (has_port(ports, PORT_MYSQL) &&
	    ((first.byte[3] >= 0 && first.byte[3] <= 4) || (!first.byte[2] && !first.byte[3])))
		return true;
	if (has_port(ports, PORT_POSTGRES) && len >= 7 &&
	    (((first.byte[0] == 'Q' || first.byte[0] == 'P' || first.byte[0] == 'E') &&
	      !first.byte[1]) ||
	     (!first.byte[4] && first.byte[5] == 3 && !first.byte[6])))
		return true;
	if (has_port(ports, PORT_MONGODB) ||
	    (len >= 16 && (first.word[3] == 1 || (first.word[3] >= 2001 && first.word[3] <= 2007))))
		return true;
	return is_http(first.word[0], first.byte[4]);
}

static __always_inline bool in_full_ports(u16 port)
{
	return port >= config.port_min && port <= config.port_max;
}

/* Bytes to take of a socket's data where it may be more than usual. */
static __always_inline u32 dynamic_snap(struct eyas_wire_ring *ring, const struct data_hint *hint)
{
	const struct sock *sk = sock_of_fd(call_task(ring), hint->fd);
	struct sock_ports ports;

	if (!sk)
		return 0;
	sock_ports(ring, sk, &hint->addr, &ports);
	if (config.port_max && (in_full_ports(ports.local) || in_full_ports(ports.remote)))
		return 16000;
	if (ports.remote && ports.remote == config.statsd_port)
		return 2000;
	if (ports.remote == PORT_DNS)
		return 512;
	if (hint->at && is_known_protocol(hint, &ports))
		return 2000;
	return 0;
}

/* How many bytes of the data at hand an event takes. */
static __always_inline u32 snap(struct eyas_wire_ring *ring, const struct data_hint *hint)
{
	u32 bytes = config.snap_bytes, more;

	if (with_dynamic_snap) {
		more = event_forget(ring, dynamic_snap(ring, hint));
		if (more > bytes)
			bytes = more;
	}
	return at_most(at_most(hint->bytes, bytes), DATA_MAX);
}

/* ---- from many buffers ---- */

/* An array of buffers in the caller's memory. */
struct user_iov {
	const void *at;
	u64 count;
};

/* The array's first entries come into the scratch: how many, 0 if they cannot be read. */
static __always_inline u32 fetch_iov(struct eyas_wire_ring *ring, const struct user_iov *iov)
{
	u64 count = at_most(iov->count, IOVECS);
	u64 bytes = at_most(count * (ring->compat ? 8 : 16), IOVECS * 16);

	if (bpf_probe_read_user(ring->scratch, bytes, iov->at))
		return 0;
	return count;
}

/* Entry i of those in the scratch. i is below IOVECS. */
static __always_inline void iov_entry(struct eyas_wire_ring *ring, u32 i, u64 *at, u64 *len)
{
	if (ring->compat) {
		*at = *(u32 *)(ring->scratch + 8 * i);
		*len = *(u32 *)(ring->scratch + 8 * i + 4);
	} else {
		*at = *(u64 *)(ring->scratch + 16 * i);
		*len = *(u64 *)(ring->scratch + 16 * i + 8);
	}
}

/* A walk over the buffers in the scratch, with what is added up on the way in the ring's head. */
struct iov_walk {
	struct eyas_wire_ring *ring;
	char *room; /* where data goes */
	u64 max;    /* of data */
	u32 count;  /* of buffers */
};

static long iov_sum_step(u32 i, void *context)
{
	const struct iov_walk *walk = context;
	u64 at, len;

	if (i >= walk->count || i >= IOVECS)
		return 1;
	iov_entry(walk->ring, i, &at, &len);
	*(volatile u64 *)&walk->ring->pos += len;
	return 0;
}

/* Bytes that the first count buffers in the scratch have room for. */
static __always_inline u32 iov_bytes(struct eyas_wire_ring *ring, u32 count)
{
	struct iov_walk walk = { .ring = ring, .count = count };

	*(volatile u64 *)&ring->pos = 0;
	loop(IOVECS, iov_sum_step, &walk);
	return *(volatile u64 *)&ring->pos;
}

static long iov_data_step(u32 i, void *context)
{
	const struct iov_walk *walk = context;
	volatile u64 *taken = &walk->ring->pos;
	u64 at, len, have = *taken & 0xffff;

	if (i >= walk->count || i >= IOVECS || have >= walk->max)
		return 1;
	iov_entry(walk->ring, i, &at, &len);
	if (len > walk->max - have)
		len = walk->max - have;
	len &= 0xffff;
	if (bpf_probe_read_user(walk->room + have, len, (void *)at))
		return 1;
	*taken = have + len;
	return 0;
}

/*
 * Data of the first count buffers in the scratch, one after the other, at most max bytes. It ends
 * where one cannot be read.
 */
static __always_inline void put_iov_data(struct event *ev, u32 count, u32 max)
{
	struct iov_walk walk = { ev->ring, event_place(ev), max, count };

	*(volatile u64 *)&ev->ring->pos = 0;
	loop(IOVECS, iov_data_step, &walk);
	event_took(ev, *(volatile u64 *)&ev->ring->pos & 0xffff);
}

/* Of pread64(), preadv() and the like: 32-bit callers pass the position in two halves, low first. */
static __always_inline u64 split_pos(struct eyas_wire_ring *ring)
{
	return ring->compat ? (u32)ring->args[3] | ring->args[4] << 32 : ring->args[3];
}

#endif
