/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is a descriptor, by the text that the kernel has for it in /proc/PID/fd? The same text comes
 * out of the iterators of the live source, so both sides ask here. And what its flags mean.
 */
#ifndef CAPTURE_FDLINK_H
#define CAPTURE_FDLINK_H

#include <stdbool.h>
#include <stdint.h>

#include <eyas/capture.h>

/* Does text begin, or end, with that? It is left out of it then. */
bool fdlink_take_prefix(struct eyas_bytes *text, const char *prefix);
bool fdlink_take_suffix(struct eyas_bytes *text, const char *suffix);

/*
 * The kind of an object without a file, by what stands behind "anon_inode:"; EYAS_FD_UNSUPPORTED if
 * there is none for it. *ret_long_info, which may be NULL: its fdinfo lists all that it watches.
 */
uint8_t fdlink_anon_kind(struct eyas_bytes name, bool *ret_long_info);

/* The kind of a file with a path, by the mode of its inode; takes the prefix of a memfd's name. */
uint8_t fdlink_file_kind(struct eyas_bytes *name, uint32_t mode);

/* Protocols, as captures number them, of an IP socket. */
uint8_t fdlink_l4(int type, int protocol);

/* Flags of an open file as the kernel has them, as events have them (PPM_O_*). */
uint32_t fdlink_open_flags(uint64_t kernel);

#endif
