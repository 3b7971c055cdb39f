#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# scripts/uml itself, as an ordinary user where that is possible: exit statuses,
# what a guest inherits, that nothing is left of one however it ends, and the
# commands of docs/uml.md.
#
# test-bench: uml it is about scripts/uml

set -u

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
tmp=$(mktemp -d)
read -ra kernel <<<"${DVK_KERNEL_ARGS:-}"

# shellcheck source=tests/lib/tap.sh
. "$top/tests/lib/tap.sh"

# nobody COMMAND...: as a user without rights, if we are root and such a user can
# read the tree; root may do nothing more there.
unprivileged=()
if (( $(id -u) == 0 )); then
	unprivileged=(setpriv --reuid=65534 --regid=65534 --clear-groups)
	"${unprivileged[@]}" test -r "$top/scripts/uml" ||
		unprivileged=()
	chown 65534:65534 "$tmp"
fi
echo "# as user $("${unprivileged[@]}" id -u)"

# What belongs to a run of ours is known by its temporary directory.
export TMPDIR=$tmp HOME=$tmp
start() {
	exec "${unprivileged[@]}" "$top/scripts/uml" "${kernel[@]}" --quiet \
		--mem 512 "$@" 2>"$tmp/err"
}

# Processes of guests of ours, by what is on their command line, which those
# that the kernel makes for the guest's have as well.
echo "uml_dir=$tmp/" >"$tmp/pattern"
left() { grep -lsaFf "$tmp/pattern" /proc/[0-9]*/cmdline | cut -d/ -f3; }
nothing_left() { [[ -z $(left) ]]; }

# shellcheck disable=SC2317 # called by the trap
finish() {
	local p
	for p in $(left); do
		kill -KILL "$p"
	done
	rm -rf "$tmp"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

status_is() {
	local want=$1 status
	shift
	(start "$@") >"$tmp/out" </dev/null
	status=$?
	(( status == want )) && return
	echo "# status $status, not $want"
	sed 's/^/# /' "$tmp/err"
	return 1
}
says() { grep -qs -- "$1" "$tmp/out"; }
complains() { grep -qs -- "$1" "$tmp/err"; }

# shellcheck disable=SC2016 # expanded in the guest
{
check "a command's status" status_is 7 -- sh -c 'echo "said it"; exit 7'
check "its output" says said
check "its environment" status_is 0 --env 'word=it is' -- sh -c 'test "$word" = "it is"'
check "the directory it runs in" status_is 0 -- test "$PWD" -ef .
check "it is root there" status_is 0 -- sh -c 'test $(id -u) = 0 && touch /usr/dvk-test'
}
check "and here nothing is written" test ! -e /usr/dvk-test
mkdir "$tmp/share"
chmod 777 "$tmp/share"
check "what is shared can be written" status_is 0 --share "$tmp/share" -- \
	sh -c 'echo seen >/mnt/share/file'
check "and is here" grep -qx seen "$tmp/share/file"
check "more output than a pipe holds" status_is 0 -- seq 1 100000
check "is complete" cmp -s "$tmp/out" <(seq 1 100000)
check "no time is left" status_is 124 --timeout 3 -- sleep 1000
check "wrong options" status_is 2 --nonesuch -- true
check "a link that is not there" status_is 122 --link fd=77 -- true
check "a panic" status_is 125 --log "$tmp/log" --append init=/does/not/exist -- true
check "its last words" complains 'Kernel panic - not syncing'
check "its log" grep -q 'Kernel panic - not syncing' "$tmp/log"
check "a reboot is an end" status_is 125 -- reboot -f
check "nothing is left of all these" within 5 nothing_left

# begins: a guest that stays, as $run.
begins() {
	rm -f "$tmp/pid"
	start --pidfile "$tmp/pid" -- sh -c 'sleep 1000 & sleep 1000' >/dev/null &
	run=$!
	within 20 test -s "$tmp/pid" && within 20 has_processes
}
has_processes() { (( $(left | wc -l) > 4 )); }

# What the guest's processes have open, seen from here.
inherits_nothing() {
	local p fd
	exec {secret}>"$tmp/secret"
	begins || return
	exec {secret}>&-
	for p in $(left); do
		for fd in "/proc/$p/fd"/*; do
			[[ $(readlink "$fd") != "$tmp/secret" ]] || return 1
		done
	done
}

ended_by() {
	local signal=$1 whom=$2
	begins || return
	case $whom in
	script) kill "-$signal" "$run" ;;
	kernel) kill "-$signal" "$(<"$tmp/pid")" ;;
	esac
	{ wait "$run"; } 2>/dev/null
	status=$?
	within 5 nothing_left
}

check "a descriptor of ours is not the guest's" inherits_nothing
kill -TERM "$run"
wait "$run"
check "SIGTERM ends it" test $? = 143
check "and leaves nothing" within 5 nothing_left
check "SIGKILL to the script leaves nothing" ended_by KILL script
check "SIGHUP leaves nothing" ended_by HUP script
check "SIGKILL to the kernel leaves nothing" ended_by KILL kernel
check "that is a power cut" test "$status" = 137

# The commands of the document, as they are there.
sed -n '/two-guests:begin/,/two-guests:end/s/^    //p' "$top/docs/uml.md" >"$tmp/commands"
sed -i "s|/tmp/dvk-\(node\|key\)|$tmp/dvk-\1|g; s|scripts/uml |&${kernel[*]} |" "$tmp/commands"
# shellcheck disable=SC2317 # called by check
two_guests() {
	(cd "$top" && "${unprivileged[@]}" bash "$tmp/commands") >"$tmp/out" 2>&1
}
alphabet=ABCDEFGHIJKLMNOPQRSTUVWXY
modules=$("$top/scripts/uml-kernel" --dir)
[[ ${kernel[0]:-} == --kernel-dir ]] && modules=${kernel[1]}
if [[ -e $top/build/modules/$(basename "$modules"/lib/modules/*)/dvk-core/dvk.ko ]]; then
	check "two guests with a cable" two_guests
	check "the copy pair" says "$alphabet"
	says "$alphabet" || sed 's/^/# /' "$tmp/out"
	check "nothing is left of them" within 5 nothing_left
fi
tap_end
