/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Names that others choose and that tables, logs and terminals show.
 */
#ifndef _DVK_NAME_H
#define _DVK_NAME_H

#include <linux/dvk.h>

struct task_struct;

/*
 * Take over a name that tables, the kernel's log and terminals will show: cut to
 * size, with a question mark for all but visible ASCII and blanks. Names come
 * from processes, who choose them freely, and from other nodes.
 */
void dvk_set_name(char name[DVK_NAME_LEN], const char *from);
/* The same for the name of a task as it is now. */
void dvk_get_task_name(char name[DVK_NAME_LEN], struct task_struct *task);

#endif /* _DVK_NAME_H */
