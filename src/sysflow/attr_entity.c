/* SPDX-License-Identifier: Apache-2.0 */
/* Attributes of what a record refers to: processes, files, containers, pods, the header. */
#include <string.h>

#include "base/le.h"
#include "filter/fields_int.h"
#include "sysflow/attr_get.h"

enum { ANCESTORS = 64 /* more is a circle */ };

static const struct sf_row *row_of(const struct field_eval *eval)
{
	return eval->subject;
}

/* The name of a symbol, or its number where it has none. */
static bool symbol(const struct field_eval *eval, const struct field_ref *ref,
		   enum sysflow_type type, const char *field, int32_t value, struct eyas_value *ret)
{
	const char *name = sf_symbol(type, field, value);

	if (name)
		return field_text(ref, name, ret);
	eyas_str_i64(field_begin(eval), value);
	return eyas_field_scratch(eval, ref, ret);
}

SF_GET(state)
{
	const struct sysflow_refs *refs = row_of(eval)->refs;

	if (refs->process)
		return symbol(eval, ref, SYSFLOW_PROCESS, "state", refs->process->state, ret);
	return refs->file1 && symbol(eval, ref, SYSFLOW_FILE, "state", refs->file1->state, ret);
}

/* ---- processes ---- */

static const struct sysflow_process *parent_of(const struct sf_row *row,
					       const struct sysflow_process *process)
{
	if (!process || !process->has_poid || !row->reader)
		return NULL;
	return sysflow_reader_process(row->reader, &process->poid);
}

/* The one that the attribute is about. */
static const struct sysflow_process *process_of(const struct field_eval *eval,
						const struct field_ref *ref)
{
	const struct sf_row *row = row_of(eval);

	return ref->info->tag & SF_PARENT ? parent_of(row, row->refs->process) : row->refs->process;
}

SF_GET(proc_num)
{
	const struct sysflow_process *process = process_of(eval, ref);
	int64_t value = 0;

	if (!process)
		return false;
	switch (ref->info->tag & ~(uint32_t)SF_PARENT) {
	case SF_PROC_PID:
		value = process->oid.hpid;
		break;
	case SF_PROC_UID:
		value = process->uid;
		break;
	case SF_PROC_GID:
		value = process->gid;
		break;
	case SF_PROC_CREATETS:
		value = process->oid.createTS;
		break;
	}
	return field_num(ref, (uint64_t)value, ret);
}

SF_GET(proc_text)
{
	const struct sysflow_process *process = process_of(eval, ref);
	const char *text = "";

	if (!process)
		return false;
	switch (ref->info->tag & ~(uint32_t)SF_PARENT) {
	case SF_PROC_USER:
		text = process->userName;
		break;
	case SF_PROC_GROUP:
		text = process->groupName;
		break;
	case SF_PROC_EXE:
		text = process->exe;
		break;
	case SF_PROC_ARGS:
		text = process->exeArgs;
		break;
	case SF_PROC_CWD:
		text = process->cwd;
		break;
	}
	return field_text(ref, text, ret);
}

SF_GET(proc_bool)
{
	const struct sysflow_process *process = process_of(eval, ref);

	if (!process)
		return false;
	return field_num(ref,
			 (ref->info->tag & ~(uint32_t)SF_PARENT) == SF_PROC_TTY ? process->tty
										: process->entry,
			 ret);
}

/* Behind the last slash; a path that ends in one has the part before it. */
static bool last_part(const struct field_ref *ref, const char *path, struct eyas_value *ret)
{
	size_t end = strlen(path), start;

	while (end > 1 && path[end - 1] == '/')
		end--;
	for (start = end; start > 0 && path[start - 1] != '/'; start--)
		;
	return field_bytes(ref, path + start, end - start, ret);
}

SF_GET(proc_name)
{
	const struct sysflow_process *process = process_of(eval, ref);

	return process && last_part(ref, process->exe, ret);
}

SF_GET(proc_cmdline)
{
	const struct sysflow_process *process = process_of(eval, ref);
	struct eyas_str *out = field_begin(eval);

	if (!process)
		return false;
	eyas_str_puts(out, process->exe);
	if (process->exeArgs[0])
		eyas_str_putc(out, ' ');
	eyas_str_puts(out, process->exeArgs);
	return eyas_field_scratch(eval, ref, ret);
}

SF_GET(proc_oid)
{
	const struct sysflow_process *process = process_of(eval, ref);
	struct eyas_str *out = field_begin(eval);

	if (!process)
		return false;
	eyas_str_i64(out, process->oid.createTS);
	eyas_str_putc(out, ':');
	eyas_str_i64(out, process->oid.hpid);
	return eyas_field_scratch(eval, ref, ret);
}

SF_GET(proc_env)
{
	const struct sysflow_process *process = process_of(eval, ref);
	struct eyas_value *items;
	size_t i;

	if (!process)
		return false;
	items = eyas_arena_get(eval->arena, process->env.count * sizeof(*items));
	for (i = 0; items && i < process->env.count; i++)
		items[i] = eyas_value_text(process->env.items[i], strlen(process->env.items[i]));
	return items && field_list(ref, items, process->env.count, ret);
}

/* The process and its ancestors, nearest first; their number. */
static size_t ancestry(const struct field_eval *eval,
		       const struct sysflow_process *ret_chain[ANCESTORS])
{
	const struct sysflow_process *process = row_of(eval)->refs->process;
	size_t count = 0;

	for (; process && count < ANCESTORS; process = parent_of(row_of(eval), process))
		ret_chain[count++] = process;
	return count;
}

SF_GET(apid)
{
	const struct sysflow_process *chain[ANCESTORS];
	size_t count = ancestry(eval, chain), i;
	struct eyas_value *items = eyas_arena_get(eval->arena, count * sizeof(*items));

	for (i = 0; items && i < count; i++)
		field_num(ref, (uint64_t)chain[i]->oid.hpid, &items[i]);
	return items && count && field_list(ref, items, count, ret);
}

SF_GET(aname)
{
	const struct sysflow_process *chain[ANCESTORS];
	size_t count = ancestry(eval, chain), i;
	struct eyas_value *items = eyas_arena_get(eval->arena, count * sizeof(*items));

	for (i = 0; items && i < count; i++)
		field_text(ref, chain[i]->exe, &items[i]);
	return items && count && field_list(ref, items, count, ret);
}

/* ---- files ---- */

static const struct sysflow_file *file_of(const struct field_eval *eval,
					  const struct field_ref *ref)
{
	const struct sysflow_refs *refs = row_of(eval)->refs;

	return ref->info->tag ? refs->file2 : refs->file1;
}

SF_GET(file_path)
{
	const struct sysflow_file *file = file_of(eval, ref);

	return file && field_text(ref, file->path, ret);
}

SF_GET(file_name)
{
	const struct sysflow_file *file = file_of(eval, ref);

	return file && last_part(ref, file->path, ret);
}

SF_GET(file_dir)
{
	const struct sysflow_file *file = file_of(eval, ref);
	const char *slash = file ? strrchr(file->path, '/') : NULL;

	if (!slash)
		return false;
	/* The root is the directory of what is in it. */
	return field_bytes(ref, file->path, slash > file->path ? (size_t)(slash - file->path) : 1,
			   ret);
}

SF_GET(file_type)
{
	const struct sysflow_file *file = file_of(eval, ref);
	struct eyas_str *out = field_begin(eval);

	if (!file)
		return false;
	if (file->restype > ' ' && file->restype < 0x7f)
		eyas_str_putc(out, (char)file->restype);
	else
		eyas_str_i64(out, file->restype);
	return eyas_field_scratch(eval, ref, ret);
}

/* The identity is the record's, known or not. */
SF_GET(file_oid)
{
	const struct sysflow_record *record = row_of(eval)->record;
	const struct sysflow_foid *oid = NULL;
	struct eyas_str *out = field_begin(eval);

	if (record->type == SYSFLOW_FILE_EVENT && !ref->info->tag)
		oid = &record->u.file_event.fileOID;
	else if (record->type == SYSFLOW_FILE_EVENT && record->u.file_event.has_newFileOID)
		oid = &record->u.file_event.newFileOID;
	else if (record->type == SYSFLOW_FILE_FLOW && !ref->info->tag)
		oid = &record->u.file_flow.fileOID;
	else if (record->type == SYSFLOW_FILE && !ref->info->tag)
		oid = &record->u.file.oid;
	if (!oid)
		return false;
	eyas_str_hexdump(out, oid->bytes, sizeof(oid->bytes));
	return eyas_field_scratch(eval, ref, ret);
}

/* ---- containers, pods, the header ---- */

SF_GET(container)
{
	const struct sysflow_container *container = row_of(eval)->refs->container;
	const char *text = "";

	if (!container)
		return false;
	switch (ref->info->tag) {
	case SF_AVRO_IN_ID:
		text = container->id;
		break;
	case SF_AVRO_IN_NAME:
		text = container->name;
		break;
	case SF_AVRO_IN_IMAGE:
		text = container->image;
		break;
	case SF_AVRO_IN_IMAGEID:
		text = container->imageid;
		break;
	default:
		return symbol(eval, ref, SYSFLOW_CONTAINER, "type", container->type, ret);
	}
	return field_text(ref, text, ret);
}

SF_GET(privileged)
{
	const struct sysflow_container *container = row_of(eval)->refs->container;

	return container && field_num(ref, container->privileged, ret);
}

const struct sysflow_pod *sf_row_pod(const struct sf_row *row)
{
	if (row->record->type == SYSFLOW_POD)
		return &row->record->u.pod;
	if (!row->reader || !row->refs->container || !row->refs->container->podId)
		return NULL;
	return sysflow_reader_pod(row->reader, row->refs->container->podId);
}

SF_GET(pod)
{
	const struct sysflow_pod *pod = sf_row_pod(row_of(eval));

	if (!pod)
		return false;
	return field_text(ref,
			  ref->info->tag == SF_POD_ID	  ? pod->id
			  : ref->info->tag == SF_POD_NAME ? pod->name
			  : ref->info->tag == SF_POD_NODE ? pod->nodeName
							  : pod->namespace_,
			  ret);
}

/* Addresses are numbers, of which 32 bits count, in the order that those of flows have. */
SF_GET(pod_ips)
{
	const struct sysflow_pod *pod = sf_row_pod(row_of(eval));
	const struct sysflow_numbers *ips;
	struct eyas_value *items;
	uint8_t *bytes;
	size_t i;

	if (!pod)
		return false;
	ips = ref->info->tag ? &pod->internalIP : &pod->hostIP;
	items = eyas_arena_get(eval->arena, ips->count * sizeof(*items));
	bytes = eyas_arena_get(eval->arena, ips->count * 4);
	if (!items || !bytes)
		return false;
	for (i = 0; i < ips->count; i++) {
		eyas_put_le32(bytes + 4 * i, (uint32_t)ips->items[i]);
		field_addr(ref, bytes + 4 * i, 4, &items[i]);
	}
	return field_list(ref, items, ips->count, ret);
}

SF_GET(pod_restarts)
{
	const struct sysflow_pod *pod = sf_row_pod(row_of(eval));

	return pod && field_num(ref, (uint64_t)pod->restartCount, ret);
}

SF_GET(pod_services)
{
	const struct sysflow_pod *pod = sf_row_pod(row_of(eval));

	return pod && field_num(ref, pod->nservices, ret);
}

SF_GET(header)
{
	const struct sysflow_header *header = row_of(eval)->refs->header;

	if (!header)
		return false;
	return field_text(ref,
			  ref->info->tag == SF_HEADER_EXPORTER ? header->exporter
			  : ref->info->tag == SF_HEADER_IP     ? header->ip
							       : header->filename,
			  ret);
}

SF_GET(version)
{
	const struct sysflow_header *header = row_of(eval)->refs->header;

	return header && field_num(ref, (uint64_t)header->version, ret);
}
