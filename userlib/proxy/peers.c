// SPDX-License-Identifier: GPL-2.0
/* What the program was told: the options, and the nodes to reach. */
#include "proxy.h"

struct settings settings = {
	.port = 3000,
	.keepalive_ms = 5000,
};

struct peer *peers;
bool stopping;

struct peer *peer_find(int id)
{
	struct peer *p;

	for (p = peers; p && p->id != id; p = p->next)
		;
	return p;
}
