/** What all trainings of a study begin with: the datasets of a seed, a model of its own and its cold start, found or made. Evaluates nothing. */
import type { Checkpoint, Run } from 'bough/client';
import type { Client } from '../../examples/support/client.js';
import { coldStartSpec, modelSpec, type Datasets } from '../../examples/quickstart/requests.js';
import { followRun } from '../../examples/support/train.js';
import * as findOrStart from './find-or-start.js';
import type { StudyTask } from './task.js';

export interface ColdStart {
  /** The name of the part. */
  readonly part: string;
  readonly datasets: Datasets;
  readonly run: Run;
  readonly checkpoint: Checkpoint;
}

/** What each dataset is called among the parts of a study, and its kind. */
const uploads: { readonly [Name in keyof Datasets]: readonly [string, findOrStart.DatasetKind] } = {
  texts: ['tokenizer-texts', 'corpus'],
  corpus: ['facts', 'corpus'],
  questions: ['questions', 'rl'],
  heldOut: ['held-out-questions', 'rl'],
  lessons: ['lessons', 'sft'],
};

/** @param labelled the study's label of a part */
export async function coldStart(
  client: Client,
  labelled: (part: string) => findOrStart.Label,
  { recipe, make }: StudyTask,
  seed: number,
): Promise<ColdStart> {
  const part = `seed-${seed}`;
  client.screen.live(`${part}: making the task`);
  const files = make(seed);
  const datasets = {} as { -readonly [Name in keyof Datasets]: string };
  for (const [name, [title, kind]] of Object.entries(uploads) as [keyof Datasets, (typeof uploads)['texts']][])
    datasets[name] = await findOrStart.dataset(client, labelled(`${part}/${title}`), kind, files[name]);
  const model = await findOrStart.model(client, labelled(`${part}/model`), modelSpec(recipe, datasets, seed));
  const label = labelled(`${part}/cold start`);
  const id = await findOrStart.run(client, label, coldStartSpec(recipe, datasets, model, seed));
  return { part: label.part, datasets, ...(await followRun(client, label.part, id)) };
}
