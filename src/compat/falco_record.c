/* SPDX-License-Identifier: Apache-2.0 */
/* All events into a capture, beside the rules. */
#include "compat/falco_record.h"

#include <errno.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/str.h"
#include "dump/dump.h"

/* How long a file that grows slowly may be behind what has happened. */
#define FLUSH_NS UINT64_C(1000000000)

struct falco_record {
	struct eyas_dump *dump;
	uint64_t next_flush_ns;
};

static int on_event(void *ctx, enum eyas_session_event what, const struct eyas_context *context,
		    struct eyas_err *reterr)
{
	const struct falco_record *record = ctx;

	(void)what;
	return eyas_dump_event(record->dump, context->event, reterr);
}

static int on_idle(void *ctx, struct eyas_err *reterr)
{
	struct falco_record *record = ctx;
	uint64_t now_ns = eyas_clock_ns(CLOCK_MONOTONIC);

	if (now_ns < record->next_flush_ns)
		return 0;
	record->next_flush_ns = now_ns + FLUSH_NS;
	return eyas_dump_flush(record->dump, reterr);
}

static int loader_failure(void *ctx, struct eyas_err *reterr)
{
	const struct falco_record *record = ctx;

	return eyas_dump_flush(record->dump, reterr);
}

static int open_dump(struct falco_record *record, const char *path, unsigned restarts,
		     const struct eyas_state *state, struct eyas_err *reterr)
{
	struct eyas_dump_opts how = { .state = state };
	struct eyas_str name = EYAS_STR_INIT;
	int res;

	eyas_str_puts(&name, path);
	if (restarts)
		eyas_str_u64(&name, restarts);
	eyas_str_putc(&name, '\0');
	how.path = name.data;
	res = name.nomem ? eyas_err_set(reterr, -ENOMEM, "%s", eyas_strerror(-ENOMEM))
			 : eyas_dump_open(&how, &record->dump, reterr);
	eyas_str_fini(&name);
	return res;
}

int falco_record_open(const char *path, unsigned restarts, struct eyas_session *session,
		      struct falco_record **ret_record, struct eyas_err *reterr)
{
	struct falco_record *record = calloc(1, sizeof(*record));
	struct eyas_consumer consumer = { .ctx = record,
					  .wants = EYAS_SHOWN | EYAS_HIDDEN,
					  .event = on_event,
					  .idle = on_idle,
					  .failure = loader_failure };
	int res;

	if (!record)
		return eyas_err_set(reterr, -ENOMEM, "%s", eyas_strerror(-ENOMEM));
	res = open_dump(record, path, restarts, eyas_session_state(session), reterr);
	if (res) {
		free(record);
		return res;
	}
	eyas_dump_loader(record->dump, &consumer.loader);
	if (eyas_session_add(session, &consumer)) {
		(void)falco_record_close(record, NULL);
		return eyas_err_set(reterr, -ENOSPC, "too many consumers");
	}
	*ret_record = record;
	return 0;
}

int falco_record_close(struct falco_record *record, struct eyas_err *reterr)
{
	int res;

	if (!record)
		return 0;
	res = eyas_dump_close(record->dump, reterr);
	free(record);
	return res;
}
