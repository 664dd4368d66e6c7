/* SPDX-License-Identifier: Apache-2.0 */
/* Which users and groups are there? Called for the events that say that one came or went. */
#include "state/on.h"

#include "schema/ids.h"

static struct eyas_bytes text_of(const struct eyas_event *event, unsigned index)
{
	struct eyas_bytes bytes = { "", 0 };
	const char *text;
	size_t len;

	if (on_str(event, index, &text, &len)) {
		bytes.data = text;
		bytes.len = (uint32_t)len;
	}
	return bytes;
}

/* The caller puts it. The host is "". */
static struct eyas_istr *container_of_event(struct eyas_state *state,
					    const struct eyas_event *event, unsigned index)
{
	struct eyas_bytes id = text_of(event, index);

	return istr_get(&state->strings, id.data, id.len);
}

void on_user(struct eyas_state *state, struct eyas_context *context)
{
	enum { USER_ID, GROUP_ID, NAME, HOME, SHELL, CONTAINER };
	const struct eyas_event *event = context->event;
	struct eyas_user user = {
		.uid = (uint32_t)on_uint(event, USER_ID, UINT32_MAX),
		.gid = (uint32_t)on_uint(event, GROUP_ID, UINT32_MAX),
		.name = text_of(event, NAME),
		.home = text_of(event, HOME),
		.shell = text_of(event, SHELL),
	};
	struct eyas_istr *container = container_of_event(state, event, CONTAINER);

	/* Without memory it stays unknown; the name of a user is not worth more. */
	if (event->type == EYAS_EV_USER_ADDED_E)
		(void)!owners_add_user(state, container, &user);
	else
		owners_remove_user(state, container, user.uid);
	istr_put(&state->strings, container);
}

void on_group(struct eyas_state *state, struct eyas_context *context)
{
	enum { GROUP_ID, NAME, CONTAINER };
	const struct eyas_event *event = context->event;
	struct eyas_group group = {
		.gid = (uint32_t)on_uint(event, GROUP_ID, UINT32_MAX),
		.name = text_of(event, NAME),
	};
	struct eyas_istr *container = container_of_event(state, event, CONTAINER);

	if (event->type == EYAS_EV_GROUP_ADDED_E)
		(void)!owners_add_group(state, container, &group);
	else
		owners_remove_group(state, container, group.gid);
	istr_put(&state->strings, container);
}
