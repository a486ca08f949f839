/** The tokens of a tokenizer that stand for a literal text (control tokens, tags), and their recognition in a text. */

export interface AddedToken {
  id: number;
  content: string;
  /** A special token is control, not text: end of sequence, turn markers. */
  special: boolean;
  /** Whether white space to the left, to the right, belongs to the token. */
  lstrip: boolean;
  rstrip: boolean;
}

/** Splits a text at added tokens, the leftmost and longest first. Not an encoder of what lies between. */
export class AddedTokenSplitter {
  private readonly byContent: ReadonlyMap<string, AddedToken>;
  private readonly pattern: RegExp | null;

  constructor(tokens: readonly AddedToken[]) {
    this.byContent = new Map(tokens.map((token) => [token.content, token]));
    const escaped = [...this.byContent.keys()]
      .sort((a, b) => b.length - a.length)
      .map((content) => content.replace(/[.*+?^${}()|[\]\\/-]/g, String.raw`\$&`));
    this.pattern = escaped.length > 0 ? new RegExp(`(${escaped.join('|')})`) : null;
  }

  /** Added tokens and the plain texts between them, in order; no plain text is empty. */
  split(text: string): (AddedToken | string)[] {
    const parts: (AddedToken | string)[] = this.pattern
      ? text.split(this.pattern).map((part, i) => (i % 2 === 1 ? this.byContent.get(part)! : part))
      : [text];
    parts.forEach((part, i) => {
      if (typeof part === 'string') return;
      const [before, after] = [parts[i - 1], parts[i + 1]];
      if (part.lstrip && typeof before === 'string') parts[i - 1] = before.trimEnd();
      if (part.rstrip && typeof after === 'string') parts[i + 1] = after.trimStart();
    });
    return parts.filter((part) => part !== '');
  }
}
