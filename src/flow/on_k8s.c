/* SPDX-License-Identifier: Apache-2.0 */
/* What happened to a cluster? Old captures have what the Kubernetes server said, as JSON. */
#include "flow/engine_int.h"

#include <jansson.h>

static int32_t action_of(const json_t *root)
{
	const char *type = json_string_value(json_object_get(root, "type"));

	switch (type ? type[0] : 0) {
	case 'A':
		return SYSFLOW_K8S_ADDED;
	case 'M':
		return SYSFLOW_K8S_MODIFIED;
	case 'D':
		return SYSFLOW_K8S_DELETED;
	case 'N':
		return SYSFLOW_K8S_NONEXISTENT;
	case 'E':
		return SYSFLOW_K8S_ERROR;
	default:
		return SYSFLOW_K8S_UNKNOWN;
	}
}

static int32_t kind_of(const json_t *root)
{
	static const char *const kinds[SYSFLOW_K8S_COMPONENT_UNKNOWN] = {
		[SYSFLOW_K8S_NODES] = "Node",
		[SYSFLOW_K8S_NAMESPACES] = "Namespace",
		[SYSFLOW_K8S_PODS] = "Pod",
		[SYSFLOW_K8S_REPLICATIONCONTROLLERS] = "ReplicationController",
		[SYSFLOW_K8S_SERVICES] = "Service",
		[SYSFLOW_K8S_EVENTS] = "EventList",
		[SYSFLOW_K8S_REPLICASETS] = "ReplicaSet",
		[SYSFLOW_K8S_DAEMONSETS] = "DaemonSet",
		[SYSFLOW_K8S_DEPLOYMENTS] = "Deployment",
	};
	const char *kind = json_string_value(json_object_get(root, "kind"));
	int32_t i;

	for (i = 0; kind && i < SYSFLOW_K8S_COMPONENT_UNKNOWN; i++)
		if (!strcmp(kind, kinds[i]))
			return i;
	return SYSFLOW_K8S_COMPONENT_UNKNOWN;
}

static int on_k8s(struct flow_engine *engine, const struct eyas_context *context,
		  struct eyas_err *reterr)
{
	struct sysflow_k8s_event event = { .ts = (int64_t)context->event->ts_ns };
	struct eyas_str *text = &engine->text;
	const char *message = "";
	size_t len = 0;
	json_t *root;

	flow_param_str(context->event, 0, &message, &len);
	root = json_loadb(message, len, 0, NULL);
	event.kind = kind_of(root);
	event.action = action_of(root);
	json_decref(root);
	text->len = 0;
	eyas_str_add(text, message, len);
	eyas_str_putc(text, '\0');
	event.message = text->nomem ? "" : text->data;
	text->nomem = false;
	return flow_send_k8s(engine, &event, reterr);
}

void flow_on_k8s(struct flow_engine *engine)
{
	if (!flow_strict(engine) || engine->opts.k8s)
		engine->handlers[EYAS_EV_K8S_E] = on_k8s;
}
