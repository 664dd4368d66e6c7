/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Values of parameters as text, appended to a growing string: what evt.args prints, as far as
 * it needs no state. Called for every parameter of every printed event, so nothing here
 * allocates beyond the string or goes through printf.
 */
#ifndef SCHEMA_TEXT_H
#define SCHEMA_TEXT_H

#include <eyas/event.h>

#include "base/json.h"
#include "base/str.h"

/* The value itself: "-2", "4097", "/etc/passwd"; "<NA>" or "NULL" when missing. */
void eyas_text_raw(struct eyas_str *str, const struct eyas_param *param);

/* What the value means: "ENOENT", "O_RDONLY|O_CLOEXEC". Nothing if it has no such form. */
void eyas_text_resolved(struct eyas_str *str, const struct eyas_param *param);

/*
 * "-2(ENOENT)": raw, then resolved in parentheses if there is any. A value of kind BYTES that
 * is longer than max_bytes is shown in max_bytes bytes, the last three of them "..."; other
 * kinds are never cut. 0 = no limit.
 */
void eyas_text_param(struct eyas_str *str, const struct eyas_param *param, uint32_t max_bytes);

/* Local date and time of an instant since the epoch: "2026-11-20 14:28:34.020000000". */
void eyas_text_abstime(struct eyas_str *str, uint64_t ns);
/* The same instant in UTC, as ISO 8601 has it: "2026-11-20T14:28:34.020000000Z". */
void eyas_text_utc(struct eyas_str *str, uint64_t ns);
/* And that as a member of an object. */
void eyas_text_utc_member(struct eyas_json *json, const char *key, uint64_t ns);

/* A duration in seconds as printf("%gs") has it in the C locale: "0.5s", "1e-09s". */
void eyas_text_seconds(struct eyas_str *str, uint64_t ns);

/* IPv4 (len 4) or IPv6 (len 16) address in network order; other lengths append nothing. */
void eyas_text_addr(struct eyas_str *str, const uint8_t *addr, size_t len);

/* Socket address or tuple: "127.0.0.1:80", "::1:53->::1:80", "/run/x.sock", "family 16". */
void eyas_text_sockaddr(struct eyas_str *str, const struct eyas_sock *sock);
void eyas_text_socktuple(struct eyas_str *str, const struct eyas_sock *sock);

#endif
