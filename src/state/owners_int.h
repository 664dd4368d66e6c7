/* SPDX-License-Identifier: Apache-2.0 */
/* What owners are, for the two files about them: owners.c and owners_tell.c. */
#ifndef STATE_OWNERS_INT_H
#define STATE_OWNERS_INT_H

#include "state/state_int.h"

/* A user or a group of a container, "" = the host; or a container itself, whose id is 0. */
struct owner {
	struct owner *next; /* with the same key */
	struct eyas_istr *container_id;
	uint32_t id;
	union {
		struct state_user user;
		struct state_group group;
		struct {
			enum owners_of of;
			/* The how many-th container of which names were read; 0 = none were. */
			uint64_t named;
		} container;
	} u;
};

struct owner_table {
	struct id_map by_key;
	uint32_t count;
};

struct owner_iface {
	struct eyas_iface iface;
	struct eyas_istr *name;
};

struct owners {
	struct owner_table users, groups, containers;
	uint32_t sweep_at; /* so many containers */
	uint64_t named;	   /* of so many containers names were read so far */
	struct owner_iface *ifaces;
	uint32_t nifaces, iface_cap;
};

/* The owner with that id in that container, or NULL. */
struct owner *owners_find(const struct eyas_state *state, const struct owner_table *table,
			  const struct eyas_istr *container_id, uint32_t id);

#endif
