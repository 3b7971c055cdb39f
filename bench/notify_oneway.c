// SPDX-License-Identifier: GPL-2.0
/* notify_oneway: notify against receive, in one direction. */
#include "loop.h"

int main(int argc, char **argv)
{
	return loop_main(argc, argv, &loop_notify_oneway, LOOP_ROUNDS);
}
