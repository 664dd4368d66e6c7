/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a program filters events with libeyas: a source feeds a state, the state says who did
 * what, a filter picks, a format prints.
 *
 *   cc print_matches.c $(pkg-config --cflags --libs eyas) -o print_matches
 *   ./print_matches CAPTURE 'proc.name=sshd and evt.type=accept4' '*%evt.num %proc.pid %fd.name'
 */
#include <stdio.h>

#include <eyas/capture.h>
#include <eyas/filter.h>
#include <eyas/state.h>

struct program {
	struct eyas_state *state;
	struct eyas_source *source;
	struct eyas_filter *filter;
	struct eyas_format *format;
	struct eyas_err err;
};

/* Everything that can be wrong with what the user said is found here. 0 or a failure. */
static int open_all(struct program *program, const char *path, const char *filter,
		    const char *format)
{
	struct eyas_source_opts opts = { .size = sizeof(opts) };
	struct eyas_loader loader;
	int err;

	err = eyas_filter_compile(filter, NULL, NULL, &program->filter, &program->err);
	if (!err)
		err = eyas_format_compile(format, &program->format, &program->err);
	if (!err)
		err = eyas_state_new(NULL, &program->state, &program->err);
	if (err)
		return err;
	/* What the capture says about the machine before its events is the state they begin with. */
	eyas_state_loader(program->state, &loader);
	opts.loader = &loader;
	return eyas_source_open_files(&path, 1, &opts, &program->source, &program->err);
}

static int print_matches(struct program *program)
{
	const struct eyas_context *context;
	const struct eyas_event *event;
	const char *line;
	size_t len;
	int res;

	while ((res = eyas_source_next(program->source, &event, &program->err)) == 1) {
		/* Every event passes through the state, also those that nobody wants to see. */
		context = eyas_state_take(program->state, event);
		if (event->flags & (EYAS_EVENT_HIDDEN | EYAS_EVENT_STATE_ONLY) ||
		    !eyas_filter_match(program->filter, context))
			continue;
		if (eyas_format_put(program->format, context, EYAS_FORMAT_TEXT, &line, &len) == 1)
			printf("%s\n", line);
	}
	return res == EYAS_E_END ? 0 : res;
}

int main(int argc, char **argv)
{
	struct program program = { .err = { .code = 0 } };
	int err;

	if (argc != 4) {
		fprintf(stderr, "usage: %s CAPTURE FILTER FORMAT\n", argv[0]);
		return 2;
	}
	err = open_all(&program, argv[1], argv[2], argv[3]);
	if (!err)
		err = print_matches(&program);
	if (err)
		fprintf(stderr, "%s\n", program.err.text);
	eyas_source_close(program.source);
	eyas_state_free(program.state);
	eyas_format_free(program.format);
	eyas_filter_free(program.filter);
	return err ? 1 : 0;
}
