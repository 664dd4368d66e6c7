/* SPDX-License-Identifier: Apache-2.0 */
/* eyas flow: what happens on this machine, or in captures, as SysFlow records. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/flow_text.h"

enum {
	OPT_NODE_IP = CLI_OPT_OWN,
	OPT_MODE,
	OPT_FILE_READ_MODE,
	OPT_FILE_ONLY,
	OPT_PROCESS_FLOW,
	OPT_CONTAINERS,
	OPT_DROP_MODE,
	OPT_SCHEMA,
	OPT_CODEC,
	OPT_STRICT_COMPAT,
	OPT_NO_SUMS,
	OPT_MAX_FLOWS,
	OPT_CRI,
	OPT_CRI_TIMEOUT
};

static const struct option long_options[] = {
	CLI_INPUT_LONG,
	CLI_LIVE_LONG,
	{ "output", required_argument, NULL, 'o' },
	{ "json", no_argument, NULL, 'j' },
	{ "columns", required_argument, NULL, 'c' },
	{ "write", required_argument, NULL, 'w' },
	{ "socket", required_argument, NULL, 'u' },
	{ "seconds", required_argument, NULL, 'G' },
	{ "exporter", required_argument, NULL, 'e' },
	{ "node-ip", required_argument, NULL, OPT_NODE_IP },
	{ "mode", required_argument, NULL, OPT_MODE },
	{ "file-read-mode", required_argument, NULL, OPT_FILE_READ_MODE },
	{ "file-only", required_argument, NULL, OPT_FILE_ONLY },
	{ "process-flow", required_argument, NULL, OPT_PROCESS_FLOW },
	{ "containers", no_argument, NULL, OPT_CONTAINERS },
	{ "drop-mode", required_argument, NULL, OPT_DROP_MODE },
	{ "schema", required_argument, NULL, OPT_SCHEMA },
	{ "codec", required_argument, NULL, OPT_CODEC },
	{ "strict-compat", no_argument, NULL, OPT_STRICT_COMPAT },
	{ "no-kernel-aggregation", no_argument, NULL, OPT_NO_SUMS },
	{ "max-flows", required_argument, NULL, OPT_MAX_FLOWS },
	{ "cri", required_argument, NULL, OPT_CRI },
	{ "cri-timeout", required_argument, NULL, OPT_CRI_TIMEOUT },
	{ NULL, 0, NULL, 0 },
};

struct flow_command {
	struct cli_flow_job job;
	struct cli_flow_text text;
};

/* ---- values of options ---- */

/* One of several words: its place in the list, which a NULL ends, or -1. */
static int parse_word(const char *arg, const char *const *words)
{
	int i;

	for (i = 0; words[i]; i++)
		if (!strcmp(arg, words[i]))
			return i;
	return -1;
}

static int parse_bool(const char *option, const char *arg, bool *ret)
{
	static const char *const words[] = { "no", "yes", NULL };
	int place = parse_word(arg, words);

	if (place < 0)
		return cli_usage(&cli_flow, "--%s '%s': expected yes or no", option, arg);
	*ret = place == 1;
	return CLI_OK;
}

static int parse_number(const char *option, const char *arg, uint64_t min, uint64_t max,
			uint64_t *ret)
{
	if (cli_number(arg, max, ret) && *ret >= min)
		return CLI_OK;
	return cli_usage(&cli_flow, "%s '%s': expected a number from %llu to %llu", option, arg,
			 (unsigned long long)min, (unsigned long long)max);
}

static int parse_mode(const char *arg, enum flow_collect *ret)
{
	static const char *const words[] = { "flow", "consumer", "nofiles", NULL };
	int place = parse_word(arg, words);

	if (place < 0)
		return cli_usage(&cli_flow, "--mode '%s': expected flow, consumer or nofiles", arg);
	*ret = (enum flow_collect)place;
	return CLI_OK;
}

static int parse_codec(const char *arg, const char **ret)
{
	static const char *const words[] = { "null", "deflate", "snappy", NULL };

	if (parse_word(arg, words) < 0)
		return cli_usage(&cli_flow, "--codec '%s': expected null, deflate or snappy", arg);
	*ret = arg;
	return CLI_OK;
}

/* The peer's mode of the probe: no mmap, and of what can be spared, a part of each second. */
static int parse_drop_mode(struct cli_flow_job *job, const char *arg)
{
	uint64_t number;

	job->input.live.used = "drop-mode";
	job->session.no_mmap = strcmp(arg, "off") != 0;
	if (!job->session.no_mmap)
		return CLI_OK;
	if (!cli_number(arg, 128, &number) || !number || (number & (number - 1)))
		return cli_usage(&cli_flow, "--drop-mode '%s': expected off, 1, 2, 4 ... 128", arg);
	job->input.live.opts.sampling = (uint32_t)number;
	return CLI_OK;
}

/* ---- options ---- */

static int flow_option(struct cli_flow_job *job, int opt, const char *arg)
{
	struct flow_opts *opts = &job->session.flow;
	uint64_t number;
	int status;

	switch (opt) {
	case 'e':
		opts->exporter = arg;
		return CLI_OK;
	case OPT_NODE_IP:
		opts->node_ip = arg;
		return CLI_OK;
	case OPT_MODE:
		return parse_mode(arg, &opts->collect);
	case OPT_FILE_READ_MODE:
		status = parse_number("--file-read-mode", arg, 0, 2, &number);
		if (status == CLI_OK)
			opts->file_read_mode = (int)number;
		return status;
	case OPT_FILE_ONLY:
		return parse_bool("file-only", arg, &opts->file_only);
	case OPT_PROCESS_FLOW:
		return parse_bool("process-flow", arg, &opts->process_flow);
	case OPT_CONTAINERS:
		opts->filter_containers = true;
		return CLI_OK;
	case OPT_STRICT_COMPAT:
		opts->strict_compat = true;
		return CLI_OK;
	case OPT_MAX_FLOWS:
		return parse_number("--max-flows", arg, 1, UINT32_MAX, &opts->max_flows);
	case OPT_SCHEMA:
		status = parse_number("--schema", arg, 5, 6, &number);
		if (status == CLI_OK)
			opts->schema = (int)number;
		return status;
	default:
		return -1;
	}
}

static int own_option(void *ctx, int opt, const char *arg)
{
	struct flow_command *flow = ctx;
	struct cli_flow_job *job = &flow->job;
	struct sf_writer_opts *writer = &job->session.writer;
	uint64_t number;
	int status;

	switch (opt) {
	case 'w':
		writer->path = arg;
		return CLI_OK;
	case 'u':
		writer->socket_path = arg;
		return CLI_OK;
	case 'G':
		return parse_number("-G", arg, 1, INT32_MAX, &job->rotate_s);
	case OPT_CODEC:
		return parse_codec(arg, &writer->codec);
	case OPT_DROP_MODE:
		return parse_drop_mode(job, arg);
	case OPT_NO_SUMS:
		job->input.live.used = "no-kernel-aggregation";
		job->session.no_sums = true;
		return CLI_OK;
	case OPT_CRI:
		/* Names of containers are not asked for yet: there is nobody to be connected to. */
		return CLI_OK;
	case OPT_CRI_TIMEOUT:
		return parse_number("--cri-timeout", arg, 1, INT32_MAX, &number);
	default:
		status = flow_option(job, opt, arg);
		return status == -1 ? cli_flow_text_option(&flow->text, &cli_flow, opt, arg)
				    : status;
	}
}

/* What has to be somewhere, and what does not go together. */
static int check_options(const struct flow_command *flow)
{
	const struct session_flow_opts *opts = &flow->job.session;

	if (flow->job.input.session.source.raw_schema)
		return cli_usage(&cli_flow, "flow: records are made of events of today's schema: "
					    "--raw-schema does not go with it");
	if (opts->flow.strict_compat && opts->flow.schema != 5)
		return cli_usage(&cli_flow, "--strict-compat goes with --schema 5 only");
	if (opts->writer.path && !opts->writer.path[0])
		return cli_usage(&cli_flow, "-w '': expected a file or a directory");
	if (opts->writer.socket_path && !opts->writer.socket_path[0])
		return cli_usage(&cli_flow, "-u '': expected the path of a socket");
	if (flow->text.wanted && opts->writer.path && !strcmp(opts->writer.path, "-"))
		return cli_usage(&cli_flow, "-w - and -o, -j or -c: standard output is one thing");
	if (!opts->writer.path && !opts->writer.socket_path && !flow->text.wanted)
		return cli_usage(&cli_flow, "flow: where to write to is missing (-w OUT or "
					    "-u SOCKET; -o text prints)");
	return CLI_OK;
}

static int run_options(struct flow_command *flow)
{
	const struct sf_writer_opts *writer = &flow->job.session.writer;
	int status;

	if (!writer->path && !writer->socket_path && isatty(STDOUT_FILENO))
		flow->text.wanted = true;
	status = check_options(flow);
	if (status == CLI_OK && flow->text.wanted)
		status = cli_flow_text_attach(&flow->text, &flow->job);
	if (status != CLI_OK)
		return status;
	return cli_flow_text_finish(&flow->text, cli_flow_job_run(&flow->job));
}

static int run_flow(int argc, char **argv)
{
	struct flow_command flow = { .text = { .wanted = false } };
	bool done;
	int status;

	if (argc > 1 && !strcmp(argv[1], "print"))
		return cli_flow_print.run(argc - 1, argv + 1);
	cli_flow_job_init(&flow.job);
	status = cli_input_parse(&flow.job.input, &cli_flow, argc, argv,
				 ":" CLI_INPUT_SHORT CLI_LIVE_SHORT "w:u:G:e:o:jc:", long_options,
				 own_option, &flow, &done);
	if (!done)
		status = run_options(&flow);
	cli_input_fini(&flow.job.input);
	return status;
}

const struct cli_command cli_flow = {
	"flow", run_flow, "write SysFlow records: of this machine, or from captures",
	"usage: eyas flow [OPTIONS] [-w OUT] [FILTER]\n"
	"       eyas flow [OPTIONS] -r FILE... [-w OUT] [FILTER]\n"
	"       eyas flow print ...\n"
	"\n"
	"Write what happens on this machine, or in captures, as SysFlow records: processes, what\n"
	"they read and wrote in which files, and whom they were connected with. On a terminal,\n"
	"without -w and -u, print them. 'eyas help flow print' tells how to print what was "
	"written.\n"
	"\n"
	"  -w, --write OUT       file to write; DIR/: files in a directory, called after the "
	"second\n"
	"                        they begin at; with -G: OUT.SECOND; '-' is standard output\n"
	"  -o, --output FORMAT   print events and flows: text, json, flatjson or csv\n"
	"  -j, --json            the same as -o json\n"
	"  -c, --columns LIST    print these attributes ('eyas flow print --list')\n"
	"  -u, --socket PATH     send each record to a unix socket (SOCK_SEQPACKET), too\n"
	"  -G, --seconds N       a new file every N seconds (default: 300 in a directory)\n"
	"  -e, --exporter NAME   who made the records (default: the name of the host)\n"
	"      --node-ip ADDR    address of this node, for the header\n"
	"      --mode MODE       flow (default), consumer: no reads and writes, or nofiles\n"
	"      --file-read-mode N  flows that only read: 0 all, 1 none, 2 (default) none below\n"
	"                        /proc, /dev, /sys, /lib and /usr/lib\n"
	"      --file-only yes|no  flows of regular files only (default yes)\n"
	"      --process-flow yes|no  count threads in flows, in place of events (default yes)\n"
	"      --containers      only what happens in containers\n"
	"      --schema N        5 (default), or 6, which has room for IPv6\n"
	"      --codec CODEC     deflate (default), null or snappy\n"
	"      --max-flows N     flows that can be open at once (default 1048576)\n"
	"      --strict-compat   the records that the SysFlow collector makes, with its faults\n"
	"      --cri PATH        accepted: containers are known by their cgroups\n"
	"      --cri-timeout SECS  accepted likewise\n"
	"\n" CLI_INPUT_HELP "\n"
	"without -r:\n"
	"      --drop-mode N     1 (default): no mmap; 2, 4 ... 128: also, of what can be spared,\n"
	"                        1/N of each second; off: everything\n"
	"      --no-kernel-aggregation\n"
	"                        every read and write as an event, none summed up in the "
	"kernel\n" CLI_LIVE_HELP
};
