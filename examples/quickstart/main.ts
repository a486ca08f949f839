/** `npm run quickstart`: starts a service, plays the part of its client, and says what came of it. */
import { createBough } from 'bough/client';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { interruptSignal } from '../../src/embedded/interrupt.js';
import { keepServing } from './keep-serving.js';
import { nextSteps } from './next-steps.js';
import { parseOptions, usage, type Options } from './options.js';
import { recipe } from './recipe.js';
import { report } from './report.js';
import { play } from './scenario.js';
import { createScreen } from './screen.js';
import { startService } from './service.js';
import { summary } from './summary.js';

const screen = createScreen(process.stdout);

async function quickstart(options: Options, signal: AbortSignal): Promise<void> {
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

try {
  const options = parseOptions(process.argv.slice(2));
  if (options.help) console.log(usage);
  else await untilInterrupted((signal) => quickstart(options, signal));
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
}

/** Whatever fails after the user's wish to stop fails because of it. */
async function untilInterrupted(work: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const signal = interruptSignal(screen.say);
  try {
    await work(signal);
  } catch (error) {
    screen.say('Stopped.');
    if (!signal.aborted) throw error;
    process.exitCode = 130;
  }
}
