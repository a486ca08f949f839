/** The curves that results hold, for comparison and for the plot. */
import { armNames, type ArmName } from '../arms.js';
import type { ArmResult, SeedResult, TaskResults } from '../results.js';
import type { Curve } from '../statistics/curve.js';

export function curveOf({ points }: ArmResult): Curve {
  return points.map(({ tool_calls: calls, exact_match: accuracy }) => ({ calls, accuracy }));
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
