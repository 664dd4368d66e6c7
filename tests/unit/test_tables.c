/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Our tables against the reference tables, cell by cell and in both directions: every row of a
 * reference file is in ours with the same values, and ours have no row more.
 */
#include "unit/harness.h"

#include <eyas/schema.h>

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schema/ids.h"

#define CELLS 16

/* A .tsv file, row by row: lines of '#' and the line with the names of the columns are passed. */
struct tsv {
	FILE *file;
	const char *name;
	char *line;
	size_t size;
	int number;
	char *cell[CELLS];
};

static void tsv_open(struct tsv *tsv, const char *name)
{
	char path[512];

	memset(tsv, 0, sizeof(*tsv));
	tsv->name = name;
	snprintf(path, sizeof(path), "%s/reference/%s.tsv", test_data(), name);
	tsv->file = fopen(path, "r");
	if (!tsv->file)
		test_skip("cannot open %s", path);
}

static bool tsv_next(struct tsv *tsv)
{
	static char empty[1];
	char *at;
	int i;

	for (;;) {
		if (getline(&tsv->line, &tsv->size, tsv->file) < 0) {
			free(tsv->line);
			fclose(tsv->file);
			return false;
		}
		if (tsv->line[0] == '#')
			continue;
		/* The first line that is no remark names the columns. */
		if (tsv->number++)
			break;
	}
	tsv->line[strcspn(tsv->line, "\n")] = '\0';
	at = tsv->line;
	for (i = 0; i < CELLS; i++) {
		tsv->cell[i] = at ? strsep(&at, "\t") : empty;
		if (!tsv->cell[i])
			tsv->cell[i] = empty;
	}
	return true;
}

/* Our value of a cell, as the file writes it, must be what the file has. */
static void same(const struct tsv *tsv, int column, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
static void same(const struct tsv *tsv, int column, const char *fmt, ...)
{
	char ours[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(ours, sizeof(ours), fmt, ap);
	va_end(ap);
	if (strcmp(ours, tsv->cell[column]))
		test_fail(__FILE__, __LINE__, "%s row %d (%s %s) column %d is \"%s\", ours \"%s\"",
			  tsv->name, tsv->number - 1, tsv->cell[0], tsv->cell[1], column,
			  tsv->cell[column], ours);
}

/* One more name of a list joined by separator. */
static void join(char *buf, size_t size, const char *separator, const char *prefix,
		 const char *name)
{
	size_t n = strlen(buf);

	snprintf(buf + n, size - n, "%s%s%s", n ? separator : "", prefix, name);
}

TEST(types)
{
	/* The reference names storage more coarsely than our kinds. */
	static const char *const kinds[] = {
		[EYAS_KIND_NONE] = "none",
		[EYAS_KIND_SINT] = "int",
		[EYAS_KIND_UINT] = "int",
		[EYAS_KIND_DOUBLE] = "float",
		[EYAS_KIND_STRING] = "string",
		[EYAS_KIND_BYTES] = "bytes",
		[EYAS_KIND_STRINGS] = "strings",
		[EYAS_KIND_PAIRS] = "pairs",
		[EYAS_KIND_ADDR] = "addr",
		[EYAS_KIND_SOCKADDR] = "sockaddr",
		[EYAS_KIND_SOCKTUPLE] = "socktuple",
		[EYAS_KIND_FDLIST] = "fdlist",
		[EYAS_KIND_DYN] = "variant",
	};
	const struct eyas_type_info *type;
	unsigned id = 0, size;
	struct tsv tsv;
	int is_signed;

	tsv_open(&tsv, "types");
	while (tsv_next(&tsv)) {
		same(&tsv, 0, "%u", id);
		type = eyas_type_info(id);
		if (!strcmp(tsv.cell[1], "PT_MAX")) {
			CHECK(!type);
			break;
		}
		CHECK(type);
		same(&tsv, 1, "PT_%s", type->name);
		size = (unsigned)strtoul(tsv.cell[2], NULL, 10);
		/* "4|16" and "var" vary. */
		CHECK_INT(type->size, strchr(tsv.cell[2], '|') ? 0 : size);
		/* Networks are values of comparisons, never of events. */
		CHECK_STR(kinds[type->kind], strcmp(tsv.cell[3], "net") ? tsv.cell[3] : "none");
		is_signed = !strncmp(tsv.cell[5], "signed", 6);
		if (type->kind == EYAS_KIND_SINT || type->kind == EYAS_KIND_UINT)
			CHECK_INT(type->kind == EYAS_KIND_SINT, is_signed);
		id++;
	}
	CHECK_INT(id, EYAS_PT_COUNT);
	free(tsv.line);
	fclose(tsv.file);
}

TEST(events)
{
	const struct eyas_event_info *info;
	char category[256], flags[512];
	unsigned id = 0, bit;
	struct tsv tsv;

	tsv_open(&tsv, "events");
	while (tsv_next(&tsv)) {
		info = eyas_event_info(id);
		CHECK(info);
		same(&tsv, 0, "%u", id);
		same(&tsv, 1, "PPME_%s", info->constant);
		same(&tsv, 2, "%s", info->name);
		category[0] = flags[0] = '\0';
		join(category, sizeof(category), "|", "EC_",
		     eyas_category_name(info->category & EYAS_EC_CLASS_MASK));
		for (bit = EYAS_EC_SYSCALL; bit <= EYAS_EC_ITER; bit <<= 1)
			if (info->category & bit)
				join(category, sizeof(category), "|", "EC_", eyas_origin_name(bit));
		same(&tsv, 3, "%s", category);
		same(&tsv, 4, "0x%x", info->category);
		for (bit = 1; bit <= EYAS_EF_CONVERTER_MANAGED; bit <<= 1)
			if (info->flags & bit)
				join(flags, sizeof(flags), "|", "EF_", eyas_event_flag_name(bit));
		same(&tsv, 5, "%s", flags[0] ? flags : "EF_NONE");
		same(&tsv, 6, "0x%x", info->flags);
		same(&tsv, 7, "%u", info->nparams);
		CHECK_INT(eyas_event_type_find(tsv.cell[1]), id);
		CHECK_INT(eyas_event_type_find(info->constant), id);
		id++;
	}
	CHECK_INT(id, EYAS_EVENT_TYPES);
	CHECK(!eyas_event_info(id));
	CHECK_INT(eyas_event_type_find("PPME_NO_SUCH_E"), -1);
}

TEST(event_params)
{
	const struct eyas_param_info *param;
	const struct eyas_event_info *info;
	unsigned id = 0, index = 0;
	struct tsv tsv;

	tsv_open(&tsv, "event_params");
	while (tsv_next(&tsv)) {
		/* The next parameter of ours, over types that have none. */
		while (id < EYAS_EVENT_TYPES && index == eyas_event_info(id)->nparams) {
			id++;
			index = 0;
		}
		info = eyas_event_info(id);
		CHECK(info);
		CHECK(info->nparams <= EYAS_PARAMS_MAX);
		param = &info->params[index];
		same(&tsv, 0, "%u", id);
		same(&tsv, 1, "PPME_%s", info->constant);
		same(&tsv, 2, "%u", index);
		same(&tsv, 3, "%s", param->name);
		same(&tsv, 4, "PT_%s", eyas_type_info(param->type)->name);
		same(&tsv, 5, "PF_%s", eyas_fmt_name(param->fmt));
		switch (param->has_table) {
		case 1:
			same(&tsv, 6, "flags:%s", param->table.flags->name);
			CHECK_INT(param->dirfd, -1);
			break;
		case 2:
			same(&tsv, 6, "dyn:%s_dynamic_param", param->table.variants->name);
			same(&tsv, 7, "%u", param->table.variants->count);
			CHECK_INT(param->type, EYAS_PT_DYN);
			break;
		default:
			CHECK_INT(param->has_table, 0);
			if (param->dirfd >= 0)
				same(&tsv, 6, "dirfd_param:%d", param->dirfd);
			else
				same(&tsv, 6, "%s", "");
			break;
		}
		index++;
	}
	/* Nothing of ours is left over. */
	while (id < EYAS_EVENT_TYPES && index == eyas_event_info(id)->nparams) {
		id++;
		index = 0;
	}
	CHECK_INT(id, EYAS_EVENT_TYPES);
}

TEST(flags)
{
	const struct eyas_flag_table *table = NULL;
	unsigned ntables = 0, row = 0;
	struct tsv tsv;

	tsv_open(&tsv, "flags");
	while (tsv_next(&tsv)) {
		if (!table || strcmp(tsv.cell[0], table->name)) {
			CHECK(!table || row == table->count);
			table = eyas_flag_table(ntables++);
			row = 0;
			CHECK(table);
			CHECK(eyas_flag_table_find(tsv.cell[0]) == table);
		}
		CHECK(row < table->count);
		same(&tsv, 0, "%s", table->name);
		same(&tsv, 1, "%s", table->flags[row].name);
		same(&tsv, 2, "%u", table->flags[row].value);
		same(&tsv, 3, "0x%x", table->flags[row].value);
		row++;
	}
	CHECK(table && row == table->count);
	CHECK(!eyas_flag_table(ntables));
	CHECK(!eyas_flag_table_find("no such table"));
}

TEST(dynamic_params)
{
	const struct eyas_variant_table *table = NULL;
	unsigned ntables = 0, row = 0;
	struct tsv tsv;

	tsv_open(&tsv, "dynamic_params");
	while (tsv_next(&tsv)) {
		if (!strcmp(tsv.cell[1], "0")) {
			CHECK(!table || row == table->count);
			table = eyas_variant_table(ntables++);
			row = 0;
		}
		CHECK(table && row < table->count);
		same(&tsv, 0, "%s_dynamic_param", table->name);
		same(&tsv, 1, "%u", row);
		same(&tsv, 2, "PT_%s", eyas_type_info(table->variants[row].type)->name);
		same(&tsv, 3, "PF_%s", eyas_fmt_name(table->variants[row].fmt));
		row++;
	}
	CHECK(table && row == table->count);
	CHECK(!eyas_variant_table(ntables));
}

/* A number that the file leaves empty when there is none. */
static void same_or_empty(const struct tsv *tsv, int column, int value)
{
	if (value < 0)
		same(tsv, column, "%s", "");
	else
		same(tsv, column, "%d", value);
}

static void same_event(const struct tsv *tsv, int column, int type)
{
	if (type < 0)
		same(tsv, column, "%s", "");
	else
		same(tsv, column, "PPME_%s", eyas_event_info((unsigned)type)->constant);
}

TEST(syscalls)
{
	static const unsigned set_order[] = {
		EYAS_SET_STATE, EYAS_SET_IO,  EYAS_SET_IO_OTHER, EYAS_SET_FILE,	       EYAS_SET_NET,
		EYAS_SET_PROC,	EYAS_SET_SYS, EYAS_SET_SIMPLE,	 EYAS_SET_REPAIR_BASE,
	};
	const struct eyas_syscall_info *info;
	char text[512], number[16];
	unsigned code = 0, i;
	struct tsv tsv;

	tsv_open(&tsv, "syscalls");
	while (tsv_next(&tsv)) {
		/* Codes have gaps where a call was retired. */
		while (code < EYAS_SYSCALL_CODES && !eyas_syscall_info(code))
			code++;
		info = eyas_syscall_info(code);
		CHECK(info);
		same(&tsv, 0, "%u", code);
		CHECK_INT(info->code, code);
		same(&tsv, 1, "PPM_SC_%s", info->constant);
		same(&tsv, 2, "%s", info->name);
		same(&tsv, 3, "%s", info->kind == EYAS_SC_TRACEPOINT ? "tracepoint" : "syscall");
		same_or_empty(&tsv, 4, info->x86_64);
		same_or_empty(&tsv, 5, info->aarch64);
		same_or_empty(&tsv, 6, info->enter);
		same_or_empty(&tsv, 7, info->exit);
		same_event(&tsv, 8, info->enter);
		same_event(&tsv, 9, info->exit);
		same(&tsv, 10, "%d", info->enter == 0 && info->exit == 1);
		text[0] = '\0';
		for (i = 1; i <= EYAS_UF_ATOMIC; i <<= 1)
			if (info->flags & i)
				join(text, sizeof(text), "|", "UF_", eyas_syscall_flag_name(i));
		/* An empty cell and UF_NONE are the same to us. */
		if (strcmp(tsv.cell[11], "UF_NONE"))
			same(&tsv, 11, "%s", text);
		else
			CHECK_STR(text, "");
		text[0] = '\0';
		for (i = 0; i < info->nevents; i++) {
			snprintf(number, sizeof(number), "%u", info->events[i]);
			join(text, sizeof(text), ",", "", number);
		}
		same(&tsv, 12, "%s", text);
		text[0] = '\0';
		for (i = 0; i < sizeof(set_order) / sizeof(set_order[0]); i++)
			if (info->sets & set_order[i])
				join(text, sizeof(text), ",", "",
				     eyas_syscall_set_name(set_order[i]));
		same(&tsv, 13, "%s", text);
		code++;
	}
	CHECK(!eyas_syscall_info(code));
}

TEST(ia32)
{
	unsigned number, rows = 0, ours = 0;
	struct tsv tsv;

	tsv_open(&tsv, "ia32_to_x64");
	while (tsv_next(&tsv)) {
		number = (unsigned)strtoul(tsv.cell[0], NULL, 10);
		same(&tsv, 1, "%d", eyas_ia32_to_x86_64(number));
		same(&tsv, 2, "%s", eyas_ia32_name(number) ? eyas_ia32_name(number) : "");
		if (tsv.cell[2][0])
			rows++;
	}
	for (number = 0; number < 65536; number++)
		ours += eyas_ia32_name(number) != NULL;
	CHECK_INT(ours, rows);
	CHECK_INT(eyas_ia32_to_x86_64(UINT32_MAX), -1);
}

/* Conversions as rows of text, in the words of the reference file. */
struct conversion {
	unsigned id, nparams;
	const char *constant, *action, *new_type, *instructions;
};

#define OLD(i) "old[" #i "] "
#define ENTER(i) "enter[" #i "] "
#define ENTERE(i) "enter[" #i "]?empty "
#define EMPTY "empty "
#define DEFAULT "default "
#define CJSON "callback?empty "
#define NOINS ""
#define CV(id, constant, nparams, action, new_type, instructions) \
	{ id, nparams, #constant, #action, #new_type, instructions },
static const struct conversion conversions[] = {
#include "capture/convert.def"
};
#undef CV
#undef OLD
#undef ENTER
#undef ENTERE
#undef EMPTY
#undef DEFAULT
#undef CJSON
#undef NOINS

#define NCONVERSIONS (sizeof(conversions) / sizeof(conversions[0]))

TEST(conversions)
{
	const struct conversion *row;
	char instructions[512];
	size_t i = 0, n;
	struct tsv tsv;

	tsv_open(&tsv, "scap_conversions");
	while (tsv_next(&tsv)) {
		CHECK(i < NCONVERSIONS);
		row = &conversions[i++];
		same(&tsv, 0, "%u", row->id);
		same(&tsv, 1, "PPME_%s", row->constant);
		CHECK_INT(eyas_event_type_find(row->constant), row->id);
		same(&tsv, 2, "%u", row->nparams);
		same(&tsv, 3, "%s", row->action);
		/* Where the type stays the reference leaves the cell empty. */
		if (strcmp(row->action, "CHANGE_TYPE")) {
			same(&tsv, 4, "%s", "");
			CHECK_STR(row->new_type, row->constant);
		} else {
			same(&tsv, 4, "PPME_%s", row->new_type);
			CHECK(eyas_event_type_find(row->new_type) >= 0);
		}
		snprintf(instructions, sizeof(instructions), "%s", row->instructions);
		n = strlen(instructions);
		if (n)
			instructions[n - 1] = '\0';
		same(&tsv, 5, "%s", instructions);
	}
	CHECK_INT(i, NCONVERSIONS);
}

/* What a parameter names must exist; needs no reference. */
TEST(consistency)
{
	const struct eyas_event_info *info;
	const struct eyas_param_info *param;
	const struct eyas_type_info *type;
	unsigned id, i;
	bool is_flags;

	for (id = 0; id < EYAS_EVENT_TYPES; id++) {
		info = eyas_event_info(id);
		for (i = 0; i < info->nparams; i++) {
			param = &info->params[i];
			type = eyas_type_info(param->type);
			CHECK(type && type->kind != EYAS_KIND_NONE);
			is_flags = !strncmp(type->name, "FLAGS", 5) ||
				   !strncmp(type->name, "ENUMFLAGS", 9) ||
				   !strcmp(type->name, "MODE");
			CHECK_INT(param->has_table == 1, is_flags);
			CHECK_INT(param->has_table == 2, param->type == EYAS_PT_DYN);
			CHECK(param->dirfd < (int)info->nparams);
			if (param->dirfd >= 0) {
				CHECK_INT(param->type, EYAS_PT_FSRELPATH);
				CHECK_INT(info->params[param->dirfd].type, EYAS_PT_FD);
			}
		}
	}
}

TEST(names)
{
	CHECK_STR(eyas_errno_name(2), "ENOENT");
	CHECK_STR(eyas_errno_name(133), "EHWPOISON");
	CHECK_STR(eyas_errno_name(512), "ERESTARTSYS");
	CHECK(!eyas_errno_name(0));
	CHECK(!eyas_errno_name(41));
	CHECK(!eyas_errno_name(UINT32_MAX));
	CHECK_STR(eyas_signal_name(9), "SIGKILL");
	CHECK(!eyas_signal_name(0));
	CHECK(!eyas_signal_name(UINT32_MAX));
	CHECK_STR(eyas_category_name(EYAS_EC_FILE), "FILE");
	CHECK(!eyas_category_name(400));
	CHECK(!eyas_origin_name(1));
	CHECK(!eyas_event_flag_name(3));
	CHECK(!eyas_syscall_flag_name(3));
	CHECK(!eyas_syscall_set_name(3));
	CHECK(!eyas_fmt_name(99));
	CHECK(!eyas_type_info(EYAS_PT_COUNT));
}
