/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What filters mean, part two: lists, several values, fields with fields, transformers, logic,
 * event types; and what compiling says about a filter.
 */
#include "unit/filter_rows.h"

/* clang-format off */
TEST(lists_and_modifiers)
{
	static const struct row rows[] = {
		{ "proc.name in (httpd, sh)", "rstlkog" },
		{ "proc.name in (sh)", "k" },
		{ "proc.name in ()", "" },
		{ "proc.name intersects ()", "" },
		{ "proc.name in (a, b, c, d, e, sh)", "k" },
		{ "proc.name in (a1234, b1234, c1234, d1234, e1234)", "" },
		{ "proc.name in ('httpd', \"x y\")", "rstlog" },
		{ "proc.name in (httpd, httpd, httpd)", "rstlog" },
		{ "proc.name in (httpd1, httpd2, httpd3, httpd4, httpd5, httpd6, httpd7, httpd8, httpd9)",
		  "" },
		{ "fd.types in (file, ipv4, ipv6)", "rstlo" },
		{ "fd.types in (file)", "" },
		{ "fd.types in ()", "" },
		{ "fd.types intersects (file)", "rstlo" },
		{ "fd.types intersects (pipe, ipv6)", "rstlo" },
		{ "fd.types intersects (pipe)", "" },
		{ "fd.types intersects ()", "" },
		{ "fd.types[3] in (file)", "rstlo" },
		{ "fd.types[4] in (file)", "" },
		{ "fd.types[4] intersects (file, ipv4)", "rstlo" },
		{ "fd.types[77] exists", "" },
		{ "proc.name = oneof (httpd, sh)", "rstlkog" },
		{ "proc.name = oneof (httpd, httpd)", "" },
		{ "proc.name = anyof (httpd, httpd)", "rstlog" },
		{ "proc.name = allof (httpd, httpd)", "rstlog" },
		{ "proc.name = allof (httpd, sh)", "" },
		{ "proc.name != allof (httpd, x)", "k" },
		{ "proc.name != anyof (httpd, x)", "rstlkog" },
		{ "proc.name != anyof (httpd)", "k" },
		{ "proc.name != oneof (httpd, x)", "rstlog" },
		{ "proc.name contains oneof (h, t)", "k" },
		{ "proc.name contains anyof (p, s)", "rstlkog" },
		{ "proc.name contains allof (h, t)", "rstlog" },
		{ "proc.name startswith oneof (h, ht, s)", "k" },
		{ "proc.name endswith anyof (d, x)", "rstlog" },
		{ "proc.name glob anyof (h*, x*)", "rstlog" },
		{ "proc.name regex anyof ('h.*', 'x.*')", "rstlog" },
		{ "proc.name regex allof ('h.*', '.*d')", "rstlog" },
		{ "proc.name regex oneof ('h.*', '.*')", "k" },
		{ "proc.name = oneof ()", "" },
		{ "proc.name = anyof ()", "" },
		{ "proc.name = allof ()", "" },
		{ "fd.num = anyof (3, 4)", "rs" },
		{ "fd.num != allof (3, 4)", "tlo" },
		{ "fd.cip = anyof (10.0.0.5, 2001:db8::1)", "st" },
		{ "evt.buffer bcontains anyof (4554, 0001)", "rs" },
		{ "not proc.name = anyof (httpd, sh)", "u" },
		{ "proc.name = oneof", "" },
		{ "proc.name regex anyof ('h.*', '[')", "!31 regex" },
		{ "proc.name = oneof ('x', 'a\\x00')", "!25 NUL" },
		{ "fd.types = file", "!10 list of CHARBUF" },
		{ "fd.types contains file", "!10 takes: exists in intersects" },
		{ "proc.name in nolist", "!14 no list 'nolist'" },
		{ "proc.name = oneof nolist", "!19 no list 'nolist'" },
		{ "nomacro", "!1 no macro 'nomacro'" },
		{ "proc.name = a and nomacro", "!19 no macro" },
	};

	RUN(rows);
}

TEST(several_values)
{
	static const struct row rows[] = {
		{ "proc.aname = bash", "rstlog" },
		{ "proc.aname = systemd", "rstlog" },
		{ "proc.aname = httpd", "" },
		{ "proc.aname != bash", "rstlog" },
		{ "proc.aname != zsh", "rstlog" },
		{ "proc.aname in (systemd, x)", "rstlog" },
		{ "proc.aname in (x, y)", "" },
		{ "proc.aname startswith sys", "rstlog" },
		{ "proc.aname contains ash", "rstlog" },
		{ "proc.aname regex 'b.*'", "rstlog" },
		{ "proc.aname = anyof (systemd, x)", "rstlog" },
		{ "proc.aname = allof (systemd, bash)", "rstlog" },
		{ "proc.aname = oneof (systemd, bash)", "" },
		{ "proc.aname[1] = bash", "rstlog" },
		{ "proc.aname[2] = systemd", "rstlog" },
		{ "proc.aname[2] = bash", "" },
		{ "proc.aname[3] exists", "" },
		{ "not proc.aname[3] exists", "rstlkuog" },
		{ "proc.apid = 10", "rstlog" },
		{ "proc.apid in (1, 77)", "rstlog" },
		{ "proc.apid > 10", "" },
		{ "proc.apid < 10", "rstlog" },
		{ "not proc.aname = bash", "ku" },
	};

	RUN(rows);
}

TEST(fields_with_fields)
{
	static const struct row rows[] = {
		{ "proc.name = val(proc.name)", "rstlkog" },
		{ "proc.name != val(proc.name)", "" },
		{ "proc.exe = val(proc.name)", "k" },
		{ "proc.exe != val(proc.name)", "rstlog" },
		{ "proc.exe contains val(proc.name)", "k" },
		{ "proc.exe icontains val(proc.name)", "rstlkog" },
		{ "proc.exe endswith val(proc.name)", "k" },
		{ "proc.exe startswith val(proc.name)", "k" },
		{ "proc.exe glob val(proc.name)", "k" },
		{ "proc.exe in val(proc.name)", "k" },
		{ "proc.exe intersects val(proc.name)", "k" },
		{ "proc.exe < val(proc.name)", "rstlog" },
		{ "proc.exe <= val(proc.name)", "rstlkog" },
		{ "proc.exe > val(proc.name)", "" },
		{ "proc.pid = val(thread.tid)", "rstlkog" },
		{ "proc.pid > val(proc.ppid)", "rstlog" },
		{ "proc.pid < val(proc.ppid)", "" },
		{ "fd.num < val(proc.pid)", "rstlo" },
		{ "fd.cip = val(fd.cip)", "st" },
		{ "fd.cip = val(fd.sip)", "" },
		{ "fd.cip != val(fd.sip)", "st" },
		{ "fd.cport > val(fd.sport)", "st" },
		{ "tolower(proc.exe) endswith tolower(proc.name)", "rstlkog" },
		{ "proc.name = tolower(proc.name)", "rstlkog" },
		{ "evt.buffer = val(evt.buffer)", "rs" },
		{ "evt.buffer bcontains val(evt.buffer)", "rs" },
		{ "evt.failed = val(evt.is_io_read)", "stlkuo" },
		{ "proc.name = val(fd.num)", "!13 CHARBUF cannot be compared with" },
		{ "fd.num = val(evt.num)", "!10 INT64 cannot be compared with" },
		{ "fd.types in val(proc.name)", "!13 cannot be compared" },
		{ "proc.name regex val(proc.exe)", "!17 constants only" },
		{ "proc.name pmatch val(proc.exe)", "!18 constants only" },
		{ "proc.aname = val(proc.name)", "!14 cannot be compared" },
		{ "proc.name = val(proc.aname)", "!13 cannot be compared" },
		{ "evt.rawarg.fd = val(fd.num)", "!17 cannot be compared" },
		{ "fd.num contains val(evt.num)", "!8 does not go with" },
		{ "proc.name = val(no.field)", "!17 unknown field" },
	};

	RUN(rows);
}

TEST(transformers)
{
	static const struct row rows[] = {
		{ "tolower(proc.exe) = /usr/sbin/httpd", "rstlog" },
		{ "toupper(proc.name) = HTTPD", "rstlog" },
		{ "toupper(proc.name) = httpd", "" },
		{ "basename(proc.exe) = HTTPD", "rstlog" },
		{ "tolower(basename(proc.exe)) = httpd", "rstlog" },
		{ "basename(proc.name) = httpd", "rstlog" },
		{ "basename(fd.name) = passwd", "r" },
		{ "tolower(fd.name) exists", "rstlo" },
		{ "not tolower(fd.name) exists", "kug" },
		{ "tolower(fd.name) != x", "rstlo" },
		{ "len(proc.name) = 5", "rstlog" },
		{ "len(proc.name) < 5", "k" },
		{ "len(evt.buffer) = 5", "r" },
		{ "len(fd.types) = 3", "rstlo" },
		{ "len(fd.name) > 0", "rstlo" },
		{ "toupper(fd.types) intersects (FILE)", "rstlo" },
		{ "toupper(fd.types) in (FILE, IPV4, IPV6)", "rstlo" },
		{ "b64(concat('aHR0', 'cGQ=')) = httpd", "rstlkuog" },
		{ "b64(concat('aHR0', 'cGQ')) = httpd", "rstlkuog" },
		{ "b64(proc.name) exists", "k" },
		{ "concat(proc.name, ':', proc.exe) = 'httpd:/usr/sbin/HTTPD'", "rstlog" },
		{ "concat(proc.name, fd.name) exists", "rstlo" },
		{ "concat(fd.name, 'x') endswith swdx", "r" },
		{ "join('-', (proc.name, 'a')) = httpd-a", "rstlog" },
		{ "join('', (proc.name, proc.pid)) = httpd100", "rstlog" },
		{ "join(',', (evt.num, 7)) = '2,7'", "s" },
		{ "join(',', fd.types) contains file", "rstlo" },
		{ "join(',', ()) = ''", "rstlkuog" },
		{ "join(',', (fd.num, proc.name)) exists", "rstlo" },
		{ "getopt(('-a', '-b', 'v', 'rest'), 'ab:') intersects (v)", "rstlkuog" },
		{ "getopt(('-a', '-b', 'v', 'rest'), 'ab:') in (a, b, v)", "rstlkuog" },
		{ "getopt(('-a', '-x'), 'a') in (a, '?')", "rstlkuog" },
		{ "getopt(('-b', 'v', '-b', 'w'), 'b:')[b] = w", "rstlkuog" },
		{ "getopt(('-a'), 'a')[a] = a", "rstlkuog" },
		{ "getopt(('-a'), 'ab')[b] exists", "" },
		{ "len(getopt(('x', '-a'), 'a')) = 0", "rstlkuog" },
		{ "getopt(('x', '-a'), 'a') in (b)", "rstlkuog" },
		{ "getopt(('x', '-a'), 'a') in ()", "rstlkuog" },
		{ "getopt(('x', '-a'), 'a') intersects (a)", "" },
		{ "getopt(('x', '-a'), 'a') exists", "rstlkuog" },
		{ "tolower(fd.num) = 3", "!9 tolower() takes a text" },
		{ "basename(evt.buffer) = 3", "!10 basename() takes a text" },
		{ "len(fd.num) = 3", "!5 len() takes" },
		{ "b64(fd.num) = 3", "!5 b64() takes" },
		{ "tolower(proc.name, proc.exe) = a", "!1 takes 1 argument, not 2" },
		{ "join(',') = a", "!1 takes 2 arguments, not 1" },
		{ "concat(proc.name) = a", "!1 takes at least 2 arguments, not 1" },
		{ "getopt(fd.types) = a", "!1 takes 2 arguments, not 1" },
		{ "concat(proc.name, fd.num) = a", "!19 argument 2" },
		{ "concat(proc.name, fd.types) = a", "!19 argument 2" },
		{ "join(',', proc.name) = a", "!11 argument 2" },
		{ "join(fd.types, (a.b)) = a", "!17 unknown field" },
		{ "join(',', (fd.cip, 'x')) = a", "!12 items" },
		{ "join(',', (fd.types)) = a", "!12 items" },
		{ "getopt(proc.name, 'a') = a", "!8 argument 1" },
		{ "getopt(fd.types, 'a')[ab] in (a)", "!23 one letter" },
		{ "tolower(proc.name)[1] = a", "!20 takes no [argument]" },
		{ "tolower(proc.aname) = a", "!9 takes no transformer" },
		{ "len(evt.rawarg.fd) = 1", "!5 takes no transformer" },
		{ "join(',', (proc.aname)) = a", "!12 takes no transformer" },
		{ "len(proc.name) contains 5", "!16 does not go with" },
		{ "toupper(fd.types) = FILE", "!19 does not go with" },
	};

	RUN(rows);
}

TEST(logic)
{
	static const struct row rows[] = {
		{ "proc.name = httpd and fd.num = 3", "r" },
		{ "fd.num = 3 or fd.num = 4", "rs" },
		{ "fd.num = 3 or fd.num = 4 and evt.num = 1", "r" },
		{ "(fd.num = 3 or fd.num = 4) and evt.num = 2", "s" },
		{ "evt.num = 1 and fd.num = 4 or fd.num = 5", "t" },
		{ "not fd.num = 3 and evt.num <= 2", "s" },
		{ "not (fd.num = 3 and evt.num <= 2)", "stlkuog" },
		{ "not (fd.num = 3 or evt.num = 2)", "tlkuog" },
		{ "not not fd.num = 3", "r" },
		{ "not (not fd.num = 3)", "r" },
		{ "not not not fd.num = 3", "stlkuog" },
		{ "not(fd.num exists)", "kug" },
		{ "proc.name = httpd and not fd.num exists", "g" },
		{ "proc.name = sh or not proc.name exists", "ku" },
		{ "(((((fd.num = 3)))))", "r" },
		{ "fd.num = 3 and fd.num = 3 and fd.num = 3", "r" },
		{ "fd.num = 3 and fd.num = 4", "" },
		{ "fd.num = 3 or fd.num = 3", "r" },
		{ "evt.num=1 or evt.num=2 or evt.num=3 or evt.num=4 or evt.num=5", "rstlk" },
		{ "evt.num>0 and evt.num<4 and fd.num>3 and proc.name=httpd", "st" },
		{ "(fd.num=3 or fd.num=4) and (fd.num=4 or fd.num=5)", "s" },
		{ "not (fd.num=3 or fd.num=4) and not (fd.num=5 or fd.num=6)", "kuog" },
	};

	RUN(rows);
}

TEST(event_types)
{
	static const struct row rows[] = {
		{ "evt.type = read", "rtl" },
		{ "evt.type != read", "skuog" },
		{ "evt.type in (read, kill)", "rtlku" },
		{ "not evt.type in (read, kill)", "sog" },
		{ "evt.type = openat", "o" },
		{ "evt.type = sysinfo", "g" },
		{ "evt.type = uname", "" },
		{ "evt.type != sysinfo", "rstlkuo" },
		{ "evt.type in (uname, read)", "rtl" },
		{ "evt.type in (sysinfo, read)", "rtlg" },
		{ "not evt.type = uname", "rstlkuog" },
		{ "evt.type startswith read", "rtl" },
		{ "evt.type contains open", "o" },
		{ "evt.type endswith info", "!19 unknown event type 'info'" },
		{ "evt.type = read and fd.num = 3", "r" },
		{ "evt.type = read or fd.num = 4", "rstl" },
		{ "not (evt.type = read or evt.type = kill)", "sog" },
		{ "evt.type = read and evt.type = kill", "" },
		{ "evt.type = read and not evt.type = read", "" },
		{ "syscall.type = kill", "ku" },
		{ "evt.num = 0", "" },
		{ "evt.num != 0", "rstlkuog" },
		{ "evt.type = raed", "!12 did you mean 'read'" },
		{ "evt.type in (read, nosuch)", "!20 unknown event type" },
		{ "evt.type contains nosuch", "!19 unknown event type" },
		{ "evt.type glob r*", "!15 unknown event type" },
		{ "evt.type = ''", "!12 unknown event type" },
	};

	RUN(rows);
}

TEST(refusals)
{
	static const struct row rows[] = {
		{ "no.such = 1", "!1 unknown field" },
		{ "proc.nme = 1", "!1 did you mean 'proc.name'" },
		{ "evt.outputtime = 1", "!1 output only" },
		{ "fd.num = 3 and proc.nme = 1", "!16 unknown field" },
		{ "fd.num = 3 and\n  proc.nme = 1", "!3 unknown field" },
		{ "evt.rawarg.suid = 0", "!17 does not go with" },
		/* Plain numbers in some events, owners in others. */
		{ "evt.rawarg.uid = 0", "!16 does not go with" },
		{ "evt.rawarg.gid in (0)", "!16 does not go with" },
		{ "evt.arg = 1", "!1 argument" },
		{ "evt.around = 1", "!1 argument" },
	};

	RUN(rows);
}
/* clang-format on */

/* ---- warnings ---- */

struct told {
	unsigned count, column;
	char text[512];
};

static void remember(void *ctx, const struct eyas_err *warning)
{
	struct told *told = ctx;

	told->count++;
	told->column = warning->column;
	snprintf(told->text, sizeof(told->text), "%s", warning->text);
}

TEST(warnings)
{
	/* want: as for errors, "" = none. */
	static const struct row rows[] = {
		{ "proc.name = httpd", "" },
		{ "proc.name = proc.exe", "!13 val(proc.exe)" },
		{ "proc.name = 'proc . exe'", "!13 val(proc.exe)" },
		{ "proc.name in (a, proc.aname[2])", "!18 val(proc.aname[2])" },
		{ "proc.name = proc.exec", "" },
		{ "proc.name = libc.so.6", "" },
		{ "proc.name = 'tolower(proc.exe)'", "!13 transformer" },
		{ "proc.name = ' val( x )'", "!13 transformer" },
		{ "proc.name = 'tolower(x'", "" },
		{ "proc.name = 'lower(x)'", "" },
		{ "proc.name regex abc", "!17 '='" },
		{ "proc.name regex '^abc$'", "!17 '='" },
		{ "proc.name regex '^abc.*$'", "!17 'startswith'" },
		{ "proc.name regex '.*abc'", "!17 'endswith'" },
		{ "proc.name regex '.*abc.*'", "!17 'contains'" },
		{ "proc.name regex '.+abc.?'", "!17 'contains'" },
		{ "proc.name regex 'a.c'", "" },
		{ "proc.name regex '[a]bc'", "" },
		{ "proc.name regex '.*a|b'", "" },
		{ "proc.name regex 'a\\\\.c'", "" },
	};
	struct eyas_filter *filter;
	struct told told;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *row = &rows[i];

		told = (struct told){ .count = 0 };
		CHECK_INT(eyas_filter_compile(row->filter, remember, &told, &filter, NULL), 0);
		eyas_filter_free(filter);
		if (told.count != (*row->want ? 1 : 0))
			test_fail(__FILE__, __LINE__, "%s: %u warnings %s", row->filter, told.count,
				  told.text);
		if (*row->want && (told.column != (unsigned)atoi(row->want + 1) ||
				   !strstr(told.text, strchr(row->want, ' ') + 1)))
			test_fail(__FILE__, __LINE__, "%s: column %u: %s", row->filter, told.column,
				  told.text);
	}
}

/* ---- what a filter wants ---- */

TEST(wanted_types)
{
	struct eyas_filter *filter;

	CHECK_INT(eyas_filter_compile("evt.type in (read, sysinfo)", NULL, NULL, &filter, NULL), 0);
	CHECK_INT(eyas_filter_wants(filter, EYAS_EV_SYSCALL_READ_X), 1);
	CHECK_INT(eyas_filter_wants(filter, EYAS_EV_SYSCALL_WRITE_X), 0);
	CHECK_INT(eyas_filter_wants(filter, EYAS_EV_GENERIC_X), 1);
	CHECK_INT(eyas_filter_wants(filter, EYAS_EVENT_TYPES), 0);
	CHECK_INT(eyas_filter_wants(filter, UINT32_MAX), 0);
	CHECK_INT(eyas_filter_wants_syscall(filter, EYAS_SYS_SYSINFO), 1);
	CHECK_INT(eyas_filter_wants_syscall(filter, EYAS_SYS_UNAME), 0);
	CHECK_INT(eyas_filter_wants_syscall(filter, EYAS_SYSCALL_CODES), 0);
	eyas_filter_free(filter);
	eyas_filter_free(NULL);
}
