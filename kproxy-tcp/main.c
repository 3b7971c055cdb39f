// SPDX-License-Identifier: GPL-2.0
/*
 * The module: registers the transport.
 */
#include "kproxy_tcp.h"

#include <linux/module.h>

static struct dvk_transport kptcp_transport = {
	.name		= "tcp",
	.owner		= THIS_MODULE,
	.needs_address	= true,
	.byte_stream	= true,
	.listen		= kptcp_listen,
	.unlisten	= kptcp_unlisten,
	.set_address	= kptcp_set_address,
	.show_address	= kptcp_show_address,
	.set_local	= kptcp_set_local,
	.show_local	= kptcp_show_local,
	.set_key	= kptcp_set_key,
	.dial		= kptcp_dial,
	.attach		= kptcp_attach,
	.discard	= kptcp_discard,
	.start		= kptcp_start,
	.send		= kptcp_send,
	.resume		= kptcp_resume,
	.acked		= kptcp_acked,
	.hangup		= kptcp_hangup,
};

static int __init kptcp_init(void)
{
	return dvk_transport_register(&kptcp_transport);
}

static void __exit kptcp_exit(void)
{
	dvk_transport_unregister(&kptcp_transport);
}

module_init(kptcp_init);
module_exit(kptcp_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("DVK kernel proxy over TCP");
MODULE_ALIAS("dvk-transport-tcp");
