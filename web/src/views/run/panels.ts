/** Which metrics are drawn together. Pure. */
import type { MetricsRow } from '../../api/runs.ts';
import type { Curve } from '../../charts/line-chart.tsx';
import { groupBy } from '../../format/group-by.ts';

export interface Panel {
  readonly title: string;
  readonly curves: readonly Curve[];
  readonly isMain: boolean;
}

/** Title, and the metrics of it with their names in the legend, in the order in which they are shown. Panels without values are left out. */
const policyPanels: readonly (readonly [title: string, metrics: Readonly<Record<string, string>>])[] = [
  ['Reward', { 'reward/mean': 'mean', 'reward/std': 'spread' }],
  ['Held-out questions', {}],
  ['Tool calls', { 'tools/calls': 'made', 'tools/calls_linear_equivalent': 'without sharing' }],
  [
    'Entropy',
    {
      'rollout/entropy_mean': 'mean',
      'rollout/entropy_after_tool': 'after a tool result',
      'policy/entropy': 'in the update',
    },
  ],
  [
    'Forks',
    {
      'rollout/branches': 'taken',
      'rollout/forks_refused_by_draw': 'refused by the draw',
      'rollout/forks_refused_for_slots': 'for want of slots',
    },
  ],
  ['Groups without a spread', { 'groups/zero_variance': 'no spread', 'groups/skipped': 'skipped' }],
  ['Tokens per response', { 'rollout/response_tokens_mean': 'mean' }],
  ['Gradient', { 'optimizer/grad_norm': 'norm' }],
  [
    'Seconds per step',
    {
      'time/sample_s': 'sampling',
      'time/tools_s': 'tools',
      'time/score_s': 'scoring',
      'time/update_s': 'update',
      'time/store_s': 'storing',
    },
  ],
];

const supervisedPanels: typeof policyPanels = [
  ['Loss', { 'policy/loss': 'loss' }],
  ['Held-out questions', {}],
  ['Learning rate', { 'optimizer/learning_rate': 'learning rate' }],
  ['Gradient', { 'optimizer/grad_norm': 'norm' }],
];

const COLOURS = 6;
/** Of the metrics that no panel names, one panel per group shows this many at most. */
const MAX_CURVES = 6;

export function panelsOf(rows: readonly MetricsRow[]): { steps: number[]; panels: Panel[] } {
  const names = new Set(rows.flatMap(({ metrics }) => Object.keys(metrics)));
  const curve = (name: string, shown: string, index: number): Curve => ({
    name: shown,
    values: rows.map(({ metrics }) => metrics[name] ?? null),
    colour: (index % COLOURS) + 1,
    isSparse: name.startsWith('eval/'),
  });
  const panels: Panel[] = [];
  const main = names.has('reward/mean') ? policyPanels : supervisedPanels;
  for (const [title, metrics] of main) {
    const wanted = title === 'Held-out questions' ? heldOut(names) : metrics;
    const found = Object.entries(wanted).filter(([name]) => names.delete(name));
    if (found.length > 0)
      panels.push({ title, curves: found.map(([name, shown], i) => curve(name, shown, i)), isMain: true });
  }
  const others = groupBy([...names].sort(), (name) => name.slice(0, name.lastIndexOf('/')));
  for (const [group, members] of others) {
    for (let i = 0; i < members.length; i += MAX_CURVES) {
      const part = members.slice(i, i + MAX_CURVES);
      const title = members.length > MAX_CURVES ? `${group} ${i / MAX_CURVES + 1}` : group;
      panels.push({
        title,
        curves: part.map((name, at) => curve(name, name.slice(group.length + 1), at)),
        isMain: false,
      });
    }
  }
  return { steps: rows.map(({ step }) => step), panels };
}

/** `eval/<set>/<metric>`: the share of right answers and the reward, which are what one looks for. Of several sets each curve says of which it is. */
function heldOut(names: ReadonlySet<string>): Record<string, string> {
  const wanted = [...names].flatMap((name) => {
    const [, set = '', metric = ''] = /^eval\/([^/]+)\/(exact_match|reward)$/.exec(name) ?? [];
    return metric === '' ? [] : [{ name, set, metric: metric.replaceAll('_', ' ') }];
  });
  const isOne = new Set(wanted.map(({ set }) => set)).size === 1;
  return Object.fromEntries(wanted.map(({ name, set, metric }) => [name, isOne ? metric : `${set}: ${metric}`]));
}
