#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Things that slip into a commit: notes to oneself, conflict markers, paths of one's own machine.
#   tests/lint/words.sh [TOP]
set -eu

cd "${1:-$(dirname "$0")/../..}"
top=$(pwd -P)

# What is tracked or about to be; all files where this is no checkout.
list() {
	if [ "$(git rev-parse --show-toplevel 2>/dev/null)" = "$top" ]; then
		git ls-files -z --cached --others --exclude-standard
	else
		find . -path ./build\* -prune -o -type f -printf '%P\0'
	fi
}
# A deleted file is still listed until the deletion is staged.
mapfile -d '' -t files < <(list | while IFS= read -r -d '' file; do
	[ -f "$file" ] && printf '%s\0' "$file"
done)
[ ${#files[@]} -gt 0 ] || { echo "no files found" >&2; exit 1; }

failed=0
# forbid WHAT GREP-OPTION...
forbid() {
	what=$1
	shift
	if printf '%s\0' "${files[@]}" | xargs -0 grep -nIH "$@"; then
		echo "^ $what" >&2
		failed=1
	fi
}

# Brackets keep this file from finding itself.
forbid "a note to oneself: finish it, or open an issue" \
	-E '\b(T[O]DO|F[I]XME|N[O]COMMIT)\b|\bX[X]X(:| |$)'
forbid "a conflict marker" -E '^(<{7}|>{7}|[|]{7}) '

# Paths: this very checkout, the outside data, the home directories of people.
data=$(realpath -m "${EYAS_TESTDATA:-../shared}")
forbid "a path of this machine" -F -e "$top/" -e "$data/"
case ${HOME:-/} in
/ | /root | /home/user | "$top") ;;
*) forbid "a path of this machine" -F "$HOME/" ;;
esac
# Paths recorded in captures are data: golden files may hold them.
mapfile -t files < <(printf '%s\n' "${files[@]}" | grep -vE '^tests/(golden|data|fuzz)/' || true)
# The users of examples: user, me, alice, bob.
forbid "a path of somebody's machine" -P '/(home|Users)/(?!(user|me|alice|bob)\b)[a-z][a-z0-9_-]*/'
exit $failed
