// SPDX-License-Identifier: GPL-2.0
/*
 * Why a peer is not connected, in words: for its attribute last_error, and a line
 * in the log when the reason changes.
 */
#include "link.h"

#include <linux/timekeeping.h>

#include "base/node.h"

/* Keep it; returns whether the log is to have a line of it, if it wants one. */
static bool keep_why(struct dvk_link *link, bool log,
		     const char why[DVK_WHY_LEN])
{
	bool news;

	spin_lock_bh(&link->accept_lock);
	news = strcmp(why, link->why);
	if (news)
		strscpy(link->why, why, sizeof(link->why));
	log = log && (news || !link->why_logged);
	link->why_logged = (link->why_logged && !news) || log;
	link->why_at = ktime_get_real_seconds();
	spin_unlock_bh(&link->accept_lock);
	return log;
}

void dvk_link_why(struct dvk_link *link, bool log, const char *fmt, ...)
{
	char why[DVK_WHY_LEN];
	va_list ap;

	va_start(ap, fmt);
	vscnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	if (keep_why(link, log, why))
		pr_info_ratelimited("dvk: node %d: no connection to node %d: %s\n",
				    link->node->nodeid, link->nodeid, why);
}

bool dvk_link_why_news(struct dvk_link *link, const char *fmt, ...)
{
	char why[DVK_WHY_LEN];
	va_list ap;

	va_start(ap, fmt);
	vscnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	return keep_why(link, true, why);
}

void dvk_link_why_over(struct dvk_link *link)
{
	spin_lock_bh(&link->accept_lock);
	link->why_logged = false;
	spin_unlock_bh(&link->accept_lock);
}

time64_t dvk_link_get_why(struct dvk_link *link, char why[DVK_WHY_LEN])
{
	time64_t at;

	spin_lock_bh(&link->accept_lock);
	memcpy(why, link->why, DVK_WHY_LEN);
	at = link->why_at;
	spin_unlock_bh(&link->accept_lock);
	return at;
}

const char *dvk_addr_text(const struct sockaddr_storage *addr, bool port,
			  char text[DVK_ADDR_TEXT])
{
	if (addr->ss_family != AF_INET && addr->ss_family != AF_INET6)
		return NULL;
	snprintf(text, DVK_ADDR_TEXT, port ? "%pISpc" : "%pISc", addr);
	return text;
}

static const char *of_dial(const struct dvk_link *link, int err)
{
	switch (err) {
	case -ECONNREFUSED:
		return "nobody listens there: no peer is enabled, or another port is meant";
	case -ETIMEDOUT:
		if (READ_ONCE(link->key))
			return "no answer: nobody is there, a filter drops it, or the keys differ";
		return "no answer: nobody is there, a filter drops it, or it wants a key";
	case -EHOSTUNREACH:
		return "no such host there, or no route to it";
	case -ENETUNREACH:
	case -ENETDOWN:
		return "no route to it";
	case -ENODEV:
		return "the device of a link-local address is gone";
	case -EADDRNOTAVAIL:
		return "local_address is none of this node";
	case -EAFNOSUPPORT:
		return "address and local_address are of different families";
	case -EACCES:
	case -EPERM:
		return "a filter of this node forbids it";
	default:
		return NULL;
	}
}

void dvk_link_why_dial(struct dvk_link *link, int err)
{
	char text[DVK_ADDR_TEXT];
	const char *at = dvk_addr_text(&link->addr, true, text);
	const char *why = of_dial(link, err);

	/* Who stops does not dial, and has no reason to. */
	if (err == -EINTR)
		return;
	if (why)
		dvk_link_why(link, true, "%s%s%s", at ?: "", at ? ": " : "", why);
	else
		dvk_link_why(link, true, "%s%serror %d", at ?: "",
			     at ? ": " : "", err);
}

void dvk_link_why_lost(struct dvk_link *link, int err)
{
	/* They take the connection from one another. */
	if (err && READ_ONCE(link->twice)) {
		dvk_link_why(link, false, "there are two nodes with this id");
		return;
	}
	switch (err) {
	case 0:
	case -EINTR:
	case -EPROTO:	/* said already */
		return;
	case -EPIPE:
	case -ESHUTDOWN:
		dvk_link_why(link, false, "the other node has closed the connection");
		return;
	case -ECONNRESET:
		dvk_link_why(link, false, "reset, or the other node connects anew");
		return;
	case -ETIMEDOUT:
		dvk_link_why(link, false, "nothing was heard of it for %d ms",
			     READ_ONCE(link->node->limits.keepalive_ms));
		return;
	case -EKEYREJECTED:
		dvk_link_why(link, false, "its key was changed");
		return;
	case -ENOTCONN:
		dvk_link_why(link, false, "its proxies have lost their connection");
		return;
	default:
		dvk_link_why(link, false, "the connection was lost (%d)", err);
	}
}
