/* SPDX-License-Identifier: Apache-2.0 */
/* Errors in words: what they quote is made safe for a terminal, and fits whatever it is. */
#include "unit/harness.h"

#include <errno.h>
#include <string.h>

#include "base/err.h"

TEST(what_is_quoted_is_safe)
{
	struct eyas_err err;

	CHECK_INT(eyas_err_set(&err, -EINVAL, "file '%s'", "caf\xc3\xa9"), -EINVAL);
	CHECK_STR(err.text, "file 'caf\xc3\xa9'");
	CHECK_INT(eyas_err_at(&err, -EIO, 7, "file '%s'", "\x1b[2J\n\xff"), -EIO);
	CHECK_STR(err.text, "file '\\x1b[2J\\n\\xff'");
	CHECK_INT(err.code, -EIO);
	CHECK_INT(err.offset, 7);
	eyas_err_prefix(&err, "a\x9b\b");
	CHECK_STR(err.text, "a\\x9b\\x08: file '\\x1b[2J\\n\\xff'");
	CHECK_INT(eyas_err_set(NULL, -EIO, "nobody asks"), -EIO);
	CHECK_INT(eyas_err_at(NULL, -EIO, 7, "nobody asks"), -EIO);
	eyas_err_prefix(NULL, "nobody asks");
}

/* Escapes are four times as long as what they stand for. */
TEST(long_texts_are_cut)
{
	char text[1000];
	struct eyas_err err;

	memset(text, '\n', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	CHECK_INT(eyas_err_set(&err, -EINVAL, "%s", text), -EINVAL);
	CHECK_INT(strlen(err.text), sizeof(err.text) - 1);
	CHECK(!strncmp(err.text, "\\n\\n", 4));
	CHECK(!strchr(err.text, '\n'));
	memset(text, 'x', sizeof(text) - 1);
	CHECK_INT(eyas_err_set(&err, -EINVAL, "%s", text), -EINVAL);
	CHECK_INT(strlen(err.text), sizeof(err.text) - 1);
}
