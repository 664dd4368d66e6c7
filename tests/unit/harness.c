/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs the tests of one program, see harness.h. Arguments choose tests: those whose name
 * contains one of them. EYAS_TEST_TIMEOUT is the limit of a test in seconds (valgrind needs
 * more than the usual 20). Exit status: 0, 1 after a failure, 77 when every test was skipped.
 */
#include "unit/harness.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define TIMEOUT_S 20
#define EXIT_SKIPPED 77

/* What a test says about its end; absent when it returned or crashed. */
enum verdict { PASSED, FAILED, SKIPPED };

/* One write to a pipe, hence whole or not there: it stays below PIPE_BUF. */
struct message {
	int verdict;
	char text[2048];
};

static struct test *tests, **tests_end = &tests;
/* Of the running test: where its message goes, and its directory once it was asked for. */
static int message_fd = -1;
static char tmpdir[256];

void test_register(struct test *test)
{
	*tests_end = test;
	tests_end = &test->next;
}

/*
 * Ends the process without the checks a normal exit runs: a test that is broken off owns memory
 * it had no chance to free, and a report of that leak would hide the reason.
 */
static _Noreturn void end_test(struct message *message)
{
	ssize_t n;

	fflush(NULL);
	n = write(message_fd, message, sizeof(*message));
	_exit(n == (ssize_t)sizeof(*message) ? 0 : 1);
}

void test_fail(const char *file, int line, const char *fmt, ...)
{
	struct message message = { .verdict = FAILED };
	int n = snprintf(message.text, sizeof(message.text), "%s:%d: ", file, line);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(message.text + n, sizeof(message.text) - (size_t)n, fmt, ap);
	va_end(ap);
	end_test(&message);
}

void test_skip(const char *fmt, ...)
{
	struct message message = { .verdict = SKIPPED };
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(message.text, sizeof(message.text), fmt, ap);
	va_end(ap);
	end_test(&message);
}

const char *test_data(void)
{
	const char *dir = getenv("EYAS_TESTDATA");
	struct stat st;

	if (!dir || !dir[0])
		dir = "../shared";
	if (stat(dir, &st) < 0 || !S_ISDIR(st.st_mode))
		test_skip("no outside data in %s, see EYAS_TESTDATA", dir);
	return dir;
}

const char *test_tmpdir(void)
{
	/* The runner chose the name, so that it can clean up after a crash. */
	if (mkdir(tmpdir, 0700) < 0 && errno != EEXIST)
		test_fail(__FILE__, __LINE__, "mkdir %s: %s", tmpdir, strerror(errno));
	return tmpdir;
}

/* The string in quotes, what does not print as \xHH. */
static const char *quoted(const char *text, char *buf, size_t size)
{
	size_t n = 0;

	if (!text)
		return "NULL";
	buf[n++] = '"';
	for (; *text && n + 6 < size; text++) {
		if ((unsigned char)*text < 0x20 || (unsigned char)*text > 0x7e)
			n += (size_t)snprintf(buf + n, size - n, "\\x%02x", (unsigned char)*text);
		else
			buf[n++] = *text;
	}
	buf[n++] = '"';
	buf[n] = '\0';
	return buf;
}

void test_check_str(const char *file, int line, const char *what, const char *got, const char *want)
{
	char got_buf[800], want_buf[800];

	if (got && want ? !strcmp(got, want) : got == want)
		return;
	test_fail(file, line, "%s is %s, not %s", what, quoted(got, got_buf, sizeof(got_buf)),
		  quoted(want, want_buf, sizeof(want_buf)));
}

static int remove_entry(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
	(void)st;
	(void)kind;
	(void)ftw;
	remove(path);
	return 0;
}

static _Noreturn void run_child(const struct test *test, const sigset_t *signals)
{
	setpgid(0, 0);
	/* The group keeps Ctrl-C away from the test; it must not outlive the runner. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	sigprocmask(SIG_SETMASK, signals, NULL);
	/* What a test prints must not be taken for TAP. */
	dup2(STDERR_FILENO, STDOUT_FILENO);
	test->run();
	/* A normal exit, so that the leak checker of ASan runs. */
	exit(0);
}

/* Wait for the end of the test, which is left to be reaped. False when its time is over. */
static bool wait_child(pid_t pid, unsigned limit_s)
{
	struct timespec now, end;
	siginfo_t info;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_sec += limit_s;
	for (;;) {
		struct timespec left;

		info.si_pid = 0;
		if (!waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT | WNOHANG) &&
		    info.si_pid == pid)
			return true;
		clock_gettime(CLOCK_MONOTONIC, &now);
		left.tv_sec = end.tv_sec - now.tv_sec;
		left.tv_nsec = end.tv_nsec - now.tv_nsec;
		if (left.tv_nsec < 0) {
			left.tv_sec--;
			left.tv_nsec += 1000000000;
		}
		if (left.tv_sec < 0)
			return false;
		sigtimedwait(&set, NULL, &left);
	}
}

static void run_test(const struct test *test, unsigned limit_s, struct message *ret_message)
{
	sigset_t set, old;
	bool in_time;
	int fds[2], status = 0;
	pid_t pid;

	memset(ret_message, 0, sizeof(*ret_message));
	ret_message->verdict = FAILED;
	if (pipe2(fds, O_CLOEXEC | O_NONBLOCK) < 0) {
		snprintf(ret_message->text, sizeof(ret_message->text), "pipe: %s", strerror(errno));
		return;
	}
	/* Blocked, SIGCHLD waits for sigtimedwait() however early it comes. */
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, &old);
	fflush(NULL);
	pid = fork();
	if (pid < 0) {
		snprintf(ret_message->text, sizeof(ret_message->text), "fork: %s", strerror(errno));
		goto out;
	}
	if (!pid) {
		close(fds[0]);
		message_fd = fds[1];
		run_child(test, &old);
	}
	setpgid(pid, pid);
	in_time = wait_child(pid, limit_s);
	/* While the test is not reaped, its group cannot be another's. */
	kill(-pid, SIGKILL);
	if (!in_time)
		kill(pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (!in_time)
		snprintf(ret_message->text, sizeof(ret_message->text),
			 "still running after %u seconds", limit_s);
	else if (WIFSIGNALED(status))
		snprintf(ret_message->text, sizeof(ret_message->text), "killed by signal %d (%s)",
			 WTERMSIG(status), strsignal(WTERMSIG(status)));
	else if (WEXITSTATUS(status))
		snprintf(ret_message->text, sizeof(ret_message->text), "exit status %d",
			 WEXITSTATUS(status));
	else if (read(fds[0], ret_message, sizeof(*ret_message)) != (ssize_t)sizeof(*ret_message))
		ret_message->verdict = PASSED;
out:
	sigprocmask(SIG_SETMASK, &old, NULL);
	close(fds[0]);
	close(fds[1]);
}

static bool chosen(const struct test *test, int argc, char **argv)
{
	int i;

	for (i = 1; i < argc; i++)
		if (strstr(test->name, argv[i]))
			return true;
	return argc < 2;
}

static void print_comment(const char *text)
{
	fputs("# ", stdout);
	for (; *text; text++) {
		putchar(*text);
		if (*text == '\n' && text[1])
			fputs("# ", stdout);
	}
	putchar('\n');
}

int main(int argc, char **argv)
{
	const char *limit = getenv("EYAS_TEST_TIMEOUT"), *no_skip = getenv("EYAS_NO_SKIP");
	const char *tmp = getenv("TMPDIR");
	unsigned count = 0, number = 0, passed = 0, failed = 0, skipped = 0, limit_s = TIMEOUT_S;
	struct message message;
	struct test *test;

	if (limit && atoi(limit) > 0)
		limit_s = (unsigned)atoi(limit);
	for (test = tests; test; test = test->next)
		count += chosen(test, argc, argv);
	printf("1..%u\n", count);
	for (test = tests; test; test = test->next) {
		if (!chosen(test, argc, argv))
			continue;
		number++;
		snprintf(tmpdir, sizeof(tmpdir), "%s/eyas-test-%ld-%u",
			 tmp && tmp[0] ? tmp : "/tmp", (long)getpid(), number);
		run_test(test, limit_s, &message);
		nftw(tmpdir, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
		if (message.verdict == SKIPPED && no_skip && !strcmp(no_skip, "1")) {
			message.verdict = FAILED;
			print_comment("skipping is not allowed here (EYAS_NO_SKIP)");
		}
		switch ((enum verdict)message.verdict) {
		case PASSED:
			passed++;
			printf("ok %u - %s\n", number, test->name);
			break;
		case SKIPPED:
			skipped++;
			printf("ok %u - %s # SKIP %s\n", number, test->name, message.text);
			break;
		case FAILED:
			failed++;
			printf("not ok %u - %s\n", number, test->name);
			print_comment(message.text);
			break;
		}
		fflush(stdout);
	}
	if (!count)
		print_comment("no test has such a name");
	printf("%u passed, %u failed, %u skipped\n", passed, failed, skipped);
	if (failed || !count)
		return 1;
	return passed ? 0 : EXIT_SKIPPED;
}
