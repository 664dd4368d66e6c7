#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# packaging/setup against a make-believe package system: it must install what is missing and
# nothing else, and leave apt-get alone when nothing is.
#
# "conditions || fail": what stands before it has no side effects.
# shellcheck disable=SC2015
set -eu

setup=$(cd "$(dirname "$0")/../.." && pwd)/packaging/setup
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
mkdir "$tmp/bin"

# $tmp/installed and $tmp/known are lists of packages; what apt-get is called with goes to log.
cat >"$tmp/bin/dpkg-query" <<'STUB'
#!/bin/sh
for package; do :; done
grep -qx "$package" "$STATE/installed" || exit 1
printf installed
STUB
cat >"$tmp/bin/apt-cache" <<'STUB'
#!/bin/sh
grep -qx "$2" "$STATE/known" && printf '%s:\n  Candidate: 1.0\n' "$2"
exit 0
STUB
cat >"$tmp/bin/apt-get" <<'STUB'
#!/bin/sh
echo "$*" >>"$STATE/log"
case $1 in
install)
	for word; do
		case $word in install | -*) continue ;; esac
		echo "$word" >>"$STATE/installed"
	done ;;
esac
STUB
# Root by name only: nothing here may reach the real system.
cat >"$tmp/bin/id" <<'STUB'
#!/bin/sh
echo "${FAKE_UID:-0}"
STUB
chmod +x "$tmp/bin/"*
for tool in sh env grep awk cat mktemp bash dirname rm; do
	ln -s "$(command -v $tool)" "$tmp/bin/$tool"
done

failed=0
fail() {
	echo "FAILED: $*"
	cat "$tmp/out"
	failed=1
}

# run GOAL: exit status in $status, calls of apt-get in $calls
run() {
	: >"$tmp/log"
	status=0
	STATE=$tmp PATH=$tmp/bin "$setup" "$1" >"$tmp/out" 2>&1 || status=$?
	calls=$(cat "$tmp/log")
}

build="cmake make gcc g++ pkg-config zlib1g-dev libzstd-dev liblz4-dev libre2-dev
	libbpf-dev libelf-dev clang bpftool linux-tools-common linux-tools-generic
	libavro-dev libjansson-dev liblzma-dev libsnappy-dev libmd-dev libyaml-dev
	libcurl4-openssl-dev libmicrohttpd-dev"
tests="python3 zstd lz4 gzip mandoc shellcheck clang-format valgrind sysdig strace
	libclang-rt-14-dev libclang-rt-dev qemu-system-x86 busybox-static
	python3-avro openssl logrotate git"

lines() {
	for word in $1; do echo "$word"; done
}

lines "$build $tests" >"$tmp/known"

lines "$build $tests" >"$tmp/installed"
run test
[ $status -eq 0 ] && [ -z "$calls" ] || fail "all there: apt-get must not be called"

lines "$build" >"$tmp/installed"
run build
[ $status -eq 0 ] && [ -z "$calls" ] || fail "build packages there: apt-get must not be called"

lines "$build" | sed 's/^pkg-config$/pkgconf/' >"$tmp/installed"
run build
[ $status -eq 0 ] && [ -z "$calls" ] || fail "pkgconf does for pkg-config"

lines "$build $tests" | grep -vx -e cmake -e lz4 >"$tmp/installed"
run test
grep -q '^install .* cmake lz4 *$' "$tmp/log" || fail "cmake and lz4 missing: only these are installed"
[ $status -eq 0 ] || fail "status after an installation"

lines "$build $tests" | grep -vx cmake >"$tmp/installed"
lines "$tests" >"$tmp/known"
run build
[ $status -eq 1 ] && grep -q 'cannot be installed: cmake' "$tmp/out" ||
	fail "a build package that apt does not have is an error that names it"

lines "$build $tests" | grep -vx sysdig >"$tmp/installed"
lines "$build $tests" | grep -vx sysdig >"$tmp/known"
run test
[ $status -eq 0 ] && ! grep -q '^install' "$tmp/log" && grep -q 'sysdig' "$tmp/out" ||
	fail "a test package that apt does not have is named and no error"

lines "$build" | grep -vx cmake >"$tmp/installed"
FAKE_UID=1000 run build
[ $status -eq 1 ] && [ -z "$calls" ] && grep -q 'missing packages: cmake' "$tmp/out" ||
	fail "neither root nor sudo: an error that names the package"

EYAS_SETUP=no run build
[ $status -eq 0 ] && [ -z "$calls" ] || fail "EYAS_SETUP=no switches it off"

rm "$tmp/bin/apt-get"
run build
[ $status -eq 1 ] && grep -q 'zlib1g-dev' "$tmp/out" ||
	fail "no apt-get: an error that says which packages are needed"

exit $failed
