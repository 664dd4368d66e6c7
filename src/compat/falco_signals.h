/* SPDX-License-Identifier: Apache-2.0 */
/* What signals ask of a running Falco (reference/falco_cli_config.md, 4). */
#ifndef COMPAT_FALCO_SIGNALS_H
#define COMPAT_FALCO_SIGNALS_H

#include <signal.h>
#include <stdbool.h>

/*
 * Not 0 = the events are to end: by SIGINT or SIGTERM, or by falco_end(). For struct
 * eyas_session_opts.stop.
 */
extern volatile sig_atomic_t falco_ending;

/*
 * SIGINT and SIGTERM end the run, SIGUSR1 opens outputs anew, SIGHUP asks for a restart: wake_fd
 * gets a byte. A second SIGINT or SIGTERM does not wait for anything.
 */
void falco_catch_signals(void);
/* Where SIGHUP is told; -1 = nowhere. */
void falco_signals_wake(int fd);
/* Is the end wanted by a signal? */
bool falco_terminated(void);
/* End the events for another reason. */
void falco_end(void);
/* Events go on: after an end for another reason. */
void falco_begin(void);
/* Are outputs to be opened anew? Once each. */
bool falco_reopen_taken(void);

#endif
