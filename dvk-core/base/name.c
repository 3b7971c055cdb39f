// SPDX-License-Identifier: GPL-2.0
/*
 * Names that others choose and that tables, logs and terminals show.
 */
#include "name.h"

#include <linux/build_bug.h>
#include <linux/ctype.h>
#include <linux/sched.h>
#include <linux/string.h>

void dvk_set_name(char name[DVK_NAME_LEN], const char *from)
{
	char *c;

	strscpy(name, from, DVK_NAME_LEN);
	for (c = name; *c; c++)
		if (!isascii(*c) || !isprint(*c))
			*c = '?';
}

void dvk_get_task_name(char name[DVK_NAME_LEN], struct task_struct *task)
{
	char comm[TASK_COMM_LEN];

	BUILD_BUG_ON(TASK_COMM_LEN > DVK_NAME_LEN);
	get_task_comm(comm, task);
	dvk_set_name(name, comm);
}
