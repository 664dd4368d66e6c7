/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The summary of a capture: counts by name and by process, first and last time, and both forms
 * in which it is shown, to the letter.
 */
#include "unit/rawcap.h"

#include <errno.h>
#include <limits.h>

#include "print/summary.h"

#define S UINT64_C(1000000000)

static struct eyas_summary *summary;
static struct eyas_str out;
static uint8_t buf[4096];
static struct eyas_encoder enc;

static struct eyas_bytes str(const char *text)
{
	return (struct eyas_bytes){ text, (uint32_t)strlen(text) };
}

static void begin(void)
{
	CHECK_INT(eyas_summary_new(&summary), 0);
}

static void fini(void)
{
	eyas_summary_free(summary);
	eyas_str_fini(&out);
}

/* Count what the encoder holds. */
static void count(bool shown)
{
	struct eyas_event event;
	int len = eyas_encoder_end(&enc);

	CHECK(len > 0);
	CHECK_INT(eyas_event_view(buf, (size_t)len, &event, NULL), 0);
	CHECK_INT(eyas_summary_event(summary, &event, shown), 0);
}

static void event(unsigned type, uint64_t ts_ns, uint64_t tid)
{
	eyas_encoder_begin(&enc, buf, sizeof(buf), type, ts_ns, tid);
}

static void close_events(unsigned n, uint64_t ts_ns, uint64_t tid)
{
	while (n--) {
		event(EYAS_EV_SYSCALL_CLOSE_X, ts_ns, tid);
		count(true);
	}
}

static void async_event(const char *name)
{
	event(EYAS_EV_ASYNCEVENT_E, 5, 1);
	eyas_put_uint(&enc, 1);
	eyas_put_str(&enc, name);
	count(true);
}

static void generic(unsigned type, int code)
{
	event(type, 5, 1);
	if (code >= 0)
		eyas_put_uint(&enc, (uint64_t)code);
	count(true);
}

static void thread(uint64_t tid, uint64_t pid, const char *comm)
{
	struct eyas_thread_entry entry = { .tid = tid, .pid = pid, .comm = str(comm) };
	struct eyas_loader loader;

	eyas_summary_loader(summary, &loader);
	CHECK_INT(loader.thread(loader.ctx, &entry), 0);
}

static const char *text_of(unsigned top)
{
	static const struct eyas_source_stats stats = { .sections = 1 };
	static const struct eyas_summary_file file = { "x", &stats, NULL };

	out.len = 0;
	CHECK_INT(eyas_summary_text(summary, &file, top, &out), 0);
	eyas_str_putc(&out, '\0');
	return out.data;
}

static const char *json_of(unsigned top)
{
	static const struct eyas_source_stats stats = { .sections = 1 };
	static const struct eyas_summary_file file = { "x", &stats, NULL };

	out.len = 0;
	CHECK_INT(eyas_summary_json(summary, &file, top, &out), 0);
	eyas_str_putc(&out, '\0');
	return out.data;
}

/* The member of the JSON object, from its key to the end of its value's brackets. */
static void member_is(const char *key, const char *want)
{
	char quoted[64], got[8192];
	const char *p, *from;
	int depth = 0;

	snprintf(quoted, sizeof(quoted), "\"%s\":", key);
	p = strstr(json_of(10), quoted);
	CHECK(p);
	from = p += strlen(quoted);
	do {
		depth += (*p == '{' || *p == '[') - (*p == '}' || *p == ']');
		p++;
	} while (depth > 0 || (*p != ',' && *p != '}'));
	snprintf(got, sizeof(got), "%.*s", (int)(p - from), from);
	CHECK_STR(got, want);
}

TEST(an_empty_summary)
{
	begin();
	CHECK_STR(text_of(10),
		  "file               x\n"
		  "format             scap 0.0, events v0, threads v0, compression none\n"
		  "bytes              0\n"
		  "sections           1\n"
		  "blocks             0\n"
		  "first event        -\n"
		  "last event         -\n"
		  "duration (s)       0.000000000\n"
		  "events             0\n"
		  "events/s           0\n"
		  "damaged parts      0\n"
		  "state              0 threads, 0 descriptors, 0 users, 0 groups, 0 interfaces\n");
	CHECK_STR(json_of(10),
		  "{\"file\":\"x\",\"format\":{\"major\":0,\"minor\":0,\"events\":0,\"threads\":0},"
		  "\"compression\":\"none\",\"bytes\":0,\"bytes_plain\":0,\"machine\":null,"
		  "\"events\":0,"
		  "\"state_events\":0,\"first_ts\":null,\"last_ts\":null,\"duration_ns\":0,"
		  "\"rate\":0,"
		  "\"by_type\":{},\"by_process\":[],\"processes\":0,\"stored\":{\"events\":0,"
		  "\"enters_folded\":0,\"converted\":0,\"without_meaning\":0,\"newer\":0,"
		  "\"longer\":0,"
		  "\"enters_missing\":0,\"enters_evicted\":0},\"blocks\":0,\"blocks_skipped\":0,"
		  "\"entries_longer\":0,\"sections\":1,\"state\":{\"threads\":0,\"fds\":0,"
		  "\"users\":0,"
		  "\"groups\":0,\"interfaces\":0},\"skipped\":0,\"damaged\":0,\"error\":null}\n");
	fini();
	eyas_summary_free(NULL);
}

/* ---- by name ---- */

TEST(types_of_one_name_are_one_row)
{
	begin();
	event(EYAS_EV_SYSCALL_OPEN_E, 1, 1);
	count(true);
	event(EYAS_EV_SYSCALL_OPEN_X, 1, 1);
	count(true);
	event(EYAS_EV_SYSCALL_EXECVE_19_X, 1, 1);
	count(true);
	close_events(3, 1, 1);
	member_is("by_type", "{\"close\":3,\"execve\":1,\"open\":2}");
	fini();
}

/* Generic events count as the call they stand for, together with its own events. */
TEST(generic_events_have_the_name_of_their_call)
{
	unsigned code, open_code = 0;

	for (code = 1; code < 300; code++)
		if (eyas_syscall_info(code) && !strcmp(eyas_syscall_info(code)->name, "close"))
			open_code = code;
	CHECK(open_code);
	begin();
	generic(EYAS_EV_GENERIC_X, 1);
	generic(EYAS_EV_GENERIC_E, 1);
	generic(EYAS_EV_GENERIC_X, (int)open_code);
	close_events(1, 1, 1);
	/* A call that is not known, and none. */
	generic(EYAS_EV_GENERIC_X, 511);
	generic(EYAS_EV_GENERIC_X, 65535);
	generic(EYAS_EV_GENERIC_X, -1);
	member_is("by_type", "{\"close\":2,\"restart_syscall\":2,\"syscall\":3}");
	fini();
}

TEST(async_events_have_names_of_their_own)
{
	char name[80];

	begin();
	async_event("container");
	async_event("b\"\n");
	async_event("b\"\n");
	/* A type of that name counts with it; a name that is another's beginning does not. */
	event(EYAS_EV_CONTAINER_JSON_2_E, 1, 1);
	count(true);
	async_event("con");
	/* Long names are told apart by what is kept of them. */
	memset(name, 'x', sizeof(name));
	name[79] = '\0';
	async_event(name);
	name[70] = 'y';
	async_event(name);
	member_is("by_type",
		  "{\"b\\\"\\n\":2,\"con\":1,\"container\":2,"
		  "\"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\":2}");
	CHECK(strstr(text_of(10), "\n           2  28.6%  b\"\\n\n"));
	fini();
}

/* A hostile capture has a name for each event. */
TEST(names_have_a_limit)
{
	char name[16];
	unsigned i;

	begin();
	for (i = 0; i < 1500; i++) {
		snprintf(name, sizeof(name), "name%u", i);
		async_event(name);
	}
	async_event("name999");
	CHECK(strstr(json_of(10), "\"asyncevent\":500,"));
	CHECK(strstr(json_of(10), "\"name999\":2}"));
	CHECK(!strstr(json_of(10), "\"name1000\""));
	fini();
}

/* ---- by process ---- */

TEST(threads_count_for_their_process)
{
	begin();
	thread(10, 10, "java");
	thread(11, 10, "GC Thread");
	thread(12, 10, "C2 Compiler");
	thread(20, 20, "idle");
	thread(30, 30, "a-very-long-command-name");
	close_events(2, 1, 11);
	close_events(1, 1, 12);
	close_events(1, 1, 30);
	/* Not known from anywhere. */
	close_events(2, 1, 40);
	member_is("by_process", "[{\"pid\":10,\"comm\":\"java\",\"events\":3},"
				"{\"pid\":40,\"comm\":null,\"events\":2},"
				"{\"pid\":30,\"comm\":\"a-very-long-com\",\"events\":1}]");
	member_is("processes", "3");
	fini();
}

/* Whichever thread is met first, the process has the name of its leader. */
TEST(a_process_has_the_name_of_its_leader)
{
	begin();
	thread(12, 10, "C2 Compiler");
	thread(11, 10, "GC Thread");
	thread(10, 10, "java");
	thread(22, 20, "worker");
	close_events(2, 1, 12);
	close_events(1, 1, 22);
	member_is("by_process", "[{\"pid\":10,\"comm\":\"java\",\"events\":2},"
				"{\"pid\":20,\"comm\":\"worker\",\"events\":1}]");
	fini();
}

/* One of the events that say who a thread is. */
static void identity(unsigned type, uint64_t tid, int64_t pid, const char *comm)
{
	const struct eyas_event_info *info = eyas_event_info(type);
	unsigned i;

	event(type, 1, tid);
	for (i = 0; i < info->nparams; i++) {
		if (!strcmp(info->params[i].name, "pid"))
			eyas_put_int(&enc, pid);
		else if (!strcmp(info->params[i].name, "comm"))
			eyas_put_str(&enc, comm);
		else
			eyas_put_missing(&enc);
	}
	count(true);
}

TEST(clone_and_exec_tell_who_a_thread_is)
{
	static const unsigned types[] = { EYAS_EV_SYSCALL_CLONE_20_X,  EYAS_EV_SYSCALL_FORK_20_X,
					  EYAS_EV_SYSCALL_VFORK_20_X,  EYAS_EV_SYSCALL_CLONE3_X,
					  EYAS_EV_SYSCALL_EXECVE_19_X, EYAS_EV_SYSCALL_EXECVEAT_X };
	unsigned i;

	for (i = 0; i < 6; i++) {
		begin();
		/* A new process, a thread of it, and another name by exec. */
		identity(types[i], 100, 100, "sh");
		identity(types[i], 101, 100, "sh-thread");
		close_events(2, 1, 101);
		member_is("by_process", "[{\"pid\":100,\"comm\":\"sh\",\"events\":4}]");
		identity(EYAS_EV_SYSCALL_EXECVE_19_X, 100, 100, "ls");
		member_is("by_process", "[{\"pid\":100,\"comm\":\"ls\",\"events\":5}]");
		/* Without what it would tell, nothing changes. */
		event(types[i], 1, 100);
		count(true);
		member_is("by_process", "[{\"pid\":100,\"comm\":\"ls\",\"events\":6}]");
		fini();
	}
}

/* Other events with such parameters tell of another thread than their own. */
TEST(other_events_tell_nothing)
{
	begin();
	thread(5, 5, "kill");
	event(EYAS_EV_SYSCALL_KILL_X, 1, 5);
	eyas_put_int(&enc, 0);
	eyas_put_int(&enc, 99);
	count(true);
	member_is("by_process", "[{\"pid\":5,\"comm\":\"kill\",\"events\":1}]");
	fini();
}

TEST(equal_counts_are_sorted_by_id)
{
	begin();
	close_events(1, 1, 30);
	close_events(1, 1, 10);
	close_events(2, 1, 40);
	close_events(1, 1, UINT64_MAX);
	close_events(1, 1, 20);
	member_is("by_process", "[{\"pid\":40,\"comm\":null,\"events\":2},"
				"{\"pid\":10,\"comm\":null,\"events\":1},"
				"{\"pid\":20,\"comm\":null,\"events\":1},"
				"{\"pid\":30,\"comm\":null,\"events\":1},"
				"{\"pid\":-1,\"comm\":null,\"events\":1}]");
	fini();
}

/* So many threads that no list holds them: their events are those of nobody known. */
TEST(threads_have_a_limit)
{
	struct eyas_event view;
	struct eyas_loader loader;
	struct eyas_thread_entry entry = { .tid = 300001, .pid = 1, .comm = str("late") };
	uint64_t tid;
	int len;

	begin();
	event(EYAS_EV_SYSCALL_CLOSE_X, 1, 1);
	len = eyas_encoder_end(&enc);
	CHECK(len > 0);
	for (tid = 1; tid <= 200100; tid++) {
		eyas_put_le64(buf + 8, tid);
		CHECK_INT(eyas_event_view(buf, (size_t)len, &view, NULL), 0);
		CHECK_INT(eyas_summary_event(summary, &view, true), 0);
	}
	eyas_summary_loader(summary, &loader);
	CHECK_INT(loader.thread(loader.ctx, &entry), 0);
	identity(EYAS_EV_SYSCALL_EXECVE_19_X, 300002, 2, "later");
	CHECK(strstr(json_of(1), "\"by_process\":[{\"pid\":-1,\"comm\":null,\"events\":101}],"
				 "\"processes\":200001,"));
	CHECK(strstr(json_of(1), "\"events\":200101,"));
	fini();
}

/* ---- time, state, whole texts ---- */

TEST(first_and_last)
{
	begin();
	close_events(1, 200 * S, 1);
	member_is("first_ts", "200000000000");
	member_is("last_ts", "200000000000");
	member_is("duration_ns", "0");
	member_is("rate", "0");
	/* Times may step back; an event without one does not count here. */
	close_events(1, 100 * S, 1);
	close_events(1, 0, 1);
	close_events(17, 150 * S, 1);
	member_is("first_ts", "100000000000");
	member_is("last_ts", "200000000000");
	member_is("duration_ns", "100000000000");
	close_events(280, 150 * S, 1);
	member_is("rate", "3");
	/* Nor does a hidden one, of which only the number is told. */
	event(EYAS_EV_SYSCALL_CLOSE_X, 1, 77);
	count(false);
	member_is("first_ts", "100000000000");
	member_is("state_events", "1");
	CHECK(strstr(json_of(10), "\"machine\":null,\"events\":300,"));
	member_is("processes", "1");
	fini();
}

TEST(the_whole_text)
{
	static const struct eyas_source_stats stats = {
		.bytes_in = 1000,
		.bytes = 5000,
		.sections = 1,
		.blocks = 20,
		.blocks_skipped = 1,
		.events = 12,
		.events_stored = 2,
		.events_dropped = 3,
		.events_newer = 4,
		.events_longer = 5,
		.events_converted = 6,
		.enters_missing = 7,
		.enters_evicted = 8,
		.damaged = 9,
		.entries_longer = 10,
		.machines = 1,
		.ifaces = 2,
		.users = 3,
		.groups = 4,
		.threads = 5,
		.fds = 6,
		.compression = EYAS_COMPRESS_ZSTD,
		.version_major = 1,
		.version_minor = 2,
		.event_version = 2,
		.thread_version = 9,
	};
	static const struct eyas_machine machine = { .num_cpus = 4,
						     .memory_bytes = 8ull << 30,
						     .max_pid = 32768,
						     .hostname = "ho\x1bst",
						     .boot_ts_ns = 50 * S };
	struct eyas_err failure = { .code = EYAS_E_TRUNC, .text = "it \"ends\"" };
	struct eyas_summary_file file = { "dir/\tname", &stats, &failure };
	struct eyas_loader loader;

	begin();
	eyas_summary_loader(summary, &loader);
	CHECK(!loader.section && !loader.fd);
	CHECK_INT(loader.machine(loader.ctx, &machine), 0);
	thread(10, 10, "one");
	thread(20, 20, "t\two");
	close_events(5, 100 * S, 10);
	event(EYAS_EV_SYSCALL_READ_X, 102 * S + S / 2, 20);
	count(true);
	event(EYAS_EV_SYSCALL_OPEN_E, 101 * S, 10);
	count(false);
	close_events(1, 101 * S, 30);
	CHECK_INT(eyas_summary_text(summary, &file, 2, &out), 0);
	eyas_str_putc(&out, '\0');
	CHECK_STR(out.data,
		  "file               dir/\\tname\n"
		  "format             scap 1.2, events v2, threads v9, compression zstd\n"
		  "bytes              1000\n"
		  "bytes, plain       5000\n"
		  "sections           1\n"
		  "blocks             20\n"
		  "host               ho\\x1bst\n"
		  "cpus               4\n"
		  "memory (MiB)       8192\n"
		  "booted             1970-01-01T00:00:50.000000000Z\n"
		  "first event        1970-01-01T00:01:40.000000000Z\n"
		  "last event         1970-01-01T00:01:42.500000000Z\n"
		  "duration (s)       2.500000000\n"
		  "events             7\n"
		  "events/s           2\n"
		  "state events       1\n"
		  "stored events      12\n"
		  "converted          6\n"
		  "newer, skipped     5\n"
		  "longer, cut        15\n"
		  "enters missing     7\n"
		  "enters given up    8\n"
		  "damaged parts      10\n"
		  "state              5 threads, 6 descriptors, 3 users, 4 groups, 2 interfaces\n"
		  "\n"
		  "events by type\n"
		  "           6  85.7%  close\n"
		  "           1  14.3%  read\n"
		  "\n"
		  "events by process\n"
		  "           5  71.4%  10 one\n"
		  "           1  14.3%  20 t\\two\n"
		  "             and 1 more\n");
	out.len = 0;
	CHECK_INT(eyas_summary_json(summary, &file, 2, &out), 0);
	eyas_str_putc(&out, '\0');
	CHECK_STR(
		out.data,
		"{\"file\":\"dir/\\tname\",\"format\":{\"major\":1,\"minor\":2,\"events\":2,"
		"\"threads\":9},\"compression\":\"zstd\",\"bytes\":1000,\"bytes_plain\":5000,"
		"\"machine\":{\"hostname\":\"ho\\u001bst\",\"num_cpus\":4,"
		"\"memory_bytes\":8589934592,\"max_pid\":32768,\"boot_ts\":50000000000},"
		"\"events\":7,\"state_events\":1,\"first_ts\":100000000000,"
		"\"last_ts\":102500000000,\"duration_ns\":2500000000,\"rate\":2,"
		"\"by_type\":{\"close\":6,\"read\":1},"
		"\"by_process\":[{\"pid\":10,\"comm\":\"one\",\"events\":5},"
		"{\"pid\":20,\"comm\":\"t\\two\",\"events\":1}],\"processes\":3,"
		"\"stored\":{\"events\":12,\"enters_folded\":2,\"converted\":6,"
		"\"without_meaning\":3,\"newer\":4,\"longer\":5,\"enters_missing\":7,"
		"\"enters_evicted\":8},\"blocks\":20,\"blocks_skipped\":1,\"entries_longer\":10,"
		"\"sections\":1,\"state\":{\"threads\":5,\"fds\":6,\"users\":3,\"groups\":4,"
		"\"interfaces\":2},\"skipped\":5,\"damaged\":10,\"error\":\"it \\\"ends\\\"\"}\n");
	fini();
}

/* What is appended to keeps what it has. */
TEST(appends)
{
	begin();
	eyas_str_puts(&out, "before");
	text_of(1);
	out.len = 0;
	eyas_str_puts(&out, "before");
	CHECK_INT(eyas_summary_json(summary,
				    &(struct eyas_summary_file){
					    "x", &(struct eyas_source_stats){ 0 }, NULL },
				    1, &out),
		  0);
	CHECK(!memcmp(out.data, "before{\"file\"", 13));
	fini();
}
