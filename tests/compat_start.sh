#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A start-up script of the earlier system: a device node made by hand, the
# module with its parameters, a DVS and a DC in namespaces of its own, programs
# in it.
#
# test-timeout: 120

set -u

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/lib/tap.sh
. "$here/tap.sh"
# shellcheck source=tests/lib/cluster.sh
. "$here/cluster.sh"

out=$(mktemp -d)
starter=''

unload() {
	local m
	for m in kproxy_tipc kproxy_tcp dvk; do
		[[ -d /sys/module/$m ]] || continue
		within 10 rmmod $m 2>/dev/null || return
	done
}

finish() {
	[[ $starter ]] && kill "$starter" 2>/dev/null && wait "$starter" 2>/dev/null
	unload
	rm -f /dev/dvk
	rm -rf "$out"
	module dvk dvk-core/dvk.ko
	"$here/cluster.sh" up
}
trap finish EXIT

insert() {
	insmod "$(module_file dvk-core/dvk.ko)" "$@"
}

nothing_loaded() {
	"$here/cluster.sh" down && unload
}

is_by_hand() {
	[[ $(stat -c %t:%T /dev/dvk) == 21:0 ]]
}

made_by_hand() {
	rm -f /dev/dvk && mknod /dev/dvk c 33 0 && is_by_hand
}

is_started() {
	[[ -e /dev/shm/DC0.sh ]] && grep -q '^d_dbglvl' "$out/start"
}

start() {
	"$here/compat/u_start" 0 0 >"$out/start" 2>&1 &
	starter=$!
	within 10 is_started && return
	sed 's/^/# /' "$out/start"
	return 1
}

in_dc() {
	local DC0
	# shellcheck source=/dev/null
	. /dev/shm/DC0.sh
	# A node is a network namespace, so that one stays.
	nsenter -p -t "$DC0" "$here/compat/u_row" 0 30 >"$out/row" || return
	sed 's/^/# /' "$out/row"
}

says() {
	grep -qE "$2" "$out/$1" && return
	sed 's/^/# /' "$out/$1"
	return 1
}

vpid_is_own() {
	local own
	own=$(sed -n 's/^own pid //p' "$out/row")
	(( own > 1 && own < 50 )) && says row " vpid=$own nodeid=0 name=u_row"
}

check "nothing is loaded" nothing_loaded
check "a number that is taken is refused" not insert dvk_major=1 dvk_minor=3
check "and it says what to do" eval 'dmesg | tail -n 5 | grep -q "load without dvk_major"'
check "a node by hand" made_by_hand
check "insmod as it always was" insert dvk_major=33 dvk_minor=0 dvk_nr_devs=1 dbglvl=255
check "the node by hand is still there" is_by_hand
check "a DVS and a DC" start
check "d_dbglvl is what was given" says start '^d_dbglvl=FF '
check "/proc/dvs says so, too" grep -q '^dbglvl=FF$' /proc/dvs/info
check "a program in the DC" in_dc
check "its vpid is that of the DC's namespace" vpid_is_own
check "ipcto" says row '^ipcto -nr id --wr- lv 3210987654321098765432109876543210987654321098765432109876543210$'
check "its row" says row '^ipcto  30 65 27342  0 X{64}$'
check "dvkcalls" says row '^dvkcalls -nr id --wr- lv 765432109876543210987654321098765432109876543210$'
check "its row" says row '^dvkcalls  30 65 27342  0 X{48}$'
check "proxies/ipcto" grep -q '^-nr id --wr- lv 32109' /proc/dvs/proxies/ipcto
check "proxies/dvkcalls" grep -q '^-nr id --wr- lv 76543' /proc/dvs/proxies/dvkcalls
tap_end
