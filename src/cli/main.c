/* SPDX-License-Identifier: Apache-2.0 */
/* eyas: finds the command and lets it run. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"

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
	&cli_watch, &cli_read,	&cli_record,  &cli_info,	 &cli_filter,
	&cli_list,  &cli_probe, &cli_version, &cli_help_command,
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

int main(int argc, char **argv)
{
	const struct cli_command *command;
	int status;

	fill_standard_descriptors();
	if (argc < 2) {
		print_commands(stderr);
		return CLI_USAGE;
	}
	if (!strcmp(argv[1], "-h") || !strcmp(argv[1], "--help"))
		command = &cli_help_command, argc = 2;
	else if (!strcmp(argv[1], "-V") || !strcmp(argv[1], "--version"))
		command = &cli_version, argc = 2;
	else
		command = find_command(argv[1]);
	if (!command) {
		cli_error("there is no command '%s'", argv[1]);
		fputs("Try 'eyas help'.\n", stderr);
		return CLI_USAGE;
	}
	status = command->run(argc - 1, argv + 1);
	/* What stdio still holds may fail to reach a full disk. */
	if (fflush(stdout) || ferror(stdout)) {
		cli_error("cannot write to standard output");
		return status == CLI_OK ? CLI_FAILED : status;
	}
	return status;
}
