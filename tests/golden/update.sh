#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Writes tests/golden/expected anew from what the command prints now.
set -euo pipefail

cd "$(dirname "$0")/../.."
EYAS=${EYAS:-build/eyas}
# shellcheck source=tests/golden/outputs.sh
. tests/golden/outputs.sh

write() {
	local name=$1
	shift
	"$EYAS" "$@" >"tests/golden/expected/$name" 2>&1 || true
}

rm -rf tests/golden/expected
mkdir -p tests/golden/expected
golden_outputs write
