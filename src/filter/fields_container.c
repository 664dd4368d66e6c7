/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The class "container": the container of the thread of an event. The id comes from its cgroups;
 * all that only a container runtime or Kubernetes could tell has rows without values, so that
 * filters and formats that mention it compile and find it missing.
 */
#include "filter/fields_state.h"

static const char host[] = "host";

static bool get_id(const struct field_eval *eval, struct field_ref *ref, struct eyas_value *ret)
{
	const struct eyas_thread *thread = eval->context->thread;

	if (!thread)
		return false;
	if (!thread->container_id->len)
		return field_text(ref, host, ret);
	return field_istr(ref, thread->container_id, ret);
}

/* What is known of the host, which is a container by courtesy, but of no other. */
static bool get_host(const struct field_eval *eval, struct field_ref *ref, struct eyas_value *ret)
{
	const struct eyas_thread *thread = eval->context->thread;

	return thread && !thread->container_id->len && field_text(ref, host, ret);
}

static bool get_start(const struct field_eval *eval, struct field_ref *ref, struct eyas_value *ret)
{
	const struct eyas_thread *thread = eval->context->thread;

	if (!thread || !thread->pidns_init_start_ts_ns)
		return false;
	return field_num(ref, thread->pidns_init_start_ts_ns, ret);
}

static bool get_duration(const struct field_eval *eval, struct field_ref *ref,
			 struct eyas_value *ret)
{
	if (!get_start(eval, ref, ret))
		return false;
	ret->u.num = eval->context->event->ts_ns - ret->u.num;
	return true;
}

/* clang-format off */

/* A row without values; flags are added to FIELD_NO_VALUE. */
#define ABSENT(name, type, flags, help) \
	FIELD(name, type, NA, FIELD_NO_VALUE | (flags), eyas_field_missing, 0, help)

#define BY_KEY (FIELD_ARG_REQUIRED | FIELD_ARG_KEY)
#define BY_ANY (BY_KEY | FIELD_ARG_INDEX)

/* Objects of Kubernetes that were once looked up, by name of the field: no longer. */
#define RETIRED_OBJECT(name, object) \
	ABSENT(name ".id", CHARBUF, FIELD_DEPRECATED, "id of the " object), \
	ABSENT(name ".label", CHARBUF, FIELD_DEPRECATED | BY_KEY, "a label of the " object), \
	ABSENT(name ".labels", CHARBUF, FIELD_DEPRECATED, "labels of the " object), \
	ABSENT(name ".name", CHARBUF, FIELD_DEPRECATED, "name of the " object)

/* Objects of the metadata collector; flags are those of fields with one value for each object. */
#define META_OBJECT(name, object, name_flags, flags) \
	ABSENT(name ".label", CHARBUF, (flags) | BY_KEY, "a label of the " object), \
	ABSENT(name ".labels", CHARBUF, FIELD_LIST, "labels of the " object), \
	ABSENT(name ".name", CHARBUF, (flags) | (name_flags), "name of the " object), \
	ABSENT(name ".uid", CHARBUF, flags, "uid of the " object)

static const struct field_info fields[] = {
	ABSENT("container.cni.json", CHARBUF, 0, "network result of the sandbox"),
	FIELD("container.duration", RELTIME, NA, 0, get_duration, 0,
	      "time since the container began"),
	FIELD("container.full_id", CHARBUF, NA, 0, get_host, 0, "whole id; \"host\" on the host"),
	ABSENT("container.healthcheck", CHARBUF, FIELD_DEPRECATED, "health check"),
	ABSENT("container.host_ipc", BOOL, 0, "it has the IPC namespace of the host"),
	ABSENT("container.host_network", BOOL, 0, "it has the network namespace of the host"),
	ABSENT("container.host_pid", BOOL, 0, "it has the pid namespace of the host"),
	FIELD("container.id", CHARBUF, NA, FIELD_SUGGESTED, get_id, 0,
	      "first 12 characters of the id; \"host\" on the host"),
	ABSENT("container.image", CHARBUF, 0, "image"),
	ABSENT("container.image.digest", CHARBUF, 0, "digest of the image"),
	ABSENT("container.image.id", CHARBUF, 0, "id of the image"),
	ABSENT("container.image.repository", CHARBUF, FIELD_SUGGESTED, "repository of the image"),
	ABSENT("container.image.tag", CHARBUF, FIELD_SUGGESTED, "tag of the image"),
	ABSENT("container.ip", CHARBUF, 0, "address"),
	ABSENT("container.label", CHARBUF, BY_KEY, "a label"),
	ABSENT("container.labels", CHARBUF, 0, "all labels"),
	ABSENT("container.liveness_probe", CHARBUF, FIELD_DEPRECATED, "liveness probe"),
	ABSENT("container.mount", CHARBUF, BY_ANY, "a mount, by number or source"),
	ABSENT("container.mount.dest", CHARBUF, BY_ANY, "where a mount is seen"),
	ABSENT("container.mount.mode", CHARBUF, BY_ANY, "mode of a mount"),
	ABSENT("container.mount.propagation", CHARBUF, BY_ANY, "propagation of a mount"),
	ABSENT("container.mount.rdwr", CHARBUF, BY_ANY, "a mount can be written to"),
	ABSENT("container.mount.source", CHARBUF, BY_ANY, "source of a mount"),
	ABSENT("container.mounts", CHARBUF, 0, "all mounts"),
	FIELD("container.name", CHARBUF, NA, FIELD_SUGGESTED, get_host, 0,
	      "name; \"host\" on the host"),
	ABSENT("container.privileged", BOOL, 0, "it is privileged"),
	ABSENT("container.readiness_probe", CHARBUF, FIELD_DEPRECATED, "readiness probe"),
	FIELD("container.start_ts", ABSTIME, NA, 0, get_start, 0,
	      "when the first process of its pid namespace began"),
	FIELD("container.type", CHARBUF, NA, 0, get_host, 0,
	      "kind of the runtime; \"host\" on the host"),
	RETIRED_OBJECT("k8s.deployment", "deployment"),
	ABSENT("k8s.ns.id", CHARBUF, FIELD_DEPRECATED, "id of the namespace"),
	ABSENT("k8s.ns.label", CHARBUF, FIELD_DEPRECATED | BY_KEY, "a label of the namespace"),
	ABSENT("k8s.ns.labels", CHARBUF, FIELD_DEPRECATED, "labels of the namespace"),
	ABSENT("k8s.ns.name", CHARBUF, FIELD_SUGGESTED, "name of the namespace"),
	ABSENT("k8s.pod.cni.json", CHARBUF, 0, "network result of the pod"),
	ABSENT("k8s.pod.full_sandbox_id", CHARBUF, 0, "whole id of the sandbox"),
	ABSENT("k8s.pod.id", CHARBUF, 0, "uid of the pod"),
	ABSENT("k8s.pod.ip", CHARBUF, 0, "address of the pod"),
	ABSENT("k8s.pod.label", CHARBUF, BY_KEY, "a label of the pod"),
	ABSENT("k8s.pod.labels", CHARBUF, 0, "labels of the pod"),
	ABSENT("k8s.pod.name", CHARBUF, FIELD_SUGGESTED, "name of the pod"),
	ABSENT("k8s.pod.sandbox_id", CHARBUF, 0, "first 12 characters of the id of the sandbox"),
	ABSENT("k8s.pod.uid", CHARBUF, 0, "uid of the pod"),
	RETIRED_OBJECT("k8s.rc", "replication controller"),
	RETIRED_OBJECT("k8s.rs", "replica set"),
	RETIRED_OBJECT("k8s.svc", "service"),
	META_OBJECT("k8smeta.deployment", "deployment", 0, 0),
	META_OBJECT("k8smeta.ns", "namespace", FIELD_SUGGESTED, 0),
	ABSENT("k8smeta.pod.ip", CHARBUF, 0, "address of the pod"),
	META_OBJECT("k8smeta.pod", "pod", FIELD_SUGGESTED, 0),
	META_OBJECT("k8smeta.rc", "replication controller", 0, 0),
	META_OBJECT("k8smeta.rs", "replica set", 0, 0),
	META_OBJECT("k8smeta.svc", "services", 0, FIELD_LIST),
	ABSENT("proc.is_container_healthcheck", BOOL, FIELD_DEPRECATED, "it is a health check"),
	ABSENT("proc.is_container_liveness_probe", BOOL, FIELD_DEPRECATED,
	       "it is a liveness probe"),
	ABSENT("proc.is_container_readiness_probe", BOOL, FIELD_DEPRECATED,
	       "it is a readiness probe"),
};
/* clang-format on */

const struct field_class eyas_fields_container = {
	.name = "container (plugin)",
	.prefix = "container",
	.fields = fields,
	.count = FIELD_COUNT(fields),
};
