// SPDX-License-Identifier: GPL-2.0
/*
 * /sys/class/dvk/dvk0: the class, the node and its limits.
 *
 * Files of sysfs change nothing themselves but plain values: they parse, check
 * the writer's right and call the core.
 */
#include <linux/capability.h>
#include <linux/ctype.h>
#include <linux/device.h>
#include <linux/kernel.h>
#include <linux/netdevice.h>
#include <linux/string.h>
#include <linux/sysfs.h>
#include <net/net_namespace.h>

#include "base/current.h"
#include "base/node.h"
#include "dvs.h"
#include "link/link.h"
#include "object/dc.h"
#include "sysfs.h"
#include "sysfs_attr.h"

#define INTERFACES	"ioctl"

int dvk_errno(int result)
{
	switch (-result) {
	case DVK_EPERM:		return -EPERM;
	case DVK_ESRCH:		return -ESRCH;
	case DVK_EINTR:		return -EINTR;
	case DVK_E2BIG:		return -E2BIG;
	case DVK_EAGAIN:	return -EAGAIN;
	case DVK_ENOMEM:
	case DVK_EALLOCMEM:	return -ENOMEM;
	case DVK_EFAULT:	return -EFAULT;
	case DVK_EEXIST:
	case DVK_EDCRUN:
	case DVK_EDCNODE:	return -EEXIST;
	case DVK_EINVAL:
	case DVK_EBADVALUE:	return -EINVAL;
	case DVK_ERANGE:
	case DVK_EBADRANGE:
	case DVK_EBADNODEID:
	case DVK_EBADDCID:	return -ERANGE;
	case DVK_ENOSYS:	return -EOPNOTSUPP;
	case DVK_EBUSY:
	case DVK_EDVSBUSY:
	case DVK_ENODEBUSY:	return -EBUSY;
	case DVK_EDVSINIT:	return -ENODEV;
	case DVK_EDCNOTRUN:
	case DVK_ENODCNODE:	return -ENOENT;
	case DVK_ENODEFREE:	return -EHOSTUNREACH;
	case DVK_ERSCBUSY:	return -ENOTUNIQ;
	case DVK_ENAMESIZE:	return -ENAMETOOLONG;
	case DVK_EBADDEST:	return -EDESTADDRREQ;
	case DVK_ETIMEDOUT:	return -ETIMEDOUT;
	case DVK_ENOTCONN:
	case DVK_ENOPROXY:	return -ENOTCONN;
	case DVK_ESHUTDOWN:	return -ESHUTDOWN;
	case DVK_EADDRNOTAVAIL:	return -EADDRNOTAVAIL;
	case DVK_EMSGSIZE:	return -EMSGSIZE;
	case DVK_EPRIVILEGES:
	case DVK_EBADOWNER:	return -EACCES;
	default:
		return result < 0 ? -EIO : 0;
	}
}

/* --- shared by all files of sysfs --- */

/* Takes the text of a write without the newline that `echo` appends. */
int dvk_parse_line(const char *buf, size_t len, char *line, size_t size)
{
	if (len && buf[len - 1] == '\n')
		len--;
	if (!len || memchr(buf, '\0', len))
		return -EINVAL;
	if (len >= size)
		return -ENAMETOOLONG;
	memcpy(line, buf, len);
	line[len] = '\0';
	return 0;
}

/* The same, of text that becomes a column of tables. */
int dvk_parse_word(const char *buf, size_t len, char *word, size_t size)
{
	int ret = dvk_parse_line(buf, len, word, size);

	if (ret)
		return ret;
	for (; *word; word++)
		if (!isascii(*word) || !isgraph(*word))
			return -EINVAL;
	return 0;
}

int dvk_parse_bool(const char *buf, bool *on)
{
	int value, ret;

	ret = kstrtoint(buf, 10, &value);
	if (ret)
		return ret;
	if (value != 0 && value != 1)
		return -EINVAL;
	*on = value;
	return 0;
}

/* Texts change under readers: the last byte is always the terminator. */
ssize_t dvk_emit_name(char *buf, const char name[DVK_NAME_LEN])
{
	return sysfs_emit(buf, "%.*s\n", DVK_NAME_LEN - 1, name);
}

/* --- dvk0 --- */

/* Calls @set with the number that is written. */
static ssize_t node_store(struct device *dev, const char *buf, size_t len,
			  int (*set)(struct dvk_node *node, int value))
{
	struct dvk_node *node = dev_get_drvdata(dev);
	int value, ret;

	if (!dvk_may_configure(node))
		return -EPERM;
	ret = kstrtoint(buf, 10, &value);
	if (!ret)
		ret = set(node, value);
	return ret < 0 ? ret : len;
}

static int set_nodeid(struct dvk_node *node, int nodeid)
{
	if (nodeid == -1)
		return dvk_errno(dvk_node_end_dvs(node));
	return dvk_errno(dvk_node_init_dvs(node, nodeid, NULL));
}

static ssize_t nodeid_show(struct device *dev, struct device_attribute *attr,
			   char *buf)
{
	struct dvk_node *node = dev_get_drvdata(dev);

	return sysfs_emit(buf, "%d\n", READ_ONCE(node->nodeid));
}

static ssize_t nodeid_store(struct device *dev, struct device_attribute *attr,
			    const char *buf, size_t len)
{
	return node_store(dev, buf, len, set_nodeid);
}
static DEVICE_ATTR_RW(nodeid);

static ssize_t name_show(struct device *dev, struct device_attribute *attr,
			 char *buf)
{
	struct dvk_node *node = dev_get_drvdata(dev);

	return dvk_emit_name(buf, node->name);
}

static ssize_t name_store(struct device *dev, struct device_attribute *attr,
			  const char *buf, size_t len)
{
	struct dvk_node *node = dev_get_drvdata(dev);
	char name[DVK_NAME_LEN] = "";
	int ret;

	if (!dvk_may_configure(node))
		return -EPERM;
	ret = dvk_parse_word(buf, len, name, sizeof(name));
	if (ret)
		return ret;
	mutex_lock(&node->config);
	if (dvk_node_up(node))
		ret = -EBUSY;
	else
		memcpy(node->name, name, sizeof(name));
	mutex_unlock(&node->config);
	return ret ?: len;
}
static DEVICE_ATTR_RW(name);

static ssize_t version_show(struct device *dev, struct device_attribute *attr,
			    char *buf)
{
	return sysfs_emit(buf, "%s\n", DVK_VERSION_TEXT);
}
static DEVICE_ATTR_RO(version);

static ssize_t interfaces_show(struct device *dev,
			       struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%s\n", INTERFACES);
}
static DEVICE_ATTR_RO(interfaces);

static ssize_t refused_show(struct device *dev, struct device_attribute *attr,
			    char *buf)
{
	struct dvk_node *node = dev_get_drvdata(dev);

	return sysfs_emit(buf, "%u\n", (u32)atomic_read(&node->refused));
}
static DEVICE_ATTR_RO(refused);

static ssize_t new_peer_store(struct device *dev, struct device_attribute *attr,
			      const char *buf, size_t len)
{
	return node_store(dev, buf, len, dvk_link_add);
}
static DEVICE_ATTR_WO(new_peer);

static ssize_t del_peer_store(struct device *dev, struct device_attribute *attr,
			      const char *buf, size_t len)
{
	return node_store(dev, buf, len, dvk_link_del);
}
static DEVICE_ATTR_WO(del_peer);

/* "ID" or "ID NAME" */
static int parse_dc(const char *buf, size_t len, struct dvk_dc_usr *usr)
{
	char line[32];
	char *name = line;
	char *id;
	int ret;

	ret = dvk_parse_line(buf, len, line, sizeof(line));
	if (ret)
		return ret;
	id = strsep(&name, " ");
	ret = kstrtoint(id, 10, &usr->dc_dcid);
	if (ret)
		return ret;
	if (name)
		return dvk_parse_word(name, strlen(name), usr->dc_name,
				  sizeof(usr->dc_name));
	snprintf(usr->dc_name, sizeof(usr->dc_name), "DC%d", usr->dc_dcid);
	return 0;
}

static ssize_t new_dc_store(struct device *dev, struct device_attribute *attr,
			    const char *buf, size_t len)
{
	struct dvk_node *node = dev_get_drvdata(dev);
	struct dvk_dc_usr usr = {
		.dc_nr_procs = READ_ONCE(node->limits.nr_procs),
		.dc_nr_tasks = READ_ONCE(node->limits.nr_tasks),
		.dc_nr_sysprocs = READ_ONCE(node->limits.nr_sysprocs),
		.dc_nr_nodes = READ_ONCE(node->limits.nr_nodes),
		.dc_warn2proc = DVK_NONE,
	};
	int ret;

	if (!dvk_may_configure(node))
		return -EPERM;
	/* The limits are set one at a time, so they may not fit together. */
	usr.dc_nr_sysprocs = min(usr.dc_nr_sysprocs,
				 usr.dc_nr_procs + usr.dc_nr_tasks);
	ret = parse_dc(buf, len, &usr);
	if (!ret)
		ret = dvk_errno(dvk_dc_init(node, &usr));
	return ret ?: len;
}
static DEVICE_ATTR_WO(new_dc);

static int end_dc(struct dvk_node *node, int dcid)
{
	return dvk_errno(dvk_dc_end(node, dcid));
}

static ssize_t del_dc_store(struct device *dev, struct device_attribute *attr,
			    const char *buf, size_t len)
{
	return node_store(dev, buf, len, end_dc);
}
static DEVICE_ATTR_WO(del_dc);

static struct attribute *node_attrs[] = {
	&dev_attr_nodeid.attr,
	&dev_attr_name.attr,
	&dev_attr_version.attr,
	&dev_attr_interfaces.attr,
	&dev_attr_refused.attr,
	&dev_attr_new_peer.attr,
	&dev_attr_del_peer.attr,
	&dev_attr_new_dc.attr,
	&dev_attr_del_dc.attr,
	NULL
};

/**
 * struct limit_attr - a number in struct dvk_limits
 * @attr: the attribute
 * @offset: where it is
 * @min: least value
 * @max: greatest value
 * @busy: whether it may not be changed now, or NULL; node->config held
 */
struct limit_attr {
	struct device_attribute attr;
	size_t offset;
	int min;
	int max;
	bool (*busy)(struct dvk_node *node);
};

static const struct limit_attr *to_limit(struct device_attribute *attr)
{
	return container_of(attr, struct limit_attr, attr);
}

static int *limit_of(struct dvk_node *node, const struct limit_attr *limit)
{
	return (void *)&node->limits + limit->offset;
}

static ssize_t limit_show(struct device *dev, struct device_attribute *attr,
			  char *buf)
{
	int *value = limit_of(dev_get_drvdata(dev), to_limit(attr));

	return sysfs_emit(buf, "%d\n", READ_ONCE(*value));
}

static ssize_t limit_store(struct device *dev, struct device_attribute *attr,
			   const char *buf, size_t len)
{
	const struct limit_attr *limit = to_limit(attr);
	struct dvk_node *node = dev_get_drvdata(dev);
	int value, ret;

	if (!dvk_may_configure(node))
		return -EPERM;
	ret = kstrtoint(buf, 10, &value);
	if (ret)
		return ret;
	if (value < limit->min || value > limit->max)
		return -ERANGE;
	mutex_lock(&node->config);
	if (limit->busy && limit->busy(node))
		ret = -EBUSY;
	else
		WRITE_ONCE(*limit_of(node, limit), value);
	mutex_unlock(&node->config);
	return ret ?: len;
}

/* Tables have been made by these sizes. */
static bool is_up(struct dvk_node *node)
{
	return dvk_node_up(node);
}

/* Somebody may listen already. */
static bool has_enabled_peer(struct dvk_node *node)
{
	struct dvk_link *link;
	unsigned long id;

	xa_for_each(&node->links, id, link)
		if (link->enabled)
			return true;
	return false;
}

#define LIMIT_ATTR(_name, _min, _max, _busy)				\
	static struct limit_attr limit_##_name = {			\
		.attr.attr = { .name = #_name, .mode = 0644 },		\
		.attr.show = limit_show,				\
		.attr.store = limit_store,				\
		.offset = offsetof(struct dvk_limits, _name),		\
		.min = _min,						\
		.max = _max,						\
		.busy = _busy,						\
	}

LIMIT_ATTR(nr_dcs, 1, DVK_MAX_DCS, is_up);
LIMIT_ATTR(nr_nodes, 1, DVK_MAX_NODES, is_up);
LIMIT_ATTR(nr_procs, 1, DVK_MAX_SLOTS - DVK_NR_TASKS, is_up);
/* An endpoint's number leaves room for no more (see DVK_EP_STRIDE). */
LIMIT_ATTR(nr_tasks, 0, DVK_NR_TASKS, is_up);
LIMIT_ATTR(nr_sysprocs, 0, DVK_MAX_SLOTS, is_up);
LIMIT_ATTR(max_copybuf, 512, DVK_MAXCOPYBUF, is_up);
LIMIT_ATTR(max_copylen, 1, DVK_MAXCOPYLEN, is_up);
LIMIT_ATTR(keepalive_ms, 100, 3600000, NULL);
LIMIT_ATTR(local_poll_us, 0, 10000, NULL);
LIMIT_ATTR(busy_poll_us, 0, 10000, NULL);
LIMIT_ATTR(tx_hold_us, 0, 10000, NULL);
LIMIT_ATTR(port, 1, U16_MAX, has_enabled_peer);

static struct attribute *limit_attrs[] = {
	&limit_nr_dcs.attr.attr,
	&limit_nr_nodes.attr.attr,
	&limit_nr_procs.attr.attr,
	&limit_nr_tasks.attr.attr,
	&limit_nr_sysprocs.attr.attr,
	&limit_max_copybuf.attr.attr,
	&limit_max_copylen.attr.attr,
	&limit_keepalive_ms.attr.attr,
	&limit_local_poll_us.attr.attr,
	&limit_busy_poll_us.attr.attr,
	&limit_tx_hold_us.attr.attr,
	&limit_port.attr.attr,
	NULL
};

static const struct attribute_group node_group = { .attrs = node_attrs };
static const struct attribute_group limit_group = { .attrs = limit_attrs };
static const struct attribute_group *node_groups[] = {
	&node_group,
	&limit_group,
	NULL
};

/* --- the class and its devices --- */

static struct dvk_node *node_of_dir(const struct kobject *kobj)
{
	/* dvk0 / peers or dcs / number */
	return dev_get_drvdata(kobj_to_dev(kobj->parent->parent));
}

static DVK_CLASS_NS namespace_of(DVK_CLASS_CONST struct device *dev)
{
	const struct dvk_node *node = dev_get_drvdata(dev);

	return dvk_class_ns(node->net);
}

static void dev_owner(DVK_CLASS_CONST struct device *dev, kuid_t *uid,
		      kgid_t *gid)
{
	const struct dvk_node *node = dev_get_drvdata(dev);

	net_ns_get_ownership(node->net, uid, gid);
}

void dvk_dir_owner(DVK_OWNERSHIP_CONST struct kobject *kobj, kuid_t *uid,
		   kgid_t *gid)
{
	net_ns_get_ownership(node_of_dir(kobj)->net, uid, gid);
}

static struct class dvk_class = {
	.name = "dvk",
	.ns_type = &net_ns_type_operations,
	.namespace = namespace_of,
	.get_ownership = dev_owner,
};

int dvk_sysfs_node_add(struct dvk_node *node)
{
	struct device *dev;
	int ret = -ENOMEM;

	dev = device_create(&dvk_class, NULL, MKDEV(0, 0), node, "dvk0");
	if (IS_ERR(dev))
		return PTR_ERR(dev);
	node->peers_kobj = kobject_create_and_add("peers", &dev->kobj);
	node->dcs_kobj = kobject_create_and_add("dcs", &dev->kobj);
	if (!node->peers_kobj || !node->dcs_kobj)
		goto err;
	/* Last, because a write to them needs the directories. */
	ret = sysfs_create_groups(&dev->kobj, node_groups);
	if (ret)
		goto err;
	node->dev = dev;
	return 0;

err:
	kobject_put(node->dcs_kobj);
	kobject_put(node->peers_kobj);
	node->dcs_kobj = NULL;
	node->peers_kobj = NULL;
	device_unregister(dev);
	return ret;
}

void dvk_sysfs_node_close(struct dvk_node *node)
{
	if (node->dev)
		sysfs_remove_groups(&node->dev->kobj, node_groups);
}

void dvk_sysfs_node_del(struct dvk_node *node)
{
	if (!node->dev)
		return;
	/* Nobody is there to hear of it when the whole namespace goes. */
	if (!check_net(node->net))
		dev_set_uevent_suppress(node->dev, 1);
	kobject_put(node->dcs_kobj);
	kobject_put(node->peers_kobj);
	device_unregister(node->dev);
	node->dcs_kobj = NULL;
	node->peers_kobj = NULL;
	node->dev = NULL;
}

int dvk_sysfs_register(void)
{
	return class_register(&dvk_class);
}

void dvk_sysfs_unregister(void)
{
	class_unregister(&dvk_class);
}
