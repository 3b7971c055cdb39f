// SPDX-License-Identifier: GPL-2.0
/* The attributes below /sys/class/dvk/dvk0. */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "tool.h"

#define SYSFS_ROOT	"/sys/class/dvk/dvk0"

/* Tests point this at a directory that looks like it. */
static const char *root(void)
{
	const char *dir = secure_getenv("DVK_SYSFS");

	return dir ? dir : SYSFS_ROOT;
}

static void make_path(char *path, size_t size, const char *fmt, va_list ap)
{
	int n = snprintf(path, size, "%s/", root());

	if (n >= 0 && (size_t)n < size)
		vsnprintf(path + n, size - (size_t)n, fmt, ap);
}

static char *read_file(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;
	char *buf;

	if (fd < 0)
		return NULL;
	buf = malloc(ATTR_LEN + 1);
	n = buf ? read(fd, buf, ATTR_LEN) : -1;
	close(fd);
	if (n < 0) {
		free(buf);
		return NULL;
	}
	while (n > 0 && buf[n - 1] == '\n')
		n--;
	buf[n] = '\0';
	return buf;
}

char *attr_read(const char *fmt, ...)
{
	char path[ATTR_LEN];
	va_list ap;

	va_start(ap, fmt);
	make_path(path, sizeof(path), fmt, ap);
	va_end(ap);
	return read_file(path);
}

int attr_write(const char *value, const char *fmt, ...)
{
	size_t len = strlen(value);
	char path[ATTR_LEN];
	ssize_t n;
	va_list ap;
	int fd, err = 0;

	va_start(ap, fmt);
	make_path(path, sizeof(path), fmt, ap);
	va_end(ap);

	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	n = write(fd, value, len);
	if (n < 0)
		err = -errno;
	else if ((size_t)n != len)
		err = -EINVAL;
	close(fd);
	return err;
}

const char *write_advice(int err)
{
	switch (-err) {
	case EPERM:
	case EACCES:
		return "not permitted; run it as root, with sudo for example";
	case ENOENT:
		return "it is not there; another command has removed it, or the "
		       "loaded module is older than this command";
	case EBUSY:
		return "it is in use";
	case EEXIST:
		return "it exists already";
	case ENODEV:
		return "this node is not part of a DVS; 'dvk node init ID' makes it so";
	case ERANGE:
		return "the number is out of range; 'dvk node' shows the limits";
	case ENOTUNIQ:
		return "the name is in use; choose another one";
	case ENAMETOOLONG:
		return "it is too long; a name has at most 15 bytes";
	case EHOSTUNREACH:
		return "there is no such peer; 'dvk peer add' adds it";
	case EDESTADDRREQ:
		return "the peer has no address; remove it and add it again with one";
	case ENOKEY:
		return "nothing says how it is to be known; remove it and add it again "
		       "with --key-file or --insecure";
	case EINVAL:
		return "the value is not accepted; see the --help of the command";
	default:
		return strerror(-err);
	}
}

void sysfs_check(void)
{
	char *text = attr_read("nodeid");
	dvs_usr_t dvs;
	long here;
	int shown;

	if (!text) {
		if (access("/sys/class", F_OK))
			die("sysfs is not mounted; mount -t sysfs sysfs /sys");
		if (access("/dev/dvk", F_OK) && access("/sys/class/dvk", F_OK))
			die("the module is not loaded; modprobe dvk");
		die("%s is missing: this /sys belongs to another network namespace; "
		    "use 'ip netns exec', or mount sysfs anew", root());
	}
	shown = atoi(text);
	free(text);

	/*
	 * /dev/dvk follows the network namespace of the process, sysfs the one
	 * it was mounted in: after a bare nsenter they differ, and we would
	 * configure another node than the one we talk to.
	 */
	if (secure_getenv("DVK_SYSFS"))
		return;
	memset(&dvs, 0, sizeof(dvs));
	here = dvk_getdvsinfo(&dvs);
	/* Only an answer fills in the limits: -1 is also EDVSPERM. */
	if (dvs.d_nr_nodes && here != shown)
		die("this process is in the network namespace of node %ld, but /sys "
		    "shows node %d; use 'ip netns exec', or mount sysfs anew",
		    here, shown);
}

/* "-1" becomes a number; "1.5", "0-3", "" and "0755" stay text. */
static json_t *to_json(const char *text)
{
	char *end;
	long long n;

	if (text[0] == '0' && text[1])
		return json_string(text);
	if (isdigit((unsigned char)text[0]) || (text[0] == '-' && text[1])) {
		errno = 0;
		n = strtoll(text, &end, 10);
		if (!errno && !*end)
			return json_integer(n);
	}
	return json_string(text);
}

void attr_get(json_t *obj, const char *dir, const char *name)
{
	char *text = attr_read("%s%s%s", dir, *dir ? "/" : "", name);

	if (!text)
		return;
	/* A name is text even if it looks like a number. */
	json_object_set_new(obj, name, !strcmp(name, "name") ? json_string(text)
							     : to_json(text));
	free(text);
}

static int by_number(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

int *numbered(const char *dir)
{
	size_t nr = 0, room = 64;
	int *ids = malloc(room * sizeof(*ids));
	char path[ATTR_LEN];
	struct dirent *entry;
	DIR *d;

	if (!ids)
		die("out of memory");
	snprintf(path, sizeof(path), "%s/%s", root(), dir);
	d = opendir(path);
	while (d && (entry = readdir(d))) {
		char *end;
		long id = strtol(entry->d_name, &end, 10);

		if (*end || !isdigit((unsigned char)entry->d_name[0]))
			continue;
		if (nr + 1 == room) {
			int *more = realloc(ids, 2 * room * sizeof(*ids));

			if (!more)
				die("out of memory");
			ids = more;
			room *= 2;
		}
		ids[nr++] = (int)id;
	}
	if (d)
		closedir(d);
	qsort(ids, nr, sizeof(*ids), by_number);
	ids[nr] = -1;
	return ids;
}
