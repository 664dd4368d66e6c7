/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Networks: what is equal is one slot, one check, one node; each is evaluated at most once an
 * event; large and deep ones; slots for formats. What the checks mean is in test_filter.c.
 */
#include "unit/harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "filter/network_int.h"
#include "schema/ids.h"

static uint32_t add(struct eyas_network *network, const char *text)
{
	struct eyas_arena arena = { .blocks = NULL };
	struct eyas_err err = { .code = 0 };
	uint32_t root = NO_INDEX;
	struct ast *ast;

	if (eyas_ast_parse(text, strlen(text), NULL, &arena, &ast, &err) < 0 ||
	    eyas_network_add(network, ast, NULL, NULL, &root, &err) < 0)
		test_fail(__FILE__, __LINE__, "%s: %s", text, err.text);
	eyas_arena_fini(&arena);
	return root;
}

static struct eyas_network *new_network(void)
{
	struct eyas_network *network;

	CHECK_INT(eyas_network_new(NULL, &network), 0);
	return network;
}

static void check_size(const struct eyas_network *network, unsigned fields, unsigned checks,
		       unsigned nodes, unsigned roots)
{
	struct network_size size;

	eyas_network_size(network, &size);
	CHECK_INT(size.fields, fields);
	CHECK_INT(size.checks, checks);
	CHECK_INT(size.nodes, nodes);
	CHECK_INT(size.roots, roots);
}

/* An event without parameters that are looked at, of no thread. */
struct moment {
	uint8_t bytes[128];
	struct eyas_event event;
	struct eyas_context context;
};

static void make_moment(struct moment *moment, uint64_t num)
{
	struct eyas_encoder enc;
	int len;

	memset(moment, 0, sizeof(*moment));
	eyas_encoder_begin(&enc, moment->bytes, sizeof(moment->bytes), EYAS_EV_SYSCALL_CLOSE_X, 1,
			   1);
	len = eyas_encoder_end(&enc);
	CHECK(len > 0);
	CHECK_INT(eyas_event_view(moment->bytes, (size_t)len, &moment->event, NULL), 0);
	moment->event.num = num;
	moment->context.event = &moment->event;
	moment->context.fd_num = -1;
}

TEST(equal_fields_are_one)
{
	struct eyas_network *network = new_network();

	add(network, "proc.name = a or proc.name = b or proc.exe = a");
	check_size(network, 2, 3, 4, 1);
	add(network, "proc.aname[1] = a or proc.aname[1] = b or proc.aname = a");
	check_size(network, 4, 6, 8, 2);
	add(network, "tolower(proc.name) = a and tolower(proc.name) = b");
	check_size(network, 4, 8, 11, 3);
	CHECK_INT(network->nslots, 5);
	add(network, "toupper(proc.name) = a and concat(proc.name, 'x') = concat(proc.name, 'x')");
	CHECK_INT(network->nslots, 8);
	add(network, "join('x', (proc.name, 'x')) = a and join('x', (proc.name, 'x')) = b");
	CHECK_INT(network->nslots, 10);
	add(network, "getopt(fd.types, 'a')[a] = x and getopt(fd.types, 'a')[b] = x");
	CHECK_INT(network->nslots, 14);
	eyas_network_free(network);
}

/* Each pair has one check, or one each when it says so. */
TEST(equal_checks_are_one)
{
	static const struct {
		const char *a, *b;
		unsigned checks;
	} rows[] = {
		{ "proc.name = a", "proc.name == a", 1 },
		{ "proc.name = a", "proc.name = \"a\"", 1 },
		{ "proc.name = a", "proc.name != a", 2 },
		{ "proc.name = a", "proc.name = b", 2 },
		{ "proc.name in (a, b)", "proc.name in (b, a, b)", 1 },
		{ "proc.name in (a, b)", "proc.name intersects (a, b)", 1 },
		{ "proc.name in (a)", "proc.name = a", 1 },
		{ "proc.name in (a, b)", "proc.name in (a, bb)", 2 },
		{ "proc.name in (a, b)", "proc.name in (a, b, c)", 2 },
		{ "fd.types in (a, b)", "fd.types intersects (a, b)", 2 },
		{ "fd.types in (a)", "fd.types intersects (a)", 2 },
		{ "fd.num = 3", "fd.num = +03", 1 },
		{ "fd.num < 3", "fd.num <= 3", 2 },
		{ "fd.cip = ::1", "fd.cip = 0:0:0:0:0:0:0:1", 1 },
		{ "fd.cnet = 10.1.0.0/8", "fd.cnet = 10.2.0.0/8", 1 },
		{ "fd.cnet = 10.0.0.0/8", "fd.cnet = 10.0.0.0/9", 2 },
		{ "fd.net in (10.0.0.0/8, 11.0.0.0/8)", "fd.net in (10.0.0.0/8)", 1 },
		{ "proc.name = oneof (a, b)", "proc.name = oneof (b, a)", 1 },
		{ "proc.name = oneof (a, b)", "proc.name = oneof (b, a, a)", 2 },
		{ "proc.name = anyof (a, b)", "proc.name = anyof (b, a, a)", 1 },
		{ "proc.name = anyof (a, b)", "proc.name = allof (a, b)", 2 },
		{ "proc.name regex a", "proc.name regex a", 1 },
		{ "proc.name regex a", "proc.name glob a", 2 },
		{ "proc.name exists", "proc.name exists", 1 },
		{ "proc.name = val(proc.exe)", "proc.name = val(proc.exe)", 1 },
		{ "proc.name = val(proc.exe)", "proc.name = val(proc.cwd)", 2 },
		{ "evt.buffer bcontains 6162", "evt.buffer contains ab", 2 },
		{ "evt.buffer bcontains 6a", "evt.buffer bcontains 6A", 1 },
	};
	struct network_size size;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct eyas_network *network = new_network();
		uint32_t a = add(network, rows[i].a), b = add(network, rows[i].b);

		eyas_network_size(network, &size);
		if (size.checks != rows[i].checks || (a == b) != (size.checks == 1))
			test_fail(__FILE__, __LINE__, "%s, %s: %u checks", rows[i].a, rows[i].b,
				  size.checks);
		eyas_network_free(network);
	}
}

TEST(equal_trees_are_one)
{
	struct eyas_network *network = new_network();
	uint32_t a, b;

	a = add(network, "(fd.num=1 and fd.num=2) or not (fd.num=3 or fd.num=4)");
	check_size(network, 1, 4, 8, 1);
	b = add(network, "(fd.num=1 and fd.num=2) or not (fd.num=3 or fd.num=4)");
	CHECK_INT(a, b);
	check_size(network, 1, 4, 8, 2);
	a = add(network, "fd.num=5 and (fd.num=1 and fd.num=2)");
	check_size(network, 1, 5, 10, 3);
	b = add(network, "(fd.num=1 and fd.num=2) and fd.num=5");
	CHECK(a != b);
	eyas_network_free(network);
}

/* A macro that is a negation, negated: no parser has seen both. */
TEST(two_negations_are_none)
{
	struct eyas_arena arena = { .blocks = NULL };
	struct eyas_network *network = new_network();
	struct ast *inner, *outer = eyas_arena_zero(&arena, sizeof(*outer));
	uint32_t plain = add(network, "fd.num = 1"), root;

	CHECK_INT(eyas_ast_parse("not fd.num = 1", 14, NULL, &arena, &inner, NULL), 0);
	CHECK_INT(inner->kind, AST_NOT);
	*outer = (struct ast){ .kind = AST_NOT, .nchildren = 1, .children = &inner };
	CHECK_INT(eyas_network_add(network, outer, NULL, NULL, &root, NULL), 0);
	CHECK_INT(root, plain);
	check_size(network, 1, 1, 2, 2);
	eyas_network_free(network);
	eyas_arena_fini(&arena);
}

/* util.cnt counts how often it was evaluated. */
TEST(once_an_event)
{
	struct eyas_network *network = new_network();
	uint32_t first = add(network, "util.cnt = 1 or util.cnt = 2 and util.cnt = 2");
	uint32_t second = add(network, "util.cnt < 2");
	struct moment moment;

	make_moment(&moment, 1);
	eyas_network_begin(network, &moment.context);
	CHECK(eyas_network_match(network, first));
	CHECK(eyas_network_match(network, second));
	CHECK(eyas_network_match(network, first));
	eyas_network_begin(network, &moment.context);
	CHECK(eyas_network_match(network, first));
	CHECK(!eyas_network_match(network, second));
	eyas_network_begin(network, &moment.context);
	CHECK(!eyas_network_match(network, first));
	eyas_network_free(network);
}

/* What stands behind the one that decides is not evaluated. */
TEST(short_circuit)
{
	static const struct {
		const char *filter;
		unsigned evaluated;
	} rows[] = {
		{ "evt.num = 2 and util.cnt exists", 0 },
		{ "evt.num = 1 and util.cnt exists", 1 },
		{ "evt.num = 1 or util.cnt exists", 0 },
		{ "evt.num = 2 or util.cnt exists", 1 },
		{ "fd.name = val(proc.name) or util.cnt exists", 1 },
		{ "not (evt.num = 1 or util.cnt exists)", 0 },
	};
	struct moment moment;
	size_t i;

	make_moment(&moment, 1);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct eyas_network *network = new_network();
		uint32_t root = add(network, rows[i].filter);
		uint32_t count = add(network, "util.cnt exists");

		eyas_network_begin(network, &moment.context);
		eyas_network_match(network, root);
		if ((network->stamps[count] >> 1 == network->generation) != rows[i].evaluated)
			test_fail(__FILE__, __LINE__, "%s", rows[i].filter);
		eyas_network_free(network);
	}
}

/* Results of long ago are not taken for today's when the generations begin anew. */
TEST(generations_wrap)
{
	struct eyas_network *network = new_network();
	uint32_t root = add(network, "evt.num = 1");
	struct moment one, two;

	make_moment(&one, 1);
	make_moment(&two, 2);
	eyas_network_begin(network, &one.context);
	CHECK(eyas_network_match(network, root));
	network->generation = GENERATION_MAX - 1;
	eyas_network_begin(network, &two.context);
	CHECK(!eyas_network_match(network, root));
	eyas_network_begin(network, &two.context);
	CHECK_INT(network->generation, 1);
	CHECK(!eyas_network_match(network, root));
	eyas_network_free(network);
}

/* ---- slots for formats ---- */

static int add_operand(struct eyas_network *network, const char *text, enum network_purpose purpose,
		       uint32_t *ret_slot)
{
	struct eyas_arena arena = { .blocks = NULL };
	struct ast_operand *operand;
	size_t len;
	int res;

	CHECK_INT(eyas_ast_parse_operand(text, strlen(text), &arena, &operand, &len, NULL), 0);
	CHECK_INT(len, strlen(text));
	res = eyas_network_add_operand(network, operand, purpose, ret_slot, NULL);
	eyas_arena_fini(&arena);
	return res;
}

TEST(slots_by_purpose)
{
	struct eyas_network *network = new_network();
	const struct eyas_value *value;
	struct slot_info info;
	struct moment moment;
	uint32_t a, b;

	/* The same in both. */
	CHECK_INT(add_operand(network, "evt.num", NETWORK_FILTER, &a), 0);
	CHECK_INT(add_operand(network, "evt.num", NETWORK_FORMAT, &b), 0);
	CHECK_INT(a, b);
	eyas_network_slot(network, a, &info);
	CHECK_INT(info.type, EYAS_PT_UINT64);
	CHECK(!info.list);
	CHECK_STR(info.field->text, "evt.num");
	make_moment(&moment, 7);
	eyas_network_begin(network, &moment.context);
	value = eyas_network_value(network, a);
	CHECK(value);
	CHECK_INT(value->u.num, 7);
	/* A list in filters, one text in formats. */
	CHECK_INT(add_operand(network, "proc.aname", NETWORK_FILTER, &a), 0);
	CHECK_INT(add_operand(network, "proc.aname", NETWORK_FORMAT, &b), 0);
	CHECK(a != b);
	/* Never printed. */
	CHECK_INT(add_operand(network, "fd.cnet", NETWORK_FORMAT, &b), 0);
	CHECK_INT(add_operand(network, "fd.cnet", NETWORK_FILTER, &a), 0);
	CHECK(a != b);
	eyas_network_begin(network, &moment.context);
	CHECK(!eyas_network_value(network, b));
	/* Never compared. */
	CHECK_INT(add_operand(network, "evt.outputtime", NETWORK_FILTER, &a), EYAS_E_USAGE);
	CHECK_INT(add_operand(network, "evt.outputtime", NETWORK_FORMAT, &a), 0);
	CHECK_INT(add_operand(network, "evt.outputtime", NETWORK_FILTER, &a), EYAS_E_USAGE);
	/* A transformer has a type of its own and no field. */
	CHECK_INT(add_operand(network, "len(evt.type)", NETWORK_FORMAT, &a), 0);
	eyas_network_slot(network, a, &info);
	CHECK_INT(info.type, EYAS_PT_UINT64);
	CHECK_INT(info.fmt, EYAS_FMT_DEC);
	CHECK(!info.field);
	eyas_network_begin(network, &moment.context);
	CHECK_INT(eyas_network_value(network, a)->u.num, strlen("close"));
	eyas_network_free(network);
}

/* ---- large ones ---- */

TEST(a_hundred_thousand_checks)
{
	enum { COUNT = 100000 };
	struct eyas_network *network = new_network();
	static uint32_t roots[COUNT];
	struct network_size size;
	struct moment moment;
	char text[64];
	uint32_t i;

	for (i = 0; i < COUNT; i++) {
		snprintf(text, sizeof(text), "evt.num = %u and proc.name = n%u", i, i);
		roots[i] = add(network, i % 2 ? text : strchr(text, 'p'));
	}
	eyas_network_size(network, &size);
	CHECK_INT(size.fields, 2);
	CHECK_INT(size.checks, COUNT + COUNT / 2);
	CHECK_INT(size.roots, COUNT);
	for (i = 0; i < COUNT; i++) {
		snprintf(text, sizeof(text), "evt.num = %u", i);
		roots[i] = add(network, text);
	}
	make_moment(&moment, 777);
	eyas_network_begin(network, &moment.context);
	for (i = 0; i < COUNT; i++)
		CHECK_INT(eyas_network_match(network, roots[i]), i == 777);
	eyas_network_free(network);
}

TEST(a_long_list)
{
	enum { COUNT = 20000 };
	struct eyas_network *network = new_network();
	struct eyas_str text = EYAS_STR_INIT;
	struct moment moment;
	uint32_t i, root;

	eyas_str_puts(&text, "evt.num in (0");
	for (i = 1; i < COUNT; i++)
		eyas_str_printf(&text, ",%u", 3 * i);
	eyas_str_add(&text, ")", 2);
	root = add(network, text.data);
	for (i = 0; i < 4 * COUNT; i++) {
		make_moment(&moment, i);
		eyas_network_begin(network, &moment.context);
		CHECK_INT(eyas_network_match(network, root), i < 3 * COUNT && i % 3 == 0);
	}
	eyas_str_fini(&text);
	eyas_network_free(network);
}

/* Trees that no parser made: chains of negations and conjunctions of any depth. */
static int add_chain(unsigned depth, struct eyas_err *err)
{
	struct eyas_arena arena = { .blocks = NULL };
	struct eyas_network *network = new_network();
	struct ast *leaf, *node, *other;
	uint32_t root;
	int res;

	CHECK_INT(eyas_ast_parse("evt.num = 1", 11, NULL, &arena, &leaf, NULL), 0);
	CHECK_INT(eyas_ast_parse("evt.num = 2", 11, NULL, &arena, &other, NULL), 0);
	for (node = leaf; depth > 0; depth--) {
		struct ast *parent = eyas_arena_zero(&arena, sizeof(*parent));

		parent->kind = depth % 2 ? AST_AND : AST_OR;
		parent->nchildren = 2;
		parent->children = eyas_arena_get(&arena, 2 * sizeof(struct ast *));
		parent->children[0] = node;
		parent->children[1] = other;
		node = parent;
	}
	res = eyas_network_add(network, node, NULL, NULL, &root, err);
	if (!res) {
		struct moment moment;

		make_moment(&moment, 1);
		eyas_network_begin(network, &moment.context);
		eyas_network_match(network, root);
	}
	eyas_network_free(network);
	eyas_arena_fini(&arena);
	return res;
}

TEST(depth)
{
	struct eyas_err err;

	CHECK_INT(add_chain(NETWORK_DEPTH_MAX, &err), 0);
	CHECK_INT(add_chain(NETWORK_DEPTH_MAX + 1, &err), EYAS_E_LIMIT);
	CHECK_INT(add_chain(100000, &err), EYAS_E_LIMIT);
}

/* Right sides that do not belong to the operator. */
TEST(unsound_trees)
{
	static const struct {
		const char *filter; /* one that parses, of which these are then set: */
		enum ast_op op;
		enum ast_modifier modifier;
		enum ast_right right;
		uint32_t nvalues;
		int want;
	} rows[] = {
		{ "proc.name = a", OP_EQ, MOD_NONE, RIGHT_VALUE, 1, 0 },
		{ "proc.name = a", OP_EQ, MOD_NONE, RIGHT_VALUE, 0, EYAS_E_USAGE },
		{ "proc.name in (a,b)", OP_EQ, MOD_NONE, RIGHT_LIST, 2, EYAS_E_USAGE },
		{ "proc.name in (a,b)", OP_IN, MOD_ANYOF, RIGHT_LIST, 2, EYAS_E_USAGE },
		{ "proc.name in (a,b)", OP_EXISTS, MOD_NONE, RIGHT_LIST, 2, EYAS_E_USAGE },
		{ "proc.name exists", OP_EXISTS, MOD_NONE, RIGHT_NONE, 0, 0 },
		{ "proc.name exists", OP_EQ, MOD_NONE, RIGHT_NONE, 0, EYAS_E_USAGE },
		{ "proc.name exists", OP_EQ, MOD_NONE, RIGHT_OPERAND, 0, EYAS_E_USAGE },
		{ "proc.name = val(proc.exe)", OP_EQ, MOD_NONE, RIGHT_OPERAND, 0, 0 },
		{ "proc.name = val(proc.exe)", OP_EQ, MOD_ONEOF, RIGHT_OPERAND, 0, EYAS_E_USAGE },
	};
	uint32_t root;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct eyas_network *network = new_network();
		struct eyas_arena arena = { .blocks = NULL };
		struct ast *ast;

		CHECK_INT(eyas_ast_parse(rows[i].filter, strlen(rows[i].filter), NULL, &arena, &ast,
					 NULL),
			  0);
		ast->op = rows[i].op;
		ast->modifier = rows[i].modifier;
		ast->right = rows[i].right;
		ast->nvalues = rows[i].nvalues;
		if (eyas_network_add(network, ast, NULL, NULL, &root, NULL) != rows[i].want)
			test_fail(__FILE__, __LINE__, "row %zu, %s", i, rows[i].filter);
		eyas_network_free(network);
		eyas_arena_fini(&arena);
	}
}

TEST(depth_of_transformers)
{
	struct eyas_arena arena = { .blocks = NULL };
	struct eyas_network *network = new_network();
	struct ast_operand *operand, *field;
	struct eyas_err err;
	uint32_t slot;
	size_t len;
	int i;

	CHECK_INT(eyas_ast_parse_operand("proc.name", 9, &arena, &field, &len, NULL), 0);
	for (i = 0; i <= OPERAND_DEPTH_MAX; i++) {
		CHECK_INT(eyas_network_add_operand(network, field, NETWORK_FILTER, &slot, &err), 0);
		operand = eyas_arena_zero(&arena, sizeof(*operand));
		operand->kind = OPERAND_TRANSFORM;
		operand->transformer = i % 2 ? TR_TOLOWER : TR_TOUPPER;
		operand->nitems = 1;
		operand->items = eyas_arena_get(&arena, sizeof(struct ast_operand *));
		operand->items[0] = field;
		field = operand;
	}
	CHECK_INT(eyas_network_add_operand(network, field, NETWORK_FILTER, &slot, &err),
		  EYAS_E_LIMIT);
	eyas_network_free(network);
	eyas_arena_fini(&arena);
}
