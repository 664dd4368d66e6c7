/* SPDX-License-Identifier: Apache-2.0 */
/* The descriptors that poll() and ppoll() name, each kind of fact joined by commas. */
#include "filter/fields_int.h"

#include "base/le.h"
#include "schema/event.h"
#include "schema/ids.h"
#include "schema/text.h"

enum list_item {
	ITEM_NUM,
	ITEM_NAME,
	ITEM_CLIENT_IP,
	ITEM_SERVER_IP,
	ITEM_CLIENT_PORT,
	ITEM_SERVER_PORT
};

/* Appends nothing when the descriptor has no such thing. */
static void put_item(struct eyas_str *out, enum list_item item, int64_t num,
		     const struct eyas_fd *fd)
{
	bool client = fd && eyas_fd_is_ip(fd) && !eyas_fd_is_ip_server(fd);
	bool server = fd && eyas_fd_is_ip_server(fd);

	switch (item) {
	case ITEM_NUM:
		eyas_str_i64(out, num);
		return;
	case ITEM_NAME:
		if (fd && fd->name->len)
			eyas_str_add(out, fd->name->text, fd->name->len);
		else
			eyas_str_add(out, "<NA>", 4);
		return;
	case ITEM_CLIENT_IP:
		if (client)
			eyas_text_addr(out, fd->u.ip.src, eyas_fd_addr_len(fd));
		return;
	case ITEM_SERVER_IP:
		if (client || server)
			eyas_text_addr(out, server ? fd->u.ip.src : fd->u.ip.dst,
				       eyas_fd_addr_len(fd));
		return;
	case ITEM_CLIENT_PORT:
		if (client)
			eyas_str_u64(out, fd->u.ip.sport);
		return;
	case ITEM_SERVER_PORT:
		if (client || server)
			eyas_str_u64(out, server ? fd->u.ip.sport : fd->u.ip.dport);
		return;
	}
}

static void put_list(struct eyas_str *out, const struct eyas_param *param,
		     const struct eyas_thread *thread, enum list_item item)
{
	uint32_t i, count = param->len < 2 ? 0 : (param->len - 2) / 10;
	const uint8_t *at = param->data + 2;
	size_t begin;
	int64_t num;

	for (i = 0; i < count; i++, at += 10) {
		num = (int64_t)eyas_le64(at);
		begin = out->len;
		if (begin)
			eyas_str_putc(out, ',');
		put_item(out, item, num, fd_table_find(thread->fds, num));
		if (begin && out->len == begin + 1)
			out->len = begin;
	}
}

static bool get_list(const struct field_eval *eval, struct field_ref *ref, struct eyas_value *ret)
{
	const struct eyas_context *context = eval->context;
	struct eyas_str *out = field_begin(eval);
	struct eyas_param param;

	if ((context->event->type != EYAS_EV_SYSCALL_POLL_X &&
	     context->event->type != EYAS_EV_SYSCALL_PPOLL_X) ||
	    !context->thread || eyas_event_param_find(context->event, "fds", &param) != 1)
		return false;
	put_list(out, &param, context->thread, ref->info->tag);
	return out->len && eyas_field_scratch(eval, ref, ret);
}

/* clang-format off */
static const struct field_info fields[] = {
	FIELD("fdlist.cips", CHARBUF, NA, 0, get_list, ITEM_CLIENT_IP,
	      "for poll: the client addresses of its sockets, joined by commas"),
	FIELD("fdlist.cports", CHARBUF, DEC, 0, get_list, ITEM_CLIENT_PORT,
	      "for poll: the client ports of its sockets, joined by commas"),
	FIELD("fdlist.names", CHARBUF, NA, 0, get_list, ITEM_NAME,
	      "for poll: the names of its descriptors, joined by commas; <NA> for an unknown one"),
	FIELD("fdlist.nums", CHARBUF, ID, 0, get_list, ITEM_NUM,
	      "for poll: the numbers of its descriptors, joined by commas"),
	FIELD("fdlist.sips", CHARBUF, NA, 0, get_list, ITEM_SERVER_IP,
	      "for poll: the server addresses of its sockets, joined by commas"),
	FIELD("fdlist.sports", CHARBUF, DEC, 0, get_list, ITEM_SERVER_PORT,
	      "for poll: the server ports of its sockets, joined by commas"),
};
/* clang-format on */

const struct field_class eyas_fields_fdlist = { "fdlist", "fdlist", fields, FIELD_COUNT(fields),
						false };
