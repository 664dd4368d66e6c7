/* SPDX-License-Identifier: Apache-2.0 */
/* Where the web server listens, and its key. */
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/err.h"
#include "detect/web_int.h"

enum { BACKLOG = 128, PEM_MAX = 1 << 20 };

static int bind_and_listen(int fd, const struct addrinfo *info, uint16_t *ret_port)
{
	struct sockaddr_storage bound;
	socklen_t len = sizeof(bound);
	int one = 1;

	/* A server that starts again must not wait for the connections of the one before. */
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) ||
	    bind(fd, info->ai_addr, info->ai_addrlen) || listen(fd, BACKLOG) ||
	    getsockname(fd, (struct sockaddr *)&bound, &len))
		return -errno;
	*ret_port = ntohs(bound.ss_family == AF_INET
				  ? ((const struct sockaddr_in *)(const void *)&bound)->sin_port
				  : ((const struct sockaddr_in6 *)(const void *)&bound)->sin6_port);
	return 0;
}

int web_listen(const char *address, uint16_t port, uint16_t *ret_port, struct eyas_err *reterr)
{
	const struct addrinfo hints = { .ai_family = AF_UNSPEC,
					.ai_socktype = SOCK_STREAM,
					.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV };
	struct addrinfo *info;
	char text[8];
	int fd, res;

	snprintf(text, sizeof(text), "%u", port);
	res = getaddrinfo(address, text, &hints, &info);
	if (res)
		return eyas_err_set(reterr, EYAS_E_USAGE,
				    "'%s': expected an address of IPv4 or IPv6", address);
	fd = socket(info->ai_family, info->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	res = fd < 0 ? -errno : bind_and_listen(fd, info, ret_port);
	freeaddrinfo(info);
	if (!res)
		return fd;
	if (fd >= 0)
		close(fd);
	return eyas_err_set(reterr, res, "cannot listen on %s port %u: %s", address, port,
			    strerror(-res));
}

int web_read_pem(const char *path, struct eyas_str *out, struct eyas_err *reterr)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	ssize_t n = -1;
	char *to;

	if (fd < 0)
		return eyas_err_set(reterr, -errno, "certificate '%s': %s", path, strerror(errno));
	while (out->len <= PEM_MAX && (to = eyas_str_reserve(out, 4096))) {
		n = read(fd, to, 4096);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		out->len += (size_t)n;
	}
	close(fd);
	eyas_str_putc(out, '\0');
	if (out->nomem)
		return eyas_err_set(reterr, -ENOMEM, "%s", eyas_strerror(-ENOMEM));
	if (n < 0)
		return eyas_err_set(reterr, -errno, "certificate '%s': %s", path, strerror(errno));
	if (n)
		return eyas_err_set(reterr, -EFBIG, "certificate '%s': more than 1 MiB", path);
	return 0;
}
