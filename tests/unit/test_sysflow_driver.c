/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The driver of sysflow.h: captures and this machine in, records out to a callback and a file; how
 * it is ended, what is refused, and which error each failure is.
 */
#include "unit/harness.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <sysflow.h>

#include "schema/ids.h"
#include "unit/rawcap.h"

static const char sample[] = "tests/data/sample.scap";

/* What one driver's callback saw. */
struct seen {
	struct sysflow_driver *driver;
	uint64_t records[SYSFLOW_TYPES], total;
	uint64_t parents;	/* found */
	uint64_t bytes_written; /* to files whose name ends in what is looked for */
	const char *looked_for;
	unsigned exit_after; /* records; 0 = never */
	atomic_uint reached; /* records, for other threads */
	const char *broken;  /* a reference that is not to what the record says */
	char exporter[64];
	char log[8192];
};

static struct seen seen;
static struct sysflow_config config;
static struct sysflow_driver *driver;
static struct eyas_err err;

static bool same_oid(const struct sysflow_oid *a, const struct sysflow_oid *b)
{
	return a->createTS == b->createTS && a->hpid == b->hpid;
}

static bool same_foid(const struct sysflow_foid *a, const struct sysflow_foid *b)
{
	return !memcmp(a, b, sizeof(*a));
}

static bool ends_with(const char *text, const char *end)
{
	size_t len = strlen(text), n = strlen(end);

	return len >= n && !strcmp(text + len - n, end);
}

/* The process of the record, and its file if it has one, are what they are said to be. */
static void check_refs(struct seen *s, const struct sysflow_process *process,
		       const struct sysflow_file *file1, const struct sysflow_file *file2,
		       const struct sysflow_record *record)
{
	const struct sysflow_oid *oid = NULL;

	switch (record->type) {
	case SYSFLOW_PROCESS_EVENT:
		oid = &record->u.process_event.procOID;
		break;
	case SYSFLOW_PROCESS_FLOW:
		oid = &record->u.process_flow.procOID;
		break;
	case SYSFLOW_NETWORK_FLOW:
		oid = &record->u.network_flow.procOID;
		break;
	case SYSFLOW_FILE_FLOW:
		oid = &record->u.file_flow.procOID;
		if (!file1 || !same_foid(&file1->oid, &record->u.file_flow.fileOID))
			s->broken = "the file of a flow";
		break;
	case SYSFLOW_FILE_EVENT:
		oid = &record->u.file_event.procOID;
		if (!file1 || !same_foid(&file1->oid, &record->u.file_event.fileOID))
			s->broken = "the file of an event";
		if (record->u.file_event.has_newFileOID != !!file2 ||
		    (file2 && !same_foid(&file2->oid, &record->u.file_event.newFileOID)))
			s->broken = "the new file of an event";
		break;
	case SYSFLOW_K8S_EVENT:
		return;
	default:
		s->broken = "an entity handed to the callback";
		return;
	}
	if (!process || !same_oid(oid, &process->oid))
		s->broken = "the process of a record";
}

static void look_up(struct seen *s, const struct sysflow_process *process)
{
	const struct sysflow_process *found;
	struct sysflow_oid oid = process->oid;
	size_t nenv = process->env.count;

	found = sysflow_driver_process(s->driver, &oid);
	if (!found || !same_oid(&found->oid, &oid) || strcmp(found->exe, process->exe) ||
	    found->env.count != nenv || process->env.count != nenv)
		s->broken = "a process looked up";
	if (process->has_poid && sysflow_driver_process(s->driver, &process->poid))
		s->parents++;
	oid.createTS = -5;
	if (sysflow_driver_process(s->driver, &oid))
		s->broken = "a process that never was";
}

static void on_record(void *ctx, const struct sysflow_header *header,
		      const struct sysflow_container *container,
		      const struct sysflow_process *process, const struct sysflow_file *file1,
		      const struct sysflow_file *file2, const struct sysflow_record *record)
{
	struct seen *s = ctx;

	(void)container;
	if (!header || header->version != 5)
		s->broken = "the header";
	else
		snprintf(s->exporter, sizeof(s->exporter), "%s", header->exporter);
	check_refs(s, process, file1, file2, record);
	if (process && s->driver)
		look_up(s, process);
	s->records[record->type]++;
	s->total++;
	if (file1 && record->type == SYSFLOW_FILE_FLOW && s->looked_for &&
	    ends_with(file1->path, s->looked_for))
		s->bytes_written += (uint64_t)record->u.file_flow.numWSendBytes;
	if (s->exit_after && s->total == s->exit_after)
		sysflow_driver_exit(s->driver);
	atomic_fetch_add(&s->reached, 1);
}

static void on_log(void *ctx, enum sysflow_severity severity, const char *text)
{
	struct seen *s = ctx;
	size_t len = strlen(s->log);

	snprintf(s->log + len, sizeof(s->log) - len, "%d %s\n", (int)severity, text);
}

/* Everything there is to record, of the bundled capture, to a callback. */
static void begin(void)
{
	sysflow_config_init(&config);
	config.scapInputPath = sample;
	config.callback = on_record;
	config.callbackContext = &seen;
	config.log = on_log;
	config.logContext = &seen;
	config.exporterID = "tests";
	config.fileOnly = false;
	config.fileReadMode = 0;
	config.enableProcessFlow = false;
}

static void open_driver(void)
{
	if (sysflow_driver_new(&config, &driver, &err))
		test_fail(__FILE__, __LINE__, "%s", err.text);
	seen.driver = driver;
}

static void run(void)
{
	if (sysflow_driver_run(driver, &err))
		test_fail(__FILE__, __LINE__, "%s", err.text);
}

static void close_driver(void)
{
	if (sysflow_driver_close(driver, &err))
		test_fail(__FILE__, __LINE__, "%s", err.text);
}

static void check_seen(const struct seen *s)
{
	if (s->broken)
		test_fail(__FILE__, __LINE__, "broken: %s", s->broken);
}

TEST(records_of_a_capture)
{
	struct sysflow_driver_stats stats;
	int type;

	begin();
	open_driver();
	run();
	close_driver();
	check_seen(&seen);
	CHECK(seen.total > 10);
	CHECK(seen.records[SYSFLOW_PROCESS_EVENT] > 0);
	CHECK(seen.records[SYSFLOW_FILE_FLOW] > 0);
	CHECK(seen.records[SYSFLOW_NETWORK_FLOW] > 0);
	CHECK(seen.parents > 0);
	CHECK_STR(seen.exporter, "tests");
	/* Statistics outlive the closing, and agree with what was seen. */
	sysflow_driver_stats(driver, &stats);
	CHECK(stats.events > seen.total);
	CHECK_INT(stats.events_lost + stats.file_lost + stats.socket_lost, 0);
	for (type = SYSFLOW_PROCESS_EVENT; type < SYSFLOW_TYPES; type++)
		CHECK_INT(stats.records[type], seen.records[type]);
	CHECK_INT(stats.records[SYSFLOW_HEADER], 1);
	CHECK(stats.records[SYSFLOW_PROCESS] > 0);
	CHECK_INT(sysflow_driver_close(driver, &err), 0);
	CHECK(!sysflow_driver_process(driver, &(struct sysflow_oid){ 0, 1 }));
	sysflow_driver_free(driver);
}

/* What is still open at the end of the capture comes with the closing. */
TEST(open_flows_come_at_the_end)
{
	uint64_t before;

	begin();
	open_driver();
	run();
	before = seen.total;
	sysflow_driver_free(driver);
	CHECK(before > 0);
	CHECK(seen.total > before);
	check_seen(&seen);
}

/* ---- files, and what the reader makes of them ---- */

static void read_back(const char *path, uint64_t counts[SYSFLOW_TYPES])
{
	const struct sysflow_record *record;
	struct sysflow_reader *reader;
	int res;

	CHECK_INT(sysflow_reader_open(path, NULL, &reader, &err), 0);
	while ((res = sysflow_reader_next(reader, &record, NULL, &err)) == 1)
		counts[record->type]++;
	CHECK_INT(res, EYAS_E_END);
	sysflow_reader_close(reader);
}

TEST(a_file_and_a_callback_get_the_same)
{
	uint64_t counts[SYSFLOW_TYPES] = { 0 };
	char path[300];
	int type;

	begin();
	snprintf(path, sizeof(path), "%s/out.sf", test_tmpdir());
	config.filePath = path;
	open_driver();
	run();
	close_driver();
	sysflow_driver_free(driver);
	check_seen(&seen);
	read_back(path, counts);
	CHECK_INT(counts[SYSFLOW_HEADER], 1);
	CHECK(counts[SYSFLOW_PROCESS] > 0 && counts[SYSFLOW_FILE] > 0);
	for (type = SYSFLOW_PROCESS_EVENT; type < SYSFLOW_TYPES; type++)
		CHECK_INT(counts[type], seen.records[type]);
}

/* A prefix is a name when a capture is read, and a directory has files named by the second. */
TEST(a_directory)
{
	uint64_t counts[SYSFLOW_TYPES] = { 0 };
	char path[300];
	glob_t found;

	begin();
	config.callback = NULL;
	snprintf(path, sizeof(path), "%s/out/", test_tmpdir());
	CHECK_INT(mkdir(path, 0700), 0);
	config.filePath = path;
	open_driver();
	run();
	sysflow_driver_free(driver);
	strcat(path, "[0-9]*");
	CHECK_INT(glob(path, 0, NULL, &found), 0);
	CHECK_INT(found.gl_pathc, 1);
	read_back(found.gl_pathv[0], counts);
	CHECK(counts[SYSFLOW_PROCESS_EVENT] > 0);
	globfree(&found);
}

/* The file is whole when nothing was run. */
TEST(free_without_a_run)
{
	uint64_t counts[SYSFLOW_TYPES] = { 0 };
	char path[300];
	int type;

	begin();
	snprintf(path, sizeof(path), "%s/out.sf", test_tmpdir());
	config.filePath = path;
	open_driver();
	sysflow_driver_free(driver);
	CHECK_INT(seen.total, 0);
	read_back(path, counts);
	for (type = SYSFLOW_CONTAINER; type < SYSFLOW_TYPES; type++)
		CHECK_INT(counts[type], 0);
	sysflow_driver_free(NULL);
	sysflow_driver_exit(NULL);
}

/* Every capture there is can be read, whatever is recorded of it. */
TEST(shared_captures)
{
	char pattern[512];
	glob_t found;
	size_t i;

	snprintf(pattern, sizeof(pattern), "%s/data/captures/*.scap", test_data());
	if (glob(pattern, 0, NULL, &found))
		test_skip("no captures: %s", pattern);
	for (i = 0; i < found.gl_pathc; i++) {
		memset(&seen, 0, sizeof(seen));
		begin();
		config.scapInputPath = found.gl_pathv[i];
		config.strictCompat = i % 2;
		config.collectionMode = (enum sysflow_collection_mode)(i % 3);
		open_driver();
		run();
		close_driver();
		sysflow_driver_free(driver);
		check_seen(&seen);
		CHECK(seen.total > 0);
	}
	globfree(&found);
}

/* ---- ending ---- */

TEST(exit_in_the_callback)
{
	uint64_t all;

	begin();
	open_driver();
	run();
	all = seen.total;
	sysflow_driver_free(driver);
	CHECK(all > 3);

	memset(&seen, 0, sizeof(seen));
	seen.exit_after = 2;
	begin();
	open_driver();
	run();
	CHECK(seen.total >= 2 && seen.total < all);
	sysflow_driver_free(driver);
	check_seen(&seen);
}

TEST(exit_before_the_run)
{
	begin();
	open_driver();
	sysflow_driver_exit(driver);
	run();
	CHECK_INT(seen.total, 0);
	sysflow_driver_free(driver);
	CHECK_INT(seen.total, 0);
}

/* A capture that goes on and on: a pipe whose writer waits. */
static void begin_endless(void)
{
	static char path[64];
	char buf[1000];
	int in = open(sample, O_RDONLY | O_CLOEXEC), fds[2];

	CHECK(in >= 0 && pipe(fds) == 0);
	CHECK_INT(read(in, buf, sizeof(buf)), sizeof(buf));
	CHECK_INT(write(fds[1], buf, sizeof(buf)), sizeof(buf));
	close(in);
	snprintf(path, sizeof(path), "/dev/fd/%d", fds[0]);
	begin();
	config.scapInputPath = path;
	open_driver();
}

static void on_alarm(int number)
{
	(void)number;
	sysflow_driver_exit(driver);
}

/* With signal(), a read that waits goes on as if nothing had happened. */
TEST(exit_in_a_signal_handler)
{
	begin_endless();
	signal(SIGALRM, on_alarm);
	alarm(1);
	run();
	sysflow_driver_free(driver);
}

static void *exit_soon(void *ctx)
{
	usleep(200000);
	sysflow_driver_exit(ctx);
	return NULL;
}

TEST(exit_in_another_thread)
{
	pthread_t thread;

	begin_endless();
	CHECK_INT(pthread_create(&thread, NULL, exit_soon, driver), 0);
	run();
	CHECK_INT(pthread_join(thread, NULL), 0);
	sysflow_driver_free(driver);
}

/* ---- several at once ---- */

struct job {
	pthread_t thread;
	struct seen seen;
	int err;
};

static void *run_job(void *ctx)
{
	struct job *job = ctx;
	struct sysflow_config own = config;
	struct eyas_err why;

	own.callbackContext = own.logContext = &job->seen;
	job->err = sysflow_driver_new(&own, &job->seen.driver, &why);
	if (!job->err)
		job->err = sysflow_driver_run(job->seen.driver, &why);
	sysflow_driver_free(job->seen.driver);
	return NULL;
}

TEST(drivers_at_once)
{
	static struct job jobs[4];
	int i, type;

	begin();
	for (i = 0; i < 4; i++)
		CHECK_INT(pthread_create(&jobs[i].thread, NULL, run_job, &jobs[i]), 0);
	for (i = 0; i < 4; i++)
		CHECK_INT(pthread_join(jobs[i].thread, NULL), 0);
	for (i = 0; i < 4; i++) {
		CHECK_INT(jobs[i].err, 0);
		check_seen(&jobs[i].seen);
		CHECK(jobs[i].seen.total > 0);
		for (type = 0; type < SYSFLOW_TYPES; type++)
			CHECK_INT(jobs[i].seen.records[type], jobs[0].seen.records[type]);
	}
}

/* ---- a socket ---- */

struct listener {
	struct sysflow_reader *reader;
	uint64_t records[SYSFLOW_TYPES];
	const char *broken;
};

/* As a collector's consumer does, until it has gone. */
static void *listen_on(void *ctx)
{
	struct listener *listener = ctx;
	const struct sysflow_record *record;
	struct sysflow_reader_stats stats;
	struct eyas_err why;
	int res;

	for (;;) {
		res = sysflow_reader_next(listener->reader, &record, NULL, &why);
		if (res == 1)
			listener->records[record->type]++;
		if (res < 0)
			listener->broken = "a packet";
		sysflow_reader_stats(listener->reader, &stats);
		if (res < 0 || (!res && stats.connections && !stats.connections_open))
			return NULL;
		if (!res)
			sysflow_reader_wait(listener->reader, 1000);
	}
}

TEST(a_socket_gets_the_same)
{
	static struct listener listener;
	pthread_t thread;
	char path[300];
	int type;

	begin();
	snprintf(path, sizeof(path), "%s/socket", test_tmpdir());
	config.socketPath = path;
	CHECK_INT(sysflow_reader_listen(path, NULL, &listener.reader, &err), 0);
	CHECK_INT(pthread_create(&thread, NULL, listen_on, &listener), 0);
	open_driver();
	run();
	close_driver();
	sysflow_driver_free(driver);
	CHECK_INT(pthread_join(thread, NULL), 0);
	CHECK(!listener.broken);
	CHECK_INT(listener.records[SYSFLOW_HEADER], 1);
	for (type = SYSFLOW_PROCESS_EVENT; type < SYSFLOW_TYPES; type++)
		CHECK_INT(listener.records[type], seen.records[type]);
	sysflow_reader_close(listener.reader);
}

/* Whoever reads captures has no other chance to be told. */
TEST(a_socket_that_nobody_listens_at)
{
	char path[300];

	begin();
	snprintf(path, sizeof(path), "%s/socket", test_tmpdir());
	config.socketPath = path;
	open_driver();
	CHECK_INT(sysflow_driver_run(driver, &err), SYSFLOW_E_OUTPUT);
	CHECK(strstr(err.text, path));
	sysflow_driver_free(driver);
}

/* ---- failures ---- */

/* The driver cannot be made: by that code, with that word, told of in the log as well. */
static void refused(int code, const char *word)
{
	driver = NULL;
	memset(&err, 0, sizeof(err));
	seen.log[0] = '\0';
	CHECK_INT(sysflow_driver_new(&config, &driver, &err), code);
	CHECK_INT(err.code, code);
	if (!strstr(err.text, word))
		test_fail(__FILE__, __LINE__, "no word of %s: %s", word, err.text);
	/* A configuration that makes no sense has no log yet. */
	if (code != SYSFLOW_E_CONFIG && !strstr(seen.log, err.text))
		test_fail(__FILE__, __LINE__, "not in the log: %s", err.text);
	CHECK(!driver);
	CHECK_INT(sysflow_driver_new(&config, &driver, NULL), code);
	begin();
}

TEST(what_cannot_be_opened)
{
	char path[300];

	begin();
	config.size = 8;
	refused(SYSFLOW_E_CONFIG, "sysflow_config_init");
	config.callback = NULL;
	refused(SYSFLOW_E_CONFIG, "nowhere to go");
	config.falcoFilter = "proc.name==";
	refused(SYSFLOW_E_CONFIG, "");
	config.scapInputPath = "/nonexistent.scap";
	refused(SYSFLOW_E_LIBS, "/nonexistent.scap");
	config.scapInputPath = "/";
	refused(SYSFLOW_E_LIBS, "/: ");
	snprintf(path, sizeof(path), "%s/out.sf", test_tmpdir());
	config.filePath = path;
	config.codec = "brotli";
	refused(SYSFLOW_E_CONFIG, "brotli");
	memset(path, 'x', 200);
	path[200] = '\0';
	config.socketPath = path;
	refused(SYSFLOW_E_CONFIG, "socket");
}

static int run_error(void)
{
	memset(&err, 0, sizeof(err));
	open_driver();
	return sysflow_driver_run(driver, &err);
}

/* What came before the damage is not lost. */
TEST(a_damaged_capture)
{
	char path[300], cut[300], buf[65536];
	int in = open(sample, O_RDONLY | O_CLOEXEC), out;
	ssize_t n;
	FILE *file;

	snprintf(path, sizeof(path), "%s/none.scap", test_tmpdir());
	file = fopen(path, "w");
	CHECK(file && fputs("this is no capture, whatever its name may be\n", file) >= 0);
	fclose(file);
	begin();
	config.scapInputPath = path;
	CHECK_INT(run_error(), SYSFLOW_E_EVENT_PARSING);
	CHECK_INT(err.code, SYSFLOW_E_EVENT_PARSING);
	CHECK(strstr(err.text, path));
	CHECK(strstr(seen.log, err.text));
	sysflow_driver_free(driver);

	snprintf(cut, sizeof(cut), "%s/cut.scap", test_tmpdir());
	out = open(cut, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	n = read(in, buf, sizeof(buf));
	CHECK(in >= 0 && out >= 0 && n > 100 && n < (ssize_t)sizeof(buf));
	CHECK_INT(write(out, buf, (size_t)n - 9), n - 9);
	config.scapInputPath = cut;
	CHECK_INT(run_error(), SYSFLOW_E_EVENT_PARSING);
	close_driver();
	CHECK(seen.total > 10);
	sysflow_driver_free(driver);
}

TEST(a_full_disk)
{
	begin();
	config.callback = NULL;
	config.filePath = "/dev/full";
	/* Nothing can be written any more: there is no sense in going on. */
	CHECK_INT(run_error(), SYSFLOW_E_OUTPUT);
	CHECK(strstr(err.text, "/dev/full"));
	CHECK(strstr(seen.log, "/dev/full"));
	(void)sysflow_driver_close(driver, &err);
	CHECK_INT(sysflow_driver_close(driver, &err), 0);
	sysflow_driver_free(driver);
}

/* A callback is still there: what the file cannot take is counted, and told at the end. */
TEST(a_disk_that_fills)
{
	const struct rlimit limit = { 8192, 8192 };
	struct sysflow_driver_stats stats;
	char path[300];

	begin();
	snprintf(path, sizeof(path), "%s/out.sf", test_tmpdir());
	config.filePath = path;
	config.codec = "null";
	signal(SIGXFSZ, SIG_IGN);
	CHECK_INT(setrlimit(RLIMIT_FSIZE, &limit), 0);
	open_driver();
	run();
	CHECK_INT(sysflow_driver_close(driver, &err), SYSFLOW_E_OUTPUT);
	CHECK_INT(err.code, SYSFLOW_E_OUTPUT);
	CHECK(strstr(seen.log, path));
	sysflow_driver_stats(driver, &stats);
	CHECK(stats.file_lost > 0);
	CHECK(seen.total > 10);
	check_seen(&seen);
	sysflow_driver_free(driver);
}

TEST(once_only)
{
	begin();
	open_driver();
	run();
	CHECK_INT(sysflow_driver_run(driver, &err), SYSFLOW_E_OPERATION_NOT_SUPPORTED);
	CHECK_INT(err.code, SYSFLOW_E_OPERATION_NOT_SUPPORTED);
	close_driver();
	CHECK_INT(sysflow_driver_run(driver, NULL), SYSFLOW_E_OPERATION_NOT_SUPPORTED);
	sysflow_driver_free(driver);
}

static void on_nested(void *ctx, const struct sysflow_header *header,
		      const struct sysflow_container *container,
		      const struct sysflow_process *process, const struct sysflow_file *file1,
		      const struct sysflow_file *file2, const struct sysflow_record *record)
{
	int *codes = ctx;

	(void)header;
	(void)container;
	(void)process;
	(void)file1;
	(void)file2;
	(void)record;
	codes[0] = sysflow_driver_run(driver, NULL);
	codes[1] = sysflow_driver_close(driver, NULL);
}

TEST(not_in_the_callback)
{
	int codes[2] = { 0 };

	begin();
	config.callback = on_nested;
	config.callbackContext = codes;
	open_driver();
	run();
	CHECK_INT(codes[0], SYSFLOW_E_OPERATION_NOT_SUPPORTED);
	CHECK_INT(codes[1], SYSFLOW_E_OPERATION_NOT_SUPPORTED);
	sysflow_driver_free(driver);
}

/* ---- the environment ---- */

/* What the log says was settled. */
static void settled(const char *variable, const char *value, const char *words)
{
	seen.log[0] = '\0';
	if (value)
		setenv(variable, value, 1);
	open_driver();
	sysflow_driver_free(driver);
	if (!strstr(seen.log, words))
		test_fail(__FILE__, __LINE__, "%s=%s: no '%s': %s", variable, value, words,
			  seen.log);
	unsetenv(variable);
}

TEST(variables_win)
{
	setenv("GLOG_v", "1", 1);
	begin();
	config.nodeIP = "10.0.0.1";
	settled("FILE_ONLY", NULL, "fileOnly 0");
	settled("FILE_ONLY", "1", "fileOnly 1");
	settled("FILE_READ_MODE", NULL, "fileReadMode 0");
	settled("FILE_READ_MODE", "2", "fileReadMode 2");
	settled("FILE_READ_MODE", "3", "fileReadMode 0");
	settled("ENABLE_PROC_FLOW", NULL, "enableProcessFlow 0");
	settled("ENABLE_PROC_FLOW", "1", "enableProcessFlow 1");
	settled("ENABLE_STATS", NULL, "enableStats 0");
	settled("ENABLE_STATS", "1", "enableStats 1");
	settled("NODE_IP", NULL, "nodeIP '10.0.0.1'");
	settled("NODE_IP", "10.0.0.2", "nodeIP '10.0.0.2'");
	settled("NODE_IP", "", "nodeIP ''");
	config.fileOnly = config.enableProcessFlow = true;
	config.fileReadMode = 1;
	settled("FILE_ONLY", "0", "fileOnly 0");
	settled("FILE_ONLY", "true", "fileOnly 0");
	settled("FILE_READ_MODE", "0", "fileReadMode 0");
	settled("ENABLE_PROC_FLOW", "0", "enableProcessFlow 0");
}

/* What changes nothing is said. */
TEST(what_is_accepted)
{
	begin();
	config.criPath = "/run/cri.sock";
	config.k8sAPIURL = "http://k8s";
	open_driver();
	CHECK(strstr(seen.log, "1 criPath: "));
	CHECK(strstr(seen.log, "1 k8sAPIURL: "));
	sysflow_driver_free(driver);
}

TEST(statistics_in_the_log)
{
	begin();
	config.enableStats = true;
	open_driver();
	run();
	sysflow_driver_free(driver);
	CHECK(strstr(seen.log, " events, 0 lost; "));
}

/* An event of Kubernetes has no process, on which callbacks of old count. */
TEST(events_of_kubernetes)
{
	uint64_t counts[SYSFLOW_TYPES] = { 0 };
	struct eyas_str capture = EYAS_STR_INIT;
	struct eyas_encoder enc;
	uint8_t buf[256];
	char path[300];
	int len;

	snprintf(path, sizeof(path), "%s/out.sf", test_tmpdir());
	raw_section(&capture);
	eyas_encoder_begin(&enc, buf, sizeof(buf), EYAS_EV_K8S_E, 1, 1);
	eyas_put_str(&enc, "{\"type\":\"ADDED\",\"kind\":\"Pod\"}");
	len = eyas_encoder_end(&enc);
	CHECK(len > 0);
	raw_event(&capture, 0, 0, buf, (size_t)len);
	begin();
	config.scapInputPath = raw_store("k8s.scap", capture.data, capture.len);
	open_driver();
	run();
	sysflow_driver_free(driver);
	CHECK_INT(seen.total, 1);
	CHECK_INT(seen.records[SYSFLOW_K8S_EVENT], 1);
	config.strictCompat = true;
	config.k8sAPIURL = "http://k8s";
	config.filePath = path;
	open_driver();
	run();
	sysflow_driver_free(driver);
	CHECK_INT(seen.total, 1);
	read_back(path, counts);
	CHECK_INT(counts[SYSFLOW_K8S_EVENT], 1);
	eyas_str_fini(&capture);
}

/* ---- live ---- */

static void begin_live(void)
{
	begin();
	config.scapInputPath = "";
	unsetenv("FALCO_BPF_PROBE");
}

static void open_live(void)
{
	begin_live();
	if (geteuid())
		test_skip("needs root");
	if (sysflow_driver_new(&config, &driver, &err)) {
		if (err.code == SYSFLOW_E_OPERATION_NOT_SUPPORTED ||
		    err.code == SYSFLOW_E_PROBE_ACCESS_DENIED)
			test_skip("%s", err.text);
		test_fail(__FILE__, __LINE__, "%s", err.text);
	}
	seen.driver = driver;
}

/* A process that writes a file, and the end of the run. */
static void *work(void *ctx)
{
	char command[400];

	snprintf(command, sizeof(command), "sleep 0.3; printf 12345 >'%s/looked-for'",
		 (const char *)ctx);
	if (system(command))
		seen.broken = "the command";
	usleep(300000);
	sysflow_driver_exit(driver);
	return NULL;
}

static void *run_first(void *ctx)
{
	struct eyas_err why;

	if (sysflow_driver_run(ctx, &why))
		seen.broken = "a run besides another";
	return NULL;
}

TEST(live)
{
	struct sysflow_driver_stats stats;
	pthread_t thread;

	seen.looked_for = "/looked-for";
	open_live();
	CHECK_INT(pthread_create(&thread, NULL, work, (void *)(uintptr_t)test_tmpdir()), 0);
	run();
	CHECK_INT(pthread_join(thread, NULL), 0);
	close_driver();
	sysflow_driver_stats(driver, &stats);
	sysflow_driver_free(driver);
	check_seen(&seen);
	CHECK(stats.events > 0);
	CHECK(seen.records[SYSFLOW_PROCESS_EVENT] > 0);
	CHECK_INT(seen.bytes_written, 5);
}

TEST(live_exit_in_the_callback)
{
	pid_t pid;

	seen.exit_after = 1;
	open_live();
	pid = fork();
	CHECK(pid >= 0);
	if (!pid) {
		usleep(300000);
		execl("/bin/true", "true", (char *)NULL);
		_exit(1);
	}
	run();
	CHECK(seen.total >= 1);
	sysflow_driver_free(driver);
	CHECK_INT(waitpid(pid, NULL, 0), pid);
}

/* Two of them do not get in each other's way: both see all of it. */
TEST(live_twice)
{
	static struct seen other = { .looked_for = "/looked-for" };
	struct sysflow_driver *first;
	pthread_t worker, runner;

	seen.looked_for = "/looked-for";
	open_live();
	first = driver;
	config.callbackContext = config.logContext = &other;
	if (sysflow_driver_new(&config, &driver, &err))
		test_fail(__FILE__, __LINE__, "%s", err.text);
	other.driver = driver;
	CHECK_INT(pthread_create(&runner, NULL, run_first, first), 0);
	CHECK_INT(pthread_create(&worker, NULL, work, (void *)(uintptr_t)test_tmpdir()), 0);
	run();
	sysflow_driver_exit(first);
	CHECK_INT(pthread_join(worker, NULL), 0);
	CHECK_INT(pthread_join(runner, NULL), 0);
	sysflow_driver_free(first);
	sysflow_driver_free(driver);
	check_seen(&seen);
	check_seen(&other);
	CHECK_INT(seen.bytes_written, 5);
	CHECK_INT(other.bytes_written, 5);
}

static void on_stats(void *ctx, enum sysflow_severity severity, const char *text)
{
	(void)ctx;
	(void)severity;
	if (strstr(text, " lost; "))
		sysflow_driver_exit(driver);
}

/* They come while it runs: that is what ends it. */
TEST(live_statistics)
{
	open_live();
	sysflow_driver_free(driver);
	config.enableStats = true;
	config.rotateInterval = 1;
	config.log = on_stats;
	open_driver();
	run();
	sysflow_driver_free(driver);
}

/* As LibSysFlow has them, by their numbers. */
TEST(live_checks)
{
	begin_live();
	config.driverType = SYSFLOW_DRIVER_EBPF;
	setenv("FALCO_BPF_PROBE", "/nonexistent/probe.o", 1);
	CHECK_INT(sysflow_driver_new(&config, &driver, &err), SYSFLOW_E_PROBE_NOT_EXIST);
	CHECK_INT(err.code, SYSFLOW_E_PROBE_NOT_EXIST);
	config.driverType = SYSFLOW_DRIVER_KMOD;
	if (!access("/proc/modules", R_OK) && access("/sys/module/falco", F_OK))
		CHECK_INT(sysflow_driver_new(&config, &driver, &err), SYSFLOW_E_PROBE_NOT_LOADED);
}

/* The machine's own file system, as containers see it, is not where it is said to be. */
TEST(live_without_proc)
{
	open_live();
	sysflow_driver_free(driver);
	setenv("HOST_ROOT", "/nonexistent", 1);
	CHECK_INT(sysflow_driver_new(&config, &driver, &err), SYSFLOW_E_PROC_RESOURCE_NOT_FOUND);
	CHECK_INT(err.code, SYSFLOW_E_PROC_RESOURCE_NOT_FOUND);
	CHECK(strstr(err.text, "/nonexistent/proc"));
}

TEST(live_without_rights)
{
	int code;

	open_live();
	sysflow_driver_free(driver);
	begin_live();
	config.samplingRatio = 3;
	CHECK_INT(sysflow_driver_new(&config, &driver, &err), SYSFLOW_E_CONFIG);
	config.samplingRatio = 1;
	if (setuid(65534))
		test_skip("no other user to become");
	code = sysflow_driver_new(&config, &driver, &err);
	CHECK_INT(code, SYSFLOW_E_PROBE_ACCESS_DENIED);
	/* The same without the check, by the failure itself. */
	config.moduleChecks = false;
	code = sysflow_driver_new(&config, &driver, &err);
	CHECK_INT(code, SYSFLOW_E_PROBE_ACCESS_DENIED);
}
