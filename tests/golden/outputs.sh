# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# What the command prints for the bundled capture, one line per file of tests/golden/expected:
# its name and the arguments. Read by test_outputs.sh, which compares, and by update.sh, which
# writes them anew.

export TZ=UTC

golden_outputs() {
	local sample=tests/data/sample.scap
	while read -r name args; do
		[ -n "$name" ] || continue
		# shellcheck disable=SC2086 # the arguments are words
		"$1" "$name" $args
	done <<-END
		text.txt read -r $sample
		text-iso.txt read -r $sample -t i -n 3
		text-relative.txt read -r $sample -t r --from 31 --to 40
		text-delta.txt read -r $sample -t D -n 12
		text-bytes.txt read -r $sample --print-bytes 10 -n 8
		text-color.txt read -r $sample --color always --from 36 --to 38
		raw.txt read -r $sample -o raw
		json.txt read -r $sample -o json
		info.txt info $sample
		info.json info -o json $sample
		list-types.txt list types
		help.txt help
		help-read.txt help read
		help-record.txt help record
		help-info.txt help info
		help-list.txt help list
	END
}
