/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What differs between the kernels that the modules are built for.
 *
 * Which of the alternatives a kernel has is found out by compiling probes/NAME.c
 * against its headers, and DVK_HAVE_NAME is the answer; each says there what
 * changed and in which release. A probe asks for what is newer, so that if it
 * fails for another reason the older way is taken, which does not compile there.
 */
#ifndef _DVK_COMPAT_H
#define _DVK_COMPAT_H

#include <linux/mm.h>
#include <linux/skbuff.h>
#include <probed.h>

#ifdef DVK_HAVE_SKBUFF_REF
#include <linux/skbuff_ref.h>
#endif

/* The argument of the callbacks that tell the owner of a sysfs directory. */
#ifdef DVK_HAVE_CONST_OWNERSHIP
#define DVK_OWNERSHIP_CONST	const
#else
#define DVK_OWNERSHIP_CONST
#endif

/**
 * dvk_pin_remote() - pin_user_pages_remote() as of 6.5
 * @mm: memory of another task, read-locked
 * @addr: where to begin
 * @nr: how many pages
 * @flags: FOLL_WRITE or 0
 * @pages: where they are put
 * @locked: 1; set to 0 if the lock of @mm has been dropped
 *
 * Return: the number of pages, or a negative errno.
 */
static inline long dvk_pin_remote(struct mm_struct *mm, unsigned long addr,
				  unsigned long nr, unsigned int flags,
				  struct page **pages, int *locked)
{
#ifdef DVK_HAVE_PIN_WITHOUT_VMAS
	return pin_user_pages_remote(mm, addr, nr, flags, pages, locked);
#else
	return pin_user_pages_remote(mm, addr, nr, flags, pages, NULL, locked);
#endif
}

#endif /* _DVK_COMPAT_H */
