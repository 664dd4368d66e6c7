/* SPDX-License-Identifier: Apache-2.0 */
/* Options structs that carry their own size. */
#include "base/opts.h"

#include <errno.h>
#include <string.h>

#include "base/err.h"

int eyas_opts_copy(void *to, size_t to_size, const void *from, const char *what,
		   struct eyas_err *reterr)
{
	const unsigned char *bytes = from;
	size_t size, i;

	memset(to, 0, to_size);
	if (!from)
		return 0;
	memcpy(&size, from, sizeof(size));
	if (size < sizeof(size) || size > 65536)
		return eyas_err_set(reterr, -EINVAL,
				    "%s options say they have %zu bytes, expected %zu", what, size,
				    to_size);
	for (i = to_size; i < size; i++)
		if (bytes[i])
			return eyas_err_set(
				reterr, -EINVAL,
				"%s options ask for something this version does not know", what);
	memcpy(to, from, size < to_size ? size : to_size);
	return 0;
}
