/** Which faults come in which order, and when: all of it from the seed. Knows no process. */
import { Random } from '../../examples/support/random.js';
import type { Options } from './options.js';

export const killedParts = ['API', 'worker', 'trainer', 'PostgreSQL', 'connection', 'Redis'] as const;
export const stoppedParts = ['worker', 'trainer'] as const;
export type Part = (typeof killedParts)[number];

export interface Fault {
  readonly signal: 'SIGKILL' | 'SIGSTOP';
  readonly part: Part;
  /** After the fault before. */
  readonly pauseMs: number;
  /** In [0, 1): which of several such processes is hit. */
  readonly choice: number;
  /** How long a stopped process stays so. */
  readonly stopMs: number;
}

const STOP_CHANCE = 0.25;
/** In leases. */
const STOP_LEASES = [1.2, 2.5] as const;

/** `kills` SIGKILLs, each part as often as the others, and now and then a SIGSTOP before one that outlasts the lease. */
export function planFaults(
  { seed, kills, everyS }: Pick<Options, 'seed' | 'kills' | 'everyS'>,
  leaseS: number,
): Fault[] {
  const random = new Random(seed, 'faults');
  const between = ([low, high]: readonly [number, number]) => low + random.next() * (high - low);
  const fault = (signal: Fault['signal'], part: Part): Fault => ({
    signal,
    part,
    pauseMs: Math.round(between([0, 2 * everyS]) * 1000),
    choice: random.next(),
    stopMs: signal === 'SIGSTOP' ? Math.round(between(STOP_LEASES) * leaseS * 1000) : 0,
  });
  const faults: Fault[] = [];
  for (let killed = 0, order: Part[] = []; killed < kills; killed++) {
    if (order.length === 0) order = random.shuffled(killedParts);
    if (random.chance(STOP_CHANCE)) faults.push(fault('SIGSTOP', random.pick(stoppedParts)));
    faults.push(fault('SIGKILL', order.pop()!));
  }
  return faults;
}
