// SPDX-License-Identifier: GPL-2.0
/* What client and server do in a round, for each loop benchmark. */
#include "loop.h"

/* Both inlined into each loop: they run in every round. */
#define EACH_ROUND static inline __attribute__((always_inline))

/* Server: the message is the next request of one of its clients. */
EACH_ROUND int request_ok(struct loop *l)
{
	unsigned int k = l->m.m_source - l->first;

	if (k >= (unsigned int)l->clients)
		return bench_fail("a message came from endpoint %d",
				  l->m.m_source);
	if (!body_check(&l->m, l->expect[k], PATTERN_REQUEST))
		return bench_fail("request %lu of endpoint %d is damaged",
				  (unsigned long)l->expect[k], l->m.m_source);
	body_fill(&l->m, l->expect[k]++, PATTERN_ANSWER);
	return 0;
}

/* Client: the message is the answer to request @seq. */
EACH_ROUND int answer_ok(struct loop *l, uint64_t seq)
{
	if (l->m.m_source != l->server ||
	    !body_check(&l->m, seq, PATTERN_ANSWER))
		return bench_fail("answer %lu from endpoint %d is damaged",
				  (unsigned long)seq, l->m.m_source);
	return 0;
}

/* --- send, receive / receive, send ---------------------------------------- */

static int send_receive_round(void *ctx, uint64_t seq)
{
	struct loop *l = ctx;
	long ret;

	body_fill(&l->m, seq, PATTERN_REQUEST);
	ret = dvk_send(l->server, &l->m);
	if (ret)
		return party_failed("send", ret);
	ret = dvk_receive(l->server, &l->m);
	if (ret)
		return party_failed("receive", ret);
	return answer_ok(l, seq);
}

static int receive_send_serve(struct loop *l)
{
	long ret;

	for (long done = 0; bench_work_left(l->work, done); done++) {
		ret = dvk_receive(ANY, &l->m);
		if (ret)
			return party_failed("receive", ret);
		if (request_ok(l))
			return -1;
		ret = dvk_send(l->m.m_source, &l->m);
		if (ret)
			return party_failed("send", ret);
	}
	return 0;
}

const struct loop_kind loop_send_receive = {
	.what = "send + receive / receive + send",
	.round = send_receive_round,
	.serve = receive_send_serve,
};

/* --- sendrec / receive, send ---------------------------------------------- */

static int sendrec_round(void *ctx, uint64_t seq)
{
	struct loop *l = ctx;
	long ret;

	body_fill(&l->m, seq, PATTERN_REQUEST);
	ret = dvk_sendrec(l->server, &l->m);
	if (ret)
		return party_failed("sendrec", ret);
	return answer_ok(l, seq);
}

const struct loop_kind loop_sendrec = {
	.what = "sendrec / receive + send",
	.round = sendrec_round,
	.serve = receive_send_serve,
};

/* --- notify ---------------------------------------------------------------- */

/* A notification has no contents but its kind and who it is from. */
EACH_ROUND int notified_by(struct loop *l, int ep)
{
	if (l->m.m_source != ep ||
	    l->m.m_type != (DVK_NOTIFY_MESSAGE | _ENDPOINT_P(ep)))
		return bench_fail("not a notification of %d: source %d, type %#x",
				  ep, l->m.m_source, l->m.m_type);
	return 0;
}

static int notify_round(void *ctx, uint64_t seq)
{
	struct loop *l = ctx;
	long ret;

	(void)seq;
	ret = dvk_notify(l->server);
	if (ret)
		return party_failed("notify", ret);
	ret = dvk_receive(l->server, &l->m);
	if (ret)
		return party_failed("receive", ret);
	return notified_by(l, l->server);
}

static int notify_serve(struct loop *l)
{
	long ret;
	int from;

	for (long done = 0; bench_work_left(l->work, done); done++) {
		ret = dvk_receive(ANY, &l->m);
		if (ret)
			return party_failed("receive", ret);
		from = l->m.m_source;
		if (from < l->first || from >= l->first + l->clients ||
		    notified_by(l, from))
			return bench_fail("an unexpected message came");
		ret = dvk_notify(from);
		if (ret)
			return party_failed("notify", ret);
	}
	return 0;
}

const struct loop_kind loop_notify = {
	.what = "notify + receive / receive + notify",
	.round = notify_round,
	.serve = notify_serve,
};

/* --- sendrec / rcvrqst, reply ---------------------------------------------- */

static int reply_serve(struct loop *l)
{
	long ret;

	for (long done = 0; bench_work_left(l->work, done); done++) {
		ret = dvk_rcvrqst(&l->m);
		if (ret)
			return party_failed("rcvrqst", ret);
		if (request_ok(l))
			return -1;
		ret = dvk_reply(l->m.m_source, &l->m);
		if (ret)
			return party_failed("reply", ret);
	}
	return 0;
}

const struct loop_kind loop_request = {
	.what = "sendrec / rcvrqst + reply",
	.round = sendrec_round,
	.serve = reply_serve,
};

/* --- sendrec / reply_rcvrqst ------------------------------------------------ */

static int combined_serve(struct loop *l)
{
	long ret = dvk_rcvrqst(&l->m);
	long taken = 1;

	if (ret)
		return party_failed("rcvrqst", ret);
	for (;;) {
		if (request_ok(l))
			return -1;
		if (!bench_work_left(l->work, taken++))
			break;
		ret = dvk_reply_rcvrqst(l->m.m_source, &l->m);
		if (ret)
			return party_failed("reply_rcvrqst", ret);
	}
	ret = dvk_reply(l->m.m_source, &l->m);
	return ret ? party_failed("reply", ret) : 0;
}

const struct loop_kind loop_combined = {
	.what = "sendrec / reply_rcvrqst",
	.round = sendrec_round,
	.serve = combined_serve,
};

/* --- send / receive: nothing comes back -------------------------------------- */

static int send_round(void *ctx, uint64_t seq)
{
	struct loop *l = ctx;
	long ret;

	body_fill(&l->m, seq, PATTERN_REQUEST);
	ret = dvk_send(l->server, &l->m);
	if (ret)
		return party_failed("send", ret);
	l->sent = seq + 1;
	if (!l->stream)
		bench_taken_wait(l->taken, l->sent);
	return 0;
}

static int receive_serve(struct loop *l)
{
	long ret;

	for (long done = 0; bench_work_left(l->work, done); done++) {
		ret = dvk_receive(ANY, &l->m);
		if (ret)
			return party_failed("receive", ret);
		if (request_ok(l))
			return -1;
		bench_taken_one(l->taken);
	}
	return 0;
}

const struct loop_kind loop_send_oneway = {
	.what = "send / receive, one way",
	.oneway = true,
	.round = send_round,
	.serve = receive_serve,
};

/* --- notify / receive ---------------------------------------------------------- */

/* One that has not been taken yet would swallow the next. */
static int notify_one_round(void *ctx, uint64_t seq)
{
	struct loop *l = ctx;
	long ret = dvk_notify(l->server);

	if (ret)
		return party_failed("notify", ret);
	l->sent = seq + 1;
	bench_taken_wait(l->taken, l->sent);
	return 0;
}

static int notified_serve(struct loop *l)
{
	long ret;

	for (long done = 0; bench_work_left(l->work, done); done++) {
		ret = dvk_receive(ANY, &l->m);
		if (ret)
			return party_failed("receive", ret);
		if (notified_by(l, l->first))
			return -1;
		bench_taken_one(l->taken);
	}
	return 0;
}

const struct loop_kind loop_notify_oneway = {
	.what = "notify / receive, one way",
	.oneway = true,
	.round = notify_one_round,
	.serve = notified_serve,
};
