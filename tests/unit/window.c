// SPDX-License-Identifier: GPL-2.0
/*
 * The proxies' order without loss over datagrams, userlib/proxy/window.c, with
 * a network in between that loses, doubles and reorders, and with an other side
 * that says what it likes.
 */
#include "kselftest_harness.h"

#include <stdlib.h>
#include <string.h>

#include "userlib/proxy/window.c"

#define ROOM		100
#define DATAGRAMS	2048
#define TOTAL		400000

/* A datagram under way: a segment, or an acknowledgement alone. */
struct datagram {
	bool there;
	bool to_b;
	usec_t at;		/* arrives then */
	unsigned long nr;	/* in which order they were sent */
	uint32_t seq, stamp;
	struct window_ack ack;
	size_t len;
	char data[ROOM];
};

struct end {
	struct window w;
	size_t written, read;	/* bytes of its stream, and of the other one's */
};

FIXTURE(window) {
	struct end a, b;
	struct datagram net[DATAGRAMS];
	unsigned int seed;
	usec_t now;
	unsigned long sent, lost;
};

FIXTURE_VARIANT(window) {
	unsigned int loss;	/* per cent */
	unsigned int twice;
	unsigned int slow;	/* arrive later than those behind them */
	uint32_t first;		/* number of the first segment */
};

FIXTURE_VARIANT_ADD(window, perfect) { .first = 0 };

FIXTURE_VARIANT_ADD(window, loses) { .loss = 10 };

FIXTURE_VARIANT_ADD(window, loses_many) { .loss = 40 };

FIXTURE_VARIANT_ADD(window, doubles) { .twice = 20 };

FIXTURE_VARIANT_ADD(window, reorders) { .slow = 30 };

FIXTURE_VARIANT_ADD(window, all_of_it) {
	.loss = 10, .twice = 10, .slow = 20
};

FIXTURE_VARIANT_ADD(window, numbers_begin_anew) {
	.loss = 10, .twice = 10, .slow = 20, .first = -1000U
};

static unsigned int roll(struct _test_data_window *self, unsigned int sides)
{
	return rand_r(&self->seed) % sides;
}

static void begin_at(struct window *w, uint32_t first)
{
	w->una = first;
	w->sent = first;
	w->next = first;
	w->recover = first;
	w->expect = first;
	w->read = first;
}

FIXTURE_SETUP(window)
{
	self->seed = 4711;
	ASSERT_TRUE(window_init(&self->a.w, ROOM));
	ASSERT_TRUE(window_init(&self->b.w, ROOM));
	begin_at(&self->a.w, variant->first);
	begin_at(&self->b.w, variant->first);
}

FIXTURE_TEARDOWN(window)
{
	window_free(&self->a.w);
	window_free(&self->b.w);
}

static char byte_at(size_t i)
{
	return i * 2654435761u >> 11;
}

static void post(struct _test_data_window *self,
		 const struct _fixture_variant_window *variant, const struct datagram *d)
{
	unsigned int copies = 1 + (roll(self, 100) < variant->twice), i;

	if (roll(self, 100) < variant->loss) {
		self->lost++;
		return;
	}
	for (i = 0; copies && i < DATAGRAMS; i++) {
		if (self->net[i].there)
			continue;
		self->net[i] = *d;
		self->net[i].there = true;
		self->net[i].nr = self->sent++;
		self->net[i].at = self->now + 1000 +
			(roll(self, 100) < variant->slow ? roll(self, 4000) : 0);
		copies--;
	}
}

/* What one end does when it has the time. */
static void run_end(struct _test_data_window *self,
		    const struct _fixture_variant_window *variant, struct end *e)
{
	struct datagram d = { .to_b = e == &self->a };
	uint32_t seq;
	size_t i;

	while (e->written < TOTAL && window_has_room(&e->w)) {
		size_t len = 1 + roll(self, ROOM);

		if (len > TOTAL - e->written)
			len = TOTAL - e->written;
		for (i = 0; i < len; i++)
			window_data(&e->w, e->w.next)[i] =
				byte_at(e->written + i);
		window_made(&e->w, len);
		e->written += len;
	}
	window_tick(&e->w, self->now);
	while (window_next(&e->w, self->now, &seq)) {
		d.seq = seq;
		d.len = e->w.out[seq % WINDOW].len;
		memcpy(d.data, window_data(&e->w, seq), d.len);
		d.stamp = self->now;
		window_say(&e->w, &d.ack);
		post(self, variant, &d);
	}
	if (self->now >= e->w.ack_by) {
		d.len = 0;
		d.stamp = self->now;
		window_say(&e->w, &d.ack);
		post(self, variant, &d);
	}
}

static void arrive(struct __test_metadata *_metadata, struct _test_data_window *self,
		   struct datagram *d)
{
	struct end *e = d->to_b ? &self->b : &self->a;
	char buf[3 * ROOM];
	size_t n, i;

	d->there = false;
	ASSERT_TRUE(window_acked(&e->w, &d->ack, self->now));
	if (d->len)
		window_arrived(&e->w, d->seq, d->data, d->len, d->stamp,
			       self->now);
	while ((n = window_read(&e->w, buf, 1 + roll(self, sizeof(buf))))) {
		for (i = 0; i < n; i++)
			ASSERT_EQ(byte_at(e->read + i), buf[i])
				TH_LOG("byte %zu", e->read + i);
		e->read += n;
	}
}

/* The first of those that have arrived by now. */
static struct datagram *next_due(struct _test_data_window *self)
{
	struct datagram *first = NULL, *d;

	for (d = self->net; d < self->net + DATAGRAMS; d++)
		if (d->there && d->at <= self->now &&
		    (!first || d->at < first->at ||
		     (d->at == first->at && d->nr < first->nr)))
			first = d;
	return first;
}

/* Both streams come out as they went in, and in finite time. */
TEST_F(window, streams)
{
	struct datagram *d;

	while (self->a.read < TOTAL || self->b.read < TOTAL ||
	       self->a.w.una != self->a.w.next ||
	       self->b.w.una != self->b.w.next) {
		self->now += 100;
		ASSERT_GT(600 * 1000000L, self->now);
		run_end(self, variant, &self->a);
		run_end(self, variant, &self->b);
		while ((d = next_due(self)))
			arrive(_metadata, self, d);
	}
	EXPECT_EQ(TOTAL, self->a.w.confirmed);
	EXPECT_EQ(0, self->a.w.flying);
	EXPECT_EQ(0, self->a.w.nr_lost);
	if (!variant->loss && !variant->slow)
		EXPECT_EQ(0, self->a.w.resent + self->b.w.resent);
	if (variant->loss)
		EXPECT_LE(1, self->a.w.resent + self->b.w.resent);
	EXPECT_EQ(!variant->loss, !self->lost);
}

/* Nothing that the other side says makes it lose count or its memory. */
TEST_F(window, hostile)
{
	char data[2 * ROOM] = "";
	struct window *w = &self->a.w;
	unsigned int flying, lost, s;
	struct window_ack a;
	uint32_t seq;
	int i;

	for (i = 0; i < 300000; i++) {
		uint32_t near = w->una + roll(self, 600) - 300;
		uint32_t any = (uint32_t)roll(self, 0x7fffffff) << 1;
		uint64_t map = ((uint64_t)rand_r(&self->seed) << 40) ^
			       rand_r(&self->seed);

		self->now += roll(self, 3000);
		if (window_has_room(w) && roll(self, 2))
			window_made(w, 1 + roll(self, ROOM));
		window_tick(w, self->now);
		while (window_next(w, self->now, &seq))
			;
		a.ack = roll(self, 9) ? near : any;
		a.map = roll(self, 3) ? map : 0;
		a.echo = roll(self, 2) ? any : self->now - roll(self, 5000);
		window_acked(w, &a, self->now);
		near = w->read + roll(self, 600) - 300;
		window_arrived(w, roll(self, 9) ? near : any, data,
			       roll(self, sizeof(data)), any, self->now);
		if (roll(self, 2))
			window_read(w, data, roll(self, sizeof(data)));

		ASSERT_LE(w->next - w->una, WINDOW);
		ASSERT_LE(w->sent - w->una, w->next - w->una);
		ASSERT_LE(w->expect - w->read, WINDOW);
		ASSERT_LE(1, w->cwnd);
		for (flying = 0, lost = 0, s = w->una; s != w->sent; s++) {
			const struct out_segment *o = &w->out[s % WINDOW];

			lost += o->lost;
			flying += !o->lost && !o->acked;
		}
		ASSERT_EQ(flying, w->flying);
		ASSERT_EQ(lost, w->nr_lost);
	}
}

TEST_HARNESS_MAIN
