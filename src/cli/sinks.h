/* SPDX-License-Identifier: Apache-2.0 */
/* --sink and --sink-opt: where the alerts of a command go. */
#ifndef CLI_SINKS_H
#define CLI_SINKS_H

#include "cli/cli.h"
#include "output/sink.h"

enum { CLI_SINKS_MAX = 16 };

struct cli_sinks {
	struct output_sink_opts sinks[CLI_SINKS_MAX];
	size_t count;
};

/* "stdout", "file=PATH", "syslog", "program=COMMAND", "http=URL"; CLI_OK, or CLI_USAGE, said. */
int cli_sink_add(struct cli_sinks *sinks, const struct cli_command *command, const char *arg);
/* "KEY=VALUE", of the sink that was named last. */
int cli_sink_set(struct cli_sinks *sinks, const struct cli_command *command, const char *arg);

#define CLI_SINKS_HELP \
	"      --sink SINK       where alerts go, again for more: stdout (default), file=PATH,\n" \
	"                        syslog, program=COMMAND, http=URL\n" \
	"      --sink-opt K=V    an option of the --sink in front of it: keep-alive=yes,\n" \
	"                        queue-lines=N, queue-bytes=SIZE, timeout=SECS, retries=N,\n" \
	"                        retry-pause=SECS, grace=SECS, ident=NAME; of http:\n" \
	"                        user-agent=TEXT, insecure=yes, ca=FILE, ca-path=DIR, " \
	"cert=FILE,\n" \
	"                        key=FILE, compress=yes, echo=yes, request-timeout=SECS\n"

#endif
