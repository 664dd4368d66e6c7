/* SPDX-License-Identifier: Apache-2.0 */
/* Figures in the text format of Prometheus, version 0.0.4, by the names that Falco gives them. */
#ifndef DETECT_PROMETHEUS_H
#define DETECT_PROMETHEUS_H

#include "base/str.h"
#include "detect/metrics_set.h"

#define PROMETHEUS_CONTENT_TYPE "text/plain; version=0.0.4"

/* Append all of a set. */
void prometheus_put(struct eyas_str *out, const struct metrics_set *set);

#endif
