/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What attributes yield of a row: the functions of the table in attr.c, as struct field_info has
 * them. Tags tell apart which of several members is meant.
 */
#ifndef SYSFLOW_ATTR_GET_H
#define SYSFLOW_ATTR_GET_H

#include "sysflow/attr.h"

enum {
	SF_PROC_PID,
	SF_PROC_UID,
	SF_PROC_GID,
	SF_PROC_CREATETS,
	SF_PROC_USER,
	SF_PROC_GROUP,
	SF_PROC_EXE,
	SF_PROC_ARGS,
	SF_PROC_CWD,
	SF_PROC_TTY,
	SF_PROC_ENTRY,
	SF_PARENT = 64 /* of the parent instead */
};
enum { SF_NET_PROTO, SF_NET_SPORT, SF_NET_DPORT, SF_NET_SIP, SF_NET_DIP };
enum {
	SF_SUM_RBYTES,
	SF_SUM_ROPS,
	SF_SUM_WBYTES,
	SF_SUM_WOPS,
	SF_SUM_THREADS,
	SF_SUM_EXITS,
	SF_SUM_ERRORS
};
enum { SF_AVRO_IN_ID, SF_AVRO_IN_NAME, SF_AVRO_IN_IMAGE, SF_AVRO_IN_IMAGEID, SF_AVRO_IN_TYPE };
enum { SF_POD_ID, SF_POD_NAME, SF_POD_NODE, SF_POD_NAMESPACE };
enum { SF_K8S_ACTION, SF_K8S_KIND, SF_K8S_MESSAGE };
enum { SF_HEADER_EXPORTER, SF_HEADER_IP, SF_HEADER_FILENAME };

#define SF_GET(name) \
	bool sf_get_##name(const struct field_eval *eval, struct field_ref *ref, \
			   struct eyas_value *ret)

/* attr_record.c: of the record itself. */
SF_GET(type);
SF_GET(opflags); /* a list of names for a filter, else the number */
SF_GET(opflags_bitmap);
SF_GET(openflags);
SF_GET(openflags_bitmap);
SF_GET(ret);
SF_GET(ts);
SF_GET(endts);
SF_GET(event_args);
SF_GET(tid);
SF_GET(fd);
SF_GET(sum);
SF_GET(k8s);
SF_GET(net_num);
SF_GET(net_ports);
SF_GET(net_addr);
SF_GET(net_addrs);
SF_GET(file_open);
SF_GET(res);

/* attr_entity.c: of what it refers to. */
SF_GET(state);
SF_GET(proc_num);
SF_GET(proc_text);
SF_GET(proc_bool);
SF_GET(proc_name);
SF_GET(proc_cmdline);
SF_GET(proc_oid);
SF_GET(proc_env);
SF_GET(apid);
SF_GET(aname);
SF_GET(file_path);
SF_GET(file_name);
SF_GET(file_dir);
SF_GET(file_type);
SF_GET(file_oid);
SF_GET(container);
SF_GET(privileged);
SF_GET(pod);
SF_GET(pod_ips);
SF_GET(pod_restarts);
SF_GET(pod_services); /* their number */
SF_GET(header);
SF_GET(version);

/* The pod of a row: itself, or that of its container; NULL = none. */
const struct sysflow_pod *sf_row_pod(const struct sf_row *row);

#endif
