/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a configuration asks for: its defaults, what the environment changes, and what makes no
 * sense. Everything that is wrong with it is found here, before anything is opened.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/opts.h"
#include "session/sysflow_int.h"

/* What falco calls the file of its probe, below the home directory. */
static const char probe_in_home[] = ".falco/falco-bpf.o";

enum { BUFFER_BYTES = 8 << 20 };

/*
 * A later version of the struct is longer. Then this has to go on to write no more than today's
 * fields, for those that were built with today's header; the new one goes by a new name.
 */
void sysflow_config_init(struct sysflow_config *config)
{
	*config = (struct sysflow_config){
		.size = sizeof(*config),
		.rotateInterval = 300,
		.exporterID = "",
		.nodeIP = "",
		.filePath = "",
		.socketPath = "",
		.scapInputPath = "",
		.falcoFilter = "",
		.samplingRatio = 1,
		.criPath = "",
		.criTO = 30,
		.enableProcessFlow = true,
		.fileOnly = true,
		.fileReadMode = 2,
		.dropMode = true,
		.k8sAPIURL = "",
		.k8sAPICert = "",
		.moduleChecks = true,
		.singleBufferDimension = BUFFER_BYTES,
		.appName = "sysflowlibs",
		.collectionMode = SYSFLOW_MODE_FLOW,
		.driverType = SYSFLOW_NO_DRIVER,
		.schema = 5,
		.codec = "deflate",
		.kernelAggregation = true,
	};
}

/* ---- text ---- */

static const size_t texts[] = {
	offsetof(struct sysflow_config, exporterID),
	offsetof(struct sysflow_config, nodeIP),
	offsetof(struct sysflow_config, filePath),
	offsetof(struct sysflow_config, socketPath),
	offsetof(struct sysflow_config, scapInputPath),
	offsetof(struct sysflow_config, falcoFilter),
	offsetof(struct sysflow_config, criPath),
	offsetof(struct sysflow_config, k8sAPIURL),
	offsetof(struct sysflow_config, k8sAPICert),
	offsetof(struct sysflow_config, appName),
	offsetof(struct sysflow_config, codec),
};

/* A copy of text that lives as long as the configuration; NULL when out of memory. */
static const char *keep(struct driver_config *config, const char *text)
{
	return eyas_arena_text(&config->text, text ? text : "", text ? strlen(text) : 0);
}

static bool keep_texts(struct driver_config *config)
{
	char *base = (char *)&config->fields;
	const char **field;
	size_t i;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		field = (const char **)(base + texts[i]);
		*field = keep(config, *field);
		if (!*field)
			return false;
	}
	return true;
}

/* ---- the environment ---- */

/* Which probe is asked for, and where its file is. Only a choice that was left open depends on it. */
static bool env_probe(struct driver_config *config)
{
	const char *probe = getenv("FALCO_BPF_PROBE"), *home = getenv("HOME");
	struct sysflow_config *fields = &config->fields;
	char path[PATH_MAX];

	if (fields->driverType == SYSFLOW_NO_DRIVER && probe)
		fields->driverType = SYSFLOW_DRIVER_EBPF;
	if (fields->driverType != SYSFLOW_DRIVER_EBPF || (!(probe && *probe) && !home))
		return true;
	if (!probe || !*probe) {
		snprintf(path, sizeof(path), "%s/%s", home, probe_in_home);
		probe = path;
	}
	config->probe_path = keep(config, probe);
	return config->probe_path;
}

/* Text of a variable, where there is one, in place of the field's. False when out of memory. */
static bool env_text(struct driver_config *config, const char *name, const char **field)
{
	const char *value = getenv(name);

	if (value)
		*field = keep(config, value);
	return *field;
}

/* What is not settled where all flows are (session/flow_env.h). */
static bool env_apply(struct driver_config *config)
{
	struct sysflow_config *fields = &config->fields;
	const char *log = getenv("DRIVER_LOG");

	if (log)
		fields->debugMode = !strcmp(log, "1");
	return env_text(config, "SF_K8S_API_URL", &fields->k8sAPIURL) &&
	       env_text(config, "SF_K8S_API_CERT", &fields->k8sAPICert) &&
	       (!config->live || env_probe(config));
}

/* ---- what makes no sense ---- */

static int check_range(const char *field, long long value, long long min, long long max,
		       struct eyas_err *reterr)
{
	if (value >= min && value <= max)
		return 0;
	return eyas_err_set(reterr, SYSFLOW_E_CONFIG, "%s is %lld: expected from %lld to %lld",
			    field, value, min, max);
}

static int check_live(const struct sysflow_config *fields, struct eyas_err *reterr)
{
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);

	if (fields->singleBufferDimension % page)
		return eyas_err_set(
			reterr, SYSFLOW_E_CONFIG,
			"singleBufferDimension is %llu: expected a multiple of the size "
			"of a page, %llu",
			(unsigned long long)fields->singleBufferDimension,
			(unsigned long long)page);
	return check_range("cpuBuffers", fields->cpuBuffers, 0, INT_MAX, reterr);
}

static int check_output(const struct sysflow_config *fields, struct eyas_err *reterr)
{
	const char *codec = fields->codec;

	if (!*fields->filePath && !*fields->socketPath && !fields->callback)
		return eyas_err_set(reterr, SYSFLOW_E_CONFIG,
				    "records have nowhere to go: none of filePath, socketPath and "
				    "callback is set");
	if (*codec && strcmp(codec, "null") && strcmp(codec, "deflate") && strcmp(codec, "snappy"))
		return eyas_err_set(reterr, SYSFLOW_E_CONFIG,
				    "codec is '%s': expected null, deflate or snappy", codec);
	if (fields->strictCompat && fields->schema != 5)
		return eyas_err_set(reterr, SYSFLOW_E_CONFIG,
				    "schema is %d: with strictCompat there is schema 5 only",
				    fields->schema);
	return check_range("schema", fields->schema, 5, 6, reterr);
}

static int check(const struct driver_config *config, struct eyas_err *reterr)
{
	const struct sysflow_config *fields = &config->fields;
	int err = check_output(fields, reterr);

	if (!err)
		err = check_range("rotateInterval", fields->rotateInterval, 0, INT_MAX, reterr);
	if (!err)
		err = check_range("samplingRatio", fields->samplingRatio, 1, 1000000000, reterr);
	if (!err)
		err = check_range("fileReadMode", fields->fileReadMode, 0, 2, reterr);
	if (!err)
		err = check_range("collectionMode", (long long)fields->collectionMode,
				  SYSFLOW_MODE_FLOW, SYSFLOW_MODE_NOFILES, reterr);
	if (!err)
		err = check_range("driverType", (long long)fields->driverType, SYSFLOW_DRIVER_EBPF,
				  SYSFLOW_NO_DRIVER, reterr);
	return err || !config->live ? err : check_live(fields, reterr);
}

/* ---- all of it ---- */

int driver_config_take(const struct sysflow_config *from, struct driver_config *ret_config,
		       struct eyas_err *reterr)
{
	struct driver_config config = { .live = false };
	struct sysflow_config *fields = &config.fields;
	int err;

	if (!from || from->size < sizeof(*from))
		return eyas_err_set(reterr, SYSFLOW_E_CONFIG,
				    "the configuration was not made by sysflow_config_init()");
	if (eyas_opts_copy(fields, sizeof(*fields), from, "SysFlow", reterr)) {
		if (reterr)
			reterr->code = SYSFLOW_E_CONFIG;
		return SYSFLOW_E_CONFIG;
	}
	config.live = !fields->scapInputPath || !*fields->scapInputPath;
	if (!keep_texts(&config) || !env_apply(&config))
		err = eyas_err_set(reterr, SYSFLOW_E_LIBS, "no memory for a configuration");
	else
		err = check(&config, reterr);
	if (err) {
		driver_config_fini(&config);
		return err;
	}
	*ret_config = config;
	return 0;
}

void driver_config_fini(struct driver_config *config)
{
	eyas_arena_fini(&config->text);
}
