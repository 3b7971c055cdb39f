/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What both fuzzers need: a node, frames that are in order until something is
 * done to them, and what is known of a copy.
 */
#ifndef TESTS_FUZZ_COMMON_H
#define TESTS_FUZZ_COMMON_H

#include "shim.h"
#include <linux/dvk.h>

#include "link/link.h"
#include "link/wire.h"

#define SELF	5
#define CLUSTER	"DVS"

/* The input of a run, taken from the front. */
struct input {
	const u8 *at;
	size_t left;
};

u8 take8(struct input *in);
u32 take32(struct input *in);

/* A frame with everything right for @code, from @peer to this node. */
void frame_fill(struct dvk_cmd *cmd, u32 code, int peer);

/* A node that is up, with usual limits. */
void node_fill(struct dvk_node *node);

/* One for each thing that can be asked for; of the @i-th. */
u32 some_code(unsigned int i);
extern const unsigned int nr_codes;

/* Spoil one field of a header: the place and the value are drawn from @seed. */
void frame_spoil(struct dvk_cmd *cmd, unsigned int seed);

/* Copies that arrive; how many there are is checked at the end of a run. */
struct dvk_xfer *xfer_start(u32 bytes);
void xfer_put(struct dvk_xfer *x);
extern int xfers;

/* The linker puts a function of that name with __wrap_ before it. */
int __real_dvk_link_accept(struct dvk_listener *l, struct dvk_greeting *g,
			   const struct sockaddr_storage *from, void *conn);
int __wrap_dvk_link_accept(struct dvk_listener *l, struct dvk_greeting *g,
			   const struct sockaddr_storage *from, void *conn);
int __real_dvk_hello_rx(struct dvk_link *l, const struct dvk_cmd *cmd);
int __wrap_dvk_hello_rx(struct dvk_link *l, const struct dvk_cmd *cmd);

size_t LLVMFuzzerMutate(u8 *data, size_t size, size_t max);
int LLVMFuzzerTestOneInput(const u8 *data, size_t size);
size_t LLVMFuzzerCustomMutator(u8 *data, size_t size, size_t max,
			       unsigned int seed);

#endif
