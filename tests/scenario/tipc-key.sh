#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Two nodes over TIPC that encrypts, as docs/security.md says, in two virtual
# machines: within one kernel TIPC does not encrypt. With one key they meet and
# work; with two they lose each other.
#
# On the host without arguments; "tipc-key.sh 0" and "1" are what it runs in the
# machines.

set -u

export DVK_TRANSPORT=tipc
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
top=$(cd "$here/../.." && pwd)
tests=${DVK_TESTS:-$top/build/tests}
dc=0
server=10
key=0x7468652d6f6e652d616e642d6f6e6c792d6b6579
other=0x7468652d6f74686572000000000000002d6b6579
# From here on $here is the place of that file.
# shellcheck source=tests/lib/cluster.sh
. "$tests/cluster.sh"

# --- in a machine ---------------------------------------------------------

dvk0=/sys/class/dvk/dvk0
share=/mnt/share

put() {
	echo "$2" >"$dvk0/$1" || echo "# $1=$2 failed"
}

# set_key KEY: in place of the one there was.
set_key() {
	tipc node flush key
	tipc node set key "$1" || echo "# no key"
}

machine() {
	local id=$1 peer=$((1 - $1)) now=$key want
	load_modules
	ip link set eth0 up
	set_key "$now"
	tipc_on eth0
	put keepalive_ms 4000
	put nodeid "$id"
	put new_peer "$peer"
	put "peers/$peer/transport" tipc
	put "peers/$peer/key" the-key-of-two-machines
	put "peers/$peer/enabled" 1
	put new_dc "$dc"
	put "dcs/$dc/add_node" "$peer"
	if (( id )); then
		"$tests/lib/traffic" server "$dc" "$server" &
	else
		"$tests/lib/traffic" client "$dc" 20 "$server" "$share/stream" &
	fi
	until [[ -e $share/end ]]; do
		want=$(cat "$share/key.$id" 2>/dev/null)
		if [[ $want && $want != "$now" ]]; then
			now=$want
			set_key "$now"
		fi
		cat "$dvk0/peers/$peer/state" >"$share/.state.$id"
		mv "$share/.state.$id" "$share/state.$id"
		sleep 0.2
	done
}

case ${1:-} in
0 | 1)
	[[ -e /run/dvk-vm ]] || exit 2
	machine "$1"
	exit
	;;
esac

# --- on the host ----------------------------------------------------------

# shellcheck source=tests/lib/machines.sh
. "$top/tests/lib/machines.sh"
# shellcheck source=tests/lib/tap.sh
. "$top/tests/lib/tap.sh"

tmp=$(mktemp -d)
mkdir "$tmp/share"
pids=()

boot() {
	cabled "$2" --share "$tmp/share" \
		-- "$top/tests/scenario/tipc-key.sh" "$1" >"$tmp/out.$1" 2>&1 &
	pids+=($!)
}

# shellcheck disable=SC2317 # called by the trap
finish() {
	(( tap_bad )) && sed 's/^/# machine: /' "$tmp"/out.* | tail -n 40
	kill -TERM "${pids[@]}" 2>/dev/null
	wait "${pids[@]}" 2>/dev/null
	rm -rf "$tmp"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

states_are() {
	[[ $(cat "$tmp/share/state.0" "$tmp/share/state.1" 2>/dev/null) == "$1"$'\n'"$1" ]]
}
calls() { awk '{ print $1 }' "$tmp/share/stream" 2>/dev/null; }
more_calls() { (( $(calls || echo 0) > $1 )); }
use_key() { echo "$2" >"$tmp/share/key.$1"; }

boot 0 a
boot 1 b
check "with one key they are connected" within 180 states_are up
check "requests and copies flow" within 60 more_calls 10
use_key 1 "$other"
check "with two keys they lose each other" within 60 states_are connecting
use_key 0 "$other"
check "with the other one on both they meet again" within 120 states_are up
check "requests and copies flow again" within 60 more_calls $(( $(calls) + 10 ))
touch "$tmp/share/end"

tap_end
