// SPDX-License-Identifier: GPL-2.0
/*
 * 6.10: the functions that take and put references on the fragments of buffers
 * have a header of their own.
 */
#include <linux/skbuff_ref.h>

void probe(struct sk_buff *skb);
void probe(struct sk_buff *skb)
{
	skb_frag_unref(skb, 0);
}
