/* SPDX-License-Identifier: Apache-2.0 */
/* Is one text in another? What contains and bcontains ask for every event. */
#ifndef FILTER_FIND_H
#define FILTER_FIND_H

#include <stdbool.h>
#include <stddef.h>

/* Everything contains the empty text. */
bool eyas_bytes_find(const char *text, size_t len, const char *want, size_t want_len);

#endif
