/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as an output format: compiled and, if it is one, put on a few events in every form.
 * Lines must stay lines, and what is printed twice must be the same.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <eyas/state.h>

#include "filter/format.h"
#include "schema/ids.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Names that a terminal should not see. */
static const char hostile[] = "a\n\x1b[31m\xff\xc2\x9b%\"";

static struct eyas_state *make_state(void)
{
	struct eyas_thread_entry thread = { .tid = 42, .pid = 42, .ptid = 1, .vtid = 2, .vpid = 2 };
	struct eyas_fd_entry fd = { .fd = 3, .kind = EYAS_FD_FILE };
	struct eyas_state *state;
	struct eyas_loader loader;

	if (eyas_state_new(NULL, &state, NULL))
		abort();
	thread.comm = thread.exe = (struct eyas_bytes){ hostile, sizeof(hostile) - 1 };
	thread.args = (struct eyas_bytes){ hostile, sizeof(hostile) };
	fd.name = thread.comm;
	eyas_state_loader(state, &loader);
	if (loader.thread(loader.ctx, &thread) < 0 || loader.fd(loader.ctx, 42, &fd) < 0)
		abort();
	return state;
}

static void put_all(struct eyas_layout *format, struct eyas_str *out)
{
	size_t line, again;
	bool whole;

	out->len = 0;
	whole = eyas_layout_put_json(format, out);
	if (whole != (out->len > 0) || eyas_layout_put_json(format, out) != whole)
		abort();
	out->len = 0;
	whole = eyas_layout_put_text(format, out, FORMAT_TERMINAL);
	line = out->len;
	if (eyas_layout_put_text(format, out, FORMAT_TERMINAL) != whole)
		abort();
	again = out->len - line;
	if (again != line || (line && memcmp(out->data, out->data + line, line) != 0))
		abort();
	eyas_layout_put_text(format, out, FORMAT_EXACT);
	eyas_layout_put_text(format, out, FORMAT_LINE);
	if (out->nomem)
		abort();
}

static void put_event(struct eyas_state *state, struct eyas_network *network,
		      struct eyas_layout *format, uint64_t tid)
{
	static struct eyas_str out;
	static uint8_t buf[4096];
	struct eyas_encoder enc;
	struct eyas_event event;
	int len;

	eyas_encoder_begin(&enc, buf, sizeof(buf), EYAS_EV_SYSCALL_WRITE_X, 1, tid);
	eyas_put_int(&enc, 5);
	eyas_put_bytes(&enc, "he\n\x1b\0", 5);
	eyas_put_int(&enc, 3);
	eyas_put_uint(&enc, 5);
	len = eyas_encoder_end(&enc);
	if (len < 0 || eyas_event_view(buf, (size_t)len, &event, NULL))
		abort();
	eyas_network_begin(network, eyas_state_take(state, &event));
	put_all(format, &out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct field_opts opts = { .outputtime = 'a', .raw_text = true };
	struct eyas_state *state = make_state();
	struct eyas_network *network;
	struct eyas_layout *format;
	struct eyas_err err = { 0 };

	if (eyas_network_new(&opts, &network))
		abort();
	if (eyas_layout_new(network, &opts, (const char *)data, size, &format, &err)) {
		if (!err.text[0])
			abort();
	} else {
		put_event(state, network, format, 42);
		put_event(state, network, format, UINT64_MAX);
		eyas_layout_free(format);
	}
	eyas_network_free(network);
	eyas_state_free(state);
	return 0;
}
