/** The least that a run needs, made through the API: questions, and a tiny model of random weights with a tokenizer of its own. */
import { unwrap, type Bough } from '../../openapi/client.js';

/** @param addedTokens tokens of their own, such as the tags of a tool */
export async function randomAgent(
  bough: Bough,
  addedTokens: string[] = [],
): Promise<{ dataset: string; model: string }> {
  const rows = Array.from({ length: 8 }, (_, i) => ({ question: `${i} + ${i}`, answer: String(2 * i) }));
  const file = new Blob([rows.map((row) => JSON.stringify(row)).join('\n')]);
  const { id: dataset } = await bough.uploadDataset(file, { kind: 'rl' });
  await bough.waitForDataset(dataset);
  const source = {
    type: 'random' as const,
    architecture: { layers: 1, hidden_size: 32, heads: 4, ffn_size: 64, max_positions: 256 },
    tokenizer: { train: { dataset, vocab_size: 300, added_tokens: addedTokens } },
  };
  const { id: model } = unwrap(await bough.api.POST('/v1/models', { body: { source } }));
  await bough.waitForModel(model);
  return { dataset, model };
}
