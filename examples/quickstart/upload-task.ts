/** Uploads the files of the task and waits until the service has read them. */
import { count } from './figures.js';
import type { Client } from './client.js';
import type { Datasets } from './requests.js';
import type { QuickstartTask } from './task/quickstart-task.js';
import { corpusFile, lessonsFile, questionsFile, textsFile } from './task/rows.js';

/** @throws {Error} also when the service rejects a row */
export async function uploadTask(client: Client, task: QuickstartTask): Promise<Datasets> {
  return {
    texts: await upload(client, 'tokenizer-texts', 'corpus', textsFile(task.tokenizerTexts)),
    corpus: await upload(client, 'facts', 'corpus', corpusFile(task.corpus)),
    questions: await upload(client, 'questions', 'rl', questionsFile(task.train)),
    heldOut: await upload(client, 'held-out-questions', 'rl', questionsFile(task.heldOut)),
    lessons: await upload(client, 'lessons', 'sft', lessonsFile(task.lessons)),
  };
}

async function upload(
  { bough, screen, signal }: Client,
  name: string,
  kind: 'rl' | 'sft' | 'corpus',
  rows: string,
): Promise<string> {
  screen.live(`uploading ${name}`);
  const { id } = await bough.uploadDataset(new File([rows], `${name}.jsonl`), { kind, name, signal });
  const dataset = await bough.waitForDataset(id, { signal });
  const [rejected] = dataset.rejected_rows;
  if (rejected) throw new Error(`${name}, line ${rejected.line}: ${rejected.reason}`);
  screen.say(`  ${name}: ${count(dataset.num_examples ?? 0)} rows  ${id}`);
  return id;
}
