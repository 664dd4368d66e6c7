/* SPDX-License-Identifier: Apache-2.0 */
/* Between the alerts of rules and their sinks (alerts.c), and internal alerts (alerts_internal.c). */
#ifndef DETECT_ALERTS_INT_H
#define DETECT_ALERTS_INT_H

#include "base/str.h"
#include "detect/alerts.h"

struct eyas_alerts {
	struct eyas_rules_alert_opts format; /* with the hostname below */
	char *hostname, *name;
	bool limited;
	struct output_bucket bucket;
	struct output_sink **sinks; /* those that could be opened */
	size_t nsinks;
	struct eyas_str text; /* of the internal alert that is being made */
	struct eyas_alerts_stats stats;
};

/* To all sinks; -EPIPE when all are broken. */
int alerts_put(struct eyas_alerts *alerts, const char *text, size_t len, unsigned priority);

#endif
