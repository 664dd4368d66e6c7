/* SPDX-License-Identifier: Apache-2.0 */
/* Damage in one file, told with its place. */
#include "capture/damage.h"

#include <stdio.h>

#include "base/err.h"

void damage_place(const struct damage *damage, struct eyas_err *err)
{
	char place[300];

	snprintf(place, sizeof(place), "%.250s: offset %llu", damage->path,
		 (unsigned long long)err->offset);
	eyas_err_prefix(err, place);
}

void damage_report(const struct damage *damage, struct eyas_err *err)
{
	damage->stats->damaged++;
	damage_place(damage, err);
	if (damage->opts->damage)
		damage->opts->damage(damage->opts->damage_ctx, err);
}
