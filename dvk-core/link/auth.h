/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Keys of peers, and what proves that one has them.
 *
 * Who dials says HELLO with a number used once; who listens answers with a
 * CHALLENGE that has another; who dials proves that he has the key, then who
 * listens does, in his HELLO. A proof is an HMAC of both frames, numbers,
 * nodes and session included, that also says which of the two it is from: so
 * none is of use on another connection, or from the other end.
 */
#ifndef _DVK_AUTH_H
#define _DVK_AUTH_H

#include <linux/dvk.h>

struct dvk_secret;

/* Visible characters that a key has at least: it can be guessed off line. */
#define DVK_SECRET_MIN	16

enum dvk_auth_role {
	DVK_AUTH_DIALLER,
	DVK_AUTH_LISTENER,
};

/**
 * dvk_secret_new() - take in a key
 * @key: its bytes, of which nothing is kept but what HMAC makes of them
 * @len: how many
 * @secretp: set to it, with one reference
 *
 * Process context. Return: 0 or a negative errno: -ENOENT if the kernel has no
 * hmac(sha256).
 */
int dvk_secret_new(const char *key, size_t len, struct dvk_secret **secretp);
void dvk_secret_get(struct dvk_secret *secret);
/* NULL is allowed. Process context. */
void dvk_secret_put(struct dvk_secret *secret);

/* A number used once. */
void dvk_auth_nonce(__u8 nonce[DVK_PROOF_LEN]);

/**
 * dvk_auth_proof() - prove that one has a key
 * @secret: the key
 * @role: who proves it
 * @hello: the HELLO of who dialled, as it was sent
 * @challenge: the CHALLENGE, as it was sent
 * @proof: set
 *
 * Process context. Return: 0 or a negative errno.
 */
int dvk_auth_proof(struct dvk_secret *secret, enum dvk_auth_role role,
		   const struct dvk_cmd *hello,
		   const struct dvk_cmd *challenge, __u8 proof[DVK_PROOF_LEN]);

/* Compared in a time that tells nothing. Any context. */
bool dvk_auth_same(const __u8 a[DVK_PROOF_LEN], const __u8 b[DVK_PROOF_LEN]);

#endif /* _DVK_AUTH_H */
