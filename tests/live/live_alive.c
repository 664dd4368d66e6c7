/* SPDX-License-Identifier: Apache-2.0 */
/* A probe that answers is left in peace, however quiet the machine is; a silent one is noticed. */
#include "live/live.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#include "capture/bpf_source.h"

enum { HEARTBEAT_MS = 300 };

/* Reads for so many milliseconds; what eyas_source_next() says when it fails, else 0. */
static int read_for(struct eyas_source *source, unsigned ms, struct eyas_err *err)
{
	const struct eyas_event *event;
	struct timespec now, end;
	int res;

	clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_sec += ms / 1000;
	end.tv_nsec += ms % 1000 * 1000000;
	do {
		res = eyas_source_next(source, &event, err);
		clock_gettime(CLOCK_MONOTONIC, &now);
	} while (res >= 0 && (now.tv_sec < end.tv_sec ||
			      (now.tv_sec == end.tv_sec && now.tv_nsec < end.tv_nsec)));
	return res < 0 ? res : 0;
}

static struct eyas_source *open_quiet(void)
{
	struct eyas_codes codes = { { 0 } };
	struct eyas_live_opts opts;

	live_defaults_few(&opts);
	/* Nothing makes such a call. */
	eyas_codes_add_type(&codes, (unsigned)eyas_event_type_find("SYSCALL_QUOTACTL_X"));
	opts.codes = &codes;
	opts.heartbeat_ms = HEARTBEAT_MS;
	return live_open(&opts);
}

LIVE_TEST(quiet_probe)
{
	struct eyas_source *source = open_quiet();
	struct eyas_err err;

	CHECK_INT(read_for(source, 5 * HEARTBEAT_MS, &err), 0);
	eyas_source_close(source);
}

LIVE_TEST(silent_probe)
{
	struct eyas_source *source = open_quiet();
	struct bpf_probe *probe = bpf_source_probe(source);
	struct eyas_err err = { 0 };

	CHECK_INT(read_for(source, HEARTBEAT_MS, &err), 0);
	/* From now on the probe does not answer, as one that something has detached. */
	bpf_probe_config(probe)->calls[EYAS_WIRE_BEAT_NUMBER].gate = 0;
	CHECK_INT(read_for(source, 100 * HEARTBEAT_MS, &err), -EIO);
	if (!strstr(err.text, "delivered nothing"))
		FAIL("another text: %s", err.text);
	eyas_source_close(source);
}
