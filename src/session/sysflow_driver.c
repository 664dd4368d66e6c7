/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The driver of sysflow.h: a configuration settled, a session of flows (session/flow.h) opened for
 * it, run, ended, and what happens on the way told in the log.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "session/flow.h"
#include "session/flow_env.h"
#include "session/sysflow_int.h"

struct sysflow_driver {
	struct driver_config config;
	struct driver_log log;
	struct session_flow *flow; /* NULL when it is closed */
	const char *path;	   /* of the capture */
	struct eyas_live_opts live;
	struct session_flow_env env;
	volatile sig_atomic_t stop;
	bool has_run, busy; /* busy: in a function that calls back */
	bool wants_stats;   /* in the log */
	uint64_t stats_ns;  /* when it has to have them again; 0 = only at the end */
	/* Of the last sysflow_driver_process(). */
	struct sysflow_process process;
	struct eyas_arena lookup;
	struct sysflow_driver_stats stats; /* once flow is NULL */
};

const char *sysflow_version(void)
{
	return eyas_version();
}

/* ---- what the session calls ---- */

static void on_record(void *ctx, const struct sysflow_record *record,
		      const struct sysflow_refs *refs)
{
	const struct sysflow_config *config = &((struct sysflow_driver *)ctx)->config.fields;

	/* LibSysFlow writes them to files alone, and there are callbacks that count on a process. */
	if (record->type == SYSFLOW_K8S_EVENT && config->strictCompat)
		return;
	config->callback(config->callbackContext, refs->header, refs->container, refs->process,
			 refs->file1, refs->file2, record);
}

static void on_failure(void *ctx, const struct eyas_err *err)
{
	struct sysflow_driver *driver = ctx;

	driver_log(&driver->log, SYSFLOW_LOG_ERROR, "%s", err->text);
}

/* Reading goes on behind it; what is missing is counted. */
static void on_damage(void *ctx, const struct eyas_err *err)
{
	struct sysflow_driver *driver = ctx;

	driver_log(&driver->log, SYSFLOW_LOG_WARNING, "%s", err->text);
}

static uint64_t interval_ns(const struct sysflow_driver *driver)
{
	return (uint64_t)driver->config.fields.rotateInterval * UINT64_C(1000000000);
}

static void log_stats(struct sysflow_driver *driver)
{
	struct sysflow_driver_stats stats;
	uint64_t records = 0;
	int i;

	sysflow_driver_stats(driver, &stats);
	for (i = 0; i < SYSFLOW_TYPES; i++)
		records += stats.records[i];
	driver_log(&driver->log, SYSFLOW_LOG_INFO,
		   "%llu events, %llu lost; %llu records, %llu lost to files, %llu to the socket; "
		   "%llu processes, %llu files, %llu containers, %llu open flows",
		   (unsigned long long)stats.events, (unsigned long long)stats.events_lost,
		   (unsigned long long)records, (unsigned long long)stats.file_lost,
		   (unsigned long long)stats.socket_lost, (unsigned long long)stats.processes,
		   (unsigned long long)stats.files, (unsigned long long)stats.containers,
		   (unsigned long long)stats.flows);
}

/* Live, a few times a second. */
static int on_tick(void *ctx)
{
	struct sysflow_driver *driver = ctx;

	if (driver->stats_ns && eyas_clock_ns(CLOCK_MONOTONIC) >= driver->stats_ns) {
		driver->stats_ns += interval_ns(driver);
		log_stats(driver);
	}
	return 0;
}

/* ---- from the configuration to a session ---- */

static const char *text_or_null(const char *text)
{
	return *text ? text : NULL;
}

static void settle_live(struct sysflow_driver *driver, struct session_flow_opts *opts)
{
	const struct sysflow_config *fields = &driver->config.fields;
	struct sysflow_config defaults;

	sysflow_config_init(&defaults);
	driver->live.size = sizeof(driver->live);
	/* The default is no wish: where the kernel allows less, less will do. */
	if (fields->singleBufferDimension != defaults.singleBufferDimension)
		driver->live.ring_bytes = fields->singleBufferDimension;
	opts->session.live = &driver->live;
	opts->session.tick = on_tick;
	opts->session.tick_ctx = driver;
	opts->no_mmap = fields->dropMode;
	opts->no_sums = !fields->kernelAggregation;
	opts->writer.rotate_ns = interval_ns(driver);
	opts->writer.suffix = true;
}

static void settle_capture(struct sysflow_driver *driver, struct session_flow_opts *opts)
{
	driver->path = driver->config.fields.scapInputPath;
	opts->session.paths = &driver->path;
	opts->session.npaths = 1;
	opts->session.source.damage = on_damage;
	opts->session.source.damage_ctx = driver;
}

static void settle(struct sysflow_driver *driver, struct session_flow_opts *opts)
{
	static const enum flow_collect modes[] = { FLOW_COLLECT_ALL, FLOW_COLLECT_CONSUMER,
						   FLOW_COLLECT_NOFILES };
	const struct sysflow_config *fields = &driver->config.fields;
	bool has_ip = *fields->nodeIP || fields->strictCompat; /* LibSysFlow looks for none */

	*opts = (struct session_flow_opts){
		.filter = text_or_null(fields->falcoFilter),
		.failure = on_failure,
		.failure_ctx = driver,
		.session = { .stop = &driver->stop },
		.flow = {
			.collect = modes[fields->collectionMode],
			.filter_containers = fields->filterContainers,
			.file_only = fields->fileOnly,
			.file_read_mode = fields->fileReadMode,
			.process_flow = fields->enableProcessFlow,
			.strict_compat = fields->strictCompat,
			.k8s = *fields->k8sAPIURL,
			.schema = fields->schema,
			.exporter = text_or_null(fields->exporterID),
			.node_ip = has_ip ? fields->nodeIP : NULL,
		},
		.writer = {
			.path = text_or_null(fields->filePath),
			.socket_path = text_or_null(fields->socketPath),
			.callback = fields->callback ? on_record : NULL,
			.callback_ctx = driver,
			.wall_clock = driver->config.live || fields->strictCompat,
			.schema = fields->schema,
			.codec = text_or_null(fields->codec),
			.raw_strings = fields->strictCompat,
		},
	};
	if (driver->config.live)
		settle_live(driver, opts);
	else
		settle_capture(driver, opts);
	session_flow_env(opts, &driver->env);
	driver->live.sampling = opts->no_mmap ? (uint32_t)fields->samplingRatio : 1;
	driver->wants_stats = fields->enableStats || driver->env.stats;
}

/* ---- what was settled, in the log ---- */

/* What is accepted because programs set it, and changes nothing: nobody has to find out. */
static void log_ineffective(struct sysflow_driver *driver)
{
	const struct sysflow_config *fields = &driver->config.fields;
	struct driver_log *log = &driver->log;

	if (*fields->criPath)
		driver_log(log, SYSFLOW_LOG_WARNING,
			   "criPath: containers are told by their cgroups, %s is not asked",
			   fields->criPath);
	if (*fields->k8sAPIURL)
		driver_log(log, SYSFLOW_LOG_WARNING,
			   "k8sAPIURL: %s is not asked: there will be no pods, and no K8sEvent "
			   "but of a capture that has it",
			   fields->k8sAPIURL);
	if (!driver->config.live)
		return;
	if (fields->cpuBuffers)
		driver_log(log, SYSFLOW_LOG_WARNING,
			   "cpuBuffers: each CPU has a buffer of its own");
	if (fields->driverType == SYSFLOW_DRIVER_EBPF || fields->driverType == SYSFLOW_DRIVER_KMOD)
		driver_log(log, SYSFLOW_LOG_WARNING,
			   "driverType: events come from the library's own probe, not from the %s",
			   fields->driverType == SYSFLOW_DRIVER_KMOD ? "kernel module falco"
								     : "eBPF probe of falco");
}

static void log_settled(struct sysflow_driver *driver, const struct session_flow_opts *opts)
{
	static const char *const modes[] = { "flow", "consumer", "no files" };
	const struct sysflow_config *fields = &driver->config.fields;
	struct driver_log *log = &driver->log;

	driver_log(log, SYSFLOW_LOG_INFO, "events of %s, %s mode",
		   driver->config.live ? "this machine" : fields->scapInputPath,
		   modes[fields->collectionMode]);
	driver_log(log, SYSFLOW_LOG_DEBUG,
		   "fileOnly %d, fileReadMode %d, enableProcessFlow %d, filterContainers %d, "
		   "enableStats %d, nodeIP '%s', strictCompat %d, schema %d",
		   opts->flow.file_only, opts->flow.file_read_mode, opts->flow.process_flow,
		   opts->flow.filter_containers, driver->wants_stats,
		   opts->flow.node_ip ? opts->flow.node_ip : "", opts->flow.strict_compat,
		   opts->flow.schema);
	if (driver->config.live)
		driver_log(
			log, SYSFLOW_LOG_DEBUG,
			"dropMode %d, samplingRatio %u, kernelAggregation %d, rotateInterval %d, "
			"processes in %s",
			opts->no_mmap, driver->live.sampling, !opts->no_sums,
			fields->rotateInterval,
			opts->session.state.proc_root ? opts->session.state.proc_root : "/proc");
	log_ineffective(driver);
}

/* ---- opening ---- */

/* A capture that is not there is no matter of the machine, as what is missing later may be. */
static int check_capture(const char *path, struct eyas_err *reterr)
{
	struct stat st;
	int err = 0;

	if (!strcmp(path, "-"))
		return 0;
	if (access(path, R_OK) || stat(path, &st))
		err = errno;
	else if (S_ISDIR(st.st_mode))
		err = EISDIR;
	return err ? eyas_err_set(reterr, SYSFLOW_E_LIBS, "%s: %s", path, strerror(err)) : 0;
}

static int check_filter(const char *text, struct eyas_err *reterr)
{
	struct eyas_filter *filter;
	int err;

	if (!*text)
		return 0;
	err = eyas_filter_compile(text, NULL, NULL, &filter, reterr);
	if (!err)
		eyas_filter_free(filter);
	else if (reterr)
		reterr->code = SYSFLOW_E_CONFIG;
	return err ? SYSFLOW_E_CONFIG : 0;
}

static int open_all(struct sysflow_driver *driver, struct eyas_err *reterr)
{
	const struct sysflow_config *fields = &driver->config.fields;
	struct session_flow_opts opts;
	int err;

	settle(driver, &opts);
	log_settled(driver, &opts);
	err = driver_check(&driver->config, &driver->log, reterr);
	if (!err)
		err = check_filter(fields->falcoFilter, reterr);
	if (!err && !driver->config.live)
		err = check_capture(fields->scapInputPath, reterr);
	if (err)
		return err;
	err = session_flow_open(&opts, &driver->flow, reterr);
	return driver_open_error(err, driver->config.live, reterr);
}

int sysflow_driver_new(const struct sysflow_config *config, struct sysflow_driver **ret_driver,
		       struct eyas_err *reterr)
{
	struct sysflow_driver *driver = calloc(1, sizeof(*driver));
	struct eyas_err why = { .code = 0 };
	int err;

	if (!driver)
		return eyas_err_set(reterr, SYSFLOW_E_LIBS, "no memory for a driver");
	err = driver_config_take(config, &driver->config, reterr);
	if (err) {
		free(driver);
		return err;
	}
	driver_log_init(&driver->log, &driver->config.fields);
	err = open_all(driver, &why);
	if (err) {
		driver_log(&driver->log, SYSFLOW_LOG_ERROR, "%s", why.text);
		if (reterr)
			*reterr = why;
		sysflow_driver_free(driver);
		return err;
	}
	*ret_driver = driver;
	return 0;
}

/* ---- from the run to the end ---- */

static int not_now(const struct sysflow_driver *driver, const char *what, struct eyas_err *reterr)
{
	return eyas_err_set(reterr, SYSFLOW_E_OPERATION_NOT_SUPPORTED, "%s: the driver %s", what,
			    driver->busy    ? "is in the middle of a call"
			    : !driver->flow ? "is closed"
					    : "has run already");
}

int sysflow_driver_run(struct sysflow_driver *driver, struct eyas_err *reterr)
{
	struct session_flow_stats stats;
	struct eyas_err why = { .code = 0 };
	int err;

	if (driver->has_run || driver->busy || !driver->flow)
		return not_now(driver, "run", reterr);
	driver->has_run = driver->busy = true;
	if (driver->wants_stats && interval_ns(driver))
		driver->stats_ns = eyas_clock_ns(CLOCK_MONOTONIC) + interval_ns(driver);
	err = eyas_session_run(session_flow_session(driver->flow), &why);
	driver->busy = false;
	if (!err)
		return 0;
	session_flow_stats(driver->flow, &stats);
	err = driver_run_error(err, driver->config.live, stats.writer.file_lost, &why);
	driver_log(&driver->log, SYSFLOW_LOG_ERROR, "%s", why.text);
	if (reterr)
		*reterr = why;
	return err;
}

void sysflow_driver_exit(struct sysflow_driver *driver)
{
	if (driver)
		__atomic_store_n(&driver->stop, 1, __ATOMIC_RELAXED);
}

const struct sysflow_process *sysflow_driver_process(struct sysflow_driver *driver,
						     const struct sysflow_oid *oid)
{
	if (!driver->flow)
		return NULL;
	eyas_arena_reset(&driver->lookup);
	return flow_engine_process(session_flow_engine(driver->flow), oid, &driver->lookup,
				   &driver->process) == 1
		       ? &driver->process
		       : NULL;
}

static void copy_stats(const struct session_flow_stats *from, struct sysflow_driver_stats *to)
{
	const struct eyas_source_stats *source = &from->session.source;
	int i;

	*to = (struct sysflow_driver_stats){
		.events = source->events,
		.events_lost = source->damaged,
		.file_lost = from->writer.file_lost,
		.socket_lost = from->writer.socket_lost,
		.ipv6_left_out = from->flow.ipv6_left_out,
		.flows_refused = from->flow.flows_refused,
		.processes = from->flow.processes,
		.files = from->flow.files,
		.containers = from->flow.containers,
		.flows = from->flow.flows,
	};
	for (i = 0; i < SYSFLOW_TYPES; i++)
		to->records[i] = from->flow.records[i];
}

void sysflow_driver_stats(const struct sysflow_driver *driver,
			  struct sysflow_driver_stats *ret_stats)
{
	struct session_flow_stats stats;
	struct eyas_live_stats live;

	if (!driver->flow) {
		*ret_stats = driver->stats;
		return;
	}
	session_flow_stats(driver->flow, &stats);
	copy_stats(&stats, ret_stats);
	if (driver->config.live &&
	    !eyas_live_stats(eyas_session_source(session_flow_session(driver->flow)), -1, &live,
			     NULL))
		ret_stats->events_lost += live.dropped;
}

int sysflow_driver_close(struct sysflow_driver *driver, struct eyas_err *reterr)
{
	struct eyas_err why = { .code = 0 };
	int err;

	if (driver->busy)
		return not_now(driver, "close", reterr);
	if (!driver->flow)
		return 0;
	driver->busy = true;
	err = session_flow_finish(driver->flow, &why);
	if (err)
		on_failure(driver, &why);
	if (driver->wants_stats)
		log_stats(driver);
	sysflow_driver_stats(driver, &driver->stats);
	session_flow_close(driver->flow);
	driver->flow = NULL;
	driver->busy = false;
	if (err)
		return eyas_err_set(reterr, SYSFLOW_E_OUTPUT, "%s", why.text);
	if (driver->stats.file_lost || driver->stats.socket_lost)
		return eyas_err_set(
			reterr, SYSFLOW_E_OUTPUT,
			"records that were not written: %llu to files, %llu to the socket",
			(unsigned long long)driver->stats.file_lost,
			(unsigned long long)driver->stats.socket_lost);
	return 0;
}

void sysflow_driver_free(struct sysflow_driver *driver)
{
	if (!driver)
		return;
	(void)sysflow_driver_close(driver, NULL);
	driver_log_fini(&driver->log);
	driver_config_fini(&driver->config);
	eyas_arena_fini(&driver->lookup);
	free(driver);
}
