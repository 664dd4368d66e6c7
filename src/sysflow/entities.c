/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A hash table of copies, chained, with all entities in the order in which they were last used.
 * The keys are a file's, so the hash is seeded with what nobody can know beforehand.
 */
#include "sysflow/entities.h"

#include <stdlib.h>
#include <string.h>

#include "filter/set.h"
#include "state/istr.h"

enum { FIRST_BUCKETS = 256 };

/* One piece of memory with all that the record points to. */
struct sf_entity {
	struct sf_entity *chain;
	struct sf_entity *newer, *older;
	uint64_t hash;
	size_t bytes;
	struct sysflow_record record;
	max_align_t rest[]; /* what the record points to */
};

/* What tells two entities of a type apart. */
struct key {
	enum sysflow_type type;
	const void *data;
	size_t len;
};

static bool key_of(const struct sysflow_record *record, struct key *ret)
{
	const char *id = NULL;

	switch (record->type) {
	case SYSFLOW_PROCESS:
		*ret = (struct key){ record->type, &record->u.process.oid,
				     sizeof(struct sysflow_oid) };
		return true;
	case SYSFLOW_FILE:
		*ret = (struct key){ record->type, &record->u.file.oid,
				     sizeof(struct sysflow_foid) };
		return true;
	case SYSFLOW_CONTAINER:
		id = record->u.container.id;
		break;
	case SYSFLOW_POD:
		id = record->u.pod.id;
		break;
	default:
		return false;
	}
	*ret = (struct key){ record->type, id, strlen(id) };
	return true;
}

static uint64_t hash_key(const struct sf_entities *entities, const struct key *key)
{
	return eyas_filter_hash(entities->seed + key->type, key->data, key->len);
}

static bool has_key(const struct sf_entity *entity, const struct key *key)
{
	struct key own;

	return entity->record.type == key->type && key_of(&entity->record, &own) &&
	       own.len == key->len && !memcmp(own.data, key->data, key->len);
}

void sf_entities_init(struct sf_entities *entities, uint64_t max_count, uint64_t max_bytes)
{
	*entities = (struct sf_entities){ .seed = hash_seed(),
					  .max_count = max_count,
					  .max_bytes = max_bytes };
}

/* ---- the order of use ---- */

static void unlist(struct sf_entities *entities, struct sf_entity *entity)
{
	if (entity->newer)
		entity->newer->older = entity->older;
	else
		entities->newest = entity->older;
	if (entity->older)
		entity->older->newer = entity->newer;
	else
		entities->oldest = entity->newer;
}

static void list(struct sf_entities *entities, struct sf_entity *entity)
{
	entity->newer = NULL;
	entity->older = entities->newest;
	if (entities->newest)
		entities->newest->newer = entity;
	else
		entities->oldest = entity;
	entities->newest = entity;
}

/* ---- the table ---- */

static struct sf_entity **bucket(const struct sf_entities *entities, uint64_t hash)
{
	return &entities->buckets[hash & entities->mask];
}

static void drop(struct sf_entities *entities, struct sf_entity *entity)
{
	struct sf_entity **at = bucket(entities, entity->hash);

	while (*at != entity)
		at = &(*at)->chain;
	*at = entity->chain;
	unlist(entities, entity);
	entities->count--;
	entities->bytes -= entity->bytes;
	free(entity);
}

static void rehash(struct sf_entities *entities, struct sf_entity **buckets, uint32_t mask)
{
	struct sf_entity *entity;

	free(entities->buckets);
	entities->buckets = buckets;
	entities->mask = mask;
	for (entity = entities->oldest; entity; entity = entity->newer) {
		struct sf_entity **at = bucket(entities, entity->hash);

		entity->chain = *at;
		*at = entity;
	}
}

/* Without memory for more buckets, the chains get longer; without any, nothing is kept. */
static bool grow(struct sf_entities *entities)
{
	uint64_t size = entities->buckets ? 2 * ((uint64_t)entities->mask + 1) : FIRST_BUCKETS;
	struct sf_entity **buckets;

	if (entities->buckets && (entities->count <= entities->mask || size > UINT32_MAX))
		return true;
	buckets = calloc(size, sizeof(struct sf_entity *));
	if (buckets)
		rehash(entities, buckets, (uint32_t)(size - 1));
	return entities->buckets;
}

static struct sf_entity *find(struct sf_entities *entities, const struct key *key, uint64_t hash)
{
	struct sf_entity *entity = entities->buckets ? *bucket(entities, hash) : NULL;

	for (; entity; entity = entity->chain)
		if (entity->hash == hash && has_key(entity, key))
			return entity;
	return NULL;
}

/* Found is used: it becomes the newest. */
static const struct sysflow_record *look_up(struct sf_entities *entities, enum sysflow_type type,
					    const void *data, size_t len)
{
	const struct key key = { type, data, len };
	struct sf_entity *entity;

	if (!data)
		return NULL;
	entity = find(entities, &key, hash_key(entities, &key));
	if (!entity)
		return NULL;
	if (entity != entities->newest) {
		unlist(entities, entity);
		list(entities, entity);
	}
	return &entity->record;
}

/* ---- adding ---- */

/* NULL = no memory. */
static struct sf_entity *copy_record(const struct sysflow_record *record, size_t size)
{
	const struct sf_layout *layout = &sf_layouts[record->type];
	struct sf_entity *entity = malloc(sizeof(*entity) + size);

	if (!entity)
		return NULL;
	entity->record.type = record->type;
	sf_layout_copy(layout, &record->u, &entity->record.u, entity->rest);
	entity->bytes = sizeof(*entity) + size;
	return entity;
}

static void make_room(struct sf_entities *entities, size_t bytes)
{
	while (entities->oldest && (entities->count >= entities->max_count ||
				    entities->bytes + bytes > entities->max_bytes)) {
		drop(entities, entities->oldest);
		entities->evicted++;
	}
}

const struct sysflow_record *sf_entities_add(struct sf_entities *entities,
					     const struct sysflow_record *record)
{
	struct sf_entity *entity, *old, **at;
	struct key key;
	uint64_t hash;
	size_t size;

	if (!key_of(record, &key))
		return NULL;
	hash = hash_key(entities, &key);
	old = find(entities, &key, hash);
	size = sf_layout_copy_size(&sf_layouts[record->type], &record->u);
	entity = size + sizeof(*entity) <= entities->max_bytes ? copy_record(record, size) : NULL;
	if (old)
		drop(entities, old);
	if (entity)
		make_room(entities, entity->bytes);
	if (!entity || !grow(entities)) {
		free(entity);
		entities->evicted++;
		return NULL;
	}
	entity->hash = hash;
	at = bucket(entities, hash);
	entity->chain = *at;
	*at = entity;
	list(entities, entity);
	entities->count++;
	entities->bytes += entity->bytes;
	return &entity->record;
}

void sf_entities_clear(struct sf_entities *entities)
{
	struct sf_entity *entity, *next;

	for (entity = entities->newest; entity; entity = next) {
		next = entity->older;
		free(entity);
	}
	entities->newest = entities->oldest = NULL;
	entities->count = entities->bytes = 0;
	if (entities->buckets)
		memset(entities->buckets, 0,
		       ((size_t)entities->mask + 1) * sizeof(struct sf_entity *));
}

void sf_entities_fini(struct sf_entities *entities)
{
	sf_entities_clear(entities);
	free(entities->buckets);
	entities->buckets = NULL;
}

/* ---- by type ---- */

const struct sysflow_process *sf_find_process(struct sf_entities *entities,
					      const struct sysflow_oid *oid)
{
	const struct sysflow_record *record = look_up(entities, SYSFLOW_PROCESS, oid, sizeof(*oid));

	return record ? &record->u.process : NULL;
}

const struct sysflow_file *sf_find_file(struct sf_entities *entities,
					const struct sysflow_foid *oid)
{
	const struct sysflow_record *record = look_up(entities, SYSFLOW_FILE, oid, sizeof(*oid));

	return record ? &record->u.file : NULL;
}

const struct sysflow_container *sf_find_container(struct sf_entities *entities, const char *id)
{
	const struct sysflow_record *record =
		look_up(entities, SYSFLOW_CONTAINER, id, id ? strlen(id) : 0);

	return record ? &record->u.container : NULL;
}

const struct sysflow_pod *sf_find_pod(struct sf_entities *entities, const char *id)
{
	const struct sysflow_record *record =
		look_up(entities, SYSFLOW_POD, id, id ? strlen(id) : 0);

	return record ? &record->u.pod : NULL;
}
