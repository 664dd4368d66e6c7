/* SPDX-License-Identifier: Apache-2.0 */
/* Descriptors of other kinds, memory, semaphores, keys, modules, tracing. */
#include "live/live.h"

#include <fcntl.h>
#include <linux/io_uring.h>
#include <linux/quota.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/sem.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- descriptors ---- */

ROW(eventfd_ok)
{
	long fd = CALL(eventfd, 7);

	EXPECT(SYSCALL_EVENTFD_X, INT(fd), INT(7), INT(0));
}

ROW(eventfd2_ok)
{
	long fd = CALL(eventfd2, 0xfffffff0u, EFD_CLOEXEC | EFD_NONBLOCK);

	EXPECT(SYSCALL_EVENTFD2_X, INT(fd), FLAGS("O_CLOEXEC|O_NONBLOCK"), INT(0xfffffff0u));
}

ROW1(eventfd2_bad, SYSCALL_EVENTFD2_X, CALL(eventfd2, 1, 0x40000000), INT(-EINVAL), INT(0), INT(1))

/* The mask is not looked at. */
ROW(signalfd_ok)
{
	uint64_t mask = 0;
	long fd = CALL(signalfd, -1, &mask, 8);

	EXPECT(SYSCALL_SIGNALFD_X, INT(fd), INT(-1), INT(0), INT(0));
}

ROW(signalfd4_ok)
{
	uint64_t mask = 1;
	long fd = CALL(signalfd4, -1, &mask, 8, O_CLOEXEC | O_NONBLOCK);

	EXPECT(SYSCALL_SIGNALFD4_X, INT(fd), FLAGS("O_CLOEXEC|O_NONBLOCK"), INT(-1), INT(0));
}

ROW1(signalfd4_bad, SYSCALL_SIGNALFD4_X, CALL(signalfd4, 9, BADPTR, 3, 0), INT(-EINVAL), INT(0),
     INT(9), INT(0))

ROW(timerfd_create_ok)
{
	long fd = CALL(timerfd_create, 1, 0);

	EXPECT(SYSCALL_TIMERFD_CREATE_X, INT(fd), INT(1), INT(0));
}

ROW1(timerfd_create_bad, SYSCALL_TIMERFD_CREATE_X, CALL(timerfd_create, 99, 0), INT(-EINVAL),
     INT(99), INT(0))

ROW(inotify_init_ok)
{
	long fd = CALL(inotify_init);

	EXPECT(SYSCALL_INOTIFY_INIT_X, INT(fd), INT(0));
}

ROW(inotify_init1_ok)
{
	long fd = CALL(inotify_init1, O_CLOEXEC);

	EXPECT(SYSCALL_INOTIFY_INIT1_X, INT(fd), FLAGS("O_CLOEXEC"));
}

ROW1(inotify_init1_bad, SYSCALL_INOTIFY_INIT1_X, CALL(inotify_init1, 1), INT(-EINVAL), INT(0))

ROW(epoll_create_ok)
{
	long fd = CALL(epoll_create, 5);

	EXPECT(SYSCALL_EPOLL_CREATE_X, INT(fd), INT(5));
}

ROW1(epoll_create_bad, SYSCALL_EPOLL_CREATE_X, CALL(epoll_create, -5), INT(-EINVAL), INT(-5))

ROW(epoll_create1_ok)
{
	long fd = CALL(epoll_create1, O_CLOEXEC);

	EXPECT(SYSCALL_EPOLL_CREATE1_X, INT(fd), FLAGS("EPOLL_CLOEXEC"));
}

ROW1(epoll_create1_bad, SYSCALL_EPOLL_CREATE1_X, CALL(epoll_create1, 7), INT(-EINVAL), INT(0))

ROW(epoll_wait_ok)
{
	char events[64];
	long fd = MUST(SYS(epoll_create1, 0));

	CALL(epoll_wait, fd, events, 3, 0);
	EXPECT(SYSCALL_EPOLLWAIT_X, INT(0), INT(3));
}

ROW(epoll_wait_bad)
{
	long ret = CALL(epoll_wait, -1, NULL, -7, 0);

	EXPECT(SYSCALL_EPOLLWAIT_X, INT(ret), INT(-7));
}

ROW(userfaultfd_any)
{
	long fd = CALL(userfaultfd, O_CLOEXEC);

	EXPECT(SYSCALL_USERFAULTFD_X, INT(fd), INT(O_CLOEXEC));
}

ROW(memfd_create_ok)
{
	long fd = CALL(memfd_create, "a name", 1 | 2);

	EXPECT(SYSCALL_MEMFD_CREATE_X, INT(fd), STR("a name"),
	       FLAGS("MFD_CLOEXEC|MFD_ALLOW_SEALING"));
}

ROW1(memfd_create_bad, SYSCALL_MEMFD_CREATE_X, CALL(memfd_create, NULL, 0), INT(-EFAULT), NONE,
     INT(0))

ROW(pidfd_open_ok)
{
	long fd = CALL(pidfd_open, getpid(), O_NONBLOCK);

	EXPECT(SYSCALL_PIDFD_OPEN_X, INT(fd), INT(getpid()), FLAGS("PIDFD_NONBLOCK"));
}

ROW1(pidfd_open_bad, SYSCALL_PIDFD_OPEN_X, CALL(pidfd_open, -1, 0), INT(-EINVAL), INT(-1), INT(0))

ROW(pidfd_getfd_ok)
{
	long pid_fd = MUST(SYS(pidfd_open, getpid(), 0)), fd = CALL(pidfd_getfd, pid_fd, 1, 0);

	EXPECT(SYSCALL_PIDFD_GETFD_X, INT(fd), INT(pid_fd), INT(1), INT(0));
}

ROW1(pidfd_getfd_bad, SYSCALL_PIDFD_GETFD_X, CALL(pidfd_getfd, -1, -2, 3), INT(-EINVAL), INT(-1),
     INT(-2), INT(3))

/* ---- bpf, io_uring ---- */

ROW(bpf_map_create)
{
	uint32_t attr[32] = { 2, 4, 8, 1 };
	long fd = CALL(bpf, 0, attr, sizeof(attr));

	EXPECT(SYSCALL_BPF_2_X, INT(fd), FLAGS("BPF_MAP_CREATE"));
}

ROW1(bpf_bad, SYSCALL_BPF_2_X, CALL(bpf, 5, BADPTR, 8), INT(-EFAULT), FLAGS("BPF_PROG_LOAD"))

ROW(io_uring_setup_ok)
{
	struct io_uring_params p = { .flags = IORING_SETUP_CQSIZE | IORING_SETUP_CLAMP,
				     .cq_entries = 16 };
	long fd = CALL(io_uring_setup, 8, &p), ret;

	/* What an event has of the features: those that have a name. */
	EXPECT(SYSCALL_IO_URING_SETUP_X, INT(fd), INT(8), INT(p.sq_entries), INT(p.cq_entries),
	       FLAGS("IORING_SETUP_CQSIZE|IORING_SETUP_CLAMP"), INT(0), INT(0),
	       INT(p.features & 0x7ff));
	ret = CALL(io_uring_enter, fd, 0, 0, 1, NULL, 0);
	EXPECT(SYSCALL_IO_URING_ENTER_X, INT(ret), INT(fd), INT(0), INT(0),
	       FLAGS("IORING_ENTER_GETEVENTS"), INT(0));
	ret = CALL(io_uring_register, fd, 8, &p, 0);
	EXPECT(SYSCALL_IO_URING_REGISTER_X, INT(ret), INT(fd), FLAGS("IORING_REGISTER_PROBE"),
	       INT((long)&p), INT(0));
}

ROW(io_uring_setup_bad)
{
	long ret = CALL(io_uring_setup, 4, BADPTR);

	EXPECT(SYSCALL_IO_URING_SETUP_X, INT(ret), INT(4), INT(0), INT(0), INT(0), INT(0), INT(0),
	       INT(0));
}

ROW(io_uring_enter_bad)
{
	long ret = CALL(io_uring_enter, -1, 1, 2, 0, 0x123456789l, 8);

	EXPECT(SYSCALL_IO_URING_ENTER_X, INT(ret), INT(-1), INT(1), INT(2), INT(0),
	       INT(0x23456789));
}

ROW(io_uring_register_bad)
{
	long ret = CALL(io_uring_register, -1, 2, 0x55, 9);

	EXPECT(SYSCALL_IO_URING_REGISTER_X, INT(ret), INT(-1), FLAGS("IORING_REGISTER_FILES"),
	       INT(0x55), INT(9));
}

/* ---- memory ---- */

/* Shares of CPUs that are not added up yet may leave nothing of what is resident. */
#define VM RANGE(100, 100000000), RANGE(0, 100000000), INT(0)

ROW(mmap_anonymous)
{
	long at = CALL(mmap, NULL, 8192, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_POPULATE, -1, 0);

	MUST(at);
	EXPECT(SYSCALL_MMAP_X, INT(at), VM, INT(0), INT(8192), FLAGS("PROT_READ|PROT_WRITE"),
	       FLAGS("MAP_PRIVATE|MAP_ANONYMOUS|MAP_NORESERVE|MAP_POPULATE"), INT(-1), INT(0));
	CALL(mprotect, at, 4096, PROT_READ | PROT_EXEC);
	EXPECT(SYSCALL_MPROTECT_X, INT(0), INT(at), INT(4096), FLAGS("PROT_READ|PROT_EXEC"));
	CALL(munmap, at, 8192);
	EXPECT(SYSCALL_MUNMAP_X, INT(0), VM, INT(at), INT(8192));
}

ROW(mmap_file)
{
	long fd = MUST(SYS(open, live_file("f", "text"), O_RDONLY)), at;

	at = CALL(mmap, NULL, 4096, PROT_READ, MAP_SHARED, fd, 0x1000);
	EXPECT(SYSCALL_MMAP_X, INT(at), VM, INT(0), INT(4096), FLAGS("PROT_READ"),
	       FLAGS("MAP_SHARED"), INT(fd), INT(0x1000));
}

ROW1(mmap_bad, SYSCALL_MMAP_X, CALL(mmap, 0x1000, 0, 0, MAP_PRIVATE | MAP_FIXED, -1, 0x2000),
     INT(-EBADF), VM, INT(0x1000), INT(0), INT(0), FLAGS("MAP_PRIVATE|MAP_FIXED"), INT(-1),
     INT(0x2000))
ROW1(munmap_bad, SYSCALL_MUNMAP_X, CALL(munmap, 1, 2), INT(-EINVAL), VM, INT(1), INT(2))
ROW1(mprotect_bad, SYSCALL_MPROTECT_X, CALL(mprotect, 1, 4096, 8), INT(-EINVAL), INT(1), INT(4096),
     FLAGS("PROT_SEM"))

ROW(brk_ask)
{
	long at = CALL(brk, 0);

	EXPECT(SYSCALL_BRK_4_X, INT(at), VM, INT(0));
	at = CALL(brk, at + 4096);
	EXPECT(SYSCALL_BRK_4_X, INT(at), VM, INT(at));
}

ROW(mlock_ok)
{
	char *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	CALL(mlock, page, 4096);
	EXPECT(SYSCALL_MLOCK_X, INT(0), INT((long)page), INT(4096));
	CALL(mlock2, page, 4096, 1);
	EXPECT(SYSCALL_MLOCK2_X, INT(0), INT((long)page), INT(4096), FLAGS("MLOCK_ONFAULT"));
	CALL(munlock, page, 4096);
	EXPECT(SYSCALL_MUNLOCK_X, INT(0), INT((long)page), INT(4096));
}

ROW(mlock_bad)
{
	long ret = CALL(mlock, 0x1000, -5);

	EXPECT(SYSCALL_MLOCK_X, INT(ret), INT(0x1000), INT(-5));
}

ROW1(mlockall_bad, SYSCALL_MLOCKALL_X, CALL(mlockall, 4), INT(-EINVAL), FLAGS("MCL_ONFAULT"))
ROW1(munlockall_ok, SYSCALL_MUNLOCKALL_X, CALL(munlockall), INT(0))

ROW(process_vm_readv_ok)
{
	char from[100], to[100];
	struct iovec local = { to, sizeof(to) }, remote = { from, sizeof(from) };

	memset(from, 'v', sizeof(from));
	CHECK_INT(CALL(process_vm_readv, getpid(), &local, 1, &remote, 1, 0), 100);
	EXPECT(SYSCALL_PROCESS_VM_READV_X, INT(100), INT(getpid()), BYTES(from, 80));
}

ROW(process_vm_writev_ok)
{
	char from[100], to[100];
	struct iovec local[] = { { from, 10 }, { from + 50, 10 } }, remote = { to, sizeof(to) };
	char want[20];

	memset(from, 'a', 50);
	memset(from + 50, 'b', 50);
	memcpy(want, from, 10);
	memcpy(want + 10, from + 50, 10);
	CHECK_INT(CALL(process_vm_writev, getpid(), local, 2, &remote, 1, 0), 20);
	EXPECT(SYSCALL_PROCESS_VM_WRITEV_X, INT(20), INT(getpid()), BYTES(want, 20));
}

ROW1(process_vm_readv_bad, SYSCALL_PROCESS_VM_READV_X,
     CALL(process_vm_readv, 0x7ffffff, BADPTR, 1, BADPTR, 1, 9), INT(-EINVAL), INT(0x7ffffff), NONE)
ROW1(process_vm_writev_bad, SYSCALL_PROCESS_VM_WRITEV_X,
     CALL(process_vm_writev, 0x7ffffff, BADPTR, 1, BADPTR, 1, 9), INT(-EINVAL), INT(0x7ffffff),
     NONE)

/* ---- futex, semaphores ---- */

static uint32_t word = 5;

ROW1(futex_wake, SYSCALL_FUTEX_X, CALL(futex, &word, 1 | 128, 3, NULL, NULL, 0), INT(0),
     INT((long)&word), FLAGS("FUTEX_WAKE|FUTEX_PRIVATE_FLAG"), INT(3))
ROW1(futex_wait, SYSCALL_FUTEX_X, CALL(futex, &word, 0 | 256, 6, NULL, NULL, 0), INT(-ENOSYS),
     INT((long)&word), FLAGS("FUTEX_CLOCK_REALTIME"), INT(6))

ROW(futex_wait_differs)
{
	CALL(futex, &word, 0, 6, NULL, NULL, 0);
	EXPECT(SYSCALL_FUTEX_X, INT(-EAGAIN), INT((long)&word), FLAGS("FUTEX_WAIT"), INT(6));
}

ROW(semaphores)
{
	struct sembuf ops[] = { { 1, 2, SEM_UNDO }, { 0, 3, IPC_NOWAIT }, { 2, 1, 0 } };
	long id = CALL(semget, IPC_PRIVATE, 3, IPC_CREAT | IPC_EXCL | 0600);

	MUST(id);
	EXPECT(SYSCALL_SEMGET_X, INT(id), INT(0), INT(3), FLAGS("IPC_CREAT|IPC_EXCL"));
	CALL(semop, id, ops, 3);
	EXPECT(SYSCALL_SEMOP_X, INT(0), INT(3), INT(1), INT(2), FLAGS("SEM_UNDO"), INT(0), INT(3),
	       FLAGS("IPC_NOWAIT"), INT(id));
	CALL(semop, id, ops, 1);
	EXPECT(SYSCALL_SEMOP_X, INT(0), INT(1), INT(1), INT(2), FLAGS("SEM_UNDO"), INT(0), INT(0),
	       INT(0), INT(id));
	CALL(semctl, id, 2, SETVAL, 9);
	EXPECT(SYSCALL_SEMCTL_X, INT(0), INT(id), INT(2), FLAGS("SETVAL"), INT(9));
	CALL(semctl, id, 0, IPC_RMID, 4);
	EXPECT(SYSCALL_SEMCTL_X, INT(0), INT(id), INT(0), FLAGS("IPC_RMID"), INT(0));
}

ROW1(semget_bad, SYSCALL_SEMGET_X, CALL(semget, 0x45594153, -1, 0), INT(-EINVAL), INT(0x45594153),
     INT(-1), INT(0))

ROW(semop_bad)
{
	long ret = CALL(semop, -1, BADPTR, 1);

	EXPECT(SYSCALL_SEMOP_X, INT(ret), INT(1), INT(0), INT(0), INT(0), INT(0), INT(0), INT(0),
	       INT(-1));
}

ROW1(semctl_bad, SYSCALL_SEMCTL_X, CALL(semctl, -1, -2, GETVAL, 0), INT(-EINVAL), INT(-1), INT(-2),
     FLAGS("GETVAL"), INT(0))

/* ---- keys: an argument is a number or a string, as the operation has it ---- */

ROW(keyctl_join)
{
	long ret = CALL(keyctl, 1, "eyas-live", 0, 0, 0);

	EXPECT(SYSCALL_KEYCTL_X, INT(ret), FLAGS("KEYCTL_JOIN_SESSION_KEYRING"),
	       DYNBYTES(1, "eyas-live", 10), DYN8(0, 0), DYN8(0, 0), DYN8(0, 0));
}

ROW(keyctl_describe)
{
	char buf[100];
	long ret = CALL(keyctl, 6, -3, buf, sizeof(buf), 0);

	EXPECT(SYSCALL_KEYCTL_X, INT(ret), FLAGS("KEYCTL_DESCRIBE"), DYN8(0, -3),
	       DYN8(0, (long)buf), DYN8(0, sizeof(buf)), DYN8(0, 0));
}

ROW(keyctl_search)
{
	long ret = CALL(keyctl, 10, -3, "user", "no such key", 0);

	EXPECT(SYSCALL_KEYCTL_X, INT(ret), FLAGS("KEYCTL_SEARCH"), DYN8(0, -3),
	       DYNBYTES(1, "user", 5), DYNBYTES(1, "no such key", 12), DYN8(0, 0));
}

/* What an operation does not use is 0; of one that is not known nothing is used. */
ROW(keyctl_unknown)
{
	long ret = CALL(keyctl, 999, 47, 48, 49, 50);

	EXPECT(SYSCALL_KEYCTL_X, INT(ret), INT(999), DYN8(0, 0), DYN8(0, 0), DYN8(0, 0),
	       DYN8(0, 0));
}

/* ---- modules ---- */

ROW(init_module_bad)
{
	char image[200];
	long ret;

	memset(image, 'M', sizeof(image));
	ret = CALL(init_module, image, sizeof(image), "a=1 b=2");
	EXPECT(SYSCALL_INIT_MODULE_X, INT(ret), BYTES(image, 80), INT(sizeof(image)),
	       STR("a=1 b=2"));
}

ROW(init_module_null)
{
	long ret = CALL(init_module, NULL, 0, NULL);

	EXPECT(SYSCALL_INIT_MODULE_X, INT(ret), NONE, INT(0), NONE);
}

ROW(finit_module_bad)
{
	long ret = CALL(finit_module, -1, "x=y", 3);

	EXPECT(SYSCALL_FINIT_MODULE_X, INT(ret), INT(-1), STR("x=y"),
	       FLAGS("MODULE_INIT_IGNORE_MODVERSIONS|MODULE_INIT_IGNORE_VERMAGIC"));
}

ROW(delete_module_bad)
{
	long ret = CALL(delete_module, "no_such_module", O_NONBLOCK | O_TRUNC);

	EXPECT(SYSCALL_DELETE_MODULE_X, INT(ret), STR("no_such_module"),
	       FLAGS("O_NONBLOCK|O_TRUNC"));
}

/* ---- quotas ---- */

ROW(quotactl_bad)
{
	long ret = CALL(quotactl, QCMD(Q_QUOTAON, USRQUOTA), "/no/dev", 2, "/no/file");

	EXPECT(SYSCALL_QUOTACTL_X, INT(ret), STR("/no/dev"), STR("/no/file"), INT(0), INT(0),
	       INT(0), INT(0), INT(0), INT(0), INT(0), INT(0), INT(0), INT(0), INT(1),
	       FLAGS("Q_QUOTAON"), FLAGS("USRQUOTA"), INT(0), FLAGS("QFMT_VFS_V0"));
}

ROW(quotactl_sync)
{
	long ret = CALL(quotactl, QCMD(Q_SYNC, GRPQUOTA), NULL, 77, NULL);

	EXPECT(SYSCALL_QUOTACTL_X, INT(ret), NONE, NONE, INT(0), INT(0), INT(0), INT(0), INT(0),
	       INT(0), INT(0), INT(0), INT(0), INT(0), INT(1), FLAGS("Q_SYNC"), FLAGS("GRPQUOTA"),
	       INT(0), INT(1));
}

/* ---- tracing ---- */

ROW(ptrace_peek)
{
	static long secret = 0x1122334455667788l;
	long data = 0, pid = fork();

	if (pid == 0) {
		SYS(ptrace, PTRACE_TRACEME, 0, 0, 0);
		raise(SIGSTOP);
		_exit(0);
	}
	waitpid((pid_t)pid, NULL, WUNTRACED);
	CHECK_INT(CALL(ptrace, PTRACE_PEEKDATA, pid, &secret, &data), 0);
	CHECK_INT(data, secret);
	EXPECT(SYSCALL_PTRACE_X, INT(0), DYN8(0, (long)&secret), DYN8(0, secret),
	       FLAGS("PTRACE_PEEKDATA"), INT(pid));
	CHECK_INT(CALL(ptrace, PTRACE_CONT, pid, 0, SIGKILL), 0);
	EXPECT(SYSCALL_PTRACE_X, INT(0), DYN8(0, 0), DYN1(1, SIGKILL), FLAGS("PTRACE_CONT"),
	       INT(pid));
	live_reap(pid, SIGKILL);
}

ROW1(ptrace_bad, SYSCALL_PTRACE_X, CALL(ptrace, PTRACE_ATTACH, 0x7ffffff, 5, 6), INT(-ESRCH),
     DYN8(0, 0), DYN8(0, 0), FLAGS("PTRACE_ATTACH"), INT(0x7ffffff))

/* ---- namespaces ---- */

ROW(unshare_ok)
{
	CALL(unshare, CLONE_NEWUTS | CLONE_FS);
	EXPECT(SYSCALL_UNSHARE_X, INT(0), FLAGS("CLONE_NEWUTS|CLONE_FS"));
}

ROW1(unshare_bad, SYSCALL_UNSHARE_X, CALL(unshare, CLONE_NEWNET | CLONE_PTRACE), INT(-EINVAL),
     FLAGS("CLONE_NEWNET|CLONE_PTRACE"))

ROW(setns_ok)
{
	long fd = MUST(SYS(open, "/proc/self/ns/uts", O_RDONLY));

	CALL(setns, fd, CLONE_NEWUTS);
	EXPECT(SYSCALL_SETNS_X, INT(0), INT(fd), FLAGS("CLONE_NEWUTS"));
}

ROW1(setns_bad, SYSCALL_SETNS_X, CALL(setns, -1, CLONE_NEWPID), INT(-EBADF), INT(-1),
     FLAGS("CLONE_NEWPID"))
ROW1(seccomp_bad, SYSCALL_SECCOMP_X, CALL(seccomp, 99, 0x77, NULL), INT(-EINVAL), INT(99),
     INT(0x77))

ROW(seccomp_action)
{
	uint32_t action = 0x7fff0000;
	long ret = CALL(seccomp, 2, 0, &action);

	EXPECT(SYSCALL_SECCOMP_X, INT(ret), INT(2), INT(0));
}
