/* SPDX-License-Identifier: Apache-2.0 */
/* What the probe says about itself and this kernel. */
#include "live/live.h"

#include <stdio.h>
#include <unistd.h>

LIVE_TEST(features)
{
	struct eyas_live_feature feature;
	unsigned i, n = 0;
	bool btf = false;

	for (i = 0; eyas_live_feature(i, &feature) == 1; i++) {
		CHECK(feature.name && feature.name[0]);
		CHECK(feature.text[0]);
		CHECK(feature.verdict <= EYAS_LIVE_MISSING);
		/* A source opens on this machine, so nothing that it needs is missing. */
		if (strstr(feature.name, "BTF")) {
			btf = true;
			CHECK_INT(feature.verdict, EYAS_LIVE_OK);
		}
		n++;
	}
	CHECK(n >= 5);
	CHECK(btf);
}

static bool find_program(const struct eyas_source *source, const char *attach,
			 struct eyas_live_program *ret)
{
	unsigned i;

	for (i = 0; eyas_live_program(source, i, ret) == 1; i++)
		if (strcmp(ret->attach, attach) == 0 || strcmp(ret->name, attach) == 0)
			return true;
	return false;
}

static void some_calls(void)
{
	for (int i = 0; i < 1000; i++)
		SYS(getppid);
}

LIVE_TEST(programs)
{
	struct eyas_source *source = live_open(NULL);
	struct eyas_live_program program;
	unsigned i;

	for (i = 0; eyas_live_program(source, i, &program) == 1; i++) {
		CHECK(program.name && program.name[0]);
		CHECK(program.attach && program.attach[0]);
		CHECK(program.xlated_bytes > 0);
	}
	CHECK(i > 5);
	CHECK(find_program(source, "sched_process_exec", &program));
	CHECK(find_program(source, "sys_exit", &program));
	eyas_source_close(source);
}

LIVE_TEST(run_stats)
{
	struct eyas_source *source = live_open(NULL);
	struct eyas_live_program program;
	struct eyas_err err;

	if (eyas_live_run_stats(source, &err) < 0)
		FAIL("%s", err.text);
	live_reap(live_fork(some_calls), 0);
	CHECK(find_program(source, "sys_exit", &program));
	CHECK(program.run_count >= 1000);
	CHECK(program.run_ns > 0);
	eyas_source_close(source);
}

/* A source that watches one rare call loads and attaches no more than that needs. */
LIVE_TEST(programs_of_a_selection)
{
	struct eyas_live_opts opts;
	struct eyas_codes codes = { 0 };
	struct eyas_source *source;
	struct eyas_live_program program;

	live_defaults(&opts);
	eyas_codes_add(&codes, EYAS_SYS_GETPPID);
	opts.codes = &codes;
	source = live_open(&opts);
	CHECK(find_program(source, "sys_exit", &program));
	CHECK(!find_program(source, "sched_process_exec", &program));
	CHECK(!find_program(source, "sched_process_exit", &program));
	CHECK(!find_program(source, "openat", &program));
	eyas_source_close(source);
}
