/** Uploads the files of the task and waits until the service has read them. */
import type { Client } from '../support/client.js';
import { upload } from '../support/upload.js';
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
