import { expect, test } from 'vitest';
import type { Segment } from '../../api/rollouts.ts';
import { layOutTree } from './layout.ts';

const segment = (id: string, parent: string | null, index: number, forked = false) =>
  ({ id, parent_id: parent, index, forked, kind: index === 0 ? 'prompt' : 'model', num_tokens: 10 }) as Segment;

/** A prompt with two beginnings; the first forks after its second segment. */
const tree = {
  segments: [
    segment('prompt', null, 0),
    segment('a', 'prompt', 1),
    segment('b', 'prompt', 2),
    segment('a/fork', 'a', 3, true),
    segment('a/on', 'a', 4),
  ],
  trajectories: [
    { id: 'A', index: 0, segment_ids: ['prompt', 'a', 'a/on'] },
    { id: 'B', index: 1, segment_ids: ['prompt', 'b'] },
    { id: 'A2', index: 2, segment_ids: ['prompt', 'a', 'a/fork'] },
  ],
};

test('each trajectory ends in a row of its own, its forks right below it', () => {
  const { rows, segments } = layOutTree(tree, 600);
  expect(rows.map(({ trajectory }) => trajectory)).toEqual(['A', 'A2', 'B']);
  expect(Object.fromEntries(segments.map((one) => [one.segment.id, one.row]))).toEqual({
    prompt: 0,
    a: 0,
    'a/on': 0,
    'a/fork': 1,
    b: 2,
  });
});

test('a branch comes from the end of its parent, and begins beside what goes on there', () => {
  const placed = new Map(layOutTree(tree, 600).segments.map((one) => [one.segment.id, one]));
  const [parent, fork, on] = [placed.get('a')!, placed.get('a/fork')!, placed.get('a/on')!];
  expect(fork.from).toEqual({ x: parent.x + parent.width, row: 0 });
  expect(on.from).toBeNull();
  expect(fork.x).toBe(on.x);
});

test('the longest trajectory fills the width, and the rows are as many as the leaves of a deep tree', () => {
  expect(layOutTree(tree, 600).width).toBeCloseTo(600, 0);
  const chain = Array.from({ length: 20_000 }, (_, i) => segment(`s${i}`, i === 0 ? null : `s${i - 1}`, i));
  const deep = { segments: chain, trajectories: [{ id: 'T', index: 0, segment_ids: chain.map(({ id }) => id) }] };
  expect(layOutTree(deep, 600).rows).toHaveLength(1);
});
