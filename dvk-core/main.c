// SPDX-License-Identifier: GPL-2.0
/*
 * dvk.ko: location-transparent IPC between processes of many nodes. This is the
 * roof: it starts all floors, and tells each what those above it do.
 */
#include <linux/module.h>

#include "base/node.h"
#include "call/ipc.h"
#include "call/migrate.h"
#include "call/remote.h"
#include "copy/copy.h"
#include "door/dvs.h"
#include "door/proc.h"
#include "door/remote_rx.h"
#include "door/suspend.h"
#include "door/sysfs.h"
#include "door/uapi.h"
#include "link/link.h"
#include "link/pair.h"
#include "object/dc.h"
#include "object/endpoint.h"
#include "object/task.h"

/* Where what happens on one floor is the business of those above. */
static const struct dvk_link_ops link_ops __initconst = {
	.rx		= dvk_remote_rx,
	.xfer_fill	= dvk_xfer_fill,
	.xfer_filled	= dvk_rcopy_rx_payload,
	.xfer_put	= dvk_xfer_put,
	.up		= dvk_remote_announce_all,
	.lost		= dvk_remote_node_lost,
	.quiesce	= dvk_rcopy_quiesce,
	.added		= dvk_sysfs_link_add,
	.removed	= dvk_dc_drop_node,
	.gone		= dvk_sysfs_link_del,
};

static const struct dvk_object_ops object_ops __initconst = {
	.ep_gone	= dvk_ipc_ep_gone,
	.ep_exited	= dvk_ipc_warn,
	.ep_replaced	= dvk_migrate_replaced,
	.standin_gone	= dvk_copy_target_gone,
	.announce	= dvk_remote_announce,
	.call_found	= dvk_call_found,
	.call_drop	= dvk_call_drop,
	.slot_free	= dvk_migrate_look_for,
	.member_added	= dvk_remote_announce_dc,
	.dc_added	= dvk_dc_show,
	.dc_gone	= dvk_dc_hide,
};

static int __init dvk_init(void)
{
	int err;

	err = dvk_object_init(&object_ops);
	if (err)
		return err;
	err = dvk_copy_init();
	if (err)
		goto err_cache;
	err = dvk_link_init(&link_ops);
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
	dvk_object_exit();
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
	dvk_object_exit();
}

module_init(dvk_init);
module_exit(dvk_exit);

MODULE_DESCRIPTION("Location-transparent IPC between processes of many nodes");
MODULE_LICENSE("GPL");
MODULE_VERSION(DVK_VERSION_TEXT);
