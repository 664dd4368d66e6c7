/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a program reads a capture with libeyas: opens it, takes one event after another, looks at
 * a parameter. Prints how often each path was opened.
 *
 *   cc count_events.c $(pkg-config --cflags --libs eyas) -o count_events
 *   ./count_events CAPTURE
 */
#include <stdio.h>
#include <string.h>

#include <eyas/capture.h>
#include <eyas/event.h>

enum { PATHS_MAX = 1000 };

static struct {
	char path[256];
	unsigned count;
} paths[PATHS_MAX];

static void count_path(const char *path, size_t len)
{
	unsigned i;

	if (len >= sizeof(paths[0].path))
		len = sizeof(paths[0].path) - 1;
	for (i = 0; i < PATHS_MAX && paths[i].count; i++)
		if (strlen(paths[i].path) == len && !memcmp(paths[i].path, path, len))
			break;
	if (i == PATHS_MAX)
		return;
	memcpy(paths[i].path, path, len);
	paths[i].count++;
}

/* Damage does not end the reading; whoever wants to know is told here. */
static void on_damage(void *ctx, const struct eyas_err *err)
{
	(void)ctx;
	fprintf(stderr, "%s\n", err->text);
}

int main(int argc, char **argv)
{
	struct eyas_source_opts opts = { .size = sizeof(opts), .damage = on_damage };
	const struct eyas_event *event;
	struct eyas_source *source;
	struct eyas_param param;
	struct eyas_err err;
	const char *path = argc > 1 ? argv[1] : "-", *name;
	size_t len;
	unsigned i;
	int res;

	if (eyas_source_open_files(&path, 1, &opts, &source, &err)) {
		fprintf(stderr, "%s\n", err.text);
		return 1;
	}
	while ((res = eyas_source_next(source, &event, &err)) == 1) {
		/* Exits only, and no events that are there for the sake of state. */
		if (!(event->info->flags & EYAS_EF_CREATES_FD) || !eyas_event_is_exit(event) ||
		    (event->flags & EYAS_EVENT_HIDDEN))
			continue;
		if (eyas_event_param_find(event, "name", &param) == 1 &&
		    eyas_param_str(&param, &name, &len) == 0)
			count_path(name, len);
	}
	eyas_source_close(source);
	for (i = 0; i < PATHS_MAX && paths[i].count; i++)
		printf("%u %s\n", paths[i].count, paths[i].path);
	if (res != EYAS_E_END)
		fprintf(stderr, "%s\n", err.text);
	return res == EYAS_E_END ? 0 : 1;
}
