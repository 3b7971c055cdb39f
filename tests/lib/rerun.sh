# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# For scripts that run programs of the suite once more with other proxies. They
# set $here; the results are theirs.

: "${here:?}"
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

# once_more KIND PROGRAM...: with the proxies that DVK_TEST_PROXIES names.
once_more() {
	local kind=$1 program
	shift
	bring_up "$kind: the cluster comes up"
	for program; do
		run_as "$kind" "$program"
	done
	# Programs that carried all that leave in good order.
	"$here/cluster.sh" down
}

# as_usual: the cluster that others expect, and the end.
as_usual() {
	unset DVK_TEST_PROXIES
	bring_up "the usual cluster is back"
	echo "1..$number"
}
