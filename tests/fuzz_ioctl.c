// SPDX-License-Identifier: GPL-2.0
/*
 * Every ioctl of /dev/dvk with arguments drawn by lot, from many threads of many
 * processes at once, which are bound, unbound, signalled and killed meanwhile,
 * while the memory that their calls refer to comes and goes.
 *
 * In the environment: DVK_FUZZ_CALLS, calls of one test (50000);
 * DVK_FUZZ_SECONDS, when it ends all the same (9); DVK_FUZZ_SEED, as printed by
 * a run that is to be repeated. What each thread asks for follows from the seed,
 * what comes of it also from the scheduler.
 *
 * test-transport: each
 * test-timeout: 7200
 * test-bench: qemu that kernel copies into the page of zeros if a mapping goes meanwhile
 */
#include "kselftest_harness.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "cluster.h"
#include "lots.h"
#include "puppet.h"
#include "util.h"

#define WORKERS		6	/* processes */
#define THREADS		4	/* in each, one more changes their memory */
#define SRV		10	/* not among FIRST_EP and so on */
#define CLT		11

/* --- the calls --- */

enum {
	ADMIN = 1,	/* changes the node: only where that is ours alone */
	RARE = 2,
};

static const struct call {
	const char *name;
	unsigned long cmd;
	int flags;
} calls[] = {
#define CALL(name, flags) { #name, DVK_IOC_##name, flags }
	CALL(DVS_INIT, ADMIN), CALL(DVS_END, ADMIN | RARE),
	CALL(GETDVSINFO, 0), CALL(DC_INIT, ADMIN), CALL(DC_END, ADMIN | RARE),
	CALL(GETDCINFO, 0), CALL(ADD_NODE, ADMIN), CALL(DEL_NODE, ADMIN),
	CALL(GETNODEINFO, 0), CALL(BIND, 0), CALL(UNBIND, 0), CALL(GETEP, 0),
	CALL(GETPROCINFO, 0), CALL(WAIT4BIND, 0), CALL(SEND, 0),
	CALL(RECEIVE, 0), CALL(SENDREC, 0), CALL(RCVRQST, 0), CALL(REPLY, 0),
	CALL(REPLY_RCVRQST, 0), CALL(NOTIFY, 0), CALL(VCOPY, 0),
	CALL(RELAY, 0), CALL(GETPRIV, 0), CALL(SETPRIV, RARE),
	CALL(DUMP, RARE), CALL(MIGRATE, 0), CALL(NODE_UP, ADMIN),
	CALL(NODE_DOWN, ADMIN), CALL(PROXIES_BIND, ADMIN),
	CALL(PROXIES_UNBIND, ADMIN | RARE), CALL(PROXY_CONN, ADMIN),
	CALL(GETPROXYINFO, 0), CALL(GET2RMT, ADMIN), CALL(PUT2LCL, ADMIN),
};

/* --- what is shared with the workers --- */

struct seat {			/* of one thread */
	_Atomic int pid, tid;
	_Atomic int call;	/* index, -1 between calls */
	_Atomic long since;
	_Atomic unsigned int seed;
	_Atomic unsigned long nr;	/* of calls since that seed */
};

struct shared {
	_Atomic int stop;
	_Atomic unsigned long done;
	_Atomic unsigned long per_call[ARRAY_SIZE(calls)];
	_Atomic unsigned long good;	/* requests taken, and answered */
	_Atomic unsigned long copies;
	_Atomic unsigned long bad;	/* ioctls that failed: EFAULT and so on */
	struct seat seat[WORKERS][THREADS];
};

static struct shared *shared;
static unsigned int base_seed;

/* --- a thread --- */

/* What a thread tends to do. */
enum role { ANYTHING, ASKS, SERVES, NR_ROLES };

/* A thread from its begin to its end. */
struct life {
	struct dice dice;
	struct seat *seat;
	enum role role;
	int client;		/* owed an answer, or DVK_NONE */
};

static bool fits(struct dice *d, const struct call *c)
{
	if ((c->flags & ADMIN) && !lots.own_node)
		return false;
	return !(c->flags & RARE) || one_in(d, 64);
}

static const struct call *call_of(unsigned long cmd)
{
	const struct call *c = calls;

	while (c->cmd != cmd)
		c++;
	return c;
}

/* Half of the calls are such that others can be served, the rest are any. */
static const struct call *some_call(struct life *life)
{
	struct dice *d = &life->dice;
	const struct call *c;

	if (life->client != DVK_NONE && !one_in(d, 4))
		return call_of(one_in(d, 2) ? DVK_IOC_VCOPY : DVK_IOC_REPLY);
	if (life->role == SERVES && one_in(d, 2))
		return call_of(DVK_IOC_RCVRQST);
	if (life->role == ASKS && one_in(d, 2))
		return call_of(DVK_IOC_SENDREC);
	do {
		c = &calls[roll(d) % ARRAY_SIZE(calls)];
	} while (!fits(d, c));
	return c;
}

/* Of one that is owed an answer: who that is. */
static void fill_for_client(struct life *life, unsigned long cmd,
			    union args *a)
{
	struct dice *d = &life->dice;

	if (life->client == DVK_NONE || one_in(d, 8))
		return;
	if (cmd == DVK_IOC_REPLY || cmd == DVK_IOC_REPLY_RCVRQST)
		a->ipc.endpoint = life->client;
	if (cmd == DVK_IOC_RELAY)
		a->ipc.msg.m_source = life->client;
	if (cmd == DVK_IOC_VCOPY) {
		bool from = one_in(d, 2);

		a->vcopy.src = from ? life->client : DVK_SELF;
		a->vcopy.dst = from ? DVK_SELF : life->client;
	}
}

static void learn(struct life *life, unsigned long cmd, const union args *a)
{
	switch (cmd) {
	case DVK_IOC_RCVRQST:
	case DVK_IOC_REPLY_RCVRQST:
		if (!a->ipc.result) {
			life->client = a->ipc.msg.m_source;
			shared->good++;
		}
		break;
	case DVK_IOC_REPLY:
	case DVK_IOC_RELAY:
		life->client = DVK_NONE;
		break;
	case DVK_IOC_SENDREC:
		shared->good += !a->ipc.result;
		break;
	case DVK_IOC_VCOPY:
		shared->copies += !a->vcopy.result;
		/* It may be gone. */
		if (a->vcopy.result && one_in(&life->dice, 2))
			life->client = DVK_NONE;
		break;
	}
}

static void one_call(struct life *life)
{
	const struct call *c = some_call(life);
	struct seat *seat = life->seat;
	struct dice *d = &life->dice;
	unsigned long at, size = _IOC_SIZE(c->cmd);
	union args a;
	void *arg = &a;
	int ret;

	fill_args(d, c->cmd, &a);
	fill_for_client(life, c->cmd, &a);
	if (one_in(d, 12)) {
		/* In a bad place: as much of it as there is room for. */
		at = some_address(d, size);
		if (area_is_safe(at, size))
			memcpy((void *)at, &a, size);
		arg = (void *)at;
	}
	seat->since = now_ms();
	seat->call = c - calls;
	ret = ioctl(dvk_fd, one_in(d, 500) ? roll(d) : c->cmd, arg);
	seat->call = -1;
	seat->nr++;
	shared->done++;
	shared->per_call[c - calls]++;
	if (ret < 0)
		shared->bad++;
	else if (arg == &a)
		learn(life, c->cmd, &a);
}

/* --- the workers --- */

static void *change_memory(void *arg)
{
	struct dice d = { (unsigned int)(unsigned long)arg | 1 };

	while (!shared->stop) {
		area_change(&d);
		if (one_in(&d, 16))
			nap_ms(1);
	}
	return NULL;
}

struct start {
	int worker, thread;
	unsigned int seed;
};

/* A thread of a random life; its end leaves an endpoint behind, maybe. */
static void *thread_main(void *arg)
{
	const struct start *start = arg;
	struct life life = {
		.dice = { start->seed | 1 },
		.seat = &shared->seat[start->worker][start->thread],
		.client = DVK_NONE,
	};
	unsigned int n = 50 + roll(&life.dice) % 400;

	life.role = roll(&life.dice) % NR_ROLES;
	life.seat->seed = start->seed;
	life.seat->nr = 0;
	life.seat->tid = gettid();
	/* With nobody bound there is little to ask for. */
	if (!one_in(&life.dice, 4))
		dvk_tbind(some_dc(&life.dice),
			  FIRST_EP + roll(&life.dice) % NR_EPS);
	while (n-- && !shared->stop)
		one_call(&life);
	/* All of the process ends, whatever the others do. */
	if (one_in(&life.dice, 8) && !shared->stop)
		_exit(0);
	return NULL;
}

static void no_op(int sig)
{
	(void)sig;
}

static void worker(int nr, int node, unsigned int seed)
{
	struct sigaction sa = { .sa_handler = no_op };
	struct start start[THREADS];
	pthread_t thread[THREADS], changer;
	struct dice d = { seed | 1 };
	int i;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* Unbinding sends the one, the test the other. */
	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGUSR1, &sa, NULL);
	if (node >= 0)
		node_enter(node);
	else
		dvk_open();
	if (one_in(&d, 3) && !lots.own_node && setresuid(65534, 65534, 65534))
		die("setresuid: %m");
	area_map();
	if (pthread_create(&changer, NULL, change_memory, (void *)(long)seed))
		_exit(1);
	for (i = 0; i < THREADS; i++)
		shared->seat[nr][i].pid = getpid();
	while (!shared->stop) {
		for (i = 0; i < THREADS; i++) {
			start[i] = (struct start){ nr, i, roll(&d) };
			if (pthread_create(&thread[i], NULL, thread_main,
					   &start[i]))
				_exit(1);
		}
		for (i = 0; i < THREADS; i++)
			pthread_join(thread[i], NULL);
	}
	_exit(0);
}

/* --- the tests --- */

FIXTURE(fuzz) {
	pid_t pid[WORKERS];
	unsigned int lives;
	unsigned long limit;
	long end;
	long pins;
};

FIXTURE_VARIANT(fuzz) {
	bool own_node;
	unsigned int nodes;
};

/* All calls, those of administrators too, in a node of its own. */
FIXTURE_VARIANT_ADD(fuzz, alone) { .own_node = true };
FIXTURE_VARIANT_ADD(fuzz, one_node) { .nodes = 1 };
FIXTURE_VARIANT_ADD(fuzz, two_nodes) { .nodes = 2 };

static unsigned long setting(const char *name, unsigned long usual)
{
	const char *s = getenv(name);

	return s && *s ? strtoul(s, NULL, 0) : usual;
}

static long pinned(void)
{
	char line[128];
	long n, sum = 0;
	FILE *f;

	/*
	 * Each CPU adds what it has counted only now and then. A kernel for
	 * one CPU has nothing to add.
	 */
	f = fopen("/proc/sys/vm/stat_refresh", "r");
	if (f) {
		while (fgets(line, sizeof(line), f))
			;
		fclose(f);
	} else if (errno != ENOENT) {
		die("/proc/sys/vm/stat_refresh: %m");
	}
	f = fopen("/proc/vmstat", "r");
	if (!f)
		die("/proc/vmstat: %m");
	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, "nr_foll_pin_acquired %ld", &n) == 1)
			sum += n;
		if (sscanf(line, "nr_foll_pin_released %ld", &n) == 1)
			sum -= n;
	}
	fclose(f);
	return sum;
}

static void renew_node(void)
{
	dvk_dvs_end();
	if (dvk_dvs_init(0, NULL) != 0)
		die("the node cannot be made anew");
	if (attr_write(THIS_NODE, "new_dc", "0") ||
	    attr_write(THIS_NODE, "new_dc", "1"))
		die("DCs cannot be made anew");
}

FIXTURE_SETUP(fuzz)
{
	lots.own_node = variant->own_node;
	if (lots.own_node) {
		modules_up();
		node_fresh();
		renew_node();
	} else {
		cluster_up();
		lots.dcid = dc_new((1U << variant->nodes) - 1);
		/* So that a third of the workers, which are nobody, may too. */
		for (unsigned int n = 0; n < variant->nodes; n++) {
			char name[32];

			snprintf(name, sizeof(name), "dcs/%d/mode", lots.dcid);
			ASSERT_EQ(0, attr_write(n, name, "666"));
		}
	}
	self->pins = pinned();
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, shared);
	for (int i = 0; i < WORKERS * THREADS; i++) {
		struct seat *s = &shared->seat[i / THREADS][i % THREADS];

		lots.pid[lots.nr_pids++] = &s->pid;
		lots.pid[lots.nr_pids++] = &s->tid;
	}
	base_seed = setting("DVK_FUZZ_SEED", now_ms() * 2654435761UL ^ getpid());
	self->limit = setting("DVK_FUZZ_CALLS", 50000);
	self->end = now_ms() +
		    setting("DVK_FUZZ_SECONDS", 9 * slowness()) * 1000;
	printf("# seed: DVK_FUZZ_SEED=%u\n", base_seed);
	fflush(stdout);
}

static void start_worker(SELF_OF(fuzz), unsigned int nodes, int i)
{
	unsigned int seed = base_seed + ++self->lives * 7919;
	pid_t pid = fork();

	if (pid < 0)
		die("fork: %m");
	if (!pid)
		worker(i, lots.own_node ? -1 : (int)(i % nodes), seed);
	self->pid[i] = pid;
}

static bool gone(SELF_OF(fuzz), int i)
{
	int status;

	if (self->pid[i] && waitpid(self->pid[i], &status, WNOHANG) == self->pid[i])
		self->pid[i] = 0;
	return !self->pid[i];
}

static bool all_gone(SELF_OF(fuzz))
{
	bool all = true;
	int i;

	for (i = 0; i < WORKERS; i++) {
		if (gone(self, i))
			continue;
		all = false;
		/* What waits for ever is to be ended by a signal. */
		for (int t = 0; t < THREADS; t++)
			syscall(SYS_tgkill, self->pid[i],
				shared->seat[i][t].tid, SIGUSR1);
	}
	return all;
}

/* Which calls do not return, and where they are. */
static void show_stuck(SELF_OF(fuzz))
{
	int i, t;

	for (i = 0; i < WORKERS; i++) {
		for (t = 0; self->pid[i] && t < THREADS; t++) {
			struct seat *s = &shared->seat[i][t];

			printf("# worker %d thread %d (tid %d): %s for %ld ms, seed %u, call %lu\n",
			       i, t, s->tid,
			       s->call < 0 ? "in no call" : calls[s->call].name,
			       now_ms() - s->since, s->seed, s->nr);
			fflush(stdout);
			run("sed 's/^/#    /' /proc/%d/task/%d/stack",
			    self->pid[i], s->tid);
		}
	}
}

/* No task of the node is bound in the DC. */
static bool none_bound(int node, int dcid)
{
	proc_usr_t p;
	int slot;

	for (slot = -DVK_NR_TASKS; slot < DVK_NR_PROCS; slot++) {
		long ret = lots.own_node ? dvk_getprocinfo(dcid, slot, &p) :
				      proc_info(node, dcid, slot, &p);

		if (ret >= 0 && !(p.p_rts_flags & DVK_RTS_SLOT_FREE) &&
		    p.p_lpid > 0) {
			static int told;

			if (told++ > 5000)
				printf("# node %d: slot %d is bound to %d\n",
				       node, slot, p.p_lpid);
			return false;
		}
	}
	return true;
}

/* A request of one endpoint is answered by another. */
static bool serves(int client_node, int server_node, int dcid)
{
	struct puppet *srv = puppet_bound(server_node, dcid, SRV);
	struct puppet *clt = puppet_bound(client_node, dcid, CLT);
	bool ok;

	if (client_node != server_node)
		puppet_known_at(srv, SRV, dcid, client_node);
	begin(srv, OP_RCVRQST, 0, SOON);
	say(clt, 1, 4711);
	begin(clt, OP_SENDREC, SRV, SOON);
	ok = !end(srv) && heard(srv)->m1_i1 == 4711;
	say(srv, 2, 4712);
	ok = ok && !act(srv, OP_REPLY, CLT, SOON) && !end(clt) &&
	     heard(clt)->m1_i1 == 4712;
	puppets_end();
	return ok;
}

/* Nothing waits to be sent. */
static bool queues_empty(unsigned int nodes)
{
	char name[32];
	unsigned int n, m;

	for (n = 0; n < nodes; n++) {
		for (m = 0; m < NODES; m++) {
			snprintf(name, sizeof(name), "peers/%u/queue_len", m);
			if (m != n && attr_long(n, name))
				return false;
		}
	}
	return true;
}

FIXTURE_TEARDOWN(fuzz)
{
	int i;

	for (i = 0; i < WORKERS; i++) {
		if (self->pid[i]) {
			kill(self->pid[i], SIGKILL);
			waitpid(self->pid[i], NULL, 0);
		}
	}
	puppets_end();
	if (lots.own_node)
		dvk_dvs_end();
	else
		dc_drop(lots.dcid);
}

static void check_node(struct __test_metadata *_metadata, unsigned int nodes)
{
	unsigned int n;

	if (lots.own_node) {
		EXPECT_TRUE(wait_until(none_bound(0, 0) && none_bound(0, 1),
				       SOON));
		renew_node();
		EXPECT_TRUE(serves(THIS_NODE, THIS_NODE, 0));
		return;
	}
	for (n = 0; n < nodes; n++)
		EXPECT_TRUE(wait_until(none_bound(n, lots.dcid), SOON));
	EXPECT_TRUE(cluster_whole(SOON));
	EXPECT_TRUE(wait_until(queues_empty(nodes), SOON));
	/* What was asked for by number, as remote binds, goes with the DC. */
	dc_drop(lots.dcid);
	lots.dcid = dc_new((1U << nodes) - 1);
	for (n = 0; n < nodes; n++)
		EXPECT_TRUE(serves(0, n, lots.dcid));
	if (nodes > 1)
		EXPECT_TRUE(serves(1, 0, lots.dcid));
}

TEST_F_TIMEOUT(fuzz, all_calls, 7000)
{
	struct dice d = { base_seed | 1 };
	unsigned int kills = 0, signals = 0;
	size_t i;

	for (i = 0; i < WORKERS; i++)
		start_worker(self, variant->nodes, i);
	while (shared->done < self->limit && now_ms() < self->end) {
		nap_ms(roll(&d) % 8);
		i = roll(&d) % WORKERS;
		if (gone(self, i)) {
			start_worker(self, variant->nodes, i);
		} else if (one_in(&d, 6)) {
			kill(self->pid[i], SIGKILL);
			kills++;
		} else {
			kill(self->pid[i], SIGUSR1);
			signals++;
		}
	}
	shared->stop = 1;
	if (!wait_until(all_gone(self), LATE)) {
		show_stuck(self);
		EXPECT_TRUE(all_gone(self)) TH_LOG("seed %u", base_seed);
	}
	printf("# %lu calls, %lu refused as ioctls, %lu requests taken or answered, %lu copies, %u processes, %u kills, %u signals\n",
	       shared->done, shared->bad, shared->good, shared->copies,
	       self->lives, kills, signals);
	/* A run too short to have called everything says nothing. */
	for (i = 0; i < ARRAY_SIZE(calls); i++)
		if (shared->done > 20000 && !(calls[i].flags & (ADMIN | RARE)))
			EXPECT_LT(0, atomic_load(&shared->per_call[i]))
				TH_LOG("call %zu was never made", i);
	EXPECT_LT(0, atomic_load(&shared->good));
	EXPECT_LT(0, atomic_load(&shared->copies));
	check_node(_metadata, variant->nodes);
	EXPECT_TRUE(wait_until(pinned() == self->pins, SOON))
		TH_LOG("%ld pages are pinned", pinned() - self->pins);
}

TEST_HARNESS_MAIN
