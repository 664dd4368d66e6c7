/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Output formats: what is taken as a field, widths, missing values, escapes, the JSON form, and
 * every error with its place.
 */
#include "unit/rawcap.h"

#include <errno.h>

#include <eyas/filter.h>
#include <eyas/state.h>

#include "filter/format.h"

/* ---- one event of one thread ---- */

static struct eyas_state *state;
static const struct eyas_context *context;
static uint8_t buf[70000];

static struct eyas_bytes bytes(const char *text)
{
	return (struct eyas_bytes){ text, (uint32_t)strlen(text) };
}

/* Thread 42, called comm, child of 7, has file 3 open. */
static void make_state(const char *comm, const char *path)
{
	struct eyas_thread_entry parent = { .tid = 7, .pid = 7, .ptid = 1, .vtid = 7, .vpid = 7 };
	struct eyas_thread_entry thread = {
		.tid = 42, .pid = 42, .ptid = 7, .vtid = 42, .vpid = 42
	};
	struct eyas_fd_entry fd = { .fd = 3, .kind = EYAS_FD_FILE };
	struct eyas_loader loader;
	struct eyas_err err;

	eyas_state_free(state);
	if (eyas_state_new(NULL, &state, &err))
		test_fail(__FILE__, __LINE__, "%s", err.text);
	parent.comm = parent.exe = bytes("Shell");
	thread.comm = thread.exe = bytes(comm);
	parent.cwd = thread.cwd = bytes("/tmp/");
	parent.root = thread.root = bytes("/");
	fd.name = bytes(path);
	eyas_state_loader(state, &loader);
	CHECK(loader.thread(loader.ctx, &parent) >= 0);
	CHECK(loader.thread(loader.ctx, &thread) >= 0);
	CHECK(loader.fd(loader.ctx, 42, &fd) >= 0);
}

static void take(struct eyas_encoder *enc)
{
	static struct eyas_event event;
	int len = eyas_encoder_end(enc);

	CHECK(len > 0);
	CHECK_INT(eyas_event_view(buf, (size_t)len, &event, NULL), 0);
	event.num = 17;
	event.cpu = 3;
	context = eyas_state_take(state, &event);
}

static void write_event(uint64_t tid, const char *data, size_t len)
{
	struct eyas_encoder enc;

	eyas_encoder_begin(&enc, buf, sizeof(buf), EYAS_EV_SYSCALL_WRITE_X, 1700000000000000000,
			   tid);
	eyas_put_int(&enc, (int64_t)len);
	eyas_put_bytes(&enc, data, len);
	eyas_put_int(&enc, 3);
	eyas_put_uint(&enc, len);
	take(&enc);
}

/* What most tests look at: cat writes to /etc/passwd. */
static void usual(void)
{
	make_state("cat", "/etc/passwd");
	write_event(42, "hello", 5);
}

/* ---- the public handle ---- */

static void put_is(const char *text, enum eyas_format_kind kind, const char *want)
{
	struct eyas_format *format;
	const char *got = NULL;
	struct eyas_err err;
	size_t len = 0;
	int res;

	if (eyas_format_compile(text, &format, &err))
		test_fail(__FILE__, __LINE__, "'%s': %s", text, err.text);
	res = eyas_format_put(format, context, kind, &got, &len);
	if (!want) {
		CHECK_INT(res, 0);
	} else {
		CHECK_INT(res, 1);
		CHECK_STR(got, want);
		CHECK_INT(len, strlen(want));
		/* The same once more: nothing of the last time is left. */
		CHECK_INT(eyas_format_put(format, context, kind, &got, &len), 1);
		CHECK_STR(got, want);
	}
	eyas_format_free(format);
}

#define TEXT_IS(text, want) put_is(text, EYAS_FORMAT_TEXT, want)
#define JSON_IS(text, want) put_is(text, EYAS_FORMAT_JSON, want)

TEST(literal_text_and_fields)
{
	usual();
	TEXT_IS("hello", "hello");
	TEXT_IS("%evt.num", "17");
	TEXT_IS("a%evt.num b%evt.cpu.", "a17 b3.");
	TEXT_IS("%evt.num%evt.cpu%proc.name", "173cat");
	TEXT_IS("%proc.name: %fd.name\n", "cat: /etc/passwd\n");
	/* Only the first star is none. */
	TEXT_IS("*", "");
	TEXT_IS("**%evt.num*", "*17*");
	TEXT_IS(" *%evt.num", " *17");
}

TEST(transformers)
{
	usual();
	TEXT_IS("%toupper(proc.name)!", "CAT!");
	TEXT_IS("%len(fd.name) %basename(fd.name)", "11 passwd");
	TEXT_IS("%toupper(basename(fd.name))", "PASSWD");
	TEXT_IS("%concat(proc.name, \"%\", fd.name)", "cat%/etc/passwd");
}

/* The longest text that is a field; what is behind it is literal. */
TEST(where_a_field_ends)
{
	usual();
	TEXT_IS("%proc.pidx", "42x");
	TEXT_IS("%evt.num.foo", "17.foo");
	TEXT_IS("%evt.num.", "17.");
	TEXT_IS("%evt.num[1]", "17[1]");
	TEXT_IS("%proc.name[", "cat[");
	TEXT_IS("%proc.pname.x", "Shell.x");
	TEXT_IS("%proc.aname[1]x", "Shellx");
	TEXT_IS("*%evt.arg.size %evt.arg.size.x %evt.arg[3]", "5 5.x 5");
	TEXT_IS("%toupper(proc.name)[x]", "CAT[x]");
	TEXT_IS("%proc.name(", "cat(");
}

TEST(widths)
{
	usual();
	TEXT_IS("%6proc.name|%2proc.name|%3proc.name|", "cat   |ca|cat|");
	TEXT_IS("%0evt.num|%012evt.num|", "17|17          |");
	TEXT_IS("*%6proc.aname[9]|%2proc.aname[9]|", "<NA>  |<N|");
	make_state("\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80", "/x");
	write_event(42, "", 0);
	/* Characters, not bytes. */
	TEXT_IS("%2proc.name|", "\xc3\xa4\xe2\x82\xac|");
	TEXT_IS("%5proc.name|", "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80  |");
	/* What is no character counts by bytes. */
	make_state("\xff\xe2\x82z", "/x");
	write_event(42, "", 0);
	TEXT_IS("%3proc.name|", "\xff\xe2\x82|");
	TEXT_IS("%6proc.name|", "\xff\xe2\x82z  |");
}

TEST(missing_values)
{
	usual();
	TEXT_IS("%evt.num %proc.aname[9]", NULL);
	TEXT_IS("*%evt.num %proc.aname[9]", "17 <NA>");
	/* An event without a thread. */
	write_event(UINT64_MAX, "x", 1);
	TEXT_IS("%evt.num %proc.name", NULL);
	TEXT_IS("*%evt.num %proc.name %thread.tid", "17 <NA> -1");
	TEXT_IS("*%toupper(proc.name)|", "<NA>|");
}

TEST(json)
{
	usual();
	/* Sorted by name, each once; literal text is dropped. */
	JSON_IS("x %proc.name y %evt.num %fd.name %evt.num",
		"{\"evt.num\":17,\"fd.name\":\"/etc/passwd\",\"proc.name\":\"cat\"}");
	JSON_IS("literal", "{}");
	/* The fields in a transformer, not the transformer. */
	JSON_IS("%toupper(proc.name) %concat(fd.name, \"x\", proc.pname)",
		"{\"fd.name\":\"/etc/passwd\",\"proc.name\":\"cat\",\"proc.pname\":\"Shell\"}");
	/* Arguments belong to the name. */
	JSON_IS("%proc.aname[1] %evt.arg.size",
		"{\"evt.arg.size\":\"5\",\"proc.aname[1]\":\"Shell\"}");
	JSON_IS("%evt.is_io %evt.rawres %evt.rawtime",
		"{\"evt.is_io\":true,\"evt.rawres\":5,\"evt.rawtime\":1700000000000000000}");
	JSON_IS("*%proc.aname[9] %evt.num", "{\"evt.num\":17,\"proc.aname[9]\":null}");
	JSON_IS("%proc.aname[9] %evt.num", NULL);
	make_state("a\"b\xff", "/x\n");
	write_event(42, "", 0);
	JSON_IS("%proc.name %fd.name",
		"{\"fd.name\":\"/x\\n\",\"proc.name\":\"a\\\"b\xef\xbf\xbd\"}");
}

TEST(an_event_is_a_line)
{
	make_state("a\nb\x7f\x01\xff\xc2\x9b", "/x");
	write_event(42, "", 0);
	TEXT_IS("%proc.name\n.", "a\\nb\\x7f\\x01\xff\xc2\x9b\n.");
	/* Cut where it is printed: escapes count as what they look like. */
	TEXT_IS("%3proc.name|", "a\\n|");
}

/* ---- in a network, with options ---- */

static void put_with(const struct field_opts *opts, enum format_escape escape, const char *text,
		     const char *want)
{
	struct eyas_network *network;
	struct eyas_str out = EYAS_STR_INIT;
	struct eyas_layout *format;
	struct eyas_err err;

	CHECK_INT(eyas_network_new(opts, &network), 0);
	if (eyas_layout_new(network, opts, text, strlen(text), &format, &err))
		test_fail(__FILE__, __LINE__, "'%s': %s", text, err.text);
	eyas_str_puts(&out, "before ");
	eyas_network_begin(network, context);
	CHECK(eyas_layout_put_text(format, &out, escape) == (want != NULL));
	eyas_str_putc(&out, '\0');
	CHECK(!strncmp(out.data, "before ", 7));
	CHECK_STR(out.data + 7, want ? want : "");
	eyas_str_fini(&out);
	eyas_layout_free(format);
	eyas_network_free(network);
}

TEST(escapes)
{
	static const struct field_opts raw = { .outputtime = 'h', .raw_text = true };

	make_state("a\n\x1b\x7f\xff\xc2\x9b\xc3\xa4", "/x");
	write_event(42, "", 0);
	put_with(&raw, FORMAT_EXACT, "%proc.name\x1b", "a\n\x1b\x7f\xff\xc2\x9b\xc3\xa4\x1b");
	put_with(&raw, FORMAT_LINE, "%proc.name\x1b", "a\\n\\x1b\\x7f\xff\xc2\x9b\xc3\xa4\x1b");
	put_with(&raw, FORMAT_TERMINAL, "%proc.name\x1b",
		 "a\\n\\x1b\\x7f\\xff\\xc2\\x9b\xc3\xa4\x1b");
	/* Nothing stays of a line with a value missing. */
	put_with(&raw, FORMAT_LINE, "text %proc.name %proc.aname[9]", NULL);
}

/* A parameter that is a number in most events, and here a text. */
TEST(escapes_by_the_type_of_the_value)
{
	static const struct field_opts raw = { .outputtime = 'h', .raw_text = true };
	struct eyas_encoder enc;

	make_state("cat", "/x");
	eyas_encoder_begin(&enc, buf, sizeof(buf), EYAS_EV_SYSCALL_MOUNT_X, 1, 42);
	eyas_put_int(&enc, 0);
	eyas_put_str(&enc, "\x1b[2J\n");
	eyas_put_str(&enc, "/mnt");
	eyas_put_str(&enc, "\x1b]0;");
	eyas_put_uint(&enc, 0);
	take(&enc);
	put_with(&raw, FORMAT_LINE, "%evt.rawarg.dev", "\\x1b[2J\\n");
	put_with(&raw, FORMAT_TERMINAL, "%evt.rawarg.type", "\\x1b]0;");
}

/* Every byte, in and behind the eight that are looked at together. */
TEST(which_bytes_are_escaped)
{
	static const struct field_opts raw = { .outputtime = 'h', .raw_text = true };
	static const unsigned places[] = { 0, 7, 8, 9 };
	char name[11], escaped[16], hex[8];
	unsigned byte, i, at;

	for (byte = 1; byte < 256; byte++)
		for (i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
			at = places[i];
			memcpy(name, "0123456789", sizeof(name));
			name[at] = (char)byte;
			make_state(name, "/x");
			write_event(42, "", 0);
			snprintf(hex, sizeof(hex), "\\x%02x", byte);
			if (byte == '\n' || byte == '\r' || byte == '\t')
				snprintf(hex, sizeof(hex), "\\%c",
					 byte == '\n'	? 'n'
					 : byte == '\r' ? 'r'
							: 't');
			snprintf(escaped, sizeof(escaped), "%.*s%s%s", (int)at, name, hex,
				 name + at + 1);
			put_with(&raw, FORMAT_LINE, "%proc.name",
				 byte < 0x20 || byte == 0x7f ? escaped : name);
			put_with(&raw, FORMAT_TERMINAL, "%proc.name",
				 byte < 0x20 || byte > 0x7e ? escaped : name);
		}
}

TEST(views_of_buffers_keep_their_lines)
{
	static const struct field_opts hex = { .buffers = BUFFER_HEX, .outputtime = 'h' };

	make_state("cat", "/x");
	write_event(42, "hi", 2);
	put_with(&hex, FORMAT_LINE, "%evt.buffer|%evt.arg.data|",
		 "\n\t0x0000: 6869\n|\n\t0x0000: 6869\n|");
	put_with(&hex, FORMAT_TERMINAL, "%evt.args",
		 "res=2 data=\n\t0x0000: 6869\n fd=3(<f>/x) size=2");
}

/* ---- errors ---- */

TEST(errors_have_a_place)
{
	static const struct {
		const char *text;
		int code;
		unsigned line, column;
	} wrong[] = {
		{ "", EYAS_E_FORMAT, 0, 0 },
		{ "%", EYAS_E_FORMAT, 1, 1 },
		{ "100% sure", EYAS_E_FORMAT, 1, 4 },
		{ "%evt.num %", EYAS_E_FORMAT, 1, 10 },
		{ "%evt.num %5", EYAS_E_FORMAT, 1, 10 },
		{ "%%evt.num", EYAS_E_FORMAT, 1, 1 },
		{ "%-5evt.num", EYAS_E_FORMAT, 1, 1 },
		{ "% evt.num", EYAS_E_FORMAT, 1, 1 },
		{ "%evt.num %proc.nam", EYAS_E_USAGE, 1, 10 },
		{ "%evt.num\n%evt.cpu\n  %evt.nothing", EYAS_E_USAGE, 3, 3 },
		{ "%evt.num %12evt.nothing", EYAS_E_USAGE, 1, 10 },
		{ "*%nothing", EYAS_E_FORMAT, 1, 2 },
		{ "%evt.num %toupper(evt.num)", EYAS_E_USAGE, 1, 10 },
		{ "%toupper(proc.name", EYAS_E_FORMAT, 1, 1 },
		{ "%65536evt.num", EYAS_E_LIMIT, 1, 1 },
		{ "%99999999999999999999evt.num", EYAS_E_LIMIT, 1, 1 },
	};
	struct eyas_format *format;
	struct eyas_err err;
	size_t i;

	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		memset(&err, 0, sizeof(err));
		CHECK_INT(eyas_format_compile(wrong[i].text, &format, NULL), wrong[i].code);
		CHECK_INT(eyas_format_compile(wrong[i].text, &format, &err), wrong[i].code);
		if (err.line != wrong[i].line || err.column != wrong[i].column || !err.text[0])
			test_fail(__FILE__, __LINE__, "'%s': %u:%u '%s'", wrong[i].text, err.line,
				  err.column, err.text);
	}
	eyas_format_free(NULL);
	eyas_layout_free(NULL);
}

TEST(limits)
{
	static char text[70000];
	struct eyas_format *format;

	usual();
	memset(text, 'x', sizeof(text));
	text[65536] = '\0';
	CHECK_INT(eyas_format_compile(text, &format, NULL), 0);
	eyas_format_free(format);
	text[65536] = 'x';
	text[65537] = '\0';
	CHECK_INT(eyas_format_compile(text, &format, NULL), EYAS_E_LIMIT);
	/* A field ends somewhere near. */
	memcpy(text, "%evt.num", 8);
	text[60000] = '\0';
	CHECK_INT(eyas_format_compile(text, &format, NULL), 0);
	eyas_format_free(format);
	text[7] = 'x';
	CHECK_INT(eyas_format_compile(text, &format, NULL), EYAS_E_USAGE);
}
