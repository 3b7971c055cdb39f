// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>
#include <string.h>
#include "window.h"

#define CWND_FIRST	10
#define CWND_MIN	2
#define OVERTAKEN_BY	3
#define RTO_FIRST	500000
#define RTO_MIN		20000
#define RTO_MAX		5000000
#define RTT_MAX		60000000

static struct out_segment *out_of(struct window *w, uint32_t seq)
{
	return &w->out[seq % WINDOW];
}

/* As serial numbers: they begin anew after the last one. */
static bool before(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b) < 0;
}

bool window_init(struct window *w, size_t room)
{
	memset(w, 0, sizeof(*w));
	w->room = room;
	w->cwnd = CWND_FIRST;
	w->ssthresh = WINDOW;
	w->rto = RTO_FIRST;
	w->ack_by = NEVER;
	w->out_data = malloc(WINDOW * room);
	w->in_data = malloc(WINDOW * room);
	if (w->out_data && w->in_data)
		return true;
	window_free(w);
	return false;
}

void window_free(struct window *w)
{
	free(w->out_data);
	free(w->in_data);
	w->out_data = NULL;
	w->in_data = NULL;
}

/* --- sending --- */

void window_made(struct window *w, size_t len)
{
	*out_of(w, w->next) = (struct out_segment){ .len = len };
	w->next++;
}

static bool find_lost(struct window *w, uint32_t *seq)
{
	uint32_t s;

	if (!w->nr_lost)
		return false;
	for (s = w->una; s != w->sent; s++) {
		if (out_of(w, s)->lost) {
			*seq = s;
			return true;
		}
	}
	return false;
}

bool window_next(struct window *w, usec_t now, uint32_t *seq)
{
	struct out_segment *o;

	if (w->flying >= w->cwnd)
		return false;
	if (find_lost(w, seq)) {
		w->nr_lost--;
		w->resent++;
	} else if (w->sent != w->next) {
		*seq = w->sent++;
	} else {
		return false;
	}
	o = out_of(w, *seq);
	o->lost = false;
	o->at = now;
	o->times++;
	w->flying++;
	return true;
}

static void lose(struct window *w, struct out_segment *o)
{
	if (o->acked || o->lost)
		return;
	o->lost = true;
	w->nr_lost++;
	w->flying--;
}

/* Once for all that was on its way together. */
static void slow_down(struct window *w)
{
	if (before(w->una, w->recover))
		return;
	w->ssthresh = w->cwnd / 2 > CWND_MIN ? w->cwnd / 2 : CWND_MIN;
	w->cwnd = w->ssthresh;
	w->recover = w->sent;
}

static void speed_up(struct window *w, unsigned int n)
{
	if (w->cwnd < w->ssthresh) {
		w->cwnd += n;
	} else {
		w->credit += n;
		if (w->credit >= w->cwnd) {
			w->credit -= w->cwnd;
			w->cwnd++;
		}
	}
	if (w->cwnd > WINDOW)
		w->cwnd = WINDOW;
}

/* RFC 6298. */
static void measured(struct window *w, usec_t rtt)
{
	usec_t off;

	if (!w->srtt) {
		w->srtt = rtt;
		w->rttvar = rtt / 2;
	} else {
		off = w->srtt > rtt ? w->srtt - rtt : rtt - w->srtt;
		w->rttvar += (off - w->rttvar) / 4;
		w->srtt += (rtt - w->srtt) / 8;
	}
	if (!w->srtt)
		w->srtt = 1;
	w->rto = w->srtt + 4 * w->rttvar + ACK_DELAY_US;
	if (w->rto < RTO_MIN)
		w->rto = RTO_MIN;
	if (w->rto > RTO_MAX)
		w->rto = RTO_MAX;
}

/* Returns whether that is news. */
static bool segment_acked(struct window *w, uint32_t seq)
{
	struct out_segment *o = out_of(w, seq);

	if (o->acked)
		return false;
	if (o->lost) {
		o->lost = false;
		w->nr_lost--;
	} else {
		w->flying--;
	}
	o->acked = true;
	w->confirmed += o->len;
	return true;
}

bool window_acked(struct window *w, const struct window_ack *a, usec_t now)
{
	uint32_t ack = a->ack, rtt = (uint32_t)now - a->echo;
	uint64_t map = a->map;
	unsigned int news = 0, i;
	bool lost = false;
	uint32_t s, last;

	if (ack - w->una > w->sent - w->una)
		/* Older than the latest; or of what was never sent. */
		return w->una - ack <= WINDOW;
	for (s = w->una; s != ack; s++)
		news += segment_acked(w, s);
	w->una = ack;
	last = ack;
	for (i = 0; i < 64; i++) {
		s = ack + 1 + i;
		if (!(map >> i & 1))
			continue;
		if (!before(s, w->sent))
			return false;
		news += segment_acked(w, s);
		last = s;
	}
	for (s = ack; before(s + OVERTAKEN_BY, last + 1); s++) {
		struct out_segment *o = out_of(w, s);

		/* What was sent again gets time to arrive. */
		if (o->acked || o->lost ||
		    (o->times > 1 && now - o->at < w->srtt + w->rttvar))
			continue;
		lose(w, o);
		lost = true;
	}
	/* Also of what was sent twice: it says which one it is about. */
	if (news && a->echo && rtt < RTT_MAX)
		measured(w, rtt);
	if (lost)
		slow_down(w);
	else if (news)
		speed_up(w, news);
	return true;
}

/* --- receiving --- */

bool window_arrived(struct window *w, uint32_t seq, const void *data,
		    size_t len, uint32_t stamp, usec_t now)
{
	struct in_segment *in = &w->in[seq % WINDOW];

	if (!len || len > w->room)
		return false;
	if (seq - w->read >= WINDOW || in->have) {
		/* Again: what was said of it has been lost, perhaps. */
		w->ack_by = now;
		return false;
	}
	memcpy(w->in_data + (seq % WINDOW) * w->room, data, len);
	in->len = len;
	in->have = true;
	/* Of the first: an acknowledgement that waits is part of the trip. */
	if (!w->unacked++)
		w->echo = stamp;
	/* In disorder the other side wants to know at once what is missing. */
	if (seq != w->expect || w->unacked >= ACK_EVERY)
		w->ack_by = now;
	else if (w->ack_by == NEVER)
		w->ack_by = now + ACK_DELAY_US;
	while (w->expect - w->read < WINDOW && w->in[w->expect % WINDOW].have)
		w->expect++;
	return true;
}

size_t window_read(struct window *w, void *buf, size_t len)
{
	size_t done = 0, n;

	while (done < len && w->read != w->expect) {
		struct in_segment *in = &w->in[w->read % WINDOW];

		n = in->len - w->read_at;
		if (n > len - done)
			n = len - done;
		memcpy((char *)buf + done, w->in_data +
		       (w->read % WINDOW) * w->room + w->read_at, n);
		done += n;
		w->read_at += n;
		if (w->read_at == in->len) {
			in->have = false;
			w->read_at = 0;
			w->read++;
		}
	}
	return done;
}

void window_say(struct window *w, struct window_ack *a)
{
	unsigned int i;

	a->ack = w->expect;
	a->map = 0;
	a->echo = w->unacked ? w->echo : 0;
	for (i = 0; i < 64; i++) {
		uint32_t s = w->expect + 1 + i;

		if (s - w->read < WINDOW && w->in[s % WINDOW].have)
			a->map |= 1ULL << i;
	}
	w->unacked = 0;
	w->ack_by = NEVER;
}

/* --- time --- */

usec_t window_timeout(const struct window *w)
{
	uint32_t s;

	/* The first one that is on its way. */
	for (s = w->una; w->flying && s != w->sent; s++) {
		const struct out_segment *o = &w->out[s % WINDOW];

		if (!o->acked && !o->lost)
			return o->at + w->rto;
	}
	return NEVER;
}

void window_tick(struct window *w, usec_t now)
{
	uint32_t s;

	if (now < window_timeout(w))
		return;
	for (s = w->una; s != w->sent; s++)
		lose(w, out_of(w, s));
	w->ssthresh = w->cwnd / 2 > CWND_MIN ? w->cwnd / 2 : CWND_MIN;
	w->cwnd = CWND_MIN;
	w->credit = 0;
	w->recover = w->sent;
	w->rto *= 2;
	if (w->rto > RTO_MAX)
		w->rto = RTO_MAX;
}
