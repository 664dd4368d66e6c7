/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Makes system calls as fast as it can, and says how many: what bench_live.py lets be watched.
 *
 *	flood getppid|files|pipe SECONDS
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { BATCH = 1000 };

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* Returns the number of calls it made. */
static unsigned turn(const char *what, const int *fds)
{
	char buf[64] = "x";
	int fd;

	if (what[0] == 'g') {
		syscall(SYS_getppid);
		return 1;
	}
	if (what[0] == 'f') {
		fd = (int)syscall(SYS_openat, AT_FDCWD, "/etc/passwd", O_RDONLY);
		if (syscall(SYS_read, fd, buf, sizeof(buf)) < 0)
			exit(1);
		syscall(SYS_close, fd);
		return 3;
	}
	if (syscall(SYS_write, fds[1], buf, 1) != 1 || syscall(SYS_read, fds[0], buf, 1) != 1)
		exit(1);
	return 2;
}

int main(int argc, char **argv)
{
	unsigned long long calls = 0;
	double begin, seconds;
	int fds[2], i;

	if (argc != 3 || pipe(fds)) {
		fprintf(stderr, "usage: flood getppid|files|pipe SECONDS\n");
		return 2;
	}
	seconds = atof(argv[2]);
	begin = now();
	do {
		for (i = 0; i < BATCH; i++)
			calls += turn(argv[1], fds);
	} while (now() - begin < seconds);
	printf("%llu %.6f\n", calls, now() - begin);
	return 0;
}
