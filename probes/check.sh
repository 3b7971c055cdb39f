#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# check.sh PROBED.h...: each made by run.sh for one kernel, in a directory whose
# name is that of the kernel's release.  Says of each probe whether it answers as
# its comment says ("6.5:", or "6.18 to 7.1:" for what has gone again), and which
# have been seen to answer both ways.

set -u
dir=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

# number 6.12.117+deb12-amd64: to compare by.
number() {
	local major=${1%%.*} minor=${1#*.}
	minor=${minor%%[!0-9]*}
	echo $(( major * 1000 + minor ))
}

failed=0
for probe in "$dir"/*.c; do
	name=${probe##*/}
	name=${name%.c}
	[[ $name != headers ]] || continue
	read -r from to < <(sed -nE '3s/^ \* ([0-9.]+)( to ([0-9.]+))?:.*/\1 \3/p' "$probe")
	if [[ ! ${from:-} ]]; then
		echo "probes: $name.c does not say in which release it changed" >&2
		failed=1
		continue
	fi
	yes='' no=''
	for probed; do
		release=$(basename "$(dirname "$(dirname "$probed")")")
		n=$(number "$release")
		want=no
		(( n >= $(number "$from") && (${#to} == 0 || n <= $(number "${to:-0.0}")) )) &&
			want=yes
		got=no
		grep -q "^#define DVK_HAVE_${name^^} 1$" "$probed" && got=yes
		if [[ $got != "$want" ]]; then
			echo "probes: $name.c says $got to $release, and should say $want:" >&2
			cat "${probed%/*}/$name.log" 2>/dev/null >&2
			failed=1
		fi
		[[ $got == yes ]] && yes+=" ${release%%[+-]*}" || no+=" ${release%%[+-]*}"
	done
	note=
	[[ $yes && $no ]] || note=' (one side only: no kernel here has the other)'
	printf '  %-20s %-12s yes:%s no:%s%s\n' "$name" "$from${to:+ to $to}" \
		"${yes:- -}" "${no:- -}" "$note"
done
exit "$failed"
