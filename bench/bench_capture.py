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
import statistics
import struct
import subprocess
import sys
import tempfile

EYAS = os.environ.get('EYAS', 'build/eyas')
DATA = os.environ.get('EYAS_TESTDATA', '../shared')
RUSAGE = os.environ['BENCH_RUSAGE']
ROUNDS = int(os.environ.get('BENCH_ROUNDS', '7'))
# The state is kept in all of them; the last one is decided by the type of the event alone.
FILTERS = ['proc.name=nosuch', 'fd.name contains /etc',
           'fd.type=ipv4 and proc.name in (httpd, nginx) and evt.failed=true', 'evt.type=execve']
FORMAT = '*%evt.num %proc.pid %proc.name %proc.pname %fd.name %evt.type %evt.rawres'
EVENT_BLOCKS = {0x204: 10, 0x208: 14, 0x216: 10, 0x217: 14, 0x221: 10, 0x222: 14}


def repeat(source, target, times):
    """Write the capture with its events repeated, times moved on; returns the event count."""
    data = open(source, 'rb').read()
    head, events, at = bytearray(), [], 0
    while at + 8 <= len(data):
        kind, size = struct.unpack_from('<II', data, at)
        if kind in EVENT_BLOCKS:
            events.append((bytearray(data[at:at + size]), EVENT_BLOCKS[kind]))
        else:
            head += data[at:at + size]
        at += size
    stamps = [struct.unpack_from('<Q', block, ts)[0] for block, ts in events]
    known = [t for t in stamps if 0 < t < 1 << 63]
    step = max(known) - min(known) + 1000000
    with open(target, 'wb') as out:
        out.write(head)
        for i in range(times):
            for (block, ts), stamp in zip(events, stamps):
                if 0 < stamp < 1 << 63:
                    struct.pack_into('<Q', block, ts, stamp + i * step)
                out.write(block)
    return len(events) * times


def run(argv):
    """CPU seconds, wall seconds and peak KiB of one run."""
    done = subprocess.run([RUSAGE] + argv, stdout=subprocess.PIPE, check=False)
    if done.returncode:
        sys.exit('bench: %s failed with %d' % (' '.join(argv), done.returncode))
    cpu, wall, peak = done.stdout.split()
    return float(cpu), float(wall), int(peak)


def compare(title, runs):
    """Run every command in turn, ROUNDS times; print medians and the ratio to the last one."""
    figures = {name: [] for name, _ in runs}
    for _ in range(ROUNDS):
        for name, argv in runs:
            figures[name].append(run(argv))
    peer = statistics.median(f[0] for f in figures[runs[-1][0]])
    print('\n%s' % title)
    for name, _ in runs:
        cpu = statistics.median(f[0] for f in figures[name])
        peak = max(f[2] for f in figures[name])
        print('  %-44s %7.3f s CPU  %5.1f MiB  %.2f of the last' %
              (name, cpu, peak / 1024, cpu / peer))


def main():
    """Make the input, run the comparisons."""
    sysdig = shutil.which('sysdig')
    outside = os.path.join(DATA, 'captures' if os.path.isdir(os.path.join(DATA, 'captures'))
                           else 'data/captures', 'mpm-event_full_capture.scap')
    source, times = (outside, 50) if os.path.exists(outside) else ('tests/data/sample.scap', 23000)
    with tempfile.TemporaryDirectory() as tmp:
        big = os.path.join(tmp, 'big.scap')
        count = repeat(source, big, times)
        print('input: %s x %d: %d events, %.0f MB' %
              (os.path.basename(source), times, count, os.path.getsize(big) / 1e6))
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
