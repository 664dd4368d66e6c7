/* SPDX-License-Identifier: Apache-2.0 */
/* Rings as one stream: order, laps, places given back, and rings that make no sense. */
#include "unit/harness.h"
#include "unit/ringmem.h"

#include <stdlib.h>
#include <string.h>

#include "capture/bpf_rings.h"

enum { RING_BYTES = 4096, CPUS = 3 };

static void set_up(struct bpf_rings *rings, struct ringmem *mems, unsigned count)
{
	unsigned i;

	CHECK_INT(bpf_rings_init(rings, CPUS, RING_BYTES), 0);
	for (i = 0; i < count; i++) {
		ringmem_init(&mems[i], RING_BYTES);
		bpf_rings_add(rings, i, mems[i].head, mems[i].data);
	}
}

static void tear_down(struct bpf_rings *rings, struct ringmem *mems, unsigned count)
{
	unsigned i;

	for (i = 0; i < count; i++)
		ringmem_fini(&mems[i]);
	bpf_rings_fini(rings);
}

static void check_bytes(const struct bpf_piece *piece, uint64_t ts)
{
	uint32_t i;

	for (i = 26; i < piece->len; i++)
		CHECK_INT(piece->bytes[i], (uint8_t)(ts + i));
}

TEST(nothing_and_one)
{
	struct ringmem mem;
	struct bpf_rings rings;
	struct bpf_piece piece;
	uint64_t ts;

	set_up(&rings, &mem, 1);
	bpf_rings_look(&rings);
	CHECK(!bpf_rings_oldest(&rings, &ts));
	CHECK(ringmem_put(&mem, 77, 30, 1, 64));
	/* Not seen before the next look. */
	CHECK(!bpf_rings_oldest(&rings, &ts));
	bpf_rings_look(&rings);
	CHECK(bpf_rings_oldest(&rings, &ts));
	CHECK_INT(ts, 77);
	CHECK_INT(bpf_rings_lend(&rings, &piece, NULL), 0);
	CHECK_INT(piece.len, 30);
	CHECK_INT(piece.cpu, 0);
	check_bytes(&piece, 77);
	/* It is the reader's until it is given back. */
	CHECK_INT(mem.head->tail, 0);
	bpf_rings_give_back(&rings);
	bpf_rings_give_back(&rings);
	CHECK_INT(mem.head->tail, 32);
	CHECK(!bpf_rings_oldest(&rings, &ts));
	tear_down(&rings, &mem, 1);
}

/* Events of all rings come in the order of time, ties in any, none twice and none lost. */
TEST(many_in_order)
{
	struct ringmem mems[CPUS];
	struct bpf_rings rings;
	struct bpf_piece piece;
	uint64_t now = 1000, ts, last, put = 0, got = 0;
	unsigned round, i;

	srand(1);
	set_up(&rings, mems, CPUS);
	for (round = 0; round < 2000; round++) {
		for (i = 0; i < 40; i++) {
			uint32_t len = 26 + (uint32_t)rand() % 200;

			now += (uint64_t)rand() % 3;
			put += ringmem_put(&mems[rand() % CPUS], now, len, 1, 256);
		}
		last = 0;
		bpf_rings_look(&rings);
		/* Not always all of them: what is left stays for the next round. */
		for (i = (unsigned)rand() % 200; i && bpf_rings_oldest(&rings, &ts); i--) {
			CHECK(ts >= last);
			last = ts;
			CHECK_INT(bpf_rings_lend(&rings, &piece, NULL), 0);
			check_bytes(&piece, ts);
			bpf_rings_give_back(&rings);
			got++;
		}
	}
	bpf_rings_look(&rings);
	while (bpf_rings_oldest(&rings, &ts)) {
		CHECK_INT(bpf_rings_lend(&rings, &piece, NULL), 0);
		bpf_rings_give_back(&rings);
		got++;
	}
	CHECK_INT(got, put);
	CHECK(put > 20000);
	for (i = 0; i < CPUS; i++)
		CHECK_INT(mems[i].head->tail, mems[i].head->head);
	tear_down(&rings, mems, CPUS);
}

/* The last event of a lap lies in one piece behind the end. */
TEST(end_of_a_lap)
{
	struct ringmem mem;
	struct bpf_rings rings;
	struct bpf_piece piece;
	uint64_t ts;

	set_up(&rings, &mem, 1);
	CHECK(ringmem_put(&mem, 1, RING_BYTES - 40, 1, RING_BYTES));
	bpf_rings_look(&rings);
	CHECK_INT(bpf_rings_lend(&rings, &piece, NULL), 0);
	bpf_rings_give_back(&rings);
	CHECK(ringmem_put(&mem, 2, 2000, 1, 2000));
	CHECK_INT(mem.head->head, RING_BYTES);
	CHECK(ringmem_put(&mem, 3, 26, 1, 64));
	bpf_rings_look(&rings);
	CHECK_INT(bpf_rings_lend(&rings, &piece, NULL), 0);
	CHECK_INT(piece.len, 2000);
	check_bytes(&piece, 2);
	bpf_rings_give_back(&rings);
	CHECK(bpf_rings_oldest(&rings, &ts));
	CHECK_INT(ts, 3);
	CHECK_INT(bpf_rings_lend(&rings, &piece, NULL), 0);
	CHECK(piece.bytes == mem.data);
	bpf_rings_give_back(&rings);
	CHECK_INT(mem.head->tail, mem.head->head);
	tear_down(&rings, &mem, 1);
}

/* The writer of a full ring waits for what the reader gives back. */
TEST(full)
{
	struct ringmem mem;
	struct bpf_rings rings;
	struct bpf_piece piece;
	unsigned count = 0, again = 0;

	set_up(&rings, &mem, 1);
	while (ringmem_put(&mem, count, 100, 1, 128))
		count++;
	CHECK_INT(count, (RING_BYTES - 128) / 104 + 1);
	bpf_rings_look(&rings);
	CHECK_INT(rings.used_max, count * 104);
	CHECK_INT(bpf_rings_lend(&rings, &piece, NULL), 0);
	CHECK(!ringmem_put(&mem, 0, 100, 1, 128));
	for (again = 1; again < count; again++) {
		bpf_rings_give_back(&rings);
		CHECK_INT(bpf_rings_lend(&rings, &piece, NULL), 0);
	}
	bpf_rings_give_back(&rings);
	CHECK(ringmem_put(&mem, 0, 100, 1, 128));
	tear_down(&rings, &mem, 1);
}

/* A CPU can come later. */
TEST(a_ring_more)
{
	struct ringmem mems[2];
	struct bpf_rings rings;
	struct bpf_piece piece;

	set_up(&rings, mems, 1);
	CHECK(ringmem_put(&mems[0], 5, 30, 1, 64));
	bpf_rings_look(&rings);
	ringmem_init(&mems[1], RING_BYTES);
	bpf_rings_add(&rings, 2, mems[1].head, mems[1].data);
	CHECK(ringmem_put(&mems[1], 4, 30, 1, 64));
	bpf_rings_look(&rings);
	CHECK_INT(bpf_rings_lend(&rings, &piece, NULL), 0);
	CHECK_INT(piece.cpu, 2);
	tear_down(&rings, mems, 2);
}

static void check_refused(uint32_t len, uint64_t head)
{
	struct ringmem mem;
	struct bpf_rings rings;
	struct bpf_piece piece;
	struct eyas_err err = { 0 };

	set_up(&rings, &mem, 1);
	CHECK(ringmem_put(&mem, 1, 30, 1, 64));
	memcpy(mem.data + 16, &len, sizeof(len));
	mem.head->head = head;
	bpf_rings_look(&rings);
	CHECK_INT(bpf_rings_lend(&rings, &piece, &err), EYAS_E_FORMAT);
	CHECK(strstr(err.text, "CPU 0"));
	tear_down(&rings, &mem, 1);
}

TEST(broken)
{
	check_refused(0, 32);
	check_refused(25, 32);
	check_refused(33, 32);
	check_refused(EYAS_WIRE_EVENT_MAX + 1, 32);
	check_refused(UINT32_MAX, RING_BYTES);
	check_refused(30, RING_BYTES + 1);
	check_refused(30, UINT64_MAX);
}
