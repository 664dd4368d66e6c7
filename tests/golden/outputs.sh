# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# What the command prints for the bundled capture, one line per file of tests/golden/expected:
# its name and the arguments. Read by test_outputs.sh, which compares, and by update.sh, which
# writes them anew.

export TZ=UTC

golden_outputs() {
	local sample=tests/data/sample.scap records=tests/data/sample.sf
	local rules=tests/rules/sample.yaml broken=tests/rules/broken.yaml
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
		rules-check.txt rules check $rules $broken $rules
		rules-check-verbose.txt rules check -v $rules $broken
		rules-check.json rules check -o json $rules $broken
		rules-list.txt rules list $rules
		rules-list.json rules list -o json $rules
		rules-list-broken.txt rules list $broken
		rules-describe.txt rules describe $rules
		rules-describe.json rules describe -o json $rules
		rules-describe-one.json rules describe -o json --rule "Connection accepted" $rules
		rules-test.txt rules test tests/rules/sample_test.yaml
		rules-test-failing.txt rules test tests/rules/failing_test.yaml
		rules-test-failing.json rules test -o json tests/rules/failing_test.yaml
		rules-explain.txt rules explain "Sensitive file opened" -R $rules -r $sample
		rules-explain.json rules explain "Log written by its server" -R $rules -r $sample -o json
		rules-explain-summary.txt rules explain "Connection accepted" -R $rules -r $sample --summary
		detect.txt detect -R $rules -r $sample
		detect.json detect -R $rules -r $sample -o json --hostname testhost
		detect-iso.txt detect -R $rules -r $sample -t i --enable "Log*" --disable-tag network
		detect-priority.txt detect -v --no-progress -R $rules -r $sample --priority info
		list-types.txt list types
		list-fields.txt list fields
		flow-print.txt flow print $records
		flow-print-filter.txt flow print --entities -c ts,type,proc.name,proc.aname,net.ip $records sf.proc.apid = 1
		flow-print.json flow print -j $records
		flow-print-flat.json flow print -o flatjson -c type,opflags,file.openflags,net.dip,pod.services --entities $records
		flow-print.csv flow print -o csv --times ns $records
		flow-print-records.json flow print -o records $records
		list-attributes.txt flow print --list
		help-flow-print.txt help flow print
		help.txt help
		help-watch.txt help watch
		help-read.txt help read
		help-record.txt help record
		help-info.txt help info
		help-filter.txt help filter
		help-list.txt help list
		help-probe.txt help probe
		help-rules.txt help rules
		help-rules-explain.txt help rules explain
		help-rules-profile.txt help rules profile
		help-rules-test.txt help rules test
		help-detect.txt help detect
	END
}
