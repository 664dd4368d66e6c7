/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * setsockopt(fd, level, name, value, len) and getsockopt(fd, level, name, value, &len): what the
 * value is depends on the option, and the first byte of the parameter says it.
 */
#include "bpf/call.h"
#include "bpf/io.h"

enum { OPT_BYTES, OPT_ERRNO, OPT_U32, OPT_U64, OPT_TIME };

#define SOL_SOCKET 1
#define SO_ERROR 4
#define SO_RCVTIMEO 20
#define SO_SNDTIMEO 21
#define SO_COOKIE 57
/* With 64-bit seconds everywhere. */
#define SO_RCVTIMEO_NEW 66
#define SO_SNDTIMEO_NEW 67

/*
 * Options below 50 that are stored as a number, a bit for each: all but SO_ERROR, SO_LINGER (13),
 * SO_PEERCRED (17), the times, SO_ATTACH_FILTER (26), SO_PEERNAME (28).
 */
#define U32_OPTIONS \
	(0x3fffffffffffeull & \
	 ~(1ull << 4 | 1ull << 13 | 1ull << 17 | 3ull << 20 | 1ull << 26 | 1ull << 28))

static __always_inline u32 opt_variant(u32 level, u32 name)
{
	if (level != SOL_SOCKET)
		return OPT_BYTES;
	if (name < 50 && (U32_OPTIONS >> name & 1))
		return OPT_U32;
	switch (name) {
	case SO_ERROR:
		return OPT_ERRNO;
	case SO_COOKIE:
		return OPT_U64;
	case SO_RCVTIMEO:
	case SO_SNDTIMEO:
	case SO_RCVTIMEO_NEW:
	case SO_SNDTIMEO_NEW:
		return OPT_TIME;
	default:
		return OPT_BYTES;
	}
}

static __always_inline u64 opt_time(struct eyas_wire_ring *ring, u32 name, const void *user)
{
	s64 tv[2] = { 0, 0 };
	s32 tv32[2] = { 0, 0 };

	if (ring->compat && name < SO_RCVTIMEO_NEW) {
		bpf_probe_read_user(tv32, sizeof(tv32), user);
		tv[0] = tv32[0];
		tv[1] = tv32[1];
	} else {
		bpf_probe_read_user(tv, sizeof(tv), user);
	}
	return tv[0] * 1000000000 + tv[1] * 1000;
}

/* A value that cannot be read is 0, or of no bytes. */
static __always_inline void put_opt(struct event *ev, const void *user, u32 len)
{
	struct eyas_wire_ring *ring = ev->ring;
	u32 name = ARG(2), variant = opt_variant(ARG(1), name), bytes = 8;
	char *place = event_place(ev);
	s32 number = 0;
	u64 wide = 0;

	*place = variant;
	if (variant == OPT_BYTES) {
		bytes = bpf_probe_read_user(place + 1, len, user) ? 0 : len;
	} else if (variant == OPT_U64) {
		bpf_probe_read_user(&wide, sizeof(wide), user);
	} else if (variant == OPT_TIME) {
		wide = opt_time(ring, name, user);
	} else {
		bpf_probe_read_user(&number, sizeof(number), user);
		wide = (u32)number;
		bytes = 4;
		if (variant == OPT_ERRNO) {
			wide = -(s64)number;
			bytes = 8;
		}
	}
	if (variant != OPT_BYTES)
		*(u64 *)(place + 1) = wide;
	event_took(ev, 1 + (event_forget(ring, bytes) & 0xffff));
}

static __always_inline u8 opt_byte(u32 value)
{
	return value < EYAS_WIRE_SOCKOPT_OTHER ? value : EYAS_WIRE_SOCKOPT_OTHER;
}

static __always_inline int emit_opt(struct eyas_wire_ring *ring, u32 type, u32 len)
{
	u32 taken = at_most(len, DATA_MAX);
	struct event ev;

	if (!event_begin(&ev, ring, type, 6, 128 + taken, EYAS_WIRE_DROP_OTHER))
		return 0;
	put_s64(&ev, RET);
	put_s32(&ev, ARG(0));
	put_u8(&ev, opt_byte(ARG(1)));
	put_u8(&ev, opt_byte(ARG(2)));
	put_opt(&ev, USER_PTR(3), taken);
	put_u32(&ev, len);
	event_end(&ev);
	return 0;
}

CALL(setsockopt)
{
	return emit_opt(ring, EVENT_SOCKET_SETSOCKOPT_X, ARG(4));
}

/* What the kernel stored if it succeeded, else what the caller's memory holds. */
CALL(getsockopt)
{
	u32 len = 0;

	bpf_probe_read_user(&len, sizeof(len), USER_PTR(4));
	return emit_opt(ring, EVENT_SOCKET_GETSOCKOPT_X, len);
}
