/** What the quickstart does as a client of the service, in order. It uses the API alone; what it shows is put together elsewhere. */
import { unwrap, type SavedFile } from 'bough/client';
import { join } from 'node:path';
import type { Client } from '../support/client.js';
import { download } from '../support/download.js';
import { evaluate, itemsOf, type Evaluated, type EvaluationItem, type Scores } from '../support/evaluate.js';
import { count, percent } from '../../cli/terminal/figures.js';
import { cancelLeftovers } from '../support/leftovers.js';
import { metricOf } from '../support/run-metrics.js';
import { train, type FinishedRun } from '../support/train.js';
import type { Options } from './options.js';
import type { Recipe, Stage } from './recipe.js';
import { coldStartSpec, evaluationSpec, modelSpec, policySpec, type Datasets } from './requests.js';
import { makeTask, type QuickstartTask } from './task/quickstart-task.js';
import { uploadTask } from './upload-task.js';

export interface Outcome {
  readonly method: Options['method'];
  readonly task: QuickstartTask;
  readonly datasets: Datasets;
  readonly scores: Readonly<Record<Stage, Scores>>;
  readonly coldStart: FinishedRun;
  readonly policy: FinishedRun;
  /** Mean reward of each step of the policy run. */
  readonly rewards: readonly number[];
  /** Greedy answers to the held-out questions, in their order. */
  readonly answers: { readonly cold_start: readonly EvaluationItem[]; readonly trained: readonly EvaluationItem[] };
  /** The agent's weights, downloaded and checked against their sha256. */
  readonly weights: SavedFile;
}

/**
 * @param folder for the downloaded checkpoint
 * @throws {Error} when a run or an evaluation fails, or the service refuses something
 */
export async function play(
  client: Client,
  recipe: Recipe,
  { method, seed }: Pick<Options, 'method' | 'seed'>,
  folder: string,
): Promise<Outcome> {
  const { bough, screen, signal } = client;
  await cancelLeftovers(client);

  screen.say('Making the task');
  const task = makeTask(seed, recipe.curriculum);
  const datasets = await uploadTask(client, task);

  screen.say('Making a model that knows nothing');
  const { id } = unwrap(await bough.api.POST('/v1/models', { body: modelSpec(recipe, datasets, seed) }));
  const model = await bough.waitForModel(id, { signal });
  screen.say(`  ${count(model.parameters ?? 0)} parameters, a vocabulary of ${count(model.vocab_size ?? 0)}  ${id}`);
  const look = async (name: string, subject: string) => {
    const scores = await evaluate(client, name, (decoding) =>
      evaluationSpec(recipe, datasets, subject, decoding, seed),
    );
    screen.say(
      `  held-out questions, ${name}: ${rightShare(scores.greedy)} greedy, ${rightShare(scores.sampled)} sampled`,
    );
    return scores;
  };
  const untrained = await look('untrained', id);

  screen.say('Cold start: careless demonstrations about invented countries');
  const coldStart = await train(client, 'cold start', coldStartSpec(recipe, datasets, id, seed));
  const started = coldStart.checkpoint.id;
  const afterColdStart = await look('after the cold start', started);

  screen.say(`Training with ${method.toUpperCase()}: questions about ${task.split.train.length} real countries`);
  const policy = await train(client, method.toUpperCase(), policySpec(recipe, datasets, method, started, seed));
  const trained = await look('trained', policy.checkpoint.id);

  return {
    method,
    task,
    datasets,
    scores: { untrained, cold_start: afterColdStart, trained },
    coldStart,
    policy,
    rewards: await metricOf(client, policy.run.id, 'reward/mean'),
    answers: {
      cold_start: await itemsOf(client, afterColdStart.greedy),
      trained: await itemsOf(client, trained.greedy),
    },
    weights: await download(client, policy.checkpoint.id, join(folder, policy.checkpoint.id)),
  };
}

function rightShare({ aggregates }: Evaluated): string {
  return percent(aggregates.exact_match.mean ?? 0);
}
