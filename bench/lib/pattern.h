/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Contents that can be checked. Messages are checked in full in every round.
 * Bulk buffers are checked in full now and then; in every round a stamp per
 * page is, because a full check would cost more than the copy under test.
 */
#ifndef BENCH_PATTERN_H
#define BENCH_PATTERN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define PATTERN_MULTIPLIER 0x9e3779b97f4a7c15ull
#define PATTERN_PAGE 4096

/* Tells requests and answers apart. */
#define PATTERN_REQUEST 0x5245515545535400ull
#define PATTERN_ANSWER 0x414e535745520000ull

static inline uint64_t pattern_word(uint64_t seq, uint64_t salt, size_t i)
{
	return (seq + 1) * PATTERN_MULTIPLIER + salt + i;
}

/*
 * These run in every round, so they must be cheap beside a system call: called
 * with a constant number of words they become straight code.
 */
#define PATTERN_INLINE static inline __attribute__((always_inline))

PATTERN_INLINE void pattern_fill(void *buf, size_t words, uint64_t seq,
				 uint64_t salt)
{
	uint64_t *w = buf;

#pragma GCC unroll 8
	for (size_t i = 0; i < words; i++)
		w[i] = pattern_word(seq, salt, i);
}

PATTERN_INLINE bool pattern_check(const void *buf, size_t words, uint64_t seq,
				  uint64_t salt)
{
	const uint64_t *w = buf;
	uint64_t bad = 0;

#pragma GCC unroll 8
	for (size_t i = 0; i < words; i++)
		bad |= w[i] ^ pattern_word(seq, salt, i);
	return !bad;
}

/* Stamps: the first word of each page and the last whole word. */

static inline size_t stamp_last(size_t bytes)
{
	return (bytes - sizeof(uint64_t)) & ~(sizeof(uint64_t) - 1);
}

static inline void stamp_set(void *buf, size_t bytes, uint64_t seq)
{
	uint64_t v = pattern_word(seq, PATTERN_ANSWER, 0);
	char *p = buf;

	if (bytes < sizeof(v))
		return;
	for (size_t o = 0; o + sizeof(v) <= bytes; o += PATTERN_PAGE)
		memcpy(p + o, &v, sizeof(v));
	memcpy(p + stamp_last(bytes), &v, sizeof(v));
}

static inline bool stamp_check(const void *buf, size_t bytes, uint64_t seq)
{
	uint64_t v = pattern_word(seq, PATTERN_ANSWER, 0), w, bad = 0;
	const char *p = buf;

	if (bytes < sizeof(v))
		return true;
	for (size_t o = 0; o + sizeof(v) <= bytes; o += PATTERN_PAGE) {
		memcpy(&w, p + o, sizeof(w));
		bad |= w ^ v;
	}
	memcpy(&w, p + stamp_last(bytes), sizeof(w));
	return !(bad | (w ^ v));
}

/* Bulk contents below the stamps; @seed names the buffer they belong to. */

static inline uint8_t bulk_byte(uint64_t seed, size_t i)
{
	return (seed + i * PATTERN_MULTIPLIER) >> 32;
}

static inline void bulk_fill(void *buf, size_t bytes, uint64_t seed,
			     uint64_t seq)
{
	uint8_t *p = buf;

	for (size_t i = 0; i < bytes; i++)
		p[i] = bulk_byte(seed, i);
	stamp_set(buf, bytes, seq);
}

static inline bool bulk_check(const void *buf, size_t bytes, uint64_t seed,
			      uint64_t seq)
{
	const uint8_t *p = buf;
	size_t last = bytes < 8 ? 0 : stamp_last(bytes);

	if (!stamp_check(buf, bytes, seq))
		return false;
	for (size_t i = 0; i < bytes; i++) {
		if (bytes >= 8 && ((i % PATTERN_PAGE < 8 &&
				    i - i % PATTERN_PAGE + 8 <= bytes) ||
				   (i >= last && i < last + 8)))
			continue;
		if (p[i] != bulk_byte(seed, i))
			return false;
	}
	return true;
}

#endif /* BENCH_PATTERN_H */
