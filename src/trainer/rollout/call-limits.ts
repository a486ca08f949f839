/** Calls that are not made although their trajectory goes on: more than a turn may hold, or than a tool may be called. Pure. */

export interface CallLimits {
  /** Of one turn; null: there is no such limit. */
  readonly perTurn: number | null;
  /** Of a tool in one trajectory, by its name; a tool that is not here has none. */
  readonly perTool: Readonly<Record<string, number>>;
}

/**
 * Why the call is not made, worded for the model; null: it is made.
 * @param place of the call in its turn, from 0
 * @param made how often each tool was called before in the trajectory, those that were not made left out
 */
export function whyNotMade(
  tool: string,
  place: number,
  made: ReadonlyMap<string, number>,
  { perTurn, perTool }: CallLimits,
): string | null {
  if (perTurn !== null && place >= perTurn) return `This call was not made: a turn may have at most ${count(perTurn)}.`;
  const most = Object.hasOwn(perTool, tool) ? perTool[tool]! : Infinity;
  if ((made.get(tool) ?? 0) < most) return null;
  return `This call was not made: at most ${count(most)} of ${tool} may be made, and there were as many.`;
}

const count = (calls: number) => `${calls} ${calls === 1 ? 'call' : 'calls'}`;
