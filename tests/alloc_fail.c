// SPDX-License-Identifier: GPL-2.0
/*
 * Memory that cannot be had, in a kernel with fault injection (make test-debug).
 *
 * Each call is made again and again, and its first, second, third, ...
 * allocation or access to user memory fails, until it makes no more of them. It
 * succeeds, or it returns an error that says so, and then the same call works.
 *
 * Then allocations anywhere in our modules fail by chance, in threads of the
 * kernel and where frames arrive, under load: all calls return, and when there
 * is memory again they succeed.
 *
 * test-timeout: 900
 * test-transport: each
 */
#include "kselftest_harness.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "cluster.h"
#include "puppet.h"
#include "util.h"

#define DEBUGFS		"/sys/kernel/debug/"
#define SRV		10
#define CLT		100
#define SPARE		101
#define LEN		30000
#define CALLERS		4
#define FOR_LONG	(20000 * slowness())
/* No call has as many; a bound for a loop that does not end. */
#define MOST		400

FIXTURE(nomem) {
	int dcid;
	struct puppet *srv, *clt;
};

FIXTURE_VARIANT(nomem) {
	int cn, sn;
};

FIXTURE_VARIANT_ADD(nomem, local) { 0, 0 };
FIXTURE_VARIANT_ADD(nomem, remote) { 0, 1 };
FIXTURE_VARIANT_ADD(nomem, remote_back) { 2, 1 };

static char *memory;			/* the same place in all of them */
static int dc, home;

/* --- what is called --- */

static long c_sendrec(void)
{
	message m = { .m_type = 1 };

	return dvk_sendrec_T(SRV, &m, FOR_LONG);
}

static long c_send(void)
{
	message m = { .m_type = 2 };

	return dvk_send_T(SRV, &m, FOR_LONG);
}

static long c_notify(void)
{
	return dvk_notify(SRV);
}

/* The server may be between two calls. */
#define WHILE_PROCSTS(call) ({						\
	long end_ = now_ms() + SOON, ret_;				\
									\
	while ((ret_ = (call)) == EDVSPROCSTS && now_ms() < end_)	\
		nap_ms(1);						\
	ret_;								\
})

static long c_copy_in(void)
{
	return WHILE_PROCSTS(dvk_vcopy(SRV, memory, SELF, memory + LEN, LEN));
}

static long c_copy_out(void)
{
	return WHILE_PROCSTS(dvk_vcopy(SELF, memory, SRV, memory + LEN, LEN));
}

static long c_rebind(void)
{
	long ret = dvk_unbind(dc, SELF);

	/* What has been given back stays so: then only the bind is made again. */
	if (ret && ret != EDVSNOTBIND)
		return ret;
	ret = dvk_bind(dc, CLT);
	return ret < 0 ? ret : 0;
}

static long c_rmtbind(void)
{
	long ret = dvk_rmtbind(dc, "spare", SPARE, (home + 1) % NODES);

	if (ret < 0)
		return ret;
	return dvk_unbind(dc, SPARE);
}

static long c_info(void)
{
	proc_usr_t proc;
	dc_usr_t usr;
	long ret = dvk_getdcinfo(dc, &usr);

	if (ret >= 0)
		ret = dvk_getprocinfo(dc, CLT, &proc);
	return ret < 0 ? ret : 0;
}

static long c_dc(void)
{
	dc_usr_t usr = { .dc_dcid = dc_absent(dc), .dc_nr_procs = 20,
			 .dc_nr_tasks = 4, .dc_nr_sysprocs = 8,
			 .dc_nr_nodes = 3, .dc_warn2proc = NONE,
			 .dc_name = "nomem" };
	long ret = dvk_dc_init(&usr);
	bool unheard = false;

	/* It runs if the result could not be written. */
	if (ret < 0 && ret != EDVSDCRUN)
		return ret;
	/*
	 * Not to be ended is a failure of the call that ends it. It has ended
	 * if only the result could not be written.
	 */
	while ((ret = dvk_dc_end(usr.dc_dcid)) < 0) {
		if (ret == EDVSDCNOTRUN && unheard)
			return 0;
		if (ret != EDVSNOMEM && ret != EDVSFAULT)
			return ret;
		unheard |= ret == EDVSFAULT;
	}
	return 0;
}

static long c_peer(void)
{
	int ret = attr_write(home, "new_peer", "9");

	/* A write may fail before or after it has done something. */
	if (ret && ret != -EEXIST)
		return ret;
	do {
		ret = attr_write(home, "del_peer", "9");
	} while (ret == -ENOMEM || ret == -EFAULT);
	return ret == -ENOENT ? 0 : ret;
}

static const struct {
	const char *name;
	long (*fn)(void);
} calls[] = {
	{ "sendrec", c_sendrec }, { "send", c_send }, { "notify", c_notify },
	{ "copy in", c_copy_in }, { "copy out", c_copy_out },
	{ "unbind and bind", c_rebind }, { "rmtbind and unbind", c_rmtbind },
	{ "info", c_info }, { "dc_init and dc_end", c_dc },
	{ "new_peer and del_peer", c_peer },
};

#define NR_CALLS	((int)(sizeof(calls) / sizeof(calls[0])))

/* What a call returns that made fewer allocations than were asked for. */
#define NOT_REACHED	(1L << 40)

/* a: call, number of the allocation that fails */
static long fail_at(const long *a)
{
	int fd = open("/proc/thread-self/fail-nth", O_RDWR | O_CLOEXEC);
	char buf[16] = "";
	long ret;

	if (fd < 0)
		return -errno;
	snprintf(buf, sizeof(buf), "%ld", a[1]);
	if (write(fd, buf, strlen(buf)) < 0)
		return -errno;
	ret = calls[a[0]].fn();
	/* To ask is a fault in waiting, too. */
	memset(buf, 0, sizeof(buf));
	if (pread(fd, buf, sizeof(buf) - 1, 0) < 0 || atoi(buf)) {
		(void)!pwrite(fd, "0", 1, 0);
		close(fd);
		return ret ? ret : NOT_REACHED;
	}
	close(fd);
	return ret;
}

static long plain(const long *a)
{
	return calls[a[0]].fn();
}

static long serve(const long *a)
{
	struct puppet_page *page = (void *)a[0];
	message m;

	while (!atomic_load(&page->stop)) {
		if (dvk_receive_T(ANY, &m, 200))
			continue;
		if (m.m_type == 1)
			dvk_reply(m.m_source, &m);
	}
	return 0;
}

/* --- scene --- */

static void inject(const char *what, const char *file, const char *fmt, ...)
{
	char path[96], value[64];
	va_list ap;
	int fd;

	va_start(ap, fmt);
	vsnprintf(value, sizeof(value), fmt, ap);
	va_end(ap);
	snprintf(path, sizeof(path), DEBUGFS "%s/%s", what, file);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, value, strlen(value)) < 0)
		die("%s: %m", path);
	close(fd);
}

FIXTURE_SETUP(nomem)
{
	if (access(DEBUGFS "failslab", F_OK))
		SKIP_TEST("this kernel injects no faults");
	cluster_up();
	self->dcid = dc_new(ALL_NODES);
	dc = self->dcid;
	home = variant->cn;
	memory = mmap(NULL, 2 * LEN, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	ASSERT_NE(MAP_FAILED, (void *)memory);
	/* All of them, not only those that may not wait. */
	inject("failslab", "ignore-gfp-wait", "N");
	inject("fail_page_alloc", "ignore-gfp-wait", "N");
	inject("fail_page_alloc", "ignore-gfp-highmem", "N");
	inject("fail_page_alloc", "min-order", "0");
	inject("failslab", "verbose", "0");
	inject("fail_page_alloc", "verbose", "0");
	inject("fail_usercopy", "verbose", "0");
	self->srv = puppet_bound(variant->sn, self->dcid, SRV);
	self->clt = puppet_bound(variant->cn, self->dcid, CLT);
	if (variant->sn != variant->cn) {
		puppet_known_at(self->srv, SRV, self->dcid, variant->cn);
		puppet_known_at(self->clt, CLT, self->dcid, variant->sn);
	}
	self->srv->page->fn = serve;
	begin_call(self->srv, OP_FN, (long)self->srv->page);
}

FIXTURE_TEARDOWN(nomem)
{
	if (!self->clt)
		return;
	inject("failslab", "probability", "0");
	inject("fail_page_alloc", "probability", "0");
	puppets_end();
	cluster_whole(LATE);
	dc_drop(self->dcid);
}

/* What says that there was no memory, or that it could not be accessed. */
static bool says_so(long ret)
{
	/* BADVALUE: a name that could not be read. */
	return ret == EDVSNOMEM || ret == EDVSALLOCMEM || ret == EDVSFAULT ||
	       ret == EDVSBADVALUE || ret == -ENOMEM || ret == -EFAULT;
}

TEST_F_TIMEOUT(nomem, nth, 300)
{
	int c, n, failures = 0;
	long ret;

	if (!self->clt)
		return;
	for (c = 0; c < NR_CALLS; c++) {
		for (n = 1; n < MOST; n++) {
			self->clt->page->fn = fail_at;
			begin_call(self->clt, OP_FN, c, n);
			ret = end_within(self->clt, LATE);
			if (ret == NOT_REACHED)
				break;
			EXPECT_TRUE(!ret || says_so(ret))
				TH_LOG("%s, failure %d: %ld", calls[c].name, n,
				       ret);
			if (ret && !says_so(ret))
				break;
			failures += ret != 0;
			if (!ret)
				continue;
			/* And what failed has left nothing in the way. */
			self->clt->page->fn = plain;
			begin_call(self->clt, OP_FN, c);
			ret = end_within(self->clt, LATE);
			EXPECT_EQ(0, ret)
				TH_LOG("%s, after failure %d: %ld",
				       calls[c].name, n, ret);
		}
		printf("# %s: %d places\n", calls[c].name, n - 1);
		EXPECT_GT(MOST, n);
	}
	fflush(stdout);
	EXPECT_LT(20, failures);
}

/* a: own page, where good and bad results are counted; returns the first other */
static long caller(const long *a)
{
	struct puppet_page *page = (void *)a[0];
	int n;
	long ret;

	for (n = 0; !atomic_load(&page->stop); n++) {
		ret = calls[n % 5].fn();
		if (ret && !says_so(ret) && ret != EDVSNOTCONN &&
		    ret != EDVSDEADSRCDST && ret != EDVSDSTDIED)
			return ret;
		atomic_fetch_add(ret ? &page->signals : &page->rounds, 1);
	}
	return 0;
}

/* Where a module's code lies. */
static void text_of(const char *module, unsigned long *from, unsigned long *to)
{
	char line[256], name[64];
	unsigned long at, size;
	FILE *f = fopen("/proc/modules", "r");

	*from = *to = 0;
	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "%63s %lu %*s %*s %*s %lx", name, &size,
			   &at) == 3 && !strcmp(name, module)) {
			*from = at;
			*to = at + size;
		}
	if (!*from)
		die("no module %s", module);
	fclose(f);
}

TEST_F_TIMEOUT(nomem, by_chance, 300)
{
	static const char * const kinds[] = { "failslab", "fail_page_alloc" };
	char module[24];
	const char * const of[] = { "dvk", module };
	struct puppet *p[CALLERS];
	unsigned long from, to;
	int i, k, m, good = 0, bad = 0;
	long ret;

	if (!self->clt)
		return;
	snprintf(module, sizeof(module), "kproxy_%s", transport());
	for (i = 0; i < CALLERS; i++) {
		p[i] = puppet_bound(variant->cn, self->dcid, CLT + 10 + i);
		if (variant->cn != variant->sn)
			puppet_known_at(p[i], CLT + 10 + i, self->dcid,
					variant->sn);
		p[i]->page->fn = caller;
		begin_call(p[i], OP_FN, (long)p[i]->page);
	}
	for (m = 0; m < 2; m++) {
		text_of(of[m], &from, &to);
		for (k = 0; k < 2; k++) {
			inject(kinds[k], "require-start", "0x%lx", from);
			inject(kinds[k], "require-end", "0x%lx", to);
			inject(kinds[k], "stacktrace-depth", "24");
			inject(kinds[k], "times", "-1");
			inject(kinds[k], "interval", "1");
			inject(kinds[k], "probability", "%d", k ? 20 : 10);
			nap_ms(2000 * slowness() / 2);
			inject(kinds[k], "probability", "0");
			inject(kinds[k], "require-start", "0");
			inject(kinds[k], "require-end", "0x%lx", ~0UL);
		}
	}
	/* There is memory again. */
	EXPECT_TRUE(cluster_whole(LATE));
	for (i = 0; i < CALLERS; i++) {
		int before = p[i]->page->rounds;

		EXPECT_TRUE(wait_until(p[i]->page->rounds > before + 10 ||
				       ended(p[i]), LATE));
		good += p[i]->page->rounds;
		bad += p[i]->page->signals;
		atomic_store(&p[i]->page->stop, 1);
		ret = end_within(p[i], LATE);
		EXPECT_EQ(0, ret)
			TH_LOG("caller %d: %ld, %d calls succeeded", i, ret,
			       p[i]->page->rounds);
	}
	printf("# %d calls succeeded, %d failed\n", good, bad);
	fflush(stdout);
	EXPECT_LT(0, bad);
	EXPECT_LT(0, good);
}

TEST_HARNESS_MAIN
