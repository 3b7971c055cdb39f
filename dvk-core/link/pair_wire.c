// SPDX-License-Identifier: GPL-2.0
/*
 * What in a header is the programs' own.
 *
 * A program that carries frames may put what it likes into c_flags, c_snd_seq,
 * c_ack_seq and c_batch_nr: numbers, process ids, marks of a batch. The core
 * has its own fields, which programs take along without a look. It neither
 * fills in nor reads the others here, with one exception: a payload that was
 * packed has the length that the frame says, not that of what was sent.
 *
 * A program between two nodes may let frames go elsewhere than they were meant
 * to: it exchanges nodes and endpoints, in both directions, and knows nothing
 * of incarnations. Those of the frame are then those of others.
 */
#ifdef __KERNEL__
#include <linux/kernel.h>
#endif
#include "wire.h"

static __u32 mix(__u32 sum, __le32 word)
{
	sum = (sum ^ le32_to_cpu(word)) * 0x9e3779b1U;
	return sum ^ sum >> 15;
}

/* Over all that is exchanged. Never 0. */
static __u32 path_of(const struct dvk_cmd *cmd)
{
	__u32 sum = 1;

	sum = mix(sum, cmd->c_src);
	sum = mix(sum, cmd->c_dst);
	sum = mix(sum, cmd->c_snode);
	sum = mix(sum, cmd->c_dnode);
	if (dvk_cmd_is_copy(le32_to_cpu(cmd->c_cmd))) {
		sum = mix(sum, cmd->c_vcopy.v_src);
		sum = mix(sum, cmd->c_vcopy.v_dst);
		sum = mix(sum, cmd->c_vcopy.v_rqtr);
	}
	return sum ? sum : 1;
}

void dvk_pair_wire_out(struct dvk_cmd *cmd)
{
	cmd->c_batch_nr = 0;
	cmd->c_path = cpu_to_le32(path_of(cmd));
}

static void forget_incarnations(struct dvk_cmd *cmd)
{
	cmd->c_src_inc = 0;
	cmd->c_dst_inc = 0;
	cmd->c_rinc = 0;
	if (dvk_cmd_is_copy(le32_to_cpu(cmd->c_cmd))) {
		cmd->c_vcopy.v_rqtr_inc = 0;
		cmd->c_vcopy.v_dst_inc = 0;
	}
}

void dvk_pair_wire_in(struct dvk_cmd *cmd)
{
	/* Made by a program that knows nothing of such things. */
	if (!cmd->c_magic) {
		cmd->c_magic = cpu_to_le32(DVK_WIRE_MAGIC);
		cmd->c_version = cpu_to_le16(DVK_WIRE_VERSION);
		cmd->c_hdrlen = cpu_to_le16(sizeof(*cmd));
	}
	if (!dvk_cmd_has_payload(le32_to_cpu(cmd->c_cmd)))
		cmd->c_len = 0;
	else if (cmd->c_flags & cpu_to_le32(DVK_CMD_F_LZ4) &&
		 dvk_cmd_is_copy(le32_to_cpu(cmd->c_cmd)))
		cmd->c_len = cmd->c_vcopy.v_bytes;
	cmd->c_flags = 0;
	cmd->c_snd_seq = 0;
	cmd->c_ack_seq = 0;
	cmd->c_batch_nr = 0;
	if (cmd->c_path && cmd->c_path != cpu_to_le32(path_of(cmd)))
		forget_incarnations(cmd);
	cmd->c_path = 0;
}

bool dvk_pair_wire_is_none(const struct dvk_cmd *cmd)
{
	return !cmd->c_cmd && !dvk_wire_check_magic(cmd);
}
