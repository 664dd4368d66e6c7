/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kernel's types, as far as an object names them. To adapt an object to the kernel, libbpf
 * looks through all types of the kernel once for every type that the object names, which takes
 * longer than all else about a small object. Among a few hundred types that is nothing.
 */
#ifndef CAPTURE_BPF_TYPES_H
#define CAPTURE_BPF_TYPES_H

#include <stddef.h>
#include <stdint.h>

struct btf;

/* A struct, and the number the kernel has for it. */
struct bpf_type_id {
	const char *name;
	uint32_t *ret_id; /* left alone if there is none */
};

/*
 * Write to fd what the kernel has under the names of an object's types, with all that they are
 * made of; what they only point to is left out. In there, types have other numbers than in the
 * kernel: those of the kernel come in ids. 0 or -errno.
 */
int bpf_types_write(const struct btf *object, int fd, struct bpf_type_id *ids, size_t nids);

/* A file in memory for it, and the name by which libbpf opens it. -errno. */
int bpf_types_file(char path[static 32]);

#endif
