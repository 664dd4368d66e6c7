#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Completion for bash offers every option that the help of a command names, every command and
# every table, and the names of fields where they are wanted.
set -euo pipefail

EYAS=${EYAS:-build/eyas}
# shellcheck source=packaging/completion/eyas.bash
. packaging/completion/eyas.bash
passed=0
failed=0

# complete_words WORD...: what is offered for the last one, one a line
complete_words() {
	COMP_WORDS=("$EYAS" "$@")
	COMP_CWORD=$#
	_eyas
	printf '%s\n' "${COMPREPLY[@]}" | sort
}

# offers EXPECTED WORD...: what is offered is that, in lines
offers() {
	local expected=$1
	shift
	if diff <(printf '%s\n' "$expected") <(complete_words "$@"); then
		passed=$((passed + 1))
	else
		printf 'FAILED  completion of: %s\n' "$*"
		failed=$((failed + 1))
	fi
}

# The options of a help text: at the beginning of a line, or behind a short one.
options_of() {
	"$EYAS" help "$@" | grep -oE '^ +(-[A-Za-z], )?--?[A-Za-z0-9-]+' | grep -oE -- '--?[A-Za-z0-9-]+' | sort
}

words() {
	printf '%s\n' "$@"
}

for command in watch read record flow detect info list probe; do
	offers "$(options_of $command)" $command -
done
offers "$(options_of filter)" filter check -
offers "$(options_of rules)" rules check -
offers "$(options_of rules explain)" rules explain Name -
offers "$(options_of rules profile)" rules profile -
offers "$(options_of rules test)" rules test -
offers "$(words json tap)" rules test -o ''
offers "$(options_of flow print)" flow print -
offers "$({ "$EYAS" help | sed -n 's/^  \([a-z]*\) .*/\1/p'; words -h --help -V --version; } | sort)" ''
offers "$(words events fields flags params syscalls types)" list ''
offers check filter ''
offers "$(words alert)" rules check --priority al
offers "$(words falco sysporter)" as ''
offers "$("$EYAS" as falco -h | sed '/^Accepted/,$d' | grep -oE -- '(^| )--?[A-Za-z][a-z0-9-]*' |
	tr -d ' ' | grep -v '^-[0-9]' | sort -u)" as falco -
offers "$(words json markdown text)" as falco --format ''
offers "$(words consumer flow nofiles)" flow --mode ''
offers sf.proc.cmdline flow -c sf.proc.cmd
offers print flow prin
offers "$(words csv flatjson json records text)" flow print -o ''
offers "$(words iso ns)" flow print --times ''
offers "$(words ts,sf.net.sip ts,sf.net.sport)" flow print -c ts,sf.net.s
offers "$(words no yes)" flow --file-only ''
offers "$(words check describe explain list profile test)" rules ''
offers "$(words json text)" rules profile -o ''
offers "$(words always auto never)" read --escape ''
offers "$(words json raw text)" read -o ''
offers "$(words json raw text)" watch -o ''
offers "$(words openat,close openat,close_range)" watch --syscalls openat,clos
offers default record --syscalls def
offers proc.nthreads info --top proc.nth
offers "$(words proc.name,evt.buffer proc.name,evt.buflen)" info --top proc.name,evt.buf
printf '%d passed, %d failed, 0 skipped\n' $passed $failed
[ $failed -eq 0 ]
