// SPDX-License-Identifier: GPL-2.0
/*
 * What makes a binding end with its task, where locks may sleep: a file whose
 * release the kernel puts off to exit_task_work().
 */
#include "anchor.h"

#include <linux/anon_inodes.h>
#include <linux/err.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/sched/task.h>

void (*dvk_anchor_ended)(struct task_struct *task);

static int anchor_release(struct inode *inode, struct file *file)
{
	struct task_struct *task = file->private_data;

	if (task) {
		dvk_anchor_ended(task);
		put_task_struct(task);
	}
	return 0;
}

/* The module cannot go while a release may be on its way. */
static const struct file_operations anchor_fops = {
	.owner		= THIS_MODULE,
	.release	= anchor_release,
};

int dvk_anchor_init(struct dvk_anchor *anchor)
{
	struct file *file;

	file = anon_inode_getfile("[dvk]", &anchor_fops, NULL, O_RDONLY);
	if (IS_ERR(file))
		return PTR_ERR(file);
	anchor->file = file;
	return 0;
}

void dvk_anchor_drop(struct dvk_anchor *anchor)
{
	struct file *file = xchg(&anchor->file, NULL);

	if (file)
		fput(file);
}

void dvk_anchor_pull(struct dvk_anchor *anchor, struct task_struct *task)
{
	struct file *file = xchg(&anchor->file, NULL);

	if (!file)
		return;
	get_task_struct(task);
	file->private_data = task;
	fput(file);
}
