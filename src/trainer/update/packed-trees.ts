/**
 * Credited trees as one batch for the engine: segments that no participating trajectory reaches are left out, and the credit of each
 * segment is spread over its tokens. Pure index arithmetic.
 */
import type { TreeInput } from '../../engine/index.js';
import type { UpdateRecord } from '../../protocol/messages.js';
import { tokenCredit, type CreditValue, type SegmentCredit } from '../algorithms/credit.js';
import type { Tree } from '../trees/tree.js';

/** What is known of the target tokens before the policy is asked again: [P], in the engine's order. */
export type TargetCredit = Readonly<Record<CreditValue | 'advantages', Float32Array>>;

export interface PackedTrees {
  inputs: TreeInput[];
  targets: TargetCredit;
  /** Which stored segment each span of the targets is. */
  segments: UpdateRecord['segments'];
}

/** @param trees each with the credit of its segments */
export function packCredited(trees: readonly { tree: Tree; credit: readonly SegmentCredit[] }[]): PackedTrees {
  const inputs: TreeInput[] = [];
  const spans: { length: number; logprobs: Float32Array; credit: SegmentCredit }[] = [];
  const segments: UpdateRecord['segments'] = [];
  let start = 0;
  for (const { tree, credit } of trees) {
    const kept = new Map<number, number>();
    const packed: TreeInput['segments'][number][] = [];
    tree.segments.forEach(({ parent, kind, tokens, logprobs }, index) => {
      if (credit[index]!.copies === 0) return;
      kept.set(index, packed.length);
      packed.push({ parent: parent === null ? null : kept.get(parent)!, tokens, train: kind === 'model' });
      if (kind !== 'model' || logprobs === null) return;
      spans.push({ length: tokens.length, logprobs, credit: credit[index]! });
      segments.push({ tree: tree.place, segment: index, start, length: tokens.length });
      start += tokens.length;
    });
    inputs.push({ segments: packed });
  }
  const targets: TargetCredit = {
    oldLogprobs: new Float32Array(start),
    positive: new Float32Array(start),
    negative: new Float32Array(start),
    weights: new Float32Array(start),
    copies: new Float32Array(start),
    positiveCopies: new Float32Array(start),
    negativeCopies: new Float32Array(start),
    advantages: new Float32Array(start),
  };
  let at = 0;
  for (const { length, logprobs, credit } of spans) {
    targets.oldLogprobs.set(logprobs, at);
    targets.weights.fill(credit.weight, at, at + length);
    targets.copies.fill(credit.copies, at, at + length);
    for (let k = 0; k < length; k++, at++) {
      const { positive, negative, positiveCopies, negativeCopies, advantage } = tokenCredit(credit, k);
      targets.positive[at] = positive;
      targets.negative[at] = negative;
      targets.positiveCopies[at] = positiveCopies;
      targets.negativeCopies[at] = negativeCopies;
      targets.advantages[at] = advantage;
    }
  }
  return { inputs, targets, segments };
}
