/* SPDX-License-Identifier: Apache-2.0 */
/* Events as lines on standard output: options and printer of the commands that print. */
#ifndef CLI_OUTPUT_H
#define CLI_OUTPUT_H

#include "cli/cli.h"
#include "print/print.h"

struct cli_output {
	struct eyas_print_opts opts;
	bool all, bytes_set;
	const char *color, *escape;   /* "auto", "always" or "never" */
	struct eyas_printer *printer; /* NULL with --quiet */
	struct eyas_network *network; /* of the layout; NULL without one */
};

#define CLI_OUTPUT_INIT \
	{ \
		.color = "auto", .escape = "auto" \
	}

#define CLI_OUTPUT_SHORT "o:jp:t:xXAb"
/* clang-format off */
#define CLI_OUTPUT_LONG                                                \
	{ "output", required_argument, NULL, 'o' },                    \
	{ "json", no_argument, NULL, 'j' },                            \
	{ "print", required_argument, NULL, 'p' },                     \
	{ "time", required_argument, NULL, 't' },                      \
	{ "all", no_argument, NULL, CLI_OPT_ALL },                     \
	{ "print-bytes", required_argument, NULL, CLI_OPT_PRINT_BYTES }, \
	{ "print-hex", no_argument, NULL, 'x' },                       \
	{ "print-hex-ascii", no_argument, NULL, 'X' },                 \
	{ "print-ascii", no_argument, NULL, 'A' },                     \
	{ "print-base64", no_argument, NULL, 'b' },                    \
	{ "escape", required_argument, NULL, CLI_OPT_ESCAPE },         \
	{ "color", required_argument, NULL, CLI_OPT_COLOR },           \
	{ "unbuffered", no_argument, NULL, CLI_OPT_UNBUFFERED }
/* clang-format on */

/* Its lines above and below the one of --print-bytes, which has a short form in one command. */
#define CLI_OUTPUT_HELP \
	"  -o, --output FORMAT   text (default), json (an object a line), or raw (values only)\n" \
	"  -j, --json            the same as -o json\n" \
	"  -p, --print FORMAT    print FORMAT instead, with %FIELD for the value of a field\n" \
	"                        ('eyas list fields'); '*' in front: also when one is missing;\n" \
	"                        c: the default line with the container\n" \
	"  -t, --time FORMAT     h local time of day (default), i ISO 8601 in UTC, a seconds\n" \
	"                        since the epoch, r since the first event, D since the event\n" \
	"                        before, d between enter and exit (0: events arrive complete)\n" \
	"      --all             also events that only keep state\n"
#define CLI_OUTPUT_HELP_BYTES \
	"                        terminal without -v, -x, -X, -A and -b, else 0)\n" \
	"  -x, --print-hex       data buffers in hexadecimal\n" \
	"  -X, --print-hex-ascii data buffers in hexadecimal and as text\n" \
	"  -A, --print-ascii     data buffers as text, with their line ends\n" \
	"  -b, --print-base64    data buffers in base64\n" \
	"      --escape WHEN     escape what a terminal would obey: always, never; auto\n" \
	"                        (default): always, but with -p only control characters when\n" \
	"                        the output is no terminal\n" \
	"      --color WHEN      auto (default), always, never\n" \
	"      --unbuffered      write each line at once\n"

/* As cli_option_fn, for CLI_OUTPUT_*. */
int cli_output_option(struct cli_output *output, struct cli_input *input,
		      const struct cli_command *command, int opt, const char *arg);
/* Print what the options ask for, from opening the session to closing it; an exit status. */
int cli_output_run(struct cli_output *output, struct cli_input *input,
		   const struct cli_command *command);

#endif
