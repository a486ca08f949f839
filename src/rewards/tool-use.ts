/** Rewards calls of tools, or makes them cost something. Counts calls that were answered, not what looks like one. */
import type { RewardItem, RewardScore } from './reward.js';

export interface ToolUseOptions {
  /** Null: any tool. */
  readonly tool: string | null;
  readonly min: number;
  readonly max: number | null;
  readonly per: 'response' | 'call';
  readonly reward: number;
}

/** `per: response`: `reward` where min <= calls <= max, else 0. `per: call`: `reward` times the calls, at most `max`; 0 below `min`. */
export function scoreToolUse(options: ToolUseOptions): (item: RewardItem) => RewardScore {
  const { tool, min, per, reward: worth } = options;
  const max = options.max ?? Infinity;
  return ({ response }) => {
    const calls = response.filter((part) => part.kind === 'call' && (tool === null || part.tool === tool)).length;
    const counted = per === 'call' ? Math.min(calls, max) : Number(calls <= max);
    const reward = calls < min || counted === 0 ? 0 : worth * counted;
    const flag = calls < min ? 'too_few_calls' : calls > max ? 'too_many_calls' : 'calls_in_range';
    return { reward, parts: { tool_use: reward }, flags: [flag], answer: null, formatValid: true };
  };
}
