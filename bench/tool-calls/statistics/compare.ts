/** The comparisons that the protocol names, of one arm with another, over the seeds that have both. Pure. */
import { bootstrapInterval, type Bootstrap, type Interval } from './bootstrap.js';
import { accuracyAt, callsUntil, meanCurve, type Curve } from './curve.js';

/** One seed's curves. */
export interface Pair {
  readonly arm: Curve;
  /** What it is compared with. */
  readonly reference: Curve;
}

export interface Estimate {
  readonly value: number;
  /** Null with fewer than two seeds. */
  readonly interval: Interval | null;
}

export interface Endpoint {
  readonly level: number;
  /** Infinity where the level is not reached. */
  readonly arm: number;
  readonly reference: number;
  readonly ratio: Estimate;
}

/** A seed with GRPO's curve, from which the level comes. */
export interface EndpointSample extends Pair {
  readonly grpo: Curve;
}

/**
 * Tool calls until the mean curve first reaches GRPO's final mean less the margin, and the ratio of the two arms. Each resample has its own level.
 * An arm that does not reach it counts as infinitely many calls; a ratio of two such is not a number, and counts as 1.
 */
export function compareEndpoints(samples: readonly EndpointSample[], margin: number, bootstrap: Bootstrap): Endpoint {
  const measure = (resample: readonly EndpointSample[]): Omit<Endpoint, 'ratio'> => {
    const level = meanCurve(resample.map(({ grpo }) => grpo)).at(-1)!.accuracy - margin;
    const until = (curve: keyof EndpointSample) =>
      callsUntil(meanCurve(resample.map((sample) => sample[curve])), level);
    return { level, arm: until('arm'), reference: until('reference') };
  };
  const ratioOf = ({ arm, reference }: Omit<Endpoint, 'ratio'>) => (arm === reference ? 1 : arm / reference);
  const whole = measure(samples);
  const interval = bootstrapInterval(samples, (resample) => ratioOf(measure(resample)), bootstrap);
  return { ...whole, ratio: { value: ratioOf(whole), interval } };
}

/** The mean over the seeds of arm less reference, after the same step: `index` counts evaluations. */
export function compareAtStep(pairs: readonly Pair[], index: number, bootstrap: Bootstrap): Estimate {
  return meanDifference(
    pairs.map(({ arm, reference }) => arm[index]!.accuracy - reference[index]!.accuracy),
    bootstrap,
  );
}

/** The same after as many tool calls as the thriftier of the two has made in all. */
export function compareAtCalls(pairs: readonly Pair[], bootstrap: Bootstrap): Estimate {
  return meanDifference(
    pairs.map(({ arm, reference }) => {
      const calls = Math.min(arm.at(-1)!.calls, reference.at(-1)!.calls);
      return accuracyAt(arm, calls) - accuracyAt(reference, calls);
    }),
    bootstrap,
  );
}

function meanDifference(differences: readonly number[], bootstrap: Bootstrap): Estimate {
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  return { value: mean(differences), interval: bootstrapInterval(differences, mean, bootstrap) };
}
