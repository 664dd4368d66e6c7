/* SPDX-License-Identifier: Apache-2.0 */
/* What does the generic program do for each system call? */
#include "capture/bpf_rows.h"

#include <string.h>

#include <eyas/live.h>
#include <eyas/schema.h>

#include "schema/native.h"

struct recipe {
	uint16_t code;
	const char *from; /* one character for each parameter */
};

/* Codes of the schema by their constants. */
enum code {
#define SC(code, constant, name, kind, x86_64, aarch64, enter, exit, flags, sets, evs) \
	CODE_##constant = (code),
#include "schema/syscalls.def"
#undef SC
};

static const struct recipe recipes[] = {
#define RECIPE(constant, from) { CODE_##constant, from },
#define SPECIFIC(constant)
#include "schema/recipes.def"
#undef RECIPE
#undef SPECIFIC
};

/* Groups of events by what their loss means (reference/bpf_driver.md, Counters). */
unsigned eyas_bpf_drop_kind(unsigned type)
{
	const struct eyas_event_info *info = eyas_event_info(type);
	static const struct {
		const char *name;
		uint8_t kind;
	} kinds[] = {
		{ "clone", EYAS_WIRE_DROP_CLONE_FORK },
		{ "clone3", EYAS_WIRE_DROP_CLONE_FORK },
		{ "fork", EYAS_WIRE_DROP_CLONE_FORK },
		{ "vfork", EYAS_WIRE_DROP_CLONE_FORK },
		{ "execve", EYAS_WIRE_DROP_EXECVE },
		{ "execveat", EYAS_WIRE_DROP_EXECVE },
		{ "connect", EYAS_WIRE_DROP_CONNECT },
		{ "open", EYAS_WIRE_DROP_OPEN },
		{ "openat", EYAS_WIRE_DROP_OPEN },
		{ "openat2", EYAS_WIRE_DROP_OPEN },
		{ "creat", EYAS_WIRE_DROP_OPEN },
		{ "open_by_handle_at", EYAS_WIRE_DROP_OPEN },
		{ "close", EYAS_WIRE_DROP_CLOSE },
		{ "procexit", EYAS_WIRE_DROP_PROC_EXIT },
		{ "dup", EYAS_WIRE_DROP_DIR_FILE },
		{ "chmod", EYAS_WIRE_DROP_DIR_FILE },
		{ "fchmod", EYAS_WIRE_DROP_DIR_FILE },
		{ "fchmodat", EYAS_WIRE_DROP_DIR_FILE },
		{ "chown", EYAS_WIRE_DROP_DIR_FILE },
		{ "lchown", EYAS_WIRE_DROP_DIR_FILE },
		{ "fchown", EYAS_WIRE_DROP_DIR_FILE },
		{ "fchownat", EYAS_WIRE_DROP_DIR_FILE },
		{ "link", EYAS_WIRE_DROP_DIR_FILE },
		{ "linkat", EYAS_WIRE_DROP_DIR_FILE },
		{ "mkdir", EYAS_WIRE_DROP_DIR_FILE },
		{ "mkdirat", EYAS_WIRE_DROP_DIR_FILE },
		{ "mount", EYAS_WIRE_DROP_DIR_FILE },
		{ "umount", EYAS_WIRE_DROP_DIR_FILE },
		{ "umount2", EYAS_WIRE_DROP_DIR_FILE },
		{ "rename", EYAS_WIRE_DROP_DIR_FILE },
		{ "renameat", EYAS_WIRE_DROP_DIR_FILE },
		{ "renameat2", EYAS_WIRE_DROP_DIR_FILE },
		{ "rmdir", EYAS_WIRE_DROP_DIR_FILE },
		{ "symlink", EYAS_WIRE_DROP_DIR_FILE },
		{ "symlinkat", EYAS_WIRE_DROP_DIR_FILE },
		{ "unlink", EYAS_WIRE_DROP_DIR_FILE },
		{ "unlinkat", EYAS_WIRE_DROP_DIR_FILE },
		{ "bpf", EYAS_WIRE_DROP_STATE_OTHER },
		{ "setpgid", EYAS_WIRE_DROP_STATE_OTHER },
		{ "ptrace", EYAS_WIRE_DROP_STATE_OTHER },
		{ "seccomp", EYAS_WIRE_DROP_STATE_OTHER },
		{ "setns", EYAS_WIRE_DROP_STATE_OTHER },
		{ "setresgid", EYAS_WIRE_DROP_STATE_OTHER },
		{ "setresuid", EYAS_WIRE_DROP_STATE_OTHER },
		{ "setsid", EYAS_WIRE_DROP_STATE_OTHER },
		{ "unshare", EYAS_WIRE_DROP_STATE_OTHER },
		{ "capset", EYAS_WIRE_DROP_STATE_OTHER },
		{ "keyctl", EYAS_WIRE_DROP_STATE_OTHER },
	};
	size_t i;

	for (i = 0; info && i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (!strcmp(info->name, kinds[i].name))
			return kinds[i].kind;
	return EYAS_WIRE_DROP_OTHER;
}

static struct eyas_wire_row_param row_param(const struct eyas_param_info *info, char from)
{
	const struct eyas_type_info *type = eyas_type_info(info->type);
	struct eyas_wire_row_param param = { .size = type->size };

	if (from == 'm')
		return (struct eyas_wire_row_param){ .from = EYAS_WIRE_MISSING };
	if (from == 'r') {
		param.from = EYAS_WIRE_FROM_RET;
	} else if (from == 'z') {
		param.from = EYAS_WIRE_FROM_ZERO;
	} else if (from >= 'A') {
		param.from = (uint8_t)(from - 'A') | EYAS_WIRE_LOW32;
	} else {
		param.from = (uint8_t)(from - '0');
		if (info->type == EYAS_PT_FD || info->type == EYAS_PT_PID ||
		    info->type == EYAS_PT_ERRNO)
			param.from |= EYAS_WIRE_SIGNED32;
	}
	if (type->kind == EYAS_KIND_STRING)
		param.from |= EYAS_WIRE_STRING;
	return param;
}

static void fill_row(struct eyas_wire_row *row, const struct eyas_syscall_info *call,
		     const char *from)
{
	const struct eyas_event_info *event = eyas_event_info((unsigned)call->exit);
	unsigned i;

	row->type = (uint16_t)call->exit;
	row->drop = (uint8_t)eyas_bpf_drop_kind((unsigned)call->exit);
	row->nparams = event->nparams;
	for (i = 0; i < event->nparams; i++) {
		row->params[i] = row_param(&event->params[i], from[i]);
		row->strings += !!(row->params[i].from & EYAS_WIRE_STRING);
	}
}

void eyas_bpf_fill_rows(struct eyas_wire_row *rows)
{
	const struct eyas_syscall_info *call;
	unsigned nr;
	size_t i;

	memset(rows, 0, EYAS_WIRE_SYSCALLS * sizeof(*rows));
	for (i = 0; i < sizeof(recipes) / sizeof(recipes[0]); i++) {
		call = eyas_syscall_info(recipes[i].code);
		if (eyas_native_number(call, &nr) && nr < EYAS_WIRE_SYSCALLS)
			fill_row(&rows[nr], call, recipes[i].from);
	}
}

uint8_t eyas_bpf_row_path(const struct eyas_syscall_info *call)
{
	struct eyas_wire_row row = { 0 };
	unsigned i, type;
	size_t r;

	for (r = 0; r < sizeof(recipes) / sizeof(recipes[0]); r++)
		if (recipes[r].code == call->code)
			fill_row(&row, call, recipes[r].from);
	for (i = 0; i < row.nparams; i++) {
		type = eyas_event_info((unsigned)call->exit)->params[i].type;
		if (type == EYAS_PT_FSPATH || type == EYAS_PT_FSRELPATH)
			return row.params[i].from & EYAS_WIRE_FROM_MASK;
	}
	return EYAS_WIRE_NO_PATH;
}
