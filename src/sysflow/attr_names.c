/* SPDX-License-Identifier: Apache-2.0 */
/* Names of what is a number in records: types, operations, flags of files, symbols of enums. */
#include <string.h>

#include "sysflow/attr.h"
#include "sysflow/layout.h"

const char *sf_type_code(enum sysflow_type type)
{
	static const char *const codes[SYSFLOW_TYPES] = {
		[SYSFLOW_HEADER] = "H",		[SYSFLOW_CONTAINER] = "C",
		[SYSFLOW_PROCESS] = "P",	[SYSFLOW_FILE] = "F",
		[SYSFLOW_PROCESS_EVENT] = "PE", [SYSFLOW_NETWORK_FLOW] = "NF",
		[SYSFLOW_FILE_FLOW] = "FF",	[SYSFLOW_FILE_EVENT] = "FE",
		[SYSFLOW_NETWORK_EVENT] = "NE", [SYSFLOW_PROCESS_FLOW] = "PF",
		[SYSFLOW_POD] = "POD",		[SYSFLOW_K8S_EVENT] = "KE",
	};

	return (unsigned)type < SYSFLOW_TYPES ? codes[type] : "?";
}

const char *sf_symbol(enum sysflow_type type, const char *field, int32_t value)
{
	const struct sf_layout *layout = &sf_layouts[type];
	const char *const *symbols = NULL;
	size_t i;

	for (i = 0; i < layout->count; i++)
		if (!strcmp(layout->fields[i].name, field))
			symbols = layout->fields[i].symbols;
	for (i = 0; symbols && symbols[i]; i++)
		if ((int32_t)i == value)
			return symbols[i];
	return NULL;
}

/* ---- flags ---- */

struct flag_name {
	uint32_t flag;
	const char *name;
	uint8_t which; /* enum sf_op_names */
};

/* clang-format off */
static const struct flag_name op_names[] = {
	{ SYSFLOW_OP_MKDIR, "MKDIR", 3 },       { SYSFLOW_OP_RMDIR, "RMDIR", 3 },
	{ SYSFLOW_OP_LINK, "LINK", 3 },         { SYSFLOW_OP_SYMLINK, "SYMLINK", 3 },
	{ SYSFLOW_OP_UNLINK, "UNLINK", 3 },     { SYSFLOW_OP_RENAME, "RENAME", 3 },
	{ SYSFLOW_OP_CLONE, "CLONE", 3 },       { SYSFLOW_OP_EXEC, "EXEC", 3 },
	{ SYSFLOW_OP_EXIT, "EXIT", 3 },         { SYSFLOW_OP_SETUID, "SETUID", 3 },
	{ SYSFLOW_OP_OPEN, "OPEN", 3 },         { SYSFLOW_OP_ACCEPT, "ACCEPT", 3 },
	{ SYSFLOW_OP_CONNECT, "CONNECT", 3 },
	{ SYSFLOW_OP_WRITE_SEND, "WRITE", 1 },  { SYSFLOW_OP_WRITE_SEND, "SEND", 2 },
	{ SYSFLOW_OP_READ_RECV, "READ", 1 },    { SYSFLOW_OP_READ_RECV, "RECV", 2 },
	{ SYSFLOW_OP_SETNS, "SETNS", 3 },       { SYSFLOW_OP_MMAP, "MMAP", 3 },
	{ SYSFLOW_OP_SHUTDOWN, "SHUTDOWN", 3 }, { SYSFLOW_OP_CLOSE, "CLOSE", 3 },
	{ SYSFLOW_OP_TRUNCATE, "TRUNCATE", 3 }, { SYSFLOW_OP_DIGEST, "DIGEST", 3 },
};

/* In the short form the flags of flows are letters, each at a place of its own. */
static const struct {
	uint32_t flag;
	char letter;
} op_letters[] = {
	{ SYSFLOW_OP_OPEN, 'O' },       { SYSFLOW_OP_ACCEPT, 'A' },   { SYSFLOW_OP_CONNECT, 'C' },
	{ SYSFLOW_OP_WRITE_SEND, 'W' }, { SYSFLOW_OP_READ_RECV, 'R' }, { SYSFLOW_OP_SETNS, 'N' },
	{ SYSFLOW_OP_MMAP, 'M' },       { SYSFLOW_OP_SHUTDOWN, 'S' }, { SYSFLOW_OP_CLOSE, 'C' },
	{ SYSFLOW_OP_TRUNCATE, 'T' },   { SYSFLOW_OP_DIGEST, 'D' },
};

/* Of open(), as captures have them; both of reading and writing together come first. */
static const struct flag_name open_names[] = {
	{ 3, "RDWR", 3 },            { 1, "RDONLY", 3 },          { 2, "WRONLY", 3 },
	{ 1 << 2, "CREAT", 3 },      { 1 << 3, "APPEND", 3 },     { 1 << 4, "DSYNC", 3 },
	{ 1 << 5, "EXCL", 3 },       { 1 << 6, "NONBLOCK", 3 },   { 1 << 7, "SYNC", 3 },
	{ 1 << 8, "TRUNC", 3 },      { 1 << 9, "DIRECT", 3 },     { 1 << 10, "DIRECTORY", 3 },
	{ 1 << 11, "LARGEFILE", 3 }, { 1 << 12, "CLOEXEC", 3 },
};
/* clang-format on */

enum {
	OP_NAMES = sizeof(op_names) / sizeof(op_names[0]),
	OP_LETTERS = sizeof(op_letters) / sizeof(op_letters[0]),
	OPEN_NAMES = sizeof(open_names) / sizeof(open_names[0])
};

size_t sf_opflag_names(uint32_t flags, enum sf_op_names which, const char **ret_names)
{
	size_t i, count = 0;

	for (i = 0; i < OP_NAMES; i++)
		if (flags & op_names[i].flag && op_names[i].which & which)
			ret_names[count++] = op_names[i].name;
	return count;
}

size_t sf_openflag_names(uint32_t flags, const char **ret_names)
{
	size_t i, count = 0;

	for (i = 0; i < OPEN_NAMES; i++) {
		if ((flags & open_names[i].flag) != open_names[i].flag)
			continue;
		flags &= ~open_names[i].flag;
		ret_names[count++] = open_names[i].name;
	}
	return count;
}

static void put_spelt(struct eyas_str *out, uint32_t flags)
{
	const char *names[SF_FLAG_NAMES];
	size_t i, count = sf_opflag_names(flags, SF_OP_NAMES_FILE, names);

	for (i = 0; i < count; i++) {
		if (i)
			eyas_str_putc(out, '|');
		eyas_str_puts(out, names[i]);
	}
}

static void put_letters(struct eyas_str *out, uint32_t flags)
{
	size_t i;

	for (i = 0; i < OP_LETTERS; i++)
		eyas_str_putc(out, flags & op_letters[i].flag ? op_letters[i].letter : ' ');
}

/* Operations of events, or of threads, are spelt; flags of flows are letters. */
void sf_put_opflags(struct eyas_str *out, uint32_t flags)
{
	const uint32_t spelt = SYSFLOW_OP_MKDIR | SYSFLOW_OP_RMDIR | SYSFLOW_OP_LINK |
			       SYSFLOW_OP_SYMLINK | SYSFLOW_OP_UNLINK | SYSFLOW_OP_RENAME |
			       SYSFLOW_OP_CLONE | SYSFLOW_OP_EXEC | SYSFLOW_OP_EXIT |
			       SYSFLOW_OP_SETUID;
	const uint32_t known = 2 * (uint32_t)SYSFLOW_OP_RENAME - 1;

	if (flags & spelt)
		put_spelt(out, flags);
	else
		put_letters(out, flags);
	if (!(flags & ~known))
		return;
	eyas_str_puts(out, flags & spelt ? "|0x" : "0x");
	eyas_str_hex(out, flags & ~known, false);
}
