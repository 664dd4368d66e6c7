/* SPDX-License-Identifier: Apache-2.0 */
/* The command behind "--" of eyas record: found, started, waited for. */
#include "cli/child.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/cli.h"

static bool is_program(const char *path, bool *ret_exists)
{
	struct stat file;

	if (stat(path, &file))
		return false;
	*ret_exists = true;
	return S_ISREG(file.st_mode) && !access(path, X_OK);
}

/*
 * As execvp() does it, but before anything is recorded: a recording of a search through PATH
 * would begin with a handful of failures. NULL, with errno, if there is none.
 */
static char *find_program(const char *name)
{
	const char *dirs = getenv("PATH"), *end;
	bool exists = false;
	char *path;

	if (strchr(name, '/')) {
		if (is_program(name, &exists))
			return strdup(name);
		errno = exists ? EACCES : errno;
		return NULL;
	}
	for (dirs = dirs ? dirs : "/usr/bin:/bin"; *name; dirs = end + 1) {
		end = strchrnul(dirs, ':');
		if (asprintf(&path, "%.*s%s%s", (int)(end - dirs), dirs, end > dirs ? "/" : "./",
			     name) < 0)
			return NULL;
		if (is_program(path, &exists))
			return path;
		free(path);
		if (!*end)
			break;
	}
	errno = exists ? EACCES : ENOENT;
	return NULL;
}

static int cannot_run(const char *name, int err)
{
	cli_error("%s: %s", name, err == ENOENT ? "command not found" : strerror(err));
	return err == ENOENT ? CHILD_NOT_FOUND : CHILD_NOT_EXECUTABLE;
}

/* In the new process: wait for the word, then become the program. */
static _Noreturn void become(const struct child *child, int gate)
{
	char go;

	if (read(gate, &go, 1) != 1)
		_exit(0); /* whoever wanted to watch it has given up */
	execvp(child->path, child->argv);
	_exit(cannot_run(child->argv[0], errno));
}

int child_start(struct child *child, char **argv)
{
	int gate[2];

	*child = (struct child){ .argv = argv, .gate = -1 };
	child->path = find_program(argv[0]);
	if (!child->path)
		return cannot_run(argv[0], errno);
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, gate)) {
		cli_error("cannot start %s: %s", argv[0], strerror(errno));
		return CLI_FAILED;
	}
	child->pid = fork();
	if (!child->pid) {
		close(gate[1]);
		become(child, gate[0]);
	}
	close(gate[0]);
	child->gate = gate[1];
	if (child->pid > 0)
		return CLI_OK;
	child->pid = 0;
	cli_error("cannot start %s: %s", argv[0], strerror(errno));
	return CLI_FAILED;
}

void child_go(struct child *child)
{
	/* If it is dead already, its end will tell; a pipe would take us along. */
	(void)send(child->gate, "", 1, MSG_NOSIGNAL);
	close(child->gate);
	child->gate = -1;
}

static void take_status(struct child *child, int status)
{
	child->pid = 0;
	child->status = WIFSIGNALED(status) ? CHILD_SIGNAL + WTERMSIG(status) : WEXITSTATUS(status);
}

bool child_ended(struct child *child)
{
	int status;

	if (child->pid && waitpid(child->pid, &status, WNOHANG) == child->pid)
		take_status(child, status);
	return !child->pid;
}

int child_finish(struct child *child)
{
	int status;

	if (child->gate >= 0)
		close(child->gate);
	child->gate = -1;
	while (child->pid) {
		if (waitpid(child->pid, &status, 0) == child->pid)
			take_status(child, status);
		else if (errno != EINTR || cli_stop)
			break; /* one more signal, and whoever sent it does not want to wait */
	}
	free(child->path);
	child->path = NULL;
	return child->pid ? CHILD_SIGNAL + (int)cli_stop : child->status;
}
