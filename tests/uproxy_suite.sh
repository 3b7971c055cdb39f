#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A part of the suite once more, with proxies in user space on all nodes, and on
# one of them. The programs are the same and expect the same.
#
# test-timeout: 1500

set -u
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/lib/rerun.sh
. "$here/rerun.sh"

"$here/cluster.sh" down
for kind in user mixed; do
	export DVK_TEST_PROXIES=$kind
	once_more $kind ipc vcopy_remote peer_loss
done
as_usual
