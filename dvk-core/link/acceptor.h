/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The listener of transports over sockets; its users read <dvk/sock.h>.
 */
#ifndef _DVK_ACCEPTOR_H
#define _DVK_ACCEPTOR_H

int dvk_acceptor_init(void);
void dvk_acceptor_exit(void);

#endif /* _DVK_ACCEPTOR_H */
