/* SPDX-License-Identifier: Apache-2.0 */
/* The last events in memory: what is in it, in which order, and what it takes. */
#include "unit/harness.h"

#include <stdlib.h>
#include <string.h>

#include "detect/ring.h"
#include "schema/ids.h"

enum { KIB = 1024 };

/* A write of size bytes of data; its time, thread and data are made of number. */
static void make(uint64_t number, size_t size, struct eyas_event *ret_event)
{
	static uint8_t bytes[300 * KIB], data[66 * KIB];
	struct eyas_encoder enc;
	int len;

	memset(data, (int)(number & 0xff), size);
	eyas_encoder_begin(&enc, bytes, sizeof(bytes), EYAS_EV_SYSCALL_WRITE_X, number * 10,
			   number * 3);
	eyas_put_int(&enc, (int64_t)size);
	eyas_put_bytes(&enc, data, size);
	eyas_put_int(&enc, 7);
	eyas_put_uint(&enc, size);
	len = eyas_encoder_end(&enc);
	CHECK(len > 0);
	CHECK_INT(eyas_event_view(bytes, (size_t)len, ret_event, NULL), 0);
	ret_event->cpu = (uint16_t)(number & 0x3f);
	ret_event->flags = (uint32_t)number << 16;
}

/* Is the event at place that one, in all that a view has? */
static void check(const struct detect_ring *ring, uint64_t place, uint64_t number, size_t size)
{
	struct eyas_event expected, event;
	struct eyas_param param;
	uint8_t note;

	make(number, size, &expected);
	detect_ring_get(ring, place, &event, &note);
	CHECK_INT(note, number & 1);
	CHECK_INT(event.ts_ns, number * 10);
	CHECK_INT(event.tid, number * 3);
	CHECK_INT(event.len, expected.len);
	CHECK(!memcmp(event.bytes, expected.bytes, event.len));
	CHECK(event.info == expected.info);
	CHECK_INT(event.values - event.bytes, expected.values - expected.bytes);
	CHECK_INT(event.values_len, expected.values_len);
	CHECK_INT(event.flags, expected.flags);
	CHECK_INT(event.type, expected.type);
	CHECK_INT(event.cpu, expected.cpu);
	CHECK_INT(event.nparams, expected.nparams);
	CHECK_INT(event.len_size, expected.len_size);
	CHECK_INT(eyas_event_param(&event, 1, &param), size ? 1 : 0);
	CHECK_INT(param.len, size);
}

static bool put(struct detect_ring *ring, uint64_t number, size_t size)
{
	struct eyas_event event;
	uint64_t place;

	make(number, size, &event);
	return detect_ring_put(ring, &event, number & 1, &place);
}

TEST(events_are_kept_whole_and_in_order)
{
	struct detect_ring ring;
	struct eyas_event event;
	uint64_t number, place, end = 0;

	detect_ring_init(&ring, 64 * KIB);
	CHECK(detect_ring_empty(&ring));
	CHECK(!put(&ring, 1, 10));
	make(1, 10, &event);
	CHECK(detect_ring_grow(&ring, &event, &end));
	for (number = 1; put(&ring, number, number % 200); number++)
		;
	CHECK_INT(ring.count, number - 1);
	CHECK_INT(detect_ring_oldest_ns(&ring), 10);
	CHECK(ring.count > 64 * KIB / 300);
	place = ring.first;
	for (number = 1; place != ring.last; number++) {
		check(&ring, place, number, number % 200);
		place = detect_ring_next(&ring, place);
	}
	CHECK_INT(number, ring.count + 1);
	detect_ring_fini(&ring);
}

/* Round and round, with events of any size, so that all ways to meet the end of memory come. */
TEST(old_ones_make_room_for_new_ones)
{
	size_t sizes[4096];
	struct detect_ring ring;
	struct eyas_event event;
	uint64_t number, oldest = 1, place, end = 0;

	detect_ring_init(&ring, 64 * KIB);
	make(1, 1, &event);
	CHECK(detect_ring_grow(&ring, &event, &end));
	srand(1);
	for (number = 1; number < 20000; number++) {
		size_t size = (size_t)rand() % (number % 50 ? 300 : 40 * KIB);

		sizes[number % 4096] = size;
		while (!put(&ring, number, size)) {
			CHECK(!detect_ring_empty(&ring));
			check(&ring, ring.first, oldest, sizes[oldest % 4096]);
			CHECK_INT(detect_ring_oldest_ns(&ring), oldest * 10);
			detect_ring_drop(&ring);
			oldest++;
		}
		CHECK_INT(ring.count, number - oldest + 1);
		CHECK(detect_ring_bytes(&ring) <= 64 * KIB);
	}
	for (place = ring.first; place != ring.last;
	     place = detect_ring_next(&ring, place), oldest++)
		check(&ring, place, oldest, sizes[oldest % 4096]);
	CHECK_INT(oldest, number);
	detect_ring_fini(&ring);
}

TEST(it_grows_up_to_its_limit_with_what_is_in_it)
{
	struct detect_ring ring;
	struct eyas_event event;
	uint64_t number, first = 1, place, at, marked = 0;

	detect_ring_init(&ring, 300 * KIB); /* 256 */
	make(1, 100, &event);
	for (number = 1; number < 10000; number++) {
		make(number, 100, &event);
		if (detect_ring_put(&ring, &event, number & 1, &at)) {
			if (number == 900)
				marked = at;
			/* Not from its beginning on, so that what is in it goes across the end. */
			if (number < 800) {
				detect_ring_drop(&ring);
				first++;
			}
			continue;
		}
		if (!detect_ring_grow(&ring, &event, &marked))
			break;
		number--;
	}
	CHECK_INT(ring.cap, 256 * KIB);
	CHECK(detect_ring_bytes(&ring) <= 256 * KIB);
	CHECK(marked != 0);
	check(&ring, marked, 900, 100);
	place = ring.first;
	for (at = first; place != ring.last; at++, place = detect_ring_next(&ring, place))
		check(&ring, place, at, 100);
	CHECK_INT(at, number);
	detect_ring_fini(&ring);
}

TEST(a_place_at_the_end_stays_there)
{
	struct detect_ring ring;
	struct eyas_event event;
	uint64_t place = 0, at;

	detect_ring_init(&ring, 256 * KIB);
	make(1, 40 * KIB, &event);
	CHECK(detect_ring_grow(&ring, &event, &place));
	CHECK(detect_ring_put(&ring, &event, 1, &at));
	place = ring.last;
	CHECK(!detect_ring_put(&ring, &event, 1, &at));
	CHECK(detect_ring_grow(&ring, &event, &place));
	CHECK_INT(place, ring.last);
	detect_ring_fini(&ring);
}

TEST(what_can_never_have_room_is_refused)
{
	struct detect_ring ring;
	struct eyas_event event;
	uint64_t place = 0, at;

	detect_ring_init(&ring, 0); /* 64 KiB, the smallest */
	make(1, 65535, &event);
	CHECK(!detect_ring_grow(&ring, &event, &place));
	CHECK(!detect_ring_put(&ring, &event, 1, &at));
	make(1, 63 * KIB, &event);
	CHECK(detect_ring_grow(&ring, &event, &place));
	CHECK(detect_ring_put(&ring, &event, 1, &at));
	make(2, 65535, &event);
	CHECK(!detect_ring_put(&ring, &event, 1, &at));
	CHECK(!detect_ring_grow(&ring, &event, &place));
	detect_ring_drop(&ring);
	/* Empty, wherever it stands. */
	make(3, 63 * KIB, &event);
	CHECK(detect_ring_put(&ring, &event, 1, &at));
	check(&ring, at, 3, 63 * KIB);
	detect_ring_clear(&ring);
	CHECK(detect_ring_empty(&ring));
	CHECK_INT(ring.count, 0);
	detect_ring_fini(&ring);
}
