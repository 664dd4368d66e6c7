/* SPDX-License-Identifier: Apache-2.0 */
/* Processes as flows see them: what is said of them, when, and what they do. */
#include "unit/flowfeed.h"

#include <errno.h>

static const struct flow_opts plain = { 0 };
static const struct flow_opts strict = { .strict_compat = true };
static const struct flow_opts summed = { .process_flow = true };
static const struct flow_opts strict_summed = { .strict_compat = true, .process_flow = true };

#define HEADER "header 5   a.sf\n"
#define INIT "process REUP 1 t0 /bin/sh() 1000:<NA> 1000:<NA> entry\n"
#define SHELL "process CREATED 100 of 1 t0 /bin/sh() 1000:<NA> 1000:<NA>\n"

static void run_clone(struct flow_rig *t, int64_t tid, const struct feed_clone *c)
{
	feed_clone(&t->f, tid, c);
	flow_rig_step(t);
}

static void run_fork(struct flow_rig *t, int64_t parent, int64_t child)
{
	run_clone(t, parent,
		  &(struct feed_clone){
			  .res = child, .pid = parent, .ptid = 1, .vtid = parent, .vpid = parent });
	run_clone(
		t, child,
		&(struct feed_clone){ .pid = child, .ptid = parent, .vtid = child, .vpid = child });
}

static void run_thread(struct flow_rig *t, int64_t pid, int64_t tid)
{
	run_clone(t, tid,
		  &(struct feed_clone){ .pid = pid,
					.ptid = 1,
					.flags = PPM_CL_CLONE_THREAD | PPM_CL_CLONE_FILES,
					.vtid = tid,
					.vpid = pid });
}

static void run_exec(struct flow_rig *t, int64_t tid, const char *comm, const char *path)
{
	feed_exec(&t->f, tid, comm, path);
	flow_rig_step(t);
}

static void run_exit(struct flow_rig *t, int64_t tid, int status)
{
	RUN(t, tid, PROCEXIT_1_E, I(status), I(0), I(0), I(0), I(0));
}

/* Both sides of a clone, ancestors before children; each is said once. */
TEST(fork_and_exec)
{
	struct flow_rig t = { 0 };

	flow_rig_start(&t, &plain);
	run_fork(&t, 100, 200);
	SAID(&t, "header 5  NA a.sf\n" INIT SHELL "event 100 CLONE t0 ret 200\n"
		 "process CREATED 200@0 of 100 t1 /bin/sh(-c true) 0:<NA> 0:<NA>\n"
		 "event 200@0 CLONE t1 ret 0\n");
	run_exec(&t, 200, "cat", "/bin/cat");
	SAID(&t, "process MODIFIED 200@0 of 100 t2 /bin/cat(-x) 5:<NA> 6:<NA> tty\n"
		 "event 200@0 EXEC t2 ret 0\n");
	run_exit(&t, 200, 256);
	SAID(&t, "event 200@0 EXIT t3 ret 256\n");
	flow_rig_finish(&t);
	SAID(&t, "");
	flow_rig_end(&t);
}

/* MODIFIED says all that may have changed, in strict mode what the original looks at. */
TEST(modified)
{
	struct flow_rig t = { .cwd = true };

	flow_rig_start(&t, &plain);
	run_fork(&t, 100, 200);
	flow_rig_hush(&t);
	RUN(&t, 200, SYSCALL_CHDIR_X, I(0), S("/tmp"));
	run_exec(&t, 200, "cat", "/bin/cat");
	SAID(&t, "process MODIFIED 200@0 of 100 t3 /bin/cat(-x) 5:<NA> 6:<NA> tty /tmp/ A=1 B=2\n"
		 "event 200@0 EXEC t3 ret 0\n");
	flow_rig_end(&t);
	memset(&t, 0, sizeof(t));
	t.cwd = true;
	flow_rig_start(&t, &strict);
	run_fork(&t, 100, 200);
	flow_rig_hush(&t);
	RUN(&t, 200, SYSCALL_CHDIR_X, I(0), S("/tmp"));
	feed_exec(&t.f, 200, "cat", "/bin/cat");
	t.f.context.thread->uid = t.f.context.thread->gid = 0;
	flow_rig_step(&t);
	SAID(&t, "process MODIFIED 200@0 of 100 t3 /bin/cat(-x) 0:root 0:root /srv/ HOME=/root\n"
		 "event 200@0 EXEC t3 ret 0\n");
	flow_rig_end(&t);
}

static void run_failed_exec(struct flow_rig *t, int64_t tid)
{
	RUN(t, tid, SYSCALL_EXECVE_19_X, I(-ENOENT), S("x"), L("-x\0"), I(tid), I(tid), I(1), S(""),
	    I(256), I(1), I(2), I(3), I(4), I(5), S("x"), L("cpu=/b\0"), L("A=1\0"));
}

TEST(failed_exec)
{
	struct flow_rig t = { 0 };

	flow_rig_start(&t, &plain);
	run_failed_exec(&t, 100);
	run_failed_exec(&t, 100);
	SAID(&t, "header 5  NA a.sf\n" INIT SHELL
		 "event 100 EXEC t0 ret -2\nevent 100 EXEC t1 ret -2\n");
	flow_rig_end(&t);
	memset(&t, 0, sizeof(t));
	flow_rig_start(&t, &strict);
	run_failed_exec(&t, 100);
	flow_rig_hush(&t);
	run_failed_exec(&t, 100);
	SAID(&t, "process MODIFIED 100 of 1 t1 /bin/sh() 1000:<NA> 1000:<NA>\n"
		 "event 100 EXEC t1 ret -2\n");
	flow_rig_end(&t);
}

/* The original knows neither clone3 nor an execveat that failed. */
TEST(newer_calls)
{
	struct flow_rig t = { 0 };

	flow_rig_start(&t, &plain);
	run_clone(&t, 100,
		  &(struct feed_clone){ .type = EYAS_EV_SYSCALL_CLONE3_X,
					.res = 200,
					.pid = 100,
					.ptid = 1,
					.vtid = 100,
					.vpid = 100 });
	RUN(&t, 100, SYSCALL_EXECVEAT_X, I(-ENOENT), S("x"));
	SAID(&t, "header 5  NA a.sf\n" INIT SHELL "event 100 CLONE t0 ret 200\n"
		 "event 100 EXEC t1 ret -2\n");
	flow_rig_end(&t);
	memset(&t, 0, sizeof(t));
	flow_rig_start(&t, &strict);
	run_clone(&t, 100,
		  &(struct feed_clone){ .type = EYAS_EV_SYSCALL_CLONE3_X,
					.res = 200,
					.pid = 100,
					.ptid = 1,
					.vtid = 100,
					.vpid = 100 });
	RUN(&t, 100, SYSCALL_EXECVEAT_X, I(-ENOENT), S("x"));
	SAID(&t, HEADER);
	flow_rig_end(&t);
}

TEST(setuid)
{
	struct flow_rig t = { 0 };

	flow_rig_start(&t, &plain);
	RUN(&t, 1, USER_ADDED_E, I(7), I(7), S("mail"), S("/var/mail"), S("/bin/sh"), S(""));
	RUN(&t, 100, SYSCALL_SETUID_X, I(0), I(7));
	RUN(&t, 100, SYSCALL_SETRESUID_X, I(0), I(7), I(8), I(UINT32_MAX));
	RUN(&t, 100, SYSCALL_SETREUID_X, I(-EPERM), I(UINT32_MAX), I(0));
	SAID(&t, "header 5  NA a.sf\n"
		 "process REUP 1 t1 /bin/sh() 1000:<NA> 1000:<NA> entry\n"
		 "process REUP 100 of 1 t1 /bin/sh() 7:mail 1000:<NA>\n"
		 "event 100 SETUID t1 ret 0 'mail'\n"
		 "process MODIFIED 100 of 1 t2 /bin/sh() 8:<NA> 1000:<NA>\n"
		 "event 100 SETUID t2 ret 0 'mail' '8' '-1'\n"
		 "event 100 SETUID t3 ret -1 '-1' '0'\n");
	flow_rig_end(&t);
}

/* One argument for all threads, taken when the call begins; none of calls with several. */
TEST(strict_setuid)
{
	struct flow_rig t = { 0 };

	flow_rig_start(&t, &strict);
	RUN(&t, 1, USER_ADDED_E, I(7), I(7), S("mail"), S("/var/mail"), S("/bin/sh"), S(""));
	RUN(&t, 100, SYSCALL_SETUID_X, I(0), I(7));
	flow_rig_hush(&t);
	RUN(&t, 100, SYSCALL_SETUID_E, I(7));
	RUN(&t, 1, SYSCALL_SETUID_E, I(4000000));
	RUN(&t, 100, SYSCALL_SETUID_X, I(0), I(7));
	RUN(&t, 100, SYSCALL_SETRESUID_E, I(7), I(7), I(7));
	RUN(&t, 100, SYSCALL_SETRESUID_X, I(-EPERM), I(7), I(7), I(7));
	RUN(&t, 100, SYSCALL_SETREUID_X, I(-EPERM), I(UINT32_MAX), I(0));
	SAID(&t, "process MODIFIED 100 of 1 t4 /bin/sh() 7:mail 1000:<NA>\n"
		 "event 100 SETUID t4 ret 0 '<NA>'\n"
		 "process MODIFIED 100 of 1 t6 /bin/sh() 7:mail 1000:<NA>\n"
		 "event 100 SETUID t6 ret -1 ''\n");
	flow_rig_end(&t);
}

TEST(strict_setuid_live)
{
	const struct flow_opts opts = { .strict_compat = true, .live = true, .exporter = "x" };
	struct flow_rig t = { 0 };

	flow_rig_start(&t, &opts);
	RUN(&t, 1, USER_ADDED_E, I(7), I(7), S("mail"), S("/var/mail"), S("/bin/sh"), S(""));
	RUN(&t, 100, SYSCALL_SETUID_X, I(-EPERM), I(7));
	flow_rig_hush(&t);
	RUN(&t, 100, SYSCALL_SETUID_X, I(-EPERM), I(7));
	RUN(&t, 100, SYSCALL_SETRESUID_X, I(-EPERM), I(7), I(7), I(7));
	SAID(&t, "process MODIFIED 100 of 1 t2 /bin/sh() 1000:<NA> 1000:<NA>\n"
		 "event 100 SETUID t2 ret -1 'mail'\n"
		 "process MODIFIED 100 of 1 t3 /bin/sh() 1000:<NA> 1000:<NA>\n"
		 "event 100 SETUID t3 ret -1 ''\n");
	flow_rig_end(&t);
}

TEST(threads_one_by_one)
{
	struct flow_rig t = { 0 };

	flow_rig_start(&t, &plain);
	run_thread(&t, 100, 101);
	SAID(&t, "header 5  NA a.sf\n" INIT SHELL "event 100/101 CLONE t0 ret 0\n");
	feed_open(&t.f, 101, 3, "/a");
	flow_rig_step(&t);
	feed_open(&t.f, 100, 4, "/b");
	flow_rig_step(&t);
	flow_rig_hush(&t);
	run_exit(&t, 101, 0);
	SAID(&t, "flow 100/101 OPEN|TRUNCATE t1-3 fd3 r0/0 w0/0 /a open 1\n"
		 "event 100/101 EXIT t3 ret 0\n");
	run_exit(&t, 100, 9);
	SAID(&t, "flow 100 OPEN|TRUNCATE t2-4 fd4 r0/0 w0/0 /b open 1\n"
		 "event 100 EXIT t4 ret 9\n");
	flow_rig_end(&t);
}

static void run_failed_clone(struct flow_rig *t, int error)
{
	run_clone(t, 100,
		  &(struct feed_clone){
			  .res = -error, .pid = 100, .ptid = 1, .vtid = 100, .vpid = 100 });
}

static void run_threads(struct flow_rig *t)
{
	run_thread(t, 100, 101);
	run_thread(t, 100, 102);
	run_failed_clone(t, EPERM);
	run_failed_clone(t, EAGAIN);
	feed_open(&t->f, 101, 3, "/a");
	flow_rig_step(t);
	flow_rig_hush(t);
	run_exit(t, 101, 0);
	SAID(t, "");
	run_exit(t, 100, 0);
}

/* Threads are summed up; flows of one that exits stay open. The process itself is not summed up. */
TEST(threads_summed_up)
{
	struct flow_rig t = { 0 };

	flow_rig_start(&t, &summed);
	run_threads(&t);
	SAID(&t, "threads 100 CLONE|EXIT t0-6 cloned 2 exited 1 failed 2\n"
		 "flow 100/101 OPEN|TRUNCATE t4-6 fd3 r0/0 w0/0 /a open 1\n"
		 "event 100 EXIT t6 ret 0\n");
	run_fork(&t, 1, 300);
	SAID(&t, "event 1 CLONE t7 ret 300\n"
		 "process CREATED 300@7 of 1 t8 /bin/sh(-c true) 0:<NA> 0:<NA>\n"
		 "event 300@7 CLONE t8 ret 0\n");
	flow_rig_end(&t);
	memset(&t, 0, sizeof(t));
	/* The original counts one kind of failure. */
	flow_rig_start(&t, &strict_summed);
	run_threads(&t);
	SAID(&t, "threads 100 CLONE|EXIT t0-6 cloned 2 exited 1 failed 1\n"
		 "flow 100/101 OPEN|TRUNCATE t4-6 fd3 r0/0 w0/0 /a open 1\n"
		 "event 100 EXIT t6 ret 0\n");
	flow_rig_end(&t);
}

TEST(threads_at_the_end)
{
	struct flow_rig t = { 0 };

	flow_rig_start(&t, &summed);
	run_thread(&t, 100, 101);
	flow_rig_hush(&t);
	flow_rig_finish(&t);
	SAID(&t, "threads 100 CLONE|TRUNCATE t0-0 cloned 1 exited 0 failed 0\n");
	flow_rig_end(&t);
}

/* A process whose parent is not known; nothing is invented. */
TEST(unknown_parent)
{
	struct flow_rig t = { 0 };

	flow_rig_start(&t, &plain);
	run_clone(&t, 300,
		  &(struct feed_clone){ .pid = 300, .ptid = 299, .vtid = 300, .vpid = 300 });
	SAID(&t, "header 5  NA a.sf\n"
		 "process CREATED 300@0 t0 sh(-c true) 0:<NA> 0:<NA>\n"
		 "event 300@0 CLONE t0 ret 0\n");
	flow_rig_end(&t);
}

/* Threads of which nothing is known: a process each, as far as one can tell; or all one. */
TEST(unknown_threads)
{
	struct flow_rig t = { 0 };

	flow_rig_start(&t, &plain);
	run_exit(&t, 400, 0);
	run_exit(&t, 401, 0);
	SAID(&t, "header 5  NA a.sf\n"
		 "process REUP 400 t0 <NA>() -1:<NA> -1:<NA>\nevent 400 EXIT t0 ret 0\n"
		 "process REUP 401 t1 <NA>() -1:<NA> -1:<NA>\nevent 401 EXIT t1 ret 0\n");
	flow_rig_end(&t);
	memset(&t, 0, sizeof(t));
	flow_rig_start(&t, &strict);
	run_exit(&t, 400, 0);
	run_exit(&t, 401, 0);
	SAID(&t, HEADER "process REUP -1 t0 <NA>() -1:<NA> -1:<NA>\nevent -1/400 EXIT t0 ret 0\n"
			"event -1/401 EXIT t1 ret 0\n");
	flow_rig_end(&t);
}

/* Ids that come again: each process is one of its own. */
TEST(reused_pid)
{
	struct flow_rig t = { 0 };

	flow_rig_start(&t, &plain);
	run_fork(&t, 100, 200);
	run_exit(&t, 200, 0);
	flow_rig_hush(&t);
	run_fork(&t, 1, 200);
	SAID(&t, "event 1 CLONE t3 ret 200\n"
		 "process CREATED 200@3 of 1 t4 /bin/sh(-c true) 0:<NA> 0:<NA>\n"
		 "event 200@3 CLONE t4 ret 0\n");
	flow_rig_end(&t);
}

/* What has exited is forgotten a second later, and not before. */
TEST(death)
{
	struct flow_rig t = { 0 };

	flow_rig_start(&t, &plain);
	run_fork(&t, 100, 200);
	run_exit(&t, 200, 0);
	RUN(&t, 1, SYSCALL_GETUID_X, I(0));
	CHECK_INT(flow_rig_stats(&t).processes, 3);
	flow_rig_wait(&t, 2);
	RUN(&t, 1, SYSCALL_GETUID_X, I(0));
	CHECK_INT(flow_rig_stats(&t).processes, 2);
	flow_rig_end(&t);
}

#define BOX "0123456789ab"
#define BOX_CGROUP "cpu=/docker/" BOX "0123456789abcdef0123456789abcdef0123456789abcdef0123\0"

/* A process that moves into a container by its exec. */
static void run_exec_in_box(struct flow_rig *t, int64_t tid)
{
	RUN(t, tid, SYSCALL_EXECVE_19_X, I(0), S("web"), N, I(tid), I(tid), I(100), S(""), I(256),
	    I(1), I(2), I(3), I(4), I(5), S("web"), L(BOX_CGROUP), N, I(0), I(tid), I(7), I(0),
	    I(1), I(2), I(3), I(77), I(1000), I(2000), I(0), S("/web"), I(tid), I(0), S("/web"));
}

TEST(container)
{
	static const char json[] =
		"{\"container\":{\"id\":\"" BOX "\",\"type\":7,\"name\":\"web\",\"image\":"
		"\"shop/web:1\",\"imagetag\":\"1\",\"imageid\":\"77\",\"privileged\":true}}";
	struct flow_rig t = { 0 };

	flow_rig_start(&t, &plain);
	run_fork(&t, 100, 200);
	flow_rig_hush(&t);
	run_exec_in_box(&t, 200);
	SAID(&t, "container " BOX " incomplete incomplete:incomplete  0\n"
		 "process MODIFIED 200@0 of 100 t2 /web() 0:<NA> 0:<NA> in " BOX "\n"
		 "event 200@0 EXEC t2 ret 0\n");
	/* What is known now is said with the next record that asks for the container. */
	RUN(&t, 1, CONTAINER_JSON_E, S(json));
	SAID(&t, "");
	feed_open(&t.f, 200, 3, "/etc/x");
	flow_rig_step(&t);
	SAID(&t, "container " BOX " web shop/web:1 77 7 privileged\n"
		 "file REUP f /etc/x in " BOX "\n");
	flow_rig_end(&t);
}

/* The original: the image twice, the process as it was first seen. */
TEST(strict_container)
{
	static const char json[] = "{\"container\":{\"id\":\"" BOX
				   "\",\"type\":11,\"name\":\"web\",\"image\":"
				   "\"shop/web:1\",\"imagetag\":\"1\",\"imageid\":\"77\"}}";
	struct flow_rig t = { 0 };

	flow_rig_start(&t, &strict);
	RUN(&t, 1, CONTAINER_JSON_E, S(json));
	run_fork(&t, 100, 200);
	flow_rig_hush(&t);
	run_exec_in_box(&t, 200);
	SAID(&t, "process MODIFIED 200@1 of 100 t3 /web() 0:root 0:root\n"
		 "event 200@1 EXEC t3 ret 0\n");
	feed_open(&t.f, 200, 3, "/etc/x");
	flow_rig_step(&t);
	SAID(&t, "container " BOX " web shop/web:1:1 77 5\nfile REUP f /etc/x in " BOX "\n");
	flow_rig_end(&t);
}

/* Texts that are no JSON, or say nothing; asynchronous events. */
TEST(container_events)
{
	static const char async[] = "{\"container\":{\"id\":\"" BOX "\",\"image\":\"x\"}}";
	static const char *const bad[] = { "",
					   "{",
					   "[]",
					   "{\"container\":7}",
					   "{\"container\":{}}",
					   "{\"container\":{\"id\":7}}" };
	struct flow_rig t = { 0 };
	size_t i;

	flow_rig_start(&t, &plain);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		RUN(&t, 1, CONTAINER_JSON_2_E, S(bad[i]));
	CHECK_INT(flow_rig_stats(&t).containers, 0);
	RUN(&t, 1, ASYNCEVENT_E, I(0), S("other"), S(async));
	CHECK_INT(flow_rig_stats(&t).containers, 0);
	/* A filter that leaves the event out must not leave out what it says. */
	FEED(&t.f, 1, ASYNCEVENT_E, I(0), S("container"), B(async, sizeof(async)));
	flow_engine_left_out(t.engine, &t.f.context);
	CHECK_INT(flow_rig_stats(&t).containers, 1);
	RUN(&t, 1, ASYNCEVENT_E, I(0), S("container"), B(async, sizeof(async)));
	CHECK_INT(flow_rig_stats(&t).containers, 1);
	run_fork(&t, 100, 200);
	flow_rig_hush(&t);
	run_exec_in_box(&t, 200);
	eyas_str_putc(&t.said, '\0');
	CHECK(!strncmp(t.said.data, "container " BOX "  x  0\n", 28));
	flow_rig_end(&t);
}

TEST(containers_only)
{
	const struct flow_opts opts = { .filter_containers = true };
	struct flow_rig t = { 0 };

	flow_rig_start(&t, &opts);
	run_fork(&t, 100, 200);
	run_exec_in_box(&t, 200);
	run_exit(&t, 100, 0);
	SAID(&t, "header 5  NA a.sf\n"
		 "container " BOX " incomplete incomplete:incomplete  0\n"
		 "process REUP 1 t2 /bin/sh() 1000:<NA> 1000:<NA> entry\n"
		 "process REUP 100 of 1 t2 /bin/sh() 1000:<NA> 1000:<NA>\n"
		 "process CREATED 200@0 of 100 t2 /web() 0:<NA> 0:<NA> in " BOX "\n"
		 "event 200@0 EXEC t2 ret 0\n");
	flow_rig_end(&t);
}

TEST(kubernetes)
{
	struct flow_rig t = { 0 };

	flow_rig_start(&t, &plain);
	RUN(&t, 1, K8S_E, S("{\"type\":\"ADDED\",\"kind\":\"Pod\"}"));
	RUN(&t, 1, K8S_E, S("what"));
	SAID(&t,
	     "header 5  NA a.sf\nk8s 2 0 {\"type\":\"ADDED\",\"kind\":\"Pod\"}\nk8s 9 5 what\n");
	flow_rig_end(&t);
	memset(&t, 0, sizeof(t));
	flow_rig_start(&t, &strict);
	RUN(&t, 1, K8S_E, S("{\"type\":\"ADDED\",\"kind\":\"Pod\"}"));
	SAID(&t, HEADER);
	flow_rig_end(&t);
}
