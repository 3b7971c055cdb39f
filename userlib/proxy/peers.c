// SPDX-License-Identifier: GPL-2.0
/* What the program was told: the settings, and the nodes to reach. */
#include <stdio.h>
#include <stdlib.h>
#include "proxy.h"

struct settings settings = {
	.port = 3000,
	.keepalive_ms = 5000,
};

struct peer *peers;
static bool stopping;

struct peer *peer_find(int id)
{
	struct peer *p;

	for (p = peers; p && p->id != id; p = p->next)
		;
	return p;
}

const char *peer_add(const char *arg)
{
	struct peer *p = calloc(1, sizeof(*p));
	static char text[64];
	const char *why;

	if (!p)
		return "no memory";
	why = settings.net->parse_peer(arg, p);
	if (!why && (p->id < 0 || p->id >= settings.dvs.d_nr_nodes)) {
		snprintf(text, sizeof(text), "nodes have numbers from 0 to %d",
			 settings.dvs.d_nr_nodes - 1);
		why = text;
	}
	if (!why && p->id == settings.self)
		why = "that is this node";
	if (!why && peer_find(p->id))
		why = "named twice";
	if (why) {
		free(p);
		return why;
	}
	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->changed, NULL);
	p->listener = -1;
	p->next = peers;
	peers = p;
	return NULL;
}

bool is_stopping(void)
{
	return __atomic_load_n(&stopping, __ATOMIC_RELAXED);
}

void set_stopping(void)
{
	__atomic_store_n(&stopping, true, __ATOMIC_RELAXED);
}
