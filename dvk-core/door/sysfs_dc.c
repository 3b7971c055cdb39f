// SPDX-License-Identifier: GPL-2.0
/*
 * /sys/class/dvk/dvk0/dcs/N: sizes, members and rights of a DC.
 */
#include <linux/cred.h>
#include <linux/kernel.h>
#include <linux/sysfs.h>
#include <linux/uidgid.h>

#include "base/current.h"
#include "base/node.h"
#include "object/dc.h"
#include "proc.h"
#include "sysfs.h"
#include "sysfs_attr.h"

static struct dvk_dc *to_dc(struct kobject *kobj)
{
	return container_of(kobj, struct dvk_dc, kobj);
}

/* A number to read: @value is an expression of @dc. */
#define DC_NUMBER(_name, _value)					\
static ssize_t dc_##_name##_show(struct kobject *kobj,			\
				 struct kobj_attribute *attr, char *buf)\
{									\
	const struct dvk_dc *dc = to_dc(kobj);				\
									\
	return sysfs_emit(buf, "%d\n", (_value));			\
}									\
static struct kobj_attribute dc_##_name =				\
	__ATTR(_name, 0444, dc_##_name##_show, NULL)

DC_NUMBER(nr_procs, dc->nr_procs);
DC_NUMBER(nr_tasks, dc->nr_tasks);
DC_NUMBER(nr_sysprocs, dc->nr_sysprocs);
DC_NUMBER(nr_nodes, dc->nr_nodes);
DC_NUMBER(bound, READ_ONCE(dc->nr_bound));

static ssize_t dc_name_show(struct kobject *kobj, struct kobj_attribute *attr,
			    char *buf)
{
	return dvk_emit_name(buf, to_dc(kobj)->name);
}

static struct kobj_attribute dc_name = __ATTR(name, 0444, dc_name_show, NULL);

static ssize_t nodes_show(struct kobject *kobj, struct kobj_attribute *attr,
			  char *buf)
{
	struct dvk_dc *dc = to_dc(kobj);
	ssize_t len;

	spin_lock_bh(&dc->lock);
	len = sysfs_emit(buf, "%*pbl\n", DVK_MAX_NODES, dc->members);
	spin_unlock_bh(&dc->lock);
	return len;
}

static struct kobj_attribute dc_nodes = __ATTR_RO(nodes);

/* Calls @set with the node id that is written. */
static ssize_t member_store(struct kobject *kobj, const char *buf, size_t len,
			    int (*set)(struct dvk_node *node, int dcid,
				       int nodeid))
{
	struct dvk_dc *dc = to_dc(kobj);
	int nodeid, ret;

	if (!dvk_may_configure(dc->node))
		return -EPERM;
	ret = kstrtoint(buf, 10, &nodeid);
	if (!ret)
		ret = dvk_errno(set(dc->node, dc->dcid, nodeid));
	return ret ?: len;
}

static ssize_t add_node_store(struct kobject *kobj, struct kobj_attribute *attr,
			      const char *buf, size_t len)
{
	return member_store(kobj, buf, len, dvk_dc_add_node);
}

static struct kobj_attribute dc_add_node = __ATTR_WO(add_node);

static ssize_t del_node_store(struct kobject *kobj, struct kobj_attribute *attr,
			      const char *buf, size_t len)
{
	return member_store(kobj, buf, len, dvk_dc_del_node);
}

static struct kobj_attribute dc_del_node = __ATTR_WO(del_node);

static ssize_t owner_show(struct kobject *kobj, struct kobj_attribute *attr,
			  char *buf)
{
	struct dvk_dc *dc = to_dc(kobj);
	kuid_t owner;

	spin_lock_bh(&dc->lock);
	owner = dc->owner;
	spin_unlock_bh(&dc->lock);
	return sysfs_emit(buf, "%u\n",
			  from_kuid_munged(current_user_ns(), owner));
}

static ssize_t owner_store(struct kobject *kobj, struct kobj_attribute *attr,
			   const char *buf, size_t len)
{
	struct dvk_dc *dc = to_dc(kobj);
	unsigned int uid;
	kuid_t owner;
	int ret;

	if (!dvk_may_configure(dc->node))
		return -EPERM;
	ret = kstrtouint(buf, 10, &uid);
	if (ret)
		return ret;
	owner = make_kuid(current_user_ns(), uid);
	if (!uid_valid(owner))
		return -EINVAL;
	spin_lock_bh(&dc->lock);
	dc->owner = owner;
	spin_unlock_bh(&dc->lock);
	return len;
}

static struct kobj_attribute dc_owner = __ATTR_RW(owner);

static ssize_t mode_show(struct kobject *kobj, struct kobj_attribute *attr,
			 char *buf)
{
	return sysfs_emit(buf, "%04o\n", READ_ONCE(to_dc(kobj)->mode));
}

static ssize_t mode_store(struct kobject *kobj, struct kobj_attribute *attr,
			  const char *buf, size_t len)
{
	struct dvk_dc *dc = to_dc(kobj);
	unsigned int mode;
	int ret;

	if (!dvk_may_configure(dc->node))
		return -EPERM;
	ret = kstrtouint(buf, 8, &mode);
	if (ret)
		return ret;
	if (mode > 0777)
		return -ERANGE;
	spin_lock_bh(&dc->lock);
	WRITE_ONCE(dc->mode, mode);
	spin_unlock_bh(&dc->lock);
	return len;
}

static struct kobj_attribute dc_mode = __ATTR_RW(mode);

/* A line for each range, in the order in which they count. */
static ssize_t slot_owner_show(struct kobject *kobj,
			       struct kobj_attribute *attr, char *buf)
{
	struct dvk_dc *dc = to_dc(kobj);
	ssize_t len = 0;
	int i;

	spin_lock_bh(&dc->lock);
	for (i = 0; i < dc->nr_owners; i++)
		len += sysfs_emit_at(buf, len, "%d-%d %u\n",
				     dc->owners[i].first, dc->owners[i].last,
				     from_kuid_munged(current_user_ns(),
						      dc->owners[i].uid));
	spin_unlock_bh(&dc->lock);
	return len;
}

static ssize_t slot_owner_store(struct kobject *kobj,
				struct kobj_attribute *attr, const char *buf,
				size_t len)
{
	struct dvk_dc *dc = to_dc(kobj);
	kuid_t owner = INVALID_UID;
	int first, last, ret;
	char who[16], rest;
	unsigned int uid;

	if (!dvk_may_configure(dc->node))
		return -EPERM;
	if (sscanf(buf, "%d-%d %15s %c", &first, &last, who, &rest) != 3) {
		if (sscanf(buf, "%d %15s %c", &first, who, &rest) != 2)
			return -EINVAL;
		last = first;
	}
	if (strcmp(who, "none")) {
		if (kstrtouint(who, 10, &uid))
			return -EINVAL;
		owner = make_kuid(current_user_ns(), uid);
		if (!uid_valid(owner))
			return -EINVAL;
	}
	ret = dvk_dc_set_slot_owner(dc, first, last, owner);
	return ret ?: len;
}

static struct kobj_attribute dc_slot_owner = __ATTR_RW(slot_owner);

static ssize_t user_slots_show(struct kobject *kobj,
			       struct kobj_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%d\n", READ_ONCE(to_dc(kobj)->user_slots));
}

static ssize_t user_slots_store(struct kobject *kobj,
				struct kobj_attribute *attr, const char *buf,
				size_t len)
{
	struct dvk_dc *dc = to_dc(kobj);
	int slots, ret;

	if (!dvk_may_configure(dc->node))
		return -EPERM;
	ret = kstrtoint(buf, 10, &slots);
	if (ret)
		return ret;
	if (slots < 0 || slots > DVK_MAX_SLOTS)
		return -ERANGE;
	spin_lock_bh(&dc->lock);
	WRITE_ONCE(dc->user_slots, slots);
	spin_unlock_bh(&dc->lock);
	return len;
}

static struct kobj_attribute dc_user_slots = __ATTR_RW(user_slots);

static ssize_t flag_store(struct kobject *kobj, const char *buf, size_t len,
			  u32 flag, bool inverse)
{
	struct dvk_dc *dc = to_dc(kobj);
	bool on;
	int ret;

	if (!dvk_may_configure(dc->node))
		return -EPERM;
	ret = dvk_parse_bool(buf, &on);
	if (ret)
		return ret;
	spin_lock_bh(&dc->lock);
	if (on != inverse)
		WRITE_ONCE(dc->flags, dc->flags | flag);
	else
		WRITE_ONCE(dc->flags, dc->flags & ~flag);
	spin_unlock_bh(&dc->lock);
	return len;
}

static ssize_t autobind_show(struct kobject *kobj, struct kobj_attribute *attr,
			     char *buf)
{
	return sysfs_emit(buf, "%d\n", !(READ_ONCE(to_dc(kobj)->flags) &
					 DVK_DC_NOAUTOBIND));
}

static ssize_t autobind_store(struct kobject *kobj, struct kobj_attribute *attr,
			      const char *buf, size_t len)
{
	return flag_store(kobj, buf, len, DVK_DC_NOAUTOBIND, true);
}

static struct kobj_attribute dc_autobind = __ATTR_RW(autobind);

static ssize_t strict_show(struct kobject *kobj, struct kobj_attribute *attr,
			   char *buf)
{
	return sysfs_emit(buf, "%d\n", !!(READ_ONCE(to_dc(kobj)->flags) &
					  DVK_DC_STRICT));
}

static ssize_t strict_store(struct kobject *kobj, struct kobj_attribute *attr,
			    const char *buf, size_t len)
{
	return flag_store(kobj, buf, len, DVK_DC_STRICT, false);
}

static struct kobj_attribute dc_strict = __ATTR_RW(strict);

static ssize_t dc_state_show(struct kobject *kobj, struct kobj_attribute *attr,
			     char *buf)
{
	return sysfs_emit(buf, "%s\n", READ_ONCE(to_dc(kobj)->running) ?
				       "running" : "ended");
}

static struct kobj_attribute dc_state =
	__ATTR(state, 0444, dc_state_show, NULL);

static struct attribute *dc_attrs[] = {
	&dc_name.attr,
	&dc_nr_procs.attr,
	&dc_nr_tasks.attr,
	&dc_nr_sysprocs.attr,
	&dc_nr_nodes.attr,
	&dc_nodes.attr,
	&dc_add_node.attr,
	&dc_del_node.attr,
	&dc_owner.attr,
	&dc_mode.attr,
	&dc_slot_owner.attr,
	&dc_user_slots.attr,
	&dc_autobind.attr,
	&dc_strict.attr,
	&dc_state.attr,
	&dc_bound.attr,
	NULL
};
ATTRIBUTE_GROUPS(dc);

static void dc_release(struct kobject *kobj)
{
	dvk_dc_put(to_dc(kobj));
}

static const struct kobj_type dc_ktype = {
	.release = dc_release,
	.sysfs_ops = &kobj_sysfs_ops,
	.default_groups = dc_groups,
	.get_ownership = dvk_dir_owner,
};

static int sysfs_dc_add(struct dvk_dc *dc)
{
	int ret;

	kref_get(&dc->ref);
	ret = kobject_init_and_add(&dc->kobj, &dc_ktype, dc->node->dcs_kobj,
				   "%d", dc->dcid);
	if (ret)
		kobject_put(&dc->kobj);
	return ret;
}

int dvk_dc_show(struct dvk_dc *dc)
{
	int ret = dvk_proc_dc_add(dc);

	if (ret)
		return ret;
	/* Last: its removal here would wait for writers that wait for us. */
	ret = sysfs_dc_add(dc);
	if (ret)
		dvk_proc_dc_del(dc);
	return ret;
}

void dvk_dc_hide(struct dvk_dc *dc)
{
	dvk_proc_dc_del(dc);
	kobject_del(&dc->kobj);
	kobject_put(&dc->kobj);
}
