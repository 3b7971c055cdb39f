// SPDX-License-Identifier: GPL-2.0
/* Who is there, judging by the first bytes. It decides nothing. */
#include <string.h>
#include "dgram.h"
#include "proxy.h"

static bool begins(const void *bytes, size_t len, const char *with)
{
	size_t n = strlen(with);

	return len >= n && !memcmp(bytes, with, n);
}

/* Commands as they were before there was a magic number in front. */
static bool is_old_command(unsigned int code)
{
	return (code & ~(unsigned int)CMD_ACKNOWLEDGE) < DVK_CMD_NR;
}

const char *stranger_guess(const void *bytes, size_t len)
{
	unsigned int word;
	cmd_t cmd;

	if (!len)
		return "it says nothing";
	if (begins(bytes, len, "SSH-"))
		return "it seems to be an SSH client";
	if (begins(bytes, len, "\x16\x03"))
		return "it seems to speak TLS";
	if (begins(bytes, len, "GET ") || begins(bytes, len, "HEAD ") ||
	    begins(bytes, len, "POST ") || begins(bytes, len, "PUT ") ||
	    begins(bytes, len, "OPTIONS ") || begins(bytes, len, "PRI * "))
		return "it seems to be an HTTP client";
	if (len < sizeof(word))
		return "its few bytes tell nothing";
	memcpy(&word, bytes, sizeof(word));
	if (word == SEGMENT_MAGIC)
		return "it seems to be a dvk-proxy that takes this node for a peer";
	if (word == DVK_WIRE_MAGIC && len >= sizeof(cmd)) {
		memcpy(&cmd, bytes, sizeof(cmd));
		if (cmd.c_version != DVK_WIRE_VERSION)
			return "it seems to be a DVK of another version";
		if (cmd.c_cmd == CMD_HELLO)
			return "it seems to be a node of DVK";
		return "it seems to be a proxy of the original kind, see --original";
	}
	if (word == DVK_WIRE_MAGIC)
		return "it seems to be a DVK of another version";
	if (is_old_command(word))
		return "it may be a proxy of the earlier system, not built with libdvk";
	return "nothing that is known here";
}
