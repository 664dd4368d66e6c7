/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What records refer to: the latest version of each container, process, file and pod that was
 * read, bounded. Those that nobody referred to for longest make room for new ones.
 */
#ifndef SYSFLOW_ENTITIES_H
#define SYSFLOW_ENTITIES_H

#include "sysflow/layout.h"

struct sf_entity;

/* Invariant: buckets has mask + 1 places, a power of two; newest..oldest is a list of all. */
struct sf_entities {
	struct sf_entity **buckets;
	uint32_t mask;
	uint64_t seed;
	struct sf_entity *newest, *oldest;
	uint64_t count, max_count, bytes, max_bytes;
	uint64_t evicted; /* for want of room, a limit's or memory's */
};

void sf_entities_init(struct sf_entities *entities, uint64_t max_count, uint64_t max_bytes);
void sf_entities_clear(struct sf_entities *entities);
void sf_entities_fini(struct sf_entities *entities);

/*
 * Keep a copy of a record that is an entity, in place of an older one of the same. Returns the
 * copy; NULL if the record is none, or there is no room for it. May free all others.
 */
const struct sysflow_record *sf_entities_add(struct sf_entities *entities,
					     const struct sysflow_record *record);

/* Lent until the next one is added; NULL = not known. id NULL is fine. */
const struct sysflow_process *sf_find_process(struct sf_entities *entities,
					      const struct sysflow_oid *oid);
const struct sysflow_file *sf_find_file(struct sf_entities *entities,
					const struct sysflow_foid *oid);
const struct sysflow_container *sf_find_container(struct sf_entities *entities, const char *id);
const struct sysflow_pod *sf_find_pod(struct sf_entities *entities, const char *id);

#endif
