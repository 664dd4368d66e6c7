/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A tree of path components. A node is reached by one way only, so a match visits each node at
 * most once however many globs there are, and its depth is that of the longest prefix, which has
 * at most 255 bytes.
 */
#include "filter/pmatch.h"

#include <fnmatch.h>
#include <string.h>

#include "filter/set.h"

/* Children are in one list; rows, made when they become many, finds the plain ones by hash. */
struct pnode {
	const char *name; /* NUL-terminated when it is a glob */
	uint32_t len;
	bool glob;
	bool end;	    /* a prefix ends here */
	uint32_t nplain;    /* children that are no globs */
	struct pnode *next; /* sibling */
	struct pnode *plain, *globs;
	struct pnode **rows; /* NULL = look through plain */
	uint32_t mask;
};

struct pmatch {
	struct pnode root;
};

enum { FEW_CHILDREN = 8 };

/* The next component, without slashes: false when there is none. */
static bool next_component(const char **path, const char *end, const char **ret_name,
			   size_t *ret_len)
{
	const char *at = *path, *slash;

	while (at < end && *at == '/')
		at++;
	if (at == end)
		return false;
	slash = memchr(at, '/', (size_t)(end - at));
	*path = slash ? slash : end;
	*ret_name = at;
	*ret_len = (size_t)(*path - at);
	return true;
}

static bool is_named(const struct pnode *node, const char *name, size_t len)
{
	return node->len == len && !memcmp(node->name, name, len);
}

static struct pnode *find_plain(const struct pnode *parent, const char *name, size_t len)
{
	struct pnode *child;
	uint32_t at;

	if (!parent->rows) {
		for (child = parent->plain; child; child = child->next)
			if (is_named(child, name, len))
				return child;
		return NULL;
	}
	for (at = (uint32_t)eyas_filter_hash(0, name, len) & parent->mask; parent->rows[at];
	     at = (at + 1) & parent->mask)
		if (is_named(parent->rows[at], name, len))
			return parent->rows[at];
	return NULL;
}

static void put_row(struct pnode *parent, struct pnode *child)
{
	uint32_t at = (uint32_t)eyas_filter_hash(0, child->name, child->len) & parent->mask;

	while (parent->rows[at])
		at = (at + 1) & parent->mask;
	parent->rows[at] = child;
}

/* The new child is in parent's list already. Rows stay at most half full. */
static bool index_child(struct pnode *parent, struct eyas_arena *arena, struct pnode *child)
{
	uint32_t size = parent->rows ? 2 * (parent->mask + 1) : 4 * FEW_CHILDREN;

	if (parent->nplain <= FEW_CHILDREN)
		return true;
	if (parent->rows && parent->nplain <= size / 4) {
		put_row(parent, child);
		return true;
	}
	parent->rows = eyas_arena_zero(arena, size * sizeof(struct pnode *));
	if (!parent->rows)
		return false;
	parent->mask = size - 1;
	for (child = parent->plain; child; child = child->next)
		put_row(parent, child);
	return true;
}

static struct pnode *find_glob(const struct pnode *parent, const char *name, size_t len)
{
	struct pnode *child;

	for (child = parent->globs; child; child = child->next)
		if (is_named(child, name, len))
			return child;
	return NULL;
}

static struct pnode *add_child(struct pnode *parent, struct eyas_arena *arena, const char *name,
			       size_t len)
{
	bool glob = memchr(name, '*', len) || memchr(name, '?', len) || memchr(name, '[', len);
	struct pnode **list = glob ? &parent->globs : &parent->plain;
	struct pnode *child;

	child = glob ? find_glob(parent, name, len) : find_plain(parent, name, len);
	if (child)
		return child;
	child = eyas_arena_zero(arena, sizeof(*child));
	if (!child)
		return NULL;
	/* fnmatch() wants a NUL behind the pattern, and a slash follows it in the prefix. */
	child->name = glob ? eyas_arena_text(arena, name, len) : name;
	if (!child->name)
		return NULL;
	child->len = (uint32_t)len;
	child->glob = glob;
	child->next = *list;
	*list = child;
	if (glob)
		return child;
	parent->nplain++;
	return index_child(parent, arena, child) ? child : NULL;
}

struct pmatch *eyas_pmatch_new(struct eyas_arena *arena, const struct eyas_value *prefixes,
			       uint32_t count)
{
	struct pmatch *paths = eyas_arena_zero(arena, sizeof(*paths));
	const char *at, *end, *name;
	struct pnode *node;
	uint32_t i;
	size_t len;

	if (!paths)
		return NULL;
	for (i = 0; i < count; i++) {
		at = prefixes[i].u.data;
		end = at + prefixes[i].len;
		node = &paths->root;
		while (next_component(&at, end, &name, &len)) {
			node = add_child(node, arena, name, len);
			if (!node)
				return NULL;
		}
		node->end = true;
	}
	return paths;
}

static bool glob_is_like(const struct pnode *node, const char *name, size_t len,
			 struct eyas_str *scratch)
{
	scratch->len = 0;
	eyas_str_add(scratch, name, len);
	eyas_str_putc(scratch, '\0');
	return !scratch->nomem && !fnmatch(node->name, scratch->data, 0);
}

/* Depth of the recursion: components of a prefix, so at most 128. */
static bool match_from(const struct pnode *node, const char *at, const char *end,
		       struct eyas_str *scratch)
{
	const struct pnode *child;
	const char *name;
	size_t len;

	if (node->end)
		return true;
	if (!next_component(&at, end, &name, &len))
		return false;
	child = find_plain(node, name, len);
	if (child && match_from(child, at, end, scratch))
		return true;
	for (child = node->globs; child; child = child->next)
		if (glob_is_like(child, name, len, scratch) && match_from(child, at, end, scratch))
			return true;
	return false;
}

bool eyas_pmatch_has(const struct pmatch *paths, const char *path, size_t len,
		     struct eyas_str *scratch)
{
	return match_from(&paths->root, path, path + len, scratch);
}
