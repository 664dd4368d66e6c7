/* SPDX-License-Identifier: Apache-2.0 */
/* What do the sums of reads and writes say, and which of them are nobody's any more? */
#include "capture/bpf_sums.h"

#include <errno.h>
#include <string.h>

#include <eyas/event.h>

#include "base/clock.h"
#include "base/le.h"

enum { PLACES_DEFAULT = 65536, PLACES_MIN = 64, PLACES_MAX = 4194304 };

/*
 * A program that found a sum before it was given up may still add to it: for less than a
 * microsecond, during which it is not interrupted. So long it has for that, in case its CPU is a
 * virtual one that does not run.
 */
#define GRACE_NS UINT64_C(1000000000)

/* In the last word of a place that the reader took from a living thread. */
#define GIVEN_UP (UINT64_C(1) << 63)

uint32_t bpf_sums_buckets(uint32_t places)
{
	uint32_t count = PLACES_MIN;

	if (!places)
		places = PLACES_DEFAULT;
	while (count < places && count < PLACES_MAX)
		count *= 2;
	return count / EYAS_WIRE_SUM_WAYS;
}

uint32_t bpf_sums_shift(uint32_t nbuckets)
{
	uint32_t shift = 64;

	for (; nbuckets > 1; nbuckets /= 2)
		shift--;
	return shift;
}

static uint64_t monotonic_ns(void)
{
	return eyas_clock_ns(CLOCK_MONOTONIC);
}

void bpf_sums_init(struct bpf_sums *sums, void *at, uint32_t nbuckets, uint64_t tick_ns)
{
	memset(sums, 0, sizeof(*sums));
	sums->buckets = at;
	sums->nbuckets = nbuckets;
	sums->tick_ns = tick_ns;
	sums->at = nbuckets * EYAS_WIRE_SUM_WAYS;
	sums->clock_ns = monotonic_ns;
}

/* ---- places ---- */

static uint64_t key_of(uint32_t tid, uint32_t fd)
{
	return tid | (uint64_t)fd << 32;
}

static uint32_t tid_of(uint64_t key)
{
	return (uint32_t)(key & (EYAS_WIRE_SUM_BUSY - 1));
}

static uint32_t fd_of(uint64_t key)
{
	return (uint32_t)(key >> 32) & 0x7fffffff;
}

static uint64_t load(const __u64 *value)
{
	return __atomic_load_n(value, __ATOMIC_ACQUIRE);
}

static struct eyas_wire_sum_bucket *bucket_of(const struct bpf_sums *sums, uint64_t key)
{
	return &sums->buckets[EYAS_WIRE_SUM_BUCKET(key, bpf_sums_shift(sums->nbuckets))];
}

static struct eyas_wire_sum *find(const struct bpf_sums *sums, uint64_t key)
{
	struct eyas_wire_sum_bucket *bucket = bucket_of(sums, key);
	unsigned i;

	for (i = 0; i < EYAS_WIRE_SUM_WAYS; i++)
		if (load(&bucket->sums[i].key) == key)
			return &bucket->sums[i];
	return NULL;
}

/* From programs to the reader: false if a program was faster. */
static bool take(struct eyas_wire_sum *sum, uint64_t key)
{
	uint64_t from = key;

	return __atomic_compare_exchange_n(&sum->key, &from, key | EYAS_WIRE_SUM_OVER, false,
					   __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
}

/* From the reader to whoever wants it. */
static void give_back(struct eyas_wire_sum *sum)
{
	memset((char *)sum + sizeof(sum->key), 0, sizeof(*sum) - sizeof(sum->key));
	__atomic_store_n(&sum->key, 0, __ATOMIC_RELEASE);
}

/* False if nothing was added. */
static bool read_sum(const struct bpf_sums *sums, const struct eyas_wire_sum *sum, uint64_t key,
		     struct eyas_io_sums *ret_sums)
{
	uint64_t last_tick = load(&sum->last_tick);

	ret_sums->tid = tid_of(key);
	ret_sums->fd = fd_of(key);
	ret_sums->began_ts_ns = load(&sum->began_ns);
	ret_sums->last_ts_ns = ret_sums->began_ts_ns +
			       (last_tick - load(&sum->began_tick)) * sums->tick_ns;
	ret_sums->read_ops = load(&sum->ops[0]);
	ret_sums->write_ops = load(&sum->ops[1]);
	ret_sums->read_bytes = load(&sum->bytes[0]);
	ret_sums->write_bytes = load(&sum->bytes[1]);
	return last_tick != 0;
}

enum life { LIVING, GONE_LATER, GONE };

/* Is there a thread to a sum, or was it gone by the limit? Its head says so. */
static enum life life_of(const struct bpf_sums *sums, uint32_t tid, uint64_t began_ns,
			 uint64_t limit_ns)
{
	uint64_t key = key_of(tid, EYAS_WIRE_SUM_HEAD_FD), found;
	struct eyas_wire_sum_bucket *bucket = bucket_of(sums, key);
	enum life life = LIVING;
	unsigned i;

	for (i = 0; i < EYAS_WIRE_SUM_WAYS; i++) {
		struct eyas_wire_sum *head = &bucket->sums[i];

		found = load(&head->key);
		if ((found & ~EYAS_WIRE_SUM_OVER) != key || load(&head->began_ns) > began_ns)
			continue;
		/* Ids come again: of those with this one, it was the last that is old enough. */
		if (found == key)
			return LIVING;
		life = load(&head->ident) <= limit_ns ? GONE : GONE_LATER;
	}
	return life;
}

/* ---- asking for one ---- */

/*
 * A place that was taken from a thread that lives. A program that found it just before may add one
 * more call, so it says meanwhile what was told, in the words that programs do not add to.
 */
static void give_up(struct bpf_sums *sums, struct eyas_wire_sum *sum,
		    const struct eyas_io_sums *told)
{
	sum->began_ns = told->read_bytes + told->write_bytes;
	sum->began_tick = told->read_ops;
	sum->is_unix = told->write_ops | GIVEN_UP;
	__atomic_store_n(&sum->ident, sums->clock_ns(), __ATOMIC_RELEASE);
	sums->again = true;
}

/* What was added since: false if nothing was. It is a sum of its own. */
static bool read_rest(const struct eyas_wire_sum *sum, struct eyas_io_sums *ret_sums)
{
	uint64_t bytes = load(&sum->bytes[0]) + load(&sum->bytes[1]) - sum->began_ns;

	ret_sums->began_ts_ns = sum->ident;
	ret_sums->last_ts_ns = sum->ident;
	ret_sums->read_ops = load(&sum->ops[0]) - sum->began_tick;
	ret_sums->write_ops = load(&sum->ops[1]) - (sum->is_unix & ~GIVEN_UP);
	ret_sums->read_bytes = ret_sums->read_ops ? bytes : 0;
	ret_sums->write_bytes = ret_sums->read_ops ? 0 : bytes;
	return ret_sums->read_ops || ret_sums->write_ops;
}

int bpf_sums_get(struct bpf_sums *sums, int64_t tid, int64_t fd, bool last, uint64_t until_ns,
		 struct eyas_io_sums *ret_sums)
{
	struct eyas_wire_sum *sum;
	struct eyas_io_sums got;
	enum life life;
	uint64_t key;
	bool any;

	if (!sums->buckets || tid <= 0 || tid >= (int64_t)EYAS_WIRE_SUM_BUSY || fd < 0 ||
	    fd >= EYAS_WIRE_SUM_HEAD_FD)
		return -ENOENT;
	key = key_of((uint32_t)tid, (uint32_t)fd);
	/* Each round but the last one means that a sum ended and another one began meanwhile. */
	do {
		sum = find(sums, key);
		if (!sum)
			return -ENOENT;
		any = read_sum(sums, sum, key, &got);
	} while (load(&sum->key) != key || load(&sum->began_ns) != got.began_ts_ns);
	if (got.began_ts_ns > until_ns)
		return -ENOENT;
	/* Should the thread have ended the sum right now, the rest of it is in a ring. */
	if (last && take(sum, key)) {
		/* Asked first: of a thread that is gone by now, all is there to be read. */
		life = life_of(sums, (uint32_t)tid, got.began_ts_ns, UINT64_MAX);
		any = read_sum(sums, sum, key, &got);
		if (life == GONE)
			give_back(sum);
		else
			give_up(sums, sum, &got);
	}
	if (!any)
		return -ENOENT;
	*ret_sums = got;
	return 0;
}

/* ---- sweeping ---- */

void bpf_sums_sweep(struct bpf_sums *sums, uint64_t limit_ns)
{
	sums->limit_ns = limit_ns;
	sums->at = 0;
	sums->again = false;
}

/* One that is the reader's: not before the events up to then were handed on, and it is let go of. */
static bool sweep_over(struct bpf_sums *sums, struct eyas_wire_sum *sum, uint64_t key,
		       struct eyas_io_sums *ret_sums)
{
	uint64_t over_ns = load(&sum->ident);
	bool any;

	if (fd_of(key) == EYAS_WIRE_SUM_HEAD_FD)
		return false;
	if (over_ns > sums->limit_ns || sums->limit_ns - over_ns < GRACE_NS) {
		sums->again = true;
		return false;
	}
	any = read_sum(sums, sum, key, ret_sums);
	if (sum->is_unix & GIVEN_UP)
		any = read_rest(sum, ret_sums);
	give_back(sum);
	return any;
}

static bool sweep_living(struct bpf_sums *sums, struct eyas_wire_sum *sum, uint64_t key,
			 struct eyas_io_sums *ret_sums)
{
	enum life life;
	bool any;

	if (fd_of(key) == EYAS_WIRE_SUM_HEAD_FD)
		return false;
	life = life_of(sums, tid_of(key), load(&sum->began_ns), sums->limit_ns);
	if (life == GONE && take(sum, key)) {
		any = read_sum(sums, sum, key, ret_sums);
		give_back(sum);
		return any;
	}
	if (life == GONE_LATER)
		sums->again = true;
	return false;
}

static struct eyas_wire_sum *place(const struct bpf_sums *sums, uint32_t at)
{
	return &sums->buckets[at / EYAS_WIRE_SUM_WAYS].sums[at % EYAS_WIRE_SUM_WAYS];
}

/* Their sums were taken. */
static void sweep_heads(struct bpf_sums *sums)
{
	struct eyas_wire_sum *head;
	uint64_t key;
	uint32_t at;

	for (at = 0; at < sums->nbuckets * EYAS_WIRE_SUM_WAYS; at++) {
		head = place(sums, at);
		key = load(&head->key);
		if (fd_of(key) != EYAS_WIRE_SUM_HEAD_FD || !(key & EYAS_WIRE_SUM_OVER))
			continue;
		if (load(&head->ident) <= sums->limit_ns)
			give_back(head);
		else
			sums->again = true;
	}
}

bool bpf_sums_swept(struct bpf_sums *sums, struct eyas_io_sums *ret_sums)
{
	uint32_t end = sums->nbuckets * EYAS_WIRE_SUM_WAYS;
	struct eyas_wire_sum *sum;
	struct eyas_io_sums found;
	uint64_t key;

	if (sums->at == end)
		return false;
	while (sums->at < end) {
		sum = place(sums, sums->at++);
		key = load(&sum->key);
		if (!key || key & EYAS_WIRE_SUM_BUSY)
			continue;
		if (key & EYAS_WIRE_SUM_OVER ? sweep_over(sums, sum, key, &found)
					     : sweep_living(sums, sum, key, &found)) {
			*ret_sums = found;
			return true;
		}
	}
	sweep_heads(sums);
	return false;
}

/* ---- records ---- */

static uint8_t *word(uint8_t *bytes, unsigned index)
{
	return bytes + EYAS_EVENT_HEADER_SIZE + 8 * (size_t)index;
}

void bpf_sums_settle_record(uint8_t *bytes, uint64_t tick_ns, uint64_t shift)
{
	uint64_t began_ns = eyas_le64(word(bytes, EYAS_WIRE_SUM_RECORD_BEGAN_NS)) + shift;
	uint8_t *ticks = word(bytes, EYAS_WIRE_SUM_RECORD_TICKS);

	eyas_put_le64(word(bytes, EYAS_WIRE_SUM_RECORD_BEGAN_NS), began_ns);
	eyas_put_le64(ticks, began_ns + eyas_le64(ticks) * tick_ns);
}

void bpf_sums_make_record(uint8_t *bytes, const struct eyas_io_sums *sums, uint64_t ts_ns)
{
	eyas_put_le64(bytes, ts_ns);
	eyas_put_le64(bytes + 8, (uint64_t)sums->tid);
	eyas_put_le32(bytes + 16, BPF_SUM_RECORD_BYTES);
	eyas_put_le16(bytes + 20, EYAS_WIRE_SUM_TYPE);
	eyas_put_le32(bytes + 22, 0);
	eyas_put_le64(word(bytes, EYAS_WIRE_SUM_RECORD_FD), (uint64_t)sums->fd);
	eyas_put_le64(word(bytes, EYAS_WIRE_SUM_RECORD_BEGAN_NS), sums->began_ts_ns);
	eyas_put_le64(word(bytes, EYAS_WIRE_SUM_RECORD_TICKS), sums->last_ts_ns);
	eyas_put_le64(word(bytes, EYAS_WIRE_SUM_RECORD_OPS), sums->read_ops);
	eyas_put_le64(word(bytes, EYAS_WIRE_SUM_RECORD_OPS + 1), sums->write_ops);
	eyas_put_le64(word(bytes, EYAS_WIRE_SUM_RECORD_BYTES), sums->read_bytes);
	eyas_put_le64(word(bytes, EYAS_WIRE_SUM_RECORD_BYTES + 1), sums->write_bytes);
}

void bpf_sums_event(uint8_t *bytes, struct eyas_event *ret_event)
{
	static const struct eyas_event_info info = { .constant = "SUMS", .name = "sums" };

	memset(ret_event, 0, sizeof(*ret_event));
	ret_event->info = &info;
	ret_event->bytes = bytes;
	ret_event->values = bytes + EYAS_EVENT_HEADER_SIZE;
	ret_event->ts_ns = eyas_le64(bytes);
	ret_event->tid = eyas_le64(bytes + 8);
	ret_event->len = BPF_SUM_RECORD_BYTES;
	ret_event->flags = EYAS_EVENT_SUMS;
	ret_event->type = EYAS_WIRE_SUM_TYPE;
	ret_event->len_size = 2;
}

int eyas_live_event_sums(const struct eyas_event *event, struct eyas_io_sums *ret_sums)
{
	uint8_t *bytes = (uint8_t *)(uintptr_t)event->bytes;

	if (!(event->flags & EYAS_EVENT_SUMS))
		return 0;
	*ret_sums = (struct eyas_io_sums){
		.tid = (int64_t)event->tid,
		.fd = (int64_t)eyas_le64(word(bytes, EYAS_WIRE_SUM_RECORD_FD)),
		.began_ts_ns = eyas_le64(word(bytes, EYAS_WIRE_SUM_RECORD_BEGAN_NS)),
		.last_ts_ns = eyas_le64(word(bytes, EYAS_WIRE_SUM_RECORD_TICKS)),
		.read_ops = eyas_le64(word(bytes, EYAS_WIRE_SUM_RECORD_OPS)),
		.write_ops = eyas_le64(word(bytes, EYAS_WIRE_SUM_RECORD_OPS + 1)),
		.read_bytes = eyas_le64(word(bytes, EYAS_WIRE_SUM_RECORD_BYTES)),
		.write_bytes = eyas_le64(word(bytes, EYAS_WIRE_SUM_RECORD_BYTES + 1)),
	};
	return 1;
}
