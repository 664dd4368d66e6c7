/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers of the capture file format, shared by reader and writer (reference/scap_format.md). */
#ifndef CAPTURE_BLOCK_H
#define CAPTURE_BLOCK_H

#include <stdint.h>

/* Block: u32 type, u32 total length, body, padding to 4, u32 total length. */
#define BLOCK_HEAD 8
#define BLOCK_TRAILER 4

enum block_type {
	BLOCK_SECTION = 0x0a0d0d0a,
	BLOCK_MACHINE = 0x201,
	BLOCK_THREADS_V1 = 0x202,
	BLOCK_FDS_V1 = 0x203,
	BLOCK_EVENT_V1 = 0x204,
	BLOCK_IFACES_V1 = 0x205,
	BLOCK_USERS_V1 = 0x206,
	BLOCK_THREADS_V2 = 0x207,
	BLOCK_EVENT_FLAGS_V1 = 0x208,
	BLOCK_THREADS_V3 = 0x209,
	BLOCK_THREADS_V4 = 0x210,
	BLOCK_THREADS_V5 = 0x211,
	BLOCK_THREADS_V6 = 0x212,
	BLOCK_THREADS_V7 = 0x213,
	BLOCK_THREADS_V8 = 0x214,
	BLOCK_THREADS_V9 = 0x215,
	BLOCK_EVENT_V2 = 0x216,
	BLOCK_EVENT_FLAGS_V2 = 0x217,
	BLOCK_FDS_V2 = 0x218,
	BLOCK_IFACES_V2 = 0x219,
	BLOCK_USERS_V2 = 0x220,
	BLOCK_EVENT_V2_LARGE = 0x221,
	BLOCK_EVENT_FLAGS_V2_LARGE = 0x222,
	BLOCK_EVENT_V1_OLD = 0x8010abcd
};

#define SECTION_MAGIC 0x1a2b3c4dU
#define SECTION_BODY 16 /* magic, versions, length */
#define SECTION_VERSION_MAJOR 1
#define SECTION_VERSION_MINOR 2

#define MACHINE_BODY 180
#define MACHINE_HOSTNAME 128

#endif
