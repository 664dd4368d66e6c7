/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The filter language: every production and every edge of a token, printed back as a tree; every
 * way to get it wrong, with the place and the words of the message; limits; official rules.
 */
#include "unit/harness.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "filter/ast.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static char *printed(const struct ast *ast)
{
	struct eyas_str out = EYAS_STR_INIT;

	eyas_ast_print(ast, &out);
	eyas_str_putc(&out, '\0');
	CHECK(!out.nomem);
	return out.data;
}

/* The printed tree of text, which printed and parsed again must be the same. */
static char *parse_print(const char *text, size_t len)
{
	struct eyas_arena arena = { 0 };
	struct eyas_err err;
	struct ast *ast;
	char *first, *second;

	if (eyas_ast_parse(text, len, NULL, &arena, &ast, &err))
		test_fail(__FILE__, __LINE__, "%s: line %u, column %u: %s", text, err.line,
			  err.column, err.text);
	first = printed(ast);
	if (eyas_ast_parse(first, strlen(first), NULL, &arena, &ast, &err))
		test_fail(__FILE__, __LINE__, "%s, printed as %s: %s", text, first, err.text);
	second = printed(ast);
	CHECK_STR(second, first);
	free(second);
	eyas_arena_fini(&arena);
	return first;
}

struct valid {
	const char *text, *tree; /* NULL = the text itself */
};

static void check_valid(const struct valid *rows, size_t count)
{
	char *tree;
	size_t i;

	for (i = 0; i < count; i++) {
		tree = parse_print(rows[i].text, strlen(rows[i].text));
		test_check_str(__FILE__, __LINE__, rows[i].text, tree,
			       rows[i].tree ? rows[i].tree : rows[i].text);
		free(tree);
	}
}

/* clang-format off */
TEST(logic)
{
	static const struct valid rows[] = {
		{ "a", NULL },
		{ "a_b1", NULL },
		{ "not a", NULL },
		{ "  a  ", "a" },
		{ "\t\r\n\ba\b\n", "a" },
		{ "(a)", "a" },
		{ "((( a )))", "a" },
		{ "a and b", "(a and b)" },
		{ "a or b", "(a or b)" },
		{ "a and b and c and d", "(a and b and c and d)" },
		{ "a or b or c or d", "(a or b or c or d)" },
		{ "a and b or c", "((a and b) or c)" },
		{ "a or b and c", "(a or (b and c))" },
		{ "a or b and c or d", "(a or (b and c) or d)" },
		{ "a and (b or c)", "(a and (b or c))" },
		{ "(a and b) and c", "((a and b) and c)" },
		{ "a and (b and c)", "(a and (b and c))" },
		{ "(a or b) or c", "((a or b) or c)" },
		{ "a and\nb", "(a and b)" },
		{ "a\nand\tb", "(a and b)" },
		{ "(a)and(b)", "(a and b)" },
		{ "(a)or(b)", "(a or b)" },
		{ "a and(b)", "(a and b)" },
		{ "a or(b)", "(a or b)" },
		{ "a or(b)or(c)or d", "(a or b or c or d)" },
		{ "a and(b)or(c)", "((a and b) or c)" },
		{ "a or(b and c or d)", "(a or ((b and c) or d))" },
		{ "a and( b )", "(a and b)" },
		{ "a and not b", "(a and not b)" },
		{ "not a and b", "(not a and b)" },
		{ "not (a and b)", NULL },
		{ "not(a and b)", "not (a and b)" },
		{ "not( a )", "not a" },
		{ "not\ta", "not a" },
		{ "not not a", "a" },
		{ "not not not a", "not a" },
		{ "not not(a)", "a" },
		{ "not not not(a)", "not a" },
		{ "not (not a)", "a" },
		{ "not(not(a))", "a" },
		{ "not(not(not(a)))", "not a" },
		{ "not (not (a and b))", "(a and b)" },
		{ "a or not(b)and c", "(a or (not b and c))" },
		/* Words are words only where one can stand. */
		{ "not", NULL },
		{ "and", NULL },
		{ "or", NULL },
		{ "and and or", "(and and or)" },
		{ "not not", "not not" },
		{ "not and", "not and" },
		{ "nothing", NULL },
		{ "android or orange", "(android or orange)" },
		{ "exists", NULL },
		{ "in and contains", "(in and contains)" },
		{ "val", NULL },
		{ "len and tolower", "(len and tolower)" },
	};

	check_valid(rows, COUNT(rows));
}

TEST(fields_and_operators)
{
	static const struct valid rows[] = {
		{ "a.b exists", NULL },
		{ "not a.b exists", NULL },
		{ "a.b exists and c", "(a.b exists and c)" },
		{ "a.b existsand c", "(a.b exists and c)" },
		{ "(a.b exists)", "a.b exists" },
		{ "a.b=1", "a.b = 1" },
		{ "a.b==1", "a.b = 1" },
		{ "a.b  ==  1", "a.b = 1" },
		{ "a.b!=1", "a.b != 1" },
		{ "a.b<1", "a.b < 1" },
		{ "a.b<=1", "a.b <= 1" },
		{ "a.b>1", "a.b > 1" },
		{ "a.b>=1", "a.b >= 1" },
		{ "a.b glob x*", NULL },
		{ "a.b iglob x", NULL },
		{ "a.b contains x", NULL },
		{ "a.b icontains x", NULL },
		{ "a.b bcontains 6162", NULL },
		{ "a.b startswith x", NULL },
		{ "a.b bstartswith 00ff", NULL },
		{ "a.b endswith x", NULL },
		{ "a.b regex ^x.*$", NULL },
		{ "a.b contains\nx", "a.b contains x" },
		{ "a.b\ncontains\tx", "a.b contains x" },
		{ "a.b in (x)", NULL },
		{ "a.b in(x)", "a.b in (x)" },
		{ "a.b in names", NULL },
		{ "a.b intersects (x, y)", NULL },
		{ "a.b intersects names", NULL },
		{ "a.b pmatch (/etc, /usr/lib)", NULL },
		{ "a.b pmatch(/etc)", "a.b pmatch (/etc)" },
		{ "a.b pmatch paths", NULL },
		/* Operators of lists need no blank behind them. */
		{ "a.b innames", "a.b in names" },
		{ "a.b inter", "a.b in ter" },
		{ "a.b.c.d = 1", NULL },
		{ "aA0_.bB1_ = 1", NULL },
		{ "a.b[0] = 1", NULL },
		{ "a.b[x.y-z:1/2] = 1", NULL },
		{ "a.b[a(b),c=d] exists", NULL },
		{ "a.b[x\\y] exists", "a.b[\"x\\\\y\"] exists" },
		{ "a.b[\"0\"] = 1", "a.b[0] = 1" },
		{ "a.b['0'] = 1", "a.b[0] = 1" },
		{ "a.b[\"x y\"] = 1", NULL },
		{ "a.b['x[y'] = 1", "a.b[\"x[y\"] = 1" },
		{ "a.b['x]y'] = 1", "a.b[\"x]y\"] = 1" },
		{ "a.b[\"\"] = 1", NULL },
		{ "a.b[0]=1", "a.b[0] = 1" },
		{ "a.b[0]exists", "a.b[0] exists" },
		{ "evt.arg.fd = 1", NULL },
		{ "evt.rawarg.res < 0", NULL },
		/* A name that begins with a word of the language. */
		{ "not.a = 1", NULL },
		{ "not not.a = 1", NULL },
		{ "or.a = 1 or and.a = 1", "(or.a = 1 or and.a = 1)" },
		{ "tolower.x = 1", NULL },
	};

	check_valid(rows, COUNT(rows));
}

TEST(values)
{
	static const struct valid rows[] = {
		{ "a.b = x", NULL },
		{ "a.b = -1", NULL },
		{ "a.b = 10.0.0.0/8", NULL },
		{ "a.b = ::1", NULL },
		{ "a.b = [x]{y}<z>", NULL },
		{ "a.b = !x", NULL },
		{ "a.b = >", NULL },
		{ "a.b = *?[a-z]", NULL },
		{ "a.b = x|y", NULL },
		{ "a.b = \xc3\xa9\xff", NULL },
		{ "a.b = x\x01y", NULL },
		{ "a.b = x\by", "a.b = \"x\\by\"" },
		{ "a.b = x\\y", "a.b = \"x\\\\y\"" },
		{ "a.b = x\\", "a.b = \"x\\x5c\"" },
		{ "a.b = and", NULL },
		{ "a.b = and and c", "(a.b = and and c)" },
		{ "a.b = oneof", NULL },
		{ "a.b = val", NULL },
		{ "a.b = tolower", NULL },
		{ "a.b = x and c", "(a.b = x and c)" },
		{ "(a.b = x)and c", "(a.b = x and c)" },
		{ "a.b = \"x\"", "a.b = x" },
		{ "a.b = 'x'", "a.b = x" },
		{ "a.b = \"x\"and c", "(a.b = x and c)" },
		{ "a.b contains 'x'", "a.b contains x" },
		{ "a.b = \"x y\"", NULL },
		{ "a.b = 'x y'", "a.b = \"x y\"" },
		{ "a.b = \"x=y\"", NULL },
		{ "a.b = \"it's\"", NULL },
		{ "a.b = 'say \"x\"'", "a.b = \"say \\\"x\\\"\"" },
		{ "a.b = \"x\ny\"", "a.b = \"x\\ny\"" },
		{ "a.b = \"\"", NULL },
		{ "a.b = ''", "a.b = \"\"" },
		{ "a.b = \"(\"", NULL },
		{ "a.b = \")\"", NULL },
		{ "a.b = \"x,y\"", NULL },
		{ "a.b = \"val(x.y)\"", NULL },
		{ "a.b = \"\\b\\f\\n\\r\\t\"", NULL },
		{ "a.b = \"\\\\x\"", NULL },
		{ "a.b = \"\\/x\"", "a.b = /x" },
		{ "a.b = \"\\\"\"", NULL },
		{ "a.b = '\\''", "a.b = \"'\"" },
		{ "a.b = \"\\x41\\x6a\\x4A\"", "a.b = AjJ" },
		{ "a.b = \"\\x00\"", NULL },
		{ "a.b = \"\\x0b\"", NULL },
		{ "a.b = \"\\xff\"", "a.b = \xff" },
		{ "a.b = \"x\\ y\"", "a.b = \"x\\\\y\"" },
		{ "a.b = \"x\\ \"", "a.b = \"x\\x5c\"" },
		{ "a.b = \"\\\\\\\"\"", NULL }, /* \" */
		{ "a.b in ()", NULL },
		{ "a.b in ( )", "a.b in ()" },
		{ "a.b in (x,y)", "a.b in (x, y)" },
		{ "a.b in ( x , y )", "a.b in (x, y)" },
		{ "a.b in (\nx,\n\ty\n)", "a.b in (x, y)" },
		{ "a.b in (\"x y\", 'z', \"\")", "a.b in (\"x y\", z, \"\")" },
		{ "a.b in (\"x\",\"y\")", "a.b in (x, y)" },
		{ "a.b in (1,2,3,4,5,6,7,8,9)", "a.b in (1, 2, 3, 4, 5, 6, 7, 8, 9)" },
		{ "a.b in (and, or, not)", NULL },
		{ "a.b in (val, x<y)", NULL },
	};

	check_valid(rows, COUNT(rows));
}

TEST(numbers)
{
	static const struct valid rows[] = {
		{ "a.b < 0", NULL },
		{ "a.b < -1", NULL },
		{ "a.b < +1", NULL },
		{ "a.b<-1", "a.b < -1" },
		{ "a.b < 1.", NULL },
		{ "a.b < 1.5", NULL },
		{ "a.b < 1e+5", NULL },
		{ "a.b < 1E-5", NULL },
		{ "a.b < 1.5e+10", NULL },
		{ "a.b < 1.e+1", NULL },
		{ "a.b < 00012", NULL },
		{ "a.b < 123456789012345678901234567890", NULL },
		{ "a.b < 0x1f", NULL },
		{ "a.b < 0XAbC", NULL },
		{ "a.b < 1and c", "(a.b < 1 and c)" },
		{ "(a.b < 1)", "a.b < 1" },
		{ "a.b < 0x1 and c", "(a.b < 0x1 and c)" },
		{ "a.b = 1e5", NULL },
		{ "a.b = 0x", NULL },
	};

	check_valid(rows, COUNT(rows));
}

TEST(right_sides)
{
	static const struct valid rows[] = {
		{ "a.b = val(c.d)", NULL },
		{ "a.b=val( c.d )", "a.b = val(c.d)" },
		{ "a.b = val(c.d[1])", NULL },
		{ "a.b < val(c.d)", NULL },
		{ "a.b contains val(c.d)", NULL },
		{ "a.b in val(c.d)", NULL },
		{ "a.b intersects val(c.d)", NULL },
		{ "a.b = tolower(c.d)", NULL },
		{ "a.b = tolower( c.d )", "a.b = tolower(c.d)" },
		{ "a.b >= len(c.d)", NULL },
		{ "a.b in toupper(c.d)", NULL },
		{ "a.b pmatch basename(c.d)", NULL },
		{ "a.b = concat(c.d, \"x\", e.f)", "a.b = concat(c.d,\"x\",e.f)" },
		{ "a.b = val(c.d) and e", "(a.b = val(c.d) and e)" },
		{ "a.b = valx", NULL },
		{ "a.b = lenx", NULL },
		{ "a.b in val", NULL },
		{ "a.b in value", NULL },
	};

	check_valid(rows, COUNT(rows));
}

TEST(transformers)
{
	static const struct valid rows[] = {
		{ "tolower(a.b) = x", NULL },
		{ "toupper(a.b) = X", NULL },
		{ "b64(a.b) contains x", NULL },
		{ "basename(a.b) = x", NULL },
		{ "len(a.b) > 3", NULL },
		{ "len(a.b)>3", "len(a.b) > 3" },
		{ "len(a.b) exists", NULL },
		{ "tolower(\n a.b\t) = x", "tolower(a.b) = x" },
		{ "tolower(toupper(b64(a.b))) = x", NULL },
		{ "tolower(a.b[1]) = x", NULL },
		{ "tolower(a.b)[x] = y", NULL },
		{ "getopt(a.b, \"ab:c\")[b] = x", "getopt(a.b,\"ab:c\")[b] = x" },
		{ "getopt(a.b,'ab')[\"b\"] = x", "getopt(a.b,\"ab\")[b] = x" },
		{ "getopt(a.b, \"a\") in (x)", "getopt(a.b,\"a\") in (x)" },
		{ "join(\",\", a.b) = x", "join(\",\",a.b) = x" },
		{ "join(\"\", (a.b, c.d)) = x", "join(\"\",(a.b, c.d)) = x" },
		{ "join(',', ()) = x", "join(\",\",()) = x" },
		{ "join(',', ( )) = x", "join(\",\",()) = x" },
		{ "join(\"-\", (a.b, tolower(c.d), 'x', -1.5)) = y",
		  "join(\"-\",(a.b, tolower(c.d), \"x\", -1.5)) = y" },
		{ "concat(a.b, c.d, e.f) = x", "concat(a.b,c.d,e.f) = x" },
		{ "concat(1,+2,3e+4) = x", NULL },
		{ "concat( \"(\" , \")\" ) = x", "concat(\"(\",\")\") = x" },
		{ "concat(\"x\\\\\\x00\") = x", NULL },
		{ "len((a.b, c.d)) = 2", NULL },
		{ "len(join(\"\",(len(a.b)))) = 2", NULL },
		{ "not tolower(a.b) = x", NULL },
	};

	check_valid(rows, COUNT(rows));
}

TEST(modifiers)
{
	static const struct valid rows[] = {
		{ "a.b = oneof (x, y)", NULL },
		{ "a.b = anyof (x, y)", NULL },
		{ "a.b = allof (x, y)", NULL },
		{ "a.b != allof (x)", NULL },
		{ "a.b == anyof ()", "a.b = anyof ()" },
		{ "a.b contains anyof (x, y)", NULL },
		{ "a.b startswith\nanyof\t(x)", "a.b startswith anyof (x)" },
		{ "a.b glob allof (x*, *y)", NULL },
		{ "a.b regex oneof (x)", NULL },
		{ "a.b = anyof names", NULL },
		{ "a.b contains allof names and c", "(a.b contains allof names and c)" },
		{ "a.b = anyof andy", NULL },
		{ "a.b = anyof orc or c", "(a.b = anyof orc or c)" },
		{ "a.b = anyof nothing", NULL },
		{ "a.b = anyof an", NULL },
		{ "a.b = anyof oneof", NULL },
		/* Else they are texts. */
		{ "a.b = oneof", NULL },
		{ "a.b = oneof ", "a.b = oneof" },
		{ "a.b=oneof", "a.b = oneof" },
		{ "a.b = oneofx", NULL },
		{ "a.b = oneof and c", "(a.b = oneof and c)" },
		{ "a.b = anyof or c", "(a.b = anyof or c)" },
		{ "a.b = anyof and(c)", "(a.b = anyof and c)" },
		{ "(a.b = allof )", "a.b = allof" },
		{ "a.b = \"oneof\"", "a.b = oneof" },
		{ "a.b=oneof and c", "(a.b = oneof and c)" },
		{ "a.b in oneof", NULL },
		{ "a.b in (oneof)", NULL },
		{ "a.b in (oneof, x)", NULL },
	};

	check_valid(rows, COUNT(rows));
}

struct invalid {
	const char *text;
	unsigned line, column;
	const char *words; /* in the message */
};

static void check_invalid(const struct invalid *rows, size_t count)
{
	struct eyas_arena arena = { 0 };
	struct eyas_err err;
	struct ast *ast;
	unsigned column;
	size_t i, k;
	int code;

	for (i = 0; i < count; i++) {
		memset(&err, 0xff, sizeof(err));
		code = eyas_ast_parse(rows[i].text, strlen(rows[i].text), NULL, &arena, &ast, &err);
		if (code != EYAS_E_FORMAT)
			test_fail(__FILE__, __LINE__, "%s: code %d", rows[i].text, code);
		if (err.code != code || err.line != rows[i].line || err.column != rows[i].column ||
		    !strstr(err.text, rows[i].words) || strchr(err.text, '\n'))
			test_fail(__FILE__, __LINE__, "%s: %u:%u: %s", rows[i].text, err.line,
				  err.column, err.text);
		/* The offset says the same as line and column. */
		for (k = err.offset, column = 1; k && rows[i].text[k - 1] != '\n'; k--)
			column += (rows[i].text[k - 1] & 0xc0) != 0x80;
		CHECK_INT(column, err.column);
		/* Nobody need ask for the words. */
		CHECK_INT(eyas_ast_parse(rows[i].text, strlen(rows[i].text), NULL, &arena, &ast,
					 NULL),
			  code);
	}
	eyas_arena_fini(&arena);
}

#define CHECK_WANTED "expected a field, a transformer, a macro or '('"

TEST(wrong_logic)
{
	static const struct invalid rows[] = {
		{ "", 1, 1, "the filter is empty" },
		{ " ", 1, 2, CHECK_WANTED ", found the end of the filter" },
		{ "\n\n ", 3, 2, "found the end" },
		{ "a and", 1, 6, "expected a blank or '(' after 'and', found the end" },
		{ "a and ", 1, 7, CHECK_WANTED " after 'and', found the end" },
		{ "a or", 1, 5, "expected a blank or '(' after 'or', found the end" },
		{ "a or\n", 2, 1, CHECK_WANTED " after 'or', found the end" },
		{ "a andb", 1, 6, "expected a blank or '(' after 'and', found 'b'" },
		{ "a order", 1, 5, "expected a blank or '(' after 'or', found 'der'" },
		{ "a b", 1, 3, "expected 'and', 'or' or the end of the filter after 'a', found 'b'" },
		{ "a.b = x y", 1, 9, "expected 'and', 'or' or the end of the filter after 'x', found 'y'" },
		{ "a ann b", 1, 3, "found 'ann'; did you mean 'and'?" },
		{ "a AND b", 1, 3, "found 'AND'; did you mean 'and'?" },
		{ "a OR b", 1, 3, "found 'OR'; did you mean 'or'?" },
		{ "a && b", 1, 3, "found '&&'; did you mean 'and'?" },
		{ "a || b", 1, 3, "found '||'; did you mean 'or'?" },
		{ "a && (b)", 1, 3, "did you mean 'and'?" },
		{ "(a", 1, 3, "expected 'and', 'or' or ')' for the '(' at line 1, column 1 after 'a', found the end" },
		{ "a and\n (b or c", 2, 9, "')' for the '(' at line 2, column 2" },
		{ "not(a", 1, 6, "')' for the '(' at line 1, column 4" },
		{ "a and(b", 1, 8, "')' for the '(' at line 1, column 6" },
		{ "(a b)", 1, 4, "found 'b'" },
		{ "a)", 1, 2, "found ')'" },
		{ "()", 1, 2, CHECK_WANTED " after '(', found ')'" },
		{ "not()", 1, 5, CHECK_WANTED " after 'not(', found ')'" },
		{ "not ", 1, 5, CHECK_WANTED " after 'not', found the end" },
		{ "a or(b)and c", 1, 8, "found 'and'; a blank is missing between 'or' and '('" },
		{ "and and", 1, 8, "expected a blank" },
		{ "1", 1, 1, CHECK_WANTED ", found '1'" },
		{ "\"a\"", 1, 1, CHECK_WANTED ", found '\"a\"'" },
		{ "_a", 1, 1, "found '_a'" },
		{ ".a.b = 1", 1, 1, "found '.a.b'" },
		{ "a = 1", 1, 3, "found '='; 'a' is the name of a macro" },
		{ "a in (x)", 1, 3, "found 'in'; 'a' is the name of a macro" },
		{ "a exists", 1, 3, "'a' is the name of a macro" },
		{ "lower(a.b) = x", 1, 6, "found '('; 'lower' is no transformer" },
		{ "len (a.b) > 3", 1, 5, "found '('; 'len' is no transformer, or has a blank" },
		{ "(a) = 1", 1, 5, "found '='" },
		{ "a.1 = 2", 1, 2, "found '.1'" },
		{ "a. = 2", 1, 2, "found '.'" },
		{ "a\f and b", 1, 2, "expected 'and', 'or' or the end" },
		{ "\xc3\xa9", 1, 1, "found '\xc3\xa9'" },
		{ "\xc3\xa9.a", 1, 1, "found" },
		{ "a \xff\x01", 1, 3, "found '\\xff\\x01'" },
		{ "a # b", 1, 3, "found '#'" },
	};

	check_invalid(rows, COUNT(rows));
}

TEST(wrong_checks)
{
	static const struct invalid rows[] = {
		{ "a.b", 1, 4, "expected an operator after 'a.b', found the end of the filter" },
		{ "a.b ", 1, 5, "expected an operator after 'a.b', found the end" },
		{ "a.b foo 1", 1, 5, "expected an operator after 'a.b', found 'foo'" },
		{ "a.b\n  contain x", 2, 3, "found 'contain'; did you mean 'contains'?" },
		{ "a.b startwith x", 1, 5, "did you mean 'startswith'?" },
		{ "a.b Contains x", 1, 5, "did you mean 'contains'?" },
		{ "a.b is x", 1, 5, "did you mean 'in'?" },
		{ "a.b equals x", 1, 5, "found 'equals'" },
		{ "a.b contains", 1, 5, "found 'contains'; a blank must follow it" },
		{ "a.b contains\"x\"", 1, 5, "found 'contains'; a blank must follow it" },
		{ "a.b glob(x)", 1, 5, "found 'glob'; a blank must follow it" },
		{ "a.b and c", 1, 5, "expected an operator after 'a.b', found 'and'" },
		{ "a.b. = 1", 1, 4, "expected an operator after 'a.b', found '.'" },
		{ "a.b.1 = 1", 1, 4, "found '.1'" },
		{ "a.b)", 1, 4, "found ')'" },
		{ "a.b (c)", 1, 5, "found '('" },
		{ "a.b \"x\"", 1, 5, "found '\"x\"'" },
		{ "a.b ! = x", 1, 5, "found '!'" },
		{ "a.b =", 1, 6, "expected a value, val(field) or a transformer after '=', found the end" },
		{ "a.b = ", 1, 7, "after '=', found the end" },
		{ "a.b = (x)", 1, 7, "expected a value, val(field) or a transformer after '=', found '('" },
		{ "a.b = = x", 1, 7, "found '='" },
		{ "a.b === x", 1, 7, "after '==', found '='" },
		{ "a.b = ,", 1, 7, "found ','" },
		{ "a.b = )", 1, 7, "found ')'" },
		{ "a.b contains )", 1, 14, "after 'contains', found ')'" },
		{ "a.b exists x", 1, 12, "expected 'and', 'or' or the end of the filter after 'exists', found 'x'" },
		{ "a.b = x=y", 1, 8, "found '='" },
		{ "a.b = x(y)", 1, 8, "found '('" },
		{ "a.b = x,y", 1, 8, "found ','" },
		{ "a.b = x\"y\"", 1, 8, "found '\"y\"'" },
		{ "a.b < x", 1, 7, "expected a number, val(field) or a transformer after '<', found 'x'" },
		{ "a.b < \"1\"", 1, 7, "found '\"1\"'" },
		{ "a.b <", 1, 6, "expected a number" },
		{ "a.b <> 1", 1, 6, "found '>'" },
		{ "a.b >= (1)", 1, 8, "found '('" },
		{ "a.b < .5", 1, 7, "found '.5'" },
		{ "a.b < -", 1, 7, "found '-'" },
		{ "a.b < 1e5", 1, 8, "expected 'and', 'or' or the end of the filter after '1', found 'e5'" },
		{ "a.b < 1e55", 1, 8, "found 'e55'" },
		{ "a.b < 1e+", 1, 8, "found 'e+'" },
		{ "a.b < 1.2.3", 1, 10, "found '.3'" },
		{ "a.b < 0x", 1, 8, "after '0', found 'x'" },
		{ "a.b < 0xg", 1, 8, "found 'xg'" },
		{ "a.b < 0x1g", 1, 10, "after '0x1', found 'g'" },
		{ "a.b < 1x", 1, 8, "found 'x'" },
		{ "a.b in", 1, 7, "expected a list, the name of one, val(field) or a transformer after 'in', found the end" },
		{ "a.b in 1", 1, 8, "after 'in', found '1'" },
		{ "a.b in \"x\"", 1, 8, "found '\"x\"'" },
		{ "a.b pmatch /etc", 1, 12, "after 'pmatch', found '/etc'" },
		{ "a.b in (", 1, 9, "expected a value after '(', found the end" },
		{ "a.b in (x", 1, 10, "expected ',' or ')' after 'x', found the end" },
		{ "a.b in (x,", 1, 11, "expected a value after ',', found the end" },
		{ "a.b in (x,)", 1, 11, "expected a value after ',', found ')'" },
		{ "a.b in (,x)", 1, 9, "expected a value after '(', found ','" },
		{ "a.b in (x y)", 1, 11, "expected ',' or ')' after 'x', found 'y'" },
		{ "a.b in ((x))", 1, 9, "expected a value after '(', found '('" },
		{ "a.b in (x) y", 1, 12, "after ')', found 'y'" },
		{ "a.b in (val(c.d))", 1, 12, "expected ',' or ')' after 'val', found '('" },
		{ "a.b in (x=y)", 1, 10, "found '='" },
		{ "a.b[", 1, 5, "expected an argument after '[', found the end" },
		{ "a.b[]", 1, 5, "expected an argument after '[', found ']'" },
		{ "a.b[ 0]", 1, 5, "expected an argument after '[', found ' '" },
		{ "a.b[0", 1, 6, "expected ']' after '0', found the end" },
		{ "a.b[0 ] = 1", 1, 6, "expected ']' after '0', found ' '" },
		{ "a.b[x[y] = 1", 1, 6, "expected ']' after 'x', found '[y]'" },
		{ "a.b[\"x\"y] = 1", 1, 8, "expected ']' after '\"x\"', found 'y]'" },
		{ "a.b [0] = 1", 1, 5, "expected an operator after 'a.b', found '[0]'" },
		{ "a.b = oneof(x)", 1, 12, "found '('" },
		{ "a.b=oneof (x)", 1, 11, "found '('" },
		{ "a.b = anyof (x", 1, 15, "expected ',' or ')'" },
		{ "a.b = anyof 1", 1, 13, "found '1'" },
		{ "a.b in anyof (x)", 1, 14, "found '('" },
	};

	check_invalid(rows, COUNT(rows));
}

TEST(wrong_transformers)
{
	static const struct invalid rows[] = {
		{ "tolower(", 1, 9, "expected a field, a transformer, a number or text in quotes after 'tolower(', found the end" },
		{ "tolower()", 1, 9, "after 'tolower(', found ')'" },
		{ "tolower(a)", 1, 9, "expected a field, a transformer" },
		{ "tolower(a.b", 1, 12, "expected ',' or ')' after 'a.b', found the end" },
		{ "tolower(a.b)", 1, 13, "expected an operator after ')', found the end" },
		{ "tolower(a.b c.d) = x", 1, 13, "expected ',' or ')' after 'a.b', found 'c.d'" },
		{ "concat(a.b,) = x", 1, 12, "after ',', found ')'" },
		{ "concat(a.b = x)", 1, 12, "expected ',' or ')'" },
		{ "concat(1x) = x", 1, 9, "expected ',' or ')' after '1', found 'x'" },
		{ "concat(x) = x", 1, 8, "found 'x'" },
		{ "tolower(val(a.b)) = x", 1, 9, "found 'val'" },
		{ "val(a.b) = x", 1, 4, "'val' is no transformer" },
		{ "join(\",\", (a.b, (c.d))) = x", 1, 17, "after ',', found '('" },
		{ "join(\",\", (a.b,)) = x", 1, 16, "after ',', found ')'" },
		{ "join(\",\", (x)) = x", 1, 12, "found 'x'" },
		{ "tolower(a.b) [x] = y", 1, 14, "expected an operator" },
		{ "tolower(a.b)[x = y", 1, 15, "expected ']' after 'x'" },
		{ "a.b = val()", 1, 11, "expected a field after 'val(', found ')'" },
		{ "a.b = val(x)", 1, 11, "expected a field after 'val(', found 'x'" },
		{ "a.b = val(c.d", 1, 14, "expected ')' after 'c.d', found the end" },
		{ "a.b = val(c.d, e.f)", 1, 14, "expected ')' after 'c.d', found ','" },
		{ "a.b = val(tolower(c.d))", 1, 11, "expected a field after 'val('" },
		{ "a.b = val(c.d[)", 1, 16, "expected ']' after ')'" },
		{ "a.b = tolower(", 1, 15, "after 'tolower(', found the end" },
		{ "a.b = tolower(c.d", 1, 18, "expected ',' or ')'" },
		{ "a.b in tolower(x)", 1, 16, "found 'x'" },
	};

	check_invalid(rows, COUNT(rows));
}

TEST(wrong_strings)
{
	static const struct invalid rows[] = {
		{ "a.b = \"x", 1, 7, "the string that begins here has no closing \"" },
		{ "a.b = 'x", 1, 7, "the string that begins here has no closing '" },
		{ "a.b = \"", 1, 7, "no closing \"" },
		{ "a.b = \"x'", 1, 7, "no closing \"" },
		{ "a.b =\n 'x\ny", 2, 2, "no closing '" },
		{ "a.b in (\"x\", \"y)", 1, 14, "no closing \"" },
		{ "a.b[\"x] = 1", 1, 5, "no closing \"" },
		{ "concat(\"x) = 1", 1, 8, "no closing \"" },
		{ "a.b = \"x\\\"", 1, 7, "for a backslash at the end write \\x5c" },
		{ "a.b = \"x\\\\\"", 1, 7, "for a backslash at the end write \\x5c" },
		{ "a.b = \"x\\\\\" and c", 1, 7, "write \\x5c" },
		{ "a.b = \"x\\y\"", 1, 9, "wrong escape \\y" },
		{ "a.b = \"\\x\"", 1, 8, "expected two hexadecimal digits after \\x" },
		{ "a.b = \"\\x4\"", 1, 8, "two hexadecimal digits" },
		{ "a.b = \"\\xg0\"", 1, 8, "two hexadecimal digits" },
		{ "a.b = \"\\x0g\"", 1, 8, "two hexadecimal digits" },
		{ "a.b = \"\\'\"", 1, 8, "a ' needs no backslash" },
		{ "a.b = '\\\"'", 1, 8, "a \" needs no backslash" },
		{ "a.b = \"\\0\"", 1, 8, "wrong escape \\0" },
		{ "a.b = \"\\a\"", 1, 8, "wrong escape \\a" },
		{ "a.b = \"\\*\"", 1, 8, "wrong escape \\*" },
		{ "a.b = \"x\ny\\q\"", 2, 2, "wrong escape \\q" },
		{ "a.b = \"\xc3\xa9\\q\"", 1, 9, "wrong escape \\q" },
		{ "a.b = \"\\\n\"", 1, 8, "wrong escape \\\\n" },
		{ "a.b in (x, \"\\q\")", 1, 13, "wrong escape \\q" },
	};

	check_invalid(rows, COUNT(rows));
}
/* clang-format on */

TEST(any_byte_but_nul)
{
	static const char text[] = "a.b = x\nand c\0d";
	struct eyas_arena arena = { 0 };
	struct eyas_err err;
	struct ast *ast;
	char byte[2] = "";
	int i;

	CHECK_INT(eyas_ast_parse(text, sizeof(text) - 1, NULL, &arena, &ast, &err), EYAS_E_FORMAT);
	CHECK_INT(err.offset, 13);
	CHECK_INT(err.line, 2);
	CHECK_INT(err.column, 6);
	CHECK_STR(err.text, "the filter has a NUL byte");
	CHECK_INT(eyas_ast_parse("\0", 1, NULL, &arena, &ast, &err), EYAS_E_FORMAT);
	CHECK_INT(eyas_ast_parse(NULL, 0, NULL, &arena, &ast, &err), EYAS_E_FORMAT);
	for (i = 1; i < 256; i++) {
		byte[0] = (char)i;
		CHECK((eyas_ast_parse(byte, 1, NULL, &arena, &ast, &err) == 0) ==
		      (i < 128 && isalpha(i)));
	}
	/* The text need not be terminated. */
	CHECK_INT(eyas_ast_parse("a and b", 1, NULL, &arena, &ast, &err), 0);
	CHECK_INT(ast->kind, AST_MACRO);
	eyas_arena_fini(&arena);
}

/* What the tree knows of its places. */
TEST(places)
{
	static const char text[] = "not a.b\n in (x,\"y\") and\n c.d[1] = val( e.f )";
	struct eyas_arena arena = { 0 };
	struct eyas_err err;
	const struct ast *in, *eq;
	struct ast *ast;

	CHECK_INT(eyas_ast_parse(text, strlen(text), NULL, &arena, &ast, &err), 0);
	CHECK_INT(ast->kind, AST_AND);
	CHECK_INT(ast->pos.offset, 0);
	CHECK_INT(ast->op_pos.line, 2);
	CHECK_INT(ast->op_pos.column, 13);
	CHECK_INT(ast->nchildren, 2);
	CHECK_INT(ast->children[0]->kind, AST_NOT);
	CHECK_INT(ast->children[0]->pos.column, 1);
	in = ast->children[0]->children[0];
	CHECK_INT(in->kind, AST_CHECK);
	CHECK_INT(in->pos.offset, 4);
	CHECK_INT(in->left->pos.column, 5);
	CHECK_INT(in->op_pos.line, 2);
	CHECK_INT(in->op_pos.column, 2);
	CHECK_INT(in->right, RIGHT_LIST);
	CHECK_INT(in->nvalues, 2);
	CHECK(!in->values[0].quoted && in->values[1].quoted);
	CHECK_STR(in->values[1].text, "y");
	CHECK_INT(in->values[1].pos.column, 8);
	eq = ast->children[1];
	CHECK_STR(eq->left->value.text, "c.d");
	CHECK(eq->left->has_arg);
	CHECK_STR(eq->left->arg.text, "1");
	CHECK_INT(eq->left->arg.pos.column, 6);
	CHECK_INT(eq->right, RIGHT_OPERAND);
	CHECK_INT(eq->right_operand->kind, OPERAND_TRANSFORM);
	CHECK_INT(eq->right_operand->transformer, TR_VAL);
	CHECK_INT(eq->right_operand->pos.column, 11);
	CHECK_INT(eq->right_operand->items[0]->kind, OPERAND_FIELD);
	CHECK_INT(eq->right_operand->items[0]->pos.column, 16);
	eyas_arena_fini(&arena);
}

static int nested(const char *open, const char *inner, const char *close, unsigned count,
		  uint32_t depth, struct eyas_err *err)
{
	const struct ast_limits limits = { .depth = depth };
	struct eyas_arena arena = { 0 };
	struct eyas_str text = EYAS_STR_INIT;
	struct ast *ast;
	unsigned i;
	int code;

	for (i = 0; i < count; i++)
		eyas_str_puts(&text, open);
	eyas_str_puts(&text, inner);
	for (i = 0; i < count; i++)
		eyas_str_puts(&text, close);
	CHECK(!text.nomem);
	code = eyas_ast_parse(text.data, text.len, &limits, &arena, &ast, err);
	eyas_str_fini(&text);
	eyas_arena_fini(&arena);
	return code;
}

/* Five frames a pair of parentheses, and those of what is inside; the 100th is too much. */
TEST(depth)
{
	static const struct {
		const char *open, *inner, *close;
		unsigned most, most_of_1000; /* nested */
	} rows[] = {
		{ "(", "a", ")", 19, 199 },	  { "(", "a.b exists", ")", 18, 198 },
		{ "(", "a.b = 1", ")", 18, 198 }, { "( ", "a.b in (x)", " )", 18, 198 },
		{ "not (", "a", ")", 19, 199 },	  { "not(", "a", ")", 23, 248 },
		{ "x and(", "a", ")", 31, 331 },  { "x or (", "a", ")", 19, 199 },
	};
	struct eyas_err err;
	size_t i;

	for (i = 0; i < COUNT(rows); i++) {
		CHECK_INT(nested(rows[i].open, rows[i].inner, rows[i].close, rows[i].most, 0, &err),
			  0);
		CHECK_INT(nested(rows[i].open, rows[i].inner, rows[i].close, rows[i].most + 1, 0,
				 &err),
			  EYAS_E_LIMIT);
		CHECK(strstr(err.text, "nested too deeply: the limit is 100 frames"));
		CHECK_INT(nested(rows[i].open, rows[i].inner, rows[i].close, rows[i].most_of_1000,
				 1000, &err),
			  0);
		CHECK_INT(nested(rows[i].open, rows[i].inner, rows[i].close,
				 rows[i].most_of_1000 + 1, 1000, &err),
			  EYAS_E_LIMIT);
	}
	CHECK_INT(nested("(", "", "", 1000000, 0, &err), EYAS_E_LIMIT);
	CHECK_INT(err.line, 1);
	CHECK_INT(err.column, 21);
	CHECK_INT(nested("not ", "a", "", 100001, 0, &err), 0);
	CHECK_INT(nested("tolower(", "", "", 100000, 0, &err), EYAS_E_LIMIT);
	CHECK_INT(nested("", "a.b = x", " and a.b = x", 10000, 0, &err), 0);
	CHECK_INT(nested("a or ", "b", "", 100000, 0, &err), 0);
}

TEST(transformers_nest_as_deep)
{
	static const char close[] = "))))))))))))))))))))))))))))))))))))))))))))))))))"
				    "))))))))))))))))))))))))))))))))))))))))))))))))) = x";
	struct eyas_err err;
	char end[128];
	unsigned n;

	/* Frames of or, and, not and the check are around them. */
	for (n = 94; n <= 96; n++) {
		snprintf(end, sizeof(end), "a.b%s", close + (99 - n));
		CHECK_INT(nested("len(", end, "", n, 0, &err), n <= 95 ? 0 : EYAS_E_LIMIT);
	}
}

TEST(length)
{
	const struct ast_limits limits = { .max_bytes = 5 };
	const size_t most = 1 << 20;
	struct eyas_arena arena = { 0 };
	struct eyas_err err;
	struct ast *ast;
	char *text;

	CHECK_INT(eyas_ast_parse("a = b", 5, &limits, &arena, &ast, &err), EYAS_E_FORMAT);
	CHECK_INT(eyas_ast_parse("a or b", 6, &limits, &arena, &ast, &err), EYAS_E_LIMIT);
	CHECK_STR(err.text, "the filter has 6 bytes, the limit is 5");
	text = malloc(most + 1);
	CHECK(text);
	memset(text, 'a', most + 1);
	CHECK_INT(eyas_ast_parse(text, most + 1, NULL, &arena, &ast, &err), EYAS_E_LIMIT);
	CHECK_INT(eyas_ast_parse(text, most, NULL, &arena, &ast, &err), 0);
	CHECK_INT(ast->macro.len, most);
	free(text);
	eyas_arena_fini(&arena);
}

/* An operand at the beginning of other text, as formats ask for it. */
TEST(operands_alone)
{
	/* clang-format off */
	static const struct {
		const char *text;
		unsigned len; /* 0 = there is none */
		const char *printed;
	} rows[] = {
		{ "proc.name", 9, "proc.name" },
		{ "proc.name (x)", 9, "proc.name" },
		{ "proc.name.", 9, "proc.name" },
		{ "proc.name. x", 9, "proc.name" },
		{ "proc.name=x", 9, "proc.name" },
		{ "proc.name%proc.pid", 9, "proc.name" },
		{ "proc.aname[2]", 13, "proc.aname[2]" },
		{ "proc.aname[2]]", 13, "proc.aname[2]" },
		{ "proc.aname['2']x", 15, "proc.aname[2]" },
		{ "proc.name[", 9, "proc.name" },
		{ "proc.name[]", 9, "proc.name" },
		{ "proc.name[x", 9, "proc.name" },
		{ "proc.name[x y]", 9, "proc.name" },
		{ "proc.name[\"x]", 9, "proc.name" },
		{ "proc.name[\"\\q\"]", 9, "proc.name" },
		{ "tolower(proc.name)", 18, "tolower(proc.name)" },
		{ "tolower( proc.name )x", 20, "tolower(proc.name)" },
		{ "tolower(proc.name)[", 18, "tolower(proc.name)" },
		{ "getopt(proc.args,\"a:\")[a] b", 25, "getopt(proc.args,\"a:\")[a]" },
		{ "tolower(proc.name", 0, NULL },
		{ "tolower(proc.name[)", 0, NULL },
		{ "val(proc.name)", 0, NULL },
		{ "proc", 0, NULL },
		{ " proc.name", 0, NULL },
		{ "", 0, NULL },
		{ "%", 0, NULL },
	};
	/* clang-format on */
	struct eyas_arena arena = { 0 };
	struct eyas_str out = EYAS_STR_INIT;
	struct ast_operand *operand;
	struct eyas_err err;
	size_t i, len;
	int code;

	for (i = 0; i < COUNT(rows); i++) {
		memset(&err, 0, sizeof(err));
		code = eyas_ast_parse_operand(rows[i].text, strlen(rows[i].text), &arena, &operand,
					      &len, &err);
		if (!rows[i].len) {
			CHECK_INT(code, EYAS_E_FORMAT);
			CHECK_INT(err.code, EYAS_E_FORMAT);
			continue;
		}
		CHECK_INT(code, 0);
		CHECK_INT(err.code, 0);
		CHECK_INT(len, rows[i].len);
		out.len = 0;
		eyas_ast_print_operand(operand, &out);
		eyas_str_putc(&out, '\0');
		CHECK_STR(out.data, rows[i].printed);
	}
	CHECK_INT(eyas_ast_parse_operand("a.bc\0d.e", 3, &arena, &operand, &len, &err), 0);
	CHECK_INT(len, 3);
	CHECK_INT(eyas_ast_parse_operand("a.b['\0']", 8, &arena, &operand, &len, &err), 0);
	CHECK_INT(len, 3);
	CHECK_INT(eyas_ast_parse_operand("a.b\0c", 5, &arena, &operand, &len, &err), 0);
	CHECK_INT(len, 3);
	eyas_str_fini(&out);
	eyas_arena_fini(&arena);
}

TEST(names_of_words)
{
	static const char *const ops[] = { "exists",	"=",	      "!=",	    "<",
					   "<=",	">",	      ">=",	    "contains",
					   "icontains", "bcontains",  "startswith", "bstartswith",
					   "endswith",	"glob",	      "iglob",	    "regex",
					   "in",	"intersects", "pmatch" };
	static const char *const transformers[] = { "tolower",	"toupper", "b64",
						    "basename", "len",	   "join",
						    "concat",	"getopt",  "val" };
	int i;

	CHECK_INT(COUNT(ops), OP_COUNT);
	for (i = 0; i < OP_COUNT; i++)
		CHECK_STR(eyas_op_name((enum ast_op)i), ops[i]);
	CHECK_INT(COUNT(transformers), TR_COUNT);
	for (i = 0; i < TR_COUNT; i++)
		CHECK_STR(eyas_transformer_name((enum transformer)i), transformers[i]);
	CHECK_STR(eyas_modifier_name(MOD_ONEOF), "oneof");
	CHECK_STR(eyas_modifier_name(MOD_ANYOF), "anyof");
	CHECK_STR(eyas_modifier_name(MOD_ALLOF), "allof");
}

/* A long message is cut, not overrun, and foreign bytes in it are fit for a terminal. */
TEST(messages)
{
	struct eyas_arena arena = { 0 };
	struct eyas_err err;
	struct ast *ast;
	char text[200];

	memset(text, '\x1b', sizeof(text));
	memcpy(text, "a.b ", 4);
	CHECK_INT(eyas_ast_parse(text, sizeof(text), NULL, &arena, &ast, &err), EYAS_E_FORMAT);
	CHECK(strstr(err.text, "found '\\x1b\\x1b"));
	CHECK(!strchr(err.text, '\x1b'));
	CHECK(strlen(err.text) < 260);
	memset(text, 'q', sizeof(text));
	text[100] = ' ';
	CHECK_INT(eyas_ast_parse(text, sizeof(text), NULL, &arena, &ast, &err), EYAS_E_FORMAT);
	CHECK_INT(err.column, 102);
	CHECK(strlen(err.text) < 200);
	/* Only a name that could have been meant as a field is spoken of. */
	CHECK_INT(eyas_ast_parse("(a) = 1", 7, NULL, &arena, &ast, &err), EYAS_E_FORMAT);
	CHECK_STR(err.text, "expected 'and', 'or' or the end of the filter after ')', found '='");
	CHECK_INT(eyas_ast_parse("a or b.c exists=", 16, NULL, &arena, &ast, &err), EYAS_E_FORMAT);
	CHECK_STR(err.text,
		  "expected 'and', 'or' or the end of the filter after 'exists', found '='");
	eyas_arena_fini(&arena);
}

/*
 * The conditions of a rules file: what stands behind "condition:", on that line or, folded, on
 * the lines that are indented more. Enough YAML for these files, not for others.
 */
struct reader {
	FILE *file;
	char line[8192];
	bool again; /* the line was not used up */
};

static bool read_line(struct reader *reader)
{
	if (reader->again)
		reader->again = false;
	else if (!fgets(reader->line, sizeof(reader->line), reader->file))
		return false;
	reader->line[strcspn(reader->line, "\n")] = '\0';
	return true;
}

static bool read_condition(struct reader *reader, struct eyas_str *ret)
{
	static const char key[] = "condition:";
	size_t indent, own;
	const char *value;

	do {
		if (!read_line(reader))
			return false;
		own = strspn(reader->line, " -");
	} while (strncmp(reader->line + own, key, strlen(key)));
	value = reader->line + own + strlen(key);
	value += strspn(value, " ");
	ret->len = 0;
	if (*value && !strchr(">|", *value))
		eyas_str_puts(ret, value);
	while (read_line(reader)) {
		indent = strspn(reader->line, " ");
		if (reader->line[indent] && indent <= own) {
			reader->again = true;
			break;
		}
		eyas_str_putc(ret, ' ');
		eyas_str_puts(ret, reader->line + indent);
	}
	eyas_str_putc(ret, '\0');
	CHECK(!ret->nomem);
	return true;
}

TEST(official_rules)
{
	static const struct {
		const char *name;
		int conditions;
	} files[] = {
		{ "falco_rules.yaml", 112 },
		{ "falco-incubating_rules.yaml", 113 },
		{ "falco-sandbox_rules.yaml", 220 },
	};
	const struct ast_limits limits = { .depth = 1000 };
	struct eyas_str text = EYAS_STR_INIT;
	struct eyas_arena arena = { 0 };
	struct reader reader;
	struct eyas_err err;
	struct ast *ast;
	char path[4096];
	int count;
	size_t i;

	for (i = 0; i < COUNT(files); i++) {
		snprintf(path, sizeof(path), "%s/data/rules/%s", test_data(), files[i].name);
		reader = (struct reader){ .file = fopen(path, "r") };
		CHECK(reader.file);
		for (count = 0; read_condition(&reader, &text); count++) {
			if (eyas_ast_parse(text.data, text.len - 1, &limits, &arena, &ast, &err))
				test_fail(__FILE__, __LINE__, "%s: %s, column %u: %s",
					  files[i].name, text.data, err.column, err.text);
			free(parse_print(text.data, text.len - 1));
			eyas_arena_reset(&arena);
		}
		fclose(reader.file);
		CHECK_INT(count, files[i].conditions);
	}
	eyas_str_fini(&text);
	eyas_arena_fini(&arena);
}
