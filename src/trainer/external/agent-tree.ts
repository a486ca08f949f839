/**
 * What agents that are outside have asked of the policy for one prompt, as a tree. A call continues an earlier one of its rollout where its tokens begin with all of
 * that one's, prompt and answer; every other call is a trajectory of its own. Prompts share their first tokens. Pure.
 */
import type { FinishReason } from '../../spec/enums.js';
import type { ModelSegment } from '../rollout/model-segment.js';
import type { PromptTask } from '../trees/prompt-task.js';
import type { Segment, Tree } from '../trees/tree.js';

/** One answer of the policy. */
export interface AgentCall {
  /** All that it was asked with. */
  readonly prompt: Int32Array;
  readonly answer: ModelSegment;
  readonly reason: 'stop' | 'length';
}

export interface AgentRollout {
  /** In the order in which they were answered. */
  readonly calls: readonly AgentCall[];
  /** Why its trajectories have no reward, or are not complete; null: each ended as its last answer did. */
  readonly ended: Extract<FinishReason, 'infra_error' | 'unfinished'> | null;
}

interface Placed {
  readonly call: AgentCall;
  readonly rollout: number;
  /** What stands between the end of the call that it continues, or the beginning, and its answer. */
  readonly given: Int32Array;
  /** Those that continue it. */
  readonly next: Placed[];
}

/** @param decode the text of tokens */
export function agentTree(
  { place, example, prompt }: PromptTask,
  rollouts: readonly AgentRollout[],
  decode: (tokens: Int32Array) => string,
): Tree {
  const first: Placed[] = rollouts.flatMap(({ calls }, rollout) => placed(calls, rollout));
  const tree: Tree = { place, example, begun: prompt.begun, segments: [], trajectories: [] };
  const shared = first.reduce<Int32Array | null>((prefix, { given }) => commonPrefix(prefix ?? given, given), null);
  const root = shared ?? prompt.tokens;
  const leaves = new Map<AgentCall, number>();
  add(tree, { parent: null, kind: 'prompt', tokens: root, text: decode(root) });
  const grow = (parent: number, continuing: readonly Placed[], from: number): void => {
    for (const group of grouped(continuing, from)) {
      const prefix = group
        .map(({ given }) => given.subarray(from))
        .reduce((common, given) => commonPrefix(common, given));
      const at =
        prefix.length === 0 ? parent : add(tree, { parent, kind: 'prompt', tokens: prefix, text: decode(prefix) });
      const depth = from + prefix.length;
      for (const one of group) if (one.given.length === depth) answer(at, one);
      const longer = group.filter(({ given }) => given.length > depth);
      if (longer.length > 0) grow(at, longer, depth);
    }
  };
  const answer = (parent: number, { call, next }: Placed): void => {
    const { text, length } = call.answer;
    const { sum, count } = call.answer.probe(length);
    const entropy = count === 0 ? null : sum / count;
    const at = add(tree, { parent, kind: 'model', ...call.answer.arrays(), text, entropy });
    if (next.length === 0) leaves.set(call, at);
    else grow(at, next, 0);
  };
  grow(0, first, root.length);
  rollouts.forEach(({ calls, ended }, rollout) => {
    const ends = calls.filter((call) => leaves.has(call));
    for (const call of ends)
      tree.trajectories.push({ leaf: leaves.get(call)!, finishReason: ended ?? call.reason, rollout });
    // Nothing to learn from, and still a rollout of the group.
    if (ends.length === 0) tree.trajectories.push({ leaf: 0, finishReason: ended ?? 'infra_error', rollout });
  });
  return tree;
}

/** The calls that continue none, each with those that continue it. */
function placed(calls: readonly AgentCall[], rollout: number): Placed[] {
  const first: Placed[] = [];
  const before: { one: Placed; whole: Int32Array }[] = [];
  for (const call of calls) {
    const continued = before
      .filter(({ whole }) => startsWith(call.prompt, whole))
      .reduce<(typeof before)[number] | null>(
        (most, other) => (other.whole.length > (most?.whole.length ?? -1) ? other : most),
        null,
      );
    const given = call.prompt.subarray(continued?.whole.length ?? 0);
    const one: Placed = { call, rollout, given, next: [] };
    (continued?.one.next ?? first).push(one);
    before.push({ one, whole: wholeOf(call) });
  }
  return first;
}

/** By the token at `from`, those without one each by itself; in the order of the first of each. */
function grouped(calls: readonly Placed[], from: number): Placed[][] {
  const groups = new Map<number | Placed, Placed[]>();
  for (const one of calls) {
    const key = one.given[from] ?? one;
    const group = groups.get(key);
    if (group) group.push(one);
    else groups.set(key, [one]);
  }
  return [...groups.values()];
}

/** The tokens that a call has after those of the call that it continues, if it continues one. */
export function newTokens(prompt: Int32Array, before: readonly AgentCall[]): number {
  const longest = before
    .map(wholeOf)
    .filter((whole) => startsWith(prompt, whole))
    .reduce((most, whole) => Math.max(most, whole.length), 0);
  return prompt.length - longest;
}

function wholeOf({ prompt, answer }: AgentCall): Int32Array {
  const { tokens } = answer.arrays();
  const whole = new Int32Array(prompt.length + tokens.length);
  whole.set(prompt);
  whole.set(tokens, prompt.length);
  return whole;
}

function startsWith(tokens: Int32Array, beginning: Int32Array): boolean {
  return tokens.length >= beginning.length && beginning.every((token, i) => token === tokens[i]);
}

function commonPrefix(a: Int32Array, b: Int32Array): Int32Array {
  let length = 0;
  while (length < a.length && length < b.length && a[length] === b[length]) length += 1;
  return a.subarray(0, length);
}

function add(tree: Tree, segment: Pick<Segment, 'parent' | 'kind' | 'tokens' | 'text'> & Partial<Segment>): number {
  const empty = { logprobs: null, entropies: null, forked: false, entropy: null, deltaEntropy: null };
  return tree.segments.push({ ...empty, branchProbability: null, forks: null, tool: null, ...segment }) - 1;
}
