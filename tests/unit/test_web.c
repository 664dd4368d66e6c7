/* SPDX-License-Identifier: Apache-2.0 */
/* The web server: what is answered to whom, those who wait, those who take too long, the end. */
#include "unit/harness.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include "detect/web.h"

/* Figures are held back until a test lets them go. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static bool held, asked;
static int result;

static int figures(void *ctx, struct eyas_str *out)
{
	CHECK(ctx == &result);
	pthread_mutex_lock(&lock);
	asked = true;
	pthread_cond_broadcast(&changed);
	while (held)
		pthread_cond_wait(&changed, &lock);
	pthread_mutex_unlock(&lock);
	eyas_str_puts(out, "figures\n");
	return result;
}

static void hold(bool on)
{
	pthread_mutex_lock(&lock);
	held = on;
	pthread_cond_broadcast(&changed);
	pthread_mutex_unlock(&lock);
}

static struct detect_web *open_web(struct detect_web_opts opts)
{
	struct detect_web *web;
	struct eyas_err err;
	int res;

	opts.address = "127.0.0.1";
	opts.threads = opts.threads ? opts.threads : 2;
	opts.versions = "{\"a\": 1}";
	opts.metrics = figures;
	opts.metrics_ctx = &result;
	res = detect_web_open(&opts, &web, &err);
	if (res == -ENOPKG)
		test_skip("%s", err.text);
	if (res)
		test_fail(__FILE__, __LINE__, "%s", err.text);
	return web;
}

static int send_request(const struct detect_web *web, const char *request)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(detect_web_port(web)) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	CHECK(!connect(fd, (const struct sockaddr *)&to, sizeof(to)));
	/* Whoever is sent away at once has nothing to read then. */
	(void)send(fd, request, strlen(request), MSG_NOSIGNAL);
	return fd;
}

/* All until the server closes; lent until the next one. */
static const char *read_answer(int fd)
{
	static char text[8192];
	size_t len = 0;
	ssize_t n;

	while ((n = read(fd, text + len, sizeof(text) - 1 - len)) > 0)
		len += (size_t)n;
	text[len] = '\0';
	close(fd);
	return text;
}

#define END " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"

static const char *ask(const struct detect_web *web, const char *request)
{
	return read_answer(send_request(web, request));
}

static void check_answer(const struct detect_web *web, const char *request, const char *status,
			 const char *header, const char *body)
{
	const char *text = ask(web, request), *end = strstr(text, "\r\n\r\n");
	char want[64];

	snprintf(want, sizeof(want), "HTTP/1.1 %s\r\n", status);
	if (strncmp(text, want, strlen(want)) != 0 || !end)
		test_fail(__FILE__, __LINE__, "%s: %s", request, text);
	CHECK(strstr(text, header));
	CHECK_STR(end + 4, body);
}

TEST(answers)
{
	struct detect_web *web = open_web((struct detect_web_opts){ .healthz = "/well" });

	check_answer(web, "GET /well" END, "200 OK", "\r\nContent-Type: application/json\r\n",
		     "{\"status\": \"ok\"}");
	check_answer(web, "HEAD /well" END, "200 OK", "\r\nContent-Length: 16\r\n", "");
	check_answer(web, "GET /versions" END, "200 OK", "application/json", "{\"a\": 1}");
	check_answer(web, "GET /metrics" END, "200 OK",
		     "\r\nContent-Type: text/plain; version=0.0.4\r\n", "figures\n");
	check_answer(web, "HEAD /metrics" END, "200 OK", "\r\nContent-Length: 8\r\n", "");
	check_answer(web, "GET /healthz" END, "404 Not Found", "text/plain", "not found\n");
	check_answer(web, "GET /well/../x" END, "404 Not Found", "text/plain", "not found\n");
	check_answer(web, "GET /metrics?x=1" END, "200 OK", "text/plain", "figures\n");
	check_answer(web, "DELETE /well" END, "405 Method Not Allowed", "\r\nAllow: GET, HEAD\r\n",
		     "not allowed\n");
	check_answer(web,
		     "POST /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
		     "Content-Length: 3\r\n\r\nabc",
		     "405 Method Not Allowed", "\r\nAllow: GET, HEAD\r\n", "not allowed\n");
	/* A body that nobody asked for. */
	check_answer(web,
		     "GET /well HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
		     "Content-Length: 3\r\n\r\nabc",
		     "200 OK", "application/json", "{\"status\": \"ok\"}");
	result = -ETIMEDOUT;
	check_answer(web, "GET /metrics" END, "503 Service Unavailable", "text/plain",
		     "the detection does not answer\n");
	detect_web_close(web);
}

TEST(not_http)
{
	struct detect_web *web = open_web((struct detect_web_opts){ 0 });
	static char large[40000];

	CHECK(!strncmp(ask(web, "\x16\x03\x01\x02garbage\r\n\r\n"), "HTTP/1.", 7) ||
	      !*ask(web, "\x16\x03\x01\x02garbage\r\n\r\n"));
	/* A head that does not end is refused, not kept. */
	memset(large, 'a', sizeof(large) - 1);
	memcpy(large, "GET /", 5);
	CHECK(!strncmp(ask(web, large), "HTTP/1.1 4", 10));
	check_answer(web, "GET /healthz" END, "200 OK", "json", "{\"status\": \"ok\"}");
	detect_web_close(web);
}

/* Who waits for figures keeps nobody else from an answer, even with one thread. */
TEST(waiting)
{
	struct detect_web *web = open_web((struct detect_web_opts){ .threads = 1 });
	const char *text;
	int fds[20], i;

	hold(true);
	for (i = 0; i < 20; i++)
		fds[i] = send_request(web, "GET /metrics" END);
	for (i = 0; i < 20; i++)
		check_answer(web, "GET /healthz" END, "200 OK", "json", "{\"status\": \"ok\"}");
	hold(false);
	for (i = 0; i < 20; i++) {
		text = read_answer(fds[i]);
		CHECK(strstr(text, "figures\n"));
	}
	detect_web_close(web);
}

static void *let_go(void *ctx)
{
	(void)ctx;
	usleep(100000);
	hold(false);
	return NULL;
}

TEST(close_while_waiting)
{
	struct detect_web *web = open_web((struct detect_web_opts){ .threads = 1 });
	pthread_t thread;
	int fd;

	hold(true);
	fd = send_request(web, "GET /metrics" END);
	pthread_mutex_lock(&lock);
	while (!asked)
		pthread_cond_wait(&changed, &lock);
	pthread_mutex_unlock(&lock);
	CHECK(!pthread_create(&thread, NULL, let_go, NULL));
	detect_web_close(web);
	pthread_join(thread, NULL);
	close(fd);
}

/* A byte now and then is no silence, and yet not for ever. */
TEST(slow_client)
{
	struct detect_web *web =
		open_web((struct detect_web_opts){ .request_ns = UINT64_C(1000000000) });
	int fd = send_request(web, "GET /healthz HTTP/1.1\r\nX: "), i;

	for (i = 0; i < 200 && send(fd, "a", 1, MSG_NOSIGNAL) == 1; i++)
		usleep(50000);
	CHECK(i < 200);
	close(fd);
	check_answer(web, "GET /healthz" END, "200 OK", "json", "{\"status\": \"ok\"}");
	detect_web_close(web);
}

/* Half of the connections are for one address, and others come in when they end. */
TEST(many_clients)
{
	struct detect_web *web = open_web((struct detect_web_opts){ .max_connections = 8 });
	int fds[40], i;
	char byte;

	for (i = 0; i < 40; i++)
		fds[i] = send_request(web, "");
	/* Those above the limit are closed. */
	for (i = 20; i < 40; i++)
		CHECK(recv(fds[i], &byte, 1, 0) <= 0);
	for (i = 0; i < 40; i++)
		close(fds[i]);
	for (i = 0; i < 100; i++)
		if (!strncmp(ask(web, "GET /healthz" END), "HTTP/1.1 200", 12))
			break;
	CHECK(i < 100);
	detect_web_close(web);
}

static void check_fails(struct detect_web_opts opts, int code, const char *words)
{
	struct detect_web *web;
	struct eyas_err err;

	CHECK_INT(detect_web_open(&opts, &web, &err), code);
	if (!strstr(err.text, words))
		test_fail(__FILE__, __LINE__, "'%s' without '%s'", err.text, words);
}

TEST(failures)
{
	struct detect_web *web = open_web((struct detect_web_opts){ 0 });
	char words[64], path[256];
	FILE *file;

	snprintf(words, sizeof(words), "cannot listen on 127.0.0.1 port %u: Address already in use",
		 detect_web_port(web));
	check_fails(
		(struct detect_web_opts){ .address = "127.0.0.1", .port = detect_web_port(web) },
		-EADDRINUSE, words);
	detect_web_close(web);
	check_fails((struct detect_web_opts){ .address = "localhost" }, EYAS_E_USAGE,
		    "'localhost': expected an address of IPv4 or IPv6");
	check_fails((struct detect_web_opts){ .pem = "/nowhere/x.pem" }, -ENOENT,
		    "certificate '/nowhere/x.pem': No such file or directory");
	check_fails((struct detect_web_opts){ .pem = "/" }, -EISDIR,
		    "certificate '/': Is a directory");
	check_fails((struct detect_web_opts){ .pem = "/dev/zero" }, -EFBIG, "more than 1 MiB");
	snprintf(path, sizeof(path), "%s/x.pem", test_tmpdir());
	file = fopen(path, "w");
	fputs("no key\n", file);
	fclose(file);
	check_fails((struct detect_web_opts){ .pem = path, .address = "127.0.0.1" }, -EINVAL,
		    "the web server does not start: ");
}
