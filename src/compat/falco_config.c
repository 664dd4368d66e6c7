/* SPDX-License-Identifier: Apache-2.0 */
/* A configuration from its files and options: which of them come in which order. */
#include "compat/falco_config.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/err.h"
#include "compat/falco_config_int.h"
#include "compat/falco_keys.h"

enum { WARNING = 4, INFO = 6 };
/* Files and directories that are read, so that a circle of links ends. */
enum { MAX_FILES = 4096 };

struct loading {
	const struct falco_config_opts *opts;
	struct falco_config *config;
	json_t *tree;
	struct stat main; /* of the main file */
	struct eyas_err *reterr;
};

static int no_memory(struct eyas_err *reterr)
{
	return eyas_err_set(reterr, -ENOMEM, "%s", eyas_strerror(-ENOMEM));
}

static void say(void *ctx, unsigned severity, const char *text)
{
	const struct falco_config_opts *opts = ctx;

	if (opts->log)
		opts->log(opts->log_ctx, severity, text);
}

static int remember(struct loading *loading, struct falco_texts *list, const char *path)
{
	const char *copy = eyas_arena_text(&loading->config->arena, path, strlen(path));

	if (list->count == MAX_FILES)
		return eyas_err_set(loading->reterr, EYAS_E_LIMIT, "%s: more than %d files", path,
				    MAX_FILES);
	if (!list->texts)
		list->texts =
			eyas_arena_get(&loading->config->arena, MAX_FILES * sizeof(*list->texts));
	if (!copy || !list->texts)
		return no_memory(loading->reterr);
	list->texts[list->count++] = copy;
	return 0;
}

/* ---- files ---- */

void falco_put_schema_line(struct eyas_str *line, const char *path, const char *fault)
{
	eyas_str_puts(line, "   ");
	eyas_str_safe(line, path, strlen(path));
	eyas_str_puts(line, " | schema validation: ");
	eyas_str_puts(line, fault ? "failed for " : "ok");
	if (fault)
		eyas_str_puts(line, fault);
	eyas_str_putc(line, '\0');
}

/* Whatever is found, the file is used. */
static void check_schema(const struct loading *loading, const char *path, json_t *tree)
{
	struct eyas_str fault = EYAS_STR_INIT, line = EYAS_STR_INIT;
	bool good = falco_keys_check(tree, true, &fault);

	eyas_str_putc(&fault, '\0');
	falco_put_schema_line(&line, path, good ? NULL : fault.data);
	if (!line.nomem && !fault.nomem)
		say((void *)(uintptr_t)loading->opts, good ? INFO : WARNING, line.data);
	eyas_str_fini(&fault);
	eyas_str_fini(&line);
}

static int read_main(struct loading *loading)
{
	const char *path = loading->opts->path;
	int res;

	if (!path) {
		loading->tree = json_object();
		return loading->tree ? 0 : no_memory(loading->reterr);
	}
	res = falco_tree_read(path, &loading->tree, loading->reterr);
	if (res)
		return res;
	if (json_is_null(loading->tree)) {
		json_decref(loading->tree);
		loading->tree = json_object();
	}
	if (!json_is_object(loading->tree))
		return eyas_err_set(loading->reterr, EYAS_E_FORMAT,
				    "Cannot read config file (%.200s): expected keys with values",
				    path);
	if (stat(path, &loading->main))
		return eyas_err_set(loading->reterr, -errno, "Cannot read config file (%.200s): %s",
				    path, strerror(errno));
	check_schema(loading, path, loading->tree);
	return remember(loading, &loading->config->loaded_files, path);
}

/* A text has no keys: it is told of, and nothing comes of it, as with Falco. */
static int merge_file(struct loading *loading, const char *path, json_t *tree,
		      enum falco_strategy strategy)
{
	if (json_is_array(tree))
		return eyas_err_set(loading->reterr, EYAS_E_FORMAT,
				    "Cannot read config file (%.200s): expected keys with values",
				    path);
	if (json_object_get(tree, "config_files"))
		return eyas_err_set(
			loading->reterr, EYAS_E_USAGE,
			"Config error: 'config_files' directive in included config file "
			"%.300s",
			path);
	check_schema(loading, path, tree);
	if (json_is_object(tree) && !falco_tree_merge(loading->tree, tree, strategy))
		return no_memory(loading->reterr);
	return remember(loading, &loading->config->loaded_files, path);
}

static int include_file(struct loading *loading, const char *path, enum falco_strategy strategy)
{
	struct stat info;
	json_t *tree;
	int res;

	if (loading->opts->path && !stat(path, &info) && info.st_ino == loading->main.st_ino &&
	    info.st_dev == loading->main.st_dev)
		return eyas_err_set(
			loading->reterr, EYAS_E_USAGE,
			"Config error: 'config_files' directive includes the main config "
			"file %.300s itself",
			path);
	res = falco_tree_read(path, &tree, loading->reterr);
	if (res)
		return res;
	res = merge_file(loading, path, tree, strategy);
	json_decref(tree);
	return res;
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int include_entry(struct loading *loading, const char *folder, const char *name,
			 enum falco_strategy strategy)
{
	struct eyas_str path = EYAS_STR_INIT;
	struct stat info;
	int res = 0;

	eyas_str_puts(&path, folder);
	if (!path.len || path.data[path.len - 1] != '/')
		eyas_str_putc(&path, '/');
	eyas_str_puts(&path, name);
	eyas_str_putc(&path, '\0');
	if (path.nomem)
		res = no_memory(loading->reterr);
	else if (!stat(path.data, &info) && S_ISREG(info.st_mode))
		res = include_file(loading, path.data, strategy);
	eyas_str_fini(&path);
	return res;
}

static int include_folder(struct loading *loading, const char *path, enum falco_strategy strategy)
{
	struct dirent **entries;
	int n = scandir(path, &entries, NULL, by_name), res = 0, i;

	if (n < 0)
		return eyas_err_set(loading->reterr, -errno, "%s: %s", path, strerror(errno));
	for (i = 0; i < n; i++) {
		if (!res)
			res = include_entry(loading, path, entries[i]->d_name, strategy);
		free(entries[i]);
	}
	free(entries);
	return res ? res : remember(loading, &loading->config->loaded_folders, path);
}

/* What is not there is passed over. */
static int include(struct loading *loading, const char *path, enum falco_strategy strategy)
{
	struct stat info;

	if (stat(path, &info))
		return 0;
	if (S_ISDIR(info.st_mode))
		return include_folder(loading, path, strategy);
	/* A device or a pipe would be read for ever. */
	return S_ISREG(info.st_mode) ? include_file(loading, path, strategy) : 0;
}

static int include_one(struct loading *loading, json_t *entry)
{
	const char *strategy = json_string_value(json_object_get(entry, "strategy"));
	const char *path = json_string_value(entry);
	enum falco_strategy how = FALCO_APPEND;

	if (json_is_null(entry))
		return 0;
	if (!path)
		path = json_string_value(json_object_get(entry, "path"));
	if (!path)
		return eyas_err_set(loading->reterr, EYAS_E_USAGE,
				    "config_files: an entry has no path");
	if (strategy && !strcmp(strategy, "override"))
		how = FALCO_OVERRIDE;
	else if (strategy && !strcmp(strategy, "add-only"))
		how = FALCO_ADD_ONLY;
	else if (strategy && strcmp(strategy, "append") != 0)
		say((void *)(uintptr_t)loading->opts, WARNING,
		    "config_files: unknown strategy; append is taken");
	return include(loading, path, how);
}

static int include_all(struct loading *loading)
{
	/* A file that is included cannot replace the list. */
	json_t *list = json_incref(json_object_get(loading->tree, "config_files")), *entry;
	size_t i;
	int res = 0;

	if (json_is_string(list))
		res = include_one(loading, list);
	json_array_foreach(list, i, entry)
	{
		res = include_one(loading, entry);
		if (res)
			break;
	}
	json_decref(list);
	return res;
}

/* ---- options ---- */

static bool is_include(const char *option)
{
	static const char name[] = "config_files";
	const char *behind = option + sizeof(name) - 1;

	return !strncmp(option, name, sizeof(name) - 1) &&
	       (*behind == '=' || *behind == '[' || *behind == '.');
}

static int set_options(struct loading *loading, bool includes)
{
	const struct falco_config_opts *opts = loading->opts;
	size_t i;
	int res = 0;

	for (i = 0; !res && i < opts->noverrides; i++)
		if (is_include(opts->overrides[i]) == includes)
			res = falco_tree_set(loading->tree, opts->overrides[i], loading->reterr);
	return res;
}

/* Options are under no schema of Falco's, which says nothing of one that is misspelt. */
static void check_options(const struct loading *loading)
{
	const struct falco_config_opts *opts = loading->opts;
	struct eyas_str line = EYAS_STR_INIT;
	json_t *alone;
	size_t i;

	for (i = 0; i < opts->noverrides; i++) {
		line.len = 0;
		alone = json_object();
		eyas_str_puts(&line, "-o ");
		if (!falco_tree_set(alone, opts->overrides[i], NULL) &&
		    !falco_keys_check(alone, false, &line)) {
			eyas_str_putc(&line, '\0');
			if (!line.nomem)
				say((void *)(uintptr_t)opts, WARNING, line.data);
		}
		json_decref(alone);
	}
	eyas_str_fini(&line);
}

/* ---- all of it ---- */

/* "" when there are bytes in it that are no characters, which only the environment has. */
static int keep_merged(struct loading *loading)
{
	char *text = json_dumps(loading->tree, 0);

	loading->config->merged =
		text ? eyas_arena_text(&loading->config->arena, text, strlen(text)) : "";
	free(text);
	return loading->config->merged ? 0 : no_memory(loading->reterr);
}

static int load(struct loading *loading)
{
	int res = read_main(loading);

	if (!res)
		res = set_options(loading, true);
	if (!res)
		res = include_all(loading);
	if (!res)
		res = set_options(loading, false);
	if (res)
		return res;
	check_options(loading);
	res = keep_merged(loading);
	if (!res)
		res = falco_keys_fill(loading->tree, loading->config, say,
				      (void *)(uintptr_t)loading->opts, loading->reterr);
	if (!res)
		res = falco_config_lists(loading->config, loading->tree, say,
					 (void *)(uintptr_t)loading->opts, loading->reterr);
	if (!res)
		res = falco_config_check(loading->config, loading->opts->path, loading->reterr);
	return res;
}

int falco_config_load(const struct falco_config_opts *opts, struct falco_config *ret_config,
		      struct eyas_err *reterr)
{
	struct loading loading = { .opts = opts, .config = ret_config, .reterr = reterr };
	int res;

	*ret_config = (struct falco_config){ .watch_config_files = false };
	res = load(&loading);
	json_decref(loading.tree);
	if (res)
		falco_config_fini(ret_config);
	return res;
}

void falco_config_fini(struct falco_config *config)
{
	eyas_arena_fini(&config->arena);
	*config = (struct falco_config){ .watch_config_files = false };
}
