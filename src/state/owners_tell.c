/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How do others hear of users and groups? Those of the host are entries for a loader, as captures
 * have them in their metadata; those of containers have no place there and are events.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "schema/ids.h"
#include "state/owners_int.h"

/* Of an event: its texts come from one line of a file, which is shorter than half of that. */
enum { EVENT_MAX = 131072 };

struct telling {
	const struct eyas_state *state;
	const struct eyas_loader *to; /* of the host's; NULL = events of containers */
	uint64_t from, ts_ns;
	int (*fn)(void *ctx, const struct eyas_event *event);
	void *ctx;
	uint8_t *buf;
};

/* ---- which, in which order ---- */

/* The how many-th container this is one of, 0 = none. */
static uint64_t named(const struct eyas_state *state, const struct owner *owner)
{
	const struct owner *container =
		owners_find(state, &state->owners->containers, owner->container_id, 0);

	return container ? container->u.container.named : 0;
}

static bool is_told(const struct telling *telling, const struct owner *owner)
{
	if (telling->to)
		return owner->container_id == telling->state->strings.empty;
	return named(telling->state, owner) > telling->from;
}

static int compare_owners(const void *a, const void *b)
{
	const struct owner *x = *(struct owner *const *)a, *y = *(struct owner *const *)b;
	int order = strcmp(x->container_id->text, y->container_id->text);

	return order ? order : (x->id > y->id) - (x->id < y->id);
}

static int tell_table(const struct telling *telling, const struct owner_table *table,
		      int (*tell)(const struct telling *telling, const struct owner *owner))
{
	struct owner **told, *owner;
	size_t i, count = 0;
	int err = 0;

	if (!table->count)
		return 0;
	told = malloc(table->count * sizeof(struct owner *));
	if (!told)
		return -ENOMEM;
	for (i = 0; i <= id_map_mask(&table->by_key); i++)
		for (owner = table->by_key.rows[i].value; owner; owner = owner->next)
			if (is_told(telling, owner))
				told[count++] = owner;
	qsort(told, count, sizeof(struct owner *), compare_owners);
	for (i = 0; err >= 0 && i < count; i++)
		err = tell(telling, told[i]);
	free(told);
	return err < 0 ? err : 0;
}

/* ---- to a loader ---- */

static struct eyas_bytes bytes_of(const struct eyas_istr *str)
{
	return (struct eyas_bytes){ str->text, str->len };
}

static int load_user(const struct telling *telling, const struct owner *owner)
{
	const struct eyas_loader *to = telling->to;
	const struct state_user *user = &owner->u.user;
	const struct eyas_user entry = { user->uid, user->gid, bytes_of(user->name),
					 bytes_of(user->home), bytes_of(user->shell) };

	return to->user ? to->user(to->ctx, &entry) : 0;
}

static int load_group(const struct telling *telling, const struct owner *owner)
{
	const struct eyas_loader *to = telling->to;
	const struct eyas_group entry = { owner->u.group.gid, bytes_of(owner->u.group.name) };

	return to->group ? to->group(to->ctx, &entry) : 0;
}

int owners_dump(const struct eyas_state *state, const struct eyas_loader *to)
{
	const struct telling telling = { .state = state, .to = to };
	const struct owners *owners = state->owners;
	uint32_t i;
	int err = 0;

	for (i = 0; to->iface && err >= 0 && i < owners->nifaces; i++)
		err = to->iface(to->ctx, &owners->ifaces[i].iface);
	if (err >= 0)
		err = tell_table(&telling, &owners->users, load_user);
	if (err >= 0)
		err = tell_table(&telling, &owners->groups, load_group);
	return err < 0 ? err : 0;
}

/* ---- as events ---- */

static void begin(struct eyas_encoder *enc, const struct telling *telling, unsigned type)
{
	eyas_encoder_begin(enc, telling->buf, EVENT_MAX, type, telling->ts_ns, UINT64_MAX);
}

static int end(struct eyas_encoder *enc, const struct telling *telling)
{
	struct eyas_event event;
	int len = eyas_encoder_end(enc);
	int err = len < 0 ? len : eyas_event_view(telling->buf, (size_t)len, &event, NULL);

	return err ? err : telling->fn(telling->ctx, &event);
}

static int user_event(const struct telling *telling, const struct owner *owner)
{
	const struct state_user *user = &owner->u.user;
	struct eyas_encoder enc;

	begin(&enc, telling, EYAS_EV_USER_ADDED_E);
	eyas_put_uint(&enc, user->uid);
	eyas_put_uint(&enc, user->gid);
	eyas_put_str(&enc, user->name->text);
	eyas_put_str(&enc, user->home->text);
	eyas_put_str(&enc, user->shell->text);
	eyas_put_str(&enc, owner->container_id->text);
	return end(&enc, telling);
}

static int group_event(const struct telling *telling, const struct owner *owner)
{
	struct eyas_encoder enc;

	begin(&enc, telling, EYAS_EV_GROUP_ADDED_E);
	eyas_put_uint(&enc, owner->u.group.gid);
	eyas_put_str(&enc, owner->u.group.name->text);
	eyas_put_str(&enc, owner->container_id->text);
	return end(&enc, telling);
}

uint64_t eyas_state_named(const struct eyas_state *state)
{
	return state->owners->named;
}

int eyas_state_tell_names(const struct eyas_state *state, uint64_t from, uint64_t ts_ns,
			  int (*fn)(void *ctx, const struct eyas_event *event), void *ctx)
{
	struct telling telling = {
		.state = state, .from = from, .ts_ns = ts_ns, .fn = fn, .ctx = ctx
	};
	int err;

	telling.buf = malloc(EVENT_MAX);
	if (!telling.buf)
		return -ENOMEM;
	err = tell_table(&telling, &state->owners->users, user_event);
	if (!err)
		err = tell_table(&telling, &state->owners->groups, group_event);
	free(telling.buf);
	return err;
}
