/**
 * Prints how many programs a second the Python tool runs, in each of its runtimes, beside what the paper's tool does: a fresh interpreter of the machine,
 * shut in by nothing. Not a test: it fails nothing.
 */
import { execFile } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { promisify } from 'node:util';
import { findHostPython } from '../../src/tools/host-python/find-host-python.js';
import { PythonTool } from '../../src/tools/python.js';
import { median } from '../harness/statistics.js';

const ROUNDS = 5;
const SECONDS = 3;
const INTERPRETER = process.argv[2] ?? '/usr/bin/python3';

const programs = {
  arithmetic: '1285 + 756',
  'a loop of 10,000': 'sum(i * i for i in range(10_000))',
  sympy: 'import sympy\nx = sympy.symbols("x")\nsympy.solve(x**2 - 2)',
};

type Run = (source: string) => Promise<unknown>;

function runnerOf(tool: PythonTool): Run {
  const { signal } = new AbortController();
  return async (code) => {
    const outcome = await tool.call({ name: 'python', arguments: { code }, id: '1', previous: [], example: 0 }, signal);
    if (outcome.kind !== 'ok') throw new Error(JSON.stringify(outcome));
  };
}

/** Programs per second of as many callers at once as there are cores. */
async function pace(run: Run, source: string, callers: number): Promise<number> {
  let ran = 0;
  const start = performance.now();
  const isTime = () => performance.now() - start < SECONDS * 1000;
  await Promise.all(
    Array.from({ length: callers }, async () => {
      while (isTime()) {
        await run(source);
        ran += 1;
      }
    }),
  );
  return ran / ((performance.now() - start) / 1000);
}

const threads = availableParallelism();
const limits = { timeoutS: 60, memoryMb: 512, threads };
const wasm = new PythonTool(limits);
const host = await findHostPython(INTERPRETER).catch((error: Error) => error);
const shutIn = host instanceof Error ? null : new PythonTool({ ...limits, host });
const bare: Run = (source) => promisify(execFile)(INTERPRETER, ['-I', '-c', source]);
if (host instanceof Error) console.log(`Without host: ${host.message}`);

const contenders: [name: string, run: Run][] = [
  ['wasm', runnerOf(wasm)],
  ...(shutIn ? ([['host', runnerOf(shutIn)]] as [string, Run][]) : []),
  ['bare', bare],
];
console.log(
  `Programs per second, ${threads} at once, median of ${ROUNDS} rounds of ${SECONDS} s; bare: \`${INTERPRETER} -c\``,
);
for (const [what, source] of Object.entries(programs)) {
  const paces = new Map<string, number[]>();
  for (const [name, run] of contenders) {
    const works = await run(source).then(
      () => true,
      () => false,
    );
    if (works) paces.set(name, []);
  }
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [name, run] of contenders) {
      if (paces.has(name)) paces.get(name)?.push(await pace(run, source, threads));
    }
  }
  const cells = contenders.map(([name]) => {
    const measured = paces.get(name);
    return `${name} ${measured ? median(measured).toFixed(1).padStart(7) : 'cannot run it'}`;
  });
  console.log(`${what.padEnd(18)}${cells.join('   ')}`);
}
await Promise.all([wasm.close(), shutIn?.close()]);
