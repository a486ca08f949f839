/**
 * Runs one benchmark: one measurement of ours, one of each of PyTorch's ways, and again, so that whatever else the machine does falls on all alike.
 * Only one side works at a time, which is checked, and all must come to the same numbers, which is checked too.
 */
import { disagreement } from './agreement.js';
import { FreshArena, SharedArena, type StartPeer } from './arena.js';
import type { Benchmark, BenchmarkName, Contender, Sample, Task } from './benchmarks.js';
import { compared } from './comparison.js';
import type { Materials } from './materials.js';
import type { PrepareRequest } from './protocol.js';
import type { BenchmarkResult, QuantityResult } from './results.js';

/** Share of a processor. If those who should be idle use more, the numbers are worth nothing. */
const MAX_IDLE_LOAD = 0.03;

export interface Runner {
  start: StartPeer;
  materials: Materials;
  threads: number;
  /** Told what has been measured; rounds before the first are the warm-up. */
  onSample: (round: number, contender: Contender, sample: Sample) => void;
}

/** Throws an Error when the sides come to different numbers or do not keep still. */
export async function runBenchmark(
  name: BenchmarkName,
  benchmark: Benchmark,
  rounds: number,
  runner: Runner,
): Promise<BenchmarkResult> {
  const { start, materials, onSample } = runner;
  const { fresh, tasks, warmups } = benchmark;
  const prepare = await preparation(benchmark, runner);
  const arena = fresh ? new FreshArena(start, prepare) : await SharedArena.open(start, prepare);
  const samples = new Map<Contender, Sample[]>(tasks.flatMap(({ contenders }) => contenders.map((c) => [c, []])));
  try {
    for (let round = -warmups; round < rounds; round++) {
      for (const { contenders } of tasks) {
        const measured = new Map<Contender, Sample>();
        for (const contender of rotated(contenders, round + warmups)) {
          const sample = await arena.measure(contender);
          onSample(round, contender, sample);
          measured.set(contender, sample);
          if (round >= 0) samples.get(contender)!.push(sample);
        }
        requireAgreement(contenders, measured, benchmark.rows);
      }
    }
  } finally {
    await arena.close();
  }
  const { load } = arena;
  if (load.idle !== null && load.idle > MAX_IDLE_LOAD) {
    const used = (100 * load.idle).toFixed(1);
    throw new Error(
      `${name}: the side that should have been idle used ${used}% of a processor while the other was measured`,
    );
  }
  return {
    name,
    title: benchmark.title,
    weights: materials.origin(benchmark.model),
    rounds,
    load,
    quantities: tasks.flatMap((task) => quantitiesOf(task, samples)),
  };
}

async function preparation(benchmark: Benchmark, { materials, threads }: Runner): Promise<PrepareRequest> {
  const { model, workload, rows, length, newTokens, partings = [], rowsAtOnce = rows, rollout = null } = benchmark;
  return {
    cmd: 'prepare',
    workload,
    model: await materials.model(model),
    inputs: await materials.inputs(model, { rows, length, partings, group: rollout?.group ?? rows }),
    threads,
    new_tokens: newTokens,
    partings,
    rollout,
    rows_at_once: rowsAtOnce,
  };
}

/** Who is first changes from round to round; our own gradients come before our own step in any case, being another task. */
function rotated<T>(items: readonly T[], by: number): T[] {
  const from = by % items.length;
  return [...items.slice(from), ...items.slice(0, from)];
}

function requireAgreement(contenders: readonly Contender[], measured: Map<Contender, Sample>, rows: number): void {
  const [ours, ...others] = contenders;
  for (const other of others) {
    const found = disagreement(measured.get(ours!)!, measured.get(other)!, rows);
    if (found !== null) throw new Error(`${ours!.name} and ${other.name} do not do the same work: ${found}`);
  }
}

function quantitiesOf(
  { contenders, quantities }: Task,
  samples: ReadonlyMap<Contender, readonly Sample[]>,
): QuantityResult[] {
  return quantities.map(({ of, ...quantity }) =>
    compared(
      quantity,
      contenders.map((contender) => ({ name: contender.name, samples: samples.get(contender)!.map(of) })),
    ),
  );
}
