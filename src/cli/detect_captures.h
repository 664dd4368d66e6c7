/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Captures of eyas detect: all events (-w), and what happens around alerts (--capture-*). In order:
 * options, settle, begin (the session is open), attach, the run, end, show.
 */
#ifndef CLI_DETECT_CAPTURES_H
#define CLI_DETECT_CAPTURES_H

#include "cli/recording.h"
#include "detect/captures.h"

struct cli_detect_captures {
	struct cli_recording recording;
	struct detect_captures_opts opts;
	bool set; /* an option that needs a prefix was given */
	/* Of the run. */
	struct detect_captures *captures; /* NULL = alerts begin none */
	struct eyas_dump_stats written;
};

/* clang-format off */
#define CLI_DETECT_CAPTURES_LONG                                               \
	CLI_RECORDING_LONG,                                                    \
	{ "capture-prefix", required_argument, NULL, CLI_OPT_CAPTURE_PREFIX }, \
	{ "capture-mode", required_argument, NULL, CLI_OPT_CAPTURE_MODE },     \
	{ "capture-seconds", required_argument, NULL, CLI_OPT_CAPTURE_SECONDS }, \
	{ "capture-before", required_argument, NULL, CLI_OPT_CAPTURE_BEFORE }, \
	{ "capture-memory", required_argument, NULL, CLI_OPT_CAPTURE_MEMORY }, \
	{ "capture-max-size", required_argument, NULL, CLI_OPT_CAPTURE_MAX_SIZE }, \
	{ "capture-max-files", required_argument, NULL, CLI_OPT_CAPTURE_MAX_FILES }
/* clang-format on */
#define CLI_DETECT_CAPTURES_HELP \
	"      --capture-prefix P  begin a capture, P_TIME_NUMBER.scap, when a rule matches " \
	"that\n" \
	"                        asks for one\n" \
	"      --capture-mode M  rules (default): those with 'capture: true'; all: any\n" \
	"      --capture-seconds N   behind the last alert (default 5); rules may say otherwise\n" \
	"      --capture-before N    seconds before the alert (default 5)\n" \
	"      --capture-memory SIZE for these (default 16M)\n" \
	"      --capture-max-size SIZE  of one of them; without, as large as it gets\n" \
	"      --capture-max-files N    begin no more than N (default 1000)\n" \
	"  -w, --write OUT       also write all events to OUT; '-' is standard " \
	"output\n" CLI_RECORDING_HELP

void cli_detect_captures_init(struct cli_detect_captures *captures);
/* CLI_OK, CLI_USAGE, or -1 when the option is none of these. */
int cli_detect_captures_option(struct cli_detect_captures *captures,
			       const struct cli_command *command, int opt, const char *arg);
/* Before the session opens: do the options go together? CLI_OK, or CLI_USAGE, said. */
int cli_detect_captures_settle(struct cli_detect_captures *captures,
			       const struct cli_command *command, struct cli_input *input);
/* Is all that -w writes on standard output? */
bool cli_detect_captures_on_stdout(const struct cli_detect_captures *captures);
/*
 * Is there a capture that shall have all of --syscalls, also what no rule is about? Nobody would
 * name them for the rules' sake.
 */
bool cli_detect_captures_want_chosen(const struct cli_detect_captures *captures,
				     const struct cli_input *input);
/* Make them, for a detector; the rules are as they shall be. CLI_OK, or an exit status, said. */
int cli_detect_captures_begin(struct cli_detect_captures *captures, struct eyas_session *session,
			      const struct eyas_rules *rules, struct eyas_alerts *alerts);
/* Close the files; status as the run ended, returns what it is now. */
int cli_detect_captures_end(struct cli_detect_captures *captures, int status);
/* What came of them, behind the end. */
void cli_detect_captures_show(const struct cli_detect_captures *captures,
			      const struct cli_input *input);
void cli_detect_captures_fini(struct cli_detect_captures *captures);

#endif
