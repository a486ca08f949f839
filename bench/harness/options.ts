/** Reads the command line of the benchmarks. */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { benchmarkNames, type BenchmarkName } from './benchmarks.js';

export interface Options {
  names: readonly BenchmarkName[];
  threads: number;
  /** null: each benchmark's own. */
  rounds: number | null;
  json: string | null;
  python: string | null;
  model: string | null;
  writeDocs: boolean;
}

export const USAGE = `usage: npm run bench -- NAME … [options]
  NAME            ${benchmarkNames.join(', ')}, or all
  --rounds N      measurements of each contender that count
  --threads N     of each side (default: all cores)
  --model DIR     SmolLM2-135M as a Hugging Face directory (default: random weights in its shape)
  --python PATH   an interpreter with the packages of bench/peers/requirements.txt (default: an environment of its own)
  --json FILE     also writes the results
  --write-docs    also writes docs/benchmarks.md`;

/** Throws a TypeError that says what is wrong with the arguments. */
export function readOptions(args: readonly string[]): Options {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      rounds: { type: 'string' },
      threads: { type: 'string' },
      model: { type: 'string' },
      python: { type: 'string' },
      json: { type: 'string' },
      'write-docs': { type: 'boolean', default: false },
    },
  });
  return {
    names: named(positionals, benchmarkNames),
    threads: count('threads', values.threads) ?? availableParallelism(),
    rounds: count('rounds', values.rounds),
    json: values.json ?? null,
    python: values.python ?? null,
    model: values.model ?? null,
    writeDocs: values['write-docs'],
  };
}

/** The command that repeats a run, without what belongs to one machine: where its Python, its weights and its results are. */
export function commandOf({ names, rounds, threads, model, writeDocs }: Options): string {
  return [
    'npm run bench --',
    names.length === benchmarkNames.length ? 'all' : names.join(' '),
    ...(rounds === null ? [] : [`--rounds ${rounds}`]),
    ...(threads === availableParallelism() ? [] : [`--threads ${threads}`]),
    ...(model === null ? [] : ['--model DIR']),
    ...(writeDocs ? ['--write-docs'] : []),
  ].join(' ');
}

/** The benchmarks that are named, each of which must be known. Throws a TypeError. */
export function named<Name extends string>(given: readonly string[], known: readonly Name[]): readonly Name[] {
  if (given.length === 0) throw new TypeError('name a benchmark, or all');
  if (given.includes('all')) return known;
  return given.map((one) => {
    const name = known.find((each) => each === one);
    if (!name) throw new TypeError(`there is no benchmark "${one}", only ${known.join(', ')}`);
    return name;
  });
}

/** Throws a TypeError when it is given and not a number from 1. */
export function count(option: string, given: string | undefined): number | null {
  if (given === undefined) return null;
  const value = Number(given);
  if (!Number.isInteger(value) || value < 1) throw new TypeError(`--${option} takes a number from 1, not "${given}"`);
  return value;
}
