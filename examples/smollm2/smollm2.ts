/** The example from start to end: questions, a service, a client that uses it, and what came of it. */
import { accessSync, constants, existsSync, realpathSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Screen } from '../../cli/terminal/screen.js';
import { withService } from '../support/service.js';
import { withPython } from './data/python.js';
import { readSource } from './data/source.js';
import { makeTask } from './data/task.js';
import type { Options } from './options.js';
import { partsOf, recipeFor } from './recipe.js';
import { report } from './report.js';
import { play } from './scenario.js';
import { Schedule } from './schedule.js';
import { summary } from './summary.js';

/** Where the questions may be without being asked for. */
const USUAL_DATA = '../shared/data';

/** @throws {Error} when anything fails, or because the signal stops it; the service has been stopped then */
export async function smollm2(options: Options, screen: Screen, signal: AbortSignal): Promise<void> {
  const { seed, json } = options;
  // Not only when there is something to write.
  if (json !== null) accessSync(dirname(json), constants.W_OK);
  const model = modelDirectory(options.model);
  const recipe = recipeFor(options);
  // This process began with the command: installing and building are in its time.
  const elapsed = () => performance.now() / 1000;
  const schedule = new Schedule(partsOf(recipe), elapsed);
  for (const line of ['The plan:', ...schedule.plan]) screen.say(line);

  const source = await readSource(options.data ?? (existsSync(USUAL_DATA) ? USUAL_DATA : null), seed);
  screen.say(`Questions: ${source.name}`);
  const task = await withPython(signal, (python) => makeTask(source, recipe.sizes, seed, python));

  const env = { MODELS_DIR: dirname(model) };
  await withService({ name: 'smollm2', env }, screen, signal, {
    play: (client, { supervisor }) => {
      const folder = join(supervisor.folder.path, 'agents');
      return play(client, { recipe, task, model: basename(model), seed, schedule, folder });
    },
    conclude: async (outcome) => {
      if (json !== null) {
        writeFileSync(json, `${JSON.stringify(summary(outcome, source.name, elapsed()), null, 2)}\n`);
      }
      for (const line of ['', ...report(outcome, source.name, elapsed())]) screen.say(line);
    },
  });
}

/** The real path, of which the service is given the folder above. */
function modelDirectory(path: string): string {
  if (!existsSync(join(path, 'config.json'))) {
    throw new Error(`--model ${path}: there is no config.json, give a Hugging Face directory`);
  }
  return realpathSync(path);
}
