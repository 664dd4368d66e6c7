/* SPDX-License-Identifier: Apache-2.0 */
/* Which files were loaded: names and hashes, so that somebody far away sees what is in force. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sha2.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "detect/metrics_int.h"

static int add(struct detect_metrics *metrics, enum detect_metrics_file kind, const char *path,
	       SHA2_CTX *hash)
{
	const char *slash = strrchr(path, '/');
	struct metrics_file *files, *file;

	files = realloc(metrics->files, (metrics->nfiles + 1) * sizeof(*files));
	if (!files)
		return -ENOMEM;
	metrics->files = files;
	file = &files[metrics->nfiles];
	file->kind = kind;
	file->name = strdup(slash ? slash + 1 : path);
	if (!file->name)
		return -ENOMEM;
	SHA256End(hash, file->hash);
	metrics->nfiles++;
	return 0;
}

int detect_metrics_add_text(struct detect_metrics *metrics, enum detect_metrics_file kind,
			    const char *name, const char *text, size_t len)
{
	SHA2_CTX hash;

	SHA256Init(&hash);
	SHA256Update(&hash, (const uint8_t *)text, len);
	return add(metrics, kind, name, &hash);
}

static int hash_all(int fd, SHA2_CTX *hash)
{
	uint8_t buffer[16384];
	ssize_t n;

	SHA256Init(hash);
	for (;;) {
		n = read(fd, buffer, sizeof(buffer));
		if (n < 0 && errno != EINTR)
			return -errno;
		if (!n)
			return 0;
		if (n > 0)
			SHA256Update(hash, buffer, (size_t)n);
	}
}

/* A pipe was read once and has nothing more to say, and opening it must not wait for a writer. */
int detect_metrics_add_file(struct detect_metrics *metrics, enum detect_metrics_file kind,
			    const char *path, struct eyas_err *reterr)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat status;
	SHA2_CTX hash;
	int res = 0;

	if (fd < 0)
		return eyas_err_set(reterr, -errno, "'%s': %s", path, strerror(errno));
	if (!fstat(fd, &status) && S_ISREG(status.st_mode)) {
		res = hash_all(fd, &hash);
		if (!res)
			res = add(metrics, kind, path, &hash);
	}
	close(fd);
	return res ? eyas_err_set(reterr, res, "'%s': %s", path, eyas_strerror(res)) : 0;
}

void metrics_collect_files(struct metrics_set *set, const struct metrics_file *files, size_t count)
{
	static const struct {
		const char *name, *family;
	} kinds[] = {
		[DETECT_METRICS_RULES_FILE] = { "sha256_rules_file",
						METRICS_PEER "falco_sha256_rules_files" },
		[DETECT_METRICS_CONFIG_FILE] = { "sha256_config_file",
						 METRICS_PEER "falco_sha256_config_files" },
	};
	const struct metrics_file *file, *end = files + count;
	struct metrics_row *row;
	unsigned kind;

	for (kind = 0; kind < sizeof(kinds) / sizeof(kinds[0]); kind++) {
		for (file = files; file < end; file++) {
			const struct metrics_label labels[] = { { "file_name", file->name },
								{ "sha256", file->hash } };

			if (file->kind != kind)
				continue;
			row = metrics_set_row(
				set, METRICS_OWN,
				metrics_set_printf(set, "%s.%s", kinds[kind].name,
						   metrics_set_word(set, file->name)));
			row->kind = METRICS_TEXT;
			row->value.text = file->hash;
			metrics_set_labels(set, row, kinds[kind].family, labels, 2);
		}
	}
}
