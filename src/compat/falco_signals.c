/* SPDX-License-Identifier: Apache-2.0 */
/* Signals, as flags that the loop looks at. */
#include "compat/falco_signals.h"

#include <errno.h>
#include <unistd.h>

#include "compat/falco_log.h"

volatile sig_atomic_t falco_ending;

static volatile sig_atomic_t terminated, reopen_wanted, wake = -1;

static void on_end(int signum)
{
	/* One more does not wait for the loop. */
	if (terminated) {
		signal(signum, SIG_DFL);
		raise(signum);
	}
	terminated = 1;
	falco_ending = 1;
}

static void on_reopen(int signum)
{
	(void)signum;
	reopen_wanted = 1;
}

static void on_restart(int signum)
{
	int saved = errno, fd = wake;

	(void)signum;
	/* A pipe that is full has been written to already. */
	if (fd >= 0)
		(void)!write(fd, "", 1);
	errno = saved;
}

static void catch (int signum, void (*handler)(int))
{
	/* No SA_RESTART: a read that waits on a pipe must return so that the loop can end. */
	struct sigaction act = { .sa_handler = handler };

	sigaction(signum, &act, NULL);
}

void falco_catch_signals(void)
{
	catch (SIGINT, on_end);
	catch (SIGTERM, on_end);
	catch (SIGUSR1, on_reopen);
	catch (SIGHUP, on_restart);
}

void falco_signals_wake(int fd)
{
	wake = fd;
}

bool falco_terminated(void)
{
	return terminated;
}

void falco_end(void)
{
	falco_ending = 1;
}

void falco_begin(void)
{
	falco_ending = 0;
	/* A signal may have come in between. */
	if (terminated)
		falco_ending = 1;
}

bool falco_reopen_taken(void)
{
	if (!reopen_wanted)
		return false;
	reopen_wanted = 0;
	falco_log(FALCO_INFO, "SIGUSR1 received, reopening outputs...");
	return true;
}
