/** The worker with the real trainer, tools and rewards: a model is made, learns from demonstrations and then by ARPO, and is evaluated. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Checkpoint } from '../src/store/entities/checkpoint.entity.js';
import { Evaluation } from '../src/store/entities/evaluation.entity.js';
import { Model } from '../src/store/entities/model.entity.js';
import type { Run } from '../src/store/entities/run.entity.js';
import { RunStep } from '../src/store/entities/run-step.entity.js';
import { RunUpdate } from '../src/store/entities/run-update.entity.js';
import { ToolJournalEntry } from '../src/store/entities/tool-journal.entity.js';
import { Trajectory } from '../src/store/entities/trajectory.entity.js';
import { bundleTrainer, bundleWorkerProcess, removeBundle } from './support/trainer-bundle.js';
import { until, WorkerHarness } from './support/worker-harness.js';

const COLOURS = ['red', 'blue', 'green', 'black'] as const;
const COLOUR_OF: Record<string, string> = { sky: 'blue', grass: 'green', night: 'black', rose: 'red' };
const THINGS = Object.keys(COLOUR_OF);
const question = (thing: string) => `What colour is ${thing}?`;

let harness: WorkerHarness;
let trainer: string;
let corpus: string;
let questions: string;
let startedFrom: string;
beforeAll(async () => {
  trainer = await bundleTrainer();
  harness = await WorkerHarness.open(Promise.resolve(trainer));
  await harness.startWorker({ LOG_LEVEL: 'error' });
});
afterAll(() => harness.close());

/** Half of them look the thing up and answer what was found; the others guess. */
const demonstrations = Array.from({ length: 64 }, (_, i) => {
  const thing = THINGS[i % THINGS.length] ?? '';
  const found = COLOURS[(i * 7 + (i >> 2)) % COLOURS.length] ?? '';
  const user = { role: 'user', content: question(thing) };
  const answer = { role: 'assistant', content: `<answer>\\boxed{ ${found}}</answer>` };
  const call = { role: 'assistant', content: `<search> ${thing}</search>` };
  const result = { role: 'tool', content: `The colour of ${thing} is ${found}` };
  return { messages: i % 8 < 4 ? [user, answer] : [user, call, result, answer] };
});

test('a new model learns from demonstrations', async () => {
  const dataset = await harness.upload('sft', demonstrations);
  corpus = await harness.upload(
    'corpus',
    THINGS.map((thing) => ({ text: `The colour of ${thing} is ${COLOUR_OF[thing]}` })),
  );
  questions = await harness.upload(
    'rl',
    THINGS.map((thing) => ({ question: question(thing), answer: COLOUR_OF[thing] })),
  );
  const added_tokens = ['<search>', '</search>', '<result>', '</result>', '<answer>', '</answer>', '\\boxed{'];
  const model = await harness.addModel(
    {
      type: 'random',
      architecture: { layers: 2, hidden_size: 32, heads: 4, ffn_size: 64 },
      tokenizer: { train: { dataset: [dataset, corpus], vocab_size: 400, added_tokens } },
    },
    [dataset, corpus],
  );
  const run = await harness.queueRun({
    method: 'sft',
    model: model.id,
    dataset,
    optimizer: { learning_rate: 3e-3, schedule: 'constant' },
    training: { steps: 60, batch_size: 4, max_length: 64 },
  });
  expect(await harness.untilRun(run.id, 'succeeded', 'failed')).toMatchObject({ status: 'succeeded', error: null });
  const { manager } = harness.dataSource;
  const made = await manager.findOneByOrFail(Model, { id: model.id });
  expect(made.parameters).toBe((made.vocabSize ?? 0) * 32 + 2 * (4 * 32 * 32 + 3 * 32 * 64 + 2 * 32) + 32);
  const steps = await manager.find(RunStep, { where: { runId: run.id }, order: { step: 'ASC' } });
  const [first, last] = [steps[0], steps.at(-1)].map((step) => step?.metrics['policy/loss'] ?? NaN);
  expect(last).toBeLessThan(0.5 * (first ?? 0));
  const updates = await manager.find(RunUpdate, { where: { runId: run.id }, order: { update: 'ASC' } });
  expect(updates.map(({ update, step }) => [update, step])).toEqual(steps.map(({ step }) => [step, step]));
  const { body, advantages, oldLogprobs } = updates[0]!;
  expect(body).toMatchObject({ learning_rate: 3e-3, loss: first, trees: [], segments: [] });
  expect(body.examples?.every((index) => index < demonstrations.length)).toBe(true);
  expect([advantages.length, oldLogprobs.length]).toEqual([0, 0]);
  const checkpoint = await manager.findOneByOrFail(Checkpoint, { runId: run.id, final: true });
  expect(checkpoint.files.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['config.json', 'model.safetensors']),
  );
  startedFrom = checkpoint.id;
});

const queueArpo = () =>
  harness.queueRun({
    method: 'arpo',
    model: startedFrom,
    dataset: questions,
    tools: [{ type: 'search', corpus, top_k: 1 }],
    reward: { type: 'exact_match' },
    rollout: { group_size: 8, initial: 4, probe_tokens: 4, max_response_tokens: 48 },
    training: { steps: 6, prompts_per_step: 4, mini_batch_prompts: 2 },
    optimizer: { learning_rate: 1e-3 },
    checkpoint: { every_steps: 2 },
    evaluation: { dataset: questions, every_steps: 3 },
    seed: 5,
  });

/** What two runs of one spec must have in common, however often they were disturbed. */
async function outcomeOf({ id, usage }: Run) {
  const { manager } = harness.dataSource;
  const { files } = await manager.findOneByOrFail(Checkpoint, { runId: id, final: true });
  const trajectories = await manager.find(Trajectory, { where: { runId: id }, order: { id: 'ASC' } });
  const steps = await manager.find(RunStep, { where: { runId: id }, order: { step: 'ASC' } });
  return {
    // The card names the run.
    files: files.filter(({ name }) => name !== 'README.md'),
    usage: { ...usage, wall_time_s: 0 },
    rewards: steps.map(({ metrics }) => metrics['reward/mean']),
    answers: trajectories.map(({ answer }) => answer),
    journal: await manager.countBy(ToolJournalEntry, { runId: id }),
  };
}

const endOf = async (id: string): Promise<Run> => {
  const run = await harness.untilRun(id, 'succeeded', 'failed');
  expect([run.status, run.error]).toEqual(['succeeded', null]);
  return run;
};
const untilHalfWay = (id: string) => until('step 3', async () => (await harness.run(id)).progress.step >= 3);

let undisturbed: Run;

test('a policy run whose trainer is killed ends with the same weights as one that is not', async () => {
  undisturbed = await endOf((await queueArpo()).id);
  const { id } = await queueArpo();
  await untilHalfWay(id);
  const pids = execFileSync('pgrep', ['-f', trainer], { encoding: 'utf8' }).trim().split('\n');
  for (const pid of pids) process.kill(Number(pid), 'SIGKILL');
  const disturbed = await endOf(id);
  expect(await harness.story(id)).toContain('recovering');
  const truth = await outcomeOf(undisturbed);
  expect(await outcomeOf(disturbed)).toEqual(truth);
  expect(truth.answers).toHaveLength(6 * 4 * 8);
  expect(truth.journal).toBeGreaterThan(0);
  expect(undisturbed.latestMetrics[`eval/${questions}/exact_match`]).toBeGreaterThanOrEqual(0);
});

test('a policy run whose worker is killed ends with the same weights as one that is not', async () => {
  await harness.stopWorkers();
  const script = await bundleWorkerProcess();
  const env = { ...process.env, ...harness.env(), SCRIPTED_TRAINER: trainer };
  const worker = spawn(process.execPath, [script], { env, stdio: 'inherit' });
  const { id } = await queueArpo();
  await untilHalfWay(id);
  worker.kill('SIGKILL');
  await once(worker, 'exit');
  await harness.startWorker({ LOG_LEVEL: 'error' });
  const disturbed = await endOf(id);
  await removeBundle(script);
  expect(await harness.story(id)).toContain('recovering');
  expect(await outcomeOf(disturbed)).toEqual(await outcomeOf(undisturbed));
});

test('an evaluation of the result uses the tool', async () => {
  const { id } = await harness.addEvaluation({
    checkpoint: startedFrom,
    dataset: questions,
    tools: [{ type: 'search', corpus, top_k: 1 }],
    sampling: { temperature: 1, samples: 4, max_response_tokens: 48 },
  });
  const { manager } = harness.dataSource;
  await until('the evaluation', async () => (await manager.findOneByOrFail(Evaluation, { id })).finishedAt !== null);
  const evaluation = await manager.findOneByOrFail(Evaluation, { id });
  expect(evaluation).toMatchObject({
    status: 'succeeded',
    progress: { done: 16, total: 16 },
    aggregates: { num_items: 16, num_infra_error: 0 },
  });
  expect(evaluation.usage.tool_calls).toBeGreaterThan(0);
});
