/* SPDX-License-Identifier: Apache-2.0 */
/* RE2 for C. Memory that runs out is an error code or no match, never an exception. */
extern "C" {
#include "base/str.h"
}
#include "filter/regex.h"

#include <cerrno>
#include <cstdio>
#include <new>

#include <re2/re2.h>

/* Of one expression: its program and the automaton that is built while it runs. */
static constexpr int64_t max_memory = 2 << 20;

struct eyas_regex {
	RE2 re;

	eyas_regex(const re2::StringPiece &pattern, const RE2::Options &opts) : re(pattern, opts)
	{
	}
};

extern "C" int eyas_regex_new(const char *pattern, size_t len, struct eyas_regex **ret_regex,
			      char *why, size_t size)
try {
	RE2::Options opts;
	eyas_regex *regex;

	opts.set_posix_syntax(true);
	opts.set_longest_match(true);
	opts.set_log_errors(false);
	opts.set_max_mem(max_memory);
	regex = new eyas_regex(re2::StringPiece(pattern, len), opts);
	if (!regex->re.ok()) {
		snprintf(why, size, "%s", regex->re.error().c_str());
		delete regex;
		return -EINVAL;
	}
	*ret_regex = regex;
	return 0;
} catch (const std::bad_alloc &) {
	return -ENOMEM;
}

extern "C" void eyas_regex_free(struct eyas_regex *regex)
{
	delete regex;
}

static bool is_utf8(const char *text, size_t len)
{
	unsigned step;

	for (; len; text += step, len -= step) {
		step = static_cast<unsigned char>(*text) < 0x80 ? 1 : eyas_utf8_len(text, len);
		if (!step)
			return false;
	}
	return true;
}

static bool put_utf8(struct eyas_str *out, const char *text, size_t len)
{
	unsigned step;

	out->len = 0;
	for (; len; text += step, len -= step) {
		step = eyas_utf8_len(text, len);
		if (step) {
			eyas_str_add(out, text, step);
			continue;
		}
		eyas_str_puts(out, "\xef\xbf\xbd");
		step = 1;
	}
	return !out->nomem;
}

extern "C" bool eyas_regex_match(const struct eyas_regex *regex, const char *text, size_t len,
				 struct eyas_str *scratch)
try {
	if (!is_utf8(text, len)) {
		if (!put_utf8(scratch, text, len))
			return false;
		text = scratch->data;
		len = scratch->len;
	}
	return RE2::FullMatch(re2::StringPiece(text, len), regex->re);
} catch (const std::bad_alloc &) {
	return false;
}
