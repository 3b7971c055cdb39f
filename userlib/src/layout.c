// SPDX-License-Identifier: LGPL-2.1
/*
 * The structures programs use are those of the ioctl interface under other
 * names and types, so the library copies them whole. This file has no code:
 * it fails to compile when the two drift apart.
 */
#include <stddef.h>
#include "internal.h"

#define SAME(user, kernel, field)					\
	_Static_assert(offsetof(user, field) == offsetof(struct kernel, field) && \
		       sizeof(((user *)0)->field) ==			\
		       sizeof(((struct kernel *)0)->field),		\
		       #user "." #field " differs from the interface")
#define SAME_SIZE(user, kernel)						\
	_Static_assert(sizeof(user) == sizeof(struct kernel),		\
		       #user " differs in size from the interface")
#define AT(user, field, offset)						\
	_Static_assert(offsetof(user, field) == (offset), #user "." #field " moved")

_Static_assert(sizeof(long) == 8 && sizeof(void *) == 8, "64-bit systems only");

SAME_SIZE(message, dvk_message);
_Static_assert(sizeof(message) == 64, "a message has 64 bytes");
SAME(message, dvk_message, m_source);
SAME(message, dvk_message, m_type);
AT(message, m1_i1, offsetof(struct dvk_message, m1.i1));
AT(message, m1_i3, offsetof(struct dvk_message, m1.i3));
AT(message, m1_p1, offsetof(struct dvk_message, m1.p1));
AT(message, m1_p3, offsetof(struct dvk_message, m1.p3));
AT(message, m9_i1, offsetof(struct dvk_message, m9.i1));
AT(message, m9_l1, offsetof(struct dvk_message, m9.l1));
AT(message, m9_t1, offsetof(struct dvk_message, m9.t1_sec));
AT(message, m9_t1.tv_nsec, offsetof(struct dvk_message, m9.t1_nsec));

SAME_SIZE(dvs_usr_t, dvk_dvs_usr);
SAME(dvs_usr_t, dvk_dvs_usr, d_name);
SAME(dvs_usr_t, dvk_dvs_usr, d_nr_dcs);
SAME(dvs_usr_t, dvk_dvs_usr, d_nr_nodes);
SAME(dvs_usr_t, dvk_dvs_usr, d_nr_procs);
SAME(dvs_usr_t, dvk_dvs_usr, d_nr_tasks);
SAME(dvs_usr_t, dvk_dvs_usr, d_nr_sysprocs);
SAME(dvs_usr_t, dvk_dvs_usr, d_max_copybuf);
SAME(dvs_usr_t, dvk_dvs_usr, d_max_copylen);
SAME(dvs_usr_t, dvk_dvs_usr, d_version);
SAME(dvs_usr_t, dvk_dvs_usr, d_dbglvl);
SAME(dvs_usr_t, dvk_dvs_usr, d_flags);
SAME(dvs_usr_t, dvk_dvs_usr, d_size_proc);

SAME_SIZE(dc_usr_t, dvk_dc_usr);
SAME(dc_usr_t, dvk_dc_usr, dc_dcid);
SAME(dc_usr_t, dvk_dc_usr, dc_nr_procs);
SAME(dc_usr_t, dvk_dc_usr, dc_nr_tasks);
SAME(dc_usr_t, dvk_dc_usr, dc_nr_sysprocs);
SAME(dc_usr_t, dvk_dc_usr, dc_nr_nodes);
SAME(dc_usr_t, dvk_dc_usr, dc_warn2proc);
SAME(dc_usr_t, dvk_dc_usr, dc_warnmsg);
SAME(dc_usr_t, dvk_dc_usr, dc_pid);
SAME(dc_usr_t, dvk_dc_usr, dc_flags);
SAME(dc_usr_t, dvk_dc_usr, dc_nodes);
SAME(dc_usr_t, dvk_dc_usr, dc_cpumask);
SAME(dc_usr_t, dvk_dc_usr, dc_name);
SAME(dc_usr_t, dvk_dc_usr, dc_nodemap);

SAME_SIZE(proc_usr_t, dvk_proc_usr);
SAME(proc_usr_t, dvk_proc_usr, p_nr);
SAME(proc_usr_t, dvk_proc_usr, p_endpoint);
SAME(proc_usr_t, dvk_proc_usr, p_dcid);
SAME(proc_usr_t, dvk_proc_usr, p_lpid);
SAME(proc_usr_t, dvk_proc_usr, p_vpid);
SAME(proc_usr_t, dvk_proc_usr, p_nodeid);
SAME(proc_usr_t, dvk_proc_usr, p_getfrom);
SAME(proc_usr_t, dvk_proc_usr, p_sendto);
SAME(proc_usr_t, dvk_proc_usr, p_waitmigr);
SAME(proc_usr_t, dvk_proc_usr, p_waitunbind);
SAME(proc_usr_t, dvk_proc_usr, p_proxy);
SAME(proc_usr_t, dvk_proc_usr, p_rts_flags);
SAME(proc_usr_t, dvk_proc_usr, p_misc_flags);
SAME(proc_usr_t, dvk_proc_usr, p_nodemap);
SAME(proc_usr_t, dvk_proc_usr, p_lclsent);
SAME(proc_usr_t, dvk_proc_usr, p_rmtsent);
SAME(proc_usr_t, dvk_proc_usr, p_lclcopy);
SAME(proc_usr_t, dvk_proc_usr, p_rmtcopy);
SAME(proc_usr_t, dvk_proc_usr, p_cpumask);
SAME(proc_usr_t, dvk_proc_usr, p_name);

SAME_SIZE(node_usr_t, dvk_node_usr);
SAME(node_usr_t, dvk_node_usr, n_nodeid);
SAME(node_usr_t, dvk_node_usr, n_proxies);
SAME(node_usr_t, dvk_node_usr, n_flags);
SAME(node_usr_t, dvk_node_usr, n_dcs);
AT(node_usr_t, n_stimestamp, offsetof(struct dvk_node_usr, n_stimestamp_sec));
AT(node_usr_t, n_rtimestamp, offsetof(struct dvk_node_usr, n_rtimestamp_sec));
SAME(node_usr_t, dvk_node_usr, n_pxsent);
SAME(node_usr_t, dvk_node_usr, n_pxrcvd);
SAME(node_usr_t, dvk_node_usr, n_name);

SAME_SIZE(priv_usr_t, dvk_priv_usr);
SAME(priv_usr_t, dvk_priv_usr, priv_id);
SAME(priv_usr_t, dvk_priv_usr, priv_warn);
SAME(priv_usr_t, dvk_priv_usr, priv_level);
SAME(priv_usr_t, dvk_priv_usr, priv_trap_mask);
SAME(priv_usr_t, dvk_priv_usr, priv_ipc_from);
SAME(priv_usr_t, dvk_priv_usr, priv_ipc_to);
SAME(priv_usr_t, dvk_priv_usr, priv_dvk_allowed);

SAME_SIZE(vcopy_t, dvk_vcopy);
SAME(vcopy_t, dvk_vcopy, v_src);
SAME(vcopy_t, dvk_vcopy, v_dst);
SAME(vcopy_t, dvk_vcopy, v_rqtr);
SAME(vcopy_t, dvk_vcopy, v_id);
SAME(vcopy_t, dvk_vcopy, v_saddr);
SAME(vcopy_t, dvk_vcopy, v_daddr);
SAME(vcopy_t, dvk_vcopy, v_bytes);
SAME(vcopy_t, dvk_vcopy, v_offset);
SAME(vcopy_t, dvk_vcopy, v_total);

SAME_SIZE(cmd_t, dvk_cmd);
_Static_assert(sizeof(cmd_t) == 168, "a header has 168 bytes");
SAME(cmd_t, dvk_cmd, c_magic);
SAME(cmd_t, dvk_cmd, c_version);
SAME(cmd_t, dvk_cmd, c_hdrlen);
SAME(cmd_t, dvk_cmd, c_cmd);
SAME(cmd_t, dvk_cmd, c_dcid);
SAME(cmd_t, dvk_cmd, c_src);
SAME(cmd_t, dvk_cmd, c_dst);
SAME(cmd_t, dvk_cmd, c_snode);
SAME(cmd_t, dvk_cmd, c_dnode);
SAME(cmd_t, dvk_cmd, c_rcode);
SAME(cmd_t, dvk_cmd, c_len);
SAME(cmd_t, dvk_cmd, c_pid);
SAME(cmd_t, dvk_cmd, c_batch_nr);
SAME(cmd_t, dvk_cmd, c_flags);
SAME(cmd_t, dvk_cmd, c_snd_seq);
SAME(cmd_t, dvk_cmd, c_ack_seq);
SAME(cmd_t, dvk_cmd, c_src_inc);
SAME(cmd_t, dvk_cmd, c_dst_inc);
SAME(cmd_t, dvk_cmd, c_id);
SAME(cmd_t, dvk_cmd, c_rnode);
SAME(cmd_t, dvk_cmd, c_rinc);
SAME(cmd_t, dvk_cmd, c_ctl);
SAME(cmd_t, dvk_cmd, c_path);
AT(cmd_t, c_timestamp, offsetof(struct dvk_cmd, c_timestamp_sec));
AT(cmd_t, c_timestamp.tv_nsec, offsetof(struct dvk_cmd, c_timestamp_nsec));
SAME(cmd_t, dvk_cmd, c_msg);
SAME(cmd_t, dvk_cmd, c_vcopy);
SAME(cmd_t, dvk_cmd, c_hello);
SAME(cmd_t, dvk_cmd, c_name);

_Static_assert(sizeof(proxy_payload_t) == DVK_MAXCOPYBUF, "payload of a frame");

/*
 * Every code of the list has its macro, with the right number. Two are named
 * like states of a process, and not every checker knows that # and ## take
 * their arguments as they are.
 */
#undef ONCOPY
#undef MIGRATE
#define MACRO(name, number, text)	\
	_Static_assert(EDVS##name == -(number), "EDVS" #name);
DVK_ERRNO_LIST(MACRO)
