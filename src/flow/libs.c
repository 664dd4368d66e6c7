/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A fault of libs 0.18 that shows in the original's records: it names a unix socket whose connect()
 * failed by the text that lies in a buffer, which is what it last made a text of: the name of a
 * socket, or the argument of setuid(). Programs that look for nscd have many such sockets.
 */
#include "flow/engine_int.h"

enum { IN_PROGRESS = -115 };

static void made(struct flow_engine *engine, struct eyas_istr *text)
{
	flow_set_str(engine, &engine->libs_text, istr_ref(text));
}

void flow_libs_connect(struct flow_engine *engine, const struct eyas_context *context)
{
	const int32_t res = flow_result(context->event);
	struct eyas_fd *fd = context->fd;

	if (!fd || fd->kind != EYAS_FD_UNIX)
		return;
	if (res >= 0 || res == IN_PROGRESS)
		made(engine, fd->name);
	else if (engine->libs_text)
		flow_set_str(engine, &fd->name, istr_ref(engine->libs_text));
}

int flow_libs_bind(struct flow_engine *engine, const struct eyas_context *context,
		   struct eyas_err *reterr)
{
	enum { ADDR = 1 };
	struct eyas_param addr;

	(void)reterr;
	if (context->fd && flow_result(context->event) >= 0 &&
	    eyas_event_param(context->event, ADDR, &addr) == 1)
		made(engine, context->fd->name);
	return 0;
}
