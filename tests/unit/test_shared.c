/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What rules need of the filter floor: trees that many have in common, values on their own, and
 * what a root is made of.
 */
#include "unit/harness.h"

#include <string.h>

#include "filter/network_int.h"
#include "schema/ids.h"

static struct ast *parse(struct eyas_arena *arena, const char *text)
{
	struct eyas_err err = { .code = 0 };
	struct ast *ast;

	if (eyas_ast_parse(text, strlen(text), NULL, arena, &ast, &err) < 0)
		test_fail(__FILE__, __LINE__, "%s: %s", text, err.text);
	return ast;
}

/* The tree of a text in which every macro stands for the same. */
static struct ast *parse_with(struct eyas_arena *arena, const char *text, struct ast_shared *shared)
{
	struct ast *ast = parse(arena, text);
	uint32_t i;

	if (ast->kind == AST_MACRO)
		ast->shared = shared;
	for (i = 0; i < ast->nchildren; i++)
		if (ast->children[i]->kind == AST_MACRO)
			ast->children[i]->shared = shared;
	return ast;
}

static uint32_t add(struct eyas_network *network, const struct ast *ast)
{
	uint32_t root = NO_INDEX;

	CHECK_INT(eyas_network_add(network, ast, NULL, NULL, &root, NULL), 0);
	return root;
}

TEST(shared_trees_are_added_once)
{
	struct eyas_arena arena = { .blocks = NULL };
	struct ast_shared shared = { .tree = NULL, .depth = 1 };
	struct eyas_network *network;
	struct eyas_str text = EYAS_STR_INIT;
	const struct ast *whole;
	uint32_t root;

	CHECK_INT(eyas_network_new(NULL, &network), 0);
	shared.tree = parse(&arena, "proc.pid = 1 or proc.pid = 2");
	whole = parse_with(&arena, "m and proc.name = x", &shared);
	root = add(network, whole);
	CHECK(shared.added);
	/* It is the very node that the same text without a macro is. */
	CHECK_INT(add(network, parse(&arena, "(proc.pid = 1 or proc.pid = 2) and proc.name = x")),
		  root);
	CHECK_INT(add(network, parse_with(&arena, "m", &shared)), shared.node);
	eyas_ast_print(whole, &text);
	eyas_str_putc(&text, '\0');
	CHECK_STR(text.data, "((proc.pid = 1 or proc.pid = 2) and proc.name = x)");
	eyas_str_fini(&text);
	eyas_network_free(network);
	eyas_arena_fini(&arena);
}

TEST(shared_trees_are_inferred_for_both_signs)
{
	struct eyas_arena arena = { .blocks = NULL };
	struct ast_shared shared = { .tree = NULL };
	struct event_set set;

	shared.tree = parse(&arena, "evt.type = open");
	CHECK_INT(eyas_ast_infer(parse_with(&arena, "m", &shared), &set, NULL), 0);
	CHECK(event_set_has(&set, EYAS_EV_SYSCALL_OPEN_X));
	CHECK(!event_set_has(&set, EYAS_EV_SYSCALL_CLOSE_X));
	CHECK(shared.inferred[0] && !shared.inferred[1]);
	CHECK_INT(eyas_ast_infer(parse_with(&arena, "not m", &shared), &set, NULL), 0);
	CHECK(!event_set_has(&set, EYAS_EV_SYSCALL_OPEN_X));
	CHECK(event_set_has(&set, EYAS_EV_SYSCALL_CLOSE_X));
	CHECK_INT(eyas_ast_infer(parse_with(&arena, "m or evt.type = close", &shared), &set, NULL),
		  0);
	CHECK(event_set_has(&set, EYAS_EV_SYSCALL_OPEN_X));
	CHECK(event_set_has(&set, EYAS_EV_SYSCALL_CLOSE_X));
	CHECK(!event_set_has(&set, EYAS_EV_SYSCALL_READ_X));
	eyas_arena_fini(&arena);
}

/* Trees that hold each other double what they stand for, but nothing that is done. */
TEST(shared_trees_that_double)
{
	static struct ast_shared shared[60];
	struct eyas_arena arena = { .blocks = NULL };
	struct eyas_network *network;
	struct network_size size;
	struct event_set set;
	unsigned i;

	CHECK_INT(eyas_network_new(NULL, &network), 0);
	shared[0].tree = parse(&arena, "evt.type = open");
	for (i = 1; i < 60; i++) {
		shared[i].tree = parse_with(
			&arena, i % 2 ? "m and m and proc.pid > 5" : "m or m or proc.pid < 9",
			&shared[i - 1]);
		shared[i].depth = shared[i - 1].depth + 2;
	}
	CHECK_INT(eyas_ast_infer(shared[59].tree, &set, NULL), 0);
	add(network, shared[59].tree);
	eyas_network_size(network, &size);
	CHECK_INT(size.checks, 3);
	CHECK(size.nodes < 100);
	eyas_network_free(network);
	eyas_arena_fini(&arena);
}

TEST(shared_trees_have_a_depth)
{
	struct eyas_arena arena = { .blocks = NULL };
	struct ast_shared shared = { .tree = NULL, .depth = NETWORK_DEPTH_MAX - 1 };
	struct eyas_network *network;
	uint32_t root;

	CHECK_INT(eyas_network_new(NULL, &network), 0);
	shared.tree = parse(&arena, "evt.type = open");
	add(network, parse_with(&arena, "m", &shared));
	CHECK_INT(eyas_network_add(network, parse_with(&arena, "m and proc.pid = 1", &shared), NULL,
				   NULL, &root, NULL),
		  EYAS_E_LIMIT);
	eyas_network_free(network);
	eyas_arena_fini(&arena);
}

TEST(values_alone)
{
	/* clang-format off */
	static const struct {
		const char *text;
		unsigned count;
		const char *first, *last; /* NULL first = it is wrong, last says how */
	} rows[] = {
		{ "", 0, "", "" },
		{ "  ", 0, "", "" },
		{ "a", 1, "a", "a" },
		{ " a , b ", 2, "a", "b" },
		{ "a,'b c',\"d\\te\"", 3, "a", "d\te" },
		{ "\"\"", 1, "", "" },
		{ "/etc/x*, -1", 2, "/etc/x*", "-1" },
		{ "a b", 0, NULL, "expected ',' after 'a', found 'b'" },
		{ "a,", 0, NULL, "expected a value after ','" },
		{ ",a", 0, NULL, "expected a value, found ','" },
		{ "a,,b", 0, NULL, "expected a value after ',', found ','" },
		{ "a(b", 0, NULL, "expected ',' after 'a', found '('" },
		{ "'a", 0, NULL, "" },
		{ "'\\y'", 0, NULL, "wrong escape" },
	};
	/* clang-format on */
	struct eyas_arena arena = { .blocks = NULL };
	struct eyas_err err;
	struct ast_value *values;
	uint32_t count;
	size_t i;
	int res;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		err.text[0] = '\0';
		res = eyas_ast_parse_values(rows[i].text, strlen(rows[i].text), &arena, &values,
					    &count, &err);
		if (!rows[i].first) {
			CHECK_INT(res, EYAS_E_FORMAT);
			CHECK(strstr(err.text, rows[i].last));
			continue;
		}
		CHECK_INT(res, 0);
		CHECK_INT(count, rows[i].count);
		if (count) {
			CHECK_STR(values[0].text, rows[i].first);
			CHECK_STR(values[count - 1].text, rows[i].last);
		}
	}
	eyas_arena_fini(&arena);
}

TEST(terms_of_a_root)
{
	struct eyas_arena arena = { .blocks = NULL };
	struct eyas_network *network;
	struct network_choice choice;
	uint32_t terms[8], root, type, name, either, slots, n;

	CHECK_INT(eyas_network_new(NULL, &network), 0);
	type = add(network, parse(&arena, "evt.type in (open, openat)"));
	name = add(network, parse(&arena, "proc.name in (b, a)"));
	either = add(network, parse(&arena, "proc.pid = 1 or proc.pid = 2"));
	slots = add(network, parse(&arena, "evt.type = open or proc.name = val(proc.pname)"));
	root = add(network, parse(&arena, "evt.type in (open, openat) and (proc.name in (b, a) and "
					  "(proc.pid = 1 or proc.pid = 2))"));
	n = eyas_network_terms(network, root, terms, 8);
	CHECK_INT(n, 3);
	CHECK_INT(terms[0], type);
	CHECK_INT(terms[1], name);
	CHECK_INT(terms[2], either);
	CHECK_INT(eyas_network_terms(network, root, terms, 2), 0);
	CHECK_INT(eyas_network_terms(network, name, terms, 8), 1);
	CHECK(eyas_network_term_is_type(network, type));
	CHECK(!eyas_network_term_is_type(network, name));
	CHECK(!eyas_network_term_is_type(network, slots));
	CHECK(eyas_network_choice(network, name, &choice));
	CHECK_INT(choice.nconsts, 2);
	CHECK_STR(choice.consts[0].u.data, "a");
	CHECK(!eyas_network_choice(network, either, &choice));
	CHECK(!eyas_network_choice(network, add(network, parse(&arena, "proc.pid = 1")), &choice));
	CHECK(!eyas_network_choice(network, add(network, parse(&arena, "proc.name != a")),
				   &choice));
	CHECK(!eyas_network_choice(network, add(network, parse(&arena, "proc.aname = a")),
				   &choice));
	CHECK(!eyas_network_choice(network, add(network, parse(&arena, "proc.name in ()")),
				   &choice));
	CHECK(eyas_network_choice(network, add(network, parse(&arena, "fd.name = /a")), &choice));
	eyas_network_free(network);
	eyas_arena_fini(&arena);
}

/* What is likely to cost more is tried later: only the order counts. */
TEST(cost_of_terms)
{
	static const char *const rows[] = {
		"fd.num exists",	  "proc.pid = 1",
		"proc.name = a",	  "proc.name in (a, b)",
		"proc.name contains a",	  "not (proc.name contains a and proc.name = b)",
		"proc.name regex 'a.*b'", "proc.aname = a",
	};
	struct eyas_arena arena = { .blocks = NULL };
	struct eyas_network *network;
	unsigned last = 0, cost;
	size_t i;

	CHECK_INT(eyas_network_new(NULL, &network), 0);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		cost = eyas_network_term_cost(network, add(network, parse(&arena, rows[i])));
		if (cost <= last)
			test_fail(__FILE__, __LINE__, "%s costs %u, %s costs %u", rows[i - 1], last,
				  rows[i], cost);
		last = cost;
	}
	eyas_network_free(network);
	eyas_arena_fini(&arena);
}
