/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where does a token of the filter language begin and end? Every pattern is matched at its
 * longest, as section 1 of the language says; which one is tried when is up to the parser.
 */
#include "filter/lex.h"

#include <errno.h>
#include <string.h>

#include "base/ascii.h"
#include "base/err.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* In the order in which they are tried: "<=" before "<", "==" before "=". */
/* clang-format off */
static const struct lex_operator operators[] = {
	{ "exists",      OP_EXISTS,      OPERATOR_UNARY },
	{ "<=",          OP_LE,          OPERATOR_NUMERIC },
	{ "<",           OP_LT,          OPERATOR_NUMERIC },
	{ ">=",          OP_GE,          OPERATOR_NUMERIC },
	{ ">",           OP_GT,          OPERATOR_NUMERIC },
	{ "==",          OP_EQ,          OPERATOR_STRING },
	{ "=",           OP_EQ,          OPERATOR_STRING }, /* how OP_EQ is printed: the last */
	{ "!=",          OP_NE,          OPERATOR_STRING },
	{ "glob",        OP_GLOB,        OPERATOR_WORD },
	{ "iglob",       OP_IGLOB,       OPERATOR_WORD },
	{ "contains",    OP_CONTAINS,    OPERATOR_WORD },
	{ "icontains",   OP_ICONTAINS,   OPERATOR_WORD },
	{ "bcontains",   OP_BCONTAINS,   OPERATOR_WORD },
	{ "startswith",  OP_STARTSWITH,  OPERATOR_WORD },
	{ "bstartswith", OP_BSTARTSWITH, OPERATOR_WORD },
	{ "endswith",    OP_ENDSWITH,    OPERATOR_WORD },
	{ "regex",       OP_REGEX,       OPERATOR_WORD },
	{ "intersects",  OP_INTERSECTS,  OPERATOR_LIST },
	{ "in",          OP_IN,          OPERATOR_LIST },
	{ "pmatch",      OP_PMATCH,      OPERATOR_LIST },
};
/* clang-format on */

static const char *const transformers[TR_COUNT] = {
	[TR_TOLOWER] = "tolower",   [TR_TOUPPER] = "toupper", [TR_B64] = "b64",
	[TR_BASENAME] = "basename", [TR_LEN] = "len",	      [TR_JOIN] = "join",
	[TR_CONCAT] = "concat",	    [TR_GETOPT] = "getopt",   [TR_VAL] = "val",
};

static const char *const modifiers[] = {
	[MOD_NONE] = "",
	[MOD_ONEOF] = "oneof",
	[MOD_ANYOF] = "anyof",
	[MOD_ALLOF] = "allof",
};

const char *eyas_op_name(enum ast_op op)
{
	const char *name = NULL;
	size_t i;

	for (i = 0; i < COUNT(operators); i++)
		if (operators[i].op == op)
			name = operators[i].text;
	return name;
}

const char *eyas_transformer_name(enum transformer transformer)
{
	return transformers[transformer];
}

const char *eyas_modifier_name(enum ast_modifier modifier)
{
	return modifiers[modifier];
}

const char *eyas_lex_operator_text(void *ctx, size_t i)
{
	(void)ctx;
	return i < COUNT(operators) ? operators[i].text : NULL;
}

static bool is_hex_digit(char c)
{
	return eyas_hex_value(c) >= 0;
}

static bool is_name_char(char c)
{
	return eyas_is_letter(c) || eyas_is_digit(c) || c == '_';
}

/* What separates tokens. A backspace does; a form feed does not, but it ends a bare text. */
static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\b' || c == '\r' || c == '\n';
}

static bool is_bare_char(char c)
{
	return !eyas_is_space(c) && !strchr("()\"'=,", c);
}

static bool is_arg_char(char c)
{
	return !eyas_is_space(c) && !strchr("[]\"'", c);
}

static size_t span(bool (*is)(char c), const char *text, size_t len)
{
	size_t n = 0;

	while (n < len && is(text[n]))
		n++;
	return n;
}

static size_t match_ident(const char *text, size_t len)
{
	return len && eyas_is_letter(text[0]) ? span(is_name_char, text, len) : 0;
}

static size_t match_field(const char *text, size_t len)
{
	size_t end = match_ident(text, len), part;
	bool dotted = false;

	while (end && end < len && text[end] == '.') {
		part = match_ident(text + end + 1, len - end - 1);
		if (!part)
			break;
		end += 1 + part;
		dotted = true;
	}
	return dotted ? end : 0;
}

static size_t match_arg(const char *text, size_t len)
{
	return span(is_arg_char, text, len);
}

static size_t match_bare(const char *text, size_t len)
{
	return span(is_bare_char, text, len);
}

static size_t match_hex(const char *text, size_t len)
{
	size_t digits;

	if (len < 3 || text[0] != '0' || (text[1] != 'x' && text[1] != 'X'))
		return 0;
	digits = span(is_hex_digit, text + 2, len - 2);
	return digits ? 2 + digits : 0;
}

static bool is_sign(char c)
{
	return c == '+' || c == '-';
}

/* The exponent behind a number: its sign must be there. */
static size_t match_exponent(const char *text, size_t len)
{
	size_t digits;

	if (len < 3 || (text[0] != 'e' && text[0] != 'E') || !is_sign(text[1]))
		return 0;
	digits = span(eyas_is_digit, text + 2, len - 2);
	return digits ? 2 + digits : 0;
}

static size_t match_number(const char *text, size_t len)
{
	size_t sign = len && is_sign(text[0]) ? 1 : 0;
	size_t digits = span(eyas_is_digit, text + sign, len - sign);
	size_t end = sign + digits;

	if (!digits)
		return 0;
	if (end < len && text[end] == '.')
		end += 1 + span(eyas_is_digit, text + end + 1, len - end - 1);
	return end + match_exponent(text + end, len - end);
}

/* How many bytes at the beginning of text are a token of a class. */
static size_t (*const matchers[LEX_CLASSES])(const char *text, size_t len) = {
	[LEX_IDENT] = match_ident, [LEX_FIELD] = match_field,	[LEX_ARG] = match_arg,
	[LEX_HEX] = match_hex,	   [LEX_NUMBER] = match_number, [LEX_BARE] = match_bare,
};

bool eyas_lex_is(enum lex_class token_class, const char *text, size_t len)
{
	return len && matchers[token_class](text, len) == len;
}

void eyas_lex_init(struct lexer *lexer, const char *text, size_t len)
{
	*lexer = (struct lexer){ text, len, { 0, 1, 1 } };
}

static const char *rest(const struct lexer *lexer)
{
	return lexer->text + lexer->pos.offset;
}

static size_t rest_len(const struct lexer *lexer)
{
	return lexer->len - lexer->pos.offset;
}

/* Columns count characters: the later bytes of one in UTF-8 are none of their own. */
void eyas_ast_pos_advance(struct ast_pos *pos, const char *text, size_t size)
{
	size_t i;

	pos->offset += (uint32_t)size;
	for (i = 0; i < size; i++) {
		if (text[i] == '\n') {
			pos->line++;
			pos->column = 1;
		} else if (((unsigned char)text[i] & 0xc0) != 0x80) {
			pos->column++;
		}
	}
}

void eyas_lex_skip(struct lexer *lexer, size_t size)
{
	eyas_ast_pos_advance(&lexer->pos, rest(lexer), size);
}

bool eyas_lex_blank(struct lexer *lexer)
{
	size_t size = span(is_blank, rest(lexer), rest_len(lexer));

	eyas_lex_skip(lexer, size);
	return size;
}

static bool at_literal(const struct lexer *lexer, const char *literal, size_t len)
{
	return rest_len(lexer) >= len && !memcmp(rest(lexer), literal, len);
}

bool eyas_lex_literal(struct lexer *lexer, const char *literal)
{
	size_t len = strlen(literal);

	if (!at_literal(lexer, literal, len))
		return false;
	eyas_lex_skip(lexer, len);
	return true;
}

bool eyas_lex_token(struct lexer *lexer, enum lex_class token_class, struct lex_token *ret)
{
	size_t size = matchers[token_class](rest(lexer), rest_len(lexer));

	if (!size)
		return false;
	if (ret)
		*ret = (struct lex_token){ rest(lexer), size, lexer->pos };
	eyas_lex_skip(lexer, size);
	return true;
}

const struct lex_operator *eyas_lex_operator(struct lexer *lexer)
{
	const struct lex_operator *found;
	size_t i, len;

	for (i = 0; i < COUNT(operators); i++) {
		found = &operators[i];
		len = strlen(found->text);
		if (!at_literal(lexer, found->text, len))
			continue;
		if (found->kind == OPERATOR_WORD &&
		    (rest_len(lexer) == len || !is_blank(rest(lexer)[len])))
			continue;
		eyas_lex_skip(lexer, len);
		return found;
	}
	return NULL;
}

bool eyas_lex_transformer(struct lexer *lexer, enum transformer *ret)
{
	size_t i, len;

	for (i = 0; i < TR_VAL; i++) {
		len = strlen(transformers[i]);
		if (!at_literal(lexer, transformers[i], len) || rest_len(lexer) == len ||
		    rest(lexer)[len] != '(')
			continue;
		eyas_lex_skip(lexer, len + 1);
		if (ret)
			*ret = (enum transformer)i;
		return true;
	}
	return false;
}

/* Can a modifier stand before this? A word that joins checks is no name of a list. */
static bool at_list(struct lexer lexer)
{
	static const char *const joining[] = { "and", "or", "not" };
	struct lex_token name;
	size_t i;

	if (eyas_lex_literal(&lexer, "("))
		return true;
	if (!eyas_lex_token(&lexer, LEX_IDENT, &name))
		return false;
	for (i = 0; i < COUNT(joining); i++)
		if (strlen(joining[i]) == name.len && !memcmp(joining[i], name.text, name.len))
			return false;
	return true;
}

bool eyas_lex_modifier(struct lexer *lexer, enum ast_modifier *ret)
{
	struct lexer ahead;
	size_t i;

	for (i = MOD_ONEOF; i <= MOD_ALLOF; i++) {
		ahead = *lexer;
		if (!eyas_lex_literal(&ahead, modifiers[i]) || !eyas_lex_blank(&ahead) ||
		    !at_list(ahead))
			continue;
		*lexer = ahead;
		if (ret)
			*ret = (enum ast_modifier)i;
		return true;
	}
	return false;
}

/*
 * The quote that ends a string: the first without a backslash before it. Backslashes are not
 * counted, so an escaped one before the quote keeps the string open, too. 0 if there is none;
 * *ret_escaped says whether one was passed over.
 */
static size_t closing_quote(const char *text, size_t len, bool *ret_escaped)
{
	size_t i;

	*ret_escaped = false;
	for (i = 1; i < len; i++) {
		if (text[i] != text[0])
			continue;
		if (text[i - 1] != '\\')
			return i;
		*ret_escaped = true;
	}
	return 0;
}

/*
 * The byte that an escape stands for, and in *ret_len how long it is with its backslash; -1 if
 * there is no such escape. A closing quote follows somewhere behind the backslash, not right
 * behind it, so three bytes can be looked at until one is no digit.
 */
static int escape(const char *text, char quote, size_t *ret_len)
{
	/* A backslash before a blank is itself, and the blank is gone: old rules are like that. */
	static const char letters[] = "bfnrt\\/ ", bytes[] = "\b\f\n\r\t\\/\\";
	const char *letter;

	*ret_len = 2;
	if (text[1] == quote)
		return quote;
	if (text[1] == 'x') {
		if (!is_hex_digit(text[2]) || !is_hex_digit(text[3]))
			return -1;
		*ret_len = 4;
		return eyas_hex_value(text[2]) * 16 + eyas_hex_value(text[3]);
	}
	letter = strchr(letters, text[1]);
	return letter ? bytes[letter - letters] : -1;
}

static int escape_fail(const struct ast_pos *pos, const char *text, char quote,
		       struct eyas_err *reterr)
{
	if (text[1] == 'x')
		return eyas_ast_fail(reterr, EYAS_E_FORMAT, pos,
				     "expected two hexadecimal digits after \\x");
	if (text[1] == '"' || text[1] == '\'')
		return eyas_ast_fail(reterr, EYAS_E_FORMAT, pos,
				     "wrong escape: between %c and %c, a %c needs no backslash",
				     quote, quote, text[1]);
	return eyas_ast_fail(reterr, EYAS_E_FORMAT, pos,
			     "wrong escape \\%c: expected one of \\b \\f \\n \\r \\t \\\\ \\/ \\%c "
			     "\\xHH",
			     text[1], quote);
}

/* Undo the escapes of a string whose quotes are at 0 and end. */
static int unescape(const struct lexer *lexer, size_t end, char *to, uint32_t *ret_len,
		    struct eyas_err *reterr)
{
	const char *text = rest(lexer);
	struct ast_pos pos = lexer->pos;
	size_t i, size;
	uint32_t len = 0;
	int byte;

	for (i = 1; i < end; i += size) {
		size = 1;
		byte = (unsigned char)text[i];
		if (text[i] == '\\') {
			byte = escape(text + i, text[0], &size);
			if (byte < 0) {
				eyas_ast_pos_advance(&pos, text, i);
				return escape_fail(&pos, text + i, text[0], reterr);
			}
		}
		to[len++] = (char)byte;
	}
	to[len] = '\0';
	*ret_len = len;
	return 0;
}

int eyas_lex_quoted(struct lexer *lexer, struct eyas_arena *arena, struct ast_value *ret,
		    struct eyas_err *reterr)
{
	const char *text = rest(lexer);
	bool escaped;
	uint32_t len = 0;
	size_t end;
	char *to;
	int err;

	if (!rest_len(lexer) || (text[0] != '"' && text[0] != '\''))
		return 0;
	end = closing_quote(text, rest_len(lexer), &escaped);
	if (!end)
		return eyas_ast_fail(reterr, EYAS_E_FORMAT, &lexer->pos,
				     "the string that begins here has no closing %c%s", text[0],
				     escaped ? "; one after a backslash does not close it, for a "
					       "backslash at the end write \\x5c"
					     : "");
	to = eyas_arena_get(arena, end);
	if (!to)
		return eyas_err_set(reterr, -ENOMEM, "out of memory");
	err = unescape(lexer, end, to, &len, reterr);
	if (err)
		return err;
	*ret = (struct ast_value){ to, len, true, lexer->pos };
	eyas_lex_skip(lexer, end + 1);
	return 1;
}

void eyas_lex_found(const struct lexer *lexer, struct lex_token *ret)
{
	const char *text = rest(lexer);
	size_t left = rest_len(lexer), len = span(is_bare_char, text, left);
	bool escaped;

	if (!len && left && (text[0] == '"' || text[0] == '\''))
		len = closing_quote(text, left, &escaped) + 1;
	if (!len)
		len = left ? 1 : 0;
	*ret = (struct lex_token){ text, len, lexer->pos };
}
