/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What static analysis sees in place of the kernel's test harness, whose
 * macros are too deep for it: each check is a plain condition.
 */
#ifndef SCRIPTS_ANALYSIS_KSELFTEST_HARNESS_H
#define SCRIPTS_ANALYSIS_KSELFTEST_HARNESS_H

#include <asm/types.h>
#include <ctype.h>
#include <errno.h>
#include <setjmp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

struct __test_metadata {
	int passed;
	int skip;
	jmp_buf env;
};

#define TEST(name)							\
	void name(struct __test_metadata *_metadata);			\
	void name(struct __test_metadata *_metadata)
#define TEST_SIGNAL(name, signal) TEST(name)

#define FIXTURE(f) struct _test_data_##f
#define FIXTURE_DATA(f) struct _test_data_##f
#define FIXTURE_VARIANT(f) struct _fixture_variant_##f
#define FIXTURE_VARIANT_ADD(f, name) struct _fixture_variant_##f f##_##name =
#define FIXTURE_FUNCTION(f, name)					\
	struct _fixture_variant_##f;						\
	void f##_##name(struct __test_metadata *_metadata,		\
			FIXTURE_DATA(f) *self,				\
			const struct _fixture_variant_##f *variant);		\
	void f##_##name(struct __test_metadata *_metadata,		\
			FIXTURE_DATA(f) *self,				\
			const struct _fixture_variant_##f *variant)
#define FIXTURE_SETUP(f) FIXTURE_FUNCTION(f, setup)
#define FIXTURE_TEARDOWN(f) FIXTURE_FUNCTION(f, teardown)
#define TEST_F(f, name) FIXTURE_FUNCTION(f, name)
#define TEST_F_SIGNAL(f, name, signal) FIXTURE_FUNCTION(f, name)
#define TEST_F_TIMEOUT(f, name, timeout) FIXTURE_FUNCTION(f, name)

#define TEST_HARNESS_MAIN						\
	int main(void)							\
	{								\
		return 0;						\
	}

/* May be followed by a statement for the case that the check fails. */
#define HARNESS_EXPECT(cond) for (int h_ = !(cond); h_; h_ = 0)
#define HARNESS_ASSERT(cond) for (int h_ = !(cond); h_; h_ = 0, abort())

#define EXPECT_EQ(a, b) HARNESS_EXPECT((a) == (b))
#define EXPECT_NE(a, b) HARNESS_EXPECT((a) != (b))
#define EXPECT_LT(a, b) HARNESS_EXPECT((a) < (b))
#define EXPECT_LE(a, b) HARNESS_EXPECT((a) <= (b))
#define EXPECT_GT(a, b) HARNESS_EXPECT((a) > (b))
#define EXPECT_GE(a, b) HARNESS_EXPECT((a) >= (b))
#define EXPECT_NULL(a) HARNESS_EXPECT(!(a))
#define EXPECT_TRUE(a) HARNESS_EXPECT(a)
#define EXPECT_FALSE(a) HARNESS_EXPECT(!(a))
#define EXPECT_STREQ(a, b) HARNESS_EXPECT(strcmp(a, b) == 0)
#define EXPECT_STRNE(a, b) HARNESS_EXPECT(strcmp(a, b) != 0)
#define ASSERT_EQ(a, b) HARNESS_ASSERT((a) == (b))
#define ASSERT_NE(a, b) HARNESS_ASSERT((a) != (b))
#define ASSERT_LT(a, b) HARNESS_ASSERT((a) < (b))
#define ASSERT_LE(a, b) HARNESS_ASSERT((a) <= (b))
#define ASSERT_GT(a, b) HARNESS_ASSERT((a) > (b))
#define ASSERT_GE(a, b) HARNESS_ASSERT((a) >= (b))
#define ASSERT_NULL(a) HARNESS_ASSERT(!(a))
#define ASSERT_TRUE(a) HARNESS_ASSERT(a)
#define ASSERT_FALSE(a) HARNESS_ASSERT(!(a))
#define ASSERT_STREQ(a, b) HARNESS_ASSERT(strcmp(a, b) == 0)
#define ASSERT_STRNE(a, b) HARNESS_ASSERT(strcmp(a, b) != 0)

#define TH_LOG(...) fprintf(stderr, __VA_ARGS__)
#define SKIP(statement, ...) do { TH_LOG(__VA_ARGS__); statement; } while (0)

#endif
