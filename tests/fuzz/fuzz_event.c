/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as one event: view, check, accessors and text, also of what the check refuses. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <eyas/event.h>

#include "base/str.h"
#include "schema/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void use_param(const struct eyas_param *param, struct eyas_str *text)
{
	struct eyas_param_info info;
	struct eyas_param variant;
	struct eyas_sock sock;
	const char *str;
	uint64_t unsigned_value;
	int64_t value;
	char buf[16];
	size_t len;
	int res = 0;

	text->len = 0;
	eyas_text_raw(text, param);
	eyas_text_resolved(text, param);
	eyas_text_param(text, param, 7);
	if (text->nomem)
		abort();
	if (eyas_param_text(param, EYAS_TEXT_BOTH, buf, sizeof(buf)) > 15 && strlen(buf) != 15)
		abort();
	res |= eyas_param_int(param, &value);
	res |= eyas_param_uint(param, &unsigned_value);
	res |= eyas_param_str(param, &str, &len);
	res |= eyas_param_sock(param, &sock);
	res |= eyas_param_variant(param, &info, &variant);
	(void)res;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct eyas_str text;
	struct eyas_param_iter iter;
	struct eyas_event event;
	struct eyas_param param, same;
	struct eyas_err err;
	unsigned i = 0;
	size_t len;

	if (eyas_event_view(data, size, &event, &err))
		return 0;
	if (eyas_event_check(&event, &err) > 0)
		abort();
	eyas_event_name(&event, &len);
	eyas_param_iter_init(&iter, &event);
	while (eyas_param_iter_next(&iter, &param)) {
		eyas_event_param(&event, i++, &same);
		if (same.len != param.len || same.info != param.info ||
		    (param.len && same.data != param.data))
			abort();
		use_param(&param, &text);
	}
	return 0;
}
