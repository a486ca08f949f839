/** What the command line may say. Reads nothing else, and does nothing about it. */
import { readArguments, wholeNumber } from '../../examples/support/arguments.js';
import { nodeTrainer, TRAINER_ENTRY, type TrainerCommand } from '../../src/worker/trainer/trainer-process.js';

export interface Options {
  readonly command: TrainerCommand;
  /** Only checks whose name has this in it. */
  readonly only: string;
  /** How long a trainer is waited for, each time. */
  readonly limitMs: number;
}

export const usage = `Usage: npm run protocol:conformance -- [options] [COMMAND [ARGUMENT …]]

Checks that a trainer keeps the protocol between worker and trainer: COMMAND is started once for each check, with the
protocol's pipe as file descriptor 3. Without COMMAND, Bough's own trainer is checked. docs/protocol.md has the protocol.

  --only TEXT   only the checks whose name has this in it
  --limit S     how many seconds a trainer is waited for, each time (default 120)
  --help        show this`;

/** Null when the user asks for the usage. @throws {UsageError} */
export function parseOptions(args: readonly string[]): Options | null {
  const { own, command } = split(args);
  const { only, limit, help } = readArguments(own, accepted, usage);
  if (help) return null;
  const [program, ...rest] = command;
  return {
    command: program === undefined ? nodeTrainer(TRAINER_ENTRY) : [program, ...rest],
    only,
    limitMs: wholeNumber('limit', limit, 1, usage) * 1000,
  };
}

/** The options of this command come before the trainer's command, which may have options of its own. */
function split(args: readonly string[]): { own: readonly string[]; command: readonly string[] } {
  let at = 0;
  while (at < args.length && args[at]!.startsWith('--')) {
    at += args[at] === '--help' || args[at]!.includes('=') ? 1 : 2;
  }
  return { own: args.slice(0, at), command: args.slice(at) };
}

const accepted = {
  only: { type: 'string', default: '' },
  limit: { type: 'string', default: '120' },
  help: { type: 'boolean', default: false },
} as const;
