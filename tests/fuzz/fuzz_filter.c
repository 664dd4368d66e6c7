/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as a filter. What parses must print as text that parses to the same, and what
 * compiles must match the same events before and after, and none of a type that the filter was
 * said not to want.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <eyas/state.h>

#include "filter/infer.h"
#include "filter/network.h"
#include "schema/ids.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What the printed text is parsed with: escapes and quotes make it longer. */
static const struct ast_limits limits = { .depth = 1000, .max_bytes = 1 << 24 };

static struct eyas_state *make_state(void)
{
	static const char comm[] = "shell", path[] = "/usr/bin/shell", file[] = "/etc/passwd";
	struct eyas_thread_entry thread = { .tid = 42, .pid = 42, .ptid = 1, .vtid = 2, .vpid = 2 };
	struct eyas_fd_entry fd = { .fd = 3, .kind = EYAS_FD_FILE };
	struct eyas_state *state;
	struct eyas_loader loader;

	if (eyas_state_new(NULL, &state, NULL))
		abort();
	thread.comm = (struct eyas_bytes){ comm, sizeof(comm) - 1 };
	thread.exe = thread.exepath = (struct eyas_bytes){ path, sizeof(path) - 1 };
	thread.args = (struct eyas_bytes){ "-c\0x", 5 };
	fd.name = (struct eyas_bytes){ file, sizeof(file) - 1 };
	eyas_state_loader(state, &loader);
	if (loader.thread(loader.ctx, &thread) < 0 || loader.fd(loader.ctx, 42, &fd) < 0)
		abort();
	return state;
}

/* Parameters as far as the type has some; the rest is missing. */
static void begin_event(struct eyas_state *state, struct eyas_network *network, unsigned type,
			uint64_t tid)
{
	static uint8_t buf[4096];
	static struct eyas_event event;
	struct eyas_encoder enc;
	int len;

	eyas_encoder_begin(&enc, buf, sizeof(buf), type, 1, tid);
	if (type == EYAS_EV_SYSCALL_WRITE_X) {
		eyas_put_int(&enc, 5);
		eyas_put_bytes(&enc, "he\n\x1b\0", 5);
		eyas_put_int(&enc, 3);
		eyas_put_uint(&enc, 5);
	} else if (type == EYAS_EV_GENERIC_X) {
		eyas_put_uint(&enc, EYAS_SYS_ALARM);
		eyas_put_uint(&enc, 37);
	}
	len = eyas_encoder_end(&enc);
	if (len < 0 || eyas_event_view(buf, (size_t)len, &event, NULL))
		abort();
	event.num = 1;
	eyas_network_begin(network, eyas_state_take(state, &event));
}

static void match(struct eyas_state *state, struct eyas_network *network, const uint32_t roots[2],
		  const struct event_set *set)
{
	static const uint16_t types[] = { EYAS_EV_SYSCALL_WRITE_X, EYAS_EV_GENERIC_X,
					  EYAS_EV_PROCEXIT_1_E };
	bool matches;
	size_t i;

	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		begin_event(state, network, types[i], i ? UINT64_MAX : 42);
		matches = eyas_network_match(network, roots[0]);
		if (eyas_network_match(network, roots[1]) != matches)
			abort();
		if (matches && !event_set_has(set, types[i]))
			abort();
	}
}

static void compile(const struct ast *ast, const struct ast *again)
{
	static struct eyas_state *state;
	struct event_set set, set_again;
	struct eyas_network *network;
	uint32_t roots[2];

	if (eyas_ast_infer(ast, &set, NULL))
		return;
	if (eyas_ast_infer(again, &set_again, NULL) || memcmp(&set, &set_again, sizeof(set)) != 0)
		abort();
	if (!state)
		state = make_state();
	if (eyas_network_new(NULL, &network))
		abort();
	if (!eyas_network_add(network, ast, NULL, NULL, &roots[0], NULL)) {
		if (eyas_network_add(network, again, NULL, NULL, &roots[1], NULL))
			abort();
		match(state, network, roots, &set);
	}
	eyas_network_free(network);
}

static void print(const struct ast *ast, struct eyas_str *out)
{
	out->len = 0;
	eyas_ast_print(ast, out);
	if (out->nomem)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct eyas_str text = EYAS_STR_INIT, text_again = EYAS_STR_INIT;
	struct eyas_arena arena = { 0 };
	struct ast *ast, *again;
	struct ast_operand *operand;
	struct eyas_err err = { 0 };
	size_t len;

	if (eyas_ast_parse((const char *)data, size, NULL, &arena, &ast, &err)) {
		if (!err.text[0] || !err.line || !err.column || err.offset > size)
			abort();
	} else {
		print(ast, &text);
		if (eyas_ast_parse(text.data, text.len, &limits, &arena, &again, &err))
			abort();
		print(again, &text_again);
		if (text.len != text_again.len || memcmp(text.data, text_again.data, text.len) != 0)
			abort();
		compile(ast, again);
	}
	if (!eyas_ast_parse_operand((const char *)data, size, &arena, &operand, &len, NULL) &&
	    (!len || len > size))
		abort();
	eyas_str_fini(&text);
	eyas_str_fini(&text_again);
	eyas_arena_fini(&arena);
	return 0;
}
