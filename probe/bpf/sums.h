/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * Reads and writes that are added up in place of an event for each (wire.h, "sums of reads and
 * writes"). The first call of a thread on an open file is an event and begins a sum; those after
 * it are added, without a helper, a lock or a look at the clock: the dispatcher does that itself.
 *
 * A sum belongs to thread, number and open file. The address of the file is not enough to know it
 * by: the kernel uses the memory of one that was closed for the next one, on the spot.
 */
#ifndef PROBE_SUMS_H
#define PROBE_SUMS_H

#include "bpf/call.h"
#include "bpf/file.h"
#include "bpf/sock.h"

#define TYPE_MASK 0170000
#define TYPE_SOCKET 0140000
#define SOCK_STREAM 1

/* The table; it gets its size before loading, if sums are wanted. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct eyas_wire_sum_bucket);
} sums SEC(".maps");

/* Of EYAS_WIRE_SUM_BUCKET(). */
const volatile __u32 sums_shift = 63;

/* Bytes that a call's event has room for at most, beyond its data, and that of a sum. */
#define SUM_EVENT_BYTES 1024
#define SUM_RECORD_BYTES 128

static __always_inline u64 sum_key(u32 tid, u32 fd)
{
	return tid | (u64)fd << 32;
}

static __always_inline struct eyas_wire_sum_bucket *sum_bucket(u64 key)
{
	u32 index = EYAS_WIRE_SUM_BUCKET(key, sums_shift);

	return bpf_map_lookup_elem(&sums, &index);
}

/* The place of a key in its bucket; WAYS = it has none. */
static __always_inline u32 sum_index(const struct eyas_wire_sum_bucket *bucket, u64 key)
{
	u32 i;

#pragma unroll
	for (i = 0; i < EYAS_WIRE_SUM_WAYS; i++)
		if (*(volatile u64 *)&bucket->sums[i].key == key)
			break;
	return i;
}

static __always_inline struct eyas_wire_sum *sum_find(u64 key)
{
	struct eyas_wire_sum_bucket *bucket = sum_bucket(key);
	u32 i = bucket ? sum_index(bucket, key) : EYAS_WIRE_SUM_WAYS;

	return i < EYAS_WIRE_SUM_WAYS ? &bucket->sums[i] : NULL;
}

/* The same where much comes behind it, which the verifier is not to follow once for each place. */
static __always_inline struct eyas_wire_sum *sum_find_any(struct eyas_wire_ring *ring, u64 key)
{
	struct eyas_wire_sum_bucket *bucket = sum_bucket(key);
	u64 i;

	if (!bucket)
		return NULL;
	i = event_forget(ring, sum_index(bucket, key));
	return i < EYAS_WIRE_SUM_WAYS ? &bucket->sums[i % EYAS_WIRE_SUM_WAYS] : NULL;
}

/* ---- who has a sum ---- */

/*
 * Ids of threads come again, hence the time of the start. A thread that is not the first one of its
 * process takes both from that one when it executes a program, hence the count of these.
 */
static __always_inline u64 sum_thread_ident(const struct task_struct *task)
{
	return (task->start_time ^ task->self_exec_id << 48) * 0xff51afd7ed558ccdull;
}

static __always_inline u64 sum_ident(const struct task_struct *task, u64 file)
{
	const struct inode *inode = file_inode((const void *)file);
	u64 ino = KREAD(struct inode, inode, i_ino), ident;

	ident = file ^ (ino ^ (u64)config.sum_epoch << 32) * 0xc4ceb9fe1a85ec53ull;
	return (ident ^ sum_thread_ident(task)) | 1;
}

/* ---- adding ---- */

/*
 * Add a call, if it goes on with a sum. The thread is the only one that writes to it. Who looks on
 * may see the calls before the bytes; the next look puts that right.
 */
static __always_inline bool sum_add(const struct task_struct *task, s32 fd, u32 what, s64 ret)
{
	struct eyas_wire_sum *sum;
	u64 file;

	if (!(what & EYAS_WIRE_SUM_ADD) || fd < 0)
		return false;
	sum = sum_find(sum_key(task->pid, fd));
	if (!sum || (what & EYAS_WIRE_SUM_MSG && sum->is_unix))
		return false;
	file = file_address_of_fd(task, fd);
	if (!file || sum->ident != sum_ident(task, file))
		return false;
	sum->ops[what & EYAS_WIRE_SUM_WRITE]++;
	if (ret > 0)
		sum->bytes[what & EYAS_WIRE_SUM_WRITE] += ret;
	sum->last_tick = bpf_jiffies64();
	return true;
}

/* ---- the end of a sum ---- */

static __always_inline bool sum_take(struct eyas_wire_sum *sum, u64 from, u64 to)
{
	return __sync_val_compare_and_swap(&sum->key, from, to) == from;
}

/*
 * Give away a place that is BUSY, when all that belongs into it is there: nobody else writes its
 * key meanwhile. x86 keeps the order of stores.
 */
static __always_inline void sum_give(struct eyas_wire_sum *sum, u64 key, u64 to)
{
#if defined(__TARGET_ARCH_x86)
	asm volatile("" ::: "memory");
	*(volatile u64 *)&sum->key = to;
#else
	sum_take(sum, key | EYAS_WIRE_SUM_BUSY, to);
#endif
}

/* For its taker; the ring is claimed. */
static __always_inline bool sum_tell(struct eyas_wire_ring *ring, const struct eyas_wire_sum *sum,
				     u32 tid, u32 fd)
{
	struct event ev;
	u64 *words;

	if (!event_open(&ev, ring, EYAS_WIRE_SUM_TYPE, 0, SUM_RECORD_BYTES, tid))
		return false;
	words = (u64 *)(ev.at + EVENT_HEADER_BYTES);
	words[EYAS_WIRE_SUM_RECORD_FD] = fd;
	words[EYAS_WIRE_SUM_RECORD_BEGAN_NS] = sum->began_ns;
	words[EYAS_WIRE_SUM_RECORD_TICKS] = sum->last_tick - sum->began_tick;
	words[EYAS_WIRE_SUM_RECORD_OPS] = sum->ops[0];
	words[EYAS_WIRE_SUM_RECORD_OPS + 1] = sum->ops[1];
	words[EYAS_WIRE_SUM_RECORD_BYTES] = sum->bytes[0];
	words[EYAS_WIRE_SUM_RECORD_BYTES + 1] = sum->bytes[1];
	ev.pos = EVENT_HEADER_BYTES + 8 * EYAS_WIRE_SUM_RECORD_WORDS;
	event_publish(&ev);
	return true;
}

static __always_inline void sum_clear(struct eyas_wire_sum *sum)
{
	sum->ident = 0;
	sum->began_ns = 0;
	sum->began_tick = 0;
	sum->last_tick = 0;
	sum->ops[0] = 0;
	sum->ops[1] = 0;
	sum->bytes[0] = 0;
	sum->bytes[1] = 0;
	sum->is_unix = 0;
}

/* A place in the hands of a program goes to the reader. ring is told, if there is one. */
static __always_inline void sum_hand_over(struct eyas_wire_ring *ring, struct eyas_wire_sum *sum,
					  u64 key)
{
	sum->ident = event_time();
	sum_give(sum, key, key | EYAS_WIRE_SUM_OVER);
	if (ring)
		ring->sums_over++;
}

/*
 * The thread's sum of that descriptor is over: told in the ring, in front of the event that makes
 * it so. What finds no room there stays where it is, and is the reader's. The ring is claimed.
 */
static __always_inline void sum_end(struct eyas_wire_ring *ring, struct eyas_wire_sum *sum, u32 fd)
{
	u64 key = sum_key(ring->tid, fd);

	/* Else the reader was faster. */
	if (!sum_take(sum, key, key | EYAS_WIRE_SUM_BUSY))
		return;
	if (sum->last_tick && !sum_tell(ring, sum, ring->tid, fd)) {
		sum_hand_over(ring, sum, key);
		return;
	}
	sum_clear(sum);
	sum_give(sum, key, 0);
}

/* ---- the beginning of a sum ---- */

/* A free place for the key, BUSY; NULL if there is none. */
static __always_inline struct eyas_wire_sum *sum_place(struct eyas_wire_ring *ring, u64 key)
{
	struct eyas_wire_sum_bucket *bucket = sum_bucket(key);
	u64 found;
	u32 i;

	if (!bucket)
		return NULL;
#pragma unroll
	for (i = 0; i < EYAS_WIRE_SUM_WAYS; i++)
		if (!*(volatile u64 *)&bucket->sums[i].key &&
		    sum_take(&bucket->sums[i], 0, key | EYAS_WIRE_SUM_BUSY))
			break;
	found = event_forget(ring, i);
	return found < EYAS_WIRE_SUM_WAYS ? &bucket->sums[found % EYAS_WIRE_SUM_WAYS] : NULL;
}

/* Let the thread have a head; false if there is no room. */
static __always_inline bool sum_head(struct eyas_wire_ring *ring, const struct task_struct *task,
				     u64 now)
{
	u64 key = sum_key(task->pid, EYAS_WIRE_SUM_HEAD_FD), ident = sum_thread_ident(task);
	struct eyas_wire_sum *head = sum_find_any(ring, key);

	if (head && head->ident == ident)
		return true;
	/* Of one whose end was not seen. */
	if (head && sum_take(head, key, key | EYAS_WIRE_SUM_BUSY))
		sum_hand_over(ring, head, key);
	head = sum_place(ring, key);
	if (!head)
		return false;
	head->ident = ident;
	head->began_ns = now;
	sum_give(head, key, key);
	return true;
}

/*
 * Are calls on this file added up? Not on datagram sockets, where each can be with another peer,
 * nor on kinds of sockets that nobody knows.
 */
static __always_inline bool sum_suits(const struct file *file, bool *ret_is_unix)
{
	const struct inode *inode = file_inode(file);
	const struct socket *socket;
	u16 family;

	*ret_is_unix = false;
	if ((KREAD(struct inode, inode, i_mode) & TYPE_MASK) != TYPE_SOCKET)
		return true;
	socket = KREAD(struct file, file, private_data);
	if (KREAD(struct socket, socket, type) != SOCK_STREAM)
		return false;
	family = sock_family(KREAD(struct socket, socket, sk));
	*ret_is_unix = family == AF_UNIX;
	return family == AF_UNIX || family == AF_INET || family == AF_INET6;
}

/*
 * The call at hand is the first one of its thread on this open file: its event is made, if there
 * is room for it, and what comes behind is added up.
 */
static __always_inline void sum_begin(struct eyas_wire_ring *ring, const struct task_struct *task,
				      u32 fd, u64 file)
{
	u64 key = sum_key(ring->tid, fd), now;
	u32 data = with_dynamic_snap ? 0xffff : config.snap_bytes;
	struct eyas_wire_sum *sum;
	bool is_unix;

	/* A sum whose beginning was lost would be nobody's. */
	if (!sum_suits((const void *)file, &is_unix) ||
	    !ring_has_room(ring, SUM_EVENT_BYTES + data))
		return;
	now = event_time();
	sum = sum_head(ring, task, now) ? sum_place(ring, key) : NULL;
	if (!sum) {
		ring->sums_refused++;
		return;
	}
	sum->ident = sum_ident(task, file);
	sum->began_ns = now;
	sum->began_tick = bpf_jiffies64();
	sum->is_unix = is_unix;
	sum_give(sum, key, key);
	ring->now = now;
}

/* ---- the end of a thread ---- */

/* Its sums go to the reader with its head. */
static __always_inline void sum_thread_over(u32 tid)
{
	u64 key = sum_key(tid, EYAS_WIRE_SUM_HEAD_FD);
	struct eyas_wire_sum *head = sum_find(key);

	if (head && sum_take(head, key, key | EYAS_WIRE_SUM_BUSY))
		sum_hand_over(ring_of_cpu(), head, key);
}

/* ---- where the dispatcher jumps to ---- */

/* For calls that begin or end a sum; ends in a jump to the program that makes the event. */
SEC("eyas/sys_exit")
int part_sum(u64 *ctx)
{
	struct eyas_wire_ring *ring = ring_of_cpu();
	const struct task_struct *task;
	struct eyas_wire_sum *sum;
	u32 nr, what;
	u64 file;
	s32 fd;

	if (!ring)
		return 0;
	task = call_task(ring);
	nr = ring->nr & (EYAS_WIRE_SYSCALLS - 1);
	what = config.calls[nr].sum;
	fd = what & EYAS_WIRE_SUM_SECOND ? ARG(1) : ARG(0);
	if (fd < 0)
		goto out;
	sum = sum_find_any(ring, sum_key(ring->tid, fd));
	if (what & EYAS_WIRE_SUM_END) {
		if (sum && (RET >= 0 || !(what & EYAS_WIRE_SUM_SECOND)))
			sum_end(ring, sum, fd);
		goto out;
	}
	file = file_address_of_fd(task, fd);
	if (sum && file && sum->ident == sum_ident(task, file)) {
		/* One that is not added, or comes by socketcall. */
		if (sum_add(task, fd, what, RET)) {
			ring_release(ring);
			return 0;
		}
		goto out;
	}
	if (sum)
		sum_end(ring, sum, fd);
	if (file)
		sum_begin(ring, task, fd, file);
out:
	bpf_tail_call(ctx, &programs, nr);
	ring->now = 0;
	return call_lost(ring);
}

#endif
