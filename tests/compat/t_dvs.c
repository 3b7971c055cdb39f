// SPDX-License-Identifier: GPL-2.0
/*
 * t_dvs <nodeid> <peer> <dcid>: the calls about the DVS, its DCs and nodes, on
 * a node that is part of one. Makes and ends the DC.
 */
#include "old.h"

int main(int argc, char *argv[])
{
	int nodeid, peer, dcid;
	dvs_usr_t dvs, *d_ptr = &dvs;
	dc_usr_t dcu, *dc_ptr = &dcu;
	node_usr_t node, *n_ptr = &node;

	if (argc != 4) {
		printf("usage: %s <nodeid> <peer> <dcid>\n", argv[0]);
		return 1;
	}
	nodeid = atoi(argv[1]);
	peer = atoi(argv[2]);
	dcid = atoi(argv[3]);

	MUST(dvk_open(), OK);
	MUST(dvk_getdvsinfo(d_ptr), nodeid);
	printf("name=%s ", d_ptr->d_name);
	printf(DVS_USR_FORMAT, DVS_USR_FIELDS(d_ptr));
	printf(DVS_MAX_FORMAT, DVS_MAX_FIELDS(d_ptr));
	printf(DVS_VER_FORMAT, DVS_VER_FIELDS(d_ptr));
	if (!(d_ptr->d_flags & (1 << DVS_BIT_INITIALIZED)))
		ERROR_EXIT("d_flags", d_ptr->d_flags);
	MUST(dvk_dvs_init(nodeid, d_ptr), EDVSDVSBUSY);

	MUST(dvk_getnodeinfo(LOCALNODE, n_ptr), nodeid);
	printf(NODE_USR_FORMAT, NODE_USR_FIELDS(n_ptr));
	MUST(dvk_getnodeinfo(peer, n_ptr), peer);
	printf(NODE_USR_FORMAT, NODE_USR_FIELDS(n_ptr));
	if (!(n_ptr->n_flags & NODE_SCONNECTED) || !(n_ptr->n_flags & NODE_RCONNECTED))
		ERROR_EXIT("n_flags", n_ptr->n_flags);
	MUST(dvk_getnodeinfo(-7, n_ptr), EDVSBADNODEID);

	MUST(dvk_getdcinfo(dcid, dc_ptr), EDVSDCNOTRUN);
	MUST(dvk_getdcinfo(-1, dc_ptr), EDVSNOTBIND);
	memset(dc_ptr, 0, sizeof(dc_usr_t));
	dc_ptr->dc_dcid = dcid;
	dc_ptr->dc_nr_procs = 221;
	dc_ptr->dc_nr_tasks = 34;
	dc_ptr->dc_nr_sysprocs = 64;
	dc_ptr->dc_nr_nodes = 32;
	dc_ptr->dc_warn2proc = NONE;
	dc_ptr->dc_warnmsg = 1;
	strcpy(dc_ptr->dc_name, "OLD");
	MUST(dvk_dc_init(dc_ptr), dcid);
	MUST(dvk_dc_init(dc_ptr), EDVSDCRUN);
	dc_ptr->dc_dcid = dcid + 1;
	MUST(dvk_dc_init(dc_ptr), EDVSRSCBUSY);
	memset(dc_ptr->dc_name, 'n', sizeof(dc_ptr->dc_name));
	MUST(dvk_dc_init(dc_ptr), EDVSNAMESIZE);
	MUST(dvk_add_node(dcid, peer), OK);
	MUST(dvk_add_node(dcid, peer), EDVSDCNODE);
	MUST(dvk_add_node(dcid, 30), EDVSNODEFREE);
	MUST(dvk_getdcinfo(dcid, dc_ptr), dcid);
	printf(DC_USR1_FORMAT, DC_USR1_FIELDS(dc_ptr));
	printf(DC_USR2_FORMAT, DC_USR2_FIELDS(dc_ptr));
	MUST(dvk_delnode(dcid, peer), OK);
	MUST(dvk_del_node(dcid, peer), EDVSNODCNODE);
	MUST(dvk_dc_end(dcid), OK);
	MUST(dvk_dc_end(dcid), EDVSDCNOTRUN);
	printf("%s\n", dvk_strerror(EDVSDCNOTRUN));
	return 0;
}
