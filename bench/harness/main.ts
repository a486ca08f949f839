/** `npm run bench -- NAME …`: measures our engine and PyTorch in turn, prints tables, and writes the results where it is told to. */
import { rmSync } from 'node:fs';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { StartPeer } from './arena.js';
import { benchmarks, type BenchmarkName } from './benchmarks.js';
import { enginePart, withPart } from './document.js';
import { Materials } from './materials.js';
import { commandOf, readOptions, USAGE, type Options } from './options.js';
import { Peer, PeerError } from './peer.js';
import { commit, machine } from './provenance.js';
import { pinnedPython, PythonError } from './python.js';
import type { Versions } from './protocol.js';
import type { BenchmarkResult, Results } from './results.js';
import { runBenchmark } from './round-robin.js';
import { benchmarkTables } from './table.js';

/** Of the checkout; this file runs from dist/bench/harness. */
const root = fileURLToPath(new URL('../../../', import.meta.url));
const peers = join(root, 'bench', 'peers');
/** Share of a processor that other processes may use before it is said. */
const NOISY = 0.1;
const say = (line: string) => console.error(line);

async function run(options: Options): Promise<void> {
  const { names, threads } = options;
  const python = options.python ?? (await pinnedPython(join(peers, 'requirements.txt'), say));
  // As the worker starts a trainer.
  const entry = fileURLToPath(new URL('../peers/main.js', import.meta.url));
  const start: StartPeer = (side) =>
    side === 'ours'
      ? new Peer('Bough', process.execPath, ['--enable-source-maps', entry])
      : new Peer('PyTorch', python, [join(peers, 'peer.py'), '--threads', String(threads)]);
  const results: Results = {
    date: new Date().toISOString().slice(0, 10),
    commit: commit(root),
    command: commandOf(options),
    threads,
    machine: machine(),
    versions: await versionsOf(start),
    benchmarks: [],
  };
  const folder = await mkdtemp(join(tmpdir(), 'bough-bench-'));
  // Half a gigabyte of weights is not left behind by an interrupt either; the peers end with their input.
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
  const materials = new Materials(folder, options.model);
  for (const name of names) {
    const result = await measure(name, options, start, materials);
    results.benchmarks.push(result);
    console.log(`\n${result.title}\n\n${benchmarkTables(result)}`);
    warnOfStrangers(result);
  }
  if (options.json !== null) await writeFile(options.json, `${JSON.stringify(results, null, 2)}\n`);
  if (options.writeDocs) {
    const page = join(root, 'docs', 'benchmarks.md');
    await writeFile(page, withPart(await readFile(page, 'utf8'), 'engine', enginePart(results)));
  }
}

async function measure(
  name: BenchmarkName,
  options: Options,
  start: StartPeer,
  materials: Materials,
): Promise<BenchmarkResult> {
  const rounds = options.rounds ?? benchmarks[name].rounds;
  return runBenchmark(name, benchmarks[name], rounds, {
    start,
    materials,
    threads: options.threads,
    onSample: (round, contender, { seconds }) => {
      const which = round < 0 ? 'warm-up' : `round ${round + 1} of ${rounds}`;
      say(`${name}, ${which}: ${contender.name} (${contender.request.task}) ${seconds.toFixed(3)} s`);
    },
  });
}

/** Numbers that were taken beside other work are noise. */
function warnOfStrangers({ name, load }: BenchmarkResult): void {
  if (load.other === null || load.other < NOISY) return;
  say(`\n${name}: other processes used ${Math.round(100 * load.other)}% of a processor: repeat it on a quiet machine`);
}

async function versionsOf(start: StartPeer): Promise<Versions> {
  const all: Versions = {};
  for (const side of ['ours', 'pytorch'] as const) {
    const peer = start(side);
    try {
      Object.assign(all, await peer.ask({ cmd: 'versions' }));
    } finally {
      await peer.close();
    }
  }
  return all;
}

let options: Options;
try {
  options = readOptions(process.argv.slice(2));
} catch (error) {
  console.error(`${(error as Error).message}\n\n${USAGE}`);
  process.exit(2);
}
try {
  await run(options);
} catch (error) {
  console.error(error instanceof PythonError || error instanceof PeerError ? error.message : error);
  process.exit(1);
}
