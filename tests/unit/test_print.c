/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Events as lines: every format of time in two zones, text, raw values and JSON to the letter,
 * what the state adds, output formats, colours, and outputs that are full, slow or interrupted.
 */
#include "unit/rawcap.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>

#include <eyas/state.h>

#include "print/print.h"

#define TS UINT64_C(1700000000123456789) /* 2023-11-14T22:13:20.123456789Z */

static void zone(const char *tz)
{
	CHECK_INT(setenv("TZ", tz, 1), 0);
	tzset();
}

/* The event that is being built, and its view; nothing is known of its thread. */
static uint8_t buf[4096];
static struct eyas_encoder enc;
static struct eyas_event event;
static const struct eyas_context alone = { .event = &event, .fd_num = -1 };

static void begin(unsigned type)
{
	eyas_encoder_begin(&enc, buf, sizeof(buf), type, TS, 42);
}

static void end(void)
{
	int len = eyas_encoder_end(&enc);
	struct eyas_err err;

	CHECK(len > 0);
	if (eyas_event_view(buf, (size_t)len, &event, &err) || eyas_event_check(&event, &err))
		test_fail(__FILE__, __LINE__, "%s", err.text);
	event.num = 17;
	event.cpu = 3;
}

static void end_with(unsigned nparams)
{
	end();
	CHECK_INT(eyas_event_view(buf, raw_trim(buf, nparams), &event, NULL), 0);
	event.num = 17;
	event.cpu = 3;
}

static void close_event(int64_t res, int64_t fd)
{
	begin(EYAS_EV_SYSCALL_CLOSE_X);
	eyas_put_int(&enc, res);
	eyas_put_int(&enc, fd);
	end();
}

/* A printer into a file of the test. */
static struct eyas_printer *to_file(struct eyas_print_opts *opts)
{
	struct eyas_printer *printer;

	opts->fd = open(raw_path("out"), O_RDWR | O_CREAT | O_TRUNC, 0600);
	CHECK(opts->fd >= 0);
	CHECK_INT(eyas_printer_new(opts, &printer, NULL), 0);
	return printer;
}

static void file_is(struct eyas_printer *printer, const struct eyas_print_opts *opts,
		    const char *want)
{
	static char got[16384];
	ssize_t n;

	CHECK_INT(eyas_printer_flush(printer), 0);
	n = pread(opts->fd, got, sizeof(got) - 1, 0);
	CHECK(n >= 0);
	got[n] = '\0';
	CHECK_STR(got, want);
	eyas_printer_free(printer);
	close(opts->fd);
}

static void context_is(const struct eyas_context *context, struct eyas_print_opts opts,
		       const char *want)
{
	struct eyas_printer *printer = to_file(&opts);

	CHECK_INT(eyas_printer_event(printer, context), 0);
	file_is(printer, &opts, want);
}

/* The one event there is, printed. */
static void line_is(struct eyas_print_opts opts, const char *want)
{
	context_is(&alone, opts, want);
}

#define TEXT ((struct eyas_print_opts){ .time = EYAS_TIME_ABSOLUTE })
#define RAW ((struct eyas_print_opts){ .format = EYAS_PRINT_RAW, .time = EYAS_TIME_ABSOLUTE })
#define JSON \
	((struct eyas_print_opts){ .format = EYAS_PRINT_JSON, \
				   .time = EYAS_TIME_ISO, \
				   .fields = { .raw_text = true } })
/* What all lines of a format begin with. */
#define AT "17 1700000000.123456789 3 <NA> (42) "
#define RAW_AT "17 1700000000.123456789 3 (42) "
#define JSON_AT \
	"{\"num\":17,\"ts\":1700000000123456789,\"time\":\"2023-11-14T22:13:20.123456789Z\"," \
	"\"cpu\":3,\"tid\":42,"

/* ---- time ---- */

/* Three events: the second later, the third before the first. */
static void times_are(enum eyas_time_format format, const char *a, const char *b, const char *c)
{
	struct eyas_print_opts opts = { .time = format };
	struct eyas_printer *printer = to_file(&opts);
	char want[256];

	event.ts_ns = TS;
	CHECK_INT(eyas_printer_event(printer, &alone), 0);
	event.ts_ns = TS + 100000000000;
	CHECK_INT(eyas_printer_event(printer, &alone), 0);
	event.ts_ns = TS - 1000000001;
	CHECK_INT(eyas_printer_event(printer, &alone), 0);
	snprintf(want, sizeof(want),
		 "17 %s 3 <NA> (42) > procexit\n17 %s 3 <NA> (42) > procexit\n"
		 "17 %s 3 <NA> (42) > procexit\n",
		 a, b, c);
	file_is(printer, &opts, want);
}

TEST(times)
{
	begin(EYAS_EV_PROCEXIT_E);
	end();
	zone("UTC");
	times_are(EYAS_TIME_HUMAN, "22:13:20.123456789", "22:15:00.123456789",
		  "22:13:19.123456788");
	zone("XXX-05:30");
	times_are(EYAS_TIME_HUMAN, "03:43:20.123456789", "03:45:00.123456789",
		  "03:43:19.123456788");
	/* The others do not depend on the zone. */
	times_are(EYAS_TIME_ABSOLUTE, "1700000000.123456789", "1700000100.123456789",
		  "1699999999.123456788");
	times_are(EYAS_TIME_RELATIVE, "0.000000000", "100.000000000", "-1.000000001");
	times_are(EYAS_TIME_DELTA_EVENT, "0.000000000", "100.000000000", "-101.000000001");
	times_are(EYAS_TIME_DELTA_CALL, "0.000000000", "0.000000000", "0.000000000");
	times_are(EYAS_TIME_ISO, "2023-11-14T22:13:20.123456789Z", "2023-11-14T22:15:00.123456789Z",
		  "2023-11-14T22:13:19.123456788Z");
}

TEST(times_at_the_ends)
{
	struct eyas_print_opts opts = { .time = EYAS_TIME_ISO };
	struct eyas_printer *printer = to_file(&opts);

	begin(EYAS_EV_PROCEXIT_E);
	end();
	event.ts_ns = 0;
	CHECK_INT(eyas_printer_event(printer, &alone), 0);
	event.ts_ns = UINT64_MAX;
	CHECK_INT(eyas_printer_event(printer, &alone), 0);
	file_is(printer, &opts,
		"17 1970-01-01T00:00:00.000000000Z 3 <NA> (42) > procexit\n"
		"17 2554-07-21T23:34:33.709551615Z 3 <NA> (42) > procexit\n");
}

/* The hour changes between two events of one minute's distance. */
TEST(times_when_clocks_change)
{
	struct eyas_print_opts opts = { .time = EYAS_TIME_HUMAN };
	struct eyas_printer *printer;

	zone("CET-1CEST,M3.5.0,M10.5.0/3");
	begin(EYAS_EV_PROCEXIT_E);
	end();
	printer = to_file(&opts);
	event.ts_ns = UINT64_C(1698541199) * 1000000000;
	CHECK_INT(eyas_printer_event(printer, &alone), 0);
	event.ts_ns += 1000000000;
	CHECK_INT(eyas_printer_event(printer, &alone), 0);
	file_is(printer, &opts,
		"17 02:59:59.000000000 3 <NA> (42) > procexit\n"
		"17 02:00:00.000000000 3 <NA> (42) > procexit\n");
}

/* ---- text and raw ---- */

TEST(a_line_of_text)
{
	close_event(-9, 3);
	line_is(TEXT, AT "< close res=-9(EBADF) fd=3\n");
	line_is(RAW, RAW_AT "< close res=-9 fd=3\n");
	/* No thread. */
	event.tid = UINT64_MAX;
	event.num = UINT64_MAX;
	event.cpu = 65535;
	line_is(TEXT,
		"18446744073709551615 1700000000.123456789 65535 <NA> (-1) < close res=-9(EBADF) "
		"fd=3\n");
	begin(EYAS_EV_SYSCALL_OPEN_E);
	eyas_put_str(&enc, "/tmp/a\nb\x1b");
	eyas_put_uint(&enc, 1 | 4096);
	eyas_put_uint(&enc, 0);
	end();
	line_is(TEXT, AT "> open name=/tmp/a\\nb\\x1b flags=4097(O_RDONLY|O_CLOEXEC) mode=0\n");
	line_is(RAW, RAW_AT "> open name=/tmp/a\\nb\\x1b flags=4097 mode=0\n");
}

TEST(missing_values_and_those_that_came_later)
{
	begin(EYAS_EV_SYSCALL_OPEN_X);
	eyas_put_int(&enc, -2);
	eyas_put_missing(&enc);
	end();
	line_is(TEXT, AT "< open fd=-2(ENOENT) name=<NA> flags=<NA> mode=<NA> dev=<NA> ino=<NA>\n");
	/* Recorded when the type had two parameters. */
	begin(EYAS_EV_SYSCALL_OPEN_X);
	eyas_put_int(&enc, -2);
	eyas_put_str(&enc, "/x");
	end_with(2);
	line_is(TEXT, AT "< open fd=-2(ENOENT) name=/x\n");
	line_is(RAW, RAW_AT "< open fd=-2 name=/x\n");
}

TEST(buffers)
{
	struct eyas_print_opts opts = TEXT;
	struct eyas_print_opts raw = RAW;

	begin(EYAS_EV_SYSCALL_WRITE_X);
	eyas_put_int(&enc, 12);
	eyas_put_bytes(&enc, "hello\0\xff\nworl", 12);
	eyas_put_int(&enc, 1);
	eyas_put_uint(&enc, 12);
	end();
	line_is(opts, AT "< write res=12 data=hello...worl fd=1 size=12\n");
	line_is(raw, RAW_AT "< write res=12 data=68656c6c6f00ff0a776f726c fd=1 size=12\n");
	opts.fields.max_bytes = 7;
	line_is(opts, AT "< write res=12 data=hell... fd=1 size=12\n");
	/* Raw values are whole. */
	raw.fields.max_bytes = 7;
	line_is(raw, RAW_AT "< write res=12 data=68656c6c6f00ff0a776f726c fd=1 size=12\n");
	begin(EYAS_EV_SYSCALL_WRITE_X);
	eyas_put_int(&enc, 0);
	end();
	line_is(RAW, RAW_AT "< write res=0 data=NULL fd=<NA> size=<NA>\n");
}

TEST(names_that_events_bring_along)
{
	begin(EYAS_EV_GENERIC_X);
	eyas_put_uint(&enc, 1);
	eyas_put_uint(&enc, 99);
	end();
	CHECK_STR(eyas_syscall_info(1)->name, "restart_syscall");
	line_is(TEXT, AT "< restart_syscall\n");
	line_is(RAW, RAW_AT "< restart_syscall ID=1 nativeID=99\n");
	begin(EYAS_EV_ASYNCEVENT_E);
	eyas_put_uint(&enc, 5);
	eyas_put_str(&enc, "my\x1b[31mevent");
	eyas_put_bytes(&enc, "abc", 3);
	end();
	line_is(TEXT, AT "> my\\x1b[31mevent plugin_id=5 name=my\\x1b[31mevent data=abc\n");
	line_is(JSON,
		JSON_AT "\"dir\":\">\",\"type\":\"my\\u001b[31mevent\",\"params\":{\"plugin_id\":"
			"5,\"name\":\"my\\u001b[31mevent\",\"data\":\"abc\"}}\n");
}

TEST(colours)
{
	struct eyas_print_opts opts = TEXT;

	opts.color = true;
	close_event(0, 3);
	line_is(opts,
		"17 \033[2m1700000000.123456789\033[0m 3 <NA> (42) < \033[1;36mclose\033[0m res=0 "
		"fd=3\n");
	close_event(-9, 3);
	line_is(opts, "17 \033[2m1700000000.123456789\033[0m 3 <NA> (42) < \033[31mclose\033[0m "
		      "res=-9(EBADF) fd=3\n");
	/* An enter event with a negative descriptor has not failed. */
	begin(EYAS_EV_SYSCALL_CLOSE_E);
	eyas_put_int(&enc, -1);
	end();
	line_is(opts, "17 \033[2m1700000000.123456789\033[0m 3 <NA> (42) > \033[1;36mclose\033[0m "
		      "fd=-1(EPERM)\n");
}

/* ---- JSON ---- */

TEST(json_of_numbers_and_strings)
{
	close_event(-9, 3);
	line_is(JSON, JSON_AT "\"dir\":\"<\",\"type\":\"close\",\"params\":{\"res\":-9,\"fd\":3},"
			      "\"text\":{\"res\":\"EBADF\"}}\n");
	/* Nothing means more than it says: no key. */
	close_event(0, 3);
	line_is(JSON,
		JSON_AT "\"dir\":\"<\",\"type\":\"close\",\"params\":{\"res\":0,\"fd\":3}}\n");
	begin(EYAS_EV_SYSCALL_OPEN_X);
	eyas_put_int(&enc, INT64_MIN);
	eyas_put_str(&enc, "/\"\\\xff");
	eyas_put_uint(&enc, 1);
	eyas_put_uint(&enc, 0644);
	eyas_put_missing(&enc);
	eyas_put_uint(&enc, UINT64_MAX);
	end();
	line_is(JSON,
		JSON_AT "\"dir\":\"<\",\"type\":\"open\",\"params\":{\"fd\":-9223372036854775808,"
			"\"name\":\"/\\\"\\\\\xef\xbf\xbd\",\"flags\":1,\"mode\":420,\"dev\":null,"
			"\"ino\":18446744073709551615},\"text\":{\"flags\":\"O_RDONLY\"}}\n");
	/* The event has two parameters, the type more: those are missing. */
	begin(EYAS_EV_SYSCALL_OPEN_X);
	eyas_put_int(&enc, 5);
	eyas_put_str(&enc, "");
	end_with(2);
	line_is(JSON, JSON_AT "\"dir\":\"<\",\"type\":\"open\",\"params\":{\"fd\":5,\"name\":\"\","
			      "\"flags\":null,\"mode\":null,\"dev\":null,\"ino\":null}}\n");
	begin(EYAS_EV_PROCEXIT_E);
	end();
	event.tid = UINT64_MAX;
	line_is(JSON,
		"{\"num\":17,\"ts\":1700000000123456789,\"time\":\"2023-11-14T22:13:20.123456789Z"
		"\",\"cpu\":3,\"tid\":-1,\"dir\":\">\",\"type\":\"procexit\",\"params\":{}}\n");
}

TEST(json_of_lists_and_bytes)
{
	static const struct eyas_pollfd fds[] = { { 3, 1 }, { -1, -1 } };
	static const char *const args[] = { "-c", "", "caf\xc3\xa9\n" };

	begin(EYAS_EV_SYSCALL_EXECVE_8_X);
	eyas_put_int(&enc, 0);
	eyas_put_str(&enc, "sh");
	eyas_put_strs(&enc, args, 3);
	end();
	line_is(JSON,
		JSON_AT "\"dir\":\"<\",\"type\":\"execve\",\"params\":{\"res\":0,\"exe\":\"sh\","
			"\"args\":[\"-c\",\"\",\"caf\xc3\xa9\\n\"],\"tid\":null,\"pid\":null,"
			"\"ptid\":null,\"cwd\":null,\"fdlimit\":null}}\n");
	begin(EYAS_EV_TRACER_E);
	eyas_put_int(&enc, 1);
	eyas_put_strs(&enc, args, 3);
	end();
	line_is(JSON, JSON_AT "\"dir\":\">\",\"type\":\"tracer\",\"params\":{\"id\":1,"
			      "\"tags\":[\"-c\",\"\",\"caf\xc3\xa9\\n\"],\"args\":null}}\n");
	begin(EYAS_EV_SYSCALL_WRITE_X);
	eyas_put_int(&enc, 4);
	eyas_put_bytes(&enc, "a\0\xff\n", 4);
	eyas_put_int(&enc, 1);
	eyas_put_uint(&enc, 4);
	end();
	line_is(JSON, JSON_AT "\"dir\":\"<\",\"type\":\"write\",\"params\":{\"res\":4,"
			      "\"data\":\"a\\u0000\xc3\xbf\\n\",\"fd\":1,\"size\":4}}\n");
	begin(EYAS_EV_SYSCALL_POLL_X);
	eyas_put_int(&enc, 1);
	eyas_put_fdlist(&enc, fds, 2);
	eyas_put_int(&enc, -1);
	end();
	line_is(JSON,
		JSON_AT "\"dir\":\"<\",\"type\":\"poll\",\"params\":{\"res\":1,\"fds\":[{\"fd\":3,"
			"\"events\":1},{\"fd\":-1,\"events\":65535}],\"timeout\":-1}}\n");
}

TEST(json_of_addresses_and_variants)
{
	struct eyas_sock sock = { .family = EYAS_AF_INET,
				  .src = { { 10, 0, 0, 1 }, 5000, 0 },
				  .dst = { { 10, 0, 0, 2 }, 80, 0 } };

	begin(EYAS_EV_SOCKET_CONNECT_X);
	eyas_put_int(&enc, 0);
	eyas_put_socktuple(&enc, &sock);
	eyas_put_int(&enc, 3);
	eyas_put_sockaddr(&enc, &sock);
	end();
	line_is(JSON, JSON_AT "\"dir\":\"<\",\"type\":\"connect\",\"params\":{\"res\":0,"
			      "\"tuple\":\"10.0.0.1:5000->10.0.0.2:80\",\"fd\":3,"
			      "\"addr\":\"10.0.0.1:5000\"}}\n");
	begin(EYAS_EV_SYSCALL_BPF_X);
	eyas_put_dyn_int(&enc, 0, 7);
	end();
	line_is(JSON, JSON_AT "\"dir\":\"<\",\"type\":\"bpf\",\"params\":{\"res_or_fd\":7}}\n");
	begin(EYAS_EV_SYSCALL_BPF_X);
	eyas_put_dyn_int(&enc, 1, -2);
	end();
	line_is(JSON, JSON_AT "\"dir\":\"<\",\"type\":\"bpf\",\"params\":{\"res_or_fd\":-2},"
			      "\"text\":{\"res_or_fd\":\"ENOENT\"}}\n");
}

/* ---- what the state knows ---- */

static struct eyas_state *state;

static struct eyas_bytes bytes(const char *text)
{
	return (struct eyas_bytes){ text, (uint32_t)strlen(text) };
}

/* Thread 42, called comm, child of 7, user 1000, has file 3 open. */
static void make_state(const char *comm, const char *path)
{
	struct eyas_thread_entry parent = { .tid = 7, .pid = 7, .ptid = 1, .vtid = 7, .vpid = 7 };
	struct eyas_thread_entry thread = {
		.tid = 42, .pid = 40, .ptid = 7, .vtid = 4, .vpid = 2, .uid = 1000
	};
	struct eyas_fd_entry fd = { .fd = 3, .kind = EYAS_FD_FILE };
	struct eyas_loader loader;

	eyas_state_free(state);
	CHECK_INT(eyas_state_new(NULL, &state, NULL), 0);
	parent.comm = bytes("sh");
	thread.comm = bytes(comm);
	fd.name = bytes(path);
	eyas_state_loader(state, &loader);
	CHECK(loader.thread(loader.ctx, &parent) >= 0);
	thread.tid = 40;
	CHECK(loader.thread(loader.ctx, &thread) >= 0);
	CHECK(loader.fd(loader.ctx, 40, &fd) >= 0);
	/* It shares what its leader has open: CLONE_FILES, CLONE_FS. */
	thread.tid = 42;
	thread.flags = 3;
	CHECK(loader.thread(loader.ctx, &thread) >= 0);
}

/* The event goes through the state and is printed. */
static void state_line_is(struct eyas_print_opts opts, const char *want)
{
	context_is(eyas_state_take(state, &event), opts, want);
}

#define JSON_STATE_AT \
	JSON_AT "\"dir\":\"<\",\"type\":\"close\",\"proc.name\":\"cat\",\"proc.pid\":40," \
		"\"proc.ppid\":7,\"user.uid\":1000,\"container.id\":\"host\","

TEST(a_line_with_state)
{
	make_state("cat", "/etc/passwd");
	close_event(0, 3);
	state_line_is(TEXT,
		      "17 1700000000.123456789 3 cat (42) < close res=0 fd=3(<f>/etc/passwd)\n");
	make_state("cat", "/etc/passwd");
	state_line_is(RAW, RAW_AT "< close res=0 fd=3\n");
	state_line_is(JSON, JSON_STATE_AT "\"params\":{\"res\":0,\"fd\":3}}\n");
	make_state("cat", "/etc/passwd");
	state_line_is(JSON, JSON_STATE_AT "\"fd.num\":3,\"fd.name\":\"/etc/passwd\",\"fd.type\":"
					  "\"file\",\"params\":{\"res\":0,\"fd\":3},\"text\":{"
					  "\"fd\":\"<f>/etc/passwd\"}}\n");
}

/* A user without a name has no text, where the line for people says <NA>. */
TEST(json_of_unknown_owners)
{
	make_state("cat", "/etc/passwd");
	begin(EYAS_EV_SYSCALL_SETUID_X);
	eyas_put_int(&enc, 0);
	eyas_put_uint(&enc, 4711);
	end();
	state_line_is(TEXT, "17 1700000000.123456789 3 cat (42) < setuid res=0 uid=4711(<NA>)\n");
	make_state("cat", "/etc/passwd");
	state_line_is(JSON, JSON_AT "\"dir\":\"<\",\"type\":\"setuid\",\"proc.name\":\"cat\","
				    "\"proc.pid\":40,\"proc.ppid\":7,\"user.uid\":4711,"
				    "\"container.id\":\"host\","
				    "\"params\":{\"res\":0,\"uid\":4711}}\n");
}

TEST(names_from_outside_are_made_safe)
{
	struct eyas_print_opts exact = TEXT;

	make_state("a\x1b[31m\n\xff", "/\x1b[2J");
	close_event(-9, 3);
	state_line_is(TEXT, "17 1700000000.123456789 3 a\\x1b[31m\\n\\xff (42) < close "
			    "res=-9(EBADF) fd=3(<f>/\\x1b[2J)\n");
	exact.fields.raw_text = true;
	make_state("a\x1b[31m\n\xff", "/\x1b[2J");
	state_line_is(exact, "17 1700000000.123456789 3 a\x1b[31m\n\xff (42) < close "
			     "res=-9(EBADF) fd=3(<f>/\x1b[2J)\n");
}

/* A thread that was made up for its event. */
TEST(an_unknown_thread)
{
	make_state("cat", "/etc/passwd");
	close_event(0, 3);
	event.tid = 99;
	eyas_put_le64(buf + 8, 99);
	state_line_is(TEXT, "17 1700000000.123456789 3 <NA> (99) < close res=0 fd=3\n");
	state_line_is(JSON, "{\"num\":17,\"ts\":1700000000123456789,\"time\":"
			    "\"2023-11-14T22:13:20.123456789Z\",\"cpu\":3,\"tid\":99,\"dir\":\"<\","
			    "\"type\":\"close\",\"params\":{\"res\":0,\"fd\":3}}\n");
}

/* As with events that are printed as they were stored. */
TEST(without_a_state_events_speak_for_themselves)
{
	begin(EYAS_EV_SIGNALDELIVER_E);
	eyas_put_int(&enc, 7);
	eyas_put_int(&enc, 42);
	eyas_put_uint(&enc, 17);
	end();
	line_is(TEXT, AT "> signaldeliver spid=7 dpid=42 sig=17(SIGCHLD)\n");
	line_is(JSON, JSON_AT "\"dir\":\">\",\"type\":\"signaldeliver\",\"params\":{\"spid\":7,"
			      "\"dpid\":42,\"sig\":17},\"text\":{\"sig\":\"SIGCHLD\"}}\n");
}

TEST(views_of_buffers)
{
	struct eyas_print_opts text = TEXT, json = JSON;

	begin(EYAS_EV_SYSCALL_WRITE_X);
	eyas_put_int(&enc, 3);
	eyas_put_bytes(&enc, "a\n\xff", 3);
	eyas_put_int(&enc, 1);
	eyas_put_uint(&enc, 3);
	end();
	text.fields.buffers = BUFFER_BASE64;
	line_is(text, AT "< write res=3 data=YQr/ fd=1 size=3\n");
	text.fields.buffers = BUFFER_HEX_ASCII;
	line_is(text, AT "< write res=3 data=\n\t0x0000: 610a ff"
			 "                                  a..\n fd=1 size=3\n");
	json.fields.buffers = BUFFER_BASE64;
	line_is(json, JSON_AT "\"dir\":\"<\",\"type\":\"write\",\"params\":{\"res\":3,\"data\":"
			      "\"YQr/\",\"fd\":1,\"size\":3}}\n");
}

/* ---- output formats ---- */

static void layout_is(struct eyas_print_opts opts, const char *layout, const char *want)
{
	const struct eyas_context *context = eyas_state_take(state, &event);

	opts.layout = layout;
	opts.fields.outputtime = 'a';
	CHECK_INT(eyas_network_new(&opts.fields, &opts.network), 0);
	eyas_network_begin(opts.network, context);
	context_is(context, opts, want);
	eyas_network_free(opts.network);
}

TEST(layouts)
{
	struct eyas_print_opts exact = TEXT, safe = TEXT, line = TEXT;

	exact.fields.raw_text = line.fields.raw_text = true;
	line.escape = FORMAT_LINE;
	safe.escape = FORMAT_TERMINAL;
	make_state("a\n\xff", "/etc/passwd");
	close_event(-9, 3);
	layout_is(line, "%evt.num %fd.name", "17 /etc/passwd\n");
	layout_is(exact, "%proc.name", "a\n\xff\n");
	layout_is(line, "%proc.name", "a\\n\xff\n");
	layout_is(safe, "%proc.name", "a\\n\\xff\n");
	/* No line, not an empty one. */
	layout_is(line, "%proc.aname[9]", "");
	layout_is(line, "*%proc.aname[9]", "<NA>\n");
	layout_is(JSON, "%proc.pid %evt.num", "{\"evt.num\":17,\"proc.pid\":40}\n");
	make_state("a\n\xff", "/etc/passwd");
	layout_is(line, EYAS_PRINT_CONTAINERS,
		  "17 1700000000.123456789 3 host (host) a\\n\xff (42:4) < close res=-9(EBADF) "
		  "fd=3(<f>/etc/passwd)\n");
}

TEST(a_layout_that_is_none)
{
	struct eyas_print_opts opts = { .layout = "%evt.num %nothing" };
	struct eyas_printer *printer;
	struct eyas_err err = { 0 };

	CHECK_INT(eyas_network_new(&opts.fields, &opts.network), 0);
	CHECK_INT(eyas_printer_new(&opts, &printer, &err), EYAS_E_FORMAT);
	CHECK_INT(err.column, 10);
	eyas_network_free(opts.network);
}

/* ---- outputs ---- */

TEST(a_full_disk)
{
	struct eyas_print_opts opts = { .fd = open("/dev/full", O_WRONLY) };
	struct eyas_printer *printer;
	int i, err = 0;

	if (opts.fd < 0)
		test_skip("no /dev/full");
	close_event(0, 3);
	CHECK_INT(eyas_printer_new(&opts, &printer, NULL), 0);
	CHECK_INT(eyas_printer_event(printer, &alone), 0);
	CHECK_INT(eyas_printer_flush(printer), -ENOSPC);
	/* What could not be written is gone, the printer goes on. */
	CHECK_INT(eyas_printer_flush(printer), 0);
	for (i = 0; i < 100000 && !err; i++)
		err = eyas_printer_event(printer, &alone);
	CHECK_INT(err, -ENOSPC);
	CHECK(i > 100 && i < 10000);
	eyas_printer_free(printer);
	eyas_printer_free(NULL);
	close(opts.fd);
}

TEST(a_reader_that_leaves)
{
	struct eyas_print_opts opts = { 0 };
	struct eyas_printer *printer;
	int fds[2];

	signal(SIGPIPE, SIG_IGN);
	CHECK_INT(pipe(fds), 0);
	opts.fd = fds[1];
	close(fds[0]);
	close_event(0, 3);
	CHECK_INT(eyas_printer_new(&opts, &printer, NULL), 0);
	CHECK_INT(eyas_printer_event(printer, &alone), 0);
	CHECK_INT(eyas_printer_flush(printer), -EPIPE);
	eyas_printer_free(printer);
}

static void on_alarm(int signum)
{
	(void)signum;
}

/* More than a pipe holds, read slowly, while signals cut the writes into pieces. */
TEST(short_writes_to_a_pipe_complete)
{
	enum { LINES = 20000 };
	static const struct itimerspec spec = { { 0, 1000000 }, { 0, 1000000 } };
	struct sigaction action = { .sa_handler = on_alarm };
	struct eyas_print_opts opts = TEXT;
	struct eyas_printer *printer;
	char line[128], want[128];
	int fds[2], status;
	timer_t timer;
	pid_t pid;
	FILE *f;
	int i;

	CHECK_INT(pipe(fds), 0);
	pid = fork();
	CHECK(pid >= 0);
	if (!pid) {
		close(fds[1]);
		usleep(20000);
		f = fdopen(fds[0], "r");
		for (i = 0; f && fgets(line, sizeof(line), f); i++) {
			snprintf(want, sizeof(want),
				 "%d 1700000000.123456789 3 <NA> (42) < close res=0 "
				 "fd=%d\n",
				 i + 1, i);
			if (strcmp(line, want) != 0)
				_exit(2);
			if (i % 4000 == 0)
				usleep(3000);
		}
		_exit(i == LINES ? 0 : 1);
	}
	close(fds[0]);
	opts.fd = fds[1];
	CHECK_INT(sigaction(SIGALRM, &action, NULL), 0);
	CHECK_INT(timer_create(CLOCK_MONOTONIC, NULL, &timer), 0);
	CHECK_INT(timer_settime(timer, 0, &spec, NULL), 0);
	CHECK_INT(eyas_printer_new(&opts, &printer, NULL), 0);
	for (i = 0; i < LINES; i++) {
		close_event(0, i);
		event.num = (uint64_t)i + 1;
		CHECK_INT(eyas_printer_event(printer, &alone), 0);
	}
	CHECK_INT(eyas_printer_flush(printer), 0);
	eyas_printer_free(printer);
	close(fds[1]);
	CHECK_INT(timer_delete(timer), 0);
	while (waitpid(pid, &status, 0) < 0)
		CHECK_INT(errno, EINTR);
	CHECK_INT(status, 0);
}

/* Nothing is written before there is much, or before it is asked for. */
TEST(lines_are_collected)
{
	struct eyas_print_opts opts = TEXT;
	struct eyas_printer *printer = to_file(&opts);
	off_t size;
	int i;

	close_event(0, 3);
	CHECK_INT(eyas_printer_event(printer, &alone), 0);
	CHECK_INT(lseek(opts.fd, 0, SEEK_END), 0);
	for (i = 0; i < 2000; i++)
		CHECK_INT(eyas_printer_event(printer, &alone), 0);
	size = lseek(opts.fd, 0, SEEK_END);
	CHECK(size >= 65536 && size < 2 * 65536);
	eyas_printer_free(printer);
	/* Freeing does not flush. */
	CHECK_INT(lseek(opts.fd, 0, SEEK_END), size);
	close(opts.fd);
}

TEST(lines_are_written_at_once_if_asked_for)
{
	struct eyas_print_opts opts = { .time = EYAS_TIME_ABSOLUTE, .unbuffered = true };
	struct eyas_printer *printer = to_file(&opts);

	close_event(0, 3);
	CHECK_INT(eyas_printer_event(printer, &alone), 0);
	CHECK(lseek(opts.fd, 0, SEEK_END) > 20);
	eyas_printer_free(printer);
	close(opts.fd);
}
