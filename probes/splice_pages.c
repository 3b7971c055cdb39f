// SPDX-License-Identifier: GPL-2.0
/*
 * 6.5: TCP takes pages by reference in sendmsg(), with MSG_SPLICE_PAGES, and
 * ->sendpage() has gone. The flag itself is no test: stable kernels before 6.5
 * define it, and their TCP ignores it and copies. So this asks for the function
 * with which protocols do it.
 */
#include <linux/skbuff.h>

ssize_t probe(struct sk_buff *skb, struct iov_iter *iter);
ssize_t probe(struct sk_buff *skb, struct iov_iter *iter)
{
	return skb_splice_from_iter(skb, iter, PAGE_SIZE, GFP_KERNEL);
}
