// SPDX-License-Identifier: GPL-2.0
/*
 * /sys/class/dvk/dvk0/peers/N: configuration and counters of a link.
 */
#include <linux/kernel.h>
#include <linux/string.h>
#include <linux/sysfs.h>

#include "base/current.h"
#include "base/node.h"
#include "link/link.h"
#include "sysfs.h"
#include "sysfs_attr.h"

static struct dvk_link *to_link(struct kobject *kobj)
{
	return container_of(kobj, struct dvk_link, kobj);
}

/* Calls @set with the word that is written. */
static ssize_t link_store(struct kobject *kobj, const char *buf, size_t len,
			  size_t size,
			  int (*set)(struct dvk_link *link, const char *text))
{
	struct dvk_link *link = to_link(kobj);
	char text[128];
	int ret;

	if (!dvk_may_configure(link->node))
		return -EPERM;
	ret = dvk_parse_word(buf, len, text, min(size, sizeof(text)));
	if (!ret)
		ret = set(link, text);
	return ret ?: len;
}

static ssize_t link_name_show(struct kobject *kobj, struct kobj_attribute *attr,
			      char *buf)
{
	return dvk_emit_name(buf, to_link(kobj)->name);
}

static ssize_t link_name_store(struct kobject *kobj,
			       struct kobj_attribute *attr, const char *buf,
			       size_t len)
{
	return link_store(kobj, buf, len, DVK_NAME_LEN, dvk_link_set_name);
}

static struct kobj_attribute link_name =
	__ATTR(name, 0644, link_name_show, link_name_store);

static ssize_t transport_show(struct kobject *kobj, struct kobj_attribute *attr,
			      char *buf)
{
	return dvk_emit_name(buf, to_link(kobj)->tname);
}

static ssize_t transport_store(struct kobject *kobj,
			       struct kobj_attribute *attr, const char *buf,
			       size_t len)
{
	return link_store(kobj, buf, len, DVK_NAME_LEN, dvk_link_set_transport);
}

static struct kobj_attribute link_transport = __ATTR_RW(transport);

static ssize_t address_show(struct kobject *kobj, struct kobj_attribute *attr,
			    char *buf)
{
	return dvk_link_show_address(to_link(kobj), buf);
}

static ssize_t address_store(struct kobject *kobj, struct kobj_attribute *attr,
			     const char *buf, size_t len)
{
	return link_store(kobj, buf, len, SIZE_MAX, dvk_link_set_address);
}

static struct kobj_attribute link_address = __ATTR_RW(address);

static ssize_t local_address_show(struct kobject *kobj,
				  struct kobj_attribute *attr, char *buf)
{
	return dvk_link_show_local(to_link(kobj), buf);
}

static ssize_t local_address_store(struct kobject *kobj,
				   struct kobj_attribute *attr, const char *buf,
				   size_t len)
{
	struct dvk_link *link = to_link(kobj);
	int ret;

	/* An empty line: any. */
	if (len != 1 || *buf != '\n')
		return link_store(kobj, buf, len, SIZE_MAX, dvk_link_set_local);
	if (!dvk_may_configure(link->node))
		return -EPERM;
	ret = dvk_link_set_local(link, "");
	return ret ?: len;
}

static struct kobj_attribute link_local_address = __ATTR_RW(local_address);

/* The seconds since 1970, a blank, the text. */
static ssize_t last_error_show(struct kobject *kobj,
			       struct kobj_attribute *attr, char *buf)
{
	char why[DVK_WHY_LEN];
	time64_t at = dvk_link_get_why(to_link(kobj), why);

	return *why ? sysfs_emit(buf, "%lld %s\n", at, why) :
		      sysfs_emit(buf, "\n");
}

static struct kobj_attribute link_last_error = __ATTR_RO(last_error);

/* Written only; what is left of it here is wiped, the caller's buffer too. */
static ssize_t key_store_with(struct kobject *kobj, const char *buf, size_t len,
			      int (*set)(struct dvk_link *link,
					 const char *key, size_t len))
{
	struct dvk_link *link = to_link(kobj);
	char key[DVK_KEY_MAX + 1];
	int ret;

	if (!dvk_may_configure(link->node)) {
		ret = -EPERM;
	} else if (len == 1 && *buf == '\n') {
		ret = set(link, NULL, 0);
	} else {
		ret = dvk_parse_word(buf, len, key, sizeof(key));
		if (!ret)
			ret = set(link, key, strlen(key));
	}
	memzero_explicit(key, sizeof(key));
	memzero_explicit((char *)buf, len);
	return ret ?: len;
}

static ssize_t key_store(struct kobject *kobj, struct kobj_attribute *attr,
			 const char *buf, size_t len)
{
	return key_store_with(kobj, buf, len, dvk_link_set_secret);
}

static struct kobj_attribute link_key = __ATTR_WO(key);

static ssize_t tcp_md5_key_store(struct kobject *kobj,
				 struct kobj_attribute *attr, const char *buf,
				 size_t len)
{
	return key_store_with(kobj, buf, len, dvk_link_set_key);
}

static struct kobj_attribute link_tcp_md5_key = __ATTR_WO(tcp_md5_key);

static ssize_t insecure_show(struct kobject *kobj, struct kobj_attribute *attr,
			     char *buf)
{
	return sysfs_emit(buf, "%d\n", READ_ONCE(to_link(kobj)->insecure));
}

static ssize_t insecure_store(struct kobject *kobj, struct kobj_attribute *attr,
			      const char *buf, size_t len)
{
	struct dvk_link *link = to_link(kobj);
	unsigned int value;
	int ret;

	if (!dvk_may_configure(link->node))
		return -EPERM;
	ret = kstrtouint(buf, 10, &value);
	if (!ret)
		ret = dvk_link_set_insecure(link, value);
	return ret ?: len;
}

static struct kobj_attribute link_insecure = __ATTR_RW(insecure);

static ssize_t trust_show(struct kobject *kobj, struct kobj_attribute *attr,
			  char *buf)
{
	return sysfs_emit(buf, "%d\n", READ_ONCE(to_link(kobj)->trust));
}

static ssize_t trust_store(struct kobject *kobj, struct kobj_attribute *attr,
			   const char *buf, size_t len)
{
	struct dvk_link *link = to_link(kobj);
	bool on;
	int ret;

	if (!dvk_may_configure(link->node))
		return -EPERM;
	ret = dvk_parse_bool(buf, &on);
	if (ret)
		return ret;
	WRITE_ONCE(link->trust, on);
	return len;
}

static struct kobj_attribute link_trust = __ATTR_RW(trust);

static ssize_t enabled_show(struct kobject *kobj, struct kobj_attribute *attr,
			    char *buf)
{
	return sysfs_emit(buf, "%d\n", READ_ONCE(to_link(kobj)->enabled));
}

static ssize_t enabled_store(struct kobject *kobj, struct kobj_attribute *attr,
			     const char *buf, size_t len)
{
	struct dvk_link *link = to_link(kobj);
	bool on;
	int ret;

	if (!dvk_may_configure(link->node))
		return -EPERM;
	ret = dvk_parse_bool(buf, &on);
	if (!ret)
		ret = dvk_link_set_enabled(link, on);
	return ret ?: len;
}

static struct kobj_attribute link_enabled = __ATTR_RW(enabled);

static ssize_t link_state_show(struct kobject *kobj,
			       struct kobj_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%s\n", dvk_link_state_name(to_link(kobj)));
}

static struct kobj_attribute link_state =
	__ATTR(state, 0444, link_state_show, NULL);

/* A number to read: @value is an expression of @link. */
#define LINK_COUNTER(_name, _value)					\
static ssize_t _name##_show(struct kobject *kobj,			\
			    struct kobj_attribute *attr, char *buf)	\
{									\
	const struct dvk_link *link = to_link(kobj);			\
									\
	return sysfs_emit(buf, "%llu\n", (u64)(_value));		\
}									\
static struct kobj_attribute link_##_name = __ATTR_RO(_name)

LINK_COUNTER(rtt_us, READ_ONCE(link->stats.rtt_us));
LINK_COUNTER(tx_msgs, READ_ONCE(link->stats.tx_msgs));
LINK_COUNTER(rx_msgs, READ_ONCE(link->stats.rx_msgs));
LINK_COUNTER(tx_bytes, READ_ONCE(link->stats.tx_bytes));
LINK_COUNTER(rx_bytes, READ_ONCE(link->stats.rx_bytes));
LINK_COUNTER(tx_zerocopy_bytes, READ_ONCE(link->stats.tx_zerocopy_bytes));
LINK_COUNTER(reconnects, READ_ONCE(link->stats.reconnects));
LINK_COUNTER(bad_frames, atomic64_read(&link->stats.bad_frames));
LINK_COUNTER(stale, atomic64_read(&link->stats.stale));
LINK_COUNTER(lost, atomic64_read(&link->stats.lost));
LINK_COUNTER(queue_len, READ_ONCE(link->queue_len));

static struct attribute *link_attrs[] = {
	&link_name.attr,
	&link_transport.attr,
	&link_address.attr,
	&link_local_address.attr,
	&link_key.attr,
	&link_insecure.attr,
	&link_trust.attr,
	&link_tcp_md5_key.attr,
	&link_enabled.attr,
	&link_state.attr,
	&link_last_error.attr,
	&link_rtt_us.attr,
	&link_tx_msgs.attr,
	&link_rx_msgs.attr,
	&link_tx_bytes.attr,
	&link_rx_bytes.attr,
	&link_tx_zerocopy_bytes.attr,
	&link_reconnects.attr,
	&link_bad_frames.attr,
	&link_stale.attr,
	&link_lost.attr,
	&link_queue_len.attr,
	NULL
};
ATTRIBUTE_GROUPS(link);

static void link_release(struct kobject *kobj)
{
	dvk_link_put(to_link(kobj));
}

static const struct kobj_type link_ktype = {
	.release = link_release,
	.sysfs_ops = &kobj_sysfs_ops,
	.default_groups = link_groups,
	.get_ownership = dvk_dir_owner,
};

int dvk_sysfs_link_add(struct dvk_link *link)
{
	int ret;

	kref_get(&link->ref);
	ret = kobject_init_and_add(&link->kobj, &link_ktype,
				   link->node->peers_kobj, "%d", link->nodeid);
	if (ret)
		kobject_put(&link->kobj);
	return ret;
}

void dvk_sysfs_link_del(struct dvk_link *link)
{
	kobject_del(&link->kobj);
	kobject_put(&link->kobj);
}
