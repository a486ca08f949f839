/** The study from start to end: a service, a client that uses it, and files that are written each time a training has finished. */
import { accessSync, constants, existsSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { PACKAGE_FOLDER } from '../../src/config/package.js';
import type { Screen } from '../../cli/terminal/screen.js';
import { withService } from '../../examples/support/service.js';
import { commit, machine } from '../harness/provenance.js';
import { rewrite, writeWhole } from '../study/written-page.js';
import { tasks } from '../tool-calls/tasks.js';
import type { Options } from './options.js';
import { withFound } from './page.js';
import { merged, type Results } from './results.js';
import { study } from './study.js';

/** @throws {Error} when anything fails, or because the signal stops it; the service has been stopped then */
export async function runStudy({ docs, data, methods }: Options, screen: Screen, signal: AbortSignal): Promise<void> {
  const [page, folder] = [join(docs, 'methods.md'), join(docs, 'methods')];
  const file = join(folder, 'results.json');
  // Not only when there is something to write.
  accessSync(page, constants.W_OK);
  await mkdir(folder, { recursive: true });
  const plan = { task: tasks['3-call'], names: methods, commit: commit(PACKAGE_FOLDER) };
  await withService({ name: 'study', dataDir: resolve(data) }, screen, signal, {
    play: (client) =>
      study(client, plan, async (found) => {
        const known = existsSync(file) ? (JSON.parse(await readFile(file, 'utf8')) as Results) : null;
        const results = merged(known, { machine: machine(), ...found });
        await writeWhole(file, `${JSON.stringify(results, null, 2)}\n`);
        await rewrite(page, (text) => withFound(text, results));
      }),
    conclude: async () => screen.say(`Written: ${page} and ${file}`),
  });
}
