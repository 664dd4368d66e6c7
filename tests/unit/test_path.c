/* SPDX-License-Identifier: Apache-2.0 */
/* Joining paths, and the directory that a path of an event starts at. */
#include "unit/feed.h"

#include <stdlib.h>

struct joined {
	const char *base, *path, *want;
};

static void check_join(const char *base, const char *path, const char *want)
{
	struct eyas_str out = EYAS_STR_INIT;

	eyas_str_puts(&out, "kept");
	eyas_path_join(&out, base, strlen(base), path, strlen(path));
	eyas_str_putc(&out, '\0');
	CHECK(!out.nomem);
	CHECK(!memcmp(out.data, "kept", 4));
	CHECK_STR(out.data + 4, want);
	eyas_str_fini(&out);
}

TEST(paths_are_joined_and_made_normal)
{
	static const struct joined rows[] = {
		{ "/a/", "b", "/a/b" },
		{ "/a/", "b/", "/a/b" },
		{ "/a/", "./b//c/.", "/a/b/c" },
		{ "/a/", "../b", "/b" },
		{ "/a/b/", "..//../..", "/" },
		{ "/a/", ".", "/a" },
		{ "/", ".", "/" },
		{ "/", "..", "/" },
		{ "/a/", "/b", "/b" },
		{ "/a/", "/", "/" },
		{ "/a/", "////b", "/b" },
		{ "/a/", "/b/c/../../../d", "/d" },
		{ "/a/", "...", "/a/..." },
		{ "/a/", "..b", "/a/..b" },
		{ "/a/", "b..", "/a/b.." },
		/* The base is taken as it is. */
		{ "/a//", "b", "/a//b" },
		{ "/a", "b", "/ab" },
		{ "", "b/c", "b/c" },
		{ "", "../b", "b" },
		{ "", "./", "" },
		{ "a/", "../", "" },
		{ "../", "x/../../y", "y" },
		{ "<UNKNOWN>", "b", "<UNKNOWN>b" },
		/* An empty path is none. */
		{ "/a/", "", "" },
		{ "/a/", "\x01\xff\n", "/a/\x01\xff\n" },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		check_join(rows[i].base, rows[i].path, rows[i].want);
}

TEST(a_path_of_4095_bytes_is_the_longest)
{
	static const char too_long[] = "/DIR_TOO_LONG/FILENAME_TOO_LONG";
	char path[4200], want[4200];

	memset(path, 'x', sizeof(path));
	path[0] = '/';
	path[4095] = '\0';
	check_join("", path, path);
	path[4095] = 'x';
	path[4096] = '\0';
	check_join("", path, too_long);
	/* Only what comes out counts. */
	memcpy(want, path, 4095);
	want[4095] = '\0';
	memcpy(path + 4095, "/./", 4);
	check_join("", path, want);
	/* The base counts as well. */
	path[3000] = '\0';
	path[2999] = '/';
	check_join(path, want + 1, too_long);
}

static void check_base(struct feed *f, int64_t dirfd, const char *want)
{
	struct eyas_str scratch = EYAS_STR_INIT;
	const char *base;
	size_t len;

	eyas_path_base(&f->context, dirfd, &scratch, &base, &len);
	CHECK_INT(len, strlen(want));
	CHECK(!memcmp(base, want, len));
	eyas_str_fini(&scratch);
}

TEST(the_directory_of_a_path)
{
	struct feed f;

	feed_start(&f);
	feed_open(&f, 100, 3, "/tmp/dir");
	feed_open(&f, 100, 5, "/");
	FEED(&f, 100, SYSCALL_PIPE_X, I(0), I(6), I(7), I(1));
	check_base(&f, -100, "/srv/");
	check_base(&f, 3, "/tmp/dir/");
	check_base(&f, 5, "/");
	check_base(&f, 4, "<UNKNOWN>");
	check_base(&f, 6, "<UNKNOWN>");
	check_base(&f, -1, "<UNKNOWN>");
	f.context.thread = NULL;
	check_base(&f, -100, "<UNKNOWN>");
	feed_end(&f);
}

static bool is_plain(const char *path)
{
	size_t len = strlen(path);
	char *exact = malloc(len ? len : 1);
	bool plain;

	CHECK(exact != NULL);
	memcpy(exact, path, len);
	plain = path_is_plain(exact, len);
	free(exact);
	return plain;
}

TEST(plain_paths_need_no_joining)
{
	char path[40];
	unsigned i, k, plain = 0;

	CHECK(is_plain("/etc/passwd"));
	CHECK(is_plain("/usr/lib/x86_64-linux-gnu/libc.so.6"));
	CHECK(!is_plain(""));
	CHECK(!is_plain("etc"));
	CHECK(!is_plain("/"));
	CHECK(!is_plain("/etc/"));
	CHECK(!is_plain("/a/."));
	CHECK(!is_plain("/a/.."));
	CHECK(!is_plain("/usr/local/share/../lib"));
	CHECK(!is_plain("/usr/local/share//lib"));
	/* What is called plain stays as it is when it is joined; few letters make many of both. */
	srand(7);
	for (i = 0; i < 200000; i++) {
		size_t len = 1 + (size_t)rand() % (sizeof(path) - 1);

		for (k = 0; k < len; k++)
			path[k] = "abcd/.o\x80"[rand() % 8];
		path[0] = '/';
		path[len] = '\0';
		if (!path_is_plain(path, len))
			continue;
		plain++;
		check_join("/base/", path, path);
	}
	CHECK(plain > 1000);
}
