#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Two nodes in two virtual machines, linked by a virtual network. A stream of
# requests with copies runs from machine a to machine b. The power of b is cut
# in the middle: all that is in flight fails, nothing hangs. b boots again, and
# the stream goes on.
#
# On the host without arguments; "two-vms.sh a" and "b" are what it runs in
# the machines.
#
# test-transport: each

set -u

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
top=$(cd "$here/../.." && pwd)
tests=${DVK_TESTS:-$top/build/tests}
dc=0
server=10
holder=11
# From here on $here is the place of that file.
# shellcheck source=tests/lib/cluster.sh
. "$tests/cluster.sh"
keepalive=4000

# --- in a machine ---------------------------------------------------------

dvk0=/sys/class/dvk/dvk0
share=/mnt/share

# put ATTRIBUTE VALUE: says what fails.
put() {
	echo "$2" >"$dvk0/$1" || echo "# $1=$2 failed"
}

# node ID: the two differ in their numbers only.
node() {
	local id=$1 peer=$((1 - $1))
	load_modules
	ip addr add 10.20.0.$((id + 1))/24 dev eth0
	ip link set eth0 up
	tipc_on eth0
	put name two-vms
	put keepalive_ms "$keepalive"
	put nodeid "$id"
	put new_peer $peer
	put peers/$peer/transport "$transport"
	[[ $transport == tcp ]] && put peers/$peer/address 10.20.0.$((peer + 1))
	put peers/$peer/key the-key-of-two-machines
	put peers/$peer/trust 1
	put peers/$peer/enabled 1
	put new_dc $dc
	put dcs/$dc/add_node $peer
}

# Tells the host what it wants to know, by rename so that it reads whole files.
report() {
	while :; do
		{
			cat "$dvk0"/peers/*/state "$dvk0"/peers/*/reconnects
			cat "$dvk0"/peers/*/tx_bytes
		} 2>/dev/null >"$share/.state.$1"
		mv "$share/.state.$1" "$share/state.$1"
		sleep 0.2
	done
}

machine_a() {
	local pids=() p status=0
	node 0
	"$tests/lib/traffic" client "$dc" 20 "$server" "$share/stream" &
	pids+=($!)
	"$tests/lib/traffic" client "$dc" 21 "$server" "$share/stream2" &
	pids+=($!)
	# Its request is taken and never answered.
	"$tests/lib/traffic" waiter "$dc" 22 "$holder" "$share/waiter" &
	report a &
	until [[ -e $share/end ]]; do sleep 0.2; done
	for p in "${pids[@]}"; do
		kill -TERM "$p"
		wait "$p"
		# Anything else than our signal means a wrong answer.
		(( $? == 143 )) || status=1
	done
	return $status
}

machine_b() {
	node 1
	"$tests/lib/traffic" server $dc $server &
	"$tests/lib/traffic" holder $dc $holder &
	report b &
	until [[ -e $share/end ]]; do sleep 0.2; done
}

case ${1:-} in
a | b)
	[[ -e /run/dvk-vm ]] || exit 2
	"machine_$1"
	exit
	;;
esac

# --- on the host ----------------------------------------------------------

# shellcheck source=tests/lib/machines.sh
. "$top/tests/lib/machines.sh"
# shellcheck source=tests/lib/tap.sh
. "$top/tests/lib/tap.sh"

tmp=$(mktemp -d)
declare -A pid=()

boot() {
	mkdir -p "$tmp/share"
	cabled "$1" --pidfile "$tmp/pid.$1" --share "$tmp/share" \
		--env "DVK_TRANSPORT=$transport" \
		-- "$top/tests/scenario/two-vms.sh" "$1" >"$tmp/out.$1" 2>&1 &
	pid[$1]=$!
}

# shellcheck disable=SC2317 # called by the trap
finish() {
	local m
	for m in "${!pid[@]}"; do
		kill -TERM "${pid[$m]}" 2>/dev/null
		wait "${pid[$m]}" 2>/dev/null
	done
	rm -rf "$tmp"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# field FILE NUMBER: 0 until there is something.
field() {
	local words=()
	[[ -s $tmp/share/$1 ]] && read -ra words <"$tmp/share/$1"
	echo "${words[$2]:-0}"
}
good() { field "$1" 0; }
bad() { field "$1" 1; }
first() { field "$1" 2; }

more() { (( $("$1" "$2") > $3 )); }
state_is() { [[ -e $tmp/share/state.$1 && $(head -n 1 "$tmp/share/state.$1") == "$2" ]]; }
reconnects() { sed -n 2p "$tmp/share/state.a"; }

streams_flow() {
	local f
	for f in stream stream2; do
		within "$1" more good $f $(( $(good $f) + 10 )) || return 1
	done
}

boot a
check "machine a is up" within 120 test -e "$tmp/share/state.a"
boot b
check "machine b is up" within 120 test -e "$tmp/share/state.b"
check "they are connected" within 60 state_is a up
check "requests and copies flow" streams_flow 60
check "one request is being served" test ! -e "$tmp/share/waiter"

bad1=$(bad stream)
bad2=$(bad stream2)
kill -KILL "$(<"$tmp/pid.b")"
wait "${pid[b]}" 2>/dev/null
unset 'pid[b]'
rm -f "$tmp/share/state.b"
cut=$SECONDS
# A dead machine says nothing: the keep-alive finds out, and it alone.
check "the stream's call fails" within 30 more bad stream "$bad1"
check "the other one's too" within 30 more bad stream2 "$bad2"
check "the request that was being served fails" within 10 test -s "$tmp/share/waiter"
echo "# $((SECONDS - cut)) s after the power was cut, keep-alive $keepalive ms"
check "it says that the node is not connected" test "$(field waiter 0)" = -64
check "so does the stream" test "$(first stream)" = -64
check "so does the other" test "$(first stream2)" = -64
check "the peer is not up" within 5 state_is a connecting
flowing=$(good stream)
check "nothing is answered by nobody" not more good stream "$flowing"

boot b
check "machine b boots again" within 120 test -e "$tmp/share/state.b"
check "they are connected again" within 60 state_is a up
check "this is a reconnect" test "$(reconnects)" = 1
check "the stream goes on" streams_flow 60

touch "$tmp/share/end"
wait "${pid[a]}"
check "machine a ends, and no answer was wrong" test $? = 0
unset 'pid[a]'
wait "${pid[b]}"
check "machine b ends" test $? = 0
unset 'pid[b]'
echo "# $(good stream) + $(good stream2) requests answered," \
	"$(bad stream) + $(bad stream2) failed"
(( tap_bad == 0 )) || sed 's/^/# a: /' "$tmp/out.a"
(( tap_bad == 0 )) || sed 's/^/# b: /' "$tmp/out.b"
tap_end
