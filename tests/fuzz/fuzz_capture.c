/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as a capture file: blocks, metadata, conversion, and every event printed in every
 * format. What the writer makes of it must be read again without damage.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <eyas/capture.h>

#include "print/print.h"
#include "print/summary.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Small, so that a fuzzer that runs with 2 GiB of memory notices when a limit does not hold. */
enum { MAX_BLOCK = 1 << 20, MAX_STORED = 1 << 16, MAX_EVENTS = 20000 };

static void run(const char *path, int raw_schema, struct eyas_printer *printers[3])
{
	struct eyas_source_opts opts = { .size = sizeof(opts),
					 .raw_schema = raw_schema,
					 .max_block_bytes = MAX_BLOCK,
					 .max_stored_bytes = MAX_STORED };
	const struct eyas_state_opts state_opts = { .size = sizeof(state_opts),
						    .max_threads = 1000,
						    .max_fds = 1000,
						    .max_string_bytes = 1 << 20 };
	struct eyas_source_stats stats;
	struct eyas_context alone = { .fd_num = -1 };
	const struct eyas_context *context = &alone;
	struct eyas_summary *summary;
	const struct eyas_event *event;
	struct eyas_source *source;
	struct eyas_state *state;
	struct eyas_loader loader;
	struct eyas_str text = EYAS_STR_INIT;
	unsigned i, n = 0;

	if (eyas_summary_new(&summary) || eyas_state_new(&state_opts, &state, NULL))
		abort();
	/* As stored the metadata is counted, else it is the state that the events change. */
	if (raw_schema)
		eyas_summary_loader(summary, &loader);
	else
		eyas_state_loader(state, &loader);
	opts.loader = &loader;
	if (!eyas_source_open_files(&path, 1, &opts, &source, NULL)) {
		while (n++ < MAX_EVENTS && eyas_source_next(source, &event, NULL) == 1) {
			alone.event = event;
			if (!raw_schema)
				context = eyas_state_take(state, event);
			for (i = 0; i < 3; i++)
				if (eyas_printer_event(printers[i], context))
					abort();
			if (eyas_summary_event(summary, event, n & 1))
				abort();
		}
		eyas_source_stats(source, &stats);
		struct eyas_summary_file file = { path, &stats, NULL };

		if (eyas_summary_json(summary, &file, 5, &text) ||
		    eyas_summary_text(summary, &file, 5, &text))
			abort();
		eyas_source_close(source);
	}
	eyas_str_fini(&text);
	eyas_summary_free(summary);
	eyas_state_free(state);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct eyas_printer *printers[3];
	static int null_fd = -1;
	struct eyas_print_opts opts = { 0 };
	char path[64];
	int fd, i;

	if (null_fd < 0) {
		null_fd = memfd_create("out", 0);
		if (null_fd < 0)
			abort();
	}
	for (i = 0; i < 3; i++) {
		opts.format = (enum eyas_print_format)i;
		opts.time = (enum eyas_time_format)(size % 6);
		opts.color = i == 0;
		opts.fields.max_bytes = (uint32_t)(size & 1) * 80;
		opts.fields.buffers = (enum buffer_mode)(size % 5);
		opts.fd = null_fd;
		if (eyas_printer_new(&opts, &printers[i], NULL))
			abort();
	}
	fd = memfd_create("capture", 0);
	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	run(path, 0, printers);
	run(path, 1, printers);
	close(fd);
	for (i = 0; i < 3; i++) {
		eyas_printer_flush(printers[i]);
		eyas_printer_free(printers[i]);
	}
	if (ftruncate(null_fd, 0) || lseek(null_fd, 0, SEEK_SET) < 0)
		abort();
	return 0;
}
