/* SPDX-License-Identifier: Apache-2.0 */
/*
 * LibSysFlow's interface for C++ programs, on top of sysflow.h: programs that were written for it
 * compile with this header in place of its own. Needs C++17, and nothing but libeyas.
 *
 * Records are the classes that Avro's generator makes of the SysFlow schema, as far as programs see
 * them: fields by name, unions with idx(), is_null(), get_...() and set_...(). How they are encoded
 * is none of their business here.
 */
#ifndef SYSFLOW_HPP
#define SYSFLOW_HPP

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <deque>
#include <exception>
#include <functional>
#include <map>
#include <stdexcept>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <sys/types.h>

#include <sysflow.h>

/* What idx() of a record returns. Macros, since that is what programs are used to. */
#ifndef SF_HEADER
#	define SF_HEADER 0
#	define SF_CONT 1
#	define SF_PROC 2
#	define SF_FILE_OBJ 3
#	define SF_PROC_EVT 4
#	define SF_NET_FLOW 5
#	define SF_FILE_FLOW 6
#	define SF_FILE_EVT 7
#	define SF_NET_EVT 8
#	define SF_PROC_FLOW 9
#	define SF_POD 10
#	define SF_K8S_EVT 11
#endif

/* ---- records ---- */

namespace sysflow
{

enum class ContainerType : unsigned {
	CT_DOCKER,
	CT_LXC,
	CT_LIBVIRT_LXC,
	CT_MESOS,
	CT_RKT,
	CT_CUSTOM,
	CT_CRI,
	CT_CONTAINERD,
	CT_CRIO,
	CT_BPM,
};

enum class SFObjectState : unsigned { CREATED, MODIFIED, REUP };

enum class K8sAction : unsigned {
	K8S_COMPONENT_ADDED,
	K8S_COMPONENT_MODIFIED,
	K8S_COMPONENT_DELETED,
	K8S_COMPONENT_ERROR,
	K8S_COMPONENT_NONEXISTENT,
	K8S_COMPONENT_UNKNOWN,
};

enum class K8sComponent : unsigned {
	K8S_NODES,
	K8S_NAMESPACES,
	K8S_PODS,
	K8S_REPLICATIONCONTROLLERS,
	K8S_SERVICES,
	K8S_EVENTS,
	K8S_REPLICASETS,
	K8S_DAEMONSETS,
	K8S_DEPLOYMENTS,
	K8S_UNKNOWN,
};

/* Asked of a union for something else than it holds. */
[[noreturn]] inline void wrong_branch()
{
	throw std::runtime_error("Invalid type for union");
}

/* A value or none: branch 1 or branch 0 of a union. */
template <typename T> class Optional
{
      private:
	bool has_ = false;
	T value_{};

      protected:
	const T &get() const
	{
		if (!has_)
			wrong_branch();
		return value_;
	}
	void set(const T &value)
	{
		value_ = value;
		has_ = true;
	}

      public:
	std::size_t idx() const
	{
		return has_;
	}
	bool is_null() const
	{
		return !has_;
	}
	void set_null()
	{
		has_ = false;
		value_ = T();
	}
};

struct OID {
	std::int64_t createTS = 0;
	std::int64_t hpid = 0;
};

using FOID = std::array<std::uint8_t, 20>;

struct OptionalString : Optional<std::string> {
	const std::string &get_string() const
	{
		return get();
	}
	void set_string(const std::string &value)
	{
		set(value);
	}
};

struct OptionalOID : Optional<OID> {
	const OID &get_OID() const
	{
		return get();
	}
	void set_OID(const OID &value)
	{
		set(value);
	}
};

struct OptionalFOID : Optional<FOID> {
	const FOID &get_FOID() const
	{
		return get();
	}
	void set_FOID(const FOID &value)
	{
		set(value);
	}
};

struct SFHeader {
	std::int64_t version = 0;
	std::string exporter;
	std::string ip;
	std::string filename;
};

struct Container {
	typedef OptionalString podId_t;
	std::string id;
	std::string name;
	std::string image;
	std::string imageid;
	ContainerType type = ContainerType();
	bool privileged = false;
	podId_t podId;
};

struct Process {
	typedef OptionalOID poid_t;
	typedef OptionalString containerId_t;
	SFObjectState state = SFObjectState();
	OID oid;
	poid_t poid;
	std::int64_t ts = 0;
	std::string exe;
	std::string exeArgs;
	std::int32_t uid = 0;
	std::string userName;
	std::int32_t gid = 0;
	std::string groupName;
	bool tty = false;
	containerId_t containerId;
	bool entry = false;
	std::string cwd;
	std::vector<std::string> env;
};

struct File {
	typedef OptionalString containerId_t;
	SFObjectState state = SFObjectState();
	FOID oid{};
	std::int64_t ts = 0;
	std::int32_t restype = 0;
	std::string path;
	containerId_t containerId;
};

struct ProcessEvent {
	OID procOID;
	std::int64_t ts = 0;
	std::int64_t tid = 0;
	std::int32_t opFlags = 0;
	std::vector<std::string> args;
	std::int32_t ret = 0;
};

struct NetworkFlow {
	OID procOID;
	std::int64_t ts = 0;
	std::int64_t tid = 0;
	std::int32_t opFlags = 0;
	std::int64_t endTs = 0;
	std::int32_t sip = 0;
	std::int32_t sport = 0;
	std::int32_t dip = 0;
	std::int32_t dport = 0;
	std::int32_t proto = 0;
	std::int32_t fd = 0;
	std::int64_t numRRecvOps = 0;
	std::int64_t numWSendOps = 0;
	std::int64_t numRRecvBytes = 0;
	std::int64_t numWSendBytes = 0;
	/* Schema 6: if set, sip and dip are 0, and these are the addresses. */
	bool ipv6 = false;
	std::array<std::uint8_t, 16> sip6{};
	std::array<std::uint8_t, 16> dip6{};
};

struct FileFlow {
	OID procOID;
	std::int64_t ts = 0;
	std::int64_t tid = 0;
	std::int32_t opFlags = 0;
	std::int32_t openFlags = 0;
	std::int64_t endTs = 0;
	FOID fileOID{};
	std::int32_t fd = 0;
	std::int64_t numRRecvOps = 0;
	std::int64_t numWSendOps = 0;
	std::int64_t numRRecvBytes = 0;
	std::int64_t numWSendBytes = 0;
};

struct FileEvent {
	typedef OptionalFOID newFileOID_t;
	OID procOID;
	std::int64_t ts = 0;
	std::int64_t tid = 0;
	std::int32_t opFlags = 0;
	FOID fileOID{};
	std::int32_t ret = 0;
	newFileOID_t newFileOID;
};

struct NetworkEvent {
	OID procOID;
	std::int64_t ts = 0;
	std::int64_t tid = 0;
	std::int32_t opFlags = 0;
	std::int32_t sip = 0;
	std::int32_t sport = 0;
	std::int32_t dip = 0;
	std::int32_t dport = 0;
	std::int32_t proto = 0;
	std::int32_t ret = 0;
};

struct ProcessFlow {
	OID procOID;
	std::int64_t ts = 0;
	std::int64_t numThreadsCloned = 0;
	std::int32_t opFlags = 0;
	std::int64_t endTs = 0;
	std::int64_t numThreadsExited = 0;
	std::int64_t numCloneErrors = 0;
};

struct Port {
	std::int32_t port = 0;
	std::int32_t targetPort = 0;
	std::int32_t nodePort = 0;
	std::string proto;
};

struct Service {
	std::string name;
	std::string id;
	std::string namespace_;
	std::vector<Port> portList;
	std::vector<std::int64_t> clusterIP;
};

struct Pod {
	std::int64_t ts = 0;
	std::string id;
	std::string name;
	std::string nodeName;
	std::vector<std::int64_t> hostIP;
	std::vector<std::int64_t> internalIP;
	std::string namespace_;
	std::int64_t restartCount = 0;
	std::map<std::string, std::string> labels;
	std::map<std::string, std::string> selectors;
	std::vector<Service> services;
};

struct K8sEvent {
	K8sComponent kind = K8sComponent();
	K8sAction action = K8sAction();
	std::int64_t ts = 0;
	std::string message;
};

/* One of all kinds, in the order of the schema. */
class Record
{
      private:
	std::variant<SFHeader, Container, Process, File, ProcessEvent, NetworkFlow, FileFlow,
		     FileEvent, NetworkEvent, ProcessFlow, Pod, K8sEvent>
		value_;

	template <typename T> const T &get() const
	{
		const T *value = std::get_if<T>(&value_);

		if (!value)
			wrong_branch();
		return *value;
	}

      public:
	std::size_t idx() const
	{
		return value_.index();
	}
	/* The value of that kind, which the record holds from now on. */
	template <typename T> T &hold()
	{
		T *value = std::get_if<T>(&value_);

		return value ? *value : value_.template emplace<T>();
	}

	const SFHeader &get_SFHeader() const
	{
		return get<SFHeader>();
	}
	void set_SFHeader(const SFHeader &value)
	{
		value_ = value;
	}
	const Container &get_Container() const
	{
		return get<Container>();
	}
	void set_Container(const Container &value)
	{
		value_ = value;
	}
	const Process &get_Process() const
	{
		return get<Process>();
	}
	void set_Process(const Process &value)
	{
		value_ = value;
	}
	const File &get_File() const
	{
		return get<File>();
	}
	void set_File(const File &value)
	{
		value_ = value;
	}
	const ProcessEvent &get_ProcessEvent() const
	{
		return get<ProcessEvent>();
	}
	void set_ProcessEvent(const ProcessEvent &value)
	{
		value_ = value;
	}
	const NetworkFlow &get_NetworkFlow() const
	{
		return get<NetworkFlow>();
	}
	void set_NetworkFlow(const NetworkFlow &value)
	{
		value_ = value;
	}
	const FileFlow &get_FileFlow() const
	{
		return get<FileFlow>();
	}
	void set_FileFlow(const FileFlow &value)
	{
		value_ = value;
	}
	const FileEvent &get_FileEvent() const
	{
		return get<FileEvent>();
	}
	void set_FileEvent(const FileEvent &value)
	{
		value_ = value;
	}
	const NetworkEvent &get_NetworkEvent() const
	{
		return get<NetworkEvent>();
	}
	void set_NetworkEvent(const NetworkEvent &value)
	{
		value_ = value;
	}
	const ProcessFlow &get_ProcessFlow() const
	{
		return get<ProcessFlow>();
	}
	void set_ProcessFlow(const ProcessFlow &value)
	{
		value_ = value;
	}
	const Pod &get_Pod() const
	{
		return get<Pod>();
	}
	void set_Pod(const Pod &value)
	{
		value_ = value;
	}
	const K8sEvent &get_K8sEvent() const
	{
		return get<K8sEvent>();
	}
	void set_K8sEvent(const K8sEvent &value)
	{
		value_ = value;
	}
};

struct SysFlow {
	typedef Record rec_t;
	rec_t rec;
};

} // namespace sysflow

/* ---- errors ---- */

namespace sfexception
{

enum SysFlowError {
	LibsError,
	ProbeAccessDenied,
	ProbeNotExist,
	ErrorReadingFileSystem,
	NameTooLong,
	ProbeCheckError,
	ProbeNotLoaded,
	DriverLibsMismatch,
	EventParsingError,
	ProcResourceNotFound,
	OperationNotSupported
};

class SysFlowException : public std::runtime_error
{
      private:
	SysFlowError code_;

      public:
	SysFlowException(const std::string &message, SysFlowError code = LibsError)
	    : std::runtime_error(message), code_(code)
	{
	}
	SysFlowError getErrorCode() const
	{
		return code_;
	}
};

/* Of a SYSFLOW_E_* code; those that are ours alone are failures of the library. */
inline SysFlowError getErrorCodeFromReturn(int code)
{
	int number = SYSFLOW_E_LIBS - code;

	return number >= LibsError && number <= OperationNotSupported
		       ? static_cast<SysFlowError>(number)
		       : LibsError;
}

} // namespace sfexception

/* ---- configuration ---- */

enum SFSysCallMode { SFFlowMode, SFConsumerMode, SFNoFilesMode };

enum DriverType { EBPF, CORE_EBPF, KMOD, NO_DRIVER };

/*
 * Called for each event and flow; what the pointers point to is lent until the return. All but the
 * header and the record may be nullptr.
 */
using SysFlowCallback =
	std::function<void(sysflow::SFHeader *, sysflow::Container *, sysflow::Process *,
			   sysflow::File *, sysflow::File *, sysflow::SysFlow *)>;

/* The fields of struct sysflow_config, see there; a new one has the defaults. */
struct SysFlowConfig {
	bool filterContainers;
	int rotateInterval;
	std::string exporterID;
	std::string nodeIP;
	std::string filePath;
	std::string socketPath;
	std::string scapInputPath;
	std::string falcoFilter;
	int samplingRatio;
	std::string criPath;
	int criTO;
	bool enableStats;
	bool enableProcessFlow;
	bool fileOnly;
	int fileReadMode;
	bool dropMode;
	SysFlowCallback callback;
	bool debugMode;
	std::string k8sAPIURL;
	std::string k8sAPICert;
	bool moduleChecks;
	std::uint64_t singleBufferDimension;
	std::string appName;
	SFSysCallMode collectionMode;
	ssize_t cpuBuffers;
	DriverType driverType;

	/* Ours. */
	bool strictCompat;
	int schema;
	std::string codec;
	bool kernelAggregation;
	std::function<void(sysflow_severity, const char *)> log;

	SysFlowConfig()
	{
		struct sysflow_config defaults;

		sysflow_config_init(&defaults);
		filterContainers = defaults.filterContainers;
		rotateInterval = defaults.rotateInterval;
		exporterID = defaults.exporterID;
		nodeIP = defaults.nodeIP;
		filePath = defaults.filePath;
		socketPath = defaults.socketPath;
		scapInputPath = defaults.scapInputPath;
		falcoFilter = defaults.falcoFilter;
		samplingRatio = defaults.samplingRatio;
		criPath = defaults.criPath;
		criTO = defaults.criTO;
		enableStats = defaults.enableStats;
		enableProcessFlow = defaults.enableProcessFlow;
		fileOnly = defaults.fileOnly;
		fileReadMode = defaults.fileReadMode;
		dropMode = defaults.dropMode;
		debugMode = defaults.debugMode;
		k8sAPIURL = defaults.k8sAPIURL;
		k8sAPICert = defaults.k8sAPICert;
		moduleChecks = defaults.moduleChecks;
		singleBufferDimension = defaults.singleBufferDimension;
		appName = defaults.appName;
		collectionMode = static_cast<SFSysCallMode>(defaults.collectionMode);
		cpuBuffers = static_cast<ssize_t>(defaults.cpuBuffers);
		driverType = static_cast<DriverType>(defaults.driverType);
		strictCompat = defaults.strictCompat;
		schema = defaults.schema;
		codec = defaults.codec;
		kernelAggregation = defaults.kernelAggregation;
	}
};

namespace sysflowlibscpp
{

using ::SysFlowCallback;
using ::SysFlowConfig;
using sfexception::SysFlowError;
using sfexception::SysFlowException;

/* ---- from C to C++ ---- */

/*
 * Objects are written over and over again, so that their strings keep their memory. Functions take
 * what they fill in first.
 */
namespace detail
{

inline void copy(sysflow::OptionalString &to, const char *from)
{
	if (from)
		to.set_string(from);
	else
		to.set_null();
}

inline void copy(std::vector<std::string> &to, const struct ::sysflow_strings &from)
{
	to.resize(from.count);
	for (std::size_t i = 0; i < from.count; i++)
		to[i] = from.items[i];
}

inline void copy(std::vector<std::int64_t> &to, const struct ::sysflow_numbers &from)
{
	to.assign(from.items, from.items + from.count);
}

inline void copy(std::map<std::string, std::string> &to, const struct ::sysflow_label *from,
		 std::size_t count)
{
	to.clear();
	for (std::size_t i = 0; i < count; i++)
		to[from[i].key] = from[i].value;
}

inline void copy(sysflow::OID &to, const struct ::sysflow_oid &from)
{
	to.createTS = from.createTS;
	to.hpid = from.hpid;
}

inline void copy(sysflow::FOID &to, const struct ::sysflow_foid &from)
{
	std::memcpy(to.data(), from.bytes, to.size());
}

inline void copy(sysflow::SFHeader &to, const struct ::sysflow_header &from)
{
	to.version = from.version;
	to.exporter = from.exporter;
	to.ip = from.ip;
	to.filename = from.filename;
}

inline void copy(sysflow::Container &to, const struct ::sysflow_container &from)
{
	to.id = from.id;
	to.name = from.name;
	to.image = from.image;
	to.imageid = from.imageid;
	to.type = static_cast<sysflow::ContainerType>(from.type);
	to.privileged = from.privileged;
	copy(to.podId, from.podId);
}

inline void copy(sysflow::Process &to, const struct ::sysflow_process &from)
{
	sysflow::OID poid;

	to.state = static_cast<sysflow::SFObjectState>(from.state);
	copy(to.oid, from.oid);
	copy(poid, from.poid);
	if (from.has_poid)
		to.poid.set_OID(poid);
	else
		to.poid.set_null();
	to.ts = from.ts;
	to.exe = from.exe;
	to.exeArgs = from.exeArgs;
	to.uid = from.uid;
	to.userName = from.userName;
	to.gid = from.gid;
	to.groupName = from.groupName;
	to.tty = from.tty;
	copy(to.containerId, from.containerId);
	to.entry = from.entry;
	to.cwd = from.cwd;
	copy(to.env, from.env);
}

inline void copy(sysflow::File &to, const struct ::sysflow_file &from)
{
	to.state = static_cast<sysflow::SFObjectState>(from.state);
	copy(to.oid, from.oid);
	to.ts = from.ts;
	to.restype = from.restype;
	to.path = from.path;
	copy(to.containerId, from.containerId);
}

inline void copy(sysflow::ProcessEvent &to, const struct ::sysflow_process_event &from)
{
	copy(to.procOID, from.procOID);
	to.ts = from.ts;
	to.tid = from.tid;
	to.opFlags = from.opFlags;
	copy(to.args, from.args);
	to.ret = from.ret;
}

inline void copy(sysflow::NetworkFlow &to, const struct ::sysflow_network_flow &from)
{
	copy(to.procOID, from.procOID);
	to.ts = from.ts;
	to.tid = from.tid;
	to.opFlags = from.opFlags;
	to.endTs = from.endTs;
	to.sip = from.sip;
	to.sport = from.sport;
	to.dip = from.dip;
	to.dport = from.dport;
	to.proto = from.proto;
	to.fd = from.fd;
	to.numRRecvOps = from.numRRecvOps;
	to.numWSendOps = from.numWSendOps;
	to.numRRecvBytes = from.numRRecvBytes;
	to.numWSendBytes = from.numWSendBytes;
	to.ipv6 = from.ipv6;
	std::memcpy(to.sip6.data(), from.sip6, to.sip6.size());
	std::memcpy(to.dip6.data(), from.dip6, to.dip6.size());
}

inline void copy(sysflow::FileFlow &to, const struct ::sysflow_file_flow &from)
{
	copy(to.procOID, from.procOID);
	to.ts = from.ts;
	to.tid = from.tid;
	to.opFlags = from.opFlags;
	to.openFlags = from.openFlags;
	to.endTs = from.endTs;
	copy(to.fileOID, from.fileOID);
	to.fd = from.fd;
	to.numRRecvOps = from.numRRecvOps;
	to.numWSendOps = from.numWSendOps;
	to.numRRecvBytes = from.numRRecvBytes;
	to.numWSendBytes = from.numWSendBytes;
}

inline void copy(sysflow::FileEvent &to, const struct ::sysflow_file_event &from)
{
	sysflow::FOID foid;

	copy(to.procOID, from.procOID);
	to.ts = from.ts;
	to.tid = from.tid;
	to.opFlags = from.opFlags;
	copy(to.fileOID, from.fileOID);
	to.ret = from.ret;
	copy(foid, from.newFileOID);
	if (from.has_newFileOID)
		to.newFileOID.set_FOID(foid);
	else
		to.newFileOID.set_null();
}

inline void copy(sysflow::NetworkEvent &to, const struct ::sysflow_network_event &from)
{
	copy(to.procOID, from.procOID);
	to.ts = from.ts;
	to.tid = from.tid;
	to.opFlags = from.opFlags;
	to.sip = from.sip;
	to.sport = from.sport;
	to.dip = from.dip;
	to.dport = from.dport;
	to.proto = from.proto;
	to.ret = from.ret;
}

inline void copy(sysflow::ProcessFlow &to, const struct ::sysflow_process_flow &from)
{
	copy(to.procOID, from.procOID);
	to.ts = from.ts;
	to.numThreadsCloned = from.numThreadsCloned;
	to.opFlags = from.opFlags;
	to.endTs = from.endTs;
	to.numThreadsExited = from.numThreadsExited;
	to.numCloneErrors = from.numCloneErrors;
}

inline void copy(sysflow::Port &to, const struct ::sysflow_port &from)
{
	to.port = from.port;
	to.targetPort = from.targetPort;
	to.nodePort = from.nodePort;
	to.proto = from.proto;
}

inline void copy(sysflow::Service &to, const struct ::sysflow_service &from)
{
	to.name = from.name;
	to.id = from.id;
	to.namespace_ = from.namespace_;
	to.portList.resize(from.nports);
	for (std::size_t i = 0; i < from.nports; i++)
		copy(to.portList[i], from.portList[i]);
	copy(to.clusterIP, from.clusterIP);
}

inline void copy(sysflow::Pod &to, const struct ::sysflow_pod &from)
{
	to.ts = from.ts;
	to.id = from.id;
	to.name = from.name;
	to.nodeName = from.nodeName;
	copy(to.hostIP, from.hostIP);
	copy(to.internalIP, from.internalIP);
	to.namespace_ = from.namespace_;
	to.restartCount = from.restartCount;
	copy(to.labels, from.labels, from.nlabels);
	copy(to.selectors, from.selectors, from.nselectors);
	to.services.resize(from.nservices);
	for (std::size_t i = 0; i < from.nservices; i++)
		copy(to.services[i], from.services[i]);
}

inline void copy(sysflow::K8sEvent &to, const struct ::sysflow_k8s_event &from)
{
	to.kind = static_cast<sysflow::K8sComponent>(from.kind);
	to.action = static_cast<sysflow::K8sAction>(from.action);
	to.ts = from.ts;
	to.message = from.message;
}

inline void copy(sysflow::SysFlow &to, const struct ::sysflow_record &from)
{
	switch (from.type) {
	case SYSFLOW_HEADER:
		return copy(to.rec.hold<sysflow::SFHeader>(), from.u.header);
	case SYSFLOW_CONTAINER:
		return copy(to.rec.hold<sysflow::Container>(), from.u.container);
	case SYSFLOW_PROCESS:
		return copy(to.rec.hold<sysflow::Process>(), from.u.process);
	case SYSFLOW_FILE:
		return copy(to.rec.hold<sysflow::File>(), from.u.file);
	case SYSFLOW_PROCESS_EVENT:
		return copy(to.rec.hold<sysflow::ProcessEvent>(), from.u.process_event);
	case SYSFLOW_NETWORK_FLOW:
		return copy(to.rec.hold<sysflow::NetworkFlow>(), from.u.network_flow);
	case SYSFLOW_FILE_FLOW:
		return copy(to.rec.hold<sysflow::FileFlow>(), from.u.file_flow);
	case SYSFLOW_FILE_EVENT:
		return copy(to.rec.hold<sysflow::FileEvent>(), from.u.file_event);
	case SYSFLOW_NETWORK_EVENT:
		return copy(to.rec.hold<sysflow::NetworkEvent>(), from.u.network_event);
	case SYSFLOW_PROCESS_FLOW:
		return copy(to.rec.hold<sysflow::ProcessFlow>(), from.u.process_flow);
	case SYSFLOW_POD:
		return copy(to.rec.hold<sysflow::Pod>(), from.u.pod);
	case SYSFLOW_K8S_EVENT:
		return copy(to.rec.hold<sysflow::K8sEvent>(), from.u.k8s_event);
	}
}

} // namespace detail

/* ---- the driver ---- */

inline SysFlowConfig *InitializeSysFlowConfig()
{
	return new SysFlowConfig;
}

class SysFlowDriver
{
      private:
	struct ::sysflow_driver *driver_ = nullptr;
	SysFlowCallback callback_;
	std::function<void(sysflow_severity, const char *)> log_;
	std::exception_ptr thrown_; /* by the callback */
	/* What the callback is lent. */
	sysflow::SFHeader header_;
	sysflow::Container container_;
	sysflow::Process process_;
	sysflow::File file1_, file2_;
	sysflow::SysFlow record_;
	std::deque<sysflow::Process>
		looked_up_; /* by getProcess(), since the last callback began */

	template <typename To, typename From> static To *lend(To &to, const From *from)
	{
		if (!from)
			return nullptr;
		detail::copy(to, *from);
		return &to;
	}

	/* An exception must not pass through C: it ends the run, which throws it. */
	static void deliver(void *ctx, const struct ::sysflow_header *header,
			    const struct ::sysflow_container *container,
			    const struct ::sysflow_process *process,
			    const struct ::sysflow_file *file1, const struct ::sysflow_file *file2,
			    const struct ::sysflow_record *record)
	{
		SysFlowDriver *self = static_cast<SysFlowDriver *>(ctx);

		if (self->thrown_)
			return;
		try {
			self->looked_up_.clear();
			detail::copy(self->record_, *record);
			lend(self->header_, header);
			self->callback_(&self->header_, lend(self->container_, container),
					lend(self->process_, process), lend(self->file1_, file1),
					lend(self->file2_, file2), &self->record_);
		} catch (...) {
			self->thrown_ = std::current_exception();
			self->exit();
		}
	}

	static void deliver_log(void *ctx, enum ::sysflow_severity severity, const char *text)
	{
		SysFlowDriver *self = static_cast<SysFlowDriver *>(ctx);

		try {
			self->log_(severity, text);
		} catch (...) {
			if (!self->thrown_)
				self->thrown_ = std::current_exception();
			self->exit();
		}
	}

	void rethrow()
	{
		if (std::exception_ptr thrown = std::exchange(thrown_, nullptr))
			std::rethrow_exception(thrown);
	}

	static void check(int res, const struct ::eyas_err &err)
	{
		if (res < 0)
			throw SysFlowException(err.text, sfexception::getErrorCodeFromReturn(res));
	}

	struct ::sysflow_config to_c(const SysFlowConfig &from)
	{
		struct ::sysflow_config to;

		sysflow_config_init(&to);
		to.filterContainers = from.filterContainers;
		to.rotateInterval = from.rotateInterval;
		to.exporterID = from.exporterID.c_str();
		to.nodeIP = from.nodeIP.c_str();
		to.filePath = from.filePath.c_str();
		to.socketPath = from.socketPath.c_str();
		to.scapInputPath = from.scapInputPath.c_str();
		to.falcoFilter = from.falcoFilter.c_str();
		to.samplingRatio = from.samplingRatio;
		to.criPath = from.criPath.c_str();
		to.criTO = from.criTO;
		to.enableStats = from.enableStats;
		to.enableProcessFlow = from.enableProcessFlow;
		to.fileOnly = from.fileOnly;
		to.fileReadMode = from.fileReadMode;
		to.dropMode = from.dropMode;
		to.callback = callback_ ? deliver : nullptr;
		to.callbackContext = this;
		to.debugMode = from.debugMode;
		to.k8sAPIURL = from.k8sAPIURL.c_str();
		to.k8sAPICert = from.k8sAPICert.c_str();
		to.moduleChecks = from.moduleChecks;
		to.singleBufferDimension = from.singleBufferDimension;
		to.appName = from.appName.c_str();
		to.collectionMode =
			static_cast<enum ::sysflow_collection_mode>(from.collectionMode);
		to.cpuBuffers = from.cpuBuffers;
		to.driverType = static_cast<enum ::sysflow_driver_type>(from.driverType);
		to.strictCompat = from.strictCompat;
		to.schema = from.schema;
		to.codec = from.codec.c_str();
		to.kernelAggregation = from.kernelAggregation;
		to.log = log_ ? deliver_log : nullptr;
		to.logContext = this;
		return to;
	}

      public:
	/* The configuration stays the caller's, who may delete it at once. */
	explicit SysFlowDriver(const SysFlowConfig *config)
	    : callback_(config->callback), log_(config->log)
	{
		const struct ::sysflow_config fields = to_c(*config);
		struct ::eyas_err err;

		check(sysflow_driver_new(&fields, &driver_, &err), err);
	}
	SysFlowDriver(const SysFlowDriver &) = delete;
	SysFlowDriver &operator=(const SysFlowDriver &) = delete;
	/* Flows that are open still reach the callback. */
	virtual ~SysFlowDriver()
	{
		sysflow_driver_free(driver_);
	}

	/* Until exit() or the end of the capture: 0. Throws SysFlowException or what the callback did. */
	int run()
	{
		struct ::eyas_err err;
		int res = sysflow_driver_run(driver_, &err);

		rethrow();
		check(res, err);
		return 0;
	}
	/* From any thread, the callback, a signal handler. */
	void exit()
	{
		sysflow_driver_exit(driver_);
	}
	std::string getVersion()
	{
		return sysflow_version();
	}
	/* nullptr if it is not known; lent until the next callback begins. For callbacks only. */
	sysflow::Process *getProcess(const sysflow::OID &oid)
	{
		const struct ::sysflow_oid key = { oid.createTS, oid.hpid };
		const struct ::sysflow_process *process = sysflow_driver_process(driver_, &key);

		if (!process)
			return nullptr;
		looked_up_.emplace_back();
		detail::copy(looked_up_.back(), *process);
		return &looked_up_.back();
	}
	/*
	 * Write what is open and close the outputs, as the destructor does, which cannot throw what this
	 * throws: that records were lost, or what the callback threw.
	 */
	void close()
	{
		struct ::eyas_err err;
		int res = sysflow_driver_close(driver_, &err);

		rethrow();
		check(res, err);
	}
	struct ::sysflow_driver_stats stats() const
	{
		struct ::sysflow_driver_stats stats;

		sysflow_driver_stats(driver_, &stats);
		return stats;
	}
};

} // namespace sysflowlibscpp

#endif /* SYSFLOW_HPP */
