/** A thread that compares two values in LaTeX with Compute Engine, one pair after the other. It is stopped from outside. */
import { parentPort } from 'node:worker_threads';
import { ComputeEngine } from '@cortex-js/compute-engine';

/** Integers of as many digits are compared exactly. */
const DIGITS = 100;
/** Of values with unknowns, which are compared where these are put in: two formulas that agree at all of them are the same one. */
const POINTS = [0.7312, 1.3779, 2.1137, 3.6043];
const TOLERANCE = 1e-9;

const engine = new ComputeEngine();
engine.precision = DIGITS;

type Formula = ReturnType<typeof engine.parse>;

/** What cannot be read equals nothing. */
function isEqual(a: string, b: string): boolean {
  const [first, second] = [engine.parse(a), engine.parse(b)];
  if (!first.isValid || !second.isValid) return false;
  if (first.isSame(second)) return true;
  const unknowns = [...new Set([...first.unknowns, ...second.unknowns])].toSorted((one, other) =>
    one < other ? -1 : 1,
  );
  if (unknowns.length === 0) return first.isEqual(second) === true;
  return POINTS.every((point) => {
    const values = Object.fromEntries(unknowns.map((name, i) => [name, point + i * 0.4177]));
    return areClose(first.subs(values).N(), second.subs(values).N());
  });
}

/** Relative to their size. What is no finite number, such as an equation that holds or not, is close to nothing. */
function areClose(a: Formula, b: Formula): boolean {
  const [ar, ai, br, bi] = [a.re, a.im, b.re, b.im].map(Number) as [number, number, number, number];
  const size = Math.hypot(ar, ai, br, bi);
  return Number.isFinite(size) && Math.hypot(ar - br, ai - bi) <= TOLERANCE * Math.max(1, size);
}

parentPort?.on('message', ([a, b]: [string, string]) => {
  let equal = false;
  try {
    equal = isEqual(a, b);
  } catch {
    // A formula that the engine throws at is one that it cannot read.
  }
  parentPort?.postMessage(equal);
});
parentPort?.postMessage('ready');
