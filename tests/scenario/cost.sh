#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What the core operations cost, in instructions, against bench/bounds. Counts
# repeat on any machine, so that 3 % more is a change of the code. If it is
# wanted, `scripts/bench --bounds` writes the bounds anew. Each series of kernels
# has its own, or none.
#
# test-bench: qemu counts instructions

set -u

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
read -ra kernel <<<"${DVK_KERNEL_ARGS:---kernel 6.1}"

if [[ ${kernel[0]} != --kernel ]]; then
	echo "1..0 # SKIP the bounds are those of the distribution's kernel"
	exit 4
fi
if ! grep -qx "kernel ${kernel[1]}" "$top/bench/bounds"; then
	echo "1..0 # SKIP bench/bounds has none for kernel ${kernel[1]}"
	exit 4
fi
exec "$top/scripts/bench" --check-bounds --kernel "${kernel[1]}"
