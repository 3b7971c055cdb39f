#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A host that has DVK is node 0, and a Linux that is a program there (scripts/uml)
# is node 1, over a tap device: the sequence in which two nodes are started, and
# the demonstration pair each way. The host is a virtual machine of QEMU.
#
# On the host of both without arguments; "uml-node.sh host" and "guest" are what
# it runs in them.
#
# test-bench: qemu the host has to be a machine of its own

set -u

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
top=$(cd "$here/../.." && pwd)
tests=${DVK_TESTS:-$top/build/tests}
dc=0
first=10	# server on the guest
second=20	# server on the host

# From here on $here is the place of that file.
# shellcheck source=tests/lib/cluster.sh
. "$tests/cluster.sh"
# shellcheck source=tests/lib/tap.sh
. "$top/tests/lib/tap.sh"
export LD_LIBRARY_PATH=$top/build/userlib
dvk=$top/build/userlib/dvk
examples=$top/build/userlib/examples
alphabet=ABCDEFGHIJKLMNOPQRSTUVWXY
share=/mnt/share

# step NAME COMMAND...: a check that shows what failed.
step() {
	local name=$1
	shift
	"$@" >"$share/step.$id" 2>&1
	check "$name" test $? = 0
	(( tap_bad == 0 )) || sed 's/^/# /' "$share/step.$id"
}

# start ID: this machine as that node.
start() {
	id=$1
	peer=$((1 - id))
	step "node $id: modules" load_modules
	step "node $id: dvs_init" "$dvk" node init --name umlnode "$id"
	step "node $id: dc_init" "$dvk" dc add "$dc"
	echo the-key-of-this-test-alone >"$share/key.$id"
	step "node $id: proxies" "$dvk" peer add "$peer" tcp \
		"10.9.0.$((peer + 1))" --key-file "$share/key.$id"
	step "node $id: connected" within 120 is_connected
	step "node $id: add_node" "$dvk" dc join "$dc" "$peer"
	step "node $id: both are ready" meet start
}
is_connected() { [[ $(cat "/sys/class/dvk/dvk0/peers/$peer/state") == up ]]; }

# meet NAME: both nodes have got so far.
meet() {
	touch "$share/$1.$id"
	within 200 test -e "$share/$1.$peer"
}

# known EP: this node learns that the other one has it.
known() { "$dvk" rmtbind --dc "$dc" --ep "$1" --node "$peer" --name "remote$1"; }
is_bound() { grep -q "copy_server" /proc/dvs/DC$dc/procs; }

# serves SERVER: here, for the client SERVER + 1 there.
serves() {
	local ep=$1 server
	step "node $id: rmtbind $((ep + 1))" known $((ep + 1))
	timeout 300 "$examples/copy_server" "$dc" "$ep" >"$share/server.$ep" 2>&1 &
	server=$!
	step "node $id: the server is bound" within 60 is_bound
	step "node $id: the other one knows" meet "bound.$ep"
	wait $server
	check "node $id: the server ends well" test $? = 0
	step "node $id: it has served" meet "served.$ep"
}

# asks SERVER: there.
asks() {
	local ep=$1
	step "node $id: the server is there" meet "bound.$ep"
	step "node $id: rmtbind $ep" known "$ep"
	timeout 300 "$examples/copy_client" "$dc" "$ep" $((ep + 1)) \
		>"$share/client.$ep" 2>&1
	check "node $id: the client ends well" test $? = 0
	check "node $id: its buffer is the server's" \
		grep -q "$alphabet" "$share/client.$ep"
	step "node $id: it was served" meet "served.$ep"
	(( tap_bad == 0 )) || sed 's/^/# /' "$share/client.$ep"
}

case ${1:-} in
guest)
	[[ -e /run/dvk-vm ]] || exit 2
	ip addr add 10.9.0.2/24 dev eth0
	ip link set eth0 up
	start 1
	serves $first
	asks $second
	tap_end >/dev/null
	exit
	;;
host)
	[[ -e /run/dvk-vm ]] || exit 2
	modprobe tun
	ip tuntap add dvktap mode tap
	ip addr add 10.9.0.1/24 dev dvktap
	ip link set dvktap up
	"$top/scripts/uml" --kernel-dir "$2" --quiet --mem 256 --timeout 900 \
		--link tap=dvktap --share "$share" -- "$0" guest \
		>"$share/guest" 2>&1 &
	guest=$!
	start 0
	asks $first
	serves $second
	wait $guest
	check "the guest's own checks" test $? = 0
	(( tap_bad )) && sed 's/^/# guest: /' "$share/guest"
	tap_end
	exit
	;;
esac

# --- on the host of both --------------------------------------------------

if ! uml=$("$top/scripts/uml-kernel" --made); then
	tap_skip="make uml has not been run"
elif [[ ! -e $top/build/modules/$(basename "$uml"/lib/modules/*)/dvk-core/dvk.ko ]]; then
	tap_skip="make uml has not been run here"
fi
if [[ ${tap_skip:-} ]]; then
	echo "1..0 # SKIP $tap_skip"
	exit 4
fi
read -ra kernel <<<"${DVK_KERNEL_ARGS:---kernel 6.1}"
exec "$top/scripts/vm" "${kernel[@]}" --quiet --cpus 1 --mem 2048 --timeout 900 \
	-- "$top/tests/scenario/uml-node.sh" host "$uml"
