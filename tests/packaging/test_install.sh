#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What "cmake --install" puts down is enough to build a program against: the example compiles with
# what pkg-config says, as C with the shared and with the static library and as C++, and reads the
# bundled capture.
set -euo pipefail

build=$(dirname "${EYAS:-build/eyas}")
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
expected='4 /var/www/html/index.html
1 /srv/ada/.profile
1 /etc/shadow
1 x'
passed=0
failed=0

check() {
	local name=$1
	shift
	if "$@" >"$tmp/log" 2>&1; then
		passed=$((passed + 1))
	else
		printf 'FAILED  %s\n' "$name"
		cat "$tmp/log"
		failed=$((failed + 1))
	fi
}

reads_sample() {
	[ "$("$@" tests/data/sample.scap)" = "$expected" ]
}

cmake --install "$build" --prefix "$tmp/usr" >/dev/null
pc=$(find "$tmp/usr" -name eyas.pc)
lib=$(dirname "$(dirname "$pc")")
# eyas.pc names the prefix of the configuration; this copy names where it lies.
sed -i "s|^prefix=.*|prefix=$tmp/usr|" "$pc"
PKG_CONFIG_PATH=$(dirname "$pc")
export PKG_CONFIG_PATH
read -ra cflags <<<"$(pkg-config --cflags eyas)"
read -ra libs <<<"$(pkg-config --libs eyas)"
read -ra static_libs <<<"$(pkg-config --libs --static eyas | sed 's/-leyas//')"

check 'the command runs from where it is installed' "$tmp/usr/bin/eyas" version
check 'C, shared' "${CC:-cc}" -std=c11 -Wall -Wextra -Werror "${cflags[@]}" \
	examples/count_events.c "${libs[@]}" -o "$tmp/shared"
check 'C, shared, reads' env LD_LIBRARY_PATH="$lib" "$tmp/shared" tests/data/sample.scap
check 'C, shared, reads right' reads_sample env LD_LIBRARY_PATH="$lib" "$tmp/shared"
check 'C, static' "${CC:-cc}" -std=c11 "${cflags[@]}" examples/count_events.c \
	"$lib/libeyas.a" "${static_libs[@]}" -o "$tmp/static"
check 'C, static, reads right' reads_sample "$tmp/static"
check 'no library of ours is needed then' bash -c "! ldd '$tmp/static' | grep -q libeyas"
check 'C++' "${CXX:-c++}" -std=c++20 -x c++ -Wall -Wextra "${cflags[@]}" examples/count_events.c \
	"${libs[@]}" -o "$tmp/cxx"
check 'C++, reads right' reads_sample env LD_LIBRARY_PATH="$lib" "$tmp/cxx"
check 'manual of the command' test -s "$tmp/usr/share/man/man1/eyas.1"
check 'manual of the library' test -s "$tmp/usr/share/man/man3/eyas_event.3"
printf '%d passed, %d failed, 0 skipped\n' $passed $failed
[ $failed -eq 0 ]
