/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Figures and the web server, as Falco's configuration asks for them (reference/falco_cli_config.md,
 * sections 6 and 7).
 */
#ifndef COMPAT_FALCO_METRICS_H
#define COMPAT_FALCO_METRICS_H

#include "compat/falco_run.h"
#include "detect/metrics.h"
#include "detect/web.h"

struct falco_metrics {
	struct detect_metrics *figures; /* for the detector; NULL = there are none */
	struct detect_web *web;
};

/*
 * Rules are loaded; zero-initialised metrics. A server is not started for captures, and without its
 * library only an error is logged: the detection is worth more. Other errors in words, with nothing
 * left open.
 */
int falco_metrics_open(const struct falco *falco, struct falco_metrics *metrics,
		       struct eyas_err *reterr);
/* Behind detector_end(). */
void falco_metrics_close(struct falco_metrics *metrics);

#endif
