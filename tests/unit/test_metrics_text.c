/* SPDX-License-Identifier: Apache-2.0 */
/* Figures as text: names, units, what is left out, Prometheus' format. */
#include "unit/harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "detect/metrics_text.h"
#include "detect/prometheus.h"

static void fill(struct metrics_set *set)
{
	const struct metrics_label labels[] = { { "rule_name", "\xc3\xa9 \"b\"\n\\\xff" },
						{ "priority", "4" },
						{ "tag_x-y", "true" },
						{ "tag_x:y", "true" } };
	struct metrics_row *row;

	metrics_set_text(set, METRICS_OWN, "version", "1.2");
	metrics_set_whole(set, METRICS_OWN, "memory_rss_kb", METRICS_KIBIBYTES, 78500);
	metrics_set_whole(set, METRICS_OWN, "container_memory_used_bytes", METRICS_BYTES, 0);
	metrics_set_real(set, METRICS_OWN, "cpu_usage_perc", METRICS_PERCENT, 1.4);
	metrics_set_whole(set, METRICS_OWN, "duration_sec", METRICS_SECONDS_COUNT, 91);
	metrics_set_whole(set, METRICS_OWN, "start_ts", METRICS_TIMESTAMP_NS, 1748557118881742916);
	metrics_set_counter(set, METRICS_STATE, "n_added_fds", 7);
	metrics_set_counter(set, METRICS_PROBE, "n_evts", 0);
	metrics_set_counter(set, METRICS_PLUGIN, "container.n_containers", 3);
	row = metrics_set_row(set, METRICS_PROBE, "sys_exit.run_time_ns");
	row->unit = METRICS_NS_COUNT;
	row->monotonic = true;
	row->value.whole = 5;
	row = metrics_set_row(set, METRICS_OWN, "rules.a_b");
	row->value.whole = 2;
	row->monotonic = true;
	metrics_set_labels(set, row, METRICS_PEER "falco_rules_matches", labels, 4);
	row = metrics_set_row(set, METRICS_OWN, "rules.a_b");
	row->value.whole = 3;
	row->monotonic = true;
	metrics_set_labels(set, row, METRICS_PEER "falco_rules_matches", labels, 2);
}

static char *line_of(const struct metrics_set *set, bool megabytes, bool empty)
{
	static struct eyas_str text;
	const struct metrics_text_opts opts = { .megabytes = megabytes, .empty = empty };
	struct metrics_fields fields = { 0 };

	text.len = 0;
	CHECK(!metrics_fields_make(&fields, set, &opts));
	metrics_line_put(&text, &fields, 2);
	eyas_str_putc(&text, '\0');
	metrics_fields_fini(&fields);
	return text.data;
}

TEST(line)
{
	struct metrics_set set = { 0 };

	fill(&set);
	CHECK_STR(line_of(&set, true, false),
		  "{\"output_fields\":{\"falco.cpu_usage_perc\":1.4,\"falco.duration_sec\":91,"
		  "\"falco.memory_rss_mb\":76.7,\"falco.n_added_fds\":7,\"falco.rules.a_b\":5,"
		  "\"falco.start_ts\":1748557118881742916,\"falco.version\":\"1.2\","
		  "\"plugins.container.n_containers\":3,\"scap.sys_exit.run_time_ns\":5},"
		  "\"sample\":2}");
	CHECK(strstr(line_of(&set, false, false), "\"falco.memory_rss_kb\":78500,"));
	CHECK(strstr(line_of(&set, true, true), "\"falco.container_memory_used_mb\":0.0,"));
	CHECK(strstr(line_of(&set, false, true), "\"falco.container_memory_used_bytes\":0,"));
	CHECK(strstr(line_of(&set, false, true), "\"scap.n_evts\":0,"));
	/* What is always told; a set is made anew. */
	metrics_set_clear(&set);
	metrics_set_counter(&set, METRICS_PROBE, "n_evts", 0);
	set.rows[0].always = true;
	CHECK_STR(line_of(&set, true, false), "{\"output_fields\":{\"scap.n_evts\":0},"
					      "\"sample\":2}");
	metrics_set_fini(&set);
	CHECK_STR(line_of(&set, true, false), "{\"output_fields\":{},\"sample\":2}");
}

/* A family with what is behind its name; family NULL = another sample of the one before. */
struct family {
	const char *family, *kind, *sample;
};

static void check_prometheus(const struct metrics_set *set, const struct family *rows, size_t n)
{
	struct eyas_str got = EYAS_STR_INIT, want = EYAS_STR_INIT;
	const char *name = NULL;
	size_t i;

	for (i = 0; i < n; i++) {
		if (rows[i].family) {
			name = rows[i].family;
			eyas_str_printf(&want,
					"# HELP falcosecurity_%s https://falco.org/docs/metrics/\n"
					"# TYPE falcosecurity_%s %s\n",
					name, name, rows[i].kind);
		}
		eyas_str_printf(&want, "falcosecurity_%s%s\n", name, rows[i].sample);
	}
	prometheus_put(&got, set);
	eyas_str_putc(&got, '\0');
	eyas_str_putc(&want, '\0');
	CHECK_STR(got.data, want.data);
	eyas_str_fini(&got);
	eyas_str_fini(&want);
}

TEST(prometheus)
{
	/* clang-format off */
	static const struct family rows[] = {
		{ "falco_version_info", "gauge", "{version=\"1.2\"} 1" },
		{ "falco_memory_rss_bytes", "gauge", " 80384000.000000" },
		{ "falco_container_memory_used_bytes", "gauge", " 0.000000" },
		{ "falco_cpu_usage_ratio", "gauge", " 0.014000" },
		{ "falco_duration_seconds_total", "gauge", " 91" },
		{ "falco_start_timestamp_nanoseconds", "gauge", " 1748557118881742916" },
		{ "scap_n_added_fds_total", "counter", " 7" },
		{ "scap_n_evts_total", "counter", " 0" },
		{ "plugins_container_n_containers_total", "counter", " 3" },
		{ "scap_sys_exit_run_time_nanoseconds_total", "counter", " 5" },
		{ "falco_rules_matches_total", "counter",
		  "{priority=\"4\",rule_name=\"\xc3\xa9 \\\"b\\\"\\n\\\\\xef\xbf\xbd\",tag_x_y=\"true\"} 2" },
		{ NULL, NULL, "{priority=\"4\",rule_name=\"\xc3\xa9 \\\"b\\\"\\n\\\\\xef\xbf\xbd\"} 3" },
	};
	/* clang-format on */
	struct metrics_set set = { 0 };

	fill(&set);
	check_prometheus(&set, rows, sizeof(rows) / sizeof(rows[0]));
	metrics_set_fini(&set);
}

/* The same file twice is one sample. */
TEST(same_sample)
{
	static const struct family rows[] = { { "falco_sha256_rules_files_info", "gauge",
						"{file_name=\"r.yaml\",sha256=\"0\"} 1" } };
	const struct metrics_label labels[] = { { "file_name", "r.yaml" }, { "sha256", "0" } };
	struct metrics_set set = { 0 };
	struct metrics_row *row;
	int i;

	for (i = 0; i < 2; i++) {
		row = metrics_set_row(&set, METRICS_OWN, "sha256_rules_file.r_yaml");
		row->kind = METRICS_TEXT;
		row->value.text = "0";
		metrics_set_labels(&set, row, METRICS_PEER "falco_sha256_rules_files", labels, 2);
	}
	check_prometheus(&set, rows, 1);
	CHECK_STR(line_of(&set, true, false),
		  "{\"output_fields\":{\"falco.sha256_rules_file.r_yaml\":\"0\"},\"sample\":2}");
	metrics_set_fini(&set);
}

static void check_real(double value, const char *want)
{
	char text[METRICS_REAL_TEXT];

	metrics_real_text(value, text);
	CHECK_STR(text, want);
}

TEST(real)
{
	check_real(0, "0.0");
	check_real(1846.4, "1846.4");
	check_real(0.1 + 0.2, "0.30000000000000004");
	check_real(2576, "2576.0");
	check_real(1e300, "1e+300");
	check_real(0.0 / 0.0, "0.0");
}

TEST(plain)
{
	struct metrics_set set = { 0 };

	CHECK_STR(metrics_set_plain(&set, "Read \"x\": \xc3\xa9/a_b"), "Read__x_:____a_b");
	CHECK_STR(metrics_set_word(&set, "(Read)  \"x\"__y:/ z!"), "_Read_x_y:_z");
	CHECK_STR(metrics_set_word(&set, "a1"), "a1");
	CHECK_STR(metrics_set_word(&set, "?!"), "");
	metrics_set_fini(&set);
}
