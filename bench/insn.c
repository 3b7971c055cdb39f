// SPDX-License-Identifier: GPL-2.0
/*
 * A plug-in of QEMU: instructions executed, by the address of the block of code.
 * scripts/perf-insn builds and uses it. When the machine ends it writes one
 * line, address and count, for each block that has run.
 */
#include "qemu_plugin.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A translation of a block; the same block may be translated again. */
struct block {
	uint64_t address;
	uint64_t executed;
	struct block *next;
};

static struct block *blocks;
static const char *out;

/* QEMU calls this with its lock of translations held; it has one CPU. */
static void translated(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
	struct block *b = calloc(1, sizeof(*b));

	(void)id;
	if (!b)
		abort();
	b->address = qemu_plugin_tb_vaddr(tb);
	b->next = blocks;
	blocks = b;
	qemu_plugin_register_vcpu_tb_exec_inline(tb, QEMU_PLUGIN_INLINE_ADD_U64,
						 &b->executed,
						 qemu_plugin_tb_n_insns(tb));
}

static void machine_ends(qemu_plugin_id_t id, void *data)
{
	const struct block *b;
	FILE *f = fopen(out, "w");

	(void)id;
	(void)data;
	if (!f) {
		perror(out);
		return;
	}
	for (b = blocks; b; b = b->next)
		if (b->executed)
			fprintf(f, "%" PRIx64 " %" PRIu64 "\n", b->address,
				b->executed);
	if (fclose(f))
		perror(out);
}

int qemu_plugin_install(qemu_plugin_id_t id, const void *info, int argc,
			char **argv)
{
	(void)info;
	if (argc != 1 || strncmp(argv[0], "out=", 4)) {
		fprintf(stderr, "insn: takes out=FILE\n");
		return -1;
	}
	out = strdup(argv[0] + 4);
	if (!out)
		return -1;
	qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
	qemu_plugin_register_atexit_cb(id, machine_ends, NULL);
	return 0;
}
