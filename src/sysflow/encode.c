/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From the structs of sysflow.h straight to the bytes of Avro: each function below writes the
 * fields of one record of the schema, in its order. Numbers are zig-zag varints, so that int and
 * long look the same; strings are a length and bytes.
 */
#include "sysflow/encode.h"

#include <errno.h>

#include "base/le.h"

enum { VARINT_MAX = 10, REPLACEMENT_LEN = 3 };

struct pen {
	struct eyas_str *out;
	int schema;
	bool raw;
};

static void put_num(struct pen *pen, int64_t value)
{
	uint64_t rest = ((uint64_t)value << 1) ^ (uint64_t)(value >> 63);
	uint8_t *first = (uint8_t *)eyas_str_reserve(pen->out, VARINT_MAX), *to = first;

	if (!to)
		return;
	for (; rest > 0x7f; rest >>= 7)
		*to++ = (uint8_t)(rest | 0x80);
	*to++ = (uint8_t)rest;
	pen->out->len += (size_t)(to - first);
}

static void put_bool(struct pen *pen, bool value)
{
	eyas_str_putc(pen->out, value ? 1 : 0);
}

static void put_enum(struct pen *pen, int32_t value, int32_t last, int32_t otherwise)
{
	put_num(pen, value < 0 || value > last ? otherwise : value);
}

/* Nearly all text is ASCII: eight bytes at a time. */
static bool is_ascii(const char *text, size_t len)
{
	uint64_t bits = 0;
	size_t i = 0;

	for (; i + 8 <= len; i += 8)
		bits |= eyas_le64(text + i);
	for (; i < len; i++)
		bits |= (unsigned char)text[i];
	return !(bits & 0x8080808080808080U);
}

static size_t count_invalid(const char *text, size_t len)
{
	size_t i = 0, count = 0;
	unsigned n;

	while (i < len) {
		n = eyas_utf8_len(text + i, len - i);
		count += !n;
		i += n ? n : 1;
	}
	return count;
}

static void put_repaired(struct pen *pen, const char *text, size_t len)
{
	size_t i = 0;
	unsigned n;

	while (i < len) {
		n = eyas_utf8_len(text + i, len - i);
		if (n)
			eyas_str_add(pen->out, text + i, n);
		else
			eyas_str_add(pen->out, "\xef\xbf\xbd", REPLACEMENT_LEN);
		i += n ? n : 1;
	}
}

static void put_text(struct pen *pen, const char *text)
{
	size_t len = text ? strlen(text) : 0, invalid = 0;

	if (!pen->raw && !is_ascii(text, len))
		invalid = count_invalid(text, len);
	put_num(pen, (int64_t)(len + invalid * (REPLACEMENT_LEN - 1)));
	if (invalid)
		put_repaired(pen, text, len);
	else
		eyas_str_add(pen->out, text, len);
}

/* A union of null and string. */
static void put_text_or_null(struct pen *pen, const char *text)
{
	put_num(pen, text ? 1 : 0);
	if (text)
		put_text(pen, text);
}

static void put_texts(struct pen *pen, const struct sysflow_strings *texts)
{
	size_t i;

	if (texts->count)
		put_num(pen, (int64_t)texts->count);
	for (i = 0; i < texts->count; i++)
		put_text(pen, texts->items[i]);
	put_num(pen, 0);
}

static void put_nums(struct pen *pen, const struct sysflow_numbers *nums)
{
	size_t i;

	if (nums->count)
		put_num(pen, (int64_t)nums->count);
	for (i = 0; i < nums->count; i++)
		put_num(pen, nums->items[i]);
	put_num(pen, 0);
}

static void put_labels(struct pen *pen, const struct sysflow_label *labels, size_t count)
{
	size_t i;

	if (count)
		put_num(pen, (int64_t)count);
	for (i = 0; i < count; i++) {
		put_text(pen, labels[i].key);
		put_text(pen, labels[i].value);
	}
	put_num(pen, 0);
}

static void put_oid(struct pen *pen, const struct sysflow_oid *oid)
{
	put_num(pen, oid->createTS);
	put_num(pen, oid->hpid);
}

static void put_foid(struct pen *pen, const struct sysflow_foid *foid)
{
	eyas_str_add(pen->out, foid->bytes, sizeof(foid->bytes));
}

/* What schema 6 has at the end of network records: two unions of null and an address. */
static void put_ipv6(struct pen *pen, bool ipv6, const uint8_t *sip6, const uint8_t *dip6)
{
	if (pen->schema < 6)
		return;
	put_num(pen, ipv6);
	if (ipv6)
		eyas_str_add(pen->out, sip6, 16);
	put_num(pen, ipv6);
	if (ipv6)
		eyas_str_add(pen->out, dip6, 16);
}

static void put_header(struct pen *pen, const struct sysflow_header *header)
{
	put_num(pen, header->version);
	put_text(pen, header->exporter);
	put_text(pen, header->ip);
	put_text(pen, header->filename);
}

static void put_container(struct pen *pen, const struct sysflow_container *container)
{
	put_text(pen, container->id);
	put_text(pen, container->name);
	put_text(pen, container->image);
	put_text(pen, container->imageid);
	put_enum(pen, container->type, SYSFLOW_CT_BPM, SYSFLOW_CT_CUSTOM);
	put_bool(pen, container->privileged);
	put_text_or_null(pen, container->podId);
}

static void put_process(struct pen *pen, const struct sysflow_process *process)
{
	put_enum(pen, process->state, SYSFLOW_REUP, SYSFLOW_REUP);
	put_oid(pen, &process->oid);
	put_num(pen, process->has_poid);
	if (process->has_poid)
		put_oid(pen, &process->poid);
	put_num(pen, process->ts);
	put_text(pen, process->exe);
	put_text(pen, process->exeArgs);
	put_num(pen, process->uid);
	put_text(pen, process->userName);
	put_num(pen, process->gid);
	put_text(pen, process->groupName);
	put_bool(pen, process->tty);
	put_text_or_null(pen, process->containerId);
	put_bool(pen, process->entry);
	put_text(pen, process->cwd);
	put_texts(pen, &process->env);
}

static void put_file(struct pen *pen, const struct sysflow_file *file)
{
	put_enum(pen, file->state, SYSFLOW_REUP, SYSFLOW_REUP);
	put_foid(pen, &file->oid);
	put_num(pen, file->ts);
	put_num(pen, file->restype);
	put_text(pen, file->path);
	put_text_or_null(pen, file->containerId);
}

static void put_process_event(struct pen *pen, const struct sysflow_process_event *event)
{
	put_oid(pen, &event->procOID);
	put_num(pen, event->ts);
	put_num(pen, event->tid);
	put_num(pen, event->opFlags);
	put_texts(pen, &event->args);
	put_num(pen, event->ret);
}

static void put_network_flow(struct pen *pen, const struct sysflow_network_flow *flow)
{
	put_oid(pen, &flow->procOID);
	put_num(pen, flow->ts);
	put_num(pen, flow->tid);
	put_num(pen, flow->opFlags);
	put_num(pen, flow->endTs);
	put_num(pen, flow->sip);
	put_num(pen, flow->sport);
	put_num(pen, flow->dip);
	put_num(pen, flow->dport);
	put_num(pen, flow->proto);
	put_num(pen, flow->fd);
	put_num(pen, flow->numRRecvOps);
	put_num(pen, flow->numWSendOps);
	put_num(pen, flow->numRRecvBytes);
	put_num(pen, flow->numWSendBytes);
	put_ipv6(pen, flow->ipv6, flow->sip6, flow->dip6);
}

static void put_file_flow(struct pen *pen, const struct sysflow_file_flow *flow)
{
	put_oid(pen, &flow->procOID);
	put_num(pen, flow->ts);
	put_num(pen, flow->tid);
	put_num(pen, flow->opFlags);
	put_num(pen, flow->openFlags);
	put_num(pen, flow->endTs);
	put_foid(pen, &flow->fileOID);
	put_num(pen, flow->fd);
	put_num(pen, flow->numRRecvOps);
	put_num(pen, flow->numWSendOps);
	put_num(pen, flow->numRRecvBytes);
	put_num(pen, flow->numWSendBytes);
}

static void put_file_event(struct pen *pen, const struct sysflow_file_event *event)
{
	put_oid(pen, &event->procOID);
	put_num(pen, event->ts);
	put_num(pen, event->tid);
	put_num(pen, event->opFlags);
	put_foid(pen, &event->fileOID);
	put_num(pen, event->ret);
	put_num(pen, event->has_newFileOID);
	if (event->has_newFileOID)
		put_foid(pen, &event->newFileOID);
}

static void put_network_event(struct pen *pen, const struct sysflow_network_event *event)
{
	put_oid(pen, &event->procOID);
	put_num(pen, event->ts);
	put_num(pen, event->tid);
	put_num(pen, event->opFlags);
	put_num(pen, event->sip);
	put_num(pen, event->sport);
	put_num(pen, event->dip);
	put_num(pen, event->dport);
	put_num(pen, event->proto);
	put_num(pen, event->ret);
	put_ipv6(pen, event->ipv6, event->sip6, event->dip6);
}

static void put_process_flow(struct pen *pen, const struct sysflow_process_flow *flow)
{
	put_oid(pen, &flow->procOID);
	put_num(pen, flow->ts);
	put_num(pen, flow->numThreadsCloned);
	put_num(pen, flow->opFlags);
	put_num(pen, flow->endTs);
	put_num(pen, flow->numThreadsExited);
	put_num(pen, flow->numCloneErrors);
}

static void put_service(struct pen *pen, const struct sysflow_service *service)
{
	const struct sysflow_port *port;
	size_t i;

	put_text(pen, service->name);
	put_text(pen, service->id);
	put_text(pen, service->namespace_);
	if (service->nports)
		put_num(pen, (int64_t)service->nports);
	for (i = 0; i < service->nports; i++) {
		port = &service->portList[i];
		put_num(pen, port->port);
		put_num(pen, port->targetPort);
		put_num(pen, port->nodePort);
		put_text(pen, port->proto);
	}
	put_num(pen, 0);
	put_nums(pen, &service->clusterIP);
}

static void put_pod(struct pen *pen, const struct sysflow_pod *pod)
{
	size_t i;

	put_num(pen, pod->ts);
	put_text(pen, pod->id);
	put_text(pen, pod->name);
	put_text(pen, pod->nodeName);
	put_nums(pen, &pod->hostIP);
	put_nums(pen, &pod->internalIP);
	put_text(pen, pod->namespace_);
	put_num(pen, pod->restartCount);
	put_labels(pen, pod->labels, pod->nlabels);
	put_labels(pen, pod->selectors, pod->nselectors);
	if (pod->nservices)
		put_num(pen, (int64_t)pod->nservices);
	for (i = 0; i < pod->nservices; i++)
		put_service(pen, &pod->services[i]);
	put_num(pen, 0);
}

static void put_k8s_event(struct pen *pen, const struct sysflow_k8s_event *event)
{
	put_enum(pen, event->kind, SYSFLOW_K8S_COMPONENT_UNKNOWN, SYSFLOW_K8S_COMPONENT_UNKNOWN);
	put_enum(pen, event->action, SYSFLOW_K8S_UNKNOWN, SYSFLOW_K8S_UNKNOWN);
	put_num(pen, event->ts);
	put_text(pen, event->message);
}

static int put_record(struct pen *pen, const struct sysflow_record *record)
{
	put_num(pen, record->type);
	switch (record->type) {
	case SYSFLOW_HEADER:
		put_header(pen, &record->u.header);
		return 0;
	case SYSFLOW_CONTAINER:
		put_container(pen, &record->u.container);
		return 0;
	case SYSFLOW_PROCESS:
		put_process(pen, &record->u.process);
		return 0;
	case SYSFLOW_FILE:
		put_file(pen, &record->u.file);
		return 0;
	case SYSFLOW_PROCESS_EVENT:
		put_process_event(pen, &record->u.process_event);
		return 0;
	case SYSFLOW_NETWORK_FLOW:
		put_network_flow(pen, &record->u.network_flow);
		return 0;
	case SYSFLOW_FILE_FLOW:
		put_file_flow(pen, &record->u.file_flow);
		return 0;
	case SYSFLOW_FILE_EVENT:
		put_file_event(pen, &record->u.file_event);
		return 0;
	case SYSFLOW_NETWORK_EVENT:
		put_network_event(pen, &record->u.network_event);
		return 0;
	case SYSFLOW_PROCESS_FLOW:
		put_process_flow(pen, &record->u.process_flow);
		return 0;
	case SYSFLOW_POD:
		put_pod(pen, &record->u.pod);
		return 0;
	case SYSFLOW_K8S_EVENT:
		put_k8s_event(pen, &record->u.k8s_event);
		return 0;
	default:
		return -EINVAL;
	}
}

int sf_encode(const struct sysflow_record *record, int schema, bool raw, struct eyas_str *out)
{
	struct pen pen = { .out = out, .schema = schema, .raw = raw };
	size_t before = out->len;
	int code = put_record(&pen, record);

	if (!code && out->nomem)
		code = -ENOMEM;
	if (code)
		out->len = before;
	return code;
}
