/** A trajectory that is being written: where it is in its tree, what it may still do, and what a new token means for it. Runs no model and no tool. */
import { IncrementalDecoder } from '../../engine/index.js';
import type { FinishReason } from '../../spec/enums.js';
import type { CachedPath } from './kv-cache.js';
import type { Language } from './language.js';
import type { DrawnToken, History } from './history.js';
import { ModelSegment } from './model-segment.js';
import type { RolloutSettings } from './settings.js';
import type { ToolCall } from './tool-grammar.js';
import type { TreeGrowth } from './tree-growth.js';

/** What a token led to. */
export type Turn = { kind: 'goes_on' } | { kind: 'ends'; reason: FinishReason } | { kind: 'calls'; calls: ToolCall[] };

const GOES_ON: Turn = { kind: 'goes_on' };
const AT_LIMIT: Turn = { kind: 'ends', reason: 'tool_call_limit' };

export class LiveTrajectory {
  segment = new ModelSegment();
  /** Index of the segment in the tree. */
  segmentIndex = -1;
  decoding = true;
  /** Comes next, whatever the policy would choose. */
  forced: number | null = null;
  private readonly decoder: IncrementalDecoder;

  constructor(
    readonly growth: TreeGrowth,
    readonly index: number,
    readonly path: CachedPath,
    readonly history: History,
    private readonly language: Language,
  ) {
    this.decoder = new IncrementalDecoder(language.tokenizer);
  }

  /** Appends a token to the segment and says what follows from it. */
  write({ token, logprob, entropy }: DrawnToken, settings: RolloutSettings): Turn {
    const { history, segment, language } = this;
    const text = this.textOf(token);
    segment.push(token, logprob, entropy, text);
    history.length += 1;
    const full = history.length >= settings.maxResponseTokens;
    if (this.forced !== null) return AT_LIMIT;
    if (language.endTokens.has(token)) {
      const calls = language.grammar.ended(segment.text);
      if (calls.length === 0) return { kind: 'ends', reason: 'stop' };
      return full ? { kind: 'ends', reason: 'length' } : this.calling(calls, settings);
    }
    // Every closing tag ends in '>': nothing else needs a look.
    const call = !full && text.includes('>') ? language.grammar.completed(segment.text, text.length) : null;
    if (call) return this.calling([call], settings);
    return full ? { kind: 'ends', reason: 'length' } : GOES_ON;
  }

  private calling(calls: ToolCall[], { toolCallLimit, endsAtCallLimit }: RolloutSettings): Turn {
    const { history, segment, language } = this;
    if (history.calls + calls.length > toolCallLimit) {
      // A call in a chat's own form comes with its end token.
      if (!endsAtCallLimit || language.endTokens.has(segment.last[0]!)) return AT_LIMIT;
      this.forced = language.endToken;
      return GOES_ON;
    }
    const isEmpty = calls.some(({ format, input }) => format === 'text' && input.trim() === '');
    return isEmpty ? { kind: 'ends', reason: 'empty_tool_call' } : { kind: 'calls', calls };
  }

  /** No further token in this segment. Its text gets what the decoder still holds of an unfinished character. */
  close(): ModelSegment {
    this.segment.text += this.decoder.finish();
    this.segment.closed = true;
    return this.segment;
  }

  /** A reward does not see control tokens. */
  private textOf(token: number): string {
    return this.language.control.has(token) ? this.decoder.finish() : this.decoder.push(token);
  }
}
