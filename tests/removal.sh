#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Taking things away while they are in use: the transport's module, a node's
# namespace, that of a kernel client, and at last everything. Afterwards it all
# works again.
#
# test-timeout: 600
# test-transport: each

set -u

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/lib/tap.sh
. "$here/tap.sh"
# shellcheck source=tests/lib/cluster.sh
. "$here/cluster.sh"

dc=0
tmp=$(mktemp -d)
traffic=()

# Whatever happens, nothing of this test stays.
finish() {
	local p
	for p in "${traffic[@]}"; do
		kill -KILL "$p" 2>/dev/null
	done
	wait 2>/dev/null
	rm -rf "$tmp"
}
trap finish EXIT

# make_dc NODE...: the DC on these nodes, each knowing the others.
make_dc() {
	local a b
	for a; do
		[[ -e $view/n$a/class/dvk/dvk0/dcs/$dc ]] || attr "$a" new_dc "$dc"
		for b; do
			[[ $a == "$b" ]] || attr "$a" "dcs/$dc/add_node" "$b" 2>/dev/null
		done
	done
}

# A server on node 1, clients on nodes 0 and 2. Each client counts its calls
# in a file and goes on whatever they return.
start_traffic() {
	local n
	rm -f "$tmp"/count*
	ip netns exec n1 "$here/lib/traffic" server $dc 10 &
	traffic+=($!)
	for n in 0 2; do
		ip netns exec n$n "$here/lib/traffic" client $dc $((20 + n)) 10 \
			"$tmp/count$n" &
		traffic+=($!)
	done
}

stop_traffic() {
	local p status=0
	for p in "${traffic[@]}"; do
		kill -TERM "$p" 2>/dev/null
	done
	for p in "${traffic[@]}"; do
		# Ended by our signal, not by one of the kernel's.
		wait "$p"
		(( $? == 143 || $? == 0 )) || status=1
	done
	traffic=()
	return $status
}

# count NODE FIELD: 0 until the client has written something.
count() {
	local good=0 bad=0
	[[ -s $tmp/count$1 ]] && read -r good bad _ <"$tmp/count$1"
	if [[ $2 == good ]]; then echo "$good"; else echo "$bad"; fi
}
good() { count "$1" good; }
bad() { count "$1" bad; }
more_good() { (( $(good "$1") > $2 + 20 )); }
more_bad() { (( $(bad "$1") > $2 )); }

flows() {
	local n
	for n in 0 2; do
		within 20 more_good $n "$(good $n)" || return 1
	done
}

loaded() { [[ -d /sys/module/$1 ]]; }
state_is() { [[ $(attr "$1" "peers/$2/state") == "$3" ]]; }

unload_transport() { rmmod "kproxy_$transport"; }

# --- the transport --------------------------------------------------------

check "the cluster is up" up
make_dc 0 1 2
start_traffic
check "calls flow" flows

before=$(bad 0)
check "rmmod kproxy_$transport while calls flow" unload_transport
check "it is gone" not loaded "kproxy_$transport"
check "calls fail, none hangs" within 10 more_bad 0 "$before"
check "the peers are down" within 5 not state_is 0 1 up
check "the server's side too" within 5 not state_is 1 0 up
check "load it again" load_modules
check "the peers come up by themselves" within 20 all_up
check "calls flow again" flows

repeat() {
	local i
	for ((i = 0; i < 5; i++)); do
		unload_transport && load_modules && within 20 all_up || return 1
	done
}
check "again and again" repeat
check "calls flow still" flows

# The core is in use by the transport and by open descriptors.
check "rmmod dvk is refused" not rmmod dvk 2>/dev/null

# --- a namespace ----------------------------------------------------------

check "traffic ends in good order" stop_traffic
start_traffic
check "calls flow to be interrupted" flows
# Without its processes the namespace goes, with its connections open.
kill -KILL "${traffic[0]}"
wait "${traffic[0]}" 2>/dev/null
unset 'traffic[0]'
traffic=("${traffic[@]}")
before=$(bad 0)
check "delete the namespace of a node that is connected" drop_node 1
check "its peers notice" within 15 not state_is 0 1 up
check "all of them" within 15 not state_is 2 1 up
check "calls fail, none hangs (2)" within 10 more_bad 0 "$before"
check "clients end in good order" stop_traffic
check "the two others are still connected" state_is 0 2 up
check "make the node anew" up
make_dc 0 1 2
start_traffic
check "calls flow to the new node" flows
check "that traffic ends in good order" stop_traffic

# --- a namespace with a kernel client in it ---

load_echo() {
	ip netns exec n1 insmod "$(module_file samples/dvk_echo.ko)" \
		dcid="$dc" endpoint=50,51
}

# Clients of it on the other nodes, in place of those of the server.
start_askers() {
	local n
	rm -f "$tmp"/count*
	for n in 0 2; do
		ip netns exec n$n "$here/lib/traffic" asker $dc $((20 + n)) \
			$((50 + n / 2)) "$tmp/count$n" &
		traffic+=($!)
	done
}

check "load a kernel client on node 1" load_echo
start_askers
check "calls to it flow" flows
check "rmmod dvk is refused for it" not rmmod dvk 2>/dev/null
before=$(bad 0)
check "delete its namespace" drop_node 1
check "it does not keep it" within 15 not state_is 0 1 up
check "calls to it fail, none hangs" within 10 more_bad 0 "$before"
check "make the node anew once more" up
check "rmmod it after that" rmmod dvk_echo
make_dc 0 1 2
check "load it on the new node" load_echo
check "calls to it flow again" flows
before=$(bad 0)
check "rmmod it while calls flow" rmmod dvk_echo
check "calls to it fail, none hangs (2)" within 10 more_bad 0 "$before"
check "clients of it end in good order" stop_traffic

# --- everything -----------------------------------------------------------

start_traffic
check "calls flow for the last time" flows
stop_traffic
check "take the whole cluster down" down
check "unload the transport" within 5 unload_transport
check "unload the core" within 5 rmmod dvk
check "nothing is left in /sys" test ! -e /sys/class/dvk
check "nothing is left in /proc" test ! -e /proc/dvs
check "nothing is left in /dev" test ! -e /dev/dvk
check "all of it again" up

tap_end
