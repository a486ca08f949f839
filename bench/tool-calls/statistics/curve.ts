/** A training as a curve: exact match over tool calls. Between two evaluations it is a straight line. Pure. */

export interface CurvePoint {
  readonly calls: number;
  readonly accuracy: number;
}

/** In the order of the steps: calls do not fall. */
export type Curve = readonly CurvePoint[];

/** Tool calls until accuracy first reaches the level; Infinity when it does not. */
export function callsUntil(curve: Curve, level: number): number {
  const at = curve.findIndex(({ accuracy }) => accuracy >= level);
  if (at === -1) return Infinity;
  const to = curve[at]!;
  const from = curve[at - 1];
  if (!from) return to.calls;
  return from.calls + ((level - from.accuracy) / (to.accuracy - from.accuracy)) * (to.calls - from.calls);
}

/** Accuracy after so many tool calls; before the first point the first's, after the last the last's. */
export function accuracyAt(curve: Curve, calls: number): number {
  const at = curve.findIndex((point) => point.calls >= calls);
  if (at === -1) return curve.at(-1)!.accuracy;
  const to = curve[at]!;
  const from = curve[at - 1];
  if (!from || to.calls === from.calls) return to.accuracy;
  return from.accuracy + ((calls - from.calls) / (to.calls - from.calls)) * (to.accuracy - from.accuracy);
}

/** Point by point, for curves that were evaluated at the same steps. */
export function meanCurve(curves: readonly Curve[]): Curve {
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  return (curves[0] ?? []).map((_, i) => ({
    calls: mean(curves.map((curve) => curve[i]!.calls)),
    accuracy: mean(curves.map((curve) => curve[i]!.accuracy)),
  }));
}
