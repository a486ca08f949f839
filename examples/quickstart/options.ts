/** What the command line may say. Reads nothing else, and does nothing about it. */
import type { Schemas } from 'bough/client';
import { readArguments, UsageError, wholeNumber } from '../support/arguments.js';

/** Those that learn from rewards. */
export const policyMethods = [
  'arpo',
  'aepo',
  'grpo',
  'dapo',
  'dr_grpo',
  'gspo',
  'cispo',
  'reinforce++',
  'rloo',
  'gigpo',
] as const satisfies readonly Schemas['RunSpec']['method'][];
export type PolicyMethod = (typeof policyMethods)[number];

export const trainers = ['onnxruntime', 'ray'] as const;

/** What the ray trainer has of them. */
const rayMethods: readonly PolicyMethod[] = ['arpo', 'grpo'];

export interface Options {
  readonly method: PolicyMethod;
  /** What the runs are trained by. */
  readonly trainer: (typeof trainers)[number];
  readonly seed: number;
  /** Where to write the figures, if anywhere. */
  readonly json: string | null;
  /** Leave the service running at the end. */
  readonly keep: boolean;
}

export const usage = `Usage: npm run quickstart -- [options]

Trains a small agent to search and to calculate, with a service of its own, and shows what it has learnt.

  --method M     how to train after the cold start (default arpo): ${policyMethods.join(', ')}
  --trainer T    what trains: onnxruntime (default), or ray, whose Python environment of 5 GB it makes the first time
  --seed N       another split of the countries, model and training (default 0)
  --json FILE    write the figures to FILE
  --keep         leave the service running, and say how to reach it; Ctrl-C stops it
  --help         show this`;

/** Null when the user asks for the usage. @throws {UsageError} */
export function parseOptions(args: readonly string[]): Options | null {
  const { method, trainer, seed, json, keep, help } = readArguments(args, accepted, usage);
  if (help) return null;
  if (!isMethod(method)) throw new UsageError(`--method ${method}: give one of ${policyMethods.join(', ')}`, usage);
  if (!isTrainer(trainer)) throw new UsageError(`--trainer ${trainer}: give one of ${trainers.join(', ')}`, usage);
  if (trainer === 'ray' && !rayMethods.includes(method))
    throw new UsageError(`--trainer ray: it trains by ${rayMethods.join(' and ')}, not by ${method}`, usage);
  if (json === '') throw new UsageError('--json: give the name of a file', usage);
  return { method, trainer, seed: wholeNumber('seed', seed, 0, usage), json: json ?? null, keep };
}

const isMethod = (name: string): name is PolicyMethod => (policyMethods as readonly string[]).includes(name);

const isTrainer = (name: string): name is Options['trainer'] => (trainers as readonly string[]).includes(name);

const accepted = {
  method: { type: 'string', default: 'arpo' },
  trainer: { type: 'string', default: 'onnxruntime' },
  seed: { type: 'string', default: '0' },
  json: { type: 'string' },
  keep: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;
