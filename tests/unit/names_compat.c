// SPDX-License-Identifier: GPL-2.0
/*
 * Every name that programs of the last generation use besides those of names.c,
 * and of the one before it. Compiled with what gcc 14 takes for errors.
 */
#include <stdio.h>
#include <string.h>
#include <dvk/compat-mnx.h>

EXTERN int local_nodeid;

static int checks, failures;

static void check(const char *name, int good)
{
	checks++;
	failures += !good;
	printf("%sok %d %s\n", good ? "" : "not ", checks, name);
}

#define N(name, value) { #name, (long)(name), (value) }

static const struct {
	const char *name;
	long is, wanted;
} numbers[] = {
	N(TRUE, 1),
	N(FALSE, 0),
	N(MAXPROCNAME, 16),
	N(MAXDCNAME, 16),
	N(MAXNODENAME, 16),
	N(MAXPROXYNAME, 16),
	N(M3_STRING, 14),
	N(NR_FIXED_TASKS, 3),
	N(NR_SYSTASKS, 32),
	N(NR_SERVERS, 29),
	N(NR_USR_PROCS, 192),
	N(DVS_NO_INIT, -1),
	N(DVS_RUNNING, 0),
	N(NODE_RUNNING, 0),
	N(DC_RUNNING, 0),
	N(NODE_FREE, 0),
	N(DC_FREE, 2),
	N(NO_PROXIES, -1),
	N(MAX_BIND_TYPE, 5),
	N(DVS_VERSION, 1),
	N(DVK_IPC, 1),
	N(DVK_IOCTL, 2),
	N(DVK_USERMODE, 4),
	N(DVK_INITIALIZED, 256),
	N(FLAG_BATCH_BIT, 0),
	N(FLAG_LZ4_BIT, 1),
	N(FLAG_CHECK_HDR, 2),
	N(PX_BIT_INUSE, 0),
	N(PX_BIT_SCONNECTED, 1),
	N(PX_BIT_RCONNECTED, 2),
	N(MASK_ACKNOWLEDGE, 8192),
	N(BIT_ACKNOWLEDGE, 13),
	N(BITCHUNK_BITS, 16),
	N(NR_SYS_CHUNKS, 4),
	N(NR_DVK_CHUNKS, 3),
	N(DVK_NR_CALLS, 35),
	N(MAXBUFSIZE, 65536),
	N(EDVSNOENT, -2),
	N(EDVSIO, -5),
	N(EDVSNXIO, -6),
	N(EDVSNOEXEC, -8),
	N(EDVSBADF, -9),
	N(EDVSCHILD, -10),
	N(EDVSACCES, -13),
	N(EDVSNOTBLK, -15),
	N(EDVSXDEV, -18),
	N(EDVSNODEV, -19),
	N(EDVSNOTDIR, -20),
	N(EDVSISDIR, -21),
	N(EDVSNFILE, -23),
	N(EDVSMFILE, -24),
	N(EDVSNOTTY, -25),
	N(EDVSTXTBSY, -26),
	N(EDVSFBIG, -27),
	N(EDVSNOSPC, -28),
	N(EDVSSPIPE, -29),
	N(EDVSROFS, -30),
	N(EDVSMLINK, -31),
	N(EDVSPIPE, -32),
	N(EDVSDOM, -33),
	N(EDVSDEADLK, -35),
	N(EDVSNAMETOOLONG, -36),
	N(EDVSNOLCK, -37),
	N(EDVSNOTEMPTY, -39),
	N(EDVSPACKSIZE, -50),
	N(EDVSOUTOFBUFS, -51),
	N(EDVSBADIOCTL, -52),
	N(EDVSBADMODE, -53),
	N(EDVSWOULDBLOCK, -54),
	N(EDVSDSTNOTRCH, -56),
	N(EDVSISCONN, -57),
	N(EDVSADDRINUSE, -58),
	N(EDVSCONNREFUSED, -59),
	N(EDVSCONNRESET, -60),
	N(EDVSURG, -62),
	N(EDVSNOURG, -63),
	N(EDVSAFNOSUPPORT, -67),
	N(EDVSPROTONOSUPPORT, -68),
	N(EDVSPROTOTYPE, -69),
	N(EDVSINPROGRESS, -70),
	N(EDVSALREADY, -72),
	N(EDVSNOTSOCK, -74),
	N(EDVSNOPROTOOPT, -75),
	N(EDVSGENERIC, -99),
	N(EMOLPERM, -1), N(EMOLNOTBIND, -310), N(EMOLERRCODE, -300),
};

/* Programs ask the preprocessor. */
#if !defined(EDVSPERM) || !defined(EDVSNOENT) || !defined(EDVSERRCODE) || !defined(EMOLNOTBIND)
#error "codes are macros, too"
#endif

static char text[1024];

#define PRINTS(what, ptr, line) do {					\
	snprintf(text, sizeof(text), what##_FORMAT, what##_FIELDS(ptr)); \
	check(#what, !strcmp(text, line));				\
	if (strcmp(text, line))						\
		printf("# %s", text);					\
} while (0)

static void check_forms(void)
{
	check("forms of the message", sizeof(mess_1) <= 56 && sizeof(mess_2) <= 56 &&
	      sizeof(mess_3) <= 56 && sizeof(mess_4) <= 56 && sizeof(mess_5) <= 56 &&
	      sizeof(mess_6) <= 56 && sizeof(mess_7) <= 56 && sizeof(mess_8) <= 56 &&
	      sizeof(mess_9) <= 56 && sizeof(mess_A) <= 56 && sizeof(mess_B) <= 56 &&
	      sizeof(mess_C) <= 56);
	check("update_t", sizeof(update_t) == sizeof(long));
}

static void check_maps(void)
{
	priv_usr_t priv, *p = &priv;
	unsigned long word;
	int flags = 0;

	memset(p, 0, sizeof(priv));
	set_sys_bit(p->priv_ipc_to, 37);
	set_sys_bit(p->priv_dvk_allowed, 34);
	memcpy(&word, &p->priv_ipc_to, sizeof(word));
	check("set_sys_bit", word == 1UL << 37 && p->priv_ipc_to.chunk[2] == 1 << 5 &&
	      MAP_CHUNK(p->priv_ipc_to.chunk, 37) == 1 << CHUNK_OFFSET(37));
	check("get_sys_bit", get_sys_bit(p->priv_ipc_to, 37) &&
	      !get_sys_bit(p->priv_ipc_to, 36) && get_sys_bit(p->priv_dvk_allowed, 34));
	unset_sys_bit(p->priv_ipc_to, 37);
	check("unset_sys_bit", !p->priv_ipc_to.chunk[2]);
	p->priv_id = 1;
	p->priv_warn = NONE;
	PRINTS(PRIV_USR, p, "priv_id=1 priv_warn=27342 priv_level=0\n");
	SET_BIT(flags, FLAG_BATCH_BIT);
	SET_BIT(flags, FLAG_CHECK_HDR);
	CLR_BIT(flags, FLAG_BATCH_BIT);
	check("SET_BIT", flags == 4 && TEST_BIT(flags, 2) && !TEST_BIT(flags, 0));
}

static proxy_payload_t payload;

/* As the others are named. */
#define CMD_X_FORMAT CMD_XFORMAT
#define CMD_X_FIELDS(p) CMD_XFIELDS(p)

static void check_command(void)
{
	proxy_hdr_t cmd, *c = &cmd;

	memset(c, 0, sizeof(cmd));
	c->c_cmd = CMD_COPYIN_DATA;
	c->c_len = 1024;
	c->c_batch_nr = 2;
	c->c_flags = 0x1234;
	c->c_snd_seq = 5;
	c->c_ack_seq = 4;
	c->c_timestamp.tv_sec = 7;
	c->c_u.cu_vcopy.v_src = 1;
	c->c_vcopy.v_dst = 2;
	c->c_vcopy.v_rqtr = 3;
	c->c_vcopy.v_bytes = 1024;
	PRINTS(VCOPY, c, "src=1 dst=2 rqtr=3 saddr=(nil) daddr=(nil) bytes=1024\n");
	PRINTS(CMD_X, c, "c_batch_nr=2 c_flags=0x1234 c_snd_seq=5 c_ack_seq=4 c_timestamp=7\n");
	PRINTS(HDR, c, "cmd=0x5 dcid=0 src=0 dst=0 snode=0 dnode=0 rcode=0 len=1024 pid=0\n");
	c->c_u.cu_msg.m_type = 9;
	check("c_u.cu_msg", c->c_msg.m_type == 9);
	payload.pay_cmd[MAXBATCMD - 1].c_cmd = 1;
	payload.pay_data[MAXCOPYBUF - 1] = 1;
	payload.pay_proc_usr.p_nr = 1;
	check("payload", sizeof(payload) == MAXCOPYBUF);
}

static void check_usr(void)
{
	struct dc_usr dcu, *dc = &dcu;
	struct proc_usr proc, *p = &proc;
	node_usr_t node, *n = &node;
	dvs_usr_t dvs, *d = &dvs;
	struct timespec t = { .tv_sec = 1, .tv_nsec = 2 };

	memset(d, 0, sizeof(dvs));
	strcpy(d->d_name, "LAB");
	PRINTS(DVS_USR, d, "d_name=LAB d_nr_dcs=0 d_nr_nodes=0 d_nr_procs=0 d_nr_tasks=0 d_nr_sysprocs=0\n");
	memset(dc, 0, sizeof(dcu));
	memset(&dc->dc_cpumask, 0, sizeof(cpu_set_t));
	dc->dc_warn2proc = NONE;
	PRINTS(DC_WARN, dc, "dc_dcid=0 dc_warn2proc=27342 dc_warnmsg=0\n");
	memset(p, 0, sizeof(proc));
	memset(&p->p_cpumask, 0, sizeof(cpu_set_t));
	strcpy(p->p_name, "it");
	PRINTS(PROC_USR, p, "nr=0 endp=0 dcid=0 flags=0 misc=0 lpid=0 vpid=0 nodeid=0 name=it\n");
	memset(n, 0, sizeof(node));
	n->n_stimestamp = t;
	PRINTS(NODE_TIME, n, "n_nodeid=0 n_stimestamp=1.000000002 n_rtimestamp=0.000000000\n");
	PRINTS(TIME, &t, "tv_sec=1 tv_nsec=2\n");
}

/* Without the module all calls fail, but they compile and link. */
static void check_calls(void)
{
	message m, *m_ptr = &m;
	dvs_usr_t dvs;

	check("calls with addresses as numbers",
	      dvk_getdvsinfo((long)&dvs) && dvk_sendrec(1, (long)m_ptr) &&
	      mnx_send(1, m_ptr) && mnx_sendrec_T(1, (long)m_ptr, 0) &&
	      mnx_bind(-1, 1) && mnx_getdcinfo(-1, (dc_usr_t *)&payload));
	check("local_nodeid", local_nodeid < 0);
	check("DVK_FILE_NAME", !strcmp(DVK_FILE_NAME, "/dev/dvk"));
}

int main(void)
{
	size_t i, bad = 0;

	for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		if (numbers[i].is == numbers[i].wanted)
			continue;
		printf("# %s is %ld, not %ld\n", numbers[i].name, numbers[i].is,
		       numbers[i].wanted);
		bad++;
	}
	check("numbers", !bad);
	check_forms();
	check_maps();
	check_command();
	check_usr();
	check_calls();
	printf("1..%d\n", checks);
	return failures != 0;
}
