/* SPDX-License-Identifier: Apache-2.0 */
/* A record of every type of SysFlow, with every field set to something of its own. */
#ifndef TESTS_SFRECORDS_H
#define TESTS_SFRECORDS_H

#include <sysflow.h>

/* What decoders that are not ours say of it, as Avro's C library writes JSON. */
struct sfrecord {
	struct sysflow_record record;
	const char *json; /* of the union's branch, under schema 5 */
};

#define SF_FOID "\"aaaaaaaaaaaaaaaaaaaa\""
#define SF_FOID2 "\"bbbbbbbbbbbbbbbbbbbb\""
#define SF_OID "{\"createTS\": 1600000000000000001, \"hpid\": 42}"

static const char *const sf_env[] = { "A=1", "LONG=x" };
static const int64_t sf_ips[] = { 1, 4294967295 };
static const struct sysflow_port sf_ports[] = { { 80, 8080, 30080, "TCP" }, { 1, 2, 3, "" } };
static const struct sysflow_label sf_labels[] = { { "app", "web" } };
static const struct sysflow_service sf_services[] = { { .name = "svc",
							.id = "sid",
							.namespace_ = "ns",
							.portList = sf_ports,
							.nports = 2,
							.clusterIP = { sf_ips, 1 } } };

/* clang-format off */
#define SF_OID_VALUE { 1600000000000000001, 42 }
#define SF_FOID_VALUE(c) { { c, c, c, c, c, c, c, c, c, c, c, c, c, c, c, c, c, c, c, c } }
static const struct sfrecord sf_records[] = {
	{ { SYSFLOW_HEADER, { .header = { 5, "exp", "10.0.0.1", "a.sf" } } },
	  "{\"version\": 5, \"exporter\": \"exp\", \"ip\": \"10.0.0.1\", \"filename\": \"a.sf\"}" },
	{ { SYSFLOW_CONTAINER, { .container = { "cid", "cname", "img:1", "sha", SYSFLOW_CT_CRIO, true, NULL } } },
	  "{\"id\": \"cid\", \"name\": \"cname\", \"image\": \"img:1\", \"imageid\": \"sha\", "
	  "\"type\": \"CT_CRIO\", \"privileged\": true, \"podId\": null}" },
	{ { SYSFLOW_CONTAINER, { .container = { "", "", "", "", SYSFLOW_CT_DOCKER, false, "pod" } } },
	  "{\"id\": \"\", \"name\": \"\", \"image\": \"\", \"imageid\": \"\", "
	  "\"type\": \"CT_DOCKER\", \"privileged\": false, \"podId\": {\"string\": \"pod\"}}" },
	{ { SYSFLOW_PROCESS, { .process = {
		SYSFLOW_MODIFIED, SF_OID_VALUE, true, { 7, 8 }, 1600000000000000009, "/bin/x", "-a b",
		-1, "user", 1000, "group", true, "cid", true, "/tmp/", { sf_env, 2 } } } },
	  "{\"state\": \"MODIFIED\", \"oid\": " SF_OID ", \"poid\": {\"OID\": {\"createTS\": 7, \"hpid\": 8}}, "
	  "\"ts\": 1600000000000000009, \"exe\": \"/bin/x\", \"exeArgs\": \"-a b\", \"uid\": -1, "
	  "\"userName\": \"user\", \"gid\": 1000, \"groupName\": \"group\", \"tty\": true, "
	  "\"containerId\": {\"string\": \"cid\"}, \"entry\": true, \"cwd\": \"/tmp/\", "
	  "\"env\": [\"A=1\", \"LONG=x\"]}" },
	{ { SYSFLOW_PROCESS, { .process = {
		.state = SYSFLOW_CREATED, .exe = "", .exeArgs = "", .userName = "", .groupName = "", .cwd = "" } } },
	  "{\"state\": \"CREATED\", \"oid\": {\"createTS\": 0, \"hpid\": 0}, \"poid\": null, \"ts\": 0, "
	  "\"exe\": \"\", \"exeArgs\": \"\", \"uid\": 0, \"userName\": \"\", \"gid\": 0, \"groupName\": \"\", "
	  "\"tty\": false, \"containerId\": null, \"entry\": false, \"cwd\": \"\", \"env\": []}" },
	{ { SYSFLOW_FILE, { .file = { SYSFLOW_REUP, SF_FOID_VALUE('a'), -5, 'f', "/etc/passwd", "cid" } } },
	  "{\"state\": \"REUP\", \"oid\": " SF_FOID ", \"ts\": -5, \"restype\": 102, "
	  "\"path\": \"/etc/passwd\", \"containerId\": {\"string\": \"cid\"}}" },
	{ { SYSFLOW_PROCESS_EVENT, { .process_event = { SF_OID_VALUE, 11, 12, SYSFLOW_OP_EXIT, { sf_env, 1 }, -2 } } },
	  "{\"procOID\": " SF_OID ", \"ts\": 11, \"tid\": 12, \"opFlags\": 4, \"args\": [\"A=1\"], \"ret\": -2}" },
	{ { SYSFLOW_NETWORK_FLOW, { .network_flow = {
		SF_OID_VALUE, 1, 2, 3, 4, 16781740, 40000, -1, 443, 6, 5, 6, 7, 8, 9, false, { 0 }, { 0 } } } },
	  "{\"procOID\": " SF_OID ", \"ts\": 1, \"tid\": 2, \"opFlags\": 3, \"endTs\": 4, "
	  "\"sip\": 16781740, \"sport\": 40000, \"dip\": -1, \"dport\": 443, \"proto\": 6, \"fd\": 5, "
	  "\"numRRecvOps\": 6, \"numWSendOps\": 7, \"numRRecvBytes\": 8, \"numWSendBytes\": 9}" },
	{ { SYSFLOW_FILE_FLOW, { .file_flow = {
		SF_OID_VALUE, 1, 2, 3, 4, 5, SF_FOID_VALUE('a'), 6, 7, 8, 9, 9223372036854775807 } } },
	  "{\"procOID\": " SF_OID ", \"ts\": 1, \"tid\": 2, \"opFlags\": 3, \"openFlags\": 4, \"endTs\": 5, "
	  "\"fileOID\": " SF_FOID ", \"fd\": 6, \"numRRecvOps\": 7, \"numWSendOps\": 8, "
	  "\"numRRecvBytes\": 9, \"numWSendBytes\": 9223372036854775807}" },
	{ { SYSFLOW_FILE_EVENT, { .file_event = {
		SF_OID_VALUE, 1, 2, SYSFLOW_OP_RENAME, SF_FOID_VALUE('a'), -17, true, SF_FOID_VALUE('b') } } },
	  "{\"procOID\": " SF_OID ", \"ts\": 1, \"tid\": 2, \"opFlags\": 1048576, \"fileOID\": " SF_FOID ", "
	  "\"ret\": -17, \"newFileOID\": {\"FOID\": " SF_FOID2 "}}" },
	{ { SYSFLOW_FILE_EVENT, { .file_event = {
		SF_OID_VALUE, 1, 2, SYSFLOW_OP_MKDIR, SF_FOID_VALUE('b'), 0, false, { { 0 } } } } },
	  "{\"procOID\": " SF_OID ", \"ts\": 1, \"tid\": 2, \"opFlags\": 32768, \"fileOID\": " SF_FOID2 ", "
	  "\"ret\": 0, \"newFileOID\": null}" },
	{ { SYSFLOW_NETWORK_EVENT, { .network_event = {
		SF_OID_VALUE, 1, 2, 3, 4, 5, 6, 7, 17, -8, false, { 0 }, { 0 } } } },
	  "{\"procOID\": " SF_OID ", \"ts\": 1, \"tid\": 2, \"opFlags\": 3, \"sip\": 4, \"sport\": 5, "
	  "\"dip\": 6, \"dport\": 7, \"proto\": 17, \"ret\": -8}" },
	{ { SYSFLOW_PROCESS_FLOW, { .process_flow = { SF_OID_VALUE, 1, 2, 3, 4, 5, 6 } } },
	  "{\"procOID\": " SF_OID ", \"ts\": 1, \"numThreadsCloned\": 2, \"opFlags\": 3, \"endTs\": 4, "
	  "\"numThreadsExited\": 5, \"numCloneErrors\": 6}" },
	{ { SYSFLOW_POD, { .pod = {
		1, "pid", "pname", "node", { sf_ips, 2 }, { 0 }, "ns", 2, sf_labels, NULL, 1, 0, sf_services, 1 } } },
	  "{\"ts\": 1, \"id\": \"pid\", \"name\": \"pname\", \"nodeName\": \"node\", "
	  "\"hostIP\": [1, 4294967295], \"internalIP\": [], \"namespace\": \"ns\", \"restartCount\": 2, "
	  "\"labels\": {\"app\": \"web\"}, \"selectors\": {}, \"services\": [{\"name\": \"svc\", "
	  "\"id\": \"sid\", \"namespace\": \"ns\", \"portList\": [{\"port\": 80, \"targetPort\": 8080, "
	  "\"nodePort\": 30080, \"proto\": \"TCP\"}, {\"port\": 1, \"targetPort\": 2, \"nodePort\": 3, "
	  "\"proto\": \"\"}], \"clusterIP\": [1]}]}" },
	{ { SYSFLOW_K8S_EVENT, { .k8s_event = { SYSFLOW_K8S_PODS, SYSFLOW_K8S_DELETED, 3, "{}" } } },
	  "{\"kind\": \"K8S_PODS\", \"action\": \"K8S_COMPONENT_DELETED\", \"ts\": 3, \"message\": \"{}\"}" },
};
/* clang-format on */
enum { SF_RECORDS = sizeof(sf_records) / sizeof(sf_records[0]) };

#endif
