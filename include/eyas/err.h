/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Errors of the whole library. A function that can fail returns an int: 0 or a count is
 * success, a negative value is failure: -errno, or one of the EYAS_E_* codes below, which all
 * lie under -4095 so that they never collide with an errno. Where words help, the last
 * parameter is a struct eyas_err that is filled in on failure and left alone on success.
 */
#ifndef EYAS_ERR_H
#define EYAS_ERR_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#	define EYAS_API __attribute__((visibility("default")))
#	define EYAS_MUST_USE __attribute__((warn_unused_result))
#	define EYAS_PRINTF(f, a) __attribute__((format(printf, f, a)))
#else
#	define EYAS_API
#	define EYAS_MUST_USE
#	define EYAS_PRINTF(f, a)
#endif

enum eyas_error {
	EYAS_E_END = -4096,	/* the source has no more events; not a fault */
	EYAS_E_TRUNC = -4097,	/* input ends in the middle of something */
	EYAS_E_FORMAT = -4098,	/* input is not what it claims to be */
	EYAS_E_VERSION = -4099, /* input is of a version newer than this library knows */
	EYAS_E_LIMIT = -4100,	/* input exceeds a limit set by an option */
	EYAS_E_PARAM = -4101,	/* a value does not fit the type of its parameter */
	EYAS_E_USAGE = -4102	/* the caller asked for something that does not exist */
};

/* What went wrong, in words. All fields are plain data; the struct owns nothing. */
struct eyas_err {
	int code;	 /* the value the function returned; 0 while nothing was set */
	uint64_t offset; /* byte offset in the (decompressed) input, or 0 */
	uint32_t line;	 /* line in a text input, from 1; 0 = does not apply */
	uint32_t column; /* column in that line, from 1; 0 = does not apply */
	char text[512];	 /* one line, no newline at the end, always NUL-terminated */
};

/*
 * A short English phrase for a code returned by this library, errno values included.
 * The string is static. Thread-safe for EYAS_E_* codes and for all errno values of Linux.
 */
EYAS_API const char *eyas_strerror(int code);

/* The library's version, "MAJOR.MINOR.PATCH". Static, thread-safe. */
EYAS_API const char *eyas_version(void);

#ifdef __cplusplus
}
#endif

#endif /* EYAS_ERR_H */
