# SPDX-License-Identifier: Apache-2.0
# Completion of eyas for bash. Install as share/bash-completion/completions/eyas.

# Names of all fields, asked of the command that is being completed.
_eyas_fields()
{
	"${COMP_WORDS[0]}" list fields 2>/dev/null | awk '/^[a-z0-9]+\./ { print $1 }'
}

# Names of all system calls and tracepoints.
_eyas_syscalls()
{
	"${COMP_WORDS[0]}" list -o json syscalls 2>/dev/null |
		grep -o '"name":"[a-z0-9_]*"' | cut -d'"' -f4
}

_eyas()
{
	local commands="watch read record info filter list probe version help"
	local common="-n --count -F --filter --max-threads --max-fds -q --quiet -v --verbose
		--no-progress -h --help"
	local input="$common -r --read --from --to --merge --raw-schema --max-block --max-stored"
	local live="-s --snaplen --dynamic-snaplen --syscalls --enter-events --pid --follow --cgroup
		--uid --drop-failed --sampling --ring-size -M --duration --stats --strict
		--no-iterators"
	local output="-o --output -j --json -p --print -t --time --all --print-bytes -x --print-hex
		-X --print-hex-ascii -A --print-ascii -b --print-base64 --escape --color
		--unbuffered"
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
	info:-o | info:--output | list:-o | list:--output | filter:-o | filter:--output | \
		probe:-o | probe:--output)
		mapfile -t COMPREPLY < <(compgen -W "text json" -- "$cur")
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
	watch:--syscalls | record:--syscalls)
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
	record:--compress)
		mapfile -t COMPREPLY < <(compgen -W "none gzip zstd" -- "$cur")
		return
		;;
	record:--compat)
		mapfile -t COMPREPLY < <(compgen -W "sysdig-0.29" -- "$cur")
		return
		;;
	*:-n | *:--count | *:-F | *:--filter | *:--max-threads | *:--max-fds | info:--rows | \
		*:--from | *:--to | *:--max-block | *:--max-stored | read:-s | read:--print-bytes | \
		info:--processes | record:--level | record:-[CGeW] | record:--file-size | \
		record:--seconds | record:--event-limit | record:--limit | watch:-s | record:-s | \
		*:--snaplen | watch:--print-bytes | *:--pid | *:--follow | *:--ring-size | *:-M | \
		*:--duration | probe:--run)
		return
		;;
	*:-r | *:--read | record:-w | record:--write)
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
		options="$input $live -w --write -z --gzip --compress --level -C --file-size -G
			--seconds -e --event-limit -W --limit --fatfile --compat"
		;;
	info)
		options="$input -o --output --processes --top --rows"
		;;
	filter)
		options="-o --output -F --filter -v --verbose -h --help"
		[[ $cur == -* ]] || options=check
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
	if [[ $cur == -* || $command == list || $command == help || $prev == filter ||
		$command == watch || $command == probe ]]; then
		mapfile -t COMPREPLY < <(compgen -W "$options" -- "$cur")
	elif [[ $command == read || $command == info || $command == record ]]; then
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
	fi
}

complete -o filenames -F _eyas eyas
