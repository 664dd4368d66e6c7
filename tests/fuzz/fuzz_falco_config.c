/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as a configuration of Falco: the main file, up to a first NUL, and behind it options,
 * each up to a NUL. What is refused has words; what is not has all its members, and texts that can
 * be read to their ends.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "compat/falco_config.h"

enum { MAX_OPTIONS = 8 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static volatile size_t total;

static void on_log(void *ctx, unsigned severity, const char *text)
{
	(void)ctx;
	if (severity > 7 || !text[0] || strchr(text, '\n'))
		abort();
	total += strlen(text);
}

static void read_texts(const struct falco_texts *texts)
{
	size_t i;

	for (i = 0; i < texts->count; i++)
		total += strlen(texts->texts[i]);
}

static void read_all(const struct falco_config *config)
{
	const struct falco_append *append;
	size_t i, j;

	read_texts(&config->rules_files);
	read_texts(&config->loaded_files);
	read_texts(&config->drops.actions_text);
	read_texts(&config->base_syscalls.custom_set);
	for (i = 0; i < config->append_output.count; i++) {
		append = &config->append_output.entries[i];
		read_texts(&append->tags);
		for (j = 0; j < append->nfields; j++)
			total += strlen(append->fields[j].key);
	}
	for (i = 0; i < config->static_fields.count; i++)
		total += strlen(config->static_fields.fields[i].key) +
			 strlen(config->static_fields.fields[i].value);
	for (i = 0; i < config->rules.count; i++)
		total += strlen(config->rules.entries[i].pattern);
	for (i = 0; i < config->plugins.count; i++)
		total += strlen(config->plugins.entries[i].name) +
			 strlen(config->plugins.entries[i].library_path) +
			 strlen(config->plugins.entries[i].init_config) +
			 strlen(config->plugins.entries[i].open_params);
	total += strlen(config->priority) + strlen(config->http_output.url) +
		 strlen(config->webserver.listen_address) + strlen(config->metrics.interval);
	if (config->log_severity > 7 || config->engine.kind > FALCO_ENGINE_NODRIVER)
		abort();
}

/* A file in memory that can be opened by its name. */
static int make_file(const uint8_t *data, size_t size, char *path, size_t len)
{
	static int fd = -1;

	if (fd < 0) {
		FILE *file = tmpfile();

		if (!file)
			abort();
		fd = fileno(file);
	}
	if (ftruncate(fd, 0) || pwrite(fd, data, size, 0) != (ssize_t)size)
		abort();
	snprintf(path, len, "/proc/self/fd/%d", fd);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *overrides[MAX_OPTIONS];
	char path[64], *copy = malloc(size + 1), *at, *end = copy + size;
	struct falco_config_opts opts = { .path = path, .overrides = overrides, .log = on_log };
	struct falco_config config;
	struct eyas_err err = { 0 };

	if (!copy)
		abort();
	if (size)
		memcpy(copy, data, size);
	*end = '\0';
	setenv("A", "${B}$${A}", 1);
	setenv("B", "true", 1);
	setenv("C", "${C}${C}", 1);
	at = copy + strlen(copy);
	make_file(data, (size_t)(at - copy), path, sizeof(path));
	while (at < end && opts.noverrides < MAX_OPTIONS) {
		overrides[opts.noverrides++] = ++at;
		at += strlen(at);
	}
	if (falco_config_load(&opts, &config, &err)) {
		if (!err.text[0])
			abort();
	} else {
		read_all(&config);
		falco_config_fini(&config);
	}
	free(copy);
	return 0;
}
