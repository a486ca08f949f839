/** The study from start to end: a service, a client that uses it, and files that are written each time an arm has finished. */
import { accessSync, constants } from 'node:fs';
import { join, resolve } from 'node:path';
import { PACKAGE_FOLDER } from '../../src/config/package.js';
import type { Screen } from '../../cli/terminal/screen.js';
import { withService } from '../../examples/support/service.js';
import { commit, machine } from '../harness/provenance.js';
import { arms } from './arms.js';
import { readResults, writeResults } from './files.js';
import type { Options } from './options.js';
import { protocol } from './protocol.js';
import { isWhole, merged } from './results.js';
import { study } from './study.js';
import { tasks } from './tasks.js';

/** @throws {Error} when anything fails, or because the signal stops it; the service has been stopped then */
export async function runStudy(options: Options, screen: Screen, signal: AbortSignal): Promise<void> {
  const { task, docs, data } = options;
  // Not only when there is something to write.
  accessSync(join(docs, 'tool-calls.md'), constants.W_OK);
  const known = (await readResults(docs, task))?.seeds ?? [];
  const whole = known.filter((seed) => isWhole(seed, options.arms)).map(({ seed }) => seed);
  if (whole.length > 0) screen.say(`  Known already, and not run again: seed ${whole.join(', seed ')}`);
  const all = Array.from({ length: options.seeds }, (_, i) => protocol.firstSeed + i);
  const seeds = all.filter((seed) => !whole.includes(seed));
  if (seeds.length === 0) {
    screen.say(
      `Nothing is left to run. To run it anew, give --docs a folder with a copy of ${join(docs, 'tool-calls.md')}.`,
    );
    return;
  }
  const chosen = options.arms.map((name) => ({ name, ...arms[name] }));
  const plan = { name: task, task: tasks[task], seeds, arms: chosen, commit: commit(PACKAGE_FOLDER) };
  await withService({ name: 'study', dataDir: resolve(data) }, screen, signal, {
    play: (client) =>
      study(client, plan, async (found) => {
        const before = (await readResults(docs, task))?.seeds ?? [];
        await writeResults(docs, task, { task, machine: machine(), seeds: merged(before, found) });
      }),
    conclude: async () => screen.say(`Written: ${join(docs, 'tool-calls.md')} and ${join(docs, 'tool-calls')}`),
  });
}
