/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What goes wrong with the link of a node, and its mending.
 */
#ifndef TESTS_LIB_FAULTS_H
#define TESTS_LIB_FAULTS_H

#include <stdbool.h>

/* What netem does to frames to @node, instead of what it did; NULL: nothing. */
void link_netem(int node, const char *what);
/* At most so many kbit/s to @node. */
void link_slow(int node, int kbit);

/* The carrier of @node's link. */
void link_carrier(int node, bool up);

/* A firewall of @node answers all TCP with a reset. */
void firewall_resets(int node, bool on);

/* The same one drops what comes from node @from; what goes there passes. */
void firewall_drops(int node, int from, bool on);

/* Undoes all of that, everywhere. */
void links_mend(void);

/*
 * Lets TIPC settle its way to @node again after its link was silent; nothing
 * over TCP. See rediscover in cluster.sh.
 */
void links_rediscover(int node);

#endif
