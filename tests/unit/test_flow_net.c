/* SPDX-License-Identifier: Apache-2.0 */
/* Flows on connections. */
#include "unit/flowfeed.h"

static const struct flow_opts plain = { 0 };
static const struct flow_opts strict = { .strict_compat = true };
static const struct flow_opts six = { .schema = 6 };

static void start(struct flow_rig *t, const struct flow_opts *opts)
{
	memset(t, 0, sizeof(*t));
	flow_rig_start(t, opts);
	feed_open(&t->f, 100, 9, "/begin");
	flow_rig_step(t);
	RUN(t, 100, SYSCALL_CLOSE_X, I(0), I(9));
	flow_rig_hush(t);
}

static void run_connect(struct flow_rig *t, int64_t fd, unsigned family, unsigned type, int64_t res,
			const struct eyas_sock *tuple)
{
	RUN(t, 100, SOCKET_SOCKET_X, I(fd), I(family), I(type), I(0), I(0));
	RUN(t, 100, SOCKET_CONNECT_X, I(res), TUPLE(tuple), I(fd), N);
}

static void run_close(struct flow_rig *t, int64_t fd)
{
	RUN(t, 100, SYSCALL_CLOSE_X, I(0), I(fd));
}

TEST(client)
{
	const struct eyas_sock web = feed_ip("10.0.0.1", 5000, "10.0.0.2", 80);
	struct flow_rig t;

	start(&t, &plain);
	run_connect(&t, 3, 2, 1, 0, &web);
	RUN(&t, 100, SOCKET_SENDTO_X, I(50), N, I(3), I(50), N);
	RUN(&t, 100, SYSCALL_WRITE_X, I(5), N, I(3), I(5));
	RUN(&t, 100, SOCKET_RECVFROM_X, I(-11), N, N, I(3), I(100));
	RUN(&t, 100, SOCKET_RECVMSG_X, I(100), I(100), N, N, N, I(3));
	RUN(&t, 100, SOCKET_SHUTDOWN_X, I(0), I(3), I(1));
	SAID(&t, "");
	run_close(&t, 3);
	SAID(&t, "net 100 CONNECT|READ|WRITE|CLOSE|SHUTDOWN t3-9 fd3 r2/100 w2/55 6 "
		 "10.0.0.1:5000->10.0.0.2:80\n");
	flow_rig_end(&t);
}

/* The client is the source, also of the server's flow. */
static void run_server(struct flow_rig *t, bool old_type)
{
	const struct eyas_sock any = feed_ip("0.0.0.0", 80, NULL, 0),
			       in = feed_ip("10.0.0.1", 5000, "10.0.0.2", 80);

	RUN(t, 100, SOCKET_SOCKET_X, I(3), I(2), I(1), I(0), I(0));
	RUN(t, 100, SOCKET_BIND_X, I(0), ADDR(&any), I(3));
	RUN(t, 100, SOCKET_LISTEN_X, I(0), I(3), I(5));
	FEED(&t->f, 100, SOCKET_ACCEPT4_6_X, I(4), TUPLE(&in), I(0), I(0), I(5), I(0));
	/* Blocked in it when the capture began: the descriptor is known even so. */
	if (old_type)
		t->f.event.flags |= EYAS_EVENT_OLD_TYPE | EYAS_EVENT_NO_ENTER;
	flow_rig_step(t);
	RUN(t, 100, SYSCALL_READ_X, I(7), N, I(4), I(10));
	run_close(t, 4);
	run_close(t, 3);
}

TEST(server)
{
	struct flow_rig t;

	start(&t, &plain);
	run_server(&t, false);
	SAID(&t, "net 100 ACCEPT|READ|CLOSE t5-7 fd4 r1/7 w0/0 6 10.0.0.1:5000->10.0.0.2:80\n");
	flow_rig_end(&t);
	/* The original does not know the type of today. */
	start(&t, &strict);
	run_server(&t, false);
	SAID(&t, "net 100 READ|CLOSE t6-7 fd4 r1/7 w0/0 6 10.0.0.1:5000->10.0.0.2:80\n");
	flow_rig_end(&t);
	start(&t, &strict);
	run_server(&t, true);
	SAID(&t, "net 100 ACCEPT|READ|CLOSE t5-7 fd4 r1/7 w0/0 6 10.0.0.1:5000->10.0.0.2:80\n");
	flow_rig_end(&t);
}

/* A datagram socket has a flow for each peer. */
TEST(datagrams)
{
	const struct eyas_sock a = feed_ip("10.0.0.1", 5000, "10.0.0.2", 53),
			       b = feed_ip("10.0.0.1", 5000, "10.0.0.3", 53);
	struct flow_rig t;

	start(&t, &plain);
	RUN(&t, 100, SOCKET_SOCKET_X, I(3), I(2), I(2), I(0), I(0));
	RUN(&t, 100, SOCKET_SENDTO_X, I(10), N, I(3), I(10), TUPLE(&a));
	RUN(&t, 100, SOCKET_SENDTO_X, I(20), N, I(3), I(20), TUPLE(&b));
	RUN(&t, 100, SOCKET_SENDMMSG_X, I(1), I(3), I(1), N, TUPLE(&b));
	run_close(&t, 3);
	SAID(&t, "net 100 WRITE|CLOSE t4-6 fd3 r0/0 w2/21 17 10.0.0.1:5000->10.0.0.3:53\n");
	flow_rig_finish(&t);
	SAID(&t, "net 100 WRITE|TRUNCATE t3-6 fd3 r0/0 w1/10 17 10.0.0.1:5000->10.0.0.2:53\n");
	flow_rig_end(&t);
}

/* A socket that is for nobody yet has a protocol; libs says so only later. */
TEST(protocol)
{
	struct flow_rig t;

	start(&t, &plain);
	RUN(&t, 100, SOCKET_SOCKET_X, I(3), I(2), I(1), I(0), I(0));
	run_close(&t, 3);
	SAID(&t, "net 100 CLOSE t3-3 fd3 r0/0 w0/0 6 0.0.0.0:0->0.0.0.0:0\n");
	flow_rig_end(&t);
	start(&t, &strict);
	RUN(&t, 100, SOCKET_SOCKET_X, I(3), I(2), I(1), I(0), I(0));
	run_close(&t, 3);
	SAID(&t, "net 100 CLOSE t3-3 fd3 r0/0 w0/0 -1 0.0.0.0:0->0.0.0.0:0\n");
	RUN(&t, 100, SOCKET_SOCKET_X, I(3), I(2), I(3), I(1), I(0));
	run_close(&t, 3);
	SAID(&t, "net 100 CLOSE t5-5 fd3 r0/0 w0/0 254 0.0.0.0:0->0.0.0.0:0\n");
	flow_rig_end(&t);
}

TEST(ipv6)
{
	const struct eyas_sock web = feed_ip("fd00::1", 5000, "fd00::2", 80),
			       mapped = feed_ip("::ffff:10.0.0.1", 5000, "::ffff:10.0.0.2", 80);
	struct flow_rig t;

	start(&t, &plain);
	run_connect(&t, 3, 10, 1, 0, &web);
	run_close(&t, 3);
	SAID(&t, "");
	CHECK_INT(flow_rig_stats(&t).ipv6_left_out, 2);
	run_connect(&t, 3, 10, 1, 0, &mapped);
	run_close(&t, 3);
	SAID(&t, "net 100 CONNECT|CLOSE t6-7 fd3 r0/0 w0/0 6 10.0.0.1:5000->10.0.0.2:80\n");
	flow_rig_end(&t);
	start(&t, &six);
	run_connect(&t, 3, 10, 1, 0, &web);
	run_close(&t, 3);
	SAID(&t, "net 100 CONNECT|CLOSE t3-4 fd3 r0/0 w0/0 6 fd00::1:5000->fd00::2:80\n");
	CHECK_INT(flow_rig_stats(&t).ipv6_left_out, 0);
	flow_rig_end(&t);
}

/* A close ends what other threads have on the connection, who made it first. */
TEST(other_threads)
{
	const struct eyas_sock web = feed_ip("10.0.0.1", 5000, "10.0.0.2", 80);
	struct flow_rig t;
	int64_t tid;

	start(&t, &plain);
	run_connect(&t, 3, 2, 1, 0, &web);
	for (tid = 101; tid <= 102; tid++) {
		feed_clone(&t.f, tid,
			   &(struct feed_clone){ .pid = 100,
						 .ptid = 1,
						 .flags = PPM_CL_CLONE_THREAD | PPM_CL_CLONE_FILES,
						 .vtid = tid,
						 .vpid = 100 });
		RUN(&t, tid, SYSCALL_READ_X, I(1), N, I(3), I(1));
	}
	RUN(&t, 102, SYSCALL_CLOSE_X, I(0), I(3));
	SAID(&t, "net 100 CONNECT|TRUNCATE t3-8 fd3 r0/0 w0/0 6 10.0.0.1:5000->10.0.0.2:80\n"
		 "net 100/101 READ|TRUNCATE t5-8 fd3 r1/1 w0/0 6 10.0.0.1:5000->10.0.0.2:80\n"
		 "net 100/102 READ|CLOSE t7-8 fd3 r1/1 w0/0 6 10.0.0.1:5000->10.0.0.2:80\n");
	flow_rig_end(&t);
}

/* The address of the machine stands in the header, if it is known. */
TEST(header)
{
	const struct flow_opts named = { .exporter = "me", .node_ip = "" };
	const struct eyas_iface lo = { .type = 1, .addr = { 127, 0, 0, 1 } },
				eth = { .type = 1, .addr = { 10, 0, 0, 7 } };
	const struct eyas_machine machine = { .hostname = "box" };
	struct eyas_loader loader;
	struct flow_rig t = { 0 };

	flow_rig_start(&t, &plain);
	flow_engine_loader(t.engine, &loader);
	CHECK_INT(loader.machine(loader.ctx, &machine), 0);
	CHECK_INT(loader.iface(loader.ctx, &lo), 0);
	CHECK_INT(loader.iface(loader.ctx, &eth), 0);
	flow_rig_finish(&t);
	SAID(&t, "header 5 box 10.0.0.7 a.sf\n");
	flow_rig_end(&t);
	memset(&t, 0, sizeof(t));
	flow_rig_start(&t, &named);
	flow_rig_finish(&t);
	SAID(&t, "header 5 me  a.sf\n");
	flow_rig_end(&t);
}

/* What has to be captured: the original's calls in strict mode, more else. */
TEST(codes)
{
	struct eyas_codes codes;
	struct flow_opts opts = { 0 };

	flow_codes(&opts, &codes);
	CHECK(eyas_codes_has(&codes, EYAS_SYS_READ) && eyas_codes_has(&codes, EYAS_SYS_SENDFILE));
	CHECK(eyas_codes_has(&codes, EYAS_SYS_UNLINKAT) && eyas_codes_has(&codes, EYAS_SYS_EXECVE));
	CHECK(!eyas_codes_has(&codes, EYAS_SYS_FUTEX));
	opts.strict_compat = true;
	flow_codes(&opts, &codes);
	CHECK(eyas_codes_has(&codes, EYAS_SYS_READ) && !eyas_codes_has(&codes, EYAS_SYS_SENDFILE));
	opts.collect = FLOW_COLLECT_NOFILES;
	flow_codes(&opts, &codes);
	CHECK(!eyas_codes_has(&codes, EYAS_SYS_READ) && !eyas_codes_has(&codes, EYAS_SYS_UNLINK));
	CHECK(eyas_codes_has(&codes, EYAS_SYS_CONNECT));
	opts.strict_compat = false;
	flow_codes(&opts, &codes);
	CHECK(eyas_codes_has(&codes, EYAS_SYS_READ) && !eyas_codes_has(&codes, EYAS_SYS_UNLINK));
	opts.collect = FLOW_COLLECT_CONSUMER;
	flow_codes(&opts, &codes);
	CHECK(!eyas_codes_has(&codes, EYAS_SYS_READ) && eyas_codes_has(&codes, EYAS_SYS_UNLINK));
}
