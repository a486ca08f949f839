/** The quickstart from start to end: a service, a client that uses it, and what came of it. */
import { createBough } from 'bough/client';
import { accessSync, constants, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { keepServing } from './keep-serving.js';
import { nextSteps } from './next-steps.js';
import type { Options } from './options.js';
import { recipe } from './recipe.js';
import { report } from './report.js';
import { play } from './scenario.js';
import type { Screen } from './screen.js';
import { startService } from './service.js';
import { summary } from './summary.js';

/** @throws {Error} when anything fails, or because the signal stops it; the service has been stopped then */
export async function quickstart(options: Options, screen: Screen, signal: AbortSignal): Promise<void> {
  // Not only when there is something to write.
  if (options.json !== null) accessSync(dirname(options.json), constants.W_OK);
  const service = await startService(screen, signal);
  const { folder } = service.supervisor;
  const ended = new AbortController();
  try {
    const bough = createBough({ baseUrl: service.url, apiKey: service.apiKey });
    const client = { bough, screen, signal: AbortSignal.any([signal, ended.signal]) };
    const outcome = await Promise.race([
      play(client, recipe, options, join(folder.path, 'agents')),
      service.ended.then(() => Promise.reject(new Error('The service was stopped'))),
    ]);
    // This process began with the command: installing and building are in its time.
    const totalSeconds = performance.now() / 1000;
    if (options.json !== null) {
      writeFileSync(options.json, `${JSON.stringify(summary(outcome, totalSeconds), null, 2)}\n`);
    }
    for (const line of ['', ...report(outcome, totalSeconds), '']) screen.say(line);
    if (options.keep) await keepServing(client, recipe, outcome, service);
    else for (const line of nextSteps(options.method, folder.path)) screen.say(line);
  } catch (error) {
    throw new Error(`${(error as Error).message}\nThe worker's log is ${folder.log('worker')}`, { cause: error });
  } finally {
    ended.abort();
    await service.stop();
  }
}
