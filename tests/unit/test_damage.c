/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Captures that are damaged, cut, compressed and cut, too large, or lie about lengths: what lies
 * before and, where the chain of blocks holds, behind the damage is delivered.
 */
#include "unit/diary.h"
#include "unit/squeeze.h"

#include <errno.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

/* ---- damage ---- */

/* Reported with its place; what follows is read as if nothing had been. */
TEST(damage_inside_a_block_is_survived)
{
	struct eyas_str capture = EYAS_STR_INIT;
	struct diary diary = { 0 };
	size_t at;

	raw_section(&capture); /* 28 */
	/* An entry that says it reaches out of its block, one shorter than its fields. */
	at = raw_begin(&capture, 0x220); /* 28, 20 bytes */
	raw_u32(&capture, 400);
	raw_u32(&capture, 0);
	raw_end(&capture, at);
	at = raw_begin(&capture, 0x218); /* 48, 40 bytes */
	raw_u64(&capture, 1);
	raw_u32(&capture, 10);
	eyas_str_zero(&capture, 16);
	raw_end(&capture, at);
	at = raw_begin(&capture, 0x203); /* 88, 40 bytes: no lengths, and the name is too long */
	raw_u64(&capture, 2);
	eyas_str_zero(&capture, 16);
	raw_u8(&capture, EYAS_FD_FIFO);
	raw_u16(&capture, 500);
	raw_end(&capture, at);
	raw_close(&capture, 1, 1, 1); /* 128, 60 bytes */
	capture.data[capture.len - 4] ^= 4;
	raw_close(&capture, 2, 1, 1);			/* 188 */
	capture.data[capture.len - 60 + 10 + 26] = 7;	/* res has 7 bytes */
	raw_close(&capture, 3, 1, 1);			/* 248 */
	capture.data[capture.len - 60 + 10 + 22] = 100; /* so many parameters */
	raw_close(&capture, 4, 1, 1);			/* 308 */
	at = raw_begin(&capture, 0x216);		/* 368, 12 bytes: not even a header */
	raw_end(&capture, at);
	machine_block(&capture); /* 380, 192 bytes */
	raw_close(&capture, 5, 1, 1);
	read_raw(&diary, &capture);
	is(&diary, EYAS_E_END,
	   "section\n"
	   "damage -4098 at 36: x.scap: offset 36: list entry with a length outside its block; the "
	   "rest of its list is skipped\n"
	   "fds of 1\n"
	   "damage -4098 at 64: x.scap: offset 64: list entry shorter than its fields; the rest of "
	   "its list is skipped\n"
	   "fds of 2\n"
	   "damage -4098 at 104: x.scap: offset 104: list entry reaches beyond its block; the rest "
	   "of its list is skipped\n"
	   "damage -4098 at 184: x.scap: offset 184: block ends with length 56, it began with 60\n"
	   "1 SYSCALL_CLOSE_X t=1 tid=1 cpu=0\n"
	   "damage -4101 at 188: x.scap: offset 188: parameter res of close event has 7 bytes, "
	   "type "
	   "ERRNO takes 8\n"
	   "damage -4097 at 248: x.scap: offset 248: close event says it has 100 parameters, too "
	   "many for its 46 bytes\n"
	   "2 SYSCALL_CLOSE_X t=4 tid=1 cpu=0\n"
	   "damage -4098 at 368: x.scap: offset 368: event block of 12 bytes, expected 14 to "
	   "134217728\n"
	   "damage -4098 at 380: x.scap: offset 380: metadata (block type 0x201) behind events, "
	   "expected an event or a section header\n"
	   "3 SYSCALL_CLOSE_X t=5 tid=1 cpu=0\n");
	CHECK_INT(diary.stats.damaged, 8);
	CHECK_INT(diary.stats.events_delivered, 3);
	done(&diary, &capture);
}

TEST(a_broken_chain_of_blocks_ends_the_file)
{
	struct eyas_str capture = EYAS_STR_INIT;
	struct diary diary = { 0 };

	read_raw(&diary, &capture);
	is(&diary, EYAS_E_TRUNC, "");
	CHECK(strstr(diary.err.text, "the input is empty"));
	raw_close(&capture, 1, 1, 1);
	read_raw(&diary, &capture);
	is(&diary, EYAS_E_FORMAT, "");
	CHECK(strstr(diary.err.text, "x.scap: offset 0: not a capture: begins with 0x00000216"));
	capture.len = 0;
	raw_section(&capture);
	raw_close(&capture, 1, 1, 1);
	raw_close(&capture, 2, 1, 1);
	eyas_put_le32(capture.data + 88 + 4, 7);
	read_raw(&diary, &capture);
	is(&diary, EYAS_E_FORMAT, "section\n1 SYSCALL_CLOSE_X t=1 tid=1 cpu=0\n");
	CHECK(strstr(diary.err.text, "x.scap: offset 92: block of 7 bytes, expected 12 or more"));
	CHECK_INT(diary.err.offset, 92);
	done(&diary, &capture);
}

/* Every length of a capture with all kinds of blocks: an end between blocks is one, others not. */
TEST(cut_anywhere)
{
	struct eyas_str capture = EYAS_STR_INIT;
	struct diary diary = { 0 };
	size_t len, all, next = 0, whole = 0;
	uint64_t blocks = 0;

	full_capture(&capture);
	raw_close(&capture, 6, 1, 3);
	all = capture.len;
	for (len = 1; len <= all; len++) {
		if (len > next) {
			whole = next;
			next += eyas_le32(capture.data + next + 4);
			blocks++;
		}
		capture.len = len;
		read_raw(&diary, &capture);
		if (len == next) {
			CHECK_INT(diary.res, EYAS_E_END);
			CHECK_INT(diary.stats.blocks, blocks);
			continue;
		}
		CHECK_INT(diary.res, EYAS_E_TRUNC);
		CHECK_INT(diary.err.code, EYAS_E_TRUNC);
		CHECK_INT(diary.err.offset, whole);
		CHECK(strstr(diary.err.text, "x.scap: offset "));
		CHECK(strstr(diary.err.text, "the input ends after"));
		CHECK_INT(diary.stats.events_delivered, len > all - 60 ? 1 : 0);
		CHECK_INT(diary.stats.damaged, 0);
	}
	CHECK_INT(diary.stats.events_delivered, 2);
	done(&diary, &capture);
}

/* ---- compressed ---- */

TEST(compressed_captures)
{
	static const enum eyas_compression how[] = { EYAS_COMPRESS_NONE, EYAS_COMPRESS_GZIP,
						     EYAS_COMPRESS_ZSTD, EYAS_COMPRESS_LZ4 };
	struct eyas_str capture = EYAS_STR_INIT, file = EYAS_STR_INIT;
	struct diary diary = { 0 };
	const char *path;
	char *want = NULL;
	unsigned i, k;

	full_capture(&capture);
	for (k = 0; k < 5000; k++)
		raw_close(&capture, k, k % 7, k);
	for (i = 0; i < 4; i++) {
		file.len = 0;
		squeeze(how[i], capture.data, capture.len, &file);
		path = raw_store("x.scap", file.data, file.len);
		read_files(&diary, NULL, &path, 1);
		CHECK_INT(diary.res, EYAS_E_END);
		CHECK_INT(diary.stats.events_delivered, 5001);
		CHECK_INT(diary.stats.compression, how[i]);
		CHECK_INT(diary.stats.bytes_in, file.len);
		CHECK_INT(diary.stats.bytes_total, file.len);
		CHECK_INT(diary.stats.bytes, capture.len);
		if (want)
			CHECK(!strcmp(want, diary.text.data));
		else
			want = strdup(diary.text.data);
		/* Two captures in one file, each compressed for itself. */
		squeeze(how[i], capture.data, capture.len, &file);
		path = raw_store("x.scap", file.data, file.len);
		read_files(&diary, NULL, &path, 1);
		CHECK_INT(diary.res, EYAS_E_END);
		CHECK_INT(diary.stats.events_delivered, 10002);
		CHECK_INT(diary.stats.sections, 2);
	}
	free(want);
	eyas_str_fini(&file);
	done(&diary, &capture);
}

TEST(compressed_and_cut_or_damaged)
{
	static const enum eyas_compression how[] = { EYAS_COMPRESS_GZIP, EYAS_COMPRESS_ZSTD,
						     EYAS_COMPRESS_LZ4 };
	struct eyas_str capture = EYAS_STR_INIT, file = EYAS_STR_INIT;
	struct eyas_source_opts opts = { .size = sizeof(opts) };
	struct diary diary = { 0 };
	uint64_t last, seen;
	const char *path;
	unsigned i, k;
	size_t len;

	raw_section(&capture);
	for (k = 0; k < 20000; k++)
		raw_close(&capture, k * UINT64_C(0x9e3779b97f4a7c15), k, k * 77777);
	for (i = 0; i < 3; i++) {
		file.len = 0;
		squeeze(how[i], capture.data, capture.len, &file);
		last = seen = 0;
		for (len = 4; len < file.len; len += len < 20 ? 3 : file.len / 11) {
			path = raw_store("x.scap", file.data, len);
			read_files(&diary, &opts, &path, 1);
			CHECK_INT(diary.res, EYAS_E_TRUNC);
			CHECK_INT(diary.err.code, EYAS_E_TRUNC);
			CHECK(strstr(diary.err.text, "x.scap: offset "));
			CHECK(strstr(diary.err.text, "data ends in the middle"));
			CHECK(diary.stats.events_delivered >= last);
			last = diary.stats.events_delivered;
			seen += last > 0 && last < 20000;
		}
		CHECK(seen >= 3);
		/* All but the last byte: all events are there, the end is not. */
		path = raw_store("x.scap", file.data, file.len - 1);
		read_files(&diary, &opts, &path, 1);
		CHECK_INT(diary.res, EYAS_E_TRUNC);
		CHECK_INT(diary.stats.events_delivered, 20000);
		/* A wrong checksum behind the last block. */
		file.data[file.len - (i ? 1 : 5)] ^= 1;
		path = raw_store("x.scap", file.data, file.len);
		read_files(&diary, &opts, &path, 1);
		CHECK_INT(diary.res, EYAS_E_FORMAT);
		CHECK(strstr(diary.err.text, "data is damaged"));
		CHECK(strstr(diary.err.text, "x.scap: offset "));
		CHECK(diary.err.offset > 0 && diary.err.offset <= capture.len);
		CHECK(diary.stats.events_delivered >= last);
		/* The compressed bytes end, and so does the last block: no capture is cut there. */
		CHECK_INT(diary.stats.damaged, 0);
	}
	eyas_str_fini(&file);
	done(&diary, &capture);
}

/* ---- limits ---- */

TEST(large_event_blocks)
{
	enum { SIZE = 64 << 20 };
	struct eyas_str capture = EYAS_STR_INIT;
	struct eyas_source_opts opts = { .size = sizeof(opts) };
	struct diary diary = { 0 };
	const struct eyas_event *event;
	struct eyas_source *source;
	struct eyas_param param;
	struct eyas_encoder enc;
	uint8_t *data = malloc(SIZE), *buf = malloc(SIZE + 64);
	const char *path;
	int len;

	CHECK(data && buf);
	memset(data, 'x', SIZE);
	data[SIZE - 1] = 'y';
	eyas_encoder_begin(&enc, buf, SIZE + 64, EYAS_EV_PLUGINEVENT_E, 1, 1);
	eyas_put_uint(&enc, 9);
	eyas_put_bytes(&enc, data, SIZE);
	len = eyas_encoder_end(&enc);
	CHECK(len > SIZE);
	raw_section(&capture);
	raw_close(&capture, 1, 1, 1);
	raw_event(&capture, 0, 0, buf, (size_t)len);
	raw_close(&capture, 2, 1, 1);
	free(buf);
	path = raw_store("x.scap", capture.data, capture.len);
	CHECK_INT(eyas_source_open_files(&path, 1, NULL, &source, NULL), 0);
	CHECK_INT(eyas_source_next(source, &event, NULL), 1);
	CHECK_INT(eyas_source_next(source, &event, NULL), 1);
	CHECK_INT(event->type, EYAS_EV_PLUGINEVENT_E);
	CHECK_INT(event->offset, 88);
	CHECK_INT(eyas_event_param(event, 1, &param), 1);
	CHECK_INT(param.len, SIZE);
	CHECK(!memcmp(param.data, data, SIZE));
	CHECK_INT(eyas_source_next(source, &event, NULL), 1);
	CHECK_INT(eyas_source_next(source, &event, NULL), EYAS_E_END);
	eyas_source_close(source);
	free(data);
	opts.max_block_bytes = 1 << 20;
	opts.damage = on_damage;
	opts.damage_ctx = &diary;
	read_files(&diary, &opts, &path, 1);
	is(&diary, EYAS_E_END,
	   "1 SYSCALL_CLOSE_X t=1 tid=1 cpu=0\n"
	   "damage -4100 at 88: x.scap: offset 88: event block of 67108916 bytes, expected 14 to "
	   "1048576\n"
	   "2 SYSCALL_CLOSE_X t=2 tid=1 cpu=0\n");
	CHECK_INT(diary.stats.damaged, 1);
	/* Just at the limit, and one below. */
	opts.max_block_bytes = 60;
	read_files(&diary, &opts, &path, 1);
	CHECK_INT(diary.stats.events_delivered, 2);
	opts.max_block_bytes = 59;
	read_files(&diary, &opts, &path, 1);
	CHECK_INT(diary.stats.events_delivered, 0);
	CHECK_INT(diary.stats.damaged, 3);
	done(&diary, &capture);
}

/* A block that says it has 4 GiB in a small file costs no more memory than the file. */
TEST(a_length_that_lies)
{
	struct eyas_str capture = EYAS_STR_INIT;
	struct eyas_source_opts opts = { .size = sizeof(opts), .max_block_bytes = UINT64_MAX };
	struct diary diary = { 0 };
	struct rusage usage;
	const char *path;
	long before;

	raw_section(&capture);
	raw_close(&capture, 1, 1, 1);
	eyas_put_le32(capture.data + 28 + 4, UINT32_MAX);
	eyas_str_zero(&capture, 600000); /* more than the window, which grows a little */
	path = raw_store("x.scap", capture.data, capture.len);
	CHECK_INT(getrusage(RUSAGE_SELF, &usage), 0);
	before = usage.ru_maxrss;
	read_files(&diary, &opts, &path, 1);
	is(&diary, EYAS_E_TRUNC, "");
	CHECK(strstr(diary.err.text, "event block of 4294967295 bytes, but the input ends after "
				     "600060 of them"));
	CHECK_INT(getrusage(RUSAGE_SELF, &usage), 0);
	CHECK(usage.ru_maxrss - before < 10 << 10);
	done(&diary, &capture);
}

TEST(stored_events_have_a_limit)
{
	struct eyas_str capture = EYAS_STR_INIT;
	struct eyas_source_opts opts = { .size = sizeof(opts), .max_stored_bytes = 640 };
	struct diary diary = { 0 };
	const char *path;
	unsigned i;

	raw_section(&capture);
	for (i = 0; i < 25; i++)
		raw_empty(&capture, EYAS_EV_SYSCALL_CLOSE_E, 1, 1, i);
	for (i = 0; i < 25; i++)
		raw_empty(&capture, EYAS_EV_SYSCALL_CLOSE_X, 1, 1, i);
	path = raw_store("x.scap", capture.data, capture.len);
	read_files(&diary, &opts, &path, 1);
	CHECK_INT(diary.stats.enters_evicted, 15);
	CHECK_INT(diary.stats.enters_missing, 15);
	CHECK_INT(diary.stats.events_converted, 25);
	opts.max_stored_bytes = 0;
	read_files(&diary, &opts, &path, 1);
	CHECK_INT(diary.stats.enters_evicted + diary.stats.enters_missing, 0);
	done(&diary, &capture);
}
