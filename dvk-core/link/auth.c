// SPDX-License-Identifier: GPL-2.0
/*
 * Keys of peers, and what proves that one has them: HMAC with SHA-256, cut to
 * DVK_PROOF_LEN bytes (RFC 2104 allows half and more). See auth.h.
 */
#include "auth.h"

#include <crypto/algapi.h>
#include <crypto/hash.h>
#include <crypto/sha2.h>
#include <linux/kref.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <linux/string.h>

/**
 * struct dvk_secret - a key
 * @ref: the peer, and whoever proves something with it
 * @tfm: HMAC with the key
 */
struct dvk_secret {
	struct kref ref;
	struct crypto_shash *tfm;
};

static const char * const roles[] = {
	[DVK_AUTH_DIALLER] = "DVK1 dialler",
	[DVK_AUTH_LISTENER] = "DVK1 listener",
};

int dvk_secret_new(const char *key, size_t len, struct dvk_secret **secretp)
{
	struct dvk_secret *secret = kzalloc(sizeof(*secret), GFP_KERNEL);
	int err;

	if (!secret)
		return -ENOMEM;
	kref_init(&secret->ref);
	secret->tfm = crypto_alloc_shash("hmac(sha256)", 0, 0);
	if (IS_ERR(secret->tfm)) {
		err = PTR_ERR(secret->tfm);
		kfree(secret);
		return err;
	}
	err = crypto_shash_setkey(secret->tfm, (const u8 *)key, len);
	if (err)
		dvk_secret_put(secret);
	else
		*secretp = secret;
	return err;
}

void dvk_secret_get(struct dvk_secret *secret)
{
	kref_get(&secret->ref);
}

static void secret_free(struct kref *ref)
{
	struct dvk_secret *secret = container_of(ref, struct dvk_secret, ref);

	/* Wipes the key. */
	crypto_free_shash(secret->tfm);
	kfree(secret);
}

void dvk_secret_put(struct dvk_secret *secret)
{
	if (secret)
		kref_put(&secret->ref, secret_free);
}

void dvk_auth_nonce(__u8 nonce[DVK_PROOF_LEN])
{
	get_random_bytes(nonce, DVK_PROOF_LEN);
}

int dvk_auth_proof(struct dvk_secret *secret, enum dvk_auth_role role,
		   const struct dvk_cmd *hello,
		   const struct dvk_cmd *challenge, __u8 proof[DVK_PROOF_LEN])
{
	SHASH_DESC_ON_STACK(desc, secret->tfm);
	u8 mac[SHA256_DIGEST_SIZE];
	int err;

	desc->tfm = secret->tfm;
	err = crypto_shash_init(desc);
	/* With the zero that ends it: no role is the beginning of another. */
	if (!err)
		err = crypto_shash_update(desc, (const u8 *)roles[role],
					  strlen(roles[role]) + 1);
	if (!err)
		err = crypto_shash_update(desc, (const u8 *)hello,
					  sizeof(*hello));
	if (!err)
		err = crypto_shash_update(desc, (const u8 *)challenge,
					  sizeof(*challenge));
	if (!err)
		err = crypto_shash_final(desc, mac);
	if (!err)
		memcpy(proof, mac, DVK_PROOF_LEN);
	memzero_explicit(mac, sizeof(mac));
	shash_desc_zero(desc);
	return err;
}

bool dvk_auth_same(const __u8 a[DVK_PROOF_LEN], const __u8 b[DVK_PROOF_LEN])
{
	return !crypto_memneq(a, b, DVK_PROOF_LEN);
}
