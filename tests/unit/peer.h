/* SPDX-License-Identifier: Apache-2.0 */
/* The other end of a unix socket that takes packets, for tests. */
#ifndef TESTS_PEER_H
#define TESTS_PEER_H

#include "unit/harness.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static inline int peer_listen(const char *path, int backlog)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_SEQPACKET, 0);

	CHECK(fd >= 0 && strlen(path) < sizeof(address.sun_path));
	strcpy(address.sun_path, path);
	unlink(path);
	CHECK(!bind(fd, (struct sockaddr *)&address, sizeof(address)));
	CHECK(!listen(fd, backlog));
	return fd;
}

static inline int peer_accept(int listener)
{
	int fd = accept(listener, NULL, NULL);

	CHECK(fd >= 0);
	return fd;
}

/* The length of a packet, 0 at the end, -1 when there is none now. */
static inline ssize_t peer_read(int fd, void *buf, size_t size)
{
	ssize_t n = recv(fd, buf, size, MSG_DONTWAIT);

	CHECK(n >= 0 || errno == EAGAIN || errno == ECONNRESET);
	return n;
}

#endif
