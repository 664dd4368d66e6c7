#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""CPU time and memory of making SysFlow records of a large capture, and of reading them back,
beside what sysdig takes to filter the same file.

Like bench_capture.py: interleaved, medians of user plus system time, and the same environment. The
SysFlow collector itself takes 2.5 times what sysdig does with its default settings, and 3.4 times
with those of its tests, which record everything.
"""
import os
import shutil
import sys
import tempfile

from common import EYAS, compare, large_capture

ALL = {'ENABLE_DROP_MODE': '0', 'ENABLE_PROC_FLOW': '0', 'FILE_ONLY': '0', 'FILE_READ_MODE': '0'}
ALL_OPTIONS = ['--file-read-mode', '0', '--file-only', 'no', '--process-flow', 'no']


def main():
    """Make the input, run the comparisons."""
    sysdig = shutil.which('sysdig')
    with tempfile.TemporaryDirectory() as tmp:
        big, out = os.path.join(tmp, 'big.scap'), os.path.join(tmp, 'out.sf')
        large_capture(big)
        peer = ([('sysdig -r FILE proc.name=nosuch', [sysdig, '-r', big, 'proc.name=nosuch'])]
                if sysdig else [])
        if not peer:
            print('sysdig is not installed: no peer to compare with')
        sporter = [EYAS, 'as', 'sysporter', '-r', big, '-w', out, '-e', 'bench']
        flow = [EYAS, 'flow', '-q', '-r', big]
        compare('SysFlow records, default settings', [
            ('eyas read -q -r FILE proc.name=nosuch', [EYAS, 'read', '-q', '-r', big,
                                                       'proc.name=nosuch']),
            ('eyas flow -r FILE -w OUT', flow + ['-w', out]),
            ('eyas as sysporter', sporter)] + peer)
        compare('SysFlow records of everything', [
            ('eyas flow, null', flow + ALL_OPTIONS + ['--codec', 'null', '-w', out]),
            ('eyas flow, snappy', flow + ALL_OPTIONS + ['--codec', 'snappy', '-w', out]),
            ('eyas flow, deflate', flow + ALL_OPTIONS + ['-w', out]),
            ('eyas as sysporter', sporter, ALL)] + peer)
        # The file of the last command but the peer's: all records.
        show = [EYAS, 'flow', 'print', out]
        print('\nread back: %.1f MB' % (os.path.getsize(out) / 1e6))
        compare('print SysFlow records', [
            ('eyas flow print', show), ('eyas flow print -o json', show + ['-o', 'json']),
            ('eyas flow print -o csv', show + ['-o', 'csv'])])
    return 0


sys.exit(main())
