/* SPDX-License-Identifier: Apache-2.0 */
/* Rules files compared with their JSON schema, as the loader reads them. */
#ifndef RULES_SCHEMA_H
#define RULES_SCHEMA_H

#include "rules/report.h"

/* Of a file that is YAML: what differs is kept in the report. */
void rules_schema_check(struct eyas_rules_report *report, const struct rules_source *source);

#endif
