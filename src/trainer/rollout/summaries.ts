/**
 * Has the policy itself write what it then reads as the result of a tool, apart from its trajectories: nothing of it is learnt. It always writes its most
 * probable token, so that the same text gives the same summary for as long as the weights stay; within one rollout each is made once.
 */
import { IncrementalDecoder, KeyValueStore, type DecodeRow, type DecoderConfig } from '../../engine/index.js';
import { policySummaryOf, type ResolvedToolSpec } from '../../spec/tools/index.js';
import { informationIn, NOTHING_HELPFUL } from '../../spec/tools/summary-text.js';
import type { Meter } from '../budget.js';
import { TrainerFailure } from '../failure.js';
import { Renderer, type PromptSpan } from '../model/render.js';
import { yieldToEventLoop } from '../yield-to-event-loop.js';
import type { DecodingPolicy, SummaryRules } from './context.js';
import { beginningWithin } from './fit-result.js';
import { CachedPath, type KvCache, type SlotStore } from './kv-cache.js';
import { lengthGroups } from './length-groups.js';
import { Sampler } from './sampler.js';

/** What the keys and values of summaries that are written together may take; one alone may take more. */
export const SUMMARY_CACHE_BYTES = 2 ** 28;
const MAX_ROWS = 32;
/** The prompt has room for at least this much of what is to be summarised, in tokens. */
const LEAST_MATERIAL = 64;

/**
 * Null: no tool asks the policy for summaries.
 * @throws {TrainerFailure} context_exceeded, naming the field
 */
export function summaryRulesOf(
  tools: readonly ResolvedToolSpec[],
  config: DecoderConfig,
  { tokenizer }: Pick<Renderer, 'tokenizer'>,
): SummaryRules | null {
  const asked = policySummaryOf(tools);
  if (!asked) return null;
  const { maxTokens } = asked;
  const renderer = new Renderer(tokenizer, config.eosTokenIds, null);
  const least = promptOf(renderer, '').tokens.length + LEAST_MATERIAL;
  const maxPromptTokens = config.maxPositions - maxTokens;
  if (maxPromptTokens < least) {
    const most = config.maxPositions - least;
    const context = `the context of the model has ${config.maxPositions} tokens, of which what it is told takes at least ${least}`;
    const remedy = most < 1 ? 'take a model with a longer context' : `it must be at most ${most}`;
    throw new TrainerFailure('context_exceeded', `${asked.path}.max_tokens: ${context}: ${remedy}`);
  }
  const maxSlots = Math.floor(SUMMARY_CACHE_BYTES / KeyValueStore.bytesPerSlot(config));
  return { renderer, maxTokens, maxPromptTokens, maxSlots };
}

export interface Summary {
  /** Null: it was not finished. */
  text: string | null;
  /** That were sampled for it and have not been told of before. */
  tokens: number;
}

interface Written extends Summary {
  readonly prompt: Int32Array;
}

interface Row {
  readonly written: Written;
  readonly path: CachedPath;
  readonly decoder: IncrementalDecoder;
  reply: string;
  length: number;
  /** Null: it has ended. */
  last: Int32Array | null;
}

interface SummaryContext<Store extends SlotStore> {
  readonly policy: DecodingPolicy<Store>;
  readonly store: Store;
  readonly cache: KvCache;
  readonly meter: Meter;
  readonly signal: AbortSignal;
}

/** The summaries of one rollout. */
export class Summaries<Store extends SlotStore> {
  private readonly made = new Map<string, Written>();
  private readonly sampler: Sampler;

  constructor(
    private readonly rules: SummaryRules,
    private readonly context: SummaryContext<Store>,
  ) {
    this.sampler = new Sampler(context.policy.config.vocabSize, 0, 1);
  }

  /** Makes those that are not there yet. Throws BudgetReached, or why the job is cancelled, and then some are unfinished. */
  async make(asked: readonly string[]): Promise<void> {
    const { renderer, maxPromptTokens } = this.rules;
    const missing: Written[] = [];
    for (const text of new Set(asked)) {
      if (this.made.has(text)) continue;
      const written = { prompt: promptWithin(renderer, text, maxPromptTokens), text: null, tokens: 0 };
      this.made.set(text, written);
      missing.push(written);
    }
    for (const batch of this.batches(missing)) await this.write(batch);
  }

  /** What has come of a text that was asked for. */
  take(text: string): Summary {
    const written = this.made.get(text);
    if (!written) return { text: null, tokens: 0 };
    const { tokens } = written;
    written.tokens = 0;
    return { text: written.text, tokens };
  }

  private *batches(all: readonly Written[]): Generator<Written[]> {
    const { maxTokens, maxSlots } = this.rules;
    let batch: Written[] = [];
    let slots = 0;
    for (const written of all) {
      const own = written.prompt.length + maxTokens;
      if (batch.length === MAX_ROWS || (batch.length > 0 && slots + own > maxSlots)) {
        yield batch;
        [batch, slots] = [[], 0];
      }
      batch.push(written);
      slots += own;
    }
    if (batch.length > 0) yield batch;
  }

  private async write(batch: readonly Written[]): Promise<void> {
    const { policy, store, signal, meter } = this.context;
    const all = batch.map((written) => this.rowOf(written));
    try {
      for (const group of lengthGroups(all, ({ path }) => path.length)) {
        const fed = group.map(({ written, path }): DecodeRow => {
          return { tokens: written.prompt, prefix: path.slots(0, 0), slots: path.slots(0) };
        });
        this.accept(group, await policy.extend(store, fed));
        await yieldToEventLoop();
        signal.throwIfAborted();
      }
      for (;;) {
        const rows = all.filter(({ last }) => last !== null);
        if (rows.length === 0) return;
        const fed = rows.map(({ path, last }): DecodeRow => {
          path.extend(1);
          const depth = path.length - 1;
          return { tokens: last!, prefix: path.slots(0, depth), slots: path.slots(depth) };
        });
        this.accept(rows, await policy.extend(store, fed));
        await yieldToEventLoop();
        signal.throwIfAborted();
        meter.check();
      }
    } finally {
      for (const { path } of all) path.release();
    }
  }

  private rowOf(written: Written): Row {
    const path = CachedPath.root(this.context.cache);
    path.extend(written.prompt.length);
    const decoder = new IncrementalDecoder(this.rules.renderer.tokenizer);
    return { written, path, decoder, reply: '', length: 0, last: null };
  }

  private accept(rows: readonly Row[], logits: Float32Array): void {
    const { renderer, maxTokens } = this.rules;
    rows.forEach((row, b) => {
      this.sampler.read(logits, b);
      const token = this.sampler.choose(0);
      this.context.meter.sampled(1);
      row.written.tokens += 1;
      row.length += 1;
      const ends = renderer.endTokens.includes(token);
      if (!ends) row.reply += renderer.control.has(token) ? row.decoder.finish() : row.decoder.push(token);
      row.last = ends || row.length === maxTokens ? null : Int32Array.of(token);
      if (row.last !== null) return;
      const information = informationIn(row.reply + row.decoder.finish());
      row.written.text = information === '' ? NOTHING_HELPFUL : information;
    });
  }
}

const promptOf = (renderer: Renderer, content: string): PromptSpan => renderer.prompt([{ role: 'user', content }]);

/** A prompt of at most so many tokens, of the beginning of the text where there is no room for all of it. */
function promptWithin(renderer: Renderer, text: string, most: number): Int32Array {
  const whole = promptOf(renderer, text);
  if (whole.tokens.length <= most) return whole.tokens;
  return beginningWithin(renderer.tokenizer, text, most, (cut) => promptOf(renderer, cut)).tokens;
}
