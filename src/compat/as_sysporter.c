/* SPDX-License-Identifier: Apache-2.0 */
/*
 * eyas as sysporter: the options and the environment of the SysFlow collector
 * (reference/sysflow_semantics.md, sections 15 and 16), translated into those of eyas flow. It
 * makes the collector's records (--strict-compat), but never loses what the collector loses.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "cli/flow.h"
#include "compat/as.h"
#include "session/flow_env.h"

/* The collector knows but two. */
enum { EXIT_FINE = 0, EXIT_FAULT = 1 };

struct sysporter {
	struct cli_flow_job job;
	struct session_flow_env env;
	const char *path;   /* -r */
	const char *driver; /* -k */
	uint32_t sampling;  /* -s; counts in drop mode only */
};

static const char usage[] =
	"usage: sysporter [OPTIONS] -w PATH | -u PATH\n"
	"\n"
	"  -r FILE   read a capture, in place of this machine\n"
	"  -w PATH   file to write, or with a '/' at the end, directory for files\n"
	"  -u PATH   unix socket to send records to\n"
	"  -e ID     name of the exporter\n"
	"  -G SECS   a new file every so many seconds (default 300)\n"
	"  -s RATIO  sampling ratio of the drop mode\n"
	"  -f EXPR   only events that match this filter\n"
	"  -c        only events of containers\n"
	"  -p PATH   socket of the container runtime (accepted)\n"
	"  -t MS     its timeout (accepted)\n"
	"  -k TYPE   ebpf, ebpf-core or kmod: all are eyas's own probe\n"
	"  -m MODE   flow, consume or nofiles\n"
	"  -d        statistics at the end\n"
	"  -l FILE   accepted\n"
	"  -v        version\n"
	"  -h        this text\n"
	"\n"
	"The options of sysporter, done by eyas; see eyas-as(1).\n";

static int print_usage(int status)
{
	fputs(usage, stderr);
	return status;
}

static int print_version(void)
{
	fprintf(stderr, "sysporter by eyas %s (SysFlow schema 5)\n", eyas_version());
	return EXIT_FINE;
}

/* ---- options ---- */

/* Returns false if it is none; said. */
static bool take_number(char opt, const char *arg, uint64_t max, uint64_t *ret)
{
	if (cli_number(arg, max, ret) && *ret)
		return true;
	cli_error("sysporter: -%c '%s': expected a number, 1 or more", opt, arg);
	return false;
}

static bool take_path(char opt, const char *arg, const char **ret)
{
	*ret = arg;
	if (arg[0])
		return true;
	cli_error("sysporter: -%c: expected a path", opt);
	print_usage(EXIT_FAULT);
	return false;
}

static bool take_driver(const char *arg, const char **ret)
{
	static const char *const known[] = { "ebpf", "ebpf-core", "kmod" };
	size_t i;

	*ret = arg;
	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (!strcasecmp(arg, known[i]))
			return true;
	cli_error("sysporter: -k '%s': expected ebpf, ebpf-core or kmod", arg);
	return false;
}

static bool take_mode(const char *arg, enum flow_collect *ret)
{
	if (!strcmp(arg, "flow"))
		*ret = FLOW_COLLECT_ALL;
	else if (!strcmp(arg, "consume"))
		*ret = FLOW_COLLECT_CONSUMER;
	else if (!strcmp(arg, "nofiles"))
		*ret = FLOW_COLLECT_NOFILES;
	else {
		cli_error("sysporter: -m '%s': expected consume, nofiles or flow", arg);
		return false;
	}
	return true;
}

/* The probe samples by powers of two up to 128: the next one below. */
static bool take_sampling(const char *arg, uint32_t *ret)
{
	uint64_t ratio;
	uint32_t sampling = 1;

	if (!take_number('s', arg, 1000000000, &ratio))
		return false;
	while (sampling < 128 && sampling * 2 <= ratio)
		sampling *= 2;
	if (sampling != ratio)
		cli_error("sysporter: -s %s: the probe samples one of %u", arg, (unsigned)sampling);
	*ret = sampling;
	return true;
}

/* One option with its value; false = it is wrong, said. */
static bool take_option(struct sysporter *sysporter, int opt, const char *arg)
{
	struct session_flow_opts *opts = &sysporter->job.session;
	uint64_t number;

	switch (opt) {
	case 'r':
		return take_path('r', arg, &sysporter->path);
	case 'w':
		return take_path('w', arg, &opts->writer.path);
	case 'u':
		return take_path('u', arg, &opts->writer.socket_path);
	case 'e':
		opts->flow.exporter = arg;
		return true;
	case 'G':
		return take_number('G', arg, INT32_MAX, &sysporter->job.rotate_s);
	case 's':
		return take_sampling(arg, &sysporter->sampling);
	case 'f':
		sysporter->job.input.filter_text = arg[0] ? arg : NULL;
		return true;
	case 'c':
		opts->flow.filter_containers = true;
		return true;
	case 't':
		return take_number('t', arg, INT32_MAX, &number);
	case 'k':
		return take_driver(arg, &sysporter->driver);
	case 'm':
		return take_mode(arg, &opts->flow.collect);
	case 'd':
		sysporter->job.input.verbose = true;
		return true;
	case 'p':
	case 'l':
		return true;
	case ':':
		cli_error("sysporter: option -%c lacks its value", optopt);
		return false;
	default:
		cli_error("sysporter: there is no option -%c", optopt);
		return false;
	}
}

/* Options that go together; false = they do not, said. */
static bool fit_together(const struct sysporter *sysporter)
{
	const struct sf_writer_opts *writer = &sysporter->job.session.writer;

	if (sysporter->path && sysporter->driver) {
		cli_error("sysporter: -k is for live events: it does not go with -r");
		return false;
	}
	if (!writer->path && !writer->socket_path) {
		cli_error("sysporter: where to write to is missing (-w PATH or -u PATH)");
		print_usage(EXIT_FAULT);
		return false;
	}
	return true;
}

/* ---- the run ---- */

/* The verbosity of its log, as far as there is one here: what is told beside errors. */
static void take_log_levels(struct cli_input *input)
{
	const char *least = getenv("GLOG_minloglevel"), *level = getenv("GLOG_v");

	if (least && atoi(least) > 0)
		input->quiet = true;
	if (level && atoi(level) > 0)
		input->verbose = true;
}

static int run(struct sysporter *sysporter)
{
	struct cli_flow_job *job = &sysporter->job;

	job->session.flow.strict_compat = true;
	session_flow_env(&job->session, &sysporter->env);
	take_log_levels(&job->input);
	job->input.verbose |= sysporter->env.stats || sysporter->env.debug;
	job->input.session.state.proc_root = job->session.session.state.proc_root;
	job->input.no_progress = true;
	if (job->session.no_mmap)
		job->input.live.opts.sampling = sysporter->sampling;
	job->input.live.on = !sysporter->path;
	if (sysporter->path) {
		job->input.paths = &sysporter->path;
		job->input.npaths = 1;
	}
	if (sysporter->driver && strcasecmp(sysporter->driver, "ebpf-core") != 0 &&
	    !job->input.quiet)
		cli_error("sysporter: -k %s: eyas has one probe, by eBPF without a module",
			  sysporter->driver);
	return cli_flow_job_run(job) == CLI_OK ? EXIT_FINE : EXIT_FAULT;
}

int compat_sysporter(int argc, char **argv)
{
	struct sysporter sysporter = { .path = NULL };
	int opt, status;

	cli_flow_job_init(&sysporter.job);
	opterr = 0;
	while ((opt = getopt(argc, argv, ":hr:w:u:e:G:s:f:cp:t:k:m:dl:v")) != -1) {
		if (opt == 'h')
			return print_usage(EXIT_FINE);
		if (opt == 'v')
			return print_version();
		if (!take_option(&sysporter, opt, optarg))
			return EXIT_FAULT;
	}
	for (; optind < argc; optind++)
		cli_error("sysporter: '%s' is no option; ignored", argv[optind]);
	if (!fit_together(&sysporter))
		return EXIT_FAULT;
	status = run(&sysporter);
	sysporter.job.input.paths = NULL; /* not from the heap */
	cli_input_fini(&sysporter.job.input);
	return status;
}
