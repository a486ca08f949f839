/** What the command line may say. Reads nothing else, and does nothing about it. */
import { readArguments, wholeNumber } from '../../examples/support/arguments.js';

export interface Options {
  /** SIGKILLs; SIGSTOPs come on top of them. */
  readonly kills: number;
  readonly seed: number;
  /** From one fault to the next, on average. */
  readonly everyS: number;
  /** Runs that train at the same time. */
  readonly runs: number;
  /** Of the runs that sample; supervised ones have ten times as many. */
  readonly steps: number;
}

export const usage = `Usage: npm run chaos -- [options]

Trains a few small runs undisturbed and then the same runs again, on a service that loses an API, a worker, a trainer, PostgreSQL,
a connection of it or Redis every few seconds. Trains them again and again until all faults have come. Exits with 0 if every run
succeeded and nothing that is stored of it differs from the undisturbed ones.

  --kills N    how many SIGKILLs (default 20); a SIGSTOP beyond the lease comes before every fourth or so
  --seed S     of what is hit, and when (default 1)
  --every S    seconds from one fault to the next, on average (default 5)
  --runs K     how many runs train at the same time (default 3)
  --steps N    steps of each (default 30)
  --help       show this`;

/** Null when the user asks for the usage. @throws {UsageError} */
export function parseOptions(args: readonly string[]): Options | null {
  const { kills, seed, every, runs, steps, help } = readArguments(args, accepted, usage);
  if (help) return null;
  return {
    kills: wholeNumber('kills', kills, 1, usage),
    seed: wholeNumber('seed', seed, 0, usage),
    everyS: wholeNumber('every', every, 1, usage),
    runs: wholeNumber('runs', runs, 1, usage),
    steps: wholeNumber('steps', steps, 1, usage),
  };
}

const accepted = {
  kills: { type: 'string', default: '20' },
  seed: { type: 'string', default: '1' },
  every: { type: 'string', default: '5' },
  runs: { type: 'string', default: '3' },
  steps: { type: 'string', default: '30' },
  help: { type: 'boolean', default: false },
} as const;
