// SPDX-License-Identifier: GPL-2.0
/*
 * Trains: whole frames that follow in the payload of another.
 */
#include "link.h"

#include <linux/mm.h>
#include <linux/slab.h>

void dvk_train_free(struct dvk_train *train)
{
	if (!train)
		return;
	/* Who still refers to it has references. */
	put_page(virt_to_page(train->cmds));
	kvfree(train);
}

struct dvk_train *dvk_train_alloc(unsigned int nr, unsigned int nr_bvec)
{
	struct dvk_train *train;

	train = kvmalloc(struct_size(train, bvec, nr_bvec), GFP_KERNEL);
	if (!train)
		return NULL;
	train->cmds = (struct dvk_cmd *)__get_free_page(GFP_KERNEL);
	if (!train->cmds) {
		kvfree(train);
		return NULL;
	}
	train->nr = nr;
	return train;
}

struct dvk_train *dvk_train_of_page(struct page *page, unsigned int len)
{
	struct dvk_train *train;

	train = kvmalloc(struct_size(train, bvec, 1), GFP_KERNEL);
	if (!train) {
		put_page(page);
		return NULL;
	}
	train->nr = 0;
	train->cmds = page_address(page);
	bvec_set_page(&train->bvec[0], page, len, 0);
	return train;
}
