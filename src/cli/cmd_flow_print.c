/* SPDX-License-Identifier: Apache-2.0 */
/* eyas flow print: SysFlow records of files, folders and sockets, as text, JSON or CSV. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sys/stat.h>

#include <sysflow.h>

#include "cli/cli.h"
#include "cli/flow_inputs.h"
#include "cli/list.h"
#include "sysflow/show.h"

struct print {
	struct sf_show_opts opts;
	struct sysflow_reader_opts reader;
	const char *listen;
	char *words; /* the filter, if it is the last words */
	char **paths;
	int npaths;
	uint64_t limit, shown; /* limit: 0 = none */
	bool follow, list, quiet, verbose;
	struct sf_show *show; /* NULL with --quiet */
	struct sysflow_reader_stats total;
	int status;
};

enum { OPT_ENTITIES = CLI_OPT_OWN, OPT_FOLLOW, OPT_LISTEN, OPT_TIMES, OPT_LIST };

static const struct option long_options[] = {
	{ "output", required_argument, NULL, 'o' },
	{ "json", no_argument, NULL, 'j' },
	{ "columns", required_argument, NULL, 'c' },
	{ "filter", required_argument, NULL, 'F' },
	{ "count", required_argument, NULL, 'n' },
	{ "entities", no_argument, NULL, OPT_ENTITIES },
	{ "follow", no_argument, NULL, OPT_FOLLOW },
	{ "listen", required_argument, NULL, OPT_LISTEN },
	{ "times", required_argument, NULL, OPT_TIMES },
	{ "list", no_argument, NULL, OPT_LIST },
	{ "max-block", required_argument, NULL, CLI_OPT_MAX_BLOCK },
	{ "quiet", no_argument, NULL, 'q' },
	{ "verbose", no_argument, NULL, 'v' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

/* ---- rows ---- */

static void failed(struct print *print, const char *what, const char *why)
{
	cli_error("%s: %s", what, why);
	print->status = CLI_FAILED;
}

/* The output is gone: nobody wants more. */
static bool output_failed(struct print *print, int err)
{
	if (!err)
		return false;
	failed(print, "cannot write to standard output", strerror(-err));
	return true;
}

static bool is_over(const struct print *print)
{
	return cli_stop || (print->limit && print->shown >= print->limit);
}

/* One record; false when the command has to end. */
static bool show_record(struct print *print, struct sysflow_reader *reader,
			const struct sysflow_record *record, const struct sysflow_refs *refs)
{
	const struct sf_row row = { record, refs, reader };
	int res = print->show ? sf_show_row(print->show, &row) : 0;

	if (res < 0)
		return !output_failed(print, res);
	print->shown += (uint64_t)res;
	return true;
}

/* All that there is now: EYAS_E_END, 0 when more may come, -ECANCELED when the command ends. */
static int show_all(struct print *print, struct sysflow_reader *reader)
{
	const struct sysflow_record *record;
	const struct sysflow_refs *refs;
	struct eyas_err err;
	int res;

	while (!is_over(print)) {
		res = sysflow_reader_next(reader, &record, &refs, &err);
		if (res == 0 || res == EYAS_E_END)
			return res;
		if (res < 0 && res != -EINTR) {
			cli_error("%s", err.text);
			print->status = CLI_FAILED;
		}
		if (res == 1 && !show_record(print, reader, record, refs))
			return -ECANCELED;
	}
	return -ECANCELED;
}

/* Nothing comes for now: who looks on shall see what came. False when the command has to end. */
static bool pause_for_more(struct print *print, struct sysflow_reader *reader)
{
	if (print->show && output_failed(print, sf_show_flush(print->show)))
		return false;
	sysflow_reader_wait(reader, 1000);
	return !is_over(print);
}

/* ---- what there is to say at the end ---- */

static void add_stats(struct print *print, const struct sysflow_reader *reader)
{
	struct sysflow_reader_stats stats, *total = &print->total;
	unsigned i;

	sysflow_reader_stats(reader, &stats);
	for (i = 0; i < SYSFLOW_TYPES; i++)
		total->records[i] += stats.records[i];
	total->unknown += stats.unknown;
	total->blocks += stats.blocks;
	total->bytes += stats.bytes;
	total->damaged += stats.damaged;
	total->lost_records += stats.lost_records;
	total->skipped_bytes += stats.skipped_bytes;
	total->nul_bytes += stats.nul_bytes;
	total->entities_evicted += stats.entities_evicted;
	total->connections += stats.connections;
}

static void tell(uint64_t count, const char *what)
{
	if (count)
		cli_error("%llu %s", (unsigned long long)count, what);
}

static void tell_losses(const struct print *print)
{
	const struct sysflow_reader_stats *total = &print->total;

	tell(total->lost_records, "records were lost in what is damaged");
	tell(total->skipped_bytes, "bytes were skipped behind damage");
	tell(total->unknown, "records are of types that are not known, and were left out");
	tell(total->nul_bytes, "bytes 0 in texts are shown as 0x1a");
	tell(total->entities_evicted,
	     "processes, files and containers were forgotten for want of room");
}

static void tell_totals(const struct print *print)
{
	const struct sysflow_reader_stats *total = &print->total;
	uint64_t records = 0;
	unsigned i;

	for (i = 0; i < SYSFLOW_TYPES; i++)
		records += total->records[i];
	fprintf(stderr, "records   %llu, %llu shown\n", (unsigned long long)records,
		(unsigned long long)print->shown);
	for (i = 0; i < SYSFLOW_TYPES; i++)
		if (total->records[i])
			fprintf(stderr, "  %-7s %llu\n", sf_type_code((enum sysflow_type)i),
				(unsigned long long)total->records[i]);
	fprintf(stderr, "bytes     %llu\n", (unsigned long long)total->bytes);
	if (total->blocks)
		fprintf(stderr, "blocks    %llu\n", (unsigned long long)total->blocks);
	if (total->connections)
		fprintf(stderr, "connected %llu\n", (unsigned long long)total->connections);
}

/* ---- files ---- */

static void close_reader(struct print *print, struct sysflow_reader *reader)
{
	add_stats(print, reader);
	sysflow_reader_close(reader);
}

/* How much of a file was read, against its size: positive if less; 0 if that is not known. */
static int compare_size(const char *path, const struct sysflow_reader *reader)
{
	struct sysflow_reader_stats stats;
	struct stat st;

	sysflow_reader_stats(reader, &stats);
	if (stat(path, &st) || !S_ISREG(st.st_mode))
		return 0;
	return ((uint64_t)st.st_size > stats.bytes) - ((uint64_t)st.st_size < stats.bytes);
}

/*
 * Read on as long as the file may grow: until a newer one is there, if it is of a folder. False
 * when the command has to end.
 */
static bool follow_file(struct print *print, const char *path, struct sysflow_reader *reader,
			struct flow_folder *folder)
{
	bool newer = false;
	int res;

	for (;;) {
		res = show_all(print, reader);
		if (res)
			return res == EYAS_E_END;
		/* There may be the beginning of a block, or nothing of what there was. */
		if (newer && compare_size(path, reader) > 0)
			failed(print, path, "the file ends in a block");
		if (compare_size(path, reader) < 0) {
			failed(print, path, "the file became shorter while it was read");
			return true;
		}
		if (newer)
			return true;
		/* Whoever begins a new file has finished this one: what there is of it, then that. */
		newer = folder && flow_folder_has_next(folder);
		if (!newer && !pause_for_more(print, reader))
			return false;
	}
}

/* folder: of which the file is, NULL = named itself. False when the command has to end. */
static bool print_file(struct print *print, const char *path, struct flow_folder *folder,
		       bool follow)
{
	struct sysflow_reader *reader;
	struct eyas_err err;
	bool more = true;
	int res;

	print->reader.follow = follow;
	if (!strcmp(path, "-"))
		res = sysflow_reader_open_fd(STDIN_FILENO, "standard input", &print->reader,
					     &reader, &err);
	else
		res = sysflow_reader_open(path, &print->reader, &reader, &err);
	/* A pipe that nobody writes to yet was waited for. */
	if (res == -EINTR && cli_stop)
		return false;
	if (res) {
		cli_error("%s", err.text);
		print->status = CLI_FAILED;
		return !is_over(print);
	}
	if (follow)
		more = follow_file(print, path, reader, folder);
	else
		more = show_all(print, reader) != -ECANCELED;
	close_reader(print, reader);
	return more && !is_over(print);
}

static void wait_for_file(void)
{
	struct timespec pause = { 0, 100 * 1000000L };

	nanosleep(&pause, NULL);
}

static bool print_folder(struct print *print, const char *path, bool follow)
{
	struct flow_folder folder = { .path = path };
	bool more = true;
	char *file;
	int res = 1;

	while (more && (res == 1 || follow)) {
		res = flow_folder_next(&folder, &file);
		if (res == 1) {
			more = print_file(print, file, &folder, follow);
			free(file);
		} else if (res < 0) {
			failed(print, path, strerror(-res));
			break;
		} else if (follow) {
			wait_for_file();
			more = !is_over(print);
		}
	}
	flow_folder_fini(&folder);
	return more;
}

/* ---- sockets ---- */

static bool print_socket(struct print *print, const char *path)
{
	struct sysflow_reader *reader;
	struct eyas_err err;
	int res;

	print->reader.follow = false;
	if (sysflow_reader_listen(path, &print->reader, &reader, &err)) {
		cli_error("%s", err.text);
		print->status = CLI_FAILED;
		return true;
	}
	do
		res = show_all(print, reader);
	while (!res && pause_for_more(print, reader));
	close_reader(print, reader);
	return false;
}

static void print_all(struct print *print)
{
	bool more = true, last;
	struct stat st;
	int i;

	if (print->listen)
		print_socket(print, print->listen);
	for (i = 0; more && i < print->npaths; i++) {
		/* What comes through a pipe ends when that does. */
		last = i + 1 == print->npaths && strcmp(print->paths[i], "-") != 0;
		if (stat(print->paths[i], &st))
			st.st_mode = 0;
		last &= !S_ISFIFO(st.st_mode);
		if (S_ISDIR(st.st_mode))
			more = print_folder(print, print->paths[i], print->follow && last);
		else if (S_ISSOCK(st.st_mode))
			more = print_socket(print, print->paths[i]);
		else
			more = print_file(print, print->paths[i], NULL, print->follow && last);
	}
	if (print->show)
		output_failed(print, sf_show_flush(print->show));
}

/* ---- --list ---- */

static const char *type_word(const struct sf_attr *attr)
{
	switch (attr->field.type) {
	case EYAS_PT_INT64:
		return "number";
	case EYAS_PT_ABSTIME:
		return "time";
	case EYAS_PT_BOOL:
		return "boolean";
	case EYAS_PT_IPADDR:
		return "address";
	case EYAS_PT_IPNET:
		return "network";
	default:
		return "text";
	}
}

static int list_attributes(bool json)
{
	struct eyas_str out = EYAS_STR_INIT;
	struct cli_row row = { .out = &out, .as_json = json };
	const struct sf_attr *attr;
	size_t i;

	if (json)
		eyas_json_init(&row.json, &out);
	if (json)
		eyas_json_array(&row.json);
	for (i = 0; (attr = sf_attr_at(i)); i++) {
		cli_row_begin(&row);
		cli_row_str(&row, "name", attr->field.name, 26);
		cli_row_str(&row, "type", type_word(attr), 8);
		if (json) {
			eyas_json_key(&row.json, "several");
			eyas_json_bool(&row.json, attr->field.multi != FIELD_SINGLE);
		}
		cli_row_str(&row, "description", attr->field.help, 0);
		cli_row_end(&row);
	}
	if (json) {
		eyas_json_end(&row.json);
		eyas_str_putc(&out, '\n');
	}
	if (!out.nomem)
		fwrite(out.data, 1, out.len, stdout);
	else
		cli_error("no memory");
	i = out.nomem;
	eyas_str_fini(&out);
	return i ? CLI_FAILED : CLI_OK;
}

/* ---- the command line ---- */

static bool parse_format(const char *arg, enum sf_show_format *ret)
{
	static const char *const names[] = { "text", "json", "flatjson", "csv", "records" };
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(arg, names[i])) {
			*ret = (enum sf_show_format)i;
			return true;
		}
	return false;
}

static int take_option(struct print *print, int opt, char **argv)
{
	switch (opt) {
	case 'o':
		if (!parse_format(optarg, &print->opts.format))
			return cli_usage(&cli_flow_print,
					 "-o '%s': expected text, json, flatjson, csv or records",
					 optarg);
		return CLI_OK;
	case 'j':
		print->opts.format = SF_SHOW_JSON;
		return CLI_OK;
	case 'c':
		print->opts.columns = optarg;
		return CLI_OK;
	case 'F':
		print->opts.filter = optarg;
		return CLI_OK;
	case 'n':
		if (!cli_number(optarg, UINT64_MAX, &print->limit) || !print->limit)
			return cli_usage(&cli_flow_print, "-n '%s': expected a number from 1 on",
					 optarg);
		return CLI_OK;
	case OPT_ENTITIES:
		print->opts.entities = true;
		return CLI_OK;
	case OPT_FOLLOW:
		print->follow = true;
		return CLI_OK;
	case OPT_LISTEN:
		print->listen = optarg;
		return CLI_OK;
	case OPT_TIMES:
		print->opts.ns_times = !strcmp(optarg, "ns");
		if (!print->opts.ns_times && strcmp(optarg, "iso") != 0)
			return cli_usage(&cli_flow_print, "--times '%s': expected iso or ns",
					 optarg);
		return CLI_OK;
	case OPT_LIST:
		print->list = true;
		return CLI_OK;
	case CLI_OPT_MAX_BLOCK:
		if (!cli_size(optarg, &print->reader.max_block_bytes) ||
		    !print->reader.max_block_bytes)
			return cli_usage(&cli_flow_print, "--max-block '%s': expected a size",
					 optarg);
		return CLI_OK;
	case 'q':
		print->quiet = true;
		return CLI_OK;
	case 'v':
		print->verbose = true;
		return CLI_OK;
	default:
		return cli_bad_option(&cli_flow_print, argv);
	}
}

/* Could the word be where a filter begins? What is there as a file is one. */
static bool begins_filter(const char *word)
{
	struct stat st;

	if (!strcmp(word, "-") || !stat(word, &st))
		return false;
	if (strchr(word, '.') && sf_attr_find(word, strlen(word)))
		return true;
	return !strncmp(word, "sf.", 3) || !strcmp(word, "not") || strpbrk(word, "(= <>");
}

/* Paths, then perhaps a filter. */
static int take_words(struct print *print, char **words)
{
	print->paths = words;
	while (words[print->npaths] && !begins_filter(words[print->npaths]))
		print->npaths++;
	if (print->listen && print->npaths)
		return cli_usage(&cli_flow_print, "'%s': --listen reads no files besides",
				 print->paths[0]);
	if (!print->listen && !print->npaths)
		return cli_usage(&cli_flow_print,
				 "flow print: expected a file, a folder or a socket");
	words += print->npaths;
	if (!*words)
		return CLI_OK;
	if (print->opts.filter)
		return cli_usage(&cli_flow_print, "'%s': there is a filter already, from -F",
				 *words);
	print->words = cli_join_words(words);
	print->opts.filter = print->words;
	return print->words ? CLI_OK : CLI_FAILED;
}

static int prepare(struct print *print)
{
	struct eyas_err err = { .line = 0 };

	print->opts.fd = STDOUT_FILENO;
	if (!sf_show_new(&print->opts, &print->show, &err))
		return CLI_OK;
	if (err.line)
		cli_show_error("filter", print->opts.filter, &err);
	else
		cli_error("%s", err.text);
	return err.code == -ENOMEM ? CLI_FAILED : CLI_USAGE;
}

static int run_print(struct print *print, char **words)
{
	int status = take_words(print, words);

	if (status == CLI_OK)
		status = prepare(print);
	if (status != CLI_OK)
		return status;
	if (print->quiet) {
		sf_show_free(print->show);
		print->show = NULL;
	}
	cli_catch_signals();
	print_all(print);
	tell_losses(print);
	if (print->verbose)
		tell_totals(print);
	return print->status;
}

static int run_flow_print(int argc, char **argv)
{
	struct print print = { .reader = { .size = sizeof(print.reader) } };
	int opt, status = CLI_OK;

	while ((opt = getopt_long(argc, argv, ":o:jc:F:n:qvh", long_options, NULL)) != -1) {
		if (opt == 'h') {
			cli_help(&cli_flow_print);
			return CLI_OK;
		}
		status = take_option(&print, opt, argv);
		if (status != CLI_OK)
			return status;
	}
	if (print.list)
		return list_attributes(print.opts.format == SF_SHOW_JSON);
	/* Records are all of them. */
	print.opts.entities |= print.opts.format == SF_SHOW_RECORDS;
	status = run_print(&print, argv + optind);
	sf_show_free(print.show);
	free(print.words);
	return status;
}

const struct cli_command cli_flow_print = {
	"flow print", run_flow_print, "print SysFlow records",
	"usage: eyas flow print [OPTIONS] FILE|FOLDER|SOCKET... [FILTER]\n"
	"       eyas flow print [OPTIONS] --listen PATH [FILTER]\n"
	"       eyas flow print --list\n"
	"\n"
	"Print the events and flows of SysFlow files, of all files of a folder, or of what\n"
	"collectors send to a unix socket. '-' is standard input.\n"
	"\n"
	"  -c, --columns LIST    attributes to show, separated by commas; all: all of them\n"
	"  -o, --output FORMAT   text (default), json (an object a line), flatjson (likewise,\n"
	"                        without objects in it), csv, or records (whole, as in the file)\n"
	"  -j, --json            the same as -o json\n"
	"  -F, --filter EXPR     only records that match: 'sf.proc.exe endswith sh'; also as the\n"
	"                        last words\n"
	"  -n, --count N         stop after N records shown\n"
	"      --entities        also headers, containers, processes and files\n"
	"      --follow          wait for more at the end of the last file or folder\n"
	"      --listen PATH     make a socket and wait for collectors\n"
	"      --times FORMAT    iso: ISO 8601 in UTC (default); ns: nanoseconds since 1970\n"
	"      --list            list the attributes (-o json: as JSON)\n"
	"      --max-block SIZE  refuse larger blocks (default 32M)\n"
	"  -q, --quiet           only errors and the exit status\n"
	"  -v, --verbose         a summary on standard error at the end\n"
	"  -h, --help            this text\n"
};
