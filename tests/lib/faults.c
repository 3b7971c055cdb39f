// SPDX-License-Identifier: GPL-2.0
#include "cluster.h"
#include "faults.h"
#include "util.h"

/*
 * The chain stays, empty: that the kernel's code is patched whenever the first
 * hook comes and the last one goes, an emulated machine does not always survive.
 */
#define CHAIN	"inet dvk_test input"
#define SETUP								\
	"add table inet dvk_test; add chain " CHAIN			\
	" { type filter hook input priority 0; }; flush chain " CHAIN
#define REJECT	"add rule " CHAIN " meta l4proto tcp reject with tcp reset"
/* Addresses are those of cluster.sh. */
#define DROP	"add rule " CHAIN " ip saddr 10.10.0.%d drop"

void link_netem(int node, const char *what)
{
	/* Of a link without any the deletion fails, and that is well. */
	if (!what)
		run("tc qdisc del dev veth-n%d root 2>/dev/null", node);
	else if (run("tc qdisc replace dev veth-n%d root netem %s", node, what))
		die("no netem");
}

void link_slow(int node, int kbit)
{
	/* Other than netem it divides what TCP leaves to the device to divide. */
	if (run("tc qdisc replace dev veth-n%d root tbf rate %dkbit burst 3200 limit 64000",
		node, kbit))
		die("no tbf");
}

void link_carrier(int node, bool up)
{
	if (run("ip link set veth-n%d %s", node, up ? "up" : "down"))
		die("no link of node %d", node);
}

void firewall_resets(int node, bool on)
{
	if (run("ip netns exec n%d nft '" SETUP "; %s'", node,
		on ? REJECT : ""))
		die("no nft");
}

void firewall_drops(int node, int from, bool on)
{
	if (!on)
		firewall_resets(node, false);
	else if (run("ip netns exec n%d nft '" SETUP "; " DROP "'", node,
		     from + 1))
		die("no nft");
}

void links_mend(void)
{
	int n;

	for (n = 0; n < NODES; n++) {
		link_carrier(n, true);
		link_netem(n, NULL);
		run("ip netns exec n%d nft flush chain " CHAIN " 2>/dev/null", n);
	}
}

void links_rediscover(int node)
{
	if (run("%s/cluster.sh rediscover %d", tests_dir(), node))
		die("no TIPC");
}
