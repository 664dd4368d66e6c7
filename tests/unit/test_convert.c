/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Old events become current ones. The whole of convert.def is run twice, once by the converter
 * and once by the slow model below that follows the rules to the letter; the rest shows what
 * rules do not say: which enter event is taken, for how long it is kept, what is counted.
 */
#include "unit/rawcap.h"

#include <errno.h>

#include "capture/convert.h"
#include "schema/event.h"

enum { MAX_STORED = 4 << 20 };

struct door {
	struct eyas_source_stats stats;
	struct converter conv;
	struct eyas_event event; /* what went in, then what came out */
	const void *given;
	struct eyas_err err;
};

static void door_init(struct door *door, uint64_t max_stored_bytes)
{
	memset(door, 0, sizeof(*door));
	converter_init(&door->conv, max_stored_bytes, NULL, &door->stats);
}

static int door_run(struct door *door, const void *bytes, size_t len)
{
	if (eyas_event_view(bytes, len, &door->event, &door->err))
		test_fail(__FILE__, __LINE__, "%s", door->err.text);
	door->given = bytes;
	return converter_run(&door->conv, &door->event, &door->err);
}

/* An event of a type, its parameters 64-bit numbers where they are numbers, cut to nparams. */
static size_t numbers(uint8_t *buf, unsigned type, uint64_t tid, unsigned nparams,
		      const int64_t *values)
{
	struct eyas_encoder enc;
	unsigned i;

	eyas_encoder_begin(&enc, buf, 256, type, 1000 + tid, tid);
	for (i = 0; i < nparams; i++)
		eyas_put_int(&enc, values[i]);
	CHECK(eyas_encoder_end(&enc) > 0);
	return raw_trim(buf, nparams);
}

static int run_numbers(struct door *door, unsigned type, uint64_t tid, unsigned nparams,
		       const int64_t *values)
{
	static uint8_t buf[256];

	return door_run(door, buf, numbers(buf, type, tid, nparams, values));
}

#define RUN(door, type, tid, ...) \
	run_numbers(door, type, tid, sizeof((int64_t[]){ __VA_ARGS__ }) / sizeof(int64_t), \
		    (const int64_t[]){ __VA_ARGS__ })

static void param_is(const struct door *door, unsigned index, int64_t want)
{
	struct eyas_param param;
	int64_t got;

	CHECK_INT(eyas_event_param(&door->event, index, &param), 1);
	CHECK_INT(eyas_param_int(&param, &got), 0);
	CHECK_INT(got, want);
}

static void param_missing(const struct door *door, unsigned index)
{
	struct eyas_param param;

	CHECK_INT(eyas_event_param(&door->event, index, &param), 0);
}

/* ---- the model ---- */

enum action { ADD_PARAMS, CHANGE_TYPE, STORE, STORE_AND_PASS, PASS };
enum op { OP_OLD, OP_ENTER, OP_ENTERE, OP_EMPTY, OP_DEFAULT, OP_CJSON };

struct instruction {
	uint8_t op, arg;
};

struct rule {
	unsigned id, nparams, action, new_type, count;
	struct instruction instructions[EYAS_PARAMS_MAX];
};

/* clang-format off */
#define OLD(i)    { OP_OLD, i },
#define ENTER(i)  { OP_ENTER, i },
#define ENTERE(i) { OP_ENTERE, i },
#define EMPTY     { OP_EMPTY, 0 },
#define DEFAULT   { OP_DEFAULT, 0 },
#define CJSON     { OP_CJSON, 0 },
#define NOINS
#define CV(id, constant, nparams, action, new_type, ins)                                          \
	{ id, nparams, action, EYAS_EV_##new_type,                                                \
	  sizeof((const struct instruction[]){ ins { 0, 0 } }) / 2 - 1, { ins { 0, 0 } } },
/* clang-format on */
static const struct rule rules[] = {
#include "capture/convert.def"
};
enum { NRULES = sizeof(rules) / sizeof(rules[0]) };

struct value {
	uint32_t len;
	uint8_t data[64];
};

struct model {
	unsigned type, nparams;
	struct value params[EYAS_PARAMS_MAX + 1];
};

static unsigned cut; /* values that were */

static const struct rule *model_rule(unsigned type, unsigned nparams)
{
	unsigned i;

	for (i = 0; i < NRULES; i++)
		if (rules[i].id == type && rules[i].nparams == nparams)
			return &rules[i];
	return NULL;
}

static void model_copy(const struct model *from, unsigned index,
		       const struct eyas_param_info *to_info, struct value *to)
{
	const struct eyas_type_info *to_type = eyas_type_info(to_info->type), *from_type;
	bool negative;

	to->len = 0;
	if (index >= from->nparams || !from->params[index].len)
		return;
	*to = from->params[index];
	from_type = eyas_type_info(eyas_event_info(from->type)->params[index].type);
	/* Of a variant the value goes over, without its index. */
	if (from_type->kind == EYAS_KIND_DYN && to_type->kind != EYAS_KIND_DYN)
		memmove(to->data, to->data + 1, --to->len);
	if (!to_type->size || to->len == to_type->size)
		return;
	if (to->len > to_type->size) {
		cut++;
		to->len = to_type->size;
	} else if (to_type->size <= 8 && from_type->size == to->len &&
		   (from_type->kind == EYAS_KIND_SINT || from_type->kind == EYAS_KIND_UINT)) {
		negative = from_type->kind == EYAS_KIND_SINT && to->data[to->len - 1] & 0x80;
		memset(to->data + to->len, negative ? 0xff : 0, 8 - to->len);
		to->len = to_type->size;
	} else {
		to->len = 0;
	}
}

static void model_default(const struct eyas_param_info *info, struct value *to)
{
	unsigned size = eyas_type_info(info->type)->size;

	to->len = size <= 8 ? size : 0;
	memset(to->data, info->type == EYAS_PT_UID || info->type == EYAS_PT_GID ? 0xff : 0, 8);
}

/* Until no rule fits; enter NULL = none is stored. */
static void model_run(struct model *event, const struct model *enter)
{
	const struct eyas_event_info *info;
	const struct instruction *ins;
	const struct rule *rule;
	const struct model *taken;
	struct model next;
	unsigned i;

	for (;;) {
		info = eyas_event_info(event->type);
		if (!(info->flags & EYAS_EF_OLD_VERSION) && event->nparams == info->nparams)
			return;
		rule = model_rule(event->type, event->nparams);
		CHECK(rule && (rule->action == ADD_PARAMS || rule->action == CHANGE_TYPE));
		memset(&next, 0, sizeof(next));
		next.type = rule->new_type;
		info = eyas_event_info(next.type);
		if (rule->action == ADD_PARAMS) {
			CHECK_INT(next.type, event->type);
			next = *event;
		}
		taken = enter && enter->type + 1 == event->type ? enter : NULL;
		for (i = 0; i < rule->count; i++, next.nparams++) {
			struct value *to = &next.params[next.nparams];

			CHECK(next.nparams < info->nparams);
			ins = &rule->instructions[i];
			to->len = 0;
			if (ins->op == OP_OLD)
				model_copy(event, ins->arg, &info->params[next.nparams], to);
			else if (ins->op == OP_DEFAULT || (ins->op == OP_ENTER && !taken))
				model_default(&info->params[next.nparams], to);
			else if ((ins->op == OP_ENTER || ins->op == OP_ENTERE) && taken)
				model_copy(taken, ins->arg, &info->params[next.nparams], to);
		}
		*event = next;
	}
}

static uint64_t seed = 88172645463325252u;

static unsigned any(unsigned below)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (unsigned)(seed >> 33) % below;
}

/* Any value that fits the type, missing now and then. */
static void model_value(const struct eyas_param_info *info, struct value *to)
{
	const struct eyas_type_info *type = eyas_type_info(info->type);
	unsigned i;

	for (i = 0; i < sizeof(to->data); i++)
		to->data[i] = (uint8_t)any(256);
	to->len = type->size ? type->size : 1 + any(30);
	switch ((enum eyas_kind)type->kind) {
	case EYAS_KIND_STRING:
		memset(to->data, 'a' + (int)any(26), to->len);
		to->data[to->len - 1] = '\0';
		break;
	case EYAS_KIND_SOCKADDR:
	case EYAS_KIND_SOCKTUPLE:
		to->data[0] = 16; /* has no address, any length is good */
		break;
	case EYAS_KIND_FDLIST:
		to->data[0] = (uint8_t)any(6);
		to->data[1] = 0;
		to->len = 2 + 10u * to->data[0];
		break;
	case EYAS_KIND_DYN:
		to->data[0] = 0;
		i = eyas_type_info(info->table.variants->variants[0].type)->size;
		to->len = 1 + (i ? i : any(20));
		break;
	case EYAS_KIND_NONE:
	case EYAS_KIND_SINT:
	case EYAS_KIND_UINT:
	case EYAS_KIND_DOUBLE:
	case EYAS_KIND_BYTES:
	case EYAS_KIND_STRINGS:
	case EYAS_KIND_PAIRS:
	case EYAS_KIND_ADDR:
		break;
	}
	if (!any(6))
		to->len = 0;
}

static void model_any(struct model *event, unsigned type, unsigned nparams)
{
	unsigned i;

	memset(event, 0, sizeof(*event));
	event->type = type;
	event->nparams = nparams;
	for (i = 0; i < nparams; i++)
		model_value(&eyas_event_info(type)->params[i], &event->params[i]);
}

/* The bytes of an event, with some more behind the last value. */
static size_t model_bytes(const struct model *event, uint64_t tid, unsigned behind, uint8_t *buf)
{
	unsigned len_size = eyas_event_info(event->type)->flags & EYAS_EF_LARGE_PAYLOAD ? 4 : 2, i;
	size_t len = EYAS_EVENT_HEADER_SIZE + event->nparams * len_size;

	eyas_put_le64(buf, 123456789);
	eyas_put_le64(buf + 8, tid);
	eyas_put_le16(buf + 20, (uint16_t)event->type);
	eyas_put_le32(buf + 22, event->nparams);
	for (i = 0; i < event->nparams; i++) {
		memcpy(buf + EYAS_EVENT_HEADER_SIZE + i * len_size, &event->params[i].len,
		       len_size);
		memcpy(buf + len, event->params[i].data, event->params[i].len);
		len += event->params[i].len;
	}
	memset(buf + len, 0xee, behind);
	len += behind;
	eyas_put_le32(buf + 16, (uint32_t)len);
	return len;
}

/*
 * One exit event through converter and model. behind != 0 makes both events longer than their
 * values, which keeps them from the fast path and must not change the result.
 */
static void compare(const struct rule *rule, const struct rule *enter_rule, unsigned behind)
{
	static uint8_t bytes[4096], want[4096];
	struct model event, enter;
	struct eyas_event view;
	struct door door;
	size_t len;

	door_init(&door, MAX_STORED);
	model_any(&event, rule->id, rule->nparams);
	if (enter_rule) {
		model_any(&enter, enter_rule->id, enter_rule->nparams);
		len = model_bytes(&enter, 42, behind, bytes);
		CHECK_INT(door_run(&door, bytes, len), enter_rule->action == STORE_AND_PASS);
	}
	len = model_bytes(&event, 42, behind, bytes);
	CHECK_INT(door_run(&door, bytes, len), 1);
	model_run(&event, enter_rule ? &enter : NULL);
	len = model_bytes(&event, 42, 0, want);
	if (door.event.len != len || memcmp(door.event.bytes, want, len))
		test_fail(__FILE__, __LINE__,
			  "%s with %u parameters%s: %u bytes, not %zu or not those",
			  eyas_event_info(rule->id)->constant, rule->nparams,
			  enter_rule ? " and its enter event" : "", door.event.len, len);
	/* The view says what its bytes say. */
	CHECK_INT(eyas_event_view(want, len, &view, NULL), 0);
	CHECK(door.event.bytes != bytes);
	CHECK(door.event.values - door.event.bytes == view.values - view.bytes);
	CHECK_INT(door.event.values_len, view.values_len);
	CHECK_INT(door.event.nparams, view.nparams);
	CHECK_INT(door.event.len_size, view.len_size);
	CHECK_INT(door.event.type, view.type);
	CHECK(door.event.info == view.info);
	CHECK_INT(door.event.ts_ns, 123456789);
	CHECK_INT(door.event.tid, 42);
	CHECK_INT(eyas_event_check(&door.event, &door.err), 0);
	CHECK_INT(door.stats.events_converted, 1);
	converter_fini(&door.conv);
}

/* Every rule that makes a new exit event, with every enter event that could be stored. */
TEST(every_rule_does_what_it_says)
{
	unsigned i, k, round, compared = 0;
	bool execve;

	for (i = 0; i < NRULES; i++) {
		if (!(rules[i].id & 1) ||
		    (rules[i].action != ADD_PARAMS && rules[i].action != CHANGE_TYPE))
			continue;
		execve = !strcmp(eyas_event_info(rules[i].id)->name, "execve");
		for (round = 0; round < 40; round++) {
			compare(&rules[i], NULL, round & 3);
			for (k = 0; k < NRULES; k++)
				if ((rules[k].action == STORE ||
				     rules[k].action == STORE_AND_PASS) &&
				    (rules[k].id + 1 == rules[i].id ||
				     (execve && rules[k].id == EYAS_EV_SYSCALL_EXECVE_19_E))) {
					compare(&rules[i], &rules[k], round & 3);
					compared++;
				}
		}
	}
	/* The tables hold what this test is about. */
	CHECK(compared > 80 * 40);
	CHECK(cut);
}

/* ---- enter and exit ---- */

TEST(an_exit_gets_the_parameters_of_its_enter)
{
	struct door door;

	door_init(&door, MAX_STORED);
	CHECK_INT(RUN(&door, EYAS_EV_SYSCALL_CLOSE_E, 7, 11), 0);
	CHECK_INT(door.stats.events_stored, 1);
	CHECK_INT(RUN(&door, EYAS_EV_SYSCALL_CLOSE_X, 7, -9), 1);
	CHECK_INT(door.event.type, EYAS_EV_SYSCALL_CLOSE_X);
	CHECK_INT(door.event.nparams, 2);
	CHECK_INT(door.event.len, 26 + 4 + 16);
	CHECK_INT(door.event.ts_ns, 1007);
	CHECK_INT(door.event.tid, 7);
	param_is(&door, 0, -9);
	param_is(&door, 1, 11);
	CHECK_INT(door.stats.events_converted, 1);
	CHECK_INT(door.stats.enters_missing, 0);
	converter_fini(&door.conv);
}

TEST(place_and_flags_of_the_block_stay)
{
	uint8_t buf[256];
	struct door door;
	size_t len = numbers(buf, EYAS_EV_SYSCALL_CLOSE_X, 7, 1, (const int64_t[]){ 0 });

	door_init(&door, MAX_STORED);
	CHECK_INT(eyas_event_view(buf, len, &door.event, NULL), 0);
	door.event.cpu = 3;
	door.event.flags = EYAS_EVENT_STATE_ONLY;
	door.event.offset = 12345;
	door.event.num = 6;
	CHECK_INT(converter_run(&door.conv, &door.event, NULL), 1);
	CHECK_INT(door.event.cpu, 3);
	CHECK_INT(door.event.flags & 0xffff, EYAS_EVENT_STATE_ONLY);
	CHECK_INT(door.event.offset, 12345);
	CHECK_INT(door.event.num, 6);
	converter_fini(&door.conv);
}

/* ---- what a consumer can see of it ---- */

TEST(what_was_done_is_marked)
{
	const uint32_t marks = EYAS_EVENT_NO_ENTER | EYAS_EVENT_OLD_TYPE;
	struct door door;

	door_init(&door, MAX_STORED);
	CHECK_INT(RUN(&door, EYAS_EV_SYSCALL_CLOSE_X, 1, 0), 1);
	CHECK_INT(door.event.flags & marks, EYAS_EVENT_NO_ENTER);
	CHECK_INT(RUN(&door, EYAS_EV_SYSCALL_CLOSE_E, 1, 3), 0);
	CHECK_INT(RUN(&door, EYAS_EV_SYSCALL_CLOSE_X, 1, 0), 1);
	CHECK_INT(door.event.flags & marks, 0);
	/* By one copy, and by the rules. */
	CHECK_INT(RUN(&door, EYAS_EV_SYSCALL_DUP_E, 1, 3), 0);
	CHECK_INT(RUN(&door, EYAS_EV_SYSCALL_DUP_X, 1, 4), 1);
	CHECK_INT(door.event.flags & marks, EYAS_EVENT_OLD_TYPE);
	CHECK_INT(RUN(&door, EYAS_EV_SYSCALL_DUP_X, 1, 4), 1);
	CHECK_INT(door.event.flags & marks, marks);
	CHECK_INT(RUN(&door, EYAS_EV_SYSCALL_DUP_1_X, 1, 4, 3), 1);
	CHECK_INT(door.event.flags & marks, 0);
	converter_fini(&door.conv);
}

/* Of stored events a watcher knows the time, and gets those of its types, and late ones. */
TEST(enter_events_are_watched)
{
	struct eyas_enter_watch watch = { .alarm_ns = 1008 };
	struct door door;

	memset(&door, 0, sizeof(door));
	watch.types[EYAS_EV_SYSCALL_SETUID_E / 64] = UINT64_C(1) << EYAS_EV_SYSCALL_SETUID_E % 64;
	converter_init(&door.conv, MAX_STORED, &watch, &door.stats);
	CHECK_INT(RUN(&door, EYAS_EV_SYSCALL_CLOSE_E, 7, 3), 0);
	CHECK_INT(watch.now_ns, 1007);
	CHECK_INT(RUN(&door, EYAS_EV_SYSCALL_SETUID_E, 1, 3), 1);
	CHECK_INT(door.event.type, EYAS_EV_SYSCALL_SETUID_E);
	CHECK_INT(door.event.flags, EYAS_EVENT_HIDDEN);
	CHECK_INT(watch.now_ns, 1001);
	CHECK_INT(RUN(&door, EYAS_EV_SYSCALL_CLOSE_E, 8, 3), 1);
	CHECK_INT(door.event.flags, EYAS_EVENT_HIDDEN);
	/* Those that are dropped for good, too. */
	CHECK_INT(RUN(&door, EYAS_EV_SYSCALL_GETUID_E, 8), 1);
	CHECK_INT(RUN(&door, EYAS_EV_SYSCALL_GETUID_E, 7), 0);
	CHECK_INT(watch.now_ns, 1007);
	/* They are stored all the same. */
	CHECK_INT(RUN(&door, EYAS_EV_SYSCALL_CLOSE_X, 8, 0), 1);
	param_is(&door, 1, 3);
	CHECK_INT(RUN(&door, EYAS_EV_SYSCALL_SETUID_X, 1, 0), 1);
	param_is(&door, 1, 3);
	converter_fini(&door.conv);
}

TEST(an_event_of_today_passes_untouched)
{
	uint8_t buf[256];
	struct door door;

	door_init(&door, MAX_STORED);
	CHECK_INT(RUN(&door, EYAS_EV_SYSCALL_CLOSE_X, 7, 0, 3), 1);
	CHECK(door.event.bytes == door.given);
	/* Types that never had another form. */
	CHECK_INT(door_run(&door, buf,
			   numbers(buf, EYAS_EV_SYSCALL_GETCWD_X, 7, 1, (const int64_t[]){ 0 })),
		  1);
	CHECK(door.event.bytes == door.given);
	CHECK_INT(door.stats.events_converted, 0);
	CHECK(!door.conv.slots);
	converter_fini(&door.conv);
}

TEST(a_missing_enter_is_a_default_or_missing)
{
	struct door door;

	door_init(&door, MAX_STORED);
	CHECK_INT(RUN(&door, EYAS_EV_SYSCALL_CLOSE_X, 7, -9), 1);
	param_is(&door, 1, 0);
	CHECK_INT(door.stats.enters_missing, 1);
	CHECK_INT(RUN(&door, EYAS_EV_SYSCALL_FCHDIR_X, 7, -9), 1);
	CHECK_INT(door.event.nparams, 2);
	param_missing(&door, 1);
	CHECK_INT(door.stats.enters_missing, 2);
	/* A string has no zero. */
	CHECK_INT(RUN(&door, EYAS_EV_SYSCALL_MKDIR_X, 7, -9), 1);
	CHECK_INT(door.event.type, EYAS_EV_SYSCALL_MKDIR_2_X);
	param_missing(&door, 1);
	param_missing(&door, 2);
	converter_fini(&door.conv);
}

TEST(the_enter_of_another_call_is_not_taken)
{
	struct door door;

	door_init(&door, MAX_STORED);
	CHECK_INT(RUN(&door, EYAS_EV_SYSCALL_KILL_E, 7, 11, 22), 0);
	CHECK_INT(RUN(&door, EYAS_EV_SYSCALL_CLOSE_X, 7, 0), 1);
	param_is(&door, 1, 0);
	CHECK_INT(door.stats.enters_missing, 1);
	/* It still waits for its own exit. */
	CHECK_INT(RUN(&door, EYAS_EV_SYSCALL_KILL_X, 7, -3), 1);
	param_is(&door, 0, -3);
	param_is(&door, 1, 11);
	param_is(&door, 2, 22);
	CHECK_INT(door.stats.enters_missing, 1);
	converter_fini(&door.conv);
}

TEST(an_enter_is_taken_once)
{
	struct door door;

	door_init(&door, MAX_STORED);
	CHECK_INT(RUN(&door, EYAS_EV_SYSCALL_CLOSE_E, 7, 11), 0);
	CHECK_INT(RUN(&door, EYAS_EV_SYSCALL_CLOSE_X, 7, 0), 1);
	param_is(&door, 1, 11);
	CHECK_INT(RUN(&door, EYAS_EV_SYSCALL_CLOSE_X, 7, 0), 1);
	param_is(&door, 1, 0);
	CHECK_INT(door.stats.enters_missing, 1);
	converter_fini(&door.conv);
}

TEST(the_last_enter_counts)
{
	struct door door;

	door_init(&door, MAX_STORED);
	CHECK_INT(RUN(&door, EYAS_EV_SYSCALL_CLOSE_E, 7, 11), 0);
	CHECK_INT(RUN(&door, EYAS_EV_SYSCALL_CLOSE_E, 7, 12), 0);
	CHECK_INT(RUN(&door, EYAS_EV_SYSCALL_READ_E, 7, 13, 14), 0);
	CHECK_INT(RUN(&door, EYAS_EV_SYSCALL_CLOSE_E, 7, 15), 0);
	CHECK_INT(RUN(&door, EYAS_EV_SYSCALL_CLOSE_X, 7, 0), 1);
	param_is(&door, 1, 15);
	CHECK_INT(door.stats.events_stored, 4);
	CHECK_INT(door.conv.used, 1);
	converter_fini(&door.conv);
}

TEST(threads_do_not_mix)
{
	struct door door;

	door_init(&door, MAX_STORED);
	CHECK_INT(RUN(&door, EYAS_EV_SYSCALL_CLOSE_E, 1, 11), 0);
	CHECK_INT(RUN(&door, EYAS_EV_SYSCALL_CLOSE_E, 2, 22), 0);
	CHECK_INT(RUN(&door, EYAS_EV_SYSCALL_CLOSE_E, UINT64_MAX, 33), 0);
	CHECK_INT(RUN(&door, EYAS_EV_SYSCALL_CLOSE_X, 3, 0), 1);
	param_is(&door, 1, 0);
	CHECK_INT(RUN(&door, EYAS_EV_SYSCALL_CLOSE_X, 1, 0), 1);
	param_is(&door, 1, 11);
	CHECK_INT(RUN(&door, EYAS_EV_SYSCALL_CLOSE_X, UINT64_MAX, 0), 1);
	param_is(&door, 1, 33);
	CHECK_INT(RUN(&door, EYAS_EV_SYSCALL_CLOSE_X, 2, 0), 1);
	param_is(&door, 1, 22);
	converter_fini(&door.conv);
}

TEST(an_enter_that_is_delivered_is_stored_too)
{
	static const struct eyas_sock peer = { .family = EYAS_AF_INET,
					       .src = { { 10, 0, 0, 1 }, 80, 0 } };
	struct eyas_encoder enc;
	struct eyas_param param;
	struct eyas_sock sock;
	uint8_t buf[256];
	struct door door;
	int len;

	door_init(&door, MAX_STORED);
	eyas_encoder_begin(&enc, buf, sizeof(buf), EYAS_EV_SOCKET_CONNECT_E, 1, 7);
	eyas_put_int(&enc, 4);
	eyas_put_sockaddr(&enc, &peer);
	len = eyas_encoder_end(&enc);
	CHECK(len > 0);
	CHECK_INT(door_run(&door, buf, (size_t)len), 1);
	CHECK(door.event.bytes == door.given);
	CHECK_INT(door.stats.events_stored, 0);
	/* Two parameters: the chain takes fd, then addr, both of the one enter event. */
	eyas_encoder_begin(&enc, buf, sizeof(buf), EYAS_EV_SOCKET_CONNECT_X, 2, 7);
	eyas_put_int(&enc, -115);
	CHECK(eyas_encoder_end(&enc) > 0);
	CHECK_INT(door_run(&door, buf, raw_trim(buf, 2)), 1);
	CHECK_INT(door.event.nparams, 4);
	param_is(&door, 0, -115);
	param_missing(&door, 1);
	param_is(&door, 2, 4);
	CHECK_INT(eyas_event_param(&door.event, 3, &param), 1);
	CHECK_INT(eyas_param_sock(&param, &sock), 0);
	CHECK_INT(sock.src.port, 80);
	CHECK_INT(sock.src.addr[0], 10);
	CHECK_INT(door.stats.events_converted, 1);
	/* And it is used up. */
	CHECK_INT(door_run(&door, buf, raw_trim(buf, 2)), 1);
	param_is(&door, 2, 0);
	param_missing(&door, 3);
	converter_fini(&door.conv);
}

/* The first form of an enter event, with fewer parameters, is made complete and then stored. */
TEST(an_old_enter_is_converted_and_stored)
{
	struct door door;

	door_init(&door, MAX_STORED);
	CHECK_INT(RUN(&door, EYAS_EV_SYSCALL_SECCOMP_E, 7, 5), 0);
	CHECK_INT(door.stats.events_stored, 1);
	CHECK_INT(RUN(&door, EYAS_EV_SYSCALL_SECCOMP_X, 7, 0), 1);
	param_is(&door, 1, 5);
	param_is(&door, 2, 0);
	CHECK_INT(door.stats.enters_missing, 0);
	converter_fini(&door.conv);
}

/* execve of the first sysdig: seven versions up to that of today, with what it knew. */
TEST(the_longest_chain)
{
	struct eyas_encoder enc;
	struct eyas_param param;
	uint8_t buf[512];
	struct door door;
	const char *text;
	size_t text_len;
	unsigned i;
	int len;

	door_init(&door, MAX_STORED);
	eyas_encoder_begin(&enc, buf, sizeof(buf), EYAS_EV_SYSCALL_EXECVE_8_X, 1, 7);
	eyas_put_int(&enc, 0);
	eyas_put_str(&enc, "/bin/ls");
	eyas_put_bytes(&enc, "-l\0", 3);
	eyas_put_int(&enc, 7);
	eyas_put_int(&enc, 6);
	eyas_put_int(&enc, 5);
	eyas_put_str(&enc, "/tmp");
	eyas_put_uint(&enc, 1024);
	len = eyas_encoder_end(&enc);
	CHECK(len > 0);
	CHECK_INT(door_run(&door, buf, (size_t)len), 1);
	CHECK_INT(door.event.type, EYAS_EV_SYSCALL_EXECVE_19_X);
	CHECK_INT(door.event.nparams, eyas_event_info(EYAS_EV_SYSCALL_EXECVE_19_X)->nparams);
	CHECK_INT(eyas_event_param(&door.event, 1, &param), 1);
	CHECK_INT(eyas_param_str(&param, &text, &text_len), 0);
	CHECK_STR(text, "/bin/ls");
	param_is(&door, 3, 7);
	param_is(&door, 5, 5);
	CHECK_INT(eyas_event_param(&door.event, 6, &param), 1);
	CHECK_INT(eyas_param_str(&param, &text, &text_len), 0);
	CHECK_STR(text, "/tmp");
	param_is(&door, 7, 1024);
	for (i = 8; i < door.event.nparams; i++)
		param_missing(&door, i);
	CHECK_INT(door.stats.events_converted, 1);
	/* The enter event goes the same way, and is delivered at its end. */
	eyas_encoder_begin(&enc, buf, sizeof(buf), EYAS_EV_SYSCALL_EXECVE_8_E, 2, 7);
	CHECK_INT(door_run(&door, buf, (size_t)eyas_encoder_end(&enc)), 1);
	CHECK_INT(door.event.type, EYAS_EV_SYSCALL_EXECVE_19_E);
	CHECK_INT(door.event.nparams, 1);
	converter_fini(&door.conv);
}

/* ---- values ---- */

/* bpf of old, whose result has two forms. */
#define BPF_RESULT 11

static int run_bpf(struct door *door, uint64_t tid)
{
	struct eyas_encoder enc;
	uint8_t buf[64];
	int len;

	eyas_encoder_begin(&enc, buf, sizeof(buf), EYAS_EV_SYSCALL_BPF_X, 1, tid);
	eyas_put_dyn_int(&enc, 0, BPF_RESULT);
	len = eyas_encoder_end(&enc);
	CHECK(len > 0);
	return door_run(door, buf, (size_t)len);
}

TEST(values_of_another_size_fit_their_new_type)
{
	struct eyas_param param;
	uint64_t value;
	struct door door;

	door_init(&door, MAX_STORED);
	CHECK_INT(RUN(&door, EYAS_EV_SYSCALL_BRK_1_E, 7, 0x80000001), 0);
	CHECK_INT(RUN(&door, EYAS_EV_SYSCALL_BRK_1_X, 7, 0x123456789abc), 1);
	CHECK_INT(door.event.type, EYAS_EV_SYSCALL_BRK_4_X);
	CHECK_INT(door.event.nparams, 5);
	CHECK_INT(eyas_event_param(&door.event, 0, &param), 1);
	CHECK_INT(eyas_param_uint(&param, &value), 0);
	CHECK_INT(value, 0x123456789abc);
	CHECK_INT(eyas_event_param(&door.event, 1, &param), 1);
	CHECK_INT(param.len, 4);
	CHECK_INT(eyas_param_uint(&param, &value), 0);
	CHECK_INT(value, 0x80000001);
	/* 64 bits become 32: the low ones. */
	CHECK_INT(RUN(&door, EYAS_EV_SYSCALL_BPF_E, 7, 0x7fffffff80000002), 0);
	CHECK_INT(run_bpf(&door, 7), 1);
	CHECK_INT(door.event.type, EYAS_EV_SYSCALL_BPF_2_X);
	CHECK_INT(eyas_event_param(&door.event, 1, &param), 1);
	CHECK_INT(eyas_param_uint(&param, &value), 0);
	CHECK_INT(value, 0x80000002);
	/* The descriptor that it returned, out of the variant it was in. */
	CHECK_INT(eyas_event_param(&door.event, 0, &param), 1);
	CHECK_INT(eyas_param_uint(&param, &value), 0);
	CHECK_INT(value, BPF_RESULT);
	converter_fini(&door.conv);
}

/* ---- container events ---- */

static int run_container(struct door *door, const char *id, const char *name, const char *image)
{
	static uint8_t buf[200000];
	struct eyas_encoder enc;
	int len;

	eyas_encoder_begin(&enc, buf, sizeof(buf), EYAS_EV_CONTAINER_E, 5, 7);
	eyas_put_str(&enc, id);
	eyas_put_uint(&enc, 6);
	eyas_put_str(&enc, name);
	eyas_put_str(&enc, image);
	len = eyas_encoder_end(&enc);
	CHECK(len > 0);
	return door_run(door, buf, (size_t)len);
}

TEST(a_container_event_becomes_valid_json)
{
	static char big[40000];
	struct eyas_param param;
	const char *text;
	struct door door;
	size_t len;

	door_init(&door, MAX_STORED);
	CHECK_INT(run_container(&door, "3ad7b26ded6d", "ng\"inx\\\n", "a\xff\x01"), 1);
	CHECK_INT(door.event.type, EYAS_EV_CONTAINER_JSON_2_E);
	CHECK_INT(door.event.len_size, 4);
	CHECK_INT(door.event.nparams, 1);
	CHECK_INT(eyas_event_param(&door.event, 0, &param), 1);
	CHECK_INT(eyas_param_str(&param, &text, &len), 0);
	CHECK_INT(len, param.len - 1);
	CHECK_STR(text, "{\"container\":{\"id\":\"3ad7b26ded6d\",\"type\":6,"
			"\"name\":\"ng\\\"inx\\\\\\n\",\"image\":\"a\xef\xbf\xbd\\u0001\"}}");
	CHECK_INT(run_container(&door, NULL, NULL, "x"), 1);
	CHECK_INT(eyas_event_param(&door.event, 0, &param), 1);
	CHECK_INT(eyas_param_str(&param, &text, &len), 0);
	CHECK_STR(text, "{\"container\":{\"id\":null,\"type\":6,\"name\":null,\"image\":\"x\"}}");
	/* The longest there is: its first form has lengths of 16 bits. */
	memset(big, 'x', sizeof(big) - 1);
	CHECK_INT(run_container(&door, "i", "n", big), 1);
	CHECK_INT(eyas_event_param(&door.event, 0, &param), 1);
	CHECK_INT(param.len, sizeof(big) - 1 +
				     strlen("{\"container\":{\"id\":\"i\",\"type\":6,"
					    "\"name\":\"n\",\"image\":\"\"}}") +
				     1);
	memset(big, '\1', sizeof(big) - 1);
	CHECK_INT(run_container(&door, "i", "n", big), EYAS_E_LIMIT);
	CHECK_INT(door.err.code, EYAS_E_LIMIT);
	CHECK(strstr(door.err.text, "json"));
	converter_fini(&door.conv);
}

/* ---- what is not converted ---- */

TEST(more_parameters_than_known_pass)
{
	struct eyas_param param;
	uint8_t buf[128];
	struct door door;
	size_t len = 26 + 3 * 2 + 3 * 8;

	door_init(&door, MAX_STORED);
	memset(buf, 0, sizeof(buf));
	eyas_put_le32(buf + 16, (uint32_t)len);
	eyas_put_le16(buf + 20, EYAS_EV_SYSCALL_CLOSE_X);
	eyas_put_le32(buf + 22, 3);
	buf[26] = buf[28] = buf[30] = 8;
	buf[40] = 9;
	CHECK_INT(door_run(&door, buf, len), 1);
	CHECK(door.event.bytes == door.given);
	CHECK_INT(door.event.len, len);
	param_is(&door, 1, 9);
	CHECK_INT(eyas_event_param(&door.event, 2, &param), 0);
	CHECK_INT(door.stats.events_converted, 0);
	converter_fini(&door.conv);
}

TEST(events_without_a_meaning_are_dropped)
{
	uint8_t buf[256];
	struct eyas_encoder enc;
	struct door door;

	door_init(&door, MAX_STORED);
	/* An id that is reserved; the enter events of calls whose exit says all. */
	eyas_encoder_begin(&enc, buf, sizeof(buf), EYAS_EV_PROCEXIT_X, 1, 7);
	CHECK_INT(door_run(&door, buf, (size_t)eyas_encoder_end(&enc)), 0);
	CHECK_INT(door.stats.events_dropped, 1);
	eyas_encoder_begin(&enc, buf, sizeof(buf), EYAS_EV_SYSCALL_CLONE_11_E, 1, 7);
	CHECK_INT(door_run(&door, buf, (size_t)eyas_encoder_end(&enc)), 0);
	eyas_encoder_begin(&enc, buf, sizeof(buf), EYAS_EV_SYSCALL_RMDIR_2_E, 1, 7);
	CHECK_INT(door_run(&door, buf, (size_t)eyas_encoder_end(&enc)), 0);
	CHECK_INT(door.stats.events_dropped, 3);
	CHECK_INT(door.stats.events_stored, 0);
	converter_fini(&door.conv);
}

TEST(an_unknown_version_is_refused_in_words)
{
	uint8_t buf[128] = { 0 };
	struct eyas_encoder enc;
	struct door door;

	door_init(&door, MAX_STORED);
	eyas_encoder_begin(&enc, buf, sizeof(buf), EYAS_EV_SYSCALL_CLOSE_X, 1, 7);
	CHECK(eyas_encoder_end(&enc) > 0);
	CHECK_INT(door_run(&door, buf, raw_trim(buf, 0)), EYAS_E_FORMAT);
	CHECK_INT(door.err.code, EYAS_E_FORMAT);
	CHECK_STR(door.err.text,
		  "no version of close event (SYSCALL_CLOSE_X) ever had 0 parameters");
	/* Enter events too, and numbers that no array has room for. */
	eyas_put_le32(buf + 16, 26 + 2 * 34);
	eyas_put_le16(buf + 20, EYAS_EV_SYSCALL_CLOSE_E);
	eyas_put_le32(buf + 22, 34);
	memset(buf + 26, 0, 68);
	CHECK_INT(door_run(&door, buf, 26 + 2 * 34), EYAS_E_FORMAT);
	CHECK(strstr(door.err.text, "34 parameters"));
	CHECK_INT(converter_run(&door.conv, &door.event, NULL), EYAS_E_FORMAT);
	/* The converter is as good as before. */
	CHECK_INT(RUN(&door, EYAS_EV_SYSCALL_CLOSE_E, 7, 11), 0);
	CHECK_INT(RUN(&door, EYAS_EV_SYSCALL_CLOSE_X, 7, 0), 1);
	param_is(&door, 1, 11);
	converter_fini(&door.conv);
}

/* ---- what is kept, and for how long ---- */

/* mkdir's enter event with a path of so many bytes. */
static int run_mkdir(struct door *door, uint64_t tid, size_t path_len)
{
	static char path[60000];
	static uint8_t buf[70000];
	struct eyas_encoder enc;
	int len;

	memset(path, 'p', path_len);
	path[path_len] = '\0';
	eyas_encoder_begin(&enc, buf, sizeof(buf), EYAS_EV_SYSCALL_MKDIR_E, 1, tid);
	eyas_put_str(&enc, path);
	eyas_put_uint(&enc, 0755);
	len = eyas_encoder_end(&enc);
	CHECK(len > 0);
	return door_run(door, buf, (size_t)len);
}

/* What the enters take, counted anew. */
static uint64_t stored(const struct converter *conv)
{
	uint64_t sum = 0;
	uint32_t i;

	for (i = 0; conv->slots && i <= conv->mask; i++)
		sum += conv->slots[i].cap;
	CHECK_INT(sum, conv->stored_bytes);
	return sum;
}

TEST(stored_bytes_have_a_limit)
{
	struct door door;
	uint64_t tid;

	door_init(&door, 640); /* ten events of close, each in 64 bytes */
	for (tid = 1; tid <= 10; tid++)
		CHECK_INT(RUN(&door, EYAS_EV_SYSCALL_CLOSE_E, tid, (int64_t)tid), 0);
	CHECK_INT(door.stats.enters_evicted, 0);
	for (; tid <= 25; tid++) {
		CHECK_INT(RUN(&door, EYAS_EV_SYSCALL_CLOSE_E, tid, (int64_t)tid), 0);
		CHECK_INT(stored(&door.conv), 640);
	}
	CHECK_INT(door.stats.enters_evicted, 15);
	CHECK_INT(door.stats.events_stored, 25);
	for (tid = 1; tid <= 25; tid++)
		CHECK_INT(RUN(&door, EYAS_EV_SYSCALL_CLOSE_X, tid, 0), 1);
	CHECK_INT(door.stats.enters_missing, 15);
	/* What was taken makes room for later ones. */
	for (tid = 26; tid <= 35; tid++)
		CHECK_INT(RUN(&door, EYAS_EV_SYSCALL_CLOSE_E, tid, (int64_t)tid), 0);
	for (tid = 26; tid <= 35; tid++)
		CHECK_INT(RUN(&door, EYAS_EV_SYSCALL_CLOSE_X, tid, 0), 1);
	/* One free slot may have kept its memory. */
	CHECK(door.stats.enters_evicted <= 16);
	CHECK_INT(door.stats.enters_missing, door.stats.enters_evicted);
	/* An evicted thread may store again. */
	CHECK_INT(RUN(&door, EYAS_EV_SYSCALL_CLOSE_E, 1, 5), 0);
	CHECK_INT(RUN(&door, EYAS_EV_SYSCALL_CLOSE_X, 1, 0), 1);
	param_is(&door, 1, 5);
	CHECK(stored(&door.conv) <= 640);
	converter_fini(&door.conv);
}

TEST(an_event_larger_than_the_limit_is_given_up_alone)
{
	struct door door;
	uint64_t tid;

	door_init(&door, 640);
	for (tid = 1; tid <= 5; tid++)
		CHECK_INT(RUN(&door, EYAS_EV_SYSCALL_CLOSE_E, tid, (int64_t)tid), 0);
	CHECK_INT(run_mkdir(&door, 6, 5000), 0);
	CHECK_INT(door.stats.enters_evicted, 1);
	for (tid = 1; tid <= 5; tid++) {
		CHECK_INT(RUN(&door, EYAS_EV_SYSCALL_CLOSE_X, tid, 0), 1);
		param_is(&door, 1, (int64_t)tid);
	}
	/* Of a thread that had one: the old event is not taken for the new. */
	CHECK_INT(run_mkdir(&door, 7, 10), 0);
	CHECK_INT(run_mkdir(&door, 7, 5000), 0);
	CHECK_INT(RUN(&door, EYAS_EV_SYSCALL_MKDIR_X, 7, 0), 1);
	param_missing(&door, 1);
	CHECK(stored(&door.conv) <= 640);
	converter_fini(&door.conv);
}

TEST(a_growing_event_moves_others_out)
{
	struct eyas_param param;
	struct door door;
	uint64_t tid;

	door_init(&door, 64 * 1024);
	for (tid = 1; tid <= 1000; tid++)
		CHECK_INT(run_mkdir(&door, tid, 4), 0);
	CHECK_INT(run_mkdir(&door, 500, 40000), 0);
	CHECK(stored(&door.conv) <= 64 * 1024);
	CHECK(door.stats.enters_evicted > 500 && door.stats.enters_evicted < 1000);
	CHECK_INT(RUN(&door, EYAS_EV_SYSCALL_MKDIR_X, 500, 0), 1);
	CHECK_INT(eyas_event_param(&door.event, 1, &param), 1);
	CHECK_INT(param.len, 40001);
	converter_fini(&door.conv);
}

TEST(a_reset_forgets)
{
	struct door door;

	door_init(&door, MAX_STORED);
	CHECK_INT(RUN(&door, EYAS_EV_SYSCALL_CLOSE_E, 7, 11), 0);
	converter_reset(&door.conv);
	CHECK_INT(stored(&door.conv), 0);
	CHECK_INT(RUN(&door, EYAS_EV_SYSCALL_CLOSE_X, 7, 0), 1);
	param_is(&door, 1, 0);
	CHECK_INT(door.stats.enters_missing, 1);
	CHECK_INT(RUN(&door, EYAS_EV_SYSCALL_CLOSE_E, 7, 12), 0);
	CHECK_INT(RUN(&door, EYAS_EV_SYSCALL_CLOSE_X, 7, 0), 1);
	param_is(&door, 1, 12);
	converter_reset(&door.conv);
	converter_reset(&door.conv);
	converter_fini(&door.conv);
}

/* Thread ids come and go: places of those that are free are given to others. */
TEST(many_threads_one_after_another)
{
	uint8_t enter[64], leave[64];
	size_t enter_len, leave_len;
	struct door door;
	uint64_t tid;

	door_init(&door, MAX_STORED);
	enter_len = numbers(enter, EYAS_EV_SYSCALL_CLOSE_E, 0, 1, (const int64_t[]){ 5 });
	leave_len = numbers(leave, EYAS_EV_SYSCALL_CLOSE_X, 0, 1, (const int64_t[]){ 0 });
	for (tid = 0; tid < 100000; tid++) {
		eyas_put_le64(enter + 8, tid * 3);
		eyas_put_le64(enter + 28, tid);
		CHECK_INT(door_run(&door, enter, enter_len), 0);
		eyas_put_le64(leave + 8, tid * 3);
		CHECK_INT(door_run(&door, leave, leave_len), 1);
		param_is(&door, 1, (int64_t)tid);
	}
	CHECK_INT(door.conv.mask, 255);
	CHECK(stored(&door.conv) <= 129 * 64);
	CHECK_INT(door.stats.enters_missing, 0);
	CHECK_INT(door.stats.events_stored, 100000);
	CHECK_INT(door.stats.enters_evicted, 0);
	converter_fini(&door.conv);
}

/* All inside a call at once: as many as the limit holds are kept, the table stays in bounds. */
TEST(many_threads_at_once)
{
	uint8_t enter[64], leave[64];
	size_t enter_len, leave_len;
	uint64_t tid, right = 0;
	struct eyas_param param;
	struct door door;
	int64_t value;

	door_init(&door, MAX_STORED);
	enter_len = numbers(enter, EYAS_EV_SYSCALL_CLOSE_E, 0, 1, (const int64_t[]){ 5 });
	leave_len = numbers(leave, EYAS_EV_SYSCALL_CLOSE_X, 0, 1, (const int64_t[]){ 0 });
	for (tid = 1; tid <= 100000; tid++) {
		eyas_put_le64(enter + 8, tid);
		eyas_put_le64(enter + 28, tid);
		CHECK_INT(door_run(&door, enter, enter_len), 0);
		CHECK(door.conv.stored_bytes <= MAX_STORED);
		CHECK(door.conv.used * 2 <= door.conv.mask + 2);
	}
	CHECK_INT(stored(&door.conv), MAX_STORED);
	CHECK_INT(door.stats.enters_evicted, 100000 - MAX_STORED / 64);
	CHECK(door.conv.mask < 1 << 19);
	for (tid = 1; tid <= 100000; tid++) {
		eyas_put_le64(leave + 8, tid);
		CHECK_INT(door_run(&door, leave, leave_len), 1);
		CHECK_INT(eyas_event_param(&door.event, 1, &param), 1);
		CHECK_INT(eyas_param_int(&param, &value), 0);
		CHECK(value == 0 || value == (int64_t)tid);
		right += value != 0;
	}
	CHECK_INT(right, MAX_STORED / 64);
	converter_fini(&door.conv);
}
