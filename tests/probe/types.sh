#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What both sides read and write has one layout: each member of each struct in wire.h lies at the
# same place, with the same size, for the compiler of the probe as for that of the library.
#   tests/probe/types.sh WIRE_HEADER CLANG FLAG...        (CC chooses the other compiler)
set -eu

header=$1
shift
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

# STRUCT MEMBER for each. A declaration ends with a semicolon, and has names behind a type of one
# word or, of a struct, two.
members() {
	"${CC:-cc}" -fpreprocessed -dD -E -P "$header" | awk '
	/^struct [a-z_0-9]+ *\{/ { name = $2; sub(/\{.*/, "", name); sub(/^[^{]*\{/, "") }
	name == "" || /^ *#/ { next }
	/^ *\}/ { name = ""; next }
	{
		line = line " " $0
		if (line !~ /;/)
			next
		gsub(/__attribute__ *\(\(.*\)\)/, "", line)
		gsub(/\[[^]]*\]/, "", line)
		gsub(/[;,]/, " ", line)
		count = split(line, words, " ")
		for (i = words[1] == "struct" ? 3 : 2; i <= count; i++)
			print name, words[i]
		line = ""
	}'
}

members >"$tmp/members"
# Without these the list is not that of the header.
for struct in eyas_wire_ring eyas_wire_config eyas_wire_row; do
	grep -q "^$struct " "$tmp/members" || { echo "no members of $struct found" >&2; exit 1; }
done

# A program that writes down what holds for its compiler.
{
	cat <<-END
	#include <stddef.h>
	#include <stdio.h>
	#include "$header"
	END
	cat <<-'END'
	#define SIZE(s) printf("_Static_assert(sizeof(struct " #s ") == %zu, \"size of " #s "\");\n", \
		sizeof(struct s))
	#define MEMBER(s, m) printf("_Static_assert(offsetof(struct " #s ", " #m ") == %zu && " \
		"sizeof(((struct " #s " *)0)->" #m ") == %zu, \"" #s "." #m "\");\n", \
		offsetof(struct s, m), sizeof(((struct s *)0)->m))
	END
	echo 'int main(void) {'
	sed 's/ .*//' "$tmp/members" | sort -u | sed 's/.*/SIZE(&);/'
	sed 's/\(.*\) \(.*\)/MEMBER(\1, \2);/' "$tmp/members"
	echo 'return 0; }'
} >"$tmp/write.c"
"${CC:-cc}" -std=c11 -Wall -Werror -o "$tmp/write" "$tmp/write.c"

{
	echo '#include <stddef.h>'
	echo "#include \"$header\""
	"$tmp/write"
} >"$tmp/check.c"
"$@" -fsyntax-only "$tmp/check.c"
echo "$(wc -l <"$tmp/members") members agree"
