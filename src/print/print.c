/* SPDX-License-Identifier: Apache-2.0 */
/* Events as lines. Called by the session for every event shown. */
#include "print/print.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/str.h"
#include "filter/param_text.h"
#include "print/clock.h"
#include "print/print_json.h"
#include "schema/text.h"

/* Lines collect here; a write of this size costs as much as one of a line. */
enum { FLUSH_BYTES = 64 * 1024 };

struct eyas_printer {
	struct eyas_print_opts opts;
	struct print_clock clock;
	struct eyas_layout *layout; /* NULL = the default line or object */
	struct eyas_str out;
	struct eyas_str scratch;
};

/* Colours of a terminal: what one looks for is bright, what one skips is dim. */
#define COLOR_DIM "\033[2m"
#define COLOR_NAME "\033[1;36m"
#define COLOR_FAILED "\033[31m"
#define COLOR_OFF "\033[0m"

int eyas_printer_new(const struct eyas_print_opts *opts, struct eyas_printer **ret_printer,
		     struct eyas_err *reterr)
{
	struct eyas_printer *printer = calloc(1, sizeof(*printer));
	int err = 0;

	if (!printer)
		return eyas_err_set(reterr, -ENOMEM, "no memory to print");
	printer->opts = *opts;
	eyas_print_clock_init(&printer->clock, opts->time);
	if (opts->layout)
		err = eyas_layout_new(opts->network, &printer->opts.fields, opts->layout,
				      strlen(opts->layout), &printer->layout, reterr);
	if (err)
		eyas_printer_free(printer);
	else
		*ret_printer = printer;
	return err;
}

void eyas_printer_free(struct eyas_printer *printer)
{
	if (!printer)
		return;
	eyas_layout_free(printer->layout);
	eyas_str_fini(&printer->out);
	eyas_str_fini(&printer->scratch);
	free(printer);
}

int eyas_printer_flush(struct eyas_printer *printer)
{
	size_t done = 0;
	ssize_t n;
	int err = printer->out.nomem ? -ENOMEM : 0;

	while (!err && done < printer->out.len) {
		n = write(printer->opts.fd, printer->out.data + done, printer->out.len - done);
		if (n > 0)
			done += (size_t)n;
		else if (!n)
			err = -EIO;
		else if (errno != EINTR)
			err = -errno;
	}
	printer->out.len = 0;
	return err;
}

/* Did the call fail? Results are named res or, when they are descriptors, fd. */
static bool failed(const struct eyas_event *event)
{
	struct eyas_param param;
	int64_t value;

	if (!(event->type & 1) || !eyas_event_param(event, 0, &param))
		return false;
	return !eyas_param_int(&param, &value) && value < 0;
}

/* Values alone: no names for flags, buffers in hexadecimal and whole. */
static void put_raw_params(struct eyas_str *out, const struct eyas_event *event)
{
	struct eyas_param_iter iter;
	struct eyas_param param;

	eyas_param_iter_init(&iter, event);
	/* Not those that the type got after this event was recorded. */
	while (iter.index < event->nparams && eyas_param_iter_next(&iter, &param)) {
		eyas_str_putc(out, ' ');
		eyas_str_puts(out, param.info->name);
		eyas_str_putc(out, '=');
		if (param.len && eyas_type_info(param.info->type)->kind == EYAS_KIND_BYTES)
			eyas_str_hexdump(out, param.data, param.len);
		else
			eyas_text_raw(out, &param);
	}
}

static void put_params(struct eyas_str *out, const struct eyas_context *context,
		       const struct field_opts *opts)
{
	size_t start = out->len + 1;

	eyas_str_putc(out, ' ');
	eyas_params_put(out, context, opts);
	/* Nothing came: the blank goes, too. */
	if (out->len == start)
		out->len--;
}

static void put_foreign(const struct eyas_printer *printer, struct eyas_str *out, const char *text,
			size_t len)
{
	if (printer->opts.fields.raw_text)
		eyas_str_add(out, text, len);
	else
		eyas_str_safe(out, text, len);
}

static void put_process(const struct eyas_printer *printer, struct eyas_str *out,
			const struct eyas_thread *thread)
{
	if (thread && thread->comm->len)
		put_foreign(printer, out, thread->comm->text, thread->comm->len);
	else
		eyas_str_add(out, "<NA>", 4);
	eyas_str_putc(out, ' ');
}

/*
 * number time cpu process (thread) direction name name=value... Written by hand and not as an
 * output format, because it is what most events are printed as. Raw values have no process.
 */
static void put_line(struct eyas_printer *printer, const struct eyas_context *context)
{
	const struct eyas_event *event = context->event;
	bool color = printer->opts.color, raw = printer->opts.format == EYAS_PRINT_RAW;
	struct eyas_str *out = &printer->out;
	size_t name_len;
	const char *name = eyas_event_name(event, &name_len);

	eyas_str_u64(out, event->num);
	eyas_str_puts(out, color ? " " COLOR_DIM : " ");
	eyas_print_clock_put(&printer->clock, event->ts_ns, out);
	eyas_str_puts(out, color ? COLOR_OFF " " : " ");
	eyas_str_u64(out, event->cpu);
	eyas_str_putc(out, ' ');
	if (!raw)
		put_process(printer, out, context->thread);
	eyas_str_putc(out, '(');
	eyas_str_i64(out, (int64_t)event->tid);
	eyas_str_puts(out, event->type & 1 ? ") < " : ") > ");
	if (color)
		eyas_str_puts(out, failed(event) ? COLOR_FAILED : COLOR_NAME);
	put_foreign(printer, out, name, name_len);
	if (color)
		eyas_str_puts(out, COLOR_OFF);
	if (raw)
		put_raw_params(out, event);
	else
		put_params(out, context, &printer->opts.fields);
	eyas_str_putc(out, '\n');
}

/* An event for which the layout has a value missing is no line. */
static void put_layout(struct eyas_printer *printer)
{
	struct eyas_str *out = &printer->out;
	bool whole = printer->opts.format == EYAS_PRINT_JSON
			     ? eyas_layout_put_json(printer->layout, out)
			     : eyas_layout_put_text(printer->layout, out, printer->opts.escape);

	if (whole)
		eyas_str_putc(out, '\n');
}

int eyas_printer_event(struct eyas_printer *printer, const struct eyas_context *context)
{
	size_t flush_bytes = printer->opts.unbuffered ? 1 : FLUSH_BYTES;

	if (printer->layout)
		put_layout(printer);
	else if (printer->opts.format == EYAS_PRINT_JSON)
		eyas_print_json(context, &printer->opts.fields, &printer->clock, &printer->out,
				&printer->scratch);
	else
		put_line(printer, context);
	return printer->out.len >= flush_bytes || printer->out.nomem ? eyas_printer_flush(printer)
								     : 0;
}
