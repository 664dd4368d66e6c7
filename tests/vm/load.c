// SPDX-License-Identifier: Apache-2.0
// Whether the whole probe is to this kernel's liking: every program of it is loaded, which is
// when the verifier judges it, and attached, and then events of this process's calls arrive.
// Prints what the kernel offers, and if a program does not load, all the verifier says about it.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <eyas/event.h>
#include <eyas/live.h>

#define CALLS 1000

static void print_features(void)
{
	static const char *const verdicts[] = { "ok", "worse", "missing" };
	struct eyas_live_feature feature;

	for (unsigned i = 0; eyas_live_feature(i, &feature) == 1; i++)
		printf("%-8s%s: %s\n", verdicts[feature.verdict], feature.name, feature.text);
}

// How many events the rings hold, with the probe detached so that this comes to an end.
static int count_events(struct eyas_source *source, long *ret_events, struct eyas_err *err)
{
	const struct eyas_event *event;
	int res = eyas_live_stop(source, err);
	long events = 0;

	while (res >= 0) {
		res = eyas_source_next(source, &event, err);
		events += res > 0;
	}
	*ret_events = events;
	return res == EYAS_E_END ? 0 : res;
}

int main(void)
{
	struct eyas_codes all;
	struct eyas_live_opts opts = {
		.size = sizeof(opts), .codes = &all, .keep_self = 1, .sum_io = 1
	};
	struct eyas_source *source;
	struct eyas_err err = { 0 };
	long events;

	setenv("EYAS_LIBBPF_LOG", "1", 1);
	print_features();
	fflush(stdout);
	memset(&all, 0xff, sizeof(all));
	if (eyas_source_open_live(&opts, &source, &err) < 0) {
		fprintf(stderr, "%s\n", err.text);
		return 1;
	}
	for (int i = 0; i < CALLS; i++)
		syscall(SYS_getppid);
	if (count_events(source, &events, &err) < 0) {
		fprintf(stderr, "%s\n", err.text);
		return 1;
	}
	printf("%ld events of at least %d calls\n", events, CALLS);
	eyas_source_close(source);
	return events >= CALLS ? 0 : 1;
}
