/* SPDX-License-Identifier: Apache-2.0 */
/* The registry of fields: its tables, names, arguments, errors and what is offered instead. */
#include "unit/fields.h"

#include <stdio.h>

TEST(tables)
{
	const struct field_class *class;
	unsigned classes = 0;
	size_t rows = 0;

	for (; (class = eyas_field_class(classes)); classes++) {
		check_class(class);
		rows += class->count;
	}
	CHECK_INT(classes, 10);
	CHECK(rows >= 233);
	CHECK(!eyas_field_class(classes));
	CHECK(!eyas_field_class(UINT32_MAX));
}

/* A field that takes an argument says in which form; a list of one field has one type. */
TEST(flags_of_arguments)
{
	enum { FORMS = FIELD_ARG_INDEX | FIELD_ARG_KEY | FIELD_ARG_DOT };
	const struct field_class *class;
	unsigned i;
	size_t j;

	for (i = 0; (class = eyas_field_class(i)); i++)
		for (j = 0; j < class->count; j++) {
			const struct field_info *info = &class->fields[j];
			unsigned takes = info->flags & (FIELD_ARG_REQUIRED | FIELD_ARG_ALLOWED);

			if (!takes != !(info->flags & FORMS))
				test_fail(__FILE__, __LINE__, "%s: flags %x", info->name,
					  info->flags);
		}
}

/* Descriptions are phrases, not sentences, so that listings look like one table. */
TEST(descriptions)
{
	const struct field_class *class;
	unsigned i;
	size_t j, len;

	for (i = 0; (class = eyas_field_class(i)); i++)
		for (j = 0; j < class->count; j++) {
			const char *help = class->fields[j].help;

			len = strlen(help);
			if (!len || strchr(".?! ", help[len - 1]) ||
			    (help[0] >= 'A' && help[0] <= 'Z' && help[1] >= 'a' && help[1] <= 'z'))
				test_fail(__FILE__, __LINE__, "%s: '%s'", class->fields[j].name,
					  help);
		}
}

/* Every name finds its own row, alone and among the texts that it begins. */
TEST(every_name)
{
	const struct field_class *class;
	struct eyas_arena arena = { 0 };
	struct field_ref ref;
	char text[128];
	unsigned i;
	size_t j;

	for (i = 0; (class = eyas_field_class(i)); i++)
		for (j = 0; j < class->count; j++) {
			const struct field_info *info = &class->fields[j];

			if (!(info->flags & FIELD_ARG_REQUIRED)) {
				CHECK_INT(eyas_field_bind(info->name, strlen(info->name), &arena,
							  &ref, NULL),
					  0);
				CHECK(ref.info == info);
				CHECK_STR(ref.text, info->name);
			}
			snprintf(text, sizeof(text), "%sx", info->name);
			CHECK_INT(eyas_field_bind(text, strlen(text), &arena, &ref, NULL),
				  EYAS_E_USAGE);
		}
	eyas_arena_fini(&arena);
}

static struct eyas_arena bound;

static struct field_ref bind(const char *text)
{
	struct field_ref ref;
	struct eyas_err err;

	if (eyas_field_bind(text, strlen(text), &bound, &ref, &err))
		test_fail(__FILE__, __LINE__, "%s: %s", text, err.text);
	return ref;
}

TEST(arguments)
{
	struct field_ref ref = bind("proc.aname[2]");

	CHECK_STR(ref.info->name, "proc.aname");
	CHECK_STR(ref.text, "proc.aname[2]");
	CHECK(ref.arg_is_index);
	CHECK_INT(ref.arg_index, 2);
	ref = bind("proc.env[HOME]");
	CHECK(!ref.arg_is_index);
	CHECK_INT(ref.arg_len, 4);
	CHECK(!memcmp(ref.arg, "HOME", 4));
	ref = bind("evt.arg.flags");
	CHECK_STR(ref.info->name, "evt.arg");
	CHECK_STR(ref.arg, "flags");
	ref = bind("evt.arg[0]");
	CHECK(ref.arg_is_index);
	ref = bind("evt.args");
	CHECK_STR(ref.info->name, "evt.args");
	CHECK(!ref.arg);
	ref = bind("evt.type.is.open");
	CHECK_STR(ref.info->name, "evt.type.is");
	ref = bind("evt.around[1700000000123456789]");
	CHECK(ref.arg_index == 1700000000123456789);
	ref = bind("thread.cgroup.cpuset");
	CHECK_STR(ref.arg, "cpuset");
	/* Both forms: a number is an index. */
	ref = bind("proc.aenv[2]");
	CHECK(ref.arg_is_index);
	ref = bind("proc.aenv[PATH]");
	CHECK(!ref.arg_is_index);
	eyas_arena_fini(&bound);
}

/* The text need not end where it is told to. */
TEST(length)
{
	struct field_ref ref;

	CHECK_INT(eyas_field_bind("proc.name=bash", 9, &bound, &ref, NULL), 0);
	CHECK_STR(ref.text, "proc.name");
	CHECK_INT(eyas_field_bind("proc.aname[12] =", 14, &bound, &ref, NULL), 0);
	CHECK_INT(ref.arg_index, 12);
	eyas_arena_fini(&bound);
}

TEST(errors)
{
	static const struct {
		const char *text, *error;
	} rows[] = {
		{ "proc.nme", "unknown field 'proc.nme'; did you mean 'proc.name'?" },
		{ "fd.nam[2]", "unknown field 'fd.nam[2]'; did you mean 'fd.name'?" },
		{ "zzzzzz.qqqqqq", "unknown field 'zzzzzz.qqqqqq'" },
		{ "", "unknown field ''" },
		{ ".", "unknown field '.'" },
		{ "[1]", "unknown field '[1]'" },
		{ "evt", "unknown field 'evt'" },
		{ "evt.", "unknown field 'evt.'" },
		{ "proc.name.x", "unknown field 'proc.name.x'; did you mean 'proc.name'?" },
		{ "evt.arg.fd[1]", "unknown field 'evt.arg.fd[1]'; did you mean 'evt.arg'?" },
		{ "proc.name[1]", "field 'proc.name' takes no argument" },
		{ "evt.arg", "field 'evt.arg' needs an argument: evt.arg[NUMBER] or evt.arg.NAME" },
		{ "evt.arg.", "field 'evt.arg' does not take '': expected evt.arg[NUMBER] or "
			      "evt.arg.NAME" },
		{ "evt.arg[]", "field 'evt.arg' does not take '': expected evt.arg[NUMBER] or "
			       "evt.arg.NAME" },
		{ "evt.arg[x]", "field 'evt.arg' does not take 'x': expected evt.arg[NUMBER] or "
				"evt.arg.NAME" },
		{ "evt.arg[-1]", "field 'evt.arg' does not take '-1': expected evt.arg[NUMBER] or "
				 "evt.arg.NAME" },
		{ "evt.arg[32]", "field 'evt.arg': no event has more than 32 parameters" },
		{ "evt.arg.nosuch", "field 'evt.arg': no event has a parameter 'nosuch'" },
		{ "evt.rawarg.nosuch", "field 'evt.rawarg': no event has a parameter 'nosuch'" },
		{ "evt.rawarg", "field 'evt.rawarg' needs an argument: evt.rawarg.NAME" },
		{ "evt.rawarg[1]", "field 'evt.rawarg' does not take '1': expected "
				   "evt.rawarg.NAME" },
		{ "evt.arg[1", "field 'evt.arg': there is no ']'" },
		{ "evt.arg[1]x", "field 'evt.arg': nothing may follow the ']'" },
		{ "evt.arg[1][2]", "field 'evt.arg': nothing may follow the ']'" },
		{ "evt.type.is.nosuch", "field 'evt.type.is': there is no event type 'nosuch'" },
		{ "evt.type.is.454", "field 'evt.type.is': event types are numbers below 454" },
		{ "evt.type.is.3x", "field 'evt.type.is': event types are numbers below 454" },
		{ "evt.abspath.both", "field 'evt.abspath' takes .src or .dst" },
		{ "evt.around[9223372036854775808]",
		  "field 'evt.around' does not take '9223372036854775808': expected "
		  "evt.around[NUMBER]" },
	};
	struct field_ref ref;
	struct eyas_err err;
	size_t i;

	for (i = 0; i < FIELD_COUNT(rows); i++) {
		CHECK_INT(eyas_field_bind(rows[i].text, strlen(rows[i].text), &bound, &ref, &err),
			  EYAS_E_USAGE);
		CHECK_STR(err.text, rows[i].error);
	}
	eyas_arena_fini(&bound);
}

/* Bytes of any kind and length are an unknown field, no more. */
TEST(hostile_names)
{
	static char text[100000];
	struct field_ref ref;
	struct eyas_err err;

	memset(text, 'a', sizeof(text));
	CHECK_INT(eyas_field_bind(text, sizeof(text), &bound, &ref, &err), EYAS_E_USAGE);
	memset(text, '.', sizeof(text));
	CHECK_INT(eyas_field_bind(text, sizeof(text), &bound, &ref, &err), EYAS_E_USAGE);
	CHECK_INT(eyas_field_bind("evt\0num", 7, &bound, &ref, &err), EYAS_E_USAGE);
	CHECK_INT(eyas_field_bind("evt.num\0", 8, &bound, &ref, &err), EYAS_E_USAGE);
	memcpy(text, "proc.env[", 9);
	text[sizeof(text) - 1] = ']';
	CHECK_INT(eyas_field_bind(text, sizeof(text), &bound, &ref, &err), 0);
	CHECK_INT(ref.arg_len, sizeof(text) - 10);
	eyas_arena_fini(&bound);
}

TEST(nearest)
{
	CHECK_STR(eyas_field_nearest("proc.nmae", 9), "proc.name");
	CHECK_STR(eyas_field_nearest("evt.bufflen", 11), "evt.buflen");
	CHECK_STR(eyas_field_nearest("proc.anme[3]", 12), "proc.aname");
	CHECK(!eyas_field_nearest("no.idea.what.this.is", 20));
}

/* ---- util and fdlist ---- */

/* Each mention counts for itself. */
TEST(count)
{
	struct machine m;
	struct eyas_value value;
	struct field_ref one, two;

	start_machine(&m);
	CHECK(get_field(&m, "util.cnt", &one, &value));
	CHECK_INT(value.u.num, 1);
	CHECK(one.info->get(&m.eval, &one, &value));
	CHECK_INT(value.u.num, 2);
	CHECK(get_field(&m, "util.cnt", &two, &value));
	CHECK_INT(value.u.num, 1);
	stop_machine(&m);
}

static void add_sockets(struct machine *m)
{
	const struct eyas_fd_entry file = { .fd = 3,
					    .kind = EYAS_FD_FILE,
					    .name = BYTES("/etc/x") };
	const struct eyas_fd_entry tcp = { .fd = 4,
					   .kind = EYAS_FD_IPV4_SOCK,
					   .l4 = 2,
					   .src = { 10, 0, 0, 1 },
					   .dst = { 10, 0, 0, 2 },
					   .sport = 5000,
					   .dport = 80 };
	const struct eyas_fd_entry server = {
		.fd = 5, .kind = EYAS_FD_IPV4_SERVER, .l4 = 2, .src = { 127, 0, 0, 1 }, .sport = 22
	};

	add_fd(m, &file);
	add_fd(m, &tcp);
	add_fd(m, &server);
}

TEST(fdlist)
{
	static const struct eyas_pollfd fds[] = { { 3, 1 }, { 4, 1 }, { 9, 1 }, { 5, 1 } };
	struct machine m;

	start_machine(&m);
	add_sockets(&m);
	begin_event(&m, EYAS_EV_SYSCALL_POLL_X, 300);
	eyas_put_int(&m.encoder, 1);
	eyas_put_fdlist(&m.encoder, fds, 4);
	end_event(&m);
	SHOWS(&m, "fdlist.nums", "3,4,9,5");
	SHOWS(&m, "fdlist.names", "/etc/x,10.0.0.1:5000->10.0.0.2:80,<NA>,127.0.0.1:22");
	SHOWS(&m, "fdlist.cips", "10.0.0.1");
	SHOWS(&m, "fdlist.sips", "10.0.0.2,127.0.0.1");
	SHOWS(&m, "fdlist.cports", "5000");
	SHOWS(&m, "fdlist.sports", "80,22");
	/* Nothing to say, no thread, another event: missing. */
	begin_event(&m, EYAS_EV_SYSCALL_PPOLL_X, 300);
	eyas_put_int(&m.encoder, 1);
	eyas_put_fdlist(&m.encoder, fds, 1);
	end_event(&m);
	SHOWS(&m, "fdlist.names", "/etc/x");
	SHOWS(&m, "fdlist.cips", MISSING);
	m.context.thread = NULL;
	SHOWS(&m, "fdlist.nums", MISSING);
	set_event(&m, EYAS_EV_PROCINFO_E, 300);
	SHOWS(&m, "fdlist.nums", MISSING);
	stop_machine(&m);
}
