// SPDX-License-Identifier: GPL-2.0
/*
 * The module: registers the transport.
 */
#include "kproxy_tipc.h"

#include <linux/module.h>

static struct dvk_transport kptipc_transport = {
	.name		= "tipc",
	.owner		= THIS_MODULE,
	.needs_address	= false,
	.listen		= kptipc_listen,
	.unlisten	= kptipc_unlisten,
	.dial		= kptipc_dial,
	.attach		= kptipc_attach,
	.discard	= kptipc_discard,
	.start		= kptipc_start,
	.send		= kptipc_send,
	.resume		= kptipc_resume,
	.hangup		= kptipc_hangup,
};

static int __init kptipc_init(void)
{
	return dvk_transport_register(&kptipc_transport);
}

static void __exit kptipc_exit(void)
{
	dvk_transport_unregister(&kptipc_transport);
}

module_init(kptipc_init);
module_exit(kptipc_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("DVK kernel proxy over TIPC");
MODULE_ALIAS("dvk-transport-tipc");
/* No symbol of it is used, only its sockets. */
MODULE_SOFTDEP("pre: tipc");
