// SPDX-License-Identifier: GPL-2.0
/* ipc5: sendrec against the combined reply_rcvrqst. */
#include "loop.h"

int main(int argc, char **argv)
{
	return loop_main(argc, argv, &loop_combined, LOOP_ROUNDS);
}
