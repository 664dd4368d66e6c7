/* SPDX-License-Identifier: Apache-2.0 */
/* What the one-shot outputs of falco share. */
#include "compat/falco_out.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "compat/falco_oneshot.h"

int falco_format_find(const char *name)
{
	static const char *const names[] = { "text", "markdown", "json" };
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(names[i], name))
			return (int)i;
	return EYAS_E_USAGE;
}

static int read_all(int fd, size_t max, struct eyas_str *ret)
{
	ssize_t n = 1;
	char *to;

	while (n && ret->len <= max) {
		to = eyas_str_reserve(ret, 65536);
		if (!to)
			return -ENOMEM;
		n = read(fd, to, 65536);
		if (n < 0 && errno != EINTR)
			return -errno;
		ret->len += n > 0 ? (size_t)n : 0;
	}
	return 0;
}

int falco_read(const char *path, size_t max, struct eyas_str *ret, struct eyas_err *reterr)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int res = fd < 0 ? -errno : read_all(fd, max, ret);

	if (fd >= 0)
		close(fd);
	if (res < 0)
		return eyas_err_set(reterr, res, "Could not open %.200s for reading: %s", path,
				    eyas_strerror(res));
	return 0;
}

int falco_out(struct eyas_str *str, FILE *to, struct eyas_err *reterr)
{
	int res = 0;

	errno = 0;
	if (str->nomem)
		res = eyas_err_set(reterr, -ENOMEM, "out of memory");
	else if (str->len && (fwrite(str->data, 1, str->len, to) != str->len || fflush(to)))
		res = eyas_err_set(reterr, errno ? -errno : -EIO, "cannot write: %s",
				   eyas_strerror(errno ? -errno : -EIO));
	eyas_str_fini(str);
	return res;
}
