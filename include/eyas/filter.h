/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Filters and output formats: the language of sysdig and Falco (reference/filter_language.md)
 * over the fields of reference/fields.tsv.
 *
 * A handle may be used by one thread at a time; different handles are independent.
 */
#ifndef EYAS_FILTER_H
#define EYAS_FILTER_H

#include <stddef.h>
#include <stdint.h>
#include <eyas/err.h>
#include <eyas/state.h>

#ifdef __cplusplus
extern "C" {
#endif

struct eyas_filter;
struct eyas_format;

/* Told of what compiles but is likely a mistake; err has line, column and text. May be NULL. */
typedef void (*eyas_warning_fn)(void *ctx, const struct eyas_err *warning);

/*
 * Compile a filter. Errors: EYAS_E_FORMAT (syntax), EYAS_E_USAGE (unknown field, operator or
 * constant that does not fit), EYAS_E_LIMIT (too deep, too long), -ENOMEM; reterr has line,
 * column and what was expected.
 */
EYAS_API EYAS_MUST_USE int eyas_filter_compile(const char *text, eyas_warning_fn warning,
					       void *warning_ctx, struct eyas_filter **ret_filter,
					       struct eyas_err *reterr);
/* 1 if the event matches, else 0. context is what eyas_state_take() returned. */
EYAS_API int eyas_filter_match(struct eyas_filter *filter, const struct eyas_context *context);
/* 1 if events of this type can match at all, else 0 (section 4: event-type inference). */
EYAS_API int eyas_filter_wants(const struct eyas_filter *filter, unsigned event_type);
/* 1 if events of this system call can match at all, else 0; code is that of the schema. */
EYAS_API int eyas_filter_wants_syscall(const struct eyas_filter *filter, unsigned code);
/* NULL is fine. */
EYAS_API void eyas_filter_free(struct eyas_filter *filter);

enum eyas_format_kind { EYAS_FORMAT_TEXT, EYAS_FORMAT_JSON };

/* Compile an output format. Errors as above. */
EYAS_API EYAS_MUST_USE int eyas_format_compile(const char *text, struct eyas_format **ret_format,
					       struct eyas_err *reterr);
/*
 * One event as a line without its newline; *ret_text is lent until the next call on the handle
 * and NUL-terminated. Returns 1, or 0 when a field is missing and the format does not begin with
 * '*'; -ENOMEM.
 */
EYAS_API EYAS_MUST_USE int eyas_format_put(struct eyas_format *format,
					   const struct eyas_context *context,
					   enum eyas_format_kind kind, const char **ret_text,
					   size_t *ret_len);
/* NULL is fine. */
EYAS_API void eyas_format_free(struct eyas_format *format);

#ifdef __cplusplus
}
#endif

#endif /* EYAS_FILTER_H */
