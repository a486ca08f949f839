/** What has the quickstart's worker train by the ray trainer: a Python environment, made the first time, and the settings that name it. */
import { join } from 'node:path';
import { pinnedPython } from '../../bench/harness/python.js';
import type { Screen } from '../../cli/terminal/screen.js';
import { PACKAGE_FOLDER } from '../../src/config/package.js';

const FOLDER = join(PACKAGE_FOLDER, 'trainers', 'ray');

/** @throws {Error} naming the step which failed, where the environment cannot be made */
export async function raySettings(screen: Screen): Promise<Record<string, string>> {
  const python = await pinnedPython(join(FOLDER, 'requirements.txt'), (line) => screen.say(line));
  return { TRAINER: 'ray', TRAINER_COMMAND: `${python} -m bough_trainer`, PYTHONPATH: FOLDER };
}
