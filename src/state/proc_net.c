/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which socket is this? Called for descriptors that /proc shows as "socket:[INODE]".
 *
 * While a whole machine is scanned, the tables of each network namespace in /proc/PID/net are
 * read once and kept by inode. For a single descriptor they would cost more than the rest of
 * the state, so there the kernel is asked about that very socket, which takes rights over the
 * process. Where nothing is to be had, the protocol's name at least says what kind it is.
 */
#include <errno.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "capture/fdlink.h"
#include "state/proc_int.h"

enum {
	TCP_LISTENING = 0x0a, /* as the tables have it */
	SOCKS_MAX = 1 << 24
};

static bool is_zero(const uint8_t *bytes, size_t len)
{
	size_t i;

	for (i = 0; i < len && !bytes[i]; i++)
		;
	return i == len;
}

/* Kind of an IP socket: one that waits for peers, or has none, is a server in captures. */
static uint8_t ip_kind(const struct proc_sock *sock, bool is_ipv6, bool listening)
{
	bool server = listening || (!sock->dport && is_zero(sock->dst, sizeof(sock->dst)));

	if (is_ipv6)
		return server ? EYAS_FD_IPV6_SERVER : EYAS_FD_IPV6_SOCK;
	return server ? EYAS_FD_IPV4_SERVER : EYAS_FD_IPV4_SOCK;
}

/* ---- tables of the kernel ---- */

enum { COLUMNS_MAX = 10 };

/* A line in columns separated by spaces; rest is what stands behind the last one. */
struct columns {
	struct eyas_bytes column[COLUMNS_MAX];
	struct eyas_bytes rest;
};

static bool split(struct eyas_bytes line, unsigned count, struct columns *ret_columns)
{
	const char *at = line.data, *end = line.data + line.len, *start;
	unsigned i;

	for (i = 0; i < count; i++) {
		while (at < end && *at == ' ')
			at++;
		for (start = at; at < end && *at != ' '; at++)
			;
		if (start == at)
			return false;
		ret_columns->column[i] = (struct eyas_bytes){ start, (uint32_t)(at - start) };
	}
	if (at < end)
		at++;
	ret_columns->rest = (struct eyas_bytes){ at, (uint32_t)(end - at) };
	return true;
}

static uint64_t column_number(const struct columns *columns, unsigned i, unsigned base)
{
	const char *at = columns->column[i].data;

	return proc_number(&at, at + columns->column[i].len, base);
}

/* ADDRESS:PORT, the address as words of the machine in hexadecimal. */
static bool parse_endpoint(struct eyas_bytes text, size_t addr_len, uint8_t *ret_addr,
			   uint16_t *ret_port)
{
	const char *at, *end;
	uint32_t word;
	size_t i;

	if (text.len < 2 * addr_len + 2 || text.data[2 * addr_len] != ':')
		return false;
	for (i = 0; i < addr_len; i += sizeof(word)) {
		at = text.data + 2 * i;
		end = at + 2 * sizeof(word);
		word = (uint32_t)proc_number(&at, end, 16);
		memcpy(ret_addr + i, &word, sizeof(word));
	}
	at = text.data + 2 * addr_len + 1;
	*ret_port = (uint16_t)proc_number(&at, text.data + text.len, 16);
	return true;
}

struct net_table {
	const char *path;
	uint8_t l4;
	bool is_ipv6;
	/* The inode of the line's socket and what it is; 0 = the line is about none. */
	uint64_t (*parse)(const struct net_table *table, struct eyas_bytes line,
			  struct proc_sock *sock, struct eyas_bytes *ret_name);
};

static uint64_t parse_ip(const struct net_table *table, struct eyas_bytes line,
			 struct proc_sock *sock, struct eyas_bytes *ret_name)
{
	enum { LOCAL = 1, REMOTE, STATE, INODE = 9, COLUMNS };
	size_t addr_len = table->is_ipv6 ? 16 : 4;
	struct columns columns;

	(void)ret_name;
	if (!split(line, COLUMNS, &columns) ||
	    !parse_endpoint(columns.column[LOCAL], addr_len, sock->src, &sock->sport) ||
	    !parse_endpoint(columns.column[REMOTE], addr_len, sock->dst, &sock->dport))
		return 0;
	sock->l4 = table->l4;
	sock->kind = ip_kind(sock, table->is_ipv6,
			     table->l4 == FD_L4_TCP &&
				     column_number(&columns, STATE, 16) == TCP_LISTENING);
	return column_number(&columns, INODE, 10);
}

static uint64_t parse_unix(const struct net_table *table, struct eyas_bytes line,
			   struct proc_sock *sock, struct eyas_bytes *ret_name)
{
	enum { ADDRESS, INODE = 6, COLUMNS };
	struct columns columns;

	if (!split(line, COLUMNS, &columns))
		return 0;
	sock->kind = EYAS_FD_UNIX;
	sock->l4 = table->l4;
	sock->unix_ptr = column_number(&columns, ADDRESS, 16);
	*ret_name = columns.rest;
	return column_number(&columns, INODE, 10);
}

static uint64_t parse_netlink(const struct net_table *table, struct eyas_bytes line,
			      struct proc_sock *sock, struct eyas_bytes *ret_name)
{
	enum { INODE = 9, COLUMNS };
	struct columns columns;

	(void)ret_name;
	if (!split(line, COLUMNS, &columns))
		return 0;
	sock->kind = EYAS_FD_NETLINK;
	sock->l4 = table->l4;
	return column_number(&columns, INODE, 10);
}

/* clang-format off */
static const struct net_table net_tables[] = {
	{ "net/tcp",      FD_L4_TCP,  false, parse_ip },
	{ "net/tcp6",     FD_L4_TCP,  true,  parse_ip },
	{ "net/udp",      FD_L4_UDP,  false, parse_ip },
	{ "net/udp6",     FD_L4_UDP,  true,  parse_ip },
	{ "net/udplite",  FD_L4_UDP,  false, parse_ip },
	{ "net/udplite6", FD_L4_UDP,  true,  parse_ip },
	{ "net/icmp",     FD_L4_ICMP, false, parse_ip },
	{ "net/icmp6",    FD_L4_ICMP, true,  parse_ip },
	{ "net/raw",      FD_L4_RAW,  false, parse_ip },
	{ "net/raw6",     FD_L4_RAW,  true,  parse_ip },
	{ "net/unix",     FD_L4_NONE, false, parse_unix },
	{ "net/netlink",  FD_L4_NONE, false, parse_netlink },
};
/* clang-format on */

/* The first one with an inode stays: sockets of all namespaces have different ones. */
static void keep_sock(struct proc_socks *socks, uint64_t ino, struct proc_sock *sock,
		      struct eyas_bytes name)
{
	struct proc_sock *rows = socks->rows;
	uint32_t cap = socks->cap ? 2 * socks->cap : 256;

	if (eyas_map_find(&socks->by_ino, ino) != EYAS_MAP_NONE || socks->count >= SOCKS_MAX)
		return;
	if (socks->count == socks->cap) {
		rows = realloc(rows, cap * sizeof(*rows));
		if (!rows)
			return;
		socks->rows = rows;
		socks->cap = cap;
	}
	sock->name_at = (uint32_t)socks->names.len;
	eyas_str_add(&socks->names, name.data, name.len);
	sock->name_len = (uint32_t)socks->names.len - sock->name_at;
	if (!eyas_map_add(&socks->by_ino, ino, socks->count))
		rows[socks->count++] = *sock;
}

static void read_table(struct proc_reader *reader, const struct proc_process *process,
		       const struct net_table *table)
{
	struct proc_lines lines;
	struct eyas_bytes line, name;
	struct proc_sock sock;
	uint64_t ino;

	if (proc_lines_open(&lines, reader, process->files, table->path, false))
		return;
	proc_lines_next(&lines, &line); /* names of the columns */
	while (proc_lines_next(&lines, &line)) {
		sock = (struct proc_sock){ 0 };
		name = (struct eyas_bytes){ "", 0 };
		ino = table->parse(table, line, &sock, &name);
		if (ino)
			keep_sock(&reader->socks, ino, &sock, name);
	}
	proc_lines_close(&lines);
}

/* The sockets of the process's network namespace, if that was not read before. */
static void read_namespace(struct proc_reader *reader, struct proc_process *process)
{
	char link[PROC_PATH_MAX];
	ssize_t len;
	uint64_t ns;
	size_t i;

	if (process->net_known)
		return;
	process->net_known = true;
	len = proc_link(reader, process->files, "ns/net", link);
	ns = len > 0 ? proc_link_number(link, (size_t)len) : 0;
	if (eyas_map_find(&reader->socks.namespaces, ns) != EYAS_MAP_NONE ||
	    eyas_map_add(&reader->socks.namespaces, ns, 0))
		return;
	for (i = 0; i < sizeof(net_tables) / sizeof(net_tables[0]); i++)
		read_table(reader, process, &net_tables[i]);
}

static bool find_in_tables(struct proc_reader *reader, struct proc_process *process, uint64_t ino,
			   struct proc_sock *ret_sock)
{
	uint32_t i = eyas_map_find(&reader->socks.by_ino, ino);

	if (i == EYAS_MAP_NONE) {
		read_namespace(reader, process);
		i = eyas_map_find(&reader->socks.by_ino, ino);
	}
	if (i == EYAS_MAP_NONE)
		return false;
	*ret_sock = reader->socks.rows[i];
	return true;
}

/* ---- asking one socket ---- */

union address {
	struct sockaddr any;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
	struct sockaddr_un un;
	struct sockaddr_storage storage;
};

static int option_of(int sock, int option)
{
	int value = 0;
	socklen_t len = sizeof(value);

	return getsockopt(sock, SOL_SOCKET, option, &value, &len) ? -1 : value;
}

static void take_endpoint(const union address *from, uint8_t *addr, uint16_t *port)
{
	if (from->any.sa_family == AF_INET) {
		memcpy(addr, &from->in.sin_addr, 4);
		*port = ntohs(from->in.sin_port);
	} else if (from->any.sa_family == AF_INET6) {
		memcpy(addr, &from->in6.sin6_addr, 16);
		*port = ntohs(from->in6.sin6_port);
	}
}

/* The path of a unix socket; a NUL of an abstract one is shown as the tables show it. */
static void take_path(struct proc_socks *socks, struct proc_sock *sock, const union address *from,
		      socklen_t len)
{
	size_t i, max = len > offsetof(struct sockaddr_un, sun_path)
				? len - offsetof(struct sockaddr_un, sun_path)
				: 0;
	bool is_abstract = max && !from->un.sun_path[0];

	/* Behind those of the tables, which are kept while scanning. */
	if (!socks->scanning)
		socks->names.len = 0;
	sock->name_at = (uint32_t)socks->names.len;
	for (i = 0; i < max && (is_abstract || from->un.sun_path[i]); i++)
		eyas_str_putc(&socks->names, from->un.sun_path[i] ? from->un.sun_path[i] : '@');
	sock->name_len = (uint32_t)socks->names.len - sock->name_at;
}

static bool ask(struct proc_socks *socks, int fd, struct proc_sock *sock)
{
	union address local = { 0 }, peer = { 0 };
	socklen_t local_len = sizeof(local), peer_len = sizeof(peer);
	int domain = option_of(fd, SO_DOMAIN);

	if (domain < 0 || getsockname(fd, &local.any, &local_len))
		return false;
	if (domain == AF_UNIX) {
		sock->kind = EYAS_FD_UNIX;
		sock->l4 = FD_L4_NONE;
		take_path(socks, sock, &local, local_len);
		return true;
	}
	if (domain == AF_NETLINK) {
		sock->kind = EYAS_FD_NETLINK;
		sock->l4 = FD_L4_NONE;
		return true;
	}
	if (domain != AF_INET && domain != AF_INET6)
		return false;
	if (getpeername(fd, &peer.any, &peer_len))
		peer.any.sa_family = AF_UNSPEC;
	take_endpoint(&local, sock->src, &sock->sport);
	take_endpoint(&peer, sock->dst, &sock->dport);
	sock->l4 = fdlink_l4(option_of(fd, SO_TYPE), option_of(fd, SO_PROTOCOL));
	/* Without a port it was neither bound nor connected: what it becomes is still to be seen. */
	sock->kind = ip_kind(sock, domain == AF_INET6, option_of(fd, SO_ACCEPTCONN) > 0);
	if (!sock->sport && !sock->dport) {
		sock->kind = domain == AF_INET6 ? EYAS_FD_IPV6_SOCK : EYAS_FD_IPV4_SOCK;
		memset(sock->src, 0, sizeof(sock->src));
	}
	return true;
}

/* A copy of the descriptor is asked and closed; that needs rights over the process. */
static bool ask_process(struct proc_reader *reader, const struct proc_process *process, int64_t num,
			struct proc_sock *ret_sock)
{
	int pidfd, fd;
	bool known;

	if (!reader->own_pids)
		return false;
	pidfd = (int)syscall(SYS_pidfd_open, (pid_t)process->status.tgid, 0);
	if (pidfd < 0)
		return false;
	fd = (int)syscall(SYS_pidfd_getfd, pidfd, (int)num, 0);
	close(pidfd);
	if (fd < 0)
		return false;
	known = ask(&reader->socks, fd, ret_sock);
	close(fd);
	return known;
}

/* ---- the protocol's name ---- */

/* clang-format off */
static const struct protocol_row {
	const char *name;
	uint8_t kind, l4;
} protocol_rows[] = {
	{ "TCP",         EYAS_FD_IPV4_SOCK, FD_L4_TCP },
	{ "TCPv6",       EYAS_FD_IPV6_SOCK, FD_L4_TCP },
	{ "UDP",         EYAS_FD_IPV4_SOCK, FD_L4_UDP },
	{ "UDPv6",       EYAS_FD_IPV6_SOCK, FD_L4_UDP },
	{ "UDP-Lite",    EYAS_FD_IPV4_SOCK, FD_L4_UDP },
	{ "UDPLITEv6",   EYAS_FD_IPV6_SOCK, FD_L4_UDP },
	{ "PING",        EYAS_FD_IPV4_SOCK, FD_L4_ICMP },
	{ "PINGv6",      EYAS_FD_IPV6_SOCK, FD_L4_ICMP },
	{ "RAW",         EYAS_FD_IPV4_SOCK, FD_L4_RAW },
	{ "RAWv6",       EYAS_FD_IPV6_SOCK, FD_L4_RAW },
	{ "UNIX",        EYAS_FD_UNIX,      FD_L4_NONE },
	{ "UNIX-STREAM", EYAS_FD_UNIX,      FD_L4_NONE },
	{ "NETLINK",     EYAS_FD_NETLINK,   FD_L4_NONE },
};
/* clang-format on */

static bool find_protocol(struct proc_reader *reader, const char *root,
			  const struct proc_process *process, int64_t num,
			  struct proc_sock *ret_sock)
{
	char path[PROC_PATH_MAX], name[32];
	ssize_t len;
	size_t i;

	if (snprintf(path, sizeof(path), "%s/%llu/fd/%lld", root,
		     (unsigned long long)process->status.tgid, (long long)num) >= (int)sizeof(path))
		return false;
	reader->counts.stats++;
	len = getxattr(path, "system.sockprotoname", name, sizeof(name));
	if (len <= 0)
		return false;
	for (i = 0; i < sizeof(protocol_rows) / sizeof(protocol_rows[0]); i++)
		if (strnlen(name, (size_t)len) == strlen(protocol_rows[i].name) &&
		    !memcmp(name, protocol_rows[i].name, strlen(protocol_rows[i].name))) {
			ret_sock->kind = protocol_rows[i].kind;
			ret_sock->l4 = protocol_rows[i].l4;
			return true;
		}
	return false;
}

bool proc_sock_get(struct proc_reader *reader, const char *root, struct proc_process *process,
		   int64_t num, uint64_t ino, struct proc_sock *ret_sock)
{
	*ret_sock = (struct proc_sock){ 0 };
	if (reader->socks.scanning && find_in_tables(reader, process, ino, ret_sock))
		return true;
	/* Those not in use yet are in no table, nor those out of another namespace. */
	if (ask_process(reader, process, num, ret_sock))
		return true;
	*ret_sock = (struct proc_sock){ 0 };
	return find_protocol(reader, root, process, num, ret_sock);
}

void proc_socks_fini(struct proc_socks *socks)
{
	eyas_map_fini(&socks->by_ino);
	eyas_map_fini(&socks->namespaces);
	eyas_str_fini(&socks->names);
	free(socks->rows);
	*socks = (struct proc_socks){ 0 };
}
