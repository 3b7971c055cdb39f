// SPDX-License-Identifier: GPL-2.0
/*
 * The ABI does not move: sizes, offsets and numbers of what crosses the border
 * to the kernel or the wire, and the library's structures against them.
 */
#include "kselftest_harness.h"

#include <stddef.h>

#include <dvk/dvk.h>
#include <linux/dvk.h>

#define SIZE(type, size) EXPECT_EQ(size, sizeof(type))
#define AT(type, field, offset) EXPECT_EQ(offset, offsetof(type, field))

TEST(kernel_structures)
{
	SIZE(struct dvk_message, 64);
	SIZE(struct dvk_dvs_usr, 72);
	SIZE(struct dvk_dc_usr, 200);
	SIZE(struct dvk_proc_usr, 128);
	SIZE(struct dvk_node_usr, 88);
	SIZE(struct dvk_ioc_ipc, 80);
	SIZE(struct dvk_ioc_notify, 24);
	SIZE(struct dvk_ioc_vcopy, 40);
	SIZE(struct dvk_ioc_bind, 48);
	SIZE(struct dvk_ioc_getep, 8);
	SIZE(struct dvk_ioc_wait4bind, 16);
	SIZE(struct dvk_ioc_dvs, 80);
	SIZE(struct dvk_ioc_dc, 208);
	SIZE(struct dvk_ioc_node, 104);
	SIZE(struct dvk_ioc_proc, 144);
	AT(struct dvk_ioc_ipc, msg, 16);
	AT(struct dvk_ioc_vcopy, src_addr, 8);
	AT(struct dvk_ioc_bind, name, 32);
}

TEST(ioctl_numbers)
{
	EXPECT_EQ(0xc050db01, DVK_IOC_DVS_INIT);
	EXPECT_EQ(0xc0d0db04, DVK_IOC_DC_INIT);
	EXPECT_EQ(0xc030db0a, DVK_IOC_BIND);
	EXPECT_EQ(0xc050db14, DVK_IOC_SEND);
	EXPECT_EQ(0xc050db15, DVK_IOC_RECEIVE);
	EXPECT_EQ(0xc050db16, DVK_IOC_SENDREC);
	EXPECT_EQ(0xc050db17, DVK_IOC_RCVRQST);
	EXPECT_EQ(0xc050db18, DVK_IOC_REPLY);
	EXPECT_EQ(0xc050db19, DVK_IOC_REPLY_RCVRQST);
	EXPECT_EQ(0xc018db1a, DVK_IOC_NOTIFY);
	EXPECT_EQ(0xc028db1b, DVK_IOC_VCOPY);
}

TEST(wire_header)
{
	SIZE(struct dvk_cmd, 168);
	SIZE(struct dvk_vcopy, 64);
	SIZE(struct dvk_hello, 64);
	AT(struct dvk_cmd, c_magic, 0);
	AT(struct dvk_cmd, c_version, 4);
	AT(struct dvk_cmd, c_hdrlen, 6);
	AT(struct dvk_cmd, c_cmd, 8);
	AT(struct dvk_cmd, c_dcid, 12);
	AT(struct dvk_cmd, c_src, 16);
	AT(struct dvk_cmd, c_dst, 20);
	AT(struct dvk_cmd, c_snode, 24);
	AT(struct dvk_cmd, c_dnode, 28);
	AT(struct dvk_cmd, c_rcode, 32);
	AT(struct dvk_cmd, c_len, 36);
	AT(struct dvk_cmd, c_flags, 48);
	AT(struct dvk_cmd, c_snd_seq, 52);
	AT(struct dvk_cmd, c_ack_seq, 56);
	AT(struct dvk_cmd, c_src_inc, 60);
	AT(struct dvk_cmd, c_dst_inc, 64);
	AT(struct dvk_cmd, c_id, 68);
	AT(struct dvk_cmd, c_ctl, 80);
	AT(struct dvk_cmd, c_path, 84);
	AT(struct dvk_cmd, c_msg, 104);
	AT(struct dvk_cmd, c_vcopy, 104);
	EXPECT_EQ(0, memcmp(&(__u32){ DVK_WIRE_MAGIC }, "DVK1", 4));
}

TEST(command_codes)
{
	EXPECT_EQ(1, CMD_SEND_MSG);
	EXPECT_EQ(2, CMD_NTFY_MSG);
	EXPECT_EQ(3, CMD_SNDREC_MSG);
	EXPECT_EQ(4, CMD_REPLY_MSG);
	EXPECT_EQ(5, CMD_COPYIN_DATA);
	EXPECT_EQ(6, CMD_COPYOUT_RQST);
	EXPECT_EQ(7, CMD_COPYLCL_RQST);
	EXPECT_EQ(8, CMD_COPYRMT_RQST);
	EXPECT_EQ(9, CMD_COPYIN_RQST);
	EXPECT_EQ(10, CMD_HELLO);
	EXPECT_EQ(11, CMD_SHUTDOWN);
	EXPECT_EQ(12, CMD_PROCINFO);
	EXPECT_EQ(13, CMD_PROCBIND);
	EXPECT_EQ(14, CMD_PROCUNBIND);
	EXPECT_EQ(0x2001, CMD_SEND_ACK);
	EXPECT_EQ(0x2006, CMD_COPYOUT_DATA);
}

/* What the library shows is what the kernel fills in. */
#define SAME(lib, lf, krn, kf) EXPECT_EQ(offsetof(krn, kf), offsetof(lib, lf))

TEST(library_structures)
{
	SIZE(message, sizeof(struct dvk_message));
	SAME(message, m_source, struct dvk_message, m_source);
	SAME(message, m_type, struct dvk_message, m_type);
	SAME(message, m1_i1, struct dvk_message, m1.i1);
	SAME(message, m1_p1, struct dvk_message, m1.p1);
	SAME(message, m9_i1, struct dvk_message, m9.i1);
	SAME(message, m9_l1, struct dvk_message, m9.l1);
	SAME(message, m9_t1, struct dvk_message, m9.t1_sec);

	SIZE(dvs_usr_t, sizeof(struct dvk_dvs_usr));
	SAME(dvs_usr_t, d_nr_dcs, struct dvk_dvs_usr, d_nr_dcs);
	SAME(dvs_usr_t, d_max_copylen, struct dvk_dvs_usr, d_max_copylen);
	SAME(dvs_usr_t, d_flags, struct dvk_dvs_usr, d_flags);

	SIZE(dc_usr_t, sizeof(struct dvk_dc_usr));
	SAME(dc_usr_t, dc_pid, struct dvk_dc_usr, dc_pid);
	SAME(dc_usr_t, dc_flags, struct dvk_dc_usr, dc_flags);
	SAME(dc_usr_t, dc_nodes, struct dvk_dc_usr, dc_nodes);
	SAME(dc_usr_t, dc_name, struct dvk_dc_usr, dc_name);
	SAME(dc_usr_t, dc_nodemap, struct dvk_dc_usr, dc_nodemap);

	SIZE(proc_usr_t, sizeof(struct dvk_proc_usr));
	SAME(proc_usr_t, p_rts_flags, struct dvk_proc_usr, p_rts_flags);
	SAME(proc_usr_t, p_lclsent, struct dvk_proc_usr, p_lclsent);
	SAME(proc_usr_t, p_name, struct dvk_proc_usr, p_name);

	SIZE(node_usr_t, sizeof(struct dvk_node_usr));
	SAME(node_usr_t, n_flags, struct dvk_node_usr, n_flags);
	SAME(node_usr_t, n_stimestamp, struct dvk_node_usr, n_stimestamp_sec);
	SAME(node_usr_t, n_pxsent, struct dvk_node_usr, n_pxsent);
	SAME(node_usr_t, n_name, struct dvk_node_usr, n_name);

	SIZE(cmd_t, sizeof(struct dvk_cmd));
	SAME(cmd_t, c_cmd, struct dvk_cmd, c_cmd);
	SAME(cmd_t, c_rcode, struct dvk_cmd, c_rcode);
	SAME(cmd_t, c_snd_seq, struct dvk_cmd, c_snd_seq);
	SAME(cmd_t, c_id, struct dvk_cmd, c_id);
	SAME(cmd_t, c_timestamp, struct dvk_cmd, c_timestamp_sec);
	SAME(cmd_t, c_msg, struct dvk_cmd, c_msg);
	EXPECT_LE(MAXCOPYBUF, sizeof(proxy_payload_t));
}

/* The printf helpers print what existing scripts look for. */
TEST(formats)
{
	char buf[512];
	proc_usr_t p = {
		.p_nr = 10, .p_endpoint = 10, .p_dcid = 0, .p_misc_flags = 0x20,
		.p_lpid = 701, .p_vpid = 701, .p_nodeid = 1,
		.p_name = "copy_client",
	};
	dvs_usr_t d = { .d_nr_dcs = 32, .d_nr_nodes = 32, .d_nr_procs = 221,
			.d_nr_tasks = 35, .d_nr_sysprocs = 64 };
	dc_usr_t dc = { .dc_dcid = 0, .dc_nr_procs = 221, .dc_nr_tasks = 35,
			.dc_nr_sysprocs = 64, .dc_nr_nodes = 32,
			.dc_nodes = 3, .dc_pid = 692, .dc_name = "DC0" };
	node_usr_t n = { .n_nodeid = 2, .n_proxies = -1, .n_flags = 6,
			 .n_dcs = 1, .n_name = "node2" };
	message m = { .m_source = 3, .m_type = 4, .m1_i1 = 5, .m1_i2 = 6,
		      .m1_i3 = 7, .m1_p1 = (char *)16 };

	snprintf(buf, sizeof(buf), PROC_USR_FORMAT, PROC_USR_FIELDS(&p));
	EXPECT_STREQ("nr=10 endp=10 dcid=0 flags=0 misc=20 lpid=701 vpid=701 "
		     "nodeid=1 name=copy_client\n", buf);
	snprintf(buf, sizeof(buf), DVS_USR_FORMAT, DVS_USR_FIELDS(&d));
	EXPECT_STREQ("d_nr_dcs=32 d_nr_nodes=32 d_nr_procs=221 d_nr_tasks=35 "
		     "d_nr_sysprocs=64\n", buf);
	snprintf(buf, sizeof(buf), DC_USR1_FORMAT, DC_USR1_FIELDS(&dc));
	EXPECT_STREQ("dc_dcid=0 dc_nr_procs=221 dc_nr_tasks=35 "
		     "dc_nr_sysprocs=64 dc_nr_nodes=32\n", buf);
	snprintf(buf, sizeof(buf), DC_USR2_FORMAT, DC_USR2_FIELDS(&dc));
	EXPECT_STREQ("flags=0 dc_nodes=3 dc_pid=692 dc_name=DC0\n", buf);
	snprintf(buf, sizeof(buf), NODE_USR_FORMAT, NODE_USR_FIELDS(&n));
	EXPECT_STREQ("n_nodeid=2 n_proxies=-1 n_flags=6 n_dcs=1 n_name=node2\n",
		     buf);
	snprintf(buf, sizeof(buf), MSG1_FORMAT, MSG1_FIELDS(&m));
	EXPECT_STREQ("source=3 type=4 m1i1=5 m1i2=6 m1i3=7 m1p1=0x10 "
		     "m1p2=(nil) m1p3=(nil) \n", buf);
}

TEST_HARNESS_MAIN
