/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The C++ interface: records in the classes that programs know, exceptions on both ways, processes
 * looked up. By the names of headers that were LibSysFlow's.
 */
#include "sysflow/enums.hh"
#include "sysflow/sysflow.hh"
#include "sysflowlibs.hpp"

#include "unit/harness.h"

#include <memory>
#include <stdexcept>
#include <string>
#include <type_traits>

using sysflowlibscpp::InitializeSysFlowConfig;
using sysflowlibscpp::SysFlowDriver;

namespace
{

const char sample[] = "tests/data/sample.scap";

std::unique_ptr<SysFlowDriver> driver;

/* A configuration for the bundled capture, with all there is to record. */
std::unique_ptr<SysFlowConfig> begin()
{
	std::unique_ptr<SysFlowConfig> config(InitializeSysFlowConfig());

	config->scapInputPath = sample;
	config->fileOnly = false;
	config->fileReadMode = 0;
	config->enableProcessFlow = false;
	return config;
}

/* One of C's, with all its fields set to something, as C++ has it. */
struct sysflow_process a_process()
{
	static const char *const env[] = { "A=1", "B=2" };
	struct sysflow_process process = {};

	process.state = SYSFLOW_REUP;
	process.oid = { 11, 12 };
	process.has_poid = true;
	process.poid = { 13, 14 };
	process.ts = 15;
	process.exe = "exe";
	process.exeArgs = "args";
	process.uid = 16;
	process.userName = "user";
	process.gid = 17;
	process.groupName = "group";
	process.tty = process.entry = true;
	process.containerId = "container";
	process.cwd = "/cwd/";
	process.env = { env, 2 };
	return process;
}

} // namespace

TEST(numbers_of_the_kinds)
{
	static_assert(SF_HEADER == SYSFLOW_HEADER && SF_CONT == SYSFLOW_CONTAINER &&
		      SF_PROC == SYSFLOW_PROCESS && SF_FILE_OBJ == SYSFLOW_FILE &&
		      SF_PROC_EVT == SYSFLOW_PROCESS_EVENT && SF_NET_FLOW == SYSFLOW_NETWORK_FLOW &&
		      SF_FILE_FLOW == SYSFLOW_FILE_FLOW && SF_FILE_EVT == SYSFLOW_FILE_EVENT &&
		      SF_NET_EVT == SYSFLOW_NETWORK_EVENT && SF_PROC_FLOW == SYSFLOW_PROCESS_FLOW &&
		      SF_POD == SYSFLOW_POD && SF_K8S_EVT == SYSFLOW_K8S_EVENT);
	static_assert(static_cast<int>(EBPF) == SYSFLOW_DRIVER_EBPF &&
		      static_cast<int>(CORE_EBPF) == SYSFLOW_DRIVER_CORE_EBPF &&
		      static_cast<int>(KMOD) == SYSFLOW_DRIVER_KMOD &&
		      static_cast<int>(NO_DRIVER) == SYSFLOW_NO_DRIVER);
	static_assert(static_cast<int>(SFFlowMode) == SYSFLOW_MODE_FLOW &&
		      static_cast<int>(SFConsumerMode) == SYSFLOW_MODE_CONSUMER &&
		      static_cast<int>(SFNoFilesMode) == SYSFLOW_MODE_NOFILES);
	static_assert(!std::is_copy_constructible<SysFlowDriver>::value);
}

TEST(defaults)
{
	std::unique_ptr<SysFlowConfig> config(InitializeSysFlowConfig());

	CHECK(!config->filterContainers);
	CHECK_INT(config->rotateInterval, 300);
	CHECK(config->exporterID.empty() && config->nodeIP.empty() && config->filePath.empty());
	CHECK(config->socketPath.empty() && config->scapInputPath.empty());
	CHECK(config->falcoFilter.empty() && config->criPath.empty());
	CHECK(config->k8sAPIURL.empty() && config->k8sAPICert.empty());
	CHECK_INT(config->samplingRatio, 1);
	CHECK_INT(config->criTO, 30);
	CHECK(!config->enableStats && !config->debugMode && !config->callback);
	CHECK(config->enableProcessFlow && config->fileOnly && config->dropMode);
	CHECK(config->moduleChecks);
	CHECK_INT(config->fileReadMode, 2);
	CHECK_INT(config->singleBufferDimension, 8 * 1024 * 1024);
	CHECK_STR(config->appName.c_str(), "sysflowlibs");
	CHECK_INT(config->collectionMode, SFFlowMode);
	CHECK_INT(config->cpuBuffers, 0);
	CHECK_INT(config->driverType, NO_DRIVER);
	CHECK(!config->strictCompat && config->kernelAggregation && !config->log);
	CHECK_INT(config->schema, 5);
	CHECK_STR(config->codec.c_str(), "deflate");
}

/* ---- from C to C++ ---- */

TEST(every_field_of_a_process)
{
	struct sysflow_process from = a_process();
	sysflow::Process to;

	sysflowlibscpp::detail::copy(to, from);
	CHECK(to.state == sysflow::SFObjectState::REUP);
	CHECK(to.oid.createTS == 11 && to.oid.hpid == 12);
	CHECK(!to.poid.is_null() && to.poid.idx() == 1);
	CHECK(to.poid.get_OID().createTS == 13 && to.poid.get_OID().hpid == 14);
	CHECK_INT(to.ts, 15);
	CHECK(to.exe == "exe" && to.exeArgs == "args" && to.userName == "user");
	CHECK(to.groupName == "group" && to.cwd == "/cwd/");
	CHECK(to.uid == 16 && to.gid == 17 && to.tty && to.entry);
	CHECK(to.containerId.get_string() == "container");
	CHECK(to.env.size() == 2 && to.env[0] == "A=1" && to.env[1] == "B=2");
	/* The same object again: nothing of the last one stays. */
	from.has_poid = false;
	from.containerId = nullptr;
	from.env.count = 1;
	sysflowlibscpp::detail::copy(to, from);
	CHECK(to.poid.is_null() && to.containerId.is_null() && to.env.size() == 1);
}

template <typename Get> static bool throws(Get get)
{
	try {
		get();
	} catch (const std::runtime_error &) {
		return true;
	}
	return false;
}

TEST(unions)
{
	struct sysflow_record from = {};
	sysflow::SysFlow to;
	sysflow::OptionalFOID foid;

	CHECK_INT(to.rec.idx(), SF_HEADER);
	from.type = SYSFLOW_FILE_EVENT;
	from.u.file_event.opFlags = SYSFLOW_OP_RENAME;
	from.u.file_event.fileOID.bytes[19] = 7;
	from.u.file_event.has_newFileOID = true;
	from.u.file_event.newFileOID.bytes[0] = 9;
	sysflowlibscpp::detail::copy(to, from);
	CHECK_INT(to.rec.idx(), SF_FILE_EVT);
	CHECK_INT(to.rec.get_FileEvent().opFlags, SYSFLOW_OP_RENAME);
	CHECK_INT(to.rec.get_FileEvent().fileOID[19], 7);
	CHECK_INT(to.rec.get_FileEvent().newFileOID.get_FOID()[0], 9);
	CHECK(throws([&] { to.rec.get_FileFlow(); }));
	from.u.file_event.has_newFileOID = false;
	sysflowlibscpp::detail::copy(to, from);
	CHECK(to.rec.get_FileEvent().newFileOID.is_null());
	CHECK(throws([&] { to.rec.get_FileEvent().newFileOID.get_FOID(); }));
	foid.set_FOID(sysflow::FOID{ 1 });
	CHECK(!foid.is_null());
	foid.set_null();
	CHECK(foid.is_null() && throws([&] { foid.get_FOID(); }));
	to.rec.set_Process(sysflow::Process());
	CHECK_INT(to.rec.idx(), SF_PROC);
}

TEST(kinds_with_parts_of_their_own)
{
	static const struct sysflow_port port = { 1, 2, 3, "TCP" };
	static const int64_t ips[] = { 4, 5 };
	static const struct sysflow_label labels[] = { { "app", "web" } };
	struct sysflow_service service = { "name", "id", "space", &port, 1, { ips, 2 } };
	struct sysflow_record from = {};
	sysflow::SysFlow to;

	from.type = SYSFLOW_POD;
	from.u.pod = { 1, "id",	  "name",  "node", { ips, 1 }, { nullptr, 0 }, "space",
		       6, labels, nullptr, 1,	   0,	       &service,       1 };
	sysflowlibscpp::detail::copy(to, from);
	const sysflow::Pod &pod = to.rec.get_Pod();
	CHECK(pod.hostIP.size() == 1 && pod.hostIP[0] == 4 && pod.internalIP.empty());
	CHECK(pod.labels.at("app") == "web" && pod.selectors.empty());
	CHECK(pod.services.size() == 1 && pod.services[0].portList.size() == 1);
	CHECK(pod.services[0].portList[0].proto == "TCP" && pod.services[0].clusterIP[1] == 5);
	CHECK(pod.restartCount == 6 && pod.namespace_ == "space");
	from.type = SYSFLOW_K8S_EVENT;
	from.u.k8s_event = { SYSFLOW_K8S_PODS, SYSFLOW_K8S_DELETED, 8, "message" };
	sysflowlibscpp::detail::copy(to, from);
	CHECK(to.rec.get_K8sEvent().kind == sysflow::K8sComponent::K8S_PODS);
	CHECK(to.rec.get_K8sEvent().action == sysflow::K8sAction::K8S_COMPONENT_DELETED);
	from.type = SYSFLOW_NETWORK_FLOW;
	from.u.network_flow = {};
	from.u.network_flow.ipv6 = true;
	from.u.network_flow.dip6[15] = 1;
	from.u.network_flow.numWSendBytes = 99;
	sysflowlibscpp::detail::copy(to, from);
	CHECK(to.rec.get_NetworkFlow().ipv6 && to.rec.get_NetworkFlow().dip6[15] == 1);
	CHECK_INT(to.rec.get_NetworkFlow().numWSendBytes, 99);
}

/* ---- runs ---- */

TEST(records_of_a_capture)
{
	std::unique_ptr<SysFlowConfig> config = begin();
	unsigned total = 0, parents = 0, before;

	config->exporterID = "tests";
	config->callback = [&](sysflow::SFHeader *header, sysflow::Container *,
			       sysflow::Process *process, sysflow::File *file, sysflow::File *,
			       sysflow::SysFlow *flow) {
		CHECK(header->version == 5 && header->exporter == "tests");
		CHECK(process);
		if (flow->rec.idx() == SF_FILE_FLOW)
			CHECK(file && file->oid == flow->rec.get_FileFlow().fileOID);
		if (!process->poid.is_null()) {
			sysflow::OID oid = process->poid.get_OID();
			sysflow::Process *parent = driver->getProcess(oid);
			sysflow::Process *self = driver->getProcess(process->oid);

			/* The first stays while the second is looked up. */
			CHECK(parent && parent->oid.hpid == oid.hpid);
			CHECK(self && self->exe == process->exe && self->env == process->env);
			parents++;
		}
		CHECK(!driver->getProcess(sysflow::OID{ -5, 1 }));
		total++;
	};
	driver = std::make_unique<SysFlowDriver>(config.get());
	config.reset();
	CHECK_STR(driver->getVersion().c_str(), sysflow_version());
	CHECK_INT(driver->run(), 0);
	before = total;
	CHECK(before > 0 && parents > 0);
	driver->close();
	CHECK(total > before);
	CHECK(driver->stats().records[SF_PROC_EVT] > 0);
	driver.reset();
}

/* What a callback throws comes out of the run, and ends it. */
TEST(a_callback_throws)
{
	std::unique_ptr<SysFlowConfig> config = begin();
	unsigned calls = 0;
	bool caught = false;

	config->callback = [&](sysflow::SFHeader *, sysflow::Container *, sysflow::Process *,
			       sysflow::File *, sysflow::File *, sysflow::SysFlow *) {
		calls++;
		throw std::out_of_range("enough");
	};
	driver = std::make_unique<SysFlowDriver>(config.get());
	try {
		driver->run();
	} catch (const std::out_of_range &thrown) {
		caught = std::string(thrown.what()) == "enough";
	}
	CHECK(caught);
	CHECK_INT(calls, 1);
	/* The flows that are open come with the closing, and this one cannot throw. */
	driver.reset();
	CHECK_INT(calls, 2);
}

TEST(exit_in_the_callback)
{
	std::unique_ptr<SysFlowConfig> config = begin();
	unsigned calls = 0;

	config->callback = [&](sysflow::SFHeader *, sysflow::Container *, sysflow::Process *,
			       sysflow::File *, sysflow::File *, sysflow::SysFlow *) {
		calls++;
		driver->exit();
	};
	driver = std::make_unique<SysFlowDriver>(config.get());
	CHECK_INT(driver->run(), 0);
	CHECK_INT(calls, 1);
	driver->close();
	CHECK(calls > 1);
	driver.reset();
}

/* ---- failures ---- */

static sysflowlibscpp::SysFlowError error_of(const SysFlowConfig &config)
{
	try {
		SysFlowDriver(&config).run();
	} catch (const sysflowlibscpp::SysFlowException &failure) {
		CHECK(failure.what()[0]);
		return failure.getErrorCode();
	}
	test_fail(__FILE__, __LINE__, "no exception");
}

TEST(exceptions_have_codes)
{
	std::unique_ptr<SysFlowConfig> config = begin();
	std::string log;

	CHECK_INT(error_of(*config), sfexception::LibsError); /* nowhere to go */
	config->filePath = "/dev/null";
	config->log = [&](sysflow_severity, const char *text) { log += text; };
	config->scapInputPath = "Makefile";
	CHECK_INT(error_of(*config), sfexception::EventParsingError);
	CHECK(log.find("Makefile: ") != std::string::npos);
	config->scapInputPath = "/nonexistent";
	CHECK_INT(error_of(*config), sfexception::LibsError);
	config->scapInputPath = "";
	config->driverType = EBPF;
	setenv("FALCO_BPF_PROBE", "/nonexistent", 1);
	CHECK_INT(error_of(*config), sfexception::ProbeNotExist);
	CHECK_INT(sfexception::SysFlowException("text").getErrorCode(), sfexception::LibsError);
	CHECK_INT(sfexception::getErrorCodeFromReturn(SYSFLOW_E_OUTPUT), sfexception::LibsError);
	CHECK_INT(sfexception::getErrorCodeFromReturn(SYSFLOW_E_OPERATION_NOT_SUPPORTED),
		  sfexception::OperationNotSupported);
	CHECK_INT(sfexception::OperationNotSupported, 10);
}

TEST(once_only)
{
	std::unique_ptr<SysFlowConfig> config = begin();

	config->filePath = "/dev/null";
	driver = std::make_unique<SysFlowDriver>(config.get());
	CHECK_INT(driver->run(), 0);
	CHECK(throws([&] { driver->run(); }));
	driver.reset();
}
