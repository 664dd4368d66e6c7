/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes of a file, decompressed, through the window of a stream: every compression whole, in
 * pieces, cut short, damaged and followed by something else. What events become of it is shown
 * by test_source.c.
 */
#include "unit/rawcap.h"
#include "unit/squeeze.h"

#include <errno.h>
#include <sys/wait.h>

#include "capture/codec.h"
#include "capture/stream.h"

enum { DATA_BYTES = 1500000 };

static const enum eyas_compression compressed[] = { EYAS_COMPRESS_GZIP, EYAS_COMPRESS_ZSTD,
						    EYAS_COMPRESS_LZ4 };

/* Bytes that compress a little, so that there is much on both sides of a codec. */
static uint8_t *some_data(void)
{
	uint8_t *data = malloc(DATA_BYTES);
	uint64_t x = 88172645463325252u;
	size_t i;

	CHECK(data);
	for (i = 0; i < DATA_BYTES; i++) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		data[i] = (uint8_t)(i % 1000 < 300 ? i / 1000 : x & 0x3f);
	}
	return data;
}

/*
 * Read a file to its end, at most step bytes at a time, and compare with data as far as it goes.
 * Returns how many bytes there were; ret_err is how the stream ended.
 */
static uint64_t read_all(const char *path, const uint8_t *data, uint64_t len, size_t step,
			 int *ret_err, struct eyas_err *why)
{
	struct stream stream;
	const uint8_t *p;
	uint64_t got = 0;
	size_t n;

	CHECK_INT(stream_open(&stream, path, NULL), 0);
	while ((n = stream_peek(&stream, 1, &p)) > 0) {
		if (n > step)
			n = step;
		CHECK(got + n <= len);
		CHECK(!memcmp(p, data + got, n));
		CHECK_INT(stream.offset, got);
		stream_advance(&stream, n);
		got += n;
	}
	CHECK(stream.done);
	/* Asked again, it stays over. */
	CHECK_INT(stream_peek(&stream, 1, &p), 0);
	*ret_err = stream.err;
	if (why)
		*why = stream.why;
	stream_close(&stream);
	return got;
}

static void whole(const struct eyas_str *file, const uint8_t *data, uint64_t len, size_t step)
{
	const char *path = raw_store("whole", file->data, file->len);
	int err;

	CHECK_INT(read_all(path, data, len, step, &err, NULL), len);
	CHECK_INT(err, 0);
}

TEST(the_first_bytes_tell)
{
	static const uint8_t gzip[] = { 0x1f, 0x8b, 8, 0 }, zstd[] = { 0x28, 0xb5, 0x2f, 0xfd };
	static const uint8_t lz4[] = { 0x04, 0x22, 0x4d, 0x18 },
			     plain[] = { 0x0a, 0x0d, 0x0d, 0x0a };

	CHECK_INT(codec_find(gzip, 4)->id, EYAS_COMPRESS_GZIP);
	CHECK_INT(codec_find(gzip, 2)->id, EYAS_COMPRESS_GZIP);
	CHECK(!codec_find(gzip, 1));
	CHECK_INT(codec_find(zstd, 4)->id, EYAS_COMPRESS_ZSTD);
	CHECK(!codec_find(zstd, 3));
	CHECK_INT(codec_find(lz4, 4)->id, EYAS_COMPRESS_LZ4);
	CHECK(!codec_find(lz4, 3));
	CHECK(!codec_find(plain, 4));
	CHECK(!codec_find(plain, 0));
	CHECK_STR(eyas_compression_name(EYAS_COMPRESS_NONE), "none");
	CHECK_STR(eyas_compression_name(EYAS_COMPRESS_GZIP), "gzip");
	CHECK_STR(eyas_compression_name(EYAS_COMPRESS_ZSTD), "zstd");
	CHECK_STR(eyas_compression_name(EYAS_COMPRESS_LZ4), "lz4");
	CHECK_STR(eyas_compression_name((enum eyas_compression)99), "unknown");
}

TEST(every_compression_whole)
{
	static const size_t steps[] = { 1000, 65536, SIZE_MAX };
	uint8_t *data = some_data();
	struct eyas_str file = EYAS_STR_INIT;
	struct stream stream;
	const uint8_t *p;
	unsigned how, i;

	for (how = EYAS_COMPRESS_NONE; how <= EYAS_COMPRESS_LZ4; how++) {
		file.len = 0;
		squeeze((enum eyas_compression)how, data, DATA_BYTES, &file);
		CHECK(how == EYAS_COMPRESS_NONE || file.len < DATA_BYTES);
		for (i = 0; i < 3; i++)
			whole(&file, data, DATA_BYTES, steps[i]);
		CHECK_INT(stream_open(&stream, raw_path("whole"), NULL), 0);
		CHECK_INT(stream_peek(&stream, DATA_BYTES, &p), DATA_BYTES);
		CHECK(!memcmp(p, data, DATA_BYTES));
		CHECK_INT(stream_compression(&stream), how);
		/* More than there is. */
		CHECK_INT(stream_peek(&stream, DATA_BYTES + 1, &p), DATA_BYTES);
		CHECK_INT(stream.err, 0);
		CHECK_INT(stream.bytes_in, file.len);
		stream_close(&stream);
	}
	eyas_str_fini(&file);
	free(data);
}

TEST(a_file_of_few_bytes)
{
	struct eyas_str file = EYAS_STR_INIT;
	unsigned i, len;

	for (len = 0; len < 6; len++) {
		file.len = 0;
		eyas_str_add(&file, "\n\r\rabc", len);
		whole(&file, (const uint8_t *)"\n\r\rabc", len, 1);
	}
	/* Nothing, compressed. */
	for (i = 0; i < 3; i++) {
		file.len = 0;
		squeeze(compressed[i], "", 0, &file);
		whole(&file, NULL, 0, 1);
	}
	eyas_str_fini(&file);
}

TEST(members_and_frames_in_a_row)
{
	static const size_t cuts[] = { 0, 1, 1, 70000, 900000, DATA_BYTES };
	uint8_t *data = some_data();
	struct eyas_str file = EYAS_STR_INIT;
	unsigned i, k;

	for (i = 0; i < 3; i++) {
		file.len = 0;
		for (k = 0; k < 5; k++)
			squeeze(compressed[i], data + cuts[k], cuts[k + 1] - cuts[k], &file);
		whole(&file, data, DATA_BYTES, SIZE_MAX);
		whole(&file, data, DATA_BYTES, 4096);
	}
	eyas_str_fini(&file);
	free(data);
}

TEST(zeros_behind_gzip)
{
	uint8_t *data = some_data();
	struct eyas_str file = EYAS_STR_INIT;
	struct eyas_err why;
	int err;

	/* Fill of a tape block, also one that is longer than a read, also between members. */
	squeeze_gzip(data, 5000, &file);
	eyas_str_zero(&file, 1);
	whole(&file, data, 5000, SIZE_MAX);
	eyas_str_zero(&file, 600000);
	whole(&file, data, 5000, SIZE_MAX);
	squeeze_gzip(data + 5000, 5000, &file);
	whole(&file, data, 10000, SIZE_MAX);
	/* Anything else is no member. */
	eyas_str_puts(&file, "garbage");
	CHECK_INT(read_all(raw_store("x", file.data, file.len), data, 10000, SIZE_MAX, &err, &why),
		  10000);
	CHECK_INT(err, EYAS_E_FORMAT);
	CHECK_INT(why.code, EYAS_E_FORMAT);
	CHECK(strstr(why.text, "gzip data is damaged"));
	eyas_str_fini(&file);
	free(data);
}

TEST(garbage_behind_frames)
{
	uint8_t *data = some_data();
	struct eyas_str file = EYAS_STR_INIT;
	struct eyas_err why;
	unsigned i;
	int err;

	for (i = 1; i < 3; i++) {
		file.len = 0;
		squeeze(compressed[i], data, 5000, &file);
		eyas_str_puts(&file, "garbage of some length");
		CHECK_INT(read_all(raw_store("x", file.data, file.len), data, 5000, SIZE_MAX, &err,
				   &why),
			  5000);
		CHECK_INT(err, EYAS_E_FORMAT);
		CHECK(strstr(why.text, i == 1 ? "zstd data is damaged" : "lz4 data is damaged"));
	}
	eyas_str_fini(&file);
	free(data);
}

/* Cut anywhere: what came before is there, and the end is known for what it is. */
TEST(cut_short)
{
	uint8_t *data = some_data();
	struct eyas_str file = EYAS_STR_INIT;
	struct eyas_err why;
	uint64_t got, last;
	char words[64];
	size_t len;
	unsigned i;
	int err;

	for (i = 0; i < 3; i++) {
		file.len = 0;
		squeeze(compressed[i], data, DATA_BYTES, &file);
		snprintf(words, sizeof(words), "%s data ends in the middle",
			 eyas_compression_name(compressed[i]));
		last = 0;
		for (len = CODEC_MAGIC_BYTES; len < file.len; len += len < 30 ? 1 : file.len / 23) {
			got = read_all(raw_store("cut", file.data, len), data, DATA_BYTES, SIZE_MAX,
				       &err, &why);
			CHECK_INT(err, EYAS_E_TRUNC);
			CHECK_INT(why.code, EYAS_E_TRUNC);
			CHECK_STR(why.text, words);
			CHECK(got >= last);
			last = got;
		}
		/* All is there but the checksum's last byte. */
		got = read_all(raw_store("cut", file.data, file.len - 1), data, DATA_BYTES,
			       SIZE_MAX, &err, &why);
		CHECK_INT(err, EYAS_E_TRUNC);
		CHECK_INT(got, DATA_BYTES);
		/* A second one that ends in its head. */
		len = file.len;
		squeeze(compressed[i], data, 100, &file);
		got = read_all(raw_store("cut", file.data, len + 5), data, DATA_BYTES, SIZE_MAX,
			       &err, &why);
		CHECK_INT(err, EYAS_E_TRUNC);
		CHECK_INT(got, DATA_BYTES);
	}
	eyas_str_fini(&file);
	free(data);
}

/* One bit is wrong: never a crash or an endless loop, and found at the latest by the checksum. */
TEST(damaged)
{
	uint8_t *data = some_data(), *end;
	struct eyas_str file = EYAS_STR_INIT;
	struct eyas_err why;
	char words[64];
	struct stream stream;
	const uint8_t *p;
	size_t at, n;
	unsigned i;

	for (i = 0; i < 3; i++) {
		file.len = 0;
		squeeze(compressed[i], data, 300000, &file);
		snprintf(words, sizeof(words),
			 "%s data is damaged: ", eyas_compression_name(compressed[i]));
		for (at = 30; at < file.len; at += file.len / 37) {
			file.data[at] ^= 0x10;
			CHECK_INT(stream_open(&stream, raw_store("x", file.data, file.len), NULL),
				  0);
			while ((n = stream_peek(&stream, 1, &p)) > 0)
				stream_advance(&stream, n);
			why = stream.why;
			CHECK(stream.done);
			CHECK(stream.err == EYAS_E_FORMAT || stream.err == EYAS_E_TRUNC);
			if (stream.err == EYAS_E_FORMAT)
				CHECK(!strncmp(why.text, words, strlen(words)));
			CHECK_INT(why.code, stream.err);
			stream_close(&stream);
			file.data[at] ^= 0x10;
		}
		/* The checksum itself. */
		end = (uint8_t *)file.data + file.len - (i ? 1 : 5);
		*end ^= 1;
		CHECK_INT(stream_open(&stream, raw_store("x", file.data, file.len), NULL), 0);
		CHECK(stream_skip(&stream, UINT64_MAX) <= 300000);
		CHECK_INT(stream.err, EYAS_E_FORMAT);
		stream_close(&stream);
	}
	eyas_str_fini(&file);
	free(data);
}

TEST(skipping)
{
	uint8_t *data = some_data();
	struct eyas_str file = EYAS_STR_INIT;
	struct stream stream;
	const uint8_t *p;
	unsigned how;

	for (how = EYAS_COMPRESS_NONE; how <= EYAS_COMPRESS_LZ4; how++) {
		file.len = 0;
		squeeze((enum eyas_compression)how, data, DATA_BYTES, &file);
		CHECK_INT(stream_open(&stream, raw_store("x", file.data, file.len), NULL), 0);
		CHECK_INT(stream_skip(&stream, 0), 0);
		CHECK_INT(stream_skip(&stream, 999999), 999999);
		CHECK_INT(stream.offset, 999999);
		CHECK(stream_peek(&stream, 300000, &p) >= 300000);
		CHECK(!memcmp(p, data + 999999, 300000));
		/* The window grew no more than it had to. */
		CHECK(stream.cap <= 1 << 20);
		CHECK_INT(stream_skip(&stream, UINT64_MAX), DATA_BYTES - 999999);
		CHECK_INT(stream.offset, DATA_BYTES);
		CHECK_INT(stream_skip(&stream, 1), 0);
		stream_close(&stream);
	}
	eyas_str_fini(&file);
	free(data);
}

/* A length that lies about what follows costs no memory. */
TEST(a_peek_for_more_than_there_is)
{
	uint8_t *data = some_data();
	struct stream stream;
	const uint8_t *p;

	CHECK_INT(stream_open(&stream, raw_store("x", data, 300000), NULL), 0);
	CHECK_INT(stream_peek(&stream, (size_t)1 << 40, &p), 300000);
	CHECK(!memcmp(p, data, 300000));
	CHECK(stream.cap <= 1 << 20);
	CHECK(stream.done);
	CHECK_INT(stream.err, 0);
	stream_close(&stream);
	free(data);
}

/* What can be compressed a thousand times is read in pieces all the same. */
TEST(a_small_file_that_becomes_large)
{
	const size_t size = 50 << 20;
	uint8_t *data = calloc(1, size);
	struct eyas_str file = EYAS_STR_INIT;
	struct stream stream;
	unsigned i;

	CHECK(data);
	for (i = 0; i < 3; i++) {
		file.len = 0;
		squeeze(compressed[i], data, size, &file);
		CHECK(file.len < size / 100);
		CHECK_INT(stream_open(&stream, raw_store("x", file.data, file.len), NULL), 0);
		CHECK_INT(stream_skip(&stream, UINT64_MAX), size);
		CHECK_INT(stream.err, 0);
		CHECK(stream.cap <= 1 << 20);
		stream_close(&stream);
	}
	eyas_str_fini(&file);
	free(data);
}

/* Each byte arrives alone: also the first ones, by which a compression is known. */
TEST(a_pipe_of_single_bytes)
{
	uint8_t *data = some_data();
	struct eyas_str file = EYAS_STR_INIT;
	int fds[2], status;
	unsigned how;
	size_t i;
	pid_t pid;

	for (how = EYAS_COMPRESS_NONE; how <= EYAS_COMPRESS_LZ4; how++) {
		struct stream stream;
		const uint8_t *p;

		file.len = 0;
		squeeze((enum eyas_compression)how, data, 20000, &file);
		CHECK_INT(pipe(fds), 0);
		pid = fork();
		CHECK(pid >= 0);
		if (!pid) {
			close(fds[0]);
			for (i = 0; i < file.len; i++)
				if (write(fds[1], file.data + i, 1) != 1)
					_exit(1);
			_exit(0);
		}
		close(fds[1]);
		CHECK_INT(dup2(fds[0], STDIN_FILENO), STDIN_FILENO);
		close(fds[0]);
		CHECK_INT(stream_open(&stream, "-", NULL), 0);
		CHECK(stream_peek(&stream, 1, &p) >= 1);
		CHECK_INT(p[0], data[0]);
		CHECK_INT(stream_peek(&stream, 20000, &p), 20000);
		CHECK(!memcmp(p, data, 20000));
		CHECK_INT(stream_peek(&stream, 20001, &p), 20000);
		CHECK_INT(stream.err, 0);
		CHECK_INT(stream_compression(&stream), how);
		stream_close(&stream);
		/* Standard input is not the stream's to close. */
		CHECK(fcntl(STDIN_FILENO, F_GETFD) >= 0);
		CHECK_INT(waitpid(pid, &status, 0), pid);
		CHECK_INT(status, 0);
	}
	eyas_str_fini(&file);
	free(data);
}

TEST(what_cannot_be_read)
{
	struct stream stream;
	struct eyas_err err;
	const uint8_t *p;

	CHECK_INT(stream_open(&stream, raw_path("none"), &err), -ENOENT);
	CHECK_STR(err.text, "cannot open: No such file or directory");
	CHECK_INT(stream_open(&stream, test_tmpdir(), &err), -EISDIR);
	CHECK_STR(err.text, "cannot read: it is a directory");
	CHECK_INT(stream_open(&stream, test_tmpdir(), NULL), -EISDIR);
	/* A fault while reading ends the stream with words. */
	CHECK_INT(stream_open(&stream, raw_store("x", "abcdefgh", 8), NULL), 0);
	CHECK_INT(close(stream.fd), 0);
	CHECK_INT(stream_peek(&stream, 1, &p), 0);
	CHECK_INT(stream.err, -EBADF);
	CHECK_STR(stream.why.text, "cannot read: Bad file descriptor");
	stream.fd = -1;
	stream_close(&stream);
}
