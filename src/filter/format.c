/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How an output format becomes a list of parts, and how the parts become a line or an object for
 * one event. Called by the printer and through include/eyas/filter.h.
 */
#include "filter/format.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <eyas/filter.h>

#include "base/err.h"
#include "filter/value_text.h"

enum {
	FORMAT_BYTES = 65536, /* of a whole format */
	OPERAND_BYTES = 1024, /* of one field or transformer, so that a search for its end ends */
	FORMAT_WIDTH = 65535, /* most characters a value is padded to */
	SHORTER_TEXTS = 3     /* places at which a field may end before the text that parses */
};

/* A value, and the literal text in front of it. */
struct part {
	const char *text; /* the format's own memory */
	uint32_t len;
	uint32_t slot;
	uint32_t width; /* 0 = as long as it is */
	bool safe;	/* the field escapes what it yields */
};

/* One member of the JSON form. */
struct member {
	const char *key; /* escaped as JSON has it */
	uint32_t slot;
	struct eyas_layout *text; /* whose text is the value; NULL = it is that of the slot */
};

/* Invariant: members are sorted by key, and no key is there twice. */
struct eyas_layout {
	struct eyas_network *network;
	const struct field_opts *opts;
	struct eyas_arena arena; /* of all that the format points to */
	struct part *parts;
	struct member *members;
	uint32_t nparts, nmembers;
	struct part tail; /* literal text behind the last value */
	bool lenient;	  /* begins with '*': missing values are printed as such */
	struct eyas_str scratch;
};

static const char missing_text[] = "<NA>";

/* ---- compiling ---- */

struct compiler {
	struct eyas_layout *format;
	struct eyas_arena trees; /* gone when the format is compiled */
	const char *start, *p, *end;
	struct eyas_str parts, members; /* arrays that grow */
	struct eyas_err *reterr;
};

/* What stands behind a %. */
struct operand {
	struct ast_operand *tree;
	size_t len;
	uint32_t slot;
};

/* The error that is set lies at the % at which. */
static int fail_at(const struct compiler *c, const char *at, int code)
{
	struct ast_pos pos = { 0, 1, 1 };

	eyas_ast_pos_advance(&pos, c->start, (size_t)(at - c->start));
	return eyas_ast_place(c->reterr, &pos, code);
}

static int no_memory(struct eyas_err *reterr)
{
	return eyas_err_set(reterr, -ENOMEM, "no memory for a format");
}

static int try_operand(struct compiler *c, const char *text, size_t len, struct operand *ret,
		       struct eyas_err *reterr)
{
	int err;

	ret->tree = NULL;
	err = eyas_ast_parse_operand(text, len, &c->trees, &ret->tree, &ret->len, reterr);
	if (!err)
		err = eyas_network_add_operand(c->format->network, ret->tree, NETWORK_FORMAT,
					       &ret->slot, reterr);
	return err;
}

/* The field with the longest name that text begins with; NULL if there is none. */
static const struct field_info *field_in_front(const char *text, size_t len)
{
	const struct field_info *best = NULL, *field;
	const struct field_class *class;
	size_t longest = 0, n;
	unsigned i;

	for (i = 0; (class = eyas_field_class(i)); i++)
		for (field = class->fields; field < class->fields + class->count; field++) {
			n = strlen(field->name);
			if (n > longest && n <= len && !memcmp(field->name, text, n)) {
				best = field;
				longest = n;
			}
		}
	return best;
}

/*
 * Where else what stands behind a % may end when all that looks like a field or transformer is
 * none, the longest first: "%proc.pidx" is proc.pid and an x, "%evt.arg.fd.x" is evt.arg.fd and
 * ".x", "%tolower(fd.name)[x]" a transformer and "[x]".
 */
static unsigned shorter_texts(const char *text, size_t len, const struct operand *first,
			      size_t lens[SHORTER_TEXTS])
{
	const struct field_info *field = field_in_front(text, len);
	const char *bracket;
	unsigned count = 0;
	size_t name, end;

	if (first->tree && first->tree->kind == OPERAND_TRANSFORM && first->tree->has_arg) {
		bracket = memrchr(text, '[', first->len);
		if (bracket)
			lens[count++] = (size_t)(bracket - text);
	}
	if (!field)
		return count;
	name = strlen(field->name);
	if (field->flags & FIELD_ARG_DOT && name < len && text[name] == '.') {
		for (end = name + 1; end < len; end++)
			if (!isalnum((unsigned char)text[end]) && text[end] != '_')
				break;
		lens[count++] = end;
	}
	lens[count++] = name;
	return count;
}

/* The longest text that is a field or a transformer; its error is that of the longest try. */
static int find_operand(struct compiler *c, const char *at, struct operand *ret)
{
	size_t lens[SHORTER_TEXTS], len = (size_t)(c->end - c->p);
	struct operand shorter;
	unsigned count, i;
	int err;

	if (len > OPERAND_BYTES)
		len = OPERAND_BYTES;
	err = try_operand(c, c->p, len, ret, c->reterr);
	if (!err || err == -ENOMEM)
		return err;
	count = shorter_texts(c->p, len, ret, lens);
	for (i = 0; i < count; i++)
		if (!try_operand(c, c->p, lens[i], &shorter, NULL) && shorter.len == lens[i]) {
			*ret = shorter;
			return 0;
		}
	return fail_at(c, at, err);
}

/*
 * Fields that print parameters make them safe themselves, unless they are told to leave them: a
 * view of buffers in them has line breaks that are meant.
 */
static bool escapes_itself(const struct eyas_layout *format, uint32_t slot)
{
	static const char *const names[] = { "evt.arg", "evt.args", "evt.info" };
	struct slot_info info;
	size_t i;

	eyas_network_slot(format->network, slot, &info);
	for (i = 0; info.field && i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(info.field->info->name, names[i]))
			return !format->opts->raw_text;
	return false;
}

/* A name with its argument as a key of an object, without the quotes. */
static const char *make_key(struct eyas_layout *format, const char *name)
{
	struct eyas_str *scratch = &format->scratch;
	struct eyas_json json;

	scratch->len = 0;
	eyas_json_init(&json, scratch);
	eyas_json_str(&json, name, strlen(name));
	if (scratch->nomem)
		return NULL;
	return eyas_arena_text(&format->arena, scratch->data + 1, scratch->len - 2);
}

static int add_member(struct compiler *c, uint32_t slot)
{
	struct member member = { .slot = slot };
	struct slot_info info;

	eyas_network_slot(c->format->network, slot, &info);
	if (!info.field)
		return 0;
	member.key = make_key(c->format, info.field->text);
	if (!member.key)
		return no_memory(c->reterr);
	eyas_str_add(&c->members, &member, sizeof(member));
	return 0;
}

/* The plain fields of an operand. The depth of a tree is limited by the parser. */
static int add_members(struct compiler *c, const struct ast_operand *tree, uint32_t slot)
{
	uint32_t i, inner;
	int err = 0;

	if (tree->kind == OPERAND_FIELD)
		return add_member(c, slot);
	for (i = 0; !err && i < tree->nitems; i++) {
		inner = slot;
		if (tree->items[i]->kind == OPERAND_FIELD)
			err = eyas_network_add_operand(c->format->network, tree->items[i],
						       NETWORK_FORMAT, &inner, c->reterr);
		if (!err)
			err = add_members(c, tree->items[i], inner);
	}
	return err;
}

/* Digits behind a %: how wide the value is printed. */
static int take_width(struct compiler *c, const char *at, uint32_t *ret_width)
{
	uint32_t width = 0;

	for (; c->p < c->end && isdigit((unsigned char)*c->p); c->p++) {
		width = width * 10 + (uint32_t)(*c->p - '0');
		if (width > FORMAT_WIDTH)
			return fail_at(c, at,
				       eyas_err_set(c->reterr, EYAS_E_LIMIT,
						    "a width is at most %d", FORMAT_WIDTH));
	}
	*ret_width = width;
	return 0;
}

/* A % and what belongs to it; text is where the literal text before it begins. */
static int take_value(struct compiler *c, const char *text)
{
	struct part part = { .text = text, .len = (uint32_t)(c->p - text) };
	struct operand operand = { 0 };
	const char *at = c->p++;
	int err;

	err = take_width(c, at, &part.width);
	if (err)
		return err;
	if (c->p == c->end)
		return fail_at(
			c, at,
			eyas_err_set(c->reterr, EYAS_E_FORMAT,
				     "the format ends where a field should follow the '%%'"));
	err = find_operand(c, at, &operand);
	if (!err)
		err = add_members(c, operand.tree, operand.slot);
	if (err)
		return err;
	part.slot = operand.slot;
	part.safe = escapes_itself(c->format, operand.slot);
	eyas_str_add(&c->parts, &part, sizeof(part));
	c->p += operand.len;
	return 0;
}

static int take_all(struct compiler *c)
{
	const char *text = c->p, *percent;
	int err;

	while ((percent = memchr(c->p, '%', (size_t)(c->end - c->p)))) {
		c->p = percent;
		err = take_value(c, text);
		if (err)
			return err;
		text = c->p;
	}
	c->format->tail = (struct part){ .text = text, .len = (uint32_t)(c->end - text) };
	return 0;
}

static int member_by_key(const void *a, const void *b)
{
	const struct member *left = a, *right = b;

	return strcmp(left->key, right->key);
}

/* The arrays move to the format; members are sorted, and each key stays once. */
static int finish(struct compiler *c)
{
	struct eyas_layout *format = c->format;
	uint32_t count = (uint32_t)(c->members.len / sizeof(struct member)), i;

	if (c->parts.nomem || c->members.nomem)
		return no_memory(c->reterr);
	format->parts = (struct part *)c->parts.data;
	format->nparts = (uint32_t)(c->parts.len / sizeof(struct part));
	format->members = (struct member *)c->members.data;
	c->parts.data = NULL;
	c->members.data = NULL;
	if (count)
		qsort(format->members, count, sizeof(struct member), member_by_key);
	for (i = 0; i < count; i++)
		if (!i || member_by_key(&format->members[i], &format->members[i - 1]))
			format->members[format->nmembers++] = format->members[i];
	return 0;
}

static int compile(struct compiler *c, const char *text, size_t len)
{
	struct eyas_layout *format = c->format;
	int err;

	if (!len)
		return eyas_err_set(c->reterr, EYAS_E_FORMAT, "the format is empty");
	if (len > FORMAT_BYTES)
		return eyas_err_set(c->reterr, EYAS_E_LIMIT, "the format is longer than %d bytes",
				    FORMAT_BYTES);
	c->start = eyas_arena_text(&format->arena, text, len);
	if (!c->start)
		return no_memory(c->reterr);
	format->lenient = *c->start == '*';
	c->p = c->start + format->lenient;
	c->end = c->start + len;
	err = take_all(c);
	return err ? err : finish(c);
}

int eyas_layout_new(struct eyas_network *network, const struct field_opts *opts, const char *text,
		    size_t len, struct eyas_layout **ret_format, struct eyas_err *reterr)
{
	struct compiler c = { .reterr = reterr, .format = calloc(1, sizeof(*c.format)) };
	int err;

	if (!c.format)
		return no_memory(reterr);
	c.format->network = network;
	c.format->opts = opts;
	err = compile(&c, text, len);
	eyas_arena_fini(&c.trees);
	eyas_str_fini(&c.parts);
	eyas_str_fini(&c.members);
	if (err)
		eyas_layout_free(c.format);
	else
		*ret_format = c.format;
	return err;
}

int eyas_layout_add_text(struct eyas_layout *format, const char *key, struct eyas_layout *text)
{
	struct member member = { .key = make_key(format, key), .text = text }, *rows;
	uint32_t at = 0;

	rows = realloc(format->members, (format->nmembers + 1) * sizeof(*rows));
	if (rows)
		format->members = rows;
	if (!rows || !member.key) {
		eyas_layout_free(text);
		return -ENOMEM;
	}
	while (at < format->nmembers && strcmp(rows[at].key, member.key) < 0)
		at++;
	if (at < format->nmembers && !strcmp(rows[at].key, member.key)) {
		eyas_layout_free(rows[at].text);
	} else {
		memmove(&rows[at + 1], &rows[at], (format->nmembers - at) * sizeof(*rows));
		format->nmembers++;
	}
	rows[at] = member;
	return 0;
}

void eyas_layout_free(struct eyas_layout *format)
{
	uint32_t i;

	if (!format)
		return;
	for (i = 0; i < format->nmembers; i++)
		eyas_layout_free(format->members[i].text);
	free(format->parts);
	free(format->members);
	eyas_arena_fini(&format->arena);
	eyas_str_fini(&format->scratch);
	free(format);
}

/* ---- text ---- */

static bool is_control(unsigned char c)
{
	return c < 0x20 || c == 0x7f;
}

/* Is there anything to escape? Eight bytes at a time: nearly always there is not. */
static bool needs_escape(const char *text, size_t len, enum format_escape escape)
{
	const uint64_t ones = UINT64_MAX / 255, high = 0x80 * ones;
	uint64_t word, low, found = 0;

	while (len) {
		size_t n = len < sizeof(word) ? len : sizeof(word);

		/* What is behind the text is blanks, which need no escape. */
		word = 0x20 * ones;
		memcpy(&word, text, n);
		low = word & ~high;
		/* The high bit of each byte whose low seven are under 0x20, or 0x7f. */
		found |= ~(((low + 0x60 * ones) & ~(low + ones)) | word) & high;
		if (escape == FORMAT_TERMINAL)
			found |= word & high;
		text += n;
		len -= n;
	}
	return found != 0;
}

static void put_line_safe(struct eyas_str *out, const char *text, size_t len)
{
	size_t i, run = 0;

	for (i = 0; i < len; i++)
		if (is_control((unsigned char)text[i])) {
			eyas_str_add(out, text + run, i - run);
			eyas_str_safe(out, text + i, 1);
			run = i + 1;
		}
	eyas_str_add(out, text + run, len - run);
}

/*
 * Numbers have no bytes to escape, and buffers are shown in a mode that leaves none but the line
 * breaks that are meant. The type is that of the value: of evt.rawarg, a name may be a number in
 * one event and a text in the next.
 */
static bool is_foreign(const struct eyas_value *value)
{
	enum value_class class = eyas_value_class(value->type);

	return class != VALUE_NUMBER && class != VALUE_REAL && value->type != EYAS_PT_BYTEBUF;
}

/* The value that begins at start is replaced by its escaped form. */
static void escape_value(struct eyas_layout *format, struct eyas_str *out, size_t start,
			 enum format_escape escape)
{
	struct eyas_str *scratch = &format->scratch;

	if (out->len == start || !needs_escape(out->data + start, out->len - start, escape))
		return;
	scratch->len = 0;
	eyas_str_add(scratch, out->data + start, out->len - start);
	out->len = start;
	out->nomem |= scratch->nomem;
	if (escape == FORMAT_TERMINAL)
		eyas_str_safe(out, scratch->data, scratch->len);
	else
		put_line_safe(out, scratch->data, scratch->len);
}

/*
 * The value that begins at start is cut or filled with blanks. Characters are counted, not
 * bytes, so that columns stay straight and no character is cut in two.
 */
static void fit_value(struct eyas_str *out, size_t start, uint32_t width)
{
	size_t at = start;
	uint32_t count;
	unsigned n;
	char *to;

	for (count = 0; count < width && at < out->len; count++) {
		n = eyas_utf8_len(out->data + at, out->len - at);
		at += n ? n : 1;
	}
	out->len = at;
	to = eyas_str_reserve(out, width - count);
	if (to) {
		memset(to, ' ', width - count);
		out->len += width - count;
	}
}

bool eyas_layout_put_text(struct eyas_layout *format, struct eyas_str *out,
			  enum format_escape escape)
{
	const struct eyas_value *value;
	const struct part *part;
	size_t line = out->len, start;
	uint32_t i;

	for (i = 0; i < format->nparts; i++) {
		part = &format->parts[i];
		value = eyas_network_value(format->network, part->slot);
		if (!value && !format->lenient) {
			out->len = line;
			return false;
		}
		eyas_str_add(out, part->text, part->len);
		start = out->len;
		if (!value) {
			eyas_str_add(out, missing_text, sizeof(missing_text) - 1);
		} else {
			eyas_value_put_text(out, value, format->opts);
			if (escape != FORMAT_EXACT && !part->safe && is_foreign(value))
				escape_value(format, out, start, escape);
		}
		if (part->width)
			fit_value(out, start, part->width);
	}
	eyas_str_add(out, format->tail.text, format->tail.len);
	return true;
}

/* ---- JSON ---- */

static void put_text_member(struct eyas_layout *text, struct eyas_json *json)
{
	struct eyas_str value = EYAS_STR_INIT;

	eyas_layout_put_text(text, &value, FORMAT_EXACT);
	eyas_json_str(json, value.len ? value.data : "", value.len);
	json->out->nomem |= value.nomem;
	eyas_str_fini(&value);
}

bool eyas_layout_put_json(const struct eyas_layout *format, struct eyas_str *out)
{
	const struct eyas_value *value;
	const struct member *member;
	struct slot_info info;
	size_t line = out->len;
	struct eyas_json json;
	uint32_t i;

	eyas_json_init(&json, out);
	eyas_json_object(&json);
	for (i = 0; i < format->nmembers; i++) {
		member = &format->members[i];
		if (member->text) {
			eyas_json_key(&json, member->key);
			put_text_member(member->text, &json);
			continue;
		}
		value = eyas_network_value(format->network, member->slot);
		if (!value && !format->lenient) {
			out->len = line;
			return false;
		}
		eyas_json_key(&json, member->key);
		if (value) {
			eyas_network_slot(format->network, member->slot, &info);
			eyas_value_put_json(&json, value, info.field, format->opts);
		} else {
			eyas_json_null(&json);
		}
	}
	eyas_json_end(&json);
	return true;
}

/* ---- the public handle: a format with a network of its own ---- */

struct eyas_format {
	struct field_opts opts;
	struct eyas_network *network;
	struct eyas_layout *format;
	struct eyas_str out;
};

int eyas_format_compile(const char *text, struct eyas_format **ret_format, struct eyas_err *reterr)
{
	struct eyas_format *format = calloc(1, sizeof(*format));
	int err;

	if (!format)
		return no_memory(reterr);
	format->opts.outputtime = 'h';
	format->opts.raw_text = true;
	err = eyas_network_new(&format->opts, &format->network);
	if (err)
		err = eyas_err_set(reterr, err, "%s", eyas_strerror(err));
	else
		err = eyas_layout_new(format->network, &format->opts, text, strlen(text),
				      &format->format, reterr);
	if (err)
		eyas_format_free(format);
	else
		*ret_format = format;
	return err;
}

int eyas_format_put(struct eyas_format *format, const struct eyas_context *context,
		    enum eyas_format_kind kind, const char **ret_text, size_t *ret_len)
{
	struct eyas_str *out = &format->out;
	bool whole;

	out->len = 0;
	out->nomem = false;
	eyas_network_begin(format->network, context);
	whole = kind == EYAS_FORMAT_JSON ? eyas_layout_put_json(format->format, out)
					 : eyas_layout_put_text(format->format, out, FORMAT_LINE);
	/* The byte behind the text is not part of it. */
	eyas_str_putc(out, '\0');
	if (out->nomem)
		return -ENOMEM;
	if (!whole)
		return 0;
	*ret_text = out->data;
	*ret_len = out->len - 1;
	return 1;
}

void eyas_format_free(struct eyas_format *format)
{
	if (!format)
		return;
	eyas_layout_free(format->format);
	eyas_network_free(format->network);
	eyas_str_fini(&format->out);
	free(format);
}
