// SPDX-License-Identifier: GPL-2.0
/*
 * Relay: a server passes a request on to another, which answers the client.
 *
 * The client's own node always does it, so that it knows whom its client waits
 * for: it hears of that server's death, or of the loss of its node. If the
 * client lives elsewhere, its node is told to send the request again, with
 * the new message, to the new server.
 *
 * A client in a wait is moved from one server to the other without being woken.
 * This is the one place where two endpoint locks are held, in the order of
 * their addresses: that of the client, which waits, and that of the new server,
 * which decides the rendezvous.
 */
#include "ipc.h"

#include "base/node.h"
#include "base/trace.h"
#include "migrate.h"
#include "object/dc.h"
#include "object/priv.h"
#include "remote.h"

static void lock_two(struct dvk_endpoint *a, struct dvk_endpoint *b)
	__acquires(&a->lock) __acquires(&b->lock)
{
	if (a > b)
		swap(a, b);
	spin_lock_bh(&a->lock);
	spin_lock_nested(&b->lock, SINGLE_DEPTH_NESTING);
}

static void unlock_two(struct dvk_endpoint *a, struct dvk_endpoint *b)
	__releases(&a->lock) __releases(&b->lock)
{
	spin_unlock(&a->lock);
	spin_unlock_bh(&b->lock);
}

/* @client waits for @server's answer: to its request @seq, if that is remote. */
static bool waits_for(const struct dvk_endpoint *client,
		      const struct dvk_endpoint *server, u32 seq)
{
	if (client->dead || client->from != server)
		return false;
	if (client->state == DVK_REMOTE)
		return client->wants_reply && client->seq == seq;
	return client->state == DVK_RECV && client->answer;
}

/* The new server lives here: offer it the request in the client's name. */
static int pass_here(struct dvk_endpoint *client,
		     const struct dvk_endpoint *old, u32 seq,
		     struct dvk_endpoint *dst, const struct dvk_message *msg)
{
	struct dvk_endpoint *was = NULL;
	bool taken = false;
	int ret = 0;

	lock_two(client, dst);
	if (!waits_for(client, old, seq)) {
		ret = -DVK_EPROCSTS;
	} else if (dst->dead) {
		ret = dst->migrating ? -DVK_EMIGRATE : -DVK_EDEADSRCDST;
	} else if (unlikely(!dvk_priv_may_receive(dst, client))) {
		ret = -DVK_ECALLDENIED;
	} else {
		client->from = dst;
		client->answer = true;
		client->rqst_only = false;
		client->ack_node = -1;
		taken = dvk_ipc_admits(dst, client, true);
		if (taken) {
			WRITE_ONCE(client->state, DVK_RECV);
			dst->inbox = *msg;
			dst->inbox.m_source = client->ep;
			dst->ack_node = -1;
			dvk_ipc_finish(dst, 0);
		} else {
			client->outbox = *msg;
			client->outbox.m_source = client->ep;
			/* Not dead, so the table still has its reference. */
			dvk_ep_get(dst);
			was = client->sendto;
			client->sendto = dst;
			client->sendto_ep = dst->ep;
			client->relayed = true;
			list_add_tail(&client->link, &dst->senders);
			WRITE_ONCE(client->state, DVK_SENDREC);
		}
	}
	unlock_two(client, dst);
	if (taken) {
		trace_dvk_deliver(dst, client->ep, msg);
		dvk_ipc_wake(dst);
	}
	dvk_ep_put(was);
	return ret;
}

/*
 * The new server lives on another node: prepare @cmd, the request, which
 * send_there() is to send over *@linkp. The client waits for the answer.
 */
static int pass_there(struct dvk_endpoint *client,
		      const struct dvk_endpoint *old, u32 seq,
		      struct dvk_endpoint *dst, const struct dvk_message *msg,
		      struct dvk_cmd *cmd, struct dvk_link **linkp)
{
	struct dvk_link *link;
	int ret;

	ret = dvk_remote_get_link(dst, &link);
	if (ret)
		return ret;
	dvk_cmd_init_msg(cmd, DVK_CMD_SNDREC_MSG, client, dst, msg);
	spin_lock_bh(&client->lock);
	if (!waits_for(client, old, seq)) {
		ret = -DVK_EPROCSTS;
	} else if (READ_ONCE(dst->dead)) {
		ret = READ_ONCE(dst->migrating) ? -DVK_EMIGRATE :
						  -DVK_EDEADSRCDST;
	} else {
		/* Its task sleeps; it looks at none of these before it is DONE. */
		if (unlikely(!++client->seq))
			++client->seq;
		cmd->c_id = cpu_to_le32(client->seq);
		client->from = dst;
		client->rmt_node = dst->nodeid;
		client->rmt_node2 = -1;
		client->wants_reply = true;
		client->ack_node = -1;
		WRITE_ONCE(client->state, DVK_REMOTE);
	}
	spin_unlock_bh(&client->lock);
	if (ret) {
		dvk_link_put(link);
		return ret;
	}
	dvk_ep_get(client);
	*linkp = link;
	return 0;
}

/* If it cannot be sent the client is told, not the server that passed it on. */
static void send_there(struct dvk_endpoint *client, struct dvk_link *link,
		       struct dvk_cmd *cmd, bool may_block)
{
	int ret = dvk_link_send(link, cmd, may_block);
	bool ended;

	dvk_link_put(link);
	if (ret) {
		/* Some of it may have left: this is the end of the request. */
		rcu_read_lock();
		spin_lock_bh(&client->lock);
		ended = client->state == DVK_REMOTE &&
			client->seq == le32_to_cpu(cmd->c_id);
		if (ended)
			dvk_ipc_finish(client, ret);
		spin_unlock_bh(&client->lock);
		if (ended)
			dvk_ipc_wake(client);
		rcu_read_unlock();
	}
	dvk_ep_put(client);
}

/* Tell the client's node to send its request to another server. */
static int tell_node(struct dvk_endpoint *ep, struct dvk_endpoint *client,
		     struct dvk_endpoint *dst, const struct dvk_message *msg)
	__releases(RCU) __acquires(RCU)
{
	struct dvk_link *link;
	struct dvk_cmd cmd;
	int ret;

	ret = dvk_remote_get_link(client, &link);
	if (ret)
		return ret;
	dvk_cmd_init_msg(&cmd, DVK_CMD_RELAY_MSG, ep, client, msg);
	cmd.c_msg.m_source = dst->ep;
	cmd.c_rnode = cpu_to_le32(dst->nodeid);
	cmd.c_rinc = cpu_to_le32(READ_ONCE(dst->inc));
	spin_lock_bh(&client->lock);
	if (waits_for(client, ep, 0)) {
		cmd.c_id = cpu_to_le32(client->seq);
		WRITE_ONCE(client->state, DVK_RUN);
		client->answer = false;
	} else {
		ret = -DVK_EPROCSTS;
	}
	spin_unlock_bh(&client->lock);
	if (ret) {
		dvk_link_put(link);
		return ret;
	}
	rcu_read_unlock();
	ret = dvk_link_send(link, &cmd, true);
	dvk_link_put(link);
	rcu_read_lock();
	return ret;
}

static int relay(struct dvk_endpoint *ep, int dst_ep, struct dvk_message *msg)
{
	struct dvk_endpoint *client, *dst;
	struct dvk_link *link = NULL;
	int client_ep = msg->m_source;
	struct dvk_cmd cmd;
	int ret;

	if (dst_ep == ep->ep || dst_ep == DVK_HARDWARE || dst_ep == client_ep)
		return -DVK_EBADDEST;

	rcu_read_lock();
	ret = dvk_ipc_find(ep, client_ep, &client);
	if (!ret)
		ret = dvk_ipc_find(ep, dst_ep, &dst);
	if (!ret && unlikely(!dvk_priv_may_send(ep, dst)))
		ret = -DVK_ETRAPDENIED;
	if (ret)
		goto out;
	trace_dvk_send(ep, dst_ep, msg);
	if (!client->task)
		ret = tell_node(ep, client, dst, msg);
	else if (dvk_ep_is_local(dst))
		ret = pass_here(client, ep, 0, dst, msg);
	else
		ret = pass_there(client, ep, 0, dst, msg, &cmd, &link);
	if (!ret)
		ep->lclsent++;
out:
	rcu_read_unlock();
	if (link)
		send_there(client, link, &cmd, true);
	return ret;
}

int dvk_ipc_relay(struct dvk_endpoint *ep, int dst, struct dvk_message *msg)
{
	int ret, end;

	for (;;) {
		ret = relay(ep, dst, msg);
		if (likely(ret != -DVK_EMIGRATE))
			return ret;
		/* The new server is on its way. */
		end = dvk_migrate_pause(ep, dst);
		if (end)
			return end;
	}
}

/* The new server as a command names it; binds it if the DC allows. */
static int find_server(struct dvk_dc *dc, const struct dvk_cmd *cmd,
		       struct dvk_endpoint **dst)
{
	s32 number = cmd->c_msg.m_source;
	int nodeid = le32_to_cpu(cmd->c_rnode);
	int slot = dvk_ep_slot(dc, number);

	if (!dvk_dc_slot_valid(dc, slot))
		return -DVK_ERANGE;
	*dst = dvk_dc_slot(dc, slot);
	if (*dst)
		return (*dst)->ep == number ? 0 : -DVK_EENDPOINT;
	if (nodeid == dc->node->nodeid)
		return -DVK_EDEADSRCDST;
	return dvk_remote_standin_of(dc, nodeid, number,
				     le32_to_cpu(cmd->c_rinc), 0, dst);
}

void dvk_relay_rx(struct dvk_link *link, const struct dvk_cmd *cmd)
{
	struct dvk_endpoint *client = dvk_remote_waiter(link, cmd);
	const struct dvk_endpoint *old = NULL;
	struct dvk_link *to = NULL;
	struct dvk_endpoint *dst;
	struct dvk_message msg;
	struct dvk_cmd on;
	bool mine = false;
	u32 seq = 0;
	int ret;

	if (client) {
		spin_lock_bh(&client->lock);
		mine = dvk_remote_awaits(client, link, cmd) &&
		       client->wants_reply;
		old = client->from;
		seq = client->seq;
		spin_unlock_bh(&client->lock);
	}
	if (!mine) {
		atomic64_inc(&link->stats.stale);
		return;
	}
	msg = cmd->c_msg;
	ret = find_server(client->dc, cmd, &dst);
	if (!ret && dst == client)
		ret = -DVK_EENDPOINT;
	if (!ret)
		ret = dvk_ep_is_local(dst) ?
			pass_here(client, old, seq, dst, &msg) :
			pass_there(client, old, seq, dst, &msg, &on, &to);
	if (to)
		send_there(client, to, &on, false);
	if (!ret)
		return;
	spin_lock_bh(&client->lock);
	mine = waits_for(client, old, seq);
	if (mine)
		dvk_ipc_finish(client, ret);
	spin_unlock_bh(&client->lock);
	if (mine)
		dvk_ipc_wake(client);
}
