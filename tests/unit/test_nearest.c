/* SPDX-License-Identifier: Apache-2.0 */
/* The nearest name: what counts as an edit, how many are near, and texts that are too long. */
#include "unit/harness.h"

#include <string.h>

#include "base/nearest.h"

static const char *const names[] = { "proc.name", "proc.pname", "proc.args",  "evt.type",
				     "in",	  "exists",	"evt.type.is" };

static const char *name_at(void *ctx, size_t i)
{
	(void)ctx;
	return i < sizeof(names) / sizeof(names[0]) ? names[i] : NULL;
}

static const char *nearest(const char *text)
{
	const char *found = eyas_nearest(text, strlen(text), name_at, NULL);

	return found ? found : "none";
}

TEST(edits)
{
	static const struct {
		const char *text, *nearest;
	} rows[] = {
		{ "proc.name", "proc.name" },
		{ "PROC.NAME", "proc.name" },
		{ "proc.nam", "proc.name" },   /* left out */
		{ "prroc.name", "proc.name" }, /* added */
		{ "prox.name", "proc.name" },  /* replaced */
		{ "porc.name", "proc.name" },  /* exchanged */
		{ "porc.naem", "proc.name" },
		{ "rpoc.anem", "proc.name" },
		{ "rpoc.anme", "proc.name" },
		{ "rpoc.anmee", "proc.name" },
		{ "rpco.anmee", "none" },
		{ "proc.pnam", "proc.pname" },
		{ "proc.xname", "proc.name" }, /* as near as proc.pname, and the first */
		{ "evt.typ", "evt.type" },
		{ "evt.type.si", "evt.type.is" },
		{ "evt_typ", "evt.type" },
		{ "exist", "exists" },
		{ "exsts", "exists" },
		{ "ex", "none" },
		{ "is", "in" },
		{ "inn", "in" },
		{ "ni", "in" },
		{ "os", "none" },
		{ "i", "none" },
		{ "x", "none" },
		{ "", "none" },
		{ "something else", "none" },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		test_check_str(__FILE__, __LINE__, rows[i].text, nearest(rows[i].text),
			       rows[i].nearest);
}

static const char *long_name(void *ctx, size_t i)
{
	return i ? NULL : ctx;
}

/* 64 bytes are compared, 65 are not. A text need not be terminated, and may be any bytes. */
TEST(long_texts)
{
	char text[67], name[67];

	memset(text, 'a', sizeof(text));
	memset(name, 'a', sizeof(name));
	name[65] = '\0';
	CHECK(!eyas_nearest(text, 64, long_name, name));
	name[64] = '\0';
	CHECK(eyas_nearest(text, 64, long_name, name) == name);
	CHECK(!eyas_nearest(text, 65, long_name, name));
	CHECK(!eyas_nearest(text, SIZE_MAX, long_name, name));
	CHECK(eyas_nearest(text, 48, long_name, name) == name); /* 16 are left out */
	CHECK(!eyas_nearest(text, 47, long_name, name));
	memset(text, '\xff', sizeof(text));
	CHECK(!eyas_nearest(text, 64, long_name, name));
	name[0] = '\0';
	CHECK(!eyas_nearest(text, 1, long_name, name));
}

static uint32_t next_random(uint32_t *seed)
{
	*seed = *seed * 1664525 + 1013904223;
	return *seed >> 16;
}

/* Each character that is replaced is an edit: near up to a third of the text. */
TEST(edits_are_counted)
{
	char text[31], name[31];
	uint32_t seed = 1;
	unsigned edits, i, round;

	for (round = 0; round < 200; round++) {
		for (i = 0; i < 30; i++)
			name[i] = (char)('a' + (i + next_random(&seed) % 2 * 13) % 26);
		name[30] = '\0';
		memcpy(text, name, sizeof(text));
		edits = next_random(&seed) % 16;
		for (i = 0; i < edits; i++)
			text[2 * i] = '-';
		CHECK((eyas_nearest(text, 30, long_name, name) == name) == (edits <= 10));
	}
}
