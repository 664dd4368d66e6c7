/* SPDX-License-Identifier: Apache-2.0 */
/* What signals do to a command that reads events: they end the loop, so that files are whole. */
#include <signal.h>
#include <string.h>

#include "cli/cli.h"

volatile sig_atomic_t cli_stop;

static volatile sig_atomic_t passed_on, hangup_wanted, reopen_wanted;
static volatile pid_t command;

/* What the kernel sends itself, as for a key of the terminal, reaches the whole foreground. */
static bool is_from_process(const siginfo_t *info)
{
	return info->si_code <= 0;
}

static void on_signal(int signum, siginfo_t *info, void *ucontext)
{
	(void)ucontext;
	if (command && !passed_on) {
		passed_on = signum;
		if (is_from_process(info))
			kill(command, signum);
		return;
	}
	/* One more does not wait for the loop. */
	if (cli_stop) {
		signal(signum, SIG_DFL);
		raise(signum);
	}
	cli_stop = signum;
}

/* The terminal is gone: that is the end. A process that sends it means the log files. */
static void on_hangup(int signum, siginfo_t *info, void *ucontext)
{
	if (is_from_process(info))
		hangup_wanted = 1;
	else
		on_signal(signum, info, ucontext);
}

static void catch (int signum, void (*handler)(int, siginfo_t *, void *))
{
	/* No SA_RESTART: a read that waits on a pipe must return so that the loop can end. */
	struct sigaction act = { .sa_sigaction = handler, .sa_flags = SA_SIGINFO };

	sigaction(signum, &act, NULL);
}

void cli_catch_signals(void)
{
	catch (SIGINT, on_signal);
	catch (SIGTERM, on_signal);
}

void cli_catch_hangup(void)
{
	struct sigaction old;

	/* Started by nohup(1): not to be told at all. */
	if (!sigaction(SIGHUP, NULL, &old) && !(old.sa_flags & SA_SIGINFO) &&
	    old.sa_handler == SIG_IGN)
		return;
	catch (SIGHUP, on_hangup);
}

bool cli_hangup_taken(void)
{
	bool wanted = hangup_wanted;

	hangup_wanted = 0;
	return wanted;
}

void cli_pass_signals_to(pid_t pid)
{
	command = pid;
}

static void on_reopen(int signum, siginfo_t *info, void *ucontext)
{
	(void)signum, (void)info, (void)ucontext;
	reopen_wanted = 1;
}

void cli_catch_reopen(void)
{
	catch (SIGUSR1, on_reopen);
}

bool cli_reopen_taken(void)
{
	bool wanted = reopen_wanted;

	reopen_wanted = 0;
	return wanted;
}
