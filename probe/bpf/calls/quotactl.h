/* SPDX-License-Identifier: GPL-2.0 OR MIT */
#include "bpf/call.h"
#include "bpf/user.h"
#include <linux/dqblk_xfs.h>
#include <linux/quota.h>

/* Commands are in the upper bytes, the type of quota is in the lowest. */
#define CMD(cmd) ((cmd)&0xffffff)

/* 32-bit callers have the same places, and no bytes behind the last one. */
#define DQBLK_BYTES (offsetof(struct if_dqblk, dqb_valid) + sizeof(u32))

/* Which of the values count. */
static __always_inline u64 if_valid(const struct if_dqblk *block, u32 bit, u64 value)
{
	return block->dqb_valid & bit ? value : 0;
}

static __always_inline void put_dqblk(struct event *ev, u32 cmd, const void *user)
{
	struct if_dqblk b = { 0 };

	if (cmd == CMD(Q_GETQUOTA) || cmd == CMD(Q_SETQUOTA))
		bpf_probe_read_user(&b, DQBLK_BYTES, user);
	put_u64(ev, if_valid(&b, QIF_BLIMITS, b.dqb_bhardlimit));
	put_u64(ev, if_valid(&b, QIF_BLIMITS, b.dqb_bsoftlimit));
	put_u64(ev, if_valid(&b, QIF_SPACE, b.dqb_curspace));
	put_u64(ev, if_valid(&b, QIF_ILIMITS, b.dqb_ihardlimit));
	put_u64(ev, if_valid(&b, QIF_ILIMITS, b.dqb_isoftlimit));
	put_u64(ev, if_valid(&b, QIF_BTIME, b.dqb_btime));
	put_u64(ev, if_valid(&b, QIF_ITIME, b.dqb_itime));
}

static __always_inline void put_dqinfo(struct event *ev, u32 cmd, const void *user)
{
	struct if_dqinfo info = { 0 };

	if (cmd == CMD(Q_GETINFO) || cmd == CMD(Q_SETINFO))
		bpf_probe_read_user(&info, sizeof(info), user);
	put_u64(ev, info.dqi_valid & IIF_BGRACE ? info.dqi_bgrace : 0);
	put_u64(ev, info.dqi_valid & IIF_IGRACE ? info.dqi_igrace : 0);
	put_u8(ev, info.dqi_valid & IIF_FLAGS ? info.dqi_flags : 0);
}

/* A format has a byte in the event; 0 is none, 0xff one without a name. */
static __always_inline void put_format(struct event *ev, u32 format)
{
	put_u8(ev, format > 0xff ? 0xff : format);
}

/* quotactl(cmd, special, id, addr) */
CALL(quotactl)
{
	u32 cmd = (u32)ARG(0) >> 8, id = ARG(2);
	struct event ev;

	if (!event_begin(&ev, ring, EVENT_SYSCALL_QUOTACTL_X, 18, 256 + 2 * PATH_BYTES,
			 EYAS_WIRE_DROP_OTHER))
		return 0;
	put_s64(&ev, RET);
	put_user_str(&ev, USER_PTR(1), PATH_BYTES);
	if (cmd == CMD(Q_QUOTAON))
		put_user_str(&ev, USER_PTR(3), PATH_BYTES);
	else
		put_missing(&ev);
	put_dqblk(&ev, cmd, USER_PTR(3));
	put_dqinfo(&ev, cmd, USER_PTR(3));
	put_format(&ev, cmd == CMD(Q_GETFMT) ? user_u32(USER_PTR(3)) : 0);
	put_u16(&ev, cmd);
	put_u8(&ev, ARG(0));
	if (cmd == CMD(Q_GETQUOTA) || cmd == CMD(Q_SETQUOTA) || cmd == CMD(Q_XGETQUOTA) ||
	    cmd == CMD(Q_XSETQLIM))
		put_u32(&ev, id);
	else
		put_u32(&ev, 0);
	put_format(&ev, cmd == CMD(Q_QUOTAON) ? id : 0);
	event_end(&ev);
	return 0;
}
