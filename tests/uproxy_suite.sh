#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A part of the suite once more, with proxies in user space on all nodes, and on
# one of them. The programs are the same and expect the same.
#
# test-timeout: 1500

set -u
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
programs='ipc vcopy_remote peer_loss'
number=0

# run_as KIND PROGRAM: its results are this script's.
run_as() {
	local line status seen=0
	while IFS= read -r line; do
		case $line in
		'ok '*)
			[[ $line == *'# SKIP'* ]] || (( ++seen ))
			echo "ok $((++number)) $1: $2: ${line#ok * }"
			;;
		'not ok '*)
			(( ++seen ))
			echo "not ok $((++number)) $1: $2: ${line#not ok * }"
			;;
		'@status '*) status=${line#@status } ;;
		'# '*FAIL* | '# '*Expected* | '# '*rror* | '# cluster'*)
			echo "$line"
			;;
		esac
	done < <("$here/$2" 2>&1; echo "@status $?")
	[[ $status == 0 && $seen != 0 ]] ||
		echo "not ok $((++number)) $1: $2: exits with 0 ($status, $seen tests)"
}

bring_up() {
	local not=''
	"$here/cluster.sh" up 2>&1 || not='not '
	echo "${not}ok $((++number)) $1"
}

"$here/cluster.sh" down
for kind in user mixed; do
	export DVK_TEST_PROXIES=$kind
	bring_up "$kind: the cluster comes up"
	for program in $programs; do
		run_as $kind "$program"
	done
	# Programs that carried all that leave in good order.
	"$here/cluster.sh" down
done
unset DVK_TEST_PROXIES
bring_up "the usual cluster is back"
echo "1..$number"
