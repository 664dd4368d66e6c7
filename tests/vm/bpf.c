// SPDX-License-Identifier: Apache-2.0
// Whether this kernel can do what the live probe builds on: it describes its types in BTF, and a
// BPF program attached to the tracepoint sys_exit by that description (tp_btf) runs. The program
// is five instructions that count its calls, so that no BPF library and no compiler is needed.
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/btf.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define BTF_PATH "/sys/kernel/btf/vmlinux"
#define TRACEPOINT "btf_trace_sys_exit"
#define CALLS 1000

static int die(const char *what)
{
	fprintf(stderr, "%s: %s\n", what, strerror(errno));
	exit(1);
}

static int bpf(int command, union bpf_attr *attr)
{
	return (int)syscall(SYS_bpf, command, attr, sizeof(*attr));
}

static char *read_btf(void)
{
	int fd = open(BTF_PATH, O_RDONLY);
	size_t size, done = 0;
	struct stat st;
	ssize_t n;
	char *data;

	if (fd < 0 || fstat(fd, &st) < 0)
		die(BTF_PATH);
	size = (size_t)st.st_size;
	data = malloc(size + 1);
	if (data == NULL)
		die("malloc");
	while (done < size && (n = read(fd, data + done, size - done)) > 0)
		done += (size_t)n;
	if (done < sizeof(struct btf_header) || done < size)
		die(BTF_PATH);
	close(fd);
	return data;
}

// How many bytes follow a type's head.
static size_t tail_size(const struct btf_type *type)
{
	size_t count = BTF_INFO_VLEN(type->info);

	switch (BTF_INFO_KIND(type->info)) {
	case BTF_KIND_INT:
	case BTF_KIND_VAR:
	case BTF_KIND_DECL_TAG:
		return sizeof(uint32_t);
	case BTF_KIND_ARRAY:
		return sizeof(struct btf_array);
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		return count * sizeof(struct btf_member);
	case BTF_KIND_ENUM:
		return count * sizeof(struct btf_enum);
	case BTF_KIND_ENUM64:
		return count * 3 * sizeof(uint32_t);
	case BTF_KIND_FUNC_PROTO:
		return count * sizeof(struct btf_param);
	case BTF_KIND_DATASEC:
		return count * sizeof(struct btf_var_secinfo);
	default:
		return 0;
	}
}

static uint32_t find_typedef(const char *btf, const char *name)
{
	const struct btf_header *header = (const struct btf_header *)btf;
	const char *types = btf + header->hdr_len + header->type_off;
	const char *names = btf + header->hdr_len + header->str_off;
	const char *end = types + header->type_len;

	for (uint32_t id = 1; types < end; id++) {
		const struct btf_type *type = (const struct btf_type *)types;

		if (BTF_INFO_KIND(type->info) == BTF_KIND_TYPEDEF &&
		    strcmp(names + type->name_off, name) == 0)
			return id;
		types += sizeof(*type) + tail_size(type);
	}
	errno = ENOENT;
	die(name);
	return 0;
}

static int make_counter(void)
{
	union bpf_attr attr = { .map_type = BPF_MAP_TYPE_ARRAY,
				.key_size = sizeof(uint32_t),
				.value_size = sizeof(uint64_t),
				.max_entries = 1 };
	int fd = bpf(BPF_MAP_CREATE, &attr);

	return fd >= 0 ? fd : die("map");
}

static uint64_t read_counter(int map)
{
	uint64_t value = 0;
	uint32_t key = 0;
	union bpf_attr attr = { .map_fd = (uint32_t)map,
				.key = (uintptr_t)&key,
				.value = (uintptr_t)&value };

	if (bpf(BPF_MAP_LOOKUP_ELEM, &attr) < 0)
		die("lookup");
	return value;
}

static int load_program(int map, uint32_t tracepoint)
{
	static char log[65536];
	const struct bpf_insn code[] = {
		// r1 = address of the counter, which takes two instructions' space
		{ .code = BPF_LD | BPF_DW | BPF_IMM,
		  .dst_reg = BPF_REG_1,
		  .src_reg = BPF_PSEUDO_MAP_VALUE,
		  .imm = map },
		{ .code = 0 },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_2, .imm = 1 },
		{ .code = BPF_STX | BPF_DW | BPF_ATOMIC,
		  .dst_reg = BPF_REG_1,
		  .src_reg = BPF_REG_2,
		  .imm = BPF_ADD },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = 0 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	union bpf_attr attr = { .prog_type = BPF_PROG_TYPE_TRACING,
				.expected_attach_type = BPF_TRACE_RAW_TP,
				.attach_btf_id = tracepoint,
				.insns = (uintptr_t)code,
				.insn_cnt = sizeof(code) / sizeof(code[0]),
				.license = (uintptr_t) "GPL",
				.log_buf = (uintptr_t)log,
				.log_size = sizeof(log),
				.log_level = 1 };
	int fd = bpf(BPF_PROG_LOAD, &attr);

	if (fd < 0) {
		fputs(log, stderr);
		die("load");
	}
	return fd;
}

static int attach(int program)
{
	union bpf_attr attr = { .raw_tracepoint = { .prog_fd = (uint32_t)program } };
	int fd = bpf(BPF_RAW_TRACEPOINT_OPEN, &attr);

	return fd >= 0 ? fd : die("attach");
}

int main(void)
{
	char *btf = read_btf();
	uint32_t tracepoint = find_typedef(btf, TRACEPOINT);
	int map = make_counter();
	uint64_t seen;

	attach(load_program(map, tracepoint));
	for (int i = 0; i < CALLS; i++)
		syscall(SYS_getppid);
	seen = read_counter(map);
	printf("tp_btf/sys_exit: type %u, ran %llu times for at least %d calls\n", tracepoint,
	       (unsigned long long)seen, CALLS);
	free(btf);
	return seen >= CALLS ? 0 : 1;
}
