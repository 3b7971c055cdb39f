/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the files that implement sysfs share.
 */
#ifndef _DVK_SYSFS_ATTR_H
#define _DVK_SYSFS_ATTR_H

#include <linux/kobject.h>
#include <linux/types.h>
#include <linux/uidgid.h>
#include <linux/dvk.h>
#include <dvk/compat.h>

/*
 * Parsers of what is written; the number parsers of the kernel do the rest.
 * All of the input must fit. Return 0, -EINVAL, -ENAMETOOLONG, -ERANGE.
 */

/* A line, without the newline that `echo` appends. */
int dvk_parse_line(const char *buf, size_t len, char *line, size_t size);
/* The same of visible characters only: it becomes a column of tables. */
int dvk_parse_word(const char *buf, size_t len, char *word, size_t size);
/* 0 or 1 */
int dvk_parse_bool(const char *buf, bool *on);

ssize_t dvk_emit_name(char *buf, const char name[DVK_NAME_LEN]);

/*
 * Files of a namespace belong to its root. This is the callback for the
 * directories of peers and DCs.
 */
void dvk_dir_owner(DVK_OWNERSHIP_CONST struct kobject *kobj, kuid_t *uid,
		   kgid_t *gid);

#endif /* _DVK_SYSFS_ATTR_H */
