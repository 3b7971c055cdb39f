// SPDX-License-Identifier: GPL-2.0
/*
 * The ioctl interface as such: an ioctl fails with an errno only when it is
 * misused; everything else comes back in the structure.
 */
#include "kselftest_harness.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include "cluster.h"
#include "util.h"

FIXTURE(abi) {
	int dcid;
};

FIXTURE_SETUP(abi)
{
	cluster_up();
	node_enter(0);
	self->dcid = 31;
	while (self->dcid >= 0) {
		dc_usr_t dc = {
			.dc_dcid = self->dcid, .dc_nr_procs = 50,
			.dc_nr_tasks = 10, .dc_nr_sysprocs = 20,
			.dc_nr_nodes = 4, .dc_warn2proc = NONE,
			.dc_name = "abi",
		};

		if (dvk_dc_init(&dc) == self->dcid)
			break;
		self->dcid--;
	}
	ASSERT_LE(0, self->dcid);
}

FIXTURE_TEARDOWN(abi)
{
	dvk_dc_end(self->dcid);
}

static const struct {
	const char *name;
	unsigned long nr;
} ioctls[] = {
#define I(x) { #x, DVK_IOC_##x }
	I(DVS_INIT), I(DVS_END), I(GETDVSINFO), I(DC_INIT), I(DC_END),
	I(GETDCINFO), I(ADD_NODE), I(DEL_NODE), I(GETNODEINFO), I(BIND),
	I(UNBIND), I(GETEP), I(GETPROCINFO), I(WAIT4BIND), I(SEND),
	I(RECEIVE), I(SENDREC), I(RCVRQST), I(REPLY), I(REPLY_RCVRQST),
	I(NOTIFY), I(VCOPY), I(RELAY), I(GETPRIV), I(SETPRIV), I(DUMP),
	I(MIGRATE),
};

TEST_F(abi, bad_pointer)
{
	void *hole = mmap(NULL, 8192, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	size_t i;

	ASSERT_EQ(0, munmap(hole + 4096, 4096));
	for (i = 0; i < ARRAY_SIZE(ioctls); i++) {
		EXPECT_EQ(-1, ioctl(dvk_fd, ioctls[i].nr, NULL))
			TH_LOG("%s", ioctls[i].name);
		EXPECT_EQ(EFAULT, errno) TH_LOG("%s", ioctls[i].name);
		/* It begins in memory and ends outside. */
		EXPECT_EQ(-1, ioctl(dvk_fd, ioctls[i].nr, hole + 4096 - 4))
			TH_LOG("%s", ioctls[i].name);
		EXPECT_EQ(EFAULT, errno) TH_LOG("%s", ioctls[i].name);
		EXPECT_EQ(-1, ioctl(dvk_fd, ioctls[i].nr, -4096L))
			TH_LOG("%s", ioctls[i].name);
		EXPECT_EQ(EFAULT, errno) TH_LOG("%s", ioctls[i].name);
	}
}

TEST_F(abi, unknown_number)
{
	char buf[512] = { 0 };
	size_t i;

	EXPECT_EQ(-1, ioctl(dvk_fd, _IO(DVK_IOC_MAGIC, 99), buf));
	EXPECT_EQ(ENOTTY, errno);
	EXPECT_EQ(-1, ioctl(dvk_fd, _IOWR('x', 1, int), buf));
	EXPECT_EQ(ENOTTY, errno);
	/* The size is part of the number: another layout is another call. */
	for (i = 0; i < ARRAY_SIZE(ioctls); i++) {
		unsigned long nr = _IOC(_IOC_DIR(ioctls[i].nr),
					_IOC_TYPE(ioctls[i].nr),
					_IOC_NR(ioctls[i].nr),
					_IOC_SIZE(ioctls[i].nr) + 8);

		EXPECT_EQ(-1, ioctl(dvk_fd, nr, buf)) TH_LOG("%s", ioctls[i].name);
		EXPECT_EQ(ENOTTY, errno) TH_LOG("%s", ioctls[i].name);
	}
}

/* Fields without a meaning today must be zero, so that they can get one. */
TEST_F(abi, reserved_fields)
{
	struct dvk_ioc_ipc ipc = { .endpoint = 1, .flags = 1 };
	struct dvk_ioc_vcopy vc = { .src = SELF, .dst = 1, .flags = 1 };
	struct dvk_ioc_bind bind = { .dcid = self->dcid, .endpoint = 1,
				     .flags = 0x80 };
	struct dvk_ioc_node node = { .dcid = self->dcid, .nodeid = 1, .pad = 1 };
	struct dvk_ioc_proc proc = { .dcid = self->dcid, .slot = 1, .pad = 1 };
	struct dvk_ioc_dc dc = { .dcid = self->dcid - 1,
		.usr = { .dc_dcid = self->dcid - 1, .dc_flags = 1ULL << 60 } };

	EXPECT_EQ(-1, ioctl(dvk_fd, DVK_IOC_SEND, &ipc));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, ioctl(dvk_fd, DVK_IOC_RECEIVE, &ipc));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, ioctl(dvk_fd, DVK_IOC_VCOPY, &vc));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, ioctl(dvk_fd, DVK_IOC_BIND, &bind));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, ioctl(dvk_fd, DVK_IOC_GETNODEINFO, &node));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, ioctl(dvk_fd, DVK_IOC_GETPROCINFO, &proc));
	EXPECT_EQ(EINVAL, errno);
	/* Flags are arguments of the call, not of the ioctl. */
	EXPECT_EQ(0, ioctl(dvk_fd, DVK_IOC_DC_INIT, &dc));
	EXPECT_EQ(-DVK_EINVAL, dc.result);
}

/* Results of calls, endpoints included, are not errors of the ioctl. */
TEST_F(abi, results)
{
	struct dvk_ioc_bind bind = { .dcid = self->dcid, .endpoint = -2 };
	struct dvk_ioc_getep getep = { .pid = getpid() };
	struct dvk_ioc_ipc ipc = { .endpoint = DVK_ANY, .timeout = 0 };

	ASSERT_EQ(0, ioctl(dvk_fd, DVK_IOC_RECEIVE, &ipc));
	EXPECT_EQ(-DVK_ENOTBIND, ipc.result);
	ASSERT_EQ(0, ioctl(dvk_fd, DVK_IOC_BIND, &bind));
	EXPECT_EQ(-2, bind.result);
	ASSERT_EQ(0, ioctl(dvk_fd, DVK_IOC_GETEP, &getep));
	EXPECT_EQ(-2, getep.result);
	ASSERT_EQ(0, ioctl(dvk_fd, DVK_IOC_RECEIVE, &ipc));
	EXPECT_EQ(-DVK_EAGAIN, ipc.result);
}

/* A failed receive leaves the message as it was. */
TEST_F(abi, message_untouched)
{
	struct dvk_ioc_bind bind = { .dcid = self->dcid, .endpoint = 3 };
	struct dvk_ioc_ipc ipc = { .endpoint = DVK_ANY };
	size_t i;

	ASSERT_EQ(0, ioctl(dvk_fd, DVK_IOC_BIND, &bind));
	memset(&ipc.msg, 0x5a, sizeof(ipc.msg));
	ASSERT_EQ(0, ioctl(dvk_fd, DVK_IOC_RECEIVE, &ipc));
	EXPECT_EQ(-DVK_EAGAIN, ipc.result);
	for (i = 0; i < sizeof(ipc.msg); i++)
		EXPECT_EQ(0x5a, ((unsigned char *)&ipc.msg)[i]);
}

/* All that an info call writes is told by its structure; no stack leaks. */
TEST_F(abi, info_is_complete)
{
	struct dvk_ioc_proc a, b;
	struct dvk_ioc_dc c, d;
	struct dvk_ioc_node e, f;
	struct dvk_ioc_dvs g, h;

	memset(&a.usr, 0x00, sizeof(a.usr));
	memset(&b.usr, 0xff, sizeof(b.usr));
	a.dcid = self->dcid;
	a.slot = 7;
	a.pad = 0;
	b.dcid = self->dcid;
	b.slot = 7;
	b.pad = 0;
	ASSERT_EQ(7, dvk_bind(self->dcid, 7));
	ASSERT_EQ(0, ioctl(dvk_fd, DVK_IOC_GETPROCINFO, &a));
	ASSERT_EQ(0, ioctl(dvk_fd, DVK_IOC_GETPROCINFO, &b));
	EXPECT_EQ(0, memcmp(&a.usr, &b.usr, sizeof(a.usr)));

	memset(&c.usr, 0x00, sizeof(c.usr));
	memset(&d.usr, 0xff, sizeof(d.usr));
	c.dcid = self->dcid;
	d.dcid = self->dcid;
	ASSERT_EQ(0, ioctl(dvk_fd, DVK_IOC_GETDCINFO, &c));
	ASSERT_EQ(0, ioctl(dvk_fd, DVK_IOC_GETDCINFO, &d));
	EXPECT_EQ(0, memcmp(&c.usr, &d.usr, sizeof(c.usr)));

	memset(&e, 0, sizeof(e));
	memset(&f, 0, sizeof(f));
	memset(&f.usr, 0xff, sizeof(f.usr));
	ASSERT_EQ(0, ioctl(dvk_fd, DVK_IOC_GETNODEINFO, &e));
	ASSERT_EQ(0, ioctl(dvk_fd, DVK_IOC_GETNODEINFO, &f));
	EXPECT_EQ(0, memcmp(&e.usr, &f.usr, sizeof(e.usr)));

	memset(&g, 0x00, sizeof(g));
	memset(&h, 0, sizeof(h));
	memset(&h.usr, 0xff, sizeof(h.usr));
	ASSERT_EQ(0, ioctl(dvk_fd, DVK_IOC_GETDVSINFO, &g));
	ASSERT_EQ(0, ioctl(dvk_fd, DVK_IOC_GETDVSINFO, &h));
	EXPECT_EQ(0, memcmp(&g.usr, &h.usr, sizeof(g.usr)));
}

/* Anybody may open the device: binding is decided by the DC. */
TEST_F(abi, device_node)
{
	struct stat st;
	char buf[1];

	ASSERT_EQ(0, stat("/dev/dvk", &st));
	EXPECT_TRUE(S_ISCHR(st.st_mode));
	EXPECT_EQ(0666, st.st_mode & 0777);
	EXPECT_EQ(-1, read(dvk_fd, buf, 1));
	EXPECT_EQ(-1, write(dvk_fd, buf, 1));
}

/* The descriptor may go; the binding is the task's. */
TEST_F(abi, binding_outlives_descriptor)
{
	ASSERT_EQ(9, dvk_bind(self->dcid, 9));
	close(dvk_fd);
	dvk_fd = -1;
	ASSERT_EQ(0, dvk_open());
	EXPECT_EQ(9, dvk_getep(getpid()));
}

/*
 * The values that a program could send by mistake or malice, in every field
 * of every call: each returns at once, with an error or not.
 */
TEST_F(abi, boundary_values)
{
	static const int values[] = {
		0, 1, -1, -2, 0x7fffffff, -0x7fffffff - 1, 65535, 65536,
		DVK_ANY, DVK_NONE, DVK_SELF, DVK_EP_STRIDE, -DVK_EP_STRIDE,
	};
	size_t i, v, f;
	message m;

	ASSERT_EQ(9, dvk_bind(self->dcid, 9));
	for (i = 0; i < ARRAY_SIZE(ioctls); i++) {
		unsigned long nr = ioctls[i].nr;
		size_t size = _IOC_SIZE(nr) / sizeof(int);
		int buf[128];

		/* These would end what the test stands on, or wait. */
		if (nr == DVK_IOC_DVS_END || nr == DVK_IOC_DVS_INIT ||
		    nr == DVK_IOC_DC_END || nr == DVK_IOC_UNBIND)
			continue;
		ASSERT_GE(ARRAY_SIZE(buf), size);
		for (f = 0; f < size && f < 16; f++) {
			for (v = 0; v < ARRAY_SIZE(values); v++) {
				memset(buf, 0, sizeof(buf));
				buf[f] = values[v];
				/* No call may wait. */
				if (nr == DVK_IOC_WAIT4BIND && f == 2)
					continue;
				if (nr >= DVK_IOC_SEND && f == 1 &&
				    nr != DVK_IOC_NOTIFY && nr != DVK_IOC_VCOPY)
					continue;
				if (!ioctl(dvk_fd, nr, buf) &&
				    nr == DVK_IOC_DC_INIT)
					dvk_dc_end(((struct dvk_ioc_dc *)
						    buf)->result);
			}
		}
	}
	/* The node has survived it, and so has the binding. */
	EXPECT_EQ(9, dvk_getep(getpid()));
	EXPECT_EQ(EDVSAGAIN, dvk_receive_T(ANY, &m, 0));
}

TEST_HARNESS_MAIN
