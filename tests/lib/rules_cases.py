# SPDX-License-Identifier: Apache-2.0
"""Cases of rules files: tests/rules/cases/*.yaml, read, run, and written anew.

A file holds many cases. Comments at the beginning of a case say what is expected:

    # case: NAME                       begins a case and its first file
    # file: NAME                       begins its next file, which is loaded with those before
    # expect: CODE LINE:COLUMN WORDS   a finding of this file; all are listed, errors first
    # compiled: RULE = TEXT            the condition in the end; so "output", "enabled", "priority",
    # tags: RULE WORD,WORD             and "tags" of a rule
    # names: RULE,RULE                 the rules in their order

Lines are counted behind these comments. Run as a program, it writes the findings of all cases
into them, for review: what was right before has to be right still."""
import glob
import json
import os
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import harness  # noqa: E402

FOLDER = os.path.join("tests", "rules", "cases")
ABOUT = ("compiled", "output", "enabled", "priority", "tags", "names")


class File:
    def __init__(self):
        self.expected, self.lines = [], []

    def text(self):
        return "".join(line + "\n" for line in self.lines)


class Case:
    def __init__(self, name):
        self.name, self.files, self.about = name, [File()], []


def directive(line):
    """("case", "NAME") of such a comment, else None."""
    if not line.startswith("# ") or ": " not in line:
        return None
    key, value = line[2:].split(": ", 1)
    return (key, value) if key in ("case", "file", "expect") + ABOUT else None


def read(path):
    cases = []
    with open(path, encoding="utf-8") as lines:
        for line in lines.read().split("\n")[:-1]:
            found = directive(line)
            if found and found[0] == "case":
                cases.append(Case(found[1]))
            elif found and found[0] == "file":
                cases[-1].files.append(File())
            elif found and found[0] == "expect":
                cases[-1].files[-1].expected.append(found[1])
            elif found:
                cases[-1].about.append(found)
            else:
                cases[-1].files[-1].lines.append(line)
    return cases


def read_all():
    return {path: read(path) for path in sorted(glob.glob(os.path.join(FOLDER, "*.yaml")))}


def write(path, cases):
    with open(path, "w", encoding="utf-8") as out:
        for case in cases:
            for i, file in enumerate(case.files):
                out.write("# file: %d\n" % (i + 1) if i else "# case: %s\n" % case.name)
                for expected in file.expected:
                    out.write("# expect: %s\n" % expected)
                for about in () if i else case.about:
                    out.write("# %s: %s\n" % about)
                out.write(file.text())


def finding(row, own):
    """A finding as it is written in a case. A place in another file has its name in front."""
    where = row["context"]["locations"][-1]["position"]
    name = os.path.basename(where["name"])
    return "%s %s%d:%d %s" % (row["code"], "" if name == own else name + " ", where["line"],
                              where["column"], row["message"])


def run(folder, case):
    """Findings of each file; paths of the files; exit status."""
    paths = []
    for i, file in enumerate(case.files):
        paths.append(os.path.join(folder, "%d.yaml" % (i + 1)))
        with open(paths[-1], "w", encoding="utf-8") as out:
            out.write(file.text())
    status, out, err = harness.run_eyas(["rules", "check", "-o", "json"] + paths)
    if err:
        raise RuntimeError("%s: %s" % (case.name, err.decode()))
    findings = []
    for path, line in zip(paths, out.decode("utf-8").splitlines()):
        report = json.loads(line)
        findings.append([finding(row, os.path.basename(path))
                         for row in report["errors"] + report["warnings"]])
    return findings, paths, status


def main():
    with tempfile.TemporaryDirectory() as folder:
        for path, cases in read_all().items():
            for case in cases:
                for file, found in zip(case.files, run(folder, case)[0]):
                    file.expected = found
            write(path, cases)


if __name__ == "__main__":
    main()
