/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which containers are there, and what is known of them? Their ids are those of the state's
 * threads; the rest comes with events that hold what a container runtime said, as JSON.
 */
#include "flow/engine_int.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

/* More are not remembered before they are seen to be in use. */
enum { CONTAINERS_MAX = 65536, TEXT_MAX = 4096 };

static uint64_t hash_of(const struct flow_engine *engine, const struct eyas_istr *id)
{
	return flow_hash(engine->seed, (uintptr_t)id, 0);
}

static struct flow_container *find(const struct flow_engine *engine, const struct eyas_istr *id)
{
	struct flow_link *link = flow_table_chain(&engine->containers, hash_of(engine, id));

	for (; link; link = link->next)
		if (((struct flow_container *)link)->id == id)
			return (struct flow_container *)link;
	return NULL;
}

static struct flow_container *add(struct flow_engine *engine, struct eyas_istr *id)
{
	struct flow_container *container = flow_alloc(engine, sizeof(*container));

	if (!container)
		return NULL;
	container->link.hash = hash_of(engine, id);
	if (flow_table_add(&engine->containers, &container->link)) {
		flow_free(engine, container, sizeof(*container));
		return NULL;
	}
	container->id = istr_ref(id);
	return container;
}

static void drop(struct flow_engine *engine, struct flow_container *container)
{
	flow_table_remove(&engine->containers, &container->link);
	flow_set_str(engine, &container->id, NULL);
	flow_set_str(engine, &container->name, NULL);
	flow_set_str(engine, &container->image, NULL);
	flow_set_str(engine, &container->imageid, NULL);
	flow_free(engine, container, sizeof(*container));
}

int flow_containers_say(struct flow_engine *engine, struct flow_container *container,
			struct eyas_err *reterr)
{
	if (!container || (container->written && !(container->incomplete && container->name)))
		return 0;
	container->written = true;
	container->incomplete = !container->name;
	return flow_send_container(engine, container, reterr);
}

int flow_containers_get(struct flow_engine *engine, struct eyas_istr *id,
			struct flow_container **ret_container, struct eyas_err *reterr)
{
	struct flow_container *container = NULL;

	if (id->len) {
		container = find(engine, id);
		if (!container)
			container = add(engine, id);
	}
	*ret_container = container;
	return flow_containers_say(engine, container, reterr);
}

void flow_containers_rotate(struct flow_engine *engine)
{
	struct flow_table_iter iter;
	struct flow_container *container;

	flow_table_iter_init(&iter, &engine->containers);
	while ((container = (struct flow_container *)flow_table_iter_next(&iter))) {
		/* What is known of a container is said once and not again by anybody. */
		container->written = false;
		if (!container->refs && !container->name)
			drop(engine, container);
	}
}

void flow_containers_fini(struct flow_engine *engine)
{
	struct flow_table_iter iter;
	struct flow_link *link;

	flow_table_iter_init(&iter, &engine->containers);
	while ((link = flow_table_iter_next(&iter)))
		drop(engine, (struct flow_container *)link);
	flow_table_fini(&engine->containers);
}

/* ---- what events say ---- */

static const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

static void set_text(struct flow_engine *engine, struct eyas_istr **to, const char *text)
{
	flow_set_str(engine, to, istr_get(engine->pool, text, strnlen(text, TEXT_MAX)));
}

/*
 * The original puts the tag behind an image that has it already, so "alpine:latest:latest", and
 * shows the types that the schema lacks by a number that its readers refuse.
 */
static void set_image(struct flow_engine *engine, struct flow_container *container,
		      const json_t *object)
{
	const char *image = text_of(object, "image"), *tag = text_of(object, "imagetag");
	const char *slash = strrchr(image, '/');
	bool tagged = strchr(slash ? slash : image, ':') != NULL;
	struct eyas_str *text = &engine->text;

	text->len = 0;
	eyas_str_add(text, image, strnlen(image, TEXT_MAX));
	if (flow_strict(engine) || (!tagged && tag[0])) {
		eyas_str_putc(text, ':');
		eyas_str_add(text, tag, strnlen(tag, TEXT_MAX));
	}
	flow_set_str(engine, &container->image,
		     istr_get(engine->pool, text->data, text->nomem ? 0 : text->len));
	text->nomem = false;
}

static int32_t type_of(const json_t *object)
{
	json_int_t type = json_integer_value(json_object_get(object, "type"));

	return type >= SYSFLOW_CT_DOCKER && type <= SYSFLOW_CT_BPM ? (int32_t)type
								   : SYSFLOW_CT_CUSTOM;
}

static void learn(struct flow_engine *engine, const json_t *object)
{
	const char *text = text_of(object, "id");
	struct eyas_istr *id = istr_get(engine->pool, text, strlen(text));
	struct flow_container *container = NULL;

	if (id->len) {
		container = find(engine, id);
		if (!container && engine->containers.count < CONTAINERS_MAX)
			container = add(engine, id);
	}
	istr_put(engine->pool, id);
	if (!container)
		return;
	set_text(engine, &container->name, text_of(object, "name"));
	set_text(engine, &container->imageid, text_of(object, "imageid"));
	set_image(engine, container, object);
	container->type = type_of(object);
	container->privileged = json_is_true(json_object_get(object, "privileged"));
}

static void learn_json(struct flow_engine *engine, const char *text, size_t len)
{
	json_t *root;

	/* The NUL at its end is part of some. */
	while (len && !text[len - 1])
		len--;
	root = json_loadb(text, len, 0, NULL);
	if (root)
		learn(engine, json_object_get(root, "container"));
	json_decref(root);
}

static bool is_about_container(const struct eyas_event *event)
{
	enum { ASYNC_NAME = 1 };
	const char *name;
	size_t len;

	return flow_param_str(event, ASYNC_NAME, &name, &len) && len == strlen("container") &&
	       !memcmp(name, "container", len);
}

void flow_containers_learn(struct flow_engine *engine, const struct eyas_context *context)
{
	enum { ASYNC_DATA = 2 };
	const struct eyas_event *event = context->event;
	struct eyas_param param;
	const char *text;
	size_t len;

	switch (event->type) {
	case EYAS_EV_CONTAINER_JSON_E:
	case EYAS_EV_CONTAINER_JSON_2_E:
		if (flow_param_str(event, 0, &text, &len))
			learn_json(engine, text, len);
		break;
	case EYAS_EV_ASYNCEVENT_E:
		if (is_about_container(event) && eyas_event_param(event, ASYNC_DATA, &param) == 1)
			learn_json(engine, (const char *)param.data, param.len);
		break;
	default:
		break;
	}
}

static int on_container(struct flow_engine *engine, const struct eyas_context *context,
			struct eyas_err *reterr)
{
	(void)reterr;
	flow_containers_learn(engine, context);
	return 0;
}

void flow_on_containers(struct flow_engine *engine)
{
	engine->handlers[EYAS_EV_CONTAINER_JSON_E] = on_container;
	engine->handlers[EYAS_EV_CONTAINER_JSON_2_E] = on_container;
	engine->handlers[EYAS_EV_ASYNCEVENT_E] = on_container;
}
