/* SPDX-License-Identifier: Apache-2.0 */
/* What sysdig 0.29 takes of a capture; compat.c states how that was found out. */
#ifndef CAPTURE_COMPAT_H
#define CAPTURE_COMPAT_H

#include <stdbool.h>
#include <stdint.h>

#include <eyas/capture.h>

#include "base/str.h"

/* Largest block of an event whose type has no large payload; it stops at a larger one. */
#define EYAS_COMPAT_BLOCK_MAX (65536 + 8)

/* Shorten what it refuses to read because of its length. False: leave the descriptor out. */
bool eyas_compat_fd(struct eyas_fd_entry *fd);
void eyas_compat_thread(struct eyas_thread_entry *thread);
void eyas_compat_user(struct eyas_user *user);
void eyas_compat_group(struct eyas_group *group);

/*
 * The event as it takes it. Returns 1 with the bytes, which are those of the event or lie in
 * scratch; 0 if it has no such event; -ENOMEM.
 */
int eyas_compat_event(struct eyas_str *scratch, const struct eyas_event *event,
		      const uint8_t **ret_bytes, uint32_t *ret_len);

/*
 * The enter event that goes in front of an exit event, which is about to be written as one of the
 * type written. Returns 1 with the event, whose bytes lie in scratch, to be given to
 * eyas_compat_event(), too; 0 if there is none; -ENOMEM. compat_enter.c says why.
 */
int eyas_compat_enter(struct eyas_str *scratch, const struct eyas_event *event, unsigned written,
		      struct eyas_event *ret_enter);

#endif
