/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* pipe(fds) and pipe2(fds, flags): the kernel writes both descriptors to the caller's memory. */
#include "bpf/call.h"
#include "bpf/file.h"

/* -1 and 0 if there is no pipe. */
static __always_inline void put_pipe(struct event *ev, s64 ret, const void *user)
{
	const struct inode *inode = NULL;
	const struct file *file = NULL;
	unsigned long ino = 0;
	s32 fds[2];

	if (ret != 0 || bpf_probe_read_user(fds, sizeof(fds), user)) {
		fds[0] = -1;
		fds[1] = -1;
	} else {
		file = file_of_fd(call_task(ev->ring), fds[0]);
	}
	if (file)
		inode = file_inode(file);
	if (inode)
		bpf_core_read(&ino, sizeof(ino), &inode->i_ino);
	put_s64(ev, fds[0]);
	put_s64(ev, fds[1]);
	put_u64(ev, ino);
}

CALL(pipe)
{
	struct event ev;

	if (!event_begin(&ev, ring, EVENT_SYSCALL_PIPE_X, 4, 128, EYAS_WIRE_DROP_OTHER))
		return 0;
	put_s64(&ev, RET);
	put_pipe(&ev, RET, USER_PTR(0));
	event_end(&ev);
	return 0;
}

CALL(pipe2)
{
	struct event ev;

	if (!event_begin(&ev, ring, EVENT_SYSCALL_PIPE2_X, 5, 128, EYAS_WIRE_DROP_OTHER))
		return 0;
	put_s64(&ev, RET);
	put_pipe(&ev, RET, USER_PTR(0));
	put_u32(&ev, ARG(1));
	event_end(&ev);
	return 0;
}
