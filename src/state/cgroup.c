/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which container do these cgroups belong to? The paths that container engines give their
 * cgroups, tried in the order of reference/containers.md on each path of a thread; the first
 * that fits has the id. Called whenever the cgroups of a thread are set.
 */
#include <string.h>

#include "state/state_int.h"

enum {
	FULL_ID_LEN = 64, /* of an id as the engines know it */
	SHORT_ID_LEN = 12 /* as users know it */
};

/* A piece of the list; not NUL-terminated. */
struct span {
	const char *text;
	size_t len;
};

/* A literal as the two arguments for a text and its length. */
#define LIT(text) (text), sizeof(text) - 1

/* Offset of the first or the last occurrence, or NOT_FOUND. Nothing is found at the end. */
#define NOT_FOUND SIZE_MAX

static size_t span_find(struct span in, const char *text, size_t len)
{
	const char *at = memmem(in.text, in.len, text, len);

	return at ? (size_t)(at - in.text) : NOT_FOUND;
}

static size_t span_find_last(struct span in, const char *text, size_t len)
{
	size_t at = in.len < len ? 0 : in.len - len + 1;

	while (at-- > 0)
		if (!memcmp(in.text + at, text, len))
			return at;
	return len ? NOT_FOUND : in.len;
}

static bool span_ends(struct span in, const char *text, size_t len)
{
	return in.len >= len && !memcmp(in.text + in.len - len, text, len);
}

static struct span span_from(struct span in, size_t at)
{
	return (struct span){ in.text + at, in.len - at };
}

static struct span span_cut(struct span in, size_t len)
{
	return (struct span){ in.text, in.len < len ? in.len : len };
}

static bool is_alnum(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_hex(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* ---- engines that name a cgroup by the full id, between a prefix and a suffix ---- */

struct full_id_row {
	const char *prefix, *suffix; /* suffix "" = the end of the path */
};

/* clang-format off */
static const struct full_id_row full_id_rows[] = {
	/* podman */
	{ "/libpod-", ".scope" },
	{ "/libpod-", ".scope/container" },
	{ "/libpod-", "" },
	{ "/libpod-payload-", ".scope" },
	{ "/libpod-payload-", ".scope/container" },
	{ "/libpod-payload-", "" },
	/* docker */
	{ "/", "" },
	{ "/docker-", ".scope" },
	/* CRI */
	{ "/crio-", "" },
	{ "/cri-containerd-", ".scope" },
	{ "/crio-", ".scope" },
	{ ":cri-containerd:", "" },
	{ "/nerdctl-", ".scope" },
};
/* clang-format on */

static struct span match_full_id(struct span path)
{
	static const struct span none;
	size_t i, k, start, end;
	struct span id;

	for (i = 0; i < sizeof(full_id_rows) / sizeof(full_id_rows[0]); i++) {
		const struct full_id_row *row = &full_id_rows[i];

		start = span_find_last(path, row->prefix, strlen(row->prefix));
		end = *row->suffix ? span_find_last(path, row->suffix, strlen(row->suffix))
				   : path.len;
		if (start == NOT_FOUND || end == NOT_FOUND)
			continue;
		start += strlen(row->prefix);
		if (end < start || end - start != FULL_ID_LEN)
			continue;
		id = span_cut(span_from(path, start), FULL_ID_LEN);
		for (k = 0; k < id.len && is_hex(id.text[k]); k++)
			;
		if (k == id.len)
			return span_cut(id, SHORT_ID_LEN);
	}
	return none;
}

/* ---- engines with rules of their own ---- */

/* A namespace of containerd: words of letters and digits, one of ".", "_", "-" between them. */
static bool is_namespace(struct span name)
{
	bool word = false;
	size_t i;

	for (i = 0; i < name.len; i++) {
		if (is_alnum(name.text[i]))
			word = true;
		else if (word && strchr("._-", name.text[i]) && name.text[i])
			word = false;
		else
			return false;
	}
	return word;
}

/* NAMESPACE/ID, where the id is whatever a client chose. */
static struct span match_containerd(struct span path)
{
	static const struct span none;
	size_t slash, next, start;
	struct span rest = path, id;

	if (span_ends(path, LIT(".service")) || span_ends(path, LIT(".slice")) ||
	    span_ends(path, LIT(".scope")))
		return none;
	for (slash = span_find(rest, "/", 1); slash != NOT_FOUND; slash = span_find(rest, "/", 1)) {
		rest = span_from(rest, slash + 1);
		next = span_find(rest, "/", 1);
		if (next == NOT_FOUND)
			return none;
		if (!is_namespace(span_cut(rest, next)))
			continue;
		/* With its slashes; the id is behind the last place where it stands. */
		start = span_find_last(path, rest.text - 1, next + 2);
		id = span_from(path, start + next + 2);
		return id.len && id.len <= FULL_ID_LEN ? span_cut(id, SHORT_ID_LEN) : none;
	}
	return none;
}

static struct span match_lxc(struct span path)
{
	static const char *const prefixes[] = { "/lxc/", "/lxc.payload/", "/lxc.payload." };
	static const struct span none;
	struct span id;
	size_t i, at;

	for (i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
		at = span_find(path, prefixes[i], strlen(prefixes[i]));
		if (at == NOT_FOUND)
			continue;
		id = span_from(path, at + strlen(prefixes[i]));
		id = span_cut(id, span_find(id, "/", 1));
		if (id.len)
			return id;
	}
	return none;
}

static struct span match_libvirt_lxc(struct span path)
{
	/* systemd's escape of "-" stands between the driver's name and the container's. */
	static const char marker[] = "-lxc\\x2";
	static const struct span none;
	struct span id;
	size_t at, end;

	if (span_ends(path, LIT(".libvirt-lxc"))) {
		path = span_cut(path, path.len - strlen(".libvirt-lxc"));
		at = span_find_last(path, "/", 1);
		return at == NOT_FOUND ? none : span_from(path, at + 1);
	}
	at = span_find(path, LIT(marker));
	end = span_find(path, LIT(".scope"));
	if (at != NOT_FOUND && end != NOT_FOUND && at + sizeof(marker) <= end &&
	    (span_ends(path, LIT(".scope")) || span_ends(path, LIT(".scope/libvirt")))) {
		id = span_cut(path, end);
		return span_from(id, at + sizeof(marker));
	}
	at = span_find(path, LIT("/libvirt/lxc/"));
	return at == NOT_FOUND ? none : span_from(path, at + strlen("/libvirt/lxc/"));
}

static bool is_bpm_name(struct span name)
{
	size_t i;

	for (i = 0; i < name.len; i++)
		if (!is_alnum(name.text[i]) && (!name.text[i] || !strchr("._-", name.text[i])))
			return false;
	return name.len > 0;
}

static struct span match_bpm(struct span path)
{
	static const struct span none;
	size_t at = span_find_last(path, LIT("bpm-"));
	struct span name;

	if (at == NOT_FOUND)
		return none;
	name = span_from(path, at + strlen("bpm-"));
	name = span_cut(name, span_find_last(name, LIT(".scope")));
	return is_bpm_name(name) ? name : none;
}

/* In the order in which they are asked. Each returns the id, or an empty span. */
static struct span (*const matchers[])(struct span path) = { match_full_id, match_containerd,
							     match_lxc, match_libvirt_lxc,
							     match_bpm };

/* The path of "subsys=path"; all of them are absolute. */
static struct span path_of(struct span item)
{
	size_t at = span_find(item, "/", 1);

	return span_from(item, at == NOT_FOUND ? item.len : at);
}

size_t cgroup_container_id(const char *cgroups, size_t len, char *id)
{
	struct span rest = { cgroups, len }, before = { NULL, 0 }, path, found;
	size_t i, end;

	while (rest.len) {
		end = span_find(rest, "", 1);
		path = path_of(span_cut(rest, end));
		rest = span_from(rest, end < rest.len ? end + 1 : rest.len);
		/* The subsystems of a thread are mostly in one and the same place. */
		if (path.len <= 1 ||
		    (path.len == before.len && !memcmp(path.text, before.text, path.len)))
			continue;
		before = path;
		for (i = 0; i < sizeof(matchers) / sizeof(matchers[0]); i++) {
			found = matchers[i](path);
			if (!found.len)
				continue;
			found = span_cut(found, CONTAINER_ID_MAX);
			memcpy(id, found.text, found.len);
			return found.len;
		}
	}
	return 0;
}
