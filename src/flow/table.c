/* SPDX-License-Identifier: Apache-2.0 */
/* Hash tables of the flow engine: chains of links that lie in what is held. */
#include "flow/engine_int.h"

#include <stdlib.h>

enum { HEADS_MIN = 64, HEADS_MAX = 1 << 24 };

static void push(struct flow_link **head, struct flow_link *link)
{
	link->at = head;
	link->next = *head;
	if (link->next)
		link->next->at = &link->next;
	*head = link;
}

/* Twice the chains. Without memory the ones there are get longer. */
static void table_grow(struct flow_table *table)
{
	uint32_t count = table->heads ? (table->mask + 1) * 2 : HEADS_MIN, i;
	struct flow_link **heads, *link, *next;

	if (count > HEADS_MAX)
		return;
	heads = calloc(count, sizeof(struct flow_link *));
	if (!heads)
		return;
	for (i = 0; table->heads && i <= table->mask; i++)
		for (link = table->heads[i]; link; link = next) {
			next = link->next;
			push(&heads[link->hash & (count - 1)], link);
		}
	free(table->heads);
	table->heads = heads;
	table->mask = count - 1;
}

int flow_table_add(struct flow_table *table, struct flow_link *link)
{
	if (!table->heads || table->count > table->mask)
		table_grow(table);
	if (!table->heads)
		return -ENOMEM;
	push(&table->heads[link->hash & table->mask], link);
	table->count++;
	return 0;
}

void flow_table_remove(struct flow_table *table, struct flow_link *link)
{
	*link->at = link->next;
	if (link->next)
		link->next->at = link->at;
	table->count--;
}

void flow_table_iter_init(struct flow_table_iter *iter, const struct flow_table *table)
{
	iter->table = table;
	iter->place = 0;
	iter->next = table->heads ? table->heads[0] : NULL;
}

struct flow_link *flow_table_iter_next(struct flow_table_iter *iter)
{
	const struct flow_table *table = iter->table;
	struct flow_link *link;

	if (!table->heads)
		return NULL;
	while (!iter->next && iter->place < table->mask)
		iter->next = table->heads[++iter->place];
	link = iter->next;
	if (link)
		iter->next = link->next;
	return link;
}

void flow_table_fini(struct flow_table *table)
{
	free(table->heads);
	table->heads = NULL;
	table->mask = table->count = 0;
}
