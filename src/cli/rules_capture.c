/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The events of a test become a capture in a folder of its own, and are read as any other capture:
 * what is true of them in a test is true of them in a file.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "cli/rules_events.h"

static int write_all(const char *name, const struct spec_events *events, const char *path,
		     struct eyas_err *reterr)
{
	struct eyas_arena arena = { 0 };
	struct spec_writing w = { .name = name, .arena = &arena, .err = reterr };
	int res = eyas_writer_open(path, NULL, &w.writer, reterr), closed;

	if (!res) {
		res = rules_events_write(&w, events);
		closed = eyas_writer_close(w.writer, res ? NULL : reterr);
		res = res ? res : closed;
	}
	eyas_arena_fini(&arena);
	return res;
}

int rules_events_capture(const char *name, const struct spec_events *events,
			 struct spec_capture *ret, struct eyas_err *reterr)
{
	const char *tmp = getenv("TMPDIR");
	int res, len = snprintf(ret->folder, sizeof(ret->folder), "%s/eyas-rules-XXXXXX",
				tmp && tmp[0] ? tmp : "/tmp");

	ret->path[0] = '\0';
	if (len < 0 || (size_t)len >= sizeof(ret->folder))
		res = -ENAMETOOLONG;
	else
		res = mkdtemp(ret->folder) ? 0 : -errno;
	if (res) {
		ret->folder[0] = '\0';
		return eyas_err_set(reterr, res, "no folder for the events of a test: %s",
				    eyas_strerror(res));
	}
	snprintf(ret->path, sizeof(ret->path), "%s/events.scap", ret->folder);
	return write_all(name, events, ret->path, reterr);
}

void rules_events_remove(struct spec_capture *capture)
{
	char part[sizeof(capture->path) + 8];

	if (!capture->path[0])
		return;
	snprintf(part, sizeof(part), "%s.part", capture->path);
	unlink(part);
	unlink(capture->path);
	rmdir(capture->folder);
	capture->path[0] = '\0';
}
