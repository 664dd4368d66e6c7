#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What "cmake --install" puts down is enough to build a program against: the examples compile with
# what pkg-config says, as C with the shared and with the static library and as C++, and read the
# bundled capture.
set -euo pipefail

build=$(dirname "${EYAS:-build/eyas}")
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
sample=tests/data/sample.scap
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

# What an example prints for the bundled capture.
expected_count_events() {
	printf '%s\n' '4 /var/www/html/index.html' '1 /srv/ada/.profile' '1 /etc/shadow' '1 x'
}

expected_print_matches() {
	printf '%s\n' '42 cat bash openat /etc/shadow' '43 cat bash read /etc/shadow' \
		'45 cat bash close /etc/shadow'
}

expected_sysflow_callback() {
	local by='by /bin/cat (4712) < /bin/bash < /usr/sbin/sshd < /usr/lib/systemd/systemd'
	printf 'example: %s\n' "exec = 0 $by" \
		"open+read+close, 27 bytes in 1 reads, 0 in 0 writes, /etc/shadow $by" "exit = 0 $by"
}

expected_sysflow_read() {
	printf '/usr/sbin/nginx read 612 and wrote 0 bytes of /var/www/html/index.html\n%.0s' 1 2 3
	echo '/bin/cat read 27 and wrote 0 bytes of /etc/shadow'
	echo '/usr/sbin/nginx read 612 and wrote 0 bytes of /var/www/html/index.html'
	echo '/usr/sbin/nginx read 0 and wrote 232 bytes of /var/log/nginx/access.log'
}

expected_print_alerts() {
	echo 'Warning Sensitive file opened | file=/etc/shadow user=root process=cat container=host'
}

# runs EXAMPLE COMMAND...: the program prints what is expected of that example
runs() {
	local example=$1 arguments=("$sample") relevant=.
	shift
	case $example in
	print_matches)
		arguments+=('fd.name startswith /etc and evt.failed=false' \
			'%evt.num %proc.name %proc.pname %evt.type %fd.name')
		;;
	print_alerts)
		arguments+=(tests/rules/sample.yaml)
		relevant=Warning
		;;
	sysflow_callback)
		# What is open at the end of the capture comes in no certain order.
		relevant=' by /bin/cat '
		;;
	sysflow_read)
		arguments=("$tmp/sample.sf")
		;;
	esac
	# Alerts begin with the local time, which is another one elsewhere.
	diff <("expected_$example") <("$@" "${arguments[@]}" | grep -e "$relevant" |
		sed 's/^[0-9:.]*: Warning/Warning/')
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
check 'the command makes records' "$tmp/usr/bin/eyas" flow -r "$sample" -w "$tmp/sample.sf" \
	--file-read-mode 0
for example in count_events print_matches print_alerts sysflow_callback sysflow_read; do
	source=examples/$example.c
	shared=$tmp/$example-shared static=$tmp/$example-static cxx=$tmp/$example-cxx
	check "$example: C, shared" "${CC:-cc}" -std=c11 -Wall -Wextra -Werror "${cflags[@]}" \
		$source "${libs[@]}" -o "$shared"
	check "$example: C, shared, runs" runs $example env LD_LIBRARY_PATH="$lib" "$shared"
	check "$example: C, static" "${CC:-cc}" -std=c11 "${cflags[@]}" $source \
		"$lib/libeyas.a" "${static_libs[@]}" -o "$static"
	check "$example: C, static, runs" runs $example "$static"
	check "$example: no library of ours is needed then" bash -c "! ldd '$static' | grep -q libeyas"
	check "$example: C++" "${CXX:-c++}" -std=c++20 -x c++ -Wall -Wextra "${cflags[@]}" \
		$source "${libs[@]}" -o "$cxx"
	check "$example: C++, runs" runs $example env LD_LIBRARY_PATH="$lib" "$cxx"
done
source=examples/sysflow_callback.cpp
check 'sysflow_callback.cpp: shared' "${CXX:-c++}" -std=c++17 -Wall -Wextra -Werror "${cflags[@]}" \
	$source "${libs[@]}" -o "$tmp/callback-shared"
check 'sysflow_callback.cpp: shared, runs' runs sysflow_callback env LD_LIBRARY_PATH="$lib" \
	"$tmp/callback-shared"
# With the names of headers of the library that ours takes the place of.
sed 's|#include <sysflow.hpp>|#include "sysflow/enums.hh"\n#include "sysflowlibs.hpp"|' $source \
	>"$tmp/callback.cpp"
check 'sysflow_callback.cpp: static, by other names' "${CXX:-c++}" -std=c++17 -Wall -Wextra -Werror \
	"${cflags[@]}" "$tmp/callback.cpp" "$lib/libeyas.a" "${static_libs[@]}" -o "$tmp/callback-static"
check 'sysflow_callback.cpp: static, runs' runs sysflow_callback "$tmp/callback-static"
check 'rules' cmp -s rules/eyas_rules.yaml "$tmp/usr/share/eyas/rules/eyas_rules.yaml"
check 'manual of the command' test -s "$tmp/usr/share/man/man1/eyas.1"
check 'manual of the library' test -s "$tmp/usr/share/man/man3/eyas_event.3"
check 'manual of the format' test -s "$tmp/usr/share/man/man5/eyas-capture.5"
for page in eyas-filter eyas-fields; do
	check "manual of the language: $page" test -s "$tmp/usr/share/man/man7/$page.7"
done
check 'completion' test -s "$tmp/usr/share/bash-completion/completions/eyas"
printf '%d passed, %d failed, 0 skipped\n' $passed $failed
[ $failed -eq 0 ]
