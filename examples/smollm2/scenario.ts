/** What the example does as a client of the service, in order. It uses the API alone; what it shows is put together elsewhere. */
import { unwrap, type Model, type SavedFile } from 'bough/client';
import { join } from 'node:path';
import type { Client } from '../support/client.js';
import { download } from '../support/download.js';
import { decodings, evaluate, itemsOf, type Decoding, type EvaluationItem, type Scores } from '../support/evaluate.js';
import { count } from '../../cli/terminal/figures.js';
import { cancelLeftovers } from '../support/leftovers.js';
import { metricOf, sumOf } from '../support/run-metrics.js';
import { train, type FinishedRun } from '../support/train.js';
import type { Task } from './data/task.js';
import { scoresLine } from './figures.js';
import { noteOf } from './known-weights.js';
import type { Recipe, Stage } from './recipe.js';
import { coldStartSpec, evaluationSpec, modelSpec, policySpec } from './requests.js';
import type { Schedule } from './schedule.js';
import { uploadTask } from './upload-task.js';

/** Every answer of an evaluation, in the order of the questions. */
export type Answers = Readonly<Record<Decoding, readonly EvaluationItem[]>>;

/** A run with the seconds that its model wrote and learnt. */
export interface TimedRun extends FinishedRun {
  readonly sampleSeconds: number;
  readonly updateSeconds: number;
}

export interface Outcome {
  readonly model: Model;
  readonly task: Task;
  readonly scores: Readonly<Record<Stage, Scores>>;
  readonly answers: Readonly<Record<Stage, Answers>>;
  readonly coldStart: TimedRun;
  readonly policy: TimedRun;
  /** Mean reward of each step of ARPO, over the rollouts that it learnt from. */
  readonly rewards: readonly number[];
  /** The trained model's, downloaded and checked against their sha256. */
  readonly weights: SavedFile;
}

export interface Plan {
  readonly recipe: Recipe;
  readonly task: Task;
  /** The model's directory, within the folder that the service takes models from. */
  readonly model: string;
  readonly seed: number;
  readonly schedule: Schedule;
  /** For the downloaded checkpoint. */
  readonly folder: string;
}

/** @throws {Error} when the model cannot be used, a run or an evaluation fails, or the service refuses something */
export async function play(client: Client, plan: Plan): Promise<Outcome> {
  const { screen } = client;
  const { recipe, task, seed, schedule, folder } = plan;
  await cancelLeftovers(client);
  const datasets = await uploadTask(client, task);
  const model = await importModel(client, plan.model);
  const finishPart = () => screen.say(`  ${schedule.finishPart()}`);
  finishPart();

  const look = async (name: string, subject: string) => {
    const scores = await evaluate(client, name, (decoding) =>
      evaluationSpec(recipe, datasets, subject, decoding, seed),
    );
    for (const decoding of decodings) screen.say(`  ${name}, ${decoding}: ${scoresLine(scores[decoding].aggregates)}`);
    finishPart();
    return scores;
  };
  screen.say(`Asking ${count(task.heldOut.length)} held-out questions before any training`);
  const before = await look('before', model.id);

  screen.say(`Cold start: ${count(task.demonstrations.length)} demonstrations`);
  const coldStart = await train(client, 'cold start', coldStartSpec(recipe, datasets, model.id, seed));
  finishPart();
  const started = coldStart.checkpoint.id;
  const afterColdStart = await look('after the cold start', started);

  screen.say(`ARPO: ${count(task.questions.length)} other questions`);
  const policy = await train(client, 'ARPO', policySpec(recipe, datasets, started, seed));
  finishPart();
  const trained = await look('after ARPO', policy.checkpoint.id);

  return {
    model,
    task,
    scores: { before, cold_start: afterColdStart, trained },
    answers: {
      before: await answersOf(client, before),
      cold_start: await answersOf(client, afterColdStart),
      trained: await answersOf(client, trained),
    },
    coldStart: await timed(client, coldStart),
    policy: await timed(client, policy),
    rewards: await metricOf(client, policy.run.id, 'reward/mean'),
    weights: await download(client, policy.checkpoint.id, join(folder, policy.checkpoint.id)),
  };
}

async function importModel({ bough, screen, signal }: Client, path: string): Promise<Model> {
  screen.say(`Taking in the model ${path}`);
  const { id } = unwrap(await bough.api.POST('/v1/models', { body: modelSpec(path) }));
  const model = await bough.waitForModel(id, { signal });
  screen.say(`  ${count(model.parameters ?? 0)} parameters, a vocabulary of ${count(model.vocab_size ?? 0)}  ${id}`);
  const note = noteOf(model);
  if (note !== null) screen.say(`  ${note}`);
  return model;
}

async function timed(client: Client, run: FinishedRun): Promise<TimedRun> {
  const seconds = (name: string) => sumOf(client, run.run.id, name);
  return {
    ...run,
    sampleSeconds: await seconds('time/sample_s'),
    updateSeconds: await seconds('time/update_s'),
  };
}

async function answersOf(client: Client, scores: Scores): Promise<Answers> {
  return { greedy: await itemsOf(client, scores.greedy), sampled: await itemsOf(client, scores.sampled) };
}
