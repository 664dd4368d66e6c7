#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The checks of this folder and of tests/headers find what they are there to find: each is run
# on a tiny tree with one fault, and must fail, and on the same tree without it, and must pass.
#
# The functions are called by expect.
# shellcheck disable=SC2317
set -eu

lint=$(cd "$(dirname "$0")" && pwd)
headers=$lint/../headers/compile.sh
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
failed=0
count=0

# A tree in which everything is well.
tree() {
	rm -rf "$tmp/tree"
	mkdir -p "$tmp/tree/include/eyas"
	cd "$tmp/tree"
	for folder in base schema output capture state filter print dump session cli; do
		mkdir -p src/$folder
	done
	mkdir -p probe/bpf
	printf '#include <stdio.h>\n#include <eyas/a.h>\n#include "base/b.h"\n' >src/print/p.c
	printf '#include "print/p.h"\n#include "dump/d.h"\n' >src/session/s.c
	printf '#include "bpf/wire.h"\n#include "bpf/eyas.skel.h"\n#include "bpf/wire_iter.h"\n#include "bpf/snapshot.skel.h"\n' >src/capture/c.c
	printf '#include "schema/events.def"\n#include "bpf/x.h"\n#include "y.h"\n' >probe/bpf/x.c
	cat >include/eyas/a.h <<'END'
#ifndef A_H
#define A_H
#define EYAS_API __attribute__((visibility("default")))
#ifdef __cplusplus
extern "C" {
#endif
/* Says one; the
 * comment has a second line. */
EYAS_API int eyas_one(int a,
		      int b);
EYAS_API int eyas_two(void);
#ifdef __cplusplus
}
#endif
#endif
END
	printf '#include <eyas/a.h>\nint eyas_one(int a, int b) { return a + b; }\nint eyas_two(void) { return 2; }\n' >lib.c
}

library() {
	"${CC:-cc}" -shared -fPIC -fvisibility=hidden -I include -o lib.so lib.c
}

# expect pass|fail WHAT COMMAND...
expect() {
	want=$1 what=$2
	shift 2
	count=$((count + 1))
	if "$@" >"$tmp/out" 2>&1; then got=pass; else got=fail; fi
	if [ $got != "$want" ]; then
		echo "FAILED: $what: must $want, but does not:"
		cat "$tmp/out"
		failed=1
	fi
}

layers() {
	"$lint/layers.sh" "$tmp/tree"
}
words() {
	EYAS_TESTDATA=$tmp/data HOME=/ "$lint/words.sh" "$tmp/tree"
}
exports() {
	library && "$lint/exports.sh" lib.so include/eyas/*.h
}
compile() {
	"$headers" include
}

tree
expect pass "layers: a sound tree" layers
expect pass "words: a sound tree" words
expect pass "exports: a sound tree" exports
expect pass "headers: a sound tree" compile

# up, sideways and odd: file, include line
while read -r file line; do
	tree
	echo "$line" >>"$file"
	expect fail "layers: $file with $line" layers
	grep -q "^$file:" "$tmp/out" || { echo "FAILED: $file is not named"; failed=1; }
done <<'END'
src/base/b.c #include "schema/s.h"
src/schema/s.c #include "output/o.h"
src/capture/c.c #include "state/s.h"
src/print/p.c #include "dump/d.h"
src/print/p.c #  include "session/s.h"
src/session/s.c #include "cli/c.h"
src/print/p.c #include "p.h"
src/print/p.c #include "../base/b.h"
src/print/p.c #include "unknown/u.h"
src/state/s.c #include "bpf/wire.h"
src/capture/c.c #include "bpf/maps.h"
src/print/p.c #include HEADER
src/base/t.def #include "schema/s.h"
include/eyas/a.h #include "base/b.h"
probe/bpf/x.c #include "base/b.h"
probe/bpf/x.c #include <eyas/a.h>
END
tree
mkdir src/attic
echo 'int x;' >src/attic/a.c
expect fail "layers: a folder without a floor" layers

for word in TO'DO' FIX'ME' X'XX' NO'COMMIT'; do
	tree
	echo "/* $word: later */" >>src/print/p.c
	expect fail "words: $word" words
done
tree
printf '<<<<<<''< mine\n' >>src/print/p.c
expect fail "words: a conflict marker" words
for path in "$tmp/tree/x" "$tmp/data/x" /ho''me/jdoe/x /Us''ers/jdoe/x; do
	tree
	echo "see $path" >>README
	expect fail "words: $path" words
done
tree
echo 'see /home/user/x, and mktemp -t a.XXXXXX' >>README
expect pass "words: example user, mktemp" words

tree
echo '__attribute__((visibility("default"))) int helper(void) { return 0; }' >>lib.c
expect fail "exports: a foreign name" exports
tree
echo '__attribute__((visibility("default"))) int eyas_secret(void) { return 0; }' >>lib.c
expect fail "exports: exported, not declared" exports
tree
sed -i '/int eyas_two/d' lib.c
expect fail "exports: declared, not exported" exports
tree
sed -i 's/EYAS_API int eyas_two/int eyas_two/' include/eyas/a.h
expect fail "exports: declared without EYAS_API" exports
tree
sed -i 's/^EYAS_API int eyas_two/\n&/' include/eyas/a.h
expect fail "exports: no comment" exports

tree
echo 'size_t x(void);' >>include/eyas/a.h
expect fail "headers: needs an include it does not make" compile
tree
echo 'struct twice { int a; };' >>include/eyas/a.h
expect fail "headers: no include guard" compile
tree
echo 'static inline int *f(void *class) { return class; }' >include/eyas/b.h
expect fail "headers: not C++" compile
tree
printf '#ifndef B_H\n#define B_H\nenum e { A, };\nstruct s { int a[0]; };\n#endif\n' >include/eyas/b.h
expect fail "headers: not ISO C" compile
tree
printf '#ifndef B_HPP\n#define B_HPP\nnamespace b { int f(); }\n#endif\n' >include/b.hpp
expect pass "headers: for C++ alone" compile
echo 'int g() { return missing(); }' >>include/b.hpp
expect fail "headers: for C++ alone, and wrong" compile

tree
sed -i 's/eyas_two/sysflow_two/' include/eyas/a.h
expect fail "exports: declared by another name, not exported" exports

echo "$count expectations"
exit $failed
