/** What the command line may say. Reads nothing else, and does nothing about it. */
import { oneOf, readArguments, UsageError } from '../../examples/support/arguments.js';
import { trainingNames, type TrainingName } from './trainings.js';

export interface Options {
  readonly methods: readonly TrainingName[];
  /** Folder of the service: what is finished there is not done again. */
  readonly data: string;
  /** Folder of the page and its figures. */
  readonly docs: string;
}

export const usage = `Usage: npm run study:methods -- [options]

Trains with every method from one cold start, with a service of its own, and says which of them learn. Whatever has
finished is written down, and found again by the next start: Ctrl-C costs little.

  --methods A,B   which trainings (default all): ${trainingNames.slice(0, 6).join(', ')},
                  ${trainingNames.slice(6).join(', ')}
  --data DIR      data of the service (default .bough-methods)
  --docs DIR      where to write methods.md and methods/ (default docs)
  --help          show this`;

/** Null when the user asks for the usage. @throws {UsageError} */
export function parseOptions(args: readonly string[]): Options | null {
  const { methods, data, docs, help } = readArguments(args, accepted, usage);
  if (help) return null;
  if (data === '') throw new UsageError('--data: give a folder', usage);
  if (docs === '') throw new UsageError('--docs: give a folder', usage);
  const chosen = methods?.split(',').map((name) => oneOf('methods', name.trim(), trainingNames, usage));
  return { methods: chosen ?? trainingNames, data, docs };
}

const accepted = {
  methods: { type: 'string' },
  data: { type: 'string', default: '.bough-methods' },
  docs: { type: 'string', default: 'docs' },
  help: { type: 'boolean', default: false },
} as const;
