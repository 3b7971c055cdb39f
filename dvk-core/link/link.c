// SPDX-License-Identifier: GPL-2.0
/*
 * Links: the table of peers, their configuration, start and stop.
 */
#include "link.h"

#include <linux/kthread.h>
#include <linux/sched/task.h>
#include <linux/slab.h>

#include "acceptor.h"
#include "auth.h"
#include "base/locks.h"
#include "base/name.h"
#include "pair.h"

DEFINE_MUTEX(dvk_transports_lock);
static LIST_HEAD(transports);
static LIST_HEAD(all_links);

/* --- look-up --- */

struct dvk_link *dvk_link_find(struct dvk_node *node, int nodeid)
{
	return xa_load(&node->links, nodeid);
}

struct dvk_link *dvk_link_get(struct dvk_node *node, int nodeid)
{
	struct dvk_link *link;

	rcu_read_lock();
	link = dvk_link_find(node, nodeid);
	if (link && !kref_get_unless_zero(&link->ref))
		link = NULL;
	rcu_read_unlock();
	return link;
}

static void link_free(struct kref *ref)
{
	struct dvk_link *link = container_of(ref, struct dvk_link, ref);

	hrtimer_cancel(&link->hold_timer);
	kfree_sensitive(link->key);
	kfree_rcu(link, rcu);
}

void dvk_link_put(struct dvk_link *link)
{
	kref_put(&link->ref, link_free);
}

/* --- what transports see --- */

struct net *dvk_link_net(const struct dvk_link *link)
{
	return link->node->net;
}
EXPORT_SYMBOL_GPL(dvk_link_net);

int dvk_link_nodeid(const struct dvk_link *link)
{
	return link->nodeid;
}
EXPORT_SYMBOL_GPL(dvk_link_nodeid);

struct sockaddr_storage *dvk_link_addr(struct dvk_link *link)
{
	return &link->addr;
}
EXPORT_SYMBOL_GPL(dvk_link_addr);

char *dvk_link_addr_dev(struct dvk_link *link)
{
	return link->addr_dev;
}
EXPORT_SYMBOL_GPL(dvk_link_addr_dev);

struct sockaddr_storage *dvk_link_local(struct dvk_link *link)
{
	return &link->local;
}
EXPORT_SYMBOL_GPL(dvk_link_local);

char *dvk_link_local_dev(struct dvk_link *link)
{
	return link->local_dev;
}
EXPORT_SYMBOL_GPL(dvk_link_local_dev);

void *dvk_link_priv(const struct dvk_link *link)
{
	return link->priv;
}
EXPORT_SYMBOL_GPL(dvk_link_priv);

void dvk_link_set_priv(struct dvk_link *link, void *priv)
{
	link->priv = priv;
}
EXPORT_SYMBOL_GPL(dvk_link_set_priv);

int dvk_link_key(struct dvk_link *link, u8 key[DVK_KEY_MAX])
{
	int len;

	spin_lock_bh(&link->accept_lock);
	len = link->key_len;
	if (len)
		memcpy(key, link->key, len);
	spin_unlock_bh(&link->accept_lock);
	return len;
}
EXPORT_SYMBOL_GPL(dvk_link_key);

struct dvk_secret *dvk_link_secret(struct dvk_link *link)
{
	struct dvk_secret *secret;

	spin_lock_bh(&link->accept_lock);
	secret = link->secret;
	if (secret)
		dvk_secret_get(secret);
	spin_unlock_bh(&link->accept_lock);
	return secret;
}

int dvk_listener_nodeid(const struct dvk_listener *listener)
{
	return listener->node->nodeid;
}
EXPORT_SYMBOL_GPL(dvk_listener_nodeid);

bool dvk_link_stopping(const struct dvk_link *link)
{
	return READ_ONCE(link->stopping);
}
EXPORT_SYMBOL_GPL(dvk_link_stopping);

wait_queue_head_t *dvk_link_waitq(struct dvk_link *link)
{
	return &link->waitq;
}
EXPORT_SYMBOL_GPL(dvk_link_waitq);

/* --- start and stop --- */

static struct dvk_transport *transport_find(const char *name)
	__must_hold(&dvk_transports_lock)
{
	struct dvk_transport *t;

	list_for_each_entry(t, &transports, entry)
		if (!strcmp(t->name, name))
			return t;
	return NULL;
}

static struct dvk_listener *listener_find(struct dvk_node *node,
					  struct dvk_transport *t)
{
	struct dvk_listener *l;

	list_for_each_entry(l, &node->listeners, entry)
		if (l->transport == t)
			return l;
	return NULL;
}

/* The first link of a transport opens its listener. Outer locks held. */
static int listener_open(struct dvk_node *node, struct dvk_transport *t)
{
	struct dvk_listener *l;
	int err;

	if (listener_find(node, t))
		return 0;
	l = kzalloc(sizeof(*l), GFP_KERNEL);
	if (!l)
		return -ENOMEM;
	l->node = node;
	l->transport = t;
	err = t->listen(l, node->net, node->limits.port);
	if (err) {
		kfree(l);
		return err;
	}
	list_add(&l->entry, &node->listeners);
	return 0;
}

/* And the last one closes it. */
static void listener_close(struct dvk_node *node, struct dvk_transport *t)
{
	struct dvk_listener *l = listener_find(node, t);
	struct dvk_link *link;
	unsigned long i;

	if (!l)
		return;
	xa_for_each(&node->links, i, link)
		if (link->receiver && link->transport == t)
			return;
	list_del(&l->entry);
	t->unlisten(l);
	kfree(l);
}

/* Let callers from the peer's address prove that they know its key, or not. */
static int apply_key(struct dvk_link *link, struct dvk_transport *t, bool on)
{
	struct dvk_listener *l = listener_find(link->node, t);

	return l && t->set_key ? t->set_key(l, link, on) : 0;
}

/* A connection that was handed over, and that nobody shall take any more. */
static void discard_accepted(struct dvk_link *link, struct dvk_transport *t)
{
	void *conn;

	spin_lock_bh(&link->accept_lock);
	conn = link->accepted;
	link->accepted = NULL;
	spin_unlock_bh(&link->accept_lock);
	if (conn)
		t->discard(conn);
}

static int link_start(struct dvk_link *link, struct dvk_transport *t)
{
	struct task_struct *sender = NULL, *receiver;
	int err;

	err = listener_open(link->node, t);
	if (err)
		return err;
	/* Before anybody may be handed over. */
	if (link->key)
		err = apply_key(link, t, true);
	if (err) {
		listener_close(link->node, t);
		return err;
	}
	link->transport = t;
	dvk_link_why_begin(link);
	link->pulled = t->user;
	WRITE_ONCE(link->trains, t->byte_stream);
	WRITE_ONCE(link->stopping, false);
	if (!t->user)
		sender = kthread_create(dvk_link_sender, link, "%s-tx-%d",
					t->name, link->nodeid);
	if (IS_ERR(sender)) {
		err = PTR_ERR(sender);
		goto err_listener;
	}
	receiver = kthread_create(dvk_link_receiver, link, "%s-rx-%d", t->name,
				  link->nodeid);
	if (IS_ERR(receiver)) {
		err = PTR_ERR(receiver);
		goto err_sender;
	}
	if (sender)
		get_task_struct(sender);
	get_task_struct(receiver);
	WRITE_ONCE(link->sender, sender);
	WRITE_ONCE(link->receiver, receiver);
	WRITE_ONCE(link->state, DVK_LINK_CONNECTING);
	if (sender)
		wake_up_process(sender);
	wake_up_process(receiver);
	return 0;

err_sender:
	if (sender)
		kthread_stop(sender);
err_listener:
	link->transport = NULL;
	if (link->key)
		apply_key(link, t, false);
	listener_close(link->node, t);
	return err;
}

static void link_stop(struct dvk_link *link)
{
	struct task_struct *receiver = link->receiver;
	struct task_struct *sender = link->sender;
	struct dvk_transport *t = link->transport;

	if (!receiver)
		return;
	WRITE_ONCE(link->stopping, true);
	wake_up_all(&link->waitq);
	kthread_stop(receiver);
	if (sender)
		kthread_stop(sender);
	/* A thread that never got to run has not said so itself. */
	WRITE_ONCE(link->state, DVK_LINK_DOWN);
	/* Tables show them under RCU. */
	WRITE_ONCE(link->receiver, NULL);
	WRITE_ONCE(link->sender, NULL);
	synchronize_rcu();
	put_task_struct(receiver);
	if (sender)
		put_task_struct(sender);
	/* Nobody is handed over to a link that stops, so the last one is. */
	discard_accepted(link, t);
	if (link->key)
		apply_key(link, t, false);
	listener_close(link->node, t);
	dvk_link_ops.quiesce();
	/* No call is on its way to it: disconnect() has seen to that. */
	link->transport = NULL;
	dvk_link_ops.lost(link, true);
}

/* --- configuration --- */

static void config_lock(struct dvk_node *node)
{
	mutex_lock(&dvk_transports_lock);
	mutex_lock(&node->config);
}

static void config_unlock(struct dvk_node *node)
{
	mutex_unlock(&node->config);
	mutex_unlock(&dvk_transports_lock);
}

static struct dvk_link *link_alloc(struct dvk_node *node, int nodeid)
{
	struct dvk_link *link = kzalloc(sizeof(*link), GFP_KERNEL);

	if (!link)
		return NULL;
	link->node = node;
	link->nodeid = nodeid;
	snprintf(link->name, sizeof(link->name), "node%d", nodeid);
	strscpy(link->tname, "tcp", sizeof(link->tname));
	kref_init(&link->ref);
	mutex_init(&link->tx_mutex);
	spin_lock_init(&link->tx_lock);
	spin_lock_init(&link->accept_lock);
	INIT_LIST_HEAD(&link->txq);
	init_waitqueue_head(&link->waitq);
	init_waitqueue_head(&link->tx_waitq);
	init_waitqueue_head(&link->space_waitq);
	dvk_link_hold_init(link);
	return link;
}

int dvk_link_add(struct dvk_node *node, int nodeid)
{
	struct dvk_link *link;
	int err;

	mutex_lock(&node->setup);
	config_lock(node);
	err = -ENODEV;
	if (!dvk_node_up(node))
		goto out;
	err = -EINVAL;
	if (nodeid < 0 || nodeid >= node->limits.nr_nodes ||
	    nodeid == node->nodeid)
		goto out;
	err = -EEXIST;
	if (xa_load(&node->links, nodeid))
		goto out;
	err = -ENOMEM;
	link = link_alloc(node, nodeid);
	if (!link)
		goto out;
	err = xa_err(xa_store(&node->links, nodeid, link, GFP_KERNEL));
	if (err)
		goto err_put;
	err = dvk_link_ops.added(link);
	if (err)
		goto err_erase;
	list_add(&link->entry, &all_links);
	goto out;

err_erase:
	xa_erase(&node->links, nodeid);
err_put:
	dvk_link_put(link);
out:
	config_unlock(node);
	mutex_unlock(&node->setup);
	return err;
}

static void exchange_secret(struct dvk_link *link, struct dvk_secret *secret)
{
	struct dvk_secret *old;

	spin_lock_bh(&link->accept_lock);
	old = link->secret;
	link->secret = secret;
	spin_unlock_bh(&link->accept_lock);
	dvk_secret_put(old);
}

static int link_del(struct dvk_node *node, int nodeid)
	__must_hold(&node->setup)
{
	struct dvk_link *link = NULL;

	config_lock(node);
	if (nodeid >= 0)
		link = xa_load(&node->links, nodeid);
	if (link) {
		link->enabled = false;
		link_stop(link);
		dvk_pair_detach(link);
		xa_erase(&node->links, nodeid);
		list_del(&link->entry);
		exchange_secret(link, NULL);
		dvk_link_ops.removed(node, nodeid);
	}
	config_unlock(node);
	if (!link)
		return -ENOENT;
	dvk_link_ops.gone(link);
	dvk_link_put(link);
	return 0;
}

int dvk_link_del(struct dvk_node *node, int nodeid)
{
	int err;

	mutex_lock(&node->setup);
	err = link_del(node, nodeid);
	mutex_unlock(&node->setup);
	return err;
}

void dvk_link_del_all(struct dvk_node *node)
{
	struct dvk_link *link;
	unsigned long i;

	xa_for_each(&node->links, i, link)
		link_del(node, i);
}

/* Whether the link is still in the table: its attributes may outlive that. */
static bool link_gone(const struct dvk_link *link)
{
	return xa_load(&link->node->links, link->nodeid) != link;
}

static int link_may_change(const struct dvk_link *link)
{
	if (link_gone(link))
		return -ENOENT;
	return link->enabled ? -EBUSY : 0;
}

int dvk_link_set_name(struct dvk_link *link, const char *name)
{
	int err;

	if (!*name || strlen(name) >= sizeof(link->name))
		return -EINVAL;
	config_lock(link->node);
	err = link_gone(link) ? -ENOENT : 0;
	if (!err)
		dvk_set_name(link->name, name);
	config_unlock(link->node);
	return err;
}

static void exchange_key(struct dvk_link *link, u8 *key, int len)
{
	u8 *old;

	spin_lock_bh(&link->accept_lock);
	old = link->key;
	link->key = key;
	link->key_len = len;
	spin_unlock_bh(&link->accept_lock);
	kfree_sensitive(old);
}

int dvk_link_set_transport(struct dvk_link *link, const char *name)
{
	int err;

	config_lock(link->node);
	err = link_may_change(link);
	if (!err && !transport_find(name))
		err = -EPROTONOSUPPORT;
	if (!err) {
		/* Another transport reads addresses in its own way. */
		if (strcmp(link->tname, name)) {
			link->addr_set = false;
			link->local.ss_family = AF_UNSPEC;
			exchange_key(link, NULL, 0);
		}
		strscpy(link->tname, name, sizeof(link->tname));
	}
	config_unlock(link->node);
	return err;
}

int dvk_link_set_address(struct dvk_link *link, const char *text)
{
	struct dvk_transport *t;
	int err;

	config_lock(link->node);
	err = link_may_change(link);
	t = transport_find(link->tname);
	if (!err && !t)
		err = -EPROTONOSUPPORT;
	if (!err)
		err = t->set_address ? t->set_address(link, text) : -EOPNOTSUPP;
	if (!err)
		link->addr_set = true;
	config_unlock(link->node);
	return err;
}

ssize_t dvk_link_show_address(struct dvk_link *link, char *buf)
{
	struct dvk_transport *t;
	ssize_t ret = 0;

	config_lock(link->node);
	t = transport_find(link->tname);
	if (t && link->addr_set)
		ret = t->show_address(link, buf);
	config_unlock(link->node);
	return ret;
}

int dvk_link_set_local(struct dvk_link *link, const char *text)
{
	struct dvk_transport *t;
	int err;

	config_lock(link->node);
	err = link_may_change(link);
	t = transport_find(link->tname);
	if (!err && !t)
		err = -EPROTONOSUPPORT;
	if (!err && !t->set_local)
		err = -EOPNOTSUPP;
	if (!err && *text)
		err = t->set_local(link, text);
	else if (!err)
		link->local.ss_family = AF_UNSPEC;
	config_unlock(link->node);
	return err;
}

ssize_t dvk_link_show_local(struct dvk_link *link, char *buf)
{
	struct dvk_transport *t;
	ssize_t ret = 0;

	config_lock(link->node);
	t = transport_find(link->tname);
	if (t && t->show_local)
		ret = t->show_local(link, buf);
	config_unlock(link->node);
	return ret;
}

/* Everybody starts anew with the key there is now. */
static int rekey(struct dvk_link *link)
{
	struct dvk_transport *t = link->transport;
	int err = apply_key(link, t, link->key);

	/*
	 * Who was let in before has no place any more. In this order, for the
	 * receiver thread forgets errors before it takes what was handed over or
	 * dials.
	 */
	discard_accepted(link, t);
	dvk_link_error(link, -EKEYREJECTED);
	/* Rather nobody than anybody. */
	if (err) {
		link->enabled = false;
		link_stop(link);
	}
	return err;
}

int dvk_link_set_key(struct dvk_link *link, const char *key, size_t len)
{
	struct dvk_transport *t;
	u8 *copy = NULL;
	int err;

	if (len > DVK_KEY_MAX)
		return -ENAMETOOLONG;
	if (len) {
		copy = kmemdup(key, len, GFP_KERNEL);
		if (!copy)
			return -ENOMEM;
	}
	config_lock(link->node);
	err = link_gone(link) ? -ENOENT : 0;
	t = transport_find(link->tname);
	if (!err && !t)
		err = -EPROTONOSUPPORT;
	if (!err && !t->set_key)
		err = -EOPNOTSUPP;
	if (err) {
		kfree_sensitive(copy);
	} else {
		exchange_key(link, copy, len);
		if (link->receiver)
			err = rekey(link);
	}
	config_unlock(link->node);
	return err;
}

/* Whether somebody has said how the peer is to be known. */
static bool may_be_known(const struct dvk_link *link)
{
	/* What programs connect to is theirs to find out. */
	return link->secret || link->insecure != DVK_SECURE ||
	       !strcmp(link->tname, "user");
}

int dvk_link_set_secret(struct dvk_link *link, const char *key, size_t len)
{
	struct dvk_secret *secret = NULL;
	int err = 0;

	if (len && len < DVK_SECRET_MIN)
		return -EINVAL;
	if (len)
		err = dvk_secret_new(key, len, &secret);
	if (err)
		return err == -ENOENT ? -EOPNOTSUPP : err;
	config_lock(link->node);
	if (link_gone(link))
		err = -ENOENT;
	else if (!secret && link->enabled && link->insecure == DVK_SECURE)
		err = -EBUSY;
	if (err) {
		dvk_secret_put(secret);
	} else {
		exchange_secret(link, secret);
		if (link->receiver && !link->transport->user) {
			/* In this order, see rekey(). */
			discard_accepted(link, link->transport);
			dvk_link_error(link, -EKEYREJECTED);
		}
	}
	config_unlock(link->node);
	return err;
}

int dvk_link_set_insecure(struct dvk_link *link, unsigned int insecure)
{
	int err;

	if (insecure >= DVK_NR_INSECURE)
		return -ERANGE;
	config_lock(link->node);
	err = link_may_change(link);
	if (!err)
		WRITE_ONCE(link->insecure, insecure);
	config_unlock(link->node);
	return err;
}

/* Start an enabled link if it can be. Outer locks held. */
static int link_try_start(struct dvk_link *link)
{
	struct dvk_transport *t = transport_find(link->tname);

	if (t && t->needs_address && !link->addr_set)
		return -EDESTADDRREQ;
	if (!may_be_known(link))
		return -ENOKEY;
	if (t)
		return link_start(link, t);
	dvk_link_why(link, false, "its transport is not loaded: modprobe kproxy_%s",
		     link->tname);
	return 0;
}

int dvk_link_set_enabled(struct dvk_link *link, bool on)
{
	int err = 0;

	config_lock(link->node);
	if (link_gone(link)) {
		err = -ENOENT;
	} else if (on && !link->enabled) {
		/* Without its transport the link waits for that. */
		link->enabled = true;
		err = link_try_start(link);
		if (err)
			link->enabled = false;
	} else if (!on && link->enabled) {
		link->enabled = false;
		link_stop(link);
	}
	config_unlock(link->node);
	return err;
}

const char *dvk_link_state_name(const struct dvk_link *link)
{
	switch (READ_ONCE(link->state)) {
	case DVK_LINK_UP:
		/* What is lost is not up, also before its thread has acted. */
		return READ_ONCE(link->error) ? "connecting" : "up";
	case DVK_LINK_CONNECTING:
		return "connecting";
	default:
		return "down";
	}
}

/* --- transports --- */

int dvk_transport_register(struct dvk_transport *transport)
{
	struct dvk_link *link;
	int err = 0;

	mutex_lock(&dvk_transports_lock);
	if (transport_find(transport->name)) {
		err = -EEXIST;
		goto out;
	}
	list_add_tail(&transport->entry, &transports);
	list_for_each_entry(link, &all_links, entry) {
		mutex_lock(&link->node->config);
		if (link->enabled && !link->receiver &&
		    !strcmp(link->tname, transport->name) &&
		    link_try_start(link))
			pr_warn("dvk: node %d: cannot start the link to node %d\n",
				link->node->nodeid, link->nodeid);
		mutex_unlock(&link->node->config);
	}
out:
	mutex_unlock(&dvk_transports_lock);
	return err;
}
EXPORT_SYMBOL_GPL(dvk_transport_register);

void dvk_transport_unregister(struct dvk_transport *transport)
{
	struct dvk_link *link;

	mutex_lock(&dvk_transports_lock);
	list_del(&transport->entry);
	list_for_each_entry(link, &all_links, entry) {
		mutex_lock(&link->node->config);
		if (link->transport == transport) {
			link_stop(link);
			dvk_link_why(link, false, "its transport was unloaded: modprobe kproxy_%s",
				     link->tname);
		}
		mutex_unlock(&link->node->config);
	}
	mutex_unlock(&dvk_transports_lock);
}
EXPORT_SYMBOL_GPL(dvk_transport_unregister);

int dvk_link_init(const struct dvk_link_ops *ops)
{
	int err = dvk_tx_init();

	dvk_link_ops = *ops;
	if (err)
		return err;
	err = dvk_acceptor_init();
	if (err)
		dvk_tx_exit();
	return err;
}

void dvk_link_exit(void)
{
	/* Links are freed by RCU, frames before them. */
	rcu_barrier();
	dvk_acceptor_exit();
	dvk_tx_exit();
}
