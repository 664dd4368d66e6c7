#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What it costs a detection to have captures ready, and to write them, for each event.

A large capture is gone through with the rules that come with the command and one that asks for
captures. While that one does not match, the last seconds are kept in memory, and a second state
follows behind them; when it does, at the first event, all that comes is written. Environment: as
bench_capture.py.
"""
import os
import tempfile

from common import EYAS, compare, large_capture

OWN = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'rules', 'eyas_rules.yaml')
RULE = """- rule: capture
  desc: begins captures
  condition: %s
  output: "%%evt.num"
  priority: DEBUG
  capture: true
  capture_duration: 100000000
"""


def main():
    """Make the input and the rules, run the comparison."""
    with tempfile.TemporaryDirectory() as tmp:
        big = os.path.join(tmp, 'big.scap')
        large_capture(big)
        files = {}
        for name, condition in (('never', 'evt.type=execve and proc.name=nosuch'),
                                ('first', 'evt.num < 100')):
            files[name] = os.path.join(tmp, name + '.yaml')
            with open(files[name], 'w', encoding='utf-8') as out:
                out.write(RULE % condition)
        detect = [EYAS, 'detect', '-q', '-r', big, '-R', OWN, '-R']
        never, first = detect + [files['never']], detect + [files['first']]
        captures = ['--capture-prefix', os.path.join(tmp, 'c')]
        compare('captures of alerts', [
            ('writing all events, gzip', first + captures),
            ('5 seconds, in 64K', never + captures + ['--capture-memory', '64K']),
            ('5 seconds, in 16M', never + captures),
            ('a minute, in 256M',
             never + captures + ['--capture-before', '60', '--capture-memory', '256M']),
            ('from the alert on', never + captures + ['--capture-before', '0']),
            ('-w FILE', never + ['-w', os.path.join(tmp, 'w')]),
            ('none', never)])


main()
