/* SPDX-License-Identifier: Apache-2.0 */
/* Where programs that were written for LibSysFlow look for what sysflow.hpp has. */
#ifndef SYSFLOWLIBS_HPP
#define SYSFLOWLIBS_HPP

#include <sysflow.hpp>

#endif /* SYSFLOWLIBS_HPP */
