/* SPDX-License-Identifier: Apache-2.0 */
/* Users, groups, sessions, limits, capabilities, signals, names of threads, sleeping. */
#include "live/proc.h"

#include <linux/capability.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

ROW1(getuid, SYSCALL_GETUID_X, CALL(getuid), INT(0))
ROW1(geteuid, SYSCALL_GETEUID_X, CALL(geteuid), INT(0))
ROW1(getgid, SYSCALL_GETGID_X, CALL(getgid), INT(0))
ROW1(getegid, SYSCALL_GETEGID_X, CALL(getegid), INT(0))

ROW(ids_of_somebody)
{
	MUST(SYS(setregid, 11, 12));
	MUST(SYS(setreuid, 13, 14));
	CALL(getuid);
	EXPECT(SYSCALL_GETUID_X, INT(13));
	CALL(geteuid);
	EXPECT(SYSCALL_GETEUID_X, INT(14));
	CALL(getgid);
	EXPECT(SYSCALL_GETGID_X, INT(11));
	CALL(getegid);
	EXPECT(SYSCALL_GETEGID_X, INT(12));
}

ROW1(setuid_ok, SYSCALL_SETUID_X, CALL(setuid, 1000), INT(0), INT(1000))
ROW1(setgid_ok, SYSCALL_SETGID_X, CALL(setgid, 1001), INT(0), INT(1001))
ROW1(setuid_none, SYSCALL_SETUID_X, CALL(setuid, -1), INT(-EINVAL), INT(-1))
ROW1(setgid_none, SYSCALL_SETGID_X, CALL(setgid, -1), INT(-EINVAL), INT(-1))
ROW1(setreuid_ok, SYSCALL_SETREUID_X, CALL(setreuid, -1, 7), INT(0), INT(-1), INT(7))
ROW1(setregid_ok, SYSCALL_SETREGID_X, CALL(setregid, 8, -1), INT(0), INT(8), INT(-1))
ROW1(setresuid_ok, SYSCALL_SETRESUID_X, CALL(setresuid, 1, 2, 3), INT(0), INT(1), INT(2), INT(3))
ROW1(setresgid_ok, SYSCALL_SETRESGID_X, CALL(setresgid, 4, 5, 6), INT(0), INT(4), INT(5), INT(6))

ROW(setres_denied)
{
	MUST(SYS(setresuid, 5, 5, 5));
	CALL(setresuid, 0, -1, 9);
	EXPECT(SYSCALL_SETRESUID_X, INT(-EPERM), INT(0), INT(-1), INT(9));
	CALL(setreuid, 0, 0);
	EXPECT(SYSCALL_SETREUID_X, INT(-EPERM), INT(0), INT(0));
	CALL(setuid, 0);
	EXPECT(SYSCALL_SETUID_X, INT(-EPERM), INT(0));
	CALL(setresgid, 1, 2, 3);
	EXPECT(SYSCALL_SETRESGID_X, INT(-EPERM), INT(1), INT(2), INT(3));
	CALL(setregid, 1, 2);
	EXPECT(SYSCALL_SETREGID_X, INT(-EPERM), INT(1), INT(2));
	CALL(setgid, 1);
	EXPECT(SYSCALL_SETGID_X, INT(-EPERM), INT(1));
}

ROW(getresuid_ok)
{
	uint32_t a, b, c;

	MUST(SYS(setresuid, 21, 22, 23));
	CALL(getresuid, &a, &b, &c);
	EXPECT(SYSCALL_GETRESUID_X, INT(0), INT(21), INT(22), INT(23));
}

ROW(getresgid_ok)
{
	uint32_t a, b, c;

	MUST(SYS(setresgid, 31, 32, 33));
	CALL(getresgid, &a, &b, &c);
	EXPECT(SYSCALL_GETRESGID_X, INT(0), INT(31), INT(32), INT(33));
}

ROW1(getresuid_bad, SYSCALL_GETRESUID_X, CALL(getresuid, BADPTR, BADPTR, BADPTR), INT(-EFAULT),
     INT(0), INT(0), INT(0))
ROW1(getresgid_bad, SYSCALL_GETRESGID_X, CALL(getresgid, NULL, NULL, NULL), INT(-EFAULT), INT(0),
     INT(0), INT(0))

/* ---- sessions ---- */

static void make_session(void)
{
	CALL(setpgid, 0, 0);
	EXPECT(SYSCALL_SETPGID_X, INT(0), INT(0), INT(0));
	CALL(setsid);
	EXPECT(SYSCALL_SETSID_X, INT(-EPERM));
}

static void make_new_session(void)
{
	CALL(setsid);
	EXPECT(SYSCALL_SETSID_X, INT(getpid()));
}

ROW(setpgid_and_setsid)
{
	live_reap(live_fork(make_session), 0);
	live_reap(live_fork(make_new_session), 0);
}

ROW1(setpgid_bad, SYSCALL_SETPGID_X, CALL(setpgid, 0x7ffffff, 5), INT(-ESRCH), INT(0x7ffffff),
     INT(5))
ROW1(setpgid_negative, SYSCALL_SETPGID_X, CALL(setpgid, 0, -3), INT(-EINVAL), INT(0), INT(-3))

/* ---- signals ---- */

ROW1(kill_none, SYSCALL_KILL_X, CALL(kill, getpid(), 0), INT(0), INT(getpid()), INT(0))
ROW1(kill_missing, SYSCALL_KILL_X, CALL(kill, 0x7ffffff, SIGTERM), INT(-ESRCH), INT(0x7ffffff),
     INT(SIGTERM))
ROW1(kill_group, SYSCALL_KILL_X, CALL(kill, -0x7ffffff, SIGTERM), INT(-ESRCH), INT(-0x7ffffff),
     INT(SIGTERM))
ROW1(tkill_none, SYSCALL_TKILL_X, CALL(tkill, getpid(), 0), INT(0), INT(getpid()), INT(0))
ROW1(tkill_bad, SYSCALL_TKILL_X, CALL(tkill, -1, 9), INT(-EINVAL), INT(-1), INT(9))
ROW1(tgkill_none, SYSCALL_TGKILL_X, CALL(tgkill, getpid(), getpid(), 0), INT(0), INT(getpid()),
     INT(getpid()), INT(0))
ROW1(tgkill_bad, SYSCALL_TGKILL_X, CALL(tgkill, 0x7ffffff, 0x7fffffe, 15), INT(-ESRCH),
     INT(0x7ffffff), INT(0x7fffffe), INT(15))

/* ---- limits ---- */

ROW(getrlimit_ok)
{
	struct rlimit lim;

	CALL(getrlimit, RLIMIT_NOFILE, &lim);
	EXPECT(SYSCALL_GETRLIMIT_X, INT(0), INT(lim.rlim_cur), INT(lim.rlim_max),
	       FLAGS("RLIMIT_NOFILE"));
}

ROW1(getrlimit_bad, SYSCALL_GETRLIMIT_X, CALL(getrlimit, 99, BADPTR), INT(-EINVAL), INT(-1),
     INT(-1), FLAGS("RLIMIT_UNKNOWN"))

ROW(setrlimit_ok)
{
	struct rlimit lim = { 100, 200 };

	CALL(setrlimit, RLIMIT_NOFILE, &lim);
	EXPECT(SYSCALL_SETRLIMIT_X, INT(0), INT(100), INT(200), FLAGS("RLIMIT_NOFILE"));
}

ROW1(setrlimit_bad, SYSCALL_SETRLIMIT_X, CALL(setrlimit, RLIMIT_CORE, BADPTR), INT(-EFAULT), INT(0),
     INT(0), FLAGS("RLIMIT_CORE"))

ROW(prlimit64_ok)
{
	struct rlimit new = { 90, 190 }, old;

	CALL(prlimit64, 0, RLIMIT_NOFILE, &new, &old);
	EXPECT(SYSCALL_PRLIMIT_X, INT(0), INT(90), INT(190), INT(old.rlim_cur), INT(old.rlim_max),
	       INT(0), FLAGS("RLIMIT_NOFILE"));
	CALL(prlimit64, getpid(), RLIMIT_NOFILE, NULL, &old);
	EXPECT(SYSCALL_PRLIMIT_X, INT(0), INT(0), INT(0), INT(90), INT(190), INT(getpid()),
	       FLAGS("RLIMIT_NOFILE"));
}

ROW(prlimit64_bad)
{
	struct rlimit new = { 5, 4 }, old;

	CALL(prlimit64, -3, RLIMIT_STACK, &new, &old);
	EXPECT(SYSCALL_PRLIMIT_X, INT(-ESRCH), INT(5), INT(4), INT(0), INT(0), INT(-3),
	       FLAGS("RLIMIT_STACK"));
}

/* ---- capabilities ---- */

ROW(capset_ok)
{
	struct __user_cap_header_struct head = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct caps[2] = { { 1 << 5, 3 << 5, 1 << 6 }, { 1, 3, 2 } };

	CALL(capset, &head, caps);
	EXPECT(SYSCALL_CAPSET_X, INT(0), INT(0x200000040ll), INT(0x300000060ll),
	       INT(0x100000020ll));
	head.version = 1;
}

/* What the thread has afterwards. */
ROW1(capset_bad, SYSCALL_CAPSET_X, CALL(capset, BADPTR, BADPTR), INT(-EFAULT),
     INT(proc_status("CapInh", 16)), INT(proc_status("CapPrm", 16)), INT(proc_status("CapEff", 16)))

/* ---- prctl ---- */

ROW1(prctl_set_name, SYSCALL_PRCTL_X, CALL(prctl, PR_SET_NAME, "a name"), INT(0),
     FLAGS("PR_SET_NAME"), STR("a name"), INT(0))

ROW(prctl_get_name)
{
	char name[16];

	MUST(SYS(prctl, PR_SET_NAME, "fifteen letters"));
	CALL(prctl, PR_GET_NAME, name);
	EXPECT(SYSCALL_PRCTL_X, INT(0), FLAGS("PR_GET_NAME"), STR("fifteen letters"), INT(0));
}

ROW1(prctl_set_reaper, SYSCALL_PRCTL_X, CALL(prctl, PR_SET_CHILD_SUBREAPER, 1), INT(0),
     FLAGS("PR_SET_CHILD_SUBREAPER"), NONE, INT(1))

ROW(prctl_get_reaper)
{
	int value = 7;

	MUST(SYS(prctl, PR_SET_CHILD_SUBREAPER, 1));
	CALL(prctl, PR_GET_CHILD_SUBREAPER, &value);
	EXPECT(SYSCALL_PRCTL_X, INT(0), FLAGS("PR_GET_CHILD_SUBREAPER"), NONE, INT(1));
}

ROW1(prctl_dumpable, SYSCALL_PRCTL_X, CALL(prctl, PR_SET_DUMPABLE, 0), INT(0),
     FLAGS("PR_SET_DUMPABLE"), NONE, INT(0))
ROW1(prctl_bad_name, SYSCALL_PRCTL_X, CALL(prctl, PR_SET_NAME, BADPTR), INT(-EFAULT),
     FLAGS("PR_SET_NAME"), NONE, INT(0))
ROW1(prctl_no_new_privs, SYSCALL_PRCTL_X, CALL(prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), INT(0),
     FLAGS("PR_SET_NO_NEW_PRIVS"), NONE, INT(1))
ROW1(prctl_capbset, SYSCALL_PRCTL_X, CALL(prctl, PR_CAPBSET_DROP, 999), INT(-EINVAL),
     FLAGS("PR_CAPBSET_DROP"), NONE, INT(999))

/* ---- sleeping ---- */

ROW(nanosleep_ok)
{
	struct timespec time = { 0, 1500 };

	CALL(nanosleep, &time, NULL);
	EXPECT(SYSCALL_NANOSLEEP_X, INT(0), INT(1500));
}

ROW(nanosleep_wrong)
{
	struct timespec time = { 3, 1000000001 };

	CALL(nanosleep, &time, NULL);
	EXPECT(SYSCALL_NANOSLEEP_X, INT(-EINVAL), INT(4000000001ll));
}

ROW1(nanosleep_null, SYSCALL_NANOSLEEP_X, CALL(nanosleep, NULL, NULL), INT(-EFAULT), INT(0))
