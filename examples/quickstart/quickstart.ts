/** The quickstart from start to end: a service, a client that uses it, and what came of it. */
import { accessSync, constants, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Screen } from '../../cli/terminal/screen.js';
import { withService } from '../support/service.js';
import { keepServing } from './keep-serving.js';
import { nextSteps } from './next-steps.js';
import type { Options } from './options.js';
import { raySettings } from './ray-settings.js';
import { recipe } from './recipe.js';
import { report } from './report.js';
import { play } from './scenario.js';
import { summary } from './summary.js';

/** @throws {Error} when anything fails, or because the signal stops it; the service has been stopped then */
export async function quickstart(options: Options, screen: Screen, signal: AbortSignal): Promise<void> {
  // Not only when there is something to write.
  if (options.json !== null) accessSync(dirname(options.json), constants.W_OK);
  const env = options.trainer === 'ray' ? await raySettings(screen) : {};
  await withService({ name: 'quickstart', env }, screen, signal, {
    play: (client, { supervisor }) => play(client, recipe, options, join(supervisor.folder.path, 'agents')),
    conclude: async (outcome, client, service) => {
      // This process began with the command: installing and building are in its time.
      const totalSeconds = performance.now() / 1000;
      if (options.json !== null) {
        writeFileSync(options.json, `${JSON.stringify(summary(outcome, totalSeconds), null, 2)}\n`);
      }
      for (const line of ['', ...report(outcome, totalSeconds), '']) screen.say(line);
      if (options.keep) await keepServing(client, recipe, outcome, service);
      else for (const line of nextSteps(options.method, service.supervisor.folder.path)) screen.say(line);
    },
  });
}
