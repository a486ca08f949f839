/** How much likelier than under a reference what was sampled is, for a penalty in the reward. Asks the reference; decides nothing. */
import { packTrees, type Policy } from '../../engine/index.js';
import type { Tree } from '../trees/tree.js';
import { yieldToEventLoop } from '../yield-to-event-loop.js';
import { chunksByWeight } from './batches.js';

/**
 * log π - log π_ref of each token of the segments that the policy wrote, by their index; one map per tree. π is the policy that sampled, at `temperature`.
 * @param batchTokens of one pass at most
 */
export async function referenceKl(
  reference: Policy,
  trees: readonly Tree[],
  { temperature, batchTokens }: { temperature: number; batchTokens: number },
): Promise<Map<number, Float32Array>[]> {
  const kl: Map<number, Float32Array>[] = [];
  for (const part of chunksByWeight(trees, batchTokens, tokensOf)) {
    const inputs = part.map(({ segments }) => ({
      segments: segments.map(({ parent, kind, tokens }) => ({ parent, tokens, train: kind === 'model' })),
    }));
    const { logprobs } = await reference.evaluate(packTrees(inputs), temperature);
    let at = 0;
    for (const { segments } of part) {
      const own = new Map<number, Float32Array>();
      segments.forEach(({ logprobs: sampled }, index) => {
        if (sampled === null) return;
        const from = at;
        own.set(
          index,
          sampled.map((logprob, t) => logprob - logprobs[from + t]!),
        );
        at += sampled.length;
      });
      kl.push(own);
    }
    await yieldToEventLoop();
  }
  return kl;
}

const tokensOf = ({ segments }: Tree): number => segments.reduce((sum, { tokens }) => sum + tokens.length, 0);
