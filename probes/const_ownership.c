// SPDX-License-Identifier: GPL-2.0
/*
 * 6.2: the callbacks of a class and of a kobj_type that tell whose a directory
 * is, and of which namespace, take const arguments.
 */
#include <linux/device/class.h>
#include <linux/kobject.h>

void probe(struct class *class, struct kobj_type *type,
	   const void *(*ns)(const struct device *dev),
	   void (*dev_owner)(const struct device *dev, kuid_t *uid, kgid_t *gid),
	   void (*owner)(const struct kobject *kobj, kuid_t *uid, kgid_t *gid));
void probe(struct class *class, struct kobj_type *type,
	   const void *(*ns)(const struct device *dev),
	   void (*dev_owner)(const struct device *dev, kuid_t *uid, kgid_t *gid),
	   void (*owner)(const struct kobject *kobj, kuid_t *uid, kgid_t *gid))
{
	class->namespace = ns;
	class->get_ownership = dev_owner;
	type->get_ownership = owner;
}
