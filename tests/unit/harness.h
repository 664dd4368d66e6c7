/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A small test harness. TEST(name) { ... } registers a test; every test runs in a process of
 * its own with a time limit, so that a crash or a hang is one failure and not the end. Output
 * is TAP. A skipped test is a failure when EYAS_NO_SKIP=1 (CI).
 */
#ifndef TESTS_HARNESS_H
#define TESTS_HARNESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct test {
	const char *name;
	void (*run)(void);
	struct test *next;
};

void test_register(struct test *test);
/* These end the running test. */
void test_fail(const char *file, int line, const char *fmt, ...)
	__attribute__((noreturn, format(printf, 3, 4)));
void test_skip(const char *fmt, ...) __attribute__((noreturn, format(printf, 1, 2)));
/* Directory of the outside data ($EYAS_TESTDATA, default ../shared), skips when it is absent. */
const char *test_data(void);
/* A fresh directory for the running test, removed at its end. */
const char *test_tmpdir(void);

#define TEST(id) \
	static void test_##id(void); \
	__attribute__((constructor)) static void test_register_##id(void) \
	{ \
		static struct test test = { #id, test_##id, NULL }; \
		test_register(&test); \
	} \
	static void test_##id(void)

#define CHECK(cond) \
	do { \
		if (!(cond)) \
			test_fail(__FILE__, __LINE__, "%s", #cond); \
	} while (0)

#define CHECK_INT(got, want) \
	do { \
		long long got_ = (long long)(got), want_ = (long long)(want); \
		if (got_ != want_) \
			test_fail(__FILE__, __LINE__, "%s is %lld, not %lld", #got, got_, want_); \
	} while (0)

#define CHECK_STR(got, want) test_check_str(__FILE__, __LINE__, #got, got, want)
void test_check_str(const char *file, int line, const char *what, const char *got,
		    const char *want);

#ifdef __cplusplus
}
#endif

#endif
