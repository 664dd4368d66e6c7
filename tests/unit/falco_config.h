/* SPDX-License-Identifier: Apache-2.0 */
/* Loading configurations of Falco from texts: what both tests of them share. */
#ifndef TESTS_FALCO_CONFIG_H
#define TESTS_FALCO_CONFIG_H

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "compat/falco_config.h"
#include "unit/harness.h"

/* What was loaded last, and what was said of it. */
static struct falco_config config;
static struct eyas_err err;
static struct eyas_str said;
static const char *folder;

static void on_log(void *ctx, unsigned severity, const char *text)
{
	(void)ctx;
	eyas_str_printf(&said, "%u %s\n", severity, text);
}

static bool says(const char *text)
{
	bool found;

	eyas_str_putc(&said, '\0');
	found = strstr(said.data, text);
	said.len--;
	return found;
}

/* A text that stays for the next seven of them. */
static const char *made(const char *fmt, ...) EYAS_PRINTF(1, 2);
static const char *made(const char *fmt, ...)
{
	static char *texts[8];
	static unsigned next;
	char **text = &texts[next++ % 8];
	va_list args;

	free(*text);
	va_start(args, fmt);
	if (vasprintf(text, fmt, args) < 0)
		test_fail(__FILE__, __LINE__, "out of memory");
	va_end(args);
	return *text;
}

static const char *path_of(const char *name)
{
	if (!folder)
		folder = test_tmpdir();
	return made("%s/%s", folder, name);
}

static void write_file(const char *name, const char *text)
{
	FILE *file = fopen(path_of(name), "w");

	CHECK(file);
	CHECK(fputs(text, file) >= 0 && !fclose(file));
}

/* The file's path and up to eight options, NULL behind the last. */
static int load_path(const char *path, va_list options)
{
	const char *overrides[9];
	struct falco_config_opts opts = { .path = path, .overrides = overrides, .log = on_log };

	falco_config_fini(&config);
	said.len = 0;
	err.text[0] = '\0';
	while ((overrides[opts.noverrides] = va_arg(options, const char *)))
		CHECK(++opts.noverrides < 9);
	return falco_config_load(&opts, &config, &err);
}

static int load(const char *text, ...)
{
	va_list options;
	int res;

	write_file("main.yaml", text);
	va_start(options, text);
	res = load_path(path_of("main.yaml"), options);
	va_end(options);
	return res;
}

#define GOOD(...) CHECK_INT(load(__VA_ARGS__, NULL), 0)
#define BAD(words, ...) \
	do { \
		CHECK(load(__VA_ARGS__, NULL) < 0); \
		if (!strstr(err.text, words)) \
			CHECK_STR(err.text, words); \
	} while (0)

static const char *text_of(const struct falco_texts *texts)
{
	static char joined[1024];
	size_t i, len = 0;

	joined[0] = '\0';
	for (i = 0; i < texts->count; i++)
		len += (size_t)snprintf(joined + len, sizeof(joined) - len, "%s%s", i ? "|" : "",
					texts->texts[i]);
	return joined;
}

#endif
