// SPDX-License-Identifier: GPL-2.0
/* HMAC is the kernel's: see af_alg(7). */
#include <endian.h>
#include <linux/if_alg.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fake_auth.h"
#include "util.h"

void fake_proof(const char *key, enum fake_role role,
		const struct dvk_cmd *hello, const struct dvk_cmd *challenge,
		uint8_t proof[DVK_PROOF_LEN])
{
	static const char *const roles[] = { "DVK1 dialler", "DVK1 listener" };
	struct sockaddr_alg a = { .salg_family = AF_ALG, .salg_type = "hash",
				  .salg_name = "hmac(sha256)" };
	char text[32 + 2 * sizeof(*hello)];
	size_t len = strlen(roles[role]) + 1;
	uint8_t mac[32];
	int fd, op;

	memcpy(text, roles[role], len);
	memcpy(text + len, hello, sizeof(*hello));
	len += sizeof(*hello);
	memcpy(text + len, challenge, sizeof(*challenge));
	len += sizeof(*challenge);

	fd = socket(AF_ALG, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (fd < 0 || bind(fd, (struct sockaddr *)&a, sizeof(a)) ||
	    setsockopt(fd, SOL_ALG, ALG_SET_KEY, key, strlen(key)))
		die("hmac(sha256): %m");
	op = accept4(fd, NULL, 0, SOCK_CLOEXEC);
	if (op < 0 || send(op, text, len, 0) != (ssize_t)len ||
	    read(op, mac, sizeof(mac)) != sizeof(mac))
		die("hmac(sha256): %m");
	memcpy(proof, mac, DVK_PROOF_LEN);
	close(op);
	close(fd);
}

void fake_keyed_hello(struct fake_peer *p, struct dvk_cmd *cmd,
		      const char *cluster)
{
	fake_hello(p, cmd, cluster);
	cmd->c_hello.h_features = htole32(DVK_HELLO_F_KEYED);
	if (getrandom(cmd->c_hello.h_proof, DVK_PROOF_LEN, 0) != DVK_PROOF_LEN)
		die("getrandom: %m");
}

bool fake_greet(struct fake_peer *p, const char *key, struct dvk_cmd *hello,
		struct dvk_cmd *challenge, struct dvk_cmd *answer)
{
	struct dvk_cmd proof;

	fake_keyed_hello(p, hello, "DVS");
	if (!fake_send(p, hello, NULL) ||
	    fake_read(p, challenge, NULL, SOON) != 1)
		return false;
	if (le32toh(challenge->c_cmd) != DVK_CMD_CHALLENGE) {
		*answer = *challenge;
		return true;
	}
	fake_cmd(p, &proof, DVK_CMD_CHALLENGE | DVK_CMD_ACK);
	proof.c_hello.h_features = htole32(DVK_HELLO_F_KEYED);
	fake_proof(key, FAKE_DIALLER, hello, challenge, proof.c_hello.h_proof);
	return fake_send(p, &proof, NULL) &&
	       fake_read(p, answer, NULL, SOON) == 1;
}
