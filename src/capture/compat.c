/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a capture must look like for sysdig 0.29 (2022). Called by the writer on request.
 *
 * Found out with Debian's sysdig 0.29.3, by giving it files made for the purpose, one question
 * each, and reading what it prints:
 *  - It knows the event types 0 to 335. Later ones it skips without a word.
 *  - It knows the system call codes 0 to 328 of generic events; a later code is looked up past
 *    the end of its table, and it crashes or stops.
 *  - Parameters behind those of its own table do no harm, whatever they are (close exit with 2
 *    of them, read exit with 4, execve exit with 31): of each type that both know, its table
 *    is the beginning of ours.
 *  - An event may lack the last parameters that captures of its time lacked, as they were added
 *    later; those are not printed then. With fewer than any version had, it crashes.
 *  - A missing parameter (length 0) of a fixed size or a string is printed as the bytes that
 *    follow. Buffers, socket addresses and tuples may be missing.
 *  - A container event (272, 324) must carry JSON, an object whose "container", if there, is an
 *    object, too. Otherwise it ends with an error. Inside, it takes any keys, or none.
 *  - The old openat exit (103) without its enter event, and tracer events (268, 269), crash it.
 *    Kubernetes and Mesos events (260, 270) end it, or change nothing.
 *  - Blocks 0x221 and 0x222 are known; plugin events of 16 MiB were read. A block of another
 *    event may have 65536 bytes behind its head, more ends the file.
 *  - Events with flag 1 are hidden; other flags, and bytes behind an event, do no harm.
 *  - Descriptor kinds 0 to 16 are known; a later one ends it ("wrong fd type 17"). Appended
 *    bytes of an entry are skipped.
 *  - Process list v9 with all of its tails, and longer ones, is read; so are any thread flags
 *    and lists that go on in a second block. But behind the root directory it takes 4 bytes for
 *    the login and 1 for the flag of a writable executable, where today's entries have the start
 *    of the pid namespace. So entries are written as before libs 0.10 (meta_read.c).
 *  - Longer strings than these end it: descriptor name 1023; comm, exe, exepath, cwd and root
 *    1024; args, env and cgroups 4096; users and groups 255.
 *
 * So events, system calls and descriptors it does not know are left out and counted, but for
 * those that are an older type with more parameters. Parameters
 * missing at the end of an event are taken off where that is allowed; others get a value that
 * says nothing; long strings are cut. compat_enter.c makes the enter events that captures of its
 * time had.
 */
#include "capture/compat.h"

#include <errno.h>

#include "base/le.h"
#include "schema/event.h"
#include "schema/ids.h"

#define LAST_TYPE 335
#define LAST_SYSCALL 328
#define LAST_FD_KIND EYAS_FD_FILE_V2

#define FD_NAME_MAX 1023
#define PATH_STR_MAX 1024
#define LIST_STR_MAX 4096
#define USER_STR_MAX 255

/*
 * A string that is missing: the text that we print for it, too. But in an open enter event it
 * would take that for the name of the file; with the other one it goes on to the exit event's.
 */
#define NO_STRING "<NA>"
#define NO_STRING_ENTER "(NULL)"

static void cut(struct eyas_bytes *str, uint32_t max)
{
	if (str->len > max)
		str->len = max;
}

bool eyas_compat_fd(struct eyas_fd_entry *fd)
{
	cut(&fd->name, FD_NAME_MAX);
	return fd->kind <= LAST_FD_KIND;
}

void eyas_compat_thread(struct eyas_thread_entry *thread)
{
	cut(&thread->comm, PATH_STR_MAX);
	cut(&thread->exe, PATH_STR_MAX);
	cut(&thread->exepath, PATH_STR_MAX);
	cut(&thread->cwd, PATH_STR_MAX);
	cut(&thread->root, PATH_STR_MAX);
	cut(&thread->args, LIST_STR_MAX);
	cut(&thread->env, LIST_STR_MAX);
	cut(&thread->cgroups, LIST_STR_MAX);
}

void eyas_compat_user(struct eyas_user *user)
{
	cut(&user->name, USER_STR_MAX);
	cut(&user->home, USER_STR_MAX);
	cut(&user->shell, USER_STR_MAX);
}

void eyas_compat_group(struct eyas_group *group)
{
	cut(&group->name, USER_STR_MAX);
}

/* ---- JSON of container events: is it an object, and its "container" one, too? ---- */

/* Deeper than any container event, and shallow enough for every stack. */
#define JSON_DEPTH 64

/* Invariant: at <= end. A failure leaves at anywhere and is told by false. */
struct json {
	const char *at, *end;
};

static bool json_value(struct json *json, unsigned depth);

static void json_space(struct json *json)
{
	while (json->at < json->end && strchr(" \t\r\n", *json->at) && *json->at)
		json->at++;
}

/* Skip space, then one given byte. */
static bool json_take(struct json *json, char c)
{
	json_space(json);
	if (json->at == json->end || *json->at != c)
		return false;
	json->at++;
	return true;
}

static bool json_string(struct json *json)
{
	if (!json_take(json, '"'))
		return false;
	for (; json->at < json->end && (unsigned char)*json->at >= ' '; json->at++) {
		if (*json->at == '"') {
			json->at++;
			return true;
		}
		if (*json->at == '\\' && ++json->at == json->end)
			return false;
	}
	return false;
}

/* Numbers and true, false, null: what they spell matters to nobody here, only where they end. */
static bool json_word(struct json *json)
{
	static const char bytes[] = "+-.0123456789Eaeflnrstu";
	const char *start = json->at;

	while (json->at < json->end && *json->at && strchr(bytes, *json->at))
		json->at++;
	return json->at != start;
}

static bool json_member(struct json *json, unsigned depth)
{
	static const char key[] = "\"container\"";
	const char *name;
	bool is_container;

	json_space(json);
	name = json->at;
	if (!json_string(json))
		return false;
	is_container = depth == 0 && (size_t)(json->at - name) == sizeof(key) - 1 &&
		       !memcmp(name, key, sizeof(key) - 1);
	if (!json_take(json, ':'))
		return false;
	json_space(json);
	if (is_container && (json->at == json->end || *json->at != '{'))
		return false;
	return json_value(json, depth + 1);
}

static bool json_list(struct json *json, unsigned depth, char close, bool members)
{
	json->at++;
	if (json_take(json, close))
		return true;
	do {
		if (!(members ? json_member(json, depth) : json_value(json, depth + 1)))
			return false;
	} while (json_take(json, ','));
	return json_take(json, close);
}

static bool json_value(struct json *json, unsigned depth)
{
	json_space(json);
	if (json->at == json->end || depth > JSON_DEPTH)
		return false;
	switch (*json->at) {
	case '{':
		return json_list(json, depth, '}', true);
	case '[':
		return json_list(json, depth, ']', false);
	case '"':
		return json_string(json);
	default:
		return json_word(json);
	}
}

static bool container_fits(const struct eyas_event *event)
{
	struct eyas_param param;
	struct json json;

	if (!eyas_event_param(event, 0, &param))
		return false;
	json.at = (const char *)param.data;
	json.end = json.at + strnlen(json.at, param.len);
	json_space(&json);
	if (json.at == json.end || *json.at != '{' || !json_value(&json, 0))
		return false;
	json_space(&json);
	return json.at == json.end;
}

/* ---- events ---- */

/*
 * Types that came later but are an older one with parameters appended, from the conversions of
 * the reader (convert.def) taken backwards: without those at the end they are known. So are calls
 * that had no type of their own in its time and were recorded as the call that they extend; a
 * descriptor that they make would be unknown otherwise.
 */
static const struct {
	uint16_t type, older;
	uint8_t nparams; /* that the older one has */
} successors[] = {
	{ EYAS_EV_SOCKET_ACCEPT4_6_X, EYAS_EV_SOCKET_ACCEPT4_5_X, 5 },
	{ EYAS_EV_SYSCALL_DUP_1_X, EYAS_EV_SYSCALL_DUP_X, 1 },
	{ EYAS_EV_SYSCALL_UMOUNT_1_X, EYAS_EV_SYSCALL_UMOUNT_X, 2 },
	{ EYAS_EV_SYSCALL_UMOUNT2_X, EYAS_EV_SYSCALL_UMOUNT_X, 2 },
	{ EYAS_EV_SYSCALL_DUP2_X, EYAS_EV_SYSCALL_DUP_X, 1 },
	{ EYAS_EV_SYSCALL_DUP3_X, EYAS_EV_SYSCALL_DUP_X, 1 },
	{ EYAS_EV_SYSCALL_PIPE2_X, EYAS_EV_SYSCALL_PIPE_X, 4 },
	{ EYAS_EV_SYSCALL_INOTIFY_INIT1_X, EYAS_EV_SYSCALL_INOTIFY_INIT_X, 1 },
	{ EYAS_EV_SYSCALL_EVENTFD2_X, EYAS_EV_SYSCALL_EVENTFD_X, 1 },
	{ EYAS_EV_SYSCALL_SIGNALFD4_X, EYAS_EV_SYSCALL_SIGNALFD_X, 1 },
};

/* See the event as its predecessor; true if it has one. */
static bool event_older(struct eyas_event *event)
{
	size_t i;

	for (i = 0; i < sizeof(successors) / sizeof(successors[0]); i++) {
		if (event->type != successors[i].type)
			continue;
		event->type = successors[i].older;
		event->info = eyas_event_info(event->type);
		if (event->nparams > successors[i].nparams)
			event->nparams = successors[i].nparams;
		return true;
	}
	return false;
}

static bool event_known(const struct eyas_event *event)
{
	struct eyas_param param;
	uint64_t code;

	if (event->type > LAST_TYPE)
		return false;
	switch (event->type) {
	case EYAS_EV_GENERIC_E:
	case EYAS_EV_GENERIC_X:
		eyas_event_param(event, 0, &param);
		return !eyas_param_uint(&param, &code) && code <= LAST_SYSCALL;
	case EYAS_EV_CONTAINER_JSON_E:
	case EYAS_EV_CONTAINER_JSON_2_E:
		return container_fits(event);
	case EYAS_EV_SYSCALL_OPENAT_X:
	case EYAS_EV_TRACER_E:
	case EYAS_EV_TRACER_X:
	case EYAS_EV_K8S_E:
	case EYAS_EV_MESOS_E:
		return false;
	default:
		return true;
	}
}

/* Whether it prints a missing parameter as such; others as the bytes that follow. */
static bool may_be_missing(const struct eyas_type_info *type)
{
	switch ((enum eyas_kind)type->kind) {
	case EYAS_KIND_STRING:
	case EYAS_KIND_FDLIST:
	case EYAS_KIND_DYN:
	case EYAS_KIND_SINT:
	case EYAS_KIND_UINT:
	case EYAS_KIND_DOUBLE:
		return false;
	case EYAS_KIND_ADDR:
		return !type->size;
	case EYAS_KIND_SOCKADDR:
	case EYAS_KIND_SOCKTUPLE:
	case EYAS_KIND_NONE:
	case EYAS_KIND_BYTES:
	case EYAS_KIND_STRINGS:
	case EYAS_KIND_PAIRS:
		break;
	}
	return true;
}

/* Whether it prints the parameter, and nothing else in its place. */
static bool param_fits(const struct eyas_event *event, const struct eyas_param *param)
{
	const struct eyas_type_info *type = eyas_type_info(param->info->type);

	if (!param->len)
		return may_be_missing(type);
	if (eyas_param_check(event, param, NULL))
		return false;
	return type->kind != EYAS_KIND_STRING || !param->data[param->len - 1];
}

/* What stands in for a value that is missing, or not of its type's size. Adds to out. */
static void put_instead(struct eyas_str *out, const struct eyas_event *event,
			const struct eyas_param *param)
{
	const struct eyas_type_info *type = eyas_type_info(param->info->type);
	const struct eyas_variant_table *variants = param->info->table.variants;
	static const uint8_t none[8] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };

	switch ((enum eyas_kind)type->kind) {
	case EYAS_KIND_STRING:
		/* The NUL must fit into a 16-bit length. */
		if (param->len)
			eyas_str_add(out, param->data,
				     param->len < UINT16_MAX ? param->len : UINT16_MAX - 1);
		else
			eyas_str_puts(out, event->type & 1 ? NO_STRING : NO_STRING_ENTER);
		eyas_str_zero(out, 1);
		break;
	case EYAS_KIND_FDLIST:
		eyas_str_zero(out, 2);
		break;
	case EYAS_KIND_DYN:
		eyas_str_zero(out, 1);
		if (variants && variants->count)
			eyas_str_zero(out, eyas_type_info(variants->variants[0].type)->size);
		break;
	case EYAS_KIND_SINT:
	case EYAS_KIND_UINT:
	case EYAS_KIND_DOUBLE:
	case EYAS_KIND_ADDR:
		/* No descriptor and no user rather than number 0, which is somebody. */
		if (param->info->type == EYAS_PT_FD || param->info->type == EYAS_PT_FD32 ||
		    param->info->type == EYAS_PT_UID || param->info->type == EYAS_PT_GID)
			eyas_str_add(out, none, type->size);
		else
			eyas_str_zero(out, type->size);
		break;
	case EYAS_KIND_SOCKADDR:
	case EYAS_KIND_SOCKTUPLE:
	case EYAS_KIND_NONE:
	case EYAS_KIND_BYTES:
	case EYAS_KIND_STRINGS:
	case EYAS_KIND_PAIRS:
		break;
	}
}

/* Every number of parameters that some version of an event had, from the converter's table. */
static const struct {
	uint16_t type;
	uint8_t nparams;
} versions[] = {
#define CV(id, constant, nparams, action, to, ins) { id, nparams },
#include "capture/convert.def"
#undef CV
};

/* The fewest parameters that some version of the event had. */
static unsigned least_params(const struct eyas_event *event)
{
	unsigned least = event->info->nparams;
	size_t i;

	for (i = 0; i < sizeof(versions) / sizeof(versions[0]); i++)
		if (versions[i].type == event->type && versions[i].nparams < least)
			least = versions[i].nparams;
	return least;
}

/* The event with all parameters it must have, each of which fits. */
static int event_rewrite(struct eyas_str *out, const struct eyas_event *event)
{
	unsigned nparams = least_params(event), i;
	size_t lens = EYAS_EVENT_HEADER_SIZE, before;
	struct eyas_param_iter iter;
	struct eyas_param param;

	for (i = nparams; i < event->nparams; i++)
		if (eyas_event_len(event, i))
			nparams = i + 1;
	out->len = 0;
	eyas_str_add(out, event->bytes, EYAS_EVENT_HEADER_SIZE);
	eyas_str_zero(out, (size_t)nparams * event->len_size);
	eyas_param_iter_init(&iter, event);
	for (i = 0; i < nparams && eyas_param_iter_next(&iter, &param); i++) {
		before = out->len;
		if (param_fits(event, &param))
			eyas_str_add(out, param.data, param.len);
		else
			put_instead(out, event, &param);
		if (out->nomem)
			return -ENOMEM;
		if (event->len_size == 4)
			eyas_put_le32(out->data + lens + 4 * (size_t)i,
				      (uint32_t)(out->len - before));
		else
			eyas_put_le16(out->data + lens + 2 * (size_t)i,
				      (uint16_t)(out->len - before));
	}
	if (out->nomem)
		return -ENOMEM;
	eyas_put_le32(out->data + 16, (uint32_t)out->len);
	eyas_put_le16(out->data + 20, event->type);
	eyas_put_le32(out->data + 22, nparams);
	return 0;
}

int eyas_compat_event(struct eyas_str *scratch, const struct eyas_event *event,
		      const uint8_t **ret_bytes, uint32_t *ret_len)
{
	struct eyas_event older = *event;
	struct eyas_param_iter iter;
	struct eyas_param param;
	bool fits = !event_older(&older);
	int err;

	event = &older;
	if (!event_known(event))
		return 0;
	eyas_param_iter_init(&iter, event);
	while (fits && iter.index < event->nparams && eyas_param_iter_next(&iter, &param))
		fits = param_fits(event, &param);
	if (fits &&
	    (event->nparams == event->info->nparams || event->nparams >= least_params(event))) {
		*ret_bytes = event->bytes;
		*ret_len = event->len;
		return 1;
	}
	err = event_rewrite(scratch, event);
	if (err)
		return err;
	*ret_bytes = (const uint8_t *)scratch->data;
	*ret_len = (uint32_t)scratch->len;
	return 1;
}
