/* SPDX-License-Identifier: Apache-2.0 */
/* The file of eyas rules test, from YAML: every key is known, every value has its kind. */
#include "cli/rules_spec.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/str.h"

struct reading {
	struct rules_spec *spec;
	struct eyas_err *err;
	size_t dir_len; /* of the path, with its last slash: what paths in the file are within */
};

static int fail(struct reading *r, const struct rules_node *node, const char *what)
{
	int res = eyas_err_set(r->err, EYAS_E_FORMAT, "%.200s:%u:%u: %s", r->spec->source.name,
			       node->line, node->column, what);

	r->err->line = node->line;
	r->err->column = node->column;
	return res;
}

static int no_memory(struct reading *r)
{
	return eyas_err_set(r->err, -ENOMEM, "out of memory");
}

/* ---- values ---- */

static int get_text(struct reading *r, const struct rules_node *node, const char **ret)
{
	if (node->kind != NODE_SCALAR || !node->len)
		return fail(r, node, "expected a text");
	*ret = node->text;
	return 0;
}

static int get_bool(struct reading *r, const struct rules_node *node, bool *ret)
{
	if (node->kind != NODE_SCALAR || !rules_node_bool(node, ret))
		return fail(r, node, "expected true or false");
	return 0;
}

static int get_count(struct reading *r, const struct rules_node *node, uint64_t *ret)
{
	if (node->kind != NODE_SCALAR || !rules_node_uint(node, UINT32_MAX, ret))
		return fail(r, node, "expected a number from 0 on");
	return 0;
}

static int make_room(struct reading *r, uint32_t count, struct spec_words *ret)
{
	ret->rows = eyas_arena_zero(&r->spec->arena, (count + (size_t)1) * sizeof(*ret->rows));
	ret->count = count;
	return ret->rows ? 0 : no_memory(r);
}

/* One text or a list of them. */
static int get_words(struct reading *r, const struct rules_node *node, struct spec_words *ret)
{
	bool one = node->kind == NODE_SCALAR;
	uint32_t i;
	int res;

	if (node->kind == NODE_MAPPING)
		return fail(r, node, "expected a text or a list of texts");
	res = make_room(r, one ? 1 : node->count, ret);
	for (i = 0; i < ret->count && !res; i++)
		res = get_text(r, one ? node : node->items[i], &ret->rows[i]);
	return res;
}

/* Files are looked for beside the file that names them. */
static int get_paths(struct reading *r, const struct rules_node *node, struct spec_words *ret)
{
	int res = get_words(r, node, ret);
	uint32_t i;

	for (i = 0; i < ret->count && !res; i++) {
		size_t len = strlen(ret->rows[i]);
		char *path;

		if (ret->rows[i][0] == '/')
			continue;
		path = eyas_arena_zero(&r->spec->arena, r->dir_len + len + 1);
		if (!path)
			return no_memory(r);
		memcpy(path, r->spec->source.name, r->dir_len);
		memcpy(path + r->dir_len, ret->rows[i], len);
		ret->rows[i] = path;
	}
	return res;
}

static int get_fields(struct reading *r, const struct rules_node *node, struct spec_alert *alert)
{
	uint32_t i;
	int res;

	if (node->kind != NODE_MAPPING)
		return fail(r, node, "expected fields with their values");
	res = make_room(r, node->count / 2, &alert->names);
	if (!res)
		res = make_room(r, node->count / 2, &alert->values);
	for (i = 0; i < alert->names.count && !res; i++) {
		if (node->items[2 * i + 1]->kind != NODE_SCALAR)
			return fail(r, node->items[2 * i + 1], "expected the value of a field");
		alert->values.rows[i] = node->items[2 * i + 1]->text;
		res = get_text(r, node->items[2 * i], &alert->names.rows[i]);
	}
	return res;
}

/* ---- items ---- */

/* Takes the value of a key; -ENOENT when there is no such key. */
typedef int (*key_fn)(struct reading *r, void *item, const char *key,
		      const struct rules_node *value);

static int read_keys(struct reading *r, const struct rules_node *node, key_fn take, void *item)
{
	uint32_t i;
	int res = 0;

	if (node->kind != NODE_MAPPING)
		return fail(r, node, "expected keys with values");
	for (i = 0; i + 1 < node->count && !res; i += 2) {
		res = -ENOENT;
		if (node->items[i]->kind == NODE_SCALAR)
			res = take(r, item, node->items[i]->text, node->items[i + 1]);
		if (res == -ENOENT)
			res = fail(r, node->items[i], "there is no such key");
	}
	return res;
}

static int alert_key(struct reading *r, void *item, const char *key, const struct rules_node *value)
{
	struct spec_alert *alert = item;

	if (!strcmp(key, "rule"))
		return get_text(r, value, &alert->rule);
	if (!strcmp(key, "output"))
		return get_text(r, value, &alert->output);
	if (!strcmp(key, "fields"))
		return get_fields(r, value, alert);
	if (strcmp(key, "count") != 0)
		return -ENOENT;
	alert->has_count = true;
	return get_count(r, value, &alert->count);
}

static int read_alerts(struct reading *r, const struct rules_node *node, struct spec_test *test)
{
	struct spec_alert *alert;
	uint32_t i;
	int res = 0;

	if (node->kind != NODE_SEQUENCE)
		return fail(r, node, "expected a list of alerts");
	test->alerts =
		eyas_arena_zero(&r->spec->arena, (node->count + (size_t)1) * sizeof(*test->alerts));
	if (!test->alerts)
		return no_memory(r);
	test->nalerts = node->count;
	for (i = 0; i < node->count && !res; i++) {
		alert = &test->alerts[i];
		alert->line = node->items[i]->line;
		res = read_keys(r, node->items[i], alert_key, alert);
		if (!res && !alert->rule)
			res = fail(r, node->items[i], "the alert lacks its rule");
	}
	return res;
}

static int test_key(struct reading *r, void *item, const char *key, const struct rules_node *value)
{
	struct spec_test *test = item;

	if (!strcmp(key, "name"))
		return get_text(r, value, &test->name);
	if (!strcmp(key, "capture"))
		return get_paths(r, value, &test->captures);
	if (!strcmp(key, "threads"))
		test->events.threads = value;
	if (!strcmp(key, "events"))
		test->events.events = value;
	if (!strcmp(key, "threads") || !strcmp(key, "events"))
		return 0;
	if (!strcmp(key, "enable"))
		return get_words(r, value, &test->enable);
	if (!strcmp(key, "disable"))
		return get_words(r, value, &test->disable);
	if (!strcmp(key, "filter"))
		return get_text(r, value, &test->filter);
	if (!strcmp(key, "only"))
		return get_bool(r, value, &test->only);
	if (!strcmp(key, "alerts"))
		return read_alerts(r, value, test);
	return -ENOENT;
}

/* The events are looked at once before any test is made, and once more when they are written. */
static int check_events(struct reading *r, const struct rules_node *node,
			const struct spec_test *test)
{
	struct spec_writing w = { .name = r->spec->source.name,
				  .arena = &r->spec->arena,
				  .err = r->err };

	if (!test->events.events) {
		if (test->events.threads)
			return fail(r, test->events.threads, "threads go with events");
		return test->captures.count ? 0 : fail(r, node, "the test lacks its capture");
	}
	if (test->captures.count)
		return fail(r, test->events.events, "the test has a capture already");
	return rules_events_write(&w, &test->events);
}

static int read_tests(struct reading *r, const struct rules_node *node)
{
	struct rules_spec *spec = r->spec;
	uint32_t i;
	int res = 0;

	if (node->kind != NODE_SEQUENCE || !node->count)
		return fail(r, node, "expected a list of tests");
	spec->tests = eyas_arena_zero(&spec->arena, node->count * sizeof(*spec->tests));
	if (!spec->tests)
		return no_memory(r);
	spec->ntests = node->count;
	for (i = 0; i < node->count && !res; i++) {
		res = read_keys(r, node->items[i], test_key, &spec->tests[i]);
		if (!res && !spec->tests[i].name)
			res = fail(r, node->items[i], "the test lacks its name");
		if (!res)
			res = check_events(r, node->items[i], &spec->tests[i]);
		if (!res && !spec->tests[i].alerts)
			res = fail(r, node->items[i], "the test lacks its alerts; [] for none");
	}
	return res;
}

static int top_key(struct reading *r, void *item, const char *key, const struct rules_node *value)
{
	struct rules_spec *spec = item;

	if (!strcmp(key, "rules"))
		return get_paths(r, value, &spec->rules);
	if (!strcmp(key, "tests"))
		return read_tests(r, value);
	return -ENOENT;
}

/* ---- the file ---- */

static int read_bytes(int fd, struct eyas_str *out)
{
	ssize_t n = 1;
	char *to;

	while (n && out->len <= RULES_MAX_BYTES) {
		to = eyas_str_reserve(out, 65536);
		if (!to)
			return -ENOMEM;
		n = read(fd, to, 65536);
		if (n < 0 && errno != EINTR)
			return -errno;
		out->len += n > 0 ? (size_t)n : 0;
	}
	return 0;
}

static int read_text(struct reading *r, const char *path)
{
	struct eyas_str text = EYAS_STR_INIT;
	int fd = open(path, O_RDONLY | O_CLOEXEC), res = fd < 0 ? -errno : read_bytes(fd, &text);

	if (fd >= 0)
		close(fd);
	if (!res) {
		r->spec->source.len = text.len;
		r->spec->source.text =
			eyas_arena_text(&r->spec->arena, text.len ? text.data : "", text.len);
		res = r->spec->source.text ? 0 : -ENOMEM;
	}
	eyas_str_fini(&text);
	if (res < 0)
		eyas_err_set(r->err, res, "%.200s: %s", path, eyas_strerror(res));
	return res;
}

int rules_spec_read(const char *path, struct rules_spec *ret_spec, struct eyas_err *reterr)
{
	const char *slash = strrchr(path, '/');
	struct reading r = { ret_spec, reterr, slash ? (size_t)(slash - path) + 1 : 0 };
	struct eyas_err err = { 0 };
	int res;

	*ret_spec = (struct rules_spec){ .source.name = path };
	res = read_text(&r, path);
	if (res < 0)
		return res;
	res = rules_yaml_parse(&ret_spec->source, &ret_spec->arena, &err);
	if (res < 0)
		return eyas_err_set(reterr, res, "%.200s:%u:%u: %s", path, err.line, err.column,
				    err.text);
	if (ret_spec->source.ndocuments != 1)
		return eyas_err_set(reterr, EYAS_E_FORMAT, "%.200s: expected one document", path);
	res = read_keys(&r, ret_spec->source.documents[0], top_key, ret_spec);
	if (!res && (!ret_spec->rules.count || !ret_spec->tests))
		res = fail(&r, ret_spec->source.documents[0], "rules and tests have to be there");
	return res;
}

void rules_spec_fini(struct rules_spec *spec)
{
	eyas_arena_fini(&spec->arena);
}
