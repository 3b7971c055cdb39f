/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What makes a binding end with its task, where locks may sleep.
 */
#ifndef _DVK_ANCHOR_H
#define _DVK_ANCHOR_H

struct file;
struct task_struct;

/**
 * struct dvk_anchor - what a binding holds so that it ends with its task
 * @file: nobody has a descriptor of it; NULL if it has been let go
 */
struct dvk_anchor {
	struct file *file;
};

/* What a task's end calls, in process context. Set before the first anchor. */
extern void (*dvk_anchor_ended)(struct task_struct *task);

/* Process context. 0 or a negative errno. */
int dvk_anchor_init(struct dvk_anchor *anchor);
/* The binding has ended otherwise. Any context. */
void dvk_anchor_drop(struct dvk_anchor *anchor);
/* @task, which is the current one, exits: what was bound to it ends shortly. */
void dvk_anchor_pull(struct dvk_anchor *anchor, struct task_struct *task);

#endif /* _DVK_ANCHOR_H */
