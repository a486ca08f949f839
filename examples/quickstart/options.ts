/** What the command line may say. Reads nothing else, and does nothing about it. */
import { parseArgs } from 'node:util';

export interface Options {
  readonly method: 'arpo' | 'grpo';
  readonly seed: number;
  /** Where to write the figures, if anywhere. */
  readonly json: string | null;
  /** Leave the service running at the end. */
  readonly keep: boolean;
  readonly help: boolean;
}

export const usage = `Usage: npm run quickstart -- [options]

Trains a small agent to search and to calculate, with a service of its own, and shows what it has learnt.

  --method arpo|grpo  how to train after the cold start (default arpo)
  --seed N            another split of the countries, model and training (default 0)
  --json FILE         write the figures to FILE
  --keep              leave the service running, and say how to reach it; Ctrl-C stops it
  --help              show this`;

/** What is wrong with the command line; the usage follows. */
export class UsageError extends Error {
  override readonly name = 'UsageError';

  constructor(problem: string) {
    super(`${problem}\n\n${usage}`);
  }
}

/** @throws {UsageError} */
export function parseOptions(args: readonly string[]): Options {
  const { method, seed, json, keep, help } = read(args);
  if (method !== 'arpo' && method !== 'grpo') throw new UsageError(`--method ${method}: give arpo or grpo`);
  if (!/^\d{1,9}$/.test(seed)) throw new UsageError(`--seed ${seed}: give a whole number from 0 to 999999999`);
  if (json === '') throw new UsageError('--json: give the name of a file');
  return { method, seed: Number(seed), json: json ?? null, keep, help };
}

function read(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        method: { type: 'string', default: 'arpo' },
        seed: { type: 'string', default: '0' },
        json: { type: 'string' },
        keep: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    }).values;
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}
