// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cluster.h"
#include "util.h"

#define VIEW	"/run/dvk-test/n%d"
#define DC_NAME	"test-%d"

static int home_ns = -1;
static int node_ns[NODES];
static int node_dvk[NODES];

static int open_node_ns(int node)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/run/netns/n%d", node);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		die("%s: %m", path);
	return fd;
}

static void enter_ns(int fd)
{
	if (setns(fd, CLONE_NEWNET))
		die("setns: %m");
}

/* The library opens the device of the namespace that the process is in. */
static int open_device(void)
{
	long ret;

	dvk_fd = -1;
	ret = dvk_open();
	if (dvk_fd < 0)
		die("dvk_open: %ld", ret);
	return dvk_fd;
}

const char *transport(void)
{
	return getenv("DVK_TRANSPORT") ?: "tcp";
}

void modules_up(void)
{
	char path[64];

	snprintf(path, sizeof(path), "/sys/module/kproxy_%s", transport());
	if (access("/sys/module/dvk", F_OK) || access(path, F_OK))
		if (run("%s/cluster.sh modules", tests_dir()))
			die("no modules");
}

/*
 * Every node is there and sees every other. Who was called is asked first: who
 * calls may still have a connection that the other one does not want, and has
 * ended it once the other one has the next.
 */
static bool all_up(void)
{
	char name[32];
	int n, m;

	for (n = NODES - 1; n >= 0; n--) {
		snprintf(name, sizeof(name), "%d", n);
		if (!attr_is(n, "nodeid", name))
			return false;
		for (m = 0; m < NODES; m++) {
			snprintf(name, sizeof(name), "peers/%d/state", m);
			if (m != n && !attr_is(n, name, "up"))
				return false;
		}
	}
	return true;
}

bool cluster_whole(int ms)
{
	return wait_until(all_up(), ms);
}

void cluster_up(void)
{
	int i;

	if (!all_up() && run("%s/cluster.sh up", tests_dir()))
		die("no cluster");
	home_ns = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	if (home_ns < 0)
		die("own namespace: %m");
	for (i = 0; i < NODES; i++) {
		node_ns[i] = open_node_ns(i);
		enter_ns(node_ns[i]);
		node_dvk[i] = open_device();
	}
	enter_ns(home_ns);
	at_node(0);
}

void at_node(int node)
{
	dvk_fd = node_dvk[node];
}

void node_forget(int node)
{
	close(node_ns[node]);
	close(node_dvk[node]);
}

void node_enter(int node)
{
	int i;

	enter_ns(node_ns[node]);
	/* The descriptors of the other nodes would keep those alive. */
	for (i = 0; i < NODES; i++)
		node_forget(i);
	close(home_ns);
	/* One of its own, as an unrelated program would have. */
	open_device();
}

static void loopback_up(void)
{
	struct ifreq ifr = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &ifr))
		die("lo: %m");
	close(fd);
}

void node_fresh(void)
{
	if (unshare(CLONE_NEWNET | CLONE_NEWNS))
		die("unshare: %m");
	if (mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("sysfs", "/sys", "sysfs", 0, NULL))
		die("mount of sysfs: %m");
	loopback_up();
	open_device();
}

int node_open(int node, const char *path, int flags)
{
	int fd, err;

	enter_ns(node_ns[node]);
	fd = open(path, flags | O_CLOEXEC);
	err = errno;
	enter_ns(home_ns);
	errno = err;
	return fd;
}

static int read_all(int fd, char *buf, size_t size)
{
	size_t n = 0;
	ssize_t r;

	while (n < size - 1 && (r = read(fd, buf + n, size - 1 - n)) > 0)
		n += r;
	buf[n] = 0;
	close(fd);
	return n;
}

int node_read(int node, const char *path, char *buf, size_t size)
{
	int fd = node_open(node, path, O_RDONLY);

	if (fd < 0)
		die("%s on node %d: %m", path, node);
	return read_all(fd, buf, size);
}

static void attr_path(char *path, size_t size, int node, const char *name)
{
	int n;

	if (node == THIS_NODE)
		n = snprintf(path, size, "/sys");
	else
		n = snprintf(path, size, VIEW, node);
	snprintf(path + n, size - n, "/class/dvk/dvk0/%s", name);
}

int attr_write(int node, const char *name, const char *fmt, ...)
{
	char path[160], value[256];
	int fd, len, ret;
	va_list ap;

	va_start(ap, fmt);
	len = vsnprintf(value, sizeof(value), fmt, ap);
	va_end(ap);
	attr_path(path, sizeof(path), node, name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	ret = write(fd, value, len) == len ? 0 : -errno;
	close(fd);
	return ret;
}

int attr_read(int node, const char *name, char *buf, size_t size)
{
	char path[160];
	int fd, n;

	attr_path(path, sizeof(path), node, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		buf[0] = 0;
		return -errno;
	}
	n = read_all(fd, buf, size);
	if (n > 0 && buf[n - 1] == '\n')
		buf[--n] = 0;
	return n;
}

long attr_long(int node, const char *name)
{
	char buf[64];
	char *end;
	long v;

	if (attr_read(node, name, buf, sizeof(buf)) <= 0)
		die("no attribute %s on node %d", name, node);
	v = strtol(buf, &end, 10);
	if (*end)
		die("attribute %s is no number: %s", name, buf);
	return v;
}

bool attr_is(int node, const char *name, const char *value)
{
	char buf[256];

	return attr_read(node, name, buf, sizeof(buf)) >= 0 &&
	       !strcmp(buf, value);
}

bool peer_state(int node, int peer, const char *state, int ms)
{
	char name[32];

	snprintf(name, sizeof(name), "peers/%d/state", peer);
	return wait_until(attr_is(node, name, state), ms);
}

/*
 * Tests run one after the other, so a DC with a test's name that is still
 * there belongs to a test that was ended by force.
 */
static bool claim_dc(int dcid)
{
	char name[DVK_NAME_LEN];
	dc_usr_t usr;
	int n;

	snprintf(name, sizeof(name), DC_NAME, dcid);
	for (n = 0; n < NODES; n++) {
		at_node(n);
		if (dvk_getdcinfo(dcid, &usr) < 0)
			continue;
		if (strcmp(usr.dc_name, name) || dvk_dc_end(dcid) < 0)
			return false;
	}
	return true;
}

int dc_new_like(unsigned int nodes, dc_usr_t *usr)
{
	static int next = -1;
	int i, n, m, dcid = -1;
	long ret;

	if (next < 0)
		next = getpid() % DVK_NR_DCS;
	for (i = 0; i < DVK_NR_DCS && dcid < 0; i++) {
		if (claim_dc(next))
			dcid = next;
		next = (next + 1) % DVK_NR_DCS;
	}
	if (dcid < 0)
		die("all DCs are in use");

	usr->dc_dcid = dcid;
	snprintf(usr->dc_name, sizeof(usr->dc_name), DC_NAME, dcid);
	for (n = 0; n < NODES; n++) {
		if (!(nodes & (1U << n)))
			continue;
		at_node(n);
		ret = dvk_dc_init(usr);
		if (ret < 0)
			die("dc_init(%d) on node %d: %ld", dcid, n, ret);
		for (m = 0; m < NODES; m++) {
			if (m == n || !(nodes & (1U << m)))
				continue;
			ret = dvk_add_node(dcid, m);
			if (ret < 0)
				die("add_node(%d, %d) on node %d: %ld",
				    dcid, m, n, ret);
		}
	}
	at_node(0);
	return dcid;
}

int dc_new(unsigned int nodes)
{
	dc_usr_t usr = {
		.dc_nr_procs = DVK_NR_PROCS,
		.dc_nr_tasks = DVK_NR_TASKS,
		.dc_nr_sysprocs = DVK_NR_SYSPROCS,
		.dc_nr_nodes = DVK_NR_NODES,
		.dc_warn2proc = DVK_NONE,
	};

	return dc_new_like(nodes, &usr);
}

void dc_drop(int dcid)
{
	int n;

	for (n = 0; n < NODES; n++) {
		at_node(n);
		dvk_dc_end(dcid);
	}
	at_node(0);
}

long proc_info(int node, int dcid, int slot, proc_usr_t *p)
{
	int fd = dvk_fd;
	long ret;

	memset(p, 0, sizeof(*p));
	at_node(node);
	ret = dvk_getprocinfo(dcid, slot, p);
	dvk_fd = fd;
	return ret;
}

bool proc_flags(int node, int dcid, int slot, unsigned long set,
		unsigned long clear)
{
	proc_usr_t p;

	return wait_until(proc_info(node, dcid, slot, &p) >= 0 &&
			  ((unsigned long)p.p_rts_flags & set) == set &&
			  !((unsigned long)p.p_rts_flags & clear), SOON);
}

bool proc_free(int node, int dcid, int slot)
{
	proc_usr_t p;

	/* A free slot is told by its flag or by the call's refusal. */
	return wait_until(proc_info(node, dcid, slot, &p) < 0 ||
			  ((unsigned long)p.p_rts_flags & DVK_RTS_SLOT_FREE),
			  SOON);
}
