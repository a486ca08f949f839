/** Trees as a worker stores them, one transaction each: how many trajectories a second. */
import type { SegmentRecord, TrajectoryRecord } from '../../src/protocol/messages.js';
import { recordTree } from '../../src/worker/recorder/record-tree.js';
import { compared } from '../harness/comparison.js';
import type { ServiceBenchmark } from './benchmark.js';
import { insertRun } from './runs.js';

const GROUP = 16;
const PROMPT_TOKENS = 100;
/** Of the response: model, tool, model. */
const LENGTHS = [225, 50, 225];
const TREES = 100;
/** Runs that store at the same time. */
const WRITERS = 2;
const WORDS = 'The area of the first country is larger than that of its neighbour, as the search has shown. ';

export const recording: ServiceBenchmark = {
  title: 'Storing trajectories',
  how: `Trees of ${GROUP} trajectories with 500 tokens each behind a prompt of ${PROMPT_TOKENS}, with ids, log-probabilities, entropies and advantages, as workers store them: each in a transaction of its own, ${WRITERS} runs at once.`,
  rounds: 5,
  run: async (service, { rounds, say }) => {
    const { segments, trajectories } = treeOf(GROUP);
    const tokens = segments.reduce((sum, { length }) => sum + length, 0);
    const real = () => Float32Array.from({ length: tokens }, Math.random);
    const ids = Int32Array.from({ length: tokens }, () => Math.floor(Math.random() * 50_000));
    const arrays = { token_ids: ids, logprobs: real(), entropies: real(), advantages: real() };
    const samples: number[] = [];
    for (let round = -1; round < rounds; round++) {
      const runs = await Promise.all(Array.from({ length: WRITERS }, () => insertRun(service, 'succeeded')));
      const started = performance.now();
      await Promise.all(
        runs.map(async ({ id, projectId }) => {
          for (let tree = 0; tree < TREES; tree++) {
            const message = { type: 'tree', step: 1, tree, example: tree, segments, trajectories } as const;
            await service.dataSource.transaction((manager) =>
              recordTree(manager, { id, projectId, attempt: 1 }, message, arrays),
            );
          }
        }),
      );
      const rate = (1000 * WRITERS * TREES * GROUP) / (performance.now() - started);
      say(`round ${round + 1} of ${rounds}: ${rate.toFixed(0)} trajectories/s`);
      if (round >= 0) samples.push(rate);
    }
    const quantity = { what: 'stored', unit: 'trajectories/s', better: 'higher' } as const;
    return [compared(quantity, [{ name: 'Bough', samples }])];
  },
};

/** A prompt, and so many answers to it with one call each. */
function treeOf(count: number): { segments: SegmentRecord[]; trajectories: TrajectoryRecord[] } {
  const segments: SegmentRecord[] = [];
  const add = (kind: SegmentRecord['kind'], parent: number | null, length: number): number => {
    const start = segments.reduce((sum, segment) => sum + segment.length, 0);
    const none = { forked: false, delta_entropy: null, branch_probability: null, forks: null, tool: null };
    const text = WORDS.repeat(Math.ceil((length * 4) / WORDS.length)).slice(0, length * 4);
    segments.push({ parent, kind, start, length, text, entropy: kind === 'model' ? 0.5 : null, ...none });
    return segments.length - 1;
  };
  const root = add('prompt', null, PROMPT_TOKENS);
  const trajectories = Array.from({ length: count }, (): TrajectoryRecord => {
    const [before, result, after] = LENGTHS;
    const leaf = add('model', add('tool', add('model', root, before!), result!), after!);
    return {
      leaf,
      finish_reason: 'stop',
      reward_status: 'scored',
      reward: 1,
      parts: { f1: 1 },
      flags: ['match'],
      answer: 'A',
      format_valid: true,
      exact_match: 1,
      advantage: 0.5,
    };
  });
  return { segments, trajectories };
}
