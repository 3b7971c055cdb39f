// SPDX-License-Identifier: GPL-2.0
/* What the program "baseline" can measure. */
#include "baseline.h"

const struct baseline baselines[] = {
	{ "pipe", "pipe ping-pong", .oneway = true, .run = run_pipe },
	{ "unix", "UNIX stream socket ping-pong", .oneway = true,
	  .run = run_unix },
	{ "binder", "Binder transaction", .run = run_binder },
	{ "tcp", "raw TCP ping-pong", .many = true, .run = run_tcp },
	{ "udp", "UDP ping-pong", .run = run_udp },
	{ "rds", "RDS ping-pong", .run = run_rds },
	{ "tipc", "raw TIPC ping-pong", .run = run_tipc },
	{ "vmread", "process_vm_readv", .bulk = true, .run = run_vmread },
	{ "vmwrite", "process_vm_writev", .bulk = true, .run = run_vmwrite },
	{ 0 }
};

const char baseline_doc[] =
	"KIND is pipe, unix, binder (within a node), tcp, udp, rds, tipc (ping-pong, also "
	"between two network namespaces), vmread or vmwrite (process_vm_readv, process_vm_writev).";
