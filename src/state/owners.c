/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whose they are: users and groups by container and id, and the addresses of this machine. Filled
 * by the loader, the scan of /proc and events about users; asked by fields.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "state/owners_int.h"

enum {
	OWNERS_MAX = 262144, /* users and groups each */
	SWEEP_MIN = 256,     /* containers before those that are gone are forgotten */
	IFACES_MAX = 4096    /* all are looked at for one address */
};

/* ---- tables ---- */

/* Hardly ever the same for two: the hash of a text is a secret. */
static int64_t owner_key(const struct eyas_istr *container_id, uint32_t id)
{
	return (int64_t)((uint64_t)container_id->hash << 32 | id);
}

/* Texts are interned: the container is compared by its address. */
struct owner *owners_find(const struct eyas_state *state, const struct owner_table *table,
			  const struct eyas_istr *container_id, uint32_t id)
{
	struct owner *owner = id_map_find(state, &table->by_key, owner_key(container_id, id));

	while (owner && owner->container_id != container_id)
		owner = owner->next;
	return owner;
}

/* The owner that is there already, or a new one with a container and an id only; or NULL. */
static struct owner *owner_add(struct eyas_state *state, struct owner_table *table,
			       const struct eyas_istr *container_id, uint32_t id)
{
	struct owner *owner = owners_find(state, table, container_id, id);
	int64_t key = owner_key(container_id, id);

	if (owner)
		return owner;
	if (table->count >= OWNERS_MAX || !(owner = state_alloc(state, sizeof(*owner))))
		goto refused;
	owner->id = id;
	owner->next = id_map_find(state, &table->by_key, key);
	if (owner->next) {
		id_map_replace(state, &table->by_key, key, owner);
	} else if (id_map_add(state, &table->by_key, key, owner)) {
		state_free(state, owner, sizeof(*owner));
		goto refused;
	}
	/* The same string, which the caller only looks at. */
	owner->container_id = istr_get(&state->strings, container_id->text, container_id->len);
	table->count++;
	return owner;
refused:
	state->stats.owners_refused++;
	return NULL;
}

static void owner_remove(struct eyas_state *state, struct owner_table *table, struct owner *owner)
{
	int64_t key = owner_key(owner->container_id, owner->id);
	struct owner *at = id_map_find(state, &table->by_key, key);

	table->count--;
	if (at == owner && !owner->next) {
		id_map_remove(state, &table->by_key, key);
	} else if (at == owner) {
		id_map_replace(state, &table->by_key, key, owner->next);
	} else {
		while (at->next != owner)
			at = at->next;
		at->next = owner->next;
	}
}

static void free_owner(struct eyas_state *state, struct owner *owner)
{
	istr_put(&state->strings, owner->container_id);
	state_free(state, owner, sizeof(*owner));
}

static void free_user(struct eyas_state *state, struct owner *owner)
{
	istr_put(&state->strings, owner->u.user.name);
	istr_put(&state->strings, owner->u.user.home);
	istr_put(&state->strings, owner->u.user.shell);
	free_owner(state, owner);
}

static void free_group(struct eyas_state *state, struct owner *owner)
{
	istr_put(&state->strings, owner->u.group.name);
	free_owner(state, owner);
}

/* ---- users and groups ---- */

static void set_bytes(struct eyas_state *state, struct eyas_istr **to, struct eyas_bytes bytes)
{
	state_set_str(state, to, bytes.data, bytes.len);
}

int owners_add_user(struct eyas_state *state, const struct eyas_istr *container_id,
		    const struct eyas_user *user)
{
	struct owner *owner = owner_add(state, &state->owners->users, container_id, user->uid);

	if (!owner)
		return -ENOMEM;
	owner->u.user.uid = user->uid;
	owner->u.user.gid = user->gid;
	set_bytes(state, &owner->u.user.name, user->name);
	set_bytes(state, &owner->u.user.home, user->home);
	set_bytes(state, &owner->u.user.shell, user->shell);
	return 0;
}

int owners_add_group(struct eyas_state *state, const struct eyas_istr *container_id,
		     const struct eyas_group *group)
{
	struct owner *owner = owner_add(state, &state->owners->groups, container_id, group->gid);

	if (!owner)
		return -ENOMEM;
	owner->u.group.gid = group->gid;
	set_bytes(state, &owner->u.group.name, group->name);
	return 0;
}

void owners_remove_user(struct eyas_state *state, const struct eyas_istr *container_id,
			uint32_t uid)
{
	struct owner *owner = owners_find(state, &state->owners->users, container_id, uid);

	if (!owner)
		return;
	owner_remove(state, &state->owners->users, owner);
	free_user(state, owner);
}

void owners_remove_group(struct eyas_state *state, const struct eyas_istr *container_id,
			 uint32_t gid)
{
	struct owner *owner = owners_find(state, &state->owners->groups, container_id, gid);

	if (!owner)
		return;
	owner_remove(state, &state->owners->groups, owner);
	free_group(state, owner);
}

/* The container's own, else the host's if they are the same, or that is wanted. */
static const struct owner *owner_or_hosts(const struct eyas_state *state,
					  const struct owner_table *table,
					  const struct eyas_istr *container_id, uint32_t id)
{
	const struct owner *owner = owners_find(state, table, container_id, id);

	if (owner || (state->opts.container_names_apart &&
		      owners_of_container(state, container_id) != OWNERS_HOSTS))
		return owner;
	return owners_find(state, table, state->strings.empty, id);
}

const struct state_user *eyas_state_user(const struct eyas_state *state,
					 const struct eyas_istr *container_id, uint32_t uid)
{
	const struct owner *owner = owner_or_hosts(state, &state->owners->users, container_id, uid);

	return owner ? &owner->u.user : NULL;
}

const struct state_group *eyas_state_group(const struct eyas_state *state,
					   const struct eyas_istr *container_id, uint32_t gid)
{
	const struct owner *owner =
		owner_or_hosts(state, &state->owners->groups, container_id, gid);

	return owner ? &owner->u.group : NULL;
}

/* ---- containers ---- */

enum owners_of owners_of_container(const struct eyas_state *state,
				   const struct eyas_istr *container_id)
{
	const struct owner *owner = owners_find(state, &state->owners->containers, container_id, 0);

	return owner ? owner->u.container.of : OWNERS_UNKNOWN;
}

static void note_container(void *ctx, const struct eyas_thread *thread)
{
	(void)!eyas_map_add(ctx, (uint64_t)(uintptr_t)thread->container_id, 0);
}

static bool is_gone(const struct eyas_state *state, const struct owner *owner,
		    const struct eyas_map *living)
{
	return owner->container_id != state->strings.empty &&
	       eyas_map_find(living, (uint64_t)(uintptr_t)owner->container_id) == EYAS_MAP_NONE;
}

static void sweep_table(struct eyas_state *state, struct owner_table *table,
			const struct eyas_map *living,
			void (*put)(struct eyas_state *state, struct owner *owner))
{
	struct owner *owner;
	size_t i = 0;

	while (table->by_key.rows && i <= id_map_mask(&table->by_key)) {
		owner = table->by_key.rows[i].value;
		while (owner && !is_gone(state, owner, living))
			owner = owner->next;
		if (!owner) {
			i++;
			continue;
		}
		/* What moves to its place is looked at next. */
		owner_remove(state, table, owner);
		put(state, owner);
	}
}

/* A machine where containers come and go all day has those that there are. */
static void forget_gone(struct eyas_state *state)
{
	struct owners *owners = state->owners;
	struct eyas_map living = { 0 };

	containers_visit(state, note_container, &living);
	sweep_table(state, &owners->users, &living, free_user);
	sweep_table(state, &owners->groups, &living, free_group);
	sweep_table(state, &owners->containers, &living, free_owner);
	eyas_map_fini(&living);
	owners->sweep_at = 2 * owners->containers.count;
}

int owners_set_container(struct eyas_state *state, const struct eyas_istr *container_id,
			 enum owners_of of)
{
	struct owners *owners = state->owners;
	struct owner *owner;

	if (owners->containers.count >= SWEEP_MIN && owners->containers.count >= owners->sweep_at)
		forget_gone(state);
	owner = owner_add(state, &owners->containers, container_id, 0);
	if (!owner)
		return -ENOMEM;
	owner->u.container.of = of;
	if (of == OWNERS_OWN)
		owner->u.container.named = ++owners->named;
	return 0;
}

/* ---- interfaces ---- */

static int iface_room(struct eyas_state *state)
{
	struct owners *owners = state->owners;
	uint32_t cap = owners->iface_cap ? owners->iface_cap * 2 : 8;
	struct owner_iface *ifaces;

	if (owners->nifaces < owners->iface_cap)
		return 0;
	if (owners->nifaces >= IFACES_MAX)
		return -ENOMEM;
	ifaces = state_realloc(state, owners->ifaces, owners->iface_cap * sizeof(*ifaces),
			       cap * sizeof(*ifaces));
	if (!ifaces)
		return -ENOMEM;
	owners->ifaces = ifaces;
	owners->iface_cap = cap;
	return 0;
}

int owners_add_iface(struct eyas_state *state, const struct eyas_iface *iface)
{
	struct owners *owners = state->owners;
	struct owner_iface *to;

	if (iface_room(state)) {
		state->stats.owners_refused++;
		return -ENOMEM;
	}
	to = &owners->ifaces[owners->nifaces++];
	to->iface = *iface;
	to->name = istr_get(&state->strings, iface->name.data, iface->name.len);
	to->iface.name = (struct eyas_bytes){ to->name->text, to->name->len };
	return 0;
}

/* IPv4: types 1 and 3, IPv6: 2 and 4. */
static size_t iface_addr_len(const struct eyas_iface *iface)
{
	return iface->type & 1 ? 4 : 16;
}

static bool is_loopback(const uint8_t *addr, size_t len)
{
	static const uint8_t loopback6[16] = { [15] = 1 };

	return len == 4 ? addr[0] == 127 : !memcmp(addr, loopback6, sizeof(loopback6));
}

bool eyas_state_is_local(const struct eyas_state *state, const uint8_t *addr, size_t len)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	const struct owners *owners = state->owners;
	uint32_t i;

	if (len == 16 && !memcmp(addr, mapped, sizeof(mapped)))
		return eyas_state_is_local(state, addr + sizeof(mapped), 4);
	if (is_loopback(addr, len))
		return true;
	for (i = 0; i < owners->nifaces; i++)
		if (iface_addr_len(&owners->ifaces[i].iface) == len &&
		    !memcmp(owners->ifaces[i].iface.addr, addr, len))
			return true;
	return false;
}

static bool on_network(const struct eyas_iface *iface, const uint8_t *peer, size_t len)
{
	/* Of an IPv6 interface no mask is known: 64 bits, as nearly all have. */
	static const uint8_t mask6[16] = { 255, 255, 255, 255, 255, 255, 255, 255 };
	const uint8_t *mask = len == 4 ? iface->mask : mask6;
	size_t i;

	for (i = 0; i < len; i++)
		if ((iface->addr[i] ^ peer[i]) & mask[i])
			return false;
	return true;
}

bool owners_source_addr(const struct eyas_state *state, const uint8_t *peer, size_t len,
			uint8_t *ret_addr)
{
	const struct owners *owners = state->owners;
	const struct eyas_iface *iface, *best = NULL;
	uint32_t i;

	for (i = 0; i < owners->nifaces; i++) {
		iface = &owners->ifaces[i].iface;
		if (iface_addr_len(iface) != len)
			continue;
		if (on_network(iface, peer, len)) {
			best = iface;
			break;
		}
		if (!best && !is_loopback(iface->addr, len))
			best = iface;
	}
	if (best)
		memcpy(ret_addr, best->addr, len);
	return best != NULL;
}

/* ---- all of them ---- */

int owners_new(struct eyas_state *state)
{
	state->owners = state_alloc(state, sizeof(*state->owners));
	return state->owners ? 0 : -ENOMEM;
}

static void clear_table(struct eyas_state *state, struct owner_table *table,
			void (*put)(struct eyas_state *state, struct owner *owner))
{
	struct owner *owner, *next;
	size_t i;

	for (i = 0; table->by_key.rows && i <= id_map_mask(&table->by_key); i++)
		for (owner = table->by_key.rows[i].value; owner; owner = next) {
			next = owner->next;
			put(state, owner);
		}
	id_map_clear(state, &table->by_key);
	table->count = 0;
}

void owners_clear(struct eyas_state *state)
{
	struct owners *owners = state->owners;
	uint32_t i;

	if (!owners)
		return;
	clear_table(state, &owners->users, free_user);
	clear_table(state, &owners->groups, free_group);
	clear_table(state, &owners->containers, free_owner);
	for (i = 0; i < owners->nifaces; i++)
		istr_put(&state->strings, owners->ifaces[i].name);
	state_free(state, owners->ifaces, owners->iface_cap * sizeof(*owners->ifaces));
	owners->ifaces = NULL;
	owners->nifaces = owners->iface_cap = 0;
}

void owners_free(struct eyas_state *state)
{
	owners_clear(state);
	state_free(state, state->owners, sizeof(*state->owners));
	state->owners = NULL;
}

void owners_stats(const struct eyas_state *state, struct eyas_state_stats *stats)
{
	stats->users = state->owners->users.count;
	stats->user_groups = state->owners->groups.count;
	stats->ifaces = state->owners->nifaces;
}
