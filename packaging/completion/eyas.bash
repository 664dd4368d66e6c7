# SPDX-License-Identifier: Apache-2.0
# Completion of eyas for bash. Install as share/bash-completion/completions/eyas.

_eyas()
{
	local commands="read record info list version help"
	local input="-r --read -n --count --from --to --merge --raw-schema --max-block --max-stored
		-q --quiet -v --verbose --no-progress -h --help"
	local listings="events params flags syscalls types"
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
	read:-o | read:--output)
		mapfile -t COMPREPLY < <(compgen -W "text json raw" -- "$cur")
		return
		;;
	info:-o | info:--output | list:-o | list:--output)
		mapfile -t COMPREPLY < <(compgen -W "text json" -- "$cur")
		return
		;;
	read:-t | read:--time)
		mapfile -t COMPREPLY < <(compgen -W "h a r d D i" -- "$cur")
		return
		;;
	read:--color)
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
	*:-n | *:--count | *:--from | *:--to | *:--max-block | *:--max-stored | read:--print-bytes | \
		info:--processes | record:--level | record:-[CGeW] | record:--file-size | \
		record:--seconds | record:--event-limit | record:--limit)
		return
		;;
	*:-r | *:--read | record:-w | record:--write)
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		return
		;;
	esac

	case $command in
	read)
		options="$input -o --output -t --time --all --print-bytes --color"
		;;
	record)
		options="$input -w --write -z --gzip --compress --level -C --file-size -G
			--seconds -e --event-limit -W --limit --fatfile --compat"
		;;
	info)
		options="$input -o --output --processes"
		;;
	list)
		options="-o -h --help"
		[[ $cur == -* ]] || options=$listings
		;;
	help)
		options=$commands
		;;
	version)
		options="-h --help"
		;;
	esac
	if [[ $cur == -* || $command == list || $command == help ]]; then
		mapfile -t COMPREPLY < <(compgen -W "$options" -- "$cur")
	elif [[ $command == read || $command == info || $command == record ]]; then
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
	fi
}

complete -o filenames -F _eyas eyas
