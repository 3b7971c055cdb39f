// SPDX-License-Identifier: GPL-2.0
#include "cluster.h"
#include "faults.h"
#include "util.h"

#define FIREWALL	"table inet dvk_test"
#define RULE								\
	"chain c { type filter hook input priority 0; "			\
	"meta l4proto tcp reject with tcp reset; };"

void link_netem(int node, const char *what)
{
	/* Of a link without any the deletion fails, and that is well. */
	if (!what)
		run("tc qdisc del dev veth-n%d root 2>/dev/null", node);
	else if (run("tc qdisc replace dev veth-n%d root netem %s", node, what))
		die("no netem");
}

void link_carrier(int node, bool up)
{
	if (run("ip link set veth-n%d %s", node, up ? "up" : "down"))
		die("no link of node %d", node);
}

void firewall_resets(int node, bool on)
{
	if (!on)
		run("ip netns exec n%d nft delete " FIREWALL " 2>/dev/null",
		    node);
	else if (run("ip netns exec n%d nft '" FIREWALL " { " RULE " }'", node))
		die("no nft");
}

void links_mend(void)
{
	int n;

	for (n = 0; n < NODES; n++) {
		link_carrier(n, true);
		link_netem(n, NULL);
		firewall_resets(n, false);
	}
}

void links_rediscover(int node)
{
	if (run("%s/cluster.sh rediscover %d", tests_dir(), node))
		die("no TIPC");
}
