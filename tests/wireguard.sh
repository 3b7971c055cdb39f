#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Two nodes over WireGuard, set up as docs/security.md says: they meet, calls and
# copies of any size go through the tunnel's smaller packets, nothing else goes
# beside it, and nobody meets whose key is wrong.
#
# test-timeout: 600

set -u

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/lib/tap.sh
. "$here/tap.sh"
# shellcheck source=tests/lib/cluster.sh
. "$here/cluster.sh"

dc=0
tmp=$(mktemp -d)
traffic=()

finish() {
	local p n
	for p in "${traffic[@]}"; do
		kill -KILL "$p" 2>/dev/null
	done
	wait 2>/dev/null
	for n in 0 1; do
		attr "$n" del_dc "$dc" 2>/dev/null
		address "$n" "10.10.0.$((2 - n))"
		ip -n "n$n" link del wg0 2>/dev/null
	done
	rm -rf "$tmp"
}
trap finish EXIT

# address NODE ADDRESS: where it finds the other one.
address() {
	attr "$1" "peers/$((1 - $1))/enabled" 0
	attr "$1" "peers/$((1 - $1))/address" "$2"
	attr "$1" "peers/$((1 - $1))/enabled" 1
}

state_is() { [[ $(attr 0 peers/1/state) == "$1" && $(attr 1 peers/0/state) == "$1" ]]; }

# tunnel NODE: its end, but for the key of the other.
tunnel() {
	local n=$1
	umask 077
	wg genkey >"$tmp/key$n"
	wg pubkey <"$tmp/key$n" >"$tmp/pub$n"
	ip -n "n$n" link add wg0 type wireguard &&
		ip netns exec "n$n" wg set wg0 listen-port 51820 \
			private-key "$tmp/key$n" &&
		ip -n "n$n" addr add "10.99.0.$((n + 1))/24" dev wg0 &&
		ip -n "n$n" link set wg0 up
}

# trust NODE KEY: let whoever has that key be the other one.
trust() {
	ip netns exec "n$1" wg set wg0 peer "$2" allowed-ips "10.99.0.$((2 - $1))/32" \
		endpoint "10.10.0.$((2 - $1)):51820"
}

# wg_bytes NODE: received and sent by its tunnel.
wg_bytes() { ip netns exec "n$1" wg show wg0 transfer | awk '{ print $2 + $3 }'; }

# some_calls NUMBER: the client has had more answers; the first calls may be made
# before the server is there.
some_calls() {
	local good=0
	read -r good _ <"$tmp/count"
	(( good > $1 ))
} 2>/dev/null

# run_traffic BYTES CALLS: so many calls with copies of that size each way.
run_traffic() {
	local status=0
	rm -f "$tmp/count"
	TRAFFIC_LEN=$1 ip netns exec n1 "$here/lib/traffic" server "$dc" 10 &
	traffic+=($!)
	TRAFFIC_LEN=$1 ip netns exec n0 "$here/lib/traffic" client "$dc" 20 10 "$tmp/count" &
	traffic+=($!)
	within 60 some_calls "$2" || status=1
	kill "${traffic[@]}" 2>/dev/null
	wait "${traffic[@]}" 2>/dev/null
	traffic=()
	return $status
}

"$here/cluster.sh" up || exit 1
modprobe wireguard || exit 1

check "a tunnel on either node" eval 'tunnel 0 && tunnel 1'
trust 0 "$(<"$tmp/pub1")"
wrong=$(wg genkey | wg pubkey)
trust 1 "$wrong"
address 0 10.99.0.2
address 1 10.99.0.1
check "with a wrong key the nodes do not meet" not within 8 state_is up
ip netns exec n1 wg set wg0 peer "$wrong" remove
trust 1 "$(<"$tmp/pub0")"
check "with the right keys they do" within 30 state_is up

for n in 0 1; do
	attr $n new_dc $dc
	attr $n dcs/$dc/add_node $((1 - n))
done
before=$(wg_bytes 0)
check "calls with copies of 50,000 bytes" run_traffic 50000 20
check "calls with copies of 1 MiB" run_traffic 1048576 5
check "all of it went through the tunnel" \
	test $(( $(wg_bytes 0) - before )) -gt $(( 20 * 2 * 50000 + 5 * 2 * 1048576 ))
check "no connection beside the tunnel" \
	not grep -q "10\.10\.0\.[12]:3000" <(ip netns exec n0 ss -Htn state established \
		'( dport = :3000 or sport = :3000 )' | grep -v "10\.10\.0\.3")

tap_end
