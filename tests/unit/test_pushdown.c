/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a live source is asked for: which terms of a filter the kernel tests, which system calls
 * are captured, which fields need the state, and names of system calls.
 */
#include "unit/harness.h"

#include <string.h>

#include "schema/ids.h"
#include "session/pushdown.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static struct eyas_network *network;
static struct filter filter;

static void compile(const char *text)
{
	struct eyas_err err;

	CHECK_INT(eyas_network_new(NULL, &network), 0);
	if (eyas_filter_add(network, text, NULL, NULL, &filter, &err))
		test_fail(__FILE__, __LINE__, "%s: %s", text, err.text);
}

static struct live_plan plan_with(const char *text, const struct eyas_codes *chosen, bool state,
				  bool tested)
{
	struct live_wish wish = {
		.filter_text = text, .chosen = chosen, .state = state, .tested = tested
	};
	struct live_plan plan;

	if (text) {
		compile(text);
		wish.filter = &filter;
	}
	CHECK_INT(live_plan(&wish, &plan, NULL), 0);
	if (text)
		eyas_network_free(network);
	return plan;
}

static unsigned code_of(const char *name)
{
	const struct eyas_syscall_info *info;
	unsigned code;

	for (code = 0; code < EYAS_SYSCALL_CODES; code++)
		if ((info = eyas_syscall_info(code)) && !strcmp(info->name, name))
			return code;
	test_fail(__FILE__, __LINE__, "no code '%s'", name);
}

static bool has(const struct live_plan *plan, const char *name)
{
	return eyas_codes_has(&plan->codes, code_of(name));
}

static unsigned count(const struct eyas_codes *codes)
{
	unsigned code, n = 0;

	for (code = 0; code < EYAS_SYSCALL_CODES; code++)
		n += eyas_codes_has(codes, code) != 0;
	return n;
}

/* ---- tests ---- */

TEST(terms_the_kernel_tests)
{
	static const struct {
		const char *text;
		uint32_t pid;
		int failed, succeeded;
	} rows[] = {
		{ "proc.pid=42", 42, 0, 0 },
		{ "proc.pid == 42", 42, 0, 0 },
		{ "proc.pid in (42)", 42, 0, 0 },
		{ "proc.pid='42'", 42, 0, 0 },
		{ "evt.type=close and (proc.pid=42 and evt.failed=true)", 42, 1, 0 },
		{ "evt.failed=true", 0, 1, 0 },
		{ "evt.failed=false", 0, 0, 1 },
		{ "evt.rawres<0", 0, 1, 0 },
		{ "evt.rawres>=0 and fd.name contains x", 0, 0, 1 },
		/* Terms that contradict each other are tested in part. */
		{ "evt.failed=true and evt.failed=false", 0, 1, 0 },
		{ "proc.pid=1 and proc.pid=2", 2, 0, 0 },
		/* Not the same in the kernel, or not for every event. */
		{ "proc.pid in (42, 43)", 0, 0, 0 },
		{ "proc.pid!=42", 0, 0, 0 },
		{ "proc.pid>42", 0, 0, 0 },
		{ "not proc.pid=42", 0, 0, 0 },
		{ "proc.pid=42 or evt.failed=true", 0, 0, 0 },
		{ "not (evt.failed=true and proc.pid=42)", 0, 0, 0 },
		{ "not evt.failed=true", 0, 0, 0 },
		{ "evt.failed!=true", 0, 0, 0 },
		{ "evt.failed exists", 0, 0, 0 },
		{ "evt.rawres<1", 0, 0, 0 },
		{ "evt.rawres<=0", 0, 0, 0 },
		{ "evt.rawres>0", 0, 0, 0 },
		{ "evt.rawres=0", 0, 0, 0 },
		{ "evt.count.error=1", 0, 0, 0 },
		{ "proc.vpid=42", 0, 0, 0 },
		{ "proc.ppid=42", 0, 0, 0 },
		{ "thread.tid=42", 0, 0, 0 },
		{ "proc.apid=42", 0, 0, 0 },
		{ "proc.apid[0]=42", 0, 0, 0 },
		{ "proc.pid=0", 0, 0, 0 },
		{ "proc.pid=-1", 0, 0, 0 },
		{ "proc.pid=4294967338", 0, 0, 0 },
		{ "proc.pid=val(proc.ppid)", 0, 0, 0 },
		{ "proc.name=cat", 0, 0, 0 },
		{ "user.uid=0", 0, 0, 0 },
		{ "container.id=host", 0, 0, 0 },
		{ "fd.name startswith /etc", 0, 0, 0 },
	};
	struct live_plan plan;
	size_t i;

	for (i = 0; i < COUNT(rows); i++) {
		plan = plan_with(rows[i].text, NULL, true, false);
		if (plan.tests.pid != rows[i].pid || plan.tests.failed_only != rows[i].failed ||
		    plan.tests.succeeded_only != rows[i].succeeded)
			test_fail(__FILE__, __LINE__, "%s: pid %u, failed %d, succeeded %d",
				  rows[i].text, plan.tests.pid, plan.tests.failed_only,
				  plan.tests.succeeded_only);
		CHECK(!plan.tests.comm && !plan.tests.path_prefix && !plan.tests.has_uid &&
		      !plan.tests.cgroup_id && !plan.tests.follow_pid);
		CHECK_INT(plan.tests.keep_state, 1);
	}
	CHECK_INT(plan_with("proc.pid=42", NULL, false, false).tests.keep_state, 0);
}

/* The user's own tests are for all events; with them, those of the filter would starve the state. */
TEST(tests_of_the_user_come_first)
{
	struct live_plan plan = plan_with("evt.failed=true", NULL, true, true);

	CHECK_INT(plan.tests.failed_only, 0);
	CHECK_INT(plan.tests.keep_state, 0);
	plan = plan_with("evt.failed=true", NULL, false, true);
	CHECK_INT(plan.tests.failed_only, 1);
}

/*
 * evt.failed is tested on the assumption that today's types have their result in eight bytes, or
 * as the id of a user or group. A new type that is different has to be thought about.
 */
TEST(results_are_what_the_kernel_tests)
{
	const struct eyas_event_info *info;
	unsigned type, n = 0;

	for (type = 0; (info = eyas_event_info(type)); type++) {
		if (!(info->category & EYAS_EC_SYSCALL) || type % 2 == 0 || !info->nparams ||
		    info->flags & (EYAS_EF_UNUSED | EYAS_EF_OLD_VERSION) ||
		    type == EYAS_EV_GENERIC_X)
			continue;
		switch (info->params[0].type) {
		case EYAS_PT_UID:
		case EYAS_PT_GID:
			n++;
			break;
		default:
			CHECK_INT(eyas_type_info(info->params[0].type)->size, 8);
		}
	}
	CHECK_INT(n, 4); /* getuid, geteuid, getgid, getegid */
}

/* ---- codes ---- */

TEST(what_is_captured_for_a_filter)
{
	struct live_plan plan = plan_with("evt.type=execve", NULL, false, false);

	CHECK(has(&plan, "execve"));
	CHECK_INT(count(&plan.codes), 1);

	plan = plan_with("evt.type=execve", NULL, true, false);
	CHECK(has(&plan, "execve") && has(&plan, "clone") && has(&plan, "close"));
	CHECK(has(&plan, "sched_process_exit"));
	CHECK(!has(&plan, "read") && !has(&plan, "write") && !has(&plan, "futex"));

	/* A generic one: it alone, not all that have no type of their own. */
	plan = plan_with("evt.type in (getppid, openat)", NULL, false, false);
	CHECK(has(&plan, "getppid") && has(&plan, "openat"));
	CHECK_INT(count(&plan.codes), 2);

	plan = plan_with(NULL, NULL, false, false);
	CHECK(has(&plan, "read") && has(&plan, "getppid") && has(&plan, "sched_process_exit"));
	CHECK(!has(&plan, "sched_switch") && !has(&plan, "page_fault_user"));
}

/* Without a filter, what whoever gets the events looks at, of what is captured by default. */
TEST(what_is_captured_for_a_set)
{
	struct event_set set = { { 0 }, { 0 } };
	struct live_wish wish = { .useful = &set };
	struct live_plan plan;
	unsigned code;

	code = code_of("execve");
	set.syscalls[code / 64] |= UINT64_C(1) << (code % 64);
	code = code_of("sched_switch");
	set.syscalls[code / 64] |= UINT64_C(1) << (code % 64);
	CHECK_INT(live_plan(&wish, &plan, NULL), 0);
	CHECK(has(&plan, "execve"));
	CHECK_INT(count(&plan.codes), 1);
	wish.state = true;
	CHECK_INT(live_plan(&wish, &plan, NULL), 0);
	CHECK(has(&plan, "execve") && has(&plan, "clone") && has(&plan, "close"));
	CHECK(!has(&plan, "read") && !has(&plan, "sched_switch"));
}

TEST(floods_come_only_when_they_are_named)
{
	struct live_plan plan = plan_with("proc.name=cat", NULL, true, false);

	CHECK(has(&plan, "read"));
	CHECK(!has(&plan, "sched_switch") && !has(&plan, "page_fault_user") &&
	      !has(&plan, "signal_deliver"));
	plan = plan_with("not evt.type=openat", NULL, true, false);
	CHECK(has(&plan, "read") && !has(&plan, "sched_switch"));
	plan = plan_with("evt.type in (switch, openat)", NULL, false, false);
	CHECK(has(&plan, "sched_switch") && has(&plan, "openat") && !has(&plan, "read"));
	plan = plan_with("proc.name=cat and not (evt.type=switch and evt.cpu=0)", NULL, true,
			 false);
	CHECK(has(&plan, "sched_switch") && has(&plan, "read"));
	plan = plan_with("evt.type!=switch", NULL, false, false);
	CHECK(!has(&plan, "sched_switch") && has(&plan, "read"));
}

static bool shows(const struct live_plan *plan, unsigned type)
{
	return event_set_has(&plan->show, type);
}

TEST(chosen_codes_are_shown_and_others_keep_the_state)
{
	struct eyas_codes chosen = { { 0 } };
	struct live_plan plan;
	const char *bad;
	size_t len;

	CHECK(live_codes_parse("openat,getppid", &chosen, &bad, &len));
	CHECK_INT(count(&chosen), 2);
	plan = plan_with(NULL, &chosen, true, false);
	CHECK(has(&plan, "openat") && has(&plan, "getppid") && has(&plan, "clone"));
	CHECK(!has(&plan, "read"));
	CHECK(shows(&plan, EYAS_EV_SYSCALL_OPENAT_2_X) && shows(&plan, EYAS_EV_GENERIC_X));
	CHECK(event_set_has_syscall(&plan.show, code_of("getppid")));
	CHECK(!event_set_has_syscall(&plan.show, code_of("getuid")));
	CHECK(!shows(&plan, EYAS_EV_SYSCALL_CLONE_20_X) && !shows(&plan, EYAS_EV_SYSCALL_CLOSE_X));

	/* What a filter cannot match is not captured, though it was chosen. */
	plan = plan_with("evt.type=openat", &chosen, false, false);
	CHECK(has(&plan, "openat"));
	CHECK_INT(count(&plan.codes), 1);
	/* What it names was not chosen. */
	plan = plan_with("evt.type=switch", &chosen, false, false);
	CHECK_INT(count(&plan.codes), 0);
}

TEST(names_of_codes)
{
	struct eyas_codes codes = { { 0 } };
	const char *bad;
	size_t len;

	CHECK(live_codes_parse("default,sched_switch", &codes, &bad, &len));
	CHECK(eyas_codes_has(&codes, code_of("sched_switch")));
	CHECK(eyas_codes_has(&codes, code_of("read")));
	CHECK(!live_codes_parse("read,nosuch,write", &codes, &bad, &len));
	CHECK(len == 6 && !memcmp(bad, "nosuch", len));
	CHECK(!live_codes_parse("read,", &codes, &bad, &len));
	CHECK_INT(len, 0);
	CHECK(!live_codes_parse("", &codes, &bad, &len));
	CHECK(!live_codes_parse("rea", &codes, &bad, &len));
}

/* ---- fields ---- */

TEST(fields_that_need_the_state)
{
	static const struct {
		const char *text;
		bool needs;
	} rows[] = {
		{ "evt.type=execve", false },
		{ "evt.type=execve and evt.failed=true and evt.rawres<0", false },
		{ "evt.num>5 and evt.cpu=0 and syscall.type=open", false },
		{ "evt.rawarg.fd=3", false },
		{ "evt.arg.exe=cat", false },
		{ "evt.buffer contains x", false },
		{ "evt.is_open_write=true", false },
		{ "tolower(evt.arg.exe)=cat", false },
		{ "evt.arg.fd=3", true },
		{ "evt.arg.name=x", true },
		{ "evt.arg[0]=3", true },
		{ "evt.args contains x", true },
		{ "evt.category=file", true },
		{ "evt.buflen>5", true },
		{ "proc.name=cat", true },
		{ "evt.type=execve and proc.pid=42", true },
		{ "thread.tid=42", true },
		{ "fd.name=/x", true },
		{ "tolower(fd.name)=/x", true },
		{ "user.uid=0", true },
		{ "group.gid=0", true },
		{ "container.id=host", true },
	};
	size_t i;

	for (i = 0; i < COUNT(rows); i++) {
		compile(rows[i].text);
		if (live_fields_need_state(network) != rows[i].needs)
			test_fail(__FILE__, __LINE__, "%s", rows[i].text);
		eyas_network_free(network);
	}
}
