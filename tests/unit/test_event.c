/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading events: the view over hostile bytes, the check of every type, the accessors. Events
 * are built by hand here, byte by byte, so that the encoder's mistakes cannot hide the view's.
 * Each lies in memory of exactly its size: AddressSanitizer sees a read past it.
 */
#include "unit/harness.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/le.h"
#include "schema/event.h"
#include "schema/ids.h"

/* An event in memory of its own. */
struct made {
	uint8_t *bytes;
	size_t size;
};

static struct made make(unsigned type, uint32_t nparams, const uint32_t *lens, const void *values,
			size_t values_len)
{
	unsigned len_size = eyas_event_info(type)->flags & EYAS_EF_LARGE_PAYLOAD ? 4 : 2;
	struct made made;
	uint32_t i;

	made.size = EYAS_EVENT_HEADER_SIZE + nparams * len_size + values_len;
	made.bytes = malloc(made.size);
	CHECK(made.bytes);
	eyas_put_le64(made.bytes, 1000);
	eyas_put_le64(made.bytes + 8, 42);
	eyas_put_le32(made.bytes + 16, (uint32_t)made.size);
	eyas_put_le16(made.bytes + 20, (uint16_t)type);
	eyas_put_le32(made.bytes + 22, nparams);
	for (i = 0; i < nparams; i++)
		if (len_size == 2)
			eyas_put_le16(made.bytes + EYAS_EVENT_HEADER_SIZE + 2 * i,
				      (uint16_t)lens[i]);
		else
			eyas_put_le32(made.bytes + EYAS_EVENT_HEADER_SIZE + 4 * i, lens[i]);
	if (values_len)
		memcpy(made.bytes + made.size - values_len, values, values_len);
	return made;
}

/* read: res 5, data "hello", fd 3, size 5 */
static struct made make_read(void)
{
	static const uint32_t lens[] = { 8, 5, 8, 4 };
	static const uint8_t values[] = { 5, 0, 0, 0, 0, 0, 0, 0, 'h', 'e', 'l', 'l', 'o',
					  3, 0, 0, 0, 0, 0, 0, 0, 5,   0,   0,	 0 };

	return make(EYAS_EV_SYSCALL_READ_X, 4, lens, values, sizeof(values));
}

TEST(view)
{
	struct made made = make_read();
	struct eyas_event event;

	memset(&event, 0xff, sizeof(event));
	CHECK_INT(eyas_event_view(made.bytes, made.size, &event, NULL), 0);
	CHECK(event.info == eyas_event_info(EYAS_EV_SYSCALL_READ_X));
	CHECK(event.bytes == made.bytes);
	CHECK(event.values == made.bytes + 26 + 8);
	CHECK_INT(event.ts_ns, 1000);
	CHECK_INT(event.tid, 42);
	CHECK_INT(event.len, made.size);
	CHECK_INT(event.type, 7);
	CHECK_INT(event.nparams, 4);
	CHECK_INT(event.len_size, 2);
	CHECK_INT(event.num, 0);
	CHECK_INT(event.offset, 0);
	CHECK_INT(event.flags, 0);
	CHECK_INT(event.cpu, 0);
	free(made.bytes);
}

/* Every prefix of an event is refused, and the result is left alone. */
TEST(view_prefixes)
{
	struct made made = make_read();
	struct eyas_event event = { .ts_ns = 77 };
	struct eyas_err err;
	uint8_t *copy;
	size_t n;

	for (n = 0; n < made.size; n++) {
		copy = malloc(n ? n : 1);
		CHECK(copy);
		memcpy(copy, made.bytes, n);
		CHECK_INT(eyas_event_view(copy, n, &event, &err), EYAS_E_TRUNC);
		CHECK_INT(err.code, EYAS_E_TRUNC);
		CHECK(err.text[0]);
		CHECK_INT(event.ts_ns, 77);
		free(copy);
	}
	free(made.bytes);
}

/* Every length an event may claim to have: too short, exact, with bytes behind it, too long. */
TEST(view_event_length)
{
	struct made made = make_read();
	struct eyas_event event;
	uint32_t len;

	for (len = 0; len < made.size + 300; len++) {
		eyas_put_le32(made.bytes + 16, len);
		CHECK_INT(eyas_event_view(made.bytes, made.size, &event, NULL),
			  len == made.size ? 0 : EYAS_E_TRUNC);
	}
	eyas_put_le32(made.bytes + 16, UINT32_MAX);
	CHECK_INT(eyas_event_view(made.bytes, made.size, &event, NULL), EYAS_E_TRUNC);
	/* Fewer value bytes than the event has are slack, which is ignored. */
	eyas_put_le32(made.bytes + 16, (uint32_t)made.size);
	eyas_put_le16(made.bytes + 26 + 2, 3);
	CHECK_INT(eyas_event_view(made.bytes, made.size, &event, NULL), 0);
	/* Bytes behind the event belong to somebody else. */
	eyas_put_le16(made.bytes + 26 + 2, 4);
	eyas_put_le32(made.bytes + 16, (uint32_t)made.size - 1);
	CHECK_INT(eyas_event_view(made.bytes, made.size, &event, NULL), 0);
	CHECK_INT(event.len, made.size - 1);
	free(made.bytes);
}

TEST(view_nparams)
{
	static const uint32_t counts[] = {
		5, 9, 16, 17, 18, 255, 65535, 65536, 65540, 1U << 31, UINT32_MAX - 1, UINT32_MAX
	};
	struct made made = make_read();
	struct eyas_event event;
	size_t i;

	/* Taken for lengths, value bytes are too large or too many. */
	memset(made.bytes + 34, 0xff, made.size - 34);
	for (i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		eyas_put_le32(made.bytes + 22, counts[i]);
		CHECK_INT(eyas_event_view(made.bytes, made.size, &event, NULL), EYAS_E_TRUNC);
	}
	free(made.bytes);
}

TEST(view_types)
{
	struct made made = make_read();
	struct eyas_event event;
	unsigned type;

	for (type = EYAS_EVENT_TYPES; type <= 65535; type++) {
		eyas_put_le16(made.bytes + 20, (uint16_t)type);
		CHECK_INT(eyas_event_view(made.bytes, made.size, &event, NULL), EYAS_E_VERSION);
	}
	free(made.bytes);
}

/* Two parameters of eight bytes each: which lengths the view and the check accept. */
TEST(length_combinations)
{
	static const uint32_t lens[] = { 0,  1,	 2,  4,	  7,   8,     9,     12,
					 15, 16, 17, 255, 256, 32767, 32768, 65535 };
	static const uint8_t values[16];
	const size_t count = sizeof(lens) / sizeof(lens[0]);
	struct eyas_event event;
	struct eyas_param param;
	size_t i, j;

	for (i = 0; i < count; i++)
		for (j = 0; j < count; j++) {
			uint32_t pair[2] = { lens[i], lens[j] };
			struct made made = make(EYAS_EV_SYSCALL_CLOSE_X, 2, pair, values, 16);
			bool fits = lens[i] + lens[j] <= 16;
			bool good = (!lens[i] || lens[i] == 8) && (!lens[j] || lens[j] == 8);
			int64_t value;

			CHECK_INT(eyas_event_view(made.bytes, made.size, &event, NULL),
				  fits ? 0 : EYAS_E_TRUNC);
			if (fits) {
				CHECK_INT(eyas_event_check(&event, NULL), good ? 0 : EYAS_E_PARAM);
				CHECK_INT(eyas_event_param(&event, 1, &param), lens[j] != 0);
				CHECK_INT(param.len, lens[j]);
				CHECK(param.data == event.values + lens[i]);
				CHECK_INT(eyas_param_int(&param, &value), !lens[j] ? -ENOENT
									  : lens[j] == 8
										  ? 0
										  : EYAS_E_PARAM);
			}
			free(made.bytes);
		}
}

/* Lengths of 32 bits whose sum would wrap around in 32 bits. */
TEST(large_lengths)
{
	static const uint32_t wrap[] = { 0x80000000U, 0x80000004U };
	static const uint32_t huge[] = { 4, UINT32_MAX };
	static const uint32_t good[] = { 4, 6 };
	static const uint8_t values[] = { 9, 0, 0, 0, 'b', 'y', 't', 'e', 's', '!' };
	struct eyas_event event;
	struct eyas_param param;
	struct made made;

	made = make(EYAS_EV_PLUGINEVENT_E, 2, wrap, values, sizeof(values));
	CHECK_INT(eyas_event_view(made.bytes, made.size, &event, NULL), EYAS_E_TRUNC);
	free(made.bytes);
	made = make(EYAS_EV_PLUGINEVENT_E, 2, huge, values, sizeof(values));
	CHECK_INT(eyas_event_view(made.bytes, made.size, &event, NULL), EYAS_E_TRUNC);
	free(made.bytes);
	made = make(EYAS_EV_PLUGINEVENT_E, 2, good, values, sizeof(values));
	CHECK_INT(eyas_event_view(made.bytes, made.size, &event, NULL), 0);
	CHECK_INT(event.len_size, 4);
	CHECK_INT(eyas_event_check(&event, NULL), 0);
	CHECK_INT(eyas_event_param(&event, 1, &param), 1);
	CHECK_INT(param.len, 6);
	CHECK(!memcmp(param.data, "bytes!", 6));
	free(made.bytes);
}

/* A parameter of a large event beyond what 16 bits count. */
TEST(large_event)
{
	static const size_t size = 300000;
	uint32_t lens[2] = { 4, (uint32_t)size - 4 };
	uint8_t *values = calloc(1, size);
	struct eyas_event event;
	struct eyas_param param;
	struct made made;

	CHECK(values);
	values[size - 1] = 'z';
	made = make(EYAS_EV_PLUGINEVENT_E, 2, lens, values, size);
	CHECK_INT(eyas_event_view(made.bytes, made.size, &event, NULL), 0);
	CHECK_INT(eyas_event_param_find(&event, "event_data", &param), 1);
	CHECK_INT(param.len, size - 4);
	CHECK_INT(param.data[param.len - 1], 'z');
	free(made.bytes);
	free(values);
}

TEST(longest_param)
{
	uint32_t lens[4] = { 8, 65535, 8, 4 };
	uint8_t *values = calloc(1, 65535 + 20);
	struct eyas_event event;
	struct eyas_param param;
	struct made made;
	uint64_t number;

	CHECK(values);
	values[8 + 65534] = 'z';
	values[8 + 65535] = 6;
	made = make(EYAS_EV_SYSCALL_READ_X, 4, lens, values, 65535 + 20);
	CHECK_INT(eyas_event_view(made.bytes, made.size, &event, NULL), 0);
	CHECK_INT(eyas_event_check(&event, NULL), 0);
	CHECK_INT(eyas_event_param(&event, 1, &param), 1);
	CHECK_INT(param.len, 65535);
	CHECK_INT(param.data[65534], 'z');
	CHECK_INT(eyas_event_param(&event, 2, &param), 1);
	CHECK_INT(eyas_param_uint(&param, &number), 0);
	CHECK_INT(number, 6);
	free(made.bytes);
	free(values);
}

/* A newer writer: parameters beyond those of the type are not reachable and not in the way. */
TEST(more_params)
{
	static const uint32_t lens[] = { 8, 8, 3, 0, 2 };
	static const uint8_t values[] = { 1, 0, 0, 0, 0, 0,   0,   0,	2,   0,	 0,
					  0, 0, 0, 0, 0, 'x', 'y', 'z', 'u', 'v' };
	struct made made = make(EYAS_EV_SYSCALL_CLOSE_X, 5, lens, values, sizeof(values));
	struct eyas_param_iter iter;
	struct eyas_event event;
	struct eyas_param param;
	unsigned count = 0;
	int64_t number;

	CHECK_INT(eyas_event_view(made.bytes, made.size, &event, NULL), 0);
	CHECK_INT(event.nparams, 2);
	CHECK_INT(eyas_event_check(&event, NULL), 0);
	CHECK_INT(eyas_event_param(&event, 1, &param), 1);
	CHECK_INT(eyas_param_int(&param, &number), 0);
	CHECK_INT(number, 2);
	CHECK_INT(eyas_event_param(&event, 2, &param), 0);
	CHECK(!param.info && !param.len);
	CHECK_INT(eyas_param_int(&param, &number), -ENOENT);
	eyas_param_iter_init(&iter, &event);
	while (eyas_param_iter_next(&iter, &param))
		count++;
	CHECK_INT(count, 2);
	free(made.bytes);
}

/* An older writer: parameters that are not there read as missing, with their info. */
TEST(fewer_params)
{
	static const uint32_t lens[] = { 8 };
	static const uint8_t values[] = { 0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };
	struct made made = make(EYAS_EV_SYSCALL_READ_X, 1, lens, values, sizeof(values));
	struct eyas_param_iter iter;
	struct eyas_event event;
	struct eyas_param param;
	unsigned count = 0;
	int64_t number;
	uint64_t bits;
	const char *text;
	size_t len;

	CHECK_INT(eyas_event_view(made.bytes, made.size, &event, NULL), 0);
	CHECK_INT(event.nparams, 1);
	CHECK_INT(eyas_event_check(&event, NULL), 0);
	CHECK_INT(eyas_event_param(&event, 0, &param), 1);
	CHECK_INT(eyas_param_int(&param, &number), 0);
	CHECK_INT(number, -2);
	CHECK_INT(eyas_param_uint(&param, &bits), 0);
	CHECK(bits == UINT64_MAX - 1);
	CHECK_INT(eyas_event_param(&event, 2, &param), 0);
	CHECK_STR(param.info->name, "fd");
	CHECK_INT(eyas_param_int(&param, &number), -ENOENT);
	CHECK_INT(eyas_event_param_find(&event, "size", &param), 0);
	CHECK_STR(param.info->name, "size");
	CHECK_INT(eyas_event_param_find(&event, "no such", &param), 0);
	CHECK(!param.info);
	CHECK_INT(eyas_param_str(&param, &text, &len), -ENOENT);
	eyas_param_iter_init(&iter, &event);
	while (eyas_param_iter_next(&iter, &param)) {
		CHECK(param.info == &event.info->params[count]);
		CHECK_INT(param.len, count ? 0 : 8);
		count++;
	}
	CHECK_INT(count, 4);
	free(made.bytes);
}

/* No parameters at all, neither in the event nor in its type. */
TEST(no_params)
{
	struct made made = make(EYAS_EV_SYSCALL_READ_X, 0, NULL, NULL, 0);
	struct eyas_event event;
	struct eyas_param param;

	CHECK_INT(eyas_event_view(made.bytes, made.size, &event, NULL), 0);
	CHECK_INT(eyas_event_check(&event, NULL), 0);
	CHECK_INT(eyas_event_param(&event, 0, &param), 0);
	CHECK_INT(eyas_event_param(&event, UINT32_MAX, &param), 0);
	CHECK(!param.info);
	free(made.bytes);
}

TEST(iteration_agrees)
{
	struct made made = make_read();
	struct eyas_param_iter iter;
	struct eyas_param a, b;
	struct eyas_event event;
	unsigned i = 0;

	CHECK_INT(eyas_event_view(made.bytes, made.size, &event, NULL), 0);
	eyas_param_iter_init(&iter, &event);
	while (eyas_param_iter_next(&iter, &a)) {
		CHECK_INT(eyas_event_param(&event, i, &b), 1);
		CHECK(a.info == b.info && a.data == b.data && a.len == b.len);
		CHECK_INT(eyas_event_param_find(&event, a.info->name, &b), 1);
		CHECK(a.data == b.data);
		i++;
	}
	CHECK_INT(i, 4);
	CHECK_INT(eyas_param_iter_next(&iter, &a), 0);
	free(made.bytes);
}

/* Sizes the check accepts for a type, given the first bytes of the value. */
static void check_sizes(unsigned type, const uint8_t *value, const uint32_t *good, size_t ngood)
{
	const struct eyas_variant variants[] = { { EYAS_PT_UINT32, EYAS_FMT_DEC },
						 { EYAS_PT_CHARBUF, EYAS_FMT_NA } };
	const struct eyas_variant_table table = { "two", variants, 2 };
	struct eyas_param_info info = { "value", (uint8_t)type, EYAS_FMT_DEC, -1, 0, { NULL } };
	const struct eyas_event_info event_info = { "MADE_X", "made", &info, 0, 0, 1 };
	struct eyas_event event = { .info = &event_info, .nparams = 1, .len_size = 2 };
	struct eyas_err err;
	uint32_t len;
	bool want;
	size_t i;

	if (type == EYAS_PT_DYN) {
		info.has_table = 2;
		info.table.variants = &table;
	}
	for (len = 0; len < 60; len++) {
		uint8_t *bytes = malloc(28 + len);

		CHECK(bytes);
		eyas_put_le16(bytes + 26, (uint16_t)len);
		memset(bytes + 28, 0, len);
		memcpy(bytes + 28, value, len < 4 ? len : 4);
		event.bytes = bytes;
		event.values = bytes + 28;
		event.len = 28 + len;
		want = !len;
		for (i = 0; i < ngood; i++)
			want |= good[i] == len || (good[i] == UINT32_MAX && len >= good[i - 1]);
		err.code = 0;
		if (eyas_event_check(&event, &err) != (want ? 0 : EYAS_E_PARAM))
			test_fail(__FILE__, __LINE__, "%s of %u bytes: want %d",
				  eyas_type_info(type)->name, len, want);
		CHECK_INT(err.code, want ? 0 : EYAS_E_PARAM);
		free(bytes);
	}
}

#define SIZES(type, value, ...) \
	do { \
		static const uint32_t good_[] = { __VA_ARGS__ }; \
		check_sizes(EYAS_PT_##type, (const uint8_t *)(value), good_, \
			    sizeof(good_) / sizeof(good_[0])); \
	} while (0)
#define ANY 1, UINT32_MAX

TEST(check_types)
{
	SIZES(INT8, "\0\0\0", 1);
	SIZES(INT16, "\0\0\0", 2);
	SIZES(INT32, "\0\0\0", 4);
	SIZES(INT64, "\0\0\0", 8);
	SIZES(UINT8, "\0\0\0", 1);
	SIZES(UINT16, "\0\0\0", 2);
	SIZES(UINT32, "\0\0\0", 4);
	SIZES(UINT64, "\0\0\0", 8);
	SIZES(ERRNO, "\0\0\0", 8);
	SIZES(FD, "\0\0\0", 8);
	SIZES(FD32, "\0\0\0", 4);
	SIZES(PID, "\0\0\0", 8);
	SIZES(SYSCALLID, "\0\0\0", 2);
	SIZES(SIGTYPE, "\0\0\0", 1);
	SIZES(DOUBLE, "\0\0\0", 8);
	SIZES(IPV4ADDR, "\0\0\0", 4);
	SIZES(IPV6ADDR, "\0\0\0", 16);
	SIZES(IPADDR, "\0\0\0", 4, 16);
	SIZES(CHARBUF, "\0\0\0", ANY);
	SIZES(FSPATH, "abc", ANY);
	SIZES(BYTEBUF, "\0\0\0", ANY);
	SIZES(CHARBUFARRAY, "abc", ANY);
	/* By family: IPv4, IPv6, unix, another. */
	SIZES(SOCKADDR, "\2\0\0", 7);
	SIZES(SOCKADDR, "\12\0\0", 19);
	SIZES(SOCKADDR, "\1ab", ANY);
	SIZES(SOCKADDR, "\20\0\0", ANY);
	SIZES(SOCKTUPLE, "\2\0\0", 13);
	SIZES(SOCKTUPLE, "\12\0\0", 37);
	SIZES(SOCKTUPLE, "\1\0\0", 17, UINT32_MAX);
	SIZES(SOCKTUPLE, "\20\0\0", ANY);
	/* By count. */
	SIZES(FDLIST, "\0\0\0", 2);
	SIZES(FDLIST, "\1\0\0", 12);
	SIZES(FDLIST, "\5\0\0", 52);
	SIZES(FDLIST, "\377\377\0", 60000);
	/* By variant: a number, a string, none. */
	SIZES(DYN, "\0\0\0", 5);
	SIZES(DYN, "\1ab", ANY);
	SIZES(DYN, "\2\0\0", 60000);
	SIZES(DYN, "\377\0\0", 60000);
}

/* What view and check say of an event, the one pass over both says, too. */
static void same_in_one_pass(const struct made *made)
{
	struct eyas_event two, one;
	struct eyas_err err;
	int want = eyas_event_view(made->bytes, made->size, &two, &err);

	if (!want)
		want = eyas_event_check(&two, &err);
	CHECK_INT(eyas_event_view_checked(made->bytes, made->size, &one, &err), want);
	if (want)
		return;
	CHECK(one.info == two.info && one.bytes == two.bytes && one.values == two.values);
	CHECK(one.ts_ns == two.ts_ns && one.tid == two.tid && !one.num && !one.offset);
	CHECK_INT(one.len, two.len);
	CHECK_INT(one.values_len, two.values_len);
	CHECK_INT(one.type, two.type);
	CHECK_INT(one.nparams, two.nparams);
	CHECK_INT(one.len_size, two.len_size);
	CHECK_INT(one.flags, 0);
	CHECK_INT(one.cpu, 0);
}

/* Of every type, each parameter in every size up to 300, alone and behind others. */
TEST(view_and_check_in_one_pass)
{
	static const uint8_t values[300 + 16 * (EYAS_PARAMS_MAX + 1)] = { EYAS_AF_INET };
	uint32_t lens[EYAS_PARAMS_MAX + 1], nparams, len, i, sum;
	struct made made;
	unsigned type;

	for (type = 0; type < EYAS_EVENT_TYPES; type++)
		for (nparams = 0; nparams <= eyas_event_info(type)->nparams + 1U; nparams++)
			for (len = 0; len <= (nparams ? 300 : 0); len += len < 40 ? 1 : 5) {
				sum = 0;
				for (i = 0; i < nparams && i < EYAS_PARAMS_MAX + 1; i++) {
					lens[i] = i + 1 == nparams ? len : 0;
					sum += lens[i];
				}
				if (nparams > EYAS_PARAMS_MAX + 1)
					continue;
				made = make(type, nparams, lens, values, sum);
				same_in_one_pass(&made);
				/* The last value goes beyond the event. */
				made.size -= made.size > EYAS_EVENT_HEADER_SIZE;
				eyas_put_le32(made.bytes + 16, (uint32_t)made.size);
				same_in_one_pass(&made);
				free(made.bytes);
			}
}

/* The error names the parameter, the event, and the size that was expected. */
TEST(check_words)
{
	static const uint32_t lens[] = { 8, 4 };
	static const uint8_t values[12];
	struct made made = make(EYAS_EV_SYSCALL_CLOSE_X, 2, lens, values, sizeof(values));
	struct eyas_event event;
	struct eyas_err err;

	CHECK_INT(eyas_event_view(made.bytes, made.size, &event, NULL), 0);
	CHECK_INT(eyas_event_check(&event, &err), EYAS_E_PARAM);
	CHECK_STR(err.text, "parameter fd of close event has 4 bytes, type FD takes 8");
	free(made.bytes);
}

static struct eyas_param param_of(struct eyas_param_info *info, unsigned type, const void *data,
				  uint32_t len)
{
	struct eyas_param param = { info, data, len };

	memset(info, 0, sizeof(*info));
	info->name = "value";
	info->type = (uint8_t)type;
	return param;
}

TEST(integers)
{
	static const uint8_t ones[8] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };
	static const uint8_t top[8] = { 0, 0, 0, 0x80, 0, 0, 0, 0x80 };
	static const struct {
		unsigned type, len;
		const uint8_t *data;
		int64_t want;
	} rows[] = {
		{ EYAS_PT_INT8, 1, ones, -1 },
		{ EYAS_PT_INT16, 2, ones, -1 },
		{ EYAS_PT_INT32, 4, ones, -1 },
		{ EYAS_PT_INT64, 8, ones, -1 },
		{ EYAS_PT_UINT8, 1, ones, 255 },
		{ EYAS_PT_UINT16, 2, ones, 65535 },
		{ EYAS_PT_UINT32, 4, ones, UINT32_MAX },
		{ EYAS_PT_UINT64, 8, ones, -1 },
		{ EYAS_PT_INT32, 4, top, INT32_MIN },
		{ EYAS_PT_INT64, 8, top + 0, (int64_t)0x8000000080000000ULL },
		{ EYAS_PT_UINT32, 4, top, 0x80000000LL },
	};
	struct eyas_param_info info;
	struct eyas_param param;
	int64_t number;
	uint64_t bits;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		param = param_of(&info, rows[i].type, rows[i].data, rows[i].len);
		CHECK_INT(eyas_param_int(&param, &number), 0);
		CHECK_INT(number, rows[i].want);
		CHECK_INT(eyas_param_uint(&param, &bits), 0);
		CHECK(bits == (uint64_t)rows[i].want);
		param.len++;
		number = 77;
		CHECK_INT(eyas_param_int(&param, &number), EYAS_E_PARAM);
		CHECK_INT(number, 77);
	}
	param = param_of(&info, EYAS_PT_BYTEBUF, ones, 8);
	CHECK_INT(eyas_param_int(&param, &number), EYAS_E_PARAM);
	CHECK_INT(eyas_param_uint(&param, &bits), EYAS_E_PARAM);
}

TEST(strings)
{
	struct eyas_param_info info;
	struct eyas_param param = param_of(&info, EYAS_PT_FSPATH, "/etc\0", 5);
	const char *text = NULL;
	size_t len = 99;

	CHECK_INT(eyas_param_str(&param, &text, &len), 0);
	CHECK_INT(len, 4);
	CHECK(text == (const char *)param.data);
	/* The NUL left out, a NUL in the middle, the empty string. */
	param.len = 3;
	CHECK_INT(eyas_param_str(&param, &text, &len), 0);
	CHECK_INT(len, 3);
	param = param_of(&info, EYAS_PT_CHARBUF, "a\0b", 4);
	CHECK_INT(eyas_param_str(&param, &text, &len), 0);
	CHECK_INT(len, 1);
	param = param_of(&info, EYAS_PT_CHARBUF, "", 1);
	CHECK_INT(eyas_param_str(&param, &text, &len), 0);
	CHECK_INT(len, 0);
	param.len = 0;
	CHECK_INT(eyas_param_str(&param, &text, &len), -ENOENT);
	param = param_of(&info, EYAS_PT_BYTEBUF, "ab", 2);
	CHECK_INT(eyas_param_str(&param, &text, &len), EYAS_E_PARAM);
}

TEST(sockets)
{
	static const uint8_t inet[] = { 2, 127, 0, 0, 1, 0x90, 0x1f, 10, 1, 2, 3, 0x50, 0 };
	static const uint8_t unix_tuple[] = { 1, 1, 0, 0, 0, 0, 0, 0,	0x80, 2,
					      0, 0, 0, 0, 0, 0, 0, '/', 's',  0 };
	uint8_t inet6[37] = { 10 };
	struct eyas_param_info info;
	struct eyas_param param;
	struct eyas_sock sock;

	param = param_of(&info, EYAS_PT_SOCKTUPLE, inet, sizeof(inet));
	CHECK_INT(eyas_param_sock(&param, &sock), 0);
	CHECK_INT(sock.family, 2);
	CHECK(!memcmp(sock.src.addr, "\x7f\0\0\1", 4));
	CHECK_INT(sock.src.port, 8080);
	CHECK(!memcmp(sock.dst.addr, "\xa\1\2\3", 4));
	CHECK_INT(sock.dst.port, 80);
	CHECK(!sock.path);
	param = param_of(&info, EYAS_PT_SOCKADDR, inet, 7);
	CHECK_INT(eyas_param_sock(&param, &sock), 0);
	CHECK_INT(sock.src.port, 8080);
	CHECK_INT(sock.dst.port, 0);
	inet6[16] = 1;
	inet6[17] = 0x35;
	inet6[34] = 2;
	inet6[36] = 1;
	param = param_of(&info, EYAS_PT_SOCKTUPLE, inet6, sizeof(inet6));
	CHECK_INT(eyas_param_sock(&param, &sock), 0);
	CHECK_INT(sock.src.addr[15], 1);
	CHECK_INT(sock.src.port, 53);
	CHECK_INT(sock.dst.addr[15], 2);
	CHECK_INT(sock.dst.port, 256);
	param = param_of(&info, EYAS_PT_SOCKTUPLE, unix_tuple, sizeof(unix_tuple));
	CHECK_INT(eyas_param_sock(&param, &sock), 0);
	CHECK(sock.src.ptr == 0x8000000000000001ULL);
	CHECK(sock.dst.ptr == 2);
	CHECK_INT(sock.path_len, 2);
	CHECK(!memcmp(sock.path, "/s", 2));
	/* No path at all is not an empty path. */
	param.len = 17;
	CHECK_INT(eyas_param_sock(&param, &sock), 0);
	CHECK(!sock.path && !sock.path_len);
	param.len = 16;
	CHECK_INT(eyas_param_sock(&param, &sock), EYAS_E_PARAM);
	param = param_of(&info, EYAS_PT_SOCKADDR, "\1", 1);
	CHECK_INT(eyas_param_sock(&param, &sock), 0);
	CHECK(!sock.path);
	param = param_of(&info, EYAS_PT_SOCKADDR, "\1\0", 2);
	CHECK_INT(eyas_param_sock(&param, &sock), 0);
	CHECK(sock.path && !sock.path_len);
	param = param_of(&info, EYAS_PT_SOCKADDR, "\20", 1);
	CHECK_INT(eyas_param_sock(&param, &sock), 0);
	CHECK_INT(sock.family, 16);
	param.len = 0;
	CHECK_INT(eyas_param_sock(&param, &sock), -ENOENT);
	param = param_of(&info, EYAS_PT_BYTEBUF, inet, sizeof(inet));
	CHECK_INT(eyas_param_sock(&param, &sock), EYAS_E_PARAM);
	param.info = NULL;
	CHECK_INT(eyas_param_sock(&param, &sock), -ENOENT);
}

static void check_name(struct made made, const char *want, int is_exit)
{
	struct eyas_event event;
	const char *name;
	char buf[64];
	size_t len;

	CHECK_INT(eyas_event_view(made.bytes, made.size, &event, NULL), 0);
	name = eyas_event_name(&event, &len);
	CHECK(len < sizeof(buf));
	memcpy(buf, name, len);
	buf[len] = '\0';
	CHECK_STR(buf, want);
	CHECK_INT(eyas_event_is_exit(&event), is_exit);
	free(made.bytes);
}

TEST(event_names)
{
	static const uint32_t generic[] = { 2, 2 };
	static const uint8_t getpid[] = { EYAS_SYS_GETPID % 256, EYAS_SYS_GETPID / 256, 39, 0 };
	static const uint8_t unknown[] = { 0xff, 0xff, 0, 0 };
	static const uint32_t one_byte[] = { 1, 2 };
	static const uint32_t async[] = { 4, 6, 3 };
	static const uint32_t async_unnamed[] = { 4, 0, 3 };
	static const uint32_t async_empty[] = { 4, 1, 3 };
	static const uint8_t async_values[] = "\1\0\0\0hello\0abc";
	static const uint8_t async_no_name[] = "\1\0\0\0\0abc";

	check_name(make_read(), "read", 1);
	check_name(make(EYAS_EV_SYSCALL_OPEN_E, 0, NULL, NULL, 0), "open", 0);
	check_name(make(EYAS_EV_GENERIC_X, 2, generic, getpid, 4), "getpid", 1);
	check_name(make(EYAS_EV_GENERIC_E, 2, generic, getpid, 4), "getpid", 0);
	/* A code of a newer schema, none, and one of a wrong size. */
	check_name(make(EYAS_EV_GENERIC_X, 2, generic, unknown, 4), "syscall", 1);
	check_name(make(EYAS_EV_GENERIC_X, 0, NULL, NULL, 0), "syscall", 1);
	check_name(make(EYAS_EV_GENERIC_X, 2, one_byte, unknown, 4), "syscall", 1);
	/* No pair: neither entered nor left, shown like an exit. */
	check_name(make(EYAS_EV_ASYNCEVENT_E, 3, async, async_values, 13), "hello", 1);
	check_name(make(EYAS_EV_ASYNCEVENT_E, 3, async_unnamed, async_values, 7), "asyncevent", 1);
	check_name(make(EYAS_EV_ASYNCEVENT_E, 3, async_empty, async_no_name, 8), "asyncevent", 1);
	check_name(make(EYAS_EV_PROCEXIT_1_E, 0, NULL, NULL, 0), "procexit", 1);
}
