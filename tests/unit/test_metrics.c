/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Figures of a detection over the bundled capture, which lasts some seconds: when samples are taken,
 * what is told of the time between two, answers to other threads, a file that fails.
 */
#include "unit/sinks.h"

#include <errno.h>
#include <pthread.h>
#include <unistd.h>

#include <jansson.h>

#include "base/clock.h"
#include "detect/metrics.h"
#include "detect/metrics_int.h"

#define SECOND UINT64_C(1000000000)

static const char rules_text[] = "- rule: Opened \"it\"\n"
				 "  desc: a test\n"
				 "  condition: evt.type in (open, openat)\n"
				 "  output: opened\n"
				 "  priority: NOTICE\n"
				 "  tags: [b-c, a]\n";

struct run {
	struct detect_metrics_opts opts;
	struct detect_metrics *metrics;
	struct eyas_rules *rules;
	struct eyas_session *session;
	uint64_t ts_ns, events;
	bool wait; /* at the first event, until somebody asks */
	char *text;
	int asked;
};

static int on_event(void *ctx, enum eyas_session_event what, const struct eyas_context *context,
		    struct eyas_err *reterr)
{
	struct run *run = ctx;
	const struct detect_metrics_due *due = (const struct detect_metrics_due *)run->metrics;

	(void)what, (void)reterr;
	while (run->wait && !run->events && atomic_load(&due->span_ns))
		usleep(100);
	run->events++;
	run->ts_ns = context->event->ts_ns;
	CHECK(eyas_rules_process(run->rules, 0, context, EYAS_MATCHING_FIRST, NULL, NULL) >= 0);
	return detect_metrics_event(run->metrics, run->ts_ns);
}

static void begin(struct run *run)
{
	static const char *const path = "tests/data/sample.scap";
	struct eyas_session_opts opts = { .paths = &path, .npaths = 1, .follow = true };
	struct eyas_consumer consumer = { .ctx = run, .wants = EYAS_SHOWN, .event = on_event };
	struct detect_metrics_sources sources = { 0 };
	struct eyas_err err;

	CHECK(!eyas_rules_new(NULL, &run->rules, &err));
	CHECK(!eyas_rules_load(run->rules, "r", rules_text, sizeof(rules_text) - 1, NULL, &err));
	CHECK(!eyas_session_open(&opts, &run->session, &err));
	CHECK(!eyas_session_add(run->session, &consumer));
	CHECK(!detect_metrics_new(&run->opts, &run->metrics, &err));
	sources.session = run->session;
	sources.rules = run->rules;
	CHECK(!detect_metrics_add_text(run->metrics, DETECT_METRICS_RULES_FILE, "/x/a-r.yaml",
				       "abc", 3));
	CHECK(!detect_metrics_add_file(run->metrics, DETECT_METRICS_CONFIG_FILE, "/dev/null",
				       &err));
	detect_metrics_begin(run->metrics, &sources);
}

static void end(struct run *run)
{
	struct eyas_err err;

	CHECK(!eyas_session_run(run->session, &err));
	CHECK(!detect_metrics_end(run->metrics, run->ts_ns));
	eyas_session_close(run->session);
	eyas_rules_free(run->rules);
}

static json_t *line_of(const char *text, unsigned number)
{
	json_error_t error;
	json_t *line;

	for (; number; number--)
		text = strchr(text, '\n') + 1;
	line = json_loads(text, JSON_DISABLE_EOF_CHECK, &error);
	CHECK(line);
	return line;
}

static json_t *field(const json_t *line, const char *key)
{
	return json_object_get(json_object_get(line, "output_fields"), key);
}

static void check_whole(const json_t *line, const char *key, long long want)
{
	if (!json_is_integer(field(line, key)))
		test_fail(__FILE__, __LINE__, "%s is no whole number", key);
	if (json_integer_value(field(line, key)) != want)
		test_fail(__FILE__, __LINE__, "%s is %lld, not %lld", key,
			  (long long)json_integer_value(field(line, key)), want);
}

static unsigned count_lines(const char *text)
{
	unsigned n = 0;

	for (; *text; text++)
		n += *text == '\n';
	return n;
}

TEST(samples)
{
	struct run run = { .opts = { .parts = DETECT_METRICS_ALL,
				     .interval_ns = SECOND / 1000,
				     .file = sinks_path("stats"),
				     .megabytes = true,
				     .version = "1.2",
				     .hostname = "h",
				     .last = true } };
	json_t *line, *next;
	const char *text;
	unsigned lines;

	begin(&run);
	end(&run);
	text = sinks_text(run.opts.file);
	lines = count_lines(text);
	CHECK(lines >= 4);
	CHECK_INT(detect_metrics_lost(run.metrics), 0);
	line = line_of(text, 0);
	CHECK_INT(json_integer_value(json_object_get(line, "sample")), 1);
	CHECK_INT(json_object_size(line), 2);
	check_whole(line, "falco.num_evts_prev", 0);
	CHECK(!field(line, "falco.evts_rate_sec"));
	CHECK_STR(json_string_value(field(line, "falco.version")), "1.2");
	CHECK_STR(json_string_value(field(line, "evt.hostname")), "h");
	CHECK_STR(json_string_value(field(line, "evt.source")), "syscall");
	CHECK_STR(json_string_value(field(line, "scap.engine_name")), "savefile");
	CHECK_STR(json_string_value(field(line, "falco.sha256_rules_file.a_r_yaml")),
		  "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	CHECK(!field(line, "falco.sha256_config_file.null"));
	CHECK(json_is_real(field(line, "falco.memory_rss_mb")));
	CHECK(json_real_value(field(line, "falco.memory_rss_mb")) > 1);
	CHECK(json_integer_value(field(line, "falco.n_threads")) > 1);
	CHECK(json_is_real(field(line, "scap.n_drops_perc")));
	CHECK(!field(line, "scap.n_evts"));
	/* The second one is told by the first. */
	next = line_of(text, 1);
	check_whole(next, "falco.num_evts_prev", json_integer_value(field(line, "falco.num_evts")));
	CHECK(json_integer_value(field(next, "evt.time")) >
	      json_integer_value(field(line, "evt.time")));
	CHECK(json_is_real(field(next, "falco.evts_rate_sec")));
	json_decref(next);
	/* The last one tells of all there was. */
	next = line_of(text, lines - 1);
	CHECK_INT(json_integer_value(json_object_get(next, "sample")), lines);
	check_whole(next, "falco.num_evts", (long long)run.events);
	check_whole(next, "falco.rules.matches_total",
		    json_integer_value(field(next, "falco.rules.Opened_it")));
	CHECK(json_integer_value(field(next, "falco.rules.matches_total")) > 0);
	json_decref(next);
	json_decref(line);
	detect_metrics_free(run.metrics);
}

/* What is switched off is not there, nor are samples of no interval. */
TEST(parts)
{
	struct run run = { .opts = { .interval_ns = SECOND, .file = sinks_path("stats") } };
	json_t *line;

	begin(&run);
	end(&run);
	line = line_of(sinks_text(run.opts.file), 0);
	CHECK(!field(line, "falco.rules.matches_total"));
	CHECK(!field(line, "falco.memory_rss_kb"));
	CHECK(!field(line, "falco.n_threads"));
	CHECK(field(line, "falco.host_num_cpus"));
	json_decref(line);
	detect_metrics_free(run.metrics);
	run = (struct run){ .opts = { .file = sinks_path("stats"), .last = true } };
	unlink(run.opts.file);
	begin(&run);
	end(&run);
	CHECK_STR(sinks_text(run.opts.file), "");
	detect_metrics_free(run.metrics);
}

static void *ask(void *ctx)
{
	struct run *run = ctx;
	struct eyas_str text = EYAS_STR_INIT;

	run->asked = detect_metrics_scrape(run->metrics, LONG_NS, &text);
	eyas_str_putc(&text, '\0');
	run->text = text.data;
	return NULL;
}

TEST(scrape)
{
	struct run run = { .opts = { .parts = DETECT_METRICS_ALL }, .wait = true };
	struct eyas_str text = EYAS_STR_INIT;
	pthread_t thread;

	begin(&run);
	CHECK(!pthread_create(&thread, NULL, ask, &run));
	end(&run);
	pthread_join(thread, NULL);
	CHECK_INT(run.asked, 0);
	CHECK(strstr(run.text,
		     "\nfalcosecurity_falco_sha256_rules_files_info{file_name=\"a-r.yaml\","
		     "sha256=\"ba7816bf"));
	CHECK(strstr(run.text, "\nfalcosecurity_scap_engine_name_info{engine_name=\"savefile\","
			       "evt_source=\"syscall\"} 1\n"));
	CHECK(strstr(run.text, "\n# TYPE falcosecurity_scap_n_threads_total gauge\n"));
	CHECK(!strstr(run.text, "netinfo"));
	free(run.text);
	/* It is over. */
	run.metrics->answer.made_ns = 0;
	CHECK_INT(detect_metrics_scrape(run.metrics, LONG_NS, &text), -ECANCELED);
	eyas_str_fini(&text);
	detect_metrics_free(run.metrics);
}

/* Nobody answers; who asked goes away; what is fresh is told again. */
TEST(scrape_in_vain)
{
	struct run run = { .opts = { .parts = DETECT_METRICS_ALL } };
	struct eyas_str text = EYAS_STR_INIT;
	size_t len;

	begin(&run);
	CHECK_INT(detect_metrics_scrape(run.metrics, 1000, &text), -ETIMEDOUT);
	CHECK_INT(text.len, 0);
	CHECK(detect_metrics_is_due(run.metrics, 1));
	CHECK(!detect_metrics_event(run.metrics, 1));
	CHECK(!detect_metrics_is_due(run.metrics, 1));
	CHECK(!detect_metrics_is_due(run.metrics, UINT64_MAX - 1));
	run.metrics->answer.made_ns = eyas_clock_ns(CLOCK_MONOTONIC) + LONG_NS;
	CHECK(!detect_metrics_scrape(run.metrics, 0, &text));
	len = text.len;
	CHECK(len > 1000);
	CHECK(!detect_metrics_scrape(run.metrics, 0, &text));
	CHECK_INT(text.len, 2 * len);
	end(&run);
	eyas_str_fini(&text);
	detect_metrics_free(run.metrics);
}

/* After an event at this time, how many samples have there been, and when did the interval begin? */
static void check_jump(struct run *run, uint64_t ts_ns, uint64_t samples, uint64_t base_ns)
{
	CHECK(!detect_metrics_event(run->metrics, ts_ns));
	CHECK_INT(run->metrics->samples, samples);
	CHECK_INT(run->metrics->due.base_ns, base_ns);
}

/* Time that jumps: one sample, and the next in step with those before. */
TEST(jumps)
{
	struct run run = { .opts = { .interval_ns = 10, .file = sinks_path("stats") } };

	begin(&run);
	check_jump(&run, 5 * SECOND, 0, 5 * SECOND);
	check_jump(&run, 5 * SECOND + 9, 0, 5 * SECOND);
	check_jump(&run, 5 * SECOND + 34, 1, 5 * SECOND + 30);
	/* Somewhat out of order is the same time still; more is another capture. */
	check_jump(&run, 4 * SECOND + 31, 1, 5 * SECOND + 30);
	check_jump(&run, 5 * SECOND + 39, 1, 5 * SECOND + 30);
	check_jump(&run, 1, 1, 1);
	check_jump(&run, 11, 2, 11);
	check_jump(&run, UINT64_MAX, 3, UINT64_MAX - 4);
	check_jump(&run, 100, 3, 100);
	detect_metrics_free(run.metrics);
	eyas_session_close(run.session);
	eyas_rules_free(run.rules);
	CHECK(!detect_metrics_event(NULL, 1));
	CHECK(!detect_metrics_idle(NULL));
}

TEST(files)
{
	struct detect_metrics_opts opts = { .file = "/nowhere/stats" };
	struct detect_metrics *metrics;
	struct eyas_err err;

	CHECK_INT(detect_metrics_new(&opts, &metrics, &err), -ENOENT);
	CHECK_STR(err.text, "'/nowhere/stats': No such file or directory");
	opts.file = NULL;
	CHECK(!detect_metrics_new(&opts, &metrics, &err));
	CHECK_INT(detect_metrics_add_file(metrics, DETECT_METRICS_RULES_FILE, "/nowhere/r", &err),
		  -ENOENT);
	CHECK_STR(err.text, "'/nowhere/r': No such file or directory");
	detect_metrics_free(metrics);
}

static unsigned told;

static void on_log(void *ctx, unsigned severity, const char *text)
{
	(void)ctx, (void)severity;
	CHECK(strstr(text, "/dev/full"));
	told++;
}

/* A full disk: counted, told once, and the detection goes on. */
TEST(full_disk)
{
	struct run run = {
		.opts = { .interval_ns = SECOND / 2, .file = "/dev/full", .log = on_log }
	};

	if (access("/dev/full", W_OK))
		test_skip("no /dev/full");
	begin(&run);
	end(&run);
	CHECK(run.metrics->samples > 2);
	CHECK_INT(detect_metrics_lost(run.metrics), run.metrics->samples);
	CHECK_INT(told, 1);
	detect_metrics_free(run.metrics);
}
