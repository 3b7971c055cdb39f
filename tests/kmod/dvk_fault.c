// SPDX-License-Identifier: GPL-2.0
/*
 * Faults at a chosen step: something happens when a chosen function of our
 * modules is entered for the n-th time. For tests only. In debugfs:
 *
 *   dvk_fault/probes	write "MODULE:FUNCTION" to watch it, "-" to watch none;
 *			read: "NAME HITS" of each
 *   dvk_fault/arm	"NAME NTH kill PID" sends SIGKILL to the process, "NAME NTH
 *			stall USEC" holds the CPU there until somebody writes "go"
 *			or the time is over; "off" disarms; read: "off", "armed",
 *			"fired"
 *
 * Hits count from the latest write to "arm". There is one chosen step at a
 * time.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/atomic.h>
#include <linux/debugfs.h>
#include <linux/irq_work.h>
#include <linux/kprobes.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/pid.h>
#include <linux/sched/signal.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/timekeeping.h>
#include <linux/uaccess.h>

/* Longer ones would be a mistake: a CPU does nothing else. */
#define MAX_STALL_US	200000

struct fault_probe {
	struct kprobe kp;
	struct list_head list;
	atomic_t hits;
	char name[];
};

static LIST_HEAD(probes);
static DEFINE_MUTEX(lock);		/* protects probes, and who arms */
static struct dentry *dir;

/*
 * What is armed. Written under the lock before @armed is set, and only when no
 * handler looks any more; the handler that fires is one, for @armed goes.
 */
static struct fault_probe *armed;
static int nth;
static struct pid *victim;
static unsigned int stall_us;
static bool fired, released;

static void kill_victim(struct irq_work *work)
{
	kill_pid(victim, SIGKILL, 1);
}

/* A handler runs with interrupts off, within whatever lock. */
static DEFINE_IRQ_WORK(kill_work, kill_victim);

static void stall(void)
{
	u64 end = ktime_get_mono_fast_ns() + stall_us * (u64)NSEC_PER_USEC;

	while (!READ_ONCE(released) && ktime_get_mono_fast_ns() < end)
		cpu_relax();
}

static int entered(struct kprobe *kp, struct pt_regs *regs)
{
	struct fault_probe *p = container_of(kp, struct fault_probe, kp);
	int hits = atomic_inc_return(&p->hits);

	if (READ_ONCE(armed) != p || hits != READ_ONCE(nth) ||
	    cmpxchg(&armed, p, NULL) != p)
		return 0;
	WRITE_ONCE(fired, true);
	if (victim)
		irq_work_queue(&kill_work);
	else
		stall();
	return 0;
}

static void disarm(void)
{
	WRITE_ONCE(armed, NULL);
	WRITE_ONCE(released, true);
	synchronize_rcu();		/* handlers do not let others run */
	irq_work_sync(&kill_work);
	put_pid(victim);
	victim = NULL;
}

static void drop_all(void)
{
	struct fault_probe *p, *next;

	disarm();
	list_for_each_entry_safe(p, next, &probes, list) {
		unregister_kprobe(&p->kp);
		list_del(&p->list);
		kfree(p);
	}
}

static int watch(const char *name)
{
	struct fault_probe *p;
	int err;

	p = kzalloc(sizeof(*p) + strlen(name) + 1, GFP_KERNEL);
	if (!p)
		return -ENOMEM;
	strcpy(p->name, name);
	p->kp.symbol_name = p->name;
	p->kp.pre_handler = entered;
	err = register_kprobe(&p->kp);
	if (err) {
		kfree(p);
		return err;
	}
	list_add_tail(&p->list, &probes);
	return 0;
}

static struct fault_probe *find(const char *name)
{
	struct fault_probe *p;

	list_for_each_entry(p, &probes, list)
		if (!strcmp(p->name, name))
			return p;
	return NULL;
}

static int arm(char *line)
{
	char *name = strsep(&line, " "), *count = strsep(&line, " ");
	char *what = strsep(&line, " "), *arg = line;
	struct fault_probe *p = find(name);
	unsigned int n, value;

	if (!p)
		return -ENOENT;
	if (!arg || kstrtouint(count, 10, &n) || !n ||
	    kstrtouint(arg, 10, &value))
		return -EINVAL;
	if (!strcmp(what, "kill")) {
		victim = find_get_pid(value);
		if (!victim)
			return -ESRCH;
	} else if (strcmp(what, "stall") || value > MAX_STALL_US) {
		return -EINVAL;
	}
	stall_us = value;
	released = false;
	WRITE_ONCE(nth, n);
	/* Whoever sees it sees what is to be done: see cmpxchg() above. */
	smp_store_release(&armed, p);
	return 0;
}

static int take_line(const char __user *ubuf, size_t len, char *buf, size_t size)
{
	if (len >= size)
		return -EINVAL;
	if (copy_from_user(buf, ubuf, len))
		return -EFAULT;
	buf[len] = 0;
	strim(buf);
	return 0;
}

static ssize_t probes_write(struct file *file, const char __user *ubuf,
			    size_t len, loff_t *pos)
{
	char buf[KSYM_NAME_LEN + 32];
	int err = take_line(ubuf, len, buf, sizeof(buf));

	if (err)
		return err;
	mutex_lock(&lock);
	if (!strcmp(buf, "-"))
		drop_all();
	else
		err = watch(buf);
	mutex_unlock(&lock);
	return err ?: len;
}

static int probes_show(struct seq_file *s, void *unused)
{
	struct fault_probe *p;

	mutex_lock(&lock);
	list_for_each_entry(p, &probes, list)
		seq_printf(s, "%s %d\n", p->name, atomic_read(&p->hits));
	mutex_unlock(&lock);
	return 0;
}

static int probes_open(struct inode *inode, struct file *file)
{
	return single_open(file, probes_show, NULL);
}

static const struct file_operations probes_fops = {
	.owner		= THIS_MODULE,
	.open		= probes_open,
	.read		= seq_read,
	.write		= probes_write,
	.llseek		= seq_lseek,
	.release	= single_release,
};

static ssize_t arm_write(struct file *file, const char __user *ubuf, size_t len,
			 loff_t *pos)
{
	char buf[KSYM_NAME_LEN + 64];
	struct fault_probe *p;
	int err = take_line(ubuf, len, buf, sizeof(buf));

	if (err)
		return err;
	if (!strcmp(buf, "go")) {
		WRITE_ONCE(released, true);
		return len;
	}
	mutex_lock(&lock);
	disarm();
	fired = false;
	list_for_each_entry(p, &probes, list)
		atomic_set(&p->hits, 0);
	if (strcmp(buf, "off"))
		err = arm(buf);
	mutex_unlock(&lock);
	return err ?: len;
}

static int arm_show(struct seq_file *s, void *unused)
{
	seq_puts(s, READ_ONCE(fired) ? "fired\n" :
		    READ_ONCE(armed) ? "armed\n" : "off\n");
	return 0;
}

static int arm_open(struct inode *inode, struct file *file)
{
	return single_open(file, arm_show, NULL);
}

static const struct file_operations arm_fops = {
	.owner		= THIS_MODULE,
	.open		= arm_open,
	.read		= seq_read,
	.write		= arm_write,
	.llseek		= seq_lseek,
	.release	= single_release,
};

static int __init fault_init(void)
{
	dir = debugfs_create_dir(KBUILD_MODNAME, NULL);
	debugfs_create_file("probes", 0600, dir, NULL, &probes_fops);
	debugfs_create_file("arm", 0600, dir, NULL, &arm_fops);
	return 0;
}
module_init(fault_init);

static void __exit fault_exit(void)
{
	debugfs_remove(dir);
	mutex_lock(&lock);
	drop_all();
	mutex_unlock(&lock);
}
module_exit(fault_exit);

MODULE_DESCRIPTION("Faults at chosen steps of DVK, for its tests");
MODULE_LICENSE("GPL");
