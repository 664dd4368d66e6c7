/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which files are there? A file is a container and a path; its id is the SHA-1 of both. It is
 * kept as long as a flow is open on it, or the output file that has its record.
 */
#include "flow/engine_int.h"

#include <sha1.h>
#include <string.h>

/* Files that nobody uses are forgotten early when there are so many; they are then said twice. */
enum { FILES_MAX = 131072 };

static uint64_t hash_of(const struct flow_engine *engine, const struct eyas_istr *container_id,
			const struct eyas_istr *path)
{
	return flow_hash(engine->seed, (uintptr_t)path, (uintptr_t)container_id);
}

static struct flow_file *find(const struct flow_engine *engine,
			      const struct eyas_istr *container_id, const struct eyas_istr *path)
{
	struct flow_link *link =
		flow_table_chain(&engine->files, hash_of(engine, container_id, path));
	struct flow_file *file;

	for (; link; link = link->next) {
		file = (struct flow_file *)link;
		if (file->path == path && file->container_id == container_id)
			return file;
	}
	return NULL;
}

static void drop(struct flow_engine *engine, struct flow_file *file)
{
	flow_table_remove(&engine->files, &file->link);
	flow_set_str(engine, &file->container_id, NULL);
	flow_set_str(engine, &file->path, NULL);
	flow_set_str(engine, &file->shown_id, NULL);
	flow_free(engine, file, sizeof(*file));
}

/* Forget those that nobody uses; with fresh set, the others have to be said again. */
static void sweep(struct flow_engine *engine, bool fresh)
{
	struct flow_table_iter iter;
	struct flow_file *file;

	flow_table_iter_init(&iter, &engine->files);
	while ((file = (struct flow_file *)flow_table_iter_next(&iter))) {
		if (!file->refs)
			drop(engine, file);
		else if (fresh)
			file->written = false;
	}
	engine->full_files = engine->files.count + FILES_MAX;
}

/* What nobody wants to read about in mode 2, as the original has it. */
static const char *const dull_places[] = { "/proc/", "/dev/",	"/sys/",     "//sys/",
					   "/lib/",  "/lib64/", "/usr/lib/", "/usr/lib64/" };

static bool is_dull(const char *path)
{
	size_t i;

	for (i = 0; i < sizeof(dull_places) / sizeof(dull_places[0]); i++)
		if (!strncmp(path, dull_places[i], strlen(dull_places[i])))
			return true;
	return false;
}

static void make_oid(struct flow_file *file)
{
	SHA1_CTX sha1;

	SHA1Init(&sha1);
	SHA1Update(&sha1, (const uint8_t *)file->container_id->text, file->container_id->len);
	SHA1Update(&sha1, (const uint8_t *)file->path->text, file->path->len);
	SHA1Final(file->oid.bytes, &sha1);
}

static struct flow_file *add(struct flow_engine *engine, struct eyas_istr *container_id,
			     struct eyas_istr *path)
{
	struct flow_file *file;

	if (engine->files.count >= engine->full_files)
		sweep(engine, false);
	file = flow_alloc(engine, sizeof(*file));
	if (!file)
		return NULL;
	file->link.hash = hash_of(engine, container_id, path);
	if (flow_table_add(&engine->files, &file->link)) {
		flow_free(engine, file, sizeof(*file));
		return NULL;
	}
	file->container_id = istr_ref(container_id);
	file->path = istr_ref(path);
	file->dull = is_dull(path->text);
	make_oid(file);
	return file;
}

/*
 * The original takes the id of the key from the event's thread and that of the record from the
 * leader of its process, and asks for the latter's container, which may say that.
 */
static int show_container(struct flow_engine *engine, const struct eyas_context *context,
			  struct flow_file *file, struct eyas_err *reterr)
{
	struct eyas_istr *id = file->container_id;
	struct flow_container *container;

	if (flow_strict(engine))
		id = eyas_thread_leader(context->thread)->container_id;
	flow_set_str(engine, &file->shown_id, istr_ref(id));
	return flow_containers_get(engine, id, &container, reterr);
}

int flow_files_say(struct flow_engine *engine, struct flow_file *file, struct eyas_err *reterr)
{
	struct flow_container *container;
	int err;

	if (file->written)
		return 0;
	file->state = SYSFLOW_REUP;
	/* Not counted by files, it may have been forgotten when this file of output began. */
	err = flow_containers_get(engine, file->shown_id, &container, reterr);
	if (err)
		return err;
	file->written = true;
	return flow_send_file(engine, file, reterr);
}

int flow_files_ensure(struct flow_engine *engine, const struct eyas_context *context,
		      struct eyas_istr *path, char restype, enum sysflow_object_state state,
		      struct flow_file **ret_file, struct eyas_err *reterr)
{
	struct eyas_istr *container_id = context->thread->container_id;
	struct flow_file *file = find(engine, container_id, path);
	int err;

	*ret_file = file;
	if (file)
		return flow_files_say(engine, file, reterr);
	file = add(engine, container_id, path);
	if (!file) {
		engine->stats.flows_refused++;
		return 0;
	}
	file->state = (uint8_t)state;
	file->restype = restype;
	file->ts = (int64_t)context->event->ts_ns;
	file->written = true;
	*ret_file = file;
	err = show_container(engine, context, file, reterr);
	return err ? err : flow_send_file(engine, file, reterr);
}

void flow_files_rotate(struct flow_engine *engine)
{
	sweep(engine, true);
}

void flow_files_fini(struct flow_engine *engine)
{
	struct flow_table_iter iter;
	struct flow_link *link;

	flow_table_iter_init(&iter, &engine->files);
	while ((link = flow_table_iter_next(&iter)))
		drop(engine, (struct flow_file *)link);
	flow_table_fini(&engine->files);
}
