/** Trees in the form in which the worker stores them. */
import type { FrameArrays } from '../../protocol/frames.js';
import type { SegmentRecord, TrainerMessage, TrajectoryRecord } from '../../protocol/messages.js';
import { creditSegments, tokenCredit, type AddedAdvantages } from '../algorithms/credit.js';
import type { ForkDecision, Segment, ToolExchange } from '../trees/tree.js';
import type { ScoredTree, Score } from '../rollout/scoring.js';

type TreeMessage = Extract<TrainerMessage, { type: 'tree' }>;

export interface AdvantagedTree extends ScoredTree {
  advantages_G: (number | null)[];
  added_G?: AddedAdvantages | undefined;
}

function toolRecord({ name, input, span, call, latencyMs, outcome, text }: ToolExchange): SegmentRecord['tool'] {
  return { name, input, span, call, latency_ms: latencyMs, outcome, text };
}

function forkRecord({ decodeStep, ...forks }: ForkDecision): SegmentRecord['forks'] {
  return { ...forks, decode_step: decodeStep };
}

function segmentRecord(segment: Segment, start: number): SegmentRecord {
  return {
    parent: segment.parent,
    kind: segment.kind,
    start,
    length: segment.tokens.length,
    text: segment.text,
    forked: segment.forked,
    entropy: segment.entropy,
    delta_entropy: segment.deltaEntropy,
    branch_probability: segment.branchProbability,
    forks: segment.forks && forkRecord(segment.forks),
    tool: segment.tool && toolRecord(segment.tool),
  };
}

function scoreRecord(
  score: Score,
): Pick<TrajectoryRecord, 'reward_status' | 'reward' | 'parts' | 'flags' | 'answer' | 'format_valid' | 'exact_match'> {
  const { status, reward, parts, flags, answer, formatValid, exactMatch } = score;
  return { reward_status: status, reward, parts, flags, answer, format_valid: formatValid, exact_match: exactMatch };
}

/** The message of a tree and its arrays: token ids, log-probabilities, entropies, and the A of each token (the mean over its trajectories). */
export function treeMessage(step: number, scored: AdvantagedTree): { message: TreeMessage; arrays: FrameArrays } {
  const { tree, scores_G, advantages_G } = scored;
  const length = tree.segments.reduce((sum, { tokens }) => sum + tokens.length, 0);
  const tokenIds = new Int32Array(length);
  const logprobs = new Float32Array(length);
  const entropies = new Float32Array(length);
  const advantages = new Float32Array(length);
  const credit = creditSegments(scored, { weight: () => 1, denominator: 1 }, 'soft');
  const segments: SegmentRecord[] = [];
  let start = 0;
  tree.segments.forEach((segment, index) => {
    const end = start + segment.tokens.length;
    tokenIds.set(segment.tokens, start);
    if (segment.logprobs) logprobs.set(segment.logprobs, start);
    if (segment.entropies) entropies.set(segment.entropies, start);
    if (segment.kind === 'model') {
      for (let k = 0; start + k < end; k++) advantages[start + k] = tokenCredit(credit[index]!, k).advantage;
    }
    segments.push(segmentRecord(segment, start));
    start = end;
  });
  const trajectories = tree.trajectories.map(({ leaf, finishReason }, i): TrajectoryRecord => ({
    leaf,
    finish_reason: finishReason,
    ...scoreRecord(scores_G[i]!),
    advantage: advantages_G[i] ?? null,
  }));
  const { place, example, begun } = tree;
  const message: TreeMessage = { type: 'tree', step, tree: place, example, begun, segments, trajectories };
  return { message, arrays: { token_ids: tokenIds, logprobs, entropies, advantages } };
}
