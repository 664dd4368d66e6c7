/* SPDX-License-Identifier: Apache-2.0 */
/* The recipes of exit events against the schema: nothing forgotten, nothing said twice. */
#include "unit/harness.h"

#include <eyas/schema.h>

#include <string.h>

#include "schema/ids.h"

/* How often each list names each code. */
static const struct row {
	const char *constant, *recipe; /* recipe is NULL for a program of its own */
	unsigned code;
} rows[] = {
#define RECIPE(code, recipe) { #code, recipe, EYAS_SYS_##code },
#define SPECIFIC(code) { #code, NULL, EYAS_SYS_##code },
#include "schema/recipes.def"
#undef RECIPE
#undef SPECIFIC
};
#define ROWS (sizeof(rows) / sizeof(rows[0]))

static bool is_string(unsigned type)
{
	return type == EYAS_PT_CHARBUF || type == EYAS_PT_FSPATH || type == EYAS_PT_FSRELPATH;
}

static bool is_integer(unsigned type)
{
	unsigned kind = eyas_type_info(type)->kind;

	return kind == EYAS_KIND_SINT || kind == EYAS_KIND_UINT;
}

TEST(every_code_is_in_one_list)
{
	unsigned named[EYAS_SYSCALL_CODES] = { 0 };
	const struct eyas_syscall_info *call;
	unsigned code, i, with_event = 0;

	for (i = 0; i < ROWS; i++)
		named[rows[i].code]++;
	for (code = 0; code < EYAS_SYSCALL_CODES; code++) {
		bool wanted;

		call = eyas_syscall_info(code);
		wanted = call && call->kind == EYAS_SC_SYSCALL && call->exit > EYAS_EV_GENERIC_X;
		with_event += wanted;
		if (named[code] != wanted)
			test_fail(__FILE__, __LINE__, "%s is in %u rows, not in %d",
				  call ? call->constant : "an unknown code", named[code], wanted);
	}
	/* The schema has not shrunk to nothing. */
	CHECK(with_event > 150);
	CHECK_INT(ROWS, with_event);
}

TEST(recipes_fit_their_events)
{
	unsigned i, p;

	for (i = 0; i < ROWS; i++) {
		const struct eyas_syscall_info *call = eyas_syscall_info(rows[i].code);
		const struct eyas_event_info *event = eyas_event_info((unsigned)call->exit);
		const char *recipe = rows[i].recipe;

		if (!recipe)
			continue;
		if (strlen(recipe) != event->nparams)
			test_fail(__FILE__, __LINE__, "%s: %zu characters for %u parameters",
				  call->constant, strlen(recipe), event->nparams);
		for (p = 0; p < event->nparams; p++) {
			unsigned type = event->params[p].type;
			char from = recipe[p];
			bool argument = from >= '0' && from <= '5';
			bool low = from >= 'A' && from <= 'F';
			bool ok;

			if (is_string(type))
				ok = argument || from == 'm';
			else if (is_integer(type))
				/* What is to be cut must be longer than the rest. */
				ok = argument || from == 'r' || from == 'z' || from == 'm' ||
				     (low && eyas_type_info(type)->size == 8);
			else
				ok = from == 'm';
			if (!ok)
				test_fail(__FILE__, __LINE__, "%s: '%c' for %s, a %s",
					  call->constant, from, event->params[p].name,
					  eyas_type_info(type)->name);
		}
	}
}

/* The result comes first wherever there is one, and nowhere else. */
TEST(result_is_the_first_parameter)
{
	unsigned i;

	for (i = 0; i < ROWS; i++) {
		const char *recipe = rows[i].recipe;

		if (!recipe || !*recipe)
			continue;
		if (recipe[0] != 'r' || strchr(recipe + 1, 'r'))
			test_fail(__FILE__, __LINE__, "%s: \"%s\"", rows[i].constant, recipe);
	}
}

/* A relative path stands next to its directory among the arguments, as in all these calls. */
TEST(paths_follow_their_directories)
{
	unsigned i, p, seen = 0;

	for (i = 0; i < ROWS; i++) {
		const struct eyas_syscall_info *call = eyas_syscall_info(rows[i].code);
		const struct eyas_event_info *event = eyas_event_info((unsigned)call->exit);
		const char *recipe = rows[i].recipe;

		for (p = 0; recipe && p < event->nparams; p++) {
			int dir = event->params[p].dirfd;

			if (dir < 0)
				continue;
			seen++;
			if (recipe[p] != recipe[dir] + 1)
				test_fail(__FILE__, __LINE__, "%s: %s is argument %c",
					  call->constant, event->params[p].name, recipe[p]);
		}
	}
	CHECK(seen >= 10);
}
