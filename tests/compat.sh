#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Programs as authors of the earlier system wrote them (compat/), on one node
# and on two, with the options they had and the output they print.
#
# test-timeout: 600

set -u

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/lib/tap.sh
. "$here/tap.sh"
# shellcheck source=tests/lib/cluster.sh
. "$here/cluster.sh"

out=$(mktemp -d)
finish() {
	local n
	for n in 0 1; do
		attr $n del_dc 0 2>/dev/null
	done
	rm -rf "$out"
}
trap finish EXIT

on() {
	local node=$1 program=$2
	shift 2
	timeout 120 ip netns exec "n$node" "$here/compat/$program" "$@"
}

# prints FILE REGEX...: each is a line of the output, in this order.
prints() {
	local file=$1 lines at=0 next
	shift
	mapfile -t lines <"$out/$file"
	local regex
	for regex; do
		for ((next = at; next < ${#lines[@]}; next++)); do
			[[ ${lines[next]} =~ ^$regex$ ]] && break
		done
		if (( next == ${#lines[@]} )); then
			echo "# no line: $regex"
			sed 's/^/# /' "$out/$file"
			return 1
		fi
		at=$((next + 1))
	done
}

# runs NODE PROGRAM ARGUMENT...: ends well; its output is kept.
runs() {
	on "$@" >"$out/$2" 2>&1 || {
		sed 's/^/# /' "$out/$2"
		return 1
	}
}

# One server and one client, each on its node.
pair() {
	local svr_node=$1 clt_node=$2 server=$3 client=$4 status
	shift 4
	on "$svr_node" "$server" 0 10 "$@" >"$out/$server" 2>&1 &
	on "$clt_node" "$client" 0 10 "${@:-11}" >"$out/$client" 2>&1
	status=$?
	wait $! || status=1
	(( status == 0 )) || sed 's/^/# /' "$out/$server" "$out/$client"
	return $status
}

make_dc() {
	local n
	for n in 0 1; do
		attr $n new_dc 0 || return
	done
	attr 0 dcs/0/add_node 1 && attr 1 dcs/0/add_node 0
}

check "the cluster is up" up
check "DC 0 is on two nodes" make_dc

# --- one node -------------------------------------------------------------

rate='Throughput = [0-9]+ \[msg/s\]'
for program in ipc1 ipc2 ipc3 ipc4; do
	check "$program" runs 0 $program 300
	check "$program prints its figures" prints $program 'loops = 300' \
		'Time for a pair = [0-9.]+\[ms\]' "$rate"
done
check "copy1, one byte" runs 0 copy1 5 1
check "copy1, the most bytes" runs 0 copy1 5 1048576
check "copy1 prints its figures" prints copy1 'loops = 5 bufsize = 1048576' \
	'Throughput = [0-9]+ \[bytes/s\]'
for program in sr_mpeer rr_mpeer; do
	check "$program, four pairs" runs 0 $program 8 100
	check "$program prints its figures" prints $program \
		'peers = 8 loops = 100' "$rate"
done

check "the demonstration pair on one node" pair 0 0 copy_server copy_client
demo_dvs='d_nr_dcs=32 d_nr_nodes=32 d_nr_procs=221 d_nr_tasks=35 d_nr_sysprocs=64'
demo_dc='dc_dcid=0 dc_nr_procs=221 dc_nr_tasks=35 dc_nr_sysprocs=64 dc_nr_nodes=32'
check "its server's output" prints copy_server "$demo_dvs" "$demo_dc" \
	'flags=0 dc_nodes=3 dc_pid=[0-9]+ dc_name=DC0' \
	'nr=10 endp=10 dcid=0 flags=0 misc=20 lpid=[0-9]+ vpid=[0-9]+ nodeid=0 name=copy_server' \
	'SERVER request source=11 type=1 m1i1=1024 m1i2=.*' \
	'SERVER buffer \[abcdefghijklmnopqrstuvwxy\]'
check "its client's output" prints copy_client "$demo_dvs" \
	'd_max_copybuf=65536 d_max_copylen=1048576' "$demo_dc" \
	'nr=11 endp=11 .* nodeid=0 name=copy_client' \
	'CLIENT reply source=10 type=0 m1i1=1024 .*' \
	'CLIENT buffer \[ABCDEFGHIJKLMNOPQRSTUVWXY\]' \
	'nr=11 endp=11 lclsent=1 rmtsent=0 .*'

check "t_dvs" runs 0 t_dvs 0 1 7
check "t_dvs prints what it was told" prints t_dvs \
	"name=[A-Za-z0-9]+ $demo_dvs" 'd_max_copybuf=65536 d_max_copylen=1048576' \
	'n_nodeid=0 n_proxies=-1 n_flags=6 .*' 'n_nodeid=1 n_proxies=[0-9]+ n_flags=E .*' \
	'dc_dcid=7 dc_nr_procs=221 dc_nr_tasks=34 dc_nr_sysprocs=64 dc_nr_nodes=32' \
	'flags=0 dc_nodes=3 dc_pid=[0-9]+ dc_name=OLD'
check "t_bind" runs 0 t_bind 0 1
check "t_bind prints every kind of endpoint" prints t_bind \
	'local   nr=20 endp=20 dcid=0 flags=0 .* nodeid=0 name=t_bind' \
	'child   nr=21 endp=21 flags=8 .* getfrom=31438 sendto=27342 .*' \
	'remote  nr=22 endp=22 dcid=0 flags=1000 misc=.* lpid=-1 .* nodeid=1 name=faraway' \
	'replica nr=21 .*' 'backup  nr=21 endp=21 dcid=0 flags=1... .* nodeid=1 .*'
check "t_wait" runs 0 t_wait 0
check "t_notify" runs 0 t_notify 0
check "t_notify prints notifications" prints t_notify \
	'source=41 type=[0-9]+ m9i1=.*' 'source=-1 type=-?[0-9]+ m9i1=.*'
check "t_copy" runs 0 t_copy 0
check "t_relay" runs 0 t_relay 0
check "t_relay prints what it was told" prints t_relay \
	'worker nr=81 endp=81 .* misc=4.. .*' 'allowed=[0-9A-F]+' '20 requests relayed'

# --- two nodes ------------------------------------------------------------

check "the demonstration pair on two nodes" pair 1 0 copy_server copy_client
check "its server's output" prints copy_server \
	'nr=10 .* nodeid=1 name=copy_server' \
	'SERVER request source=11 type=1 m1i1=1024 .*' \
	'SERVER buffer \[abcdefghijklmnopqrstuvwxy\]'
check "its client's output" prints copy_client \
	'nr=11 .* nodeid=0 name=copy_client' \
	'CLIENT buffer \[ABCDEFGHIJKLMNOPQRSTUVWXY\]' \
	'nr=11 endp=11 lclsent=0 rmtsent=1 .*'
check "the loops on two nodes" pair 1 0 loop_server loop_client 11 200
check "their figures" prints loop_client 'sendrec loops = 200 [0-9]+ \[msg/s\]' \
	'notify loops = 200 [0-9]+ \[msg/s\]' 'copy size = 512 .*' \
	'copy size = 65536 .*' 'copy size = 1048576 .*'
check "the other way round" pair 0 1 loop_server loop_client 11 50
tap_end
