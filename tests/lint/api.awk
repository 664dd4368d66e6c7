# SPDX-License-Identifier: Apache-2.0
# The functions that the public headers declare, one name a line on standard output.
#   awk -f tests/lint/api.awk include/*.h include/eyas/*.h
# Complains on standard error, with exit status 1, about a declaration without EYAS_API and
# about one without a comment. The comment stands in the same paragraph, before the
# declaration: one comment may serve a group of functions.
function complain(why) {
	printf "%s:%d: %s: %s\n", FILENAME, FNR, name, why > "/dev/stderr"
	failed = 1
}

FNR == 1 { in_comment = commented = depth = 0; statement = "" }

# Paragraphs end at blank lines outside of comments and braces.
/^[ \t]*$/ {
	if (!in_comment && !depth && statement == "")
		commented = 0
	next
}
/^[ \t]*#/ { next }

{
	line = $0
	# Take the comments out.
	code = ""
	while (line != "") {
		if (in_comment) {
			end = index(line, "*/")
			if (!end)
				break
			line = substr(line, end + 2)
			in_comment = 0
		} else {
			start = index(line, "/*")
			if (!start) {
				code = code line
				break
			}
			code = code substr(line, 1, start - 1)
			line = substr(line, start + 2)
			in_comment = 1
			if (!depth)
				commented = 1
		}
	}
	if (code ~ /extern "C"/)
		next
	for (i = 1; i <= length(code); i++) {
		c = substr(code, i, 1)
		if (c == "{")
			depth++
		if (!depth)
			statement = statement c
		if (c == "}" && depth)
			depth--
		else if (c == ";" && !depth) {
			declaration()
			statement = ""
		}
	}
	if (statement ~ /^[ \t}]*$/)
		statement = ""
	else
		statement = statement " "
}

function declaration() {
	if (!match(statement, /(eyas|sysflow)_[a-z0-9_]+[ \t]*\(/))
		return
	if (statement ~ /^[ \t]*(static|typedef)[ \t]/)
		return
	name = substr(statement, RSTART, RLENGTH - 1)
	sub(/[ \t]+$/, "", name)
	print name
	if (statement !~ /EYAS_API/)
		complain("declared without EYAS_API")
	if (!commented)
		complain("no comment")
}

END { exit failed }
