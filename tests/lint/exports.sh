#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The library exports what include/ declares, no more and no less, all of it eyas_* or sysflow_*;
# every declaration has a comment.
#   tests/lint/exports.sh LIBRARY HEADER...
set -eu

lint=$(cd "$(dirname "$0")" && pwd)
library=$1
shift
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

failed=0
nm -D --defined-only "$library" >"$tmp/nm"
# Address, type, name; sanitizers and gcov add symbols of their own.
awk '$2 != "A" { sub(/@.*/, "", $3); print $3 }' "$tmp/nm" |
	grep -vE '^(__(a|t|ub|odr_a)san|__sanitizer|_init$|_fini$|__gcov)' | sort -u >"$tmp/exported" || true
[ -s "$tmp/exported" ] || { echo "$library exports nothing" >&2; exit 1; }
if grep -vE '^(eyas|sysflow)_' "$tmp/exported"; then
	echo "^ exported, but not called eyas_* or sysflow_*" >&2
	failed=1
fi

awk -f "$lint/api.awk" "$@" >"$tmp/names" || failed=1
sort -u "$tmp/names" >"$tmp/declared"
[ -s "$tmp/declared" ] || { echo "no declarations found" >&2; exit 1; }
if comm -23 "$tmp/declared" "$tmp/exported" | grep .; then
	echo "^ declared in a public header, but not exported" >&2
	failed=1
fi
if comm -13 "$tmp/declared" "$tmp/exported" | grep -E '^(eyas|sysflow)_'; then
	echo "^ exported, but not declared in a public header" >&2
	failed=1
fi
exit $failed
