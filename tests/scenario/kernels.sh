#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# For which kernels the modules are built, and how what differs between them is
# found out. On the host, against the headers of the kernel under test.
#
# test-bench: qemu the headers are those of the distribution's kernels

set -u

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
read -ra kernel <<<"${DVK_KERNEL_ARGS:---kernel 6.1}"

if [[ ${kernel[0]} != --kernel ]]; then
	echo "1..0 # SKIP the debug kernel is of a series that is tested otherwise"
	exit 4
fi
kdir=$("$top/scripts/vm-kernel" --kdir "${kernel[1]}") || exit 1
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

# shellcheck source=tests/lib/tap.sh
. "$top/tests/lib/tap.sh"

# A tree of its own with one small module, which uses what the probes say.
tree=$tmp/tree
(cd "$top" && scripts/link-tree "$tree" Kbuild include probes)
mkdir "$tree/samples"
echo 'obj-m := small.o' >"$tree/samples/Kbuild"
cat >"$tree/samples/small.c" <<'C'
#include <linux/module.h>
#include <dvk/compat.h>
MODULE_DESCRIPTION("Small");
MODULE_LICENSE("GPL");
C

# kbuild ARG...: what it says is in $tmp/log.
kbuild() {
	make -C "$kdir" M="$tree" SAMPLES=1 "$@" modules >"$tmp/log" 2>&1
}

# What is compiled lands in objects or in the answers of the probes.
untouched() {
	[[ -z $(find "$tree" -name '*.o' -o -name probed.h -o -name '*.log') ]]
}

# refused VERSION PATCHLEVEL
refused() {
	! kbuild VERSION="$1" PATCHLEVEL="$2" && untouched &&
		(( $(grep -c "DVK is made for Linux 6\.1 to 7\.3, and this is $1\.$2; FORCE=1" \
			"$tmp/log") == 1 ))
}

check "a kernel older than 6.1 is refused" refused 5 10
check "a kernel newer than 7.3 is refused" refused 7 4
check "so is one of a later series" refused 8 1
# with_header_lost FILE: that probe includes what does not exist, and is put
# back afterwards.
with_header_lost() {
	local status
	rm "$tree/probes/$1"
	{
		cat "$top/probes/$1"
		echo '#include <linux/dvk_no_such_header.h>'
	} >"$tree/probes/$1"
	kbuild
	status=$?
	ln -sf "$top/probes/$1" "$tree/probes/$1"
	return "$status"
}

# Headers that cannot be used must not pass for a kernel that lacks everything.
unusable() {
	! with_header_lost headers.c && [[ ! -e $tree/probes/probed.h ]] &&
		grep -q 'dvk_no_such_header' "$tmp/log" &&
		grep -q 'headers\.c must compile' "$tmp/log"
}
check "headers that do not compile end the build" unusable

built() {
	kbuild "$@" && [[ -e $tree/samples/small.ko ]]
}
check "this kernel is accepted" built
rm "$tree/samples/small.ko"
check "FORCE=1 builds for any" built VERSION=8 PATCHLEVEL=1 FORCE=1

# Each is either there or not, and if not there is the compiler's reason.
answered() {
	local f name have
	for f in "$top"/probes/*.c; do
		name=$(basename "$f" .c)
		[[ $name == headers ]] && continue
		have=DVK_HAVE_${name^^}
		if grep -qx "#define $have 1" "$tree/probes/probed.h"; then
			[[ ! -e $tree/probes/$name.log ]] || return 1
		else
			grep -qF "no $have" "$tree/probes/probed.h" &&
				grep -q 'error:' "$tree/probes/$name.log" || return 1
		fi
		grep -q "$have" "$top/include/dvk/compat.h" \
			"$top/kproxy-tcp/pages.c" || return 1
	done
}
check "each gives an answer, and somebody asks for it" answered

[[ $tap_bad == 0 ]] || sed 's/^/# /' "$tmp/log"
tap_end
