/* SPDX-License-Identifier: LGPL-2.1 */
#ifndef _LIBDVK_INTERNAL_H
#define _LIBDVK_INTERNAL_H

#define DVK_STRICT_POINTERS
#include <limits.h>
#include <string.h>
#include <sys/ioctl.h>
#include <dvk/dvk.h>

/* Of programs of the earlier system: compat.c. -1 before the node has an id. */
extern int local_nodeid;

#define likely(x)	__builtin_expect(!!(x), 1)
#define unlikely(x)	__builtin_expect(!!(x), 0)

/* The rarely taken halves of dvk_ioctl(): not worth a place in each caller. */
long dvk_map_errno(int err) __attribute__((cold, visibility("hidden")));
int dvk_open_once(void) __attribute__((cold, visibility("hidden")));
long dvk_ioctl_failed(void) __attribute__((cold, visibility("hidden")));

/*
 * One ioctl. Returns OK if the module has filled in the result field of @arg,
 * else what to return to the program.
 */
static inline long dvk_ioctl(unsigned long request, void *arg)
{
	int fd = __atomic_load_n(&dvk_fd, __ATOMIC_RELAXED);

	if (unlikely(fd < 0)) {
		fd = dvk_open_once();
		if (fd < 0)
			return fd;
	}
	if (unlikely(ioctl(fd, request, arg) < 0))
		return dvk_ioctl_failed();
	return OK;
}

/* The interface has 32 bits for a timeout: 24 days, forever to a program. */
static inline int dvk_timeout(long ms)
{
	return ms > INT_MAX ? INT_MAX : (int)ms;
}

#endif /* _LIBDVK_INTERNAL_H */
