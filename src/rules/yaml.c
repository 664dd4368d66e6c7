/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How the bytes of a rules file become a tree: libyaml's events, put together with their places
 * and within limits. libyaml keeps its own stack on the heap, and nesting is refused here before
 * it is deep, so that no input can exhaust memory or stack.
 */
#include "rules/yaml.h"

#include <errno.h>
#include <string.h>

#include <yaml.h>

#include "base/err.h"

/* A collection whose end has not been seen. */
struct level {
	struct rules_node *node;
	const char *anchor; /* named when it is complete, so that no node can contain itself */
};

struct anchor {
	const char *name;
	struct rules_node *node;
};

struct builder {
	struct rules_source *source;
	struct eyas_arena *arena;
	struct eyas_err *reterr;
	struct level levels[RULES_MAX_DEPTH];
	unsigned depth;
	struct anchor *anchors; /* of this document */
	uint32_t nanchors, nnodes;
	/* Where the text has been looked at: libyaml counts characters, and we want bytes. */
	size_t characters, bytes;
	size_t skip; /* a byte order mark */
};

unsigned rules_break_len(const char *text, size_t len)
{
	if (!len)
		return 0;
	if (text[0] == '\n')
		return 1;
	if (text[0] == '\r')
		return len > 1 && text[1] == '\n' ? 2 : 1;
	if (len > 1 && !memcmp(text, "\xc2\x85", 2))
		return 2;
	if (len > 2 && (!memcmp(text, "\xe2\x80\xa8", 3) || !memcmp(text, "\xe2\x80\xa9", 3)))
		return 3;
	return 0;
}

/* Nodes come in the order of their places; only an error may point back. */
static uint32_t offset_of(struct builder *b, const yaml_mark_t *mark)
{
	const char *text = b->source->text;
	size_t at, len = b->source->len;

	if (mark->index < b->characters) {
		b->characters = 0;
		b->bytes = b->skip;
	}
	at = b->bytes;

	while (b->characters < mark->index && at < len) {
		at++;
		while (at < len && ((unsigned char)text[at] & 0xc0) == 0x80)
			at++;
		b->characters++;
	}
	b->bytes = at;
	return (uint32_t)at;
}

static int no_memory(struct builder *b)
{
	return eyas_err_set(b->reterr, -ENOMEM, "out of memory");
}

static int refuse_at(struct builder *b, int code, const yaml_mark_t *mark)
{
	if (b->reterr) {
		b->reterr->offset = offset_of(b, mark);
		b->reterr->line = (uint32_t)mark->line + 1;
		b->reterr->column = (uint32_t)mark->column + 1;
	}
	return code;
}

static int refuse(struct builder *b, int code, const yaml_mark_t *mark, const char *why)
{
	eyas_err_set(b->reterr, code, "%s", why);
	return refuse_at(b, code, mark);
}

/* Room for one more pointer in an array of the arena that doubles. */
static struct rules_node **more_room(struct eyas_arena *arena, struct rules_node **items,
				     uint32_t count)
{
	struct rules_node **more;

	/* Full when there are 0, 4, 8, 16 ... */
	if (count && (count < 4 || (count & (count - 1))))
		return items;
	more = eyas_arena_get(arena, (count ? 2 * (size_t)count : 4) * sizeof(struct rules_node *));
	if (more && count)
		memcpy(more, items, count * sizeof(struct rules_node *));
	return more;
}

static bool add_item(struct eyas_arena *arena, struct rules_node ***items, uint32_t *count,
		     struct rules_node *item)
{
	struct rules_node **room = more_room(arena, *items, *count);

	if (!room)
		return false;
	*items = room;
	room[(*count)++] = item;
	return true;
}

/* A node is complete: it goes into the collection around it, or is a document. */
static int place_node(struct builder *b, struct rules_node *node)
{
	struct rules_node *parent = b->depth ? b->levels[b->depth - 1].node : NULL;
	bool done;

	if (parent)
		done = add_item(b->arena, &parent->items, &parent->count, node);
	else if (rules_node_is_null(node))
		done = true;
	else
		done = add_item(b->arena, &b->source->documents, &b->source->ndocuments, node);
	return done ? 0 : no_memory(b);
}

static int new_node(struct builder *b, enum node_kind kind, const yaml_mark_t *mark,
		    struct rules_node **ret)
{
	if (++b->nnodes > RULES_MAX_NODES)
		return refuse(b, EYAS_E_LIMIT, mark, "the file has more than 4194304 nodes");
	*ret = eyas_arena_zero(b->arena, sizeof(**ret));
	if (!*ret)
		return no_memory(b);
	(*ret)->kind = (uint8_t)kind;
	(*ret)->line = (uint32_t)mark->line + 1;
	(*ret)->column = (uint32_t)mark->column + 1;
	(*ret)->offset = offset_of(b, mark);
	return 0;
}

/* Names that are given again stand for the newer node from then on. */
static int name_node(struct builder *b, const char *name, struct rules_node *node,
		     const yaml_mark_t *mark)
{
	if (!name)
		return 0;
	if (b->nanchors == RULES_MAX_ANCHORS)
		return refuse(b, EYAS_E_LIMIT, mark, "a document has more than 1000 anchors");
	if (!b->anchors)
		b->anchors = eyas_arena_get(b->arena, RULES_MAX_ANCHORS * sizeof(*b->anchors));
	if (!b->anchors)
		return no_memory(b);
	name = eyas_arena_text(b->arena, name, strlen(name));
	if (!name)
		return no_memory(b);
	b->anchors[b->nanchors++] = (struct anchor){ name, node };
	return 0;
}

static int take_alias(struct builder *b, const yaml_event_t *event)
{
	const char *name = (const char *)event->data.alias.anchor;
	uint32_t i = b->nanchors;

	while (i--)
		if (!strcmp(b->anchors[i].name, name))
			return place_node(b, b->anchors[i].node);
	eyas_err_set(b->reterr, EYAS_E_FORMAT, "no complete node before has the anchor '%.64s'",
		     name);
	return refuse_at(b, EYAS_E_FORMAT, &event->start_mark);
}

/* An explicit tag makes a text of what looks like another type, as quotes do. */
static enum node_style style_of(const yaml_event_t *event)
{
	if (event->data.scalar.tag)
		return STYLE_DOUBLE;
	switch (event->data.scalar.style) {
	case YAML_SINGLE_QUOTED_SCALAR_STYLE:
		return STYLE_SINGLE;
	case YAML_DOUBLE_QUOTED_SCALAR_STYLE:
		return STYLE_DOUBLE;
	case YAML_LITERAL_SCALAR_STYLE:
		return STYLE_LITERAL;
	case YAML_FOLDED_SCALAR_STYLE:
		return STYLE_FOLDED;
	default:
		return STYLE_PLAIN;
	}
}

static int take_scalar(struct builder *b, const yaml_event_t *event)
{
	const char *text = (const char *)event->data.scalar.value;
	size_t len = event->data.scalar.length;
	struct rules_node *node;
	int res;

	if (len > RULES_MAX_SCALAR)
		return refuse(b, EYAS_E_LIMIT, &event->start_mark,
			      "a value has more than 1048576 bytes");
	if (memchr(text, '\0', len))
		return refuse(b, EYAS_E_FORMAT, &event->start_mark, "a value has a NUL byte");
	res = new_node(b, NODE_SCALAR, &event->start_mark, &node);
	if (res < 0)
		return res;
	node->style = (uint8_t)style_of(event);
	node->text = eyas_arena_text(b->arena, text, len);
	node->len = (uint32_t)len;
	if (!node->text)
		return no_memory(b);
	res = name_node(b, (const char *)event->data.scalar.anchor, node, &event->start_mark);
	return res < 0 ? res : place_node(b, node);
}

static int begin_collection(struct builder *b, const yaml_event_t *event, enum node_kind kind,
			    const yaml_char_t *anchor)
{
	struct level *level = &b->levels[b->depth];
	int res;

	if (b->depth == RULES_MAX_DEPTH)
		return refuse(b, EYAS_E_LIMIT, &event->start_mark, "nested more than 64 deep");
	res = new_node(b, kind, &event->start_mark, &level->node);
	if (res < 0)
		return res;
	level->anchor = NULL;
	if (anchor) {
		level->anchor = eyas_arena_text(b->arena, (const char *)anchor,
						strlen((const char *)anchor));
		if (!level->anchor)
			return no_memory(b);
	}
	b->depth++;
	return 0;
}

static int end_collection(struct builder *b, const yaml_event_t *event)
{
	struct level *level = &b->levels[--b->depth];
	int res = name_node(b, level->anchor, level->node, &event->start_mark);

	return res < 0 ? res : place_node(b, level->node);
}

static int take_event(struct builder *b, const yaml_event_t *event)
{
	switch (event->type) {
	case YAML_DOCUMENT_START_EVENT:
		b->nanchors = 0;
		return 0;
	case YAML_ALIAS_EVENT:
		return take_alias(b, event);
	case YAML_SCALAR_EVENT:
		return take_scalar(b, event);
	case YAML_SEQUENCE_START_EVENT:
		return begin_collection(b, event, NODE_SEQUENCE, event->data.sequence_start.anchor);
	case YAML_MAPPING_START_EVENT:
		return begin_collection(b, event, NODE_MAPPING, event->data.mapping_start.anchor);
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		return end_collection(b, event);
	default:
		return 0;
	}
}

/* What libyaml has against the text, in its words. */
static int parser_failed(struct builder *b, const yaml_parser_t *parser)
{
	yaml_mark_t mark = parser->problem_mark;

	if (parser->error == YAML_MEMORY_ERROR)
		return no_memory(b);
	/* A byte that is no character has an offset, but no line. */
	if (parser->error == YAML_READER_ERROR)
		mark = parser->mark;
	return refuse(b, EYAS_E_FORMAT, &mark,
		      parser->problem ? parser->problem : "this is not YAML");
}

static int parse_all(struct builder *b, yaml_parser_t *parser)
{
	yaml_event_t event;
	bool ended = false;
	int res = 0;

	while (!ended && !res) {
		if (!yaml_parser_parse(parser, &event))
			return parser_failed(b, parser);
		ended = event.type == YAML_STREAM_END_EVENT;
		res = take_event(b, &event);
		yaml_event_delete(&event);
	}
	return res;
}

int rules_yaml_parse(struct rules_source *source, struct eyas_arena *arena, struct eyas_err *reterr)
{
	static const char mark[] = "\xef\xbb\xbf";
	struct builder b = { .source = source, .arena = arena, .reterr = reterr };
	yaml_parser_t parser;
	int res;

	if (source->len >= 3 && !memcmp(source->text, mark, 3))
		b.bytes = b.skip = 3;
	source->documents = NULL;
	source->ndocuments = 0;
	if (source->len > RULES_MAX_BYTES)
		return eyas_err_set(reterr, EYAS_E_LIMIT, "the file has %zu bytes, the limit is %d",
				    source->len, RULES_MAX_BYTES);
	if (!yaml_parser_initialize(&parser))
		return no_memory(&b);
	/* Without this, a file may say that it is UTF-16, and no offset would be right. */
	yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&parser, (const unsigned char *)source->text + b.skip,
				     source->len - b.skip);
	res = parse_all(&b, &parser);
	yaml_parser_delete(&parser);
	return res;
}

/* ---- scalars ---- */

static bool is_one_of(const struct rules_node *node, const char *const *words)
{
	for (; *words; words++)
		if (!strcmp(node->text, *words))
			return true;
	return false;
}

bool rules_node_is_null(const struct rules_node *node)
{
	static const char *const words[] = { "", "~", "null", "Null", "NULL", NULL };

	return node->kind == NODE_SCALAR && node->style == STYLE_PLAIN && is_one_of(node, words);
}

bool rules_node_bool(const struct rules_node *node, bool *ret)
{
	static const char *const yes[] = { "true", "True", "TRUE", "yes", "Yes", "YES",
					   "on",   "On",   "ON",   "y",	  "Y",	 NULL };
	static const char *const no[] = { "false", "False", "FALSE", "no", "No", "NO",
					  "off",   "Off",   "OFF",   "n",  "N",	 NULL };

	if (node->kind != NODE_SCALAR || (!is_one_of(node, yes) && !is_one_of(node, no)))
		return false;
	*ret = is_one_of(node, yes);
	return true;
}

bool rules_node_uint(const struct rules_node *node, uint64_t max, uint64_t *ret)
{
	uint64_t value = 0;
	uint32_t i;

	if (node->kind != NODE_SCALAR || !node->len)
		return false;
	for (i = 0; i < node->len; i++) {
		unsigned digit = (unsigned char)node->text[i] - '0';

		if (digit > 9 || value > (max - digit) / 10)
			return false;
		value = value * 10 + digit;
	}
	*ret = value;
	return true;
}

const struct rules_node *rules_node_get(const struct rules_node *mapping, const char *key)
{
	uint32_t i;

	for (i = 0; mapping->kind == NODE_MAPPING && i < mapping->count; i += 2)
		if (mapping->items[i]->kind == NODE_SCALAR && !strcmp(mapping->items[i]->text, key))
			return mapping->items[i + 1];
	return NULL;
}
