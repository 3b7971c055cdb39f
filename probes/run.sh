#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# run.sh OUT PROBE.c... -- COMPILER FLAGS...
#
# Compiles each probe against the kernel's headers and writes to OUT a
# "#define DVK_HAVE_NAME" for each that compiles; what the compiler said of the
# others is in NAME.log beside it. headers.c must compile: if it does not, the
# headers or the flags are no good, and the others would prove nothing.

out=$1
dir=${out%/*}
shift

probes=
while [ "$1" != -- ]; do
	probes="$probes $1"
	shift
done
shift

# compiles PROBE.c LOG COMPILER FLAGS...
compiles() {
	probe=$1 log=$2
	shift 2
	"$@" -Wno-error -fsyntax-only "$probe" >"$log" 2>&1
}

{
	echo '/* SPDX-License-Identifier: GPL-2.0 */'
	echo '/* Made by probes/run.sh: what this kernel has. */'
	for probe in $probes; do
		name=${probe##*/}
		name=${name%.c}
		log=$dir/$name.log
		have=DVK_HAVE_$(echo "$name" | tr '[:lower:]' '[:upper:]')
		if compiles "$probe" "$log" "$@"; then
			rm -f "$log"
			[ "$name" = headers ] || echo "#define $have 1"
		elif [ "$name" = headers ]; then
			cat "$log" >&2
			echo "probes: $probe must compile with this kernel's headers" >&2
			exit 1
		else
			echo "/* no $have */"
		fi
	done
} >"$out.new" || exit 1

# Unchanged, it keeps its time, and nothing is compiled again.
if cmp -s "$out.new" "$out"; then
	rm "$out.new"
else
	mv "$out.new" "$out"
fi
