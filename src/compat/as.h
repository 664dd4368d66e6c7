/* SPDX-License-Identifier: Apache-2.0 */
/* The tools whose place eyas takes, each with its own options. */
#ifndef COMPAT_AS_H
#define COMPAT_AS_H

/* argv[0] is the tool's name; returns its exit status. */
int compat_sysporter(int argc, char **argv);
int compat_falco(int argc, char **argv);

#endif
