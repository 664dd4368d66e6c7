/* SPDX-License-Identifier: Apache-2.0 */
/* The configuration of LibSysFlow's interface: defaults, what makes no sense, errors by number. */
#include "unit/harness.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "session/sysflow_int.h"

static struct sysflow_config config;
static struct eyas_err err;

static void on_record(void *ctx, const struct sysflow_header *header,
		      const struct sysflow_container *container,
		      const struct sysflow_process *process, const struct sysflow_file *file1,
		      const struct sysflow_file *file2, const struct sysflow_record *record)
{
	(void)ctx;
	(void)header;
	(void)container;
	(void)process;
	(void)file1;
	(void)file2;
	(void)record;
}

/* One that can be used: live, to a callback. */
static void begin(void)
{
	sysflow_config_init(&config);
	config.callback = on_record;
}

/* Row by row the table of LibSysFlow's fields, whatever was in them before. */
TEST(defaults)
{
	memset(&config, 0xff, sizeof(config));
	sysflow_config_init(&config);
	CHECK_INT(config.size, sizeof(config));
	CHECK(!config.filterContainers);
	CHECK_INT(config.rotateInterval, 300);
	CHECK_STR(config.exporterID, "");
	CHECK_STR(config.nodeIP, "");
	CHECK_STR(config.filePath, "");
	CHECK_STR(config.socketPath, "");
	CHECK_STR(config.scapInputPath, "");
	CHECK_STR(config.falcoFilter, "");
	CHECK_INT(config.samplingRatio, 1);
	CHECK_STR(config.criPath, "");
	CHECK_INT(config.criTO, 30);
	CHECK(!config.enableStats);
	CHECK(config.enableProcessFlow);
	CHECK(config.fileOnly);
	CHECK_INT(config.fileReadMode, 2);
	CHECK(config.dropMode);
	CHECK(!config.callback && !config.callbackContext);
	CHECK(!config.debugMode);
	CHECK_STR(config.k8sAPIURL, "");
	CHECK_STR(config.k8sAPICert, "");
	CHECK(config.moduleChecks);
	CHECK_INT(config.singleBufferDimension, 8 * 1024 * 1024);
	CHECK_STR(config.appName, "sysflowlibs");
	CHECK_INT(config.collectionMode, 0);
	CHECK_INT(config.cpuBuffers, 0);
	CHECK_INT(config.driverType, 3);
	/* Ours. */
	CHECK(!config.strictCompat);
	CHECK_INT(config.schema, 5);
	CHECK_STR(config.codec, "deflate");
	CHECK(config.kernelAggregation);
	CHECK(!config.log && !config.logContext);
}

TEST(numbers_of_the_enums)
{
	CHECK_INT(SYSFLOW_MODE_FLOW, 0);
	CHECK_INT(SYSFLOW_MODE_CONSUMER, 1);
	CHECK_INT(SYSFLOW_MODE_NOFILES, 2);
	CHECK_INT(SYSFLOW_DRIVER_EBPF, 0);
	CHECK_INT(SYSFLOW_DRIVER_CORE_EBPF, 1);
	CHECK_INT(SYSFLOW_DRIVER_KMOD, 2);
	CHECK_INT(SYSFLOW_NO_DRIVER, 3);
}

/* The driver has a copy: what the caller does with his afterwards is his affair. */
TEST(text_is_copied)
{
	struct driver_config taken;
	char path[] = "/tmp/out.sf";

	begin();
	config.filePath = path;
	config.exporterID = NULL;
	CHECK_INT(driver_config_take(&config, &taken, &err), 0);
	memset(path, 'x', sizeof(path) - 1);
	CHECK_STR(taken.fields.filePath, "/tmp/out.sf");
	CHECK_STR(taken.fields.exporterID, "");
	CHECK(taken.live);
	driver_config_fini(&taken);
}

static void refused(const char *field)
{
	struct driver_config taken;

	memset(&err, 0, sizeof(err));
	CHECK_INT(driver_config_take(&config, &taken, &err), SYSFLOW_E_CONFIG);
	CHECK_INT(err.code, SYSFLOW_E_CONFIG);
	if (!strstr(err.text, field))
		test_fail(__FILE__, __LINE__, "no word of %s: %s", field, err.text);
	CHECK_INT(driver_config_take(&config, &taken, NULL), SYSFLOW_E_CONFIG);
	begin();
}

TEST(what_makes_no_sense)
{
	struct driver_config taken;

	CHECK_INT(driver_config_take(NULL, &taken, &err), SYSFLOW_E_CONFIG);
	begin();
	config.size = 0;
	refused("sysflow_config_init");
	config.size = sizeof(config) - 1;
	refused("sysflow_config_init");
	config.size = SIZE_MAX;
	refused("bytes");
	config.callback = NULL;
	refused("nowhere to go");
	config.rotateInterval = -1;
	refused("rotateInterval is -1");
	config.fileReadMode = 3;
	refused("fileReadMode is 3");
	config.samplingRatio = 0;
	refused("samplingRatio is 0");
	config.collectionMode = (enum sysflow_collection_mode)3;
	refused("collectionMode is 3");
	config.driverType = (enum sysflow_driver_type)4;
	refused("driverType is 4");
	config.schema = 4;
	refused("schema is 4");
	config.schema = 6;
	config.strictCompat = true;
	refused("strictCompat");
	config.codec = "lzma";
	refused("codec is 'lzma'");
	config.singleBufferDimension = 1000001;
	refused("singleBufferDimension is 1000001");
	config.cpuBuffers = -1;
	refused("cpuBuffers is -1");
}

/* A program built with a header to come: what it does not ask for is no obstacle. */
TEST(a_longer_configuration)
{
	struct {
		struct sysflow_config config;
		uint64_t field_to_come;
	} longer = { .field_to_come = 0 };
	struct driver_config taken;

	sysflow_config_init(&longer.config);
	longer.config.callback = on_record;
	longer.config.size = sizeof(longer);
	CHECK_INT(driver_config_take(&longer.config, &taken, &err), 0);
	driver_config_fini(&taken);
	longer.field_to_come = 1;
	CHECK_INT(driver_config_take(&longer.config, &taken, &err), SYSFLOW_E_CONFIG);
	CHECK_INT(err.code, SYSFLOW_E_CONFIG);
}

/* What matters to the probe alone is no obstacle to a capture. */
TEST(a_capture_has_no_buffers)
{
	struct driver_config taken;

	begin();
	config.scapInputPath = "x.scap";
	config.singleBufferDimension = 1;
	config.cpuBuffers = -1;
	CHECK_INT(driver_config_take(&config, &taken, &err), 0);
	CHECK(!taken.live);
	driver_config_fini(&taken);
}

/* ---- the environment ---- */

static enum sysflow_driver_type driver_for(enum sysflow_driver_type asked, const char *probe_path)
{
	struct driver_config taken;
	enum sysflow_driver_type type;

	begin();
	config.driverType = asked;
	CHECK_INT(driver_config_take(&config, &taken, &err), 0);
	type = taken.fields.driverType;
	if (probe_path)
		CHECK_STR(taken.probe_path, probe_path);
	else
		CHECK(!taken.probe_path);
	driver_config_fini(&taken);
	return type;
}

TEST(which_probe)
{
	unsetenv("FALCO_BPF_PROBE");
	setenv("HOME", "/home/user", 1);
	CHECK_INT(driver_for(SYSFLOW_NO_DRIVER, NULL), SYSFLOW_NO_DRIVER);
	CHECK_INT(driver_for(SYSFLOW_DRIVER_EBPF, "/home/user/.falco/falco-bpf.o"),
		  SYSFLOW_DRIVER_EBPF);
	setenv("FALCO_BPF_PROBE", "", 1);
	CHECK_INT(driver_for(SYSFLOW_NO_DRIVER, "/home/user/.falco/falco-bpf.o"),
		  SYSFLOW_DRIVER_EBPF);
	setenv("FALCO_BPF_PROBE", "/lib/probe.o", 1);
	CHECK_INT(driver_for(SYSFLOW_NO_DRIVER, "/lib/probe.o"), SYSFLOW_DRIVER_EBPF);
	/* A choice that was made stays. */
	CHECK_INT(driver_for(SYSFLOW_DRIVER_KMOD, NULL), SYSFLOW_DRIVER_KMOD);
	CHECK_INT(driver_for(SYSFLOW_DRIVER_CORE_EBPF, NULL), SYSFLOW_DRIVER_CORE_EBPF);
	setenv("FALCO_BPF_PROBE", "", 1);
	unsetenv("HOME");
	CHECK_INT(driver_for(SYSFLOW_NO_DRIVER, NULL), SYSFLOW_DRIVER_EBPF);
}

TEST(variables_win)
{
	struct driver_config taken;

	begin();
	config.k8sAPIURL = "http://field";
	setenv("DRIVER_LOG", "1", 1);
	CHECK_INT(driver_config_take(&config, &taken, &err), 0);
	CHECK(taken.fields.debugMode);
	CHECK_STR(taken.fields.k8sAPIURL, "http://field");
	driver_config_fini(&taken);

	config.debugMode = true;
	setenv("DRIVER_LOG", "0", 1);
	setenv("SF_K8S_API_URL", "http://variable", 1);
	setenv("SF_K8S_API_CERT", "/cert", 1);
	CHECK_INT(driver_config_take(&config, &taken, &err), 0);
	CHECK(!taken.fields.debugMode);
	CHECK_STR(taken.fields.k8sAPIURL, "http://variable");
	CHECK_STR(taken.fields.k8sAPICert, "/cert");
	driver_config_fini(&taken);
}

/* ---- errors ---- */

/* LibSysFlow's numbers, in its order. */
TEST(numbers_of_the_errors)
{
	static const int codes[] = {
		SYSFLOW_E_LIBS,
		SYSFLOW_E_PROBE_ACCESS_DENIED,
		SYSFLOW_E_PROBE_NOT_EXIST,
		SYSFLOW_E_READING_FILE_SYSTEM,
		SYSFLOW_E_NAME_TOO_LONG,
		SYSFLOW_E_PROBE_CHECK,
		SYSFLOW_E_PROBE_NOT_LOADED,
		SYSFLOW_E_DRIVER_LIBS_MISMATCH,
		SYSFLOW_E_EVENT_PARSING,
		SYSFLOW_E_PROC_RESOURCE_NOT_FOUND,
		SYSFLOW_E_OPERATION_NOT_SUPPORTED,
	};
	int i, j, count = (int)(sizeof(codes) / sizeof(codes[0]));

	for (i = 0; i < count; i++) {
		CHECK_INT(SYSFLOW_E_LIBS - codes[i], i);
		for (j = 0; j < i; j++)
			CHECK(strcmp(sysflow_error_text(codes[i]), sysflow_error_text(codes[j])));
	}
	CHECK_STR(sysflow_error_text(SYSFLOW_E_CONFIG), "the configuration makes no sense");
	CHECK_STR(sysflow_error_text(SYSFLOW_E_OUTPUT), "records cannot be written");
	CHECK_STR(sysflow_error_text(EYAS_E_TRUNC), eyas_strerror(EYAS_E_TRUNC));
	CHECK_STR(sysflow_error_text(0), eyas_strerror(0));
	CHECK_STR(sysflow_error_text(-4999), "unknown error");
}

TEST(which_error_it_is)
{
	struct eyas_err why = { .code = -ENOSPC, .text = "no space" };

	CHECK_INT(driver_open_error(0, true, &why), 0);
	CHECK_INT(why.code, -ENOSPC);
	CHECK_INT(driver_open_error(-ENOSPC, false, &why), SYSFLOW_E_LIBS);
	CHECK_INT(why.code, SYSFLOW_E_LIBS);
	CHECK_STR(why.text, "no space");
	CHECK_INT(driver_open_error(-ENAMETOOLONG, false, NULL), SYSFLOW_E_CONFIG);
	CHECK_INT(driver_open_error(-EINVAL, false, NULL), SYSFLOW_E_CONFIG);
	CHECK_INT(driver_open_error(-ENOMEM, false, NULL), SYSFLOW_E_LIBS);
	CHECK_INT(driver_open_error(EYAS_E_FORMAT, false, NULL), SYSFLOW_E_EVENT_PARSING);
	CHECK_INT(driver_open_error(-EPERM, false, NULL), SYSFLOW_E_LIBS);
	CHECK_INT(driver_open_error(-ENOENT, false, NULL), SYSFLOW_E_LIBS);
	CHECK_INT(driver_open_error(-ENOENT, true, NULL), SYSFLOW_E_PROC_RESOURCE_NOT_FOUND);
	CHECK_INT(driver_open_error(-EPERM, true, NULL), SYSFLOW_E_PROBE_ACCESS_DENIED);
	CHECK_INT(driver_open_error(-ENOTSUP, true, NULL), SYSFLOW_E_OPERATION_NOT_SUPPORTED);
	CHECK_INT(driver_open_error(-E2BIG, true, NULL), SYSFLOW_E_CONFIG);
	CHECK_INT(driver_open_error(SYSFLOW_E_PROBE_NOT_EXIST, true, NULL),
		  SYSFLOW_E_PROBE_NOT_EXIST);

	CHECK_INT(driver_run_error(0, true, true, NULL), 0);
	CHECK_INT(driver_run_error(EYAS_E_TRUNC, false, false, NULL), SYSFLOW_E_EVENT_PARSING);
	CHECK_INT(driver_run_error(EYAS_E_VERSION, false, false, NULL),
		  SYSFLOW_E_DRIVER_LIBS_MISMATCH);
	CHECK_INT(driver_run_error(-ENOSPC, false, false, &why), SYSFLOW_E_OUTPUT);
	CHECK_INT(driver_run_error(-EIO, true, true, &why), SYSFLOW_E_OUTPUT);
	CHECK_INT(driver_run_error(-ENOMEM, true, true, &why), SYSFLOW_E_LIBS);
	CHECK_INT(driver_run_error(-EIO, true, false, NULL), SYSFLOW_E_PROBE_CHECK);
	CHECK_INT(driver_run_error(-EIO, false, false, NULL), SYSFLOW_E_LIBS);
}
