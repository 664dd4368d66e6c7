#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What the command prints for the bundled capture is what tests/golden/expected says, byte for
# byte. update.sh writes the expectations anew; look at the difference before committing it.
set -euo pipefail

EYAS=${EYAS:-build/eyas}
# shellcheck source=tests/golden/outputs.sh
. tests/golden/outputs.sh
passed=0
failed=0

compare() {
	local name=$1
	shift
	# What is printed about a broken file comes with a status of its own.
	if { "$EYAS" "$@" 2>&1 || true; } | diff -u "tests/golden/expected/$name" - >&2; then
		passed=$((passed + 1))
	else
		printf 'FAILED  eyas %s: differs from tests/golden/expected/%s\n' "$*" "$name"
		failed=$((failed + 1))
	fi
}

golden_outputs compare
# A file that nobody prints any more is no expectation.
known=$(golden_outputs echo | cut -d' ' -f1 | sort)
if ! diff <(printf '%s\n' "$known") <(find tests/golden/expected -type f -printf '%f\n' | sort); then
	printf 'FAILED  files of tests/golden/expected\n'
	failed=$((failed + 1))
fi
printf '%d passed, %d failed, 0 skipped\n' $passed $failed
[ $failed -eq 0 ]
