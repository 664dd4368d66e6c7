/* SPDX-License-Identifier: Apache-2.0 */
/* Packets to a socket whose other end is slow, late, gone or back. */
#include "unit/harness.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "output/packet.h"
#include "unit/peer.h"

#define HOUR_NS (3600 * 1000000000ULL)

static char *socket_path(void)
{
	static char path[256];

	CHECK(snprintf(path, sizeof(path), "%s/s", test_tmpdir()) < (int)sizeof(path));
	return path;
}

static struct output_packet *packet_new(const char *path, size_t queue_bytes, uint64_t retry_ns)
{
	struct output_packet_opts opts = { .path = path,
					   .queue_bytes = queue_bytes,
					   .retry_ns = retry_ns,
					   .retry_max_ns = HOUR_NS };
	struct output_packet *packet;
	struct eyas_err err;

	if (output_packet_new(&opts, &packet, &err))
		test_fail(__FILE__, __LINE__, "%s", err.text);
	return packet;
}

static struct output_packet_stats stats_of(const struct output_packet *packet)
{
	struct output_packet_stats stats;

	output_packet_stats(packet, &stats);
	return stats;
}

/* Packets that say which one they are, of sizes that go round no buffer evenly. */
static size_t make_packet(uint32_t number, char *buf)
{
	size_t len = 4 + number * 37 % 1000;

	memset(buf, (int)number & 0xff, len);
	memcpy(buf, &number, 4);
	return len;
}

static int put(struct output_packet *packet, uint32_t number)
{
	char buf[1024];
	struct eyas_err err;

	return output_packet_put(packet, buf, make_packet(number, buf), &err);
}

/* The next packet is this one. */
static void check_packet(int fd, uint32_t number)
{
	char got[2048], want[1024];
	size_t len = make_packet(number, want);

	CHECK_INT(peer_read(fd, got, sizeof(got)), len);
	CHECK(!memcmp(got, want, len));
}

TEST(packets_arrive_one_by_one)
{
	char *path = socket_path();
	struct output_packet *packet;
	int listener = peer_listen(path, 1), fd;
	struct eyas_err err;
	char buf[10];
	uint32_t i;

	packet = packet_new(path, 1 << 20, HOUR_NS);
	CHECK(!output_packet_connected(packet));
	CHECK_INT(output_packet_connect(packet, &err), 1);
	CHECK_INT(output_packet_connect(packet, &err), 0);
	CHECK(output_packet_connected(packet));
	fd = peer_accept(listener);
	for (i = 0; i < 20; i++)
		CHECK_INT(put(packet, i), 0);
	for (i = 0; i < 20; i++)
		check_packet(fd, i);
	CHECK_INT(peer_read(fd, buf, sizeof(buf)), -1);
	CHECK_INT(stats_of(packet).sent, 20);
	CHECK_INT(stats_of(packet).connects, 1);
	CHECK_INT(stats_of(packet).waiting_bytes, 0);
	output_packet_free(packet);
	CHECK_INT(peer_read(fd, buf, sizeof(buf)), 0);
}

TEST(a_slow_peer_finds_a_queue)
{
	char *path = socket_path();
	int listener = peer_listen(path, 1), fd;
	struct output_packet *packet;
	uint32_t sent = 0, seen = 0, round;
	struct eyas_err err;

	packet = packet_new(path, 3 << 20, HOUR_NS);
	CHECK_INT(output_packet_connect(packet, &err), 1);
	fd = peer_accept(listener);
	/* Rounds that leave some behind, so that the queue wanders through its memory and grows. */
	for (round = 0; round < 40; round++) {
		for (; sent < (round + 1) * 500; sent++)
			CHECK_INT(put(packet, sent), 0);
		for (; seen < round * 400; seen++) {
			check_packet(fd, seen);
			if (seen % 100 == 0)
				CHECK_INT(output_packet_pump(packet, &err), 0);
		}
		CHECK_INT(output_packet_pump(packet, &err), 0);
	}
	CHECK(stats_of(packet).waiting_bytes > 1000000);
	while (seen < sent) {
		CHECK_INT(output_packet_pump(packet, &err), 0);
		check_packet(fd, seen++);
	}
	CHECK_INT(stats_of(packet).sent, sent);
	CHECK_INT(stats_of(packet).lost, 0);
	CHECK_INT(stats_of(packet).waiting_bytes, 0);
	output_packet_free(packet);
}

TEST(a_full_queue_loses_and_counts)
{
	char *path = socket_path();
	int listener = peer_listen(path, 1), fd;
	struct output_packet *packet;
	uint32_t sent = 0, seen;
	struct eyas_err err;

	packet = packet_new(path, 100000, HOUR_NS);
	CHECK_INT(output_packet_connect(packet, &err), 1);
	fd = peer_accept(listener);
	while (!put(packet, sent))
		sent++;
	CHECK_INT(put(packet, 27), -ENOBUFS);
	CHECK_INT(stats_of(packet).lost, 2);
	CHECK(stats_of(packet).waiting_bytes <= 100000 && stats_of(packet).waiting_bytes > 98000);
	for (seen = 0; seen < sent; seen++) {
		CHECK_INT(output_packet_pump(packet, &err), 0);
		check_packet(fd, seen);
	}
	CHECK_INT(put(packet, 12345), 0);
	check_packet(fd, 12345);
	CHECK_INT(stats_of(packet).lost, 2);
	CHECK_INT(stats_of(packet).sent, sent + 1);
	output_packet_free(packet);
}

TEST(a_packet_that_is_too_large_is_lost_alone)
{
	char *path = socket_path(), *large = calloc(1, 4 << 20);
	int listener = peer_listen(path, 1), fd;
	struct output_packet *packet;
	struct eyas_err err;

	CHECK(large);
	packet = packet_new(path, 8 << 20, HOUR_NS);
	CHECK_INT(output_packet_connect(packet, &err), 1);
	fd = peer_accept(listener);
	CHECK_INT(put(packet, 1), 0);
	CHECK_INT(output_packet_put(packet, large, 4 << 20, &err), -EMSGSIZE);
	CHECK_INT(put(packet, 2), 0);
	check_packet(fd, 1);
	check_packet(fd, 2);
	CHECK_INT(stats_of(packet).lost, 1);
	/* The same from the queue. */
	while (!stats_of(packet).waiting_bytes)
		CHECK_INT(put(packet, 3), 0);
	CHECK_INT(output_packet_put(packet, large, 4 << 20, &err), 0);
	CHECK_INT(put(packet, 4), 0);
	while (peer_read(fd, large, 1024) > 0) {
	}
	CHECK_INT(output_packet_pump(packet, &err), -EMSGSIZE);
	CHECK_INT(stats_of(packet).lost, 2);
	check_packet(fd, 3);
	check_packet(fd, 4);
	output_packet_free(packet);
	free(large);
}

TEST(a_peer_that_is_gone_takes_what_waited)
{
	char *path = socket_path();
	int listener = peer_listen(path, 1), fd;
	struct output_packet *packet;
	struct eyas_err err;
	uint64_t sent = 0, arrived;

	packet = packet_new(path, 100000, 1);
	CHECK_INT(output_packet_connect(packet, &err), 1);
	fd = peer_accept(listener);
	while (stats_of(packet).waiting_bytes < 50000) {
		CHECK_INT(put(packet, 5), 0);
		sent++;
	}
	arrived = stats_of(packet).sent;
	close(fd);
	CHECK(put(packet, 6) < 0);
	CHECK(!output_packet_connected(packet));
	CHECK_INT(stats_of(packet).lost, sent - arrived + 1);
	CHECK_INT(stats_of(packet).waiting_bytes, 0);
	CHECK_INT(put(packet, 7), -ENOTCONN);
	output_packet_lose(packet);
	CHECK_INT(stats_of(packet).lost, sent - arrived + 3);
	/* It comes back, and gets only what comes then. */
	CHECK_INT(output_packet_connect(packet, &err), 1);
	fd = peer_accept(listener);
	CHECK_INT(put(packet, 8), 0);
	check_packet(fd, 8);
	/* Nobody has to send to notice that it is gone again. */
	CHECK_INT(output_packet_pump(packet, &err), 0);
	close(fd);
	CHECK_INT(output_packet_pump(packet, &err), -EPIPE);
	CHECK(!output_packet_connected(packet));
	CHECK_INT(output_packet_pump(packet, &err), 0);
	CHECK_INT(stats_of(packet).connects, 2);
	output_packet_free(packet);
}

TEST(a_peer_that_read_all_and_left_raises_no_signal)
{
	char *path = socket_path();
	int listener = peer_listen(path, 1), fd;
	struct output_packet *packet;
	struct eyas_err err;

	packet = packet_new(path, 100000, HOUR_NS);
	CHECK_INT(output_packet_connect(packet, &err), 1);
	fd = peer_accept(listener);
	CHECK_INT(put(packet, 1), 0);
	check_packet(fd, 1);
	close(fd);
	CHECK_INT(put(packet, 2), -EPIPE);
	CHECK_INT(stats_of(packet).lost, 1);
	output_packet_free(packet);
}

TEST(attempts_to_connect_have_pauses)
{
	char *path = socket_path();
	struct output_packet *packet = packet_new(path, 1000, HOUR_NS), *eager;
	struct eyas_err err;
	int listener;

	CHECK_INT(output_packet_connect(packet, &err), -ENOENT);
	CHECK(strstr(err.text, "/s: connect: No such file"));
	eager = packet_new(path, 1000, 1);
	CHECK_INT(output_packet_connect(eager, &err), -ENOENT);
	listener = peer_listen(path, 1);
	CHECK_INT(output_packet_connect(packet, &err), 0);
	CHECK(!output_packet_connected(packet));
	while (!output_packet_connect(eager, &err)) {
	}
	CHECK(output_packet_connected(eager));
	output_packet_free(packet);
	output_packet_free(eager);
	close(listener);
	/* A socket file that nobody listens on. */
	packet = packet_new(path, 1000, HOUR_NS);
	CHECK_INT(output_packet_connect(packet, &err), -ECONNREFUSED);
	output_packet_free(packet);
}

TEST(a_peer_that_does_not_accept_blocks_nobody)
{
	char *path = socket_path();
	int listener = peer_listen(path, 0);
	struct output_packet *packets[4];
	struct eyas_err err;
	int i, refused = 0, code;

	for (i = 0; i < 4; i++) {
		packets[i] = packet_new(path, 1000, HOUR_NS);
		code = output_packet_connect(packets[i], &err);
		CHECK(code == 1 || code == -EAGAIN);
		refused += code == -EAGAIN;
	}
	CHECK(refused >= 2);
	for (i = 0; i < 4; i++)
		output_packet_free(packets[i]);
	close(listener);
}

TEST(draining_waits_for_a_slow_peer_and_gives_up_a_dead_one)
{
	char *path = socket_path(), buf[2048];
	int listener = peer_listen(path, 1), fd, status;
	struct output_packet *packet;
	uint32_t sent = 0, seen = 0;
	struct eyas_err err;
	pid_t child;

	packet = packet_new(path, 4 << 20, HOUR_NS);
	CHECK_INT(output_packet_connect(packet, &err), 1);
	fd = peer_accept(listener);
	while (stats_of(packet).waiting_bytes < 1 << 20)
		CHECK_INT(put(packet, sent++), 0);
	/* Nobody reads: with what is waiting it is gone. */
	CHECK_INT(output_packet_drain(packet, 2 << 20, 1000000, &err), 0);
	CHECK_INT(output_packet_drain(packet, 0, 1000000, &err), -ETIMEDOUT);
	CHECK(!output_packet_connected(packet));
	CHECK_INT(stats_of(packet).sent + stats_of(packet).lost, sent);
	CHECK(stats_of(packet).lost > 1000);
	output_packet_free(packet);
	close(fd);
	/* Somebody does. */
	packet = packet_new(path, 4 << 20, HOUR_NS);
	CHECK_INT(output_packet_connect(packet, &err), 1);
	fd = peer_accept(listener);
	child = fork();
	CHECK(child >= 0);
	if (!child) {
		output_packet_free(packet);
		usleep(100000);
		while (recv(fd, buf, sizeof(buf), 0) > 0)
			seen++;
		_exit(seen == 5000 ? 0 : 1);
	}
	for (sent = 0; sent < 5000; sent++)
		CHECK_INT(put(packet, sent), 0);
	CHECK_INT(output_packet_drain(packet, 0, HOUR_NS, &err), 0);
	CHECK_INT(stats_of(packet).sent, 5000);
	output_packet_free(packet);
	CHECK(waitpid(child, &status, 0) == child && !status);
	close(fd);
}
