/* SPDX-License-Identifier: Apache-2.0 */
/* What the commands say when something is wrong, on standard error. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "cli/cli.h"

void cli_error(const char *fmt, ...)
{
	va_list ap;

	fputs("eyas: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
}

int cli_usage(const struct cli_command *command, const char *fmt, ...)
{
	va_list ap;

	fputs("eyas: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fprintf(stderr, "\nTry 'eyas help %s'.\n", command->name);
	return CLI_USAGE;
}

void cli_help(const struct cli_command *command)
{
	fputs(command->help, stdout);
}

int cli_bad_option(const struct cli_command *command, char **argv)
{
	const char *word = argv[optind - 1];

	/* A short option may be one of several in a word; getopt tells which it was. */
	if (word[0] == '-' && word[1] == '-')
		return cli_usage(command,
				 "%s: option '%s' is unknown, ambiguous or lacks its value",
				 command->name, word);
	return cli_usage(command, "%s: option '-%c' is unknown or lacks its value", command->name,
			 optopt);
}

/* The line of text that an error lies in: its first byte and its length. */
static const char *error_line(const char *text, const struct eyas_err *err, size_t *ret_len)
{
	uint32_t line;
	const char *end;

	for (line = 1; line < err->line && (end = strchr(text, '\n')); line++)
		text = end + 1;
	*ret_len = strcspn(text, "\n");
	return text;
}

/* The byte at which the character of a column, from 1, begins; the end when there is none. */
static size_t column_offset(const char *text, size_t len, uint32_t column)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (((unsigned char)text[i] & 0xc0) != 0x80 && !--column)
			break;
	return i;
}

/* How many characters wide a valid UTF-8 text is; close enough for a mark below it. */
static size_t characters(const char *text, size_t len)
{
	size_t i, n = 0;

	for (i = 0; i < len; i++)
		n += ((unsigned char)text[i] & 0xc0) != 0x80;
	return n;
}

void cli_show_error(const char *what, const char *text, const struct eyas_err *err)
{
	enum { LINE_MAX_SHOWN = 400 };
	struct eyas_str out = EYAS_STR_INIT;
	size_t len, before, mark;
	const char *line;

	if (!err->line || !err->column) {
		cli_error("%s: %s", what, err->text);
		return;
	}
	cli_error("%s, line %u, column %u: %s", what, err->line, err->column, err->text);
	line = error_line(text, err, &len);
	if (len > LINE_MAX_SHOWN)
		return;
	before = column_offset(line, len, err->column);
	eyas_str_puts(&out, "  ");
	eyas_str_safe(&out, line, before);
	mark = characters(out.data, out.len);
	eyas_str_safe(&out, line + before, len - before);
	if (!out.nomem)
		fprintf(stderr, "%.*s\n%*s^\n", (int)out.len, out.data, (int)mark, "");
	eyas_str_fini(&out);
}
