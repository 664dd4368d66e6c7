/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The SysFlow schema as JSON: version 5, and version 6, which appends the addresses of IPv6 to the
 * two network records. Both come from one text, which encode.c follows field by field. Readers
 * that resolve schemas skip what is new in version 6.
 */
#include "sysflow/schema.h"

#include <stddef.h>

/* clang-format off */
#define F(name, type)		"{\"name\":\"" name "\",\"type\":" type "}"
#define FD(name, type, value)	"{\"name\":\"" name "\",\"type\":" type ",\"default\":" value "}"
#define NAMED(kind, space, name, rest) \
	"{\"type\":\"" kind "\",\"namespace\":\"sysflow." space "\",\"name\":\"" name "\"," rest "}"
#define RECORD(space, name, fields)	NAMED("record", space, name, "\"fields\":[" fields "]")
#define ENUM(name, symbols)		NAMED("enum", "type", name, "\"symbols\":[" symbols "]")
#define ARRAY(items)	"{\"type\":\"array\",\"items\":" items "}"
#define MAP(values)	"{\"type\":\"map\",\"values\":" values "}"
#define OR_NULL(type)	"[\"null\"," type "]"

#define INT	"\"int\""
#define LONG	"\"long\""
#define BOOL	"\"boolean\""
#define STRING	"\"string\""
#define OID	"\"sysflow.type.OID\""
#define FOID	"\"sysflow.type.FOID\""
#define IP6	"\"sysflow.type.IP6\""
#define STATE	"\"sysflow.type.SFObjectState\""

#define HEADER(version) RECORD("entity", "SFHeader", \
	FD("version", LONG, version) "," \
	F("exporter", STRING) "," \
	FD("ip", STRING, "\"NA\"") "," \
	F("filename", STRING))

#define CONTAINER RECORD("entity", "Container", \
	F("id", STRING) "," \
	F("name", STRING) "," \
	F("image", STRING) "," \
	F("imageid", STRING) "," \
	F("type", ENUM("ContainerType", \
		"\"CT_DOCKER\",\"CT_LXC\",\"CT_LIBVIRT_LXC\",\"CT_MESOS\",\"CT_RKT\"," \
		"\"CT_CUSTOM\",\"CT_CRI\",\"CT_CONTAINERD\",\"CT_CRIO\",\"CT_BPM\"")) "," \
	F("privileged", BOOL) "," \
	F("podId", OR_NULL(STRING)))

#define PROCESS RECORD("entity", "Process", \
	F("state", ENUM("SFObjectState", "\"CREATED\",\"MODIFIED\",\"REUP\"")) "," \
	F("oid", RECORD("type", "OID", F("createTS", LONG) "," F("hpid", LONG))) "," \
	F("poid", OR_NULL(OID)) "," \
	F("ts", LONG) "," \
	F("exe", STRING) "," \
	F("exeArgs", STRING) "," \
	F("uid", INT) "," \
	F("userName", STRING) "," \
	F("gid", INT) "," \
	F("groupName", STRING) "," \
	F("tty", BOOL) "," \
	F("containerId", OR_NULL(STRING)) "," \
	FD("entry", BOOL, "false") "," \
	F("cwd", STRING) "," \
	F("env", ARRAY(STRING)))

#define FILE_ RECORD("entity", "File", \
	F("state", STATE) "," \
	F("oid", NAMED("fixed", "type", "FOID", "\"size\":20")) "," \
	F("ts", LONG) "," \
	F("restype", INT) "," \
	F("path", STRING) "," \
	F("containerId", OR_NULL(STRING)))

/* What events and flows begin with. */
#define WHO	F("procOID", OID) "," F("ts", LONG) "," F("tid", LONG) "," F("opFlags", INT)
#define TUPLE	F("sip", INT) "," F("sport", INT) "," F("dip", INT) "," F("dport", INT) "," \
		F("proto", INT)
#define SUMS	F("numRRecvOps", LONG) "," F("numWSendOps", LONG) "," \
		F("numRRecvBytes", LONG) "," F("numWSendBytes", LONG)

#define PROCESS_EVENT RECORD("event", "ProcessEvent", \
	WHO "," \
	F("args", ARRAY(STRING)) "," \
	F("ret", INT))

#define NETWORK_FLOW(more) RECORD("flow", "NetworkFlow", \
	WHO "," \
	F("endTs", LONG) "," \
	TUPLE "," \
	F("fd", INT) "," \
	SUMS more)

#define FILE_FLOW RECORD("flow", "FileFlow", \
	WHO "," \
	F("openFlags", INT) "," \
	F("endTs", LONG) "," \
	F("fileOID", FOID) "," \
	F("fd", INT) "," \
	SUMS)

#define FILE_EVENT RECORD("event", "FileEvent", \
	WHO "," \
	F("fileOID", FOID) "," \
	F("ret", INT) "," \
	F("newFileOID", OR_NULL(FOID)))

#define NETWORK_EVENT(more) RECORD("event", "NetworkEvent", \
	WHO "," \
	TUPLE "," \
	F("ret", INT) more)

#define PROCESS_FLOW RECORD("flow", "ProcessFlow", \
	F("procOID", OID) "," \
	F("ts", LONG) "," \
	F("numThreadsCloned", LONG) "," \
	F("opFlags", INT) "," \
	F("endTs", LONG) "," \
	F("numThreadsExited", LONG) "," \
	F("numCloneErrors", LONG))

#define PORT RECORD("entity", "Port", \
	F("port", INT) "," \
	F("targetPort", INT) "," \
	F("nodePort", INT) "," \
	F("proto", STRING))

#define SERVICE RECORD("entity", "Service", \
	F("name", STRING) "," \
	F("id", STRING) "," \
	F("namespace", STRING) "," \
	F("portList", ARRAY(PORT)) "," \
	F("clusterIP", ARRAY(LONG)))

#define POD RECORD("entity", "Pod", \
	F("ts", LONG) "," \
	F("id", STRING) "," \
	F("name", STRING) "," \
	F("nodeName", STRING) "," \
	F("hostIP", ARRAY(LONG)) "," \
	F("internalIP", ARRAY(LONG)) "," \
	F("namespace", STRING) "," \
	F("restartCount", LONG) "," \
	F("labels", MAP(STRING)) "," \
	F("selectors", MAP(STRING)) "," \
	F("services", ARRAY(SERVICE)))

#define K8S_EVENT RECORD("event", "K8sEvent", \
	F("kind", ENUM("K8sComponent", \
		"\"K8S_NODES\",\"K8S_NAMESPACES\",\"K8S_PODS\",\"K8S_REPLICATIONCONTROLLERS\"," \
		"\"K8S_SERVICES\",\"K8S_EVENTS\",\"K8S_REPLICASETS\",\"K8S_DAEMONSETS\"," \
		"\"K8S_DEPLOYMENTS\",\"K8S_UNKNOWN\"")) "," \
	F("action", ENUM("K8sAction", \
		"\"K8S_COMPONENT_ADDED\",\"K8S_COMPONENT_MODIFIED\",\"K8S_COMPONENT_DELETED\"," \
		"\"K8S_COMPONENT_ERROR\",\"K8S_COMPONENT_NONEXISTENT\"," \
		"\"K8S_COMPONENT_UNKNOWN\"")) "," \
	F("ts", LONG) "," \
	F("message", STRING))

/* The order of the union is that of enum sysflow_type. */
#define SCHEMA(version, sf_more, event_more) \
	"{\"type\":\"record\",\"namespace\":\"sysflow\",\"name\":\"SysFlow\",\"fields\":[" \
	F("rec", "[" HEADER(version) "," CONTAINER "," PROCESS "," FILE_ "," PROCESS_EVENT "," \
		 NETWORK_FLOW(sf_more) "," FILE_FLOW "," FILE_EVENT "," \
		 NETWORK_EVENT(event_more) "," PROCESS_FLOW "," POD "," K8S_EVENT "]") \
	"]}"

/* A name is defined where it is first used. */
#define SF_IP6 "," \
	FD("sip6", OR_NULL(NAMED("fixed", "type", "IP6", "\"size\":16")), "null") "," \
	FD("dip6", OR_NULL(IP6), "null")
#define EVENT_IP6 "," \
	FD("sip6", OR_NULL(IP6), "null") "," \
	FD("dip6", OR_NULL(IP6), "null")
/* clang-format on */

const char *sf_schema_text(int schema)
{
	static const char v5[] = SCHEMA("5", "", ""), v6[] = SCHEMA("6", SF_IP6, EVENT_IP6);

	return schema == 5 ? v5 : schema == 6 ? v6 : NULL;
}
