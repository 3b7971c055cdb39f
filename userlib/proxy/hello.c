// SPDX-License-Identifier: GPL-2.0
/* HELLO: the first frame in either direction. Later ones the core answers. */
#include <string.h>
#include "proxy.h"

static unsigned long session;

/* Above all earlier ones, also those of the program's former lives. */
static unsigned long new_session(void)
{
	unsigned long none = 0, first;
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	first = now.tv_sec * 1000000000UL + now.tv_nsec;
	__atomic_compare_exchange_n(&session, &none, first, 0,
				    __ATOMIC_RELAXED, __ATOMIC_RELAXED);
	return __atomic_add_fetch(&session, 1, __ATOMIC_RELAXED);
}

void hello_fill(cmd_t *cmd, int peer, int code)
{
	const dvs_usr_t *dvs = &settings.dvs;

	memset(cmd, 0, sizeof(*cmd));
	cmd->c_magic = DVK_WIRE_MAGIC;
	cmd->c_version = DVK_WIRE_VERSION;
	cmd->c_hdrlen = sizeof(*cmd);
	cmd->c_cmd = code;
	cmd->c_snode = settings.self;
	cmd->c_dnode = peer;
	clock_gettime(CLOCK_MONOTONIC, &cmd->c_timestamp);
	memcpy(cmd->c_hello.h_cluster, dvs->d_name,
	       sizeof(cmd->c_hello.h_cluster));
	cmd->c_hello.h_session = new_session();
	cmd->c_hello.h_nr_nodes = dvs->d_nr_nodes;
	cmd->c_hello.h_max_copybuf = dvs->d_max_copybuf;
	cmd->c_hello.h_max_copylen = dvs->d_max_copylen;
	cmd->c_hello.h_features = settings.features;
}

unsigned int hello_features(const cmd_t *cmd)
{
	return cmd->c_hello.h_features & settings.features;
}

void hello_answer(cmd_t *cmd, const cmd_t *hello, int rcode)
{
	hello_fill(cmd, hello->c_snode, CMD_HELLO | CMD_ACKNOWLEDGE);
	cmd->c_timestamp = hello->c_timestamp;
	cmd->c_rcode = rcode;
}

/* A refusal may say that there was a higher number: the next is above that. */
void hello_refused(const cmd_t *cmd)
{
	unsigned long now = __atomic_load_n(&session, __ATOMIC_RELAXED);
	unsigned long last = cmd->c_hello.h_session;

	while (cmd->c_rcode == EDVSEXIST && (long)(last - now) > 0 &&
	       !__atomic_compare_exchange_n(&session, &now, last, 0,
					    __ATOMIC_RELAXED, __ATOMIC_RELAXED))
		;
}

const char *hello_check(const cmd_t *cmd, int code)
{
	if (cmd->c_magic != DVK_WIRE_MAGIC ||
	    cmd->c_version != DVK_WIRE_VERSION ||
	    cmd->c_hdrlen != sizeof(*cmd) || cmd->c_cmd != code || cmd->c_len)
		return "not a HELLO of this protocol";
	if (cmd->c_rcode)
		return "refuses this node: see its kernel log or its proxy's";
	if (cmd->c_dnode != settings.self)
		return "for another node";
	if (strncmp(cmd->c_hello.h_cluster, settings.dvs.d_name, DVS_NAME_LEN))
		return "of another cluster: the names of the DVS differ";
	return NULL;
}
