/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs a fuzz target without libFuzzer: on the empty input, on every file named, and on every
 * file in every directory named. "make test" replays the corpora with it, so that an input
 * that crashed once stays a test on machines without clang.
 */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* For one input; what takes longer hangs. */
enum { LIMIT_S = 60 };

static unsigned long inputs;

static int run_file(const char *path)
{
	FILE *file = fopen(path, "rb");
	uint8_t *data = NULL, *bigger;
	size_t len = 0, cap = 0, got;

	if (!file) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		return 1;
	}
	do {
		if (len == cap) {
			cap = cap ? 2 * cap : 4096;
			bigger = realloc(data, cap);
			if (!bigger)
				abort();
			data = bigger;
		}
		got = fread(data + len, 1, cap - len, file);
		len += got;
	} while (got);
	fclose(file);
	/* An exact copy, so that the sanitizer sees a read past the end. */
	bigger = malloc(len ? len : 1);
	if (!bigger)
		abort();
	memcpy(bigger, data, len);
	free(data);
	/* Named before it runs: the last name printed is the one that crashed. */
	fprintf(stderr, "%s\n", path);
	alarm(LIMIT_S);
	LLVMFuzzerTestOneInput(bigger, len);
	alarm(0);
	free(bigger);
	inputs++;
	return 0;
}

static int run_path(const char *path)
{
	struct dirent *entry;
	struct stat st;
	char name[PATH_MAX];
	int failed = 0;
	DIR *dir;

	if (stat(path, &st)) {
		/* A target without a corpus has the empty input alone. */
		return errno != ENOENT;
	}
	if (!S_ISDIR(st.st_mode))
		return run_file(path);
	dir = opendir(path);
	if (!dir)
		return 1;
	while ((entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		if (snprintf(name, sizeof(name), "%s/%s", path, entry->d_name) >= (int)sizeof(name))
			failed = 1;
		else
			failed |= run_file(name);
	}
	closedir(dir);
	return failed;
}

int main(int argc, char **argv)
{
	int failed = 0, i;

	LLVMFuzzerTestOneInput((const uint8_t *)"", 0);
	for (i = 1; i < argc; i++)
		failed |= run_path(argv[i]);
	printf("%lu inputs\n", inputs);
	return failed;
}
