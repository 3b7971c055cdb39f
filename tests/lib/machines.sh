# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154
#
# Two machines with a cable between them, on the bench that DVK_BENCH names. Read
# with "." by a scenario, with $top set, before it makes anything. The cable
# outlives either machine, which may end and boot again.

if [[ ${DVK_BENCH:-qemu} == uml ]]; then
	# There the cable is a pair of sockets that both inherit.
	if [[ ${DVK_CABLE:-} != "$$" ]]; then
		export DVK_CABLE=$$
		exec "$top/scripts/socket-pair" "$0" "$@"
	fi
	read -ra kernel <<<"${DVK_KERNEL_ARGS:-}"
else
	read -ra kernel <<<"${DVK_KERNEL_ARGS:---kernel 6.1}"
fi

# cabled a|b OPTION... -- COMMAND...: becomes that machine.
cabled() {
	local side=$1
	shift
	if [[ ${DVK_BENCH:-qemu} == uml ]]; then
		exec "$top/scripts/uml" "${kernel[@]}" --quiet --mem 1024 \
			--timeout 900 --link "fd=$([[ $side == a ]] && echo 8 || echo 9)" \
			"$@"
	fi
	exec "$top/scripts/vm" "${kernel[@]}" --quiet --cpus 1 --mem 1024 \
		--timeout 900 --link "${0##*/}.$$,side=$side" "$@"
}
