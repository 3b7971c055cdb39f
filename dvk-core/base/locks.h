/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The locks of dvk.ko, outermost first. A lock may be taken while holding any
 * lock above it, never one below or beside it.
 *
 *  0 node->setup          mutex    peers, DCs, the DVS come and go (see sysfs.h)
 *  1 dvk_transports_lock  mutex    list of transports; start and stop of links
 *  2 node->config         mutex    DVS, DCs, peers of one node: configuration
 *  3 link->tx_mutex       mutex    right to call the transport's send()
 *  4 socket lock          -        the transport's; held around dvk_link_rx()
 *                                  (proxies in user space: pair->rx_mutex)
 *  5 dc->lock             spin_bh  slot table of a DC, its member nodes
 *  6 endpoint->lock       spin_bh  one endpoint: how it waits, who queues for it
 *  7 link->tx_lock        spin_bh  queue of outgoing frames
 *
 * dvk_pairs_lock (spin, see pair.h) is taken with none of 4 to 7 held, and none
 * is taken with it held.
 *
 * A rendezvous is decided under the lock of the receiver alone (see ipc.h). Two
 * endpoint locks are held together only to pass a waiting client from one
 * server to another (relay.c), in the order of their addresses. Look-ups (tasks, slots, DCs,
 * links) use RCU and take none of these. None of 5 to 7 is held across
 * a copy from or to user memory, a page fault or a socket call. 3 is held across the
 * transport's send(), which does not block, and its hangup(), which waits for
 * callbacks. 4 is held while the receiver thread pins memory for data that arrive,
 * and pair->rx_mutex across copies from the program too; both belong to one
 * connection, and hold up nothing else.
 *
 * mutex 1 is taken before 2 although a module unload starts from 1 and a
 * namespace's death from 2: the latter takes 1 first as well.
 */
#ifndef _DVK_LOCKS_H
#define _DVK_LOCKS_H

#include <linux/mutex.h>

extern struct mutex dvk_transports_lock;

#endif /* _DVK_LOCKS_H */
