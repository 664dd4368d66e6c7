/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The live suite: runs rows and tests (live.h). Usage:
 *
 *	live [-f] [-l] [-v] [-x] [PATTERN...]
 *
 * Patterns choose rows and tests by parts of their names, ^NAME by the whole name; -l lists them;
 * -f lets the kernel leave out all other processes, for machines that are busy; -v prints every
 * event of a row's process. Exit status: 0, 1 after a failure, 77 when this
 * machine or user cannot trace at all. A skipped row is a failure when EYAS_NO_SKIP=1.
 */
#include "live/shared.h"

#include <fcntl.h>
#include <ftw.h>
#include <link.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define ROW_LIMIT_MS 30000
#define TEST_LIMIT_MS 60000
#define EXIT_SKIPPED 77

static struct live_row *rows, **rows_end = &rows;
static char tmpdir[64];
static bool no_skip, follow, spoil;
static FILE *nowhere; /* for complaints that are wanted */
static int verbose;
static unsigned nrun, npassed, nfailed, nskipped;

void live_register(struct live_row *row)
{
	*rows_end = row;
	rows_end = &row->next;
}

static _Noreturn void end_row(enum live_verdict_of_row verdict)
{
	atomic_store(&live_shared->verdict, verdict);
	_exit(verdict == LIVE_FAILED);
}

void live_fail(const char *file, int line, const char *fmt, ...)
{
	int n = snprintf(live_shared->text, sizeof(live_shared->text), "%s:%d: ", file, line);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(live_shared->text + n, sizeof(live_shared->text) - (size_t)n, fmt, ap);
	va_end(ap);
	end_row(LIVE_FAILED);
}

void live_skip(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(live_shared->text, sizeof(live_shared->text), fmt, ap);
	va_end(ap);
	end_row(LIVE_SKIPPED);
}

const char *live_tmp(void)
{
	if (mkdir(tmpdir, 0700) < 0 && errno != EEXIST)
		FAIL("%s: %s", tmpdir, strerror(errno));
	return tmpdir;
}

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st;
	(void)flag;
	(void)ftw;
	return remove(path);
}

/*
 * The probe reads memory only if it is there, and a call that fails early has not looked at its
 * strings: pages of the program's constants, which a new process does not have yet.
 */
static int touch_segments(struct dl_phdr_info *info, size_t size, void *data)
{
	volatile char sum = 0;
	int i;

	(void)size;
	(void)data;
	for (i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *segment = &info->dlpi_phdr[i];
		const char *at = (const char *)info->dlpi_addr + segment->p_vaddr;
		size_t off;

		if (segment->p_type != PT_LOAD || !(segment->p_flags & PF_R))
			continue;
		for (off = 0; off < segment->p_memsz; off += 4096)
			sum = (char)(sum + at[off]);
	}
	/* The first object is the program. */
	return 1;
}

/* The process of a row or test. It leads a group, so that what it leaves behind can be ended. */
static pid_t start(struct live_row *row)
{
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		setpgid(0, 0);
		dl_iterate_phdr(touch_segments, NULL);
		row->run();
		_exit(0);
	}
	if (pid > 0)
		setpgid(pid, pid);
	return pid;
}

/* Whether the process is gone; one that takes too long is killed. */
static bool is_over(pid_t pid, int64_t limit, int *ret_status)
{
	pid_t got = waitpid(pid, ret_status, WNOHANG);

	if (got == 0 && live_now_ms() > limit) {
		kill(-pid, SIGKILL);
		got = waitpid(pid, ret_status, 0);
	}
	if (got == pid)
		kill(-pid, SIGKILL);
	return got == pid;
}

static void mark_the_end(uint32_t number)
{
	pid_t pid = fork();

	if (pid == 0) {
		live_mark(number);
		_exit(0);
	}
	if (pid > 0)
		waitpid(pid, NULL, 0);
}

static void report(const struct live_row *row, int status, unsigned bad)
{
	unsigned verdict = atomic_load(&live_shared->verdict);
	const char *word = "ok";

	nrun++;
	if (verdict == LIVE_SKIPPED && !no_skip && !bad) {
		nskipped++;
		printf("ok %u - %s # SKIP %s\n", nrun, row->name, live_shared->text);
		fflush(stdout);
		return;
	}
	if (verdict == LIVE_FAILED || verdict == LIVE_SKIPPED)
		fprintf(stderr, "# %s%s\n", verdict == LIVE_SKIPPED ? "must not be skipped: " : "",
			live_shared->text);
	if (WIFSIGNALED(status))
		fprintf(stderr, "# %s: its process was ended by signal %d\n", row->file,
			WTERMSIG(status));
	else if (WEXITSTATUS(status) && verdict == LIVE_RUNNING)
		fprintf(stderr, "# %s: its process ended with status %d\n", row->file,
			WEXITSTATUS(status));
	if (bad || status || verdict == LIVE_FAILED || verdict == LIVE_SKIPPED) {
		word = "not ok";
		nfailed++;
		fprintf(stderr, "# again: live -v ^%s\n", row->name);
		fflush(stderr);
	} else {
		npassed++;
	}
	printf("%s %u - %s\n", word, nrun, row->name);
	fflush(stdout);
}

static void reset(void)
{
	atomic_store(&live_shared->verdict, LIVE_RUNNING);
	atomic_store(&live_shared->nexpects, 0);
	atomic_store(&live_shared->arena_used, 0);
}

static void clean_up(void)
{
	nftw(tmpdir, remove_one, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
}

static void run_test(struct live_row *row)
{
	int64_t limit = live_now_ms() + TEST_LIMIT_MS;
	int status = 0;
	pid_t pid;

	reset();
	pid = start(row);
	while (pid > 0 && !is_over(pid, limit, &status))
		usleep(2000);
	report(row, pid > 0 ? status : 1 << 8, 0);
	clean_up();
}

/*
 * Every parameter that a row names exactly must be looked at. Returns how many of them can be
 * something else without a complaint.
 */
static unsigned judge_spoiled(const struct live_events *events)
{
	uint32_t n = atomic_load(&live_shared->nexpects), i;
	unsigned unnoticed = 0, param;

	/* The rows that expect thousands of events expect the same of each. */
	for (i = 0; i < n && i < 50; i++) {
		const struct live_expectation *e = &live_shared->expects[i];

		for (param = 0; param < e->nwants; param++) {
			uint8_t kind = e->wants[param].kind;

			if (kind == LIVE_ANY || kind == LIVE_RANGE ||
			    live_judge(events, nowhere, e, param))
				continue;
			fprintf(stderr, "# %s:%u: parameter %u may be anything\n", e->file, e->line,
				param);
			unnoticed++;
		}
	}
	return unnoticed;
}

static void run_row(struct live_row *row, struct eyas_source *source)
{
	static uint32_t end_marks = LIVE_MARK_FREE;
	int64_t limit = live_now_ms() + ROW_LIMIT_MS;
	struct live_events events = { 0 };
	const struct live_event *event;
	int status = 1 << 8;
	unsigned bad = 0;
	pid_t pid;

	reset();
	pid = start(row);
	while (pid > 0 && !is_over(pid, limit, &status))
		live_read(source, &events, 1);
	/* Events come in the order of time: all of the row's are before this mark. */
	mark_the_end(++end_marks);
	if (!live_read_until(source, &events, 0, end_marks, 20000)) {
		fprintf(stderr, "# the mark after the row was not seen\n");
		bad++;
	}
	if (atomic_load(&live_shared->verdict) == LIVE_RUNNING && !status)
		bad += spoil ? judge_spoiled(&events) : live_judge(&events, stderr, NULL, 0);
	for (event = verbose ? events.first : NULL; event; event = event->next) {
		if ((pid_t)event->ev.tid == pid || verbose > 1)
			live_print_event(&event->ev, "#   ");
	}
	report(row, status, bad);
	live_forget(&events);
	clean_up();
}

static struct eyas_source *open_for(const struct live_row *row)
{
	struct eyas_live_opts opts;
	struct eyas_source *source = NULL;
	struct eyas_err err;

	live_defaults(&opts);
	/* The machine may be busy with other things, and all of them are captured. */
	opts.ring_bytes = 32 << 20;
	if (follow)
		opts.tests.follow_pid = (uint32_t)getpid();
	if (row->options)
		row->options(&opts);
	if (eyas_source_open_live(&opts, &source, &err) < 0)
		fprintf(stderr, "# no live source: %s\n", err.text);
	return source;
}

static void close_source(struct eyas_source *source)
{
	struct eyas_live_stats stats;

	if (source && eyas_live_stats(source, -1, &stats, NULL) == 0 && stats.dropped)
		fprintf(stderr,
			"# %llu events were lost (%llu too big, %llu nested, %llu without a ring): "
			"a failure may come from that\n",
			(unsigned long long)stats.dropped,
			(unsigned long long)stats.dropped_too_big,
			(unsigned long long)stats.dropped_nested,
			(unsigned long long)stats.dropped_no_ring);
	eyas_source_close(source);
}

static bool chosen(const struct live_row *row, char **patterns, int n)
{
	int i;

	for (i = 0; i < n; i++) {
		if (patterns[i][0] == '^' ? strcmp(row->name, patterns[i] + 1) == 0
					  : strstr(row->name, patterns[i]) != NULL)
			return true;
	}
	return n == 0;
}

/* Rows with the same options follow one another, tests come last; nothing else changes place. */
static void run_all(char **patterns, int n)
{
	struct live_row *row, *first;
	struct eyas_source *source;

	for (first = rows; first; first = first->next) {
		if (first->is_test || !chosen(first, patterns, n))
			continue;
		for (row = rows; row != first; row = row->next) {
			if (!row->is_test && row->options == first->options &&
			    chosen(row, patterns, n))
				break;
		}
		if (row != first)
			continue;
		source = open_for(first);
		for (; row; row = row->next) {
			if (row->is_test || row->options != first->options ||
			    !chosen(row, patterns, n))
				continue;
			if (source) {
				run_row(row, source);
			} else {
				reset();
				report(row, 1 << 8, 0);
			}
		}
		close_source(source);
	}
	for (row = rows; row; row = row->next) {
		if (row->is_test && !spoil && chosen(row, patterns, n))
			run_test(row);
	}
}

static void skip_without_means(void)
{
	if (geteuid() != 0) {
		puts("1..0 # SKIP only root can trace");
		exit(EXIT_SKIPPED);
	}
	if (access("/sys/kernel/btf/vmlinux", R_OK) < 0) {
		puts("1..0 # SKIP this kernel has no BTF");
		exit(EXIT_SKIPPED);
	}
}

int main(int argc, char **argv)
{
	const char *env = getenv("EYAS_NO_SKIP");
	struct live_row *row;
	bool list = false;
	int opt;

	while ((opt = getopt(argc, argv, "flvx")) >= 0) {
		switch (opt) {
		case 'f':
			follow = true;
			break;
		case 'l':
			list = true;
			break;
		case 'v':
			verbose++;
			break;
		case 'x':
			spoil = true;
			break;
		default:
			fputs("usage: live [-f] [-l] [-v] [-x] [PATTERN...]\n", stderr);
			return 2;
		}
	}
	no_skip = env && strcmp(env, "1") == 0;
	if (list) {
		for (row = rows; row; row = row->next)
			puts(row->name);
		return 0;
	}
	skip_without_means();
	nowhere = fopen("/dev/null", "w");
	live_shared = mmap(NULL, sizeof(*live_shared), PROT_READ | PROT_WRITE,
			   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (live_shared == MAP_FAILED) {
		perror("mmap");
		return 1;
	}
	snprintf(tmpdir, sizeof(tmpdir), "/tmp/eyas-live-%ld", (long)getpid());
	run_all(argv + optind, argc - optind);
	printf("%u passed, %u failed, %u skipped\n", npassed, nfailed, nskipped);
	if (!nrun)
		fputs("no row or test has such a name\n", stderr);
	return nfailed || !nrun;
}
