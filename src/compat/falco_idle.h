/* SPDX-License-Identifier: Apache-2.0 */
/* A source that never has an event: engine.kind nodriver, where there are no plugins, either. */
#ifndef COMPAT_FALCO_IDLE_H
#define COMPAT_FALCO_IDLE_H

#include <eyas/capture.h>

/* NULL = no memory. To be closed by eyas_source_close(). */
struct eyas_source *falco_idle_open(void);

#endif
