/* SPDX-License-Identifier: Apache-2.0 */
/* Token buckets, by a clock that the tests make. */
#include "unit/harness.h"

#include "output/bucket.h"

#define S UINT64_C(1000000000)

TEST(starts_full)
{
	struct output_bucket bucket;
	int i;

	output_bucket_init(&bucket, 1, 3);
	for (i = 0; i < 3; i++)
		CHECK(output_bucket_claim(&bucket, 100 * S));
	CHECK(!output_bucket_claim(&bucket, 100 * S));
	CHECK_INT(bucket.claimed, 3);
	CHECK_INT(bucket.refused, 1);
}

TEST(refills_at_its_rate)
{
	struct output_bucket bucket;

	output_bucket_init(&bucket, 0.5, 1);
	CHECK(output_bucket_claim(&bucket, 10 * S));
	CHECK(!output_bucket_claim(&bucket, 11 * S));
	/* The failed claim loses nothing. */
	CHECK(!output_bucket_claim(&bucket, 12 * S - 1000));
	CHECK(output_bucket_claim(&bucket, 12 * S + 1000));
	CHECK(!output_bucket_claim(&bucket, 13 * S));
}

TEST(holds_no_more_than_its_burst)
{
	struct output_bucket bucket;
	int i;

	output_bucket_init(&bucket, 1000, 2);
	CHECK(output_bucket_claim(&bucket, S));
	for (i = 0; i < 2; i++)
		CHECK(output_bucket_claim(&bucket, 3600 * S));
	CHECK(!output_bucket_claim(&bucket, 3600 * S));
}

TEST(first_time_gives_nothing)
{
	struct output_bucket bucket;

	output_bucket_init(&bucket, 1, 0.5);
	CHECK(!output_bucket_claim(&bucket, UINT64_MAX));
}

TEST(clock_goes_back)
{
	struct output_bucket bucket;

	output_bucket_init(&bucket, 1, 1);
	CHECK(output_bucket_claim(&bucket, 100 * S));
	CHECK(!output_bucket_claim(&bucket, 50 * S));
	/* From where it is now, not from where it once was. */
	CHECK(output_bucket_claim(&bucket, 51 * S));
}

/* One thing every 30 seconds: what is done about lost events, by default. */
TEST(drop_actions)
{
	struct output_bucket bucket;
	int taken = 0, second;

	output_bucket_init(&bucket, .03333, 1);
	for (second = 0; second < 300; second++)
		taken += output_bucket_claim(&bucket, (uint64_t)second * S);
	CHECK_INT(taken, 10);
}
