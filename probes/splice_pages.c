// SPDX-License-Identifier: GPL-2.0
/*
 * 6.5: TCP takes pages by reference in sendmsg(), with MSG_SPLICE_PAGES, and
 * ->sendpage() has gone. The flag itself is no test: stable kernels before 6.5
 * define it, and their TCP ignores it and copies. So this asks for the function
 * with which protocols do it, whatever its arguments are.
 */
#include <linux/skbuff.h>

void *probe(void);
void *probe(void)
{
	return skb_splice_from_iter;
}
