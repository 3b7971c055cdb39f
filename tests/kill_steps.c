// SPDX-License-Identifier: GPL-2.0
/*
 * Death at every step. A client, a server and a third process make all calls
 * that one may have with others: request, answer, message, notification,
 * copies, a copy by a third party, a relay. One of them is killed when a function of our
 * modules is entered, for each function that these calls enter, the first time,
 * in the middle, and the last time.
 *
 * Whatever the step: the calls of the others return, with success or with an
 * error that says that somebody has died; nothing stays bound; the next round
 * works. The runner checks pins, references and, in the debug kernel, memory.
 *
 * test-bench: qemu kprobes
 * test-timeout: 900
 * test-transport: each
 */
#include "kselftest_harness.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include "cluster.h"
#include "puppet.h"
#include "util.h"

#define FAULT	"/sys/kernel/debug/dvk_fault/"
#define LEN	20000

enum role { CLIENT, SERVER, THIRD, ROLES };

static const char * const role_name[] = { "client", "server", "third" };
static const int ep_of[] = { 100, 10, 11 };

#define CLT	ep_of[CLIENT]
#define SRV	ep_of[SERVER]
#define EYE	ep_of[THIRD]

/* What each role's call number @calls returned in the end. */
struct outcome {
	_Atomic int calls;
	_Atomic long ret;
	_Atomic int wrong;		/* data, or who it is from */
};

struct step {
	char name[100];
	int hits;
};

FIXTURE(steps) {
	int dcid;
	struct puppet *p[ROLES];
	struct outcome *outcome;
	struct step *step;
	int nr_steps;
	long keepalive[NODES];
};

FIXTURE_VARIANT(steps) {
	int node[ROLES];
	enum role victim;
};

FIXTURE_VARIANT_ADD(steps, local_client) { { 0, 0, 0 }, CLIENT };
FIXTURE_VARIANT_ADD(steps, local_server) { { 0, 0, 0 }, SERVER };
FIXTURE_VARIANT_ADD(steps, local_third) { { 0, 0, 0 }, THIRD };
FIXTURE_VARIANT_ADD(steps, remote_client) { { 0, 1, 2 }, CLIENT };
FIXTURE_VARIANT_ADD(steps, remote_server) { { 0, 1, 2 }, SERVER };
FIXTURE_VARIANT_ADD(steps, remote_third) { { 0, 1, 2 }, THIRD };

/* --- the roles --- */

static char *memory;			/* at the same address in all of them */
static struct outcome *outcome;		/* of this role */

#define FOR_LONG	(20000 * slowness())

/*
 * A call that failed ends the role, as a program would end: whoever waits for
 * it hears that.
 */
#define TRY(call) do {							\
	long ret_ = (call);						\
									\
	atomic_fetch_add(&outcome->calls, 1);				\
	if (ret_ < 0) {							\
		atomic_store(&outcome->ret, ret_);			\
		dvk_unbind(dcid, SELF);					\
		return 0;						\
	}								\
} while (0)

#define RIGHT(cond) do {						\
	if (!(cond))							\
		atomic_store(&outcome->wrong, __LINE__);		\
} while (0)

static long client(int dcid)
{
	message m = { .m_type = 1 };

	m.m1_p1 = memory;
	pattern_fill(memory, LEN, 1);
	TRY(dvk_sendrec_T(SRV, &m, FOR_LONG));
	RIGHT(m.m_source == SRV && m.m_type == 2);
	RIGHT(pattern_check(memory, LEN, 2) == -1);
	TRY(dvk_send_T(SRV, &m, FOR_LONG));
	TRY(dvk_notify(SRV));
	m.m_type = 3;
	TRY(dvk_sendrec_T(SRV, &m, FOR_LONG));
	RIGHT(m.m_source == EYE && m.m_type == 4);
	TRY(dvk_receive_T(SRV, &m, FOR_LONG));
	RIGHT(m.m_source == SRV && m.m_type == 5);
	return 0;
}

static long server(int dcid)
{
	message m, ask = { .m_type = 6 };
	void *there;

	TRY(dvk_receive_T(CLT, &m, FOR_LONG));
	RIGHT(m.m_source == CLT && m.m_type == 1);
	there = m.m1_p1;
	TRY(dvk_vcopy(CLT, there, SELF, memory, LEN));
	RIGHT(pattern_check(memory, LEN, 1) == -1);
	pattern_fill(memory, LEN, 2);
	ask.m1_p1 = there;
	ask.m1_p2 = memory;
	TRY(dvk_sendrec_T(EYE, &ask, FOR_LONG));
	TRY(dvk_vcopy(SELF, memory, CLT, there, LEN));
	m.m_type = 2;
	TRY(dvk_reply(CLT, &m));
	TRY(dvk_receive_T(CLT, &m, FOR_LONG));
	TRY(dvk_receive_T(CLT, &m, FOR_LONG));
	TRY(dvk_receive_T(CLT, &m, FOR_LONG));
	RIGHT(m.m_source == CLT && m.m_type == 3);
	TRY(dvk_relay(EYE, &m));
	m.m_type = 5;
	TRY(dvk_send_T(CLT, &m, FOR_LONG));
	return 0;
}

static long third(int dcid)
{
	message m;

	TRY(dvk_receive_T(SRV, &m, FOR_LONG));
	RIGHT(m.m_source == SRV && m.m_type == 6);
	/* From the server, who waits, to the client, who does. */
	TRY(dvk_vcopy(SRV, m.m1_p2, CLT, m.m1_p1, LEN / 2));
	TRY(dvk_reply(SRV, &m));
	TRY(dvk_receive_T(CLT, &m, FOR_LONG));
	RIGHT(m.m_source == CLT && m.m_type == 3);
	m.m_type = 4;
	TRY(dvk_reply(CLT, &m));
	return 0;
}

/* a: role, DC, outcomes */
static long play(const long *a)
{
	static long (* const parts[])(int dcid) = { client, server, third };

	outcome = (struct outcome *)a[2] + a[0];
	return parts[a[0]](a[1]);
}

/* --- the steps --- */

static int fault_write(const char *file, const char *fmt, ...)
{
	char line[160], path[64];
	int fd, len, err = 0;
	va_list ap;

	va_start(ap, fmt);
	len = vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	snprintf(path, sizeof(path), FAULT "%s", file);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		die("%s: %m", path);
	if (write(fd, line, len) < 0)
		err = -errno;
	close(fd);
	return err;
}

static bool has_fired(void)
{
	char buf[16] = "";
	int fd = open(FAULT "arm", O_RDONLY | O_CLOEXEC);

	if (fd < 0 || read(fd, buf, sizeof(buf) - 1) < 0)
		die(FAULT "arm: %m");
	close(fd);
	return buf[0] == 'f';
}

/* Watch every function of our modules that can be watched. */
static int watch_all(void)
{
	char line[256], name[128], module[64], type;
	FILE *f = fopen("/proc/kallsyms", "r");
	int watched = 0;

	if (!f)
		die("/proc/kallsyms: %m");
	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%*s %c %127s [%63[^]]]", &type, name,
			   module) != 3 || (type != 't' && type != 'T'))
			continue;
		if (strcmp(module, "dvk") && strncmp(module, "kproxy_", 7))
			continue;
		/* Parts of functions, and what tracing brings along. */
		if (strstr(name, ".cold") || strstr(name, "__pfx_") ||
		    strstr(name, "trace_") || strstr(name, "_perf_") ||
		    strstr(name, "__bpf_"))
			continue;
		watched += !fault_write("probes", "%s:%s", module, name);
	}
	fclose(f);
	return watched;
}

/* What has been entered since the latest "arm". */
static void read_hits(SELF_OF(steps))
{
	FILE *f = fopen(FAULT "probes", "r");
	struct step s;

	if (!f)
		die(FAULT "probes: %m");
	self->nr_steps = 0;
	while (fscanf(f, "%99s %d", s.name, &s.hits) == 2) {
		if (!s.hits)
			continue;
		self->step = realloc(self->step, (self->nr_steps + 1) *
						 sizeof(s));
		self->step[self->nr_steps++] = s;
	}
	fclose(f);
}

/* --- a round --- */

static void start(SELF_OF(steps), const int *node, const char *name, int nth,
		  int victim)
{
	int i, n;

	memset(self->outcome, 0, ROLES * sizeof(*self->outcome));
	for (i = 0; i < ROLES; i++)
		self->p[i] = puppet_bound(node[i], self->dcid, ep_of[i]);
	for (i = 0; i < ROLES; i++)
		for (n = 0; n < ROLES; n++)
			if (node[n] != node[i])
				puppet_known_at(self->p[i], ep_of[i],
						self->dcid, node[n]);
	if (name ? fault_write("arm", "%s %d kill %d", name, nth,
			       self->p[victim]->pid) :
		   fault_write("arm", "off"))
		die("cannot arm %s", name);
	for (i = ROLES - 1; i >= 0; i--) {
		self->p[i]->page->fn = play;
		begin_call(self->p[i], OP_FN, i, self->dcid,
			   (long)self->outcome);
	}
}

/* Whether a role's last call ended as it may when somebody has died. */
static bool is_news(long ret)
{
	switch (ret) {
	case 0:
	case EDVSSRCDIED:
	case EDVSDSTDIED:
	case EDVSDEADSRCDST:
	case EDVSNOTBIND:		/* the party of a copy is gone */
	case EDVSENDPOINT:		/* or it is not that one any more */
	case EDVSPROCSTS:		/* or does not wait any more */
		return true;
	}
	return false;
}

static bool nobody_bound(SELF_OF(steps))
{
	char name[32];
	int n;

	snprintf(name, sizeof(name), "dcs/%d/bound", self->dcid);
	for (n = 0; n < NODES; n++)
		if (attr_long(n, name))
			return false;
	return true;
}

/* Waits for all that are not the victim, and looks at what they say. */
static void finish(struct __test_metadata *_metadata, SELF_OF(steps),
		   const char *name, int nth, int victim)
{
	struct outcome *o;
	long ret;
	int i;

	for (i = 0; i < ROLES; i++) {
		o = &self->outcome[i];
		if (i == victim) {
			/* Others may enter that function after its calls. */
			EXPECT_TRUE(wait_until(puppet_gone(self->p[i], 0) ||
					       ended(self->p[i]), LATE))
				TH_LOG("%s %d: the %s lives and waits", name,
				       nth, role_name[i]);
			continue;
		}
		ret = end_within(self->p[i], LATE);
		EXPECT_EQ(0, ret)
			TH_LOG("%s %d: call %d of the %s does not return", name,
			       nth, o->calls + 1, role_name[i]);
		EXPECT_TRUE(is_news(o->ret))
			TH_LOG("%s %d: call %d of the %s: %ld", name, nth,
			       o->calls, role_name[i], o->ret);
		EXPECT_EQ(0, o->wrong)
			TH_LOG("%s %d: the %s has something wrong", name, nth,
			       role_name[i]);
		/* Without a death all goes well. */
		EXPECT_TRUE(has_fired() || !o->ret)
			TH_LOG("%s %d: the %s: %ld", name, nth, role_name[i],
			       o->ret);
	}
	puppets_free();
	EXPECT_TRUE(wait_until(nobody_bound(self), SOON))
		TH_LOG("%s %d: something is bound", name, nth);
}

FIXTURE_SETUP(steps)
{
	int i;

	if (variant->node[0] == variant->node[1] && strcmp(transport(), "tcp"))
		SKIP_TEST("nothing of it differs with the transport");
	cluster_up();
	run("rmmod dvk_fault 2>/dev/null");
	if (run("insmod \"${DVK_MODULES:-%s/../modules/$(uname -r)}/tests/kmod/dvk_fault.ko\"",
		tests_dir()))
		die("no dvk_fault.ko");
	/* A busy machine is no silent peer. */
	for (i = 0; i < NODES; i++) {
		self->keepalive[i] = attr_long(i, "keepalive_ms");
		attr_write(i, "keepalive_ms", "60000");
	}
	self->dcid = dc_new(ALL_NODES);
	memory = mmap(NULL, LEN, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	self->outcome = mmap(NULL, ROLES * sizeof(*self->outcome),
			     PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
			     -1, 0);
	ASSERT_TRUE(memory != MAP_FAILED &&
		    (void *)self->outcome != MAP_FAILED);
}

FIXTURE_TEARDOWN(steps)
{
	int i;

	puppets_end();
	for (i = 0; i < NODES; i++)
		attr_write(i, "keepalive_ms", "%ld", self->keepalive[i]);
	run("rmmod dvk_fault");
	dc_drop(self->dcid);
}

/* The first, the middle, the last hit. */
static int which(const struct step *s, int i)
{
	return i == 0 ? 1 : i == 1 ? (s->hits + 1) / 2 : s->hits;
}

TEST_F_TIMEOUT(steps, death, 400)
{
	/* One function in a few where each takes so long. */
	int stride = slowness() > 1 ? 7 : 1, kills = 0, rounds = 0, i, k;
	int watched = watch_all();
	const int *node = variant->node;
	const struct step *s;

	start(self, node, NULL, 0, -1);
	finish(_metadata, self, "no death", 0, -1);
	read_hits(self);
	/* All the calls, and nothing that is not entered. */
	EXPECT_LT(100, watched);
	EXPECT_LT(40, self->nr_steps);
	for (i = variant->victim % stride; i < self->nr_steps; i += stride) {
		s = &self->step[i];
		for (k = 0; k < 3; k++) {
			/* What differs with the transport has few hits. */
			if (k && (which(s, k) == which(s, k - 1) ||
				  strcmp(transport(), "tcp")))
				continue;
			start(self, node, s->name, which(s, k),
			      variant->victim);
			finish(_metadata, self, s->name, which(s, k),
			       variant->victim);
			kills += has_fired();
			rounds++;
		}
	}
	printf("# %d functions, %d entered, %d rounds, %d kills\n", watched,
	       self->nr_steps, rounds, kills);
	/* The rest are entered by chance. */
	EXPECT_LT(rounds / 2, kills);
	start(self, node, NULL, 0, -1);
	finish(_metadata, self, "no death", 0, -1);
}

TEST_HARNESS_MAIN
