// SPDX-License-Identifier: GPL-2.0
/*
 * 6.2: the callbacks of a class that tell whose a device is, and of which
 * namespace, take const arguments.
 */
#include <linux/device/class.h>

void probe(struct class *class,
	   void (*owner)(const struct device *dev, kuid_t *uid, kgid_t *gid));
void probe(struct class *class,
	   void (*owner)(const struct device *dev, kuid_t *uid, kgid_t *gid))
{
	class->get_ownership = owner;
}
