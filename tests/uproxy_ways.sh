#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The other ways of proxies in user space: over UDP, raw Ethernet, and TIPC
# beside kproxy_tipc; as the original proxies do it; and gathering messages and
# packing payload, beside a node that does not. The programs are those that
# everybody else runs, and expect the same.
#
# test-timeout: 1500

set -u
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/lib/rerun.sh
. "$here/rerun.sh"
view=/run/dvk-test

# told NODE TEXT: what its program has said.
told() {
	local not=''
	grep -q "$2" "$view/proxy-$1.log" || not='not '
	echo "${not}ok $((++number)) $kind: node $1 says: $2"
	[[ -z $not ]] || sed 's/^/# /' "$view/proxy-$1.log"
}

"$here/cluster.sh" down
for kind in udp eth original packed; do
	export DVK_TEST_PROXIES=$kind
	once_more $kind ipc vcopy_remote
	[[ $kind == packed ]] || continue
	told 0 'node 1: connected, gathering, packing$'
	told 1 'node 0: connected, gathering, packing$'
	told 0 'node 2: connected$'
done

usual=${DVK_TRANSPORT:-tcp}
[[ -d /sys/module/kproxy_tipc ]]
had_tipc=$?
kind='TIPC, mixed'
DVK_TRANSPORT=tipc DVK_TEST_PROXIES=mixed once_more "$kind" ipc vcopy_remote
told 1 'node 0: connected$'
told 1 'node 2: connected$'
# What was not there before goes: others count references.
[[ $had_tipc == 0 ]] || rmmod kproxy_tipc
export DVK_TRANSPORT=$usual
as_usual
