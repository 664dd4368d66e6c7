/* SPDX-License-Identifier: Apache-2.0 */
/* Sources as the suite opens them, and what is read from them. */
#include "live/live.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>
#include <sys/wait.h>

int64_t live_now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000ll + ts.tv_nsec / 1000000;
}

void live_defaults(struct eyas_live_opts *opts)
{
	*opts = (struct eyas_live_opts){ .size = sizeof(*opts), .wait_ms = 1 };
}

bool live_is_emulated(void)
{
	const char *env = getenv("EYAS_TEST_EMULATED");

	return env && strcmp(env, "1") == 0;
}

void live_defaults_few(struct eyas_live_opts *opts)
{
	static struct eyas_codes codes;

	live_defaults(opts);
	if (!live_is_emulated())
		return;
	eyas_codes_add_type(&codes, EYAS_EV_SYSCALL_CLOSE_X);
	eyas_codes_add_type(&codes, EYAS_EV_SYSCALL_OPEN_X);
	eyas_codes_add_type(&codes, EYAS_EV_SYSCALL_READ_X);
	eyas_codes_add_type(&codes, EYAS_EV_SYSCALL_UNLINK_2_X);
	eyas_codes_add_type(&codes, EYAS_EV_SYSCALL_UNLINKAT_2_X);
	eyas_codes_add_type(&codes, EYAS_EV_SYSCALL_LSEEK_X);
	eyas_codes_add_type(&codes, EYAS_EV_PROCEXIT_1_E);
	eyas_codes_add(&codes, EYAS_SYS_GETPPID);
	eyas_codes_add(&codes, EYAS_SYS_GETPID);
	opts->codes = &codes;
}

struct eyas_source *live_open(const struct eyas_live_opts *opts)
{
	struct eyas_live_opts defaults;
	struct eyas_source *source;
	struct eyas_err err;

	if (!opts) {
		live_defaults(&defaults);
		opts = &defaults;
	}
	if (eyas_source_open_live(opts, &source, &err) < 0)
		FAIL("no live source: %s", err.text);
	return source;
}

static void keep(struct live_events *events, const struct eyas_event *ev)
{
	struct live_event *copy = malloc(sizeof(*copy) + ev->len);

	if (!copy)
		FAIL("out of memory");
	memcpy(copy->bytes, ev->bytes, ev->len);
	copy->ev = *ev;
	copy->ev.bytes = copy->bytes;
	copy->ev.values = copy->bytes + (ev->values - ev->bytes);
	copy->next = NULL;
	if (events->last)
		events->last->next = copy;
	else
		events->first = copy;
	events->last = copy;
	events->count++;
}

/* -1 = nothing there, 0 = one event that is no mark, else the number of the mark. */
static int64_t read_one(struct eyas_source *source, struct live_events *events, int64_t *ret_tid)
{
	const struct eyas_event *ev;
	struct eyas_err err;
	int ret = eyas_source_next(source, &ev, &err);

	if (ret < 0)
		FAIL("the source ends: %s", err.text);
	if (ret == 0)
		return -1;
	if (events)
		keep(events, ev);
	*ret_tid = (int64_t)ev->tid;
	return live_mark_of(ev);
}

size_t live_read(struct eyas_source *source, struct live_events *events, int ms)
{
	int64_t end = live_now_ms() + ms, tid;
	size_t n = 0;

	/* On a busy machine there is always one more, hence a bound. */
	while (n < 20000) {
		if (read_one(source, events, &tid) >= 0)
			n++;
		else if (n || live_now_ms() >= end)
			break;
	}
	return n;
}

bool live_read_until(struct eyas_source *source, struct live_events *events, int64_t tid,
		     uint32_t mark, int ms)
{
	int64_t end = live_now_ms() + ms, got_tid;

	do {
		int64_t got = read_one(source, events, &got_tid);

		if (got == mark && (!tid || got_tid == tid))
			return true;
	} while (live_now_ms() < end);
	return false;
}

void live_forget(struct live_events *events)
{
	struct live_event *event = events->first;

	while (event) {
		struct live_event *next = event->next;

		free(event);
		event = next;
	}
	*events = (struct live_events){ 0 };
}

uint32_t live_mark_of(const struct eyas_event *ev)
{
	struct eyas_param param;
	int64_t fd;

	if (ev->type != EYAS_EV_SYSCALL_CLOSE_X || eyas_event_param(ev, 1, &param) != 1 ||
	    eyas_param_int(&param, &fd) < 0 || fd >= -1000000 || fd < -1000000000)
		return 0;
	return (uint32_t)(-1000000 - fd);
}

long live_fork(void (*run)(void))
{
	long pid = fork();

	if (pid < 0)
		FAIL("fork: %s", strerror(errno));
	if (pid == 0) {
		run();
		_exit(0);
	}
	return pid;
}
