/* SPDX-License-Identifier: Apache-2.0 */
/* Measuring comparisons: how often each is evaluated, how often it holds, how long that takes. */
#include "filter/network_int.h"

#include <errno.h>
#include <stdlib.h>

#include "base/clock.h"

enum { CLOCK_TRIES = 1000 };

/* The shortest time between two readings: what every time that is measured is too long by. */
static uint64_t measure_clock(void)
{
	uint64_t least = UINT64_MAX, began, took;
	int i;

	for (i = 0; i < CLOCK_TRIES; i++) {
		began = eyas_clock_ns(CLOCK_MONOTONIC);
		took = eyas_clock_ns(CLOCK_MONOTONIC) - began;
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
	began = eyas_clock_ns(CLOCK_MONOTONIC);
	match = check->eval(network, check);
	took = eyas_clock_ns(CLOCK_MONOTONIC) - began;
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
