/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Is there what live recording needs? Whoever asks for LibSysFlow's own eBPF probe or kernel module
 * gets its checks and its codes, so that what is built around them goes on to work; then, as for
 * everybody else, our probe is the one that is loaded.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <eyas/live.h>

#include "base/err.h"
#include "capture/bpf_feature.h"
#include "session/sysflow_int.h"

/* The name of the module in the list, with what separates it from its numbers. */
static const char module_name[] = "falco ";

int driver_check_probe_file(const char *path, struct eyas_err *reterr)
{
	char *real = realpath(path, NULL);
	int err = errno, code;

	if (real) {
		free(real);
		return 0;
	}
	switch (err) {
	case EACCES:
		code = SYSFLOW_E_PROBE_ACCESS_DENIED;
		break;
	case ENOENT:
		code = SYSFLOW_E_PROBE_NOT_EXIST;
		break;
	case EIO:
		code = SYSFLOW_E_READING_FILE_SYSTEM;
		break;
	case ENAMETOOLONG:
		code = SYSFLOW_E_NAME_TOO_LONG;
		break;
	default:
		code = SYSFLOW_E_PROBE_CHECK;
	}
	return eyas_err_set(reterr, code, "probe %s: %s", path, strerror(err));
}

int driver_check_modules(const char *path, struct driver_log *log, struct eyas_err *reterr)
{
	FILE *file = fopen(path, "re");
	char *line = NULL;
	size_t size = 0;
	bool found = false, live = false;

	/* A kernel without modules or a hidden /proc says nothing about the probe. */
	if (!file) {
		driver_log(log, SYSFLOW_LOG_WARNING, "%s: %s: modules are not checked", path,
			   strerror(errno));
		return 0;
	}
	while (!found && getline(&line, &size, file) > 0) {
		found = !strncmp(line, module_name, sizeof(module_name) - 1);
		live = found && strstr(line, " Live ");
	}
	free(line);
	fclose(file);
	if (!found)
		return eyas_err_set(reterr, SYSFLOW_E_PROBE_NOT_LOADED,
				    "the kernel module falco is not loaded; without it, ask for "
				    "another driver or for no module checks");
	if (!live)
		driver_log(log, SYSFLOW_LOG_WARNING, "the kernel module falco is not live");
	return 0;
}

int driver_check_kernel(struct driver_log *log, struct eyas_err *reterr)
{
	struct eyas_live_feature feature;
	unsigned i;

	for (i = 0; eyas_live_feature(i, &feature); i++) {
		if (feature.verdict == EYAS_LIVE_OK)
			continue;
		if (feature.verdict == EYAS_LIVE_WORSE) {
			driver_log(log, SYSFLOW_LOG_WARNING, "%s: %s", feature.name, feature.text);
			continue;
		}
		return eyas_err_set(
			reterr,
			strcmp(feature.name, BPF_FEATURE_RIGHTS) ? SYSFLOW_E_OPERATION_NOT_SUPPORTED
								 : SYSFLOW_E_PROBE_ACCESS_DENIED,
			"the probe cannot be loaded: %s: %s", feature.name, feature.text);
	}
	return 0;
}

int driver_check(const struct driver_config *config, struct driver_log *log,
		 struct eyas_err *reterr)
{
	int err = 0;

	if (!config->live || !config->fields.moduleChecks)
		return 0;
	if (config->fields.driverType == SYSFLOW_DRIVER_EBPF && !config->probe_path)
		err = eyas_err_set(
			reterr, SYSFLOW_E_PROBE_NOT_EXIST,
			"the eBPF probe: neither FALCO_BPF_PROBE nor HOME says where it is");
	else if (config->fields.driverType == SYSFLOW_DRIVER_EBPF)
		err = driver_check_probe_file(config->probe_path, reterr);
	else if (config->fields.driverType == SYSFLOW_DRIVER_KMOD)
		err = driver_check_modules("/proc/modules", log, reterr);
	return err ? err : driver_check_kernel(log, reterr);
}
