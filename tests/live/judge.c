/* SPDX-License-Identifier: Apache-2.0 */
/* Compares the events of a row with what it expects. */
#include "live/shared.h"

#include <stdio.h>
#include <string.h>

#define BAD_MAX 30

/* Where differences go, and what is to be different (see shared.h). */
static FILE *out;
static const struct live_expectation *spoiled;
static unsigned spoiled_param;

static void print_bytes(const uint8_t *data, size_t len)
{
	size_t i, n = len < 200 ? len : 200;

	fprintf(out, "%zu:", len);
	for (i = 0; i < n; i++) {
		if (data[i] >= ' ' && data[i] < 127 && data[i] != '\\')
			fputc(data[i], out);
		else
			fprintf(out, "\\x%02x", data[i]);
	}
	if (n < len)
		fputs("...", out);
}

static const uint8_t *bytes_of(const struct live_want *want)
{
	return live_shared->arena + want->off;
}

static void print_want(const struct live_want *want)
{
	switch ((enum live_kind)want->kind) {
	case LIVE_INT:
		fprintf(out, "%lld (0x%llx)", (long long)want->num, (long long)want->num);
		break;
	case LIVE_RANGE:
		fprintf(out, "%lld..%lld", (long long)want->num, (long long)want->hi);
		break;
	case LIVE_ANY:
		fputs("something", out);
		break;
	case LIVE_UNIX:
		fprintf(out, "unix %s->%s ", want->flags & 1 ? "PTR" : "0",
			want->flags & 2 ? "PTR" : "0");
		print_bytes(bytes_of(want), want->len);
		break;
	case LIVE_STARTS:
		fputs("what begins with ", out);
		print_bytes(bytes_of(want), want->len);
		break;
	case LIVE_FLAGS:
	case LIVE_BYTES:
		if (want->len)
			print_bytes(bytes_of(want), want->len);
		else
			fputs(want->kind == LIVE_FLAGS ? "no flags" : "nothing", out);
		break;
	}
}

static void print_param(const struct eyas_param *param)
{
	char text[512];

	if (!param->len) {
		fputs("nothing", out);
		return;
	}
	eyas_param_text(param, EYAS_TEXT_BOTH, text, sizeof(text));
	fprintf(out, "%s [", text);
	print_bytes(param->data, param->len);
	fputc(']', out);
}

void live_print_event(const struct eyas_event *ev, const char *indent)
{
	struct eyas_param_iter iter;
	struct eyas_param param;
	uint32_t mark = live_mark_of(ev);
	char text[128];
	size_t len;
	const char *name = eyas_event_name(ev, &len);

	fprintf(stderr, "%scpu %u tid %lld %.*s %s", indent, ev->cpu, (long long)ev->tid, (int)len,
		name, ev->info->constant);
	if (mark) {
		fprintf(stderr, " mark %u\n", mark);
		return;
	}
	eyas_param_iter_init(&iter, ev);
	while (eyas_param_iter_next(&iter, &param)) {
		eyas_param_text(&param, EYAS_TEXT_BOTH, text, sizeof(text));
		fprintf(stderr, " %s=%s", param.info->name, param.len ? text : "-");
	}
	fputc('\n', stderr);
}

/* The value of names separated by |, from the table of the parameter. */
static bool flags_value(const struct eyas_param *param, const char *names, size_t len,
			uint64_t *ret_value)
{
	const struct eyas_flag_table *table = param->info->table.flags;
	uint64_t value = 0;

	if (param->info->has_table != 1)
		return false;
	while (len) {
		const char *bar = memchr(names, '|', len);
		size_t n = bar ? (size_t)(bar - names) : len;
		uint32_t i;

		for (i = 0; i < table->count; i++) {
			if (strlen(table->flags[i].name) == n &&
			    memcmp(table->flags[i].name, names, n) == 0)
				break;
		}
		if (i == table->count)
			return false;
		value |= table->flags[i].value;
		n += bar ? 1 : 0;
		names += n;
		len -= n;
	}
	*ret_value = value;
	return true;
}

static bool is_number(const struct eyas_param *param, int64_t num)
{
	const struct eyas_type_info *type = eyas_type_info(param->info->type);

	return param->len && param->len == type->size && param->len <= sizeof(num) &&
	       memcmp(param->data, &num, param->len) == 0;
}

static bool fits(const struct eyas_param *param, const struct live_want *want)
{
	const struct eyas_type_info *type = eyas_type_info(param->info->type);
	uint64_t number, ptr[2];
	int64_t snumber;

	switch ((enum live_kind)want->kind) {
	case LIVE_INT:
		return is_number(param, want->num);
	case LIVE_BYTES:
		return param->len == want->len &&
		       (!want->len || memcmp(param->data, bytes_of(want), want->len) == 0);
	case LIVE_ANY:
		return param->len && (!type->size || param->len == type->size);
	case LIVE_RANGE:
		if (type->kind == EYAS_KIND_SINT)
			return eyas_param_int(param, &snumber) == 0 && snumber >= want->num &&
			       snumber <= want->hi;
		return eyas_param_uint(param, &number) == 0 && number >= (uint64_t)want->num &&
		       number <= (uint64_t)want->hi;
	case LIVE_FLAGS:
		return flags_value(param, (const char *)bytes_of(want), want->len, &number) &&
		       is_number(param, (int64_t)number);
	case LIVE_STARTS:
		return param->len > want->len && param->data[param->len - 1] == '\0' &&
		       memcmp(param->data, bytes_of(want), want->len) == 0;
	case LIVE_UNIX:
		if (param->len != 17 + want->len || param->data[0] != EYAS_AF_UNIX)
			return false;
		memcpy(ptr, param->data + 1, sizeof(ptr));
		return !!(want->flags & 1) == !!ptr[0] && !!(want->flags & 2) == !!ptr[1] &&
		       memcmp(param->data + 17, bytes_of(want), want->len) == 0;
	}
	return false;
}

static void show(const struct eyas_event *ev)
{
	if (!spoiled)
		live_print_event(ev, "#   ");
}

static void blame(const struct live_expectation *e)
{
	fprintf(out, "# %s:%u: ", e->file, e->line);
}

/* The parameter as the expectation sees it. */
static bool holds(const struct live_expectation *e, const struct eyas_param *param, unsigned index)
{
	uint8_t bytes[65536] = { 0 };
	struct eyas_param other = *param;

	if (e != spoiled || index != spoiled_param)
		return fits(param, &e->wants[index]);
	/* Nothing becomes something, the last byte of something another one. */
	other.data = bytes;
	if (param->len) {
		memcpy(bytes, param->data, param->len);
		bytes[param->len - 1] ^= 0x15;
	} else {
		other.len = 1;
	}
	return fits(&other, &e->wants[index]);
}

static unsigned compare(const struct live_expectation *e, const struct eyas_event *ev)
{
	struct eyas_param param;
	struct eyas_err err;
	unsigned i, bad = 0;

	if (eyas_event_check(ev, &err) < 0) {
		blame(e);
		fprintf(out, "%s: the event does not hold: %s\n", ev->info->constant, err.text);
		bad++;
	}
	if (ev->nparams != ev->info->nparams) {
		blame(e);
		fprintf(out, "%s: %u parameters, not %u\n", ev->info->constant, ev->nparams,
			ev->info->nparams);
		bad++;
	}
	if (e->nwants != ev->info->nparams) {
		blame(e);
		fprintf(out, "%s: the row names %u parameters of %u\n", ev->info->constant,
			e->nwants, ev->info->nparams);
		return bad + 1;
	}
	for (i = 0; i < e->nwants; i++) {
		eyas_event_param(ev, i, &param);
		if (!param.info || holds(e, &param, i))
			continue;
		blame(e);
		fprintf(out, "%s.%s: expected ", ev->info->constant, param.info->name);
		print_want(&e->wants[i]);
		fputs(", got ", out);
		print_param(&param);
		fputc('\n', out);
		bad++;
	}
	return bad;
}

static const struct live_event *next_of(const struct live_event *event, int64_t tid)
{
	while (event && (int64_t)event->ev.tid != tid)
		event = event->next;
	return event;
}

static unsigned missing(const struct live_expectation *e, const char *why)
{
	blame(e);
	fprintf(out, "%s: %s\n", eyas_event_info(e->type)->constant, why);
	return 1;
}

/* All expectations of one call, which follow one another; advances *i past them. */
static unsigned judge_call(const struct live_events *events, uint32_t *i, uint32_t n)
{
	const struct live_expectation *e = &live_shared->expects[*i];
	uint32_t call = e->call;
	int64_t tid = e->tid;
	const struct live_event *event = next_of(events->first, tid);
	unsigned bad = 0;

	while (event && live_mark_of(&event->ev) != 2 * call)
		event = next_of(event->next, tid);
	if (!event) {
		++*i;
		return missing(e, "the mark before the call was not seen");
	}
	event = next_of(event->next, tid);
	for (; *i < n; ++*i) {
		e = &live_shared->expects[*i];
		if (e->call != call || e->place != LIVE_IN_CALL)
			break;
		if (!event || live_mark_of(&event->ev)) {
			bad += missing(e, "there is no such event");
			continue;
		}
		if (event->ev.type != e->type) {
			bad += missing(e, "there is another event in its place:");
			show(&event->ev);
		} else {
			bad += compare(e, &event->ev);
		}
		event = next_of(event->next, tid);
	}
	if (event && !live_mark_of(&event->ev)) {
		blame(&live_shared->expects[*i - 1]);
		fputs("and an event that is not expected:\n", out);
		show(&event->ev);
		bad++;
	}
	return bad;
}

static unsigned judge_nothing(const struct live_events *events, const struct live_expectation *e)
{
	const struct live_event *event = next_of(events->first, e->tid);

	while (event && live_mark_of(&event->ev) != 2 * e->call)
		event = next_of(event->next, e->tid);
	if (!event)
		return missing(e, "the mark before the call was not seen");
	event = next_of(event->next, e->tid);
	if (!event || event->ev.type == EYAS_EV_PROCEXIT_1_E || live_mark_of(&event->ev))
		return 0;
	blame(e);
	fputs("an event that must not be:\n", out);
	show(&event->ev);
	return 1;
}

static unsigned judge_count(const struct live_events *events, const struct live_expectation *e)
{
	const struct live_event *event;
	unsigned count = 0;

	for (event = next_of(events->first, e->tid); event; event = next_of(event->next, e->tid))
		count += event->ev.type == e->type;
	if (count == e->count)
		return 0;
	blame(e);
	fprintf(out, "%u events %s, not %u\n", count, eyas_event_info(e->type)->constant, e->count);
	return 1;
}

/* Searches go forward for each thread and type, so that the second finds the second. */
static unsigned judge_of(const struct live_events *events, const struct live_expectation *e)
{
	const struct live_expectation *before;
	const struct live_event *event = next_of(events->first, e->tid);
	unsigned nth = 0;

	for (before = live_shared->expects; before < e; before++)
		nth += before->place == LIVE_OF_TID && before->tid == e->tid &&
		       before->type == e->type;
	for (; event; event = next_of(event->next, e->tid)) {
		if (event->ev.type == e->type && !live_mark_of(&event->ev) && nth-- == 0)
			return compare(e, &event->ev);
	}
	blame(e);
	fprintf(out, "no event %s by thread %lld\n", eyas_event_info(e->type)->constant,
		(long long)e->tid);
	return 1;
}

/* At least one event of that type by that thread is so; the last one is shown if none is. */
static unsigned judge_some(const struct live_events *events, const struct live_expectation *e)
{
	const struct live_event *event, *last = NULL;

	for (event = next_of(events->first, e->tid); event; event = next_of(event->next, e->tid)) {
		unsigned i;

		if (event->ev.type != e->type)
			continue;
		last = event;
		for (i = 0; i < e->nwants; i++) {
			struct eyas_param param;

			eyas_event_param(&event->ev, i, &param);
			if (!param.info || !holds(e, &param, i))
				break;
		}
		if (i == e->nwants)
			return compare(e, &event->ev);
	}
	if (last)
		return compare(e, &last->ev);
	return missing(e, "there is no such event");
}

unsigned live_judge(const struct live_events *events, FILE *to,
		    const struct live_expectation *spoil, unsigned param)
{
	uint32_t n = atomic_load(&live_shared->nexpects), i = 0;
	unsigned bad = 0;

	out = to;
	spoiled = spoil;
	spoiled_param = param;
	if (n > LIVE_EXPECTS_MAX)
		n = LIVE_EXPECTS_MAX;
	while (i < n) {
		const struct live_expectation *e = &live_shared->expects[i];

		/* Nobody reads more, and a row may expect thousands. */
		if (bad >= BAD_MAX) {
			fputs("# and so on\n", out);
			break;
		}

		switch ((enum live_place)e->place) {
		case LIVE_IN_CALL:
			bad += judge_call(events, &i, n);
			continue;
		case LIVE_OF_TID:
			bad += judge_of(events, e);
			break;
		case LIVE_SOME:
			bad += judge_some(events, e);
			break;
		case LIVE_NOTHING:
			bad += judge_nothing(events, e);
			break;
		case LIVE_COUNT:
			bad += judge_count(events, e);
			break;
		}
		i++;
	}
	if (!n) {
		fputs("# the row expects nothing\n", out);
		bad++;
	}
	return bad;
}
