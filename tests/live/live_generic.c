/* SPDX-License-Identifier: Apache-2.0 */
/*
 * System calls whose event says no more than which call it was. The arguments are such that
 * nothing changes, also as root: what the kernel does not know yields an event, too.
 */
#include "live/live.h"

#include <signal.h>
#include <sys/time.h>
#include <unistd.h>

/* Newer than the headers of old distributions. */
#ifndef __NR_kexec_file_load
#	define __NR_kexec_file_load 320
#endif
#ifndef __NR_uretprobe
#	define __NR_uretprobe 335
#endif
#ifndef __NR_uprobe
#	define __NR_uprobe 336
#endif
#ifndef __NR_memfd_secret
#	define __NR_memfd_secret 447
#endif
#ifndef __NR_process_mrelease
#	define __NR_process_mrelease 448
#endif
#ifndef __NR_futex_waitv
#	define __NR_futex_waitv 449
#endif
#ifndef __NR_set_mempolicy_home_node
#	define __NR_set_mempolicy_home_node 450
#endif
#ifndef __NR_cachestat
#	define __NR_cachestat 451
#endif
#ifndef __NR_fchmodat2
#	define __NR_fchmodat2 452
#endif
#ifndef __NR_map_shadow_stack
#	define __NR_map_shadow_stack 453
#endif
#ifndef __NR_futex_wake
#	define __NR_futex_wake 454
#endif
#ifndef __NR_futex_wait
#	define __NR_futex_wait 455
#endif
#ifndef __NR_futex_requeue
#	define __NR_futex_requeue 456
#endif
#ifndef __NR_statmount
#	define __NR_statmount 457
#endif
#ifndef __NR_listmount
#	define __NR_listmount 458
#endif
#ifndef __NR_lsm_get_self_attr
#	define __NR_lsm_get_self_attr 459
#endif
#ifndef __NR_lsm_set_self_attr
#	define __NR_lsm_set_self_attr 460
#endif
#ifndef __NR_lsm_list_modules
#	define __NR_lsm_list_modules 461
#endif
#ifndef __NR_mseal
#	define __NR_mseal 462
#endif
#ifndef __NR_setxattrat
#	define __NR_setxattrat 463
#endif
#ifndef __NR_getxattrat
#	define __NR_getxattrat 464
#endif
#ifndef __NR_listxattrat
#	define __NR_listxattrat 465
#endif
#ifndef __NR_removexattrat
#	define __NR_removexattrat 466
#endif
#ifndef __NR_open_tree_attr
#	define __NR_open_tree_attr 467
#endif
#ifndef __NR_file_getattr
#	define __NR_file_getattr 468
#endif
#ifndef __NR_file_setattr
#	define __NR_file_setattr 469
#endif
#ifndef __NR_listns
#	define __NR_listns 470
#endif
#ifndef __NR_rseq_slice_yield
#	define __NR_rseq_slice_yield 471
#endif

static const long no_time[2];

/* clang-format off: a table */
GENERIC(time, time, NULL)
GENERIC(getpid, getpid)
GENERIC(alarm, alarm, 0)
GENERIC(utime, utime, "/no/such", NULL)
GENERIC(sync, sync)
GENERIC(times, times, NULL)
GENERIC(acct, acct, "/no/such")
GENERIC(umask, umask, 022)
GENERIC(ustat, ustat, 0xffff, BADPTR)
GENERIC(getppid, getppid)
GENERIC(getpgrp, getpgrp)
GENERIC(sethostname, sethostname, NULL, -1)
GENERIC(getrusage, getrusage, 99, NULL)
GENERIC(gettimeofday, gettimeofday, NULL, NULL)
GENERIC(settimeofday, settimeofday, BADPTR, NULL)
GENERIC(readlink, readlink, "/no/such", BADPTR, 1)
GENERIC(swapon, swapon, "/no/such", 0)
GENERIC(swapoff, swapoff, "/no/such")
GENERIC(reboot, reboot, 0, 0, 0, NULL)
GENERIC(truncate, truncate, "/no/such", 0)
GENERIC(ftruncate, ftruncate, -1, 0)
GENERIC(getpriority, getpriority, 0, 0)
GENERIC(setpriority, setpriority, 99, 0, 0)
GENERIC(statfs, statfs, "/no/such", NULL)
GENERIC(fstatfs, fstatfs, -1, NULL)
GENERIC(syslog, syslog, 99, NULL, 0)
GENERIC(setitimer, setitimer, 99, NULL, NULL)
GENERIC(getitimer, getitimer, 99, BADPTR)
GENERIC(uname, uname, BADPTR)
GENERIC(wait4, wait4, -1, NULL, 0, NULL)
GENERIC(sysinfo, sysinfo, BADPTR)
GENERIC(fsync, fsync, -1)
GENERIC(fdatasync, fdatasync, -1)
GENERIC(setdomainname, setdomainname, NULL, -1)
GENERIC(adjtimex, adjtimex, BADPTR)
GENERIC(getpgid, getpgid, 0)
GENERIC(getsid, getsid, 0)
GENERIC(sysfs, sysfs, 99)
GENERIC(personality, personality, 0xffffffff)
GENERIC(msync, msync, 1, 1, 0)
GENERIC(sched_setparam, sched_setparam, -1, NULL)
GENERIC(sched_getparam, sched_getparam, -1, NULL)
GENERIC(sched_setscheduler, sched_setscheduler, -1, 0, NULL)
GENERIC(sched_getscheduler, sched_getscheduler, -1)
GENERIC(sched_yield, sched_yield)
GENERIC(sched_get_priority_max, sched_get_priority_max, 0)
GENERIC(sched_get_priority_min, sched_get_priority_min, 0)
GENERIC(sched_rr_get_interval, sched_rr_get_interval, -1, NULL)
GENERIC(mremap, mremap, 1, 0, 0, 0)
GENERIC(rt_sigaction, rt_sigaction, 99, NULL, NULL, 8)
GENERIC(rt_sigprocmask, rt_sigprocmask, 0, NULL, NULL, 8)
GENERIC(rt_sigpending, rt_sigpending, BADPTR, 8)
GENERIC(rt_sigtimedwait, rt_sigtimedwait, BADPTR, NULL, NULL, 8)
GENERIC(rt_sigqueueinfo, rt_sigqueueinfo, -1, 0, BADPTR)
GENERIC(rt_sigsuspend, rt_sigsuspend, BADPTR, 8)
GENERIC(capget, capget, BADPTR, NULL)
GENERIC(getgroups, getgroups, 0, NULL)
GENERIC(setgroups, setgroups, -1, NULL)
GENERIC(setfsuid, setfsuid, 0)
GENERIC(setfsgid, setfsgid, 0)
GENERIC(pivot_root, pivot_root, "/no/such", "/no/such")
GENERIC(mincore, mincore, 1, 1, NULL)
GENERIC(madvise, madvise, 1, 1, 0)
GENERIC(gettid, gettid)
GENERIC(setxattr, setxattr, "/no/such", "user.a", "", 0, 0)
GENERIC(lsetxattr, lsetxattr, "/no/such", "user.a", "", 0, 0)
GENERIC(fsetxattr, fsetxattr, -1, "user.a", "", 0, 0)
GENERIC(getxattr, getxattr, "/no/such", "user.a", NULL, 0)
GENERIC(lgetxattr, lgetxattr, "/no/such", "user.a", NULL, 0)
GENERIC(fgetxattr, fgetxattr, -1, "user.a", NULL, 0)
GENERIC(listxattr, listxattr, "/no/such", NULL, 0)
GENERIC(llistxattr, llistxattr, "/no/such", NULL, 0)
GENERIC(flistxattr, flistxattr, -1, NULL, 0)
GENERIC(removexattr, removexattr, "/no/such", "user.a")
GENERIC(lremovexattr, lremovexattr, "/no/such", "user.a")
GENERIC(fremovexattr, fremovexattr, -1, "user.a")
GENERIC(sched_setaffinity, sched_setaffinity, -1, 0, NULL)
GENERIC(sched_getaffinity, sched_getaffinity, -1, 0, NULL)
GENERIC(set_thread_area, set_thread_area, BADPTR)
GENERIC(get_thread_area, get_thread_area, BADPTR)
GENERIC(io_setup, io_setup, 0, NULL)
GENERIC(io_destroy, io_destroy, 0)
GENERIC(io_getevents, io_getevents, 0, 0, 0, NULL, NULL)
GENERIC(io_submit, io_submit, 0, 0, NULL)
GENERIC(io_cancel, io_cancel, 0, NULL, NULL)
GENERIC(epoll_ctl, epoll_ctl, -1, 0, 0, NULL)
GENERIC(remap_file_pages, remap_file_pages, 0, 0, 1, 0, 0)
GENERIC(set_tid_address, set_tid_address, NULL)
GENERIC(restart_syscall, restart_syscall)
GENERIC(timer_create, timer_create, 99, NULL, NULL)
GENERIC(timer_settime, timer_settime, 99, 0, NULL, NULL)
GENERIC(timer_gettime, timer_gettime, 99, NULL)
GENERIC(timer_getoverrun, timer_getoverrun, 99)
GENERIC(timer_delete, timer_delete, 99)
GENERIC(clock_settime, clock_settime, 99, NULL)
GENERIC(clock_gettime, clock_gettime, 99, NULL)
GENERIC(clock_getres, clock_getres, 99, NULL)
GENERIC(clock_nanosleep, clock_nanosleep, 99, 0, NULL, NULL)
GENERIC(clock_adjtime, clock_adjtime, 99, BADPTR)
GENERIC(utimes, utimes, "/no/such", NULL)
GENERIC(futimesat, futimesat, -100, "/no/such", NULL)
GENERIC(utimensat, utimensat, -100, "/no/such", NULL, 0)
GENERIC(mq_open, mq_open, BADPTR, 0, 0, NULL)
GENERIC(mq_unlink, mq_unlink, "no-such-queue")
GENERIC(mq_timedsend, mq_timedsend, -1, NULL, 0, 0, NULL)
GENERIC(mq_timedreceive, mq_timedreceive, -1, NULL, 0, NULL, NULL)
GENERIC(mq_notify, mq_notify, -1, NULL)
GENERIC(mq_getsetattr, mq_getsetattr, -1, NULL, NULL)
GENERIC(waitid, waitid, 99, 0, NULL, 0, NULL)
GENERIC(add_key, add_key, BADPTR, BADPTR, NULL, 0, 0)
GENERIC(request_key, request_key, BADPTR, BADPTR, NULL, 0)
GENERIC(ioprio_set, ioprio_set, 99, 0, 0)
GENERIC(ioprio_get, ioprio_get, 99, 0)
GENERIC(inotify_add_watch, inotify_add_watch, -1, "/", 0)
GENERIC(inotify_rm_watch, inotify_rm_watch, -1, 0)
GENERIC(readlinkat, readlinkat, -1, "no", BADPTR, 1)
GENERIC(faccessat, faccessat, -100, "/no/such", 0)
GENERIC(faccessat2, faccessat2, -100, "/no/such", 0, 0)
GENERIC(pselect6, pselect6, 0, NULL, NULL, NULL, no_time, NULL)
GENERIC(set_robust_list, set_robust_list, NULL, 1)
GENERIC(get_robust_list, get_robust_list, -1, NULL, NULL)
GENERIC(tee, tee, -1, -1, 0, 0)
GENERIC(vmsplice, vmsplice, -1, NULL, 0, 0)
GENERIC(getcpu, getcpu, NULL, NULL, NULL)
GENERIC(epoll_pwait, epoll_pwait, -1, NULL, 1, 0, NULL, 8)
GENERIC(epoll_pwait2, epoll_pwait2, -1, NULL, 1, NULL, NULL, 8)
GENERIC(timerfd_settime, timerfd_settime, -1, 0, NULL, NULL)
GENERIC(timerfd_gettime, timerfd_gettime, -1, NULL)
GENERIC(rt_tgsigqueueinfo, rt_tgsigqueueinfo, -1, -1, 0, BADPTR)
GENERIC(perf_event_open, perf_event_open, BADPTR, 0, -1, -1, 0)
GENERIC(fanotify_init, fanotify_init, 0xffffffff, 0)
GENERIC(fanotify_mark, fanotify_mark, -1, 0, 0, -1, NULL)
GENERIC(syncfs, syncfs, -1)
GENERIC(msgget, msgget, 0x45594153, 0)
GENERIC(msgsnd, msgsnd, -1, NULL, 0, 0)
GENERIC(msgrcv, msgrcv, -1, NULL, 0, 0, 0)
GENERIC(msgctl, msgctl, -1, 0, NULL)
GENERIC(shmget, shmget, 0x45594153, 0, 0)
GENERIC(shmat, shmat, -1, NULL, 0)
GENERIC(shmdt, shmdt, 1)
GENERIC(shmctl, shmctl, -1, 0, NULL)
GENERIC(semtimedop, semtimedop, -1, NULL, 0, NULL)
GENERIC(arch_prctl, arch_prctl, 0xffff, 0)
GENERIC(fallocate, fallocate, -1, 0, 0, 0)
GENERIC(sigaltstack, sigaltstack, BADPTR, NULL)
GENERIC(getrandom, getrandom, BADPTR, 1, 0xff)
GENERIC(fadvise64, fadvise64, -1, 0, 0, 0)
GENERIC(fspick, fspick, -1, "no", 0xffff)
GENERIC(fsmount, fsmount, -1, 0xffff, 0)
GENERIC(fsopen, fsopen, BADPTR, 0)
GENERIC(open_tree, open_tree, -1, "no", 0xffffff)
GENERIC(move_mount, move_mount, -1, "no", -1, "no", 0xffffff)
GENERIC(mount_setattr, mount_setattr, -1, "no", 0xffffff, NULL, 0)
GENERIC(memfd_secret, memfd_secret, 0xffff)
GENERIC(ioperm, ioperm, -1, 1, 1)
GENERIC(iopl, iopl, 99)
GENERIC(pidfd_send_signal, pidfd_send_signal, -1, 0, NULL, 0)
GENERIC(pkey_alloc, pkey_alloc, 1, 0)
GENERIC(pkey_mprotect, pkey_mprotect, 1, 0, 0, 0)
GENERIC(pkey_free, pkey_free, 99)
GENERIC(landlock_create_ruleset, landlock_create_ruleset, NULL, 0, 0xffff)
GENERIC(landlock_add_rule, landlock_add_rule, -1, 0, NULL, 0xffff)
GENERIC(landlock_restrict_self, landlock_restrict_self, -1, 0xffff)
GENERIC(quotactl_fd, quotactl_fd, -1, 0, 0, NULL)
GENERIC(migrate_pages, migrate_pages, -1, 0, NULL, NULL)
GENERIC(move_pages, move_pages, -1, 0, NULL, NULL, NULL, 0xff)
GENERIC(preadv2, preadv2, -1, NULL, 0, 0, 0, 0)
GENERIC(pwritev2, pwritev2, -1, NULL, 0, 0, 0, 0)
GENERIC(kcmp, kcmp, -1, -1, 0, 0, 0)
GENERIC(sched_setattr, sched_setattr, -1, NULL, 0)
GENERIC(sched_getattr, sched_getattr, -1, NULL, 0, 0)
GENERIC(mbind, mbind, 1, 0, 0, NULL, 0, 0)
GENERIC(epoll_ctl_old, epoll_ctl_old)
GENERIC(epoll_wait_old, epoll_wait_old)
GENERIC(lookup_dcookie, lookup_dcookie, 0, NULL, 0)
GENERIC(modify_ldt, modify_ldt, 99, NULL, 0)
GENERIC(statx, statx, -100, "/no/such", 0, 0, BADPTR)
GENERIC(set_mempolicy, set_mempolicy, 99, NULL, 0)
GENERIC(get_mempolicy, get_mempolicy, NULL, NULL, 0, NULL, 0xffff)
GENERIC(set_mempolicy_home_node, set_mempolicy_home_node, 1, 0, 0, 0xffff)
GENERIC(io_pgetevents, io_pgetevents, 0, 0, 0, NULL, NULL, NULL)
GENERIC(readahead, readahead, -1, 0, 0)
GENERIC(futex_waitv, futex_waitv, NULL, 0, 0, NULL, 0)
GENERIC(name_to_handle_at, name_to_handle_at, -1, "no", NULL, NULL, 0xffffff)
GENERIC(process_mrelease, process_mrelease, -1, 0)
GENERIC(process_madvise, process_madvise, -1, NULL, 0, 0, 0)
GENERIC(rseq, rseq, BADPTR, 0, 0xff, 0)
GENERIC(sync_file_range, sync_file_range, -1, 0, 0, 0)
GENERIC(membarrier, membarrier, 99, 0, 0)
GENERIC(cachestat, cachestat, -1, NULL, NULL, 0)
GENERIC(fchmodat2, fchmodat2, -100, "/no/such", 0, 0)
GENERIC(map_shadow_stack, map_shadow_stack, 0, 0, 99)
GENERIC(futex_wake, futex_wake, NULL, 0, 0, 0xffff)
GENERIC(futex_wait, futex_wait, NULL, 0, 0, 0xffff, NULL, 0)
GENERIC(futex_requeue, futex_requeue, NULL, 0xffff, 0, 0)
GENERIC(statmount, statmount, NULL, NULL, 0, 0xffff)
GENERIC(listmount, listmount, NULL, NULL, 0, 0xffff)
GENERIC(lsm_get_self_attr, lsm_get_self_attr, 0xffff, NULL, NULL, 0xffff)
GENERIC(lsm_set_self_attr, lsm_set_self_attr, 0xffff, NULL, 0, 0xffff)
GENERIC(lsm_list_modules, lsm_list_modules, NULL, NULL, 0xffff)
GENERIC(mseal, mseal, 1, 1, 0xff)
GENERIC(setxattrat, setxattrat, -1, "no", 0xffffff, "user.a", NULL, 0)
GENERIC(getxattrat, getxattrat, -1, "no", 0xffffff, "user.a", NULL, 0)
GENERIC(listxattrat, listxattrat, -1, "no", 0xffffff, NULL, 0)
GENERIC(removexattrat, removexattrat, -1, "no", 0xffffff, "user.a")
GENERIC(open_tree_attr, open_tree_attr, -1, "no", 0xffffff, NULL, 0)
GENERIC(file_getattr, file_getattr, -1, "no", NULL, 0, 0xffffff)
GENERIC(file_setattr, file_setattr, -1, "no", NULL, 0, 0xffffff)
GENERIC(listns, listns, NULL, NULL, 0, 0xffff)
GENERIC(rseq_slice_yield, rseq_slice_yield)
/* clang-format on */

/* What only somebody without rights may try. */
static void become_nobody(void)
{
	MUST(SYS(setresgid, 65534, 65534, 65534));
	MUST(SYS(setresuid, 65534, 65534, 65534));
}

ROW(vhangup)
{
	become_nobody();
	CHECK_INT(CALL(vhangup), -EPERM);
	EXPECT_GENERIC();
}

ROW(kexec_load)
{
	become_nobody();
	CALL(kexec_load, 0, 0, NULL, 0x8000);
	EXPECT_GENERIC();
}

ROW(kexec_file_load)
{
	become_nobody();
	CALL(kexec_file_load, -1, -1, 0, NULL, 0x8000);
	EXPECT_GENERIC();
}

static void on_signal(int sig)
{
	(void)sig;
}

/* The return from a handler has no number any more when it ends, hence no event. */
ROW(pause)
{
	struct itimerval timer = { .it_value = { .tv_usec = 20000 } };
	struct sigaction action = { .sa_handler = on_signal };

	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &timer, NULL);
	CHECK_INT(CALL(pause), -EINTR);
	EXPECT_GENERIC();
}

ROW(rt_sigreturn)
{
	struct sigaction action = { .sa_handler = on_signal };

	sigaction(SIGUSR1, &action, NULL);
	CALL(kill, getpid(), SIGUSR1);
	EXPECT(SYSCALL_KILL_X, INT(0), INT(getpid()), INT(SIGUSR1));
}

/* Both end the process if they are not made by the kernel's own trampoline. */
static void probe_call(long nr)
{
	struct sigaction action = { .sa_handler = on_signal };

	sigaction(SIGILL, &action, NULL);
	live_call(nr, 0, 0, 0, 0, 0, 0);
	EXPECT_GENERIC();
}

ROW(uretprobe)
{
	probe_call(__NR_uretprobe);
}

ROW(uprobe)
{
	probe_call(__NR_uprobe);
}

/* They do not return, so there is nothing but the end of the process. */
static void end_by_exit(void)
{
	live_mark_begin();
	EXPECT_NOTHING();
	SYS(exit, 3);
}

static void end_by_exit_group(void)
{
	live_mark_begin();
	EXPECT_NOTHING();
	SYS(exit_group, 4);
}

ROW(exit)
{
	long pid = live_fork(end_by_exit);

	live_reap(pid, 3 << 8);
	EXPECT_OF(pid, PROCEXIT_1_E, INT(3 << 8), INT(3), INT(0), INT(0), INT(0));
}

ROW(exit_group)
{
	long pid = live_fork(end_by_exit_group);

	live_reap(pid, 4 << 8);
	EXPECT_OF(pid, PROCEXIT_1_E, INT(4 << 8), INT(4), INT(0), INT(0), INT(0));
}

/* As programs use them: results do not matter to a generic event. */
ROW(clock_gettime_ok)
{
	long ts[2];

	CHECK_INT(CALL(clock_gettime, 1, ts), 0);
	EXPECT_GENERIC();
}

ROW(getrandom_ok)
{
	char buf[16];

	CHECK_INT(CALL(getrandom, buf, sizeof(buf), 0), sizeof(buf));
	EXPECT_GENERIC();
}

/* Calls that no kernel has, and the schema has no code for. */
ROW(no_such_call)
{
	CHECK_INT(live_call(511, 0, 0, 0, 0, 0, 0), -ENOSYS);
	EXPECT_NOTHING();
}

ROW(no_such_call_far)
{
	CHECK_INT(live_call(100000, 0, 0, 0, 0, 0, 0), -ENOSYS);
	EXPECT_NOTHING();
}
