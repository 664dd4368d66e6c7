/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* How much memory does a process have? */
#ifndef PROBE_MM_H
#define PROBE_MM_H

#include "bpf/event.h"
#include "bpf/kfix.h"

enum { MM_FILE, MM_ANON, MM_SWAP, MM_SHMEM };

/* The shares of CPUs can make a sum look negative. */
static __always_inline u32 kib_of_pages(s64 pages)
{
	return pages > 0 ? pages * page_kib : 0;
}

/* Size, resident and swapped part in KiB: three parameters. Kernel threads have none. */
static __always_inline void put_vm(struct event *ev, const struct mm_struct *mm)
{
	u32 size = 0, rss = 0, swap = 0;

	if (mm) {
		size = kib_of_pages(mm->total_vm);
		rss = kib_of_pages(mm_pages(mm, MM_FILE) + mm_pages(mm, MM_ANON) +
				   mm_pages(mm, MM_SHMEM));
		swap = kib_of_pages(mm_pages(mm, MM_SWAP));
	}
	put_u32(ev, size);
	put_u32(ev, rss);
	put_u32(ev, swap);
}

#endif
