/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tables of include/eyas/schema.h, each derived from its .def file. Nothing is written
 * down twice: a new row in a .def file is all that a new event, flag or system call needs.
 */
#include <eyas/schema.h>

#include <string.h>

#include "schema/event.h"
#include "schema/ids.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* Wire types. */
static const struct eyas_type_info types[] = {
#define TY(id, name, size, kind) [id] = { #name, EYAS_KIND_##kind, size },
#include "schema/types.def"
#undef TY
};
const uint8_t eyas_type_sizes[EYAS_PT_COUNT] = {
#define TY(id, name, size, kind) [id] = size,
#include "schema/types.def"
#undef TY
};
/* By kind: does the content say what the size must be? */
enum {
	CHECK_NONE = 0,
	CHECK_SINT = 0,
	CHECK_UINT = 0,
	CHECK_DOUBLE = 0,
	CHECK_STRING = 0,
	CHECK_BYTES = 0,
	CHECK_STRINGS = 0,
	CHECK_PAIRS = 0,
	CHECK_ADDR = EYAS_CHECK_CONTENT,
	CHECK_SOCKADDR = EYAS_CHECK_CONTENT,
	CHECK_SOCKTUPLE = EYAS_CHECK_CONTENT,
	CHECK_FDLIST = EYAS_CHECK_CONTENT,
	CHECK_DYN = EYAS_CHECK_CONTENT
};

enum {
#define TY(id, name, size, kind) TYPE_CHECK_##name = (size) ? (size) : CHECK_##kind,
#include "schema/types.def"
#undef TY
};
const uint8_t eyas_type_ints[EYAS_PT_COUNT] = {
#define TY(id, name, size, kind) \
	[id] = EYAS_KIND_##kind == EYAS_KIND_SINT   ? (size) | EYAS_INT_SIGNED \
	       : EYAS_KIND_##kind == EYAS_KIND_UINT ? (size) \
						    : 0,
#include "schema/types.def"
#undef TY
};
_Static_assert(COUNT(types) == EYAS_PT_COUNT, "types.def and enum eyas_type disagree");
#define TY(id, name, size, kind) \
	_Static_assert(EYAS_PT_##name == (id), "types.def and enum eyas_type disagree");
#include "schema/types.def"
#undef TY

/* Flag names: one array per table, then the list of tables and an index for each. */
#define FV(symbol, value) { #symbol, value },
#define FT(table, values) static const struct eyas_flag flags_##table[] = { values };
#include "schema/flags.def"
#undef FT
#undef FV

enum flag_table_index {
#define FT(table, values) FT_##table,
#include "schema/flags.def"
#undef FT
	FT_COUNT
};

static const struct eyas_flag_table flag_tables[] = {
#define FT(table, values) { #table, flags_##table, COUNT(flags_##table) },
#include "schema/flags.def"
#undef FT
};

/* Variants of dynamic parameters. */
#define DV(type, format) { EYAS_PT_##type, EYAS_FMT_##format },
#define DT(table, rows) static const struct eyas_variant variants_##table[] = { rows };
#include "schema/dynamic.def"
#undef DT
#undef DV

enum variant_table_index {
#define DT(table, rows) DT_##table,
#include "schema/dynamic.def"
#undef DT
	DT_COUNT
};

static const struct eyas_variant_table variant_tables[] = {
#define DT(table, rows) { #table, variants_##table, COUNT(variants_##table) },
#include "schema/dynamic.def"
#undef DT
};

/*
 * Parameters: one array per event type, closed by an empty row so that types without
 * parameters are arrays, too.
 */
/* clang-format off */
#define NOPARAMS
#define P(name, type, fmt) \
	{ #name, EYAS_PT_##type, EYAS_FMT_##fmt, -1, 0, { NULL } },
#define PF(name, type, fmt, table) \
	{ #name, EYAS_PT_##type, EYAS_FMT_##fmt, -1, 1, { .flags = &flag_tables[FT_##table] } },
#define PD(name, type, fmt, table) \
	{ #name, EYAS_PT_##type, EYAS_FMT_##fmt, -1, 2, { .variants = &variant_tables[DT_##table] } },
#define PR(name, type, fmt, dirfd) \
	{ #name, EYAS_PT_##type, EYAS_FMT_##fmt, dirfd, 0, { NULL } },
#define EV(id, constant, name, category, flags, params) \
	static const struct eyas_param_info params_##id[] = { params { NULL, 0, 0, -1, 0, { NULL } } };
#include "schema/events.def"
#undef EV
#undef NOPARAMS
#undef P
#undef PF
#undef PD
#undef PR
/* clang-format on */

/* The same lists as what their values are checked for. */
#define NOPARAMS 0
#define P(name, type, fmt) TYPE_CHECK_##type,
#define PF(name, type, fmt, table) TYPE_CHECK_##type,
#define PD(name, type, fmt, table) TYPE_CHECK_##type,
#define PR(name, type, fmt, dirfd) TYPE_CHECK_##type,
const uint8_t eyas_event_checks[EYAS_EVENT_TYPES][EYAS_PARAMS_MAX] = {
#define EV(id, constant, name, category, flags, params) [id] = { params },
#include "schema/events.def"
#undef EV
};

#define C(name) EYAS_EC_##name
#define F(name) EYAS_EF_##name
static const struct eyas_event_info events[] = {
#define EV(id, constant, name, category, flags, params) \
	[id] = { #constant, name, params_##id, category, flags, COUNT(params_##id) - 1 },
#include "schema/events.def"
#undef EV
};
#undef C
#undef F
_Static_assert(COUNT(events) == EYAS_EVENT_TYPES, "events.def and EYAS_EVENT_TYPES disagree");

/* System calls. */
/* clang-format off */
#define NOEVS { 0 }
#define EVS(...) { __VA_ARGS__ }
/* clang-format on */
#define SC(code, constant, name, kind, x86, arm, enter, exit, flags, sets, events) \
	static const uint16_t syscall_events_##code[] = events;
#include "schema/syscalls.def"
#undef SC
#undef NOEVS
#undef EVS

#define U(name) EYAS_UF_##name
#define S(name) EYAS_SET_##name
/* Empty lists have one row as an array must, so the count asks the list itself. */
#define NOEVS 0
#define EVS(...) (sizeof((const uint16_t[]){ __VA_ARGS__ }) / sizeof(uint16_t))
/* clang-format off */
static const struct eyas_syscall_info syscalls[] = {
#define SC(code, constant, name, kind, x86, arm, enter, exit, flags, sets, events)         \
	[code] = { #constant, #name, syscall_events_##code, events, code, EYAS_SC_##kind, \
		   x86, arm, enter, exit, flags, sets },
#include "schema/syscalls.def"
#undef SC
};
/* clang-format on */
_Static_assert(COUNT(syscalls) == EYAS_SYSCALL_CODES,
	       "syscalls.def and EYAS_SYSCALL_CODES disagree");
#undef U
#undef S

static const struct {
	int16_t x86_64;
	const char *name;
} ia32[] = {
#define IA32(number, x86_64, name) [number] = { x86_64, #name },
#include "schema/ia32.def"
#undef IA32
};

const struct eyas_type_info *eyas_type_info(unsigned type)
{
	return type < COUNT(types) ? &types[type] : NULL;
}

const struct eyas_event_info *eyas_event_info(unsigned type)
{
	return type < COUNT(events) ? &events[type] : NULL;
}

int eyas_event_type_find(const char *constant)
{
	unsigned i;

	if (!strncmp(constant, "PPME_", 5))
		constant += 5;
	for (i = 0; i < COUNT(events); i++)
		if (!strcmp(events[i].constant, constant))
			return (int)i;
	return -1;
}

const struct eyas_flag_table *eyas_flag_table(unsigned index)
{
	return index < COUNT(flag_tables) ? &flag_tables[index] : NULL;
}

const struct eyas_flag_table *eyas_flag_table_find(const char *name)
{
	unsigned i;

	for (i = 0; i < COUNT(flag_tables); i++)
		if (!strcmp(flag_tables[i].name, name))
			return &flag_tables[i];
	return NULL;
}

const struct eyas_variant_table *eyas_variant_table(unsigned index)
{
	return index < COUNT(variant_tables) ? &variant_tables[index] : NULL;
}

const struct eyas_syscall_info *eyas_syscall_info(unsigned code)
{
	return code < COUNT(syscalls) && syscalls[code].name ? &syscalls[code] : NULL;
}

int eyas_ia32_to_x86_64(unsigned number)
{
	return number < COUNT(ia32) && ia32[number].name ? ia32[number].x86_64 : -1;
}

const char *eyas_ia32_name(unsigned number)
{
	const char *name = number < COUNT(ia32) ? ia32[number].name : NULL;

	return name && name[0] ? name : NULL;
}
