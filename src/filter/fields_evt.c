/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What happened, where and in which order: the evt fields. This file has their two tables and
 * what needs no more than the head of an event; times, parameters and results are in
 * fields_evt_time.c, fields_evt_arg.c and fields_evt_io.c.
 */
#include "filter/fields_evt.h"

#include <stdlib.h>

#include "base/ascii.h"
#include "base/err.h"
#include "schema/event.h"
#include "schema/ids.h"

/* ---- any event ---- */

static FIELD_GETTER(get_num)
{
	return field_num(ref, eval->context->event->num, ret);
}

static bool is_meta(const struct eyas_event *event)
{
	return event->info->category & EYAS_EC_METAEVENT;
}

static FIELD_GETTER(get_is_async)
{
	return field_num(ref, is_meta(eval->context->event), ret);
}

/* The asynchronous event's own name, or the type's. */
static FIELD_GETTER(get_asynctype)
{
	const struct eyas_event *event = eval->context->event;
	const char *name;
	size_t len;

	if (!is_meta(event))
		return false;
	name = eyas_event_name(event, &len);
	return field_bytes(ref, name, len, ret);
}

/* A plugin's events have its source, which only the plugin can tell. */
static FIELD_GETTER(get_source)
{
	const struct eyas_event *event = eval->context->event;
	struct eyas_param plugin;
	uint64_t id = 0;

	if (event->info->category & EYAS_EC_PLUGIN)
		return false;
	if (event->type == EYAS_EV_ASYNCEVENT_E && eyas_event_param(event, 0, &plugin) == 1 &&
	    (eyas_param_uint(&plugin, &id) < 0 || id))
		return false;
	return field_text(ref, "syscall", ret);
}

static FIELD_GETTER(get_hostname)
{
	const char *name = eval->opts->hostname;

	if (!name)
		name = eyas_state_machine(eval->context->state)->hostname;
	return field_text(ref, name, ret);
}

/* ---- what it is ---- */

static FIELD_GETTER(get_type)
{
	size_t len;
	const char *name = eyas_event_name(eval->context->event, &len);

	return field_bytes(ref, name, len, ret);
}

static FIELD_GETTER(get_syscall_type)
{
	return eval->context->event->info->category & EYAS_EC_SYSCALL && get_type(eval, ref, ret);
}

/* own: the number of an event type in u64[0], or the name that several share in ptr[1]. */
static FIELD_BINDER(bind_type_is)
{
	const struct eyas_event_info *info;
	unsigned type;
	char *end;

	if (eyas_is_digit(ref->arg[0])) {
		ref->own.u64[0] = strtoul(ref->arg, &end, 10);
		if (!*end && ref->own.u64[0] < EYAS_EVENT_TYPES)
			return 0;
		return eyas_err_set(reterr, EYAS_E_USAGE,
				    "field '%s': event types are numbers below %d", ref->info->name,
				    EYAS_EVENT_TYPES);
	}
	for (type = 0; (info = eyas_event_info(type)); type++)
		if (!strcmp(info->name, ref->arg)) {
			ref->own.ptr[1] = info->name;
			return 0;
		}
	return eyas_err_set(reterr, EYAS_E_USAGE, "field '%s': there is no event type '%s'",
			    ref->info->name, ref->arg);
}

/* An enter event's number stands for its exit event as well. */
static FIELD_GETTER(get_type_is)
{
	const struct eyas_event *event = eval->context->event;
	const char *name = ref->own.ptr[1];
	uint64_t type = ref->own.u64[0];

	if (name)
		return field_num(ref, !strcmp(name, event->info->name), ret);
	return field_num(ref, event->type == type || (type % 2 == 0 && event->type == type + 1),
			 ret);
}

/* Types come in pairs, the exit event behind the enter event; an event alone is at an even id. */
static bool is_odd(const struct eyas_event *event)
{
	return event->type % 2;
}

static FIELD_GETTER(get_dir)
{
	return field_text(ref, is_odd(eval->context->event) ? "<" : ">", ret);
}

static FIELD_GETTER(get_cpu)
{
	return field_num(ref, (uint64_t)(int16_t)eval->context->event->cpu, ret);
}

/* The tag is a set of enum eyas_event_flag. */
static FIELD_GETTER(get_has_flag)
{
	return field_num(ref, (eval->context->event->info->flags & ref->info->tag) != 0, ret);
}

/* ---- counting ---- */

static FIELD_GETTER(get_count)
{
	(void)eval;
	return field_num(ref, 1, ret);
}

static FIELD_GETTER(get_count_exit)
{
	return is_odd(eval->context->event) && field_num(ref, 1, ret);
}

static FIELD_GETTER(get_count_threadinfo)
{
	return field_num(ref, eval->context->event->type == EYAS_EV_PROCINFO_E, ret);
}

static FIELD_GETTER(get_count_procinfo)
{
	const struct eyas_thread *thread = eval->context->thread;
	bool is = eval->context->event->type == EYAS_EV_PROCINFO_E && thread &&
		  thread->tid == thread->pid;

	return field_num(ref, is, ret);
}

/* ---- what enter events were for ---- */

static FIELD_GETTER(get_zero)
{
	(void)eval;
	return field_num(ref, 0, ret);
}

static FIELD_GETTER(get_zero_human)
{
	(void)eval;
	return field_text(ref, "0ns", ret);
}

/* clang-format off */
static const struct field_info any_fields[] = {
	FIELD("evt.asynctype", CHARBUF, NA, 0, get_asynctype, 0,
	      "kind of an asynchronous event; missing for all others"),
	FIELD("evt.datetime", CHARBUF, NA, FIELD_TIME, eyas_evt_get_local_time, TIME_DATE,
	      "local date and time with nanoseconds"),
	FIELD("evt.datetime.s", CHARBUF, NA, FIELD_TIME, eyas_evt_get_local_time, TIME_DATE_S,
	      "local date and time without fraction"),
	FIELD("evt.hostname", CHARBUF, NA, 0, get_hostname, 0,
	      "name of the machine the event was recorded on"),
	FIELD("evt.is_async", BOOL, NA, 0, get_is_async, 0,
	      "no thread made it by a system call, as those about containers"),
	FIELD("evt.num", UINT64, ID, 0, get_num, 0,
	      "place of the event among all of its source, from 1"),
	FIELD("evt.plugininfo", CHARBUF, NA, FIELD_NO_VALUE, eyas_field_missing, 0,
	      "the event as the plugin it comes from puts it in words"),
	FIELD("evt.pluginname", CHARBUF, NA, FIELD_NO_VALUE, eyas_field_missing, 0,
	      "name of the plugin the event comes from"),
	FIELD("evt.rawtime", ABSTIME, DEC, 0, eyas_evt_get_rawtime, TIME_NS,
	      "time in nanoseconds since the epoch"),
	FIELD("evt.rawtime.ns", ABSTIME, PADDED_DEC, 0, eyas_evt_get_rawtime, TIME_NS_OF_S,
	      "the nanoseconds within the second of the time"),
	FIELD("evt.rawtime.s", ABSTIME, DEC, 0, eyas_evt_get_rawtime, TIME_S,
	      "time in whole seconds since the epoch"),
	FIELD("evt.reltime", RELTIME, PADDED_DEC, 0, eyas_evt_get_reltime, TIME_NS,
	      "nanoseconds since the first event"),
	FIELD("evt.reltime.ns", RELTIME, PADDED_DEC, 0, eyas_evt_get_reltime, TIME_NS_OF_S,
	      "the nanoseconds within the second since the first event"),
	FIELD("evt.reltime.s", RELTIME, DEC, 0, eyas_evt_get_reltime, TIME_S,
	      "whole seconds since the first event"),
	FIELD("evt.source", CHARBUF, NA, 0, get_source, 0,
	      "name of the source: syscall; missing for events of a plugin"),
	FIELD("evt.time", CHARBUF, NA, FIELD_TIME, eyas_evt_get_local_time, TIME_OF_DAY,
	      "local time of day with nanoseconds"),
	FIELD("evt.time.iso8601", CHARBUF, NA, FIELD_TIME, eyas_evt_get_iso8601, 0,
	      "date and time in UTC, as ISO 8601 has it, with nanoseconds"),
	FIELD("evt.time.s", CHARBUF, NA, FIELD_TIME, eyas_evt_get_local_time, TIME_OF_DAY_S,
	      "local time of day without fraction"),
};

static const struct field_info sys_fields[] = {
	FIELD_ROW("evt.abspath", CHARBUF, NA, FIELD_ARG_ALLOWED | FIELD_ARG_DOT, FIELD_SINGLE,
		  eyas_evt_get_abspath, eyas_evt_bind_abspath, 0,
		  "absolute path of a call that takes one relative to a descriptor; .src (the same "
		  "as without) and .dst choose between the two of a rename or link"),
	FIELD_ROW("evt.arg", CHARBUF, NA, FIELD_ARG_REQUIRED | FIELD_ARG_INDEX | FIELD_ARG_DOT,
		  FIELD_SINGLE, eyas_evt_get_arg, eyas_evt_bind_arg, 0,
		  "one parameter as text, by name or by place from 0: what its value means if it "
		  "has such a form, else the value"),
	FIELD("evt.args", CHARBUF, NA, 0, eyas_evt_get_args, 0,
	      "all parameters as name=value or name=value(meaning)"),
	FIELD_ROW("evt.around", UINT64, DEC, FIELD_FILTER_ONLY | FIELD_ARG_REQUIRED |
		  FIELD_ARG_INDEX | FIELD_NO_RHS | FIELD_NO_TRANSFORMER, FIELD_SINGLE,
		  eyas_evt_get_around, NULL, 0,
		  "events around an instant: evt.around[T]=D is true within D milliseconds of T "
		  "nanoseconds since the epoch"),
	FIELD("evt.buffer", BYTEBUF, NA, 0, eyas_evt_get_buffer, 0,
	      "the bytes that were read or written, as far as they were recorded"),
	FIELD("evt.buflen", UINT64, DEC, 0, eyas_evt_get_buflen, 0,
	      "result of a call that reads, writes or controls a descriptor: bytes, if it moves "
	      "any"),
	FIELD("evt.buflen.file", UINT64, DEC, FIELD_TABLE_ONLY, eyas_evt_get_buflen, BUFLEN_FILE,
	      "evt.buflen of files"),
	FIELD("evt.buflen.file.in", UINT64, DEC, FIELD_TABLE_ONLY, eyas_evt_get_buflen,
	      BUFLEN_FILE | BUFLEN_READ, "evt.buflen of reads from files"),
	FIELD("evt.buflen.file.out", UINT64, DEC, FIELD_TABLE_ONLY, eyas_evt_get_buflen,
	      BUFLEN_FILE | BUFLEN_WRITE, "evt.buflen of writes to files"),
	FIELD("evt.buflen.in", UINT64, DEC, FIELD_TABLE_ONLY, eyas_evt_get_buflen, BUFLEN_READ,
	      "evt.buflen of reads"),
	FIELD("evt.buflen.net", UINT64, DEC, FIELD_TABLE_ONLY, eyas_evt_get_buflen, BUFLEN_NET,
	      "evt.buflen of IP sockets"),
	FIELD("evt.buflen.net.in", UINT64, DEC, FIELD_TABLE_ONLY, eyas_evt_get_buflen,
	      BUFLEN_NET | BUFLEN_READ, "evt.buflen of reads from IP sockets"),
	FIELD("evt.buflen.net.out", UINT64, DEC, FIELD_TABLE_ONLY, eyas_evt_get_buflen,
	      BUFLEN_NET | BUFLEN_WRITE, "evt.buflen of writes to IP sockets"),
	FIELD("evt.buflen.out", UINT64, DEC, FIELD_TABLE_ONLY, eyas_evt_get_buflen, BUFLEN_WRITE,
	      "evt.buflen of writes"),
	FIELD("evt.category", CHARBUF, NA, 0, eyas_evt_get_category, 0,
	      "what the event is about: file, net, IPC, memory, process, sleep, system, signal, "
	      "user, time, wait, scheduler, internal, other or unknown; that of reads and writes "
	      "depends on their descriptor"),
	FIELD("evt.count", UINT32, DEC, 0, get_count, 0,
	      "always 1: for sums"),
	FIELD("evt.count.error", UINT32, DEC, 0, eyas_evt_get_count_error, ERROR_ANY,
	      "1 for a call that failed, 0 for one that did not"),
	FIELD("evt.count.error.file", UINT32, DEC, 0, eyas_evt_get_count_error, ERROR_FILE,
	      "evt.count.error of calls on files and of opens"),
	FIELD("evt.count.error.memory", UINT32, DEC, 0, eyas_evt_get_count_error, ERROR_MEMORY,
	      "evt.count.error of calls that manage memory"),
	FIELD("evt.count.error.net", UINT32, DEC, 0, eyas_evt_get_count_error, ERROR_NET,
	      "evt.count.error of calls on sockets and of connect and accept"),
	FIELD("evt.count.error.other", UINT32, DEC, 0, eyas_evt_get_count_error, ERROR_OTHER,
	      "evt.count.error of all other calls"),
	FIELD("evt.count.exit", UINT32, DEC, 0, get_count_exit, 0,
	      "1 for the end of a call; missing for all other events"),
	FIELD("evt.count.procinfo", UINT32, DEC, FIELD_TABLE_ONLY, get_count_procinfo, 0,
	      "1 for a procinfo event of a main thread, else 0"),
	FIELD("evt.count.threadinfo", UINT32, DEC, FIELD_TABLE_ONLY, get_count_threadinfo, 0,
	      "1 for a procinfo event, else 0"),
	FIELD("evt.cpu", INT16, ID, 0, get_cpu, 0,
	      "number of the CPU the event happened on"),
	FIELD("evt.deltatime", RELTIME, DEC, 0, eyas_evt_get_deltatime, TIME_NS,
	      "nanoseconds since the event this mention of the field was evaluated for last"),
	FIELD("evt.deltatime.ns", RELTIME, PADDED_DEC, 0, eyas_evt_get_deltatime, TIME_NS_OF_S,
	      "the nanoseconds within the second of evt.deltatime"),
	FIELD("evt.deltatime.s", RELTIME, DEC, 0, eyas_evt_get_deltatime, TIME_S,
	      "the whole seconds of evt.deltatime"),
	FIELD("evt.dir", CHARBUF, DIR, FIELD_DEPRECATED, get_dir, 0,
	      "< for the end of a call, > for events that have no end of their own"),
	FIELD("evt.failed", BOOL, NA, 0, eyas_evt_get_failed, 0,
	      "the call failed; missing for events without a result"),
	FIELD("evt.info", CHARBUF, NA, 0, eyas_evt_get_args, 0,
	      "the same as evt.args"),
	FIELD("evt.infra.docker.container.id", CHARBUF, NA, FIELD_TABLE_ONLY, eyas_evt_get_infra,
	      INFRA_ID, "id of the container of an old infrastructure event, in 12 characters"),
	FIELD("evt.infra.docker.container.image", CHARBUF, NA, FIELD_TABLE_ONLY, eyas_evt_get_infra,
	      INFRA_IMAGE, "image of the container of an old infrastructure event"),
	FIELD("evt.infra.docker.container.name", CHARBUF, NA, FIELD_TABLE_ONLY, eyas_evt_get_infra,
	      INFRA_NAME, "name of the container of an old infrastructure event"),
	FIELD("evt.infra.docker.name", CHARBUF, NA, FIELD_TABLE_ONLY, eyas_evt_get_infra,
	      INFRA_EVENT, "what an old infrastructure event says has happened"),
	FIELD("evt.io_dir", CHARBUF, NA, 0, eyas_evt_get_io_dir, 0,
	      "read or write, for calls that move bytes from or to a descriptor"),
	FIELD("evt.is_io", BOOL, NA, 0, get_has_flag, EYAS_EF_READS_FROM_FD | EYAS_EF_WRITES_TO_FD,
	      "the call moves bytes from or to a descriptor"),
	FIELD("evt.is_io_read", BOOL, NA, 0, get_has_flag, EYAS_EF_READS_FROM_FD,
	      "the call reads from a descriptor"),
	FIELD("evt.is_io_write", BOOL, NA, 0, get_has_flag, EYAS_EF_WRITES_TO_FD,
	      "the call writes to a descriptor"),
	FIELD("evt.is_open_create", BOOL, NA, 0, eyas_evt_get_is_open, OPEN_CREATE,
	      "it is an open that made the file"),
	FIELD("evt.is_open_exec", BOOL, NA, 0, eyas_evt_get_is_open, OPEN_EXEC,
	      "it is an open that may make a file which can be executed"),
	FIELD("evt.is_open_read", BOOL, NA, 0, eyas_evt_get_is_open, OPEN_READ,
	      "it is an open for reading"),
	FIELD("evt.is_open_write", BOOL, NA, 0, eyas_evt_get_is_open, OPEN_WRITE,
	      "it is an open for writing"),
	FIELD("evt.is_syslog", BOOL, NA, 0, eyas_evt_get_is_syslog, 0,
	      "it is a write to /dev/log"),
	FIELD("evt.is_wait", BOOL, NA, 0, get_has_flag, EYAS_EF_WAITS,
	      "it is a call that waits, as poll and select do"),
	FIELD("evt.latency", RELTIME, DEC, FIELD_DEPRECATED, get_zero, 0,
	      "always 0: the time from the beginning to the end of a call is no longer known"),
	FIELD("evt.latency.human", CHARBUF, NA, FIELD_DEPRECATED, get_zero_human, 0,
	      "always 0ns"),
	FIELD("evt.latency.ns", RELTIME, PADDED_DEC, FIELD_DEPRECATED, get_zero, 0,
	      "always 0"),
	FIELD("evt.latency.quantized", UINT64, DEC, FIELD_TABLE_ONLY | FIELD_DEPRECATED, get_zero,
	      0, "always 0"),
	FIELD("evt.latency.s", RELTIME, DEC, FIELD_DEPRECATED, get_zero, 0,
	      "always 0"),
	FIELD("evt.outputtime", CHARBUF, NA, FIELD_PRINT_ONLY | FIELD_TIME, eyas_evt_get_outputtime,
	      0, "time in the form chosen with -t"),
	FIELD_ROW("evt.rawarg", DYN, NA, FIELD_ARG_REQUIRED | FIELD_ARG_DOT | FIELD_NO_RHS |
		  FIELD_NO_TRANSFORMER, FIELD_SINGLE, eyas_evt_get_rawarg, eyas_evt_bind_rawarg, 0,
		  "one parameter by name as a value of its own type"),
	FIELD("evt.rawres", INT64, DEC, 0, eyas_evt_get_rawres, 0,
	      "what the call returned"),
	FIELD("evt.res", CHARBUF, DEC, 0, eyas_evt_get_res, 0,
	      "SUCCESS, or the name of the error the call returned"),
	FIELD("evt.type", CHARBUF, NA, 0, get_type, 0,
	      "name of the event: of the system call, in most cases"),
	FIELD_ROW("evt.type.is", UINT32, NA, FIELD_ARG_REQUIRED | FIELD_ARG_DOT, FIELD_SINGLE,
		  get_type_is, bind_type_is, 0,
		  "1 if the event is of the type with this name or number, else 0"),
	FIELD("evt.wait_latency", RELTIME, DEC, FIELD_DEPRECATED, get_zero, 0,
	      "always 0"),
	FIELD("syscall.type", CHARBUF, NA, 0, get_syscall_type, 0,
	      "name of the system call; missing for other events"),
};
/* clang-format on */

const struct field_class eyas_fields_evt = { "evt (all event types)", "evt", any_fields,
					     FIELD_COUNT(any_fields), false };
const struct field_class eyas_fields_evt_sys = { "evt (syscall events)", "evt", sys_fields,
						 FIELD_COUNT(sys_fields), false };
