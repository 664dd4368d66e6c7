#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""CPU time and memory of reading, filtering and printing a large capture, beside sysdig's.

All commands run on the same file, interleaved, several rounds; the figures are medians of user
plus system time. Environment: EYAS (the command), EYAS_TESTDATA (its largest capture is repeated
to 1.8 million events; without it the bundled sample is), BENCH_RUSAGE and BENCH_MICRO (the
programs beside this file that launch a command, and that take a capture; "make bench" sets them),
BENCH_ROUNDS (default 7).
"""
import os
import shutil
import subprocess
import sys
import tempfile

from common import EYAS, compare, large_capture, run

# The state is kept in all of them; the last one is decided by the type of the event alone.
FILTERS = ['proc.name=nosuch', 'fd.name contains /etc',
           'fd.type=ipv4 and proc.name in (httpd, nginx) and evt.failed=true', 'evt.type=execve']
FORMAT = '*%evt.num %proc.pid %proc.name %proc.pname %fd.name %evt.type %evt.rawres'


def main():
    """Make the input, run the comparisons."""
    sysdig = shutil.which('sysdig')
    with tempfile.TemporaryDirectory() as tmp:
        big = os.path.join(tmp, 'big.scap')
        large_capture(big)
        walk = [('eyas read -q -r FILE', [EYAS, 'read', '-q', '-r', big]),
                ('eyas info FILE', [EYAS, 'info', big])]
        show = [('eyas read -r FILE', [EYAS, 'read', '-r', big]),
                ('eyas read -r FILE -o json', [EYAS, 'read', '-r', big, '-o', 'json'])]
        if sysdig:
            walk.append(('sysdig -r FILE proc.name=nosuch', [sysdig, '-r', big, 'proc.name=nosuch']))
            show.append(('sysdig -r FILE', [sysdig, '-r', big]))
        else:
            print('sysdig is not installed: no peer to compare with')
        compare('walk and decode all events', walk)
        compare('print all events', show)
        for filt in FILTERS:
            runs = [('eyas read -q -r FILE', [EYAS, 'read', '-q', '-r', big, filt])]
            if sysdig:
                runs.append(('sysdig -q -r FILE', [sysdig, '-q', '-r', big, filt]))
            compare('filter: %s' % filt, runs)
        runs = [('eyas read -r FILE -p FORMAT', [EYAS, 'read', '-r', big, '-p', FORMAT])]
        if sysdig:
            runs.append(('sysdig -r FILE -p FORMAT', [sysdig, '-r', big, '-p', FORMAT]))
        compare('print chosen fields: %s' % FORMAT, runs)
        compare('count by fields', [
            ('eyas info --top proc.name', [EYAS, 'info', '-r', big, '--top', 'proc.name']),
            ('eyas info --top proc.name,fd.name:evt.buflen',
             [EYAS, 'info', '-r', big, '--top', 'proc.name,fd.name:evt.buflen'])])
        out = os.path.join(tmp, 'out.scap')
        compare('write all events', [
            ('eyas record --compress zstd', [EYAS, 'record', '-q', '-r', big, '--compress', 'zstd', '-w', out]),
            ('eyas record -z', [EYAS, 'record', '-q', '-r', big, '-z', '-w', out]),
            ('eyas record', [EYAS, 'record', '-q', '-r', big, '-w', out])])
        starts = sorted(run([EYAS, 'version'])[1] for _ in range(50))
        print('\nstart-up: %.1f ms (median of 50)' % (starts[25] * 1000))
        print('\nper step')
        sys.stdout.flush()
        for micro in os.environ.get('BENCH_MICRO', '').split():
            subprocess.run([micro, big], check=True)


main()
