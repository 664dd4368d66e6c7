/* SPDX-License-Identifier: Apache-2.0 */
/*
 * falco --version, --support and --page-size, and /versions of its web server. The versions are
 * those of the release of Falco whose behaviour this is, and of the interfaces that it has in
 * common with it; eyas's own stands beside them.
 */
#include "compat/falco_oneshot.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <sys/utsname.h>

#include "base/err.h"
#include "compat/falco_out.h"

#define FALCO_VERSION "0.44.0"
/* The commit of Falco's libraries whose events, fields and files these are. */
#define LIBS_VERSION "48dfd53cd23f"
#define PLUGIN_API_VERSION "3.12.0"
#define DRIVER_API_VERSION "10.1.0"
#define DRIVER_SCHEMA_VERSION "4.5.1"
#define DRIVER_VERSION DRIVER_API_VERSION "+driver"

/* More of a file than any configuration or rules file has. */
enum { SUPPORT_MAX_BYTES = 16 << 20 };

const char *falco_version_text(void)
{
	return FALCO_VERSION;
}

const char *falco_schema_version(void)
{
	return DRIVER_SCHEMA_VERSION;
}

/* "63" of "0.63.0": how the version of the engine was told before it had three numbers. */
static void put_engine_minor(struct eyas_json *json)
{
	const char *minor = strchr(EYAS_RULES_ENGINE_VERSION, '.') + 1;

	eyas_json_key(json, "engine_version");
	eyas_json_str(json, minor, strcspn(minor, "."));
}

static void put_versions(struct eyas_json *json)
{
	eyas_json_object(json);
	eyas_json_member(json, "default_driver_version", DRIVER_VERSION);
	eyas_json_member(json, "driver_api_version", DRIVER_API_VERSION);
	eyas_json_member(json, "driver_schema_version", DRIVER_SCHEMA_VERSION);
	put_engine_minor(json);
	eyas_json_member(json, "engine_version_semver", EYAS_RULES_ENGINE_VERSION);
	eyas_json_member(json, "eyas_version", eyas_version());
	eyas_json_member(json, "falco_version", FALCO_VERSION);
	eyas_json_member(json, "libs_version", LIBS_VERSION);
	eyas_json_member(json, "plugin_api_version", PLUGIN_API_VERSION);
	eyas_json_key(json, "plugin_versions");
	eyas_json_object(json);
	eyas_json_member(json, "container", EYAS_RULES_CONTAINER_VERSION);
	eyas_json_end(json);
	eyas_json_end(json);
}

void falco_versions_json(struct eyas_str *out)
{
	struct eyas_json json;

	eyas_json_init(&json, out);
	put_versions(&json);
}

int falco_version(bool json, FILE *to, struct eyas_err *reterr)
{
	struct eyas_str out = EYAS_STR_INIT;

	if (json) {
		falco_versions_json(&out);
		eyas_str_putc(&out, '\n');
	} else {
		eyas_str_printf(&out,
				"Falco version: %s\nLibs version:  %s\nPlugin API:    %s\n"
				"Engine:        %s\nDriver:\n  API version:    %s\n"
				"  Schema version: %s\n  Default driver: %s\nEyas version:  %s\n",
				FALCO_VERSION, LIBS_VERSION, PLUGIN_API_VERSION,
				EYAS_RULES_ENGINE_VERSION, DRIVER_API_VERSION,
				DRIVER_SCHEMA_VERSION, DRIVER_VERSION, eyas_version());
	}
	return falco_out(&out, to, reterr);
}

void falco_page_size(struct eyas_str *out)
{
	eyas_str_printf(out, "Your system page size is: %ld bytes", sysconf(_SC_PAGESIZE));
}

/* ---- --support ---- */

/* The text of a file under a key. One that cannot be read is empty, as it is with Falco. */
static int put_file(struct eyas_json *json, const char *key, const char *path)
{
	struct eyas_str text = EYAS_STR_INIT;
	int res = path && path[0] ? falco_read(path, SUPPORT_MAX_BYTES, &text, NULL) : 0;

	eyas_json_key(json, key);
	eyas_json_str(json, text.len ? text.data : "", text.len);
	eyas_str_fini(&text);
	return res == -ENOMEM ? res : 0;
}

static int put_rules_file(struct eyas_json *json, const char *path)
{
	int res;

	eyas_json_object(json);
	eyas_json_member(json, "name", path);
	eyas_json_key(json, "variants");
	eyas_json_array(json);
	eyas_json_object(json);
	res = put_file(json, "content", path);
	eyas_json_end(json);
	eyas_json_end(json);
	eyas_json_end(json);
	return res;
}

static void put_system(struct eyas_json *json, const struct utsname *name)
{
	eyas_json_key(json, "system_info");
	eyas_json_object(json);
	eyas_json_member(json, "machine", name->machine);
	eyas_json_member(json, "nodename", name->nodename);
	eyas_json_member(json, "release", name->release);
	eyas_json_member(json, "sysname", name->sysname);
	eyas_json_member(json, "version", name->version);
	eyas_json_end(json);
}

int falco_support(const struct falco_support_opts *opts, FILE *to, struct eyas_err *reterr)
{
	struct eyas_str out = EYAS_STR_INIT;
	struct eyas_json json;
	struct utsname name;
	size_t i;
	int res = 0;

	if (uname(&name) < 0)
		return eyas_err_set(reterr, -errno, "cannot say what machine this is: %s",
				    eyas_strerror(-errno));
	eyas_json_init(&json, &out);
	eyas_json_object(&json);
	eyas_json_member(&json, "cmdline", opts->cmdline);
	eyas_json_member(&json, "config", opts->config);
	eyas_json_key(&json, "engine_info");
	put_versions(&json);
	eyas_json_key(&json, "rules_files");
	eyas_json_array(&json);
	for (i = 0; i < opts->nrules_paths && !res; i++)
		res = put_rules_file(&json, opts->rules_paths[i]);
	eyas_json_end(&json);
	put_system(&json, &name);
	eyas_json_member(&json, "version", FALCO_VERSION);
	eyas_json_end(&json);
	eyas_str_putc(&out, '\n');
	out.nomem |= res == -ENOMEM;
	return falco_out(&out, to, reterr);
}
