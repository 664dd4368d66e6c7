# SPDX-License-Identifier: Apache-2.0
# Who may include whom: the floors of docs/architecture.md. Run from the top of the tree:
#   awk -f tests/lint/layers.awk FILES...
# Prints every include that points up or sideways; exit status 1 if there is one.
BEGIN {
	n = split("0 base 1 schema 1 output 2 capture 3 state 4 filter 5 print 5 dump 5 flow 5 sysflow " \
		  "5 rules 5 net 5 script 5 plugin 6 session 7 detect 8 cli 9 compat", row, " ")
	for (i = 1; i < n; i += 2)
		floor_of[row[i + 1]] = row[i]
}

function bad(why) {
	printf "%s:%d: %s\n", FILENAME, FNR, why
	failed = 1
}

FNR == 1 {
	sub(/^\.\//, "", FILENAME)
	split(FILENAME, part, "/")
	top = part[1]
	folder = part[2]
	if (top == "src" && !(folder in floor_of))
		bad("src/" folder " has no floor; add it to tests/lint/layers.awk and docs/architecture.md")
}

!/^[ \t]*#[ \t]*include/ { next }

# <...>: the system's headers and the public ones. Only the probe must not see the latter.
/include[ \t]*</ {
	if (top == "probe" && /<eyas\//)
		bad("the kernel side sees src/schema and itself only")
	next
}

{
	if (split($0, quoted, "\"") < 3) {
		bad("an include that is neither \"folder/file.h\" nor <file.h>")
		next
	}
	slashes = split(quoted[2], target, "/")
	if (quoted[2] ~ /\.\./)
		bad("\"" quoted[2] "\": includes are written \"folder/file.h\", without ..")
	else if (top == "include")
		bad("\"" quoted[2] "\": public headers include only <eyas/...> and the system's")
	else if (top == "probe") {
		if (slashes > 1 && target[1] != "schema" && target[1] != "bpf" && target[1] != "kmod")
			bad("\"" quoted[2] "\": the kernel side sees src/schema and itself only")
	} else if (top == "src") {
		if (slashes < 2)
			bad("\"" quoted[2] "\": internal includes are written \"folder/file.h\"")
		else if (folder == "capture" && quoted[2] ~ /^bpf\/(wire|wire_iter|eyas\.skel|snapshot\.skel)\.h$/)
			next # what both sides agree on, and the built objects
		else if (!(target[1] in floor_of))
			bad("\"" quoted[2] "\": src/" target[1] " has no floor")
		else if (target[1] != folder && floor_of[target[1]] + 0 >= floor_of[folder] + 0)
			bad(folder " (floor " floor_of[folder] ") may not include " target[1] \
			    " (floor " floor_of[target[1]] ")")
	}
}

END { exit failed }
