/* SPDX-License-Identifier: Apache-2.0 */
/* Getters of the evt fields, by topic, for the tables in fields_evt.c. */
#ifndef FILTER_FIELDS_EVT_H
#define FILTER_FIELDS_EVT_H

#include "filter/fields_int.h"

#define NS_PER_S UINT64_C(1000000000)
#define NS_PER_MS UINT64_C(1000000)

/* Names what every getter and every bind function looks like. */
#define FIELD_GETTER(name) \
	bool name(const struct field_eval *eval, struct field_ref *ref, struct eyas_value *ret)
#define FIELD_BINDER(name) int name(struct field_ref *ref, struct eyas_err *reterr)

/* ---- fields_evt_time.c ---- */

/* Which part of a time or duration in ns a field has; the tag of number fields. */
enum time_part { TIME_NS, TIME_S, TIME_NS_OF_S };
FIELD_GETTER(eyas_evt_get_rawtime);
FIELD_GETTER(eyas_evt_get_reltime);
FIELD_GETTER(eyas_evt_get_deltatime);
FIELD_GETTER(eyas_evt_get_around);
/* Text; the tag of these fields. */
enum time_text { TIME_OF_DAY, TIME_OF_DAY_S, TIME_DATE, TIME_DATE_S };
FIELD_GETTER(eyas_evt_get_local_time);
FIELD_GETTER(eyas_evt_get_iso8601);
FIELD_GETTER(eyas_evt_get_outputtime);

/* ---- fields_evt_arg.c ---- */

FIELD_GETTER(eyas_evt_get_args);
FIELD_BINDER(eyas_evt_bind_arg);
FIELD_GETTER(eyas_evt_get_arg);
FIELD_BINDER(eyas_evt_bind_rawarg);
FIELD_GETTER(eyas_evt_get_rawarg);
FIELD_GETTER(eyas_evt_get_buffer);
FIELD_BINDER(eyas_evt_bind_abspath);
FIELD_GETTER(eyas_evt_get_abspath);
/* The tag says which item of the description. */
enum infra_item { INFRA_EVENT, INFRA_ID, INFRA_NAME, INFRA_IMAGE };
FIELD_GETTER(eyas_evt_get_infra);

/* ---- fields_evt_io.c ---- */

FIELD_GETTER(eyas_evt_get_res);
FIELD_GETTER(eyas_evt_get_rawres);
FIELD_GETTER(eyas_evt_get_failed);
/* Tag: which descriptors and which direction count; 0 = all. */
enum buflen_filter { BUFLEN_READ = 1, BUFLEN_WRITE = 2, BUFLEN_FILE = 4, BUFLEN_NET = 8 };
FIELD_GETTER(eyas_evt_get_buflen);
/* Tag: what failed. */
enum error_kind { ERROR_ANY, ERROR_FILE, ERROR_NET, ERROR_MEMORY, ERROR_OTHER };
FIELD_GETTER(eyas_evt_get_count_error);
/* Tag: what an open is asked for. */
enum open_kind { OPEN_READ, OPEN_WRITE, OPEN_EXEC, OPEN_CREATE };
FIELD_GETTER(eyas_evt_get_is_open);
FIELD_GETTER(eyas_evt_get_category);
FIELD_GETTER(eyas_evt_get_io_dir);
FIELD_GETTER(eyas_evt_get_is_syslog);

#endif
