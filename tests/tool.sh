#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The dvk command: each of its commands does what it says, prints JSON, and
# tells what to do when it cannot.
#
# test-timeout: 600

set -u

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/lib/tap.sh
. "$here/tap.sh"
# shellcheck source=tests/lib/cluster.sh
. "$here/cluster.sh"

tool=$here/../userlib/dvk
dc=5
tmp=$(mktemp -d)
jobs=()

finish() {
	local p n
	for p in "${jobs[@]}"; do
		kill "$p" 2>/dev/null
	done
	wait 2>/dev/null
	ip netns del fresh 2>/dev/null
	ip netns del other 2>/dev/null
	for n in 0 1; do
		attr "$n" del_dc "$dc" 2>/dev/null
	done
	rm -rf "$tmp"
}
trap finish EXIT

# on NODE COMMAND...: the tool on a node of the cluster, or in a namespace.
on() {
	local ns=n$1
	[[ $1 == [0-9] ]] || ns=$1
	shift
	timeout 60 ip netns exec "$ns" "$tool" "$@"
}

start() {
	local ns=n$1
	shift
	ip netns exec "$ns" "$tool" "$@" >"$tmp/job" 2>&1 &
	jobs+=($!)
}

# prints REGEX NODE COMMAND...: succeeds, and some line of its output matches.
prints() {
	local regex=$1
	shift
	on "$@" >"$tmp/out" 2>"$tmp/err" && grep -qE -- "$regex" "$tmp/out" && return
	sed 's/^/# /' "$tmp/out" "$tmp/err"
	return 1
}

# refuses STATUS REGEX NODE COMMAND...: says why, on stderr alone.
refuses() {
	local wanted=$1 regex=$2 status
	shift 2
	on "$@" >"$tmp/out" 2>"$tmp/err"
	status=$?
	[[ $status == "$wanted" && ! -s $tmp/out ]] &&
		grep -qE -- "$regex" "$tmp/err" && return
	echo "# status $status"
	sed 's/^/# /' "$tmp/out" "$tmp/err"
	return 1
}

# said REGEX NODE COMMAND...: succeeds, and remarks something on stderr.
said() {
	local regex=$1
	shift
	on "$@" >"$tmp/out" 2>"$tmp/err" && grep -qE -- "$regex" "$tmp/err"
}

# json EXPRESSION NODE COMMAND...: of its output as d, lines of it as a list.
json() {
	local expression=$1
	shift
	on "$@" >"$tmp/out" 2>"$tmp/err" && python3 -c '
import json, sys
text = open(sys.argv[1]).read()
try:
    d = json.loads(text)
except ValueError:
    d = [json.loads(line) for line in text.splitlines()]
sys.exit(not eval("(%s)" % sys.argv[2]))' "$tmp/out" "$expression" && return
	sed 's/^/# /' "$tmp/out" "$tmp/err"
	return 1
}

bound() { on "$1" -j ps --dc "$dc" 2>/dev/null | grep -q "\"endpoint\": $2,"; }

check "the cluster is up" up

# --- node -----------------------------------------------------------------

ip netns add fresh
check "help lists the commands" prints '^  monitor ' 0 --help
check "an unknown command" refuses 2 "no command 'nod'" 0 nod
check "a fresh namespace is no node" prints '^nodeid +-1' fresh node
key=$tmp/key
echo the-key-of-the-tool-test >"$key"
known=(--key-file "$key")
check "a peer needs a node" refuses 1 "dvk node init" fresh peer add 1 tcp 10.0.0.1 "${known[@]}"
check "a DC needs a node" refuses 1 "dvk node init" fresh dc add 0
check "ps says why it is empty" said 'not part of a DVS' fresh ps
check "so does peer" said 'not part of a DVS' fresh peer
check "and dc" said 'not part of a DVS' fresh dc
check "JSON is JSON" json 'd == []' fresh peer -j
check "a setting out of range names it" refuses 1 'keepalive_ms to 5: .* 100 to 3600000' \
	fresh node set keepalive_ms 5
check "a word too many" refuses 2 "'1' is one word too many" fresh ping --node 1 1
check "a limit before init" on fresh node set nr_dcs 4
check "an unknown setting lists all" refuses 1 'there are: name port' fresh node set nr_foo 4
check "node init" on fresh node init 7 --name LAB
check "its id" json 'd["nodeid"] == 7 and d["name"] == "LAB" and d["nr_dcs"] == 4' fresh node -j
check "a second init" refuses 1 'node 7 already; .dvk node end.' fresh node init 8
check "a limit after init" refuses 1 'before .dvk node init' fresh node set nr_dcs 5
check "node end" on fresh node end
check "nothing left to end" refuses 1 'not part of a DVS' fresh node end

# --- peer -----------------------------------------------------------------

on fresh node init 7 --name LAB
check "itself as a peer" refuses 1 'node 7 is this node' fresh peer add 7 tcp 10.0.0.1 "${known[@]}"
check "tcp without an address" refuses 2 'tcp needs the ADDRESS' fresh peer add 1 tcp
check "tipc with an address" refuses 2 'give no address' fresh peer add 1 tipc 10.0.0.1
check "a transport that is not there" refuses 1 "there is no transport 'foo'; there are tcp, tipc" \
	fresh peer add 1 foo 1.1.1.1 "${known[@]}"
check "nothing is left of it" json 'd == []' fresh peer -j
check "a peer that nobody knows" refuses 2 'how is the node to be known' \
	fresh peer add 1 tcp 10.0.0.1
check "no file" refuses 1 'cannot read the key' \
	fresh peer add 1 tcp 10.0.0.1 --key-file "$tmp/none"
echo short >"$tmp/short"
check "a key that is too short" refuses 1 'must be 16 to 80' \
	fresh peer add 1 tcp 10.0.0.1 --key-file "$tmp/short"
check "nothing is left of that either" json 'd == []' fresh peer -j
check "an insecure peer" on fresh peer add 1 tcp 10.0.0.1 --insecure
check "it is one" json 'd[0]["insecure"] == 1' fresh peer -j
on fresh peer del 1
check "one from any port" on fresh peer add 1 tcp 10.0.0.1 --insecure=any
check "it is one, too" json 'd[0]["insecure"] == 2' fresh peer -j
on fresh peer del 1
check "add a peer" on fresh peer add 1 tcp 10.0.0.1:3001 --name one "${known[@]}"
check "it has a key" json 'd[0]["trust"] == 0 and d[0]["insecure"] == 0 and d[0]["enabled"] == 1' fresh peer -j
check "it is listed" json \
	'd[0]["id"] == 1 and d[0]["address"] == "10.0.0.1:3001" and d[0]["name"] == "one"' \
	fresh peer -j
check "why it is not up" within 10 prints ' connecting .* it has not called yet' fresh peer
check "as JSON, with the time" json \
	'"not called" in d[0]["last_error"] and d[0]["last_error_at"] > 0 and "why" not in d[0]' \
	fresh peer -j
check "twice" refuses 1 'peer 1 exists already' fresh peer add 1 tcp 10.0.0.1 "${known[@]}"
check "wait for one that is not there" refuses 1 'not connected after 0.2 s: .*; see that .* address' \
	fresh peer up 1 --wait 0.2
check "peer down" on fresh peer down 1
check "shown as off" prints '^ +1 .* off ' fresh peer
check "a peer that is off needs no reason" prints ' off .* -$' fresh peer
check "peer del" on fresh peer del 1
check "add a peer by another address" on fresh peer add 9 tcp 10.0.0.9 --local 127.0.0.9 "${known[@]}"
check "that is listed, too" json 'd[0]["local_address"] == "127.0.0.9"' fresh peer -j
check "who dials knows why" within 10 prints ' 10.0.0.9:3000: local_address is none of this node$' fresh peer
on fresh peer del 9
check "not twice" refuses 1 'no peer 1' fresh peer del 1

# A peer that a program leads to, at the other end of which is a module.
proxied() { [[ $(on "$1" -j peer | grep -c "\"state\": \"$2\"") == 1 ]]; }
check "user with an address" refuses 2 'dvk-proxy 8=10.11.0.2' \
	fresh peer add 8 user 10.11.0.2
check "add a peer for programs" on fresh peer add 8 user --name eight
check "it waits for one" within 10 proxied fresh connecting
check "it has no address" json \
	'(d[0]["transport"], d[0]["address"], d[0]["name"]) == ("user", "", "eight")' fresh peer -j
check "wait for a program that does not run" refuses 1 'see that dvk-proxy' \
	fresh peer up 8 --wait 0.2
ip netns add other
ip link add eth0 netns fresh type veth peer name eth0 netns other
ip -n fresh address add 10.11.0.1/24 dev eth0
ip -n other address add 10.11.0.2/24 dev eth0
ip -n fresh link set eth0 up
ip -n other link set eth0 up
on other node init 8 --name LAB
check "the other end" on other peer add 7 tcp 10.11.0.1 --insecure=any
ip netns exec fresh "$here/../userlib/dvk-proxy-tcp" 8=10.11.0.2 >"$tmp/proxy" 2>&1 &
proxy=$!
jobs+=("$proxy")
check "wait for a program that does" on fresh peer up 8 --wait 30
check "both ends are up" within 10 proxied other up
check "the other one is hung up" on fresh peer down 8
check "shown as off, too" prints '^ +8 +eight +user +- +off ' fresh peer
check "and noticed there" within 10 proxied other connecting
check "taken up again" on fresh peer up 8 --wait 30
kill $proxy
wait $proxy
check "the program ends" test $? = 0
check "its peer stays, but is off" prints '^ +8 +eight +user +- +off ' fresh peer
check "peer del of a program's" on fresh peer del 8
sed 's/^/# /' "$tmp/proxy"

# One of two nodes is none for programs, even while it is off.
on fresh peer add 6 tcp 10.11.0.6 --insecure
on fresh peer down 6
ip netns exec fresh timeout 20 "$here/../userlib/dvk-proxy-tcp" 6=10.11.0.6 9=10.11.0.9 \
	>"$tmp/proxy" 2>&1
check "a program leaves a module's peer alone" test $? = 1
check "and says what to do" grep -q 'node 6: .*dvk peer del' "$tmp/proxy"
check "nothing is left of its other one" json '[(p["id"], p["enabled"]) for p in d] == [(6, 0)]' \
	fresh peer -j
on fresh peer del 6

check "peers of the cluster are up" json 'all(p["state"] == "up" for p in d)' 0 peer -j

# --- dc -------------------------------------------------------------------

check "add a DC with a node that is not there" refuses 1 'peer add 9 tcp' 0 dc add $dc --node 9
check "nothing is left of it" json "all(x['id'] != $dc for x in d)" 0 dc -j
check "add a DC" on 0 dc add $dc --name five --node 1 --nr-procs 40 --mode 0666
check "on the other node too" on 1 dc add $dc --name five --node 0
check "it is listed" json \
	"[x for x in d if x['id'] == $dc][0]['nodes'] == '0-1'" 0 dc -j
check "its size and mode" json \
	"[(x['nr_procs'], x['mode']) for x in d if x['id'] == $dc] == [(40, '0666')]" 0 dc -j
check "twice" refuses 1 "DC $dc exists already" 0 dc add $dc
check "its name again" refuses 1 'another DC has the name' 0 dc add 6 --name five
check "leave" on 0 dc leave $dc 1
check "leave again" refuses 1 "not in DC $dc" 0 dc leave $dc 1
check "join" on 0 dc join $dc 1
check "a DC that is not there" refuses 1 'no DC 30' 0 dc del 30

# --- endpoints ------------------------------------------------------------

start 0 run --dc $dc --ep 10 -- sleep 1000
check "run binds and runs" within 10 bound 0 10
check "under the program's name" json \
	'd[0]["endpoint"] == 10 and d[0]["name"] == "sleep" and d[0]["state"] == "running"' \
	0 ps --dc $dc -j
check "an endpoint that is in use" refuses 1 'dvk ps' 0 run --dc $dc --ep 10 -- true
check "an endpoint that is not there" refuses 1 'how many slots' 0 run --dc $dc --ep 4000 -- true
check "a program that is not there" refuses 127 'cannot run nonesuch' 0 run --dc $dc --ep 11 -- nonesuch
check "the program's status" refuses 3 '^said$' 0 run --dc $dc --ep 11 -- sh -c 'echo said >&2; exit 3'
check "the other node knows the endpoint" within 10 bound 1 10
check "unbind" on 0 unbind --dc $dc --ep 10
check "its process goes" within 10 not kill -0 "${jobs[-1]}"
check "unbind again" refuses 1 'dvk ps' 0 unbind --dc $dc --ep 10
check "rmtbind" on 0 rmtbind --dc $dc --ep 12 --node 1 --name far
check "it is remote" json \
	'(d[0]["node"], d[0]["pid"], d[0]["name"], d[0]["state"]) == (1, None, "far", "remote")' \
	0 ps --dc $dc -j
check "rmtbind to a node that is not there" refuses 1 'dvk peer|dvk dc join' \
	0 rmtbind --dc $dc --ep 13 --node 9
on 0 unbind --dc $dc --ep 12

# --- ping -----------------------------------------------------------------

check "ping without a server" refuses 1 'dvk ps' 0 ping --dc $dc --ep 20
start 1 ping --serve --dc $dc --ep 20
check "its endpoint is known here" within 10 bound 0 20
check "ping an endpoint of another node" prints \
	'^min [0-9.]+  avg [0-9.]+  p50 [0-9.]+  p90 [0-9.]+  p99 [0-9.]+  max [0-9.]+ us$' \
	0 ping --dc $dc --ep 20 --count 3 --interval 0.01
check "as JSON" json '
	d["sent"] == d["answered"] == 50 and
	0 < d["min_us"] <= d["p50_us"] <= d["p90_us"] <= d["p99_us"] <= d["max_us"]' \
	0 ping --dc $dc --ep 20 --count 50 --interval 0 --json
check "on its own node" prints '^2 requests, 2 answered$' 1 ping --dc $dc --ep 20 -c 2 -q
check "as a given endpoint" prints '^1 requests, 1 answered$' \
	0 ping --dc $dc --ep 20 --from 21 -c 1
start 1 run --dc $dc --ep 24 -- sleep 1000
within 10 bound 0 24
silent() {
	on 0 ping --dc "$dc" --ep 24 -c 1 -t 0.3 >"$tmp/out" 2>&1
	[[ $? == 1 ]] && grep -q 'did not answer within 0.3 s' "$tmp/out" &&
		grep -q '^1 requests, 0 answered$' "$tmp/out"
}
check "one that does not answer" silent
check "ping a node" prints '^2 readings, 2 answered$' 0 ping --node 1 -c 2 -i 0.01
check "a node that is not there" refuses 1 'no peer 9' 0 ping --node 9
# What a node shows that is called and has never been quiet.
mkdir -p "$tmp/sys/peers/1"
echo 0 >"$tmp/sys/nodeid"
echo up >"$tmp/sys/peers/1/state"
echo 0 >"$tmp/sys/peers/1/rtt_us"
unmeasured() {
	DVK_SYSFS=$tmp/sys on 0 ping --node 1 -c 1 >"$tmp/out" 2>&1
	[[ $? == 1 ]] && grep -q 'nothing is measured yet' "$tmp/out" &&
		grep -q '^1 readings, 0 answered$' "$tmp/out"
}
check "nothing measured is no reading" unmeasured
check "nobody to ping" refuses 2 'whom' 0 ping

# --- migrate --------------------------------------------------------------

check "migrate without a program" refuses 2 'what is to go on' 0 migrate --dc $dc --ep 20
check "an endpoint that is not there" refuses 1 'dvk ps' 0 migrate --dc $dc --ep 33 --start
check "start" on 0 migrate --dc $dc --ep 20 --start
# From afar the same step may be made again, in case its answer was lost.
check "start again, on its node" refuses 1 'frozen already; end that with --rollback' \
	1 migrate --dc $dc --ep 20 --start
check "rollback" on 0 migrate --dc $dc --ep 20 --rollback
check "rollback again, on its node" refuses 1 'nothing to roll back' \
	1 migrate --dc $dc --ep 20 --rollback
check "it still answers" prints '^1 requests, 1 answered$' 0 ping --dc $dc --ep 20 -c 1
start 0 migrate --dc $dc --ep 20 -- sleep 1000
moved() { on 1 ps --dc "$dc" -j | tr -d ' \n' | grep -q '"endpoint":20,"slot":20,"node":0,'; }
check "migrate: it is on this node" within 15 moved
check "under the program's name" json \
	'[(p["node"], p["name"]) for p in d if p["endpoint"] == 20] == [(0, "sleep")]' \
	0 ps --dc $dc -j
check "it is here already" refuses 1 'on this node already' 0 migrate --dc $dc --ep 20 -- sleep 1
on 0 unbind --dc $dc --ep 20
start 1 ping --serve --dc $dc --ep 20
check "another server takes its place" within 15 prints '^1 requests, 1 answered$' \
	0 ping --dc $dc --ep 20 -c 1

# --- stat -----------------------------------------------------------------

check "stat has peers and DCs" json \
	"d['peers'][0]['tx_msgs'] > 0 and [x for x in d['dcs'] if x['dc'] == $dc]" 0 stat -j
check "rates, twice" json 'len(d) == 2 and all(x["interval"] > 0 for x in d)' \
	0 stat -j --interval 0.2 --count 2
check "each process" json \
	'[p["name"] for p in d["procs"] if p["endpoint"] == 20] == ["dvk"]' \
	1 stat -j --procs --dc $dc

# --- monitor --------------------------------------------------------------

check "an unknown event" refuses 2 "no event 'foo'" 0 monitor --event foo
start 0 -j monitor --dc $dc --ep 20 --time 30 --count 4
within 10 compgen -G '/sys/kernel/tracing/instances/dvk-*' >/dev/null ||
	ip netns exec n0 sleep 1
on 0 ping --dc $dc --ep 20 --from 22 -c 3 -q >/dev/null
ended() { not kill -0 "${jobs[-1]}" 2>/dev/null; }
check "monitor ends after so many" within 20 ended
cp "$tmp/job" "$tmp/events"
check "it has seen requests" grep -q '"event":"send".*"ep":22.*"dst":20' "$tmp/events"
check "and their delivery" grep -q '"event":"deliver".*"ep":20.*"from":22' "$tmp/events"
no_instance() { not compgen -G "$1/instances/dvk-*" >/dev/null; }
mkdir "$tmp/trace"
mount -t tracefs none "$tmp/trace"
check "no trace instance is left" no_instance "$tmp/trace"
start 0 monitor --dc $dc
within 10 compgen -G "$tmp/trace/instances/dvk-*" >/dev/null
kill -HUP "${jobs[-1]}"
check "monitor ends with its terminal" within 20 ended
check "and leaves no trace instance either" no_instance "$tmp/trace"
umount "$tmp/trace"

on 0 monitor --event peer --count 1 --time 30 >"$tmp/events" 2>&1 &
jobs+=($!)
within 10 grep -q watching "$tmp/events"
on 0 peer down 2
check "monitor sees a connection go" within 20 grep -q 'peer .*peer=2 state=down' "$tmp/events"
check "peer up waits" on 0 peer up 2 --wait 30
check "who is not root sees no events" refuses 1 'root' 0 \
	run --dc $dc --ep 23 -- setpriv --reuid 65534 --clear-groups "$tool" monitor --time 1

check "del the DC" on 0 dc del $dc

# --- completion -----------------------------------------------------------

# offers WORD...: what bash would offer in place of the last one.
offers() {
	(
		# Stands for bash-completion's own, and sets what is local to _dvk.
		_init_completion() {
			words=("${typed[@]}") cword=$((${#typed[@]} - 1))
			cur=${typed[cword]} prev=${typed[cword - 1]}
		}
		typed=("$@")
		# shellcheck source=userlib/completion/dvk
		. "$completion"
		_dvk
		printf '%s\n' "${COMPREPLY[@]}"
	)
}

completion=$here/../../userlib/completion/dvk
commands() { "$tool" --help | awk '/^Commands:/ { on = 1; next } /^$/ { on = 0 } on { print $1 }'; }
options() { "$tool" "$1" --help | grep -oE '^ +(-[a-zA-Z], )?--[a-z-]+' | grep -oE -- '--[a-z-]+$'; }
offers_commands() { [[ $(offers dvk '' | sort) == "$(commands | sort)" ]]; }
check "completion has all commands" offers_commands

# Verbs have options of their own; what the command takes is theirs together.
offers_options() {
	local command=$1 verb option missing='' all
	all=$(for verb in '' "${@:2}"; do offers dvk "$command" ${verb:+"$verb"} --; done)
	for option in $(options "$command"); do
		[[ $option =~ ^--(usage|version)$ ]] && continue
		grep -qxFe "$option" <<<"$all" || missing+=" $option"
	done
	[[ -z $missing ]] || echo "# missing:$missing"
	[[ -z $missing ]]
}
for command in $(commands); do
	case $command in
	node) verbs='init' ;;
	dc | peer) verbs='add up' ;;
	*) verbs='' ;;
	esac
	# shellcheck disable=SC2086 # words are wanted
	check "completion has all options of $command" offers_options "$command" $verbs
done
tap_end
