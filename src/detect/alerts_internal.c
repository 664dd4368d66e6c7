/* SPDX-License-Identifier: Apache-2.0 */
/* Alerts that no rule makes: of what happens to the detection itself. */
#include "detect/alerts_int.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "schema/text.h"

/* Of the text of an instant: the date and the blank behind it. */
enum { DATE_TEXT = 11 };

/* "14:28:34.020000000", local time, whatever the format of the times of rules. */
static void put_clock(struct eyas_str *out, uint64_t ts_ns)
{
	struct eyas_str text = EYAS_STR_INIT;

	eyas_text_abstime(&text, ts_ns);
	if (text.len > DATE_TEXT)
		eyas_str_add(out, text.data + DATE_TEXT, text.len - DATE_TEXT);
	out->nomem |= text.nomem;
	eyas_str_fini(&text);
}

static void put_value(struct eyas_json *json, const struct eyas_alerts_field *field)
{
	if (field->text) {
		eyas_json_cstr(json, field->text);
		return;
	}
	eyas_str_puts(json->out, field->number ? field->number : "null");
	json->comma = true;
}

/* An internal alert while it is made. */
struct internal {
	uint64_t ts_ns;
	const char *priority;
	struct eyas_str rule, message;
	struct eyas_alerts_field *fields; /* sorted */
	size_t nfields;
};

/* The text of one has no time and priority in it, other than those of rules. */
static void put_json(const struct eyas_alerts *alerts, const struct internal *made,
		     struct eyas_str *out)
{
	struct eyas_json json;
	size_t i;

	eyas_json_init(&json, out);
	eyas_json_object(&json);
	eyas_json_member(&json, "hostname", alerts->hostname);
	eyas_json_member(&json, "output", made->message.data);
	eyas_json_key(&json, "output_fields");
	eyas_json_object(&json);
	for (i = 0; i < made->nfields; i++) {
		eyas_json_key_len(&json, made->fields[i].key, strlen(made->fields[i].key));
		put_value(&json, &made->fields[i]);
	}
	eyas_json_end(&json);
	eyas_json_member(&json, "priority", made->priority);
	eyas_json_member(&json, "rule", made->rule.data);
	eyas_json_member(&json, "source", "internal");
	eyas_text_utc_member(&json, "time", made->ts_ns);
	eyas_json_end(&json);
}

static void put_text(const struct internal *made, struct eyas_str *out)
{
	struct eyas_json json;
	size_t i;

	put_clock(out, made->ts_ns);
	eyas_str_printf(out, ": %s ", made->priority);
	eyas_str_puts(out, made->message.data);
	eyas_str_puts(out, " (");
	for (i = 0; i < made->nfields; i++) {
		if (i)
			eyas_str_putc(out, ' ');
		eyas_str_puts(out, made->fields[i].key);
		eyas_str_putc(out, '=');
		eyas_json_init(&json, out);
		put_value(&json, &made->fields[i]);
	}
	eyas_str_putc(out, ')');
}

static int by_key(const void *a, const void *b)
{
	const struct eyas_alerts_field *x = a, *y = b;

	return strcmp(x->key, y->key);
}

/* The message is the name of the rule and more, or, without more, of its own. false = no memory. */
static bool make(const struct eyas_alerts *alerts, struct internal *made, const char *what,
		 const char *more, const struct eyas_alerts_field *fields)
{
	eyas_str_printf(&made->rule, "%s internal: %s", alerts->name, what);
	eyas_str_putc(&made->rule, '\0');
	if (made->rule.nomem)
		return false;
	if (more)
		eyas_str_printf(&made->message, "%s%s%s", made->rule.data,
				*more && *more != ':' ? ". " : "", more);
	else
		eyas_str_printf(&made->message, "%s %s", alerts->name, what);
	eyas_str_putc(&made->message, '\0');
	made->fields = calloc(made->nfields + 1, sizeof(*made->fields));
	if (made->message.nomem || !made->fields)
		return false;
	if (made->nfields)
		memcpy(made->fields, fields, made->nfields * sizeof(*fields));
	qsort(made->fields, made->nfields, sizeof(*made->fields), by_key);
	return true;
}

int eyas_alerts_internal(struct eyas_alerts *alerts, uint64_t ts_ns, unsigned priority,
			 const char *what, const char *more, const struct eyas_alerts_field *fields,
			 size_t nfields)
{
	struct internal made = { .ts_ns = ts_ns,
				 .priority = eyas_rules_priority_name(priority),
				 .rule = EYAS_STR_INIT,
				 .message = EYAS_STR_INIT,
				 .nfields = nfields };
	int res = -ENOMEM;

	if (!made.priority)
		return EYAS_E_USAGE;
	alerts->text.len = 0;
	alerts->text.nomem = false;
	if (make(alerts, &made, what, more, fields)) {
		if (alerts->format.json)
			put_json(alerts, &made, &alerts->text);
		else
			put_text(&made, &alerts->text);
		if (!alerts->text.nomem) {
			alerts->stats.internal++;
			res = alerts_put(alerts, alerts->text.data, alerts->text.len, priority);
		}
	}
	eyas_str_fini(&made.rule);
	eyas_str_fini(&made.message);
	free(made.fields);
	return res;
}

/* ---- what there is to alert of ---- */

enum { DIGITS = 21 }; /* of 64 bits, and the end */

void eyas_alerts_drops_words(const struct eyas_alerts_drops *drops,
			     char ret_words[EYAS_ALERTS_DROPS_WORDS])
{
	snprintf(ret_words, EYAS_ALERTS_DROPS_WORDS,
		 "%" PRIu64 " system calls dropped in last second.", drops->drops);
}

/* Numbers are texts there. */
int eyas_alerts_drops(struct eyas_alerts *alerts, uint64_t ts_ns,
		      const struct eyas_alerts_drops *drops)
{
	const struct {
		const char *key;
		uint64_t value;
	} rows[] = {
		{ "ebpf_enabled", drops->ebpf },
		{ "n_drops", drops->drops },
		{ "n_drops_buffer_clone_fork_exit", drops->buffer_clone_fork },
		{ "n_drops_buffer_close_exit", drops->buffer_close },
		{ "n_drops_buffer_connect_exit", drops->buffer_connect },
		{ "n_drops_buffer_dir_file_exit", drops->buffer_dir_file },
		{ "n_drops_buffer_execve_exit", drops->buffer_execve },
		{ "n_drops_buffer_open_exit", drops->buffer_open },
		{ "n_drops_buffer_other_interest_exit", drops->buffer_other },
		{ "n_drops_buffer_proc_exit", drops->buffer_proc },
		{ "n_drops_buffer_total", drops->buffer_total },
		{ "n_drops_bug", drops->bug },
		{ "n_drops_page_faults", drops->page_faults },
		{ "n_drops_scratch_map", drops->scratch_map },
		{ "n_evts", drops->events },
	};
	struct eyas_alerts_field fields[sizeof(rows) / sizeof(rows[0])] = { { 0 } };
	char texts[sizeof(rows) / sizeof(rows[0])][DIGITS], more[EYAS_ALERTS_DROPS_WORDS];
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		snprintf(texts[i], DIGITS, "%" PRIu64, rows[i].value);
		fields[i].key = rows[i].key;
		fields[i].text = texts[i];
	}
	eyas_alerts_drops_words(drops, more);
	return eyas_alerts_internal(alerts, ts_ns, EYAS_PRIORITY_DEBUG, "syscall event drop", more,
				    fields, i);
}

int eyas_alerts_timeouts(struct eyas_alerts *alerts, uint64_t ts_ns, uint64_t count,
			 uint64_t last_ns)
{
	struct eyas_alerts_field field = { .key = "last_event_time", .text = "none" };
	struct eyas_str last = EYAS_STR_INIT;
	char more[64];
	int res;

	if (last_ns) {
		put_clock(&last, last_ns);
		eyas_str_putc(&last, '\0');
		if (!last.nomem)
			field.text = last.data;
	}
	snprintf(more, sizeof(more), "%" PRIu64 " consecutive timeouts without event.", count);
	res = last.nomem ? -ENOMEM
			 : eyas_alerts_internal(alerts, ts_ns, EYAS_PRIORITY_DEBUG,
						"timeouts notification", more, &field, 1);
	eyas_str_fini(&last);
	return res;
}

int eyas_alerts_metrics(struct eyas_alerts *alerts, uint64_t ts_ns,
			const struct eyas_alerts_field *fields, size_t nfields)
{
	return eyas_alerts_internal(alerts, ts_ns, EYAS_PRIORITY_INFORMATIONAL, "metrics snapshot",
				    NULL, fields, nfields);
}

int eyas_alerts_size_limit(struct eyas_alerts *alerts, uint64_t ts_ns, uint64_t max_file_size_mb,
			   uint64_t written_bytes)
{
	char max[DIGITS], written[DIGITS];
	const struct eyas_alerts_field fields[] = {
		{ .key = "max_file_size_mb", .number = max },
		{ .key = "written_bytes", .number = written },
	};

	snprintf(max, sizeof(max), "%" PRIu64, max_file_size_mb);
	snprintf(written, sizeof(written), "%" PRIu64, written_bytes);
	return eyas_alerts_internal(alerts, ts_ns, EYAS_PRIORITY_INFORMATIONAL,
				    "capture size limit reached", "", fields, 2);
}
