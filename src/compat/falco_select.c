/* SPDX-License-Identifier: Apache-2.0 */
/* Sets of system calls, and what is told of them. */
#include "compat/falco_select.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "compat/falco_log.h"

enum { GENERIC_EXIT = 1, WORDS = sizeof(((struct eyas_codes *)0)->bits) / sizeof(uint64_t) };

/* ---- sets ---- */

static void add_all(struct eyas_codes *to, const struct eyas_codes *from)
{
	size_t i;

	for (i = 0; i < WORDS; i++)
		to->bits[i] |= from->bits[i];
}

static void take_away(struct eyas_codes *from, const struct eyas_codes *codes)
{
	size_t i;

	for (i = 0; i < WORDS; i++)
		from->bits[i] &= ~codes->bits[i];
}

static struct eyas_codes both(const struct eyas_codes *a, const struct eyas_codes *b)
{
	struct eyas_codes out;
	size_t i;

	for (i = 0; i < WORDS; i++)
		out.bits[i] = a->bits[i] & b->bits[i];
	return out;
}

static struct eyas_codes without(const struct eyas_codes *a, const struct eyas_codes *b)
{
	struct eyas_codes out = *a;

	take_away(&out, b);
	return out;
}

static unsigned count(const struct eyas_codes *codes)
{
	unsigned n = 0;
	size_t i;

	for (i = 0; i < WORDS; i++)
		n += (unsigned)__builtin_popcountll(codes->bits[i]);
	return n;
}

/* Does some system call of the set belong to one of the schema's sets? */
static bool has_set(const struct eyas_codes *codes, unsigned sets)
{
	const struct eyas_syscall_info *info;
	unsigned code;

	for (code = 0; code < EYAS_SYSCALL_CODES; code++) {
		info = eyas_syscall_info(code);
		if (info && info->sets & sets && eyas_codes_has(codes, code))
			return true;
	}
	return false;
}

/* ---- names ---- */

/* As events have it, which is what evt.type is compared with: "pread" for pread64. */
static const char *code_name(const struct eyas_syscall_info *info)
{
	unsigned i;

	if (info->exit > GENERIC_EXIT)
		return eyas_event_info((unsigned)info->exit)->name;
	for (i = 0; i < info->nevents; i++)
		if (info->events[i] > GENERIC_EXIT)
			return eyas_event_info(info->events[i])->name;
	return info->name;
}

static bool is_called(const struct eyas_syscall_info *info, const char *name)
{
	unsigned i;

	if (!strcmp(info->name, name))
		return true;
	for (i = 0; i < info->nevents; i++)
		if (info->events[i] > GENERIC_EXIT &&
		    !strcmp(eyas_event_info(info->events[i])->name, name))
			return true;
	return false;
}

/* False if there is none of that name. */
static bool add_name(struct eyas_codes *codes, const char *name)
{
	const struct eyas_syscall_info *info;
	bool found = false;
	unsigned code;

	for (code = 0; code < EYAS_SYSCALL_CODES; code++) {
		info = eyas_syscall_info(code);
		if (!info || !is_called(info, name))
			continue;
		eyas_codes_add(codes, code);
		found = true;
	}
	return found;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Sorted, each once, a comma between two. */
static void put_sorted(struct eyas_str *out, const char **names, size_t n)
{
	const char *last = NULL;
	size_t i;

	qsort(names, n, sizeof(*names), by_text);
	for (i = 0; i < n; i++) {
		if (last && !strcmp(last, names[i]))
			continue;
		eyas_str_puts(out, last ? ", " : "");
		eyas_str_puts(out, names[i]);
		last = names[i];
	}
}

static void put_codes(struct eyas_str *out, const struct eyas_codes *codes)
{
	const char *names[EYAS_SYSCALL_CODES];
	const struct eyas_syscall_info *info;
	unsigned code;
	size_t n = 0;

	for (code = 0; code < EYAS_SYSCALL_CODES; code++) {
		info = eyas_syscall_info(code);
		if (info && eyas_codes_has(codes, code))
			names[n++] = code_name(info);
	}
	put_sorted(out, names, n);
}

/* "+(12) syscalls ...: accept, bind", if there are any. */
static void log_codes(unsigned level, const char *sign, const char *what,
		      const struct eyas_codes *codes)
{
	struct eyas_str text = EYAS_STR_INIT;
	unsigned n = count(codes);

	if (!n)
		return;
	eyas_str_printf(&text, "%s(%u) %s: ", sign, n, what);
	put_codes(&text, codes);
	eyas_str_putc(&text, '\0');
	if (!text.nomem)
		falco_log_text(NULL, level, text.data);
	eyas_str_fini(&text);
}

/* ---- steps ---- */

/*
 * A rule about all events is not meant to turn on the floods that are off by default (switches of
 * threads, page faults), which only those that name them ask for.
 */
static void codes_of_rules(const struct eyas_rules *rules, struct eyas_codes *codes)
{
	struct eyas_codes usual = { { 0 } };
	unsigned code, known = 0;

	for (code = 0; code < EYAS_SYSCALL_CODES; code++) {
		known += eyas_syscall_info(code) != NULL;
		if (eyas_syscall_info(code) && eyas_rules_wants_syscall(rules, 0, code))
			eyas_codes_add(codes, code);
	}
	if (count(codes) < known)
		return;
	eyas_codes_add_default(&usual);
	*codes = both(codes, &usual);
}

static void codes_of_names(const struct falco_select_opts *opts, bool negative,
			   struct eyas_codes *codes)
{
	const char **unknown = calloc(opts->ncustom + 1, sizeof(*unknown)), *name;
	struct eyas_str text = EYAS_STR_INIT;
	size_t i, n = 0;

	for (i = 0; i < opts->ncustom; i++) {
		name = opts->custom[i];
		if (!*name || (*name == '!') != negative)
			continue;
		if (!add_name(codes, name + negative) && unknown)
			unknown[n++] = name + negative;
	}
	if (n) {
		eyas_str_printf(&text,
				"Invalid (%s) syscall names: warning (base_syscalls override): ",
				negative ? "negative" : "positive");
		put_sorted(&text, unknown, n);
		eyas_str_putc(&text, '\0');
		if (!text.nomem)
			falco_log_text(NULL, FALCO_WARNING, text.data);
	}
	eyas_str_fini(&text);
	free(unknown);
}

static void codes_ignored(struct eyas_codes *codes)
{
	const struct eyas_syscall_info *info;
	unsigned code;

	for (code = 0; code < EYAS_SYSCALL_CODES; code++) {
		info = eyas_syscall_info(code);
		if (info && info->sets & EYAS_SET_IO && !(info->sets & EYAS_SET_STATE))
			eyas_codes_add(codes, code);
	}
}

/* What the state needs in any case to make sense of a selection. */
static void repair(struct eyas_codes *codes)
{
	struct eyas_codes more = { { 0 } }, accepting = { { 0 } }, common;

	add_name(&accepting, "accept");
	add_name(&accepting, "accept4");
	add_name(&accepting, "listen");
	common = both(codes, &accepting);
	eyas_codes_add_set(&more, EYAS_SET_REPAIR_BASE);
	if (has_set(codes, EYAS_SET_NET)) {
		add_name(&more, "socket");
		add_name(&more, "getsockopt");
		add_name(&more, "close");
	}
	if (count(&common))
		add_name(&more, "bind");
	if (has_set(codes, EYAS_SET_FILE | EYAS_SET_IO | EYAS_SET_IO_OTHER))
		add_name(&more, "close");
	add_name(&more, "procexit");
	add_all(codes, &more);
}

static void tell_unsupported(const struct eyas_codes *missing)
{
	struct eyas_str text = EYAS_STR_INIT;

	if (!count(missing))
		return;
	eyas_str_puts(&text, "Loaded rules match syscalls that are not activated (for want of "
			     "base_syscalls.all, or by !NAME in base_syscalls.custom_set), or "
			     "that this machine does not have: warning (unsupported-evttype): ");
	put_codes(&text, missing);
	eyas_str_putc(&text, '\n');
	if (!text.nomem)
		fwrite(text.data, 1, text.len, stderr);
	eyas_str_fini(&text);
}

/* Those of the rules, the names or the state, and what repair makes of them. */
static void select_positive(const struct falco_select_opts *opts, const struct eyas_codes *rules,
			    struct eyas_codes *selected, bool *ret_named)
{
	struct eyas_codes named = { { 0 } };

	codes_of_names(opts, false, &named);
	*ret_named = count(&named) > 0;
	*selected = *rules;
	if (*ret_named) {
		log_codes(FALCO_DEBUG, "+", "syscalls added (base_syscalls override)", &named);
		add_all(selected, &named);
	} else if (opts->repair) {
		repair(selected);
	} else {
		eyas_codes_add_set(selected, EYAS_SET_STATE);
	}
}

void falco_select(const struct falco_select_opts *opts, struct eyas_codes *ret_codes)
{
	struct eyas_codes rules = { { 0 } }, negative = { { 0 } }, ignored = { { 0 } };
	struct eyas_codes selected, part;
	bool named;

	codes_of_rules(opts->rules, &rules);
	log_codes(FALCO_DEBUG, "", "syscalls in rules", &rules);
	select_positive(opts, &rules, &selected, &named);
	codes_of_names(opts, true, &negative);
	log_codes(FALCO_DEBUG, "-", "syscalls removed (base_syscalls override)", &negative);
	take_away(&selected, &negative);
	part = without(&selected, &rules);
	if (!named)
		log_codes(FALCO_DEBUG, "+", "syscalls (Falco's state engine set of syscalls)",
			  &part);
	if (!opts->all) {
		codes_ignored(&ignored);
		part = both(&selected, &ignored);
		log_codes(FALCO_DEBUG, "-", "ignored syscalls (-> activate via base_syscalls.all)",
			  &part);
		take_away(&selected, &ignored);
	}
	if (opts->repair && opts->ncustom) {
		part = selected;
		repair(&selected);
		part = without(&selected, &part);
		log_codes(FALCO_INFO, "+", "repaired syscalls", &part);
	}
	/* The state would grow without end. */
	add_name(&selected, "procexit");
	log_codes(FALCO_DEBUG, "", "syscalls selected in total (final set)", &selected);
	part = without(&rules, &selected);
	tell_unsupported(&part);
	*ret_codes = selected;
}
