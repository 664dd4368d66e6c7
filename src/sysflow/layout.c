/* SPDX-License-Identifier: Apache-2.0 */
/* The table of records and fields, and what follows from it for memory: blanks and copies. */
#include "sysflow/layout.h"

#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* ---- the table ---- */

/* clang-format off */
static const char *const states[] = { "CREATED", "MODIFIED", "REUP", NULL };
static const char *const container_types[] = {
	"CT_DOCKER", "CT_LXC", "CT_LIBVIRT_LXC", "CT_MESOS", "CT_RKT", "CT_CUSTOM", "CT_CRI",
	"CT_CONTAINERD", "CT_CRIO", "CT_BPM", NULL
};
static const char *const k8s_actions[] = {
	"K8S_COMPONENT_ADDED", "K8S_COMPONENT_MODIFIED", "K8S_COMPONENT_DELETED",
	"K8S_COMPONENT_ERROR", "K8S_COMPONENT_NONEXISTENT", "K8S_COMPONENT_UNKNOWN", NULL
};
static const char *const k8s_components[] = {
	"K8S_NODES", "K8S_NAMESPACES", "K8S_PODS", "K8S_REPLICATIONCONTROLLERS", "K8S_SERVICES",
	"K8S_EVENTS", "K8S_REPLICASETS", "K8S_DAEMONSETS", "K8S_DEPLOYMENTS", "K8S_UNKNOWN", NULL
};

#define AT(member) offsetof(struct STRUCT, member)
#define F(member, what) \
	{ .name = #member, .kind = SF_##what, .offset = AT(member) }
#define OR_NULL(member, what) \
	{ .name = #member, .kind = SF_##what, .optional = true, .offset = AT(member) }
#define ENUM(member, names) \
	{ .name = #member, .kind = SF_ENUM, .offset = AT(member), .symbols = names }
#define OID(member) \
	{ .name = #member, .kind = SF_RECORD, .offset = AT(member), .layout = &oid }
#define FOID(member) \
	{ .name = #member, .kind = SF_FIXED, .size = 20, .offset = AT(member) }
#define IP6(member) \
	{ .name = #member, .kind = SF_FIXED, .optional = true, .size = 16, \
	  .offset = AT(member), .extra = AT(ipv6) }
/* The member has another name than in the schema, because C++ takes that one. */
#define NAMESPACE \
	{ .name = "namespace", .kind = SF_TEXT, .offset = AT(namespace_) }
#define LABELS(member, number) \
	{ .name = #member, .kind = SF_LABELS, .offset = AT(member), .extra = AT(number) }
#define RECORDS(member, number, of) \
	{ .name = #member, .kind = SF_RECORDS, .offset = AT(member), .extra = AT(number), \
	  .layout = &(of) }
#define LAYOUT(title, rows) \
	{ title, rows, COUNT(rows), sizeof(struct STRUCT) }

#define STRUCT sysflow_oid
static const struct sf_field oid_fields[] = { F(createTS, LONG), F(hpid, LONG) };
static const struct sf_layout oid = LAYOUT("OID", oid_fields);
#undef STRUCT

#define STRUCT sysflow_port
static const struct sf_field port_fields[] = {
	F(port, INT), F(targetPort, INT), F(nodePort, INT), F(proto, TEXT),
};
static const struct sf_layout port = LAYOUT("Port", port_fields);
#undef STRUCT

#define STRUCT sysflow_service
static const struct sf_field service_fields[] = {
	F(name, TEXT), F(id, TEXT), NAMESPACE, RECORDS(portList, nports, port),
	F(clusterIP, NUMBERS),
};
static const struct sf_layout service = LAYOUT("Service", service_fields);
#undef STRUCT

#define STRUCT sysflow_header
static const struct sf_field header_fields[] = {
	F(version, LONG), F(exporter, TEXT),
	{ .name = "ip", .kind = SF_TEXT, .offset = AT(ip), .blank = "NA" },
	F(filename, TEXT),
};
#undef STRUCT

#define STRUCT sysflow_container
static const struct sf_field container_fields[] = {
	F(id, TEXT), F(name, TEXT), F(image, TEXT), F(imageid, TEXT),
	ENUM(type, container_types), F(privileged, BOOL), OR_NULL(podId, TEXT),
};
#undef STRUCT

#define STRUCT sysflow_process
static const struct sf_field process_fields[] = {
	ENUM(state, states), OID(oid),
	{ .name = "poid", .kind = SF_RECORD, .optional = true, .offset = AT(poid),
	  .extra = AT(has_poid), .layout = &oid },
	F(ts, LONG), F(exe, TEXT), F(exeArgs, TEXT), F(uid, INT), F(userName, TEXT),
	F(gid, INT), F(groupName, TEXT), F(tty, BOOL), OR_NULL(containerId, TEXT),
	F(entry, BOOL), F(cwd, TEXT), F(env, TEXTS),
};
#undef STRUCT

#define STRUCT sysflow_file
static const struct sf_field file_fields[] = {
	ENUM(state, states), FOID(oid), F(ts, LONG), F(restype, INT), F(path, TEXT),
	OR_NULL(containerId, TEXT),
};
#undef STRUCT

/* What events and flows begin with, what connections are told by, and what is summed up. */
#define WHO OID(procOID), F(ts, LONG), F(tid, LONG), F(opFlags, INT)
#define TUPLE F(sip, INT), F(sport, INT), F(dip, INT), F(dport, INT), F(proto, INT)
#define SUMS F(numRRecvOps, LONG), F(numWSendOps, LONG), F(numRRecvBytes, LONG), \
	F(numWSendBytes, LONG)

#define STRUCT sysflow_process_event
static const struct sf_field process_event_fields[] = { WHO, F(args, TEXTS), F(ret, INT) };
#undef STRUCT

#define STRUCT sysflow_network_flow
static const struct sf_field network_flow_fields[] = {
	WHO, F(endTs, LONG), TUPLE, F(fd, INT), SUMS, IP6(sip6), IP6(dip6),
};
#undef STRUCT

#define STRUCT sysflow_file_flow
static const struct sf_field file_flow_fields[] = {
	WHO, F(openFlags, INT), F(endTs, LONG), FOID(fileOID), F(fd, INT), SUMS,
};
#undef STRUCT

#define STRUCT sysflow_file_event
static const struct sf_field file_event_fields[] = {
	WHO, FOID(fileOID), F(ret, INT),
	{ .name = "newFileOID", .kind = SF_FIXED, .optional = true, .size = 20,
	  .offset = AT(newFileOID), .extra = AT(has_newFileOID) },
};
#undef STRUCT

#define STRUCT sysflow_network_event
static const struct sf_field network_event_fields[] = {
	WHO, TUPLE, F(ret, INT), IP6(sip6), IP6(dip6),
};
#undef STRUCT

#define STRUCT sysflow_process_flow
static const struct sf_field process_flow_fields[] = {
	OID(procOID), F(ts, LONG), F(numThreadsCloned, LONG), F(opFlags, INT), F(endTs, LONG),
	F(numThreadsExited, LONG), F(numCloneErrors, LONG),
};
#undef STRUCT

#define STRUCT sysflow_pod
static const struct sf_field pod_fields[] = {
	F(ts, LONG), F(id, TEXT), F(name, TEXT), F(nodeName, TEXT), F(hostIP, NUMBERS),
	F(internalIP, NUMBERS), NAMESPACE, F(restartCount, LONG), LABELS(labels, nlabels),
	LABELS(selectors, nselectors), RECORDS(services, nservices, service),
};
#undef STRUCT

#define STRUCT sysflow_k8s_event
static const struct sf_field k8s_event_fields[] = {
	ENUM(kind, k8s_components), ENUM(action, k8s_actions), F(ts, LONG), F(message, TEXT),
};
#undef STRUCT

#define ROW(type, title, name) \
	[SYSFLOW_##type] = { title, name##_fields, COUNT(name##_fields), \
			     sizeof(struct sysflow_##name) }
const struct sf_layout sf_layouts[SYSFLOW_TYPES] = {
	ROW(HEADER, "SFHeader", header),
	ROW(CONTAINER, "Container", container),
	ROW(PROCESS, "Process", process),
	ROW(FILE, "File", file),
	ROW(PROCESS_EVENT, "ProcessEvent", process_event),
	ROW(NETWORK_FLOW, "NetworkFlow", network_flow),
	ROW(FILE_FLOW, "FileFlow", file_flow),
	ROW(FILE_EVENT, "FileEvent", file_event),
	ROW(NETWORK_EVENT, "NetworkEvent", network_event),
	ROW(PROCESS_FLOW, "ProcessFlow", process_flow),
	ROW(POD, "Pod", pod),
	ROW(K8S_EVENT, "K8sEvent", k8s_event),
};
/* clang-format on */

/* ---- memory ---- */

static const void *member(const void *of, size_t offset)
{
	return (const char *)of + offset;
}

static size_t count_at(const void *of, size_t offset)
{
	size_t count;

	memcpy(&count, member(of, offset), sizeof(count));
	return count;
}

static const void *pointer_at(const void *of, size_t offset)
{
	const void *pointer;

	memcpy(&pointer, member(of, offset), sizeof(pointer));
	return pointer;
}

void sf_layout_blank(const struct sf_layout *layout, void *ret)
{
	const struct sf_field *field;
	const char *text;

	memset(ret, 0, layout->size);
	for (field = layout->fields; field < layout->fields + layout->count; field++) {
		text = field->blank ? field->blank : "";
		if (field->kind == SF_TEXT && !field->optional)
			memcpy((char *)ret + field->offset, &text, sizeof(text));
	}
}

/*
 * Where a copy goes. The same walk measures and copies: while to is NULL, only used grows, so both
 * come to the same size.
 */
struct copy {
	char *to;
	size_t used;
};

/* A piece behind what is there; NULL while measuring. */
static void *take(struct copy *copy, const void *from, size_t size, size_t align)
{
	char *to;

	copy->used = (copy->used + align - 1) & ~(align - 1);
	to = copy->to ? copy->to + copy->used : NULL;
	copy->used += size;
	if (to && size)
		memcpy(to, from, size);
	return to;
}

static char *take_text(struct copy *copy, const char *text)
{
	return text ? take(copy, text, strlen(text) + 1, 1) : NULL;
}

/* Let a pointer in the copy, if there is one, point to what was copied. */
static void point(void *of, size_t offset, const void *to)
{
	if (of)
		memcpy((char *)of + offset, &to, sizeof(to));
}

static void copy_texts(struct copy *copy, const struct sysflow_strings *texts, void *to,
		       size_t offset)
{
	const char **items =
		take(copy, texts->items, texts->count * sizeof(*items), _Alignof(char *));
	char *text;
	size_t i;

	point(to, offset + offsetof(struct sysflow_strings, items), items);
	for (i = 0; i < texts->count; i++) {
		text = take_text(copy, texts->items[i]);
		if (items)
			items[i] = text;
	}
}

static void copy_labels(struct copy *copy, const struct sysflow_label *labels, size_t count,
			void *to, size_t offset)
{
	struct sysflow_label *items =
		take(copy, labels, count * sizeof(*items), _Alignof(struct sysflow_label));
	size_t i;

	point(to, offset, items);
	for (i = 0; i < count; i++) {
		const char *key = take_text(copy, labels[i].key);
		const char *value = take_text(copy, labels[i].value);

		if (items)
			items[i] = (struct sysflow_label){ key, value };
	}
}

static void copy_fields(struct copy *copy, const struct sf_layout *layout, const void *from,
			void *to);

static void copy_records(struct copy *copy, const struct sf_field *field, const void *from,
			 void *to)
{
	size_t count = count_at(from, field->extra), size = field->layout->size, i;
	const char *items = pointer_at(from, field->offset);
	char *copied = take(copy, items, count * size, _Alignof(max_align_t));

	point(to, field->offset, copied);
	for (i = 0; i < count; i++)
		copy_fields(copy, field->layout, items + i * size,
			    copied ? copied + i * size : NULL);
}

/* The struct itself is copied already: what it points to follows. */
static void copy_fields(struct copy *copy, const struct sf_layout *layout, const void *from,
			void *to)
{
	const struct sysflow_numbers *numbers;
	const struct sf_field *field;

	for (field = layout->fields; field < layout->fields + layout->count; field++) {
		switch ((enum sf_kind)field->kind) {
		case SF_TEXT:
			point(to, field->offset, take_text(copy, pointer_at(from, field->offset)));
			break;
		case SF_TEXTS:
			copy_texts(copy, member(from, field->offset), to, field->offset);
			break;
		case SF_NUMBERS:
			numbers = member(from, field->offset);
			point(to, field->offset + offsetof(struct sysflow_numbers, items),
			      take(copy, numbers->items, numbers->count * sizeof(int64_t),
				   _Alignof(int64_t)));
			break;
		case SF_LABELS:
			copy_labels(copy, pointer_at(from, field->offset),
				    count_at(from, field->extra), to, field->offset);
			break;
		case SF_RECORDS:
			copy_records(copy, field, from, to);
			break;
		case SF_INT:
		case SF_LONG:
		case SF_BOOL:
		case SF_ENUM:
		case SF_FIXED:
		case SF_RECORD: /* of numbers only */
			break;
		}
	}
}

size_t sf_layout_copy_size(const struct sf_layout *layout, const void *from)
{
	struct copy copy = { NULL, 0 };

	copy_fields(&copy, layout, from, NULL);
	return copy.used;
}

void sf_layout_copy(const struct sf_layout *layout, const void *from, void *to, void *rest)
{
	struct copy copy = { rest, 0 };

	memcpy(to, from, layout->size);
	copy_fields(&copy, layout, from, to);
}
