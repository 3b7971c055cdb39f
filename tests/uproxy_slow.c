// SPDX-License-Identifier: GPL-2.0
/*
 * Proxies in user space over lines that are slow, lose frames and exchange them:
 * a copy arrives, and nobody is taken for dead meanwhile.
 */
#include "kselftest_harness.h"

#include "cluster.h"
#include "faults.h"
#include "proxies.h"
#include "puppet.h"
#include "util.h"

#define SRV	10
#define CLT	100
#define FOREVER	TIMEOUT_FOREVER
#define ARGS	"--transport %s --port 3100 --keepalive %d %d=%s"

FIXTURE(slow) {
	int dcid;
	pid_t program[2];
	struct puppet *srv, *clt;	/* on nodes 1 and 0 */
};

FIXTURE_VARIANT(slow) {
	const char *transport;
	bool eth;
	const char *netem;
	long bytes;
	int keepalive;
};

/* A frame takes as long as the whole keep-alive. */
FIXTURE_VARIANT_ADD(slow, tcp_512_kbit) {
	.transport = "tcp", .netem = "rate 512kbit", .bytes = 1048576,
	.keepalive = 1000,
};

FIXTURE_VARIANT_ADD(slow, tcp_64_kbit) {
	.transport = "tcp", .netem = "rate 64kbit", .bytes = 196608,
	.keepalive = 2000,
};

FIXTURE_VARIANT_ADD(slow, udp_512_kbit) {
	.transport = "udp", .netem = "rate 512kbit", .bytes = 1048576,
	.keepalive = 1000,
};

FIXTURE_VARIANT_ADD(slow, udp_loses) {
	.transport = "udp", .netem = "loss 5% delay 5ms reorder 25% duplicate 2%",
	.bytes = 1048576, .keepalive = 5000,
};

FIXTURE_VARIANT_ADD(slow, eth_loses) {
	.transport = "eth --device eth0", .eth = true,
	.netem = "loss 5% delay 5ms reorder 25% duplicate 2%",
	.bytes = 1048576, .keepalive = 5000,
};

static void offload(const char *how)
{
	if (run("ip netns exec n0 ethtool -K eth0 tso %s gso %s >/dev/null",
		how, how))
		die("no ethtool");
}

static void mac_of(int node, char *text, int size)
{
	char path[64];
	FILE *f;

	snprintf(path, sizeof(path),
		 "/run/dvk-test/n%d/class/net/eth0/address", node);
	f = fopen(path, "r");
	if (!f || !fgets(text, size, f))
		die("%s: %m", path);
	fclose(f);
	text[strcspn(text, "\n")] = 0;
}

static void start(struct __test_metadata *_metadata, SELF_OF(slow),
		  const char *way, bool eth, int keepalive)
{
	char address[2][64];
	int n;

	for (n = 0; n < 2; n++) {
		snprintf(address[n], sizeof(address[n]), "10.10.0.%d", n + 1);
		if (eth)
			mac_of(n, address[n], sizeof(address[n]));
	}
	/* Not the port where the kernel's proxies for node 2 are. */
	for (n = 0; n < 2; n++)
		self->program[n] = proxy_start(n, ARGS, way, keepalive, !n,
					       address[!n]);
	ASSERT_TRUE(peer_state(1, 0, "up", LATE));
	ASSERT_TRUE(peer_state(0, 1, "up", LATE));
}

FIXTURE_SETUP(slow)
{
	cluster_up();
	if (run("tc qdisc replace dev veth-n1 root netem delay 0 2>/dev/null"))
		SKIP_TEST("no netem");
	link_netem(1, NULL);
	/* A real line has no frames of 64 KiB, which take seconds each. */
	offload("off");
	kernel_proxies(false);
	self->dcid = dc_new(3);
	self->srv = puppet_bound(1, self->dcid, SRV);
	self->clt = puppet_bound(0, self->dcid, CLT);
	start(_metadata, self, variant->transport, variant->eth,
	      variant->keepalive);
	ASSERT_TRUE(proc_flags(0, self->dcid, SRV, DVK_RTS_REMOTE, 0));
	ASSERT_TRUE(proc_flags(1, self->dcid, CLT, DVK_RTS_REMOTE, 0));
	/* Of what goes to node 1. */
	link_netem(1, variant->netem);
}

FIXTURE_TEARDOWN(slow)
{
	int n;

	links_mend();
	offload("on");
	for (n = 0; n < 2; n++)
		if (self->program[n])
			EXPECT_EQ(0, proxy_stop(self->program[n]));
	puppets_end();
	kernel_proxies(true);
	dc_drop(self->dcid);
	if (!cluster_whole(LATE))
		die("the cluster does not come up again");
}

TEST_F_TIMEOUT(slow, copy, 150)
{
	long reconnects = attr_long(0, "peers/1/reconnects");
	char *cbuf = puppet_map(self->clt, variant->bytes);
	char *sbuf = puppet_map(self->srv, variant->bytes);
	int i;

	puppet_fill(self->clt, cbuf, variant->bytes, 5);
	begin(self->clt, OP_SENDREC, SRV, FOREVER);
	ASSERT_EQ(0, act(self->srv, OP_RCVRQST, 0, FOREVER));
	begin_call(self->srv, OP_VCOPY, CLT, (long)cbuf, SELF, (long)sbuf,
		   variant->bytes);
	EXPECT_EQ(0, end_within(self->srv, 120000));
	EXPECT_EQ(-1, puppet_check(self->srv, sbuf, variant->bytes, 5));
	ASSERT_EQ(0, act(self->srv, OP_REPLY, CLT, FOREVER));
	ASSERT_EQ(0, end(self->clt));
	for (i = 0; i < 10; i++) {
		begin(self->clt, OP_SENDREC, SRV, FOREVER);
		ASSERT_EQ(0, act(self->srv, OP_RCVRQST, 0, FOREVER));
		ASSERT_EQ(0, act(self->srv, OP_REPLY, CLT, FOREVER));
		ASSERT_EQ(0, end(self->clt));
	}
	EXPECT_EQ(reconnects, attr_long(0, "peers/1/reconnects"));
	EXPECT_EQ(0, proxy_said(0, "connection lost"));
	EXPECT_EQ(0, proxy_said(1, "connection lost"));
}

TEST_HARNESS_MAIN
