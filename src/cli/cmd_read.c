/* SPDX-License-Identifier: Apache-2.0 */
/* eyas read: the events of captures, one line each. */
#include "cli/output.h"

struct read_opts {
	struct cli_input input;
	struct cli_output output;
};

static const struct option long_options[] = {
	CLI_INPUT_LONG,
	CLI_OUTPUT_LONG,
	{ NULL, 0, NULL, 0 },
};

static int own_option(void *ctx, int opt, const char *arg)
{
	struct read_opts *opts = ctx;

	if (opt == 's')
		opt = CLI_OPT_PRINT_BYTES;
	return cli_output_option(&opts->output, &opts->input, &cli_read, opt, arg);
}

static int run_read(int argc, char **argv)
{
	struct read_opts opts = { .output = CLI_OUTPUT_INIT };
	bool done;
	int status = cli_input_parse(&opts.input, &cli_read, argc, argv,
				     ":" CLI_INPUT_SHORT CLI_OUTPUT_SHORT "s:", long_options,
				     own_option, &opts, &done);

	if (!done)
		status = cli_output_run(&opts.output, &opts.input, &cli_read);
	cli_input_fini(&opts.input);
	return status;
}

const struct cli_command cli_read = {
	"read", run_read, "print the events of captures",
	"usage: eyas read [OPTIONS] -r FILE... [FILTER]\n"
	"       eyas read [OPTIONS] FILE...\n"
	"\n"
	"Print the events of captures, one line each: number, time, cpu, process, (thread),\n"
	"direction, name, parameters.\n"
	"\n" CLI_INPUT_HELP CLI_OUTPUT_HELP
	"  -s, --print-bytes N   cut data buffers after N bytes, 0 = never (default 80 on "
	"a\n" CLI_OUTPUT_HELP_BYTES
};
