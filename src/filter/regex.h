/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Regular expressions whose time is linear in the text and whose memory is bounded: RE2 behind
 * three C functions. No exception leaves them.
 */
#ifndef FILTER_REGEX_H
#define FILTER_REGEX_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#else
#	include <stdbool.h>
#endif

struct eyas_str;
struct eyas_regex;

/* POSIX syntax. Returns 0; -EINVAL with the reason in why (size bytes); -ENOMEM. */
int eyas_regex_new(const char *pattern, size_t len, struct eyas_regex **ret_regex, char *why,
		   size_t size);
void eyas_regex_free(struct eyas_regex *regex);

/*
 * Does the whole text match? Bytes that are not UTF-8 count as U+FFFD; scratch is used to
 * replace them. False when there is no memory.
 */
bool eyas_regex_match(const struct eyas_regex *regex, const char *text, size_t len,
		      struct eyas_str *scratch);

#ifdef __cplusplus
}
#endif

#endif
