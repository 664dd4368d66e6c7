# SPDX-License-Identifier: Apache-2.0
"""What the benchmarks of commands share: the large capture, running, comparing."""
import os
import statistics
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'tests', 'lib'))
import scap  # noqa: E402

EYAS = os.environ.get('EYAS', 'build/eyas')
DATA = os.environ.get('EYAS_TESTDATA', '../shared')
RUSAGE = os.environ['BENCH_RUSAGE']
ROUNDS = int(os.environ.get('BENCH_ROUNDS', '7'))


def large_capture(target):
    """Write the largest outside capture, or the bundled sample, repeated to 1.8 million events."""
    outside = os.path.join(DATA, 'captures' if os.path.isdir(os.path.join(DATA, 'captures'))
                           else 'data/captures', 'mpm-event_full_capture.scap')
    source, times = (outside, 50) if os.path.exists(outside) else ('tests/data/sample.scap', 23000)
    with open(source, 'rb') as capture:
        data = capture.read()
    with open(target, 'wb') as out:
        out.write(scap.repeat(data, times))
    print('input: %s x %d: %d events, %.0f MB' %
          (os.path.basename(source), times, len(scap.event_times(data)) * times,
           os.path.getsize(target) / 1e6))


def run(argv, env=None):
    """CPU seconds, wall seconds and peak KiB of one run."""
    done = subprocess.run([RUSAGE] + argv, stdout=subprocess.PIPE, check=False,
                          env=dict(os.environ, **(env or {})))
    if done.returncode:
        sys.exit('bench: %s failed with %d' % (' '.join(argv), done.returncode))
    cpu, wall, peak = done.stdout.split()
    return float(cpu), float(wall), int(peak)


def compare(title, runs):
    """Run every command in turn, ROUNDS times; print medians and the ratio to the last one. A run
    is a name, a command and, where it needs one, a part of its environment."""
    figures = {one[0]: [] for one in runs}
    for _ in range(ROUNDS):
        for name, *rest in runs:
            figures[name].append(run(*rest))
    peer = statistics.median(f[0] for f in figures[runs[-1][0]])
    print('\n%s' % title)
    for name, *_ in runs:
        cpu = statistics.median(f[0] for f in figures[name])
        peak = max(f[2] for f in figures[name])
        print('  %-44s %7.3f s CPU  %5.1f MiB  %.2f of the last' %
              (name, cpu, peak / 1024, cpu / peer))
    sys.stdout.flush()
