// SPDX-License-Identifier: GPL-2.0
/* ipc3: notifications. */
#include "loop.h"

int main(int argc, char **argv)
{
	return loop_main(argc, argv, &loop_notify, LOOP_ROUNDS);
}
