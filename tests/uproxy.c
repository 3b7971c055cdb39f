// SPDX-License-Identifier: GPL-2.0
/*
 * Proxies in user space: the calls, their errors, hostile frames, and proxies
 * that die. The pair under test leads from node 0 to a node 5 that the test
 * plays itself: it looks at each frame that the sender fetches, and makes up
 * those that the receiver delivers.
 */
#include "kselftest_harness.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <sys/wait.h>

#include "cluster.h"
#include "puppet.h"
#include "util.h"

#define FAR	5		/* the node, and the pair that leads there */
#define SRV	10		/* an endpoint there */
#define CLT	100		/* one here */
#define FOREVER	TIMEOUT_FOREVER
#define MAX	((long)MAXCOPYBUF)

/* --- what the proxies do when told ---------------------------------------- */

static struct puppet_page *page_of(const long *a)
{
	return (void *)((char *)a - offsetof(struct puppet_page, a));
}

static proxy_payload_t payload;

/* a: timeout, address of the header or 0, address of the payload or 0 */
static long fn_get(const long *a)
{
	return dvk_get2rmt_T(a[1] ? a[1] : (long)page_of(a)->data,
			     a[2] ? a[2] : (long)&payload, a[0]);
}

/* a: timeout. The pid that the payload tells of. */
static long fn_get_info(const long *a)
{
	const proc_usr_t *p = (const proc_usr_t *)payload.pay_data;
	long ret = dvk_get2rmt_T((long)page_of(a)->data, (long)&payload, a[0]);

	return ret ? ret : p->p_lpid;
}

/* a: address of the payload or 0 */
static long fn_put(const long *a)
{
	return dvk_put2lcl(page_of(a)->data, a[0] ? a[0] : (long)&payload);
}

/* a: pair, status */
static long fn_conn(const long *a)
{
	return dvk_proxy_conn(a[0], a[1]);
}

static long fn_wait_bound(const long *a)
{
	return dvk_wait4bind_T(a[0]);
}

/* a: which call; none may be made without rights */
static long fn_unprivileged(const long *a)
{
	switch (a[0]) {
	case 0:
		return dvk_proxies_bind("px", FAR + 1, a[1], a[2], MAX);
	case 1:
		return dvk_proxies_unbind(FAR);
	case 2:
		return dvk_node_up("far", FAR + 1, FAR);
	case 3:
		return dvk_node_down(FAR);
	default:
		return dvk_proxy_conn(FAR, CONNECT_SPROXY);
	}
}

#define run_in(p, f, ...) ({						\
	(p)->page->fn = (f);						\
	call(p, OP_FN, __VA_ARGS__);					\
})
#define begin_in(p, f, ...) ({						\
	(p)->page->fn = (f);						\
	begin_call(p, OP_FN, __VA_ARGS__);				\
})

/* The header that a proxy has fetched or is about to deliver. */
static cmd_t *header(struct puppet *p)
{
	return (cmd_t *)p->page->data;
}

/* --- the scene ------------------------------------------------------------- */

/* The pair, and a client that calls the node. */
struct scene {
	int dcid;
	struct puppet *s, *r, *clt;
};

static long bind_pair(struct scene *self)
{
	return dvk_proxies_bind("px-far", FAR, self->s->tid, self->r->tid, MAX);
}

/* A pair that is bound, leads to the node and is connected. */
static void whole(struct __test_metadata *_metadata, struct scene *self)
{
	ASSERT_EQ(0, bind_pair(self));
	ASSERT_EQ(0, dvk_node_up("far", FAR, FAR));
	ASSERT_EQ(0, dvk_proxy_conn(FAR, CONNECT_SPROXY));
	ASSERT_EQ(0, dvk_proxy_conn(FAR, CONNECT_RPROXY));
	ASSERT_EQ(0, dvk_add_node(self->dcid, FAR));
	ASSERT_EQ(SRV, dvk_rmtbind(self->dcid, "server", SRV, FAR));
}

static void scene_begin(struct scene *self)
{
	cluster_up();
	self->dcid = dc_new(1);
	self->s = puppet_new(0);
	self->r = puppet_new(0);
	self->clt = puppet_bound(0, self->dcid, CLT);
	at_node(0);
}

static void scene_end(struct scene *self)
{
	puppets_end();
	at_node(0);
	dvk_node_down(FAR);
	dvk_node_down(FAR + 1);
	attr_write(0, "del_peer", "%d", FAR + 2);
	dvk_proxies_unbind(FAR);
	dvk_proxies_unbind(FAR + 1);
	dvk_proxies_unbind(FAR + 2);
	dc_drop(self->dcid);
}

FIXTURE(uproxy) {
	struct scene scene;
};

FIXTURE_SETUP(uproxy)
{
	scene_begin(&self->scene);
}

FIXTURE_TEARDOWN(uproxy)
{
	scene_end(&self->scene);
}

/* The next frame that is not about what is bound. */
static long fetch(struct scene *self)
{
	long ret;

	do {
		ret = run_in(self->s, fn_get, 2000, 0, 0);
	} while (!ret && (header(self->s)->c_cmd == CMD_PROCBIND ||
			  header(self->s)->c_cmd == CMD_PROCUNBIND));
	return ret;
}

/* An answer to the frame that the sender has fetched. */
static cmd_t *answer(struct scene *self, int code)
{
	const cmd_t *q = header(self->s);
	cmd_t *cmd = header(self->r);

	memset(cmd, 0, sizeof(*cmd));
	cmd->c_magic = q->c_magic;
	cmd->c_version = q->c_version;
	cmd->c_hdrlen = q->c_hdrlen;
	cmd->c_cmd = code;
	cmd->c_dcid = q->c_dcid;
	cmd->c_src = q->c_dst;
	cmd->c_dst = q->c_src;
	cmd->c_snode = FAR;
	cmd->c_id = q->c_id;
	cmd->c_dst_inc = q->c_src_inc;
	cmd->c_src_inc = 77;
	return cmd;
}

/* --- the calls ------------------------------------------------------------- */

TEST_F(uproxy, proxies_bind)
{
	struct puppet *p = puppet_new(0);
	long s = self->scene.s->tid, r = self->scene.r->tid;

	EXPECT_EQ(EDVSBADPROXY, dvk_proxies_bind("px", -1, s, r, MAX));
	EXPECT_EQ(EDVSBADPROXY, dvk_proxies_bind("px", DVK_NR_NODES, s, r, MAX));
	EXPECT_EQ(EDVSNAMESIZE, dvk_proxies_bind("sixteen-letters!", FAR, s, r,
						 MAX));
	EXPECT_EQ(EDVSRANGE, dvk_proxies_bind("px", FAR, s, r, 511));
	EXPECT_EQ(EDVSRANGE, dvk_proxies_bind("px", FAR, s, r, MAX + 1));
	EXPECT_EQ(EDVSBADPID, dvk_proxies_bind("px", FAR, 0, r, MAX));
	EXPECT_EQ(EDVSBADPID, dvk_proxies_bind("px", FAR, s, -1, MAX));
	EXPECT_EQ(EDVSBADPID, dvk_proxies_bind("px", FAR, s, s, MAX));
	EXPECT_EQ(EDVSBADPID, dvk_proxies_bind("px", FAR, s, 1 << 22, MAX));
	/* The number of a node that the kernel's proxies lead to. */
	EXPECT_EQ(EDVSPROXYRUN, dvk_proxies_bind("px", 1, s, r, MAX));
	EXPECT_EQ(EDVSPROCRUN, dvk_proxies_bind("px", FAR, s, self->scene.clt->tid,
						MAX));
	/* The other half of what failed is free. */
	ASSERT_EQ(0, dvk_proxies_bind("fifteen-letters", FAR, s, r, 512));
	EXPECT_EQ(EDVSPROXYRUN, dvk_proxies_bind("px", FAR, p->tid,
						 self->scene.clt->tid, MAX));
	EXPECT_EQ(EDVSPROCRUN, dvk_proxies_bind("px", FAR + 1, s, p->tid, MAX));
	EXPECT_EQ(EDVSPROCRUN, dvk_proxies_bind("px", FAR + 1, p->tid, r, MAX));
	EXPECT_EQ(0, dvk_proxies_unbind(FAR));
	EXPECT_EQ(EDVSPROXYFREE, dvk_proxies_unbind(FAR));
	EXPECT_EQ(EDVSBADPROXY, dvk_proxies_unbind(-1));
	EXPECT_EQ(EDVSBADPROXY, dvk_proxies_unbind(DVK_NR_NODES));
	EXPECT_EQ(EDVSBADPROXY, dvk_proxies_unbind(1));
	EXPECT_EQ(0, bind_pair(&self->scene));
}

TEST_F(uproxy, no_rights)
{
	struct puppet *p = puppet_new(0);

	whole(_metadata, &self->scene);
	ASSERT_EQ(0, call(p, OP_SETUID, 65534));
	EXPECT_EQ(EDVSPERM, run_in(p, fn_unprivileged, 0, p->tid, p->tid));
	EXPECT_EQ(EDVSPERM, run_in(p, fn_unprivileged, 1));
	EXPECT_EQ(EDVSPERM, run_in(p, fn_unprivileged, 2));
	EXPECT_EQ(EDVSPERM, run_in(p, fn_unprivileged, 3));
	EXPECT_EQ(EDVSPRIVILEGES, run_in(p, fn_unprivileged, 4));
	/* A proxy may speak of its own pair. */
	ASSERT_EQ(0, call(self->scene.s, OP_SETUID, 65534));
	EXPECT_EQ(0, run_in(self->scene.s, fn_conn, FAR, DISCONNECT_SPROXY));
	EXPECT_EQ(EDVSPRIVILEGES,
		  run_in(self->scene.s, fn_conn, FAR + 1, DISCONNECT_SPROXY));
}

/* The proxies wait for what their parent does. */
TEST_F(uproxy, wait_for_bind)
{
	EXPECT_EQ(EDVSTIMEDOUT, run_in(self->scene.s, fn_wait_bound, 50));
	begin_in(self->scene.s, fn_wait_bound, FOREVER);
	begin_in(self->scene.r, fn_wait_bound, FOREVER);
	ASSERT_TRUE(puppet_sleeps(self->scene.s));
	ASSERT_TRUE(puppet_sleeps(self->scene.r));
	ASSERT_EQ(0, bind_pair(&self->scene));
	EXPECT_EQ(NONE, end(self->scene.s));
	EXPECT_EQ(NONE, end(self->scene.r));
}

TEST_F(uproxy, node_up_and_down)
{
	node_usr_t n;

	EXPECT_EQ(EDVSBADNODEID, dvk_node_up("far", -1, FAR));
	EXPECT_EQ(EDVSBADNODEID, dvk_node_up("far", 0, FAR));
	EXPECT_EQ(EDVSBADNODEID, dvk_node_up("far", DVK_NR_NODES, FAR));
	EXPECT_EQ(EDVSBADPROXY, dvk_node_up("far", FAR, DVK_NR_NODES));
	EXPECT_EQ(EDVSPROXYFREE, dvk_node_up("far", FAR, FAR));
	/* Nothing has come of that. */
	EXPECT_EQ(EDVSNODEFREE, dvk_getnodeinfo(FAR, &n));
	ASSERT_EQ(0, bind_pair(&self->scene));
	EXPECT_EQ(EDVSNAMESIZE, dvk_node_up("sixteen-letters!", FAR, FAR));
	ASSERT_EQ(0, dvk_node_up("far", FAR, FAR));
	ASSERT_EQ(FAR, dvk_getnodeinfo(FAR, &n));
	EXPECT_STREQ("far", n.n_name);
	EXPECT_EQ(FAR, n.n_proxies);
	EXPECT_EQ(NODE_ATTACHED, n.n_flags);
	EXPECT_TRUE(attr_is(0, "peers/5/transport", "user"));
	EXPECT_EQ(EDVSNODEBUSY, dvk_node_up("far", FAR, FAR));
	EXPECT_EQ(EDVSPROXYRUN, dvk_node_up("other", FAR + 1, FAR));
	EXPECT_EQ(EDVSNODEFREE, dvk_getnodeinfo(FAR + 1, &n));
	/* Peers of the kernel's proxies are up by themselves. */
	EXPECT_EQ(EDVSNODEBUSY, dvk_node_up("node1", 1, 1));
	EXPECT_EQ(EDVSBADPROXY, dvk_node_up("node1", 1, FAR));

	EXPECT_EQ(EDVSBADNODEID, dvk_node_down(-1));
	EXPECT_EQ(EDVSBADNODEID, dvk_node_down(0));
	EXPECT_EQ(EDVSNODEFREE, dvk_node_down(FAR + 2));
	ASSERT_EQ(0, dvk_add_node(self->scene.dcid, FAR));
	ASSERT_EQ(0, dvk_node_down(FAR));
	EXPECT_EQ(EDVSNODEFREE, dvk_node_down(FAR));
	EXPECT_EQ(EDVSNODEFREE, dvk_add_node(self->scene.dcid, FAR));
	/* The pair is there still. */
	EXPECT_EQ(0, dvk_node_up("far", FAR, FAR));
}

/* A node that is configured for kernel proxies, but down. */
TEST_F(uproxy, node_up_of_kernel_proxies)
{
	const int peer = FAR + 2;

	ASSERT_EQ(0, attr_write(0, "new_peer", "%d", peer));
	EXPECT_EQ(EDVSADDRNOTAVAIL, dvk_node_up(NULL, peer, peer));
	ASSERT_EQ(0, attr_write(0, "peers/7/address", "10.10.0.99"));
	EXPECT_EQ(EDVSPERM, dvk_node_up(NULL, peer, peer));
	ASSERT_EQ(0, attr_write(0, "peers/7/insecure", "1"));
	EXPECT_EQ(0, dvk_node_up(NULL, peer, peer));
	EXPECT_TRUE(attr_is(0, "peers/7/enabled", "1"));
	EXPECT_EQ(EDVSNODEBUSY, dvk_node_up(NULL, peer, peer));
	EXPECT_EQ(0, dvk_node_down(peer));
	/* Programs do not bring them up in the belief to lead there. */
	ASSERT_EQ(0, dvk_proxies_bind("px", peer, self->scene.s->tid,
				      self->scene.r->tid, MAX));
	EXPECT_EQ(EDVSBADPROXY, dvk_node_up(NULL, peer, peer));
	EXPECT_TRUE(attr_is(0, "peers/7/enabled", "0"));
	EXPECT_EQ(0, dvk_proxies_unbind(peer));
}

TEST_F(uproxy, proxy_conn)
{
	node_usr_t n;

	EXPECT_EQ(EDVSBADPROXY, dvk_proxy_conn(-1, CONNECT_SPROXY));
	EXPECT_EQ(EDVSBADPROXY, dvk_proxy_conn(1, CONNECT_SPROXY));
	EXPECT_EQ(EDVSPROXYFREE, dvk_proxy_conn(FAR, CONNECT_SPROXY));
	ASSERT_EQ(0, bind_pair(&self->scene));
	EXPECT_EQ(EDVSBADVALUE, dvk_proxy_conn(FAR, 0));
	EXPECT_EQ(EDVSBADVALUE, dvk_proxy_conn(FAR, 5));
	EXPECT_EQ(EDVSNOTCONN, dvk_proxy_conn(FAR, DISCONNECT_SPROXY));
	EXPECT_EQ(EDVSNOTCONN, dvk_proxy_conn(FAR, DISCONNECT_RPROXY));
	/* It may come before the node. */
	EXPECT_EQ(0, dvk_proxy_conn(FAR, CONNECT_SPROXY));
	EXPECT_EQ(EDVSPROXYRUN, dvk_proxy_conn(FAR, CONNECT_SPROXY));
	ASSERT_EQ(0, dvk_node_up("far", FAR, FAR));
	ASSERT_EQ(FAR, dvk_getnodeinfo(FAR, &n));
	EXPECT_EQ(NODE_ATTACHED | NODE_SCONNECTED, n.n_flags);
	EXPECT_TRUE(attr_is(0, "peers/5/state", "connecting"));
	/* The second one makes the connection. */
	EXPECT_EQ(0, dvk_proxy_conn(FAR, CONNECT_RPROXY));
	ASSERT_EQ(FAR, dvk_getnodeinfo(FAR, &n));
	EXPECT_EQ(NODE_ATTACHED | NODE_SCONNECTED | NODE_RCONNECTED, n.n_flags);
	EXPECT_TRUE(peer_state(0, FAR, "up", SOON));
	EXPECT_EQ(0, dvk_proxy_conn(FAR, DISCONNECT_SPROXY));
	EXPECT_TRUE(attr_is(0, "peers/5/state", "connecting"));
	ASSERT_EQ(FAR, dvk_getnodeinfo(FAR, &n));
	EXPECT_EQ(NODE_ATTACHED | NODE_RCONNECTED, n.n_flags);
	EXPECT_EQ(0, dvk_proxy_conn(FAR, CONNECT_SPROXY));
	EXPECT_TRUE(peer_state(0, FAR, "up", SOON));
	/* Switched off, the node cannot be connected to. */
	ASSERT_EQ(0, attr_write(0, "peers/5/enabled", "0"));
	EXPECT_EQ(EDVSNODEFREE, dvk_proxy_conn(FAR, CONNECT_SPROXY));
	ASSERT_EQ(0, attr_write(0, "peers/5/enabled", "1"));
	EXPECT_EQ(0, dvk_proxy_conn(FAR, CONNECT_SPROXY));
	EXPECT_EQ(0, dvk_proxy_conn(FAR, CONNECT_RPROXY));
	EXPECT_TRUE(peer_state(0, FAR, "up", SOON));
}

TEST_F(uproxy, getproxyinfo)
{
	unsigned long proxy = 1UL << MIS_BIT_PROXY;
	unsigned long kthread = 1UL << MIS_BIT_KTHREAD;
	unsigned long connected = 1UL << MIS_BIT_CONNECTED;
	proc_usr_t s, r;
	char text[4096];

	EXPECT_EQ(EDVSBADPROXY, dvk_getproxyinfo(-1, &s, &r));
	EXPECT_EQ(EDVSBADPROXY, dvk_getproxyinfo(DVK_NR_NODES, &s, &r));
	EXPECT_EQ(EDVSPROXYFREE, dvk_getproxyinfo(FAR, &s, &r));
	EXPECT_EQ(EDVSFAULT, dvk_getproxyinfo(FAR, NULL, &r));
	ASSERT_EQ(0, bind_pair(&self->scene));
	ASSERT_EQ(0, dvk_getproxyinfo(FAR, &s, &r));
	EXPECT_EQ(self->scene.s->tid, s.p_lpid);
	EXPECT_EQ(self->scene.r->tid, r.p_lpid);
	EXPECT_EQ(FAR, s.p_nr);
	EXPECT_EQ(NONE, s.p_endpoint);
	EXPECT_EQ(proxy, s.p_misc_flags);
	ASSERT_EQ(0, dvk_proxy_conn(FAR, CONNECT_RPROXY));
	ASSERT_EQ(0, dvk_getproxyinfo(FAR, &s, &r));
	EXPECT_EQ(proxy, s.p_misc_flags);
	EXPECT_EQ(proxy | connected, r.p_misc_flags);
	ASSERT_LT(0, node_read(0, "/proc/dvs/proxies/info", text, sizeof(text)));
	EXPECT_NE(NULL, strstr(text, "px-far"));
	/* The kernel's own. */
	ASSERT_EQ(0, dvk_getproxyinfo(1, &s, &r));
	EXPECT_EQ(proxy | connected | kthread, s.p_misc_flags);
	EXPECT_EQ(proxy | connected | kthread, r.p_misc_flags);
	EXPECT_STREQ("tcp-1", s.p_name);
	/* One whose tasks are gone is, too. */
	puppet_kill(self->scene.s);
	ASSERT_EQ(0, dvk_getproxyinfo(FAR, &s, &r));
	EXPECT_EQ(-1, s.p_lpid);
	EXPECT_EQ(self->scene.r->tid, r.p_lpid);
	puppet_kill(self->scene.r);
	EXPECT_EQ(EDVSPROXYFREE, dvk_getproxyinfo(FAR, &s, &r));
}

TEST_F(uproxy, get2rmt)
{
	const cmd_t *cmd = header(self->scene.s);
	dvs_usr_t dvs;

	EXPECT_EQ(EDVSNOTBIND, run_in(self->scene.s, fn_get, 0, 0, 0));
	EXPECT_EQ(EDVSNOTBIND, run_in(self->scene.clt, fn_get, 0, 0, 0));
	ASSERT_EQ(0, bind_pair(&self->scene));
	EXPECT_EQ(EDVSNOTCONN, run_in(self->scene.s, fn_get, 1000, 0, 0));
	EXPECT_EQ(EDVSBADPROXY, run_in(self->scene.r, fn_get, 1000, 0, 0));
	ASSERT_EQ(0, dvk_proxy_conn(FAR, CONNECT_SPROXY));
	/* It waits for the node, too. */
	EXPECT_EQ(EDVSAGAIN, run_in(self->scene.s, fn_get, 0, 0, 0));
	begin_in(self->scene.s, fn_get, FOREVER, 0, 0);
	ASSERT_TRUE(puppet_sleeps(self->scene.s));
	ASSERT_EQ(0, dvk_node_up("far", FAR, FAR));
	ASSERT_EQ(0, dvk_proxy_conn(FAR, CONNECT_RPROXY));
	ASSERT_EQ(0, dvk_add_node(self->scene.dcid, FAR));
	/* What is bound here is told first. */
	EXPECT_EQ(0, end(self->scene.s));
	EXPECT_EQ(CMD_PROCBIND, cmd->c_cmd);
	EXPECT_EQ(CLT, cmd->c_src);
	EXPECT_EQ(0, cmd->c_snode);
	EXPECT_EQ(FAR, cmd->c_dnode);
	/* Then comes nothing, which is the cue for a HELLO. */
	EXPECT_EQ(EDVSTIMEDOUT, fetch(&self->scene));
	EXPECT_EQ(CMD_HELLO, cmd->c_cmd);
	EXPECT_EQ(DVK_WIRE_MAGIC, cmd->c_magic);
	EXPECT_EQ(FAR, cmd->c_dnode);
	EXPECT_EQ(0, dvk_getdvsinfo(&dvs));
	EXPECT_STREQ(dvs.d_name, cmd->c_hello.h_cluster);
	EXPECT_EQ(EDVSAGAIN, run_in(self->scene.s, fn_get, 0, 0, 0));

	begin_in(self->scene.s, fn_get, FOREVER, 0, 0);
	ASSERT_TRUE(puppet_sleeps(self->scene.s));
	ASSERT_EQ(0, dvk_proxy_conn(FAR, DISCONNECT_SPROXY));
	EXPECT_EQ(EDVSNOTCONN, end(self->scene.s));
	ASSERT_EQ(0, dvk_proxy_conn(FAR, CONNECT_SPROXY));
	/* The node tells again what is bound, when it has the connection. */
	EXPECT_EQ(0, run_in(self->scene.s, fn_get, FOREVER, 0, 0));
	EXPECT_EQ(CMD_PROCBIND, cmd->c_cmd);
	EXPECT_EQ(CLT, cmd->c_src);
	begin_in(self->scene.s, fn_get, FOREVER, 0, 0);
	ASSERT_TRUE(puppet_sleeps(self->scene.s));
	ASSERT_EQ(0, dvk_proxies_unbind(FAR));
	EXPECT_EQ(EDVSSHUTDOWN, end(self->scene.s));
	EXPECT_EQ(EDVSNOTBIND, run_in(self->scene.s, fn_get, 0, 0, 0));
}

/* A signal ends the wait, and no frame is lost. */
TEST_F(uproxy, get2rmt_signal_and_fault)
{
	whole(_metadata, &self->scene);
	EXPECT_EQ(EDVSTIMEDOUT, fetch(&self->scene));
	ASSERT_EQ(0, call(self->scene.s, OP_CATCH, SIGUSR1, 0));
	begin_in(self->scene.s, fn_get, FOREVER, 0, 0);
	ASSERT_TRUE(puppet_sleeps(self->scene.s));
	puppet_signal(self->scene.s, SIGUSR1);
	EXPECT_EQ(EDVSINTR, end(self->scene.s));

	say(self->scene.clt, 9, 4711);
	begin(self->scene.clt, OP_SENDREC, SRV, FOREVER);
	ASSERT_TRUE(puppet_sleeps(self->scene.clt));
	EXPECT_EQ(EDVSFAULT, run_in(self->scene.s, fn_get, 1000, 8, 0));
	EXPECT_EQ(0, run_in(self->scene.s, fn_get, 1000, 0, 0));
	EXPECT_EQ(CMD_SNDREC_MSG, header(self->scene.s)->c_cmd);
	EXPECT_EQ(4711, header(self->scene.s)->c_msg.m1_i1);
	answer(&self->scene, CMD_REPLY_MSG)->c_msg.m1_i1 = 4712;
	EXPECT_EQ(0, run_in(self->scene.r, fn_put, 0));
	EXPECT_EQ(0, end(self->scene.clt));
	EXPECT_EQ(4712, heard(self->scene.clt)->m1_i1);
	EXPECT_EQ(SRV, heard(self->scene.clt)->m_source);
}

/* --- traffic --------------------------------------------------------------- */

/* What cannot be delivered is answered, as by a kernel proxy. */
TEST_F(uproxy, put2lcl)
{
	cmd_t *cmd;

	EXPECT_EQ(EDVSNOTBIND, run_in(self->scene.r, fn_put, 0));
	ASSERT_EQ(0, bind_pair(&self->scene));
	EXPECT_EQ(EDVSBADPROXY, run_in(self->scene.s, fn_put, 0));
	EXPECT_EQ(EDVSNOTCONN, run_in(self->scene.r, fn_put, 0));
	ASSERT_EQ(0, dvk_proxies_unbind(FAR));

	whole(_metadata, &self->scene);
	begin(self->scene.clt, OP_SEND, SRV, FOREVER);
	ASSERT_EQ(0, fetch(&self->scene));
	EXPECT_EQ(CMD_SEND_MSG, header(self->scene.s)->c_cmd);
	answer(&self->scene, CMD_SEND_ACK);
	EXPECT_EQ(0, run_in(self->scene.r, fn_put, 0));
	EXPECT_EQ(0, end(self->scene.clt));
	/* The same once more is stale, not bad. */
	EXPECT_EQ(0, run_in(self->scene.r, fn_put, 0));
	/* A request to nobody. */
	cmd = answer(&self->scene, CMD_SNDREC_MSG);
	cmd->c_dst = CLT + 1;
	cmd->c_dst_inc = 0;
	cmd->c_id = 33;
	EXPECT_EQ(0, run_in(self->scene.r, fn_put, 0));
	ASSERT_EQ(0, fetch(&self->scene));
	EXPECT_EQ(CMD_SNDREC_ACK, header(self->scene.s)->c_cmd);
	EXPECT_EQ(33, header(self->scene.s)->c_id);
	EXPECT_EQ(EDVSDEADSRCDST, header(self->scene.s)->c_rcode);
	/* A HELLO is answered, nothing is a sign of life. */
	answer(&self->scene, CMD_HELLO);
	EXPECT_EQ(0, run_in(self->scene.r, fn_put, 0));
	ASSERT_EQ(0, fetch(&self->scene));
	EXPECT_EQ(CMD_HELLO | CMD_ACKNOWLEDGE, header(self->scene.s)->c_cmd);
	answer(&self->scene, CMD_NONE);
	EXPECT_EQ(0, run_in(self->scene.r, fn_put, 0));
	EXPECT_EQ(EDVSTIMEDOUT, fetch(&self->scene));
}

/* A frame that arrives before the way back stands waits for it. */
TEST_F(uproxy, put2lcl_waits_for_the_sender)
{
	whole(_metadata, &self->scene);
	begin(self->scene.clt, OP_RECEIVE, SRV, FOREVER);
	EXPECT_EQ(EDVSTIMEDOUT, fetch(&self->scene));
	ASSERT_EQ(0, dvk_proxy_conn(FAR, DISCONNECT_SPROXY));
	EXPECT_EQ(EDVSNOTCONN, end(self->scene.clt));
	begin(self->scene.clt, OP_RECEIVE, ANY, FOREVER);
	answer(&self->scene, CMD_NTFY_MSG);
	header(self->scene.r)->c_dcid = self->scene.dcid;
	header(self->scene.r)->c_src = SRV;
	header(self->scene.r)->c_dst = CLT;
	header(self->scene.r)->c_dst_inc = 0;
	begin_in(self->scene.r, fn_put, 0);
	ASSERT_TRUE(puppet_sleeps(self->scene.r));
	ASSERT_EQ(0, dvk_proxy_conn(FAR, CONNECT_SPROXY));
	EXPECT_EQ(0, end(self->scene.r));
	EXPECT_EQ(0, end(self->scene.clt));
	EXPECT_EQ(NOTIFY_FROM(SRV), heard(self->scene.clt)->m_type);
	/* But not for ever. */
	ASSERT_EQ(0, dvk_proxy_conn(FAR, DISCONNECT_SPROXY));
	begin_in(self->scene.r, fn_put, 0);
	EXPECT_EQ(EDVSNOTCONN, end_within(self->scene.r, LATE));
}

/* What is a program's own may hold anything, and the answer comes all the same. */
TEST_F(uproxy, own_fields)
{
	cmd_t *cmd;

	whole(_metadata, &self->scene);
	begin(self->scene.clt, OP_SENDREC, SRV, FOREVER);
	ASSERT_EQ(0, fetch(&self->scene));
	cmd = header(self->scene.s);
	EXPECT_EQ(CMD_SNDREC_MSG, cmd->c_cmd);
	EXPECT_EQ(0, cmd->c_flags);
	EXPECT_EQ(0, cmd->c_snd_seq);
	EXPECT_EQ(0, cmd->c_ack_seq);
	EXPECT_EQ(0, cmd->c_batch_nr);
	cmd = answer(&self->scene, CMD_REPLY_MSG);
	cmd->c_flags = ~0U;
	cmd->c_snd_seq = 4711;
	cmd->c_ack_seq = 4712;
	cmd->c_batch_nr = 25;
	cmd->c_len = 24 * sizeof(cmd_t);
	EXPECT_EQ(0, run_in(self->scene.r, fn_put, 8));
	EXPECT_EQ(0, end(self->scene.clt));
}

/* What a node tells a program of one of its processes. */
TEST_F(uproxy, procinfo)
{
	cmd_t *cmd;

	whole(_metadata, &self->scene);
	EXPECT_EQ(EDVSTIMEDOUT, fetch(&self->scene));
	cmd = answer(&self->scene, CMD_PROCINFO);
	cmd->c_dcid = self->scene.dcid;
	cmd->c_dst = CLT;
	cmd->c_id = 9;
	EXPECT_EQ(0, run_in(self->scene.r, fn_put, 0));
	EXPECT_EQ(self->scene.clt->tid, run_in(self->scene.s, fn_get_info, 2000));
	cmd = header(self->scene.s);
	EXPECT_EQ(CMD_PROCINFO | CMD_ACKNOWLEDGE, cmd->c_cmd);
	EXPECT_EQ(9, cmd->c_id);
	EXPECT_EQ(0, cmd->c_rcode);
	EXPECT_EQ(sizeof(proc_usr_t), cmd->c_len);
	/* Its answer there is nobody's wait. */
	answer(&self->scene, CMD_PROCINFO | CMD_ACKNOWLEDGE)->c_len = 128;
	EXPECT_EQ(0, run_in(self->scene.r, fn_put, 0));
	/* A slot that there is not. */
	cmd = answer(&self->scene, CMD_PROCINFO);
	cmd->c_dcid = self->scene.dcid;
	cmd->c_dst = 60000;
	EXPECT_EQ(0, run_in(self->scene.r, fn_put, 0));
	ASSERT_EQ(0, fetch(&self->scene));
	EXPECT_EQ(CMD_PROCINFO | CMD_ACKNOWLEDGE, header(self->scene.s)->c_cmd);
	EXPECT_EQ(EDVSBADPROC, header(self->scene.s)->c_rcode);
}

enum spoil {
	MAGIC, VERSION, HDRLEN, CODE, NODE_FROM, NODE_TO, DCID, LENGTH,
	FLAGS, RCODE, RANGE, OFFSET, NR_SPOILS
};

static void spoil(cmd_t *cmd, enum spoil how)
{
	switch (how) {
	case MAGIC:
		cmd->c_magic ^= 1;
		break;
	case VERSION:
		cmd->c_version++;
		break;
	case HDRLEN:
		cmd->c_hdrlen = 8;
		break;
	case CODE:
		cmd->c_cmd = 0x1234;
		break;
	case NODE_FROM:
		cmd->c_snode = 1;
		break;
	case NODE_TO:
		cmd->c_dnode = FAR;
		break;
	case DCID:
		cmd->c_dcid = -1;
		break;
	case LENGTH:
		cmd->c_cmd = CMD_COPYIN_DATA;
		cmd->c_len = 0x7fffffff;
		break;
	case FLAGS:
		cmd->c_ctl = ~0U;
		break;
	case RCODE:
		cmd->c_rcode = 5;
		break;
	case RANGE:
		cmd->c_cmd = CMD_COPYIN_DATA;
		cmd->c_vcopy.v_total = 0x7fffffff;
		break;
	case OFFSET:
		cmd->c_cmd = CMD_COPYOUT_DATA;
		cmd->c_vcopy.v_total = 10;
		cmd->c_vcopy.v_offset = 11;
		break;
	default:
		break;
	}
}

/* A bad frame ends the connection: whom it was for does not wait for ever. */
TEST_F_TIMEOUT(uproxy, hostile_frames, 90)
{
	long bad = 0;
	node_usr_t n;
	int i;

	whole(_metadata, &self->scene);
	for (i = 0; i < NR_SPOILS; i++) {
		begin(self->scene.clt, OP_SENDREC, SRV, FOREVER);
		ASSERT_EQ(0, fetch(&self->scene));
		spoil(answer(&self->scene, CMD_SNDREC_ACK), i);
		bad = attr_long(0, "peers/5/bad_frames");
		EXPECT_EQ(EDVSBADREQUEST, run_in(self->scene.r, fn_put, 0))
			TH_LOG("spoilt in way %d", i);
		EXPECT_EQ(EDVSNOTCONN, end(self->scene.clt));
		EXPECT_EQ(bad + 1, attr_long(0, "peers/5/bad_frames"));
		ASSERT_EQ(FAR, dvk_getnodeinfo(FAR, &n));
		EXPECT_EQ(NODE_ATTACHED, n.n_flags);
		EXPECT_EQ(EDVSNOTCONN, run_in(self->scene.s, fn_get, 1000, 0, 0));
		EXPECT_EQ(EDVSNOTCONN, run_in(self->scene.r, fn_put, 0));
		ASSERT_EQ(0, dvk_proxy_conn(FAR, CONNECT_SPROXY));
		ASSERT_EQ(0, dvk_proxy_conn(FAR, CONNECT_RPROXY));
		/* With both halves the endpoints went. */
		ASSERT_EQ(SRV, dvk_rmtbind(self->scene.dcid, "server", SRV, FAR));
	}
	/* The program's own mistakes cost it nothing. */
	begin(self->scene.clt, OP_SENDREC, SRV, FOREVER);
	ASSERT_EQ(0, fetch(&self->scene));
	answer(&self->scene, CMD_COPYIN_DATA);
	header(self->scene.r)->c_len = 100;
	header(self->scene.r)->c_vcopy.v_total = 100;
	EXPECT_EQ(EDVSFAULT, run_in(self->scene.r, fn_put, 8));
	EXPECT_EQ(EDVSFAULT, run_in(self->scene.r, fn_put, -4096));
	EXPECT_FALSE(ended(self->scene.clt));
	answer(&self->scene, CMD_REPLY_MSG);
	EXPECT_EQ(0, run_in(self->scene.r, fn_put, 0));
	EXPECT_EQ(0, end(self->scene.clt));
	/* The other node takes leave. */
	answer(&self->scene, CMD_SHUTDOWN);
	EXPECT_EQ(EDVSSHUTDOWN, run_in(self->scene.r, fn_put, 0));
}

/* --- losses ---------------------------------------------------------------- */

FIXTURE(uproxy_loss) {
	struct scene scene;
	struct puppet *sent, *queued, *waits;
};

FIXTURE_VARIANT(uproxy_loss) {
	int sender, receiver;	/* which half goes, in that order */
	int kill;		/* or it only says so */
};

FIXTURE_VARIANT_ADD(uproxy_loss, sender_says) { .sender = 1 };
FIXTURE_VARIANT_ADD(uproxy_loss, receiver_says) { .receiver = 1 };
FIXTURE_VARIANT_ADD(uproxy_loss, both_say) { .sender = 1, .receiver = 1 };
FIXTURE_VARIANT_ADD(uproxy_loss, sender_killed) { .sender = 1, .kill = 1 };
FIXTURE_VARIANT_ADD(uproxy_loss, receiver_killed) { .receiver = 1, .kill = 1 };
FIXTURE_VARIANT_ADD(uproxy_loss, both_killed) {
	.sender = 1, .receiver = 1, .kill = 1
};

FIXTURE_SETUP(uproxy_loss)
{
	scene_begin(&self->scene);
	self->sent = self->scene.clt;
	self->queued = puppet_bound(0, self->scene.dcid, CLT + 1);
	self->waits = puppet_bound(0, self->scene.dcid, CLT + 2);
	at_node(0);
	whole(_metadata, &self->scene);
}

FIXTURE_TEARDOWN(uproxy_loss)
{
	scene_end(&self->scene);
}

TEST_F(uproxy_loss, all_in_flight_fails)
{
	proc_usr_t p;
	int both = variant->sender && variant->receiver;

	begin(self->sent, OP_SENDREC, SRV, FOREVER);
	ASSERT_EQ(0, fetch(&self->scene));
	EXPECT_EQ(CMD_SNDREC_MSG, header(self->scene.s)->c_cmd);
	begin(self->queued, OP_SEND, SRV, FOREVER);
	begin(self->waits, OP_RECEIVE, SRV, FOREVER);
	ASSERT_TRUE(puppet_sleeps(self->queued));
	ASSERT_TRUE(puppet_sleeps(self->waits));

	if (variant->sender && variant->kill)
		puppet_kill(self->scene.s);
	else if (variant->sender)
		EXPECT_EQ(0, dvk_proxy_conn(FAR, DISCONNECT_SPROXY));
	if (variant->receiver && variant->kill)
		puppet_kill(self->scene.r);
	else if (variant->receiver)
		EXPECT_EQ(0, dvk_proxy_conn(FAR, DISCONNECT_RPROXY));
	EXPECT_EQ(EDVSNOTCONN, end(self->sent));
	EXPECT_EQ(EDVSNOTCONN, end(self->queued));
	EXPECT_EQ(EDVSNOTCONN, end(self->waits));
	if (both) {
		/* The node's endpoints are unbound. */
		EXPECT_TRUE(proc_free(0, self->scene.dcid, SRV));
		EXPECT_EQ(EDVSDEADSRCDST, act(self->sent, OP_SENDREC, SRV, 0));
	} else {
		ASSERT_EQ(0, proc_info(0, self->scene.dcid, SRV, &p));
		EXPECT_EQ(FAR, p.p_nodeid);
		EXPECT_EQ(EDVSNOTCONN, act(self->sent, OP_SENDREC, SRV, 0));
	}

	/* It begins anew, and nothing of before comes. */
	if (variant->kill) {
		/* Who is left keeps the pair until it is unbound. */
		if (!both)
			EXPECT_EQ(EDVSPROXYRUN,
				  dvk_proxies_bind("px", FAR, self->sent->tid,
						   self->queued->tid, MAX));
		EXPECT_EQ(both ? EDVSPROXYFREE : 0, dvk_proxies_unbind(FAR));
		if (variant->sender)
			self->scene.s = puppet_new(0);
		if (variant->receiver)
			self->scene.r = puppet_new(0);
		ASSERT_EQ(0, bind_pair(&self->scene));
		ASSERT_EQ(0, dvk_node_up(NULL, FAR, FAR));
		ASSERT_EQ(0, dvk_proxy_conn(FAR, CONNECT_SPROXY));
		ASSERT_EQ(0, dvk_proxy_conn(FAR, CONNECT_RPROXY));
	} else {
		if (variant->sender)
			ASSERT_EQ(0, dvk_proxy_conn(FAR, CONNECT_SPROXY));
		if (variant->receiver)
			ASSERT_EQ(0, dvk_proxy_conn(FAR, CONNECT_RPROXY));
	}
	if (both || variant->kill)
		ASSERT_EQ(SRV, dvk_rmtbind(self->scene.dcid, "server", SRV,
					   FAR));
	/* A sender that has not been told yet is, once. */
	if (!variant->sender && !variant->kill)
		EXPECT_EQ(EDVSNOTCONN, fetch(&self->scene));
	EXPECT_EQ(EDVSTIMEDOUT, fetch(&self->scene));
	say(self->sent, 1, 5);
	begin(self->sent, OP_SENDREC, SRV, FOREVER);
	ASSERT_EQ(0, fetch(&self->scene));
	EXPECT_EQ(5, header(self->scene.s)->c_msg.m1_i1);
	answer(&self->scene, CMD_REPLY_MSG);
	EXPECT_EQ(0, run_in(self->scene.r, fn_put, 0));
	EXPECT_EQ(0, end(self->sent));
}

/* The node goes while the pair stays. */
TEST_F(uproxy_loss, node_down)
{
	if (variant->kill || variant->sender)
		return;
	begin(self->sent, OP_SENDREC, SRV, FOREVER);
	ASSERT_EQ(0, fetch(&self->scene));
	/* What else was announced has gone out: from here on it waits. */
	ASSERT_EQ(EDVSTIMEDOUT, fetch(&self->scene));
	begin_in(self->scene.s, fn_get, FOREVER, 0, 0);
	ASSERT_EQ(0, dvk_node_down(FAR));
	EXPECT_EQ(EDVSNOTCONN, end(self->sent));
	EXPECT_EQ(EDVSNOTCONN, end(self->scene.s));
	EXPECT_TRUE(proc_free(0, self->scene.dcid, SRV));
}

TEST_HARNESS_MAIN
