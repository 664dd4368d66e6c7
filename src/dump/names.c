/* SPDX-License-Identifier: Apache-2.0 */
/* Which names of containers is the capture still to be told? */
#include "dump/names.h"

#include <errno.h>

#include "base/err.h"

struct to_writer {
	struct eyas_writer *writer;
	uint16_t cpu;
	struct eyas_err *reterr;
};

static int write_name(void *ctx, const struct eyas_event *event)
{
	const struct to_writer *to = ctx;
	struct eyas_event name = *event;

	name.cpu = to->cpu;
	return eyas_writer_event(to->writer, &name, to->reterr);
}

int dump_names_write(struct dump_names *names, const struct eyas_state *state,
		     struct eyas_writer *writer, const struct eyas_event *next,
		     struct eyas_err *reterr)
{
	struct to_writer to = { writer, next->cpu, reterr };
	uint64_t named = eyas_state_named(state);
	int err;

	if (names->told == named)
		return 0;
	err = eyas_state_tell_names(state, names->told, next->ts_ns, write_name, &to);
	if (err == -ENOMEM)
		return eyas_err_set(reterr, err, "%s", eyas_strerror(err));
	names->told = named;
	return err;
}
