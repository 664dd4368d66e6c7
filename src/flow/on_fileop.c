/* SPDX-License-Identifier: Apache-2.0 */
/* Which files are made, removed, renamed, linked? Called for the exit events of such calls. */
#include "flow/engine_int.h"

#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>

enum dir_base {
	BASE_DIR,  /* the descriptor in a parameter, or the working directory */
	BASE_LINK, /* the directory of the other path; strict: the working directory */
	BASE_NONE  /* as BASE_LINK; strict: it stays as it is */
};

/* Where each type has its paths: indexes of parameters, 0 = there is none. */
struct layout {
	uint16_t type;
	uint8_t dirfd, path;	     /* of the file */
	uint8_t new_dirfd, new_path; /* of the new name, if it has two */
	uint8_t base;		     /* enum dir_base, of the file */
	int32_t op;
	char restype;
};

#define EV(constant) EYAS_EV_##constant

/* clang-format off */
static const struct layout layouts[] = {
	{ EV(SYSCALL_MKDIR_2_X),    0, 1, 0, 0, BASE_DIR,  SYSFLOW_OP_MKDIR,   'd' },
	{ EV(SYSCALL_MKDIRAT_X),    1, 2, 0, 0, BASE_DIR,  SYSFLOW_OP_MKDIR,   'd' },
	{ EV(SYSCALL_RMDIR_2_X),    0, 1, 0, 0, BASE_DIR,  SYSFLOW_OP_RMDIR,   'd' },
	{ EV(SYSCALL_UNLINK_2_X),   0, 1, 0, 0, BASE_DIR,  SYSFLOW_OP_UNLINK,  '?' },
	{ EV(SYSCALL_UNLINKAT_2_X), 1, 2, 0, 0, BASE_DIR,  SYSFLOW_OP_UNLINK,  '?' },
	{ EV(SYSCALL_LINK_2_X),     0, 1, 0, 2, BASE_DIR,  SYSFLOW_OP_LINK,    '?' },
	{ EV(SYSCALL_LINKAT_2_X),   1, 2, 3, 4, BASE_DIR,  SYSFLOW_OP_LINK,    '?' },
	{ EV(SYSCALL_SYMLINK_X),    0, 1, 0, 2, BASE_LINK, SYSFLOW_OP_SYMLINK, '?' },
	{ EV(SYSCALL_SYMLINKAT_X),  0, 1, 2, 3, BASE_NONE, SYSFLOW_OP_SYMLINK, '?' },
	{ EV(SYSCALL_RENAME_X),     0, 1, 0, 2, BASE_DIR,  SYSFLOW_OP_RENAME,  '?' },
	{ EV(SYSCALL_RENAMEAT_X),   1, 2, 3, 4, BASE_DIR,  SYSFLOW_OP_RENAME,  '?' },
	{ EV(SYSCALL_RENAMEAT2_X),  1, 2, 3, 4, BASE_DIR,  SYSFLOW_OP_RENAME,  '?' },
};
/* clang-format on */

enum { LAYOUTS = sizeof(layouts) / sizeof(layouts[0]) };

static const struct layout *layout_of(uint16_t type)
{
	const struct layout *layout = layouts;

	while (layout->type != type)
		layout++;
	return layout;
}

/* ---- paths, in the way of the original ---- */

/* Bytes that are not for printing go; those of other than ASCII stay. */
static void sanitize(struct eyas_str *path, size_t from)
{
	size_t to = from;

	for (; from < path->len; from++)
		if ((unsigned char)path->data[from] >= ' ' && path->data[from] != 0x7f)
			path->data[to++] = path->data[from];
	path->len = to;
}

/*
 * "." and ".." and double slashes go, a slash at the end stays: what std::filesystem calls lexically
 * normal. out gets what path, which begins with a slash, is.
 */
static void normalize(struct eyas_str *out, const char *path, size_t len)
{
	const char *end = path + len, *slash;
	bool dir = false;
	size_t n;

	out->len = 0;
	eyas_str_putc(out, '/');
	while (path < end && !out->nomem) {
		slash = memchr(path, '/', (size_t)(end - path));
		n = (size_t)((slash ? slash : end) - path);
		dir = slash || (n == 1 && path[0] == '.') ||
		      (n == 2 && path[0] == '.' && path[1] == '.');
		if (n == 2 && path[0] == '.' && path[1] == '.') {
			while (out->len > 1 && out->data[out->len - 1] == '/')
				out->len--;
			while (out->len > 1 && out->data[out->len - 1] != '/')
				out->len--;
		} else if (n && !(n == 1 && path[0] == '.')) {
			if (out->len > 1 && out->data[out->len - 1] != '/')
				eyas_str_putc(out, '/');
			eyas_str_add(out, path, n);
			if (dir)
				eyas_str_putc(out, '/');
		}
		path = slash ? slash + 1 : end;
	}
	if (!dir && out->len > 1 && out->data[out->len - 1] == '/')
		out->len--;
}

/* How much of an absolute path there is on this machine, whole components. */
static size_t existing_len(struct eyas_str *path)
{
	size_t len = 1, next;
	struct stat st;
	char *slash, was;
	bool there;

	while (len < path->len) {
		slash = memchr(path->data + len, '/', path->len - len);
		next = slash ? (size_t)(slash - path->data) : path->len;
		was = path->data[next];
		path->data[next] = '\0';
		there = !stat(path->data, &st);
		path->data[next] = was;
		if (!there)
			break;
		len = next < path->len ? next + 1 : next;
	}
	return len;
}

/*
 * Through the symbolic links of this machine, as far as there are such files here; the rest as
 * text. The original does so for captures of other machines, too.
 */
static void canonicalize(struct flow_engine *engine, struct eyas_str *path)
{
	char real[PATH_MAX];
	struct eyas_str *text = &engine->text;
	size_t there;

	if (!eyas_str_reserve(path, 1))
		return;
	path->data[path->len] = '\0';
	there = existing_len(path);
	text->len = 0;
	if (there > 1 && there <= path->len) {
		char was = path->data[there];

		path->data[there] = '\0';
		if (realpath(path->data, real)) {
			eyas_str_puts(text, real);
			if (there < path->len)
				eyas_str_putc(text, '/');
		} else {
			eyas_str_add(text, path->data, there);
		}
		path->data[there] = was;
		eyas_str_add(text, path->data + there, path->len - there);
	} else {
		eyas_str_add(text, path->data, path->len);
	}
	if (!text->nomem)
		normalize(path, text->data, text->len);
	text->nomem = false;
}

/* The directory of the original: whatever the descriptor is called. */
static bool strict_base(const struct eyas_context *context, int64_t dirfd, const char **ret_base,
			size_t *ret_len)
{
	const struct eyas_istr *name = context->thread->fs->cwd;
	const struct eyas_fd *fd;

	if (dirfd != EYAS_AT_FDCWD) {
		fd = fd_table_find(context->thread->fds, dirfd);
		name = fd ? fd->name : NULL;
	}
	if (!name || (dirfd == EYAS_AT_FDCWD && !name->len))
		return false;
	*ret_base = name->text;
	*ret_len = name->len;
	return true;
}

static void strict_path(struct flow_engine *engine, const struct eyas_context *context,
			int64_t dirfd, const char *given, size_t len, struct eyas_str *out)
{
	const char *base;
	size_t base_len;

	if (len && given[0] == '/') {
		eyas_str_add(out, given, len);
		sanitize(out, 0);
	} else {
		if (!strict_base(context, dirfd, &base, &base_len)) {
			eyas_str_add(out, given, len);
			sanitize(out, 0);
			return;
		}
		eyas_str_add(out, base, base_len);
		if (!base_len || base[base_len - 1] != '/')
			eyas_str_putc(out, '/');
		base_len = out->len;
		eyas_str_add(out, given, len);
		sanitize(out, base_len);
	}
	if (out->len && out->data[0] == '/' && !out->nomem)
		canonicalize(engine, out);
}

/* ---- paths as they are meant ---- */

/* As text, from where the call begins to look; relative where that is not known. */
static void plain_path(struct flow_engine *engine, const struct eyas_context *context,
		       int64_t dirfd, const char *given, size_t len, struct eyas_str *out)
{
	const char *base = "";
	size_t base_len = 0;

	if (len && given[0] != '/') {
		eyas_path_base(context, dirfd, &engine->text, &base, &base_len);
		if (base_len && base[0] != '/')
			base_len = 0;
	}
	eyas_path_join(out, base, base_len, given, len);
}

/* What a symbolic link says, from the directory it lies in. */
static void target_path(const struct eyas_str *link, const char *given, size_t len,
			struct eyas_str *out)
{
	size_t base_len = link->len;

	while (base_len && link->data[base_len - 1] != '/')
		base_len--;
	eyas_path_join(out, link->data ? link->data : "", base_len, given, len);
}

/* ---- the event ---- */

static void read_path(struct flow_engine *engine, const struct eyas_context *context,
		      unsigned dirfd_at, unsigned path_at, struct eyas_str *out)
{
	const int64_t dirfd = dirfd_at ? flow_param(context->event, dirfd_at, -1) : EYAS_AT_FDCWD;
	const char *given = "";
	size_t len = 0;

	flow_param_str(context->event, path_at, &given, &len);
	out->len = 0;
	if (flow_strict(engine))
		strict_path(engine, context, dirfd, given, len, out);
	else
		plain_path(engine, context, dirfd, given, len, out);
}

/* The file of two that is the target of a symbolic link; engine->path2 has the link. */
static void read_target(struct flow_engine *engine, const struct eyas_context *context,
			const struct layout *layout, struct eyas_str *out)
{
	const char *given = "";
	size_t len = 0;

	if (flow_strict(engine) && layout->base == BASE_LINK) {
		read_path(engine, context, 0, layout->path, out);
		return;
	}
	flow_param_str(context->event, layout->path, &given, &len);
	out->len = 0;
	if (flow_strict(engine)) {
		eyas_str_add(out, given, len);
		sanitize(out, 0);
	} else {
		target_path(&engine->path2, given, len, out);
	}
}

static struct eyas_istr *take_path(struct flow_engine *engine, struct eyas_str *path)
{
	struct eyas_istr *str =
		istr_get(engine->pool, path->data ? path->data : "", path->nomem ? 0 : path->len);

	path->nomem = false;
	return str;
}

/* The original has the directory of the call in place of the file, once libs tells of it. */
static bool names_directory(const struct flow_engine *engine, const struct eyas_context *context,
			    const struct layout *layout)
{
	return flow_strict(engine) && !layout->new_path && context->fd &&
	       flow_result(context->event) >= 0;
}

static int ensure_files(struct flow_engine *engine, const struct eyas_context *context,
			const struct layout *layout, struct flow_file *files[2],
			struct eyas_err *reterr)
{
	struct eyas_istr *path, *new_path = NULL;
	char restype = layout->restype;
	int err;

	if (layout->new_path) {
		read_path(engine, context, layout->new_dirfd, layout->new_path, &engine->path2);
		if (layout->base != BASE_DIR)
			read_target(engine, context, layout, &engine->path);
		else
			read_path(engine, context, layout->dirfd, layout->path, &engine->path);
		new_path = take_path(engine, &engine->path2);
		path = take_path(engine, &engine->path);
	} else if (names_directory(engine, context, layout)) {
		path = istr_ref(context->fd->name);
		restype = eyas_fd_typechar(context->fd->kind);
	} else {
		read_path(engine, context, layout->dirfd, layout->path, &engine->path);
		path = take_path(engine, &engine->path);
	}
	err = flow_files_ensure(engine, context, path, restype,
				new_path ? SYSFLOW_REUP : SYSFLOW_CREATED, &files[0], reterr);
	if (files[0])
		files[0]->refs++; /* making room for the other must not take it away */
	if (!err && new_path)
		err = flow_files_ensure(engine, context, new_path, layout->restype, SYSFLOW_CREATED,
					&files[1], reterr);
	if (files[0])
		files[0]->refs--;
	flow_set_str(engine, &path, NULL);
	flow_set_str(engine, &new_path, NULL);
	return err;
}

static int on_fileop(struct flow_engine *engine, const struct eyas_context *context,
		     struct eyas_err *reterr)
{
	const struct layout *layout = layout_of(context->event->type);
	struct flow_file *files[2] = { NULL, NULL };
	struct sysflow_file_event event;
	struct flow_proc *proc;
	int err;

	err = flow_procs_ensure(engine, context, SYSFLOW_REUP, &proc, NULL, reterr);
	if (err || !proc)
		return err;
	err = ensure_files(engine, context, layout, files, reterr);
	if (err || !files[0] || (layout->new_path && !files[1]))
		return err;
	event = (struct sysflow_file_event){
		.procOID = proc->oid,
		.ts = (int64_t)context->event->ts_ns,
		.tid = context->thread->tid,
		.opFlags = layout->op,
		.fileOID = files[0]->oid,
		.ret = flow_result(context->event),
		.has_newFileOID = layout->new_path != 0,
	};
	if (files[1])
		event.newFileOID = files[1]->oid;
	return flow_send_file_event(engine, proc, files[0], files[1], &event, reterr);
}

void flow_on_fileops(struct flow_engine *engine)
{
	size_t i;

	if (engine->opts.collect == FLOW_COLLECT_NOFILES)
		return;
	for (i = 0; i < LAYOUTS; i++)
		engine->handlers[layouts[i].type] = on_fileop;
}
