/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which file did an open give a descriptor to? Called for the exit events of open, creat, openat,
 * openat2 and open_by_handle_at. A rename later does not change the name: it is that of the
 * opening.
 */
#include "state/on.h"

#include <string.h>

#include "schema/ids.h"

enum { CREAT_UPPER_LAYER = 1, CREAT_LOWER_LAYER = 2 };

/* Where each of the types has what; -1 = it has none. */
struct open_layout {
	uint16_t type;
	int8_t dirfd, path, flags, dev, ino, creat_flags;
};

/* clang-format off */
static const struct open_layout layouts[] = {
	{ EYAS_EV_SYSCALL_OPEN_X,              -1, 1,  2,  4,  5, -1 },
	{ EYAS_EV_SYSCALL_CREAT_X,             -1, 1, -1,  3,  4,  5 },
	{ EYAS_EV_SYSCALL_OPENAT_2_X,           1, 2,  3,  5,  6, -1 },
	{ EYAS_EV_SYSCALL_OPENAT2_X,            1, 2,  3,  6,  7, -1 },
	/* The path of this one is absolute: the kernel side takes it from the file. */
	{ EYAS_EV_SYSCALL_OPEN_BY_HANDLE_AT_X, -1, 3,  2,  4,  5, -1 },
};
/* clang-format on */

static const struct open_layout *layout_of(uint16_t type)
{
	const struct open_layout *layout = layouts;

	while (layout->type != type)
		layout++;
	return layout;
}

static uint32_t flags_of(const struct on_params *params, const struct open_layout *layout)
{
	uint64_t bits;
	uint32_t flags = PPM_O_WRONLY | PPM_O_CREAT | PPM_O_TRUNC;

	if (layout->flags >= 0)
		return (uint32_t)on_params_uint(params, (unsigned)layout->flags, 0);
	/* creat() has no flags of its own; the layers come in a parameter instead. */
	bits = on_params_uint(params, (unsigned)layout->creat_flags, 0);
	if (bits & CREAT_UPPER_LAYER)
		flags |= PPM_FD_UPPER_LAYER;
	else if (bits & CREAT_LOWER_LAYER)
		flags |= PPM_FD_LOWER_LAYER;
	return flags;
}

static int64_t dirfd_of(const struct on_params *params, const struct open_layout *layout)
{
	return layout->dirfd < 0 ? EYAS_AT_FDCWD
				 : on_params_int(params, (unsigned)layout->dirfd, EYAS_AT_FDCWD);
}

/* The absolute name of a path that is not plain, in state->scratch; the base may lie in scratch2. */
static struct eyas_istr *full_name(struct eyas_state *state, const struct eyas_context *context,
				   int64_t dirfd, const char *path, size_t len)
{
	struct eyas_str *name;
	const char *base;
	size_t base_len;

	eyas_path_base(context, dirfd, &state->scratch2, &base, &base_len);
	name = scratch_begin(&state->scratch);
	eyas_path_join(name, base, base_len, path, len);
	return istr_get(&state->strings, name->data, name->nomem ? 0 : name->len);
}

/*
 * The name, whose count is given away, and the path as it was passed if that is another: a plain
 * one is not, unless there was no room for the name.
 */
static void set_names(struct eyas_state *state, struct eyas_fd *fd, struct eyas_istr *name,
		      const char *path, size_t len, bool plain)
{
	istr_move(&state->strings, &fd->name, name);
	if (len != name->len || (!plain && memcmp(path, name->text, len) != 0))
		fd->name_raw = istr_get(&state->strings, path, len);
}

void on_open(struct eyas_state *state, struct eyas_context *context)
{
	const struct open_layout *layout = layout_of(context->event->type);
	struct on_params params;
	struct eyas_istr *name;
	struct eyas_fd *fd;
	const char *path = "<NA>";
	size_t len = 4;
	uint32_t flags;
	int64_t num;
	bool plain;

	on_params_read(context->event, &params);
	num = on_params_int(&params, 0, -1);
	if (num < 0)
		return;
	on_params_str(&params, (unsigned)layout->path, &path, &len);
	flags = flags_of(&params, layout);
	/* Before the entry is made: it may take the place of the directory it is relative to. */
	plain = path_is_plain(path, len);
	name = plain ? istr_get(&state->strings, path, len)
		     : full_name(state, context, dirfd_of(&params, layout), path, len);
	fd = on_new_fd(state, context, num,
		       flags & PPM_O_DIRECTORY ? EYAS_FD_DIRECTORY : EYAS_FD_FILE);
	if (!fd) {
		istr_put(&state->strings, name);
		return;
	}
	set_names(state, fd, name, path, len, plain);
	fd->open_flags = flags;
	fd->dev = (uint32_t)on_params_uint(&params, (unsigned)layout->dev, 0);
	fd->ino = on_params_uint(&params, (unsigned)layout->ino, 0);
	on_set_bit(&fd->bits, FD_CLOSE_ON_EXEC, flags & PPM_O_CLOEXEC);
	on_set_bit(&fd->bits, FD_OVERLAY_UPPER, flags & PPM_FD_UPPER_LAYER);
	on_set_bit(&fd->bits, FD_OVERLAY_LOWER, flags & PPM_FD_LOWER_LAYER);
}
