/* SPDX-License-Identifier: Apache-2.0 */
/* Events as lines. Called by the session for every event shown. */
#include "print/print.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/str.h"
#include "print/clock.h"
#include "print/print_json.h"
#include "schema/text.h"

/* Lines collect here; a write of this size costs as much as one of a line. */
enum { FLUSH_BYTES = 64 * 1024 };

struct eyas_printer {
	struct eyas_print_opts opts;
	struct print_clock clock;
	struct eyas_str out;
	struct eyas_str scratch;
};

/* Colours of a terminal: what one looks for is bright, what one skips is dim. */
#define COLOR_DIM "\033[2m"
#define COLOR_NAME "\033[1;36m"
#define COLOR_FAILED "\033[31m"
#define COLOR_OFF "\033[0m"

int eyas_printer_new(const struct eyas_print_opts *opts, struct eyas_printer **ret_printer)
{
	struct eyas_printer *printer = calloc(1, sizeof(*printer));

	if (!printer)
		return -ENOMEM;
	printer->opts = *opts;
	print_clock_init(&printer->clock, opts->time);
	*ret_printer = printer;
	return 0;
}

void eyas_printer_free(struct eyas_printer *printer)
{
	if (!printer)
		return;
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

static void put_params(struct eyas_printer *printer, const struct eyas_event *event)
{
	struct eyas_str *out = &printer->out;
	struct eyas_param_iter iter;
	struct eyas_param param;

	/* Generic events carry nothing but the call, whose name stands in the line already. */
	if (event->type <= 1 && printer->opts.format == EYAS_PRINT_TEXT)
		return;
	eyas_param_iter_init(&iter, event);
	/* Not those that the type got after this event was recorded. */
	while (iter.index < event->nparams && eyas_param_iter_next(&iter, &param)) {
		eyas_str_putc(out, ' ');
		eyas_str_puts(out, param.info->name);
		eyas_str_putc(out, '=');
		if (printer->opts.format == EYAS_PRINT_TEXT)
			eyas_text_param(out, &param, printer->opts.max_bytes);
		else if (param.len && eyas_type_info(param.info->type)->kind == EYAS_KIND_BYTES)
			eyas_str_hexdump(out, param.data, param.len);
		else
			eyas_text_raw(out, &param);
	}
}

/* number time cpu (thread) direction name name=value... */
static void put_line(struct eyas_printer *printer, const struct eyas_event *event)
{
	struct eyas_str *out = &printer->out;
	bool color = printer->opts.color;
	size_t name_len;
	const char *name = eyas_event_name(event, &name_len);

	eyas_str_u64(out, event->num);
	eyas_str_puts(out, color ? " " COLOR_DIM : " ");
	print_clock_put(&printer->clock, event->ts_ns, out);
	eyas_str_puts(out, color ? COLOR_OFF " " : " ");
	eyas_str_u64(out, event->cpu);
	eyas_str_puts(out, " (");
	eyas_str_i64(out, (int64_t)event->tid);
	eyas_str_puts(out, event->type & 1 ? ") < " : ") > ");
	if (color)
		eyas_str_puts(out, failed(event) ? COLOR_FAILED : COLOR_NAME);
	eyas_str_safe(out, name, name_len);
	if (color)
		eyas_str_puts(out, COLOR_OFF);
	put_params(printer, event);
	eyas_str_putc(out, '\n');
}

int eyas_printer_event(struct eyas_printer *printer, const struct eyas_event *event)
{
	if (printer->opts.format == EYAS_PRINT_JSON)
		print_json(event, &printer->clock, &printer->out, &printer->scratch);
	else
		put_line(printer, event);
	return printer->out.len >= FLUSH_BYTES || printer->out.nomem ? eyas_printer_flush(printer)
								     : 0;
}
