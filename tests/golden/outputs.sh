# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# What the command prints for the bundled capture, one line per file of tests/golden/expected:
# its name and the arguments. Read by test_outputs.sh, which compares, and by update.sh, which
# writes them anew.

export TZ=UTC

golden_outputs() {
	local sample=tests/data/sample.scap
	# eval: arguments are quoted as for the shell.
	while read -r name args; do
		[ -n "$name" ] || continue
		eval "\"\$1\" $name $args"
	done <<-END
		text.txt read -r $sample
		text-iso.txt read -r $sample -t i -n 3
		text-relative.txt read -r $sample -t r --from 31 --to 40
		text-delta.txt read -r $sample -t D -n 12
		text-bytes.txt read -r $sample --print-bytes 10 -n 8
		text-color.txt read -r $sample --color always --from 36 --to 38
		text-filter.txt read -r $sample "fd.name startswith /etc and evt.failed=false"
		text-hex.txt read -r $sample -x -n 4
		text-hex-ascii.txt read -r $sample -X -n 4
		text-ascii.txt read -r $sample -A -n 4
		text-base64.txt read -r $sample -b -n 4
		raw.txt read -r $sample -o raw
		json.txt read -r $sample -o json
		print.txt read -r $sample -p "%evt.num %12proc.name|%8evt.buflen %fd.name"
		print-missing.txt read -r $sample -p "*%evt.num %proc.name %fd.name %toupper(evt.type)"
		print-containers.txt read -r $sample -pc -n 6
		print.json read -r $sample -j -p "*%evt.num %evt.time %proc.name %fd.sport %proc.aname %fdlist.names" --from 50 -n 8
		info.txt info $sample
		info.json info -o json $sample
		info-top.txt info --top proc.name,evt.type:evt.buflen --top fd.name --rows 8 $sample
		info-top.json info -o json --top proc.name,evt.type:evt.buflen --rows 8 $sample
		check.txt filter check "evt.type in (open, openat) and not (fd.name startswith /etc or proc.name=bash)"
		check-warnings.txt filter check "proc.name = fd.name or fd.name regex passwd or evt.latency > 1 or container.name=a"
		check-generic.txt filter check "syscall.type in (getpid, gettid, openat)"
		check.json filter check -o json "evt.type=openat and (fd.name startswith /etc or not proc.name=bash)"
		list-types.txt list types
		list-fields.txt list fields
		help.txt help
		help-watch.txt help watch
		help-read.txt help read
		help-record.txt help record
		help-info.txt help info
		help-filter.txt help filter
		help-list.txt help list
		help-probe.txt help probe
	END
}
