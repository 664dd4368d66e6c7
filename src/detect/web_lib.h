/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libmicrohttpd, loaded when a web server is asked for: it brings GnuTLS and what that needs along,
 * which no other command has a use for (docs/dependencies.md).
 */
#ifndef DETECT_WEB_LIB_H
#define DETECT_WEB_LIB_H

#include <microhttpd.h>

#include <eyas/err.h>

/* Its functions that are used, by their names without "MHD_". */
struct web_lib {
	struct MHD_Daemon *(*start_daemon)(unsigned flags, uint16_t port, MHD_AcceptPolicyCallback,
					   void *, MHD_AccessHandlerCallback, void *, ...);
	void (*stop_daemon)(struct MHD_Daemon *daemon);
	struct MHD_Response *(*create_response_from_buffer)(size_t size, void *buffer,
							    enum MHD_ResponseMemoryMode mode);
	enum MHD_Result (*add_response_header)(struct MHD_Response *response, const char *header,
					       const char *content);
	enum MHD_Result (*queue_response)(struct MHD_Connection *connection, unsigned status,
					  struct MHD_Response *response);
	void (*destroy_response)(struct MHD_Response *response);
	void (*suspend_connection)(struct MHD_Connection *connection);
	void (*resume_connection)(struct MHD_Connection *connection);
	const union MHD_ConnectionInfo *(*get_connection_info)(struct MHD_Connection *connection,
							       enum MHD_ConnectionInfoType, ...);
	enum MHD_Result (*is_feature_supported)(enum MHD_FEATURE feature);
};

/* Static, once it is loaded; it stays for as long as the process. 0, or why there is none: -ENOPKG, it is not installed. */
int web_lib_get(const struct web_lib **ret_lib, struct eyas_err *reterr);

#endif
