/** What the command line may say. Reads nothing else, and does nothing about it. */
import { readArguments, UsageError, wholeNumber } from '../support/arguments.js';

export interface Options {
  /** A Hugging Face directory. */
  readonly model: string;
  /** A folder of questions; null: look in the usual place, else make some. */
  readonly data: string | null;
  readonly seed: number;
  /** What is shown in the cold start. */
  readonly demonstrations: number;
  /** Of ARPO. */
  readonly steps: number;
  /** Questions that the model is evaluated on. */
  readonly heldOut: number;
  /** Where to write the figures, if anywhere. */
  readonly json: string | null;
}

/** The recipe's; fewer are for trying things out. */
export const usualSizes = { demonstrations: 400, steps: 16, heldOut: 96 } as const;

export const usage = `Usage: npm run example:smollm2 -- --model DIR [options]

A real language model learns to solve word problems with the python tool: it is shown demonstrations, then it
learns from its own attempts with ARPO, with a service of its own. In about 40 minutes on two cores.

  --model DIR           a Hugging Face directory: SmolLM2-135M-Instruct, or another small chat model
  --data DIR            a folder with eval/gsm8k.jsonl and, if you have it, train/arpo_reasoning_10k.parquet
                        (default ../shared/data if it is there, else problems that the example makes)
  --seed N              another division of the questions, and other draws (default 0)
  --demonstrations N    solutions that are shown (default ${usualSizes.demonstrations})
  --steps N             steps of ARPO (default ${usualSizes.steps})
  --held-out N          questions to evaluate on (default ${usualSizes.heldOut})
  --json FILE           write the figures to FILE
  --help                show this`;

/** Null when the user asks for the usage. @throws {UsageError} */
export function parseOptions(args: readonly string[]): Options | null {
  const {
    help,
    model,
    data,
    seed,
    demonstrations,
    steps,
    'held-out': heldOut,
    json,
  } = readArguments(args, accepted, usage);
  if (help) return null;
  if (model === undefined || model === '') throw new UsageError('--model: give a Hugging Face directory', usage);
  if (data === '') throw new UsageError('--data: give a folder', usage);
  if (json === '') throw new UsageError('--json: give the name of a file', usage);
  return {
    model,
    data: data ?? null,
    seed: wholeNumber('seed', seed, 0, usage),
    demonstrations: wholeNumber('demonstrations', demonstrations, 1, usage),
    steps: wholeNumber('steps', steps, 1, usage),
    heldOut: wholeNumber('held-out', heldOut, 2, usage),
    json: json ?? null,
  };
}

const accepted = {
  model: { type: 'string' },
  data: { type: 'string' },
  seed: { type: 'string', default: '0' },
  demonstrations: { type: 'string', default: String(usualSizes.demonstrations) },
  steps: { type: 'string', default: String(usualSizes.steps) },
  'held-out': { type: 'string', default: String(usualSizes.heldOut) },
  json: { type: 'string' },
  help: { type: 'boolean', default: false },
} as const;
