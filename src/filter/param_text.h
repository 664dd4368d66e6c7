/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Parameters of an event as text with what the state knows: "fd=3(<f>/etc/passwd)",
 * "res=-2(ENOENT)", "uid=0(root)". What evt.arg, evt.args and the default line print.
 */
#ifndef FILTER_PARAM_TEXT_H
#define FILTER_PARAM_TEXT_H

#include "filter/field.h"

/*
 * One parameter: "raw", or "raw(resolved)" if there is a resolved form. opts: buffers, max_bytes,
 * raw_text.
 */
void eyas_param_put(struct eyas_str *out, const struct eyas_context *context,
		    const struct eyas_param *param, const struct field_opts *opts);
/* Only the raw form. */
void eyas_param_put_raw(struct eyas_str *out, const struct eyas_context *context,
			const struct eyas_param *param, const struct field_opts *opts);
/* Only the resolved form, nothing if there is none; evt.arg prefers it. */
void eyas_param_put_resolved(struct eyas_str *out, const struct eyas_context *context,
			     const struct eyas_param *param, const struct field_opts *opts);
/* The same, but nothing for users and groups without a name, which are "<NA>" elsewhere. */
void eyas_param_put_meaning(struct eyas_str *out, const struct eyas_context *context,
			    const struct eyas_param *param, const struct field_opts *opts);
/*
 * Where a path parameter leads: joined to the directory of the descriptor its row in the schema
 * names, else to the working directory; "<UNKNOWN>/..." when that descriptor is unknown. As it
 * is, without escapes. The event has a thread.
 */
void eyas_param_put_abspath(struct eyas_str *out, const struct eyas_context *context,
			    const struct eyas_param *param);
/*
 * All of them: "name=value name=value", without a blank at either end. Nothing for generic
 * events, whose parameters are the number of the system call.
 */
void eyas_params_put(struct eyas_str *out, const struct eyas_context *context,
		     const struct field_opts *opts);

#endif
