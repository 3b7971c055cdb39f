// SPDX-License-Identifier: GPL-2.0
/*
 * 6.18 to 7.1: the flags of a process's memory are a bitmap, and a function tells whether
 * they allow to look into it.
 */
#include <linux/mm.h>
#include <linux/sched/coredump.h>

int probe(const struct mm_struct *mm);
int probe(const struct mm_struct *mm)
{
	return __mm_flags_get_dumpable(mm);
}
