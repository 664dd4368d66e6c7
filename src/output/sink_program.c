/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A sink that is a program: lines go to the standard input of a command of the shell, one command
 * for all or one for each. It runs in a process group of its own, so that it ends as a whole.
 */
#include "output/sink_stream.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"

extern char **environ;

/* After SIGTERM, before SIGKILL. */
#define TERM_NS UINT64_C(300000000)
/* How often an end is looked for where the kernel cannot wake us (before Linux 5.3). */
#define LOOK_MS 20

struct program_state {
	struct output_sink *sink;
	struct sink_stream stream; /* into its standard input */
	pid_t pid;		   /* 0 = none runs */
	int pidfd;
	uint64_t started_ns;
	uint64_t not_before_ns, pause_ns; /* of the next start, after one that ended soon */
	int last_status;		  /* as told, -1 = none was */
};

static int program_open(struct output_sink *sink, void **ret_state, struct eyas_err *reterr)
{
	struct program_state *state;

	if (!sink_opts(sink)->target)
		return eyas_err_set(reterr, EYAS_E_USAGE, "a program as output needs a command");
	state = calloc(1, sizeof(*state));
	if (!state)
		return eyas_err_set(reterr, -ENOMEM, "%s", eyas_strerror(-ENOMEM));
	state->sink = sink;
	state->stream.fd = state->pidfd = -1;
	state->last_status = -1;
	*ret_state = state;
	return 0;
}

/* ---- starting ---- */

/* The thread's blocked signals are not the program's, and it may die of a broken pipe. */
static int spawn_with(struct program_state *state, int input, posix_spawnattr_t *attr,
		      posix_spawn_file_actions_t *actions)
{
	char *argv[] = { "sh", "-c", (char *)sink_opts(state->sink)->target, NULL };
	sigset_t none, pipe_only;

	sigemptyset(&none);
	sigemptyset(&pipe_only);
	sigaddset(&pipe_only, SIGPIPE);
	posix_spawnattr_setflags(attr, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK |
					       POSIX_SPAWN_SETSIGDEF);
	posix_spawnattr_setpgroup(attr, 0);
	posix_spawnattr_setsigmask(attr, &none);
	posix_spawnattr_setsigdefault(attr, &pipe_only);
	if (posix_spawn_file_actions_adddup2(actions, input, STDIN_FILENO))
		return -ENOMEM;
	return -posix_spawn(&state->pid, "/bin/sh", actions, attr, argv, environ);
}

static int spawn(struct program_state *state, int input)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;
	int code = -ENOMEM;

	if (posix_spawnattr_init(&attr))
		return code;
	if (!posix_spawn_file_actions_init(&actions)) {
		code = spawn_with(state, input, &attr, &actions);
		posix_spawn_file_actions_destroy(&actions);
	}
	posix_spawnattr_destroy(&attr);
	return code;
}

static int start(struct program_state *state)
{
	int fds[2], code;

	if (eyas_clock_ns(CLOCK_MONOTONIC) < state->not_before_ns &&
	    !sink_pause(state->sink, state->not_before_ns))
		return -ECANCELED;
	/* Descriptor 0 may be closed: an end there would be lost to dup2(), which does nothing. */
	if (pipe2(fds, O_CLOEXEC))
		return -errno;
	if (fds[0] == STDIN_FILENO) {
		fds[0] = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
		close(STDIN_FILENO);
	}
	code = fds[0] < 0 ? -errno : spawn(state, fds[0]);
	if (fds[0] >= 0)
		close(fds[0]);
	if (code < 0) {
		state->pid = 0;
		close(fds[1]);
		return code;
	}
	fcntl(fds[1], F_SETFL, O_NONBLOCK);
	state->stream = (struct sink_stream){ .fd = fds[1] };
	state->pidfd = (int)syscall(SYS_pidfd_open, state->pid, 0);
	if (state->pidfd >= 0)
		fcntl(state->pidfd, F_SETFD, FD_CLOEXEC);
	state->started_ns = eyas_clock_ns(CLOCK_MONOTONIC);
	sink_count(state->sink, SINK_STARTS, 1);
	return 0;
}

/* ---- ending ---- */

static void tell_status(struct program_state *state, int status)
{
	bool told = status == state->last_status;

	state->last_status = status;
	if (status)
		sink_count(state->sink, SINK_REFUSED, 1);
	if (told)
		return;
	if (WIFSIGNALED(status))
		sink_note(state->sink, 4, "ended by signal %d", WTERMSIG(status));
	else if (status || sink_opts(state->sink)->keep_alive)
		sink_note(state->sink, status ? 4 : 5, "ended with status %d", WEXITSTATUS(status));
}

/* One that ends soon, again and again, is started in growing intervals. */
static void set_pause(struct program_state *state)
{
	const struct output_sink_opts *opts = sink_opts(state->sink);
	uint64_t now = eyas_clock_ns(CLOCK_MONOTONIC);

	if (now - state->started_ns >= opts->retry_max_ns)
		state->pause_ns = 0;
	state->pause_ns = state->pause_ns ? state->pause_ns * 2 : opts->retry_ns;
	if (state->pause_ns > opts->retry_max_ns)
		state->pause_ns = opts->retry_max_ns;
	state->not_before_ns = now + state->pause_ns;
}

/* Returns how much of its input it has not read so far. */
static int shut_input(struct program_state *state)
{
	int unread = 0;

	if (state->stream.fd < 0)
		return 0;
	if (ioctl(state->stream.fd, FIONREAD, &unread))
		unread = 0;
	close(state->stream.fd);
	state->stream.fd = -1;
	return unread;
}

static void tell_unread(struct program_state *state, int bytes)
{
	if (bytes <= 0)
		return;
	sink_count(state->sink, SINK_UNREAD, (uint64_t)bytes);
	sink_note(state->sink, 3, "%d bytes of lines were not read", bytes);
}

static void on_end(struct program_state *state, int status)
{
	state->pid = 0;
	if (state->pidfd >= 0)
		close(state->pidfd);
	state->pidfd = -1;
	tell_status(state, status);
	tell_unread(state, shut_input(state));
	if (sink_opts(state->sink)->keep_alive)
		set_pause(state);
}

/* Has it ended? Then it is reaped. */
static bool reap(struct program_state *state)
{
	int status = 0;
	pid_t pid;

	if (!state->pid)
		return true;
	do
		pid = waitpid(state->pid, &status, WNOHANG);
	while (pid < 0 && errno == EINTR);
	if (!pid)
		return false;
	/* Where somebody ignores SIGCHLD, nobody learns the status. */
	on_end(state, pid < 0 ? 0 : status);
	return true;
}

/* Until it has ended, the time is over, or, with cancellable, the sink is cancelled. */
static bool wait_end(struct program_state *state, uint64_t until_ns, bool cancellable)
{
	struct pollfd fds[2] = { { .fd = state->pidfd, .events = POLLIN },
				 { .fd = cancellable ? sink_cancel_fd(state->sink) : -1,
				   .events = POLLIN } };
	uint64_t now, left;
	int ms;

	while (!reap(state)) {
		now = eyas_clock_ns(CLOCK_MONOTONIC);
		if (now >= until_ns || (cancellable && sink_cancelled(state->sink)))
			return false;
		left = (until_ns - now + 999999) / 1000000;
		ms = left > 10000 ? 10000 : (int)left;
		if (state->pidfd < 0 && ms > LOOK_MS)
			ms = LOOK_MS;
		poll(fds, 2, ms);
	}
	return true;
}

/* End it: it sees the end of its input, and has time for that unless the sink is in a hurry. */
static void finish(struct program_state *state)
{
	uint64_t grace = sink_opts(state->sink)->grace_ns;
	int unread = shut_input(state);

	if (!state->pid || wait_end(state, eyas_clock_ns(CLOCK_MONOTONIC) + grace, true))
		return;
	tell_unread(state, unread);
	kill(-state->pid, SIGTERM);
	if (wait_end(state, eyas_clock_ns(CLOCK_MONOTONIC) + TERM_NS, false))
		return;
	kill(-state->pid, SIGKILL);
	wait_end(state, OUTPUT_NO_LIMIT, false);
}

/* ---- lines ---- */

static int failed(int code, struct eyas_err *reterr)
{
	/* Not for good: it is started again. */
	if (code == -EPIPE)
		return eyas_err_set(reterr, -ECONNRESET, "the program takes nothing");
	return eyas_err_set(reterr, code, "%s", eyas_strerror(code));
}

static int put_kept(struct program_state *state, const struct sink_batch *batch,
		    struct eyas_err *reterr)
{
	int res = 0;

	if (reap(state))
		res = start(state);
	if (res < 0)
		return failed(res, reterr);
	res = sink_stream_put(state->sink, &state->stream, batch, reterr);
	if (res < 0 && res != -ECANCELED)
		finish(state);
	return res < 0 ? failed(res, reterr) : res;
}

/*
 * One line, one program. That it did not read it all is its own affair, and so is for how long it
 * runs.
 */
static int put_one(struct program_state *state, const struct sink_batch *batch,
		   struct eyas_err *reterr)
{
	struct sink_batch first = *batch;
	int res = start(state);

	if (res < 0)
		return failed(res, reterr);
	first.count = 1;
	res = sink_stream_put(state->sink, &state->stream, &first, reterr);
	close(state->stream.fd);
	state->stream.fd = -1;
	if (!wait_end(state, OUTPUT_NO_LIMIT, true))
		return failed(-ECANCELED, reterr);
	return res < 0 && res != -EPIPE ? failed(res, reterr) : 1;
}

static int program_put(void *ctx, const struct sink_batch *batch, struct eyas_err *reterr)
{
	struct program_state *state = ctx;

	if (sink_opts(state->sink)->keep_alive)
		return put_kept(state, batch, reterr);
	return put_one(state, batch, reterr);
}

static void program_reopen(void *ctx)
{
	struct program_state *state = ctx;

	finish(state);
	state->not_before_ns = state->pause_ns = 0;
}

static void program_close(void *ctx)
{
	finish(ctx);
	free(ctx);
}

const struct sink_backend sink_program = { .open = program_open,
					   .put = program_put,
					   .reopen = program_reopen,
					   .close = program_close,
					   .retries = 10 };
