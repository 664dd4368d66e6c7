/* SPDX-License-Identifier: Apache-2.0 */
/* Fields of descriptors: names with and without one, types, both ends of connections. */
#include "unit/fields.h"

#include <errno.h>

TEST(class_of_descriptors)
{
	check_class(&eyas_fields_fd);
}

/* A descriptor of process 300 that the current event is about. */
static struct eyas_fd *use_fd(struct machine *m, const struct eyas_fd_entry *entry)
{
	struct eyas_fd *fd;

	add_fd(m, entry);
	set_event(m, EYAS_EV_SYSCALL_CLOSE_X, 300);
	fd = fd_table_find(m->context.thread->fds, entry->fd);
	CHECK(fd);
	m->context.fd = fd;
	m->context.fd_num = fd->num;
	return fd;
}

TEST(file)
{
	struct machine m;
	const struct eyas_fd_entry file = { .fd = 3,
					    .ino = 42,
					    .kind = EYAS_FD_FILE_V2,
					    .dev = 0x12345678,
					    .name = BYTES("/etc/ssl/cert.pem") };
	struct eyas_fd *fd;

	start_machine(&m);
	fd = use_fd(&m, &file);
	SHOWS(&m, "fd.num", "3");
	SHOWS(&m, "fd.type", "file");
	SHOWS(&m, "fd.typechar", "f");
	SHOWS(&m, "fd.name", "/etc/ssl/cert.pem");
	SHOWS(&m, "fd.nameraw", "/etc/ssl/cert.pem");
	SHOWS(&m, "fd.directory", "/etc/ssl");
	SHOWS(&m, "fd.filename", "cert.pem");
	SHOWS(&m, "fd.containername", ":/etc/ssl/cert.pem");
	SHOWS(&m, "fd.containerdirectory", ":/etc/ssl");
	SHOWS(&m, "fd.uid", "3003");
	SHOWS(&m, "fd.ino", "42");
	SHOWS(&m, "fd.dev", "12345678");
	SHOWS(&m, "fd.dev.major", "1110");
	SHOWS(&m, "fd.dev.minor", "74616");
	SHOWS(&m, "fd.is_upper_layer", "false");
	SHOWS(&m, "fd.l4proto", "<NA>");
	SHOWS(&m, "fd.sockfamily", MISSING);
	SHOWS(&m, "fd.is_server", "false");
	SHOWS(&m, "fd.connected", "false");
	SHOWS(&m, "fd.name_changed", "false");
	SHOWS(&m, "fd.cip", MISSING);
	SHOWS(&m, "fd.sport", MISSING);
	COMPARES(&m, "fd.ip", "{}");
	COMPARES(&m, "fd.port", "{}");
	COMPARES(&m, "fd.net", "{}");
	fd->bits |= FD_OVERLAY_UPPER;
	m.context.bits |= CONTEXT_FD_NAME_CHANGED;
	SHOWS(&m, "fd.is_upper_layer", "true");
	SHOWS(&m, "fd.name_changed", "true");
	stop_machine(&m);
}

/* Names with few slashes, and kinds that have no directory. */
TEST(directories)
{
	static const struct {
		uint8_t kind;
		const char *name, *directory, *file;
	} rows[] = {
		{ EYAS_FD_FILE, "/etc", "/", "etc" },
		{ EYAS_FD_FILE, "none", "/", "none" },
		{ EYAS_FD_FILE, "/a/b/", "/a/b/", "" },
		{ EYAS_FD_FILE, "", "/", "" },
		{ EYAS_FD_DIRECTORY, "/a/b", "/a/b", MISSING },
		{ EYAS_FD_FIFO, "/a/b", MISSING, MISSING },
	};
	struct machine m;

	start_machine(&m);
	for (size_t i = 0; i < FIELD_COUNT(rows); i++) {
		const struct eyas_fd_entry entry = {
			.fd = (int64_t)i,
			.kind = rows[i].kind,
			.name = bytes_of(rows[i].name, strlen(rows[i].name)),
		};

		use_fd(&m, &entry);
		SHOWS(&m, "fd.directory", rows[i].directory);
		SHOWS(&m, "fd.filename", rows[i].file);
	}
	stop_machine(&m);
}

TEST(not_about_a_descriptor)
{
	struct machine m;

	start_machine(&m);
	SHOWS(&m, "fd.num", MISSING);
	SHOWS(&m, "fd.name", MISSING);
	SHOWS(&m, "fd.uid", MISSING);
	SHOWS(&m, "fd.typechar", MISSING);
	COMPARES(&m, "fd.types", MISSING);
	COMPARES(&m, "fd.ip", MISSING);
	set_event(&m, EYAS_EV_SYSCALL_CLOSE_X, 77);
	SHOWS(&m, "fd.num", MISSING);
	SHOWS(&m, "fd.name", MISSING);
	SHOWS(&m, "fd.containername", MISSING);
	stop_machine(&m);
}

static void failed_open(struct machine *m, const char *path)
{
	begin_event(m, EYAS_EV_SYSCALL_OPEN_X, 300);
	eyas_put_int(&m->encoder, -ENOENT);
	eyas_put_str(&m->encoder, path);
	end_event(m);
}

/* Where there is no descriptor, the parameters tell what it would have been. */
TEST(from_parameters)
{
	struct machine m;

	start_machine(&m);
	failed_open(&m, "no//such/../file");
	SHOWS(&m, "fd.num", "-1");
	SHOWS(&m, "fd.name", "/desk/no/file");
	SHOWS(&m, "fd.nameraw", "no/such/../file");
	SHOWS(&m, "fd.directory", "/desk/no");
	SHOWS(&m, "fd.filename", MISSING);
	SHOWS(&m, "fd.containerdirectory", ":/desk/no");
	SHOWS(&m, "fd.typechar", "f");
	SHOWS(&m, "fd.type", MISSING);
	SHOWS(&m, "fd.l4proto", MISSING);
	SHOWS(&m, "fd.connected", MISSING);
	COMPARES(&m, "fd.port", MISSING);
	/* An absolute path of open() is shown as it is, that of openat() is made normal. */
	failed_open(&m, "//no/../file");
	SHOWS(&m, "fd.name", "//no/../file");
	SHOWS(&m, "fd.nameraw", "/no/../file");
	begin_event(&m, EYAS_EV_SYSCALL_OPENAT_2_X, 300);
	eyas_put_int(&m.encoder, -ENOENT);
	eyas_put_int(&m.encoder, -100);
	eyas_put_str(&m.encoder, "//no/../file");
	end_event(&m);
	SHOWS(&m, "fd.name", "/file");
	begin_event(&m, EYAS_EV_SYSCALL_OPENAT_2_X, 300);
	eyas_put_int(&m.encoder, -ENOENT);
	eyas_put_int(&m.encoder, 9);
	eyas_put_str(&m.encoder, "f");
	end_event(&m);
	SHOWS(&m, "fd.name", "<UNKNOWN>f");
	begin_event(&m, EYAS_EV_SOCKET_ACCEPT4_6_X, 300);
	eyas_put_int(&m.encoder, -EAGAIN);
	end_event(&m);
	SHOWS(&m, "fd.name", "NULL");
	SHOWS(&m, "fd.typechar", "4");
	/* The others have an empty name, which is a value. */
	set_event(&m, EYAS_EV_SYSCALL_CLOSE_X, 300);
	SHOWS(&m, "fd.name", "");
	SHOWS(&m, "fd.typechar", "o");
	stop_machine(&m);
}

static const struct eyas_fd_entry connection = {
	.fd = 4,
	.kind = EYAS_FD_IPV4_SOCK,
	.l4 = 2,
	.src = { 10, 0, 0, 1 },
	.dst = { 192, 0, 2, 9 },
	.sport = 40000,
	.dport = 443,
};

TEST(both_ends)
{
	struct machine m;
	struct eyas_fd *fd;

	start_machine(&m);
	fd = use_fd(&m, &connection);
	fd->bits = FD_ROLE_CLIENT | FD_CONNECTED;
	SHOWS(&m, "fd.type", "ipv4");
	SHOWS(&m, "fd.l4proto", "tcp");
	SHOWS(&m, "fd.sockfamily", "ip");
	SHOWS(&m, "fd.connected", "true");
	SHOWS(&m, "fd.is_server", "false");
	SHOWS(&m, "fd.cip", "10.0.0.1");
	SHOWS(&m, "fd.sip", "192.0.2.9");
	SHOWS(&m, "fd.lip", "10.0.0.1");
	SHOWS(&m, "fd.rip", "192.0.2.9");
	SHOWS(&m, "fd.cport", "40000");
	SHOWS(&m, "fd.sport", "443");
	SHOWS(&m, "fd.lport", "40000");
	SHOWS(&m, "fd.rport", "443");
	SHOWS(&m, "fd.cproto", "40000");
	SHOWS(&m, "fd.rproto", "443");
	SHOWS(&m, "fd.sip.name", MISSING);
	COMPARES(&m, "fd.ip", "{10.0.0.1 192.0.2.9}");
	COMPARES(&m, "fd.port", "{40000 443}");
	COMPARES(&m, "fd.proto", "{40000 443}");
	/* The same connection seen by the server, which is on this machine now. */
	memcpy(fd->u.ip.src, connection.dst, 4);
	memcpy(fd->u.ip.dst, connection.src, 4);
	fd->bits = FD_ROLE_SERVER;
	SHOWS(&m, "fd.is_server", "true");
	SHOWS(&m, "fd.cip", "192.0.2.9");
	SHOWS(&m, "fd.lip", "10.0.0.1");
	SHOWS(&m, "fd.lport", "443");
	SHOWS(&m, "fd.rip", "192.0.2.9");
	/* Without a role nobody is the client, but both ends can still be matched. */
	fd->bits = 0;
	SHOWS(&m, "fd.l4proto", "<NA>");
	fd->l4 = 5;
	SHOWS(&m, "fd.l4proto", "raw");
	fd->l4 = 200;
	SHOWS(&m, "fd.l4proto", "<NA>");
	SHOWS(&m, "fd.cip", MISSING);
	SHOWS(&m, "fd.sport", MISSING);
	SHOWS(&m, "fd.lip", MISSING);
	SHOWS(&m, "fd.rproto", MISSING);
	COMPARES(&m, "fd.ip", "{192.0.2.9 10.0.0.1}");
	stop_machine(&m);
}

/* A new descriptor has another name than before, which was none; a copy has not. */
TEST(new_names)
{
	struct machine m;
	const struct eyas_fd_entry file = { .fd = 3, .kind = EYAS_FD_FILE, .name = BYTES("/f") };
	const struct eyas_fd_entry pipe = { .fd = 4, .kind = EYAS_FD_FIFO };
	struct eyas_fd *fd;

	start_machine(&m);
	fd = use_fd(&m, &file);
	set_event(&m, EYAS_EV_SYSCALL_OPEN_X, 300);
	m.context.fd = fd;
	SHOWS(&m, "fd.name_changed", "true");
	set_event(&m, EYAS_EV_SYSCALL_DUP_1_X, 300);
	m.context.fd = fd;
	SHOWS(&m, "fd.name_changed", "false");
	fd = use_fd(&m, &pipe);
	set_event(&m, EYAS_EV_SYSCALL_PIPE_X, 300);
	m.context.fd = fd;
	SHOWS(&m, "fd.name_changed", "false");
	stop_machine(&m);
}

TEST(listening)
{
	struct machine m;
	const struct eyas_fd_entry entry = {
		.fd = 4, .kind = EYAS_FD_IPV6_SERVER, .l4 = 3, .src = { [15] = 1 }, .sport = 53
	};
	struct eyas_fd *fd;

	start_machine(&m);
	fd = use_fd(&m, &entry);
	fd->bits = FD_ROLE_SERVER;
	SHOWS(&m, "fd.type", "ipv6");
	SHOWS(&m, "fd.l4proto", "udp");
	SHOWS(&m, "fd.is_server", "true");
	SHOWS(&m, "fd.sip", "::1");
	SHOWS(&m, "fd.sport", "53");
	SHOWS(&m, "fd.sproto", "53");
	SHOWS(&m, "fd.cip", MISSING);
	SHOWS(&m, "fd.cport", MISSING);
	SHOWS(&m, "fd.lip", MISSING);
	COMPARES(&m, "fd.ip", "{::1}");
	COMPARES(&m, "fd.port", "{53}");
	fd->bits = 0;
	SHOWS(&m, "fd.sip", MISSING);
	SHOWS(&m, "fd.sport", "53");
	stop_machine(&m);
}

TEST(all_types)
{
	static const uint8_t kinds[] = { EYAS_FD_FILE, EYAS_FD_IPV4_SERVER, EYAS_FD_FILE,
					 EYAS_FD_FIFO, EYAS_FD_IPV4_SOCK };
	struct machine m;

	start_machine(&m);
	for (size_t i = 0; i < FIELD_COUNT(kinds); i++) {
		const struct eyas_fd_entry entry = { .fd = (int64_t)i, .kind = kinds[i] };

		use_fd(&m, &entry);
	}
	COMPARES(&m, "fd.types", "{file ipv4 pipe}");
	SHOWS(&m, "fd.types", "(file,ipv4,pipe)");
	COMPARES(&m, "fd.types[3]", "{pipe}");
	COMPARES(&m, "fd.types[99]", MISSING);
	stop_machine(&m);
}
