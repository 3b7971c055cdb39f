/* SPDX-License-Identifier: GPL-2.0 */
/* Proxies in user space between nodes 0 and 1 of the cluster. */
#ifndef TESTS_LIB_PROXIES_H
#define TESTS_LIB_PROXIES_H

#include <stdbool.h>
#include <sys/types.h>

/*
 * Whether nodes 0 and 1 reach each other by the kernel's proxies; if not,
 * whoever binds a pair leads there.
 */
void kernel_proxies(bool on);

/*
 * dvk-proxy of this build with arguments as a shell takes them, in @node or
 * THIS_NODE. It ends with the caller.
 */
pid_t proxy_start(int node, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* Tells it to end; its exit status. */
int proxy_stop(pid_t pid);

/* How often the latest one of @node has said that. */
int proxy_said(int node, const char *what);

#endif
