// SPDX-License-Identifier: GPL-2.0
/*
 * No question, but what the other probes rest on: every kernel has this, so if
 * it does not compile the fault is with the headers or the compiler.
 */
#include <linux/device/class.h>
#include <linux/kobject.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/skbuff.h>
#include <net/tcp.h>

int probe(struct module *module);
int probe(struct module *module)
{
	return try_module_get(module);
}
