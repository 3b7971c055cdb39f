#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Three nodes in one kernel: network namespaces n0, n1, n2 on a bridge, with
# addresses 10.10.0.1 to .3 and DVS node ids 0 to 2, every pair of them peers
# over the transport that DVK_TRANSPORT names (tcp or tipc; tcp without it).
#
#   cluster.sh up       build what is missing and wait till all peers are up
#   cluster.sh down     remove everything
#   cluster.sh modules  load the modules, no more
#   cluster.sh rediscover NODE  make TIPC find the way to a node anew
#
# DVK_TEST_PROXIES=user lets dvk-proxy, in user space, carry the frames of all
# nodes; "mixed" those of node 1 only, so that both kinds meet, and either dials.
# "udp" and "eth" are other ways for all nodes, "original" that of the original
# proxies. "packed" is for two nodes that gather messages and pack payload,
# beside one with kernel proxies that do not.
#
# "up" on a cluster that is up changes nothing. Each namespace's own view of
# sysfs is mounted at /run/dvk-test/nX, so that a test can look at any node
# without moving there.

set -u

# The configuration that tests and other scripts rely on.
nodes="0 1 2"
net=10.10.0
bridge=dvkbr
view=/run/dvk-test
key=the-key-of-the-test-cluster
keepalive=$((${DVK_KEEPALIVE_MS:-5000} * ${DVK_TEST_SLOW:-1}))
transport=${DVK_TRANSPORT:-tcp}
by_programs=''
way=(--transport "$transport")
case ${DVK_TEST_PROXIES:-} in
user) by_programs=$nodes ;;
mixed) by_programs=1 ;;
udp) by_programs=$nodes; way=(--transport udp) ;;
eth) by_programs=$nodes; way=(--transport eth --device eth0) ;;
original) by_programs=$nodes; way+=(--original) ;;
packed) by_programs="0 1"; way+=(--batch --compress) ;;
esac

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

fail() {
	echo "# cluster: $*" >&2
	exit 1
}

# attr NODE NAME [VALUE]: read or write an attribute of a node.
attr() {
	local f=$view/n$1/class/dvk/dvk0/$2
	if (( $# > 2 )); then
		echo "$3" >"$f"
	else
		cat "$f"
	fi
}

# module_file FILE: where this build has it.
module_file() {
	echo "${DVK_MODULES:-$here/../modules/$(uname -r)}/$1"
}

# module NAME FILE: a module of this build, or an installed one.
module() {
	local file
	file=$(module_file "$2")
	[[ -d /sys/module/$1 ]] && return
	if [[ -e $file ]]; then
		insmod "$file" || fail "cannot load $file"
	else
		modprobe "$1" || fail "no $file, and modprobe $1 failed"
	fi
}

load_modules() {
	# Only modprobe of our module would bring it along.
	[[ $transport != tipc ]] || modprobe tipc || fail "no module tipc"
	module dvk dvk-core/dvk.ko
	module "kproxy_$transport" "kproxy-$transport/kproxy_$transport.ko"
}

# tipc_on DEVICE: TIPC in the namespace of the caller.  TCP needs no such thing.
tipc_on() {
	[[ $transport == tipc ]] || return 0
	tipc bearer enable media eth device "$1"
}

# in_namespace NAME FUNCTION ARGUMENT...: one of the functions of this file.
in_namespace() {
	local ns=$1
	shift
	# shellcheck disable=SC2016 # the other shell expands them
	nsenter --net="/run/netns/$ns" \
		"$BASH" -c '. "$1"; shift; "$@"' "$BASH" "${BASH_SOURCE[0]}" "$@"
}

# add_namespace NAME ADDRESS: on the bridge
add_namespace() {
	ip netns add "$1" &&
		ip -n "$1" link set lo up &&
		ip link add "veth-$1" type veth peer name eth0 netns "$1" &&
		ip link set "veth-$1" master $bridge up &&
		ip -n "$1" addr add "$2/24" dev eth0 &&
		ip -n "$1" link set eth0 up &&
		in_namespace "$1" tipc_on eth0
}

# add_node ID ADDRESS: a namespace on the bridge, with a DVS in it.
add_node() {
	local ns=n$1
	if [[ ! -e /run/netns/$ns ]]; then
		add_namespace "$ns" "$2" || fail "cannot make namespace $ns"
	fi
	if [[ ! -e $view/$ns/class ]]; then
		mkdir -p "$view/$ns"
		nsenter --net="/run/netns/$ns" \
			mount -t sysfs sysfs "$view/$ns" ||
			fail "cannot mount the sysfs of $ns"
	fi
	[[ $(attr "$1" nodeid) == "$1" ]] && return
	attr "$1" keepalive_ms "$keepalive" || fail "no keep-alive on node $1"
	attr "$1" nodeid "$1" || fail "cannot start node $1"
}

# add_peer NODE PEER ADDRESS
add_peer() {
	[[ -e $view/n$1/class/dvk/dvk0/peers/$2 ]] || attr "$1" new_peer "$2" ||
		fail "cannot add peer $2 to node $1"
	[[ $(attr "$1" "peers/$2/enabled") == 1 ]] && return
	local set=(name "node$2" transport "$transport") i
	[[ $transport == tcp ]] && set+=(address "$3")
	# Programs have no keys, and call from any port.
	if is_by_programs "$2"; then
		set+=(insecure 2 trust 1)
	else
		set+=(key "$key" trust 1)
	fi
	set+=(enabled 1)
	for ((i = 0; i < ${#set[@]}; i += 2)); do
		attr "$1" "peers/$2/${set[i]}" "${set[i + 1]}" ||
			fail "cannot set ${set[i]} of peer $2 on node $1"
	done
}

# Whether programs carry the frames of a node.
is_by_programs() {
	[[ " $by_programs " == *" $1 "* ]]
}

stop_proxy() {
	local pid i
	pid=$(cat "$view/proxy-$1" 2>/dev/null) || return 0
	rm -f "$view/proxy-$1"
	kill "$pid" 2>/dev/null
	for ((i = 0; i < 100; i++)); do
		kill -0 "$pid" 2>/dev/null || return 0
		sleep 0.05
	done
	kill -9 "$pid"
}

# peer_of_proxy NODE: as its program is told where that is.
peer_of_proxy() {
	case ${way[1]} in
	tipc) echo "$1" ;;
	eth) echo "$1=$(ip netns exec "n$1" cat /sys/class/net/eth0/address)" ;;
	*) echo "$1=$net.$(($1 + 1))" ;;
	esac
}

# start_proxy NODE: anew, for a former one may know a former node.
start_proxy() {
	local b i
	stop_proxy "$1"
	# By a configuration, with the options where options are.
	for b in $nodes; do
		[[ $1 == "$b" ]] || echo "peer $(peer_of_proxy "$b")"
	done >"$view/proxy-$1.conf"
	# Not of the caller's session, which ends when it does.
	setsid nsenter --net="/run/netns/n$1" "$here/../userlib/dvk-proxy" \
		--keepalive $((4000 * ${DVK_TEST_SLOW:-1})) "${way[@]}" \
		--config "$view/proxy-$1.conf" >"$view/proxy-$1.log" 2>&1 \
		</dev/null &
	echo $! >"$view/proxy-$1"
	for ((i = 0; i < 100; i++)); do
		if has_pairs "$1"; then
			for b in $nodes; do
				[[ $1 == "$b" ]] || attr "$1" "peers/$b/trust" 1
			done
			return
		fi
		sleep 0.05
	done
	cat "$view/proxy-$1.log" >&2
	fail "the proxies of node $1 do not start"
}

# Whether a node's program serves every other node.
has_pairs() {
	local b pid
	pid=$(cat "$view/proxy-$1" 2>/dev/null) || return 1
	kill -0 "$pid" 2>/dev/null || return 1
	for b in $nodes; do
		[[ $1 == "$b" ]] && continue
		[[ $(attr "$1" "peers/$b/transport" 2>/dev/null) == user &&
			$(attr "$1" "peers/$b/enabled") == 1 ]] || return 1
	done
}

# The nodes that are called first: see all_up() in cluster.c.
all_up() {
	local a b called_first=''
	for a in $nodes; do
		called_first="$a $called_first"
	done
	for a in $called_first; do
		for b in $nodes; do
			[[ $a == "$b" ||
				$(attr "$a" "peers/$b/state" 2>/dev/null) == up ]] ||
				return 1
		done
	done
}

up() {
	local a b i
	load_modules
	if [[ ! -e /sys/class/net/$bridge ]]; then
		ip link add $bridge type bridge || fail "cannot make a bridge"
		ip link set $bridge up
	fi
	for a in $nodes; do
		add_node "$a" "$net.$((a + 1))"
	done
	for a in $by_programs; do
		has_pairs "$a" || start_proxy "$a"
	done
	for a in $nodes; do
		is_by_programs "$a" && continue
		for b in $nodes; do
			[[ $a == "$b" ]] || add_peer "$a" "$b" "$net.$((b + 1))"
		done
	done
	for ((i = 0; i < 300; i++)); do
		all_up && return
		sleep 0.1
	done
	grep . $view/n*/class/dvk/dvk0/peers/*/state |
		sed "s|^$view|# cluster: |" >&2
	fail "the peers do not connect"
}

# drop_node ID: the namespace and what belongs to it, in any state.
drop_node() {
	stop_proxy "$1"
	umount "$view/n$1" 2>/dev/null
	[[ -e /run/netns/n$1 ]] && ip netns del "n$1"
	[[ -e /sys/class/net/veth-n$1 ]] && ip link del "veth-n$1" 2>/dev/null
	return 0
}

# links_up_to NAME: TIPC on any node holds links to the one of that name.
links_up_to() {
	local b
	for b in $nodes; do
		! ip netns exec "n$b" tipc link list | grep -q "$1.*: up" ||
			return 0
	done
	return 1
}

# After an interruption TIPC carries frames over the wire till it hears from
# the other node's discovery, up to a minute later, that both are in one
# kernel. That loses a message or two, and so a connection: let it happen now.
rediscover() {
	local name
	[[ $transport == tipc ]] || return 0
	name=$(ip netns exec "n$1" tipc link list |
		sed -n 's/^\([0-9a-f]*\):eth0-.*/\1/p' | head -n 1)
	ip netns exec "n$1" tipc bearer disable media eth device eth0
	for _ in $(seq 200); do
		if [[ -z $name ]] || ! links_up_to "$name"; then
			break
		fi
		sleep 0.05
	done
	in_namespace "n$1" tipc_on eth0
}

down() {
	local a
	for a in $nodes; do
		drop_node "$a"
	done
	[[ -e /sys/class/net/$bridge ]] && ip link del $bridge
	return 0
}

# Other scripts read this file for its functions.
[[ ${BASH_SOURCE[0]} == "$0" ]] || return 0

case ${1:-} in
up | down) "$1" ;;
rediscover) rediscover "$2" ;;
modules) load_modules ;;
*)
	echo "usage: cluster.sh up|down|modules|rediscover NODE" >&2
	exit 2
	;;
esac
