/* SPDX-License-Identifier: GPL-2.0 */
/* What proves that a fake peer has a key, and HELLO with one. */
#ifndef TESTS_LIB_FAKE_AUTH_H
#define TESTS_LIB_FAKE_AUTH_H

#include "fake_peer.h"

enum fake_role { FAKE_DIALLER, FAKE_LISTENER };

/* The proof of @role over a HELLO and a CHALLENGE, as the uapi header says. */
void fake_proof(const char *key, enum fake_role role,
		const struct dvk_cmd *hello, const struct dvk_cmd *challenge,
		uint8_t proof[DVK_PROOF_LEN]);

/* A HELLO that says that there is a key. */
void fake_keyed_hello(struct fake_peer *p, struct dvk_cmd *cmd,
		      const char *cluster);

/*
 * On a fresh connection: HELLO, and the answer to the CHALLENGE by @key. The
 * HELLO is left in @hello, the challenge in @challenge, the last answer in
 * @answer. False if the node hangs up before it has given one.
 */
bool fake_greet(struct fake_peer *p, const char *key, struct dvk_cmd *hello,
		struct dvk_cmd *challenge, struct dvk_cmd *answer);

#endif
