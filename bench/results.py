# SPDX-License-Identifier: GPL-2.0
"""Results of the benchmarks, as their --json option writes them."""

import json
import statistics
import sys


class Results:
    """All results, by key."""

    def __init__(self, paths, doubt):
        self.doubt = doubt
        self.by_clock = {}
        self.by_count = {}
        self.sched = set()
        for path in paths:
            with open(path, encoding='utf-8') as f:
                for number, line in enumerate(f, 1):
                    try:
                        self.add(json.loads(line))
                    except (ValueError, KeyError) as e:
                        sys.exit(f'report: {path}:{number}: {e!r}')

    def add(self, o):
        key = (o['name'], o['placement'], o['bytes'], o.get('answer', 0),
               o['clients'], o['pairs'])
        group = self.by_count if o['icount'] else self.by_clock
        group.setdefault(key, []).append(o)
        self.sched.add(o['sched'])

    def unsteady(self, key):
        """Half of the slices of a timed run differ a lot from each other."""
        if self.doubt:
            return key in self.by_clock
        a = self.value(self.by_clock, key, 'ns_quarter')
        b = self.value(self.by_clock, key, 'ns_three_quarters')
        if key[4] * key[5] > 1:     # clients take turns: no two are alike
            return False
        return bool(a and b and b > 1.5 * a)

    def value(self, group, key, field):
        found = group.get(key, [])
        if not found or field not in found[0]:
            return None
        if group is self.by_clock:
            return self.fastest(found)[field]
        return statistics.median(o[field] for o in found)

    @staticmethod
    def fastest(found):
        """The run that was disturbed least."""
        return max(found, key=lambda o: o.get('bytes_per_s', o['msgs_per_s']))

    def known(self, key):
        return key in self.by_clock or key in self.by_count


def number(v, digits):
    return '' if v is None else f'{v:,.{digits}f}'


def best(which, values):
    return which((v for v in values if v), default=None)


def ratio(a, b):
    return None if a is None or not b else a / b
