/* SPDX-License-Identifier: Apache-2.0 */
/* What filters mean, part one: every operator on every type of field, and constants. */
#include "unit/filter_rows.h"

#include <netdb.h>

/* clang-format off */
TEST(text_operators)
{
	static const struct row rows[] = {
		{ "proc.name = httpd", "rstlog" },
		{ "proc.name == httpd", "rstlog" },
		{ "proc.name=httpd", "rstlog" },
		{ "proc.name = HTTPD", "" },
		{ "proc.name = http", "" },
		{ "proc.name = httpdd", "" },
		{ "proc.name = ''", "" },
		{ "proc.name != httpd", "k" },
		{ "proc.name != sh", "rstlog" },
		{ "proc.name contains ttp", "rstlog" },
		{ "proc.name contains httpd", "rstlog" },
		{ "proc.name contains httpdx", "" },
		{ "proc.name contains ''", "rstlkog" },
		{ "proc.name contains TTP", "" },
		{ "proc.name icontains TTP", "rstlog" },
		{ "proc.name icontains hTtPd", "rstlog" },
		{ "proc.name icontains TPX", "" },
		{ "proc.name icontains ''", "rstlkog" },
		{ "proc.exe icontains sbin/httpd", "rstlog" },
		{ "proc.name startswith ht", "rstlog" },
		{ "proc.name startswith httpd", "rstlog" },
		{ "proc.name startswith httpdx", "" },
		{ "proc.name startswith tt", "" },
		{ "proc.name startswith ''", "rstlkog" },
		{ "proc.name endswith pd", "rstlog" },
		{ "proc.name endswith httpd", "rstlog" },
		{ "proc.name endswith xhttpd", "" },
		{ "proc.name endswith ht", "" },
		{ "proc.name endswith ''", "rstlkog" },
		{ "proc.name glob h*d", "rstlog" },
		{ "proc.name glob h?tpd", "rstlog" },
		{ "proc.name glob h?d", "" },
		{ "proc.name glob H*D", "" },
		{ "proc.name iglob H*D", "rstlog" },
		{ "proc.name iglob 'HT[A-Z]PD'", "rstlog" },
		{ "fd.name glob /etc*wd", "r" },
		{ "fd.name glob *", "rstlo" },
		{ "proc.name regex 'h.*'", "rstlog" },
		{ "proc.name regex 'http'", "" },
		{ "proc.name regex '(httpd|sh)'", "rstlkog" },
		{ "proc.name regex '[a-z]{2}'", "k" },
		{ "proc.name regex ''", "" },
		{ "fd.name regex '/etc/[^/]+'", "r" },
		{ "proc.name < 5", "" },
		{ "proc.name > 5", "rstlkog" },
		{ "proc.name >= 5", "rstlkog" },
		{ "proc.name <= 5", "" },
		{ "proc.name bcontains 68", "!11 does not go with" },
		{ "proc.name bstartswith 68", "!11 does not go with" },
		{ "fd.name regex '['", "!15 regex" },
		{ "fd.name regex 'a\\\\d('", "!15 regex" },
		{ "fd.name regex '(a{1000}){1000}'", "!15 regex" },
	};

	RUN(rows);
}

TEST(path_prefixes)
{
	static const struct row rows[] = {
		{ "fd.name pmatch (/etc)", "r" },
		{ "fd.name pmatch (/etc/passwd)", "r" },
		{ "fd.name pmatch (/etc/pass)", "" },
		{ "fd.name pmatch (/etc/passwd/x)", "" },
		{ "fd.name pmatch (/usr, /srv)", "o" },
		{ "fd.name pmatch (/usr, /srv, /etc/passwd)", "ro" },
		{ "fd.name pmatch (//etc//)", "r" },
		{ "fd.name pmatch (etc)", "r" },
		{ "fd.name pmatch (/)", "rstlo" },
		{ "fd.name pmatch ('')", "rstlo" },
		{ "fd.name pmatch (/*/passwd)", "r" },
		{ "fd.name pmatch (/e?c)", "r" },
		{ "fd.name pmatch ('/[a-e]tc/p*')", "r" },
		{ "fd.name pmatch (/s*/conf/*.conf)", "o" },
		{ "fd.name pmatch (/srv/*.conf)", "" },
		{ "fd.name pmatch ()", "" },
		{ "not fd.name pmatch (/etc)", "stlkuog" },
		{ "fd.num pmatch (/etc)", "!8 does not go with" },
		{ "fd.cip pmatch (/etc)", "!8 does not go with" },
		{ "evt.buffer pmatch (/etc)", "!12 does not go with" },
	};

	RUN(rows);
}

TEST(number_operators)
{
	static const struct row rows[] = {
		{ "fd.num = 3", "r" },
		{ "fd.num != 3", "stlo" },
		{ "fd.num < 5", "rs" },
		{ "fd.num <= 5", "rst" },
		{ "fd.num > 5", "lo" },
		{ "fd.num >= 5", "tlo" },
		{ "fd.num < -1", "" },
		{ "fd.num > -1", "rstlo" },
		{ "fd.num in (3, 5, 77)", "rt" },
		{ "fd.num intersects (3, 5, 77)", "rt" },
		{ "fd.num in (1,2,3,4,5,6,7,8,9,10)", "rstlo" },
		{ "fd.num in (10,20,30,40,50,60,3)", "r" },
		{ "fd.num = +3", "r" },
		{ "fd.num = 03", "r" },
		{ "evt.rawres = -11", "t" },
		{ "evt.rawres < 0", "tl" },
		{ "evt.rawres <= -11", "tl" },
		{ "evt.rawres < -11", "l" },
		{ "evt.rawres > -12", "rstkuo" },
		{ "evt.num = 1", "r" },
		{ "evt.num > 6", "og" },
		{ "evt.num >= -1", "" },
		{ "evt.num <= -1", "rstlkuog" },
		{ "evt.num < 18446744073709551615", "rstlkuog" },
		{ "evt.cpu = 2", "t" },
		{ "evt.cpu < 2", "rs" },
		{ "evt.rawtime = 2000000000", "s" },
		{ "evt.rawtime <= 2000000000", "rs" },
		{ "evt.reltime = 1000000000", "s" },
		{ "proc.vmsize = 4096", "rstlog" },
		{ "proc.tty = 34816", "rstlog" },
		{ "user.uid = 0", "rstlog" },
		{ "user.uid in (4242, 1)", "k" },
		{ "evt.rawarg.size = 4096", "rstl" },
		{ "evt.rawarg.sig = 9", "k" },
		{ "evt.rawarg.sig >= 9", "ku" },
		{ "evt.rawarg.sig != 9", "u" },
		{ "evt.rawarg.pid = 300", "u" },
		{ "evt.rawarg.flags = 1", "o" },
		{ "evt.rawarg.res < 0", "tl" },
		{ "evt.rawarg.fd exists", "rstlo" },
		{ "evt.rawarg.data exists", "rs" },
		{ "evt.around[2000000000] = 0", "s" },
		{ "evt.around[2000000000] = 999", "s" },
		{ "evt.around[2000000000] = 1000", "rst" },
		{ "evt.around[2500000000] = 500", "st" },
		{ "not evt.around[2000000000] = 1000", "lkuog" },
		{ "evt.around[2] != 5", "!15 takes: =" },
		{ "evt.around[2] < 5", "!15 takes: =" },
		{ "evt.around[2] in (5)", "!15 takes: =" },
		{ "fd.num contains 3", "!8 does not go with" },
		{ "fd.num startswith 3", "!8 does not go with" },
		{ "fd.num endswith 3", "!8 does not go with" },
		{ "fd.num icontains 3", "!8 does not go with" },
		{ "fd.num glob 3", "!8 does not go with" },
		{ "fd.num iglob 3", "!8 does not go with" },
		{ "fd.num regex 3", "!8 does not go with" },
		{ "fd.num bcontains 33", "!8 takes: exists = != < <= > >= in intersects" },
	};

	RUN(rows);
}

TEST(number_constants)
{
	static const struct row rows[] = {
		{ "evt.cpu = 65538", "t" },
		{ "evt.cpu = -65534", "t" },
		{ "proc.tty = -4294932480", "!12 32 bits" },
		{ "proc.tty = -2147483648", "" },
		{ "user.uid != -1", "rstlkog" },
		{ "user.uid < -1", "rstlkog" },
		{ "fd.num = 0x3", "!10 decimal number" },
		{ "fd.num < 0x3", "!10 decimal number" },
		{ "fd.num = 3a", "!10 decimal number" },
		{ "fd.num = 3.0", "!10 decimal number" },
		{ "fd.num = 3e+1", "!10 decimal number" },
		{ "fd.num = ''", "!10 decimal number" },
		{ "fd.num = -", "!10 decimal number" },
		{ "fd.num = ' 3'", "r" },
		{ "fd.num = '3 '", "!10 decimal number" },
		{ "fd.num = three", "!10 decimal number" },
		{ "fd.num in (3, x)", "!15 decimal number" },
		{ "fd.num = 9223372036854775807", "" },
		{ "fd.num = -9223372036854775808", "" },
		{ "fd.num = 9223372036854775808", "!10 64 bits" },
		{ "fd.num = 99999999999999999999", "!10 64 bits" },
		{ "evt.num = 18446744073709551616", "!11 64 bits" },
		{ "proc.tty = 4294967295", "" },
		{ "proc.tty = 4294967296", "!12 32 bits" },
		{ "evt.rawarg.flags = O_RDONLY", "!20 decimal number" },
		{ "proc.fdusage >= 0", "rstlkog" },
		{ "proc.fdusage < -1", "" },
		{ "proc.fdusage = 1.5", "!16 integer" },
		{ "thread.cpu contains 1", "!12 does not go with" },
	};

	RUN(rows);
}

TEST(booleans)
{
	static const struct row rows[] = {
		{ "evt.failed = true", "tl" },
		{ "evt.failed = false", "rskuo" },
		{ "evt.failed != true", "rskuo" },
		{ "evt.failed in (true)", "tl" },
		{ "evt.failed in (true, false)", "rstlkuo" },
		{ "evt.failed intersects (false)", "rskuo" },
		{ "evt.is_io_read = true", "rtl" },
		{ "evt.is_io_write = true", "s" },
		{ "evt.failed = True", "!14 true or false" },
		{ "evt.failed = 1", "!14 true or false" },
		{ "evt.failed = ''", "!14 true or false" },
		{ "evt.failed = yes", "!14 true or false" },
		{ "evt.failed < 1", "!12 does not go with" },
		{ "evt.failed contains t", "!12 takes: exists = != in intersects" },
	};

	RUN(rows);
}

TEST(addresses)
{
	static const struct row rows[] = {
		{ "fd.cip = 10.0.0.5", "s" },
		{ "fd.sip = 192.168.1.9", "s" },
		{ "fd.sip != 192.168.1.9", "t" },
		{ "fd.cip != 10.0.0.5", "t" },
		{ "fd.cip = 2001:db8::1", "t" },
		{ "fd.cip = 2001:0db8:0:0:0:0:0:1", "t" },
		{ "fd.cip != 2001:db8::1", "s" },
		{ "fd.cip in (10.0.0.5, 2001:db8::1)", "st" },
		{ "fd.cip in (1.1.1.1, 2.2.2.2, 3.3.3.3, 4.4.4.4, 10.0.0.5, ::1)", "s" },
		{ "fd.cip intersects (10.0.0.5)", "s" },
		{ "fd.ip = 10.0.0.5", "s" },
		{ "fd.ip = 192.168.1.9", "s" },
		{ "fd.ip = 127.0.0.1", "l" },
		{ "fd.ip != 10.0.0.5", "tl" },
		{ "fd.ip != 9.9.9.9", "stl" },
		{ "fd.ip in (192.168.1.9, 2001:db8::2)", "st" },
		{ "fd.ip intersects (192.168.1.9)", "s" },
		{ "fd.ip exists", "rstlo" },
		{ "not fd.ip exists", "kug" },
		{ "fd.ip = 10.0.0", "!9 IPv4" },
		{ "fd.ip = 10.0.0.256", "!9 IPv4" },
		{ "fd.ip = localhost", "!9 IPv6" },
		{ "fd.ip = 2001:::1", "!9 IPv6" },
		{ "fd.ip = ::ffff:10.0.0.5", "!9 IPv4" },
		{ "fd.ip = ''", "!9 IPv6" },
		{ "fd.ip < 5", "!7 does not go with" },
		{ "fd.ip contains 10", "!7 does not go with" },
		{ "fd.ip startswith 10", "!7 takes: exists = != in intersects" },
		{ "fd.sip.name = localhost", "" },
		{ "fd.sip.name exists", "" },
	};

	RUN(rows);
}

TEST(networks)
{
	static const struct row rows[] = {
		{ "fd.cnet = 10.0.0.0/8", "s" },
		{ "fd.cnet = 10.99.0.0/8", "s" },
		{ "fd.cnet = 10.0.0.5/32", "s" },
		{ "fd.cnet = 10.0.0.4/32", "" },
		{ "fd.cnet = 10.0.0.4/31", "s" },
		{ "fd.cnet = 0.0.0.0/0", "s" },
		{ "fd.cnet != 10.0.0.0/8", "t" },
		{ "fd.cnet = 2001:db8::/32", "t" },
		{ "fd.cnet = 2001:db8::/128", "" },
		{ "fd.cnet = 2001:db8::/127", "t" },
		{ "fd.snet in (192.0.0.0/8, 2001:db8::/64)", "st" },
		{ "fd.snet in (1.0.0.0/8, 2.0.0.0/8, 3.0.0.0/8, 4.0.0.0/8, 192.168.0.0/16)", "s" },
		{ "fd.net = 10.0.0.0/8", "s" },
		{ "fd.net = 192.168.0.0/16", "s" },
		{ "fd.net != 10.0.0.0/8", "tl" },
		{ "fd.net != 11.0.0.0/8", "stl" },
		{ "fd.net in (10.0.0.0/8)", "s" },
		{ "fd.net in (11.0.0.0/8, 10.0.0.0/8)", "" },
		{ "fd.net in (10.0.0.0/8, 11.0.0.0/8)", "s" },
		{ "fd.net exists", "rstlo" },
		{ "fd.cnet exists", "st" },
		{ "fd.net = 10.0.0.0", "!10 network" },
		{ "fd.net = 10.0.0.0/33", "!10 network" },
		{ "fd.net = 10.0.0.0/", "!10 network" },
		{ "fd.net = 10.0.0.0/8x", "!10 network" },
		{ "fd.net = 10.0.0.0/-1", "!10 network" },
		{ "fd.net = 10.0.0/8", "!10 network" },
		{ "fd.net = ::/0", "!10 network" },
		{ "fd.net = ::/129", "!10 network" },
		{ "fd.net = /8", "!10 network" },
		{ "fd.net < 8", "!8 does not go with" },
		{ "fd.cnet = val(fd.snet)", "!11 cannot be compared" },
	};

	RUN(rows);
}

TEST(ports)
{
	static const struct row rows[] = {
		{ "fd.sport = 80", "s" },
		{ "fd.sport != 80", "tl" },
		{ "fd.cport = 43210", "s" },
		{ "fd.port = 80", "s" },
		{ "fd.port = 43210", "s" },
		{ "fd.port != 80", "tl" },
		{ "fd.port != 1", "stl" },
		{ "fd.port < 500", "st" },
		{ "fd.port > 40000", "s" },
		{ "fd.port >= 8080", "sl" },
		{ "fd.port <= 443", "st" },
		{ "fd.port in (8080, 443)", "tl" },
		{ "fd.port exists", "rstlo" },
		{ "fd.port = 65616", "s" },
		{ "fd.port = ''", "" },
		{ "fd.port = 99999999999999999999999", "!11 port" },
		{ "fd.port = -1", "!11 port" },
		{ "fd.port = no-such-service", "!11 service" },
		{ "fd.port contains 8", "!9 does not go with" },
	};

	RUN(rows);
}

TEST(services)
{
	static const struct row rows[] = {
		{ "fd.sport = http", "s" },
		{ "fd.proto = http", "s" },
		{ "fd.proto != http", "tl" },
		{ "fd.proto in (http, https)", "st" },
		{ "fd.port in (http, 8080)", "sl" },
	};

	if (!getservbyname("http", NULL) || !getservbyname("https", NULL))
		test_skip("no services database");
	RUN(rows);
}

TEST(buffers)
{
	static const struct row rows[] = {
		{ "evt.buffer = GET", "s" },
		{ "evt.buffer != GET", "r" },
		{ "evt.buffer contains E", "s" },
		{ "evt.buffer contains Yz", "r" },
		{ "evt.buffer startswith GE", "s" },
		{ "evt.buffer startswith a", "r" },
		{ "evt.buffer endswith T", "s" },
		{ "evt.buffer endswith GET", "s" },
		{ "evt.buffer endswith zz", "" },
		{ "evt.buffer bcontains 4554", "s" },
		{ "evt.buffer bcontains 0001", "r" },
		{ "evt.buffer bcontains 0001597A", "r" },
		{ "evt.buffer bcontains 0002", "" },
		{ "evt.buffer bcontains ''", "rs" },
		{ "evt.buffer bstartswith 6100", "r" },
		{ "evt.buffer bstartswith 00", "" },
		{ "evt.buffer contains \"\\x00\\x01\"", "r" },
		{ "evt.buffer = \"a\\x00\\x01Yz\"", "r" },
		{ "evt.buffer in (GET, PUT)", "s" },
		{ "evt.buffer in (a, b, c, d, e, GET)", "s" },
		{ "evt.buffer intersects (GET, PUT)", "s" },
		{ "evt.buffer exists", "rs" },
		{ "not evt.buffer exists", "tlkuog" },
		{ "evt.buffer bcontains 455", "!22 even number" },
		{ "evt.buffer bcontains 4g", "!22 hexadecimal" },
		{ "evt.buffer bstartswith 0x45", "!24 hexadecimal" },
		{ "evt.buffer icontains get", "!12 does not go with" },
		{ "evt.buffer glob G*", "!12 does not go with" },
		{ "evt.buffer iglob G*", "!12 does not go with" },
		{ "evt.buffer regex G.*", "!12 does not go with" },
		{ "evt.buffer < 5", "!12 takes: exists = != contains bcontains" },
		{ "fd.name = \"a\\x00b\"", "!11 NUL" },
		{ "fd.name in (a, \"b\\x00\")", "!16 NUL" },
	};

	RUN(rows);
}

TEST(missing_values)
{
	static const struct row rows[] = {
		{ "fd.name exists", "rstlo" },
		{ "not fd.name exists", "kug" },
		{ "fd.name = /etc/passwd", "r" },
		{ "not fd.name = /etc/passwd", "stlkuog" },
		{ "fd.name != /etc/passwd", "stlo" },
		{ "not fd.name != /etc/passwd", "rkug" },
		{ "not fd.name contains zzz", "rstlkuog" },
		{ "not fd.name contains etc", "stlkuog" },
		{ "not fd.name startswith /etc", "stlkuog" },
		{ "not fd.name endswith passwd", "stlkuog" },
		{ "not fd.name glob /etc*", "stlkuog" },
		{ "not fd.name icontains ETC", "stlkuog" },
		{ "not fd.name iglob *ETC*", "stlkuog" },
		{ "not fd.name regex .*etc.*", "stlkuog" },
		{ "not fd.name in (/etc/passwd)", "stlkuog" },
		{ "not fd.name intersects (/etc/passwd)", "stlkuog" },
		{ "not fd.num < 5", "tlkuog" },
		{ "not fd.num <= 5", "lkuog" },
		{ "not fd.num > 5", "rstkug" },
		{ "not fd.num >= 5", "rskug" },
		{ "not fd.num = 3", "stlkuog" },
		{ "not evt.buffer bcontains 4554", "rtlkuog" },
		{ "not evt.buffer bstartswith 4745", "rtlkuog" },
		{ "not fd.net = 10.0.0.0/8", "rtlkuog" },
		{ "not fd.ip = 10.0.0.5", "rtlkuog" },
		{ "not fd.ip != 10.0.0.5", "rskuog" },
		{ "proc.name exists", "rstlkog" },
		{ "not proc.name exists", "u" },
		{ "not proc.name = httpd", "ku" },
		{ "proc.aname exists", "rstlog" },
		{ "not proc.aname exists", "ku" },
		{ "fd.name = val(proc.exe)", "" },
		{ "not fd.name = val(proc.exe)", "rstlkuog" },
		{ "proc.name = val(fd.name)", "" },
		{ "not proc.name = val(fd.name)", "rstlkuog" },
		{ "proc.name != val(fd.name)", "rstlo" },
		{ "not proc.name != val(fd.name)", "kug" },
		{ "not fd.name in ()", "rstlkuog" },
		{ "evt.type exists", "rstlkuog" },
		{ "k8s.pod.name exists", "" },
		{ "not k8s.pod.name exists", "rstlkuog" },
	};

	RUN(rows);
}
/* clang-format on */

/* ---- constants as long as they may be ---- */

static int compile_long(const char *before, size_t len, struct eyas_err *err)
{
	struct eyas_filter *filter = NULL;
	char text[600];
	size_t at = strlen(before);
	int res;

	memcpy(text, before, at);
	memset(text + at, 'a', len);
	text[at + len] = '\0';
	res = eyas_filter_compile(text, NULL, NULL, &filter, err);
	eyas_filter_free(filter);
	return res;
}

TEST(long_constants)
{
	static const char *const before[] = { "proc.name = ", "proc.name glob ",
					      "evt.buffer = ", "proc.name regex " };
	struct eyas_err err;
	size_t i;

	for (i = 0; i < sizeof(before) / sizeof(before[0]); i++) {
		CHECK_INT(compile_long(before[i], 255, &err), 0);
		CHECK_INT(compile_long(before[i], 256, &err), EYAS_E_USAGE);
		CHECK_INT(err.column, strlen(before[i]) + 1);
		CHECK(strstr(err.text, "255 bytes"));
	}
	CHECK_INT(compile_long("evt.buffer bcontains ", 510, &err), 0);
	CHECK_INT(compile_long("evt.buffer bcontains ", 512, &err), EYAS_E_USAGE);
}
