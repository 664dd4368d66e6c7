/* SPDX-License-Identifier: Apache-2.0 */
/* Measuring comparisons: how often each is evaluated, how often it holds, how long that takes. */
#include "filter/network_int.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

enum { CLOCK_TRIES = 1000 };

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000U + (uint64_t)now.tv_nsec;
}

/* The shortest time between two readings: what every time that is measured is too long by. */
static uint64_t measure_clock(void)
{
	uint64_t least = UINT64_MAX, began, took;
	int i;

	for (i = 0; i < CLOCK_TRIES; i++) {
		began = now_ns();
		took = now_ns() - began;
		if (took < least)
			least = took;
	}
	return least;
}

int eyas_network_measure(struct eyas_network *network)
{
	struct network_cost *costs = calloc(network->nnodes + (size_t)1, sizeof(*costs));

	if (!costs)
		return -ENOMEM;
	free(network->costs);
	network->costs = costs;
	network->ncosts = network->nnodes;
	network->clock_ns = measure_clock();
	return 0;
}

bool eyas_check_measured(struct eyas_network *network, uint32_t node, const struct check *check)
{
	struct network_cost *cost;
	uint64_t began, took;
	bool match;

	if (node >= network->ncosts)
		return check->eval(network, check);
	cost = &network->costs[node];
	began = now_ns();
	match = check->eval(network, check);
	took = now_ns() - began;
	cost->evaluations++;
	cost->matches += match;
	cost->ns += took > network->clock_ns ? took - network->clock_ns : 0;
	return match;
}

bool eyas_network_cost(const struct eyas_network *network, uint32_t node,
		       struct network_cost *ret_cost)
{
	if (node >= network->ncosts || network->nodes[node].kind != NETWORK_CHECK)
		return false;
	*ret_cost = network->costs[node];
	return true;
}
