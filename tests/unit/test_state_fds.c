/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Descriptor tables: against a naive model in random order, hostile numbers, sharing and copying,
 * limits, and that nothing is left behind.
 */
#include <stdlib.h>
#include <string.h>

#include "unit/harness.h"

#include "state/state_int.h"

static struct eyas_state *state;

static struct fd_table *begin(uint64_t max_fds, uint64_t max_fds_process)
{
	struct eyas_state_opts opts = { .size = sizeof(opts),
					.max_fds = max_fds,
					.max_fds_process = max_fds_process };
	struct fd_table *table;

	CHECK_INT(eyas_state_new(&opts, &state, NULL), 0);
	table = fd_table_new(state);
	CHECK(table);
	return table;
}

static void end(struct fd_table *table)
{
	fd_table_put(state, table);
	CHECK_INT(state->live_fds, 0);
	CHECK_INT(state->live_tables, 0);
	CHECK_INT(state->strings.used, 0);
	eyas_state_free(state);
}

static void name_it(struct eyas_fd *fd, const char *name)
{
	state_set_str(state, &fd->name, name, strlen(name));
}

static void put(struct fd_table *table, int64_t num, uint64_t ino)
{
	struct eyas_fd *fd = fd_insert(state, table, num);

	CHECK(fd);
	fd->ino = ino;
}

TEST(fd_insert_find_remove)
{
	struct fd_table *table = begin(0, 0);
	struct eyas_fd *fd;

	CHECK(!fd_table_find(table, 0));
	CHECK(!fd_remove(state, table, 0));
	fd = fd_insert(state, table, 3);
	CHECK(fd);
	CHECK_INT(fd->num, 3);
	CHECK_STR(fd->name->text, "");
	CHECK(!fd->name_raw && !fd->bits && !fd->kind);
	name_it(fd, "/tmp/x");
	CHECK(fd_table_find(table, 3) == fd);
	CHECK(!fd_table_find(table, 2));
	CHECK(!fd_table_find(table, -1));
	CHECK(fd_remove(state, table, 3));
	CHECK(!fd_table_find(table, 3));
	CHECK_INT(state->stats.fds_added, 1);
	CHECK_INT(state->stats.fds_closed, 1);
	end(table);
}

TEST(fd_opened_again_without_a_close)
{
	struct fd_table *table = begin(0, 0);
	struct eyas_fd *fd = fd_insert(state, table, 5);

	name_it(fd, "/old");
	state_set_str(state, &fd->name_raw, "old", 3);
	fd->bits = FD_CLOSE_ON_EXEC;
	fd = fd_insert(state, table, 5);
	CHECK_STR(fd->name->text, "");
	CHECK(!fd->name_raw && !fd->bits);
	CHECK_INT(table->count, 1);
	CHECK_INT(state->live_fds, 1);
	CHECK_INT(state->stats.fds_replaced, 1);
	end(table);
}

/* Numbers as kernels give them are at their own places, whatever was closed before. */
TEST(fd_at_its_own_place)
{
	struct fd_table *table = begin(0, 0);
	int64_t i;

	for (i = 0; i < 10; i++)
		put(table, i, 0);
	fd_remove(state, table, 2);
	CHECK_INT(table->fds[2].num, 9);
	put(table, 2, 0);
	for (i = 0; i < 10; i++)
		CHECK_INT(table->fds[i].num, i);
	end(table);
}

enum { MODEL_MAX = 400 };

/* What a table should hold. */
static struct {
	int64_t nums[MODEL_MAX];
	uint64_t inos[MODEL_MAX];
	unsigned count;
} model;

static int model_find(int64_t num)
{
	unsigned i;

	for (i = 0; i < model.count; i++)
		if (model.nums[i] == num)
			return (int)i;
	return -1;
}

static void model_remove(int at)
{
	model.count--;
	model.nums[at] = model.nums[model.count];
	model.inos[at] = model.inos[model.count];
}

static void check_model(const struct fd_table *table)
{
	unsigned i;

	CHECK_INT(table->count, model.count);
	CHECK(table->count <= table->cap);
	for (i = 0; i < model.count; i++) {
		const struct eyas_fd *fd = fd_table_find(table, model.nums[i]);

		CHECK(fd);
		CHECK_INT(fd->num, model.nums[i]);
		CHECK_INT(fd->ino, model.inos[i]);
	}
}

static void random_step(struct fd_table *table, int64_t num, uint64_t ino)
{
	int at = model_find(num);

	CHECK(!!fd_table_find(table, num) == (at >= 0));
	/* As often in as out, so that the table grows and shrinks. */
	if (at >= 0) {
		CHECK(fd_remove(state, table, num));
		model_remove(at);
	} else if (model.count < MODEL_MAX) {
		put(table, num, ino);
		model.nums[model.count] = num;
		model.inos[model.count++] = ino;
	}
}

static const int64_t strange_nums[] = { 0,	    -1,
					INT64_MIN,  INT64_MAX,
					UINT32_MAX, (int64_t)UINT32_MAX + 1,
					INT32_MAX,  INT64_MIN + 1,
					-100 };

static int64_t random_num(int64_t range)
{
	int64_t num = random() % range;

	if (random() % 8)
		return num;
	if (random() % 2)
		return strange_nums[random() % (long)(sizeof(strange_nums) / sizeof(int64_t))];
	/* Far apart, and alike in their lower bits. */
	return (int64_t)((uint64_t)num << 40);
}

TEST(fd_random_order_against_a_model)
{
	static const int64_t ranges[] = { 4, 9, 16, 60, 700 };
	struct fd_table *table = begin(0, 0);
	unsigned r, i;

	srandom(1);
	for (r = 0; r < sizeof(ranges) / sizeof(ranges[0]); r++) {
		for (i = 0; i < 20000; i++) {
			random_step(table, random_num(ranges[r]), i);
			if (i % 64 == 0)
				check_model(table);
		}
	}
	check_model(table);
	CHECK(table->index);
	CHECK_INT(state->live_fds, model.count);
	end(table);
}

TEST(fd_ranges)
{
	struct fd_table *table = begin(0, 0);
	int64_t i;

	for (i = 0; i < 100; i++)
		put(table, i, (uint64_t)i);
	put(table, -7, 1);
	CHECK_INT(fd_remove_range(state, table, 10, 89), 80);
	CHECK_INT(fd_remove_range(state, table, 10, 89), 0);
	CHECK_INT(table->count, 21);
	for (i = 0; i < 100; i++)
		CHECK(!!fd_table_find(table, i) == (i < 10 || i > 89));
	CHECK_INT(fd_remove_range(state, table, 5, 4), 0);
	CHECK_INT(fd_remove_range(state, table, 95, INT64_MAX), 5);
	CHECK_INT(fd_remove_range(state, table, INT64_MIN, INT64_MAX), 16);
	CHECK_INT(table->count, 0);
	end(table);
}

TEST(fd_cloexec)
{
	struct fd_table *table = begin(0, 0);
	int64_t i;

	for (i = 0; i < 50; i++) {
		put(table, i, 0);
		if (i % 3)
			fd_table_find(table, i)->bits |= FD_CLOSE_ON_EXEC;
	}
	fd_remove_cloexec(state, table);
	CHECK_INT(table->count, 17);
	for (i = 0; i < 50; i++)
		CHECK(!!fd_table_find(table, i) == !(i % 3));
	end(table);
}

TEST(fd_copy_of_one_entry)
{
	struct fd_table *table = begin(0, 0);
	struct eyas_fd *fd = fd_insert(state, table, 3), *dup;
	int64_t i;

	name_it(fd, "/tmp/x");
	state_set_str(state, &fd->name_raw, "x", 1);
	fd->ino = 7;
	/* Into the same table, which grows under the original. */
	for (i = 4; i < 40; i++) {
		dup = fd_insert_copy(state, table, i, fd_table_find(table, 3));
		CHECK_INT(dup->num, i);
		CHECK_INT(dup->ino, 7);
		CHECK_STR(dup->name->text, "/tmp/x");
		CHECK_STR(dup->name_raw->text, "x");
	}
	CHECK_INT(fd_table_find(table, 3)->name->refs, 37);
	/* Onto itself. */
	dup = fd_insert_copy(state, table, 3, fd_table_find(table, 3));
	CHECK_STR(dup->name->text, "/tmp/x");
	CHECK_INT(dup->name->refs, 37);
	CHECK_INT(table->count, 37);
	end(table);
}

TEST(fd_table_copied_and_shared)
{
	struct fd_table *table = begin(0, 0), *copy, *same;
	int64_t i;

	for (i = 0; i < 30; i++) {
		put(table, 1000 - i, (uint64_t)i);
		name_it(fd_table_find(table, 1000 - i), "/tmp/x");
	}
	same = fd_table_ref(table);
	copy = fd_table_copy(state, table);
	CHECK_INT(state->live_fds, 60);
	for (i = 0; i < 30; i++)
		CHECK_INT(fd_table_find(copy, 1000 - i)->ino, i);
	fd_remove(state, copy, 1000);
	put(copy, 5, 99);
	CHECK(fd_table_find(table, 1000));
	CHECK(!fd_table_find(table, 5));
	fd_remove(state, same, 999);
	CHECK(!fd_table_find(table, 999));
	fd_table_put(state, same);
	CHECK(fd_table_find(table, 998));
	fd_table_put(state, copy);
	CHECK_INT(state->live_fds, 29);
	copy = fd_table_new(state);
	same = fd_table_copy(state, copy);
	CHECK_INT(same->count, 0);
	fd_table_put(state, same);
	fd_table_put(state, copy);
	end(table);
}

TEST(fd_limit_of_a_process)
{
	struct fd_table *table = begin(0, 20);
	int64_t i;

	for (i = 0; i < 20; i++)
		put(table, i, 0);
	CHECK(!fd_insert(state, table, 20));
	CHECK(!fd_insert_copy(state, table, 21, fd_table_find(table, 0)));
	CHECK(fd_insert(state, table, 19));
	CHECK_INT(state->stats.fds_refused, 2);
	fd_remove(state, table, 0);
	CHECK(fd_insert(state, table, 20));
	end(table);
}

TEST(fd_limit_of_all)
{
	struct fd_table *table = begin(25, 0), *copy;
	int64_t i;

	for (i = 0; i < 15; i++)
		put(table, i, 0);
	copy = fd_table_copy(state, table);
	CHECK_INT(copy->count, 10);
	CHECK_INT(state->stats.fds_refused, 5);
	CHECK(!fd_insert(state, table, 15));
	CHECK_INT(state->live_fds, 25);
	fd_table_put(state, copy);
	CHECK(fd_insert(state, table, 15));
	end(table);
}

TEST(fd_table_shrinks_after_a_burst)
{
	struct fd_table *table = begin(0, 0);
	uint64_t before = state->bytes, peak;
	int64_t i;

	for (i = 0; i < 50000; i++)
		put(table, i * 3, 0);
	peak = state->bytes;
	for (i = 0; i < 50000; i++)
		CHECK(fd_remove(state, table, i * 3));
	CHECK(state->bytes - before < (peak - before) / 1000);
	end(table);
}

/* The bound that is promised for many processes with ten descriptors each. */
TEST(fd_bytes_of_small_tables)
{
	struct fd_table *table = begin(0, 0);
	uint64_t before = state->bytes;
	int64_t i;

	for (i = 0; i < 10; i++)
		put(table, i, 0);
	CHECK(state->bytes - before < 10 * 200);
	end(table);
}

TEST(directories_copied_and_shared)
{
	struct fd_table *table = begin(0, 0);
	struct fs_info *fs = fs_info_new(state), *copy;

	CHECK_STR(fs->cwd->text, "");
	CHECK_STR(fs->root->text, "/");
	state_set_str(state, &fs->cwd, "/tmp/", 5);
	copy = fs_info_copy(state, fs);
	state_set_str(state, &copy->cwd, "/srv/", 6);
	CHECK_STR(fs->cwd->text, "/tmp/");
	CHECK_STR(copy->root->text, "/");
	fs_info_put(state, copy);
	fs_info_put(state, fs);
	end(table);
}
