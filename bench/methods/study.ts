/** The study as a client of the service: one cold start, and from it every training. Uses the API alone. */
import type { Client } from '../../examples/support/client.js';
import { percent } from '../../cli/terminal/figures.js';
import { followRun, type FinishedRun } from '../../examples/support/train.js';
import { coldStart } from '../study/cold-start.js';
import * as findOrStart from '../study/find-or-start.js';
import { heldOut, heldOutSpec } from '../study/held-out.js';
import type { StudyTask } from '../study/task.js';
import { pairsFile } from './pairs.js';
import { protocol } from './protocol.js';
import type { Found, Results, Training } from './results.js';
import { trainingSpec, type TrainingName } from './trainings.js';

export interface Plan {
  readonly task: StudyTask;
  readonly names: readonly TrainingName[];
  readonly commit: string;
}

/**
 * @param onTraining gets all that has been found each time that a training has finished
 * @throws {Error} when a run or an evaluation fails, or the service refuses something
 */
export async function study(
  client: Client,
  { task, names, commit }: Plan,
  onTraining: (found: Omit<Results, 'machine'>) => Promise<void>,
): Promise<void> {
  const { recipe } = task;
  const { seed, pairSteps, pairsPerStep } = protocol;
  const labelled = (part: string) => ({ study: 'methods', part, commit });
  const started = await coldStart(client, labelled, task, seed);
  const { datasets, checkpoint } = started;
  const file = pairsFile(seed, pairSteps * pairsPerStep, recipe.curriculum.rowLength);
  const pairs = await findOrStart.dataset(client, labelled(`seed-${seed}/pairs`), 'preference', file);

  const evaluated = async (
    part: string,
    { run, checkpoint: trained }: Omit<FinishedRun, 'seconds'>,
  ): Promise<Found> => {
    const body = heldOutSpec(recipe, datasets, trained.id, protocol);
    const { seconds, ...found } = await heldOut(client, labelled(`${part}/held-out`), body);
    client.screen.say(`  ${part}: exact match ${percent(found.exact_match)}`);
    return {
      run: run.id,
      commit: run.metadata['commit'] ?? 'unknown',
      seconds: { training: run.usage.wall_time_s, evaluation: seconds },
      ...found,
    };
  };

  const cold = { ...(await evaluated(started.part, started)), checkpoint: checkpoint.id };
  const trainings: { [Name in TrainingName]?: Training } = {};
  for (const name of names) {
    const label = labelled(`seed-${seed}/${name}`);
    const body = trainingSpec(name, { recipe, datasets, pairs, checkpoint: checkpoint.id });
    const finished = await followRun(client, label.part, await findOrStart.run(client, label, body));
    const { usage, spec } = finished.run;
    trainings[name] = {
      ...(await evaluated(label.part, finished)),
      tool_calls: usage.tool_calls,
      sampled_tokens: usage.sampled_tokens,
      trained_tokens: usage.trained_tokens,
      spec,
    };
    await onTraining({ cold_start: cold, trainings });
  }
}
