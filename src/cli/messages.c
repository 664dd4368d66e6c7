/* SPDX-License-Identifier: Apache-2.0 */
/* What the commands say when something is wrong, on standard error. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "cli/cli.h"

/* "eyas: ..." as a line; what it quotes may hold anything, so that it is escaped. */
static void say(const char *fmt, va_list ap)
{
	struct eyas_str safe = EYAS_STR_INIT;
	char text[2048];

	vsnprintf(text, sizeof(text), fmt, ap);
	eyas_str_puts(&safe, "eyas: ");
	eyas_str_safe(&safe, text, strlen(text));
	eyas_str_putc(&safe, '\n');
	fwrite(safe.data, 1, safe.len, stderr);
	eyas_str_fini(&safe);
}

void cli_error(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(fmt, ap);
	va_end(ap);
}

int cli_usage(const struct cli_command *command, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(fmt, ap);
	va_end(ap);
	fprintf(stderr, "Try 'eyas help %s'.\n", command->name);
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
	if (!len || len > LINE_MAX_SHOWN)
		return;
	before = column_offset(line, len, err->column);
	eyas_str_puts(&out, "  ");
	eyas_str_safe(&out, line, before);
	/* As wide as it has characters: close enough for a mark below it. */
	mark = eyas_utf8_count(out.data, out.len);
	eyas_str_safe(&out, line + before, len - before);
	if (!out.nomem)
		fprintf(stderr, "%.*s\n%*s^\n", (int)out.len, out.data, (int)mark, "");
	eyas_str_fini(&out);
}
