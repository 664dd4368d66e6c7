/* SPDX-License-Identifier: Apache-2.0 */
/* Attributes of the record itself: times, results, operations, sums, the ends of connections. */
#include <string.h>

#include "filter/fields_int.h"
#include "sysflow/attr_get.h"
#include "schema/text.h"

static const struct sysflow_record *record_of(const struct field_eval *eval)
{
	const struct sf_row *row = eval->subject;

	return row->record;
}

static bool number(const struct field_ref *ref, int64_t value, struct eyas_value *ret)
{
	return field_num(ref, (uint64_t)value, ret);
}

/* Flags as what they are, where the attribute is of another type for filters. */
static bool bits(const struct field_ref *ref, int32_t flags, struct eyas_value *ret)
{
	number(ref, flags, ret);
	ret->type = EYAS_PT_INT64;
	return true;
}

/* Names that are static, as a list. */
static bool names(const struct field_eval *eval, const struct field_ref *ref,
		  const char *const *texts, size_t count, struct eyas_value *ret)
{
	struct eyas_value *items = eyas_arena_get(eval->arena, count * sizeof(*items));
	size_t i;

	if (!items)
		return false;
	for (i = 0; i < count; i++)
		items[i] = eyas_value_text(texts[i], strlen(texts[i]));
	return field_list(ref, items, count, ret);
}

SF_GET(type)
{
	return field_text(ref, sf_type_code(record_of(eval)->type), ret);
}

/* ---- what events and flows have in common ---- */

/* The parts of a record, in order, NULL for what its type does not have. */
struct parts {
	const int64_t *ts, *endts, *tid;
	const int32_t *opflags, *ret, *fd;
};

#define EVENT(e) \
	{ \
		&(e)->ts, NULL, &(e)->tid, &(e)->opFlags, &(e)->ret, NULL \
	}
#define FLOW(f) \
	{ \
		&(f)->ts, &(f)->endTs, &(f)->tid, &(f)->opFlags, NULL, &(f)->fd \
	}

static struct parts parts_of(const struct sysflow_record *record)
{
	switch (record->type) {
	case SYSFLOW_PROCESS_EVENT:
		return (struct parts)EVENT(&record->u.process_event);
	case SYSFLOW_FILE_EVENT:
		return (struct parts)EVENT(&record->u.file_event);
	case SYSFLOW_NETWORK_EVENT:
		return (struct parts)EVENT(&record->u.network_event);
	case SYSFLOW_NETWORK_FLOW:
		return (struct parts)FLOW(&record->u.network_flow);
	case SYSFLOW_FILE_FLOW:
		return (struct parts)FLOW(&record->u.file_flow);
	case SYSFLOW_PROCESS_FLOW:
		return (struct parts){ .ts = &record->u.process_flow.ts,
				       .endts = &record->u.process_flow.endTs,
				       .opflags = &record->u.process_flow.opFlags };
	case SYSFLOW_PROCESS:
		return (struct parts){ .ts = &record->u.process.ts };
	case SYSFLOW_FILE:
		return (struct parts){ .ts = &record->u.file.ts };
	case SYSFLOW_POD:
		return (struct parts){ .ts = &record->u.pod.ts };
	case SYSFLOW_K8S_EVENT:
		return (struct parts){ .ts = &record->u.k8s_event.ts };
	case SYSFLOW_HEADER:
	case SYSFLOW_CONTAINER:
		break;
	}
	return (struct parts){ .ts = NULL };
}

SF_GET(ts)
{
	const int64_t *ts = parts_of(record_of(eval)).ts;

	return ts && number(ref, *ts, ret);
}

SF_GET(endts)
{
	const int64_t *ts = parts_of(record_of(eval)).endts;

	return ts && number(ref, *ts, ret);
}

SF_GET(tid)
{
	const int64_t *tid = parts_of(record_of(eval)).tid;

	return tid && number(ref, *tid, ret);
}

SF_GET(ret)
{
	const int32_t *result = parts_of(record_of(eval)).ret;

	return result && number(ref, *result, ret);
}

SF_GET(fd)
{
	const int32_t *fd = parts_of(record_of(eval)).fd;

	return fd && number(ref, *fd, ret);
}

SF_GET(opflags_bitmap)
{
	const int32_t *flags = parts_of(record_of(eval)).opflags;

	return flags && number(ref, *flags, ret);
}

SF_GET(opflags)
{
	const int32_t *flags = parts_of(record_of(eval)).opflags;
	const char *texts[SF_FLAG_NAMES];
	size_t count;

	if (!flags)
		return false;
	if (!eval->for_filter)
		return bits(ref, *flags, ret);
	count = sf_opflag_names((uint32_t)*flags, SF_OP_NAMES_ALL, texts);
	return names(eval, ref, texts, count, ret);
}

SF_GET(event_args)
{
	const struct sysflow_record *record = record_of(eval);
	const struct sysflow_strings *args = &record->u.process_event.args;

	return record->type == SYSFLOW_PROCESS_EVENT &&
	       names(eval, ref, args->items, args->count, ret);
}

SF_GET(k8s)
{
	const struct sysflow_record *record = record_of(eval);
	const struct sysflow_k8s_event *event = &record->u.k8s_event;
	const char *text = event->message;

	if (record->type != SYSFLOW_K8S_EVENT)
		return false;
	if (ref->info->tag == SF_K8S_ACTION)
		text = sf_symbol(record->type, "action", event->action);
	else if (ref->info->tag == SF_K8S_KIND)
		text = sf_symbol(record->type, "kind", event->kind);
	return text && field_text(ref, text, ret);
}

/* ---- files ---- */

SF_GET(openflags_bitmap)
{
	const struct sysflow_record *record = record_of(eval);

	return record->type == SYSFLOW_FILE_FLOW && number(ref, record->u.file_flow.openFlags, ret);
}

SF_GET(openflags)
{
	const struct sysflow_record *record = record_of(eval);
	const char *texts[SF_FLAG_NAMES];
	size_t count;

	if (record->type != SYSFLOW_FILE_FLOW)
		return false;
	if (!eval->for_filter)
		return bits(ref, record->u.file_flow.openFlags, ret);
	count = sf_openflag_names((uint32_t)record->u.file_flow.openFlags, texts);
	return names(eval, ref, texts, count, ret);
}

SF_GET(file_open)
{
	const struct sysflow_record *record = record_of(eval);

	return record->type == SYSFLOW_FILE_FLOW &&
	       number(ref, (record->u.file_flow.openFlags & (int32_t)ref->info->tag) != 0, ret);
}

/* ---- sums ---- */

static int64_t data_sum(uint32_t tag, int64_t rbytes, int64_t rops, int64_t wbytes, int64_t wops)
{
	const int64_t sums[] = { rbytes, rops, wbytes, wops };

	return sums[tag];
}

SF_GET(sum)
{
	const struct sysflow_record *record = record_of(eval);
	const struct sysflow_process_flow *threads = &record->u.process_flow;
	const struct sysflow_network_flow *net = &record->u.network_flow;
	const struct sysflow_file_flow *file = &record->u.file_flow;
	uint32_t tag = ref->info->tag;

	if (tag <= SF_SUM_WOPS && record->type == SYSFLOW_NETWORK_FLOW)
		return number(ref,
			      data_sum(tag, net->numRRecvBytes, net->numRRecvOps,
				       net->numWSendBytes, net->numWSendOps),
			      ret);
	if (tag <= SF_SUM_WOPS && record->type == SYSFLOW_FILE_FLOW)
		return number(ref,
			      data_sum(tag, file->numRRecvBytes, file->numRRecvOps,
				       file->numWSendBytes, file->numWSendOps),
			      ret);
	if (tag <= SF_SUM_WOPS || record->type != SYSFLOW_PROCESS_FLOW)
		return false;
	return number(ref,
		      tag == SF_SUM_THREADS ? threads->numThreadsCloned
		      : tag == SF_SUM_EXITS ? threads->numThreadsExited
					    : threads->numCloneErrors,
		      ret);
}

/* ---- connections ---- */

/* Addresses point into the record. */
struct tuple {
	const uint8_t *sip, *dip;
	size_t len; /* of an address */
	int32_t sport, dport, proto;
};

#define TUPLE(of) \
	{ \
		(of)->ipv6 ? (of)->sip6 : (const uint8_t *)&(of)->sip, \
			(of)->ipv6 ? (of)->dip6 : (const uint8_t *)&(of)->dip, \
			(of)->ipv6 ? 16 : 4, (of)->sport, (of)->dport, (of)->proto \
	}

/* IPv4 addresses are their bytes read as little-endian numbers, as this machine is (le.h). */
static bool tuple_of(const struct sysflow_record *record, struct tuple *ret)
{
	if (record->type == SYSFLOW_NETWORK_FLOW)
		*ret = (struct tuple)TUPLE(&record->u.network_flow);
	else if (record->type == SYSFLOW_NETWORK_EVENT)
		*ret = (struct tuple)TUPLE(&record->u.network_event);
	else
		return false;
	return true;
}

SF_GET(net_num)
{
	struct tuple tuple;

	if (!tuple_of(record_of(eval), &tuple))
		return false;
	return number(ref,
		      ref->info->tag == SF_NET_SPORT   ? tuple.sport
		      : ref->info->tag == SF_NET_DPORT ? tuple.dport
						       : tuple.proto,
		      ret);
}

SF_GET(net_addr)
{
	struct tuple tuple;

	return tuple_of(record_of(eval), &tuple) &&
	       field_addr(ref, ref->info->tag == SF_NET_SIP ? tuple.sip : tuple.dip, tuple.len,
			  ret);
}

/* Both of something: what is compared, and what is shown. */
static struct eyas_value *pair(const struct field_eval *eval, struct tuple *ret_tuple)
{
	if (!tuple_of(record_of(eval), ret_tuple))
		return NULL;
	return eyas_arena_get(eval->arena, 2 * sizeof(struct eyas_value));
}

SF_GET(net_ports)
{
	struct tuple tuple;
	struct eyas_value *items = pair(eval, &tuple);

	return items && number(ref, tuple.sport, &items[0]) &&
	       number(ref, tuple.dport, &items[1]) && field_list(ref, items, 2, ret);
}

SF_GET(net_addrs)
{
	struct tuple tuple;
	struct eyas_value *items = pair(eval, &tuple);

	return items && field_addr(ref, tuple.sip, tuple.len, &items[0]) &&
	       field_addr(ref, tuple.dip, tuple.len, &items[1]) && field_list(ref, items, 2, ret);
}

/* ---- in one word ---- */

static void put_end(struct eyas_str *out, const uint8_t *addr, size_t len, int32_t port)
{
	if (len == 16)
		eyas_str_putc(out, '[');
	eyas_text_addr(out, addr, len);
	if (len == 16)
		eyas_str_putc(out, ']');
	eyas_str_putc(out, ':');
	eyas_str_i64(out, port);
}

static void put_files(struct eyas_str *out, const struct sysflow_refs *refs)
{
	if (refs->file1)
		eyas_str_puts(out, refs->file1->path);
	if (refs->file2) {
		eyas_str_puts(out, ", ");
		eyas_str_puts(out, refs->file2->path);
	}
}

SF_GET(res)
{
	const struct sf_row *row = eval->subject;
	struct eyas_str *out = field_begin(eval);
	struct tuple tuple;

	if (tuple_of(row->record, &tuple)) {
		put_end(out, tuple.sip, tuple.len, tuple.sport);
		eyas_str_putc(out, '-');
		put_end(out, tuple.dip, tuple.len, tuple.dport);
	} else {
		put_files(out, row->refs);
	}
	return out->len && eyas_field_scratch(eval, ref, ret);
}
