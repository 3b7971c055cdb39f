// SPDX-License-Identifier: GPL-2.0
/*
 * dvk.ko: location-transparent IPC between processes of many nodes.
 */
#include <linux/module.h>

#include "copy.h"
#include "endpoint.h"
#include "link.h"
#include "node.h"
#include "pair.h"
#include "proc.h"
#include "sysfs.h"
#include "task.h"
#include "uapi.h"

static int __init dvk_init(void)
{
	int err;

	err = dvk_ep_cache_init();
	if (err)
		return err;
	err = dvk_copy_init();
	if (err)
		goto err_cache;
	err = dvk_link_init();
	if (err)
		goto err_copy;
	err = dvk_pair_init();
	if (err)
		goto err_link;
	err = dvk_task_init();
	if (err)
		goto err_pair;
	err = dvk_sysfs_register();
	if (err)
		goto err_task;
	err = dvk_proc_register();
	if (err)
		goto err_sysfs;
	err = dvk_node_register();
	if (err)
		goto err_proc;
	err = dvk_uapi_register();
	if (err)
		goto err_node;
	return 0;

err_node:
	dvk_node_unregister();
err_proc:
	dvk_proc_unregister();
err_sysfs:
	dvk_sysfs_unregister();
err_task:
	dvk_task_exit();
err_pair:
	dvk_pair_exit();
err_link:
	dvk_link_exit();
err_copy:
	dvk_copy_exit();
err_cache:
	dvk_ep_cache_exit();
	return err;
}

static void __exit dvk_exit(void)
{
	dvk_uapi_unregister();
	dvk_node_unregister();
	dvk_proc_unregister();
	dvk_sysfs_unregister();
	dvk_task_exit();
	dvk_pair_exit();
	dvk_link_exit();
	dvk_copy_exit();
	dvk_ep_cache_exit();
}

module_init(dvk_init);
module_exit(dvk_exit);

MODULE_DESCRIPTION("Location-transparent IPC between processes of many nodes");
MODULE_LICENSE("GPL");
MODULE_VERSION(DVK_VERSION_TEXT);
