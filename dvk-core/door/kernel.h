/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Kernel clients, as the core sees them. Their own view is <dvk/kernel.h>.
 */
#ifndef _DVK_CORE_KERNEL_H
#define _DVK_CORE_KERNEL_H

struct dvk_node;

/*
 * The namespace goes: wait until no kernel client is in a call, and let none
 * start another. The DVS has ended, which ends their waits.
 */
void dvk_kernel_node_exit(struct dvk_node *node);

#endif /* _DVK_CORE_KERNEL_H */
