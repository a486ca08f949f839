/** The curves that results hold, for comparison and for the plot. */
import { armNames, type ArmName } from '../arms.js';
import { protocol } from '../protocol.js';
import type { ArmResult, SeedResult, TaskResults } from '../results.js';
import type { Curve } from '../statistics/curve.js';

/** A point for each evaluation that the protocol has, at the same place in all curves; one that is missing lies on the straight line between those beside it. */
export function curveOf({ points }: ArmResult): Curve {
  const last = points.at(-1)!.step;
  const steps = Array.from({ length: last / protocol.evaluateEvery + 1 }, (_, i) => i * protocol.evaluateEvery);
  return steps.map((step) => {
    const after = points.find((point) => point.step >= step)!;
    const before = points.findLast((point) => point.step <= step)!;
    const share = after.step === before.step ? 0 : (step - before.step) / (after.step - before.step);
    const between = (from: number, to: number) => from + share * (to - from);
    return {
      calls: between(before.tool_calls, after.tool_calls),
      accuracy: between(before.exact_match, after.exact_match),
    };
  });
}

/** The curves of those seeds that have all of the arms, each seed's in the order of the arms. */
export function curvesOf({ seeds }: Pick<TaskResults, 'seeds'>, names: readonly ArmName[]): Curve[][] {
  return seeds.flatMap(({ arms }) => {
    const found = names.flatMap((name) => arms[name] ?? []);
    return found.length === names.length ? [found.map(curveOf)] : [];
  });
}

/** Whether no arm is missing. */
export function isWhole({ arms }: SeedResult): boolean {
  return armNames.every((name) => arms[name] !== undefined);
}
