/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Order without loss over datagrams that have neither: the two sides of a
 * connection as a machine that knows no sockets and no clock.
 *
 * Bytes are cut into segments, which are numbered. What has arrived is
 * acknowledged, cumulatively and by a map of the 64 segments after the first
 * that is missing. What three later ones have overtaken, or what was not
 * acknowledged in time, is sent again. As many are on their way as the network
 * seems to carry: as in TCP, one more for each round trip that goes well, half
 * as many after a loss.
 */
#ifndef _DVK_PROXY_WINDOW_H
#define _DVK_PROXY_WINDOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Segments on their way, at most; a power of two. */
#define WINDOW		256
/* How long an acknowledgement waits for data to ride on, and for how many. */
#define ACK_DELAY_US	5000
#define ACK_EVERY	8

/* Times are in microseconds, of any origin. */
typedef int64_t usec_t;
#define NEVER		INT64_MAX

/**
 * struct out_segment - one that is to be acknowledged
 * @len: bytes
 * @times: how often it has been sent
 * @acked: it has arrived
 * @lost: it is to be sent again
 * @at: when it was sent last
 */
struct out_segment {
	uint16_t len;
	uint16_t times;
	bool acked;
	bool lost;
	usec_t at;
};

struct in_segment {
	uint16_t len;
	bool have;
};

/**
 * struct window_ack - what one side says about what has arrived
 * @ack: the first segment that has not
 * @map: bit n: the segment after it and n more has
 * @echo: the stamp of a segment that is told of for the first time, or 0
 */
struct window_ack {
	uint32_t ack;
	uint32_t echo;
	uint64_t map;
};

/**
 * struct window - both directions of a connection at one end
 * @room: bytes in a segment
 * @una: the oldest segment that is not acknowledged
 * @sent: the next to be sent for the first time
 * @next: the next to be made
 * @flying: sent, and neither acknowledged nor lost
 * @nr_lost: segments that are to be sent again
 * @cwnd: so many may fly
 * @ssthresh: below it @cwnd grows with each acknowledgement
 * @credit: acknowledged since it last grew
 * @recover: losses of earlier ones have been answered for
 * @srtt: round trip time, smoothed; 0 if there is none yet
 * @rttvar: how much it varies
 * @rto: so long an acknowledgement is waited for
 * @confirmed: bytes acknowledged
 * @resent: segments sent more than once
 * @expect: the first segment that has not arrived
 * @read: the one that is read next
 * @read_at: bytes of it that have been read
 * @unacked: segments that have arrived since the last acknowledgement
 * @echo: stamp of the first of them
 * @ack_by: when an acknowledgement must go out
 */
struct window {
	size_t room;

	uint32_t una, sent, next;
	unsigned int flying, nr_lost;
	unsigned int cwnd, ssthresh, credit;
	uint32_t recover;
	usec_t srtt, rttvar, rto;
	unsigned long confirmed, resent;
	struct out_segment out[WINDOW];
	char *out_data;

	uint32_t expect, read;
	size_t read_at;
	uint32_t echo;
	unsigned int unacked;
	usec_t ack_by;
	struct in_segment in[WINDOW];
	char *in_data;
};

/* False without memory. Segments have up to @room bytes. */
bool window_init(struct window *w, size_t room);
void window_free(struct window *w);

/* --- sending --- */

/* Whether another segment can be made, and where its bytes go. */
static inline bool window_has_room(const struct window *w)
{
	return w->next - w->una < WINDOW;
}

static inline char *window_data(const struct window *w, uint32_t seq)
{
	return w->out_data + (seq % WINDOW) * w->room;
}

/* It has been written to window_data(w, w->next). */
void window_made(struct window *w, size_t len);

/* A segment to send at once: true, and its number. */
bool window_next(struct window *w, usec_t now, uint32_t *seq);

/* The other side says what it has. False if that cannot be. */
bool window_acked(struct window *w, const struct window_ack *a, usec_t now);

/* --- receiving --- */

/*
 * A segment has arrived, which was sent when its sender's clock was @stamp.
 * False if it does not fit in: it is dropped.
 */
bool window_arrived(struct window *w, uint32_t seq, const void *data,
		    size_t len, uint32_t stamp, usec_t now);

/* Bytes in order; 0 if there are none. */
size_t window_read(struct window *w, void *buf, size_t len);

/* Whether there is so much to read that more should stay where it is. */
static inline bool window_is_full(const struct window *w)
{
	return w->expect - w->read >= WINDOW / 2;
}

/* What to say to the other side, which is being said now. */
void window_say(struct window *w, struct window_ack *a);

/* --- time --- */

/* When the other side's silence will mean a loss, or NEVER. */
usec_t window_timeout(const struct window *w);
/* It may do now. */
void window_tick(struct window *w, usec_t now);

#endif /* _DVK_PROXY_WINDOW_H */
