/* SPDX-License-Identifier: Apache-2.0 */
/* Little-endian numbers at any address: wire formats are never read through cast pointers. */
#ifndef BASE_LE_H
#define BASE_LE_H

#include <stdint.h>
#include <string.h>

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#	error "captures are little endian and are read in place: a big-endian machine needs swaps here"
#endif

static inline uint16_t eyas_le16(const void *p)
{
	uint16_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

static inline uint32_t eyas_le32(const void *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

static inline uint64_t eyas_le64(const void *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

static inline void eyas_put_le16(void *p, uint16_t v)
{
	memcpy(p, &v, sizeof(v));
}

static inline void eyas_put_le32(void *p, uint32_t v)
{
	memcpy(p, &v, sizeof(v));
}

static inline void eyas_put_le64(void *p, uint64_t v)
{
	memcpy(p, &v, sizeof(v));
}

#endif
