/** The tokens of a tokenizer that stand for a literal text (control tokens, tags), and their recognition in a text. */
import { escaped } from './split-behaviours.js';

export interface AddedToken {
  id: number;
  content: string;
  /** A special token is control, not text: end of sequence, turn markers. */
  special: boolean;
  /** Whether white space to the left, to the right, belongs to the token. */
  lstrip: boolean;
  rstrip: boolean;
  /** Whether it is none within a word. */
  singleWord: boolean;
  /** Whether it is looked for after the tokenizer's normalizer, and normalized itself. */
  normalized: boolean;
}

const TRAILING_SPACE = /\p{White_Space}+$/u;
const LEADING_SPACE = /^\p{White_Space}+/u;
const WORD = String.raw`[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\u200c\u200d]`;
const ENDS_WITH_WORD = new RegExp(`${WORD}$`, 'u');
const STARTS_WITH_WORD = new RegExp(`^${WORD}`, 'u');

type Part = AddedToken | string;

/** Tokens by the text that they are looked for as, leftmost and longest first. */
class Matcher {
  private readonly byText: ReadonlyMap<string, AddedToken>;
  private readonly pattern: RegExp;

  /** None of the texts is empty. */
  constructor(entries: readonly (readonly [text: string, token: AddedToken])[]) {
    this.byText = new Map(entries);
    const texts = [...this.byText.keys()].sort((a, b) => b.length - a.length);
    this.pattern = new RegExp(texts.map(escaped).join('|'), 'g');
  }

  get isEmpty(): boolean {
    return this.byText.size === 0;
  }

  /** Splits as the original does: what is no token within a word is not looked at again for a shorter one. */
  split(text: string): Part[] {
    if (this.isEmpty) return [text];
    const parts: Part[] = [];
    let end = 0;
    for (const { 0: found, index } of text.matchAll(this.pattern)) {
      const token = this.byText.get(found)!;
      const after = text.slice(index + found.length);
      // Two code units hold the last character.
      const last = text.slice(Math.max(0, index - 2), index);
      if (token.singleWord && (ENDS_WITH_WORD.test(last) || STARTS_WITH_WORD.test(after))) continue;
      const before = text.slice(end, Math.max(index, end));
      parts.push(token.lstrip ? before.replace(TRAILING_SPACE, '') : before, token);
      end = index + found.length;
      if (token.rstrip) end += LEADING_SPACE.exec(after)?.[0].length ?? 0;
    }
    parts.push(text.slice(end));
    return parts.filter((part) => part !== '');
  }
}

/** Splits a text at added tokens. Not an encoder of what lies between. */
export class AddedTokenSplitter {
  private readonly asWritten: Matcher;
  private readonly normalized: Matcher;

  /** @param normalize what the tokenizer does to a text first */
  constructor(
    tokens: readonly AddedToken[],
    private readonly normalize: (text: string) => string = (text) => text,
  ) {
    const named = tokens.filter(({ content }) => content !== '');
    this.asWritten = new Matcher(
      named.filter((token) => !token.normalized).map((token) => [token.content, token] as const),
    );
    this.normalized = new Matcher(
      named
        .filter((token) => token.normalized)
        .map((token) => [normalize(token.content), token] as const)
        .filter(([text]) => text !== ''),
    );
  }

  /**
   * Added tokens and the plain texts between them, in order; no plain text is empty. A text in which a token was found only after it had been normalized
   * is normalized.
   */
  split(text: string): Part[] {
    return this.asWritten.split(text).flatMap((part) => {
      if (typeof part !== 'string' || this.normalized.isEmpty) return [part];
      const inner = this.normalized.split(this.normalize(part));
      return inner.some((one) => typeof one !== 'string') ? inner : [part];
    });
  }
}
