/* SPDX-License-Identifier: Apache-2.0 */
/*
 * falco --list-plugins and --plugin-info. Of the plugins that a configuration can define, the one
 * for containers is built in; whatever else it names is not there.
 */
#include "compat/falco_oneshot.h"

#include <string.h>

#include "base/err.h"
#include "compat/falco_out.h"

static const char container_info[] =
	"Name: container\n"
	"Description: Containers and pods that processes are in, built into eyas\n"
	"Contact: see eyas-as-falco(1)\n"
	"Version: " EYAS_RULES_CONTAINER_VERSION "\n"
	"Capabilities: \n"
	"  - Field Extraction\n"
	"  - Event Parsing\n"
	"  - Async Events\n";

/* 0, or EYAS_E_USAGE with words when it is not built in. */
static int put_info(const struct falco_plugin *plugin, struct eyas_str *out,
		    struct eyas_err *reterr)
{
	if (strcmp(plugin->name, "container") != 0)
		return eyas_err_set(reterr, EYAS_E_USAGE,
				    "plugin '%.64s' (%.128s): eyas loads no plugins; 'container' "
				    "is built in",
				    plugin->name,
				    plugin->library_path ? plugin->library_path : "no library");
	eyas_str_puts(out, container_info);
	eyas_str_putc(out, '\n');
	return 0;
}

int falco_list_plugins(const struct falco_plugin *plugins, size_t nplugins, FILE *to,
		       struct eyas_err *reterr)
{
	struct eyas_str out = EYAS_STR_INIT;
	size_t i;
	int res = 0;

	eyas_str_printf(&out, "%zu Plugins Loaded:\n\n", nplugins);
	for (i = 0; i < nplugins && !res; i++)
		res = put_info(&plugins[i], &out, reterr);
	eyas_str_putc(&out, '\n');
	if (!res)
		return falco_out(&out, to, reterr);
	eyas_str_fini(&out);
	return res;
}

static bool is_plugin(const struct falco_plugin *plugin, const char *wanted)
{
	return !strcmp(plugin->name, wanted) ||
	       (plugin->library_path && !strcmp(plugin->library_path, wanted));
}

int falco_plugin_info(const struct falco_plugin *plugins, size_t nplugins, const char *wanted,
		      FILE *to, struct eyas_err *reterr)
{
	struct eyas_str out = EYAS_STR_INIT;
	size_t i;
	int res;

	for (i = 0; i < nplugins; i++)
		if (is_plugin(&plugins[i], wanted))
			break;
	if (i == nplugins)
		return eyas_err_set(reterr, EYAS_E_USAGE,
				    "--plugin-info: the configuration loads no plugin '%.128s'",
				    wanted);
	res = put_info(&plugins[i], &out, reterr);
	if (!res) {
		eyas_str_puts(&out, "Init config schema type: Not available, the plugin that is "
				    "built in has no init config\n\n");
		return falco_out(&out, to, reterr);
	}
	eyas_str_fini(&out);
	return res;
}
