import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { scoreEach } from '../src/rewards/each.js';
import { scoreF1 } from '../src/rewards/f1.js';
import { resolveReward, type RewardSpecInput } from '../src/spec/rewards/index.js';
import { EvaluationItem } from '../src/store/entities/evaluation-item.entity.js';
import { Evaluation } from '../src/store/entities/evaluation.entity.js';
import { Rescore } from '../src/store/entities/rescore.entity.js';
import { Trajectory } from '../src/store/entities/trajectory.entity.js';
import { newId } from '../src/store/ids.js';
import { insertRow } from '../src/store/insert-row.js';
import { createJob } from '../src/store/jobs.js';
import { Scorer } from '../src/worker/inputs/scorer.js';
import { JudgeServer } from './support/judge-server.js';
import { until, WorkerHarness } from './support/worker-harness.js';

let harness: WorkerHarness;
beforeAll(async () => {
  harness = await WorkerHarness.open();
});
afterEach(() => harness.stopWorkers());
afterAll(() => harness.close());

/** The sandbox takes its time to start on a machine that is busy with other tests. */
const PATIENCE_MS = 50_000;

const template = { input: '{{sample.answer}}', reference: '{{item.reference}}' };
const source =
  'def score(item):\n  return {"reward": 0.5, "parts": {"peru": 0.5 if "Peru" in item["question"] else 0}}';

/** One of each kind, each worth something for the answer Lima. */
const reward: RewardSpecInput = {
  type: 'sum',
  terms: [
    { reward: { type: 'arpo' } },
    { reward: { type: 'contains' } },
    { reward: { type: 'math' } },
    { reward: { type: 'paper_metric', metric: 'em' } },
    { reward: { type: 'length_penalty', max: 20, penalty: 2 } },
    { reward: { type: 'tool_use', min: 0, reward: 0.25 } },
    { reward: { type: 'python', source, timeout_s: 30 } },
    { reward: { type: 'string_check', ...template, operation: 'eq' }, name: 'openai', weight: 10 },
  ],
};
const ofLima = {
  'arpo/format': 0,
  'arpo/f1': 1,
  'arpo/both_tools': 0,
  'contains/contains': 1,
  'math/math': 1,
  'paper_metric/em': 1,
  'length_penalty/length': -2,
  'tool_use/tool_use': 0.25,
  'python/peru': 0.5,
  'openai/string_check': 10,
};

test('a run is scored by every kind of reward, and its trajectories have their parts', async () => {
  await harness.startWorker();
  const { id: runId } = await harness.addRun({ reward, training: { steps: 2 } });
  await until('the run to end', async () => (await harness.run(runId)).finishedAt !== null, undefined, PATIENCE_MS);
  expect(await harness.run(runId)).toMatchObject({ status: 'succeeded', error: null });
  const { manager } = harness.dataSource;
  const trajectory = await manager.findOneByOrFail(Trajectory, { runId, step: 2, index: 0 });
  expect(trajectory).toMatchObject({ reward: 12.75, parts: ofLima, answer: 'Lima', rewardStatus: 'scored' });
});

test('an example that is gone with its dataset is no fault of the reward', async () => {
  const scorer = new Scorer(harness.dataSource, scoreEach(scoreF1));
  const asked = { dataset: 'ds_gone', example: 0, responses: [[]] };
  await expect(scorer.score(asked, new AbortController().signal)).rejects.toThrow(
    'The dataset ds_gone is not usable: it does not exist any more',
  );
});

test('what a reward says can be stored, whatever its names have in them', async () => {
  const { datasetId } = await harness.addRun({ reward: { type: 'f1' } });
  const parts = { 'x\0': 1, '\ud800': 2 };
  const unstorable = scoreEach(() => ({ reward: 3, parts, flags: ['\0'], answer: '\0', formatValid: true }));
  const asked = { dataset: datasetId, example: 0, responses: [[]] };
  const scores = await new Scorer(harness.dataSource, unstorable).score(asked, new AbortController().signal);
  expect(scores).toMatchObject([{ parts: { 'x\ufffd': 1, '\ufffd': 2 }, flags: ['\ufffd'], answer: '\ufffd' }]);
});

test('an evaluation is graded by every kind of reward; what a grader raises leaves its answer without a score', async () => {
  await harness.startWorker();
  const evaluated = async (grader: RewardSpecInput) => {
    const { id } = await harness.addEvaluation({ grader });
    const { manager } = harness.dataSource;
    const isOver = async () => (await manager.findOneByOrFail(Evaluation, { id })).finishedAt !== null;
    await until('the evaluation to end', isOver, undefined, PATIENCE_MS);
    return manager.find(EvaluationItem, { where: { evaluationId: id }, order: { example: 'ASC' } });
  };
  expect(await evaluated(reward)).toMatchObject([
    { reward: 12.75, parts: ofLima },
    { reward: -1.25, answer: 'Oslo' },
    { reward: 12.75 },
  ]);
  const raising = {
    type: 'python',
    timeout_s: 30,
    source: 'def score(item):\n  return 1 / (item["answer"] == "Lima")',
  } as const;
  expect(await evaluated(raising)).toMatchObject([
    { reward: 1, rewardStatus: 'scored' },
    {
      reward: null,
      rewardStatus: 'infra_error',
      flags: [expect.stringMatching(/line 2, in score[^]*ZeroDivisionError/)],
    },
    { reward: 1, rewardStatus: 'scored' },
  ]);
});

test('a run that is taken up again learns from the verdicts that it had, whatever the judge would say now', async () => {
  const judge = await JudgeServer.open();
  try {
    let verdicts = 0;
    judge.reply = () => `Score: ${(verdicts += 1)}`;
    const rule = { type: 'regex', pattern: '\\d+' } as const;
    const asked = { type: 'judge', model: 'j', base_url: judge.baseUrl, prompt: '{response}', verdict: rule } as const;
    await harness.startWorker({ ALLOWED_NETWORKS: '127.0.0.0/8' });
    const { id: runId } = await harness.addRun({ reward: asked, metadata: { die: '1:3:SIGKILL' } });
    await until('the run to end', async () => (await harness.run(runId)).finishedAt !== null, undefined, PATIENCE_MS);
    expect(await harness.run(runId)).toMatchObject({ status: 'succeeded', manifest: { attempt: 2 } });
    const texts = judge.heard.map(({ text }) => text);
    expect(texts.length).toBeGreaterThan(1);
    expect(texts).toHaveLength(new Set(texts).size);
  } finally {
    await judge.close();
  }
});

test('a grader that is asked again reads the calls of stored trajectories as calls', async () => {
  await harness.startWorker();
  const { id: runId } = await harness.addRun({ training: { steps: 2 } });
  expect(await harness.untilRun(runId, 'succeeded', 'failed')).toMatchObject({ status: 'succeeded' });
  const { manager } = harness.dataSource;
  const { projectId } = harness;
  const grader = resolveReward({ type: 'tool_use', tool: 'python', per: 'call', reward: 3 });
  const spec = { grader, from_step: 1, to_step: null, metadata: {} };
  const id = newId('rescore');
  await insertRow(manager, Rescore, { id, projectId, runId, spec, progress: { done: 0, total: 4 } });
  await createJob(manager, projectId, { kind: 'run.rescore', subjectId: id, uses: [] });
  const found = () => manager.findOneByOrFail(Rescore, { id });
  await until('the rescore to end', async () => (await found()).status !== 'processing', undefined, PATIENCE_MS);
  expect(await found()).toMatchObject({
    status: 'ready',
    progress: { done: 4, total: 4 },
    comparison: { trajectories: 4, compared: 4, after: { min: 3, max: 3 } },
  });
});
