/** The engine's own answers to what the peer is asked: logits after every token, and greedy continuations. */
import { KeyValueStore, type Policy } from '../../src/engine/index.js';

export interface OurAnswer {
  /** [T·V] */
  logits: Float32Array;
  greedy: number[];
}

/** Token by token through the cache; the continuation ends as a model's does, at an end-of-sequence token. */
export async function ourAnswer(policy: Policy, ids: readonly number[], greedyTokens: number): Promise<OurAnswer> {
  const { vocabSize, eosTokenIds } = policy.config;
  const store = new KeyValueStore(policy.config);
  let seen = 0;
  const feed = (token: number) => {
    const prefix = Int32Array.from({ length: seen }, (_, i) => i);
    return policy.extend(store, [{ tokens: Int32Array.of(token), prefix, slots: Int32Array.of(seen++) }]);
  };
  const logits = new Float32Array(ids.length * vocabSize);
  for (const [t, id] of ids.entries()) logits.set(await feed(id), t * vocabSize);
  const greedy: number[] = [];
  for (
    let row: Float32Array = logits.subarray(-vocabSize);
    greedy.length < greedyTokens;
    row = await feed(greedy.at(-1)!)
  ) {
    greedy.push(row.indexOf(row.reduce((a, b) => Math.max(a, b))));
    if (eosTokenIds.includes(greedy.at(-1)!)) break;
  }
  return { logits, greedy };
}
