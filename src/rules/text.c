/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where was this byte of a condition written? YAML folds lines, drops indentation and undoes
 * escapes, so the text of a scalar and its source are gone over side by side. That is done for
 * findings only; nothing is kept for those who make no mistakes.
 */
#include "rules/text.h"

#include <errno.h>
#include <string.h>

#include "base/ascii.h"

enum { TEXT_MAX = 1 << 20 }; /* what the parser of conditions takes */

static bool reserve(struct rules_text *text, struct eyas_arena *arena, uint32_t size)
{
	uint32_t cap = text->cap ? text->cap : 32;
	struct rules_part *parts;
	char *data;

	/* The first piece takes what it needs: most texts stay as they are. */
	if (text->len + size + 1 > text->cap) {
		while (text->cap && cap < text->len + size + 1)
			cap *= 2;
		if (!text->cap)
			cap = size + 1;
		data = eyas_arena_get(arena, cap);
		if (!data)
			return false;
		if (text->len)
			memcpy(data, text->data, text->len);
		text->data = data;
		text->cap = cap;
	}
	if (text->nparts == text->parts_cap) {
		cap = text->parts_cap ? text->parts_cap * 2 : 1;
		parts = eyas_arena_get(arena, cap * sizeof(*parts));
		if (!parts)
			return false;
		if (text->nparts)
			memcpy(parts, text->parts, text->nparts * sizeof(*parts));
		text->parts = parts;
		text->parts_cap = cap;
	}
	return true;
}

int rules_text_add(struct rules_text *text, struct eyas_arena *arena,
		   const struct rules_source *source, const struct rules_node *node, bool trim)
{
	uint32_t skip = 0, len = node->len;

	while (trim && len && eyas_is_space(node->text[len - 1]))
		len--;
	while (trim && skip < len && eyas_is_space(node->text[skip]))
		skip++;
	len -= skip;
	if (len > TEXT_MAX - text->len - 1)
		return EYAS_E_LIMIT;
	if (!reserve(text, arena, len + 1))
		return -ENOMEM;
	if (text->nparts)
		text->data[text->len++] = ' ';
	text->parts[text->nparts++] = (struct rules_part){ source, node, text->len, skip };
	memcpy(text->data + text->len, node->text + skip, len);
	text->len += len;
	text->data[text->len] = '\0';
	return 0;
}

/* ---- the way back ---- */

/* A place in the source of a scalar that is gone over. */
struct walk {
	const char *at, *end;
	char quote;
};

static void skip_space(struct walk *walk)
{
	while (walk->at < walk->end && eyas_is_space(*walk->at))
		walk->at++;
}

/* To where the text of the scalar begins: behind anchors and tags, quotes, heads of blocks. */
static void find_text(struct walk *walk)
{
	while (walk->at < walk->end && (*walk->at == '&' || *walk->at == '!')) {
		while (walk->at < walk->end && !eyas_is_space(*walk->at))
			walk->at++;
		skip_space(walk);
	}
	if (walk->at == walk->end)
		return;
	if (*walk->at == '"' || *walk->at == '\'')
		walk->quote = *walk->at++;
	else if (*walk->at == '|' || *walk->at == '>')
		while (walk->at < walk->end && *walk->at != '\n')
			walk->at++;
}

/* Go over an escape; returns how many bytes of text it stands for. */
static uint32_t step_escape(struct walk *walk)
{
	const char *after = walk->at + 1;
	unsigned digits;

	if (after == walk->end)
		return 1;
	digits = *after == 'x' ? 2 : *after == 'u' ? 4 : *after == 'U' ? 8 : 0;
	walk->at += 2 + (digits < (size_t)(walk->end - after - 1) ? digits : 0);
	if (*after != '\n' && *after != '\r')
		return 1;
	/* The line goes on with the next one. */
	skip_space(walk);
	return 0;
}

/* Go over what stands for the byte c of the text; returns for how many bytes it stands. */
static uint32_t step(struct walk *walk, char c)
{
	skip_space(walk);
	if (walk->at == walk->end)
		return 1;
	if (walk->quote == '"' && *walk->at == '\\')
		return step_escape(walk);
	if (walk->quote == '\'' && c == '\'' && walk->at + 1 < walk->end)
		walk->at++;
	walk->at++;
	return 1;
}

struct rules_place rules_node_place(const struct rules_source *source,
				    const struct rules_node *node, uint32_t offset)
{
	struct rules_place place = { source, node->line, node->column, node->offset };
	struct walk walk = { source->text + node->offset, source->text + source->len, 0 };
	const char *at = walk.at;
	uint32_t i = 0;

	if (node->kind != NODE_SCALAR)
		return place;
	find_text(&walk);
	while (i < offset && i < node->len) {
		if (eyas_is_space(node->text[i]) && !(walk.at < walk.end && *walk.at == '\\'))
			i++;
		else
			i += step(&walk, node->text[i]);
	}
	if (i < node->len && !eyas_is_space(node->text[i]))
		skip_space(&walk);
	while (at < walk.at) {
		unsigned size = rules_break_len(at, (size_t)(walk.at - at));

		if (size) {
			place.line++;
			place.column = 1;
		} else {
			place.column += ((unsigned char)*at & 0xc0) != 0x80;
			size = 1;
		}
		at += size;
	}
	place.offset = (uint32_t)(walk.at - source->text);
	return place;
}

struct rules_place rules_text_place(const struct rules_text *text, uint32_t offset)
{
	const struct rules_part *part = text->parts;
	uint32_t i;

	for (i = 1; i < text->nparts && text->parts[i].start <= offset; i++)
		part = &text->parts[i];
	return rules_node_place(part->source, part->node,
				offset >= part->start ? offset - part->start + part->skip : 0);
}
