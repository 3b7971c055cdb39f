# SPDX-License-Identifier: GPL-2.0
"""The table of goals: bench/goals says what they are, the results how far we are."""

import os
import re
import sys

from results import number

GOALS_FILE = os.path.join(os.path.dirname(__file__), 'goals')

# metric: field of a result, whether the smaller of two baselines is the better.
METRICS = {
    'cost': ('ns_per_round', True),
    'rate': ('msgs_per_s', False),
    'speed': ('bytes_per_s', False),
    'p99': ('ns_p99', True),
    'value': ('value', False),
}
RULERS = {'instr': 'instructions', 'time': 'time'}

# How the column of baselines calls them.
NAMES = {
    'pipe': 'pipe ping-pong',
    'pipe-oneway': 'pipe write / read',
    'tcp': 'raw TCP',
    'tipc': 'raw TIPC',
    'zmq': 'ZeroMQ REQ/REP',
    'nng': 'nng req/rep',
    'vmread': 'process_vm_readv',
    'iperf3-Z': 'iperf3 -Z',
}
PLACES = {'user': 'user-space proxies', 'empty': 'empty node'}
UNITS = {'K': 1 << 10, 'M': 1 << 20}


def size(text):
    scale = UNITS.get(text[-1], 1)
    return int(text.rstrip('KM')) * scale


def key_of(text):
    """NAME@PLACEMENT[:key=value...] as the key of a result."""
    name, *options = text.strip().split(':')
    name, placement = name.split('@')
    o = {'bytes': 64, 'answer': 0, 'clients': 1, 'pairs': 1}
    for option in options:
        k, v = option.split('=')
        o[k] = size(v)
    return (name, placement, o['bytes'], o['answer'], o['clients'], o['pairs'])


class Goal:
    """One line of the file."""

    def __init__(self, group, cells):
        self.group = group
        self.operation, self.ruler, ours, baselines, goal = cells[:5]
        self.optional = cells[5:] == ['optional']
        if self.ruler not in RULERS or cells[5:] not in ([], ['optional']):
            raise ValueError(self.operation)
        metric, ours = ours.split()
        self.field, self.smaller = METRICS[metric]
        self.metric = metric
        self.ours = key_of(ours)
        self.baselines = [] if baselines == '-' else [
            key_of(b) for b in baselines.split(',')]
        self.relation, self.goal = re.fullmatch(
            r'(<=|>=) ([0-9.]+)', goal).groups()

    def figure(self, r):
        """What the results say; None if they do not."""
        group = r.by_count if self.ruler == 'instr' else r.by_clock
        ours = r.value(group, self.ours, self.field)
        if ours is None or not self.baselines:
            return ours
        others = [r.value(group, b, self.field) for b in self.baselines]
        if not all(others):
            return None
        other = (min if self.smaller else max)(others)
        return ours / other

    def reached(self, figure):
        # As precise as it is shown.
        figure, goal = round(figure, 2), float(self.goal)
        return figure <= goal if self.relation == '<=' else figure >= goal

    def against(self):
        """The baseline, for the table."""
        words = []
        for name, placement, _, answer, clients, _ in self.baselines:
            w = NAMES.get(name, name)
            if name == self.ours[0]:
                w = 'the same'
            if answer:
                w += f', {answer >> 10} KiB answer'
            if clients > 1:
                w += f', {clients} connections'
            suffix = placement.rpartition('-')[2]
            if suffix in PLACES and placement != self.ours[1]:
                w += f', {PLACES[suffix]}'
            words.append(w)
        text = ' or '.join(words)
        if self.metric == 'p99':
            text = f'p99 of {text}'
        return text


def read(path):
    goals, group = [], ''
    with open(path, encoding='utf-8') as f:
        for n, line in enumerate(f, 1):
            line = line.strip()
            if not line or line.startswith('#'):
                continue
            if line.startswith('='):
                group = line[1:].strip()
                continue
            try:
                goals.append(Goal(group, [c.strip() for c in line.split('|')]))
            except (ValueError, KeyError, AttributeError) as e:
                sys.exit(f'{path}:{n}: {e!r}')
    return goals


def print_goals(r):
    """The goals that these results can judge, as a Markdown table."""
    rulers = [name for name, found in (('instr', r.by_count), ('time', r.by_clock))
              if found]
    print('**Goals.** A figure is ours divided by that of the baseline in the same '
          'run: of cost and\nlatency less is better, of throughput more.\n')
    print('| operation | ruler | against | goal | figure | verdict |')
    print('|---|---|---|--:|--:|---|')
    group, judged, reached, missing = None, 0, 0, 0
    for g in read(GOALS_FILE):
        if g.ruler not in rulers:
            continue
        figure = g.figure(r)
        if figure is None and g.optional:
            continue
        if g.group != group:
            group = g.group
            print(f'| **{group}** | | | | | |')
        if figure is None:
            missing += 1
            verdict = 'not measured'
        else:
            judged += 1
            good = g.reached(figure)
            reached += good
            verdict = 'reached' if good else '**missed**'
            if g.ruler == 'time' and r.doubt:
                verdict += ' (doubtful)'
        print(f'| {g.operation} | {RULERS[g.ruler]} | {g.against()} | '
              f'{g.relation} {g.goal} | {number(figure, 2)} | {verdict} |')
    text = f'\n{reached} of {judged} goals reached'
    if missing:
        text += f', {missing} not measured'
    print(text + '.\n')
