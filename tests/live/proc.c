/* SPDX-License-Identifier: Apache-2.0 */
/* What rows about processes have in common: what /proc says, and programs made of bytes. */
#include "live/proc.h"

#include <elf.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static size_t read_file(const char *path, char *buf, size_t size)
{
	int fd = open(path, O_RDONLY);
	ssize_t n = fd < 0 ? -1 : read(fd, buf, size - 1);

	if (fd >= 0)
		close(fd);
	if (n < 0)
		return 0;
	buf[n] = '\0';
	return (size_t)n;
}

struct live_want proc_exe(void)
{
	char buf[4096];

	if (!read_file("/proc/self/cmdline", buf, sizeof(buf)))
		FAIL("/proc/self/cmdline: %s", strerror(errno));
	return STR(buf);
}

struct live_want proc_args(void)
{
	char buf[4096];
	size_t n = read_file("/proc/self/cmdline", buf, sizeof(buf)), first = strlen(buf) + 1;

	return first < n ? BYTES(buf + first, n - first) : NONE;
}

struct live_want proc_comm(void)
{
	char buf[64];
	size_t n = read_file("/proc/self/comm", buf, sizeof(buf));

	if (n)
		buf[n - 1] = '\0';
	return STR(buf);
}

int64_t proc_status(const char *name, int base)
{
	char buf[8192], *at = buf;
	size_t len = strlen(name);

	read_file("/proc/self/status", buf, sizeof(buf));
	while (at && (strncmp(at, name, len) != 0 || at[len] != ':')) {
		at = strchr(at, '\n');
		at = at ? at + 1 : NULL;
	}
	if (!at)
		FAIL("/proc/self/status has no %s", name);
	return (int64_t)strtoull(at + len + 1, NULL, base);
}

int64_t proc_fd_limit(void)
{
	struct rlimit lim;

	getrlimit(RLIMIT_NOFILE, &lim);
	return (int64_t)lim.rlim_cur;
}

/* Without auditing there is no such file and no such user. */
int64_t proc_login_uid(void)
{
	char buf[64];

	return read_file("/proc/self/loginuid", buf, sizeof(buf)) ? strtoll(buf, NULL, 10) : -1;
}

struct live_want proc_start(long pid)
{
	char path[64], buf[4096], *at;
	long long ticks, tick = 1000000000ll / sysconf(_SC_CLK_TCK);
	int field;

	snprintf(path, sizeof(path), "/proc/%ld/stat", pid);
	if (!read_file(path, buf, sizeof(buf)) || !(at = strrchr(buf, ')')))
		FAIL("%s: %s", path, strerror(errno));
	/* After the name comes field 3; the start is field 22, in ticks of the clock. */
	for (field = 2; field < 22; field++)
		at = strchr(at + 1, ' ');
	ticks = strtoll(at, NULL, 10);
	return RANGE(ticks * tick, (ticks + 1) * tick - 1);
}

struct live_want proc_strings(const char *const *strings)
{
	char buf[65536];
	size_t len = 0;

	for (; *strings; strings++) {
		size_t n = strlen(*strings) + 1;

		if (len + n > sizeof(buf))
			FAIL("strings of more than %zu bytes", sizeof(buf));
		memcpy(buf + len, *strings, n);
		len += n;
	}
	return BYTES(buf, len);
}

/* Machine code and its constants, loaded at BASE with the headers in front. */
#define BASE 0x400000u

static const uint8_t code64[] = {
	0xb8, 0x6e, 0x00, 0x00, 0x00, /* mov eax, 110 (getppid) */
	0x0f, 0x05,		      /* syscall */
	0xbf, 0x07, 0x00, 0x00, 0x00, /* mov edi, 7 */
	0xb8, 0x3c, 0x00, 0x00, 0x00, /* mov eax, 60 (exit) */
	0x0f, 0x05		      /* syscall */
};

/* Offsets of what the code points to, from the start of the file. */
#define TEXT32 (sizeof(Elf32_Ehdr) + sizeof(Elf32_Phdr))
#define PATH32 (TEXT32 + 200)
#define SOCKET32 (TEXT32 + 220)
#define BIND32 (TEXT32 + 240)

static uint8_t *put(uint8_t *at, uint8_t op, uint32_t value)
{
	*at++ = op;
	memcpy(at, &value, 4);
	return at + 4;
}

/* mov eax, ebx, ecx, edx; int 0x80 */
static uint8_t *put_call32(uint8_t *at, uint32_t nr, uint32_t a, uint32_t b, uint32_t c)
{
	at = put(at, 0xb8, nr);
	at = put(at, 0xbb, a);
	at = put(at, 0xb9, b);
	at = put(at, 0xba, c);
	*at++ = 0xcd;
	*at++ = 0x80;
	return at;
}

static size_t make32(uint8_t *file)
{
	Elf32_Ehdr head = { .e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS32,
					 ELFDATA2LSB, EV_CURRENT },
			    .e_type = ET_EXEC,
			    .e_machine = EM_386,
			    .e_version = EV_CURRENT,
			    .e_entry = BASE + TEXT32,
			    .e_phoff = sizeof(head),
			    .e_ehsize = sizeof(head),
			    .e_phentsize = sizeof(Elf32_Phdr),
			    .e_phnum = 1 };
	Elf32_Phdr load = { .p_type = PT_LOAD,
			    .p_vaddr = BASE,
			    .p_paddr = BASE,
			    .p_filesz = 1024,
			    .p_memsz = 1024,
			    .p_flags = PF_R | PF_X,
			    .p_align = 4096 };
	uint32_t socket_args[] = { 2, 1, 0 }, bind_args[] = { (uint32_t)-1, 0, 0 };
	uint8_t *at = file + TEXT32;

	memcpy(file, &head, sizeof(head));
	memcpy(file + sizeof(head), &load, sizeof(load));
	at = put_call32(at, 20, 0, 0, 0);
	at = put_call32(at, 5, BASE + PATH32, 0, 0);
	at = put_call32(at, 102, 1, BASE + SOCKET32, 0);
	at = put_call32(at, 102, 2, BASE + BIND32, 0);
	put_call32(at, 1, 7, 0, 0);
	memcpy(file + PATH32, "/no/such32", 11);
	memcpy(file + SOCKET32, socket_args, sizeof(socket_args));
	memcpy(file + BIND32, bind_args, sizeof(bind_args));
	return 1024;
}

static size_t make64(uint8_t *file)
{
	Elf64_Ehdr head = { .e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64,
					 ELFDATA2LSB, EV_CURRENT },
			    .e_type = ET_EXEC,
			    .e_machine = EM_X86_64,
			    .e_version = EV_CURRENT,
			    .e_entry = BASE + sizeof(head) + sizeof(Elf64_Phdr),
			    .e_phoff = sizeof(head),
			    .e_ehsize = sizeof(head),
			    .e_phentsize = sizeof(Elf64_Phdr),
			    .e_phnum = 1 };
	Elf64_Phdr load = { .p_type = PT_LOAD,
			    .p_vaddr = BASE,
			    .p_paddr = BASE,
			    .p_filesz = 1024,
			    .p_memsz = 1024,
			    .p_flags = PF_R | PF_X,
			    .p_align = 4096 };

	memcpy(file, &head, sizeof(head));
	memcpy(file + sizeof(head), &load, sizeof(load));
	memcpy(file + sizeof(head) + sizeof(load), code64, sizeof(code64));
	return 1024;
}

void proc_write_program(int fd, int bits)
{
	uint8_t file[1024] = { 0 };
	size_t size = bits == 32 ? make32(file) : make64(file);

	if (write(fd, file, size) != (ssize_t)size)
		FAIL("a program of %zu bytes: %s", size, strerror(errno));
}

const char *proc_program(const char *name, int bits)
{
	const char *path = live_path(name);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0755);

	if (fd < 0)
		FAIL("%s: %s", path, strerror(errno));
	proc_write_program(fd, bits);
	close(fd);
	return path;
}
