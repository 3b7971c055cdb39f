// SPDX-License-Identifier: GPL-2.0
/*
 * /proc/dvs: the tables of a node, in the formats that existing scripts parse.
 */
#include <linux/cache.h>
#include <linux/ctype.h>
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/proc_fs.h>
#include <linux/sched.h>
#include <linux/seq_file.h>
#include <linux/seq_file_net.h>
#include <linux/string.h>

#include "base/node.h"
#include "dvs.h"
#include "info.h"
#include "link/link.h"
#include "object/dc.h"
#include "object/endpoint.h"
#include "proc.h"

#define PROC_DIR	"dvs"
#define MAP_BITS	32
#define MAP_RULER	"10987654321098765432109876543210"

static struct proc_dir_entry *proc_link;

/* Bits below @bits as X and -, the highest at the left. */
static const char *bits_text(u64 map, int bits, char *text)
{
	int i;

	for (i = 0; i < bits; i++)
		text[i] = map & BIT_ULL(bits - 1 - i) ? 'X' : '-';
	text[bits] = '\0';
	return text;
}

/* Bits 0 to 31, below MAP_RULER. */
static const char *map_text(u64 map, char text[MAP_BITS + 1])
{
	return bits_text(map, MAP_BITS, text);
}

/*
 * What is allowed: the system endpoints that may be sent to, or the calls that
 * may be made.
 */
#define IPCTO_BITS	64
#define CALLS_BITS	48

static void show_allowed_header(struct seq_file *seq, int bits)
{
	seq_puts(seq, "-nr id --wr- lv ");
	while (bits--)
		seq_putc(seq, '0' + bits % 10);
	seq_putc(seq, '\n');
}

static void show_allowed(struct seq_file *seq, int nr, int id, int warn,
			 int level, u64 map, int bits)
{
	char text[BITS_PER_TYPE(map) + 1];

	seq_printf(seq, "%3d %2d %5d %2d %s\n", nr, id, warn, level,
		   bits_text(map, bits, text));
}

/* --- /proc/dvs/info --- */

static int info_show(struct seq_file *seq, void *v)
{
	struct dvk_node *node = dvk_node_of(seq_file_single_net(seq));
	struct dvk_dvs_usr usr;

	dvk_dvs_fill_usr(node, &usr);
	seq_printf(seq, "name=%s\n", usr.d_name);
	seq_printf(seq, "nodeid=%d\n", READ_ONCE(node->nodeid));
	seq_printf(seq, "nr_dcs=%d\n", usr.d_nr_dcs);
	seq_printf(seq, "nr_nodes=%d\n", usr.d_nr_nodes);
	seq_printf(seq, "max_nr_procs=%d\n", usr.d_nr_procs);
	seq_printf(seq, "max_nr_tasks=%d\n", usr.d_nr_tasks);
	seq_printf(seq, "max_sys_procs=%d\n", usr.d_nr_sysprocs);
	seq_printf(seq, "max_copy_buf=%d\n", usr.d_max_copybuf);
	seq_printf(seq, "max_copy_len=%d\n", usr.d_max_copylen);
	seq_printf(seq, "dbglvl=%llX\n", usr.d_dbglvl);
	seq_printf(seq, "version=%d\n", usr.d_version);
	seq_printf(seq, "flags=%llX\n", usr.d_flags);
	seq_printf(seq, "sizeof(proc)=%zu\n", sizeof(struct dvk_endpoint));
	seq_printf(seq, "sizeof(proc) aligned=%zu\n",
		   ALIGN(sizeof(struct dvk_endpoint), SMP_CACHE_BYTES));
	seq_printf(seq, "sizeof(dc)=%zu\n", sizeof(struct dvk_dc));
	seq_printf(seq, "sizeof(node)=%zu\n", sizeof(struct dvk_node));
	return 0;
}

/*
 * --- /proc/dvs/nodes and /proc/dvs/proxies ---
 *
 * Position 0 is the header, position n + 1 is node n. What start() and next()
 * return is the position, so that a row is looked up when it is shown.
 */

/* Moves *@pos to the next pair of proxies; false if there is none. */
static bool seek_proxy(struct dvk_node *node, loff_t *pos)
{
	for (; *pos <= READ_ONCE(node->limits.nr_nodes); ++*pos)
		if (dvk_proxies_exist(node, *pos - 1))
			return true;
	return false;
}

/* The same for the next node, the local one or a peer. */
static bool seek_node(struct dvk_node *node, loff_t *pos)
{
	int self = READ_ONCE(node->nodeid);
	unsigned long id = *pos - 1;
	bool found;

	found = xa_find(&node->links, &id, ULONG_MAX, XA_PRESENT);
	if (self >= *pos - 1 && (!found || self < id)) {
		id = self;
		found = true;
	}
	if (found)
		*pos = id + 1;
	return found;
}

static void *nodes_start(struct seq_file *seq, loff_t *pos)
	__acquires(RCU)
{
	rcu_read_lock();
	if (!*pos)
		return SEQ_START_TOKEN;
	return seek_node(dvk_node_of(seq_file_net(seq)), pos) ? pos : NULL;
}

static void *nodes_next(struct seq_file *seq, void *v, loff_t *pos)
{
	++*pos;
	return seek_node(dvk_node_of(seq_file_net(seq)), pos) ? pos : NULL;
}

static void *proxies_start(struct seq_file *seq, loff_t *pos)
	__acquires(RCU)
{
	rcu_read_lock();
	if (!*pos)
		return SEQ_START_TOKEN;
	return seek_proxy(dvk_node_of(seq_file_net(seq)), pos) ? pos : NULL;
}

static void *proxies_next(struct seq_file *seq, void *v, loff_t *pos)
{
	++*pos;
	return seek_proxy(dvk_node_of(seq_file_net(seq)), pos) ? pos : NULL;
}

static void table_stop(struct seq_file *seq, void *v)
	__releases(RCU)
{
	rcu_read_unlock();
}

static int nodes_show(struct seq_file *seq, void *v)
{
	struct dvk_node *node = dvk_node_of(seq_file_net(seq));
	char map[MAP_BITS + 1];
	struct dvk_node_usr usr;

	if (v == SEQ_START_TOKEN) {
		seq_puts(seq, "ID Flags Proxies -pxsent- -pxrcvd- " MAP_RULER
			 " Name\n");
		return 0;
	}
	if (dvk_node_fill_usr(node, *(loff_t *)v - 1, &usr))
		return SEQ_SKIP;
	seq_printf(seq, "%2d %5llX %7d %8lld %8lld %32s %-16.16s\n",
		   usr.n_nodeid, usr.n_flags, usr.n_proxies, usr.n_pxsent,
		   usr.n_pxrcvd, map_text(usr.n_dcs, map), usr.n_name);
	return 0;
}

static const struct seq_operations nodes_ops = {
	.start = nodes_start,
	.next = nodes_next,
	.stop = table_stop,
	.show = nodes_show,
};

static int proxies_info_show(struct seq_file *seq, void *v)
{
	struct dvk_node *node = dvk_node_of(seq_file_net(seq));
	struct dvk_proxies_view view;
	char map[MAP_BITS + 1];

	if (v == SEQ_START_TOKEN) {
		seq_puts(seq, "Proxies Flags Sender Receiver --Proxies_Name- "
			 MAP_RULER "\n");
		return 0;
	}
	if (dvk_proxies_fill(node, *(loff_t *)v - 1, &view))
		return SEQ_SKIP;
	map_text(view.sender.p_nodemap, map);
	seq_printf(seq, "%7d %5X %6d %8d %15s %s\n",
		   view.pxid, view.flags, view.sender.p_lpid,
		   view.receiver.p_lpid, view.name, map);
	return 0;
}

static const struct seq_operations proxies_info_ops = {
	.start = proxies_start,
	.next = proxies_next,
	.stop = table_stop,
	.show = proxies_info_show,
};

static void show_proxy(struct seq_file *seq, const struct dvk_proc_usr *usr,
		       const char *type, u64 sent, u64 received)
{
	seq_printf(seq,
		   "%2d %4s %6d %6X %6llX %8llu %8llu %6d %6d %6d %-15.15s\n",
		   usr->p_nr, type, usr->p_lpid, 0, usr->p_misc_flags, sent,
		   received, DVK_NONE, DVK_NONE, DVK_NONE, usr->p_name);
}

static int proxies_procs_show(struct seq_file *seq, void *v)
{
	struct dvk_node *node = dvk_node_of(seq_file_net(seq));
	struct dvk_proxies_view view;

	if (v == SEQ_START_TOKEN) {
		seq_puts(seq, "ID Type -lpid- -flag- -misc- -pxsent- -pxrcvd- -getf- -sendt -wmig- name\n");
		return 0;
	}
	if (dvk_proxies_fill(node, *(loff_t *)v - 1, &view))
		return SEQ_SKIP;
	show_proxy(seq, &view.sender, "send", view.sender.p_rmtsent, 0);
	show_proxy(seq, &view.receiver, "recv", 0, view.receiver.p_rmtsent);
	return 0;
}

static const struct seq_operations proxies_procs_ops = {
	.start = proxies_start,
	.next = proxies_next,
	.stop = table_stop,
	.show = proxies_procs_show,
};

/* Proxies send what others say: to all, by all calls. */
static int show_proxies_allowed(struct seq_file *seq, void *v, int bits)
{
	struct dvk_node *node = dvk_node_of(seq_file_net(seq));
	struct dvk_proxies_view view;
	int i;

	if (v == SEQ_START_TOKEN) {
		show_allowed_header(seq, bits);
		return 0;
	}
	if (dvk_proxies_fill(node, *(loff_t *)v - 1, &view))
		return SEQ_SKIP;
	/* The sender, then the receiver. */
	for (i = 0; i < 2; i++)
		show_allowed(seq, view.pxid, view.pxid, DVK_NONE,
			     DVK_PRIV_PROXY, ~0ULL, bits);
	return 0;
}

static int proxies_ipcto_show(struct seq_file *seq, void *v)
{
	return show_proxies_allowed(seq, v, IPCTO_BITS);
}

static const struct seq_operations proxies_ipcto_ops = {
	.start = proxies_start,
	.next = proxies_next,
	.stop = table_stop,
	.show = proxies_ipcto_show,
};

static int proxies_calls_show(struct seq_file *seq, void *v)
{
	return show_proxies_allowed(seq, v, CALLS_BITS);
}

static const struct seq_operations proxies_calls_ops = {
	.start = proxies_start,
	.next = proxies_next,
	.stop = table_stop,
	.show = proxies_calls_show,
};

/*
 * --- /proc/dvs/DC ---
 *
 * Position 0 is the header, position n + 1 is entry n of the slot table.
 */

static struct dvk_dc *dc_of(const struct seq_file *seq)
{
	return pde_data(file_inode(seq->file));
}

/* The next bound slot from *@pos on, which is moved there. */
static struct dvk_endpoint *seek_slot(const struct dvk_dc *dc, loff_t *pos)
{
	struct dvk_endpoint *ep;

	for (; *pos <= dvk_dc_nr_slots(dc); ++*pos) {
		ep = rcu_dereference(dc->slots[*pos - 1]);
		if (ep)
			return ep;
	}
	return NULL;
}

static void *slots_start(struct seq_file *seq, loff_t *pos)
	__acquires(RCU)
{
	rcu_read_lock();
	return *pos ? seek_slot(dc_of(seq), pos) : SEQ_START_TOKEN;
}

static void *slots_next(struct seq_file *seq, void *v, loff_t *pos)
{
	++*pos;
	return seek_slot(dc_of(seq), pos);
}

static int procs_show(struct seq_file *seq, void *v)
{
	struct dvk_proc_usr usr;

	if (v == SEQ_START_TOKEN) {
		seq_puts(seq, DVK_PROCS_HEADER);
		return 0;
	}
	dvk_ep_fill_usr(v, &usr);
	seq_printf(seq, DVK_PROCS_ROW, DVK_PROCS_FIELDS(&usr));
	return 0;
}

static const struct seq_operations procs_ops = {
	.start = slots_start,
	.next = slots_next,
	.stop = table_stop,
	.show = procs_show,
};

static int stats_show(struct seq_file *seq, void *v)
{
	struct dvk_proc_usr usr;

	if (v == SEQ_START_TOKEN) {
		seq_puts(seq, "DC pnr -endp -lpid/vpid- nd --lsnt-- --rsnt-- -lcopy-- -rcopy-- name\n");
		return 0;
	}
	dvk_ep_fill_usr(v, &usr);
	seq_printf(seq, "%2d %3d %5d %5d/%-5d %2d %8lld %8lld %8lld %8lld %-15.15s\n",
		   usr.p_dcid, usr.p_nr, usr.p_endpoint, usr.p_lpid, usr.p_vpid,
		   usr.p_nodeid, usr.p_lclsent, usr.p_rmtsent, usr.p_lclcopy,
		   usr.p_rmtcopy, usr.p_name);
	return 0;
}

static const struct seq_operations stats_ops = {
	.start = slots_start,
	.next = slots_next,
	.stop = table_stop,
	.show = stats_show,
};

static void show_ep_allowed(struct seq_file *seq, const struct dvk_endpoint *ep,
			    u64 map, int bits)
{
	show_allowed(seq, ep->nr, ep->nr + ep->dc->nr_tasks,
		     READ_ONCE(ep->priv_warn), READ_ONCE(ep->priv_level), map,
		     bits);
}

static int ipcto_show(struct seq_file *seq, void *v)
{
	const struct dvk_endpoint *ep = v;

	if (v == SEQ_START_TOKEN)
		show_allowed_header(seq, IPCTO_BITS);
	else
		show_ep_allowed(seq, ep, READ_ONCE(ep->ipc_to), IPCTO_BITS);
	return 0;
}

static const struct seq_operations ipcto_ops = {
	.start = slots_start,
	.next = slots_next,
	.stop = table_stop,
	.show = ipcto_show,
};

static int calls_show(struct seq_file *seq, void *v)
{
	const struct dvk_endpoint *ep = v;

	if (v == SEQ_START_TOKEN)
		show_allowed_header(seq, CALLS_BITS);
	else
		show_ep_allowed(seq, ep, READ_ONCE(ep->allowed), CALLS_BITS);
	return 0;
}

static const struct seq_operations calls_ops = {
	.start = slots_start,
	.next = slots_next,
	.stop = table_stop,
	.show = calls_show,
};

static int dc_info_show(struct seq_file *seq, void *v)
{
	char map[MAP_BITS + 1];
	struct dvk_dc_usr usr;

	dvk_dc_fill_usr(dc_of(seq), &usr);
	seq_printf(seq, "dcid=%d\n", usr.dc_dcid);
	seq_printf(seq, "flags=%llX\n", usr.dc_flags);
	seq_printf(seq, "nr_procs=%d\n", usr.dc_nr_procs);
	seq_printf(seq, "nr_tasks=%d\n", usr.dc_nr_tasks);
	seq_printf(seq, "nr_sysprocs=%d\n", usr.dc_nr_sysprocs);
	seq_printf(seq, "nr_nodes=%d\n", usr.dc_nr_nodes);
	seq_printf(seq, "dc_nodes=%llX\n", usr.dc_nodes);
	seq_printf(seq, "dc_pid=%d\n", usr.dc_pid);
	seq_printf(seq, "warn2proc=%d\n", usr.dc_warn2proc);
	seq_printf(seq, "warnmsg=%d\n", usr.dc_warnmsg);
	seq_printf(seq, "dc_name=%s\n", usr.dc_name);
	seq_puts(seq, "nodes 33222222222211111111110000000000\n");
	seq_puts(seq, "\t" MAP_RULER "\n");
	seq_printf(seq, "\t%s\n", map_text(usr.dc_nodes, map));
	seq_printf(seq, "cpumask=%llx\n", usr.dc_cpumask);
	return 0;
}

/* --- the files --- */

/* A file of rows in a directory of the namespace. */
static struct proc_dir_entry *add_table(const char *name,
					struct proc_dir_entry *dir,
					const struct seq_operations *ops,
					void *data)
{
	return proc_create_net_data(name, 0444, dir, ops,
				    sizeof(struct seq_net_private), data);
}

int dvk_proc_dc_add(struct dvk_dc *dc)
{
	struct dvk_node *node = dc->node;
	struct proc_dir_entry *dir;

	dir = proc_net_mkdir(node->net, dc->name, node->proc);
	if (!dir)
		return -ENOMEM;
	if (!add_table("procs", dir, &procs_ops, dc) ||
	    !add_table("stats", dir, &stats_ops, dc) ||
	    !add_table("ipcto", dir, &ipcto_ops, dc) ||
	    !add_table("dvkcalls", dir, &calls_ops, dc) ||
	    !proc_create_net_single("info", 0444, dir, dc_info_show, dc)) {
		proc_remove(dir);
		return -ENOMEM;
	}
	dc->proc = dir;
	return 0;
}

void dvk_proc_dc_del(struct dvk_dc *dc)
{
	proc_remove(dc->proc);
	dc->proc = NULL;
}

int dvk_proc_node_add(struct dvk_node *node)
{
	struct net *net = node->net;
	struct proc_dir_entry *dir, *proxies;

	dir = proc_net_mkdir(net, PROC_DIR, net->proc_net);
	if (!dir)
		return -ENOMEM;
	proxies = proc_net_mkdir(net, "proxies", dir);
	if (!proxies ||
	    !proc_create_net_single("info", 0444, dir, info_show, NULL) ||
	    !add_table("nodes", dir, &nodes_ops, NULL) ||
	    !add_table("info", proxies, &proxies_info_ops, NULL) ||
	    !add_table("procs", proxies, &proxies_procs_ops, NULL) ||
	    !add_table("ipcto", proxies, &proxies_ipcto_ops, NULL) ||
	    !add_table("dvkcalls", proxies, &proxies_calls_ops, NULL)) {
		proc_remove(dir);
		return -ENOMEM;
	}
	node->proc = dir;
	node->proxies_proc = proxies;
	return 0;
}

void dvk_proc_node_del(struct dvk_node *node)
{
	proc_remove(node->proc);
	node->proc = NULL;
	node->proxies_proc = NULL;
}

int dvk_proc_register(void)
{
	proc_link = proc_symlink(PROC_DIR, NULL, "self/net/" PROC_DIR);
	return proc_link ? 0 : -ENOMEM;
}

void dvk_proc_unregister(void)
{
	proc_remove(proc_link);
}
