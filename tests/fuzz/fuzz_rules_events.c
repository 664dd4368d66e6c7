/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as a test of eyas rules test that spells out its events: what is refused has words with
 * a place, what is not is encoded whole.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "cli/rules_events.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void write_events(struct rules_source *source, struct eyas_arena *arena)
{
	struct eyas_err err = { 0 };
	struct spec_writing w = { .name = "fuzz", .arena = arena, .err = &err };
	struct spec_events events = { 0 };

	if (source->documents[0]->kind != NODE_MAPPING)
		return;
	events.threads = rules_node_get(source->documents[0], "threads");
	events.events = rules_node_get(source->documents[0], "events");
	if (!events.events || !rules_events_write(&w, &events))
		return;
	if (strncmp(err.text, "fuzz:", 5) != 0 || !err.line || !err.column)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rules_source source = { .name = "fuzz", .len = size };
	struct eyas_arena arena = { 0 };

	if (size > 65536)
		return 0;
	source.text = eyas_arena_text(&arena, (const char *)data, size);
	if (source.text && !rules_yaml_parse(&source, &arena, NULL) && source.ndocuments)
		write_events(&source, &arena);
	eyas_arena_fini(&arena);
	return 0;
}
