// SPDX-License-Identifier: GPL-2.0
/*
 * A program that asks for a clean namespace may call its own things as it likes.
 * The Makefile gives this file to the C++ compiler.
 */
#define DVK_CLEAN_NAMES
#include <dvk/dvk.h>
#include <cstdio>

enum class A {
	NONE, ANY, SELF, OK, SYSTEM, KERNEL, HARDWARE, CLOCK, IDLE, SLOTS,
	REMOTE, MIGRATE, SENDING, RECEIVING, ONCOPY, NR_NODES, NR_PROCS,
};

struct message { A a; };
struct cmd { A a; };
struct vcopy { A a; };
struct dc_usr { A a; };
typedef int proc_usr_t;
typedef int cmd_t;

int main(void)
{
	dvk_message_t m = { };
	struct message own = { A::NONE };
	dvk_edvs code = EDVSNOTBIND;

	m.m1_i1 = DVK_NONE;
	bool good = m.m1_i1 == 27342 && own.a == A::NONE && code == -310 &&
		    sizeof(dvk_cmd_t) == sizeof(struct dvk_cmd);
	std::printf("%sok 1 a clean namespace\n1..1\n", good ? "" : "not ");
	return !good;
}
