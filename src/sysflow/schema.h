/* SPDX-License-Identifier: Apache-2.0 */
/* The texts of the schemas that are written. */
#ifndef SYSFLOW_SCHEMA_H
#define SYSFLOW_SCHEMA_H

/* Compact JSON of schema 5 or 6, static; NULL for any other. */
const char *sf_schema_text(int schema);

#endif
