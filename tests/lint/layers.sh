#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Floors: no file of src/, include/ and probe/ includes what its floor must not see.
#   tests/lint/layers.sh [TOP]
set -eu

lint=$(cd "$(dirname "$0")" && pwd)
cd "${1:-$lint/../..}"
folders=()
for folder in src include probe; do
	[ -d "$folder" ] && folders+=("$folder")
done
mapfile -t files < <(find "${folders[@]}" -name '*.[ch]' -o -name '*.def' | sort)
[ ${#files[@]} -gt 0 ] || { echo "no sources found" >&2; exit 1; }
awk -f "$lint/layers.awk" "${files[@]}"
