/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The writer's schema meets our layout: schema resolution, as Avro's specification has it, done
 * once for a file. More than it asks for is taken: null stands for what is missing in any field,
 * and a long where we have an int, as long as the values fit.
 */
#include "sysflow/plan.h"

#include <errno.h>
#include <string.h>

#include "base/err.h"

enum { SHOWN = 60 };

struct compiler {
	struct eyas_arena *arena;
	struct eyas_err *err;
};

static int make_plan(struct compiler *compiler, const struct sf_type *writer,
		     const struct sf_layout *layout, const struct sf_plan **ret);

static int no_memory(struct compiler *compiler)
{
	return eyas_err_set(compiler->err, -ENOMEM, "no memory for the schema");
}

/* Which number a symbol of the writer is here; -1 if it is none of ours and has the number of one. */
static int32_t number_of(const char *const *symbols, const char *symbol, uint32_t index)
{
	uint32_t i;

	for (i = 0; symbols[i]; i++)
		if (!strcmp(symbols[i], symbol))
			return (int32_t)i;
	return index < i ? -1 : (int32_t)index;
}

static int enum_step(struct compiler *compiler, const struct sf_type *writer,
		     const struct sf_field *field, struct sf_step *step)
{
	int32_t *numbers = eyas_arena_get(compiler->arena, writer->count * sizeof(*numbers));
	uint32_t i;

	if (!numbers)
		return no_memory(compiler);
	for (i = 0; i < writer->count; i++)
		numbers[i] = number_of(field->symbols, writer->symbols[i], i);
	step->u.numbers = numbers;
	step->count = writer->count;
	return SF_STEP_ENUM;
}

static bool is_text(const struct sf_type *type)
{
	return type->kind == SF_T_STRING || type->kind == SF_T_BYTES;
}

static bool is_integer(const struct sf_type *type)
{
	return type->kind == SF_T_INT || type->kind == SF_T_LONG;
}

static int record_step(struct compiler *compiler, const struct sf_type *writer,
		       const struct sf_field *field, enum sf_step_code code, struct sf_step *step)
{
	int res = make_plan(compiler, writer, field->layout, &step->u.plan);

	return res < 0 ? res : (int)code;
}

/*
 * The step that takes a value of the writer's type into a field: its code, MISFIT, or a failure.
 * Unions are the caller's.
 */
static int plain_step(struct compiler *compiler, const struct sf_type *writer,
		      const struct sf_field *field, struct sf_step *step)
{
	bool array = writer->kind == SF_T_ARRAY;

	if (writer->kind == SF_T_NULL)
		return SF_STEP_NOTHING;
	switch ((enum sf_kind)field->kind) {
	case SF_INT:
		return is_integer(writer) ? SF_STEP_INT : SF_STEP_MISFIT;
	case SF_LONG:
		return is_integer(writer) ? SF_STEP_LONG : SF_STEP_MISFIT;
	case SF_BOOL:
		return writer->kind == SF_T_BOOLEAN ? SF_STEP_BOOL : SF_STEP_MISFIT;
	case SF_TEXT:
		return is_text(writer) ? SF_STEP_TEXT : SF_STEP_MISFIT;
	case SF_ENUM:
		return writer->kind == SF_T_ENUM ? enum_step(compiler, writer, field, step)
						 : SF_STEP_MISFIT;
	case SF_FIXED:
		return writer->kind == SF_T_FIXED && writer->size == field->size ? SF_STEP_FIXED
										 : SF_STEP_MISFIT;
	case SF_RECORD:
		return writer->kind == SF_T_RECORD
			       ? record_step(compiler, writer, field, SF_STEP_RECORD, step)
			       : SF_STEP_MISFIT;
	case SF_TEXTS:
		return array && is_text(writer->items) ? SF_STEP_TEXTS : SF_STEP_MISFIT;
	case SF_NUMBERS:
		return array && is_integer(writer->items) ? SF_STEP_NUMBERS : SF_STEP_MISFIT;
	case SF_LABELS:
		return writer->kind == SF_T_MAP && is_text(writer->items) ? SF_STEP_LABELS
									  : SF_STEP_MISFIT;
	case SF_RECORDS:
		return array && writer->items->kind == SF_T_RECORD
			       ? record_step(compiler, writer->items, field, SF_STEP_RECORDS, step)
			       : SF_STEP_MISFIT;
	}
	return SF_STEP_MISFIT;
}

static void place(struct sf_step *step, const struct sf_field *field, int code)
{
	step->code = (uint8_t)code;
	step->names = &field->name;
	if (code == SF_STEP_INT || code == SF_STEP_LONG)
		step->count = 1;
	step->size = field->size;
	step->offset = field->offset;
	step->extra = field->extra;
	step->flagged = field->optional && (field->kind == SF_FIXED || field->kind == SF_RECORD);
}

static int union_step(struct compiler *compiler, const struct sf_type *writer,
		      const struct sf_field *field, struct sf_step *step)
{
	struct sf_step *branches =
		eyas_arena_zero(compiler->arena, writer->count * sizeof(*branches));
	bool fits = false;
	uint32_t i;
	int code;

	if (!branches)
		return no_memory(compiler);
	for (i = 0; i < writer->count; i++) {
		code = plain_step(compiler, writer->branches[i], field, &branches[i]);
		if (code < 0)
			return code;
		fits |= code != SF_STEP_MISFIT;
		place(&branches[i], field, code);
	}
	step->u.branches = branches;
	step->count = writer->count;
	return fits ? SF_STEP_UNION : SF_STEP_MISFIT;
}

static const struct sf_field *find_field(const struct sf_layout *layout, const char *name)
{
	size_t i;

	for (i = 0; i < layout->count; i++)
		if (!strcmp(layout->fields[i].name, name))
			return &layout->fields[i];
	return NULL;
}

static int make_step(struct compiler *compiler, const struct sf_type_field *from,
		     const struct sf_layout *layout, struct sf_step *step)
{
	const struct sf_field *field = find_field(layout, from->name);
	int code;

	if (!field) {
		*step = (struct sf_step){ .code = SF_STEP_SKIP,
					  .names = &from->name,
					  .type = from->type };
		return 0;
	}
	code = from->type->kind == SF_T_UNION ? union_step(compiler, from->type, field, step)
					      : plain_step(compiler, from->type, field, step);
	if (code < 0)
		return code;
	if (code == SF_STEP_MISFIT)
		return eyas_err_set(compiler->err, EYAS_E_FORMAT,
				    "schema: %s.%s is of type %.*s, which it cannot be read from",
				    layout->name, field->name, SHOWN, from->type->name);
	place(step, field, code);
	return 0;
}

/* ---- fewer steps ---- */

/* A record that is always there needs no step of its own. */
static bool is_flat(const struct sf_step *step)
{
	return step->code == SF_STEP_RECORD && !step->flagged;
}

/* "procOID.hpid" */
static const char *inner_name(struct compiler *compiler, const char *outer, const char *inner)
{
	size_t outer_len = strlen(outer), inner_len = strlen(inner);
	char *name = eyas_arena_get(compiler->arena, outer_len + inner_len + 2);

	if (!name)
		return NULL;
	memcpy(name, outer, outer_len);
	name[outer_len] = '.';
	memcpy(name + outer_len + 1, inner, inner_len + 1);
	return name;
}

static size_t number_size(const struct sf_step *step)
{
	return step->code == SF_STEP_INT ? sizeof(int32_t) : sizeof(int64_t);
}

static bool is_number(const struct sf_step *step)
{
	return step->code == SF_STEP_INT || step->code == SF_STEP_LONG;
}

/* How many names a step has. */
static uint32_t names_of(const struct sf_step *step)
{
	return is_number(step) ? step->count : 1;
}

/* Steps that are put in place, with their names beside them. */
struct row {
	struct sf_step *steps;
	const char **names;
	uint32_t nsteps, nnames;
};

/* A number behind a number of the same size goes with it. */
static int add_step(struct compiler *compiler, struct row *row, const struct sf_step *step,
		    const struct sf_step *outer)
{
	struct sf_step *last = row->nsteps ? &row->steps[row->nsteps - 1] : NULL;
	uint32_t offset = step->offset + (outer ? outer->offset : 0u), count = names_of(step), i;
	const char **names = row->names + row->nnames;

	for (i = 0; i < count; i++) {
		names[i] = outer ? inner_name(compiler, outer->names[0], step->names[i])
				 : step->names[i];
		if (!names[i])
			return no_memory(compiler);
	}
	row->nnames += count;
	if (last && is_number(step) && last->code == step->code &&
	    last->offset + last->count * number_size(last) == offset) {
		last->count += count;
		return 0;
	}
	last = &row->steps[row->nsteps++];
	*last = *step;
	last->offset = (uint16_t)offset;
	last->names = names;
	return 0;
}

/* The same steps, those of inner records among them. */
static int flatten(struct compiler *compiler, struct sf_plan *plan)
{
	const struct sf_step *step, *end = plan->steps + plan->count;
	struct row row = { .nsteps = 0 };
	uint32_t nsteps = 0, nnames = 0, i;
	int res = 0;

	for (step = plan->steps; step < end; step++) {
		nsteps += is_flat(step) ? step->u.plan->count : 1;
		nnames += names_of(step);
		for (i = 0; is_flat(step) && i < step->u.plan->count; i++)
			nnames += names_of(&step->u.plan->steps[i]);
	}
	row.steps = eyas_arena_zero(compiler->arena, nsteps * sizeof(*row.steps));
	row.names = eyas_arena_zero(compiler->arena, nnames * sizeof(*row.names));
	if (!row.steps || !row.names)
		return no_memory(compiler);
	for (step = plan->steps; !res && step < end; step++) {
		if (!is_flat(step))
			res = add_step(compiler, &row, step, NULL);
		for (i = 0; is_flat(step) && !res && i < step->u.plan->count; i++)
			res = add_step(compiler, &row, &step->u.plan->steps[i], step);
	}
	plan->steps = row.steps;
	plan->count = row.nsteps;
	return res;
}

/* As deep as our layouts are, which are not recursive. */
static int make_plan(struct compiler *compiler, const struct sf_type *writer,
		     const struct sf_layout *layout, const struct sf_plan **ret)
{
	struct sf_plan *plan = eyas_arena_zero(compiler->arena, sizeof(*plan));
	struct sf_step *steps = eyas_arena_zero(compiler->arena, writer->count * sizeof(*steps));
	void *blank = eyas_arena_get(compiler->arena, layout->size);
	uint32_t i;
	int res;

	if (!plan || !steps || !blank)
		return no_memory(compiler);
	for (i = 0; i < writer->count; i++) {
		res = make_step(compiler, &writer->fields[i], layout, &steps[i]);
		if (res < 0)
			return res;
	}
	sf_layout_blank(layout, blank);
	*plan = (struct sf_plan){ layout, steps, writer->count, blank };
	*ret = plan;
	return flatten(compiler, plan);
}

/* ---- the whole schema ---- */

static int find_layout(const char *name)
{
	int type;

	for (type = 0; type < SYSFLOW_TYPES; type++)
		if (!strcmp(sf_layouts[type].name, name))
			return type;
	return -1;
}

static int make_branches(struct compiler *compiler, const struct sf_type *writer,
			 struct sf_program *program)
{
	bool seen[SYSFLOW_TYPES] = { false };
	int type, res, known = 0;
	uint32_t i;

	program->branches =
		eyas_arena_zero(compiler->arena, writer->count * sizeof(*program->branches));
	if (!program->branches)
		return no_memory(compiler);
	program->nbranches = writer->count;
	for (i = 0; i < writer->count; i++) {
		struct sf_branch *branch = &program->branches[i];

		branch->writer = writer->branches[i];
		type = branch->writer->kind == SF_T_RECORD ? find_layout(branch->writer->name) : -1;
		if (type < 0)
			continue;
		if (seen[type])
			return eyas_err_set(compiler->err, EYAS_E_FORMAT,
					    "schema: the union has two records called %s",
					    sf_layouts[type].name);
		seen[type] = true;
		branch->type = (enum sysflow_type)type;
		res = make_plan(compiler, branch->writer, &sf_layouts[type], &branch->plan);
		if (res < 0)
			return res;
		known++;
	}
	if (known)
		return 0;
	return eyas_err_set(compiler->err, EYAS_E_FORMAT,
			    "schema: not one of SysFlow: none of its records is SFHeader, Process, "
			    "File or another of these");
}

/* The union, and what is around it in the record SysFlow. */
static const struct sf_type *find_union(const struct sf_type *schema, struct sf_program *program)
{
	uint32_t i;

	if (schema->kind == SF_T_UNION)
		return schema;
	if (schema->kind != SF_T_RECORD)
		return NULL;
	for (i = 0; i < schema->count; i++)
		if (schema->fields[i].type->kind == SF_T_UNION &&
		    !strcmp(schema->fields[i].name, "rec"))
			break;
	if (i == schema->count)
		return NULL;
	program->before = schema->fields;
	program->nbefore = i;
	program->after = schema->fields + i + 1;
	program->nafter = schema->count - i - 1;
	return schema->fields[i].type;
}

int sf_program_new(const struct sf_type *schema, struct eyas_arena *arena,
		   struct sf_program **ret_program, struct eyas_err *reterr)
{
	struct compiler compiler = { arena, reterr };
	struct sf_program *program = eyas_arena_zero(arena, sizeof(*program));
	const struct sf_type *writer;
	int res;

	if (!program)
		return no_memory(&compiler);
	writer = find_union(schema, program);
	if (!writer)
		return eyas_err_set(reterr, EYAS_E_FORMAT,
				    "schema: not one of SysFlow: expected a record with the union "
				    "'rec', found %.*s",
				    SHOWN, schema->full);
	res = make_branches(&compiler, writer, program);
	if (!res)
		*ret_program = program;
	return res;
}
