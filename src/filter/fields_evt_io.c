/* SPDX-License-Identifier: Apache-2.0 */
/* What came of it: results, bytes moved, errors, and what an open was for. */
#include "filter/fields_evt.h"

#include "schema/event.h"
#include "schema/ids.h"

/* Bits of events, not of the kernel (reference/flags.tsv, file_flags). */
enum {
	FLAG_READ = 0x1,
	FLAG_WRITE = 0x2,
	FLAG_CREAT = 0x4,
	FLAG_TMPFILE = 0x2000,
	FLAG_CREATED = 0x4000,
	MODE_EXEC = 0111
};

static unsigned class_of(const struct eyas_event *event)
{
	return event->info->category & EYAS_EC_CLASS_MASK;
}

static bool is_io(unsigned class)
{
	return class == EYAS_EC_IO_READ || class == EYAS_EC_IO_WRITE || class == EYAS_EC_IO_OTHER;
}

/* ---- results ---- */

/*
 * What a system call returned: its exit event has it first, under various names and in four or
 * eight bytes. Generic events have none: they begin with the two bytes of a system call's code.
 */
static bool find_result(const struct eyas_event *event, int64_t *ret_result)
{
	struct eyas_param_info info;
	struct eyas_param param, inner;

	if (!(event->info->category & EYAS_EC_SYSCALL) || !eyas_event_is_exit(event) ||
	    eyas_event_param(event, 0, &param) != 1)
		return false;
	if (param.info->type == EYAS_PT_DYN) {
		if (eyas_param_variant(&param, &info, &inner) < 0)
			return false;
		param = inner;
	}
	if (param.len != 4 && param.len != 8)
		return false;
	*ret_result = param.len == 4 ? (int32_t)eyas_le32(param.data)
				     : (int64_t)eyas_le64(param.data);
	return true;
}

FIELD_GETTER(eyas_evt_get_rawres)
{
	int64_t result;

	return find_result(eval->context->event, &result) && field_num(ref, (uint64_t)result, ret);
}

FIELD_GETTER(eyas_evt_get_failed)
{
	int64_t result;

	return find_result(eval->context->event, &result) && field_num(ref, result < 0, ret);
}

FIELD_GETTER(eyas_evt_get_res)
{
	const char *name = NULL;
	int64_t result;

	if (!find_result(eval->context->event, &result))
		return false;
	if (result >= 0)
		return field_text(ref, "SUCCESS", ret);
	if (result > -4096)
		name = eyas_errno_name((unsigned)-result);
	if (name)
		return field_text(ref, name, ret);
	eyas_str_i64(field_begin(eval), result);
	return eyas_field_scratch(eval, ref, ret);
}

/* ---- bytes ---- */

FIELD_GETTER(eyas_evt_get_buflen)
{
	const struct eyas_event *event = eval->context->event;
	const struct eyas_fd *fd = eval->context->fd;
	unsigned class = class_of(event), want = ref->info->tag;
	int64_t result;

	if (!fd || !is_io(class) || !find_result(event, &result) || result < 0 ||
	    (want & BUFLEN_READ && class != EYAS_EC_IO_READ) ||
	    (want & BUFLEN_WRITE && class != EYAS_EC_IO_WRITE) ||
	    (want & BUFLEN_FILE && fd->kind != EYAS_FD_FILE) ||
	    (want & BUFLEN_NET && !eyas_fd_is_ip(fd)))
		return false;
	return field_num(ref, (uint64_t)result, ret);
}

/* ---- errors by kind ---- */

static enum error_kind error_kind_of_fd(const struct eyas_fd *fd)
{
	if (fd->kind == EYAS_FD_FILE || fd->kind == EYAS_FD_DIRECTORY)
		return ERROR_FILE;
	if (fd->kind == EYAS_FD_UNIX || eyas_fd_is_ip(fd))
		return ERROR_NET;
	return ERROR_OTHER;
}

/* What fails without a descriptor that is known: what would have made one. */
static enum error_kind error_kind_of_type(unsigned type)
{
	switch (type) {
	case EYAS_EV_SYSCALL_OPEN_X:
	case EYAS_EV_SYSCALL_CREAT_X:
	case EYAS_EV_SYSCALL_OPENAT_X:
	case EYAS_EV_SYSCALL_OPENAT_2_X:
	case EYAS_EV_SYSCALL_OPENAT2_X:
	case EYAS_EV_SYSCALL_OPEN_BY_HANDLE_AT_X:
		return ERROR_FILE;
	case EYAS_EV_SOCKET_ACCEPT_X:
	case EYAS_EV_SOCKET_ACCEPT_5_X:
	case EYAS_EV_SOCKET_ACCEPT4_X:
	case EYAS_EV_SOCKET_ACCEPT4_5_X:
	case EYAS_EV_SOCKET_ACCEPT4_6_X:
	case EYAS_EV_SOCKET_CONNECT_X:
		return ERROR_NET;
	default:
		return ERROR_OTHER;
	}
}

/* Does what failed count as this? A call on memory may be about a file as well: then as both. */
static bool is_error_of(const struct eyas_context *context, enum error_kind want)
{
	bool memory = class_of(context->event) == EYAS_EC_MEMORY;
	enum error_kind kind = context->fd ? error_kind_of_fd(context->fd)
					   : error_kind_of_type(context->event->type);

	switch (want) {
	case ERROR_ANY:
		return true;
	case ERROR_MEMORY:
		return memory;
	case ERROR_FILE:
	case ERROR_NET:
		return kind == want;
	case ERROR_OTHER:
		return kind == ERROR_OTHER && !memory;
	}
	return false;
}

FIELD_GETTER(eyas_evt_get_count_error)
{
	int64_t result;

	if (!find_result(eval->context->event, &result) ||
	    !is_error_of(eval->context, ref->info->tag))
		return false;
	return field_num(ref, result < 0, ret);
}

/* ---- opens ---- */

/* The parameters of an open; 0 for one the type does not have. */
struct open_args {
	int64_t result;
	uint32_t flags, mode;
};

/* Where they are in the event; -1 = nowhere. */
struct open_layout {
	uint16_t type;
	int8_t flags, mode;
};

static const struct open_layout open_layouts[] = {
	{ EYAS_EV_SYSCALL_OPEN_X, 2, 3 },
	{ EYAS_EV_SYSCALL_CREAT_X, -1, 2 },
	{ EYAS_EV_SYSCALL_OPENAT_2_X, 3, 4 },
	{ EYAS_EV_SYSCALL_OPENAT2_X, 3, 4 },
	{ EYAS_EV_SYSCALL_OPEN_BY_HANDLE_AT_X, 2, -1 },
};

static uint32_t u32_param(const struct eyas_event *event, int index)
{
	struct eyas_param param;
	uint64_t value;

	if (index < 0 || eyas_event_param(event, (unsigned)index, &param) != 1 ||
	    eyas_param_uint(&param, &value) < 0)
		return 0;
	return (uint32_t)value;
}

static bool find_open(const struct eyas_event *event, struct open_args *ret_args)
{
	const struct open_layout *layout = open_layouts;
	const struct open_layout *end = layout + FIELD_COUNT(open_layouts);

	while (layout < end && layout->type != event->type)
		layout++;
	if (layout == end || !find_result(event, &ret_args->result))
		return false;
	ret_args->flags = u32_param(event, layout->flags);
	ret_args->mode = u32_param(event, layout->mode);
	/* creat() is an open that creates; it never counted as one that writes. */
	if (layout->flags < 0)
		ret_args->flags = FLAG_CREAT;
	return true;
}

FIELD_GETTER(eyas_evt_get_is_open)
{
	struct open_args args;
	bool is = false;

	if (find_open(eval->context->event, &args))
		switch ((enum open_kind)ref->info->tag) {
		case OPEN_READ:
			is = args.flags & FLAG_READ;
			break;
		case OPEN_WRITE:
			is = args.flags & FLAG_WRITE;
			break;
		case OPEN_EXEC:
			is = args.flags & (FLAG_CREAT | FLAG_TMPFILE) && args.mode & MODE_EXEC;
			break;
		case OPEN_CREATE:
			is = args.flags & FLAG_CREATED ||
			     (args.flags & FLAG_TMPFILE && args.result >= 0);
			break;
		}
	return field_num(ref, is, ret);
}

/* ---- kinds of events ---- */

/* What reads and writes are about; their category alone does not say. */
static const char *io_category(const struct eyas_fd *fd)
{
	switch (fd ? fd->kind : EYAS_FD_UNKNOWN) {
	case EYAS_FD_FILE:
	case EYAS_FD_FILE_V2:
	case EYAS_FD_DIRECTORY:
		return "file";
	case EYAS_FD_IPV4_SOCK:
	case EYAS_FD_IPV6_SOCK:
	case EYAS_FD_IPV4_SERVER:
	case EYAS_FD_IPV6_SERVER:
		return "net";
	case EYAS_FD_FIFO:
	case EYAS_FD_UNIX:
	case EYAS_FD_EVENT:
	case EYAS_FD_SIGNALFD:
	case EYAS_FD_INOTIFY:
	case EYAS_FD_USERFAULTFD:
		return "ipc";
	default:
		return "unknown";
	}
}

FIELD_GETTER(eyas_evt_get_category)
{
	static const struct {
		uint16_t class;
		const char *word;
	} words[] = {
		{ EYAS_EC_UNKNOWN, "unknown" },
		{ EYAS_EC_OTHER, "other" },
		{ EYAS_EC_FILE, "file" },
		{ EYAS_EC_NET, "net" },
		{ EYAS_EC_IPC, "IPC" },
		{ EYAS_EC_MEMORY, "memory" },
		{ EYAS_EC_PROCESS, "process" },
		{ EYAS_EC_SLEEP, "sleep" },
		{ EYAS_EC_SYSTEM, "system" },
		{ EYAS_EC_SIGNAL, "signal" },
		{ EYAS_EC_USER, "user" },
		{ EYAS_EC_TIME, "time" },
		{ EYAS_EC_PROCESSING, "processing" },
		{ EYAS_EC_WAIT, "wait" },
		{ EYAS_EC_SCHEDULER, "scheduler" },
		{ EYAS_EC_INTERNAL, "internal" },
	};
	unsigned class = class_of(eval->context->event);
	size_t i;

	if (is_io(class))
		return field_text(ref, io_category(eval->context->fd), ret);
	for (i = 0; i < FIELD_COUNT(words); i++)
		if (words[i].class == class)
			return field_text(ref, words[i].word, ret);
	return false;
}

FIELD_GETTER(eyas_evt_get_io_dir)
{
	uint16_t flags = eval->context->event->info->flags;

	if (flags & EYAS_EF_WRITES_TO_FD)
		return field_text(ref, "write", ret);
	return flags & EYAS_EF_READS_FROM_FD && field_text(ref, "read", ret);
}

FIELD_GETTER(eyas_evt_get_is_syslog)
{
	static const char log[] = "/dev/log";
	const struct eyas_fd *fd = eval->context->fd;
	bool is = eval->context->event->info->flags & EYAS_EF_WRITES_TO_FD && fd &&
		  memmem(fd->name->text, fd->name->len, log, sizeof(log) - 1);

	return field_num(ref, is, ret);
}
