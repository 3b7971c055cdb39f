# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Two nodes in one kernel, as a user would set them up: network namespaces n0
# and n1 with a veth pair, and the DVS configured through sysfs.  To be read by
# another script, which calls cluster_up and, whatever happens, cluster_down.
#
# Sets: MODULES, the directory with this kernel's modules.  Every command that
# changes something goes through run(), which shows it.

# "user" lets a program, dvk-proxy, carry the frames in place of a module.
TRANSPORT=${TRANSPORT:-tcp}
proxies=()
ADDRESS=(10.10.0.1 10.10.0.2)
DVK=/sys/class/dvk/dvk0
QUIET=${QUIET:-}
# Attributes set before the node's number, as "nr_dcs=1000 ...".
LIMITS=${LIMITS:-}

say() {
	[[ $QUIET ]] || echo "$*"
}

die() {
	echo "$0: $*" >&2
	exit 1
}

# A command line that can be pasted into a shell.
shown() {
	local word out=
	for word in "$@"; do
		case $word in
		*[\ \>\|\;]*) out+=" '$word'" ;;
		*) out+=" $word" ;;
		esac
	done
	echo "${out# }"
}

run() {
	say "  # $(shown "$@")"
	"$@" || die "failed: $(shown "$@")"
}

# on NODE COMMAND...: in that node's namespace.  ip netns exec mounts a /sys of
# its own, so every node finds itself at the same path.
on() {
	local node=n$1
	shift
	ip netns exec "$node" "$@"
}

# set_attr NODE FILE VALUE: below the node's dvk0.
set_attr() {
	run ip netns exec "n$1" sh -c "echo $3 > $DVK/$2"
}

get_attr() {
	on "$1" cat "$DVK/$2" 2>/dev/null
}

module_file() {
	local file
	file=$(find "$MODULES" -name "$1.ko" -print -quit 2>/dev/null)
	[[ $file ]] || die "no $1.ko below $MODULES: run make first"
	echo "$file"
}

load_modules() {
	local m file
	say "The modules:"
	for m in dvk "kproxy_$TRANSPORT"; do
		[[ $m == kproxy_user ]] && continue
		file=$(module_file "$m") || exit 1
		run insmod "$file"
	done
}

make_namespaces() {
	local i
	say "Two nodes, that is, two network namespaces with a cable between them:"
	for i in 0 1; do
		run ip netns add "n$i"
		run ip -n "n$i" link set lo up
	done
	run ip link add eth0 netns n0 type veth peer name eth0 netns n1
	for i in 0 1; do
		run ip -n "n$i" address add "${ADDRESS[i]}/24" dev eth0
		run ip -n "n$i" link set eth0 up
	done
}

enable_tipc() {
	local i
	say "TIPC on that cable; it finds the other node by itself:"
	run modprobe tipc
	for i in 0 1; do
		run ip netns exec "n$i" tipc bearer enable media eth device eth0
	done
}

# PROXY_DIR is where the programs are.
start_proxies() {
	local i command peer
	for i in 0 1; do
		peer=$((1 - i))
		command=(dvk-proxy-tcp "$peer=${ADDRESS[peer]}")
		[[ $TRANSPORT == tipc ]] && command=(dvk-proxy-tipc "$peer")
		say "  # $(shown ip netns exec "n$i" "${command[@]}") &"
		ip netns exec "n$i" "$PROXY_DIR/${command[0]}" "${command[@]:1}" \
			2>/dev/null &
		proxies+=($!)
	done
}

stop_proxies() {
	(( ${#proxies[@]} )) || return 0
	kill "${proxies[@]}" 2>/dev/null
	wait "${proxies[@]}" 2>/dev/null
	proxies=()
}

# From kernel proxies to programs, in a cluster that is up.
change_to_programs() {
	local i
	say "The same nodes with proxies in user space:"
	for i in 0 1; do
		set_attr $i del_peer $((1 - i))
	done
	start_proxies
	wait_up
	join_dc
}

# And back.  The programs take what they have made along.
change_to_modules() {
	local i
	say "The same nodes with the kernel's proxies again:"
	stop_proxies
	for i in 0 1; do
		add_peer $i
	done
	wait_up
	join_dc
}

join_dc() {
	local i
	for i in 0 1; do
		set_attr $i dcs/0/add_node $((1 - i))
	done
}

# add_peer NODE: the other one.
add_peer() {
	local peer=$((1 - $1))
	set_attr "$1" new_peer $peer
	set_attr "$1" peers/$peer/transport "$TRANSPORT"
	[[ $TRANSPORT == tipc ]] ||
		set_attr "$1" peers/$peer/address "${ADDRESS[peer]}"
	set_attr "$1" peers/$peer/key the-key-of-the-benchmarks
	set_attr "$1" peers/$peer/trust 1
	set_attr "$1" peers/$peer/enabled 1
}

configure_dvs() {
	local i limit
	say "Each node's number, its peer and how to reach it:"
	for i in 0 1; do
		for limit in $LIMITS; do
			set_attr $i "${limit%=*}" "${limit#*=}"
		done
		set_attr $i nodeid $i
		[[ $TRANSPORT == user ]] || add_peer $i
	done
	[[ $TRANSPORT == user ]] && start_proxies
	wait_up
	say "A distributed container, DC 0, that spans both nodes:"
	for i in 0 1; do
		set_attr $i new_dc 0
	done
	join_dc
}

wait_up() {
	local tries i states
	say "  ... until each node says that its peer is up:"
	for ((tries = 0; tries < 200; tries++)); do
		states=
		for i in 0 1; do
			states+="$(get_attr $i peers/$((1 - i))/state) "
		done
		if [[ $states == 'up up ' ]]; then
			for i in 0 1; do
				say "  # $(shown ip netns exec n$i cat \
					$DVK/peers/$((1 - i))/state)"
				say "  up"
			done
			return
		fi
		sleep 0.1
	done
	die "the nodes have not connected after 20 s: peer states $states"
}

# All that a user would have without the DVS.
make_network() {
	make_namespaces
	[[ $TRANSPORT != tipc ]] || enable_tipc
}

cluster_up() {
	make_network
	load_modules
	configure_dvs
}

# Removes everything, in whatever state it is.  Returns 1 if a module does not
# go, which means that something still holds it.
cluster_down() {
	local m i status=0
	stop_proxies
	for m in "kproxy_$TRANSPORT" dvk; do
		[[ -d /sys/module/$m ]] || continue
		rmmod "$m" || {
			echo "$0: $m cannot be removed" >&2
			status=1
		}
	done
	for i in 0 1; do
		[[ -e /run/netns/n$i ]] && ip netns del "n$i"
	done
	return $status
}
