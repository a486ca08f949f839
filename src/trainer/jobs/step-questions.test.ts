import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { score, sharedCall } from '../../../test/support/trees.js';
import { resolveRunSpec, type PolicyRunSpec } from '../../spec/run-spec.js';
import { ExampleFile } from '../examples/example-file.js';
import type { Progress } from '../model/checkpoint.js';
import { StepQuestions } from './step-questions.js';
import type { TrainingRun } from './training-run.js';

let folder: string;
let examples: ExampleFile;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bough-questions-'));
  const lines = Array.from({ length: 4 }, (_, index) =>
    JSON.stringify({ index, messages: [{ role: 'user', content: 'A' }] }),
  );
  await writeFile(join(folder, 'examples'), lines.join('\n'));
  examples = await ExampleFile.open(join(folder, 'examples'));
});
afterAll(async () => {
  await examples.close();
  await rm(folder, { recursive: true });
});

/** Of a dataset of four questions in order. */
function questions(pools: object | null): { progress: Progress; questions: StepQuestions } {
  const spec = resolveRunSpec({
    method: 'grpo',
    model: 'mdl_1',
    dataset: 'ds_1',
    training: { shuffle: false, pools },
  }) as PolicyRunSpec;
  const progress: Progress = {
    step: 0,
    cursor: 0,
    passes: { tokens: 1, bytes: 1 },
    best: null,
    pools: pools ? new Map() : undefined,
  };
  const model = { renderer: { prompt: () => ({ kind: 'prompt', tokens: new Int32Array(1), text: '', begun: '' }) } };
  return {
    progress,
    questions: new StepQuestions({ spec, progress, model } as unknown as TrainingRun<PolicyRunSpec>, examples),
  };
}

/** A step whose groups all earn the same: what it asked. */
async function step(of: StepQuestions, counts: number[], rewardOf: (example: number) => number): Promise<number[]> {
  of.begin();
  const asked = [];
  for (const count of counts) asked.push(...(await of.take(count)));
  of.finish(
    asked.map(({ place, example }) => ({
      tree: sharedCall(place),
      scores_G: [1, 2, 3].map(() => score(rewardOf(example))),
    })),
  );
  return asked.map(({ example }) => example);
}

test('without pools a step asks what comes next, and one that is not finished is asked again', async () => {
  const { questions: of, progress } = questions(null);
  expect(await step(of, [3], () => 1)).toEqual([0, 1, 2]);
  of.begin();
  expect((await of.take(2)).map(({ example }) => example)).toEqual([3, 0]);
  expect(await step(of, [1, 2], () => 1)).toEqual([3, 0, 1]);
  expect(progress.cursor).toBe(6);
  expect(of.metrics).toEqual({});
});

test('what a pool holds back is passed over, also where groups are replaced, until it is asked by chance', async () => {
  const { questions: of, progress } = questions({ solved: 0 });
  // Of the first two questions one is solved; the third round asks others in their place.
  expect(await step(of, [2, 1], (example) => (example === 1 ? 1 : 0.5))).toEqual([0, 1, 2]);
  expect(of.metrics).toEqual({ 'pools/solved': 1, 'pools/too_hard': 0, 'pools/skipped': 0 });
  expect(await step(of, [3], () => 0.5)).toEqual([3, 0, 2]);
  expect(of.metrics).toEqual({ 'pools/solved': 1, 'pools/too_hard': 0, 'pools/skipped': 1 });
  expect(progress.cursor).toBe(7);
  expect(of.warnings()).toEqual([]);
});

test('a step passes over the dataset at most once, and it is said once that all of it is in pools', async () => {
  const { questions: of } = questions({ solved: 0, too_hard: 0 });
  const reward = (example: number) => (example === 3 ? 0 : 1);
  expect(await step(of, [4], reward)).toEqual([0, 1, 2, 3]);
  expect(of.warnings()).toEqual([expect.stringMatching(/^All 4 questions are in a pool \(3 solved, 1 too hard\)/)]);
  expect(await step(of, [1, 1], reward)).toEqual([0, 1]);
  expect(of.metrics).toEqual({ 'pools/solved': 3, 'pools/too_hard': 1, 'pools/skipped': 4 });
  expect(of.warnings()).toEqual([]);
  // One that gets harder again leaves its pool.
  expect(await step(of, [2], () => 0.5)).toEqual([2, 3]);
  expect(of.metrics).toMatchObject({ 'pools/solved': 2, 'pools/too_hard': 0 });
  expect(of.warnings()).toEqual([]);
});
