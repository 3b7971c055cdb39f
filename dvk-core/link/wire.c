// SPDX-License-Identifier: GPL-2.0
/*
 * Checks of headers that arrive. The peer's bytes are not trusted: nothing
 * behind this file uses a length, a node or a code that did not pass here.
 */
#ifdef __KERNEL__
#include <linux/kernel.h>
#endif
#include "wire.h"

static const char * const cmd_names[DVK_CMD_NR] = {
	[DVK_CMD_NONE] = "NONE",
	[DVK_CMD_SEND_MSG] = "SEND",
	[DVK_CMD_NTFY_MSG] = "NTFY",
	[DVK_CMD_SNDREC_MSG] = "SNDREC",
	[DVK_CMD_REPLY_MSG] = "REPLY",
	[DVK_CMD_COPYIN_DATA] = "COPYIN",
	[DVK_CMD_COPYOUT_RQST] = "COPYOUT",
	[DVK_CMD_COPYLCL_RQST] = "COPYLCL",
	[DVK_CMD_COPYRMT_RQST] = "COPYRMT",
	[DVK_CMD_COPYIN_RQST] = "COPYIN_RQST",
	[DVK_CMD_HELLO] = "HELLO",
	[DVK_CMD_SHUTDOWN] = "SHUTDOWN",
	[DVK_CMD_PROCINFO] = "PROCINFO",
	[DVK_CMD_PROCBIND] = "PROCBIND",
	[DVK_CMD_PROCUNBIND] = "PROCUNBIND",
	[DVK_CMD_CANCEL] = "CANCEL",
	[DVK_CMD_RELAY_MSG] = "RELAY",
	[DVK_CMD_MIGRATE] = "MIGRATE",
	[DVK_CMD_CHALLENGE] = "CHALLENGE",
};

static const char * const fault_names[DVK_WIRE_NR_FAULTS] = {
	[DVK_WIRE_OK] = "ok",
	[DVK_WIRE_BAD_MAGIC] = "bad magic",
	[DVK_WIRE_BAD_VERSION] = "unknown version",
	[DVK_WIRE_BAD_HDRLEN] = "bad header length",
	[DVK_WIRE_BAD_CODE] = "unknown command",
	[DVK_WIRE_BAD_NODE] = "wrong node",
	[DVK_WIRE_BAD_DC] = "bad DC number",
	[DVK_WIRE_BAD_LEN] = "bad payload length",
	[DVK_WIRE_BAD_FLAGS] = "unknown flags",
	[DVK_WIRE_BAD_RANGE] = "bad copy range",
	[DVK_WIRE_BAD_RCODE] = "bad result code",
};

/* Name of a command, acknowledgements like the command they answer. */
const char *dvk_cmd_name(unsigned int code)
{
	code &= ~(unsigned int)DVK_CMD_ACK;
	return code < DVK_CMD_NR ? cmd_names[code] : "?";
}

const char *dvk_wire_fault_name(enum dvk_wire_fault fault)
{
	return fault < DVK_WIRE_NR_FAULTS ? fault_names[fault] : "?";
}

enum dvk_wire_fault dvk_wire_check_magic(const struct dvk_cmd *cmd)
{
	if (le32_to_cpu(cmd->c_magic) != DVK_WIRE_MAGIC)
		return DVK_WIRE_BAD_MAGIC;
	if (le16_to_cpu(cmd->c_version) != DVK_WIRE_VERSION)
		return DVK_WIRE_BAD_VERSION;
	if (le16_to_cpu(cmd->c_hdrlen) != sizeof(*cmd))
		return DVK_WIRE_BAD_HDRLEN;
	return DVK_WIRE_OK;
}

/* Commands that have a meaning, as they are and as an acknowledgement. */
static bool code_known(__u32 code)
{
	switch (code & ~(__u32)DVK_CMD_ACK) {
	case DVK_CMD_SEND_MSG:
	case DVK_CMD_NTFY_MSG:
	case DVK_CMD_SNDREC_MSG:
	case DVK_CMD_REPLY_MSG:
	case DVK_CMD_COPYIN_DATA:
	case DVK_CMD_COPYOUT_RQST:
	case DVK_CMD_COPYLCL_RQST:
	case DVK_CMD_COPYRMT_RQST:
	case DVK_CMD_COPYIN_RQST:
	case DVK_CMD_HELLO:
	case DVK_CMD_MIGRATE:
	case DVK_CMD_PROCINFO:
	case DVK_CMD_CHALLENGE:
		return true;
	case DVK_CMD_SHUTDOWN:
	case DVK_CMD_PROCBIND:
	case DVK_CMD_PROCUNBIND:
	case DVK_CMD_CANCEL:
	case DVK_CMD_RELAY_MSG:
		return !(code & DVK_CMD_ACK);
	default:
		return false;
	}
}

bool dvk_cmd_has_payload(__u32 code)
{
	return code == DVK_CMD_COPYIN_DATA || code == DVK_CMD_COPYOUT_DATA ||
	       code == DVK_CMD_COPYIN_RQST || code == DVK_CMD_PROCINFO_ACK;
}

bool dvk_cmd_is_copy(__u32 code)
{
	code &= ~(__u32)DVK_CMD_ACK;
	return code >= DVK_CMD_COPYIN_DATA && code <= DVK_CMD_COPYIN_RQST;
}

static enum dvk_wire_fault check_copy(const struct dvk_cmd *cmd,
				      const struct dvk_wire_limits *limits)
{
	__u32 total = le32_to_cpu(cmd->c_vcopy.v_total);
	__u32 offset = le32_to_cpu(cmd->c_vcopy.v_offset);
	__u32 len = le32_to_cpu(cmd->c_len);

	if (total > limits->max_copylen || offset > total ||
	    len > total - offset)
		return DVK_WIRE_BAD_RANGE;
	return DVK_WIRE_OK;
}

enum dvk_wire_fault dvk_wire_check(const struct dvk_cmd *cmd,
				   const struct dvk_wire_limits *limits)
{
	__u32 code = le32_to_cpu(cmd->c_cmd);
	__u32 len = le32_to_cpu(cmd->c_len);
	__s32 rcode = (__s32)le32_to_cpu(cmd->c_rcode);
	enum dvk_wire_fault fault;

	fault = dvk_wire_check_magic(cmd);
	if (fault)
		return fault;
	if (!code_known(code))
		return DVK_WIRE_BAD_CODE;
	if ((__s32)le32_to_cpu(cmd->c_dnode) != limits->nodeid ||
	    (__s32)le32_to_cpu(cmd->c_snode) != limits->peer)
		return DVK_WIRE_BAD_NODE;
	if (le32_to_cpu(cmd->c_dcid) >= DVK_MAX_DCS)
		return DVK_WIRE_BAD_DC;
	if (len > (dvk_cmd_has_payload(code) ? limits->max_copybuf : 0))
		return DVK_WIRE_BAD_LEN;
	if (cmd->c_flags || le32_to_cpu(cmd->c_ctl) & ~(__u32)DVK_CMD_C_KNOWN)
		return DVK_WIRE_BAD_FLAGS;
	/* A result is zero or a negated DVK_E* code, and only in answers. */
	if (rcode > 0 || rcode < -DVK_ERESTARTSYS ||
	    (rcode && !(code & DVK_CMD_ACK)))
		return DVK_WIRE_BAD_RCODE;
	if (dvk_cmd_is_copy(code))
		return check_copy(cmd, limits);
	return DVK_WIRE_OK;
}
