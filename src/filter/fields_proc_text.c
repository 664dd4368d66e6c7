/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Texts of a thread: those the state has as they are, and those that are put together from its
 * arguments or its environment. The fields of self, parent, leaders and ancestors all end here.
 */
#include "filter/fields_state.h"

bool eyas_strs_next(struct strs_iter *iter, const char **ret_str, size_t *ret_len)
{
	const char *end;
	size_t len;

	if (!iter->left)
		return false;
	end = memchr(iter->next, '\0', iter->left);
	/* One that was cut has no NUL. */
	len = end ? (size_t)(end - iter->next) : iter->left;
	*ret_str = iter->next;
	*ret_len = len;
	iter->next += len;
	iter->left -= len;
	if (end) {
		iter->next++;
		iter->left--;
	}
	return true;
}

/* All of them joined by blanks. */
static void strs_join(struct eyas_str *out, const struct eyas_istr *strs)
{
	struct strs_iter iter = strs_iter_of(strs);
	const char *str, *blank = "";
	size_t len;

	while (eyas_strs_next(&iter, &str, &len)) {
		eyas_str_puts(out, blank);
		eyas_str_add(out, str, len);
		blank = " ";
	}
}

/* A program that writes its title over its environment leaves a long empty end. */
static void put_env(struct eyas_str *out, const struct eyas_istr *env)
{
	size_t start = out->len;

	strs_join(out, env);
	while (out->len > start && out->data[out->len - 1] == ' ')
		out->len--;
}

/* The value behind "key=" among them; false if there is none. */
static bool strs_find(const struct eyas_istr *strs, const char *key, size_t key_len,
		      const char **ret_value, size_t *ret_len)
{
	struct strs_iter iter = strs_iter_of(strs);
	const char *str;
	size_t len;

	while (eyas_strs_next(&iter, &str, &len)) {
		if (len > key_len && str[key_len] == '=' && !memcmp(str, key, key_len)) {
			*ret_value = str + key_len + 1;
			*ret_len = len - key_len - 1;
			return true;
		}
	}
	return false;
}

bool eyas_proc_env(const struct eyas_thread *thread, const struct field_ref *ref,
		   const char **ret_value, size_t *ret_len)
{
	const char *value;
	size_t len;

	if (!strs_find(thread->env, ref->arg, ref->arg_len, &value, &len))
		return false;
	while (len && *value == ' ') {
		value++;
		len--;
	}
	while (len && value[len - 1] == ' ')
		len--;
	*ret_value = value;
	*ret_len = len;
	return true;
}

/* The text as the state has it, NULL if it has to be put together. */
static const struct eyas_istr *text_plain(const struct eyas_thread *thread, enum proc_text text)
{
	switch (text) {
	case TEXT_COMM:
		return thread->comm;
	case TEXT_EXE:
		return thread->exe;
	case TEXT_EXEPATH:
		return thread->exepath;
	case TEXT_CWD:
		return thread->fs->cwd;
	case TEXT_ARGS:
	case TEXT_CMDLINE:
	case TEXT_EXELINE:
	case TEXT_ENV:
		break;
	}
	return NULL;
}

void eyas_proc_text_put(struct eyas_str *out, const struct eyas_thread *thread, enum proc_text text)
{
	const struct eyas_istr *plain = text_plain(thread, text);

	if (plain) {
		eyas_str_add(out, plain->text, plain->len);
		return;
	}
	if (text == TEXT_CMDLINE || text == TEXT_EXELINE) {
		const struct eyas_istr *first = text == TEXT_CMDLINE ? thread->comm : thread->exe;

		eyas_str_add(out, first->text, first->len);
		/* A command line without arguments ends here, but proc.exeline has its blank. */
		if (thread->args->len || text == TEXT_EXELINE)
			eyas_str_putc(out, ' ');
	}
	if (text == TEXT_ENV)
		put_env(out, thread->env);
	else
		strs_join(out, thread->args);
}

bool eyas_proc_text(const struct field_eval *eval, const struct field_ref *ref,
		    const struct eyas_thread *thread, enum proc_text text, struct eyas_value *ret)
{
	const struct eyas_istr *plain = text_plain(thread, text);

	if (plain)
		return field_istr(ref, plain, ret);
	eyas_proc_text_put(field_begin(eval), thread, text);
	return eyas_field_scratch(eval, ref, ret);
}
