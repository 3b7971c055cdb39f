// SPDX-License-Identifier: GPL-2.0
/* ipc1: send against receive. */
#include "loop.h"

int main(int argc, char **argv)
{
	return loop_main(argc, argv, &loop_send_receive, LOOP_ROUNDS);
}
