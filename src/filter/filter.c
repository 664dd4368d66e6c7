/* SPDX-License-Identifier: Apache-2.0 */
/* One filter from its text: parse, infer, compile, match. */
#include "filter/filter.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"

/* Warnings of the network on their way to the caller. */
struct warnings {
	eyas_warning_fn fn;
	void *ctx;
};

static void pass_warning(void *ctx, const struct ast_pos *pos, const char *text)
{
	const struct warnings *to = ctx;
	struct eyas_err warning = { .offset = pos->offset,
				    .line = pos->line,
				    .column = pos->column };

	snprintf(warning.text, sizeof(warning.text), "%s", text);
	to->fn(to->ctx, &warning);
}

int eyas_filter_add(struct eyas_network *network, const char *text, eyas_warning_fn warning,
		    void *warning_ctx, struct filter *ret_filter, struct eyas_err *reterr)
{
	struct warnings warnings = { warning, warning_ctx };
	struct eyas_arena arena = { .blocks = NULL };
	struct filter filter;
	struct ast *ast;
	int res;

	res = eyas_ast_parse(text, strlen(text), NULL, &arena, &ast, reterr);
	if (res < 0)
		goto out;
	res = eyas_ast_infer(ast, &filter.set, reterr);
	if (res < 0)
		goto out;
	res = eyas_network_add(network, ast, warning ? pass_warning : NULL, &warnings, &filter.root,
			       reterr);
	if (res < 0)
		goto out;
	*ret_filter = filter;
out:
	eyas_arena_fini(&arena);
	return res;
}

/* ---- the public handle: a filter with a network of its own ---- */

struct eyas_filter {
	struct eyas_network *network;
	struct filter filter;
};

int eyas_filter_compile(const char *text, eyas_warning_fn warning, void *warning_ctx,
			struct eyas_filter **ret_filter, struct eyas_err *reterr)
{
	struct eyas_filter *filter = calloc(1, sizeof(*filter));
	int res;

	if (!filter || eyas_network_new(NULL, &filter->network) < 0) {
		free(filter);
		return eyas_err_set(reterr, -ENOMEM, "out of memory");
	}
	res = eyas_filter_add(filter->network, text, warning, warning_ctx, &filter->filter, reterr);
	if (res < 0) {
		eyas_filter_free(filter);
		return res;
	}
	*ret_filter = filter;
	return 0;
}

/* The type is looked at first: an event that cannot match costs two tests. */
int eyas_filter_match(struct eyas_filter *filter, const struct eyas_context *context)
{
	if (!filter_wants(&filter->filter, context->event))
		return 0;
	eyas_network_begin(filter->network, context);
	return eyas_network_match(filter->network, filter->filter.root);
}

int eyas_filter_wants(const struct eyas_filter *filter, unsigned event_type)
{
	return event_type < EYAS_EVENT_TYPES && event_set_has(&filter->filter.set, event_type);
}

int eyas_filter_wants_syscall(const struct eyas_filter *filter, unsigned code)
{
	return code < EYAS_SYSCALL_CODES && event_set_has_syscall(&filter->filter.set, code);
}

void eyas_filter_free(struct eyas_filter *filter)
{
	if (!filter)
		return;
	eyas_network_free(filter->network);
	free(filter);
}
