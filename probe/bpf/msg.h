/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* struct msghdr in the caller's memory, as sendmsg, recvmsg and their plural forms have it. */
#ifndef PROBE_MSG_H
#define PROBE_MSG_H

#include "bpf/io.h"

struct msg {
	struct user_addr name;
	struct user_iov iov;
	const void *control;
	u64 control_bytes;
	u32 bytes; /* of struct mmsghdr: moved */
};

/* Bytes of struct mmsghdr, of which struct msghdr is the beginning. */
static __always_inline u32 mmsg_bytes(const struct eyas_wire_ring *ring)
{
	return ring->compat ? 32 : 64;
}

/*
 * One that was read lies in the scratch, behind all that the way through its buffers needs. What is
 * read back from there is unknown to the verifier, whatever layout it came from.
 */
#define MSG(ring) ((struct msg *)((ring)->scratch + EYAS_WIRE_SCRATCH_BYTES - sizeof(struct msg)))

/* Read one. False if it cannot be read; it is all zeros then. */
static __always_inline bool fetch_msg(struct eyas_wire_ring *ring, const void *user, bool many)
{
	const u8 *at = ring->scratch;
	struct msg *msg = MSG(ring);
	bool ok;

	if (ring->compat) {
		ok = !bpf_probe_read_user(ring->scratch, many ? 32 : 28, user);
		msg->name.at = (const void *)(u64) * (u32 *)at;
		msg->name.bytes = *(u32 *)(at + 4);
		msg->iov.at = (const void *)(u64) * (u32 *)(at + 8);
		msg->iov.count = *(u32 *)(at + 12);
		msg->control = (const void *)(u64) * (u32 *)(at + 16);
		msg->control_bytes = *(u32 *)(at + 20);
		msg->bytes = many ? *(u32 *)(at + 28) : 0;
	} else {
		ok = !bpf_probe_read_user(ring->scratch, many ? 60 : 56, user);
		msg->name.at = *(const void **)at;
		msg->name.bytes = *(u32 *)(at + 8);
		msg->iov.at = *(const void **)(at + 16);
		msg->iov.count = *(u64 *)(at + 24);
		msg->control = *(const void **)(at + 32);
		msg->control_bytes = *(u64 *)(at + 40);
		msg->bytes = many ? *(u32 *)(at + 56) : 0;
	}
	asm volatile("" ::: "memory");
	return ok;
}

/* How much of the control data fits into an event with so many bytes of data. */
static __always_inline u32 control_snap(const struct msg *msg, u32 data)
{
	return msg->control ? at_most(msg->control_bytes, EYAS_WIRE_EVENT_MAX - 512 - data) : 0;
}

/* ---- many messages in one call ---- */

#define MSGS 16

struct msg_walk {
	struct eyas_wire_ring *ring;
	const char *at;
};

/*
 * The first thing a visit does; the ring is claimed if i is 0. False, with the ring released, if
 * that ends the walk.
 */
static __always_inline bool next_msg(struct msg_walk *walk, u32 i)
{
	struct eyas_wire_ring *ring = walk->ring;

	if (i && !ring_claim(ring))
		return false;
	if (fetch_msg(ring, walk->at + i * mmsg_bytes(ring), true))
		return true;
	ring_release(ring);
	return false;
}

/*
 * visit makes the event of message i, and returns 0 to go on; it is called for the first messages
 * that were moved. Kernels before 5.17 have no helper for loops that large: only the first message
 * there.
 */
static __always_inline void each_msg(struct eyas_wire_ring *ring,
				     long (*visit)(u32 i, struct msg_walk *walk))
{
	struct msg_walk walk = { ring, USER_PTR(1) };
	u32 count = at_most(RET, MSGS);

	if (bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_loop))
		bpf_loop(count, visit, &walk, 0);
	else
		visit(0, &walk);
}

#endif
