/* SPDX-License-Identifier: Apache-2.0 */
/* eyas as TOOL: finds the tool that is meant, by this command or by the name eyas is called by. */
#include "compat/as.h"

#include <stdio.h>
#include <string.h>

#include "cli/cli.h"

static const struct tool {
	const char *name;
	cli_run_fn run;
	const char *summary;
} tools[] = {
	{ "sysporter", compat_sysporter, "the SysFlow collector" },
	{ "falco", compat_falco, "Falco" },
};

enum { TOOLS = sizeof(tools) / sizeof(tools[0]) };

cli_run_fn cli_tool_find(const char *name)
{
	size_t i;

	for (i = 0; i < TOOLS; i++)
		if (!strcmp(tools[i].name, name))
			return tools[i].run;
	return NULL;
}

static void print_tools(FILE *to)
{
	size_t i;

	fputs("tools:\n", to);
	for (i = 0; i < TOOLS; i++)
		fprintf(to, "  %-10s %s\n", tools[i].name, tools[i].summary);
}

static int run_as(int argc, char **argv)
{
	cli_run_fn run;
	int status;

	if (argc > 1 && (!strcmp(argv[1], "-h") || !strcmp(argv[1], "--help"))) {
		cli_help(&cli_as);
		print_tools(stdout);
		return CLI_OK;
	}
	run = argc > 1 ? cli_tool_find(argv[1]) : NULL;
	if (run)
		return run(argc - 1, argv + 1);
	status = argc > 1 ? cli_usage(&cli_as, "eyas cannot be called as '%s'", argv[1])
			  : cli_usage(&cli_as, "as: the name of a tool is missing");
	print_tools(stderr);
	return status;
}

const struct cli_command cli_as = {
	"as", run_as, "with the options of a tool that eyas takes the place of",
	"usage: eyas as TOOL [OPTIONS...]\n"
	"\n"
	"Do what TOOL does: its options, its environment variables, its output and exit status. A\n"
	"link of that name to eyas does the same.\n"
	"\n"
};
