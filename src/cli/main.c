/* SPDX-License-Identifier: Apache-2.0 */
/* eyas: finds the command and lets it run. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/cmd_rules.h"

static int run_version(int argc, char **argv);
static int run_help(int argc, char **argv);

static const struct cli_command cli_version = {
	"version", run_version, "the version of this program",
	"usage: eyas version\n\nPrint the version of eyas and of the capture format it writes.\n"
};

static const struct cli_command cli_help_command = {
	"help", run_help, "what a command does and takes",
	"usage: eyas help [COMMAND]\n\nPrint the commands, or what one of them takes.\n"
};

static const struct cli_command *const commands[] = {
	&cli_watch, &cli_read, &cli_record, &cli_flow, &cli_detect,  &cli_info,		&cli_filter,
	&cli_rules, &cli_list, &cli_probe,  &cli_as,   &cli_version, &cli_help_command,
};

enum { COMMANDS = sizeof(commands) / sizeof(commands[0]) };

static const struct cli_command *find_command(const char *name)
{
	size_t i;

	for (i = 0; i < COMMANDS; i++)
		if (!strcmp(commands[i]->name, name))
			return commands[i];
	return NULL;
}

static void print_commands(FILE *to)
{
	size_t i;

	fputs("usage: eyas COMMAND [OPTIONS] [ARGUMENTS]\n\ncommands:\n", to);
	for (i = 0; i < COMMANDS; i++)
		fprintf(to, "  %-9s %s\n", commands[i]->name, commands[i]->summary);
	fputs("\n'eyas help COMMAND' tells what a command takes.\n", to);
}

static int run_version(int argc, char **argv)
{
	if (argc > 1 && (!strcmp(argv[1], "-h") || !strcmp(argv[1], "--help"))) {
		cli_help(&cli_version);
		return CLI_OK;
	}
	if (argc > 1)
		return cli_usage(&cli_version, "version takes no arguments");
	printf("eyas %s (capture format 1.2, %d event types)\n", eyas_version(), EYAS_EVENT_TYPES);
	return CLI_OK;
}

static int run_help(int argc, char **argv)
{
	const struct cli_command *command;

	if (argc < 2) {
		print_commands(stdout);
		return CLI_OK;
	}
	command = find_command(!strcmp(argv[1], "-h") || !strcmp(argv[1], "--help") ? "help"
										    : argv[1]);
	if (command == &cli_flow && argc > 2 && !strcmp(argv[2], "print"))
		command = &cli_flow_print;
	if (command == &cli_rules && argc > 2 && !strcmp(argv[2], "explain"))
		command = &cli_rules_explain;
	if (command == &cli_rules && argc > 2 && !strcmp(argv[2], "profile"))
		command = &cli_rules_profile;
	if (command == &cli_rules && argc > 2 && !strcmp(argv[2], "test"))
		command = &cli_rules_test;
	if (!command)
		return cli_usage(&cli_help_command, "there is no command '%s'", argv[1]);
	cli_help(command);
	return CLI_OK;
}

/*
 * A standard descriptor that is closed would be the next file we open: messages would end up in a
 * capture, or an output be read as the input. The modes are the wrong way round on purpose, so
 * that reading and writing fail as they do on a closed one.
 */
static void fill_standard_descriptors(void)
{
	int fd;

	for (fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0)
			(void)!open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

/* The command that is meant, and its arguments; NULL = there is none, said. */
static cli_run_fn choose(int *argc, char ***argv)
{
	const struct cli_command *command;
	const char *called = strrchr((*argv)[0], '/');
	cli_run_fn tool = cli_tool_find(called ? called + 1 : (*argv)[0]);

	if (tool)
		return tool;
	if (*argc < 2) {
		print_commands(stderr);
		return NULL;
	}
	--*argc, ++*argv;
	if (!strcmp(**argv, "-h") || !strcmp(**argv, "--help")) {
		*argc = 1;
		return run_help;
	}
	if (!strcmp(**argv, "-V") || !strcmp(**argv, "--version")) {
		*argc = 1;
		return run_version;
	}
	command = find_command(**argv);
	if (command)
		return command->run;
	cli_error("there is no command '%s'", **argv);
	fputs("Try 'eyas help'.\n", stderr);
	return NULL;
}

int main(int argc, char **argv)
{
	cli_run_fn run;
	int status;

	fill_standard_descriptors();
	run = choose(&argc, &argv);
	if (!run)
		return CLI_USAGE;
	status = run(argc, argv);
	/* What stdio still holds may fail to reach a full disk. */
	if (fflush(stdout) || ferror(stdout)) {
		cli_error("cannot write to standard output");
		return status == CLI_OK ? CLI_FAILED : status;
	}
	return status;
}
