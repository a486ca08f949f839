/**
 * The rollouts of one prompt as a tree of segments: prompt, model text, tool result. A trajectory is a path from the root to a leaf;
 * what several trajectories share exists once. Data and its accounting: how a tree grows is in `rollout/`.
 */
import type { ResponsePart } from '../../protocol/messages.js';
import { responseParts as partsOf } from '../../protocol/response-parts.js';
import type { FinishReason, SegmentKind } from '../../spec/enums.js';

export type ToolOutcome = 'ok' | 'program_error' | 'infra_error';

/** Characters of a text, `end` not included. */
export interface TextSpan {
  start: number;
  end: number;
}

/** A tool call and its answer. `call` is the key of the worker's journal. */
export interface ToolExchange {
  name: string;
  input: string;
  /** Where the call stands in the text of the last model segment before. */
  span: TextSpan;
  call: string;
  latencyMs: number;
  outcome: ToolOutcome;
  text: string;
  /** Tokens that the policy wrote to summarise what the tool found: of no segment, and not learnt. */
  summaryTokens: number;
}

/** Forks that the draws gave, those of them for which the tree had room, and after how many decode steps of the batch that was decided. */
export interface ForkDecision {
  wanted: number;
  granted: number;
  decodeStep: number;
}

export interface Segment {
  /** Index of the parent, which is always smaller than the segment's own; null for the prompt. */
  parent: number | null;
  kind: SegmentKind;
  tokens: Int32Array;
  /** Under the full softmax at the sampling temperature, one per token; null unless the model wrote the segment. */
  logprobs: Float32Array | null;
  /** Entropy in nats of the distribution that each token was drawn from; null unless the model wrote the segment. */
  entropies: Float32Array | null;
  text: string;
  /** Whether the segment is the first of a branch that left another trajectory after a tool result. */
  forked: boolean;
  /** Mean entropy of the first k tokens of a model segment. */
  entropy: number | null;
  /** ΔH and P that decided on forks after the tool result before this model segment; null where nothing was decided. */
  deltaEntropy: number | null;
  branchProbability: number | null;
  /** What that came to; null where nothing was decided. */
  forks: ForkDecision | null;
  tool: ToolExchange | null;
}

export interface Trajectory {
  /** Index of its last segment. */
  leaf: number;
  finishReason: FinishReason;
  /** Of an agent that is outside: which of the group's rollouts it is of. Those of one rollout share its reward. Absent: a rollout of its own. */
  rollout?: number;
}

export interface Tree {
  /** Place of the prompt within its step. */
  place: number;
  example: number;
  /** What the prompt has begun of every response, such as `<think>`; usually nothing. */
  begun: string;
  segments: Segment[];
  /** In the order in which they began; the index names the trajectory. */
  trajectories: Trajectory[];
}

/** Indices of the segments from the root to `leaf`. */
export function pathTo(tree: Pick<Tree, 'segments'>, leaf: number): number[] {
  const path: number[] = [];
  for (let at: number | null = leaf; at !== null; at = tree.segments[at]!.parent) path.push(at);
  return path.reverse();
}

/** All that follows the prompt, tool results included. */
export function responseText(tree: Tree, leaf: number): string {
  return responseOn(tree, leaf)
    .map(({ text }) => text)
    .join('');
}

/** What a reward reads. */
export function responseParts(tree: Tree, leaf: number): ResponsePart[] {
  const pieces = responseOn(tree, leaf).map(({ kind, text, tool }) => ({ text, tool, given: kind === 'prompt' }));
  return partsOf(pieces, tree.begun);
}

function responseOn(tree: Tree, leaf: number): Segment[] {
  return pathTo(tree, leaf)
    .slice(1)
    .map((segment) => tree.segments[segment]!);
}

/** The calls on the path to `leaf`, earliest first, by their names in the worker's journal. */
export function callsOn(tree: Tree, leaf: number): string[] {
  return responseOn(tree, leaf).flatMap(({ tool }) => tool?.call ?? []);
}

/** Tokens on the path to `leaf` that the policy wrote. */
export function modelTokens(tree: Pick<Tree, 'segments'>, leaf: number): number {
  return tokensOn(tree, leaf, (kind) => kind === 'model');
}

/** Tokens of all that follows the prompt on the path to `leaf`, tool results included. */
export function responseTokens(tree: Pick<Tree, 'segments'>, leaf: number): number {
  return tokensOn(tree, leaf, () => true) - tree.segments[0]!.tokens.length;
}

function tokensOn({ segments }: Pick<Tree, 'segments'>, leaf: number, counts: (kind: SegmentKind) => boolean): number {
  return pathTo({ segments }, leaf).reduce((sum, at) => {
    const { kind, tokens } = segments[at]!;
    return sum + (counts(kind) ? tokens.length : 0);
  }, 0);
}

/** How many of the given leaves lie at or below each segment. */
export function copiesOf(tree: Pick<Tree, 'segments'>, leaves: readonly number[]): Int32Array {
  const copies = new Int32Array(tree.segments.length);
  for (const leaf of leaves) for (const segment of pathTo(tree, leaf)) copies[segment]! += 1;
  return copies;
}

export interface TokenCounts {
  /** Summed over the trajectories: what a trainer that copies each sequence computes. */
  copied: number;
  /** Each token of the tree once. */
  unique: number;
  /** The same for the tokens that the model wrote. */
  copiedTargets: number;
  uniqueTargets: number;
}

/** Tokens on the paths to `leaves`. */
export function tokenCounts(tree: Pick<Tree, 'segments'>, leaves: readonly number[]): TokenCounts {
  const counts: TokenCounts = { copied: 0, unique: 0, copiedTargets: 0, uniqueTargets: 0 };
  copiesOf(tree, leaves).forEach((copies, index) => {
    if (copies === 0) return;
    const { kind, tokens } = tree.segments[index]!;
    counts.copied += copies * tokens.length;
    counts.unique += tokens.length;
    if (kind !== 'model') return;
    counts.copiedTargets += copies * tokens.length;
    counts.uniqueTargets += tokens.length;
  });
  return counts;
}

/** Tool calls made, and what the same trajectories would have made without sharing: the calls along each path, summed. */
export function toolCalls(tree: Tree): { made: number; linearEquivalent: number } {
  const copies = copiesOf(
    tree,
    tree.trajectories.map((trajectory) => trajectory.leaf),
  );
  let made = 0;
  let linearEquivalent = 0;
  tree.segments.forEach((segment, index) => {
    if (segment.kind !== 'tool') return;
    made += 1;
    linearEquivalent += copies[index]!;
  });
  return { made, linearEquivalent };
}

/** Tokens that the policy wrote beside the tree, to summarise what tools found. */
export function summaryTokens({ segments }: Pick<Tree, 'segments'>): number {
  return segments.reduce((sum, { tool }) => sum + (tool?.summaryTokens ?? 0), 0);
}
