/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What are the user and the group of a process called? Strict mode says it as libs 0.18 does, which
 * has the names of a capture only for what happens in it: processes from before are called by the
 * files below HOST_ROOT; in a container, whose names it does not know, everybody but root
 * keeps the name that was there before.
 */
#include "flow/engine_int.h"

#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>

static const char unknown[] = "<NA>";

static const struct eyas_istr *user_name(const struct eyas_context *context,
					 const struct eyas_istr *container_id, uint32_t uid)
{
	const struct state_user *user = eyas_state_user(context->state, container_id, uid);

	return user ? user->name : NULL;
}

static const struct eyas_istr *group_name(const struct eyas_context *context,
					  const struct eyas_istr *container_id, uint32_t gid)
{
	const struct state_group *group = eyas_state_group(context->state, container_id, gid);

	return group ? group->name : NULL;
}

typedef const struct eyas_istr *(*name_fn)(const struct eyas_context *context,
					   const struct eyas_istr *container_id, uint32_t id);

/* The container's own, not the host's that stands in for it. */
static const struct eyas_istr *own_name(const struct eyas_context *context,
					const struct eyas_istr *container_id, uint32_t id,
					name_fn name_of)
{
	const struct eyas_istr *none = eyas_state_strings(context->state)->empty;
	const struct eyas_istr *name = name_of(context, container_id, id);

	return container_id->len && name == name_of(context, none, id) ? NULL : name;
}

const char *flow_owners_libs_name(const struct eyas_context *context, uint32_t uid)
{
	const struct eyas_istr *name =
		own_name(context, context->thread->container_id, uid, user_name);

	return uid == UINT32_MAX ? "<NONE>" : name ? name->text : unknown;
}

/* ---- names from outside the capture, in strict mode ---- */

/*
 * The file below the root that was named; NULL = there is none. Without one, libs asks the machine
 * that happens to read the capture, which need not be the one that made it: nobody is asked here,
 * so that a capture gives the same records everywhere.
 */
static FILE *open_local(const struct flow_engine *engine, const char *name)
{
	char path[PATH_MAX];

	if (!engine->host_root)
		return NULL;
	snprintf(path, sizeof(path), "%s/etc/%s", engine->host_root, name);
	return fopen(path, "re");
}

/* Of whom there is no name; libs knows one without looking. */
static const char *no_name(uint32_t id)
{
	return id ? unknown : "root";
}

static const char *local_user(struct flow_engine *engine, uint32_t id)
{
	const struct passwd *entry = NULL;
	FILE *file = open_local(engine, "passwd");

	while (file && (entry = fgetpwent(file)) && entry->pw_uid != id)
		;
	if (file)
		fclose(file);
	return entry ? entry->pw_name : no_name(id);
}

static const char *local_group(struct flow_engine *engine, uint32_t id)
{
	const struct group *entry = NULL;
	FILE *file = open_local(engine, "group");

	while (file && (entry = fgetgrent(file)) && entry->gr_gid != id)
		;
	if (file)
		fclose(file);
	return entry ? entry->gr_name : no_name(id);
}

/* ---- strict ---- */

/* How users or groups are named. */
struct naming {
	name_fn captured;
	const char *(*local)(struct flow_engine *engine, uint32_t id);
};

static const struct naming users = { user_name, local_user };
static const struct naming groups = { group_name, local_group };

/*
 * before: the name so far, or the parent's, NULL = there is none. fresh: libs asks for the name
 * with this event, so that the capture's are known by now.
 */
static const char *strict_name(struct flow_engine *engine, const struct eyas_context *context,
			       const struct eyas_thread *leader, uint32_t id,
			       const struct eyas_istr *before, bool fresh,
			       const struct naming *naming)
{
	const bool host = !leader->container_id->len;
	const struct eyas_istr *name =
		own_name(context, leader->container_id, id, naming->captured);

	if (leader->bits & THREAD_GUESSED)
		return unknown;
	if (!leader->clone_ts_ns && !before && !fresh)
		name = NULL;
	if (name)
		return name->text;
	if (host)
		return naming->local(engine, id);
	return id && before ? before->text : no_name(id);
}

static void set(struct flow_engine *engine, struct eyas_istr **to, const char *name)
{
	flow_set_str(engine, to, istr_get(engine->pool, name, strlen(name)));
}

static bool sets_user(const struct eyas_context *context)
{
	const uint16_t type = context->event->type;

	return (type == EYAS_EV_SYSCALL_SETUID_X || type == EYAS_EV_SYSCALL_SETRESUID_X) &&
	       flow_result(context->event) >= 0;
}

static void name_strictly(struct flow_engine *engine, const struct eyas_context *context,
			  struct flow_proc *proc, const struct eyas_thread *leader, bool created)
{
	const struct flow_proc *from = proc;

	/* A clone has its parent's; one that was there before the capture has none. */
	if (created)
		from = leader->clone_ts_ns && proc->has_poid ? flow_procs_find(engine, &proc->poid)
							     : NULL;
	if (created || proc->uid != (int32_t)leader->uid)
		set(engine, &proc->user,
		    strict_name(engine, context, leader, leader->uid, from ? from->user : NULL,
				sets_user(context), &users));
	if (created || proc->gid != (int32_t)leader->gid)
		set(engine, &proc->group,
		    strict_name(engine, context, leader, leader->gid, from ? from->group : NULL,
				false, &groups));
}

void flow_owners_name(struct flow_engine *engine, const struct eyas_context *context,
		      struct flow_proc *proc, const struct eyas_thread *leader, bool created)
{
	const struct eyas_istr *user, *group;

	if (flow_strict(engine) && !engine->opts.live) {
		name_strictly(engine, context, proc, leader, created);
		return;
	}
	user = user_name(context, leader->container_id, leader->uid);
	group = group_name(context, leader->container_id, leader->gid);
	set(engine, &proc->user, user ? user->text : unknown);
	set(engine, &proc->group, group ? group->text : unknown);
}
