/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Building events: every wire type goes through the encoder, the view and the accessors and
 * comes back; every refusal. Types that no event uses today are reached by a made-up one.
 */
#include "unit/harness.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/le.h"
#include "schema/event.h"
#include "schema/ids.h"

/* One event of one parameter of any type, built in memory of exactly room bytes. */
struct bench {
	struct eyas_param_info param;
	struct eyas_event_info info;
	struct eyas_encoder enc;
	struct eyas_event event;
	struct eyas_param got;
	uint8_t *buf;
};

static const struct eyas_variant variant_rows[] = {
	{ EYAS_PT_UINT64, EYAS_FMT_HEX }, { EYAS_PT_SIGTYPE, EYAS_FMT_DEC },
	{ EYAS_PT_BYTEBUF, EYAS_FMT_NA }, { EYAS_PT_INT64, EYAS_FMT_DEC },
	{ EYAS_PT_UINT32, EYAS_FMT_DEC },
};
static const struct eyas_variant_table variants = { "made", variant_rows, 5 };

static void begin(struct bench *bench, unsigned type, size_t room)
{
	memset(bench, 0, sizeof(*bench));
	bench->param.name = "value";
	bench->param.type = (uint8_t)type;
	if (type == EYAS_PT_DYN) {
		bench->param.has_table = 2;
		bench->param.table.variants = &variants;
	}
	bench->info.constant = "MADE_X";
	bench->info.name = "made";
	bench->info.params = &bench->param;
	bench->info.nparams = 1;
	bench->buf = calloc(1, 28 + room);
	CHECK(bench->buf);
	eyas_put_le16(bench->buf + 20, EYAS_EV_SYSCALL_CLOSE_X);
	eyas_put_le32(bench->buf + 22, 1);
	bench->enc.info = &bench->info;
	bench->enc.buf = bench->buf;
	bench->enc.size = 28 + room;
	bench->enc.len = 28;
	bench->enc.len_size = 2;
}

/* End, view, check; the parameter is in got. */
static void end(struct bench *bench, size_t want_len)
{
	int len = eyas_encoder_end(&bench->enc);

	CHECK_INT(len, 28 + want_len);
	/* The type in the header only leads the view to lengths of two bytes. */
	CHECK_INT(eyas_event_view(bench->buf, (size_t)len, &bench->event, NULL), 0);
	bench->event.info = &bench->info;
	CHECK_INT(eyas_event_check(&bench->event, NULL), 0);
	CHECK_INT(eyas_event_param(&bench->event, 0, &bench->got), want_len != 0);
	CHECK_INT(bench->got.len, want_len);
}

static void fini(struct bench *bench)
{
	free(bench->buf);
}

/* The refusal sticks, and nothing was written behind the lengths. */
static void refused(struct bench *bench, int want)
{
	CHECK_INT(eyas_encoder_end(&bench->enc), want);
	eyas_put_missing(&bench->enc);
	CHECK_INT(eyas_encoder_end(&bench->enc), want);
	CHECK_INT(bench->enc.len, 28);
	CHECK_INT(bench->enc.index, 0);
	fini(bench);
}

static void put_signed(unsigned type, int64_t value, bool fits)
{
	unsigned size = eyas_type_info(type)->size;
	struct bench bench;
	int64_t number;

	begin(&bench, type, size);
	eyas_put_int(&bench.enc, value);
	if (!fits) {
		refused(&bench, EYAS_E_PARAM);
		return;
	}
	end(&bench, size);
	CHECK_INT(eyas_param_int(&bench.got, &number), 0);
	CHECK_INT(number, value);
	fini(&bench);
}

static void put_unsigned(unsigned type, uint64_t value, bool fits)
{
	unsigned size = eyas_type_info(type)->size;
	struct bench bench;
	uint64_t number;

	begin(&bench, type, size);
	eyas_put_uint(&bench.enc, value);
	if (!fits) {
		refused(&bench, EYAS_E_PARAM);
		return;
	}
	end(&bench, size);
	CHECK_INT(eyas_param_uint(&bench.got, &number), 0);
	CHECK(number == value);
	fini(&bench);
}

/* Every integer type at its limits and one beyond, through both calls. */
TEST(integers)
{
	const struct eyas_type_info *info;
	unsigned type, bits, tried = 0;
	int64_t max;

	for (type = 0; type < EYAS_PT_COUNT; type++) {
		info = eyas_type_info(type);
		bits = 8U * info->size;
		if (info->kind == EYAS_KIND_SINT) {
			max = INT64_MAX >> (64 - bits);
			put_signed(type, 0, true);
			put_signed(type, -1, true);
			put_signed(type, max, true);
			put_signed(type, -max - 1, true);
			put_unsigned(type, 0, true);
			put_unsigned(type, (uint64_t)max, true);
			put_unsigned(type, (uint64_t)max + 1, false);
			put_unsigned(type, UINT64_MAX, false);
			if (bits < 64) {
				put_signed(type, max + 1, false);
				put_signed(type, -max - 2, false);
			}
		} else if (info->kind == EYAS_KIND_UINT) {
			put_unsigned(type, 0, true);
			put_unsigned(type, UINT64_MAX >> (64 - bits), true);
			put_signed(type, 0, true);
			put_signed(type, -1, false);
			put_signed(type, INT64_MIN, false);
			put_signed(type, INT64_MAX >> (64 - bits), true);
			if (bits < 64) {
				put_unsigned(type, UINT64_C(1) << bits, false);
				put_signed(type, INT64_C(1) << bits, false);
			} else {
				put_signed(type, INT64_MAX, true);
			}
		} else {
			continue;
		}
		tried++;
	}
	CHECK_INT(tried, 31);
}

TEST(doubles)
{
	struct bench bench;
	double number = -0.5, got;

	begin(&bench, EYAS_PT_DOUBLE, 8);
	eyas_put_double(&bench.enc, number);
	end(&bench, 8);
	memcpy(&got, bench.got.data, 8);
	CHECK(!memcmp(&got, &number, 8));
	fini(&bench);
	begin(&bench, EYAS_PT_UINT64, 8);
	eyas_put_double(&bench.enc, number);
	refused(&bench, EYAS_E_PARAM);
}

TEST(strings)
{
	static const unsigned types[] = { EYAS_PT_CHARBUF, EYAS_PT_FSPATH, EYAS_PT_FSRELPATH };
	struct bench bench;
	const char *text;
	size_t i, len;

	for (i = 0; i < 3; i++) {
		begin(&bench, types[i], 12);
		eyas_put_str(&bench.enc, "/etc/passwd");
		end(&bench, 12);
		CHECK_INT(eyas_param_str(&bench.got, &text, &len), 0);
		CHECK_INT(len, 11);
		CHECK_STR(text, "/etc/passwd");
		fini(&bench);
		begin(&bench, types[i], 1);
		eyas_put_str(&bench.enc, "");
		end(&bench, 1);
		CHECK_INT(eyas_param_str(&bench.got, &text, &len), 0);
		CHECK_INT(len, 0);
		fini(&bench);
		begin(&bench, types[i], 0);
		eyas_put_str(&bench.enc, NULL);
		end(&bench, 0);
		fini(&bench);
		begin(&bench, types[i], 11);
		eyas_put_str(&bench.enc, "/etc/passwd");
		refused(&bench, -ENOSPC);
	}
	begin(&bench, EYAS_PT_BYTEBUF, 8);
	eyas_put_str(&bench.enc, "abc");
	refused(&bench, EYAS_E_PARAM);
	begin(&bench, EYAS_PT_INT64, 8);
	eyas_put_str(&bench.enc, NULL);
	refused(&bench, EYAS_E_PARAM);
}

TEST(bytes)
{
	struct bench bench;
	const struct eyas_type_info *info;
	unsigned type;

	begin(&bench, EYAS_PT_BYTEBUF, 4);
	eyas_put_bytes(&bench.enc, "a\0b\0", 4);
	end(&bench, 4);
	CHECK(!memcmp(bench.got.data, "a\0b\0", 4));
	fini(&bench);
	begin(&bench, EYAS_PT_BYTEBUF, 4);
	eyas_put_bytes(&bench.enc, NULL, 0);
	end(&bench, 0);
	fini(&bench);
	/* Any type of varying length, no other. */
	for (type = 0; type < EYAS_PT_COUNT; type++) {
		info = eyas_type_info(type);
		begin(&bench, type, 8);
		eyas_put_bytes(&bench.enc, "\1\0\0\0\0\0\0\0", 8);
		CHECK_INT(eyas_encoder_end(&bench.enc),
			  info->size || info->kind == EYAS_KIND_NONE ? EYAS_E_PARAM : 36);
		fini(&bench);
	}
}

TEST(string_lists)
{
	static const char *const strs[] = { "sh", "", "-c" };
	struct bench bench;

	begin(&bench, EYAS_PT_BYTEBUF, 6);
	eyas_put_strs(&bench.enc, strs, 3);
	end(&bench, 6);
	CHECK(!memcmp(bench.got.data, "sh\0\0-c", 6));
	fini(&bench);
	begin(&bench, EYAS_PT_CHARBUFARRAY, 7);
	eyas_put_strs(&bench.enc, strs, 3);
	end(&bench, 7);
	CHECK(!memcmp(bench.got.data, "sh\0\0-c", 7));
	fini(&bench);
	begin(&bench, EYAS_PT_CHARBUFARRAY, 0);
	eyas_put_strs(&bench.enc, strs, 0);
	end(&bench, 0);
	fini(&bench);
	begin(&bench, EYAS_PT_BYTEBUF, 0);
	eyas_put_strs(&bench.enc, NULL, 0);
	end(&bench, 0);
	fini(&bench);
	begin(&bench, EYAS_PT_BYTEBUF, 5);
	eyas_put_strs(&bench.enc, strs, 3);
	refused(&bench, -ENOSPC);
	begin(&bench, EYAS_PT_CHARBUF, 9);
	eyas_put_strs(&bench.enc, strs, 3);
	refused(&bench, EYAS_E_PARAM);
}

static void put_addr(unsigned type, size_t len, bool fits)
{
	static const uint8_t addr[20] = { 10, 0, 0, 1, 5, 6, 7, 8, 9 };
	struct bench bench;

	begin(&bench, type, len);
	eyas_put_addr(&bench.enc, addr, len);
	if (fits) {
		end(&bench, len);
		CHECK(!memcmp(bench.got.data, addr, len));
		fini(&bench);
	} else {
		refused(&bench, EYAS_E_PARAM);
	}
}

TEST(addresses)
{
	put_addr(EYAS_PT_IPV4ADDR, 4, true);
	put_addr(EYAS_PT_IPV4ADDR, 16, false);
	put_addr(EYAS_PT_IPV6ADDR, 16, true);
	put_addr(EYAS_PT_IPV6ADDR, 4, false);
	put_addr(EYAS_PT_IPADDR, 4, true);
	put_addr(EYAS_PT_IPADDR, 16, true);
	put_addr(EYAS_PT_IPADDR, 0, false);
	put_addr(EYAS_PT_IPADDR, 5, false);
	put_addr(EYAS_PT_IPNET, 16, true);
	put_addr(EYAS_PT_UINT32, 4, false);
}

static struct eyas_sock sock_of(uint8_t family)
{
	struct eyas_sock sock;
	unsigned i, n = family == EYAS_AF_INET ? 4 : 16;

	memset(&sock, 0, sizeof(sock));
	sock.family = family;
	for (i = 0; i < n; i++) {
		sock.src.addr[i] = (uint8_t)(i + 1);
		sock.dst.addr[i] = (uint8_t)(0xf0 + i);
	}
	sock.src.port = 0x1234;
	sock.dst.port = 0xfedc;
	return sock;
}

TEST(inet_sockets)
{
	static const uint8_t families[] = { EYAS_AF_INET, EYAS_AF_INET6 };
	struct eyas_sock sock, got;
	struct bench bench;
	size_t i, one;

	for (i = 0; i < 2; i++) {
		one = families[i] == EYAS_AF_INET ? 6 : 18;
		sock = sock_of(families[i]);
		begin(&bench, EYAS_PT_SOCKTUPLE, 1 + 2 * one);
		eyas_put_socktuple(&bench.enc, &sock);
		end(&bench, 1 + 2 * one);
		CHECK_INT(eyas_param_sock(&bench.got, &got), 0);
		CHECK_INT(got.family, families[i]);
		CHECK(!memcmp(got.src.addr, sock.src.addr, 16));
		CHECK(!memcmp(got.dst.addr, sock.dst.addr, 16));
		CHECK_INT(got.src.port, sock.src.port);
		CHECK_INT(got.dst.port, sock.dst.port);
		fini(&bench);
		begin(&bench, EYAS_PT_SOCKADDR, 1 + one);
		eyas_put_sockaddr(&bench.enc, &sock);
		end(&bench, 1 + one);
		CHECK_INT(eyas_param_sock(&bench.got, &got), 0);
		CHECK(!memcmp(got.src.addr, sock.src.addr, 16));
		CHECK_INT(got.src.port, sock.src.port);
		fini(&bench);
		begin(&bench, EYAS_PT_SOCKADDR, one);
		eyas_put_sockaddr(&bench.enc, &sock);
		refused(&bench, -ENOSPC);
		/* Not each other's, nor a plain buffer's. */
		begin(&bench, EYAS_PT_SOCKTUPLE, 64);
		eyas_put_sockaddr(&bench.enc, &sock);
		refused(&bench, EYAS_E_PARAM);
		begin(&bench, EYAS_PT_SOCKADDR, 64);
		eyas_put_socktuple(&bench.enc, &sock);
		refused(&bench, EYAS_E_PARAM);
		begin(&bench, EYAS_PT_BYTEBUF, 64);
		eyas_put_sockaddr(&bench.enc, &sock);
		refused(&bench, EYAS_E_PARAM);
	}
}

/* want NULL: refused. The path is put and expected back, as address and in a tuple. */
static void put_path(const char *path, size_t len, const char *want, size_t want_len)
{
	struct eyas_sock sock = { .family = EYAS_AF_UNIX, .path = path, .path_len = len }, got;
	struct bench bench;
	int tuple;

	sock.src.ptr = UINT64_MAX;
	sock.dst.ptr = 7;
	for (tuple = 0; tuple < 2; tuple++) {
		begin(&bench, tuple ? EYAS_PT_SOCKTUPLE : EYAS_PT_SOCKADDR, 200);
		if (tuple)
			eyas_put_socktuple(&bench.enc, &sock);
		else
			eyas_put_sockaddr(&bench.enc, &sock);
		if (!want) {
			refused(&bench, EYAS_E_PARAM);
			continue;
		}
		end(&bench, (tuple ? 17 : 1) + want_len + 1);
		CHECK_INT(eyas_param_sock(&bench.got, &got), 0);
		CHECK_INT(got.path_len, want_len);
		CHECK(!memcmp(got.path, want, want_len));
		CHECK(got.src.ptr == (tuple ? UINT64_MAX : 0));
		CHECK(got.dst.ptr == (tuple ? 7 : 0));
		fini(&bench);
	}
}

TEST(unix_sockets)
{
	struct eyas_sock sock = { .family = EYAS_AF_UNIX }, got;
	char longest[110];
	struct bench bench;

	put_path("/run/x.sock", 11, "/run/x.sock", 11);
	put_path("", 0, "", 0);
	/* Abstract: without its first NUL. */
	put_path("\0abstract", 9, "abstract", 8);
	put_path("\0", 1, "", 0);
	/* No reader would see what follows another NUL. */
	put_path("a\0b", 3, NULL, 0);
	put_path("\0a\0b", 4, NULL, 0);
	memset(longest, 'x', sizeof(longest));
	put_path(longest, 108, longest, 108);
	put_path(longest, 109, NULL, 0);
	longest[0] = '\0';
	put_path(longest, 108, longest + 1, 107);
	put_path(longest, 109, NULL, 0);
	/* No path at all: the family alone, or both pointers. */
	begin(&bench, EYAS_PT_SOCKADDR, 1);
	eyas_put_sockaddr(&bench.enc, &sock);
	end(&bench, 1);
	CHECK_INT(eyas_param_sock(&bench.got, &got), 0);
	CHECK(!got.path);
	fini(&bench);
	begin(&bench, EYAS_PT_SOCKTUPLE, 17);
	eyas_put_socktuple(&bench.enc, &sock);
	end(&bench, 17);
	fini(&bench);
	/* Families without an address here are not stored. */
	sock.family = 16;
	begin(&bench, EYAS_PT_SOCKADDR, 9);
	eyas_put_sockaddr(&bench.enc, &sock);
	end(&bench, 0);
	fini(&bench);
	begin(&bench, EYAS_PT_SOCKTUPLE, 9);
	eyas_put_socktuple(&bench.enc, &sock);
	end(&bench, 0);
	fini(&bench);
}

TEST(fd_lists)
{
	static const struct eyas_pollfd fds[] = { { 3, 1 }, { -1, 0 }, { INT64_MAX, -1 } };
	struct eyas_pollfd *many = calloc(6554, sizeof(*many));
	struct bench bench;

	CHECK(many);
	begin(&bench, EYAS_PT_FDLIST, 32);
	eyas_put_fdlist(&bench.enc, fds, 3);
	end(&bench, 32);
	CHECK(!memcmp(bench.got.data, "\3\0\3\0\0\0\0\0\0\0\1\0", 12));
	CHECK(!memcmp(bench.got.data + 12, "\xff\xff\xff\xff\xff\xff\xff\xff\0\0", 10));
	CHECK(!memcmp(bench.got.data + 22, "\xff\xff\xff\xff\xff\xff\xff\x7f\xff\xff", 10));
	fini(&bench);
	begin(&bench, EYAS_PT_FDLIST, 2);
	eyas_put_fdlist(&bench.enc, NULL, 0);
	end(&bench, 2);
	fini(&bench);
	/* As many as 65535 bytes hold, and one more. */
	begin(&bench, EYAS_PT_FDLIST, 70000);
	eyas_put_fdlist(&bench.enc, many, 6553);
	end(&bench, 65532);
	fini(&bench);
	begin(&bench, EYAS_PT_FDLIST, 70000);
	eyas_put_fdlist(&bench.enc, many, 6554);
	refused(&bench, -ENOSPC);
	begin(&bench, EYAS_PT_FDLIST, 70000);
	eyas_put_fdlist(&bench.enc, many, 65536);
	refused(&bench, EYAS_E_PARAM);
	begin(&bench, EYAS_PT_BYTEBUF, 32);
	eyas_put_fdlist(&bench.enc, fds, 3);
	refused(&bench, EYAS_E_PARAM);
	free(many);
}

static void put_variant(unsigned variant, int64_t value, const char *want, size_t want_len)
{
	struct bench bench;

	begin(&bench, EYAS_PT_DYN, 16);
	eyas_put_dyn_int(&bench.enc, variant, value);
	if (!want) {
		refused(&bench, EYAS_E_PARAM);
		return;
	}
	end(&bench, want_len);
	CHECK(!memcmp(bench.got.data, want, want_len));
	fini(&bench);
}

TEST(variants)
{
	struct bench bench;

	put_variant(0, 0x1234, "\0\x34\x12\0\0\0\0\0\0", 9);
	/* 64 bits without a sign: the value is its bits. */
	put_variant(0, -1, "\0\xff\xff\xff\xff\xff\xff\xff\xff", 9);
	put_variant(1, 9, "\1\x09", 2);
	put_variant(1, 255, "\1\xff", 2);
	put_variant(1, 256, NULL, 0);
	put_variant(1, -1, NULL, 0);
	put_variant(2, 1, NULL, 0);
	put_variant(3, INT64_MIN, "\3\0\0\0\0\0\0\0\x80", 9);
	put_variant(4, UINT32_MAX, "\4\xff\xff\xff\xff", 5);
	put_variant(4, INT64_C(1) << 32, NULL, 0);
	put_variant(5, 0, NULL, 0);
	put_variant(UINT32_MAX, 0, NULL, 0);
	begin(&bench, EYAS_PT_DYN, 4);
	eyas_put_dyn_bytes(&bench.enc, 2, "abc", 3);
	end(&bench, 4);
	CHECK(!memcmp(bench.got.data, "\2abc", 4));
	fini(&bench);
	begin(&bench, EYAS_PT_DYN, 1);
	eyas_put_dyn_bytes(&bench.enc, 2, NULL, 0);
	end(&bench, 1);
	fini(&bench);
	begin(&bench, EYAS_PT_DYN, 5);
	eyas_put_dyn_bytes(&bench.enc, 4, "\1\0\0\0", 4);
	end(&bench, 5);
	fini(&bench);
	begin(&bench, EYAS_PT_DYN, 16);
	eyas_put_dyn_bytes(&bench.enc, 4, "\1\0\0", 3);
	refused(&bench, EYAS_E_PARAM);
	begin(&bench, EYAS_PT_DYN, 16);
	eyas_put_dyn_bytes(&bench.enc, 5, "a", 1);
	refused(&bench, EYAS_E_PARAM);
	begin(&bench, EYAS_PT_DYN, 16);
	eyas_put_dyn_bytes(&bench.enc, 2, "a", SIZE_MAX);
	refused(&bench, -ENOSPC);
	begin(&bench, EYAS_PT_DYN, 16);
	eyas_put_int(&bench.enc, 1);
	refused(&bench, EYAS_E_PARAM);
	begin(&bench, EYAS_PT_UINT64, 16);
	eyas_put_dyn_int(&bench.enc, 0, 1);
	refused(&bench, EYAS_E_PARAM);
	begin(&bench, EYAS_PT_BYTEBUF, 16);
	eyas_put_dyn_bytes(&bench.enc, 2, "a", 1);
	refused(&bench, EYAS_E_PARAM);
}

/* A whole event of the tables: header, lengths, parameters not put, one too many. */
TEST(whole_event)
{
	uint8_t buf[256];
	struct eyas_encoder enc;
	struct eyas_event event;
	struct eyas_param param;
	const char *text;
	int64_t number;
	size_t text_len;
	int len;

	memset(buf, 0xee, sizeof(buf));
	eyas_encoder_begin(&enc, buf, sizeof(buf), EYAS_EV_SYSCALL_READ_X, 123456789, UINT64_MAX);
	eyas_put_int(&enc, -11);
	eyas_put_missing(&enc);
	eyas_put_int(&enc, 3);
	len = eyas_encoder_end(&enc);
	CHECK_INT(len, 26 + 8 + 16);
	CHECK_INT(buf[len], 0xee);
	CHECK_INT(eyas_event_view(buf, (size_t)len, &event, NULL), 0);
	CHECK_INT(eyas_event_check(&event, NULL), 0);
	CHECK_INT(event.type, EYAS_EV_SYSCALL_READ_X);
	CHECK_INT(event.ts_ns, 123456789);
	CHECK(event.tid == UINT64_MAX);
	CHECK_INT(event.nparams, 4);
	CHECK_INT(eyas_event_param(&event, 0, &param), 1);
	CHECK_INT(eyas_param_int(&param, &number), 0);
	CHECK_INT(number, -11);
	CHECK_INT(eyas_event_param(&event, 1, &param), 0);
	CHECK_INT(eyas_event_param(&event, 2, &param), 1);
	CHECK_INT(eyas_event_param(&event, 3, &param), 0);
	eyas_encoder_begin(&enc, buf, sizeof(buf), EYAS_EV_SYSCALL_CLOSE_X, 1, 1);
	eyas_put_int(&enc, 0);
	eyas_put_int(&enc, 3);
	eyas_put_int(&enc, 4);
	CHECK_INT(eyas_encoder_end(&enc), EYAS_E_USAGE);
	eyas_encoder_begin(&enc, buf, sizeof(buf), EYAS_EV_SYSCALL_OPEN_X, 1, 1);
	eyas_put_int(&enc, 3);
	eyas_put_str(&enc, "/x");
	CHECK(eyas_encoder_end(&enc) > 0);
	CHECK_INT(eyas_event_view(buf, sizeof(buf), &event, NULL), 0);
	CHECK_INT(eyas_event_param_find(&event, "name", &param), 1);
	CHECK_INT(eyas_param_str(&param, &text, &text_len), 0);
	CHECK_STR(text, "/x");
}

/* Every call after the last parameter is one too many. */
TEST(too_many)
{
	static const struct eyas_sock sock = { .family = 2 };
	struct eyas_encoder enc;
	uint8_t buf[64];
	unsigned call;

	for (call = 0; call < 12; call++) {
		eyas_encoder_begin(&enc, buf, sizeof(buf), EYAS_EV_PROCEXIT_E, 1, 1);
		CHECK_INT(eyas_event_info(EYAS_EV_PROCEXIT_E)->nparams, 0);
		switch (call) {
		case 0:
			eyas_put_missing(&enc);
			break;
		case 1:
			eyas_put_int(&enc, 0);
			break;
		case 2:
			eyas_put_uint(&enc, 0);
			break;
		case 3:
			eyas_put_double(&enc, 0);
			break;
		case 4:
			eyas_put_str(&enc, NULL);
			break;
		case 5:
			eyas_put_bytes(&enc, NULL, 0);
			break;
		case 6:
			eyas_put_strs(&enc, NULL, 0);
			break;
		case 7:
			eyas_put_addr(&enc, "abcd", 4);
			break;
		case 8:
			eyas_put_sockaddr(&enc, &sock);
			break;
		case 9:
			eyas_put_socktuple(&enc, &sock);
			break;
		case 10:
			eyas_put_fdlist(&enc, NULL, 0);
			break;
		default:
			eyas_put_dyn_int(&enc, 0, 0);
			break;
		}
		CHECK_INT(eyas_encoder_end(&enc), EYAS_E_USAGE);
		/* The first failure is the one that is told. */
		eyas_put_int(&enc, 0);
		CHECK_INT(eyas_encoder_end(&enc), EYAS_E_USAGE);
	}
}

/* Every size of the buffer: too small is refused, and no byte behind it is touched. */
TEST(every_buffer_size)
{
	struct eyas_encoder enc;
	uint8_t *buf;
	size_t size;
	int len;

	for (size = 0; size < 80; size++) {
		buf = malloc(size ? size : 1);
		CHECK(buf);
		eyas_encoder_begin(&enc, buf, size, EYAS_EV_SYSCALL_READ_X, 1, 2);
		eyas_put_int(&enc, 5);
		eyas_put_bytes(&enc, "hello", 5);
		eyas_put_int(&enc, 3);
		eyas_put_uint(&enc, 5);
		len = eyas_encoder_end(&enc);
		CHECK_INT(len, size < 59 ? -ENOSPC : 59);
		free(buf);
	}
	eyas_encoder_begin(&enc, NULL, 0, EYAS_EV_SYSCALL_READ_X, 1, 2);
	CHECK_INT(eyas_encoder_end(&enc), -ENOSPC);
}

TEST(length_fields)
{
	const size_t size = 200000;
	uint8_t *buf = malloc(size), *data = calloc(1, size);
	struct eyas_encoder enc;
	struct eyas_event event;
	struct eyas_param param;
	int len;

	CHECK(buf && data);
	data[65534] = data[99999] = 'z';
	eyas_encoder_begin(&enc, buf, size, EYAS_EV_SYSCALL_READ_X, 1, 2);
	eyas_put_missing(&enc);
	eyas_put_bytes(&enc, data, 65535);
	len = eyas_encoder_end(&enc);
	CHECK_INT(len, 34 + 65535);
	CHECK_INT(eyas_event_view(buf, (size_t)len, &event, NULL), 0);
	CHECK_INT(eyas_event_param(&event, 1, &param), 1);
	CHECK_INT(param.len, 65535);
	CHECK_INT(param.data[65534], 'z');
	eyas_encoder_begin(&enc, buf, size, EYAS_EV_SYSCALL_READ_X, 1, 2);
	eyas_put_missing(&enc);
	eyas_put_bytes(&enc, data, 65536);
	CHECK_INT(eyas_encoder_end(&enc), -ENOSPC);
	/* Lengths of 32 bits. */
	eyas_encoder_begin(&enc, buf, size, EYAS_EV_PLUGINEVENT_E, 1, 2);
	eyas_put_uint(&enc, 9);
	eyas_put_bytes(&enc, data, 100000);
	len = eyas_encoder_end(&enc);
	CHECK_INT(len, 34 + 4 + 100000);
	CHECK_INT(eyas_event_view(buf, (size_t)len, &event, NULL), 0);
	CHECK_INT(event.len_size, 4);
	CHECK_INT(eyas_event_param(&event, 1, &param), 1);
	CHECK_INT(param.len, 100000);
	CHECK_INT(param.data[99999], 'z');
	/* Not even tried: the buffer is smaller than what is announced. */
	eyas_encoder_begin(&enc, buf, size, EYAS_EV_PLUGINEVENT_E, 1, 2);
	eyas_put_uint(&enc, 9);
	eyas_put_bytes(&enc, data, SIZE_MAX);
	CHECK_INT(eyas_encoder_end(&enc), -ENOSPC);
	free(buf);
	free(data);
}

TEST(unknown_type)
{
	struct eyas_encoder enc;
	uint8_t buf[64];

	eyas_encoder_begin(&enc, buf, sizeof(buf), EYAS_EVENT_TYPES, 1, 2);
	eyas_put_int(&enc, 1);
	CHECK_INT(eyas_encoder_end(&enc), EYAS_E_USAGE);
}

/* Every event type with its parameters all missing is a good event. */
TEST(every_type)
{
	struct eyas_encoder enc;
	struct eyas_event event;
	uint8_t buf[512];
	unsigned type, i;
	int len;

	for (type = 0; type < EYAS_EVENT_TYPES; type++) {
		eyas_encoder_begin(&enc, buf, sizeof(buf), type, 1, 2);
		for (i = 0; i < eyas_event_info(type)->nparams; i++)
			eyas_put_missing(&enc);
		len = eyas_encoder_end(&enc);
		CHECK(len >= EYAS_EVENT_HEADER_SIZE);
		CHECK_INT(eyas_event_view(buf, (size_t)len, &event, NULL), 0);
		CHECK_INT(event.type, type);
		CHECK_INT(event.nparams, eyas_event_info(type)->nparams);
		CHECK_INT(eyas_event_check(&event, NULL), 0);
	}
}
