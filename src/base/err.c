/* SPDX-License-Identifier: Apache-2.0 */
/* Errors in words: struct eyas_err and the texts of the codes. Called by every floor. */
#include "base/err.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

static int err_vset(struct eyas_err *err, int code, uint64_t offset, const char *fmt, va_list ap)
{
	if (!err)
		return code;
	memset(err, 0, offsetof(struct eyas_err, text));
	err->code = code;
	err->offset = offset;
	vsnprintf(err->text, sizeof(err->text), fmt, ap);
	return code;
}

int eyas_err_set(struct eyas_err *err, int code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	err_vset(err, code, 0, fmt, ap);
	va_end(ap);
	return code;
}

int eyas_err_at(struct eyas_err *err, int code, uint64_t offset, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	err_vset(err, code, offset, fmt, ap);
	va_end(ap);
	return code;
}

void eyas_err_prefix(struct eyas_err *err, const char *prefix)
{
	char text[sizeof(err->text)];

	if (!err)
		return;
	memcpy(text, err->text, sizeof(text));
	snprintf(err->text, sizeof(err->text), "%.200s: %.300s", prefix, text);
}

const char *eyas_strerror(int code)
{
	const char *text;

	switch (code) {
	case EYAS_E_END:
		return "end of capture";
	case EYAS_E_TRUNC:
		return "input is cut short";
	case EYAS_E_FORMAT:
		return "input is malformed";
	case EYAS_E_VERSION:
		return "input is of a newer version";
	case EYAS_E_LIMIT:
		return "a limit was reached";
	case EYAS_E_PARAM:
		return "value does not fit its type";
	case EYAS_E_USAGE:
		return "no such thing was asked for";
	default:
		break;
	}
	if (code >= 0)
		return "success";
	text = strerrordesc_np(-code);
	return text ? text : "unknown error";
}

const char *eyas_version(void)
{
	return EYAS_VERSION;
}
