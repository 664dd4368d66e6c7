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
expect 2 "'extra' is unexpected" read -r $sample extra
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
expect 2 'takes no arguments' version now

# what fails
expect 1 'no/such/file: cannot open' read -r no/such/file
expect 1 'is a directory' read -r tests
expect 1 'not a capture' read -r README.md
expect 1 'no place in a capture' read -r $sample --from noon
expect 1 'no/such/dir' record -q -r $sample -w no/such/dir/out
expect 1 'the input is empty' read -r /dev/null

# what works
expect 0 '' version
expect 0 '' --version
expect 0 '' --help
for command in read record info list version help; do
	expect 0 '' $command --help
	expect 0 '' help $command
done
expect 0 '' read $sample
expect 0 '' read -q -r $sample
expect 0 '76 events shown' read -q -v -r $sample
expect 0 '' info -q $sample $sample
expect 0 '' info --merge $sample $sample
for table in events params flags syscalls types; do
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
