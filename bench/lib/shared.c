// SPDX-License-Identifier: GPL-2.0
/* What the processes of a benchmark share: memory, and gates in it. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "bench.h"

void *bench_shared(size_t size)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

	if (p == MAP_FAILED) {
		bench_fail("no memory: %s", strerror(errno));
		exit(1);
	}
	return p;
}

void bench_gate_init(struct bench_gate *gate, unsigned int n)
{
	pthread_barrierattr_t attr;

	pthread_barrierattr_init(&attr);
	pthread_barrierattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
	pthread_barrier_init(&gate->barrier, &attr, n);
	pthread_barrierattr_destroy(&attr);
}

void bench_gate_wait(struct bench_gate *gate)
{
	pthread_barrier_wait(&gate->barrier);
}
