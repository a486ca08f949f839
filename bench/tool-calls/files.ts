/** Where results and page are kept: `<docs>/tool-calls/<task>.json` and `.svg`, and the written part of `<docs>/tool-calls.md`. */
import { existsSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { chartOf } from './page/chart.js';
import { rewrite, writeWhole } from '../study/written-page.js';
import { withResults } from './page/page.js';
import type { TaskResults } from './results.js';
import { taskNames, type TaskName } from './tasks.js';

export async function readResults(docs: string, task: TaskName): Promise<TaskResults | null> {
  const file = join(docs, 'tool-calls', `${task}.json`);
  return existsSync(file) ? (JSON.parse(await readFile(file, 'utf8')) as TaskResults) : null;
}

/** The page says what all tasks have found, the others' as they are on disk. @throws {Error} when there is no page */
export async function writeResults(docs: string, task: TaskName, results: TaskResults): Promise<void> {
  await mkdir(join(docs, 'tool-calls'), { recursive: true });
  await writeWhole(join(docs, 'tool-calls', `${task}.json`), `${JSON.stringify(results, null, 2)}\n`);
  await writeWhole(join(docs, 'tool-calls', `${task}.svg`), chartOf(results));
  const all = await Promise.all(taskNames.map(async (name) => [name, await readResults(docs, name)] as const));
  await rewrite(join(docs, 'tool-calls.md'), (page) => withResults(page, all));
}
