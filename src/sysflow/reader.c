/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Readers of SysFlow, whatever they read from: the public calls, and which entities a record
 * refers to.
 */
#include "sysflow/reader_int.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/opts.h"

enum { BLOCK_BYTES = 32 << 20, ENTITIES = 1 << 20, ENTITY_BYTES = 256 << 20 };
enum { BLOCK_BYTES_MAX = 1 << 30 };

/* ---- origins ---- */

void sf_origin_init(struct sf_origin *origin, const struct sysflow_reader_opts *opts)
{
	sf_entities_init(&origin->entities, opts->max_entities, opts->max_entity_bytes);
}

void sf_origin_fini(struct sf_origin *origin)
{
	sf_entities_fini(&origin->entities);
	free(origin->header);
	origin->header = NULL;
	eyas_arena_fini(&origin->arena);
}

int sf_origin_decode(struct sysflow_reader *reader, struct sf_origin *origin,
		     struct sf_decoder *decoder, const struct sf_program *program)
{
	int res;

	eyas_arena_reset(&origin->arena);
	decoder->arena = &origin->arena;
	res = sf_decode(decoder, program, &origin->record);
	reader->stats.nul_bytes += decoder->nuls;
	decoder->nuls = 0;
	if (!res)
		reader->stats.unknown++;
	return res;
}

int sf_reader_datum_failed(const struct sf_decoder *decoder, int code, const char *place,
			   uint64_t offset, struct eyas_err *reterr)
{
	return eyas_err_at(reterr, code, offset, "%s: %.60s%s%.60s: %s", place,
			   decoder->record ? decoder->record : "a record",
			   decoder->field ? "." : "", decoder->field ? decoder->field : "",
			   decoder->why ? decoder->why : "it makes no sense");
}

/* A header that cannot be kept is as good as none. */
static void keep_header(struct sf_origin *origin)
{
	const struct sf_layout *layout = &sf_layouts[SYSFLOW_HEADER];
	const void *from = &origin->record.u;
	struct sysflow_record *copy = malloc(sizeof(*copy) + sf_layout_copy_size(layout, from));

	if (copy) {
		copy->type = SYSFLOW_HEADER;
		sf_layout_copy(layout, from, &copy->u, copy + 1);
	}
	free(origin->header);
	origin->header = copy;
}

static const struct sysflow_oid *process_of(const struct sysflow_record *record)
{
	switch (record->type) {
	case SYSFLOW_PROCESS_EVENT:
		return &record->u.process_event.procOID;
	case SYSFLOW_NETWORK_FLOW:
		return &record->u.network_flow.procOID;
	case SYSFLOW_FILE_FLOW:
		return &record->u.file_flow.procOID;
	case SYSFLOW_FILE_EVENT:
		return &record->u.file_event.procOID;
	case SYSFLOW_NETWORK_EVENT:
		return &record->u.network_event.procOID;
	case SYSFLOW_PROCESS_FLOW:
		return &record->u.process_flow.procOID;
	default:
		return NULL;
	}
}

static void find_files(struct sf_origin *origin, struct sysflow_refs *refs)
{
	const struct sysflow_file_event *event = &origin->record.u.file_event;

	if (origin->record.type == SYSFLOW_FILE_FLOW)
		refs->file1 = sf_find_file(&origin->entities, &origin->record.u.file_flow.fileOID);
	if (origin->record.type != SYSFLOW_FILE_EVENT)
		return;
	refs->file1 = sf_find_file(&origin->entities, &event->fileOID);
	if (event->has_newFileOID)
		refs->file2 = sf_find_file(&origin->entities, &event->newFileOID);
}

/*
 * Entities may make room for each other, so what was found before is looked for again; it counts as
 * used until now.
 */
static void add_entity(struct sf_origin *origin)
{
	if (origin->cached && origin->process)
		sf_find_process(&origin->entities, &origin->oid);
	if (origin->cached && origin->container)
		sf_find_container(&origin->entities, origin->container->id);
	origin->cached = false;
	sf_entities_add(&origin->entities, &origin->record);
}

static void find_process(struct sf_origin *origin, const struct sysflow_oid *oid)
{
	if (origin->cached && origin->oid.hpid == oid->hpid &&
	    origin->oid.createTS == oid->createTS)
		return;
	origin->cached = true;
	origin->oid = *oid;
	origin->process = sf_find_process(&origin->entities, oid);
	origin->container =
		origin->process ? sf_find_container(&origin->entities, origin->process->containerId)
				: NULL;
}

/* An entity refers to itself, and to its container. */
static void find_entity_refs(struct sf_origin *origin, struct sysflow_refs *refs)
{
	const struct sysflow_record *record = &origin->record;
	const char *container = NULL;

	switch (record->type) {
	case SYSFLOW_HEADER:
		sf_entities_clear(&origin->entities);
		origin->cached = false;
		keep_header(origin);
		break;
	case SYSFLOW_CONTAINER:
		refs->container = &record->u.container;
		break;
	case SYSFLOW_PROCESS:
		refs->process = &record->u.process;
		container = record->u.process.containerId;
		break;
	case SYSFLOW_FILE:
		refs->file1 = &record->u.file;
		container = record->u.file.containerId;
		break;
	default:
		break;
	}
	add_entity(origin);
	if (container)
		refs->container = sf_find_container(&origin->entities, container);
}

static void find_refs(struct sf_origin *origin, struct sysflow_refs *refs)
{
	const struct sysflow_oid *oid = process_of(&origin->record);

	*refs = (struct sysflow_refs){ .header = NULL };
	if (oid) {
		find_process(origin, oid);
		refs->process = origin->process;
		refs->container = origin->container;
		find_files(origin, refs);
	} else {
		find_entity_refs(origin, refs);
	}
	if (origin->header)
		refs->header = &origin->header->u.header;
}

/* ---- the handle ---- */

static int settle_opts(struct sysflow_reader_opts *opts, struct eyas_err *err)
{
	if (!opts->max_block_bytes)
		opts->max_block_bytes = BLOCK_BYTES;
	if (!opts->max_entities)
		opts->max_entities = ENTITIES;
	if (!opts->max_entity_bytes)
		opts->max_entity_bytes = ENTITY_BYTES;
	if (opts->max_block_bytes > BLOCK_BYTES_MAX)
		return eyas_err_set(err, -EINVAL, "blocks of more than %d bytes are not possible",
				    BLOCK_BYTES_MAX);
	return 0;
}

void *sf_reader_new(size_t size, const struct sf_reader_ops *ops, const char *name,
		    const struct sysflow_reader_opts *opts, int *ret_code, struct eyas_err *reterr)
{
	struct sysflow_reader *reader = calloc(1, size);

	*ret_code = -ENOMEM;
	if (reader)
		reader->name = strdup(name);
	if (!reader || !reader->name) {
		free(reader);
		eyas_err_set(reterr, -ENOMEM, "no memory to read");
		return NULL;
	}
	reader->ops = ops;
	*ret_code = eyas_opts_copy(&reader->opts, sizeof(reader->opts), opts, "reader", reterr);
	if (!*ret_code)
		*ret_code = settle_opts(&reader->opts, reterr);
	if (!*ret_code)
		return reader;
	free(reader->name);
	free(reader);
	return NULL;
}

int sysflow_reader_next(struct sysflow_reader *reader, const struct sysflow_record **ret_record,
			const struct sysflow_refs **ret_refs, struct eyas_err *reterr)
{
	int res = reader->ops->next(reader, &reader->origin, reterr);

	if (res <= 0) {
		reader->stats.damaged += res < 0 && res != EYAS_E_END && res != -EINTR;
		return res;
	}
	find_refs(reader->origin, &reader->refs);
	reader->stats.records[reader->origin->record.type]++;
	*ret_record = &reader->origin->record;
	if (ret_refs)
		*ret_refs = &reader->refs;
	return 1;
}

int sysflow_reader_wait(struct sysflow_reader *reader, int timeout_ms)
{
	return reader->ops->wait(reader, timeout_ms);
}

const struct sysflow_process *sysflow_reader_process(struct sysflow_reader *reader,
						     const struct sysflow_oid *oid)
{
	return reader->origin ? sf_find_process(&reader->origin->entities, oid) : NULL;
}

const struct sysflow_pod *sysflow_reader_pod(struct sysflow_reader *reader, const char *id)
{
	return reader->origin ? sf_find_pod(&reader->origin->entities, id) : NULL;
}

void sysflow_reader_stats(const struct sysflow_reader *reader,
			  struct sysflow_reader_stats *ret_stats)
{
	*ret_stats = reader->stats;
	reader->ops->stats(reader, ret_stats);
}

void sysflow_reader_close(struct sysflow_reader *reader)
{
	if (!reader)
		return;
	reader->ops->close(reader);
	free(reader->name);
	free(reader);
}
