/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Descriptor tables and working directories of processes: made, shared, copied, searched. Called
 * by the handlers of events, by the thread table and by the loader.
 *
 * A table is an array of descriptors in which a number is mostly at its own place, and an index
 * of places, hashed by number, once the array is larger than a search through it would bear.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "state/on.h"

enum { CAP_MIN = 4, UNINDEXED_MAX = 8 };

/* ---- the index ---- */

static uint32_t index_home(const struct fd_table *table, int64_t num)
{
	return (uint32_t)id_hash(table->seed, num, table->index_bits);
}

static uint32_t index_mask(const struct fd_table *table)
{
	return (UINT32_C(1) << table->index_bits) - 1;
}

static size_t index_bytes(const struct fd_table *table)
{
	return table->index ? sizeof(*table->index) << table->index_bits : 0;
}

/* Where the index has num, or would have it. */
static uint32_t *index_find(const struct fd_table *table, int64_t num)
{
	uint32_t i = index_home(table, num), mask = index_mask(table);

	while (table->index[i] && table->fds[table->index[i] - 1].num != num)
		i = (i + 1) & mask;
	return &table->index[i];
}

/* num is at this place from now on. */
static void index_set(struct fd_table *table, int64_t num, uint32_t place)
{
	if (table->index)
		*index_find(table, num) = place + 1;
}

/* While fds still has num. */
static void index_remove(struct fd_table *table, int64_t num)
{
	uint32_t mask = index_mask(table), i, k, home;

	if (!table->index)
		return;
	i = k = (uint32_t)(index_find(table, num) - table->index);
	for (;;) {
		k = (k + 1) & mask;
		if (!table->index[k])
			break;
		home = index_home(table, table->fds[table->index[k] - 1].num);
		if (((k - home) & mask) < ((k - i) & mask))
			continue;
		table->index[i] = table->index[k];
		i = k;
	}
	table->index[i] = 0;
}

/* Bits of an index that cap descriptors fill to three quarters at most; 0 = they need none. */
static uint32_t index_bits_for(uint32_t cap)
{
	uint32_t bits = 4;

	if (cap <= UNINDEXED_MAX)
		return 0;
	while ((UINT64_C(1) << bits) * 3 < (uint64_t)cap * 4)
		bits++;
	return bits;
}

static int set_index(struct eyas_state *state, struct fd_table *table, uint32_t bits)
{
	uint32_t *index = NULL, i;

	if (bits == table->index_bits)
		return 0;
	if (bits && !(index = state_alloc(state, sizeof(*index) << bits)))
		return -ENOMEM;
	state_free(state, table->index, index_bytes(table));
	table->index = index;
	table->index_bits = bits;
	for (i = 0; index && i < table->count; i++)
		index_set(table, table->fds[i].num, i);
	return 0;
}

/* ---- the array ---- */

static int set_cap(struct eyas_state *state, struct fd_table *table, uint32_t cap)
{
	struct eyas_fd *fds;

	/* The index first: too large a one does no harm if there is no memory for the array. */
	if (cap > table->cap && set_index(state, table, index_bits_for(cap)))
		return -ENOMEM;
	fds = state_realloc(state, table->fds, table->cap * sizeof(*fds), cap * sizeof(*fds));
	if (!fds)
		return -ENOMEM;
	table->fds = fds;
	if (cap < table->cap)
		(void)set_index(state, table, index_bits_for(cap));
	table->cap = cap;
	return 0;
}

/* By half, which wastes less than doubling: most tables are small, and there are many. */
static int grow(struct eyas_state *state, struct fd_table *table)
{
	uint32_t cap = table->cap < UNINDEXED_MAX ? table->cap + CAP_MIN
						  : table->cap + table->cap / 2;

	return set_cap(state, table, cap);
}

static void shrink(struct eyas_state *state, struct fd_table *table)
{
	/* Failure to get less memory leaves more of it, which works. */
	if (table->cap > 4 * UNINDEXED_MAX && table->count < table->cap / 4)
		(void)set_cap(state, table, table->cap / 2);
}

static void move_row(struct fd_table *table, uint32_t from, uint32_t to)
{
	index_set(table, table->fds[from].num, to);
	table->fds[to] = table->fds[from];
}

static void put_names(struct eyas_state *state, struct eyas_fd *fd)
{
	istr_put(&state->strings, fd->name);
	if (fd->name_raw)
		istr_put(&state->strings, fd->name_raw);
}

struct eyas_fd *fd_table_search(const struct fd_table *table, int64_t num)
{
	uint32_t i;

	if (table->index) {
		i = *index_find(table, num);
		return i ? &table->fds[i - 1] : NULL;
	}
	/* From the end: what was opened last is what most events are about. */
	for (i = table->count; i--;)
		if (table->fds[i].num == num)
			return &table->fds[i];
	return NULL;
}

/* ---- tables ---- */

struct fd_table *fd_table_new(struct eyas_state *state)
{
	struct fd_table *table = state_alloc(state, sizeof(*table));

	if (!table)
		return NULL;
	table->refs = 1;
	table->seed = state->seed;
	state->live_tables++;
	return table;
}

void fd_table_put(struct eyas_state *state, struct fd_table *table)
{
	uint32_t i;

	if (--table->refs)
		return;
	for (i = 0; i < table->count; i++)
		put_names(state, &table->fds[i]);
	state->live_fds -= table->count;
	state->live_tables--;
	state_free(state, table->index, index_bytes(table));
	state_free(state, table->fds, table->cap * sizeof(*table->fds));
	state_free(state, table, sizeof(*table));
}

/* How many more descriptors there is room for. */
static uint64_t room(const struct eyas_state *state, const struct fd_table *table)
{
	uint64_t all = state->opts.max_fds, own = state->opts.max_fds_process;

	all = all > state->live_fds ? all - state->live_fds : 0;
	own = own > table->count ? own - table->count : 0;
	return all < own ? all : own;
}

struct fd_table *fd_table_copy(struct eyas_state *state, const struct fd_table *from)
{
	struct fd_table *table = fd_table_new(state);
	uint32_t i, count = from->count;

	if (!table || !count)
		return table;
	if (room(state, table) < count)
		count = (uint32_t)room(state, table);
	if (set_cap(state, table, count > CAP_MIN ? count : CAP_MIN))
		count = 0;
	state->stats.fds_refused += from->count - count;
	for (i = 0; i < count; i++) {
		table->fds[i] = from->fds[i];
		istr_ref(table->fds[i].name);
		if (table->fds[i].name_raw)
			istr_ref(table->fds[i].name_raw);
		index_set(table, table->fds[i].num, i);
	}
	table->count = count;
	state->live_fds += count;
	return table;
}

/* ---- descriptors ---- */

static void set_empty(struct eyas_state *state, struct eyas_fd *fd, int64_t num)
{
	memset(fd, 0, sizeof(*fd));
	fd->num = num;
	fd->name = istr_ref(state->strings.empty);
}

struct eyas_fd *fd_insert(struct eyas_state *state, struct fd_table *table, int64_t num)
{
	struct eyas_fd *fd = fd_table_find(table, num);
	uint32_t place = table->count;

	if (fd) {
		state->stats.fds_replaced++;
		put_names(state, fd);
		set_empty(state, fd, num);
		return fd;
	}
	if (!room(state, table) || (place == table->cap && grow(state, table))) {
		state->stats.fds_refused++;
		return NULL;
	}
	/* Its own place is taken by one that does not belong there. */
	if ((uint64_t)num < place) {
		move_row(table, (uint32_t)num, place);
		place = (uint32_t)num;
	}
	index_set(table, num, place);
	set_empty(state, &table->fds[place], num);
	table->count++;
	state->live_fds++;
	state->stats.fds_added++;
	return &table->fds[place];
}

struct eyas_fd *fd_insert_copy(struct eyas_state *state, struct fd_table *table, int64_t num,
			       const struct eyas_fd *from)
{
	/* from may be in this table, where the insertion moves it. */
	struct eyas_fd copy = *from, *fd;

	istr_ref(copy.name);
	if (copy.name_raw)
		istr_ref(copy.name_raw);
	fd = fd_insert(state, table, num);
	if (!fd) {
		put_names(state, &copy);
		return NULL;
	}
	istr_put(&state->strings, fd->name);
	*fd = copy;
	fd->num = num;
	return fd;
}

/* The last one takes the free place. */
static void remove_at(struct eyas_state *state, struct fd_table *table, uint32_t place)
{
	uint32_t last = table->count - 1;

	put_names(state, &table->fds[place]);
	index_remove(table, table->fds[place].num);
	if (place != last)
		move_row(table, last, place);
	table->count--;
	state->live_fds--;
	state->stats.fds_closed++;
}

bool fd_remove(struct eyas_state *state, struct fd_table *table, int64_t num)
{
	struct eyas_fd *fd = fd_table_find(table, num);

	if (!fd)
		return false;
	remove_at(state, table, (uint32_t)(fd - table->fds));
	shrink(state, table);
	return true;
}

uint32_t fd_remove_range(struct eyas_state *state, struct fd_table *table, int64_t first,
			 int64_t last)
{
	uint32_t i = table->count, before = i;

	/* Backwards: what moves into a gap was looked at. */
	while (i--)
		if (table->fds[i].num >= first && table->fds[i].num <= last)
			remove_at(state, table, i);
	shrink(state, table);
	return before - table->count;
}

void fd_remove_cloexec(struct eyas_state *state, struct fd_table *table)
{
	uint32_t i = table->count;

	while (i--)
		if (table->fds[i].bits & FD_CLOSE_ON_EXEC)
			remove_at(state, table, i);
	shrink(state, table);
}

void thread_unshare_fds(struct eyas_state *state, struct eyas_thread *thread)
{
	struct fd_table *own;

	thread->flags &= ~(uint32_t)PPM_CL_CLONE_FILES;
	if (thread->fds->refs == 1)
		return;
	own = fd_table_copy(state, thread->fds);
	if (!own)
		return;
	fd_table_put(state, thread->fds);
	thread->fds = own;
}

/* ---- directories ---- */

static struct fs_info *fs_new(struct eyas_state *state, struct eyas_istr *cwd,
			      struct eyas_istr *root)
{
	struct fs_info *fs = state_alloc(state, sizeof(*fs));

	if (!fs)
		return NULL;
	fs->refs = 1;
	fs->cwd = istr_ref(cwd);
	fs->root = istr_ref(root);
	return fs;
}

struct fs_info *fs_info_new(struct eyas_state *state)
{
	struct fs_info *fs = fs_new(state, state->strings.empty, state->strings.empty);

	if (fs)
		state_set_str(state, &fs->root, "/", 1);
	return fs;
}

struct fs_info *fs_info_copy(struct eyas_state *state, const struct fs_info *from)
{
	return fs_new(state, from->cwd, from->root);
}

void fs_info_put(struct eyas_state *state, struct fs_info *fs)
{
	if (--fs->refs)
		return;
	istr_put(&state->strings, fs->cwd);
	istr_put(&state->strings, fs->root);
	state_free(state, fs, sizeof(*fs));
}

void thread_unshare_fs(struct eyas_state *state, struct eyas_thread *thread)
{
	struct fs_info *own;

	thread->flags &= ~(uint32_t)PPM_CL_CLONE_FS;
	if (thread->fs->refs == 1)
		return;
	own = fs_info_copy(state, thread->fs);
	if (!own)
		return;
	fs_info_put(state, thread->fs);
	thread->fs = own;
}
