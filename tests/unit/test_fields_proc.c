/* SPDX-License-Identifier: Apache-2.0 */
/* Fields of threads and processes: members, texts, relatives, containers. */
#include "unit/fields.h"

#include <eyas/err.h>

TEST(classes)
{
	check_class(&eyas_fields_process);
	check_class(&eyas_fields_container);
}

TEST(ids)
{
	struct machine m;

	start_machine(&m);
	SHOWS(&m, "proc.pid", "300");
	SHOWS(&m, "proc.ppid", "200");
	SHOWS(&m, "proc.vpid", "300");
	SHOWS(&m, "proc.pvpid", "200");
	SHOWS(&m, "proc.sid", "100");
	SHOWS(&m, "proc.vpgid", "200");
	SHOWS(&m, "proc.pgid", "200");
	SHOWS(&m, "thread.tid", "300");
	SHOWS(&m, "thread.vtid", "300");
	SHOWS(&m, "thread.ismain", "true");
	SHOWS(&m, "proc.is_sid_leader", "false");
	set_event(&m, EYAS_EV_PROCINFO_E, 301);
	SHOWS(&m, "proc.pid", "300");
	SHOWS(&m, "proc.ppid", "200");
	SHOWS(&m, "thread.tid", "301");
	SHOWS(&m, "thread.ismain", "false");
	SHOWS(&m, "thread.nametid", "cc-worker301");
	set_event(&m, EYAS_EV_PROCINFO_E, 100);
	SHOWS(&m, "proc.is_sid_leader", "true");
	SHOWS(&m, "proc.is_vpgid_leader", "false");
	set_event(&m, EYAS_EV_PROCINFO_E, 200);
	SHOWS(&m, "proc.is_vpgid_leader", "true");
	SHOWS(&m, "proc.is_pgid_leader", "true");
	thread_of(&m, 200)->vpid = -1;
	thread_of(&m, 200)->vtid = -1;
	SHOWS(&m, "proc.vpid", MISSING);
	SHOWS(&m, "thread.vtid", MISSING);
	set_event(&m, EYAS_EV_PROCINFO_E, 1);
	SHOWS(&m, "proc.ppid", MISSING);
	SHOWS(&m, "proc.pname", MISSING);
	stop_machine(&m);
}

/* Without a thread there is nothing but the header of the event. */
TEST(no_thread)
{
	static const char *const some[] = {
		"proc.pid",	     "proc.name",
		"proc.sname",	     "proc.aname[0]",
		"proc.aname",	     "proc.apid",
		"proc.aenv[A]",	     "proc.args[0]",
		"proc.env[A]",	     "proc.cmdnargs",
		"proc.nthreads",     "proc.fdopencount",
		"proc.fdusage",	     "proc.stdin.name",
		"thread.cgroups",    "thread.cgroup.cpu",
		"thread.cpu",	     "thread.vmsize",
		"thread.nametid",    "thread.cap_effective",
		"thread.ismain",     "proc.is_exe_writable",
		"container.id",	     "container.type",
		"proc.aargs",	     "proc.duration",
		"proc.loginshellid", "container.duration",
	};
	struct machine m;

	start_machine(&m);
	set_event(&m, EYAS_EV_PROCINFO_E, 77);
	SHOWS(&m, "thread.tid", "77");
	SHOWS(&m, "thread.exectime", "0");
	for (size_t i = 0; i < FIELD_COUNT(some); i++) {
		SHOWS(&m, some[i], MISSING);
		COMPARES(&m, some[i], MISSING);
	}
	stop_machine(&m);
}

TEST(texts)
{
	struct machine m;

	start_machine(&m);
	SHOWS(&m, "proc.name", "cc");
	SHOWS(&m, "proc.pname", "make");
	SHOWS(&m, "proc.exe", "./prog");
	SHOWS(&m, "proc.pexe", "./prog");
	SHOWS(&m, "proc.exepath", "/bin/prog");
	SHOWS(&m, "proc.pexepath", "/bin/prog");
	SHOWS(&m, "proc.cwd", "/desk/");
	SHOWS(&m, "proc.cmdline", "cc -x");
	SHOWS(&m, "proc.pcmdline", "make -x");
	SHOWS(&m, "proc.exeline", "./prog -x");
	SHOWS(&m, "proc.env", "HOME=/root LANG=C");
	stop_machine(&m);
}

/* Another text for a member of the thread; the fixture frees what it replaced. */
#define PUT_ISTR(thread, member, content) \
	struct { \
		struct eyas_istr head; \
		char text[sizeof(content)]; \
	} member##_store = { { .refs = 1, .len = sizeof(content) - 1 }, content }; \
	struct eyas_istr *member##_old = (thread)->member; \
	(thread)->member = &member##_store.head
#define RESTORE_ISTR(thread, member) ((thread)->member = member##_old)

TEST(arguments)
{
	struct machine m;
	struct eyas_thread *thread;

	start_machine(&m);
	thread = thread_of(&m, 300);
	{
		PUT_ISTR(thread, args, "-o\0\0two words\0cut");
		SHOWS(&m, "proc.args", "-o  two words cut");
		SHOWS(&m, "proc.args[0]", "-o");
		SHOWS(&m, "proc.args[1]", "");
		SHOWS(&m, "proc.args[2]", "two words");
		SHOWS(&m, "proc.args[3]", "cut");
		SHOWS(&m, "proc.args[4]", "");
		SHOWS(&m, "proc.args[99999999999]", "");
		SHOWS(&m, "proc.cmdnargs", "4");
		SHOWS(&m, "proc.cmdlenargs", "14");
		SHOWS(&m, "proc.cmdline", "cc -o  two words cut");
		RESTORE_ISTR(thread, args);
	}
	{
		PUT_ISTR(thread, args, "");
		SHOWS(&m, "proc.args", "");
		SHOWS(&m, "proc.cmdline", "cc");
		SHOWS(&m, "proc.exeline", "./prog ");
		SHOWS(&m, "proc.cmdnargs", "0");
		RESTORE_ISTR(thread, args);
	}
	stop_machine(&m);
}

TEST(environment)
{
	struct machine m;
	struct eyas_thread *thread;

	start_machine(&m);
	thread = thread_of(&m, 300);
	{
		PUT_ISTR(thread, env, "A=\0AB=  x y \0NOTHING\0C=1=2\0LAST=cut");
		SHOWS(&m, "proc.env[A]", "");
		SHOWS(&m, "proc.env[AB]", "x y");
		SHOWS(&m, "proc.env[NOTHING]", "");
		SHOWS(&m, "proc.env[C]", "1=2");
		SHOWS(&m, "proc.env[LAST]", "cut");
		SHOWS(&m, "proc.env[HOME]", "");
		SHOWS(&m, "proc.aenv[0]", "A= AB=  x y  NOTHING C=1=2 LAST=cut");
		SHOWS(&m, "proc.aenv[A]", "");
		RESTORE_ISTR(thread, env);
	}
	{
		/* What is left where a title was written over the environment. */
		PUT_ISTR(thread, env, "\0A=\0\0B=1\0\0\0\0");
		SHOWS(&m, "proc.env", " A=  B=1");
		RESTORE_ISTR(thread, env);
	}
	SHOWS(&m, "proc.aenv[HOME]", "/root");
	SHOWS(&m, "proc.aenv[1]", "HOME=/root LANG=C");
	COMPARES(&m, "proc.aenv[HOME]", "/root");
	COMPARES(&m, "proc.aenv", "{HOME=/root LANG=C HOME=/root LANG=C HOME=/root LANG=C}");
	COMPARES(&m, "proc.aenv[0]", "{HOME=/root LANG=C HOME=/root LANG=C HOME=/root LANG=C}");
	stop_machine(&m);
}

TEST(ancestors)
{
	struct machine m;

	start_machine(&m);
	SHOWS(&m, "proc.aname[0]", "cc");
	SHOWS(&m, "proc.aname[1]", "make");
	SHOWS(&m, "proc.aname[3]", "systemd");
	SHOWS(&m, "proc.aname[4]", MISSING);
	SHOWS(&m, "proc.aname[4294967297]", MISSING);
	SHOWS(&m, "proc.aname", "make bash systemd");
	COMPARES(&m, "proc.aname", "{make bash systemd}");
	COMPARES(&m, "proc.aname[2]", "bash");
	COMPARES(&m, "proc.acmdline", "{make -x bash -x systemd -x}");
	SHOWS(&m, "proc.aexe[1]", "./prog");
	SHOWS(&m, "proc.aexepath[1]", "/bin/prog");
	SHOWS(&m, "proc.aargs[1]", "-x");
	SHOWS(&m, "proc.aargs", "-x -x -x");
	COMPARES(&m, "proc.aargs", "-x -x -x");
	SHOWS(&m, "proc.apid", "300");
	SHOWS(&m, "proc.apid[1]", "200");
	COMPARES(&m, "proc.apid", "{200 100 1}");
	SHOWS(&m, "proc.loginshellid", "100");
	/* The thread stands for its process. */
	set_event(&m, EYAS_EV_PROCINFO_E, 301);
	SHOWS(&m, "proc.name", "cc-worker");
	SHOWS(&m, "proc.aname[0]", "cc");
	/* A parent that was only guessed is none. */
	thread_of(&m, 100)->pid = -1;
	set_event(&m, EYAS_EV_PROCINFO_E, 300);
	SHOWS(&m, "proc.aname", "make");
	SHOWS(&m, "proc.aname[2]", MISSING);
	set_event(&m, EYAS_EV_PROCINFO_E, 200);
	SHOWS(&m, "proc.ppid", MISSING);
	SHOWS(&m, "proc.pcmdline", MISSING);
	set_event(&m, EYAS_EV_PROCINFO_E, 1);
	COMPARES(&m, "proc.aname", MISSING);
	SHOWS(&m, "proc.loginshellid", MISSING);
	stop_machine(&m);
}

/* A chain longer than any walk ends all the same. */
TEST(long_chain)
{
	enum { LENGTH = 3000 };
	struct machine m;

	start_machine(&m);
	for (uint64_t tid = 1000; tid < 1000 + LENGTH; tid++)
		add_thread(&m, tid, tid, tid == 1000 ? 1 : tid - 1, "link");
	set_event(&m, EYAS_EV_SCHEDSWITCH_6_E, 1);
	eyas_state_event(m.state, &m.event, &m.context);
	set_event(&m, EYAS_EV_PROCINFO_E, 1000 + LENGTH - 1);
	SHOWS(&m, "proc.aname[1000]", "link");
	SHOWS(&m, "proc.aname[2000]", MISSING);
	CHECK_INT(strlen(show(&m, "proc.aname")), 1024 * 5 - 1);
	CHECK_INT(strlen(show_filter(&m, "proc.aname")), 1024 * 5 + 1);
	SHOWS(&m, "proc.sname", "bash");
	SHOWS(&m, "proc.loginshellid", MISSING);
	stop_machine(&m);
}

TEST(leaders)
{
	struct machine m;

	start_machine(&m);
	SHOWS(&m, "proc.sname", "bash");
	SHOWS(&m, "proc.sid.exe", "./prog");
	SHOWS(&m, "proc.sid.exepath", "/bin/prog");
	SHOWS(&m, "proc.vpgid.name", "make");
	SHOWS(&m, "proc.vpgid.exe", "./prog");
	SHOWS(&m, "proc.vpgid.exepath", "/bin/prog");
	SHOWS(&m, "proc.pgid.name", "make");
	SHOWS(&m, "proc.pgid.exe", "./prog");
	SHOWS(&m, "proc.pgid.exepath", "/bin/prog");
	/* Ids of another pid namespace say nothing about threads of the host. */
	thread_of(&m, 300)->vtid = 3;
	SHOWS(&m, "proc.sname", "systemd");
	SHOWS(&m, "proc.vpgid.name", "systemd");
	SHOWS(&m, "proc.pgid.name", "make");
	thread_of(&m, 100)->sid = 1;
	SHOWS(&m, "proc.sname", "make");
	/* A leader that is gone. */
	thread_of(&m, 300)->vtid = 300;
	thread_of(&m, 300)->sid = 55;
	SHOWS(&m, "proc.sname", "cc");
	thread_of(&m, 301)->sid = 55;
	set_event(&m, EYAS_EV_PROCINFO_E, 301);
	SHOWS(&m, "proc.sname", "cc");
	set_event(&m, EYAS_EV_PROCINFO_E, 300);
	thread_of(&m, 300)->sid = -1;
	SHOWS(&m, "proc.sname", "");
	stop_machine(&m);
}

TEST(times)
{
	struct machine m;

	start_machine(&m);
	SHOWS(&m, "proc.duration", MISSING);
	SHOWS(&m, "proc.pid.ts", MISSING);
	SHOWS(&m, "proc.ppid.duration", MISSING);
	thread_of(&m, 300)->clone_ts_ns = 4000;
	thread_of(&m, 200)->clone_ts_ns = 3000;
	SHOWS(&m, "proc.duration", "1000");
	SHOWS(&m, "proc.pid.ts", "4000");
	SHOWS(&m, "proc.ppid.duration", "2000");
	SHOWS(&m, "proc.ppid.ts", "3000");
	m.context.exectime_ns = 7;
	thread_of(&m, 300)->exectime_total_ns = 70;
	SHOWS(&m, "thread.exectime", "7");
	SHOWS(&m, "thread.totexectime", "70");
	SHOWS(&m, "container.duration", MISSING);
	thread_of(&m, 300)->pidns_init_start_ts_ns = 1;
	SHOWS(&m, "container.duration", "4999");
	SHOWS(&m, "proc.pidns_init_start_ts", "1");
	stop_machine(&m);
}

TEST(executable)
{
	struct machine m;
	struct eyas_thread *thread;

	start_machine(&m);
	thread = thread_of(&m, 300);
	SHOWS(&m, "proc.exe_ino", MISSING);
	SHOWS(&m, "proc.exe_ino.ctime_duration_proc_start", MISSING);
	SHOWS(&m, "proc.is_exe_writable", "false");
	thread->exe_ino = 12;
	thread->exe_ino_ctime_clone_ns = 34;
	thread->exe_ino_ctime_pidns_ns = 56;
	thread->bits |= THREAD_EXE_WRITABLE | THREAD_EXE_FROM_MEMFD;
	SHOWS(&m, "proc.exe_ino", "12");
	SHOWS(&m, "proc.is_exe_writable", "true");
	SHOWS(&m, "proc.is_exe_from_memfd", "true");
	SHOWS(&m, "proc.is_exe_upper_layer", "false");
	SHOWS(&m, "proc.is_exe_lower_layer", "false");
	stop_machine(&m);
}

TEST(resources)
{
	struct machine m;
	struct eyas_thread *thread;

	start_machine(&m);
	thread = thread_of(&m, 300);
	SHOWS(&m, "proc.vmsize", "4");
	SHOWS(&m, "proc.vmrss", "2");
	SHOWS(&m, "thread.vmsize", "4");
	SHOWS(&m, "thread.vmsize.b", "4096");
	SHOWS(&m, "thread.vmrss.b", "2048");
	SHOWS(&m, "proc.fdopencount", "0");
	SHOWS(&m, "proc.fdlimit", "10");
	SHOWS(&m, "proc.fdusage", "0.0");
	SHOWS(&m, "proc.nthreads", "2");
	SHOWS(&m, "proc.nchilds", "1");
	thread->bits |= THREAD_DEAD;
	SHOWS(&m, "proc.nchilds", "2");
	thread->bits &= ~(uint32_t)THREAD_DEAD;
	thread->cpu_user_pct = 60;
	thread->cpu_system_pct = 50;
	SHOWS(&m, "thread.cpu", "100.0");
	SHOWS(&m, "thread.cpu.user", "60.0");
	SHOWS(&m, "thread.cpu.system", "50.0");
	set_event(&m, EYAS_EV_SYSCALL_CLOSE_X, 301);
	SHOWS(&m, "thread.vmsize", "0");
	SHOWS(&m, "thread.cpu", MISSING);
	stop_machine(&m);
}

TEST(capabilities)
{
	struct machine m;

	start_machine(&m);
	thread_of(&m, 300)->cap_permitted = UINT64_C(1) << 40 | 1 | UINT64_C(1) << 63;
	SHOWS(&m, "thread.cap_permitted", "CAP_CHOWN CAP_CHECKPOINT_RESTORE");
	SHOWS(&m, "thread.cap_inheritable", "");
	thread_of(&m, 300)->cap_effective = 1 << 21;
	SHOWS(&m, "thread.cap_effective", "CAP_SYS_ADMIN");
	stop_machine(&m);
}

TEST(cgroups)
{
	struct machine m;
	struct field_ref ref;
	struct eyas_err err;
	struct eyas_thread *thread;

	start_machine(&m);
	SHOWS(&m, "thread.cgroups", "cpu=/system.slice memory=/");
	SHOWS(&m, "thread.cgroup.cpu", "/system.slice");
	SHOWS(&m, "thread.cgroup.cp", "/");
	SHOWS(&m, "thread.cgroup.none", "/");
	CHECK_INT(eyas_field_bind("thread.cgroup.a-b", 17, &m.bound, &ref, &err), EYAS_E_USAGE);
	CHECK_INT(eyas_field_bind("thread.cgroup", 13, &m.bound, &ref, &err), EYAS_E_USAGE);
	thread = thread_of(&m, 300);
	{
		/* Names the kernel has for itself, and a line that is none. */
		PUT_ISTR(thread, cgroups,
			 "cpu_cgroup=/a\0io=/b\0mem_cgroup=/c=d\0perf_event=/e\0nothing\0");
		SHOWS(&m, "thread.cgroups", "cpu=/a blkio=/b memory=/c=d perf_event=/e nothing=");
		SHOWS(&m, "thread.cgroup.cpu", "/a");
		SHOWS(&m, "thread.cgroup.blkio", "/b");
		SHOWS(&m, "thread.cgroup.memory", "/c=d");
		SHOWS(&m, "thread.cgroup.mem_cgroup", "/");
		RESTORE_ISTR(thread, cgroups);
	}
	{
		PUT_ISTR(thread, cgroups, "");
		SHOWS(&m, "thread.cgroups", MISSING);
		SHOWS(&m, "thread.cgroup.cpu", "/");
		RESTORE_ISTR(thread, cgroups);
	}
	stop_machine(&m);
}

TEST(standard_fds)
{
	struct machine m;
	struct eyas_fd_entry fd = { .fd = 1, .kind = EYAS_FD_FILE, .name = BYTES("/tmp/out") };

	start_machine(&m);
	add_fd(&m, &fd);
	SHOWS(&m, "proc.stdin.type", MISSING);
	SHOWS(&m, "proc.stdin.name", MISSING);
	SHOWS(&m, "proc.stdout.type", "file");
	SHOWS(&m, "proc.stdout.name", "/tmp/out");
	SHOWS(&m, "proc.stderr.name", MISSING);
	SHOWS(&m, "proc.fdopencount", "1");
	SHOWS(&m, "proc.fdusage", "10.0");
	thread_of(&m, 300)->fdlimit = -1;
	SHOWS(&m, "proc.fdusage", "0.0");
	stop_machine(&m);
}

TEST(container)
{
	struct machine m;
	struct eyas_thread *thread;

	start_machine(&m);
	SHOWS(&m, "container.id", "host");
	SHOWS(&m, "container.full_id", "host");
	SHOWS(&m, "container.name", "host");
	SHOWS(&m, "container.type", "host");
	thread = thread_of(&m, 300);
	{
		PUT_ISTR(thread, container_id, "0123456789ab");
		SHOWS(&m, "container.id", "0123456789ab");
		SHOWS(&m, "container.full_id", MISSING);
		SHOWS(&m, "container.name", MISSING);
		SHOWS(&m, "container.type", MISSING);
		RESTORE_ISTR(thread, container_id);
	}
	SHOWS(&m, "container.image.repository", MISSING);
	SHOWS(&m, "container.mount.source[0]", MISSING);
	SHOWS(&m, "container.mount[/proc]", MISSING);
	SHOWS(&m, "k8s.pod.label[app]", MISSING);
	SHOWS(&m, "k8smeta.svc.name", MISSING);
	SHOWS(&m, "proc.is_container_healthcheck", MISSING);
	stop_machine(&m);
}
