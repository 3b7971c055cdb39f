// SPDX-License-Identifier: GPL-2.0
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cluster.h"
#include "proxies.h"
#include "util.h"

#define LOG	"/run/dvk-test-proxy.%d"

static void set(int node, const char *name, const char *value)
{
	char attr[64];

	snprintf(attr, sizeof(attr), "peers/%d/%s", !node, name);
	if (attr_write(node, attr, "%s", value))
		die("cannot set %s on node %d", attr, node);
}

void kernel_proxies(bool on)
{
	char address[32];
	int n;

	for (n = 0; n < 2; n++) {
		at_node(n);
		if (on)
			dvk_proxies_unbind(!n);
		set(n, "enabled", "0");
		set(n, "transport", on ? transport() : "user");
		if (!on)
			continue;
		snprintf(address, sizeof(address), "10.10.0.%d", !n + 1);
		if (!strcmp(transport(), "tcp"))
			set(n, "address", address);
		set(n, "enabled", "1");
	}
	at_node(0);
}

pid_t proxy_start(int node, const char *fmt, ...)
{
	char args[512], command[1024], log[64];
	va_list ap;
	pid_t pid;
	int fd;

	va_start(ap, fmt);
	vsnprintf(args, sizeof(args), fmt, ap);
	va_end(ap);
	snprintf(command, sizeof(command), "exec %s/../userlib/dvk-proxy %s",
		 tests_dir(), args);
	pid = fork();
	if (pid < 0)
		die("fork: %m");
	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (node != THIS_NODE)
		node_enter(node);
	snprintf(log, sizeof(log), LOG, node);
	fd = open(log, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	dup2(fd, STDOUT_FILENO);
	dup2(fd, STDERR_FILENO);
	execl("/bin/sh", "sh", "-c", command, NULL);
	_exit(127);
}

int proxy_stop(pid_t pid)
{
	int status = -1;

	kill(pid, SIGTERM);
	if (waitpid(pid, &status, 0) != pid)
		return -1;
	return status;
}

int proxy_said(int node, const char *what)
{
	static char text[262144];
	char log[64], *at;
	int fd, n = 0;
	ssize_t len;

	snprintf(log, sizeof(log), LOG, node);
	fd = open(log, O_RDONLY);
	if (fd < 0)
		return 0;
	len = read(fd, text, sizeof(text) - 1);
	close(fd);
	text[len < 0 ? 0 : len] = 0;
	for (at = text; (at = strstr(at, what)); at++)
		n++;
	return n;
}
