/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* Flags of calls that make descriptors, where the event has no room for the kernel's values. */
#ifndef PROBE_DESCRIPTOR_H
#define PROBE_DESCRIPTOR_H

#include "bpf/ktypes.h"

enum { RAW_NONBLOCK = 04000, RAW_CLOEXEC = 02000000 };
/* file_flags of the schema. */
enum { PORTABLE_NONBLOCK = 0x40, PORTABLE_CLOEXEC = 0x1000 };

static __always_inline u16 descriptor_flags(u64 raw)
{
	s32 flags = raw;
	u16 portable = 0;

	if (flags < 0)
		return 0;
	if (flags & RAW_NONBLOCK)
		portable |= PORTABLE_NONBLOCK;
	if (flags & RAW_CLOEXEC)
		portable |= PORTABLE_CLOEXEC;
	return portable;
}

#endif
