/* SPDX-License-Identifier: Apache-2.0 */
/* Where programs that were written for LibSysFlow look for what sysflow.hpp has. */
#ifndef SYSFLOW_ENUMS_HH
#define SYSFLOW_ENUMS_HH

#include <sysflow.hpp>

#endif /* SYSFLOW_ENUMS_HH */
