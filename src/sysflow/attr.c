/* SPDX-License-Identifier: Apache-2.0 */
/* The table of attributes, and how they are found by their names. */
#include "sysflow/attr.h"

#include <errno.h>
#include <string.h>

#include "base/err.h"
#include "base/nearest.h"
#include "sysflow/attr_get.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* ---- the table, in the order of listings and of objects ---- */

/* clang-format off */
/* What stands for several values is for comparing with constants only. */
#define FLAGS_SINGLE	0
#define FLAGS_ANY	FIELD_NO_RHS | FIELD_NO_TRANSFORMER
#define FLAGS_ANY_ALL	FIELD_NO_RHS | FIELD_NO_TRANSFORMER
#define ROW(name, type, multi, get, tag, look, title, right, extra, help) \
	{ { "sf." name, EYAS_PT_##type, EYAS_FMT_DEC, FLAGS_##multi, FIELD_##multi, help, get, \
	    NULL, tag }, title, SF_LOOK_##look, right, extra }
#define TEXT(name, get, tag, title, help) \
	ROW(name, CHARBUF, SINGLE, get, tag, PLAIN, title, false, false, help)
#define PATH(name, get, tag, title, help) \
	ROW(name, FSPATH, SINGLE, get, tag, PLAIN, title, false, false, help)
#define NUM(name, get, tag, title, help) \
	ROW(name, INT64, SINGLE, get, tag, PLAIN, title, true, false, help)
#define BOOL(name, get, tag, title, help) \
	ROW(name, BOOL, SINGLE, get, tag, PLAIN, title, false, false, help)
/* Put together from others: shown when asked for. */
#define MORE_TEXT(name, get, tag, title, help) \
	ROW(name, CHARBUF, SINGLE, get, tag, PLAIN, title, false, true, help)
#define MORE(name, type, multi, get, tag, title, help) \
	ROW(name, type, multi, get, tag, PLAIN, title, false, true, help)

static const struct sf_attr attrs[] = {
	TEXT("type", sf_get_type, 0, "T", "type of the record: PE, FE, NE events, FF, NF, PF flows, P, F, C, H, POD entities, KE Kubernetes"),
	TEXT("state", sf_get_state, 0, "State", "how the process, or else the file, came into the record: CREATED, MODIFIED, REUP"),
	ROW("opflags", CHARBUF, ANY, sf_get_opflags, 0, OPFLAGS, "Op flags", false, false, "operations: OPEN, READ, RECV, WRITE, SEND, CLOSE, EXEC ...; any of them is compared"),
	NUM("opflags_bitmap", sf_get_opflags_bitmap, 0, "Op flags", "operations as a number"),
	NUM("ret", sf_get_ret, 0, "Ret", "result of the call of an event"),
	ROW("ts", ABSTIME, SINGLE, sf_get_ts, 0, TIME, "Start time", false, false, "time of the event, or of the beginning of the flow; compared in nanoseconds"),
	ROW("ts_uts", ABSTIME, SINGLE, sf_get_ts, 0, PLAIN, "Start time", true, false, "the same in nanoseconds since 1970"),
	ROW("endts", ABSTIME, SINGLE, sf_get_endts, 0, TIME, "End time", false, false, "time of the end of the flow"),
	ROW("endts_uts", ABSTIME, SINGLE, sf_get_endts, 0, PLAIN, "End time", true, false, "the same in nanoseconds since 1970"),
	ROW("event.args", CHARBUF, ANY, sf_get_event_args, 0, PLAIN, "Event args", false, false, "arguments of a ProcessEvent: the user id of SETUID"),

	NUM("proc.pid", sf_get_proc_num, SF_PROC_PID, "PID", "process id"),
	NUM("proc.tid", sf_get_tid, 0, "TID", "thread id"),
	NUM("proc.uid", sf_get_proc_num, SF_PROC_UID, "UID", "user id of the process"),
	TEXT("proc.user", sf_get_proc_text, SF_PROC_USER, "User", "name of that user"),
	NUM("proc.gid", sf_get_proc_num, SF_PROC_GID, "GID", "group id of the process"),
	TEXT("proc.group", sf_get_proc_text, SF_PROC_GROUP, "Group", "name of that group"),
	PATH("proc.exe", sf_get_proc_text, SF_PROC_EXE, "Cmd", "executable of the process"),
	TEXT("proc.args", sf_get_proc_text, SF_PROC_ARGS, "Args", "arguments of the process"),
	MORE_TEXT("proc.name", sf_get_proc_name, 0, "Name", "last part of proc.exe"),
	MORE_TEXT("proc.cmdline", sf_get_proc_cmdline, 0, "Cmd line", "proc.exe and proc.args"),
	BOOL("proc.tty", sf_get_proc_bool, SF_PROC_TTY, "TTY", "does the process have a terminal?"),
	BOOL("proc.entry", sf_get_proc_bool, SF_PROC_ENTRY, "Entry", "is it the first process of its pid namespace?"),
	PATH("proc.cwd", sf_get_proc_text, SF_PROC_CWD, "Cwd", "working directory of the process"),
	MORE("proc.env", CHARBUF, ANY, sf_get_proc_env, 0, "Env", "environment of the process"),
	NUM("proc.createts", sf_get_proc_num, SF_PROC_CREATETS, "Created", "time of the process's clone in nanoseconds, 0 = before the recording"),
	MORE_TEXT("proc.oid", sf_get_proc_oid, 0, "OID", "identity of the process: CREATETS:PID"),
	MORE("proc.apid", INT64, ANY, sf_get_apid, 0, "A. PIDs", "process ids of the process and its ancestors; any of them is compared"),
	MORE("proc.aname", CHARBUF, ANY, sf_get_aname, 0, "A. names", "executables of the process and its ancestors; any of them is compared"),

	NUM("pproc.pid", sf_get_proc_num, SF_PARENT | SF_PROC_PID, "PPID", "process id of the parent"),
	NUM("pproc.uid", sf_get_proc_num, SF_PARENT | SF_PROC_UID, "PUID", "user id of the parent"),
	TEXT("pproc.user", sf_get_proc_text, SF_PARENT | SF_PROC_USER, "PUser", "name of that user"),
	NUM("pproc.gid", sf_get_proc_num, SF_PARENT | SF_PROC_GID, "PGID", "group id of the parent"),
	TEXT("pproc.group", sf_get_proc_text, SF_PARENT | SF_PROC_GROUP, "PGroup", "name of that group"),
	PATH("pproc.exe", sf_get_proc_text, SF_PARENT | SF_PROC_EXE, "PCmd", "executable of the parent"),
	TEXT("pproc.args", sf_get_proc_text, SF_PARENT | SF_PROC_ARGS, "PArgs", "arguments of the parent"),
	MORE_TEXT("pproc.name", sf_get_proc_name, SF_PARENT, "PName", "last part of pproc.exe"),
	MORE_TEXT("pproc.cmdline", sf_get_proc_cmdline, SF_PARENT, "PCmd line", "pproc.exe and pproc.args"),
	BOOL("pproc.tty", sf_get_proc_bool, SF_PARENT | SF_PROC_TTY, "PTTY", "does the parent have a terminal?"),
	BOOL("pproc.entry", sf_get_proc_bool, SF_PARENT | SF_PROC_ENTRY, "PEntry", "is the parent the first process of its pid namespace?"),
	MORE("pproc.cwd", FSPATH, SINGLE, sf_get_proc_text, SF_PARENT | SF_PROC_CWD, "PCwd", "working directory of the parent"),
	NUM("pproc.createts", sf_get_proc_num, SF_PARENT | SF_PROC_CREATETS, "PCreated", "time of the parent's clone in nanoseconds"),
	MORE_TEXT("pproc.oid", sf_get_proc_oid, SF_PARENT, "POID", "identity of the parent: CREATETS:PID"),

	NUM("file.fd", sf_get_fd, 0, "FD", "descriptor of the flow"),
	PATH("file.path", sf_get_file_path, 0, "Path", "path of the file, or of the old one"),
	PATH("file.newpath", sf_get_file_path, 1, "New path", "path of the new file of a link or renaming"),
	MORE_TEXT("file.name", sf_get_file_name, 0, "File name", "last part of file.path"),
	MORE("file.directory", FSPATH, SINGLE, sf_get_file_dir, 0, "Dir", "file.path without its last part"),
	TEXT("file.type", sf_get_file_type, 0, "File type", "f file, d directory, u unix socket, p pipe, ? unknown"),
	MORE("file.is_open_write", BOOL, SINGLE, sf_get_file_open, 2, "W", "was the file opened for writing?"),
	MORE("file.is_open_read", BOOL, SINGLE, sf_get_file_open, 1, "R", "was the file opened for reading?"),
	ROW("file.openflags", CHARBUF, ANY, sf_get_openflags, 0, OPENFLAGS, "Open flags", false, false, "how the file was opened: RDONLY, WRONLY, RDWR, CREAT ...; any of them is compared"),
	MORE("file.openflags_bitmap", INT64, SINGLE, sf_get_openflags_bitmap, 0, "Open flags", "the same as a number"),
	MORE_TEXT("file.oid", sf_get_file_oid, 0, "FOID", "identity of the file, in hexadecimal"),
	MORE_TEXT("file.newoid", sf_get_file_oid, 1, "New FOID", "identity of the new file"),

	NUM("net.proto", sf_get_net_num, SF_NET_PROTO, "Proto", "protocol: 6 TCP, 17 UDP, 1 ICMP, 254 raw"),
	NUM("net.sport", sf_get_net_num, SF_NET_SPORT, "SPort", "port of the client"),
	NUM("net.dport", sf_get_net_num, SF_NET_DPORT, "DPort", "port of the server"),
	MORE("net.port", INT64, ANY_ALL, sf_get_net_ports, 0, "Ports", "both ports: = compares any, != all of them"),
	ROW("net.sip", IPADDR, SINGLE, sf_get_net_addr, SF_NET_SIP, PLAIN, "SIP", false, false, "address of the client"),
	ROW("net.dip", IPADDR, SINGLE, sf_get_net_addr, SF_NET_DIP, PLAIN, "DIP", false, false, "address of the server"),
	MORE("net.ip", IPADDR, ANY_ALL, sf_get_net_addrs, 0, "IPs", "both addresses: = compares any, != all of them"),
	MORE("net.net", IPNET, ANY_ALL, sf_get_net_addrs, 0, "IPs", "the same compared with networks: sf.net.net = 10.0.0.0/8"),
	TEXT("res", sf_get_res, 0, "Resource", "path or paths of the file, or ends of the connection"),

	NUM("flow.rbytes", sf_get_sum, SF_SUM_RBYTES, "RBytes", "bytes read or received"),
	NUM("flow.rops", sf_get_sum, SF_SUM_ROPS, "ROps", "calls that read or received"),
	NUM("flow.wbytes", sf_get_sum, SF_SUM_WBYTES, "WBytes", "bytes written or sent"),
	NUM("flow.wops", sf_get_sum, SF_SUM_WOPS, "WOps", "calls that wrote or sent"),
	NUM("pf.nthreads", sf_get_sum, SF_SUM_THREADS, "Threads", "threads created"),
	NUM("pf.nexits", sf_get_sum, SF_SUM_EXITS, "Thr. exits", "threads that ended"),
	NUM("pf.nerrors", sf_get_sum, SF_SUM_ERRORS, "Thr. errors", "threads that could not be created"),

	TEXT("container.id", sf_get_container, SF_AVRO_IN_ID, "Container", "id of the container"),
	TEXT("container.name", sf_get_container, SF_AVRO_IN_NAME, "Cont. name", "name of the container"),
	TEXT("container.image", sf_get_container, SF_AVRO_IN_IMAGE, "Image", "name of its image"),
	TEXT("container.imageid", sf_get_container, SF_AVRO_IN_IMAGEID, "Image ID", "id of its image"),
	TEXT("container.type", sf_get_container, SF_AVRO_IN_TYPE, "Cont. type", "type of the container: CT_DOCKER ..."),
	BOOL("container.privileged", sf_get_privileged, 0, "Privileged", "is the container privileged?"),

	TEXT("pod.id", sf_get_pod, SF_POD_ID, "Pod ID", "id of the pod"),
	TEXT("pod.name", sf_get_pod, SF_POD_NAME, "Pod", "name of the pod"),
	TEXT("pod.nname", sf_get_pod, SF_POD_NODE, "Pod node", "name of the pod's node"),
	ROW("pod.hostip", IPADDR, ANY_ALL, sf_get_pod_ips, 0, PLAIN, "Pod host IP", false, false, "addresses of that node"),
	ROW("pod.internalip", IPADDR, ANY_ALL, sf_get_pod_ips, 1, PLAIN, "Pod IP", false, false, "addresses of the pod"),
	TEXT("pod.ns", sf_get_pod, SF_POD_NAMESPACE, "Pod namespace", "namespace of the pod"),
	NUM("pod.rstrtcnt", sf_get_pod_restarts, 0, "Restarts", "restarts of the pod"),
	ROW("pod.services", INT64, SINGLE, sf_get_pod_services, 0, SERVICES, "Services", false, false, "services of the pod; their number is compared"),
	TEXT("k8s.action", sf_get_k8s, SF_K8S_ACTION, "K8s action", "what happened to a component of Kubernetes"),
	TEXT("k8s.kind", sf_get_k8s, SF_K8S_KIND, "K8s kind", "which kind of component"),
	TEXT("k8s.msg", sf_get_k8s, SF_K8S_MESSAGE, "K8s message", "the message about it"),

	TEXT("node.id", sf_get_header, SF_HEADER_EXPORTER, "Node ID", "who recorded"),
	TEXT("node.ip", sf_get_header, SF_HEADER_IP, "Node IP", "its address"),
	TEXT("filename", sf_get_header, SF_HEADER_FILENAME, "File name", "name of the file when it was written"),
	NUM("schema", sf_get_version, 0, "Schema", "version of the schema it was written in"),
};
/* clang-format on */

const struct sf_attr *sf_attr_at(size_t i)
{
	return i < COUNT(attrs) ? &attrs[i] : NULL;
}

const struct sf_attr *sf_attr_find(const char *name, size_t len)
{
	const char *own;
	size_t i;

	if (len > SF_ATTR_PREFIX && !memcmp(name, "sf.", SF_ATTR_PREFIX)) {
		name += SF_ATTR_PREFIX;
		len -= SF_ATTR_PREFIX;
	}
	for (i = 0; i < COUNT(attrs); i++) {
		own = attrs[i].field.name + SF_ATTR_PREFIX;
		if (!strncmp(own, name, len) && !own[len])
			return &attrs[i];
	}
	return NULL;
}

static const char *name_at(void *ctx, size_t i)
{
	(void)ctx;
	return i < COUNT(attrs) ? attrs[i].field.name : NULL;
}

static const char *bare_name_at(void *ctx, size_t i)
{
	(void)ctx;
	return i < COUNT(attrs) ? attrs[i].field.name + SF_ATTR_PREFIX : NULL;
}

const char *sf_attr_nearest(const char *name, size_t len)
{
	bool whole = len > SF_ATTR_PREFIX && !memcmp(name, "sf.", SF_ATTR_PREFIX);

	return eyas_nearest(name, len, whole ? name_at : bare_name_at, NULL);
}

int sf_attr_bind(const char *text, size_t len, struct eyas_arena *arena, struct field_ref *ret,
		 struct eyas_err *reterr)
{
	const char *bracket = memchr(text, '[', len), *nearest;
	size_t head = bracket ? (size_t)(bracket - text) : len;
	const struct sf_attr *attr = sf_attr_find(text, head);
	int shown = head < 100 ? (int)head : 100;

	if (!attr) {
		nearest = sf_attr_nearest(text, head);
		return eyas_err_set(reterr, EYAS_E_USAGE, "unknown attribute '%.*s'%s%s%s", shown,
				    text, nearest ? "; did you mean '" : "", nearest ? nearest : "",
				    nearest ? "'?" : "");
	}
	if (bracket)
		return eyas_err_set(reterr, EYAS_E_USAGE, "attribute '%.*s' takes no argument",
				    shown, text);
	*ret = (struct field_ref){ .info = &attr->field,
				   .type = attr->field.type,
				   .fmt = attr->field.fmt };
	ret->text = eyas_arena_text(arena, text, len);
	return ret->text ? 0 : eyas_err_set(reterr, -ENOMEM, "no memory");
}
