/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The classes "user" and "group": whose the thread of an event is. Names come from the user
 * database of the thread's container; root needs none.
 */
#include "filter/fields_state.h"

#define UNKNOWN_OWNER "<NA>" /* the text that stands for a name that is not known */

/* What is known of a user besides the id. */
enum user_text { USER_NAME, USER_HOME, USER_SHELL };

static const char *const root_texts[] = {
	[USER_NAME] = "root", [USER_HOME] = "/root", [USER_SHELL] = UNKNOWN_OWNER
};

static const struct eyas_istr *user_istr(const struct state_user *user, enum user_text text)
{
	switch (text) {
	case USER_NAME:
		return user->name;
	case USER_HOME:
		return user->home;
	case USER_SHELL:
		return user->shell;
	}
	return NULL;
}

static bool user_text(const struct field_eval *eval, const struct field_ref *ref, uint32_t uid,
		      enum user_text text, struct eyas_value *ret)
{
	const struct eyas_context *context = eval->context;
	const struct state_user *user =
		eyas_state_user(context->state, context->thread->container_id, uid);
	const struct eyas_istr *str = user ? user_istr(user, text) : NULL;

	if (str)
		return field_istr(ref, str, ret);
	return field_text(ref, uid == 0 ? root_texts[text] : UNKNOWN_OWNER, ret);
}

static bool get_uid(const struct field_eval *eval, struct field_ref *ref, struct eyas_value *ret)
{
	const struct eyas_thread *thread = eval->context->thread;

	return thread && field_num(ref, thread->uid, ret);
}

static bool get_user_text(const struct field_eval *eval, struct field_ref *ref,
			  struct eyas_value *ret)
{
	const struct eyas_thread *thread = eval->context->thread;

	return thread && user_text(eval, ref, thread->uid, ref->info->tag, ret);
}

/* No login is -1, which a 32-bit id cannot say. */
static bool get_loginuid(const struct field_eval *eval, struct field_ref *ref,
			 struct eyas_value *ret)
{
	const struct eyas_thread *thread = eval->context->thread;

	if (!thread)
		return false;
	return field_num(ref, thread->loginuid == UINT32_MAX ? UINT64_MAX : thread->loginuid, ret);
}

static bool get_loginname(const struct field_eval *eval, struct field_ref *ref,
			  struct eyas_value *ret)
{
	const struct eyas_thread *thread = eval->context->thread;

	return thread && user_text(eval, ref, thread->loginuid, USER_NAME, ret);
}

static bool get_gid(const struct field_eval *eval, struct field_ref *ref, struct eyas_value *ret)
{
	const struct eyas_thread *thread = eval->context->thread;

	return thread && field_num(ref, thread->gid, ret);
}

static bool get_group_name(const struct field_eval *eval, struct field_ref *ref,
			   struct eyas_value *ret)
{
	const struct eyas_context *context = eval->context;
	const struct state_group *group;

	if (!context->thread)
		return false;
	group = eyas_state_group(context->state, context->thread->container_id,
				 context->thread->gid);
	if (group)
		return field_istr(ref, group->name, ret);
	return field_text(ref, context->thread->gid == 0 ? "root" : UNKNOWN_OWNER, ret);
}

/* clang-format off */
static const struct field_info user_fields[] = {
	FIELD("user.homedir", CHARBUF, NA, 0, get_user_text, USER_HOME, "home directory"),
	FIELD("user.loginname", CHARBUF, NA, 0, get_loginname, 0,
	      "name of the user who logged in, whoever he became since"),
	FIELD("user.loginuid", INT64, ID, 0, get_loginuid, 0,
	      "id of the user who logged in (audit), -1 if nobody did"),
	FIELD("user.name", CHARBUF, NA, 0, get_user_text, USER_NAME, "name of the user"),
	FIELD("user.shell", CHARBUF, NA, 0, get_user_text, USER_SHELL, "login shell"),
	FIELD("user.uid", UINT32, ID, 0, get_uid, 0, "id of the user"),
};

static const struct field_info group_fields[] = {
	FIELD("group.gid", UINT32, ID, 0, get_gid, 0, "id of the group"),
	FIELD("group.name", CHARBUF, NA, 0, get_group_name, 0, "name of the group"),
};
/* clang-format on */

const struct field_class eyas_fields_user = {
	.name = "user",
	.prefix = "user",
	.fields = user_fields,
	.count = FIELD_COUNT(user_fields),
};

const struct field_class eyas_fields_group = {
	.name = "group",
	.prefix = "group",
	.fields = group_fields,
	.count = FIELD_COUNT(group_fields),
};
