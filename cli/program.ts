/** All commands of `bough`. */
import { createRequire } from 'node:module';
import { Command } from 'commander-14';
import type { WriteStream } from 'node:tty';
import { addChat } from './commands/chat.js';
import { addCheckpoints } from './commands/checkpoints.js';
import { addCompletion } from './commands/completion.js';
import { addDatasets } from './commands/datasets.js';
import { addEvaluations } from './commands/evaluations.js';
import { addLogin } from './commands/login.js';
import { addModels } from './commands/models.js';
import { addRuns } from './commands/runs.js';
import { addTrajectories } from './commands/trajectories.js';
import { EXIT_CODES } from './exit-code.js';
import type { Host } from './host.js';
import { openSession } from './session.js';

const { version } = createRequire(import.meta.url)('bough/package.json') as { version: string };

export function createProgram(output: WriteStream, errors: WriteStream, signal: AbortSignal): Command {
  const program = new Command('bough')
    .description('Trains tool-using language-model agents on a Bough service.')
    .version(version, '--version', 'print the version')
    .option('--url <url>', 'where the service is (BOUGH_URL; else that of `bough login`, else http://127.0.0.1:3000)')
    .option('--key <key>', 'the API key (BOUGH_API_KEY; else that of `bough login`)')
    .option('--json', 'print JSON, for programs')
    .addHelpText('after', `\n${EXIT_CODES}`)
    .exitOverride()
    .configureOutput({ writeOut: (text) => output.write(text), writeErr: (text) => errors.write(text) })
    .showHelpAfterError('(--help says more)');
  const host: Host = {
    act: (work) =>
      async function run(this: Command, ...given) {
        await work(await openSession(this, { output, errors }, signal), ...given);
      },
    output,
    errors,
    signal,
  };
  for (const add of [
    addLogin,
    addDatasets,
    addModels,
    addRuns,
    addTrajectories,
    addEvaluations,
    addCheckpoints,
    addChat,
    addCompletion,
  ]) {
    add(program, host);
  }
  return program;
}
