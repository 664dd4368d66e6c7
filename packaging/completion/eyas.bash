# SPDX-License-Identifier: Apache-2.0
# Completion of eyas for bash. Install as share/bash-completion/completions/eyas.

# Names of all fields, asked of the command that is being completed.
_eyas_fields()
{
	"${COMP_WORDS[0]}" list fields 2>/dev/null | awk '/^[a-z0-9]+\./ { print $1 }'
}

# Names of all attributes of SysFlow records.
_eyas_attributes()
{
	"${COMP_WORDS[0]}" flow print --list 2>/dev/null | awk '{ print $1 }'
}

# Names of all system calls and tracepoints.
_eyas_syscalls()
{
	"${COMP_WORDS[0]}" list -o json syscalls 2>/dev/null |
		grep -o '"name":"[a-z0-9_]*"' | cut -d'"' -f4
}

# The options of Falco, also for a link of that name.
_eyas_falco()
{
	local options="-h --help -c --config-schema --rule-schema --disable-source --enable-source
		--dry-run -i -L -l --list --list-events --list-plugins -M --markdown --format -N -o
		--option --plugin-info -p --print -P --pidfile -r --support -U --unbuffered -V
		--validate -v --version --page-size -A -b --print-base64 -D -d --daemon -e
		--modern-bpf --nodriver -S --snaplen -s --stats-interval -T -t -w --writefile"
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}

	COMPREPLY=()
	case $prev in
	--format)
		mapfile -t COMPREPLY < <(compgen -W "text markdown json" -- "$cur")
		;;
	--disable-source | --enable-source)
		mapfile -t COMPREPLY < <(compgen -W "syscall" -- "$cur")
		;;
	-l | -M | -o | --option | --plugin-info | -p | --print | -D | -S | --snaplen | -T | -t | \
		--stats-interval) ;;
	*)
		if [[ $cur == -* ]]; then
			mapfile -t COMPREPLY < <(compgen -W "$options" -- "$cur")
		else
			mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		fi
		;;
	esac
}

_eyas()
{
	local commands="watch read record flow detect info filter list probe rules as version help"
	local common="-n --count -F --filter --max-threads --max-fds -q --quiet -v --verbose
		--no-progress -h --help"
	local input="$common -r --read --from --to --merge --raw-schema --max-block --max-stored"
	local live="-s --snaplen --dynamic-snaplen --syscalls --enter-events --pid --follow --cgroup
		--uid --drop-failed --sampling --ring-size -M --duration --stats --strict
		--no-iterators"
	local output="-o --output -j --json -p --print -t --time --all --print-bytes -x --print-hex
		-X --print-hex-ascii -A --print-ascii -b --print-base64 --escape --color
		--unbuffered"
	local recording="-w --write -z --gzip --compress --level -C --file-size -G --seconds -e
		--event-limit -W --limit --fatfile --compat"
	local listings="fields events params flags syscalls types"
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}
	local command="" word i options=""

	COMPREPLY=()
	for ((i = 1; i < COMP_CWORD; i++)); do
		word=${COMP_WORDS[i]}
		if [[ $word != -* ]]; then
			command=$word
			break
		fi
	done

	# The commands of two words; behind an option of flow, it is a file.
	[[ $command != flow || ${COMP_WORDS[i + 1]} != print || $((i + 1)) -ge $COMP_CWORD ]] ||
		command=flow-print
	[[ $command != rules || ! ${COMP_WORDS[i + 1]} =~ ^(explain|profile|test)$ ||
		$((i + 1)) -ge $COMP_CWORD ]] || command=rules-${COMP_WORDS[i + 1]}

	if [[ $command == as && ${COMP_WORDS[i + 1]} == falco && $((i + 1)) -lt $COMP_CWORD ]]; then
		_eyas_falco
		return
	fi

	if [[ -z $command ]]; then
		mapfile -t COMPREPLY < <(compgen -W "$commands -h --help -V --version" -- "$cur")
		return
	fi

	# The value of an option.
	case $command:$prev in
	read:-o | read:--output | watch:-o | watch:--output)
		mapfile -t COMPREPLY < <(compgen -W "text json raw" -- "$cur")
		return
		;;
	rules-test:-o | rules-test:--output)
		mapfile -t COMPREPLY < <(compgen -W "tap json" -- "$cur")
		return
		;;
	info:-o | info:--output | list:-o | list:--output | filter:-o | filter:--output | \
		probe:-o | probe:--output | rules:-o | rules:--output | detect:-o | \
		detect:--output | rules-*:-o | rules-*:--output)
		mapfile -t COMPREPLY < <(compgen -W "text json" -- "$cur")
		return
		;;
	flow-print:-o | flow-print:--output)
		mapfile -t COMPREPLY < <(compgen -W "text json flatjson csv records" -- "$cur")
		return
		;;
	flow-print:-c | flow-print:--columns | flow:-c | flow:--columns)
		word=${cur##*,}
		mapfile -t COMPREPLY < <(compgen -P "${cur%"$word"}" -W "all $(_eyas_attributes)" -- "$word")
		return
		;;
	flow-print:--times)
		mapfile -t COMPREPLY < <(compgen -W "iso ns" -- "$cur")
		return
		;;
	flow-print:--follow)
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		return
		;;
	read:-t | read:--time | watch:-t | watch:--time)
		mapfile -t COMPREPLY < <(compgen -W "h a r d D i" -- "$cur")
		return
		;;
	info:--top)
		# Fields separated by commas: the last one is being written.
		word=${cur##*,}
		mapfile -t COMPREPLY < <(compgen -P "${cur%"$word"}" -W "$(_eyas_fields)" -- "$word")
		return
		;;
	watch:--syscalls | record:--syscalls | flow:--syscalls | detect:--syscalls)
		word=${cur##*,}
		mapfile -t COMPREPLY < <(compgen -P "${cur%"$word"}" -W "default $(_eyas_syscalls)" -- "$word")
		return
		;;
	*:--sampling)
		mapfile -t COMPREPLY < <(compgen -W "1 2 4 8 16 32 64 128" -- "$cur")
		return
		;;
	*:--uid)
		mapfile -t COMPREPLY < <(compgen -u -- "$cur")
		return
		;;
	*:--cgroup)
		mapfile -t COMPREPLY < <(compgen -d -- "$cur")
		return
		;;
	read:-p | read:--print | watch:-p | watch:--print)
		mapfile -t COMPREPLY < <(compgen -W "c container" -- "$cur")
		return
		;;
	read:--escape | read:--color | watch:--escape | watch:--color)
		mapfile -t COMPREPLY < <(compgen -W "auto always never" -- "$cur")
		return
		;;
	detect:-t | detect:--time)
		mapfile -t COMPREPLY < <(compgen -W "h i" -- "$cur")
		return
		;;
	detect:--sink)
		mapfile -t COMPREPLY < <(compgen -W "stdout file= syslog program= http=" -- "$cur")
		return
		;;
	detect:--sink-opt)
		mapfile -t COMPREPLY < <(compgen -W "keep-alive= queue-lines= queue-bytes= timeout=
			retries= retry-pause= grace= ident= user-agent= insecure= ca= ca-path=
			cert= key= compress= echo= request-timeout=" -- "$cur")
		return
		;;
	detect:--capture-mode)
		mapfile -t COMPREPLY < <(compgen -W "rules all" -- "$cur")
		return
		;;
	detect:--matching)
		mapfile -t COMPREPLY < <(compgen -W "first all" -- "$cur")
		return
		;;
	rules:--priority | detect:--priority)
		mapfile -t COMPREPLY < <(compgen -W "emergency alert critical error warning notice
			informational debug" -- "$cur")
		return
		;;
	record:--compress | detect:--compress)
		mapfile -t COMPREPLY < <(compgen -W "none gzip zstd" -- "$cur")
		return
		;;
	flow:-o | flow:--output)
		mapfile -t COMPREPLY < <(compgen -W "text json flatjson csv" -- "$cur")
		return
		;;
	flow:--mode)
		mapfile -t COMPREPLY < <(compgen -W "flow consumer nofiles" -- "$cur")
		return
		;;
	flow:--codec)
		mapfile -t COMPREPLY < <(compgen -W "deflate null snappy" -- "$cur")
		return
		;;
	flow:--file-read-mode)
		mapfile -t COMPREPLY < <(compgen -W "0 1 2" -- "$cur")
		return
		;;
	flow:--file-only | flow:--process-flow)
		mapfile -t COMPREPLY < <(compgen -W "yes no" -- "$cur")
		return
		;;
	flow:--schema)
		mapfile -t COMPREPLY < <(compgen -W "5 6" -- "$cur")
		return
		;;
	flow:--drop-mode)
		mapfile -t COMPREPLY < <(compgen -W "off 1 2 4 8 16 32 64 128" -- "$cur")
		return
		;;
	record:--compat | detect:--compat)
		mapfile -t COMPREPLY < <(compgen -W "sysdig-0.29" -- "$cur")
		return
		;;
	*:-n | *:--count | *:-F | *:--filter | *:--max-threads | *:--max-fds | info:--rows | \
		*:--from | *:--to | *:--max-block | *:--max-stored | read:-s | read:--print-bytes | \
		info:--processes | record:--level | record:-[CGeW] | record:--file-size | \
		detect:--level | detect:-[CGeW] | detect:--file-size | detect:--seconds | \
		detect:--event-limit | detect:--limit | detect:--capture-[sbm]* | \
		record:--seconds | record:--event-limit | record:--limit | watch:-s | record:-s | \
		*:--snaplen | watch:--print-bytes | *:--pid | *:--follow | *:--ring-size | *:-M | \
		*:--duration | probe:--run | flow:-[Ge] | flow:--seconds | flow:--exporter | \
		flow:--node-ip | flow:--max-flows | flow:--cri-timeout | flow:-s)
		return
		;;
	rules:--rule | detect:--enable | detect:--disable | detect:--enable-tag | \
		detect:--disable-tag | detect:--hostname | detect:-s | detect:--rate | \
		detect:--max-burst | detect:--drop-threshold | detect:--drop-rate | \
		detect:--drop-burst | detect:--stats-interval | detect:--listen)
		return
		;;
	*:-r | *:--read | flow-print:--listen | record:-w | record:--write | flow:-[wu] | \
		flow:--write | flow:--socket | flow:--cri | detect:-R | detect:--rules | detect:-w | \
		detect:--write | detect:--capture-prefix | detect:--stats-file | \
		detect:--listen-cert | rules-*:-R | rules-*:--rules)
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		return
		;;
	esac

	case $command in
	read)
		options="$input $output -s"
		;;
	watch)
		options="$common $live $output"
		;;
	probe)
		options="-o --output --run -h --help"
		;;
	record)
		options="$input $live $recording"
		;;
	flow-print)
		options="-c --columns -o --output -j --json -F --filter -n --count --entities --follow
			--listen --times --list --max-block -q --quiet -v --verbose -h --help"
		;;
	flow)
		options="$input $live -o --output -j --json -c --columns -w --write -u --socket -G
			--seconds -e --exporter --node-ip --mode --file-read-mode --file-only
			--process-flow --containers --schema --codec --max-flows --strict-compat
			--cri --cri-timeout --drop-mode --no-kernel-aggregation"
		;;
	as)
		options="-h --help"
		[[ $cur == -* ]] || options="sysporter falco"
		;;
	info)
		options="$input -o --output --processes --top --rows"
		;;
	filter)
		options="-o --output -F --filter -v --verbose -h --help"
		[[ $cur == -* ]] || options=check
		;;
	detect)
		options="$input $live -R --rules -o --output -j --json -t --time --matching
			--priority --enable --disable --enable-tag --disable-tag --hostname
			--sink --sink-opt --rate --max-burst --message --no-text --no-fields
			--no-tags --drop-actions --drop-threshold --drop-rate --drop-burst
			--simulate-drops --stats-file --stats-alerts --stats-interval --listen
			--listen-cert --capture-prefix --capture-mode --capture-seconds
			--capture-before --capture-memory --capture-max-size --capture-max-files
			$recording"
		;;
	rules)
		options="-o --output -v --verbose --rule --priority -h --help"
		[[ $cur == -* || $prev != rules ]] || options="check list describe explain profile test"
		;;
	rules-explain)
		options="$input -R --rules -o --output -j --json --summary"
		;;
	rules-profile)
		options="$input -R --rules -o --output -j --json --top"
		;;
	rules-test)
		options="-o --output -h --help"
		;;
	list)
		options="-o --output -h --help"
		[[ $cur == -* ]] || options=$listings
		;;
	help)
		options=$commands
		;;
	version)
		options="-h --help"
		;;
	esac
	if [[ $cur == -* || $command == list || $command == help || $prev == filter || $prev == rules ||
		$prev == as || $command == watch || $command == probe || $command == detect ]]; then
		mapfile -t COMPREPLY < <(compgen -W "$options" -- "$cur")
	elif [[ $command == flow && $prev == flow ]]; then
		mapfile -t COMPREPLY < <(compgen -W print -- "$cur"; compgen -f -- "$cur")
	elif [[ $command == read || $command == info || $command == record || $command == rules* ||
		$command == flow* ]]; then
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
	fi
}

complete -o filenames -F _eyas eyas
