/* SPDX-License-Identifier: Apache-2.0 */
/* The checks before live recording: which answer of the system is which error of LibSysFlow. */
#include "unit/harness.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <eyas/live.h>

#include "capture/bpf_feature.h"
#include "session/sysflow_int.h"

static struct eyas_err err;
static struct sysflow_config config;
static struct driver_log dlog;
static unsigned warnings;

static void on_log(void *ctx, enum sysflow_severity severity, const char *text)
{
	(void)ctx;
	(void)text;
	warnings += severity == SYSFLOW_LOG_WARNING;
}

static void begin(void)
{
	sysflow_config_init(&config);
	config.log = on_log;
	driver_log_init(&dlog, &config);
}

static const char *file_with(const char *text)
{
	static char path[300];
	FILE *file;

	snprintf(path, sizeof(path), "%s/file", test_tmpdir());
	file = fopen(path, "w");
	CHECK(file && fputs(text, file) >= 0 && fclose(file) == 0);
	return path;
}

TEST(the_file_of_a_probe)
{
	const char *path = file_with("");
	char below[400], loop[300], *lengthy = malloc(PATH_MAX + 10);

	CHECK(lengthy);
	CHECK_INT(driver_check_probe_file(path, &err), 0);
	snprintf(below, sizeof(below), "%s/probe.o", path);
	CHECK_INT(driver_check_probe_file(below, &err), SYSFLOW_E_PROBE_CHECK);
	CHECK_INT(err.code, SYSFLOW_E_PROBE_CHECK);
	CHECK(strstr(err.text, below));
	snprintf(below, sizeof(below), "%s/missing.o", test_tmpdir());
	CHECK_INT(driver_check_probe_file(below, &err), SYSFLOW_E_PROBE_NOT_EXIST);
	CHECK_INT(driver_check_probe_file("", &err), SYSFLOW_E_PROBE_NOT_EXIST);
	memset(lengthy, 'x', PATH_MAX + 9);
	lengthy[PATH_MAX + 9] = '\0';
	CHECK_INT(driver_check_probe_file(lengthy, &err), SYSFLOW_E_NAME_TOO_LONG);
	snprintf(loop, sizeof(loop), "%s/loop", test_tmpdir());
	CHECK_INT(symlink(loop, loop), 0);
	CHECK_INT(driver_check_probe_file(loop, &err), SYSFLOW_E_PROBE_CHECK);
	free(lengthy);
}

TEST(a_directory_that_may_not_be_entered)
{
	char path[300];

	snprintf(path, sizeof(path), "%s/closed", test_tmpdir());
	CHECK_INT(mkdir(path, 0), 0);
	strcat(path, "/probe.o");
	if (!getuid())
		CHECK_INT(chmod(test_tmpdir(), 0755), 0);
	if (!getuid() && setuid(65534))
		test_skip("no other user to become");
	CHECK_INT(driver_check_probe_file(path, &err), SYSFLOW_E_PROBE_ACCESS_DENIED);
}

TEST(the_list_of_modules)
{
	begin();
	CHECK_INT(driver_check_modules(file_with("ext4 100 1 - Live 0x0\n"
						 "falco 8192 0 - Live 0x0 (OE)\n"),
				       &dlog, &err),
		  0);
	CHECK_INT(warnings, 0);
	CHECK_INT(
		driver_check_modules(file_with("falco 8192 0 - Unloading 0x0 (OE)\n"), &dlog, &err),
		0);
	CHECK_INT(warnings, 1);
	/* Another name, or the name elsewhere, is not it. */
	CHECK_INT(driver_check_modules(file_with("falcon 1 0 - Live 0x0\nx 1 1 falco Live\n"),
				       &dlog, &err),
		  SYSFLOW_E_PROBE_NOT_LOADED);
	CHECK_INT(err.code, SYSFLOW_E_PROBE_NOT_LOADED);
	CHECK_INT(driver_check_modules(file_with(""), &dlog, &err), SYSFLOW_E_PROBE_NOT_LOADED);
	CHECK_INT(driver_check_modules("/nonexistent", &dlog, &err), 0);
	CHECK_INT(warnings, 2);
}

/* The check of our own probe says what its list of features does. */
TEST(the_kernel)
{
	struct eyas_live_feature feature;
	unsigned i, worse = 0;
	int expected = 0;
	bool rights = false;

	begin();
	for (i = 0; eyas_live_feature(i, &feature); i++) {
		rights |= !strcmp(feature.name, BPF_FEATURE_RIGHTS);
		worse += !expected && feature.verdict == EYAS_LIVE_WORSE;
		if (!expected && feature.verdict == EYAS_LIVE_MISSING)
			expected = strcmp(feature.name, BPF_FEATURE_RIGHTS)
					   ? SYSFLOW_E_OPERATION_NOT_SUPPORTED
					   : SYSFLOW_E_PROBE_ACCESS_DENIED;
	}
	CHECK(rights);
	CHECK_INT(driver_check_kernel(&dlog, &err), expected);
	CHECK_INT(warnings, worse);
}

TEST(without_rights)
{
	struct eyas_live_feature feature;

	begin();
	CHECK(eyas_live_feature(0, &feature));
	if (feature.verdict == EYAS_LIVE_MISSING)
		test_skip("%s: %s", feature.name, feature.text);
	if (!getuid() && setuid(65534))
		test_skip("no other user to become");
	CHECK_INT(driver_check_kernel(&dlog, &err), SYSFLOW_E_PROBE_ACCESS_DENIED);
	CHECK_INT(err.code, SYSFLOW_E_PROBE_ACCESS_DENIED);
	CHECK(strstr(err.text, "CAP_BPF"));
}

static int check_as(enum sysflow_driver_type type, const char *probe_path, bool checks, bool live)
{
	struct driver_config taken = { .live = live, .probe_path = probe_path };

	taken.fields = config;
	taken.fields.driverType = type;
	taken.fields.moduleChecks = checks;
	return driver_check(&taken, &dlog, &err);
}

TEST(what_is_checked)
{
	begin();
	CHECK_INT(check_as(SYSFLOW_DRIVER_EBPF, "/nonexistent", true, true),
		  SYSFLOW_E_PROBE_NOT_EXIST);
	CHECK_INT(check_as(SYSFLOW_DRIVER_EBPF, NULL, true, true), SYSFLOW_E_PROBE_NOT_EXIST);
	CHECK_INT(check_as(SYSFLOW_DRIVER_EBPF, "/nonexistent", false, true), 0);
	CHECK_INT(check_as(SYSFLOW_DRIVER_EBPF, "/nonexistent", true, false), 0);
	CHECK_INT(check_as(SYSFLOW_DRIVER_KMOD, NULL, true, true),
		  driver_check_modules("/proc/modules", &dlog, NULL)
			  ? SYSFLOW_E_PROBE_NOT_LOADED
			  : driver_check_kernel(&dlog, NULL));
	CHECK_INT(check_as(SYSFLOW_DRIVER_CORE_EBPF, NULL, true, true),
		  driver_check_kernel(&dlog, NULL));
	CHECK_INT(check_as(SYSFLOW_NO_DRIVER, NULL, true, true), driver_check_kernel(&dlog, NULL));
}
