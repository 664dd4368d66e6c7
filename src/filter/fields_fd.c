/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The class "fd": the descriptor an event creates, uses or closes. When the state has none, as
 * for an open() that failed, names come from the parameters of the event.
 */
#include <eyas/event.h>

#include "filter/fields_state.h"
#include "schema/event.h"
#include "schema/ids.h"
#include "schema/text.h"

/* ---- without a descriptor ---- */

/* What an event that would have created a descriptor says about it, by its type. */
static const struct creator {
	char typechar; /* 0 = it would not */
	uint8_t name;  /* index of the parameter, 0 = none */
} creators[EYAS_EVENT_TYPES] = {
	/* clang-format off */
	[EYAS_EV_SYSCALL_OPEN_X] = { 'f', 1 },
	[EYAS_EV_SYSCALL_OPENAT_2_X] = { 'f', 2 },
	[EYAS_EV_SYSCALL_OPENAT2_X] = { 'f', 2 },
	[EYAS_EV_SYSCALL_CREAT_X] = { 'f', 1 },
	[EYAS_EV_SYSCALL_OPEN_BY_HANDLE_AT_X] = { 'o', 3 },
	[EYAS_EV_SOCKET_SOCKET_X] = { '4', 0 },
	[EYAS_EV_SOCKET_ACCEPT_5_X] = { '4', 1 },
	[EYAS_EV_SOCKET_ACCEPT4_6_X] = { '4', 1 },
	[EYAS_EV_SOCKET_CONNECT_X] = { 'o', 1 },
	[EYAS_EV_SYSCALL_PIPE_X] = { 'p', 0 },
	[EYAS_EV_SYSCALL_PIPE2_X] = { 'p', 0 },
	[EYAS_EV_SYSCALL_EVENTFD_X] = { 'e', 0 },
	[EYAS_EV_SYSCALL_EVENTFD2_X] = { 'e', 0 },
	[EYAS_EV_SYSCALL_SIGNALFD_X] = { 's', 0 },
	[EYAS_EV_SYSCALL_SIGNALFD4_X] = { 's', 0 },
	[EYAS_EV_SYSCALL_TIMERFD_CREATE_X] = { 't', 0 },
	[EYAS_EV_SYSCALL_INOTIFY_INIT_X] = { 'i', 0 },
	[EYAS_EV_SYSCALL_INOTIFY_INIT1_X] = { 'i', 0 },
	/* clang-format on */
};

/*
 * Does the parameter have to be made absolute? An absolute path in a type that never goes by a
 * descriptor is taken as it is.
 */
static bool is_relative(const struct eyas_param *param)
{
	if (param->info->type == EYAS_PT_FSPATH)
		return param->len > 0 && param->data[0] != '/';
	return param->info->type == EYAS_PT_FSRELPATH;
}

/* ---- names ---- */

enum name_form { NAME_ABSOLUTE, NAME_RAW };

static void put_param(struct eyas_str *out, const struct eyas_param *param)
{
	const char *text;
	size_t len;

	/* Paths as they are: whoever prints them makes them safe. */
	if (!eyas_param_str(param, &text, &len))
		eyas_str_add(out, text, len);
	else
		eyas_text_raw(out, param);
}

/*
 * The name out of the parameters, in eval->scratch: empty if they have none. False for an enter
 * event, which knows nothing of its descriptor yet.
 */
static bool put_event_name(const struct field_eval *eval, enum name_form form)
{
	const struct eyas_event *event = eval->context->event;
	const struct creator *creator = &creators[event->type];
	struct eyas_str *out = field_begin(eval);
	struct eyas_param param;

	if (!eyas_event_is_exit(event))
		return false;
	if (!creator->name)
		return true;
	if (eyas_event_param(event, creator->name, &param) && is_relative(&param) &&
	    form == NAME_ABSOLUTE)
		return eyas_path_put_absolute(eval, &param);
	put_param(out, &param);
	return true;
}

/* The name of the descriptor, or what the event has instead, in eval->scratch. */
static bool put_name(const struct field_eval *eval)
{
	const struct eyas_fd *fd = eval->context->fd;

	if (!fd)
		return put_event_name(eval, NAME_ABSOLUTE);
	eyas_str_add(field_begin(eval), fd->name->text, fd->name->len);
	return true;
}

static bool get_name(const struct field_eval *eval, struct field_ref *ref, struct eyas_value *ret)
{
	if (!fd_used(eval))
		return false;
	if (eval->context->fd)
		return field_istr(ref, eval->context->fd->name, ret);
	return put_event_name(eval, NAME_ABSOLUTE) && eyas_field_scratch(eval, ref, ret);
}

/* Where the last component begins: behind the last slash, 0 if there is none. */
static size_t last_component(const char *name, size_t len)
{
	while (len && name[len - 1] != '/')
		len--;
	return len;
}

/*
 * What is in scratch becomes its directory: "/" for what lies at the top; a path that ends in
 * a slash is one.
 */
static void cut_to_directory(struct eyas_str *str)
{
	size_t last = last_component(str->data, str->len);

	if (last <= 1) {
		str->len = 0;
		eyas_str_putc(str, '/');
	} else if (last < str->len) {
		str->len = last - 1;
	}
}

static bool put_directory(const struct field_eval *eval)
{
	const struct eyas_fd *fd = eval->context->fd;

	if (fd && fd->kind != EYAS_FD_FILE && fd->kind != EYAS_FD_DIRECTORY)
		return false;
	if (!put_name(eval))
		return false;
	if (!fd || fd->kind == EYAS_FD_FILE)
		cut_to_directory(eval->scratch);
	return true;
}

static bool get_directory(const struct field_eval *eval, struct field_ref *ref,
			  struct eyas_value *ret)
{
	return fd_used(eval) && put_directory(eval) && eyas_field_scratch(eval, ref, ret);
}

static bool get_filename(const struct field_eval *eval, struct field_ref *ref,
			 struct eyas_value *ret)
{
	const struct eyas_fd *fd = eval->context->fd;
	size_t last;

	if (!fd_used(eval) || !fd || fd->kind != EYAS_FD_FILE)
		return false;
	last = last_component(fd->name->text, fd->name->len);
	return field_bytes(ref, fd->name->text + last, fd->name->len - last, ret);
}

/* Runs of slashes become one. */
static void squeeze_slashes(struct eyas_str *str)
{
	size_t to = 0;

	for (size_t from = 0; from < str->len; from++)
		if (str->data[from] != '/' || !to || str->data[to - 1] != '/')
			str->data[to++] = str->data[from];
	str->len = to;
}

static bool get_nameraw(const struct field_eval *eval, struct field_ref *ref,
			struct eyas_value *ret)
{
	const struct eyas_fd *fd = eval->context->fd;

	if (!fd_used(eval))
		return false;
	if (fd) {
		const struct eyas_istr *name = fd->name_raw ? fd->name_raw : fd->name;

		eyas_str_add(field_begin(eval), name->text, name->len);
	} else if (!put_event_name(eval, NAME_RAW)) {
		return false;
	}
	squeeze_slashes(eval->scratch);
	return eyas_field_scratch(eval, ref, ret);
}

/* "container:" in front of what put_name() or put_directory() has put into scratch. */
static bool with_container(const struct field_eval *eval, const struct field_ref *ref,
			   struct eyas_value *ret)
{
	const struct eyas_istr *id = eval->context->thread->container_id;
	struct eyas_str *str = eval->scratch;
	size_t len = str->len;

	if (!eyas_str_reserve(str, id->len + 1))
		return false;
	memmove(str->data + id->len + 1, str->data, len);
	memcpy(str->data, id->text, id->len);
	str->data[id->len] = ':';
	str->len = len + id->len + 1;
	return eyas_field_scratch(eval, ref, ret);
}

static bool get_containername(const struct field_eval *eval, struct field_ref *ref,
			      struct eyas_value *ret)
{
	return fd_used(eval) && put_name(eval) && with_container(eval, ref, ret);
}

static bool get_containerdirectory(const struct field_eval *eval, struct field_ref *ref,
				   struct eyas_value *ret)
{
	return fd_used(eval) && put_directory(eval) && with_container(eval, ref, ret);
}

/* ---- types ---- */

static bool get_type(const struct field_eval *eval, struct field_ref *ref, struct eyas_value *ret)
{
	if (!fd_used(eval) || !eval->context->fd)
		return false;
	return field_text(ref, fd_type_text(eval->context->fd), ret);
}

static bool get_typechar(const struct field_eval *eval, struct field_ref *ref,
			 struct eyas_value *ret)
{
	const struct creator *creator;
	char typechar = 'o';

	if (!fd_used(eval))
		return false;
	if (eval->context->fd)
		typechar = eyas_fd_typechar(eval->context->fd->kind);
	else if ((creator = &creators[eval->context->event->type])->typechar)
		typechar = creator->typechar;
	eyas_str_putc(field_begin(eval), typechar);
	return eyas_field_scratch(eval, ref, ret);
}

/* The type of one descriptor of the process, as a list of one. */
static bool get_type_of(const struct field_eval *eval, struct field_ref *ref,
			struct eyas_value *ret)
{
	const struct eyas_fd *fd = fd_table_find(eval->context->thread->fds, ref->arg_index);
	struct eyas_value *item = fd ? eyas_arena_get(eval->arena, sizeof(*item)) : NULL;

	return item && field_text(ref, fd_type_text(fd), item) && field_list(ref, item, 1, ret);
}

static bool has_text(const struct eyas_value *items, size_t count, const char *text)
{
	for (size_t i = 0; i < count; i++)
		if (items[i].u.data == text)
			return true;
	return false;
}

static bool get_types(const struct field_eval *eval, struct field_ref *ref, struct eyas_value *ret)
{
	const struct fd_table *table;
	struct eyas_value *items;
	uint32_t kinds = 0;
	size_t count = 0;

	if (!fd_used(eval))
		return false;
	if (ref->arg)
		return get_type_of(eval, ref, ret);
	items = eyas_arena_get(eval->arena, EYAS_FD_KINDS * sizeof(*items));
	if (!items)
		return false;
	table = eval->context->thread->fds;
	for (uint32_t i = 0; i < table->count; i++)
		kinds |= UINT32_C(1) << (table->fds[i].kind & 31);
	/* Some kinds have the same word, which is then the same string. */
	for (unsigned kind = 0; kind < EYAS_FD_KINDS; kind++) {
		const char *name = eyas_fd_type_name((uint8_t)kind);

		if ((kinds >> kind & 1) && name && !has_text(items, count, name))
			field_text(ref, name, &items[count++]);
	}
	return field_list(ref, items, count, ret);
}

/* ---- numbers ---- */

static bool get_num(const struct field_eval *eval, struct field_ref *ref, struct eyas_value *ret)
{
	return fd_used(eval) && field_num(ref, (uint64_t)eval->context->fd_num, ret);
}

/* Thread and number, to tell descriptors of all threads apart. */
static bool get_uid(const struct field_eval *eval, struct field_ref *ref, struct eyas_value *ret)
{
	struct eyas_str *out = field_begin(eval);

	if (!fd_used(eval))
		return false;
	eyas_str_i64(out, eval->context->thread->tid);
	eyas_str_i64(out, eval->context->fd_num);
	return eyas_field_scratch(eval, ref, ret);
}

static bool get_ino(const struct field_eval *eval, struct field_ref *ref, struct eyas_value *ret)
{
	return fd_used(eval) && eval->context->fd && field_num(ref, eval->context->fd->ino, ret);
}

enum device { DEV_WHOLE, DEV_MAJOR, DEV_MINOR };

static bool get_dev(const struct field_eval *eval, struct field_ref *ref, struct eyas_value *ret)
{
	uint32_t dev;

	if (!fd_used(eval) || !eval->context->fd)
		return false;
	dev = eval->context->fd->dev;
	if (ref->info->tag == DEV_MAJOR)
		dev = (dev & 0xfff00) >> 8;
	else if (ref->info->tag == DEV_MINOR)
		dev = (dev & 0xff) | ((dev >> 12) & 0xfff00);
	/* The field is signed, as it always was. */
	return field_num(ref, (uint64_t)(int64_t)(int32_t)dev, ret);
}

/* tag: enum fd_bit */
static bool get_bit(const struct field_eval *eval, struct field_ref *ref, struct eyas_value *ret)
{
	const struct eyas_fd *fd = eval->context->fd;

	return fd_used(eval) && fd && field_num(ref, (fd->bits & ref->info->tag) != 0, ret);
}

/* Is the descriptor a new one, and not a copy of another? */
static bool is_created(const struct eyas_event *event)
{
	return (event->info->flags & (EYAS_EF_CREATES_FD | EYAS_EF_USES_FD)) == EYAS_EF_CREATES_FD;
}

/* A descriptor that is made with a name gets another one, too. */
static bool get_name_changed(const struct field_eval *eval, struct field_ref *ref,
			     struct eyas_value *ret)
{
	const struct eyas_context *context = eval->context;

	if (!fd_used(eval) || !context->fd)
		return false;
	return field_num(ref,
			 (context->bits & CONTEXT_FD_NAME_CHANGED) ||
				 (context->fd->name->len && is_created(context->event)),
			 ret);
}

/* ---- the class ---- */

/* Fields of both ends and of networks. */
#define MATCH_FLAGS (FIELD_FILTER_ONLY | FIELD_NO_RHS | FIELD_NO_TRANSFORMER)
/* Names of addresses would need a look at the network. */
#define DNS_FLAGS (FIELD_NO_RHS | FIELD_NO_TRANSFORMER | FIELD_NO_VALUE)

/* clang-format off */
static const struct field_info fields[] = {
	FIELD("fd.cip", IPADDR, NA, 0, eyas_fd_get_ip, FD_CLIENT,
	      "address of the client"),
	FIELD("fd.cip.name", CHARBUF, NA, DNS_FLAGS, eyas_field_missing, 0,
	      "host name of the client; never known"),
	FIELD("fd.cnet", IPNET, NA, MATCH_FLAGS, eyas_fd_get_ip, FD_CLIENT,
	      "network the client is in"),
	FIELD("fd.connected", BOOL, NA, 0, get_bit, FD_CONNECTED,
	      "the socket is connected"),
	FIELD("fd.containerdirectory", CHARBUF, NA, 0, get_containerdirectory, 0,
	      "container id, colon, fd.directory"),
	FIELD("fd.containername", CHARBUF, NA, 0, get_containername, 0,
	      "container id, colon, fd.name"),
	FIELD("fd.cport", PORT, DEC, 0, eyas_fd_get_port, FD_CLIENT,
	      "port of the client"),
	FIELD("fd.cproto", CHARBUF, NA, 0, eyas_fd_get_port_text, FD_CLIENT,
	      "port of the client as text"),
	FIELD("fd.dev", INT32, HEX, 0, get_dev, DEV_WHOLE,
	      "number of the device the file is on"),
	FIELD("fd.dev.major", INT32, DEC, 0, get_dev, DEV_MAJOR,
	      "major number of the device"),
	FIELD("fd.dev.minor", INT32, DEC, 0, get_dev, DEV_MINOR,
	      "minor number of the device"),
	FIELD("fd.directory", CHARBUF, NA, 0, get_directory, 0,
	      "directory a file is in"),
	FIELD("fd.filename", CHARBUF, NA, 0, get_filename, 0,
	      "name of a file without its directory"),
	FIELD("fd.ino", INT64, DEC, 0, get_ino, 0,
	      "inode number"),
	FIELD_ROW("fd.ip", IPADDR, NA, MATCH_FLAGS, FIELD_ANY_ALL,
		  eyas_fd_get_ip, NULL, FD_BOTH_ENDS,
		  "address of either end"),
	FIELD("fd.is_lower_layer", BOOL, NA, 0, get_bit, FD_OVERLAY_LOWER,
	      "the file is in a lower layer of an overlay file system"),
	FIELD("fd.is_server", BOOL, NA, 0, eyas_fd_get_is_server, 0,
	      "the server of the connection is on this machine"),
	FIELD("fd.is_upper_layer", BOOL, NA, 0, get_bit, FD_OVERLAY_UPPER,
	      "the file is in the upper layer of an overlay file system"),
	FIELD("fd.l4proto", CHARBUF, NA, 0, eyas_fd_get_l4proto, 0,
	      "tcp, udp, icmp or raw"),
	FIELD("fd.lip", IPADDR, NA, 0, eyas_fd_get_ip, FD_LOCAL,
	      "address of the local end"),
	FIELD("fd.lip.name", CHARBUF, NA, DNS_FLAGS, eyas_field_missing, 0,
	      "host name of the local end; never known"),
	FIELD("fd.lnet", IPNET, NA, MATCH_FLAGS, eyas_fd_get_ip, FD_LOCAL,
	      "network the local end is in"),
	FIELD("fd.lport", PORT, DEC, 0, eyas_fd_get_port, FD_LOCAL,
	      "port of the local end"),
	FIELD("fd.lproto", CHARBUF, NA, 0, eyas_fd_get_port_text, FD_LOCAL,
	      "port of the local end as text"),
	FIELD("fd.name", CHARBUF, NA, 0, get_name, 0,
	      "absolute path, or both ends of a connection"),
	FIELD("fd.name_changed", BOOL, NA, 0, get_name_changed, 0,
	      "this event gave the descriptor another name"),
	FIELD("fd.nameraw", CHARBUF, NA, 0, get_nameraw, 0,
	      "path as it was passed, runs of slashes made one"),
	FIELD_ROW("fd.net", IPNET, NA, MATCH_FLAGS, FIELD_ANY_ALL,
		  eyas_fd_get_ip, NULL, FD_BOTH_ENDS,
		  "network either end is in"),
	FIELD("fd.num", INT64, ID, 0, get_num, 0,
	      "number of the descriptor"),
	FIELD_ROW("fd.port", PORT, DEC, MATCH_FLAGS, FIELD_ANY_ALL,
		  eyas_fd_get_port, NULL, FD_BOTH_ENDS,
		  "port of either end"),
	FIELD_ROW("fd.proto", PORT, NA, MATCH_FLAGS, FIELD_ANY_ALL,
		  eyas_fd_get_port, NULL, FD_BOTH_ENDS,
		  "port of either end, also by the name of its service"),
	FIELD("fd.rip", IPADDR, NA, 0, eyas_fd_get_ip, FD_REMOTE,
	      "address of the remote end"),
	FIELD("fd.rip.name", CHARBUF, NA, DNS_FLAGS, eyas_field_missing, 0,
	      "host name of the remote end; never known"),
	FIELD("fd.rnet", IPNET, NA, MATCH_FLAGS, eyas_fd_get_ip, FD_REMOTE,
	      "network the remote end is in"),
	FIELD("fd.rport", PORT, DEC, 0, eyas_fd_get_port, FD_REMOTE,
	      "port of the remote end"),
	FIELD("fd.rproto", CHARBUF, NA, 0, eyas_fd_get_port_text, FD_REMOTE,
	      "port of the remote end as text"),
	FIELD("fd.sip", IPADDR, NA, 0, eyas_fd_get_ip, FD_SERVER,
	      "address of the server"),
	FIELD("fd.sip.name", CHARBUF, NA, DNS_FLAGS, eyas_field_missing, 0,
	      "host name of the server; never known"),
	FIELD("fd.snet", IPNET, NA, MATCH_FLAGS, eyas_fd_get_ip, FD_SERVER,
	      "network the server is in"),
	FIELD("fd.sockfamily", CHARBUF, NA, 0, eyas_fd_get_sockfamily, 0,
	      "ip or unix"),
	FIELD("fd.sport", PORT, DEC, 0, eyas_fd_get_port, FD_SERVER,
	      "port of the server"),
	FIELD("fd.sproto", CHARBUF, NA, 0, eyas_fd_get_port_text, FD_SERVER,
	      "port of the server as text"),
	FIELD("fd.type", CHARBUF, DEC, 0, get_type, 0,
	      "file, directory, ipv4, ipv6, unix, pipe, event and so on"),
	FIELD("fd.typechar", CHARBUF, DEC, 0, get_typechar, 0,
	      "its type as one character, as arguments have it"),
	FIELD("fd.types", CHARBUF, DEC,
	      FIELD_LIST | FIELD_ARG_ALLOWED | FIELD_ARG_INDEX | FIELD_NO_RHS, get_types, 0,
	      "types of all open descriptors; [n] is that of descriptor n"),
	FIELD("fd.uid", CHARBUF, NA, 0, get_uid, 0,
	      "thread id followed by the number"),
};
/* clang-format on */

const struct field_class eyas_fields_fd = {
	.name = "fd",
	.prefix = "fd",
	.fields = fields,
	.count = FIELD_COUNT(fields),
};
