/** What the command line may say. Reads nothing else, and does nothing about it. */
import { oneOf, readArguments, UsageError, wholeNumber } from '../../examples/support/arguments.js';
import { armNames, type ArmName } from './arms.js';
import { taskNames, tasks, type TaskName } from './tasks.js';

export interface Options {
  readonly task: TaskName;
  readonly seeds: number;
  readonly arms: readonly ArmName[];
  /** Folder of the service: what is finished there is not done again. */
  readonly data: string;
  /** Folder of the page, its figures and plots. */
  readonly docs: string;
}

export const usage = `Usage: npm run study:tool-calls -- [options]

Compares what GRPO and ARPO pay for in tool calls, with a service of its own: each seed has a cold start, and all
arms train from it. Whatever has finished is written down, and found again by the next start: Ctrl-C costs little.
Seeds whose arms are all among the results of --docs are not run again, also where the service has other data.

  --task T        ${taskNames.join(' or ')} (default 3-call)
  --seeds N       how many seeds (default ${taskNames.map((name) => `${tasks[name].seeds} of ${name}`).join(', ')})
  --arms A,B      which arms (default all): ${armNames.join(', ')}
  --data DIR      data of the service (default .bough-study)
  --docs DIR      where to write tool-calls.md and tool-calls/ (default docs)
  --help          show this`;

/** Null when the user asks for the usage. @throws {UsageError} */
export function parseOptions(args: readonly string[]): Options | null {
  const { task, seeds, arms, data, docs, help } = readArguments(args, accepted, usage);
  if (help) return null;
  const name = oneOf('task', task, taskNames, usage);
  if (data === '') throw new UsageError('--data: give a folder', usage);
  if (docs === '') throw new UsageError('--docs: give a folder', usage);
  return {
    task: name,
    seeds: seeds === undefined ? tasks[name].seeds : wholeNumber('seeds', seeds, 1, usage),
    arms: arms === undefined ? armNames : arms.split(',').map((arm) => oneOf('arms', arm.trim(), armNames, usage)),
    data,
    docs,
  };
}

const accepted = {
  task: { type: 'string', default: '3-call' },
  seeds: { type: 'string' },
  arms: { type: 'string' },
  data: { type: 'string', default: '.bough-study' },
  docs: { type: 'string', default: 'docs' },
  help: { type: 'boolean', default: false },
} as const;
