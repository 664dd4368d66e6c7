#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Every public header compiles alone, and twice in a row, as C11 and as C++17; those for C++ (.hpp,
# .hh) as the latter only.
#   tests/headers/compile.sh INCLUDE_DIRECTORY        (CC and CXX choose the compilers)
set -eu

include=${1:-include}
flags="-Wpedantic -Wall -Wextra -Werror -fsyntax-only"
failed=0
count=0

# try LANGUAGE COMPILER STANDARD
try() {
	# Included twice, it has to compile alone, too.
	printf '#include <%s>\n' "$header" "$header" >"$tmp/source"
	# shellcheck disable=SC2086
	if ! $2 "-std=$3" $flags -I "$include" -x "$1" "$tmp/source"; then
		echo "$header does not compile as $3, included twice" >&2
		failed=1
	fi
}

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
for file in "$include"/*.h "$include"/*.hpp "$include"/*/*.h "$include"/*/*.hh; do
	[ -e "$file" ] || continue
	header=${file#"$include"/}
	count=$((count + 1))
	[ "${header%.h}" = "$header" ] || try c "${CC:-cc}" c11
	try c++ "${CXX:-c++}" c++17
done
[ $count -gt 0 ] || { echo "no headers in $include" >&2; exit 1; }
exit $failed
