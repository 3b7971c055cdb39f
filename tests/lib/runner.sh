# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Runs one test program and turns its TAP into lines without numbers:
#
#   ok - PROGRAM: NAME
#   not ok - PROGRAM: NAME
#   ok - PROGRAM: NAME # SKIP reason
#   # PROGRAM: anything else it said
#
# tests/run numbers them.  A program that dies, hangs or forgets a test gets a
# "not ok" for it.

# result STATUS NAME: one line of the stream, from a command's status.
result() {
	if [[ $1 == 0 ]]; then
		echo "ok - $2"
	else
		echo "not ok - $2"
	fi
}

# run_program NAME SECONDS COMMAND...
run_program() {
	local name=$1 limit=$2 dir pid dog alive conv status
	shift 2
	dir=$(mktemp -d) || return
	mkfifo "$dir/out"
	convert_tap "$name" "$dir/summary" <"$dir/out" &
	conv=$!
	# If this shell is killed, the program goes too.
	setsid setpriv --pdeathsig TERM "$@" </dev/null >"$dir/out" 2>&1 &
	pid=$!
	# shellcheck disable=SC2064 # the values of now
	trap "end_session $pid; rm -rf '$dir'; exit 143" TERM
	# The watchdog's input ends when this shell closes it, or dies.
	exec {alive}> >(
		read -r -t "$limit"
		if (( $? > 128 )); then
			show_stuck "$pid" "$name" >"$dir/stuck"
			end_session "$pid"
		fi
	) 2>/dev/null
	dog=$!
	# The shell's own notice of a killed child is no output of the test.
	{ wait "$pid"; } 2>/dev/null
	status=$?
	exec {alive}>&-
	wait "$dog"
	trap - TERM
	# What it left behind would keep the pipe open.
	end_session "$pid"
	wait "$conv"

	local planned=0 seen=0 failed=0
	# shellcheck source=/dev/null
	[[ -s $dir/summary ]] && . "$dir/summary"
	if [[ -e $dir/stuck ]]; then
		cat "$dir/stuck"
		echo "not ok - $name: ends within $limit s"
	elif (( status == 4 && seen == 0 )); then
		echo "ok - $name # SKIP all of it"
	elif (( planned == 0 )); then
		echo "not ok - $name: says what it tests (exit status $status)"
	elif (( seen != planned )); then
		echo "not ok - $name: runs all $planned tests ($seen seen, exit status $status)"
	elif (( status && !failed && status != 4 )); then
		echo "not ok - $name: exits with 0 (exit status $status)"
	fi
	rm -rf "$dir"
}

# convert_tap NAME SUMMARY: the plan and the counts go to the file SUMMARY.
convert_tap() {
	local name=$1 line word planned=0 seen=0 failed=0
	while IFS= read -r line || [[ $line ]]; do
		case $line in
		'ok '* | 'not ok '* | ok | 'not ok')
			(( ++seen ))
			word=ok
			if [[ $line == not* ]]; then
				word='not ok'
				(( ++failed ))
			fi
			line=${line#"$word"}
			line=${line# }
			[[ $line =~ ^[0-9]+\ ?(.*)$ ]] && line=${BASH_REMATCH[1]}
			line=${line#- }
			# The harness puts the reason where the name was.
			[[ $line == '# SKIP'* ]] && line="test $seen $line"
			echo "$word - $name: ${line:-test $seen}"
			;;
		1..[0-9]*)
			planned=${line#1..}
			planned=${planned%%[^0-9]*}
			[[ $line == '1..0'*[Ss][Kk][Ii][Pp]* ]] &&
				echo "ok - $name # SKIP${line#*[Ss][Kk][Ii][Pp]}" &&
				planned=1 && (( ++seen ))
			;;
		'TAP version '* | '#  RUN  '* | '#   '*' OK  '* | '# Starting '* | \
			'# PASSED: '* | '# Totals: '*) ;;
		'') ;;
		*)
			line=${line#\#}
			echo "# $name: ${line# }"
			;;
		esac
	done
	# The directory is gone if the run was cut short.
	{ echo "planned=$planned seen=$seen failed=$failed" >"$2"; } 2>/dev/null
}

# session_of SID: the processes of a session.
session_of() {
	local stat fields pid
	for stat in /proc/[0-9]*/stat; do
		{ fields=$(<"$stat"); } 2>/dev/null || continue
		pid=${fields%% *}
		# The name in parentheses may hold anything.
		fields=${fields##*) }
		# state ppid pgrp session ...
		# shellcheck disable=SC2086 # words are wanted
		set -- "$1" $fields
		[[ $5 == "$1" ]] && echo "$pid"
	done
}

# end_session SID: asks first, because a script may have machines to stop.
end_session() {
	local signal p left i
	for signal in TERM KILL; do
		left=$(session_of "$1")
		for p in $left; do
			kill -$signal "$p" 2>/dev/null
		done
		for ((i = 0; i < 30; i++)); do
			[[ $left ]] || return
			sleep 0.1
			left=$(session_of "$1")
		done
	done
}

# show_stuck SID NAME: where its threads are.
show_stuck() {
	local p t
	echo "# $2: still running, in:"
	for p in $(session_of "$1"); do
		for t in /proc/"$p"/task/*; do
			echo "# $2: ${t##*/} $(cat "$t/comm") $(cat "$t/syscall" 2>/dev/null)"
			sed "s/^/# $2:    /" "$t/stack" 2>/dev/null
		done
	done
}
