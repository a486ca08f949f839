/**
 * A policy that follows a rule instead of weights, for tests of what surrounds it. It keeps the token of each slot where the engine keeps keys and values, so
 * that a wrong prefix gives a wrong path. Also a small tokenizer for it.
 */
import { defaultChatTemplate } from '../../src/engine/io/default-chat-template.js';
import { Tokenizer } from '../../src/engine/io/tokenizer.js';
import { trainTokenizer } from '../../src/engine/io/train-tokenizer.js';
import type { DecodingPolicy } from '../../src/trainer/rollout/context.js';

/** With `special` all added tokens are marked so, as other programs mark tags that are added to a tokenizer. */
export function tinyTokenizer(
  texts: readonly string[],
  addedTokens: readonly string[],
  { template = defaultChatTemplate, eosToken = '<eos>', special = false } = {},
): Tokenizer {
  const json = trainTokenizer(texts, { vocabSize: 600, addedTokens, eosToken: '<eos>' });
  if (special) for (const token of json.added_tokens) token['special'] = true;
  return new Tokenizer(json, { eos_token: eosToken, chat_template: template });
}

export class SlotTokens {
  readonly tokens: number[] = [];
  capacity = 0;

  ensure(slots: number): void {
    this.capacity = Math.max(this.capacity, slots);
  }
}

const IMPOSSIBLE = -1e4;

/** `next` names the tokens that may follow a path; their odds depend on the whole path. */
export class FakePolicy implements DecodingPolicy<SlotTokens> {
  readonly config: { vocabSize: number };
  /** Rows of each call. */
  readonly batches: number[] = [];

  constructor(
    private readonly tokenizer: Tokenizer,
    private readonly next: (text: string) => readonly string[],
  ) {
    this.config = { vocabSize: tokenizer.vocabSize };
  }

  extend(
    store: SlotTokens,
    rows: readonly { tokens: Int32Array; prefix: Int32Array; slots: Int32Array }[],
  ): Promise<Float32Array> {
    const { vocabSize } = this.config;
    const logits = new Float32Array(rows.length * vocabSize).fill(IMPOSSIBLE);
    this.batches.push(rows.length);
    rows.forEach(({ tokens, prefix, slots }, b) => {
      if (slots.length !== tokens.length) throw new Error('a slot for each new token');
      slots.forEach((slot, i) => {
        if (slot >= store.capacity) throw new Error(`slot ${slot} does not exist`);
        store.tokens[slot] = tokens[i]!;
      });
      const path = [...prefix, ...slots].map((slot) => store.tokens[slot]!);
      const hash = path.reduce((h, id) => (Math.imul(h, 31) + id) >>> 0, 7);
      this.next(this.tokenizer.decode(path)).forEach((token, i) => {
        const [id, ...more] = this.tokenizer.encode(token, { allowSpecial: true });
        if (id === undefined || more.length > 0) throw new Error(`${JSON.stringify(token)} is not one token`);
        logits[b * vocabSize + id] = ((hash >>> (5 * i)) & 31) / 16;
      });
    });
    return Promise.resolve(logits);
  }
}
