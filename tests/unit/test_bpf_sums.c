/* SPDX-License-Identifier: Apache-2.0 */
/* The table of sums in ordinary memory, with programs played by the tests. */
#include "unit/harness.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "capture/bpf_sums.h"

enum { BUCKETS = 8, TICK_NS = 4000000, TID = 77, FD = 5 };
#define S UINT64_C(1000000000)
#define PLACES (BUCKETS * EYAS_WIRE_SUM_WAYS)

static struct eyas_wire_sum_bucket *table;
static struct bpf_sums sums;
static uint64_t now_ns;

static uint64_t clock_ns(void)
{
	return now_ns;
}

static void set_up(void)
{
	table = calloc(BUCKETS, sizeof(*table));
	CHECK(table);
	bpf_sums_init(&sums, table, BUCKETS, TICK_NS);
	sums.clock_ns = clock_ns;
	now_ns = 100 * S;
}

static uint64_t key_of(uint32_t tid, uint32_t fd)
{
	return tid | (uint64_t)fd << 32;
}

static struct eyas_wire_sum *find(uint64_t key)
{
	struct eyas_wire_sum_bucket *bucket =
		&table[EYAS_WIRE_SUM_BUCKET(key & ~EYAS_WIRE_SUM_OVER, bpf_sums_shift(BUCKETS))];
	unsigned i;

	for (i = 0; i < EYAS_WIRE_SUM_WAYS; i++)
		if (bucket->sums[i].key == key)
			return &bucket->sums[i];
	return NULL;
}

/* As a program does it. */
static struct eyas_wire_sum *begin(uint32_t tid, uint32_t fd, uint64_t began_ns)
{
	uint64_t key = key_of(tid, fd);
	struct eyas_wire_sum_bucket *bucket =
		&table[EYAS_WIRE_SUM_BUCKET(key, bpf_sums_shift(BUCKETS))];
	unsigned i;

	for (i = 0; i < EYAS_WIRE_SUM_WAYS && bucket->sums[i].key; i++)
		;
	CHECK(i < EYAS_WIRE_SUM_WAYS);
	bucket->sums[i] = (struct eyas_wire_sum){
		.key = key, .ident = 1, .began_ns = began_ns, .began_tick = 1000
	};
	return &bucket->sums[i];
}

static void add(struct eyas_wire_sum *sum, unsigned ops, unsigned which, uint64_t bytes)
{
	sum->ops[which] += ops;
	sum->bytes[which] += bytes;
	sum->last_tick = sum->began_tick + 5;
}

static void over(struct eyas_wire_sum *sum, uint64_t when_ns)
{
	sum->ident = when_ns;
	sum->key |= EYAS_WIRE_SUM_OVER;
}

static unsigned used(void)
{
	unsigned i, count = 0;

	for (i = 0; i < PLACES; i++)
		count += table[i / EYAS_WIRE_SUM_WAYS].sums[i % EYAS_WIRE_SUM_WAYS].key != 0;
	return count;
}

/* How many a sweep hands on; the last one is in *got. */
static unsigned sweep(uint64_t limit_ns, struct eyas_io_sums *got)
{
	unsigned count = 0;

	bpf_sums_sweep(&sums, limit_ns);
	while (bpf_sums_swept(&sums, got))
		count++;
	CHECK(!bpf_sums_swept(&sums, got));
	return count;
}

TEST(sizes)
{
	CHECK_INT(bpf_sums_buckets(0), 8192);
	CHECK_INT(bpf_sums_buckets(1), 8);
	CHECK_INT(bpf_sums_buckets(64), 8);
	CHECK_INT(bpf_sums_buckets(65), 16);
	CHECK_INT(bpf_sums_buckets(UINT32_MAX), 4194304 / 8);
	CHECK_INT(bpf_sums_shift(8), 61);
	CHECK_INT(bpf_sums_shift(8192), 51);
	CHECK(EYAS_WIRE_SUM_BUCKET(UINT64_MAX, 61) < 8);
}

TEST(no_table)
{
	struct bpf_sums none = { 0 };
	struct eyas_io_sums got;

	CHECK_INT(bpf_sums_get(&none, TID, FD, true, S, &got), -ENOENT);
	CHECK(!bpf_sums_swept(&none, &got));
}

TEST(look)
{
	struct eyas_io_sums got;
	struct eyas_wire_sum *sum;

	set_up();
	CHECK_INT(bpf_sums_get(&sums, TID, FD, false, 50 * S, &got), -ENOENT);
	begin(TID, EYAS_WIRE_SUM_HEAD_FD, 10 * S);
	sum = begin(TID, FD, 10 * S);
	/* Nothing was added yet. */
	CHECK_INT(bpf_sums_get(&sums, TID, FD, false, 50 * S, &got), -ENOENT);
	add(sum, 3, 0, 30);
	add(sum, 2, 1, 21);
	/* The event that began it was not handed on yet. */
	CHECK_INT(bpf_sums_get(&sums, TID, FD, false, 10 * S - 1, &got), -ENOENT);
	CHECK_INT(bpf_sums_get(&sums, TID, FD, false, 10 * S, &got), 0);
	CHECK_INT(got.tid, TID);
	CHECK_INT(got.fd, FD);
	CHECK_INT(got.began_ts_ns, 10 * S);
	CHECK_INT(got.last_ts_ns, 10 * S + 5 * TICK_NS);
	CHECK_INT(got.read_ops, 3);
	CHECK_INT(got.read_bytes, 30);
	CHECK_INT(got.write_ops, 2);
	CHECK_INT(got.write_bytes, 21);
	CHECK_INT(bpf_sums_get(&sums, TID, FD + 1, false, 50 * S, &got), -ENOENT);
	CHECK_INT(bpf_sums_get(&sums, TID + 1, FD, false, 50 * S, &got), -ENOENT);
	/* No descriptor of a thread: its head, and what has other bits of a key. */
	CHECK_INT(bpf_sums_get(&sums, TID, EYAS_WIRE_SUM_HEAD_FD, true, 50 * S, &got), -ENOENT);
	CHECK_INT(bpf_sums_get(&sums, TID | EYAS_WIRE_SUM_BUSY, FD, true, 50 * S, &got), -ENOENT);
	CHECK_INT(bpf_sums_get(&sums, INT64_MIN, FD, true, 50 * S, &got), -ENOENT);
	CHECK_INT(bpf_sums_get(&sums, TID, INT64_MIN | FD, true, 50 * S, &got), -ENOENT);
	CHECK_INT(used(), 2);
	free(table);
}

/* One that a program fills in or empties is nobody's. */
TEST(busy)
{
	struct eyas_io_sums got;
	struct eyas_wire_sum *sum;

	set_up();
	sum = begin(TID, FD, S);
	add(sum, 1, 0, 1);
	sum->key |= EYAS_WIRE_SUM_BUSY;
	CHECK_INT(bpf_sums_get(&sums, TID, FD, true, 50 * S, &got), -ENOENT);
	CHECK_INT(sweep(UINT64_MAX, &got), 0);
	CHECK_INT(used(), 1);
	free(table);
}

TEST(last_of_a_thread_that_is_gone)
{
	struct eyas_io_sums got;

	set_up();
	over(begin(TID, EYAS_WIRE_SUM_HEAD_FD, S), 90 * S);
	add(begin(TID, FD, 2 * S), 4, 1, 40);
	begin(TID, FD + 1, 3 * S);
	CHECK_INT(bpf_sums_get(&sums, TID, FD, true, 50 * S, &got), 0);
	CHECK_INT(got.write_ops, 4);
	CHECK(!find(key_of(TID, FD)));
	/* One that nothing was added to goes, too. */
	CHECK_INT(bpf_sums_get(&sums, TID, FD + 1, true, 50 * S, &got), -ENOENT);
	CHECK_INT(used(), 1);
	CHECK_INT(sweep(95 * S, &got), 0);
	CHECK_INT(used(), 0);
	free(table);
}

/* Its thread lives: what it was adding right then comes in a sum of its own. */
TEST(last_of_a_living_thread)
{
	struct eyas_io_sums got;
	struct eyas_wire_sum *sum, *other;
	int late;

	for (late = 0; late < 3; late++) {
		set_up();
		begin(TID, EYAS_WIRE_SUM_HEAD_FD, S);
		sum = begin(TID, FD, 2 * S);
		add(sum, 4, 1, 40);
		add(sum, 3, 0, 30);
		CHECK_INT(bpf_sums_get(&sums, TID, FD, true, 50 * S, &got), 0);
		CHECK_INT(got.write_bytes, 40);
		CHECK_INT(got.began_ts_ns, 2 * S);
		CHECK_INT(bpf_sums_get(&sums, TID, FD, true, 50 * S, &got), -ENOENT);
		/* The thread goes on with another one, elsewhere. */
		other = begin(TID, FD, 101 * S);
		CHECK(other != sum);
		if (late)
			add(sum, 1, late - 1, 7);
		/* As long as a program may still be at it, it stays. */
		CHECK_INT(sweep(now_ns + S - 1, &got), 0);
		CHECK(sums.again);
		CHECK_INT(used(), 3);
		CHECK_INT(sweep(now_ns + S, &got), late != 0);
		CHECK(!sums.again);
		if (late) {
			CHECK_INT(got.began_ts_ns, now_ns);
			CHECK_INT(got.read_ops, late == 1);
			CHECK_INT(got.read_bytes, late == 1 ? 7 : 0);
			CHECK_INT(got.write_ops, late == 2);
			CHECK_INT(got.write_bytes, late == 2 ? 7 : 0);
		}
		CHECK_INT(used(), 2);
		free(table);
	}
}

/* What programs leave when a ring is full is handed on once, unless it is empty. */
TEST(left_by_a_program)
{
	struct eyas_io_sums got;
	struct eyas_wire_sum *sum;

	set_up();
	sum = begin(TID, FD, 2 * S);
	add(sum, 9, 0, 99);
	over(sum, 30 * S);
	over(begin(TID, FD + 1, 2 * S), 30 * S);
	CHECK_INT(sweep(30 * S, &got), 0);
	CHECK(sums.again);
	CHECK_INT(sweep(31 * S, &got), 1);
	CHECK_INT(got.tid, TID);
	CHECK_INT(got.fd, FD);
	CHECK_INT(got.read_bytes, 99);
	CHECK_INT(got.began_ts_ns, 2 * S);
	CHECK_INT(used(), 0);
	free(table);
}

/* Threads that are gone leave their sums to a sweep, behind their last event. */
TEST(left_by_a_thread)
{
	struct eyas_io_sums got;
	unsigned fd;

	set_up();
	begin(TID + 1, EYAS_WIRE_SUM_HEAD_FD, S);
	add(begin(TID + 1, 1, 2 * S), 1, 0, 1);
	over(begin(TID, EYAS_WIRE_SUM_HEAD_FD, S), 90 * S);
	for (fd = 0; fd < 10; fd++)
		add(begin(TID, fd, 2 * S), 1, 0, 1);
	CHECK_INT(sweep(90 * S - 1, &got), 0);
	CHECK(sums.again);
	CHECK_INT(used(), 13);
	CHECK_INT(sweep(90 * S, &got), 10);
	CHECK(!sums.again);
	CHECK_INT(used(), 2);
	free(table);
}

/* An id that comes again: what is older than the new thread's head is the old one's. */
TEST(id_used_again)
{
	struct eyas_io_sums got;

	set_up();
	over(begin(TID, EYAS_WIRE_SUM_HEAD_FD, S), 20 * S);
	add(begin(TID, FD, 2 * S), 1, 0, 1);
	begin(TID, EYAS_WIRE_SUM_HEAD_FD, 30 * S);
	add(begin(TID, FD + 1, 31 * S), 2, 0, 2);
	CHECK_INT(sweep(50 * S, &got), 1);
	CHECK_INT(got.fd, FD);
	CHECK_INT(used(), 2);
	CHECK_INT(bpf_sums_get(&sums, TID, FD + 1, false, 50 * S, &got), 0);
	free(table);
}

TEST(records)
{
	uint8_t bytes[BPF_SUM_RECORD_BYTES];
	struct eyas_io_sums sum = { .tid = TID,
				    .fd = FD,
				    .began_ts_ns = 3 * S,
				    .last_ts_ns = 6,
				    .read_ops = 1,
				    .read_bytes = 2,
				    .write_ops = 3,
				    .write_bytes = 4 },
			    got;
	struct eyas_event event;

	/* As in a ring, with ticks in the place of the last time. */
	bpf_sums_make_record(bytes, &sum, 5 * S);
	bpf_sums_settle_record(bytes, TICK_NS, 1000 * S);
	bpf_sums_event(bytes, &event);
	CHECK_INT(event.ts_ns, 5 * S);
	CHECK_INT(event.len, sizeof(bytes));
	CHECK_INT(event.nparams, 0);
	CHECK(event.info && event.info->name);
	CHECK_INT(eyas_live_event_sums(&event, &got), 1);
	CHECK_INT(got.began_ts_ns, 1003 * S);
	CHECK_INT(got.last_ts_ns, 1003 * S + 6 * TICK_NS);
	CHECK_INT(got.tid, TID);
	CHECK_INT(got.fd, FD);
	CHECK_INT(got.read_ops, 1);
	CHECK_INT(got.read_bytes, 2);
	CHECK_INT(got.write_ops, 3);
	CHECK_INT(got.write_bytes, 4);
	event.flags = 0;
	CHECK_INT(eyas_live_event_sums(&event, &got), 0);
}
