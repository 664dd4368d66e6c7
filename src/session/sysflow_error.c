/* SPDX-License-Identifier: Apache-2.0 */
/* The codes of sysflow.h: their words, and which of them a code of this library is. */
#include <errno.h>
#include <stddef.h>

#include "session/sysflow_int.h"

static const struct {
	int code;
	const char *text;
} errors[] = {
	{ SYSFLOW_E_LIBS, "failure of the library" },
	{ SYSFLOW_E_PROBE_ACCESS_DENIED, "rights for the probe are missing" },
	{ SYSFLOW_E_PROBE_NOT_EXIST, "the probe does not exist" },
	{ SYSFLOW_E_READING_FILE_SYSTEM, "failure of the file system of the probe" },
	{ SYSFLOW_E_NAME_TOO_LONG, "the name of the probe is too long" },
	{ SYSFLOW_E_PROBE_CHECK, "the probe does not pass the check" },
	{ SYSFLOW_E_PROBE_NOT_LOADED, "the kernel module is not loaded" },
	{ SYSFLOW_E_DRIVER_LIBS_MISMATCH, "versions do not match" },
	{ SYSFLOW_E_EVENT_PARSING, "events cannot be read" },
	{ SYSFLOW_E_PROC_RESOURCE_NOT_FOUND, "/proc cannot be read" },
	{ SYSFLOW_E_OPERATION_NOT_SUPPORTED, "operation not supported" },
	{ SYSFLOW_E_CONFIG, "the configuration makes no sense" },
	{ SYSFLOW_E_OUTPUT, "records cannot be written" },
};

const char *sysflow_error_text(int code)
{
	size_t i;

	for (i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
		if (errors[i].code == code)
			return errors[i].text;
	return eyas_strerror(code);
}

static bool is_ours(int err)
{
	return err <= SYSFLOW_E_LIBS;
}

/* What is wrong with a source whatever is done with it; 0 = something else is wrong. */
static int source_error(int err)
{
	switch (err) {
	case EYAS_E_TRUNC:
	case EYAS_E_FORMAT:
	case EYAS_E_PARAM:
	case EYAS_E_LIMIT:
		return SYSFLOW_E_EVENT_PARSING;
	case EYAS_E_VERSION:
		return SYSFLOW_E_DRIVER_LIBS_MISMATCH;
	case -ENOTSUP:
		return SYSFLOW_E_OPERATION_NOT_SUPPORTED;
	case -ENOMEM:
		return SYSFLOW_E_LIBS;
	default:
		return 0;
	}
}

static int set(int code, struct eyas_err *reterr)
{
	if (reterr)
		reterr->code = code;
	return code;
}

/* Outputs are opened by the run: what fails here is the configuration or the source. */
int driver_open_error(int err, bool live, struct eyas_err *reterr)
{
	int code;

	if (!err || is_ours(err))
		return err;
	code = source_error(err);
	if (err == -EINVAL || err == -ENAMETOOLONG || (live && err == -E2BIG))
		code = SYSFLOW_E_CONFIG;
	else if (live && err == -EPERM)
		code = SYSFLOW_E_PROBE_ACCESS_DENIED;
	else if (live && (err == -ENOENT || err == -EACCES))
		code = SYSFLOW_E_PROC_RESOURCE_NOT_FOUND;
	return set(code ? code : SYSFLOW_E_LIBS, reterr);
}

int driver_run_error(int err, bool live, bool lost_records, struct eyas_err *reterr)
{
	int code;

	if (!err || is_ours(err))
		return err;
	code = source_error(err);
	/* The only failures of a source that come as these: a disk, and a probe that fell silent. */
	if (!code && err == -EIO && !lost_records)
		code = live ? SYSFLOW_E_PROBE_CHECK : SYSFLOW_E_LIBS;
	return set(code ? code : SYSFLOW_E_OUTPUT, reterr);
}
