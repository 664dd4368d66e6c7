#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The probe compiles, without a warning, for a processor that is not this machine's, and has the
# dispatcher in it.
#   tests/probe/compile.sh ARCH PROBE_SOURCE CLANG FLAG...
set -eu

arch=$1 source=$2
shift 2
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

"$@" -Werror "-D__TARGET_ARCH_$arch" -c "$source" -o "$tmp/probe.o"
# An object without its sections would load nothing.
grep -q 'tp_btf/sys_exit' "$tmp/probe.o" || { echo "no dispatcher for $arch" >&2; exit 1; }
