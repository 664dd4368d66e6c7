/* SPDX-License-Identifier: Apache-2.0 */
/* Files of SysFlow records: their contents, their names, and one after another. */
#include "unit/sfwriter.h"

#include <avro.h>
#include <dirent.h>
#include <sys/wait.h>
#include <time.h>

#include "sysflow/schema.h"

static const char *const codecs[] = { "null", "deflate", "snappy" };
enum { CODECS = sizeof(codecs) / sizeof(codecs[0]) };

/* ---- contents ---- */

/* As Avro's own reader sees the file. */
static void check_avro(const char *path, int schema)
{
	avro_value_iface_t *class;
	avro_file_reader_t reader;
	avro_value_t value, rec, branch;
	avro_schema_t parsed;
	char *got;
	size_t i, len;

	CHECK_INT(avro_file_reader(path, &reader), 0);
	parsed = avro_file_reader_get_writer_schema(reader);
	class = avro_generic_class_from_schema(parsed);
	CHECK_INT(avro_generic_value_new(class, &value), 0);
	for (i = 0; i < SF_RECORDS; i++) {
		CHECK_INT(avro_file_reader_read_value(reader, &value), 0);
		CHECK_INT(avro_value_get_by_index(&value, 0, &rec, NULL), 0);
		CHECK_INT(avro_value_get_current_branch(&rec, &branch), 0);
		CHECK_INT(avro_value_to_json(&branch, 1, &got), 0);
		len = strlen(sf_records[i].json);
		/* Without the bracket, behind which schema 6 has more. */
		if (i)
			CHECK(!strncmp(got, sf_records[i].json, len - 1));
		CHECK(schema == 6 || !i || strlen(got) == len);
		free(got);
		avro_value_reset(&value);
	}
	CHECK_INT(avro_file_reader_read_value(reader, &value) != 0, 1);
	avro_value_decref(&value);
	avro_value_iface_decref(class);
	avro_file_reader_close(reader);
	avro_schema_decref(parsed);
}

TEST(every_record_in_every_codec)
{
	char *path = in_tmpdir("a.sf");
	struct sffile file;
	struct rig rig;
	unsigned i, k;
	int schema;

	for (i = 0; i < CODECS; i++) {
		for (schema = 5; schema <= 6; schema++) {
			rig_open(&rig, &(struct sf_writer_opts){ .path = path,
								 .schema = schema,
								 .codec = codecs[i] });
			rig_begin(&rig, 1);
			CHECK_STR(rig.filename, path);
			for (k = 1; k < SF_RECORDS; k++)
				rig_put(&rig, &sf_records[k].record);
			CHECK(*rig.sink.due_ns == UINT64_MAX);
			CHECK_INT(sf_writer_finish(rig.writer, &rig.err), 0);
			CHECK_INT(rig_stats(&rig).records, SF_RECORDS);
			CHECK_INT(rig_stats(&rig).bytes, rig.sent.len);
			CHECK_INT(rig_stats(&rig).files, 1);
			CHECK_INT(rig_stats(&rig).file_lost, 0);
			sf_read(&file, path);
			CHECK_STR(file.codec, codecs[i]);
			CHECK_STR(file.schema, sf_schema_text(schema));
			CHECK_INT(file.records, SF_RECORDS);
			if (strcmp(codecs[i], "snappy")) {
				CHECK_INT(file.data.len, rig.sent.len);
				CHECK(!memcmp(file.data.data, rig.sent.data, rig.sent.len));
			}
			sf_free(&file);
			check_avro(path, schema);
			rig_close(&rig);
		}
	}
}

/* What other people's readers do: the file's own schema, and one of an earlier version. */
static const char python[] =
	"import sys\n"
	"try:\n"
	"    import avro.datafile, avro.io, avro.schema\n"
	"except ImportError:\n"
	"    sys.exit(77)\n"
	"old = avro.schema.parse(open(sys.argv[2]).read())\n"
	"own = list(avro.datafile.DataFileReader(open(sys.argv[1], 'rb'), avro.io.DatumReader()))\n"
	"as_old = list(avro.datafile.DataFileReader(open(sys.argv[1], 'rb'),\n"
	"                                           avro.io.DatumReader(None, old)))\n"
	"assert len(own) == len(as_old) == int(sys.argv[3]), (len(own), len(as_old))\n"
	"assert own[0]['rec']['exporter'] == 'exp', own[0]\n"
	"for a, b in zip(own, as_old):\n"
	"    a = {k: v for k, v in a['rec'].items() if k not in ('sip6', 'dip6')}\n"
	"    assert a == b['rec'], (a, b)\n";

TEST(python_reads_schema_6_as_schema_5)
{
	char *path = in_tmpdir("a.sf"), *old = in_tmpdir("old.avsc"),
	     *script = in_tmpdir("read.py");
	char command[16384];
	struct rig rig;
	FILE *f;
	unsigned i, k;
	int status;

	f = fopen(old, "w");
	CHECK(f && fputs(sf_schema_text(5), f) >= 0 && !fclose(f));
	f = fopen(script, "w");
	CHECK(f && fputs(python, f) >= 0 && !fclose(f));
	/* Not snappy, for which it needs another package. */
	for (i = 0; i < 2; i++) {
		rig_open(&rig,
			 &(struct sf_writer_opts){ .path = path, .schema = 6, .codec = codecs[i] });
		rig_begin(&rig, 1);
		for (k = 1; k < SF_RECORDS; k++)
			rig_put(&rig, &sf_records[k].record);
		rig_flows(&rig, 2000);
		snprintf(command, sizeof(command), "/usr/bin/python3 '%s' '%s' '%s' %llu", script,
			 path, old, (unsigned long long)rig.records);
		rig_close(&rig);
		status = system(command);
		if (WIFEXITED(status) && (WEXITSTATUS(status) == 77 || WEXITSTATUS(status) == 127))
			test_skip("needs python3-avro");
		CHECK_INT(status, 0);
	}
}

TEST(blocks_are_cut_when_they_are_full)
{
	char *path = in_tmpdir("a.sf");
	struct sffile file;
	struct rig rig;
	unsigned i;

	for (i = 0; i < 2; i++) {
		rig_open(&rig,
			 &(struct sf_writer_opts){ .path = path, .schema = 5, .codec = codecs[i] });
		rig_begin(&rig, 1);
		rig_flows(&rig, 20000);
		/* While it grows, it is a whole file at any time. */
		sf_read(&file, path);
		CHECK(file.blocks > 5 && file.records > 18000 && file.records < 20000);
		CHECK(!memcmp(file.data.data, rig.sent.data, file.data.len));
		sf_free(&file);
		CHECK_INT(sf_writer_finish(rig.writer, &rig.err), 0);
		sf_read(&file, path);
		CHECK(file.smallest >= 80000 && file.largest < 80200);
		CHECK_INT(file.records, 20001);
		CHECK_INT(file.data.len, rig.sent.len);
		CHECK(!memcmp(file.data.data, rig.sent.data, file.data.len));
		sf_free(&file);
		rig_close(&rig);
	}
}

TEST(files_differ_in_their_marker_and_rand_is_left_alone)
{
	char *paths[2] = { in_tmpdir("a.sf"), in_tmpdir("b.sf") };
	struct sffile file[2];
	struct rig rig;
	int want[4], i;

	srand(1234);
	for (i = 0; i < 4; i++)
		want[i] = rand();
	srand(1234);
	for (i = 0; i < 4; i++) {
		CHECK_INT(rand(), want[i]);
		rig_open(&rig, &(struct sf_writer_opts){ .path = paths[i & 1], .schema = 5 });
		rig_begin(&rig, 1);
		rig_close(&rig);
		sf_read(&file[i & 1], paths[i & 1]);
		CHECK_STR(file[i & 1].codec, "deflate");
		sf_free(&file[i & 1]);
	}
	CHECK(memcmp(file[0].sync, file[1].sync, 16));
}

TEST(a_record_as_large_as_they_get_and_one_that_is_too_large)
{
	char *path = in_tmpdir("a.sf"), *text = malloc(5 << 20);
	struct sysflow_record record = { .type = SYSFLOW_K8S_EVENT };
	struct rig rig;

	CHECK(text);
	memset(text, 'x', 5 << 20);
	record.u.k8s_event.message = text;
	rig_open(&rig, &(struct sf_writer_opts){ .path = path, .schema = 5 });
	rig_begin(&rig, 1);
	text[(4 << 20) - 100] = '\0';
	rig_put(&rig, &record);
	rig_flows(&rig, 1);
	check_untold(&rig);
	text[(4 << 20) - 100] = 'x';
	text[(5 << 20) - 1] = '\0';
	CHECK_INT(rig.sink.record(rig.sink.ctx, &record, NULL, &rig.err), 0);
	CHECK_INT(rig_stats(&rig).file_lost, 1);
	check_told(&rig, "a record of 52428");
	/* That it should be said anew would only bring it back. */
	rig_flows(&rig, 5000);
	CHECK(*rig.sink.due_ns == UINT64_MAX);
	CHECK_INT(sf_writer_finish(rig.writer, &rig.err), 0);
	CHECK_INT(rig_stats(&rig).file_lost, 1);
	check_file(path, &rig.sent, 0, 5003);
	rig_close(&rig);
	free(text);
}

/* ---- names ---- */

static unsigned count_files(const char *dir)
{
	struct dirent *entry;
	DIR *d = opendir(dir);
	unsigned count = 0;

	CHECK(d);
	while ((entry = readdir(d)))
		count += entry->d_name[0] != '.';
	closedir(d);
	return count;
}

TEST(a_file_is_overwritten)
{
	char *path = in_tmpdir("a.sf");
	struct rig rig;
	FILE *f = fopen(path, "w");

	CHECK(f && fprintf(f, "%0100000d", 1) == 100000 && !fclose(f));
	/* Not by opening a writer, which may come to nothing. */
	rig_open(&rig, &(struct sf_writer_opts){ .path = path, .schema = 5 });
	rig_close(&rig);
	f = fopen(path, "r");
	CHECK(f && !fseek(f, 0, SEEK_END) && ftell(f) == 100000 && !fclose(f));
	rig_open(&rig, &(struct sf_writer_opts){ .path = path, .schema = 5 });
	rig_begin(&rig, 1);
	CHECK_INT(sf_writer_finish(rig.writer, &rig.err), 0);
	check_file(path, &rig.sent, 0, 1);
	CHECK_INT(count_files(test_tmpdir()), 1);
	rig_close(&rig);
}

TEST(a_directory_gets_files_named_by_the_second)
{
	char *dir = in_tmpdir(""), *names[3];
	struct rig rig;
	size_t from;

	rig_open(&rig,
		 &(struct sf_writer_opts){ .path = dir, .schema = 5, .rotate_ns = 300 * SECOND });
	rig_begin(&rig, 1700000000 * SECOND + 7);
	names[0] = in_tmpdir("1700000000");
	CHECK_STR(rig.filename, names[0]);
	CHECK(*rig.sink.due_ns == 1700000300 * SECOND + 7);
	rig_flows(&rig, 10);
	/* Before its time, which happens when somebody wants everything anew: the same file. */
	rig_begin(&rig, 1700000299 * SECOND);
	CHECK_STR(rig.filename, names[0]);
	CHECK(*rig.sink.due_ns == 1700000300 * SECOND + 7);
	rig_flows(&rig, 10);
	from = rig.sent.len;
	rig_begin(&rig, 1700000300 * SECOND + 7);
	names[1] = in_tmpdir("1700000300");
	CHECK_STR(rig.filename, names[1]);
	check_file(names[0], &rig.sent, 0, 22);
	rig_flows(&rig, 5);
	/* Days later it is one file, not many. */
	rig_begin(&rig, 1800000000 * SECOND);
	check_file(names[1], &rig.sent, from, 6);
	names[2] = in_tmpdir("1800000000");
	CHECK_INT(sf_writer_finish(rig.writer, &rig.err), 0);
	CHECK_INT(rig_stats(&rig).files, 3);
	CHECK_INT(count_files(dir), 3);
	CHECK(!access(names[2], F_OK));
	rig_close(&rig);
}

TEST(a_name_that_is_taken_gets_a_suffix)
{
	char *prefix = in_tmpdir("p.sf"), *taken = in_tmpdir("p.sf.5"),
	     *first = in_tmpdir("p.sf.5.1"), *second = in_tmpdir("p.sf.5.2"),
	     *victim = in_tmpdir("victim");
	struct rig rig;
	struct stat st;

	/* A link somebody put there is not followed. */
	CHECK(!symlink(victim, taken));
	rig_open(&rig,
		 &(struct sf_writer_opts){ .path = prefix, .schema = 5, .rotate_ns = SECOND / 4 });
	rig_begin(&rig, 5 * SECOND);
	CHECK_STR(rig.filename, first);
	rig_begin(&rig, 5 * SECOND + SECOND / 2);
	CHECK_STR(rig.filename, second);
	rig_close(&rig);
	CHECK(access(victim, F_OK));
	CHECK(!lstat(taken, &st) && S_ISLNK(st.st_mode));
}

TEST(a_prefix_gets_a_suffix_only_if_asked_for)
{
	char *prefix = in_tmpdir("p.sf"), *named = in_tmpdir("p.sf.77");
	struct rig rig;

	rig_open(&rig, &(struct sf_writer_opts){ .path = prefix, .schema = 5 });
	rig_begin(&rig, 77 * SECOND);
	CHECK_STR(rig.filename, prefix);
	rig_close(&rig);
	rig_open(&rig, &(struct sf_writer_opts){ .path = prefix, .schema = 5, .suffix = true });
	rig_begin(&rig, 77 * SECOND);
	CHECK_STR(rig.filename, named);
	CHECK(*rig.sink.due_ns == UINT64_MAX);
	rig_close(&rig);
}

TEST(the_wall_clock_names_files_if_asked_for)
{
	char *prefix = in_tmpdir("p.sf");
	time_t before = time(NULL), after, named;
	struct rig rig;

	rig_open(&rig, &(struct sf_writer_opts){
			       .path = prefix, .schema = 5, .suffix = true, .wall_clock = true });
	rig_begin(&rig, 77 * SECOND);
	after = time(NULL);
	CHECK(!strncmp(rig.filename, prefix, strlen(prefix)));
	named = atoll(rig.filename + strlen(prefix) + 1);
	CHECK(before <= named && named <= after);
	rig_close(&rig);
}

TEST(what_cannot_be_opened)
{
	char *file = in_tmpdir("file"), *absent = in_tmpdir("absent/"),
	     *beneath = in_tmpdir("file/"), *nowhere = in_tmpdir("absent/x");
	char longest[4096];
	const struct {
		struct sf_writer_opts opts;
		int code;
		const char *words;
	} rows[] = {
		{ { .path = file, .schema = 4 }, -EINVAL, "schema 4" },
		{ { .path = file, .schema = 5, .codec = "lzma" }, -EINVAL, "codec \"lzma\"" },
		{ { .path = "", .schema = 5 }, -EINVAL, "empty" },
		{ { .socket_path = "", .schema = 5 }, -EINVAL, "empty" },
		{ { .socket_path = longest, .schema = 5 }, -ENAMETOOLONG, "107" },
		{ { .path = absent, .schema = 5 }, -ENOENT, "absent/: No such" },
		{ { .path = beneath, .schema = 5 }, -ENOTDIR, "file/: Not a" },
		{ { .schema = 5 }, -EINVAL, "nowhere" },
	};
	struct sf_writer *writer;
	struct eyas_err err;
	struct rig rig;
	FILE *f = fopen(file, "w");
	size_t i;

	CHECK(f && !fclose(f));
	memset(longest, 'x', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		CHECK_INT(sf_writer_open(&rows[i].opts, &writer, &err), rows[i].code);
		if (!strstr(err.text, rows[i].words))
			test_fail(__FILE__, __LINE__, "%s: %s", rows[i].words, err.text);
	}
	/* Only when the first file is begun. */
	rig_open(&rig, &(struct sf_writer_opts){ .path = nowhere, .schema = 5 });
	CHECK_INT(rig.sink.begin(rig.sink.ctx, 1, &rig.filename, &rig.err), -ENOENT);
	CHECK(strstr(rig.err.text, "absent/x: No such"));
	rig_close(&rig);
	rig_open(&rig, &(struct sf_writer_opts){ .path = "/dev/full", .schema = 5 });
	CHECK_INT(rig.sink.begin(rig.sink.ctx, 1, &rig.filename, &rig.err), -ENOSPC);
	rig_close(&rig);
	CHECK_INT(sf_writer_close(NULL, NULL), 0);
}

/* ---- live ---- */

TEST(records_do_not_wait_for_ever)
{
	char *path = in_tmpdir("a.sf");
	struct sffile file;
	struct rig rig;
	uint64_t seen = 0;
	unsigned way;

	for (way = 0; way < 2; way++) {
		rig_open(&rig, &(struct sf_writer_opts){ .path = path, .schema = 5, .live = true });
		rig_begin(&rig, 1);
		/* By idling, and by records that come slowly. */
		for (seen = 0; !seen;) {
			if (way)
				rig_flows(&rig, 1);
			else
				CHECK_INT(sf_writer_idle(rig.writer, 1, &rig.err), 0);
			sf_read(&file, path);
			seen = file.records;
			sf_free(&file);
			usleep(50000);
		}
		CHECK_INT(seen, rig.records);
		rig_close(&rig);
	}
}

/* ---- standard output ---- */

TEST(standard_output)
{
	struct sysflow_record header = sf_records[0].record;
	struct eyas_str got = EYAS_STR_INIT;
	struct sffile file;
	struct rig rig;
	int fds[2];
	ssize_t n;

	CHECK(!pipe(fds) && dup2(fds[1], STDOUT_FILENO) == STDOUT_FILENO && !close(fds[1]));
	rig_open(&rig, &(struct sf_writer_opts){ .path = "-", .schema = 5, .rotate_ns = SECOND });
	rig_begin(&rig, 1);
	CHECK_STR(rig.filename, "stdout");
	CHECK(*rig.sink.due_ns == UINT64_MAX);
	rig_flows(&rig, 100);
	rig_put(&rig, &header);
	CHECK_INT(sf_writer_finish(rig.writer, &rig.err), 0);
	close(STDOUT_FILENO);
	while ((n = read(fds[0], eyas_str_reserve(&got, 4096), 4096)) > 0)
		got.len += (size_t)n;
	sf_parse(&file, got.data, got.len);
	CHECK_INT(file.records, 102);
	CHECK_INT(file.data.len, rig.sent.len);
	sf_free(&file);
	eyas_str_fini(&got);
	rig_close(&rig);
}

TEST(a_reader_that_leaves_is_told_and_no_signal)
{
	struct rig rig;
	int fds[2];

	CHECK(!pipe(fds) && dup2(fds[1], STDOUT_FILENO) == STDOUT_FILENO && !close(fds[1]));
	rig_open(&rig, &(struct sf_writer_opts){ .path = "-", .schema = 5 });
	rig_begin(&rig, 1);
	close(fds[0]);
	rig_flows(&rig, 10000);
	check_told(&rig, "standard output: Broken pipe");
	CHECK_INT(sf_writer_finish(rig.writer, &rig.err), -EPIPE);
	CHECK_INT(rig_stats(&rig).file_lost, 10001);
	CHECK_INT(rig_stats(&rig).records, 0);
	rig_close_failing(&rig);
}

/* ---- the callback ---- */

struct calls {
	unsigned count;
	const struct sysflow_record *record;
	const struct sysflow_refs *refs;
};

static void on_record(void *ctx, const struct sysflow_record *record,
		      const struct sysflow_refs *refs)
{
	struct calls *calls = ctx;

	calls->count++;
	calls->record = record;
	calls->refs = refs;
}

TEST(a_callback_gets_events_and_flows)
{
	struct calls calls = { 0 };
	struct sysflow_refs refs = { 0 };
	unsigned i, want = 0;
	struct rig rig;

	rig_open(&rig, &(struct sf_writer_opts){ .schema = 5,
						 .callback = on_record,
						 .callback_ctx = &calls,
						 .rotate_ns = SECOND });
	CHECK_INT(rig.sink.begin(rig.sink.ctx, 5 * SECOND, &rig.filename, &rig.err), 0);
	CHECK_STR(rig.filename, "");
	CHECK(*rig.sink.due_ns == 6 * SECOND);
	for (i = 0; i < SF_RECORDS; i++) {
		const struct sysflow_record *record = &sf_records[i].record;

		CHECK_INT(rig.sink.record(rig.sink.ctx, record, &refs, &rig.err), 0);
		if (record->type < SYSFLOW_PROCESS_EVENT || record->type == SYSFLOW_POD) {
			CHECK(calls.record != record);
			continue;
		}
		want++;
		CHECK(calls.record == record && calls.refs == &refs);
	}
	CHECK_INT(calls.count, want);
	CHECK_INT(want, 8);
	rig_close(&rig);
}
