// SPDX-License-Identifier: LGPL-2.1
/* The descriptor of /dev/dvk, and what a failed ioctl means. */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>
#include "internal.h"

#define DVK_DEVICE	"/dev/dvk"

int dvk_fd = -1;

/* Result of a call that the kernel refused before the module ran it. */
long dvk_map_errno(int err)
{
	switch (err) {
	case EFAULT:
		return EDVSFAULT;
	case EINVAL:
		return EDVSINVAL;
	case EPERM:
	case EACCES:
		return EDVSPERM;
	case EINTR:
		return EDVSINTR;
	case ENOMEM:
	case EMFILE:
	case ENFILE:
		return EDVSNOMEM;
	case ENOTTY:		/* an older module, or not our device */
	case ENOENT:		/* no module */
	case ENODEV:
	case ENXIO:
		return EDVSNOSYS;
	default:
		return EDVSBADFILE;
	}
}

long dvk_ioctl_failed(void)
{
	return dvk_map_errno(errno);
}

/*
 * Put an open descriptor in the place of @old. Several threads may try at
 * once: the first one wins, the others close theirs. There is no lock, so a
 * fork in the middle leaves nothing locked in the child.
 */
static int replace_fd(int old)
{
	int fd = open(DVK_DEVICE, O_RDWR | O_CLOEXEC);

	if (fd < 0)
		return (int)dvk_map_errno(errno);
	if (!__atomic_compare_exchange_n(&dvk_fd, &old, fd, 0, __ATOMIC_ACQ_REL,
					 __ATOMIC_ACQUIRE)) {
		close(fd);
		fd = old;	/* what the winner has put there */
	}
	return fd;
}

int dvk_open_once(void)
{
	int fd = __atomic_load_n(&dvk_fd, __ATOMIC_ACQUIRE);

	/* The program may have stored another negative number there. */
	return fd < 0 ? replace_fd(fd) : fd;
}

long dvk_open(void)
{
	struct dvk_ioc_dvs io;
	int fd = __atomic_load_n(&dvk_fd, __ATOMIC_ACQUIRE);

	if (fd >= 0) {
		/* Closed behind our back, or even reused for another file? */
		memset(&io, 0, sizeof(io));
		if (ioctl(fd, DVK_IOC_GETDVSINFO, &io) == 0)
			return OK;
	}
	fd = replace_fd(fd);
	return fd < 0 ? fd : OK;
}
