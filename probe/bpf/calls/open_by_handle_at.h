/* SPDX-License-Identifier: GPL-2.0 OR MIT */
#include "bpf/call.h"
#include "bpf/open.h"
#include "bpf/path.h"

CALL(open_by_handle_at)
{
	const struct dentry *dentry = NULL;
	const struct vfsmount *mnt = NULL;
	const struct file *file;
	struct opened opened;
	struct event ev;

	if (!event_begin(&ev, ring, EVENT_SYSCALL_OPEN_BY_HANDLE_AT_X, 6, 128 + PUT_PATH_BYTES,
			 EYAS_WIRE_DROP_OPEN))
		return 0;
	opened_by(call_task(ring), RET, &opened);
	put_s64(&ev, RET);
	put_s32(&ev, ARG(0));
	put_u32(&ev, open_flags(ARG(2)) | opened.bits);
	file = opened.file;
	if (file) {
		bpf_core_read(&mnt, sizeof(mnt), &file->f_path.mnt);
		bpf_core_read(&dentry, sizeof(dentry), &file->f_path.dentry);
		put_path(&ev, mnt, dentry);
	} else {
		put_missing(&ev);
	}
	put_opened(&ev, &opened);
	event_end(&ev);
	return 0;
}
