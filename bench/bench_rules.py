#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""CPU time and memory of loading rules files and of comparing a large capture with them, beside
what sysdig takes to filter the same file.

Like bench_capture.py: interleaved, medians of user plus system time. The rules are the three
official files of the outside data, and 10,000 more of the same shapes: copies of theirs with a term
more each, by which every one differs. Without that data, the rules that come with the command.
Falco itself takes 4 (its stable rules) and 9.5 times (all three files) what sysdig does, and 0.17 s
to load them.
"""
import os
import re
import shutil
import sys
import tempfile

from common import DATA, EYAS, compare, large_capture

NAMES = ('falco_rules.yaml', 'falco-incubating_rules.yaml', 'falco-sandbox_rules.yaml')
MORE = 10000


def rule_texts(text):
    """The items of rules in a file: their lines."""
    items = re.split(r'^(?=- )', text, flags=re.M)
    return [item for item in items if item.startswith('- rule:') and '\n  condition:' in item]


def with_term(item, number):
    """The rule once more, by another name and with a term that tells it from all others."""
    item = re.sub(r'^- rule: *(.*)$', r'- rule: \1 %d' % number, item, count=1, flags=re.M)
    found = re.search(r'^  condition:(.*\n(?:(?:   .*)?\n)*)', item, flags=re.M)
    condition = ' '.join(re.sub(r'^ *[>|]-?', '', found.group(1)).split())
    return (item[:found.start()] + '  condition: >\n    (%s) and proc.name != bench%d\n' %
            (condition, number) + item[found.end():])


def write_more(files, target):
    """10,000 rules more."""
    items = []
    for path in files:
        with open(path, encoding='utf-8') as file:
            items += rule_texts(file.read())
    with open(target, 'w', encoding='utf-8') as out:
        for number in range(MORE):
            out.write(with_term(items[number % len(items)], number))


def main():
    """Make the input, run the comparisons."""
    sysdig = shutil.which('sysdig')
    folders = [os.path.join(DATA, 'data', 'rules'), os.path.join(DATA, 'rules')]
    files = next(([os.path.join(folder, name) for name in NAMES] for folder in folders
                  if os.path.exists(os.path.join(folder, NAMES[0]))), ['rules/eyas_rules.yaml'])
    with tempfile.TemporaryDirectory() as tmp:
        big, more = os.path.join(tmp, 'big.scap'), os.path.join(tmp, 'more.yaml')
        large_capture(big)
        write_more(files, more)
        one = os.path.join(tmp, 'one.scap')
        with open('tests/data/sample.scap', 'rb') as sample, open(one, 'wb') as out:
            out.write(sample.read())
        named = [word for path in files for word in ('-R', path)]
        detect = [EYAS, 'detect', '-q']
        compare('load rules', [
            ('eyas rules check, and %d more' % MORE, [EYAS, 'rules', 'check'] + files + [more]),
            ('eyas rules check, one file', [EYAS, 'rules', 'check', files[0]]),
            ('eyas rules check, all files', [EYAS, 'rules', 'check'] + files)])
        peer = ([('sysdig -r FILE proc.name=nosuch', [sysdig, '-r', big, 'proc.name=nosuch'])]
                if sysdig else [])
        if not peer:
            print('sysdig is not installed: no peer to compare with')
        compare('compare with rules', [
            ('eyas detect, one file', detect + ['-R', files[0], '-r', big]),
            ('eyas detect, all files', detect + named + ['-r', big]),
            ('eyas detect, and %d more' % MORE, detect + named + ['-R', more, '-r', big]),
            ('the same on an input of 76 events', detect + named + ['-R', more, '-r', one])] + peer)
    return 0


sys.exit(main())
