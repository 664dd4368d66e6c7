/* SPDX-License-Identifier: Apache-2.0 */
/* eyas watch: what happens on this machine, one line for each event, as it happens. */
#include "cli/output.h"

struct watch_opts {
	struct cli_input input;
	struct cli_output output;
};

static const struct option long_options[] = {
	CLI_COMMON_LONG,
	CLI_LIVE_LONG,
	CLI_OUTPUT_LONG,
	{ NULL, 0, NULL, 0 },
};

static int own_option(void *ctx, int opt, const char *arg)
{
	struct watch_opts *opts = ctx;

	return cli_output_option(&opts->output, &opts->input, &cli_watch, opt, arg);
}

static int run_watch(int argc, char **argv)
{
	struct watch_opts opts = { .input = { .source = CLI_MACHINE }, .output = CLI_OUTPUT_INIT };
	bool done;
	int status = cli_input_parse(&opts.input, &cli_watch, argc, argv,
				     ":" CLI_COMMON_SHORT CLI_LIVE_SHORT CLI_OUTPUT_SHORT,
				     long_options, own_option, &opts, &done);

	if (!done)
		status = cli_output_run(&opts.output, &opts.input, &cli_watch);
	cli_input_fini(&opts.input);
	return status;
}

const struct cli_command cli_watch = {
	"watch", run_watch, "print what happens on this machine, as it happens",
	"usage: eyas watch [OPTIONS] [FILTER]\n"
	"\n"
	"Print the events of this machine as they happen, one line each: number, time, cpu,\n"
	"process, (thread), direction, name, parameters. Needs root, or CAP_BPF, CAP_PERFMON and\n"
	"CAP_SYS_PTRACE; 'eyas probe' says whether this kernel can do it.\n"
	"\n" CLI_COMMON_HELP CLI_LIVE_HELP CLI_OUTPUT_HELP
	"      --print-bytes N   cut data buffers after N bytes, 0 = never (default 80 on "
	"a\n" CLI_OUTPUT_HELP_BYTES
};
