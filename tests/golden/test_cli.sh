#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The command line: what is wrong use (status 2), what fails (1), and that both are told on
# standard error in words that name the fault.
set -euo pipefail

EYAS=${EYAS:-build/eyas}
sample=tests/data/sample.scap
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
passed=0
failed=0

# expect STATUS PATTERN ARGUMENT...: exit status, and a pattern in what stands on stderr
expect() {
	local want=$1 pattern=$2 status=0
	shift 2
	"$EYAS" "$@" >"$tmp/out" 2>"$tmp/err" </dev/null || status=$?
	if [ $status -eq "$want" ] && { [ -z "$pattern" ] || grep -q -- "$pattern" "$tmp/err"; }; then
		passed=$((passed + 1))
	else
		printf 'FAILED  eyas %s: status %d, expected %d and "%s" in:\n' "$*" $status "$want" "$pattern"
		cat "$tmp/err"
		failed=$((failed + 1))
	fi
}

# marks COLUMN TEXT ARGUMENT...: wrong use; TEXT is shown with a mark below that column of it
marks() {
	local column=$1 text=$2 status=0 mark
	shift 2
	mark=$(printf '  %*s' "$column" '^')
	"$EYAS" "$@" >"$tmp/out" 2>"$tmp/err" </dev/null || status=$?
	if [ $status -eq 2 ] && printf '  %s\n%s\n' "$text" "$mark" | cmp -s - <(tail -n 2 "$tmp/err"); then
		passed=$((passed + 1))
	else
		printf 'FAILED  eyas %s: status %d, expected 2 and a mark below column %d of "%s" in:\n' \
			"$*" $status "$column" "$text"
		cat "$tmp/err"
		failed=$((failed + 1))
	fi
}

# prints STATUS PATTERN ARGUMENT...: exit status, and a pattern in what stands on stdout
prints() {
	local want=$1 pattern=$2 status=0
	shift 2
	"$EYAS" "$@" >"$tmp/out" 2>"$tmp/err" </dev/null || status=$?
	if [ $status -eq "$want" ] && grep -q -- "$pattern" "$tmp/out"; then
		passed=$((passed + 1))
	else
		printf 'FAILED  eyas %s: status %d, expected %d and "%s" in:\n' "$*" $status "$want" "$pattern"
		cat "$tmp/out" "$tmp/err"
		failed=$((failed + 1))
	fi
}

# wrong use
expect 2 'usage: eyas COMMAND'
expect 2 "no command 'nosuch'" nosuch
expect 2 "no command 'nosuch'" help nosuch
expect 2 'no capture is named' read
expect 2 "option '--nosuch'" read --nosuch
expect 2 "option '-Z'" read -Z -r $sample
expect 2 "option '-n'" read -n
expect 2 "-n 'x'" read -n x -r $sample
expect 2 "-n '0'" read -n 0 -r $sample
expect 2 "-o 'xml'" read -o xml -r $sample
expect 2 "-t 'q'" read -t q -r $sample
expect 2 "--print-bytes '-1'" read --print-bytes=-1 -r $sample
expect 2 "--color 'maybe'" read --color maybe -r $sample
expect 2 "--max-block '0'" read --max-block 0 -r $sample
expect 2 "--max-stored 'many'" read --max-stored many -r $sample
expect 2 "--max-threads '0'" read --max-threads 0 -r $sample
expect 2 "--max-fds 'many'" record --max-fds many -r $sample -w "$tmp/o"
expect 2 "--escape 'maybe'" read --escape maybe -r $sample
expect 2 '-w OUT' record -r $sample
expect 2 "--compress 'lzma'" record -r $sample -w "$tmp/o" --compress lzma
expect 2 "--level '23'" record -r $sample -w "$tmp/o" -z --level 23
expect 2 "--compat 'sysdig-1'" record -r $sample -w "$tmp/o" --compat sysdig-1
expect 2 "-C '0'" record -r $sample -w "$tmp/o" -C 0
expect 2 "-W 'x'" record -r $sample -w "$tmp/o" -W x
expect 2 'standard output' record -r $sample -w - -e 5
expect 2 "-o 'raw'" info -o raw $sample
expect 2 "--processes 'x'" info --processes x $sample
expect 2 "no table 'nosuch'" list nosuch
expect 2 'one table' list
expect 2 'one table' list fields types
expect 2 "-o 'xml'" list -o xml fields
expect 2 'takes no arguments' version now

# a live source: found out before anything is loaded
expect 2 "--snaplen '65001'" watch -s 65001
expect 2 "--snaplen 'x'" watch --snaplen x
expect 2 "--duration '0'" watch -M 0
expect 2 "--duration '1s'" record -M 1s -w "$tmp/o"
expect 2 "--ring-size 'big'" watch --ring-size big
expect 2 "--sampling '3'" watch --sampling 3
expect 2 "--sampling '256'" watch --sampling 256
expect 2 "'nosuch' is no system call" watch --syscalls openat,nosuch
expect 2 "'' is no system call" watch --syscalls openat,
expect 2 "--follow '0'" watch --follow 0
expect 2 "--pid '-1'" watch --pid=-1
expect 2 "--uid 'no-such-user'" watch --uid no-such-user
expect 2 "--cgroup '/nosuch'" watch --cgroup /nosuch
expect 2 "--cgroup '/tmp'" watch --cgroup /tmp
expect 2 "option '-r'" watch -r $sample
expect 2 "by 'eyas read'" watch $sample
prints 0 . record -w - $sample
expect 2 '--snaplen needs a live source' record -s 10 -w "$tmp/o" $sample
expect 2 '--snaplen needs a live source' record -s 10 -r $sample -w "$tmp/o"
expect 2 '--follow needs a live source' record -r $sample -w "$tmp/o" --follow 1
expect 2 'need captures to read' record --from 5 -w "$tmp/o"
expect 2 '--follow does not go with a command' record -w "$tmp/o" --follow 1 -- true
expect 2 '-w OUT' record -- true
expect 2 'filter, line 1' record -w "$tmp/o" evt.type= -- true
expect 127 'no-such-command: command not found' record -w "$tmp/o" -- no-such-command
expect 126 'Permission denied' record -w "$tmp/o" -- /etc
expect 2 "-o 'xml'" probe -o xml
expect 2 "--run '0'" probe --run 0
expect 2 'takes no arguments' probe now
[ ! -e "$tmp/o" ] && [ ! -e "$tmp/o.part" ] || failed=$((failed + 1))
# what stands behind -- is a filter for captures, as ever
prints 0 . record -r $sample -w - -- evt.num=1
expect 2 "unknown event type 'opne'" record -r $sample -w "$tmp/o" -- evt.type=opne

# filters: where they are, and what is wrong in them
expect 2 "there is no macro 'extra'" read -r $sample extra
expect 2 '-F is there twice' read -F evt.num=1 -F evt.num=2 -r $sample
expect 2 "'evt.num=2': there is a filter already" read -F evt.num=1 -r $sample evt.num=2
expect 2 'does not go with --raw-schema' read --raw-schema -F evt.num=1 -r $sample
expect 2 'filter, line 1, column 10: expected a value' info -F evt.type= $sample
expect 2 'the filter is empty' record -r $sample -w "$tmp/o" ''
[ ! -e "$tmp/o" ] || failed=$((failed + 1))
expect 2 "unknown event type 'opne'; did you mean 'open'" read -r $sample evt.type=opne
expect 2 "unknown event type 'opne'; did you mean 'open'" read -r $sample evt.type contains opne
expect 2 'filter, line 2, column 10' read -F 'evt.num=1 or
proc.pid=x' -r $sample
marks 20 'evt.type in (open, clse)' read -r $sample 'evt.type in (open, clse)'
marks 10 'proc.pid=x' read -F 'evt.num=1 or
proc.pid=x' -r $sample
marks 5 '((((' read -r $sample '(((('
marks 13 'proc.name=a b' read -r $sample proc.name=a b
marks 11 'fd.name=é b' read -r $sample 'fd.name=é b'
marks 19 'fd.name="\x1b[1m" b' read -r $sample $'fd.name="\e[1m" b'

# output formats
expect 2 '-p does not go with -o raw' read -p %evt.num -o raw -r $sample
expect 2 'does not go with --raw-schema' read -p %evt.num --raw-schema -r $sample
expect 2 'the format is empty' read -p '' -r $sample
expect 2 "-p, line 1, column 3: expected a field or a transformer, found 'nosuch'" \
	read -p 'a %nosuch' -r $sample
marks 13 'a %evt.type %evt.arg' read -p 'a %evt.type %evt.arg' -r $sample
marks 3 'é %nosuch' read -p 'é %nosuch' -r $sample
for name in k kubernetes m mesos p; do
	expect 2 "-p '$name': expected c or a format" read -p $name -r $sample
done

# tables
expect 2 "--rows 'x'" info --top evt.type --rows x $sample
expect 2 'does not go with --raw-schema' info --top evt.type --raw-schema $sample
expect 2 "--top, line 1, column 1: expected a field or a transformer, found 'nosuch'" \
	info --top nosuch $sample
expect 2 'what is added up must be a field that is a number' info --top evt.type:proc.name $sample
expect 2 'found the end$' info --top evt.type, $sample
marks 10 'evt.type,' info --top evt.type, $sample
expect 2 '--top is there more than 8 times' info --top evt.type --top evt.type --top evt.type \
	--top evt.type --top evt.type --top evt.type --top evt.type --top evt.type --top evt.type \
	$sample

# filter check
expect 2 "expected 'check' and a filter" filter
expect 2 "expected 'check' and a filter" filter explain evt.num=1
expect 2 'the filter is missing' filter check
expect 2 "-o 'xml'" filter check -o xml evt.num=1
expect 2 "option '-r'" filter check -r $sample evt.num=1
expect 2 "'more': there is a filter already" filter check -F evt.num=1 more
expect 1 'filter, line 1, column 10: expected a value' filter check evt.type=
prints 1 '^{"valid":false,"line":1,"column":10,"error":"expected a value' \
	filter check -o json evt.type=
prints 0 '^cost       4 of 454 event types evaluate 2 fields in 2 comparisons$' \
	filter check evt.type=openat and evt.num=2
prints 0 '^cost       4 of 454 event types evaluate 1 field in 1 comparison$' \
	filter check evt.type=openat
prints 0 '^events     1: openat$' filter check evt.type=openat and evt.dir='<'
prints 0 '^events     1: openat$' filter check -F 'evt.type=openat and evt.dir=<'
prints 0 '^{"valid":true,"filter":"evt.type = openat",' filter check -o json evt.type=openat

# what fails
expect 1 'no/such/file: cannot open' read -r no/such/file
expect 1 'is a directory' read -r tests
expect 1 'not a capture' read -r README.md
expect 1 'no place in a capture' read -r $sample --from noon
expect 1 'no/such/dir' record -q -r $sample -w no/such/dir/out
expect 1 'the input is empty' read -r /dev/null

# names and words are shown so that a terminal does not obey them
hostile=$'\e[2J\n\xff\xc2\x9b\xe2\x80\xae'
quoted='\\x1b\[2J\\n\\xff\\xc2\\x9b\\xe2\\x80\\xae'
expect 1 "$quoted: cannot open" read -r "no/$hostile"
expect 2 "no command '$quoted'" "$hostile"
expect 2 "-o '$quoted'" read -o "$hostile" -r $sample
expect 2 "option '--$quoted'" read "--$hostile" -r $sample
expect 2 "'$quoted' is not a decimal number" read -r $sample "evt.num='$hostile'"
expect 2 "unknown event type '$quoted'" read -r $sample "evt.type='$hostile'"
expect 2 "does not take '$quoted'" read -r $sample "proc.aname['$hostile']=x"
expect 2 "found '\\\\x1b" read -r $sample "evt.num=1 $hostile"
expect 2 "found '\\\\x1b" read -r $sample -p "%$hostile"
expect 2 "found '\\\\x1b" info --top "$hostile" $sample
prints 1 "found '\\\\\\\\x1b" filter check -o json "evt.num=1 $hostile"

# what works
expect 0 '' version
expect 0 '' --version
expect 0 '' --help
for command in read record info filter list version help; do
	expect 0 '' $command --help
	expect 0 '' help $command
done
expect 0 '' read $sample
expect 0 '' read -q -r $sample
expect 0 '76 events shown' read -q -v -r $sample
expect 0 '' info -q $sample $sample
expect 0 '' info --merge $sample $sample
prints 0 '^1$' read -r $sample -p %evt.num -n 1
prints 0 '^{"evt.num":1}$' read -r $sample -j -p %evt.num -n 1
prints 0 '^1$' read -r $sample -p %evt.num evt.type=accept4
prints 0 ' host (host) nginx (1042:1042) < accept4' read -r $sample -pc -n 1
prints 0 '<NA>' read -r $sample -p '*%container.image'
expect 0 '' read --unbuffered --max-threads 1 --max-fds 1 $sample
expect 0 '' record -r $sample -w "$tmp/out.scap" evt.type=openat
prints 0 '^events  *6$' info "$tmp/out.scap"
for table in fields events params flags syscalls types; do
	expect 0 '' list $table
	expect 0 '' list -o json $table
done
expect 0 '' record -r $sample -w "$tmp/out.scap"
[ -e "$tmp/out.scap" ] && [ ! -e "$tmp/out.scap.part" ] || failed=$((failed + 1))

# output that cannot be written
if [ -w /dev/full ]; then
	for args in "read -r $sample" "info $sample" "list events" "help" "version"; do
		status=0
		# shellcheck disable=SC2086 # the arguments are words
		"$EYAS" $args >/dev/full 2>"$tmp/err" || status=$?
		if [ $status -eq 1 ] && grep -q 'cannot write' "$tmp/err"; then
			passed=$((passed + 1))
		else
			printf 'FAILED  eyas %s >/dev/full: status %d\n' "$args" $status
			failed=$((failed + 1))
		fi
	done
fi
printf '%d passed, %d failed, 0 skipped\n' $passed $failed
[ $failed -eq 0 ]
