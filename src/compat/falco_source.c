/* SPDX-License-Identifier: Apache-2.0 */
/* Falco's engines, as options of a session: a capture, this machine, nothing. */
#include "compat/falco_source.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/err.h"
#include "compat/falco_idle.h"
#include "compat/falco_log.h"
#include "compat/falco_signals.h"

#define SECOND UINT64_C(1000000000)
#define MIB (UINT64_C(1) << 20)

enum { SNAPLEN_MAX = 65000 };

/* ---- this machine ---- */

static uint32_t snap_bytes(const struct falco_config *config)
{
	int64_t snaplen = config->falco_libs.snaplen;

	if (snaplen <= SNAPLEN_MAX)
		return (uint32_t)snaplen;
	falco_log(FALCO_WARNING, "falco_libs.snaplen: %d, which is the most that there is",
		  SNAPLEN_MAX);
	return SNAPLEN_MAX;
}

static void settle_live(const struct falco *falco, struct falco_source *source)
{
	const struct falco_config *config = &falco->config;
	struct eyas_session_opts *session = &source->session;

	source->live =
		(struct eyas_live_opts){ .size = sizeof(source->live),
					 .codes = &falco->codes,
					 .ring_bytes = MIB << (config->engine.buf_size_preset - 1),
					 .snap_bytes = snap_bytes(config),
					 .drop_failed = config->engine.drop_failed_exit };
	session->live = &source->live;
	session->scan = true;
	session->no_iterators = config->engine.disable_iterators;
	session->state.live = 1;
	if (config->falco_libs.purging_timeout_s > 0)
		session->state.idle_ns = (uint64_t)config->falco_libs.purging_timeout_s * SECOND;
	if (config->engine.kind == FALCO_ENGINE_KMOD)
		falco_log(FALCO_WARNING,
			  "engine.kind kmod: eyas has one probe, by eBPF without a module");
	falco_log(FALCO_INFO, "The chosen syscall buffer dimension is: %llu bytes (%llu MBs)",
		  (unsigned long long)source->live.ring_bytes,
		  (unsigned long long)(source->live.ring_bytes / MIB));
	falco_log(FALCO_INFO, "Opening 'syscall' source with modern BPF probe.");
	falco_log(FALCO_INFO, "One ring buffer every '1' CPUs.");
}

static int open_idle(struct falco_source *source, struct eyas_err *reterr)
{
	falco_log(FALCO_INFO, "Opening 'syscall' source with no driver");
	source->session.given = falco_idle_open();
	return source->session.given ? 0
				     : eyas_err_set(reterr, -ENOMEM, "%s", eyas_strerror(-ENOMEM));
}

/* ---- both ---- */

static void settle_state(const struct falco *falco, struct falco_source *source)
{
	struct eyas_state_opts *state = &source->session.state;
	const char *root = getenv("HOST_ROOT");

	state->container_names_apart = 1;
	if (root && root[0]) {
		if (snprintf(source->proc_root, sizeof(source->proc_root), "%s/proc", root) <
		    (int)sizeof(source->proc_root))
			state->proc_root = source->proc_root;
		else
			falco_log(FALCO_WARNING, "HOST_ROOT is too long; /proc is looked at");
	}
	if (falco->config.falco_libs.thread_table_size > 0)
		state->max_threads = (uint64_t)falco->config.falco_libs.thread_table_size;
}

/* -M counts from the first event: what is as late as that is not wanted any more. */
static void settle_end(const struct falco *falco, struct falco_source *source)
{
	uint64_t seconds = falco->options->seconds;

	if (!seconds)
		return;
	snprintf(source->end, sizeof(source->end), "+%llu.999999999",
		 (unsigned long long)seconds - 1);
	source->session.to = source->end;
	/* Nothing may come that would be the last. */
	source->session.duration_ns = seconds * SECOND;
}

int falco_source_open(const struct falco *falco, struct falco_source *source,
		      struct eyas_session **ret_session, struct eyas_err *reterr)
{
	const struct falco_config *config = &falco->config;
	struct eyas_session_opts *session = &source->session;
	struct eyas_err err;
	int res = 0;

	session->follow = true;
	session->stop = &falco_ending;
	settle_state(falco, source);
	settle_end(falco, source);
	if (config->engine.kind == FALCO_ENGINE_REPLAY) {
		session->paths = &config->engine.capture_file;
		session->npaths = 1;
	} else if (config->engine.kind == FALCO_ENGINE_NODRIVER) {
		res = open_idle(source, reterr);
	} else {
		settle_live(falco, source);
	}
	if (res)
		return res;
	res = eyas_session_open(session, ret_session, &err);
	if (!res && session->npaths)
		falco_log(FALCO_INFO, "Replaying events from the capture file: %s",
			  config->engine.capture_file);
	if (!res)
		return 0;
	return session->npaths ? eyas_err_set(reterr, res,
					      "Could not open trace filename %s for reading: "
					      "%s",
					      config->engine.capture_file, err.text)
			       : eyas_err_set(reterr, res, "%s", err.text);
}
