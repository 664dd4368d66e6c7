/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The class "fs.path": the paths that a successful event worked on, whichever call it was and
 * whether it goes by a path or by a descriptor.
 */
#include <eyas/event.h>

#include "filter/fields_state.h"
#include "schema/ids.h"

/* ---- absolute paths ---- */

/* The directory a path of the event begins at, which does not lie in eval->scratch. */
static bool path_base(const struct field_eval *eval, const struct eyas_param *param,
		      const char **ret_base, size_t *ret_len)
{
	int64_t dirfd = EYAS_AT_FDCWD;
	struct eyas_param dir;

	if (param->info->dirfd >= 0 &&
	    eyas_event_param(eval->context->event, (unsigned)param->info->dirfd, &dir) &&
	    eyas_param_int(&dir, &dirfd))
		return false;
	eyas_path_base(eval->context, dirfd, field_begin(eval), ret_base, ret_len);
	if (*ret_base != eval->scratch->data)
		return true;
	*ret_base = eyas_arena_text(eval->arena, *ret_base, *ret_len);
	return *ret_base != NULL;
}

bool eyas_path_put_absolute(const struct field_eval *eval, const struct eyas_param *param)
{
	const char *path, *base = "";
	size_t len, base_len = 0;

	if (eyas_param_str(param, &path, &len))
		return false;
	if ((!len || path[0] != '/') && !path_base(eval, param, &base, &base_len))
		return false;
	eyas_path_join(field_begin(eval), base, base_len, path, len);
	return true;
}

/* ---- which path: by event type ---- */

enum role { PATH_NAME, PATH_SOURCE, PATH_TARGET, PATH_ROLES };

enum { OF_FD = UINT8_MAX }; /* instead of a parameter: the name of the event's descriptor */

/* Parameters that hold the paths, by event type; 0, which is the result, is none. */
static const uint8_t path_params[EYAS_EVENT_TYPES][PATH_ROLES] = {
	[EYAS_EV_SYSCALL_OPEN_X] = { [PATH_NAME] = 1 },
	[EYAS_EV_SYSCALL_OPENAT_2_X] = { [PATH_NAME] = 2 },
	[EYAS_EV_SYSCALL_OPENAT2_X] = { [PATH_NAME] = 2 },
	[EYAS_EV_SYSCALL_MKDIR_2_X] = { [PATH_NAME] = 1 },
	[EYAS_EV_SYSCALL_MKDIRAT_X] = { [PATH_NAME] = 2 },
	[EYAS_EV_SYSCALL_RMDIR_2_X] = { [PATH_NAME] = 1 },
	[EYAS_EV_SYSCALL_UNLINK_2_X] = { [PATH_NAME] = 1 },
	[EYAS_EV_SYSCALL_UNLINKAT_2_X] = { [PATH_NAME] = 2 },
	[EYAS_EV_SYSCALL_CHMOD_X] = { [PATH_NAME] = 1 },
	[EYAS_EV_SYSCALL_FCHMOD_X] = { [PATH_NAME] = OF_FD },
	[EYAS_EV_SYSCALL_FCHMODAT_X] = { [PATH_NAME] = 2 },
	[EYAS_EV_SYSCALL_CHOWN_X] = { [PATH_NAME] = 1 },
	[EYAS_EV_SYSCALL_LCHOWN_X] = { [PATH_NAME] = 1 },
	[EYAS_EV_SYSCALL_FCHOWN_X] = { [PATH_NAME] = OF_FD },
	[EYAS_EV_SYSCALL_FCHOWNAT_X] = { [PATH_NAME] = 2 },
	[EYAS_EV_SYSCALL_QUOTACTL_X] = { [PATH_NAME] = 1 },
	[EYAS_EV_SYSCALL_UMOUNT_1_X] = { [PATH_NAME] = 1 },
	[EYAS_EV_SYSCALL_UMOUNT2_X] = { [PATH_NAME] = 1 },
	[EYAS_EV_SYSCALL_RENAME_X] = { [PATH_SOURCE] = 1, [PATH_TARGET] = 2 },
	[EYAS_EV_SYSCALL_RENAMEAT_X] = { [PATH_SOURCE] = 2, [PATH_TARGET] = 4 },
	[EYAS_EV_SYSCALL_RENAMEAT2_X] = { [PATH_SOURCE] = 2, [PATH_TARGET] = 4 },
	/* The source of a link is what is new, as in the language of the rules. */
	[EYAS_EV_SYSCALL_LINK_2_X] = { [PATH_SOURCE] = 2, [PATH_TARGET] = 1 },
	[EYAS_EV_SYSCALL_LINKAT_2_X] = { [PATH_SOURCE] = 4, [PATH_TARGET] = 2 },
	[EYAS_EV_SYSCALL_SYMLINK_X] = { [PATH_SOURCE] = 2, [PATH_TARGET] = 1 },
	[EYAS_EV_SYSCALL_SYMLINKAT_X] = { [PATH_SOURCE] = 3, [PATH_TARGET] = 1 },
	[EYAS_EV_SYSCALL_MOUNT_X] = { [PATH_SOURCE] = 1, [PATH_TARGET] = 2 },
};

/* The first parameter is a descriptor or the result: 0. */
static bool succeeded(const struct eyas_event *event)
{
	struct eyas_param param;
	int64_t result;

	if (!eyas_event_param(event, 0, &param) || eyas_param_int(&param, &result))
		return false;
	return param.info->type == EYAS_PT_FD ? result >= 0 : result == 0;
}

/* tag: the role, and whether the path is wanted as it was passed. */
enum { RAW = PATH_ROLES };

static bool get_path(const struct field_eval *eval, struct field_ref *ref, struct eyas_value *ret)
{
	const struct eyas_context *context = eval->context;
	unsigned index = path_params[context->event->type][ref->info->tag % RAW];
	struct eyas_param param;
	const char *path;
	size_t len;

	if (!index || !context->thread || !succeeded(context->event))
		return false;
	if (index == OF_FD)
		return context->fd && field_istr(ref, context->fd->name, ret);
	if (!eyas_event_param(context->event, index, &param))
		return false;
	if (ref->info->tag >= RAW)
		return !eyas_param_str(&param, &path, &len) && field_bytes(ref, path, len, ret);
	return eyas_path_put_absolute(eval, &param) && eyas_field_scratch(eval, ref, ret);
}

/* clang-format off */
static const struct field_info fields[] = {
	FIELD("fs.path.name", CHARBUF, NA, 0, get_path, PATH_NAME,
	      "path that was worked on, absolute"),
	FIELD("fs.path.nameraw", CHARBUF, NA, 0, get_path, PATH_NAME + RAW,
	      "path that was worked on, as it was passed"),
	FIELD("fs.path.source", CHARBUF, NA, 0, get_path, PATH_SOURCE,
	      "old path of a rename, new path of a link, device of a mount; absolute"),
	FIELD("fs.path.sourceraw", CHARBUF, NA, 0, get_path, PATH_SOURCE + RAW,
	      "fs.path.source as it was passed"),
	FIELD("fs.path.target", CHARBUF, NA, 0, get_path, PATH_TARGET,
	      "new path of a rename, old path of a link, directory of a mount; absolute"),
	FIELD("fs.path.targetraw", CHARBUF, NA, 0, get_path, PATH_TARGET + RAW,
	      "fs.path.target as it was passed"),
};
/* clang-format on */

const struct field_class eyas_fields_fspath = {
	.name = "fs.path",
	.prefix = "fs.path",
	.fields = fields,
	.count = FIELD_COUNT(fields),
};
