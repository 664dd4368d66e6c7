/* SPDX-License-Identifier: Apache-2.0 */
/* Watching files by inotify. */
#include "compat/falco_watch.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "base/err.h"
#include "compat/falco_log.h"

/*
 * A change is over when nothing has happened for so long; editors write in several steps. A file
 * that is gone is looked for so often.
 */
enum { QUIET_MS = 100, GONE_MS = 1000 };

struct falco_watch {
	struct falco_watch_opts opts; /* but for its lists, which are those below */
	struct falco_paths files, folders;
	int inotify, wake[2]; /* a byte in the pipe: look */
	pthread_t thread;
	bool running; /* there is a thread */
	int last_wd;  /* of what is watched */
	bool fresh;   /* something is watched that was not there before */
	atomic_bool stop, restart;
	pthread_mutex_t lock; /* of the two below */
	struct eyas_str failure;
	bool failed;
};

/* ---- what is watched ---- */

static int watch_path(struct falco_watch *watch, const char *path, uint32_t mask, const char *what,
		      struct eyas_err *reterr)
{
	int wd = inotify_add_watch(watch->inotify, path, mask);

	if (wd < 0)
		return eyas_err_set(reterr, -errno, "could not watch %s: %s: %s", what, path,
				    strerror(errno));
	/* What is watched already keeps its number; others get the next one. */
	watch->fresh |= wd > watch->last_wd;
	if (wd > watch->last_wd)
		watch->last_wd = wd;
	return 0;
}

static void watch_list(struct falco_watch *watch, const struct falco_paths *paths, uint32_t mask,
		       const char *what, int *err, struct eyas_err *reterr)
{
	size_t i;
	int res;

	for (i = 0; i < paths->count; i++) {
		res = watch_path(watch, paths->paths[i], mask, what, *err ? NULL : reterr);
		if (!*err)
			*err = res;
	}
}

/*
 * All of it, also what is watched already: a name may have become another file's. The first failure;
 * the rest is watched all the same.
 */
static int watch_all(struct falco_watch *watch, struct eyas_err *reterr)
{
	int err = 0;

	watch_list(watch, &watch->files, IN_CLOSE_WRITE | IN_MOVE_SELF | IN_DELETE_SELF, "file",
		   &err, reterr);
	watch_list(watch, &watch->folders, IN_CREATE | IN_DELETE | IN_MOVE, "directory", &err,
		   reterr);
	return err;
}

static void tell_watched(const struct falco_watch *watch)
{
	size_t i;

	for (i = 0; i < watch->files.count; i++)
		falco_log(FALCO_DEBUG, "Watching file '%s'", watch->files.paths[i]);
	for (i = 0; i < watch->folders.count; i++)
		falco_log(FALCO_DEBUG, "Watching directory '%s'", watch->folders.paths[i]);
}

/* ---- the thread ---- */

/* What came in is of no interest, only that something did. */
static void empty(int fd)
{
	char bytes[16 * (sizeof(struct inotify_event) + NAME_MAX + 1)];

	while (read(fd, bytes, sizeof(bytes)) > 0)
		;
}

/* Has something come within timeout_ms (-1: wait for it)? */
static bool wait_for_change(struct falco_watch *watch, int timeout_ms)
{
	struct pollfd fds[] = { { watch->inotify, POLLIN, 0 }, { watch->wake[0], POLLIN, 0 } };
	int n;

	do
		n = poll(fds, 2, timeout_ms);
	while (n < 0 && errno == EINTR);
	if (n <= 0)
		return false;
	empty(watch->inotify);
	empty(watch->wake[0]);
	return true;
}

static bool try_restart(struct falco_watch *watch)
{
	struct eyas_str failure = EYAS_STR_INIT;
	bool ok = watch->opts.check(watch->opts.check_ctx, &failure);

	if (!ok) {
		pthread_mutex_lock(&watch->lock);
		eyas_str_fini(&watch->failure);
		watch->failure = failure;
		watch->failed = true;
		pthread_mutex_unlock(&watch->lock);
	} else {
		eyas_str_fini(&failure);
	}
	return ok;
}

/* Until something changes, which it also does when what was gone is there again. */
static void wait_for_reason(struct falco_watch *watch)
{
	int err;

	do {
		err = watch_all(watch, NULL);
	} while (!watch->fresh && !wait_for_change(watch, err ? GONE_MS : -1));
}

/* A change during the trial, or right after it, begins everything anew. */
static void *run(void *ctx)
{
	struct falco_watch *watch = ctx;
	bool ok;

	for (;;) {
		wait_for_reason(watch);
		do {
			while (!watch->stop && wait_for_change(watch, QUIET_MS))
				;
			if (watch->stop)
				return NULL;
			/* What is tried is what is watched from now on. */
			(void)watch_all(watch, NULL);
			watch->fresh = false;
			ok = try_restart(watch);
		} while (wait_for_change(watch, QUIET_MS));
		if (watch->stop)
			return NULL;
		if (ok) {
			watch->restart = true;
			return NULL;
		}
	}
}

/* ---- from outside ---- */

/* Signals are for the thread that reads events. */
static int start_thread(struct falco_watch *watch)
{
	sigset_t all, old;
	int err;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	err = pthread_create(&watch->thread, NULL, run, watch);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	watch->running = !err;
	return -err;
}

static int copy_paths(struct falco_paths *to, const struct falco_paths *from)
{
	int err = 0;
	size_t i;

	for (i = 0; !err && from && i < from->count; i++)
		err = falco_paths_add(to, from->paths[i]);
	return err;
}

int falco_watch_start(const struct falco_watch_opts *opts, struct falco_watch **ret_watch,
		      struct eyas_err *reterr)
{
	struct falco_watch *watch = calloc(1, sizeof(*watch));
	int err;

	if (!watch)
		return eyas_err_set(reterr, -ENOMEM, "%s", eyas_strerror(-ENOMEM));
	watch->opts = *opts;
	watch->wake[0] = watch->wake[1] = -1;
	pthread_mutex_init(&watch->lock, NULL);
	watch->inotify = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (watch->inotify < 0 || pipe2(watch->wake, O_NONBLOCK | O_CLOEXEC))
		err = eyas_err_set(reterr, -errno, "could not initialize inotify handler: %s",
				   strerror(errno));
	else if (copy_paths(&watch->files, opts->files) ||
		 copy_paths(&watch->folders, opts->folders))
		err = eyas_err_set(reterr, -ENOMEM, "%s", eyas_strerror(-ENOMEM));
	else
		err = watch_all(watch, reterr);
	if (!err) {
		watch->fresh = false;
		tell_watched(watch);
		err = start_thread(watch);
		if (err)
			eyas_err_set(reterr, err, "could not start a thread: %s",
				     eyas_strerror(err));
	}
	if (err)
		falco_watch_stop(watch);
	else
		*ret_watch = watch;
	return err;
}

int falco_watch_wake_fd(const struct falco_watch *watch)
{
	return watch->wake[1];
}

bool falco_watch_restart_wanted(const struct falco_watch *watch)
{
	return watch->restart;
}

bool falco_watch_failure_taken(struct falco_watch *watch, struct eyas_str *failure)
{
	bool failed;

	pthread_mutex_lock(&watch->lock);
	failed = watch->failed;
	watch->failed = false;
	if (failed)
		eyas_str_add(failure, watch->failure.data, watch->failure.len);
	pthread_mutex_unlock(&watch->lock);
	return failed;
}

static void close_fd(int fd)
{
	if (fd >= 0)
		close(fd);
}

void falco_watch_stop(struct falco_watch *watch)
{
	if (!watch)
		return;
	watch->stop = true;
	if (watch->running) {
		(void)!write(watch->wake[1], "", 1);
		pthread_join(watch->thread, NULL);
	}
	close_fd(watch->inotify);
	close_fd(watch->wake[0]);
	close_fd(watch->wake[1]);
	pthread_mutex_destroy(&watch->lock);
	eyas_str_fini(&watch->failure);
	falco_paths_fini(&watch->files);
	falco_paths_fini(&watch->folders);
	free(watch);
}
