/** Uploads the files of the task and waits until the service has read them. */
import type { Client } from '../support/client.js';
import { upload } from '../support/upload.js';
import { demonstrationsFile, questionsFile } from './data/rows.js';
import type { Task } from './data/task.js';
import type { Datasets } from './requests.js';

/** @throws {Error} also when the service rejects a row */
export async function uploadTask(client: Client, task: Task): Promise<Datasets> {
  return {
    demonstrations: await upload(client, 'demonstrations', 'sft', demonstrationsFile(task.demonstrations)),
    questions: await upload(client, 'questions', 'rl', questionsFile(task.questions)),
    heldOut: await upload(client, 'held-out-questions', 'rl', questionsFile(task.heldOut)),
  };
}
