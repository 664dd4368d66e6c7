/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Values as text: a row per type, format and edge of its values. What the rows expect is what
 * libsinsp prints (data/expected in the outside data), apart from bytes that could reach a
 * terminal. Each value lies in memory of exactly its size.
 */
#include "unit/harness.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/le.h"
#include "schema/ids.h"
#include "schema/text.h"

static const struct eyas_variant variant_rows[] = {
	{ EYAS_PT_BYTEBUF, EYAS_FMT_HEX }, { EYAS_PT_ERRNO, EYAS_FMT_DEC },
	{ EYAS_PT_UINT32, EYAS_FMT_DEC },  { EYAS_PT_UINT64, EYAS_FMT_HEX },
	{ EYAS_PT_RELTIME, EYAS_FMT_DEC }, { EYAS_PT_SIGTYPE, EYAS_FMT_DEC },
	{ EYAS_PT_FD, EYAS_FMT_DEC },	   { EYAS_PT_CHARBUF, EYAS_FMT_NA },
	{ EYAS_PT_DYN, EYAS_FMT_NA },
};
static const struct eyas_variant_table variants = { "made", variant_rows, 9 };

static char *text_of(struct eyas_str *str, char *buf, size_t size)
{
	CHECK(!str->nomem);
	CHECK(str->len < size);
	if (str->len)
		memcpy(buf, str->data, str->len);
	buf[str->len] = '\0';
	eyas_str_fini(str);
	return buf;
}

/* All ways to print one parameter agree with raw and resolved. */
static void check_param(const struct eyas_param *param, const char *raw, const char *resolved)
{
	struct eyas_str str = EYAS_STR_INIT;
	char buf[8192], both[8192];

	eyas_text_raw(&str, param);
	CHECK_STR(text_of(&str, buf, sizeof(buf)), raw);
	eyas_text_resolved(&str, param);
	CHECK_STR(text_of(&str, buf, sizeof(buf)), resolved);
	snprintf(both, sizeof(both), resolved[0] ? "%s(%s)" : "%s%s", raw, resolved);
	eyas_text_param(&str, param, 0);
	CHECK_STR(text_of(&str, buf, sizeof(buf)), both);
	CHECK_INT(eyas_param_text(param, EYAS_TEXT_RAW, buf, sizeof(buf)), strlen(raw));
	CHECK_STR(buf, raw);
	CHECK_INT(eyas_param_text(param, EYAS_TEXT_RESOLVED, buf, sizeof(buf)), strlen(resolved));
	CHECK_STR(buf, resolved);
	CHECK_INT(eyas_param_text(param, EYAS_TEXT_BOTH, buf, sizeof(buf)), strlen(both));
	CHECK_STR(buf, both);
}

static void check_bytes(unsigned type, unsigned fmt, const char *flags, const void *data,
			size_t len, const char *raw, const char *resolved)
{
	struct eyas_param_info info = { "value", (uint8_t)type, (uint8_t)fmt, -1, 0, { NULL } };
	uint8_t *copy = malloc(len ? len : 1);
	struct eyas_param param = { &info, copy, (uint32_t)len };

	CHECK(copy);
	if (len)
		memcpy(copy, data, len);
	if (flags) {
		info.has_table = 1;
		info.table.flags = eyas_flag_table_find(flags);
		CHECK(info.table.flags);
	} else if (type == EYAS_PT_DYN) {
		info.has_table = 2;
		info.table.variants = &variants;
	}
	check_param(&param, raw, resolved);
	free(copy);
}

struct number_row {
	unsigned type, fmt;
	const char *flags;
	int64_t value;
	const char *raw, *resolved;
};

#define N(type, fmt, value, raw, resolved) \
	{ \
		EYAS_PT_##type, EYAS_FMT_##fmt, NULL, (int64_t)(value), raw, resolved \
	}
#define F(type, fmt, table, value, raw, resolved) \
	{ \
		EYAS_PT_##type, EYAS_FMT_##fmt, table, (int64_t)(value), raw, resolved \
	}

static void check_numbers(const struct number_row *rows, size_t count)
{
	uint8_t le[8];
	size_t i;

	for (i = 0; i < count; i++) {
		eyas_put_le64(le, (uint64_t)rows[i].value);
		check_bytes(rows[i].type, rows[i].fmt, rows[i].flags, le,
			    eyas_type_info(rows[i].type)->size, rows[i].raw, rows[i].resolved);
	}
}
#define CHECK_NUMBERS(rows) check_numbers(rows, sizeof(rows) / sizeof((rows)[0]))

TEST(plain_numbers)
{
	static const struct number_row rows[] = {
		N(INT8, DEC, -128, "-128", ""),
		N(INT16, DEC, -32768, "-32768", ""),
		N(INT32, DEC, INT32_MIN, "-2147483648", ""),
		N(INT64, DEC, INT64_MIN, "-9223372036854775808", ""),
		N(INT64, DEC, INT64_MAX, "9223372036854775807", ""),
		N(INT64, DEC, 0, "0", ""),
		N(UINT8, DEC, -1, "255", ""),
		N(UINT16, DEC, -1, "65535", ""),
		N(UINT32, DEC, INT32_MAX, "2147483647", ""),
		N(UINT64, DEC, INT64_MAX, "9223372036854775807", ""),
		/* These two have a sign: lseek's offset, chown's owner. */
		N(UINT32, DEC, -1, "-1", ""),
		N(UINT32, DEC, INT32_MIN, "-2147483648", ""),
		N(UINT64, DEC, -71, "-71", ""),
		N(UINT32, HEX, -1, "FFFFFFFF", ""),
		/* Hexadecimal: upper case, no prefix, the bits of the type. */
		N(UINT64, HEX, 0x5413, "5413", ""),
		N(UINT64, HEX, 0x7ffeb79dbca0, "7FFEB79DBCA0", ""),
		N(UINT64, HEX, -1, "FFFFFFFFFFFFFFFF", ""),
		N(UINT64, HEX, 0, "0", ""),
		N(INT32, HEX, -1, "FFFFFFFF", ""),
		N(INT32, HEX, 493, "1ED", ""),
		N(INT16, HEX, -2, "FFFE", ""),
		N(INT8, HEX, -1, "FF", ""),
		/* Octal: a leading 0, but zero is one 0. */
		N(UINT32, OCT, 0666, "0666", ""),
		N(UINT32, OCT, 0, "0", ""),
		N(INT32, OCT, -1, "037777777777", ""),
		/* Nanoseconds of a time. */
		N(UINT64, PADDED_DEC, 42, "000000042", ""),
		N(UINT64, PADDED_DEC, 1234567890, "1234567890", ""),
		N(INT64, PADDED_DEC, -5, "-5", ""),
		/* The other formats are decimal, with the sign. */
		N(INT32, NA, -7, "-7", ""),
		N(INT16, ID, -7, "-7", ""),
		N(UINT16, DIR, 7, "7", ""),
		N(PORT, HEX, 8080, "1F90", ""),
		N(PORT, DEC, 65535, "65535", ""),
		N(L4PROTO, DEC, 2, "2", ""),
		N(SOCKFAMILY, DEC, 10, "10", ""),
		N(BOOL, DEC, 0, "false", ""),
		N(BOOL, DEC, 1, "true", ""),
		N(BOOL, DEC, 256, "true", ""),
	};

	CHECK_NUMBERS(rows);
}

TEST(meaningful_numbers)
{
	static const struct number_row rows[] = {
		N(ERRNO, DEC, 0, "0", ""),
		N(ERRNO, DEC, 1814, "1814", ""),
		N(ERRNO, DEC, -2, "-2", "ENOENT"),
		N(ERRNO, DEC, -115, "-115", "EINPROGRESS"),
		N(ERRNO, DEC, -512, "-512", "ERESTARTSYS"),
		N(ERRNO, DEC, -41, "-41", ""),
		N(ERRNO, DEC, -100000, "-100000", ""),
		N(ERRNO, DEC, INT64_MIN, "-9223372036854775808", ""),
		/* Decimal also where the format is not: so libsinsp prints results. */
		N(ERRNO, HEX, 255, "255", ""),
		N(FD, DEC, 3, "3", ""),
		N(FD, DEC, 0, "0", ""),
		N(FD, DEC, -100, "-100", "AT_FDCWD"),
		N(FD, NA, -100, "-100", "AT_FDCWD"),
		N(FD, DEC, -1, "-1", "EPERM"),
		N(FD, DEC, -2, "-2", "ENOENT"),
		N(FD, DEC, -4095, "-4095", ""),
		N(FD32, DEC, -100, "-100", "AT_FDCWD"),
		N(FD32, DEC, -9, "-9", "EBADF"),
		N(FD32, DEC, 5, "5", ""),
		N(PID, DEC, 120, "120", ""),
		N(PID, DEC, -1, "-1", ""),
		N(PID, NA, 0, "0", ""),
		N(PID32, DEC, -1, "-1", ""),
		N(UID, DEC, 0, "0", ""),
		N(UID, DEC, 65534, "65534", ""),
		N(UID, DEC, -1, "-1", "<NONE>"),
		N(UID, DEC, -2, "-2", ""),
		N(GID, DEC, 1000, "1000", ""),
		N(GID, DEC, -1, "-1", "<NONE>"),
		N(SIGTYPE, DEC, 0, "0", ""),
		N(SIGTYPE, DEC, 9, "9", "SIGKILL"),
		N(SIGTYPE, DEC, 17, "17", "SIGCHLD"),
		N(SIGTYPE, DEC, 255, "255", ""),
		N(SIGSET, DEC, 0, "", ""),
		N(SIGSET, DEC, 1, "SIGHUP", ""),
		N(SIGSET, DEC, 1 | 1 << 8 | 1 << 14, "SIGHUP SIGKILL SIGTERM", ""),
		N(SYSCALLID, DEC, EYAS_SYS_READ, "3", "read"),
		N(SYSCALLID, DEC, 65535, "65535", ""),
		N(RELTIME, DEC, 500000000, "500000000", "0.5s"),
		N(RELTIME, DEC, 0, "0", "0s"),
		N(RELTIME, DEC, 1, "1", "1e-09s"),
		N(RELTIME, DEC, -1, "none", ""),
	};

	CHECK_NUMBERS(rows);
}

TEST(flag_names)
{
	static const struct number_row rows[] = {
		F(FLAGS32, HEX, "file_flags", 4097, "4097", "O_RDONLY|O_CLOEXEC"),
		F(FLAGS32, HEX, "file_flags", 1, "1", "O_RDONLY"),
		F(FLAGS32, HEX, "file_flags", 262, "262", "O_TRUNC|O_CREAT|O_WRONLY"),
		F(FLAGS32, HEX, "file_flags", 13377, "13377",
		  "O_DIRECTORY|O_NONBLOCK|O_RDONLY|O_CLOEXEC|O_TMPFILE"),
		/* The bits of O_RDWR are consumed: no O_WRONLY, no O_RDONLY. */
		F(FLAGS32, HEX, "file_flags", 3, "3", "O_RDWR"),
		F(FLAGS32, HEX, "file_flags", 0, "0", "O_NONE"),
		/* Bits without a name, alone and with one. */
		F(FLAGS32, HEX, "file_flags", 1U << 31, "2147483648", ""),
		F(FLAGS32, HEX, "file_flags", 1U << 31 | 1, "2147483649", "O_RDONLY"),
		F(FLAGS32, DEC, "file_flags", UINT32_MAX, "4294967295",
		  "O_LARGEFILE|O_DIRECTORY|O_DIRECT|O_TRUNC|O_SYNC|O_NONBLOCK|O_EXCL|O_DSYNC|"
		  "O_APPEND|O_CREAT|O_RDWR|O_CLOEXEC|O_TMPFILE|O_F_CREATED|FD_UPPER_LAYER|"
		  "FD_LOWER_LAYER"),
		/* No row for zero. */
		F(FLAGS16, HEX, "creat_flags", 0, "0", ""),
		F(FLAGS16, HEX, "creat_flags", 1, "1", "FD_UPPER_LAYER_CREAT"),
		F(FLAGS8, DEC, "creat_flags", 3, "3", "FD_UPPER_LAYER_CREAT|FD_LOWER_LAYER_CREAT"),
		F(FLAGS32, HEX, NULL, 5, "5", ""),
		/* Every name of exactly the value, none of a part of it. */
		F(ENUMFLAGS32, DEC, "socket_families", 1, "1", "AF_LOCAL|AF_UNIX"),
		F(ENUMFLAGS32, DEC, "socket_families", 16, "16", "AF_ROUTE|AF_NETLINK"),
		F(ENUMFLAGS32, DEC, "socket_families", 10, "10", "AF_INET6"),
		F(ENUMFLAGS32, DEC, "socket_families", 99, "99", ""),
		F(ENUMFLAGS8, HEX, "fcntl_commands", 26, "26", "F_DUPFD_CLOEXEC"),
		F(ENUMFLAGS16, DEC, "io_uring_register_opcodes", 3, "3", "IORING_UNREGISTER_FILES"),
		F(ENUMFLAGS8, DEC, NULL, 5, "5", ""),
		F(MODE, OCT, "chmod_mode", 04755, "04755",
		  "S_IXOTH|S_IROTH|S_IXGRP|S_IRGRP|S_IXUSR|S_IWUSR|S_IRUSR|S_ISUID"),
		F(MODE, OCT, "chmod_mode", 0600, "0600", "S_IWUSR|S_IRUSR"),
		F(MODE, OCT, "chmod_mode", 0, "0", ""),
		F(MODE, OCT, "mknod_mode", 010600, "010600", "S_IWUSR|S_IRUSR|S_IFIFO"),
		F(MODE, OCT, NULL, 0644, "0644", ""),
	};

	CHECK_NUMBERS(rows);
}

#define B(type, data, raw) \
	check_bytes(EYAS_PT_##type, EYAS_FMT_NA, NULL, data, sizeof(data) - 1, raw, "")

TEST(strings)
{
	B(CHARBUF, "abc\0", "abc");
	B(CHARBUF, "\0", "");
	B(FSPATH, "/etc/passwd\0", "/etc/passwd");
	B(FSRELPATH, "../x y\0", "../x y");
	/* The NUL left out; bytes behind it. */
	B(FSPATH, "/etc", "/etc");
	B(FSPATH, "/a\0/b\0", "/a");
	/* Hostile: escape sequences, line ends, invalid UTF-8, C1 controls. */
	B(FSPATH, "/tmp/\x1b]0;owned\x07\0", "/tmp/\\x1b]0;owned\\x07");
	B(FSPATH, "/a\n7 12:00 0 cat\r\0", "/a\\n7 12:00 0 cat\\r");
	B(CHARBUF, "tab\there\0", "tab\\there");
	B(FSRELPATH, "/tmp/bad\xff name\0", "/tmp/bad\\xff name");
	B(CHARBUF,
	  "\xc2\x9b"
	  "31m\0",
	  "\\xc2\\x9b31m");
	B(CHARBUF,
	  "\x9b"
	  "31m\0",
	  "\\x9b31m");
	B(CHARBUF, "caf\xc3\xa9\0", "caf\xc3\xa9");
	B(CHARBUF, "cut \xe2\x82\0", "cut \\xe2\\x82");
	B(CHARBUF, "\x7f\0", "\\x7f");
}

TEST(buffers)
{
	B(BYTEBUF, "hello\n", "hello.");
	B(BYTEBUF, "sh\0/init\0", "sh./init.");
	B(BYTEBUF, "\0", ".");
	B(BYTEBUF, "\x1b[2J\xff\x80\x7f~ ", ".[2J...~ ");
	B(CHARBUFARRAY, "sh\0-c\0", "sh.-c");
	B(CHARBUFARRAY, "sh\0-c", "sh.-c");
	B(CHARBUFARRAY, "\0\0a\0", "..a");
	B(CHARBUFARRAY, "a\x1b\0", "a\\x1b");
	B(CHARBUF_PAIR_ARRAY, "\1\2\3\4\5\6\7\x8", "<NA>");
}

static void check_cut(unsigned type, const char *data, size_t len, uint32_t max, const char *want)
{
	struct eyas_param_info info = { "value", (uint8_t)type, EYAS_FMT_NA, -1, 0, { NULL } };
	struct eyas_param param = { &info, (const uint8_t *)data, (uint32_t)len };
	struct eyas_str str = EYAS_STR_INIT;
	char buf[256];

	if (type == EYAS_PT_DYN) {
		info.has_table = 2;
		info.table.variants = &variants;
	}
	eyas_text_param(&str, &param, max);
	CHECK_STR(text_of(&str, buf, sizeof(buf)), want);
}

/* max_bytes is what is shown, the dots included; only buffers are cut. */
TEST(cut)
{
	check_cut(EYAS_PT_BYTEBUF, "0123456789", 10, 0, "0123456789");
	check_cut(EYAS_PT_BYTEBUF, "0123456789", 10, 11, "0123456789");
	check_cut(EYAS_PT_BYTEBUF, "0123456789", 10, 10, "0123456789");
	check_cut(EYAS_PT_BYTEBUF, "0123456789", 10, 9, "012345...");
	check_cut(EYAS_PT_BYTEBUF, "0123456789", 10, 4, "0...");
	check_cut(EYAS_PT_BYTEBUF, "0123456789", 10, 3, "012");
	check_cut(EYAS_PT_BYTEBUF, "0123456789", 10, 1, "0");
	check_cut(EYAS_PT_FSPATH, "/0123456789", 12, 5, "/0123456789");
	check_cut(EYAS_PT_CHARBUFARRAY, "ab\0cd\0", 6, 3, "ab.cd");
	check_cut(EYAS_PT_DYN,
		  "\0"
		  "0123456789",
		  11, 5, "01...");
}

TEST(addresses)
{
	B(IPV4ADDR, "\x7f\0\0\1", "127.0.0.1");
	B(IPV4ADDR, "\xff\xff\xff\xff", "255.255.255.255");
	B(IPADDR, "\xa\x64\xc8\x9", "10.100.200.9");
	B(IPV6ADDR, "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1", "::1");
	B(IPV6ADDR, "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", "::");
	B(IPADDR, "\xfe\x80\0\0\0\0\0\0\x2\0\0\xff\xfe\0\0\1", "fe80::200:ff:fe00:1");
	B(IPV6ADDR, "\0\0\0\0\0\0\0\0\0\0\xff\xff\1\2\3\4", "::ffff:1.2.3.4");
	B(IPADDR, "\1\2\3\4\5", "<bad IPADDR>");
	B(IPV4ADDR, "\1\2\3", "<bad IPV4ADDR>");
}

/* Random addresses, rich in zeros, are written as inet_ntop() writes them. */
TEST(ipv6_as_inet_ntop)
{
	struct eyas_str str = EYAS_STR_INIT;
	uint8_t addr[16];
	char want[INET6_ADDRSTRLEN], got[64];
	unsigned i, j, state = 1;

	for (i = 0; i < 200000; i++) {
		for (j = 0; j < 16; j++) {
			state = state * 1664525 + 1013904223;
			/* Zero bytes in three of four groups, 0xffff groups for mapped ones. */
			addr[j] = (state >> 28) < 12   ? 0
				  : (state >> 28) < 13 ? 0xff
						       : (uint8_t)(state >> 16);
			if (j % 2 && (state >> 24) % 3)
				addr[j] = addr[j - 1];
		}
		CHECK(inet_ntop(AF_INET6, addr, want, sizeof(want)));
		eyas_text_addr(&str, addr, 16);
		CHECK_STR(text_of(&str, got, sizeof(got)), want);
	}
}

TEST(sockets)
{
	B(SOCKADDR, "\2\x7f\0\0\1\x90\x1f", "127.0.0.1:8080");
	B(SOCKADDR, "\2\0\0\0\0\0\0", "0.0.0.0:0");
	B(SOCKADDR, "\2\xff\xff\xff\xff\xff\xff", "255.255.255.255:65535");
	B(SOCKADDR, "\xa\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1\x35\0", "::1:53");
	B(SOCKADDR, "\xa\0\0\0\0\0\0\0\0\0\0\xff\xff\xa\0\0\1\x50\0", "10.0.0.1:80");
	B(SOCKADDR, "\1/dev/log\0", "/dev/log");
	B(SOCKADDR, "\1abstract-x.sock\0", "abstract-x.sock");
	B(SOCKADDR, "\1/x\x1b[0m\0", "/x\\x1b[0m");
	B(SOCKADDR, "\1", "");
	B(SOCKADDR, "\x10", "family 16");
	B(SOCKADDR, "\xff\1\2\3", "family 255");
	B(SOCKADDR, "\2\x7f\0\0\1\x90", "<bad SOCKADDR>");
	B(SOCKADDR, "\2", "<bad SOCKADDR>");
	B(SOCKADDR, "\xa\0", "<bad SOCKADDR>");
	B(SOCKTUPLE, "\2\x7f\0\0\1\x54\xc0\x7f\0\0\1\x90\x1f", "127.0.0.1:49236->127.0.0.1:8080");
	B(SOCKTUPLE,
	  "\xa\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1\x4c\xcc"
	  "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1\x8f\x82",
	  "::1:52300->::1:33423");
	B(SOCKTUPLE,
	  "\xa\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x78\xa3"
	  "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1\x5b\x92",
	  ":::41848->::1:37467");
	/* Both ends mapped from IPv4: shown as such; one alone is not. */
	B(SOCKTUPLE,
	  "\xa\0\0\0\0\0\0\0\0\0\0\xff\xff\1\2\3\4\1\0"
	  "\0\0\0\0\0\0\0\0\0\0\xff\xff\5\6\7\x8\2\0",
	  "1.2.3.4:1->5.6.7.8:2");
	B(SOCKTUPLE,
	  "\xa\0\0\0\0\0\0\0\0\0\0\xff\xff\1\2\3\4\1\0"
	  "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1\2\0",
	  "::ffff:1.2.3.4:1->::1:2");
	B(SOCKTUPLE, "\1\0\xf4\xa6\x7f\x50\x8c\xff\xff\0\0\0\0\0\0\0\0/tmp/s\0",
	  "ffff8c507fa6f400->0 /tmp/s");
	/* The blank stays without a path. */
	B(SOCKTUPLE, "\1\1\0\0\0\0\0\0\0\2\0\0\0\0\0\0\0", "1->2 ");
	B(SOCKTUPLE, "\1\1\0\0\0\0\0\0\0\2\0\0\0\0\0\0\0\0", "1->2 ");
	B(SOCKTUPLE, "\x11", "family 17");
	B(SOCKTUPLE, "\1\1\0\0\0", "<bad SOCKTUPLE>");
	B(SOCKTUPLE, "\2\x7f\0\0\1\x54\xc0\x7f\0\0\1\x90", "<bad SOCKTUPLE>");
	B(SOCKTUPLE, "\xa\0", "<bad SOCKTUPLE>");
}

TEST(fd_lists)
{
	B(FDLIST, "\1\0\3\0\0\0\0\0\0\0\1\0", "3:?1");
	B(FDLIST, "\2\0\0\0\0\0\0\0\0\0\x21\0\3\0\0\0\0\0\0\0\0\0", "0:?21 3:?0");
	B(FDLIST, "\1\0\xff\xff\xff\xff\xff\xff\xff\xff\0\0", "18446744073709551615:?0");
	B(FDLIST, "\1\0\1\0\0\0\0\0\0\0\xff\xff", "1:?ffffffff");
	B(FDLIST, "\0\0", "");
	B(FDLIST, "\0", "<bad FDLIST>");
	B(FDLIST, "\1\0", "<bad FDLIST>");
	B(FDLIST, "\2\0\3\0\0\0\0\0\0\0\1\0", "<bad FDLIST>");
	B(FDLIST, "\xff\xff\3\0\0\0\0\0\0\0\1\0", "<bad FDLIST>");
}

#define D(data, raw, resolved) \
	check_bytes(EYAS_PT_DYN, EYAS_FMT_DEC, NULL, data, sizeof(data) - 1, raw, resolved)

TEST(variants)
{
	D("\0ab\n", "ab.", "");
	D("\0", "", "");
	D("\1\xfe\xff\xff\xff\xff\xff\xff\xff", "-2", "ENOENT");
	D("\2\1\0\0\0", "1", "");
	D("\3\xc3\xe9\xa9\x04\xcb\x55\0\0", "55CB04A9E9C3", "");
	D("\4\0\x65\xcd\x1d\0\0\0\0", "500000000", "0.5s");
	D("\5\x13", "19", "SIGSTOP");
	D("\6\x9c\xff\xff\xff\xff\xff\xff\xff", "-100", "AT_FDCWD");
	D("\7key\x1b\0", "key\\x1b", "");
	/* A wrong size, a variant in a variant, an index past the table. */
	D("\2\1\0\0", "<bad UINT32>", "");
	D("\2", "<bad UINT32>", "");
	D("\x8\0", "<bad DYN>", "");
	D("\x9\0", "<bad DYN>", "");
	D("\xff", "<bad DYN>", "");
}

/* Every type with every length up to 40: the right ones print, no other reads out of bounds. */
TEST(wrong_sizes)
{
	struct eyas_param_info info = { "value", 0, EYAS_FMT_DEC, -1, 0, { NULL } };
	struct eyas_param param = { &info, NULL, 0 };
	struct eyas_str str = EYAS_STR_INIT;
	unsigned type, len, first, size;
	char want[64], got[512];
	uint8_t *data;

	for (type = 0; type < EYAS_PT_COUNT; type++)
		for (len = 1; len < 40; len++)
			for (first = 0; first < 12; first++) {
				data = malloc(len);
				CHECK(data);
				memset(data, 0xff, len);
				data[0] = (uint8_t)first;
				info.type = (uint8_t)type;
				param.data = data;
				param.len = len;
				eyas_text_raw(&str, &param);
				eyas_text_resolved(&str, &param);
				text_of(&str, got, sizeof(got));
				size = eyas_type_info(type)->size;
				snprintf(want, sizeof(want), "<bad %s>",
					 eyas_type_info(type)->name);
				if (size)
					CHECK_INT(!strcmp(got, want), len != size);
				free(data);
			}
}

TEST(missing)
{
	struct eyas_param_info info = { "value", 0, EYAS_FMT_DEC, -1, 0, { NULL } };
	struct eyas_param param = { &info, NULL, 0 };
	unsigned type;
	bool null;

	for (type = 0; type < EYAS_PT_COUNT; type++) {
		info.type = (uint8_t)type;
		null = type == EYAS_PT_BYTEBUF || type == EYAS_PT_SOCKTUPLE ||
		       type == EYAS_PT_FDLIST || type == EYAS_PT_CHARBUFARRAY ||
		       type == EYAS_PT_DYN;
		check_param(&param, null ? "NULL" : "<NA>", "");
	}
	/* A parameter that the type does not have; a type of a newer schema. */
	param.info = NULL;
	check_param(&param, "<NA>", "");
	param.info = &info;
	info.type = EYAS_PT_COUNT;
	param.data = (const uint8_t *)"abc";
	param.len = 3;
	check_param(&param, "<NA>", "");
}

TEST(doubles)
{
	static const double rows[] = { 0.0, -0.25, 12345.678 };
	static const char *const want[] = { "0.0", "-0.2", "12345.7" };
	size_t i;

	for (i = 0; i < 3; i++)
		check_bytes(EYAS_PT_DOUBLE, EYAS_FMT_NA, NULL, &rows[i], 8, want[i], "");
}

static void check_seconds(uint64_t ns)
{
	struct eyas_str str = EYAS_STR_INIT;
	char want[64], got[64];

	snprintf(want, sizeof(want), "%gs", (double)ns / 1000000000);
	eyas_text_seconds(&str, ns);
	CHECK_STR(text_of(&str, got, sizeof(got)), want);
}

/* Durations of all magnitudes are what printf makes of them, exact halves included. */
TEST(seconds_as_printf)
{
	uint64_t unit, ns, state = 1;
	unsigned i, j;

	for (unit = 1; unit <= UINT64_C(10000000000000000000) / 10; unit *= 10)
		for (i = 0; i < 1000; i++)
			check_seconds(unit * i);
	for (unit = 10; unit <= UINT64_C(10000000000000); unit *= 10)
		for (i = 0; i < 20000; i++) {
			state = state * 6364136223846793005ULL + 1442695040888963407ULL;
			ns = (100000 + (state >> 33) % 900000) * unit;
			/* Just below, on and above the half between two last digits. */
			for (j = 0; j < 3; j++)
				check_seconds(ns + unit / 2 - 1 + j);
			for (j = 0; j < 3; j++)
				check_seconds(ns + unit / 2 - 300 + 300 * j);
		}
	for (i = 0; i < 300000; i++) {
		state = state * 6364136223846793005ULL + 1442695040888963407ULL;
		check_seconds(state >> (state % 64));
	}
	check_seconds(UINT64_MAX);
	check_seconds(UINT64_MAX - 1);
	check_seconds(999999500);
	check_seconds(999999499);
}

static void check_time(uint64_t sec, unsigned ns)
{
	struct eyas_str str = EYAS_STR_INIT;
	char want[64], got[64];
	time_t when = (time_t)sec;
	struct tm tm;
	size_t n;

	localtime_r(&when, &tm);
	n = strftime(want, sizeof(want), "%Y-%m-%d %H:%M:%S", &tm);
	snprintf(want + n, sizeof(want) - n, ".%09u", ns);
	eyas_text_abstime(&str, sec * 1000000000 + ns);
	CHECK_STR(text_of(&str, got, sizeof(got)), want);
}

static void check_zone(const char *zone)
{
	uint64_t sec, state = 1;
	unsigned i;

	CHECK(!setenv("TZ", zone, 1));
	tzset();
	for (i = 0; i < 50000; i++) {
		state = state * 6364136223846793005ULL + 1442695040888963407ULL;
		check_time(state % 18446744073U, (unsigned)(state >> 40) % 1000000000);
	}
	/* Near each other, as times in a capture are, and over changes of the clock. */
	for (sec = 1793494800 - 4000; sec < 1793494800 + 8000; sec++)
		check_time(sec, 0);
	for (sec = 0; sec < 200; sec++)
		check_time(sec, 1);
	check_time(18446744073U, 709551615);
}

TEST(time_utc)
{
	struct eyas_str str = EYAS_STR_INIT;
	char got[64];

	check_zone("UTC");
	eyas_text_abstime(&str, UINT64_C(1795184914020000000));
	CHECK_STR(text_of(&str, got, sizeof(got)), "2026-11-20 14:28:34.020000000");
}

/* Rules in the variable itself, so that no zone files are needed. */
TEST(time_west)
{
	check_zone("EST5EDT,M3.2.0,M11.1.0");
}

TEST(time_east)
{
	check_zone("<+0545>-5:45");
}

/* Not even whole minutes. */
TEST(time_odd)
{
	check_zone("XXX-0:19:32");
}

TEST(abstime_param)
{
	uint8_t le[8];

	CHECK(!setenv("TZ", "UTC", 1));
	eyas_put_le64(le, UINT64_C(1795184212000000000));
	check_bytes(EYAS_PT_ABSTIME, EYAS_FMT_DEC, NULL, le, 8, "2026-11-20 14:16:52.000000000",
		    "");
	memset(le, 0, 8);
	check_bytes(EYAS_PT_ABSTIME, EYAS_FMT_DEC, NULL, le, 8, "1970-01-01 00:00:00.000000000",
		    "");
}

/* As snprintf: the whole length, a cut text, a NUL whenever there is room for it. */
TEST(param_text_sizes)
{
	static const struct eyas_param_info info = {
		"fd", EYAS_PT_FD, EYAS_FMT_DEC, -1, 0, { NULL }
	};
	static const uint8_t cwd[8] = { 0x9c, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };
	const struct eyas_param param = { &info, cwd, 8 };
	const char *whole = "-100(AT_FDCWD)";
	char buf[32];
	size_t size;

	CHECK_INT(eyas_param_text(&param, EYAS_TEXT_BOTH, NULL, 0), 14);
	for (size = 1; size < 20; size++) {
		memset(buf, 0x55, sizeof(buf));
		CHECK_INT(eyas_param_text(&param, EYAS_TEXT_BOTH, buf, size), 14);
		CHECK_INT(strlen(buf), size <= 14 ? size - 1 : 14);
		CHECK(!strncmp(buf, whole, strlen(buf)));
		CHECK_INT(buf[size], 0x55);
	}
}

/* The longest parameter of an event, all of it escapes. */
TEST(longest)
{
	struct eyas_param_info info = { "value", EYAS_PT_CHARBUF, EYAS_FMT_NA, -1, 0, { NULL } };
	uint8_t *data = malloc(65535);
	struct eyas_param param = { &info, data, 65535 };
	struct eyas_str str = EYAS_STR_INIT;

	CHECK(data);
	memset(data, 0x1b, 65535);
	eyas_text_param(&str, &param, 0);
	CHECK_INT(str.len, 4 * 65535);
	CHECK(!memcmp(str.data + str.len - 4, "\\x1b", 4));
	info.type = EYAS_PT_BYTEBUF;
	str.len = 0;
	eyas_text_param(&str, &param, 0);
	CHECK_INT(str.len, 65535);
	CHECK_INT(str.data[65534], '.');
	str.len = 0;
	info.type = EYAS_PT_CHARBUFARRAY;
	memset(data, 0, 65535);
	eyas_text_param(&str, &param, 0);
	CHECK_INT(str.len, 65534);
	eyas_str_fini(&str);
	free(data);
}

/* Text is appended: what the string held before stays. */
TEST(appends)
{
	static const struct eyas_param_info info = {
		"fd", EYAS_PT_FD, EYAS_FMT_DEC, -1, 0, { NULL }
	};
	static const uint8_t three[8] = { 3 };
	const struct eyas_param param = { &info, three, 8 };
	struct eyas_str str = EYAS_STR_INIT;
	char got[64];

	eyas_str_puts(&str, "fd=");
	eyas_text_param(&str, &param, 0);
	eyas_text_resolved(&str, &param);
	eyas_str_putc(&str, ' ');
	eyas_text_addr(&str, three, 4);
	eyas_text_addr(&str, three, 7);
	CHECK_STR(text_of(&str, got, sizeof(got)), "fd=3 3.0.0.0");
}
