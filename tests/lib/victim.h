/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A node under attack, in a namespace of its own: node 5. Of its peers 1
 * (127.0.0.1) is the attacker, and 2 (127.0.0.2) behaves well throughout.
 */
#ifndef TESTS_LIB_VICTIM_H
#define TESTS_LIB_VICTIM_H

#include "fake_peer.h"
#include "puppet.h"

#define VICTIM	5
#define BAD	1
#define GOOD	2
#define HOST	"127.0.0.5"
#define BAD_IP	"127.0.0.1"
#define GOOD_IP	"127.0.0.2"
#define DC	0
#define SRV	10
#define PORT	3000

/* A DC with both peers, in which the process that is returned is SRV. */
struct puppet *victim_serves(void);

/* True when a request of the good peer is served as if nothing had happened. */
bool victim_works_on(struct fake_peer *good, struct puppet *srv);

/* Connects the attacker without a word. */
void victim_knock(struct fake_peer *bad, const char *from);

/* Connects it as the peer that it is configured as. */
void victim_join(struct fake_peer *bad);

/*
 * The attacker, just joined, sends frames that are numbered, and one that is
 * not. True if each is answered, and answers are numbered as well; @skipping is
 * the next frame then, with a number that leaves one out.
 */
bool victim_counts(struct fake_peer *bad, struct dvk_cmd *skipping);

#endif
