#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The manual: mandoc has nothing to say about it, its pages refer to pages that exist, and every
# public function is in one.
#   tests/lint/man.sh [TOP]
set -euo pipefail

lint=$(cd "$(dirname "$0")" && pwd)
cd "${1:-$lint/../..}"
failed=0

# Whether a page is installed depends on the machine; our own are checked below.
# mandoc fails when it has something to say, so its status says nothing here.
said=$(mandoc -Tlint man/*.[1-9] 2>/dev/null | grep -v 'referenced manual not found' || true)
if [ -n "$said" ]; then
	echo "$said"
	failed=1
fi
while read -r page section; do
	if [ ! -f "man/$page.$section" ]; then
		echo "man/: a page refers to $page($section), which does not exist"
		failed=1
	fi
done < <(awk '$1 == ".Xr" && $2 ~ /^eyas/ { print $2, $3 }' man/*.[1-9] | sort -u)
while read -r name; do
	if ! grep -qwF "$name" man/*.3; then
		echo "man/: no page in section 3 has $name()"
		failed=1
	fi
done < <(awk -f "$lint/api.awk" include/*.h include/eyas/*.h 2>/dev/null || true)
exit $failed
