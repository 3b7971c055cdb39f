# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# TAP for tests written in shell. Read with "."; then
#
#   check NAME COMMAND...	one test point: the command succeeds
#   within SECONDS COMMAND...	repeats the command till it succeeds
#   tap_end			prints the plan; the status says if all passed

tap_n=0
tap_bad=0

echo "TAP version 13"

check() {
	local name=$1
	shift
	(( ++tap_n ))
	if "$@"; then
		echo "ok $tap_n $name"
	else
		echo "not ok $tap_n $name"
		echo "# failed: $*"
		(( ++tap_bad ))
	fi
}

not() {
	! "$@"
}

within() {
	local end=$((SECONDS + $1 * ${DVK_TEST_SLOW:-1} + 1))
	shift
	while ! "$@"; do
		(( SECONDS < end )) || return 1
		sleep 0.05
	done
}

tap_end() {
	echo "1..$tap_n"
	echo "# $((tap_n - tap_bad)) of $tap_n passed"
	(( tap_bad == 0 ))
}
