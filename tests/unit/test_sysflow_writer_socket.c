/* SPDX-License-Identifier: Apache-2.0 */
/* SysFlow records over a unix socket, alone and next to files. */
#include "unit/sfwriter.h"

#include <signal.h>
#include <sys/wait.h>

#include "unit/peer.h"

/* The packets that are there now, one after another; how many. */
static unsigned read_packets(int fd, struct eyas_str *all)
{
	unsigned count = 0;
	char buf[65536];
	ssize_t n;

	while ((n = peer_read(fd, buf, sizeof(buf))) > 0) {
		eyas_str_add(all, buf, (size_t)n);
		count++;
	}
	return count;
}

/* What came is what was sent from there on. */
static void check_packets(int fd, const struct rig *rig, size_t from, unsigned count)
{
	struct eyas_str all = EYAS_STR_INIT;

	CHECK_INT(read_packets(fd, &all), count);
	CHECK_INT(all.len, rig->sent.len - from);
	CHECK(!memcmp(all.data, rig->sent.data + from, all.len));
	eyas_str_fini(&all);
}

/* A header comes first, and that is branch 0 of the union. */
static void check_header_first(int fd)
{
	char buf[65536];

	CHECK(peer_read(fd, buf, sizeof(buf)) > 0);
	CHECK_INT(buf[0], 0);
}

TEST(a_packet_is_a_record)
{
	char *path = in_tmpdir("s");
	int listener = peer_listen(path, 1), fd;
	struct rig rig;
	unsigned i;

	rig_open(&rig, &(struct sf_writer_opts){ .socket_path = path, .schema = 5 });
	rig_begin(&rig, 1);
	CHECK_STR(rig.filename, "");
	CHECK(*rig.sink.due_ns == UINT64_MAX);
	fd = peer_accept(listener);
	for (i = 1; i < SF_RECORDS; i++)
		rig_put(&rig, &sf_records[i].record);
	CHECK_INT(rig_stats(&rig).socket_records, SF_RECORDS);
	CHECK_INT(rig_stats(&rig).socket_connects, 1);
	CHECK_INT(rig_stats(&rig).socket_lost, 0);
	CHECK_INT(rig_stats(&rig).records, 0);
	check_packets(fd, &rig, 0, SF_RECORDS);
	rig_close(&rig);
}

TEST(one_record_for_all)
{
	char *path = in_tmpdir("s"), *prefix = in_tmpdir("p"), *first = in_tmpdir("p.100"),
	     *second = in_tmpdir("p.200");
	int listener = peer_listen(path, 1), fd;
	struct rig rig;
	size_t from;

	rig_open(&rig, &(struct sf_writer_opts){ .socket_path = path,
						 .path = prefix,
						 .schema = 6,
						 .rotate_ns = 100 * SECOND });
	rig_begin(&rig, 100 * SECOND);
	fd = peer_accept(listener);
	/* The header over the socket says the name of the file, too. */
	CHECK_STR(rig.filename, first);
	rig_flows(&rig, 100);
	check_packets(fd, &rig, 0, 101);
	from = rig.sent.len;
	CHECK(*rig.sink.due_ns == 200 * SECOND);
	rig_begin(&rig, 200 * SECOND);
	rig_flows(&rig, 10);
	check_packets(fd, &rig, from, 11);
	CHECK(*rig.sink.due_ns == 300 * SECOND);
	CHECK_INT(sf_writer_finish(rig.writer, &rig.err), 0);
	check_file(first, &rig.sent, 0, 101);
	check_file(second, &rig.sent, from, 11);
	CHECK_INT(rig_stats(&rig).records, 112);
	CHECK_INT(rig_stats(&rig).socket_records, 112);
	rig_close(&rig);
}

TEST(a_replay_needs_its_peer)
{
	char *path = in_tmpdir("s");
	struct rig rig;

	rig_open(&rig, &(struct sf_writer_opts){ .socket_path = path, .schema = 5 });
	CHECK_INT(rig.sink.begin(rig.sink.ctx, 1, &rig.filename, &rig.err), -ENOENT);
	CHECK(strstr(rig.err.text, "/s: connect: No such file"));
	rig_close(&rig);
}

TEST(a_replay_waits_for_its_peer)
{
	char *path = in_tmpdir("s"), buf[65536];
	int listener = peer_listen(path, 1), fd, status;
	unsigned seen = 0;
	struct rig rig;
	pid_t child = fork();

	CHECK(child >= 0);
	if (!child) {
		fd = peer_accept(listener);
		usleep(200000);
		while (recv(fd, buf, sizeof(buf), 0) > 0)
			seen++;
		_exit(seen == 20001 ? 0 : 1);
	}
	rig_open(&rig, &(struct sf_writer_opts){
			       .socket_path = path, .schema = 5, .queue_bytes = 10000 });
	rig_begin(&rig, 1);
	rig_flows(&rig, 20000);
	CHECK_INT(sf_writer_finish(rig.writer, &rig.err), 0);
	CHECK_INT(rig_stats(&rig).socket_lost, 0);
	CHECK_INT(rig_stats(&rig).socket_records, 20001);
	rig_close(&rig);
	CHECK(waitpid(child, &status, 0) == child && !status);
}

TEST(a_late_peer_hears_everything_anew)
{
	char *path = in_tmpdir("s");
	struct rig rig;
	int listener, fd;
	size_t from;

	rig_open(&rig, &(struct sf_writer_opts){ .socket_path = path,
						 .schema = 5,
						 .live = true,
						 .retry_ns = 1,
						 .retry_max_ns = 1000000 });
	rig_begin(&rig, 1);
	check_told(&rig, "/s: connect: No such file");
	rig_flows(&rig, 100);
	check_untold(&rig);
	CHECK_INT(rig_stats(&rig).socket_lost, 101);
	CHECK(*rig.sink.due_ns == UINT64_MAX);
	listener = peer_listen(path, 1);
	while (*rig.sink.due_ns)
		rig_flows(&rig, 1);
	fd = peer_accept(listener);
	/* Nothing before the header. */
	rig_flows(&rig, 5);
	CHECK_INT(rig_stats(&rig).socket_lost, rig.records);
	from = rig.sent.len;
	rig_begin(&rig, 2);
	rig_flows(&rig, 10);
	check_packets(fd, &rig, from, 11);
	CHECK_INT(rig_stats(&rig).socket_connects, 1);
	rig_close(&rig);
}

TEST(a_peer_that_leaves_and_comes_back)
{
	char *path = in_tmpdir("s"), *file = in_tmpdir("a.sf");
	int listener = peer_listen(path, 1), fd;
	struct rig rig;
	size_t from;

	signal(SIGPIPE, SIG_DFL);
	rig_open(&rig, &(struct sf_writer_opts){ .socket_path = path,
						 .path = file,
						 .schema = 5,
						 .live = true,
						 .retry_ns = 1,
						 .retry_max_ns = 1 });
	rig_begin(&rig, 1);
	fd = peer_accept(listener);
	rig_flows(&rig, 10);
	close(fd);
	close(listener);
	rig_flows(&rig, 10);
	check_told(&rig, "/s: send: Connection reset");
	/* Twice, and found by idling the second time. */
	listener = peer_listen(path, 1);
	while (*rig.sink.due_ns)
		CHECK_INT(sf_writer_idle(rig.writer, 1, &rig.err), 0);
	fd = peer_accept(listener);
	from = rig.sent.len;
	rig_begin(&rig, 1);
	rig_flows(&rig, 10);
	check_packets(fd, &rig, from, 11);
	check_untold(&rig);
	close(fd);
	CHECK_INT(sf_writer_idle(rig.writer, 1, &rig.err), 0);
	check_told(&rig, "the peer is gone");
	while (*rig.sink.due_ns)
		CHECK_INT(sf_writer_idle(rig.writer, 1, &rig.err), 0);
	fd = peer_accept(listener);
	rig_begin(&rig, 1);
	check_header_first(fd);
	CHECK_INT(sf_writer_finish(rig.writer, &rig.err), 0);
	/* The file has it all. */
	check_file(file, &rig.sent, 0, rig.records);
	CHECK_INT(rig_stats(&rig).file_lost, 0);
	CHECK_INT(rig_stats(&rig).socket_connects, 3);
	rig_close(&rig);
}

TEST(a_slow_peer_loses_and_hears_everything_anew)
{
	char *path = in_tmpdir("s");
	int listener = peer_listen(path, 1), fd;
	struct eyas_str got = EYAS_STR_INIT;
	struct rig rig;
	size_t from;

	rig_open(&rig,
		 &(struct sf_writer_opts){
			 .socket_path = path, .schema = 5, .live = true, .queue_bytes = 10000 });
	rig_begin(&rig, 1);
	fd = peer_accept(listener);
	while (!rig_stats(&rig).socket_lost)
		rig_flows(&rig, 1);
	rig_flows(&rig, 1000);
	CHECK_INT(rig_stats(&rig).socket_lost, 1001);
	check_told(&rig, "/s: send: No buffer space");
	/* Not before it has caught up. */
	CHECK_INT(sf_writer_idle(rig.writer, 1, &rig.err), 0);
	CHECK(*rig.sink.due_ns == UINT64_MAX);
	read_packets(fd, &got);
	CHECK_INT(sf_writer_idle(rig.writer, 1, &rig.err), 0);
	CHECK(!*rig.sink.due_ns);
	read_packets(fd, &got);
	/* Everything but what was lost. */
	CHECK(got.len < rig.sent.len && !memcmp(got.data, rig.sent.data, got.len));
	from = rig.sent.len;
	rig_begin(&rig, 2);
	CHECK(*rig.sink.due_ns == UINT64_MAX);
	rig_flows(&rig, 10);
	check_packets(fd, &rig, from, 11);
	CHECK_INT(rig_stats(&rig).socket_lost, 1001);
	CHECK_INT(rig_stats(&rig).socket_records, rig.records - 1001);
	rig_close(&rig);
	eyas_str_fini(&got);
}

TEST(a_record_that_is_too_large_for_the_socket)
{
	char *path = in_tmpdir("s"), *text = malloc(1 << 20);
	int listener = peer_listen(path, 1), fd;
	struct sysflow_record record = { .type = SYSFLOW_K8S_EVENT };
	struct eyas_str got = EYAS_STR_INIT;
	struct rig rig;

	CHECK(text);
	memset(text, 'x', 1 << 20);
	text[(1 << 20) - 1] = '\0';
	record.u.k8s_event.message = text;
	rig_open(&rig, &(struct sf_writer_opts){ .socket_path = path, .schema = 5, .live = true });
	rig_begin(&rig, 1);
	fd = peer_accept(listener);
	rig_flows(&rig, 10);
	rig_put(&rig, &record);
	rig_flows(&rig, 10);
	check_told(&rig, "/s: send: Message too long");
	CHECK_INT(rig_stats(&rig).socket_lost, 1);
	/* To say it anew would only bring it back. */
	CHECK(*rig.sink.due_ns == UINT64_MAX);
	CHECK_INT(read_packets(fd, &got), 21);
	rig_close(&rig);
	eyas_str_fini(&got);
	free(text);
}

TEST(a_dead_peer_does_not_hold_up_the_end)
{
	char *path = in_tmpdir("s");
	int listener = peer_listen(path, 1);
	struct sf_writer_stats stats;
	struct rig rig;

	rig_open(&rig, &(struct sf_writer_opts){ .socket_path = path, .schema = 5, .live = true });
	rig_begin(&rig, 1);
	while (!rig_stats(&rig).socket_waiting_bytes)
		rig_flows(&rig, 1);
	rig_flows(&rig, 9);
	CHECK_INT(sf_writer_finish(rig.writer, &rig.err), -ETIMEDOUT);
	CHECK(strstr(rig.err.text, "takes nothing"));
	stats = rig_stats(&rig);
	CHECK_INT(stats.socket_lost, 10);
	CHECK_INT(stats.socket_records + stats.socket_lost, rig.records);
	CHECK_INT(stats.socket_waiting_bytes, 0);
	rig_close(&rig);
	close(listener);
}
