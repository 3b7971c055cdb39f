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
px_pids=()
finish() {
	local n
	proxies_end
	for n in 0 1 2; do
		attr $n del_dc 0 2>/dev/null
		attr $n del_peer 5 2>/dev/null
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

# --- results, as the last generation tests them -----------------------------

check "u_results" runs 0 u_results 8 0
check "u_results prints by the old names" prints u_results \
	'd_name=[A-Za-z0-9]+ d_nr_dcs=32 .*' 'dc_dcid=8 dc_warn2proc=27342 dc_warnmsg=0' \
	'n_nodeid=0 n_stimestamp=.*' 'priv_id=65 priv_warn=27342 priv_level=0' \
	'NOTIFY source=-35 type=-?[0-9]+ .*'

head -c 1000000 /dev/urandom >"$out/file"
file_transfer() {
	local status
	on "$1" u_ftp 0 10 svr >"$out/u_ftp.svr" 2>&1 &
	on "$2" u_ftp 0 10 11 "$out/file" "$out/copy" >"$out/u_ftp" 2>&1
	status=$?
	wait $! && (( status == 0 )) && cmp "$out/file" "$out/copy" && return
	sed 's/^/# /' "$out/u_ftp.svr" "$out/u_ftp"
	return 1
}
check "a file transfer on one node" file_transfer 0 0
check "a file transfer between nodes" file_transfer 1 0

migration() {
	local status
	on 1 u_migrate 0 12 svr >"$out/u_migrate.svr" 2>&1 &
	on 0 u_migrate 0 12 0 >"$out/u_migrate" 2>&1
	status=$?
	wait $! && (( status == 0 )) && return
	sed 's/^/# /' "$out"/u_migrate*
	return 1
}
check "a migration to the caller" migration

# --- proxies that use the header as they like -------------------------------

far=5

proxy_up() {
	local node=$1 program=$2
	shift 2
	ip netns exec "n$node" "$here/compat/$program" "$@" \
		>"$out/$program.$node" 2>&1 &
	px_pids+=($!)
}

proxies_end() {
	local n
	(( ${#px_pids[@]} )) || return 0
	kill "${px_pids[@]}" 2>/dev/null
	wait "${px_pids[@]}" 2>/dev/null
	px_pids=()
	return 0
}

peer_is_up() {
	[[ $(attr "$1" "peers/$2/state" 2>/dev/null) == up ]]
}

pair_ended() {
	[[ $(attr "$1" "peers/$2/state" 2>/dev/null) != up ]]
}

# by_kernel NODE PEER 0|1: whose proxies lead there.
by_kernel() {
	attr "$1" "peers/$2/enabled" 0 &&
		if (( $3 )); then
			attr "$1" "peers/$2/transport" tcp &&
				attr "$1" "peers/$2/address" "$net.$(($2 + 1))" &&
				attr "$1" "peers/$2/enabled" 1
		else
			attr "$1" "peers/$2/transport" user
		fi
}

proxies_between() {
	by_kernel 0 1 0 && by_kernel 1 0 0 || return
	proxy_up 0 "$1" 1 $net.2
	proxy_up 1 "$1" 0 $net.1
	within 20 peer_is_up 0 1 && within 20 peer_is_up 1 0 && return
	sed 's/^/# /' "$out/$1".*
	return 1
}

proxies_gone() {
	proxies_end
	within 10 pair_ended 0 1 && within 10 pair_ended 1 0
}

burst() {
	local status
	on 1 t_burst 0 10 svr 400 >"$out/t_burst.svr" 2>&1 &
	on 0 t_burst 0 10 clt 8 50 >"$out/t_burst" 2>&1
	status=$?
	wait $! && (( status == 0 )) && return
	sed 's/^/# /' "$out/t_burst.svr" "$out/t_burst" "$out"/px_*
	return 1
}

for program in px_number px_batch px_lz4; do
	check "$program connects the nodes" proxies_between $program
	check "$program: the demonstration pair" pair 1 0 copy_server copy_client
	check "$program: its client's output" prints copy_client \
		'CLIENT buffer \[ABCDEFGHIJKLMNOPQRSTUVWXY\]'
	check "$program: the loops" pair 1 0 loop_server loop_client 11 30
	check "$program: many clients" burst
	check "$program: a file" file_transfer 0 1
	case $program in
	px_number) check "it is told of a process" prints px_number.1 'd_name=.*' \
		'PROCINFO nr=1[01] endp=1[01] .* nodeid=0 name=.*' \
		'PROCINFO c_batch_nr=[0-9]+ c_flags=0x1234 .*' ;;
	px_batch) check "it has batched" prints px_batch.0 'd_name=.*' 'BATCH of .*' ;;
	px_lz4) check "it has compressed" prints px_lz4.1 'd_name=.*' 'LZ4 .*' ;;
	esac
	check "$program ends" proxies_gone
done
by_kernel 0 1 1 && by_kernel 1 0 1
check "kernel proxies lead there again" within 20 peer_is_up 0 1

# The client on node 0 and servers on nodes 1 and 2 know only node 5, the box.
middle_up() {
	local n
	attr 2 new_dc 0 || return
	ip netns exec n1 "$here/compat/px_middle" "$far" 0 $net.1 10 11 \
		1 $net.2 20 2 $net.3 21 >"$out/px_middle" 2>&1 &
	px_pids+=($!)
	for n in 0 1 2; do
		proxy_up $n px_lz4 "$far" $net.2
	done
	for n in 0 1 2; do
		within 20 peer_is_up $n "$far" && attr $n dcs/0/add_node "$far" &&
			continue
		sed 's/^/# /' "$out"/px_*
		return 1
	done
}

# bound NODE ENDPOINT: it is, by a process there.
bound() {
	# shellcheck disable=SC2016 # they are those of awk
	ip netns exec "n$1" awk -v ep="$2" '$2 == ep && $4 !~ /^-1/ { found = 1 }
		END { exit !found }' /proc/dvs/DC0/procs
}

middle_call() {
	local status pids=() p
	on 1 copy_server 0 20 >"$out/copy_server.1" 2>&1 & pids+=($!)
	on 2 copy_server 0 21 >"$out/copy_server.2" 2>&1 & pids+=($!)
	within 20 bound 1 20 && within 20 bound 2 21
	on 0 copy_client 0 10 11 >"$out/copy_client.a" 2>&1 &&
		on 0 copy_client 0 10 11 >"$out/copy_client" 2>&1
	status=$?
	for p in "${pids[@]}"; do
		wait "$p" || status=1
	done
	(( status == 0 )) || sed 's/^/# /' "$out"/copy_* "$out"/px_*
	return $status
}
check "a box between nodes" middle_up
check "clients are served through it" middle_call
check "by both servers" prints px_middle 'MIDDLE 11 -> 21' 'MIDDLE 11 -> 20'
check "and know nothing of it" prints copy_client 'CLIENT reply source=10 .*' \
	'CLIENT buffer \[ABCDEFGHIJKLMNOPQRSTUVWXY\]'
proxies_end
tap_end
