/* SPDX-License-Identifier: Apache-2.0 */
/* Filling in struct eyas_err: one line at every place that fails. */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include <stdarg.h>

#include <eyas/err.h>

/*
 * Set code and text, return code. err may be NULL. Usage: return eyas_err_set(reterr, -EINVAL,
 * "rule %s: ...", name); The words may quote what is foreign, such as names of files and parts
 * of filters: what is not fit for a terminal is escaped.
 */
int eyas_err_set(struct eyas_err *err, int code, const char *fmt, ...) EYAS_PRINTF(3, 4);
int eyas_err_vset(struct eyas_err *err, int code, const char *fmt, va_list ap) EYAS_PRINTF(3, 0);

/* The same with the byte offset in the input at which the fault lies. */
int eyas_err_at(struct eyas_err *err, int code, uint64_t offset, const char *fmt, ...)
	EYAS_PRINTF(4, 5);

/* Put "prefix: " in front of the text that is there, e.g. the file's name. */
void eyas_err_prefix(struct eyas_err *err, const char *prefix);

#endif
