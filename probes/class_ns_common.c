// SPDX-License-Identifier: GPL-2.0
/*
 * 7.2: the callback of a class that tells the namespace of a device returns what
 * is common to namespaces of all kinds.
 */
#include <linux/device/class.h>

void probe(struct class *class,
	   const struct ns_common *(*ns)(const struct device *dev));
void probe(struct class *class,
	   const struct ns_common *(*ns)(const struct device *dev))
{
	class->namespace = ns;
}
