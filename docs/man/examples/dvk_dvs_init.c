// SPDX-License-Identifier: LGPL-2.1
#include <stdio.h>
#include <dvk/dvk.h>

/* Becomes node 0 of a DVS and makes DC 0 with node 1 in it. */
int main(void)
{
	dvs_usr_t dvs = { .d_name = "LAB" };
	dc_usr_t dc = {
		.dc_dcid = 0,
		.dc_nr_procs = 221,
		.dc_nr_tasks = 34,
		.dc_nr_sysprocs = 64,
		.dc_nr_nodes = 32,
		.dc_warn2proc = NONE,
		.dc_name = "DC0",
	};
	long ret = dvk_dvs_init(0, &dvs);

	if (ret >= 0)
		ret = dvk_dc_init(&dc);
	if (ret >= 0)
		ret = dvk_getdcinfo(0, &dc);
	if (ret < 0) {
		fprintf(stderr, "%s\n", dvk_strerror(ret));
		return 1;
	}
	printf(DC_USR1_FORMAT, DC_USR1_FIELDS(&dc));
	return 0;
}
