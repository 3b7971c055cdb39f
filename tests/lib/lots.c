// SPDX-License-Identifier: GPL-2.0
#include <endian.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "cluster.h"
#include "lots.h"
#include "util.h"

struct lots lots;

static const int odd[] = {
	0, 1, -1, 2, 3, 31, 32, 35, -35, -36, 64, 220, 221, 255, 256, 1023,
	1024, 4095, 4096, 65500, 65535, 65536, 1048576, 1048577, DVK_ANY,
	DVK_NONE, DVK_SELF, DVK_HARDWARE, DVK_SYSTEM, DVK_EP_STRIDE,
	INT_MAX, INT_MIN, INT_MAX - 1, INT_MIN + 1,
};

static int some_number(struct dice *d)
{
	return one_in(d, 4) ? (int)roll(d) : ONE_OF(d, odd);
}

static int some_ep(struct dice *d)
{
	static const int special[] = { DVK_ANY, DVK_SELF, DVK_NONE };

	if (one_in(d, 16))
		return some_number(d);
	if (one_in(d, 8))
		return ONE_OF(d, special);
	return FIRST_EP + roll(d) % NR_EPS;
}

int some_dc(struct dice *d)
{
	if (one_in(d, 16))
		return some_number(d);
	return lots.own_node ? (int)(roll(d) % 2) : lots.dcid;
}

static int some_node(struct dice *d)
{
	return one_in(d, 8) ? some_number(d) : (int)(roll(d) % NODES);
}

/* Never one of others. */
static int some_pid(struct dice *d)
{
	static const int none[] = { -1, 0, INT_MAX, INT_MIN };

	switch (roll(d) % 8) {
	case 0:
		return ONE_OF(d, none);
	case 1:
	case 2:
	case 3:
		return *lots.pid[roll(d) % lots.nr_pids];
	case 4:
		return gettid();
	default:
		return getpid();
	}
}

/* Mostly short, for a thread that waits asks for nothing. */
static int some_timeout(struct dice *d)
{
	if (one_in(d, 64))
		return -1;
	if (one_in(d, 64))
		return some_number(d);
	return one_in(d, 4) ? 0 : (int)(roll(d) % 8);
}

/* --- memory --- */

/*
 * Per process: two pages, two that are not there, two to be read only, a hole
 * again, then a megabyte that area_change() changes.
 */
#define ALIVE		0
#define READ_ONLY	(4 * PAGE)
#define CHANGING	(8 * PAGE)
#define CHANGING_LEN	(1024 * 1024L)
#define AREA_LEN	(CHANGING + CHANGING_LEN + 2 * PAGE)

char *area;

void area_map(void)
{
	area = mmap(NULL, AREA_LEN, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (area == MAP_FAILED ||
	    munmap(area + 2 * PAGE, 2 * PAGE) ||
	    mprotect(area + READ_ONLY, 2 * PAGE, PROT_READ) ||
	    munmap(area + 6 * PAGE, 2 * PAGE))
		die("memory: %m");
}

void area_change(struct dice *d)
{
	static const int prot[] = {
		PROT_NONE, PROT_READ, PROT_READ | PROT_WRITE,
	};
	long at = roll(d) % (CHANGING_LEN / PAGE) * PAGE;
	long len = (roll(d) % 64 + 1) * PAGE;
	char *p = area + CHANGING + at;

	len = len < CHANGING_LEN - at ? len : CHANGING_LEN - at;
	switch (roll(d) % 4) {
	case 0:
		munmap(p, len);
		break;
	case 1:
		mprotect(p, len, ONE_OF(d, prot));
		break;
	case 2:
		madvise(p, len, MADV_DONTNEED);
		break;
	default:
		if (mmap(p, len, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1,
			 0) == MAP_FAILED)
			die("mmap: %m");
		break;
	}
}

bool area_is_safe(unsigned long at, unsigned long len)
{
	unsigned long begin = (unsigned long)area;

	return at >= begin && at + len <= begin + 2 * PAGE;
}

unsigned long some_address(struct dice *d, unsigned long len)
{
	static const unsigned long nowhere[] = {
		0, 1, PAGE - 1, 0x7ffffffff000, 0x7fffffffffff, 0x800000000000,
		0xffff800000000000, 0xffffffff81000000, -4096UL, -1UL,
	};
	unsigned long at = (unsigned long)area;

	switch (roll(d) % 16) {
	case 0:
		return ONE_OF(d, nowhere);
	case 1:		/* into the hole */
		return at + 2 * PAGE - roll(d) % (len + 1);
	case 2:
		return at + READ_ONLY + roll(d) % PAGE;
	case 3:		/* out of the hole */
		return at + READ_ONLY - roll(d) % (len + 1);
	case 4:		/* over a border between pages */
		return at + PAGE - roll(d) % (len + 1);
	case 5:
	case 6:
	case 7:
		return at + CHANGING + roll(d) % CHANGING_LEN;
	default:
		return at + ALIVE + (roll(d) % 64) * 8;
	}
}

static long some_bytes(struct dice *d)
{
	static const long bytes[] = {
		0, 1, 64, 4095, 4096, 4097, 8192, 65535, 65536, 65537, 200000,
		1048575, 1048576, 1048577, -1, LONG_MAX, LONG_MIN,
	};

	return one_in(d, 3) ? (long)(roll(d) % 20000) : ONE_OF(d, bytes);
}

/* --- arguments --- */

/* A frame that may be the peer's, in memory that is there. */
static unsigned long some_frame(struct dice *d)
{
	struct dvk_cmd *cmd = (struct dvk_cmd *)(area + PAGE +
						  (roll(d) % 8) * 160);

	if (one_in(d, 8))
		return some_address(d, sizeof(*cmd));
	memset(cmd, 0, sizeof(*cmd));
	cmd->c_magic = htole32(DVK_WIRE_MAGIC);
	cmd->c_version = htole16(DVK_WIRE_VERSION);
	cmd->c_hdrlen = htole16(sizeof(*cmd));
	cmd->c_cmd = htole32(roll(d) % DVK_CMD_NR |
			     (one_in(d, 3) ? DVK_CMD_ACK : 0));
	cmd->c_dcid = htole32(some_dc(d));
	cmd->c_src = htole32(some_ep(d));
	cmd->c_dst = htole32(some_ep(d));
	cmd->c_snode = htole32(1);
	cmd->c_id = htole32(roll(d) % 16);
	cmd->c_flags = one_in(d, 4) ? roll(d) : 0;
	cmd->c_vcopy.v_src = htole32(some_ep(d));
	cmd->c_vcopy.v_dst = htole32(some_ep(d));
	cmd->c_vcopy.v_rqtr = htole32(some_ep(d));
	cmd->c_vcopy.v_saddr = htole64(some_address(d, 64));
	cmd->c_vcopy.v_daddr = htole64(some_address(d, 64));
	cmd->c_vcopy.v_total = htole32(some_bytes(d));
	cmd->c_len = one_in(d, 3) ? cmd->c_vcopy.v_total : 0;
	if (one_in(d, 4))
		((int *)cmd)[roll(d) % (sizeof(*cmd) / 4)] = some_number(d);
	return (unsigned long)cmd;
}

static void fill_admin(struct dice *d, unsigned long cmd, union args *a)
{
	switch (cmd) {
	case DVK_IOC_DVS_INIT:
		a->dvs.nodeid = one_in(d, 8) ? some_number(d) : 0;
		if (one_in(d, 4))
			break;
		memset(&a->dvs.usr, 0, sizeof(a->dvs.usr));
		strcpy(a->dvs.usr.d_name, "DVS");
		a->dvs.usr.d_nr_dcs = DVK_NR_DCS;
		a->dvs.usr.d_nr_nodes = DVK_NR_NODES;
		a->dvs.usr.d_nr_procs = DVK_NR_PROCS;
		a->dvs.usr.d_nr_tasks = DVK_NR_TASKS;
		a->dvs.usr.d_nr_sysprocs = DVK_NR_SYSPROCS;
		a->dvs.usr.d_max_copybuf = DVK_MAXCOPYBUF;
		a->dvs.usr.d_max_copylen = DVK_MAXCOPYLEN;
		break;
	case DVK_IOC_DC_INIT:
	case DVK_IOC_DC_END:
		a->dc.dcid = some_dc(d);
		a->dc.usr.dc_dcid = a->dc.dcid;
		if (one_in(d, 4))
			break;
		a->dc.usr.dc_nr_procs = DVK_NR_PROCS;
		a->dc.usr.dc_nr_tasks = DVK_NR_TASKS;
		a->dc.usr.dc_nr_sysprocs = DVK_NR_SYSPROCS;
		a->dc.usr.dc_nr_nodes = DVK_NR_NODES;
		a->dc.usr.dc_warn2proc = one_in(d, 2) ? DVK_NONE : some_ep(d);
		a->dc.usr.dc_flags = roll(d) & roll(d) & 3;
		memset(a->dc.usr.dc_name, 0, DVK_NAME_LEN);
		a->dc.usr.dc_name[0] = 'a' + roll(d) % 3;
		break;
	case DVK_IOC_NODE_UP:
	case DVK_IOC_NODE_DOWN:
		a->node_up.nodeid = some_node(d);
		a->node_up.pxid = roll(d) % 3;
		memset(a->node_up.name, 0, DVK_NAME_LEN);
		a->node_up.pad = 0;
		break;
	case DVK_IOC_PROXIES_BIND:
	case DVK_IOC_PROXIES_UNBIND:
		a->proxies.pxid = roll(d) % 3;
		a->proxies.spid = some_pid(d);
		a->proxies.rpid = some_pid(d);
		a->proxies.maxbytes = one_in(d, 2) ? 65536 : some_number(d);
		a->proxies.pad = 0;
		snprintf(a->proxies.name, DVK_NAME_LEN, "px%d", a->proxies.pxid);
		break;
	case DVK_IOC_PROXY_CONN:
		a->proxy_conn.pxid = roll(d) % 3;
		/* Rather on than off. */
		a->proxy_conn.status = one_in(d, 8) ? some_number(d) :
			(int)(roll(d) % (one_in(d, 4) ? 4 : 2) + 1);
		a->proxy_conn.pad = 0;
		break;
	case DVK_IOC_GET2RMT:
	case DVK_IOC_PUT2LCL:
		a->frame.cmd = cmd == DVK_IOC_GET2RMT ?
			some_address(d, sizeof(struct dvk_cmd)) : some_frame(d);
		a->frame.payload = some_address(d, PAGE);
		a->frame.timeout = cmd == DVK_IOC_GET2RMT ? some_timeout(d) : 0;
		break;
	}
}

/* Arguments of calls about what there is: DCs, nodes, endpoints, rights. */
static void fill_about(struct dice *d, unsigned long cmd, union args *a)
{
	switch (cmd) {
	case DVK_IOC_GETPROCINFO:
		a->proc.dcid = some_dc(d);
		a->proc.slot = some_ep(d);
		a->proc.pad = 0;
		break;
	case DVK_IOC_GETDCINFO:
		a->dc.dcid = some_dc(d);
		break;
	case DVK_IOC_GETNODEINFO:
	case DVK_IOC_ADD_NODE:
	case DVK_IOC_DEL_NODE:
		a->node.dcid = some_dc(d);
		a->node.nodeid = some_node(d);
		a->node.pad = 0;
		break;
	case DVK_IOC_GETPRIV:
	case DVK_IOC_SETPRIV:
		a->priv.dcid = some_dc(d);
		a->priv.endpoint = some_ep(d);
		a->priv.pad = 0;
		if (one_in(d, 2)) {
			a->priv.usr.priv_ipc_from = ~0ULL;
			a->priv.usr.priv_ipc_to = ~0ULL;
			a->priv.usr.priv_dvk_allowed = ~0ULL;
			a->priv.usr.priv_level = roll(d) % 6;
			a->priv.usr.priv_warn = DVK_NONE;
		}
		break;
	case DVK_IOC_MIGRATE:
		a->migrate.cmd = roll(d) % 3;
		a->migrate.dcid = some_dc(d);
		a->migrate.pid = some_pid(d);
		a->migrate.endpoint = some_ep(d);
		a->migrate.nodeid = some_node(d);
		break;
	case DVK_IOC_GETPROXYINFO:
		a->proxy_info.pxid = roll(d) % 3;
		break;
	default:
		fill_admin(d, cmd, a);
		break;
	}
}

void fill_args(struct dice *d, unsigned long cmd, union args *a)
{
	size_t i;

	for (i = 0; i < _IOC_SIZE(cmd) / sizeof(int); i++)
		a->words[i] = some_number(d);
	/* As it is now and then, else with what the call can use. */
	switch (one_in(d, 20) ? 0 : cmd) {
	case DVK_IOC_SEND:
	case DVK_IOC_RECEIVE:
	case DVK_IOC_SENDREC:
	case DVK_IOC_RCVRQST:
	case DVK_IOC_REPLY:
	case DVK_IOC_REPLY_RCVRQST:
	case DVK_IOC_RELAY:
		a->ipc.endpoint = some_ep(d);
		a->ipc.timeout = some_timeout(d);
		a->ipc.flags = 0;
		a->ipc.msg.m_source = some_ep(d);
		break;
	case DVK_IOC_NOTIFY:
		a->notify.op = roll(d) % 5;
		a->notify.source = some_ep(d);
		a->notify.endpoint = some_ep(d);
		a->notify.dcid = some_dc(d);
		break;
	case DVK_IOC_VCOPY:
		a->vcopy.src = some_ep(d);
		a->vcopy.dst = one_in(d, 3) ? some_ep(d) : DVK_SELF;
		a->vcopy.bytes = some_bytes(d);
		a->vcopy.src_addr = some_address(d, 64);
		a->vcopy.dst_addr = some_address(d, 64);
		a->vcopy.flags = 0;
		break;
	case DVK_IOC_BIND:
	case DVK_IOC_UNBIND:
		a->bind.cmd = one_in(d, 2) ? DVK_BIND_SELF : roll(d) % 6;
		a->bind.dcid = some_dc(d);
		a->bind.pid = some_pid(d);
		a->bind.endpoint = some_ep(d);
		a->bind.nodeid = some_node(d);
		a->bind.timeout = roll(d) % 8;
		a->bind.flags = roll(d) & DVK_BIND_THREAD;
		memset(a->bind.name, 0, DVK_NAME_LEN);
		a->bind.name[0] = 'x';
		break;
	case DVK_IOC_GETEP:
		a->getep.pid = some_pid(d);
		break;
	case DVK_IOC_WAIT4BIND:
		a->wait4bind.cmd = roll(d) % 2;
		a->wait4bind.endpoint = some_ep(d);
		a->wait4bind.timeout = some_timeout(d);
		break;
	default:
		fill_about(d, cmd, a);
		break;
	}
	/*
	 * The pid must not be that of anybody else also if the rest of the
	 * arguments is left to chance.
	 */
	if (cmd == DVK_IOC_BIND || cmd == DVK_IOC_UNBIND)
		a->bind.pid = some_pid(d);
	if (cmd == DVK_IOC_MIGRATE)
		a->migrate.pid = some_pid(d);
	if (cmd == DVK_IOC_PROXIES_BIND) {
		a->proxies.spid = some_pid(d);
		a->proxies.rpid = some_pid(d);
	}
}
