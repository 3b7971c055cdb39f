// SPDX-License-Identifier: GPL-2.0
/*
 * 6.2: the callback of a kobj_type that tells whose a directory is takes a const
 * argument.
 */
#include <linux/kobject.h>

void probe(struct kobj_type *type,
	   void (*owner)(const struct kobject *kobj, kuid_t *uid, kgid_t *gid));
void probe(struct kobj_type *type,
	   void (*owner)(const struct kobject *kobj, kuid_t *uid, kgid_t *gid))
{
	type->get_ownership = owner;
}
