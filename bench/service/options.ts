/** Reads the command line of the service's benchmarks. */
import { parseArgs } from 'node:util';
import { count, named } from '../harness/options.js';
import { serviceBenchmarkNames, type ServiceBenchmarkName } from './benchmarks.js';

export interface ServiceOptions {
  names: readonly ServiceBenchmarkName[];
  /** null: each benchmark's own. */
  rounds: number | null;
  json: string | null;
  writeDocs: boolean;
}

export const USAGE = `usage: npm run bench:service -- NAME … [options]
  NAME            ${serviceBenchmarkNames.join(', ')}, or all
  --rounds N      measurements of each contender that count
  --json FILE     also writes the results
  --write-docs    also writes them into docs/benchmarks.md`;

/** Throws a TypeError that says what is wrong with the arguments. */
export function readOptions(args: readonly string[]): ServiceOptions {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      rounds: { type: 'string' },
      json: { type: 'string' },
      'write-docs': { type: 'boolean', default: false },
    },
  });
  return {
    names: named(positionals, serviceBenchmarkNames),
    rounds: count('rounds', values.rounds),
    json: values.json ?? null,
    writeDocs: values['write-docs'],
  };
}

/** The command that repeats a run, without where its results are. */
export function commandOf({ names, rounds, writeDocs }: ServiceOptions): string {
  return [
    'npm run bench:service --',
    names.length === serviceBenchmarkNames.length ? 'all' : names.join(' '),
    ...(rounds === null ? [] : [`--rounds ${rounds}`]),
    ...(writeDocs ? ['--write-docs'] : []),
  ].join(' ');
}
