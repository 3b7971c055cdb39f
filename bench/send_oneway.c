// SPDX-License-Identifier: GPL-2.0
/* send_oneway: send against receive, in one direction. */
#include "loop.h"

int main(int argc, char **argv)
{
	return loop_main(argc, argv, &loop_send_oneway, LOOP_ROUNDS);
}
