#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Print eyas-fields(7) from the fields that the command lists.

    tools/fields_man.py build/eyas >man/eyas-fields.7
"""
import json
import re
import subprocess
import sys
import textwrap

HEAD = """\
.\\" SPDX-License-Identifier: Apache-2.0
.\\" Made by tools/fields_man.py from the tables in src/filter; change those.
.Dd November 20, 2026
.Dt EYAS-FIELDS 7
.Os
.Sh NAME
.Nm eyas-fields
.Nd fields of filters and output formats
.Sh DESCRIPTION
A field is something that can be known about an event.
Filters compare fields, and output formats print them.
.Pp
A field without a value for an event is missing there.
Every comparison with a missing field is false, and formats print
.Li <NA>
for it or leave the line out.
Fields of threads and descriptors are missing when the thread or the descriptor
is not known.
.Pp
Behind the name of each field stand its type and its properties:
.Bl -tag -width "filter only"
.It list
The field has several values at once.
.It filter only
The field can be compared but not printed.
.It print only
The field can be printed but not compared.
.It deprecated
The field is kept for old filters and formats.
.It no value
The field is known but has no value yet.
.El
.Pp
Some fields take an argument:
.Ql .name
behind the name, as in
.Li evt.arg.fd ;
.Ql [int] ,
a number in brackets, as in
.Li proc.aname[2] ;
or
.Ql [key] ,
a text in brackets, as in
.Li proc.env[HOME] .
"""

TAIL = """\
.Sh SEE ALSO
.Xr eyas-filter 1 ,
.Xr eyas-list 1 ,
.Xr eyas-read 1
"""

TITLES = {
    "evt (all event types)": "EVENTS",
    "evt (syscall events)": "SYSTEM CALLS",
    "process": "PROCESSES AND THREADS",
    "user": "USERS",
    "group": "GROUPS",
    "fd": "DESCRIPTORS",
    "fs.path": "PATHS",
    "fdlist": "DESCRIPTORS OF POLL",
    "container (plugin)": "CONTAINERS",
}

# Properties that a user of a field must know of.
SHOWN_FLAGS = {"is_list": "list", "filter_only": "filter only", "print_only": "print only",
               "deprecated": "deprecated", "no_value": "no value"}


def escaped(text):
    """Text of a line of its own: no character that troff would take for a command."""
    text = text.replace("\\", "\\e")
    return "\\&" + text if text[:1] in (".", "'") else text


def is_listed(field):
    return "table_only" not in field["flags"].split(",") and field["class"] in TITLES


def entry(field):
    words = [field["type"][len("PT_"):]]
    words += [SHOWN_FLAGS[flag] for flag in field["flags"].split(",") if flag in SHOWN_FLAGS]
    lines = [".It Ic " + field["name"], "(" + ", ".join(words) + ")"]
    if field["argument"]:
        lines.append("Argument: " + field["argument"] + ".")
    for sentence in re.split(r"(?<=[.?]) (?=[A-Z])", field["description"]):
        lines += [escaped(line) for line in textwrap.wrap(sentence, 78)]
    return lines


def page(fields):
    lines = []
    current = None
    for field in filter(is_listed, fields):
        if field["class"] != current:
            if current:
                lines.append(".El")
            current = field["class"]
            lines += [".Sh " + TITLES[current], ".Bl -tag -width Ds"]
        lines += entry(field)
    lines.append(".El")
    return HEAD + "\n".join(lines) + "\n" + TAIL


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: fields_man.py EYAS")
    done = subprocess.run([sys.argv[1], "list", "-o", "json", "fields"],
                          stdout=subprocess.PIPE, check=True)
    sys.stdout.write(page(json.loads(done.stdout.decode("utf-8"))))


main()
