/* SPDX-License-Identifier: GPL-2.0 OR MIT */
#include "bpf/call.h"
#include <linux/keyctl.h>

/* What an argument behind the operation is: not there, a number, or text. */
enum { KEY_NONE, KEY_INT, KEY_STR };
/* Variants of the event's parameters (src/schema/dynamic.def). */
enum { KEY_VARIANT_INT, KEY_VARIANT_STR };

#define KEY_ARGS(a, b, c, d) (KEY_##a | KEY_##b << 2 | KEY_##c << 4 | KEY_##d << 6)
#define KEY_OPERATIONS 64

/* By operation; of those that are not here nothing is known. */
static const volatile u8 key_args[KEY_OPERATIONS] = {
	[KEYCTL_GET_KEYRING_ID] = KEY_ARGS(INT, INT, NONE, NONE),
	[KEYCTL_JOIN_SESSION_KEYRING] = KEY_ARGS(STR, NONE, NONE, NONE),
	[KEYCTL_UPDATE] = KEY_ARGS(INT, INT, INT, NONE),
	[KEYCTL_REVOKE] = KEY_ARGS(INT, NONE, NONE, NONE),
	[KEYCTL_CHOWN] = KEY_ARGS(INT, INT, INT, NONE),
	[KEYCTL_SETPERM] = KEY_ARGS(INT, INT, NONE, NONE),
	[KEYCTL_DESCRIBE] = KEY_ARGS(INT, INT, INT, NONE),
	[KEYCTL_CLEAR] = KEY_ARGS(INT, NONE, NONE, NONE),
	[KEYCTL_LINK] = KEY_ARGS(INT, INT, NONE, NONE),
	[KEYCTL_UNLINK] = KEY_ARGS(INT, INT, NONE, NONE),
	[KEYCTL_SEARCH] = KEY_ARGS(INT, STR, STR, INT),
	[KEYCTL_READ] = KEY_ARGS(INT, INT, INT, NONE),
	[KEYCTL_INSTANTIATE] = KEY_ARGS(INT, INT, INT, INT),
	[KEYCTL_NEGATE] = KEY_ARGS(INT, INT, INT, NONE),
	[KEYCTL_SET_REQKEY_KEYRING] = KEY_ARGS(INT, NONE, NONE, NONE),
	[KEYCTL_SET_TIMEOUT] = KEY_ARGS(INT, INT, NONE, NONE),
	[KEYCTL_ASSUME_AUTHORITY] = KEY_ARGS(INT, NONE, NONE, NONE),
	[KEYCTL_GET_SECURITY] = KEY_ARGS(INT, INT, INT, NONE),
	[KEYCTL_REJECT] = KEY_ARGS(INT, INT, INT, INT),
	[KEYCTL_INSTANTIATE_IOV] = KEY_ARGS(INT, INT, INT, INT),
	[KEYCTL_INVALIDATE] = KEY_ARGS(INT, NONE, NONE, NONE),
	[KEYCTL_GET_PERSISTENT] = KEY_ARGS(INT, INT, NONE, NONE),
	[KEYCTL_DH_COMPUTE] = KEY_ARGS(INT, INT, INT, INT),
	[KEYCTL_PKEY_QUERY] = KEY_ARGS(INT, INT, STR, NONE),
	[KEYCTL_PKEY_ENCRYPT] = KEY_ARGS(INT, STR, INT, INT),
	[KEYCTL_PKEY_DECRYPT] = KEY_ARGS(INT, STR, INT, INT),
	[KEYCTL_PKEY_SIGN] = KEY_ARGS(INT, STR, INT, INT),
	[KEYCTL_PKEY_VERIFY] = KEY_ARGS(INT, STR, INT, INT),
	[KEYCTL_RESTRICT_KEYRING] = KEY_ARGS(INT, STR, STR, NONE),
	[KEYCTL_MOVE] = KEY_ARGS(INT, INT, INT, INT),
	[KEYCTL_CAPABILITIES] = KEY_ARGS(INT, INT, NONE, NONE),
	[KEYCTL_WATCH_KEY] = KEY_ARGS(INT, INT, INT, NONE),
};

/* Text that cannot be read is an empty variant. */
static __always_inline void put_key_arg(struct event *ev, u32 kind, u64 arg)
{
	char *at = event_place(ev);
	long len;

	if (kind == KEY_STR) {
		*at = KEY_VARIANT_STR;
		len = read_user_str(at + 1, PATH_BYTES, (const void *)arg);
		event_took(ev, 1 + (len > 0 ? len & 0x1fff : 0));
	} else {
		*at = KEY_VARIANT_INT;
		*(u64 *)(at + 1) = kind == KEY_INT ? arg : 0;
		event_took(ev, 9);
	}
}

/* keyctl(operation, arg2, arg3, arg4, arg5) */
CALL(keyctl)
{
	u32 operation = ARG(0);
	u32 kinds = operation < KEY_OPERATIONS ? key_args[operation] : 0;
	struct event ev;

	if (!event_begin(&ev, ring, EVENT_SYSCALL_KEYCTL_X, 6, 128 + 4 * PATH_BYTES,
			 EYAS_WIRE_DROP_STATE_OTHER))
		return 0;
	put_s64(&ev, RET);
	put_u32(&ev, operation);
	put_key_arg(&ev, kinds & 3, ARG(1));
	put_key_arg(&ev, kinds >> 2 & 3, ARG(2));
	put_key_arg(&ev, kinds >> 4 & 3, ARG(3));
	put_key_arg(&ev, kinds >> 6, ARG(4));
	event_end(&ev);
	return 0;
}
